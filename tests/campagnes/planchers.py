"""Les planchers de ``pyproject.toml``, tous à la fois : la plus ancienne version permise de chaque dépendance.

    python tests/campagnes/planchers.py [--garder DOSSIER]

Fait un environnement neuf où chaque dépendance est exactement à son plancher, y installe cpit, et y lance une part de
la suite. Écrit les versions et les licences déclarées ; finit par 1 si pip ou un test refuse. Il faut de quoi joindre
le registre des paquets.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

RACINE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(RACINE / "tests"))

from campagnes.commun import principal_dans_un_dossier  # noqa: E402

SUITE = ["test_cas.py", "test_restitution.py", "test_figures.py", "test_export_formats.py", "test_fidelite.py"]
SUITE += ["test_tables.py", "test_cohorte.py", "test_lignes_directes.py", "test_menu.py", "test_dependances.py"]
OUTILS = ["pytest", "pytest-xdist", "hypothesis", "openpyxl", "pandas", "jsonschema", "frictionless"]
LICENCES = """
import sys
from importlib.metadata import distribution
print("| Dépendance | Version | Licence déclarée |")
print("| --- | --- | --- |")
for nom in sys.argv[1:]:
    roue = distribution(nom)
    meta = roue.metadata
    classes = [c.rpartition(":: ")[2] for c in meta.get_all("Classifier") or [] if c.startswith("License ::")]
    licence = meta["License-Expression"] or ", ".join(classes) or (meta["License"] or "").strip().split("\\n")[0]
    print(f"| {nom} | {roue.version} | {licence or 'aucune'} |")
"""


def planchers() -> dict[str, str]:
    """Chaque dépendance de cpit et de ses options, et son plancher."""
    projet = tomllib.loads((RACINE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    options = projet["optional-dependencies"]
    toutes = [*projet["dependencies"], *options["figures"], *options["recherche"]]
    return dict(re.match(r"([\w-]+)>=([\d.]+)", exigence).groups() for exigence in toutes)  # type: ignore[union-attr]


def jouer(lieu: Path) -> int:
    """Installe, montre, essaie ; rend le code du premier qui refuse."""
    venv.create(lieu / "venv", with_pip=True)
    python = str(lieu / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    contraintes = lieu / "planchers.txt"
    contraintes.write_text("".join(f"{nom}=={version}\n" for nom, version in planchers().items()), encoding="utf-8")
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "-q", "-c", str(contraintes)]
    fini = subprocess.run([*pip, "-e", f"{RACINE}[figures,recherche]", *OUTILS], check=False)
    if fini.returncode:
        return fini.returncode
    subprocess.run([python, "-c", LICENCES, *planchers()], check=True)
    suite = [str(RACINE / "tests" / nom) for nom in SUITE]
    return subprocess.run([python, "-m", "pytest", "-n", "2", *suite], cwd=RACINE, check=False).returncode


if __name__ == "__main__":
    principal_dans_un_dossier(jouer, "garde ici l’environnement")
