"""Ce que la fouille d’un dossier rend : ce qui est à la personne, ce qui la mêle à d’autres, ce qu’on ne sait pas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class Sorte(StrEnum):
    """Ce qu’est un fichier de la personne ; la valeur se montre."""

    PASSATION = "passation"
    COPIE = "copie de secours"
    DE_COTE = "enregistrement mis de côté"
    ABIMEE = "passation abîmée, gardée"
    TEMPORAIRE = "fichier temporaire"
    VERROU = "verrou de séance"
    CLASSEUR = "classeur individuel"
    FORMULAIRE = "formulaire"
    PAGE = "page"
    RESULTAT = "résultat"
    TABLE = "table où elle est seule"
    REMISE = "copie de ses données"


@dataclass(frozen=True, slots=True)
class Trouvaille:
    """Un fichier qui n’est qu’à la personne ; ``par_le_nom`` s’il est illisible et que seul son nom le dit."""

    chemin: Path
    sorte: Sorte
    par_le_nom: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """Un fichier où la personne est avec d’autres, ou seulement citée ; il n’est jamais effacé.

    ``lignes`` : numéros des lignes (dès 1) où son code est ; ``sure`` si c’est dans la colonne des identifiants.
    ``extrait`` : l’en-tête et ces lignes, ou des objets JSON, de quoi les lui remettre.
    """

    chemin: Path
    lignes: tuple[int, ...] = ()
    feuille: str | None = None
    sure: bool = False
    extrait: Sequence[Sequence[str]] = ()
    objets: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Doute:
    """Un fichier que l’on n’a pas pu lire, ou attribuer ; ``raison`` en clair."""

    chemin: Path
    raison: str


Verdict = Trouvaille | Doute | None
"""Ce qu’un fichier se révèle être, quand il n’est pas une suite de mentions."""


@dataclass
class Inventaire:
    """Tout ce qu’une fouille a trouvé dans un dossier."""

    racine: Path
    code: str
    siens: list[Trouvaille] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    doutes: list[Doute] = field(default_factory=list)
    liens: list[Path] = field(default_factory=list)
    voisins: Counter[str] = field(default_factory=Counter)
    """Codes qui ressemblent à celui de la personne → nombre de fichiers ; ils ne sont pas touchés."""
    etudes: list[Path] = field(default_factory=list)
    """Dossiers d’exports pseudonymisés."""
    cles: list[Path] = field(default_factory=list)
    """Clés de pseudonymes."""
    connus: set[str] = field(default_factory=set)
    """Tous les codes rencontrés, pour proposer le plus proche."""
    fichiers: int = 0

    @property
    def vide(self) -> bool:
        """Vrai si rien de la personne n’a été trouvé."""
        return not self.siens and not self.mentions

    def relatif(self, chemin: Path) -> str:
        """Un chemin, depuis le dossier fouillé."""
        return str(chemin.relative_to(self.racine))
