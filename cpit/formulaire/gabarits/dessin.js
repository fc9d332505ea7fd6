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

function contourDe(region, centre, projection, pas = PAS_DU_CONTOUR) {
  const [grand, petit] = demiAxes(region);
  const angle = Math.atan2(2 * region.xy, region.xx - region.yy) / 2;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return Array.from({ length: pas }, (_, rang) => {
    const [u, v] = [grand * Math.cos((2 * Math.PI * rang) / pas), petit * Math.sin((2 * Math.PI * rang) / pas)];
    return pointDe({ x: centre.x + u * c - v * s, y: centre.y + u * s + v * c }, projection);
  });
}

/** Du centre des pôles à ce qui se tient le plus loin sur la carte : la personne, le bord de sa région, une compétence. */
function eloignement({ position, competences, region }, { centre }) {
  const bord = position && region.presente ? contourDe(region, position, { origine: [0, 0], echelle: 1 }).map(([x, y]) => ({ x, y: -y })) : [];
  return [position, ...competences, ...bord].filter(Boolean).reduce((loin, { x, y }) => Math.max(loin, Math.sqrt((x - centre.x) ** 2 + (y - centre.y) ** 2)), -Infinity);
}

/** La vue choisie, la plus agrandie qui suffit, et son fond ; la carte entière si personne n’y est. */
function choisirLaVue(note, R) {
  const loin = eloignement(note, R);
  const vue = R.carte.vues.find(({ jusqua }) => jusqua === null || (loin >= 0 && loin <= jusqua));
  return { ...R.carte, ...R.carte.fonds[vue.fond], ...vue };
}

/** Des formes agrandies autour d’un point. */
function grandir(formes, [cx, cy], facteur) {
  const place = (x, y) => [cx + (x - cx) * facteur, cy + (y - cy) * facteur];
  for (const une of formes) {
    if (une.hasAttribute("points")) une.setAttribute("points", une.getAttribute("points").split(" ").map((point) => place(...point.split(",").map(Number))).join(" "));
    if (!une.hasAttribute("r")) continue;
    const [x, y] = place(Number(une.getAttribute("cx")), Number(une.getAttribute("cy")));
    for (const [cle, valeur] of Object.entries({ cx: x, cy: y, r: une.getAttribute("r") * facteur })) une.setAttribute(cle, valeur);
  }
}

/** Un fond partagé est celui de sa vue la moins agrandie : en faire celui d’une autre. */
function mettreALaVue(dessin, C, R) {
  const base = [...C.vues].reverse().find(({ fond }) => fond === C.fond);
  if (base.echelle === C.echelle) return;
  const [centre, [gauche, haut, droite, bas]] = [pointDe(R.centre, C), C.pris[0]];
  grandir(dessin.querySelector(".fond").children, centre, C.echelle / base.echelle);
  grandir([dessin.querySelector(".carte-entiere").lastElementChild], [(gauche + droite) / 2, (haut + bas) / 2], base.echelle / C.echelle);
  dessin.querySelectorAll(".vue-agrandie text").forEach((texte, rang) => { texte.textContent = C.lignes[rang]; });
  const dit = dessin.querySelector("desc");
  dit.textContent = dit.textContent.replace(base.lignes.join(" "), C.lignes.join(" "));
}

/** Les compétences placées, celles d’un même point ensemble : le point, leurs codes. */
function parPoint(note, R, C) {
  const points = new Map();
  note.competences.forEach((position, indice) => {
    if (!position) return;
    const point = pointDe(position, C);
    const cle = String(point.map((coordonnee) => Math.round(coordonnee / CONFONDUS)));
    if (!points.has(cle)) points.set(cle, { point, codes: [] });
    points.get(cle).codes.push(R.competences[indice].code);
  });
  return [...points.values()];
}

function placerLesCompetences(calque, points) {
  const modele = calque.querySelector("circle");
  for (const { point: [x, y] } of points) {
    const cercle = modele.cloneNode();
    cercle.setAttribute("cx", x);
    cercle.setAttribute("cy", y);
    calque.append(cercle);
  }
  modele.remove();
}

// Placer les étiquettes comme cpit.figures.cadre les place : les mêmes essais, aux mêmes coûts.

/** Aire commune à deux boîtes. */
function recouvrement(a, b) {
  return Math.max(Math.min(a[2], b[2]) - Math.max(a[0], b[0]), 0) * Math.max(Math.min(a[3], b[3]) - Math.max(a[1], b[1]), 0);
}

