"""La forme d’un message du catalogue."""

from __future__ import annotations

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
