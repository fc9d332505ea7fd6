"""Une seule forme pour tout nombre rendu : sa valeur, son intervalle à 95 %, son n, et pourquoi il en manque."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cpit.coeur.groupe import REGLE_DES_ETUDES, TU

Matrice: TypeAlias = NDArray[np.float64]
"""Une ligne par passation, une colonne par item ou par échelle ; ``nan`` là où il n’y a pas de valeur."""

NIVEAU_DES_INTERVALLES = 0.95
"""Confiance de tous les intervalles."""
MONTRABLE = REGLE_DES_ETUDES.seuil
"""Personnes : en deçà, une moyenne rendrait les réponses de chacune ; le groupe entier est tu."""
MONTRABLE_EN_DETAIL = REGLE_DES_ETUDES.seuil_des_ecarts
"""Personnes : en deçà, répartition, écart-type, extrêmes ou intervalle, joints à la moyenne, les rendraient."""
MINIMUM = 10
"""Convention de cpit : sous dix passations, une corrélation ou une fidélité n’est pas estimée."""
MINIMUM_INTERVALLE = 30
"""Convention de cpit : l’intervalle de α, et ceux de ω, de r moyen, de G1 et d’un écart-type, à partir de trente."""
PRECISION = 1e-12
"""Écart-type ou variance sous quoi des réponses entières, ou leurs moyennes, sont tenues pour égales."""
COMMUNAUTE_MAX = 0.995
"""Part de la variance d’un item que le facteur explique au plus, quand l’ajustement libre dépasse 1."""


class Motif(StrEnum):
    """Pourquoi une valeur, ou seulement son intervalle, n’est pas donnée."""

    TROP_PEU = "trop-peu-de-passations"
    PETIT_GROUPE = "petit-groupe"
    SOUSTRACTION = "soustraction"
    TROP_PEU_MODELE = "trop-peu-de-passations-pour-un-modele"
    SANS_VARIANCE = "sans-variance"
    ITEM_SANS_VARIANCE = "item-sans-variance"
    UN_ITEM = "moins-de-deux-items"
    DEUX_ITEMS = "moins-de-trois-items"
    HEYWOOD = "heywood"
    SANS_SOLUTION = "sans-solution"
    HORS_BORNES = "erreur-type-impossible"
    SANS_INTERVALLE = "trop-peu-pour-un-intervalle"
    INTERVALLE_DEGENERE = "intervalle-degenere"
    INTERVALLE_FRAGILE = "intervalle-fragile"
    OMEGA_BORNE = "omega-borne"
    PAIRES_TROP_RARES = "trop-peu-de-reponses-communes"


TUS = (Motif.PETIT_GROUPE, Motif.SOUSTRACTION)
"""Ce qui se calculerait, mais ne se montre pas."""
EXPLICATIONS = {
    Motif.TROP_PEU: f"trop peu de passations (il en faut {MINIMUM}, ou {MONTRABLE} pour une moyenne)",
    Motif.PETIT_GROUPE: f"{TU} sous {MONTRABLE_EN_DETAIL} personnes : avec la moyenne, une répartition, un écart-type "
    "ou un intervalle ferait retrouver les réponses de chacune",
    Motif.SOUSTRACTION: f"{TU} : joint aux moyennes des deux côtés, l’écart ferait retrouver le score de moins de "
    f"{MONTRABLE} personnes, qui n’ont répondu que d’un côté",
    Motif.TROP_PEU_MODELE: f"trop peu de passations complètes pour un modèle à un facteur (il en faut "
    f"{MINIMUM_INTERVALLE})",
    Motif.SANS_VARIANCE: "tout le monde a la même valeur",
    Motif.ITEM_SANS_VARIANCE: "tout le monde a la même réponse à l’un des items",
    Motif.UN_ITEM: "il faut au moins deux items",
    Motif.DEUX_ITEMS: "il faut au moins trois items",
    Motif.HEYWOOD: "solution impropre : un item aurait une variance propre négative (cas de Heywood)",
    Motif.SANS_SOLUTION: "le modèle à un facteur n’a pas de solution stable",
    Motif.HORS_BORNES: "α est négatif : l’erreur type dépasserait l’écart-type des scores",
    Motif.SANS_INTERVALLE: f"intervalle donné à partir de {MINIMUM_INTERVALLE} passations",
    Motif.INTERVALLE_DEGENERE: "valeur extrême : pas d’intervalle",
    Motif.INTERVALLE_FRAGILE: "sans l’une des passations, la valeur ne se calculerait plus : pas d’intervalle",
    Motif.OMEGA_BORNE: "ω borné : la solution libre est impropre (cas de Heywood, un item aurait une variance propre "
    f"négative) ; celle-ci borne λ² à {str(COMMUNAUTE_MAX).replace('.', ',')}, sans intervalle",
    Motif.PAIRES_TROP_RARES: f"deux items ont été répondus ensemble par moins de {MINIMUM} passations",
}


@dataclass(frozen=True, slots=True)
class Estimation:
    """Un nombre avec son intervalle à 95 % et l’effectif qui le porte.

    ``motif`` dit pourquoi ``valeur`` est absente (« non estimable ») ou, si elle est là, pourquoi ``bas`` et ``haut``
    ne le sont pas. ``indicatif`` : l’effectif est sous celui à partir duquel l’intervalle a été mesuré tenir ses 95 %.
    """

    valeur: float | None
    bas: float | None = None
    haut: float | None = None
    n: int = 0
    motif: Motif | None = None
    indicatif: bool = False

    @property
    def estimable(self) -> bool:
        """Vrai si la valeur est donnée."""
        return self.valeur is not None


def non_estimable(n: int, motif: Motif) -> Estimation:
    """Pas de valeur, et pourquoi."""
    return Estimation(None, n=n, motif=motif)


Bornes: TypeAlias = tuple[float, float] | Motif
"""Les deux bornes d’un intervalle, ou pourquoi il n’y en a pas."""


def estimation(valeur: float, n: int, bornes: Bornes, tient: int = 0) -> Estimation:
    """Une valeur et ses bornes, ou pourquoi elle n’en a pas.

    :param tient: effectif à partir duquel l’intervalle tient ses 95 % ; en deçà, il est indicatif.
    """
    if isinstance(bornes, Motif):
        return Estimation(valeur, n=n, motif=bornes)
    bas, haut = bornes
    if not (isfinite(bas) and isfinite(haut)):
        return Estimation(valeur, n=n, motif=Motif.INTERVALLE_DEGENERE)
    return Estimation(valeur, bas, haut, n, indicatif=n < tient)
