"""Le sceau d’un instrument : une marque que chaque format porte à sa façon, avec la somme de tout le reste.

L’en-tête d’un dictionnaire de REDCap ou d’un référentiel de Moodle est celui de l’outil, non le nôtre : seule la marque
dit que cpit a écrit le fichier, seule la somme que personne ne l’a retouché depuis.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from cpit.ouverture import FichierTropGros, lire_debut, lire_octets, ouvrir

_NOM = b"cpit-instrument "
MARQUE = _NOM.decode() + "0" * 64
"""Ce qu’un format écrit là où sera la somme."""
_MOTIF = re.compile(_NOM + rb"([0-9a-f]{64})")
_DEBUT = 4_096
"""Octets du début d’un texte où se trouve sa marque."""
_INSTRUMENT_MAX = 20_000_000
"""Octets d’un instrument ; un référentiel n’en pèse qu’un million au plus."""
_PROPRIETES = "docProps/core.xml"
_ILLISIBLES = (KeyError, BadZipFile, RuntimeError, NotImplementedError, EOFError, zlib.error, ValueError)


def sceller_texte(octets: bytes) -> bytes:
    """Le même texte, dont la marque porte la somme."""
    return octets.replace(MARQUE.encode(), _NOM + _somme_de_texte(octets), 1)


def sceller_archive(parties: Mapping[str, bytes]) -> bytes:
    """Une archive (classeur, document) dont la marque, dans les propriétés, porte la somme des autres parties."""
    somme = _somme_d_archive(parties)
    sortie = BytesIO()
    with ZipFile(sortie, "w", ZIP_DEFLATED) as cible:
        for nom, contenu in parties.items():
            neuf = contenu.replace(MARQUE.encode(), _NOM + somme, 1) if nom == _PROPRIETES else contenu
            element = ZipInfo(nom)
            element.compress_type = ZIP_DEFLATED
            cible.writestr(element, neuf)
    return sortie.getvalue()


def est_un_instrument(chemin: Path) -> bool:
    """Vrai si cpit a écrit cet instrument, même retouché depuis.

    :raises OSError: si le fichier ne se lit pas.
    """
    return _marque(chemin) is not None


def est_un_instrument_retouche(chemin: Path) -> bool:
    """Vrai pour un instrument de cpit qui a changé depuis son écriture.

    :raises OSError: si le fichier ne se lit pas.
    """
    marque = _marque(chemin)
    if marque is None:
        return False
    try:
        octets = lire_octets(chemin, _INSTRUMENT_MAX)
    except FichierTropGros:
        return True
    somme = _somme_d_archive(parties_d_archive(octets)) if octets.startswith(b"PK") else _somme_de_texte(octets)
    return marque != somme


def _marque(chemin: Path) -> bytes | None:
    """La somme que porte la marque d’un fichier, dans son début ou ses propriétés ; rien s’il n’en a pas."""
    debut = lire_debut(chemin, _DEBUT)
    if debut.startswith(b"PK"):
        try:
            with ouvrir(chemin) as flux, ZipFile(flux) as archive, archive.open(_PROPRIETES) as proprietes:
                debut = proprietes.read(100_000)
        except _ILLISIBLES:
            return None
    trouvees = _MOTIF.findall(debut)
    return trouvees[0] if len(trouvees) == 1 else None


def _somme_de_texte(octets: bytes) -> bytes:
    return sha256(_MOTIF.sub(_NOM, octets)).hexdigest().encode()


def parties_d_archive(octets: bytes) -> dict[str, bytes]:
    """Les parties d’une archive, dans l’ordre ; rien si elle ne se lit pas, ou si elle est démesurée."""
    try:
        with ZipFile(BytesIO(octets)) as archive:
            elements = archive.infolist()
            if sum(element.file_size for element in elements) > _INSTRUMENT_MAX:
                return {}
            return {element.filename: archive.read(element) for element in elements}
    except _ILLISIBLES:
        return {}


def _somme_d_archive(parties: Mapping[str, bytes]) -> bytes:
    total = sha256()
    for nom, contenu in sorted(parties.items()):
        if nom != _PROPRIETES:
            total.update(f"{nom}\0{len(contenu)}\0".encode() + contenu)
    return total.hexdigest().encode()
