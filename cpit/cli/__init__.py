"""La ligne de commande : lit les arguments, appelle, et change seule une erreur en message et en code de sortie."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import Abort, Exit, TyperException
from typer.main import get_command
from typer.models import CommandInfo

from cpit.aide import (
    COMPLETION,
    J_ANIME,
    J_ENTRETIENS,
    J_ETUDIE,
    JE_REPONDS,
    POUR_COMMENCER,
    Commande,
    GroupePrincipal,
    erreur_en_francais,
)
from cpit.cli.options import OptionRemplacer, OptionSimple, terminal
from cpit.erreurs import CodeSortie, ErreurCpit, ecriture, messages_de_la_commande, raison_systeme, refus
from cpit.ouverture import chemin_reel
from cpit.sceaux import __version__

_socle = typer.Typer(
    cls=GroupePrincipal,
    name="cpit",
    help="Auto-évaluation réflexive d'un chef de projet innovation territoriale.",
    epilog="cpit guide : les guides. cpit aide COMMANDE : ses options, un exemple.\n"
    "Options : -V (version), -h (cette aide), --installer-completion (touche Tab).",
    invoke_without_command=True,
    # Celle de la bibliothèque parle anglais : « --installer-completion » l’appelle.
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

_P, _D, _G, _R = "cpit.cli.personne", "cpit.cli.droits", "cpit.cli.groupe", "cpit.cli.recherche"
COMMANDES: Mapping[str, tuple[str, str, str]] = {
    "questionnaire": (JE_REPONDS, "répondre ou reprendre", _P),
    "corriger": (JE_REPONDS, "changer une réponse", _P),
    "restituer": (JE_REPONDS, "relire son résultat", _P),
    "comparer": (JE_REPONDS, "ce qui a bougé", _P),
    "expliquer": (JE_REPONDS, "d'où vient un score", _P),
    "verifier": (JE_REPONDS, "contrôler un fichier", _P),
    "demo": (POUR_COMMENCER, "tout voir d'un trait", _P),
    "gabarit": (JE_REPONDS, "le modèle de Word", _P),
    "plan": (JE_REPONDS, "vos prochains pas", _P),
    "trace": (JE_REPONDS, "noter une trace", _P),
    "portfolio": (JE_REPONDS, "vos traces réunies", _P),
    "mes-donnees": (JE_REPONDS, "tout ce qui est gardé", _D),
    "effacer": (JE_REPONDS, "ôter une personne", _D),
    "formulaire": (J_ANIME, "à envoyer, à remplir", _G),
    "correspondance": (J_ANIME, "comprendre une table", _G),
    "cohorte": (J_ANIME, "noter ce qui revient", _G),
    "suivi": (J_ANIME, "qui a répondu", _G),
    "evolution": (J_ANIME, "ce qui y a bougé", _G),
    "exporter": (J_ETUDIE, "un jeu de données", _R),
    "fidelite": (J_ETUDIE, "ce que vaut la mesure", _R),
    "figure": (J_ANIME, "un dessin à montrer", _R),
    "guide": (POUR_COMMENCER, "lire les guides", "cpit.cli"),
    "menu": (POUR_COMMENCER, "choisir dans un menu", "cpit.cli"),
    "aide": (POUR_COMMENCER, "l'aide d'une commande", "cpit.cli"),
    "referentiel": (J_ENTRETIENS, "lister, lire, vérifier", "cpit.cli.referentiel"),
}
"""Chaque commande, dans l’ordre de l’aide → qui l’emploie, ce qu’elle fait, et le module qui la porte.

