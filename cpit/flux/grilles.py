"""Une grande table en grilles : des blocs d’octets, dont les cellules sont repérées d’un coup ou lues par ``csv``.

Un bloc est régulier si chaque ligne a toutes ses colonnes et si ses guillemets, s’il y en a, entourent des cellules
entières sans guillemet, séparateur ni fin de ligne : alors tout analyseur y verrait les mêmes cellules, et les repérer
dans les octets va plus vite. Tout autre bloc est lu par le lecteur de CSV de toutes les tables.
"""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import IO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cpit.coeur.moteur import retenir
from cpit.coeur.passation import Etat, Reponse
from cpit.coeur.referentiel import Referentiel
from cpit.coeur.tableaux import CODE_SANS_OBJET
from cpit.erreurs import Anomalie
from cpit.lecture.dechiffrement import Dechiffreur
from cpit.lecture.lignes import ReponsesVues
from cpit.lecture.table_csv import (
    Enregistrement,
    LignesVides,
    TableCsv,
    enregistrements,
    est_vide,
    lignes_remplies,
    passer_lignes,
)

# --- les réponses d’une table, en petits entiers : chaque texte différent n’est déchiffré qu’une fois -----------------


Entiers: TypeAlias = NDArray[np.int64]
Booleens: TypeAlias = NDArray[np.bool_]
Codes: TypeAlias = NDArray[np.uint16]
Brute: TypeAlias = bytes | str
"""Une cellule telle qu’elle est dans le fichier : octets d’un bloc régulier, texte sorti de ``csv``."""

SANS_REPONSE, _SANS_OBJET, PREMIER_NIVEAU = 0, 1, 2
FAUTIVE, _INCONNUE, ABSENCE_ECRITE = 65_535, 65_534, 65_533
"""Codes d’une cellule à refuser, d’un texte court jamais vu, d’une absence de réponse écrite (« NA »)."""


class Reponses(ReponsesVues[bytes | str, int]):
    """Code de chaque cellule de réponse : sans réponse, sans objet, rang d’un niveau, fautive, ou absence écrite.

    ``a_des_absences`` : vrai dès qu’une absence écrite a été vue.
    """

    def __init__(self, referentiel: Referentiel, dechiffreur: Dechiffreur, encodage: str, source: str) -> None:
        super().__init__(source)
        self._dechiffreur = dechiffreur
        self._encodage = encodage
        self._rangs = {niveau.valeur: PREMIER_NIVEAU + k for k, niveau in enumerate(referentiel.echelle.niveaux)}
        self.a_des_absences = False
        self._courts = np.full(65_536, _INCONNUE, np.uint16)

    def __missing__(self, cellule: bytes | str) -> int:
        texte = cellule if isinstance(cellule, str) else cellule.decode(self._encodage)
        reponse = self._dechiffreur.lire_ou_rien(texte)
        code = FAUTIVE if reponse is None else self.code(reponse)
        if code == SANS_REPONSE and self._dechiffreur.est_une_absence_ecrite(texte):
            code, self.a_des_absences = ABSENCE_ECRITE, True
        return self.retenir(cellule, code)

    def code(self, reponse: Reponse) -> int:
        """Code d’une réponse lue."""
        if reponse.valeur is not None:
            return self._rangs[reponse.valeur]
        return _SANS_OBJET if reponse.etat is Etat.SANS_OBJET else SANS_REPONSE

    def codes_courts(self, paires: Codes) -> Codes:
        """Codes de cellules de deux octets au plus, données comme un entier (le premier octet en bas)."""
        codes = self._courts.take(paires)
        inconnues = codes == _INCONNUE
        if inconnues.any():
            for paire in np.unique(paires[inconnues]).tolist():
                cellule = int(paire).to_bytes(2, "little").rstrip(b"\0")
                self._courts[paire] = self._code_sur(cellule)
            codes = self._courts.take(paires)
        return codes

    def _code_sur(self, cellule: bytes) -> int:
        """Code de deux octets, qui peuvent être le début d’un caractère coupé dans une cellule plus longue."""
        try:
            return self[cellule]
        except UnicodeDecodeError:
            return FAUTIVE


class Valeurs:
    """Ce que vaut chaque code dans le calcul, et ce qui s’écrit à sa place."""

    def __init__(self, referentiel: Referentiel) -> None:
        echelle = referentiel.echelle
        valeurs = [niveau.valeur for niveau in echelle.niveaux]
        retournees = [retenir(valeur, echelle.min, echelle.max, inverse=True) for valeur in valeurs]
        self.droites = np.array([0, 0, *valeurs], np.int64)
        self.inverses = np.array([0, 0, *retournees], np.int64)
        self.repondues = np.array([0, 0, *(1 for _ in valeurs)], np.int64)
        self.textes = ("", CODE_SANS_OBJET, *map(str, valeurs))


