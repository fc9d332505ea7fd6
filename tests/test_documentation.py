"""Le README dit vrai : ses sorties sont celles des commandes, ses deux premières commandes sont seules."""

from __future__ import annotations

import html
import json
import re
import sys
from pathlib import Path

import pytest

RACINE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(RACINE / "tests" / "outils"))

import faire_exemples  # noqa: E402
import faire_image  # noqa: E402
import faire_readme  # noqa: E402

README = (RACINE / "README.md").read_text(encoding="utf-8")


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


def test_les_sorties_du_readme_sont_celles_des_commandes() -> None:
    assert faire_readme.mettre_a_jour(README) == README


@pytest.mark.parametrize("commande", toutes_les_commandes())
def test_chaque_commande_a_son_aide_au_readme(commande: str) -> None:
    assert f"{commande} --help" in faire_readme.commandes(README)


@pytest.mark.parametrize("commande", toutes_les_commandes())
def test_l_aide_est_en_francais(commande: str) -> None:
    aide = faire_readme.executer(f"{commande} --help")
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


def test_le_readme_ne_nomme_que_des_fichiers_presents() -> None:
    for chemin in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (RACINE / chemin).exists(), chemin


def test_le_readme_ne_nomme_que_des_commandes_presentes() -> None:
    connues = {commande.split()[1] for commande in toutes_les_commandes() if " " in commande}
    nommees = set(re.findall(r"`cpit ([a-z-]+)", README))
    for bloc in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        nommees |= set(re.findall(r"^cpit ([a-z-]+)", bloc, re.MULTILINE))
    assert nommees <= connues, nommees - connues


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
