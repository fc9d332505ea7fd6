"""Lire un xlsx en une passe : valeurs, formules sans valeur, erreurs, dates, fusions, ce qui est caché, situé.

Une seule machine, pour les formulaires comme pour les tables et la fouille. openpyxl ne voit pas tout cela en lecture
seule, demande deux ouvertures pour distinguer une formule vide d’une case vide, et reconstruit tous les styles : quatre
fois plus lent sur un formulaire. Les tests le prennent pour témoin. Une très grande feuille écrite sans détour tire ses
valeurs de python-calamine, plus rapide (``grandes_feuilles``) ; ses pièges viennent toujours d’ici.
À n’employer que sur un fichier passé par ``garde`` : ni DTD, ni entité, ni taille démesurée.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache, reduce
from typing import IO, Any
from xml.parsers.expat import ParserCreate
from zipfile import ZipFile

from cpit.tableur.pieges import FeuilleRefusee, Fusion, Piege, Pieges, nommer_cellule

Case = str | int | float | bool | date | datetime | time | timedelta | Piege
Cases = dict[int, Case]
"""Les cases remplies d’une ligne, par colonne (à partir de 1)."""

PIEGES_MAX = 500_000
FUSIONS_MAX = 10_000
PARTIE_MAX = 5_000_000
"""Octets de la liste des feuilles et de ses liens."""
MORCEAU = 1 << 18

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
"""Ce qu’un format ne montre pas (texte entre guillemets, langue, couleur), et ce qui en fait une date."""
_EPOQUE, _EPOQUE_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
_PRINCIPAL = frozenset(
    {"http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main"}
)
"""L’espace de noms des feuilles, ordinaire et strict."""
_LISIBLES = bytes(range(0x20, 0x7F))
_LIENS = "xl/_rels/workbook.xml.rels"
_CLASSEUR = "xl/workbook.xml"
TEXTES_PARTAGES = "xl/sharedStrings.xml"


@dataclass(frozen=True, slots=True)
class Onglet:
    """Une feuille de calcul : son nom, sa partie dans l’archive, et si elle est cachée."""

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


class ClasseurLu:
    """Un classeur ouvert ; chaque feuille se lit à la demande."""

    def __init__(self, archive: ZipFile) -> None:
        self.archive = archive
        self.onglets: list[Onglet] = []
        self._depuis_1904 = False
        liens: dict[str, str] = {}
        self._suivre(_LIENS, lambda nom, a: _noter_lien(liens, nom, a), exigee=True)
        self._suivre(_CLASSEUR, lambda nom, a: self._noter(liens, nom, a), exigee=True)

    @property
    def titres(self) -> tuple[str, ...]:
        """Les noms des feuilles, cachées comprises."""
        return tuple(onglet.nom for onglet in self.onglets)

    def lire_feuille(self, titre: str, *, lignes_max: int | None = None) -> FeuilleLue:
        """Lit une feuille entière.

        :param lignes_max: s’arrêter après cette ligne ; les fusions, données ensuite, ne sont alors pas lues.
        :raises Exception: de toute sorte si le classeur est abîmé ; l’appelant a une seule frontière.
        """
        onglet = next(onglet for onglet in self.onglets if onglet.nom == titre)
        machine = self.machine(lignes_max=lignes_max)
        with self.archive.open(onglet.partie) as flux:
            return FeuilleLue(titre, dict(machine.suivre(flux)), machine.pieges)

    def suivre_feuille(self, onglet: Onglet) -> tuple[Pieges, Iterator[tuple[int, Cases]]]:
        """Les lignes d’une feuille au fil de la lecture, numérotées, et ses pièges.

        Les fusions sont là d’emblée ; ce qui est caché s’y ajoute à mesure que viennent les lignes.

        :raises Exception: de toute sorte si le classeur est abîmé, à l’ouverture ou en route.
        """
        machine = self.machine()
        machine.pieges.fusions += self._fusions(onglet)
        return machine.pieges, self._lignes(machine, onglet)

    def suivre_lignes(self, onglet: Onglet) -> Iterator[tuple[int, Cases]]:
        """Les lignes d’une feuille au fil de la lecture, sans ses fusions : pour n’en lire que le début.

        :raises Exception: de toute sorte si le classeur est abîmé, en route.
        """
        return self._lignes(self.machine(), onglet)

    def machine(self, *, lignes_max: int | None = None) -> MachineDeFeuille:
        """De quoi suivre une feuille de ce classeur."""
        return MachineDeFeuille(self._textes, self._styles_de_date, lignes_max, depuis_1904=self._depuis_1904)

    def _lignes(self, machine: MachineDeFeuille, onglet: Onglet) -> Iterator[tuple[int, Cases]]:
        with self.archive.open(onglet.partie) as flux:
            yield from machine.suivre(flux, avec_fusions=False)

    def _fusions(self, onglet: Onglet) -> list[Fusion]:
        """Les fusions, que le fichier ne donne qu’après les lignes ; rien à lire si le mot n’y est pas."""
        with self.archive.open(onglet.partie) as flux:
            if not contient(flux, b"mergeCell"):
                return []
        pieges = Pieges()
        self._suivre(onglet.partie, lambda nom, a: _noter_fusion(pieges, a["ref"]) if nom == "mergeCell" else None)
        return pieges.fusions

    def _noter(self, liens: Mapping[str, str], nom: str, attributs: dict[str, str]) -> None:
        if nom == "workbookPr":
            self._depuis_1904 = attributs.get("date1904") in _VRAI
        elif nom == "sheet":
            cle = next((valeur for cle, valeur in attributs.items() if cle.rpartition(":")[2] == "id"), "")
            if cle in liens:
                cache = attributs.get("state", "visible") != "visible"
                self.onglets.append(Onglet(attributs["name"], liens[cle], cache))

    @cached_property
    def _textes(self) -> _TextesPartages:
        return _TextesPartages(self.archive)

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

    def _suivre(self, partie: str, *gestes: Any, exigee: bool = False) -> None:
        """Suit une partie du classeur, facultative si elle n’est pas exigée."""
        if exigee and self.archive.getinfo(partie).file_size > PARTIE_MAX:
            raise FeuilleRefusee(f"{partie} est démesuré")
        if partie in self.archive.NameToInfo:
            with self.archive.open(partie) as flux:
                _ouvrir_xml(*gestes).ParseFile(flux)


class _TextesPartages:
    """La table des textes partagés, lue à mesure qu’on en demande : l’en-tête d’une grande table est à son début.

    Les morceaux mis en forme se recollent, les notes phonétiques s’oublient.
    """

    def __init__(self, archive: ZipFile) -> None:
        self.lus: list[str] = []
        self._morceaux: list[str] = []
        self._ecoute = self._phonetique = False
        self._suite = self._lire(archive)

    def chercher(self, rang: int) -> str:
        """Le texte d’un rang.

        :raises IndexError: s’il n’y en a pas tant.
        """
        if rang < 0:
            raise IndexError(rang)
        while rang >= len(self.lus):
            if not next(self._suite, False):
                raise IndexError(rang)
        return self.lus[rang]

    def _lire(self, archive: ZipFile) -> Iterator[bool]:
        if TEXTES_PARTAGES in archive.NameToInfo:
            analyseur = _ouvrir_xml(self._ouvrir, self._fermer, self._ecrire)
            with archive.open(TEXTES_PARTAGES) as flux:
                while morceau := flux.read(MORCEAU):
                    analyseur.Parse(morceau, False)
                    yield True
                analyseur.Parse(b"", True)

    def _ouvrir(self, nom: str, _attributs: dict[str, str]) -> None:
        if nom == "t":
            self._ecoute = not self._phonetique
        elif nom == "si":
            self._morceaux.clear()
        elif nom == "rPh":
            self._phonetique = True

    def _fermer(self, nom: str) -> None:
        if nom == "t":
            self._ecoute = False
        elif nom == "si":
            self.lus.append(_desechapper("".join(self._morceaux)))
        elif nom == "rPh":
            self._phonetique = False

    def _ecrire(self, texte: str) -> None:
        if self._ecoute:
            self._morceaux.append(texte)


class _Assez(Exception):
    """La dernière ligne voulue est lue."""


class MachineDeFeuille:
    """Suit les balises d’une feuille : rend ses lignes, note ce qu’elle fusionne et cache.

    Une case sans adresse vient juste après la précédente. Rien n’est deviné : deux valeurs dans une case, deux cases à
    la même adresse, des lignes en désordre sont des fautes.
    """

    def __init__(
        self,
        textes: _TextesPartages,
        dates: frozenset[str],
        lignes_max: int | None = None,
        *,
        depuis_1904: bool = False,
    ) -> None:
        self.pieges = Pieges()
        self.pretes: list[tuple[int, Cases]] = []
        self._textes, self._dates, self._max = textes, dates, lignes_max
        self._epoque = _EPOQUE_1904 if depuis_1904 else _EPOQUE
        self._avec_fusions = True
        self._nombre = 0
        self._ligne = self._colonne = 0
        self._cases: Cases = {}
        self._genre, self._style = "n", "0"
        self._morceaux: list[str] = []
        self._balise = ""
        self._formule = self._phonetique = self._remplie = self._en_case = False

    def analyseur(self, *, avec_fusions: bool = True) -> Any:
        """L’analyseur à nourrir, morceau par morceau ; les lignes finies sont dans ``pretes``."""
        self._avec_fusions = avec_fusions
        return _ouvrir_xml(self._ouvrir, self._fermer, self._ecrire)

    def suivre(self, flux: IO[bytes], *, avec_fusions: bool = True) -> Iterator[tuple[int, Cases]]:
        """Les lignes d’une feuille qui ont au moins une case remplie, dans l’ordre."""
        analyseur = self.analyseur(avec_fusions=avec_fusions)
        try:
            while morceau := flux.read(MORCEAU):
                analyseur.Parse(morceau, False)
                yield from self.pretes
                self.pretes.clear()
            analyseur.Parse(b"", True)
        except _Assez:
            pass
        self._finir_ligne()
        yield from self.pretes

    @property
    def en_cours(self) -> bool:
        """Vrai si la ligne commencée a déjà une case remplie."""
        return bool(self._cases)

    def _noter_colonnes_cachees(self, attributs: Mapping[str, str]) -> None:
        if attributs.get("hidden") in _VRAI:
            self._compter()
            self.pieges.colonnes_cachees.append((int(attributs["min"]), int(attributs["max"])))

    def noter_ligne_cachee(self, ligne: int) -> None:
        """Note une ligne cachée."""
        self._compter()
        self.pieges.lignes_cachees.add(ligne)

    def _ouvrir(self, nom: str, attributs: dict[str, str]) -> None:
        if nom == "c":
            self._ouvrir_case(attributs)
        elif nom in {"v", "is"}:
            if self._remplie and self._en_case:
                raise self._faute("deux valeurs")
            self._remplie = True
            self._balise = "v" if nom == "v" else ""
        elif nom == "t":
            self._balise = nom
        elif nom == "f":
            self._formule = True
        elif nom == "row":
            self._ouvrir_ligne(attributs)
        else:
            self._ouvrir_autre(nom, attributs)

    def _ouvrir_autre(self, nom: str, attributs: dict[str, str]) -> None:
        if nom == "rPh":
            self._phonetique = True
        elif nom == "col":
            self._noter_colonnes_cachees(attributs)
        elif nom == "mergeCell" and self._avec_fusions:
            _noter_fusion(self.pieges, attributs["ref"])

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
        ligne = int(attributs.get("r", self._ligne + 1))
        if ligne < self._ligne:
            raise FeuilleRefusee(f"la ligne {ligne} vient après la ligne {self._ligne}")
        if ligne > self._ligne:
            self._finir_ligne()
            self._ligne = ligne
        self._colonne = 0
        if self._max is not None and ligne > self._max:
            raise _Assez
        if attributs.get("hidden") in _VRAI:
            self.noter_ligne_cachee(ligne)

    def _finir_ligne(self) -> None:
        if self._cases:
            self.pretes.append((self._ligne, self._cases))
            self._cases = {}

    def _ouvrir_case(self, attributs: dict[str, str]) -> None:
        adresse = attributs.get("r")
        if adresse is None:
            self._colonne += 1
        else:
            trouve = _ADRESSE.fullmatch(adresse)
            if trouve is None or int(trouve[2]) != self._ligne:
                raise FeuilleRefusee(f"une cellule de la ligne {self._ligne} porte l’adresse {adresse[:20]!r}")
            self._colonne = rang_de_colonne(trouve[1])
        self._genre, self._style = attributs.get("t", "n"), attributs.get("s", "0")
        self._formule = self._remplie = False
        self._en_case = True
        self._morceaux.clear()

    def _fermer_case(self) -> None:
        self._en_case = False
        texte = "".join(self._morceaux)
        if not texte and not self._formule and self._genre != "e":
            return
        case = self._decoder(texte)
        if case is None:
            return
        if self._colonne in self._cases:
            raise self._faute("deux contenus")
        self._cases[self._colonne] = case

    def _decoder(self, texte: str) -> Case | None:
        genre = self._genre
        if genre == "e":
            return self._pieger(Piege("cellule-erreur", texte[:100]))
        if not texte:
            # Une formule de texte vide (t="str") a bien une valeur : rien.
            return None if genre == "str" else self._pieger(Piege("cellule-formule"))
        if genre == "s":
            return self._texte_partage(int(texte))
        if genre == "n":
            return self._decoder_nombre(texte) if _NOMBRE.fullmatch(texte) else texte
        return self._decoder_autre(texte)

    def _texte_partage(self, rang: int) -> str:
        lus = self._textes.lus
        return lus[rang] if 0 <= rang < len(lus) else self._textes.chercher(rang)

    def _decoder_autre(self, texte: str) -> Case:
        if self._genre in {"str", "inlineStr"}:
            return _desechapper(texte)
        if self._genre == "b":
            return texte in _VRAI
        return datetime.fromisoformat(texte) if self._genre == "d" else texte

    def _decoder_nombre(self, texte: str) -> Case:
        nombre = int(texte) if _ENTIER.fullmatch(texte) else float(texte)
        if self._style not in self._dates:
            return nombre
        try:
            return _dater(nombre, self._epoque)
        except (ValueError, OverflowError):
            return datetime.max

    def _faute(self, quoi: str) -> FeuilleRefusee:
        return FeuilleRefusee(f"la cellule {nommer_cellule(self._ligne, self._colonne)} a {quoi}")

    def _pieger(self, piege: Piege) -> Piege:
        self._compter()
        return piege

    def _compter(self) -> None:
        self._nombre += 1
        if self._nombre > PIEGES_MAX:
            raise FeuilleRefusee(f"plus de {PIEGES_MAX} cellules sans valeur, en erreur ou cachées")


def _noter_fusion(pieges: Pieges, reference: str) -> None:
    """Note une fusion, d’après sa plage ; une seule case n’en est pas une.

    :raises ValueError: si ce n’est pas une plage.
    :raises FeuilleRefusee: s’il y en a trop pour une table de réponses.
    """
    trouvee = _PLAGE.fullmatch(reference)
    if trouvee is None:
        raise ValueError(reference)
    gauche, haut = rang_de_colonne(trouvee[1]), int(trouvee[2])
    droite, bas = (rang_de_colonne(trouvee[3]), int(trouvee[4])) if trouvee[3] else (gauche, haut)
    if (gauche, haut) != (droite, bas):
        if len(pieges.fusions) >= FUSIONS_MAX:
            raise FeuilleRefusee(f"plus de {FUSIONS_MAX} fusions")
        pieges.fusions.append(Fusion(haut, gauche, bas, droite))


def contient(flux: IO[bytes], mot: bytes) -> bool:
    """Vrai si un mot est dans un flux, lu par morceaux."""
    reste = b""
    while morceau := flux.read(MORCEAU):
        zone = reste + morceau
        if mot in zone:
            return True
        reste = zone[1 - len(mot) :]
    return False


def _ouvrir_xml(
    ouvrir: Callable[[str, dict[str, str]], Any],
    fermer: Callable[[str], Any] | None = None,
    ecrire: Callable[[str], Any] | None = None,
) -> Any:
    """Un analyseur qui suit un XML balise par balise, préfixes d’espace de noms ôtés (certains outils en mettent).

    Ni DTD, ni encodage où une recherche d’octets ne verrait pas les balises.
    """
    analyseur = ParserCreate()
    analyseur.buffer_text = True

    def ouvrir_la_racine(nom: str, attributs: dict[str, str]) -> None:
        prefixe = ":" in nom or any(cle[:6] == "xmlns:" and lien in _PRINCIPAL for cle, lien in attributs.items())
        analyseur.StartElementHandler = (lambda n, a: ouvrir(n.rpartition(":")[2], a)) if prefixe else ouvrir
        if fermer is not None:
            analyseur.EndElementHandler = (lambda n: fermer(n.rpartition(":")[2])) if prefixe else fermer
        ouvrir(nom.rpartition(":")[2], attributs)

    analyseur.StartElementHandler = ouvrir_la_racine
    analyseur.CharacterDataHandler = ecrire
    analyseur.StartDoctypeDeclHandler = _refuser_le_doctype
    analyseur.XmlDeclHandler = _verifier_l_encodage
    return analyseur


@lru_cache(maxsize=1024)
def rang_de_colonne(lettres: str) -> int:
    """Rang d’une colonne : « C » donne 3, « AB » 28."""
    return reduce(lambda rang, lettre: rang * 26 + ord(lettre) - 64, lettres, 0)


def _refuser_le_doctype(*_: object) -> None:
    raise FeuilleRefusee("le XML déclare des entités")


def _verifier_l_encodage(_version: str, encodage: str | None, _seul: int) -> None:
    if encodage is not None and _LISIBLES.decode(encodage, "replace").encode("ascii", "replace") != _LISIBLES:
        raise FeuilleRefusee("le XML n’est pas en UTF-8")


def _noter_lien(liens: dict[str, str], nom: str, attributs: dict[str, str]) -> None:
    if nom == "Relationship" and attributs.get("Type", "").endswith("/worksheet"):
        liens[attributs["Id"]] = posixpath.normpath(posixpath.join("/xl", attributs["Target"])).lstrip("/")


def _est_une_date(numero: str, formats: Mapping[str, str]) -> bool:
    format_ = formats.get(numero)
    if format_ is None:
        if not numero.isdigit():
            return False
        return int(numero) in _FORMATS_DE_DATE
    return _LETTRE_DE_DATE.search(_HORS_DU_FORMAT.sub("", format_.split(";")[0])) is not None


def _dater(nombre: float, epoque: datetime) -> datetime | time:
    """La date d’un numéro de jour, ou l’heure s’il est inférieur à 1.

    Excel croit 1900 bissextile : avant le 1ᵉʳ mars, ses numéros ont un jour de moins.
    """
    jour, part = divmod(nombre, 1)
    duree = timedelta(milliseconds=round(part * 86_400_000))
    if 0 <= nombre < 1 and duree.days == 0:
        return (datetime.min + duree).time()
    if 0 < nombre < 60 and epoque == _EPOQUE:
        jour += 1
    return epoque + timedelta(days=jour) + duree


def _desechapper(texte: str) -> str:
    """« _x000D_ » redevient un retour à la ligne, et « _x005F_x0041_ » le texte « _x0041_ »."""
    if "_x" not in texte:
        return texte
    return _ECHAPPE.sub(lambda trouve: chr(int(trouve[1], 16)), texte)
