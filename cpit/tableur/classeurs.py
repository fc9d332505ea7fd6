"""Ouvrir un classeur d’après ce qu’il contient, jamais d’après son suffixe : une seule façon d’en lire les feuilles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from zipfile import ZipFile, ZipInfo

from cpit.erreurs import refus
from cpit.ouverture import MARQUE_OLE, ouvrir
from cpit.tableur.classeur_ouvert import ClasseurOuvert, FeuilleRefusee, fautes_de_classeur
from cpit.tableur.garde import DECLARE_MAX, LIVRE_BINAIRE, LIVRE_ODS, TAILLE_MAX, XLS_MAX, verifier_classeur
from cpit.tableur.lecture import ClasseurLu
from cpit.tableur.lecture_balises import DEBUT_DE_PAGE, ClasseurHtml, ClasseurOds, est_une_page
from cpit.tableur.lecture_binaire import ClasseurXls, ClasseurXlsb

_ARCHIVES: Mapping[str, Callable[[ZipFile], ClasseurOuvert]] = {LIVRE_BINAIRE: ClasseurXlsb, LIVRE_ODS: ClasseurOds}
"""La partie à laquelle se reconnaît un classeur qui n’est pas un xlsx, et ce qui le lit."""


_PAGE_MAX = 30_000_000
"""Octets d’une page dont on lit les tables."""


@contextmanager
def ouvrir_classeur_sur(
    chemin: Path, *, taille_max: int = TAILLE_MAX, declare_max: int = DECLARE_MAX
) -> Iterator[ClasseurOuvert]:
    """Un classeur d’abord vérifié, dont tout ce qui le rend illisible devient un refus : la frontière est ici.

    :param taille_max: octets du fichier ; ``declare_max`` : octets une fois décompressé.
    :raises OSError: si le fichier ne s’ouvre pas.
    :raises ErreurCpit: hostile, abîmé, ou une feuille refusée, avec sa place.
    """
    verifier_classeur(chemin, taille_max=taille_max, declare_max=declare_max)
    try:
        with ouvrir_classeur(chemin) as classeur:
            yield classeur
    except FeuilleRefusee as erreur:
        raise refus("table-illisible", erreur.lieu(str(chemin)), raison=str(erreur)) from None


@contextmanager
def ouvrir_classeur(chemin: Path) -> Iterator[ClasseurOuvert]:
    """Un classeur ouvert, passé par ``verifier_classeur`` : xlsx, xlsm, xlsb, ods ou xls.

    :raises OSError: si le fichier ne s’ouvre pas.
    :raises FeuilleRefusee: s’il est abîmé, à l’ouverture ou en lisant ses feuilles.
    """
    with ouvrir(chemin) as flux:
        with fautes_de_classeur():
            classeur = _lire_le_classeur(flux)
        yield classeur


def _lire_le_classeur(flux: IO[bytes]) -> ClasseurOuvert:
    """Le classeur qu’est un fichier, d’après son début."""
    ole = flux.read(len(MARQUE_OLE)) == MARQUE_OLE
    flux.seek(0)
    if ole:
        return ClasseurXls(flux.read(XLS_MAX))
    page = est_une_page(flux.read(DEBUT_DE_PAGE))
    flux.seek(0)
    if page:
        return ClasseurHtml(flux.read(_PAGE_MAX))
    archive = ZipFile(flux)
    archive.NameToInfo = _Parties(archive.NameToInfo)
    lire = next((lire for partie, lire in _ARCHIVES.items() if partie in archive.NameToInfo), ClasseurLu)
    return lire(archive)


class _Parties(dict[str, ZipInfo]):
    """Les parties d’un classeur par leur nom, où la casse ne compte pas : un lien peut dire « sharedStrings.bin » et
    l’archive porter « SharedStrings.bin » (ECMA-376, partie 2 : deux noms de parties se comparent sans la casse).
    """

    def __init__(self, parties: Mapping[str, ZipInfo]) -> None:
        super().__init__(parties)
        self._plies = {nom.casefold(): une for nom, une in parties.items()}

    def __contains__(self, nom: object) -> bool:
        return super().__contains__(nom) or (isinstance(nom, str) and nom.casefold() in self._plies)

    def __missing__(self, nom: str) -> ZipInfo:
        return self._plies[nom.casefold()]

    def get(self, nom: str, defaut: Any = None) -> Any:
        """La partie de ce nom, ou ``defaut``."""
        return super().get(nom, self._plies.get(nom.casefold(), defaut))
