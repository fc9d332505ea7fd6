"""Mesure le démarrage de cpit en rapports à « python -c pass », dans une même série (A B A B…).

    python tests/mesures/demarrage.py [--tours 15]

À lancer avec le Python d’un environnement où la roue de cpit est installée (octets compilés), pas en mode éditable.
Les buts sont des rapports : ils tiennent quand la vitesse de la machine dérive.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

BUTS = {"cpit --version": 2, "cpit --help": 7, "première question": 22, "cpit restituer": 30}
ENV = {cle: valeur for cle, valeur in os.environ.items() if cle != "PYTHONDONTWRITEBYTECODE"}


def principal() -> None:
    """Alterne les variantes et écrit médianes et rapports."""
    analyse = argparse.ArgumentParser(description=__doc__)
    analyse.add_argument("--tours", type=int, default=15)
    tours = analyse.parse_args().tours
    cpit = str(Path(sys.executable).with_name("cpit"))
    from cpit.emplacements import dossier

    passation = str(next(dossier("exemples").glob("*-r01-t0-soi.json")))
    variantes: dict[str, Callable[[], float]] = {
        "python -c pass": lambda: chronometrer([sys.executable, "-c", "pass"]),
        "cpit --version": lambda: chronometrer([cpit, "--version"]),
        "cpit --help": lambda: chronometrer([cpit, "--help"]),
        "première question": lambda: premiere_question(cpit),
        "cpit restituer": lambda: chronometrer([cpit, "restituer", passation]),
        "cpit restituer --json": lambda: chronometrer([cpit, "restituer", passation, "--json"]),
    }
    durees: dict[str, list[float]] = {nom: [] for nom in variantes}
    for tour in range(tours + 1):
        for nom, mesurer in variantes.items():
            duree = mesurer()
            if tour:
                durees[nom].append(duree)
    base = durees["python -c pass"]
    for nom, mesures in durees.items():
        rapport = statistics.median(mesure / reference for mesure, reference in zip(mesures, base, strict=True))
        but = f"   but ≤ {BUTS[nom]}" if nom in BUTS else ""
        print(f"{nom:24s} {1000 * statistics.median(mesures):7.1f} ms   × {rapport:5.2f}{but}")


def chronometrer(commande: list[str]) -> float:
    """Durée d’un processus entier, en secondes."""
    debut = time.perf_counter()
    subprocess.run(commande, check=True, stdout=subprocess.DEVNULL, env=ENV)
    return time.perf_counter() - debut


def premiere_question(cpit: str) -> float:
    """Durée jusqu’à l’invite de la première situation, dans un pseudo-terminal, en secondes."""
    import pty

    with tempfile.TemporaryDirectory() as dossier:
        commande = [cpit, "questionnaire", "--dossier", dossier, "--sans-profil"]
        commande += ["--code", "B", "--moment", "t0", "--regard", "soi"]
        debut = time.perf_counter()
        pid, descripteur = pty.fork()
        if pid == 0:
            os.execvpe(cpit, commande, ENV)
        lu = b""
        while b"> " not in lu:
            lu += os.read(descripteur, 65536)
        duree = time.perf_counter() - debut
        os.close(descripteur)
        os.waitpid(pid, 0)
    return duree


if __name__ == "__main__":
    principal()
