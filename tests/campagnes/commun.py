"""Ce que les campagnes partagent : des promesses que l’on compte, et la table qui les dit."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

GRAINE = 20261125


@cache
def dossier_des_ruptures() -> Path:
    """Où les campagnes laissent ce qui a rompu une promesse, prêt pour ``tests/donnees/regression``."""
    return Path(tempfile.mkdtemp(prefix="cpit-ruptures-"))


def garder(nom: str, octets: bytes) -> Path:
    """Garde un fichier qui a rompu une promesse, sous un nom que rien d’autre ne porte."""
    dossier = dossier_des_ruptures()
    chemin = dossier / f"{len(list(dossier.iterdir())):03d}-{nom}"
    chemin.write_bytes(octets)
    return chemin


@dataclass
class Promesse:
    """Une promesse, ce qui a été essayé, et chaque fois qu’elle a été rompue, en clair."""

    texte: str
    unite: str = "essais"
    essais: int = 0
    ruptures: list[str] = field(default_factory=list)

    def juger(self, *fautes: str, essais: int = 1) -> None:
        """Compte des essais, et ce qui y a failli."""
        self.essais += essais
        self.ruptures += fautes


Campagne = Callable[[int, int], list[Promesse]]
"""Joue une campagne : le nombre d’essais, la graine."""


def rediger(promesses: list[Promesse]) -> str:
    """La table, de la promesse au chiffre, telle que le guide la porte."""
    lignes = ["| Promesse | Chiffre |", "| --- | --- |"]
    for promesse in promesses:
        dit = f"{len(promesse.ruptures)} rompue{'s' * (len(promesse.ruptures) > 1)} sur {promesse.essais}"
        lignes.append(f"| {promesse.texte} | {dit} {promesse.unite} |")
    return "\n".join(lignes)


def principal(campagne: Campagne, nombre: int) -> None:
    """Joue une campagne d’après la ligne de commande, écrit sa table, et finit par 1 si une promesse est rompue."""
    lecteur = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    lecteur.add_argument("--nombre", type=int, default=nombre)
    lecteur.add_argument("--graine", type=int, default=GRAINE)
    demande = lecteur.parse_args()
    promesses = campagne(demande.nombre, demande.graine)
    print(rediger(promesses))
    for promesse in promesses:
        for rupture in promesse.ruptures[:20]:
            print(f"ROMPUE : {promesse.texte} : {rupture}", file=sys.stderr)
    if dossier_des_ruptures.cache_info().currsize:
        print(f"Ce qui a rompu une promesse : {dossier_des_ruptures()}", file=sys.stderr)
    sys.exit(any(promesse.ruptures for promesse in promesses))


def principal_dans_un_dossier(jouer: Callable[[Path], int], aide: str) -> None:
    """Joue dans un dossier neuf une campagne qui construit ; finit par 1 si elle a failli.

    :param jouer: reçoit le dossier ; rend 0 si tout a tenu.
    :param aide: ce que dit « --help » de « --garder ».
    """
    lecteur = argparse.ArgumentParser(
        description=sys.modules["__main__"].__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    lecteur.add_argument("--garder", type=Path, metavar="DOSSIER", help=aide)
    garder = lecteur.parse_args().garder
    if garder is not None:
        garder.mkdir(parents=True, exist_ok=True)
        sys.exit(jouer(garder.resolve()) > 0)
    with tempfile.TemporaryDirectory() as lieu:
        sys.exit(jouer(Path(lieu)) > 0)
