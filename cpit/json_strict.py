"""Lire un JSON venu d’ailleurs : borné avant d’être bâti, sans rien d’ambigu, toute faute à sa place. En écrire un."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from cpit.typographie import echapper, typographier

_POIDS_MAX = 500_000_000
"""Octets de mémoire que les valeurs d’un document peuvent demander, à peu près."""
_POIDS_D_UN_CONTENANT, _POIDS_D_UNE_VALEUR = 200, 60
_SUSPECT = re.compile(r"\\u[dD][89a-fA-F]")
_ECHAPPEMENT = re.compile(r"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)")
"""Chaque échappement, dans l’ordre : une paire de demi-codets, un demi-codet seul, un autre."""
_TROP_DE_CHIFFRES = re.compile("[0-9]{4301}")


class JsonFautif(ValueError):
    """Un JSON refusé ; ``raison`` dit pourquoi, et où si l’on sait ; ``coupe`` : sa syntaxe ne va pas au bout."""

    def __init__(self, raison: str, *, coupe: bool = False) -> None:
        super().__init__(raison)
        self.raison, self.coupe = raison, coupe


def encoder_json(document: Mapping[str, Any]) -> bytes:
    """Un document tel que cpit l’écrit : en UTF-8, ses signes cachés échappés, chaque valeur restant la même.

    Un demi-caractère, qu’aucun UTF-8 ne porte et que la lecture refuserait, devient « ? ».
    """
    texte = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    return echapper(texte.encode("utf-8", errors="replace").decode()).encode()


def decoder_json(octets: bytes) -> str:
    """Le texte d’un JSON, en UTF-8, sans sa marque d’ordre des octets.

    :raises JsonFautif: si ce n’est pas de l’UTF-8.
    """
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError as erreur:
        coupe = erreur.reason == "unexpected end of data"
        raison = "fichier coupé au milieu d’un caractère" if coupe else "texte qui n’est pas en UTF-8"
        if octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            # PowerShell récrit ainsi ce qui passe par « > ».
            raison = "texte récrit en UTF-16, et non en UTF-8"
        ligne = octets.count(b"\n", 0, erreur.start) + 1
        raise JsonFautif(f"{raison}, ligne {ligne}") from None


def lire_json(texte: str) -> Any:
    """Ce que dit un JSON.

    :raises JsonFautif: syntaxe fautive, trop de valeurs ou de profondeur, clé en double dans une table, caractère
        qui n’existe pas, entier démesuré.
    """
    _verifier_echappements(texte)
    return _analyser(texte, _DECODEUR.decode)


def extraire_json(texte: str, debut: int) -> Any:
    """Ce que dit le JSON qui commence à une place d’un texte ; ce qui le suit n’est pas lu.

    :raises JsonFautif: comme ``lire_json``, sauf pour ses caractères.
    """
    return _analyser(texte, lambda entier: _DECODEUR.raw_decode(entier, debut)[0])


def _analyser(texte: str, decoder: Callable[[str], Any]) -> Any:
    _peser(texte)
    try:
        return decoder(texte)
    except JsonFautif:
        raise
    except json.JSONDecodeError as erreur:
        raise JsonFautif(f"JSON incomplet ou fautif, ligne {erreur.lineno}", coupe=True) from None
    except RecursionError:
        raise JsonFautif("JSON incomplet ou fautif, trop profond") from None
    except ValueError:
        # Python ne convertit pas un entier de plus de 4 300 chiffres : le temps qu’il y passerait croît au carré.
        trop = _TROP_DE_CHIFFRES.search(texte)
        place = _place(texte, trop.start()) if trop else ""
        raise JsonFautif(f"JSON incomplet ou fautif, un nombre a trop de chiffres{place}") from None


def _peser(texte: str) -> None:
    """Refuse avant de bâtir : trois octets de texte (« [], ») en demandent soixante-dix."""
    contenants = texte.count("[") + texte.count("{")
    if contenants * _POIDS_D_UN_CONTENANT + texte.count(",") * _POIDS_D_UNE_VALEUR > _POIDS_MAX:
        raise JsonFautif("JSON qui porte trop de valeurs")


def _verifier_echappements(texte: str) -> None:
    if _SUSPECT.search(texte) is None:
        return
    for trouve in _ECHAPPEMENT.finditer(texte):
        if trouve.lastindex:
            raise JsonFautif(f"un caractère qui n’existe pas (\\{trouve[1]}){_place(texte, trouve.start())}")


def _place(texte: str, position: int) -> str:
    debut = texte.rfind("\n", 0, position) + 1
    return f", ligne {texte.count(chr(10), 0, position) + 1}, colonne {position - debut + 1}"


def _sans_double(couples: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(couples)
    if len(table) < len(couples):
        vues: set[str] = set()
        double = next(cle for cle, _ in couples if cle in vues or vues.add(cle))  # type: ignore[func-returns-value]
        raise JsonFautif(typographier("la clé « {} » est en double").format(double))
    return table


_DECODEUR = json.JSONDecoder(object_pairs_hook=_sans_double)
