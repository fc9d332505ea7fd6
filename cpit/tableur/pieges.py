"""Ce qu’une feuille cache à qui n’en lit que les valeurs : formules sans valeur, erreurs, fusions, lignes cachées."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from cpit.erreurs import Lieu

FUSIONS_MAX = 10_000
SANS_PREUVE_MAX = 1_000
"""Cellules notées sans preuve de calcul : au-delà, elles ne se nomment plus."""
_ACTIVES_MAX = 200
"""Fusions qui couvrent une même ligne ; au-delà, ce n’est plus une table."""


class FeuilleRefusee(Exception):
    """Une feuille que l’on ne lit pas, et pourquoi ; son nom et la cellule en cause, si on les sait."""

    def __init__(self, raison: str, *, cellule: str | None = None) -> None:
        super().__init__(raison)
        self.cellule = cellule
        self.feuille: str | None = None

    def lieu(self, fichier: str) -> Lieu:
        """Où est ce qui la fait refuser."""
        return Lieu(fichier, feuille=self.feuille, cellule=self.cellule)


@dataclass(frozen=True, slots=True)
class Piege:
    """Une cellule de tableur dont on ne lit pas la valeur : le code de son anomalie, et ce qui s’y voit."""

    code: str
    vu: str = ""

    def __str__(self) -> str:
        return self.vu


class Fusion(NamedTuple):
    """Un rectangle fusionné, bornes comprises, à partir de 1."""

    haut: int
    gauche: int
    bas: int
    droite: int

    def couvre(self, ligne: int, colonne: int) -> bool:
        """Vrai si une cellule est dans ce rectangle."""
        return self.haut <= ligne <= self.bas and self.gauche <= colonne <= self.droite


@dataclass(slots=True)
class Pieges:
    """Ce qu’une feuille fusionne et cache ; lignes et colonnes à partir de 1.

    ``sans_preuve`` : les cellules dont la formule vaut zéro, là où le format ne dit pas si elle a jamais été calculée ;
    ``lignes_de_totaux`` : celles qu’un tableau de la feuille déclare être ses totaux.
    """

    fusions: list[Fusion] = field(default_factory=list)
    lignes_cachees: set[int] = field(default_factory=set)
    colonnes_cachees: list[tuple[int, int]] = field(default_factory=list)
    sans_preuve: list[tuple[int, int]] = field(default_factory=list)
    lignes_de_totaux: set[int] = field(default_factory=set)

    def noter_fusion(self, fusion: Fusion) -> None:
        """Note une fusion ; une seule case n’en est pas une.

        :raises FeuilleRefusee: s’il y en a trop pour une table de réponses.
        """
        if (fusion.haut, fusion.gauche) == (fusion.bas, fusion.droite):
            return
        if len(self.fusions) >= FUSIONS_MAX:
            raise FeuilleRefusee(f"plus de {FUSIONS_MAX} fusions")
        self.fusions.append(fusion)

    def fusion(self, ligne: int, colonne: int) -> Fusion | None:
        """La fusion qui couvre une cellule, ou rien."""
        return next((fusion for fusion in self.fusions if fusion.couvre(ligne, colonne)), None)

    def colonne_cachee(self, colonne: int) -> bool:
        """Vrai si une colonne est cachée."""
        return any(debut <= colonne <= fin for debut, fin in self.colonnes_cachees)

    def cellule_cachee(self, ligne: int, colonne: int) -> bool:
        """Vrai si la ligne ou la colonne d’une cellule est cachée."""
        return ligne in self.lignes_cachees or self.colonne_cachee(colonne)


class MasqueDeFusions:
    """Met un ``Piege`` à la place de chaque cellule prise dans une fusion, ligne après ligne, dans l’ordre."""

    def __init__(self, fusions: Sequence[Fusion]) -> None:
        self._a_venir = sorted(fusions, reverse=True)
        self._actives: list[Fusion] = []

    def poser_pieges(self, ligne: int, cellules: list[object]) -> list[object]:
        """Les cellules d’une ligne, pièges posés ; la première d’une fusion garde sa valeur."""
        if not (self._a_venir or self._actives):
            return cellules
        for fusion in self._en_cours(ligne):
            for colonne in range(fusion.gauche, min(fusion.droite, len(cellules)) + 1):
                if (ligne, colonne) != (fusion.haut, fusion.gauche):
                    cellules[colonne - 1] = Piege("cellule-fusionnee", nommer_cellule(fusion.haut, fusion.gauche))
        return cellules

    def _en_cours(self, ligne: int) -> list[Fusion]:
        while self._a_venir and self._a_venir[-1].haut <= ligne:
            self._actives.append(self._a_venir.pop())
        if self._actives:
            self._actives = [fusion for fusion in self._actives if fusion.bas >= ligne]
        if len(self._actives) > _ACTIVES_MAX:
            raise FeuilleRefusee("trop de cellules fusionnées")
        return self._actives


def nommer_cellule(ligne: int, colonne: int) -> str:
    """Nom d’une cellule : (4, 3) donne « C4 »."""
    return f"{nommer_colonne(colonne)}{ligne}"


def nommer_colonne(colonne: int) -> str:
    """Lettres d’une colonne : 3 donne « C », 28 « AB »."""
    lettres = ""
    while colonne:
        colonne, reste = divmod(colonne - 1, 26)
        lettres = chr(65 + reste) + lettres
    return lettres
