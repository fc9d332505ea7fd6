"""Les tables de la synthèse : moyenne et étendue de chaque échelle, position du groupe, ce qui pèse chez chacun."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from xlsxwriter.worksheet import Worksheet

from cpit.coeur.groupe import TU, Portrait, Statistique
from cpit.coeur.lecture_groupe import compter_les_positions
from cpit.coeur.modele import EchelleNotee, Referentiel
from cpit.formats.classeur_groupe.chantier import Chantier, Strate
from cpit.tableur.cellules import ecrire_nombre, ecrire_texte, etendre, regler_hauteur
from cpit.typographie import typographier

LARGEURS = (15, 38, 11, 11, 11, 11, 11, 9)
"""Largeurs en signes : code, libellé, moyenne, écart-type, minimum, médiane, maximum, n."""
CODE, LIBELLE, MOYENNE, ECART_TYPE, MINIMUM, MEDIANE, MAXIMUM, N = range(len(LARGEURS))
DERNIERE, TOTAL = N, sum(LARGEURS)
ENTETES = ("Moyenne", "Écart-type", "Minimum", "Médiane", "Maximum", "n")
DROITE = sum(LARGEURS[ECART_TYPE:])
EQUILIBRE, A_EGALITE, SANS_POSITION = "Équilibre", "Plusieurs à égalité", "Sans position"


def ecrire_table(
    chantier: Chantier, feuille: Worksheet, ligne: int, titre: str, echelles: Sequence[EchelleNotee], strate: Strate
) -> int:
    """Une ligne par échelle ; rend la ligne qui suit, après un blanc."""
    styles = chantier.styles
    etendre(feuille, ligne, (CODE, LIBELLE), titre, styles["entete"])
    for colonne, nom in enumerate(ENTETES, start=MOYENNE):
        ecrire_texte(feuille, ligne, colonne, nom, styles["entete_nombre"])
    regler_hauteur(feuille, ligne, ((titre, LARGEURS[LIBELLE]),))
    for echelle in echelles:
        ligne += 1
        ecrire_texte(feuille, ligne, CODE, echelle.identifiant, styles["texte_gras"])
        ecrire_texte(feuille, ligne, LIBELLE, echelle.libelle, styles["texte"])
        statistique = strate.portrait.echelles[echelle.identifiant]
        for colonne, style, valeur in _mesures(statistique):
            if statistique.tue:
                ecrire_texte(feuille, ligne, colonne, TU, styles[style])
            else:
                ecrire_nombre(feuille, ligne, colonne, valeur, styles[style])
        contenus = ((echelle.identifiant, LARGEURS[CODE]), (echelle.libelle, LARGEURS[LIBELLE]))
        regler_hauteur(feuille, ligne, contenus)
    return ligne + 2


def _mesures(s: Statistique) -> Iterator[tuple[int, str, float | None]]:
    yield MOYENNE, "score", s.moyenne
    yield ECART_TYPE, "decimal", s.ecart_type
    yield MINIMUM, "mesure", s.minimum
    yield MEDIANE, "mesure", s.mediane
    yield MAXIMUM, "mesure", s.maximum
    yield N, "effectif", s.n


def ecrire_position(chantier: Chantier, feuille: Worksheet, ligne: int, strate: Strate) -> int:
    """La position du groupe en nombres, puis ce qui pèse le plus dans chaque passation ; rend la ligne qui suit."""
    styles, axes, point = chantier.styles, chantier.referentiel.axes, strate.portrait.position
    etendre(feuille, ligne, (CODE, LIBELLE), "Le centre du groupe", styles["entete"])
    ecrire_texte(feuille, ligne, MOYENNE, "Moyenne", styles["entete_nombre"])
    etendre(feuille, ligne, (ECART_TYPE, DERNIERE), "Sens", styles["entete"])
    for axe, valeur in ((axes.x, point.x if point else None), (axes.y, point.y if point else None)):
        ligne += 1
        sens = typographier("de « {} » à « {} »").format(axe.debut, axe.fin)
        etendre(feuille, ligne, (CODE, LIBELLE), axe.libelle, styles["texte"])
        if strate.portrait.positions is None:
            ecrire_texte(feuille, ligne, MOYENNE, TU, styles["decimal"])
        else:
            ecrire_nombre(feuille, ligne, MOYENNE, valeur, styles["decimal"])
        etendre(feuille, ligne, (ECART_TYPE, DERNIERE), sens, styles["texte"])
        regler_hauteur(feuille, ligne, ((axe.libelle, LARGEURS[LIBELLE]), (sens, DROITE)))
    return _ecrire_dominantes(chantier, feuille, ligne + 2, strate)


def _ecrire_dominantes(chantier: Chantier, feuille: Worksheet, ligne: int, strate: Strate) -> int:
    styles = chantier.styles
    etendre(feuille, ligne, (CODE, LIBELLE), "Ce qui pèse le plus dans les réponses", styles["entete"])
    ecrire_texte(feuille, ligne, MOYENNE, "Passations", styles["entete_nombre"])
    for libelle, effectif in _dominantes(chantier.referentiel, strate.portrait):
        ligne += 1
        etendre(feuille, ligne, (CODE, LIBELLE), libelle, styles["texte"])
        if isinstance(effectif, str):
            ecrire_texte(feuille, ligne, MOYENNE, effectif, styles["effectif"])
        else:
            ecrire_nombre(feuille, ligne, MOYENNE, effectif, styles["effectif"])
        regler_hauteur(feuille, ligne, ((libelle, LARGEURS[CODE] + LARGEURS[LIBELLE]),))
    return ligne + 2


def _dominantes(referentiel: Referentiel, portrait: Portrait) -> list[tuple[str, int | str]]:
    """Passations par ingénierie dominante, puis à l’équilibre, à égalité, sans position ; leur somme est l’effectif."""
    if portrait.positions is None:
        return [(compter_les_positions(portrait), TU)]
    comptes: Counter[str] = Counter()
    for dominante, combien in portrait.dominantes.items():
        comptes[_dominante(dominante)] += combien
    comptes[SANS_POSITION] = portrait.effectif - portrait.positions
    poles = [(i.libelle, comptes[i.identifiant]) for i in referentiel.ingenieries]
    autres = ((nom, comptes[nom]) for nom in (EQUILIBRE, A_EGALITE, SANS_POSITION))
    return [*poles, *((nom, compte) for nom, compte in autres if compte)]


def _dominante(dominante: tuple[str, ...]) -> str:
    if not dominante:
        return EQUILIBRE
    return dominante[0] if len(dominante) == 1 else A_EGALITE
