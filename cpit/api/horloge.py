"""L’instant présent : la seule chose que l’API lise de la machine en dehors des fichiers."""

from __future__ import annotations

from datetime import datetime


def maintenant() -> str:
    """L’instant présent, ISO 8601 à la seconde, avec le décalage horaire de la machine."""
    return datetime.now().astimezone().isoformat(timespec="seconds")
