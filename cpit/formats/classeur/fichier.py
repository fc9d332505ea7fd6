"""Poser les octets d’un classeur sur le disque, d’un seul coup, et compléter ce que XlsxWriter n’écrit pas."""

from __future__ import annotations

import os
import tempfile
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

_PROPRIETES = "docProps/core.xml"
_GRAPHIQUES = "xl/charts/"


def en_francais(octets: bytes) -> bytes:
    """Le même classeur, déclaré en français : langue du document et des graphiques."""
    sortie = BytesIO()
    with ZipFile(BytesIO(octets)) as source, ZipFile(sortie, "w", ZIP_DEFLATED) as cible:
        for element in source.infolist():
            contenu = source.read(element)
            if element.filename == _PROPRIETES:
                fin = b"</cp:coreProperties>"
                contenu = contenu.replace(fin, b"<dc:language>fr-FR</dc:language>" + fin)
            elif element.filename.startswith(_GRAPHIQUES):
                contenu = contenu.replace(b'<c:lang val="en-US"/>', b'<c:lang val="fr-FR"/>')
            cible.writestr(element, contenu)
    return sortie.getvalue()


def poser(chemin: Path, octets: bytes) -> None:
    """Écrit un fichier en entier ou pas du tout, lisible par son seul propriétaire (0600).

    :raises OSError: si l’emplacement ne s’écrit pas ; un fichier déjà là reste intact.
    """
    descripteur, nom = tempfile.mkstemp(prefix=".cpit-", suffix=".tmp", dir=chemin.parent)
    temporaire = Path(nom)
    try:
        with os.fdopen(descripteur, "wb") as flux:
            flux.write(octets)
            flux.flush()
            os.fsync(flux.fileno())
        temporaire.replace(chemin)
    except BaseException:
        temporaire.unlink(missing_ok=True)
        raise
