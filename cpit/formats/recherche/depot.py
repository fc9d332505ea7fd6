"""Le dossier d’un export : neuf, vide, ou un export précédent intact ; remplacé d’un coup, jamais à moitié."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cpit.erreurs import refus
from cpit.formats.durable import synchroniser
from cpit.formats.recherche import manifeste

CITES = 5
"""Fichiers nommés au plus dans un refus."""


def examiner(cible: Path) -> dict[str, Any] | None:
    """Le manifeste de l’export que ce dossier contient déjà ; rien s’il est neuf ou vide.

    :raises ErreurCpit: s’il contient autre chose, si l’export a été retouché, ou si c’est le dossier courant.
    """
    if not os.path.lexists(cible):
        return None
    if Path.cwd().is_relative_to(cible):
        raise refus("export-dossier-courant", str(cible), nom=cible)
    if not cible.is_dir():
        raise refus("export-dossier-etranger", str(cible), nom=cible)
    if next(cible.iterdir(), None) is None:
        return None
    precedent = manifeste.lire(cible)
    if precedent is None:
        raise refus("export-dossier-etranger", str(cible), nom=cible)
    if noms := manifeste.changements(cible, precedent):
        cites = ", ".join(noms[:CITES]) + ("…" if len(noms) > CITES else "")
        raise refus("export-retouche", str(cible), nom=cible, fichiers=cites)
    return dict(precedent)


@contextmanager
def remplacer(cible: Path) -> Iterator[Path]:
    """Un dossier de travail à côté de la cible, qui en prend la place à la sortie, en entier ou pas du tout (0700).

    :raises OSError: si l’emplacement ne s’écrit pas ; ce qui y était reste intact.
    :raises ErreurCpit: si ce qui y était a changé pendant l’écriture.
    """
    cible.parent.mkdir(parents=True, exist_ok=True)
    travail = Path(tempfile.mkdtemp(prefix=".cpit-export-", dir=cible.parent))
    try:
        yield travail
        for chemin in travail.iterdir():
            _affermir(chemin)
        # L’écriture a pu durer : rien de ce qu’on a posé dans le dossier entre-temps ne doit disparaître.
        examiner(cible)
        _echanger(travail, cible)
        synchroniser(cible.parent)
    finally:
        shutil.rmtree(travail, ignore_errors=True)


def _affermir(chemin: Path) -> None:
    """Sur le disque, et lisible par son seul propriétaire."""
    chemin.chmod(0o600)
    with chemin.open("rb+") as flux:
        os.fsync(flux.fileno())


def _echanger(travail: Path, cible: Path) -> None:
    """Met le neuf à la place de l’ancien ; celui-ci n’est effacé qu’une fois le neuf en place."""
    if not cible.exists():
        travail.rename(cible)
        return
    a_cote = Path(tempfile.mkdtemp(prefix=".cpit-export-", dir=cible.parent))
    ancien = a_cote / cible.name
    try:
        cible.rename(ancien)
        travail.rename(cible)
    except BaseException:
        if ancien.exists():
            ancien.rename(cible)
        a_cote.rmdir()
        raise
    shutil.rmtree(a_cote, ignore_errors=True)
