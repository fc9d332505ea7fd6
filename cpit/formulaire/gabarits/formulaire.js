// Le questionnaire : tient l’état des réponses, le garde dans le navigateur, en fait un fichier de passation.
// Aucune bibliothèque, aucune connexion. Joint à la suite de enregistrement.js, qui pose « use strict ».

// --- l’état : ce qui a été répondu, sans la page ---------------------------------------------------------------------

const D = JSON.parse(document.getElementById("donnees").textContent);
const CHOIX = new Set([...D.valeurs.map(String), ...(D.sans_objet ? ["so"] : [])]);
/** Ce que l’on demande à qui répond à propos d’un autre, dans une liste. */
const LISTES_DU_TIERS = ["role_evaluateur", "connaissance"];
/** Vrai si la page finit sur une restitution. */
const RESTITUE = "restitution" in D;
let etat = etatNeuf(D.donnes);

/** « choix » et « traces » par rang d’item (à partir de 1) ; « avant », de même : ce qu’il en était au moment passé, si la
 * page le demande. « places » par question et rang (« frequence-3 ») ; « profil » par question. */
function etatNeuf({ identifiant, moment, regard, evaluateur = "", role_evaluateur = "", connaissance = "" }) {
  return {
    identifiant, moment, regard, evaluateur, role_evaluateur, connaissance, date_moment: D.date_moment, commencee: "", gardee: "", enregistree: "", choix: new Map(), avant: new Map(), traces: new Map(), places: new Map(), profil: new Map(D.profil_donne),
  };
}

function estVide() {
  const profilDonne = etat.profil.size === D.profil_donne.length && D.profil_donne.every(([question, code]) => etat.profil.get(question) === code);
  return etat.choix.size + etat.avant.size + etat.traces.size + etat.places.size === 0 && etat.date_moment === D.date_moment && profilDonne && etat.identifiant === D.donnes.identifiant && etat.evaluateur === (D.donnes.evaluateur || "");
}

/** Une ligne du référentiel, dont une lettre dit le retrait (A : aucun). */
function rendreLeRetrait(ligne) {
  return " ".repeat(ligne.charCodeAt(0) - 65) + ligne.slice(1);
}

function sansReponse() {
  return D.items.map((_, indice) => indice + 1).filter((rang) => !estRepondue(rang));
}

/** Vrai si une situation a toutes les réponses que la page demande : deux, quand elle demande aussi un moment passé. */
function estRepondue(rang) {
  return etat.choix.has(rang) && (!D.jumelle || etat.avant.has(rang));
}

function estPasse(moment) {
  return moment.endsWith(D.retrospectif);
}

function reponseDe(choix) {
  const contenu = { etat: choix === undefined ? "sans_reponse" : choix === "so" ? "sans_objet" : "repondu" };
  if (contenu.etat === "repondu") contenu.valeur = Number(choix);
  return contenu;
}

function reponse(rang) {
  const contenu = reponseDe(etat.choix.get(rang));
  if (etat.traces.has(rang)) contenu.trace = etat.traces.get(rang);
  for (const cle of Object.keys(D.places)) {
    const niveau = etat.places.get(`${cle}-${rang}`);
    if (niveau !== undefined) contenu[cle] = Number(niveau);
  }
  return contenu;
}

/** Objet sans prototype : un identifiant « constructor » n’y est qu’une clé. */
function table(paires) {
  const objet = Object.create(null);
  for (const [cle, valeur] of paires) objet[cle] = valeur;
  return objet;
}

/** Quel tiers répond, ce qu’il est pour la personne, s’il connaît son travail : les seuls champs dits, et rien pour soi. */
function duTiers() {
  if (etat.regard !== "tiers") return {};
  const dits = ["evaluateur", ...LISTES_DU_TIERS].filter((cle) => etat[cle]).map((cle) => [cle, etat[cle]]);
  return dits.length ? { ...Object.fromEntries(dits), version_format: D.version_ajoutee } : {};
}

/** La date du moment, et le moment passé auquel on a répondu aussi : les seuls champs dits. */
function deQuand() {
  const date = etat.date_moment ? { date_moment: etat.date_moment } : {};
  if (!D.jumelle) return etat.date_moment ? { ...date, version_format: D.version_ajoutee } : {};
  const reponses = table(D.items.map((item, indice) => [item.code, reponseDe(etat.avant.get(indice + 1))]));
  return { jumelle: { moment: D.jumelle, ...date, reponses }, version_format: D.version_ajoutee };
}

