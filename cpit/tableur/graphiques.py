"""Ce que les graphiques natifs ont en commun : repère, marques, traits, points, étiquettes, pose sur la feuille."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from math import atan2, ceil, floor, log10
from typing import Any

from xlsxwriter.chart import Chart
from xlsxwriter.worksheet import Worksheet

from cpit.coeur.incertitude import Ellipse
from cpit.coeur.notation import centre_des_poles
from cpit.coeur.referentiel import Axe, Echelle, Position, Referentiel
from cpit.tableur.document import ENCRE, GRIS, POLICE
from cpit.typographie import nombre

LARGEUR_DESSIN, HAUTEUR_RADAR, HAUTEUR_CARTE = 856, 560, 712
_PART_CARRE = (0.72, 0.72 * LARGEUR_DESSIN / HAUTEUR_CARTE)
"""Parts de la largeur et de la hauteur prises par la carte : elles la rendent carrée, donc le repère orthonormé."""
_HAUTEUR_LIGNE = 20
"""Pixels d’une ligne vide."""
_POSE = {"x_offset": 2, "y_offset": 4, "object_position": 2}
"""Où se tient, sur ses lignes, ce qui se pose : il suit ses cellules sans changer de taille."""
PALE = "#8FA9C9"
FILET_PALE = "#D4D9E0"
TRAIT_PALE = "#A6AFBA"
RADAR_MINIMUM = 3
_MARGE = 1.3
"""Place autour des pôles, pour leurs noms, en part de leur demi-étendue."""
_LISIBLE = {"name": POLICE, "size": 9}
_PART_DU_BORD = 0.95
"""Où se tient, du milieu au bord d’une vue, ce qui va vers un pôle au-delà d’elle."""
GRAND_CARRE = "Grand carré : ce que montre la vue agrandie, plus bas."
SANS_NOM = " "
"""Nom d’un point que l’on ne montre pas : une cellule vide serait remplacée par « Série 3 »."""
_PRESQUE_NUL = 1e-9
"""Écart, en unité d’axe, que l’on ne divise pas."""
PAS_DU_CERCLE = 15
_POINTS_DE_REGION = 60
RADAR_LIBELLE = 14
"""Au-delà de ce nombre de compétences, le radar ne porte que leurs codes."""

_COTES = ("right", "above", "below", "left")
_LARGEUR_SIGNE = 7.0
_HAUTEUR_SIGNE = 15.0
_ECART = 8.0

_Rectangle = tuple[float, float, float, float]
_LOIN = 1e9
_AXES: tuple[_Rectangle, ...] = ((-_LOIN, -1, _LOIN, 1), (-1, -_LOIN, 1, _LOIN))
"""Les traits des deux axes, qui barreraient une étiquette."""


@dataclass(frozen=True, slots=True)
class PointNomme:
    """Un point nommé : adresses de son nom, de son x et de son y ; ``present`` est faux s’il n’a pas de position."""

    nom: str
    x: str
    y: str
    present: bool = True


@dataclass(frozen=True, slots=True)
class LigneBrisee:
    """Une ligne brisée : plages de ses x et de ses y."""

    x: str
    y: str


@dataclass(frozen=True, slots=True)
class EtiquetteDePoint:
    """Un texte à écrire près d’un point, en unité d’axe."""

    x: float
    y: float
    texte: str


@dataclass(frozen=True, slots=True)
class Vue:
    """Une vue agrandie de la carte : son milieu, et du milieu au bord, en unité d’axe."""

    centre: Position
    demi: float

    @property
    def coins(self) -> tuple[Position, ...]:
        """Les quatre coins, et le premier de nouveau : de quoi tracer son cadre."""
        cotes = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
        return tuple(Position(self.centre.x + a * self.demi, self.centre.y + b * self.demi) for a, b in cotes)

    def vers(self, pole: Position) -> Position:
        """Un pôle, ou l’endroit du bord par où l’on va du milieu à lui s’il est au-delà."""
        dx, dy = pole.x - self.centre.x, pole.y - self.centre.y
        part = min(1.0, self.demi * _PART_DU_BORD / max(abs(dx), abs(dy)))
        return Position(self.centre.x + dx * part, self.centre.y + dy * part)


@dataclass(frozen=True, slots=True)
class ReperesVue:
    """Où un graphique lit une vue agrandie : son cadre, et chaque pôle ou le bord qui va vers lui."""

    vue: Vue
    cadre: LigneBrisee
    poles: tuple[PointNomme, ...]


def nommer_vers(vue: Vue, pole: Position, libelle: str) -> str:
    """Ce qui s’écrit près d’un pôle : « vers » devant celui que la vue ne montre pas."""
    return libelle if vue.vers(pole) == pole else f"vers {libelle}"


def dire_la_vue(vue: Vue) -> str:
    """Ce que montre une vue agrandie, en nombres."""
    bornes = [f"{nombre(c - vue.demi, 2)} à {nombre(c + vue.demi, 2)}" for c in (vue.centre.x, vue.centre.y)]
    return (
        f"Tout est près du centre : vue agrandie, de {bornes[0]} en largeur, {bornes[1]} en hauteur. Le grand carré de "
        "la carte entière, plus haut, marque ce qu'elle en montre ; « vers » dit où sont les ingénieries au-delà."
    )


def titre_axe(axe: Axe) -> str:
    """Titre d’un axe, d’un bout à l’autre."""
    return f"← {axe.debut}        {axe.libelle}        {axe.fin} →"


def ordre_du_contour(poles: Sequence[Position]) -> list[int]:
    """Rangs des pôles dans l’ordre où l’on en fait le tour."""
    centre = centre_des_poles(poles)
    return sorted(range(len(poles)), key=lambda rang: atan2(poles[rang].y - centre.y, poles[rang].x - centre.x))


def poser_axes_radar(graphique: Chart, echelle: Echelle, *, en_radar: bool) -> None:
    """Les bornes de l’échelle, déclarées et non observées, sur un radar ou sur des barres."""
    etendue = echelle.max - echelle.min
    graduation = {
        "min": echelle.min,
        "max": echelle.max,
        "major_unit": 1 if etendue <= 6 else etendue / 5,
        "num_font": {**_LISIBLE, "color": GRIS},
        "num_format": "0",
        "major_gridlines": {"visible": True, "line": {"color": FILET_PALE, "width": 0.75}},
        "line": {"color": FILET_PALE},
    }
    libelles = {"num_font": {"name": POLICE, "size": 10}, "reverse": not en_radar}
    graphique.set_y_axis(graduation if en_radar else libelles)
    graphique.set_x_axis(libelles if en_radar else graduation)


def poser_repere(graphique: Chart, referentiel: Referentiel, titres: tuple[str, str], vue: Vue | None = None) -> float:
    """Un repère orthonormé, pôles au large ; rend le nombre de pixels d’une unité d’axe.

    :param titres: cellules des titres de l’axe des x et de celui des y.
    :param vue: la seule part à montrer ; la carte entière sans elle.
    """
    bornes_x, bornes_y, pas = _bornes_de_la_carte(referentiel)
    if vue is not None:
        bornes_x, bornes_y = ((c - vue.demi, c + vue.demi) for c in (vue.centre.x, vue.centre.y))
        pas = _pas_rond(vue.demi / 4)
    graphique.set_x_axis(_axe(titres[0], bornes_x, pas))
    graphique.set_y_axis(_axe(titres[1], bornes_y, pas))
    largeur, hauteur = _PART_CARRE
    graphique.set_plotarea({"layout": {"x": 0.15, "y": 0.02, "width": largeur, "height": hauteur}})
    return largeur * LARGEUR_DESSIN / (bornes_x[1] - bornes_x[0])


def bord_de_region(referentiel: Referentiel, region: Ellipse) -> tuple[Position, ...] | None:
    """Le bord d’une ellipse, refermé : écarts au centre ; rien si elle est plus large que la carte.

    Les coins de la carte que l’ellipse contient y sont : ramené par ``part_visible``, le bord suit alors le cadre.
    """
    (gauche, droite), (bas, haut), _ = _bornes_de_la_carte(referentiel)
    if 2 * region.demi_axes[0] > droite - gauche:
        return None
    coins = [Position(x, y) for x in (gauche, droite) for y in (bas, haut) if region.contient(Position(x, y))]
    points = [*region.contour(_POINTS_DE_REGION), *coins]
    ecarts = [Position(point.x - region.centre.x, point.y - region.centre.y) for point in points]
    tour = tuple(sorted(ecarts, key=lambda ecart: atan2(ecart.y, ecart.x))) if coins else tuple(ecarts)
    return (*tour, tour[0])


def limites_vers(referentiel: Referentiel, ecart: Position) -> tuple[tuple[str, float, float], ...]:
    """Les bords de la carte que l’on peut rencontrer dans une direction : « x » ou « y », sa valeur, l’écart."""
    (gauche, droite), (bas, haut), _ = _bornes_de_la_carte(referentiel)
    axes = (("x", gauche, droite, ecart.x), ("y", bas, haut, ecart.y))
    return tuple((axe, plus if d > 0 else moins, d) for axe, moins, plus, d in axes if abs(d) > _PRESQUE_NUL)


def part_visible(referentiel: Referentiel, centre: Position, ecart: Position) -> float:
    """Ce qu’il faut garder d’un écart au centre pour ne pas sortir de la carte : de 0 à 1."""
    place = {"x": centre.x, "y": centre.y}
    return min(1.0, *((bord - place[axe]) / d for axe, bord, d in limites_vers(referentiel, ecart)), 1.0)


def dire_le_bord(referentiel: Referentiel, region: Ellipse) -> str:
    """Ce que la carte ne montre pas d’une région, entre parenthèses ; vide si elle la montre entière."""
    bord = bord_de_region(referentiel, region)
    if bord is None:
        return " (plus large que la carte, non tracée)"
    coupe = any(part_visible(referentiel, region.centre, ecart) < 1 for ecart in bord)
    return " (elle continue hors de la carte, dont elle suit ici le bord)" if coupe else ""


def tracer_poles(graphique: Chart, referentiel: Referentiel, poles: tuple[PointNomme, ...]) -> None:
    """Un carré nommé par ingénierie, son nom du côté où la carte est vide."""
    milieu = sum(i.position.y for i in referentiel.ingenieries) / len(referentiel.ingenieries)
    for ingenierie, pole in zip(referentiel.ingenieries, poles, strict=True):
        cote = "above" if ingenierie.position.y >= milieu else "below"
        tracer_point(graphique, pole, marque("square", 10, GRIS, GRIS), cote, {"bold": True, "size": 10})


def tracer_vers_les_poles(graphique: Chart, referentiel: Referentiel, repere: ReperesVue) -> None:
    """Un petit carré nommé par ingénierie, au bord d’une vue agrandie, son nom du côté du milieu."""
    police = {"bold": True, "size": 10}
    for ingenierie, pole in zip(referentiel.ingenieries, repere.poles, strict=True):
        place = repere.vue.vers(ingenierie.position)
        dx, dy = place.x - repere.vue.centre.x, place.y - repere.vue.centre.y
        cote = ("left" if dx > 0 else "right") if abs(dx) >= abs(dy) else ("below" if dy > 0 else "above")
        tracer_point(graphique, pole, marque("square", 6, GRIS, GRIS), cote, police, fill={"color": "#FFFFFF"})


def inserer_graphique(feuille: Worksheet, ligne: int, graphique: Chart, hauteur: int, description: str) -> int:
    """Pose un graphique sur des lignes vides de hauteur fixe ; rend la ligne qui le suit."""
    feuille.insert_chart(ligne, 0, graphique, {**_POSE, "description": description})
    return _reserver(feuille, ligne, hauteur)


def inserer_image(feuille: Worksheet, ligne: int, png: bytes, hauteur: float, description: str) -> int:
    """Pose une image, à la taille que dit sa résolution, comme un graphique ; rend la ligne qui la suit.

    :param hauteur: en pixels d’écran.
    """
    # Le nom n’est pas écrit dans le classeur ; XlsxWriter en demande un.
    feuille.insert_image(ligne, 0, "figure.png", {**_POSE, "image_data": BytesIO(png), "description": description})
    return _reserver(feuille, ligne, hauteur)


def _reserver(feuille: Worksheet, ligne: int, hauteur: float) -> int:
    """Des lignes vides de hauteur fixe, sous ce qui se pose dessus ; rend la ligne qui les suit."""
    lignes = ceil((hauteur + 8) / _HAUTEUR_LIGNE)
    for decalage in range(lignes):
        feuille.set_row_pixels(ligne + decalage, _HAUTEUR_LIGNE)
    return ligne + lignes


def _bornes_de_la_carte(referentiel: Referentiel) -> tuple[tuple[float, float], tuple[float, float], float]:
    """Bornes des deux axes et pas de leur graduation : même étendue, les pôles au large."""
    xs = [i.position.x for i in referentiel.ingenieries]
    ys = [i.position.y for i in referentiel.ingenieries]
    demi = max(max(xs) - min(xs), max(ys) - min(ys)) / 2 or 1.0
    pas = _pas_rond(demi / 2)
    milieux = [(max(valeurs) + min(valeurs)) / 2 for valeurs in (xs, ys)]
    debuts = [floor(round((milieu - _MARGE * demi) / pas, 6)) for milieu in milieux]
    fins = [ceil(round((milieu + _MARGE * demi) / pas, 6)) for milieu in milieux]
    crans = max(fin - debut for debut, fin in zip(debuts, fins, strict=True))
    x, y = ((round(debut * pas, 9), round((debut + crans) * pas, 9)) for debut in debuts)
    return x, y, pas


def _pas_rond(pas: float) -> float:
    """Le premier pas de graduation rond (1, 2, 5 ou 10 fois une puissance de dix) au moins égal à ``pas``."""
    puissance = 10.0 ** floor(log10(pas))
    return next(rond * puissance for rond in (1, 2, 5, 10) if rond * puissance >= pas * (1 - 1e-9))


def _axe(titre: str, bornes: tuple[float, float], pas: float) -> dict[str, Any]:
    return {
        "name": f"={titre}",
        "name_font": {"name": POLICE, "size": 10, "bold": True, "color": ENCRE},
        "min": bornes[0],
        "max": bornes[1],
        "major_unit": pas,
        "num_format": "0.0##" if pas < 1 else "0",
        "num_font": {**_LISIBLE, "color": GRIS},
        "label_position": "low",
        "major_gridlines": {"visible": True, "line": {"color": "#ECEFF3", "width": 0.75}},
        "major_tick_mark": "none",
        "line": {"color": "#8C96A3", "width": 1},
    }


def tracer_point(
    graphique: Chart, point: PointNomme, forme: dict[str, Any], cote: str, police: dict[str, Any], **fond: Any
) -> None:
    """Un point et son nom ; ``forme`` est la marque, ``cote`` le côté du nom, ``fond`` ce qui l’entoure."""
    cache: dict[str, Any] = {} if point.present else {"values_data": [None]}
    graphique.add_series(
        {
            **cache,
            "name": f"={point.nom}",
            "categories": f"={point.x}",
            "values": f"={point.y}",
            "line": {"none": True},
            "marker": forme,
            "data_labels": {
                "value": False,
                "series_name": True,
                "position": cote,
                "font": {"name": POLICE, "color": "#1A1A1A", **police},
                **fond,
            },
        }
    )


def tracer_ligne(graphique: Chart, ligne: LigneBrisee, trait: dict[str, Any]) -> None:
    """Une ligne brisée sans marques."""
    graphique.add_series(
        {"categories": f"={ligne.x}", "values": f"={ligne.y}", "line": trait, "marker": {"type": "none"}}
    )


def marque(forme: str, taille: int, fond: str, bord: str) -> dict[str, Any]:
    """Une marque de point : forme, taille, couleurs du fond et du bord."""
    return {"type": forme, "size": taille, "fill": {"color": fond}, "border": {"color": bord, "width": 1.5}}


def habiller_graphique(graphique: Chart, hauteur: int) -> None:
    """Taille, cadre, ni titre ni légende ; une valeur absente reste un blanc."""
    graphique.set_legend({"none": True})
    graphique.set_title({"none": True})
    graphique.set_size({"width": LARGEUR_DESSIN, "height": hauteur})
    graphique.set_chartarea({"border": {"color": FILET_PALE}})
    graphique.show_blanks_as("gap")
    graphique.show_na_as_empty_cell()


def placer_etiquettes(
    etiquettes: Sequence[EtiquetteDePoint], deja: Sequence[tuple[EtiquetteDePoint, str]], echelle: float
) -> list[str]:
    """Côté de chaque étiquette : le premier qui n’en recouvre aucune autre, sinon celui qui en recouvre le moins.

    :param deja: étiquettes déjà placées, avec leur côté.
    :param echelle: pixels par unité d’axe.
    """
    points = [*_AXES, *(_autour(e, echelle) for e in (*etiquettes, *(e for e, _ in deja)))]
    occupes = [_rectangle(etiquette, cote, echelle) for etiquette, cote in deja]
    cotes = []
    for etiquette in etiquettes:
        candidats = {cote: _rectangle(etiquette, cote, echelle) for cote in _COTES}
        gene = {cote: sum(_touche(r, autre) for autre in (*occupes, *points)) for cote, r in candidats.items()}
        choisi = min(_COTES, key=lambda cote: gene[cote])
        cotes.append(choisi)
        if etiquette.texte.strip():
            occupes.append(candidats[choisi])
    return cotes


def _rectangle(etiquette: EtiquetteDePoint, cote: str, echelle: float) -> _Rectangle:
    """Place prise par une étiquette, en pixels (y vers le haut) : gauche, bas, droite, haut."""
    x, y, largeur = etiquette.x * echelle, etiquette.y * echelle, len(etiquette.texte) * _LARGEUR_SIGNE
    if cote in {"right", "left"}:
        gauche = x + _ECART if cote == "right" else x - _ECART - largeur
        return gauche, y - _HAUTEUR_SIGNE / 2, gauche + largeur, y + _HAUTEUR_SIGNE / 2
    bas = y + _ECART if cote == "above" else y - _ECART - _HAUTEUR_SIGNE
    return x - largeur / 2, bas, x + largeur / 2, bas + _HAUTEUR_SIGNE


def _autour(etiquette: EtiquetteDePoint, echelle: float) -> _Rectangle:
    """La place de la marque elle-même."""
    x, y = etiquette.x * echelle, etiquette.y * echelle
    return x - 4, y - 4, x + 4, y + 4


def _touche(un: _Rectangle, autre: _Rectangle) -> bool:
    return un[0] < autre[2] and autre[0] < un[2] and un[1] < autre[3] and autre[1] < un[3]
