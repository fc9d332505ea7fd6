"""Les deux graphiques natifs d’une strate : le radar minimum, moyenne, maximum, et le nuage des positions."""

from __future__ import annotations

from typing import Any

from xlsxwriter.chart import Chart

from cpit.formats.classeur_groupe.chantier import Chantier, Strate
from cpit.formats.classeur_groupe.donnees import ReperesCarte, ReperesStrate, echantillon, nom_du_centre
from cpit.tableur.graphiques import (
    FILET_PALE,
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
from cpit.tableur.styles import ENCRE, GRIS, POLICE

MOYEN = "#5B7BA6"
NOMBREUSES = 200
"""Au-delà de ce nombre de positions, les points sont plus petits et plus transparents."""


def radar(chantier: Chantier, reperes: ReperesStrate) -> Chart:
    """Minimum, moyenne et maximum de chaque compétence ; des barres s’il y a moins de trois compétences."""
    en_radar = len(chantier.referentiel.competences) >= RADAR_MINIMUM
    sorte = {"type": "radar", "subtype": "with_markers"} if en_radar else {"type": "bar"}
    graphique = chantier.classeur.add_chart(sorte)
    noms, bas, moyen, haut = reperes.radar
    mesures = reperes.statistiques
    series = (
        ("Minimum", bas, [s.minimum for s in mesures], _pointille("round_dot", MOYEN, "triangle", en_radar=en_radar)),
        ("Moyenne", moyen, [s.moyenne for s in mesures], _plein(en_radar=en_radar)),
        ("Maximum", haut, [s.maximum for s in mesures], _pointille("dash", GRIS, "square", en_radar=en_radar)),
    )
    for nom, valeurs, cache, aspect in series:
        # XlsxWriter mettrait 0 dans le cache du graphique pour une valeur absente : on le lui donne.
        serie: dict[str, Any] = {"name": nom, "categories": f"={noms}", "values": f"={valeurs}", "values_data": cache}
        graphique.add_series({**serie, **aspect})
    poser_axes_radar(graphique, chantier.referentiel.echelle, en_radar=en_radar)
    habiller_graphique(graphique, HAUTEUR_RADAR)
    graphique.set_legend({"position": "bottom", "font": {"name": POLICE, "size": 10}})
    return graphique


def _plein(*, en_radar: bool) -> dict[str, Any]:
    if not en_radar:
        return {"fill": {"color": ENCRE}, "gap": 80}
    return {"line": {"color": ENCRE, "width": 2.5}, "marker": marque("circle", 7, ENCRE, ENCRE)}


def _pointille(tirets: str, couleur: str, forme: str, *, en_radar: bool) -> dict[str, Any]:
    if not en_radar:
        return {"fill": {"color": couleur}, "gap": 80}
    trait = {"color": couleur, "width": 1.5, "dash_type": tirets}
    return {"line": trait, "marker": marque(forme, 5, "#FFFFFF", couleur)}


def carte(chantier: Chantier, commun: ReperesCarte, reperes: ReperesStrate, strate: Strate) -> Chart:
    """Les pôles nommés, un point sans nom par passation, le centre du groupe, dans un repère orthonormé."""
    graphique = chantier.classeur.add_chart({"type": "scatter", "subtype": "straight"})
    pixels = poser_repere(graphique, chantier.referentiel, commun.axes)
    losange = marque("diamond", 15, ENCRE, "#FFFFFF")
    # Excel met la dernière série au-dessus, LibreOffice la première : le losange est aux deux bouts.
    graphique.add_series(
        {
            "categories": f"={reperes.centre.x}",
            "values": f"={reperes.centre.y}",
            "line": {"none": True},
            "marker": losange,
            **({} if reperes.centre.present else {"values_data": [None]}),
        }
    )
    tracer_ligne(graphique, commun.contour, {"color": TRAIT_PALE, "width": 1, "dash_type": "dash"})
    tracer_ligne(graphique, commun.equilibre, {"color": TRAIT_PALE, "width": 1})
    if reperes.nuage:
        points = {"categories": f"={reperes.nuage.x}", "values": f"={reperes.nuage.y}", "line": {"none": True}}
        graphique.add_series({**points, "name": "Les passations", "marker": _goutte(len(strate.portrait.points))})
    if reperes.dispersion and reperes.region:
        tracer_ligne(graphique, reperes.dispersion, {"color": MOYEN, "width": 1.5, "dash_type": "dash_dot"})
        tracer_ligne(graphique, reperes.region, {"color": ENCRE, "width": 1.5})
    tracer_poles(graphique, chantier.referentiel, commun.poles)
    fond = {"fill": {"color": "#FFFFFF", "transparency": 15}, "border": {"color": FILET_PALE}}
    cote = _cote(chantier, strate, pixels)
    tracer_point(graphique, reperes.centre, losange, cote, {"bold": True, "size": 11}, **fond)
    habiller_graphique(graphique, HAUTEUR_CARTE)
    return graphique


def _cote(chantier: Chantier, strate: Strate, pixels: float) -> str:
    """Le côté du centre où son nom recouvre le moins de points ; à droite s’il y en a partout."""
    centre, traces = strate.portrait.position, echantillon(strate.portrait.points)
    if centre is None or len(traces) > NOMBREUSES:
        return "right"
    poles = [
        (EtiquetteDePoint(i.position.x, i.position.y, i.libelle), "above") for i in chantier.referentiel.ingenieries
    ]
    points = [(EtiquetteDePoint(point.x, point.y, ""), "right") for point in traces]
    return placer_etiquettes([EtiquetteDePoint(centre.x, centre.y, nom_du_centre(strate))], [*poles, *points], pixels)[
        0
    ]


def _goutte(traces: int) -> dict[str, Any]:
    """Un rond d’autant plus discret qu’il y en a beaucoup : les recouvrements foncent."""
    taille, transparence = (3, 60) if traces > NOMBREUSES else (7, 30)
    fond = {"color": PALE, "transparency": transparence}
    return {"type": "circle", "size": taille, "fill": fond, "border": {"color": ENCRE, "width": 0.5}}
