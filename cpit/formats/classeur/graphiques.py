"""Les deux graphiques natifs de la synthèse : le radar des compétences et la carte."""

from __future__ import annotations

from typing import Any

from xlsxwriter.chart import Chart

from cpit.coeur.position import Situation
from cpit.formats.classeur.chantier import Chantier
from cpit.formats.classeur.donnees_graphiques import ReperesGraphiques
from cpit.tableur.graphiques import (
    HAUTEUR_CARTE,
    HAUTEUR_RADAR,
    PALE,
    RADAR_MINIMUM,
    TRAIT_PALE,
    EtiquetteDePoint,
    habiller_graphique,
    marque,
    placer_etiquettes,
    poser_axes_radar,
    poser_repere,
    tracer_ligne,
    tracer_point,
    tracer_poles,
)
from cpit.tableur.styles import ENCRE

AILLEURS = (1e6, 1e6)
"""Hors de la carte : ce qui n’a pas de position."""


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
        serie |= {"line": {"color": ENCRE, "width": 2.25}, "marker": marque("circle", 7, ENCRE, ENCRE)}
    else:
        serie |= {"fill": {"color": ENCRE}, "gap": 80}
    graphique.add_series(serie)
    poser_axes_radar(graphique, echelle, en_radar=en_radar)
    habiller_graphique(graphique, HAUTEUR_RADAR)
    return graphique


def carte(chantier: Chantier, reperes: ReperesGraphiques) -> Chart:
    """La carte : pôles nommés, personne, compétences, dans un repère orthonormé aux axes nommés d’un bout à l’autre."""
    referentiel = chantier.restitution.referentiel
    graphique = chantier.classeur.add_chart({"type": "scatter", "subtype": "straight"})
    tracer_ligne(graphique, reperes.contour, {"color": TRAIT_PALE, "width": 1, "dash_type": "dash"})
    tracer_ligne(graphique, reperes.equilibre, {"color": TRAIT_PALE, "width": 1})
    if reperes.region:
        tracer_ligne(graphique, reperes.region, {"color": ENCRE, "width": 1.25})
    tracer_poles(graphique, referentiel, reperes.poles)
    cotes = _cotes(chantier, poser_repere(graphique, referentiel, reperes.axes))
    for cote, point in zip(cotes[:-1], reperes.competences, strict=True):
        tracer_point(graphique, point, marque("circle", 8, PALE, ENCRE), cote, {"size": 9})
    tracer_point(
        graphique, reperes.personne, marque("diamond", 15, ENCRE, ENCRE), cotes[-1], {"bold": True, "size": 11}
    )
    habiller_graphique(graphique, HAUTEUR_CARTE)
    return graphique


def _cotes(chantier: Chantier, echelle: float) -> list[str]:
    """Côté de l’étiquette de chaque compétence, puis de la personne, d’après les positions calculées."""
    resultat = chantier.restitution.resultat
    lieux = {code: _lieu(situation) for code, situation in resultat.situations_competences.items()}
    etiquettes: list[EtiquetteDePoint] = []
    vus = {AILLEURS}
    for x, y in lieux.values():
        ensemble = ", ".join(code for code, lieu in lieux.items() if lieu == (x, y))
        etiquettes.append(EtiquetteDePoint(x, y, "" if (x, y) in vus else ensemble))
        vus.add((x, y))
    soi = EtiquetteDePoint(*_lieu(resultat.situation), "La personne")
    cote_soi = placer_etiquettes([soi], [], echelle)[0]
    return [*placer_etiquettes(etiquettes, [(soi, cote_soi)], echelle), cote_soi]


def _lieu(situation: Situation) -> tuple[float, float]:
    point = situation.position
    return AILLEURS if point is None else (round(point.x, 2), round(point.y, 2))
