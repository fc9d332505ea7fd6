"""Ouvrir un classeur d’après ce qu’il contient, jamais d’après son suffixe : une seule façon d’en lire les feuilles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

from cpit.ouverture import ouvrir
from cpit.tableur.classeur_ouvert import ClasseurOuvert
from cpit.tableur.garde import LIVRE_BINAIRE, LIVRE_ODS, XLS_MAX
from cpit.tableur.lecture import ClasseurLu
from cpit.tableur.lecture_html import DEBUT_DE_PAGE, ClasseurHtml, est_une_page
from cpit.tableur.lecture_ods import ClasseurOds
from cpit.tableur.lecture_xls import ClasseurXls
from cpit.tableur.lecture_xlsb import ClasseurXlsb
from cpit.tableur.ole import MARQUE_OLE

_ARCHIVES: Mapping[str, Callable[[ZipFile], ClasseurOuvert]] = {LIVRE_BINAIRE: ClasseurXlsb, LIVRE_ODS: ClasseurOds}
"""La partie à laquelle se reconnaît un classeur qui n’est pas un xlsx, et ce qui le lit."""


_PAGE_MAX = 30_000_000
"""Octets d’une page dont on lit les tables."""


@contextmanager
def ouvrir_classeur(chemin: Path) -> Iterator[ClasseurOuvert]:
    """Un classeur ouvert, passé par ``verifier_classeur`` : xlsx, xlsm, xlsb, ods ou xls.

    :raises OSError: si le fichier ne s’ouvre pas.
    :raises Exception: de toute sorte s’il est abîmé ; l’appelant a une seule frontière.
    """
    with ouvrir(chemin) as flux:
        if flux.read(len(MARQUE_OLE)) == MARQUE_OLE:
            flux.seek(0)
            yield ClasseurXls(flux.read(XLS_MAX))
            return
        flux.seek(0)
        if est_une_page(flux.read(DEBUT_DE_PAGE)):
            flux.seek(0)
            yield ClasseurHtml(flux.read(_PAGE_MAX))
            return
        flux.seek(0)
        with ZipFile(flux) as archive:
            lire = next((lire for partie, lire in _ARCHIVES.items() if partie in archive.NameToInfo), ClasseurLu)
            yield lire(archive)
