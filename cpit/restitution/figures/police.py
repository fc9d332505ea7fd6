"""La police des figures : où elle est, et ce qu’un texte y mesure.

« Cpit Sans » est Liberation Sans réduite (``cpit/restitution/polices``, licence OFL 1.1). Elle a les chasses
d’Arial et d’Helvetica : un SVG lu sans elle occupe la même place, avec la police de la machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from cpit.typographie import nettoyer

DOSSIER = Path(__file__).resolve().parents[1] / "polices"
FAMILLES = "Arial, Helvetica, 'Liberation Sans', 'Cpit Sans', sans-serif"
INTERLIGNE = 1.25
"""Hauteur d’une ligne, en corps."""
CADRATIN = 2048
"""Unités de la police par corps."""
REPLI = "□"
"""Ce qui tient lieu d’un caractère absent de la police, là où l’on n’en a pas d’autre (PDF)."""


def chemin_police(*, gras: bool = False) -> Path:
    """Le fichier d’une graisse."""
    return DOSSIER / f"CpitSans-{'Bold' if gras else 'Regular'}.ttf"


@cache
def chasses(*, gras: bool = False) -> Mapping[str, int]:
    """Largeur de chaque caractère d’une graisse, en ``CADRATIN``-ièmes du corps, lue une fois."""
    par_chasse = json.loads((DOSSIER / "chasses.json").read_text(encoding="utf-8"))[chemin_police(gras=gras).stem]
    return {caractere: int(chasse) for chasse, caracteres in par_chasse.items() for caractere in caracteres}


def largeur(texte: str, corps: float, *, gras: bool = False) -> float:
    """Largeur d’un texte sur une ligne, en pixels ; un caractère absent de la police compte comme ``REPLI``."""
    table = chasses(gras=gras)
    return sum(table.get(caractere, table[REPLI]) for caractere in texte) * corps / CADRATIN


def plier(texte: str, place: float, corps: float, *, gras: bool = False, lignes: int = 4) -> list[str]:
    """Le texte en lignes d’au plus ``place`` pixels ; au-delà de ``lignes``, il finit par « … »."""
    rendues: list[str] = []
    for mot in nettoyer(texte).split(" "):
        essai = f"{rendues[-1]} {mot}" if rendues else mot
        if rendues and largeur(essai, corps, gras=gras) <= place:
            rendues[-1] = essai
        else:
            rendues += _couper(mot, place, corps, gras=gras)
    if len(rendues) > lignes:
        rendues = [*rendues[: lignes - 1], _abreger(" ".join(rendues[lignes - 1 :]), place, corps, gras=gras)]
    return rendues or [""]


def _couper(mot: str, place: float, corps: float, *, gras: bool) -> list[str]:
    """Un mot, en autant de morceaux qu’il faut pour qu’aucun ne dépasse, chacun fini par un trait d’union."""
    morceaux = [""]
    for rang, caractere in enumerate(mot):
        suite = "-" if rang < len(mot) - 1 else ""
        if morceaux[-1] and largeur(morceaux[-1] + caractere + suite, corps, gras=gras) > place:
            morceaux[-1] += "-"
            morceaux.append("")
        morceaux[-1] += caractere
    return morceaux


def corps_pour(textes: Iterable[str], place: float, corps: float, *, gras: bool = False) -> float:
    """Le corps, réduit de trois dixièmes au plus pour que le plus long mot tienne sur une ligne."""
    mots = (mot for texte in textes for mot in nettoyer(texte).split(" "))
    plus_long = max((largeur(mot, corps, gras=gras) for mot in mots), default=0.0)
    return corps if plus_long <= place else max(corps * place / plus_long, corps * 0.7)


def _abreger(texte: str, place: float, corps: float, *, gras: bool) -> str:
    while texte and largeur(texte + "…", corps, gras=gras) > place:
        texte = texte[:-1]
    return texte.rstrip(" ,;:") + "…"
