"""Un classeur abîmé est un refus, une faute de cpit garde sa trace : l’une n’est jamais prise pour l’autre."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from aide_outils import ecrire_xlsx
from aides import RACINE

import cpit
from cpit.cli import executer

MINIMAL = RACINE / "referentiels" / "minimal.yaml"
TABLE = [["identifiant", "A1", "A2", "A3", "R1", "R2", "R3"], ["P1", "1", "2", "3", "4", "1", "2"]]


def table(dossier: Path) -> Path:
    return ecrire_xlsx(dossier / "t.xlsx", {"R": TABLE})


def longue(dossier: Path) -> Path:
    lignes = [["identifiant", "question", "réponse"], *(["P1", code, "2"] for code in TABLE[0][1:])]
    return ecrire_xlsx(dossier / "t.xlsx", {"R": lignes})


def formulaire(dossier: Path) -> Path:
    assert executer(["formulaire", "--referentiel", str(MINIMAL), "--dossier", str(dossier)]) == 0
    (chemin,) = dossier.glob("*.xlsx")
    return chemin


FAUTES = [
    pytest.param(table, "cpit.lecture.table_xlsx.lire_entete", IndexError, id="en-tete"),
    pytest.param(table, "cpit.lecture.table_xlsx.juger_l_echelle", ValueError, id="echelle"),
    pytest.param(table, "cpit.lecture.lignes.Ligneur.lire", KeyError, id="ligne"),
    pytest.param(table, "cpit.lecture.table_xlsx._preparer", RuntimeError, id="cellules"),
    pytest.param(table, "cpit.tableur.lecture.ClasseurLu._suivre_feuille", AttributeError, id="feuille"),
    pytest.param(longue, "cpit.lecture.table_xlsx.lire_autrement", KeyError, id="forme"),
    pytest.param(formulaire, "cpit.lecture.formulaire_xlsx._lire_questions", IndexError, id="formulaire"),
    pytest.param(formulaire, "cpit.lecture.formulaire_xlsx._trouver_grille", ValueError, id="grille"),
    pytest.param(table, "cpit.lecture.ecartees.replier_libelle", TypeError, id="a-cote"),
]


@pytest.mark.parametrize(("ecrire", "ou", "faute"), FAUTES)
def test_une_faute_de_cpit_garde_sa_trace(
    ecrire: Callable[[Path], Path], ou: str, faute: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chemin = ecrire(tmp_path)

    def echouer(*_: object, **__: object) -> object:
        raise faute("une faute de cpit")

    monkeypatch.setattr(ou, echouer)
    with pytest.raises(faute, match="une faute de cpit"):
        cpit.lire(chemin, MINIMAL)


def test_la_fouille_d_un_dossier_la_garde_aussi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table(tmp_path)

    def echouer(*_: object, **__: object) -> object:
        raise IndexError("une faute de cpit")

    monkeypatch.setattr("cpit.droits.marques._relever", echouer)
    with pytest.raises(IndexError, match="une faute de cpit"):
        cpit.inventorier("P1", tmp_path)


@pytest.mark.parametrize("ecrire", [table, longue, formulaire])
def test_un_classeur_coupe_n_importe_ou_est_un_refus(
    ecrire: Callable[[Path], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chemin = ecrire(tmp_path)
    octets = chemin.read_bytes()
    for part in range(1, 8):
        chemin.write_bytes(octets[: len(octets) * part // 8])
        assert executer(["cohorte", str(chemin), "--referentiel", str(MINIMAL)]) == 1
        assert "Traceback" not in capsys.readouterr().err
