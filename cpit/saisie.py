"""Ce que la personne tape ou colle, lu en entier : une réponse sur une ligne, ou un texte que l’on corrige sur place.

Sur un vrai terminal les touches se lisent une à une (ni flèche prise pour une réponse, ni ligne coupée à 4 096 octets
par le système) et un texte s’édite avec readline ; sous Windows, la console édite ; ailleurs, le flux est lu tel quel.
"""

from __future__ import annotations

import codecs
import importlib
import os
import re
import signal
import sys
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any, NoReturn, TextIO

from cpit.typographie import nettoyer

COLLAGE_ANNONCE, COLLAGE_TU = "\x1b[?2004h", "\x1b[?2004l"
"""Demande au terminal de baliser ce que l’on colle, puis de ne plus le faire."""

_DEBUT_COLLAGE, _FIN_COLLAGE = "\x1b[200~", "\x1b[201~"
_TOUCHE = (
    r"\x1b\[M(?:.{3}|.{0,2}\Z)"  # la souris, à l’ancienne : trois signes la suivent
    r"|\x1b\[\[[A-E]"  # F1 à F5 de la console de Linux
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*(?:[@-~]|\Z)"  # flèches, touches de fonction, souris
    r"|\x1bO(?:[ -~]|\Z)"  # flèches et pavé numérique « application »
    r"|(?:\x1b[\]P_^X]|[\x90\x98\x9d-\x9f])[^\x07\x1b]*(?:\x07|\x1b\\)?"  # titre de fenêtre, et ses pareilles
    r"|\x1b"
)
_MORCEAU = re.compile(
    rf"{re.escape(_DEBUT_COLLAGE)}(?P<colle>.*?)(?:{re.escape(_FIN_COLLAGE)}|\Z)|{re.escape(_FIN_COLLAGE)}"
    rf"|(?P<touche>{_TOUCHE})|(?P<signe>\r\n|.)",
    re.DOTALL,
)
_EFFACE, _EFFACE_MOT, _EFFACE_TOUT, _FERME = "\x7f\b", "\x17", "\x15", "\x04"
ILLISIBLE = "\ufffd"
"""Ce qui tient la place d’octets que l’encodage du terminal ne sait pas lire."""
_PREMIER_DELAI, _DELAI = 0.005, 0.05
"""Secondes sans rien recevoir après lesquelles une ligne est finie, puis après lesquelles un collage l’est."""
_DELAI_DE_CONSOLE = 0.02
"""Le premier, sous Windows, dont la console donne un collage touche à touche."""
_TRANCHE = 0.25
"""Secondes d’attente d’une touche entre deux passages par Python, où une interruption se voit."""
_SIGNES_D_UN_COUP = 1_000_000
"""Au-delà, ce qui arrive sans fin n’est plus gardé."""


@dataclass(frozen=True, slots=True)
class Saisie:
    """Ce qui est arrivé d’un coup ; ``touches`` : des touches sans effet s’y mêlaient (flèches, Échap, souris…)."""

    texte: str
    touches: bool = False

    @property
    def lignes(self) -> int:
        """Nombre de lignes : plus d’une seulement si l’on a collé."""
        return self.texte.count("\n") + 1


def deja_tape(entree: TextIO) -> str:
    """Ce qui a été tapé avant la question, et qui n’y sera plus ; rien pour des Entrées seules (une Entrée doublée)."""
    descripteur = _terminal_de(entree)
    if descripteur is None:
        return ""
    if not _a_termios():
        return _sur_la_console(0).strip()
    with _sans_ligne(descripteur, echo=True):
        tape = _deja_arrive(descripteur, _decodeur(entree.encoding), 0)
    return tape if tape.strip() else ""


