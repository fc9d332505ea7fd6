"""Ce que Windows refuse ou confond, simulé : noms réservés, casse, points de fin, chemins longs, pages de codes."""

from __future__ import annotations

import codecs
import errno
import io
import os
import re
import sys
from pathlib import Path

import pytest
from aide_terminal import EXEMPLE, au_terminal, sur_console
from aides import lire_passation, livre

from cpit.cli import executer

RESERVES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
CODES = [
    "CON",
    "nul.txt",
    "AUX.",
    "COM1",
    "lpt9 ",
    "R01.",
    "R01 ",
    "R:01",
    "C:\\R02",
    "\\\\serveur\\part",
    "../../a/b",
    "<>|?*",
]

SEANCE = ("--moment", "t0", "--regard", "soi", "--sans-profil", "--referentiel", "minimal")


def _table(chemin: Path, codes: list[str]) -> Path:
    items = [item.code for item in livre().ordre_de_passation()]
    lignes = [";".join(["identifiant", "moment", "regard", *items])]
    # De réponses identiques, une seule compterait : chacun a les siennes.
    lignes += [";".join([f'"{code}"', "t0", "soi", *[str(k % 5)] * len(items)]) for k, code in enumerate(codes)]
    chemin.write_text("\n".join(lignes) + "\n", encoding="utf-8")
    return chemin


def _acceptables(chemins: list[Path]) -> None:
    noms = [chemin.name for chemin in chemins]
    assert len({nom.casefold() for nom in noms}) == len(noms), "deux noms que Windows confond"
    for nom in noms:
        assert not RESERVES.fullmatch(nom), nom
        assert not re.search(r'[<>:"/\\|?*\x00-\x1f]|[. ]$', nom), nom
        assert len(nom) < 100, nom


def test_un_code_ne_fait_jamais_un_nom_que_windows_refuse(tmp_path: Path) -> None:
    table = _table(tmp_path / "t.csv", [*CODES, "é" * 199])
    executer(["cohorte", str(table), "--sortie", str(tmp_path / "c.csv"), "--pages", str(tmp_path / "d")])
    chemins = [p for p in (tmp_path / "d").rglob("*") if p.is_file()]
    assert len(chemins) == len(CODES) + 1
    _acceptables(chemins)
    assert {p.parent for p in chemins} == {tmp_path / "d"}


def test_deux_codes_de_meme_casse_repliee_font_deux_fichiers(tmp_path: Path) -> None:
    table = _table(tmp_path / "t.csv", ["R01", "r01", "R 01"])
    executer(["cohorte", str(table), "--sortie", str(tmp_path / "c.csv"), "--pages", str(tmp_path / "d")])
    chemins = [p for p in (tmp_path / "d").rglob("*") if p.is_file()]
    assert len(chemins) == 3
    _acceptables(chemins)


