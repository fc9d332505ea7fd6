"""Les règles du moteur appliquées à des colonnes numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cpit.coeur.moteur import Bareme, noter_bareme, part, placer
from cpit.coeur.referentiel import Referentiel
from cpit.flux.grilles import Valeurs

SANS_POSITION = -1


@dataclass(frozen=True, slots=True)
class Scores:
    """Une échelle notée pour toutes les lignes ; ``valeur`` vaut zéro là où le score est absent."""

    valeur: NDArray[np.float64]
    presente: NDArray[np.bool_]
    repondus: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Notes:
    """Tous les scores, dans l’ordre des échelles du référentiel, et les positions.

    ``dominante`` : un bit par ingénierie qui domine, ``SANS_POSITION`` sans position (``x`` et ``y`` valent zéro).
    """

    scores: dict[str, Scores]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    dominante: NDArray[np.int64]


class Noteur:
    """Note des réponses codées."""

    def __init__(self, referentiel: Referentiel) -> None:
        self._referentiel = referentiel
        self._valeurs = Valeurs(referentiel)
        self._poles = [(i.position.x, i.position.y) for i in referentiel.ingenieries]

    def noter(self, codes: NDArray[np.uint16]) -> Notes:
        """Les notes de toutes les lignes ; ``codes`` a une ligne de tableau par item, dans l’ordre de la passation."""
        referentiel, valeurs = self._referentiel, self._valeurs
        items = referentiel.ordre_de_passation()
        droites, inverses = valeurs.droites, valeurs.inverses
        retenues = {
            item.code: (inverses if item.inverse else droites).take(ligne)
            for item, ligne in zip(items, codes, strict=True)
        }
        repondues = {item.code: valeurs.repondues.take(ligne) for item, ligne in zip(items, codes, strict=True)}
        seuil, n = referentiel.regles.seuil.valeur, codes.shape[1]
        scores = {
            identifiant: _scores(bareme, retenues, repondues, seuil, n)
            for identifiant, bareme in referentiel.baremes.items()
        }
        return Notes(scores, *self._placer([scores[i.identifiant] for i in referentiel.ingenieries]))

    def _placer(self, scores: list[Scores]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        echelle = self._referentiel.echelle
        parts = [part(score.valeur, echelle.min, echelle.max) for score in scores]
        seuil = self._referentiel.regles.seuil_equilibre.valeur
        place = placer(parts, self._poles, seuil, np.where)
        presente = place.presente
        for score in scores:
            presente = presente & score.presente
        dominante = np.zeros(len(presente), np.int64)
        for rang, domine in enumerate(place.dominent):
            dominante |= domine.astype(np.int64) << rang
        dominante[~presente] = SANS_POSITION
        return np.where(presente, place.x, 0.0), np.where(presente, place.y, 0.0), dominante


def _scores(bareme: Bareme, retenues: Any, repondues: Any, seuil: float, n: int) -> Scores:
    if not bareme.codes:
        return Scores(np.zeros(n), np.zeros(n, np.bool_), np.zeros(n, np.int64))
    note = noter_bareme(bareme, retenues, repondues, seuil, np.where)
    return Scores(np.where(note.presente, note.valeur, 0.0), note.presente, note.repondus)
