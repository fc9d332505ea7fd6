"""La feuille « Calcul » : chaque nombre refait par une formule, à côté de celui de cpit, et leur écart."""

from __future__ import annotations

from dataclasses import dataclass

from cpit.formats.classeur.chantier import Chantier
from cpit.formats.classeur.donnees_graphiques import ReperesGraphiques, ecrire_donnees
from cpit.formats.classeur.page_calcul import fermer, ouvrir
from cpit.formats.classeur.positions import ecrire_dominante, ecrire_parts, ecrire_positions
from cpit.formats.classeur.referentiel import ReperesReferentiel
from cpit.formats.classeur.scores import ecrire_cases, ecrire_scores


@dataclass(frozen=True, slots=True)
class ReperesCalcul:
    """Où sont les nombres que la synthèse reprend (lignes de « Calcul », à partir de 0).

    ``scores`` : ligne de chaque échelle ; ``position`` : ligne du x de la personne, suivie de y et de la distance ;
    ``dominante`` : première ligne, une par ingénierie.
    """

    scores: dict[str, int]
    position: int
    dominante: int
    graphiques: ReperesGraphiques


def ecrire(chantier: Chantier, reperes: ReperesReferentiel) -> ReperesCalcul:
    """Écrit la feuille et rend l’adresse de ce que la synthèse montre."""
    page = ouvrir(chantier)
    scores = ecrire_scores(page)
    cases = ecrire_cases(page)
    ecrire_parts(page, scores)
    positions = ecrire_positions(page, cases, reperes)
    dominante = ecrire_dominante(page, positions[""])
    fermer(page)
    graphiques = ecrire_donnees(chantier, scores, positions)
    return ReperesCalcul(scores, positions[""], dominante, graphiques)
