"""L’accord de deux séries de scores des mêmes personnes : deux moments, ou deux regards.

ICC(2,1) de Shrout et Fleiss (1979) : deux effets aléatoires, une mesure, accord absolu ; ``ICC2`` de ``psych::ICC``.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np

from cpit.coeur.psychometrie import estimation as e
from cpit.coeur.psychometrie.estimation import Estimation, Matrice, Motif, non_estimable


@dataclass(frozen=True, slots=True)
class Accord:
    """Deux séries comparées ; l’écart est la seconde moins la première, dans l’unité de l’échelle."""

    icc: Estimation
    ecart_moyen: Estimation
    ecart_type_des_ecarts: Estimation
    correlation: Estimation


def accorder(premiere: Matrice, seconde: Matrice) -> Accord:
    """Accord de deux séries appariées ; une paire dont une valeur est absente n’entre nulle part."""
    present = ~(np.isnan(premiere) | np.isnan(seconde))
    une, autre = premiere[present], seconde[present]
    ecarts = autre - une
    return Accord(icc(une, autre), e.moyenne(ecarts), e.ecart_type(ecarts), e.correlation(une, autre))


def icc(une: Matrice, autre: Matrice) -> Estimation:
    """ICC(2,1) de deux mesures ; intervalle de Shrout et Fleiss, repris par McGraw et Wong (1996)."""
    n = len(une)
    if n < e.MINIMUM:
        return non_estimable(n, Motif.TROP_PEU)
    mesures = np.column_stack([une, autre])
    if float(mesures.std()) <= e.PRECISION:
        return non_estimable(n, Motif.SANS_VARIANCE)
    personnes, series, residu = _carres_moyens(mesures)
    valeur = (personnes - residu) / (personnes + residu + 2 * (series - residu) / n)
    if residu <= e.PRECISION:
        return e.estimation(valeur, n, Motif.INTERVALLE_DEGENERE)
    return e.estimation(valeur, n, _bornes(personnes, series, residu, n, valeur))


def _carres_moyens(mesures: Matrice) -> tuple[float, float, float]:
    """Carrés moyens entre personnes, entre séries, et résiduel, d’une analyse de variance à deux facteurs."""
    n, k = mesures.shape
    centre = mesures.mean()
    personnes = k * float(((mesures.mean(axis=1) - centre) ** 2).sum()) / (n - 1)
    series = n * float(((mesures.mean(axis=0) - centre) ** 2).sum()) / (k - 1)
    residus = mesures - mesures.mean(axis=1, keepdims=True) - mesures.mean(axis=0) + centre
    return personnes, series, float((residus**2).sum()) / ((n - 1) * (k - 1))


def _bornes(personnes: float, series: float, residu: float, n: int, valeur: float) -> tuple[float, float] | Motif:
    """Les degrés de liberté ``v`` sont ceux de Satterthwaite, pour k = 2 mesures."""
    k, rapport = 2, series / residu
    base = n * (1 + (k - 1) * valeur) - k * valeur
    v = (k - 1) * (n - 1) * (k * valeur * rapport + base) ** 2
    v /= (n - 1) * k**2 * valeur**2 * rapport**2 + base**2
    if not (isfinite(v) and v > 0):
        return Motif.INTERVALLE_DEGENERE
    q, commun = e.queue_haute(), k * series + (k * n - k - n) * residu
    haut_f, bas_f = e.quantile_f(q, (n - 1, v)), e.quantile_f(q, (v, n - 1))
    bas = n * (personnes - haut_f * residu) / (haut_f * commun + n * personnes)
    haut = n * (bas_f * personnes - residu) / (commun + n * bas_f * personnes)
    return bas, haut
