// La restitution, dans la page : ce que dit lireLaPassation, mis à sa place dans la page de cpit, rendue vide. Joint
// entre dessin.js et formulaire.js.

function element(nom, texte = "", enfants = [], classe = "") {
  const neuf = document.createElement(nom);
  neuf.textContent = texte;
  neuf.append(...enfants);
  if (classe) neuf.className = classe;
  return neuf;
}

function paragraphes(phrases, classe = "") {
  return phrases.filter(Boolean).map((phrase) => element("p", phrase, [], classe));
}

/** Libellés et valeurs, comme les écrivent les gabarits de cpit. */
function definitions(paires, classe) {
  return element("dl", "", paires.map(([libelle, valeur]) => element("div", "", [element("dt", libelle), element("dd", valeur)])), classe);
}

/** La page rendue vide. */
function corps(selecteur) {
  return parId("corps").querySelector(selecteur);
}

/** Tout ce qui suit le titre d’une partie. */
function apresLeTitre(selecteur, enfants) {
  const partie = corps(selecteur);
  partie.replaceChildren(partie.querySelector("h2"), ...enfants);
}

/** Les réponses de la page, telles que lireLaPassation les attend. */
function passationDeLaPage() {
  const dits = [...etat.choix].map(([rang, choix]) => [D.items[rang - 1].code, choix]);
  return {
    valeurs: new Map(dits.filter(([, choix]) => choix !== "so").map(([code, choix]) => [code, Number(choix)])),
    sansObjet: new Set(dits.filter(([, choix]) => choix === "so").map(([code]) => code)),
    traces: new Map([...etat.traces].map(([rang, trace]) => [D.items[rang - 1].code, trace])),
    moment: etat.moment,
  };
}

/** « 14 septembre 2026 », « 1er septembre 2026 ». */
function jourEnMots(date) {
  return `${date.getDate() === 1 ? "1er" : date.getDate()} ${D.mois[date.getMonth()]} ${date.getFullYear()}`;
}

/** Combien de situations ont un niveau, sont sans objet, sont sans réponse. */
function compterLesReponses({ valeurs, sansObjet }) {
  const n = valeurs.size;
  const sans = D.items.length - n - sansObjet.size;
  const accord = n < 2 ? "item répondu" : "items répondus";
  return enumerer([`${n} ${accord} sur ${D.items.length}`, ...(sansObjet.size ? [`${sansObjet.size} sans objet`] : []), ...(sans ? [`${sans} sans réponse`] : [])]);
}

/** De qui, de quand, sous quel regard, combien de réponses. */
function faits(passation) {
  const coche = (nom) => document.querySelector(`input[name="${nom}"]:checked`).labels[0].textContent.trim();
  const qui = etat.identifiant ? [["Code", etat.identifiant]] : [];
  return [...qui, ["Moment", coche("moment")], ["Regard", coche("regard")], ["Réponses", compterLesReponses(passation)], ["Page écrite le", jourEnMots(new Date())]];
}

function reponseEnMots(code, { valeurs, sansObjet }, R) {
  if (sansObjet.has(code)) return R.sans_objet;
  return valeurs.has(code) ? R.niveaux.find(([valeur]) => valeur === valeurs.get(code))[1] : "sans réponse";
}

/** La même compétence dans l’annexe, où sa définition et ses énoncés sont déjà écrits. */
function enAnnexe(indice) {
  return parId("corps").querySelectorAll(".annexe .competence")[indice];
}

/** Une compétence qui se détache : ce qu’elle est, son score, ses situations, un pas à tenter. */
function encart({ indice, valeur, constat, pas }, note, passation, R) {
  const { code_montre, libelle, items } = R.competences[indice];
  const [definition, puces] = [enAnnexe(indice).querySelector(".aide"), enAnnexe(indice).querySelectorAll("li")];
  const enonce = (rang) => puces[rang].querySelector(".reponse").previousSibling.textContent.trim();
  const code = code_montre ? [element("span", code_montre, [], "code"), " "] : [];
  const situations = items.map((item, rang) => element("li", `${enonce(rang)} `, [element("span", reponseEnMots(item, passation, R), [], "reponse")]));
  return element("li", "", [
    element("h4", "", [...code, `${libelle} `, element("span", nombre(valeur), [], "valeur")]),
    definition.cloneNode(true),
    element("p", note.autour.scoresEnMots[indice], [], "en-mots"),
    ...paragraphes([constat]),
    element("ul", "", situations, "situations"),
    ...(pas ? [element("p", "", [element("strong", `Un pas${FINE}:`), ` ${pas}`], "pas")] : []),
  ]);
}

