"""Les grandes tables filtrables : deux lignes d’en-tête, puis une ligne par passation, écrites au fil de l’eau.

Les lignes s’écrivent droit dans l’archive (``lignes_directes``) ou, à défaut, par XlsxWriter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from xlsxwriter.worksheet import Worksheet

from cpit.coeur.tableaux import Cellule
from cpit.formats.classeur_groupe.chantier import Chantier
from cpit.tableur.cellules import ecrire_ligne, ecrire_texte, etendre, hauteur
from cpit.tableur.lignes_directes import Suite
from cpit.tableur.styles import Styles, mettre_en_page, pages_en_largeur

LIBELLES, CLES, PREMIERE = 0, 1, 2
"""Lignes des libellés, des clés (c’est elle qui porte les filtres) et de la première passation."""


@dataclass(frozen=True, slots=True)
class ColonneEcrite:
    """Une colonne d’une grande table : clé, libellé, largeur et style de ses cellules.

    Les colonnes voisines de même ``libelle`` partagent un libellé étendu si ``reunie`` est vrai.
    """

    cle: str
    libelle: str
    largeur: float
    style: str
    reunie: bool = False


def ecrire_table(
    chantier: Chantier,
    nom: str,
    colonnes: Sequence[ColonneEcrite],
    lignes: Iterable[Sequence[Cellule]],
    *,
    figees: int,
) -> None:
    """Écrit en-têtes puis lignes, de haut en bas ; une cellule absente reste vide.

    :param lignes: une par passation, parcourues une seule fois, peut-être à la fin de l’écriture seulement.
    :param figees: nombre de premières colonnes toujours visibles.
    """
    feuille, styles, nombre = chantier.feuille(nom), chantier.styles, len(chantier.cohorte.notees)
    for rang, colonne in enumerate(colonnes):
        feuille.set_column(rang, rang, colonne.largeur)
    _ecrire_entetes(feuille, styles, colonnes)
    _ecrire_lignes(chantier, nom, colonnes, lignes)
    derniere = CLES + nombre
    feuille.autofilter(CLES, 0, derniere, len(colonnes) - 1)
    feuille.freeze_panes(PREMIERE, figees)
    feuille.print_area(0, 0, derniere, len(colonnes) - 1)
    feuille.repeat_columns(0, figees - 1)
    pages = pages_en_largeur(colonne.largeur for colonne in colonnes)
    mettre_en_page(feuille, paysage=True, repetees=(LIBELLES, CLES), pages=pages)
    # À l’écran, le quadrillage du tableur borde aussi les cellules vides, sans rien écrire.
    feuille.hide_gridlines(1)


def _ecrire_lignes(
    chantier: Chantier, nom: str, colonnes: Sequence[ColonneEcrite], lignes: Iterable[Sequence[Cellule]]
) -> None:
    feuille, nombre = chantier.feuille(nom), len(chantier.cohorte.notees)
    formats = [chantier.styles[colonne.style] for colonne in colonnes]
    if chantier.suites is None:
        for ligne, cellules in enumerate(lignes, start=PREMIERE):
            ecrire_ligne(feuille, ligne, cellules, formats)
    elif nombre:
        for rang, style in enumerate(formats):
            feuille.write_blank(PREMIERE, rang, None, style)
        chantier.suites[nom] = Suite(PREMIERE, len(colonnes), nombre, lignes)


def _ecrire_entetes(feuille: Worksheet, styles: Styles, colonnes: Sequence[ColonneEcrite]) -> None:
    plus_haut = 0.0
    for debut, fin in _etendues(colonnes):
        largeur = sum(colonne.largeur for colonne in colonnes[debut : fin + 1])
        etendre(feuille, LIBELLES, (debut, fin), colonnes[debut].libelle, styles["libelle_colonne"])
        plus_haut = max(plus_haut, hauteur(colonnes[debut].libelle, largeur))
    feuille.set_row(LIBELLES, max(15.0, plus_haut))
    # La flèche du filtre prend la place de trois signes.
    replis = max(ceil((len(colonne.cle) + 3) / colonne.largeur) for colonne in colonnes)
    for rang, colonne in enumerate(colonnes):
        ecrire_texte(feuille, CLES, rang, colonne.cle, styles["cle_colonne"])
    feuille.set_row(CLES, 6 + 13.0 * min(replis, 5))


def _etendues(colonnes: Sequence[ColonneEcrite]) -> list[tuple[int, int]]:
    """Première et dernière colonne de chaque libellé."""
    etendues: list[tuple[int, int]] = []
    for rang, colonne in enumerate(colonnes):
        precedente = colonnes[rang - 1] if rang else None
        if precedente and colonne.reunie and precedente.reunie and precedente.libelle == colonne.libelle:
            etendues[-1] = (etendues[-1][0], rang)
        else:
            etendues.append((rang, rang))
    return etendues
