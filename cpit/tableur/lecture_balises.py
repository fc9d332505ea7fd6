"""Lire un ods, ou les tables d’une page HTML, comme les feuilles d’un classeur.

**ods** : en une passe, valeurs, formules sans valeur, erreurs, dates, fusions, ce qui est caché, situé. Les mêmes cases
que d’un xlsx, à partir de ``content.xml``. Une bibliothèque n’en rendrait que les valeurs : une erreur, une formule
jamais calculée, la queue d’une fusion s’y liraient comme une case vide, et quelques octets de répétitions lui feraient
prendre des gigaoctets. Ici une répétition ne coûte rien tant qu’elle est vide, et se compte avant de se dérouler. À
n’employer que sur un fichier passé par ``garde``.

**HTML**, que bien des outils nomment « .xls ». Chaque table est une feuille, chaque cellule un texte. Une table dans
une autre n’a pas un sens et un seul : elle est refusée. Rien d’autre de la page n’est lu ni exécuté.
"""

from __future__ import annotations

import codecs
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from html.parser import HTMLParser
from itertools import chain
from typing import IO, Generic, TypeVar
from xml.parsers.expat import ExpatError
from xml.sax.saxutils import quoteattr
from zipfile import ZipFile

from cpit.tableur.classeur_ouvert import (
    COLONNES_MAX,
    EPOQUE,
    Case,
    Cases,
    ClasseurOuvert,
    FeuilleLue,
    FeuilleRefusee,
    Fusion,
    Onglet,
    Piege,
    Pieges,
    Pourcentage,
    date_du_tableur,
    nommer_cellule,
)
from cpit.tableur.lecture import MORCEAU, AnalyseurXml, contient, verifier_encodage_xml, xml_bien_forme

_CASES_MAX = 10_000_000
"""Cases remplies d’une feuille, répétitions déroulées : 100 000 personnes et 100 colonnes."""
_LIGNES_MAX = 1_048_576
_REPETEES_MAX, _ESPACES_MAX = 10_000, 10_000_000
"""Fois qu’une ligne remplie se répète (personne ne rend dix mille fois la même), et espaces qu’une feuille abrège."""
_CONTENU = "content.xml"
_GARDES_MAX = 16_000_000
"""Octets d’une feuille que l’on garde d’un passage à l’autre."""
_ESPACES_DE_NOMS_MAX = 200
"""Espaces de noms qu’un document peut désigner à la fois ; un tableur en désigne une trentaine."""

_OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
_OFFICE, _TABLE, _TEXTE, _STYLE = (f"{_OASIS}{nom}:1.0 " for nom in ("office", "table", "text", "style"))
_CALC = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 "
_FEUILLE, _LIGNE, _COLONNE = f"{_TABLE}table", f"{_TABLE}table-row", f"{_TABLE}table-column"
_CASE, _COUVERTE = f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"
_PARAGRAPHE = f"{_TEXTE}p"
_TRAVERSEES = frozenset(
    {
        *(f"{_OFFICE}{nom}" for nom in ("document-content", "body", "spreadsheet")),
        *(f"{_TABLE}table-{nom}" for nom in ("rows", "header-rows", "row-group")),
        *(f"{_TABLE}table-{nom}" for nom in ("columns", "header-columns", "column-group")),
    }
)
"""Où l’on descend sans rien y prendre."""
_HORS_DU_TEXTE = frozenset({f"{_TEXTE}note", f"{_TEXTE}ruby-text"})
_BLANCS = {f"{_TEXTE}s": " ", f"{_TEXTE}tab": "\t", f"{_TEXTE}line-break": "\n"}
_CACHEES = frozenset({"collapse", "filter"})
_VRAIS_ET_FAUX = {"vrai": True, "true": True, "faux": False, "false": False}
_NOMBRES = frozenset({"float", "currency", "percentage"})
_ENTIER = re.compile(r"[+-]?[0-9]{1,15}(?:\.0+)?", re.ASCII)
_REPETITION = re.compile(r"[0-9]{1,7}", re.ASCII)
_DUREE = re.compile(r"(-?)P(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+(?:[.,][0-9]+)?)S)?)?", re.ASCII)
_Pret = TypeVar("_Pret")
_ERREUR = re.compile(r"#[^\s]{2,20}[!?]|#N/A|#NAME\?|(?:Err|Erreur)\s*:\s*[0-9]{3}", re.IGNORECASE)


