"""Mesure la notation d’une grande table CSV en rapports à un script pandas, dans une même série (A B A B…).

    python tests/mesures/cohorte.py [--lignes 200000] [--tours 3] [--sorte nette] [--pandas PYTHON]

Chaque variante est un processus entier, de la table aux scores et positions écrits en pleine précision ; le pic est
celui de sa mémoire. ``--pandas`` : le Python d’un environnement qui a pandas (et polars, pour la borne). Les rapports
valent quand les secondes dérivent. Tous les autres sujets : tout.py, dans le même dossier.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fabrique import CPIT, SORTES, Livre, fabriquer_csv, lire_livre

PANDAS = """
import sys, numpy as np, pandas as pd
entree, sortie, arrondi = sys.argv[1], sys.argv[2], len(sys.argv) > 3
if entree.endswith(".csv"): df = pd.read_csv(entree, sep=";", encoding="utf-8-sig", na_values=["SO", "9"])
else: df = pd.read_excel(entree, engine="openpyxl", na_values=["SO"])
libelles = {libelles}
if libelles:
    for c in {codes}: df[c] = df[c].map(libelles)
notes = {{}}
for nom, items in {echelles}.items():
    n = df[items].notna().sum(axis=1)
    notes["score_" + nom] = df[items].mean(axis=1).where(n >= len(items) / 2)
    notes["n_" + nom] = n
sortie_df = pd.concat([df, pd.DataFrame(notes)], axis=1)
poles = {poles}
a = sortie_df[["score_" + k for k in poles]] / 4
total = a.sum(axis=1, min_count=len(poles)).replace(0, np.nan).where(a.notna().all(axis=1))
sortie_df["x"] = sum(a["score_" + k] * p[0] for k, p in poles.items()) / total
sortie_df["y"] = sum(a["score_" + k] * p[1] for k, p in poles.items()) / total
sortie_df["dominante"] = a.fillna(-1).idxmax(axis=1).where(total.notna())
if arrondi: sortie_df = sortie_df.round(4)
sortie_df.to_csv(sortie, sep=";", decimal=",", index=False, encoding="utf-8-sig")
"""
"""Le script d’un chercheur : mêmes colonnes, poids tous égaux, sans rien vérifier ni signaler."""

POLARS = """
import sys, polars as pl
lf = pl.scan_csv(sys.argv[1], separator=";", infer_schema=False)
codes = {codes}
niveaux = {{**{{str(k): float(k) for k in range(5)}}, **{libelles}}}
lues = [pl.col(c).replace_strict(niveaux, default=None, return_dtype=pl.Float64).alias("v_" + c) for c in codes]
lf = lf.with_columns(lues)
notes = []
for nom, items in {echelles}.items():
    n = sum((pl.col("v_" + i).is_not_null().cast(pl.Float64) for i in items), pl.lit(0.0))
    s = sum((pl.col("v_" + i).fill_null(0.0) for i in items), pl.lit(0.0))
    notes += [pl.when(n >= len(items) / 2).then(s / n).alias("score_" + nom), n.cast(pl.Int16).alias("n_" + nom)]