/** Un code ; ou la liste des codes, si plusieurs choix sont cochés. */
function reponseDeProfil(question) {
  const codes = etat.profil.get(question).split(D.entre_choix);
  return codes.length > 1 ? codes : codes[0];
}

/** La passation telle que cpit l’écrit : mêmes clés, même ordre. */
async function passation(maintenant) {
  const profil = D.profil.filter(([question]) => etat.profil.has(question)).map(([question]) => [question, reponseDeProfil(question)]);
  const contenu = {
    format: D.format,
    version_format: etat.places.size || profil.some(([, codes]) => Array.isArray(codes)) ? D.version_ajoutee : D.version_format,
    cpit: D.cpit,
    identifiant: etat.identifiant,
    moment: etat.moment,
    regard: etat.regard,
    profil: table(profil),
    commencee: etat.commencee || maintenant,
    modifiee: maintenant,
    terminee: maintenant,
    revision: 1,
    referentiel: D.referentiel,
    reponses: table(D.items.map((item, indice) => [item.code, reponse(indice + 1)])),
    items: D.items,
    texte_referentiel: D.texte_referentiel ? D.texte_referentiel.split("\n").map(rendreLeRetrait) : [],
    ...duTiers(),
    ...deQuand(),
  };
  contenu.somme = await sommeDeControle(contenu);
  return JSON.stringify(contenu, null, 1) + "\n";
}

// --- le navigateur garde les réponses --------------------------------------------------------------------------------

const ILLISIBLE = "cpit-illisible:";
/** Début de toutes les clés de ce questionnaire, quelle que soit la personne. */
const GARDEES = "cpit-passation:" + JSON.stringify([D.referentiel.empreinte]).slice(0, -1);
const POINTEUR = "cpit-derniere:" + JSON.stringify([D.referentiel.empreinte, ...Object.values(D.donnes), ...(D.jumelle ? [D.jumelle] : [])]);
const durable = stockageDurable();
const stockage = durable || stockageDePage();
let enEchec = !durable;
let suspendu = false;
let aEnregistrer = false;
/** Ce que l’on a lu ou écrit en dernier, par clé : autre chose y est venu d’un autre onglet. */
const connus = new Map();
/** Ce qui était gardé et ne se relit pas, par clé ; dans le navigateur aussi, tant qu’on ne l’a pas jeté. */
const illisibles = new Map();

/** localStorage s’il existe, s’il écrit et s’il relit ; certains réglages le refusent, d’autres lèvent une erreur à le nommer. */
function stockageDurable() {
  try {
    localStorage.setItem("cpit-essai", "1");
    const relu = localStorage.getItem("cpit-essai");
    localStorage.removeItem("cpit-essai");
    return relu === "1" ? localStorage : null;
  } catch {
    return null;
  }
}

/** Le même usage, le temps de la page seulement. */
function stockageDePage() {
  const memoire = new Map();
  return {
    getItem: (cle) => memoire.get(cle) ?? null,
    setItem: (cle, valeur) => memoire.set(cle, valeur),
    removeItem: (cle) => memoire.delete(cle),
  };
}

function clesQuiCommencentPar(debut) {
  return durable ? Object.keys(durable).filter((cle) => cle.startsWith(debut)) : [];
}

function cleDe({ identifiant, moment, regard, evaluateur }) {
  const tiers = regard === "tiers" && evaluateur ? [evaluateur] : [];
  return "cpit-passation:" + JSON.stringify([D.referentiel.empreinte, identifiant, moment, regard, ...tiers, ...(D.jumelle ? [D.jumelle] : [])]);
}

function enTexte(garde) {
  const listes = { choix: [...garde.choix], avant: [...garde.avant], traces: [...garde.traces], places: [...garde.places], profil: [...garde.profil] };
  return JSON.stringify({ ...garde, ...listes });
}

/** Écrit tout l’état ; appelé à chaque réponse et à chaque signe d’une trace. */
function garder() {
  if (suspendu) return;
  const cle = cleDe(etat);
  if (!estANous(cle)) return ceder();
  etat.gardee = instant(new Date());
  try {
    stockage.setItem(cle, enTexte(etat));
    connus.set(cle, enTexte(etat));
    stockage.setItem(POINTEUR, cle);
    enEchec = !durable;
  } catch {
    enEchec = true;
    alerter("Ce navigateur n’a plus de place pour garder vos réponses. Enregistrez-les en fichier avant de fermer.");
  }
  direGarde();
}

/** Vrai si ce qui est gardé sous une clé est ce que cette page y a lu ou écrit en dernier. */
function estANous(cle) {
  return stockage.getItem(cle) === (connus.get(cle) ?? null);
}

