"""Ce qui dure : écrire en entier ou pas du tout, remplacer d’un coup, effacer ce que l’on a vu, balayer les restes.

Toute écriture de cpit finit ici ; nul autre module ne crée, ne renomme ni n’efface. Un fichier se rédige à côté de sa
place, est poussé sur le disque, prend sa place d’un seul geste, et son dossier est poussé à son tour. Ce qu’un arrêt
forcé laisse porte le processus et la machine qui l’écrivaient : il se balaie quand ils ne sont plus, jamais avant.
"""

from __future__ import annotations

import contextlib
import errno
import os
import platform
import re
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import IO

from cpit.ouverture import chemin_reel, exiger_un_fichier, ouvrir

ATTENTES = (0.05, 0.1, 0.2, 0.4, 0.75, 1.0)
"""Secondes entre deux essais de remplacement (2,5 s en tout) : antivirus, OneDrive ou Excel lâchent souvent prise."""
_PETIT = 1024
"""Octets au plus de ce qui peut ne rien dire : le fichier d’un verrou en a une centaine."""
_JOUR = 86_400
"""Secondes au bout desquelles ce qu’une autre machine a laissé est un reste."""
_BINAIRE = getattr(os, "O_BINARY", 0)
_DOSSIER_SEUL = getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_PAR_DESCRIPTEURS = {os.open, os.stat, os.unlink, os.rename, os.link} <= os.supports_dir_fd
"""Vrai où le système sait agir dans un dossier déjà ouvert (Linux, macOS) ; faux sous Windows."""
_SANS_LIEN_DUR = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.EMLINK, errno.EXDEV)
_PAS_D_ECHANGE = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM)
_RENAME_EXCHANGE, _AT_FDCWD = 2, -100


# --- la place où l’on écrit -----------------------------------------------------------------------------------------


def exiger_ordinaire(chemin: Path) -> None:
    """Refuse d’écrire à la place d’un tube, d’un périphérique ou d’un dossier, sans les ouvrir : un tube bloquerait.

    :raises OSError: si la place est prise par autre chose qu’un fichier ordinaire.
    """
    try:
        etat = chemin.stat()
    except (FileNotFoundError, ValueError):
        return
    exiger_un_fichier(chemin, etat)


def creer_dossier(chemin: Path) -> None:
    """Crée un dossier et ceux qui le portent, à son seul propriétaire (0700) ; ceux qui existent ne changent pas.

    :raises OSError: si l’un d’eux ne se crée pas, ou si la place est prise par un fichier.
    """
    manquants: list[Path] = []
    while not chemin.is_dir():
        manquants.append(chemin)
        if chemin == chemin.parent:
            break
        chemin = chemin.parent
    for dossier in reversed(manquants):
        dossier.mkdir(mode=0o700, exist_ok=True)
        synchroniser(dossier.parent)


def synchroniser(dossier: Path) -> None:
    """Rend durable un changement de nom ou un effacement dans un dossier, là où le système sait le faire.

    Windows ne sait pas ouvrir un dossier et n’en a pas besoin ; certains partages réseau ne savent pas l’écrire.

    :raises OSError: si le disque refuse d’écrire.
    """
    if os.name == "nt":
        return
    try:
        descripteur = os.open(dossier, os.O_RDONLY)
        try:
            os.fsync(descripteur)
        finally:
            os.close(descripteur)
    except OSError as erreur:
        if erreur.errno not in (errno.EACCES, errno.EPERM, errno.EINVAL, errno.ENOTSUP):
            raise


# --- écrire un fichier ----------------------------------------------------------------------------------------------


def rediger(temporaire: Path, octets: bytes) -> None:
    """Écrit un fichier neuf (0600) et le pousse sur le disque ; un reste du même nom est ôté d’abord.

    :raises OSError: s’il ne s’écrit pas ; il n’en reste alors rien.
    """
    temporaire.unlink(missing_ok=True)
    _ecrire_neuf(temporaire, octets)


