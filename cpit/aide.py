"""L’aide et les erreurs d’emploi de la ligne de commande, en français."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from typing import Any

import typer.core
from typer.exceptions import TyperException
from typer.models import TyperPath

from cpit.erreurs import ACopier, Anomalie, MauvaisEmploi, anomalie
from cpit.ouverture import commande_a_taper, faute_de_chemin
from cpit.typographie import proche, replier, typographier

COMPLETION = "_CPIT_COMPLETE"
"""La variable par laquelle un interpréteur de commandes demande ce qui peut suivre ; son nom est de la bibliothèque."""

_TRADUCTIONS = (
    (r"\bUsage: ", "Emploi : "),
    (r"\bOptions:", "Options :"),
    (r"\bArguments:", "Arguments :"),
    (r"\bCommands:", "Commandes :"),
    (r"Show this message and\s+exit\.", "Montre cette aide."),
    (r"\[OPTIONS\]", "[OPTIONS]"),
    (r"COMMAND \[ARGS\]\.\.\.", "COMMANDE [ARGUMENTS]…"),
    # « [default: » peut finir une ligne repliée, et sa valeur être sur la suivante.
    (r"\[default:(\s+[^\]]*)\]", r"[défaut :\1]"),
    (r"\[required\]", "[obligatoire]"),
    (r"; required\]", " ; obligatoire]"),
    (r"\{([A-Z]+)\}", r"\1"),
)


def _traduire(aide: str) -> str:
    """Met en français les mots que la bibliothèque écrit en anglais, et leur typographie."""
    for motif, francais in _TRADUCTIONS:
        aide = re.sub(motif, francais, aide)
    return typographier(aide)


def _pour_la_console(aide: str) -> str:
    """L’aide en caractères que la console a : la bibliothèque écrit elle-même, et en UTF-8 sur une console ASCII."""
    return replier(aide, sys.stdout.encoding or "ascii")


class GroupeDeCommandes(typer.core.TyperGroup):
    """Groupe de commandes dont l’aide est en français."""

    def get_help(self, ctx: Any) -> str:
        """Aide complète."""
        return _pour_la_console(_traduire(super().get_help(ctx)))

    def get_usage(self, ctx: Any) -> str:
        """Ligne d’emploi."""
        return _traduire(super().get_usage(ctx))


JE_REPONDS, J_ANIME, J_ETUDIE, J_ENTRETIENS, POUR_COMMENCER = (
    "Je réponds",
    "J'anime un groupe",
    "J'étudie",
    "J'entretiens un référentiel",
    "Pour commencer",
)
"""Qui l’on est, dans l’ordre de l’aide : chaque commande dit le sien (``rich_help_panel``)."""
_COLONNE = 39
"""Deux commandes par ligne tiennent dans 80 signes : un nom de 14 au plus, puis 21 signes de ce qu’elle fait."""


class GroupePrincipal(GroupeDeCommandes):
    """L’aide de « cpit » : les commandes, rangées par qui l’on est ; elle tient dans un écran de 80 × 24."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Écrit l’aide entière."""
        self.format_usage(ctx, formatter)
        formatter.write(f"{self.help}\n")
        for qui in (JE_REPONDS, J_ANIME, J_ETUDIE, J_ENTRETIENS, POUR_COMMENCER):
            formatter.write(f"{qui}\n")
            formatter.write("".join(f"  {ligne}\n" for ligne in self._lignes(qui, formatter.width)))
        formatter.write(f"\n{self.epilog}\n")

    def _lignes(self, qui: str, largeur: int) -> Iterator[str]:
        dites = [
            f"{nom:<14}  {commande.short_help}"
            for nom, commande in self.commands.items()
            if getattr(commande, "rich_help_panel", None) == qui
        ]
        par_ligne = 2 if largeur >= 2 * _COLONNE else 1
        for rang in range(0, len(dites), par_ligne):
            yield "".join(f"{dite:<{_COLONNE}}" for dite in dites[rang : rang + par_ligne]).rstrip()


class _Chemin(TyperPath):
    """Un chemin pris au mot : vide, il n’est pas le dossier courant ; c’est en l’ouvrant que l’on sait s’il se lit."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Le chemin.

        :raises MauvaisEmploi: s’il est vide, ou la racine du disque.
        """
        faute = faute_de_chemin(value, _nom(param))
        if faute is not None:
            raise MauvaisEmploi([faute])
        return super().convert(value, param, ctx)


_OCTET_ILLISIBLE = re.compile("[\ud800-\udfff]")
"""Ce que Python met à la place d’un octet que l’encodage du système ne sait pas lire."""


def _textes(parametre: Any, donne: object) -> Iterator[str]:
    """Les textes qu’un paramètre a reçus ; un chemin, une sortie ou une suite de sources n’en est pas un."""
    if not (isinstance(parametre.type, TyperPath) or parametre.nargs == -1 or parametre.name == "sortie"):
        yield from (mots for mots in (donne if isinstance(donne, list | tuple) else [donne]) if isinstance(mots, str))