/** Deux onglets sur la même passation : le dernier qui écrit garde la main, l’autre cesse d’écrire et le dit. Si rien n’y
 * est plus gardé (tout effacer dans un autre onglet, vider le navigateur), ces réponses ne sont plus que dans cette page. */
function ceder() {
  suspendu = true;
  dire("garde", "Non gardé");
  if (stockage.getItem(cleDe(etat)) !== null) {
    alerter("Ces réponses viennent de changer dans un autre onglet. Rechargez cette page pour continuer ici.");
    return;
  }
  aEnregistrer ||= !estVide();
  alerter("Ces réponses viennent d’être effacées de ce navigateur, et ne sont plus que dans cette page. Enregistrez-les en fichier avant de la recharger ou de la fermer.");
}

/** Une autre passation que celle qu’un autre onglet a prise : plus rien ne retient d’écrire. */
function reprendreLaMain() {
  if (suspendu) parId("alerte").hidden = true;
  suspendu = false;
}

/** Ôte ce qui est gardé sous une clé. */
function oublier(cle) {
  stockage.removeItem(cle);
  connus.delete(cle);
}

function direGarde() {
  dire("garde", enEchec ? "Non gardé en cas de fermeture" : "Gardé dans ce navigateur");
}

/** L’état gardé sous une clé, ou rien. Ce qui ne s’y relit pas, en tout ou en partie, est mis de côté et se dit. */
function lireGarde(cle) {
  const texte = stockage.getItem(cle);
  if (texte === null) return null;
  const garde = relire(cle, texte);
  if (!garde || !estEntier(garde, JSON.parse(texte))) mettreDeCote(cle, texte, garde);
  connus.set(cle, stockage.getItem(cle));
  return garde;
}

/** Vrai si tout ce qui était gardé est connu de ce questionnaire. */
function estEntier(garde, lu) {
  return ["choix", "avant", "traces", "places", "profil"].every((champ) => garde[champ].size === (lu[champ] || []).length)
    && ["commencee", "enregistree", "date_moment", ...LISTES_DU_TIERS].every((champ) => garde[champ] === (lu[champ] ?? ""));
}

/** Une copie sous une autre clé, avant que la prochaine réponse n’en prenne la place. */
function mettreDeCote(cle, texte, garde) {
  let copie = ILLISIBLE + cle;
  while (![null, texte].includes(stockage.getItem(copie))) copie += "+";
  illisibles.set(copie, texte);
  try {
    stockage.setItem(copie, texte);
    if (garde) stockage.setItem(cle, enTexte(garde));
    else stockage.removeItem(cle);
  } catch {
    alerter("Ce navigateur n’a plus de place. Téléchargez ce qui était gardé avant de répondre.");
  }
  direIllisible();
}

/** Les copies d’une visite précédente, de ce questionnaire. */
function retrouverLesIllisibles() {
  for (const cle of clesQuiCommencentPar(ILLISIBLE + GARDEES)) illisibles.set(cle, stockage.getItem(cle));
  direIllisible();
}

function direIllisible() {
  parId("illisible").hidden = !illisibles.size;
  dire("texte-illisible", "Des réponses gardées dans ce navigateur sont abîmées, en tout ou en partie. Elles sont mises de côté, telles quelles, et rien n’en prendra la place. Téléchargez-les pour les montrer à qui vous a remis ce questionnaire, ou jetez-les.");
}

function telechargerIllisible() {
  telecharger("reponses-illisibles.txt", [...illisibles].map(([cle, texte]) => `${cle}\n${texte}\n`).join("\n"), "text/plain");
}

function jeterIllisible() {
  for (const cle of illisibles.keys()) stockage.removeItem(cle);
  illisibles.clear();
  direIllisible();
}

