"""Placer des étiquettes près de leurs points sans qu’elles se recouvrent : des essais, du plus proche au plus loin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cpit.restitution.figures.dessin import Boite

ECARTS = (3.0, 9.0, 18.0, 30.0, 46.0, 66.0)
"""Distances essayées entre le signe et son étiquette, en pixels."""
SANS_FIL = 9.0
"""Au-delà de cet écart, un fil relie l’étiquette à son point."""
VOISINAGE = 7.0
"""Une étiquette à moins de cette distance d’un autre signe que le sien semblerait la sienne."""
HORS_CADRE = 50.0
"""Ce que coûte un pixel carré hors du cadre, quand un pixel carré de recouvrement coûte 1."""


@dataclass(frozen=True, slots=True)
class Demande:
    """Une étiquette à placer : son point, le rayon du signe, sa largeur et sa hauteur."""

    x: float
    y: float
    rayon: float
    largeur: float
    hauteur: float


@dataclass(frozen=True, slots=True)
class Place:
    """Où est l’étiquette ; ``fil`` : elle est loin de son point, un trait doit les relier."""

    boite: Boite
    fil: bool


def placer(demandes: Sequence[Demande], obstacles: Sequence[Boite], cadre: Boite) -> list[Place]:
    """Une place par demande, les premières servies d’abord ; les points demandeurs sont aussi des obstacles."""
    ecrites, places = list(obstacles), list[Place]()
    for demande in demandes:
        pris = [*ecrites, *(_signe(autre, 0.0 if autre is demande else VOISINAGE) for autre in demandes)]
        essais = [(_cout(boite, pris, cadre, rang), rang, ecart, boite) for rang, ecart, boite in _essais(demande)]
        _, _, ecart, boite = min(essais)
        ecrites.append(boite)
        places.append(Place(boite, ecart > SANS_FIL))
    return places


def _signe(demande: Demande, marge: float) -> Boite:
    r = demande.rayon + marge
    return demande.x - r, demande.y - r, demande.x + r, demande.y + r


def _essais(demande: Demande) -> list[tuple[int, float, Boite]]:
    """Rang, écart et boîte de chaque essai : à droite, à gauche, dessus, dessous, puis en biais."""
    essais: list[tuple[float, float, float]] = []
    for ecart in ECARTS:
        d = demande.rayon + ecart
        biais = d * 0.75
        w, h = demande.largeur, demande.hauteur
        essais += [(ecart, d, -h / 2), (ecart, -d - w, -h / 2), (ecart, -w / 2, -d - h), (ecart, -w / 2, d)]
        essais += [(ecart, biais, -biais - h), (ecart, -biais - w, -biais - h)]
        essais += [(ecart, biais, biais), (ecart, -biais - w, biais)]
    return [
        (
            rang,
            ecart,
            (
                demande.x + dx,
                demande.y + dy,
                demande.x + dx + demande.largeur,
                demande.y + dy + demande.hauteur,
            ),
        )
        for rang, (ecart, dx, dy) in enumerate(essais)
    ]


def _cout(boite: Boite, pris: Sequence[Boite], cadre: Boite, rang: int) -> float:
    aire = (boite[2] - boite[0]) * (boite[3] - boite[1])
    dehors = aire - recouvrement(boite, cadre)
    return dehors * HORS_CADRE + sum(recouvrement(boite, autre) for autre in pris) + rang * 0.5


def recouvrement(a: Boite, b: Boite) -> float:
    """Aire commune à deux boîtes, en pixels carrés."""
    large = min(a[2], b[2]) - max(a[0], b[0])
    haute = min(a[3], b[3]) - max(a[1], b[1])
    return max(large, 0.0) * max(haute, 0.0)
