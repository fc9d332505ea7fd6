"""Ce qui décrit des scores et des réponses : moyenne, dispersion, asymétrie, parts, corrélation de deux séries."""

from __future__ import annotations

from math import sqrt

import numpy as np

from cpit.coeur.fidelite import Intervalles
from cpit.coeur.fidelite.estimation import (
    FISHER,
    LOGARITHME,
    MINIMUM,
    MINIMUM_INTERVALLE,
    MONTRABLE,
    MONTRABLE_EN_DETAIL,
    PRECISION,
    TIENT,
    TIENT_L_ASYMETRIE,
    Bornes,
    Estimation,
    Matrice,
    Motif,
    Sommes,
    bornes_de_fisher,
    bornes_de_student,
    bornes_de_wilson,
    bornes_robustes,
    estimation,
    non_estimable,
    sans_chacune,
)
from cpit.coeur.groupe import decrire

# Chaque nombre est porté par des passations, et tu selon les personnes : ``personnes`` en dit le nombre, à défaut
# autant que de valeurs.


def moyenne(
    valeurs: Matrice, intervalles: Intervalles = Intervalles.ROBUSTES, *, personnes: int | None = None
) -> Estimation:
    """Moyenne de valeurs présentes, dès ``MONTRABLE`` personnes ; son intervalle dès ``MONTRABLE_EN_DETAIL``."""
    n, centre, ecart = _decrire(valeurs)
    porteurs = n if personnes is None else personnes
    if porteurs < MONTRABLE:
        return non_estimable(n, Motif.TROP_PEU)
    if porteurs < MONTRABLE_EN_DETAIL:
        return estimation(centre, n, Motif.PETIT_GROUPE)
    if ecart <= PRECISION:
        return estimation(centre, n, Motif.INTERVALLE_DEGENERE)
    if intervalles is Intervalles.CLASSIQUES:
        return estimation(centre, n, bornes_de_student(centre, ecart, n))
    return estimation(centre, n, bornes_robustes(centre, (valeurs.sum() - valeurs) / (n - 1)), TIENT)


def ecart_type(valeurs: Matrice, *, personnes: int | None = None) -> Estimation:
    """Écart-type (n − 1), dès ``MONTRABLE_EN_DETAIL`` personnes ; jackknife sur son logarithme."""
    n, _, ecart = _decrire(valeurs)
    if (tu := motif_de_taire(n, personnes)) is not None:
        return non_estimable(n, tu)
    if n < MINIMUM_INTERVALLE:
        return estimation(ecart, n, Motif.SANS_INTERVALLE)
    if ecart <= PRECISION:
        return estimation(ecart, n, Motif.INTERVALLE_DEGENERE)
    sans = sans_chacune(valeurs[:, None], lambda sommes: np.sqrt(sommes.covariances[:, 0, 0]))
    return estimation(ecart, n, bornes_robustes(ecart, sans, LOGARITHME), TIENT)


def motif_de_taire(n: int, personnes: int | None = None) -> Motif | None:
    """Pourquoi ce qui dit une dispersion est tu, s’il l’est : porté par moins de ``MONTRABLE_EN_DETAIL`` personnes."""
    porteurs = n if personnes is None else personnes
    if porteurs >= MONTRABLE_EN_DETAIL:
        return None
    return Motif.TROP_PEU if porteurs < MONTRABLE else Motif.PETIT_GROUPE


def asymetrie(valeurs: Matrice, *, personnes: int | None = None) -> Estimation:
    """Asymétrie G1 = g1·√(n(n − 1))/(n − 2) : celle de SPSS, d’Excel et de ``psych::describe(type = 2)``."""
    n = len(valeurs)
    if n < MINIMUM:
        return non_estimable(n, Motif.TROP_PEU)
    if (tu := motif_de_taire(n, personnes)) is not None:
        return non_estimable(n, tu)
    if float(valeurs.std()) <= PRECISION:
        return non_estimable(n, Motif.SANS_VARIANCE)
    centrees = valeurs - valeurs.mean()
    puissances = np.array([(centrees**degre).sum() for degre in (1, 2, 3)])
    g1 = float(_asymetrie(puissances, n))
    if n < MINIMUM_INTERVALLE:
        return estimation(g1, n, Motif.SANS_INTERVALLE)
    sans = puissances[:, None] - np.array([centrees**degre for degre in (1, 2, 3)])
    with np.errstate(all="ignore"):
        bornes = bornes_robustes(g1, _asymetrie(sans, n - 1))
    return estimation(g1, n, bornes, TIENT_L_ASYMETRIE)


def _asymetrie(puissances: Matrice, n: int) -> Matrice:
    """G1, des sommes des valeurs, de leurs carrés et de leurs cubes."""
    un, deux, trois = puissances / n
    variance = deux - un**2
    return np.asarray(sqrt(n * (n - 1)) / (n - 2) * (trois - 3 * un * deux + 2 * un**3) / variance**1.5)


def estimer_part(favorables: int, n: int, *, personnes: int | None = None) -> Estimation:
    """Part entre 0 et 1, intervalle de Wilson.

    :param personnes: qui porte la part ; tue si elles sont moins de ``MONTRABLE_EN_DETAIL``.
    """
    if n == 0:
        return non_estimable(0, Motif.TROP_PEU)
    if personnes is not None and (tu := motif_de_taire(n, personnes)) is not None:
        return non_estimable(n, tu)
    return estimation(favorables / n, n, bornes_de_wilson(favorables / n, n))


def correlation(
    un: Matrice, autre: Matrice, intervalles: Intervalles = Intervalles.ROBUSTES, *, personnes: int | None = None
) -> Estimation:
    """Corrélation de Pearson sur les paires complètes."""
    present = ~(np.isnan(un) | np.isnan(autre))
    x, y = un[present], autre[present]
    n = len(x)
    if n < MINIMUM:
        return non_estimable(n, Motif.TROP_PEU)
    if (tu := motif_de_taire(n, personnes)) is not None:
        return non_estimable(n, tu)
    if min(float(x.std()), float(y.std())) <= PRECISION:
        return non_estimable(n, Motif.SANS_VARIANCE)
    r = float(np.mean((x - x.mean()) * (y - y.mean())) / (x.std() * y.std()))
    if intervalles is Intervalles.CLASSIQUES:
        return estimer_correlation(r, n, bornes_de_fisher(r, n))
    sans = sans_chacune(np.column_stack([x, y]), _correlation)
    return estimer_correlation(r, n, bornes_de_correlation(r, sans), TIENT)


def estimer_correlation(r: float, n: int, bornes: Bornes, tient: int = 0) -> Estimation:
    """Une corrélation déjà calculée, tenue entre −1 et 1 ; ``tient`` comme pour ``estimation``."""
    return estimation(min(1.0, max(-1.0, r)), n, bornes, tient)


def bornes_de_correlation(r: float, sans: Matrice) -> Bornes:
    """Bornes robustes d’une corrélation, sur le z de Fisher."""
    return Motif.INTERVALLE_DEGENERE if abs(r) > 1 - PRECISION else bornes_robustes(r, sans, FISHER)


def _correlation(sommes: Sommes) -> Matrice:
    return sommes.correlations[..., 0, 1]


def _decrire(valeurs: Matrice) -> tuple[int, float, float]:
    """n, moyenne et écart-type de la règle 6 ; zéro là où il n’y a pas de quoi calculer."""
    decrite = decrire(valeurs.tolist())
    return len(valeurs), decrite.moyenne or 0.0, decrite.ecart_type or 0.0
