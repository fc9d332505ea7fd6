"""Refait les référentiels livrés tels qu’ils se lisent : python tests/outils/faire_precalcules.py.

Lire le YAML d’un référentiel livré, le valider et le juger coûtait le tiers du temps où paraît la première question.
Chacun est gardé en JSON sous l’empreinte de son texte : un texte changé d’un octet n’a pas cette empreinte, et se lit.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from cpit.chargement import PRECALCULES, SORTE, examiner_a_neuf
from cpit.emplacements import dossier, referentiels_livres


def principal() -> None:
    """Écrit un fichier par référentiel livré, et ôte ceux qui ne servent plus."""
    ou = dossier("referentiels") / PRECALCULES
    ou.mkdir(exist_ok=True)
    for ancien in ou.glob("*.json"):
        ancien.unlink()
    for nom, contenu in precalcules().items():
        (ou / nom).write_text(contenu, encoding="utf-8", newline="\n")


def precalcules() -> dict[str, str]:
    """Nom du fichier de chaque référentiel livré → ce qu’il porte : le référentiel, puis ce qu’il y a à en dire."""
    faits = {}
    for chemin in referentiels_livres().values():
        referentiel, anomalies = examiner_a_neuf(_texte(chemin))
        if referentiel is None:
            raise ValueError(f"{chemin} : un référentiel livré se lit")
        document, *dites = map(en_types_simples, (referentiel, *anomalies))
        del document["texte"]
        faits[f"{referentiel.empreinte}.json"] = json.dumps([document, *dites], ensure_ascii=False, indent=0) + "\n"
    return faits


def en_types_simples(valeur: Any) -> Any:
    """Une dataclass devient une table qui dit sa sorte, sans ce qui vaut son défaut ; un tuple, une liste."""
    if is_dataclass(valeur):
        dits = ((champ, getattr(valeur, champ.name)) for champ in fields(valeur))
        return {SORTE: type(valeur).__name__} | {c.name: en_types_simples(v) for c, v in dits if v != c.default}
    if isinstance(valeur, tuple):
        return [en_types_simples(une) for une in valeur]
    if isinstance(valeur, dict):
        return {cle: en_types_simples(une) for cle, une in valeur.items()}
    return valeur


def _texte(chemin: Path) -> str:
    return chemin.read_text(encoding="utf-8-sig")


if __name__ == "__main__":
    principal()
