"""Ce que partagent les preuves du terminal et de la durabilité : un faux terminal, une horloge fixe, des passations."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from aides import RACINE, encoder_passation, lire_passation

import cpit
from cpit.cli import executer
from cpit.coeur.passation import Passation
from cpit.coeur.referentiel import Referentiel
from cpit.terminal import Terminal

EXEMPLE = RACINE / "exemples" / "passation-r01-t0-soi.json"
INSTANT = "2026-11-22T10:00:00+01:00"


def horloge() -> str:
    return INSTANT


def minimal() -> Referentiel:
    return cpit.referentiel("minimal")


class FauxEcran(io.StringIO):
    """Une sortie en mémoire qui se dit terminal et sait écrire tout Unicode."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class FauxClavier(io.StringIO):
    """Des lignes tapées d’avance ; à leur fin, l’entrée se ferme (Ctrl-D)."""

    def __init__(self, touches: Sequence[str]) -> None:
        super().__init__("".join(f"{touche}\n" for touche in touches))

    def isatty(self) -> bool:
        return True


class ClavierQui(FauxClavier):
    """Il fait un geste avant que ne soit lue la ligne de ce rang, à partir de 1."""

    def __init__(self, touches: Sequence[str], rang: int, geste: Callable[[], object]) -> None:
        super().__init__(touches)
        self._avant, self._geste = rang, geste

    def readline(self, *taille: int) -> str:  # type: ignore[override]
        self._avant -= 1
        if not self._avant:
            self._geste()
        return super().readline(*taille)


def faux_terminal(touches: Sequence[str] = (), *, simple: bool = False, largeur: int = 80) -> Terminal:
    return Terminal(FauxClavier(touches), FauxEcran(), simple=simple, colonnes=lambda: largeur)


def ecran(terminal: Terminal) -> str:
    """Ce qui a été écrit, espaces insécables changées en espaces."""
    assert isinstance(terminal.sortie, io.StringIO)
    return _en_clair(terminal.sortie.getvalue())


def _en_clair(texte: str) -> str:
    return texte.replace("\u202f", " ").replace("\u00a0", " ").replace("’", "'")


def au_terminal(
    *arguments: str, touches: Sequence[str] | FauxClavier, dossier: Path, largeur: int = 80
) -> tuple[int, str]:
    """Une commande devant qui tape ces lignes, sans couleur ; rend le code et l’écran, comme ``ecran``."""
    clavier = touches if isinstance(touches, FauxClavier) else FauxClavier(touches)
    vu = FauxEcran()
    with pytest.MonkeyPatch.context() as ici:
        ici.chdir(dossier)
        ici.setenv("COLUMNS", str(largeur))
        ici.setenv("NO_COLOR", "1")
        ici.delenv("ACCESSIBLE", raising=False)
        for nom, flux in (("stdin", clavier), ("stdout", vu), ("stderr", vu)):
            ici.setattr(sys, nom, flux)
        code = executer(list(arguments))
    return code, _en_clair(vu.getvalue())


def inachevees(dossier: Path) -> list[tuple[Path, Passation]]:
    """Les passations qui ne sont pas terminées, telles que leurs fichiers le disent."""
    lues = ((chemin, lire_passation(chemin)) for chemin in sorted(dossier.glob("*.json")))
    return [(chemin, passation) for chemin, passation in lues if not passation.terminee]


def ecrire_terminee(chemin: Path, passation: Passation) -> Path:
    """Pose une passation terminée sur le disque, sans passer par la sauvegarde."""
    datee = replace(passation, commencee=INSTANT, modifiee=INSTANT, terminee=INSTANT, revision=passation.revision + 1)
    chemin.write_bytes(encoder_passation(datee))
    return chemin


def sur_console(
    *arguments: str, encodage: str, dossier: Path, entree: str = "", largeur: int = 80
) -> subprocess.CompletedProcess[bytes]:
    """Comme ``lancer`` avec PYTHONIOENCODING, mais dans ce processus : mêmes flux, même encodage, mêmes replis."""
    lus = io.TextIOWrapper(io.BytesIO(entree.encode(encodage)), encoding=encodage)
    sortie = io.TextIOWrapper(io.BytesIO(), encoding=encodage)
    erreur = io.TextIOWrapper(io.BytesIO(), encoding=encodage, errors="backslashreplace")
    with pytest.MonkeyPatch.context() as ici:
        ici.chdir(dossier)
        ici.setenv("COLUMNS", str(largeur))
        for cle in ("NO_COLOR", "ACCESSIBLE"):
            ici.delenv(cle, raising=False)
        for nom, flux in (("stdin", lus), ("stdout", sortie), ("stderr", erreur)):
            ici.setattr(sys, nom, flux)
        code = executer(list(arguments))
    sortie.flush()
    erreur.flush()
    return subprocess.CompletedProcess(arguments, code, sortie.buffer.getvalue(), erreur.buffer.getvalue())  # type: ignore[attr-defined]


def lancer(
    *arguments: str, entree: str | bytes = "", dossier: Path | None = None, **environnement: str
) -> subprocess.CompletedProcess[bytes]:
    """Lance la commande dans un processus à part, hors de tout terminal."""
    neutre = {cle: valeur for cle, valeur in os.environ.items() if cle not in ("COLUMNS", "NO_COLOR", "ACCESSIBLE")}
    return subprocess.run(
        [sys.executable, "-m", "cpit", *arguments],
        input=entree.encode() if isinstance(entree, str) else entree,
        capture_output=True,
        cwd=dossier,
        env={**neutre, "PYTHONIOENCODING": "utf-8", **environnement},
        timeout=60,
        check=False,
    )
