"""Les couleurs des figures, claires, sombres et grises : lisibles sans couleur, au contraste AA."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cpit.restitution.figures.base import Style

CLAIR: Mapping[str, str] = {
    "encre": "#17252c",
    "encre-douce": "#4a5a62",
    "fond": "#ffffff",
    "trait": "#7d8c94",
    "grille": "#d5dce0",
    "serie-1": "#0b5c6b",
    "serie-2": "#b0530b",
    "serie-3": "#6a4c93",
    "zone": "#eef3f4",
}
SOMBRE: Mapping[str, str] = {
    "encre": "#e8eef0",
    "encre-douce": "#a9b9c0",
    "fond": "#10212b",
    "trait": "#74868f",
    "grille": "#2e434e",
    "serie-1": "#6fd0c8",
    "serie-2": "#f0a35e",
    "serie-3": "#c3a6ee",
    "zone": "#182c37",
}
GRIS: Mapping[str, str] = {
    "encre": "#111111",
    "encre-douce": "#4d4d4d",
    "fond": "#ffffff",
    "trait": "#7f7f7f",
    "grille": "#d9d9d9",
    "serie-1": "#262626",
    "serie-2": "#6b6b6b",
    "serie-3": "#4d4d4d",
    "zone": "#f2f2f2",
}
"""Chaque rôle et sa couleur ; une figure ne distingue jamais deux choses par la seule couleur."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Donne la couleur d’un rôle (« encre », « serie-1 »…), telle qu’on l’écrit dans un attribut SVG."""

    couleurs: Mapping[str, str]
    variables: bool = False

    def __getitem__(self, role: str) -> str:
        couleur = self.couleurs[role]
        return f"var(--{role}, {couleur})" if self.variables else couleur


def palette_de(style: Style) -> Palette:
    """La palette d’un style."""
    return Palette(GRIS if style.gris else CLAIR, variables=style.dans_une_page)


def variables(couleurs: Mapping[str, str]) -> str:
    """Les déclarations CSS d’une palette, à mettre dans un sélecteur : « --encre: #17252c; … »."""
    return " ".join(f"--{role}: {couleur};" for role, couleur in couleurs.items())
