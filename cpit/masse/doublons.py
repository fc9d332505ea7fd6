"""Les personnes vues deux fois : une empreinte de 64 bits par ligne, puis un second passage s’il y a de quoi.

Huit octets par passation : 80 Mo pour dix millions. Au-delà de ``EMPREINTES_MAX``, on cesse de chercher et on le dit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from cpit.erreurs import Anomalie, Lieu, anomalie
from cpit.formats.lignes import DETAIL_MAX
from cpit.masse.contextes import Contextes
from cpit.masse.lecture import Lot

EMPREINTES_MAX = 100_000_000
RETENUES_MAX = 500_000
"""Passations retenues au second passage ; au-delà, les doubles sont comptés sans être situés."""

_Empreintes = NDArray[np.uint64]
_IMPAIR = np.uint64(0x9E3779B97F4A7C15)


class Doublons:
    """Cherche les passations de mêmes identifiant, moment et regard, dans toutes les tables."""

    def __init__(self, contextes: Contextes) -> None:
        self._contextes = contextes
        self._paquets: list[_Empreintes] = []
        self._nombre = 0

    @property
    def complet(self) -> bool:
        """Faux s’il y a trop de passations pour les avoir toutes comparées."""
        return self._nombre <= EMPREINTES_MAX

    def ajouter(self, lot: Lot) -> None:
        """Prend un lot."""
        self._nombre += len(lot.lignes)
        if self.complet:
            empreintes = self._empreintes(lot)
            self._paquets.append(empreintes[empreintes != 0])

    def suspectes(self) -> tuple[_Empreintes, int]:
        """Les empreintes vues plusieurs fois, et le nombre de passations en trop."""
        if not self._paquets:
            return np.zeros(0, np.uint64), 0
        toutes = np.concatenate(self._paquets)
        self._paquets.clear()
        toutes.sort()
        repetees = toutes[1:][toutes[1:] == toutes[:-1]]
        return np.unique(repetees), len(repetees)

    def situer(self, lots: Iterable[tuple[str, Lot]], suspectes: _Empreintes, nombre: int) -> Iterator[Anomalie]:
        """Un avertissement par double, situé, et le compte de ceux qui ne le sont pas.

        :param lots: toutes les tables, relues, chacun avec le nom de son fichier.
        """
        vues: dict[tuple[bytes, str, str], Lieu] = {}
        situes = 0
        for source, lot in lots:
            strates = self._contextes.strates_de(lot.contextes)
            for indice in np.flatnonzero(np.isin(self._empreintes(lot), suspectes)).tolist():
                moment, regard = self._contextes.strates[int(strates[indice])]
                cle = (lot.identites[indice], moment, regard)
                lieu = Lieu(source, int(lot.lignes[indice]))
                if cle in vues and situes < DETAIL_MAX:
                    situes += 1
                    mots = {"code": cle[0].decode(), "moment": moment, "regard": regard, "deja": str(vues[cle])}
                    yield anomalie("passation-en-double", lieu, **mots)
                elif len(vues) < RETENUES_MAX:
                    vues.setdefault(cle, lieu)
            if situes >= DETAIL_MAX:
                break
        if nombre > DETAIL_MAX:
            yield anomalie("avertissements-en-nombre", nombre=nombre - situes)

    def _empreintes(self, lot: Lot) -> _Empreintes:
        """L’empreinte de chaque ligne, zéro si elle ne porte pas d’identifiant."""
        strates = self._contextes.strates_de(lot.contextes).view(np.uint64)
        codes = np.fromiter(map(hash, lot.identites), np.int64, len(lot.identites)).view(np.uint64)
        empreintes: _Empreintes = (codes + strates) * _IMPAIR
        return empreintes * np.fromiter(map(bool, lot.identites), np.bool_, len(lot.identites))
