"""Ouvrir ce qu’une personne nomme : un fichier ordinaire ou un refus clair, sans attendre, lu dans une limite.

Le seul endroit d’où cpit lit un fichier. Un dossier, un tube, un périphérique ou une prise ne se lisent pas : une
lecture y durerait toujours, ou n’aurait pas de fin. La taille se borne en lisant, car celle que le système annonce peut
changer, ou ne rien dire.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from cpit.erreurs import Anomalie, Lieu, anomalie, raison_systeme, refus

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


def chemin_reel(chemin: str | Path) -> Path:
    """Un chemin entier, ses liens suivis ; un lien qui tourne en rond y reste tel quel."""
    return Path(os.path.realpath(chemin))


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
def ouvrir(chemin: Path) -> Iterator[BufferedReader]:
    """Un fichier ordinaire, ouvert en lecture sans jamais attendre.

    :raises FichierHorsNorme: si c’est un dossier, un tube, un périphérique, une prise.
    :raises OSError: s’il n’existe pas, ou si le système refuse.
    """
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
        if (annoncee := os.fstat(flux.fileno()).st_size) > limite:
            raise FichierTropGros(chemin, annoncee, limite)
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


def lire_texte_livre(chemin: Path) -> str:
    """Le texte d’un fichier livré avec cpit : en UTF-8, et toujours là.

    :raises OSError: si l’installation est incomplète (c’est un défaut d’empaquetage).
    """
    return lire_octets(chemin, _LIVRE_MAX).decode("utf-8")


_LIVRE_MAX = 10_000_000
