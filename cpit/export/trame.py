"""Une table du jeu en trame polars, base des formats typés, et ce que SPSS et Stata acceptent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from cpit.coeur.referentiel import Echelle
from cpit.coeur.tableaux import CODE_SANS_OBJET, Cellule, Colonne, Ligne, LignesAuVol, Tableau
from cpit.typographie import sans_accent

if TYPE_CHECKING:
    import polars as pl


# --- Comment SPSS et Stata disent « sans objet » et « sans réponse » : des codes manquants, jamais des valeurs.


MANQUANTS_STATA = {CODE_SANS_OBJET: "a", "": "b"}
"""``.a`` et ``.b`` : les manquants étendus de Stata."""


_EN_TEXTE = ("moment", "regard", "dominante")
"""Ce dont les codes ne sont pas tous déclarés (t2, t3… sont des moments admis), ou se joignent."""


def codes_spss(echelle: Echelle) -> dict[str, int]:
    """−98 pour « sans objet », −99 pour « sans réponse » ; des nombres plus longs si l’un d’eux est un niveau."""
    puissance = 100
    while {2 - puissance, 1 - puissance} & set(echelle.par_valeur):
        puissance *= 10
    return {CODE_SANS_OBJET: 2 - puissance, "": 1 - puissance}


def codes_stata(tableau: Tableau, colonne: Colonne) -> dict[str, int]:
    """Le nombre qui tient lieu de chaque code en toutes lettres : son rang parmi les modalités, à partir de 1.

    Rien pour une colonne de nombres, ni pour ce qui reste un texte : ce qui identifie une ligne, par quoi deux fichiers
    se joignent, et ``_EN_TEXTE``.
    """
    if colonne.type != "texte" or colonne.cle in (*tableau.identite, *_EN_TEXTE):
        return {}
    return {code: rang for rang, code in enumerate(colonne.modalites or {}, 1)}


def numeroter(tableau: Tableau) -> Tableau:
    """La même table, le nombre de ``codes_stata`` à la place de chaque code en toutes lettres ; le vide reste vide."""
    codes = [codes_stata(tableau, colonne) for colonne in tableau.colonnes]
    colonnes = tuple(
        replace(
            colonne, type="entier", modalites={str(rang): (colonne.modalites or {})[code] for code, rang in c.items()}
        )
        if c
        else colonne
        for colonne, c in zip(tableau.colonnes, codes, strict=True)
    )

    def lignes() -> Iterator[Ligne]:
        for ligne in tableau.lignes:
            yield tuple(
                c[str(cellule)] if c and cellule is not None else cellule
                for cellule, c in zip(ligne, codes, strict=True)
            )

    return replace(tableau, colonnes=colonnes, lignes=LignesAuVol(lignes, len(tableau.lignes)))


# --- Les noms et les libellés que SPSS et Stata acceptent : leurs limites se comptent en octets et coupent en silence.


_SUITE = "…"
_A_NE_PAS_LAISSER = " \u00a0\u202f,;:«("
"""Ce qui ne finit pas un texte coupé."""


@dataclass(frozen=True, slots=True)
class Limites:
    """Ce qu’un logiciel accepte : octets d’un nom, d’un libellé de variable, d’un libellé de valeur, d’un texte."""

    nom: int
    variable: int
    valeur: int
    texte: int
    fichier: int
    reserves: frozenset[str]


LIMITES_SPSS = Limites(
    nom=64,
    variable=256,
    valeur=120,
    texte=32_767,
    fichier=64,
    reserves=frozenset(["all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"]),
)
"""IBM SPSS Statistics, « Variable names » et « Value labels » (référence des commandes)."""
LIMITES_STATA = Limites(
    nom=31,
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
"""Stata, « help limits » et « help reswords » ; 80 signes pour un libellé, comptés ici en octets, par prudence.

