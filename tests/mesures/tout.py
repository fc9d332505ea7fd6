"""Toutes les mesures de vitesse en un tableau Markdown : cpit et ce qu’un chercheur écrirait, tour à tour (A B A B).

    python tests/mesures/tout.py --pandas PYTHON [--personnes 100000] [--lignes 1000000] [--tours 3]

Fabrique ses fichiers (``sujets.py``). ``--pandas`` : le Python d’un environnement qui a pandas, openpyxl, typer et
pydantic. Chaque variante est un processus entier ; cpit y est une commande, que rien ici n’importe.
Les rapports valent quand les secondes dérivent ; sur une machine partagée, ceux du temps de processeur sont les plus
sûrs. Le pic est celui de la mémoire du processus.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NOMS = ("csv", "xlsx", "classeur", "formulaires", "trente")
ENV = {cle: valeur for cle, valeur in os.environ.items() if cle != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True)
class Passage:
    """Un passage d’une variante : secondes, à la montre et de processeur ; mémoire, au plus, en Mio."""

    duree: float
    processeur: float
    pic: float


def principal() -> None:
    """Fabrique, alterne, écrit le tableau à mesure."""
    analyse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    analyse.add_argument("--pandas", required=True, help="Python qui a pandas, openpyxl, typer et pydantic")
    analyse.add_argument("--sujets", default=",".join(NOMS), help="lesquels, séparés par des virgules")
    choix, autres = analyse.parse_known_args()
    print("| mesure | variante | secondes | × | processeur (s) | × | pic (Mio) | but |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |")
    for nom in choix.sujets.split(","):
        with tempfile.TemporaryDirectory() as dossier:
            for sujet in fabriquer([nom, dossier, "--pandas", choix.pandas, *autres]):
                for ligne in mesurer(**sujet):
                    print(ligne, flush=True)


def fabriquer(arguments: list[str]) -> list[dict[str, Any]]:
    """Les sujets, leurs fichiers fabriqués par un autre processus."""
    programme = str(Path(__file__).with_name("sujets.py"))
    fini = subprocess.run([sys.executable, programme, *arguments], check=True, stdout=subprocess.PIPE)
    sujets: list[dict[str, Any]] = json.loads(fini.stdout)
    return sujets


def mesurer(titre: str, variantes: dict[str, list[str]], tours: int, but: str) -> Iterator[str]:
    """Les lignes du tableau d’un sujet ; les rapports sont à la première variante."""
    passages: dict[str, list[Passage]] = {nom: [] for nom in variantes}
    for _ in range(tours):
        for nom, commande in variantes.items():
            passages[nom].append(lancer(commande))
    reference = next(iter(passages.values()))
    for nom, faits in passages.items():
        rapports = statistics.median(r.duree / p.duree for r, p in zip(reference, faits, strict=True))
        au_calcul = statistics.median(r.processeur / p.processeur for r, p in zip(reference, faits, strict=True))
        duree, pic = statistics.median(p.duree for p in faits), max(p.pic for p in faits)
        processeur = statistics.median(p.processeur for p in faits)
        vise = but if nom.startswith("cpit") else ""
        dits = (
            titre,
            nom,
            f"{duree:.2f}",
            f"{rapports:.1f}",
            f"{processeur:.2f}",
            f"{au_calcul:.1f}",
            f"{pic:.0f}",
            vise,
        )
        yield "| " + " | ".join(dits).replace(".", ",") + " |"


def lancer(commande: list[str]) -> Passage:
    """Lance un processus et attend qu’il ait réussi."""
    debut = time.perf_counter()
    processus = subprocess.Popen(commande, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=ENV)
    assert processus.stderr is not None
    faute = processus.stderr.read()
    _, etat, usage = os.wait4(processus.pid, 0)
    duree = time.perf_counter() - debut
    # Popen n’a pas vu finir son processus : qu’il ne l’attende pas.
    processus.returncode = os.waitstatus_to_exitcode(etat)
    if processus.returncode:
        raise SystemExit(f"échec : {commande[:3]}\n{faute[-2000:]}")
    return Passage(duree, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


if __name__ == "__main__":
    principal()
