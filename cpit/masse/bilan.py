"""Ce que l’on garde d’une grande table une fois écrite : des comptes, des anomalies bornées, des statistiques."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from cpit.coeur.cohorte import Portrait, Statistique
from cpit.coeur.modele import Position, Referentiel
from cpit.masse.notes import SANS_POSITION, Notes

DISTINCTES_MAX = 1 << 16
"""Valeurs différentes comptées par échelle : 24 items de même poids en donnent moins de 2 000, des poids tous
différents peuvent en donner autant que de personnes."""


class _Distinctes:
    """Combien de fois chaque valeur est vue : un score n’en a que quelques centaines, la médiane est donc exacte."""

    def __init__(self) -> None:
        self._comptes: dict[float, int] | None = {}

    def ajouter(self, valeurs: NDArray[np.float64]) -> None:
        """Prend un paquet ; s’il y a trop de valeurs différentes, n’en garde plus aucune."""
        comptes = self._comptes
        if comptes is None:
            return
        triees = np.sort(valeurs)
        debuts = np.flatnonzero(np.concatenate(([True], triees[1:] != triees[:-1])))
        fois = np.diff(debuts, append=len(triees))
        for valeur, compte in zip(triees[debuts].tolist(), fois.tolist(), strict=True):
            comptes[valeur] = comptes.get(valeur, 0) + compte
        if len(comptes) > DISTINCTES_MAX:
            self._comptes = None

    def mediane(self) -> float | None:
        """La valeur du milieu, ou la moyenne des deux ; rien s’il y a eu trop de valeurs différentes."""
        if not self._comptes:
            return None
        n = sum(self._comptes.values())
        return self._de_rang(n // 2) if n % 2 else (self._de_rang(n // 2 - 1) + self._de_rang(n // 2)) / 2

    def _de_rang(self, rang: int) -> float:
        """La valeur de rang donné, à partir de 0, dans l’ordre croissant."""
        for valeur, compte in sorted((self._comptes or {}).items()):
            rang -= compte
            if rang < 0:
                return valeur
        raise IndexError(rang)


@dataclass(slots=True)
class _Cumul:
    """Moyenne et dispersion de nombres vus par paquets (Welford, réunis par la formule de Chan)."""

    n: int = 0
    moyenne: float = 0.0
    carres: float = 0.0
    minimum: float = 0.0
    maximum: float = 0.0
    distinctes: _Distinctes | None = None

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
        if self.distinctes is not None:
            self.distinctes.ajouter(valeurs)

    def statistique(self) -> Statistique:
        """Règle 6 ; sans médiane si les valeurs différentes sont trop nombreuses."""
        if not self.n:
            return Statistique(0)
        ecart_type = sqrt(self.carres / (self.n - 1)) if self.n > 1 else None
        moyenne = min(max(self.moyenne, self.minimum), self.maximum)
        mediane = self.distinctes.mediane() if self.distinctes is not None else None
        return Statistique(self.n, moyenne, ecart_type, mediane, self.minimum, self.maximum)


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
            cumul = strate.echelles.setdefault(identifiant, _Cumul(distinctes=_Distinctes()))
            cumul.ajouter(score.valeur[masque])
        places = notes.dominante != SANS_POSITION
        masque = places if dedans is None else places & dedans
        strate.x.ajouter(notes.x[masque])
        strate.y.ajouter(notes.y[masque])

    def portraits(self) -> dict[tuple[str, str], Portrait]:
        """Le portrait de chaque strate, sans matrice."""
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
