"""Confronte au texte du dossier les passages de ``tests/donnees/attributions.yaml``.

python tests/outils/verifier_attributions.py TEXTE
"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

ATTRIBUTIONS = Path(__file__).parent.parent / "donnees" / "attributions.yaml"


def _net(texte: str) -> str:
    """Le texte, espaces d’une seule sorte."""
    return " ".join(texte.split())


def introuvables(lignes: list[str]) -> list[str]:
    """Les passages qui ne sont pas à la ligne dite."""
    return [
        f"{une['ou']} : ligne {passage['ligne']}, « {passage['mots']} »"
        for une in yaml.safe_load(ATTRIBUTIONS.read_text(encoding="utf-8"))
        for passage in une["passages"]
        if _net(passage["mots"]) not in _net(lignes[passage["ligne"] - 1])
    ]


if __name__ == "__main__":
    fautes = introuvables(Path(sys.argv[1]).read_text(encoding="utf-8").split("\n"))
    sys.stdout.write("".join(f"{faute}\n" for faute in fautes) or "Tous les passages sont à leur place.\n")
    sys.exit(bool(fautes))
