"""Ce que les graphiques des classeurs ont en commun : repère, marques, traits, habillage, pose sur la feuille."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import Any

from xlsxwriter.chart import Chart
from xlsxwriter.worksheet import Worksheet

from cpit.coeur.modele import Echelle, Referentiel
from cpit.formats.classeur.donnees_graphiques import Ligne, Point
from cpit.formats.classeur.styles import ENCRE, GRIS, POLICE

LARGEUR, HAUTEUR_RADAR, HAUTEUR_CARTE = 856, 560, 712
PART_CARRE = (0.72, 0.72 * LARGEUR / HAUTEUR_CARTE)
"""Parts de la largeur et de la hauteur prises par la carte : elles la rendent carrée, donc le repère orthonormé."""
HAUTEUR_LIGNE = 20
"""Pixels d’une ligne vide."""
PALE = "#8FA9C9"
FILET_PALE = "#D4D9E0"
TRAIT_PALE = "#A6AFBA"
RADAR_MINIMUM = 3
MARGE = 1.3
"""Place autour des pôles, pour leurs noms, en part de leur demi-étendue."""
_LISIBLE = {"name": POLICE, "size": 9}


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


def poser_repere(graphique: Chart, referentiel: Referentiel, titres: tuple[str, str]) -> float:
    """Un repère orthonormé, pôles au large ; rend le nombre de pixels d’une unité d’axe.

    :param titres: cellules des titres de l’axe des x et de celui des y.
    """
    bornes_x, bornes_y, pas = bornes(referentiel)
    graphique.set_x_axis(_axe(titres[0], bornes_x, pas))
    graphique.set_y_axis(_axe(titres[1], bornes_y, pas))
    largeur, hauteur = PART_CARRE
    graphique.set_plotarea({"layout": {"x": 0.15, "y": 0.02, "width": largeur, "height": hauteur}})
    return largeur * LARGEUR / (bornes_x[1] - bornes_x[0])


def tracer_poles(graphique: Chart, referentiel: Referentiel, poles: tuple[Point, ...]) -> None:
    """Un carré nommé par ingénierie, son nom du côté où la carte est vide."""
    milieu = sum(i.position.y for i in referentiel.ingenieries) / len(referentiel.ingenieries)
    for ingenierie, pole in zip(referentiel.ingenieries, poles, strict=True):
        cote = "above" if ingenierie.position.y >= milieu else "below"
        tracer_point(graphique, pole, marque("square", 10, GRIS, GRIS), cote, {"bold": True, "size": 10})


def inserer_graphique(feuille: Worksheet, ligne: int, graphique: Chart, hauteur: int, description: str) -> int:
    """Pose un graphique sur des lignes vides de hauteur fixe ; rend la ligne qui le suit."""
    lignes = ceil((hauteur + 8) / HAUTEUR_LIGNE)
    for decalage in range(lignes):
        feuille.set_row_pixels(ligne + decalage, HAUTEUR_LIGNE)
    options = {"x_offset": 2, "y_offset": 4, "object_position": 2, "description": description}
    feuille.insert_chart(ligne, 0, graphique, options)
    return ligne + lignes


def bornes(referentiel: Referentiel) -> tuple[tuple[float, float], tuple[float, float], float]:
    """Bornes des deux axes et pas de leur graduation : même étendue, les pôles au large."""
    xs = [i.position.x for i in referentiel.ingenieries]
    ys = [i.position.y for i in referentiel.ingenieries]
    demi = max(max(xs) - min(xs), max(ys) - min(ys)) / 2 or 1.0
    pas = _pas_rond(demi / 2)
    milieux = [(max(valeurs) + min(valeurs)) / 2 for valeurs in (xs, ys)]
    debuts = [floor(round((milieu - MARGE * demi) / pas, 6)) for milieu in milieux]
    fins = [ceil(round((milieu + MARGE * demi) / pas, 6)) for milieu in milieux]
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
    graphique: Chart, point: Point, forme: dict[str, Any], cote: str, police: dict[str, Any], **fond: Any
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


def tracer_ligne(graphique: Chart, ligne: Ligne, trait: dict[str, Any]) -> None:
    """Une ligne brisée sans marques."""
    graphique.add_series(
        {"categories": f"={ligne.x}", "values": f"={ligne.y}", "line": trait, "marker": {"type": "none"}}
    )


def marque(forme: str, taille: int, fond: str, bord: str) -> dict[str, Any]:
    """Une marque de point : forme, taille, couleurs du fond et du bord."""
    return {"type": forme, "size": taille, "fill": {"color": fond}, "border": {"color": bord, "width": 1.5}}


def habiller(graphique: Chart, hauteur: int) -> None:
    """Taille, cadre, ni titre ni légende ; une valeur absente reste un blanc."""
    graphique.set_legend({"none": True})
    graphique.set_title({"none": True})
    graphique.set_size({"width": LARGEUR, "height": hauteur})
    graphique.set_chartarea({"border": {"color": FILET_PALE}})
    graphique.show_blanks_as("gap")
    graphique.show_na_as_empty_cell()
