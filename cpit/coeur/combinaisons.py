"""Ce que des sommes publiées font calculer, toutes ensemble : la plus petite combinaison, et à qui elle tient.

Publier la somme (ou la moyenne et n) d’un groupe, c’est publier un vecteur d’appartenance : 1 pour qui en est, 0 pour
les autres. Toute combinaison linéaire de sommes publiées se calcule aussi ; ses coefficients disent de qui elle dépend.
Par exemple 12·m_A + 12·m_B − 23·m_C, où A ∪ B = C et où une seule personne est dans A et dans B : il ne reste qu’elle.

Les personnes que rien de publié ne distingue (mêmes groupes montrés) forment une **classe** : une combinaison leur
donne le même coefficient. Une classe est une colonne, un nombre par groupe publié ; son poids est le nombre de ses
personnes. On cherche une combinaison non nulle qui dépende de moins de ``minimum`` personnes : c’est le plus petit
cocircuit pondéré d’un matroïde. Une combinaison s’annule sur une classe quand elle est orthogonale à sa colonne.

- une classe de ``minimum`` personnes ou plus doit s’annuler : on passe au quotient par sa colonne (« contracter ») ;
- deux colonnes proportionnelles s’annulent ensemble : leurs poids s’ajoutent ;
- une famille de classes qui engendre tout touche toute combinaison non nulle : des familles disjointes bornent ;
- sinon on essaie, pour la classe la plus lourde, qu’elle soit de celles dont on dépend, ou qu’elle s’annule.

Tout se fait modulo ``_PREMIER``. Une preuve « aucune » y vaut pour les rationnels : le rang modulo un nombre premier ne
dépasse jamais le vrai, donc si des colonnes engendrent tout modulo ``_PREMIER``, elles engendrent tout. L’inverse ne
pourrait que faire taire un groupe de trop. De même si ``_ETAPES_MAX`` est atteint : ce qui n’est pas prouvé est tu.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

Colonnes = Mapping[tuple[int, ...], int]
"""Une colonne par classe, et son poids : un nombre de personnes."""
_Vecteur = tuple[int, ...]

_PREMIER = 2**31 - 1
"""Le plus grand nombre premier de 31 bits : les produits restent de petits entiers."""
_ETAPES_MAX = 40
"""Étapes de la recherche avant de renoncer à prouver."""


@dataclass(frozen=True, slots=True)
class Combinaison:
    """Ce qui se calcule de trop : un coefficient par groupe publié, nul s’il n’y sert pas.

    Vide si l’on a seulement renoncé à prouver qu’il n’y en a pas.
    """

    coefficients: _Vecteur = ()


def combinaison_de_moins_de(minimum: int, colonnes: Colonnes) -> Combinaison | None:
    """Une combinaison de sommes qui dépend d’au moins une personne et de moins de ``minimum``.

    ``None`` prouve qu’il n’y en a aucune, quels que soient les coefficients.
    """
    return _chercher(minimum, tuple(sorted(colonnes.items())))


def se_lit_sur_moins_de(minimum: int, classes: Mapping[tuple[tuple[int, ...], ...], int]) -> bool:
    """Vrai si une combinaison de sommes dépend d’une personne au moins, et de moins de ``minimum``.

    La même question, quand chaque personne y a plusieurs inconnues ; ``minimum`` est petit, tout est essayé.

    :param classes: les inconnues des personnes d’une classe, un nombre par somme publiée → combien de personnes.
    """
    petites = [classe for classe, personnes in classes.items() if personnes < minimum]
    dimension = max((len(inconnue) for classe in classes for inconnue in classe), default=0)

    def rang(sauf: tuple[tuple[tuple[int, ...], ...], ...]) -> int:
        return len(_base((inconnue for classe in classes if classe not in sauf for inconnue in classe), dimension))

    entier = rang(())
    return any(
        sum(map(classes.__getitem__, ensemble)) < minimum and rang(ensemble) < entier
        for taille in range(1, minimum)
        for ensemble in combinations(petites, taille)
    )


@lru_cache(maxsize=4096)
def _chercher(minimum: int, classes: tuple[tuple[_Vecteur, int], ...]) -> Combinaison | None:
    """La même, gardée : les mesures qui ont les mêmes personnes posent les mêmes questions."""
    return _Recherche().chercher(_Code.engendre_par(dict(classes)), minimum - 1)


@dataclass(frozen=True, slots=True)
class _Code:
    """Des combinaisons indépendantes, et ce que chacune donne sur chaque classe.

    ``combinaisons`` : leurs coefficients ; ``classes`` : une colonne (un nombre par combinaison) et son poids.
    """

    combinaisons: tuple[_Vecteur, ...]
    classes: Colonnes

    @classmethod
    def engendre_par(cls, colonnes: Colonnes) -> _Code:
        """Une combinaison par groupe publié, moins ceux que les autres donnent déjà."""
        largeur = len(next(iter(colonnes), ()))
        unites = tuple(tuple(int(i == j) for j in range(largeur)) for i in range(largeur))
        code = cls(unites, colonnes)
        while (nulle := _orthogonal(code.classes, code.dimension)) is not None:
            code = code._sans(next(i for i, x in enumerate(nulle) if x))
        return code

    @property
    def dimension(self) -> int:
        """Nombre de combinaisons indépendantes."""
        return len(self.combinaisons)

    @property
    def poids(self) -> int:
        """Personnes de toutes les classes."""
        return sum(self.classes.values())

    def combiner(self, facteurs: Sequence[int]) -> Combinaison:
        """Les coefficients, groupe par groupe, d’une combinaison de ces combinaisons."""
        return Combinaison(
            tuple(
                sum(f * x for f, x in zip(facteurs, rang, strict=True)) % _PREMIER
                for rang in zip(*self.combinaisons, strict=True)
            )
        )

    def contracter(self, colonne: _Vecteur) -> _Code:
        """Les seules combinaisons nulles sur une classe."""
        pivot = next(i for i, x in enumerate(colonne) if x)
        inverse = pow(colonne[pivot], -1, _PREMIER)
        retraits = [x * inverse % _PREMIER for x in colonne]

        def reduire(vecteur: _Vecteur) -> _Vecteur:
            tete = vecteur[pivot]
            if not tete:
                return vecteur[:pivot] + vecteur[pivot + 1 :]
            return tuple(
                (x - tete * r) % _PREMIER for i, (x, r) in enumerate(zip(vecteur, retraits, strict=True)) if i != pivot
            )

        rangs = [reduire(rang) for rang in zip(*self.combinaisons, strict=True)]
        return _Code(tuple(zip(*rangs, strict=True)), _rassembler((reduire(c), p) for c, p in self.classes.items()))

    def effacer(self, colonne: _Vecteur) -> _Code:
        """Les mêmes combinaisons, sans regarder une classe."""
        return _Code(self.combinaisons, {c: p for c, p in self.classes.items() if c != colonne})

    def depasse(self, budget: int) -> bool:
        """Vrai si des familles de classes, chacune engendrant tout, prouvent qu’aucune combinaison ne tient sous tant.

        Une combinaison non nulle dépend d’une classe au moins de chaque famille ; un poids n’y sert qu’une fois.
        """
        restes, total = dict(self.classes), 0
        while total <= budget:
            ordre = sorted((c for c, p in restes.items() if p), key=lambda c: (-restes[c], c))
            famille = _base(ordre, self.dimension)
            if len(famille) < self.dimension:
                return False
            part = min(restes[c] for c in famille)
            total += part
            for c in famille:
                restes[c] -= part
        return True

    def _sans(self, rang: int) -> _Code:
        combinaisons = (*self.combinaisons[:rang], *self.combinaisons[rang + 1 :])
        return _Code(combinaisons, _rassembler((c[:rang] + c[rang + 1 :], p) for c, p in self.classes.items()))


class _Recherche:
    """Une recherche, et ce qu’il lui reste d’étapes."""

    def __init__(self) -> None:
        self._etapes = _ETAPES_MAX

    def chercher(self, code: _Code, budget: int) -> Combinaison | None:
        """Une combinaison dont le poids tient dans ``budget`` ; rien, si c’est prouvé impossible."""
        self._etapes -= 1
        if self._etapes < 0:
            return Combinaison()
        code = _alleger(code, budget)
        if not code.dimension:
            return None
        nulle = _orthogonal(code.classes, code.dimension)
        if nulle is None and code.poids <= budget:
            nulle = (1, *(0 for _ in range(code.dimension - 1)))
        if nulle is not None:
            return code.combiner(nulle)
        return None if code.depasse(budget) else self._essayer(code, budget)

    def _essayer(self, code: _Code, budget: int) -> Combinaison | None:
        lourde = max(code.classes, key=lambda c: (code.classes[c], c))
        reste = budget - code.classes[lourde]
        return self.chercher(code.effacer(lourde), reste) or self.chercher(code.contracter(lourde), budget)


def _alleger(code: _Code, budget: int) -> _Code:
    """Le code réduit à ce qui s’annule sur toute classe de plus de ``budget`` personnes."""
    code = _Code(code.combinaisons, _rassembler(code.classes.items()))
    while lourde := next((c for c, poids in code.classes.items() if poids > budget), None):
        code = code.contracter(lourde)
    return code


def _rassembler(classes: Iterable[tuple[_Vecteur, int]]) -> dict[_Vecteur, int]:
    """Les classes, colonnes proportionnelles réunies et colonnes nulles ôtées : elles ne dépendent plus de rien."""
    reunies: dict[_Vecteur, int] = {}
    for colonne, poids in classes:
        tete = next((x for x in colonne if x), 0)
        if not tete:
            continue
        if tete != 1:
            inverse = pow(tete, -1, _PREMIER)
            colonne = tuple(x * inverse % _PREMIER for x in colonne)  # noqa: PLW2901
        reunies[colonne] = reunies.get(colonne, 0) + poids
    return reunies


def _base(colonnes: Iterable[_Vecteur], dimension: int) -> dict[_Vecteur, int]:
    """Des colonnes indépendantes, les premières d’abord, jusqu’à tout engendrer ; à chacune, son pivot."""
    reduites: list[tuple[int, _Vecteur]] = []
    base: dict[_Vecteur, int] = {}
    for colonne in colonnes:
        reste = _reduire(colonne, reduites)
        pivot = next((i for i, x in enumerate(reste) if x), None)
        if pivot is None:
            continue
        inverse = pow(reste[pivot], -1, _PREMIER)
        reduites.append((pivot, tuple(x * inverse % _PREMIER for x in reste)))
        base[colonne] = pivot
        if len(base) == dimension:
            break
    return base


def _reduire(colonne: Sequence[int], reduites: Iterable[tuple[int, _Vecteur]]) -> _Vecteur:
    # L’essentiel du temps d’une preuve se passe ici : une liste se bâtit plus vite qu’un générateur.
    for pivot, autre in reduites:
        if tete := colonne[pivot]:
            colonne = [(x - tete * y) % _PREMIER for x, y in zip(colonne, autre, strict=True)]
    return tuple(colonne)


def _orthogonal(colonnes: Iterable[_Vecteur], dimension: int) -> _Vecteur | None:
    """Une combinaison non nulle qui s’annule sur toutes ces colonnes ; rien si elles engendrent tout."""
    base = _base(colonnes, dimension)
    if len(base) == dimension:
        return None
    reduites: list[tuple[int, _Vecteur]] = []
    for colonne, pivot in base.items():
        reste = _reduire(colonne, reduites)
        inverse = pow(reste[pivot], -1, _PREMIER)
        neuve = tuple(x * inverse % _PREMIER for x in reste)
        reduites = [(p, _reduire(autre, [(pivot, neuve)])) for p, autre in reduites]
        reduites.append((pivot, neuve))
    libre = next(i for i in range(dimension) if i not in base.values())
    solution = [0] * dimension
    solution[libre] = 1
    for pivot, ligne in reduites:
        solution[pivot] = -ligne[libre] % _PREMIER
    return tuple(solution)