poles = {poles}
lf = lf.with_columns(notes)
total = sum(pl.col("score_" + k) / 4 for k in poles)
lf = lf.with_columns(
    *(pl.when(total > 0).then(sum(pl.col("score_" + k) / 4 * p[axe] for k, p in poles.items()) / total).alias("xy"[axe])
      for axe in (0, 1))
).drop(["v_" + c for c in codes])
lf.sink_csv(sys.argv[2], separator=";", include_bom=True, decimal_comma=True, line_terminator="\\r\\n")
"""
"""Une borne : polars en flux, sans dominante, sans vérifier ni signaler."""


def principal() -> None:
    """Fabrique la table, alterne les variantes, écrit médianes, rapports et pics."""
    analyse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    analyse.add_argument("--lignes", type=int, default=200_000)
    analyse.add_argument("--tours", type=int, default=3)
    analyse.add_argument("--sorte", choices=SORTES, default="nette")
    analyse.add_argument("--pandas", default=sys.executable)
    analyse.add_argument("--sans-autres", action="store_true", help="cpit seul, pour son pic")
    choix = analyse.parse_args()
    livre = lire_livre()
    with tempfile.TemporaryDirectory() as dossier:
        entree, sortie = Path(dossier) / "entree.csv", Path(dossier) / "sortie.csv"
        fabriquer_csv(entree, livre, choix.lignes, choix.sorte)
        print(f"{choix.lignes} lignes, sorte {choix.sorte}, {entree.stat().st_size / 1e6:.0f} Mo")
        autres = {} if choix.sans_autres else _autres(livre, choix.pandas, en_libelles=choix.sorte == "libelles")
        variantes = {**autres, "cpit cohorte": [*CPIT, "cohorte", "E", "--sortie", "S"]}
        alterner(variantes, entree, sortie, choix.tours)


def _autres(livre: Livre, python: str, *, en_libelles: bool) -> dict[str, list[str]]:
    mots = mots_du_referentiel(livre, en_libelles=en_libelles)
    connus = {
        "pandas": [python, "-c", PANDAS.format(**mots), "E", "S"],
        "pandas, arrondi avant": [python, "-c", PANDAS.format(**mots), "E", "S", "arrondi"],
        "polars nu (borne)": [python, "-c", POLARS.format(**mots), "E", "S"],
    }
    return {nom: commande for nom, commande in connus.items() if _a(python, nom[:6])}


def mots_du_referentiel(livre: Livre, *, en_libelles: bool) -> dict[str, object]:
    """Ce qu’un script doit savoir du référentiel, écrit dans son texte."""
    libelles = {libelle: valeur for valeur, libelle in livre.niveaux.items()} if en_libelles else {}
    return {**livre.mots, "libelles": libelles}


def _a(python: str, paquet: str) -> bool:
    essai = subprocess.run([python, "-c", f"import {paquet}"], capture_output=True, check=False)
    if essai.returncode:
        print(f"{paquet} : absent de {python}")
    return essai.returncode == 0


def alterner(variantes: dict[str, list[str]], entree: Path, sortie: Path, tours: int) -> None:
    """Lance chaque variante à tour de rôle et écrit les rapports à la première."""
    mesures: dict[str, list[tuple[float, float]]] = {nom: [] for nom in variantes}
    for _ in range(tours):
        for nom, commande in variantes.items():
            # cpit ne remplace pas ce qu’un autre a écrit.
            sortie.unlink(missing_ok=True)
            mesures[nom].append(lancer([{"E": str(entree), "S": str(sortie)}.get(mot, mot) for mot in commande]))
    reference = [duree for duree, _ in next(iter(mesures.values()))]
    for nom, couples in mesures.items():
        durees = [duree for duree, _ in couples]
        rapport = statistics.median(r / d for r, d in zip(reference, durees, strict=True))
        pic = max(pic for _, pic in couples)
        print(f"{nom:24s} {statistics.median(durees):7.2f} s   × {rapport:5.1f}   pic {pic:6.0f} Mio")


def lancer(commande: list[str]) -> tuple[float, float]:
    """Durée d’un processus, en secondes, et pic de sa mémoire, en Mio (sous Linux)."""
    debut = time.perf_counter()
    processus = subprocess.Popen(commande, stdout=subprocess.DEVNULL)
    _, etat, usage = os.wait4(processus.pid, 0)
    duree = time.perf_counter() - debut
    # Popen n’a pas vu finir son processus : qu’il ne l’attende pas.
    processus.returncode = os.waitstatus_to_exitcode(etat)
    if processus.returncode not in (0, 1):
        raise SystemExit(f"échec : {commande[:3]}")
    return duree, usage.ru_maxrss / 1024


if __name__ == "__main__":
    principal()