def lire_saisie(
    entree: TextIO, montrer: Callable[[str], None], avance: str = "", remontrer: Callable[[], None] = lambda: None
) -> Saisie:
    """Lit jusqu’à Entrée, et tout ce qui est arrivé avec.

    :param montrer: écrit à l’écran ce qui est tapé, là où le système ne le fait pas.
    :param avance: ce qui a été ``deja_tape``, si l’on veut le prendre.
    :param remontrer: récrit la question quand la personne revient à cpit qu’elle avait suspendu (Ctrl-Z, puis « fg »).
    :raises EOFError: si l’entrée est fermée.
    """
    descripteur = _terminal_de(entree)
    if descripteur is None:
        return _comprendre(_lire_le_flux(entree))
    if not _a_termios():
        return _comprendre(_une_ligne(entree) + _sur_la_console(_DELAI_DE_CONSOLE))
    return _lire_les_touches(descripteur, _decodeur(entree.encoding), (montrer, remontrer), avance)


def sait_editer(entree: TextIO, sortie: TextIO, *, sobre: bool = False) -> bool:
    """Vrai si un texte déjà là peut se corriger sur place : GNU readline, sur le terminal de ce processus.

    :param sobre: n’y écrire aucune séquence de terminal.
    """
    if entree is not sys.stdin or sortie is not sys.stdout or _terminal_de(entree) is None or not sortie.isatty():
        return False
    return _meme_encodage(entree.encoding) and _charger_readline(sobre=sobre) is not None


def editer(
    invite: str, texte: str, encodage: str, *, sobre: bool = False, revenir: Callable[[], None] = lambda: None
) -> Saisie:
    """Un texte de plusieurs lignes, corrigé sur place avec readline : à n’appeler que si ``sait_editer``.

    :param sobre: n’écrire aucune séquence de terminal.
    :param revenir: redit au terminal ce qu’il faut, au retour d’une suspension ; la question et le texte se remontrent.
    :raises EOFError: si l’entrée est fermée.
    """
    readline = _charger_readline(sobre=sobre)
    assert readline is not None
    for reglage in (*_REGLAGES, *_REGLAGES_DU_COLLAGE):
        readline.parse_and_bind(reglage)
    readline.set_auto_history(False)
    descripteur = sys.stdin.fileno()

    def reprendre() -> NoReturn:
        raise _Revenu(readline.get_line_buffer())

    with _sans_ligne(descripteur, echo=True):
        while True:
            readline.set_startup_hook(lambda: readline.insert_text(texte))  # noqa: B023 (appelé avant de changer)
            try:
                with _sans_ligne(descripteur, echo=True, au_retour=reprendre):
                    texte = input(invite)
            except _Revenu as revenu:
                texte = revenu.texte
                revenir()
                continue
            finally:
                readline.set_startup_hook(None)
            # Un collage que le terminal ne balise pas : sa première ligne a valu Entrée, le reste est déjà arrivé.
            arrive = _deja_arrive(descripteur, _decodeur(encodage), _PREMIER_DELAI)
            reste = _en_lignes(arrive if _FINI_PAR_LF in texte else arrive.removeprefix("\n"))
            texte = texte.replace(_FINI_PAR_LF, "")
            texte = f"{texte}\n{reste}" if reste.strip() else texte
            if not reste.strip() or reste.endswith("\n"):
                return Saisie(_epurer(_MORCEAU.sub(_sans_touche, _en_lignes(texte))))


class _Revenu(Exception):
    """La personne revient à cpit ; ``texte`` est ce qu’elle tapait quand elle l’a suspendu."""

    def __init__(self, texte: str) -> None:
        super().__init__(texte)
        self.texte = texte


def _meme_encodage(encodage: str) -> bool:
    """Vrai si readline, qui suit les réglages régionaux, montrerait le texte tel qu’il est (faux sous LC_ALL=C)."""
    import locale

    try:
        return codecs.lookup(locale.nl_langinfo(locale.CODESET)) == codecs.lookup(encodage)
    except (AttributeError, LookupError):
        return False


