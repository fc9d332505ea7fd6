"""De quel côté d’un point écrire son étiquette pour que la carte reste lisible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

COTES = ("right", "above", "below", "left")
LARGEUR_SIGNE = 7.0
HAUTEUR = 15.0
ECART = 8.0

Rectangle = tuple[float, float, float, float]
_LOIN = 1e9
_AXES: tuple[Rectangle, ...] = ((-_LOIN, -1, _LOIN, 1), (-1, -_LOIN, 1, _LOIN))
"""Les traits des deux axes, qui barreraient une étiquette."""


@dataclass(frozen=True, slots=True)
class Etiquette:
    """Un texte à écrire près d’un point, en unité d’axe."""

    x: float
    y: float
    texte: str


def placer(etiquettes: Sequence[Etiquette], deja: Sequence[tuple[Etiquette, str]], echelle: float) -> list[str]:
    """Côté de chaque étiquette : le premier qui n’en recouvre aucune autre, sinon celui qui en recouvre le moins.

    :param deja: étiquettes déjà placées, avec leur côté.
    :param echelle: pixels par unité d’axe.
    """
    points = [*_AXES, *(_autour(e, echelle) for e in (*etiquettes, *(e for e, _ in deja)))]
    occupes = [_rectangle(etiquette, cote, echelle) for etiquette, cote in deja]
    cotes = []
    for etiquette in etiquettes:
        candidats = {cote: _rectangle(etiquette, cote, echelle) for cote in COTES}
        gene = {cote: sum(_touche(r, autre) for autre in (*occupes, *points)) for cote, r in candidats.items()}
        choisi = min(COTES, key=lambda cote: gene[cote])
        cotes.append(choisi)
        if etiquette.texte.strip():
            occupes.append(candidats[choisi])
    return cotes


def _rectangle(etiquette: Etiquette, cote: str, echelle: float) -> Rectangle:
    """Place prise par une étiquette, en pixels (y vers le haut) : gauche, bas, droite, haut."""
    x, y, largeur = etiquette.x * echelle, etiquette.y * echelle, len(etiquette.texte) * LARGEUR_SIGNE
    if cote in {"right", "left"}:
        gauche = x + ECART if cote == "right" else x - ECART - largeur
        return gauche, y - HAUTEUR / 2, gauche + largeur, y + HAUTEUR / 2
    bas = y + ECART if cote == "above" else y - ECART - HAUTEUR
    return x - largeur / 2, bas, x + largeur / 2, bas + HAUTEUR


def _autour(etiquette: Etiquette, echelle: float) -> Rectangle:
    """La place de la marque elle-même."""
    x, y = etiquette.x * echelle, etiquette.y * echelle
    return x - 4, y - 4, x + 4, y + 4


def _touche(un: Rectangle, autre: Rectangle) -> bool:
    return un[0] < autre[2] and autre[0] < un[2] and un[1] < autre[3] and autre[1] < un[3]
