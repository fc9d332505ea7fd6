"""Chaque outil d’enquête, reconnu à ses en-têtes et à eux seuls : la table de tous, ce qui en est mis de côté."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from aide_lecture import Lue, lire_seule
from aides import RACINE, TESTS

import cpit

TABLE: dict[str, dict[str, Any]] = yaml.safe_load((TESTS / "donnees" / "outils-reconnus.yaml").read_text("utf-8"))
MINIMAL = cpit.referentiel(RACINE / "referentiels" / "minimal.yaml")
ITEMS = [item.code for item in MINIMAL.items]


def lire_les_colonnes(dossier: Path, noms: Sequence[str], apres: Sequence[str] = (), *, en_tete: bool = False) -> Lue:
    """Une table d’une personne : son code, ou ces colonnes d’abord, puis les situations, et d’autres colonnes."""
    ordre = [*noms, "votre code", *ITEMS] if en_tete else ["votre code", *noms, *ITEMS]
    valeurs = {"votre code": "R1", "redcap_event_name": "t1_arm_1", **dict.fromkeys(ITEMS, "1")}
    with (dossier / "t.csv").open("w", encoding="utf-8", newline="") as flux:
        rangees = [[*ordre, *apres], [valeurs.get(nom, "x") for nom in (*ordre, *apres)]]
        csv.writer(flux, delimiter=";").writerows(rangees)
    return lire_seule(dossier / "t.csv", MINIMAL)


def reconnus(dossier: Path, tours: Sequence[Sequence[str]], *, en_tete: bool = False) -> dict[tuple[str, ...], str]:
    """L’outil que disent des en-têtes, avec une colonne que nul ne connaît."""
    return {(*tour,): outil_de(lire_les_colonnes(dossier, tour, ["Humeur"], en_tete=en_tete)) for tour in tours}


def outil_de(lue: Lue) -> str:
    """L’outil que dit la lecture, vide si elle n’en dit aucun."""
    dits = [une.quoi.partition(" reconnu")[0] for une in lue.anomalies if " reconnu" in une.quoi]
    return dits[0] if dits else ""


def cites(lue: Lue, code: str) -> str:
    return "".join(str(une.mots["noms"]).replace("\u202f", " ") for une in lue.anomalies if une.code == code)


def citer(noms: Sequence[str]) -> str:
    *premiers, dernier = (f"« {nom} »" for nom in noms)
    return f"{', '.join(premiers)} et {dernier}" if premiers else dernier


@pytest.mark.parametrize("outil", TABLE)
def test_il_faut_a_un_outil_tant_de_ses_en_tetes_quels_qu_ils_soient(outil: str, tmp_path: Path) -> None:
    for combien, *noms in TABLE[outil]["suffisent"]:
        tours = [[*noms, *noms][debut : debut + combien] for debut in range(len(noms))]
        assert reconnus(tmp_path, tours) == {(*tour,): outil for tour in tours}
        courts = [tour[1:] for tour in tours if combien > 1]
        assert reconnus(tmp_path, courts) == {(*tour,): "" for tour in courts}
    for nom in TABLE[outil].get("premier", ()):
        assert reconnus(tmp_path, [[nom]], en_tete=True) == {(nom,): outil}
        assert reconnus(tmp_path, [[nom]]) == {(nom,): ""}


@pytest.mark.parametrize("outil", TABLE)
def test_les_colonnes_de_gestion_d_un_outil_sont_mises_de_cote_et_nommees(outil: str, tmp_path: Path) -> None:
    """Celles qui n’en ont que l’air sont inconnues, et nommées de même."""
    dite = TABLE[outil]
    combien, *noms = dite["suffisent"][0] if dite["suffisent"] else (1, *dite["premier"])
    for liste in dite["de_cote"]:
        signature = [nom for nom in noms[:combien] if nom not in liste]
        ordre = [*signature, *liste]
        lue = lire_les_colonnes(tmp_path, ordre, en_tete=bool(dite.get("premier")))
        assert outil_de(lue) == outil
        assert cites(lue, "colonnes-enquete") == citer(ordre)
        assert cites(lue, "colonnes-inconnues") == ""
    lue = lire_les_colonnes(tmp_path, noms[:combien], dite["sauf"], en_tete=bool(dite.get("premier")))
    assert cites(lue, "colonnes-inconnues") == citer(dite["sauf"])
