"""Les paires qu’un classeur montre, et la colonne de réponses de chacun de leurs côtés."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cpit.classeurs.classeur_personne.chantier import ChantierAFormules
from cpit.coeur.comparaison import Comparaison, ComparaisonItem, Cote, Parcours, SortePaire
from cpit.coeur.mots.lecture_comparaison import nommer_et_dater_le_cote, sont_deux_regards
from cpit.coeur.notation import valeur_retenue
from cpit.coeur.passation import Etat, IdentiteReferentiel, Passation
from cpit.coeur.referentiel import Referentiel
from cpit.coeur.tableaux import CODE_SANS_OBJET, valeur_affichee
from cpit.typographie import typographier

FEUILLE_EVOLUTION = "Évolution"
FEUILLE_REGARDS = "Regards"
AUTRE_QUESTION = "autre question"
"""Ce que porte une case dont la question n’était pas la même : un texte, qu’aucune formule ne compte."""


@dataclass(frozen=True, slots=True)
class ColonneDeReponses:
    """Les réponses d’un côté, par code d’item : telles qu’on les a données, puis en valeurs retenues.

    ``nom`` : celui de la plage de ses valeurs retenues, dans les formules.
    """

    nom: str
    cote: Cote
    referentiel: Referentiel
    reponses: Mapping[str, int | str | None]
    retenues: Mapping[str, int | None]

    @property
    def titre(self) -> str:
        """« T0, un tiers (14/09/2026) »."""
        return typographier(nommer_et_dater_le_cote(self.cote, self.referentiel))


@dataclass(frozen=True, slots=True)
class PaireAEcrire:
    """Une comparaison, à quel titre elle l’est, et les colonnes de réponses de ses deux côtés."""

    comparaison: Comparaison
    sorte: SortePaire | None
    de: ColonneDeReponses
    a: ColonneDeReponses

    @property
    def feuille(self) -> str:
        """La feuille où elle s’écrit : deux regards d’un même moment, ou deux moments."""
        return FEUILLE_REGARDS if sont_deux_regards(self.comparaison) else FEUILLE_EVOLUTION


@dataclass(frozen=True, slots=True)
class ChantierComparaison(ChantierAFormules):
    """Le classeur d’une comparaison en cours d’écriture."""

    comparaison: Comparaison
    parcours: Parcours
    paires: tuple[PaireAEcrire, ...]

    @property
    def referentiel(self) -> Referentiel:
        """Celui qui note."""
        return self.parcours.referentiel

    def colonnes(self) -> tuple[ColonneDeReponses, ...]:
        """Les colonnes de réponses, une par passation : de deux, la première d’abord ; de plus, dans leur ordre."""
        toutes = {une.nom: une for paire in self.paires for une in (paire.de, paire.a)}.values()
        etapes = self.parcours.etapes
        if len(etapes) == 2:
            return tuple(toutes)
        return tuple(sorted(toutes, key=lambda une: etapes.index(une.cote) if une.cote in etapes else len(etapes)))


def ranger_les_paires(
    comparaison: Comparaison, parcours: Parcours, passations: Sequence[Passation]
) -> tuple[PaireAEcrire, ...]:
    """La comparaison demandée, puis les autres du parcours ; une passation n’a qu’une colonne, dans toutes ses paires.

    :param passations: celles qui se montrent une à une ; elles disent ce qui, d’un côté sans valeur, est sans objet.
    """
    sortes = [(paire.sorte, paire.comparaison) for paire in parcours.paires]
    voulues = [(next((sorte for sorte, une in sortes if une == comparaison), None), comparaison)]
    if len(parcours.etapes) > 2:
        voulues += [(sorte, une) for sorte, une in sortes if une != comparaison]
    connues: list[tuple[Cote, dict[str, int | None]]] = []
    colonnes: list[ColonneDeReponses] = []
    paires = []
    for sorte, une in voulues:
        rangs: list[int] = []
        for cote in (
            (une.de, {code: item.de for code, item in une.items.items()}),
            (une.a, {code: item.a for code, item in une.items.items()}),
        ):
            rang = next((r for r, connue in enumerate(connues) if connue == cote and r not in rangs), len(connues))
            if rang == len(connues):
                connues.append(cote)
                colonnes.append(_colonne(rang + 1, une, *cote, passations))
            rangs.append(rang)
        paires.append(PaireAEcrire(une, sorte, colonnes[rangs[0]], colonnes[rangs[1]]))
    return tuple(paires)


def _colonne(
    numero: int, une: Comparaison, cote: Cote, retenues: Mapping[str, int | None], passations: Sequence[Passation]
) -> ColonneDeReponses:
    echelle = une.referentiel.echelle
    # Inverser deux fois rend la réponse donnée.
    donnees = {
        code: None if valeur is None else valeur_retenue(une.items[code].item, valeur, echelle.min, echelle.max)
        for code, valeur in retenues.items()
    }
    passation = next((p for p in passations if Cote.depuis(p) == cote and _a_repondu(p, donnees)), None)
    reponses = {
        code: _sans_valeur(item, une.referentiel, passation) if donnees[code] is None else donnees[code]
        for code, item in une.items.items()
    }
    return ColonneDeReponses(f"retenues_{numero}", cote, une.referentiel, reponses, retenues)


def _a_repondu(passation: Passation, donnees: Mapping[str, int | None]) -> bool:
    valeurs = passation.valeurs()
    return all(valeur is None or valeurs.get(code) == valeur for code, valeur in donnees.items())


def _sans_valeur(item: ComparaisonItem, referentiel: Referentiel, passation: Passation | None) -> str | None:
    """Ce que porte la case d’un côté sans valeur : « SO », « autre question », ou rien."""
    code = item.item.code
    ailleurs = passation is None or passation.referentiel != IdentiteReferentiel.depuis(referentiel)
    if item.motif == "question-changee" and ailleurs:
        return AUTRE_QUESTION
    if passation is None:
        return CODE_SANS_OBJET if item.motif == "sans-objet" else None
    reponse = passation.reponse(code)
    return AUTRE_QUESTION if reponse.etat is Etat.QUESTION_CHANGEE else _texte(valeur_affichee(reponse))


def _texte(affichee: int | str | None) -> str | None:
    return affichee if isinstance(affichee, str) else None
