"""Les blocs d’une page de terminal, et leur écriture en lignes à la suite : lecteurs d’écran, tubes, écrans étroits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

from cpit.terminal import Terminal
from cpit.typographie import clore, pluriel

# --- Les blocs d’une page de terminal : le même contenu se dessine (rich) ou se lit à la suite (mode simple).


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
    """Des scores, l’un sous l’autre ; ``comptes`` dit ce que comptent leurs « 12/12 », au singulier et au pluriel."""

    barres: tuple[Barre, ...]
    maximum: str
    discret: bool = False
    comptes: tuple[str, str] = ("item répondu", "items répondus")


@dataclass(frozen=True, slots=True)
class GrilleDeTexte:
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


Bloc = Titre | Paragraphe | Barres | GrilleDeTexte | Lignes | Alinea | Copie


# --- Des blocs en lignes à la suite, sans cadre, couleur ni redessin : pour les lecteurs d’écran et l’étroit.


def ecrire_simple(terminal: Terminal, bloc: Bloc) -> None:
    """Écrit un bloc, une phrase par ligne."""
    if isinstance(bloc, Alinea):
        terminal.dire(bloc.puce + bloc.texte, tel_quel=True)
        return
    if isinstance(bloc, Copie):
        for ligne in bloc.lignes:
            terminal.copier(ligne)
        return
    for phrase in _phrases(bloc):
        terminal.dire(phrase)


@singledispatch
def _phrases(bloc: Bloc) -> list[str]:
    raise TypeError(type(bloc))


@_phrases.register
def _(bloc: Titre) -> list[str]:
    return ["", clore(bloc.texte)]


@_phrases.register
def _(bloc: Paragraphe) -> list[str]:
    return [bloc.texte]


@_phrases.register
def _(bloc: GrilleDeTexte) -> list[str]:
    return list(bloc.phrases)


@_phrases.register
def _(bloc: Lignes) -> list[str]:
    return [
        " ; ".join(f"{e} : {c.rstrip('.')}" for e, c in zip(bloc.entetes, ligne, strict=True) if c) + "."
        for ligne in bloc.lignes
    ]


@_phrases.register
def _(bloc: Barres) -> list[str]:
    return [_barre(barre, bloc) for barre in bloc.barres]


def _barre(barre: Barre, bloc: Barres) -> str:
    nom = f"{barre.code} {barre.libelle}".strip()
    if barre.part is None:
        return f"{nom} : {'pas de score' if barre.valeur == '–' else barre.valeur}, {barre.niveau}."
    combien, _, total = barre.compte.partition("/")
    compte = pluriel(int(combien), *bloc.comptes)
    return f"{nom} : {barre.valeur} sur {bloc.maximum}, {barre.niveau}, {compte} sur {total}."
