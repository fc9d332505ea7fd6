"""Les cellules d’un bloc de lignes : repérées d’un coup dans ses octets s’il est régulier, lues par ``csv`` sinon.

Un bloc est régulier si chaque ligne a toutes ses colonnes et si ses guillemets, s’il y en a, entourent des cellules
entières sans guillemet, séparateur ni fin de ligne : alors tout analyseur y verrait les mêmes cellules.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cpit.formats.table_csv import est_vide
from cpit.masse.reponses import Reponses

Entiers: TypeAlias = NDArray[np.int64]
Booleens: TypeAlias = NDArray[np.bool_]
Brute: TypeAlias = bytes | str
"""Une cellule telle qu’elle est dans le fichier : octets d’un bloc régulier, texte sorti de ``csv``."""

CELLULE_MAX = 131_072
"""Signes que ``csv`` admet dans une cellule."""
_LF, _CR, _GUILLEMET = 10, 13, 34


class Grille(Protocol):
    """Des lignes toutes aussi larges que l’en-tête."""

    @property
    def lignes(self) -> Entiers:
        """Numéro de chaque ligne dans le fichier."""

    def colonne(self, rang: int) -> Sequence[Brute]:
        """Les cellules d’une colonne."""

    def constante(self, rang: int) -> Brute | None:
        """La cellule qu’ont toutes les lignes, si l’on s’en aperçoit à peu de frais."""

    def remplies(self, rang: int) -> Booleens:
        """Où une colonne a une cellule non vide."""

    def reponses(self, rangs: Sequence[int], lues: Reponses) -> NDArray[np.uint16]:
        """Le code des réponses de ces colonnes, une ligne de tableau par colonne."""

    def ligne(self, indice: int) -> list[str]:
        """Toutes les cellules d’une ligne, en textes."""


class GrilleDeTextes:
    """Des lignes lues par ``csv``."""

    def __init__(self, lignes: list[int], cellules: list[list[str]]) -> None:
        self.lignes: Entiers = np.array(lignes, np.int64)
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

    def reponses(self, rangs: Sequence[int], lues: Reponses) -> NDArray[np.uint16]:
        """Le code des réponses de ces colonnes, une ligne de tableau par colonne."""
        n = len(self._cellules)
        codes = [np.fromiter(map(lues.__getitem__, self._colonnes[rang]), np.uint16, n) for rang in rangs]
        return np.array(codes, np.uint16).reshape(len(rangs), n)

    def ligne(self, indice: int) -> list[str]:
        """Toutes les cellules d’une ligne, en textes."""
        return self._cellules[indice]


class GrilleDOctets:
    """Un bloc régulier : le début et la fin de chaque cellule dans ses octets, guillemets ôtés."""

    def __init__(self, bloc: bytes, debuts: Entiers, fins: Entiers, premiere: int, encodage: str) -> None:
        # Un octet de plus : la dernière cellule, vide, se lit comme les autres, deux octets d’un coup.
        self._bloc, self._debuts, self._fins, self._encodage = bloc + b"\0", debuts, fins, encodage
        self.lignes: Entiers = np.arange(premiere, premiere + len(debuts), dtype=np.int64)

    @classmethod
    def reperer(cls, bloc: bytes, separateur: str, largeur: int, premiere: int, encodage: str) -> GrilleDOctets | None:
        """La grille d’un bloc, ou rien s’il n’est pas régulier ou s’il a des lignes vides."""
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
        if int((fins - debuts).max()) >= CELLULE_MAX:
            return None
        grille = cls(bloc, debuts, fins, premiere, encodage)
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

    def reponses(self, rangs: Sequence[int], lues: Reponses) -> NDArray[np.uint16]:
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


_MASQUES = np.array([0, 0xFF, 0xFFFF], "<u2")
"""Ce qu’il faut garder de deux octets pour une cellule de longueur 0, 1, 2 ou plus."""


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