/** Vrai si un segment passe dans une boîte (Liang et Barsky, 1984). */
function traverse([depart, arrivee], boite) {
  let [entree, sortie] = [0, 1];
  for (const axe of [0, 1]) {
    const pas = arrivee[axe] - depart[axe];
    if (pas === 0 && !(boite[axe] < depart[axe] && depart[axe] < boite[axe + 2])) return false;
    if (pas === 0) continue;
    const bornes = [(boite[axe] - depart[axe]) / pas, (boite[axe + 2] - depart[axe]) / pas].sort((un, autre) => un - autre);
    [entree, sortie] = [Math.max(entree, bornes[0]), Math.min(sortie, bornes[1])];
  }
  return entree < sortie;
}

/** Vrai si deux segments se croisent. */
function coupe(a, b) {
  const cote = ([[xa, ya], [xb, yb]], [x, y]) => (xb - xa) * (y - ya) - (yb - ya) * (x - xa);
  return cote(a, b[0]) * cote(a, b[1]) < 0 && cote(b, a[0]) * cote(b, a[1]) < 0;
}

/** Ce que deux étiquettes se coûtent. */
function gene(a, b, E) {
  const croisements = [a.fil && traverse(a.fil, b.boite), b.fil && traverse(b.fil, a.boite), a.fil && b.fil && coupe(a.fil, b.fil)];
  return recouvrement(a.boite, b.boite) * E.superposition + croisements.filter(Boolean).length * E.croisement;
}

/** Les places d’une étiquette, de la moins coûteuse à la plus coûteuse avant de compter les signes et ses voisines. */
function essayer({ x, y, rayon, largeur: w, hauteur: h }, E) {
  const places = E.ecarts.flatMap((ecart) => {
    const [d, b] = [rayon + ecart, rayon * 0.6 + ecart * 0.75];
    const coins = [[d, -h / 2], [-d - w, -h / 2], [-w / 2, -d - h], [-w / 2, d], [b, -b - h], [-b - w, -b - h], [b, b], [-b - w, b]];
    return coins.map(([dx, dy], rang) => {
      const boite = [x + dx, y + dy, x + dx + w, y + dy + h];
      const bord = [Math.min(Math.max(x, boite[0]), boite[2]), Math.min(Math.max(y, boite[1]), boite[3])];
      return { boite, fil: ecart > E.sans_fil ? [[x, y], bord] : null, cout: (ecart + rang) * E.eloignement + (w * h - recouvrement(boite, E.boite)) * E.hors_cadre };
    });
  });
  return places.sort((une, autre) => une.cout - autre.cout);
}

function choisirLaPlace(essais, voisines, pris, E) {
  let [moindre, retenue] = [Infinity, essais[0]];
  for (const place of essais) {
    if (place.cout >= moindre) break;
    place.pris ??= pris.reduce((somme, autre) => somme + recouvrement(place.boite, autre), 0);
    const total = voisines.reduce((somme, voisine) => somme + gene(place, voisine, E), place.cout + place.pris);
    if (total < moindre) [moindre, retenue] = [total, place];
  }
  return retenue;
}

/** Une place par étiquette ; les premières sont servies d’abord, puis chacune se replace tant qu’elle y gagne. */
function disposer(demandes, obstacles, E) {
  const signes = demandes.map(({ x, y, rayon: r }) => [x - r - E.voisinage, y - r - E.voisinage, x + r + E.voisinage, y + r + E.voisinage]);
  const essais = demandes.map((demande) => essayer(demande, E));
  const places = [];
  for (let tour = 0; tour < E.tours; tour += 1) {
    const avant = [...places];
    essais.forEach((siens, rang) => {
      const pris = [...obstacles, ...signes.filter((_, autre) => autre !== rang)];
      places[rang] = choisirLaPlace(siens, places.filter((_, autre) => autre !== rang), pris, E);
    });
    if (places.every((place, rang) => place === avant[rang])) break;
  }
  return places;
}

