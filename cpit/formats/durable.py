"""Écrire un fichier de sortie en entier ou pas du tout, et reconnaître ceux que cpit a écrits."""

from __future__ import annotations

import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile

SCEAU = "Écrit par cpit"
"""Début du commentaire que cpit met dans les propriétés d’un classeur de restitution ou de groupe."""


def poser(chemin: Path, octets: bytes) -> None:
    """Écrit un fichier en entier ou pas du tout, lisible par son seul propriétaire (0600).

    :raises OSError: si l’emplacement ne s’écrit pas ; un fichier déjà là reste intact.
    """
    with ecriture_durable(chemin) as flux:
        flux.write(octets)


@contextmanager
def ecriture_durable(chemin: Path) -> Iterator[IO[bytes]]:
    """Un flux dont le contenu prend la place de ``chemin`` à la sortie, en entier ou pas du tout (0600).

    :raises OSError: si l’emplacement ne s’écrit pas ; un fichier déjà là reste intact.
    """
    descripteur, nom = tempfile.mkstemp(prefix=".cpit-", suffix=".tmp", dir=chemin.parent)
    temporaire = Path(nom)
    try:
        with os.fdopen(descripteur, "w+b") as flux:
            yield flux
            flux.flush()
            os.fsync(flux.fileno())
        temporaire.replace(chemin)
    except BaseException:
        temporaire.unlink(missing_ok=True)
        raise


def est_un_classeur_de_cpit(chemin: Path) -> bool:
    """Vrai pour un classeur que cpit a écrit, même enregistré depuis par un tableur : lui seul se remplace.

    Un formulaire n’en est pas un : il porte les réponses de quelqu’un.
    """
    try:
        with ZipFile(chemin) as archive, archive.open("docProps/core.xml") as proprietes:
            return SCEAU.encode() in proprietes.read(100_000)
    except (OSError, KeyError, BadZipFile, RuntimeError, NotImplementedError, EOFError, zlib.error):
        return False
