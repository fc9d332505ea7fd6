"""Les formulaires qu’écrit « cpit formulaire », en octets."""

from __future__ import annotations

import tempfile
from functools import lru_cache

import cpit
from cpit.coeur.referentiel import Referentiel


@lru_cache(maxsize=64)
def formulaire(referentiel: Referentiel, *, identifiant: str = "", **options: str | bool) -> bytes:
    """Un formulaire à envoyer ; le même, demandé de nouveau, n’est pas refait.

    :param options: celles de ``cpit.formulaires`` : format, moment, regard…
    """
    with tempfile.TemporaryDirectory() as dossier:
        codes = [identifiant] if identifiant else []
        (ecrit,) = cpit.formulaires(referentiel, dossier, codes=codes, **options)  # type: ignore[arg-type]
        return ecrit.read_bytes()
