"""Le terminal : ce qu’il sait montrer, comment on y écrit et on y lit. Entrée et sortie sont passées en argument.

Ses touches sont une table ; un écran déclare celles qui ont un effet chez lui, les autres y sont refusées par la même
phrase que partout.
"""

from __future__ import annotations

import codecs
import io
import os
import shutil
import sys
import textwrap
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, partial
from typing import TYPE_CHECKING, BinaryIO, TextIO, TypeVar

from cpit.typographie import (
    delier,
    montrer_d_ailleurs,
    montrer_nos_mots,
    nettoyer,
    porte_un_tenant,
    replier,
    taire_les_commandes,
    typographier,
)

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
    from rich.console import Console

    from cpit.saisie import Saisie


class Touche(StrEnum):
    """Une touche de commande ; sa valeur est le signe que l’on tape."""

    QUITTER = "q"
    AIDE = "?"
    PRECEDENT = "p"
    REVUE = "r"
    TRACE = "t"


_MOTS: dict[Touche, tuple[str, ...]] = {
    Touche.QUITTER: ("quitter",),
    Touche.AIDE: ("aide",),
    Touche.PRECEDENT: ("précédent", "precedent"),
    Touche.REVUE: ("revue", "revoir", "reprendre"),
    Touche.TRACE: ("trace",),
}
"""Les mots que l’on peut écrire en entier à la place du signe ; le premier est celui que l’on montre."""

_PAR_MOT = {mot: touche for touche, mots in _MOTS.items() for mot in (touche.value, *mots)}


class Quitter(Exception):
    """La personne a demandé à s’arrêter ; tout ce qu’elle a répondu est enregistré."""


def normaliser_saisie(saisie: str) -> str:
    """Saisie sans caractère invisible ni espace autour, en minuscules ; le « − » typographique vaut « - »."""
    return nettoyer(saisie).strip().casefold().replace("−", "-")


def touche_de(saisie: str) -> Touche | None:
    """La touche que dit une saisie, par son signe ou par un de ses mots ; rien si ce n’en est pas une."""
    return _PAR_MOT.get(unicodedata.normalize("NFC", normaliser_saisie(saisie)))


def sans_effet(touche: Touche) -> str:
    """La phrase qui refuse une touche là où elle n’a rien à faire."""
    return f"« {touche} » ({_MOTS[touche][0]}) n'a pas d'effet ici."


_T = TypeVar("_T")
_SECONDES_AVANT_BARRE = 1.0
_LARGEURS = (20, 200)
"""Colonnes : en deçà et au-delà, on écrit comme à ces bornes."""
_LARGEUR_DE_PROSE = 90
"""Colonnes qu’une phrase ne dépasse pas : au-delà, l’œil perd la ligne ; un tableau, lui, prend la place qu’il y a."""


def rouvrir_les_flux_fermes() -> None:
    """Un flux que l’on a fermé avant de lancer cpit (un service, une tâche planifiée) : rien à lire, rien à montrer.

    Python n’en fait alors aucun objet, et le système en donnerait le numéro au premier fichier ouvert.
    """
    for nom, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, nom) is None:
            setattr(sys, nom, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))


def preparer_les_flux(entree: TextIO, *sorties: TextIO) -> None:
    """Fait qu’aucun octet lu ni aucun caractère écrit n’interrompe cpit, quel que soit l’encodage de la console."""
    if hasattr(entree, "reconfigure"):
        entree.reconfigure(errors="replace")
    for sortie in sorties:
        if hasattr(sortie, "reconfigure"):
            sortie.reconfigure(errors=_repli_pour(sortie.encoding))


def _repli_pour(encodage: str) -> str:
    nom = f"cpit-{encodage}"

    def remplacer(erreur: UnicodeError) -> tuple[str, int]:
        assert isinstance(erreur, UnicodeEncodeError)
        return replier(erreur.object[erreur.start : erreur.end], encodage), erreur.end

    codecs.register_error(nom, remplacer)
    return nom


def oublier_le_lecteur(flux: TextIO) -> None:
    """Le lecteur du tube est parti (« cpit … | head ») : ce que l’on y écrirait encore se perd, sans erreur.

    La commande va à son terme : ce qu’elle devait écrire ailleurs l’est, et son code de sortie reste juste. Sans cela,
    Python essaierait en plus de vider la sortie en quittant, et montrerait une trace.
    """
    puits = os.open(os.devnull, os.O_WRONLY)
    os.dup2(puits, flux.fileno())
    os.close(puits)


