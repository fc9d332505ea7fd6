"""Ouvrir ce qu’une personne nomme : un fichier ordinaire ou un refus clair, sans attendre, lu dans une limite.

Le seul endroit d’où cpit lit un fichier. Un dossier, un tube, un périphérique ou une prise ne se lisent pas : une
lecture y durerait toujours, ou n’aurait pas de fin. La taille se borne en lisant, car celle que le système annonce peut
changer, ou ne rien dire. « retours.zip/R01.xlsx » désigne un fichier d’une archive : il se lit comme un autre.
"""

from __future__ import annotations

import errno
import os
import re
import shlex
import shutil
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from io import BufferedReader, BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from cpit.erreurs import Anomalie, ErreurCpit, Lieu, anomalie, raison_systeme, refus
from cpit.typographie import d_un_tenant

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

ARCHIVE = ".zip"
"""Le suffixe d’une archive de réponses."""
_MEMBRES_MAX = 1_000
"""Fichiers d’une archive de réponses : une promotion en rend quelques dizaines."""
_MEMBRE_MAX, _DEPLOYE_MAX, _ARCHIVE_MAX = 100_000_000, 300_000_000, 300_000_000
"""Octets d’un fichier d’une archive, de tous ensemble une fois décompressés, et de l’archive elle-même."""
_RAPPORT_MAX = 200
"""Fois qu’un contenu tient dans sa forme compressée, quand il pèse plus de ``_PETIT`` octets."""
_PETIT = 1_000_000
_ENTETE_DE_MEMBRE = b"PK\x01\x02"
_DRAPEAUX = os.O_RDONLY | sum(getattr(os, nom, 0) for nom in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"))
"""Sans attendre : l’ouverture d’un tube où personne n’écrit ne finirait pas."""
_MORCEAU = 1 << 20
_SORTES = (
    (stat.S_ISDIR, "c’est un dossier"),
    (stat.S_ISFIFO, "c’est un tube, pas un fichier"),
    (stat.S_ISCHR, "c’est un périphérique, pas un fichier"),
    (stat.S_ISBLK, "c’est un disque, pas un fichier"),
    (stat.S_ISSOCK, "c’est une prise de communication, pas un fichier"),
)

MARQUE_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Le début d’un ancien document d’Office."""


def chemin_reel(chemin: str | Path) -> Path:
    """Un chemin entier, ses liens suivis ; un lien qui tourne en rond y reste tel quel."""
    return Path(os.path.realpath(chemin))


_SUR_DE_WINDOWS = re.compile(r"[\w.:/\\-]+")
"""Ce que ni l’invite de commandes ni PowerShell ne prennent pour autre chose que des lettres d’un mot."""


def mot_a_taper(mot: str | Path) -> str:
    """Un chemin, un code ou un en-tête tel qu’on le tape dans une commande : entre guillemets s’il le faut."""
    if os.name != "nt":
        return shlex.quote(str(mot))
    return str(mot) if _SUR_DE_WINDOWS.fullmatch(str(mot)) else f'"{mot}"'


def option_a_taper(option: str, valeur: str | Path) -> str:
    """Une option et sa valeur telles qu’on les tape, d’un tenant : « --code R01 »."""
    return d_un_tenant(f"{option} {mot_a_taper(valeur)}")


def commande_a_taper(commande: str, *mots: str | Path, **options: str | Path | None) -> str:
    """Une commande de cpit telle qu’on la tape d’ici, d’un tenant.

    :param commande: la sous-commande.
    :param options: nom d’une option, sans ses tirets, et sa valeur ; sans valeur, elle n’est pas dite.
    """
    dites = (option_a_taper(f"--{nom}", valeur) for nom, valeur in options.items() if valeur is not None)
    return d_un_tenant(" ".join([cpit_a_taper(), commande, *map(mot_a_taper, mots), *dites]))


def cpit_a_taper() -> str:
    """« cpit », ou ce par quoi on vient de le lancer si le système ne le trouve pas sous ce nom."""
    return _par_ou_passer(sys.argv[0], os.environ.get("PATH", ""), str(Path.cwd()))


@lru_cache(maxsize=4)
def _par_ou_passer(arguments_0: str, _ou_chercher: str, _ici: str) -> str:
    """Une fois tant que rien n’en change : chaque réponse refusée d’une table le redit."""
    lance = Path(arguments_0)
    if lance.stem not in ("cpit", "__main__") or shutil.which("cpit") is not None:
        return "cpit"
    court = _depuis_ici(lance if lance.stem == "cpit" else Path(sys.executable))
    # PowerShell prendrait un nom entre guillemets pour un texte.
    tape = court if os.name == "nt" and " " not in court else mot_a_taper(court)
    return tape if lance.stem == "cpit" else f"{tape} -m cpit"


def _depuis_ici(chemin: Path) -> str:
    """Un chemin, depuis le dossier courant s’il y est."""
    entier = Path(os.path.abspath(chemin))  # noqa: PTH100 : suivre les liens sortirait de l’environnement virtuel.
    return str(entier.relative_to(Path.cwd()) if entier.is_relative_to(Path.cwd()) else entier)


def faute_de_chemin(chemin: str | Path, ou: str = "") -> Anomalie | None:
    """Ce qui interdit de prendre un chemin au mot : vide, ce serait le dossier courant sans qu’on l’ait demandé ; la
    racine, toute la machine.

    :param ou: l’argument qui le porte, tel qu’on le nomme dans un message.
    """
    nomme = f" ({ou})" if ou else ""
    if not str(chemin).strip():
        return anomalie("chemin-vide", ou=nomme)
    if os.name == "posix" and os.path.realpath(chemin) == os.sep:
        return anomalie("chemin-racine", nom=chemin, ou=nomme)
    return None


_SERVICES = {
    "OneDrive": r"onedrive(?:( - |-).+)?",
    "Dropbox": r"dropbox(?:( \(|-).+)?",
    "Google Drive": r"google ?drive(?:-.+)?|mon drive|my drive",
    "Nextcloud": r"nextcloud\d*",
    "ownCloud": r"owncloud\d*",
    "iCloud Drive": r"icloud ?drive|com~apple~clouddocs",
    "kDrive": r"kdrive",
    "pCloud": r"pcloud ?drive",
}
"""Service de synchronisation → le nom que porte, sur chaque système, le dossier qu’il recopie."""
_MARQUES = {".dropbox": "Dropbox", ".nextcloudsync.log": "Nextcloud", ".owncloudsync.log": "ownCloud"}
"""Ce que pose un service à la racine d’un dossier que l’on a nommé autrement."""
_VARIABLES = dict.fromkeys(("OneDrive", "OneDriveCommercial", "OneDriveConsumer"), "OneDrive")
"""Où Windows dit qu’est le dossier d’un service."""


def service_de_partage(dossier: str | Path) -> str:
    """Le service qui recopie ce dossier ailleurs, d’après son chemin réel et ceux qui le contiennent ; vide sinon.

    Il se reconnaît à un nom, à une marque, ou à ce que dit le système : un service nommé autrement ne se voit pas.
    """
    reel = chemin_reel(dossier)
    for place in (reel, *reel.parents):
        nom = place.name.casefold()
        if trouve := next((service for service, motif in _SERVICES.items() if re.fullmatch(motif, nom)), ""):
            return trouve
        if trouve := next((service for marque, service in _MARQUES.items() if os.path.lexists(place / marque)), ""):
            return trouve
        dits = ((os.environ.get(variable), service) for variable, service in _VARIABLES.items())
        if trouve := next((service for dit, service in dits if dit and chemin_reel(dit) == place), ""):
            return trouve
    return ""


class FichierHorsNorme(OSError):
    """Ce que l’on a nommé existe, mais n’est pas un fichier que l’on puisse lire ; ``strerror`` dit pourquoi."""

    def __init__(self, chemin: Path, raison: str) -> None:
        super().__init__(0, raison, str(chemin))


class FichierTropGros(FichierHorsNorme):
    """Un fichier plus grand que ce que l’on accepte de lire."""

    def __init__(self, chemin: Path, taille: int | str, limite: int) -> None:
        super().__init__(chemin, f"il pèse {taille} octets, et l’on en lit {limite} au plus")
        self.taille = taille


@contextmanager
def ouvrir(chemin: Path) -> Iterator[BufferedReader | BytesIO]:
    """Un fichier ordinaire, ou celui d’une archive, ouvert en lecture sans jamais attendre.

    :raises FichierHorsNorme: si c’est un dossier, un tube, un périphérique, une prise, ou ne sort pas de l’archive.
    :raises OSError: s’il n’existe pas, ou si le système refuse.
    """
    if (archive := archive_de(chemin)) is not None:
        yield BytesIO(_extraire(archive, chemin.relative_to(archive).as_posix(), _etat_de(archive)))
        return
    with _ouvrir_sur_le_disque(chemin) as flux:
        yield flux


@contextmanager
def _ouvrir_sur_le_disque(chemin: Path) -> Iterator[BufferedReader]:
    # Avant d’ouvrir, car ouvrir un périphérique peut agir ; puis ce qui est ouvert, car le nom a pu changer de main.
    exiger_un_fichier(chemin, os.stat(chemin))  # noqa: PTH116
    descripteur = os.open(chemin, _DRAPEAUX)
    try:
        exiger_un_fichier(chemin, os.fstat(descripteur))
        if hasattr(os, "set_blocking"):
            os.set_blocking(descripteur, True)
    except BaseException:
        os.close(descripteur)
        raise
    with os.fdopen(descripteur, "rb") as flux:
        yield flux


_ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.EBADF, errno.ELOOP, errno.EINVAL)


def existe(chemin: Path) -> bool:
    """Vrai si quelque chose est là ; ne pas pouvoir le savoir n’est pas une absence, et selon la version de Python
    ``Path.exists`` les confondrait.

    :raises OSError: si le système refuse de le dire.
    """
    return _etat(chemin) is not None


def est_un_dossier(chemin: Path, *, a_parcourir: bool = False) -> bool:
    """Vrai si c’est un dossier, faux s’il n’y a rien ou autre chose.

    :param a_parcourir: vérifie aussi que l’on peut en lire la liste.
    :raises OSError: si le système refuse de le dire, ou de le parcourir.
    """
    etat = _etat(chemin)
    if etat is None or not stat.S_ISDIR(etat.st_mode):
        return False
    if a_parcourir:
        with os.scandir(chemin):
            pass
    return True


def _etat(chemin: Path) -> os.stat_result | None:
    try:
        return os.stat(chemin)  # noqa: PTH116
    except ValueError:
        return None
    except OSError as erreur:
        if erreur.errno in _ABSENT:
            return None
        raise


def exiger_un_fichier(chemin: Path, etat: os.stat_result) -> None:
    """Refuse ce qui n’est pas un fichier ordinaire, en disant ce que c’est.

    :param etat: ce que le système en dit.
    :raises FichierHorsNorme: si c’est un dossier, un tube, un périphérique, une prise.
    """
    if not stat.S_ISREG(etat.st_mode):
        raison = next((raison for est, raison in _SORTES if est(etat.st_mode)), "ce n’est pas un fichier ordinaire")
        raise FichierHorsNorme(chemin, raison)


def pourquoi_pas(chemin: Path) -> str:
    """Ce qui fait qu’un nom trouvé dans un dossier n’est pas un fichier qui se lise ; vide si c’en est un."""
    try:
        exiger_un_fichier(chemin, os.stat(chemin))  # noqa: PTH116
    except FileNotFoundError:
        return "c’est un lien qui ne mène à rien"
    except OSError as erreur:
        return f"{'le lien mène ailleurs, et ' if chemin.is_symlink() else ''}{raison_systeme(erreur)}"
    return ""


def lire_octets(chemin: Path, limite: int) -> bytes:
    """Tout un fichier, s’il tient dans une limite.

    :param limite: octets acceptés ; on n’en lit jamais plus d’un de trop.
    :raises FichierTropGros: au-delà de la limite.
    :raises OSError: comme ``ouvrir``.
    """
    morceaux, reste = [], limite + 1
    with ouvrir(chemin) as flux:
        if (annoncee := flux.seek(0, os.SEEK_END)) > limite:
            raise FichierTropGros(chemin, annoncee, limite)
        flux.seek(0)
        while reste and (morceau := flux.read(min(reste, _MORCEAU))):
            morceaux.append(morceau)
            reste -= len(morceau)
    if not reste:
        raise FichierTropGros(chemin, f"plus de {limite}", limite)
    return b"".join(morceaux)


def lire_debut(chemin: Path, taille: int) -> bytes:
    """Les premiers octets d’un fichier.

    :raises OSError: comme ``ouvrir``.
    """
    with ouvrir(chemin) as flux:
        return flux.read(taille)


def lire_fichier(chemin: Path, limite: int, *, lieu: Lieu | None = None) -> bytes:
    """Comme ``lire_octets``, et ce qui s’y oppose est un refus situé.

    :param lieu: où situer un fichier trop gros ; le fichier entier sinon.
    :raises ErreurCpit: fichier absent, illisible, d’une autre sorte ou trop gros.
    """
    try:
        return lire_octets(chemin, limite)
    except FileNotFoundError:
        raise refus("fichier-introuvable", str(chemin), nom=chemin) from None
    except FichierTropGros as erreur:
        raise refus("fichier-trop-gros", lieu or str(chemin), taille=erreur.taille, limite=limite) from None
    except OSError as erreur:
        raise refus("fichier-illisible", str(chemin), raison=raison_systeme(erreur)) from None


# --- les archives ---------------------------------------------------------------------------------------------------


def archive_de(chemin: Path) -> Path | None:
    """L’archive dont ce chemin désigne un fichier ; rien s’il désigne un fichier, ou un dossier, du disque."""
    dedans = next((parent for parent in chemin.parents if parent.suffix.lower() == ARCHIVE), None)
    return dedans if dedans is not None and dedans.is_file() else None


def membres_d_une_archive(chemin: Path) -> list[str]:
    """Les noms des fichiers d’une archive de réponses, sans ses dossiers ; rien n’en est décompressé.

    :raises ErreurCpit: si elle est abîmée, protégée, démesurée ou faite pour nuire.
    :raises OSError: si elle ne s’ouvre pas.
    """
    fichier = str(chemin)
    with _ouvrir_sur_le_disque(chemin) as flux:
        if (taille := flux.seek(0, os.SEEK_END)) > _ARCHIVE_MAX:
            raise refus("fichier-trop-gros", fichier, taille=taille, limite=_ARCHIVE_MAX)
        _compter_les_membres(flux, fichier)
        with _archive(flux, fichier) as archive:
            entrees = [entree for entree in archive.infolist() if not entree.is_dir()]
    if len(entrees) > _MEMBRES_MAX:
        raise refus("archive-demesuree", fichier, quoi="fichiers", trouve=len(entrees), limite=_MEMBRES_MAX)
    for entree in entrees:
        if (faute := _faute_d_un_membre(entree)) is not None:
            raise refus(faute, fichier, ou=entree.filename)
    if len({entree.filename.casefold() for entree in entrees}) < len(entrees):
        raise refus("archive-abimee", fichier, raison="un fichier y est deux fois")
    if (total := sum(entree.file_size for entree in entrees)) > _DEPLOYE_MAX:
        raise refus("archive-demesuree", fichier, quoi="octets", trouve=total, limite=_DEPLOYE_MAX)
    return [entree.filename for entree in entrees]


def _compter_les_membres(flux: IO[bytes], fichier: str) -> None:
    """Compte les en-têtes avant d’ouvrir : chacun coûte de la mémoire."""
    nombre, reste = 0, b""
    flux.seek(0)
    while morceau := flux.read(_MORCEAU):
        nombre += (reste + morceau).count(_ENTETE_DE_MEMBRE)
        reste = morceau[1 - len(_ENTETE_DE_MEMBRE) :]
    flux.seek(0)
    if nombre > 2 * _MEMBRES_MAX:
        raise refus("archive-demesuree", fichier, quoi="fichiers", trouve=nombre, limite=_MEMBRES_MAX)


@contextmanager
def _archive(flux: IO[bytes], fichier: str) -> Iterator[ZipFile]:
    """L’archive ouverte.

    :raises ErreurCpit: si elle est coupée, altérée, ou n’en est pas une.
    """
    import zlib
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(flux) as archive:
            yield archive
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, IndexError):
        raise refus("archive-abimee", fichier, raison="elle est coupée ou altérée") from None


def _faute_d_un_membre(entree: ZipInfo) -> str | None:
    """Le code de ce qui interdit de sortir un fichier de son archive, ou rien."""
    from zipfile import ZIP_DEFLATED, ZIP_STORED

    nom = PurePosixPath(entree.filename.replace("\\", "/"))
    if nom.is_absolute() or ".." in nom.parts or ":" in entree.filename or "\0" in entree.orig_filename:
        return "archive-chemin"
    if entree.flag_bits & 1:
        return "archive-chiffree"
    if entree.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return "archive-compression"
    vaste = entree.file_size > _PETIT and entree.file_size > _RAPPORT_MAX * max(entree.compress_size, 1)
    return "archive-bombe" if vaste or entree.file_size > _MEMBRE_MAX else None


_ARCHIVE_VIDE = b"PK\x05\x06" + bytes(18)


@lru_cache(maxsize=4)
def _repertoire(archive: Path, _etat: tuple[int, int, int]) -> Mapping[str, ZipInfo]:
    """Les fichiers d’une archive : les relire pour chacun d’un millier prendrait une minute.

    :raises ErreurCpit: si elle est coupée ou altérée.
    """
    with _ouvrir_sur_le_disque(archive) as flux, _archive(flux, str(archive)) as ouverte:
        return dict(ouverte.NameToInfo)


def taille_de_membre(chemin: Path, archive: Path) -> int:
    """Octets qu’un fichier d’une archive dit faire, sans rien en décompresser ; zéro s’il n’y est pas.

    :raises ErreurCpit: si elle est coupée ou altérée.
    :raises OSError: si elle ne s’ouvre pas.
    """
    entree = _repertoire(archive, _etat_de(archive)).get(chemin.relative_to(archive).as_posix())
    return 0 if entree is None else entree.file_size


def _etat_de(archive: Path) -> tuple[int, int, int]:
    etat = os.stat(archive)  # noqa: PTH116
    return etat.st_mtime_ns, etat.st_size, etat.st_ino


@lru_cache(maxsize=1)
def _extraire(archive: Path, nom: str, etat: tuple[int, int, int]) -> bytes:
    """Un fichier d’une archive ; le dernier est retenu, car le reconnaître l’ouvre plusieurs fois.

    :raises FileNotFoundError: s’il n’y est pas.
    :raises FichierHorsNorme: s’il ne se décompresse pas.
    """
    try:
        entree = _repertoire(archive, etat).get(nom)
        if entree is None:
            raise FileNotFoundError(2, "il n’est pas dans l’archive", str(archive / nom))
        if _faute_d_un_membre(entree) is not None:
            raise FichierHorsNorme(archive / nom, "il ne peut pas sortir de l’archive")
        with _ouvrir_sur_le_disque(archive) as flux, _archive(BytesIO(_ARCHIVE_VIDE), str(archive)) as ouverte:
            # Le répertoire est déjà lu : seul le flux est à ouvrir.
            ouverte.fp = flux
            return ouverte.read(entree)
    except ErreurCpit:
        # Lui seul est abîmé : les autres fichiers de l’archive se lisent.
        raise FichierHorsNorme(archive / nom, "il est coupé ou altéré dans son archive") from None


def lire_texte_livre(chemin: Path) -> str:
    """Le texte d’un fichier livré avec cpit : en UTF-8, et toujours là.

    :raises OSError: si l’installation est incomplète (c’est un défaut d’empaquetage).
    """
    return lire_octets(chemin, _LIVRE_MAX).decode("utf-8")


_LIVRE_MAX = 10_000_000
