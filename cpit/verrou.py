"""Une seule séance à la fois sur un fichier : verrou O_EXCL portant le numéro de processus et l’hôte."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from filelock import SoftFileLock, Timeout

from cpit.erreurs import ErreurCpit, refus


class Confirmer(Protocol):
    """Pose une question fermée ; ``defaut`` est ce que vaut Entrée."""

    def __call__(self, question: str, /, *, defaut: bool = True) -> bool:
        """Rend la réponse."""


def chemin_du_verrou(chemin: Path) -> Path:
    """Fichier de verrou d’une passation, caché dans le même dossier."""
    return chemin.with_name(f".{chemin.name}.verrou")


@contextmanager
def verrouiller(chemin: Path, confirmer: Confirmer | None = None) -> Iterator[Callable[[], bool]]:
    """Tient le verrou d’un fichier le temps d’un bloc, et donne de quoi savoir s’il l’est encore.

    Un verrou laissé par une séance tuée est périmé : on demande avant de le reprendre, si l’on peut demander.
    Sans personne à qui demander, seul un verrou dont le processus a disparu de cette machine est repris.

    :param confirmer: pose une question et rend la réponse ; absent quand l’entrée n’est pas un terminal.
    :raises ErreurCpit: si une autre séance tient le fichier, ou si la personne refuse de reprendre.
    :raises OSError: si le verrou ne peut pas être écrit (dossier en lecture seule, disque plein).
    """
    marque = chemin_du_verrou(chemin)
    verrou = SoftFileLock(str(marque), timeout=0, mode=0o600)
    ancien = _tenant(marque)
    try:
        _prendre(verrou, marque)
    except Timeout:
        _forcer(verrou, chemin, marque, confirmer)
    else:
        if ancien and confirmer and not _reprendre_la_main(ancien, confirmer):
            verrou.release()
            raise _tenu(chemin, marque, ancien) from None
    moi = _tenant(marque)
    try:
        yield lambda: _tenant(marque) in ("", moi)
    finally:
        # Le dossier a pu disparaître (clé retirée) : ce n’est plus à nous d’y effacer quoi que ce soit.
        with contextlib.suppress(OSError):
            verrou.release()


def _prendre(verrou: SoftFileLock, marque: Path) -> None:
    """Prend le verrou ; la bibliothèque efface d’abord un verrou périmé, et certaines versions s’en tiennent là."""
    try:
        verrou.acquire()
    except Timeout:
        if marque.exists():
            raise
        verrou.acquire()


def _reprendre_la_main(ancien: str, confirmer: Confirmer) -> bool:
    """Le tenant a disparu de cette machine et son verrou vient d’être repris : la personne doit le savoir."""
    return confirmer(f"Une séance précédente n'a pas été fermée ({ancien}). Reprendre la main ?")


def _forcer(verrou: SoftFileLock, chemin: Path, marque: Path, confirmer: Confirmer | None) -> None:
    """La bibliothèque croit le tenant vivant (ou sur une autre machine) : seule la personne peut en décider."""
    qui = _tenant(marque)
    question = f"Cette séance semble encore ouverte ailleurs ({qui}). L'écarter quand même ?"
    if confirmer is None or not confirmer(question, defaut=False):
        raise _tenu(chemin, marque, qui)
    marque.unlink(missing_ok=True)
    try:
        verrou.acquire()
    except Timeout:
        raise _tenu(chemin, marque, _tenant(marque)) from None


def _tenu(chemin: Path, marque: Path, qui: str) -> ErreurCpit:
    return refus("verrou-tenu", str(chemin), qui=qui, verrou=marque.name)


def _tenant(marque: Path) -> str:
    """« processus 1234 sur MACHINE », ou rien si le verrou n’existe pas."""
    try:
        lignes = marque.read_text(encoding="utf-8", errors="replace")[:500].splitlines()
    except OSError:
        return ""
    # Dans un conteneur, la bibliothèque ajoute à l’hôte « ?pidns-4026532 », qui ne dit rien à personne.
    pid, hote, *_ = [*lignes, "?", "?"]
    return f"processus {pid} sur {hote.partition('?pidns')[0] or '?'}"
