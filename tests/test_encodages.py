"""L’encodage d’une table : lu juste quand il est sûr, refusé avec son remède sinon ; jamais un accent pour un autre."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from aide_bornes import abaisser
from aide_lecture import lire_seule
from aides import RACINE, TESTS

import cpit
from cpit.cli import executer

MINIMAL = RACINE / "referentiels" / "minimal.yaml"
ENTETE, REPONSES = "identifiant;A1;A2;A3;R1;R2;R3;trace_A1\n", ";1;2;3;4;1;2;"
DITS = {
    "cp1252": "Windows (cp1252)",
    "latin9": "Linux (latin9)",
    "cp850": "MS-DOS (cp850)",
    "mac-roman": "Macintosh (Mac Roman)",
}
SURS = ["cp1252"]
"""Celui où tout texte français se lit : c’est le plus répandu."""
LARGES = ["utf-16-le", "utf-16-be"]
MOTS = ["élève", "même", "Zoé", "façade", "Noël", "maïs", "île", "sûr", "pâte", "goût", "très près", "ÉLÈVE aimé"]
MOTS_EN_CAPITALES = ["ÉLODIE", "AGNÈS", "CÔME", "FRANÇOIS", "NOËL", "BENOÎT", "ZOÉ", "Évreux", "Île-de-France"]
SE_CONFONDENT = {"cp1252": {"CÔME"}, "latin9": {"CÔME"}, "cp850": {"AGNÈS", "NOËL"}, "mac-roman": {"Île-de-France"}}
"""Ce qui, seul, se lit aussi bien autrement : « CÔME » est « CÈME » en cp850."""


def ecrire(dossier: Path, *morceaux: tuple[str, str]) -> Path:
    """Une table dont chaque personne est écrite dans son encodage."""
    octets = b"".join(f"{code}{REPONSES}{code}\n".encode(encodage) for code, encodage in morceaux)
    chemin = dossier / "t.csv"
    chemin.write_bytes(ENTETE.encode(morceaux[0][1] if morceaux[0][1] in LARGES else "ascii") + octets)
    return chemin


@pytest.mark.echantillon(9)
@pytest.mark.parametrize("encodage", [*DITS, *LARGES])
@pytest.mark.parametrize("mot", MOTS)
def test_un_texte_francais_se_lit_juste_ou_se_refuse(
    mot: str, encodage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chemin, sortie = ecrire(tmp_path, ("Ana", encodage), (mot, encodage)), tmp_path / "s.csv"
    code = executer(["cohorte", str(chemin), "--referentiel", str(MINIMAL), "--sortie", str(sortie)])
    dit = " ".join(capsys.readouterr().err.split())
    if code:
        assert "se lit de plusieurs façons" in dit
        assert encodage not in (*SURS, *LARGES)
        return
    assert sortie.read_text("utf-8-sig").splitlines()[2].split(";")[0] == mot
    # Ce qui se lit pareil en cp1252 est dit l’être.
    pareil = "cp1252" if encodage == "latin9" and mot.encode("latin9") == mot.encode("cp1252") else encodage
    assert DITS.get(pareil, "il a été lu comme tel") in dit


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("encodage", DITS)
@pytest.mark.parametrize("mot", MOTS_EN_CAPITALES)
def test_un_mot_en_capitales_ou_un_seul_nom_se_lit_juste_ou_se_demande(
    mot: str, encodage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chemin, sortie = ecrire(tmp_path, (mot, encodage)), tmp_path / "s.csv"
    commande = ["cohorte", str(chemin), "--referentiel", str(MINIMAL), "--sortie", str(sortie)]
    if mot in SE_CONFONDENT[encodage]:
        assert executer(commande) == 1
        dit = " ".join(capsys.readouterr().err.split())
        nomme = "cp1252" if encodage == "latin9" else encodage
        assert f"« {mot} » en {nomme}" in dit.replace("\u00a0", " ").replace("\u202f", " ")
        assert f"--encodage {nomme}" in dit
        commande += ["--encodage", encodage]
    assert executer(commande) == 0
    assert sortie.read_text("utf-8-sig").splitlines()[1].split(";")[0] == mot


@pytest.mark.parametrize("mot", ["cœur", "12 €", "Œuvre"])
def test_un_texte_de_linux_garde_ses_lettres_liees(mot: str, tmp_path: Path) -> None:
    recueil = cpit.lire(ecrire(tmp_path, (mot, "latin9")), MINIMAL)
    assert recueil.cohorte.notees[0].passation.identifiant == mot


def test_l_encodage_dit_ne_change_rien_a_l_utf_8_et_se_refuse_s_il_ne_convient_pas(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recueil = cpit.lire(ecrire(tmp_path, ("Zoé", "utf-8")), MINIMAL, encodage="cp850")
    assert recueil.cohorte.notees[0].passation.identifiant == "Zoé"
    chemin = ecrire(tmp_path, ("Rü", "cp850"))
    assert executer(["cohorte", str(chemin), "--referentiel", str(MINIMAL), "--encodage", "cp1252"]) == 1
    assert "ni en cp1252" in " ".join(capsys.readouterr().err.split())
    assert executer(["cohorte", str(chemin), "--referentiel", str(MINIMAL), "--encodage", "latin1"]) == 2
    assert "cp1252, latin9, cp850 ou mac-roman" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("encodage", ["cp850", "mac-roman"])
def test_une_table_en_une_colonne_garde_son_encodage(encodage: str, tmp_path: Path) -> None:
    codes = ["Zoé", "Héloïse", "François à côté"]
    lignes = [ENTETE, *(f"{code}{REPONSES}\n" for code in codes)]
    chemin = tmp_path / "t.csv"
    chemin.write_bytes("".join(f'"{ligne[:-1].replace(";", ",")}"\n' for ligne in lignes).encode(encodage))
    lues = cpit.lire(chemin, MINIMAL)
    assert [notee.passation.identifiant for notee in lues.cohorte.notees] == codes
    assert {"table-en-une-colonne", f"table-en-{encodage}"} <= {une.code for une in lues.anomalies}


def test_une_correspondance_se_demande_dans_l_encodage_dit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ecrire(tmp_path, ("CÔME", "cp1252"))
    assert executer(["correspondance", "t.csv", "--referentiel", str(MINIMAL)]) == 1
    assert executer(["correspondance", "t.csv", "--referentiel", str(MINIMAL), "--encodage", "cp1252"]) == 0
    assert "--encodage cp1252" in capsys.readouterr().out


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("encodage", [*DITS, *LARGES])
@pytest.mark.parametrize("flux", [False, True], ids=["d-un-bloc", "en-flux"])
def test_un_texte_de_plusieurs_accents_est_sur(
    encodage: str, flux: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if flux:
        monkeypatch.setattr("cpit.flux.SEUIL", 1)
    codes = ["Zoé", "Héloïse", "François à côté", "Gaëlle-là", "Benoît où"]
    chemin, sortie = ecrire(tmp_path, *((code, encodage) for code in codes)), tmp_path / "s.csv"
    assert executer(["cohorte", str(chemin), "--referentiel", str(MINIMAL), "--sortie", str(sortie)]) == 0
    assert [ligne.split(";")[0] for ligne in sortie.read_text("utf-8-sig").splitlines()[1:]] == codes
    assert "Vérifier les accents" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("autre", list(DITS))
@pytest.mark.parametrize("utf_8_d_abord", [True, False])
def test_deux_encodages_meles_sont_refuses_avec_la_ligne(
    autre: str, utf_8_d_abord: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    morceaux = [("Zoé", "utf-8"), ("Héloïse", autre)]
    chemin = ecrire(tmp_path, *(morceaux if utf_8_d_abord else morceaux[::-1]))
    assert executer(["cohorte", str(chemin), "--referentiel", str(MINIMAL)]) == 1
    dit = " ".join(capsys.readouterr().err.split())
    assert f"ligne {3 if utf_8_d_abord else 2} : le texte est en UTF-8, sauf" in dit
    assert "CSV UTF-8" in dit


@pytest.mark.parametrize("encodage", [*DITS, *LARGES])
def test_les_donnees_d_une_personne_se_trouvent_dans_tout_encodage(encodage: str, tmp_path: Path) -> None:
    chemin = ecrire(tmp_path, ("Zoé", encodage), ("Héloïse", encodage))
    (mention,) = cpit.inventorier("Héloïse", tmp_path).mentions
    assert (mention.chemin, mention.lignes) == (chemin, (3,))


@pytest.mark.parametrize(
    "texte", ["l’eau", "« Ana »", "“Ana”", "Ana…", "Ana – Bob", "12 €", "Žofie et Zoé", "Peña à côté"]
)
def test_un_texte_de_windows_sans_guere_d_accents_se_lit_encore(texte: str, tmp_path: Path) -> None:
    recueil = cpit.lire(ecrire(tmp_path, (texte, "cp1252")), MINIMAL)
    assert recueil.cohorte.notees[0].passation.identifiant == texte


LUS: dict[str, dict[str, list[str]]] = yaml.safe_load((TESTS / "donnees" / "mots-accentues.yaml").read_text("utf-8"))
REFERENTIEL = cpit.referentiel(MINIMAL)


def lire_un_mot(dossier: Path, octets: bytes) -> tuple[str, str]:
    """Ce qui est dit de l’encodage d’une table dont c’est le seul mot accentué, et les façons dont il se lit."""
    chemin = dossier / "t.csv"
    chemin.write_bytes(f"{ENTETE}R0;1;1;1;1;1;1;\n".encode() + octets + f"{REPONSES}\n".encode())
    lue = lire_seule(chemin, REFERENTIEL)
    (une,) = (une for une in lue.anomalies if "encodage" in une.code or une.code.startswith("table-en-"))
    assert une.lieu.ligne == 3
    options = " ou ".join(str(une.mots.get("options", "")).replace("--encodage ", "").split(" ou "))
    lus = [releve.passation.identifiant for releve in lue.releves][1:]
    lus += re.findall(r"«\s(\S+)\s»", str(une.mots.get("lues", "")))
    return " : ".join(filter(None, (une.code, options))), " ou ".join(lus)


@pytest.mark.endurance
@pytest.mark.parametrize("encodage", LUS)
def test_un_mot_seul_est_lu_juste_demande_ou_refuse_comme_la_table_le_dit(encodage: str, tmp_path: Path) -> None:
    for dit, mots in LUS[encodage].items():
        lus = {mot: lire_un_mot(tmp_path, mot.encode(encodage)) for mot in mots}
        possibles = dit.partition(" : ")[2].split(" ou ") if " : " in dit else [encodage] * (dit != "encodage")
        assert lus == {mot: (dit, " ou ".join(_lectures(mot.encode(encodage), possibles))) for mot in mots}


def _lectures(octets: bytes, encodages: Sequence[str]) -> Sequence[str]:
    """Le texte dans chaque encodage ; de deux, les mots qui y diffèrent d’abord."""
    textes = [octets.decode(encodage).split() for encodage in encodages]
    if len(textes) < 2:
        return [" ".join(mots) for mots in textes]
    return next(mots for mots in zip(*textes, strict=True) if len({*mots}) > 1)


@pytest.mark.parametrize("taille", [3, 7, 64])
@pytest.mark.parametrize("encodage", ["utf-8", "cp850"])
def test_lue_par_morceaux_une_table_se_lit_pareil(
    encodage: str, taille: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Un signe, un mot, ce qui entoure un signe peuvent être à cheval sur deux."""
    codes = ["Zoé", "Héloïse", "François à côté", "Łódź" if encodage == "utf-8" else "Gaëlle-là"]
    entiere = lire_seule(ecrire(tmp_path, *((code, encodage) for code in codes)), REFERENTIEL)
    abaisser(monkeypatch, "octets lus à la fois d’une table", taille)
    lue = lire_seule(tmp_path / "t.csv", REFERENTIEL)
    assert [releve.passation.identifiant for releve in lue.releves] == codes
    assert lue.anomalies == entiere.anomalies


