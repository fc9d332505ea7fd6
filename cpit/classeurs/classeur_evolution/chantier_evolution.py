"""Ce que les feuilles de l’évolution d’un groupe se partagent : les passations, et où chacune est écrite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cpit.classeurs.classeur_personne.chantier import FEUILLE_REPONSES, ChantierAFormules
from cpit.coeur.comparaison import ordre_du_parcours
from cpit.coeur.evolution import Evolution
from cpit.coeur.groupe import MesureDeGroupe
from cpit.coeur.passation import Passation, replier_code
from cpit.coeur.referentiel import Item, Referentiel
from cpit.tableur.document import plage

FEUILLE_PERSONNES = "Personnes"
FEUILLE_POIDS = "Poids des items"
CONTEXTE_ECRIT = (("Code", 14), ("Moment", 16), ("Regard", 9), ("Tiers", 14), ("Rôle", 13), ("Date", 12))
"""Les premières colonnes de « Réponses » : ce qui distingue une passation, et la largeur de chacune."""
PREMIERE_PASSATION = 6
"""La ligne de la première passation, dans « Réponses »."""


@dataclass(frozen=True, slots=True)
class ChantierEvolution(ChantierAFormules):
    """Le classeur de l’évolution d’un groupe en cours d’écriture.

    ``lignes`` : la ligne de chaque passation dans « Réponses », par son identité en mémoire : deux tiers sans code
    peuvent avoir tout pareil. ``items``, ``mesures`` : dans l’ordre de leurs colonnes et de leurs lignes, faits
    une fois pour tout le classeur.
    """

    evolutions: tuple[Evolution, ...]
    passations: tuple[Passation, ...]
    lignes: Mapping[int, int]
    items: tuple[Item, ...]
    mesures: tuple[MesureDeGroupe, ...]

    @property
    def referentiel(self) -> Referentiel:
        """Celui qui note."""
        return self.evolutions[0].referentiel

    def retenues(self, passation: Passation) -> str:
        """La plage des valeurs retenues d’une passation, dans « Réponses »."""
        ligne, debut = self.lignes[id(passation)], len(CONTEXTE_ECRIT) + len(self.items)
        return plage((ligne, debut), (ligne, debut + len(self.items) - 1), FEUILLE_REPONSES)

    def nom_des_poids(self, identifiant: str) -> str:
        """Le nom de la plage où sont les poids des items d’une échelle, zéro pour ceux qui n’y comptent pas."""
        # Un identifiant d’échelle (« C1 ») n’est pas toujours un nom qu’un tableur admette : son rang l’est.
        return f"poids_de_l_echelle_{list(self.referentiel.echelles).index(identifiant) + 1}"


def ranger_les_passations(evolutions: Sequence[Evolution]) -> tuple[tuple[Passation, ...], dict[int, int]]:
    """Toutes les passations comparées, une fois chacune, personne par personne, et la ligne de chacune."""
    toutes = {
        id(une): une
        for evolution in evolutions
        for personne in evolution.personnes
        for deux in personne.passations
        for une in deux
    }
    rangees = sorted(toutes.values(), key=lambda une: (replier_code(une.identifiant), ordre_du_parcours(une)))
    return tuple(rangees), {id(une): ligne for ligne, une in enumerate(rangees, start=PREMIERE_PASSATION)}
