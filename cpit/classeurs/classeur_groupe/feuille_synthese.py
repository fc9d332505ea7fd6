"""Les feuilles « Synthèse » (qui a répondu, puis une section par strate, jamais mêlées) et « Équipes ».

Avec les graphiques natifs d’une strate (radar, carte), et la feuille de données qu’ils tracent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import cos, radians, sin
from typing import Any

from xlsxwriter.chart import Chart
from xlsxwriter.worksheet import Worksheet

from cpit.classeurs.classeur_groupe.chantier import EQUIPES, G_DONNEES, G_SYNTHESE, ChantierGroupe, StrateDecrite
from cpit.classeurs.classeur_personne.chantier import STYLE_DE_CLASSEUR, poser_figure
from cpit.coeur.equipe import EquipeLue, LectureDEquipes, SituationDEquipe
from cpit.coeur.groupe import CE_SONT_LEURS_REPONSES, TU, Portrait, Statistique
from cpit.coeur.incertitude import Ellipse
from cpit.coeur.mots.lecture_groupe import (
    MOTS_DE_SITUATION,
    avertir_des_equipes,
    compter_les_positions,
    dire_les_sans_equipe,
    lire_l_equipe,
    titrer_l_equipe,
)
from cpit.coeur.mots.notice import (
    EN_SECOND,
    PETIT_GROUPE,
    PRUDENCE,
    nommer_echelle,
    nommer_strate,
    portee_du_groupe,
    rappel_echelle,
)
from cpit.coeur.notation import centre_des_poles
from cpit.coeur.referentiel import EchelleNotee, Position, Referentiel
from cpit.coeur.tableaux import Cellule
from cpit.figures import GROUPE, FigureDeclaree, figures_en_image
from cpit.figures.cadre import demi_hauteur_au_plus_pres
from cpit.figures.carte import places_d_un_groupe
from cpit.lecture.lignes import BilanDeSource
from cpit.tableur.document import (
    ENCRE,
    GRIS,
    POLICE,
    Styles,
    adresse,
    ecrire_date,
    ecrire_etendu,
    ecrire_nombre,
    ecrire_texte,
    etendre,
    mettre_en_page,
    plage,
    regler_hauteur,
)
from cpit.tableur.graphiques import (
    FILET_PALE,
    GRAND_CARRE,
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
    ReperesVue,
    Vue,
    bord_de_region,
    dire_la_vue,
    dire_le_bord,
    habiller_graphique,
    inserer_graphique,
    marque,
    nommer_vers,
    ordre_du_contour,
    part_visible,
    placer_etiquettes,
    poser_axes_radar,
    poser_repere,
    titre_axe,
    tracer_ligne,
    tracer_point,
    tracer_poles,
    tracer_vers_les_poles,
)
from cpit.typographie import FINE, accorder, grouper, typographier

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
    ``dispersion`` et ``region`` : bords des ellipses des personnes et de leur centre, à partir de trois positions ;
    ``vue`` : l’agrandie, si tout est près du centre.
    """

    radar: tuple[str, str, str, str]
    statistiques: tuple[Statistique, ...]
    nuage: LigneBrisee | None
    centre: PointNomme
    dispersion: LigneBrisee | None
    region: LigneBrisee | None
    vue: ReperesVue | None


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
    carte = _ecrire_donnees_de_carte(chantier, bloc)
    strates = tuple(_ecrire_strate(chantier, bloc, strate) for strate in chantier.strates)
    feuille.freeze_panes(2, 0)
    feuille.print_area(0, 0, bloc.ligne - 1, _Z)
    mettre_en_page(feuille, paysage=False, repetees=(0, 1))
    # Ce que tracent les graphiques ne se lit pas sur papier : une page suffit à dire que c’est là.
    feuille.fit_to_pages(1, 1)
    return carte, strates


def _ecrire_donnees_de_carte(chantier: ChantierGroupe, bloc: _Bloc) -> ReperesCarte:
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
    for position in _echantillon(strate.portrait.points):
        bloc.ecrire("Une passation", position.x, position.y)
    nuage = bloc.brisee(debut) if n else None
    ellipses = strate.dispersion
    dispersion = _ecrire_ellipse(bloc, chantier.referentiel, "Dispersion des personnes", ellipses.personnes)
    region = _ecrire_ellipse(bloc, chantier.referentiel, "Région à 95 % du centre", ellipses.centre)
    vue = _ecrire_donnees_de_vue(bloc, chantier.referentiel, strate)
    return ReperesStrate((noms, bas, moyen, haut), statistiques, nuage, centre, dispersion, region, vue)


