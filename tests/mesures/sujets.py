"""Ce que ``tout.py`` mesure : les fichiers à fabriquer, et les commandes à lancer dessus.

    python tests/mesures/sujets.py csv DOSSIER --pandas PYTHON

Fabrique dans un dossier et imprime les sujets en JSON. Un processus à part : sa mémoire compterait sinon dans le pic
de ceux qu’il lance.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from cohorte import PANDAS
from fabrique import CPIT, fabriquer_csv, fabriquer_formulaires, fabriquer_xlsx, lire_livre

REFERENCE = "pandas"
FORMULAIRES, TRENTE = 200, 30

CLASSEUR_PANDAS = (
    PANDAS.partition("if arrondi")[0]
    + """
en_clair = df[{codes}].replace(dict(enumerate({niveaux})))
qui = df[[c for c in df.columns if c not in {codes}]]
with pd.ExcelWriter(sortie, engine="openpyxl") as classeur:
    calculees = [c for c in sortie_df.columns if c not in {codes}]
    sortie_df[calculees].to_excel(classeur, sheet_name="Scores", index=False, freeze_panes=(1, 1))
    df.to_excel(classeur, sheet_name="Réponses", index=False, freeze_panes=(1, 1))
    pd.concat([qui, en_clair], axis=1).to_excel(classeur, sheet_name="En clair", index=False, freeze_panes=(1, 1))
"""
)
"""Les mêmes trois grandes feuilles, sans format de cellule, ni synthèse, ni graphique."""

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
    livre, sortie = lire_livre(), str(dossier / "s.csv")
    entree = str(fabriquer_csv(dossier / "e.csv", livre, choix.lignes))
    script = [choix.pandas, "-c", PANDAS.format(**livre.mots), entree, str(dossier / "p.csv")]
    yield Sujet(
        f"CSV de {choix.lignes} lignes, noté et écrit",
        {
            REFERENCE: script,
            "pandas, arrondi avant d’écrire": [*script, "arrondi"],
            "cpit cohorte": [*CPIT, "cohorte", entree, "--sortie", sortie],
        },
        choix.tours,
        "≥ 3 ; 6 à 10 visés",
    )


def xlsx(dossier: Path, choix: argparse.Namespace) -> Iterator[Sujet]:
    """Noter une grande table xlsx vers un CSV."""
    livre = lire_livre()
    entree = str(fabriquer_xlsx(dossier / "e.xlsx", livre, choix.personnes))
    noter = ["cohorte", entree, "--sortie", str(dossier / "s.csv")]
    yield Sujet(
        f"xlsx de {choix.personnes} lignes, noté et écrit en CSV",
        {
            f"{REFERENCE} + openpyxl": [
                choix.pandas,
                "-c",
                PANDAS.format(**livre.mots),
                entree,
                str(dossier / "p.csv"),
            ],
            "cpit": [*CPIT, *noter],
        },
        choix.tours,
    )


def classeur(dossier: Path, choix: argparse.Namespace) -> Iterator[Sujet]:
    """Noter une table CSV vers le classeur d’un grand groupe."""
    livre = lire_livre()
    entree = str(fabriquer_csv(dossier / "e.csv", livre, choix.personnes))
    script = CLASSEUR_PANDAS.format(**livre.mots, niveaux=list(livre.niveaux.values()))
    yield Sujet(
        f"CSV de {choix.personnes} personnes → classeur noté",
        {
            f"{REFERENCE} + openpyxl": [choix.pandas, "-c", script, entree, str(dossier / "p.xlsx")],
            "cpit cohorte": [*CPIT, "cohorte", entree, "--sortie", str(dossier / "s.xlsx")],
        },
        choix.tours,
        "≥ 3",
    )


def formulaires(dossier: Path, choix: argparse.Namespace) -> Iterator[Sujet]:
    """Deux cents formulaires remplis : cpit les lit, les vérifie, les note ; pandas les lit seulement."""
    rendus = dossier / "f"
    fabriquer_formulaires(rendus, lire_livre(), FORMULAIRES)
    yield Sujet(
        f"{FORMULAIRES} formulaires xlsx (pandas : lus ; cpit : lus, vérifiés, notés en CSV)",
        {
            f"{REFERENCE} + openpyxl": [choix.pandas, "-c", FORMULAIRES_PANDAS, str(rendus)],
            "cpit cohorte": [*CPIT, "cohorte", str(rendus), "--sortie", str(dossier / "s.csv")],
        },
        choix.tours,
    )


def trente(dossier: Path, choix: argparse.Namespace) -> Iterator[Sujet]:
    """Trente formulaires, du dossier au classeur noté ; chacun a le sien, cpit ne remplace pas celui d’un autre."""
    livre, rendus = lire_livre(), dossier / "f"
    fabriquer_formulaires(rendus, livre, TRENTE)
    script = TRENTE_PANDAS.format(**livre.mots)
    yield Sujet(
        f"{TRENTE} formulaires → classeur noté",
        {
            "typer + pydantic + pandas + openpyxl": [choix.pandas, "-c", script, str(rendus), str(dossier / "p.xlsx")],
            "cpit cohorte": [*CPIT, "cohorte", str(rendus), "--sortie", str(dossier / "s.xlsx")],
        },
        max(choix.tours, 7),
        "≥ 5",
    )


SUJETS: dict[str, Callable[[Path, argparse.Namespace], Iterator[Sujet]]] = {
    "csv": csv,
    "xlsx": xlsx,
    "classeur": classeur,
    "formulaires": formulaires,
    "trente": trente,
}

if __name__ == "__main__":
    principal()
