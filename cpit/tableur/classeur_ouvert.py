"""Un classeur ouvert, quel que soit son format : ses feuilles, leurs cases, leurs nombres, et ce qu’elles cachent."""

from __future__ import annotations

import re
import struct
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice, takewhile
from typing import Generic, NamedTuple, TypeVar
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile

from cpit.erreurs import Lieu

# --- ce qu’une feuille cache à qui n’en lit que les valeurs -----------------------------------------------------------
#
# Formules sans valeur, erreurs, fusions, lignes cachées.


FUSIONS_MAX, _SEULES_MAX = 10_000, 100_000
"""Fusions d’une feuille, et celles d’une seule case, qui ne fusionnent rien."""
SANS_PREUVE_MAX = 1_000
"""Cellules notées sans preuve de calcul : au-delà, elles ne se nomment plus."""
_ACTIVES_MAX = 200
"""Fusions qui couvrent une même ligne ; au-delà, ce n’est plus une table."""


class FeuilleRefusee(Exception):
    """Une feuille que l’on ne lit pas, et pourquoi ; son nom et la cellule en cause, si on les sait."""

    def __init__(self, raison: str, *, cellule: str | None = None) -> None:
        super().__init__(raison)
        self.cellule = cellule
        self.feuille: str | None = None

    def lieu(self, fichier: str) -> Lieu:
        """Où est ce qui la fait refuser."""
        return Lieu(fichier, feuille=self.feuille, cellule=self.cellule)


@dataclass(frozen=True, slots=True)
class Piege:
    """Une cellule de tableur dont on ne lit pas la valeur : le code de son anomalie, et ce qui s’y voit."""

    code: str
    vu: str = ""

    def __str__(self) -> str:
        return self.vu


class Fusion(NamedTuple):
    """Un rectangle fusionné, bornes comprises, à partir de 1."""

    haut: int
    gauche: int
    bas: int
    droite: int

    def couvre(self, ligne: int, colonne: int) -> bool:
        """Vrai si une cellule est dans ce rectangle."""
        return self.haut <= ligne <= self.bas and self.gauche <= colonne <= self.droite


@dataclass(slots=True)
class Pieges:
    """Ce qu’une feuille fusionne et cache ; lignes et colonnes à partir de 1.

    ``sans_preuve`` : les cellules dont la formule vaut zéro, là où le format ne dit pas si elle a jamais été calculée ;
    ``lignes_de_totaux`` : celles qu’un tableau de la feuille déclare être ses totaux ; ``seules`` : ce que l’on a noté
    de fusions d’une seule case.
    """

    fusions: list[Fusion] = field(default_factory=list)
    lignes_cachees: set[int] = field(default_factory=set)
    colonnes_cachees: list[tuple[int, int]] = field(default_factory=list)
    sans_preuve: list[tuple[int, int]] = field(default_factory=list)
    lignes_de_totaux: set[int] = field(default_factory=set)
    seules: int = 0

    def noter_fusion(self, fusion: Fusion) -> None:
        """Note une fusion ; une seule case n’en est pas une.

        :raises FeuilleRefusee: s’il y en a trop pour une table de réponses.
        """
        seule = (fusion.haut, fusion.gauche) == (fusion.bas, fusion.droite)
        self.seules += seule
        if len(self.fusions) >= FUSIONS_MAX or self.seules > _SEULES_MAX:
            raise FeuilleRefusee(f"plus de {FUSIONS_MAX} fusions")
        if not seule:
            self.fusions.append(fusion)

    def fusion(self, ligne: int, colonne: int) -> Fusion | None:
        """La fusion qui couvre une cellule, ou rien."""
        return next((fusion for fusion in self.fusions if fusion.couvre(ligne, colonne)), None)

    def colonne_cachee(self, colonne: int) -> bool:
        """Vrai si une colonne est cachée."""
        return any(debut <= colonne <= fin for debut, fin in self.colonnes_cachees)

    def cellule_cachee(self, ligne: int, colonne: int) -> bool:
        """Vrai si la ligne ou la colonne d’une cellule est cachée."""
        return ligne in self.lignes_cachees or self.colonne_cachee(colonne)


class MasqueDeFusions:
    """Met un ``Piege`` à la place de chaque cellule prise dans une fusion, ligne après ligne, dans l’ordre."""

    def __init__(self, fusions: Sequence[Fusion]) -> None:
        self._a_venir = sorted(fusions, reverse=True)
        self._actives: list[Fusion] = []

    def poser_pieges(self, ligne: int, cellules: list[object]) -> list[object]:
        """Les cellules d’une ligne, pièges posés ; la première d’une fusion garde sa valeur."""
        if not (self._a_venir or self._actives):
            return cellules
        for fusion in self._en_cours(ligne):
            for colonne in range(fusion.gauche, min(fusion.droite, len(cellules)) + 1):
                if (ligne, colonne) != (fusion.haut, fusion.gauche):
                    cellules[colonne - 1] = Piege("cellule-fusionnee", nommer_cellule(fusion.haut, fusion.gauche))
        return cellules

    def _en_cours(self, ligne: int) -> list[Fusion]:
        while self._a_venir and self._a_venir[-1].haut <= ligne:
            self._actives.append(self._a_venir.pop())
        if self._actives:
            self._actives = [fusion for fusion in self._actives if fusion.bas >= ligne]
        if len(self._actives) > _ACTIVES_MAX:
            raise FeuilleRefusee("trop de cellules fusionnées")
        return self._actives


