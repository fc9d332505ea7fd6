"""Les commandes de la recherche : exporter un jeu de données, éprouver l’instrument."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cpit.aide import Commande
from cpit.cli.options import OptionReferentiel, OptionRemplacer, OptionSimple, terminal

app = typer.Typer()


@app.command(cls=Commande)
def exporter(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE…", help="Fichiers, dossiers ou motifs, mêlés.")],
    sortie: Annotated[Path, typer.Option(metavar="DOSSIER", help="Dossier à écrire, neuf ou export précédent.")],
    cle: Annotated[
        Path | None,
        typer.Option(metavar="FICHIER", help="Clé de l'étude ; créée si elle n'existe pas.", show_default=False),
    ] = None,
    formats: Annotated[
        str, typer.Option(metavar="LISTE", help="Parmi csv,xlsx,parquet,sav,dta ; tous sinon.", show_default=False)
    ] = "",
    dialecte: Annotated[str, typer.Option(metavar="DIALECTE", help="CSV : science (R) ou fr (Excel).")] = "science",
    avec_traces: Annotated[bool, typer.Option("--avec-traces", help="Ajoute les textes libres ; à relire.")] = False,
    diffusion: Annotated[
        bool, typer.Option("--diffusion", help="Des agrégats à partager, sans aucune ligne individuelle.")
    ] = False,
    effectif_minimal: Annotated[
        int, typer.Option(metavar="N", help="Avec --diffusion : personnes par groupe, 3 au moins.")
    ] = 11,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse tout à la première anomalie.")] = False,
    remplacer: OptionRemplacer = False,
    nom_referentiel: OptionReferentiel = None,
    simple: OptionSimple = False,
) -> None:
    """Écrire un jeu de données pseudonymisé et documenté : CSV, Excel, SPSS, Stata, Parquet."""
    from cpit.gestes.exporter import DemandeExport, exporter

    demande = DemandeExport(
        *(sources, sortie, cle, formats, dialecte, nom_referentiel, avec_traces, strict),
        *(diffusion, effectif_minimal, remplacer),
    )
    exporter(terminal(simple), terminal(simple, erreur=True), demande)


@app.command(cls=Commande)
def fidelite(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE…", help="Fichiers, dossiers ou motifs, mêlés.")],
    sortie: Annotated[
        Path | None, typer.Option(metavar="F", help="Écrit aussi l'étude : .xlsx ou .json.", show_default=False)
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse tout à la première anomalie.")] = False,
    remplacer: OptionRemplacer = False,
    nom_referentiel: OptionReferentiel = None,
    simple: OptionSimple = False,
) -> None:
    """Éprouver l'instrument : α, ω, tenue des items, accord des moments et des regards."""
    from cpit.gestes.eprouver import DemandeFidelite, eprouver

    demande = DemandeFidelite(sources, sortie, nom_referentiel, strict, remplacer)
    eprouver(terminal(simple), terminal(simple, erreur=True), demande)
