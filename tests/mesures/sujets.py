"""Ce que ``tout.py`` mesure : les fichiers à fabriquer, et les commandes à lancer dessus.

    python tests/mesures/sujets.py csv DOSSIER --pandas PYTHON

Fabrique dans un dossier et imprime les sujets en JSON. Un processus à part : sa mémoire compterait sinon dans le pic
de ceux qu’il lance.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cohorte as mesure_csv
import tables as mesure_tables
from test_formulaire_xlsx import remplir, reponses_variees

from cpit.chargement import charger
from cpit.coeur.modele import Referentiel
from cpit.emplacements import trouver_referentiel
from cpit.formulaires.classeur import ecrire_formulaire

REFERENCE = "pandas"
CPIT = [sys.executable, "-m", "cpit", "cohorte"]
FORMULAIRES, TRENTE = 200, 30
_SANS_CALAMINE = "import sys; sys.modules['python_calamine'] = None\n"

ECRIRE_CPIT = f"""
import resource, sys, time
sys.path.insert(0, {str(Path(__file__).resolve().parents[1])!r})
from pathlib import Path
from aide_cohorte import cohorte_au_hasard
from cpit.chargement import charger
from cpit.emplacements import trouver_referentiel
from cpit.formats.classeur_groupe import ecrire
cohorte = cohorte_au_hasard(charger(trouver_referentiel(None)), int(sys.argv[1]))
avant = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
debut, calcul = time.perf_counter(), time.process_time()
ecrire(Path(sys.argv[2]), cohorte, [], [("cohorte.csv", len(cohorte.notees), 0)], date="2026-11-22")
print(f"duree={{time.perf_counter() - debut}} processeur={{time.process_time() - calcul}} avant={{avant / 1024}}")
"""
ECRIRE_PANDAS = """
import resource, sys, time, numpy as np, pandas as pd
n, tirer = int(sys.argv[1]), np.random.default_rng(1)
codes = [f"C{{c}}{{k}}" for c in range(1, 9) for k in "PMC"]
qui = pd.DataFrame({{"identifiant": [f"P{{i}}" for i in range(n)], **{{q: "commune" for q in "abcd"}}}})
qui["moment"], qui["regard"] = "t0", "soi"
libelles = {libelles}
reponses = pd.DataFrame(tirer.integers(0, 5, (n, 24)), columns=codes)
scores = pd.DataFrame({{f"score_{{e}}": reponses.sample(3, axis=1).mean(axis=1) for e in range({echelles})}})
comptes = pd.DataFrame({{f"n_{{e}}": np.full(n, 3) for e in range({echelles})}})
place = pd.DataFrame(tirer.random((n, 2)), columns=["x", "y"]).assign(dominante="catalyse")
feuilles = {{
    "Scores": pd.concat([qui, scores, comptes, place], axis=1),
    "Réponses": pd.concat([qui, reponses], axis=1),
    "Réponses en clair": pd.concat([qui, reponses.replace(dict(enumerate(libelles)))], axis=1),
}}
avant = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
debut, calcul = time.perf_counter(), time.process_time()
with pd.ExcelWriter(sys.argv[2], engine="openpyxl") as classeur:
    for nom, feuille in feuilles.items():
        feuille.to_excel(classeur, sheet_name=nom, index=False, freeze_panes=(1, 1))
print(f"duree={{time.perf_counter() - debut}} processeur={{time.process_time() - calcul}} avant={{avant / 1024}}")
"""
"""Les mêmes trois grandes feuilles, sans format de cellule, ni synthèse, ni graphique."""

FORMULAIRES_CPIT = """
import sys
from pathlib import Path
from cpit.chargement import charger
from cpit.emplacements import trouver_referentiel
from cpit.sources import lire_sources
chemins = sorted(Path(sys.argv[1]).glob("*.xlsx"))
lectures = list(lire_sources(chemins, charger(trouver_referentiel(None))))
assert sum(len(lecture.releves) for lecture in lectures) == len(chemins)
"""
FORMULAIRES_PANDAS = """
import sys, pandas as pd
from pathlib import Path
lus = {}
for chemin in sorted(Path(sys.argv[1]).glob("*.xlsx")):
    feuille = pd.read_excel(chemin, sheet_name="Formulaire", header=None)
    lus[chemin.stem] = dict(zip(feuille[0], feuille[2]))
