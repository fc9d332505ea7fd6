"""La police des figures : mesurer un texte, et la donner au PDF et au PNG.

« Cpit Sans » est Liberation Sans réduite (``cpit/restitution/polices``, licence OFL 1.1). Elle a les chasses
d’Arial et d’Helvetica : un SVG lu sans elle occupe la même place, avec la police de la machine.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cpit.typographie import nettoyer

DOSSIER = Path(__file__).resolve().parents[1] / "polices"
FAMILLES = "Arial, Helvetica, 'Liberation Sans', 'Cpit Sans', sans-serif"
INTERLIGNE = 1.25
"""Hauteur d’une ligne, en corps."""
REPLI = "□"
"""Ce qui tient lieu d’un caractère absent de la police, là où l’on n’en a pas d’autre (PDF)."""


@dataclass(frozen=True)
class Police:
    """Ce que l’on sait d’un fichier TrueType, en unités du cadratin.

    ``glyphes`` : numéro de glyphe par caractère ; ``chasses`` : largeur par glyphe ; ``boite`` :
    boîte englobante de tous les glyphes ; ``montant`` et ``descendant`` : hauteurs des lettres.
    """

    nom: str
    octets: bytes
    cadratin: int
    glyphes: dict[str, int]
    chasses: tuple[int, ...]
    boite: tuple[int, int, int, int]
    montant: int
    descendant: int

    def largeur(self, texte: str, corps: float) -> float:
        """Largeur d’un texte sur une ligne, dans l’unité du corps."""
        absent = self.glyphes[REPLI]
        return sum(self.chasses[self.glyphes.get(c, absent)] for c in texte) * corps / self.cadratin


def chemin_police(*, gras: bool = False) -> Path:
    """Le fichier d’une graisse."""
    return DOSSIER / f"CpitSans-{'Bold' if gras else 'Regular'}.ttf"


@cache
def police(*, gras: bool = False) -> Police:
    """La police d’une graisse, lue une fois."""
    chemin = chemin_police(gras=gras)
    octets = chemin.read_bytes()
    tables = _tables(octets)
    tete, hhea = tables["head"], tables["hhea"]
    montant, descendant = struct.unpack_from(">hh", octets, hhea + 4)
    return Police(
        chemin.stem,
        octets,
        struct.unpack_from(">H", octets, tete + 18)[0],
        _glyphes(octets, tables["cmap"]),
        _chasses(octets, tables),
        struct.unpack_from(">4h", octets, tete + 36),
        montant,
        descendant,
    )


def largeur(texte: str, corps: float, *, gras: bool = False) -> float:
    """Largeur d’un texte sur une ligne, en pixels."""
    return police(gras=gras).largeur(texte, corps)


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


def _tables(octets: bytes) -> dict[str, int]:
    """Début de chaque table."""
    nombre = struct.unpack_from(">H", octets, 4)[0]
    entrees = (struct.unpack_from(">4sIII", octets, 12 + 16 * rang) for rang in range(nombre))
    return {nom.decode("ascii"): debut for nom, _, debut, _ in entrees}


def _chasses(octets: bytes, tables: dict[str, int]) -> tuple[int, ...]:
    glyphes = struct.unpack_from(">H", octets, tables["maxp"] + 4)[0]
    longues = struct.unpack_from(">H", octets, tables["hhea"] + 34)[0]
    chasses = [struct.unpack_from(">H", octets, tables["hmtx"] + 4 * rang)[0] for rang in range(longues)]
    return tuple(chasses + [chasses[-1]] * (glyphes - longues))


def _glyphes(octets: bytes, cmap: int) -> dict[str, int]:
    """Glyphe de chaque caractère, d’après la sous-table Unicode de format 4."""
    nombre = struct.unpack_from(">H", octets, cmap + 2)[0]
    sous_tables = (struct.unpack_from(">HHI", octets, cmap + 4 + 8 * rang) for rang in range(nombre))
    debut = next(
        cmap + decalage
        for plateforme, codage, decalage in sous_tables
        if (plateforme, codage) == (3, 1) and struct.unpack_from(">H", octets, cmap + decalage)[0] == 4
    )
    double = struct.unpack_from(">H", octets, debut + 6)[0]
    fins, debuts = debut + 14, debut + 16 + double
    glyphes = {}
    for rang in range(double // 2):
        fin = struct.unpack_from(">H", octets, fins + 2 * rang)[0]
        premier = struct.unpack_from(">H", octets, debuts + 2 * rang)[0]
        delta = struct.unpack_from(">h", octets, debuts + double + 2 * rang)[0]
        place = debuts + 2 * double + 2 * rang
        renvoi = struct.unpack_from(">H", octets, place)[0]
        for code in range(premier, min(fin, 0xFFFE) + 1):
            glyphe = code
            if renvoi:
                glyphe = struct.unpack_from(">H", octets, place + renvoi + 2 * (code - premier))[0]
            if not renvoi or glyphe:
                glyphes[chr(code)] = (glyphe + delta) % 65536
    return glyphes
