"""La cohérence interne d’une échelle : α de Cronbach, ω total de McDonald, tenue de chaque item.

Tout porte d’abord sur les passations qui ont répondu à tous les items (cas complets), sans pondération : un seul n,
une matrice de covariances toujours cohérente. À côté, α et ω par paires emploient toutes les réponses, chaque
covariance sur les passations qui ont répondu à ses deux items, comme ``psych::alpha`` par défaut.

Le modèle à un facteur, d’où vient ω, est ajusté aux corrélations par résidus minimaux (minres) : Harman et Jones 1966 ;
McDonald 1999 pour ω = 1 − Σ(1 − λ²)/Σr, sur la matrice des corrélations : la définition de ``omega.tot`` dans
``psych::omega(nfactors = 1, flip = FALSE)``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from math import sqrt

import numpy as np
from scipy.optimize import least_squares

from cpit.coeur.fidelite import Intervalles
from cpit.coeur.fidelite.estimation import (
    COMMUNAUTE_MAX,
    FIDELITE,
    FISHER,
    LOGARITHME,
    MINIMUM,
    MINIMUM_INTERVALLE,
    PRECISION,
    TIENT,
    Estimation,
    Matrice,
    Motif,
    Qui,
    Sommes,
    Transformation,
    bornes_de_correlation,
    bornes_de_feldt,
    bornes_de_fisher,
    bornes_de_l_erreur_type,
    bornes_robustes,
    estimation,
    estimer_correlation,
    motif_de_taire,
    non_estimable,
    qui_de,
    sans_chacune,
    sommer,
)
from cpit.typographie import se_distinguent

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


def _omega_total(saturations: Matrice, correlations: Matrice) -> Matrice:
    """ω d’un modèle, ou d’autant que disent les axes de tête."""
    return np.asarray(1 - (1 - saturations**2).sum(axis=-1) / correlations.sum(axis=(-2, -1)))


def _suivre(facteur: Facteur, correlations: Matrice) -> Matrice:
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


def _mesurer_ajustement(facteur: Facteur, correlations: Matrice, n: int) -> Ajustement:
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


RMSEA_MAX, SRMR_MAX = 0.10, 0.08
"""Au-delà, un seul facteur rend mal les corrélations (Browne et Cudeck 1993 ; Hu et Bentler 1999)."""
DECIMALES_DU_MODELE = 3
"""Celles de la RMSEA et du SRMR à l’écran : 0,1003 s’y écrit 0,100, et ne dépasse donc pas 0,10."""


class Reserve(StrEnum):
    """Pourquoi ω se lit avec réserve."""

    SENS_CONTRAIRES = "sens-contraires"
    AJUSTEMENT = "ajustement-mauvais"


@dataclass(frozen=True, slots=True)
class Tenue:
    """Ce qu’un item fait dans une échelle : sa corrélation avec la somme des autres, α sans lui, sa saturation."""

    correlation_reste: Estimation
    alpha_sans: Estimation
    saturation: Estimation


@dataclass(frozen=True, slots=True)
class ParPaires:
    """α et ω de toutes les réponses ; ``effectif_minimal`` : le plus petit effectif d’une paire d’items."""

    alpha: Estimation
    omega: Estimation
    effectif_minimal: int


@dataclass(frozen=True, slots=True)
class Coherence:
    """La cohérence d’une échelle, ``erreur_type`` dans son unité ; ``tenues`` suit l’ordre des colonnes.

    ``completes`` passations portent tout, sauf ``par_paires`` : les mêmes α et ω s’il ne manque aucune réponse.
    ``ajustement`` : celui du modèle de ω, s’il y en a un.
    """

    completes: int
    alpha: Estimation
    omega: Estimation
    erreur_type: Estimation
    correlation_moyenne: Estimation
    tenues: tuple[Tenue, ...]
    par_paires: ParPaires
    ajustement: Ajustement | None = None

    @property
    def alpha_par_paires(self) -> Estimation:
        """α de toutes les réponses."""
        return self.par_paires.alpha

    @property
    def omega_par_paires(self) -> Estimation:
        """ω de toutes les réponses."""
        return self.par_paires.omega

    @property
    def reserves(self) -> tuple[Reserve, ...]:
        """Ce qui doit faire douter de ω ; rien s’il n’est pas donné."""
        if self.ajustement is None:
            return ()
        contraires = any((tenue.saturation.valeur or 0) < 0 for tenue in self.tenues)
        eprouve = self.ajustement.libertes > 0
        mesures = ((self.ajustement.rmsea or 0, RMSEA_MAX), (self.ajustement.srmr, SRMR_MAX))
        mauvais = eprouve and any(v > seuil and se_distinguent(v, seuil, DECIMALES_DU_MODELE) for v, seuil in mesures)
        dites = {Reserve.SENS_CONTRAIRES: contraires, Reserve.AJUSTEMENT: mauvais}
        return tuple(reserve for reserve, vraie in dites.items() if vraie)


def coherence(reponses: Matrice, intervalles: Intervalles = Intervalles.ROBUSTES, qui: Qui | None = None) -> Coherence:
    """Cohérence d’une échelle.

    :param reponses: réponses retenues, n passations × k items, ``nan`` là où il en manque une.
    :param qui: la personne de chaque passation ; trop peu de personnes, et c’est tu. À défaut, chacune en est une.
    """
    qui = qui_de(reponses, qui)
    complete = ~np.isnan(reponses).any(axis=1)
    completes = np.asarray(reponses[complete])
    trouvee = _complete(completes, qui[complete], intervalles)
    present = ~np.isnan(reponses).all(axis=1)
    presentes = np.asarray(reponses[present])
    if len(presentes) > len(completes):
        return replace(trouvee, par_paires=_par_paires(presentes, qui[present]))
    return trouvee


def _complete(completes: Matrice, qui: Qui, intervalles: Intervalles) -> Coherence:
    """La cohérence sur les seules passations complètes, que ``par_paires`` répète."""
    n, k = completes.shape
    motif = _empechement(completes, qui)
    if motif is not None:
        rien = non_estimable(n, motif)
        tenues = tuple(Tenue(rien, rien, rien) for _ in range(k))
        return Coherence(n, rien, rien, rien, rien, tenues, ParPaires(rien, rien, n))
    alpha = _alpha(completes, qui, intervalles)
    modele = _modele(completes, qui)
    correlations, alphas = (faire(completes, qui, intervalles) for faire in (_correlations_reste, _alphas_sans))
    restes = zip(correlations, alphas, strict=True)
    tenues = tuple(Tenue(*reste, saturation) for reste, saturation in zip(restes, modele.saturations, strict=True))
    return Coherence(
        n,
        alpha,
        modele.omega,
        _erreur_type(alpha, completes, qui, intervalles),
        _correlation_moyenne(completes, qui),
        tenues,
        ParPaires(alpha, modele.omega, n),
        modele.ajustement,
    )


def _empechement(reponses: Matrice, qui: Qui) -> Motif | None:
    """Pourquoi rien ne s’estime d’une échelle."""
    n, k = reponses.shape
    if k < 2:
        return Motif.UN_ITEM
    if n < MINIMUM:
        return Motif.TROP_PEU
    if (tu := motif_de_taire(n, len(np.unique(qui)))) is not None:
        return tu
    sommes = sommer(reponses)
    if float(sommes.effectifs.min()) < MINIMUM:
        return Motif.PAIRES_TROP_RARES
    return Motif.SANS_VARIANCE if float(sommes.covariances.sum()) <= PRECISION else None


def _par_paires(presentes: Matrice, qui: Qui) -> ParPaires:
    """α et ω de toutes les réponses, chaque covariance sur les passations qui ont répondu à ses deux items."""
    effectif = int(sommer(presentes).effectifs.min())
    motif = _empechement(presentes, qui)
    if motif is not None:
        rien = non_estimable(len(presentes), motif)
        return ParPaires(rien, rien, effectif)
    return ParPaires(_alpha(presentes, qui, Intervalles.ROBUSTES), _modele(presentes, qui).omega, effectif)


# --- α, l’erreur type, r moyen.


def alpha_de_cronbach(covariances: Matrice) -> Matrice:
    """α = k/(k − 1)·(1 − Σ variances / variance de la somme) ; Cronbach 1951. Les axes de tête sont gardés."""
    k = covariances.shape[-1]
    propres = np.trace(covariances, axis1=-2, axis2=-1)
    return np.asarray(k / (k - 1) * (1 - propres / covariances.sum(axis=(-2, -1))))


def _alpha(reponses: Matrice, qui: Qui, intervalles: Intervalles) -> Estimation:
    n, k = reponses.shape
    alpha = float(alpha_de_cronbach(sommer(reponses).covariances))
    if intervalles is Intervalles.CLASSIQUES:
        return estimation(alpha, n, bornes_de_feldt(alpha, n, k))
    sans = sans_chacune(reponses, lambda sommes: alpha_de_cronbach(sommes.covariances), qui)
    return _robuste(alpha, n, sans, FIDELITE)


def _erreur_type(alpha: Estimation, completes: Matrice, qui: Qui, intervalles: Intervalles) -> Estimation:
    """Écart-type de la moyenne des items × √(1 − α), sur les mêmes passations complètes."""
    n, k = completes.shape
    if (alpha.valeur or 0) < 0:
        return non_estimable(n, Motif.HORS_BORNES)
    erreur = float(_erreur_de_mesure(sommer(completes)))
    if intervalles is Intervalles.CLASSIQUES:
        return estimation(erreur, n, bornes_de_l_erreur_type(erreur, n, k))
    return _robuste(erreur, n, sans_chacune(completes, _erreur_de_mesure, qui), LOGARITHME)


def _erreur_de_mesure(sommes: Sommes) -> Matrice:
    """√((k·Σ variances − variance de la somme)/(k²(k − 1))) : s·√(1 − α), sans la soustraction de α."""
    covariances = sommes.covariances
    k = covariances.shape[-1]
    propres, total = np.trace(covariances, axis1=-2, axis2=-1), covariances.sum(axis=(-2, -1))
    return np.asarray(np.sqrt(np.maximum(k * propres - total, 0) / (k - 1)) / k)


def _correlation_moyenne(completes: Matrice, qui: Qui) -> Estimation:
    n = len(completes)
    if _a_un_item_fige(sommer(completes)):
        return non_estimable(n, Motif.ITEM_SANS_VARIANCE)
    moyenne = float(_r_moyen(sommer(completes)))
    return _robuste(moyenne, n, sans_chacune(completes, _r_moyen, qui), FISHER)


def _r_moyen(sommes: Sommes) -> Matrice:
    correlations = sommes.correlations
    k = correlations.shape[-1]
    return np.asarray((correlations.sum(axis=(-2, -1)) - k) / (k * (k - 1)))


def _a_un_item_fige(sommes: Sommes) -> bool:
    return float(np.sqrt(np.maximum(np.diag(sommes.covariances), 0)).min()) <= PRECISION


def _robuste(valeur: float, n: int, sans: Matrice, transformation: Transformation) -> Estimation:
    """Une valeur et ses bornes robustes, à partir du nombre de personnes où une fidélité en porte.

    :param sans: la valeur sans chaque personne (``sans_chacune``).
    """
    if len(sans) < MINIMUM_INTERVALLE:
        return estimation(valeur, n, Motif.SANS_INTERVALLE)
    return estimation(valeur, n, bornes_robustes(valeur, sans, transformation), TIENT, personnes=len(sans))


# --- ω, et les saturations de son modèle.


@dataclass(frozen=True)
class _Modele:
    omega: Estimation
    saturations: tuple[Estimation, ...]
    ajustement: Ajustement | None = None


def _modele(reponses: Matrice, qui: Qui) -> _Modele:
    """ω, une saturation par item, l’ajustement ; ou pourquoi il n’y a pas de modèle."""
    n, k = reponses.shape
    sommes = sommer(reponses)
    facteur = _facteur(sommes, len(np.unique(qui)))
    if isinstance(facteur, Motif):
        rien = non_estimable(n, facteur)
        return _Modele(rien, (rien,) * k)
    correlations = sommes.correlations
    ajustement = _mesurer_ajustement(facteur, correlations, n)
    omega = float(_omega_total(facteur.saturations, correlations))
    if facteur.borne:
        bornees = (estimation(float(valeur), n, Motif.OMEGA_BORNE) for valeur in facteur.saturations)
        return _Modele(estimation(omega, n, Motif.OMEGA_BORNE), tuple(bornees), ajustement)
    sans = sans_chacune(reponses, lambda sommes: _omega_et_saturations(facteur, sommes), qui)
    saturations = (
        _robuste(float(valeur), n, sans[:, rang], FISHER) for rang, valeur in enumerate(facteur.saturations, start=1)
    )
    return _Modele(_robuste(omega, n, sans[:, 0], FIDELITE), tuple(saturations), ajustement)


def _facteur(sommes: Sommes, personnes: int) -> Facteur | Motif:
    if len(sommes.origine) < 3:
        return Motif.ITEM_SANS_VARIANCE if _a_un_item_fige(sommes) else Motif.DEUX_ITEMS
    if _a_un_item_fige(sommes):
        return Motif.ITEM_SANS_VARIANCE
    return Motif.TROP_PEU_MODELE if personnes < MINIMUM_INTERVALLE else ajuster_ou_borner(sommes.correlations)


def _omega_et_saturations(facteur: Facteur, sommes: Sommes) -> Matrice:
    """ω puis chaque λ, une ligne par personne ôtée."""
    correlations = sommes.correlations
    if not np.isfinite(correlations).all():
        return np.full((len(correlations), 1 + correlations.shape[-1]), np.nan)
    saturations = _suivre(facteur, correlations)
    return np.column_stack([_omega_total(saturations, correlations), saturations])


# --- La tenue des items.


def _correlations_reste(completes: Matrice, qui: Qui, intervalles: Intervalles) -> list[Estimation]:
    n, k = completes.shape
    sommes = sommer(completes)
    propres, restes = np.diag(sommes.covariances), _variances_du_reste(sommes.covariances)
    sans = sans_chacune(completes, _r_item_reste, qui)
    with np.errstate(all="ignore"):
        valeurs = _r_item_reste(sommes)
    classique, rendues = intervalles is Intervalles.CLASSIQUES, []
    for rang in range(k):
        if min(propres[rang], restes[rang]) <= PRECISION:
            motif = Motif.ITEM_SANS_VARIANCE if propres[rang] <= PRECISION else Motif.SANS_VARIANCE
            rendues.append(non_estimable(n, motif))
            continue
        r = float(valeurs[rang])
        bornes = bornes_de_fisher(r, n) if classique else bornes_de_correlation(r, sans[:, rang])
        rendues.append(estimer_correlation(r, n, bornes, 0 if classique else TIENT, personnes=len(sans)))
    return rendues


def _alphas_sans(completes: Matrice, qui: Qui, intervalles: Intervalles) -> list[Estimation]:
    """α sans chaque item."""
    n, k = completes.shape
    if k < 3:
        return [non_estimable(n, Motif.DEUX_ITEMS)] * k
    sommes = sommer(completes)
    with np.errstate(all="ignore"):
        valeurs, restes = _alphas_du_reste(sommes), _variances_du_reste(sommes.covariances)
    classique = intervalles is Intervalles.CLASSIQUES
    sans = valeurs[None, :] if classique else sans_chacune(completes, _alphas_du_reste, qui)
    rendues = []
    for rang, alpha in enumerate(map(float, valeurs)):
        if restes[rang] <= PRECISION:
            rendues.append(non_estimable(n, Motif.SANS_VARIANCE))
            continue
        if classique:
            rendues.append(estimation(alpha, n, bornes_de_feldt(alpha, n, k - 1)))
        else:
            rendues.append(_robuste(alpha, n, sans[:, rang], FIDELITE))
    return rendues


def _alphas_du_reste(sommes: Sommes) -> Matrice:
    """α des autres items, pour chacun."""
    covariances = sommes.covariances
    k = covariances.shape[-1]
    propres = np.diagonal(covariances, axis1=-2, axis2=-1)
    autres = propres.sum(axis=-1, keepdims=True) - propres
    return np.asarray((k - 1) / (k - 2) * (1 - autres / _variances_du_reste(covariances)))


def _r_item_reste(sommes: Sommes) -> Matrice:
    """Corrélation de chaque item avec la somme des autres."""
    covariances = sommes.covariances
    propres = np.diagonal(covariances, axis1=-2, axis2=-1)
    return np.asarray((covariances.sum(axis=-1) - propres) / np.sqrt(propres * _variances_du_reste(covariances)))


def _variances_du_reste(covariances: Matrice) -> Matrice:
    """Variance de la somme des autres items, pour chacun."""
    propres = np.diagonal(covariances, axis1=-2, axis2=-1)
    return np.asarray(covariances.sum(axis=(-2, -1))[..., None] - 2 * covariances.sum(axis=-1) + propres)