assert len(lus) == len(list(Path(sys.argv[1]).glob("*.xlsx")))
"""
TRENTE_PANDAS = """
from pathlib import Path
import openpyxl, pandas as pd, typer
from openpyxl.chart import RadarChart, Reference, ScatterChart, Series
from pydantic import BaseModel, Field
from typing import Optional

class Reponses(BaseModel):
    identifiant: str
    valeurs: dict[str, Optional[int]]

def lire(chemin):
    feuille = pd.read_excel(chemin, sheet_name="Formulaire", header=None)
    lignes = feuille[feuille[0].isin({codes})]
    niveau = lambda texte: int(str(texte)[0]) if str(texte)[:1].isdigit() else None
    valeurs = {{code: niveau(texte) for code, texte in zip(lignes[0], lignes[2])}}
    return Reponses(identifiant=chemin.stem, valeurs=valeurs)

app = typer.Typer()

@app.command()
def principal(dossier: Path, sortie: Path):
    lues = [lire(chemin) for chemin in sorted(dossier.glob("*.xlsx"))]
    reponses = pd.DataFrame([r.valeurs for r in lues], index=[r.identifiant for r in lues]).astype(float)
    notes = {{}}
    for nom, items in {echelles}.items():
        n = reponses[items].notna().sum(axis=1)
        notes["score_" + nom] = reponses[items].mean(axis=1).where(n >= len(items) / 2)
        notes["n_" + nom] = n
    scores = pd.DataFrame(notes)
    parts = scores[["score_" + k for k in {poles}]] / 4
    for axe, nom in enumerate("xy"):
        scores[nom] = sum(parts["score_" + k] * p[axe] for k, p in {poles}.items()) / parts.sum(axis=1)
    resume = scores.describe().T
    with pd.ExcelWriter(sortie, engine="openpyxl") as classeur:
        resume.to_excel(classeur, sheet_name="Synthèse")
        scores.to_excel(classeur, sheet_name="Scores")
        reponses.to_excel(classeur, sheet_name="Réponses")
        feuille = classeur.sheets["Synthèse"]
        radar = RadarChart()
        radar.add_data(Reference(feuille, min_col=3, min_row=1, max_row=9), titles_from_data=True)
        feuille.add_chart(radar, "L2")
        carte, donnees = ScatterChart(), classeur.sheets["Scores"]
        derniere = donnees.max_row
        xs = Reference(donnees, min_col=donnees.max_column - 1, min_row=2, max_row=derniere)
        carte.series.append(Series(Reference(donnees, min_col=donnees.max_column, min_row=2, max_row=derniere), xs))
        feuille.add_chart(carte, "L20")