/** L’état que dit un texte, réduit à ce que ce questionnaire connaît ; rien s’il n’est pas lisible. */
function relire(cle, texte) {
  try {
    const lu = JSON.parse(texte);
    if (cleDe(lu) !== cle || !radio("moment", lu.moment) || !radio("regard", lu.regard)) return null;
    if (Number.isNaN(Date.parse(lu.gardee))) return null;
    const neuf = etatNeuf(lu);
    const date = (dite) => (typeof dite === "string" && !Number.isNaN(Date.parse(dite)) ? dite : "");
    for (const champ of ["commencee", "gardee", "enregistree"]) neuf[champ] = date(lu[champ]);
    neuf.date_moment = typeof lu.date_moment === "string" && lireLaDate(lu.date_moment) === lu.date_moment ? lu.date_moment : "";
    for (const champ of LISTES_DU_TIERS) neuf[champ] = [...(parId(champ)?.options ?? [])].some(({ value }) => value === lu[champ]) ? lu[champ] : "";
    const connu = (rang) => Number.isInteger(rang) && rang >= 1 && rang <= D.items.length;
    neuf.choix = new Map(lu.choix.filter(([rang, choix]) => connu(rang) && CHOIX.has(choix)));
    neuf.avant = new Map((Array.isArray(lu.avant) ? lu.avant : []).filter(([rang, choix]) => D.jumelle && connu(rang) && CHOIX.has(choix)));
    neuf.traces = new Map(lu.traces.filter(([rang, trace]) => connu(rang) && typeof trace === "string"));
    neuf.places = new Map((Array.isArray(lu.places) ? lu.places : []).filter(([question, niveau]) => estUnePlace(question, niveau)));
    neuf.profil = new Map(lu.profil.filter(([question, codes]) => estPermise(question, codes)));
    return neuf;
  } catch {
    return null;
  }
}

/** Vrai pour la fréquence ou l’importance d’une situation, si cette page la demande et que son niveau existe. */
function estUnePlace(question, niveau) {
  const [cle, rang] = String(question).split("-");
  return (D.places[cle] || []).includes(niveau) && Number(rang) >= 1 && Number(rang) <= D.items.length;
}

/** Vrai pour une réponse de profil dont chaque choix existe, et qui n’en a qu’un si la question n’en admet qu’un. */
function estPermise(question, codes) {
  const [, permis, plusieurs] = D.profil.find(([une]) => une === question) || [question, [], false];
  const choix = plusieurs ? codes.split(D.entre_choix) : [codes];
  return choix.every((code) => permis.includes(code));
}

// --- la page montre l’état -------------------------------------------------------------------------------------------

function parId(id) {
  return document.getElementById(id);
}

function radio(nom, valeur) {
  return [...document.getElementsByName(nom)].find((bouton) => bouton.value === valeur);
}

/** N’écrit que ce qui change : un lecteur d’écran ne répète pas. */
function dire(id, texte) {
  if (parId(id).textContent !== texte) parId(id).textContent = texte;
}

function alerter(texte) {
  parId("alerte").hidden = false;
  dire("alerte", texte);
}

function cocher(nom, valeur) {
  for (const bouton of document.getElementsByName(nom)) bouton.checked = bouton.value === valeur;
}

function montrerRang(rang) {
  parId(`effacer-${rang}`).hidden = !etat.choix.has(rang) && !etat.avant.has(rang);
  dire(`titre-trace-${rang}`, etat.traces.has(rang) ? "Ma trace" : "Ajouter une trace");
}

function montrerAvancement() {
  const total = D.items.length;
  const faites = total - sansReponse().length;
  const minutes = Math.ceil(((total - faites) * D.secondes_par_item) / 60);
  const reste = minutes ? `environ ${minutes} min` : "tout a une réponse";
  parId("jauge").value = faites;
  dire("avancement", `${faites} sur ${total} · ${reste}`);
  D.competences.forEach((rangs, indice) => {
    dire(`compte-${indice + 1}`, `${rangs.filter(estRepondue).length} sur ${rangs.length}`);
  });
  montrerRevue();
}

function longueur(texte) {
  return Array.from(texte).length;
}

/** Dit sous le champ qu’une trace est trop longue ; elle n’est pas coupée. */
function montrerLongueur(rang) {
  const signes = longueur(etat.traces.get(rang) || "");
  parId(`longueur-${rang}`).hidden = signes <= D.trace_max;
  dire(`longueur-${rang}`, signes <= D.trace_max ? "" : `${grouper(signes)} signes, ${grouper(D.trace_max)} au plus. Rien n’est coupé${FINE}: raccourcissez avant d’enregistrer.`);
}

/** Les situations sans réponse, avec un lien vers chacune. */
function montrerRevue() {
  const sans = sansReponse();
  const constat = `${pluriel(sans.length, "situation")} sans réponse. Vous pouvez y revenir, ou enregistrer ainsi.`;
  dire("texte-revue", sans.length ? constat : "Toutes les situations ont une réponse.");
  parId("revue").replaceChildren(...sans.map((rang) => {
    const [puce, lien] = [document.createElement("li"), document.createElement("a")];
    const enonce = parId(`situation-${rang}`).querySelector(".enonce:not([hidden])").textContent;
    lien.href = `#situation-${rang}`;
    lien.textContent = `Situation ${rang} (${D.items[rang - 1].code})`;
    puce.append(lien, `${FINE}: ${enonce}`);
    return puce;
  }));
}