# --- une grande table en grilles --------------------------------------------------------------------------------------


TAILLE_BLOC = 500_000
"""Octets lus à la fois, au moins : de quoi occuper numpy sans sortir des mémoires caches."""
_TAILLE_MAX = 16 * TAILLE_BLOC
LIGNES_PAR_BLOC = 8_000
"""Lignes voulues par bloc : en dessous, numpy passe plus de temps à commencer qu’à calculer."""
_CELLULE_MAX = 131_072
"""Signes que ``csv`` admet dans une cellule."""
_BOM = b"\xef\xbb\xbf"
_LF, _CR, _GUILLEMET = 10, 13, 34
_MASQUES = np.array([0, 0xFF, 0xFFFF], "<u2")
"""Ce qu’il faut garder de deux octets pour une cellule de longueur 0, 1, 2 ou plus."""


def encodage_des_blocs(table: TableCsv) -> str:
    """L’encodage une fois la marque d’ordre des octets passée."""
    return "utf-8" if table.encodage == "utf-8-sig" else table.encodage


# --- les blocs ----------------------------------------------------------------------------------------------------


class _Tampon:
    """Les octets d’un flux en blocs coupés après une fin de ligne ; le dernier peut ne pas finir par une."""

    def __init__(self, flux: IO[bytes]) -> None:
        self._flux = flux
        self._taille = TAILLE_BLOC
        self._reste = b""

    def bloc(self) -> bytes:
        """Le bloc suivant, vide à la fin."""
        octets = self._reste + self._flux.read(self._taille)
        coupe = _apres_fin_de_ligne(octets)
        # Deux fois plus à chaque fois : une ligne démesurée n’est pas recopiée cent fois.
        while not coupe and (suite := self._flux.read(max(len(octets), 1))):
            octets += suite
            coupe = _apres_fin_de_ligne(octets)
        coupe = coupe or len(octets)
        self._reste = octets[coupe:]
        return octets[:coupe]

    def adapter(self, longueur: int) -> None:
        """Règle la taille des blocs sur la longueur d’une ligne."""
        self._taille = max(self._taille, min(longueur * LIGNES_PAR_BLOC, _TAILLE_MAX))

    def rendre(self, octets: bytes) -> None:
        """Remet des octets devant ce qui reste à lire."""
        self._reste = octets + self._reste


def _apres_fin_de_ligne(octets: bytes) -> int:
    # Un CR final attend l’octet suivant : ce peut être la moitié d’un CRLF.
    return max(octets.rfind(b"\n"), octets.rfind(b"\r", 0, -1)) + 1


class _LignesDeBloc:
    """Les lignes d’un bloc ; un enregistrement qui le dépasse prend les lignes du bloc suivant."""

    def __init__(self, bloc: bytes, tampon: _Tampon, encodage: str) -> None:
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


# --- les grilles --------------------------------------------------------------------------------------------------


class GrilleDeCellules(ABC):
    """Des lignes toutes aussi larges que l’en-tête ; ``lignes`` : le numéro de chacune dans le fichier."""

    lignes: Entiers

    @abstractmethod
    def colonne(self, rang: int) -> Sequence[Brute]:
        """Les cellules d’une colonne."""

    @abstractmethod
    def constante(self, rang: int) -> Brute | None:
        """La cellule qu’ont toutes les lignes, si l’on s’en aperçoit à peu de frais."""

    @abstractmethod
    def remplies(self, rang: int) -> Booleens:
        """Où une colonne a une cellule non vide."""

    @abstractmethod
    def reponses(self, rangs: Sequence[int], lues: Reponses) -> Codes:
        """Le code des réponses de ces colonnes, une ligne de tableau par colonne."""

    @abstractmethod
    def ligne(self, indice: int) -> list[str]:
        """Toutes les cellules d’une ligne, en textes."""


