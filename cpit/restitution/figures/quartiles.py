"""La répartition des scores d’une échelle dans un groupe, telle que les figures la montrent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cpit.coeur.cohorte import Cohorte, decrire
from cpit.restitution.figures.dessin import Trait

ETENDUE = Trait("serie-2", 1.4)
"""Du plus bas au plus haut score."""
MOITIE = Trait("serie-2", 5.0)
"""La moitié centrale : du premier au troisième quartile."""


@dataclass(frozen=True, slots=True)
class Repartition:
    """Ce que l’on trace d’un groupe de scores, dans l’unité de l’échelle."""

    n: int
    moyenne: float
    minimum: float
    quart_bas: float
    mediane: float
    quart_haut: float
    maximum: float


def presents(groupe: Cohorte, echelle: str) -> list[float]:
    """Les scores présents d’une échelle, en ordre croissant : l’ordre des personnes ne se lit pas."""
    valeurs = (notee.resultat.score(echelle).valeur for notee in groupe.notees)
    return sorted(valeur for valeur in valeurs if valeur is not None)


def repartir(valeurs: Sequence[float]) -> Repartition | None:
    """Moyenne, bornes et quartiles de scores ; rien s’il n’y en a pas."""
    statistique, triees = decrire(valeurs), sorted(valeurs)
    if statistique.moyenne is None or statistique.mediane is None:
        return None
    return Repartition(
        len(triees),
        statistique.moyenne,
        triees[0],
        quantile(triees, 0.25),
        statistique.mediane,
        quantile(triees, 0.75),
        triees[-1],
    )


def quantile(triees: Sequence[float], part: float) -> float:
    """Quantile par interpolation linéaire (type 7 de Hyndman et Fan, 1996 : celui d’Excel, de R et de numpy)."""
    rang = (len(triees) - 1) * part
    bas = int(rang)
    haut = min(bas + 1, len(triees) - 1)
    return triees[bas] + (triees[haut] - triees[bas]) * (rang - bas)
