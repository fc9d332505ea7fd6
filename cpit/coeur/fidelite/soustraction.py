"""Les écarts à taire dans une étude : ceux qui, joints aux moyennes des strates, diraient le score d’une personne.

Une étude donne, échelle par échelle, la moyenne de chaque strate et celle de l’écart chez qui a répondu deux fois. Qui
n’a répondu qu’une fois se retrouve par soustraction : à t0 huit personnes, dont sept reviennent à t1 ; la somme de t0,
moins celle de t1, plus celle des écarts, est le score de la huitième. Trois moments s’enchaînent de même.

La règle est celle des études (``REGLE_DES_ETUDES``), exacte, et non un décompte : chaque somme publiée est une forme
linéaire des scores ; les personnes présentes aux mêmes endroits y ont les mêmes coefficients, et sont une **classe**.
Une combinaison de sommes qui dépend d’une à deux personnes s’annule sur toutes les classes, sauf une ou deux petites :
elle existe si, et seulement si, ôter celles-ci baisse le rang. On les essaie toutes.

Avec l’écart moyen se taisent l’écart-type des écarts et l’ICC, dont il se déduirait ; la corrélation, seule, reste.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cpit.coeur.combinaisons import se_lit_sur_moins_de
from cpit.coeur.fidelite.estimation import MONTRABLE, Matrice

Paire = tuple[int, int]
"""Deux strates, par leur rang : la première, la seconde."""


@dataclass(frozen=True)
class Presences:
    """Où sont les personnes d’une étude : une ligne par personne, une colonne par strate.

    ``rangs`` : la ligne de sa passation dans la strate, -1 si elle n’y est pas ; ``uniques`` : faux si elle y en a
    plusieurs, qui ne font alors aucune paire.
    """

    rangs: NDArray[np.int_]
    uniques: NDArray[np.bool_]

    def ecarts_a_taire(self, scores: Sequence[Matrice], paires: Sequence[Paire]) -> Iterator[bool]:
        """Pour chaque paire de strates, dans l’ordre, s’il faut taire l’écart moyen d’une échelle.

        :param scores: ceux de l’échelle dans chaque strate ; ``nan`` s’il est absent.
        """
        presents = np.column_stack([self._presents(rang, colonne) for rang, colonne in enumerate(scores)])
        strates = [rang for rang in range(len(scores)) if presents[:, rang].sum() >= MONTRABLE]
        classes = _compter(np.hstack([presents, self.uniques]), len(scores))
        montrees: list[Paire] = []
        for paire in paires:
            essai = [*montrees, paire]
            formes = {_inconnues(classe, strates, essai): 0 for classe in classes}
            for classe, personnes in classes.items():
                formes[_inconnues(classe, strates, essai)] += personnes
            tue = se_lit_sur_moins_de(MONTRABLE, formes)
            montrees = montrees if tue else essai
            yield tue

    def _presents(self, strate: int, scores: Matrice) -> NDArray[np.bool_]:
        rangs = self.rangs[:, strate]
        return np.asarray((rangs >= 0) & ~np.isnan(scores[rangs]))


_Classe = tuple[tuple[bool, ...], tuple[bool, ...]]
"""Les strates où l’on a un score, et celles où l’on n’a qu’une passation."""


def _compter(colonnes: NDArray[np.bool_], strates: int) -> Mapping[_Classe, int]:
    """Combien de personnes sont de chaque classe."""
    lignes, combien = np.unique(colonnes, axis=0, return_counts=True)
    return {
        (tuple(ligne[:strates].tolist()), tuple(ligne[strates:].tolist())): int(n)
        for ligne, n in zip(lignes, combien, strict=True)
    }


def _inconnues(classe: _Classe, strates: Sequence[int], paires: Sequence[Paire]) -> tuple[tuple[int, ...], ...]:
    """Les scores d’une personne : ce que chacun pèse dans la somme de chaque strate, puis de chaque écart."""
    presente, unique = classe
    formees = [p for p in paires if all(presente[rang] and unique[rang] for rang in p)]
    return tuple(
        tuple(
            [int(rang == une) for une in strates] + [(p in formees) * ((rang == p[1]) - (rang == p[0])) for p in paires]
        )
        for rang, la in enumerate(presente)
        if la
    )
