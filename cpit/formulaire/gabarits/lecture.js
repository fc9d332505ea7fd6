// La lecture d’une passation, sans la page : les phrases de cpit, choisies comme il les choisit. Joint après notation.js.

/** Nombre à la française, comme cpit.typographie.nombre : le demi s’arrondit vers le haut, d’après l’écriture exacte. */
function nombre(valeur, decimales = 1) {
  const [mantisse, exposant = "0"] = String(Math.abs(valeur)).split("e");
  const [entiers, suite = ""] = mantisse.split(".");
  const gardes = entiers.length + Number(exposant) + decimales;
  const chiffres = gardes < 0 ? "0" : (entiers + suite).padEnd(gardes + 1, "0");
  const arrondi = BigInt(chiffres.slice(0, Math.max(gardes, 0)) || "0") + (chiffres[Math.max(gardes, 0)] >= "5" ? 1n : 0n);
  const texte = String(arrondi).padStart(decimales + 1, "0");
  const fin = decimales ? `,${texte.slice(-decimales)}` : "";
  return (valeur < 0 && arrondi ? "−" : "") + texte.slice(0, texte.length - decimales) + fin;
}

/** « a », « a et b », « a, b et c », comme cpit.typographie.enumerer. */
function enumerer(elements) {
  if (elements.length < 2) return elements.join("");
  return `${elements.slice(0, -1).join(", ")} et ${elements.at(-1)}`;
}

/** Une phrase de la table, ses mots en place. */
function enPhrase(phrases, cle, mots = {}) {
  return phrases[cle].replace(/\{(\w+)\}/g, (_, nom) => mots[nom]);
}

/** Ce qu’est la région, ou pourquoi il n’y en a pas. */
function etatDeLaRegion({ position, region }, { un_seul_pole }) {
  if (!position) return "sans-position";
  if (!region.presente) return un_seul_pole ? "un-seul-pole" : "trop-peu-de-competences";
  if (region.couvreTout) return "couvre-tout";
  return region.pleine ? "ellipse" : "segment";
}

/** Pourquoi il n’y a pas de position, en mots. */
function motifDePosition(note, R) {
  const manquantes = R.ingenieries.filter((_, indice) => note.echelles[R.competences.length + indice].valeur === null);
  return enPhrase(R.phrases, manquantes.length ? "score-absent" : "parts-nulles", { noms: enumerer(manquantes) });
}

function nommerLaDominante(dominante, R) {
  return enumerer(dominante.map((indice) => R.ingenieries[indice]));
}

function lireLaPosition(note, R) {
  const { position } = note;
  if (!position) return [enPhrase(R.phrases, "sans-position", { motif: motifDePosition(note, R) })];
  const cle = ["equilibre", "domine", "dominent"][Math.min(position.dominante.length, 2)];
  const phrase = enPhrase(R.phrases, cle, { noms: nommerLaDominante(position.dominante, R) });
  return [phrase, R.phrases["jamais-le-niveau"], lireLaRegion(note, R), ...lireLaSensibilite(note, R)];
}

function lireLaRegion(note, R) {
  const etat = etatDeLaRegion(note, R);
  if (etat in R.phrases) return R.phrases[etat];
  const domine = note.position.dominante.length > 0;
  if (note.region.couvre && domine) return R.phrases["equilibre-possible"];
  const dehors = domine ? "centre-dehors" : "pres-du-centre";
  const fin = R.phrases[note.region.couvre ? "centre-dedans" : dehors];
  const [x, y] = [note.region.xx, note.region.yy].map((variance) => nombre(Math.sqrt(variance), 2));
  return enPhrase(R.phrases, "region", { x, y, fin });
}

/** De quel côté de chaque axe est un point : −1, 1, ou 0 s’il s’écrit à zéro. */
function cotesDe({ x, y }) {
  return [x, y].map((valeur) => (nombre(Math.abs(valeur), 2) === nombre(0, 2) ? 0 : Math.sign(valeur)));
}

function direLesCotes(point, R) {
  const dits = cotesDe(point).map((cote, rang) => {
    const axe = R.axes[rang];
    if (cote === 0) return enPhrase(R.phrases, "au-milieu", { axe: axe.libelle });
    return enPhrase(R.phrases, "du-cote", { cote: cote > 0 ? axe.fin : axe.debut });
  });
  return enPhrase(R.phrases, "reste", { cotes: enumerer(dits) });
}

function direAvec(essais, total, R) {
  const mots = { n: essais.length, total, noms: enumerer(essais.map(({ jeu }) => jeu)) };
  return enPhrase(R.phrases, total > 1 ? "avec" : "avec-un", mots);
}