app()
"""


@dataclass(frozen=True)
class Sujet:
    """Ce qui se mesure : des commandes par variante (la première fait référence), et le but, en rapport."""

    titre: str
    variantes: dict[str, list[str]]
    tours: int
    but: str = ""


def principal() -> None:
    """Fabrique et imprime."""
    analyse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    analyse.add_argument("nom", choices=SUJETS)
    analyse.add_argument("dossier", type=Path)
    analyse.add_argument("--pandas", required=True, help="Python qui a pandas, openpyxl, typer et pydantic")
    analyse.add_argument("--personnes", type=int, default=100_000, help="lignes des classeurs")
    analyse.add_argument("--lignes", type=int, default=1_000_000, help="lignes des CSV")
    analyse.add_argument("--tours", type=int, default=3)
    choix = analyse.parse_args()
    print(json.dumps([asdict(sujet) for sujet in SUJETS[choix.nom](choix.dossier, choix)]))


def csv(dossier: Path, choix: argparse.Namespace) -> Iterator[Sujet]:
    """Noter une grande table CSV : scores et positions écrits en pleine précision."""
    referentiel, entree, sortie = _livre(), dossier / "e.csv", dossier / "s.csv"
    mesure_csv.fabriquer(entree, referentiel, choix.lignes, mesure_csv.SORTES["nette"])
    script = mesure_csv.PANDAS.format(**_mots(referentiel), libelles={})
    fichiers = [str(entree), str(sortie)]
    yield Sujet(
        f"CSV de {choix.lignes} lignes, noté et écrit",
        {
            REFERENCE: [choix.pandas, "-c", script, *fichiers],
            "pandas, arrondi avant d’écrire": [choix.pandas, "-c", script, *fichiers, "arrondi"],
            "cpit cohorte": [*CPIT, fichiers[0], "--sortie", fichiers[1]],
        },
        choix.tours,
        "≥ 3 ; 6 à 10 visés",
    )


def xlsx(dossier: Path, choix: argparse.Namespace) -> Iterator[Sujet]:
    """Lire une grande table xlsx, anomalies comprises."""
    _, table = mesure_tables.fabriquer(dossier, choix.personnes)
    fin = [str(table), str(choix.personnes)]
    yield Sujet(
        f"xlsx de {choix.personnes} lignes, lu et vérifié",
        {
            f"{REFERENCE} + openpyxl": [choix.pandas, "-c", mesure_tables.PANDAS, *fin],
            "cpit": [sys.executable, "-c", _SANS_CALAMINE + mesure_tables.CPIT, *fin],
            "cpit[recherche]": [sys.executable, "-c", mesure_tables.CPIT, *fin],
        },
        choix.tours,
        "≥ 6 avec recherche",
    )


def classeur(dossier: Path, choix: argparse.Namespace) -> Iterator[Sujet]:
    """Écrire le classeur d’un grand groupe, les données étant en mémoire."""
    referentiel, fin = _livre(), [str(choix.personnes), str(dossier / "g.xlsx")]
    libelles = [niveau.libelle for niveau in referentiel.echelle.niveaux]
    script = ECRIRE_PANDAS.format(libelles=libelles, echelles=len(referentiel.echelles))
    yield Sujet(
        f"écrire le classeur de {choix.personnes} personnes",
        {
            f"{REFERENCE} + openpyxl": [choix.pandas, "-c", script, *fin],
            "cpit": [sys.executable, "-c", ECRIRE_CPIT, *fin],
        },
        choix.tours,
        "≥ 3 ; + 150 Mio au plus",
    )


def formulaires(dossier: Path, choix: argparse.Namespace) -> Iterator[Sujet]:
    """Lire deux cents formulaires remplis."""
    _fabriquer_formulaires(dossier, FORMULAIRES)
    yield Sujet(
        f"{FORMULAIRES} formulaires xlsx, lus et vérifiés",
        {
            f"{REFERENCE} + openpyxl": [choix.pandas, "-c", FORMULAIRES_PANDAS, str(dossier)],
            "cpit": [sys.executable, "-c", FORMULAIRES_CPIT, str(dossier)],
        },
        choix.tours,
        "≤ 1,5 s",
    )


def trente(dossier: Path, choix: argparse.Namespace) -> Iterator[Sujet]:
    """Trente formulaires, du dossier au classeur noté."""
    _fabriquer_formulaires(dossier / "f", TRENTE)
    fin, sortie = str(dossier / "f"), str(dossier / "g.xlsx")
    yield Sujet(
        f"{TRENTE} formulaires → classeur noté",
        {
            "typer + pydantic + pandas + openpyxl": [
                *(choix.pandas, "-c", TRENTE_PANDAS.format(**_mots(_livre())), fin, sortie)
            ],
            "cpit cohorte": [*CPIT, fin, "--sortie", sortie],
        },
        max(choix.tours, 7),
        "≥ 5",
    )


def _fabriquer_formulaires(dossier: Path, nombre: int) -> None:
    """Des formulaires remplis : un seul est bâti par openpyxl, les autres sont ses copies sous d’autres noms."""
    dossier.mkdir(exist_ok=True)
    referentiel, modele = _livre(), dossier / "P000.xlsx"
    ecrire_formulaire(modele, referentiel)
    remplir(modele, referentiel, reponses_variees(referentiel))
    for rang in range(1, nombre):
        (dossier / f"P{rang:03d}.xlsx").write_bytes(modele.read_bytes())


def _livre() -> Referentiel:
    return charger(trouver_referentiel(mesure_csv.REFERENTIEL))


def _mots(referentiel: Referentiel) -> dict[str, object]:
    """Ce que les scripts à pandas savent du référentiel."""
    return {
        "codes": [item.code for item in referentiel.items],
        "echelles": {e.identifiant: [i.code for i in e.items] for e in referentiel.echelles.values()},
        "poles": {i.identifiant: (i.position.x, i.position.y) for i in referentiel.ingenieries},
    }


SUJETS: dict[str, Callable[[Path, argparse.Namespace], Iterator[Sujet]]] = {
    "csv": csv,
    "xlsx": xlsx,
    "classeur": classeur,
    "formulaires": formulaires,
    "trente": trente,
}

if __name__ == "__main__":
    principal()
