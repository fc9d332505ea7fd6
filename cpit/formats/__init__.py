"""Un fichier par format ; deux tables suffixe → module, importés à l’usage seulement."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

from cpit.erreurs import refus

LECTEURS = {".json": "cpit.formats.passation_json"}
"""Suffixe d’une passation → module qui a ``lire(chemin)``."""

ECRIVAINS = {".xlsx": "cpit.formats.classeur", ".json": "cpit.formats.resultat_json"}
"""Suffixe d’une restitution → module qui a ``ecrire(chemin, restitution)``."""


def lecteur(chemin: Path) -> ModuleType:
    """Module qui lit un fichier, d’après son suffixe.

    :raises ErreurCpit: si aucun ne le lit.
    """
    return _module(chemin, LECTEURS)


def ecrivain(chemin: Path) -> ModuleType:
    """Module qui écrit un fichier, d’après son suffixe.

    :raises ErreurCpit: si aucun ne l’écrit.
    """
    return _module(chemin, ECRIVAINS)


def _module(chemin: Path, table: dict[str, str]) -> ModuleType:
    nom = table.get(chemin.suffix.lower())
    if nom is None:
        raise refus("mauvais-suffixe", str(chemin), nom=chemin.name, attendus=" ou ".join(table))
    return import_module(nom)
