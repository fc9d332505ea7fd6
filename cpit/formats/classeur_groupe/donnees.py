"""La feuille « Données des graphiques » : ce que tracent les radars et les cartes de la synthèse, sans aucun nom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import cos, radians, sin

from xlsxwriter.worksheet import Worksheet

from cpit.coeur.groupe import Statistique
from cpit.coeur.incertitude import Ellipse
from cpit.coeur.lecture_groupe import compter_les_positions
from cpit.coeur.modele import Position
from cpit.coeur.position import centre_de_gravite
from cpit.formats.classeur_groupe.chantier import DONNEES, Chantier, Strate
from cpit.tableur.cellules import adresse, ecrire_nombre, ecrire_texte, plage
from cpit.tableur.graphiques import (
    PAS_DU_CERCLE,
    POINTS_DE_REGION,
    RADAR_LIBELLE,
    SANS_NOM,
    LigneBrisee,
    PointNomme,
    nommer_competence,
    ordre_du_contour,
    titre_axe,
)
from cpit.tableur.styles import Styles, mettre_en_page
from cpit.typographie import FINE, typographier

NOM, X, Y, Z = range(4)
POINTS_MAX = 2_000
"""Positions tracées au plus sur une carte ; au-delà, elles se recouvrent et le tableur peine."""
NOTE = typographier("Ce que tracent les graphiques de la synthèse. Une position est celle d'une passation, sans nom.")


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
        ecrire_texte(self.feuille, self.ligne, NOM, nom, self.styles["graphique"])
        for colonne, valeur in enumerate(valeurs, start=X):
            if valeur is not None:
                ecrire_nombre(self.feuille, self.ligne, colonne, valeur, self.styles["graphique_nombre"])
        self.ligne += 1

    def point(self, nom: str, position: Position | None) -> PointNomme:
        """Écrit un point et rend ses adresses ; un point absent n’a ni nom ni coordonnées."""
        cellule_nom, cellule_x, cellule_y = (adresse(self.ligne, colonne, DONNEES) for colonne in (NOM, X, Y))
        place = (position.x, position.y) if position else ()
        self.ecrire(nom if position else SANS_NOM, *place)
        return PointNomme(cellule_nom, cellule_x, cellule_y, position is not None)

    def brisee(self, debut: int) -> LigneBrisee:
        """Les plages écrites depuis une ligne."""
        return LigneBrisee(*(plage((debut, colonne), (self.ligne - 1, colonne), DONNEES) for colonne in (X, Y)))


def ecrire(chantier: Chantier) -> tuple[ReperesCarte, tuple[ReperesStrate, ...]]:
    """Écrit la feuille et rend l’adresse de ses données."""
    feuille, styles = chantier.feuille(DONNEES), chantier.styles
    feuille.set_column(NOM, NOM, 60)
    feuille.set_column(X, Z, 14)
    ecrire_texte(feuille, 0, NOM, DONNEES, styles["titre"])
    feuille.set_row(0, 26)
    ecrire_texte(feuille, 1, NOM, NOTE, styles["graphique"])
    bloc = _Bloc(feuille, styles)
    carte = _ecrire_carte(chantier, bloc)
    strates = tuple(_ecrire_strate(chantier, bloc, strate) for strate in chantier.strates)
    feuille.freeze_panes(2, 0)
    feuille.print_area(0, 0, bloc.ligne - 1, Z)
    mettre_en_page(feuille, paysage=False, repetees=(0, 1))
    return carte, strates


def _ecrire_carte(chantier: Chantier, bloc: _Bloc) -> ReperesCarte:
    referentiel = chantier.referentiel
    bloc.entete("Axes")
    titres = []
    for axe in (referentiel.axes.x, referentiel.axes.y):
        titres.append(adresse(bloc.ligne, NOM, DONNEES))
        bloc.ecrire(titre_axe(axe))
    bloc.entete("Carte", "x", "y")
    poles = tuple(bloc.point(i.libelle, i.position) for i in referentiel.ingenieries)
    places = [i.position for i in referentiel.ingenieries]
    rangs = ordre_du_contour(places)
    debut = bloc.ligne
    for rang in (*rangs, rangs[0]):
        bloc.ecrire("Contour", places[rang].x, places[rang].y)
    contour = bloc.brisee(debut)
    centre, rayon = centre_de_gravite(places), referentiel.regles.seuil_equilibre.valeur
    debut = bloc.ligne
    for degres in range(0, 361, PAS_DU_CERCLE):
        angle = radians(degres)
        bloc.ecrire("Zone d’équilibre", centre.x + rayon * cos(angle), centre.y + rayon * sin(angle))
    return ReperesCarte(poles, contour, bloc.brisee(debut), (titres[0], titres[1]))


def _ecrire_strate(chantier: Chantier, bloc: _Bloc, strate: Strate) -> ReperesStrate:
    competences = chantier.referentiel.competences
    peu = len(competences) <= RADAR_LIBELLE
    bloc.entete(strate.nom, "Minimum", "Moyenne", "Maximum")
    debut, statistiques = bloc.ligne, tuple(strate.portrait.echelles[c.identifiant] for c in competences)
    for competence, s in zip(competences, statistiques, strict=True):
        bloc.ecrire(nommer_competence(competence) if peu else competence.identifiant, s.minimum, s.moyenne, s.maximum)
    noms, bas, moyen, haut = (plage((debut, c), (bloc.ligne - 1, c), DONNEES) for c in (NOM, X, Y, Z))
    bloc.entete(f"{strate.nom}{FINE}: positions", "x", "y")
    n = len(strate.portrait.points)
    centre = bloc.point(nom_du_centre(strate), strate.portrait.position)
    debut = bloc.ligne
    for position in echantillon(strate.portrait.points):
        bloc.ecrire("Une passation", position.x, position.y)
    nuage = bloc.brisee(debut) if n else None
    ellipses = strate.dispersion
    dispersion = _ecrire_ellipse(bloc, "Dispersion des personnes", ellipses.personnes)
    region = _ecrire_ellipse(bloc, "Région à 95 % du centre", ellipses.centre)
    return ReperesStrate((noms, bas, moyen, haut), statistiques, nuage, centre, dispersion, region)


def _ecrire_ellipse(bloc: _Bloc, nom: str, ellipse: Ellipse | None) -> LigneBrisee | None:
    """Le bord d’une ellipse, refermé ; rien s’il n’y en a pas."""
    if ellipse is None:
        return None
    debut, bord = bloc.ligne, ellipse.contour(POINTS_DE_REGION)
    for point in (*bord, bord[0]):
        bloc.ecrire(nom, point.x, point.y)
    return bloc.brisee(debut)


def nom_du_centre(strate: Strate) -> str:
    """Ce qui s’écrit près du centre du groupe."""
    return f"Le groupe ({compter_les_positions(strate.portrait)})"


def echantillon(places: Sequence[Position], maximum: int = POINTS_MAX) -> Sequence[Position]:
    """Les positions à tracer : toutes, ou ``maximum`` d’entre elles, régulièrement espacées dans l’ordre de lecture."""
    if len(places) <= maximum:
        return places
    return [places[rang * len(places) // maximum] for rang in range(maximum)]
