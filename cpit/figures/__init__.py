"""Les figures de cpit : le seul code de dessin, pour la commande « figure », l’API, les pages et les classeurs.

Chaque dessin prend un résultat et rend une ``Figure`` : un SVG autonome, au texte en texte, sans ressource extérieure,
accompagné de son titre et de sa description. Mêmes données, mêmes octets.

Ajouter une figure, c’est un module de ce paquet et une ligne dans ``FIGURES`` ; il ne se charge qu’à l’usage. La
commande et l’API la dessinent, les pages et les classeurs la montrent sans qu’on les change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Any

PERSONNE, GROUPE, EQUIPE = "personne", "groupe", "equipe"
COMPARAISON, PARCOURS, EVOLUE = "comparaison", "parcours", "evolution"
"""Ce qu’une figure dessine, et de qui une page ou un classeur parle : une passation, une strate, une équipe ; deux
passations d’une personne, toutes les siennes, un groupe d’une strate à une autre."""


class AuClasseur(StrEnum):
    """Comment un classeur montre une figure."""

    IMAGE = "image"
    """En image, avec sa description : ce qui vaut pour toute figure sans autre forme dans un tableur."""
    GRAPHIQUE = "graphique"
    """En graphique natif, que le classeur trace lui-même de ses cellules."""
    TABLE = "table"
    """Par les nombres d’une de ses feuilles seulement."""


@dataclass(frozen=True, slots=True)
class FigureDeclaree:
    """Une figure : comment on la nomme, qui la dessine, et où elle se montre d’elle-même.

    ``cle`` : ce que l’on tape. ``titre`` : celui de sa partie dans une page ou un classeur. ``personne`` et
    ``groupe`` : « module:fonction », de la forme ``(restitution, style) -> Figure`` et ``(cohorte d’une strate,
    style) -> Figure`` ; absente si elle ne se dessine pas de l’une ou de l’autre. ``comparaison``, ``parcours``,
    ``evolution``, ``equipe`` : de même, d’une ``Comparaison``, d’un ``Parcours``, d’une ``Evolution`` et d’une
    ``EquipeLue``. ``pages`` : celles qui la montrent, parmi celles de qui elle se dessine. ``a_de_quoi`` : pour une
    figure dont les données sont facultatives, « module:fonction », de la forme ``(ce dont elle se dessine) -> bool``,
    qui dit s’il y en a.

    Une figure de groupe prend ses nombres dans ``cpit.coeur.groupe.portrait_montrable``, qui tait les petits.
    """

    cle: str
    titre: str
    personne: str | None = None
    groupe: str | None = None
    comparaison: str | None = None
    parcours: str | None = None
    evolution: str | None = None
    equipe: str | None = None
    pages: frozenset[str] = frozenset({PERSONNE, GROUPE})
    classeur: AuClasseur = AuClasseur.IMAGE
    a_de_quoi: str | None = None

    def se_montre(self, de: str, sujet: Any) -> bool:
        """Vrai si elle se dessine d’une personne, ou d’un groupe, et que celle-ci, ou celui-ci, a de quoi."""
        if not self.se_dessine(de):
            return False
        return self.a_de_quoi is None or bool(_fonction_nommee(self.a_de_quoi)(sujet))

    def se_dessine(self, de: str) -> bool:
        """Vrai si elle se dessine de cela."""
        return self._fonction(de) is not None

    def dessinateur(self, de: str) -> Callable[..., Any]:
        """La fonction qui la dessine d’une personne ou d’un groupe : ``(valeur, style) -> Figure``.

        :raises KeyError: si elle ne se dessine pas de l’une ou de l’autre.
        """
        nom = self._fonction(de)
        if nom is None:
            raise KeyError(de)
        return _fonction_nommee(nom)

    def _fonction(self, de: str) -> str | None:
        return {
            PERSONNE: self.personne,
            GROUPE: self.groupe,
            COMPARAISON: self.comparaison,
            PARCOURS: self.parcours,
            EVOLUE: self.evolution,
            EQUIPE: self.equipe,
        }[de]


def _fonction_nommee(nom: str) -> Callable[..., Any]:
    module, _, fonction = nom.partition(":")
    trouvee: Callable[..., Any] = getattr(import_module(module), fonction)
    return trouvee


FIGURES: dict[str, FigureDeclaree] = {
    declaree.cle: declaree
    for declaree in (
        FigureDeclaree(
            "carte",
            "La carte",
            personne="cpit.figures.carte:carte_personne",
            groupe="cpit.figures.carte:carte_groupe",
            comparaison="cpit.figures.carte:carte_comparaison",
            evolution="cpit.figures.carte:carte_evolution",
            equipe="cpit.figures.carte:carte_d_equipe",
            classeur=AuClasseur.GRAPHIQUE,
        ),
        FigureDeclaree(
            "radar",
            "Les compétences",
            personne="cpit.figures.radar:radar_personne",
            groupe="cpit.figures.radar:radar_groupe",
            pages=frozenset({PERSONNE}),
            classeur=AuClasseur.GRAPHIQUE,
        ),
        FigureDeclaree(
            "distribution",
            "Les compétences",
            groupe="cpit.figures.distribution:distribution_groupe",
            classeur=AuClasseur.TABLE,
        ),
        FigureDeclaree(
            "matrice",
            "Compétences × ingénieries",
            personne="cpit.figures.matrice:matrice_personne",
            groupe="cpit.figures.matrice:matrice_groupe",
            classeur=AuClasseur.TABLE,
        ),
        FigureDeclaree(
            "place",
            "La place des situations dans le poste",
            personne="cpit.figures.quadrant:place_personne",
            groupe="cpit.figures.quadrant:place_groupe",
            a_de_quoi="cpit.figures.quadrant:a_de_quoi",
        ),
        FigureDeclaree(
            "evolution",
            "Ce qui diffère d’une passation à l’autre",
            comparaison="cpit.figures.halteres:evolution_comparaison",
            evolution="cpit.figures.halteres:evolution_du_groupe",
        ),
        FigureDeclaree(
            "regards",
            "Soi et les tiers",
            parcours="cpit.figures.halteres:regards_parcours",
            evolution="cpit.figures.halteres:evolution_du_groupe",
            a_de_quoi="cpit.figures.halteres:a_des_regards",
        ),
        FigureDeclaree(
            "tension",
            "La tension entre groupes d’items",
            personne="cpit.figures.halteres:tension_personne",
            equipe="cpit.figures.halteres:tension_d_equipe",
            pages=frozenset(),
            classeur=AuClasseur.TABLE,
            a_de_quoi="cpit.figures.halteres:a_des_tensions",
        ),
    )
}
"""Clé d’une figure → sa déclaration, dans l’ordre où on les nomme et où une page les montre."""


def figures_de_page(de: str, sujet: Any) -> list[FigureDeclaree]:
    """Ce que la page d’une personne, ou celle d’un groupe, montre de ce sujet."""
    return [f for f in FIGURES.values() if de in f.pages and f.se_montre(de, sujet)]


def figures_en_image(de: str, sujet: Any) -> list[FigureDeclaree]:
    """Ce que le classeur d’une personne, ou celui d’un groupe, montre en image de ce sujet."""
    return [f for f in FIGURES.values() if f.classeur is AuClasseur.IMAGE and f.se_montre(de, sujet)]
