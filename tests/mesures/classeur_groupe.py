"""Mesure le classeur d’un groupe : temps d’écriture et mémoire au-delà des données. À lancer à la main.

python tests/mesures/classeur_groupe.py 100000
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aide_cohorte import cohorte_au_hasard

from cpit.chargement import charger
from cpit.emplacements import trouver_referentiel
from cpit.formats.classeur_groupe import ecrire


def pic() -> float:
    """Pic de mémoire du processus, en Mio (Linux le donne en Kio)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def principal(personnes: int) -> None:
    """Bâtit une cohorte au hasard, l’écrit, dit ce que cela a coûté."""
    debut = time.perf_counter()
    cohorte = cohorte_au_hasard(charger(trouver_referentiel(None)), personnes)
    donnees, bati = pic(), time.perf_counter()
    with tempfile.TemporaryDirectory() as dossier:
        chemin = Path(dossier) / "groupe.xlsx"
        ecrire(chemin, cohorte, [], [("cohorte.csv", personnes, 0)], date="2026-11-22")
        taille = chemin.stat().st_size / 2**20
    ecrit = time.perf_counter() - bati
    print(f"{personnes} passations bâties et notées en {bati - debut:.1f} s, {donnees:.0f} Mio")
    print(f"classeur de {taille:.1f} Mio écrit en {ecrit:.1f} s, pic de {pic() - donnees:.0f} Mio au-delà des données")


if __name__ == "__main__":
    principal(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
