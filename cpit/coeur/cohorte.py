"""Une cohorte : des passations de même référentiel, et ce qu’on en dit ensemble (règle 6).

Les moments et les regards restent toujours à part : une strate est un moment sous un regard.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum, sqrt
from statistics import median

from cpit.coeur.modele import Position, Referentiel
from cpit.coeur.notation import Notation, Resultat, Score
from cpit.coeur.passation import Passation


@dataclass(frozen=True, slots=True)
class Releve:
    """Une passation lue quelque part : ``source`` est le nom du fichier, ``ligne`` sa ligne dans une table (dès 1).

    ``refusees`` : codes des items dont la réponse n’a pas été prise ; ils comptent comme sans réponse.
    """

    passation: Passation
    source: str
    ligne: int | None = None
    refusees: frozenset[str] = frozenset()

    @property
    def identifiant(self) -> str:
        """Code de la personne ; à défaut, la ligne de sa table ou le nom de son fichier."""
        if self.passation.identifiant:
            return self.passation.identifiant
        return f"ligne {self.ligne}" if self.ligne is not None else self.source


@dataclass(frozen=True, slots=True)
class Notee:
    """Un relevé et son résultat, calculé par le même moteur que pour une personne seule."""

    releve: Releve
    resultat: Resultat

    @property
    def passation(self) -> Passation:
        """La passation du relevé."""
        return self.releve.passation


@dataclass(frozen=True, slots=True)
class Statistique:
    """Ce que l’on dit d’une échelle dans un groupe, dans l’unité de l’échelle ; absent sans score présent.

    ``ecart_type`` est celui de l’échantillon (n − 1) ; absent en dessous de deux scores.
    """

    n: int
    moyenne: float | None = None
    ecart_type: float | None = None
    mediane: float | None = None
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class Portrait:
    """Un groupe décrit par la règle 6.

    ``echelles`` : par identifiant d’échelle ; ``matrice`` : compétence → ingénierie → statistique des cases ;
    ``position`` : moyenne des positions individuelles présentes, ``positions`` leur nombre.
    """

    effectif: int
    echelles: Mapping[str, Statistique]
    matrice: Mapping[str, Mapping[str, Statistique]]
    position: Position | None
    positions: int


@dataclass(frozen=True)
class Cohorte:
    """Des passations notées, dans l’ordre de lecture."""

    referentiel: Referentiel
    notees: tuple[Notee, ...] = field(default=())

    def strates(self) -> dict[tuple[str, str], Cohorte]:
        """Les sous-cohortes par (moment, regard), dans l’ordre alphabétique ; jamais mêlées."""
        paquets: dict[tuple[str, str], list[Notee]] = {}
        for notee in self.notees:
            paquets.setdefault((notee.passation.moment, notee.passation.regard), []).append(notee)
        return {cle: Cohorte(self.referentiel, tuple(paquets[cle])) for cle in sorted(paquets)}

    def positions(self) -> list[Position]:
        """Les positions présentes, dans l’ordre de lecture."""
        situations = (notee.resultat.situation for notee in self.notees)
        return [situation.position for situation in situations if situation.position is not None]

    def par_profil(self, question: str) -> dict[str, Cohorte]:
        """Les sous-cohortes par réponse à une question de profil ; « » pour qui n’a pas répondu."""
        paquets: dict[str, list[Notee]] = {}
        for notee in self.notees:
            paquets.setdefault(notee.passation.profil.get(question, ""), []).append(notee)
        return {code: Cohorte(self.referentiel, tuple(paquets[code])) for code in sorted(paquets)}


def composer(referentiel: Referentiel, releves: Iterable[Releve]) -> Cohorte:
    """Note des relevés.

    :raises ValueError: si un relevé porte une réponse que le référentiel n’a pas (le lecteur aurait dû la refuser).
    """
    notation = Notation(referentiel)
    notees = tuple(Notee(releve, notation.noter(releve.passation.valeurs())) for releve in releves)
    return Cohorte(referentiel, notees)


def decrire(valeurs: Sequence[float]) -> Statistique:
    """Règle 6 sur des scores présents : moyenne, écart-type (n − 1), médiane, minimum, maximum."""
    n = len(valeurs)
    if n == 0:
        return Statistique(0)
    moyenne = fsum(valeurs) / n
    # Dans un grand groupe, un score n’a que quelques centaines de valeurs.
    carres = {valeur: (valeur - moyenne) ** 2 for valeur in set(valeurs)}
    ecart_type = sqrt(fsum(map(carres.__getitem__, valeurs)) / (n - 1)) if n > 1 else None
    return Statistique(n, moyenne, ecart_type, median(valeurs), min(valeurs), max(valeurs))


def decrire_echelles(cohorte: Cohorte) -> dict[str, Statistique]:
    """Règle 6 pour chaque échelle, par identifiant ; comme ``portraiturer``, sur une seule strate."""
    echelles: dict[str, list[float]] = {code: [] for code in cohorte.referentiel.echelles}
    for notee in cohorte.notees:
        resultat = notee.resultat
        for scores in (resultat.competences, resultat.ingenieries, *resultat.regroupements.values()):
            _ranger(scores, echelles)
    return {code: decrire(valeurs) for code, valeurs in echelles.items()}


def portraiturer(cohorte: Cohorte) -> Portrait:
    """Décrit un groupe ; à n’appeler que sur une seule strate, les moments et les regards ne se moyennent pas."""
    resultats = [notee.resultat for notee in cohorte.notees]
    points = [r.situation.position for r in resultats if r.situation.position is not None]
    centre = (
        Position(fsum(p.x for p in points) / len(points), fsum(p.y for p in points) / len(points)) if points else None
    )
    referentiel = cohorte.referentiel
    matrice: dict[str, dict[str, list[float]]] = {
        c.identifiant: {i.identifiant: [] for i in referentiel.ingenieries} for c in referentiel.competences
    }
    for resultat in resultats:
        for competence, cases in resultat.matrice.items():
            _ranger(cases, matrice[competence])
    return Portrait(
        effectif=len(resultats),
        echelles=decrire_echelles(cohorte),
        matrice={
            competence: {ingenierie: decrire(valeurs) for ingenierie, valeurs in cases.items()}
            for competence, cases in matrice.items()
        },
        position=centre,
        positions=len(points),
    )


def _ranger(scores: Mapping[str, Score], paquets: Mapping[str, list[float]]) -> None:
    """Ajoute chaque score présent aux valeurs de son échelle."""
    for identifiant, score in scores.items():
        if score.valeur is not None:
            paquets[identifiant].append(score.valeur)
