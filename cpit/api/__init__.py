"""Ce que fait cpit, appelé de Python : des fonctions qui rendent des valeurs, n’affichent rien et ne lèvent que des
``ErreurCpit``. La façade en est ``cpit`` ; la ligne de commande n’emploie qu’elles.
"""

from __future__ import annotations

from datetime import datetime


def maintenant() -> str:
    """L’instant présent, que cpit inscrit dans ce qu’il écrit : ISO 8601 à la seconde, avec son décalage horaire."""
    return datetime.now().astimezone().isoformat(timespec="seconds")
