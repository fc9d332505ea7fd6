"""Les deux graphiques natifs de la synthèse : le radar des compétences et la carte."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import Any

from xlsxwriter.chart import Chart

from cpit.coeur.modele import Referentiel
from cpit.coeur.position import Situation
from cpit.formats.classeur.chantier import Chantier
from cpit.formats.classeur.donnees_graphiques import Ligne, Point, ReperesGraphiques
from cpit.formats.classeur.etiquettes import Etiquette, placer
from cpit.formats.classeur.styles import ENCRE, GRIS, POLICE

LARGEUR, HAUTEUR_RADAR, HAUTEUR_CARTE = 856, 560, 712
PART_CARRE = (0.72, 0.72 * LARGEUR / HAUTEUR_CARTE)
"""Parts de la largeur et de la hauteur prises par la carte : elles la rendent carrée, donc le repère orthonormé."""
AILLEURS = (1e6, 1e6)
"""Hors de la carte : ce qui n’a pas de position."""
PALE = "#8FA9C9"
FILET_PALE = "#D4D9E0"
RADAR_MINIMUM = 3
MARGE = 1.3
"""Place autour des pôles, pour leurs noms, en part de leur demi-étendue."""
_LISIBLE = {"name": POLICE, "size": 9}


def radar(chantier: Chantier, reperes: ReperesGraphiques) -> Chart:
    """Le radar des compétences, des bornes de l’échelle ; des barres s’il y a moins de trois compétences."""
    echelle = chantier.restitution.referentiel.echelle
    nombre = len(chantier.restitution.referentiel.competences)
    en_radar = nombre >= RADAR_MINIMUM
    sorte = {"type": "radar", "subtype": "with_markers"} if en_radar else {"type": "bar"}
    graphique = chantier.classeur.add_chart(sorte)
    categories, valeurs = reperes.radar
    serie: dict[str, Any] = {"name": "Score", "categories": f"={categories}", "values": f"={valeurs}"}
    # XlsxWriter mettrait 0 pour #N/A dans le cache du graphique, que montrent les aperçus : on le lui donne.
    serie["values_data"] = [score.valeur for score in chantier.restitution.resultat.competences.values()]
    if en_radar:
        serie |= {"line": {"color": ENCRE, "width": 2.25}, "marker": _marque("circle", 7, ENCRE, ENCRE)}
    else:
        serie |= {"fill": {"color": ENCRE}, "gap": 80}
    graphique.add_series(serie)
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
    _habiller(graphique, HAUTEUR_RADAR)
    return graphique


def carte(chantier: Chantier, reperes: ReperesGraphiques) -> Chart:
    """La carte : pôles nommés, personne, compétences, dans un repère orthonormé aux axes nommés d’un bout à l’autre."""
    referentiel = chantier.restitution.referentiel
    graphique = chantier.classeur.add_chart({"type": "scatter", "subtype": "straight"})
    _ligne(graphique, reperes.contour, {"color": "#A6AFBA", "width": 1, "dash_type": "dash"})
    _ligne(graphique, reperes.equilibre, {"color": "#A6AFBA", "width": 1})
    bornes_x, bornes_y, pas = _bornes(referentiel)
    milieu = sum(i.position.y for i in referentiel.ingenieries) / len(referentiel.ingenieries)
    for ingenierie, pole in zip(referentiel.ingenieries, reperes.poles, strict=True):
        cote = "above" if ingenierie.position.y >= milieu else "below"
        _point(graphique, pole, _marque("square", 10, GRIS, GRIS), cote, {"bold": True, "size": 10})
    cotes = _cotes(chantier, PART_CARRE[0] * LARGEUR / (bornes_x[1] - bornes_x[0]))
    for cote, point in zip(cotes[:-1], reperes.competences, strict=True):
        _point(graphique, point, _marque("circle", 8, PALE, ENCRE), cote, {"size": 9})
    _point(graphique, reperes.personne, _marque("diamond", 15, ENCRE, ENCRE), cotes[-1], {"bold": True, "size": 11})
    graphique.set_x_axis(_axe(reperes.axes[0], bornes_x, pas))
    graphique.set_y_axis(_axe(reperes.axes[1], bornes_y, pas))
    largeur, hauteur = PART_CARRE
    graphique.set_plotarea({"layout": {"x": 0.15, "y": 0.02, "width": largeur, "height": hauteur}})
    _habiller(graphique, HAUTEUR_CARTE)
    return graphique


def _cotes(chantier: Chantier, echelle: float) -> list[str]:
    """Côté de l’étiquette de chaque compétence, puis de la personne, d’après les positions calculées."""
    resultat = chantier.restitution.resultat
    lieux = {code: _lieu(situation) for code, situation in resultat.situations_competences.items()}
    etiquettes: list[Etiquette] = []
    vus = {AILLEURS}
    for x, y in lieux.values():
        ensemble = ", ".join(code for code, lieu in lieux.items() if lieu == (x, y))
        etiquettes.append(Etiquette(x, y, "" if (x, y) in vus else ensemble))
        vus.add((x, y))
    soi = Etiquette(*_lieu(resultat.situation), "La personne")
    cote_soi = placer([soi], [], echelle)[0]
    return [*placer(etiquettes, [(soi, cote_soi)], echelle), cote_soi]


def _lieu(situation: Situation) -> tuple[float, float]:
    point = situation.position
    return AILLEURS if point is None else (round(point.x, 2), round(point.y, 2))


def _bornes(referentiel: Referentiel) -> tuple[tuple[float, float], tuple[float, float], float]:
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


def _point(graphique: Chart, point: Point, marque: dict[str, Any], cote: str, police: dict[str, Any]) -> None:
    cache = {} if point.present else {"values_data": [None]}
    graphique.add_series(
        {
            **cache,
            "name": f"={point.nom}",
            "categories": f"={point.x}",
            "values": f"={point.y}",
            "line": {"none": True},
            "marker": marque,
            "data_labels": {
                "value": False,
                "series_name": True,
                "position": cote,
                "font": {"name": POLICE, "color": "#1A1A1A", **police},
            },
        }
    )


def _ligne(graphique: Chart, ligne: Ligne, trait: dict[str, Any]) -> None:
    graphique.add_series(
        {"categories": f"={ligne.x}", "values": f"={ligne.y}", "line": trait, "marker": {"type": "none"}}
    )


def _marque(forme: str, taille: int, fond: str, bord: str) -> dict[str, Any]:
    return {"type": forme, "size": taille, "fill": {"color": fond}, "border": {"color": bord, "width": 1.5}}


def _habiller(graphique: Chart, hauteur: int) -> None:
    graphique.set_legend({"none": True})
    graphique.set_title({"none": True})
    graphique.set_size({"width": LARGEUR, "height": hauteur})
    graphique.set_chartarea({"border": {"color": FILET_PALE}})
    graphique.show_blanks_as("gap")
    graphique.show_na_as_empty_cell()