@cache
def _charger_readline(*, sobre: bool) -> ModuleType | None:
    """GNU readline, ou rien ; elle lit TERM une fois pour toutes à son chargement, et « dumb » y ôte les séquences.

    La bibliothèque qui en tient lieu sous macOS (libedit) ne reconnaît pas un collage : elle n’est pas employée.
    """
    if sobre and "readline" in sys.modules:
        return None  # chargée par un autre, elle écrirait des séquences
    terme = os.environ.get("TERM")
    os.environ.update({"TERM": "dumb"} if sobre else {})
    try:
        readline = importlib.import_module("readline")
    except ImportError:
        return None
    finally:
        os.environ.update({"TERM": terme} if terme is not None else {})
    est_libedit = "libedit" in (readline.__doc__ or "") or getattr(readline, "backend", "") == "editline"
    return None if est_libedit else readline


_FINI_PAR_LF = "\x1e"
"""Ce qu’un LF met dans le texte avant de valoir Entrée ; celui d’un CR LF arrive derrière, et n’est pas une ligne."""

_REGLAGES = (
    "set editing-mode emacs",  # l’autre jeu de touches sert aux collages
    "set keymap emacs",
    "set input-meta on",
    "set output-meta on",
    "set convert-meta off",  # sans cela, LC_ALL=C change chaque lettre accentuée en deux touches
    "set bell-style none",
    "set enable-bracketed-paste off",  # c’est cpit qui annonce le collage, où il en a le droit
    r'"\e[200~": vi-editing-mode',
    r'"\e[": skip-csi-sequence',  # une touche de fonction ne laisse pas un « ~ »
    r'"\e\C-m": accept-line',  # Échap puis Entrée : Entrée
    rf'"\C-j": "\C-e\C-v{_FINI_PAR_LF}\C-m"',
    r'"\e\C-j": accept-line',
    r'"\C-r": ""',  # chercher dans un historique qui n’existe pas retiendrait Entrée
    r'"\C-s": ""',
    "tab: self-insert",
    *(rf'"\e{chiffre}": self-insert' for chiffre in "0123456789-"),  # Échap puis 2 : un 2, et non une répétition
)
_REGLAGES_DU_COLLAGE = (
    # « bracketed-paste-begin » change chaque CR en LF : un CR LF y vaudrait deux fins de ligne. Entre ses balises, un
    # collage se lit donc avec le jeu de touches « vi-insert », où rien ne commande et où les trois fins en font une.
    "set keymap vi-insert",
    *(rf'"\C-{signe}": ""' for signe in (*"@abcdefghklnopqrstuvwxyz]^_?", r"\\")),
    r'"\e": ""',
    "tab: self-insert",
    r'"\C-j": self-insert',
    r'"\C-m": "\C-j"',
    r'"\C-m\C-j": "\C-j"',
    r'"\e[201~": emacs-editing-mode',
    "set keymap emacs",
)


# --- une réponse, touche à touche -----------------------------------------------------------------------------------


def _lire_les_touches(
    descripteur: int,
    decodeur: codecs.IncrementalDecoder,
    ecran: tuple[Callable[[str], None], Callable[[], None]],
    recu: str,
) -> Saisie:
    montrer, remontrer = ecran
    montre, revenues = "", list[bool]()

    def au_repos() -> None:
        if revenues:
            revenues.clear()
            remontrer()
            montrer(_retouche("", montre))

    with _sans_ligne(descripteur, echo=False, au_retour=lambda: revenues.append(True)):
        while (compose := _composer(recu))[2] is None:
            texte = compose[0]
            montrer(_retouche(montre, texte))
            montre = texte
            if not texte and recu.endswith(_FERME):
                raise EOFError
            recu += decodeur.decode(_lire_octets(descripteur, au_repos))
            while _collage_ouvert(recu):
                recu += decodeur.decode(_lire_octets(descripteur, au_repos))
        texte, touches, fin = compose
        montrer(_retouche(montre, texte) + "\n")
        suite = recu[fin:] + _deja_arrive(descripteur, decodeur, _PREMIER_DELAI)
        # Un LF arrivé après son CR n’est pas une ligne vide.
        reste = _composer_tout(suite.removeprefix("\n") if recu[:fin].endswith("\r") else suite)
    return Saisie(_epurer(f"{texte}\n{reste.texte}"), touches or reste.touches)


