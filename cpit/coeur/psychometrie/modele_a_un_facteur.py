"""L’ω total de McDonald : un modèle à un facteur, ajusté aux corrélations par résidus minimaux (minres).

Harman et Jones 1966 pour minres ; McDonald 1999 pour ω = 1 − Σ(1 − λ²)/Σr, sur la matrice des corrélations : la
définition de ``omega.tot`` dans ``psych::omega(nfactors = 1)``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from cpit.coeur.psychometrie.estimation import (
    MINIMUM_INTERVALLE,
    PRECISION,
    Estimation,
    Matrice,
    Motif,
    bornes_delta_d_une_fidelite,
    estimation,
    non_estimable,
)

TOLERANCE = 1e-14
"""Arrêt des moindres carrés, que quelques pas de Newton affinent ensuite."""
GRADIENT = 1e-12
"""Gradient en deçà duquel l’ajustement est tenu pour fini."""
PAS_DE_NEWTON = 20
CONDITION_MAX = 1e8
"""Conditionnement de la courbure au-delà duquel plusieurs solutions se valent."""


@dataclass(frozen=True)
class Facteur:
    """Les saturations λ d’un facteur commun, une par item."""

    saturations: Matrice

    @property
    def uniques(self) -> Matrice:
        """Variance propre de chaque item, 1 − λ²."""
        return np.asarray(1 - self.saturations**2)


def omega_total(reduites: Matrice, correlations: Matrice) -> Estimation:
    """ω total, intervalle delta sur ln(1 − ω).

    :param reduites: réponses complètes, centrées et réduites, n × k.
    :param correlations: leurs corrélations, k × k.
    """
    n, k = reduites.shape
    if k < 3:
        return non_estimable(n, Motif.DEUX_ITEMS)
    if n < MINIMUM_INTERVALLE:
        return non_estimable(n, Motif.TROP_PEU_MODELE)
    facteur = ajuster(correlations)
    if isinstance(facteur, Motif):
        return non_estimable(n, facteur)
    total = float(correlations.sum())
    omega = 1 - float(facteur.uniques.sum()) / total
    influence = influence_des_correlations(reduites, correlations, _pente(facteur, correlations))
    return estimation(omega, n, bornes_delta_d_une_fidelite(omega, influence))


def ajuster(correlations: Matrice) -> Facteur | Motif:
    """Saturations qui rendent minimale la somme des carrés des résidus hors diagonale ; leur somme est positive."""
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

    trouve = least_squares(
        residus, _depart(correlations), pentes, method="lm", xtol=TOLERANCE, ftol=TOLERANCE, gtol=TOLERANCE
    )
    return _accepter(np.asarray(trouve.x) * (1 if trouve.x.sum() >= 0 else -1), correlations)


def _accepter(saturations: Matrice, correlations: Matrice) -> Facteur | Motif:
    """Affine une solution par quelques pas de Newton, ou dit pourquoi elle n’en est pas une."""
    for _ in range(PAS_DE_NEWTON):
        if (saturations**2 >= 1).any():
            return Motif.HEYWOOD
        courbure, gradient = _courbure(saturations, correlations), _gradient(saturations, correlations)
        if np.linalg.cond(courbure) > CONDITION_MAX or float(correlations.sum()) <= PRECISION:
            return Motif.SANS_SOLUTION
        if float(np.abs(gradient).max()) < GRADIENT:
            return Facteur(saturations)
        saturations = saturations - np.linalg.solve(courbure, gradient)
    return Motif.SANS_SOLUTION


def influence_des_correlations(reduites: Matrice, correlations: Matrice, pente: Matrice) -> Matrice:
    """Influence de chaque passation sur une fonction des corrélations.

    Celle d’une corrélation r_jk est z_j·z_k − r_jk·(z_j² + z_k²)/2.

    :param pente: dérivée par rapport à chaque r_jk, symétrique, de diagonale nulle.
    """
    croisee = ((reduites @ pente) * reduites).sum(axis=1)
    propre = reduites**2 @ (pente * correlations).sum(axis=1)
    return np.asarray((croisee - propre) / 2)


def _depart(correlations: Matrice) -> Matrice:
    """Premier vecteur propre, réduit : une composante principale surestime les saturations."""
    valeurs, vecteurs = np.linalg.eigh(correlations)
    return np.asarray(vecteurs[:, -1] * np.sqrt(valeurs[-1]) * 0.8)


def _courbure(saturations: Matrice, correlations: Matrice) -> Matrice:
    """Dérivée seconde de la demi-somme des carrés des résidus."""
    courbure = 2 * np.outer(saturations, saturations) - correlations
    np.fill_diagonal(courbure, (saturations**2).sum() - saturations**2)
    return np.asarray(courbure)


def _gradient(saturations: Matrice, correlations: Matrice) -> Matrice:
    """Dérivée de la demi-somme des carrés des résidus hors diagonale."""
    residus = np.outer(saturations, saturations) - correlations
    np.fill_diagonal(residus, 0)
    return np.asarray(residus @ saturations)


def _pente(facteur: Facteur, correlations: Matrice) -> Matrice:
    """Dérivée de ω par rapport à chaque corrélation, par le théorème des fonctions implicites."""
    saturations, total = facteur.saturations, float(correlations.sum())
    # dω = (2/V) Σ λ_i dλ_i + (U/V²) dV, et dλ = H⁻¹ B dr où B a λ_k en ligne j et λ_j en ligne k pour r_jk.
    poids = np.linalg.solve(_courbure(saturations, correlations), saturations)
    pente = (2 / total) * (np.outer(poids, saturations) + np.outer(saturations, poids))
    pente += 2 * float(facteur.uniques.sum()) / total**2
    np.fill_diagonal(pente, 0)
    return np.asarray(pente)
