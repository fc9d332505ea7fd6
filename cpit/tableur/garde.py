"""Le garde à passer avant d’ouvrir un classeur, d’où qu’il vienne : rien n’est décompressé en mémoire ni exécuté.

xlsx, xlsm, xlsb et ods sont des archives ; un xls est d’un seul tenant, et ne se mesure qu’à sa taille.

Il refuse ce qui n’est pas un classeur, ce qui est abîmé et ce qui est fait pour nuire ; il ne lit pas les réponses.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from cpit.erreurs import ErreurCpit, raison_systeme, refus
from cpit.ouverture import MARQUE_OLE, ouvrir
from cpit.tableur.classeur_ouvert import FeuilleRefusee
from cpit.typographie import nombre

# --- le contenant d’un ancien fichier d’Office ([MS-CFB]) : ses secteurs, et le flux qui porte un classeur ------------
#
# Une chaîne de secteurs qui revient sur ses pas, ou qui sort du fichier, est refusée : rien n’est lu deux fois.


_DERNIER = 0xFFFFFFFA
"""Au-delà, un numéro de secteur ne désigne rien : fin de chaîne, secteur libre…"""
_FLUX_DE_CLASSEUR = ("Workbook", "Book")
_ENTREE = 128
_UN_FLUX = 2


def extraire_le_classeur(octets: bytes) -> bytes:
    """Les octets du flux qui porte le classeur.

    :raises FeuilleRefusee: s’il n’y en a pas, ou si le contenant est abîmé.
    """
    try:
        return _Contenant(octets).classeur()
    except (struct.error, IndexError):
        raise FeuilleRefusee("le fichier est coupé ou altéré") from None


class _Contenant:
    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        puissance, petite = struct.unpack_from("<HH", octets, 30)
        if puissance not in (9, 12) or petite != 6:
            raise FeuilleRefusee("le fichier est altéré : ses secteurs n’ont pas une taille permise")
        self._taille, self._petite = 1 << puissance, 1 << petite
        self._debut, self._seuil, self._petits, suite = struct.unpack_from("<I4xIIxxxxI", octets, 48)
        places = [*struct.unpack_from("<109I", octets, 76), *self._suite_des_places(suite)]
        self._table = self._numeros(b"".join(self._secteur(place) for place in places if place < _DERNIER))

    def classeur(self) -> bytes:
        """Le flux du classeur : le premier de ce nom, car un objet incorporé peut en porter un autre."""
        repertoire = self._suivre(self._debut)
        entrees = [repertoire[place : place + _ENTREE] for place in range(0, len(repertoire), _ENTREE)]
        for nom in _FLUX_DE_CLASSEUR:
            for entree in entrees:
                if entree[66] == _UN_FLUX and _nom(entree) == nom:
                    return self._flux(entree, entrees[0])
        raise FeuilleRefusee("il ne contient pas de classeur")

    def _flux(self, entree: bytes, racine: bytes) -> bytes:
        debut, taille = struct.unpack_from("<II", entree, 116)
        if taille >= self._seuil:
            return self._suivre(debut)[:taille]
        porteur = self._suivre(struct.unpack_from("<I", racine, 116)[0])
        petite_table = self._numeros(self._suivre(self._petits))
        places = _chaine(debut, petite_table)
        return b"".join(porteur[p * self._petite : (p + 1) * self._petite] for p in places)[:taille]

    def _suite_des_places(self, place: int) -> list[int]:
        places: list[int] = []
        vues: set[int] = set()
        while place < _DERNIER:
            if place in vues:
                raise FeuilleRefusee("le fichier est altéré : ses secteurs tournent en rond")
            vues.add(place)
            *ici, place = self._numeros(self._secteur(place))
            places += ici
        return places

    def _suivre(self, debut: int) -> bytes:
        return b"".join(map(self._secteur, _chaine(debut, self._table)))

    def _secteur(self, place: int) -> bytes:
        debut = (place + 1) * self._taille
        secteur = self._octets[debut : debut + self._taille]
        if not secteur:
            raise FeuilleRefusee("le fichier est coupé")
        return secteur

    @staticmethod
    def _numeros(octets: bytes) -> Sequence[int]:
        return struct.unpack(f"<{len(octets) // 4}I", octets[: len(octets) // 4 * 4])


def _chaine(place: int, table: Sequence[int]) -> list[int]:
    places: list[int] = []
    while place < _DERNIER:
        if len(places) >= len(table):
            raise FeuilleRefusee("le fichier est altéré : ses secteurs tournent en rond")
        places.append(place)
        place = table[place]
    return places


def _nom(entree: bytes) -> str:
    longueur = int.from_bytes(entree[64:66], "little")
    return entree[: max(0, min(longueur, 64) - 2)].decode("utf-16-le", "replace")


# --- le garde à passer avant d’ouvrir un classeur, d’où qu’il vienne --------------------------------------------------


TAILLE_MAX = 10_000_000
"""Octets du fichier ; un formulaire rempli en pèse moins de 60 000."""
DECLARE_MAX = 20_000_000
"""Octets une fois décompressé ; un formulaire rempli en fait moins de 300 000."""
_STYLES_MAX = 2_000_000
_RAPPORT_MAX, _PETITE = 200, 10_000_000
"""Fois qu’une partie tient dans sa forme compressée, quand elle pèse plus de ``_PETITE`` octets : une vraie table y
tient trente fois au plus.
"""
_ENTREES_MAX = 200
_SIGNATURES_MAX = 2_000
"""En-têtes d’entrée dans le fichier : au-delà, on n’ouvre même pas l’archive (chaque entrée coûte de la mémoire)."""

_MORCEAU = 1 << 18
_ZIP = b"PK"
_ENTREE_D_ARCHIVE = b"PK\x01\x02"
_CHIFFRE, *_LIVRES = (nom.encode("utf-16-le") for nom in ("EncryptedPackage", "Workbook", "Book"))
XLS_MAX = 30_000_000
"""Octets d’un xls : 65 536 lignes de 32 colonnes, le plus qu’il porte, en pèsent moins."""
_LIVRE_XML, LIVRE_BINAIRE, LIVRE_ODS = "xl/workbook.xml", "xl/workbook.bin", "content.xml"
"""La partie à laquelle se reconnaît un classeur : xlsx ou xlsm, xlsb, ods."""
PARTIES_DE_CLASSEUR = frozenset({_LIVRE_XML, LIVRE_BINAIRE, LIVRE_ODS})
_MANIFESTE_ODS = "META-INF/manifest.xml"
_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")
_EN_XML = (".xml", ".rels", ".vml")
_AVANT_LE_XML = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
"""Ce qui peut précéder la première balise : marque d’ordre des octets, moitié nulle d’un UTF-16, espaces."""
_Marque = tuple[object, ...]
_ADMIS: set[_Marque] = set()
"""Le dernier fichier que ``verifier_classeur`` a admis."""
_AUTRES_SORTES = {
    "word/document.xml": "un texte (.docx)",
    "ppt/presentation.xml": "un diaporama (.pptx)",
    "Index/Document.iwa": "un document d'Apple (Numbers)",
}


def verifier_classeur(chemin: Path, *, taille_max: int = TAILLE_MAX, declare_max: int = DECLARE_MAX) -> None:
    """Vérifie qu’un fichier est un classeur entier et sans danger, d’après son contenu.

    Le dernier admis, s’il n’a pas changé, ne se décompresse pas une seconde fois : une table s’ouvre pour reconnaître
    la version de son référentiel, puis pour se lire.

    :param taille_max: octets permis pour le fichier ; ``declare_max`` pour son contenu décompressé.
    :raises ErreurCpit: une anomalie du catalogue, située dans ce fichier.
    """
    fichier = str(chemin)
    if chemin.name.startswith(("~$", ".~lock.")):
        raise refus("xlsx-verrou", fichier, nom=chemin.name)
    try:
        with ouvrir(chemin) as flux:
            marque = _marquer(flux, fichier)
            if marque in _ADMIS:
                _verifier_tailles(flux, fichier, taille_max, declare_max)
                return
            _verifier_flux(flux, fichier, taille_max, declare_max)
            _ADMIS.clear()
            _ADMIS.add(marque)
    except FileNotFoundError:
        raise refus("fichier-introuvable", fichier, nom=chemin) from None
    except OSError as erreur:
        raise refus("fichier-illisible", fichier, raison=raison_systeme(erreur)) from None


def verifier_tailles(chemin: Path, *, taille_max: int = TAILLE_MAX, declare_max: int = DECLARE_MAX) -> None:
    """Vérifie, sans rien décompresser, la taille d’un classeur que ``verifier_classeur`` a admis sous d’autres limites.

    :raises ErreurCpit: le refus que ``verifier_classeur`` aurait rendu sous ces limites.
    """
    with ouvrir(chemin) as flux:
        _verifier_tailles(flux, str(chemin), taille_max, declare_max)


def _verifier_tailles(flux: IO[bytes], fichier: str, taille_max: int, declare_max: int) -> None:
    _verifier_taille(flux, fichier, taille_max)
    if flux.read(len(_ZIP)) == _ZIP:
        with _archive(flux, fichier) as archive:
            _verifier_declaration(archive.infolist(), fichier, declare_max)


def _marquer(flux: IO[bytes], fichier: str) -> _Marque:
    """Ce qui change si le fichier change ; son contenu, s’il est en mémoire : celui d’une archive de réponses."""
    if isinstance(flux, BytesIO):
        return fichier, sha256(flux.getbuffer()).digest()
    vu = os.fstat(flux.fileno())
    return fichier, vu.st_dev, vu.st_ino, vu.st_size, vu.st_mtime_ns, vu.st_ctime_ns


def _verifier_flux(flux: IO[bytes], fichier: str, taille_max: int, declare_max: int) -> None:
    _verifier_taille(flux, fichier, taille_max)
    debut = flux.read(len(MARQUE_OLE))
    if debut == MARQUE_OLE:
        return _verifier_ole(flux, fichier)
    if not debut.startswith(_ZIP):
        raison = "le fichier est vide" if not debut else "ce n’est pas une archive"
        raise refus("xlsx-pas-un-classeur", fichier, raison=raison)
    signatures = _compter(flux, _ENTREE_D_ARCHIVE)
    if signatures > _SIGNATURES_MAX:
        raise _demesure(fichier, "trop de parties", signatures, _ENTREES_MAX)
    with _archive(flux, fichier) as archive:
        _verifier_archive(archive, fichier, declare_max)
    return None


@contextmanager
def _archive(flux: IO[bytes], fichier: str) -> Iterator[ZipFile]:
    """Une archive ouverte.

    :raises ErreurCpit: si elle est coupée ou altérée.
    """
    try:
        with ZipFile(flux) as archive:
            yield archive
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, UnicodeError, OverflowError):
        raise refus("xlsx-abime", fichier, raison="l’archive est coupée ou altérée") from None


def _verifier_taille(flux: IO[bytes], fichier: str, taille_max: int) -> None:
    taille = flux.seek(0, 2)
    if taille > taille_max:
        raise refus("fichier-trop-gros", fichier, taille=taille, limite=taille_max)
    flux.seek(0)


def _verifier_archive(archive: ZipFile, fichier: str, declare_max: int) -> None:
    entrees = archive.infolist()
    _verifier_entrees(entrees, fichier, declare_max)
    noms = {entree.filename for entree in entrees}
    if len(livres := sorted(PARTIES_DE_CLASSEUR & {nom.casefold() for nom in noms})) > 1:
        raise refus("xlsx-suspect", fichier, quoi="deux classeurs en un", ou=livres[0])
    if not noms & {_LIVRE_XML, LIVRE_BINAIRE}:
        _verifier_ods(archive, noms, fichier)
    for entree in entrees:
        _verifier_contenu(archive, entree, fichier)
    for entree in entrees:
        # Après son contenu : une entité déclarée se dit d’abord.
        if entree.file_size > (gonflee := max(_PETITE, _RAPPORT_MAX * entree.compress_size)):
            quoi = f"une partie plus de {_RAPPORT_MAX} fois plus lourde une fois décompressée (octets)"
            raise _demesure(fichier, quoi, entree.file_size, gonflee)


def _verifier_entrees(entrees: list[ZipInfo], fichier: str, declare_max: int) -> None:
    """Ce que l’archive annonce : nombre, noms, chiffrement, compression, tailles."""
    if len(entrees) > _ENTREES_MAX:
        raise _demesure(fichier, "trop de parties", len(entrees), _ENTREES_MAX)
    for entree in entrees:
        _verifier_entree(entree, fichier)
    if len({entree.filename.casefold() for entree in entrees}) < len(entrees):
        raise refus("xlsx-abime", fichier, raison="une partie y figure deux fois")
    _verifier_declaration(entrees, fichier, declare_max)


def _verifier_declaration(entrees: list[ZipInfo], fichier: str, declare_max: int) -> None:
    declare = sum(entree.file_size for entree in entrees)
    if declare > declare_max:
        raise _demesure(fichier, "un contenu trop lourd une fois décompressé (octets)", declare, declare_max)


def _verifier_entree(entree: ZipInfo, fichier: str) -> None:
    nom = entree.filename
    if entree.flag_bits & 0x1:
        raise refus("xlsx-chiffre", fichier)
    if _sort_du_classeur(nom):
        raise refus("xlsx-suspect", fichier, quoi="un chemin qui sort du classeur", ou=nom)
    if entree.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        raise refus("xlsx-suspect", fichier, quoi="une compression inhabituelle", ou=nom)
    if nom.casefold() == "xl/styles.xml" and entree.file_size > _STYLES_MAX:
        raise _demesure(fichier, "une feuille de styles trop lourde (octets)", entree.file_size, _STYLES_MAX)


def _sort_du_classeur(nom: str) -> bool:
    chemin = PurePosixPath(nom.replace("\\", "/"))
    return chemin.is_absolute() or ".." in chemin.parts or ":" in nom


def _verifier_contenu(archive: ZipFile, entree: ZipInfo, fichier: str) -> None:
    """Décompresse une partie au fil de l’eau : somme de contrôle, et ni DTD ni entité dans son XML."""
    en_xml = entree.filename.casefold().endswith(_EN_XML)
    indecis = True
    reste = b""
    with archive.open(entree) as flux:
        while morceau := flux.read(_MORCEAU):
            # Un nom ne prouve rien : la relation d’une feuille désigne une partie de n’importe quel nom, et des espaces
            # peuvent remplir plus d’un morceau avant la première balise.
            if indecis and (debut := morceau.lstrip(_AVANT_LE_XML)):
                indecis = False
                en_xml = en_xml or debut.startswith(b"<")
            if not en_xml:
                continue
            zone = reste + morceau
            if any(declaration in zone for declaration in _DECLARATIONS):
                raise refus("xlsx-suspect", fichier, quoi="une déclaration DTD ou d'entité", ou=entree.filename)
            if b"\x00" in morceau:
                raise refus("xlsx-suspect", fichier, quoi="du XML qui n'est pas en UTF-8", ou=entree.filename)
            reste = zone[-16:]


def _verifier_ole(flux: IO[bytes], fichier: str) -> None:
    if _compter(flux, _CHIFFRE):
        raise refus("xlsx-chiffre", fichier)
    if not any(_compter(flux, nom) for nom in _LIVRES):
        raise refus("xlsx-autre-format", fichier, sorte="un ancien document d'Office")
    _verifier_taille(flux, fichier, XLS_MAX)


def _verifier_ods(archive: ZipFile, noms: set[str], fichier: str) -> None:
    """Vérifie qu’une archive qui n’est pas d’Excel est un ods, sans mot de passe."""
    nature = _lire_partie(archive, "mimetype", noms)
    if LIVRE_ODS not in noms or (nature and b"opendocument.spreadsheet" not in nature):
        raise _refus_d_une_autre_archive(noms, nature, fichier)
    if b"encryption-data" in _lire_partie(archive, _MANIFESTE_ODS, noms):
        raise refus("xlsx-chiffre", fichier)


def _lire_partie(archive: ZipFile, nom: str, noms: set[str]) -> bytes:
    """Le début d’une petite partie ; rien si elle manque."""
    if nom not in noms:
        return b""
    with archive.open(nom) as flux:
        return flux.read(_MORCEAU)


def _refus_d_une_autre_archive(noms: set[str], nature: bytes, fichier: str) -> ErreurCpit:
    if b"opendocument" in nature:
        return refus("xlsx-autre-format", fichier, sorte="un document OpenDocument sans feuille de calcul")
    for nom, sorte in _AUTRES_SORTES.items():
        if nom in noms:
            return refus("xlsx-autre-format", fichier, sorte=sorte)
    return refus("xlsx-pas-un-classeur", fichier, raison="l’archive ne contient pas de classeur")


def _demesure(fichier: str, quoi: str, trouve: int, limite: int) -> ErreurCpit:
    return refus("xlsx-demesure", fichier, quoi=quoi, trouve=nombre(trouve, 0), limite=nombre(limite, 0))


def _compter(flux: IO[bytes], motif: bytes) -> int:
    """Nombre d’apparitions d’un motif dans tout le flux, lu par morceaux."""
    return sum(zone.count(motif) for zone in _zones(flux, len(motif) - 1))


def _zones(flux: IO[bytes], recouvrement: int) -> Iterator[bytes]:
    """Le flux par morceaux, chacun précédé de la fin du précédent."""
    flux.seek(0)
    reste = b""
    while morceau := flux.read(_MORCEAU):
        zone = reste + morceau
        yield zone
        reste = zone[-recouvrement:]
