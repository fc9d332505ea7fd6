"""Compléter ce que XlsxWriter n’écrit pas : la langue du document et des graphiques."""

from __future__ import annotations

from io import BytesIO
from shutil import copyfileobj
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_PROPRIETES = "docProps/core.xml"
_GRAPHIQUES = "xl/charts/"
_MORCEAU = 1 << 20


def en_francais(octets: bytes) -> bytes:
    """Le même classeur, déclaré en français : langue du document et des graphiques."""
    sortie = BytesIO()
    traduire(BytesIO(octets), sortie)
    return sortie.getvalue()


def traduire(depuis: IO[bytes], vers: IO[bytes]) -> None:
    """``en_francais`` d’un flux à l’autre : une grande feuille passe par morceaux, sans tenir en mémoire."""
    with ZipFile(depuis) as source, ZipFile(vers, "w", ZIP_DEFLATED) as cible:
        for element in source.infolist():
            if element.filename == _PROPRIETES or element.filename.startswith(_GRAPHIQUES):
                cible.writestr(element, _en_francais(element, source.read(element)))
            else:
                with source.open(element) as entree, cible.open(_meme(element), "w") as sortie:
                    copyfileobj(entree, sortie, _MORCEAU)


def _en_francais(element: ZipInfo, contenu: bytes) -> bytes:
    if element.filename == _PROPRIETES:
        fin = b"</cp:coreProperties>"
        return contenu.replace(fin, b"<dc:language>fr-FR</dc:language>" + fin)
    return contenu.replace(b'<c:lang val="en-US"/>', b'<c:lang val="fr-FR"/>')


def _meme(element: ZipInfo) -> ZipInfo:
    """Le même nom et la même date ; la taille annoncée choisit d’emblée le format des très grandes entrées."""
    neuf = ZipInfo(element.filename, element.date_time)
    neuf.compress_type, neuf.external_attr = element.compress_type, element.external_attr
    neuf.file_size = element.file_size
    return neuf
