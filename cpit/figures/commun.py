"""Ce que les figures partagent : les textes, les nombres, la légende, les quartiles, l’échelle graduée."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cpit.coeur.cohorte import Cohorte
from cpit.coeur.comparaison import Comparaison
from cpit.coeur.groupe import CE_SONT_LEURS_REPONSES, Portrait
from cpit.coeur.referentiel import Competence, Echelle
from cpit.figures.dessin import (
    INTERLIGNE,
    Calque,
    Dessin,
    Figure,
    Forme,
    Style,
    Texte,
    Trait,
    bloc,
    hauteur_bloc,
    largeur,
    palette_de,
    plier_texte,
    segment,
)
from cpit.figures.svg import ecrire_svg
from cpit.typographie import grouper, nettoyer, nombre, sans_accent, typographier

# --- Comment les figures tracent la répartition des scores d’un groupe.


ETENDUE = Trait("serie-2", 1.4)
"""Du plus bas au plus haut score."""
MOITIE = Trait("serie-2", 5.0)
"""La moitié centrale : du premier au troisième quartile."""


# --- Une échelle graduée horizontale, partagée par les lignes d’une figure.


_GRILLE = Trait("grille", 1.0)


@dataclass(frozen=True, slots=True)
class RegleGraduee:
    """De ``debut`` à ``fin``, en pixels, pour des valeurs de ``minimum`` à ``maximum``."""

    debut: float
    fin: float
    minimum: float
    maximum: float

    def x(self, valeur: float) -> float:
        """Abscisse d’une valeur."""
        return self.debut + (valeur - self.minimum) / (self.maximum - self.minimum) * (self.fin - self.debut)


def graduations(echelle: Echelle) -> list[int]:
    """Les niveaux de l’échelle ; cinq environ s’il y en a plus de dix."""
    valeurs = [niveau.valeur for niveau in echelle.niveaux]
    pas = 1 if len(valeurs) <= 10 else -(-len(valeurs) // 5)
    return sorted({*valeurs[::pas], valeurs[-1]})


def poser_regle(
    dessin: Dessin, regle: RegleGraduee, hauteurs: tuple[float, float], graduations: Sequence[int], corps: float
) -> float:
    """Trace les graduations sous tout le reste, leurs nombres au pied ; rend le bas des nombres.

    :param hauteurs: haut et bas des traits.
    """
    haut, bas = hauteurs
    traits = tuple(segment((regle.x(v), haut), (regle.x(v), bas), _GRILLE) for v in graduations)
    dessin.calques.insert(0, Calque("grille", traits))
    petit = corps * 0.9
    nombres = [Texte(regle.x(v), bas + corps, str(v), petit, "encre-douce", ancre="middle") for v in graduations]
    dessin.poser("graduations", nombres)
    return bas + hauteur_bloc(1, corps) + 2


# --- Ce que plusieurs figures partagent : corps des textes, nombres, légende, clé d’une strate, assemblage.


CleDeStrate = tuple[str, str]
"""Un moment et un regard."""
MARGE = 12.0
_LARGE, _ETROIT = 520.0, 380.0
"""Largeurs, en pixels, au-dessus desquelles les textes ont leur plein corps, ou un corps moyen."""
_SIGNE = 26.0
"""Largeur laissée au signe d’une entrée de légende."""


@dataclass(frozen=True, slots=True)
class Entree:
    """Une entrée de légende : ce qui dessine son signe autour d’un point, et ses mots."""

    signe: Callable[[float, float], Sequence[Forme]]
    mots: str


def corps_de(style: Style) -> float:
    """Corps du texte courant, en pixels : 13 (9,75 points), moins si la figure est étroite."""
    if style.largeur >= _LARGE:
        return 13.0
    return 11.5 if style.largeur >= _ETROIT else 10.0


def chiffre(valeur: float | None, style: Style, decimales: int = 1) -> str:
    """Un nombre dans la langue du style ; un tiret s’il est absent."""
    return "–" if valeur is None else nombre(valeur, decimales).replace(",", style.decimale)


def effectif(n: int) -> str:
    """« n = 12 », « n = 5 000 »."""
    return f"n = {grouper(n)}"


def nom_de_competence(competence: Competence) -> str:
    """Code et libellé d’une compétence ; le libellé seul s’il dit la même chose que le code."""
    libelle, code = nettoyer(competence.libelle), nettoyer(competence.identifiant)
    return libelle if sans_accent(libelle).casefold() == code.casefold() else f"{code} {libelle}"


def choisir_strate(cohorte: Cohorte, strate: CleDeStrate | None) -> tuple[CleDeStrate, Cohorte]:
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


def cle_de_strate(nom: str, strate: CleDeStrate) -> str:
    """Clé d’une figure de groupe, propre à sa strate."""
    return "-".join([nom, *(re.sub(r"[^a-z0-9-]", "", morceau.lower()) for morceau in strate)])


def cle_de_comparaison(nom: str, comparaison: Comparaison) -> str:
    """Clé d’une figure de deux passations, propre à leurs moments et à leurs regards."""
    de, a = comparaison.de, comparaison.a
    return "-".join([cle_de_strate(nom, (de.moment, de.regard)), cle_de_strate("a", (a.moment, a.regard))])


def assembler(cle: str, titre: str, phrases: Sequence[str], dessin: Dessin, style: Style) -> Figure:
    """La figure d’un dessin fini."""
    description = " ".join(typographier(phrase) for phrase in phrases)
    texte = ecrire_svg(dessin, palette_de(style), cle, typographier(titre), description)
    return Figure(cle, typographier(titre), description, texte, dessin.largeur, dessin.hauteur, dessin, style)


def poser_alerte(dessin: Dessin, portrait: Portrait, corps: float) -> list[str]:
    """Ce qu’il faut dire d’une strate d’une ou deux personnes, posé sous la figure ; rend les phrases qui le disent."""
    if not portrait.trop_petit:
        return []
    lignes = plier_texte(CE_SONT_LEURS_REPONSES, dessin.largeur - 2 * MARGE, corps, gras=True)
    dessin.poser("alerte", bloc(lignes, MARGE, dessin.hauteur, corps, gras=True))
    dessin.hauteur += hauteur_bloc(len(lignes), corps) + MARGE
    return [CE_SONT_LEURS_REPONSES]


def poser_legende(dessin: Dessin, haut: float, entrees: Sequence[Entree], corps: float) -> float:
    """Pose les entrées de gauche à droite, à la ligne quand il le faut ; rend le bas de la légende."""
    x, y, formes = MARGE, haut, list[Forme]()
    interligne = corps * INTERLIGNE * 1.15
    for entree in entrees:
        lignes = plier_texte(typographier(entree.mots), dessin.largeur - 2 * MARGE - _SIGNE, corps)
        long = _SIGNE + max(largeur(ligne, corps) for ligne in lignes)
        if x > MARGE and x + long > dessin.largeur - MARGE:
            x, y = MARGE, y + interligne
        formes += [*entree.signe(x + _SIGNE / 2 - 3, y + corps * 0.62), *bloc(lignes, x + _SIGNE, y, corps)]
        x += long + 16
        if len(lignes) > 1:
            x, y = MARGE, y + hauteur_bloc(len(lignes) - 1, corps) + interligne
    dessin.poser("legende", formes)
    return y + interligne if x > MARGE else y


def poser_cles(dessin: Dessin, haut: float, competences: Sequence[Competence], corps: float) -> float:
    """Ce que veut dire chaque code, en colonnes ; rien si les libellés sont les codes. Rend le bas du bloc."""
    noms = [nom_de_competence(c) for c in competences if nom_de_competence(c) != nettoyer(c.libelle)]
    if not noms:
        return haut
    large = dessin.largeur - 2 * MARGE
    colonnes = max(1, min(3, int(large // (corps * 17))))
    place = large / colonnes - 10
    paves = [plier_texte(nom, place, corps) for nom in noms]
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
