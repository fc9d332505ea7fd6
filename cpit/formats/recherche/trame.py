"""Une table du jeu en trame polars, base des formats typés : Parquet, SPSS, Stata."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from cpit.coeur.tableaux import Cellule, Colonne, Ligne, Tableau

if TYPE_CHECKING:
    import polars as pl

LOT = 50_000
"""Lignes converties à la fois : la mémoire n’en garde pas plus sous forme d’objets Python."""
Codeur = Callable[[Cellule], Any]
"""Ce qui change une réponse (un niveau, ``SO`` ou rien) en ce que le format attend."""


def batir(tableau: Tableau, coder: Codeur, genre: Any, *, texte_max: int | None = None) -> pl.DataFrame:
    """La trame d’une table.

    :param coder: appliqué aux colonnes qui déclarent des manquants ; ``genre`` est le type polars de ce qu’il rend.
    :param texte_max: octets au plus d’un texte.
    """
    import polars as pl

    types = {colonne.cle: _genre(colonne, genre) for colonne in tableau.colonnes}
    codeurs = [_codeur(colonne, coder, texte_max) for colonne in tableau.colonnes]
    lots = []
    for lot in _lots(tableau.lignes):
        donnees = {
            colonne.cle: list(valeurs) if codeur is None else list(map(codeur, valeurs))
            for colonne, codeur, valeurs in zip(tableau.colonnes, codeurs, zip(*lot, strict=True), strict=True)
        }
        lots.append(pl.DataFrame(donnees, schema=types))
    return pl.concat(lots, rechunk=True) if lots else pl.DataFrame(schema=types)


def _lots(lignes: Iterable[Ligne]) -> Iterator[list[Ligne]]:
    suite = iter(lignes)
    while lot := list(islice(suite, LOT)):
        yield lot


def _genre(colonne: Colonne, genre: Any) -> Any:
    import polars as pl

    if colonne.manquants:
        return genre
    return {"entier": pl.Int32, "nombre": pl.Float64}.get(colonne.type, pl.String)


def _codeur(colonne: Colonne, coder: Codeur, texte_max: int | None) -> Codeur | None:
    if colonne.manquants:
        return coder
    if colonne.type in {"entier", "nombre"}:
        return None
    return _texte(texte_max)


def _texte(texte_max: int | None) -> Codeur:
    from cpit.formats.recherche.noms import couper
    from cpit.typographie import nettoyer

    connus: dict[str, str] = {}

    def propre(cellule: Cellule) -> str | None:
        if cellule is None:
            return None
        texte = str(cellule)
        if texte not in connus:
            net = nettoyer(texte, garder_lignes=True)
            connus[texte] = couper(net, texte_max) if texte_max else net
        return connus[texte]

    return propre
