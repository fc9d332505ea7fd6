"""Les référentiels : ceux qui sont livrés, celui que l’on nomme, ce qui ne va pas dans celui que l’on écrit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cpit.api.arguments import facade
from cpit.chargement import charger, examiner_referentiel, referentiel_donne
from cpit.coeur.referentiel import Referentiel
from cpit.emplacements import referentiels_livres
from cpit.erreurs import Anomalie


@facade
def referentiel(nom_ou_chemin: str | Path | None = None) -> Referentiel:
    """Un référentiel : un fichier, l’un de ceux qui sont livrés par son nom, ou celui par défaut.

    :raises ErreurCpit: s’il est introuvable, avec le nom le plus proche, ou fautif, avec toutes ses fautes.
    """
    return referentiel_donne(nom_ou_chemin)


def referentiels() -> dict[str, Referentiel]:
    """Les référentiels livrés avec cpit, par nom ; celui par défaut d’abord."""
    return {nom: charger(chemin) for nom, chemin in referentiels_livres().items()}


@facade
def valider(chemin: str | Path) -> tuple[Referentiel | None, tuple[Anomalie, ...]]:
    """Le référentiel d’un fichier, ou rien s’il est fautif, et tout ce qu’il y a à en dire, dans l’ordre du fichier."""
    return examiner_referentiel(Path(chemin))


def schema() -> dict[str, Any]:
    """Le JSON Schema d’un référentiel."""
    from cpit.chargement.forme_referentiel import schema_json

    return schema_json()
