"""Ce qu’une feuille xlsx cache à qui n’en lit que les valeurs : formules sans valeur, erreurs, fusions, lignes cachées.

Une recherche d’octets dit d’abord s’il y a quelque chose à chercher ; l’analyse du XML ne vient qu’ensuite.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO, NamedTuple
from xml.etree import ElementTree
from xml.parsers import expat
from zipfile import ZipFile

from cpit.erreurs import refus
from cpit.formats.cellules import Piege

PIEGES_MAX = 500_000
FUSIONS_MAX = 10_000
ACTIVES_MAX = 200
PARTIE_MAX = 5_000_000
"""Octets de la liste des feuilles et de ses liens."""

_MORCEAU = 1 << 20
_RECOUVREMENT = 64
_INDICES = (
    (b"<f", re.compile(rb"<f[\s/>]")),
    (b'"e"', re.compile(rb't="e"')),
    (b"hidden=", re.compile(rb'hidden="(?:1|true)"')),
    (b"mergeCell", re.compile(rb"<mergeCell")),
)
"""Pour chaque indice, de quoi l’écarter vite, puis de quoi s’en assurer."""
_ETENDUES = (
    re.compile(rb"""<c(?! r="(?:[A-Z]|[A-C][A-Z])1?[0-9]{1,5}")(?=[\s/>])"""),
    re.compile(rb"""<row(?! r="1?[0-9]{1,5}")(?=[\s/>])"""),
)
"""Au-delà de 200 000 lignes ou de 104 colonnes, ou sans coordonnées : réserver tout le rectangle coûterait trop."""
_CELLULE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_LIENS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class Fusion(NamedTuple):
    """Un rectangle fusionné, bornes comprises, à partir de 1."""

    haut: int
    gauche: int
    bas: int
    droite: int


@dataclass(frozen=True, slots=True)
class Feuille:
    """Une feuille de calcul : son nom, sa partie dans l’archive, et si elle est cachée."""

    nom: str
    partie: str
    cachee: bool


@dataclass
class Pieges:
    """Les pièges d’une feuille ; lignes et colonnes à partir de 1. ``ample`` : étendue démesurée ou inconnue."""

    ample: bool = False
    cellules: dict[int, dict[int, Piege]] = field(default_factory=dict)
    lignes_cachees: set[int] = field(default_factory=set)
    colonnes_cachees: list[tuple[int, int]] = field(default_factory=list)
    fusions: list[Fusion] = field(default_factory=list)

    def colonne_cachee(self, colonne: int) -> bool:
        """Vrai si la colonne (à partir de 1) est cachée."""
        return any(debut <= colonne <= fin for debut, fin in self.colonnes_cachees)


class Effaceur:
    """Met un ``Piege`` à la place de ce qui ne se lit pas, ligne après ligne, dans l’ordre."""

    def __init__(self, pieges: Pieges, fichier: str) -> None:
        self._pieges, self._fichier = pieges, fichier
        self._a_venir = sorted(pieges.fusions, reverse=True)
        self._actives: list[Fusion] = []
        self.utile = bool(pieges.cellules or pieges.fusions)

    def effacer(self, ligne: int, cellules: list[object]) -> list[object]:
        """Les cellules d’une ligne, pièges posés."""
        for colonne, piege in self._pieges.cellules.get(ligne, {}).items():
            if colonne <= len(cellules):
                cellules[colonne - 1] = piege
        for fusion in self._en_cours(ligne):
            for colonne in range(fusion.gauche, min(fusion.droite, len(cellules)) + 1):
                if (ligne, colonne) != (fusion.haut, fusion.gauche):
                    cellules[colonne - 1] = Piege("cellule-fusionnee", nommer(fusion.haut, fusion.gauche))
        return cellules

    def _en_cours(self, ligne: int) -> list[Fusion]:
        while self._a_venir and self._a_venir[-1].haut <= ligne:
            self._actives.append(self._a_venir.pop())
        if self._actives:
            self._actives = [fusion for fusion in self._actives if fusion.bas >= ligne]
        if len(self._actives) > ACTIVES_MAX:
            raise refus("table-illisible", self._fichier, raison="trop de cellules fusionnées")
        return self._actives


def lister_feuilles(archive: ZipFile, fichier: str) -> list[Feuille]:
    """Les feuilles de calcul d’un classeur : les visibles d’abord, dans l’ordre."""
    liens = {
        lien.get("Id"): lien.get("Target", "")
        for lien in _racine(archive, "xl/_rels/workbook.xml.rels", fichier)
        if lien.get("Type", "").endswith("/worksheet")
    }
    feuilles = [
        Feuille(element.get("name", ""), _partie(liens[lien]), element.get("state", "visible") != "visible")
        for element in _racine(archive, "xl/workbook.xml", fichier).iter()
        if element.tag.endswith("}sheet") and (lien := element.get(_LIENS, element.get("id"))) in liens
    ]
    return sorted(feuilles, key=lambda feuille: feuille.cachee)


def chercher(archive: ZipFile, partie: str, fichier: str) -> Pieges:
    """Les pièges d’une feuille.

    :raises ErreurCpit: s’ils sont trop nombreux pour une table de réponses.
    """
    with archive.open(partie) as flux:
        indice, ample = _sonder(flux)
    if not indice:
        return Pieges(ample=ample)
    with archive.open(partie) as flux:
        return _Analyse(fichier, ample).analyser(flux)


def nommer(ligne: int, colonne: int) -> str:
    """Nom d’une cellule : (4, 3) donne « C4 »."""
    return f"{nommer_colonne(colonne)}{ligne}"


def nommer_colonne(colonne: int) -> str:
    """Lettres d’une colonne : 3 donne « C », 28 « AB »."""
    lettres = ""
    while colonne:
        colonne, reste = divmod(colonne - 1, 26)
        lettres = chr(65 + reste) + lettres
    return lettres


def _partie(cible: str) -> str:
    return cible.lstrip("/") if cible.startswith("/") else str(PurePosixPath("xl") / cible)


def _racine(archive: ZipFile, partie: str, fichier: str) -> ElementTree.Element:
    if archive.getinfo(partie).file_size > PARTIE_MAX:
        raise refus("table-illisible", fichier, raison=f"{partie} est démesuré")
    octets = archive.read(partie)
    if b"<!DOCTYPE" in octets or b"\0" in octets:
        raise refus("table-illisible", fichier, raison=f"{partie} n’est pas un XML ordinaire")
    return ElementTree.fromstring(octets)


def _sonder(flux: IO[bytes]) -> tuple[bool, bool]:
    """(y a-t-il un indice de piège, l’étendue est-elle démesurée ou inconnue)."""
    indice = ample = False
    reste = b""
    for rang, morceau in enumerate(_morceaux(flux)):
        bloc = reste + morceau
        if rang == 0:
            # Un espace de noms préfixé, un autre encodage ou des guillemets simples : on analyse tout.
            debut = bloc[:4000].partition(b"?>")[2] or bloc[:4000]
            indice = ample = b"<worksheet" not in debut or b"\0" in debut or b"='" in debut
        indice = indice or any(mot in bloc and motif.search(bloc) for mot, motif in _INDICES)
        ample = ample or _etendue(bloc)
        if indice and ample:
            break
        reste = bloc[-_RECOUVREMENT:]
    return indice, ample


def _etendue(bloc: bytes) -> bool:
    # Une coordonnée coupée par la fin du bloc sera revue avec le suivant.
    trouves = (motif.search(bloc) for motif in _ETENDUES)
    return any(trouve is not None and trouve.start() < len(bloc) - _RECOUVREMENT for trouve in trouves)


def _morceaux(flux: IO[bytes]) -> Iterator[bytes]:
    while morceau := flux.read(_MORCEAU):
        yield morceau


class _Analyse:
    """Lecture du XML d’une feuille, sans en garder les valeurs."""

    def __init__(self, fichier: str, ample: bool) -> None:
        self._fichier = fichier
        self._pieges = Pieges(ample=ample)
        self._ligne = self._colonne = self._nombre = 0
        self._type, self._formule, self._valeur = "", False, ""
        self._dans_valeur = False

    def analyser(self, flux: IO[bytes]) -> Pieges:
        """Les pièges de la feuille."""
        lecteur = expat.ParserCreate(namespace_separator=" ")
        lecteur.buffer_text = True
        lecteur.StartElementHandler = self._ouvrir
        lecteur.EndElementHandler = self._fermer
        lecteur.CharacterDataHandler = self._texte
        lecteur.StartDoctypeDeclHandler = self._doctype
        for morceau in _morceaux(flux):
            lecteur.Parse(morceau, False)
        lecteur.Parse(b"", True)
        return self._pieges

    def _ouvrir(self, nom: str, attributs: dict[str, str]) -> None:
        ouvrir = _OUVRIR.get(nom.rpartition(" ")[2])
        if ouvrir is not None:
            ouvrir(self, attributs)

    def _fermer(self, nom: str) -> None:
        local = nom.rpartition(" ")[2]
        if local == "v":
            self._dans_valeur = False
        elif local == "c":
            self._fermer_cellule()

    def _texte(self, texte: str) -> None:
        if self._dans_valeur and len(self._valeur) < 100:
            self._valeur += texte

    def _doctype(self, *_: object) -> None:
        raise refus("table-illisible", self._fichier, raison="le XML déclare des entités")

    def _ligne_ouverte(self, attributs: dict[str, str]) -> None:
        self._ligne = int(attributs["r"]) if "r" in attributs else self._ligne + 1
        self._colonne = 0
        if attributs.get("hidden") in {"1", "true"}:
            self._compter()
            self._pieges.lignes_cachees.add(self._ligne)

    def _cellule_ouverte(self, attributs: dict[str, str]) -> None:
        trouve = _CELLULE.fullmatch(attributs.get("r", ""))
        self._colonne = rang_de_colonne(trouve[1]) if trouve else self._colonne + 1
        self._type, self._formule, self._valeur = attributs.get("t", "n"), False, ""

    def _formule_ouverte(self, _: dict[str, str]) -> None:
        self._formule = True

    def _valeur_ouverte(self, _: dict[str, str]) -> None:
        self._dans_valeur = True

    def _colonnes_ouvertes(self, attributs: dict[str, str]) -> None:
        if attributs.get("hidden") in {"1", "true"}:
            self._compter()
            self._pieges.colonnes_cachees.append((int(attributs["min"]), int(attributs["max"])))

    def _fusion_ouverte(self, attributs: dict[str, str]) -> None:
        coins = [_CELLULE.fullmatch(coin) for coin in attributs.get("ref", "").replace("$", "").split(":")]
        if len(self._pieges.fusions) >= FUSIONS_MAX:
            raise refus("table-illisible", self._fichier, raison=f"plus de {FUSIONS_MAX} fusions")
        if len(coins) == 2 and coins[0] and coins[1]:
            haut, bas = int(coins[0][2]), int(coins[1][2])
            self._pieges.fusions.append(Fusion(haut, rang_de_colonne(coins[0][1]), bas, rang_de_colonne(coins[1][1])))

    def _fermer_cellule(self) -> None:
        piege = None
        if self._type == "e":
            piege = Piege("cellule-erreur", self._valeur)
        elif self._formule and not self._valeur and self._type != "str":
            # Une formule de texte vide (t="str") a bien une valeur : rien.
            piege = Piege("cellule-formule")
        if piege is not None:
            self._compter()
            self._pieges.cellules.setdefault(self._ligne, {})[self._colonne] = piege

    def _compter(self) -> None:
        self._nombre += 1
        if self._nombre > PIEGES_MAX:
            raison = f"plus de {PIEGES_MAX} cellules sans valeur, en erreur ou cachées"
            raise refus("table-illisible", self._fichier, raison=raison)


_OUVRIR = {
    "row": _Analyse._ligne_ouverte,
    "c": _Analyse._cellule_ouverte,
    "f": _Analyse._formule_ouverte,
    "v": _Analyse._valeur_ouverte,
    "col": _Analyse._colonnes_ouvertes,
    "mergeCell": _Analyse._fusion_ouverte,
}


def rang_de_colonne(lettres: str) -> int:
    """Rang d’une colonne à partir de 1 : « C » donne 3."""
    rang = 0
    for lettre in lettres:
        rang = rang * 26 + ord(lettre) - 64
    return rang
