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
    OptionPage,
    OptionReferentiel,
    OptionRemplacer,
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
    from cpit.gestes.repondre import lire_demande, repondre

    options = {"identifiant": code, "moment": moment, "regard": regard}
    demande = lire_demande(dossier, reprendre, options, profil or [], nom_referentiel, sans_profil=sans_profil)
    repondre(terminal(simple), demande)


@app.command(cls=Commande)
def restituer(
    passation: ArgumentPassation,
    classeur: OptionClasseur = None,
    page: OptionPage = None,
    json: Annotated[bool, typer.Option("--json", help="Écrit le résultat en JSON sur la sortie.")] = False,
    remplacer: OptionRemplacer = False,
    nom_referentiel: OptionReferentiel = None,
    items_identiques: OptionIdentiques = False,
    simple: OptionSimple = False,
) -> None:
    """Montrer le résultat d'une passation, à l'écran, en classeur, en page ou en JSON."""
    from cpit.gestes.actions import (
        montrer_resultat,
        permettre,
        relire_et_prevenir,
    )

    relecture = relire_et_prevenir(terminal(simple, erreur=True), passation, nom_referentiel, items_identiques)
    permis = permettre(passation, nom_referentiel, remplacer=remplacer)
    montrer_resultat(terminal(simple), relecture, classeur, en_json=json, page=page, permis=permis)


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
    from cpit.gestes.actions import (
        montrer_explication,
        relire_et_prevenir,
    )

    relecture = relire_et_prevenir(terminal(simple, erreur=True), passation, nom_referentiel, items_identiques)
    montrer_explication(terminal(simple), relecture, echelle)


@app.command(cls=Commande)
def verifier(passation: ArgumentPassation, simple: OptionSimple = False) -> None:
    """Vérifier une passation : somme de contrôle, référentiel, recalcul."""
    from cpit.gestes.actions import (
        montrer_verification,
    )

    montrer_verification(terminal(simple), passation)


@app.command(cls=Commande)
def demo(
    dossier: Annotated[Path, typer.Option(metavar="DOSSIER", help="Où créer « cpit-demo ».")] = Path(),
    simple: OptionSimple = False,
) -> None:
    """Tout voir d'un trait sur des réponses fictives : restitution, pages, classeurs, jeu de données."""
    from cpit.gestes.demontrer import demontrer

    demontrer(terminal(simple), terminal(simple, erreur=True), dossier)


ArgumentCode = Annotated[str, typer.Argument(metavar="CODE", help="Code de la personne, exactement.")]
OptionFouille = Annotated[Path, typer.Option("--dossier", metavar="DOSSIER", help="Dossier à fouiller, en entier.")]
OptionCleEtude = Annotated[
    Path | None,
    typer.Option("--cle", metavar="CLE", help="Clé d'une étude, pour ses exports pseudonymisés.", show_default=False),
]


@app.command(name="mes-donnees", cls=Commande)
def mes_donnees(
    code: ArgumentCode,
    dossier: OptionFouille = Path(),
    sortie: Annotated[
        Path | None, typer.Option(metavar="DOSSIER", help="Dossier neuf où tout recopier.", show_default=False)
    ] = None,
    cle: OptionCleEtude = None,
    simple: OptionSimple = False,
) -> None:
    """Rassembler tout ce qu'un dossier garde d'une personne, pour le lui remettre."""
    from cpit.gestes.droits import DemandeDroits, rassembler

    rassembler(terminal(simple), terminal(simple, erreur=True), DemandeDroits(code, dossier, cle), sortie)


@app.command(cls=Commande)
def effacer(
    code: ArgumentCode,
    dossier: OptionFouille = Path(),
    oui: Annotated[bool, typer.Option("--oui", help="N'attend pas de confirmation.")] = False,
    cle: OptionCleEtude = None,
    simple: OptionSimple = False,
) -> None:
    """Effacer ce qu'un dossier garde d'une personne, et dire ce qui reste hors d'atteinte."""
    from cpit.gestes.droits import DemandeDroits
    from cpit.gestes.droits import effacer as effacer_la_personne

    demande = DemandeDroits(code, dossier, cle)
    effacer_la_personne(terminal(simple), terminal(simple, erreur=True), demande, oui=oui)