function montrerLeTiers() {
  parId("du-tiers").hidden = etat.regard !== "tiers";
  parId("evaluateur").value = etat.evaluateur;
  for (const cle of LISTES_DU_TIERS) parId(cle).value = etat[cle];
}

/** La question et les situations se lisent comme on les a écrites pour le regard que l’on porte. */
function montrerEnonces() {
  const passe = estPasse(etat.moment);
  for (const texte of document.querySelectorAll("[data-regard]")) {
    const { regard, passe: pour, moment } = texte.dataset;
    const ailleurs = (pour !== undefined && pour !== (passe ? "oui" : "non")) || (moment !== undefined && moment !== (passe ? etat.moment : ""));
    texte.hidden = regard !== etat.regard || ailleurs;
  }
  const question = parId("question").querySelector("[data-passe]:not([hidden])").textContent;
  for (const rappel of document.querySelectorAll(".rappel")) dire(rappel.id, question);
}

/** Met toute la page en accord avec l’état. */
function montrer() {
  montrerEnonces();
  parId("code").value = etat.identifiant;
  cocher("moment", etat.moment);
  cocher("regard", etat.regard);
  montrerLaDate();
  montrerLeTiers();
  D.profil.forEach(([question, , plusieurs], indice) => {
    const reponse = etat.profil.get(question) || "";
    const cases = document.getElementsByName(`profil-${indice + 1}`);
    if (plusieurs) for (const une of cases) une.checked = reponse.split(D.entre_choix).includes(une.value);
    else parId(`profil-${indice + 1}`).value = reponse;
  });
  D.items.forEach((_, indice) => {
    const rang = indice + 1;
    cocher(`reponse-${rang}`, etat.choix.get(rang));
    cocher(`avant-${rang}`, etat.avant.get(rang));
    parId(`trace-${rang}`).value = etat.traces.get(rang) || "";
    parId(`volet-${rang}`).open = etat.traces.has(rang);
    for (const cle of Object.keys(D.places)) parId(`${cle}-${rang}`).value = etat.places.get(`${cle}-${rang}`) || "";
    montrerRang(rang);
    montrerLongueur(rang);
  });
  dire("message-fin", "");
  if (RESTITUE) oublierLaRestitution();
  montrerAvancement();
}

// --- les gestes ------------------------------------------------------------------------------------------------------

function noter() {
  etat.commencee ||= instant(new Date());
  aEnregistrer = true;
  dire("message-fin", "");
  if (RESTITUE) oublierLaRestitution();
  garder();
}

function choisir(rang, choix, reponses = etat.choix) {
  if (choix) reponses.set(rang, choix);
  else reponses.delete(rang);
  noter();
  montrerRang(rang);
  montrerAvancement();
}

function tracer(rang, champ) {
  const trace = nettoyer(champ.value, true).trim();
  if (trace) etat.traces.set(rang, trace);
  else etat.traces.delete(rang);
  noter();
  montrerRang(rang);
  montrerLongueur(rang);
}

function situer(champ) {
  if (champ.value) etat.places.set(champ.id, champ.value);
  else etat.places.delete(champ.id);
  noter();
}

/** « Aucun » ne va avec aucun autre choix : le dernier coché l’emporte, et la page dit ce qu’elle a décoché. */
function garderAucunSeul(indice, champ, cases, aucun) {
  const contraires = cases.filter((une) => une.checked && (une.value === aucun) !== (champ.value === aucun));
  const otees = champ.checked ? contraires : [];
  const dites = otees.map((une) => `«${FINE}${une.labels[0].textContent.trim()}${FINE}»`).join(", ");
  for (const une of otees) une.checked = false;
  const accord = otees.length > 1 ? "ont été décochés" : "a été décoché";
  parId(`message-profil-${indice}`).hidden = !dites;
  dire(`message-profil-${indice}`, dites && `${dites} ${accord}${FINE}: «${FINE}${libelleDe(cases, aucun)}${FINE}» reste seul, ou ne se coche pas.`);
}

function libelleDe(cases, valeur) {
  return cases.find((une) => une.value === valeur).labels[0].textContent.trim();
}

function repondreAuProfil(indice, champ) {
  const [question, , plusieurs, aucun] = D.profil[indice - 1];
  const cases = [...document.getElementsByName(`profil-${indice}`)];
  if (plusieurs && aucun) garderAucunSeul(indice, champ, cases, aucun);
  const coches = cases.filter((une) => une.checked).map((une) => une.value);
  const code = plusieurs ? coches.join(D.entre_choix) : champ.value;
  if (code) etat.profil.set(question, code);
  else etat.profil.delete(question);
  noter();
}

