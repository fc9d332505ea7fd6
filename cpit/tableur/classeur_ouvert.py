"""Un classeur ouvert, quel que soit son format : ses feuilles, leurs cases, et ce qu’elles cachent.

Une table ou un formulaire se lit de là, sans savoir si c’est un xlsx, un ods, un xls ou un xlsb. Chaque feuille se lit
à la demande, une seule à la fois ; ce qui n’a pas un sens et un seul lève ``FeuilleRefusee``, avec sa place.
"""

from __future__ import annotations

import re
import struct
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import takewhile
from typing import TypeVar
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile

from cpit.tableur.pieges import FeuilleRefusee, Piege, Pieges

Case = str | int | float | bool | date | datetime | time | timedelta | Piege
Cases = dict[int, Case]
"""Les cases remplies d’une ligne, par colonne (à partir de 1)."""
COLONNES_MAX = 16_384
"""Colonnes d’une feuille : la dernière est XFD."""


@dataclass(frozen=True, slots=True)
class Onglet:
    """Une feuille de calcul : son nom, ce qui la désigne dans le classeur (partie ou rang), et si elle est cachée."""

    nom: str
    partie: str
    cache: bool


@dataclass(slots=True)
class FeuilleLue:
    """Une feuille entière ; lignes et colonnes se comptent à partir de 1, une case vide n’y est pas."""

    titre: str
    lignes: dict[int, Cases] = field(default_factory=dict)
    pieges: Pieges = field(default_factory=Pieges)

    def valeur(self, ligne: int, colonne: int) -> Case | None:
        """Valeur d’une case ; pour une formule, celle que le tableur a enregistrée."""
        return self.lignes.get(ligne, {}).get(colonne)


_FAUTES = (
    *(BadZipFile, zlib.error, struct.error, ExpatError, ParseError, EOFError),
    *(LookupError, ValueError, ArithmeticError, RuntimeError),
)
"""Ce que lèvent, d’un classeur abîmé, zipfile, zlib, expat, struct et la lecture de ses parties ; rien d’autre : le
reste est une faute de cpit, qui garde sa trace.
"""
_T = TypeVar("_T")


@contextmanager
def fautes_de_classeur() -> Iterator[None]:
    """Change en refus ce qu’oppose un classeur abîmé à qui le lit.

    :raises FeuilleRefusee: sans place : ce qui est abîmé n’en dit pas.
    """
    try:
        yield
    except FeuilleRefusee:
        raise
    except _FAUTES as erreur:
        raise FeuilleRefusee("ses feuilles ne se lisent pas") from erreur


def proteger(choses: Iterator[_T]) -> Iterator[_T]:
    """Les mêmes choses ; ce qui échoue en les lisant est un refus, ce qui échoue chez qui les prend garde sa trace.

    :raises FeuilleRefusee: comme ``fautes_de_classeur``.
    """
    while True:
        with fautes_de_classeur():
            try:
                chose = next(choses)
            except StopIteration:
                return
        yield chose


class ClasseurOuvert(ABC):
    """Les feuilles d’un classeur ; s’il est abîmé, les lire lève ``FeuilleRefusee``."""

    def __init__(self) -> None:
        self.onglets: list[Onglet] = []

    @property
    def titres(self) -> tuple[str, ...]:
        """Les noms des feuilles, cachées comprises."""
        return tuple(onglet.nom for onglet in self.onglets)

    def onglet(self, titre: str) -> Onglet:
        """La première feuille de ce nom ; il doit être dans ``titres``."""
        return next(onglet for onglet in self.onglets if onglet.nom == titre)

    def lire_feuille(self, titre: str, *, lignes_max: int | None = None) -> FeuilleLue:
        """Lit une feuille entière.

        :param lignes_max: s’arrêter après cette ligne ; ce que le fichier ne donne qu’ensuite n’est alors pas lu.
        """
        pieges, lignes = self.suivre_feuille(self.onglet(titre))
        limite = lignes_max or float("inf")
        return FeuilleLue(titre, dict(takewhile(lambda ligne: ligne[0] <= limite, lignes)), pieges)

    def suivre_feuille(self, onglet: Onglet) -> tuple[Pieges, Iterator[tuple[int, Cases]]]:
        """Les lignes d’une feuille au fil de la lecture, numérotées, et ses pièges.

        Les fusions sont là d’emblée ; ce qui est caché s’y ajoute à mesure que viennent les lignes.

        :raises FeuilleRefusee: si elle ne se lit pas, ici ou en route.
        """
        with fautes_de_classeur():
            pieges, lignes = self._suivre_feuille(onglet)
        return pieges, proteger(lignes)

    def suivre_lignes(self, onglet: Onglet) -> Iterator[tuple[int, Cases]]:
        """Les lignes d’une feuille au fil de la lecture, sans ses fusions : pour n’en lire que le début.

        :raises FeuilleRefusee: si elle ne se lit pas, ici ou en route.
        """
        with fautes_de_classeur():
            lignes = self._suivre_lignes(onglet)
        return proteger(lignes)

    @abstractmethod
    def _suivre_feuille(self, onglet: Onglet) -> tuple[Pieges, Iterator[tuple[int, Cases]]]:
        """Comme ``suivre_feuille``, sans garde."""

    @abstractmethod
    def _suivre_lignes(self, onglet: Onglet) -> Iterator[tuple[int, Cases]]:
        """Comme ``suivre_lignes``, sans garde."""


# --- Les dates : des numéros de jour, que seul le format de leur case fait reconnaître.


EPOQUE, EPOQUE_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
"""Le jour zéro, selon que le classeur compte depuis 1900 ou depuis 1904."""
_FORMATS_DE_DATE = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Formats de date que la norme (ECMA-376, § 18.8.30) numérote sans les écrire, l’Asie comprise."""
_HORS_DU_FORMAT = re.compile(r'".*?"|\[(?!hh?\]|mm?\]|ss?\])[^\]]*\]')
_LETTRE_DE_DATE = re.compile(r"(?<![_\\])[dmhysDMHYS]")
"""Ce qu’un format ne montre pas (texte entre guillemets, langue, couleur), et ce qui en fait une date."""


def est_un_format_de_date(numero: int, ecrit: str | None) -> bool:
    """Vrai si une case de ce format montre une date ou une heure.

    :param ecrit: le format tel que le classeur l’écrit ; rien s’il n’en donne que le numéro.
    """
    if ecrit is None:
        return numero in _FORMATS_DE_DATE
    return _LETTRE_DE_DATE.search(_HORS_DU_FORMAT.sub("", ecrit.split(";")[0])) is not None


def date_du_tableur(nombre: float, epoque: datetime) -> datetime | time:
    """La date d’un numéro de jour, ou l’heure s’il est inférieur à 1 ; ``datetime.max`` si aucun calendrier n’y va.

    Excel croit 1900 bissextile : avant le 1ᵉʳ mars, ses numéros ont un jour de moins.
    """
    try:
        jour, part = divmod(nombre, 1)
        duree = timedelta(milliseconds=round(part * 86_400_000))
        if 0 <= nombre < 1 and duree.days == 0:
            return (datetime.min + duree).time()
        if 0 < nombre < 60 and epoque == EPOQUE:
            jour += 1
        return epoque + timedelta(days=jour) + duree
    except (ValueError, OverflowError):
        return datetime.max
