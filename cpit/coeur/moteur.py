"""Les règles 1 à 5, écrites une seule fois, en opérations sur des « colonnes ».

Une colonne est un nombre (une personne) ou un tableau numpy (un million) : tout ce qui sait
``+ - * /``, se comparer, et passer par ``choisir(condition, alors, sinon)``, que l’appelant donne. Les opérations et
leur ordre étant les mêmes, une personne seule et un million donnent exactement les mêmes nombres.

Les items de même poids sont additionnés d’abord : ce sont des entiers, leur somme est exacte dans tous les ordres.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import fsum, inf
from operator import add
from typing import Any, Protocol, TypeAlias

Nombres: TypeAlias = Any
"""Un nombre ou un tableau numpy."""
Choisir: TypeAlias = Callable[[Any, Any, Any], Any]
"""``choisir(condition, alors, sinon)``, élément par élément."""

TOLERANCE = 1e-9
"""Écart relatif sous lequel deux sommes de poids sont égales : 7 items sur 25 au seuil 0,28 doivent passer,
alors que 0.28 * 25 vaut 7.000000000000001 en virgule flottante."""
EGALITE = 1e-9
"""Écart sous lequel deux parts sont égales (règle 4), et une distance égale au seuil d’équilibre : avec des parts
de 17/40 et 23/40 la distance est 0,15 tout juste, et 0.1499999999999999 en virgule flottante."""


class ItemPese(Protocol):
    """Ce que le calcul sait d’un item."""

    @property
    def code(self) -> str:
        """Code de l’item."""

    @property
    def poids(self) -> float:
        """Poids dans les moyennes, positif."""


@dataclass(frozen=True, slots=True)
class Bareme:
    """Une échelle réduite au calcul : ses items groupés par poids croissant, et la somme de leurs poids.

    ``entier`` : tous les poids sont entiers, donc les sommes sont exactes et la moyenne entre ses extrêmes.
    """

    groupes: tuple[tuple[float, tuple[str, ...]], ...]
    codes: tuple[str, ...]
    poids_total: float
    entier: bool

    @classmethod
    def pour(cls, items: Iterable[ItemPese]) -> Bareme:
        """Le barème d’une échelle."""
        par_poids: dict[float, list[str]] = {}
        for item in items:
            par_poids.setdefault(float(item.poids), []).append(item.code)
        groupes = tuple((poids, tuple(par_poids[poids])) for poids in sorted(par_poids))
        total = fsum(poids * len(codes) for poids, codes in groupes)
        codes = tuple(code for _, groupe in groupes for code in groupe)
        return cls(groupes, codes, total, all(poids.is_integer() for poids in par_poids))


@dataclass(frozen=True, slots=True)
class Note:
    """Un score et le compte de ses items répondus ; ``valeur`` n’a de sens que là où ``presente`` est vrai."""

    valeur: Nombres
    presente: Nombres
    repondus: Nombres


@dataclass(frozen=True, slots=True)
class Place:
    """Un point et ce qui y domine ; tout n’a de sens que là où ``presente`` est vrai (les parts ne sont pas nulles).

    ``dominent`` : pour chaque ingénierie, si elle domine ; aucune à l’équilibre.
    """

    x: Nombres
    y: Nombres
    presente: Nombres
    dominent: tuple[Nombres, ...]


def retenir(valeur: Nombres, minimum: int, maximum: int, *, inverse: bool) -> Nombres:
    """Valeur qui entre dans le calcul : ``minimum + maximum - valeur`` pour un item inverse (bornes déclarées)."""
    return minimum + maximum - valeur if inverse else valeur


def noter_bareme(
    bareme: Bareme,
    retenues: Mapping[str, Nombres],
    repondus: Mapping[str, Nombres],
    seuil: float,
    choisir: Choisir,
) -> Note:
    """Règles 1 et 5 : moyenne des valeurs retenues, pondérée sur les items répondus ; le barème a un item au moins.

    :param retenues: valeur retenue par code d’item, **zéro** s’il n’est pas répondu.
    :param repondus: un ou zéro par code d’item.
    """
    somme: Nombres = 0.0
    poids_repondu: Nombres = 0.0
    compte: Nombres = 0
    for poids, codes in bareme.groupes:
        nombre = reduce(add, [repondus[code] for code in codes])
        somme = somme + poids * reduce(add, [retenues[code] for code in codes])
        poids_repondu = poids_repondu + poids * nombre
        compte = compte + nombre
    moyenne = somme / choisir(compte > 0, poids_repondu, 1.0)
    if not bareme.entier:
        moyenne = _borner(moyenne, bareme.codes, retenues, repondus, choisir)
    presente = (compte > 0) & (poids_repondu >= seuil * bareme.poids_total * (1 - TOLERANCE))
    return Note(moyenne, presente, compte)


def _borner(
    moyenne: Nombres,
    codes: Sequence[str],
    retenues: Mapping[str, Nombres],
    repondus: Mapping[str, Nombres],
    choisir: Choisir,
) -> Nombres:
    """Une moyenne est entre ses extrêmes ; en virgule flottante, 0.1 * 3 / 0.1 vaut 3.0000000000000004,
    et une personne au plus bas de l’échelle aurait une part infime mais non nulle, donc une position."""
    bas: Nombres = inf
    haut: Nombres = -inf
    for code in codes:
        bas = choisir((repondus[code] > 0) & (retenues[code] < bas), retenues[code], bas)
        haut = choisir((repondus[code] > 0) & (retenues[code] > haut), retenues[code], haut)
    moyenne = choisir(moyenne < bas, bas, moyenne)
    return choisir(moyenne > haut, haut, moyenne)


def part(score: Nombres, minimum: int, maximum: int) -> Nombres:
    """Règle 2 : part d’une ingénierie."""
    return (score - minimum) / (maximum - minimum)


def placer(
    parts: Sequence[Nombres], poles: Sequence[tuple[float, float]], seuil_equilibre: float, choisir: Choisir
) -> Place:
    """Règles 3 et 4 : la position et ce qui y domine, quand toutes les parts sont présentes.

    La distance au centre se compare au carré : une racine ne serait pas la même partout, au dernier chiffre près.
    """
    total: Nombres = 0.0
    x: Nombres = 0.0
    y: Nombres = 0.0
    plus_grande = parts[0]
    for a, (pole_x, pole_y) in zip(parts, poles, strict=True):
        total = total + a
        x = x + a * pole_x
        y = y + a * pole_y
        plus_grande = choisir(a > plus_grande, a, plus_grande)
    presente = total > 0
    diviseur = choisir(presente, total, 1.0)
    x, y = x / diviseur, y / diviseur
    centre_x, centre_y = centre_de_gravite(poles)
    limite = max(seuil_equilibre - EGALITE, 0.0)
    loin = (x - centre_x) * (x - centre_x) + (y - centre_y) * (y - centre_y) >= limite * limite
    return Place(x, y, presente, tuple(loin & (plus_grande - a <= EGALITE) for a in parts))


def centre_de_gravite(poles: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Centre de gravité (isobarycentre) de points."""
    return fsum(x for x, _ in poles) / len(poles), fsum(y for _, y in poles) / len(poles)


def choisir_un(condition: Any, alors: Any, sinon: Any) -> Any:
    """``choisir`` pour une seule personne."""
    return alors if condition else sinon
