"""Ce que gagne la forme longue : fidélité d’un score de compétence à trois situations, puis à six.

    python tests/campagnes/forme_longue.py [--nombre 20000] [--graine G]

Le modèle est l’un de ceux qui éprouvent l’incertitude d’une position (« au hasard autour d’un profil ») : une vraie
compétence d’écart-type 0,6 autour du milieu de l’échelle, 0,9 propre à chaque situation, arrondis aux niveaux de 0 à
4. La fidélité est la corrélation de deux scores de la même compétence tirés de situations différentes ; l’erreur type
d’un score en vient (écart-type × √(1 − fidélité)).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from campagnes.commun import GRAINE

COMPETENCE, SITUATION = 0.6, 0.9


def fidelite(nombre: int, situations: int, de: np.random.Generator) -> tuple[float, float]:
    """Fidélité et erreur type, en niveaux, d’un score sur autant de situations."""
    vraie = 2 + de.normal(0, COMPETENCE, (nombre, 1))
    formes = [vraie + de.normal(0, SITUATION, (nombre, situations)) for _ in range(2)]
    premier, second = (np.clip(np.rint(forme), 0, 4).mean(axis=1) for forme in formes)
    correlation = float(np.corrcoef(premier, second)[0, 1])
    return correlation, float(premier.std(ddof=1) * np.sqrt(1 - correlation))


def main() -> None:
    """Les deux formes, l’une sous l’autre."""
    lecteur = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    lecteur.add_argument("--nombre", type=int, default=20_000)
    lecteur.add_argument("--graine", type=int, default=GRAINE)
    choix = lecteur.parse_args()
    de = np.random.default_rng(choix.graine)
    for situations in (3, 6):
        correlation, erreur = fidelite(choix.nombre, situations, de)
        sys.stdout.write(f"{situations} situations : fidélité {correlation:.2f}, erreur type {erreur:.2f}\n")


if __name__ == "__main__":
    main()
