"""L’heure qu’il est : ce que cpit inscrit dans ce qu’il écrit."""

from __future__ import annotations

from datetime import datetime


def maintenant() -> str:
    """L’instant présent, ISO 8601 à la seconde, avec le décalage horaire de la machine."""
    return datetime.now().astimezone().isoformat(timespec="seconds")
