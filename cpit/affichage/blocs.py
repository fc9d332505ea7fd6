"""Les blocs d’une page de terminal : le même contenu se dessine (rich) ou se lit à la suite (mode simple)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cpit.terminal import Terminal


@dataclass(frozen=True, slots=True)
class Titre:
    """Un titre ; niveau 1 pour la page, 2 pour une rubrique."""

    texte: str
    niveau: int = 2


@dataclass(frozen=True, slots=True)
class Paragraphe:
    """Une ou plusieurs phrases."""

    texte: str
    discret: bool = False
    retrait: int = 0


@dataclass(frozen=True, slots=True)
class Barre:
    """Une ligne de score : ``part`` dans [0, 1], absente si le score l’est."""

    code: str
    libelle: str
    part: float | None
    valeur: str
    niveau: str
    compte: str


@dataclass(frozen=True, slots=True)
class Barres:
    """Des scores, l’un sous l’autre ; ``comptes`` dit ce que comptent leurs « 12/12 »."""

    barres: tuple[Barre, ...]
    maximum: str
    discret: bool = False
    comptes: str = "items répondus"


@dataclass(frozen=True, slots=True)
class Grille:
    """Un dessin en caractères, et ce qu’il dit en phrases (le mode simple ne lit que les phrases)."""

    lignes: tuple[str, ...]
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lignes:
    """Un petit tableau ; la première ligne est l’en-tête. Les colonnes de ``droite`` sont des nombres."""

    entetes: tuple[str, ...]
    lignes: tuple[tuple[str, ...], ...]
    droite: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Morceau:
    """Une suite de mots d’un seul style (au sens de rich) ; le style se perd là où il ne se voit pas."""

    texte: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Alinea:
    """Un paragraphe ou un élément de liste d’un texte déjà composé ; une ligne vide s’il n’a pas de morceau."""

    morceaux: tuple[Morceau, ...]
    retrait: int = 0
    puce: str = ""

    @property
    def texte(self) -> str:
        """Ses mots, sans style."""
        return "".join(morceau.texte for morceau in self.morceaux)


@dataclass(frozen=True, slots=True)
class Copie:
    """Des lignes à copier, ou la sortie d’une commande : ni coupées, ni retouchées."""

    lignes: tuple[str, ...]


Bloc = Titre | Paragraphe | Barres | Grille | Lignes | Alinea | Copie


def montrer(terminal: Terminal, blocs: Iterable[Bloc]) -> None:
    """Écrit des blocs selon ce que le terminal sait faire."""
    if terminal.simple:
        from cpit.affichage.rendu_simple import ecrire
    else:
        from cpit.affichage.rendu_riche import ecrire
    for bloc in blocs:
        ecrire(terminal, bloc)
