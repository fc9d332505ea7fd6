// La carte : le dessin de cpit, où la page place ce qui regarde la personne. Joint après lecture.js.

const SVG = "http://www.w3.org/2000/svg";
/** Points du bord d’une région. */
const PAS_DU_CONTOUR = 72;
/** En dessous, en pixels, deux compétences partagent un point. */
const CONFONDUS = 3;

/** Le point du dessin d’une position. */
function pointDe({ x, y }, { origine, echelle }) {
  return [origine[0] + x * echelle, origine[1] - y * echelle];
}

function demiAxes({ xx, xy, yy, rayon2 }) {
  const [milieu, ecart] = [(xx + yy) / 2, Math.sqrt(((xx - yy) / 2) ** 2 + xy ** 2)];
  return [Math.sqrt(rayon2 * (milieu + ecart)), Math.sqrt(rayon2 * Math.max(milieu - ecart, 0))];
}

/** Vrai si le bord de la région sort presque partout du cadre : on ne verrait qu’un aplat. */
function deborde(region, { boite: [gauche, haut, droite, bas], echelle }) {
  return 2 * demiAxes(region)[0] * echelle > Math.max(droite - gauche, bas - haut);
}

function contourDe(region, centre, projection) {
  const [grand, petit] = demiAxes(region);
  const angle = Math.atan2(2 * region.xy, region.xx - region.yy) / 2;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return Array.from({ length: PAS_DU_CONTOUR }, (_, rang) => {
    const [u, v] = [grand * Math.cos((2 * Math.PI * rang) / PAS_DU_CONTOUR), petit * Math.sin((2 * Math.PI * rang) / PAS_DU_CONTOUR)];
    return pointDe({ x: centre.x + u * c - v * s, y: centre.y + u * s + v * c }, projection);
  });
}

/** Les compétences placées, celles d’un même point ensemble : le point, leurs codes. */
function parPoint(note, R) {
  const points = new Map();
  note.competences.forEach((position, indice) => {
    if (!position) return;
    const point = pointDe(position, R.carte);
    const cle = String(point.map((coordonnee) => Math.round(coordonnee / CONFONDUS)));
    if (!points.has(cle)) points.set(cle, { point, codes: [] });
    points.get(cle).codes.push(R.competences[indice].code);
  });
  return [...points.values()];
}

function placerLesCompetences(calque, points) {
  const modele = calque.querySelector("circle");
  for (const { point: [x, y], codes } of points) {
    const cercle = modele.cloneNode();
    cercle.setAttribute("cx", x);
    cercle.setAttribute("cy", y);
    const nom = document.createElementNS(SVG, "text");
    nom.setAttribute("x", x + 7);
    nom.setAttribute("y", y + 4);
    nom.textContent = codes.join(", ");
    calque.append(cercle, nom);
  }
  modele.remove();
}

function placerLaRegion(calque, note, R) {
  const tracee = note.position && note.region.presente && !deborde(note.region, R.carte);
  if (!tracee) calque.remove();
  else calque.querySelector("polygon").setAttribute("points", contourDe(note.region, note.position, R.carte).map(String).join(" "));
}

/** Le dessin complété, d’une note ; la carte vierge reste intacte. */
function dessinerLaCarte(vierge, note, R) {
  const dessin = vierge.cloneNode(true);
  placerLaRegion(dessin.querySelector(".region"), note, R);
  placerLesCompetences(dessin.querySelector(".competences"), parPoint(note, R));
  const personne = dessin.querySelector(".personne");
  if (note.position) personne.setAttribute("transform", `translate(${pointDe(note.position, R.carte)})`);
  else personne.remove();
  return dessin;
}