/** « 2025-09-15 », « 2025-09 » ou « 2025 » ; vide si rien n’est écrit, rien si ce n’est pas une date. */
function lireLaDate(texte) {
  const plie = nettoyer(texte).trim().toLowerCase().replace(/\s+/g, " ");
  if (!plie) return "";
  const iso = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/.exec(plie);
  const francaise = /^(?:(\d{1,2})[/.-])?(\d{1,2})[/.-](\d{4})$/.exec(plie);
  const lettres = /^(?:(\d{1,2})(?:er)? )?(\S+) (\d{4})$/.exec(plie);
  const nomme = lettres && D.mois.includes(lettres[2]) ? [lettres[3], D.mois.indexOf(lettres[2]) + 1, lettres[1]] : null;
  const morceaux = (iso && iso.slice(1)) || (francaise && [francaise[3], francaise[2], francaise[1]]) || nomme;
  if (!morceaux) return null;
  const [annee, mois = 1, jour = 1] = morceaux.map((un) => (un === undefined ? undefined : Number(un)));
  const existe = annee >= 1 && mois >= 1 && mois <= 12 && jour >= 1 && jour <= new Date(annee, mois, 0).getDate();
  const dits = morceaux.filter((un) => un !== undefined).map((un, rang) => String(Number(un)).padStart(rang ? 2 : 4, "0"));
  return existe ? dits.join("-") : null;
}

/** Ce qui est écrit dans le champ de la date, tel qu’une personne le lit. */
function montrerLaDate() {
  const [annee, mois, jour] = etat.date_moment.split("-");
  const nom = mois ? `${D.mois[Number(mois) - 1]} ` : "";
  parId("date_moment").value = (jour ? `${jour === "01" ? "1er" : Number(jour)} ` : "") + nom + annee;
  direLaDate(true);
}

function direLaDate(comprise) {
  parId("message-date").hidden = comprise;
  dire("message-date", comprise ? "" : `Ce n’est pas une date que la page comprend${FINE}: est attendue ${D.dates_attendues}.`);
}

function dater(champ) {
  const lue = lireLaDate(champ.value);
  direLaDate(lue !== null);
  etat.date_moment = lue || "";
  noter();
}

function repondreDuTiers(liste) {
  etat[liste.id] = liste.value;
  noter();
}

function codeSaisi(id) {
  return Array.from(nettoyer(parId(id).value)).slice(0, D.code_max).join("").trim();
}

function identiteSaisie() {
  const coche = (nom) => document.querySelector(`input[name="${nom}"]:checked`).value;
  const evaluateur = D.donnes.evaluateur || codeSaisi("evaluateur");
  return { identifiant: D.donnes.identifiant || codeSaisi("code"), moment: coche("moment"), regard: coche("regard"), evaluateur };
}

/** Vrai si un code dépasse ce qu’on en garde. */
function estTropLong(id) {
  return longueur(nettoyer(parId(id).value).trim()) > D.code_max;
}

/** Autre code, moment ou regard : on reprend ce qui y est gardé. Sinon les réponses suivent ; mais si elles sont déjà
 * dans un fichier, c’est une autre passation qui commence. */
function changerIdentite() {
  const saisie = identiteSaisie();
  const coupe = ["code", "evaluateur"].some(estTropLong);
  parId("code").value = saisie.identifiant;
  parId("evaluateur").value = saisie.evaluateur;
  if (coupe) alerter(`Le code a été ramené à ses ${D.code_max} premiers signes${FINE}: vérifiez qu’il est bien le vôtre.`);
  if (cleDe(saisie) === cleDe(etat)) return;
  const [avant, garde] = [etat, lireGarde(cleDe(saisie))];
  reprendreLaMain();
  if (garde) {
    etat = garde;
    parId("recopier").hidden = true;
    dire("message-identite", `Des réponses étaient gardées ici${FINE}: ${bilan()}. Les précédentes restent gardées à part.`);
  } else if (avant.enregistree) {
    etat = etatNeuf(saisie);
    parId("recopier").hidden = false;
    parId("recopier").onclick = () => recopier(avant);
    dire("message-identite", "Une nouvelle passation commence. Les réponses déjà enregistrées en fichier restent gardées à part.");
  } else {
    // Ce qu’un autre onglet y a gardé depuis reste à lui.
    if (estANous(cleDe(avant))) oublier(cleDe(avant));
    etat = { ...avant, ...saisie };
    if (avant.choix.size + avant.avant.size) parId("recopier").hidden = true;
    if (parId("recopier").hidden) dire("message-identite", "");
  }
  montrer();
  garder();
}

