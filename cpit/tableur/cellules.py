"""Écrire une cellule : texte inerte et nettoyé, nombre, date ou formule avec sa valeur déjà calculée."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from textwrap import wrap

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from cpit.coeur.tableaux import Cellule
from cpit.typographie import nettoyer, typographier

LIMITE = 32_767
"""Signes au plus dans une cellule, comptés comme Excel les compte : en unités UTF-16."""
COUPE = typographier(" […] (texte coupé : une cellule contient au plus 32 767 signes)")
_POINTS_PAR_LIGNE = 13.0
_HAUTEUR_MIN, _HAUTEUR_MAX = 15.0, 400.0
_SIGNES_PAR_UNITE = 1.1
"""Signes d’un texte courant dans une unité de largeur de colonne, mots entiers (mesuré en Arial et en DejaVu)."""
_LONG = 10_000
"""Signes au-delà desquels un texte dépasse à coup sûr la plus haute des lignes."""


def propre(texte: str) -> str:
    """Texte qu’une cellule accepte : sans caractère interdit en XML, et coupé, en le disant, s’il est trop long."""
    net = nettoyer(texte, garder_lignes=True)
    if net.startswith("<r>") and net.endswith("</r>"):
        # XlsxWriter prendrait ce texte pour du XML déjà rédigé et l’écrirait tel quel : le classeur serait illisible.
        net += " "
    unites = net.encode("utf-16-le")
    if len(unites) <= LIMITE * 2:
        return net
    return unites[: (LIMITE - len(COUPE)) * 2].decode("utf-16-le", errors="ignore") + COUPE


def ecrire_texte(feuille: Worksheet, ligne: int, colonne: int, texte: str | None, style: Format) -> None:
    """Écrit un texte qui ne devient jamais ni formule, ni nombre, ni lien ; une cellule mise en forme si rien."""
    net = propre(texte or "")
    if net:
        feuille.write_string(ligne, colonne, net, style)
    else:
        feuille.write_blank(ligne, colonne, None, style)


def ecrire_ligne(feuille: Worksheet, ligne: int, cellules: Sequence[Cellule], formats: Sequence[Format]) -> None:
    """Écrit une ligne : les nombres en nombres, les textes en textes inertes ; une cellule absente reste vide."""
    for rang, cellule in enumerate(cellules):
        if cellule is None:
            continue
        if isinstance(cellule, str):
            if net := _net(cellule):
                feuille.write_string(ligne, rang, net, formats[rang])
        else:
            feuille.write_number(ligne, rang, cellule, formats[rang])


@lru_cache(maxsize=1024)
def _net(texte: str) -> str:
    """Texte nettoyé ; les mêmes libellés reviennent des millions de fois."""
    return propre(texte)


def ecrire_nombre(feuille: Worksheet, ligne: int, colonne: int, valeur: float | None, style: Format) -> None:
    """Écrit un nombre en pleine précision, ou une cellule vide s’il est absent (jamais 0)."""
    if valeur is None:
        feuille.write_blank(ligne, colonne, None, style)
    else:
        feuille.write_number(ligne, colonne, valeur, style)


def ecrire_formule(
    feuille: Worksheet, ligne: int, colonne: int, formule: str, valeur: float | str | None, style: Format
) -> None:
    """Écrit une formule et, à côté, la valeur qu’elle aura : un lecteur qui ne calcule pas la voit quand même."""
    feuille.write_formula(ligne, colonne, formule, style, "" if valeur is None else valeur)


def ecrire_date(feuille: Worksheet, ligne: int, colonne: int, iso: str, styles: tuple[Format, Format]) -> None:
    """Écrit une vraie date à partir d’un texte ISO 8601, ou ce texte tel quel s’il n’en est pas un.

    :param styles: style d’une date, style d’un texte.
    """
    try:
        jour = date.fromisoformat(iso[:10])
        feuille.write_datetime(ligne, colonne, jour, styles[0])
    except ValueError:
        ecrire_texte(feuille, ligne, colonne, iso, styles[1])


def ecrire_etendu(
    feuille: Worksheet, ligne: int, colonnes: tuple[int, int], texte: str, style: Format, largeur: float
) -> None:
    """Écrit un texte sur plusieurs colonnes fusionnées et donne à la ligne la hauteur qu’il demande.

    :param largeur: largeur totale des colonnes, en signes : une ligne fusionnée ne se règle pas d’elle-même.
    """
    feuille.merge_range(ligne, colonnes[0], ligne, colonnes[1], "", style)
    ecrire_texte(feuille, ligne, colonnes[0], texte, style)
    feuille.set_row(ligne, hauteur(texte, largeur))


def etendre(feuille: Worksheet, ligne: int, colonnes: tuple[int, int], texte: str | None, style: Format) -> None:
    """Écrit un texte sur des colonnes fusionnées, ou dans une seule cellule."""
    if colonnes[0] < colonnes[1]:
        feuille.merge_range(ligne, colonnes[0], ligne, colonnes[1], "", style)
    ecrire_texte(feuille, ligne, colonnes[0], texte, style)


@lru_cache(maxsize=1024)
def hauteur(texte: str, largeur: float) -> float:
    """Hauteur de ligne, en points, pour un texte replié dans des colonnes larges de ``largeur`` signes."""
    if len(texte) > _LONG:
        return _HAUTEUR_MAX
    lignes = sum(len(wrap(morceau, max(1, int(largeur * _SIGNES_PAR_UNITE)))) or 1 for morceau in texte.split("\n"))
    return min(_HAUTEUR_MAX, lignes * _POINTS_PAR_LIGNE + 2)


def regler_hauteur(feuille: Worksheet, ligne: int, contenus: Iterable[tuple[str | None, float]]) -> None:
    """Donne à une ligne la hauteur de son texte le plus long ; un tableur ne le fait pas toujours à l’ouverture.

    :param contenus: texte et largeur, en signes, de chaque cellule.
    """
    feuille.set_row(ligne, max((hauteur(texte or "", largeur) for texte, largeur in contenus), default=_HAUTEUR_MIN))


def adresse(ligne: int, colonne: int, feuille: str = "", *, fixe: bool = True) -> str:
    """Adresse d’une cellule, par exemple ``'Calcul'!$I$12`` ou ``I12``."""
    cellule = xl_rowcol_to_cell(ligne, colonne, row_abs=fixe, col_abs=fixe)
    return f"'{feuille}'!{cellule}" if feuille else cellule


def plage(premiere: tuple[int, int], derniere: tuple[int, int], feuille: str = "") -> str:
    """Adresse absolue d’une plage, coins donnés en (ligne, colonne) à partir de 0."""
    zone = xl_range_abs(*premiere, *derniere)
    return f"'{feuille}'!{zone}" if feuille else zone
