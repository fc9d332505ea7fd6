"""Ce que vaut un instrument dans un groupe : fidélité des échelles, tenue des items, accord des moments et des regards.

Pur : des matrices de réponses entrent, des dataclasses figées sortent. Emploie numpy, et scipy (extra « recherche »).
"""

from enum import StrEnum


class Intervalles(StrEnum):
    """Ceux qu’une étude donne : robustes, ou classiques pour comparer à d’autres logiciels."""

    ROBUSTES = "robustes"
    CLASSIQUES = "classiques"

    @property
    def au_singulier(self) -> str:
        """De quelle sorte est un seul d’entre eux : « robuste », « classique »."""
        return {Intervalles.ROBUSTES: "robuste", Intervalles.CLASSIQUES: "classique"}[self]
