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
FIGURES: Mapping[str, Mapping[str, str]] = {
    "carte": {PERSONNE: "cpit.figures.carte:carte_personne", GROUPE: "cpit.figures.carte:carte_groupe"},
    "radar": {PERSONNE: "cpit.figures.radar:radar_personne", GROUPE: "cpit.figures.radar:radar_groupe"},
    "matrice": {PERSONNE: "cpit.figures.matrice:matrice_personne", GROUPE: "cpit.figures.matrice:matrice_groupe"},
    "distribution": {GROUPE: "cpit.figures.distribution:distribution_groupe"},
}
"""Nature d’une figure → de qui elle se dessine, et la fonction qui la dessine : ``(valeur, style) -> Figure``."""


def dessinateur(nature: str, de: str) -> Callable[..., Any]:
    """La fonction qui dessine cette figure d’une personne ou d’un groupe : ``(valeur, style) -> Figure``.

    :raises KeyError: si cette figure ne se dessine pas de l’une ou de l’autre.
    """
    module, _, fonction = FIGURES[nature][de].partition(":")
    trouve: Callable[..., Any] = getattr(import_module(module), fonction)
    return trouve
