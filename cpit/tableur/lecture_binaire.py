"""Lire un xls d’Excel 95 à 2003, ou un xlsb : les mêmes cases que d’un xlsx, à partir d’enregistrements binaires.

**xls** ([MS-XLS], § 2.3). Erreurs, fusions, lignes, colonnes et feuilles cachées y sont dites. Une formule y a toujours
un résultat, et rien n’y distingue un zéro calculé d’une formule que nul n’a calculée : ces cellules-là se notent
(``sans_preuve``) ; un résultat vide, que laissent les outils qui ne calculent pas, est une formule sans valeur. Rien
n’est réservé d’après ce que le fichier prétend, et un enregistrement qui ne porte ni case ni piège n’est pas lu : un
lien de quelques octets peut y couvrir seize millions de cellules. À n’employer que sur un fichier passé par ``garde``.

**xlsb** ([MS-XLSB], § 2.1.4). Erreurs, fusions, lignes, colonnes et feuilles cachées y sont dites ; une formule y porte
toujours une valeur, et rien n’y distingue un zéro calculé d’une formule que nul n’a calculée : ces cellules-là se
notent (``sans_preuve``). Rien ne se réserve d’après l’étendue que le fichier prétend avoir. À n’employer que sur un
fichier passé par ``garde``.
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from itertools import islice
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
from cpit.tableur.garde import extraire_le_classeur
from cpit.tableur.lecture import MORCEAU, NOMS_DE_BALISES, AnalyseurXml, Liens, xml_bien_forme

_CLASSEUR = "xl/workbook.bin"
_LIENS = "xl/_rels/workbook.bin.rels"
_ROLES = {"sharedStrings": "xl/sharedStrings.bin", "styles": "xl/styles.bin"}
_ENREGISTREMENT_MAX = 4_000_000
_VAINS_MAX, _OCTETS_UTILES = 1_000_000, 10
"""Enregistrements d’une partie qui ne portent rien, et octets que pèse au moins celui d’une case."""
_TEXTES_MAX = 5_000_000
"""Textes partagés d’un classeur."""
_LIGNES_MAX = 1_048_576

_LIGNE_XLSB, _VIDE = 0, 1
_TEXTE_PARTAGE, _FORMAT_XLSB, _STYLE_XLSB, _COLONNES_XLSB = 19, 44, 47, 60
_LIGNES, _FIN_DES_LIGNES, _PROPRIETES, _FEUILLE_XLSB, _FUSION = 145, 146, 153, 156, 176
_STYLES_DE_CASES, _FIN_DES_STYLES_DE_CASES = 617, 618
_FORMULES = frozenset({8, 9, 10, 11})
_ERREURS_BINAIRES = {
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
        self._liens = Liens("xl")
        self._epoque = EPOQUE
        self._lire_liens()
        for sorte, corps in self._enregistrements(_CLASSEUR):
            if sorte == _PROPRIETES:
                self._epoque = EPOQUE_1904 if corps[0] & 1 else EPOQUE
            elif sorte == _FEUILLE_XLSB:
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
            yield from _FeuilleXlsb(pieges, self._textes, self._nombre).suivre(self._enregistrements(onglet.partie))
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
        if nom == "Relationship":
            role, cible = self._liens.noter(attributs)
            if role in self._parties:
                self._parties[role] = cible

    def _noter_feuille(self, corps: bytes) -> None:
        lien, suite = _texte(corps, 8)
        nom, _ = _texte(corps, suite)
        if (partie := self._liens.feuille(lien, nom)) is not None:
            self.onglets.append(Onglet(nom, partie, int.from_bytes(corps[:4], "little") != 0))

    @cached_property
    def _textes(self) -> list[str]:
        partie = self._parties["sharedStrings"]
        if partie not in self._archive.NameToInfo:
            return []
        ecrits = (_texte(corps, 1)[0] for sorte, corps in self._enregistrements(partie) if sorte == _TEXTE_PARTAGE)
        textes = list(islice(ecrits, _TEXTES_MAX + 1))
        if len(textes) > _TEXTES_MAX:
            raise FeuilleRefusee(f"plus de {_TEXTES_MAX} textes partagés")
        return textes

    @cached_property
    def _styles(self) -> StylesDeNombre[int]:
        """Les styles de case qui montrent autre chose qu’un nombre."""
        formats: dict[int, str] = {}
        styles: list[int] = []
        dans = False
        if self._parties["styles"] in self._archive.NameToInfo:
            for sorte, corps in self._enregistrements(self._parties["styles"]):
                if sorte == _FORMAT_XLSB:
                    formats[int.from_bytes(corps[:2], "little")] = _texte(corps, 2)[0]
                elif sorte in (_STYLES_DE_CASES, _FIN_DES_STYLES_DE_CASES):
                    dans = sorte == _STYLES_DE_CASES
                elif sorte == _STYLE_XLSB and dans:
                    styles.append(int.from_bytes(corps[2:4], "little"))
        return StylesDeNombre.classer((rang, numero, formats.get(numero)) for rang, numero in enumerate(styles))

    def _enregistrements(self, partie: str) -> Iterator[tuple[int, bytes]]:
        if partie not in self._archive.NameToInfo:
            raise FeuilleRefusee(f"la partie « {partie} » n’est pas dans le classeur")
        with self._archive.open(partie) as flux:
            yield from _suivre_enregistrements(flux)


class _FeuilleXlsb:
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
            elif sorte == _COLONNES_XLSB:
                self._noter_colonnes(corps)
            elif dedans and sorte == _LIGNE_XLSB:
                if self._cases:
                    yield self._ligne, self._cases
                self._ouvrir_ligne(corps)
            elif dedans and sorte in _DECODEURS_XLSB:
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
        valeur = _DECODEURS_XLSB[sorte](self, corps)
        if sorte in _FORMULES and valeur == 0 and len(self._pieges.sans_preuve) < SANS_PREUVE_MAX:
            self._pieges.sans_preuve.append((self._ligne, colonne))
        if isinstance(valeur, int | float) and not isinstance(valeur, bool):
            valeur = self._nombre(valeur, int.from_bytes(corps[4:7], "little"))
        if valeur is not None and valeur != "":
            self._cases[colonne] = valeur

    def _entier_court(self, corps: bytes) -> Case:
        return _nombre_compact(int.from_bytes(corps[8:12], "little"))

    def _erreur(self, corps: bytes) -> Case:
        return Piege("cellule-erreur", _ERREURS_BINAIRES.get(corps[8], "#"))

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


_DECODEURS_XLSB: Mapping[int, Callable[[_FeuilleXlsb, bytes], Case | None]] = {
    _VIDE: lambda _feuille, _corps: None,
    2: _FeuilleXlsb._entier_court,
    3: _FeuilleXlsb._erreur,
    4: _FeuilleXlsb._booleen,
    5: _FeuilleXlsb._reel,
    6: _FeuilleXlsb._texte_sur_place,
    7: _FeuilleXlsb._texte_partage,
    8: _FeuilleXlsb._texte_sur_place,
    9: _FeuilleXlsb._reel,
    10: _FeuilleXlsb._booleen,
    11: _FeuilleXlsb._erreur,
    62: _FeuilleXlsb._texte_riche,
}
"""Sorte d’enregistrement → la valeur de sa case ; de 8 à 11, ce qu’une formule a donné."""


def _nombre_compact(brut: int) -> float:
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

    :raises FeuilleRefusee: s’il est démesuré, s’il y en a des millions de vides, ou si le flux s’arrête au milieu.
    """
    tampon, place = b"", 0
    vains: float = 0
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
        vains += 1 - taille / _OCTETS_UTILES
        if vains > _VAINS_MAX:
            raise FeuilleRefusee(f"plus de {_VAINS_MAX} enregistrements qui ne portent rien")


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


