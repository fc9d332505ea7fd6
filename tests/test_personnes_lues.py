"""Qui est compté d’une lecture, à quel moment, sous quel regard, et ce qui s’en dit : de même sur toutes les voies."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from unicodedata import normalize
from zipfile import ZipFile

import pytest
from aide_lecture import noter_en_octets
from aides import RACINE, encoder_passation, passation_de, tape
from openpyxl import Workbook

import cpit
from cpit.cli import executer

MINIMAL = RACINE / "referentiels" / "minimal.yaml"
REFERENTIEL = cpit.referentiel(MINIMAL)
ITEMS = "A1;A2;A3;R1;R2;R3"
AVEC = ("--referentiel", str(MINIMAL))

Ecrire = Callable[..., Path]


def en_csv(dossier: Path, *lignes: str, nom: str = "t.csv") -> Path:
    (dossier / nom).write_text("\n".join([*lignes, ""]), encoding="utf-8")
    return dossier / nom


def en_xlsx(dossier: Path, *lignes: str) -> Path:
    classeur = Workbook()
    assert classeur.active is not None
    for ligne in lignes:
        classeur.active.append([int(c) if c.isdecimal() else c or None for c in ligne.split(";")])
    classeur.save(dossier / "t.xlsx")
    return dossier / "t.xlsx"


DEUX_FORMES = pytest.mark.parametrize("ecrire", [en_csv, en_xlsx])


def codes(recueil: cpit.Recueil) -> list[str]:
    return [une.code for une in recueil.anomalies]


def qui(recueil: cpit.Recueil) -> list[str]:
    return [notee.releve.identifiant for notee in recueil.cohorte.notees]


def en_clair(texte: str) -> str:
    """Un texte montré, remis sur une ligne, ses blancs tous ordinaires."""
    return " ".join(texte.split())


# --- la même personne, écrite de plusieurs façons ---------------------------------------------------------------------

ZOE = [normalize(forme, "Zoé") for forme in ("NFC", "NFD")]
GRAPHIES = [f"identifiant;moment;{ITEMS}", f"{ZOE[0]};t0;1;1;1;1;1;1", "TERR-09;t0;1;1;1;1;1;1", "P3;t0;1;1;1;1;1;1"]
GRAPHIES += [f"{ZOE[1]};t1;2;2;2;2;2;2", "terr-09;t1;2;2;2;2;2;2", "P3;t1;2;2;2;2;2;2"]


@DEUX_FORMES
def test_les_graphies_prises_pour_une_personne_sont_dites_une_fois(ecrire: Ecrire, tmp_path: Path) -> None:
    recueil = cpit.lire(ecrire(tmp_path, *GRAPHIES), MINIMAL)
    assert [une.mots["graphies"] for une in recueil.anomalies] == ["Zoé (codé de 2 façons) ; TERR-09, terr-09"]


@pytest.mark.parametrize(
    ("commande", "sortie"), [("cohorte", "s.csv"), ("cohorte", "s.xlsx"), ("exporter", "jeu"), ("fidelite", "f.csv")]
)
def test_chaque_commande_de_groupe_dit_les_graphies(
    commande: str, sortie: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = en_csv(tmp_path, *GRAPHIES)
    plus = ["--formats", "csv"] if commande == "exporter" else []
    executer([commande, str(table), "--sortie", str(tmp_path / sortie), *plus, *AVEC])
    assert en_clair(capsys.readouterr().err).count("codé de 2 façons") == 1


def test_un_double_ecarte_dit_l_autre_graphie(tmp_path: Path) -> None:
    recueil = cpit.lire(en_csv(tmp_path, f"identifiant;{ITEMS}", "R1;1;1;1;1;1;1", "r1;1;1;1;1;1;1"), MINIMAL)
    (dit,) = recueil.anomalies
    assert dit.code == "passation-identique"
    assert "écrite « R1 »" in en_clair(dit.quoi)


def test_un_double_ecarte_nomme_la_passation_gardee_pour_lui_et_non_une_autre(tmp_path: Path) -> None:
    """Trois réponses différentes de la même personne, deux fois chacune : chaque copie nomme sa propre première."""
    lignes = [f"R1;{';'.join(n * 6)}" for n in "123312"]
    recueil = cpit.lire(en_csv(tmp_path, f"identifiant;{ITEMS}", *lignes), MINIMAL)
    dits = {une.lieu.ligne: en_clair(une.quoi) for une in recueil.anomalies if une.code == "passation-identique"}
    assert {ligne: re.findall(r"ligne (\d)", dit) for ligne, dit in dits.items()} == {5: ["4"], 6: ["2"], 7: ["3"]}


# --- le moment et le regard -------------------------------------------------------------------------------------------

COMMANDES = {
    "cohorte": ["cohorte", "--sortie", "s.csv"],
    "cohorte-en-clair": ["cohorte", "--sortie", "-"],
    "exporter": ["exporter", "--sortie", "jeu", "--formats", "csv"],
    "diffusion": ["exporter", "--sortie", "d", "--diffusion", "--formats", "csv"],
    "fidelite": ["fidelite"],
    "figure": ["figure", "radar", "--sortie", "f.svg"],
}


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("nom", COMMANDES)
@pytest.mark.parametrize("dit", [False, True])
def test_chaque_commande_dit_le_moment_et_le_regard_qu_elle_suppose(
    nom: str, dit: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    colonnes, cellules = ("identifiant;moment;regard", "t0;soi") if dit else ("identifiant", "")
    lignes = [f"P{n};{cellules + ';' if dit else ''}{1 + n % 4};2;3;{1 + n % 3};2;1" for n in range(6)]
    table = en_csv(tmp_path, f"{colonnes};{ITEMS}", *lignes)
    commande, *options = COMMANDES[nom]
    position = [options.pop(0)] if commande == "figure" else []
    executer([commande, *position, str(table), *options, *AVEC])
    assert en_clair("".join(capsys.readouterr())).count("supposé : t0, soi") == (0 if dit else 1)


CONTREDITS = {
    "moment": ("moment", "T1_", "t1", "t0"),
    "regard": ("regard", "N1_", "tiers", "soi"),
}


@DEUX_FORMES
@pytest.mark.parametrize("sorte", CONTREDITS)
def test_un_en_tete_et_une_ligne_qui_se_contredisent_font_refuser_la_ligne(
    sorte: str, ecrire: Ecrire, tmp_path: Path
) -> None:
    """Ni l’un ni l’autre n’est choisi en silence, sur aucune voie ; la ligne d’accord est lue."""
    role, porteur, cite, autre = CONTREDITS[sorte]
    entete = ";".join([role, "identifiant", *(porteur + code for code in ITEMS.split(";"))])
    table = ecrire(tmp_path, entete, f"{cite};P1;1;2;3;4;2;1", f"{autre};P2;1;2;3;4;2;1", ";P3;1;2;3;4;2;1")
    recueil = cpit.lire(table, MINIMAL)
    assert qui(recueil) == ["P1"]
    assert codes(recueil) == ["contexte-contredit"] * 2
    faute = recueil.anomalies[0]
    assert (faute.lieu.ligne, faute.lieu.colonne, faute.lieu.cellule) in ((3, 3, None), (None, None, "C3"))
    assert all(mot in faute.quoi for mot in (f"{porteur}A1", cite, autre))
    if table.suffix == ".csv":
        bilan = noter_en_octets(table, REFERENTIEL)
        assert [(a.code, a.lieu) for a in bilan.anomalies] == [(a.code, a.lieu) for a in recueil.anomalies]
        assert bilan.passations == 1


@pytest.mark.parametrize(
    ("colonne", "porteur", "vu"), [("regard", "T1_", ("t1", "soi")), ("moment", "N1_", ("t0", "tiers"))]
)
def test_une_colonne_ne_fait_taire_que_les_en_tetes_qui_disent_la_meme_chose(
    colonne: str, porteur: str, vu: tuple[str, str], tmp_path: Path
) -> None:
    """« T1_C1P » dit le moment d’une table qui n’a qu’une colonne de regard : elle n’est pas supposée t0."""
    entete = ";".join([colonne, "identifiant", *(porteur + code for code in ITEMS.split(";"))])
    recueil = cpit.lire(en_csv(tmp_path, entete, ";P1;1;2;3;4;2;1"), MINIMAL)
    assert [(n.passation.moment, n.passation.regard) for n in recueil.cohorte.notees] == [vu]


# --- les deux voies ---------------------------------------------------------------------------------------------------

ZEROS = ["07", "7", "007", "7.0", "P01", "p1", "P10", "10", "E-0012", "e-12"]
TABLES = {
    "graphies": GRAPHIES,
    "identiques": [f"identifiant;{ITEMS}", "R1;1;1;1;1;1;1", "R2;1;1;1;1;1;1", "r1;1;1;1;1;1;1", "R1;2;1;1;1;1;1"],
    "abandonnee": [
        f"submitdate;identifiant;{ITEMS}",
        ";P2;1;1;;;;",
        "2026-09-14 09:12:54;P2;4;4;4;4;4;4",
        ";P3;1;1;1;1;1;1",
    ],
    "refusees": [f"identifiant;{ITEMS}", "P1;9;1;1;1;1;1", "P1;9;1;1;1;1;1", "P1;;1;1;1;1;1", "Total;;9;9;9;9;9"],
    "zeros": [f"identifiant;{ITEMS}", *(f"{code};1;2;3;1;2;{k % 4 + 1}" for k, code in enumerate(ZEROS))],
    "absences": [f"identifiant;{ITEMS}", "P1;1;NA;3;1;2;na", "P2;;NA;;;;", "P3; NA ;2;3;1;9;4", "P4;2;2;2;2;2;2"],
    "sans-code": [f"identifiant;{ITEMS}", ";1;1;1;1;1;1", ";1;1;1;1;1;1"],
}


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("nom", TABLES)
def test_une_grande_table_donne_les_memes_personnes_et_les_memes_anomalies(nom: str, tmp_path: Path) -> None:
    table = en_csv(tmp_path, *TABLES[nom])
    recueil = cpit.lire(table, MINIMAL)
    cpit.ecrire(recueil, tmp_path / "bloc.csv")
    bilan = noter_en_octets(table, REFERENTIEL)
    assert [(a.code, a.lieu, a.mots) for a in bilan.anomalies] == [(a.code, a.lieu, a.mots) for a in recueil.anomalies]
    assert bilan.octets == (tmp_path / "bloc.csv").read_bytes()
    assert bilan.sources == recueil.sources


def test_des_codes_aux_zeros_pres_ne_sont_jamais_reunis_et_c_est_dit_une_fois(tmp_path: Path) -> None:
    recueil = cpit.lire(en_csv(tmp_path, *TABLES["zeros"]), MINIMAL)
    (dite,) = [une for une in recueil.anomalies if une.code == "codes-a-des-zeros-pres"]
    assert dite.mots["graphies"] == "07, 7, 007 ; P01, p1 ; E-0012, e-12"
    codes = [notee.passation.identifiant for notee in recueil.cohorte.notees]
    assert codes == ["07", "7", "007", "7", "P01", "p1", "P10", "10", "E-0012", "e-12"]
    assert [une.code for une in recueil.anomalies].count("passation-en-double") == 1  # 7 et 7.0


def test_les_na_de_r_sont_dits_une_fois_avec_leur_nombre(tmp_path: Path) -> None:
    table = en_csv(tmp_path, *TABLES["absences"])
    (dite,) = [une for une in cpit.lire(table, MINIMAL).anomalies if une.code == "absences-ecrites"]
    assert (dite.mots["nombre"], dite.lieu.ligne, dite.lieu.colonne) == (4, 2, 3)
    autre = cpit.lire(table, MINIMAL, valeurs={"NA": "SO"})
    assert "absences-ecrites" not in [une.code for une in autre.anomalies]


MUETS = [
    *("-", "—", ".", "…", "/", "?", "néant", "Aucun", "aucune réponse", "vide", "(vide)", "null", "None", "NR"),
]


@pytest.mark.parametrize("mot", [*MUETS, "non renseigné", "pas de réponse", "rien", "*", "NaN", "x", '""""', "()"])
def test_ce_qui_ne_dit_rien_de_sur_n_est_jamais_une_case_vide(mot: str, tmp_path: Path) -> None:
    table = en_csv(tmp_path, f"identifiant;{ITEMS}", f"P1;1;{mot};3;1;2;4")
    recueil = cpit.lire(table, MINIMAL)
    assert [une.gravite.value for une in recueil.anomalies] == ["refus"]
    if mot in MUETS and mot != "…":
        assert f"{mot}=vide" in recueil.anomalies[0].correction
        dit = cpit.lire(table, MINIMAL, valeurs=f"{mot}=vide")
        assert not dit.anomalies