class ClasseurOds(ClasseurOuvert):
    """Un ods ouvert."""

    def __init__(self, archive: ZipFile) -> None:
        super().__init__()
        self._archive = archive
        self._contenu = _Contenu(archive)
        sommaire = _Sommaire()
        self._tables = list(sommaire.suivre(self._contenu.depuis(0)))
        for rang, table in enumerate(self._tables):
            self.onglets.append(Onglet(table.titre, str(rang), table.style in sommaire.caches))

    def _suivre_feuille(self, onglet: Onglet) -> tuple[Pieges, Iterator[tuple[int, Cases]]]:
        """Les lignes d’une feuille au fil de la lecture, et ses pièges ; deux passages s’il y a des fusions."""
        machine = _Machine()
        if self._a_des_fusions:
            avant = _Machine(avec_fusions=True)
            for _ in self._lignes(avant, onglet):
                pass
            machine.pieges.fusions += avant.pieges.fusions
        return machine.pieges, self._lignes(machine, onglet)

    def _suivre_lignes(self, onglet: Onglet) -> Iterator[tuple[int, Cases]]:
        """Les lignes d’une feuille au fil de la lecture."""
        return self._lignes(_Machine(), onglet)

    @cached_property
    def _a_des_fusions(self) -> bool:
        with self._archive.open(_CONTENU) as flux:
            return contient(flux, b"s-spanned=")

    def _lignes(self, machine: _Machine, onglet: Onglet) -> Iterator[tuple[int, Cases]]:
        rang = int(onglet.partie)
        fin = self._tables[rang + 1].place if rang + 1 < len(self._tables) else None
        table = self._tables[rang]
        try:
            for ligne, fois, cases in machine.suivre(chain([table.tete], self._contenu.depuis(table.place, fin))):
                yield from ((ligne + rang, cases) for rang in range(fois))
        except FeuilleRefusee as refusee:
            refusee.feuille = onglet.nom
            raise


@dataclass(frozen=True, slots=True)
class _Table:
    """Une feuille : son nom, son style, l’octet de ``content.xml`` où elle s’ouvre, et de quoi la lire sans ce qui
    précède.
    """

    titre: str
    style: str
    place: int
    tete: bytes


class _Contenu:
    """Les octets de ``content.xml``, à partir d’où l’on veut : suivre une feuille ne demande pas de suivre les autres.

    Rien ne se décompresse deux fois tant que l’on va de l’avant ; la dernière feuille, si elle est courte, est gardée.
    """

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._gardes: tuple[int, bytes] = (0, b"")
        self._flux: IO[bytes] | None = None

    def depuis(self, debut: int, fin: int | None = None) -> Iterator[bytes]:
        """Les octets de ``debut`` à ``fin``, par morceaux."""
        if fin is not None and fin - debut <= _GARDES_MAX:
            if self._gardes[0] != debut or len(self._gardes[1]) != fin - debut:
                self._gardes = debut, self._prendre(debut, fin - debut)
            entiers = self._gardes[1]
            yield from (entiers[rang : rang + MORCEAU] for rang in range(0, len(entiers), MORCEAU))
            return
        while morceau := self._prendre(debut, MORCEAU if fin is None else min(MORCEAU, fin - debut)):
            yield morceau
            debut += len(morceau)

    def _prendre(self, debut: int, combien: int) -> bytes:
        if self._flux is None:
            self._flux = self._archive.open(_CONTENU)
        if self._flux.tell() != debut:
            self._flux.seek(debut)
        return self._flux.read(combien)


