"""Un lecteur de xlsx en une passe : valeurs, formules, fusions, lignes et colonnes cachées de chaque feuille.

openpyxl ne voit pas tout cela en lecture seule, demande deux ouvertures pour distinguer une formule vide d’une case
vide, et reconstruit tous les styles : dix fois plus lent sur un formulaire. Les tests le prennent pour témoin.
À n’employer que sur un fichier passé par ``garde_xlsx`` : ni DTD, ni entité, ni taille démesurée.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache, reduce
from typing import IO, Any
from xml.parsers.expat import ParserCreate
from zipfile import ZipFile

Case = str | int | float | bool | date | datetime | time | timedelta
Zone = tuple[int, int, int, int]
"""Première colonne, première ligne, dernière colonne, dernière ligne, à partir de 1."""

_VRAI = frozenset({"1", "true"})
_ENTIER = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_NOMBRE = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?", re.ASCII)
_ADRESSE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})", re.ASCII)
_ECHAPPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_PLAGE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})(?::\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6}))?", re.ASCII)
_FORMATS_DE_DATE = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Formats de date que la norme (ECMA-376, § 18.8.30) numérote sans les écrire, l’Asie comprise."""
_HORS_DU_FORMAT = re.compile(r'".*?"|\[(?!hh?\]|mm?\]|ss?\])[^\]]*\]')
_LETTRE_DE_DATE = re.compile(r"(?<![_\\])[dmhysDMHYS]")
"""Ce qu’un format ne montre pas (texte entre guillemets, langue, couleur), et ce qui en fait une date : comme
openpyxl, dont l’import coûterait plus que la lecture d’un formulaire."""
_RELATIONS = "xl/_rels/workbook.xml.rels"


@dataclass(slots=True)
class Feuille:
    """Une feuille ; lignes et colonnes se comptent à partir de 1, une case vide n’y est pas."""

    titre: str
    lignes: dict[int, dict[int, Case]] = field(default_factory=dict)
    formules: set[tuple[int, int]] = field(default_factory=set)
    fusions: list[Zone] = field(default_factory=list)
    lignes_cachees: set[int] = field(default_factory=set)
    colonnes_cachees: list[tuple[int, int]] = field(default_factory=list)

    def valeur(self, ligne: int, colonne: int) -> Case | None:
        """Valeur d’une case ; pour une formule, celle que le tableur a enregistrée."""
        return self.lignes.get(ligne, {}).get(colonne)

    def fusion(self, ligne: int, colonne: int) -> Zone | None:
        """La fusion qui couvre une case, ou rien."""
        return next((z for z in self.fusions if z[1] <= ligne <= z[3] and z[0] <= colonne <= z[2]), None)

    def cachee(self, ligne: int, colonne: int) -> bool:
        """Vrai si la ligne ou la colonne d’une case est cachée."""
        return ligne in self.lignes_cachees or any(c <= colonne <= d for c, d in self.colonnes_cachees)


