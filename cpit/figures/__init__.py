"""Les figures de cpit : le seul code de dessin, pour la page, la commande « figure », le carnet et le README.

Chaque dessin prend un résultat et rend une ``Figure`` : un SVG autonome, au texte en texte, sans ressource extérieure,
accompagné de son titre et de sa description. Mêmes données, mêmes octets.

Ajouter une figure, c’est un module de ce paquet et une ligne dans ``FIGURES`` ; il ne se charge qu’à l’usage.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

PERSONNE, GROUPE = "personne", "groupe"
"""Ce qu’une figure dessine."""
FIGURES: Mapping[str, tuple[str, ...]] = {
    "carte": (PERSONNE, GROUPE),
    "radar": (PERSONNE, GROUPE),
    "matrice": (PERSONNE, GROUPE),
    "distribution": (GROUPE,),
}
"""Nature d’une figure → de qui elle se dessine ; « carte » est ``cpit.figures.carte``, qui a ``carte_personne``…"""


def dessinateur(nature: str, de: str) -> Callable[..., Any]:
    """La fonction qui dessine cette figure d’une personne ou d’un groupe : ``(valeur, style) -> Figure``."""
    trouve: Callable[..., Any] = getattr(import_module(f"cpit.figures.{nature}"), f"{nature}_{de}")
    return trouve
