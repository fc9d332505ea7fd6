"""Le classeur que l’on écrit : ses réglages, ses propriétés, et ce que XlsxWriter n’écrit pas, la langue."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from io import BytesIO
from shutil import copyfileobj
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.workbook import Workbook

from cpit.sceaux import SCEAU_CLASSEUR, __version__
from cpit.tableur.cellules import propre
from cpit.tableur.styles import POLICE
from cpit.typographie import typographier

_TITRE_MAX = 255
"""Signes au plus dans une propriété du document."""
_PROPRIETES = "docProps/core.xml"
_GRAPHIQUES = "xl/charts/"
_MORCEAU = 1 << 20
_DATES = re.compile(rb"<dcterms:(created|modified)\b[^>]*>[^<]*</dcterms:\1>")

Remplissage = tuple[int, Callable[[bytes], Iterator[bytes]]]
"""Taille estimée d’une partie remplie, et ce qui change ce qu’elle était en ce qu’elle sera, par morceaux."""


def creer_document(vers: str | BytesIO, **options: Any) -> Workbook:
    """Un classeur neuf, où aucun texte ne devient de lui-même formule, nombre ni lien.

    :param options: réglages de XlsxWriter en plus : ``in_memory``, ``constant_memory``, ``tmpdir``.
    """
    inertes = {f"strings_to_{sorte}": False for sorte in ("formulas", "numbers", "urls")}
    return Workbook(vers, {**inertes, "default_format_properties": {"font_name": POLICE, "font_size": 10}, **options})


def fermer_document(classeur: Workbook) -> None:
    """Écrit le classeur là où il va ; XlsxWriter change en une erreur à lui ce que le système lui oppose.

    :raises OSError: si l’emplacement ne s’écrit pas, ou plus (disque plein).
    """
    try:
        classeur.close()
    except FileCreateError as erreur:
        raise erreur.args[0] from None


def decrire_document(classeur: Workbook, titre: str, jour: datetime, *, sujet: str = "") -> None:
    """Met les propriétés du document, sceau compris ; aucun nom de personne ni de fichier n’y est.

    :param jour: date de création inscrite ; jamais celle de la machine, pour que deux écritures soient identiques.
    """
    classeur.set_properties(
        {
            "title": propre(titre)[:_TITRE_MAX],
            "subject": typographier(sujet),
            "comments": f"{SCEAU_CLASSEUR} {__version__}. Outil réflexif, sans note ni classement.",
            "created": jour,
        }
    )


def franciser(octets: bytes) -> bytes:
    """Le même classeur, déclaré en français : langue du document et des graphiques."""
    sortie = BytesIO()
    franciser_flux(BytesIO(octets), sortie)
    return sortie.getvalue()


def franciser_flux(depuis: IO[bytes], vers: IO[bytes], remplissages: Mapping[str, Remplissage] | None = None) -> None:
    """``franciser`` d’un flux à l’autre : une grande feuille passe par morceaux, sans tenir en mémoire.

    :param remplissages: par nom de partie, ce qui la remplace.
    """
    remplissages = remplissages or {}
    with ZipFile(depuis) as source, ZipFile(vers, "w", ZIP_DEFLATED) as cible:
        for element in source.infolist():
            if element.filename in remplissages:
                taille, remplir = remplissages[element.filename]
                with cible.open(_meme(element, taille), "w") as sortie:
                    _ecrire_en_avance(sortie, remplir(source.read(element)))
            elif element.filename == _PROPRIETES or element.filename.startswith(_GRAPHIQUES):
                cible.writestr(element, _en_francais(element, source.read(element)))
            else:
                with source.open(element) as entree, cible.open(_meme(element), "w") as sortie:
                    copyfileobj(entree, sortie, _MORCEAU)


def oter_les_dates(depuis: IO[bytes], vers: IO[bytes]) -> None:
    """Le même classeur, en français, sans date de création ni de modification : il n’en est aucune à dire."""

    def sans_date(contenu: bytes) -> Iterator[bytes]:
        yield _DATES.sub(b"", _declarer_le_francais(contenu))

    franciser_flux(depuis, vers, {_PROPRIETES: (0, sans_date)})


def _en_francais(element: ZipInfo, contenu: bytes) -> bytes:
    if element.filename == _PROPRIETES:
        return _declarer_le_francais(contenu)
    return contenu.replace(b'<c:lang val="en-US"/>', b'<c:lang val="fr-FR"/>')


def _declarer_le_francais(proprietes: bytes) -> bytes:
    fin = b"</cp:coreProperties>"
    return proprietes.replace(fin, b"<dc:language>fr-FR</dc:language>" + fin)


def _ecrire_en_avance(sortie: IO[bytes], morceaux: Iterator[bytes]) -> None:
    """Un autre fil compresse chaque morceau pendant que le suivant se rédige."""
    with ThreadPoolExecutor(1) as fil:
        ecriture: Future[int] | None = None
        for morceau in morceaux:
            if ecriture is not None:
                ecriture.result()
            ecriture = fil.submit(sortie.write, morceau)
        if ecriture is not None:
            ecriture.result()


def _meme(element: ZipInfo, taille: int | None = None) -> ZipInfo:
    """Le même nom et la même date ; la taille annoncée choisit d’emblée le format des très grandes entrées."""
    neuf = ZipInfo(element.filename, element.date_time)
    neuf.compress_type, neuf.external_attr = element.compress_type, element.external_attr
    neuf.file_size = element.file_size if taille is None else taille
    return neuf
