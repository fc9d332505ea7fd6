"""Le README et les guides disent vrai : leurs commandes s’exécutent, leurs sorties sont refaites."""

from __future__ import annotations

import contextlib
import csv
import html
import io
import json
import re
import shlex
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from aides import encoder_passation

import cpit
from cpit.cli import executer

RACINE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(RACINE / "tests" / "outils"))

import faire_exemples  # noqa: E402
import faire_guides  # noqa: E402
import faire_image  # noqa: E402

DOCUMENTS = {chemin.name: chemin.read_text(encoding="utf-8") for chemin in faire_guides.DOCUMENTS}
README = DOCUMENTS["README.md"]
tous = pytest.mark.parametrize("nom", DOCUMENTS)


def toutes_les_commandes(groupe: object | None = None, chemin: str = "cpit") -> list[str]:
    import typer.main

    from cpit.cli import app

    groupe = groupe or typer.main.get_command(app)
    noms = [chemin]
    for nom, commande in groupe.commands.items():  # type: ignore[attr-defined]
        if hasattr(commande, "commands"):
            noms += toutes_les_commandes(commande, f"{chemin} {nom}")
        else:
            noms.append(f"{chemin} {nom}")
    return noms


@tous
def test_les_sorties_sont_celles_des_commandes(nom: str) -> None:
    assert len(re.findall("<!-- sortie", DOCUMENTS[nom])) == len(faire_guides.commandes(DOCUMENTS[nom]))
    assert faire_guides.mettre_a_jour(DOCUMENTS[nom]) == DOCUMENTS[nom]


@pytest.mark.parametrize("commande", toutes_les_commandes())
def test_chaque_commande_a_son_aide_dans_un_guide(commande: str) -> None:
    assert f"{commande} --help" in faire_guides.commandes(DOCUMENTS["commandes.md"])


@pytest.mark.parametrize("commande", toutes_les_commandes())
def test_l_aide_est_en_francais(commande: str) -> None:
    aide = faire_guides.executer(f"{commande} --help")
    for mot in ("Usage", "Options:", "Show this", "default:", "required", "COMMAND ", "ARGS]"):
        assert mot not in aide, mot
    assert "Emploi\u202f: " in aide
    assert len(aide.splitlines()) > 5


def test_les_deux_premieres_commandes_sont_seules_dans_leur_bloc() -> None:
    blocs = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    assert len(blocs) == 2
    assert all(bloc.count("\n") == 1 for bloc in blocs)
    assert "cpit demo" in blocs[0]
    assert "pytest" in blocs[1]


def test_le_readme_mene_a_chaque_guide() -> None:
    sujets = {chemin.stem for chemin in (RACINE / "cpit" / "guides").glob("*.md")}
    assert len(sujets) > 5
    assert {nom for nom in sujets if f"[{nom}](cpit/guides/{nom}.md)" not in README} == set()


@tous
def test_on_ne_renvoie_qu_a_des_fichiers_et_des_titres_presents(nom: str) -> None:
    dossier = RACINE if nom == "README.md" else RACINE / "cpit" / "guides"
    for chemin, ancre in re.findall(r"\]\((?!http)([^)#]*)#?([^)]*)\)", DOCUMENTS[nom]):
        assert (dossier / chemin).exists(), chemin
        if ancre:
            assert ancre in ancres(DOCUMENTS[Path(chemin).name or nom]), f"{chemin}#{ancre}"


def ancres(texte: str) -> list[str]:
    """Ce qui mène à chaque titre, comme les forges le font : minuscules, sans ponctuation, un tiret par espace."""
    sans_blocs = re.sub(r"```.*?```", "", texte, flags=re.DOTALL)
    titres = re.findall(r"^#+ (.*)$", sans_blocs, re.MULTILINE)
    return [re.sub(r"[^\w -]", "", titre.lower()).replace(" ", "-") for titre in titres]


@tous
def test_on_ne_nomme_que_des_commandes_et_des_options_presentes(nom: str) -> None:
    import typer.main

    from cpit.cli import app

    racine: Any = typer.main.get_command(app)
    nommees = re.findall(r"`(cpit [a-z][^`]*)`", DOCUMENTS[nom]) + ecrites(DOCUMENTS[nom])
    for nommee in nommees:
        commande, mots = racine, nommee.replace("\n", " ").split()[1:]
        while mots and hasattr(commande, "commands"):
            assert mots[0] in commande.commands, nommee
            commande = commande.commands[mots.pop(0)]
        connues = {option for parametre in commande.params for option in parametre.opts} | {"--help"}
        assert {mot for mot in mots if mot.startswith("--")} <= connues, nommee


def test_une_option_citee_seule_existe() -> None:
    aides = "".join(faire_guides.executer(f"{commande} --help") for commande in toutes_les_commandes())
    for option in re.findall(r"`(--[a-z-]+)", "".join(DOCUMENTS.values())):
        assert re.search(rf"{option}\b", aides), option


# --- chaque commande écrite s’exécute ---------------------------------------------------------------------------------


