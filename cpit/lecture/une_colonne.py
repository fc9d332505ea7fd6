"""Une table dont chaque ligne est tout entière dans la première cellule, comme la laisse un CSV mal ouvert."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice

from cpit.erreurs import Anomalie, Lieu, anomalie
from cpit.lecture.entetes import Cible, Nomenclature, Role
from cpit.lecture.table_csv import SEPARATEURS
from cpit.tableur.classeur_ouvert import Cases, ClasseurOuvert, Onglet
from cpit.tableur.pieges import Pieges

_FEUILLES_MAX, _COLONNES_MAX = 50, 2_000
_LIGNES_DE_TETE = 10
"""Premières lignes remplies où l’en-tête se cherche."""


def sortir_d_une_colonne(
    classeur: ClasseurOuvert, nomenclature: Nomenclature, source: str
) -> tuple[ClasseurOuvert, list[Anomalie]]:
    """Le classeur, les lignes de ces feuilles-là découpées, et ce qu’il faut en dire ; un autre est rendu tel quel."""
    trouves = [(o, s) for o in classeur.onglets[:_FEUILLES_MAX] if (s := _separateur(classeur, o, nomenclature))]
    if not trouves:
        return classeur, []
    dits = [
        anomalie("table-en-une-colonne", Lieu(source, feuille=onglet.nom), separateur=separateur)
        for onglet, separateur in trouves
    ]
    return _ClasseurDecoupe(classeur, {onglet.partie: separateur for onglet, separateur in trouves}), dits


def _separateur(classeur: ClasseurOuvert, onglet: Onglet, nomenclature: Nomenclature) -> str:
    """Le séparateur qui fait de la première cellule d’une ligne un en-tête ; vide si rien n’y est à découper."""
    for _, cases in islice(classeur.suivre_lignes(onglet), _LIGNES_DE_TETE):
        seule = cases.get(1)
        if len(cases) > 1 or not isinstance(seule, str):
            continue
        separateur = max(SEPARATEURS, key=seule.count)
        if separateur in seule and _porte_deux_items(_decouper(seule, separateur), nomenclature):
            return separateur
    return ""


def _porte_deux_items(noms: list[str], nomenclature: Nomenclature) -> bool:
    cibles = (nomenclature.reconnaitre(nom) for nom in noms[:_COLONNES_MAX])
    return sum(isinstance(cible, Cible) and cible.role is Role.ITEM for cible in cibles) > 1


def _decouper(texte: str, separateur: str) -> list[str]:
    """Les cellules d’une ligne de CSV ; le texte lui-même si elle est mal formée."""
    try:
        return next(csv.reader([texte], delimiter=separateur, strict=True), [])
    except csv.Error:
        return [texte]


class _ClasseurDecoupe(ClasseurOuvert):
    """Un classeur où les lignes de certaines feuilles se découpent ; ``separateurs`` : par partie."""

    def __init__(self, classeur: ClasseurOuvert, separateurs: dict[str, str]) -> None:
        super().__init__()
        self.onglets = classeur.onglets
        self._classeur, self._separateurs = classeur, separateurs

    def _suivre_feuille(self, onglet: Onglet) -> tuple[Pieges, Iterator[tuple[int, Cases]]]:
        """Les lignes d’une feuille, et ses pièges."""
        pieges, lignes = self._classeur.suivre_feuille(onglet)
        return pieges, self._lignes(onglet, lignes)

    def _suivre_lignes(self, onglet: Onglet) -> Iterator[tuple[int, Cases]]:
        """Les lignes d’une feuille."""
        return self._lignes(onglet, self._classeur.suivre_lignes(onglet))

    def _lignes(self, onglet: Onglet, lignes: Iterator[tuple[int, Cases]]) -> Iterator[tuple[int, Cases]]:
        separateur = self._separateurs.get(onglet.partie)
        return ((n, _deplier_les_cases(cases, separateur)) for n, cases in lignes) if separateur else lignes


def _deplier_les_cases(cases: Cases, separateur: str) -> Cases:
    """Les cases d’une ligne découpée ; celles qui étaient à côté viennent après, où elles se verront."""
    seule = cases.get(1)
    if not isinstance(seule, str):
        return cases
    morceaux = _decouper(seule, separateur)
    dedans: Cases = {rang: mot for rang, mot in enumerate(morceaux, 1) if mot}
    return {**dedans, **{len(morceaux) + colonne - 1: case for colonne, case in cases.items() if colonne > 1}}
