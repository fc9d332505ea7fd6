"""Ce que vaut une position : de combien elle bougerait si l’on avait posé d’autres situations.

Une position repose sur peu de réponses, prises compétence par compétence. Elle dépend des scores s_k des ingénieries ;
de près, elle en est une forme linéaire, de gradient **g_k = (P_k − P) / Σ_j (s_j − min)**. Chaque compétence c déplace
s_k de **z_ck = Σ w_i (v_i − s_k) / R_k**, ses items répondus i de l’ingénierie k, R_k le poids répondu de celle-ci ;
elle déplace donc la position de u_c = Σ_k g_k z_ck. Avec m compétences répondues (Jaeckel, 1972, *The Infinitesimal
Jackknife* ; Efron et Tibshirani, *An Introduction to the Bootstrap*, 1993, chapitre 11), deux méthodes :

- **individuelle**, d’après les seules réponses de la passation : V = m/(m − 1) · Σ_c u_c u_cᵀ + Σ_k a_k g_k g_kᵀ. Le
  second terme est l’arrondi : chaque réponse est celle d’un niveau, à une variance h²/12 près (h² : moyenne des carrés
  des pas de l’échelle), donc a_k = h²/12 · Σ_i (w_i / R_k)². Qui répond toujours de même n’a pas une région nulle. La
  région à 95 % est l’ellipse (p − P)ᵀ V⁻¹ (p − P) ≤ 2(m − 1)/(m − 2) · F₂,ₘ₋₂ (Hotelling, 1931).
- **hiérarchique**, dans une strate de huit passations au moins : la dispersion d’une personne, mal connue, est ramenée
  vers celle de sa strate, comme si ν₀ = 6 compétences de plus la disaient. C̄ est la covariance des réponses d’une
  compétence, en moyenne de la strate ; S = (ν₀ (d C̄ + diag a) + m · Σ_c z_c z_cᵀ) / ν, où ν = ν₀ + m − 1 et d = 1/m si
  toutes les compétences pèsent autant ; V = Σ g_k S_kl g_lᵀ ; rayon² 2ν/(ν − 1) · F₂,ᵥ₋₁.

À trois compétences ou moins, la région d’une personne dépasserait toute la carte : il n’y en a pas, et c’est dit. De
même, une région qui couvre tous les pôles, donc toutes les positions possibles, a son état à elle.

Ce que les régions couvrent, modèle par modèle, est mesuré par ``tests/campagnes/couverture_position.py`` et daté dans
le guide « calcul ». Ce que cela ne dit pas :

- les compétences d’un référentiel ne sont pas un échantillon tiré au hasard : la région dit « si l’on en avait
  choisi d’autres, semblables » ; quand des compétences se ressemblent deux à deux, elle est bien trop étroite ;
- c’est une erreur d’échantillonnage, pas un biais : qui se surestime partout a une région étroite au mauvais endroit ;
- les coordonnées des pôles sont tenues pour exactes ; leur hypothèse s’éprouve à part (« sensibilité »).

Rien n’y est propre à la position : ``_propager`` prend toute forme linéaire des scores d’une ou plusieurs passations.
D’une passation à l’autre, aux mêmes items répondus, la différence d’un score et le **déplacement** d’une position en
sont deux : la même compétence s’ôte des deux côtés, et l’arrondi s’y compte deux fois. Une différence D, d’erreur e,
a pour bornes à 95 % D ± t₍m₋₁₎ · e (Student) ; un déplacement, une région de même rayon qu’une position.

**La tension** entre les groupes d’items d’un regroupement, c’est de combien les deux plus éloignés diffèrent, et à quoi
cela tient. Notre lecture, une hypothèse : la source parle de personnes tenues entre quatre échelles d’action ; qu’un
écart entre leurs scores en soit la trace n’est éprouvé nulle part. Elle vaut d’une personne et d’une équipe, pour tout
regroupement d’un référentiel.

L’**étendue** est le plus haut score moins le plus bas, sur les mêmes personnes : celles qui ont un score dans chaque
groupe d’items comparé. Un groupe d’items où moins de la moitié des personnes ont un score ne se compare pas, et se dit.
L’erreur est celle de la **différence** des deux (la même compétence s’ôte des deux côtés,
l’arrondi compté), jamais celle de deux moyennes prises à part. Les personnes d’une équipe sont tenues pour toute
l’équipe : l’erreur dit ce que d’autres situations y changeraient, pas d’autres personnes.

Les deux plus éloignés se choisissent après coup parmi p paires : pour que le choix ne fasse pas l’écart, les bornes
sont à 1 − 0,05/p (Bonferroni), donc à 95 % pour la paire retenue, quelle qu’elle soit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from math import atan2, comb, cos, fsum, pi, sin, sqrt, tan
from typing import Literal, TypeAlias

from cpit.coeur.moteur import EGALITE, TOLERANCE, Bareme, Choisir, Nombres, choisir_un
from cpit.coeur.notation import Resultat, Situation, centre_des_poles, valeurs_retenues
from cpit.coeur.referentiel import Echelle, EchelleNotee, Position, Referentiel, Regroupement

NIVEAU_DE_CONFIANCE = 0.95
"""Confiance des régions : convention."""
QUANTILE_D_USAGE = 1.96
"""Celui de la loi normale à 95 %, tel que l’usage l’arrondit : changement décelable, limites d’accord."""
COMPETENCES_MIN = 4
"""Compétences répondues qu’il faut : à trois, l’aire médiane d’une région est de plusieurs fois celle de la carte."""
POIDS_DE_LA_STRATE = 6
"""ν₀ : ce que pèse la dispersion de la strate, en compétences ; de 4 à 10, la couverture mesurée ne change guère."""
STRATE_MIN = 8
"""Passations à région qu’il faut à une strate : de ce nombre, la méthode hiérarchique couvre 95 % partout où une grande
strate les couvre ; à trois, 93,6 % sur des réponses réelles (``tests/campagnes/couverture_position.py``)."""
_NUL = 1e-18
"""Variance en dessous de laquelle un écart n’est qu’un arrondi (1e-9 au carré, voir ``moteur.EGALITE``)."""
_PLAT = 1e-12
"""Rapport des variances en dessous duquel une ellipse est un segment (poles alignés, par exemple)."""

MotifIncertitude = Literal["sans-position", "un-seul-pole", "trop-peu-de-competences"]
MethodeIncertitude = Literal["individuelle", "hierarchique"]
_Forme = Literal["ellipse", "segment", "point"]
EtatRegion = Literal["ellipse", "segment", "couvre-tout", "sans-position", "un-seul-pole", "trop-peu-de-competences"]
_Coordonnees: TypeAlias = tuple[Nombres, Nombres]
"""Deux coordonnées, chacune un nombre ou un tableau."""
_Moments: TypeAlias = tuple[Nombres, Nombres, Nombres]
"""Covariance de deux coordonnées : xx, xy, yy."""


@dataclass(frozen=True, slots=True)
class Covariance:
    """Covariance de deux coordonnées, en unité d’axe au carré."""

    xx: float
    xy: float
    yy: float

    @property
    def erreur_x(self) -> float:
        """Erreur type (ou écart-type) de x, en unité d’axe."""
        return sqrt(self.xx)

    @property
    def erreur_y(self) -> float:
        """Erreur type (ou écart-type) de y, en unité d’axe."""
        return sqrt(self.yy)


@dataclass(frozen=True, slots=True)
class Ellipse:
    """Les points p où (p − centre)ᵀ V⁻¹ (p − centre) ≤ ``rayon2`` ; un segment ou un point si V est singulière."""

    centre: Position
    covariance: Covariance
    rayon2: float

    @property
    def forme(self) -> _Forme:
        """« ellipse », « segment » ou « point »."""
        v = self.covariance
        if _est_pleine((v.xx, v.xy, v.yy)):
            return "ellipse"
        return "segment" if v.xx + v.yy > _NUL else "point"

    @property
    def demi_axes(self) -> tuple[float, float]:
        """Le grand et le petit demi-axe, en unité d’axe."""
        v = self.covariance
        milieu, ecart = (v.xx + v.yy) / 2, sqrt(((v.xx - v.yy) / 2) ** 2 + v.xy**2)
        return sqrt(self.rayon2 * (milieu + ecart)), sqrt(self.rayon2 * max(milieu - ecart, 0.0))

    @property
    def angle(self) -> float:
        """Angle du grand axe avec l’horizontale, en radians, entre −π/2 et π/2."""
        return atan2(2 * self.covariance.xy, self.covariance.xx - self.covariance.yy) / 2

    def contient(self, point: Position) -> bool:
        """Vrai si le point est dans l’ellipse ou sur son bord."""
        v = self.covariance
        ecarts = (point.x - self.centre.x, point.y - self.centre.y)
        return bool(_couvre(*ecarts, (v.xx, v.xy, v.yy), self.rayon2, choisir_un))

    def contour(self, pas: int = 60) -> tuple[Position, ...]:
        """Le bord, en ``pas`` points répartis par angle égal, dans le sens direct ; non refermé."""
        (grand, petit), c, s = self.demi_axes, cos(self.angle), sin(self.angle)
        angles = [2 * pi * rang / pas for rang in range(pas)]
        return tuple(
            Position(
                self.centre.x + grand * cos(a) * c - petit * sin(a) * s,
                self.centre.y + grand * cos(a) * s + petit * sin(a) * c,
            )
            for a in angles
        )


@dataclass(frozen=True, slots=True)
class Incertitude:
    """L’incertitude d’une position ; sans ``region``, ``motif`` dit pourquoi, avec elle ``methode`` dit comment.

    ``repliques`` : compétences qui comptent (au moins un item répondu). ``equilibre_possible`` : la région couvre le
    centre de gravité des pôles, donc rien ne permet d’affirmer qu’une ingénierie pèse plus que les autres.
    ``couvre_tout`` : elle couvre tous les pôles, donc toutes les positions possibles ; elle ne dit rien.
    """

    repliques: int
    region: Ellipse | None = None
    equilibre_possible: bool | None = None
    motif: MotifIncertitude | None = None
    methode: MethodeIncertitude | None = None
    couvre_tout: bool = False

    @property
    def etat(self) -> EtatRegion:
        """Ce qu’est la région, ou pourquoi il n’y en a pas : le motif."""
        if self.region is None:
            return self.motif or "sans-position"
        return etat_de_la_region(couvre_tout=self.couvre_tout, pleine=self.region.forme == "ellipse")


def etat_de_la_region(*, couvre_tout: bool, pleine: bool) -> EtatRegion:
    """L’état d’une région calculée ; plate, les pôles sont alignés."""
    if couvre_tout:
        return "couvre-tout"
    return "ellipse" if pleine else "segment"


@dataclass(frozen=True, slots=True)
class IncertitudeEnColonnes:
    """L’incertitude en colonnes (un nombre, ou un tableau pour un groupe) ; n’a de sens que là où ``presente``.

    ``repliques`` : m ; ``xx``, ``xy``, ``yy`` : covariance ; ``pleine`` : la région n’est pas un segment ; ``couvre`` :
    elle contient le centre de gravité des pôles ; ``couvre_tout`` : elle contient tous les pôles.
    """

    presente: Nombres
    repliques: Nombres
    xx: Nombres
    xy: Nombres
    yy: Nombres
    pleine: Nombres
    couvre: Nombres
    couvre_tout: Nombres


@dataclass(frozen=True, slots=True)
class Etalement:
    """Comment des scores tiennent à des réponses (des nombres, ou des tableaux) : ceux des ingénieries, celui d’une
    seule échelle, ou ceux de deux passations bout à bout.

    ``repliques`` : m, les compétences répondues. ``scores`` : un par ingénierie. ``ecarts`` : par compétence, de
    combien elle déplace chaque score ; leur somme est nulle. ``arrondis`` : variance d’arrondi de chaque score.
    ``part`` : ce qui reste dans un score de la variance d’une compétence, 1/m si toutes pèsent autant.
    """

    repliques: Nombres
    scores: tuple[Nombres, ...]
    ecarts: tuple[tuple[Nombres, ...], ...]
    arrondis: tuple[Nombres, ...]
    part: Nombres


@dataclass(frozen=True, slots=True)
class DispersionCommune:
    """C̄ : comment les réponses d’une strate varient d’une compétence à l’autre, ingénierie par ingénierie.

    ``covariance`` : le triangle supérieur, ligne à ligne, en unité de l’échelle au carré.
    """

    passations: int
    covariance: tuple[float, ...]


def quantile_f(q: float, nu: Nombres) -> Nombres:
    """Quantile de la loi de Fisher à 2 et ``nu`` degrés de liberté : ν/2 · ((1 − q)^(−2/ν) − 1).

    Forme fermée, car P(F > f) = (1 + 2f/ν)^(−ν/2) quand le premier degré vaut 2.
    """
    return nu / 2 * ((1 - q) ** (-2 / nu) - 1)


def rayon_de_hotelling(n: Nombres, niveau: float = NIVEAU_DE_CONFIANCE) -> Nombres:
    """Carré du rayon de la région d’une moyenne de ``n`` points du plan : 2(n − 1)/(n − 2) · F₂,ₙ₋₂ ; n > 2."""
    return 2 * (n - 1) / (n - 2) * quantile_f(niveau, n - 2)


def etaler(
    referentiel: Referentiel, retenues: Mapping[str, Nombres], repondus: Mapping[str, Nombres], choisir: Choisir
) -> Etalement:
    """Comment les scores tiennent à chaque compétence, en opérations sur des colonnes : pour un ou pour un million.

    :param retenues: valeur retenue par code d’item, **zéro** s’il n’est pas répondu.
    :param repondus: un ou zéro par code d’item.
    """
    lignes = [list(cases.values()) for cases in referentiel.baremes_des_cases.values()]
    return _etaler(referentiel.echelle, lignes, (retenues, repondus), choisir)


def _etaler(
    echelle: Echelle,
    lignes: Sequence[Sequence[Bareme]],
    reponses: tuple[Mapping[str, Nombres], Mapping[str, Nombres]],
    choisir: Choisir,
) -> Etalement:
    """L’étalement de scores, chacun une colonne de ``lignes`` ; une ligne par compétence."""
    cases = [[_peser(bareme, *reponses) for bareme in ligne] for ligne in lignes]
    par_ingenierie = list(zip(*cases, strict=True))
    poids = [sum(case.poids for case in colonne) for colonne in par_ingenierie]
    diviseurs = [choisir(total > 0, total, 1.0) for total in poids]
    scores = [
        sum(case.somme for case in colonne) / total for colonne, total in zip(par_ingenierie, diviseurs, strict=True)
    ]
    m = sum(choisir(sum(case.poids for case in ligne) > 0, 1, 0) for ligne in cases)
    arrondi = _variance_d_arrondi(echelle)
    arrondis = [
        arrondi * sum(case.carres for case in colonne) / (total * total)
        for colonne, total in zip(par_ingenierie, diviseurs, strict=True)
    ]
    ecarts = [
        tuple((case.somme - s * case.poids) / total for case, s, total in zip(ligne, scores, diviseurs, strict=True))
        for ligne in cases
    ]
    carres = [
        (case.poids / total) * (case.poids / total)
        for ligne in cases
        for case, total in zip(ligne, diviseurs, strict=True)
    ]
    return Etalement(m, tuple(scores), tuple(ecarts), tuple(arrondis), sum(carres) / len(poids))


def _propager(
    etalement: Etalement, gradient: Sequence[_Coordonnees], commune: DispersionCommune | None, choisir: Choisir
) -> _Moments:
    """La covariance de deux formes linéaires des scores, de ``gradient`` donné.

    Les formes peuvent porter sur plusieurs passations à la fois : leurs scores, écarts et arrondis mis bout à bout.

    :param commune: la dispersion de la strate, pour la méthode hiérarchique ; sans elle, l’individuelle.
    """
    m = choisir(etalement.repliques >= COMPETENCES_MIN, etalement.repliques, COMPETENCES_MIN)
    pas = [
        (
            sum(g[0] * z for g, z in zip(gradient, ligne, strict=True)),
            sum(g[1] * z for g, z in zip(gradient, ligne, strict=True)),
        )
        for ligne in etalement.ecarts
    ]
    propre = _fois(m / (m - 1), _somme_des_carres([1.0] * len(pas), pas))
    arrondi = _somme_des_carres(etalement.arrondis, gradient)
    if commune is None:
        return _plus(propre, arrondi)
    de_la_strate = _plus(_fois(etalement.part, _forme_quadratique(commune.covariance, gradient)), arrondi)
    total = POIDS_DE_LA_STRATE + m - 1
    return _plus(_fois(POIDS_DE_LA_STRATE / total, de_la_strate), _fois((m - 1) / total, propre))


def estimer_en_colonnes(
    referentiel: Referentiel,
    etalement: Etalement,
    position: _Coordonnees,
    choisir: Choisir,
    commune: DispersionCommune | None = None,
) -> IncertitudeEnColonnes:
    """L’incertitude de positions, en opérations sur des colonnes : les mêmes nombres pour une personne et un million.

    :param position: x et y, présents ou non (l’appelant écarte les positions absentes).
    :param commune: la dispersion de la strate, pour la méthode hiérarchique ; sans elle, l’individuelle.
    """
    m = etalement.repliques
    assez = m >= COMPETENCES_MIN
    poles = [i.position for i in referentiel.ingenieries]
    gradient = _gradient_de_la_position(referentiel, etalement, position, choisir)
    v = _propager(etalement, gradient, commune, choisir)
    rayon2 = _rayon_de_la_region(choisir(assez, m, COMPETENCES_MIN), commune)
    couvre, *couverts = [
        _couvre(point.x - position[0], point.y - position[1], v, rayon2, choisir)
        for point in (centre_des_poles(poles), *poles)
    ]
    couvre_tout = assez
    for couvert in couverts:
        couvre_tout = couvre_tout & couvert
    return IncertitudeEnColonnes(assez & (len(set(poles)) > 1), m, *v, _est_pleine(v), couvre, couvre_tout)


def _gradient_de_la_position(
    referentiel: Referentiel, etalement: Etalement, position: _Coordonnees, choisir: Choisir
) -> list[_Coordonnees]:
    """Ce dont la position bouge quand chaque score d’ingénierie bouge d’un pas : g_k = (P_k − P) / Σ_j (s_j − min)."""
    total = sum(score - referentiel.echelle.min for score in etalement.scores)
    diviseur = choisir(total > 0, total, 1.0)
    poles = [i.position for i in referentiel.ingenieries]
    return [((pole.x - position[0]) / diviseur, (pole.y - position[1]) / diviseur) for pole in poles]


def _rayon_de_la_region(m: Nombres, commune: DispersionCommune | None) -> Nombres:
    """Carré du rayon de la région à 95 % d’une position de ``m`` compétences, par l’une ou l’autre méthode."""
    return rayon_de_hotelling(m if commune is None else m + POIDS_DE_LA_STRATE)


def etaler_une_personne(referentiel: Referentiel, valeurs: Mapping[str, int]) -> Etalement:
    """L’étalement d’une seule passation.

    :param valeurs: valeur de l’échelle par code d’item répondu, comme pour ``noter``.
    :raises ValueError: si un code est inconnu ou une valeur hors des niveaux.
    """
    return etaler(referentiel, *_en_colonnes(referentiel, valeurs), choisir_un)


def etaler_une_echelle(referentiel: Referentiel, echelle: EchelleNotee, valeurs: Mapping[str, int]) -> Etalement:
    """L’étalement du seul score d’une échelle ; ``repliques`` y compte les compétences où elle a un item répondu.

    :param valeurs: valeur de l’échelle de réponse par code d’item répondu, comme pour ``noter``.
    :raises ValueError: si un code est inconnu ou une valeur hors des niveaux.
    """
    lignes = [[bareme] for bareme in referentiel.baremes_par_competence[echelle.identifiant]]
    return _etaler(referentiel.echelle, lignes, _en_colonnes(referentiel, valeurs), choisir_un)


def _en_colonnes(referentiel: Referentiel, valeurs: Mapping[str, int]) -> tuple[dict[str, float], dict[str, int]]:
    """Valeur retenue de chaque item, zéro s’il n’est pas répondu ; puis un s’il l’est, ou zéro."""
    retenues, codes = valeurs_retenues(referentiel, valeurs), referentiel.items_par_code
    return {code: float(retenues.get(code, 0)) for code in codes}, {code: int(code in retenues) for code in codes}


def estimer(
    referentiel: Referentiel,
    valeurs: Mapping[str, int],
    situation: Situation,
    commune: DispersionCommune | None = None,
) -> Incertitude:
    """L’incertitude de la position d’une personne.

    :param valeurs: valeur de l’échelle par code d’item répondu, comme pour ``noter``.
    :param situation: celle que ``noter`` en a tirée.
    :param commune: la dispersion de sa strate, pour la méthode hiérarchique ; sans elle, l’individuelle.
    :raises ValueError: si un code est inconnu ou une valeur hors des niveaux.
    """
    etalement, place = etaler_une_personne(referentiel, valeurs), situation.position
    m = etalement.repliques
    if place is None:
        return Incertitude(m, motif="sans-position")
    calculee = estimer_en_colonnes(referentiel, etalement, (place.x, place.y), choisir_un, commune)
    if not calculee.presente:
        return Incertitude(m, motif=motif_sans_region(referentiel))
    region = Ellipse(place, Covariance(calculee.xx, calculee.xy, calculee.yy), _rayon_de_la_region(m, commune))
    methode = methode_avec(commune)
    return Incertitude(m, region, bool(calculee.couvre), None, methode, bool(calculee.couvre_tout))


# --- D’une passation à l’autre : la différence d’un score, le déplacement d’une position.


def plancher_d_arrondi(premier: Etalement, second: Etalement) -> float:
    """L’erreur type que le seul arrondi aux niveaux met dans la différence des scores d’une échelle.

    Trois items de même poids, des pas d’un : √(2 · (1/12) / 3) = 0,24. Elle est plus grande, on ne sait de combien.
    """
    return sqrt(premier.arrondis[0] + second.arrondis[0])


def erreur_de_la_difference(premier: Etalement, second: Etalement) -> float | None:
    """L’erreur type de la différence des scores d’une échelle, d’après deux étalements aux mêmes items répondus.

    Rien sous ``COMPETENCES_MIN`` compétences : d’une personne seule, aucun intervalle honnête n’en sort.
    """
    if premier.repliques < COMPETENCES_MIN:
        return None
    variance, _, _ = _propager(_bout_a_bout(premier, second), [(-1.0, 0.0), (1.0, 0.0)], None, choisir_un)
    return sqrt(variance)


def _erreur_de_l_ecart(
    referentiel: Referentiel,
    echelles: tuple[EchelleNotee, EchelleNotee],
    passations: Sequence[tuple[float, Mapping[str, int]]],
) -> tuple[float, int] | None:
    """L’erreur type de l’écart entre deux échelles des mêmes passations, et les compétences d’où elle vient.

    L’écart est Σ p · (second score − premier score). La même compétence s’ôte des deux échelles et de toutes les
    passations à la fois ; l’arrondi s’y compte pour chacune. Un item commun aux deux échelles s’y compterait deux
    fois : l’erreur en serait un peu trop grande, jamais trop petite.

    Rien sous ``COMPETENCES_MIN`` compétences.

    :param passations: le poids p de chacune, et ses valeurs par code d’item répondu ; les deux scores y sont présents.
    :raises ValueError: si un code est inconnu ou une valeur hors des niveaux.
    """
    lignes = [
        [Bareme.pour(item for item in echelle.items if item.competence == c.identifiant) for echelle in echelles]
        for c in referentiel.competences
    ]
    colonnes = (_en_colonnes(referentiel, valeurs) for _, valeurs in passations)
    tous = [_etaler(referentiel.echelle, lignes, deux, choisir_un) for deux in colonnes]
    repondus = {code for _, valeurs in passations for code in valeurs}
    m = sum(any(code in repondus for bareme in ligne for code in bareme.codes) for ligne in lignes)
    if m < COMPETENCES_MIN:
        return None
    ecarts = tuple(tuple(z for une in tous for z in une.ecarts[rang]) for rang in range(len(lignes)))
    arrondis = tuple(arrondi for une in tous for arrondi in une.arrondis)
    gradient = [(signe * poids, 0.0) for poids, _ in passations for signe in (-1.0, 1.0)]
    variance, _, _ = _propager(Etalement(m, (), ecarts, arrondis, 0.0), gradient, None, choisir_un)
    return sqrt(variance), m


def region_du_deplacement(
    referentiel: Referentiel, etalements: tuple[Etalement, Etalement], places: tuple[Position, Position]
) -> Ellipse | MotifIncertitude:
    """La région à 95 % du déplacement d’une position, centrée sur lui ; ou pourquoi il n’y en a pas.

    :param etalements: ceux des deux passations, aux mêmes items répondus.
    :param places: leurs positions sur ces items.
    """
    premier, second = etalements
    if premier.repliques < COMPETENCES_MIN or len({i.position for i in referentiel.ingenieries}) == 1:
        return motif_sans_region(referentiel)
    avant, apres = (
        _gradient_de_la_position(referentiel, etalement, (place.x, place.y), choisir_un)
        for etalement, place in zip(etalements, places, strict=True)
    )
    gradient = [*((-x, -y) for x, y in avant), *apres]
    covariance = Covariance(*_propager(_bout_a_bout(premier, second), gradient, None, choisir_un))
    deplacement = Position(places[1].x - places[0].x, places[1].y - places[0].y)
    return Ellipse(deplacement, covariance, _rayon_de_la_region(premier.repliques, None))


def _bout_a_bout(premier: Etalement, second: Etalement) -> Etalement:
    """Deux passations aux mêmes items répondus, comme une seule qui aurait deux fois plus de scores."""
    ecarts = tuple((*une, *autre) for une, autre in zip(premier.ecarts, second.ecarts, strict=True))
    scores, arrondis = (*premier.scores, *second.scores), (*premier.arrondis, *second.arrondis)
    return Etalement(premier.repliques, scores, ecarts, arrondis, premier.part)


@cache
def quantile_de_student(nu: int, niveau: float = NIVEAU_DE_CONFIANCE) -> float:
    """Le t tel que P(|T| < t) = ``niveau``, à ``nu`` degrés de liberté : 2,36 à sept.

    P est une somme finie à nu entier (Abramowitz et Stegun, 1964, 26.7.3 et 26.7.4) ; on l’inverse par dichotomie.
    """
    bas, haut = 0.0, pi / 2
    for _ in range(60):
        milieu = (bas + haut) / 2
        bas, haut = (milieu, haut) if _part_centrale(nu, milieu) < niveau else (bas, milieu)
    return sqrt(nu) * tan(bas)


def _part_centrale(nu: int, angle: float) -> float:
    """P(|T| < √nu · tan(angle))."""
    impair = nu % 2
    terme = cos(angle) if impair else 1.0
    somme = terme if nu > 1 else 0.0
    for rang in range(2 + impair, nu - 1, 2):
        terme *= cos(angle) ** 2 * (rang - 1) / rang
        somme += terme
    return (2 / pi) * (angle + sin(angle) * somme) if impair else sin(angle) * somme


def methode_avec(commune: DispersionCommune | None) -> MethodeIncertitude:
    """La méthode que l’on suit, selon que la strate a une dispersion commune ou non."""
    return "individuelle" if commune is None else "hierarchique"


def motif_sans_region(referentiel: Referentiel) -> MotifIncertitude:
    """Pourquoi une position présente n’a pas de région."""
    une_place = len({i.position for i in referentiel.ingenieries}) == 1
    return "un-seul-pole" if une_place else "trop-peu-de-competences"


def contribution(etalement: Etalement, choisir: Choisir) -> tuple[Nombres, ...]:
    """Ce qu’une passation apporte à la dispersion commune : m − 1, puis (m − 1) fois sa covariance, en triangle."""
    m = choisir(etalement.repliques >= COMPETENCES_MIN, etalement.repliques, COMPETENCES_MIN)
    facteur = m / choisir(etalement.part > 0, etalement.part, 1.0)
    ecarts, ingenieries = etalement.ecarts, range(len(etalement.scores))
    return (
        m - 1,
        *(facteur * sum(z[k] * z[autre] for z in ecarts) for k in ingenieries for autre in ingenieries[k:]),
    )


def mettre_en_commun(colonnes: Sequence[Sequence[float]]) -> DispersionCommune | None:
    """La dispersion commune d’une strate, ou rien si trop peu de passations la portent.

    Les sommes sont exactes (``fsum``) : l’ordre des passations n’y change rien.

    :param colonnes: celles de ``contribution``, sur les seules passations qui ont une région ; aucune sans elles.
    """
    if not colonnes or len(colonnes[0]) < STRATE_MIN:
        return None
    degres, *produits = colonnes
    total = fsum(degres)
    return DispersionCommune(len(degres), tuple(fsum(produit) / total for produit in produits))


@dataclass(frozen=True, slots=True)
class _Pesee:
    """Une case : somme des valeurs pesées, somme des poids, somme de leurs carrés, sur les items répondus."""

    somme: Nombres
    poids: Nombres
    carres: Nombres


def _peser(bareme: Bareme, retenues: Mapping[str, Nombres], repondus: Mapping[str, Nombres]) -> _Pesee:
    somme: Nombres = 0.0
    total: Nombres = 0.0
    carres: Nombres = 0.0
    for poids, codes in bareme.groupes:
        nombre = sum(repondus[code] for code in codes)
        somme = somme + poids * sum(retenues[code] for code in codes)
        total = total + poids * nombre
        carres = carres + poids * poids * nombre
    return _Pesee(somme, total, carres)


def _variance_d_arrondi(echelle: Echelle) -> float:
    """Variance de ce qu’une réponse perd à être un niveau : un douzième du carré du pas, en moyenne des pas."""
    niveaux = sorted(echelle.par_valeur)
    carres = [(apres - avant) ** 2 for avant, apres in pairwise(niveaux)]
    return sum(carres) / len(carres) / 12


def _somme_des_carres(poids: Iterable[Nombres], vecteurs: Iterable[_Coordonnees]) -> _Moments:
    """Σ p · v vᵀ."""
    paires = list(zip(poids, vecteurs, strict=True))
    return (
        sum(p * x * x for p, (x, _) in paires),
        sum(p * x * y for p, (x, y) in paires),
        sum(p * y * y for p, (_, y) in paires),
    )


def _forme_quadratique(triangle: Sequence[float], vecteurs: Sequence[_Coordonnees]) -> _Moments:
    """Σ C_kl · v_k v_lᵀ, C étant symétrique et donnée par son triangle supérieur."""
    xx: Nombres = 0.0
    xy: Nombres = 0.0
    yy: Nombres = 0.0
    paires = [(k, autre) for k in range(len(vecteurs)) for autre in range(k, len(vecteurs))]
    for c, (k, autre) in zip(triangle, paires, strict=True):
        (x, y), (x2, y2), fois = vecteurs[k], vecteurs[autre], c if k == autre else 2 * c
        xx = xx + fois * (x * x2)
        xy = xy + fois * ((x * y2 + x2 * y) / 2)
        yy = yy + fois * (y * y2)
    return xx, xy, yy


def _plus(un: _Moments, autre: _Moments) -> _Moments:
    return un[0] + autre[0], un[1] + autre[1], un[2] + autre[2]


def _fois(facteur: Nombres, moments: _Moments) -> _Moments:
    return facteur * moments[0], facteur * moments[1], facteur * moments[2]


def _est_pleine(covariance: _Moments) -> Nombres:
    """Vrai d’une covariance dont l’ellipse n’est ni un segment ni un point."""
    trace, determinant = _invariants(*covariance)
    return (trace > _NUL) & (determinant > _PLAT * trace * trace)


def _invariants(xx: Nombres, xy: Nombres, yy: Nombres) -> tuple[Nombres, Nombres]:
    """Trace et déterminant."""
    return xx + yy, xx * yy - xy * xy


def _couvre(dx: Nombres, dy: Nombres, covariance: _Moments, rayon2: Nombres, choisir: Choisir) -> Nombres:
    """Si le point à (dx, dy) du centre est dans l’ellipse ; sur le segment ou au point même si elle est plate."""
    xx, xy, yy = covariance
    trace, determinant = _invariants(xx, xy, yy)
    pleine, droite = _est_pleine(covariance), trace > _NUL
    distance2 = dx * dx + dy * dy
    forme = (dx * dx * yy - 2 * dx * dy * xy + dy * dy * xx) / choisir(pleine, determinant, 1.0)
    sur_la_trace = choisir(droite, trace, 1.0)
    # Segment porté par u : V = trace · uuᵀ, donc dᵀVd / trace = (d·u)².
    le_long = (dx * dx * xx + 2 * dx * dy * xy + dy * dy * yy) / sur_la_trace
    # La distance au segment est une différence : son arrondi croît avec la distance au centre.
    a_cote = distance2 - le_long > _NUL + _PLAT * distance2
    segment = choisir(a_cote, rayon2 + 1, le_long / sur_la_trace)
    point = choisir(distance2 > _NUL, rayon2 + 1, 0.0)
    mahalanobis = choisir(pleine, forme, choisir(droite, segment, point))
    return mahalanobis <= rayon2 * (1 + TOLERANCE)


# --- La tension entre les groupes d’items d’un regroupement.


EtatDeTension = Literal["s-ecartent", "incertain"]
"""Zéro est hors des bornes de l’écart, ou dedans."""
MotifDeTension = Literal["trop-peu-de-groupes", "trop-peu-de-competences", "petit-groupe"]
"""Moins de deux groupes d’items ont un score ; pas d’erreur à en tirer ; tu par la règle des petits groupes."""
_PART_DES_PERSONNES = 0.5

_ReponsesPesees: TypeAlias = tuple[float, Mapping[str, int], Resultat]
"""Ce que pèse une passation, ses valeurs par code d’item répondu, et ce qu’on en a noté."""


@dataclass(frozen=True, slots=True)
class Tension:
    """L’écart entre les deux groupes d’items les plus éloignés d’un regroupement.

    ``scores`` : par groupe d’items, dans l’unité de l’échelle, en moyenne des personnes comptées ; absent s’il ne se
    compare pas. ``repondus`` : items répondus par une personne au moins. ``personnes`` : combien sont comptées, sur
    ``effectif``. ``bas``, ``haut`` : les deux plus éloignés, le premier nommé à égalité. ``erreur`` : l’erreur type de
    leur écart ; ``bornes`` : à 95 %, le choix de la paire compté ; ``motif`` : pourquoi quelque chose manque.
    """

    regroupement: Regroupement
    effectif: int
    personnes: int
    scores: Mapping[str, float | None] = field(default_factory=dict)
    repondus: Mapping[str, int] = field(default_factory=dict)
    bas: str | None = None
    haut: str | None = None
    erreur: float | None = None
    bornes: tuple[float, float] | None = None
    motif: MotifDeTension | None = None

    @property
    def etendue(self) -> float | None:
        """Le plus haut score moins le plus bas."""
        if self.bas is None or self.haut is None:
            return None
        bas, haut = self.scores[self.bas], self.scores[self.haut]
        return None if bas is None or haut is None else haut - bas

    @property
    def etat(self) -> EtatDeTension | None:
        """Si les deux plus éloignés s’écartent au-delà de leur erreur ; rien sans bornes."""
        if self.bornes is None:
            return None
        return "s-ecartent" if self.bornes[0] > EGALITE else "incertain"


def mesurer_les_tensions(
    referentiel: Referentiel, personnes: Sequence[Sequence[tuple[Mapping[str, int], Resultat]]]
) -> tuple[Tension, ...]:
    """La tension de chaque regroupement d’au moins deux groupes d’items, dans l’ordre du référentiel.

    :param personnes: les passations de chacune, valeurs et résultat ; une personne y pèse une fois, quel qu’en soit
        le nombre.
    """
    return tuple(_mesurer(referentiel, r, personnes) for r in referentiel.regroupements if len(r.groupes) > 1)


def _mesurer(
    referentiel: Referentiel,
    regroupement: Regroupement,
    personnes: Sequence[Sequence[tuple[Mapping[str, int], Resultat]]],
) -> Tension:
    effectif = len(personnes)
    codes = _groupes_compares(regroupement, personnes)
    completes = [[p for p in siennes if _a_un_score(regroupement, codes, p[1])] for siennes in personnes]
    comptees = [siennes for siennes in completes if siennes]
    pesees = [
        (1 / (len(comptees) * len(siennes)), valeurs, resultat) for siennes in comptees for valeurs, resultat in siennes
    ]
    scores = {g.identifiant: _moyenne(regroupement, g.identifiant, pesees, codes) for g in regroupement.groupes}
    repondues = {code for _, valeurs, _ in pesees for code in valeurs}
    repondus = {g.identifiant: sum(code in repondues for code in g.items) for g in regroupement.groupes}
    presents = {code: score for code, score in scores.items() if score is not None}
    if len(presents) < 2:
        return Tension(regroupement, effectif, len(comptees), scores, repondus, motif="trop-peu-de-groupes")
    bas = min(presents, key=presents.__getitem__)
    haut = max((code for code in presents if code != bas), key=presents.__getitem__)
    erreur, bornes = _erreur_et_bornes(referentiel, (bas, haut), pesees, presents)
    motif: MotifDeTension | None = "trop-peu-de-competences" if erreur is None else None
    return Tension(regroupement, effectif, len(comptees), scores, repondus, bas, haut, erreur, bornes, motif)


def _groupes_compares(
    regroupement: Regroupement, personnes: Sequence[Sequence[tuple[Mapping[str, int], Resultat]]]
) -> list[str]:
    """Les groupes d’items où la moitié des personnes au moins ont un score."""
    comptes = {
        g.identifiant: sum(any(_a_un_score(regroupement, [g.identifiant], r) for _, r in une) for une in personnes)
        for g in regroupement.groupes
    }
    return [code for code, combien in comptes.items() if combien and combien >= _PART_DES_PERSONNES * len(personnes)]


def _a_un_score(regroupement: Regroupement, codes: Sequence[str], resultat: Resultat) -> bool:
    """Vrai si chacun de ces groupes d’items y a un score."""
    scores = resultat.regroupements[regroupement.identifiant]
    return all(scores[code].valeur is not None for code in codes)


def _moyenne(
    regroupement: Regroupement, groupe: str, pesees: Sequence[_ReponsesPesees], codes: Sequence[str]
) -> float | None:
    if groupe not in codes or not pesees:
        return None
    scores = ((poids, r.regroupements[regroupement.identifiant][groupe].valeur) for poids, _, r in pesees)
    return fsum(poids * valeur for poids, valeur in scores if valeur is not None)


def _erreur_et_bornes(
    referentiel: Referentiel,
    deux: tuple[str, str],
    pesees: Sequence[_ReponsesPesees],
    presents: Mapping[str, float],
) -> tuple[float | None, tuple[float, float] | None]:
    bas, haut = deux
    echelles = (referentiel.echelles[bas], referentiel.echelles[haut])
    trouvee = _erreur_de_l_ecart(referentiel, echelles, [(poids, valeurs) for poids, valeurs, _ in pesees])
    if trouvee is None:
        return None, None
    erreur, competences = trouvee
    niveau = 1 - (1 - NIVEAU_DE_CONFIANCE) / comb(len(presents), 2)
    marge = quantile_de_student(competences - 1, niveau) * erreur
    ecart = presents[haut] - presents[bas]
    return erreur, (ecart - marge, ecart + marge)
