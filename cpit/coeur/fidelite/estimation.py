"""Une seule forme pour tout nombre rendu (sa valeur, son intervalle à 95 %, son n, et pourquoi il en manque), et les
nombres qui décrivent des scores et des réponses : moyenne, dispersion, asymétrie, parts, corrélation de deux séries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import atanh, isfinite, sqrt, tanh
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri, fdtri, stdtrit

from cpit.coeur.fidelite import Intervalles
from cpit.coeur.groupe import REGLE_DES_ETUDES, TU, decrire

Matrice: TypeAlias = NDArray[np.float64]
"""Une ligne par passation, une colonne par item ou par échelle ; ``nan`` là où il n’y a pas de valeur."""
Qui: TypeAlias = NDArray[np.int_]
"""La personne de chaque passation, en numéro : les siennes se ressemblent, et s’ôtent ensemble."""

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
    SOUSTRACTION_DES_ITEMS = "soustraction-des-items"
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


TUS = (Motif.PETIT_GROUPE, Motif.SOUSTRACTION, Motif.SOUSTRACTION_DES_ITEMS)
"""Ce qui se calculerait, mais ne se montre pas."""
EXPLICATIONS = {
    Motif.TROP_PEU: f"trop peu de passations (il en faut {MINIMUM}, ou {MONTRABLE} pour une moyenne)",
    Motif.PETIT_GROUPE: f"{TU} sous {MONTRABLE_EN_DETAIL} personnes : avec la moyenne, une répartition, un écart-type "
    "ou un intervalle ferait retrouver les réponses de chacune",
    Motif.SOUSTRACTION: f"{TU} : joint aux autres moyennes, l’écart ferait retrouver ce qu’ont répondu moins de "
    f"{MONTRABLE} personnes, absentes d’un côté ou à qui il manque une réponse",
    Motif.SOUSTRACTION_DES_ITEMS: f"{TU} : joint aux autres moyennes, ferait retrouver ce qu’ont répondu moins de "
    f"{MONTRABLE} personnes, à qui il manque une réponse",
    Motif.TROP_PEU_MODELE: f"trop peu de passations complètes pour un modèle à un facteur (il en faut "
    f"{MINIMUM_INTERVALLE})",
    Motif.SANS_VARIANCE: "tout le monde a la même valeur",
    Motif.ITEM_SANS_VARIANCE: "tout le monde a la même réponse à l’un des items",
    Motif.UN_ITEM: "il faut au moins deux items",
    Motif.DEUX_ITEMS: "il faut au moins trois items",
    Motif.HEYWOOD: "solution impropre : un item aurait une variance propre négative (cas de Heywood)",
    Motif.SANS_SOLUTION: "le modèle à un facteur n’a pas de solution stable",
    Motif.HORS_BORNES: "α est négatif : l’erreur type dépasserait l’écart-type des scores",
    Motif.SANS_INTERVALLE: f"intervalle donné à partir de {MINIMUM_INTERVALLE} personnes",
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


_Bornes: TypeAlias = tuple[float, float] | Motif
"""Les deux bornes d’un intervalle, ou pourquoi il n’y en a pas."""


def estimation(valeur: float, n: int, bornes: _Bornes, tient: int = 0, *, personnes: int | None = None) -> Estimation:
    """Une valeur et ses bornes, ou pourquoi elle n’en a pas.

    :param tient: personnes à partir desquelles l’intervalle tient ses 95 % ; en deçà, il est indicatif.
    :param personnes: combien il y en a ; à défaut, n.
    """
    if isinstance(bornes, Motif):
        return Estimation(valeur, n=n, motif=bornes)
    bas, haut = bornes
    if not (isfinite(bas) and isfinite(haut)):
        return Estimation(valeur, n=n, motif=Motif.INTERVALLE_DEGENERE)
    return Estimation(valeur, bas, haut, n, indicatif=(n if personnes is None else personnes) < tient)


# --- les intervalles à 95 % -------------------------------------------------------------------------------------------
#
# Robustes, mesurés tenir sur de vraies échelles asymétriques, ou classiques, sur demande.
#
# Robuste : jackknife de Quenouille et Tukey. La statistique est recalculée sans chacune des personnes, sur une
# échelle où elle est presque symétrique (ln(1 − α), Fisher z, logarithme), et la marge est de Student. Ses degrés de
# liberté sont ceux de Satterthwaite, ν = 2n/(κ − 1), κ étant l’aplatissement de ce que pèse chaque personne : si peu
# d’entre elles portent la variance, l’erreur type est mal connue et l’intervalle s’élargit. Rien n’y est tiré au
# sort.
#
# Classique : Student (moyenne), Fisher 1915 (corrélation), Feldt 1965 (α), χ² (erreur type de mesure), McGraw et Wong
# 1996 (ICC), exacts si les réponses suivent une loi normale.


TIENT = 100
"""Passations à partir desquelles un intervalle robuste a été mesuré tenir ; en deçà, il est dit indicatif."""
TIENT_L_ASYMETRIE = 1000
"""De même pour l’asymétrie G1, qu’un échantillon sous-estime longtemps."""

_QUEUE = (1 - NIVEAU_DES_INTERVALLES) / 2
_Z = NormalDist().inv_cdf(1 - _QUEUE)
_CASES_PAR_BLOC = 400_000
"""Nombres recalculés d’un coup : la mémoire ne dépend pas du nombre de personnes."""

# --- Le jackknife : des sommes par paires d’items, et les mêmes sans chaque personne.


@dataclass(frozen=True)
class Sommes:
    """Ce qu’il faut pour des moyennes, covariances et corrélations par paires ; des axes de tête peuvent précéder.

    Sur des réponses centrées, zéro là où il en manque : ``effectifs`` des paires, ``une`` (Σ x_j chez qui a répondu à
    l), ``carres`` (Σ x_j² chez les mêmes) et ``produits`` (Σ x_j·x_l).
    """

    origine: Matrice
    effectifs: Matrice
    une: Matrice
    carres: Matrice
    produits: Matrice

    @property
    def moyennes(self) -> Matrice:
        """Moyenne de chaque item."""
        ecarts = np.diagonal(self.une, axis1=-2, axis2=-1) / np.diagonal(self.effectifs, axis1=-2, axis2=-1)
        return np.asarray(self.origine + ecarts)

    @property
    def covariances(self) -> Matrice:
        """Covariances (n − 1) par paires : ``cov(use = "pairwise")`` de R."""
        return np.asarray(self._centres(self.produits, self.une * self._autre) / (self.effectifs - 1))

    @property
    def correlations(self) -> Matrice:
        """Corrélations par paires : ``cor(use = "pairwise")`` de R, chaque paire ayant ses propres écarts-types."""
        dispersions = self._centres(self.carres, self.une**2)
        commune = self._centres(self.produits, self.une * self._autre)
        return np.asarray(commune / np.sqrt(dispersions * np.swapaxes(dispersions, -1, -2)))

    @property
    def _autre(self) -> Matrice:
        return np.swapaxes(self.une, -1, -2)

    def _centres(self, bruts: Matrice, carre: Matrice) -> Matrice:
        return np.asarray(bruts - carre / self.effectifs)


Statistique = Callable[[Sommes], Matrice]
"""De sommes, une valeur (ou une par item) ; les axes de tête sont gardés."""


def sommer(reponses: Matrice) -> Sommes:
    """Les sommes de toutes les personnes.

    :param reponses: n personnes × k items, ``nan`` là où il manque une réponse.
    """
    origine, centrees, presentes = _centrer(reponses)
    return Sommes(
        origine,
        presentes.T @ presentes,
        centrees.T @ presentes,
        (centrees**2).T @ presentes,
        centrees.T @ centrees,
    )


def sans_chacune(reponses: Matrice, statistique: Statistique, qui: Qui | None = None) -> Matrice:
    """La statistique recalculée sans chaque personne, ôtée avec toutes ses passations ; une ligne par personne.

    Ce qui ne se calcule plus y vaut ``nan`` ou l’infini.
    """
    toutes = sommer(reponses)
    _, centrees, presentes = _centrer(reponses)
    rendues = []
    with np.errstate(all="ignore"):
        for lignes, debuts in _par_personnes(qui_de(reponses, qui), reponses.shape[1] ** 2):
            x, m = centrees[lignes], presentes[lignes]
            sans = Sommes(
                toutes.origine,
                toutes.effectifs - _produit(m, m, debuts),
                toutes.une - _produit(x, m, debuts),
                toutes.carres - _produit(x**2, m, debuts),
                toutes.produits - _produit(x, x, debuts),
            )
            rendues.append(statistique(sans))
    return np.concatenate(rendues)


def qui_de(valeurs: Matrice, qui: Qui | None) -> Qui:
    """La personne de chaque passation ; à défaut, chacune en est une."""
    return np.arange(len(valeurs)) if qui is None else qui


def _par_personnes(qui: Qui, cases: int) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Les passations, rangées par personne, par blocs : lesquelles, et où y commence chaque personne.

    :param cases: nombres que demande une passation.
    """
    ordre = np.argsort(qui, kind="stable")
    debuts = np.flatnonzero(np.diff(qui[ordre], prepend=-1))
    fins = np.append(debuts[1:], len(qui))
    premiere = 0
    while premiere < len(debuts):
        place = debuts[premiere] + max(1, _CASES_PAR_BLOC // cases)
        suivante = max(premiere + 1, int(np.searchsorted(fins, place, side="right")))
        depart = debuts[premiere]
        yield ordre[depart : fins[suivante - 1]], debuts[premiere:suivante] - depart
        premiere = suivante


def _centrer(reponses: Matrice) -> tuple[Matrice, Matrice, Matrice]:
    """La moyenne de chaque item, les réponses centrées (zéro là où il en manque), et un là où il y en a une."""
    presentes = ~np.isnan(reponses)
    effectifs = presentes.sum(axis=0)
    origine = np.where(presentes, reponses, 0).sum(axis=0) / np.maximum(effectifs, 1)
    return origine, np.where(presentes, reponses - origine, 0.0), presentes.astype(np.float64)


def _produit(un: Matrice, autre: Matrice, debuts: NDArray[np.intp]) -> Matrice:
    """Le produit d’une ligne par une ligne, sommé sur les passations de chacun : une matrice par personne."""
    produits = np.asarray(un[:, :, None] * autre[:, None, :])
    return produits if len(debuts) == len(un) else np.asarray(np.add.reduceat(produits, debuts))


def _sommes_par_personne(valeurs: Matrice, qui: Qui) -> Matrice:
    """La somme des valeurs de chacun, dans l’ordre de ``sans_chacune``."""
    _, rangs = np.unique(qui, return_inverse=True)
    return np.asarray(np.bincount(rangs, valeurs), np.float64)


# --- Les bornes robustes.


@dataclass(frozen=True)
class Transformation:
    """L’échelle, croissante ou non, où une statistique est presque symétrique."""

    aller: Callable[[Matrice], Matrice]
    retour: Callable[[Matrice], Matrice]


_TELLE_QUELLE = Transformation(np.asarray, np.asarray)
LOGARITHME = Transformation(np.log, np.exp)
FISHER = Transformation(np.arctanh, np.tanh)
FIDELITE = Transformation(lambda valeur: np.log1p(-valeur), lambda image: -np.expm1(image))
"""ln(1 − valeur) : la borne haute d’une fidélité ne dépasse jamais 1."""


def bornes_robustes(valeur: float, sans: Matrice, transformation: Transformation = _TELLE_QUELLE) -> _Bornes:
    """Bornes du jackknife, ou pourquoi il n’en donne pas.

    :param sans: la statistique recalculée sans chaque personne (``sans_chacune``).
    """
    n = len(sans)
    with np.errstate(all="ignore"):
        centre, images = float(transformation.aller(np.array(valeur))), transformation.aller(sans)
    if not isfinite(centre):
        return Motif.INTERVALLE_DEGENERE
    if not np.isfinite(images).all():
        return Motif.INTERVALLE_FRAGILE
    ecarts = images - images.mean()
    somme = float((ecarts**2).sum())
    erreur = sqrt((n - 1) / n * somme)
    if erreur <= PRECISION:
        return Motif.INTERVALLE_DEGENERE
    aplatissement = n * float((ecarts**4).sum()) / somme**2
    libertes = min(n - 1, 2 * n / max(aplatissement - 1, PRECISION))
    marge = float(stdtrit(libertes, 1 - _QUEUE)) * erreur
    bas, haut = sorted(float(transformation.retour(np.array(borne))) for borne in (centre - marge, centre + marge))
    return bas, haut


# --- Les bornes classiques.


def _bornes_de_student(centre: float, ecart: float, n: int) -> _Bornes:
    """Bornes de Student d’une moyenne."""
    if ecart <= PRECISION:
        return Motif.INTERVALLE_DEGENERE
    marge = float(stdtrit(n - 1, 1 - _QUEUE)) * ecart / sqrt(n)
    return centre - marge, centre + marge


def bornes_de_fisher(r: float, n: int) -> _Bornes:
    """Bornes d’une corrélation par la transformation de Fisher ; n > 3."""
    if abs(r) > 1 - PRECISION:
        return Motif.INTERVALLE_DEGENERE
    marge = _Z / sqrt(n - 3)
    return tanh(atanh(r) - marge), tanh(atanh(r) + marge)


def bornes_de_feldt(alpha: float, n: int, items: int) -> _Bornes:
    """Bornes de Feldt (1965) : (1 − α)·F, F à n − 1 et (n − 1)(k − 1) degrés de liberté."""
    if n < MINIMUM_INTERVALLE:
        return Motif.SANS_INTERVALLE
    libertes = (n - 1, (n - 1) * (items - 1))
    bas, haut = (1 - (1 - alpha) * float(fdtri(*libertes, q)) for q in (1 - _QUEUE, _QUEUE))
    return bas, haut


def bornes_de_l_erreur_type(erreur: float, n: int, items: int) -> _Bornes:
    """Bornes d’une erreur type de mesure : son carré suit, sous les hypothèses de Feldt, un χ² à (n − 1)(k − 1)."""
    if n < MINIMUM_INTERVALLE:
        return Motif.SANS_INTERVALLE
    libertes = (n - 1) * (items - 1)
    # chdtri inverse la queue de droite : la plus petite probabilité donne le plus grand quantile.
    bas, haut = (erreur * sqrt(libertes / float(chdtri(libertes, q))) for q in (_QUEUE, 1 - _QUEUE))
    return bas, haut


def bornes_de_shrout_et_fleiss(valeur: float, carres: tuple[float, float, float], n: int) -> _Bornes:
    """Bornes d’une ICC(2,1) de deux mesures ; les degrés de liberté sont ceux de Satterthwaite.

    :param carres: carrés moyens entre personnes, entre séries, et résiduel.
    """
    personnes, series, residu = carres
    if residu <= PRECISION:
        return Motif.INTERVALLE_DEGENERE
    k, rapport = 2, series / residu
    base = n * (1 + (k - 1) * valeur) - k * valeur
    v = (k - 1) * (n - 1) * (k * valeur * rapport + base) ** 2
    v /= (n - 1) * k**2 * valeur**2 * rapport**2 + base**2
    if not (isfinite(v) and v > 0):
        return Motif.INTERVALLE_DEGENERE
    haut_f, bas_f = float(fdtri(n - 1, v, 1 - _QUEUE)), float(fdtri(v, n - 1, 1 - _QUEUE))
    commun = k * series + (k * n - k - n) * residu
    bas = n * (personnes - haut_f * residu) / (haut_f * commun + n * personnes)
    haut = n * (bas_f * personnes - residu) / (commun + n * bas_f * personnes)
    return bas, haut


def _bornes_de_wilson(p: float, n: float) -> tuple[float, float]:
    """Bornes d’une part (Wilson 1927) ; elles tiennent à tout effectif."""
    carre = _Z * _Z
    centre = (p + carre / (2 * n)) / (1 + carre / n)
    marge = _Z * sqrt(p * (1 - p) / n + carre / (4 * n * n)) / (1 + carre / n)
    return max(0.0, centre - marge), min(1.0, centre + marge)


# Chaque nombre est porté par des passations, et tu selon les personnes : ``qui`` dit lesquelles ; à défaut, chaque
# passation en est une.


def moyenne(valeurs: Matrice, intervalles: Intervalles = Intervalles.ROBUSTES, *, qui: Qui | None = None) -> Estimation:
    """Moyenne de valeurs présentes, dès ``MONTRABLE`` personnes ; son intervalle dès ``MONTRABLE_EN_DETAIL``."""
    n, centre, ecart = _decrire(valeurs)
    personnes = _compter(valeurs, qui)
    if personnes < MONTRABLE:
        return non_estimable(n, Motif.TROP_PEU)
    if personnes < MONTRABLE_EN_DETAIL:
        return estimation(centre, n, Motif.PETIT_GROUPE)
    if ecart <= PRECISION:
        return estimation(centre, n, Motif.INTERVALLE_DEGENERE)
    if intervalles is Intervalles.CLASSIQUES:
        return estimation(centre, n, _bornes_de_student(centre, ecart, n))
    return estimation(centre, n, bornes_robustes(centre, _moyennes_sans(valeurs, qui)), TIENT, personnes=personnes)


def _moyennes_sans(valeurs: Matrice, qui: Qui | None) -> Matrice:
    """La moyenne sans chaque personne."""
    qui = qui_de(valeurs, qui)
    combien = _sommes_par_personne(np.ones(len(valeurs)), qui)
    return np.asarray((valeurs.sum() - _sommes_par_personne(valeurs, qui)) / (len(valeurs) - combien))


def ecart_type(valeurs: Matrice, *, qui: Qui | None = None) -> Estimation:
    """Écart-type (n − 1), dès ``MONTRABLE_EN_DETAIL`` personnes ; jackknife sur son logarithme."""
    n, _, ecart = _decrire(valeurs)
    personnes = _compter(valeurs, qui)
    if (tu := motif_de_taire(n, personnes)) is not None:
        return non_estimable(n, tu)
    if personnes < MINIMUM_INTERVALLE:
        return estimation(ecart, n, Motif.SANS_INTERVALLE)
    if ecart <= PRECISION:
        return estimation(ecart, n, Motif.INTERVALLE_DEGENERE)
    sans = sans_chacune(valeurs[:, None], lambda sommes: np.sqrt(sommes.covariances[:, 0, 0]), qui)
    return estimation(ecart, n, bornes_robustes(ecart, sans, LOGARITHME), TIENT, personnes=personnes)


def _compter(valeurs: Matrice, qui: Qui | None) -> int:
    """Les personnes de ces passations."""
    return len(np.unique(qui_de(valeurs, qui)))


def motif_de_taire(n: int, personnes: int | None = None) -> Motif | None:
    """Pourquoi ce qui dit une dispersion est tu, s’il l’est : porté par moins de ``MONTRABLE_EN_DETAIL`` personnes."""
    porteurs = n if personnes is None else personnes
    if porteurs >= MONTRABLE_EN_DETAIL:
        return None
    return Motif.TROP_PEU if porteurs < MONTRABLE else Motif.PETIT_GROUPE


def asymetrie(valeurs: Matrice, *, qui: Qui | None = None) -> Estimation:
    """Asymétrie G1 = g1·√(n(n − 1))/(n − 2) : celle de SPSS, d’Excel et de ``psych::describe(type = 2)``."""
    n, personnes = len(valeurs), _compter(valeurs, qui)
    if n < MINIMUM:
        return non_estimable(n, Motif.TROP_PEU)
    if (tu := motif_de_taire(n, personnes)) is not None:
        return non_estimable(n, tu)
    if float(valeurs.std()) <= PRECISION:
        return non_estimable(n, Motif.SANS_VARIANCE)
    centrees = valeurs - valeurs.mean()
    puissances = np.array([(centrees**degre).sum() for degre in (1, 2, 3)])
    g1 = float(_asymetrie(puissances, n))
    if personnes < MINIMUM_INTERVALLE:
        return estimation(g1, n, Motif.SANS_INTERVALLE)
    qui = qui_de(valeurs, qui)
    sans = puissances[:, None] - np.array([_sommes_par_personne(centrees**degre, qui) for degre in (1, 2, 3)])
    with np.errstate(all="ignore"):
        bornes = bornes_robustes(g1, _asymetrie(sans, n - _sommes_par_personne(np.ones(n), qui)))
    return estimation(g1, n, bornes, TIENT_L_ASYMETRIE, personnes=personnes)


def _asymetrie(puissances: Matrice, n: Matrice | int) -> Matrice:
    """G1, des sommes des valeurs, de leurs carrés et de leurs cubes."""
    un, deux, trois = puissances / n
    variance = deux - un**2
    return np.asarray(np.sqrt(n * (n - 1)) / (n - 2) * (trois - 3 * un * deux + 2 * un**3) / variance**1.5)


def estimer_part(favorables: NDArray[np.bool_], *, qui: Qui | None = None) -> Estimation:
    """Part des passations favorables, entre 0 et 1 ; tue à moins de ``MONTRABLE_EN_DETAIL`` personnes.

    Intervalle de Wilson, sur l’effectif utile : n si chacun n’a qu’une passation, moins si les siennes se ressemblent.
    """
    n = len(favorables)
    if n == 0:
        return non_estimable(0, Motif.TROP_PEU)
    part = float(favorables.mean())
    if qui is None:
        return estimation(part, n, _bornes_de_wilson(part, n))
    if (tu := motif_de_taire(n, len(np.unique(qui)))) is not None:
        return non_estimable(n, tu)
    return estimation(part, n, _bornes_de_wilson(part, _effectif_utile(favorables, qui)))


def _effectif_utile(favorables: NDArray[np.bool_], qui: Qui) -> float:
    """Les tirages indépendants qui donneraient à une part la même variance (Kish 1965), n au plus.

    Une part nulle ou entière n’a pas de variance : ce sont alors les personnes.
    """
    n, personnes, part = len(favorables), len(np.unique(qui)), float(favorables.mean())
    if personnes == n or part in {0, 1}:
        return personnes
    sans = _moyennes_sans(favorables.astype(np.float64), qui)
    # Divisée par les personnes, et non par elles moins une : d’une passation chacune, p(1 − p)/n tout juste.
    variance = ((personnes - 1) / personnes) ** 2 * float(((sans - sans.mean()) ** 2).sum())
    return min(n, part * (1 - part) / variance) if variance > 0 else n


def correlation(
    un: Matrice, autre: Matrice, intervalles: Intervalles = Intervalles.ROBUSTES, *, qui: Qui | None = None
) -> Estimation:
    """Corrélation de Pearson sur les paires complètes."""
    present = ~(np.isnan(un) | np.isnan(autre))
    x, y, qui = un[present], autre[present], qui_de(un, qui)[present]
    n, personnes = len(x), len(np.unique(qui))
    if n < MINIMUM:
        return non_estimable(n, Motif.TROP_PEU)
    if (tu := motif_de_taire(n, personnes)) is not None:
        return non_estimable(n, tu)
    if min(float(x.std()), float(y.std())) <= PRECISION:
        return non_estimable(n, Motif.SANS_VARIANCE)
    r = float(np.mean((x - x.mean()) * (y - y.mean())) / (x.std() * y.std()))
    if intervalles is Intervalles.CLASSIQUES:
        return estimer_correlation(r, n, bornes_de_fisher(r, n))
    sans = sans_chacune(np.column_stack([x, y]), _correlation, qui)
    return estimer_correlation(r, n, bornes_de_correlation(r, sans), TIENT, personnes=personnes)


def estimer_correlation(
    r: float, n: int, bornes: _Bornes, tient: int = 0, *, personnes: int | None = None
) -> Estimation:
    """Une corrélation déjà calculée, tenue entre −1 et 1 ; ``tient`` et ``personnes`` comme pour ``estimation``."""
    return estimation(min(1.0, max(-1.0, r)), n, bornes, tient, personnes=personnes)


def bornes_de_correlation(r: float, sans: Matrice) -> _Bornes:
    """Bornes robustes d’une corrélation, sur le z de Fisher."""
    return Motif.INTERVALLE_DEGENERE if abs(r) > 1 - PRECISION else bornes_robustes(r, sans, FISHER)


def _correlation(sommes: Sommes) -> Matrice:
    return sommes.correlations[..., 0, 1]


def _decrire(valeurs: Matrice) -> tuple[int, float, float]:
    """n, moyenne et écart-type de la règle 6 ; zéro là où il n’y a pas de quoi calculer."""
    decrite = decrire(valeurs.tolist())
    return len(valeurs), decrite.moyenne or 0.0, decrite.ecart_type or 0.0
