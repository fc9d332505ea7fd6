"""Lire un xlsb : les mêmes cases que d’un xlsx, à partir de ses enregistrements binaires ([MS-XLSB], § 2.1.4).

Erreurs, fusions, lignes, colonnes et feuilles cachées y sont dites ; une formule y porte toujours une valeur, et rien
n’y distingue un zéro calculé d’une formule que nul n’a calculée : ces cellules-là se notent (``sans_preuve``). Rien ne
se réserve d’après l’étendue que le fichier prétend avoir. À n’employer que sur un fichier passé par ``garde``.
"""

from __future__ import annotations

import posixpath
import struct
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import IO
from zipfile import ZipFile

from cpit.tableur.classeur_ouvert import (
    COLONNES_MAX,
    EPOQUE,
    EPOQUE_1904,
    SANS_PREUVE_MAX,
    Case,
    Cases,
    ClasseurOuvert,
    FeuilleRefusee,
    Fusion,
    Onglet,
    Piege,
    Pieges,
    Pourcentage,
    StylesDeNombre,
    date_du_tableur,
    nommer_cellule,
)
from cpit.tableur.lecture import MORCEAU, NOMS_DE_BALISES, AnalyseurXml, xml_bien_forme

_CLASSEUR = "xl/workbook.bin"
_LIENS = "xl/_rels/workbook.bin.rels"
_ROLES = {"sharedStrings": "xl/sharedStrings.bin", "styles": "xl/styles.bin"}
_ENREGISTREMENT_MAX = 4_000_000
_LIGNES_MAX = 1_048_576

