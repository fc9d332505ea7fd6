"""Lecture d’une table de 100 000 lignes, CSV et xlsx, en rapport avec pandas + openpyxl (processus entiers, alternés).

python tests/mesures/tables.py --pandas /chemin/vers/un/python/qui/a/pandas/et/openpyxl
"""

from __future__ import annotations

import argparse
import csv
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import xlsxwriter

from cpit.chargement import charger

RACINE = Path(__file__).resolve().parents[2]
YAML = RACINE / "referentiels" / "innovation-territoriale.yaml"
CPIT = f"""
import sys; from pathlib import Path
from cpit.chargement import charger; from cpit.formats import table_csv, table_xlsx
lecteur = table_csv if sys.argv[1].endswith("csv") else table_xlsx
lecture = lecteur.lire(Path(sys.argv[1]), charger(Path({str(YAML)!r})))
assert len(lecture.releves) == int(sys.argv[2]) and not lecture.anomalies, lecture.anomalies[:3]
"""
PANDAS = """
import sys, pandas
chemin = sys.argv[1]
table = pandas.read_csv(chemin, sep=";") if chemin.endswith("csv") else pandas.read_excel(chemin, engine="openpyxl")
assert len(table) == int(sys.argv[2])
"""


def fabriquer(dossier: Path, lignes: int) -> tuple[Path, Path]:
    """Les deux fichiers : identifiant, moment, regard, profil, 24 items (niveaux, SO, vides)."""
    referentiel, de = charger(YAML), random.Random(1)
    entete = ["identifiant", "moment", "regard", *(q.identifiant for q in referentiel.profil)]
    entete += [item.code for item in referentiel.items]
    en_csv, en_xlsx = dossier / "t.csv", dossier / "t.xlsx"
    with en_csv.open("w", newline="", encoding="utf-8-sig") as flux:
        livre = xlsxwriter.Workbook(str(en_xlsx), {"constant_memory": True})
        feuille, ecrivain = livre.add_worksheet(), csv.writer(flux, delimiter=";")
        for rang in range(lignes + 1):
            ligne: list[str | int] = list(entete)
            if rang:
                profil = [de.choice(question.choix).code for question in referentiel.profil]
                reponses = [de.choice([0, 1, 2, 3, 4, 2, 3, "SO", ""]) for _ in referentiel.items]
                ligne = [f"P{rang:06d}", "t0", "soi", *profil, *reponses]
            ecrivain.writerow(ligne)
            feuille.write_row(rang, 0, ligne)
        livre.close()
    return en_csv, en_xlsx


def chronometrer(python: str, programme: str, chemin: Path, lignes: int) -> float:
    """Secondes d’un processus entier."""
    debut = time.perf_counter()
    subprocess.run([python, "-c", programme, str(chemin), str(lignes)], check=True, cwd=RACINE)
    return time.perf_counter() - debut


def principal() -> None:
    """Mesure et affiche."""
    analyseur = argparse.ArgumentParser(description=__doc__)
    analyseur.add_argument("--pandas", help="python qui a pandas et openpyxl")
    analyseur.add_argument("--lignes", type=int, default=100_000)
    analyseur.add_argument("--tours", type=int, default=3)
    options = analyseur.parse_args()
    with tempfile.TemporaryDirectory() as dossier:
        for chemin in fabriquer(Path(dossier), options.lignes):
            temps: dict[str, list[float]] = {"cpit": [], "pandas": []}
            for _ in range(options.tours):
                temps["cpit"].append(chronometrer(sys.executable, CPIT, chemin, options.lignes))
                if options.pandas:
                    temps["pandas"].append(chronometrer(options.pandas, PANDAS, chemin, options.lignes))
            medianes = {nom: statistics.median(valeurs) for nom, valeurs in temps.items() if valeurs}
            rapport = f" ; × {medianes['pandas'] / medianes['cpit']:.1f}" if "pandas" in medianes else ""
            print(chemin.suffix, {nom: round(valeur, 2) for nom, valeur in medianes.items()}, rapport)


if __name__ == "__main__":
    principal()
