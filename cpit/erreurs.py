"""Les constats de cpit : situés, classés par gravité, rédigés une seule fois dans le catalogue des messages.

Le cœur et les lecteurs produisent des anomalies ; seul le bord (``cpit.cli``) les montre.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path, PurePath

from cpit import messages
from cpit.messages import EXTRAS, Gravite, Message, pour_obtenir
from cpit.messages.message import en_python
from cpit.typographie import (
    FINE,
    SUSPENSION,
    clore,
    d_un_tenant,
    delier,
    finit_par_une_commande,
    montrer_d_ailleurs,
    montrer_nos_mots,
    typographier,
)


class CodeSortie(IntEnum):
    """Codes de sortie de la commande ``cpit``."""

    FAIT = 0
    REFUS = 1
    MAUVAIS_EMPLOI = 2
    INTERROMPU = 130


@dataclass(frozen=True, slots=True)
class Lieu:
    """Où se trouve une anomalie : un fichier, puis une ligne et une colonne (à partir de 1), ou une cellule."""

    fichier: str = ""
    ligne: int | None = None
    colonne: int | None = None
    feuille: str | None = None
    cellule: str | None = None

    def __str__(self) -> str:
        fichier = "ce dossier" if self.fichier == "." else montrer_d_ailleurs(self.fichier)
        morceaux = [fichier] if fichier else []
        if self.ligne is not None:
            morceaux.append(f"ligne {self.ligne}")
        if self.colonne is not None:
            morceaux.append(f"colonne {self.colonne}")
        if self.feuille is not None:
            morceaux.append(typographier("feuille « {} »").format(montrer_d_ailleurs(self.feuille)))
        if self.cellule is not None:
            morceaux.append(f"cellule {montrer_d_ailleurs(self.cellule)}")
        return ", ".join(morceaux)


class ACopier(str):
    """Un mot de message donné entier, si long soit-il : le couper d’un « … » en ôterait ce que l’on en recopie."""

    __slots__ = ()

    def __str__(self) -> str:
        """Le texte, tel qu’il s’écrit partout : seul un message au terminal sait ce qui en est d’un tenant."""
        return delier(self)


_ILLISIBLES_AU_TERMINAL = frozenset('"$`\\!=\r\n\t')
"""Ce qui, entre guillemets, ne se collerait pas tel quel dans un terminal, ou couperait une paire."""
_PAIRES_MAX, _ECRITE_MAX = 20, 60


class Remede(ACopier):
    """De quoi coller pour que des réponses refusées soient prises : --valeurs, ou une correspondance à compléter.

    ``cibles`` : chaque réponse telle qu’écrite, et ce qu’elle peut valoir, un choix par option proposée.
    """

    __slots__ = ("amorce", "cibles", "commande")
    amorce: str
    cibles: Mapping[str, tuple[str, ...]]
    commande: str

    def __new__(cls, amorce: str, cibles: Mapping[str, tuple[str, ...]], commande: str) -> Remede:
        """Compose le texte.

        :param amorce: ce qui l’introduit dans la phrase.
        :param commande: celle qui propose une correspondance, si tout ne se colle pas.
        """
        se_colle = len(cibles) <= _PAIRES_MAX and all(map(_se_colle, cibles))
        suite = _options(cibles) if se_colle else f"dans la correspondance que propose{FINE}: {commande}"
        remede = super().__new__(cls, f", {amorce}{FINE}: {suite}" if se_colle else f", {amorce} {suite}")
        remede.amorce, remede.cibles, remede.commande = amorce, cibles, commande
        return remede

    def pour_toute(self, cibles: Mapping[str, tuple[str, ...]]) -> Remede:
        """Le même, qui dit toutes les réponses d’une source : une option donnée deux fois ne vaut que la seconde."""
        return Remede(self.amorce, cibles, self.commande)


def _se_colle(ecrite: str) -> bool:
    return bool(ecrite) and len(ecrite) <= _ECRITE_MAX and _ILLISIBLES_AU_TERMINAL.isdisjoint(ecrite)


def _options(cibles: Mapping[str, tuple[str, ...]]) -> str:
    """Une option pour chacun des choix : « --valeurs "n/a=SO" ou --valeurs "n/a=vide" »."""
    choix = range(max(map(len, cibles.values())))
    paires = ([f"{ecrite}={sens[min(rang, len(sens) - 1)]}" for ecrite, sens in cibles.items()] for rang in choix)
    return " ou ".join(d_un_tenant(f'--valeurs "{",".join(une)}"') for une in paires)


class _Accorde(str):
    """Un mot de message ; « {nombre:ligne vide|lignes vides} » y est la forme qu’il commande."""

    __slots__ = ()

    def __format__(self, formes: str) -> str:
        singulier, barre, pluriel = formes.partition("|")
        if not barre:
            return str(self)
        chiffres = "".join(filter(str.isdecimal, self))
        return singulier if chiffres and int(chiffres) < 2 else pluriel


@dataclass(frozen=True, slots=True, repr=False)
class Anomalie:
    """Un constat : un code du catalogue, un lieu, et les mots à mettre dans le message.

    ``apercu`` : des lignes de la source, telles que comprises. Elles ne se montrent qu’au terminal de qui lit le
    fichier, et ne s’écrivent nulle part : il peut s’y trouver des noms et des adresses.
    """

    code: str
    lieu: Lieu = Lieu()
    mots: Mapping[str, object] = field(default_factory=dict)
    apercu: tuple[str, ...] = field(default=(), compare=False)

    def __repr__(self) -> str:
        """Où, quoi, comment corriger : ce que lit qui inspecte une lecture."""
        return f"{clore(self.constat)} {self.correction}"

    @property
    def constat(self) -> str:
        """Où, si l’on sait, et ce qui ne va pas."""
        return " : ".join(filter(None, (str(self.lieu), self.quoi)))

    @property
    def gravite(self) -> Gravite:
        """Gravité donnée par le catalogue."""
        return self._message.gravite

    @property
    def quoi(self) -> str:
        """Ce qui ne va pas."""
        return delier(self._rediger(self._message.quoi))

    @property
    def attendu(self) -> str:
        """Ce qui était attendu."""
        return delier(self.attendu_au_terminal)

    @property
    def correction(self) -> str:
        """Comment corriger, avec le nom le plus proche s’il y en a un."""
        return delier(self.correction_au_terminal)

    @property
    def attendu_au_terminal(self) -> str:
        """L’attendu, où ce qui se recopie est d’un tenant."""
        return self._rediger(self._selon_le_lieu[0])

    @property
    def correction_au_terminal(self) -> str:
        """La correction, où ce qui se recopie est d’un tenant."""
        proche = self.mots.get("proche")
        suggestion = typographier(" Vouliez-vous écrire « {} » ?").format(proche) if proche else ""
        return self._rediger(self._selon_le_lieu[1]) + suggestion

    @property
    def _selon_le_lieu(self) -> tuple[str, str]:
        """L’attendu et la correction : d’une cellule, ils parlent du tableur."""
        message = self._message
        dans_un_classeur = self.lieu.feuille is not None and message.en_classeur is not None
        return (
            message.en_classeur if dans_un_classeur and message.en_classeur else (message.attendu, message.correction)
        )

    @property
    def _message(self) -> Message:
        return messages.CATALOGUE[self.code]

    def _rediger(self, gabarit: str) -> str:
        # La typographie vient avant les mots : un chemin ou une valeur tapée se montre sans retouche.
        if not _DE_LA_COMMANDE.get():
            gabarit = en_python(gabarit, self.code)
        mots = {cle: self._mot(cle, mot) for cle, mot in self.mots.items()}
        # Une commande au bout d’une phrase se copie sans le point.
        for coupe in (cle for cle, mot in mots.items() if mot.endswith(SUSPENSION) or finit_par_une_commande(mot)):
            gabarit = re.sub(rf"(\{{{coupe}\}}›?)\.(?=\s|$)", r"\1", gabarit)
        accordes = {cle: _Accorde(mot) for cle, mot in (_FACULTATIFS | mots).items()}
        morceaux = [morceau.format_map(accordes) for morceau in _CE_QUI_SE_RECOPIE.split(typographier(gabarit))]
        return "".join(d_un_tenant(morceau) if rang % 2 else morceau for rang, morceau in enumerate(morceaux))

    def _mot(self, cle: str, mot: object) -> str:
        court = _court(mot)
        if cle == "ou_dire" and not _DE_LA_COMMANDE.get():
            return _D_UNE_LECTURE.sub(lambda option: en_python(option[0]), court)
        return court if _DE_LA_COMMANDE.get() or cle not in _MOTS_D_OPTION else en_python(court, self.code)


_CE_QUI_SE_RECOPIE = re.compile("[‹›]")
_DE_LA_COMMANDE: ContextVar[bool] = ContextVar("de_la_commande", default=False)
_MOTS_D_OPTION = frozenset({"option", "options"})
_D_UNE_LECTURE = re.compile(r"--(?:valeurs|identifiant|moment|regard)\b")
_FACULTATIFS = {"ou_dire": "", **{f"installer_{extra}": pour_obtenir(extra) for extra in EXTRAS}}
"""Les mots qu’une anomalie peut ne pas porter : le remède d’une réponse, là où il n’y a qu’à corriger la cellule, et
la commande qui installe, la même partout et jamais retouchée."""


@contextmanager
def messages_de_la_commande() -> Iterator[None]:
    """Le temps d’une commande, les messages nomment ses options ; de Python, ils nomment des paramètres."""
    jeton = _DE_LA_COMMANDE.set(True)
    try:
        yield
    finally:
        _DE_LA_COMMANDE.reset(jeton)


class ErreurCpit(Exception):
    """Refus d’une entrée, porté jusqu’au bord par une ou plusieurs anomalies."""

    code_sortie = CodeSortie.REFUS

    def __init__(self, anomalies: Iterable[Anomalie]) -> None:
        self.anomalies = tuple(anomalies)
        super().__init__(self.anomalies)

    def __str__(self) -> str:
        """Chaque anomalie sur sa ligne : où, quoi, comment corriger."""
        return "\n".join(map(repr, self.anomalies))


class MauvaisEmploi(ErreurCpit):
    """La commande elle-même est mal écrite."""

    code_sortie = CodeSortie.MAUVAIS_EMPLOI


class Interruption(ErreurCpit):
    """La personne a interrompu ; ce qui était répondu est enregistré."""

    code_sortie = CodeSortie.INTERROMPU


def refus(code: str, lieu: Lieu | str = "", /, **mots: object) -> ErreurCpit:
    """Erreur d’une seule anomalie ; ``lieu`` peut être un simple nom de fichier."""
    return ErreurCpit([anomalie(code, lieu, **mots)])


def anomalie(code: str, lieu: Lieu | str = "", /, **mots: object) -> Anomalie:
    """Anomalie du catalogue.

    :raises KeyError: si le code n’est pas au catalogue.
    """
    if code not in messages.CATALOGUE:
        raise KeyError(code)
    return Anomalie(code, lieu if isinstance(lieu, Lieu) else Lieu(lieu), mots)


def refusees(anomalies: Iterable[Anomalie]) -> tuple[Anomalie, ...]:
    """Les anomalies qui empêchent de prendre la donnée."""
    return tuple(a for a in anomalies if a.gravite is Gravite.REFUS)


_RAISONS_SYSTEME = {
    errno.ENOSPC: "le disque est plein",
    errno.EDQUOT: "votre quota de disque est atteint",
    errno.EFBIG: "la limite de taille de fichier est atteinte",
    errno.EACCES: "l’accès est refusé",
    errno.EPERM: "l’accès est refusé",
    errno.EROFS: "le disque est en lecture seule",
    errno.EISDIR: "c’est un dossier",
    errno.ENOTDIR: "un élément du chemin n’est pas un dossier",
    errno.ENOENT: "le dossier n’existe pas",
    errno.ENAMETOOLONG: "le nom est trop long",
    errno.EEXIST: "ce nom est déjà pris",
    errno.EIO: "le disque ne répond pas bien",
    errno.ELOOP: "le lien tourne en rond",
    errno.ENXIO: "rien n’y répond",
    errno.EINVAL: "le nom n’est pas permis ici",
}

_CARACTERE_NUL = "embedded null"
"""Ce que dit Python d’un chemin qui porte un caractère nul."""


def raison_systeme(erreur: OSError) -> str:
    """Pourquoi le système a refusé, en français quand on le sait, avec ses mots sinon."""
    return _RAISONS_SYSTEME.get(erreur.errno or 0, erreur.strerror or str(erreur))


@contextmanager
def ecriture(chemin: Path | str) -> Iterator[None]:
    """Change en refus ce que le système oppose à une écriture.

    :raises ErreurCpit: « ecriture-impossible », avec ce chemin et la raison du système.
    """
    try:
        yield
    except OSError as erreur:
        raise refus("ecriture-impossible", str(chemin), nom=chemin, raison=raison_systeme(erreur)) from None


@contextmanager
def acces() -> Iterator[None]:
    """Change en refus ce que le système oppose à une fonction, où qu’il le fasse ; sert surtout de décorateur.

    :raises ErreurCpit: « systeme », avec le chemin que le système a nommé et sa raison.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as erreur:
        raise refus("systeme", str(erreur.filename or ""), raison=raison_systeme(erreur)) from None
    except ValueError as erreur:
        if _CARACTERE_NUL not in str(erreur):
            raise
        raise refus("systeme", raison="le nom porte un caractère nul") from None


_BITS_CITES = 200
"""Un entier plus grand ne se cite pas."""


def _court(mot: object, longueur: int = 120) -> str:
    """Texte d’un mot de message, sur une ligne et borné : une valeur hostile ne remplit pas l’écran."""
    if isinstance(mot, int) and mot.bit_length() > _BITS_CITES:
        return "un nombre démesuré"  # Python refuse d’écrire un entier de plus de 4 300 chiffres
    if isinstance(mot, ACopier):
        return montrer_nos_mots(mot)
    texte = montrer_d_ailleurs(str(mot))
    return texte if isinstance(mot, PurePath) or len(texte) <= longueur else texte[: longueur - 1] + "…"


__all__ = [
    "ACopier",
    "Anomalie",
    "CodeSortie",
    "ErreurCpit",
    "Gravite",
    "Interruption",
    "Lieu",
    "MauvaisEmploi",
    "Remede",
    "acces",
    "anomalie",
    "ecriture",
    "messages_de_la_commande",
    "raison_systeme",
    "refus",
    "refusees",
]