_LIGNE, _VIDE = 0, 1
_TEXTE_PARTAGE, _FORMAT, _STYLE, _COLONNES = 19, 44, 47, 60
_LIGNES, _FIN_DES_LIGNES, _PROPRIETES, _FEUILLE, _FUSION = 145, 146, 153, 156, 176
_STYLES_DE_CASES, _FIN_DES_STYLES_DE_CASES = 617, 618
_FORMULES = frozenset({8, 9, 10, 11})
ERREURS_BINAIRES = {
    **{0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"},
    0x2B: "#GETTING_DATA",
}
"""Ce que vaut le code d’une erreur, en xls comme en xlsb."""


class ClasseurXlsb(ClasseurOuvert):
    """Un xlsb ouvert."""

    def __init__(self, archive: ZipFile) -> None:
        super().__init__()
        self._archive = archive
        self._parties = dict(_ROLES)
        self._feuilles: dict[str, str] = {}
        self._epoque = EPOQUE
        self._lire_liens()
        for sorte, corps in self._enregistrements(_CLASSEUR):
            if sorte == _PROPRIETES:
                self._epoque = EPOQUE_1904 if corps[0] & 1 else EPOQUE
            elif sorte == _FEUILLE:
                self._noter_feuille(corps)

    def _suivre_feuille(self, onglet: Onglet) -> tuple[Pieges, Iterator[tuple[int, Cases]]]:
        """Les lignes d’une feuille au fil de la lecture, et ses pièges ; ses fusions se cherchent d’abord."""
        pieges = Pieges()
        for sorte, corps in self._enregistrements(onglet.partie):
            if sorte == _FUSION:
                haut, bas, gauche, droite = struct.unpack_from("<4I", corps)
                pieges.noter_fusion(Fusion(haut + 1, gauche + 1, bas + 1, droite + 1))
        return pieges, self._lignes(onglet, pieges)

    def _suivre_lignes(self, onglet: Onglet) -> Iterator[tuple[int, Cases]]:
        """Les lignes d’une feuille au fil de la lecture."""
        return self._lignes(onglet, Pieges())

    def _lignes(self, onglet: Onglet, pieges: Pieges) -> Iterator[tuple[int, Cases]]:
        try:
            yield from _Feuille(pieges, self._textes, self._nombre).suivre(self._enregistrements(onglet.partie))
        except FeuilleRefusee as refusee:
            refusee.feuille = onglet.nom
            raise

    def _nombre(self, nombre: float, style: int) -> Case:
        if style in self._styles.dates:
            return date_du_tableur(nombre, self._epoque)
        if style in self._styles.pourcentages:
            return Pourcentage(nombre)
        return int(nombre) if isinstance(nombre, float) and nombre.is_integer() and abs(nombre) < 1e15 else nombre

    def _lire_liens(self) -> None:
        analyseur = AnalyseurXml(lambda nom, attributs: self._noter_lien(NOMS_DE_BALISES[nom], attributs))
        with self._archive.open(_LIENS) as flux, xml_bien_forme(lambda: f"dans {_LIENS}"):
            analyseur.suivre(flux)

    def _noter_lien(self, nom: str, attributs: Mapping[str, str]) -> None:
        if nom != "Relationship" or attributs.get("TargetMode") == "External":
            return
        role = attributs.get("Type", "").rpartition("/")[2]
        cible = posixpath.normpath(posixpath.join("/xl", attributs.get("Target", ""))).lstrip("/")
        if role == "worksheet":
            self._feuilles[attributs.get("Id", "")] = cible
        elif role in self._parties:
            self._parties[role] = cible

    def _noter_feuille(self, corps: bytes) -> None:
        lien, suite = _texte(corps, 8)
        nom, _ = _texte(corps, suite)
        if lien in self._feuilles:
            self.onglets.append(Onglet(nom, self._feuilles[lien], int.from_bytes(corps[:4], "little") != 0))

    @cached_property
    def _textes(self) -> list[str]:
        partie = self._parties["sharedStrings"]
        if partie not in self._archive.NameToInfo:
            return []
        return [_texte(corps, 1)[0] for sorte, corps in self._enregistrements(partie) if sorte == _TEXTE_PARTAGE]

    @cached_property
    def _styles(self) -> StylesDeNombre[int]:
        """Les styles de case qui montrent autre chose qu’un nombre."""
        formats: dict[int, str] = {}
        styles: list[int] = []
        dans = False
        if self._parties["styles"] in self._archive.NameToInfo:
            for sorte, corps in self._enregistrements(self._parties["styles"]):
                if sorte == _FORMAT:
                    formats[int.from_bytes(corps[:2], "little")] = _texte(corps, 2)[0]
                elif sorte in (_STYLES_DE_CASES, _FIN_DES_STYLES_DE_CASES):
                    dans = sorte == _STYLES_DE_CASES
                elif sorte == _STYLE and dans:
                    styles.append(int.from_bytes(corps[2:4], "little"))
        return StylesDeNombre.classer((rang, numero, formats.get(numero)) for rang, numero in enumerate(styles))

    def _enregistrements(self, partie: str) -> Iterator[tuple[int, bytes]]:
        if partie not in self._archive.NameToInfo:
            raise FeuilleRefusee(f"la partie « {partie} » n’est pas dans le classeur")
        with self._archive.open(partie) as flux:
            yield from _suivre_enregistrements(flux)


class _Feuille:
    """Les lignes remplies d’une feuille, dans l’ordre ; ce qu’elle cache va aux pièges."""

    def __init__(self, pieges: Pieges, textes: list[str], nombre: Callable[[float, int], Case]) -> None:
        self._pieges, self._textes, self._nombre = pieges, textes, nombre
        self._ligne = self._colonne = 0
        self._cases: Cases = {}

    def suivre(self, enregistrements: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, Cases]]:
        dedans = False
        for sorte, corps in enregistrements:
            if sorte in (_LIGNES, _FIN_DES_LIGNES):
                dedans = sorte == _LIGNES
            elif sorte == _COLONNES:
                self._noter_colonnes(corps)
            elif dedans and sorte == _LIGNE:
                if self._cases:
                    yield self._ligne, self._cases
                self._ouvrir_ligne(corps)
            elif dedans and sorte in _DECODEURS:
                self._prendre(sorte, corps)
        if self._cases:
            yield self._ligne, self._cases

    def _noter_colonnes(self, corps: bytes) -> None:
        premiere, derniere, _, _, drapeaux = struct.unpack_from("<4IH", corps)
        if drapeaux & 1:
            self._pieges.colonnes_cachees.append((premiere + 1, derniere + 1))

    def _ouvrir_ligne(self, corps: bytes) -> None:
        ligne = int.from_bytes(corps[:4], "little") + 1
        if not self._ligne < ligne <= _LIGNES_MAX:
            raise FeuilleRefusee(f"la ligne {ligne} vient après la ligne {self._ligne}")
        self._ligne, self._colonne, self._cases = ligne, 0, {}
        if corps[11] & 0x10:
            self._pieges.lignes_cachees.add(ligne)

    def _prendre(self, sorte: int, corps: bytes) -> None:
        colonne = int.from_bytes(corps[:4], "little") + 1
        if not self._ligne or not self._colonne < colonne <= COLONNES_MAX:
            raise FeuilleRefusee(f"des cellules de la ligne {self._ligne} sont en désordre")
        self._colonne = colonne
        valeur = _DECODEURS[sorte](self, corps)
        if sorte in _FORMULES and valeur == 0 and len(self._pieges.sans_preuve) < SANS_PREUVE_MAX:
            self._pieges.sans_preuve.append((self._ligne, colonne))
        if isinstance(valeur, int | float) and not isinstance(valeur, bool):
            valeur = self._nombre(valeur, int.from_bytes(corps[4:7], "little"))
        if valeur is not None and valeur != "":
            self._cases[colonne] = valeur

    def _entier_court(self, corps: bytes) -> Case:
        return nombre_compact(int.from_bytes(corps[8:12], "little"))

    def _erreur(self, corps: bytes) -> Case:
        return Piege("cellule-erreur", ERREURS_BINAIRES.get(corps[8], "#"))

    def _booleen(self, corps: bytes) -> Case:
        return corps[8] != 0

    def _reel(self, corps: bytes) -> Case:
        return float(struct.unpack_from("<d", corps, 8)[0])

    def _texte_sur_place(self, corps: bytes) -> Case:
        return _texte(corps, 8)[0]

    def _texte_riche(self, corps: bytes) -> Case:
        return _texte(corps, 9)[0]

    def _texte_partage(self, corps: bytes) -> Case:
        rang = int.from_bytes(corps[8:12], "little")
        if rang >= len(self._textes):
            cellule = nommer_cellule(self._ligne, self._colonne)
            raise FeuilleRefusee(f"la cellule {cellule} a un texte partagé qui n’existe pas", cellule=cellule)
        return self._textes[rang]


