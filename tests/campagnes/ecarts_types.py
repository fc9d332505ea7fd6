"""Combien de fois (n, moyenne, écart-type), arrondis au centième, disent les scores de tout le groupe, à l’ordre près.

    python tests/campagnes/ecarts_types.py

Scores sur trois items à cinq niveaux (treize valeurs), réponses au hasard : toutes les répartitions possibles de n
scores sont énumérées, avec leur probabilité.
C’est d’ici que vient le seuil des écarts-types, dans la règle des petits groupes.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from itertools import combinations_with_replacement, product
from math import factorial, prod, sqrt

_NIVEAUX, _ITEMS = 5, 3


def part_determinee(n: int) -> float:
    """Probabilité que n scores se retrouvent tous de leur moyenne et de leur écart-type."""
    parts: dict[int, float] = defaultdict(float)
    for reponses in product(range(_NIVEAUX), repeat=_ITEMS):
        parts[sum(reponses)] += 1 / _NIVEAUX**_ITEMS
    signatures: dict[tuple[float, float], list[float]] = defaultdict(list)
    for scores in combinations_with_replacement(sorted(parts), n):
        somme, carres = sum(scores), sum(score * score for score in scores)
        ecart = sqrt(max(0.0, (carres - somme * somme / n) / (n - 1))) / _ITEMS
        ordres = factorial(n) / prod(factorial(scores.count(score)) for score in set(scores))
        signatures[round(somme / n / _ITEMS, 2), round(ecart, 2)].append(ordres * prod(parts[s] for s in scores))
    return sum(poids[0] for poids in signatures.values() if len(poids) == 1)


def main() -> None:
    """De trois personnes à tant."""
    for n in range(3, int(sys.argv[1]) + 1 if len(sys.argv) > 1 else 9):
        print(f"n = {n} : {part_determinee(n):.2%}", flush=True)


if __name__ == "__main__":
    main()
