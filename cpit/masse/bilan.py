"""Ce que l’on garde d’une grande table une fois écrite : des comptes, des anomalies bornées, des statistiques."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from cpit.coeur.cohorte import Portrait, Statistique
from cpit.coeur.modele import Position, Referentiel
from cpit.masse.notes import SANS_POSITION, Notes


@dataclass(slots=True)
class _Cumul:
    """Moyenne et dispersion de nombres vus par paquets (Welford, réunis par la formule de Chan)."""

    n: int = 0
    moyenne: float = 0.0
    carres: float = 0.0
    minimum: float = 0.0
    maximum: float = 0.0

    def ajouter(self, valeurs: NDArray[np.float64]) -> None:
        """Prend un paquet."""
        n = len(valeurs)
        if not n:
            return
        moyenne, bas, haut = float(valeurs.mean()), float(valeurs.min()), float(valeurs.max())
        ecarts = valeurs - moyenne
        ecart, total = moyenne - self.moyenne, self.n + n
        self.carres += float(ecarts @ ecarts) + ecart * ecart * self.n * n / total
        self.minimum = min(self.minimum, bas) if self.n else bas
        self.maximum = max(self.maximum, haut) if self.n else haut
        self.moyenne += ecart * n / total
        self.n = total

    def statistique(self) -> Statistique:
        """Règle 6, sans médiane : elle demanderait de garder tous les scores."""
        if not self.n:
            return Statistique(0)
        ecart_type = sqrt(self.carres / (self.n - 1)) if self.n > 1 else None
        moyenne = min(max(self.moyenne, self.minimum), self.maximum)
        return Statistique(self.n, moyenne, ecart_type, None, self.minimum, self.maximum)


@dataclass(slots=True)
class _Strate:
    effectif: int = 0
    echelles: dict[str, _Cumul] = field(default_factory=dict)
    x: _Cumul = field(default_factory=_Cumul)
    y: _Cumul = field(default_factory=_Cumul)


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
            strate.echelles.setdefault(identifiant, _Cumul()).ajouter(score.valeur[masque])
        places = notes.dominante != SANS_POSITION
        masque = places if dedans is None else places & dedans
        strate.x.ajouter(notes.x[masque])
        strate.y.ajouter(notes.y[masque])

    def portraits(self) -> dict[tuple[str, str], Portrait]:
        """Le portrait de chaque strate, sans médiane ni matrice."""
        return {cle: self._portrait(self._strates[cle]) for cle in sorted(self._strates)}

    def _portrait(self, strate: _Strate) -> Portrait:
        vide = _Cumul()
        return Portrait(
            effectif=strate.effectif,
            echelles={code: strate.echelles.get(code, vide).statistique() for code in self._referentiel.echelles},
            matrice={},
            position=Position(strate.x.moyenne, strate.y.moyenne) if strate.x.n else None,
            positions=strate.x.n,
        )
