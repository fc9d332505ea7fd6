"""La ligne de commande : lit les arguments, appelle, et change seule une erreur en message et en code de sortie."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import Abort, Exit, TyperException

from cpit import __version__
from cpit.aide import Commande, Groupe, en_francais
from cpit.erreurs import CodeSortie, ErreurCpit, raison_systeme, refus

if TYPE_CHECKING:
    from cpit.terminal import Terminal

app = typer.Typer(
    cls=Groupe,
    name="cpit",
    help="Auto-évaluation réflexive des compétences d'un chef de projet innovation territoriale.",
    epilog="Par où commencer : cpit demo, puis cpit questionnaire.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
referentiel = typer.Typer(
    cls=Groupe,
    name="referentiel",
    help="Lister, montrer et vérifier des référentiels.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(referentiel)

OptionReferentiel = Annotated[
    str | None,
    typer.Option("--referentiel", metavar="NOM", help="Référentiel : nom livré ou fichier .yaml.", show_default=False),
]
OptionSimple = Annotated[
    bool, typer.Option("--simple", help="Lignes à la suite, sans cadre ni couleur (lecteurs d'écran).")
]
OptionIdentiques = Annotated[
    bool, typer.Option("--items-identiques", help="Référentiel changé : ne noter que les items identiques.")
]
ArgumentPassation = Annotated[Path, typer.Argument(metavar="PASSATION", help="Fichier .json écrit par cpit.")]
OptionClasseur = Annotated[
    Path | None,
    typer.Option("--classeur", metavar="F.xlsx", help="Écrit aussi un classeur Excel.", show_default=False),
]


def _montrer_version(demandee: bool) -> None:
    if demandee:
        sys.stdout.write(f"cpit {__version__}\n")
        raise Exit(0)


OptionVersion = Annotated[
    bool, typer.Option("--version", "-V", help="Montre la version.", is_eager=True, callback=_montrer_version)
]


@app.callback()
def _racine(version: OptionVersion = False) -> None:
    pass


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
    repondre(_terminal(simple), demande)


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

    relecture = actions.relire_et_prevenir(_terminal(simple, erreur=True), passation, nom_referentiel, items_identiques)
    actions.montrer_resultat(_terminal(simple), relecture, classeur, en_json=json)


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

    relecture = actions.relire_et_prevenir(_terminal(simple, erreur=True), passation, nom_referentiel, items_identiques)
    actions.montrer_explication(_terminal(simple), relecture, echelle)


@app.command(cls=Commande)
def verifier(passation: ArgumentPassation, simple: OptionSimple = False) -> None:
    """Vérifier une passation : somme de contrôle, référentiel, recalcul."""
    from cpit import actions

    actions.montrer_verification(_terminal(simple), passation)


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
    nom_referentiel: OptionReferentiel = None,
    simple: OptionSimple = False,
) -> None:
    """Écrire des formulaires à envoyer : classeur, page à ouvrir hors ligne, ou table vide."""
    from cpit.distribuer import DemandeFormulaires, distribuer

    demande = DemandeFormulaires(dossier, format_, pour, moment, regard, nom_referentiel)
    distribuer(_terminal(simple), demande)


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
    strict: Annotated[bool, typer.Option("--strict", help="Refuse tout à la première anomalie.")] = False,
    nom_referentiel: OptionReferentiel = None,
    simple: OptionSimple = False,
) -> None:
    """Noter un groupe : lire ce qui revient, dire ce qui n'a pas été lu, écrire le tout."""
    from cpit.grouper import DemandeCohorte, grouper

    demande = DemandeCohorte(sources, sortie, nom_referentiel, dialecte, par, strict, sans_reponses, fiches)
    grouper(_terminal(simple), _terminal(simple, erreur=True), demande)


@app.command(cls=Commande)
def demo(
    dossier: Annotated[Path, typer.Option(metavar="DOSSIER", help="Où écrire le classeur.")] = Path(),
    simple: OptionSimple = False,
) -> None:
    """Tout voir d'un trait sur des passations fictives : restitution, classeur, suite."""
    from cpit import actions

    actions.demontrer(_terminal(simple), dossier)


@referentiel.command(cls=Commande)
def lister(simple: OptionSimple = False) -> None:
    """Lister les référentiels livrés."""
    from cpit import actions

    actions.lister_referentiels(_terminal(simple))


@referentiel.command(cls=Commande)
def montrer(
    nom: Annotated[str | None, typer.Argument(metavar="[NOM]", help="Nom livré ou fichier .yaml.")] = None,
    yaml: Annotated[bool, typer.Option("--yaml", help="Écrit le YAML tel quel, pour en partir.")] = False,
    simple: OptionSimple = False,
) -> None:
    """Montrer un référentiel : échelle, compétences, situations, règles, sources."""
    from cpit import actions

    actions.montrer_referentiel(_terminal(simple), nom, en_yaml=yaml)


@referentiel.command(cls=Commande)
def valider(
    fichier: Annotated[Path, typer.Argument(metavar="FICHIER", help="Référentiel .yaml à vérifier.")],
    simple: OptionSimple = False,
) -> None:
    """Vérifier un référentiel : toutes ses fautes, à leur ligne et à leur colonne."""
    from cpit import actions

    actions.valider_referentiel(_terminal(simple), _terminal(simple, erreur=True), fichier)


@referentiel.command(cls=Commande)
def schema() -> None:
    """Écrire le JSON Schema d'un référentiel, pour l'éditeur de texte."""
    from cpit import actions

    actions.ecrire_schema(_terminal(simple=True))


def executer(arguments: list[str]) -> int:
    """Exécute une commande et rend son code de sortie : 0 fait, 1 refusé, 2 mauvais emploi, 130 interrompu."""
    from cpit.terminal import preparer_les_flux

    preparer_les_flux(sys.stdin, sys.stdout, sys.stderr)
    try:
        resultat = app(args=arguments, prog_name="cpit", standalone_mode=False)
        code = resultat if isinstance(resultat, int) else CodeSortie.FAIT
        sys.stdout.flush()
    except ErreurCpit as erreur:
        code = _dire(erreur, simple="--simple" in arguments)
    except TyperException as erreur:
        code = _dire_mauvais_emploi(erreur, simple="--simple" in arguments)
    except (Abort, KeyboardInterrupt):
        code = CodeSortie.INTERROMPU
    except BrokenPipeError:
        # Le lecteur du tube est parti (« cpit … | head ») : ce n’est pas une erreur. Sans cela, Python
        # essaierait de vider la sortie en quittant et montrerait une trace.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = CodeSortie.FAIT
    except OSError as erreur:
        # Toute autre exception est un défaut de cpit : elle garde sa trace.
        fichier = str(erreur.filename or "")
        code = _dire(refus("systeme", fichier, raison=raison_systeme(erreur)), simple="--simple" in arguments)
    return code


def _dire_mauvais_emploi(erreur: TyperException, *, simple: bool) -> int:
    if type(erreur).__name__ == "NoArgsIsHelpError":
        sys.stdout.write(erreur.format_message() + "\n")
        return CodeSortie.MAUVAIS_EMPLOI
    return _dire(en_francais(erreur), simple=simple)


def _dire(erreur: ErreurCpit, *, simple: bool) -> int:
    from cpit.affichage.anomalies import montrer_anomalies

    montrer_anomalies(_terminal(simple, erreur=True), erreur.anomalies)
    return erreur.code_sortie


def _terminal(simple: bool, *, erreur: bool = False) -> Terminal:
    from cpit.terminal import Terminal

    return Terminal.du_processus(sys.stdin, sys.stderr if erreur else sys.stdout, os.environ, simple=simple)
