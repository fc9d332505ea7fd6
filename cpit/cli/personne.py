"""Les commandes d’une personne : répondre, lire son résultat, comprendre un score."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cpit.aide import Commande
from cpit.cli.options import (
    ArgumentPassation,
    OptionClasseur,
    OptionIdentiques,
    OptionReferentiel,
    OptionSimple,
    terminal,
)

app = typer.Typer()


@app.command(cls=Commande)
def questionnaire(
    dossier: Annotated[Path, typer.Option(metavar="DOSSIER", help="Où écrire les fichiers.")] = Path(),
    reprendre: Annotated[
        Path | None, typer.Option(metavar="FICHIER", help="Passation à reprendre.", show_default=False)
    ] = None,
    code: Annotated[str | None, typer.Option(metavar="CODE", help="Code ou nom.", show_default=False)] = None,
    moment: Annotated[
        str | None, typer.Option(metavar="MOMENT", help="t0, t0-retrospectif ou t1.", show_default=False)
    ] = None,
    regard: Annotated[str | None, typer.Option(metavar="REGARD", help="soi ou tiers.", show_default=False)] = None,
    profil: Annotated[
        list[str] | None,
        typer.Option(metavar="QUESTION=CHOIX", help="Réponse de profil ; à répéter.", show_default=False),
    ] = None,
    sans_profil: Annotated[bool, typer.Option("--sans-profil", help="Ne pose pas les questions de profil.")] = False,
    nom_referentiel: OptionReferentiel = None,
    simple: OptionSimple = False,
) -> None:
    """Répondre au questionnaire, puis lire sa restitution et garder un classeur."""
    from cpit.repondre import lire_demande, repondre

    options = {"identifiant": code, "moment": moment, "regard": regard}
    demande = lire_demande(dossier, reprendre, options, profil or [], nom_referentiel, sans_profil=sans_profil)
    repondre(terminal(simple), demande)


@app.command(cls=Commande)
def restituer(
    passation: ArgumentPassation,
    classeur: OptionClasseur = None,
    json: Annotated[bool, typer.Option("--json", help="Écrit le résultat en JSON sur la sortie.")] = False,
    nom_referentiel: OptionReferentiel = None,
    items_identiques: OptionIdentiques = False,
    simple: OptionSimple = False,
) -> None:
    """Montrer le résultat d'une passation, à l'écran, en classeur ou en JSON."""
    from cpit import actions

    relecture = actions.relire_et_prevenir(terminal(simple, erreur=True), passation, nom_referentiel, items_identiques)
    actions.montrer_resultat(terminal(simple), relecture, classeur, en_json=json)


@app.command(cls=Commande)
def expliquer(
    passation: ArgumentPassation,
    echelle: Annotated[
        str | None, typer.Argument(metavar="[ECHELLE]", help="Une échelle (C1, publique…) ou « position ».")
    ] = None,
    nom_referentiel: OptionReferentiel = None,
    items_identiques: OptionIdentiques = False,
    simple: OptionSimple = False,
) -> None:
    """Dérouler le calcul d'un score : item, inversion, poids, échelle, position."""
    from cpit import actions

    relecture = actions.relire_et_prevenir(terminal(simple, erreur=True), passation, nom_referentiel, items_identiques)
    actions.montrer_explication(terminal(simple), relecture, echelle)


@app.command(cls=Commande)
def verifier(passation: ArgumentPassation, simple: OptionSimple = False) -> None:
    """Vérifier une passation : somme de contrôle, référentiel, recalcul."""
    from cpit import actions

    actions.montrer_verification(terminal(simple), passation)


@app.command(cls=Commande)
def demo(
    dossier: Annotated[Path, typer.Option(metavar="DOSSIER", help="Où écrire le classeur.")] = Path(),
    simple: OptionSimple = False,
) -> None:
    """Tout voir d'un trait sur des passations fictives : restitution, classeur, suite."""
    from cpit import actions

    actions.demontrer(terminal(simple), dossier)
