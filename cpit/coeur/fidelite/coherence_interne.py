"""La cohérence interne d’une échelle : α de Cronbach, ω total de McDonald, tenue de chaque item."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.optimize import least_squares

from cpit.coeur.fidelite.estimation import (
    MINIMUM,
    MINIMUM_INTERVALLE,
    PRECISION,
    Estimation,
    Matrice,
    Motif,
    bornes_de_feldt,
    bornes_de_l_erreur_type,
    bornes_delta,
    bornes_delta_d_une_fidelite,
    estimation,
    estimer_correlation,
    non_estimable,
)

# --- L’ω total de McDonald : un modèle à un facteur, ajusté aux corrélations par résidus minimaux (minres).
#
# Harman et Jones 1966 pour minres ; McDonald 1999 pour ω = 1 − Σ(1 − λ²)/Σr, sur la matrice des corrélations : la
# définition de ``omega.tot`` dans ``psych::omega(nfactors = 1)``.


_TOLERANCE = 1e-14
"""Arrêt des moindres carrés, que quelques pas de Newton affinent ensuite."""
_GRADIENT = 1e-12
"""Gradient en deçà duquel l’ajustement est tenu pour fini."""
_PAS_DE_NEWTON = 20
_CONDITION_MAX = 1e8
"""Conditionnement de la courbure au-delà duquel plusieurs solutions se valent."""


@dataclass(frozen=True)
class Facteur:
    """Les saturations λ d’un facteur commun, une par item."""

    saturations: Matrice

    @property
    def uniques(self) -> Matrice:
        """Variance propre de chaque item, 1 − λ²."""
        return np.asarray(1 - self.saturations**2)


def _omega_total(reduites: Matrice, correlations: Matrice) -> Estimation:
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
    influence = _influence_des_correlations(reduites, correlations, _pente(facteur, correlations))
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
        residus, _depart(correlations), pentes, method="lm", xtol=_TOLERANCE, ftol=_TOLERANCE, gtol=_TOLERANCE
    )
    return _accepter(np.asarray(trouve.x) * (1 if trouve.x.sum() >= 0 else -1), correlations)


def _accepter(saturations: Matrice, correlations: Matrice) -> Facteur | Motif:
    """Affine une solution par quelques pas de Newton, ou dit pourquoi elle n’en est pas une."""
    for _ in range(_PAS_DE_NEWTON):
        if (saturations**2 >= 1).any():
            return Motif.HEYWOOD
        courbure, gradient = _courbure(saturations, correlations), _gradient(saturations, correlations)
        if np.linalg.cond(courbure) > _CONDITION_MAX or float(correlations.sum()) <= PRECISION:
            return Motif.SANS_SOLUTION
        if float(np.abs(gradient).max()) < _GRADIENT:
            return Facteur(saturations)
        saturations = saturations - np.linalg.solve(courbure, gradient)
    return Motif.SANS_SOLUTION


def _influence_des_correlations(reduites: Matrice, correlations: Matrice, pente: Matrice) -> Matrice:
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


# --- La cohérence interne d’une échelle, sur les seules passations qui ont répondu à tous ses items, sans pondération.
#
# Cas complets plutôt que covariances par paires : un seul n, une matrice de covariances toujours cohérente, et un
# intervalle de Feldt exact. ``psych::alpha`` prend les paires par défaut ; sur ``na.omit`` il rend les mêmes nombres.


@dataclass(frozen=True, slots=True)
class Tenue:
    """Ce qu’un item fait dans une échelle : sa corrélation avec la somme des autres, et α sans lui."""

    correlation_reste: Estimation
    alpha_sans: Estimation


@dataclass(frozen=True, slots=True)
class Coherence:
    """La cohérence d’une échelle, ``erreur_type`` dans son unité ; ``tenues`` suit l’ordre des colonnes."""

    alpha: Estimation
    omega: Estimation
    erreur_type: Estimation
    correlation_moyenne: Estimation
    tenues: tuple[Tenue, ...]


def coherence(completes: Matrice) -> Coherence:
    """Cohérence d’une échelle.

    :param completes: réponses retenues, n passations × k items, sans valeur absente.
    """
    n, k = completes.shape
    if k < 2:
        return _absente(n, k, Motif.UN_ITEM)
    if n < MINIMUM:
        return _absente(n, k, Motif.TROP_PEU)
    covariances = np.atleast_2d(np.cov(completes, rowvar=False))
    if float(covariances.sum()) <= PRECISION:
        return _absente(n, k, Motif.SANS_VARIANCE)
    alpha = alpha_de_cronbach(covariances)
    omega, correlation_moyenne = _sur_les_correlations(completes, covariances)
    return Coherence(
        estimation(alpha, n, bornes_de_feldt(alpha, n, k)),
        omega,
        _erreur_type(alpha, covariances, n),
        correlation_moyenne,
        tuple(_tenue(covariances, rang, n) for rang in range(k)),
    )


def alpha_de_cronbach(covariances: Matrice) -> float:
    """α = k/(k − 1)·(1 − Σ variances / variance de la somme) ; Cronbach 1951."""
    k = len(covariances)
    return k / (k - 1) * (1 - float(np.trace(covariances)) / float(covariances.sum()))


def _erreur_type(alpha: float, covariances: Matrice, n: int) -> Estimation:
    """Écart-type de la moyenne des items × √(1 − α), sur les mêmes passations complètes."""
    k = len(covariances)
    ecart = sqrt(float(covariances.sum())) / k
    if alpha < 0:
        return non_estimable(n, Motif.HORS_BORNES)
    erreur = ecart * sqrt(max(0.0, 1 - alpha))
    return estimation(erreur, n, bornes_de_l_erreur_type(erreur, n, k))


def _sur_les_correlations(completes: Matrice, covariances: Matrice) -> tuple[Estimation, Estimation]:
    """ω et corrélation inter-item moyenne, qui demandent que chaque item varie."""
    n, k = completes.shape
    ecarts = np.sqrt(np.diag(covariances))
    if float(ecarts.min()) <= PRECISION:
        absente = non_estimable(n, Motif.ITEM_SANS_VARIANCE)
        return absente, absente
    correlations = covariances / np.outer(ecarts, ecarts)
    reduites = (completes - completes.mean(axis=0)) / (ecarts * sqrt((n - 1) / n))
    moyenne = (float(correlations.sum()) - k) / (k * (k - 1))
    # La moyenne pèse également chacune des k(k − 1)/2 corrélations.
    pente = (np.ones((k, k)) - np.eye(k)) * 2 / (k * (k - 1))
    bornes = bornes_delta(moyenne, _influence_des_correlations(reduites, correlations, pente))
    return _omega_total(reduites, correlations), estimation(moyenne, n, bornes)


def _tenue(covariances: Matrice, rang: int, n: int) -> Tenue:
    k = len(covariances)
    reste = np.delete(np.delete(covariances, rang, 0), rang, 1)
    variance, variance_reste = float(covariances[rang, rang]), float(reste.sum())
    if variance <= PRECISION:
        correlation = non_estimable(n, Motif.ITEM_SANS_VARIANCE)
    elif variance_reste <= PRECISION:
        correlation = non_estimable(n, Motif.SANS_VARIANCE)
    else:
        commune = float(covariances[rang].sum()) - variance
        correlation = estimer_correlation(commune / sqrt(variance * variance_reste), n)
    if k < 3:
        return Tenue(correlation, non_estimable(n, Motif.DEUX_ITEMS))
    if variance_reste <= PRECISION:
        return Tenue(correlation, non_estimable(n, Motif.SANS_VARIANCE))
    alpha = alpha_de_cronbach(reste)
    return Tenue(correlation, estimation(alpha, n, bornes_de_feldt(alpha, n, k - 1)))


def _absente(n: int, k: int, motif: Motif) -> Coherence:
    rien = non_estimable(n, motif)
    return Coherence(rien, rien, rien, rien, tuple(Tenue(rien, rien) for _ in range(k)))