La liste des commandes n’en charge aucun, une commande ne charge que le sien.
"""


@_socle.command(
    cls=Commande,
    epilog="Par exemple : cpit guide formateur",
)
def guide(
    sujet: Annotated[str | None, typer.Argument(metavar="[SUJET]", help="Le guide à lire ; leur liste sinon.")] = None,
    page: Annotated[
        Path | None,
        typer.Option(metavar="F.html", help="Écrit ce guide, ou tous, en une page.", show_default=False),
    ] = None,
    remplacer: OptionRemplacer = False,
    simple: OptionSimple = False,
) -> None:
    """Lire les guides : pour chaque usage, les calculs, les formats, la solidité, Python."""
    from cpit.affichage import montrer
    from cpit.affichage.ecran_guide import blocs_de_guide, blocs_de_sommaire
    from cpit.api import referentiels

    ecran = terminal(simple)
    choisis = referentiels.guides().values() if sujet is None else [referentiels.guide(sujet)]
    if page is not None:
        referentiels.ecrire_page_guides(page, choisis, remplacer=remplacer)
        ecran.dire("Page :")
        ecran.copier(str(chemin_reel(page)))
    else:
        montrer(ecran, blocs_de_sommaire(choisis) if sujet is None else blocs_de_guide(*choisis))


@_socle.command(
    cls=Commande,
    epilog="Par exemple : cpit menu --dossier mes-reponses",
)
def menu(
    dossier: Annotated[Path, typer.Option(metavar="DOSSIER", help="Où sont, et où écrire, les passations.")] = Path(),
    simple: OptionSimple = False,
) -> int:
    """Choisir dans un menu : répondre, relire, imprimer ; ce qui s'ouvre d'un double clic."""
    from cpit.cli.accueil import derouler_menu
    from cpit.formats.durable import creer_dossier

    with ecriture(dossier):
        creer_dossier(dossier)
    return derouler_menu(terminal(simple), dossier, _mener)


def _montrer_version(demandee: bool) -> None:
    if demandee:
        sys.stdout.write(f"cpit {__version__}\n")
        raise Exit(0)


OptionVersion = Annotated[
    bool, typer.Option("--version", "-V", help="Montre la version.", is_eager=True, callback=_montrer_version)
]


OptionCompletion = Annotated[
    bool,
    typer.Option("--installer-completion", help="Complète les commandes avec la touche Tab.", show_default=False),
]


@_socle.callback()
def _racine(
    contexte: typer.Context,
    version: OptionVersion = False,  # noqa: ARG001 : sa fonction a répondu, et fini la commande.
    installer_completion: OptionCompletion = False,
) -> None:
    """Sans commande : ce qu’il y a dans le dossier courant, et ce que l’on peut en faire ; l’aide, s’il n’y a rien."""
    if installer_completion:
        from cpit.cli.accueil import installer_la_completion

        installer_la_completion(terminal(simple=False))
        raise Exit(0)
    if contexte.invoked_subcommand is None:
        from cpit.cli.accueil import orienter

        if not orienter(terminal(simple=False), Path()):
            sys.stdout.write(contexte.get_help() + "\n")
            raise Exit(CodeSortie.MAUVAIS_EMPLOI)


@_socle.command(
    cls=Commande,
    epilog="Par exemple : cpit aide cohorte",
)
def aide(
    commande: Annotated[
        list[str] | None, typer.Argument(metavar="[COMMANDE]", help="La commande ; toutes sinon.")
    ] = None,
) -> int:
    """Montrer l'aide d'une commande : ses arguments, ses options, un exemple."""
    return _mener([*(commande or []), "--help"])


_LISTE = ("", "-h", "--help")
"""Ce à quoi répond la liste des commandes."""


@cache
def _construite(demande: str) -> Callable[..., object]:
    """L’application, réduite à ce que l’on demande : chaque commande construite coûte une milliseconde.

    La liste des commandes n’a pas besoin de leurs options ; une commande n’a pas besoin des autres. Le menu, qui en
    lance plusieurs, ne construit chacune qu’une fois.
    """
    if demande not in _LISTE:
        return get_command(_application([demande] if demande in COMMANDES else COMMANDES))
    liste = get_command(_application([]))
    assert isinstance(liste, GroupePrincipal)
    for nom, (qui, quoi, _) in COMMANDES.items():
        liste.add_command(Commande(nom, short_help=quoi, rich_help_panel=qui))
    return liste


def _application(noms: Iterable[str]) -> typer.Typer:
    """L’application qui n’a que ces commandes, chacune construite du module qui la porte."""
    reduite = copy(_socle)
    reduite.registered_commands, reduite.registered_groups = [], []
    for nom in noms:
        qui, quoi, module = COMMANDES[nom]
        porte: typer.Typer = _socle if module == __name__ else import_module(module).app
        if porte.info.name == nom:
            reduite.add_typer(porte, rich_help_panel=qui, short_help=quoi)
        else:
            (info,) = (copy(une) for une in porte.registered_commands if _nom(une) == nom)
            info.rich_help_panel, info.short_help = qui, quoi
            reduite.registered_commands.append(info)
    return reduite


def _demande(arguments: list[str]) -> str:
    """Ce qui distingue une application réduite d’une autre ; « toutes » les commandes dans les autres cas."""
    if COMPLETION in os.environ:
        from typer.completion import get_completion_inspect_parameters

        # Elle inscrit les interpréteurs de commandes que la bibliothèque connaît.
        get_completion_inspect_parameters()
        return "toutes"
    if "".join(arguments) in _LISTE:
        return "".join(arguments)
    return arguments[0] if arguments[0] in COMMANDES else "toutes"


def _nom(info: CommandInfo) -> str:
    return info.name or (info.callback.__name__ if info.callback else "")


def __getattr__(nom: str) -> typer.Typer:
    """``app``, l’application entière : elle se construit la première fois qu’on la demande."""
    if nom != "app":
        raise AttributeError(nom)
    globals()["app"] = entiere = _application(COMMANDES)
    return entiere


def executer(arguments: list[str]) -> int:
    """Exécute une commande et rend son code de sortie : 0 fait, 1 refusé, 2 mauvais emploi, 130 interrompu."""
    from cpit.terminal import preparer_les_flux, rouvrir_les_flux_fermes

    rouvrir_les_flux_fermes()
    preparer_les_flux(sys.stdin, sys.stdout, sys.stderr)
    with messages_de_la_commande():
        return _mener(arguments)


def _vider_la_sortie() -> None:
    """Vide la sortie ; qui y a écrit des octets a pu la fermer, son lecteur parti."""
    if not sys.stdout.closed:
        sys.stdout.flush()


def _mener(arguments: list[str]) -> int:
    """Exécute une commande, les flux étant prêts : ils ne se règlent plus une fois qu’on y a lu."""
    from cpit.terminal import oublier_le_lecteur

    code: int = CodeSortie.FAIT
    try:
        code = _appeler(arguments)
    except ErreurCpit as erreur:
        code = _dire(erreur, simple="--simple" in arguments)
    except TyperException as erreur:
        code = _dire_mauvais_emploi(erreur, simple="--simple" in arguments)
    except BrokenPipeError:
        oublier_le_lecteur(sys.stdout)
    except SystemExit as sortie:
        # Typer en fait lui-même une sortie, de code 1, quand la commande écrivait encore.
        if not isinstance(sortie.__context__, BrokenPipeError):
            raise
        oublier_le_lecteur(sys.stdout)
    except OSError as erreur:
        # Toute autre exception est un défaut de cpit : elle garde sa trace.
        fichier = str(erreur.filename or "")
        code = _dire(refus("systeme", fichier, raison=raison_systeme(erreur)), simple="--simple" in arguments)
    return code


def _appeler(arguments: list[str]) -> int:
    """Le code de la commande, sa sortie vidée. Un Ctrl-C qu’elle n’a pas pris se dit."""
    resultat: object
    try:
        resultat = _construite(_demande(arguments))(args=arguments, prog_name="cpit", standalone_mode=False)
    except (Abort, KeyboardInterrupt):
        resultat = CodeSortie.INTERROMPU
    _vider_la_sortie()
    if resultat == CodeSortie.INTERROMPU:
        # L’invite et « ^C » sont restés sur la ligne : on en part d’abord.
        ecran = terminal("--simple" in arguments, erreur=True)
        ecran.dire()
        ecran.dire("Interrompu.")
    return resultat if isinstance(resultat, int) else CodeSortie.FAIT


def _dire_mauvais_emploi(erreur: TyperException, *, simple: bool) -> int:
    if type(erreur).__name__ == "NoArgsIsHelpError":
        sys.stdout.write(erreur.format_message() + "\n")
        return CodeSortie.MAUVAIS_EMPLOI
    return _dire(erreur_en_francais(erreur), simple=simple)


def _dire(erreur: ErreurCpit, *, simple: bool) -> int:
    from cpit.affichage import montrer_anomalies

    montrer_anomalies(terminal(simple, erreur=True), erreur.anomalies)
    return erreur.code_sortie
