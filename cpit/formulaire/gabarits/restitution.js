// La restitution, dans la page : ce que dit lireLaPassation, mis en place. Joint entre dessin.js et formulaire.js.

function element(nom, texte = "", enfants = []) {
  const neuf = document.createElement(nom);
  neuf.textContent = texte;
  neuf.append(...enfants);
  return neuf;
}

/** Un titre et ce qui le suit ; rien si rien ne le suit. */
function rubrique(titre, enfants) {
  return enfants.length ? [element("h4", titre), ...enfants] : [];
}

function paragraphes(phrases) {
  return phrases.filter(Boolean).map((phrase) => element("p", phrase));
}

function liste(phrases) {
  return phrases.length ? [element("ul", "", phrases.map((phrase) => element("li", phrase)))] : [];
}

/** Une compétence qui se détache : son nom, son score, ce qu’il dit, un pas à tenter. */
function encart({ code, libelle, valeur, constat, pas }) {
  const titre = element("p", "", [element("strong", libelle === code ? libelle : `${code} ${libelle}`), ` ${nombre(valeur)}`]);
  return element("div", "", [titre, ...paragraphes([constat, pas && `Un pas à tenter${FINE}: ${pas}`])]);
}

function ligneDeScore({ nom, items }, { valeur, repondus }, motif) {
  const tete = element("th", nom);
  tete.scope = "row";
  return element("tr", "", [tete, element("td", valeur === null ? motif : nombre(valeur)), element("td", `${repondus} sur ${items}`)]);
}

/** Les réponses de la page, telles que lireLaPassation les attend. */
function passationDeLaPage() {
  const dits = [...etat.choix].map(([rang, choix]) => [D.items[rang - 1].code, choix]);
  return {
    valeurs: new Map(dits.filter(([, choix]) => choix !== "so").map(([code, choix]) => [code, Number(choix)])),
    sansObjet: new Set(dits.filter(([, choix]) => choix === "so").map(([code]) => code)),
    moment: etat.moment,
  };
}

/** De qui, de quand ; et, si la page demande aussi un moment passé, que c’est du présent qu’elle parle. */
function direDeQuoi() {
  const moment = document.querySelector('input[name="moment"]:checked').labels[0].textContent.trim();
  const qui = etat.identifiant ? `${etat.identifiant}, ` : "";
  const passe = D.jumelle ? " Elle ne porte que sur ce moment : ce que vous avez dit du début est dans votre fichier et se compare avec cpit." : "";
  return `${qui}${moment}. Calculée ici, dans votre navigateur${FINE}: rien n’en sort.${passe.replace(" :", `${FINE}:`)}`;
}

function mesTraces() {
  const rangs = [...etat.traces.keys()].sort((a, b) => a - b);
  return rangs.flatMap((rang) => [element("dt", D.items[rang - 1].enonce), element("dd", etat.traces.get(rang))]);
}

function montrerLaLecture({ position, appuis, fragiles, relief }, titres) {
  parId("lecture").replaceChildren(
    ...rubrique("En bref", paragraphes([...position, relief])),
    ...rubrique(titres.appuis, appuis.map(encart)),
    ...rubrique(titres.fragiles, fragiles.map(encart)),
  );
}

function montrerLesAnnexes({ nonCalcule, portee }) {
  const traces = mesTraces();
  parId("annexes").replaceChildren(
    ...rubrique("Ce qui n’a pas été calculé", liste(nonCalcule)),
    ...rubrique("Mes traces", traces.length ? [element("dl", "", traces)] : []),
    ...rubrique("Ce que valent ces réponses", paragraphes(portee)),
  );
}

/** Calcule et montre tout, d’après les réponses du moment. */
function voirLaRestitution() {
  const R = D.restitution;
  const note = lireLaPassation(R, passationDeLaPage());
  dire("de-quoi", direDeQuoi());
  montrerLaLecture(note.lecture, R.titres);
  parId("place-carte").replaceChildren(dessinerLaCarte(parId("carte-vierge"), note, R));
  dire("sous-carte", direLaCarte(note, R));
  const montrees = R.echelles.flatMap((echelle, rang) => (echelle.regroupement ? [] : [ligneDeScore(echelle, note.echelles[rang], note.motifs[rang])]));
  parId("scores").replaceChildren(...montrees);
  montrerLesAnnexes(note.lecture);
  parId("restitution").hidden = false;
  parId("voir-restitution").setAttribute("aria-expanded", "true");
  dire("message-restitution", "");
  parId("titre-restitution").focus();
}

/** Une réponse change : ce qui était montré ne vaut plus. D’un autre que soi, rien n’est à montrer. */
function oublierLaRestitution() {
  const bouton = parId("voir-restitution");
  if (!parId("restitution").hidden) dire("message-restitution", `Vos réponses ont changé${FINE}: la restitution est à revoir.`);
  parId("restitution").hidden = true;
  bouton.setAttribute("aria-expanded", "false");
  bouton.hidden = etat.regard !== "soi";
}

function imprimerLaRestitution() {
  document.body.classList.add("restitution-seule");
  addEventListener("afterprint", () => document.body.classList.remove("restitution-seule"), { once: true });
  print();
}

function ecouterLaRestitution() {
  parId("voir-restitution").addEventListener("click", voirLaRestitution);
  parId("imprimer").addEventListener("click", imprimerLaRestitution);
}
