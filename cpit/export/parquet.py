"""Une table du jeu en Parquet : nombres typés, textes, et l’état de chaque réponse à côté d’elle."""

from __future__ import annotations

from pathlib import Path

from cpit.coeur.passation import Etat
from cpit.coeur.tableaux import CODE_SANS_OBJET, Cellule, Tableau
from cpit.export.lisezmoi import Fiche
from cpit.export.trame import batir_trame


def colonnes_d_etat(tableau: Tableau) -> dict[str, str]:
    """Clé de chaque colonne de réponse → clé de la colonne qui en dit l’état ; rien si la table le dit déjà.

    Une colonne de Parquet n’a qu’un type : ``SO`` y devient une case vide, que cette colonne distingue.
    """
    cles = {colonne.cle for colonne in tableau.colonnes}
    if "etat" in cles:
        return {}
    etats = {}
    for colonne in tableau.colonnes:
        if colonne.manquants:
            nom = f"{colonne.cle}_etat"
            while nom in cles:
                nom += "_"
            cles.add(nom)
            etats[colonne.cle] = nom
    return etats


def ecrire_parquet(chemin: Path, tableau: Tableau, fiche: Fiche) -> None:  # noqa: ARG001
    """Écrit la table.

    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    import polars as pl

    etats = colonnes_d_etat(tableau)
    trame = batir_trame(tableau, _valeur, pl.Int32)
    if etats:
        etat = batir_trame(tableau, _etat, pl.String).select(pl.col(cle).alias(nom) for cle, nom in etats.items())
        trame = trame.hstack(etat)
    trame.write_parquet(chemin, compression="zstd", statistics=True)


def _valeur(cellule: Cellule) -> int | None:
    return cellule if isinstance(cellule, int) else None


def _etat(cellule: Cellule) -> str:
    if cellule is None:
        return Etat.SANS_REPONSE.value
    return Etat.SANS_OBJET.value if cellule == CODE_SANS_OBJET else Etat.REPONDU.value