_BIFF8, _BIFF5 = 0x0600, 0x0500
_DEBUT, _FIN, _SUITE, _MOT_DE_PASSE = 0x0809, 0x000A, 0x003C, 0x002F
_FEUILLE_XLS, _TEXTES, _PAGE, _CALENDRIER, _FORMAT_XLS, _STYLE_XLS = 0x0085, 0x00FC, 0x0042, 0x0022, 0x041E, 0x00E0
_LIGNE_XLS, _COLONNES_XLS, _FUSIONS, _TEXTE_DE_FORMULE, _ENTIERS = 0x0208, 0x007D, 0x00E5, 0x0207, 0x00BD
_UNE_FEUILLE_DE_CALCUL = 0
_UTF16 = 1200
_PAGES = {32768: "mac-roman", 32769: "cp1252", 21010: "utf-16-le"}
"""Les pages de codes qui ne portent pas leur numéro."""


class ClasseurXls(ClasseurOuvert):
    """Un xls ouvert.

    :raises FeuilleRefusee: s’il est abîmé, d’une version d’avant 1995, ou protégé par un mot de passe.
    """

    def __init__(self, octets: bytes) -> None:
        super().__init__()
        self._flux = extraire_le_classeur(octets)
        self._textes: list[str] = []
        self._formats: dict[int, str] = {}
        self._styles: list[int] = []
        self._epoque = EPOQUE
        self._encodage = "cp1252"
        self._places: set[int] = set()
        self._lues: dict[str, _FeuilleXls] = {}
        self._version = self._version_du_classeur()
        for sorte, corps in self._enregistrements(0):
            self._noter(sorte, corps)
        self._lire_les_textes()
        self._styles_de_nombre = StylesDeNombre.classer(
            (rang, numero, self._formats.get(numero)) for rang, numero in enumerate(self._styles)
        )

    def _suivre_feuille(self, onglet: Onglet) -> tuple[Pieges, Iterator[tuple[int, Cases]]]:
        """Les lignes d’une feuille, et ses pièges : un xls peut donner ses cases dans n’importe quel ordre."""
        feuille = self._lire(onglet)
        return feuille.pieges, iter(sorted(feuille.lignes.items()))

    def _suivre_lignes(self, onglet: Onglet) -> Iterator[tuple[int, Cases]]:
        """Les lignes d’une feuille."""
        return self._suivre_feuille(onglet)[1]

    def _lire(self, onglet: Onglet) -> _FeuilleXls:
        """Une feuille entière ; la dernière est retenue, car on la lit d’abord pour savoir ce qu’elle porte."""
        if onglet.partie not in self._lues:
            feuille = _FeuilleXls(self._decoder, self._textes, self._nombre)
            try:
                for sorte, corps in self._enregistrements(int(onglet.partie)):
                    feuille.prendre(sorte, corps)
            except FeuilleRefusee as refusee:
                refusee.feuille = onglet.nom
                raise
            self._lues = {onglet.partie: feuille}
        return self._lues[onglet.partie]

    def _version_du_classeur(self) -> int:
        sorte, taille, version = struct.unpack_from("<HHH", self._flux.ljust(6, b"\0"))
        if sorte != _DEBUT or taille < 4 or version not in (_BIFF8, _BIFF5):
            raise FeuilleRefusee("il est d’une version d’Excel antérieure à 1995, ou altéré")
        return int(version)

    def _noter(self, sorte: int, corps: bytes) -> None:
        if sorte == _MOT_DE_PASSE:
            raise FeuilleRefusee("il est protégé par un mot de passe")
        if sorte == _CALENDRIER:
            self._epoque = EPOQUE_1904 if corps[0] else EPOQUE
        elif sorte == _PAGE:
            self._encodage = _encodage(int.from_bytes(corps[:2], "little"))
        elif sorte == _FORMAT_XLS:
            self._formats[int.from_bytes(corps[:2], "little")] = self._decoder(corps, 2, self._court)
        elif sorte == _STYLE_XLS:
            self._styles.append(int.from_bytes(corps[2:4], "little"))
        elif sorte == _FEUILLE_XLS:
            self._noter_feuille(corps)

    @property
    def _court(self) -> int:
        """Octets de la longueur d’un format : un en 1995, deux depuis."""
        return 2 if self._version == _BIFF8 else 1

    def _noter_feuille(self, corps: bytes) -> None:
        place, cache, nature = struct.unpack_from("<IBB", corps)
        if nature != _UNE_FEUILLE_DE_CALCUL:
            return
        if place in self._places:
            raise FeuilleRefusee("deux feuilles sont à la même place")
        self._places.add(place)
        self.onglets.append(Onglet(self._decoder(corps, 6, 1), str(place), cache & 3 != 0))

    def _decoder(self, corps: bytes, debut: int, octets_de_longueur: int = 2) -> str:
        """Un texte précédé de sa longueur ; depuis 1997, un octet dit ensuite s’il a un ou deux octets par signe."""
        longueur = int.from_bytes(corps[debut : debut + octets_de_longueur], "little")
        debut += octets_de_longueur
        if self._version == _BIFF5:
            return corps[debut : debut + longueur].decode(self._encodage, "replace")
        large = corps[debut] & 1
        texte = corps[debut + 1 : debut + 1 + longueur * (1 + large)]
        return texte.decode("utf-16-le" if large else "latin-1", "replace")

    def _nombre(self, nombre: float, style: int) -> Case:
        if style in self._styles_de_nombre.dates:
            return date_du_tableur(nombre, self._epoque)
        if style in self._styles_de_nombre.pourcentages:
            return Pourcentage(nombre)
        return int(nombre) if float(nombre).is_integer() and abs(nombre) < 1e15 else nombre

    def _lire_les_textes(self) -> None:
        """La table des textes partagés : un texte peut passer d’un enregistrement à sa suite au milieu."""
        morceaux: list[bytes] = []
        for sorte, corps in self._enregistrements(0, avec_suites=True):
            if sorte == _TEXTES or (sorte == _SUITE and morceaux):
                morceaux.append(corps)
            elif morceaux:
                break
        if morceaux:
            self._textes = list(_LecteurDeTextes(morceaux).lire())

    def _enregistrements(self, place: int, *, avec_suites: bool = False) -> Iterator[tuple[int, bytes]]:
        """Les enregistrements, d’un début à sa fin ; un graphique incorporé, entre les siens, se passe.

        :raises FeuilleRefusee: s’il n’y a pas de début à cette place, ou pas de fin.
        """
        flux, profondeur = self._flux, 0
        while place + 4 <= len(flux):
            sorte, taille = struct.unpack_from("<HH", flux, place)
            place += 4
            profondeur += (sorte == _DEBUT) - (sorte == _FIN)
            if profondeur <= 0:
                break
            if profondeur == 1 and (avec_suites or sorte != _SUITE):
                yield sorte, flux[place : place + taille]
            place += taille
        if profondeur or sorte != _FIN:
            raise FeuilleRefusee("il est coupé")


