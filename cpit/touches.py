"""Les touches : une seule table pour tous les écrans qui attendent une réponse, et les mots qui valent chacune.

Un écran déclare celles qui ont un effet chez lui ; les autres y sont refusées par la même phrase que partout.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum

from cpit.typographie import nettoyer


class Touche(StrEnum):
    """Une touche de commande ; sa valeur est le signe que l’on tape."""

    QUITTER = "q"
    AIDE = "?"
    PRECEDENT = "p"
    REVUE = "r"
    TRACE = "t"


_MOTS: dict[Touche, tuple[str, ...]] = {
    Touche.QUITTER: ("quitter",),
    Touche.AIDE: ("aide",),
    Touche.PRECEDENT: ("précédent", "precedent"),
    Touche.REVUE: ("revue", "revoir", "reprendre"),
    Touche.TRACE: ("trace",),
}
"""Les mots que l’on peut écrire en entier à la place du signe ; le premier est celui que l’on montre."""

_PAR_MOT = {mot: touche for touche, mots in _MOTS.items() for mot in (touche.value, *mots)}


class Quitter(Exception):
    """La personne a demandé à s’arrêter ; tout ce qu’elle a répondu est enregistré."""


def normaliser_saisie(saisie: str) -> str:
    """Saisie sans caractère invisible ni espace autour, en minuscules ; le « − » typographique vaut « - »."""
    return nettoyer(saisie).strip().casefold().replace("−", "-")


def touche_de(saisie: str) -> Touche | None:
    """La touche que dit une saisie, par son signe ou par un de ses mots ; rien si ce n’en est pas une."""
    return _PAR_MOT.get(unicodedata.normalize("NFC", normaliser_saisie(saisie)))


def sans_effet(touche: Touche) -> str:
    """La phrase qui refuse une touche là où elle n’a rien à faire."""
    return f"« {touche} » ({_MOTS[touche][0]}) n'a pas d'effet ici."