def _ecrire_neuf(chemin: Path, octets: bytes) -> None:
    descripteur = os.open(chemin, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINAIRE, 0o600)
    try:
        with os.fdopen(descripteur, "wb") as flux:
            flux.write(octets)
            flux.flush()
            os.fsync(flux.fileno())
    except BaseException:
        oter(chemin)
        raise


def remplacer(
    source: Path,
    cible: Path,
    dormir: Callable[[float], None] | None = None,
    attentes: Sequence[float] = ATTENTES,
) -> None:
    """Met un fichier à la place d’un autre, d’un coup ; réessaie tant qu’un autre programme retient la place.

    :param attentes: secondes entre deux essais ; vide pour n’essayer qu’une fois.
    :raises PermissionError: si la place est encore retenue au bout du compte.
    :raises OSError: si la place est un dossier, un tube ou un périphérique, ou si le système refuse.
    """
    exiger_ordinaire(cible)
    for attente in attentes:
        try:
            source.replace(cible)
            return
        except PermissionError:
            (dormir or time.sleep)(attente)
    source.replace(cible)


def oter(chemin: Path) -> None:
    """Efface ce qui n’est plus utile ; un fichier que Windows retient sera balayé la fois suivante."""
    with contextlib.suppress(OSError):
        chemin.unlink()


