"""Messages : la fidélité de l’instrument."""

from __future__ import annotations

from cpit.messages.base import Message

FIDELITE = {
    "scipy-absent": Message(
        "la fidélité d'un instrument se calcule avec la bibliothèque scipy, qui n'est pas installée",
        "cpit installé avec de quoi faire de la recherche",
        'Installer : pip install "cpit[recherche]", puis recommencer.',
    ),
}
