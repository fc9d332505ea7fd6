"""La forme d’un message du catalogue, et ce qui y dépend de qui le lit : la commande, Python, un programme figé."""

from __future__ import annotations

import os
import re
import shlex
import sys
from enum import StrEnum
from typing import NamedTuple

from cpit.typographie import d_un_tenant


class Gravite(StrEnum):
    """« refus » : la donnée n’est pas prise. « avertissement » : elle l’est, et on le dit."""

    REFUS = "refus"
    AVERTISSEMENT = "avertissement"


class Message(NamedTuple):
    """Les trois phrases d’une anomalie ; ``{mot}`` y est remplacé par un mot de l’anomalie.

    Ce qui s’en recopie, dans l’attendu et la correction, est entre « ‹ » et « › », qui ne se montrent pas : une
    commande, une option et sa valeur.

    ``en_classeur`` : l’attendu et la correction d’une faute de cellule, là où les autres parlent d’un texte ;
    ``pareilles`` : le mot qui dit où elle est, et ce qu’il devient pour en montrer plusieurs d’un coup ; vide si elle
    se montre toujours seule.
    """

    quoi: str
    attendu: str
    correction: str
    gravite: Gravite = Gravite.REFUS
    pareilles: tuple[str, str] | None = None
    en_classeur: tuple[str, str] | None = None


EXTRAS = {
    "figures": ("reportlab", "resvg-py"),
    "recherche": ("polars", "pyreadstat", "scipy"),
    "word": ("docxtpl", "resvg-py"),
}
"""Extra de cpit → les bibliothèques à installer. Comme en pyproject.toml, que lire au démarrage coûterait."""


def pour_obtenir(extra: str) -> str:
    """Comment avoir les bibliothèques d’un extra de cpit, sans point final : la phrase se continue.

    Les paquets sont nommés, et le Python est celui qui exécute cpit : cpit n’est dans aucun index public, où son nom
    irait chercher le paquet d’un inconnu. Au programme en un dossier, rien ne s’ajoute.
    """
    paquets = " ".join(EXTRAS[extra])
    if getattr(sys, "frozen", False):
        return f"Au programme en un dossier rien ne s'ajoute : installer cpit dans un Python, puis {paquets} par pip"
    return "Taper " + d_un_tenant(f"{_ce_python()} -m pip install {paquets}")


def _ce_python() -> str:
    """La commande du Python qui exécute cpit, telle qu’on la tape."""
    chemin = sys.executable or "python"
    if os.name != "nt":
        return shlex.quote(chemin)
    # PowerShell ne lance un chemin entre guillemets qu’après « & » ; l’autre invite ne connaît pas ce signe.
    return f'"{chemin}"' if " " in chemin else chemin


# --- Les mêmes messages, pour qui appelle cpit de Python : le paramètre au lieu de l’option.


_PARAMETRES = {
    "--remplacer": "remplacer=True",
    "--items-identiques": "items_identiques=True",
    "--avec-traces": "avec_traces=True",
    "--malgre-le-registre": "malgre_le_registre=True",
    "--oui": "confirmer=True",
    "--pour": "codes",
    "--diffusion": "cpit.diffuser",
    "cpit correspondance": "cpit.correspondance",
    "--page": "cpit.ecrire",
    "--decimale virgule": 'decimale="virgule"',
    "--decimale point": 'decimale="point"',
}
"""Option → ce qui en tient lieu de Python ; une autre option porte le nom de son paramètre."""
_SORTIE_D_UN_EXPORT = frozenset(
    {"export-dossier-etranger", "export-retouche", "export-dossier-courant", "source-est-l-export"}
)
"""Ce qui parle d’un export, dont le dossier est « --sortie » pour la commande."""
_OPTION = re.compile(r"‹(?:cpit |\{commande\})[^›]*›|(?P<option>--[a-z][a-z-]*(?: virgule| point\b)?)")


def en_python(gabarit: str, code: str = "") -> str:
    """Un gabarit de message où chaque option est devenue un paramètre ; une commande à taper reste telle quelle."""

    def remplacer(trouve: re.Match[str]) -> str:
        option = trouve["option"]
        if option is None:
            return trouve[0]
        if option == "--sortie" and code in _SORTIE_D_UN_EXPORT:
            return "`dossier`"
        return f"`{_PARAMETRES.get(option) or option.removeprefix('--').replace('-', '_')}`"

    return _OPTION.sub(remplacer, gabarit)
