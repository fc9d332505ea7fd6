"""Les noms et les libellés que SPSS et Stata acceptent : leurs limites se comptent en octets et coupent en silence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cpit.typographie import sans_accent

SUITE = "…"


@dataclass(frozen=True, slots=True)
class Limites:
    """Ce qu’un logiciel accepte : octets d’un nom, d’un libellé de variable, d’un libellé de valeur, d’un texte."""

    nom: int
    variable: int
    valeur: int
    texte: int
    fichier: int
    reserves: frozenset[str]


SPSS = Limites(
    nom=64,
    variable=256,
    valeur=120,
    texte=32_767,
    fichier=64,
    reserves=frozenset(["all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"]),
)
"""IBM SPSS Statistics, « Variable names » et « Value labels » (référence des commandes)."""
STATA = Limites(
    nom=32,
    variable=80,
    valeur=32_000,
    texte=2_045,
    fichier=80,
    reserves=frozenset(
        [
            *("_all", "_b", "byte", "_coef", "_cons", "double", "float", "if", "in", "int", "long", "_n", "_pi"),
            *("_pred", "_rc", "_skip", "str", "strl", "using", "with"),
        ]
    ),
)
"""Stata, « help limits » et « help reswords » ; 80 signes pour un libellé, comptés ici en octets, par prudence."""


def nommer(cles: Iterable[str], limites: Limites) -> dict[str, str]:
    """Nom de variable de chaque clé : ASCII, lettre en tête, jamais un mot réservé, unique sans égard à la casse."""
    noms: dict[str, str] = {}
    pris = set(limites.reserves)
    for cle in cles:
        base = _ascii(cle)
        nom, rang = base[: limites.nom], 1
        while nom.casefold() in pris:
            rang += 1
            suffixe = f"_{rang}"
            nom = base[: limites.nom - len(suffixe)] + suffixe
        pris.add(nom.casefold())
        noms[cle] = nom
    return noms


def couper(texte: str, octets: int) -> str:
    """Le texte s’il tient en tant d’octets UTF-8, sinon son début et « … », sans couper un caractère."""
    brut = texte.encode("utf-8", errors="replace")
    if len(brut) <= octets:
        return brut.decode()
    return brut[: octets - len(SUITE.encode())].decode(errors="ignore").rstrip() + SUITE


def _ascii(cle: str) -> str:
    """« tiers-lieu » donne ``tiers_lieu``, « élus » donne ``elus``, « 3a » donne ``v3a``."""
    base = re.sub(r"[^A-Za-z0-9_]", "_", sans_accent(cle.replace("œ", "oe").replace("Œ", "Oe")))
    return base if re.match(r"[A-Za-z]", base) else f"v{base}"