def oter_si_muet(chemin: Path, muet: Callable[[bytes], bool], age: float) -> bool:
    """Ôte un petit fichier qui ne dit rien depuis ``age`` secondes ; vrai s’il vient de l’être.

    Si plusieurs s’y essaient, un seul l’ôte : qui tient ``flock`` sur lui. Ce qu’un autre a mis depuis à sa place
    reste. Sous Windows, ce que quelqu’un tient ouvert ne s’efface pas : cela suffit.

    :param muet: vrai si ces octets ne disent rien.
    """
    with contextlib.suppress(OSError):
        with ouvrir(chemin) as flux:
            etat = os.fstat(flux.fileno())
            if not muet(flux.read(_PETIT)) or time.time() - etat.st_mtime < age:
                return False
            if os.name != "nt":
                import fcntl

                fcntl.flock(flux.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
                if voir(chemin) == _vu(etat):
                    chemin.unlink()
                    return True
                return False
        chemin.unlink()
        return True
    return False


def renommer(chemin: Path, neuf: Path) -> None:
    """Change le nom d’un fichier que l’on tient.

    :raises OSError: si le système refuse.
    """
    chemin.rename(neuf)


@contextmanager
def a_la_place_de(chemin: Path, verifier: Callable[[], None]) -> Iterator[IO[bytes]]:
    """Un flux qui prend la place de ``chemin`` à la sortie, en entier ou pas du tout (0600).

    :param verifier: appelée à l’instant de remplacer ; ce qu’elle lève empêche le remplacement.
    :raises OSError: si l’emplacement ne s’écrit pas ; un fichier déjà là reste intact.
    """
    exiger_ordinaire(chemin)
    descripteur, nom = tempfile.mkstemp(prefix=_prefixe(), suffix=".tmp", dir=chemin.parent)
    temporaire = Path(nom)
    try:
        with os.fdopen(descripteur, "w+b") as flux:
            yield flux
            flux.flush()
            os.fsync(flux.fileno())
        # L’écriture a pu durer : ce que l’on a posé là entre-temps ne doit pas disparaître.
        verifier()
        remplacer(temporaire, chemin)
    except BaseException:
        oter(temporaire)
        raise
    synchroniser(chemin.parent)


def creer(chemin: Path, octets: bytes) -> None:
    """Crée un fichier durable (0600) sans jamais rien remplacer : il est là en entier, ou pas du tout.

    Sur un disque sans liens durs (exFAT, certains partages), un arrêt forcé peut laisser un fichier coupé.

    :raises FileExistsError: si la place est prise, fût-ce par un lien sans cible.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    temporaire = chemin.with_name(f"{_prefixe()}{os.urandom(4).hex()}.tmp")
    rediger(temporaire, octets)
    try:
        os.link(temporaire, chemin)
    except OSError as erreur:
        if erreur.errno not in _SANS_LIEN_DUR:
            raise
        _ecrire_neuf(chemin, octets)
    finally:
        oter(temporaire)
    synchroniser(chemin.parent)


# --- écrire un dossier ----------------------------------------------------------------------------------------------


@contextmanager
def atelier(parent: Path) -> Iterator[Path]:
    """Un dossier de travail à côté d’une destination (0700) ; il disparaît avec ce qu’il contient."""
    with tempfile.TemporaryDirectory(prefix=_prefixe(), dir=parent) as dossier:
        yield Path(dossier)


@contextmanager
def chantier(cible: Path) -> Iterator[Path]:
    """Un dossier de travail que l’appelant met à sa place (``emmenager``, ``echanger``) ; ce qui en reste disparaît."""
    travail = Path(tempfile.mkdtemp(prefix=_prefixe(), dir=cible.parent))
    try:
        yield travail
    finally:
        shutil.rmtree(travail, ignore_errors=True)


def affermir(dossier: Path) -> None:
    """Pousse sur le disque chaque fichier d’un dossier de travail, puis ses dossiers, à leur seul propriétaire.

    :raises OSError: si le disque refuse.
    """
    for nom, _, fichiers in os.walk(dossier, topdown=False):
        for fichier in fichiers:
            chemin = Path(nom, fichier)
            chemin.chmod(0o600)
            with chemin.open("rb+") as flux:
                os.fsync(flux.fileno())
        synchroniser(Path(nom))


def emmenager(travail: Path, cible: Path) -> None:
    """Met un dossier de travail à la place d’un dossier absent ou vide.

    :raises OSError: si la place n’est pas vide, ou si le système refuse.
    """
    if os.name == "nt":
        with contextlib.suppress(FileNotFoundError):
            cible.rmdir()
    travail.rename(cible)
    synchroniser(cible.parent)


def echanger(travail: Path, cible: Path, verifier: Callable[[Path], None]) -> None:
    """Met un dossier neuf à la place d’un ancien, qui n’est effacé (par ``chantier``) qu’une fois le neuf en place.

    Sous Linux, les deux noms s’échangent d’un seul geste du système : une version entière est toujours là. Ailleurs,
    ou sur un disque qui ne le sait pas, l’ancien passe d’abord de côté ; un arrêt forcé entre les deux renommages
    laisse la place vide, et ``balayer`` y remet l’ancien à la commande suivante.

    :param verifier: appelée sur l’ancien, une fois hors de sa place ; ce qu’elle lève l’y remet.
    :raises OSError: si le système refuse ; l’ancien est alors à sa place.
    """
    if _echanger_d_un_coup(travail, cible):
        try:
            synchroniser(cible.parent)
            verifier(travail)
        except BaseException:
            _echanger_d_un_coup(travail, cible)
            raise
        return
    a_cote = Path(tempfile.mkdtemp(prefix=_prefixe(_ANCIEN), dir=cible.parent))
    ancien = a_cote / cible.name
    try:
        cible.rename(ancien)
        verifier(ancien)
        travail.rename(cible)
        synchroniser(cible.parent)
    except BaseException:
        if ancien.exists() and not cible.exists():
            ancien.rename(cible)
        with contextlib.suppress(OSError):
            a_cote.rmdir()
        raise
    shutil.rmtree(a_cote, ignore_errors=True)


def _echanger_d_un_coup(un: Path, autre: Path) -> bool:
    """Échange deux noms par ``renameat2`` ; faux où le système ou le disque ne le sait pas.

    :raises OSError: si le système le sait et refuse.
    """
    if sys.platform != "linux":
        return False
    import ctypes

    appel = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if appel is None:
        return False
    if appel(_AT_FDCWD, os.fsencode(un), _AT_FDCWD, os.fsencode(autre), _RENAME_EXCHANGE) == 0:
        return True
    numero = ctypes.get_errno()
    if numero in _PAS_D_ECHANGE:
        return False
    raise OSError(numero, os.strerror(numero), str(autre))


# --- effacer ce que l’on a vu ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Vu:
    """Ce qui fait qu’un fichier, ou un dossier, est celui que l’on a vu : son disque, son numéro, et son contenu daté.

    ``taille`` en octets, ``modifie`` en nanosecondes : nuls pour un dossier, qui change sans devenir un autre.
    """

    disque: int
    numero: int
    taille: int = 0
    modifie: int = 0


def voir(chemin: Path) -> Vu | None:
    """Ce qui est là, sans suivre de lien ; rien s’il n’y a rien, ou si cela ne se regarde pas."""
    try:
        return _vu(os.lstat(chemin))
    except (OSError, ValueError):
        return None


def _vu(etat: os.stat_result) -> Vu:
    if stat.S_ISDIR(etat.st_mode):
        return Vu(etat.st_dev, etat.st_ino)
    return Vu(etat.st_dev, etat.st_ino, etat.st_size, etat.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class Enclos:
    """Un dossier hors duquel rien ne s’efface : son chemin, sans lien, et ce qu’il était quand on l’a regardé."""

    racine: Path
    vu: Vu | None

    def effacer(self, chemin: Path, vu: Vu) -> bool:
        """Efface un fichier de l’enclos s’il est toujours celui que l’on a vu ; faux s’il a changé, lui ou son dossier.

        Chaque dossier s’ouvre depuis le précédent, sans suivre de lien : ni un dossier changé en lien, ni un fichier
        glissé sous le même nom n’y font rien. Le fichier passe d’abord sous un nom que nul ne connaît, y est reconnu,
        puis s’efface. Sans descripteurs de dossier (Windows), le chemin se vérifie juste avant : un programme qui
        changerait un dossier en jonction entre les deux, en quelques microsecondes, ne serait pas vu.

        :raises FileNotFoundError: s’il n’est plus là.
        :raises OSError: s’il résiste ; il est alors toujours là.
        """
        dossiers = chemin.relative_to(self.racine).parts[:-1]
        if not _PAR_DESCRIPTEURS:
            return self._effacer_par_le_chemin(chemin, vu)
        with contextlib.ExitStack() as pile:
            ici = self._descendre(dossiers, pile)
            return ici is not None and _effacer_dans(ici, chemin.name, vu)

    def balayer(self, reste: Path) -> bool:
        """Ôte un reste de l’enclos, sans suivre de lien ; faux s’il est en cours, s’il a changé ou s’il résiste."""
        with contextlib.ExitStack() as pile, contextlib.suppress(OSError):
            if not _PAR_DESCRIPTEURS:
                return chemin_reel(reste.parent) == reste.parent and _balayer_dans(None, reste.parent, reste.name)
            ici = self._descendre(reste.relative_to(self.racine).parts[:-1], pile)
            return ici is not None and _balayer_dans(ici, reste.parent, reste.name)
        return False

    def oter_le_vide(self, dossier: Path) -> None:
        """Ôte un dossier de l’enclos, sans suivre de lien, s’il est vide ; ce qui l’en empêche le laisse là."""
        with contextlib.ExitStack() as pile, contextlib.suppress(OSError):
            if not _PAR_DESCRIPTEURS:
                if chemin_reel(dossier) == dossier and voir(self.racine) == self.vu:
                    dossier.rmdir()
                return
            ici = self._descendre(dossier.relative_to(self.racine).parts[:-1], pile)
            if ici is not None:
                os.rmdir(dossier.name, dir_fd=ici)

    def _effacer_par_le_chemin(self, chemin: Path, vu: Vu) -> bool:
        if chemin_reel(chemin.parent) != chemin.parent or voir(self.racine) != self.vu:
            return False
        if _vu(os.lstat(chemin)) != vu:
            return False
        chemin.unlink()
        return True

    def _descendre(self, dossiers: tuple[str, ...], pile: contextlib.ExitStack) -> int | None:
        """Le dossier ouvert au bout du chemin ; rien si la racine est une autre, ou si un lien a pris une place."""
        try:
            ici = _ouvrir_dossier(self.racine, None, pile)
            if _vu(os.fstat(ici)) != self.vu:
                return None
            for nom in dossiers:
                ici = _ouvrir_dossier(nom, ici, pile)
        except (NotADirectoryError, FileNotFoundError):
            return None
        except OSError as erreur:
            if erreur.errno == errno.ELOOP:
                return None
            raise
        return ici


def _effacer_dans(dossier: int, nom: str, vu: Vu) -> bool:
    if _vu(os.stat(nom, dir_fd=dossier, follow_symlinks=False)) != vu:
        return False
    ecart = f"{_prefixe()}{os.urandom(4).hex()}.tmp"
    os.rename(nom, ecart, src_dir_fd=dossier, dst_dir_fd=dossier)
    try:
        if _vu(os.stat(ecart, dir_fd=dossier, follow_symlinks=False)) == vu:
            os.unlink(ecart, dir_fd=dossier)
            return True
    except BaseException:
        _remettre(dossier, ecart, nom)
        raise
    _remettre(dossier, ecart, nom)
    return False


def _remettre(dossier: int, ecart: str, nom: str) -> None:
    """Rend son nom à ce que l’on a écarté à tort ; si le nom est repris, un numéro le suit."""
    for libre in (nom, *(f"{nom}-{rang}" for rang in range(2, 100))):
        try:
            os.link(ecart, libre, src_dir_fd=dossier, dst_dir_fd=dossier, follow_symlinks=False)
        except FileExistsError:
            continue
        except OSError:
            # Pas de liens durs, ou un dossier : le nom vient d’être quitté, il se reprend.
            with contextlib.suppress(OSError):
                os.rename(ecart, nom, src_dir_fd=dossier, dst_dir_fd=dossier)
            return
        with contextlib.suppress(OSError):
            os.unlink(ecart, dir_fd=dossier)
        return


# --- les restes d’écritures interrompues ----------------------------------------------------------------------------

_ANCIEN = "ancien-"
_NOTRE = re.compile(r"\.cpit-(?P<ancien>ancien-)?(?P<pid>[0-9]{1,10})-(?P<machine>[0-9a-f]{8})-[a-z0-9_]{8}(?:\.tmp)?")
_DE_0_1_0 = re.compile(r"\.cpit-(?P<export>export-)?[a-z0-9_]{8}(?P<tmp>\.tmp)?")
"""La version 0.1.0 n’y disait pas qui écrivait."""


def _prefixe(sorte: str = "") -> str:
    """Le début du nom d’une écriture en cours : qui écrit, et sur quelle machine."""
    return f".cpit-{sorte}{os.getpid()}-{_machine()}-"


@cache
def _machine() -> str:
    """De quoi reconnaître cette machine, ou ce conteneur : un numéro de processus n’a de sens que là."""
    try:
        espace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        espace = ""
    return sha256(f"{platform.node()}\0{espace}".encode()).hexdigest()[:8]


def processus_vivant(pid: int) -> bool:
    """Vrai si un processus de cette machine porte ce numéro ; sous Windows, qui ne le dit pas sans risque, toujours."""
    if os.name == "nt":
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def est_un_reste(chemin: Path) -> bool:
    """Vrai si un fichier ou un dossier est ce qu’une écriture morte a laissé.

    Sur cette machine, le processus a disparu ; d’une autre, ou de la version 0.1.0, il a un jour. Une écriture en
    cours n’en est jamais un.
    """
    try:
        return _est_mort(chemin.name, os.lstat(chemin))
    except OSError:
        return False


def est_en_cours(chemin: Path) -> bool:
    """Vrai pour ce qu’une commande est en train d’écrire : un temporaire, ou ce qui est dans un dossier de travail."""
    lieux = (chemin, *chemin.parents)
    return any(_NOTRE.fullmatch(lieu.name) and not est_un_reste(lieu) for lieu in lieux)


def _est_mort(nom: str, etat: os.stat_result) -> bool:
    notre = _NOTRE.fullmatch(nom)
    if notre is None and not _laisse_par_0_1_0(nom, etat):
        return False
    if notre and notre["machine"] == _machine() and os.name != "nt":
        return not processus_vivant(int(notre["pid"]))
    return time.time() - etat.st_mtime > _JOUR


def _laisse_par_0_1_0(nom: str, etat: os.stat_result) -> bool:
    """Vrai pour un temporaire, ou un dossier de travail à son seul propriétaire : un dossier ordinaire n’en est pas."""
    trouve = _DE_0_1_0.fullmatch(nom)
    if trouve is None:
        return False
    if trouve["tmp"]:
        return stat.S_ISREG(etat.st_mode) and not trouve["export"]
    return stat.S_ISDIR(etat.st_mode) and stat.S_IMODE(etat.st_mode) == 0o700


def balayer(dossier: Path) -> None:
    """Ôte d’un dossier les restes d’écritures mortes, et remet à sa place un export écarté par l’une d’elles."""
    with contextlib.suppress(OSError):
        noms = [nom for nom in os.listdir(dossier) if nom.startswith(".cpit-")]  # noqa: PTH208
        if not noms:
            return
        with contextlib.ExitStack() as pile:
            ici = _ouvrir_dossier(dossier, None, pile) if _PAR_DESCRIPTEURS else None
            for nom in noms:
                _balayer_dans(ici, dossier, nom)


def _ouvrir_dossier(nom: Path | str, depuis: int | None, pile: contextlib.ExitStack) -> int:
    ici = os.open(nom, os.O_RDONLY | _DOSSIER_SEUL, dir_fd=depuis)
    pile.callback(os.close, ici)
    return ici


def _balayer_dans(ici: int | None, dossier: Path, nom: str) -> bool:
    """Ôte un reste d’un dossier ouvert, ou remet à sa place l’export qu’il est seul à garder ; faux s’il y est encore.

    :param ici: le dossier ouvert ; rien où le système ne sait pas agir depuis un dossier, et le chemin sert alors.
    """
    ou = nom if ici is not None else str(dossier / nom)
    try:
        etat = os.stat(ou, dir_fd=ici, follow_symlinks=False)
        if not _est_mort(nom, etat):
            return False
        if not stat.S_ISDIR(etat.st_mode):
            os.unlink(ou, dir_fd=ici)
        elif not _remettre_l_ancien(dossier / nom):
            shutil.rmtree(ou, dir_fd=ici)
    except OSError:
        return False
    return True


def _remettre_l_ancien(reste: Path) -> bool:
    """Rend sa place à l’ancien dossier qu’un arrêt forcé a laissé de côté ; faux s’il n’y a rien à rendre.

    :raises OSError: si le système refuse ; il est alors toujours de côté.
    """
    if not reste.name.startswith((f".cpit-{_ANCIEN}", ".cpit-export-")):
        return False
    dedans = list(reste.iterdir())
    if len(dedans) != 1 or not dedans[0].is_dir() or os.path.lexists(place := reste.with_name(dedans[0].name)):
        return False
    dedans[0].rename(place)
    reste.rmdir()
    synchroniser(reste.parent)
    return True
