"""Mesurer la lecture de 200 formulaires xlsx remplis, et le garde devant chaque mauvais fichier.

    python tests/mesures/formulaires.py

Écrit des médianes et des rapports : la machine bruyante fausse les secondes, moins les rapports d’une même série.
« openpyxl » ouvre chaque formulaire deux fois en lecture seule (valeurs, puis formules) et parcourt la feuille.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from openpyxl import load_workbook
from test_formulaire_xlsx import enregistrer_par_libreoffice, remplir, reponses_variees
from test_garde_xlsx import MAUVAIS

from cpit.chargement import charger
from cpit.emplacements import trouver_referentiel
from cpit.erreurs import ErreurCpit
from cpit.formats.formulaire_xlsx import lire
from cpit.formulaires.classeur import ecrire_formulaire
from cpit.tableur.garde import verifier_xlsx

FORMULAIRES = 200
TOURS = 5


def par_openpyxl(chemin: Path) -> None:
    """Ce que coûterait la même lecture par openpyxl, sans rien interpréter."""
    for valeurs in (True, False):
        classeur = load_workbook(chemin, read_only=True, data_only=valeurs)
        for feuille in classeur:
            feuille.reset_dimensions()
            if feuille.title == "Formulaire":
                tuple(feuille.iter_rows(values_only=True))
        classeur.close()


def mesurer(gestes: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Médiane de chaque geste, les gestes alternés tour à tour."""
    durees: dict[str, list[float]] = {nom: [] for nom in gestes}
    for _ in range(TOURS):
        for nom, geste in gestes.items():
            depart = time.perf_counter()
            geste()
            durees[nom].append(time.perf_counter() - depart)
    return {nom: statistics.median(liste) for nom, liste in durees.items()}


def refuser(chemin: Path) -> None:
    """Le garde, sur un fichier qu’il doit refuser."""
    try:
        verifier_xlsx(chemin)
    except ErreurCpit:
        return
    raise AssertionError(chemin)


def principal() -> None:
    """Fabrique les fichiers, mesure, écrit."""
    dossier = Path(tempfile.mkdtemp())
    referentiel = charger(trouver_referentiel(None))
    chemin = dossier / "f.xlsx"
    ecrire_formulaire(chemin, referentiel, identifiant="P")
    rendu = enregistrer_par_libreoffice(dossier, remplir(chemin, referentiel, reponses_variees(referentiel)))
    medianes = mesurer(
        {
            "cpit": lambda: [lire(rendu, referentiel) for _ in range(FORMULAIRES)],
            "garde seul": lambda: [verifier_xlsx(rendu) for _ in range(FORMULAIRES)],
            "openpyxl": lambda: [par_openpyxl(rendu) for _ in range(FORMULAIRES)],
            "écrire": lambda: [ecrire_formulaire(chemin, referentiel) for _ in range(FORMULAIRES)],
        }
    )
    for nom, duree in medianes.items():
        print(f"{FORMULAIRES} formulaires, {nom} : {duree:.2f} s ({duree / medianes['cpit']:.2f} × cpit)")
    for nom, (_, fabriquer) in MAUVAIS.items():
        mauvais = dossier / "m.xlsx"
        mauvais.write_bytes(fabriquer())
        duree = mesurer({nom: lambda chemin=mauvais: refuser(chemin)})[nom]  # type: ignore[misc]
        print(f"garde, {nom} : {duree * 1000:.1f} ms")


if __name__ == "__main__":
    principal()