class _GrilleDeTextes(GrilleDeCellules):
    """Des lignes lues par ``csv``."""

    def __init__(self, lignes: list[int], cellules: list[list[str]]) -> None:
        self.lignes = np.array(lignes, np.int64)
        self._cellules = cellules
        self._colonnes = list(zip(*cellules, strict=True))

    def colonne(self, rang: int) -> Sequence[Brute]:
        """Les cellules d’une colonne."""
        return self._colonnes[rang]

    def constante(self, rang: int) -> Brute | None:
        """Rien : chercher coûterait autant que lire."""
        del rang
        return None

    def remplies(self, rang: int) -> Booleens:
        """Où une colonne a une cellule non vide."""
        return np.fromiter(map(bool, self._colonnes[rang]), np.bool_, len(self._cellules))

    def reponses(self, rangs: Sequence[int], lues: Reponses) -> Codes:
        """Le code des réponses de ces colonnes, une ligne de tableau par colonne."""
        n = len(self._cellules)
        codes = [np.fromiter(map(lues.__getitem__, self._colonnes[rang]), np.uint16, n) for rang in rangs]
        return np.array(codes, np.uint16).reshape(len(rangs), n)

    def ligne(self, indice: int) -> list[str]:
        """Toutes les cellules d’une ligne, en textes."""
        return self._cellules[indice]


class _GrilleDOctets(GrilleDeCellules):
    """Un bloc régulier : le début et la fin de chaque cellule dans ses octets, guillemets ôtés."""

    def __init__(self, bloc: bytes, debuts: Entiers, fins: Entiers, premiere: int, encodage: str) -> None:
        # Un octet de plus : la dernière cellule, vide, se lit comme les autres, deux octets d’un coup.
        self._bloc, self._debuts, self._fins, self._encodage = bloc + b"\0", debuts, fins, encodage
        self.lignes = np.arange(premiere, premiere + len(debuts), dtype=np.int64)

    @classmethod
    def reperer(cls, bloc: bytes, table: TableCsv, premiere: int) -> GrilleDeCellules | None:
        """La grille d’un bloc, ou rien s’il n’est pas régulier ou s’il a des lignes vides.

        :param premiere: numéro dans le fichier de sa première ligne.
        """
        separateur, largeur = table.separateur, table.largeur
        bloc = bloc if bloc.endswith(b"\n") else bloc + b"\n"
        octets = np.frombuffer(bloc, np.uint8)
        coupes = np.flatnonzero((octets == ord(separateur)) | (octets == _LF))
        if coupes.size % largeur or bloc.count(b"\n") * largeur != coupes.size:
            return None
        fins = coupes.reshape(-1, largeur)
        if not (octets[fins[:, -1]] == _LF).all():
            return None
        debuts = np.empty_like(fins)
        debuts.reshape(-1)[0] = 0
        debuts.reshape(-1)[1:] = coupes[:-1] + 1
        if not (_oter_cr(bloc, octets, debuts, fins) and _oter_guillemets(bloc, octets, debuts, fins)):
            return None
        if int((fins - debuts).max()) >= _CELLULE_MAX:
            return None
        grille = cls(bloc, debuts, fins, premiere, encodage_des_blocs(table))
        return None if grille._a_une_ligne_vide(octets) else grille

    def colonne(self, rang: int) -> Sequence[Brute]:
        """Les cellules d’une colonne."""
        return self._cellules(rang, slice(None))

    def constante(self, rang: int) -> Brute | None:
        """La cellule qu’ont toutes les lignes, si elle est courte."""
        debuts, fins = self._debuts[:, rang], self._fins[:, rang]
        premiere = self._bloc[debuts[0] : fins[0]]
        if len(premiere) > 32 or not (fins - debuts == len(premiere)).all():
            return None
        octets = np.frombuffer(self._bloc, np.uint8)
        egales = all((octets[debuts + k] == octet).all() for k, octet in enumerate(premiere))
        return premiere if egales else None

    def remplies(self, rang: int) -> Booleens:
        """Où une colonne a une cellule non vide."""
        return self._fins[:, rang] > self._debuts[:, rang]

    def reponses(self, rangs: Sequence[int], lues: Reponses) -> Codes:
        """Le code des réponses de ces colonnes, une ligne de tableau par colonne."""
        codes = np.empty((len(rangs), len(self._debuts)), np.uint16)
        # Deux octets d’un coup, à toute adresse ; « take » commencerait par tout recopier.
        paires = np.ndarray((len(self._bloc) - 1,), "<u2", self._bloc, strides=(1,))
        for ligne, rang in zip(codes, rangs, strict=True):
            debuts = self._debuts[:, rang]
            longueurs = self._fins[:, rang] - debuts
            courtes = paires[debuts] & _MASQUES.take(longueurs, mode="clip")
            ligne[:] = lues.codes_courts(courtes)
            longues = np.flatnonzero(longueurs > 2)
            if longues.size:
                ligne[longues] = [lues[cellule] for cellule in self._cellules(rang, longues)]
        return codes

    def ligne(self, indice: int) -> list[str]:
        """Toutes les cellules d’une ligne, en textes."""
        paires = zip(self._debuts[indice].tolist(), self._fins[indice].tolist(), strict=True)
        return [self._bloc[debut:fin].decode(self._encodage) for debut, fin in paires]

    def _cellules(self, rang: int, lignes: Entiers | slice) -> list[bytes]:
        bloc = self._bloc
        debuts, fins = self._debuts[lignes, rang].tolist(), self._fins[lignes, rang].tolist()
        return [bloc[debut:fin] for debut, fin in zip(debuts, fins, strict=True)]

    def _a_une_ligne_vide(self, octets: NDArray[np.uint8]) -> bool:
        """Vrai si une ligne n’a que des blancs : elle ne se note pas."""
        premiers = octets[self._debuts[:, 0]]
        blanches = (self._fins[:, 0] == self._debuts[:, 0]) | (premiers <= 32) | (premiers >= 128)
        return any(est_vide(self.ligne(indice)) for indice in np.flatnonzero(blanches).tolist())