@pytest.mark.parametrize("taille", [1, 1_000])
def test_des_encodages_meles_se_voient_d_un_morceau_a_l_autre(
    taille: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    abaisser(monkeypatch, "octets lus à la fois d’une table", taille)
    chemin = ecrire(tmp_path, ("Zoé", "utf-8"), ("Ana", "ascii"), ("Héloïse", "cp1252"), ("Bob", "ascii"))
    (une,) = lire_seule(chemin, REFERENTIEL).anomalies
    assert (une.code, une.lieu.ligne) == ("encodages-meles", 4)


def test_ce_qui_se_lit_de_deux_facons_est_cite_tel_qu_ecrit(tmp_path: Path) -> None:
    """Même au tout début du fichier."""
    (tmp_path / "t.csv").write_bytes("CÔME;A1;A2;A3;R1;R2;R3\nAna;1;2;3;4;1;2\n".encode("cp1252"))
    (une,) = lire_seule(tmp_path / "t.csv", REFERENTIEL).anomalies
    assert (une.code, une.lieu.ligne) == ("encodage-ambigu", 1)
    assert re.findall(r"«\s(\S+)\s» en (\S+)", str(une.mots["lues"])) == [("CÈME", "cp850"), ("CÔME", "cp1252")]


@pytest.mark.parametrize(
    "octets",
    [
        *("Héloïse;1\nZoé;2\nHéloïse;3\n".encode(encodage) for encodage in ("utf-8-sig", "utf-16", "utf-32", "cp1252")),
        "Héloïse;1\nZoé;2\nHéloïse;3\n".encode("utf-16-le"),
        "Héloïse;1\nZoé;2\nHéloïse;3\n".encode("cp1252") + b"\x81\n",
    ],
)
def test_les_donnees_d_une_personne_se_trouvent_sous_toute_marque(octets: bytes, tmp_path: Path) -> None:
    """Et jusque dans un texte dont un octet n’est rien."""
    (tmp_path / "t.csv").write_bytes(octets)
    (mention,) = cpit.inventorier("Héloïse", tmp_path).mentions
    assert mention.lignes == (1, 3)
