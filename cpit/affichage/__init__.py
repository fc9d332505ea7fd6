"""Ce que l’on montre au terminal : des blocs, dessinés avec rich ou écrits en lignes simples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cpit.affichage.blocs import Bloc, ecrire_simple
from cpit.terminal import Terminal
from cpit.typographie import echapper


def montrer(terminal: Terminal, blocs: Iterable[Bloc]) -> None:
    """Écrit des blocs selon ce que le terminal sait faire."""
    if terminal.simple:
        ecrire = ecrire_simple
    else:
        from cpit.affichage.rendu_riche import ecrire_riche as ecrire
    for bloc in blocs:
        ecrire(terminal, bloc)


def montrer_json(terminal: Terminal, document: Mapping[str, object]) -> None:
    """Écrit un JSON seul sur la sortie ; en ASCII pur si elle n’est pas en UTF-8 : le fichier se relit partout."""
    import json

    en_utf8 = terminal.flux.encoding.lower().replace("-", "").startswith("utf8")
    terminal.flux.write(echapper(json.dumps(document, ensure_ascii=not en_utf8, indent=2)) + "\n")