# --- ce qui n’a aucune réponse n’est compté nulle part ----------------------------------------------------------------


def poser(dossier: Path, signes: str, code: str, *, terminee: bool = True) -> None:
    fin = {"terminee": "2026-09-14T10:00:00+02:00"} if terminee else {}
    passation = passation_de(REFERENTIEL, signes, identifiant=code, **fin)
    (dossier / f"{code}.json").write_bytes(encoder_passation(passation))


@pytest.mark.parametrize("terminee", [True, False])
def test_une_passation_sans_reponse_n_est_pas_comptee_et_sans_objet_en_est_une(terminee: bool, tmp_path: Path) -> None:
    poser(tmp_path, "123412", "P1")
    poser(tmp_path, "......", "P2", terminee=terminee)
    poser(tmp_path, "S.....", "P3")
    recueil = cpit.lire(tmp_path, MINIMAL)
    assert (qui(recueil), codes(recueil)) == (["P1", "P3"], ["passation-vide"])
    assert [source.passations for source in recueil.sources] == [1, 0, 1]


@pytest.mark.parametrize("format_", ["xlsx"])
def test_un_formulaire_vide_n_est_pas_compte(format_: str, tmp_path: Path) -> None:
    poser(tmp_path, "123412", "P1")
    cpit.formulaires(MINIMAL, tmp_path, format=format_, codes=["P2"])
    recueil = cpit.lire(tmp_path, MINIMAL)
    assert (qui(recueil), codes(recueil)) == (["P1"], ["formulaire-vierge"])


