"""Écrire un fichier de sortie en entier ou pas du tout, et reconnaître ceux que cpit a écrits."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from cpit.erreurs import refus
from cpit.tableur import SCEAU


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
    synchroniser(chemin.parent)


def synchroniser(dossier: Path) -> None:
    """Rend durable un changement de nom ou un effacement dans un dossier, là où le système sait le faire.

    Windows ne sait pas ouvrir un dossier et n’en a pas besoin ; certains partages réseau ne savent pas l’écrire.

    :raises OSError: si le disque refuse d’écrire.
    """
    if os.name == "nt":
        return
    try:
        descripteur = os.open(dossier, os.O_RDONLY)
        try:
            os.fsync(descripteur)
        finally:
            os.close(descripteur)
    except OSError as erreur:
        if erreur.errno not in (errno.EACCES, errno.EPERM, errno.EINVAL, errno.ENOTSUP):
            raise


def exiger_un_classeur_remplacable(chemin: Path) -> None:
    """Refuse, avant tout travail, d’écrire un classeur à la place d’un fichier que cpit n’a pas écrit.

    :raises ErreurCpit: si l’emplacement est pris par un fichier d’une autre sorte.
    """
    if chemin.is_file() and not est_un_classeur_de_cpit(chemin):
        raise refus("fichier-existant", str(chemin), nom=chemin)


def est_un_classeur_de_cpit(chemin: Path) -> bool:
    """Vrai pour un classeur que cpit a écrit, même enregistré depuis par un tableur : lui seul se remplace.

    Un formulaire n’en est pas un : il porte les réponses de quelqu’un.
    """
    import zlib
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(chemin) as archive, archive.open("docProps/core.xml") as proprietes:
            return SCEAU.encode() in proprietes.read(100_000)
    except (OSError, KeyError, BadZipFile, RuntimeError, NotImplementedError, EOFError, zlib.error):
        return False
