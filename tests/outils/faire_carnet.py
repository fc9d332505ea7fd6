"""Écrit le carnet d’une heure de recherche, et l’exécute avec un vrai noyau Jupyter.

    python tests/outils/faire_carnet.py

Un test l’exécute à son tour, et vérifie que ses cellules sont bien celles d’ici.
"""

from __future__ import annotations

from pathlib import Path

RACINE = Path(__file__).resolve().parents[2]
CARNET = RACINE / "exemples" / "carnet-de-recherche.ipynb"

CELLULES: tuple[tuple[str, str], ...] = (
    (
        "markdown",
        "# Une heure de recherche avec cpit\n\n"
        "Lire ce qui est revenu d’un groupe, regarder ce qui n’a pas été pris, noter, dessiner, éprouver l’instrument, "
        "exporter un jeu documenté. Les réponses sont fictives. `cpit guide python` dit chaque fonction.",
    ),
    (
        "code",
        "import tempfile\nfrom pathlib import Path\n\nimport cpit\n\n"
        'ref = cpit.referentiel("innovation-territoriale")\nref',
    ),
    (
        "markdown",
        "## Lire\n\nDes fichiers, des dossiers, des motifs, mêlés. Rien ne s’affiche de lui-même : tout est valeur.",
    ),
    ("code", 'recueil = cpit.lire(["cohorte-fictive.csv", "passation-r01-t1-soi.json"], ref)\nrecueil'),
    ("markdown", "Ce qui n’a pas été pris, ou qu’il faut savoir : où, quoi, ce qui était attendu, comment corriger."),
    (
        "code",
        "for une in recueil.anomalies:\n    print(une.lieu, ':', une.quoi, '|', une.correction)\n"
        "len(recueil.anomalies)",
    ),
    ("markdown", "## Noter\n\nUne ligne par passation ; les mêmes colonnes que le CSV de `cpit cohorte`."),
    (
        "code",
        "scores = recueil.cohorte.scores().en_pandas()\n"
        'scores[["identifiant", "moment", "score_C1", "score_publique", "x", "y"]].head()',
    ),
    ("code", 'scores.groupby(["moment", "regard"])[["score_C1", "score_C2", "score_C3"]].mean().round(2)'),
    ("markdown", "Une passation à la main : un niveau, `SO` si la situation n’existe pas, rien sans réponse."),
    ("code", 'resultat = cpit.noter(ref, {"C1P": 3, "C1M": "SO", "C1C": 2})\nresultat.competences["C1"]'),
    ("markdown", "## Dessiner"),
    ("code", 'cpit.figure("carte", recueil.cohorte, moment="t0", regard="soi")'),
    (
        "markdown",
        "## Éprouver l’instrument\n\nChaque nombre a son intervalle, son effectif et, s’il manque, sa raison. Avec peu "
        "de personnes, les intervalles sont larges : c’est ce qu’il faut lire d’abord.",
    ),
    (
        "code",
        "etude = cpit.fidelite(recueil)\n"
        "strate = etude.strates[0]\n"
        "[(code, echelle.coherence.alpha) for code, echelle in strate.echelles.items()][:3]",
    ),
    (
        "markdown",
        "## Exporter\n\nUn dossier documenté, pseudonymisé ; la clé reste à côté, jamais dedans.",
    ),
    (
        "code",
        "dossier = Path(tempfile.mkdtemp())\n"
        'jeu = cpit.exporter(recueil, dossier / "jeu", formats=["csv"])\n'
        'sorted(chemin.name for chemin in (dossier / "jeu").iterdir())',
    ),
)


def composer_carnet() -> dict[str, object]:
    """Le carnet, sans ses sorties."""
    import nbformat

    carnet = nbformat.v4.new_notebook()
    carnet.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for rang, (sorte, texte) in enumerate(CELLULES):
        cellule = nbformat.v4.new_markdown_cell(texte) if sorte == "markdown" else nbformat.v4.new_code_cell(texte)
        cellule["id"] = f"cellule-{rang:02}"
        carnet.cells.append(cellule)
    return carnet


def executer_carnet(carnet: object) -> object:
    """Le même carnet, exécuté à côté des exemples par un noyau Python.

    :raises nbclient.exceptions.CellExecutionError: si une cellule échoue.
    """
    from nbclient import NotebookClient

    NotebookClient(carnet, timeout=300, resources={"metadata": {"path": str(CARNET.parent)}}).execute()
    return carnet


if __name__ == "__main__":
    import nbformat

    fait = executer_carnet(composer_carnet())
    for une in fait.cells:
        une.get("metadata", {}).pop("execution", None)
    CARNET.write_text(nbformat.writes(fait) + "\n", encoding="utf-8")
