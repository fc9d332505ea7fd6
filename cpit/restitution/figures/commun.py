"""Ce que plusieurs figures partagent : corps des textes, nombres, légende, clé d’une strate, assemblage."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cpit.coeur.cohorte import Cohorte
from cpit.coeur.modele import Competence
from cpit.restitution.figures import svg
from cpit.restitution.figures.base import Figure, Style
from cpit.restitution.figures.dessin import Dessin, Forme, bloc, hauteur_bloc
from cpit.restitution.figures.palette import palette_de
from cpit.restitution.figures.police import INTERLIGNE, largeur, plier
from cpit.typographie import grouper, nettoyer, nombre, sans_accent, typographier

Strate = tuple[str, str]
"""Un moment et un regard."""
MARGE = 12.0
LARGE, ETROIT = 520.0, 380.0
"""Largeurs, en pixels, au-dessus desquelles les textes ont leur plein corps, ou un corps moyen."""
SIGNE = 26.0
"""Largeur laissée au signe d’une entrée de légende."""


@dataclass(frozen=True, slots=True)
class Entree:
    """Une entrée de légende : ce qui dessine son signe autour d’un point, et ses mots."""

    signe: Callable[[float, float], Sequence[Forme]]
    mots: str


def corps_de(style: Style) -> float:
    """Corps du texte courant, en pixels : 13 (9,75 points), moins si la figure est étroite."""
    if style.largeur >= LARGE:
        return 13.0
    return 11.5 if style.largeur >= ETROIT else 10.0


def chiffre(valeur: float | None, style: Style, decimales: int = 1) -> str:
    """Un nombre dans la langue du style ; un tiret s’il est absent."""
    return "–" if valeur is None else nombre(valeur, decimales).replace(",", style.decimale)


def effectif(n: int) -> str:
    """« n = 12 », « n = 5 000 »."""
    return f"n = {grouper(n)}"


def nommer(competence: Competence) -> str:
    """Code et libellé d’une compétence ; le libellé seul s’il dit la même chose que le code."""
    libelle, code = nettoyer(competence.libelle), nettoyer(competence.identifiant)
    return libelle if sans_accent(libelle).casefold() == code.casefold() else f"{code} {libelle}"


def choisir_strate(cohorte: Cohorte, strate: Strate | None) -> tuple[Strate, Cohorte]:
    """La strate à dessiner ; on ne mêle jamais deux moments ni deux regards.

    :raises ValueError: sans strate nommée, si la cohorte en a plusieurs ou aucune.
    :raises KeyError: si la cohorte n’a pas cette strate.
    """
    strates = cohorte.strates()
    if strate is None:
        if len(strates) != 1:
            raise ValueError(f"une strate à nommer parmi {len(strates)}")
        strate = next(iter(strates))
    return strate, strates[strate]


def cle_de_strate(nom: str, strate: Strate) -> str:
    """Clé d’une figure de groupe, propre à sa strate."""
    return "-".join([nom, *(re.sub(r"[^a-z0-9-]", "", morceau.lower()) for morceau in strate)])


def assembler(cle: str, titre: str, phrases: Sequence[str], dessin: Dessin, style: Style) -> Figure:
    """La figure d’un dessin fini."""
    description = " ".join(typographier(phrase) for phrase in phrases)
    texte = svg.ecrire(dessin, palette_de(style), cle, typographier(titre), description)
    return Figure(cle, typographier(titre), description, texte, dessin.largeur, dessin.hauteur, dessin)


def poser_legende(dessin: Dessin, haut: float, entrees: Sequence[Entree], corps: float) -> float:
    """Pose les entrées de gauche à droite, à la ligne quand il le faut ; rend le bas de la légende."""
    x, y, formes = MARGE, haut, list[Forme]()
    interligne = corps * INTERLIGNE * 1.15
    for entree in entrees:
        lignes = plier(typographier(entree.mots), dessin.largeur - 2 * MARGE - SIGNE, corps)
        long = SIGNE + max(largeur(ligne, corps) for ligne in lignes)
        if x > MARGE and x + long > dessin.largeur - MARGE:
            x, y = MARGE, y + interligne
        formes += [*entree.signe(x + SIGNE / 2 - 3, y + corps * 0.62), *bloc(lignes, x + SIGNE, y, corps)]
        x += long + 16
        if len(lignes) > 1:
            x, y = MARGE, y + hauteur_bloc(len(lignes) - 1, corps) + interligne
    dessin.poser("legende", formes)
    return y + interligne if x > MARGE else y


def poser_cles(dessin: Dessin, haut: float, competences: Sequence[Competence], corps: float) -> float:
    """Ce que veut dire chaque code, en colonnes ; rien si les libellés sont les codes. Rend le bas du bloc."""
    noms = [nommer(c) for c in competences if nommer(c) != nettoyer(c.libelle)]
    if not noms:
        return haut
    large = dessin.largeur - 2 * MARGE
    colonnes = max(1, min(3, int(large // (corps * 17))))
    place = large / colonnes - 10
    paves = [plier(nom, place, corps) for nom in noms]
    par_colonne = -(-len(paves) // colonnes)
    formes, bas = list[Forme](), haut
    for colonne in range(colonnes):
        y = haut
        for lignes in paves[colonne * par_colonne : (colonne + 1) * par_colonne]:
            x = MARGE + colonne * large / colonnes
            formes += bloc(lignes, x, y, corps, role="encre-douce")
            y += hauteur_bloc(len(lignes), corps) + 2
        bas = max(bas, y)
    dessin.poser("cles", formes)
    return bas