class Commande(typer.core.TyperCommand):
    """Commande dont l’aide est en français, et les chemins pris au mot."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for parametre in self.params:
            if isinstance(parametre.type, TyperPath):
                parametre.type = _Chemin(readable=False, path_type=parametre.type.type)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Lit les arguments.

        :raises MauvaisEmploi: si un texte porte un octet illisible : un code y perdrait des lettres, et deviendrait
            celui de quelqu’un d’autre.
        """
        reste = super().parse_args(ctx, args)
        fautes = [
            anomalie("texte-illisible", valeur=mots, ou=_nom(parametre))
            for parametre in self.params
            for mots in _textes(parametre, ctx.params.get(parametre.name))
            if _OCTET_ILLISIBLE.search(mots) and not os.path.lexists(mots)
        ]
        if fautes and not ctx.resilient_parsing:
            raise MauvaisEmploi(fautes)
        return list(reste)

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002
        """Première ligne de la documentation, entière : la liste des commandes la coupe elle-même."""
        return (self.help or "").strip().split("\n")[0]

    def get_help(self, ctx: Any) -> str:
        """Aide complète."""
        return _pour_la_console(_traduire(super().get_help(ctx)))

    def get_usage(self, ctx: Any) -> str:
        """Ligne d’emploi."""
        return _traduire(super().get_usage(ctx))


def erreur_en_francais(erreur: TyperException) -> MauvaisEmploi:
    """Erreur d’emploi de la bibliothèque, changée en anomalie de cpit."""
    contexte: Any = getattr(erreur, "ctx", None)
    forme = contexte.get_usage().removeprefix(_traduire("Usage: ")) if contexte else "cpit --help"
    commande = contexte.command_path if contexte else "cpit"
    mots = {"raison": _raison(erreur), "forme": re.sub(r"\s+", " ", forme), "aide": f"Voir {commande} --help."}
    if (comparaison := _comparaison_voulue(erreur)) is not None:
        return MauvaisEmploi([comparaison])
    proche = _proche(erreur)
    return MauvaisEmploi([anomalie("emploi", **mots, proche=proche)])


_D_UNE_PASSATION = ("restituer", "expliquer")
"""Les commandes qui montrent une passation : à qui en donne deux, une autre commande les compare."""
_DE_TROP = re.compile(r"unexpected extra argument(?:s|\(s\))? \((.*)\)")


def _comparaison_voulue(erreur: TyperException) -> Anomalie | None:
    """La commande à taper, si l’on a donné plusieurs passations à une commande qui n’en montre qu’une."""
    contexte: Any = getattr(erreur, "ctx", None)
    trouve = _DE_TROP.search(erreur.message)
    if contexte is None or trouve is None or contexte.info_name not in _D_UNE_PASSATION:
        return None
    donnes = [contexte.params.get("passation"), contexte.params.get("echelle"), *trouve[1].split()]
    passations = [str(donne) for donne in donnes if str(donne).lower().endswith(".json")]
    if len(passations) < 2:
        return None
    commande = ACopier(commande_a_taper("comparer", *passations))
    return anomalie("comparaison-a-demander", nombre=len(passations), commande=commande)


def _raison(erreur: TyperException) -> str:
    option = getattr(erreur, "option_name", "")
    nom = _nom(getattr(erreur, "param", None))
    raisons = {
        "NoSuchOption": f"l’option « {option} » n’existe pas",
        "MissingParameter": f"il manque {nom}",
        "BadParameter": f"la valeur donnée à {nom} ne convient pas",
        "BadOptionUsage": f"l’option « {option} » {_usage_de_l_option(erreur.message)}",
    }
    return raisons.get(type(erreur).__name__) or _raison_du_message(erreur.message)


def _raison_du_message(message: str) -> str:
    """La bibliothèque ne distingue ces erreurs que par leur message anglais."""
    if trouve := re.search(r"No such command ['\"](.*?)['\"]", message):
        return f"la commande « {trouve[1]} » n’existe pas"
    if trouve := _DE_TROP.search(message):
        return f"« {trouve[1]} » est de trop"
    return "la commande est incomplète" if "Missing command" in message else "la commande est mal écrite"


def _usage_de_l_option(message: str) -> str:
    return "ne prend pas de valeur" if "does not take" in message else "demande une valeur"


def _nom(parametre: Any) -> str:
    if parametre is None:
        return "une valeur"
    if parametre.param_type_name == "argument":
        return f"l’argument {parametre.human_readable_name}"
    return f"l’option {max(parametre.opts, key=len)}"


def _proche(erreur: TyperException) -> str | None:
    possibles = list(getattr(erreur, "possibilities", None) or [])
    if possibles:
        # Sans leurs tirets, qui rapprochent tout : « --sortie » n’est pas « --simple » mal écrit.
        nues = {str(possible).lstrip("-"): str(possible) for possible in possibles}
        return nues.get(proche(str(getattr(erreur, "option_name", "")).lstrip("-"), nues) or "")
    trouve = re.search(r"No such command ['\"](.*?)['\"]", erreur.message)
    contexte = getattr(erreur, "ctx", None)
    commandes = list(getattr(getattr(contexte, "command", None), "commands", {}))
    return proche(trouve[1], commandes) if trouve else None
