"""Les dépendances : aucun plancher ne laisse entrer une version dont une faille est publiée ; chaque licence est dite.

La table se tient à la main, sans réseau ; elle est datée. Les planchers eux-mêmes s’essaient, tous à la fois, par
``tests/campagnes/planchers.py``.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from aides import RACINE
from openpyxl import load_workbook

import cpit

_UNE = RACINE / "exemples" / "passation-r01-t0-soi.json"
RELEVEE = "2026-11-26"
ESSAYE = "le plus bas que tests/campagnes/planchers.py ait essayé"
PLANCHERS = {
    "docxtpl": ("0.20", ESSAYE),
    "filelock": ("4.2.1", "la faille la plus récente ; cpit pose un SoftFileLock sur chaque passation"),
    "jinja2": ("3.1.6", "la faille la plus récente"),
    "markdown-it-py": ("3", ESSAYE),
    "numpy": ("1.26", ESSAYE),
    "polars": ("1.20", ESSAYE),
    "pydantic": ("2.11", ESSAYE),
    "pyreadstat": ("1.3.1", "en deçà, ne sait écrire qu’une trame de pandas"),
    "pyyaml": ("6.0.2", ESSAYE),
    "reportlab": ("4.2", "4.0 ne s’installe pas avec les autres planchers"),
    "resvg-py": ("0.5", ESSAYE),
    "rich": ("14.3", "en deçà, coupe une colonne d’une table large : test_aucune_colonne_n_est_coupee y faillit"),
    "scipy": ("1.12", ESSAYE),
    "shellingham": ("1.5", "la série que typer installe ; seul detect_shell en sert, le même depuis 1.0"),
    "typer": ("0.28", ESSAYE),
    "xlsxwriter": ("3.2", ESSAYE),
}
"""Ce qui s’installe avec cpit et ses options : le plancher le plus bas permis, et pourquoi."""

FAILLES = {
    "filelock": {
        "CVE-2025-68146": "3.20.1",
        "CVE-2026-22701": "3.20.3",
        "CVE-2026-112906": "4.2.1",
        "CVE-2026-112914": "4.2.1",
        "CVE-2026-112935": "4.2.1",
    },
    "jinja2": {"CVE-2025-27516": "3.1.6"},
    "markdown-it-py": {"CVE-2023-26302": "2.2.0", "CVE-2023-26303": "2.2.0"},
    "pydantic": {"CVE-2024-3772": "2.4.0"},
    "pyyaml": {"CVE-2020-14343": "5.4"},
    "reportlab": {"CVE-2023-33733": "3.6.13"},
}
"""Les failles publiées connues, et la version qui les corrige : relues dans les avis d’OSV et de GitHub."""

SANS_LICENCE_DECLAREE = {"resvg-py": "Permission is hereby granted, free of charge, to any person obtaining"}
"""Aucun champ ne la dit, mais la roue porte son texte ; en voici le début (licence MIT)."""


def _exigences() -> dict[str, str]:
    projet = tomllib.loads((RACINE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    options = projet["optional-dependencies"]
    exigences = [*projet["dependencies"], *options["figures"], *options["recherche"], *options["word"]]
    return dict(re.fullmatch(r"([\w-]+)(.*)", exigence).groups() for exigence in exigences)  # type: ignore[union-attr]


def _version(texte: str) -> tuple[int, ...]:
    return tuple(map(int, f"{texte}.0.0".split(".")[:3]))


def test_chaque_dependance_a_son_plancher_dans_la_table() -> None:
    assert set(_exigences()) == set(PLANCHERS), f"table du {RELEVEE}"


@pytest.mark.parametrize("nom", PLANCHERS)
def test_un_plancher_n_est_pas_sous_celui_de_la_table(nom: str) -> None:
    plancher = re.search(r">=([\d.]+)", _exigences()[nom])
    assert plancher, "aucun plancher"
    assert _version(plancher[1]) >= _version(PLANCHERS[nom][0])


@pytest.mark.parametrize(("nom", "faille"), [(nom, faille) for nom, failles in FAILLES.items() for faille in failles])
def test_aucun_plancher_ne_laisse_entrer_une_faille_connue(nom: str, faille: str) -> None:
    assert _version(PLANCHERS[nom][0]) >= _version(FAILLES[nom][faille])


@pytest.mark.parametrize("nom", PLANCHERS)
def test_chaque_dependance_dit_sa_licence(nom: str) -> None:
    """En un champ de ses métadonnées ; à défaut, par le texte que sa roue porte."""
    try:
        roue = distribution(nom)
    except PackageNotFoundError:
        pytest.skip("option non installée")
    meta = roue.metadata
    declaree = meta["License-Expression"] or meta["License"]
    declaree = declaree or [c for c in meta.get_all("Classifier") or [] if c.startswith("License ::")]
    if nom not in SANS_LICENCE_DECLAREE:
        assert declaree
        return
    textes = [str(f.locate().read_text(encoding="utf-8")) for f in roue.files or [] if f.name == "LICENSE"]
    assert any(" ".join(SANS_LICENCE_DECLAREE[nom].split()) in " ".join(t.split()) for t in textes)
    assert not declaree, "elle la déclare maintenant : l’ôter de la table"


@pytest.mark.endurance
def test_un_classeur_s_ecrit_sans_un_nom_interne_de_xlsxwriter(tmp_path: Path) -> None:
    """Une version qui nomme autrement ce qu’elle a d’interne garde tout du classeur, le temps gagné en moins."""
    autre_version = """
import sys
from importlib.util import find_spec, module_from_spec
spec = find_spec("xlsxwriter.worksheet")
sys.modules[spec.name] = autre = module_from_spec(spec)
exec(spec.loader.get_source(spec.name).replace("re_dynamic_function", "autrement"), autre.__dict__)
import cpit
cpit.ecrire(cpit.relire(sys.argv[1]), sys.argv[2])
"""
    classeurs = [tmp_path / f"{rang}.xlsx" for rang in range(2)]
    cpit.ecrire(cpit.relire(_UNE), classeurs[0])
    subprocess.run([sys.executable, "-c", autre_version, _UNE, classeurs[1]], check=True, cwd=RACINE)
    une, autre = (
        {feuille.title: [[c.value for c in ligne] for ligne in feuille] for feuille in load_workbook(chemin)}
        for chemin in classeurs
    )
    assert une == autre
