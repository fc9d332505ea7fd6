"""Les commandes d’un groupe : envoyer des formulaires, noter ce qui revient."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cpit.aide import Commande
from cpit.cli.options import OptionPage, OptionReferentiel, OptionRemplacer, OptionSimple, terminal

app = typer.Typer()


@app.command(cls=Commande)
def formulaire(
    format_: Annotated[str, typer.Option("--format", metavar="FORMAT", help="xlsx, html ou csv.")] = "xlsx",
    dossier: Annotated[Path, typer.Option(metavar="DOSSIER", help="Où écrire les formulaires.")] = Path(),
    pour: Annotated[
        Path | None,
        typer.Option(metavar="CODES.csv", help="Un formulaire par code de participant.", show_default=False),
    ] = None,
    moment: Annotated[str, typer.Option(metavar="MOMENT", help="t0, t0-retrospectif ou t1.")] = "t0",
    regard: Annotated[str, typer.Option(metavar="REGARD", help="soi ou tiers.")] = "soi",
    remplacer: OptionRemplacer = False,
    nom_referentiel: OptionReferentiel = None,
    simple: OptionSimple = False,
) -> None:
    """Écrire des formulaires à envoyer : classeur, page à ouvrir hors ligne, ou table vide."""
    from cpit.api.formulaires import formulaires
    from cpit.typographie import pluriel

    ecran = terminal(simple)
    with ecran.progression("Formulaires") as progres:
        ecrits = formulaires(
            nom_referentiel,
            dossier,
            format=format_,
            codes=() if pour is None else pour,
            moment=moment,
            regard=regard,
            remplacer=remplacer,
            progres=progres,
        )
    ecran.dire(f"{pluriel(len(ecrits), 'formulaire')} :")
    ecran.copier(str(ecrits[0].resolve() if len(ecrits) == 1 else dossier.resolve()))


@app.command(cls=Commande)
def cohorte(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE…", help="Fichiers, dossiers ou motifs, mêlés.")],
    sortie: Annotated[
        str, typer.Option(metavar="F", help="Fichier .xlsx, .csv ou .json ; - pour du CSV sur la sortie.")
    ] = "cohorte.xlsx",
    dialecte: Annotated[str, typer.Option(metavar="DIALECTE", help="CSV : fr (Excel) ou science (R, pandas).")] = "fr",
    par: Annotated[
        str | None, typer.Option(metavar="QUESTION", help="Moyennes par question de profil.", show_default=False)
    ] = None,
    sans_reponses: Annotated[bool, typer.Option("--sans-reponses", help="Laisse les réponses de côté.")] = False,
    fiches: Annotated[
        Path | None,
        typer.Option(metavar="DOSSIER", help="Écrit aussi un classeur par personne.", show_default=False),
    ] = None,
    pages: Annotated[
        Path | None,
        typer.Option(metavar="DOSSIER", help="Écrit aussi une page par personne.", show_default=False),
    ] = None,
    page: OptionPage = None,
    nominatif: Annotated[
        bool, typer.Option("--nominatif", help="Avec --page : les points et les lignes portent les codes.")
    ] = False,
    effectif_minimal: Annotated[
        int, typer.Option(metavar="N", help="Avec --page : personnes par groupe de profil, 3 au moins.")
    ] = 11,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse tout à la première anomalie.")] = False,
    remplacer: OptionRemplacer = False,
    nom_referentiel: OptionReferentiel = None,
    simple: OptionSimple = False,
) -> None:
    """Noter un groupe : lire ce qui revient, dire ce qui n'a pas été lu, écrire le tout."""
    from cpit.gestes.grouper import DemandeCohorte, grouper_cohorte

    demande = DemandeCohorte(
        *(sources, sortie, nom_referentiel, dialecte, par, strict, sans_reponses, fiches, pages),
        *(page, nominatif, effectif_minimal, remplacer),
    )
    grouper_cohorte(terminal(simple), terminal(simple, erreur=True), demande)
