"""Refait tout ce qui vient du référentiel livré, dans l’ordre où l’un se sert de l’autre : à lancer quand il change.

    python tests/outils/tout_refaire.py

Les réponses fictives restent les mêmes, code par code ; les passations, la table, les figures et leurs structures de
référence, l’image, le carnet, les sorties du README et des guides sont refaits.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

OUTILS = Path(__file__).parent
ORDRE = ("faire_precalcules", "faire_exemples", "faire_figures", "faire_image", "faire_carnet", "faire_guides")
"""Les référentiels se relisent d’abord ; les figures se font des passations ; les guides montrent les unes et les
autres."""


def principal() -> None:
    """Lance chaque outil ; s’arrête au premier qui échoue."""
    for nom in ORDRE:
        print(nom, flush=True)
        subprocess.run([sys.executable, OUTILS / f"{nom}.py"], check=True)


if __name__ == "__main__":
    principal()
