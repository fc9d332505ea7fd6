"""Ce que l’on garde d’une grande table une fois écrite : des comptes, des anomalies bornées, des statistiques."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cpit.coeur.groupe import Cumul, Portrait
from cpit.coeur.modele import Position, Referentiel
from cpit.masse.notes import SANS_POSITION, Notes

DISTINCTES_MAX = 1 << 16
"""Valeurs différentes comptées par échelle : 24 items de même poids en donnent moins de 2 000, des poids tous
différents peuvent en donner autant que de personnes."""


@dataclass(slots=True)
class _Strate:
    effectif: int = 0
    echelles: dict[str, Cumul] = field(default_factory=dict)
    x: Cumul = field(default_factory=lambda: Cumul(DISTINCTES_MAX))
    y: Cumul = field(default_factory=lambda: Cumul(DISTINCTES_MAX))


class Statistiques:
    """Les portraits des strates (moment, regard), tenus à jour lot après lot."""

    def __init__(self, referentiel: Referentiel) -> None:
        self._referentiel = referentiel
        self._strates: dict[tuple[str, str], _Strate] = {}

    def ajouter(self, notes: Notes, strates: NDArray[np.int64], noms: list[tuple[str, str]]) -> None:
        """Prend un lot noté ; ``strates`` : le numéro, dans ``noms``, du moment et du regard de chaque ligne."""
        presentes = np.flatnonzero(np.bincount(strates)).tolist()
        for numero in presentes:
            dedans = strates == numero if len(presentes) > 1 else None
            self._prendre(self._strates.setdefault(noms[numero], _Strate()), notes, dedans)

    def _prendre(self, strate: _Strate, notes: Notes, dedans: NDArray[np.bool_] | None) -> None:
        strate.effectif += len(notes.x) if dedans is None else int(dedans.sum())
        for identifiant, score in notes.scores.items():
            masque = score.presente if dedans is None else score.presente & dedans
            cumul = strate.echelles.setdefault(identifiant, Cumul(DISTINCTES_MAX))
            cumul.ajouter_des_comptes(_compter(score.valeur[masque]))
        places = notes.dominante != SANS_POSITION
        masque = places if dedans is None else places & dedans
        strate.x.ajouter_des_comptes(_compter(notes.x[masque]))
        strate.y.ajouter_des_comptes(_compter(notes.y[masque]))

    def portraits(self) -> dict[tuple[str, str], Portrait]:
        """Le portrait de chaque strate, sans matrice."""
        return {cle: self._portrait(self._strates[cle]) for cle in sorted(self._strates)}

    def _portrait(self, strate: _Strate) -> Portrait:
        vide, x, y = Cumul(DISTINCTES_MAX), strate.x.statistique(), strate.y.statistique()
        return Portrait(
            effectif=strate.effectif,
            echelles={code: strate.echelles.get(code, vide).statistique() for code in self._referentiel.echelles},
            matrice={},
            position=None if x.moyenne is None or y.moyenne is None else Position(x.moyenne, y.moyenne),
            positions=x.n,
        )


def _compter(valeurs: NDArray[np.float64]) -> dict[float, int]:
    """Combien de fois chaque valeur est là."""
    distinctes, fois = np.unique(valeurs, return_counts=True)
    return dict(zip(distinctes.tolist(), fois.tolist(), strict=True))
