"""Le terminal : ce qu’il sait montrer, comment on y écrit et on y lit. Entrée et sortie sont passées en argument."""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

from cpit.typographie import replier, typographier

if TYPE_CHECKING:
    from rich.console import Console

LARGEURS = (20, 200)
"""Colonnes : en deçà et au-delà, on écrit comme à ces bornes."""


class FluxReplie:
    """Un flux de texte qui ne tombe jamais sur un caractère que la console ne sait pas écrire."""

    def __init__(self, flux: TextIO) -> None:
        self._flux = flux
        self.encoding = flux.encoding or "ascii"

    def write(self, texte: str) -> int:
        """Écrit, en repliant ce que l’encodage n’a pas."""
        return self._flux.write(replier(texte, self.encoding))

    def flush(self) -> None:
        """Vide le tampon."""
        self._flux.flush()

    def isatty(self) -> bool:
        """Vrai si le flux est un terminal."""
        return self._flux.isatty()

    def fileno(self) -> int:
        """Descripteur du flux."""
        return self._flux.fileno()


@dataclass(frozen=True)
class Terminal:
    """Une entrée, une sortie, et la façon d’écrire.

    ``simple`` : lignes à la suite, sans cadre, couleur ni redessin, pour les lecteurs d’écran.
    """

    entree: TextIO
    sortie: TextIO
    simple: bool = False
    couleurs: bool = False
    largeur: int = 80

    @classmethod
    def du_processus(
        cls, entree: TextIO, sortie: TextIO, environnement: Mapping[str, str], *, simple: bool = False
    ) -> Terminal:
        """Terminal d’après les flux et l’environnement (``ACCESSIBLE``, ``NO_COLOR``, ``TERM``, ``COLUMNS``)."""
        est_tty = sortie.isatty()
        simple = simple or environnement.get("ACCESSIBLE", "") not in ("", "0")
        couleurs = est_tty and not simple and not environnement.get("NO_COLOR")
        couleurs = couleurs and environnement.get("TERM") != "dumb"
        return cls(entree, sortie, simple, couleurs, _largeur(est_tty, environnement))

    @cached_property
    def flux(self) -> FluxReplie:
        """La sortie, avec repli des caractères."""
        return FluxReplie(self.sortie)

    @cached_property
    def console(self) -> Console:
        """Console rich sur la sortie ; créée à l’usage."""
        from rich.console import Console

        return Console(
            file=self.flux,  # type: ignore[arg-type]
            width=self.largeur,
            force_terminal=self.couleurs,
            no_color=not self.couleurs,
            color_system="auto" if self.couleurs else None,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False if os.name != "nt" else None,
        )

    @property
    def interactif(self) -> bool:
        """Vrai si quelqu’un peut répondre."""
        return self.entree.isatty()

    def sait_ecrire(self, caracteres: str) -> bool:
        """Vrai si la console peut montrer ces caractères tels quels."""
        return replier(caracteres, self.flux.encoding) == caracteres

    def dire(self, texte: str = "", *, retrait: int = 0, suite: int | None = None, tel_quel: bool = False) -> None:
        """Écrit une de nos phrases, coupée à la largeur, ou entière en mode simple (lecteurs d’écran).

        :param retrait: espaces en tête de la première ligne ; ``suite`` pour les suivantes (même retrait sinon).
        :param tel_quel: le texte porte une valeur ou un chemin : sa typographie n’est pas retouchée.
        """
        suivantes = " " * (retrait if suite is None else suite)
        for ligne in (texte if tel_quel else typographier(texte)).split("\n"):
            plie = (
                [" " * retrait + ligne]
                if self.simple
                else textwrap.wrap(
                    ligne,
                    max(self.largeur - 1, 12),
                    initial_indent=" " * retrait,
                    subsequent_indent=suivantes,
                    break_on_hyphens=False,
                    break_long_words=False,
                )
            )
            self.flux.write("\n".join(plie or [""]) + "\n")

    def copier(self, texte: str) -> None:
        """Écrit une ligne à copier (commande, chemin) : ni coupée, ni retouchée."""
        self.flux.write(texte + "\n")

    def demander(self, invite: str) -> str:
        """Pose une question sur une ligne et lit la réponse.

        :raises EOFError: si l’entrée est fermée.
        :raises KeyboardInterrupt: si la personne interrompt.
        """
        self.flux.write(typographier(invite))
        self.flux.flush()
        ligne = self.entree.readline()
        if not ligne:
            self.flux.write("\n")
            raise EOFError
        return ligne.strip()

    def confirmer(self, question: str, *, defaut: bool = True) -> bool:
        """Question fermée : Entrée vaut ``defaut``."""
        choix = "[O/n]" if defaut else "[o/N]"
        while True:
            reponse = self.demander(f"{question} {choix} ").casefold()
            if reponse in ("", "o", "oui", "y", "n", "non"):
                return defaut if not reponse else reponse[0] in "oy"
            self.dire("Répondre o (oui) ou n (non), ou Entrée.")


def _largeur(est_tty: bool, environnement: Mapping[str, str]) -> int:
    colonnes = environnement.get("COLUMNS", "")
    mesuree = shutil.get_terminal_size((80, 24)).columns if est_tty else 80
    largeur = int(colonnes) if colonnes.isdecimal() else mesuree
    return min(max(largeur, LARGEURS[0]), LARGEURS[1])
