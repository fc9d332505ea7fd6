"""La position sur la carte et ce qui y domine (règles 3 et 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import hypot
from typing import Literal

from cpit.coeur import moteur
from cpit.coeur.modele import Position

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
    return Position(*moteur.centre_de_gravite([(pole.x, pole.y) for pole in poles]))


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
    points = [(poles[identifiant].x, poles[identifiant].y) for identifiant in presentes]
    place = moteur.placer(list(presentes.values()), points, seuil_equilibre, moteur.choisir_un)
    if not place.presente:
        return Situation(None, motif="parts-nulles")
    centre = centre_de_gravite(poles.values())
    dominante = tuple(k for k, domine in zip(presentes, place.dominent, strict=True) if domine)
    return Situation(Position(place.x, place.y), dominante, hypot(place.x - centre.x, place.y - centre.y))
