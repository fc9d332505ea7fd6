"""Le moteur de notation : des réponses aux scores, à la matrice et à la position (règles 1 à 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cpit.coeur import moteur
from cpit.coeur.modele import Item, Position, Referentiel
from cpit.coeur.position import MotifPosition, Situation, situer

MotifScore = Literal["aucun-item", "aucune-reponse", "sous-le-seuil"]


@dataclass(frozen=True, slots=True)
class Score:
    """Score d’une échelle, dans l’unité de l’échelle de réponse ; ``valeur`` absente, ``motif`` dit pourquoi."""

    valeur: float | None
    repondus: int
    items: int
    motif: MotifScore | None = None


@dataclass(frozen=True, slots=True)
class Resultat:
    """Tout ce que cpit calcule d’une passation, en pleine précision.

    ``matrice`` va de la compétence à l’ingénierie. ``situations_competences`` place chaque compétence sur la
    carte : la règle 3 appliquée à sa ligne de la matrice, les cases tenant lieu d’ingénieries.
    """

    competences: Mapping[str, Score]
    ingenieries: Mapping[str, Score]
    regroupements: Mapping[str, Mapping[str, Score]]
    matrice: Mapping[str, Mapping[str, Score]]
    situation: Situation
    situations_competences: Mapping[str, Situation]

    def score(self, identifiant: str) -> Score:
        """Score d’une échelle par son identifiant.

        :raises KeyError: si aucune échelle ne porte cet identifiant.
        """
        for scores in (self.competences, self.ingenieries, *self.regroupements.values()):
            if identifiant in scores:
                return scores[identifiant]
        raise KeyError(identifiant)


def valeur_retenue(item: Item, valeur: int, minimum: int, maximum: int) -> int:
    """Valeur qui entre dans le calcul : ``minimum + maximum - valeur`` pour un item inverse.

    Les bornes sont celles de l’échelle déclarée, jamais celles observées dans les réponses.
    """
    retenue: int = moteur.retenir(valeur, minimum, maximum, inverse=item.inverse)
    return retenue


def noter_echelle(items: Sequence[Item], retenues: Mapping[str, int], seuil: float) -> Score:
    """Règle 1 : moyenne des valeurs retenues pondérée sur les items répondus.

    Avec W la somme des poids de tous les items et R celle des items répondus, le score vaut
    Σ w·v / R si R ≥ seuil · W, sinon il est absent (règle de la moitié, usuelle : manuel de cotation QLQ-C30).

    :param retenues: valeur retenue par code d’item ; un code absent est un item sans valeur.
    """
    return _noter_bareme(moteur.Bareme.pour(items), retenues, seuil)


def _noter_bareme(bareme: moteur.Bareme, retenues: Mapping[str, int], seuil: float) -> Score:
    items = len(bareme.codes)
    repondus = {code: int(code in retenues) for code in bareme.codes}
    valeurs = {code: float(retenues.get(code, 0)) for code in bareme.codes}
    if 1 not in repondus.values():
        return Score(None, 0, items, "aucune-reponse" if items else "aucun-item")
    note = moteur.noter_bareme(bareme, valeurs, repondus, seuil, moteur.choisir_un)
    if note.presente:
        return Score(note.valeur, note.repondus, items)
    return Score(None, note.repondus, items, "sous-le-seuil")


def noter(referentiel: Referentiel, valeurs: Mapping[str, int]) -> Resultat:
    """Note une passation.

    :param valeurs: valeur de l’échelle par code d’item répondu ; « sans objet » et « sans réponse » n’y sont pas.
    :raises ValueError: si un code est inconnu ou une valeur hors des niveaux (l’appelant a mal filtré).
    """
    retenues = _retenues(referentiel, valeurs)
    seuil = referentiel.regles.seuil.valeur
    scores = {
        identifiant: _noter_bareme(bareme, retenues, seuil) for identifiant, bareme in referentiel.baremes.items()
    }
    ingenieries = {i.identifiant: scores[i.identifiant] for i in referentiel.ingenieries}
    matrice = _matrice(referentiel, retenues)
    return Resultat(
        competences={c.identifiant: scores[c.identifiant] for c in referentiel.competences},
        ingenieries=ingenieries,
        regroupements={
            r.identifiant: {g.identifiant: scores[g.identifiant] for g in r.groupes} for r in referentiel.regroupements
        },
        matrice=matrice,
        situation=situer_scores(referentiel, ingenieries),
        situations_competences={competence: situer_scores(referentiel, cases) for competence, cases in matrice.items()},
    )


def parts(referentiel: Referentiel, scores: Mapping[str, Score]) -> dict[str, float | None]:
    """Règle 2 : part de chaque ingénierie, (s - min) / (max - min), absente si le score l’est."""
    echelle = referentiel.echelle
    etendue = echelle.max - echelle.min
    return {
        identifiant: None if score.valeur is None else (score.valeur - echelle.min) / etendue
        for identifiant, score in scores.items()
    }


def situer_scores(
    referentiel: Referentiel, scores: Mapping[str, Score], poles: Mapping[str, Position] | None = None
) -> Situation:
    """Règles 2 à 4 pour des scores par ingénierie (ceux de la personne, ou les cases d’une compétence).

    :param poles: autres coordonnées des ingénieries, pour une analyse de sensibilité.
    """
    coordonnees = poles or {i.identifiant: i.position for i in referentiel.ingenieries}
    return situer(parts(referentiel, scores), coordonnees, referentiel.regles.seuil_equilibre.valeur)


def _retenues(referentiel: Referentiel, valeurs: Mapping[str, int]) -> dict[str, int]:
    echelle = referentiel.echelle
    retenues = {}
    for code, valeur in valeurs.items():
        item = referentiel.items_par_code.get(code)
        if item is None or valeur not in echelle.par_valeur:
            raise ValueError(f"réponse impossible à noter : {code} = {valeur}")
        retenues[code] = valeur_retenue(item, valeur, echelle.min, echelle.max)
    return retenues


def _matrice(referentiel: Referentiel, retenues: Mapping[str, int]) -> dict[str, dict[str, Score]]:
    """Règle 5 : une case est la moyenne pondérée de ses items répondus, sans seuil."""
    return {
        competence: {ingenierie: _noter_bareme(bareme, retenues, seuil=0.0) for ingenierie, bareme in cases.items()}
        for competence, cases in referentiel.baremes_des_cases.items()
    }


__all__ = [
    "MotifPosition",
    "Resultat",
    "Score",
    "noter",
    "noter_echelle",
    "parts",
    "situer_scores",
    "valeur_retenue",
]
