"""Une figure et son dessin : des formes simples, en pixels, leurs couleurs et leur police ; SVG, PDF et PNG suivent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import cos, pi, sin
from pathlib import Path
from typing import Literal

from cpit.coeur.groupe import REGLE, RegleDesPetitsGroupes
from cpit.ouverture import lire_texte_livre
from cpit.typographie import nettoyer

# --- La police des figures : où elle est, et ce qu’un texte y mesure.
#
# « Cpit Sans » est Liberation Sans réduite (``cpit/figures/polices``, licence OFL 1.1). Elle a les chasses
# d’Arial et d’Helvetica : un SVG lu sans elle occupe la même place, avec la police de la machine.


DOSSIER = Path(__file__).resolve().parent / "polices"
FAMILLES_DE_POLICE = "Arial, Helvetica, 'Liberation Sans', 'Cpit Sans', sans-serif"
INTERLIGNE = 1.25
"""Hauteur d’une ligne, en corps."""
PREMIERE_BASE = 0.95
"""Du haut d’un bloc à la ligne de base de sa première ligne, en corps : la place des capitales accentuées."""
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
    par_chasse = json.loads(lire_texte_livre(DOSSIER / "chasses.json"))[chemin_police(gras=gras).stem]
    return {caractere: int(chasse) for chasse, caracteres in par_chasse.items() for caractere in caracteres}


def largeur(texte: str, corps: float, *, gras: bool = False) -> float:
    """Largeur d’un texte sur une ligne, en pixels ; un caractère absent de la police compte comme ``REPLI``."""
    table = chasses(gras=gras)
    return sum(table.get(caractere, table[REPLI]) for caractere in texte) * corps / CADRATIN


def plier_texte(texte: str, place: float, corps: float, *, gras: bool = False, lignes: int = 4) -> list[str]:
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


# --- Un dessin : une liste de formes simples, en pixels, dont chaque sortie (SVG, PDF) fait sa version.


Ancre = Literal["start", "middle", "end"]
Point = tuple[float, float]
Boite = tuple[float, float, float, float]
"""Gauche, haut, droite, bas."""


@dataclass(frozen=True, slots=True)
class Trait:
    """Comment tracer : rôles de couleur (voir ``palette``), épaisseur et tirets en pixels, opacité du fond."""

    contour: str | None = None
    epaisseur: float = 1.0
    tirets: tuple[float, ...] = ()
    fond: str | None = None
    opacite: float = 1.0


@dataclass(frozen=True, slots=True)
class Trace:
    """Une ligne brisée, ou un polygone si elle est fermée."""

    points: tuple[Point, ...]
    trait: Trait
    ferme: bool = False


@dataclass(frozen=True, slots=True)
class Cercle:
    """Un cercle ou un disque."""

    x: float
    y: float
    rayon: float
    trait: Trait

    @property
    def boite(self) -> Boite:
        """Le carré qu’il touche."""
        return self.x - self.rayon, self.y - self.rayon, self.x + self.rayon, self.y + self.rayon


@dataclass(frozen=True, slots=True)
class Texte:
    """Un texte sur une ligne ; ``y`` est sa ligne de base. ``tourne`` : lu de bas en haut."""

    x: float
    y: float
    contenu: str
    corps: float
    role: str = "encre"
    gras: bool = False
    ancre: Ancre = "start"
    tourne: bool = False


Forme = Trace | Cercle | Texte


@dataclass(frozen=True, slots=True)
class Calque:
    """Des formes d’une même sorte, nommées pour qui relit le SVG ; ``decoupe`` : rien ne s’en voit dehors."""

    nom: str
    formes: tuple[Forme, ...]
    decoupe: Boite | None = None


@dataclass(slots=True)
class Dessin:
    """Un dessin en cours : des calques, du fond vers le dessus."""

    largeur: float
    hauteur: float = 0.0
    calques: list[Calque] = field(default_factory=list)

    def poser(self, nom: str, formes: Sequence[Forme], decoupe: Boite | None = None) -> None:
        """Ajoute un calque, s’il n’est pas vide."""
        if formes:
            self.calques.append(Calque(nom, tuple(formes), decoupe))


def rectangle(boite: Boite, trait: Trait) -> Trace:
    """Un rectangle."""
    gauche, haut, droite, bas = boite
    return Trace(((gauche, haut), (droite, haut), (droite, bas), (gauche, bas)), trait, ferme=True)


def segment(debut: Point, fin: Point, trait: Trait) -> Trace:
    """Un segment."""
    return Trace((debut, fin), trait)


def losange(x: float, y: float, rayon: float, trait: Trait) -> Trace:
    """Un losange, sommets aux quatre points cardinaux."""
    return Trace(((x, y - rayon), (x + rayon, y), (x, y + rayon), (x - rayon, y)), trait, ferme=True)


def triangle(x: float, y: float, rayon: float, trait: Trait) -> Trace:
    """Un triangle équilatéral, pointe en haut."""
    angles = (pi / 2, pi / 2 + 2 * pi / 3, pi / 2 + 4 * pi / 3)
    return Trace(tuple((x + rayon * cos(a), y - rayon * sin(a)) for a in angles), trait, ferme=True)


def bloc(
    lignes: Sequence[str],
    x: float,
    y: float,
    corps: float,
    *,
    role: str = "encre",
    gras: bool = False,
    ancre: Ancre = "start",
) -> list[Texte]:
    """Des lignes de texte l’une sous l’autre ; ``y`` est le haut du bloc."""
    bases = (y + corps * (PREMIERE_BASE + INTERLIGNE * rang) for rang in range(len(lignes)))
    return [Texte(x, base, ligne, corps, role, gras, ancre) for ligne, base in zip(lignes, bases, strict=True)]


def hauteur_bloc(lignes: int, corps: float) -> float:
    """Hauteur d’un bloc de lignes."""
    return lignes * corps * INTERLIGNE


def hachures(boite: Boite, trait: Trait, pas: float = 7.0) -> list[Trace]:
    """Des traits obliques qui remplissent un rectangle, coupés à ses bords."""
    gauche, haut, droite, bas = boite
    large, haute = droite - gauche, bas - haut
    traits = []
    depart = pas
    while depart < large + haute:
        debut = (gauche + min(depart, large), haut + max(0.0, depart - large))
        fin = (gauche + max(0.0, depart - haute), haut + min(depart, haute))
        traits.append(segment(debut, fin, trait))
        depart += pas
    return traits


# --- Ce qu’est une figure, et comment on la veut.


_LARGEUR = 640.0
"""Largeur d’une figure quand on n’en demande pas d’autre, en pixels CSS (96 par pouce)."""


@dataclass(frozen=True, slots=True)
class Style:
    """Comment dessiner une figure.

    ``largeur`` : en pixels CSS (96 par pouce) ; la hauteur en découle. ``decimale`` : « , » ou « . ».
    ``gris`` : palette sans couleur, pour l’impression. ``dans_une_page`` : les couleurs sont des variables CSS
    (voir ``palette.variables``), pour suivre le thème clair ou sombre de la page ; sinon elles sont écrites en clair.
    ``nommer`` : une figure de groupe peut écrire le code des personnes ; seule une page nominative le demande.
    ``regle`` : ce qu’une figure de groupe tait.
    """

    largeur: float = _LARGEUR
    decimale: str = ","
    gris: bool = False
    dans_une_page: bool = False
    nommer: bool = False
    regle: RegleDesPetitsGroupes = REGLE


@dataclass(frozen=True, slots=True, repr=False)
class Figure:
    """Une figure dessinée : un SVG autonome, qui porte son titre et sa description.

    ``cle`` : nom stable, préfixe de tous les identifiants du SVG ; deux figures d’une page n’ont pas la même.
    ``description`` : ce que la figure dit, en phrases. ``largeur`` et ``hauteur`` : en pixels CSS. ``dessin`` : les
    mêmes formes, pour une sortie qui n’est pas du SVG ; ``style`` : comment on l’a voulue. ``codes`` : ce que veut dire
    chaque code qu’elle porte, quand c’est à la page de l’écrire.
    """

    cle: str
    titre: str
    description: str
    svg: str
    largeur: float
    hauteur: float
    dessin: Dessin = field(repr=False)
    style: Style = field(default=Style(), repr=False)
    codes: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def __repr__(self) -> str:
        """Laquelle, et ses dimensions."""
        return f"Figure({self.cle} : {self.largeur:g} × {self.hauteur:g} pixels)"

    def _repr_svg_(self) -> str:
        """La figure, telle qu’un carnet la montre."""
        return self.svg


# --- Les couleurs des figures, claires, sombres et grises : lisibles sans couleur, au contraste AA.


PALETTE_CLAIRE: Mapping[str, str] = {
    "encre": "#17252c",
    "encre-douce": "#4a5a62",
    "fond": "#ffffff",
    "trait": "#7d8c94",
    "grille": "#d5dce0",
    "serie-1": "#0b5c6b",
    "serie-2": "#b0530b",
    "serie-3": "#6a4c93",
    "zone": "#eef3f4",
}
PALETTE_SOMBRE: Mapping[str, str] = {
    "encre": "#e8eef0",
    "encre-douce": "#a9b9c0",
    "fond": "#10212b",
    "trait": "#74868f",
    "grille": "#2e434e",
    "serie-1": "#6fd0c8",
    "serie-2": "#f0a35e",
    "serie-3": "#c3a6ee",
    "zone": "#182c37",
}
PALETTE_GRISE: Mapping[str, str] = {
    "encre": "#111111",
    "encre-douce": "#4d4d4d",
    "fond": "#ffffff",
    "trait": "#7f7f7f",
    "grille": "#d9d9d9",
    "serie-1": "#262626",
    "serie-2": "#6b6b6b",
    "serie-3": "#4d4d4d",
    "zone": "#f2f2f2",
}
"""Chaque rôle et sa couleur ; une figure ne distingue jamais deux choses par la seule couleur."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Donne la couleur d’un rôle (« encre », « serie-1 »…), telle qu’on l’écrit dans un attribut SVG."""

    couleurs: Mapping[str, str]
    variables: bool = False

    def __getitem__(self, role: str) -> str:
        couleur = self.couleurs[role]
        return f"var(--{role}, {couleur})" if self.variables else couleur


def palette_de(style: Style) -> Palette:
    """La palette d’un style."""
    return Palette(PALETTE_GRISE if style.gris else PALETTE_CLAIRE, variables=style.dans_une_page)


def variables(couleurs: Mapping[str, str]) -> str:
    """Les déclarations CSS d’une palette, à mettre dans un sélecteur : « --encre: #17252c; … »."""
    return " ".join(f"--{role}: {couleur};" for role, couleur in couleurs.items())
