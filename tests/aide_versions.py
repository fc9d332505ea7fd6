"""Deux versions livrées côte à côte : la 1.0.0 telle qu’elle est gardée, et une suivante, inventée, où tout change."""

from __future__ import annotations

from pathlib import Path

import pytest
from aides import RACINE

NOM = "innovation-territoriale"
GARDEE = RACINE / "referentiels" / "versions" / f"{NOM}-1.0.0.yaml"
EMPREINTE_1_0_0 = "5c1b9ccbb5c646fb438f68dbba776f15172699dd2c9ea15f8a3352ca93a09666"
"""Celle que portent les passations écrites par la version 0.1.0 de cpit."""
SUIVANTE = "9.0.0"
RECRITS = (
    ("Dans votre poste, jusqu’où menez-vous", "Aujourd’hui, ici ou ailleurs, jusqu’où menez-vous"),
    ("libelle: Jamais fait", "libelle: Pas encore abordé"),
    ("libelle: Avec de l’aide", "libelle: Une première fois"),
    ("libelle: En autonomie dans un cas connu", "libelle: Dans des cas simples"),
    ("libelle: En autonomie dans un cas nouveau ou conflictuel", "libelle: Dans des cas difficiles"),
    ("libelle: Je transmets ou fais évoluer la pratique", "libelle: Avec des effets durables"),
)
"""Ce qui, hors des énoncés, se lit autrement dans la suivante."""
ENONCE = "    enonce: >-\n      "


def texte_de_la_premiere() -> str:
    """Le texte de la 1.0.0."""
    return GARDEE.read_text(encoding="utf-8")


def suivante(*declaration: str) -> str:
    """Le texte d’une version suivante, de mêmes codes, où la question, les niveaux et les énoncés sont autres.

    :param declaration: les lignes de son « compatible_avec », s’il en faut un.
    """
    texte = texte_de_la_premiere().replace("version: 1.0.0", f"version: {SUIVANTE}", 1)
    for avant, apres in (*RECRITS, (ENONCE, f"{ENONCE}En pratique, ")):
        assert avant in texte, avant
        texte = texte.replace(avant, apres)
    dites = "".join(f"{ligne}\n" for ligne in declaration)
    return texte.replace("licence: etalab-2.0\n", f"licence: etalab-2.0\n{dites}", 1)


def livrer(monkeypatch: pytest.MonkeyPatch, dossier: Path, actuelle: str) -> None:
    """Fait comme si cpit livrait cette version, la 1.0.0 étant une version passée ; « minimal » reste livré."""
    (dossier / "versions").mkdir(parents=True)
    (dossier / f"{NOM}.yaml").write_text(actuelle, encoding="utf-8")
    (dossier / "versions" / GARDEE.name).write_bytes(GARDEE.read_bytes())
    minimal = RACINE / "referentiels" / "minimal.yaml"
    (dossier / "minimal.yaml").write_bytes(minimal.read_bytes())
    monkeypatch.setattr("cpit.emplacements.dossier", lambda _nom: dossier)
