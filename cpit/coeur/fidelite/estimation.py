"""Une seule forme pour tout nombre rendu : sa valeur, son intervalle à 95 %, son n, et pourquoi il en manque.

Les intervalles : Student (moyenne), Wilson 1927 (part), Fisher 1915 (corrélation), Feldt 1965 (α), χ² (erreur type de
mesure), McGraw et Wong 1996 (ICC) ; méthode delta sans hypothèse de loi pour les autres.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import atanh, exp, isfinite, log, sqrt, tanh
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri, fdtri, stdtrit

from cpit.coeur.groupe import REGLE, decrire

Matrice: TypeAlias = NDArray[np.float64]
"""Une ligne par passation, une colonne par item ou par échelle ; ``nan`` là où il n’y a pas de valeur."""

NIVEAU_DES_INTERVALLES = 0.95
"""Confiance de tous les intervalles."""
MONTRABLE = REGLE.affichage
"""Personnes : en deçà, une distribution, ou une moyenne et son écart-type, rendraient les réponses de chacune."""
MINIMUM = 10
"""Convention de cpit : sous dix passations, une corrélation ou une fidélité n’est pas estimée."""
MINIMUM_INTERVALLE = 30
"""Convention de cpit : l’intervalle de α, et ceux de la méthode delta, ne se donnent qu’à partir de trente."""
PRECISION = 1e-12
"""Écart-type ou variance sous quoi des réponses entières, ou leurs moyennes, sont tenues pour égales."""

_QUEUE = (1 - NIVEAU_DES_INTERVALLES) / 2
_Z = NormalDist().inv_cdf(1 - _QUEUE)


class Motif(StrEnum):
    """Pourquoi une valeur, ou seulement son intervalle, n’est pas donnée."""

    TROP_PEU = "trop-peu-de-passations"
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


EXPLICATIONS = {
    Motif.TROP_PEU: f"trop peu de passations (il en faut {MINIMUM}, ou {MONTRABLE} pour une moyenne, un écart-type "
    "ou une part)",
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
}


@dataclass(frozen=True, slots=True)
class Estimation:
    """Un nombre avec son intervalle à 95 % et l’effectif qui le porte.

    ``motif`` dit pourquoi ``valeur`` est absente (« non estimable ») ou, si elle est là, pourquoi ``bas`` et ``haut``
    ne le sont pas.
    """

    valeur: float | None
    bas: float | None = None
    haut: float | None = None
    n: int = 0
    motif: Motif | None = None

    @property
    def estimable(self) -> bool:
        """Vrai si la valeur est donnée."""
        return self.valeur is not None


def non_estimable(n: int, motif: Motif) -> Estimation:
    """Pas de valeur, et pourquoi."""
    return Estimation(None, n=n, motif=motif)


def estimation(valeur: float, n: int, bornes: tuple[float, float] | Motif) -> Estimation:
    """Une valeur et ses bornes, ou pourquoi elle n’en a pas."""
    if isinstance(bornes, Motif):
        return Estimation(valeur, n=n, motif=bornes)
    bas, haut = bornes
    if not (isfinite(bas) and isfinite(haut)):
        return Estimation(valeur, n=n, motif=Motif.INTERVALLE_DEGENERE)
    return Estimation(valeur, bas, haut, n)


def moyenne(valeurs: Matrice) -> Estimation:
    """Moyenne de valeurs présentes, intervalle de Student ; à partir de ``MONTRABLE`` valeurs."""
    n, centre, ecart = _decrire(valeurs)
    if n < MONTRABLE:
        return non_estimable(n, Motif.TROP_PEU)
    if ecart <= PRECISION:
        return estimation(centre, n, Motif.INTERVALLE_DEGENERE)
    marge = float(stdtrit(n - 1, 1 - _QUEUE)) * ecart / sqrt(n)
    return estimation(centre, n, (centre - marge, centre + marge))


def ecart_type(valeurs: Matrice) -> Estimation:
    """Écart-type (n − 1) ; intervalle delta sur son logarithme, sans hypothèse de loi."""
    n, _, ecart = _decrire(valeurs)
    if n < MONTRABLE:
        return non_estimable(n, Motif.TROP_PEU)
    if n < MINIMUM_INTERVALLE:
        return estimation(ecart, n, Motif.SANS_INTERVALLE)
    if ecart <= PRECISION:
        return estimation(ecart, n, Motif.INTERVALLE_DEGENERE)
    erreur = float(np.std((_centrees_reduites(valeurs) ** 2 - 1) / 2)) / sqrt(n)
    return estimation(ecart, n, (ecart * exp(-_Z * erreur), ecart * exp(_Z * erreur)))


def asymetrie(valeurs: Matrice) -> Estimation:
    """Asymétrie G1 = g1·√(n(n − 1))/(n − 2) : celle de SPSS, d’Excel et de ``psych::describe(type = 2)``.

    Intervalle delta, sans hypothèse de loi : influence z³ − g1 − 3z − 1,5·g1·(z² − 1).
    """
    n = len(valeurs)
    if n < MINIMUM:
        return non_estimable(n, Motif.TROP_PEU)
    if float(valeurs.std()) <= PRECISION:
        return non_estimable(n, Motif.SANS_VARIANCE)
    z = _centrees_reduites(valeurs)
    g1 = float(np.mean(z**3))
    facteur = sqrt(n * (n - 1)) / (n - 2)
    influence = z**3 - g1 - 3 * z - 1.5 * g1 * (z**2 - 1)
    return estimation(facteur * g1, n, bornes_delta(facteur * g1, facteur * influence))


def estimer_part(favorables: int, n: int) -> Estimation:
    """Part entre 0 et 1, intervalle de Wilson."""
    if n == 0:
        return non_estimable(0, Motif.TROP_PEU)
    p, carre = favorables / n, _Z * _Z
    centre = (p + carre / (2 * n)) / (1 + carre / n)
    marge = _Z * sqrt(p * (1 - p) / n + carre / (4 * n * n)) / (1 + carre / n)
    return estimation(p, n, (max(0.0, centre - marge), min(1.0, centre + marge)))


def part_montrable(favorables: int, n: int) -> Estimation:
    """Part des personnes qui ont un score ou une réponse ; tue sous ``MONTRABLE``, elle les dirait."""
    return estimer_part(favorables, n) if n >= MONTRABLE else non_estimable(n, Motif.TROP_PEU)


def correlation(un: Matrice, autre: Matrice) -> Estimation:
    """Corrélation de Pearson sur les paires complètes, intervalle par la transformation de Fisher."""
    present = ~(np.isnan(un) | np.isnan(autre))
    x, y = un[present], autre[present]
    n = len(x)
    if n < MINIMUM:
        return non_estimable(n, Motif.TROP_PEU)
    if min(float(x.std()), float(y.std())) <= PRECISION:
        return non_estimable(n, Motif.SANS_VARIANCE)
    return estimer_correlation(float(np.mean(_centrees_reduites(x) * _centrees_reduites(y))), n)


def estimer_correlation(r: float, n: int) -> Estimation:
    """Une corrélation déjà calculée et son intervalle de Fisher ; n > 3."""
    r = min(1.0, max(-1.0, r))
    if abs(r) > 1 - PRECISION:
        return estimation(r, n, Motif.INTERVALLE_DEGENERE)
    marge = _Z / sqrt(n - 3)
    return estimation(r, n, (tanh(atanh(r) - marge), tanh(atanh(r) + marge)))


def bornes_de_feldt(alpha: float, n: int, items: int) -> tuple[float, float] | Motif:
    """Bornes de Feldt (1965) : (1 − α)·F, F à n − 1 et (n − 1)(k − 1) degrés de liberté."""
    if n < MINIMUM_INTERVALLE:
        return Motif.SANS_INTERVALLE
    libertes = (n - 1, (n - 1) * (items - 1))
    bas, haut = (1 - (1 - alpha) * float(fdtri(*libertes, q)) for q in (1 - _QUEUE, _QUEUE))
    return bas, haut


def bornes_de_l_erreur_type(erreur: float, n: int, items: int) -> tuple[float, float] | Motif:
    """Bornes d’une erreur type de mesure : son carré suit, sous les hypothèses de Feldt, un χ² à (n − 1)(k − 1)."""
    if n < MINIMUM_INTERVALLE:
        return Motif.SANS_INTERVALLE
    libertes = (n - 1) * (items - 1)
    # chdtri inverse la queue de droite : la plus petite probabilité donne le plus grand quantile.
    bas, haut = (erreur * sqrt(libertes / float(chdtri(libertes, q))) for q in (_QUEUE, 1 - _QUEUE))
    return bas, haut


def bornes_delta(valeur: float, influence: Matrice) -> tuple[float, float] | Motif:
    """Valeur ± 1,96 erreur type, celle-ci étant l’écart-type de l’influence de chaque passation sur √n."""
    n = len(influence)
    if n < MINIMUM_INTERVALLE:
        return Motif.SANS_INTERVALLE
    marge = _Z * float(influence.std()) / sqrt(n)
    return valeur - marge, valeur + marge


def bornes_delta_d_une_fidelite(valeur: float, influence: Matrice) -> tuple[float, float] | Motif:
    """Comme ``bornes_delta``, sur ln(1 − valeur) : la borne haute ne dépasse jamais 1."""
    if valeur >= 1 - PRECISION:
        return Motif.INTERVALLE_DEGENERE
    bornes = bornes_delta(log(1 - valeur), influence / (1 - valeur))
    if isinstance(bornes, Motif):
        return bornes
    return 1 - exp(bornes[1]), 1 - exp(bornes[0])


def quantile_f_scipy(probabilite: float, libertes: tuple[float, float]) -> float:
    """Quantile de la loi F ; les degrés de liberté peuvent être fractionnaires."""
    return float(fdtri(*libertes, probabilite))


def queue_haute() -> float:
    """Probabilité cumulée au-dessus de laquelle reste la moitié de ce que l’intervalle laisse : 0,975."""
    return 1 - _QUEUE


def _decrire(valeurs: Matrice) -> tuple[int, float, float]:
    """n, moyenne et écart-type de la règle 6 ; zéro là où il n’y a pas de quoi calculer."""
    decrite = decrire(valeurs.tolist())
    return len(valeurs), decrite.moyenne or 0.0, decrite.ecart_type or 0.0


def _centrees_reduites(valeurs: Matrice) -> Matrice:
    """Valeurs centrées, réduites par l’écart-type de population (diviseur n)."""
    return np.asarray((valeurs - valeurs.mean()) / valeurs.std())
