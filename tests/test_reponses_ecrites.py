"""Ce qu’une cellule de réponse écrit, mot par mot : la grammaire entière, en une table qu’un formateur peut relire."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import yaml
from aide_lecture import lire_seule
from aides import TESTS, premiere

from cpit.coeur.cohorte import Releve
from cpit.coeur.passation import Etat

LUES: dict[int | str, list[str]] = yaml.safe_load((TESTS / "donnees" / "reponses-ecrites.yaml").read_text("utf-8"))
REFERENTIEL = premiere()
ITEM, TEMOIN = (item.code for item in REFERENTIEL.items[:2])
MOTS = {Etat.SANS_OBJET: "sans objet", Etat.SANS_REPONSE: "sans réponse"}


def dire(releve: Releve) -> int | str | None:
    """Ce qui est lu : un niveau, « sans objet », « sans réponse », ou « refusée »."""
    reponse = releve.passation.reponses[ITEM]
    return "refusée" if ITEM in releve.refusees else MOTS.get(reponse.etat, reponse.valeur)


@pytest.mark.parametrize("lue", LUES, ids=str)
def test_chaque_reponse_ecrite_est_lue_comme_la_table_le_dit(lue: int | str, tmp_path: Path) -> None:
    ecrites = LUES[lue]
    table = tmp_path / "table.csv"
    with table.open("w", encoding="utf-8", newline="") as flux:
        en_csv = csv.writer(flux, delimiter=";")
        en_csv.writerow(["code", ITEM, TEMOIN])
        en_csv.writerows([f"P{rang:03}", ecrite, "0"] for rang, ecrite in enumerate(ecrites))
    lecture = lire_seule(table, REFERENTIEL)
    prise = isinstance(lue, int) or lue in MOTS.values()
    assert {e: dire(releve) for e, releve in zip(ecrites, lecture.releves, strict=True)} == dict.fromkeys(
        ecrites, lue if prise else "refusée"
    )
    dites = {une.code for une in lecture.anomalies} - {"items-manquants", "absences-ecrites"}
    assert dites == (set() if prise else {lue})
