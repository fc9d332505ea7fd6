"""Messages : pages et figures."""

from __future__ import annotations

from cpit.messages.base import Message

FIGURE: dict[str, Message] = {}
