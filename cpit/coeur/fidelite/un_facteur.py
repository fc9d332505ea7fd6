"""Le modèle à un facteur d’une échelle : saturations, ω total de McDonald, ajustement.

Il est ajusté aux corrélations par résidus minimaux (minres) : Harman et Jones 1966 ; McDonald 1999 pour
ω = 1 − Σ(1 − λ²)/Σr, sur la matrice des corrélations : la définition de ``omega.tot`` dans
``psych::omega(nfactors = 1, flip = FALSE)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.optimize import least_squares

from cpit.coeur.fidelite.estimation import COMMUNAUTE_MAX, PRECISION, Matrice, Motif

_TOLERANCE = 1e-14
"""Arrêt des moindres carrés, que quelques pas de Newton affinent ensuite."""
_GRADIENT = 1e-12
"""Gradient en deçà duquel l’ajustement est tenu pour fini."""
_GRADIENT_SANS_UNE = 1e-8
"""De même, une personne ôtée : l’intervalle n’en demande pas tant."""
_PAS_DE_NEWTON = 20
_CONDITION_MAX = 1e8
"""Conditionnement de la courbure au-delà duquel plusieurs solutions se valent."""


@dataclass(frozen=True)
class Facteur:
    """Les saturations λ d’un facteur commun, une par item.

    ``borne`` : la solution libre est impropre, celle-ci tient chaque λ² sous ``COMMUNAUTE_MAX``.
    """

    saturations: Matrice
    borne: bool = False

    @property
    def sens_contraires(self) -> bool:
        """Vrai si des items saturent dans l’autre sens que l’ensemble."""
        return bool((self.saturations < 0).any())


@dataclass(frozen=True, slots=True)
class Ajustement:
    """Ce que le modèle à un facteur laisse inexpliqué.

    ``rmsea`` : celle de ``psych::fa`` (écart ML de la solution, théorie normale), absente sans degré de liberté ou si
    une matrice n’est pas définie positive. ``srmr`` : racine de la moyenne des carrés des résidus, diagonale comprise.
    """

    rmsea: float | None
    srmr: float
    libertes: int


def ajuster(correlations: Matrice) -> Facteur | Motif:
    """Saturations qui rendent minimale la somme des carrés des résidus hors diagonale ; leur somme est positive."""
    trouvees = _moindres_carres(correlations, np.inf)
    for _ in range(_PAS_DE_NEWTON):
        if (trouvees**2 >= 1).any():
            return Motif.HEYWOOD
        courbure, gradient = _courbure(trouvees, correlations), _gradient(trouvees, correlations)
        if np.linalg.cond(courbure) > _CONDITION_MAX or float(correlations.sum()) <= PRECISION:
            return Motif.SANS_SOLUTION
        if float(np.abs(gradient).max()) < _GRADIENT:
            return Facteur(trouvees)
        trouvees = trouvees - np.linalg.solve(courbure, gradient)
    return Motif.SANS_SOLUTION


def ajuster_ou_borner(correlations: Matrice) -> Facteur | Motif:
    """La solution libre, ou, si elle est impropre, celle où aucun λ² ne dépasse ``COMMUNAUTE_MAX``."""
    facteur = ajuster(correlations)
    if facteur is Motif.HEYWOOD and float(correlations.sum()) > PRECISION:
        return Facteur(_moindres_carres(correlations, sqrt(COMMUNAUTE_MAX)), borne=True)
    return facteur


def omega_total(saturations: Matrice, correlations: Matrice) -> Matrice:
    """ω d’un modèle, ou d’autant que disent les axes de tête."""
    return np.asarray(1 - (1 - saturations**2).sum(axis=-1) / correlations.sum(axis=(-2, -1)))


def suivre(facteur: Facteur, correlations: Matrice) -> Matrice:
    """Les saturations pour des corrélations voisines, par Newton ; ``nan`` là où il ne converge pas.

    :param correlations: autant de matrices que l’on veut de solutions, sur l’axe de tête.
    """
    saturations = np.broadcast_to(facteur.saturations, correlations.shape[:-1])
    for _ in range(_PAS_DE_NEWTON):
        gradient = _gradient(saturations, correlations)
        if float(np.abs(gradient).max()) < _GRADIENT_SANS_UNE:
            return saturations
        try:
            pas = np.linalg.solve(_courbure(saturations, correlations), gradient[..., None])
        except np.linalg.LinAlgError:
            break
        saturations = saturations - pas[..., 0]
    fini = np.abs(_gradient(saturations, correlations)).max(axis=-1) < _GRADIENT_SANS_UNE
    return np.where(fini[:, None], saturations, np.nan)


def mesurer_ajustement(facteur: Facteur, correlations: Matrice, n: int) -> Ajustement:
    """RMSEA et SRMR du modèle ; avec trois items ils ne disent rien, il n’y a pas de degré de liberté."""
    k = len(correlations)
    libertes = k * (k - 3) // 2
    modele = np.outer(facteur.saturations, facteur.saturations)
    np.fill_diagonal(modele, 1)
    srmr = sqrt(float(((correlations - modele) ** 2).sum()) / (k * (k + 1)))
    return Ajustement(_rmsea(modele, correlations, n, libertes), srmr, libertes)


def _rmsea(modele: Matrice, correlations: Matrice, n: int, libertes: int) -> float | None:
    if libertes < 1 or min(np.linalg.eigvalsh(modele)[0], np.linalg.eigvalsh(correlations)[0]) <= PRECISION:
        return None
    trace = float(np.trace(np.linalg.solve(modele, correlations)))
    determinants = [float(np.linalg.slogdet(matrice)[1]) for matrice in (modele, correlations)]
    ecart = trace + determinants[0] - determinants[1] - len(correlations)
    # χ² de Bartlett, un facteur.
    khi_deux = ecart * (n - 1 - (2 * len(correlations) + 5) / 6 - 2 / 3)
    return sqrt(max(0.0, khi_deux / (libertes * n) - 1 / (n - 1)))


def _moindres_carres(correlations: Matrice, borne: float) -> Matrice:
    """Saturations des moindres carrés, de somme positive, aucune ne dépassant ``borne``."""
    k = len(correlations)
    haut = np.triu_indices(k, 1)
    cibles = correlations[haut]
    rangs = np.arange(len(cibles))

    def residus(saturations: Matrice) -> Matrice:
        return np.asarray(saturations[haut[0]] * saturations[haut[1]] - cibles)

    def pentes(saturations: Matrice) -> Matrice:
        jacobienne = np.zeros((len(cibles), k))
        jacobienne[rangs, haut[0]] = saturations[haut[1]]
        jacobienne[rangs, haut[1]] = saturations[haut[0]]
        return jacobienne

    precision = dict.fromkeys(("xtol", "ftol", "gtol"), _TOLERANCE)
    if np.isinf(borne):
        trouvees = least_squares(residus, _depart(correlations), pentes, method="lm", **precision).x
    else:
        depart = np.clip(_depart(correlations), -0.99 * borne, 0.99 * borne)
        trouvees = least_squares(residus, depart, pentes, bounds=(-borne, borne), **precision).x
    return np.asarray(trouvees * (1 if trouvees.sum() >= 0 else -1))


def _depart(correlations: Matrice) -> Matrice:
    """Premier vecteur propre, réduit : une composante principale surestime les saturations."""
    valeurs, vecteurs = np.linalg.eigh(correlations)
    return np.asarray(vecteurs[:, -1] * np.sqrt(valeurs[-1]) * 0.8)


def _courbure(saturations: Matrice, correlations: Matrice) -> Matrice:
    """Dérivée seconde de la demi-somme des carrés des résidus."""
    courbure = 2 * saturations[..., :, None] * saturations[..., None, :] - correlations
    k = saturations.shape[-1]
    carres = saturations**2
    courbure[..., range(k), range(k)] = carres.sum(axis=-1, keepdims=True) - carres
    return np.asarray(courbure)


def _gradient(saturations: Matrice, correlations: Matrice) -> Matrice:
    """Dérivée de la demi-somme des carrés des résidus hors diagonale."""
    residus = saturations[..., :, None] * saturations[..., None, :] - correlations
    k = saturations.shape[-1]
    residus[..., range(k), range(k)] = 0
    return np.asarray((residus @ saturations[..., None])[..., 0])