/** Les réponses d’avant, sous la nouvelle identité : c’était le code ou le moment qui était faux. */
function recopier(avant) {
  etat = { ...avant, ...identiteSaisie(), enregistree: "" };
  parId("recopier").hidden = true;
  dire("message-identite", `Réponses recopiées${FINE}: ${bilan()}.`);
  montrer();
  noter();
  parId("code").focus();
}

function bilan() {
  return `${D.items.length - sansReponse().length} sur ${D.items.length}`;
}

/** Vrai, et on y mène, si une trace est trop longue pour être enregistrée sans être coupée. */
function retenirUneTraceTropLongue() {
  const [rang] = [...etat.traces.keys()].filter((r) => longueur(etat.traces.get(r)) > D.trace_max);
  if (!rang) return false;
  alerter(`La trace de la situation ${rang} est trop longue${FINE}: ${grouper(D.trace_max)} signes au plus. Raccourcissez-la, puis enregistrez.`);
  parId(`volet-${rang}`).open = true;
  parId(`trace-${rang}`).focus();
  return true;
}

/** Vrai, et on y mène, si la date écrite n’est pas comprise : elle serait perdue. */
function retenirUneDateIncomprise() {
  if (lireLaDate(parId("date_moment").value) !== null) return false;
  alerter(`La date du moment n’est pas comprise${FINE}: corrigez-la ou effacez-la, puis enregistrez.`);
  parId("date_moment").focus();
  return true;
}

async function enregistrer() {
  if (retenirUneTraceTropLongue() || retenirUneDateIncomprise()) return;
  const maintenant = instant(new Date());
  const nom = nomDeFichier(etat.identifiant, etat.moment, etat.regard, duTiers().evaluateur || "");
  try {
    telecharger(nom, await passation(maintenant));
  } catch {
    alerter("Le fichier n’a pas pu être préparé. Essayez un autre navigateur récent ; vos réponses restent ici.");
    return;
  }
  etat.commencee ||= maintenant;
  etat.enregistree = maintenant;
  garder();
  aEnregistrer = false;
  const vides = sansReponse().length;
  const reserve = vides ? ` ${pluriel(vides, "situation")} sans réponse, noté${vides > 1 ? "es" : "e"} comme telle${vides > 1 ? "s" : ""}.` : "";
  dire("message-fin", `Fichier «${FINE}${nom}${FINE}» remis à votre navigateur. Vérifiez qu’il est bien dans vos téléchargements.${reserve}`);
}

function telecharger(nom, texte, sorte = "application/json") {
  const lien = document.createElement("a");
  lien.href = URL.createObjectURL(new Blob([texte], { type: sorte }));
  lien.download = nom;
  lien.click();
  setTimeout(() => URL.revokeObjectURL(lien.href), 60_000);
}

function toutEffacer() {
  oublier(cleDe(etat));
  stockage.removeItem(POINTEUR);
  jeterIllisible();
  etat = etatNeuf(D.donnes);
  reprendreLaMain();
  aEnregistrer = false;
  for (const id of ["reprise", "recopier"]) parId(id).hidden = true;
  parId("confirmation").close();
  montrer();
  dire("garde", "");
  dire("message-identite", "Tout est effacé de cette page et de ce navigateur.");
  parId("titre-vous").focus();
}

/** La clé de la dernière passation ; si ce qui la désigne ne mène nulle part, la dernière gardée de ce formulaire. */
function cleAReprendre() {
  const designee = stockage.getItem(POINTEUR);
  if (designee === null) return cleDe(etat);
  if (designee.startsWith(GARDEES) && stockage.getItem(designee) !== null) return designee;
  const siennes = clesQuiCommencentPar(GARDEES).map((cle) => [cle, relire(cle, stockage.getItem(cle))])
    .filter(([, garde]) => garde && (!D.donnes.identifiant || garde.identifiant === D.donnes.identifiant));
  siennes.sort(([, a], [, b]) => Date.parse(b.gardee) - Date.parse(a.gardee));
  return siennes.length ? siennes[0][0] : cleDe(etat);
}