def nommer_cellule(ligne: int, colonne: int) -> str:
    """Nom d’une cellule : (4, 3) donne « C4 »."""
    return f"{nommer_colonne(colonne)}{ligne}"


def nommer_colonne(colonne: int) -> str:
    """Lettres d’une colonne : 3 donne « C », 28 « AB »."""
    lettres = ""
    while colonne:
        colonne, reste = divmod(colonne - 1, 26)
        lettres = chr(65 + reste) + lettres
    return lettres


# --- un classeur ouvert, quel que soit son format : ses feuilles, leurs cases, et ce qu’elles cachent -----------------
#
# Une table ou un formulaire se lit de là, sans savoir si c’est un xlsx, un ods, un xls ou un xlsb. Chaque feuille se
# lit à la demande, une seule à la fois ; ce qui n’a pas un sens et un seul lève ``FeuilleRefusee``, avec sa place.


Case = str | int | float | bool | date | datetime | time | timedelta | Piege
Cases = dict[int, Case]
"""Les cases remplies d’une ligne, par colonne (à partir de 1)."""
COLONNES_MAX = 16_384
"""Colonnes d’une feuille : la dernière est XFD."""


def est_une_rangee_vide(cellules: Iterable[object]) -> bool:
    """Vrai si aucune cellule ne porte autre chose que des espaces ; un zéro n’est pas vide."""
    return not any(map(porte, cellules))


def porte(cellule: object) -> bool:
    """Vrai si une cellule porte autre chose que des espaces."""
    return bool(cellule.strip()) if isinstance(cellule, str) else cellule is not None


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
        self._debuts: dict[tuple[str, int], list[tuple[int, Cases]]] = {}

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
        :raises FeuilleRefusee: si elle ne se lit pas.
        """
        with fautes_de_classeur():
            return self._lire_feuille(titre, lignes_max)

    def _lire_feuille(self, titre: str, lignes_max: int | None) -> FeuilleLue:
        """Comme ``lire_feuille``, sans garde."""
        pieges, lignes = self._suivre_feuille(self.onglet(titre))
        voulues = lignes if lignes_max is None else takewhile(lambda ligne: ligne[0] <= lignes_max, lignes)
        return FeuilleLue(titre, dict(voulues), pieges)

    def premieres_lignes(self, onglet: Onglet, nombre: int) -> list[tuple[int, Cases]]:
        """Les premières lignes d’une feuille qui portent autre chose que des espaces, sans ses fusions.

        Lues une seule fois : une feuille presque vide se parcourt en entier pour savoir qu’elle n’en a pas d’autre.

        :raises FeuilleRefusee: si elle ne se lit pas.
        """
        if (cle := (onglet.partie, nombre)) not in self._debuts:
            portees = ((n, cases) for n, cases in self.suivre_lignes(onglet) if not est_une_rangee_vide(cases.values()))
            self._debuts[cle] = list(islice(portees, nombre))
        return self._debuts[cle]

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
_HORS_DU_FORMAT = re.compile(r'".*?"|\[(?!(?i:hh?|mm?|ss?)\])[^\]]*\]')
_LETTRE_DE_DATE = re.compile(r"(?<![_\\])[dmhysDMHYS]")
"""Ce qu’un format ne montre pas (texte entre guillemets, langue, couleur), et ce qui en fait une date."""


def _est_un_format_de_date(numero: int, ecrit: str | None) -> bool:
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


# --- ce que le format d’une case fait d’un nombre, dans un classeur : une date, un pourcentage, ou rien de tel --------


_Rang = TypeVar("_Rang", int, str)
_FORMATS_DE_POURCENTAGE = frozenset({9, 10})
"""Formats de pourcentage que la norme (ECMA-376, § 18.8.30) numérote sans les écrire."""
_HORS_DES_TEXTES = re.compile(r'".*?"|\[[^\]]*\]|[_\\].')
"""Ce qu’un format ne montre pas, ou montre tel quel."""


class Pourcentage(float):
    """Le nombre d’une case montrée en pourcentage ; son texte est ce qui se voit : 3 y est « 300 % »."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"{float(self) * 100:.15g} %".replace(".", ",")


@dataclass(frozen=True, slots=True)
class StylesDeNombre(Generic[_Rang]):
    """Les styles de case, par leur rang, qui montrent une date ou une heure, et ceux qui montrent un pourcentage."""

    dates: frozenset[_Rang]
    pourcentages: frozenset[_Rang]

    @classmethod
    def classer(cls, formats: Iterable[tuple[_Rang, int, str | None]]) -> StylesDeNombre[_Rang]:
        """Les styles d’un classeur.

        :param formats: le rang de chacun, le numéro de son format, et ce format s’il est écrit.
        """
        tous = list(formats)
        return cls(
            frozenset(rang for rang, numero, ecrit in tous if _est_un_format_de_date(numero, ecrit)),
            frozenset(rang for rang, numero, ecrit in tous if _est_un_format_de_pourcentage(numero, ecrit)),
        )


def _est_un_format_de_pourcentage(numero: int, ecrit: str | None) -> bool:
    if ecrit is None:
        return numero in _FORMATS_DE_POURCENTAGE
    return "%" in _HORS_DES_TEXTES.sub("", ecrit.split(";")[0])