class OctetsDeSortie(io.BufferedIOBase, BinaryIO):
    """Les octets d’une sortie, pour qui en écrit beaucoup : un lecteur parti n’interrompt pas ce qui reste à faire."""

    def __init__(self, flux: TextIO) -> None:
        self._flux = flux
        flux.flush()

    def writable(self) -> bool:
        """Vrai : on n’y fait qu’écrire."""
        return True

    def write(self, octets: ReadableBuffer, /) -> int:
        """Écrit des octets, ou les laisse se perdre si plus personne ne lit."""
        try:
            return self._flux.buffer.write(octets)
        except BrokenPipeError:
            oublier_le_lecteur(self._flux)
            return memoryview(octets).nbytes

    def flush(self) -> None:
        """Vide le tampon."""
        try:
            self._flux.buffer.flush()
        except BrokenPipeError:
            oublier_le_lecteur(self._flux)


class FluxReplie:
    """Un flux de texte qui ne tombe ni sur un caractère que la console ne sait pas écrire, ni sur un lecteur parti.

    ``perdu`` : vrai si plus personne ne lit.
    """

    def __init__(self, flux: TextIO) -> None:
        self._flux = flux
        self.encoding = flux.encoding or "ascii"
        self.perdu = False

    def write(self, texte: str) -> int:
        """Écrit, en repliant ce que l’encodage n’a pas ; ce qui se recopie y a ses espaces."""
        with self._sans_lecteur():
            self._flux.write(replier(taire_les_commandes(delier(texte)), self.encoding))
        return len(texte)

    def montrer_la_frappe(self, texte: str) -> None:
        """Écrit aussitôt ce que l’on tape ; une rature y recule le curseur (« \\b »), ce que ``write`` tait."""
        saine = "\b".join(map(taire_les_commandes, texte.split("\b")))
        with self._sans_lecteur():
            self._flux.write(replier(saine, self.encoding))
            self._flux.flush()

    def flush(self) -> None:
        """Vide le tampon."""
        with self._sans_lecteur():
            self._flux.flush()

    @contextmanager
    def _sans_lecteur(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            oublier_le_lecteur(self._flux)
            self.perdu = True

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
    ``colonnes`` : mesure la fenêtre, à chaque écriture : elle a pu changer de taille.
    """

    entree: TextIO
    sortie: TextIO
    simple: bool = False
    couleurs: bool = False
    colonnes: Callable[[], int] = lambda: 80

    @classmethod
    def du_processus(
        cls, entree: TextIO, sortie: TextIO, environnement: Mapping[str, str], *, simple: bool = False
    ) -> Terminal:
        """Terminal d’après les flux et l’environnement (``ACCESSIBLE``, ``NO_COLOR``, ``TERM``, ``COLUMNS``)."""
        est_tty = sortie.isatty()
        simple = simple or environnement.get("ACCESSIBLE", "") not in ("", "0")
        couleurs = est_tty and not simple and not environnement.get("NO_COLOR")
        couleurs = couleurs and environnement.get("TERM") != "dumb"
        return cls(entree, sortie, simple, couleurs, partial(_largeur, est_tty, environnement))

    @cached_property
    def flux(self) -> FluxReplie:
        """La sortie, avec repli des caractères."""
        return FluxReplie(self.sortie)

    @property
    def largeur(self) -> int:
        """Colonnes de la fenêtre, telle qu’elle est maintenant."""
        return self.colonnes()

    @property
    def largeur_de_prose(self) -> int:
        """Colonnes que prend une phrase : celles de la fenêtre moins une, sans dépasser ce que l’œil suit."""
        return max(min(self.largeur - 1, _LARGEUR_DE_PROSE), 12)

    @property
    def console(self) -> Console:
        """Console rich sur la sortie, à la largeur d’à présent ; créée à l’usage."""
        self._console.width = self.largeur
        return self._console

    @cached_property
    def _console(self) -> Console:
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

    @property
    def se_feuillette(self) -> bool:
        """Vrai si ce qui est long se montre un écran après l’autre : quelqu’un lit, et peut dire de continuer."""
        return self.interactif and self.sortie.isatty() and not self.simple

    def passer(self, invite: str) -> bool:
        """Attend Entrée ; faux si l’on demande à quitter (q). Une entrée fermée laisse tout venir : rien ne se perd."""
        try:
            return touche_de(self.demander(invite)) is not Touche.QUITTER
        except EOFError:
            return True

    def sait_ecrire(self, caracteres: str) -> bool:
        """Vrai si la console peut montrer ces caractères tels quels."""
        return replier(caracteres, self.flux.encoding) == caracteres

    def dire(self, texte: str = "", *, retrait: int = 0, suite: int | None = None, tel_quel: bool = False) -> None:
        """Écrit une de nos phrases, coupée à la largeur, ou entière en mode simple (lecteurs d’écran).

        Une fin de ligne qui s’y trouverait vient d’ailleurs (un nom de fichier) : elle n’en ouvre pas une autre.

        :param retrait: espaces en tête de la première ligne ; ``suite`` pour les suivantes (même retrait sinon).
        :param tel_quel: le texte porte une valeur ou un chemin : sa typographie n’est pas retouchée.
        """
        suivantes = " " * (retrait if suite is None else suite)
        ligne = montrer_nos_mots(texte if tel_quel else typographier(texte))
        plie = self._plier(" " * retrait + ligne, suivantes)
        self.flux.write("\n".join(plie or [""]) + "\n")

    def copier(self, texte: str) -> None:
        """Écrit une ligne à copier (commande, chemin) : ni coupée, ni retouchée."""
        self.flux.write(montrer_nos_mots(texte) + "\n")

    def donner(self, texte: str) -> None:
        """Écrit des données (YAML) en UTF-8 vers un fichier ou un tube, quel que soit l’encodage de la console."""
        octets = getattr(self.sortie, "buffer", None)
        if octets is None or self.sortie.isatty():
            self.flux.write(texte)
            return
        self.sortie.flush()
        octets.write(texte.encode())
        octets.flush()

    def demander(self, invite: str) -> str:
        """Pose une question et lit la réponse, sur une ligne, sans espace autour ni caractère qui ne s’imprime pas.

        Une touche sans effet (flèche, Échap, tabulation, souris) n’est jamais une réponse, plusieurs lignes collées non
        plus : on le dit et on redemande.

        :raises EOFError: si l’entrée est fermée.
        :raises KeyboardInterrupt: si la personne interrompt.
        """
        from cpit.saisie import ILLISIBLE

        while True:
            saisie = self._lire(invite)
            if saisie.lignes > 1:
                self.dire(
                    f"{saisie.lignes} lignes sont arrivées d'un coup : aucune n'est prise. Une réponse à la fois."
                )
            elif ILLISIBLE in saisie.texte:
                self.dire(f"{_ARRIVES_ILLISIBLES.format(self.entree.encoding)} : rien n'est pris.")
            elif saisie.touches and not saisie.texte:
                self.dire("Cette touche n'a pas d'effet ici : rien n'est pris.")
            else:
                return saisie.texte

    def interroger(
        self,
        invite: str,
        lire: Callable[[str], _T | None],
        attendus: str,
        touches: Mapping[Touche, Callable[[], _T | None]] | None = None,
        *,
        faute: str = "ne convient pas",
    ) -> _T:
        """Pose une question jusqu’à une réponse qui convient ; les touches font la même chose sur tous les écrans.

        Une touche l’emporte sur ce que ``lire`` en ferait. « q » quitte partout, « ? » dit au moins ce qui est attendu.

        :param lire: ce que vaut une saisie, ou rien si elle ne convient pas.
        :param attendus: la phrase qui dit ce qui est accepté.
        :param touches: ce que font ici les touches qui ont un effet ; sans rien rendre, elles redemandent.
        :param faute: ce qu’il y a à dire d’une saisie qui ne convient pas.
        :raises Quitter: si la personne demande à s’arrêter.
        :raises EOFError: si l’entrée est fermée.
        """
        actives = touches or {}
        while True:
            saisie = self.demander(invite)
            touche = touche_de(saisie)
            if touche is None:
                valeur = lire(saisie)
                if valeur is None:
                    self.dire(f"« {saisie[:40]} » {faute}. {attendus}" if saisie else attendus)
            elif touche in actives:
                valeur = actives[touche]()
            elif touche is Touche.QUITTER:
                raise Quitter
            else:
                valeur = None
                self.dire(attendus if touche is Touche.AIDE else f"{sans_effet(touche)} {attendus}")
            if valeur is not None:
                return valeur

    @property
    def edite(self) -> bool:
        """Vrai si ``demander_texte`` montre le texte déjà là pour qu’on le corrige."""
        from cpit.saisie import sait_editer

        return sait_editer(self.entree, self.sortie, sobre=not self.couleurs)

    def demander_texte(self, invite: str, texte: str = "") -> str:
        """Demande un texte, qui peut avoir plusieurs lignes si on les colle ; Entrée le termine.

        :param texte: celui qui est déjà là ; il se corrige sur place si le terminal ``edite``, sinon Entrée le garde.
        :raises EOFError: si l’entrée est fermée.
        :raises KeyboardInterrupt: si la personne interrompt.
        """
        from cpit.saisie import ILLISIBLE

        lu = self._lire(invite, texte).texte if self.edite else self._lire(invite).texte or texte
        if lu.count(ILLISIBLE) > texte.count(ILLISIBLE):
            self.dire(f"{_ARRIVES_ILLISIBLES.format(self.entree.encoding)} : leur place est gardée, « {ILLISIBLE} ».")
        return lu

    def _lire(self, invite: str, a_corriger: str | None = None) -> Saisie:
        """Écrit l’invite et lit ; le collage n’est annoncé qu’à un terminal qui a droit aux séquences."""
        from cpit.saisie import COLLAGE_ANNONCE, COLLAGE_TU, deja_tape, editer, lire_saisie

        annonce = self.couleurs and os.name != "nt"
        avance = deja_tape(self.entree)
        if avance and (a_corriger is not None or not annonce):
            # Rien ne dit que ce n’est pas la fin d’un collage : elle ne répondra pas à cette question.
            self.dire("Ce qui a été tapé avant la question n'est pas pris.")
            avance = ""
        *avant, derniere = self._plier(typographier(montrer_d_ailleurs(invite)), "") or [""]
        derniere += invite[len(invite.rstrip()) :]

        def ecrire(question: str) -> None:
            self.flux.write((COLLAGE_ANNONCE if annonce else "") + question)
            self.flux.flush()

        self.flux.write("".join(f"{ligne}\n" for ligne in avant))
        ecrire(derniere if a_corriger is None else "")
        if self.flux.perdu and self.interactif:
            # Personne ne verrait la question.
            raise BrokenPipeError
        try:
            if a_corriger is not None:
                invite_ = replier(derniere, self.flux.encoding)
                return editer(invite_, a_corriger, self.entree.encoding, sobre=not annonce, revenir=partial(ecrire, ""))
            return lire_saisie(self.entree, self.flux.montrer_la_frappe, avance, partial(ecrire, derniere))
        except EOFError:
            self.flux.write("\n")
            raise
        finally:
            self.flux.write(COLLAGE_TU if annonce else "")

    def confirmer(self, question: str, *, defaut: bool = True) -> bool:
        """Question fermée : Entrée vaut ``defaut``.

        :raises Quitter: si la personne demande à s’arrêter.
        """
        choix = "[O/n]" if defaut else "[o/N]"
        reponses = {"": defaut, "o": True, "oui": True, "y": True, "n": False, "non": False}
        attendus = "Répondre o (oui) ou n (non), ou Entrée ; q pour s'arrêter là."
        return self.interroger(f"{question} {choix} ", lambda s: reponses.get(normaliser_saisie(s)), attendus)

    @contextmanager
    def progression(self, quoi: str) -> Iterator[Callable[[int, int], None]]:
        """Barre de progression sur un terminal, si cela dure plus d’une seconde ; rien dans un tube.

        Rend une fonction à appeler avec ce qui est fait et le total.
        """
        if not self.sortie.isatty() or self.simple:
            yield _rien
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        debut = time.monotonic()
        colonnes = (TextColumn(montrer_d_ailleurs(quoi), markup=False), BarColumn(), MofNCompleteColumn())
        with Progress(*colonnes, console=self.console, transient=True, disable=False) as barre:
            tache = barre.add_task(quoi, total=None, visible=False)

            def avancer(fait: int, total: int) -> None:
                visible = time.monotonic() - debut > _SECONDES_AVANT_BARRE
                barre.update(tache, completed=fait, total=total, visible=visible)

            yield avancer

    def _plier(self, ligne: str, suivantes: str) -> list[str]:
        if self.simple:
            return [ligne.rstrip()]
        if self.largeur < _COLLER_MIN:
            place = self.largeur_de_prose - len(suivantes)
            # Ce qui se tient par des espaces insécables et ne tient pas sur une ligne se coupe là, non dans un mot.
            mots = (mot if len(mot) <= place else mot.replace(_INSECABLE, " ") for mot in delier(ligne).split(" "))
            ligne = " ".join(mots)
        return textwrap.wrap(
            ligne,
            self.largeur_de_prose,
            subsequent_indent=suivantes,
            break_on_hyphens=False,
            # une adresse, un chemin, une commande se copie entier
            break_long_words=not porte_un_tenant(ligne) and "/" not in ligne and os.sep not in ligne,
        )


_ARRIVES_ILLISIBLES = "Des signes sont arrivés illisibles (le terminal n'est pas en {} ?)"
_INSECABLE = "\u00a0"
_COLLER_MIN = 40
"""Colonnes au-dessous desquelles tout se coupe : presque aucune option n’y tiendrait."""


def _rien(_fait: int, _total: int) -> None:
    """Progression qui ne se montre pas."""


def _largeur(est_tty: bool, environnement: Mapping[str, str]) -> int:
    colonnes = environnement.get("COLUMNS", "")
    mesuree = shutil.get_terminal_size((80, 24)).columns if est_tty else 80
    largeur = int(colonnes[:6]) if colonnes.isdecimal() else 0
    largeur = largeur or mesuree
    return min(max(largeur, _LARGEURS[0]), _LARGEURS[1])