class _Suiveur(ABC, Generic[_Pret]):
    """Suit ``content.xml`` balise par balise ; ce qui s’ouvre ailleurs que là où l’on descend se passe entier."""

    def __init__(self) -> None:
        self.prets: list[_Pret] = []
        self.fini = False
        self._passees = 0
        self.analyseur = AnalyseurXml(
            self._ouvrir, self._fermer, self._ecrire, self.declarer, self.compter, espaces=self.noter_un_espace
        )

    def suivre(self, morceaux: Iterable[bytes]) -> Iterator[_Pret]:
        """Ce que l’on en tire, dans l’ordre."""
        for morceau in morceaux:
            with xml_bien_forme(self.situer):
                try:
                    self.analyseur.nourrir(morceau)
                except ExpatError:
                    # Au bout de la feuille viennent des fins de balises qu’ouvre ce que l’on n’a pas suivi.
                    if not self.fini:
                        raise
            yield from self.prets
            self.prets.clear()
            if self.fini:
                return
        with xml_bien_forme(self.situer):
            self.analyseur.nourrir(b"", fin=True)
        yield from self.prets

    def declarer(self, version: str, encodage: str | None, seul: int) -> None:
        """Prend la déclaration XML."""
        verifier_encodage_xml(version, encodage, seul)

    def noter_un_espace(self, prefixe: str | None, nom: str | None, *, fin: bool) -> None:
        """Prend un espace de noms qui s’ouvre ou se ferme."""

    @abstractmethod
    def entrer(self, nom: str, attributs: dict[str, str]) -> bool:
        """Prend une balise qui s’ouvre ; faux pour la passer, avec tout ce qu’elle contient."""

    def sortir(self, nom: str) -> None:
        """Prend une balise qui se ferme."""

    def ecrire(self, texte: str) -> None:
        """Prend un texte."""

    def situer(self) -> str:
        """Où l’on en est, à la suite de « XML mal formé »."""
        return f"dans {_CONTENU}"

    def compter(self, octets: bytes) -> int:
        """À peu près combien de cases remplies porte un morceau."""
        return octets.count(b"office:value-type=")

    def _ouvrir(self, nom: str, attributs: dict[str, str]) -> None:
        if self._passees or not (nom in _TRAVERSEES or self.entrer(nom, attributs)):
            self._passees += 1

    def _fermer(self, nom: str) -> None:
        if self._passees:
            self._passees -= 1
        elif not self.fini:
            self.sortir(nom)

    def _ecrire(self, texte: str) -> None:
        if not self._passees:
            self.ecrire(texte)


class _Sommaire(_Suiveur[_Table]):
    """Chaque feuille, et où elle est ; ``caches`` : les styles qui cachent."""

    def __init__(self) -> None:
        super().__init__()
        self.caches: set[str] = set()
        self._style = ""
        self._encodage = "utf-8"
        self._espaces: dict[str, list[str]] = {}
        self._tete = b""

    def declarer(self, version: str, encodage: str | None, seul: int) -> None:
        """L’encodage, qui est aussi celui de chaque feuille."""
        super().declarer(version, encodage, seul)
        self._encodage = encodage or "utf-8"

    def noter_un_espace(self, prefixe: str | None, nom: str | None, *, fin: bool) -> None:
        """Les espaces de noms en vigueur : une feuille les emploie sans les redire."""
        noms = self._espaces.setdefault(prefixe or "", [])
        if fin:
            noms.pop()
        else:
            noms.append(nom or "")
        if len(self._espaces) > _ESPACES_DE_NOMS_MAX:
            raise FeuilleRefusee(f"plus de {_ESPACES_DE_NOMS_MAX} espaces de noms")
        self._tete = b""

    def _rediger_la_tete(self) -> bytes:
        """Ce qui, devant une feuille, la fait lire comme à sa place."""
        dits = {prefixe: noms[-1] for prefixe, noms in self._espaces.items() if noms and prefixe != "xml"}
        ecrits = (f" xmlns{':' * bool(prefixe)}{prefixe}={quoteattr(nom)}" for prefixe, nom in dits.items())
        racine = f'<cpit-tete:document-content xmlns:cpit-tete="{_OFFICE.strip()}"{"".join(ecrits)}>'
        declaration = f'<?xml version="1.0" encoding="{self._encodage}"?>'
        return (declaration + racine).encode(self._encodage, "xmlcharrefreplace")

    def entrer(self, nom: str, attributs: dict[str, str]) -> bool:
        """Les styles de tables, et les tables, dont on ne suit pas les lignes."""
        if nom == f"{_STYLE}style":
            self._style = attributs.get(f"{_STYLE}name", "")
        elif nom == f"{_STYLE}table-properties" and attributs.get(f"{_TABLE}display") == "false":
            self.caches.add(self._style)
        elif nom == _FEUILLE:
            self._tete = self._tete or self._rediger_la_tete()
            nom_et_style = attributs.get(f"{_TABLE}name", ""), attributs.get(f"{_TABLE}style-name", "")
            self.prets.append(_Table(*nom_et_style, self.analyseur.place, self._tete))
        return nom in (f"{_OFFICE}automatic-styles", f"{_STYLE}style")


