"""Le carnet d’une heure de recherche s’exécute, avec un vrai noyau, et dit ce que disent les commandes."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import pytest

RACINE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(RACINE / "tests" / "outils"))

import faire_carnet  # noqa: E402

nbformat = pytest.importorskip("nbformat")


def cellules(carnet: object) -> list[tuple[str, str]]:
    return [(une.cell_type, une.source) for une in carnet.cells]  # type: ignore[attr-defined]


def test_le_carnet_livre_est_celui_du_script() -> None:
    livre = nbformat.read(faire_carnet.CARNET, as_version=4)
    assert cellules(livre) == list(faire_carnet.CELLULES)
    assert not [une for une in livre.cells if une.cell_type == "code" and not une.outputs]


@pytest.mark.endurance
def test_le_carnet_s_execute_et_note_comme_la_commande(tmp_path: Path) -> None:
    from cpit.cli import executer

    fait = faire_carnet.executer_carnet(faire_carnet.composer_carnet())
    sorties = [sortie for une in fait.cells if une.cell_type == "code" for sortie in une.outputs]  # type: ignore[attr-defined]
    assert not [sortie for sortie in sorties if sortie.output_type == "error"]
    assert [sortie for sortie in sorties if "image/svg+xml" in sortie.get("data", {})]
    cible = tmp_path / "scores.csv"
    sources = [str(RACINE / "exemples" / nom) for nom in ("cohorte-fictive.csv", "passation-r01-t1-soi.json")]
    executer(["cohorte", *sources, "--sortie", str(cible), "--dialecte", "science"])
    with cible.open(encoding="utf-8", newline="") as flux:
        premier = next(csv.DictReader(flux))
    tableau = next(
        s["data"]["text/html"] for s in sorties if "score_publique" in s.get("data", {}).get("text/html", "")
    )
    assert premier["identifiant"] in tableau
    assert f">{round(float(premier['score_C1']), 6)}<" in tableau
