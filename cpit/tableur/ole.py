"""Le contenant d’un ancien fichier d’Office ([MS-CFB]) : ses secteurs, et le flux qui porte un classeur.

Une chaîne de secteurs qui revient sur ses pas, ou qui sort du fichier, est refusée : rien n’est lu deux fois.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from cpit.tableur.pieges import FeuilleRefusee

MARQUE_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DERNIER = 0xFFFFFFFA
"""Au-delà, un numéro de secteur ne désigne rien : fin de chaîne, secteur libre…"""
_FLUX_DE_CLASSEUR = ("Workbook", "Book")
_ENTREE = 128
_UN_FLUX = 2


def extraire_le_classeur(octets: bytes) -> bytes:
    """Les octets du flux qui porte le classeur.

    :raises FeuilleRefusee: s’il n’y en a pas, ou si le contenant est abîmé.
    """
    try:
        return _Contenant(octets).classeur()
    except (struct.error, IndexError):
        raise FeuilleRefusee("le fichier est coupé ou altéré") from None


class _Contenant:
    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        puissance, petite = struct.unpack_from("<HH", octets, 30)
        if puissance not in (9, 12) or petite != 6:
            raise FeuilleRefusee("le fichier est altéré : ses secteurs n’ont pas une taille permise")
        self._taille, self._petite = 1 << puissance, 1 << petite
        self._debut, self._seuil, self._petits, suite = struct.unpack_from("<I4xIIxxxxI", octets, 48)
        places = [*struct.unpack_from("<109I", octets, 76), *self._suite_des_places(suite)]
        self._table = self._numeros(b"".join(self._secteur(place) for place in places if place < _DERNIER))

    def classeur(self) -> bytes:
        """Le flux du classeur : le premier de ce nom, car un objet incorporé peut en porter un autre."""
        repertoire = self._suivre(self._debut)
        entrees = [repertoire[place : place + _ENTREE] for place in range(0, len(repertoire), _ENTREE)]
        for nom in _FLUX_DE_CLASSEUR:
            for entree in entrees:
                if entree[66] == _UN_FLUX and _nom(entree) == nom:
                    return self._flux(entree, entrees[0])
        raise FeuilleRefusee("il ne contient pas de classeur")

    def _flux(self, entree: bytes, racine: bytes) -> bytes:
        debut, taille = struct.unpack_from("<II", entree, 116)
        if taille >= self._seuil:
            return self._suivre(debut)[:taille]
        porteur = self._suivre(struct.unpack_from("<I", racine, 116)[0])
        petite_table = self._numeros(self._suivre(self._petits))
        places = _chaine(debut, petite_table)
        return b"".join(porteur[p * self._petite : (p + 1) * self._petite] for p in places)[:taille]

    def _suite_des_places(self, place: int) -> list[int]:
        places: list[int] = []
        vues: set[int] = set()
        while place < _DERNIER:
            if place in vues:
                raise FeuilleRefusee("le fichier est altéré : ses secteurs tournent en rond")
            vues.add(place)
            *ici, place = self._numeros(self._secteur(place))
            places += ici
        return places

    def _suivre(self, debut: int) -> bytes:
        return b"".join(map(self._secteur, _chaine(debut, self._table)))

    def _secteur(self, place: int) -> bytes:
        debut = (place + 1) * self._taille
        secteur = self._octets[debut : debut + self._taille]
        if not secteur:
            raise FeuilleRefusee("le fichier est coupé")
        return secteur

    @staticmethod
    def _numeros(octets: bytes) -> Sequence[int]:
        return struct.unpack(f"<{len(octets) // 4}I", octets[: len(octets) // 4 * 4])


def _chaine(place: int, table: Sequence[int]) -> list[int]:
    places: list[int] = []
    while place < _DERNIER:
        if len(places) >= len(table):
            raise FeuilleRefusee("le fichier est altéré : ses secteurs tournent en rond")
        places.append(place)
        place = table[place]
    return places


def _nom(entree: bytes) -> str:
    longueur = int.from_bytes(entree[64:66], "little")
    return entree[: max(0, min(longueur, 64) - 2)].decode("utf-16-le", "replace")
