"""« cpit fidelite --sortie F.csv » : une ligne par nombre, les mêmes que dans l’étude en JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aide_cohorte import TROIS_STRATES, cohorte_au_hasard, lecture_de
from aide_export import poser
from aides import livre

import cpit
from cpit.cli import executer


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dossier = tmp_path_factory.mktemp("sources")
    for rang, notee in enumerate(cohorte_au_hasard(livre(), 24, TROIS_STRATES, graine=4).notees):
        poser(dossier, f"{rang:03d}.json", notee.passation)
    return dossier


def fidelite(*arguments: object) -> int:
    return executer(["fidelite", *map(str, arguments)])


def lignes(chemin: Path) -> list[dict[str, str]]:
    with chemin.open(encoding="utf-8-sig", newline="") as flux:
        dialecte = ";" if ";" in flux.readline() else ","
        flux.seek(0)
        return list(csv.DictReader(flux, delimiter=dialecte))


def nombre(texte: str) -> float | None:
    return float(texte.replace(",", ".")) if texte else None


@pytest.mark.endurance
@pytest.mark.parametrize("dialecte", ["science", "fr"])
def test_les_nombres_sont_ceux_du_json(sources: Path, tmp_path: Path, dialecte: str) -> None:
    assert fidelite(sources, "--sortie", tmp_path / "f.csv", "--dialecte", dialecte) == 0
    assert fidelite(sources, "--sortie", tmp_path / "f.json") == 0
    document = json.loads((tmp_path / "f.json").read_text(encoding="utf-8"))
    ecrites = {tuple(ligne[colonne] for colonne in SUJET): ligne for ligne in lignes(tmp_path / "f.csv")}
    vues = 0
    for cle, attendu in estimations(document):
        ligne = ecrites[cle]
        bornes = [nombre(ligne[c]) for c in ("valeur", "borne_basse", "borne_haute")]
        assert bornes == [attendu["valeur"], attendu["bas"], attendu["haut"]], cle
        assert int(ligne["n"]) == attendu["n"], cle
        assert ligne["motif"] == (attendu["explication"] or ""), cle
        assert ligne["unite"] == attendu["unite"], cle
        assert ligne["methode"] == attendu["methode"], cle
        vues += 1
    assert vues > 500


SUJET = ("tableau", "moment", "regard", "commun", "premier", "echelle", "autre", "item", "statistique")
Porteur = dict[str, Any]


def estimations(document: Porteur) -> Iterator[tuple[tuple[str, ...], Porteur]]:
    """Chaque nombre de l’étude en JSON qui porte un intervalle, et la clé de sa ligne."""
    for sujet, porteur in porteurs(document):
        for cle, valeur in porteur.items():
            if isinstance(valeur, dict) and "explication" in valeur:
                yield (*sujet, cle), valeur


def porteurs(document: Porteur) -> Iterator[tuple[tuple[str, ...], Porteur]]:
    for s in document["strates"]:
        ou = (s["moment"], s["regard"], "", "")
        yield from ((("echelles", *ou, e["echelle"], "", ""), e) for e in s["echelles"])
        yield from (
            (("tenues", *ou, e["echelle"], "", code), une) for e in s["echelles"] for code, une in e["tenues"].items()
        )
        yield from ((("items", *ou, "", "", item["item"]), item) for item in s["items"])
        yield from ((("correlations", *ou, une["echelle"], une["autre"], ""), une) for une in s["correlations"])
    for c in document["comparaisons"]:
        ou = ("", "", c["commun"], c["premier"])
        yield from ((("accords", *ou, code, "", ""), accord) for code, accord in c["echelles"].items())


@pytest.mark.endurance
def test_chaque_ligne_a_une_identite(sources: Path, tmp_path: Path) -> None:
    """Aucune ne se répète : un nombre se retrouve par ce dont il parle et son nom."""
    assert fidelite(sources, "--sortie", tmp_path / "f.csv") == 0
    ecrites = lignes(tmp_path / "f.csv")
    rang = list(ecrites[0]).index("statistique") + 1
    assert len({tuple(list(ligne.values())[:rang]) for ligne in ecrites}) == len(ecrites)
    comptes = {ligne["statistique"]: ligne for ligne in ecrites if ligne["tableau"] == "echelles"}
    assert (comptes["passations"]["valeur"], comptes["passations"]["n"]) == ("8", "")


@pytest.mark.endurance
def test_l_etude_en_csv_se_remplace_et_n_est_pas_une_source(sources: Path, tmp_path: Path) -> None:
    dossier = tmp_path / "promo"
    dossier.mkdir()
    (dossier / "a.json").write_bytes((sources / "000.json").read_bytes())
    for dialecte in ("science", "fr"):
        assert fidelite(sources, "--sortie", dossier / "f.csv", "--dialecte", dialecte) == 0
        recueil = cpit.lire(dossier)
        assert len(recueil.cohorte.notees) == 1
        assert sorted(une.code for une in recueil.anomalies) == ["passation-inachevee", "sortie-ignoree"]


def test_un_csv_d_autrui_ne_se_remplace_pas(sources: Path, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("mes,notes\n", encoding="utf-8")
    assert fidelite(sources, "--sortie", tmp_path / "f.csv") == 1
    assert (tmp_path / "f.csv").read_text(encoding="utf-8") == "mes,notes\n"


def test_un_dialecte_inconnu_est_un_mauvais_emploi(sources: Path, tmp_path: Path) -> None:
    assert fidelite(sources, "--sortie", tmp_path / "f.csv", "--dialecte", "anglais") == 2
    assert not (tmp_path / "f.csv").exists()


def test_de_python(tmp_path: Path) -> None:
    recueil = lecture_de(cohorte_au_hasard(livre(), 12, graine=2))
    etude = cpit.fidelite(recueil)
    assert cpit.ecrire(etude, tmp_path / "f.csv", recueil=recueil) == tmp_path / "f.csv"
    assert (tmp_path / "f.csv").read_text(encoding="utf-8").startswith("tableau,comparaison,moment,regard,")
    with pytest.raises(cpit.MauvaisEmploi):
        cpit.ecrire(etude, tmp_path / "g.csv", dialecte="anglais")
