"""La feuille « Synthèse » : qui a répondu, puis une section par strate, jamais mêlées."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from xlsxwriter.worksheet import Worksheet

from cpit.classeurs.classeur_groupe.chantier import G_SYNTHESE, ChantierGroupe, StrateDecrite
from cpit.classeurs.classeur_groupe.graphiques_groupe import (
    POINTS_MAX,
    ReperesCarte,
    ReperesStrate,
    inserer_carte_groupe,
    inserer_radar_groupe,
)
from cpit.classeurs.figures_en_image import STYLE_DE_CLASSEUR, poser_figure
from cpit.coeur.groupe import CE_SONT_LEURS_REPONSES, TU, Portrait, Statistique
from cpit.coeur.mots.lecture_groupe import compter_les_positions
from cpit.coeur.mots.notice import EN_SECOND, PETIT_GROUPE, PRUDENCE, portee_du_groupe, rappel_echelle
from cpit.coeur.referentiel import EchelleNotee, Referentiel
from cpit.figures import GROUPE, FigureDeclaree, figures_en_image
from cpit.lecture.lignes import BilanDeSource
from cpit.tableur.document import (
    ecrire_date,
    ecrire_etendu,
    ecrire_nombre,
    ecrire_texte,
    etendre,
    mettre_en_page,
    regler_hauteur,
)
from cpit.tableur.graphiques import HAUTEUR_CARTE, HAUTEUR_RADAR, dire_le_bord, inserer_graphique
from cpit.typographie import accorder, grouper, typographier

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


def _ecrire_dispersion(chantier: ChantierGroupe, feuille: Worksheet, ligne: int, strate: StrateDecrite) -> int:
    """Écarts-types des personnes, erreurs types de leur moyenne, et comment les lire ; rend la ligne qui suit."""
    styles, dispersion = chantier.styles, strate.dispersion
    if dispersion.personnes is None or dispersion.centre is None:
        ecrire_etendu(
            feuille, ligne, (_STAT_CODE, _STAT_DERNIERE), _TROP_PEU, styles["note"], _LARGEUR_STATISTIQUES * 1.05
        )
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
    ecrire_etendu(
        feuille,
        ligne + 1,
        (_STAT_CODE, _STAT_DERNIERE),
        typographier(dedans),
        styles["note"],
        _LARGEUR_STATISTIQUES * 1.05,
    )
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
        for declaree in figures_en_image(GROUPE, chantier.cohorte.strates()[strate.cle]):
            sauts.append(ligne)
            ligne = _ecrire_figure(chantier, feuille, ligne, strate, declaree)
        ligne = _ecrire_regroupements(chantier, feuille, ligne, strate)
    feuille.set_h_pagebreaks(sauts)
    feuille.freeze_panes(2, 0)
    feuille.print_area(0, 0, ligne - 1, _STAT_DERNIERE)
    mettre_en_page(feuille, paysage=False)


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
    ecrire_etendu(
        feuille, ligne + 1, (_STAT_CODE, _STAT_DERNIERE), portee, styles["note"], _LARGEUR_STATISTIQUES * 1.05
    )
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
    ecrire_etendu(
        feuille, ligne, (_STAT_CODE, _STAT_DERNIERE), note, chantier.styles["note"], _LARGEUR_STATISTIQUES * 1.05
    )
    description = typographier("Radar : minimum, moyenne et maximum de chaque compétence ; valeurs dans la table.")
    ligne = inserer_graphique(feuille, ligne + 1, inserer_radar_groupe(chantier, reperes), HAUTEUR_RADAR, description)
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
    graphique = inserer_carte_groupe(chantier, commun, reperes, strate)
    ligne = inserer_graphique(feuille, ligne, graphique, HAUTEUR_CARTE, description)
    ecrire_etendu(
        feuille,
        ligne,
        (_STAT_CODE, _STAT_DERNIERE),
        _legende(chantier.referentiel, strate),
        chantier.styles["note"],
        _LARGEUR_STATISTIQUES * 1.05,
    )
    ligne = _ecrire_statistiques(chantier, feuille, ligne + 1, "Ingénierie", _echelles(chantier, "ingenierie"), strate)
    ligne = _ecrire_position(chantier, feuille, ligne, strate)
    return _ecrire_dispersion(chantier, feuille, ligne, strate)


def _ecrire_figure(
    chantier: ChantierGroupe, feuille: Worksheet, ligne: int, strate: StrateDecrite, declaree: FigureDeclaree
) -> int:
    """Une figure du registre, posée en image ; rend la ligne qui suit, après un blanc."""
    ligne = _titrer(chantier, feuille, ligne, strate, declaree.titre)
    figure = declaree.dessinateur(GROUPE)(chantier.cohorte.strates()[strate.cle], STYLE_DE_CLASSEUR)
    largeur = _LARGEUR_STATISTIQUES
    return poser_figure(feuille, chantier.styles, ligne, figure, derniere=_STAT_DERNIERE, largeur=largeur) + 1


def _legende(referentiel: Referentiel, strate: StrateDecrite) -> str:
    """Comment lire la carte, ce qui n’y est pas, et l’échantillon s’il y en a un."""
    n, portrait = len(strate.portrait.points), strate.portrait
    texte = (
        "Carrés : les ingénieries. Ronds : une passation chacun, sans nom. Losange : la moyenne de toutes les "
        "positions. Cercle : la zone d'équilibre. La position dit l'équilibre entre ingénieries, jamais le niveau."
    )
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
    ecrire_etendu(
        feuille, ligne, (_STAT_CODE, _STAT_DERNIERE), EN_SECOND, chantier.styles["note"], _LARGEUR_STATISTIQUES * 1.05
    )
    ligne += 1
    for regroupement in regroupements:
        echelles = _echelles(chantier, "groupe", regroupement.identifiant)
        ligne = _ecrire_statistiques(chantier, feuille, ligne, regroupement.libelle, echelles, strate)
    return ligne
