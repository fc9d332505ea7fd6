"""Un dessin : une liste de formes simples, en pixels, dont chaque sortie (SVG, PDF) fait sa version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import cos, pi, sin
from typing import Literal

from cpit.restitution.figures.police import INTERLIGNE

Ancre = Literal["start", "middle", "end"]
Point = tuple[float, float]
Boite = tuple[float, float, float, float]
"""Gauche, haut, droite, bas."""


@dataclass(frozen=True, slots=True)
class Trait:
    """Comment tracer : rôles de couleur (voir ``palette``), épaisseur et tirets en pixels, opacité du fond."""

    contour: str | None = None
    epaisseur: float = 1.0
    tirets: tuple[float, ...] = ()
    fond: str | None = None
    opacite: float = 1.0


@dataclass(frozen=True, slots=True)
class Trace:
    """Une ligne brisée, ou un polygone si elle est fermée."""

    points: tuple[Point, ...]
    trait: Trait
    ferme: bool = False


@dataclass(frozen=True, slots=True)
class Cercle:
    """Un cercle ou un disque."""

    x: float
    y: float
    rayon: float
    trait: Trait


@dataclass(frozen=True, slots=True)
class Texte:
    """Un texte sur une ligne ; ``y`` est sa ligne de base. ``tourne`` : lu de bas en haut."""

    x: float
    y: float
    contenu: str
    corps: float
    role: str = "encre"
    gras: bool = False
    ancre: Ancre = "start"
    tourne: bool = False


Forme = Trace | Cercle | Texte


@dataclass(frozen=True, slots=True)
class Calque:
    """Des formes d’une même sorte, nommées pour qui relit le SVG ; ``decoupe`` : rien ne s’en voit dehors."""

    nom: str
    formes: tuple[Forme, ...]
    decoupe: Boite | None = None


@dataclass(slots=True)
class Dessin:
    """Un dessin en cours : des calques, du fond vers le dessus."""

    largeur: float
    hauteur: float = 0.0
    calques: list[Calque] = field(default_factory=list)

    def poser(self, nom: str, formes: Sequence[Forme], decoupe: Boite | None = None) -> None:
        """Ajoute un calque, s’il n’est pas vide."""
        if formes:
            self.calques.append(Calque(nom, tuple(formes), decoupe))


def rectangle(boite: Boite, trait: Trait) -> Trace:
    """Un rectangle."""
    gauche, haut, droite, bas = boite
    return Trace(((gauche, haut), (droite, haut), (droite, bas), (gauche, bas)), trait, ferme=True)


def segment(debut: Point, fin: Point, trait: Trait) -> Trace:
    """Un segment."""
    return Trace((debut, fin), trait)


def losange(x: float, y: float, rayon: float, trait: Trait) -> Trace:
    """Un losange, sommets aux quatre points cardinaux."""
    return Trace(((x, y - rayon), (x + rayon, y), (x, y + rayon), (x - rayon, y)), trait, ferme=True)


def triangle(x: float, y: float, rayon: float, trait: Trait) -> Trace:
    """Un triangle équilatéral, pointe en haut."""
    angles = (pi / 2, pi / 2 + 2 * pi / 3, pi / 2 + 4 * pi / 3)
    return Trace(tuple((x + rayon * cos(a), y - rayon * sin(a)) for a in angles), trait, ferme=True)


def bloc(lignes: Sequence[str], x: float, y: float, corps: float, **options: object) -> list[Texte]:
    """Des lignes de texte l’une sous l’autre ; ``y`` est le haut du bloc."""
    return [
        Texte(x, y + corps * (0.95 + INTERLIGNE * rang), ligne, corps, **options)  # type: ignore[arg-type]
        for rang, ligne in enumerate(lignes)
    ]


def hauteur_bloc(lignes: int, corps: float) -> float:
    """Hauteur d’un bloc de lignes."""
    return lignes * corps * INTERLIGNE


def hachures(boite: Boite, trait: Trait, pas: float = 7.0) -> list[Trace]:
    """Des traits obliques qui remplissent un rectangle, coupés à ses bords."""
    gauche, haut, droite, bas = boite
    large, haute = droite - gauche, bas - haut
    traits = []
    depart = pas
    while depart < large + haute:
        debut = (gauche + min(depart, large), haut + max(0.0, depart - large))
        fin = (gauche + max(0.0, depart - haute), haut + min(depart, haute))
        traits.append(segment(debut, fin, trait))
        depart += pas
    return traits
