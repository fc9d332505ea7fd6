"""La forme d’un message du catalogue."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import NamedTuple


class Gravite(StrEnum):
    """« refus » : la donnée n’est pas prise. « avertissement » : elle l’est, et on le dit."""

    REFUS = "refus"
    AVERTISSEMENT = "avertissement"


class Message(NamedTuple):
    """Les trois phrases d’une anomalie ; ``{mot}`` y est remplacé par un mot de l’anomalie."""

    quoi: str
    attendu: str
    correction: str
    gravite: Gravite = Gravite.REFUS


def pour_obtenir(extra: str) -> str:
    """Comment avoir les bibliothèques d’un extra de cpit, sans point final : la phrase se continue.

    Au programme en un dossier, rien ne s’ajoute : y taper « pip install » ne changerait rien.
    """
    if getattr(sys, "frozen", False):
        return f'Au programme en un dossier rien ne s\'ajoute : prendre cpit par pip install "cpit[{extra}]"'
    return f'Taper pip install "cpit[{extra}]"'
