"""La notation : des réponses aux scores, à la matrice, à la position et à ce qui y domine (règles 1 à 5).

Les règles sont écrites une seule fois, dans ``cpit.coeur.moteur`` ; ici, elles s’appliquent à une passation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import hypot
from typing import Literal

from cpit.coeur.moteur import Bareme, centre_de_gravite, choisir_un, noter_bareme, part, placer, retenir
from cpit.coeur.passation import FREQUENCE, IMPORTANCE, Passation
from cpit.coeur.referentiel import Item, Position, Referentiel
from cpit.coeur.tableaux import table_html
from cpit.typographie import pluriel

# --- La position sur la carte et ce qui y domine (règles 3 et 4).


MotifPosition = Literal["score-absent", "parts-nulles"]


@dataclass(frozen=True, slots=True)
class Situation:
    """Une position et sa lecture.

    ``dominante`` : identifiants des ingénieries qui dominent ; vide pour l’équilibre ; absente sans position.
    ``distance`` : distance au centre de gravité des pôles, en unité d’axe.
    ``manquants`` : ingénieries sans score, quand le motif est « score-absent ».
    """

    position: Position | None
    dominante: tuple[str, ...] | None = None
    distance: float | None = None
    motif: MotifPosition | None = None
    manquants: tuple[str, ...] = ()


def centre_des_poles(poles: Iterable[Position]) -> Position:
    """Centre de gravité (isobarycentre) de points."""
    return Position(*centre_de_gravite([(pole.x, pole.y) for pole in poles]))


def situer(parts: Mapping[str, float | None], poles: Mapping[str, Position], seuil_equilibre: float) -> Situation:
    """Place des parts d’ingénierie : P = Σ a·P_k / Σ a, puis dit ce qui domine.

    :param parts: part de chaque ingénierie dans [0, 1], ou rien si elle n’a pas de score.
    :param poles: coordonnées de chaque ingénierie.
    :param seuil_equilibre: distance au centre de gravité, en unité d’axe, sous laquelle on dit « équilibre ».
    """
    presentes = {identifiant: part for identifiant, part in parts.items() if part is not None}
    if len(presentes) < len(parts):
        manquants = tuple(identifiant for identifiant in parts if identifiant not in presentes)
        return Situation(None, motif="score-absent", manquants=manquants)
    points = [(poles[identifiant].x, poles[identifiant].y) for identifiant in presentes]
    place = placer(list(presentes.values()), points, seuil_equilibre, choisir_un)
    if not place.presente:
        return Situation(None, motif="parts-nulles")
    dominante = tuple(k for k, domine in zip(presentes, place.dominent, strict=True) if domine)
    return _situation_placee(Position(place.x, place.y), dominante, centre_des_poles(poles.values()))


def _situation_placee(position: Position, dominante: tuple[str, ...], centre: Position) -> Situation:
    """Une position trouvée et tout ce qui s’en tire ; ``centre`` : le centre de gravité des pôles."""
    return Situation(position, dominante, hypot(position.x - centre.x, position.y - centre.y))


# --- Une passation notée : ses scores, sa matrice et sa position.


MotifScore = Literal["aucun-item", "aucune-reponse", "sous-le-seuil"]
SOUVENIRS = 65_536
"""Résultats partiels retenus par échelle et par compétence."""


@dataclass(frozen=True, slots=True)
class Score:
    """Score d’une échelle, dans l’unité de l’échelle de réponse ; ``valeur`` absente, ``motif`` dit pourquoi."""

    valeur: float | None
    repondus: int
    items: int
    motif: MotifScore | None = None


ENTETES_DES_SCORES = (
    ("echelle", "Identifiant de l’échelle"),
    ("score", "Moyenne pondérée (règle 1)"),
    ("repondus", "Items répondus"),
    ("items", "Items de l’échelle"),
    ("motif", "Pourquoi le score est absent"),
)
"""Ce qu’un carnet montre d’un résultat."""


@dataclass(frozen=True, slots=True, repr=False)
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

    def __repr__(self) -> str:
        """Combien de scores ; aucun ne s’y montre."""
        scores = self.scores().values()
        calcules = sum(score.valeur is not None for score in scores)
        return f"Resultat({pluriel(calcules, 'score calculé', 'scores calculés')} sur {len(scores)})"

    def score(self, identifiant: str) -> Score:
        """Score d’une échelle par son identifiant.

        :raises KeyError: si aucune échelle ne porte cet identifiant.
        """
        for scores in (self.competences, self.ingenieries, *self.regroupements.values()):
            if identifiant in scores:
                return scores[identifiant]
        raise KeyError(identifiant)

    def scores(self) -> dict[str, Score]:
        """Tous les scores par identifiant : compétences, ingénieries, puis groupes."""
        groupes = (une for scores in self.regroupements.values() for une in scores.items())
        return {**self.competences, **self.ingenieries, **dict(groupes)}

    def _repr_html_(self) -> str:
        """Les scores, tels qu’un carnet les montre ; le résultat ne connaît que les identifiants."""
        lignes = ((nom, s.valeur, s.repondus, s.items, s.motif) for nom, s in self.scores().items())
        return table_html(ENTETES_DES_SCORES, lignes, "Scores d’une passation, dans l’unité de l’échelle de réponse")


def valeur_retenue(item: Item, valeur: int, minimum: int, maximum: int) -> int:
    """Valeur qui entre dans le calcul : ``minimum + maximum - valeur`` pour un item inverse.

    Les bornes sont celles de l’échelle déclarée, jamais celles observées dans les réponses.
    """
    retenue: int = retenir(valeur, minimum, maximum, inverse=item.inverse)
    return retenue


def _noter_bareme(bareme: Bareme, retenues: Mapping[str, int], seuil: float) -> Score:
    """Règle 1 : moyenne des valeurs retenues pondérée sur les items répondus.

    Avec W la somme des poids de tous les items et R celle des items répondus, le score vaut
    Σ w·v / R si R ≥ seuil · W, sinon il est absent (règle de la moitié, usuelle : manuel de cotation QLQ-C30).

    :param retenues: valeur retenue par code d’item ; un code absent est un item sans valeur.
    """
    items = len(bareme.codes)
    repondus = {code: int(code in retenues) for code in bareme.codes}
    valeurs = {code: float(retenues.get(code, 0)) for code in bareme.codes}
    if 1 not in repondus.values():
        return Score(None, 0, items, "aucune-reponse" if items else "aucun-item")
    note = noter_bareme(bareme, valeurs, repondus, seuil, choisir_un)
    if note.presente:
        return Score(note.valeur, note.repondus, items)
    return Score(None, note.repondus, items, "sous-le-seuil")


def noter_valeurs(referentiel: Referentiel, valeurs: Mapping[str, int]) -> Resultat:
    """Note une passation.

    :param valeurs: valeur de l’échelle par code d’item répondu ; « sans objet » et « sans réponse » n’y sont pas.
    :raises ValueError: si un code est inconnu ou une valeur hors des niveaux (l’appelant a mal filtré).
    """
    return Notation(referentiel).noter(valeurs)


class Notation:
    """Note des passations d’un même référentiel, sans recalculer ce qui l’a déjà été : deux personnes qui répondent de
    même à trois items ont le même ``Score``, le même objet. Les nombres sont ceux d’une personne notée seule.
    """

    def __init__(self, referentiel: Referentiel) -> None:
        self._referentiel = referentiel
        seuil = referentiel.regles.seuil.valeur
        self._baremes = {code: _Bareme(bareme, seuil) for code, bareme in referentiel.baremes.items()}
        self._competences = [c.identifiant for c in referentiel.competences]
        self._ingenieries = [i.identifiant for i in referentiel.ingenieries]
        self._groupes = [(r.identifiant, [g.identifiant for g in r.groupes]) for r in referentiel.regroupements]
        self._cases = [
            (competence, _Cases(referentiel, cases)) for competence, cases in referentiel.baremes_des_cases.items()
        ]
        self._retenues: dict[tuple[str, int], int] = {}

    def noter(self, valeurs: Mapping[str, int]) -> Resultat:
        """Note une passation.

        :param valeurs: valeur de l’échelle par code d’item répondu ; « sans objet » et « sans réponse » n’y sont pas.
        :raises ValueError: si un code est inconnu ou une valeur hors des niveaux (l’appelant a mal filtré).
        """
        retenues = self._retenir(valeurs)
        scores = {code: bareme.noter(retenues) for code, bareme in self._baremes.items()}
        ingenieries = {code: scores[code] for code in self._ingenieries}
        lignes = [(competence, *cases.noter(retenues)) for competence, cases in self._cases]
        return Resultat(
            competences={code: scores[code] for code in self._competences},
            ingenieries=ingenieries,
            regroupements={nom: {code: scores[code] for code in codes} for nom, codes in self._groupes},
            matrice={competence: cases for competence, cases, _ in lignes},
            situation=situer_scores(self._referentiel, ingenieries),
            situations_competences={competence: situation for competence, _, situation in lignes},
        )

    def _retenir(self, valeurs: Mapping[str, int]) -> dict[str, int]:
        connues = self._retenues
        with suppress(KeyError):
            return {code: connues[code, valeur] for code, valeur in valeurs.items()}
        retenues = valeurs_retenues(self._referentiel, valeurs)
        connues.update({(code, valeur): retenues[code] for code, valeur in valeurs.items()})
        return retenues


class _Bareme:
    """Les scores d’une échelle, retrouvés par les valeurs retenues de chaque groupe de même poids : leur ordre n’y
    change rien, leur somme est exacte.
    """

    def __init__(self, bareme: Bareme, seuil: float) -> None:
        self._bareme, self._seuil = bareme, seuil
        self._groupes = [codes for _, codes in bareme.groupes]
        self._connus: dict[tuple[tuple[int, ...], ...], Score] = {}

    def noter(self, retenues: Mapping[str, int]) -> Score:
        cle = tuple([tuple(sorted([retenues[c] for c in codes if c in retenues])) for codes in self._groupes])
        score = self._connus.get(cle)
        if score is None:
            score = _noter_bareme(self._bareme, retenues, self._seuil)
            if len(self._connus) < SOUVENIRS:
                self._connus[cle] = score
        return score


class _Cases:
    """La ligne d’une compétence dans la matrice (règle 5 : sans seuil) et sa place, retrouvées par ses réponses."""

    def __init__(self, referentiel: Referentiel, cases: Mapping[str, Bareme]) -> None:
        self._referentiel, self._cases = referentiel, cases
        self._codes = [code for bareme in cases.values() for code in bareme.codes]
        self._connues: dict[tuple[int | None, ...], tuple[dict[str, Score], Situation]] = {}

    def noter(self, retenues: Mapping[str, int]) -> tuple[dict[str, Score], Situation]:
        cle = tuple(map(retenues.get, self._codes))
        ligne = self._connues.get(cle)
        if ligne is None:
            scores = {code: _noter_bareme(bareme, retenues, seuil=0.0) for code, bareme in self._cases.items()}
            ligne = scores, situer_scores(self._referentiel, scores)
            if len(self._connues) < SOUVENIRS:
                self._connues[cle] = ligne
        return ligne


def parts(referentiel: Referentiel, scores: Mapping[str, Score]) -> dict[str, float | None]:
    """Règle 2 : part de chaque ingénierie, (s - min) / (max - min), absente si le score l’est."""
    echelle = referentiel.echelle
    return {
        identifiant: None if score.valeur is None else part(score.valeur, echelle.min, echelle.max)
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


def valeurs_retenues(referentiel: Referentiel, valeurs: Mapping[str, int]) -> dict[str, int]:
    """Valeur retenue de chaque item répondu, par code.

    :raises ValueError: si un code est inconnu ou une valeur hors des niveaux.
    """
    echelle = referentiel.echelle
    retenues = {}
    for code, valeur in valeurs.items():
        item = referentiel.items_par_code.get(code)
        if item is None or valeur not in echelle.par_valeur:
            raise ValueError(f"réponse impossible à noter : {code} = {valeur}")
        retenues[code] = valeur_retenue(item, valeur, echelle.min, echelle.max)
    return retenues


# --- Les situations d’une personne, ou d’un groupe, par fréquence et par importance.


_FREQUENTE, _IMPORTANTE = 2, 2
"""À partir de « chaque mois », une situation est dite fréquente ; à partir de « importante », importante."""


@dataclass(frozen=True, slots=True)
class SituationPlacee:
    """Une situation dont la fréquence et l’importance sont toutes deux dites ; des moyennes dans un groupe.

    ``niveau`` : la valeur retenue de la réponse (inversée si l’item l’est), absente sans niveau répondu.
    ``personnes`` : combien la disent. ``tue`` : trop peu de personnes pour que rien d’autre ne s’en montre.
    """

    item: Item
    frequence: float
    importance: float
    niveau: float | None
    personnes: int = 1
    tue: bool = False

    @property
    def case(self) -> tuple[int, int]:
        """La fréquence et l’importance, au niveau le plus proche ; à mi-chemin, le plus haut."""
        return int(self.frequence + 0.5), int(self.importance + 0.5)


def situations_placees(referentiel: Referentiel, passation: Passation) -> tuple[SituationPlacee, ...]:
    """Celles d’une personne, dans l’ordre de la passation."""
    retenues = valeurs_retenues(referentiel, passation.valeurs())
    placees = []
    for item in referentiel.ordre_de_passation():
        frequence, importance = passation.reponse(item.code).places
        if frequence is not None and importance is not None:
            placees.append(SituationPlacee(item, frequence, importance, retenues.get(item.code)))
    return tuple(placees)


def peu_menees(referentiel: Referentiel, placees: tuple[SituationPlacee, ...]) -> tuple[Item, ...]:
    """Celles que l’on dit importantes et fréquentes, et dont le niveau est sous le milieu de l’échelle."""
    milieu = (referentiel.echelle.min + referentiel.echelle.max) / 2
    return tuple(
        une.item
        for une in placees
        if une.frequence >= _FREQUENTE and une.importance >= _IMPORTANTE
        if une.niveau is not None and une.niveau < milieu
    )


def nommer_une_case(case: tuple[int, int]) -> str:
    """« essentielle, chaque mois »."""
    frequence, importance = case
    return f"{IMPORTANCE.niveaux[importance]}, {FREQUENCE.niveaux[frequence]}"
