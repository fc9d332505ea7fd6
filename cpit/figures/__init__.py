"""Les figures de cpit : le seul code de dessin, pour la page, la commande « figure » et le README.

Chaque fonction prend un résultat et rend une ``Figure`` : un SVG autonome, au texte en texte, sans ressource
extérieure, accompagné de son titre et de sa description. Mêmes données, mêmes octets.
"""

from __future__ import annotations

from cpit.figures.carte import carte_groupe, carte_personne
from cpit.figures.dessin import LARGEUR, PALETTE_CLAIRE, PALETTE_GRISE, PALETTE_SOMBRE, Figure, Style, variables
from cpit.figures.distribution import distribution_groupe
from cpit.figures.matrice import matrice_groupe, matrice_personne
from cpit.figures.radar import radar_groupe, radar_personne

__all__ = [
    "LARGEUR",
    "PALETTE_CLAIRE",
    "PALETTE_GRISE",
    "PALETTE_SOMBRE",
    "Figure",
    "Style",
    "carte_groupe",
    "carte_personne",
    "distribution_groupe",
    "matrice_groupe",
    "matrice_personne",
    "radar_groupe",
    "radar_personne",
    "variables",
]
