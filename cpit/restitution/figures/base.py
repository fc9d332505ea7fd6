"""Ce qu’est une figure, et comment on la veut."""

from __future__ import annotations

from dataclasses import dataclass, field

from cpit.restitution.figures.dessin import Dessin

LARGEUR = 640.0
"""Largeur d’une figure quand on n’en demande pas d’autre, en pixels CSS (96 par pouce)."""


@dataclass(frozen=True, slots=True)
class Style:
    """Comment dessiner une figure.

    ``largeur`` : en pixels CSS (96 par pouce) ; la hauteur en découle. ``decimale`` : « , » ou « . ».
    ``gris`` : palette sans couleur, pour l’impression. ``dans_une_page`` : les couleurs sont des variables CSS
    (voir ``palette.variables``), pour suivre le thème clair ou sombre de la page ; sinon elles sont écrites en clair.
    """

    largeur: float = LARGEUR
    decimale: str = ","
    gris: bool = False
    dans_une_page: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """Une figure dessinée : un SVG autonome, qui porte son titre et sa description.

    ``cle`` : nom stable, préfixe de tous les identifiants du SVG ; deux figures d’une page n’ont pas la même.
    ``description`` : ce que la figure dit, en phrases. ``largeur`` et ``hauteur`` : en pixels CSS. ``dessin`` : les
    mêmes formes, pour une sortie qui n’est pas du SVG.
    """

    cle: str
    titre: str
    description: str
    svg: str
    largeur: float
    hauteur: float
    dessin: Dessin = field(repr=False)
