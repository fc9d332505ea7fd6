"""Ce qu’un en-tête écrit, forme par forme : ce qui le désigne et ce qui l’habille, en une table qu’un formateur peut
relire.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from aide_lecture import Lue, lire_seule
from aides import TESTS, livre

from cpit.coeur.referentiel import Item

ECRITS: dict[str, Any] = yaml.safe_load((TESTS / "donnees" / "en-tetes-ecrits.yaml").read_text("utf-8"))
REFERENTIEL = livre()
ITEMS = REFERENTIEL.items
SANS_ECART = {"items-manquants"}
"""Ce qui se dit de toute table qui n’a pas chaque situation."""


def ecrire(motif: str, item: Item) -> str:
    """L’en-tête d’une situation, écrit comme un motif le dit."""
    enonce = item.enonce
    mots = {"ENONCE": enonce.upper(), "e_nonce": enonce.replace(" ", "_"), "sans_point": enonce.removesuffix(".")}
    mots |= {"code": item.code, "enonce": enonce, "tiers": item.enonce_tiers, "question": REFERENTIEL.echelle.question}
    return motif.format(**mots, debut=enonce[:15])


def lire(dossier: Path, noms: Sequence[str], *lignes: Sequence[str]) -> Lue:
    """Une table de ces en-têtes ; sans lignes, une seule, répondue 0, 1, 2… tour à tour."""
    with (dossier / "t.csv").open("w", encoding="utf-8", newline="") as flux:
        en_csv = csv.writer(flux, delimiter=";")
        en_csv.writerows([noms, *(lignes or [["R1", *(str(rang % 5) for rang in range(len(noms) - 1))]])])
    return lire_seule(dossier / "t.csv", REFERENTIEL)


def prises(lecture: Lue) -> dict[tuple[str, str, str], dict[str, int]]:
    """Les réponses prises, par personne, moment et regard."""
    passations = [releve.passation for releve in lecture.releves]
    return {(une.identifiant, une.moment, une.regard): dict(une.valeurs()) for une in passations}


def dites(lecture: Lue) -> set[str]:
    return {une.code for une in lecture.anomalies} - SANS_ECART


@pytest.mark.parametrize("groupe", ECRITS["ensemble"])
def test_chaque_en_tete_ecrit_est_lu_comme_la_table_le_dit(groupe: str, tmp_path: Path) -> None:
    ecrits = ECRITS["ensemble"][groupe]["ecrits"]
    siens = list(zip(ecrits, ITEMS, strict=False))
    assert len(siens) == len(ecrits)
    lecture = lire(tmp_path, ["identifiant", *(ecrire(*sien) for sien in siens)])
    contexte = ("R1", *ECRITS["ensemble"][groupe]["lu"].split())
    assert prises(lecture) == {contexte: {item.code: rang % 5 for rang, (_, item) in enumerate(siens)}}
    assert dites(lecture) == set()


CHACUN = [(motif, lu) for lu, motifs in ECRITS["chacun"].items() for motif in motifs]


@pytest.mark.parametrize(("motif", "lu"), CHACUN)
def test_ce_qui_porte_les_situations_les_porte_toutes(motif: str, lu: str, tmp_path: Path) -> None:
    lecture = lire(tmp_path, ["identifiant", *(ecrire(motif, item) for item in ITEMS[:3])])
    assert prises(lecture) == {("R1", *lu.split()): {item.code: rang for rang, item in enumerate(ITEMS[:3])}}
    assert dites(lecture) - {"contexte-reconnu"} == set()
    reconnus = {str(une.mots["valeurs"]) for une in lecture.anomalies if une.code == "contexte-reconnu"}
    assert reconnus == ({"tiers"} if "{tiers}" in motif else set())


@pytest.mark.parametrize("cle", ECRITS["a cote"])
def test_ce_qui_accompagne_une_reponse_est_a_cote_d_elle(cle: str, tmp_path: Path) -> None:
    siens = list(zip(ECRITS["a cote"][cle], ITEMS, strict=False))
    codes = [item.code for _, item in siens]
    noms = ["identifiant", *codes, *(ecrire(*sien) for sien in siens)]
    lecture = lire(tmp_path, noms, ["R1", *"1" * len(codes), *(str(rang % 4) for rang in range(len(codes)))])
    (releve,) = lecture.releves
    reponses = releve.passation.reponses
    attendues = {code: rang % 4 for rang, code in enumerate(codes)}
    assert {code: int(getattr(reponses[code], cle) or 0) for code in codes} == attendues
    assert prises(lecture) == {("R1", "t0", "soi"): dict.fromkeys(codes, 1)}
    assert dites(lecture) == set()


@pytest.mark.parametrize("motif", ECRITS["inconnus"])
def test_ce_qui_n_est_qu_un_air_de_famille_est_nomme(motif: str, tmp_path: Path) -> None:
    nom = ecrire(motif, ITEMS[0])
    lecture = lire(tmp_path, ["identifiant", *(item.code for item in ITEMS[1:]), nom])
    assert prises(lecture) == {("R1", "t0", "soi"): {item.code: rang % 5 for rang, item in enumerate(ITEMS[1:])}}
    inconnue, absente = lecture.anomalies
    assert (inconnue.code, inconnue.lieu.colonne, inconnue.mots["compte"]) == (
        *("colonnes-inconnues", len(ITEMS) + 1),
        "1 colonne inconnue mise de côté",
    )
    assert str(inconnue.mots["noms"]).startswith(f"«\u202f{nom.strip()}\u202f»")
    assert (absente.code, absente.mots["codes"]) == ("items-manquants", ITEMS[0].code)


REFUSES = [(motif, code) for code, motifs in ECRITS["refuses"].items() for motif in motifs]


@pytest.mark.parametrize(("motif", "code"), REFUSES)
def test_ce_qui_cite_un_autre_enonce_ou_le_perd_est_refuse(motif: str, code: str, tmp_path: Path) -> None:
    nom = ecrire(motif, ITEMS[0])
    lecture = lire(tmp_path, ["identifiant", *(item.code for item in ITEMS[1:]), nom])
    (refus,) = lecture.anomalies
    assert (lecture.releves, refus.code, refus.lieu.colonne) == ((), code, len(ITEMS) + 1)
    assert refus.mots["valeur"] == nom
    attendu = {"code": ITEMS[0].code, "enonce": ITEMS[0].enonce} if "enonce" in refus.mots else {"proche": "C1P"}
    assert {cle: refus.mots[cle] for cle in attendu} == attendu