class _FeuilleXls:
    """Les cases d’une feuille, et ce qu’elle fusionne et cache."""

    def __init__(
        self, decoder: Callable[[bytes, int], str], textes: list[str], nombre: Callable[[float, int], Case]
    ) -> None:
        self.lignes: dict[int, Cases] = {}
        self.pieges = Pieges()
        self._decoder, self._textes, self._nombre = decoder, textes, nombre
        self._attend_un_texte: tuple[int, int] | None = None

    def prendre(self, sorte: int, corps: bytes) -> None:
        """Prend un enregistrement."""
        if sorte in _DECODEURS_XLS:
            ligne, colonne, style = struct.unpack_from("<HHH", corps)
            self._poser(ligne + 1, colonne + 1, _DECODEURS_XLS[sorte](self, corps, style))
        elif sorte == _ENTIERS:
            self._prendre_des_entiers(corps)
        elif sorte == _TEXTE_DE_FORMULE and self._attend_un_texte:
            self._poser(*self._attend_un_texte, self._decoder(corps, 0))
            self._attend_un_texte = None
        elif sorte in _TRAITS:
            _TRAITS[sorte](self, corps)

    def _noter_ligne(self, corps: bytes) -> None:
        if corps[12] & 0x20:
            self.pieges.lignes_cachees.add(int.from_bytes(corps[:2], "little") + 1)

    def _noter_colonnes(self, corps: bytes) -> None:
        premiere, derniere, _, _, drapeaux = struct.unpack_from("<5H", corps)
        if drapeaux & 1:
            self.pieges.colonnes_cachees.append((premiere + 1, derniere + 1))

    def _noter_fusions(self, corps: bytes) -> None:
        for haut, bas, gauche, droite in struct.iter_unpack("<4H", corps[2 : 2 + 8 * (len(corps[2:]) // 8)]):
            self.pieges.noter_fusion(Fusion(haut + 1, gauche + 1, bas + 1, droite + 1))

    def _poser(self, ligne: int, colonne: int, valeur: Case | None) -> None:
        if valeur is None or valeur == "":
            return
        cases = self.lignes.setdefault(ligne, {})
        if colonne in cases:
            raise self._faute(ligne, colonne, "deux contenus")
        cases[colonne] = valeur

    def _faute(self, ligne: int, colonne: int, quoi: str) -> FeuilleRefusee:
        cellule = nommer_cellule(ligne, colonne)
        return FeuilleRefusee(f"la cellule {cellule} a {quoi}", cellule=cellule)

    def _prendre_des_entiers(self, corps: bytes) -> None:
        ligne, colonne = struct.unpack_from("<HH", corps)
        for style, brut in struct.iter_unpack("<HI", corps[4 : 4 + 6 * (len(corps[4:]) // 6)]):
            colonne += 1
            self._poser(ligne + 1, colonne, self._nombre(_nombre_compact(brut), style))

    # --- les valeurs ---

    def _reel(self, corps: bytes, style: int) -> Case:
        return self._nombre(struct.unpack_from("<d", corps, 6)[0], style)

    def _entier(self, corps: bytes, style: int) -> Case:
        return self._nombre(_nombre_compact(int.from_bytes(corps[6:10], "little")), style)

    def _texte(self, corps: bytes, _style: int) -> Case:
        return self._decoder(corps, 6)

    def _texte_partage(self, corps: bytes, _style: int) -> Case:
        rang = int.from_bytes(corps[6:10], "little")
        if rang >= len(self._textes):
            ligne, colonne = struct.unpack_from("<HH", corps)
            raise self._faute(ligne + 1, colonne + 1, "un texte partagé qui n’existe pas")
        return self._textes[rang]

    def _logique_ou_erreur(self, corps: bytes, _style: int) -> Case:
        return _erreur(corps[6]) if corps[7] else corps[6] != 0

    def _formule(self, corps: bytes, style: int) -> Case | None:
        ligne, colonne = struct.unpack_from("<HH", corps)
        resultat = corps[6:14]
        if resultat[6:8] != b"\xff\xff":
            nombre = struct.unpack("<d", resultat)[0]
            if not nombre and len(self.pieges.sans_preuve) < SANS_PREUVE_MAX:
                self.pieges.sans_preuve.append((ligne + 1, colonne + 1))
            return self._nombre(nombre, style)
        if resultat[0] == 0:
            # Son texte vient ensuite, après ce qui précise la formule.
            self._attend_un_texte = (ligne + 1, colonne + 1)
            return None
        if resultat[0] == 1:
            return resultat[2] != 0
        return _erreur(resultat[2]) if resultat[0] == 2 else Piege("cellule-formule")


_DECODEURS_XLS: Mapping[int, Callable[[_FeuilleXls, bytes, int], Case | None]] = {
    0x0203: _FeuilleXls._reel,
    0x027E: _FeuilleXls._entier,
    0x0204: _FeuilleXls._texte,
    0x00D6: _FeuilleXls._texte,
    0x00FD: _FeuilleXls._texte_partage,
    0x0205: _FeuilleXls._logique_ou_erreur,
    **dict.fromkeys((0x0006, 0x0206, 0x0406), _FeuilleXls._formule),
}
"""Sorte d’enregistrement → la valeur de sa case."""


_TRAITS: Mapping[int, Callable[[_FeuilleXls, bytes], None]] = {
    _LIGNE_XLS: _FeuilleXls._noter_ligne,
    _COLONNES_XLS: _FeuilleXls._noter_colonnes,
    _FUSIONS: _FeuilleXls._noter_fusions,
}
"""Sorte d’enregistrement → ce qu’il cache ou fusionne."""


class _LecteurDeTextes:
    """La table des textes partagés, d’un bout à l’autre de ses enregistrements."""

    def __init__(self, morceaux: list[bytes]) -> None:
        self._morceaux = morceaux
        self._rang, self._place = 0, 8

    def lire(self) -> Iterator[str]:
        """Les textes, tant qu’il y en a : on ne se fie pas à leur nombre annoncé."""
        annonces = int.from_bytes(self._morceaux[0][4:8], "little")
        for _ in range(annonces):
            if self._fini():
                return
            yield self._un_texte()

    def _fini(self) -> bool:
        while self._rang < len(self._morceaux) and self._place >= len(self._morceaux[self._rang]):
            self._rang, self._place = self._rang + 1, 0
        return self._rang >= len(self._morceaux)

    def _prendre(self, nombre: int) -> bytes:
        """Des octets, à cheval sur deux enregistrements s’il le faut.

        :raises FeuilleRefusee: s’il n’y en a pas tant.
        """
        pris = b""
        while len(pris) < nombre:
            if self._fini():
                raise FeuilleRefusee("ses textes partagés sont coupés")
            suite = self._morceaux[self._rang][self._place : self._place + nombre - len(pris)]
            pris += suite
            self._place += len(suite)
        return pris

    def _un_texte(self) -> str:
        longueur, drapeaux = struct.unpack("<HB", self._prendre(3))
        a_passer = 4 * int.from_bytes(self._prendre(2), "little") if drapeaux & 8 else 0
        a_passer += int.from_bytes(self._prendre(4), "little") if drapeaux & 4 else 0
        texte = self._signes(longueur, drapeaux & 1)
        self._prendre(a_passer)
        return texte

    def _signes(self, longueur: int, large: int) -> str:
        """Un texte de tant de signes ; à chaque suite, un octet redit s’ils ont un ou deux octets."""
        morceaux: list[str] = []
        while longueur:
            if self._place >= len(self._morceaux[self._rang]):
                large = self._prendre(1)[0] & 1
            ici = min(longueur, (len(self._morceaux[self._rang]) - self._place) >> large)
            if not ici:
                raise FeuilleRefusee("un texte partagé est coupé au milieu d’un signe")
            octets = self._prendre(ici << large)
            morceaux.append(octets.decode("utf-16-le" if large else "latin-1", "surrogatepass"))
            longueur -= ici
        return "".join(morceaux).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _erreur(code: int) -> Piege:
    return Piege("cellule-erreur", _ERREURS_BINAIRES.get(code, "#"))


def _encodage(page: int) -> str:
    nom = _PAGES.get(page, "cp1252" if page == _UTF16 else f"cp{page}")
    try:
        codecs.lookup(nom)
    except LookupError:
        raise FeuilleRefusee(f"son texte est dans la page de codes {page}, inconnue") from None
    return nom
