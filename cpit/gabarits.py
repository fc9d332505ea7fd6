"""Ce que les pages autonomes partagent : leur environnement Jinja2, et l’empreinte de ce qu’elles peuvent employer."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cpit.typographie import typographier


@cache
def environnement(dossier: Path) -> Environment:
    """Les gabarits d’un dossier : tout texte y est échappé, et un nom absent est une erreur ; filtre ``typo``."""
    neuf = Environment(
        loader=FileSystemLoader(dossier, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    neuf.filters["typo"] = typographier
    return neuf


def empreinte(texte: str) -> str:
    """Ce qui, dans une politique de sécurité (CSP), autorise un style ou un script à sa seule empreinte."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(texte.encode()).digest()).decode()}'"