class Classeur:
    """Un classeur ouvert ; chaque feuille se lit à la demande."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._chemins: dict[str, str] = {}
        self._depuis_1904 = False
        relations: dict[str, str] = {}
        _parcourir(archive.open(_RELATIONS), lambda nom, a: _noter_relation(relations, nom, a))
        _parcourir(archive.open("xl/workbook.xml"), lambda nom, a: self._noter(relations, nom, a))

    @property
    def titres(self) -> tuple[str, ...]:
        """Les noms des feuilles, cachées comprises."""
        return tuple(self._chemins)

    def lire(self, titre: str, *, lignes_max: int | None = None) -> Feuille:
        """Lit une feuille.

        :param lignes_max: s’arrêter après cette ligne.
        :raises Exception: de toute sorte si le classeur est abîmé ; l’appelant a une seule frontière.
        """
        dates, epoque = self._styles_de_date, self._depuis_1904
        lecteur = _LecteurDeFeuille(titre, self._textes, dates, lignes_max, depuis_1904=epoque)
        with self._archive.open(self._chemins[titre]) as flux:
            lecteur.parcourir(flux)
        return lecteur.feuille

    def _noter(self, relations: Mapping[str, str], nom: str, attributs: dict[str, str]) -> None:
        if nom == "workbookPr":
            self._depuis_1904 = attributs.get("date1904") in _VRAI
        elif nom == "sheet":
            cle = next((valeur for cle, valeur in attributs.items() if cle.rpartition(":")[2] == "id"), "")
            if cle in relations:
                self._chemins[attributs["name"]] = relations[cle]

    @cached_property
    def _textes(self) -> list[str]:
        lecteur = _LecteurDeTextes()
        self._suivre("xl/sharedStrings.xml", lecteur.ouvrir, lecteur.fermer, lecteur.ecrire)
        return lecteur.textes

    @cached_property
    def _styles_de_date(self) -> frozenset[str]:
        """Numéros des styles de cellule qui montrent une date ou une heure."""
        formats: dict[str, str] = {}
        styles: list[str] = []
        dans: list[str] = []

        def ouvrir(nom: str, attributs: dict[str, str]) -> None:
            if nom == "numFmt":
                formats.setdefault(attributs["numFmtId"], attributs["formatCode"])
            elif nom == "cellXfs":
                dans.append(nom)
            elif nom == "xf" and dans:
                styles.append(attributs.get("numFmtId", "0"))

        self._suivre("xl/styles.xml", ouvrir, lambda nom: dans.clear() if nom == "cellXfs" else None)
        return frozenset(str(rang) for rang, numero in enumerate(styles) if _est_une_date(numero, formats))

    def _suivre(self, partie: str, *gestes: Any) -> None:
        """Suit une partie facultative du classeur."""
        if partie in self._archive.NameToInfo:
            with self._archive.open(partie) as flux:
                _parcourir(flux, *gestes)


class _LecteurDeTextes:
    """La table des textes partagés : les morceaux mis en forme se recollent, les notes phonétiques s’oublient."""

    def __init__(self) -> None:
        self.textes: list[str] = []
        self._morceaux: list[str] = []
        self._ecoute = self._phonetique = False

    def ouvrir(self, nom: str, _attributs: dict[str, str]) -> None:
        if nom == "t":
            self._ecoute = not self._phonetique
        elif nom == "si":
            self._morceaux.clear()
        elif nom == "rPh":
            self._phonetique = True

    def fermer(self, nom: str) -> None:
        if nom == "t":
            self._ecoute = False
        elif nom == "si":
            self.textes.append(_desechapper("".join(self._morceaux)))
        elif nom == "rPh":
            self._phonetique = False

    def ecrire(self, texte: str) -> None:
        if self._ecoute:
            self._morceaux.append(texte)


class _Assez(Exception):
    """La dernière ligne voulue est lue."""


class _LecteurDeFeuille:
    """Suit les balises d’une feuille ; une case sans adresse vient juste après la précédente."""

    def __init__(
        self, titre: str, textes: list[str], dates: frozenset[str], lignes_max: int | None, *, depuis_1904: bool
    ) -> None:
        self.feuille = Feuille(titre)
        self._textes, self._dates, self._max = textes, dates, lignes_max
        self._depuis_1904 = depuis_1904
        self._ligne = self._colonne = 0
        self._genre = self._style = ""
        self._morceaux: list[str] = []
        self._balise = ""
        self._phonetique = False

    def parcourir(self, flux: IO[bytes]) -> None:
        try:
            _parcourir(flux, self._ouvrir, self._fermer, self._ecrire)
        except _Assez:
            return

    def _ouvrir(self, nom: str, attributs: dict[str, str]) -> None:
        if nom == "c":
            self._ouvrir_case(attributs)
        elif nom in {"v", "t"}:
            self._balise = nom
        elif nom == "f":
            self.feuille.formules.add((self._ligne, self._colonne))
        elif nom == "row":
            self._ouvrir_ligne(attributs)
        elif nom == "rPh":
            self._phonetique = True
        elif nom == "mergeCell":
            self._noter_fusion(attributs["ref"])
        elif nom == "col" and attributs.get("hidden") in _VRAI:
            self.feuille.colonnes_cachees.append((int(attributs["min"]), int(attributs["max"])))

    def _fermer(self, nom: str) -> None:
        if nom == "c":
            self._fermer_case()
        elif nom in {"v", "t"}:
            self._balise = ""
        elif nom == "rPh":
            self._phonetique = False

    def _ecrire(self, texte: str) -> None:
        if self._balise and not self._phonetique:
            self._morceaux.append(texte)

    def _ouvrir_ligne(self, attributs: dict[str, str]) -> None:
        self._ligne = int(attributs.get("r", self._ligne + 1))
        self._colonne = 0
        if self._max is not None and self._ligne > self._max:
            raise _Assez
        if self._ligne in self.feuille.lignes:
            raise ValueError("deux fois la même ligne")
        if attributs.get("hidden") in _VRAI:
            self.feuille.lignes_cachees.add(self._ligne)

    def _ouvrir_case(self, attributs: dict[str, str]) -> None:
        adresse = attributs.get("r")
        if adresse is None:
            self._colonne += 1
        else:
            trouve = _ADRESSE.fullmatch(adresse)
            if trouve is None or int(trouve[2]) != self._ligne:
                raise ValueError("adresse fausse")
            self._colonne = _colonne(trouve[1])
        self._genre, self._style = attributs.get("t", "n"), attributs.get("s", "0")
        self._morceaux.clear()

    def _fermer_case(self) -> None:
        texte = "".join(self._morceaux)
        if not texte:
            return
        cases = self.feuille.lignes.setdefault(self._ligne, {})
        if self._colonne in cases:
            raise ValueError("deux fois la même case")
        cases[self._colonne] = self._decoder(texte)

    def _decoder(self, texte: str) -> Case:
        if self._genre == "s":
            return self._textes[int(texte)]
        if self._genre in {"str", "inlineStr"}:
            return _desechapper(texte)
        if self._genre == "b":
            return texte in _VRAI
        if self._genre == "d":
            return datetime.fromisoformat(texte)
        if self._genre == "n" and _NOMBRE.fullmatch(texte):
            return self._decoder_nombre(texte)
        return texte

    def _decoder_nombre(self, texte: str) -> Case:
        nombre = int(texte) if _ENTIER.fullmatch(texte) else float(texte)
        if self._style not in self._dates:
            return nombre
        from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

        try:
            valeur: Case = from_excel(nombre, CALENDAR_MAC_1904 if self._depuis_1904 else CALENDAR_WINDOWS_1900)
        except (ValueError, OverflowError):
            return datetime.max
        return valeur

    def _noter_fusion(self, reference: str) -> None:
        trouvee = _PLAGE.fullmatch(reference)
        if trouvee is None:
            raise ValueError(reference)
        gauche, haut = _colonne(trouvee[1]), int(trouvee[2])
        droite, bas = (_colonne(trouvee[3]), int(trouvee[4])) if trouvee[3] else (gauche, haut)
        if (gauche, haut) != (droite, bas):
            self.feuille.fusions.append((gauche, haut, droite, bas))


def _parcourir(
    flux: IO[bytes],
    ouvrir: Callable[[str, dict[str, str]], Any],
    fermer: Callable[[str], Any] | None = None,
    ecrire: Callable[[str], Any] | None = None,
) -> None:
    """Suit un XML balise par balise, préfixes d’espace de noms ôtés s’il y en a (certains outils en mettent)."""
    analyseur = ParserCreate()
    analyseur.buffer_text = True

    def ouvrir_la_racine(nom: str, attributs: dict[str, str]) -> None:
        prefixe = ":" in nom
        analyseur.StartElementHandler = (lambda n, a: ouvrir(n.rpartition(":")[2], a)) if prefixe else ouvrir
        if fermer is not None:
            analyseur.EndElementHandler = (lambda n: fermer(n.rpartition(":")[2])) if prefixe else fermer
        ouvrir(nom.rpartition(":")[2], attributs)

    analyseur.StartElementHandler = ouvrir_la_racine
    analyseur.CharacterDataHandler = ecrire
    analyseur.ParseFile(flux)


def _noter_relation(relations: dict[str, str], nom: str, attributs: dict[str, str]) -> None:
    if nom == "Relationship" and attributs.get("Type", "").endswith("/worksheet"):
        relations[attributs["Id"]] = posixpath.normpath(posixpath.join("/xl", attributs["Target"])).lstrip("/")


def _est_une_date(numero: str, formats: Mapping[str, str]) -> bool:
    format_ = formats.get(numero)
    if format_ is None:
        if not numero.isdigit():
            return False
        return int(numero) in _FORMATS_DE_DATE
    return _LETTRE_DE_DATE.search(_HORS_DU_FORMAT.sub("", format_.split(";")[0])) is not None


@lru_cache(maxsize=1024)
def _colonne(lettres: str) -> int:
    """Rang d’une colonne : « C » donne 3, « AB » 28."""
    return reduce(lambda rang, lettre: rang * 26 + ord(lettre) - 64, lettres, 0)


def _desechapper(texte: str) -> str:
    """« _x000D_ » redevient un retour à la ligne, et « _x005F_x0041_ » le texte « _x0041_ »."""
    if "_x" not in texte:
        return texte
    return _ECHAPPE.sub(lambda trouve: chr(int(trouve[1], 16)), texte)