def test_deux_formulaires_de_meme_casse_repliee_sont_refuses(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:  # type: ignore[type-arg]
    codes = tmp_path / "codes.csv"
    codes.write_text("code\nR01\nr01\n", encoding="utf-8")
    assert executer(["formulaire", "--format", "html", "--pour", str(codes), "--dossier", str(tmp_path / "d")]) == 1
    assert "r01" in capsys.readouterr().err
    assert not list(tmp_path.glob("d/*"))


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("code", ["nul.txt", "AUX.", "C:\\R02"])
def test_une_passation_a_un_nom_que_windows_accepte(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    code: str,  # type: ignore[type-arg]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("1\n" * 6))
    assert executer(["questionnaire", "--code", code, *SEANCE, "--dossier", str(tmp_path)]) == 0, (
        capsys.readouterr().err
    )
    chemins = [p for p in tmp_path.iterdir() if p.suffix in (".json", ".xlsx")]
    assert len(chemins) == 2
    _acceptables(chemins)


def test_les_passations_de_deux_codes_de_meme_casse_repliee_restent_deux(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in ("R01", "r01"):
        monkeypatch.setattr(sys, "stdin", io.StringIO("1\n" * 6))
        assert executer(["questionnaire", "--code", code, *SEANCE, "--dossier", str(tmp_path)]) == 0
    chemins = list(tmp_path.glob("*.json"))
    assert {lire_passation(p).identifiant for p in chemins} == {"R01", "r01"}
    _acceptables(chemins)


@pytest.mark.skipif(os.name == "nt", reason="la limite de 260 signes y dépend d’un réglage")
def test_un_chemin_de_plus_de_260_signes(tmp_path: Path) -> None:
    dossier = tmp_path / ("d" * 120) / ("e" * 120)
    dossier.mkdir(parents=True)
    passation = dossier / "passation.json"
    passation.write_bytes(EXEMPLE.read_bytes())
    assert len(str(passation)) > 260
    assert executer(["restituer", str(passation), "--page", str(dossier / "p.html")]) == 0
    assert (dossier / "p.html").is_file()


@pytest.mark.parametrize("encodage", ["cp850", "cp1252", "utf-8"])
def test_un_fichier_du_bloc_notes_dans_un_tube_se_lit_dans_toute_page_de_codes(tmp_path: Path, encodage: str) -> None:
    """Sa marque d’UTF-8 n’est pas une réponse, même lue de travers : « ï»¿1 »."""
    reponses = codecs.BOM_UTF8.decode(encodage) + "1\r\n2\r\n3\r\n4\r\n1\r\n2\r\n"
    fini = sur_console("questionnaire", "--code", "Ana", *SEANCE, encodage=encodage, dossier=tmp_path, entree=reponses)
    assert fini.returncode == 0, fini.stderr


@pytest.mark.parametrize("encodage", ["cp850", "cp1252", "cp65001"])
def test_le_menu_dans_la_page_de_codes_d_une_console(tmp_path: Path, encodage: str) -> None:
    if encodage == "cp65001" and os.name != "nt":
        encodage = "utf-8"  # le nom que Python donne ailleurs à cette page
    fini = sur_console("menu", encodage=encodage, dossier=tmp_path, entree="q\n\n")
    assert fini.returncode == 0, fini.stderr
    assert "Répondre" in fini.stdout.decode(encodage)


# --- ce qu’un autre programme tient ouvert : Windows refuse de le remplacer, et parfois de le lire


def _tenir(ici: pytest.MonkeyPatch, *tenus: Path, lire: bool = True) -> None:
    """Un autre programme tient ces fichiers : on ne met rien à leur place, et on ne les lit que si ``lire``."""
    remplacer, ouvrir = Path.replace, os.open

    def remplacer_ou_refuser(source: Path, cible: Path) -> Path:
        if Path(cible) in tenus:
            raise PermissionError(errno.EACCES, "Accès refusé", str(source))
        return remplacer(source, cible)

    def ouvrir_ou_refuser(chemin: str | Path, *options: object, **autres: object) -> int:
        if not lire and Path(chemin) in tenus:
            raise PermissionError(errno.EACCES, "Accès refusé", str(chemin))
        return ouvrir(chemin, *options, **autres)  # type: ignore[arg-type]

    ici.setattr(Path, "replace", remplacer_ou_refuser)
    ici.setattr(os, "open", ouvrir_ou_refuser)
    ici.setattr("time.sleep", lambda _: None)


def test_un_classeur_reste_ouvert_n_empeche_pas_la_page_de_qui_corrige(tmp_path: Path) -> None:
    """Le classeur d’avant est ouvert dans Excel : la page suit la correction, et l’on sait quoi retaper."""
    chemin = tmp_path / "p.json"
    chemin.write_bytes(EXEMPLE.read_bytes())
    classeur, page = chemin.with_suffix(".xlsx"), chemin.with_suffix(".html")
    assert executer(["restituer", str(chemin), "--classeur", str(classeur), "--page", str(page), "--simple"]) == 0
    avant = classeur.read_bytes(), page.read_bytes()
    with pytest.MonkeyPatch.context() as ici:
        _tenir(ici, classeur)
        code, vu = au_terminal("corriger", str(chemin), "--simple", touches=["C1P", "0", "", "o"], dossier=tmp_path)
    assert (code, classeur.read_bytes()) == (1, avant[0])
    assert page.read_bytes() != avant[1]
    assert f"Page :\n{page}\n" in vu
    assert f"cpit restituer {chemin} --classeur {classeur}\n" in vu
    assert "fermer le fichier s'il est ouvert dans un autre programme" in vu


@pytest.mark.parametrize("lire", [True, False])
def test_un_formulaire_ouvert_ailleurs_est_nomme(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lire: bool
) -> None:
    codes, envoi = tmp_path / "codes.csv", tmp_path / "envoi"
    codes.write_text("code\nR01\nR02\nR03\n", encoding="utf-8")
    commande = ["formulaire", "--pour", str(codes), "--dossier", str(envoi), "--simple", "--remplacer"]
    assert executer(commande) == 0
    tenu = envoi / "formulaire-r02-t0-soi.xlsx"
    capsys.readouterr()
    with pytest.MonkeyPatch.context() as ici:
        _tenir(ici, tenu, lire=lire)
        assert executer([*commande, "--place"]) == 1
    dit = capsys.readouterr().err
    assert tenu.name in dit.splitlines()[0]
    assert re.search("autre programme|aucun programme", dit)


@pytest.mark.parametrize("nom", ["datapackage.json", "scores.csv"])
def test_un_export_ouvert_ailleurs_ne_se_dit_pas_etranger(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], nom: str
) -> None:
    table, jeu = _table(tmp_path / "t.csv", ["A1", "A2", "A3"]), tmp_path / "jeu"
    commande = ["exporter", str(table), "--sortie", str(jeu), "--formats", "csv", "--simple"]
    assert executer(commande) == 0
    capsys.readouterr()
    with pytest.MonkeyPatch.context() as ici:
        _tenir(ici, jeu / nom, lire=False)
        assert executer(commande) == 1
    dit = capsys.readouterr().err
    assert nom in dit
    assert "aucun programme ne retient le fichier" in dit
    assert "ni un export de cpit" not in dit