def _oter_cr(bloc: bytes, octets: NDArray[np.uint8], debuts: Entiers, fins: Entiers) -> bool:
    """Recule la fin des lignes qui finissent par CRLF ; faux si un CR est ailleurs."""
    nombre = bloc.count(b"\r")
    if not nombre:
        return True
    crlf = (octets[fins[:, -1] - 1] == _CR) & (fins[:, -1] > debuts[:, -1])
    fins[:, -1] -= crlf
    return int(crlf.sum()) == nombre


def _oter_guillemets(bloc: bytes, octets: NDArray[np.uint8], debuts: Entiers, fins: Entiers) -> bool:
    """Resserre les cellules entre guillemets ; faux si un guillemet est ailleurs qu’autour d’une cellule."""
    nombre = bloc.count(b'"')
    if not nombre:
        return True
    ouvertes = octets[debuts] == _GUILLEMET
    fermees = (octets[fins - 1] == _GUILLEMET) & (fins - debuts > 1)
    if int(ouvertes.sum()) * 2 != nombre or not fermees[ouvertes].all():
        return False
    debuts += ouvertes
    fins -= ouvertes
    return True


class LecteurDeGrilles:
    """Les grilles d’une table, dans l’ordre du fichier ; ``vides`` : ses lignes vides, au fil de la lecture."""

    def __init__(self, flux: IO[bytes], table: TableCsv) -> None:
        self.vides = LignesVides()
        self._tampon, self._table = _Tampon(flux), table
        self._encodage = encodage_des_blocs(table)
        self._lignes = table.lignes

    def __iter__(self) -> Iterator[tuple[GrilleDeCellules, list[tuple[int, Anomalie]]]]:
        """Chaque grille, et les anomalies des lignes mal formées du même bloc, avec leur numéro."""
        self._passer_entete()
        while bloc := self._tampon.bloc():
            yield self._lire(bloc)

    def _passer_entete(self) -> None:
        """Passe la marque d’ordre des octets et les lignes d’en-tête."""
        lignes = _LignesDeBloc(self._tampon.bloc().removeprefix(_BOM), self._tampon, self._encodage)
        passer_lignes(lignes, self._table.lignes)
        self._tampon.adapter(lignes.rendre())

    def _lire(self, bloc: bytes) -> tuple[GrilleDeCellules, list[tuple[int, Anomalie]]]:
        if not bloc.strip():
            # Rien que des lignes vides : elles se comptent d’un coup.
            vides = bloc.count(b"\n") + bloc.count(b"\r") - bloc.count(b"\r\n")
            vides += not bloc.endswith((b"\n", b"\r"))
            self.vides.en_attente += vides
            self._lignes += vides
            return _GrilleDeTextes([], []), []
        grille = _GrilleDOctets.reperer(bloc, self._table, self._lignes + 1)
        if grille is None:
            return self._lire_en_textes(bloc)
        self.vides.interrompre(self._lignes + 1)
        self._lignes += len(grille.lignes)
        return grille, []

    def _lire_en_textes(self, bloc: bytes) -> tuple[GrilleDeCellules, list[tuple[int, Anomalie]]]:
        lignes, prises, malformees = [], [], []
        for ligne, cellules in lignes_remplies(self._enregistrements(bloc), self._table, self.vides):
            if isinstance(cellules, Anomalie):
                malformees.append((ligne, cellules))
            else:
                lignes.append(ligne)
                prises.append(cellules)
        return _GrilleDeTextes(lignes, prises), malformees

    def _enregistrements(self, bloc: bytes) -> Iterator[Enregistrement]:
        lignes = _LignesDeBloc(bloc, self._tampon, self._encodage)
        for lu in enregistrements(lignes, self._table.separateur, self._lignes):
            self._lignes = lu.fin
            yield lu
            if lignes.fini():
                return
