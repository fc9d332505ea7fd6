"""Ce que l’on montre au terminal : des blocs, dessinés avec rich ou en lignes simples, du JSON, des anomalies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cpit.affichage.blocs import Bloc, ecrire_simple
from cpit.affichage.pareilles import regrouper
from cpit.erreurs import Anomalie, Gravite
from cpit.terminal import Terminal
from cpit.typographie import FINE, clore, echapper

_DEUX_POINTS = FINE + ": "
_MAXIMUM = 200
"""Anomalies montrées à l’écran ; au-delà, on dit combien il en reste."""


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


def montrer_anomalies(terminal: Terminal, anomalies: Iterable[Anomalie]) -> None:
    """Écrit chaque anomalie sur quelques lignes, la gravité en toutes lettres : où, quoi, attendu, comment corriger.

    Celles qui ne diffèrent que par l’endroit n’en font qu’une, qui dit combien elles sont.
    """
    groupes = regrouper(anomalies)
    for anomalie, _ in groupes[:_MAXIMUM]:
        lieu = f"{anomalie.lieu}{_DEUX_POINTS}" if str(anomalie.lieu) else ""
        titre = "Avertissement" if anomalie.gravite is Gravite.AVERTISSEMENT else "Refus"
        terminal.dire(clore(f"{titre}. {lieu}{anomalie.quoi}"), suite=2, tel_quel=True)
        if anomalie.apercu:
            terminal.dire(f"Premières lignes, telles que comprises{_DEUX_POINTS}", retrait=2, tel_quel=True)
        for ligne in anomalie.apercu:
            terminal.dire(ligne, retrait=4, suite=6, tel_quel=True)
        terminal.dire(clore(f"Attendu{_DEUX_POINTS}{anomalie.attendu}"), retrait=2, suite=4, tel_quel=True)
        terminal.dire(f"Corriger{_DEUX_POINTS}{anomalie.correction}", retrait=2, suite=4, tel_quel=True)
    if reste := sum(nombre for _, nombre in groupes[_MAXIMUM:]):
        terminal.dire(f"… et {reste} autres.")