/** Au chargement : ce qui était gardé revient, et cela se dit. */
function reprendre() {
  retrouverLesIllisibles();
  // Ce qui était à reprendre ne se relit pas : sous l’identité que la page montre, quelque chose peut être gardé aussi.
  const garde = lireGarde(cleAReprendre()) || lireGarde(cleDe(etat));
  if (!garde) return;
  etat = garde;
  if (estVide()) return;
  const quand = new Intl.DateTimeFormat("fr-FR", { dateStyle: "long", timeStyle: "short" }).format(new Date(etat.gardee));
  const qui = etat.identifiant ? ` de «${FINE}${etat.identifiant}${FINE}»` : "";
  const fichier = etat.enregistree ? " Elles ont déjà été enregistrées en fichier." : "";
  parId("reprise").hidden = false;
  direGarde();
  dire("texte-reprise", `Vos réponses${qui}, gardées dans ce navigateur (${quand}), sont reprises${FINE}: ${bilan()}.${fichier}`);
  const [premiere] = sansReponse();
  parId("continuer").href = premiere ? `#situation-${premiere}` : "#fin";
}

/** Nomme et décrit chaque choix par les mots écrits à côté de lui ; de deux colonnes, par la sienne aussi. */
function nommerLesChoix() {
  for (const bouton of document.querySelectorAll(".situation input[type=radio]")) {
    const [sorte, rang] = bouton.name.split("-");
    const [nom, aide] = [".libelle", ".aide"].map((classe) => bouton.closest(".choix").querySelector(classe));
    nom.id = `nom-${rang}-${bouton.value}`;
    const colonne = sorte === "avant" ? `avant-${rang}` : `aujourdhui-${rang}`;
    bouton.setAttribute("aria-labelledby", D.jumelle ? `${colonne} ${nom.id}` : nom.id);
    if (!aide) continue;
    aide.id = `aide-${rang}-${bouton.value}`;
    bouton.setAttribute("aria-describedby", aide.id);
  }
}

function ecouter() {
  const formulaire = parId("questionnaire");
  formulaire.addEventListener("submit", (evenement) => evenement.preventDefault());
  formulaire.addEventListener("input", ({ target }) => {
    const [sorte, rang] = (target.name || target.id).split("-");
    if (sorte === "reponse") choisir(Number(rang), target.value);
    if (sorte === "avant") choisir(Number(rang), target.value, etat.avant);
    if (target.id === "date_moment") dater(target);
    if (sorte === "trace") tracer(Number(rang), target);
    if (sorte in D.places) situer(target);
    if (sorte === "profil") repondreAuProfil(Number(rang), target);
    if (sorte === "moment" || sorte === "regard") changerIdentite();
    if (LISTES_DU_TIERS.includes(target.id)) repondreDuTiers(target);
  });
  formulaire.addEventListener("change", ({ target }) => {
    if (["code", "evaluateur"].includes(target.id)) changerIdentite();
    if (target.id.startsWith("trace-")) target.value = etat.traces.get(Number(target.id.slice(6))) || "";
  });
  D.items.forEach((_, indice) => parId(`effacer-${indice + 1}`).addEventListener("click", () => {
    for (const nom of ["reponse", "avant"]) cocher(`${nom}-${indice + 1}`, undefined);
    etat.avant.delete(indice + 1);
    choisir(indice + 1, "");
    document.getElementsByName(`reponse-${indice + 1}`)[0].focus();
  }));
  for (const bouton of document.querySelectorAll("[data-tout-effacer]")) {
    bouton.addEventListener("click", () => parId("confirmation").showModal());
  }
  parId("garder").addEventListener("click", () => parId("confirmation").close());
  parId("effacer-tout").addEventListener("click", toutEffacer);
  parId("enregistrer").addEventListener("click", enregistrer);
  parId("telecharger-illisible").addEventListener("click", telechargerIllisible);
  parId("jeter-illisible").addEventListener("click", jeterIllisible);
}

function surveiller() {
  // WebKitGTK ne prévient pas toujours : « garder » regarde aussi.
  addEventListener("storage", ({ key }) => {
    if (key === null || key === cleDe(etat)) ceder();
  });
  addEventListener("beforeunload", (evenement) => {
    if (aEnregistrer && (enEchec || suspendu)) evenement.preventDefault();
  });
  addEventListener("beforeprint", () => { for (const rang of etat.traces.keys()) parId(`volet-${rang}`).open = true; });
}

nommerLesChoix();
reprendre();
montrer();
ecouter();
if (RESTITUE) ecouterLaRestitution();
surveiller();
if (!durable) {
  alerter("Ce navigateur ne peut pas garder vos réponses. Répondez en une fois et enregistrez le fichier avant de fermer.");
}
