"""La feuille « Matrice » : la carte de chaleur compétence × ingénierie, strate par strate, et le n de chaque case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from cpit.coeur.groupe import CE_QUI_EST_TU, TU, Statistique
from cpit.coeur.modele import Competence
from cpit.formats.classeur_groupe.chantier import MATRICE, Chantier, Strate
from cpit.tableur.cellules import ecrire_etendu, ecrire_nombre, ecrire_texte, etendre, hauteur, regler_hauteur
from cpit.tableur.styles import mettre_en_page
from cpit.typographie import accorder, nombre, typographier

CODE, LIBELLE, PREMIERE = 0, 1, 2
LARGEUR_CODE, LARGEUR_LIBELLE, LARGEUR_CASE, LARGEUR_ECART, LARGEUR_N = 12, 36, 15, 3, 13
CLAIR, FONCE = "#FFFFFF", "#6F95C4"
"""Du blanc au bleu moyen : la clarté seule suffit à lire, et le nombre reste noir sur fond assez clair (7 pour 1)."""


def ecrire(chantier: Chantier) -> None:
    """Écrit la feuille."""
    feuille, referentiel = chantier.feuille(MATRICE), chantier.referentiel
    poles = len(referentiel.ingenieries)
    derniere = PREMIERE + 2 * poles
    feuille.set_column(CODE, CODE, LARGEUR_CODE)
    feuille.set_column(LIBELLE, LIBELLE, LARGEUR_LIBELLE)
    feuille.set_column(PREMIERE, PREMIERE + poles - 1, LARGEUR_CASE)
    feuille.set_column(PREMIERE + poles, PREMIERE + poles, LARGEUR_ECART)
    feuille.set_column(PREMIERE + poles + 1, derniere, LARGEUR_N)
    total = LARGEUR_CODE + LARGEUR_LIBELLE + poles * (LARGEUR_CASE + LARGEUR_N) + LARGEUR_ECART
    ecrire_texte(feuille, 0, CODE, "Matrice des compétences et des ingénieries", chantier.styles["titre"])
    feuille.set_row(0, 26)
    ecrire_etendu(feuille, 1, (CODE, derniere), _legende(chantier), chantier.styles["sous_titre"], total * 0.9)
    ligne, sauts = 2, []
    for strate in chantier.strates:
        if ligne > 2:
            sauts.append(ligne)
        ligne = _ecrire_strate(chantier, feuille, ligne, strate, total)
    if not chantier.strates:
        etendre(feuille, ligne, (CODE, derniere), "Aucune passation.", chantier.styles["note"])
    feuille.set_h_pagebreaks(sauts)
    feuille.freeze_panes(2, 0)
    feuille.print_area(0, 0, ligne, derniere)
    mettre_en_page(feuille, paysage=True, repetees=(0, 1))


def _legende(chantier: Chantier) -> str:
    echelle = chantier.referentiel.echelle
    return (
        typographier(
            f"Moyenne des réponses du groupe dans chaque case, de {nombre(echelle.min, 0)} (blanc) à "
            f"{nombre(echelle.max, 0)} (foncé). À droite, n : le nombre de passations qui ont répondu à la case. "
            "Une case vide n'a aucune réponse. "
        )
        + CE_QUI_EST_TU
    )


@dataclass(frozen=True, slots=True)
class _Bloc:
    """Un bloc de cases : sa première colonne, la largeur d’une case, ce qu’on y écrit."""

    colonne: int
    titre: str
    largeur: int
    style: str
    valeur: Callable[[Statistique], float | None]


def _ecrire_strate(chantier: Chantier, feuille: Worksheet, ligne: int, strate: Strate, total: float) -> int:
    poles = len(chantier.referentiel.ingenieries)
    titre = f"{strate.nom} ({accorder(strate.portrait.effectif, 'passation')})"
    ecrire_etendu(feuille, ligne, (CODE, PREMIERE + 2 * poles), titre, chantier.styles["section"], total)
    feuille.set_row(ligne, 28)
    blocs = (
        _Bloc(PREMIERE, "Moyenne du groupe", LARGEUR_CASE, "case", lambda s: s.moyenne),
        _Bloc(PREMIERE + poles + 1, "n", LARGEUR_N, "compte", lambda s: s.n),
    )
    _ecrire_entetes(chantier, feuille, ligne + 1, blocs)
    debut = ligne = ligne + 3
    for competence in chantier.referentiel.competences:
        _ecrire_competence(chantier, feuille, ligne, competence, strate, blocs)
        ligne += 1
    _colorer(chantier, feuille, debut, ligne - 1)
    return ligne + 1


def _ecrire_entetes(chantier: Chantier, feuille: Worksheet, ligne: int, blocs: tuple[_Bloc, ...]) -> None:
    styles, ingenieries = chantier.styles, chantier.referentiel.ingenieries
    etendre(feuille, ligne, (CODE, LIBELLE), "", styles["entete"])
    etendre(feuille, ligne + 1, (CODE, LIBELLE), "Compétence", styles["entete"])
    for bloc in blocs:
        etendre(
            feuille,
            ligne,
            (bloc.colonne, bloc.colonne + len(ingenieries) - 1),
            bloc.titre,
            styles["entete_nombre"],
        )
        for rang, ingenierie in enumerate(ingenieries):
            ecrire_texte(feuille, ligne + 1, bloc.colonne + rang, ingenierie.libelle, styles["entete_nombre"])
    regler_hauteur(feuille, ligne + 1, ((i.libelle, LARGEUR_N * 0.8) for i in ingenieries))


def _ecrire_competence(
    chantier: Chantier,
    feuille: Worksheet,
    ligne: int,
    competence: Competence,
    strate: Strate,
    blocs: tuple[_Bloc, ...],
) -> None:
    styles = chantier.styles
    ecrire_texte(feuille, ligne, CODE, competence.identifiant, styles["nom_de_ligne_gras"])
    ecrire_texte(feuille, ligne, LIBELLE, competence.libelle, styles["nom_de_ligne"])
    cases = strate.portrait.matrice[competence.identifiant]
    for bloc in blocs:
        style: Format = styles[bloc.style]
        for rang, ingenierie in enumerate(chantier.referentiel.ingenieries):
            case, colonne = cases[ingenierie.identifiant], bloc.colonne + rang
            if case.tue:
                ecrire_texte(feuille, ligne, colonne, TU, style)
            else:
                ecrire_nombre(feuille, ligne, colonne, bloc.valeur(case), style)
    feuille.set_row(ligne, max(26.0, hauteur(competence.libelle, LARGEUR_LIBELLE)))


def _colorer(chantier: Chantier, feuille: Worksheet, debut: int, fin: int) -> None:
    echelle, poles = chantier.referentiel.echelle, len(chantier.referentiel.ingenieries)
    couleurs = {
        "type": "2_color_scale",
        "min_type": "num",
        "min_value": echelle.min,
        "min_color": CLAIR,
        "max_type": "num",
        "max_value": echelle.max,
        "max_color": FONCE,
    }
    feuille.conditional_format(debut, PREMIERE, fin, PREMIERE + poles - 1, couleurs)