def ecrites(texte: str) -> list[str]:
    """Les commandes à copier : les blocs « console » qui ne sont pas une sortie."""
    sans_sorties = faire_guides.BLOC.sub("", texte)
    blocs = re.findall(r"```console\n(.*?)```", sans_sorties, re.DOTALL)
    lignes = [ligne for bloc in blocs for ligne in bloc.splitlines()]
    assert all(ligne.startswith("cpit ") for ligne in lignes), lignes
    return lignes


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Un dossier où se trouve tout ce que les guides nomment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    exemples = RACINE / "exemples"
    for dossier in ("retours", "retours-t1"):
        Path(dossier).mkdir()
    for moment, dossier in (("t0", "retours"), ("t1", "retours-t1")):
        for chemin in exemples.glob(f"passation-*-{moment}-soi.json"):
            shutil.copy(chemin, dossier)
    # Trois personnes aux deux moments : de quoi dessiner ce qui a bougé dans un groupe.
    for code in ("r02", "r03"):
        seconde = replace(cpit.relire(exemples / f"passation-{code}-t0-soi.json").restitution.passation, moment="t1")
        Path("retours-t1", f"passation-{code}-t1-soi.json").write_bytes(encoder_passation(seconde))
    shutil.copy(exemples / "passation-r01-t0-soi.json", "passation.json")
    shutil.copy(exemples / "passation-r01-t1-soi.json", "passation-t1.json")
    Path("mes-passations").mkdir()
    for chemin in exemples.glob("passation-r01-*.json"):
        shutil.copy(chemin, "mes-passations")
    rangees = list(csv.reader((exemples / "cohorte-fictive.csv").open(encoding="utf-8-sig"), delimiter=";"))
    for nom, premiere, derniere in (("enquete.csv", 1, 4), ("retours/saisie.csv", 4, 16)):
        with Path(nom).open("w", encoding="utf-8", newline="") as flux:
            csv.writer(flux, delimiter=";").writerows([rangees[0], *rangees[premiere:derniere]])
    classeur = openpyxl.Workbook()
    for rangee in [rangees[0], *rangees[16:19]]:
        classeur.active.append(rangee)  # type: ignore[union-attr]
    classeur.save("retours/saisie.xlsx")
    Path("codes.csv").write_text("code\nP01\nP02\n", encoding="utf-8")
    Path("reponses.txt").write_text("3\n" * 24, encoding="utf-8")
    return tmp_path


def jouer(commande: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Exécute une commande comme un interpréteur de commandes le ferait, « < » et « > » compris."""
    commande, _, sortie = commande.partition(" > ")
    commande, _, entree = commande.partition(" < ")
    items = 6 if "mon-referentiel" in commande else 24
    tape = Path(entree).read_text(encoding="utf-8") if entree else "2\n" * items
    monkeypatch.setattr(sys, "stdin", io.StringIO(tape))
    tampon = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n")
    with contextlib.redirect_stdout(tampon):
        code = executer(shlex.split(commande)[1:])
    tampon.flush()
    if sortie:
        Path(sortie).write_bytes(tampon.buffer.getvalue())  # type: ignore[attr-defined]
    return code


@pytest.mark.endurance
@pytest.mark.parametrize("nom", [nom for nom, texte in DOCUMENTS.items() if ecrites(texte)])
@pytest.mark.usefixtures("scene")
def test_chaque_commande_ecrite_s_execute(
    nom: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for commande in ecrites(DOCUMENTS[nom]):
        assert jouer(commande, monkeypatch) == 0, f"{commande}\n{capsys.readouterr().err}"


def test_l_image_du_readme_montre_la_sortie_actuelle() -> None:
    assert faire_image.IMAGE.read_text(encoding="utf-8") == faire_image.dessiner()
    assert "http" not in html.unescape(faire_image.IMAGE.read_text(encoding="utf-8")).replace("http://www.w3.org", "")


def test_les_exemples_sont_ceux_du_referentiel_livre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "referentiels").symlink_to(RACINE / "referentiels")
    (tmp_path / "exemples").mkdir()
    monkeypatch.setattr(faire_exemples, "RACINE", tmp_path)
    faire_exemples.principal()
    cohorte = "exemples/cohorte-fictive.csv"
    assert (tmp_path / cohorte).read_bytes() == (RACINE / cohorte).read_bytes()
    refaits = {f.name: json.loads(f.read_text(encoding="utf-8")) for f in (tmp_path / "exemples").glob("*.json")}
    commis = {f.name: json.loads(f.read_text(encoding="utf-8")) for f in (RACINE / "exemples").glob("*.json")}
    assert refaits == commis


def test_le_code_du_guide_python_s_execute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bloc après bloc, dans un même espace de noms, depuis une copie des exemples."""
    for chemin in (RACINE / "exemples").iterdir():
        shutil.copy(chemin, tmp_path)
    monkeypatch.chdir(tmp_path)
    texte = (RACINE / "cpit" / "guides" / "python.md").read_text(encoding="utf-8")
    blocs = re.findall(r"```python\n(.*?)```", texte, re.DOTALL)
    assert len(blocs) >= 5
    noms: dict[str, object] = {}
    for bloc in blocs:
        exec(compile(bloc, "python.md", "exec"), noms)
    assert noms["resultat"].competences["C1"].valeur == 2.5  # type: ignore[attr-defined]
    assert (tmp_path / "jeu" / "manifeste.json").exists()
    assert (tmp_path / "groupe.xlsx").exists()
