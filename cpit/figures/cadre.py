"""Ce que les figures partagent : textes, nombres, légende, quartiles, échelle graduée, et le fond d’une carte.

Le fond (axes, pôles, zone d’équilibre) porte des étiquettes placées sans se recouvrir.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from math import ceil, hypot, inf
from types import MappingProxyType
from typing import Any

from cpit.coeur.cohorte import Cohorte
from cpit.coeur.comparaison import Comparaison
from cpit.coeur.groupe import CE_SONT_LEURS_REPONSES, Portrait, enveloppe_convexe
from cpit.coeur.notation import centre_des_poles
from cpit.coeur.referentiel import Axe, Competence, Echelle, Position, Referentiel
from cpit.figures.dessin import (
    INTERLIGNE,
    Ancre,
    Boite,
    Calque,
    Cercle,
    Dessin,
    Figure,
    Forme,
    Point,
    Style,
    Texte,
    Trace,
    Trait,
    bloc,
    hauteur_bloc,
    largeur,
    palette_de,
    plier_texte,
    rectangle,
    segment,
    triangle,
)
from cpit.figures.sorties import ecrire_svg
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


def sans_signe(mots: str) -> Entree:
    """Une entrée de légende qui n’est que des mots."""
    return Entree(lambda _x, _y: [], mots)


ENTREE_ETENDUE = Entree(lambda x, y: [segment((x - 12, y), (x + 12, y), ETENDUE)], "du plus bas au plus haut")
ENTREE_MOITIE = Entree(lambda x, y: [segment((x - 10, y), (x + 10, y), MOITIE)], "moitié centrale")
_PALE, _FONCEE = 0.03, 0.45
"""Opacité d’une teinte, du bas au haut de l’échelle : ce qui s’y écrit garde un contraste AA, clair ou sombre."""


def teinte(echelle: Echelle, valeur: float) -> Trait:
    """Le fond d’une case ou d’une étiquette : de plus en plus soutenu, du bas au haut de l’échelle."""
    part = (valeur - echelle.min) / (echelle.max - echelle.min)
    return Trait("trait", 0.8, fond="serie-1", opacite=_PALE + (_FONCEE - _PALE) * part)


def entree_de_teinte(echelle: Echelle, quoi: str = "") -> Entree:
    """Ce que dit la teinte, dans une légende.

    :param quoi: de quoi c’est la valeur ; rien si le titre le dit.
    """

    def degrade(x: float, y: float) -> list[Forme]:
        pas = (_PALE + (_FONCEE - _PALE) * rang / 3 for rang in range(4))
        return [
            rectangle((x - 12 + 6 * rang, y - 6, x - 6 + 6 * rang, y + 6), Trait("trait", 0.5, (), "serie-1", opacite))
            for rang, opacite in enumerate(pas)
        ]

    return Entree(degrade, f"{quoi}de {echelle.min} à {echelle.max} : teinte de plus en plus soutenue")


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
    colonnes = max(1, min(3, int((dessin.largeur - 2 * MARGE) // (corps * 17))))
    place = (dessin.largeur - 2 * MARGE) / colonnes - 10
    return poser_en_colonnes(dessin, "cles", haut, [plier_texte(nom, place, corps) for nom in noms], colonnes, corps)


def poser_en_colonnes(
    dessin: Dessin, nom: str, haut: float, paves: Sequence[Sequence[str]], colonnes: int, corps: float
) -> float:
    """Pose des textes repliés, de haut en bas puis d’une colonne à l’autre ; rend le bas de la plus longue.

    :param nom: celui du calque.
    """
    large, par_colonne = dessin.largeur - 2 * MARGE, -(-len(paves) // colonnes)
    formes, bas = list[Forme](), haut
    for colonne in range(colonnes):
        y = haut
        for lignes in paves[colonne * par_colonne : (colonne + 1) * par_colonne]:
            formes += bloc(lignes, MARGE + colonne * large / colonnes, y, corps, role="encre-douce")
            y += hauteur_bloc(len(lignes), corps) + 2
        bas = max(bas, y)
    dessin.poser(nom, formes)
    return bas


# --- Placer des étiquettes près de leurs points sans qu’elles se recouvrent : des essais, du plus proche au plus loin.


_ECARTS = (3.0, 6.0, 9.0, 13.0, 18.0, 25.0, 34.0, 46.0, 60.0, 78.0, 100.0)
"""Distances essayées entre le signe et son étiquette, en pixels."""
_SANS_FIL = 9.0
"""Au-delà de cet écart, un fil relie l’étiquette à son point."""
_VOISINAGE = 5.0
"""Une étiquette à moins de cette distance d’un autre signe que le sien semblerait la sienne."""
_HORS_CADRE = 50.0
"""Ce que coûte un pixel carré hors du cadre, quand un pixel carré pris à un signe coûte 1."""
_SUPERPOSITION = 4.0
"""Ce que coûte un pixel carré commun à deux étiquettes : aucune ne se lirait."""
_CROISEMENT = 120.0
"""Ce que coûte un fil qui passe sous une étiquette, ou en croise un autre."""
_ELOIGNEMENT = 0.5
"""Ce que coûte un pixel d’écart, et chaque place moins bonne à écart égal."""
_TOURS = 3
"""Fois où chaque étiquette se replace au plus, une fois les autres connues."""
GRAIN, PAS_DE_GRAIN = 0.35, 6.0
"""Demi-côté et écart des points d’un contour à ne pas couvrir : plus denses, ils éloigneraient les étiquettes."""


COUTS_DES_ETIQUETTES: Mapping[str, Any] = MappingProxyType(
    {
        "ecarts": _ECARTS,
        "sans_fil": _SANS_FIL,
        "voisinage": _VOISINAGE,
        "hors_cadre": _HORS_CADRE,
        "superposition": _SUPERPOSITION,
        "croisement": _CROISEMENT,
        "eloignement": _ELOIGNEMENT,
        "tours": _TOURS,
        "grain": GRAIN,
        "pas_de_grain": PAS_DE_GRAIN,
    }
)
"""Les mêmes nombres, pour une page qui place ces étiquettes sans Python."""


@dataclass(frozen=True, slots=True)
class _DemandeDePlace:
    """Une étiquette à placer : son point, le rayon du signe, sa largeur et sa hauteur."""

    x: float
    y: float
    rayon: float
    largeur: float
    hauteur: float


@dataclass(frozen=True, slots=True)
class _PlaceDEtiquette:
    """Où est l’étiquette ; ``fil`` : de son point à son bord, si elle en est trop loin pour s’en passer."""

    boite: Boite
    fil: tuple[Point, Point] | None


def _disposer_etiquettes(
    demandes: Sequence[_DemandeDePlace], obstacles: Sequence[Boite], cadre: Boite
) -> list[_PlaceDEtiquette]:
    """Une place par demande ; les points demandeurs sont aussi des obstacles.

    Les premières sont servies d’abord, puis chacune se replace tant qu’elle y gagne.
    """
    essais = [_essayer(demande, demandes, obstacles, cadre) for demande in demandes]
    places: list[_PlaceDEtiquette] = []
    for _ in range(_TOURS):
        avant = list(places)
        for rang, siens in enumerate(essais):
            places[rang : rang + 1] = [siens.choisir([*places[:rang], *places[rang + 1 :]])]
        if places == avant:
            break
    return places


def recouvrement(a: Boite, b: Boite) -> float:
    """Aire commune à deux boîtes, en pixels carrés."""
    if a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]:
        return 0.0
    return (min(a[2], b[2]) - max(a[0], b[0])) * (min(a[3], b[3]) - max(a[1], b[1]))


@dataclass(frozen=True, slots=True)
class _Essais:
    """Les places possibles d’une étiquette, de la moins coûteuse à la plus coûteuse avant de compter les signes.

    Ce qu’une place prend aux signes ne se compte que si elle peut encore l’emporter, et une fois : c’est le plus long.
    """

    places: list[tuple[float, _PlaceDEtiquette]]
    pris: list[Boite]
    couverts: dict[int, float]

    def choisir(self, voisines: Sequence[_PlaceDEtiquette]) -> _PlaceDEtiquette:
        """La place qui coûte le moins parmi les étiquettes voisines ; à égalité, la première."""
        moindre, retenue = float("inf"), self.places[0][1]
        for rang, (cout, place) in enumerate(self.places):
            if cout >= moindre:
                break
            total = cout + self._couvert(rang)
            for voisine in voisines:
                if total >= moindre:
                    break
                total += _gene(place, voisine)
            if total < moindre:
                moindre, retenue = total, place
        return retenue

    def _couvert(self, rang: int) -> float:
        if rang not in self.couverts:
            boite = self.places[rang][1].boite
            self.couverts[rang] = sum(recouvrement(boite, autre) for autre in self.pris)
        return self.couverts[rang]


def _essayer(
    demande: _DemandeDePlace, demandes: Sequence[_DemandeDePlace], obstacles: Sequence[Boite], cadre: Boite
) -> _Essais:
    pris = [*obstacles, *(_signe(autre) for autre in demandes if autre is not demande)]
    aire = demande.largeur * demande.hauteur
    places = [
        (desagrement + (aire - recouvrement(place.boite, cadre)) * _HORS_CADRE, place)
        for desagrement, place in _places(demande)
    ]
    return _Essais(sorted(places, key=lambda place: place[0]), pris, {})


def _signe(demande: _DemandeDePlace) -> Boite:
    r = demande.rayon + _VOISINAGE
    return demande.x - r, demande.y - r, demande.x + r, demande.y + r


def _places(demande: _DemandeDePlace) -> Iterator[tuple[float, _PlaceDEtiquette]]:
    """Ce que chaque essai a de moins bon, et sa place : à droite, à gauche, dessus, dessous, puis en biais."""
    w, h = demande.largeur, demande.hauteur
    for ecart in _ECARTS:
        d = demande.rayon + ecart
        # En biais, le coin de l’étiquette est sur la diagonale d’un signe qui n’en remplit pas le carré.
        b = demande.rayon * 0.6 + ecart * 0.75
        cotes = ((d, -h / 2), (-d - w, -h / 2), (-w / 2, -d - h), (-w / 2, d))
        biais = ((b, -b - h), (-b - w, -b - h), (b, b), (-b - w, b))
        for rang, (dx, dy) in enumerate((*cotes, *biais)):
            boite = (demande.x + dx, demande.y + dy, demande.x + dx + w, demande.y + dy + h)
            fil = ((demande.x, demande.y), _bord(demande, boite)) if ecart > _SANS_FIL else None
            yield (ecart + rang) * _ELOIGNEMENT, _PlaceDEtiquette(boite, fil)


def _bord(demande: _DemandeDePlace, boite: Boite) -> Point:
    """Le point de la boîte le plus proche du signe."""
    gauche, haut, droite, bas = boite
    return min(max(demande.x, gauche), droite), min(max(demande.y, haut), bas)


def _gene(a: _PlaceDEtiquette, b: _PlaceDEtiquette) -> float:
    """Ce que deux étiquettes se coûtent : l’aire commune, et les fils qui passent sous l’autre ou se croisent."""
    croisements = 0
    if a.fil:
        croisements += _traverse(a.fil, b.boite)
    if b.fil:
        croisements += _traverse(b.fil, a.boite)
    if a.fil and b.fil:
        croisements += _coupe(a.fil, b.fil)
    return recouvrement(a.boite, b.boite) * _SUPERPOSITION + croisements * _CROISEMENT


def _traverse(fil: tuple[Point, Point], boite: Boite) -> bool:
    """Vrai si un segment passe dans une boîte (Liang et Barsky, 1984)."""
    entree, sortie = 0.0, 1.0
    for axe in (0, 1):
        depart, pas = fil[0][axe], fil[1][axe] - fil[0][axe]
        if pas == 0:
            if not boite[axe] < depart < boite[axe + 2]:
                return False
            continue
        bornes = sorted(((boite[axe] - depart) / pas, (boite[axe + 2] - depart) / pas))
        entree, sortie = max(entree, bornes[0]), min(sortie, bornes[1])
    return entree < sortie


def _coupe(a: tuple[Point, Point], b: tuple[Point, Point]) -> bool:
    """Vrai si deux segments se croisent."""
    return _cote(a, b[0]) * _cote(a, b[1]) < 0 and _cote(b, a[0]) * _cote(b, a[1]) < 0


def _cote(segment: tuple[Point, Point], point: Point) -> float:
    """De quel côté d’un segment est un point : positif, négatif, ou nul s’il est aligné."""
    (xa, ya), (xb, yb) = segment
    return (xb - xa) * (point[1] - ya) - (yb - ya) * (point[0] - xa)


# --- Le fond d’une carte : repère orthonormé, axes nommés à leurs deux bouts, polygone des pôles, zone d’équilibre.


VUE_AGRANDIE = "vue-agrandie"
"""Le calque de ce qui s’écrit au-dessus d’une vue agrandie."""
_MARGE_POLES = 0.14
"""Part de l’étendue laissée autour des pôles, pour leurs étiquettes."""
_PLACE_D_UN_POLE = 0.24
"""Part de la largeur que prend au plus le nom d’un pôle : quatre tiennent côte à côte."""
_INSECABLE = "\u00a0"
_HAUTEUR_MAX = 0.8
"""Hauteur du cadre au plus, en part de sa largeur."""
_POLE = Trait(fond="encre")
_POLYGONE = Trait("trait", 1.0, (6, 4))
_ZONE = Trait("trait", 0.8, (2, 3), "zone")
_AXE = Trait("grille", 1.0)
_FIL = Trait("trait", 0.8)
_PRES_DU_CENTRE = 0.45
"""Part de la distance du centre des pôles au plus proche d’entre eux, en deçà de laquelle on est près du centre."""
_PART_TENUE = 0.8
"""Part de la demi-hauteur d’une vue agrandie que prend le plus éloigné : les coins restent libres."""
_PAS_DE_VUE, _PAS_AU_MOINS = 1 / 20, 5
"""La demi-hauteur d’une vue est un multiple de cette part de la même distance, de tant de fois au moins."""
_AGRANDIR_AU_MOINS = 1.5
"""Agrandie moins que cela, une vue n’apprendrait rien de plus que la carte entière."""
_PART_DU_COIN = 0.22
"""Côtés de la carte entière, en petit dans un coin, en part de ceux du cadre."""
_FLECHE_DE_POLE = 10.0
"""Longueur de la flèche vers un pôle au-delà de la vue, en pixels."""
_BORD_DU_COIN = Trait("trait", 1.0, fond="fond")
_BORD_DE_LA_VUE = Trait("serie-1", 1.8)


@dataclass(frozen=True, slots=True)
class Cadre:
    """Passe des unités d’axe aux pixels, de la même façon sur les deux axes.

    ``entiere`` : la carte entière, en petit dans un coin, si le cadre n’en est qu’une vue agrandie.
    """

    boite: Boite
    centre: Position
    echelle: float
    entiere: Cadre | None = None

    @property
    def agrandissement(self) -> float:
        """Combien de fois la vue agrandit la carte entière ; 1 si elle l’est."""
        return self.echelle / self.entiere.echelle * _PART_DU_COIN if self.entiere else 1.0

    @property
    def demi_cotes(self) -> tuple[float, float]:
        """Du centre au bord, dans la largeur et dans la hauteur, en unités d’axe."""
        gauche, haut, droite, bas = self.boite
        return (droite - gauche) / 2 / self.echelle, (bas - haut) / 2 / self.echelle

    @property
    def pris(self) -> list[Boite]:
        """Ce que la carte entière prend à une vue agrandie : aucune étiquette ne s’y écrit."""
        return [self.entiere.boite] if self.entiere else []

    def hors_vue(self, position: Position) -> bool:
        """Vrai si une vue agrandie laisse une position au-delà de ses bords."""
        x, y = self.demi_cotes
        dehors = abs(position.x - self.centre.x) > x or abs(position.y - self.centre.y) > y
        return self.entiere is not None and dehors

    def vers(self, position: Position) -> Position:
        """D’une position hors vue, l’endroit du bord par où l’on va du centre à elle ; elle-même sinon."""
        if not self.hors_vue(position):
            return position
        dx, dy = position.x - self.centre.x, position.y - self.centre.y
        recul = _FLECHE_DE_POLE / self.echelle
        x, y = self.demi_cotes
        part = min((cote - recul) / abs(d) for cote, d in ((x, dx), (y, dy)) if d)
        return Position(self.centre.x + dx * part, self.centre.y + dy * part)

    def point(self, position: Position) -> Point:
        """Le point d’une position."""
        gauche, haut, droite, bas = self.boite
        return (
            (gauche + droite) / 2 + (position.x - self.centre.x) * self.echelle,
            (haut + bas) / 2 - (position.y - self.centre.y) * self.echelle,
        )

    def points(self, positions: Iterable[Position]) -> tuple[Point, ...]:
        """Les points de plusieurs positions."""
        return tuple(self.point(position) for position in positions)


@dataclass(frozen=True, slots=True)
class EtiquetteDeCarte:
    """Un texte à placer près d’un point ; ``rayon`` : celui du signe qui s’y trouve."""

    position: Position
    rayon: float
    lignes: tuple[str, ...]
    gras: bool = False
    role: str = "encre"

    def largeur(self, corps: float) -> float:
        """Celle de son fond, en pixels."""
        return max(largeur(ligne, corps, gras=self.gras) for ligne in self.lignes) + 4


def cadrer(referentiel: Referentiel, dessin: Dessin, corps: float) -> Cadre:
    """Choisit l’échelle et pose le fond de la carte ; donne au dessin la hauteur prise, titres d’axes compris."""
    return _poser_cadre(dessin, _cadre_entier(referentiel, dessin.largeur, corps), referentiel, corps)


def cadrer_au_plus_pres(
    referentiel: Referentiel, dessin: Dessin, tenues: Sequence[Position], style: Style
) -> tuple[Cadre, list[str]]:
    """Comme ``cadrer`` ; mais une vue agrandie si tout ce qu’elle doit tenir est près du centre.

    Près du centre : à moins de 0,45 fois la distance du centre des pôles au plus proche d’entre eux. La vue est alors
    centrée sur le centre des pôles ; le plus éloigné, ou le bord de la zone d’équilibre, y est aux huit dixièmes au
    plus de la demi-hauteur, qui est un vingtième rond de cette distance. Ses bornes s’écrivent en nombres, une flèche
    va vers chaque pôle au-delà d’elle, et la carte entière, en petit dans un coin, dit où elle est.

    :param tenues: les positions montrées et les bords des ellipses tracées ; aucune n’agrandit rien.
    :return: le cadre, et la phrase qui dit la vue agrandie, s’il y en a une.
    """
    entier = _cadre_entier(referentiel, dessin.largeur, corps_de(style))
    vue = _choisir_la_vue(referentiel, entier, tenues)
    if vue is None:
        return _poser_cadre(dessin, entier, referentiel, corps_de(style)), []
    return _poser_la_vue(referentiel, dessin, vue, style)


def demi_hauteur_au_plus_pres(referentiel: Referentiel, tenues: Sequence[Position]) -> float | None:
    """Celle, en unité d’axe, de la vue que choisit ``cadrer_au_plus_pres`` ; rien pour la carte entière."""
    style = Style()
    vue = _choisir_la_vue(referentiel, _cadre_entier(referentiel, style.largeur, corps_de(style)), tenues)
    return round(vue.demi_cotes[1], 9) if vue else None


def cadrer_chaque_vue(referentiel: Referentiel, style: Style) -> list[tuple[float, Dessin, Cadre, list[str]]]:
    """Chacune des vues agrandies entre lesquelles ``cadrer_au_plus_pres`` choisit, de la plus agrandie à la moins.

    :return: jusqu’à quel ``eloignement`` elle est choisie, son dessin, son cadre, les phrases qui la disent.
    """
    vues = []
    for jusqua, vue in _vues_possibles(referentiel, _cadre_entier(referentiel, style.largeur, corps_de(style))):
        dessin = Dessin(style.largeur)
        vues.append((jusqua, dessin, *_poser_la_vue(referentiel, dessin, vue, style)))
    return vues


def _choisir_la_vue(referentiel: Referentiel, entier: Cadre, tenues: Sequence[Position]) -> Cadre | None:
    """La vue la plus agrandie qui les tient toutes, où que soit la carte entière ; rien, s’il n’y en a pas."""
    centre = centre_des_poles([i.position for i in referentiel.ingenieries])
    loin = max((_distance(centre, position) for position in tenues), default=inf)
    return next((vue for jusqua, vue in _vues_possibles(referentiel, entier) if loin <= jusqua), None)


def _cadre_entier(referentiel: Referentiel, largeur_du_dessin: float, corps: float) -> Cadre:
    xs, ys = zip(*((i.position.x, i.position.y) for i in referentiel.ingenieries), strict=True)
    centre = Position((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
    etendues = [(max(v) - min(v)) * (1 + 2 * _MARGE_POLES) or 2.0 for v in (xs, ys)]
    gauche = MARGE + hauteur_bloc(1, corps) + 6
    large = largeur_du_dessin - gauche - MARGE
    echelle = min(large / etendues[0], large * _HAUTEUR_MAX / etendues[1])
    haute = max(etendues[1] * echelle, large * 0.45)
    return Cadre((gauche, MARGE, gauche + large, MARGE + haute), centre, echelle)


def _poser_cadre(dessin: Dessin, cadre: Cadre, referentiel: Referentiel, corps: float) -> Cadre:
    dessin.poser("fond", _formes_du_fond(cadre, referentiel), cadre.boite)
    dessin.poser("cadre", [rectangle(cadre.boite, _AXE)])
    dessin.hauteur = _poser_titres(dessin, cadre, referentiel, corps)
    return cadre


def _poser_la_vue(referentiel: Referentiel, dessin: Dessin, vue: Cadre, style: Style) -> tuple[Cadre, list[str]]:
    """Le fond d’une vue agrandie, ses bornes écrites au-dessus d’elle, la carte entière dans un coin."""
    corps, phrases = corps_de(style), _dire_la_vue(referentiel, vue, style)
    lignes = plier_texte(typographier(phrases[0]), dessin.largeur - 2 * MARGE, corps, gras=True)
    dessin.poser(VUE_AGRANDIE, bloc(lignes, MARGE, MARGE - 4, corps, gras=True))
    vue = _loger_la_carte_entiere(referentiel, vue, hauteur_bloc(len(lignes), corps) + 2)
    _poser_cadre(dessin, vue, referentiel, corps)
    _poser_la_carte_entiere(dessin, vue, referentiel)
    return vue, phrases


def _vues_possibles(referentiel: Referentiel, entier: Cadre) -> Iterator[tuple[float, Cadre]]:
    """Jusqu’à quel éloignement du centre chaque vue agrandie suffit, et elle ; de la plus agrandie à la moins.

    La carte entière suffit au-delà de la dernière : quelqu’un est loin du centre, ou elle agrandirait trop peu.
    """
    centre = centre_des_poles([i.position for i in referentiel.ingenieries])
    petite = replace(entier, echelle=entier.echelle * _PART_DU_COIN)
    for jusqua, demi in _demi_hauteurs_des_vues(referentiel):
        vue = Cadre(entier.boite, centre, (entier.boite[3] - entier.boite[1]) / 2 / demi, petite)
        if vue.agrandissement >= _AGRANDIR_AU_MOINS:
            yield jusqua, vue


def _demi_hauteurs_des_vues(referentiel: Referentiel) -> Iterator[tuple[float, float]]:
    """Jusqu’à quel éloignement du centre une vue agrandie suffit, et sa demi-hauteur, en unité d’axe."""
    centre = centre_des_poles([i.position for i in referentiel.ingenieries])
    unite = min(_distance(centre, i.position) for i in referentiel.ingenieries)
    pas, pres = unite * _PAS_DE_VUE, unite * _PRES_DU_CENTRE
    if unite == 0:
        return
    for tour in count(max(_PAS_AU_MOINS, ceil(referentiel.regles.seuil_equilibre.valeur / _PART_TENUE / pas - 1e-9))):
        yield min(pres, pas * (tour + 1e-9) * _PART_TENUE), pas * tour
        if pas * (tour + 1e-9) * _PART_TENUE >= pres:
            return


def _distance(a: Position, b: Position) -> float:
    return hypot(a.x - b.x, a.y - b.y)


def _dire_la_vue(referentiel: Referentiel, vue: Cadre, style: Style) -> list[str]:
    """Ses bornes en nombres, puis les pôles qu’elle ne montre pas."""
    bornes = [
        f"{chiffre(milieu - cote, style, 2)} à {chiffre(milieu + cote, style, 2)}"
        for milieu, cote in zip((vue.centre.x, vue.centre.y), vue.demi_cotes, strict=True)
    ]
    phrases = [
        f"Tout est près du centre : vue agrandie {chiffre(vue.agrandissement, style)} fois, "
        f"de {bornes[0]} en largeur, {bornes[1]} en hauteur.",
        "La carte entière est en petit dans un coin, le rectangle de la vue agrandie marqué.",
    ]
    dehors = [nettoyer(i.libelle) for i in referentiel.ingenieries if vue.hors_vue(i.position)]
    phrases.append(f"Au-delà de la vue, dans le sens des flèches : {', '.join(['les bouts des axes', *dehors])}.")
    return phrases


def _loger_la_carte_entiere(referentiel: Referentiel, vue: Cadre, descente: float) -> Cadre:
    """La vue descendue sous la phrase qui la dit, la carte entière dans son coin le plus loin des pôles montrés."""
    gauche, haut, droite, bas = vue.boite
    haut, bas = haut + descente, bas + descente
    large, haute = (droite - gauche) * _PART_DU_COIN, (bas - haut) * _PART_DU_COIN
    vue = replace(vue, boite=(gauche, haut, droite, bas))
    poles = [vue.point(vue.vers(i.position)) for i in referentiel.ingenieries]
    coins = [(x, y) for x in (gauche + 4, droite - large - 4) for y in (haut + 4, bas - haute - 4)]
    x, y = max(coins, key=lambda c: min(hypot(c[0] + large / 2 - px, c[1] + haute / 2 - py) for px, py in poles))
    return replace(vue, entiere=vue.entiere and replace(vue.entiere, boite=(x, y, x + large, y + haute)))


def _poser_la_carte_entiere(dessin: Dessin, vue: Cadre, referentiel: Referentiel) -> None:
    """La carte entière, en petit : son fond, ses pôles, et le rectangle que la vue agrandit."""
    if vue.entiere is None:
        return
    petite, (x, y) = vue.entiere, vue.demi_cotes
    debut, fin = (petite.point(Position(vue.centre.x + s * x, vue.centre.y - s * y)) for s in (-1, 1))
    formes = [rectangle(petite.boite, _BORD_DU_COIN), *_formes_du_fond(petite, referentiel)]
    formes += [triangle(*petite.point(i.position), 4, _POLE) for i in referentiel.ingenieries]
    dessin.poser("carte-entiere", [*formes, rectangle((*debut, *fin), _BORD_DE_LA_VUE)], petite.boite)


def poser_poles(dessin: Dessin, cadre: Cadre, referentiel: Referentiel) -> None:
    """Un triangle plein par ingénierie, une flèche si elle est au-delà de la vue ; son nom se place ailleurs."""
    signes = [
        _fleche_de_pole(cadre, i.position)
        if cadre.hors_vue(i.position)
        else triangle(*cadre.point(i.position), 8, _POLE)
        for i in referentiel.ingenieries
    ]
    dessin.poser("poles", signes)


def _fleche_de_pole(cadre: Cadre, pole: Position) -> Trace:
    """Une pointe, au bord de la vue, dans le sens d’un pôle."""
    x, y = cadre.point(cadre.vers(pole))
    loin_x, loin_y = cadre.point(pole)
    return _pointe(x, y, loin_x - x, loin_y - y)


def _pointe(x: float, y: float, dx: float, dy: float) -> Trace:
    """Une pointe autour d’un point, dans un sens ; à la différence d’un triangle, elle est longue et creusée."""
    long = hypot(dx, dy)
    ux, uy = dx / long, dy / long
    sommets = ((9.0, 0.0), (-7.0, 6.0), (-3.0, 0.0), (-7.0, -6.0))
    return Trace(tuple((x + a * ux - b * uy, y + a * uy + b * ux) for a, b in sommets), _POLE, ferme=True)


def etiquettes_des_poles(referentiel: Referentiel, cadre: Cadre, style: Style) -> list[EtiquetteDeCarte]:
    """Le libellé de chaque ingénierie, replié ; celles d’un même point sont nommées ensemble.

    « vers » précède le nom de celles qui sont au-delà d’une vue agrandie.
    """
    corps, place = corps_de(style), style.largeur * _PLACE_D_UN_POLE
    par_point: dict[tuple[Position, str], list[str]] = {}
    for i in referentiel.ingenieries:
        vers = "vers " if cadre.hors_vue(i.position) else ""
        par_point.setdefault((cadre.vers(i.position), vers), []).append(i.libelle)
    return [
        EtiquetteDeCarte(position, 8, tuple(plier_texte(vers + " + ".join(noms), place, corps, gras=True)), gras=True)
        for (position, vers), noms in par_point.items()
    ]


def poser_etiquettes(
    dessin: Dessin, cadre: Cadre, etiquettes: Sequence[EtiquetteDeCarte], corps: float, obstacles: Sequence[Boite] = ()
) -> None:
    """Place et écrit les étiquettes, chacune sur un fond qui la détache des traits."""
    demandes = []
    for etiquette in etiquettes:
        x, y = cadre.point(etiquette.position)
        haute = hauteur_bloc(len(etiquette.lignes), corps)
        demandes.append(_DemandeDePlace(x, y, etiquette.rayon, etiquette.largeur(corps), haute))
    places = _disposer_etiquettes(demandes, obstacles, cadre.boite)
    fils, textes = list[Forme](), list[Forme]()
    for etiquette, demande, place in zip(etiquettes, demandes, places, strict=True):
        if place.fil:
            fils.append(segment(*place.fil, _FIL))
        textes += _ecrire(etiquette, demande, place, corps)
    dessin.poser("fils", fils)
    dessin.poser("etiquettes", textes)


def entrees_du_fond(referentiel: Referentiel, cadre: Cadre) -> list[Entree]:
    """Les entrées de légende du fond, et celles d’une vue agrandie si le cadre en est une."""
    entrees = [Entree(lambda x, y: [triangle(x, y + 1, 6, _POLE)], "ingénierie (pôle)")]
    if any(cadre.hors_vue(i.position) for i in referentiel.ingenieries):
        entrees.append(Entree(lambda x, y: [_pointe(x, y, 1, 0)], "vers un pôle, au-delà de la vue"))
    if cadre.entiere:
        mots = "ce que la vue agrandie montre de la carte entière"
        entrees.append(Entree(lambda x, y: [rectangle((x - 9, y - 6, x + 9, y + 6), _BORD_DE_LA_VUE)], mots))
    if referentiel.regles.seuil_equilibre.valeur > 0:
        entrees.append(Entree(lambda x, y: [Cercle(x, y, 7, _ZONE)], "zone d'équilibre"))
    return entrees


def _formes_du_fond(cadre: Cadre, referentiel: Referentiel) -> list[Forme]:
    """Zone d’équilibre, axes, polygone des pôles."""
    poles = [i.position for i in referentiel.ingenieries]
    centre, rayon = centre_des_poles(poles), referentiel.regles.seuil_equilibre.valeur
    gauche, haut, droite, bas = cadre.boite
    zero_x, zero_y = cadre.point(Position(0, 0))
    formes: list[Forme] = []
    if rayon > 0:
        formes.append(Cercle(*cadre.point(centre), rayon * cadre.echelle, _ZONE))
    if gauche < zero_x < droite:
        formes.append(segment((zero_x, haut), (zero_x, bas), _AXE))
    if haut < zero_y < bas:
        formes.append(segment((gauche, zero_y), (droite, zero_y), _AXE))
    if len(sommets := enveloppe_convexe(poles)) > 1:
        formes.append(Trace(cadre.points(sommets), _POLYGONE, ferme=len(sommets) > 2))
    return formes


def _poser_titres(dessin: Dessin, cadre: Cadre, referentiel: Referentiel, corps: float) -> float:
    """Les deux bouts et le nom de chaque axe ; rend le bas du plus long."""
    gauche, haut, droite, bas = cadre.boite
    large = droite - gauche
    lignes_x = _titres(referentiel.axes.x, large, corps)
    formes: list[Forme] = []
    for lignes, ancre, x in zip(lignes_x, _ANCRES, (gauche, (gauche + droite) / 2, droite), strict=True):
        role = "encre-douce" if ancre == "middle" else "encre"
        formes += bloc(lignes, x, bas + 5, corps, ancre=ancre, role=role)
    x = gauche - 7
    for lignes, ancre, y in zip(
        _titres(referentiel.axes.y, bas - haut, corps, 1), _ANCRES, (bas, (haut + bas) / 2, haut), strict=True
    ):
        role = "encre-douce" if ancre == "middle" else "encre"
        formes += [Texte(x, y, ligne, corps, role, ancre=ancre, tourne=True) for ligne in lignes]
    dessin.poser("axes", formes)
    return bas + 5 + hauteur_bloc(max(map(len, lignes_x)), corps) + 8


_ANCRES: tuple[Ancre, Ancre, Ancre] = ("start", "middle", "end")


def _titres(axe: Axe, place: float, corps: float, lignes: int = 3) -> tuple[list[str], list[str], list[str]]:
    """Le début, le nom et la fin d’un axe ; le nom cède sa place aux deux bouts s’ils en ont besoin."""
    debut, nom, fin = f"←{_INSECABLE}{nettoyer(axe.debut)}", nettoyer(axe.libelle), f"{nettoyer(axe.fin)}{_INSECABLE}→"
    bouts = max(largeur(debut, corps), largeur(fin, corps))
    if 2 * bouts + largeur(nom, corps) + 32 > place and lignes == 1:
        return plier_texte(debut, place / 2 - 8, corps, lignes=1), [], plier_texte(fin, place / 2 - 8, corps, lignes=1)
    tiers = place / 3 - 10
    # Aucun des trois textes ne dépasse ses bords : les bouts prennent ce que le nom laisse.
    cote = tiers if 2 * bouts + largeur(nom, corps) + 32 > place else bouts + 1
    milieu = plier_texte(nom, place - 2 * cote - 24, corps, lignes=lignes)
    return plier_texte(debut, cote, corps, lignes=lignes), milieu, plier_texte(fin, cote, corps, lignes=lignes)


def _ecrire(
    etiquette: EtiquetteDeCarte, demande: _DemandeDePlace, place: _PlaceDEtiquette, corps: float
) -> list[Forme]:
    gauche, haut, droite, bas = place.boite
    a_gauche = droite <= demande.x
    ancre: Ancre = "end" if a_gauche else "start" if gauche >= demande.x else "middle"
    x = droite - 2 if a_gauche else gauche + 2 if ancre == "start" else (gauche + droite) / 2
    fond = rectangle((gauche, haut + 1, droite, bas - 1), Trait(fond="fond", opacite=0.8))
    return [fond, *bloc(etiquette.lignes, x, haut, corps, gras=etiquette.gras, role=etiquette.role, ancre=ancre)]
