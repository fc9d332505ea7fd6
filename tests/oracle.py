"""Les règles 1 à 5, récrites naïvement en fractions exactes, pour éprouver le moteur.

Rien ici ne vient de cpit : on lit la règle, on la calcule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

Valeurs = dict[str, int]
Notes = dict[str, Fraction | None]


class ItemNu(NamedTuple):
    """Un item sans texte."""

    code: str
    competence: str
    ingenierie: str
    poids: Fraction
    inverse: bool


@dataclass
class Plan:
    """Un référentiel réduit à ce qui compte dans le calcul."""

    niveaux: list[int]
    seuil: Fraction
    seuil_equilibre: Fraction
    competences: list[str]
    poles: dict[str, tuple[Fraction, Fraction]]
    items: list[ItemNu]
    groupes: dict[str, list[str]] = field(default_factory=dict)


def plan_ecrit(brut: Any) -> Plan:
    """Le plan d’un référentiel, tel que son YAML le dit, lu sans cpit ; un nombre peut y être un texte."""
    return Plan(
        niveaux=[int(niveau["valeur"]) for niveau in brut["echelle"]["niveaux"]],
        seuil=Fraction(str(brut["regles"]["seuil"]["valeur"])),
        seuil_equilibre=Fraction(str(brut["regles"]["seuil_equilibre"]["valeur"])),
        competences=[c["identifiant"] for c in brut["competences"]],
        poles={
            i["identifiant"]: (Fraction(str(i["position"]["x"])), Fraction(str(i["position"]["y"])))
            for i in brut["ingenieries"]
        },
        items=[
            ItemNu(
                *(i["code"], i["competence"], i["ingenierie"]),
                Fraction(str(i.get("poids", 1))),
                str(i.get("inverse", False)).lower() in {"true", "oui", "vrai"},
            )
            for i in brut["items"]
        ],
        groupes={g["identifiant"]: g["items"] for r in brut.get("regroupements", []) for g in r["groupes"]},
    )


@dataclass
class Attendu:
    """Ce que les règles donnent."""

    scores: Notes
    matrice: dict[tuple[str, str], Fraction | None]
    position: tuple[Fraction, Fraction] | None
    dominante: set[str] | None


def oracle(plan: Plan, valeurs: Valeurs) -> Attendu:
    scores: Notes = {}
    for competence in plan.competences:
        scores[competence] = regle_1(plan, [i for i in plan.items if i.competence == competence], valeurs)
    for ingenierie in plan.poles:
        scores[ingenierie] = regle_1(plan, [i for i in plan.items if i.ingenierie == ingenierie], valeurs)
    for groupe, codes in plan.groupes.items():
        scores[groupe] = regle_1(plan, [i for i in plan.items if i.code in codes], valeurs)
    matrice = {(c, k): regle_5(plan, c, k, valeurs) for c in plan.competences for k in plan.poles}
    parts = regle_2(plan, scores)
    position = regle_3(plan, parts)
    return Attendu(scores, matrice, position, regle_4(plan, parts, position))


def retenue(plan: Plan, item: ItemNu, valeurs: Valeurs) -> int:
    v = valeurs[item.code]
    return min(plan.niveaux) + max(plan.niveaux) - v if item.inverse else v


def regle_1(plan: Plan, items: Sequence[ItemNu], valeurs: Valeurs) -> Fraction | None:
    total = sum((i.poids for i in items), Fraction(0))
    repondu = sum((i.poids for i in items if i.code in valeurs), Fraction(0))
    if repondu == 0 or repondu < plan.seuil * total:
        return None
    return sum((i.poids * retenue(plan, i, valeurs) for i in items if i.code in valeurs), Fraction(0)) / repondu


def regle_2(plan: Plan, scores: Notes) -> Notes:
    bas, haut = min(plan.niveaux), max(plan.niveaux)
    return {k: None if (s := scores[k]) is None else (s - bas) / (haut - bas) for k in plan.poles}


def regle_3(plan: Plan, parts: Notes) -> tuple[Fraction, Fraction] | None:
    presentes = {k: part for k, part in parts.items() if part is not None}
    total = sum(presentes.values(), Fraction(0))
    if len(presentes) < len(parts) or total == 0:
        return None
    x = sum((part * plan.poles[k][0] for k, part in presentes.items()), Fraction(0)) / total
    y = sum((part * plan.poles[k][1] for k, part in presentes.items()), Fraction(0)) / total
    return x, y


def regle_4(plan: Plan, parts: Notes, position: tuple[Fraction, Fraction] | None) -> set[str] | None:
    """« Équilibre » est l’ensemble vide ; strictement en deçà du seuil, sans racine carrée."""
    if position is None:
        return None
    n = len(plan.poles)
    cx = sum((x for x, _ in plan.poles.values()), Fraction(0)) / n
    cy = sum((y for _, y in plan.poles.values()), Fraction(0)) / n
    if (position[0] - cx) ** 2 + (position[1] - cy) ** 2 < plan.seuil_equilibre**2:
        return set()
    presentes = {k: part for k, part in parts.items() if part is not None}
    return {k for k, part in presentes.items() if max(presentes.values()) - part <= Fraction(1, 10**9)}


def regle_5(plan: Plan, competence: str, ingenierie: str, valeurs: Valeurs) -> Fraction | None:
    case = [i for i in plan.items if i.competence == competence and i.ingenierie == ingenierie and i.code in valeurs]
    poids = sum((i.poids for i in case), Fraction(0))
    return sum((i.poids * retenue(plan, i, valeurs) for i in case), Fraction(0)) / poids if case else None
