"""Sans la permission de lire ou de traverser, on dit que l’accès est refusé, sous toute version de Python."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from aide_terminal import EXEMPLE

from cpit.cli import executer

COMMANDES = {
    "cohorte": ("cohorte", "{la}"),
    "evolution": ("evolution", "{la}"),
    "suivi": ("suivi", "{la}"),
    "comparer": ("comparer", "{la}"),
    "fidelite": ("fidelite", "{la}"),
    "exporter": ("exporter", "{la}", "--sortie", "{libre}/export"),
    "effacer": ("effacer", "R01", "--dossier", "{la}", "--oui"),
    "mes-donnees": ("mes-donnees", "R01", "--dossier", "{la}"),
    "demo": ("demo", "--dossier", "{la}"),
    "questionnaire": ("questionnaire", "--dossier", "{la}"),
    "referentiel": ("referentiel", "montrer", "{la}"),
    "restituer": ("restituer", "{la}"),
    "expliquer": ("expliquer", "{la}"),
    "verifier": ("verifier", "{la}"),
    "correspondance": ("correspondance", "{la}"),
    "reprendre": ("questionnaire", "--reprendre", "{la}"),
    "plan": ("plan", "{la}"),
    "trace": ("trace", "R01", "C3C", "--situation", "x", "--dossier", "{la}"),
    "portfolio": ("portfolio", "R01", "--dossier", "{la}"),
    "figure": ("figure", "carte", "{la}", "--sortie", "{libre}/f.svg"),
}
FERME = set(COMMANDES) - {"demo", "questionnaire", "referentiel"}
"""Celles où un dossier fermé lui-même se dit : elles le parcourent, ou disent ce qu’elles y auraient cherché."""


@pytest.fixture
def ferme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Un dossier que le système refuse de traverser et de lister, même à qui a tous les droits."""
    dossier = tmp_path / "ferme"
    (dossier / "dedans").mkdir(parents=True)
    shutil.copy(EXEMPLE, dossier / "dedans" / "p.json")
    for nom in ("stat", "scandir", "listdir", "mkdir", "open"):
        monkeypatch.setattr(os, nom, _refuser(getattr(os, nom), dossier, lui_meme=nom in ("scandir", "listdir")))
    # Celles de Python 3.14 : elles prennent un refus pour une absence.
    for nom in ("exists", "is_dir", "is_file"):
        voisine = getattr(os.path, {"exists": "exists", "is_dir": "isdir", "is_file": "isfile"}[nom])
        monkeypatch.setattr(Path, nom, lambda chemin, voisine=voisine, **_: voisine(chemin))
    return dossier


def _refuser(vraie: Any, dossier: Path, *, lui_meme: bool) -> Any:
    def refuser(chemin: Any = ".", *suite: Any, **options: Any) -> Any:
        if isinstance(chemin, str | os.PathLike) and (
            dossier in Path(chemin).parents or (lui_meme and Path(chemin) == dossier)
        ):
            raise PermissionError(errno.EACCES, "Permission denied", str(chemin))
        return vraie(chemin, *suite, **options)

    return refuser


@pytest.mark.echantillon(3)
@pytest.mark.parametrize(
    ("nom", "ou"), [*((nom, "dedans") for nom in COMMANDES), *((nom, "") for nom in sorted(FERME))]
)
def test_un_acces_refuse_n_est_ni_une_absence_ni_un_mauvais_emploi(
    nom: str, ou: str, ferme: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = executer([mot.format(la=ferme / ou, libre=tmp_path) for mot in COMMANDES[nom]])
    dit = "".join(capsys.readouterr())
    assert code == 1, dit
    assert "l’accès est refusé" in " ".join(dit.split()), dit
    for faux in ("n’existe pas", "ne désigne aucun", "introuvable", "Traceback"):
        assert faux not in dit
