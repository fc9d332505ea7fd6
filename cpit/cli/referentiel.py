"""Les commandes de qui écrit un référentiel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cpit.aide import Commande, GroupeDeCommandes
from cpit.cli.options import (
    ArgumentReferentiel,
    OptionConditions,
    OptionDateDuMoment,
    OptionPlace,
    OptionRemplacer,
    OptionSimple,
    annoncer_un_referentiel,
    terminal,
)
from cpit.formats.registre import INSTRUMENTS
from cpit.ouverture import chemin_reel

if TYPE_CHECKING:
    from cpit.api.referentiels import InstrumentExporte

app = typer.Typer(
    cls=GroupeDeCommandes,
    name="referentiel",
    help="Lister, montrer, vérifier et exporter des référentiels.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command(cls=Commande, epilog="Par exemple : cpit referentiel lister")
def lister(simple: OptionSimple = False) -> None:
    """Lister les référentiels livrés."""
    from cpit.affichage import montrer
    from cpit.affichage.ecran_referentiel import blocs_de_liste
    from cpit.api.referentiels import referentiels

    montrer(terminal(simple), blocs_de_liste(list(referentiels().items())))


@app.command(name="montrer", cls=Commande, epilog="Par exemple : cpit referentiel montrer innovation-territoriale")
def montrer_un_referentiel(
    nom: ArgumentReferentiel = None,
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


@app.command(cls=Commande, epilog="Par exemple : cpit referentiel valider mon-referentiel.yaml")
def valider(
    fichier: Annotated[
        Path, typer.Argument(metavar="FICHIER", help="Référentiel à vérifier : fichier .yaml ou nom livré.")
    ],
    simple: OptionSimple = False,
) -> None:
    """Vérifier un référentiel : toutes ses fautes, à leur ligne et à leur colonne."""
    from cpit.affichage import montrer_anomalies
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


@app.command(cls=Commande, epilog="Par exemple : cpit referentiel schema > referentiel.schema.json")
def schema() -> None:
    """Écrire le JSON Schema d'un référentiel, pour l'éditeur de texte."""
    from cpit.affichage import montrer_json
    from cpit.api import referentiels

    montrer_json(terminal(simple=True), referentiels.schema())


@app.command(cls=Commande, epilog="Par exemple : cpit referentiel modele --xlsx")
def modele(
    xlsx: Annotated[bool, typer.Option("--xlsx", help="Un classeur à remplir, au lieu du YAML.")] = False,
    depuis: Annotated[
        str,
        typer.Option("--depuis", metavar="NOM", help="Référentiel dont partir.", callback=annoncer_un_referentiel),
    ] = "minimal",
    sortie: Annotated[
        Path | None, typer.Option(metavar="F.xlsx", help="Avec --xlsx : où l'écrire.", show_default=False)
    ] = None,
    remplacer: OptionRemplacer = False,
    simple: OptionSimple = False,
) -> None:
    """Donner de quoi écrire son référentiel : un classeur, ou le YAML d'un exemple commenté."""
    from cpit.api import referentiels
    from cpit.chargement.yaml_situe import echapper_yaml

    ecran = terminal(simple)
    if not xlsx and sortie is None:
        ecran.donner(echapper_yaml(referentiels.referentiel(depuis).texte))
        return
    cible = referentiels.grille(sortie or Path("mon-referentiel.xlsx"), depuis, remplacer=remplacer)
    ecran.dire("Classeur à remplir, puis à donner à cpit referentiel depuis :")
    ecran.copier(str(chemin_reel(cible)))


@app.command(name="depuis", cls=Commande, epilog="Par exemple : cpit referentiel depuis mon-referentiel.xlsx")
def depuis_un_classeur(
    fichier: Annotated[Path, typer.Argument(metavar="FICHIER", help="Classeur de « referentiel modele », rempli.")],
    sortie: Annotated[
        Path | None, typer.Option(metavar="F.yaml", help="Où écrire le référentiel.", show_default=False)
    ] = None,
    remplacer: OptionRemplacer = False,
    simple: OptionSimple = False,
) -> None:
    """Faire un référentiel d'un classeur rempli : toutes ses fautes, à leur feuille et à leur cellule."""
    from cpit.affichage import montrer_anomalies
    from cpit.api import referentiels
    from cpit.erreurs import ErreurCpit, refusees

    ecran, cible = terminal(simple), sortie or (fichier.with_suffix(".yaml") if fichier.name else fichier)
    lu, anomalies = referentiels.depuis_grille(fichier, cible, remplacer=remplacer)
    fautes = len(refusees(anomalies))
    compte = _compter(fautes, len(anomalies) - fautes)
    if lu is None:
        ecran.dire(f"{fichier} : {compte}.")
        raise ErreurCpit(anomalies)
    montrer_anomalies(terminal(simple, erreur=True), anomalies)
    ecran.dire(f"{lu.identifiant} {lu.version}{compte and f', {compte}'} :")
    ecran.copier(str(chemin_reel(cible)))


@app.command(cls=Commande, epilog="Par exemple : cpit referentiel exporter --vers docx --sortie papier.docx")
def exporter(
    nom: ArgumentReferentiel = None,
    *,
    vers: Annotated[str, typer.Option(metavar="FORMAT", help=f"{', '.join(INSTRUMENTS)}.")],
    sortie: Annotated[
        Path | None,
        typer.Option(metavar="F", help="Fichier ; le suffixe du format est ajouté s'il manque.", show_default=False),
    ] = None,
    moment: Annotated[str, typer.Option(metavar="MOMENT", help="Moment de l'instrument : t0, t1…")] = "t0",
    regard: Annotated[str, typer.Option(metavar="REGARD", help="Regard de l'instrument : soi ou tiers.")] = "soi",
    date: OptionDateDuMoment = None,
    place: OptionPlace = False,
    conditions: OptionConditions = False,
    remplacer: OptionRemplacer = False,
    simple: OptionSimple = False,
) -> None:
    """Écrire un référentiel pour un outil d'enquête, un logiciel de compétences ou une séance sur papier."""
    from cpit.api.referentiels import exporter_referentiel
    from cpit.emplacements import PAR_DEFAUT

    quand = {"moment": moment, "date_moment": date or "", "regard": regard}
    nomme = PAR_DEFAUT if nom is None else nom
    exporte = exporter_referentiel(
        *(nomme, vers, sortie), **quand, place=place, conditions=conditions, remplacer=remplacer
    )
    _montrer_l_instrument(exporte, simple=simple)


def _montrer_l_instrument(exporte: InstrumentExporte, *, simple: bool) -> None:
    """Où est l’instrument, puis ce que son format ne porte pas, et ce qui y est écrit autrement."""
    ecran = terminal(simple)
    ecran.dire("Instrument :")
    ecran.copier(str(chemin_reel(exporte.chemin)))
    for titre, phrases in (
        ("Ce que ce format ne porte pas :", exporte.non_portes),
        ("À savoir :", exporte.remarques),
    ):
        if phrases:
            ecran.dire(titre)
        for phrase in phrases:
            ecran.dire(f"- {phrase}", retrait=2, suite=4)
    if exporte.recueille:
        ecran.dire("Rien n'est perdu pour les scores : cpit applique le référentiel entier en notant les réponses.")


def _compter(fautes: int, avertissements: int) -> str:
    from cpit.typographie import pluriel

    comptes = ((fautes, "faute"), (avertissements, "avertissement"))
    return ", ".join(pluriel(nombre, nom) for nombre, nom in comptes if nombre)
