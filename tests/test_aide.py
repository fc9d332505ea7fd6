"""Qui ne sait pas quoi taper : l’aide, ses exemples, « cpit » seul, la touche Tab, le refus qui mène ailleurs."""

import io
import re
import shlex
import shutil
from pathlib import Path

import pytest
import shellingham
from aide_terminal import FauxClavier, FauxEcran
from aides import RACINE as DEPOT
from aides import encoder_passation, lire_passation
from typer.main import get_command

import cpit
from cpit.cli import app, executer
from cpit.coeur.passation import repondu

RACINE = get_command(app)
COMMANDES = RACINE.commands  # type: ignore[attr-defined]
TOUTES = [[nom] for nom in COMMANDES if nom != "referentiel"] + [
    ["referentiel", nom] for nom in COMMANDES["referentiel"].commands
]
LIVRES = DEPOT / "exemples"
EXEMPLES = sorted(LIVRES.glob("passation-*.json"))
R01 = ("passation-r01-t0-soi.json", "passation-r01-t1-soi.json")


@pytest.fixture(autouse=True)
def ailleurs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Le dossier courant, vide, et un terminal de 80 colonnes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def dite(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """Ce que la commande a dit, ses lignes rejointes."""
    assert executer(list(arguments)) == code
    sorti = capsys.readouterr()
    return " ".join((sorti.out + sorti.err).split())


# --- l’aide


def test_l_aide_tient_dans_un_ecran_et_range_chaque_commande_une_fois(capsys: pytest.CaptureFixture[str]) -> None:
    assert executer(["--help"]) == 0
    lignes = capsys.readouterr().out.splitlines()
    assert len(lignes) < 24
    assert max(map(len, lignes)) <= 80
    nommees = re.findall(r"(?:^ {2}|(?<= {2}))([a-z-]{4,}) {2,}\S", "\n".join(lignes), re.MULTILINE)
    assert sorted(nommees) == sorted(COMMANDES)
    for qui in ("Je réponds", "J’anime un groupe", "J’étudie", "J’entretiens un référentiel"):
        assert qui in lignes


def test_l_aide_d_un_terminal_etroit_a_une_commande_par_ligne(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    executer(["-h"])
    assert "  restituer       relire son résultat\n" in capsys.readouterr().out


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("commande", TOUTES, ids=" ".join)
def test_chaque_aide_se_demande_de_trois_facons_et_donne_un_exemple(
    commande: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    longue = dite(capsys, *commande, "--help")
    assert dite(capsys, *commande, "-h") == longue
    assert dite(capsys, "aide", *commande) == longue
    assert f"Par exemple : cpit {' '.join(commande)}" in longue


def test_aucune_ligne_d_aide_ne_depasse_la_fenetre(capsys: pytest.CaptureFixture[str]) -> None:
    """Mise en français une fois pliée, une ligne garde sa longueur."""
    larges = {}
    for commande in TOUTES:
        assert executer([*commande, "--help"]) == 0
        larges[" ".join(commande)] = max(map(len, capsys.readouterr().out.splitlines()))
    assert {nom: large for nom, large in larges.items() if large > 80} == {}


def _exemple(commande: list[str]) -> list[str]:
    voulue = COMMANDES[commande[0]]
    epilogue = (voulue if len(commande) == 1 else voulue.commands[commande[1]]).epilog
    return shlex.split(str(epilogue).removeprefix("Par exemple : cpit ").split(" > ")[0])


@pytest.fixture(scope="module")
def reponses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Un dossier où chaque exemple trouve ce qu’il nomme."""
    dossier = tmp_path_factory.mktemp("reponses")
    for place in ("mes-reponses", "promotion", "retours", "essai"):
        (dossier / place).mkdir()
    for exemple in EXEMPLES:
        for place in ("mes-reponses", "promotion", "retours", "."):
            shutil.copy(exemple, dossier / place)
    for place in ("retours/cohorte-fictive.csv", "enquete.csv"):
        shutil.copy(LIVRES / "cohorte-fictive.csv", dossier / place)
    (dossier / "codes.csv").write_text("code\nR01\nR02\n", encoding="utf-8")
    cpit.grille(dossier / "mon-referentiel.xlsx", "minimal")
    (dossier / "mon-referentiel.yaml").write_text(cpit.referentiel("minimal").texte, "utf-8")
    return dossier


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("commande", [c for c in TOUTES if c not in (["menu"], ["corriger"])], ids=" ".join)
def test_chaque_exemple_s_execute_la_ou_sont_des_reponses(
    commande: list[str],
    reponses: Path,
    ailleurs: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Deux attendent quelqu’un : sans terminal, questionnaire lit l’entrée, effacer demande --oui."""
    shutil.copytree(reponses, ailleurs, dirs_exist_ok=True)
    if commande == ["referentiel", "depuis"]:
        (ailleurs / "mon-referentiel.yaml").unlink()
    attendu = 2 if commande == ["effacer"] else 0
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"2\n" * 24), "utf-8"))
    arguments = [mot.replace("enquete.xlsx", "enquete.csv") for mot in _exemple(commande)]
    code = executer([*arguments, *(["--remplacer"] if commande == ["referentiel", "modele"] else [])])
    assert code == attendu, capsys.readouterr().err


