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
    from cpit.affichage import montrer
    from cpit.affichage.ecran_referentiel import blocs_de_liste
    from cpit.api.referentiels import referentiels

    montrer(terminal(simple), blocs_de_liste(list(referentiels().items())))


@app.command(name="montrer", cls=Commande)
def montrer_un_referentiel(
    nom: Annotated[str | None, typer.Argument(metavar="[NOM]", help="Nom livré ou fichier .yaml.")] = None,
    yaml: Annotated[bool, typer.Option("--yaml", help="Écrit le YAML tel quel, pour en partir.")] = False,
    simple: OptionSimple = False,
) -> None:
    """Montrer un référentiel : échelle, compétences, situations, règles, sources."""
    from cpit.affichage import montrer
    from cpit.affichage.ecran_referentiel import blocs_de_referentiel
    from cpit.api.referentiels import referentiel
    from cpit.chargement.yaml_situe import echapper_yaml

    choisi = referentiel(nom)
    if yaml:
        terminal(simple).donner(echapper_yaml(choisi.texte))
    else:
        montrer(terminal(simple), blocs_de_referentiel(choisi))


@app.command(cls=Commande)
def valider(
    fichier: Annotated[Path, typer.Argument(metavar="FICHIER", help="Référentiel .yaml à vérifier.")],
    simple: OptionSimple = False,
) -> None:
    """Vérifier un référentiel : toutes ses fautes, à leur ligne et à leur colonne."""
    from cpit.affichage.ecran_anomalies import montrer_anomalies
    from cpit.api import referentiels
    from cpit.erreurs import ErreurCpit, refusees

    ecran = terminal(simple)
    _, anomalies = referentiels.valider(fichier)
    fautes = len(refusees(anomalies))
    compte = _compter(fautes, len(anomalies) - fautes)
    if fautes:
        ecran.dire(f"{fichier} : {compte}.")
        raise ErreurCpit(anomalies)
    montrer_anomalies(terminal(simple, erreur=True), anomalies)
    ecran.dire(f"{fichier} : référentiel valide{compte and f', {compte}'}.")


@app.command(cls=Commande)
def schema() -> None:
    """Écrire le JSON Schema d'un référentiel, pour l'éditeur de texte."""
    from cpit.affichage import montrer_json
    from cpit.api import referentiels

    montrer_json(terminal(simple=True), referentiels.schema())


def _compter(fautes: int, avertissements: int) -> str:
    from cpit.typographie import pluriel

    comptes = ((fautes, "faute"), (avertissements, "avertissement"))
    return ", ".join(pluriel(nombre, nom) for nombre, nom in comptes if nombre)
