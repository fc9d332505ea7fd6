"""Le programme en un dossier : construit d’une roue, lancé sans Python ni environnement, commande par commande.

    python tests/campagnes/paquet.py [--garder DOSSIER]

Fait une roue, l’installe dans un environnement neuf, construit le dossier par ``tests/outils/cpit.spec``, et le lance
loin du dépôt, variables d’environnement ôtées, réseau coupé si ``unshare`` le permet. Écrit une table : la commande, ce
qu’on en attend, le temps. Finit par 1 si une commande fait autre chose. ``--garder`` laisse le dossier construit.

Il faut ``pip`` et de quoi joindre le registre des paquets pour la construction ; rien ensuite. Sous Windows aussi.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

RACINE = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(RACINE / "tests"), str(RACINE / "tests" / "mesures")]

from fabrique import fabriquer_xlsx, lire_livre  # noqa: E402

from campagnes.commun import principal_dans_un_dossier  # noqa: E402

RECETTE = RACINE / "tests" / "outils" / "cpit.spec"
LIGNES = 20_000
"""De quoi passer par la lecture des grandes feuilles."""
MINUTES_DE_CONSTRUCTION = 10


@dataclass(frozen=True)
class Essai:
    """Une commande, ce qu’on tape, et le fichier ou le texte qui montre qu’elle a fait son travail."""

    arguments: tuple[str, ...]
    attendu: str = ""
    ecrit: str = ""
    saisie: str = ""


REPONSES = "2\n" * 24
GRANDE = "grande.xlsx"
FIGURES, FORMULAIRES = ("svg", "pdf", "png"), ("html", "xlsx", "csv")
ESSAIS = (
    Essai(("--version",), attendu="cpit "),
    Essai(("--help",), attendu="questionnaire"),
    Essai(("demo",), ecrit="cpit-demo/groupe.html"),
    Essai(
        ("questionnaire", "--code", "R99", "--moment", "t0", "--regard", "soi", "--sans-profil", "--dossier", "rep"),
        saisie=REPONSES,
        ecrit="rep/passation-r99-t0-soi.json",
    ),
    Essai(("restituer", "rep/passation-r99-t0-soi.json", "--page", "r.html", "--classeur", "r.xlsx"), ecrit="r.html"),
    Essai(("verifier", "rep/passation-r99-t0-soi.json")),
    Essai(("expliquer", "rep/passation-r99-t0-soi.json", "C1"), attendu="C1"),
    Essai(("menu", "--dossier", "rep"), saisie="2\n1\n3\n1\nq\n\n", ecrit="rep/passation-r99-t0-soi.html"),
    Essai(("cohorte", "rep/passation-r99-t0-soi.json", "--sortie", "c.xlsx", "--page", "c.html"), ecrit="c.html"),
    Essai(("cohorte", GRANDE, "--sortie", "g.csv"), ecrit="g.csv"),
    *(
        Essai(("figure", "carte", "rep/passation-r99-t0-soi.json", "--sortie", f"f.{f}"), ecrit=f"f.{f}")
        for f in FIGURES
    ),
    Essai(("guide", "formateur"), attendu="formulaire"),
    Essai(("guide", "--page", "guides.html"), ecrit="guides.html"),
    Essai(("exporter", GRANDE, "--sortie", "jeu", "--formats", "csv,xlsx"), ecrit="jeu/*.csv"),
    *(Essai(("formulaire", "--format", f, "--dossier", "envoi"), ecrit=f"envoi/*.{f}") for f in FORMULAIRES),
    Essai(("referentiel", "lister"), attendu="innovation-territoriale"),
    Essai(("referentiel", "schema"), attendu="$schema"),
)


def construire(lieu: Path) -> Path:
    """Une roue, un environnement neuf, et le dossier que la recette en tire ; rend le programme."""
    venv.create(lieu / "gel", with_pip=True)
    binaires = lieu / "gel" / ("Scripts" if os.name == "nt" else "bin")
    python = str(binaires / ("python.exe" if os.name == "nt" else "python"))
    pip = [python, "-m", "pip", "--disable-pip-version-check", "-q"]
    _exiger([*pip, "wheel", "--no-deps", "-w", str(lieu / "roue"), str(RACINE)], lieu)
    (roue,) = (lieu / "roue").glob("*.whl")
    try:
        _exiger([*pip, "install", f"{roue}[figures]", "pyinstaller"], lieu)
    except subprocess.CalledProcessError:
        sys.exit("Il manque pyinstaller : « pip install pyinstaller » doit pouvoir le prendre au registre des paquets.")
    recette = [python, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR"]
    _exiger([*recette, "--distpath", str(lieu / "dist"), "--workpath", str(lieu / "build"), str(RECETTE)], lieu)
    return lieu / "dist" / "cpit" / ("cpit.exe" if os.name == "nt" else "cpit")


def _exiger(commande: Sequence[str], lieu: Path) -> None:
    subprocess.run(commande, cwd=lieu, check=True, timeout=60 * MINUTES_DE_CONSTRUCTION)


def fabriquer_la_grande_table(chemin: Path) -> None:
    """Une table dont la feuille passe par la lecture des grandes feuilles."""
    livre = lire_livre()
    fabriquer_xlsx(chemin, livre, LIGNES)


def essayer(programme: Path, essai: Essai, lieu: Path) -> tuple[float, str]:
    """Lance une commande ; rend les secondes, et ce qui ne va pas."""
    debut = time.monotonic()
    fini = subprocess.run(
        [*sans_reseau(), str(programme), *essai.arguments],
        cwd=lieu,
        env=environnement(),
        input=essai.saisie.encode(),
        capture_output=True,
        timeout=120,
        check=False,
    )
    secondes = time.monotonic() - debut
    dit = fini.stdout.decode("utf-8", "replace")
    if fini.returncode:
        return secondes, f"code {fini.returncode} : {(dit + fini.stderr.decode('utf-8', 'replace'))[-1500:]}"
    if essai.attendu not in dit:
        return secondes, f"« {essai.attendu} » n’est pas dit"
    if essai.ecrit and not any(p.stat().st_size for p in lieu.glob(essai.ecrit)):
        return secondes, f"{essai.ecrit} n’est pas écrit"
    return secondes, ""


def environnement() -> dict[str, str]:
    """Vide ; sous Windows, ce sans quoi aucun programme ne s’y lance."""
    return {nom: os.environ[nom] for nom in ("SYSTEMROOT", "TEMP") if os.name == "nt" and nom in os.environ}


@cache
def sans_reseau() -> tuple[str, ...]:
    """De quoi lancer une commande sans aucun réseau ; rien si le système ne le permet pas."""
    coupe = ("unshare", "--net", "--map-root-user")
    if shutil.which(coupe[0]) and subprocess.run([*coupe, "true"], capture_output=True, check=False).returncode == 0:
        return (shutil.which(coupe[0]) or "", *coupe[1:])
    return ()


def taille(dossier: Path) -> int:
    """Octets d’un dossier."""
    return sum(p.stat().st_size for p in dossier.rglob("*") if p.is_file() and not p.is_symlink())


def jouer(lieu: Path) -> int:
    """Construit, essaie, écrit la table ; rend le nombre de commandes qui ont failli."""
    debut = time.monotonic()
    programme = construire(lieu)
    print(f"Construit en {time.monotonic() - debut:.0f} s ; {taille(programme.parent) / 1e6:.0f} Mo.")
    print("Réseau coupé." if sans_reseau() else "Réseau non coupé : « unshare » n’est pas là ou n’est pas permis.")
    travail = lieu / "travail"
    (travail / "rep").mkdir(parents=True)
    fabriquer_la_grande_table(travail / GRANDE)
    print("\n| Commande | Secondes | |\n| --- | ---: | --- |")
    fautes = 0
    for essai in ESSAIS:
        secondes, faute = essayer(programme, essai, travail)
        fautes += bool(faute)
        print(f"| `cpit {' '.join(essai.arguments)}` | {secondes:.2f} | {'FAILLI' if faute else 'fait'} |", flush=True)
        if faute:
            print(faute, file=sys.stderr)
    print(f"\n{len(ESSAIS) - fautes} commandes sur {len(ESSAIS)}.")
    return fautes


if __name__ == "__main__":
    principal_dans_un_dossier(jouer, "garde ici ce qui est construit ; neuf ou vide")
