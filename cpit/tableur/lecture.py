"""Lire un xlsx en une passe : valeurs, formules sans valeur, erreurs, dates, fusions, ce qui est caché, situé.

Une seule machine, pour les formulaires comme pour les tables et la fouille. openpyxl ne voit pas tout cela en lecture
seule, demande deux ouvertures pour distinguer une formule vide d’une case vide, et reconstruit tous les styles : quatre
fois plus lent sur un formulaire. Les tests le prennent pour témoin. Les lignes sans détour d’une très grande feuille se
saisissent plus vite (``grandes_feuilles``) ; tout le reste vient toujours d’ici.
À n’employer que sur un fichier passé par ``garde`` : ni DTD, ni entité, ni taille démesurée.

Ses parties XML se suivent balise par balise ; ses textes partagés aussi.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property, lru_cache, reduce
from typing import IO, Any
from xml.parsers.expat import ExpatError, ParserCreate, errors
from zipfile import ZipFile

from cpit.tableur.classeur_ouvert import (
    COLONNES_MAX,
    EPOQUE,
    EPOQUE_1904,
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
    StylesDeNombre,
    date_du_tableur,
    nommer_cellule,
)

MORCEAU = 1 << 18
_JETON_MAX = 1 << 21
"""Octets d’une balise ou d’un commentaire. Tant qu’il n’en voit pas la fin, l’analyseur les relit à chaque morceau."""
_NOMS_MAX = 1_000
_VAINES_MAX, _PAR_VALEUR = 4_000_000, 16
"""Balises qui n’entourent aucune valeur, et celles qu’une valeur peut demander : une table mise en forme en a cent
mille, et suivre celles-ci prend déjà quelques secondes.
"""
_DISTINCTS_MAX = 10_000
"""Noms de balises et d’attributs d’une partie : un tableur en écrit des dizaines, et l’analyseur les garde tous."""
_TEXTES_MAX = 5_000_000
"""Textes partagés d’un classeur."""
_ECHAPPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LISIBLES = bytes(range(0x20, 0x7F))
_ESPACES_DE_NOMS = frozenset(
    {
        "",
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://purl.oclc.org/ooxml/spreadsheetml/main",
        "http://schemas.openxmlformats.org/package/2006/relationships",
    }
)
"""Ceux d’un classeur et de ses liens, ordinaires et stricts ; le préfixe qui les désigne est libre."""
_FAUTES = {
    errors.codes[errors.XML_ERROR_DUPLICATE_ATTRIBUTE]: "un attribut y est deux fois",
    errors.codes[errors.XML_ERROR_TAG_MISMATCH]: "une balise y est mal fermée",
    errors.codes[errors.XML_ERROR_NO_ELEMENTS]: "il est coupé",
    errors.codes[errors.XML_ERROR_UNCLOSED_TOKEN]: "il est coupé",
    errors.codes[errors.XML_ERROR_UNDEFINED_ENTITY]: "une entité y est inconnue",
    errors.codes[errors.XML_ERROR_UNBOUND_PREFIX]: "un préfixe y est inconnu",
}


def contient(flux: IO[bytes], mot: bytes) -> bool:
    """Vrai si un mot est dans un flux, lu par morceaux."""
    reste = b""
    while morceau := flux.read(MORCEAU):
        zone = reste + morceau
        if mot in zone:
            return True
        reste = zone[1 - len(mot) :]
    return False


class _Noms(dict[str, str]):
    """Le nom court de chaque balise des espaces de noms d’un classeur ; une autre garde son nom entier."""

    def __missing__(self, nom: str) -> str:
        espace, _, court = nom.rpartition(" ")
        rendu = court if espace in _ESPACES_DE_NOMS else nom
        if len(self) < _NOMS_MAX:
            self[nom] = rendu
        return rendu


NOMS_DE_BALISES = _Noms()
"""Le nom court d’une balise telle que la nomme ``AnalyseurXml``."""


def _sans_valeur(_octets: bytes) -> int:
    """Les valeurs d’un morceau de ce qui n’en porte pas : toutes ses balises sont vaines."""
    return 0


class AnalyseurXml:
    """Suit un XML balise par balise, chacune nommée avec son espace de noms.

    Ni DTD, ni encodage où une recherche d’octets ne verrait pas les balises, ni balise ou commentaire démesurés.
    """

    def __init__(
        self,
        ouvrir: Callable[[str, dict[str, str]], Any],
        fermer: Callable[[str], Any] | None = None,
        ecrire: Callable[[str], Any] | None = None,
        declarer: Callable[[str, str | None, int], Any] | None = None,
        valeurs: Callable[[bytes], int] = _sans_valeur,
        *,
        espaces: Callable[..., None] | None = None,
    ) -> None:
        """Attend ``nourrir`` ou ``suivre``.

        :param valeurs: combien de valeurs portait le dernier morceau donné ; sans elles, les balises sont vaines.
        :param espaces: reçoit le préfixe et le nom de chaque espace de noms, et s’il se ferme (``fin``).
        """
        self._distincts: dict[str, str] = {}
        self._analyseur: Any = ParserCreate(namespace_separator=" ", intern=self._distincts)
        self._analyseur.buffer_text = True
        self._analyseur.StartElementHandler = ouvrir
        self._analyseur.EndElementHandler = fermer
        if espaces is not None:
            self._analyseur.StartNamespaceDeclHandler = lambda prefixe, nom: espaces(prefixe, nom, fin=False)
            self._analyseur.EndNamespaceDeclHandler = lambda prefixe: espaces(prefixe, None, fin=True)
        self._analyseur.CharacterDataHandler = ecrire
        self._analyseur.StartDoctypeDeclHandler = _refuser_le_doctype
        self._analyseur.XmlDeclHandler = declarer or verifier_encodage_xml
        self._donnes = self._balises = 0
        self._valeurs = valeurs

    @property
    def place(self) -> int:
        """Octets avant la balise en cours."""
        return int(self._analyseur.CurrentByteIndex)

    def nourrir(self, octets: bytes, *, fin: bool = False) -> None:
        """Donne la suite du XML.

        :raises FeuilleRefusee: une déclaration, un encodage trompeur, une balise ou un commentaire démesurés, des
            millions de balises vides, ou des milliers de noms.
        :raises ExpatError: un XML mal formé.
        """
        self._analyseur.Parse(octets, fin)
        self._donnes += len(octets)
        if not fin and self._donnes - self.place > _JETON_MAX + len(octets):
            raise FeuilleRefusee(f"le XML a une balise ou un commentaire de plus de {_JETON_MAX} octets")
        self._balises += octets.count(b"<") - _PAR_VALEUR * self._valeurs(octets)
        if self._balises > _VAINES_MAX:
            raise FeuilleRefusee(f"plus de {_VAINES_MAX} balises qui ne portent rien")
        if len(self._distincts) > _DISTINCTS_MAX:
            raise FeuilleRefusee(f"plus de {_DISTINCTS_MAX} noms de balises et d’attributs")

    def suivre(self, flux: IO[bytes]) -> None:
        """Donne tout un flux, comme ``nourrir``."""
        while morceau := flux.read(MORCEAU):
            self.nourrir(morceau)
        self.nourrir(b"", fin=True)


@contextmanager
def xml_bien_forme(situer: Callable[[], str]) -> Iterator[None]:
    """Change ce qu’un analyseur oppose à un XML mal écrit en un refus.

    :param situer: où l’on en était, à la suite de « XML mal formé ».
    :raises FeuilleRefusee: avec ce qui ne va pas.
    """
    try:
        yield
    except ExpatError as erreur:
        faute = _FAUTES.get(erreur.code, "une balise ou un signe y est mal écrit")
        raise FeuilleRefusee(f"XML mal formé {situer()} : {faute}") from None


def _refuser_le_doctype(*_: object) -> None:
    raise FeuilleRefusee("le XML déclare des entités")


def verifier_encodage_xml(_version: str, encodage: str | None, _seul: int) -> None:
    """Refuse l’encodage que déclare un XML, si ses balises ne s’y lisent pas comme en UTF-8.

    :raises FeuilleRefusee: un tel encodage.
    :raises LookupError: un encodage que Python ne connaît pas.
    """
    if encodage is not None and _LISIBLES.decode(encodage, "replace").encode("ascii", "replace") != _LISIBLES:
        raise FeuilleRefusee("le XML n’est pas en UTF-8")


class TextesPartages:
    """La table des textes partagés, lue à mesure qu’on en demande : l’en-tête d’une grande table est à son début.

    Les morceaux mis en forme se recollent, les notes phonétiques s’oublient.
    """

    def __init__(self, archive: ZipFile, partie: str) -> None:
        self.lus: list[str] = []
        self._partie = partie
        self._morceaux: list[str] = []
        self._dedans = self._ecoute = self._phonetique = self._mis_en_forme = self._entier = False
        self._pleins = 0
        self._suite = self._lire(archive)

    def chercher(self, rang: int) -> str:
        """Le texte d’un rang, à partir de zéro.

        :raises IndexError: s’il n’y en a pas tant.
        """
        while rang >= len(self.lus):
            if not next(self._suite, False):
                raise IndexError(rang)
        return self.lus[rang]

    def _lire(self, archive: ZipFile) -> Iterator[bool]:
        if self._partie in archive.NameToInfo:
            analyseur = AnalyseurXml(self._ouvrir, self._fermer, self._ecrire, valeurs=self._compter_les_pleins)
            with archive.open(self._partie) as flux:
                while morceau := flux.read(MORCEAU):
                    with xml_bien_forme(self._situer):
                        analyseur.nourrir(morceau)
                    yield True
                with xml_bien_forme(self._situer):
                    analyseur.nourrir(b"", fin=True)

    def _situer(self) -> str:
        return f"dans {self._partie}, après {len(self.lus)} textes"

    def _compter_les_pleins(self, _octets: bytes) -> int:
        nombre, self._pleins = self._pleins, 0
        return nombre

    def _ouvrir(self, nom: str, _attributs: dict[str, str]) -> None:
        nom = NOMS_DE_BALISES[nom]
        if nom == "t":
            self._ouvrir_le_texte()
        elif nom == "si":
            self._morceaux.clear()
            self._entier, self._dedans = False, True
        elif " " in nom and self._dedans:
            raise FeuilleRefusee(f"le texte partagé nᵒ {len(self.lus) + 1} a une balise {nom[-20:]} mal placée")
        elif nom == "r":
            self._mis_en_forme = True
        elif nom == "rPh":
            self._phonetique = True

    def _ouvrir_le_texte(self) -> None:
        if self._phonetique:
            return
        if self._ecoute or self._entier:
            raise FeuilleRefusee(f"le texte partagé nᵒ {len(self.lus) + 1} est écrit deux fois")
        self._ecoute = True
        self._entier = not self._mis_en_forme

    def _fermer(self, nom: str) -> None:
        nom = NOMS_DE_BALISES[nom]
        if nom == "t":
            self._ecoute = False
        elif nom == "si":
            self._finir()
        elif nom == "r":
            self._mis_en_forme = False
        elif nom == "rPh":
            self._phonetique = False

    def _finir(self) -> None:
        if len(self.lus) >= _TEXTES_MAX:
            raise FeuilleRefusee(f"plus de {_TEXTES_MAX} textes partagés")
        self.lus.append(_defaire_echappement("".join(self._morceaux)))
        self._pleins += bool(self._morceaux)
        self._dedans = False

    def _ecrire(self, texte: str) -> None:
        if self._ecoute:
            self._morceaux.append(texte)


def _compter_les_valeurs(octets: bytes) -> int:
    """À peu près combien de valeurs porte un morceau de feuille que l’on suit sans en lire les cases."""
    return (octets.count(b"v>") + octets.count(b"t>")) // 2


def _defaire_echappement(texte: str) -> str:
    """« _x000D_ » redevient un retour à la ligne, et « _x005F_x0041_ » le texte « _x0041_ »."""
    if "_x" not in texte:
        return texte
    return _ECHAPPE.sub(lambda trouve: chr(int(trouve[1], 16)), texte)


PIEGES_MAX = 500_000
_FORMAT_MAX = 1_000
"""Signes d’un format de nombre ; un tableur n’en permet que 255."""
_TABLEAUX_MAX, _TOTAUX_MAX = 100, 10
"""Tableaux d’une feuille dont on cherche les totaux, et lignes de totaux d’un tableau ; un tableur n’en fait qu’une."""
_PARTIE_MAX = 5_000_000
"""Octets de la liste des feuilles et de ses liens."""

_VRAI = frozenset({"1", "true"})
_ENTIER = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_NOMBRE = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?", re.ASCII)
_NUMERO = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)
_RANG = re.compile(r"[0-9]{1,9}", re.ASCII)
_ADRESSE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})", re.ASCII)
_PLAGE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})(?::\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6}))?", re.ASCII)
_RACINE, _LIENS = "_rels/.rels", "xl/_rels/workbook.xml.rels"
_CLASSEUR = "xl/workbook.xml"
_SANS_LIGNES = frozenset({"chartsheet", "dialogsheet", "xlMacrosheet", "xlIntlMacrosheet"})
"""Les onglets qui ne portent pas de table : un graphique, un dialogue, une macro."""
_IDENTIFIANTS = frozenset(
    {
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships id",
        "http://purl.oclc.org/ooxml/officeDocument/relationships id",
    }
)
"""Ce par quoi une feuille désigne sa partie, dans un classeur ordinaire ou strict."""
_ROLES = {"sharedStrings": "xl/sharedStrings.xml", "styles": "xl/styles.xml"}
"""Les parties qu’une relation désigne, et leur nom si elle manque."""


class ClasseurLu(ClasseurOuvert):
    """Un xlsx ou un xlsm ouvert."""

    def __init__(self, archive: ZipFile) -> None:
        super().__init__()
        self.archive = archive
        self._depuis_1904 = False
        self._liens = Liens("xl")
        self._parties = dict(_ROLES)
        self._suivre(_RACINE, _verifier_la_racine)
        self._suivre(_LIENS, self._noter_lien, exigee=True)
        self._suivre(_CLASSEUR, self._noter, exigee=True)

    def _lire_feuille(self, titre: str, lignes_max: int | None) -> FeuilleLue:
        """Une feuille entière, ses fusions comprises si elle va jusqu’au bout."""
        onglet = self.onglet(titre)
        machine = self.machine(lignes_max=lignes_max)
        with self.ouvrir(onglet) as flux:
            return FeuilleLue(titre, dict(machine.suivre(flux)), machine.pieges)

    def _suivre_feuille(self, onglet: Onglet) -> tuple[Pieges, Iterator[tuple[int, Cases]]]:
        """Les lignes d’une feuille au fil de la lecture, numérotées, et ses pièges."""
        machine = self.machine()
        self.annoncer(machine.pieges, onglet)
        return machine.pieges, self._lignes(machine, onglet)

    def _suivre_lignes(self, onglet: Onglet) -> Iterator[tuple[int, Cases]]:
        """Les lignes d’une feuille au fil de la lecture, sans ses fusions."""
        return self._lignes(self.machine(), onglet)

    def machine(self, *, lignes_max: int | None = None) -> MachineDeFeuille:
        """De quoi suivre une feuille de ce classeur."""
        return MachineDeFeuille(self._textes, self._styles, lignes_max, depuis_1904=self._depuis_1904)

    @contextmanager
    def ouvrir(self, onglet: Onglet) -> Iterator[IO[bytes]]:
        """Les octets d’une feuille ; un refus qui survient pendant ce temps porte son nom.

        :raises FeuilleRefusee: si elle n’est pas dans le classeur, et toutes celles de l’appelant.
        """
        try:
            if onglet.partie not in self.archive.NameToInfo:
                raise FeuilleRefusee(f"la partie « {onglet.partie} » n’est pas dans le classeur")
            with self.archive.open(onglet.partie) as flux:
                yield flux
        except FeuilleRefusee as refusee:
            refusee.feuille = onglet.nom
            raise

    def annoncer(self, pieges: Pieges, onglet: Onglet) -> None:
        """Note ce qui se sait d’une feuille avant ses lignes : ses fusions, et les totaux que déclarent ses tableaux.

        :raises Exception: de toute sorte si le classeur est abîmé.
        """
        pieges.fusions = self.fusions(onglet)
        dossier, _, nom = onglet.partie.rpartition("/")
        tableaux: list[str] = []

        def noter_un_lien(balise: str, attributs: Mapping[str, str]) -> None:
            role, cible = _lien(balise, attributs, dossier)
            if role == "table":
                tableaux.append(cible)

        self._suivre(f"{dossier}/_rels/{nom}.rels", noter_un_lien)
        presents = [t for t in dict.fromkeys(tableaux) if t in self.archive.NameToInfo][:_TABLEAUX_MAX]
        if sum(self.archive.getinfo(tableau).file_size for tableau in presents) > _PARTIE_MAX:
            raise FeuilleRefusee("ses tableaux sont démesurés")
        for tableau in presents:
            self._suivre(tableau, lambda balise, attributs: _noter_des_totaux(pieges, balise, attributs))

    def fusions(self, onglet: Onglet) -> list[Fusion]:
        """Les fusions d’une feuille, que le fichier ne donne qu’après les lignes ; rien à suivre sans leur mot.

        :raises Exception: de toute sorte si le classeur est abîmé.
        """
        with self.ouvrir(onglet) as flux:
            if not contient(flux, b"mergeCell"):
                return []
        pieges = Pieges()
        with self.ouvrir(onglet):
            self._suivre(
                onglet.partie,
                lambda nom, a: _noter_fusion(pieges, a) if nom == "mergeCell" else None,
                valeurs=_compter_les_valeurs,
            )
        return pieges.fusions

    def _lignes(self, machine: MachineDeFeuille, onglet: Onglet) -> Iterator[tuple[int, Cases]]:
        with self.ouvrir(onglet) as flux:
            yield from machine.suivre(flux, avec_fusions=False)

    def _noter_lien(self, nom: str, attributs: Mapping[str, str]) -> None:
        if nom == "Relationship":
            role, cible = self._liens.noter(attributs)
            if role in self._parties:
                self._parties[role] = cible

    def _noter(self, nom: str, attributs: Mapping[str, str]) -> None:
        if nom == "workbookPr":
            self._depuis_1904 = attributs.get("date1904") in _VRAI
        elif nom == "sheet":
            cle = next((valeur for cle, valeur in attributs.items() if cle in _IDENTIFIANTS), "")
            titre = attributs.get("name", "")
            if (partie := self._liens.feuille(cle, titre)) is not None:
                self.onglets.append(Onglet(titre, partie, attributs.get("state", "visible") != "visible"))

    @cached_property
    def _textes(self) -> TextesPartages:
        return TextesPartages(self.archive, self._parties["sharedStrings"])

    @cached_property
    def _styles(self) -> StylesDeNombre[str]:
        """Les styles de cellule qui montrent autre chose qu’un nombre."""
        formats: dict[str, str] = {}
        styles: list[str] = []
        dans: list[str] = []

        def ouvrir(nom: str, attributs: Mapping[str, str]) -> None:
            if nom == "numFmt":
                formats.setdefault(attributs.get("numFmtId", ""), attributs.get("formatCode", "")[:_FORMAT_MAX])
            elif nom == "cellXfs":
                dans.append(nom)
            elif nom == "xf" and dans:
                styles.append(attributs.get("numFmtId", "0"))

        self._suivre(self._parties["styles"], ouvrir, lambda nom: dans.clear() if nom == "cellXfs" else None)
        for numero in styles:
            if not _RANG.fullmatch(numero):
                raise FeuilleRefusee(f"un format de nombre porte le numéro {numero[:20]!r}")
        return StylesDeNombre.classer((str(rang), int(n), formats.get(n)) for rang, n in enumerate(styles))

    def _suivre(
        self,
        partie: str,
        ouvrir: Callable[[str, Mapping[str, str]], None],
        fermer: Callable[[str], None] | None = None,
        *,
        exigee: bool = False,
        valeurs: Callable[[bytes], int] = _sans_valeur,
    ) -> None:
        """Suit une partie du classeur, facultative si elle n’est pas exigée."""
        if exigee and self.archive.getinfo(partie).file_size > _PARTIE_MAX:
            raise FeuilleRefusee(f"{partie} est démesuré")
        if partie in self.archive.NameToInfo:
            analyseur = AnalyseurXml(
                lambda nom, attributs: ouvrir(NOMS_DE_BALISES[nom], attributs),
                fermer and (lambda nom: fermer(NOMS_DE_BALISES[nom])),
                valeurs=valeurs,
            )
            with self.archive.open(partie) as flux, xml_bien_forme(lambda: f"dans {partie}"):
                analyseur.suivre(flux)


def _verifier_la_racine(nom: str, attributs: Mapping[str, str]) -> None:
    """Un tableur suit ce lien : ailleurs, il montrerait un autre classeur que celui qui se lit ici."""
    role, cible = _lien(nom, attributs, "")
    if role == "officeDocument" and cible.casefold() != _CLASSEUR:
        raise FeuilleRefusee(f"il désigne « {cible[:60]} » pour son classeur, et non « {_CLASSEUR} »")


def _lien(balise: str, attributs: Mapping[str, str], dossier: str) -> tuple[str, str]:
    """Le rôle d’un lien et la partie qu’il désigne, depuis le dossier de la sienne ; vides si ce n’en est pas un."""
    if balise != "Relationship":
        return "", ""
    cible = posixpath.normpath(posixpath.join("/", dossier, attributs.get("Target", "")))
    return attributs.get("Type", "").rpartition("/")[2], cible.lstrip("/")


class Liens:
    """Ce que désigne chaque lien d’un classeur, xlsx ou xlsb ; rien n’y est pris deux fois, ni perdu en silence."""

    def __init__(self, dossier: str) -> None:
        self._dossier = dossier
        self._roles: dict[str, tuple[str, str]] = {}
        self._prises: set[str] = set()

    def noter(self, attributs: Mapping[str, str]) -> tuple[str, str]:
        """Note un lien ; rend son rôle et la partie qu’il désigne, vides s’il mène hors du classeur.

        :raises FeuilleRefusee: si un autre porte le même identifiant.
        """
        role, cible = _lien("Relationship", attributs, self._dossier)
        if attributs.get("TargetMode") == "External":
            role = cible = ""
        cle = attributs.get("Id", "")
        if cle in self._roles:
            raise FeuilleRefusee(f"deux liens du classeur portent l’identifiant {cle[:20]!r}")
        self._roles[cle] = role, cible
        return role, cible

    def feuille(self, cle: str, titre: str) -> str | None:
        """La partie d’une feuille ; rien pour un onglet qui ne porte pas de table.

        :raises FeuilleRefusee: si son lien n’existe pas, ou désigne une partie déjà prise.
        """
        role, cible = self._roles.get(cle, ("", ""))
        if role in _SANS_LIGNES:
            return None
        if role != "worksheet" or cible in self._prises:
            defaut = "désigne une partie déjà prise" if cible in self._prises else "ne mène à aucune partie"
            refusee = FeuilleRefusee(f"la feuille {defaut} du classeur")
            refusee.feuille = titre
            raise refusee
        self._prises.add(cible)
        return cible


def _noter_des_totaux(pieges: Pieges, balise: str, attributs: Mapping[str, str]) -> None:
    plage = _PLAGE.fullmatch(attributs.get("ref", "")) if balise == "table" else None
    combien = attributs.get("totalsRowCount", "0")
    if plage and _RANG.fullmatch(combien):
        derniere = int(plage[4] or plage[2])
        pieges.lignes_de_totaux.update(range(derniere - min(int(combien), _TOTAUX_MAX) + 1, derniere + 1))


class _Assez(Exception):
    """La dernière ligne voulue est lue."""


_PARENTS: Mapping[str, frozenset[str]] = {
    "row": frozenset({"sheetData"}),
    "c": frozenset({"row"}),
    **dict.fromkeys(("v", "f", "is"), frozenset({"c"})),
    **dict.fromkeys(("r", "rPh"), frozenset({"is"})),
    "t": frozenset({"is", "r", "rPh"}),
}
"""Où chaque balise d’une ligne a un sens."""
_TEXTES = frozenset({"v", "f", "t"})
"""Balises qui ne portent que du texte."""
_HORS_DES_LIGNES = frozenset({"row", "c"})


class MachineDeFeuille:
    """Suit les balises d’une feuille : rend ses lignes, note ce qu’elle fusionne et cache.

    Une case sans adresse vient juste après la précédente. Rien n’est deviné : deux valeurs dans une case, deux cases à
    la même adresse, une case hors de sa ligne, des lignes en désordre sont des fautes, dites avec leur place.
    """

    def __init__(
        self,
        textes: TextesPartages,
        styles: StylesDeNombre[str],
        lignes_max: int | None = None,
        *,
        depuis_1904: bool = False,
    ) -> None:
        self.pieges = Pieges()
        self.pretes: list[tuple[int, Cases]] = []
        self.ligne = 0
        self.bord: int
        """Place, dans ce qui a été lu, de la balise qui ouvre la table ou ferme la dernière ligne."""
        self._textes, self._styles, self._max = textes, styles, lignes_max
        self._epoque = EPOQUE_1904 if depuis_1904 else EPOQUE
        self._avec_fusions: bool
        self._nombre = self._colonne = self._remplies = 0
        self._cases: Cases = {}
        self._vues: set[int] = set()
        self._pile: list[str] = []
        self._passee = False
        self._genre: str
        self._style: str
        self._morceaux: list[str] = []
        self._ecoute = False
        self._formule: bool
        self._remplie: bool
        self._textee: bool
        self._analyseur: AnalyseurXml

    def commencer(
        self, *, avec_fusions: bool = True, declarer: Callable[[str, str | None, int], Any] | None = None
    ) -> None:
        """Attend une feuille, à donner par ``nourrir`` ; les lignes finies seront dans ``pretes``.

        :param declarer: reçoit la déclaration XML, à la place de qui la vérifie.
        """
        self._avec_fusions = avec_fusions
        self._analyseur = AnalyseurXml(self._ouvrir, self._fermer, self._ecrire, declarer, self._compter_les_remplies)

    def nourrir(self, octets: bytes, *, fin: bool = False) -> None:
        """Donne à l’analyseur la suite de la feuille.

        :raises FeuilleRefusee: ce qui n’a pas un sens et un seul.
        """
        with xml_bien_forme(self._situer):
            self._analyseur.nourrir(octets, fin=fin)

    def suivre(self, flux: IO[bytes], *, avec_fusions: bool = True) -> Iterator[tuple[int, Cases]]:
        """Les lignes d’une feuille qui ont au moins une case remplie, dans l’ordre."""
        self.commencer(avec_fusions=avec_fusions)
        try:
            while morceau := flux.read(MORCEAU):
                self.nourrir(morceau)
                yield from self.pretes
                self.pretes.clear()
            self.nourrir(b"", fin=True)
        except _Assez:
            pass
        self.finir_ligne()
        yield from self.pretes

    @property
    def en_table(self) -> bool:
        """Vrai entre la balise qui ouvre les lignes et celle qui les ferme."""
        return bool(self._pile)

    def reprendre(self, ligne: int, cases: Cases, vues: set[int]) -> None:
        """Prend à son compte une ligne lue autrement, que la suite peut compléter.

        :param vues: toutes ses colonnes, vides comprises.
        """
        self.ligne, self._cases, self._vues = ligne, cases, vues

    def finir_ligne(self) -> None:
        """Rend prête la ligne commencée, si elle a une case remplie."""
        if self._cases:
            self.pretes.append((self.ligne, self._cases))
            self._remplies += len(self._cases)
            self._cases = {}
        self._vues = set()

    def noter_ligne_cachee(self, ligne: int) -> None:
        """Note une ligne cachée."""
        self._compter()
        self.pieges.lignes_cachees.add(ligne)

    def placer(self, ligne: int, colonne: int) -> None:
        """Dit où est la case que l’on va déchiffrer."""
        self.ligne, self._colonne = ligne, colonne

    def dechiffrer(self, genre: str, style: str, texte: str) -> Case | None:
        """La valeur d’une case qui n’est ni vide, ni une formule sans valeur, ni une erreur.

        :raises FeuilleRefusee: si elle ne se lit pas.
        """
        self._genre, self._style = genre, style
        return self._decoder(texte)

    def faute(self, quoi: str) -> FeuilleRefusee:
        """Ce qu’a la case en cours, ou sa ligne, et qui fait refuser la feuille."""
        if not self._colonne:
            return FeuilleRefusee(f"la ligne {self.ligne} a {quoi}")
        cellule = nommer_cellule(self.ligne, self._colonne)
        return FeuilleRefusee(f"la cellule {cellule} a {quoi}", cellule=cellule)

    # --- les balises ---

    def _ouvrir(self, nom: str, attributs: dict[str, str]) -> None:
        nom = NOMS_DE_BALISES[nom]
        if not self._pile:
            return self._ouvrir_autour(nom, attributs)
        parent = self._pile[-1]
        self._pile.append(nom)
        # D’un autre espace de noms, elle peut porter une valeur que rien ne lirait : une réponse deviendrait un vide.
        etrangere = " " in nom and "extLst" not in self._pile
        if parent in _TEXTES or etrangere or (nom in _PARENTS and parent not in _PARENTS[nom]):
            raise self.faute(f"une balise {nom[-20:]} mal placée")
        if nom == "c":
            self._ouvrir_case(attributs)
        elif nom in {"v", "is"}:
            self._ouvrir_valeur(nom)
        elif nom == "row":
            self._ouvrir_ligne(attributs)
        elif nom == "t":
            self._ouvrir_texte(parent)
        elif nom == "f":
            self._ouvrir_formule()
        return None

    def _ouvrir_autour(self, nom: str, attributs: dict[str, str]) -> None:
        if nom == "sheetData":
            if self._passee:
                raise FeuilleRefusee("la feuille a deux tables")
            self._passee = True
            self._pile.append(nom)
            self.bord = self._analyseur.place
        elif nom in _HORS_DES_LIGNES:
            raise FeuilleRefusee(f"une balise {nom} est hors de la table")
        elif nom == "col":
            self._noter_colonnes_cachees(attributs)
        elif nom == "mergeCell" and self._avec_fusions:
            _noter_fusion(self.pieges, attributs)

    def _fermer(self, nom: str) -> None:
        if not self._pile:
            return
        nom = NOMS_DE_BALISES[nom]
        self._pile.pop()
        if nom == "c":
            self._fermer_case()
        elif nom in _TEXTES:
            self._ecoute = False
        elif nom == "row":
            self.bord = self._analyseur.place

    def _ecrire(self, texte: str) -> None:
        if self._ecoute:
            self._morceaux.append(texte)

    def _noter_colonnes_cachees(self, attributs: Mapping[str, str]) -> None:
        if attributs.get("hidden") in _VRAI:
            self._compter()
            bornes = [attributs.get(cle, "") for cle in ("min", "max")]
            if not all(map(_NUMERO.fullmatch, bornes)):
                raise FeuilleRefusee("des colonnes cachées ne disent pas lesquelles")
            self.pieges.colonnes_cachees.append((int(bornes[0]), int(bornes[1])))

    def _ouvrir_ligne(self, attributs: dict[str, str]) -> None:
        numero = attributs.get("r")
        if numero is not None and not _NUMERO.fullmatch(numero):
            raise FeuilleRefusee(f"une ligne, après la ligne {self.ligne}, porte le numéro {numero[:20]!r}")
        ligne = self.ligne + 1 if numero is None else int(numero)
        if ligne < self.ligne:
            cellule = nommer_cellule(ligne, 1)
            raise FeuilleRefusee(f"la ligne {ligne} vient après la ligne {self.ligne}", cellule=cellule)
        if ligne > self.ligne:
            self.finir_ligne()
            self.ligne = ligne
        self._colonne = 0
        if self._max is not None and ligne > self._max:
            raise _Assez
        if attributs.get("hidden") in _VRAI:
            self.noter_ligne_cachee(ligne)

    def _ouvrir_case(self, attributs: dict[str, str]) -> None:
        adresse = attributs.get("r")
        if adresse is None:
            self._colonne += 1
        else:
            trouve = _ADRESSE.fullmatch(adresse)
            if trouve is None or int(trouve[2]) != self.ligne or _rang_de_colonne(trouve[1]) > COLONNES_MAX:
                raise self._mal_adressee(adresse)
            self._colonne = _rang_de_colonne(trouve[1])
        if self._colonne in self._vues:
            raise self.faute("deux contenus")
        self._vues.add(self._colonne)
        self._genre, self._style = attributs.get("t", "n"), attributs.get("s", "0")
        self._formule = self._remplie = False
        self._morceaux.clear()

    def _mal_adressee(self, adresse: str) -> FeuilleRefusee:
        vue = adresse[:20]
        cellule = adresse if _ADRESSE.fullmatch(adresse) else None
        return FeuilleRefusee(f"une cellule de la ligne {self.ligne} porte l’adresse {vue!r}", cellule=cellule)

    def _ouvrir_valeur(self, nom: str) -> None:
        if self._remplie:
            raise self.faute("deux valeurs")
        if nom == "is" and self._genre != "inlineStr":
            raise self.faute(f"un texte sur place et le type {self._genre[:20]!r}")
        self._remplie, self._textee = True, False
        self._ecoute = nom == "v"

    def _ouvrir_texte(self, parent: str) -> None:
        if parent == "rPh":
            return
        if parent == "is":
            if self._textee:
                raise self.faute("deux textes")
            self._textee = True
        self._ecoute = True

    def _ouvrir_formule(self) -> None:
        if self._formule:
            raise self.faute("deux formules")
        self._formule = True

    def _fermer_case(self) -> None:
        texte = "".join(self._morceaux)
        if not texte and not self._formule and self._genre != "e":
            return
        case = self._decoder(texte)
        if case is not None:
            self._cases[self._colonne] = case

    # --- les valeurs ---

    def _decoder(self, texte: str) -> Case | None:
        genre = self._genre
        if genre == "e":
            return self._pieger(Piege("cellule-erreur", texte[:100]))
        if not texte:
            # Une formule de texte vide (t="str") a bien une valeur : rien.
            return None if genre == "str" else self._pieger(Piege("cellule-formule"))
        if genre == "s":
            return self._texte_partage(texte)
        if genre == "n":
            return self._decoder_nombre(texte) if _NOMBRE.fullmatch(texte) else texte
        return self._decoder_autre(texte)

    def _texte_partage(self, texte: str) -> str:
        if not _RANG.fullmatch(texte):
            raise self.faute(f"{texte[:20]!r} pour numéro de texte partagé")
        rang, lus = int(texte), self._textes.lus
        if rang < len(lus):
            return lus[rang]
        try:
            return self._textes.chercher(rang)
        except IndexError:
            raise self.faute(f"le texte partagé nᵒ {rang}, qui n’existe pas") from None

    def _decoder_autre(self, texte: str) -> Case:
        if self._genre in {"str", "inlineStr"}:
            return _defaire_echappement(texte)
        if self._genre == "b":
            return texte in _VRAI
        if self._genre != "d":
            raise self.faute(f"un type inconnu, {self._genre[:20]!r}")
        try:
            return datetime.fromisoformat(texte)
        except ValueError:
            raise self.faute(f"une date illisible, {texte[:20]!r}") from None

    def _decoder_nombre(self, texte: str) -> Case:
        nombre = int(texte) if _ENTIER.fullmatch(texte) else float(texte)
        if self._style in self._styles.dates:
            return date_du_tableur(nombre, self._epoque)
        return Pourcentage(nombre) if self._style in self._styles.pourcentages else nombre

    # --- les fautes ---

    def _situer(self) -> str:
        if not self._colonne:
            return f"après la ligne {self.ligne}" if self.ligne else "avant la première ligne"
        return f"après la cellule {nommer_cellule(self.ligne, self._colonne)}"

    def _pieger(self, piege: Piege) -> Piege:
        self._compter()
        return piege

    def _compter_les_remplies(self, _octets: bytes) -> int:
        nombre, self._remplies = self._remplies, 0
        return nombre

    def _compter(self) -> None:
        self._nombre += 1
        if self._nombre > PIEGES_MAX:
            raise FeuilleRefusee(f"plus de {PIEGES_MAX} cellules sans valeur, en erreur ou cachées")


def _noter_fusion(pieges: Pieges, attributs: Mapping[str, str]) -> None:
    """Note une fusion, d’après sa plage ; une seule case n’en est pas une.

    :raises FeuilleRefusee: si elle n’a pas de plage, ou s’il y en a trop pour une table de réponses.
    """
    reference = attributs.get("ref", "")
    trouvee = _PLAGE.fullmatch(reference)
    if trouvee is None:
        raise FeuilleRefusee(f"une fusion porte la plage {reference[:20]!r}")
    gauche, haut = _rang_de_colonne(trouvee[1]), int(trouvee[2])
    droite, bas = (_rang_de_colonne(trouvee[3]), int(trouvee[4])) if trouvee[3] else (gauche, haut)
    pieges.noter_fusion(Fusion(haut, gauche, bas, droite))


@lru_cache(maxsize=1024)
def _rang_de_colonne(lettres: str) -> int:
    """Rang d’une colonne : « C » donne 3, « AB » 28."""
    return reduce(lambda rang, lettre: rang * 26 + ord(lettre) - 64, lettres, 0)
