"""Les parties XML d’un classeur : comment on les suit, balise par balise, et ses textes partagés."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any
from xml.parsers.expat import ExpatError, ParserCreate, errors
from zipfile import ZipFile

from cpit.tableur.classeur_ouvert import FeuilleRefusee

MORCEAU = 1 << 18
_JETON_MAX = 1 << 21
"""Octets d’une balise ou d’un commentaire. Tant qu’il n’en voit pas la fin, l’analyseur les relit à chaque morceau."""
_NOMS_MAX = 1_000
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
    ) -> None:
        self._analyseur: Any = ParserCreate(namespace_separator=" ")
        self._analyseur.buffer_text = True
        self._analyseur.StartElementHandler = ouvrir
        self._analyseur.EndElementHandler = fermer
        self._analyseur.CharacterDataHandler = ecrire
        self._analyseur.StartDoctypeDeclHandler = _refuser_le_doctype
        self._analyseur.XmlDeclHandler = declarer or verifier_encodage_xml
        self._donnes = 0

    @property
    def place(self) -> int:
        """Octets avant la balise en cours."""
        return int(self._analyseur.CurrentByteIndex)

    def nourrir(self, octets: bytes, *, fin: bool = False) -> None:
        """Donne la suite du XML.

        :raises FeuilleRefusee: une déclaration, un encodage trompeur, une balise ou un commentaire démesurés.
        :raises ExpatError: un XML mal formé.
        """
        self._analyseur.Parse(octets, fin)
        self._donnes += len(octets)
        if not fin and self._donnes - self.place > _JETON_MAX + len(octets):
            raise FeuilleRefusee(f"le XML a une balise ou un commentaire de plus de {_JETON_MAX} octets")

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
        self._ecoute = self._phonetique = self._mis_en_forme = self._entier = False
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
        if self._partie in archive.NameToInfo:
            analyseur = AnalyseurXml(self._ouvrir, self._fermer, self._ecrire)
            with archive.open(self._partie) as flux:
                while morceau := flux.read(MORCEAU):
                    with xml_bien_forme(self._situer):
                        analyseur.nourrir(morceau)
                    yield True
                with xml_bien_forme(self._situer):
                    analyseur.nourrir(b"", fin=True)

    def _situer(self) -> str:
        return f"dans {self._partie}, après {len(self.lus)} textes"

    def _ouvrir(self, nom: str, _attributs: dict[str, str]) -> None:
        nom = NOMS_DE_BALISES[nom]
        if nom == "t":
            self._ouvrir_le_texte()
        elif nom == "si":
            self._morceaux.clear()
            self._entier = False
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
            self.lus.append(defaire_echappement("".join(self._morceaux)))
        elif nom == "r":
            self._mis_en_forme = False
        elif nom == "rPh":
            self._phonetique = False

    def _ecrire(self, texte: str) -> None:
        if self._ecoute:
            self._morceaux.append(texte)


def defaire_echappement(texte: str) -> str:
    """« _x000D_ » redevient un retour à la ligne, et « _x005F_x0041_ » le texte « _x0041_ »."""
    if "_x" not in texte:
        return texte
    return _ECHAPPE.sub(lambda trouve: chr(int(trouve[1], 16)), texte)