def _ecrire_donnees_de_vue(bloc: _Bloc, referentiel: Referentiel, strate: StrateDecrite) -> ReperesVue | None:
    """Le cadre d’une vue agrandie et ce qui va vers les pôles ; rien sans elle."""
    demi = demi_hauteur_au_plus_pres(referentiel, places_d_un_groupe(strate.portrait, strate.dispersion))
    if demi is None:
        return None
    vue, debut = Vue(centre_des_poles([i.position for i in referentiel.ingenieries]), demi), bloc.ligne
    for coin in vue.coins:
        bloc.ecrire("Vue agrandie", coin.x, coin.y)
    cadre = bloc.brisee(debut)
    poles = [bloc.point(nommer_vers(vue, i.position, i.libelle), vue.vers(i.position)) for i in referentiel.ingenieries]
    return ReperesVue(vue, cadre, tuple(poles))


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


def _echantillon(places: Sequence[Position], maximum: int = POINTS_MAX) -> Sequence[Position]:
    """Les positions à tracer : toutes, ou ``maximum`` d’entre elles, régulièrement espacées dans l’ordre de lecture."""
    if len(places) <= maximum:
        return places
    return [places[rang * len(places) // maximum] for rang in range(maximum)]


# --- Les deux graphiques natifs d’une strate : le radar minimum, moyenne, maximum, et le nuage des positions.


_MOYEN = "#5B7BA6"
_NOMBREUSES = 200
"""Au-delà de ce nombre de positions, les points sont plus petits et plus transparents."""


def _inserer_radar_groupe(chantier: ChantierGroupe, reperes: ReperesStrate) -> Chart:
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


def _inserer_carte_groupe(
    chantier: ChantierGroupe,
    commun: ReperesCarte,
    reperes: ReperesStrate,
    strate: StrateDecrite,
    *,
    agrandie: bool = False,
) -> Chart:
    """Les pôles nommés, un point sans nom par passation, le centre du groupe, dans un repère orthonormé.

    :param agrandie: la seule vue agrandie ; la carte entière, sinon, où le cadre de cette vue est marqué.
    """
    graphique = chantier.classeur.add_chart({"type": "scatter", "subtype": "straight"})
    pixels = poser_repere(
        graphique, chantier.referentiel, commun.axes, reperes.vue.vue if reperes.vue and agrandie else None
    )
    losange = marque("diamond", 15, ENCRE, "#FFFFFF")
    # Excel met la dernière série au-dessus, LibreOffice la première : le losange est aux deux bouts.
    _tracer_le_centre(graphique, reperes.centre, losange)
    tracer_ligne(graphique, commun.contour, {"color": TRAIT_PALE, "width": 1, "dash_type": "dash"})
    tracer_ligne(graphique, commun.equilibre, {"color": TRAIT_PALE, "width": 1})
    if reperes.nuage:
        points = {"categories": f"={reperes.nuage.x}", "values": f"={reperes.nuage.y}", "line": {"none": True}}
        graphique.add_series({**points, "name": "Les passations", "marker": _goutte(len(strate.portrait.points))})
    if reperes.dispersion:
        tracer_ligne(graphique, reperes.dispersion, {"color": _MOYEN, "width": 1.5, "dash_type": "dash_dot"})
    if reperes.region:
        tracer_ligne(graphique, reperes.region, {"color": ENCRE, "width": 1.5})
    _tracer_les_poles(graphique, chantier.referentiel, commun, reperes.vue, agrandie=agrandie)
    fond = {"fill": {"color": "#FFFFFF", "transparency": 15}, "border": {"color": FILET_PALE}}
    cote = _cote(chantier, strate, pixels)
    tracer_point(graphique, reperes.centre, losange, cote, {"bold": True, "size": 11}, **fond)
    habiller_graphique(graphique, HAUTEUR_CARTE)
    return graphique


def _tracer_le_centre(graphique: Chart, centre: PointNomme, losange: dict[str, Any]) -> None:
    serie = {"categories": f"={centre.x}", "values": f"={centre.y}", "line": {"none": True}, "marker": losange}
    graphique.add_series({**serie, **({} if centre.present else {"values_data": [None]})})


def _tracer_les_poles(
    graphique: Chart, referentiel: Referentiel, commun: ReperesCarte, vue: ReperesVue | None, *, agrandie: bool
) -> None:
    """Les pôles, ou ce qui va vers eux dans une vue agrandie ; dans la carte entière, le cadre de cette vue."""
    if vue and agrandie:
        tracer_vers_les_poles(graphique, referentiel, vue)
        return
    if vue:
        tracer_ligne(graphique, vue.cadre, {"color": ENCRE, "width": 1.5})
    tracer_poles(graphique, referentiel, commun.poles)


def _cote(chantier: ChantierGroupe, strate: StrateDecrite, pixels: float) -> str:
    """Le côté du centre où son nom recouvre le moins de points ; à droite s’il y en a partout."""
    centre, traces = strate.portrait.position, _echantillon(strate.portrait.points)
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


# --- Les tables de la synthèse : moyenne et étendue de chaque échelle, position du groupe, ce qui pèse chez chacun.


_LARGEURS_STATISTIQUES = (15, 38, 11, 11, 11, 11, 11, 9)
"""Largeurs en signes : code, libellé, moyenne, écart-type, minimum, médiane, maximum, n."""
_STAT_CODE, _STAT_LIBELLE, _MOYENNE, _ECART_TYPE, _MINIMUM, _MEDIANE, _MAXIMUM, _N = range(len(_LARGEURS_STATISTIQUES))
_STAT_DERNIERE, _LARGEUR_STATISTIQUES = _N, sum(_LARGEURS_STATISTIQUES)
_ENTETES = ("Moyenne", "Écart-type", "Minimum", "Médiane", "Maximum", "n")
_STAT_DROITE = sum(_LARGEURS_STATISTIQUES[_ECART_TYPE:])
_EQUILIBRE, _A_EGALITE, _SANS_POSITION = "Équilibre", "Plusieurs à égalité", "Sans position"


def _ecrire_statistiques(
    chantier: ChantierGroupe,
    feuille: Worksheet,
    ligne: int,
    titre: str,
    echelles: Sequence[EchelleNotee],
    strate: StrateDecrite,
) -> int:
    """Une ligne par échelle ; rend la ligne qui suit, après un blanc."""
    styles = chantier.styles
    etendre(feuille, ligne, (_STAT_CODE, _STAT_LIBELLE), titre, styles["entete"])
    for colonne, nom in enumerate(_ENTETES, start=_MOYENNE):
        ecrire_texte(feuille, ligne, colonne, nom, styles["entete_nombre"])
    regler_hauteur(feuille, ligne, ((titre, _LARGEURS_STATISTIQUES[_STAT_LIBELLE]),))
    for echelle in echelles:
        ligne += 1
        ecrire_texte(feuille, ligne, _STAT_CODE, echelle.identifiant, styles["texte_gras"])
        ecrire_texte(feuille, ligne, _STAT_LIBELLE, echelle.libelle, styles["texte"])
        statistique = strate.portrait.echelles[echelle.identifiant]
        for colonne, style, valeur in _mesures(statistique):
            if statistique.tue:
                ecrire_texte(feuille, ligne, colonne, TU, styles[style])
            else:
                ecrire_nombre(feuille, ligne, colonne, valeur, styles[style])
        contenus = (
            (echelle.identifiant, _LARGEURS_STATISTIQUES[_STAT_CODE]),
            (echelle.libelle, _LARGEURS_STATISTIQUES[_STAT_LIBELLE]),
        )
        regler_hauteur(feuille, ligne, contenus)
    return ligne + 2


def _mesures(s: Statistique) -> Iterator[tuple[int, str, float | None]]:
    yield _MOYENNE, "score", s.moyenne
    yield _ECART_TYPE, "decimal", s.ecart_type
    yield _MINIMUM, "mesure", s.minimum
    yield _MEDIANE, "mesure", s.mediane
    yield _MAXIMUM, "mesure", s.maximum
    yield _N, "effectif", s.n


def _ecrire_position(chantier: ChantierGroupe, feuille: Worksheet, ligne: int, strate: StrateDecrite) -> int:
    """La position du groupe en nombres, puis ce qui pèse le plus dans chaque passation ; rend la ligne qui suit."""
    styles, axes, point = chantier.styles, chantier.referentiel.axes, strate.portrait.position
    etendre(feuille, ligne, (_STAT_CODE, _STAT_LIBELLE), "Le centre du groupe", styles["entete"])
    ecrire_texte(feuille, ligne, _MOYENNE, "Moyenne", styles["entete_nombre"])
    etendre(feuille, ligne, (_ECART_TYPE, _STAT_DERNIERE), "Sens", styles["entete"])
    for axe, valeur in ((axes.x, point.x if point else None), (axes.y, point.y if point else None)):
        ligne += 1
        sens = typographier("de « {} » à « {} »").format(axe.debut, axe.fin)
        etendre(feuille, ligne, (_STAT_CODE, _STAT_LIBELLE), axe.libelle, styles["texte"])
        if strate.portrait.positions is None:
            ecrire_texte(feuille, ligne, _MOYENNE, TU, styles["decimal"])
        else:
            ecrire_nombre(feuille, ligne, _MOYENNE, valeur, styles["decimal"])
        etendre(feuille, ligne, (_ECART_TYPE, _STAT_DERNIERE), sens, styles["texte"])
        regler_hauteur(feuille, ligne, ((axe.libelle, _LARGEURS_STATISTIQUES[_STAT_LIBELLE]), (sens, _STAT_DROITE)))
    return _ecrire_dominantes(chantier, feuille, ligne + 2, strate)


def _ecrire_dominantes(chantier: ChantierGroupe, feuille: Worksheet, ligne: int, strate: StrateDecrite) -> int:
    styles = chantier.styles
    etendre(feuille, ligne, (_STAT_CODE, _STAT_LIBELLE), "Ce qui pèse le plus dans les réponses", styles["entete"])
    ecrire_texte(feuille, ligne, _MOYENNE, "Passations", styles["entete_nombre"])
    for libelle, effectif in _dominantes(chantier.referentiel, strate.portrait):
        ligne += 1
        etendre(feuille, ligne, (_STAT_CODE, _STAT_LIBELLE), libelle, styles["texte"])
        if isinstance(effectif, str):
            ecrire_texte(feuille, ligne, _MOYENNE, effectif, styles["effectif"])
        else:
            ecrire_nombre(feuille, ligne, _MOYENNE, effectif, styles["effectif"])
        regler_hauteur(
            feuille, ligne, ((libelle, _LARGEURS_STATISTIQUES[_STAT_CODE] + _LARGEURS_STATISTIQUES[_STAT_LIBELLE]),)
        )
    return ligne + 2


def _dominantes(referentiel: Referentiel, portrait: Portrait) -> list[tuple[str, int | str]]:
    """Passations par ingénierie dominante, puis à l’équilibre, à égalité, sans position ; leur somme est l’effectif."""
    if portrait.positions is None:
        return [(compter_les_positions(portrait), TU)]
    comptes: Counter[str] = Counter()
    for dominante, combien in portrait.dominantes.items():
        comptes[_dominante(dominante)] += combien
    comptes[_SANS_POSITION] = portrait.effectif - portrait.positions
    poles = [(i.libelle, comptes[i.identifiant]) for i in referentiel.ingenieries]
    autres = ((nom, comptes[nom]) for nom in (_EQUILIBRE, _A_EGALITE, _SANS_POSITION))
    return [*poles, *((nom, compte) for nom, compte in autres if compte)]


def _dominante(dominante: tuple[str, ...]) -> str:
    if not dominante:
        return _EQUILIBRE
    return dominante[0] if len(dominante) == 1 else _A_EGALITE


# --- Sous la position du groupe : la dispersion des personnes et, à part, ce que vaut leur moyenne.


_TROP_PEU = typographier("Dispersion et incertitude de la moyenne : il faut trois positions au moins.")
_DES_PERSONNES = "d’une personne à l’autre"
_DU_CENTRE = "ce que vaut la moyenne du groupe"
_LIMITE = (
    "L'erreur type de la moyenne suppose des personnes prises au hasard dans un ensemble plus large ; pour un groupe "
    "que l'on a tout entier, seule la dispersion a un sens."
)


def _noter(chantier: ChantierGroupe, feuille: Worksheet, ligne: int, note: str) -> None:
    """Une note sur toute la largeur des statistiques, de la hauteur qu’il lui faut."""
    etendue = (_STAT_CODE, _STAT_DERNIERE)
    ecrire_etendu(feuille, ligne, etendue, note, chantier.styles["note"], _LARGEUR_STATISTIQUES * 1.05)


def _ecrire_dispersion(chantier: ChantierGroupe, feuille: Worksheet, ligne: int, strate: StrateDecrite) -> int:
    """Écarts-types des personnes, erreurs types de leur moyenne, et comment les lire ; rend la ligne qui suit."""
    styles, dispersion = chantier.styles, strate.dispersion
    if dispersion.personnes is None or dispersion.centre is None:
        _noter(chantier, feuille, ligne, _TROP_PEU)
        return ligne + 2
    axes = chantier.referentiel.axes
    personnes, centre = dispersion.personnes.covariance, dispersion.centre.covariance
    etendre(feuille, ligne, (_STAT_CODE, _STAT_LIBELLE), "La dispersion des positions", styles["entete"])
    ecrire_texte(feuille, ligne, _MOYENNE, "Valeur", styles["entete_nombre"])
    etendre(feuille, ligne, (_ECART_TYPE, _STAT_DERNIERE), "Sens", styles["entete"])
    for mesure, axe, valeur, sens in (
        ("Écart-type : ", axes.x, personnes.erreur_x, _DES_PERSONNES),
        ("Écart-type : ", axes.y, personnes.erreur_y, _DES_PERSONNES),
        ("Erreur type : ", axes.x, centre.erreur_x, _DU_CENTRE),
        ("Erreur type : ", axes.y, centre.erreur_y, _DU_CENTRE),
    ):
        ligne += 1
        libelle = typographier(mesure) + axe.libelle
        etendre(feuille, ligne, (_STAT_CODE, _STAT_LIBELLE), libelle, styles["texte"])
        ecrire_nombre(feuille, ligne, _MOYENNE, valeur, styles["decimal"])
        etendre(feuille, ligne, (_ECART_TYPE, _STAT_DERNIERE), sens, styles["texte"])
        regler_hauteur(feuille, ligne, ((libelle, _LARGEURS_STATISTIQUES[_STAT_LIBELLE]), (sens, _STAT_DROITE)))
    dedans = (
        f"{grouper(dispersion.dedans)} positions sur {grouper(dispersion.n)} sont dans l'ovale en tirets. {_LIMITE}"
    )
    _noter(chantier, feuille, ligne + 1, typographier(dedans))
    return ligne + 3


_GAUCHE, _DROITE = sum(_LARGEURS_STATISTIQUES[:_MOYENNE]), sum(_LARGEURS_STATISTIQUES[_MOYENNE:])
_SOURCES_MONTREES = 12
"""Fichiers nommés dans la synthèse ; tous le sont dans « À propos »."""


def ecrire_synthese_groupe(chantier: ChantierGroupe, reperes: tuple[ReperesCarte, tuple[ReperesStrate, ...]]) -> None:
    """Écrit la feuille."""
    feuille = chantier.feuille(G_SYNTHESE)
    for colonne, largeur in enumerate(_LARGEURS_STATISTIQUES):
        feuille.set_column(colonne, colonne, largeur)
    ligne, sauts = _ecrire_identite(chantier, feuille), []
    commun, par_strate = reperes
    for rang, (strate, repere) in enumerate(zip(chantier.strates, par_strate, strict=True)):
        if rang:
            sauts.append(ligne)
        ligne = _ecrire_competences(chantier, feuille, ligne, strate, repere)
        sauts.append(ligne)
        ligne = _ecrire_carte(chantier, feuille, ligne, strate, commun, repere)
        sauts += [ligne] if repere.vue else []
        ligne = _ecrire_vue(chantier, feuille, ligne, strate, commun, repere)
        images = figures_en_image(GROUPE, chantier.cohorte.strates()[strate.cle])
        for declaree in images:
            sauts.append(ligne)
            ligne = _ecrire_figure(chantier, feuille, ligne, strate, declaree)
        # Sous une vue agrandie seule, la page a encore la place des autres lectures.
        sauts += [ligne] if chantier.referentiel.regroupements and (images or not repere.vue) else []
        ligne = _ecrire_regroupements(chantier, feuille, ligne, strate)
    feuille.set_h_pagebreaks(sauts)
    feuille.freeze_panes(2, 0)
    feuille.print_area(0, 0, ligne - 1, _STAT_DERNIERE)
    mettre_en_page(feuille, paysage=False, largeurs=_LARGEURS_STATISTIQUES)


def _ecrire_identite(chantier: ChantierGroupe, feuille: Worksheet) -> int:
    styles, referentiel = chantier.styles, chantier.referentiel
    etendre(feuille, 0, (_STAT_CODE, _STAT_DERNIERE), "Synthèse du groupe", styles["titre"])
    feuille.set_row(0, 26)
    titre = f"{referentiel.titre}, version {referentiel.version}"
    ecrire_etendu(feuille, 1, (_STAT_CODE, _STAT_DERNIERE), titre, styles["sous_titre"], _LARGEUR_STATISTIQUES * 0.85)
    ligne = 2
    for libelle, valeur in _faits(chantier):
        etendre(feuille, ligne, (_STAT_CODE, _STAT_LIBELLE), libelle, styles["etiquette"])
        etendre(feuille, ligne, (_MOYENNE, _STAT_DERNIERE), valeur, styles["valeur"])
        regler_hauteur(feuille, ligne, ((libelle, _GAUCHE), (valeur, _DROITE)))
        ligne += 1
    etendre(feuille, ligne, (_STAT_CODE, _STAT_LIBELLE), "Classeur écrit le", styles["etiquette"])
    etendre(feuille, ligne, (_MOYENNE, _STAT_DERNIERE), "", styles["valeur"])
    ecrire_date(feuille, ligne, _MOYENNE, chantier.reglages.date, (styles["date"], styles["valeur"]))
    portee = portee_du_groupe({strate.cle[1] for strate in chantier.strates})
    _noter(chantier, feuille, ligne + 1, portee)
    return ligne + 2


def _faits(chantier: ChantierGroupe) -> Iterator[tuple[str, str]]:
    yield "Passations", grouper(len(chantier.cohorte.notees)) if chantier.strates else "aucune"
    for strate in chantier.strates:
        yield strate.nom, accorder(strate.portrait.effectif, "passation")
    for source in chantier.lecture.sources[:_SOURCES_MONTREES]:
        yield source[0], bilan(source)
    reste = len(chantier.lecture.sources) - _SOURCES_MONTREES
    if reste > 0:
        yield f"et {accorder(reste, 'autre fichier', 'autres fichiers')}", typographier("nommés dans « À propos »")


def bilan(source: BilanDeSource) -> str:
    """Ce qu’un fichier a donné : « 40 passations lues, 2 refus »."""
    _, lues, refus, suppose, _ = source
    refuses = f"{grouper(refus)} refus" if refus else typographier("aucun refus")
    fin = typographier(f" ; supposé, faute de colonne : {suppose}") if suppose else ""
    return f"{accorder(lues, 'passation lue', 'passations lues')}, {refuses}{fin}"


def _echelles(chantier: ChantierGroupe, nature: str, regroupement: str | None = None) -> list[EchelleNotee]:
    return [
        echelle
        for echelle in chantier.referentiel.echelles.values()
        if echelle.nature == nature and echelle.regroupement == regroupement
    ]


def _titrer(chantier: ChantierGroupe, feuille: Worksheet, ligne: int, strate: StrateDecrite, sujet: str) -> int:
    """Un titre et, dessous, la strate dont il parle ; rend la ligne suivante."""
    etendre(feuille, ligne, (_STAT_CODE, _STAT_DERNIERE), sujet, chantier.styles["section"])
    feuille.set_row(ligne, 26)
    rappel = f"{strate.nom} ({accorder(strate.portrait.effectif, 'passation')})"
    ecrire_etendu(
        feuille,
        ligne + 1,
        (_STAT_CODE, _STAT_DERNIERE),
        rappel,
        chantier.styles["sous_titre"],
        _LARGEUR_STATISTIQUES * 0.85,
    )
    return ligne + 2


def _ecrire_competences(
    chantier: ChantierGroupe, feuille: Worksheet, ligne: int, strate: StrateDecrite, reperes: ReperesStrate
) -> int:
    ligne = _titrer(chantier, feuille, ligne, strate, "Les compétences")
    note = rappel_echelle(chantier.referentiel)
    if strate.portrait.effectif < PETIT_GROUPE:
        note += ". " + PRUDENCE
    if strate.portrait.trop_petit:
        note = f"{CE_SONT_LEURS_REPONSES} {note}"
    _noter(chantier, feuille, ligne, note)
    description = typographier("Radar : minimum, moyenne et maximum de chaque compétence ; valeurs dans la table.")
    ligne = inserer_graphique(feuille, ligne + 1, _inserer_radar_groupe(chantier, reperes), HAUTEUR_RADAR, description)
    return _ecrire_statistiques(chantier, feuille, ligne, "Compétence", _echelles(chantier, "competence"), strate)


def _ecrire_carte(
    chantier: ChantierGroupe,
    feuille: Worksheet,
    ligne: int,
    strate: StrateDecrite,
    commun: ReperesCarte,
    reperes: ReperesStrate,
) -> int:
    ligne = _titrer(chantier, feuille, ligne, strate, "La carte")
    description = typographier("Carte : les pôles des ingénieries, un point par passation, le centre du groupe.")
    graphique = _inserer_carte_groupe(chantier, commun, reperes, strate)
    ligne = inserer_graphique(feuille, ligne, graphique, HAUTEUR_CARTE, description)
    _noter(chantier, feuille, ligne, _legende(chantier.referentiel, strate, agrandie=reperes.vue is not None))
    ligne = _ecrire_statistiques(chantier, feuille, ligne + 1, "Ingénierie", _echelles(chantier, "ingenierie"), strate)
    ligne = _ecrire_position(chantier, feuille, ligne, strate)
    return _ecrire_dispersion(chantier, feuille, ligne, strate)


def _ecrire_vue(
    chantier: ChantierGroupe,
    feuille: Worksheet,
    ligne: int,
    strate: StrateDecrite,
    commun: ReperesCarte,
    reperes: ReperesStrate,
) -> int:
    """La carte de près, quand tout le groupe y est près du centre ; rien sinon."""
    if reperes.vue is None:
        return ligne
    ligne = _titrer(chantier, feuille, ligne, strate, "La carte, vue agrandie")
    _noter(chantier, feuille, ligne, typographier(dire_la_vue(reperes.vue.vue)))
    description = typographier("Carte agrandie : un point par passation, le centre du groupe.")
    graphique = _inserer_carte_groupe(chantier, commun, reperes, strate, agrandie=True)
    return inserer_graphique(feuille, ligne + 1, graphique, HAUTEUR_CARTE, description) + 1


def _ecrire_figure(
    chantier: ChantierGroupe, feuille: Worksheet, ligne: int, strate: StrateDecrite, declaree: FigureDeclaree
) -> int:
    """Une figure du registre, posée en image ; rend la ligne qui suit, après un blanc."""
    ligne = _titrer(chantier, feuille, ligne, strate, declaree.titre)
    figure = declaree.dessinateur(GROUPE)(chantier.cohorte.strates()[strate.cle], STYLE_DE_CLASSEUR)
    largeur = _LARGEUR_STATISTIQUES
    return poser_figure(feuille, chantier.styles, ligne, figure, derniere=_STAT_DERNIERE, largeur=largeur) + 1


def _legende(referentiel: Referentiel, strate: StrateDecrite, *, agrandie: bool) -> str:
    """Comment lire la carte, ce qui n’y est pas, et l’échantillon s’il y en a un."""
    n, portrait = len(strate.portrait.points), strate.portrait
    texte = (
        "Carrés : les ingénieries. Ronds : une passation chacun, sans nom. Losange : la moyenne de toutes les "
        "positions. Cercle : la zone d'équilibre. La position dit l'équilibre entre ingénieries, jamais le niveau."
    )
    texte += f" {GRAND_CARRE}" if agrandie else ""
    if (nuage := strate.dispersion).personnes and nuage.centre:
        ovales = (dire_le_bord(referentiel, ellipse) for ellipse in (nuage.personnes, nuage.centre))
        texte += (
            " Ovale en tirets : la dispersion des positions, environ la moitié d'entre elles{}. Ovale plein : la "
            "région à 95 % de leur moyenne{}."
        ).format(*ovales)
    if portrait.positions is None:
        texte += f" Carte tue : {compter_les_positions(portrait)}."
    elif absentes := portrait.effectif - portrait.positions:
        texte += f" Sans position, donc hors de la carte : {accorder(absentes, 'passation')}."
    if n > POINTS_MAX:
        texte += (
            f" La carte montre {grouper(POINTS_MAX)} positions sur {grouper(n)}, régulièrement espacées dans l'ordre "
            "de lecture ; le losange et les tables les comptent toutes."
        )
    return typographier(texte)


def _ecrire_regroupements(chantier: ChantierGroupe, feuille: Worksheet, ligne: int, strate: StrateDecrite) -> int:
    regroupements = chantier.referentiel.regroupements
    if not regroupements:
        return ligne
    ligne = _titrer(chantier, feuille, ligne, strate, "Autres lectures des mêmes réponses")
    _noter(chantier, feuille, ligne, EN_SECOND)
    ligne += 1
    for regroupement in regroupements:
        echelles = _echelles(chantier, "groupe", regroupement.identifiant)
        ligne = _ecrire_statistiques(chantier, feuille, ligne, regroupement.libelle, echelles, strate)
    return ligne


_COLONNES = (
    ("Équipe", 18),
    ("Compétence", 12),
    ("Ingénierie", 14),
    ("Item", 10),
    ("Situation", 50),
    ("Tient", 15),
    ("Répondants", 12),
    ("La tiennent", 12),
    ("Pourraient la passer", 14),
    ("Sont plus bas", 12),
)
_NOMINATIVES = (("Qui la tient", 26), ("Qui passerait", 26), ("À qui", 34))
_SITUATION = 4


def ecrire_equipes(chantier: ChantierGroupe) -> None:
    """Écrit la feuille ; rien si l’on n’a pas demandé d’équipes."""
    lecture = chantier.reglages.equipes
    if lecture is None:
        return
    feuille, colonnes = chantier.feuille(EQUIPES), _colonnes(lecture)
    derniere, total = len(colonnes) - 1, sum(largeur for _, largeur in colonnes)
    for rang, (_, largeur) in enumerate(colonnes):
        feuille.set_column(rang, rang, largeur)
    ecrire_texte(feuille, 0, 0, f"Équipes : {lecture.critere.libelle}", chantier.styles["titre"])
    feuille.set_row(0, 26)
    ligne = 1
    for phrase in avertir_des_equipes(lecture):
        ecrire_etendu(feuille, ligne, (0, derniere), phrase, chantier.styles["sous_titre"], total * 0.9)
        ligne += 1
    for strate in lecture.sans_equipe:
        ligne = _ecrire_une_strate(chantier, feuille, ligne, lecture, strate)
    feuille.freeze_panes(1, 1)
    feuille.print_area(0, 0, ligne, derniere)
    mettre_en_page(feuille, paysage=True, repetees=(0, 0))


def _colonnes(lecture: LectureDEquipes) -> Sequence[tuple[str, int]]:
    return (*_COLONNES, *_NOMINATIVES) if any(e.nominatif for e in lecture.equipes) else _COLONNES


def _ecrire_une_strate(
    chantier: ChantierGroupe, feuille: Worksheet, ligne: int, lecture: LectureDEquipes, strate: tuple[str, str]
) -> int:
    colonnes, styles = _colonnes(lecture), chantier.styles
    derniere, total = len(colonnes) - 1, sum(largeur for _, largeur in colonnes)
    ligne += 1
    ecrire_etendu(feuille, ligne, (0, derniere), nommer_strate(*strate, lecture.referentiel), styles["section"], total)
    ligne += 1
    for equipe in lecture.de(*strate):
        titre = titrer_l_equipe(equipe)
        for texte, style in ((titre, "intertitre"), *((p, "note") for p in lire_l_equipe(lecture.referentiel, equipe))):
            ecrire_etendu(feuille, ligne, (0, derniere), texte, styles[style], total * 0.9)
            ligne += 1
        ligne = _ecrire_les_situations(chantier, feuille, ligne, equipe, colonnes) + 1
    if sans := dire_les_sans_equipe(lecture, strate):
        ecrire_etendu(feuille, ligne, (0, derniere), sans, styles["note"], total * 0.9)
        ligne += 1
    return ligne


def _ecrire_les_situations(
    chantier: ChantierGroupe, feuille: Worksheet, ligne: int, equipe: EquipeLue, colonnes: Sequence[tuple[str, int]]
) -> int:
    if equipe.tue:
        return ligne
    for rang, (titre, _) in enumerate(colonnes):
        ecrire_texte(feuille, ligne, rang, titre, chantier.styles["entete"])
    regler_hauteur(feuille, ligne, [(titre, largeur * 0.85) for titre, largeur in colonnes])
    for situation in equipe.situations():
        ligne += 1
        _ecrire_une_situation(chantier, feuille, ligne, equipe, situation)
    return ligne + 1


def _ecrire_une_situation(
    chantier: ChantierGroupe, feuille: Worksheet, ligne: int, equipe: EquipeLue, situation: SituationDEquipe
) -> None:
    item = situation.item
    textes = (equipe.libelle, item.competence, item.ingenierie, item.code, item.enonce)
    comptes = (situation.repondants, situation.tenants, situation.passeurs, situation.plus_bas)
    codes = (situation.qui_tient, situation.qui_passe, situation.a_qui) if equipe.nominatif else ()
    cellules: tuple[Cellule, ...] = (
        *(*textes, MOTS_DE_SITUATION[situation.etat]),
        *(TU if compte is None else compte for compte in comptes),
        *(", ".join(qui) for qui in codes),
    )
    for rang, cellule in enumerate(cellules):
        if isinstance(cellule, str):
            ecrire_texte(feuille, ligne, rang, cellule, chantier.styles["texte"])
        else:
            ecrire_nombre(feuille, ligne, rang, cellule, chantier.styles["effectif"])
    noms = [(", ".join(qui), largeur * 0.9) for qui, (_, largeur) in zip(codes, _NOMINATIVES, strict=False)]
    regler_hauteur(feuille, ligne, [(item.enonce, _COLONNES[_SITUATION][1] * 0.9), *noms])