def test_dix_personnes_et_un_vide_ne_font_pas_onze(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sous onze personnes, une diffusion ne donne aucune moyenne."""
    recus = tmp_path / "recus"
    recus.mkdir()
    for rang in range(10):
        poser(recus, "".join(str(1 + (rang * pas + rang // 3) % 4) for pas in range(1, 7)), f"P{rang}")
    poser(recus, "......", "P10")
    executer(["exporter", str(recus), "--sortie", str(tmp_path / "d"), "--diffusion", "--formats", "csv", *AVEC])
    assert "tout est tu" in capsys.readouterr().err


# --- rien n’est reconnu -----------------------------------------------------------------------------------------------

INCONNUE = ["Courriel;Comp A-1;" + "x" * 90, "marie.curie@exemple.fr;3;4", "p.langevin@exemple.fr;2;1", "a@b.fr;1;1"]


@pytest.mark.echantillon(3)
@DEUX_FORMES
@pytest.mark.parametrize("suffixe", ["xlsx", "json", "csv"])
def test_ce_que_porte_une_table_inconnue_se_montre_au_terminal_et_nulle_part_ailleurs(
    ecrire: Ecrire, suffixe: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = ecrire(tmp_path, *INCONNUE)
    poser(tmp_path, "123412", "P1")
    sortie = tmp_path / f"s.{suffixe}"
    assert executer(["cohorte", str(table), str(tmp_path / "P1.json"), "--sortie", str(sortie), *AVEC]) == 1
    montre = en_clair(capsys.readouterr().err)
    lignes = ("ligne 1 : Courriel | Comp A-1 | xxx", "ligne 2 : marie.curie@exemple.fr | 3 | 4", "ligne 3 : p.langevin")
    assert all(ligne in montre for ligne in lignes)
    assert ("ligne 4" in montre, "x" * 40 in montre) == (False, False)
    assert f"cpit correspondance {tape(table)} --referentiel minimal" in montre.replace("\u202f", " ")
    morceaux = [sortie.read_bytes()]
    if suffixe == "xlsx":
        with ZipFile(sortie) as archive:
            morceaux = [archive.read(nom) for nom in archive.namelist()]
    assert not any(b"exemple.fr" in morceau for morceau in morceaux)


def test_la_commande_que_propose_une_table_inconnue_s_execute(tmp_path: Path) -> None:
    table = en_csv(tmp_path, *INCONNUE)
    with pytest.raises(cpit.ErreurCpit) as refus:
        cpit.lire(table, MINIMAL)
    faute = refus.value.anomalies[0]
    commande = shlex.split(str(faute.mots["commande"]))
    assert executer([*commande[1:], "--sortie", str(tmp_path / "c.yaml")]) == 0
    assert "marie.curie" not in str(refus.value)


def test_la_commande_que_propose_une_table_au_nom_piege_n_execute_rien_de_ce_nom(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = en_csv(tmp_path, *INCONNUE).rename(tmp_path / "$(touch piege) `date`.csv")
    with pytest.raises(cpit.ErreurCpit) as refus:
        cpit.lire(table, MINIMAL)
    assert executer(["correspondance", str(table), "--sortie", str(tmp_path / "c.yaml"), *AVEC]) == 0
    (suite,) = [une for une in en_clair(capsys.readouterr().out).splitlines() if "cpit cohorte" in une]
    assert f" {tape(table)} " in str(refus.value.anomalies[0].mots["commande"])
    assert f" {tape(table)} " in suite
