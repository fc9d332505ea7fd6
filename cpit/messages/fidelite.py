"""Messages : la fidélité de l’instrument."""

from __future__ import annotations

from cpit.messages.base import Message

FIDELITE: dict[str, Message] = {}
