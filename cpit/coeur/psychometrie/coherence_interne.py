"""La cohérence interne d’une échelle, sur les seules passations qui ont répondu à tous ses items, sans pondération.

Cas complets plutôt que covariances par paires : un seul n, une matrice de covariances toujours cohérente, et un
intervalle de Feldt exact. ``psych::alpha`` prend les paires par défaut ; sur ``na.omit`` il rend les mêmes nombres.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from cpit.coeur.psychometrie.estimation import (
    MINIMUM,
    PRECISION,
    Estimation,
    Matrice,
    Motif,
    bornes_de_feldt,
    bornes_de_l_erreur_type,
    bornes_delta,
    estimation,
    estimer_correlation,
    non_estimable,
)
from cpit.coeur.psychometrie.modele_a_un_facteur import influence_des_correlations, omega_total


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
    bornes = bornes_delta(moyenne, influence_des_correlations(reduites, correlations, pente))
    return omega_total(reduites, correlations), estimation(moyenne, n, bornes)


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
