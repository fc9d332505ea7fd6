"""Une seule séance à la fois sur un fichier : verrou O_EXCL portant le numéro de processus et l’hôte."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import SoftFileLock, Timeout

from cpit.erreurs import refus

Confirmer = Callable[[str], bool]


def chemin_du_verrou(chemin: Path) -> Path:
    """Fichier de verrou d’une passation, caché dans le même dossier."""
    return chemin.with_name(f".{chemin.name}.verrou")


@contextmanager
def verrouiller(chemin: Path, confirmer: Confirmer | None = None) -> Iterator[None]:
    """Tient le verrou d’un fichier le temps d’un bloc.

    Un verrou laissé par une séance tuée est périmé : on demande avant de le reprendre, si l’on peut demander.
    Sans personne à qui demander, seul un verrou dont le processus a disparu de cette machine est repris.

    :param confirmer: pose une question et rend la réponse ; absent quand l’entrée n’est pas un terminal.
    :raises ErreurCpit: si une autre séance tient le fichier, ou si la personne refuse de reprendre.
    """
    marque = chemin_du_verrou(chemin)
    qui = _tenant(marque)
    if qui and confirmer and not confirmer(f"Une séance précédente n'a pas été fermée ({qui}). Reprendre la main ?"):
        raise refus("verrou-tenu", str(chemin), qui=qui, verrou=marque.name)
    verrou = SoftFileLock(str(marque), timeout=0, mode=0o600)
    try:
        verrou.acquire()
    except Timeout:
        _forcer(verrou, chemin, marque, confirmer)
    try:
        yield
    finally:
        verrou.release()


def _forcer(verrou: SoftFileLock, chemin: Path, marque: Path, confirmer: Confirmer | None) -> None:
    """La bibliothèque croit le tenant vivant (ou sur une autre machine) : seule la personne peut en décider."""
    qui = _tenant(marque)
    question = f"Cette séance semble encore ouverte ({qui}). L'écarter quand même ?"
    if confirmer is None or not confirmer(question):
        raise refus("verrou-tenu", str(chemin), qui=qui, verrou=marque.name)
    marque.unlink(missing_ok=True)
    verrou.acquire()


def _tenant(marque: Path) -> str:
    """« processus 1234 sur MACHINE », ou rien si le verrou n’existe pas."""
    try:
        lignes = marque.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    pid, hote, *_ = [*lignes, "?", "?"]
    return f"processus {pid} sur {hote}"
