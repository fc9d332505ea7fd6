"""Ce que fait cpit, appelé de Python : des fonctions qui rendent des valeurs, n’affichent rien et ne lèvent que des
``ErreurCpit``. La façade en est ``cpit`` ; la ligne de commande n’emploie qu’elles.
"""

from __future__ import annotations

from datetime import datetime
from importlib.util import find_spec

from cpit.erreurs import refus


def maintenant() -> str:
    """L’instant présent, que cpit inscrit dans ce qu’il écrit : ISO 8601 à la seconde, avec son décalage horaire."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def exiger_scipy() -> None:
    """Refuse, avant tout travail, une étude que l’on ne saurait calculer.

    :raises ErreurCpit: si scipy n’est pas installé.
    """
    if find_spec("scipy") is None:
        raise refus("scipy-absent")
