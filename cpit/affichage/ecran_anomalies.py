"""Les anomalies et les erreurs, telles qu’on les montre : où, quoi, attendu, comment corriger."""

from __future__ import annotations

from collections.abc import Iterable

from cpit.erreurs import Anomalie, Gravite
from cpit.terminal import Terminal
from cpit.typographie import FINE

_DEUX_POINTS = FINE + ": "
_MAXIMUM = 200
"""Anomalies montrées à l’écran ; au-delà, on dit combien il en reste."""


def montrer_anomalies(terminal: Terminal, anomalies: Iterable[Anomalie]) -> None:
    """Écrit chaque anomalie sur quelques lignes, la gravité en toutes lettres."""
    toutes = list(anomalies)
    for anomalie in toutes[:_MAXIMUM]:
        lieu = f"{anomalie.lieu}{_DEUX_POINTS}" if str(anomalie.lieu) else ""
        titre = "Avertissement" if anomalie.gravite is Gravite.AVERTISSEMENT else "Refus"
        terminal.dire(f"{titre}. {lieu}{anomalie.quoi}.", suite=2, tel_quel=True)
        terminal.dire(f"Attendu{_DEUX_POINTS}{anomalie.attendu}.", retrait=2, suite=4, tel_quel=True)
        terminal.dire(f"Corriger{_DEUX_POINTS}{anomalie.correction}", retrait=2, suite=4, tel_quel=True)
    if len(toutes) > _MAXIMUM:
        terminal.dire(f"… et {len(toutes) - _MAXIMUM} autres.")