/** Les étiquettes de la carte : les pôles, la personne, les compétences. */
function etiquettesDe(note, points, E) {
  const larges = new Map(E.codes);
  const neuve = ([x, y], rayon, lignes, largeur, gras, role) => ({ x, y, rayon, lignes, largeur, hauteur: lignes.length * E.corps * E.interligne, gras, role });
  const poles = E.poles.map(({ point, rayon, lignes, largeur }) => neuve(point, rayon, lignes, largeur, true, "encre"));
  const moi = note.position ? [neuve(pointDe(note.position, E), 9, ["vous"], E.vous + 4, true, "encre")] : [];
  const competences = points.map(({ point, codes }) => {
    const paquets = Array.from({ length: Math.ceil(codes.length / E.par_ligne) }, (_, rang) => codes.slice(rang * E.par_ligne, (rang + 1) * E.par_ligne));
    const suivie = (rang) => rang + 1 < paquets.length;
    const lignes = paquets.map((paquet, rang) => paquet.join(", ") + (suivie(rang) ? "," : ""));
    const largeurs = paquets.map((paquet, rang) => paquet.reduce((somme, code) => somme + larges.get(code), (paquet.length - 1) * E.entre_codes) + (suivie(rang) ? E.apres_codes : 0));
    return neuve(point, 4.5, lignes, Math.max(...largeurs) + 4, false, "encre-douce");
  });
  return [...poles, ...moi, ...competences];
}

/** Le contour d’une région tracée, en petits points qu’une étiquette évite. */
function bordDe(note, C) {
  if (!note.position || !note.region.presente || deborde(note.region, C)) return [];
  const { grain, pas_de_grain: pas } = C;
  const grains = Math.max(4, Math.round((Math.PI * (demiAxes(note.region)[0] + demiAxes(note.region)[1]) * C.echelle) / pas));
  return contourDe(note.region, note.position, C, grains).map(([x, y]) => [x - grain, y - grain, x + grain, y + grain]);
}

function forme(nom, attributs, texte = "") {
  const neuve = document.createElementNS(SVG, nom);
  for (const [cle, valeur] of Object.entries(attributs)) neuve.setAttribute(cle, valeur);
  neuve.textContent = texte;
  return neuve;
}

/** Une étiquette et le fond qui la détache des traits. */
function ecrireLEtiquette({ x, lignes, gras, role }, { boite: [gauche, haut, droite, bas] }, E) {
  const ancre = droite <= x ? "end" : gauche >= x ? "start" : "middle";
  const ou = { end: droite - 2, start: gauche + 2, middle: (gauche + droite) / 2 }[ancre];
  const fond = forme("rect", { x: gauche, y: haut + 1, width: droite - gauche, height: bas - haut - 2, fill: "var(--fond)", "fill-opacity": 0.8 });
  const attributs = { "font-size": E.corps, fill: `var(--${role})`, "text-anchor": ancre, ...(gras ? { "font-weight": "bold" } : {}) };
  return [fond, ...lignes.map((ligne, rang) => forme("text", { x: ou, y: haut + E.corps * (E.premiere_base + E.interligne * rang), ...attributs }, ligne))];
}

function poserLesEtiquettes(note, points, C) {
  const demandes = etiquettesDe(note, points, C);
  const places = disposer(demandes, [...bordDe(note, C), ...C.pris], C);
  const [fils, textes] = ["fils", "etiquettes"].map((nom) => forme("g", { class: nom }));
  fils.append(...places.filter(({ fil }) => fil).map(({ fil }) => forme("polyline", { points: fil.join(" "), fill: "none", stroke: "var(--trait)", "stroke-width": 0.8 })));
  textes.append(...places.flatMap((place, rang) => ecrireLEtiquette(demandes[rang], place, C)));
  return [fils, textes];
}

function placerLaRegion(calque, note, C) {
  const tracee = note.position && note.region.presente && !deborde(note.region, C);
  if (!tracee) calque.remove();
  else calque.querySelector("polygon").setAttribute("points", contourDe(note.region, note.position, C).map(String).join(" "));
}

/** Le dessin complété, d’une note ; les cartes vierges restent intactes. */
function dessinerLaCarte(vierges, note, R) {
  const C = choisirLaVue(note, R);
  const dessin = vierges[C.fond].cloneNode(true);
  mettreALaVue(dessin, C, R);
  placerLaRegion(dessin.querySelector(".region"), note, C);
  const points = parPoint(note, R, C);
  placerLesCompetences(dessin.querySelector(".competences"), points);
  const personne = dessin.querySelector(".personne");
  personne.after(...poserLesEtiquettes(note, points, C));
  if (note.position) personne.setAttribute("transform", `translate(${pointDe(note.position, C)})`);
  else personne.remove();
  return dessin;
}
