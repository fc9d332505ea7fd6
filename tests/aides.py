"""Ce que plusieurs fichiers de tests partagent."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
RACINE = TESTS.parent


def exiger_programme(nom: str) -> str:
    """Chemin d’un programme. S’il manque, le test est sauté ; en intégration continue (CI), il échoue."""
    chemin = shutil.which(nom)
    if chemin:
        return chemin
    raison = f"le programme « {nom} » n’est pas installé sur cette machine"
    if os.environ.get("CI"):
        pytest.fail(raison)
    pytest.skip(raison)
