"""La porte : aucune commande ne détruit une source, des réponses, ni un fichier que cpit n’a pas écrit."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from aide_formulaires import formulaire
from aides import RACINE, livre
from test_architecture import MODULES

from cpit import ErreurCpit, ajouter_trace
from cpit.cli import executer
from cpit.erreurs import anomalie
from cpit.formats.porte import delivrer, ecriture_durable

EXEMPLES = RACINE / "exemples"
PASSATION = "passation-r01-t0-soi.json"
COMMANDES: dict[str, tuple[str, list[str]]] = {
    "cohorte-csv": ("csv", ["cohorte", ".", "--sortie"]),
    "cohorte-json": ("json", ["cohorte", ".", "--sortie"]),
    "cohorte-xlsx": ("xlsx", ["cohorte", ".", "--sortie"]),
    "cohorte-page": ("html", ["cohorte", ".", "--sortie", "c.csv", "--page"]),
    "fidelite-json": ("json", ["fidelite", ".", "--sortie"]),
    "fidelite-xlsx": ("xlsx", ["fidelite", ".", "--sortie"]),
    "figure-svg": ("svg", ["figure", "carte", PASSATION, "--sortie"]),
    "figure-pdf": ("pdf", ["figure", "carte", PASSATION, "--sortie"]),
    "figure-png": ("png", ["figure", "carte", PASSATION, "--ppp", "72", "--sortie"]),
    "restituer-classeur": ("xlsx", ["restituer", PASSATION, "--classeur"]),
    "comparer-classeur": ("xlsx", ["comparer", PASSATION, str(EXEMPLES / "passation-r01-t1-soi.json"), "--classeur"]),
    "comparer-page": ("html", ["comparer", PASSATION, str(EXEMPLES / "passation-r01-t1-soi.json"), "--page"]),
    "restituer-page": ("html", ["restituer", PASSATION, "--page"]),
}
"""Nom → suffixe de la sortie, et la commande à laquelle il ne manque que son nom."""
PRIS = {
    **{"csv": "table-existante", "json": "resultat-existant", "xlsx": "fichier-existant", "html": "page-existante"},
    **dict.fromkeys(("svg", "pdf", "png"), "figure-existante"),
}


@cache
def formulaire_vierge() -> bytes:
    return formulaire(livre())


@cache
def formulaire_rempli() -> bytes:
    classeur = openpyxl.load_workbook(BytesIO(formulaire_vierge()))
    feuille = classeur.worksheets[0]
    ligne = next(rangee[0].row for rangee in feuille.iter_rows() if rangee[0].value == "C1P")
    feuille.cell(ligne, 3, "3")
    tampon = BytesIO()
    classeur.save(tampon)
    return tampon.getvalue()


def table(separateur: str = ";", fin: str = "\r\n") -> bytes:
    """Une table comme celle de « formulaire --format csv », remplie."""
    codes = [item.code for item in livre().ordre_de_passation()]
    rangees = [["identifiant", "structure", "moment", "regard", *codes], ["P1", "", "t0", "soi", *"2" * len(codes)]]
    return "".join(separateur.join(rangee) + fin for rangee in rangees).encode()


def classeur_etranger() -> bytes:
    tampon = BytesIO()
    openpyxl.Workbook().save(tampon)
    return tampon.getvalue()


REPONSES: dict[str, Callable[[], bytes]] = {
    "table-fr": table,
    "table-science": lambda: table(",", "\n"),
    "passation": (EXEMPLES / PASSATION).read_bytes,
    "passation-abimee": lambda: (EXEMPLES / PASSATION).read_bytes()[:-40],
    "formulaire-rempli": formulaire_rempli,
}
ETRANGERS: dict[str, Callable[[], bytes]] = {
    "json": lambda: b'{"referentiel": {}, "groupes": [], "passations": [], "anomalies": []}',
    "enquete": (RACINE / "tests" / "donnees" / "limesurvey.csv").read_bytes,
    "formulaire-vierge": formulaire_vierge,
    "questionnaire": lambda: formulaire(livre(), format="html"),
    "classeur": classeur_etranger,
    "texte": "à moi".encode,
    "page": lambda: b'<!DOCTYPE html>\n<p>figure-cpit, <meta name="cpit-pages" content="">',
    "svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg" class="autre figure-cpit"></svg>',
    "vide": lambda: b"",
}


@pytest.fixture
def dossier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Le dossier courant : trois passations d’un même moment."""
    for chemin in EXEMPLES.glob("passation-r0*-t0-soi.json"):
        shutil.copy(chemin, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def ailleurs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ailleurs")


def dit(capsys: pytest.CaptureFixture[str], code: str, nom: object, **mots: object) -> bool:
    """Vrai si la sortie d’erreur porte ce message du catalogue."""
    quoi = anomalie(code, nom=nom, **mots).quoi
    return "".join(quoi.split()) in "".join(capsys.readouterr().err.split())


@pytest.mark.echantillon(9)
@pytest.mark.parametrize("nature", [*REPONSES, *ETRANGERS])
@pytest.mark.parametrize("commande", COMMANDES)
def test_rien_d_autrui_n_est_detruit(
    commande: str, nature: str, dossier: Path, ailleurs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suffixe, arguments = COMMANDES[commande]
    victime = ailleurs / f"victime.{suffixe}"
    octets = (REPONSES | ETRANGERS)[nature]()
    victime.write_bytes(octets)
    assert executer([*arguments, str(victime)]) == 1
    assert dit(capsys, "reponses-a-garder" if nature in REPONSES else PRIS[suffixe], victime)
    assert victime.read_bytes() == octets
    assert not (dossier / "c.csv").exists(), "refusé avant tout travail"


@pytest.mark.echantillon(4)
@pytest.mark.usefixtures("dossier")
@pytest.mark.parametrize("nature", REPONSES)
@pytest.mark.parametrize("commande", COMMANDES)
def test_remplacer_ne_detruit_jamais_des_reponses(
    commande: str, nature: str, ailleurs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suffixe, arguments = COMMANDES[commande]
    victime = ailleurs / f"victime.{suffixe}"
    octets = REPONSES[nature]()
    victime.write_bytes(octets)
    assert executer([*arguments, str(victime), "--remplacer"]) == 1
    assert dit(capsys, "reponses-a-garder", victime)
    assert victime.read_bytes() == octets
    assert sorted(ailleurs.iterdir()) == [victime]


@pytest.mark.endurance
@pytest.mark.usefixtures("dossier")
@pytest.mark.parametrize("commande", COMMANDES)
def test_remplacer_remplace_ce_qui_peut_etre_perdu(commande: str, ailleurs: Path) -> None:
    suffixe, arguments = COMMANDES[commande]
    victime = ailleurs / f"victime.{suffixe}"
    victime.write_text("à perdre")
    assert executer([*arguments, str(victime), "--remplacer"]) == 0
    assert b"perdre" not in victime.read_bytes()
    assert executer([*arguments, str(victime)]) == 0, "c’est maintenant à cpit"


# --- une sortie n’est jamais une source -----------------------------------------------------------------------------


def lien_dur(source: Path, sortie: Path) -> None:
    os.link(source, sortie)


def lien_symbolique(source: Path, sortie: Path) -> None:
    sortie.symlink_to(source)


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("remplacer", [[], ["--remplacer"]])
@pytest.mark.parametrize("lier", [lien_dur, lien_symbolique])
@pytest.mark.parametrize("commande", COMMANDES)
def test_un_lien_vers_une_source_n_est_pas_une_sortie(
    commande: str,
    lier: Callable[[Path, Path], None],
    remplacer: list[str],
    dossier: Path,
    ailleurs: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    suffixe, arguments = COMMANDES[commande]
    source, sortie = dossier / PASSATION, ailleurs / f"lien.{suffixe}"
    octets = source.read_bytes()
    lier(source, sortie)
    assert executer([*arguments, str(sortie), *remplacer]) == 2
    assert dit(capsys, "sortie-parmi-les-sources", sortie)
    assert source.read_bytes() == octets
    assert source.samefile(sortie)


@pytest.mark.echantillon(4)
@pytest.mark.parametrize("remplacer", [[], ["--remplacer"]])
@pytest.mark.parametrize("sources", [["."], ["*.csv", "*.json"], ["enquete.csv"], ["./enquete.csv", "."]])
@pytest.mark.parametrize("graphie", ["enquete.csv", "./enquete.csv", "absolu"])
@pytest.mark.parametrize("contenu", ["limesurvey.csv", "excel-utf8.csv", "pandas.csv"])
def test_une_table_brute_nommee_ou_trouvee_n_est_pas_ecrasee(
    contenu: str,
    graphie: str,
    sources: list[str],
    remplacer: list[str],
    dossier: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    victime = dossier / "enquete.csv"
    shutil.copy(RACINE / "tests" / "donnees" / contenu, victime)
    octets = victime.read_bytes()
    sortie = str(victime) if graphie == "absolu" else graphie
    assert executer(["cohorte", *sources, "--sortie", sortie, *remplacer]) == 2
    assert dit(capsys, "sortie-parmi-les-sources", Path(sortie))
    assert victime.read_bytes() == octets


@pytest.mark.parametrize("commande", ["cohorte", "fidelite"])
@pytest.mark.parametrize(
    ("nom", "fabriquer"),
    [
        (PASSATION, REPONSES["passation"]),
        ("notes.json", ETRANGERS["json"]),
        ("rempli.xlsx", REPONSES["formulaire-rempli"]),
        ("budget.xlsx", ETRANGERS["classeur"]),
    ],
)
def test_un_fichier_du_dossier_des_sources_n_est_pas_ecrase(
    commande: str, nom: str, fabriquer: Callable[[], bytes], dossier: Path
) -> None:
    (dossier / nom).write_bytes(fabriquer())
    avant = {chemin.name: chemin.read_bytes() for chemin in dossier.iterdir()}
    assert executer([commande, ".", "--sortie", nom, "--remplacer"]) == 2
    assert {chemin.name: chemin.read_bytes() for chemin in dossier.iterdir()} == avant


@pytest.mark.usefixtures("dossier")
def test_un_referentiel_lu_n_est_pas_une_sortie(ailleurs: Path) -> None:
    modele = ailleurs / "modele.yaml"
    shutil.copy(RACINE / "referentiels" / "innovation-territoriale.yaml", modele)
    os.link(modele, ailleurs / "sortie.csv")
    octets = modele.read_bytes()
    for commande in (["cohorte", "."], ["restituer", PASSATION]):
        option = "--sortie" if commande[0] == "cohorte" else "--classeur"
        lien = ailleurs / ("sortie.csv" if commande[0] == "cohorte" else "sortie.xlsx")
        if not lien.exists():
            os.link(modele, lien)
        assert executer([*commande, option, str(lien), "--referentiel", str(modele), "--remplacer"]) == 2
    assert modele.read_bytes() == octets


# --- ce que cpit a écrit n’est pas une source, et se remplace -------------------------------------------------------


@pytest.mark.echantillon(5)
@pytest.mark.parametrize("options", [[], ["--sans-reponses"], ["--dialecte", "science"], ["--strict"]])
@pytest.mark.parametrize("suffixe", ["csv", "json", "xlsx"])
def test_cohorte_deux_fois_de_suite_dans_son_dossier(suffixe: str, options: list[str], dossier: Path) -> None:
    commande = ["cohorte", ".", "--sortie", f"groupe.{suffixe}", *options]
    assert executer(commande) == 0
    premier = (dossier / f"groupe.{suffixe}").read_bytes()
    assert executer(commande) == 0
    if suffixe != "xlsx":
        assert (dossier / f"groupe.{suffixe}").read_bytes() == premier, "rien de plus n’est lu la seconde fois"


@pytest.mark.endurance
@pytest.mark.parametrize("commande", COMMANDES)
def test_chaque_commande_deux_fois_de_suite(commande: str, dossier: Path) -> None:
    suffixe, arguments = COMMANDES[commande]
    for _ in range(2):
        assert executer([*arguments, f"s.{suffixe}"]) == 0
    assert not list(dossier.glob(".cpit-*"))


def test_le_referentiel_minimal_aussi(dossier: Path) -> None:
    """L’en-tête n’est pas celui d’un référentiel en particulier."""
    codes = ["MP", "MM", "FP", "FM", "TP", "TM"]
    assert executer(["formulaire", "--format", "csv", "--referentiel", "minimal"]) == 0
    vide = dossier / "formulaire-t0-soi.csv"
    rangees = vide.read_text(encoding="utf-8-sig").splitlines()
    assert len(rangees[0].split(";")) >= len(codes)
    table_ = dossier / "t" / "table.csv"
    table_.parent.mkdir()
    table_.write_text("\n".join([rangees[0], rangees[1].replace("EXEMPLE-A-REMPLACER", "P1")]) + "\n")
    for _ in range(2):
        assert executer(["cohorte", "t", "--sortie", "t/g.csv", "--referentiel", "minimal"]) == 0


@pytest.mark.parametrize(
    "commande",
    [
        ["restituer", "passation-r01-t0-soi.json", "--page", "absent/p.html"],
        ["restituer", "passation-r01-t0-soi.json", "--classeur", "absent/p.xlsx"],
        ["comparer", "passation-r01-t0-soi.json", "passation-r01-t1-soi.json", "--page", "absent/p.html"],
        ["portfolio", "R01", "--page", "absent/p.html"],
        ["cohorte", ".", "--sortie", "absent/g.csv"],
    ],
)
def test_un_dossier_absent_se_refuse_avant_de_rien_montrer(
    dossier: Path, commande: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(EXEMPLES / "passation-r01-t1-soi.json", dossier)
    ajouter_trace("R01", "C1P", "Repas de quartier", dossier=dossier)
    assert executer(commande) == 1
    montre, erreur = capsys.readouterr()
    assert "le dossier n’existe pas" in " ".join(erreur.split())
    assert montre == ""


def test_l_export_se_refait_dans_son_dossier(dossier: Path) -> None:
    commande = ["exporter", ".", "--sortie", "jeu", "--formats", "csv"]
    for _ in range(2):
        assert executer(commande) == 0
    assert (dossier / "jeu" / "manifeste.json").is_file()


def test_les_sorties_d_hier_sont_mises_de_cote_et_dites(dossier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for suffixe in ("csv", "json"):
        assert executer(["cohorte", "passation-r01-t0-soi.json", "--sortie", f"hier.{suffixe}"]) == 0
    assert executer(["exporter", PASSATION, "--sortie", "jeu", "--formats", "csv"]) == 0
    capsys.readouterr()
    assert executer(["cohorte", ".", "--sortie", "groupe.json"]) == 0
    erreur = " ".join(capsys.readouterr().err.split())
    # D’un coup, quel que soit leur nombre.
    assert erreur.count("résultat écrit par cpit") == 1
    assert "2 sources, hier.csv, hier.json : résultat écrit par cpit" in erreur.replace("\u202f", " ")
    assert erreur.count("vient d’un export de cpit") == 1
    assert len(json.loads((dossier / "groupe.json").read_bytes())["passations"]) == 3


def test_les_fichiers_de_la_version_0_1_0_sont_reconnus(dossier: Path) -> None:
    """Elle n’écrivait ni « format » dans une cohorte en JSON, ni somme nulle part."""
    assert executer(["cohorte", ".", "--sortie", "c.json", "--page", "p.html"]) == 0
    assert executer(["fidelite", ".", "--sortie", "f.json"]) == 0
    assert executer(["figure", "carte", PASSATION, "--sortie", "f.svg"]) == 0
    for nom, ajouts in (("c.json", ("format", "somme")), ("f.json", ("somme",))):
        document = json.loads((dossier / nom).read_bytes())
        for ajout in ajouts:
            document.pop(ajout)
        (dossier / nom).write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for nom in ("p.html", "f.svg"):
        texte = (dossier / nom).read_text(encoding="utf-8")
        (dossier / nom).write_text(re.sub("<!-- cpit-somme .*? -->\n", "", texte), encoding="utf-8")
    assert executer(["cohorte", ".", "--sortie", "c.json", "--page", "p.html"]) == 0
    assert executer(["fidelite", ".", "--sortie", "f.json"]) == 0
    assert executer(["figure", "carte", PASSATION, "--sortie", "f.svg"]) == 0


@pytest.mark.endurance
def test_un_resultat_redirige_est_a_cpit(dossier: Path) -> None:
    commande = [sys.executable, "-m", "cpit", "restituer", PASSATION, "--json"]
    fait = subprocess.run(commande, capture_output=True, timeout=60, check=True, cwd=dossier)
    (dossier / "r.json").write_bytes(fait.stdout)
    assert executer(["cohorte", ".", "--sortie", "r.json"]) == 0


@pytest.mark.echantillon(3)
@pytest.mark.usefixtures("dossier")
@pytest.mark.parametrize("commande", [nom for nom, (suffixe, _) in COMMANDES.items() if suffixe not in ("csv", "xlsx")])
def test_une_sortie_retouchee_n_est_remplacee_que_sur_demande(
    commande: str, ailleurs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suffixe, arguments = COMMANDES[commande]
    sortie = ailleurs / f"s.{suffixe}"
    assert executer([*arguments, str(sortie)]) == 0
    octets = sortie.read_bytes() + b" "
    sortie.write_bytes(octets)
    capsys.readouterr()
    assert executer([*arguments, str(sortie)]) == 1
    assert dit(capsys, "sortie-retouchee", sortie)
    assert sortie.read_bytes() == octets
    assert executer([*arguments, str(sortie), "--remplacer"]) == 0


@pytest.mark.parametrize(
    "changer",
    [
        lambda texte: texte.replace("score_C1;", "score_C1;note;", 1),
        lambda texte: texte.replace("identifiant;", "nom;", 1),
        lambda texte: texte.replace(";", ","),
        lambda texte: texte.removeprefix("\ufeff"),
        lambda texte: texte.replace("\r\n", "\n"),
        lambda texte: texte.replace(";dominante", ";dominante;remarques", 1),
    ],
)
@pytest.mark.usefixtures("dossier")
def test_un_csv_n_est_a_cpit_que_si_son_en_tete_est_exactement_le_sien(
    changer: Callable[[str], str], ailleurs: Path
) -> None:
    sortie = ailleurs / "c.csv"
    assert executer(["cohorte", ".", "--sortie", str(sortie)]) == 0
    octets = changer(sortie.read_bytes().decode("utf-8")).encode()
    sortie.write_bytes(octets)
    assert executer(["cohorte", ".", "--sortie", str(sortie)]) == 1
    assert sortie.read_bytes() == octets


# --- les autres sorties ---------------------------------------------------------------------------------------------


@pytest.mark.endurance
@pytest.mark.parametrize(("option", "suffixe"), [("--fiches", "xlsx"), ("--pages", "html")])
def test_les_fiches_n_ecrasent_rien(option: str, suffixe: str, dossier: Path, ailleurs: Path) -> None:
    commande = ["cohorte", ".", "--sortie", "c.csv", option, str(ailleurs)]
    victime = ailleurs / f"fiche-r02-t0-soi.{suffixe}"
    victime.write_bytes(b"mes notes")
    assert executer(commande) == 1
    assert victime.read_bytes() == b"mes notes"
    assert sorted(ailleurs.iterdir()) == [victime], "rien n’est écrit à moitié"
    assert not (dossier / "c.csv").exists()
    assert executer([*commande, "--remplacer"]) == 0
    assert executer(commande) == 0
    assert len(list(ailleurs.iterdir())) == 3


@pytest.mark.endurance
@pytest.mark.usefixtures("dossier")
@pytest.mark.parametrize("format_", ["xlsx", "html", "csv"])
def test_un_formulaire_ne_se_refait_que_vierge(format_: str, ailleurs: Path) -> None:
    commande = ["formulaire", "--format", format_, "--dossier", str(ailleurs)]
    assert executer(commande) == 0
    assert executer(commande) == 0
    victime = ailleurs / f"formulaire-t0-soi.{format_}"
    vierge = victime.read_bytes()
    remplis = {"xlsx": formulaire_rempli(), "csv": table(), "html": None}
    if (octets := remplis[format_]) is not None:
        victime.write_bytes(octets)
        for options in ([], ["--remplacer"]):
            assert executer([*commande, *options]) == 1
            assert victime.read_bytes() == octets
    victime.write_bytes(b"autre chose")
    assert executer(commande) == 1
    assert victime.read_bytes() == b"autre chose"
    assert executer([*commande, "--remplacer"]) == 0
    assert victime.read_bytes() == vierge


@pytest.mark.usefixtures("dossier")
def test_une_table_vide_se_remplace_pas_une_table_remplie(ailleurs: Path) -> None:
    assert executer(["formulaire", "--format", "csv", "--dossier", str(ailleurs)]) == 0
    vide = ailleurs / "formulaire-t0-soi.csv"
    remplie = ailleurs / "remplie.csv"
    remplie.write_bytes(vide.read_bytes() + vide.read_bytes().split(b"\r\n")[1].replace(b"EXEMPLE-A-REMPLACER", b"P1"))
    octets = remplie.read_bytes()
    assert executer(["cohorte", ".", "--sortie", str(remplie), "--remplacer"]) == 1
    assert remplie.read_bytes() == octets
    assert executer(["cohorte", ".", "--sortie", str(vide)]) == 0


@pytest.mark.usefixtures("dossier")
class TestExport:
    """Un dossier d’export : intact, il se refait ; modifié, sur demande ; étranger ou augmenté, jamais."""

    @pytest.fixture
    def jeu(self, ailleurs: Path) -> Path:
        assert executer(["exporter", ".", "--sortie", str(ailleurs / "jeu"), "--formats", "csv"]) == 0
        return ailleurs / "jeu"

    @staticmethod
    def refaire(jeu: Path, *options: str) -> int:
        return executer(["exporter", ".", "--sortie", str(jeu), "--formats", "csv", *options])

    def test_modifie_il_ne_se_refait_que_sur_demande(self, jeu: Path) -> None:
        (jeu / "LISEZMOI.md").write_text("à perdre")
        assert self.refaire(jeu) == 1
        assert (jeu / "LISEZMOI.md").read_text() == "à perdre"
        assert self.refaire(jeu, "--remplacer") == 0
        assert (jeu / "LISEZMOI.md").read_text() != "à perdre"

    @pytest.mark.parametrize("nom", ["notes.txt", PASSATION])
    def test_ce_qu_on_y_ajoute_n_est_jamais_perdu(self, jeu: Path, nom: str) -> None:
        (jeu / nom).write_bytes(REPONSES["passation"]())
        for options in ((), ("--remplacer",)):
            assert self.refaire(jeu, *options) == 1
            assert (jeu / nom).read_bytes() == REPONSES["passation"]()

    @pytest.mark.echantillon(3)
    @pytest.mark.parametrize("nature", REPONSES)
    def test_des_reponses_a_la_place_d_un_de_ses_fichiers_non_plus(self, jeu: Path, nature: str) -> None:
        (jeu / "LISEZMOI.md").write_bytes(REPONSES[nature]())
        assert self.refaire(jeu, "--remplacer") == 1
        assert (jeu / "LISEZMOI.md").read_bytes() == REPONSES[nature]()

    def test_un_dossier_etranger_jamais(self, ailleurs: Path) -> None:
        (ailleurs / "notes.txt").write_text("à moi")
        for options in ((), ("--remplacer",)):
            assert self.refaire(ailleurs, *options) == 1
            assert (ailleurs / "notes.txt").read_text() == "à moi"

    def test_un_fichier_jamais(self, ailleurs: Path) -> None:
        victime = ailleurs / "enquete.csv"
        victime.write_bytes(table())
        assert self.refaire(victime, "--remplacer") == 1
        assert victime.read_bytes() == table()


# --- à l’instant d’écrire -------------------------------------------------------------------------------------------


def test_ce_qui_est_pose_pendant_l_ecriture_n_est_pas_perdu(ailleurs: Path) -> None:
    sortie = ailleurs / "c.csv"

    def ecrire_pendant_qu_on_pose() -> None:
        with ecriture_durable(sortie) as flux:
            flux.write(b"neuf")
            sortie.write_bytes(table())

    with pytest.raises(ErreurCpit) as erreur:
        ecrire_pendant_qu_on_pose()
    assert [a.code for a in erreur.value.anomalies] == ["reponses-a-garder"]
    assert sortie.read_bytes() == table()
    assert sorted(ailleurs.iterdir()) == [sortie]


def test_une_source_mise_a_la_place_de_la_sortie_pendant_l_ecriture_non_plus(ailleurs: Path) -> None:
    source, sortie = ailleurs / "source.csv", ailleurs / "c.csv"
    source.write_bytes(b"a;b\r\n")

    def ecrire_pendant_qu_on_lie() -> None:
        with ecriture_durable(sortie, delivrer([source], remplacer=True)) as flux:
            flux.write(b"neuf")
            os.link(source, sortie)

    with pytest.raises(ErreurCpit):
        ecrire_pendant_qu_on_lie()
    assert source.read_bytes() == sortie.read_bytes() == b"a;b\r\n"


# --- il n’y a qu’une porte ------------------------------------------------------------------------------------------

SEULS = {
    "cpit.formats.durable": "où finit toute écriture : passations, clés, sorties, exports, et tout effacement",
    "cpit.formats.porte": "la porte, pour un fichier d’un dossier de travail",
}
PERMIS = {
    ("cpit.tableur.document", "ZipFile"): "dans un flux que la porte a ouvert",
    ("cpit.tableur.document", "open"): "une entrée de cette archive",
    ("cpit.formulaire.classeur_formulaire", "ZipFile"): "en mémoire",
    ("cpit.formats.appartenance", "ZipFile"): "en mémoire",
    ("cpit.export.fichiers_de_donnees", "rename"): "les colonnes d’une table",
    ("cpit.export.fichiers_de_donnees", "write_sav"): "dans le dossier de travail que la porte a prêté",
    ("cpit.export.fichiers_de_donnees", "write_dta"): "dans le dossier de travail que la porte a prêté",
    ("cpit.export.fichiers_de_donnees", "write_parquet"): "dans le dossier de travail que la porte a prêté",
    ("cpit.tableur.document", "Workbook"): "en mémoire, ou dans un dossier de travail que la porte a prêté",
    ("cpit.terminal", "os.open"): "la sortie standard, quand son lecteur est parti",
}
TOUJOURS = {
    *("write_text", "write_bytes", "touch", "unlink", "rename", "symlink_to", "hardlink_to", "rmdir"),
    *("mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryDirectory", "TemporaryFile"),
    *("copy2", "copyfile", "copytree", "move", "rmtree", "removedirs", "link", "symlink"),
    *("write_sav", "write_dta", "write_parquet", "write_csv", "to_csv", "to_excel", "savefig", "Workbook"),
}


def ecritures(arbre: ast.AST) -> set[str]:
    """Les appels d’un module qui créent, remplacent ou effacent un fichier."""
    trouves = set()
    for appel in (noeud for noeud in ast.walk(arbre) if isinstance(noeud, ast.Call)):
        nom = getattr(appel.func, "attr", getattr(appel.func, "id", ""))
        # Réécrire chaque appel coûte plus que tout le reste.
        complet = ast.unparse(appel.func) if nom in ("open", "replace", "rename", "remove", "copy") else nom
        arguments = [*appel.args, *(mot.value for mot in appel.keywords if mot.arg in (None, "mode", "flags"))]
        modes = [a.value for a in arguments if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        if complet == "os.open":
            if "O_WRONLY" in ast.unparse(appel) or "O_RDWR" in ast.unparse(appel):
                trouves.add("os.open")
        elif nom in ("open", "fdopen", "ZipFile"):
            if any(re.fullmatch(r"[rbt]*[wxa+][rwxabt+]*", mode) for mode in modes):
                trouves.add(nom)
        elif nom in TOUJOURS or complet in ("os.replace", "os.rename", "os.remove", "shutil.copy"):
            trouves.add(nom)
        elif nom == "replace" and isinstance(appel.func, ast.Attribute) and len(appel.args) == 1 and not appel.keywords:
            trouves.add("Path.replace")
    return trouves


def test_aucun_autre_module_n_ecrit_de_fichier() -> None:
    par_module = {m: ecritures(ast.parse(MODULES[m].read_text(encoding="utf-8"))) for m in MODULES}
    assert not [(m, nom) for m in par_module if m not in SEULS for nom in par_module[m] if (m, nom) not in PERMIS]
    # Ce qui est permis sert.
    assert not [permis for permis in PERMIS if permis[1] not in par_module[permis[0]]]
    assert all(par_module[module] for module in SEULS)


@pytest.mark.parametrize(
    "texte",
    [
        "open(p, 'w')",
        "p.open(mode='xb')",
        "p.open('r+b')",
        "p.write_text('')",
        "os.replace(a, b)",
        "a.replace(b)",
        "ZipFile(p, 'w')",
        "os.open(p, os.O_WRONLY | os.O_CREAT)",
        "tempfile.mkstemp()",
    ],
)
def test_une_ecriture_est_vue(texte: str) -> None:
    assert ecritures(ast.parse(texte))


def test_une_lecture_n_en_est_pas_une() -> None:
    lectures = "open(p); p.open('rb'); ZipFile(p); os.open(d, os.O_RDONLY); 'a'.replace('b', 'c'); replace(x, y=1)"
    assert not ecritures(ast.parse(lectures))