class _Machine(_Suiveur[tuple[int, int, Cases]]):
    """Les lignes remplies d’une feuille : numéro, fois qu’elle se répète, cases ; et ce qu’elle fusionne et cache."""

    def __init__(self, *, avec_fusions: bool = False) -> None:
        super().__init__()
        self.pieges = Pieges()
        self._avec_fusions = avec_fusions
        self._dedans = False
        self._ligne = self._colonne = self._fois = self._remplies = self._colonnes = self._espaces = 0
        self._cachee = self._en_case = self._en_texte = False
        self._cases: Cases = {}
        self._attributs: dict[str, str] = {}
        self._morceaux: list[str] = []
        self._paragraphes = 0

    def entrer(self, nom: str, attributs: dict[str, str]) -> bool:
        """La feuille, ses lignes, ses cases et leur texte."""
        if self._en_texte:
            if nom in _BLANCS:
                self._abreger(_BLANCS[nom], _fois(attributs, f"{_TEXTE}c"))
            return nom.startswith(_TEXTE) and nom not in _HORS_DU_TEXTE
        if self._en_case:
            return nom == _PARAGRAPHE and self._ouvrir_paragraphe()
        if nom == _FEUILLE:
            premiere, self._dedans = not self._dedans, True
            return premiere
        if nom == _COLONNE:
            self._noter_colonnes(attributs)
        elif nom == _LIGNE:
            self._ouvrir_ligne(attributs)
        elif nom in (_CASE, _COUVERTE):
            self._ouvrir_case(attributs)
        return nom in (_COLONNE, _LIGNE, _CASE, _COUVERTE)

    def sortir(self, nom: str) -> None:
        """La fin d’une case, d’une ligne ou de la feuille."""
        if nom in (_CASE, _COUVERTE):
            self._fermer_case()
        elif nom == _PARAGRAPHE:
            self._en_texte = False
        elif nom == _LIGNE:
            self._fermer_ligne()
        elif nom == _FEUILLE:
            self.fini = True

    def ecrire(self, texte: str) -> None:
        """Le texte d’une case."""
        if self._en_texte:
            self._morceaux.append(texte)

    def situer(self) -> str:
        """Où l’on en est."""
        return f"après la ligne {self._ligne - 1}" if self._ligne > 1 else "avant la première ligne"

    def _abreger(self, blanc: str, fois: int) -> None:
        self._espaces += fois
        if self._espaces > _ESPACES_MAX:
            raise self._faute(self._colonne + 1, f"mène à plus de {_ESPACES_MAX} espaces")
        self._morceaux.append(blanc * fois)

    def _ouvrir_paragraphe(self) -> bool:
        if self._paragraphes:
            self._morceaux.append("\n")
        self._paragraphes += 1
        self._en_texte = True
        return True

    def _noter_colonnes(self, attributs: dict[str, str]) -> None:
        fois = _fois(attributs, f"{_TABLE}number-columns-repeated")
        if attributs.get(f"{_TABLE}visibility") in _CACHEES:
            self.pieges.colonnes_cachees.append((self._colonnes + 1, self._colonnes + fois))
        self._colonnes += fois

    def _ouvrir_ligne(self, attributs: dict[str, str]) -> None:
        self._ligne += self._fois or 1
        self._fois = _fois(attributs, f"{_TABLE}number-rows-repeated")
        self._cachee = attributs.get(f"{_TABLE}visibility") in _CACHEES
        self._colonne = 0
        self._cases = {}

    def _fermer_ligne(self) -> None:
        if not self._cases:
            return
        if self._fois > _REPETEES_MAX:
            raise self._faute(min(self._cases), f"est d’une ligne répétée {self._fois} fois")
        self._remplies += len(self._cases) * self._fois
        if self._remplies > _CASES_MAX:
            raise FeuilleRefusee(f"plus de {_CASES_MAX} cases, une fois ses répétitions déroulées")
        if self._ligne + self._fois - 1 > _LIGNES_MAX:
            raise FeuilleRefusee(f"des cases au-delà de la ligne {_LIGNES_MAX}")
        if self._cachee:
            self.pieges.lignes_cachees.update(range(self._ligne, self._ligne + self._fois))
        self.prets.append((self._ligne, self._fois, self._cases))

    def _ouvrir_case(self, attributs: dict[str, str]) -> None:
        self._attributs = attributs
        self._morceaux.clear()
        self._paragraphes = 0
        self._en_case = True

    def _fermer_case(self) -> None:
        self._en_case = False
        fois = _fois(self._attributs, f"{_TABLE}number-columns-repeated")
        debut = self._colonne + 1
        self._colonne += fois
        if self._avec_fusions:
            self._noter_fusion(debut)
        valeur = self._valeur("".join(self._morceaux))
        if valeur is None:
            return
        if self._colonne > COLONNES_MAX:
            raise self._faute(debut, "est répétée trop de fois")
        self._cases.update(dict.fromkeys(range(debut, debut + fois), valeur))

    def _noter_fusion(self, colonne: int) -> None:
        droite = colonne + _fois(self._attributs, f"{_TABLE}number-columns-spanned") - 1
        plus = _fois(self._attributs, f"{_TABLE}number-rows-spanned") - 1
        if droite > colonne or plus:
            for ligne in range(self._ligne, self._ligne + self._fois):
                self.pieges.noter_fusion(Fusion(ligne, colonne, ligne + plus, droite))

    def _faute(self, colonne: int, quoi: str) -> FeuilleRefusee:
        cellule = nommer_cellule(self._ligne, colonne)
        return FeuilleRefusee(f"la cellule {cellule} {quoi}", cellule=cellule)

    # --- les valeurs ---

    def _valeur(self, texte: str) -> Case | None:
        attributs = self._attributs
        genre = attributs.get(f"{_OFFICE}value-type", "")
        formule = f"{_TABLE}formula" in attributs
        if attributs.get(f"{_CALC}value-type") == "error" or (formule and _ERREUR.fullmatch(texte.strip())):
            return Piege("cellule-erreur", texte.strip()[:100])
        if genre in _NOMBRES:
            return self._nombre(attributs, texte)
        if genre in _DECODEURS:
            return _DECODEURS[genre](self, attributs)
        if not genre and formule and not texte:
            return Piege("cellule-formule")
        return attributs.get(f"{_OFFICE}string-value", texte) or None

    def _nombre(self, attributs: dict[str, str], texte: str) -> Case:
        ecrit = attributs.get(f"{_OFFICE}value", "")
        # Le résultat d’une formule logique s’écrit comme un nombre : seul le texte montré dit VRAI.
        logique = _VRAIS_ET_FAUX.get(texte.strip().casefold())
        if logique is not None:
            return logique
        try:
            if attributs.get(f"{_OFFICE}value-type") == "percentage":
                return Pourcentage(ecrit)
            return int(float(ecrit)) if _ENTIER.fullmatch(ecrit) else float(ecrit)
        except ValueError:
            raise self._faute(self._colonne, f"porte le nombre {ecrit[:20]!r}") from None

    def _booleen(self, attributs: dict[str, str]) -> Case:
        return attributs.get(f"{_OFFICE}boolean-value") == "true"

    def _date(self, attributs: dict[str, str]) -> Case:
        ecrite = attributs.get(f"{_OFFICE}date-value", "")
        try:
            return datetime.fromisoformat(ecrite)
        except ValueError:
            raise self._faute(self._colonne, f"porte la date {ecrite[:20]!r}") from None

    def _duree(self, attributs: dict[str, str]) -> Case:
        ecrite = attributs.get(f"{_OFFICE}time-value", "")
        trouvee = _DUREE.fullmatch(ecrite[:60])
        if trouvee is None:
            raise self._faute(self._colonne, f"porte la durée {ecrite[:20]!r}")
        jours, heures, minutes, secondes = (float((un or "0").replace(",", ".")) for un in trouvee.groups()[1:])
        total = jours + (heures + (minutes + secondes / 60) / 60) / 24
        return date_du_tableur(-total if trouvee[1] else total, EPOQUE)