def _decodeur(encodage: str) -> codecs.IncrementalDecoder:
    """De quoi lire des octets dont un signe peut arriver en deux fois."""
    return codecs.getincrementaldecoder(encodage)("replace")


def _lire_octets(descripteur: int, au_repos: Callable[[], None]) -> bytes:
    """Ce qui arrive, dès qu’il arrive.

    Un Ctrl-C reçu entre la dernière instruction de Python et l’appel au système n’interrompt pas cet appel : on attend
    donc par tranches, et il n’est jamais perdu.

    :param au_repos: appelée entre deux attentes, et avant de lire.
    :raises EOFError: si le terminal est parti.
    """
    import select

    try:
        while not select.select([descripteur], [], [], _TRANCHE)[0]:
            au_repos()
        au_repos()
        octets = os.read(descripteur, 65_536)
    except OSError:
        octets = b""
    if not octets:
        raise EOFError
    return octets


def _collage_ouvert(recu: str) -> bool:
    """Vrai tant que la fin d’un collage n’est pas arrivée ; une balise de début, dans ce que l’on colle, n’en ouvre
    pas un second.
    """
    return recu.rfind(_DEBUT_COLLAGE) > recu.rfind(_FIN_COLLAGE)


def _composer(recu: str) -> tuple[str, bool, int | None]:
    """Le texte que donnent les touches reçues, s’il y en a eu sans effet, et où Entrée le termine (sinon rien)."""
    texte, touches = "", False
    for morceau in _MORCEAU.finditer(recu):
        signe = morceau["signe"]
        if signe is None:
            texte += _en_lignes((morceau["colle"] or "").replace(_DEBUT_COLLAGE, ""))
            touches |= morceau["touche"] is not None
        elif signe in "\r\n":
            return texte, touches, morceau.end()
        elif signe in _EFFACE:
            texte = texte[:-1]
        elif signe == _EFFACE_MOT:
            texte = re.sub(r"\S+\s*\Z", "", texte)
        elif signe == _EFFACE_TOUT:
            texte = ""
        elif signe != "\t" and nettoyer(signe):
            texte += signe
        else:
            touches = True
    return texte, touches, None


def _retouche(avant: str, apres: str) -> str:
    """Ce qu’il faut écrire pour que l’écran, qui montre ``avant``, montre ``apres`` : signes et retours."""
    avant, apres = nettoyer(avant), nettoyer(apres)
    commun = next(
        (r for r, (a, b) in enumerate(zip(avant, apres, strict=False)) if a != b), min(len(avant), len(apres))
    )
    largeur = sum(_colonnes(signe) for signe in avant[commun:])
    return "\b \b" * largeur + apres[commun:]


def _colonnes(signe: str) -> int:
    if unicodedata.combining(signe):
        return 0
    return 2 if unicodedata.east_asian_width(signe) in "WF" else 1


@contextmanager
def _sans_ligne(descripteur: int, *, echo: bool, au_retour: Callable[[], None] | None = None) -> Iterator[None]:
    """Le terminal donne chaque touche aussitôt, et telle quelle, le temps d’un bloc ; Ctrl-C y interrompt toujours.

    Sans quoi le CR d’un texte de Windows que l’on colle serait changé en LF, et chaque fin de ligne en vaudrait deux.

    :param au_retour: appelée, le terminal réglé de nouveau, quand la personne revient à cpit qu’elle avait suspendu :
        l’interpréteur de commandes avait repris ses réglages, et l’écran n’a plus la question.
    """
    import termios

    avant = termios.tcgetattr(descripteur)
    pendant = termios.tcgetattr(descripteur)
    pendant[0] &= ~termios.ICRNL
    pendant[3] &= ~(termios.ICANON | (0 if echo else termios.ECHO))
    pendant[6][termios.VMIN], pendant[6][termios.VTIME] = 1, 0

    def regler(reglages: list[Any]) -> None:
        with suppress(termios.error):  # le terminal a pu partir
            termios.tcsetattr(descripteur, termios.TCSANOW, reglages)

    def revenir() -> None:
        regler(pendant)
        assert au_retour is not None
        au_retour()

    termios.tcsetattr(descripteur, termios.TCSANOW, pendant)
    try:
        with _au_signal_de_retour(revenir) if au_retour else nullcontext():
            yield
    finally:
        regler(avant)