Stata admet 32 signes dans un nom ; ReadStat, qui écrit le fichier, nomme d’après la variable le jeu de ses libellés de
valeur, et n’y admet que 31.
"""


def nommer_variables(cles: Iterable[str], limites: Limites) -> dict[str, str]:
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


def couper_en_octets(texte: str, octets: int) -> str:
    """Le texte s’il tient en tant d’octets UTF-8, sinon son début et « … », coupé entre deux mots.

    Un mot qui prend à lui seul plus de la moitié de la place se coupe entre deux caractères.
    """
    brut = texte.encode("utf-8", errors="replace")
    if len(brut) <= octets:
        return brut.decode()
    debut = brut[: octets - len(_SUITE.encode()) + 1].decode(errors="ignore")
    fin_de_mot = debut.rfind(" ")
    if fin_de_mot <= len(debut) // 2:
        return brut[: octets - len(_SUITE.encode())].decode(errors="ignore").rstrip() + _SUITE
    return debut[:fin_de_mot].rstrip(_A_NE_PAS_LAISSER) + _SUITE


def _ascii(cle: str) -> str:
    """« tiers-lieu » donne ``tiers_lieu``, « élus » donne ``elus``, « 3a » donne ``v3a``."""
    base = re.sub(r"[^A-Za-z0-9_]", "_", sans_accent(cle.replace("œ", "oe").replace("Œ", "Oe")))
    return base if re.match(r"[A-Za-z]", base) else f"v{base}"


# --- Une table du jeu en trame polars, base des formats typés : Parquet, SPSS, Stata.


_LOT = 50_000
"""Lignes converties à la fois : la mémoire n’en garde pas plus sous forme d’objets Python."""
Codeur = Callable[[Cellule], Any]
"""Ce qui change une réponse (un niveau, ``SO`` ou rien) en ce que le format attend."""


def batir_trame(tableau: Tableau, coder: Codeur, genre: Any, *, texte_max: int | None = None) -> pl.DataFrame:
    """La trame d’une table.

    :param coder: appliqué aux colonnes qui déclarent des manquants ; ``genre`` est le type polars de ce qu’il rend.
    :param texte_max: octets au plus d’un texte.
    """
    import polars as pl

    types = {colonne.cle: _genre(colonne, genre) for colonne in tableau.colonnes}
    codeurs = [_codeur(colonne, coder, texte_max) for colonne in tableau.colonnes]
    lots = []
    for lot in _lots(tableau.lignes):
        donnees = {
            colonne.cle: list(valeurs) if codeur is None else list(map(codeur, valeurs))
            for colonne, codeur, valeurs in zip(tableau.colonnes, codeurs, zip(*lot, strict=True), strict=True)
        }
        lots.append(pl.DataFrame(donnees, schema=types))
    return pl.concat(lots, rechunk=True) if lots else pl.DataFrame(schema=types)


def _lots(lignes: Iterable[Ligne]) -> Iterator[list[Ligne]]:
    suite = iter(lignes)
    while lot := list(islice(suite, _LOT)):
        yield lot


def _genre(colonne: Colonne, genre: Any) -> Any:
    import polars as pl

    if colonne.manquants:
        return genre
    return {"entier": pl.Int32, "nombre": pl.Float64}.get(colonne.type, pl.String)


def _codeur(colonne: Colonne, coder: Codeur, texte_max: int | None) -> Codeur | None:
    if colonne.manquants:
        return coder
    if colonne.type in {"entier", "nombre"}:
        return None
    return _texte(texte_max)


def _texte(texte_max: int | None) -> Codeur:
    from cpit.typographie import nettoyer

    connus: dict[str, str] = {}

    def propre(cellule: Cellule) -> str | None:
        if cellule is None:
            return None
        texte = str(cellule)
        if texte not in connus:
            net = nettoyer(texte, garder_lignes=True)
            connus[texte] = couper_en_octets(net, texte_max) if texte_max else net
        return connus[texte]

    return propre
