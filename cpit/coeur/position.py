"""La position sur la carte et ce qui y domine (règles 3 et 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import fsum, hypot
from typing import Literal

from cpit.coeur.modele import Position

EGALITE = 1e-9
"""Écart sous lequel deux parts sont égales (règle 4), et une distance égale au seuil d’équilibre : avec des parts
de 17/40 et 23/40 la distance est 0,15 tout juste, et 0.1499999999999999 en virgule flottante."""

MotifPosition = Literal["score-absent", "parts-nulles"]


@dataclass(frozen=True, slots=True)
class Situation:
    """Une position et sa lecture.

    ``dominante`` : identifiants des ingénieries qui dominent ; vide pour l’équilibre ; absente sans position.
    ``distance`` : distance au centre de gravité des pôles, en unité d’axe.
    ``manquants`` : ingénieries sans score, quand le motif est « score-absent ».
    """

    position: Position | None
    dominante: tuple[str, ...] | None = None
    distance: float | None = None
    motif: MotifPosition | None = None
    manquants: tuple[str, ...] = ()


def centre_de_gravite(poles: Iterable[Position]) -> Position:
    """Centre de gravité (isobarycentre) de points."""
    points = list(poles)
    return Position(fsum(p.x for p in points) / len(points), fsum(p.y for p in points) / len(points))


def situer(parts: Mapping[str, float | None], poles: Mapping[str, Position], seuil_equilibre: float) -> Situation:
    """Place des parts d’ingénierie : P = Σ a·P_k / Σ a, puis dit ce qui domine.

    :param parts: part de chaque ingénierie dans [0, 1], ou rien si elle n’a pas de score.
    :param poles: coordonnées de chaque ingénierie.
    :param seuil_equilibre: distance au centre de gravité, en unité d’axe, sous laquelle on dit « équilibre ».
    """
    presentes = {identifiant: part for identifiant, part in parts.items() if part is not None}
    if len(presentes) < len(parts):
        manquants = tuple(identifiant for identifiant in parts if identifiant not in presentes)
        return Situation(None, motif="score-absent", manquants=manquants)
    total = fsum(presentes.values())
    if total == 0:
        return Situation(None, motif="parts-nulles")
    position = Position(
        fsum(part * poles[identifiant].x for identifiant, part in presentes.items()) / total,
        fsum(part * poles[identifiant].y for identifiant, part in presentes.items()) / total,
    )
    centre = centre_de_gravite(poles.values())
    distance = hypot(position.x - centre.x, position.y - centre.y)
    return Situation(position, _dominante(presentes, distance, seuil_equilibre), distance)


def _dominante(parts: Mapping[str, float], distance: float, seuil_equilibre: float) -> tuple[str, ...]:
    if distance < seuil_equilibre - EGALITE:
        return ()
    plus_grande = max(parts.values())
    return tuple(identifiant for identifiant, part in parts.items() if plus_grande - part <= EGALITE)