/** De combien le point bouge quand on change les coordonnées, s’il change de côté, et si ce qui domine change. */
function lireLaSensibilite({ position, sensibilite }, R) {
  const essais = sensibilite.map((point, rang) => ({ point, jeu: R.jeux[rang] })).filter(({ point }) => point);
  if (!essais.length) return [];
  const total = essais.length;
  const [x, y] = ["x", "y"].map((axe) => nombre(Math.max(...essais.map(({ point }) => Math.abs(point[axe] - position[axe]))), 2));
  const ailleurs = essais.filter(({ point }) => String(cotesDe(point)) !== String(cotesDe(position)));
  const change = () => enPhrase(R.phrases, "change-de-cote", { avec: direAvec(ailleurs, total, R) });
  const fin = ailleurs.length ? change() : direLesCotes(position, R);
  const facons = enPhrase(R.phrases, total === 1 ? "une-facon" : "des-facons", { total });
  const autres = essais.filter(({ point }) => String(point.dominante) !== String(position.dominante));
  const prudence = autres.length ? [enPhrase(R.phrases, "prudence", { avec: direAvec(autres, total, R) })] : [];
  return [enPhrase(R.phrases, "sensibilite", { facons, x, y, fin }), ...prudence];
}

/** Les indices des scores extrêmes, du plus extrême au moins : un palier entier ou rien, jamais plus de la moitié. */
function extremes(presents, signe) {
  const moitie = Math.max(Math.floor(presents.length / 2), 1);
  const assez = Math.min(2, moitie);
  const paliers = new Set([...presents].sort(([, a], [, b]) => signe * (b - a)).map(([, valeur]) => nombre(valeur)));
  const retenus = [];
  for (const palier of paliers) {
    const groupe = presents.filter(([, valeur]) => nombre(valeur) === palier).map(([indice]) => indice);
    if (groupe.length > moitie || (retenus.length && retenus.length + groupe.length > assez)) break;
    retenus.push(...groupe);
  }
  return retenus;
}

/** Les réponses éloignées d’une compétence, en une phrase ; vide si deux niveaux ne les séparent pas. */
function direLEtendue({ items }, retenues, R) {
  const donnees = items.filter((code) => retenues.has(code));
  if (!donnees.length) return "";
  const valeurs = donnees.map((code) => retenues.get(code));
  const [bas, haut] = [Math.min(...valeurs), Math.max(...valeurs)];
  if (R.niveaux.filter(([valeur]) => bas < valeur && valeur <= haut).length < R.niveaux_d_etendue) return "";
  const bout = (cherchee) => [new Map(R.niveaux).get(cherchee), R.noms_des_items[donnees.find((code) => retenues.get(code) === cherchee)]];
  const [[de, code_de], [a, code_a]] = [bout(bas), bout(haut)];
  return enPhrase(R.phrases, "etendue", { de, code_de, a, code_a });
}

function relief(indice, note, retenues, R) {
  const competence = R.competences[indice];
  const { valeur } = note.echelles[indice];
  const [, constat, pas] = competence.lectures.find(([jusqua]) => jusqua === null || valeur <= jusqua) || [null, "", ""];
  const entier = [constat, direLEtendue(competence, retenues, R)].filter(Boolean).join(" ");
  return { indice, code: competence.code, libelle: competence.libelle, valeur, constat: entier, pas };
}

function scoresPresents(note, R) {
  return R.competences.map((_, indice) => [indice, note.echelles[indice].valeur]).filter(([, valeur]) => valeur !== null);
}

/** Les compétences aux scores les plus hauts et les plus bas, deux de chaque côté au plus. */
function lireLesReliefs(note, R) {
  const presents = scoresPresents(note, R);
  const valeurs = presents.map(([, valeur]) => valeur);
  if (!presents.length || nombre(Math.max(...valeurs)) === nombre(Math.min(...valeurs))) return { appuis: [], fragiles: [] };
  const hauts = extremes(presents, 1);
  const bas = extremes(presents, -1).filter((indice) => !hauts.includes(indice));
  const [appuis, fragiles] = [hauts, bas].map((indices) => indices.map((indice) => relief(indice, note, note.retenues, R)));
  return { appuis, fragiles };
}

/** Ce qu’il y a à dire quand rien ne se détache, ou d’un seul côté. */
function lireLeRelief(note, { appuis, fragiles }, R) {
  const valeurs = scoresPresents(note, R).map(([, valeur]) => valeur);
  if (!valeurs.length) return R.phrases["aucun-relief"];
  if (valeurs.length === 1) return R.phrases["un-seul-score"];
  const haut = Math.max(...valeurs);
  if (!appuis.length && fragiles.length) {
    return enPhrase(R.phrases, "egales-en-haut", { n: valeurs.filter((valeur) => nombre(valeur) === nombre(haut)).length });
  }
  if (!appuis.length) return R.phrases[haut - Math.min(...valeurs) <= R.egalite ? "toutes-egales" : "toutes-presque-egales"];
  if (!fragiles.length) return enPhrase(R.phrases, appuis.length === 1 ? "une-se-detache" : "se-detachent", { n: appuis.length });
  return "";
}

