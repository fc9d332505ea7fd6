"""Lire un xls d’Excel 95 à 2003 : les mêmes cases que d’un xlsx, à partir de ses enregistrements ([MS-XLS], § 2.3).

Erreurs, fusions, lignes, colonnes et feuilles cachées y sont dites. Une formule y a toujours un résultat, et rien n’y
distingue un zéro calculé d’une formule que nul n’a calculée : ces cellules-là se notent (``sans_preuve``) ; un résultat
vide, que laissent les outils qui ne calculent pas, est une formule sans valeur. Rien n’est réservé d’après ce que le
fichier prétend, et un enregistrement qui ne porte ni case ni piège n’est pas lu : un lien de quelques octets peut y
couvrir seize millions de cellules. À n’employer que sur un fichier passé par ``garde``.
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Callable, Iterator, Mapping

from cpit.tableur.classeur_ouvert import (
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
from cpit.tableur.lecture_xlsb import ERREURS_BINAIRES, nombre_compact

_BIFF8, _BIFF5 = 0x0600, 0x0500
_DEBUT, _FIN, _SUITE, _MOT_DE_PASSE = 0x0809, 0x000A, 0x003C, 0x002F
_FEUILLE, _TEXTES, _PAGE, _CALENDRIER, _FORMAT, _STYLE = 0x0085, 0x00FC, 0x0042, 0x0022, 0x041E, 0x00E0
_LIGNE, _COLONNES, _FUSIONS, _TEXTE_DE_FORMULE, _ENTIERS = 0x0208, 0x007D, 0x00E5, 0x0207, 0x00BD
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
        self._lues: dict[str, _Feuille] = {}
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

    def _lire(self, onglet: Onglet) -> _Feuille:
        """Une feuille entière ; la dernière est retenue, car on la lit d’abord pour savoir ce qu’elle porte."""
        if onglet.partie not in self._lues:
            feuille = _Feuille(self._decoder, self._textes, self._nombre)
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
        elif sorte == _FORMAT:
            self._formats[int.from_bytes(corps[:2], "little")] = self._decoder(corps, 2, self._court)
        elif sorte == _STYLE:
            self._styles.append(int.from_bytes(corps[2:4], "little"))
        elif sorte == _FEUILLE:
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


class _Feuille:
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
        if sorte in _DECODEURS:
            ligne, colonne, style = struct.unpack_from("<HHH", corps)
            self._poser(ligne + 1, colonne + 1, _DECODEURS[sorte](self, corps, style))
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
            self._poser(ligne + 1, colonne, self._nombre(nombre_compact(brut), style))

    # --- les valeurs ---

    def _reel(self, corps: bytes, style: int) -> Case:
        return self._nombre(struct.unpack_from("<d", corps, 6)[0], style)

    def _entier(self, corps: bytes, style: int) -> Case:
        return self._nombre(nombre_compact(int.from_bytes(corps[6:10], "little")), style)

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


_DECODEURS: Mapping[int, Callable[[_Feuille, bytes, int], Case | None]] = {
    0x0203: _Feuille._reel,
    0x027E: _Feuille._entier,
    0x0204: _Feuille._texte,
    0x00D6: _Feuille._texte,
    0x00FD: _Feuille._texte_partage,
    0x0205: _Feuille._logique_ou_erreur,
    **dict.fromkeys((0x0006, 0x0206, 0x0406), _Feuille._formule),
}
"""Sorte d’enregistrement → la valeur de sa case."""


_TRAITS: Mapping[int, Callable[[_Feuille, bytes], None]] = {
    _LIGNE: _Feuille._noter_ligne,
    _COLONNES: _Feuille._noter_colonnes,
    _FUSIONS: _Feuille._noter_fusions,
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
    return Piege("cellule-erreur", ERREURS_BINAIRES.get(code, "#"))


def _encodage(page: int) -> str:
    nom = _PAGES.get(page, "cp1252" if page == _UTF16 else f"cp{page}")
    try:
        codecs.lookup(nom)
    except LookupError:
        raise FeuilleRefusee(f"son texte est dans la page de codes {page}, inconnue") from None
    return nom
