"""Messages : le jeu de données pour la recherche."""

from __future__ import annotations

from cpit.messages.base import Message

EXPORT: dict[str, Message] = {}
