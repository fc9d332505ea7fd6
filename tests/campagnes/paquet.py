"""Le programme en un dossier : construit d’une roue, lancé sans Python ni environnement, commande par commande.

    python tests/campagnes/paquet.py [--garder DOSSIER]

Fait une roue, l’installe dans un environnement neuf, construit le dossier par ``tests/outils/cpit.spec``, et le lance
loin du dépôt, variables d’environnement ôtées, réseau coupé si ``unshare`` le permet. Écrit une table : la commande, ce
qu’on en attend, le temps. Finit par 1 si une commande fait autre chose. ``--garder`` laisse le dossier construit.

Il faut ``pip`` et de quoi joindre le registre des paquets pour la construction ; rien ensuite. Sous Windows aussi.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

RACINE = Path(__file__).resolve().parents[2]
RECETTE = RACINE / "tests" / "outils" / "cpit.spec"
LIGNES = 60_000
"""De quoi passer par la lecture des grandes feuilles."""
MINUTES_DE_CONSTRUCTION = 10


@dataclass(frozen=True)
class Essai:
    """Une commande, ce qu’on tape, et le fichier ou le texte qui montre qu’elle a fait son travail."""

    arguments: tuple[str, ...]
    attendu: str = ""
    ecrit: str = ""
    saisie: str = ""


REPONSES = "\n".join(["2"] * 24) + "\n"
PASSATION = "cpit-demo/personne.json"
ESSAIS = (
    Essai(("--version",), attendu="cpit "),
    Essai(("--help",), attendu="questionnaire"),
    Essai(("demo",), ecrit="cpit-demo/groupe.html"),
    Essai(
        ("questionnaire", "--code", "R99", "--moment", "t0", "--regard", "soi", "--sans-profil", "--dossier", "rep"),
        saisie=REPONSES,
        ecrit="rep/*.json",
    ),
    Essai(("restituer", "rep/*.json", "--page", "r.html", "--classeur", "r.xlsx"), ecrit="r.html"),
    Essai(("verifier", "rep/*.json")),
    Essai(("expliquer", "rep/*.json", "C1"), attendu="C1"),
    Essai(("menu",), saisie="q\n", attendu="Répondre"),
    Essai(("cohorte", "rep", "--classeur", "c.xlsx"), ecrit="c.xlsx"),
    Essai(("cohorte", "grande.xlsx", "--csv", "grande.csv"), ecrit="grande.csv"),
    Essai(("figure", "carte", "rep/*.json", "--sortie", "f.svg"), ecrit="f.svg"),
    Essai(("figure", "carte", "rep/*.json", "--sortie", "f.png"), ecrit="f.png"),
    Essai(("figure", "carte", "rep/*.json", "--sortie", "f.pdf"), ecrit="f.pdf"),
    Essai(("guide", "formateur"), attendu="formulaire"),
    Essai(("guide", "--page", "g.html"), ecrit="g.html"),
    Essai(("exporter", "rep", "--dossier", "jeu"), ecrit="jeu/*"),
    Essai(("formulaire", "--format", "html", "--dossier", "envoi"), ecrit="envoi/*.html"),
    Essai(("referentiel", "lister"), attendu="innovation-territoriale"),
)
