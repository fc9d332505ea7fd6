"""Les graphiques natifs d’une strate (radar, carte) et la feuille de données qu’ils tracent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import cos, radians, sin
from typing import Any

from xlsxwriter.chart import Chart
from xlsxwriter.worksheet import Worksheet

from cpit.classeurs.classeur_groupe.chantier import G_DONNEES, ChantierGroupe, StrateDecrite
from cpit.coeur.groupe import Statistique
from cpit.coeur.incertitude import Ellipse
from cpit.coeur.mots.lecture_groupe import compter_les_positions
from cpit.coeur.mots.notice import nommer_echelle
from cpit.coeur.notation import centre_des_poles
from cpit.coeur.referentiel import Position, Referentiel
from cpit.tableur.document import (
    ENCRE,
    GRIS,
    POLICE,
    Styles,
    adresse,
    ecrire_nombre,
    ecrire_texte,
    mettre_en_page,
    plage,
)
from cpit.tableur.graphiques import (
    FILET_PALE,
    HAUTEUR_CARTE,
    HAUTEUR_RADAR,
    PALE,
    PAS_DU_CERCLE,
    RADAR_LIBELLE,
    RADAR_MINIMUM,
    SANS_NOM,
    TRAIT_PALE,
    EtiquetteDePoint,
    LigneBrisee,
    PointNomme,
    bord_de_region,
    habiller_graphique,
    marque,
    ordre_du_contour,
    part_visible,
    placer_etiquettes,
    poser_axes_radar,
    poser_repere,
    titre_axe,
    tracer_ligne,
    tracer_point,
    tracer_poles,
)
from cpit.typographie import FINE, typographier

# --- La feuille « Données des graphiques » : ce que tracent les radars et les cartes de la synthèse, sans aucun nom.


_NOM, _X, _Y, _Z = range(4)
POINTS_MAX = 2_000
"""Positions tracées au plus sur une carte ; au-delà, elles se recouvrent et le tableur peine."""
_NOTE = typographier("Ce que tracent les graphiques de la synthèse. Une position est celle d'une passation, sans nom.")


@dataclass(frozen=True, slots=True)
class ReperesCarte:
    """Ce que toutes les cartes partagent : pôles, contour, zone d’équilibre, titres des axes."""

    poles: tuple[PointNomme, ...]
    contour: LigneBrisee
    equilibre: LigneBrisee
    axes: tuple[str, str]


@dataclass(frozen=True, slots=True)
class ReperesStrate:
    """Où sont les données d’une strate.

    ``radar`` : plages des noms, minimums, moyennes, maximums ; ``nuage`` : positions tracées, ou rien ;
    ``dispersion`` et ``region`` : bords des ellipses des personnes et de leur centre, à partir de trois positions.
    """

    radar: tuple[str, str, str, str]
    statistiques: tuple[Statistique, ...]
    nuage: LigneBrisee | None
    centre: PointNomme
    dispersion: LigneBrisee | None
    region: LigneBrisee | None


@dataclass(slots=True)
class _Bloc:
    feuille: Worksheet
    styles: Styles
    ligne: int = field(default=2)

    def entete(self, *noms: str) -> None:
        self.ligne += 1
        for colonne, nom in enumerate(noms):
            ecrire_texte(self.feuille, self.ligne, colonne, nom, self.styles["entete_nombre" if colonne else "entete"])
        self.ligne += 1

    def ecrire(self, nom: str, *valeurs: float | None) -> None:
        ecrire_texte(self.feuille, self.ligne, _NOM, nom, self.styles["graphique"])
        for colonne, valeur in enumerate(valeurs, start=_X):
            if valeur is not None:
                ecrire_nombre(self.feuille, self.ligne, colonne, valeur, self.styles["graphique_nombre"])
        self.ligne += 1

    def point(self, nom: str, position: Position | None) -> PointNomme:
        """Écrit un point et rend ses adresses ; un point absent n’a ni nom ni coordonnées."""
        cellule_nom, cellule_x, cellule_y = (adresse(self.ligne, colonne, G_DONNEES) for colonne in (_NOM, _X, _Y))
        place = (position.x, position.y) if position else ()
        self.ecrire(nom if position else SANS_NOM, *place)
        return PointNomme(cellule_nom, cellule_x, cellule_y, position is not None)

    def brisee(self, debut: int) -> LigneBrisee:
        """Les plages écrites depuis une ligne."""
        return LigneBrisee(*(plage((debut, colonne), (self.ligne - 1, colonne), G_DONNEES) for colonne in (_X, _Y)))


def ecrire_donnees_groupe(chantier: ChantierGroupe) -> tuple[ReperesCarte, tuple[ReperesStrate, ...]]:
    """Écrit la feuille et rend l’adresse de ses données."""
    feuille, styles = chantier.feuille(G_DONNEES), chantier.styles
    feuille.set_column(_NOM, _NOM, 60)
    feuille.set_column(_X, _Z, 14)
    ecrire_texte(feuille, 0, _NOM, G_DONNEES, styles["titre"])
    feuille.set_row(0, 26)
    ecrire_texte(feuille, 1, _NOM, _NOTE, styles["graphique"])
    bloc = _Bloc(feuille, styles)
    carte = _ecrire_carte(chantier, bloc)
    strates = tuple(_ecrire_strate(chantier, bloc, strate) for strate in chantier.strates)
    feuille.freeze_panes(2, 0)
    feuille.print_area(0, 0, bloc.ligne - 1, _Z)
    mettre_en_page(feuille, paysage=False, repetees=(0, 1))
    return carte, strates


def _ecrire_carte(chantier: ChantierGroupe, bloc: _Bloc) -> ReperesCarte:
    referentiel = chantier.referentiel
    bloc.entete("Axes")
    titres = []
    for axe in (referentiel.axes.x, referentiel.axes.y):
        titres.append(adresse(bloc.ligne, _NOM, G_DONNEES))
        bloc.ecrire(titre_axe(axe))
    bloc.entete("Carte", "x", "y")
    poles = tuple(bloc.point(i.libelle, i.position) for i in referentiel.ingenieries)
    places = [i.position for i in referentiel.ingenieries]
    rangs = ordre_du_contour(places)
    debut = bloc.ligne
    for rang in (*rangs, rangs[0]):
        bloc.ecrire("Contour", places[rang].x, places[rang].y)
    contour = bloc.brisee(debut)
    centre, rayon = centre_des_poles(places), referentiel.regles.seuil_equilibre.valeur
    debut = bloc.ligne
    for degres in range(0, 361, PAS_DU_CERCLE):
        angle = radians(degres)
        bloc.ecrire("Zone d’équilibre", centre.x + rayon * cos(angle), centre.y + rayon * sin(angle))
    return ReperesCarte(poles, contour, bloc.brisee(debut), (titres[0], titres[1]))


def _ecrire_strate(chantier: ChantierGroupe, bloc: _Bloc, strate: StrateDecrite) -> ReperesStrate:
    competences = chantier.referentiel.competences
    peu = len(competences) <= RADAR_LIBELLE
    bloc.entete(strate.nom, "Minimum", "Moyenne", "Maximum")
    debut, statistiques = bloc.ligne, tuple(strate.portrait.echelles[c.identifiant] for c in competences)
    for competence, s in zip(competences, statistiques, strict=True):
        bloc.ecrire(nommer_echelle(competence) if peu else competence.identifiant, s.minimum, s.moyenne, s.maximum)
    noms, bas, moyen, haut = (plage((debut, c), (bloc.ligne - 1, c), G_DONNEES) for c in (_NOM, _X, _Y, _Z))
    bloc.entete(f"{strate.nom}{FINE}: positions", "x", "y")
    n = len(strate.portrait.points)
    centre = bloc.point(_nom_du_centre(strate), strate.portrait.position)
    debut = bloc.ligne
    for position in echantillon(strate.portrait.points):
        bloc.ecrire("Une passation", position.x, position.y)
    nuage = bloc.brisee(debut) if n else None
    ellipses = strate.dispersion
    dispersion = _ecrire_ellipse(bloc, chantier.referentiel, "Dispersion des personnes", ellipses.personnes)
    region = _ecrire_ellipse(bloc, chantier.referentiel, "Région à 95 % du centre", ellipses.centre)
    return ReperesStrate((noms, bas, moyen, haut), statistiques, nuage, centre, dispersion, region)


def _ecrire_ellipse(bloc: _Bloc, referentiel: Referentiel, nom: str, ellipse: Ellipse | None) -> LigneBrisee | None:
    """Le bord d’une ellipse, refermé, ramené dans la carte là où il en sortirait ; rien s’il n’y en a pas à tracer."""
    bord = bord_de_region(referentiel, ellipse) if ellipse else None
    if ellipse is None or bord is None:
        return None
    debut, centre = bloc.ligne, ellipse.centre
    for ecart in bord:
        visible = part_visible(referentiel, centre, ecart)
        bloc.ecrire(nom, centre.x + ecart.x * visible, centre.y + ecart.y * visible)
    return bloc.brisee(debut)


def _nom_du_centre(strate: StrateDecrite) -> str:
    """Ce qui s’écrit près du centre du groupe."""
    return f"Le groupe ({compter_les_positions(strate.portrait)})"


def echantillon(places: Sequence[Position], maximum: int = POINTS_MAX) -> Sequence[Position]:
    """Les positions à tracer : toutes, ou ``maximum`` d’entre elles, régulièrement espacées dans l’ordre de lecture."""
    if len(places) <= maximum:
        return places
    return [places[rang * len(places) // maximum] for rang in range(maximum)]


# --- Les deux graphiques natifs d’une strate : le radar minimum, moyenne, maximum, et le nuage des positions.


_MOYEN = "#5B7BA6"
_NOMBREUSES = 200
"""Au-delà de ce nombre de positions, les points sont plus petits et plus transparents."""


def inserer_radar_groupe(chantier: ChantierGroupe, reperes: ReperesStrate) -> Chart:
    """Minimum, moyenne et maximum de chaque compétence ; des barres s’il y a moins de trois compétences."""
    en_radar = len(chantier.referentiel.competences) >= RADAR_MINIMUM
    sorte = {"type": "radar", "subtype": "with_markers"} if en_radar else {"type": "bar"}
    graphique = chantier.classeur.add_chart(sorte)
    noms, bas, moyen, haut = reperes.radar
    mesures = reperes.statistiques
    series = (
        ("Minimum", bas, [s.minimum for s in mesures], _pointille("round_dot", _MOYEN, "triangle", en_radar=en_radar)),
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


def inserer_carte_groupe(
    chantier: ChantierGroupe, commun: ReperesCarte, reperes: ReperesStrate, strate: StrateDecrite
) -> Chart:
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
    if reperes.dispersion:
        tracer_ligne(graphique, reperes.dispersion, {"color": _MOYEN, "width": 1.5, "dash_type": "dash_dot"})
    if reperes.region:
        tracer_ligne(graphique, reperes.region, {"color": ENCRE, "width": 1.5})
    tracer_poles(graphique, chantier.referentiel, commun.poles)
    fond = {"fill": {"color": "#FFFFFF", "transparency": 15}, "border": {"color": FILET_PALE}}
    cote = _cote(chantier, strate, pixels)
    tracer_point(graphique, reperes.centre, losange, cote, {"bold": True, "size": 11}, **fond)
    habiller_graphique(graphique, HAUTEUR_CARTE)
    return graphique


def _cote(chantier: ChantierGroupe, strate: StrateDecrite, pixels: float) -> str:
    """Le côté du centre où son nom recouvre le moins de points ; à droite s’il y en a partout."""
    centre, traces = strate.portrait.position, echantillon(strate.portrait.points)
    if centre is None or len(traces) > _NOMBREUSES:
        return "right"
    poles = [
        (EtiquetteDePoint(i.position.x, i.position.y, i.libelle), "above") for i in chantier.referentiel.ingenieries
    ]
    points = [(EtiquetteDePoint(point.x, point.y, ""), "right") for point in traces]
    return placer_etiquettes([EtiquetteDePoint(centre.x, centre.y, _nom_du_centre(strate))], [*poles, *points], pixels)[
        0
    ]


def _goutte(traces: int) -> dict[str, Any]:
    """Un rond d’autant plus discret qu’il y en a beaucoup : les recouvrements foncent."""
    taille, transparence = (3, 60) if traces > _NOMBREUSES else (7, 30)
    fond = {"color": PALE, "transparency": transparence}
    return {"type": "circle", "size": taille, "fill": fond, "border": {"color": ENCRE, "width": 0.5}}
