"""Ce qui s’écrit : des morceaux de ligne CSV en octets, chacun rédigé une seule fois tant qu’on s’en souvient."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cpit.coeur.tableaux import Cellule
from cpit.formats.cohorte_csv import Dialecte, cellule_csv

PLACES = 1 << 18
"""Textes retenus par une mémoire."""
_MELANGE = 0x9E3779B97F4A7C15 - (1 << 64)
"""Le nombre d’or sur 64 bits : disperse des clés voisines."""

_JAMAIS = -(1 << 63)
"""Clé d’une place vide ; en flottant c’est −0,0, que le calcul ne rend jamais."""


def morceau(cellules: Sequence[Cellule], forme: Dialecte) -> bytes:
    """Des cellules voisines, comme l’écrivain ordinaire les écrit dans une ligne plus longue, sans fin de ligne.

    Une première ou une dernière cellule vide donne un séparateur au bord.
    """
    texte = io.StringIO()
    ecrivain = csv.writer(texte, delimiter=forme.separateur, lineterminator="")
    # Une ligne d’une seule cellule vide s’écrirait « "" » : une cellule de plus, ôtée ensuite.
    ecrivain.writerow([*(cellule_csv(cellule, forme.decimale) for cellule in cellules), "-"])
    return texte.getvalue()[:-2].encode()


class Memoire:
    """Le texte de clés entières déjà vues ; une table à places fixes, où la dernière venue chasse l’autre."""

    def __init__(self, cles: int, rediger: Callable[..., bytes]) -> None:
        self._cles = [np.full(PLACES, _JAMAIS, np.int64) for _ in range(cles)]
        self._textes: NDArray[np.object_] = np.full(PLACES, None, np.object_)
        self._rediger = rediger

    def textes(self, *cles: NDArray[Any]) -> NDArray[np.object_]:
        """Le texte de chaque ligne, d’après ses clés (entiers de 64 bits, ou flottants).

        ``rediger`` reçoit une valeur par clé, telle qu’elle a été donnée.
        """
        entieres = [np.ascontiguousarray(cle).view(np.int64) for cle in cles]
        place = np.zeros(len(entieres[0]), np.int64)
        for entiere in entieres:
            place = (place ^ entiere ^ (entiere >> 29)) * _MELANGE
        place = (place >> 40) & (PLACES - 1)
        textes: NDArray[np.object_] = self._textes.take(place)
        connues = np.ones(len(place), np.bool_)
        for entiere, retenues in zip(entieres, self._cles, strict=True):
            connues &= retenues.take(place) == entiere
        manquantes = np.flatnonzero(~connues)
        if manquantes.size:
            textes[manquantes] = self._rediger_celles(manquantes, place, cles, entieres)
        return textes

    def _rediger_celles(
        self,
        lignes: NDArray[np.int64],
        place: NDArray[np.int64],
        cles: Sequence[NDArray[Any]],
        entieres: Sequence[NDArray[np.int64]],
    ) -> NDArray[np.object_]:
        neufs: dict[tuple[Any, ...], bytes] = {}
        textes = np.empty(len(lignes), np.object_)
        valeurs = zip(*(cle[lignes].tolist() for cle in cles), strict=True)
        for rang, une in enumerate(valeurs):
            texte = neufs.get(une)
            if texte is None:
                texte = neufs[une] = self._rediger(*une)
            textes[rang] = texte
        places, rangs = np.unique(place[lignes], return_index=True)
        self._textes[places] = textes[rangs]
        for retenues, entiere in zip(self._cles, entieres, strict=True):
            retenues[places] = entiere[lignes[rangs]]
        return textes
