"""Une question de profil où l’on coche plusieurs choix : partout où l’on répond, où l’on lit, où l’on compte."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from aide_instruments import feuilles
from aide_navigateur import Navigateur
from aide_terminal import au_terminal, ecrire_terminee, sur_console
from aides import lire_passation, passation_de
from test_ancres import COMPLET, POUR_SOI, POUR_UN_TIERS

import cpit
from cpit.cli import executer
from cpit.coeur.referentiel import Referentiel

LIEU = """  - identifiant: lieu
    libelle: Lieu
    plusieurs: oui
    description: Où l’on jardine.
    hypothese: Le lieu compte.
    choix:
      - {code: jardin, libelle: Jardin}
      - {code: balcon, libelle: Balcon}
"""
DISPOSITIF = """  - identifiant: dispositif
    libelle: Dispositifs
    plusieurs: oui
    choix:
      - {code: pvd, libelle: Petites villes de demain}
      - {code: crte, libelle: "Contrat pour la réussite, la transition"}
      - {code: fs-1, libelle: France services}
  - identifiant: structure
    libelle: Structure
    choix:
      - {code: commune, libelle: Commune}
      - {code: asso, libelle: Association}
"""
ITEMS = ("S1", "S2", "S3", "T1", "T2", "T3")


@pytest.fixture(scope="module")
def chemin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ecrit = tmp_path_factory.mktemp("ref") / "multiple.yaml"
    texte = COMPLET.read_text(encoding="utf-8")
    assert LIEU in texte
    ecrit.write_text(texte.replace(LIEU, DISPOSITIF), encoding="utf-8")
    return ecrit


@pytest.fixture(scope="module")
def referentiel(chemin: Path) -> Referentiel:
    return cpit.referentiel(chemin)


def au_profil(chemin: Path, dossier: Path, touches: list[str]) -> tuple[str | None, str]:
    """Ce que le profil gardé dit des dispositifs, et l’écran, quand on tape ces lignes puis la première situation."""
    mots = ["questionnaire", "--referentiel", str(chemin), "--code", "P1", "--moment", "t0", "--regard", "soi"]
    _, vu = au_terminal(*mots, touches=[*touches, "1", "q"], dossier=dossier)
    assert "1 situation vue sur" in vu, "chaque ligne a servi au profil, et la première situation est venue ensuite"
    (gardee,) = dossier.glob("passation-*.json")
    return lire_passation(gardee).profil.get("dispositif"), vu


# --- répondre ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("touches", "attendu"),
    [
        (["1 3", ""], "pvd;fs-1"),
        (["3,1", ""], "pvd;fs-1"),
        (["CRTE;pvd", ""], "pvd;crte"),
        (["2", "1"], "crte"),
        (["4", "1 x", "2 2", ""], "crte"),
        (["", ""], None),
    ],
)
def test_au_terminal_plusieurs_numeros_d_un_coup(
    chemin: Path, tmp_path: Path, touches: list[str], attendu: str | None
) -> None:
    retenu, vu = au_profil(chemin, tmp_path, touches)
    assert retenu == attendu
    assert "plusieurs possibles" in vu
    if len(touches) > 2:
        assert "1 à 3" in vu


def test_en_option_les_choix_se_joignent_ou_se_repetent(chemin: Path, tmp_path: Path) -> None:
    def repondre(rang: int, *couples: str) -> tuple[int, Path]:
        dossier = tmp_path / str(rang)
        dossier.mkdir()
        mots = ["questionnaire", "--referentiel", str(chemin), "--dossier", str(dossier), "--code", f"P{rang}"]
        options = [mot for couple in couples for mot in ("--profil", couple)]
        fait = sur_console(*mots, *options, encodage="utf-8", dossier=tmp_path, entree="1\n" * 6)
        return fait.returncode, dossier

    justes = (["dispositif=fs-1;pvd"], ["dispositif=pvd,fs-1"], ["dispositif=fs-1", "dispositif=pvd"])
    for rang, couples in enumerate(justes):
        _, dossier = repondre(rang, *couples)
        (gardee,) = dossier.glob("*.json")
        assert json.loads(gardee.read_text(encoding="utf-8"))["profil"]["dispositif"] == ["pvd", "fs-1"]
    for rang, faux in enumerate(("dispositif=pvd;rien", "structure=commune;asso", "dispositif="), 10):
        code, dossier = repondre(rang, faux)
        assert (code, list(dossier.glob("*.json"))) == (2, [])


def test_la_page_a_des_cases_et_dit_ce_qui_est_rempli_d_avance(tmp_path: Path, chemin: Path) -> None:
    liste = tmp_path / "codes.csv"
    liste.write_text('code;dispositif\nP1;"France services, pvd"\n', encoding="utf-8")
    (ecrite,) = cpit.formulaires(dossier=tmp_path / "f", codes=liste, referentiel=chemin, format="html")
    page = ecrite.read_text(encoding="utf-8")
    for code in ("pvd", "crte", "fs-1"):
        assert f'<input type="checkbox" name="profil-1" value="{code}">' in page
    assert '"profil_donne":[["dispositif","pvd;fs-1"]]' in page
    assert "plusieurs choix possibles" in page


def test_dans_un_navigateur_les_cases_se_gardent_et_s_ecrivent(
    navigateur: Navigateur, tmp_path: Path, chemin: Path
) -> None:
    liste = tmp_path / "codes.csv"
    liste.write_text("code;dispositif\nP1;pvd\n", encoding="utf-8")
    (ecrite,) = cpit.formulaires(dossier=tmp_path / "f", codes=liste, referentiel=chemin, format="html")
    navigateur.ouvrir(ecrite.read_text(encoding="utf-8"))

    def coches() -> list[str]:
        cases = "[...document.getElementsByName('profil-1')]"
        return list(navigateur.js(f"return {cases}.filter((c) => c.checked).map((c) => c.value)"))

    def case(code: str) -> str:
        return f'input[name="profil-1"][value="{code}"]'

    assert coches() == ["pvd"]
    navigateur.pointer(case("fs-1"))
    navigateur.choisir(1, 2)
    navigateur.recharger()
    assert coches() == ["pvd", "fs-1"]
    premiere = 'document.querySelector("#situation-1 .enonce:not([hidden])").textContent'
    assert navigateur.js(f"return {premiere}") == POUR_SOI
    navigateur.pointer('input[name="regard"][value="tiers"]')
    assert navigateur.js(f"return {premiere}") == POUR_UN_TIERS
    passation = cpit.lire(navigateur.enregistrer(), chemin).cohorte.notees[0].passation
    assert (passation.regard, passation.profil) == ("tiers", {"dispositif": "pvd;fs-1"})
    navigateur.pointer(case("pvd"))
    passation = cpit.lire(navigateur.enregistrer(), chemin).cohorte.notees[0].passation
    assert passation.profil == {"dispositif": "fs-1"}
    navigateur.pointer(case("fs-1"))
    passation = cpit.lire(navigateur.enregistrer(), chemin).cohorte.notees[0].passation
    assert passation.profil == {}
    assert navigateur.erreurs() == []


def test_le_classeur_a_remplir_a_une_case_par_choix(tmp_path: Path, chemin: Path) -> None:
    liste = tmp_path / "codes.csv"
    liste.write_text('code;dispositif\nP1;"France services, pvd"\nP2;\n', encoding="utf-8")
    mots = ["formulaire", "--referentiel", str(chemin), "--pour", str(liste), "--dossier", str(tmp_path / "f")]
    assert executer(mots) == 0
    premier, second = sorted((tmp_path / "f").glob("*.xlsx"))
    coches = []
    for fichier in (premier, second):
        feuille = openpyxl.load_workbook(fichier).worksheets[0]
        lignes = {str(f.value).replace("\u202f", " "): r for r, f in enumerate(feuille["B"], 1) if f.value}
        noms = ("Petites villes de demain", "Contrat pour la réussite, la transition", "France services")
        coches.append([feuille.cell(lignes[f"Dispositifs : {nom}"], 3).value for nom in noms])
    assert coches == [["x", None, "x"], [None, None, None]]
    classeur = openpyxl.load_workbook(second)
    feuille = classeur.worksheets[0]
    feuille.cell(lignes["Dispositifs : France services"], 3).value = "Oui"
    feuille.cell(lignes["Dispositifs : Contrat pour la réussite, la transition"], 3).value = "peut-être"
    feuille.cell(next(r for r, f in enumerate(feuille["A"], 1) if f.value == "S1"), 3).value = "1"
    classeur.save(second)
    recueil = cpit.lire(second, chemin)
    assert recueil.cohorte.notees[0].passation.profil == {"dispositif": "fs-1"}
    assert [une.code for une in recueil.anomalies] == ["formulaire-profil-inconnu"]


def test_la_table_a_remplir_tient_les_codes_en_une_cellule(tmp_path: Path, chemin: Path) -> None:
    liste = tmp_path / "codes.csv"
    liste.write_text('code;dispositif\nP1;"fs-1,pvd"\n', encoding="utf-8")
    (table,) = cpit.formulaires(dossier=tmp_path / "f", codes=liste, referentiel=chemin, format="csv")
    with table.open(encoding="utf-8-sig", newline="") as flux:
        (rangee,) = csv.DictReader(flux, delimiter=";")
    assert rangee["dispositif"] == "pvd;fs-1"


# --- « aucun » reste seul ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def avec_aucun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ecrit = tmp_path_factory.mktemp("ref") / "aucun.yaml"
    choix = DISPOSITIF.replace("France services}\n", "France services}\n      - {code: aucun, libelle: Aucun}\n")
    ecrit.write_text(COMPLET.read_text(encoding="utf-8").replace(LIEU, choix), encoding="utf-8")
    return ecrit


@pytest.mark.parametrize("contraire", ["4 1", "1 2 4", "aucun, pvd"])
def test_au_terminal_aucun_avec_un_autre_choix_se_redemande(avec_aucun: Path, tmp_path: Path, contraire: str) -> None:
    for ensuite, attendu in (("4", "aucun"), ("1 2", "pvd;crte"), ("", None)):
        dossier = tmp_path / ensuite.replace(" ", "-") / "d"
        dossier.mkdir(parents=True)
        retenu, vu = au_profil(avec_aucun, dossier, [contraire, ensuite, ""])
        assert retenu == attendu
        assert "ne va avec aucun autre choix" in vu


@pytest.mark.parametrize("couples", [["dispositif=aucun;pvd"], ["dispositif=pvd", "dispositif=aucun"]])
def test_en_option_aucun_avec_un_autre_choix_est_refuse(avec_aucun: Path, tmp_path: Path, couples: list[str]) -> None:
    options = [mot for couple in couples for mot in ("--profil", couple)]
    mots = ["questionnaire", "--referentiel", str(avec_aucun), "--dossier", str(tmp_path), "--code", "P1", *options]
    fait = sur_console(*mots, encodage="utf-8", dossier=tmp_path, entree="1\n" * 6)
    assert (fait.returncode, list(tmp_path.glob("*.json"))) == (2, [])


@pytest.mark.parametrize(
    ("entetes", "contraires", "justes"),
    [
        (["dispositif"], [["aucun;pvd"], ["Aucun, France services"], ["pvd crte aucun"]], [["aucun"], ["pvd;crte"]]),
        (["dispositif[pvd]", "dispositif[aucun]"], [["Y", "Y"], ["1", "x"]], [["N", "Y"], ["Y", ""]]),
        (["dispositif", "dispositif[aucun]"], [["pvd", "oui"]], [["", "oui"], ["aucun", "oui"], ["pvd", "non"]]),
    ],
)
def test_une_table_qui_dit_aucun_et_un_autre_choix_le_dit_et_ne_prend_ni_l_un_ni_l_autre(
    avec_aucun: Path, tmp_path: Path, entetes: list[str], contraires: list[list[str]], justes: list[list[str]]
) -> None:
    table = tmp_path / "t.csv"
    lignes = [[f"P{rang}", *une, *"120120"] for rang, une in enumerate(contraires + justes)]
    with table.open("w", encoding="utf-8", newline="") as flux:
        csv.writer(flux, delimiter="|").writerows([["code", *entetes, *ITEMS], *lignes])
    recueil = cpit.lire(table, avec_aucun)
    dites = [une for une in recueil.anomalies if une.code == "choix-contraires"]
    assert [une.lieu.ligne for une in dites] == [rang + 2 for rang in range(len(contraires))]
    # La cellule d’« aucun » s’il a sa colonne.
    assert {une.lieu.colonne for une in dites} == {1 + len(entetes)}
    profils = [notee.passation.profil.get("dispositif", "") for notee in recueil.cohorte.notees]
    assert not any(profils[: len(contraires)])
    assert all(profils[len(contraires) :])


def test_un_classeur_rempli_qui_coche_aucun_et_un_autre_choix_le_dit(avec_aucun: Path, tmp_path: Path) -> None:
    assert executer(["formulaire", "--referentiel", str(avec_aucun), "--dossier", str(tmp_path)]) == 0
    (chemin,) = tmp_path.glob("*.xlsx")
    classeur = openpyxl.load_workbook(chemin)
    feuille = classeur.worksheets[0]
    lignes = {str(f.value).replace("\u202f", " "): r for r, f in enumerate(feuille["B"], 1) if f.value}
    feuille.cell(lignes["Code de la personne"], 3).value = "P1"
    feuille.cell(next(r for r, f in enumerate(feuille["A"], 1) if f.value == "S1"), 3).value = "1"
    for nom in ("Aucun", "France services"):
        feuille.cell(lignes[f"Dispositifs : {nom}"], 3).value = "x"
    classeur.save(chemin)
    recueil = cpit.lire(chemin, avec_aucun)
    (dite,) = recueil.anomalies
    assert (dite.code, dite.lieu.cellule) == ("choix-contraires", f"C{lignes['Dispositifs : Aucun']}")
    assert "France services" in dite.quoi
    assert recueil.cohorte.notees[0].passation.profil == {}


def test_une_liste_de_codes_ne_dit_pas_aucun_et_un_autre_choix(avec_aucun: Path, tmp_path: Path) -> None:
    liste = tmp_path / "codes.csv"
    liste.write_text('code;dispositif\nP1;"aucun, pvd"\n', encoding="utf-8")
    with pytest.raises(cpit.ErreurCpit, match="aucun, pvd"):
        cpit.formulaires(dossier=tmp_path / "f", codes=liste, referentiel=avec_aucun, format="html")


def test_dans_un_navigateur_aucun_reste_seul_et_la_page_le_dit(navigateur: Navigateur, avec_aucun: Path) -> None:
    (ecrite,) = cpit.formulaires(dossier=navigateur.dossier / "f", referentiel=avec_aucun, format="html")
    navigateur.ouvrir(ecrite.read_text(encoding="utf-8"))

    def cocher(code: str) -> tuple[list[str], str]:
        navigateur.pointer(f'input[name="profil-1"][value="{code}"]')
        coches = "[...document.getElementsByName('profil-1')].filter((c) => c.checked).map((c) => c.value)"
        dit = navigateur.js("return document.getElementById('message-profil-1').innerText")
        return list(navigateur.js(f"return {coches}")), str(dit).replace("\u202f", " ")

    assert cocher("pvd") == (["pvd"], "")
    assert cocher("fs-1") == (["pvd", "fs-1"], "")
    coches, dit = cocher("aucun")
    assert coches == ["aucun"]
    assert "« Petites villes de demain », « France services » ont été décochés" in dit.replace("\xa0", " ")
    coches, dit = cocher("crte")
    assert coches == ["crte"]
    assert "« Aucun » a été décoché" in dit.replace("\xa0", " ")
    assert cocher("pvd") == (["pvd", "crte"], "")
    navigateur.choisir(1, 2)
    passation = cpit.lire(navigateur.enregistrer(), avec_aucun).cohorte.notees[0].passation
    assert passation.profil == {"dispositif": "pvd;crte"}
    assert navigateur.erreurs() == []


# --- garder et lire ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("profil", "ecrit", "version"), [("pvd;crte", ["pvd", "crte"], 2), ("pvd", "pvd", 1)])
def test_la_passation_est_une_liste_et_l_ancien_texte_se_lit(
    tmp_path: Path, chemin: Path, referentiel: Referentiel, profil: str, ecrit: object, version: int
) -> None:
    passation = passation_de(referentiel, "120120", identifiant="P1", profil={"dispositif": profil})
    fichier = ecrire_terminee(tmp_path / "passation-p1-t0-soi.json", passation)
    document = json.loads(fichier.read_text(encoding="utf-8"))
    assert (document["profil"], document["version_format"]) == ({"dispositif": ecrit}, version)
    assert cpit.lire(fichier, chemin).cohorte.notees[0].passation.profil == {"dispositif": profil}


TABLES = {
    "en codes": ("dispositif", ["pvd;crte", "crte", "", "fs-1"]),
    "Google Forms": (
        "Dispositifs",
        [
            "Petites villes de demain, Contrat pour la réussite, la transition",
            "Contrat pour la réussite, la transition",
            "",
            "France services",
        ],
    ),
    "Microsoft Forms": (
        "Dispositifs",
        [
            "Petites villes de demain;Contrat pour la réussite, la transition;",
            "Contrat pour la réussite, la transition;",
            "",
            "France services;",
        ],
    ),
    "ODK": ("g_qui-dispositif", ["pvd crte", "crte", "", "fs-1"]),
}


@pytest.mark.parametrize("sorte", TABLES)
def test_une_cellule_tient_plusieurs_choix(tmp_path: Path, chemin: Path, sorte: str) -> None:
    entete, cellules = TABLES[sorte]
    assert profils_lus(tmp_path, chemin, [entete], [[cellule] for cellule in cellules]) == (ATTENDUS, [])


ATTENDUS = [{"dispositif": "pvd;crte"}, {"dispositif": "crte"}, {}, {"dispositif": "fs-1"}]
COCHES = [(1, 1, 0), (0, 1, 0), (0, 0, 0), (0, 0, 1)]
PAR_CHOIX = {
    "LimeSurvey": (["dispositif[pvd]", "dispositif[crte]", "dispositif[fs1]"], ("", "Y")),
    "LimeSurvey en clair": (
        [
            "Dispositifs [Petites villes de demain]",
            "Dispositifs [Contrat pour la réussite, la transition]",
            "Dispositifs [France services]",
        ],
        ("Non", "Oui"),
    ),
    "Kobo": (["g_qui/dispositif/pvd", "g_qui/dispositif/crte", "g_qui/dispositif/fs-1"], ("0", "1")),
    "Kobo en clair": (
        [
            "Dispositifs/Petites villes de demain",
            "Dispositifs/Contrat pour la réussite, la transition",
            "Dispositifs/France services",
        ],
        ("0", "1"),
    ),
    "REDCap": (["dispositif___pvd", "dispositif___crte", "dispositif___fs_1"], ("0", "1")),
    "REDCap en clair": (
        [
            "Dispositifs (choice=Petites villes de demain)",
            "Dispositifs (choice=Contrat pour la réussite, la transition)",
            "Dispositifs (choice=France services)",
        ],
        ("Unchecked", "Checked"),
    ),
    "Moodle": (
        [
            "Q03_dispositif->Petites villes de demain",
            "Q03_dispositif->Contrat pour la réussite, la transition",
            "Q03_dispositif->France services",
        ],
        ("0", "1"),
    ),
    "Excel": (["dispositif_pvd", "dispositif_crte", "dispositif_fs-1"], ("", "x")),
    "cases à l’écran": (["dispositif_pvd", "dispositif_crte", "dispositif_fs-1"], ("☐", "☒")),
    "Démarches simplifiées": (["dispositif_pvd", "dispositif_crte", "dispositif_fs-1"], ("off", "on")),
}


@pytest.mark.parametrize("outil", PAR_CHOIX)
def test_une_colonne_par_choix(tmp_path: Path, chemin: Path, outil: str) -> None:
    entetes, mots = PAR_CHOIX[outil]
    cellules = [[mots[coche] for coche in ligne] for ligne in COCHES]
    assert profils_lus(tmp_path, chemin, entetes, cellules) == (ATTENDUS, [])


def test_vrai_et_faux_d_un_classeur_sont_des_coches(tmp_path: Path, chemin: Path) -> None:
    classeur = openpyxl.Workbook()
    classeur.active.append(["identifiant", "dispositif/pvd", "dispositif/crte", *ITEMS])
    classeur.active.append(["P1", True, False, *map(int, "120121")])
    classeur.save(tmp_path / "t.xlsx")
    recueil = cpit.lire(tmp_path / "t.xlsx", chemin)
    assert recueil.cohorte.notees[0].passation.profil == {"dispositif": "pvd"}
    assert recueil.anomalies == ()


def test_les_choix_dits_deux_fois_ne_comptent_qu_une(tmp_path: Path, chemin: Path) -> None:
    entetes = ["dispositif", "dispositif/pvd", "dispositif/crte", "dispositif/fs-1"]
    cellules = [["pvd crte", "1", "1", "0"], ["crte", "0", "1", "0"], ["", "", "", ""], ["fs-1", "0", "0", "1"]]
    assert profils_lus(tmp_path, chemin, entetes, cellules) == (ATTENDUS, [])


def test_ce_qui_ne_se_lit_pas_en_entier_n_est_pas_pris(tmp_path: Path, chemin: Path) -> None:
    lus, codes = profils_lus(tmp_path, chemin, ["dispositif"], [["pvd;mairie"], ["pvd pvd"], ["pvdcrte"], ["crte"]])
    assert lus == [{}, {"dispositif": "pvd"}, {}, {"dispositif": "crte"}]
    assert codes == ["choix-inconnu", "choix-inconnu"]
    lus, codes = profils_lus(tmp_path, chemin, ["dispositif[pvd]"], [["Y"], ["bof"], ["N"], [""]])
    assert (lus, codes) == ([{"dispositif": "pvd"}, {}, {}, {}], ["choix-inconnu"])


def profils_lus(
    tmp_path: Path, chemin: Path, entetes: list[str], cellules: list[list[str]]
) -> tuple[list[dict[str, str]], list[str]]:
    """Le profil de chaque ligne d’une table, et les codes de ce qui est signalé."""
    table = tmp_path / "table.csv"
    with table.open("w", encoding="utf-8", newline="") as flux:
        ecrivain = csv.writer(flux)
        ecrivain.writerow(["identifiant", *entetes, *ITEMS])
        for rang, ligne in enumerate(cellules):
            ecrivain.writerow([f"P{rang}", *ligne, *"120121"])
    recueil = cpit.lire(table, chemin)
    return [dict(notee.passation.profil) for notee in recueil.cohorte.notees], [a.code for a in recueil.anomalies]


# --- montrer, compter, exporter ---------------------------------------------------------------------------------------


@pytest.fixture
def cohorte(tmp_path: Path, referentiel: Referentiel) -> Path:
    """Dix personnes : huit en PVD, six en CRTE, dont quatre dans les deux ; nulle part ailleurs."""
    dossier = tmp_path / "cohorte"
    dossier.mkdir()
    profils = ["pvd;crte"] * 4 + ["pvd"] * 4 + ["crte"] * 2
    for rang, dispositif in enumerate(profils):
        signes = f"{rang % 3}1{(rang + 1) % 3}02{rang % 2}"
        profil = {"dispositif": dispositif, "structure": "commune" if rang % 2 else "asso"}
        passation = passation_de(referentiel, signes, identifiant=f"P{rang}", profil=profil)
        ecrire_terminee(dossier / f"passation-p{rang}-t0-soi.json", passation)
    return dossier


def test_une_reponse_se_montre_en_clair(tmp_path: Path, chemin: Path, cohorte: Path) -> None:
    page, classeur = tmp_path / "p.html", tmp_path / "p.xlsx"
    source = cohorte / "passation-p0-t0-soi.json"
    assert executer(["restituer", str(source), "--page", str(page), "--classeur", str(classeur)]) == 0
    dit = "Petites villes de demain ; Contrat pour la réussite, la transition"
    assert dit in page.read_text(encoding="utf-8").replace("\u202f", " ")
    cellules = [str(c.value) for ligne in openpyxl.load_workbook(classeur)["Synthèse"].iter_rows() for c in ligne]
    assert dit in [cellule.replace("\u202f", " ") for cellule in cellules]
    groupe = tmp_path / "g.xlsx"
    assert executer(["cohorte", str(cohorte), "--sortie", str(groupe), "--referentiel", str(chemin)]) == 0
    profils = [str(c.value) for ligne in openpyxl.load_workbook(groupe)["Profils"].iter_rows() for c in ligne]
    assert sum("dans le groupe de chacun des siens" in dite for dite in profils) == 1
    feuille = openpyxl.load_workbook(groupe)["Réponses en clair"]
    assert dit in {str(c.value).replace("\u202f", " ") for ligne in feuille.iter_rows() for c in ligne}


def test_une_personne_compte_dans_chacun_de_ses_groupes(
    chemin: Path, cohorte: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mots = ["cohorte", str(cohorte), "--referentiel", str(chemin), "--par", "dispositif", "--simple"]
    mots += ["--sortie", str(cohorte.parent / "c.csv")]
    assert executer(mots) == 0
    sortie = capsys.readouterr().out
    lignes = sortie[sortie.index("Par dispositifs") :]
    assert "Petites villes de demain" in lignes
    assert "Petites villes de demain ; n : 8" in lignes.replace("\u202f", " ")
    assert "la transition ; n : 6" in lignes.replace("\u202f", " ")
    assert lignes.count("dans le groupe de chacun des siens") == 1


def test_au_dela_du_groupe_ces_questions_ne_se_croisent_pas(
    tmp_path: Path, chemin: Path, cohorte: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "g.html"
    mots = [
        "cohorte",
        str(cohorte),
        "--referentiel",
        str(chemin),
        "--page",
        str(page),
        "--sortie",
        str(tmp_path / "c.csv"),
        "--remplacer",
    ]
    assert executer([*mots, "--par", "dispositif"]) == 2
    refus = " ".join(capsys.readouterr().err.split())
    assert "« dispositif »" in refus.replace("\u202f", " ").replace("\u00a0", " ")
    assert "structure" in refus
    with pytest.raises(cpit.MauvaisEmploi):
        cpit.ecrire(cpit.lire(cohorte, chemin), page, par="dispositif")
    assert not page.exists()
    assert executer([*mots, "--par", "structure"]) == 0
    page.unlink()
    assert executer(mots) == 0
    dite = page.read_text(encoding="utf-8")
    assert "Petites villes de demain" not in dite
    assert dite.count("les groupes se recouvrent") == 1
    sortie = tmp_path / "diffusion"
    diffuser = ["exporter", str(cohorte), "--referentiel", str(chemin), "--diffusion", "--sortie", str(sortie)]
    assert executer(diffuser) == 0
    agregats = (sortie / "agregats.csv").read_text(encoding="utf-8-sig")
    assert "structure" in agregats
    assert "dispositif" not in agregats
    assert "les groupes se recouvrent" in " ".join(capsys.readouterr().out.split())


def exporter(chemin: Path, cohorte: Path, sortie: Path, *autres: str) -> Path:
    mots = ["exporter", str(cohorte), "--referentiel", str(chemin), "--sortie", str(sortie), *autres]
    assert executer(mots) == 0
    return sortie


def test_un_export_a_une_colonne_de_0_et_de_1_par_choix(tmp_path: Path, chemin: Path, cohorte: Path) -> None:
    jeu = exporter(chemin, cohorte, tmp_path / "jeu")
    large = pl.read_csv(jeu / "reponses_large.csv")
    colonnes = ["dispositif_pvd", "dispositif_crte", "dispositif_fs_1"]
    assert large.select(colonnes).sum().row(0) == (8, 6, 0)
    assert "dispositif" not in large.columns
    codes = pl.read_csv(jeu / "dictionnaire_codes.csv")
    assert codes.filter(pl.col("variable") == "dispositif_pvd").height
    assert "Petites villes de demain" in (jeu / "ddi.xml").read_text(encoding="utf-8")
    import pyreadstat

    trame, metas = pyreadstat.read_sav(jeu / "reponses_large.sav")
    assert metas.variable_value_labels["dispositif_pvd"] == {0.0: "Non", 1.0: "Oui"}
    assert int(trame["dispositif_crte"].sum()) == 6
    # Le jeu revient tel quel : les mêmes personnes, les mêmes choix.
    revenus = cpit.lire(jeu / "reponses_large.csv", chemin).cohorte.notees
    comptes = sorted(notee.passation.profil["dispositif"] for notee in revenus)
    assert comptes == sorted(["pvd;crte"] * 4 + ["pvd"] * 4 + ["crte"] * 2)


def test_un_export_recode_reste_lisible(tmp_path: Path, chemin: Path, cohorte: Path) -> None:
    jeu = exporter(chemin, cohorte, tmp_path / "jeu", "--k", "3")
    large = pl.read_csv(jeu / "reponses_large.csv")
    comptes = large.group_by([c for c in large.columns if c.startswith(("dispositif", "structure"))]).len()
    assert comptes["len"].min() >= 3
    cpit.lire(jeu, chemin)


# --- les instruments --------------------------------------------------------------------------------------------------


def exporter_l_instrument(chemin: Path, tmp_path: Path, sorte: str, nom: str) -> Path:
    sortie = tmp_path / nom
    mots = ["referentiel", "exporter", str(chemin), "--vers", sorte, "--sortie", str(sortie)]
    assert executer(mots) == 0
    return sortie


def test_chaque_instrument_admet_plusieurs_choix(tmp_path: Path, chemin: Path) -> None:
    xls = feuilles(exporter_l_instrument(chemin, tmp_path, "xlsform", "f.xlsx"))
    types = {ligne["name"]: ligne["type"] for ligne in xls["survey"]}
    assert (types["dispositif"], types["structure"]) == ("select_multiple dispositif", "select_one structure")
    redcap = exporter_l_instrument(chemin, tmp_path, "redcap", "f.csv").read_text(encoding="utf-8")
    (ligne,) = [r for r in csv.DictReader(redcap.splitlines()) if r["Variable / Field Name"] == "dispositif"]
    assert ligne["Field Type"] == "checkbox"
    lime = exporter_l_instrument(chemin, tmp_path, "limesurvey", "f.txt").read_text(encoding="utf-8-sig")
    lignes = [ligne.split("\t") for ligne in lime.splitlines()]
    debut = next(r for r, ligne in enumerate(lignes) if ligne[2:5] == ["Q", "M", "dispositif"])
    assert [ligne[4] for ligne in lignes[debut + 1 : debut + 4]] == ["pvd", "crte", "fs1"]
    papier = exporter_l_instrument(chemin, tmp_path, "markdown", "f.md").read_text(encoding="utf-8")
    assert "Dispositifs (plusieurs choix possibles)" in papier
