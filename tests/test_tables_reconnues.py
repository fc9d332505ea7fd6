"""Ce qui est reconnu d’une table, et tout ce qui en est dit : ses en-têtes, son outil, ce qu’elle met de côté."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from aide_lecture import Lue, lire_seule
from aide_outils import ecrire_xlsx
from aides import TESTS

import cpit
from cpit import Anomalie
from cpit.coeur.referentiel import Referentiel

TABLES: dict[str, dict[str, Any]] = yaml.safe_load((TESTS / "donnees" / "tables-reconnues.yaml").read_text("utf-8"))
MINIMAL = cpit.referentiel("minimal")
ITEMS = {item.code: item.enonce for item in MINIMAL.items}


def net(mot: object) -> str:
    """Un mot sans ses espaces insécables ; cpit s’y appelle « cpit », qu’il soit installé ou non."""
    return re.sub(r"\S+ -m cpit\b", "cpit", str(mot).translate(dict.fromkeys(map(ord, "\u202f\xa0\ufdd0"), " ")))


def lettres(lecture: Lue, referentiel: Referentiel = MINIMAL) -> dict[str, str]:
    """Les réponses de chacun : un niveau par item, « . » sinon."""
    return {
        f"{releve.passation.identifiant or 'sans code'} {releve.passation.moment}": "".join(
            str(releve.passation.valeurs().get(item.code, ".")) for item in referentiel.items
        )
        for releve in lecture.releves
    }


def dire(une: Anomalie, attendue: dict[str, Any]) -> dict[str, Any]:
    """Ce qui est dit d’une table, tel que la table des tests l’écrit ; son lieu seul, si elle n’en attend pas plus."""
    lieu = ":".join(str(place) for place in (une.lieu.ligne, une.lieu.colonne) if place)
    mots = {cle: net(mot) for cle, mot in une.mots.items() if net(mot)} if len(attendue) > 1 else {}
    return {"lieu": lieu} | mots | ({"apercu": [*map(net, une.apercu)]} if une.apercu else {})


@pytest.mark.parametrize("nom", TABLES)
def test_une_table_est_reconnue_et_tout_en_est_dit(nom: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    voulue = TABLES[nom]
    texte = "Titre;x\n" * voulue.get("au dessus", 0) + voulue["table"]
    for code, enonce in ITEMS.items():
        texte = texte.replace(f"{{{code}}}", enonce)
    table, consignes = Path(voulue.get("fichier", "t.csv")), dict(voulue.get("consignes", {}))
    table.write_text(texte, encoding="utf-8")
    if "correspondance" in voulue:
        Path("c.yaml").write_text(voulue["correspondance"], encoding="utf-8")
        consignes["correspondance"] = "c.yaml"
    referentiel = cpit.referentiel(voulue.get("referentiel", "minimal"))
    lecture = lire_seule(table, referentiel, **consignes)
    assert lettres(lecture, referentiel) == voulue["lues"]
    anomalies = [une for une in lecture.anomalies if not une.code.startswith("cellule-")]
    assert len(lecture.anomalies) - len(anomalies) == voulue.get("cellules refusees", 0)
    assert [une.code for une in anomalies] == [code for attendue in voulue["dites"] for code in attendue]
    attendues = [mots for attendue in voulue["dites"] for mots in attendue.values()]
    assert [dire(une, mots) for une, mots in zip(anomalies, attendues, strict=True)] == attendues


@pytest.mark.parametrize(("debut", "double"), [(list(ITEMS), "A1"), ([], "A1. Autre chose")])
def test_vingt_refus_se_disent_et_les_autres_se_comptent(debut: list[str], double: str, tmp_path: Path) -> None:
    for nombre in (20, 21, 23):
        noms = ["identifiant", *debut, *[double] * nombre]
        (tmp_path / "t.csv").write_text(";".join(noms) + "\n" + "1;" * (len(noms) - 1) + "1\n", encoding="utf-8")
        anomalies = lire_seule(tmp_path / "t.csv", MINIMAL).anomalies
        assert [une.lieu.colonne for une in anomalies[:20]] == [len(debut) + 2 + rang for rang in range(20)]
        assert {une.mots.get("deja") for une in anomalies[:20]} == {2 if debut else None}
        assert [(une.code, une.lieu.colonne, une.mots) for une in anomalies[20:]] == (
            [("refus-en-nombre", len(debut) + 22, {"nombre": nombre - 20})] * (nombre > 20)
        )


@pytest.mark.parametrize("largeur", [2000, 2001])
def test_deux_mille_colonnes_se_lisent_une_de_plus_non(largeur: int, tmp_path: Path) -> None:
    noms = ["identifiant", *["Remarque"] * (largeur - 1 - len(ITEMS)), *ITEMS]
    cellules = ["P1", *["x"] * (largeur - 1 - len(ITEMS)), *"123412"]
    (tmp_path / "t.csv").write_text(";".join(noms) + "\n" + ";".join(cellules) + "\n", encoding="utf-8")
    lecture = lire_seule(tmp_path / "t.csv", MINIMAL)
    assert lettres(lecture) == ({"P1 t0": "123412"} if largeur == 2000 else {})
    trop = [(une.lieu.ligne, une.lieu.colonne, une.mots) for une in lecture.anomalies if une.code == "trop-de-colonnes"]
    assert trop == ([(1, 1, {"nombre": 2001, "limite": 2000})] if largeur > 2000 else [])


def test_une_feuille_d_un_seul_item_est_une_table_et_une_sans_item_n_en_est_pas(tmp_path: Path) -> None:
    feuilles = {"Notes": [["identifiant", "moment"], ["P9", "t0"]], "Réponses": [["identifiant", "A1"], ["P1", "2"]]}
    lecture = lire_seule(ecrire_xlsx(tmp_path / "t.xlsx", feuilles), MINIMAL)
    assert lettres(lecture) == {"P1 t0": "2....."}
    assert "table-sans-item" not in {une.code for une in lecture.anomalies}
