"""Les commandes de qui écrit un référentiel."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cpit.aide import Commande, GroupeDeCommandes
from cpit.cli.options import OptionSimple, terminal

app = typer.Typer(
    cls=GroupeDeCommandes,
    name="referentiel",
    help="Lister, montrer et vérifier des référentiels.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command(cls=Commande)
def lister(simple: OptionSimple = False) -> None:
    """Lister les référentiels livrés."""
    from cpit.gestes.actions import lister_referentiels

    lister_referentiels(terminal(simple))


@app.command(cls=Commande)
def montrer(
    nom: Annotated[str | None, typer.Argument(metavar="[NOM]", help="Nom livré ou fichier .yaml.")] = None,
    yaml: Annotated[bool, typer.Option("--yaml", help="Écrit le YAML tel quel, pour en partir.")] = False,
    simple: OptionSimple = False,
) -> None:
    """Montrer un référentiel : échelle, compétences, situations, règles, sources."""
    from cpit.gestes.actions import montrer_referentiel

    montrer_referentiel(terminal(simple), nom, en_yaml=yaml)


@app.command(cls=Commande)
def valider(
    fichier: Annotated[Path, typer.Argument(metavar="FICHIER", help="Référentiel .yaml à vérifier.")],
    simple: OptionSimple = False,
) -> None:
    """Vérifier un référentiel : toutes ses fautes, à leur ligne et à leur colonne."""
    from cpit.gestes.actions import valider_referentiel

    valider_referentiel(terminal(simple), terminal(simple, erreur=True), fichier)


@app.command(cls=Commande)
def schema() -> None:
    """Écrire le JSON Schema d'un référentiel, pour l'éditeur de texte."""
    from cpit.gestes.actions import ecrire_schema

    ecrire_schema(terminal(simple=True))
