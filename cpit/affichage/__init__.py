"""Ce que l’on montre au terminal : des blocs, dessinés avec rich ou écrits en lignes simples."""

from __future__ import annotations

from collections.abc import Iterable

from cpit.affichage.blocs import Bloc, ecrire_simple
from cpit.terminal import Terminal


def montrer(terminal: Terminal, blocs: Iterable[Bloc]) -> None:
    """Écrit des blocs selon ce que le terminal sait faire."""
    if terminal.simple:
        ecrire = ecrire_simple
    else:
        from cpit.affichage.rendu_riche import ecrire_riche as ecrire
    for bloc in blocs:
        ecrire(terminal, bloc)
