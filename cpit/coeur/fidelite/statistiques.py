"""Une étude en une seule table, une ligne par nombre : celle que R, pandas ou un tableur filtrent.

Elle se tire des tableaux de l’étude (``mesures``), quels qu’ils soient : une statistique qu’on y ajoute y paraît.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cpit.coeur.colonnes import COLONNES_STATISTIQUES
from cpit.coeur.fidelite.etude import Etude
from cpit.coeur.fidelite.mesures import PARTIES, tableaux
from cpit.coeur.tableaux import Cellule, Colonne, Ligne, Tableau

_BORNES = tuple(fin for fin, _ in PARTIES if fin)
_LUES_AVEC_LEUR_NOMBRE = (*_BORNES, "_n", "_motif")
_SUJET = tuple(c.cle for c in COLONNES_STATISTIQUES[1 : [c.cle for c in COLONNES_STATISTIQUES].index("statistique")])
"""De quoi parle un nombre : moment, regard, échelle, item…"""


def tableau_des_statistiques(etude: Etude) -> Tableau:
    """Une ligne par nombre d’une étude : de quoi il parle, sa valeur, ses bornes, son effectif, ce qui lui manque."""
    lignes = tuple(ligne for tableau in tableaux(etude) for ligne in _allonger(tableau))
    identite = ("tableau", *_SUJET, "statistique")
    return Tableau("statistiques", "Fidélité, une ligne par nombre", COLONNES_STATISTIQUES, lignes, identite)


def _allonger(tableau: Tableau) -> Iterator[Ligne]:
    nombres = list(_nombres(tableau))
    for ligne in tableau.en_lignes():
        sujet = [ligne.get(cle) for cle in _SUJET]
        for colonne in nombres:
            yield (tableau.cle, *sujet, colonne.cle, colonne.libelle, *_cellules(ligne, colonne, nombres))


def _nombres(tableau: Tableau) -> Iterator[Colonne]:
    """Les colonnes qui sont un nombre à elles seules, et non la borne, l’effectif ou le motif d’un autre."""
    cles = {colonne.cle for colonne in tableau.colonnes}
    accessoires = {cle + fin for cle in cles if cle + _BORNES[0] in cles for fin in _LUES_AVEC_LEUR_NOMBRE}
    for colonne in tableau.colonnes:
        if colonne.type in {"nombre", "entier"} and colonne.cle not in accessoires:
            yield colonne


def _cellules(ligne: Mapping[str, Cellule], colonne: Colonne, nombres: list[Colonne]) -> Iterator[Cellule]:
    """Valeur, bornes, n, motif, remarque, unité, méthode."""
    cle = colonne.cle
    yield ligne[cle]
    yield from (ligne.get(cle + borne) for borne in _BORNES)
    # La part d’un niveau n’a pas d’effectif à elle : c’est celui des répondus, comme dans son tableau.
    yield ligne.get(f"{cle}_n", ligne.get("repondus") if cle + _BORNES[0] in ligne else None)
    yield ligne.get(f"{cle.removesuffix('_effectif')}_motif")
    yield " ; ".join(_remarques(ligne, cle, [autre.cle for autre in nombres])) or None
    yield colonne.unite or None
    yield colonne.formule or None


def _remarques(ligne: Mapping[str, Cellule], cle: str, nombres: list[str]) -> Iterator[str]:
    """Ce qu’un tableau dit d’autre d’un nombre, en texte ; « oui » y vaut le nom de la colonne."""
    for autre, cellule in ligne.items():
        fin = autre.removeprefix(cle)
        if not isinstance(cellule, str) or not autre.startswith(f"{cle}_") or fin in _LUES_AVEC_LEUR_NOMBRE:
            continue
        # « omega_par_paires_… » parle d’« omega_par_paires », non d’« omega ».
        if max((nombre for nombre in nombres if autre.startswith(f"{nombre}_")), key=len) == cle:
            yield fin.removeprefix("_") if cellule == "oui" else cellule