function montrerLesReliefs(note, passation, R) {
  const { appuis, fragiles, relief } = note.lecture;
  const cotes = [appuis, fragiles].flatMap((reliefs, rang) => {
    const enfants = [element("h3", R.titres[rang]), element("p", R.sens[rang], [], "aide"), element("ul", "", reliefs.map((un) => encart(un, note, passation, R)))];
    return reliefs.length ? [element("div", "", enfants, "relief")] : [];
  });
  apresLeTitre(".reliefs", [...paragraphes([relief]), ...cotes]);
}

/** Remplit une ligne d’un tableau ; sa barre aussi, s’il en montre. */
function remplirLaLigne(ligne, cellules, part = null) {
  cellules.forEach((texte, rang) => { ligne.querySelectorAll("td")[rang].textContent = texte; });
  const jauge = ligne.querySelector(".jauge");
  jauge?.querySelector(".plein")?.remove();
  if (!jauge || part === null) return;
  const plein = document.createElementNS(SVG, "rect");
  for (const [nom, valeur] of Object.entries({ class: "plein", width: (100 * part).toFixed(1), height: 6 })) plein.setAttribute(nom, valeur);
  jauge.append(plein);
}

/** Score, niveau le plus proche ou motif, répondus ; ``poids`` s’intercale pour une ingénierie. */
function remplirLesScores(lignes, debut, note, R, poids = []) {
  lignes.forEach((ligne, rang) => {
    const [{ valeur, repondus }, [min, max]] = [note.echelles[debut + rang], R.bornes];
    const mots = valeur === null ? [R.tiret, note.motifs[debut + rang]] : [nombre(valeur), niveauLePlusProche(valeur, R)[1]];
    const cellules = [...mots, ...poids.slice(rang, rang + 1), `${repondus} sur ${R.echelles[debut + rang].items}`];
    remplirLaLigne(ligne, cellules, valeur === null ? null : (valeur - min) / (max - min));
  });
}

function lignesDe(selecteur) {
  return [...parId("corps").querySelectorAll(`${selecteur} tbody tr`)];
}

function montrerLesTableaux(note, R) {
  const [n, m] = [R.competences.length, R.ingenieries.length];
  const points = lignesDe(".carte");
  note.autour.points.forEach((cellules, rang) => remplirLaLigne(points[rang], cellules));
  remplirLesScores(lignesDe(".competences"), 0, note, R);
  remplirLesScores(lignesDe(".ingenieries"), n, note, R, note.autour.poids);
  remplirLesScores(lignesDe(".second"), n + m, note, R);
  lignesDe(".matrice").forEach((ligne, rang) => note.matrice[rang].forEach(({ valeur }, indice) => {
    const cellule = ligne.querySelectorAll("td")[indice];
    if (R.cases[rang][indice]) cellule.textContent = valeur === null ? R.tiret : nombre(valeur);
  }));
}

/** La carte ; et, si la région y serait un aplat, pourquoi elle n’y est pas. */
function montrerLaCarte(note, R) {
  const cachee = note.position && note.region.presente && deborde(note.region, choisirLaVue(note, R));
  const pourquoi = cachee ? [element("figcaption", `La région à 95${FINE}%, plus large que la carte, n’est pas tracée.`, [], "aide")] : [];
  corps(".carte figure").replaceChildren(dessinerLaCarte(cartesVierges, note, R), ...pourquoi);
}

/** Les phrases d’avant le premier titre de la carte ; ce qui suit ne dépend pas des réponses. */
function montrerLaPosition(note, R) {
  const texte = corps(".carte .texte");
  const fixe = [...texte.children].filter((enfant) => enfant.matches("h3, h3 ~ *"));
  const phrases = paragraphes(note.lecture.position.slice(0, R.phrases_du_point));
  phrases[0].className = "phrase";
  const { placement } = note.autour;
  texte.replaceChildren(...phrases, ...(placement.length ? [definitions(placement, "mesures")] : []), ...fixe);
}

function montrerLaConfiance(note, R) {
  const nombres = paragraphes(note.lecture.position.slice(R.phrases_du_point));
  const { autresPlaces, fiable } = note.autour;
  const ailleurs = autresPlaces.length ? [element("h3", "La position avec d’autres coordonnées"), definitions(autresPlaces, "notes")] : [];
  const replies = [element("summary", "L’incertitude, en nombres"), ...nombres, ...ailleurs];
  const details = nombres.length || ailleurs.length ? [element("details", "", replies, "imprime")] : [];
  apresLeTitre(".fiable", [...paragraphes([fiable, ...note.lecture.portee]), ...details]);
}

function montrerLesAbsences({ nonCalcule }) {
  apresLeTitre(".absences", [element("ul", "", nonCalcule.map((phrase) => element("li", phrase)))]);
  corps(".absences").hidden = !nonCalcule.length;
}

