"""Une strate en matrices : réponses choisies, réponses retenues (items inverses renversés), scores des échelles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cpit.coeur import moteur
from cpit.coeur.cohorte import Cohorte
from cpit.coeur.modele import Item, Referentiel
from cpit.coeur.passation import Etat
from cpit.coeur.psychometrie.estimation import Matrice


@dataclass(frozen=True)
class Matrices:
    """Les réponses d’une strate ; une ligne par passation, dans l’ordre de lecture.

    ``choisies`` : niveau tel que choisi, ``nan`` sinon ; ``retenues`` : le même, renversé sur l’étendue déclarée si
    l’item est inverse ; ``sans_objet`` : vrai pour SO ; ``scores`` : par identifiant d’échelle, ``nan`` si absent.
    """

    items: tuple[Item, ...]
    choisies: Matrice
    retenues: Matrice
    sans_objet: NDArray[np.bool_]
    scores: Mapping[str, Matrice]

    def completes(self, items: Sequence[Item]) -> Matrice:
        """Les réponses retenues à ces items, pour les seules passations qui ont répondu à tous."""
        rangs = {item.code: rang for rang, item in enumerate(self.items)}
        colonnes = self.retenues[:, [rangs[item.code] for item in items]]
        return np.asarray(colonnes[~np.isnan(colonnes).any(axis=1)])


def mettre_en_matrices(strate: Cohorte) -> Matrices:
    """Les matrices d’une strate."""
    referentiel = strate.referentiel
    items = referentiel.ordre_de_passation()
    codes = [item.code for item in items]
    choisies = np.full((len(strate.notees), len(items)), np.nan)
    sans_objet = np.zeros(choisies.shape, np.bool_)
    for ligne, notee in enumerate(strate.notees):
        reponses = [notee.passation.reponse(code) for code in codes]
        choisies[ligne] = [np.nan if r.valeur is None else r.valeur for r in reponses]
        sans_objet[ligne] = [r.etat is Etat.SANS_OBJET for r in reponses]
    return Matrices(items, choisies, _retenues(referentiel, items, choisies), sans_objet, _scores(strate))


def _retenues(referentiel: Referentiel, items: Sequence[Item], choisies: Matrice) -> Matrice:
    bornes = referentiel.echelle
    retenues = choisies.copy()
    for rang, item in enumerate(items):
        retenues[:, rang] = moteur.retenir(choisies[:, rang], bornes.min, bornes.max, inverse=item.inverse)
    return retenues


def _scores(strate: Cohorte) -> dict[str, Matrice]:
    """Les scores de la règle 1, tels que le moteur les a calculés."""
    resultats = [notee.resultat for notee in strate.notees]
    return {
        code: np.array([np.nan if (v := r.score(code).valeur) is None else v for r in resultats], np.float64)
        for code in strate.referentiel.echelles
    }