def test_une_commande_inconnue_se_dit(capsys: pytest.CaptureFixture[str]) -> None:
    assert "« cohortes » n’existe pas" in dite(capsys, "aide", "cohortes", code=2)


# --- « cpit » seul


def test_dans_un_dossier_vide_cpit_seul_donne_l_aide(capsys: pytest.CaptureFixture[str]) -> None:
    assert dite(capsys, code=2) == dite(capsys, "--help")


def test_cpit_seul_dit_la_passation_en_cours_et_comment_la_reprendre(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"2\n3\nso\n"), "utf-8"))
    executer(["questionnaire", "--code", "R09", "--sans-profil"])
    capsys.readouterr()
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert "une passation en cours (R09, T0," in (vu := dite(capsys))
    assert "3 réponses) ; la reprendre : cpit questionnaire" in vu


def test_cpit_seul_ne_compte_pas_ce_qui_est_laisse_sans_reponse(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"2\n\nso\n\n"), "utf-8"))
    executer(["questionnaire", "--code", "R09", "--sans-profil"])
    capsys.readouterr()
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert "(R09, T0, " in (vu := dite(capsys))
    assert "2 réponses) ; la reprendre" in vu


def test_cpit_seul_dit_au_moins_quand_il_n_a_pas_tout_regarde(
    ailleurs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(LIVRES / "cohorte-fictive.csv", ailleurs / "a.csv")
    executer(["cohorte", "a.csv", "--sortie", "b.csv"])
    capsys.readouterr()
    ecrite = (ailleurs / "b.csv").read_bytes()
    for rang in range(198):
        (ailleurs / f"b{rang:03}.csv").write_bytes(ecrite)
    assert "- 1 fichier où cpit peut lire" in dite(capsys)
    (ailleurs / "c.csv").write_bytes(ecrite)
    assert "- au moins 1 fichier où cpit peut lire" in dite(capsys)


def test_cpit_seul_propose_de_relire_une_passation(ailleurs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(LIVRES / R01[0], ailleurs)
    vu = dite(capsys)
    assert "une passation terminée (R01, T0," in vu
    assert f"cpit restituer {R01[0]}" in vu


def test_cpit_seul_propose_de_comparer_ou_de_noter_ensemble(ailleurs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for nom in R01:
        shutil.copy(LIVRES / nom, ailleurs)
    assert "2 passations terminées de R01" in (vu := dite(capsys))
    assert "cpit comparer ." in vu
    for exemple in EXEMPLES:
        shutil.copy(exemple, ailleurs)
    assert "5 passations terminées de 3 personnes" in (vu := dite(capsys))
    assert "cpit cohorte ." in vu


def test_cpit_seul_compte_ce_qui_se_lit_et_non_ce_qu_il_a_ecrit(
    ailleurs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(LIVRES / "cohorte-fictive.csv", ailleurs)
    executer(["cohorte", "cohorte-fictive.csv", "--sortie", "groupe.xlsx"])
    capsys.readouterr()
    assert "1 fichier où cpit peut lire des réponses : cpit cohorte ." in dite(capsys)


# --- la touche Tab


@pytest.mark.parametrize(
    ("mots", "rang", "attendu"),
    [("cpit co", 1, {"cohorte", "comparer", "corriger", "correspondance"}), ("cpit referentiel v", 2, {"valider"})],
)
def test_la_touche_tab_complete_les_commandes(
    mots: str,
    rang: int,
    attendu: set[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("_CPIT_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", mots)
    monkeypatch.setenv("COMP_CWORD", str(rang))
    with pytest.raises(SystemExit) as fini:
        executer([])
    assert not fini.value.code
    assert set(capsys.readouterr().out.split()) == attendu


def test_la_completion_s_installe_chez_soi(
    ailleurs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(ailleurs))
    monkeypatch.setattr(shellingham, "detect_shell", lambda: ("bash", "/bin/bash"))
    assert "La touche Tab complète cpit dans bash" in dite(capsys, "--installer-completion")
    assert "_CPIT_COMPLETE" in (ailleurs / ".bash_completions" / "cpit.sh").read_text()


def test_powershell_recoit_de_quoi_coller_et_rien_n_y_est_change(
    ailleurs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shellingham, "detect_shell", lambda: ("pwsh", "pwsh"))
    vu = dite(capsys, "--installer-completion")
    assert "À coller à la fin du fichier que donne $PROFILE" in vu
    assert "Register-ArgumentCompleter" in vu
    assert not list(ailleurs.iterdir())


def test_un_interpreteur_inconnu_se_refuse(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(shellingham, "detect_shell", lambda: ("cmd", "cmd.exe"))
    assert "interpréteur de commandes (cmd)" in dite(capsys, "--installer-completion", code=1)


# --- d’un refus à la bonne commande


@pytest.mark.parametrize("commande", ["restituer", "expliquer", "verifier"])
def test_un_formulaire_ou_une_table_mene_a_cohorte(
    commande: str, ailleurs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    executer(["formulaire"])
    executer(["formulaire", "--format", "html"])
    shutil.copy(LIVRES / "cohorte-fictive.csv", ailleurs)
    capsys.readouterr()
    for nom, sorte in (("formulaire-t0-soi.xlsx", "Excel"), ("cohorte-fictive.csv", "CSV")):
        vu = dite(capsys, commande, nom, code=1)
        assert f"ce n’est pas une passation, mais un fichier {sorte}" in vu
        assert f"cpit cohorte {nom} --pages pages" in vu
    assert "c’est la page du questionnaire, sans les réponses" in dite(
        capsys, commande, "formulaire-t0-soi.html", code=1
    )


def test_un_dossier_dit_les_passations_qui_y_sont(ailleurs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(LIVRES / R01[0], ailleurs)
    vu = dite(capsys, "restituer", ".", code=1)
    assert "c’est un dossier, pas une passation" in vu
    assert f"Nommer une de ses passations ({R01[0]})" in vu
    assert "cpit cohorte ." in vu


# --- les dossiers que recopie un service


@pytest.mark.parametrize(
    ("nom", "service"),
    [
        ("OneDrive", "OneDrive"),
        ("OneDrive - Communauté de communes", "OneDrive"),
        ("Library/CloudStorage/OneDrive-Personnel", "OneDrive"),
        ("Dropbox", "Dropbox"),
        ("Dropbox (Agglo)", "Dropbox"),
        ("Google Drive", "Google Drive"),
        ("GoogleDrive-moi@exemple.fr/Mon Drive", "Google Drive"),
        ("Nextcloud", "Nextcloud"),
        ("Nextcloud2", "Nextcloud"),
        ("iCloud Drive", "iCloud Drive"),
        ("Library/Mobile Documents/com~apple~CloudDocs", "iCloud Drive"),
        ("kDrive", "kDrive"),
        ("Documents", ""),
        ("Suivi onedrive", ""),
    ],
)
def test_un_dossier_synchronise_se_reconnait_a_son_nom(
    nom: str, service: str, ailleurs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = ailleurs / nom / "reponses"
    place.mkdir(parents=True)
    assert service_dit(place, monkeypatch) == service


def service_dit(place: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Le service que nomme l’accueil du questionnaire ; vide s’il dit que rien ne quitte la machine."""
    ecran = FauxEcran()
    monkeypatch.setattr("sys.stdin", FauxClavier([]))
    monkeypatch.setattr("sys.stdout", ecran)
    assert executer(["questionnaire", "--dossier", str(place)]) == 130
    vu = " ".join(ecran.getvalue().split())
    trouve = re.search(r"synchronisé par (.+?) :", vu)
    assert (trouve is None) == ("Rien ne quitte cette machine" in vu)
    return trouve[1] if trouve else ""


def test_un_dossier_synchronise_se_reconnait_a_sa_marque_ou_a_ce_que_dit_windows(
    ailleurs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for nom in ("partage/2026", "pro/2026"):
        (ailleurs / nom).mkdir(parents=True)
    (ailleurs / "partage" / ".nextcloudsync.log").touch()
    assert service_dit(ailleurs / "partage" / "2026", monkeypatch) == "Nextcloud"
    assert service_dit(ailleurs / "pro" / "2026", monkeypatch) == ""
    monkeypatch.setenv("OneDriveCommercial", str(ailleurs / "pro"))
    assert service_dit(Path("pro/2026"), monkeypatch) == "OneDrive"


def test_ce_qui_reste_hors_d_atteinte_nomme_le_service(ailleurs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = ailleurs / "Nextcloud"
    place.mkdir()
    shutil.copy(LIVRES / R01[0], place)
    vu = dite(capsys, "effacer", "R01", "--dossier", str(place), "--oui")
    assert "les versions et la corbeille que Nextcloud, qui synchronise ce dossier, conserve" in vu


@pytest.mark.parametrize(
    ("nom", "dit"),
    [
        ("p.pdf", "Attendu : un nom de fichier finissant par .html ou .docx. Corriger : Écrire p.html, l’ouvrir"),
        ("p.odt", "Attendu : un nom de fichier finissant par .html ou .docx. Corriger : Écrire p.docx, l’ouvrir"),
        ("p.doc", "Écrire p.docx, l’ouvrir dans Word ou LibreOffice"),
    ],
)
def test_une_page_sous_un_autre_format_dit_comment_l_avoir(
    nom: str, dit: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(LIVRES / R01[0], ".")
    assert dit in dite(capsys, "restituer", R01[0], "--page", nom, code=2)
    assert not Path(nom).exists()


# --- ce qui se dit d’un formulaire rendu, et des noms que l’on a choisis


@pytest.mark.endurance
def test_la_page_d_une_table_ne_dit_pas_inachevee_celle_d_une_passation_en_cours_si(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """24 réponses sur 24 sont finies, d’où qu’elles viennent ; trois réponses lues d’un tube ne le sont pas."""
    executer(["cohorte", str(LIVRES / "cohorte-fictive.csv"), "--sortie", "g.csv", "--pages", "pages"])
    pages = sorted(Path("pages").glob("*.html"))
    assert len(pages) > 30
    assert not [page.name for page in pages if "n’est pas terminé" in page.read_text("utf-8")]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"2\n3\nso\n"), "utf-8"))
    executer(["questionnaire", "--code", "R09", "--sans-profil"])
    monkeypatch.setattr("sys.stdin", io.StringIO())
    (passation,) = Path().glob("passation-*.json")
    capsys.readouterr()
    assert "passation inachevée" in dite(capsys, "restituer", str(passation), "--page", "p.html")
    assert "Le questionnaire n’est pas terminé" in Path("p.html").read_text("utf-8")


def test_un_nom_que_l_on_a_choisi_n_est_pas_dit_deux_fois(capsys: pytest.CaptureFixture[str]) -> None:
    """Le code « evaluer » et le libellé « Évaluer » disent la même chose : l’accent n’y change rien."""
    executer(["referentiel", "modele"])
    texte = capsys.readouterr().out
    code, libelle = re.search(
        r"identifiant: (\w+)\n(?:.*\n)*? +libelle: (\w+)", texte[texte.index("competences:") :]
    ).groups()  # type: ignore[union-attr]
    Path("mien.yaml").write_text(texte.replace(libelle, "Évaluer").replace(code, "evaluer"), "utf-8")
    assert executer(["referentiel", "valider", "mien.yaml"]) == 0
    montre = dite(capsys, "referentiel", "montrer", "mien.yaml")
    assert "Évaluer." in montre
    assert "evaluer Évaluer" not in montre


@pytest.mark.endurance
def test_ce_que_propose_la_demonstration_s_execute(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert executer(["demo"]) == 0
    suites = [ligne.strip() for ligne in capsys.readouterr().out.partition("Et maintenant")[2].splitlines()]
    commandes = [ligne for ligne in suites if ligne.startswith("cpit ")]
    assert len(commandes) == 5
    for commande in commandes:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"2\n" * 24), "utf-8"))
        assert executer(shlex.split(commande)[1:]) == 0, commande


@pytest.mark.endurance
def test_hors_du_chemin_de_recherche_la_demonstration_dit_par_ou_passer(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, ailleurs: Path
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.argv", [str(ailleurs / ".venv" / "bin" / "cpit"), "demo"])
    assert executer(["demo"]) == 0
    assert ".venv/bin/cpit questionnaire" in capsys.readouterr().out


# --- chaque geste qui propose une suite en propose une qui s’exécute, d’où on l’a fait


def commencer(monkeypatch: pytest.MonkeyPatch, code: str, *reponses: str) -> None:
    """Une passation répondue d’un tube, dans le dossier courant."""
    entree = "".join(f"{une}\n" for une in reponses).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(entree), "utf-8"))
    executer(["questionnaire", "--code", code, "--sans-profil"])


def rendre_un_dossier(noms: tuple[str, ...], place: str = ".") -> None:
    Path(place).mkdir(exist_ok=True)
    for nom in noms:
        shutil.copy(LIVRES / nom, place)


@pytest.mark.endurance
@pytest.mark.parametrize(
    ("livres", "en_cours", "geste", "propose"),
    [
        ((), ("R09",), "", 1),
        ((), ("R08", "R09"), "", 2),
        (R01[:1], (), "", 2),
        (R01, (), "", 2),
        ((R01[0], "passation-r02-t0-soi.json", "cohorte-fictive.csv"), ("R09",), "", 4),
        (R01, (), "trace R01 --competence C8 --ingenierie catalyse --situation accueillir", 1),
        ((), (), "questionnaire --code R07 --sans-profil", 1),
    ],
    ids=["une-en-cours", "deux", "une-finie", "deux-moments", "de-tout", "situation", "interrompu"],
)
def test_ce_que_chaque_geste_propose_s_execute(
    livres: tuple[str, ...],
    en_cours: tuple[str, ...],
    geste: str,
    propose: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lancé comme imprimé, à la ligne près ; ce qui attend une réponse la lit d’un tube."""
    monkeypatch.setenv("COLUMNS", "400")
    rendre_un_dossier(livres)
    for code in en_cours:
        commencer(monkeypatch, code, "2", "3")
    capsys.readouterr()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"2\n3\n"), "utf-8"))
    executer(shlex.split(geste))
    sorti = capsys.readouterr()
    commandes = re.findall(r"(?:^|: ) *(cpit [a-z]+(?: [\w.-]+)*)$", sorti.out + sorti.err, re.MULTILINE)
    assert len(commandes) == propose, sorti
    for commande in commandes:
        reste = 22 if "--reprendre" in commande else 24
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"2\n" * reste), "utf-8"))
        fait = executer([*shlex.split(commande)[1:], *(["--situation", "vécu"] if " trace " in commande else [])])
        assert fait == 0, (commande, capsys.readouterr())


def test_la_suite_d_une_situation_ajoutee_ailleurs_dit_ce_dossier(capsys: pytest.CaptureFixture[str]) -> None:
    rendre_un_dossier(R01, "mes réponses")
    ici = ("--dossier", "mes réponses")
    ajout = ("--competence", "C8", "--ingenierie", "catalyse", "--situation", "accueillir")
    assert executer(["trace", "R01", *ici, *ajout]) == 0
    (suite,) = [ligne for ligne in capsys.readouterr().out.splitlines() if ligne.startswith("cpit trace")]
    assert executer([*shlex.split(suite)[1:], "--situation", "un mardi"]) == 0


@pytest.mark.parametrize(
    ("arguments", "suite"),
    [
        (("restituer", "."), "cohorte ."),
        (("restituer", "inconnue.csv"), "cohorte inconnue.csv --pages pages"),
        (("cohorte", "inconnue.csv"), "correspondance inconnue.csv"),
        (("restituer", "hors.json"), "questionnaire --reprendre hors.json"),
        (("trace", "R01", "C3C", "--dossier", "la"), "trace R01 C3C --dossier la --situation"),
    ],
)
def test_hors_du_chemin_de_recherche_chaque_remede_dit_par_ou_passer(
    arguments: tuple[str, ...], suite: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Un refus aussi propose une commande ; « python -m cpit » n’y est pas coupé de ce qu’il lance."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.argv", ["/ailleurs/cpit/__main__.py"])
    monkeypatch.setattr("sys.executable", "/ailleurs/bin/python")
    for place in (".", "la"):
        rendre_un_dossier(R01, place)
    hors = lire_passation(Path(R01[0])).avec_reponse("C1P", repondu(9))
    Path("hors.json").write_bytes(encoder_passation(hors))
    Path("inconnue.csv").write_text("Nom,Q1,Q2\nA,1,2\n", encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    monkeypatch.setenv("COLUMNS", "100")
    assert executer([*arguments]) in (1, 2)
    sorti = capsys.readouterr()
    assert f"/ailleurs/bin/python -m cpit {suite}" in sorti.out + sorti.err


def test_hors_du_chemin_de_recherche_chaque_suite_dit_par_ou_passer(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, ailleurs: Path
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.argv", [str(ailleurs / ".venv" / "bin" / "cpit")])
    monkeypatch.setenv("COLUMNS", "400")
    rendre_un_dossier((*R01, "cohorte-fictive.csv"))
    commencer(monkeypatch, "R09", "2")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    executer(["trace", "R01", "--competence", "C8", "--ingenierie", "catalyse", "--situation", "accueillir"])
    executer(["correspondance", "cohorte-fictive.csv"])
    sorti = capsys.readouterr()
    for suite in ("questionnaire --reprendre", "trace R01", "cohorte "):
        assert f".venv/bin/cpit {suite}" in sorti.out + sorti.err, sorti
