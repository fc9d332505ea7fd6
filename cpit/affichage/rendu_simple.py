"""Des blocs en lignes à la suite, sans cadre, couleur ni redessin : pour les lecteurs d’écran et l’étroit."""

from __future__ import annotations

from functools import singledispatch

from cpit.affichage.blocs import Alinea, Barre, Barres, Bloc, Copie, Grille, Lignes, Paragraphe, Titre
from cpit.terminal import Terminal
from cpit.typographie import nettoyer


def ecrire(terminal: Terminal, bloc: Bloc) -> None:
    """Écrit un bloc, une phrase par ligne."""
    if isinstance(bloc, Alinea):
        terminal.dire(bloc.puce + bloc.texte, tel_quel=True)
        return
    if isinstance(bloc, Copie):
        for ligne in bloc.lignes:
            terminal.copier(ligne)
        return
    for phrase in _phrases(bloc):
        terminal.dire(nettoyer(phrase))


@singledispatch
def _phrases(bloc: Bloc) -> list[str]:
    raise TypeError(type(bloc))


@_phrases.register
def _(bloc: Titre) -> list[str]:
    return ["", f"{bloc.texte}."]


@_phrases.register
def _(bloc: Paragraphe) -> list[str]:
    return [bloc.texte]


@_phrases.register
def _(bloc: Grille) -> list[str]:
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
    return f"{nom} : {barre.valeur} sur {bloc.maximum}, {barre.niveau}, {combien} {bloc.comptes} sur {total}."
