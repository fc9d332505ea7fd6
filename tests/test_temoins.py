"""Les témoins restent à part : aucun ne s’échappe dans la première commande, aucun ne manque à la seconde."""

from __future__ import annotations

import subprocess
import tomllib

import pytest
from aides import RACINE, Programme

COMMANDE = '.venv/bin/python -m pytest -m "temoin or endurance"'


@pytest.mark.parametrize("nom", ["soffice", "chromium", "Rscript", "pspp", "pdftotext"])
def test_un_programme_du_dehors_ne_se_lance_pas_sans_la_marque(nom: str) -> None:
    with pytest.raises(pytest.fail.Exception, match="n’est lancé que par un témoin"):
        subprocess.run([nom, "--version"], check=False)


def test_demander_un_programme_donne_la_marque(programme: Programme, request: pytest.FixtureRequest) -> None:
    assert callable(programme)
    assert request.node.get_closest_marker("temoin")


def test_la_premiere_commande_laisse_les_temoins_et_l_endurance_la_seconde_les_prend() -> None:
    reglages = tomllib.loads((RACINE / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    assert "-m 'not temoin and not endurance'" in reglages["addopts"]
    assert f"`{COMMANDE}`" in (RACINE / "README.md").read_text(encoding="utf-8")


def test_l_integration_continue_lance_les_deux() -> None:
    programme = (RACINE / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert 'bash -euo pipefail -c "$tests"' in programme
    assert programme.index(COMMANDE) > programme.index('bash -euo pipefail -c "$tests"')
