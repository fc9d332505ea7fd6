"""Deux scores des mêmes personnes : de combien ils diffèrent, à quelle échelle, et jusqu’où l’un dit l’autre.

Sur n personnes, D_i étant le second score moins le premier, D̄ leur moyenne et s leur écart-type (n − 1) :

- la **différence moyenne** D̄, bornes de Student, celles de ``t.test(paired = TRUE)`` de R ;
- **d_z** = D̄ / s, et **d_av** = D̄ / ((s_1 + s_2) / 2), s_1 et s_2 étant les écarts-types des deux séries (Lakens, 2013,
  *Frontiers in Psychology*, 4:863). Le premier dit si les personnes changent ensemble, le second de combien, rapporté à
  ce qui les distingue ;
- les **limites d’accord** D̄ ± 1,96 · s (Bland et Altman, 1986, *Lancet*, 327), D̄ étant alors le biais.

Les bornes à 95 % autres que celles de D̄ viennent du jackknife, comme dans ``cpit.coeur.fidelite.estimation`` : la
statistique recalculée sans chaque personne, l’erreur type de la dispersion de ces valeurs, la marge de Student aux
degrés de liberté de Satterthwaite, arrondis au-dessous. Des différences entières, tassées à zéro, l’exigent ; de peu de
personnes, il manque pourtant de largeur quand presque aucune ne bouge. La plus large de deux méthodes l’emporte donc :

- de d_z, le jackknife ou l’erreur type √(1/n + d_z²/(2n)) des grands échantillons normaux ;
- d’une limite, le jackknife ou la réunion des bornes de D̄ et de celles de s, prises sur son logarithme (Zou, 2013,
  *Statistical Methods in Medical Research*, 22).

Ce qu’elles couvrent est mesuré par ``tests/campagnes/couverture_evolution.py`` et daté dans le guide « calcul ».
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, floor, fsum, hypot, isfinite, log, sqrt

from cpit.coeur.incertitude import QUANTILE_D_USAGE, quantile_de_student
from cpit.coeur.moteur import EGALITE

TIENNENT = 30
"""Personnes à partir desquelles ces bornes ont été mesurées tenir ; en deçà, elles sont indicatives."""
_MOINS = 3
"""Personnes qu’il faut au jackknife : sans l’une d’elles, un écart-type doit encore se calculer."""


@dataclass(frozen=True, slots=True)
class NombreBorne:
    """Un nombre et ses bornes à 95 %, s’il en a."""

    valeur: float
    bornes: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class SeriesAppariees:
    """Ce que deux scores des mêmes personnes ont de différent, dans leur unité ; d_z et d_av n’en ont pas.

    ``de``, ``a`` : les deux moyennes, absentes si elles sont tues. Sans écart-type (une seule personne, ou rien que la
    règle des petits groupes permette), ni bornes, ni d, ni limites ; si toutes les différences sont égales, il est nul
    et rien n’a de bornes.
    """

    n: int
    de: float | None
    a: float | None
    difference: NombreBorne
    ecart_type: float | None = None
    d_z: NombreBorne | None = None
    d_av: NombreBorne | None = None
    limite_basse: NombreBorne | None = None
    limite_haute: NombreBorne | None = None

    @property
    def indicatives(self) -> bool:
        """Vrai si les bornes viennent de trop peu de personnes pour avoir été mesurées tenir."""
        return self.n < TIENNENT


def mesurer_les_series(premiere: Sequence[float], seconde: Sequence[float]) -> SeriesAppariees:
    """Tout ce que deux séries appariées donnent.

    :raises ValueError: si elles n’ont pas la même longueur, ou sont vides.
    """
    differences = [apres - avant for avant, apres in zip(premiere, seconde, strict=True)]
    if not differences:
        raise ValueError("aucune personne")
    n, trois = len(differences), _Sommes.de(premiere, seconde, differences)
    centre, ecart = trois[2].moyenne, trois[2].ecart_type
    moyennes = trois[0].moyenne, trois[1].moyenne
    if n == 1:
        return SeriesAppariees(1, *moyennes, NombreBorne(centre))
    if ecart <= EGALITE:
        plate = NombreBorne(centre)
        return SeriesAppariees(n, *moyennes, plate, 0.0, limite_basse=plate, limite_haute=plate)
    sans = _sans_chacune((premiere, seconde, differences), trois)
    marge = quantile_de_student(n - 1) * ecart / sqrt(n)
    basse, haute = (_limite(signe, trois[2], sans, marge) for signe in (-1, 1))
    return SeriesAppariees(
        n, *moyennes, _encadrer(centre, marge), ecart, _d_z(trois, sans), _d_av(trois, sans), basse, haute
    )


# --- Les statistiques, et les mêmes sans chaque personne.


@dataclass(frozen=True, slots=True)
class _Sommes:
    """D’une série : combien, leur moyenne, et la somme des carrés des écarts à elle."""

    n: int
    moyenne: float
    carres: float

    @classmethod
    def de(cls, *series: Sequence[float]) -> tuple[_Sommes, ...]:
        """Les sommes de chaque série."""
        rendues = []
        for valeurs in series:
            moyenne = fsum(valeurs) / len(valeurs)
            rendues.append(cls(len(valeurs), moyenne, fsum((v - moyenne) ** 2 for v in valeurs)))
        return tuple(rendues)

    @property
    def ecart_type(self) -> float:
        """Celui de l’échantillon (n − 1) ; zéro d’une seule valeur."""
        return sqrt(max(self.carres, 0.0) / (self.n - 1)) if self.n > 1 else 0.0

    def sans(self, valeur: float) -> _Sommes:
        """Les mêmes, cette valeur ôtée."""
        ecart = valeur - self.moyenne
        return _Sommes(self.n - 1, self.moyenne - ecart / (self.n - 1), self.carres - ecart**2 * self.n / (self.n - 1))


_Trois = Sequence[_Sommes]
"""La première série, la seconde, leurs différences."""


def _sans_chacune(series: Sequence[Sequence[float]], sommes: _Trois) -> list[_Trois]:
    """Les sommes sans chaque personne."""
    return [
        [somme.sans(valeur) for somme, valeur in zip(sommes, personne, strict=True)]
        for personne in zip(*series, strict=True)
    ]


def _d_z(trois: _Trois, sans: Sequence[_Trois]) -> NombreBorne:
    def statistique(sommes: _Trois) -> float:
        return _rapporter(sommes[2].moyenne, sommes[2].ecart_type)

    n, valeur = trois[2].n, statistique(trois)
    normale = quantile_de_student(n - 1) * sqrt(1 / n + valeur**2 / (2 * n))
    robuste = _marge(valeur, [statistique(une) for une in sans])
    return _encadrer(valeur, None if robuste is None else max(normale, robuste))


def _d_av(trois: _Trois, sans: Sequence[_Trois]) -> NombreBorne | None:
    def statistique(sommes: _Trois) -> float:
        return _rapporter(sommes[2].moyenne, (sommes[0].ecart_type + sommes[1].ecart_type) / 2)

    valeur = statistique(trois)
    return _encadrer(valeur, _marge(valeur, [statistique(une) for une in sans])) if isfinite(valeur) else None


def _limite(signe: int, differences: _Sommes, sans: Sequence[_Trois], marge: float) -> NombreBorne:
    """D̄ − 1,96 · s (``signe`` −1) ou D̄ + 1,96 · s, et ses bornes."""
    facteur, ecart = signe * QUANTILE_D_USAGE, differences.ecart_type
    valeur = differences.moyenne + facteur * ecart
    robuste = _marge(valeur, [une[2].moyenne + facteur * une[2].ecart_type for une in sans])
    rapport = _marge(log(ecart), [_logarithme(une[2].ecart_type) for une in sans])
    if robuste is None or rapport is None:
        return NombreBorne(valeur)
    dehors, dedans = (
        max(robuste, hypot(marge, QUANTILE_D_USAGE * ecart * part)) for part in (exp(rapport) - 1, 1 - exp(-rapport))
    )
    bas, haut = (dehors, dedans) if signe < 0 else (dedans, dehors)
    return NombreBorne(valeur, (valeur - bas, valeur + haut))


def _rapporter(difference: float, ecart: float) -> float:
    """Une différence en écarts-types ; l’infini si tout le monde a la même valeur."""
    return difference / ecart if ecart > EGALITE else float("inf")


def _logarithme(ecart: float) -> float:
    return log(ecart) if ecart > EGALITE else float("-inf")


def _encadrer(valeur: float, marge: float | None) -> NombreBorne:
    return NombreBorne(valeur, None if marge is None else (valeur - marge, valeur + marge))


def _marge(valeur: float, sans: Sequence[float]) -> float | None:
    """La marge à 95 % du jackknife ; rien si, sans l’une des personnes, la valeur manque, ou si elle ne change pas."""
    n = len(sans)
    if n < _MOINS or not all(map(isfinite, (valeur, *sans))):
        return None
    centre = fsum(sans) / n
    carres = [(une - centre) ** 2 for une in sans]
    somme = fsum(carres)
    if somme <= EGALITE**2:
        return None
    aplatissement = n * fsum(carre**2 for carre in carres) / somme**2
    libertes = n - 1 if aplatissement <= 1 else min(n - 1, floor(2 * n / (aplatissement - 1)))
    return quantile_de_student(max(libertes, 1)) * sqrt((n - 1) / n * somme)
