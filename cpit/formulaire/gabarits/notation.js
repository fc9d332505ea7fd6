// La notation d’une passation, sans la page : les opérations que cpit a déroulées de son moteur, et rien d’autre. Joint
// entre enregistrement.js et lecture.js.

const OPERATIONS = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "^": (a, b) => a ** b,
  "<": (a, b) => a < b,
  "≤": (a, b) => a <= b,
  "&": (a, b) => Boolean(a && b),
  "?": (condition, alors, sinon) => (condition ? alors : sinon),
};

/** La valeur de chaque case de la table, pour ces réponses : niveau par code d’item répondu. */
function derouler({ items, constantes, operations }, valeurs) {
  const cases = items.map((code) => valeurs.get(code) ?? 0);
  for (const code of items) cases.push(valeurs.has(code) ? 1 : 0);
  for (const constante of constantes) cases.push(Number(constante));
  for (const [signe, ...rangs] of operations) cases.push(OPERATIONS[signe](...rangs.map((rang) => cases[rang])));
  return cases;
}

function scoreDe([valeur, presente, repondus], cases) {
  return { valeur: cases[presente] ? cases[valeur] : null, repondus: cases[repondus] };
}

/** Une position et ce qui y domine, par rang d’ingénierie ; rien si elle est absente. */
function positionDe([x, y, presente, dominent], cases) {
  if (!cases[presente]) return null;
  return { x: cases[x], y: cases[y], dominante: dominent.flatMap((rang, indice) => (cases[rang] ? [indice] : [])) };
}

function regionDe(rangs, cases) {
  const [presente, repliques, xx, xy, yy, rayon2, pleine, couvre, couvreTout] = rangs.map((rang) => cases[rang]);
  return { presente: Boolean(presente), repliques, xx, xy, yy, rayon2, pleine: Boolean(pleine), couvre: Boolean(couvre), couvreTout: Boolean(couvreTout) };
}

/** Tout ce que cpit calcule d’une passation, dans l’ordre du référentiel. */
function noterLaPassation(regles, valeurs) {
  const cases = derouler(regles, valeurs);
  const scores = (suite) => suite.map((rangs) => scoreDe(rangs, cases));
  const positions = (suite) => suite.map((rangs) => positionDe(rangs, cases));
  const { echelles, cases: lignes, position, competences, sensibilite, region, retenues } = regles.sorties;
  return {
    echelles: scores(echelles),
    matrice: lignes.map(scores),
    position: positionDe(position, cases),
    competences: positions(competences),
    sensibilite: positions(sensibilite),
    region: regionDe(region, cases),
    retenues: new Map(regles.items.flatMap((code, rang) => (valeurs.has(code) ? [[code, cases[retenues[rang]]]] : []))),
  };
}
