"""Ce que les feuilles se partagent pendant l’écriture : le classeur, les styles, la restitution, les noms."""

from __future__ import annotations

from dataclasses import dataclass

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from cpit.coeur.mots.restitution import Restitution
from cpit.coeur.referentiel import Item, Referentiel
from cpit.tableur.document import Styles

FEUILLE_SYNTHESE = "Synthèse"
FEUILLE_REPONSES = "Réponses"
FEUILLE_CALCUL = "Calcul"
FEUILLE_REFERENTIEL = "Référentiel"
FEUILLE_A_PROPOS = "À propos"
FEUILLES_PERSONNE = (FEUILLE_SYNTHESE, FEUILLE_REPONSES, FEUILLE_CALCUL, FEUILLE_REFERENTIEL, FEUILLE_A_PROPOS)


def nom_des_ancres(referentiel: Referentiel, item: Item) -> str:
    """Le nom de la plage où sont les mots des niveaux d’un item, vide s’il a ceux de l’échelle."""
    # Un code d’item (« A-1 », « R1C1 ») n’est pas toujours un nom qu’un tableur admette : son rang l’est.
    return f"ancres_de_l_item_{referentiel.items.index(item) + 1}" if item.niveaux else ""


@dataclass(frozen=True, slots=True)
class ChantierAFormules:
    """Un classeur en cours d’écriture, dont les formules s’appuient sur les noms que chaque feuille définit."""

    classeur: Workbook
    styles: Styles

    def feuille(self, nom: str) -> Worksheet:
        """Une feuille par son nom."""
        feuille: Worksheet = self.classeur.get_worksheet_by_name(nom)
        return feuille

    def nommer(self, nom: str, zone: str) -> None:
        """Donne un nom à une cellule ou à une plage, pour que les formules se lisent."""
        self.classeur.define_name(nom, f"={zone}")


@dataclass(frozen=True, slots=True)
class ChantierPersonne(ChantierAFormules):
    """Le classeur d’une personne en cours d’écriture.

    ``date`` est celle de l’écriture, en ISO 8601. Les formules de Calcul et de Synthèse s’appuient sur les noms
    définis par chaque feuille : ``niveaux``, ``seuil``, ``pole_x``, ``poids``, ``retenues``, ``parts``…
    """

    restitution: Restitution
    date: str