_DECODEURS: Mapping[str, Callable[[_Machine, dict[str, str]], Case]] = {
    "boolean": _Machine._booleen,
    "date": _Machine._date,
    "time": _Machine._duree,
}
"""Ce qui se lit d’un attribut propre à son genre ; un autre genre est un texte."""


def _fois(attributs: dict[str, str], cle: str) -> int:
    """Un nombre de répétitions ou de cases couvertes : un, s’il n’est pas écrit.

    :raises FeuilleRefusee: si ce n’en est pas un.
    """
    ecrit = attributs.get(cle)
    if ecrit is None:
        return 1
    if not _REPETITION.fullmatch(ecrit) or not int(ecrit):
        raise FeuilleRefusee(f"une répétition vaut {ecrit[:20]!r}")
    return int(ecrit)


_JEU = re.compile(rb"""charset\s*=\s*["']?([A-Za-z0-9_-]{3,20})""", re.IGNORECASE)
DEBUT_DE_PAGE = 2_000
_HTML = re.compile(rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?<(?:!doctype\s+html|html|head|meta|table|body)\b")
_NOMBRE = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)
_TUES = frozenset({"script", "style", "template", "head", "title"})


def est_une_page(debut: bytes) -> bool:
    """Vrai pour le début d’une page HTML, quel que soit le nom du fichier."""
    return _HTML.match(_texte(debut[:DEBUT_DE_PAGE]).lower().encode()) is not None