_DECODEURS: Mapping[int, Callable[[_Feuille, bytes], Case | None]] = {
    _VIDE: lambda _feuille, _corps: None,
    2: _Feuille._entier_court,
    3: _Feuille._erreur,
    4: _Feuille._booleen,
    5: _Feuille._reel,
    6: _Feuille._texte_sur_place,
    7: _Feuille._texte_partage,
    8: _Feuille._texte_sur_place,
    9: _Feuille._reel,
    10: _Feuille._booleen,
    11: _Feuille._erreur,
    62: _Feuille._texte_riche,
}
"""Sorte d’enregistrement → la valeur de sa case ; de 8 à 11, ce qu’une formule a donné."""


def nombre_compact(brut: int) -> float:
    """Un nombre en quatre octets ([MS-XLSB], RkNumber) : entier de 30 bits ou réel tronqué, divisé ou non par cent."""
    if brut & 2:
        entier = brut >> 2
        nombre: float = entier - (1 << 30) if entier & (1 << 29) else entier
    else:
        nombre = struct.unpack("<d", bytes(4) + (brut & 0xFFFFFFFC).to_bytes(4, "little"))[0]
    return nombre / 100 if brut & 1 else nombre


def _texte(corps: bytes, debut: int) -> tuple[str, int]:
    """Un texte précédé de sa longueur, et où il finit ; un texte absent (longueur −1) est vide.

    :raises FeuilleRefusee: s’il dépasse ce qui le porte.
    """
    longueur = int.from_bytes(corps[debut : debut + 4], "little")
    debut += 4
    if longueur == 0xFFFFFFFF:
        return "", debut
    fin = debut + 2 * longueur
    if fin > len(corps):
        raise FeuilleRefusee("un texte dépasse l’enregistrement qui le porte")
    return corps[debut:fin].decode("utf-16-le", "replace"), fin


def _suivre_enregistrements(flux: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Chaque enregistrement : sa sorte et son corps.

    :raises FeuilleRefusee: s’il est démesuré, ou si le flux s’arrête au milieu.
    """
    tampon, place = b"", 0
    while True:
        if len(tampon) - place < 6 and (suite := flux.read(MORCEAU)):
            tampon, place = tampon[place:] + suite, 0
        if place >= len(tampon):
            return
        sorte, place = _varint(tampon, place, 2)
        taille, place = _varint(tampon, place, 4)
        if taille > _ENREGISTREMENT_MAX:
            raise FeuilleRefusee(f"un enregistrement de {taille} octets")
        while len(tampon) - place < taille and (suite := flux.read(max(MORCEAU, taille))):
            tampon, place = tampon[place:] + suite, 0
        if len(tampon) - place < taille:
            raise FeuilleRefusee("il est coupé")
        yield sorte, tampon[place : place + taille]
        place += taille


def _varint(octets: bytes, place: int, longueur: int) -> tuple[int, int]:
    """Un nombre de longueur variable, sept bits par octet, et ce qui le suit."""
    nombre = 0
    for rang in range(longueur):
        if place >= len(octets):
            raise FeuilleRefusee("il est coupé")
        octet = octets[place]
        place += 1
        nombre |= (octet & 0x7F) << 7 * rang
        if octet < 0x80:
            break
    return nombre, place
