"""Lire les tables d’une page HTML comme les feuilles d’un classeur : ce que bien des outils nomment « .xls ».

Chaque table est une feuille, chaque cellule un texte. Une table dans une autre n’a pas un sens et un seul : elle est
refusée. Rien d’autre de la page n’est lu ni exécuté.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from html.parser import HTMLParser

from cpit.tableur.classeur_ouvert import (
    COLONNES_MAX,
    Cases,
    ClasseurOuvert,
    FeuilleLue,
    FeuilleRefusee,
    Fusion,
    Onglet,
    Pieges,
)

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