/** Les conditions d’exercice dites, devant les ingénieries : à côté des scores, jamais dedans. */
function montrerLesConditions({ conditions: [questions, portee] }) {
  corps(".conditions")?.remove();
  const dites = questions.filter(([question]) => etat.profil.has(question)).map(([question, libelle, choix]) => [libelle, etat.profil.get(question).split(D.entre_choix).map((code) => choix[code]).join(`${FINE}; `)]);
  if (!dites.length) return;
  const titre = element("h2", "Dans quelles conditions");
  titre.id = "titre-conditions";
  const partie = element("section", "", [titre, definitions(dites, "notes"), element("p", portee, [], "aide")], "conditions");
  partie.setAttribute("aria-labelledby", titre.id);
  corps(".ingenieries").before(partie);
}

/** Ce que veut dire la réponse pour cette situation, tel que le questionnaire l’a écrit ; rien s’il n’en dit rien de propre. */
function ancreDe(code, { valeurs }, R) {
  const valeur = valeurs.get(code);
  const rang = D.items.findIndex((item) => item.code === code) + 1;
  return R.ancres[code].includes(valeur) ? parId(`aide-${rang}-${valeur}`).textContent : "";
}

/** Une situation de l’annexe : la réponse, ce qu’elle y veut dire, la trace. */
function remplirLaSituation(puce, code, passation, R) {
  const reponse = puce.querySelector(".reponse");
  const ancre = ancreDe(code, passation, R);
  reponse.textContent = reponseEnMots(code, passation, R);
  if (ancre) reponse.append(element("span", `${FINE}: ${ancre}`, [], "ancre"));
  puce.querySelector("blockquote")?.remove();
  if (passation.traces.has(code)) puce.append(element("blockquote", passation.traces.get(code)));
}

function montrerLAnnexe(note, passation, R) {
  parId("donnees-le").textContent = `Réponses et traces données le ${jourEnMots(new Date())}.`;
  R.competences.forEach((_, indice) => {
    const [bloc, { valeur }] = [enAnnexe(indice), note.echelles[indice]];
    bloc.querySelector(".valeur").textContent = valeur === null ? R.tiret : nombre(valeur);
    bloc.querySelector(".en-mots").textContent = note.autour.scoresEnMots[indice];
    [...bloc.querySelectorAll("li")].forEach((puce, rang) => remplirLaSituation(puce, R.competences[indice].items[rang], passation, R));
  });
  parId("regle-de-la-region").hidden = !(note.position && note.region.presente);
}

/** Une fois : ce que la page rendue vide n’a pas, parce qu’elle n’en dit rien sans réponse. */
function preparerLeCorps(R) {
  const date = element("p", "", [], "aide");
  date.id = "donnees-le";
  corps(".annexe .detail").before(date);
  const [libelle, texte] = R.regle_de_la_region;
  const regle = element("div", "", [element("dt", libelle), element("dd", texte)]);
  regle.id = "regle-de-la-region";
  corps('[aria-labelledby="titre-calcul"] .notes').append(regle);
}

/** Calcule et montre tout, d’après les réponses du moment. */
function voirLaRestitution() {
  const [R, passation] = [D.restitution, passationDeLaPage()];
  const note = lireLaPassation(R, passation);
  parId("faits").replaceChildren(...definitions(faits(passation), "").children);
  corps(".alerte").hidden = passation.valeurs.size > 0;
  apresLeTitre(".essentiel", paragraphes(note.autour.essentiel, "phrase"));
  montrerLesReliefs(note, passation, R);
  montrerLaCarte(note, R);
  montrerLaPosition(note, R);
  montrerLesTableaux(note, R);
  montrerLesConditions(R);
  montrerLaConfiance(note, R);
  montrerLesAbsences(note.lecture);
  montrerLAnnexe(note, passation, R);
  parId("restitution").hidden = false;
  parId("voir-restitution").setAttribute("aria-expanded", "true");
  dire("message-restitution", "");
  parId("titre-restitution").focus();
}

/** Une réponse change : ce qui était montré ne vaut plus. D’un autre que soi, rien n’est à montrer. */
function oublierLaRestitution() {
  const bouton = parId("voir-restitution");
  const aRevoir = !parId("restitution").hidden && etat.regard === "soi";
  if (aRevoir) dire("message-restitution", `Vos réponses ont changé${FINE}: la restitution est à revoir.`);
  if (etat.regard !== "soi") dire("message-restitution", "");
  parId("restitution").hidden = true;
  bouton.setAttribute("aria-expanded", "false");
  bouton.hidden = etat.regard !== "soi";
}

function imprimerLaRestitution() {
  document.body.classList.add("restitution-seule");
  addEventListener("afterprint", () => document.body.classList.remove("restitution-seule"), { once: true });
  print();
}

/** Rang du fond → sa carte, où personne n’est placé. */
let cartesVierges = [];

function ecouterLaRestitution() {
  cartesVierges = [corps(".carte figure svg"), ...parId("vues").content.children];
  preparerLeCorps(D.restitution);
  parId("voir-restitution").addEventListener("click", voirLaRestitution);
  parId("imprimer").addEventListener("click", imprimerLaRestitution);
}