@contextmanager
def _au_signal_de_retour(geste: Callable[[], None]) -> Iterator[None]:
    """Fait ce geste à chaque fois que ce processus, suspendu, est relancé ; Python n’en sait rien hors de son fil."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    avant = signal.signal(signal.SIGCONT, lambda *_: geste())
    try:
        yield
    finally:
        signal.signal(signal.SIGCONT, avant or signal.SIG_DFL)


def _deja_arrive(descripteur: int, decodeur: codecs.IncrementalDecoder, delai: float) -> str:
    """Ce qui est arrivé derrière une ligne, fût-ce sans fin de ligne : rien n’en restera pour la question suivante."""
    import select

    octets = b""
    while select.select([descripteur], [], [], delai)[0]:
        lus = os.read(descripteur, 65_536)
        if not lus:
            break
        octets = (octets + lus)[:_SIGNES_D_UN_COUP]
        delai = _DELAI
    return decodeur.decode(octets, final=True)


# --- ailleurs -------------------------------------------------------------------------------------------------------


def _lire_le_flux(entree: TextIO) -> str:
    """Une ligne d’un flux, ou toutes celles d’un collage balisé."""
    lu = ligne = _une_ligne(entree)
    while ligne and _collage_ouvert(lu):
        ligne = entree.readline()
        lu += ligne
    return lu


def _une_ligne(entree: TextIO) -> str:
    lu = entree.readline()
    if not lu:
        raise EOFError
    return lu


def _a_termios() -> bool:
    """Faux sous Windows, dont la console édite elle-même une ligne."""
    try:
        import termios  # noqa: F401
    except ImportError:
        return False
    return True


def _sur_la_console(delai: float) -> str:
    """Ce qui attend dans la console de Windows : tapé d’avance, ou collé derrière la première ligne.

    Un long collage n’y arrive pas d’un coup : ce qui suivrait la première ligne répondrait aux questions d’après.
    """
    msvcrt = importlib.import_module("msvcrt")
    lu, fin = "", time.monotonic() + delai
    while (arrive := msvcrt.kbhit()) or time.monotonic() < fin:
        if not arrive:
            time.sleep(_PREMIER_DELAI)
        elif len(lu) < _SIGNES_D_UN_COUP:
            lu += msvcrt.getwch()
            fin = time.monotonic() + (_DELAI if delai else 0)
        else:
            msvcrt.getwch()
    return lu


def _comprendre(recu: str) -> Saisie:
    tout = _composer_tout(recu)
    return Saisie(_epurer(tout.texte), tout.touches)


def _composer_tout(recu: str) -> Saisie:
    """Tout ce qui a été reçu, d’Entrée en Entrée : des lignes, sans les touches sans effet ; rien n’y est épuré."""
    lignes, touches, reste = list[str](), False, recu
    while reste:
        texte, sans_effet, fin = _composer(reste)
        lignes.append(texte)
        touches |= sans_effet
        reste = reste[fin:] if fin is not None else ""
    return Saisie("\n".join(lignes), touches)


def _epurer(texte: str) -> str:
    """Le texte sans ce qui ne s’imprime pas, ni blanc autour ; ses fins de ligne restent."""
    return nettoyer(texte, garder_lignes=True).strip()


def _en_lignes(texte: str) -> str:
    return texte.replace("\r\n", "\n").replace("\r", "\n")


def _sans_touche(morceau: re.Match[str]) -> str:
    return morceau["colle"] or morceau["signe"] or ""


def _terminal_de(entree: TextIO) -> int | None:
    """Descripteur d’un vrai terminal, ou rien."""
    try:
        return entree.fileno() if entree.isatty() else None
    except (OSError, ValueError):
        return None
