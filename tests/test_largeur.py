"""Sur une fenêtre large, une phrase ne dépasse jamais 90 colonnes ; un tableau prend la place qu’il y a."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from aide_terminal import EXEMPLE, FauxEcran
from aides import RACINE

from cpit.cli import executer

EXEMPLES = RACINE / "exemples"
ECRANS = {
    "restituer": ("restituer", str(EXEMPLE)),
    "cohorte": ("cohorte", str(EXEMPLES), "--sortie", "{dossier}/groupe.csv"),
    "evolution": ("evolution", str(EXEMPLES)),
    "suivi": ("suivi", str(EXEMPLES), "--detail"),
    "comparer": ("comparer", str(EXEMPLES), "--code", "R01"),
    "expliquer": ("expliquer", str(EXEMPLE)),
    "referentiel": ("referentiel", "montrer"),
    "guide": ("guide", "chef-de-projet"),
    "erreur de fichier": ("restituer", "{dossier}/absent.json"),
    "erreur d’emploi": ("evolution", str(EXEMPLES), "--de", "hier"),
}


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("couleurs", [True, False])
@pytest.mark.parametrize("nom", ECRANS)
def test_une_phrase_ne_depasse_pas_90_colonnes(
    nom: str, couleurs: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("TERM", "xterm" if couleurs else "dumb")
    monkeypatch.delenv("NO_COLOR", raising=False)
    sortie = FauxEcran()
    monkeypatch.setattr(sys, "stdout", sortie)
    monkeypatch.setattr(sys, "stderr", sortie)
    executer([mot.format(dossier=tmp_path) for mot in ECRANS[nom]])
    nu = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", sortie.getvalue())
    lignes = [ligne.rstrip() for ligne in nu.splitlines()]
    # Une table, un cadre, une commande et un chemin, qui se copient entiers, prennent ce qu’il leur faut.
    longues = [
        ligne for ligne in lignes if len(ligne) > 90 and not re.search(r"\S  +\S|[─═]{4}|/\S{60}|^ *cpit ", ligne)
    ]
    assert longues == []
    if not nom.startswith("erreur"):
        assert any(len(ligne) > 79 for ligne in lignes), "la fenêtre large sert"
