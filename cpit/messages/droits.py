"""Messages : accéder à ses données, les effacer."""

from __future__ import annotations

from cpit.messages.base import Message

DROITS: dict[str, Message] = {}
