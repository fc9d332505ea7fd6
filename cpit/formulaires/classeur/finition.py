"""Ce que XlsxWriter n’écrit pas : la structure verrouillée, et des lignes qui grandissent avec ce qu’on y écrit."""

from __future__ import annotations

import re
from collections.abc import Collection
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

_CLASSEUR = "xl/workbook.xml"
_FORMULAIRE = "xl/worksheets/sheet1.xml"
_LIGNE = re.compile(rb'(<row r="([0-9]+)"[^>]*?) customHeight="1"')


def finir(octets: bytes, souples: Collection[int]) -> bytes:
    """Le même classeur : feuilles ni renommées ni déplacées par mégarde (sans mot de passe), lignes souples.

    :param souples: lignes, à partir de 0, dont la hauteur écrite n’est qu’un point de départ.
    """
    sortie = BytesIO()
    with ZipFile(BytesIO(octets)) as source, ZipFile(sortie, "w", ZIP_DEFLATED) as cible:
        for element in source.infolist():
            contenu = source.read(element)
            if element.filename == _CLASSEUR:
                contenu = contenu.replace(b"<bookViews>", b'<workbookProtection lockStructure="1"/><bookViews>', 1)
            elif element.filename == _FORMULAIRE:
                contenu = _assouplir(contenu, souples)
            cible.writestr(element, contenu)
    return sortie.getvalue()


def _assouplir(feuille: bytes, souples: Collection[int]) -> bytes:
    """Sans « customHeight », un tableur part de la hauteur écrite et la refait quand le texte change."""
    lignes = frozenset(souples)
    return _LIGNE.sub(lambda ligne: ligne[1] if int(ligne[2]) - 1 in lignes else ligne[0], feuille)