function citer(codes, R) {
  if (codes.length === R.codes.length && codes.length > 1) return R.phrases.tous;
  const noms = codes.map((code) => R.noms_des_items[code]);
  return noms.length <= R.codes_cites ? `${enumerer(noms)}.` : `${noms.slice(0, R.codes_cites).join(", ")}…`;
}

/** Ce qui n’a pas de score, et pourquoi. */
function direLesAbsences(note, R) {
  return R.echelles.flatMap(({ nom }, rang) => (note.echelles[rang].valeur === null ? [enPhrase(R.phrases, "sans-score", { echelle: nom, motif: note.motifs[rang] })] : []));
}

/** Tout ce qui n’a pas été calculé. */
function lireLesAbsences(note, { valeurs, sansObjet }, R) {
  const phrases = valeurs.size ? direLesAbsences(note, R) : [R.phrases["aucun-score"]];
  const etats = { sans_objet: (code) => sansObjet.has(code), sans_reponse: (code) => !valeurs.has(code) && !sansObjet.has(code) };
  for (const [etat, est] of Object.entries(etats)) {
    const codes = R.codes.filter(est);
    const mots = { items: pluriel(codes.length, "item"), etat: R.phrases[etat], liste: codes.length ? citer(codes, R) : "" };
    if (codes.length) phrases.push(enPhrase(R.phrases, "hors-du-calcul", mots));
  }
  return phrases;
}

// --- la page autour des phrases : l’essentiel, les scores en mots, les nombres des tableaux ---------------------------

function combienDeSituations(n, R) {
  const situations = R.phrases[n < 2 ? "une-situation" : "des-situations"];
  return enPhrase(R.phrases, "combien", { qui: R.phrases["situe-soi"], n, situations, total: R.codes.length, bas: R.niveaux[0][1], haut: R.niveaux.at(-1)[1] });
}

function ceQuiSeDetache({ appuis, fragiles }, sansRelief, R) {
  const nommer = (reliefs) => enumerer(reliefs.map(({ libelle }) => enPhrase(R.phrases, "nom", { nom: libelle })));
  const [plus, moins, qui] = [nommer(appuis), nommer(fragiles), R.phrases["reponses-soi"]];
  if (plus && moins) return enPhrase(R.phrases, "deux-bouts", { qui, plus, moins });
  if (!plus && !moins) return sansRelief;
  return enPhrase(R.phrases, "un-bout", { qui, sens: R.phrases[plus ? "le-plus-loin" : "le-moins-loin"], noms: plus || moins });
}

function ceQuiPese(note, R) {
  const { position, region } = note;
  if (!position) return enPhrase(R.phrases, "sans-point", { motif: motifDePosition(note, R) });
  if (!position.dominante.length) return enPhrase(R.phrases, "personne-ne-pese", { noms: enumerer(R.ingenieries.map((nom) => enPhrase(R.phrases, "nom", { nom }))) });
  const portraits = enumerer(position.dominante.map((indice) => R.portraits[indice]));
  const possible = region.presente && (region.couvreTout || region.couvre);
  const noms = possible ? enPhrase(R.phrases, "sous-reserve", { noms: portraits }) : portraits;
  return enPhrase(R.phrases, position.dominante.length === 1 ? "pese" : "pesent", { noms });
}

/** Trois phrases en mots de tous les jours ; une seule si rien n’entre dans le calcul. */
function lireLEssentiel(note, reliefs, sansRelief, valeurs, R) {
  if (!valeurs.size) return [R.phrases["rien-de-situe"]];
  return [combienDeSituations(valeurs.size, R), ceQuiSeDetache(reliefs, sansRelief, R), ceQuiPese(note, R)];
}

/** Le niveau déclaré le plus proche ; à égale distance, le plus bas. */
function niveauLePlusProche(score, R) {
  return R.niveaux.reduce((un, autre) => (Math.abs(autre[0] - score) < Math.abs(un[0] - score) ? autre : un));
}

/** Un score en mots, ou pourquoi il manque. */
function direUnScore({ valeur }, motif, R) {
  if (valeur === null) return `${R.tiret} ${motif}`;
  const [, nom, sens] = niveauLePlusProche(valeur, R);
  const niveau = enPhrase(R.phrases, sens ? "niveau-et-sens" : "nom", { nom, sens });
  const [min, max] = R.bornes.map((borne) => nombre(borne, 0));
  return enPhrase(R.phrases, "score-lu", { score: nombre(valeur), min, max, niveau });
}

