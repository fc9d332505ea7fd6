"""Des cohortes aux questions de profil emboîtées ou presque pareilles, diffusées puis attaquées : fuites, et leur prix.

    nice -n 19 python tests/campagnes/combinaisons.py --nombre 300

Chaque cohorte (40 à 200 personnes, 3 à 5 questions) est diffusée pour un effectif minimal de 3, puis de 11, et attaquée
par l’adversaire de ``tests/test_combinaisons.py``. D’autres, de 60 personnes au plus, où il manque des réponses, le
sont par celui qui joint toutes les mesures.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from random import Random
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from test_combinaisons import cohorte_a_trous, cohorte_correlee, fuites, lues_seules

from cpit.coeur.diffusion import agreger


def mesurer(nombre: int, graine: int, minimum: int) -> str:
    """Une ligne : cohortes où l’adversaire trouve quelque chose, part des cases tues."""
    trouees, parts = 0, []
    for rang in range(nombre):
        lue = cohorte_correlee(graine + rang)
        agregats = agreger(lue, minimum=minimum)
        trouees += bool(fuites(lue, agregats, Random(rang)))
        parts.append(sum(ligne.moyenne is None for ligne in agregats.lignes) / len(agregats.lignes))
    retenu = f"cases tues : médiane {median(parts):.0%}, moyenne {sum(parts) / nombre:.0%}"
    return f"effectif minimal {minimum} : {trouees} cohortes trouées sur {nombre} ; {retenu}"


def mesurer_les_jointes(nombre: int, graine: int, minimum: int) -> str:
    """Une ligne : cohortes où une personne se lit de toutes les mesures jointes, part des cases tues."""
    trouees, parts = 0, []
    for rang in range(nombre):
        lue = cohorte_a_trous(graine + rang, minimum)
        agregats = agreger(lue, minimum=minimum)
        trouees += bool(lues_seules(lue, agregats))
        parts.append(sum(ligne.moyenne is None for ligne in agregats.lignes) / len(agregats.lignes))
    retenu = f"cases tues : médiane {median(parts):.0%}, moyenne {sum(parts) / nombre:.0%}"
    return f"mesures jointes, effectif minimal {minimum} : {trouees} cohortes trouées sur {nombre} ; {retenu}"


def main() -> None:
    """Les deux effectifs minimaux."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--nombre", type=int, default=100)
    options.add_argument("--graine", type=int, default=1000)
    choix = options.parse_args()
    for minimum in (3, 11):
        print(mesurer(choix.nombre, choix.graine, minimum), flush=True)
        print(mesurer_les_jointes(choix.nombre, choix.graine, minimum), flush=True)


if __name__ == "__main__":
    main()
