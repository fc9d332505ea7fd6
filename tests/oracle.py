"""Les règles 1 à 5 et l’incertitude d’une position, récrites naïvement en fractions, pour éprouver le moteur.

Rien ici ne vient de ``cpit`` : on lit la règle, on la calcule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import exp, floor, log, sqrt
from statistics import mean, stdev
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


# --- L’incertitude d’une position, par des dérivées prises en fractions : rien n’y est écrit d’avance, sauf la méthode.

_PAS = Fraction(1, 10**8)
Derivee = tuple[Fraction, Fraction]
Covariance = tuple[Fraction, Fraction, Fraction]


def incertitude(plan: Plan, valeurs: Valeurs, strate: Sequence[Valeurs] = ()) -> tuple[int, Covariance]:
    """m et la covariance de la position d’une personne qui en a une ; avec une strate, par la méthode hiérarchique."""
    m, retenues = len(_competences_repondues(plan, valeurs)), _retenues(plan, valeurs)
    influences = [
        _deriver(lambda e, c=c: _placer(plan, _scores(plan, retenues, {c: 1 + e})))  # type: ignore[misc]
        for c in plan.competences
    ]
    propre = _somme(Fraction(m, m - 1), influences)
    arrondi = _somme(
        _arrondi(plan),
        [_deriver(lambda e, i=i: _placer(plan, _scores(plan, _bouger(retenues, i, e), {}))) for i in retenues],  # type: ignore[misc]
    )
    if not strate:
        return m, _ajouter(propre, arrondi)
    gradient = [
        _deriver(lambda e, k=k: _placer(plan, _bouger(_scores(plan, retenues, {}), k, e)))  # type: ignore[misc]
        for k in plan.poles
    ]
    commune, part = _commune(plan, strate), _part(plan, valeurs)
    de_la_strate = [
        part
        * sum(
            commune[k][j] * gradient[k][a] * gradient[j][b] for k in range(len(gradient)) for j in range(len(gradient))
        )
        for a, b in ((0, 0), (0, 1), (1, 1))
    ]
    poids = [(6 * (s + a) + (m - 1) * p) / (6 + m - 1) for s, a, p in zip(de_la_strate, arrondi, propre, strict=True)]
    return m, (poids[0], poids[1], poids[2])


def _commune(plan: Plan, strate: Sequence[Valeurs]) -> list[list[Fraction]]:
    """La covariance d’une compétence, moyenne des personnes à quatre compétences et une position, pesées par m − 1."""
    taille, total = range(len(plan.poles)), Fraction(0)
    somme = [[Fraction(0) for _ in taille] for _ in taille]
    for valeurs in strate:
        m = len(_competences_repondues(plan, valeurs))
        if m < 4 or oracle(plan, valeurs).position is None:
            continue
        total += m - 1
        retenues = _retenues(plan, valeurs)
        sans = _scores(plan, retenues, {})
        for c in plan.competences:
            avec = _scores(plan, retenues, {c: 1 + _PAS})
            moins = _scores(plan, retenues, {c: 1 - _PAS})
            z = [(avec[k] - moins[k]) / (2 * _PAS) for k in sans]
            for k in taille:
                for j in taille:
                    somme[k][j] += m * z[k] * z[j] / _part(plan, valeurs)
    return [[case / total for case in ligne] for ligne in somme]


def _part(plan: Plan, valeurs: Valeurs) -> Fraction:
    """Moyenne sur les ingénieries de la somme des carrés des parts de poids que chaque compétence y tient."""
    total = Fraction(0)
    for pole in plan.poles:
        poids = [
            sum(
                (i.poids for i in plan.items if i.code in valeurs and (i.ingenierie, i.competence) == (pole, c)),
                Fraction(0),
            )
            for c in plan.competences
        ]
        total += sum((p / sum(poids)) ** 2 for p in poids)
    return total / len(plan.poles)


def _competences_repondues(plan: Plan, valeurs: Valeurs) -> set[str]:
    return {i.competence for i in plan.items if i.code in valeurs}


def _retenues(plan: Plan, valeurs: Valeurs) -> dict[str, Fraction]:
    return {i.code: Fraction(retenue(plan, i, valeurs)) for i in plan.items if i.code in valeurs}


def _scores(plan: Plan, retenues: dict[str, Fraction], multiplicites: dict[str, Fraction]) -> dict[str, Fraction]:
    """Le score de chaque ingénierie quand une compétence compte plus ou moins d’une fois."""
    scores = {}
    for pole in plan.poles:
        pese = [
            (multiplicites.get(i.competence, Fraction(1)) * i.poids, retenues[i.code])
            for i in plan.items
            if i.ingenierie == pole and i.code in retenues
        ]
        scores[pole] = sum(p * v for p, v in pese) / sum(p for p, _ in pese)
    return scores


def _placer(plan: Plan, scores: dict[str, Fraction]) -> Derivee:
    parts = {k: s - min(plan.niveaux) for k, s in scores.items()}
    total = sum(parts.values())
    x, y = (sum(parts[k] * plan.poles[k][axe] for k in parts) / total for axe in (0, 1))
    return Fraction(x), Fraction(y)


def _bouger(nombres: dict[str, Fraction], cle: str, pas: Fraction) -> dict[str, Fraction]:
    return {**nombres, cle: nombres[cle] + pas}


def _deriver(place: Callable[[Fraction], Derivee]) -> Derivee:
    apres, avant = place(_PAS), place(-_PAS)
    return (apres[0] - avant[0]) / (2 * _PAS), (apres[1] - avant[1]) / (2 * _PAS)


def _arrondi(plan: Plan) -> Fraction:
    """Un douzième du carré du pas, en moyenne des pas."""
    pas = [apres - avant for avant, apres in zip(plan.niveaux, plan.niveaux[1:], strict=False)]
    return Fraction(sum(p * p for p in pas), len(pas) * 12)


def _somme(facteur: Fraction, derivees: Sequence[Derivee]) -> Covariance:
    xx, xy, yy = (facteur * sum((d[a] * d[b] for d in derivees), Fraction(0)) for a, b in ((0, 0), (0, 1), (1, 1)))
    return xx, xy, yy


def _ajouter(une: Covariance, autre: Covariance) -> Covariance:
    return une[0] + autre[0], une[1] + autre[1], une[2] + autre[2]


# --- D’une passation à l’autre, sur les items répondus des deux côtés : les mêmes dérivées, prises de la différence.


def deplacement(plan: Plan, avant: Valeurs, apres: Valeurs) -> tuple[int, Derivee, Covariance]:
    """m, le déplacement de la position et sa covariance ; la même compétence pèse plus ou moins des deux côtés."""
    deux = [
        _retenues(plan, {code: v for code, v in une.items() if code in avant and code in apres})
        for une in (avant, apres)
    ]
    m = len({i.competence for i in plan.items if i.code in deux[0]})

    def ecart(multiplicites: dict[str, Fraction]) -> Derivee:
        de, a = (_placer(plan, _scores(plan, retenues, multiplicites)) for retenues in deux)
        return a[0] - de[0], a[1] - de[1]

    influences = [_deriver(lambda e, c=c: ecart({c: 1 + e})) for c in plan.competences]  # type: ignore[misc]
    arrondis = [
        _deriver(lambda e, r=retenues, i=i: _placer(plan, _scores(plan, _bouger(r, i, e), {})))  # type: ignore[misc]
        for retenues in deux
        for i in retenues
    ]
    return m, ecart({}), _ajouter(_somme(Fraction(m, m - 1), influences), _somme(_arrondi(plan), arrondis))


def difference(plan: Plan, items: Sequence[str], avant: Valeurs, apres: Valeurs) -> tuple[int, Fraction, Fraction]:
    """m, la différence des scores d’une échelle et sa variance ; m, les compétences où elle a un item commun."""
    communs = [i for i in plan.items if i.code in items and i.code in avant and i.code in apres]
    deux = [_retenues(plan, {i.code: une[i.code] for i in communs}) for une in (avant, apres)]
    competences = {i.competence for i in communs}

    def ecart(pese: str, pas: Fraction) -> Fraction:
        poids = {i.code: i.poids * (1 + pas if i.competence == pese else 1) for i in communs}
        de, a = (sum(poids[code] * v for code, v in r.items()) / sum(poids.values()) for r in deux)
        return Fraction(a - de)

    u = [(ecart(c, _PAS) - ecart(c, -_PAS)) / (2 * _PAS) for c in competences]
    m, total = len(competences), sum(i.poids for i in communs)
    arrondi = 2 * _arrondi(plan) * sum((i.poids / total) ** 2 for i in communs)
    return m, ecart("", Fraction(0)), Fraction(m, m - 1) * sum(x * x for x in u) + arrondi


# --- Deux séries des mêmes personnes : chaque statistique recalculée sans chacune, l’une après l’autre.

Encadre = tuple[float, float, float]
"""Une valeur, de combien l’intervalle va dessous, de combien il va dessus."""


def series(premiere: Sequence[float], seconde: Sequence[float], student: Callable[[int], float]) -> dict[str, Encadre]:
    """Différence moyenne, d_z, d_av, limites d’accord, et leurs bornes.

    :param student: le quantile de Student à 97,5 %, d’après les degrés de liberté.
    """
    n = len(premiere)

    def differences(qui: Sequence[int]) -> list[float]:
        return [seconde[i] - premiere[i] for i in qui]

    def cote(serie: Sequence[float], qui: Sequence[int]) -> float:
        return stdev([serie[i] for i in qui])

    def marge(statistique: Callable[[Sequence[int]], float]) -> float:
        sans = [statistique([i for i in range(n) if i != ote]) for ote in range(n)]
        centre = mean(sans)
        carres = [(une - centre) ** 2 for une in sans]
        aplatissement = n * sum(c * c for c in carres) / sum(carres) ** 2
        libertes = n - 1 if aplatissement <= 1 else min(n - 1, floor(2 * n / (aplatissement - 1)))
        return student(max(1, libertes)) * sqrt((n - 1) / n * sum(carres))

    tous = list(range(n))
    centre, ecart = mean(differences(tous)), stdev(differences(tous))
    autour = student(n - 1) * ecart / sqrt(n)
    d_z = centre / ecart
    normale = student(n - 1) * sqrt(1 / n + d_z * d_z / (2 * n))
    large = max(normale, marge(lambda q: mean(differences(q)) / stdev(differences(q))))
    d_av = centre / ((cote(premiere, tous) + cote(seconde, tous)) / 2)
    d_av_marge = marge(lambda q: mean(differences(q)) / ((cote(premiere, q) + cote(seconde, q)) / 2))
    rapport = exp(marge(lambda q: log(stdev(differences(q)))))
    rendues = {"difference": (centre, autour, autour), "d_z": (d_z, large, large), "d_av": (d_av, *[d_av_marge] * 2)}
    for nom, signe in (("limite_basse", -1), ("limite_haute", 1)):
        jackknife = marge(lambda q, s=signe: mean(differences(q)) + s * 1.96 * stdev(differences(q)))  # type: ignore[misc]
        dehors, dedans = (
            max(jackknife, sqrt(autour**2 + (1.96 * ecart * p) ** 2)) for p in (rapport - 1, 1 - 1 / rapport)
        )
        dessous, dessus = (dehors, dedans) if signe < 0 else (dedans, dehors)
        rendues[nom] = (centre + signe * 1.96 * ecart, dessous, dessus)
    return rendues