class ClasseurHtml(ClasseurOuvert):
    """Les tables d’une page.

    :raises FeuilleRefusee: si une table est dans une autre.
    """

    def __init__(self, octets: bytes) -> None:
        super().__init__()
        lecteur = _Lecteur()
        lecteur.feed(_texte(octets))
        lecteur.close()
        self._feuilles = lecteur.feuilles
        self.onglets = [Onglet(feuille.titre, str(rang), False) for rang, feuille in enumerate(self._feuilles)]

    def _suivre_feuille(self, onglet: Onglet) -> tuple[Pieges, Iterator[tuple[int, Cases]]]:
        """Les lignes d’une table, et ses cellules fusionnées."""
        feuille = self._feuilles[int(onglet.partie)]
        return feuille.pieges, iter(feuille.lignes.items())

    def _suivre_lignes(self, onglet: Onglet) -> Iterator[tuple[int, Cases]]:
        """Les lignes d’une table."""
        return self._suivre_feuille(onglet)[1]


def _texte(octets: bytes) -> str:
    """Le texte d’une page : selon sa marque, sinon ce qu’elle déclare, sinon en UTF-8, sinon en cp1252."""
    for marque, nom in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if octets.startswith(marque):
            return octets.decode(nom, "replace")
    declare = _JEU.search(octets[:DEBUT_DE_PAGE])
    for nom in ([declare[1].decode()] if declare else []) + ["utf-8"]:
        try:
            return octets.decode(nom)
        except (UnicodeDecodeError, LookupError):
            continue
    return octets.decode("cp1252", "replace")


class _Lecteur(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.feuilles: list[FeuilleLue] = []
        self._en_table = self._en_case = False
        self._tues = self._ligne = self._colonne = 0
        self._largeur = 1
        self._morceaux: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _TUES:
            self._tues += 1
        elif tag == "table":
            self._ouvrir_table()
        elif tag == "tr" and self._en_table:
            self._fermer_case()
            self._ligne, self._colonne = self._ligne + 1, 0
        elif tag in ("td", "th") and self._en_table:
            self._ouvrir_case(dict(attrs))
        elif tag in ("br", "p", "div") and self._en_case and self._morceaux:
            self._morceaux.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _TUES:
            self._tues = max(0, self._tues - 1)
        elif tag in ("td", "th", "tr", "table"):
            self._fermer_case()
            self._en_table = self._en_table and tag != "table"

    def handle_data(self, data: str) -> None:
        if self._en_case and not self._tues:
            self._morceaux.append(data)

    def close(self) -> None:
        super().close()
        self._fermer_case()

    def _ouvrir_table(self) -> None:
        if self._en_table:
            raise FeuilleRefusee("une table de la page en contient une autre")
        self.feuilles.append(FeuilleLue(f"table {len(self.feuilles) + 1}"))
        self._en_table, self._ligne = True, 0

    def _ouvrir_case(self, attributs: dict[str, str | None]) -> None:
        self._fermer_case()
        self._ligne = self._ligne or 1
        pieges = self.feuilles[-1].pieges
        # La place que laisse une cellule d’au-dessus, étendue sur plusieurs lignes.
        while pieges.fusion(self._ligne, self._colonne + 1):
            self._colonne += 1
        self._largeur, hauteur = (_etendue(attributs.get(cle)) for cle in ("colspan", "rowspan"))
        haut, gauche = self._ligne, self._colonne + 1
        if gauche + self._largeur > COLONNES_MAX:
            raise FeuilleRefusee(f"la ligne {haut} a plus de {COLONNES_MAX} colonnes")
        pieges.noter_fusion(Fusion(haut, gauche, haut + hauteur - 1, gauche + self._largeur - 1))
        self._en_case = True

    def _fermer_case(self) -> None:
        if self._en_case:
            texte = "".join(self._morceaux).strip()
            if texte:
                self.feuilles[-1].lignes.setdefault(self._ligne, {})[self._colonne + 1] = texte
            self._colonne += self._largeur
            self._morceaux.clear()
            self._en_case = False


def _etendue(ecrite: str | None) -> int:
    return int(ecrite) if ecrite and _NOMBRE.fullmatch(ecrite) else 1