/** Ce que l’incertitude laisse du point de la carte, sans un nombre. */
function direSiLOnPeutSYFier({ region }, etat, R) {
  if (etat === "sans-position") return "";
  if (!region.presente) return enPhrase(R.phrases, "part-inconnue", { motif: R.phrases[`motif-${etat}`] });
  if (region.couvreTout) return R.phrases["couvre-tout"];
  return R.phrases[region.couvre ? "ovale-au-centre" : "ovale-ailleurs"];
}

/** Ce qui pèse le plus, ou l’équilibre. */
function direLaDominante({ dominante }, R) {
  return nommerLaDominante(dominante, R) || R.equilibre;
}

/** La place sur la carte, en nombres : libellé, valeur. */
function placerEnNombres({ position }, R) {
  if (!position) return [];
  const axes = R.axes.map(({ libelle, debut, fin }, rang) => [enPhrase(R.phrases, "axe", { axe: libelle, debut, fin }), nombre([position.x, position.y][rang], 2)]);
  const distance = Math.hypot(position.x - R.centre.x, position.y - R.centre.y);
  return [...axes, [enPhrase(R.phrases, "distance", { seuil: R.seuil_equilibre }), nombre(distance, 2)], [R.phrases["ce-qui-pese"], direLaDominante(position, R)]];
}

/** Le point de la personne, puis ceux des compétences : deux coordonnées et ce qui y pèse, ou pourquoi il n’y en a pas. */
function lirePoints(note, R) {
  const ligne = (position, motif) => position
    ? [nombre(position.x, 2), nombre(position.y, 2), direLaDominante(position, R)]
    : [R.tiret, R.tiret, enPhrase(R.phrases, "sans-place", { motif: motif() })];
  const absence = (cases) => R.phrases[cases.some(({ valeur }) => valeur === null) ? "reponses-manquantes" : "tout-au-plus-bas"];
  return [ligne(note.position, () => motifDePosition(note, R)), ...note.competences.map((position, indice) => ligne(position, () => absence(note.matrice[indice])))];
}

/** Ce que pèse chaque ingénierie dans la position, en pour cent ; un tiret si l’une manque. */
function lireLesPoids(note, R) {
  const [min, max] = R.bornes;
  const valeurs = note.echelles.slice(R.competences.length, R.competences.length + R.ingenieries.length).map(({ valeur }) => valeur);
  const parts = valeurs.map((valeur) => (valeur === null ? null : (valeur - min) / (max - min)));
  const total = parts.reduce((somme, une) => somme + (une ?? 0), 0);
  const entier = total > 0 && !parts.includes(null);
  return parts.map((une) => (entier ? `${nombre((100 * une) / total, 0)}${FINE}%` : R.tiret));
}

/** La position avec d’autres coordonnées : le jeu, le point et ce qui y pèse. */
function lireLesAutresPlaces({ sensibilite }, R) {
  return sensibilite.flatMap((point, rang) => (point ? [[R.noms_des_jeux[rang], `(${nombre(point.x, 2)}${FINE}; ${nombre(point.y, 2)}), ${direLaDominante(point, R)}.`]] : []));
}

/** Le résultat d’une passation et ce que l’on en lit : ce que cpit en rend. */
function lireLaPassation(R, passation) {
  const note = noterLaPassation(R.regles, passation.valeurs);
  note.motifs = note.echelles.map(({ valeur, repondus }, rang) => (valeur === null ? R.echelles[rang].motifs[repondus] : ""));
  const reliefs = lireLesReliefs(note, R);
  const [etat, sansRelief] = [etatDeLaRegion(note, R), lireLeRelief(note, reliefs, R)];
  const lecture = {
    position: lireLaPosition(note, R),
    ...reliefs,
    relief: sansRelief,
    nonCalcule: lireLesAbsences(note, passation, R),
    portee: R.portees[passation.moment.endsWith(R.retrospectif) ? 1 : 0],
  };
  const autour = {
    essentiel: lireLEssentiel(note, reliefs, sansRelief, passation.valeurs, R),
    scoresEnMots: note.echelles.map((score, rang) => direUnScore(score, note.motifs[rang], R)),
    fiable: direSiLOnPeutSYFier(note, etat, R),
    placement: placerEnNombres(note, R),
    points: lirePoints(note, R),
    poids: lireLesPoids(note, R),
    autresPlaces: lireLesAutresPlaces(note, R),
  };
  return { ...note, etat, lecture, autour };
}
