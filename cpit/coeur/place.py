"""La place d’une situation dans un poste : à quelle fréquence elle se présente, combien elle y importe.

Deux questions facultatives, les mêmes pour tout référentiel. Leurs niveaux sont décidés ici, une fois, pour le
terminal, les formulaires, les tables et les exports. Rien n’en entre dans un score, un seuil ni un effectif.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

CleDePlace = Literal["frequence", "importance"]


@dataclass(frozen=True, slots=True)
class DimensionDePlace:
    """L’une des deux questions : sa clé, son nom, ce que l’on demande (à la personne, à un tiers), ses niveaux.

    ``niveaux`` : du plus bas au plus haut, valeur → mots.
    """

    cle: CleDePlace
    libelle: str
    question: str
    question_pour_un_tiers: str
    niveaux: Mapping[int, str]

    def mots(self, niveau: int | None) -> str:
        """Les mots d’un niveau ; vide s’il n’est pas dit."""
        return "" if niveau is None else self.niveaux[niveau]

    def cle_de(self, code: str) -> str:
        """La colonne de cette question pour un item : « frequence_C1P »."""
        return f"{self.cle}_{code}"

    def libelle_de(self, code: str) -> str:
        """Le titre de cette question pour un item : « Fréquence de C1P »."""
        return f"{self.libelle} de {code}"


FREQUENCE = DimensionDePlace(
    "frequence",
    "Fréquence",
    "Dans votre poste, à quelle fréquence cette situation se présente-t-elle ?",
    "Dans son poste, à quelle fréquence cette situation se présente-t-elle ?",
    MappingProxyType({0: "jamais", 1: "quelques fois par an", 2: "chaque mois", 3: "chaque semaine"}),
)
IMPORTANCE = DimensionDePlace(
    "importance",
    "Importance",
    "Dans votre poste, quelle importance a-t-elle ?",
    "Dans son poste, quelle importance a-t-elle ?",
    MappingProxyType({0: "sans importance", 1: "peu importante", 2: "importante", 3: "essentielle"}),
)
DIMENSIONS_DE_PLACE = (FREQUENCE, IMPORTANCE)
"""Dans l’ordre où elles se demandent."""
