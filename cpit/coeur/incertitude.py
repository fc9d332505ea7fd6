"""Ce que vaut une position : de combien elle bougerait si l’on avait posé d’autres situations (jackknife).

Une position repose sur peu de réponses. On la recalcule en ôtant du référentiel une compétence à la fois, par le
moteur qui note tout le reste ; la dispersion de ces répliques dit de combien la position dépend de chacune.

Avec m compétences où la personne a répondu, P₍₋c₎ la position sans la compétence c et P̄ leur moyenne, la covariance
estimée de la position est **V = (m − 1)/m · Σ (P₍₋c₎ − P̄)(P₍₋c₎ − P̄)ᵀ** (Quenouille, 1956 ; Tukey, 1958 ; Efron et
Tibshirani, *An Introduction to the Bootstrap*, 1993, chapitre 11). Les erreurs types sont les racines de sa diagonale.

La région à 95 % est l’ellipse **(p − P)ᵀ V⁻¹ (p − P) ≤ 2(m − 1)/(m − 2) · F₂,ₘ₋₂** (Hotelling, 1931) : V n’est
elle-même estimée que sur m répliques. À m = 8 le rayon² est 12,0, et non 5,99 comme le donnerait le χ² d’une
covariance connue. Ce que valent les deux, en simulation (``tests/test_incertitude.py``, huit compétences, réponses
arrondies à l’échelle, 20 000 personnes par modèle), en pourcentage de régions qui couvrent la vraie position :

| d’où viennent les huit compétences                                        | Hotelling | χ²  |
| ------------------------------------------------------------------------- | --------- | --- |
| tirées au hasard autour d’un profil d’ingénierie                          | 96        | 86  |
| de même, tout près du bas de l’échelle                                    | 92        | 82  |
| presque toutes pareilles, une sur dix tout autre                          | 88        | 76  |
| quatre seulement, chacune posée deux fois (deux se ressemblent toujours)  | 64        | 48  |

Ce que cela ne dit pas :

- les compétences d’un référentiel ne sont pas un échantillon tiré au hasard : la région dit « si l’on en avait
  choisi d’autres, semblables » ; quand des compétences se ressemblent deux à deux, elle est bien trop étroite ;
- c’est une erreur d’échantillonnage, pas un biais : qui se surestime partout a une région étroite au mauvais endroit ;
- les coordonnées des pôles sont tenues pour exactes ; leur hypothèse s’éprouve à part (« sensibilité ») ;
- peu de compétences (m petit) donnent une région très grande, qui peut sortir du polygone des pôles ;
- des compétences toutes pareilles donnent une région réduite à un point : une absence de variation, pas une certitude.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import atan2, cos, fsum, log, pi, sin, sqrt
from typing import Literal

from cpit.coeur.groupe import centre_de
from cpit.coeur.moteur import TOLERANCE, Choisir, Nombres, choisir_un, noter_bareme, part, placer
from cpit.coeur.notation import Situation, centre_des_poles, valeurs_retenues
from cpit.coeur.referentiel import Position, Referentiel

NIVEAU_DE_CONFIANCE = 0.95
"""Confiance des régions : convention."""
REPLIQUES_MIN = 3
"""Il en faut plus que de dimensions : F₂,ₘ₋₂ n’existe pas en dessous."""
_NUL = 1e-18
"""Variance en dessous de laquelle un écart n’est qu’un arrondi (1e-9 au carré, voir ``moteur.EGALITE``)."""
_PLAT = 1e-12
"""Rapport des variances en dessous duquel une ellipse est un segment (poles alignés, par exemple)."""

MotifIncertitude = Literal["sans-position", "un-seul-pole", "trop-peu-de-competences", "replique-sans-position"]
_Forme = Literal["ellipse", "segment", "point"]


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
        trace, determinant = _invariants(self.covariance.xx, self.covariance.xy, self.covariance.yy)
        if trace <= _NUL:
            return "point"
        return "ellipse" if determinant > _PLAT * trace * trace else "segment"

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
    """L’incertitude d’une position ; sans ``region``, ``motif`` dit pourquoi.

    ``repliques`` : compétences qui comptent (au moins un item répondu). ``equilibre_possible`` : la région couvre le
    centre de gravité des pôles, donc rien ne permet d’affirmer qu’une ingénierie pèse plus que les autres.
    """

    repliques: int
    region: Ellipse | None = None
    equilibre_possible: bool | None = None
    motif: MotifIncertitude | None = None


@dataclass(frozen=True, slots=True)
class Dispersion:
    """Un nuage de positions, et à part ce que vaut son centre.

    ``personnes`` : ellipse de covariance (n − 1) des personnes qui en contiendrait la moitié si le nuage était
    gaussien (rayon² = 2 ln 2) ; ``dedans`` : combien y sont vraiment. ``centre`` : région à 95 % de la moyenne,
    covariance / n et rayon de Hotelling. Les deux manquent en dessous de trois positions.
    """

    n: int
    personnes: Ellipse | None = None
    centre: Ellipse | None = None
    dedans: int = 0


@dataclass(frozen=True, slots=True)
class IncertitudeEnColonnes:
    """L’incertitude en colonnes (un nombre, ou un tableau pour un groupe) ; n’a de sens que là où ``presente``.

    ``repliques`` : m ; ``xx``, ``xy``, ``yy`` : covariance ; ``couvre`` : la région contient le centre de gravité.
    """

    presente: Nombres
    repliques: Nombres
    xx: Nombres
    xy: Nombres
    yy: Nombres
    couvre: Nombres


def quantile_f(q: float, nu: Nombres) -> Nombres:
    """Quantile de la loi de Fisher à 2 et ``nu`` degrés de liberté : ν/2 · ((1 − q)^(−2/ν) − 1).

    Forme fermée, car P(F > f) = (1 + 2f/ν)^(−ν/2) quand le premier degré vaut 2.
    """
    return nu / 2 * ((1 - q) ** (-2 / nu) - 1)


def rayon_de_hotelling(n: Nombres, niveau: float = NIVEAU_DE_CONFIANCE) -> Nombres:
    """Carré du rayon de la région d’une moyenne de ``n`` points du plan : 2(n − 1)/(n − 2) · F₂,ₙ₋₂ ; n > 2."""
    return 2 * (n - 1) / (n - 2) * quantile_f(niveau, n - 2)


def estimer_en_colonnes(
    referentiel: Referentiel,
    retenues: Mapping[str, Nombres],
    repondus: Mapping[str, Nombres],
    position: tuple[Nombres, Nombres],
    choisir: Choisir,
) -> IncertitudeEnColonnes:
    """Le jackknife, en opérations sur des colonnes : les mêmes nombres pour une personne et pour un million.

    :param retenues: valeur retenue par code d’item, **zéro** s’il n’est pas répondu.
    :param repondus: un ou zéro par code d’item.
    :param position: x et y, présents ou non (l’appelant écarte les positions absentes).
    """
    repliques = [_sans(referentiel, c.identifiant, retenues, repondus, choisir) for c in referentiel.competences]
    m = sum(compte for compte, _, _, _ in repliques)
    manquantes = sum(compte * choisir(presente, 0, 1) for compte, presente, _, _ in repliques)
    assez = m >= REPLIQUES_MIN
    diviseur = choisir(assez, m, REPLIQUES_MIN)
    moyenne_x = sum(compte * x for compte, _, x, _ in repliques) / diviseur
    moyenne_y = sum(compte * y for compte, _, _, y in repliques) / diviseur
    facteur = (diviseur - 1) / diviseur
    ecarts = [(compte, x - moyenne_x, y - moyenne_y) for compte, _, x, y in repliques]
    xx = facteur * sum(compte * dx * dx for compte, dx, _ in ecarts)
    xy = facteur * sum(compte * dx * dy for compte, dx, dy in ecarts)
    yy = facteur * sum(compte * dy * dy for compte, _, dy in ecarts)
    centre = centre_des_poles(i.position for i in referentiel.ingenieries)
    couvre = _couvre(
        centre.x - position[0], centre.y - position[1], (xx, xy, yy), rayon_de_hotelling(diviseur), choisir
    )
    plusieurs = len({i.position for i in referentiel.ingenieries}) > 1
    return IncertitudeEnColonnes(assez & (manquantes == 0) & plusieurs, m, xx, xy, yy, couvre)


def estimer(referentiel: Referentiel, valeurs: Mapping[str, int], situation: Situation) -> Incertitude:
    """L’incertitude de la position d’une personne.

    :param valeurs: valeur de l’échelle par code d’item répondu, comme pour ``noter``.
    :param situation: celle que ``noter`` en a tirée.
    :raises ValueError: si un code est inconnu ou une valeur hors des niveaux.
    """
    retenues = valeurs_retenues(referentiel, valeurs)
    m = len({referentiel.items_par_code[code].competence for code in retenues})
    place = situation.position
    if place is None:
        return Incertitude(m, motif="sans-position")
    codes = referentiel.items_par_code
    calculee = estimer_en_colonnes(
        referentiel,
        {code: float(retenues.get(code, 0)) for code in codes},
        {code: int(code in retenues) for code in codes},
        (place.x, place.y),
        choisir_un,
    )
    if not calculee.presente:
        return Incertitude(m, motif=_motif(referentiel, m))
    region = Ellipse(place, Covariance(calculee.xx, calculee.xy, calculee.yy), rayon_de_hotelling(m))
    return Incertitude(m, region, bool(calculee.couvre))


def disperser(positions: Sequence[Position]) -> Dispersion:
    """La dispersion des personnes d’une strate et l’incertitude de leur centre.

    L’incertitude du centre suppose des personnes prises au hasard dans une population plus large ; pour un groupe
    que l’on a tout entier, seule la dispersion a un sens.
    """
    n = len(positions)
    if n < REPLIQUES_MIN:
        return Dispersion(n)
    milieu = centre_de(positions) or Position(0.0, 0.0)
    covariance = Covariance(
        fsum((p.x - milieu.x) ** 2 for p in positions) / (n - 1),
        fsum((p.x - milieu.x) * (p.y - milieu.y) for p in positions) / (n - 1),
        fsum((p.y - milieu.y) ** 2 for p in positions) / (n - 1),
    )
    personnes = Ellipse(milieu, covariance, 2 * log(2))
    du_centre = Covariance(covariance.xx / n, covariance.xy / n, covariance.yy / n)
    centre = Ellipse(milieu, du_centre, rayon_de_hotelling(n))
    return Dispersion(n, personnes, centre, sum(personnes.contient(p) for p in positions))


def _sans(
    referentiel: Referentiel,
    competence: str,
    retenues: Mapping[str, Nombres],
    repondus: Mapping[str, Nombres],
    choisir: Choisir,
) -> tuple[Nombres, Nombres, Nombres, Nombres]:
    """Une réplique : si elle compte (un ou zéro), si elle a une position, son x et son y (zéro sinon)."""
    compte = choisir(sum(repondus[item.code] for item in referentiel.items_de(competence)) > 0, 1, 0)
    baremes = referentiel.baremes_sans[competence]
    if not all(bareme.codes for bareme in baremes.values()):
        return compte, compte < 0, 0.0, 0.0
    regles, echelle = referentiel.regles, referentiel.echelle
    notes = [noter_bareme(b, retenues, repondus, regles.seuil.valeur, choisir) for b in baremes.values()]
    parts = [choisir(n.presente, part(n.valeur, echelle.min, echelle.max), 0.0) for n in notes]
    poles = [(i.position.x, i.position.y) for i in referentiel.ingenieries]
    place = placer(parts, poles, regles.seuil_equilibre.valeur, choisir)
    presente = place.presente
    for note in notes:
        presente = presente & note.presente
    return compte, presente, choisir(presente, place.x, 0.0), choisir(presente, place.y, 0.0)


def _motif(referentiel: Referentiel, m: int) -> MotifIncertitude:
    if len({i.position for i in referentiel.ingenieries}) == 1:
        return "un-seul-pole"
    return "trop-peu-de-competences" if m < REPLIQUES_MIN else "replique-sans-position"


def _invariants(xx: Nombres, xy: Nombres, yy: Nombres) -> tuple[Nombres, Nombres]:
    """Trace et déterminant."""
    return xx + yy, xx * yy - xy * xy


def _couvre(
    dx: Nombres, dy: Nombres, covariance: tuple[Nombres, Nombres, Nombres], rayon2: Nombres, choisir: Choisir
) -> Nombres:
    """Si le point à (dx, dy) du centre est dans l’ellipse ; sur le segment ou au point même si elle est plate."""
    xx, xy, yy = covariance
    trace, determinant = _invariants(xx, xy, yy)
    pleine = determinant > _PLAT * trace * trace
    droite = trace > _NUL
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
