"""Un très gros CSV, bloc par bloc : encodage, en-tête, puis des octets coupés en fin de ligne."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from cpit.erreurs import Anomalie, ErreurCpit, Lieu, refus
from cpit.formats.colonnes import Nomenclature
from cpit.formats.dialecte_csv import ENTETE_MAX, Reperage, choisir_encodage, reperer
from cpit.formats.table_csv import Enregistrement, enregistrements

TAILLE_BLOC = 500_000
"""Octets lus à la fois, au moins : de quoi occuper numpy sans sortir des mémoires caches."""
TAILLE_MAX = 16 * TAILLE_BLOC
LIGNES_PAR_BLOC = 8_000
"""Lignes voulues par bloc : en dessous, numpy passe plus de temps à commencer qu’à calculer."""
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Table:
    """Une table dont l’encodage et l’en-tête sont connus ; ``avis`` : ce qu’il faut en dire avant toute ligne."""

    chemin: Path
    encodage: str
    reperage: Reperage
    avis: tuple[Anomalie, ...]

    @property
    def source(self) -> str:
        """Nom du fichier, tel qu’il est dit."""
        return str(self.chemin)

    @property
    def largeur(self) -> int:
        """Nombre de colonnes."""
        return len(self.reperage.entete.colonnes)


def ouvrir_table(chemin: Path, nomenclature: Nomenclature) -> Table:
    """Vérifie l’encodage de tout le fichier, puis repère l’en-tête.

    :raises ErreurCpit: les mêmes refus que la lecture ordinaire.
    :raises OSError: fichier illisible.
    """
    source = str(chemin)
    try:
        with chemin.open("rb") as flux:
            encodage, avis = _encodage(flux, source)
            flux.seek(0)
            debut = flux.read(ENTETE_MAX)
    except FileNotFoundError:
        raise refus("fichier-introuvable", source, nom=chemin) from None
    reperage = reperer(debut, encodage, nomenclature, source)
    return Table(chemin, encodage, reperage, (*([avis] if avis else []), *reperage.entete.avertissements))


def _encodage(flux: IO[bytes], source: str) -> tuple[str, Anomalie | None]:
    """Ce que rend ``choisir_encodage`` pour tout le fichier, un bloc à la fois."""
    encodage, avis, lignes = "utf-8-sig", None, 0
    for octets in Tampon(flux):
        if lignes and (nul := octets.find(b"\0")) >= 0:
            raise refus("table-avec-nul", Lieu(source, lignes + octets.count(b"\n", 0, nul) + 1))
        try:
            trouve, un_avis = choisir_encodage(octets, source)
        except ErreurCpit as erreur:
            raise ErreurCpit(_decaler(une, lignes) for une in erreur.anomalies) from None
        if un_avis is not None and avis is None:
            encodage, avis = trouve, _decaler(un_avis, lignes)
        lignes += octets.count(b"\n")
    if avis is not None:
        _verifier_cp1252(flux, source, avis)
    return encodage, avis


def _verifier_cp1252(flux: IO[bytes], source: str, avis: Anomalie) -> None:
    flux.seek(0)
    try:
        for octets in Tampon(flux):
            octets.decode("cp1252")
    except UnicodeDecodeError:
        raise refus("encodage", Lieu(source, avis.lieu.ligne), raison="ni en cp1252") from None


def _decaler(une: Anomalie, lignes: int) -> Anomalie:
    if une.lieu.ligne is None:
        return une
    return replace(une, lieu=replace(une.lieu, ligne=une.lieu.ligne + lignes))


class Tampon:
    """Les octets d’un flux en blocs coupés après une fin de ligne ; le dernier peut ne pas finir par une."""

    def __init__(self, flux: IO[bytes], taille: int = 0) -> None:
        self._flux = flux
        self._taille = taille or TAILLE_BLOC
        self._reste = b""

    def __iter__(self) -> Iterator[bytes]:
        while bloc := self.bloc():
            yield bloc

    def bloc(self) -> bytes:
        """Le bloc suivant, vide à la fin."""
        octets = self._reste + self._flux.read(self._taille)
        while octets:
            # Un CR final attend l’octet suivant : ce peut être la moitié d’un CRLF.
            coupe = max(octets.rfind(b"\n"), octets.rfind(b"\r", 0, -1)) + 1
            if coupe:
                break
            suite = self._flux.read(self._taille)
            if not suite:
                coupe = len(octets)
                break
            octets += suite
        else:
            return b""
        self._reste = octets[coupe:]
        return octets[:coupe]

    def adapter(self, longueur: int) -> None:
        """Règle la taille des blocs sur la longueur d’une ligne."""
        self._taille = max(self._taille, min(longueur * LIGNES_PAR_BLOC, TAILLE_MAX))

    def rendre(self, octets: bytes) -> None:
        """Remet des octets devant ce qui reste à lire."""
        self._reste = octets + self._reste


class LignesDeBloc:
    """Les lignes d’un bloc ; un enregistrement qui le dépasse prend les lignes du bloc suivant."""

    def __init__(self, bloc: bytes, tampon: Tampon, encodage: str) -> None:
        self._tampon, self._encodage = tampon, encodage
        self._debordements = -1
        self._prendre(bloc)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        ligne = self._texte.readline()
        if not ligne:
            suite = self._tampon.bloc()
            if not suite:
                raise StopIteration
            self._prendre(suite)
            ligne = self._texte.readline()
        return ligne

    def fini(self) -> bool:
        """Vrai si le bloc est entièrement lu ; ce qui a été pris en trop dans le suivant est rendu."""
        if self._debordements:
            self.rendre()
        return bool(self._debordements) or self._texte.tell() == self._longueur

    def rendre(self) -> int:
        """Remet dans le tampon ce qui n’est pas lu ; rend la longueur moyenne de ces lignes, en octets."""
        octets = self._texte.read().encode(self._encodage)
        self._tampon.rendre(octets)
        return len(octets) // (octets.count(b"\n") + 1)

    def _prendre(self, bloc: bytes) -> None:
        texte = bloc.decode(self._encodage)
        self._texte, self._longueur = io.StringIO(texte, newline=""), len(texte)
        self._debordements += 1


def passer_entete(tampon: Tampon, table: Table) -> None:
    """Passe la marque d’ordre des octets et les lignes d’en-tête."""
    lignes = LignesDeBloc(tampon.bloc().removeprefix(_BOM), tampon, encodage_des_blocs(table))
    for _ in range(table.reperage.lignes):
        next(lignes, "")
    tampon.adapter(lignes.rendre())


def encodage_des_blocs(table: Table) -> str:
    """L’encodage une fois la marque d’ordre des octets passée."""
    return "utf-8" if table.encodage == "utf-8-sig" else table.encodage


def enregistrements_du_bloc(bloc: bytes, tampon: Tampon, table: Table, passees: int) -> Iterator[Enregistrement]:
    """Les enregistrements d’un bloc, lus par ``csv`` ; ``passees`` : lignes du fichier avant lui."""
    lignes = LignesDeBloc(bloc, tampon, encodage_des_blocs(table))
    for lu in enregistrements(lignes, replace(table.reperage, lignes=0)):
        yield lu._replace(debut=lu.debut + passees, fin=lu.fin + passees)
        if lignes.fini():
            return
