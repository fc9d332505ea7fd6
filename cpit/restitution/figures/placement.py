"""Placer des étiquettes près de leurs points sans qu’elles se recouvrent : des essais, du plus proche au plus loin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cpit.restitution.figures.dessin import Boite, Point

ECARTS = (3.0, 6.0, 9.0, 13.0, 18.0, 25.0, 34.0, 46.0, 60.0, 78.0, 100.0)
"""Distances essayées entre le signe et son étiquette, en pixels."""
SANS_FIL = 9.0
"""Au-delà de cet écart, un fil relie l’étiquette à son point."""
VOISINAGE = 5.0
"""Une étiquette à moins de cette distance d’un autre signe que le sien semblerait la sienne."""
HORS_CADRE = 50.0
"""Ce que coûte un pixel carré hors du cadre, quand un pixel carré pris à un signe coûte 1."""
SUPERPOSITION = 4.0
"""Ce que coûte un pixel carré commun à deux étiquettes : aucune ne se lirait."""
CROISEMENT = 120.0
"""Ce que coûte un fil qui passe sous une étiquette, ou en croise un autre."""
ELOIGNEMENT = 0.5
"""Ce que coûte un pixel d’écart, et chaque place moins bonne à écart égal."""
TOURS = 3
"""Fois où chaque étiquette se replace au plus, une fois les autres connues."""


@dataclass(frozen=True, slots=True)
class Demande:
    """Une étiquette à placer : son point, le rayon du signe, sa largeur et sa hauteur."""

    x: float
    y: float
    rayon: float
    largeur: float
    hauteur: float


@dataclass(frozen=True, slots=True)
class Place:
    """Où est l’étiquette ; ``fil`` : de son point à son bord, si elle en est trop loin pour s’en passer."""

    boite: Boite
    fil: tuple[Point, Point] | None


def placer(demandes: Sequence[Demande], obstacles: Sequence[Boite], cadre: Boite) -> list[Place]:
    """Une place par demande ; les points demandeurs sont aussi des obstacles.

    Les premières sont servies d’abord, puis chacune se replace tant qu’elle y gagne.
    """
    essais = [_essayer(demande, demandes, obstacles, cadre) for demande in demandes]
    places: list[Place] = []
    for _ in range(TOURS):
        avant = list(places)
        for rang, siens in enumerate(essais):
            places[rang : rang + 1] = [_choisir(siens, [*places[:rang], *places[rang + 1 :]])]
        if places == avant:
            break
    return places


def recouvrement(a: Boite, b: Boite) -> float:
    """Aire commune à deux boîtes, en pixels carrés."""
    if a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]:
        return 0.0
    return (min(a[2], b[2]) - max(a[0], b[0])) * (min(a[3], b[3]) - max(a[1], b[1]))


def _essayer(
    demande: Demande, demandes: Sequence[Demande], obstacles: Sequence[Boite], cadre: Boite
) -> list[tuple[float, Place]]:
    """Les places possibles, de la moins coûteuse à la plus coûteuse, sans compter les autres étiquettes."""
    pris = [*obstacles, *(_signe(autre) for autre in demandes if autre is not demande)]
    aire = demande.largeur * demande.hauteur
    couts = []
    for desagrement, place in _places(demande):
        dehors = aire - recouvrement(place.boite, cadre)
        couvert = sum(recouvrement(place.boite, autre) for autre in pris)
        couts.append((desagrement + dehors * HORS_CADRE + couvert, place))
    return sorted(couts, key=lambda cout: cout[0])


def _choisir(essais: Sequence[tuple[float, Place]], voisines: Sequence[Place]) -> Place:
    """La place qui coûte le moins parmi les étiquettes voisines ; à égalité, la première."""
    moindre, retenue = float("inf"), essais[0][1]
    for cout, place in essais:
        if cout >= moindre:
            break
        total = cout
        for voisine in voisines:
            total += _gene(place, voisine)
            if total >= moindre:
                break
        else:
            moindre, retenue = total, place
    return retenue


def _signe(demande: Demande) -> Boite:
    r = demande.rayon + VOISINAGE
    return demande.x - r, demande.y - r, demande.x + r, demande.y + r


def _places(demande: Demande) -> Iterator[tuple[float, Place]]:
    """Ce que chaque essai a de moins bon, et sa place : à droite, à gauche, dessus, dessous, puis en biais."""
    w, h = demande.largeur, demande.hauteur
    for ecart in ECARTS:
        d = demande.rayon + ecart
        # En biais, le coin de l’étiquette est sur la diagonale d’un signe qui n’en remplit pas le carré.
        b = demande.rayon * 0.6 + ecart * 0.75
        cotes = ((d, -h / 2), (-d - w, -h / 2), (-w / 2, -d - h), (-w / 2, d))
        biais = ((b, -b - h), (-b - w, -b - h), (b, b), (-b - w, b))
        for rang, (dx, dy) in enumerate((*cotes, *biais)):
            boite = (demande.x + dx, demande.y + dy, demande.x + dx + w, demande.y + dy + h)
            fil = ((demande.x, demande.y), _bord(demande, boite)) if ecart > SANS_FIL else None
            yield (ecart + rang) * ELOIGNEMENT, Place(boite, fil)


def _bord(demande: Demande, boite: Boite) -> Point:
    """Le point de la boîte le plus proche du signe."""
    gauche, haut, droite, bas = boite
    return min(max(demande.x, gauche), droite), min(max(demande.y, haut), bas)


def _gene(a: Place, b: Place) -> float:
    """Ce que deux étiquettes se coûtent : l’aire commune, et les fils qui passent sous l’autre ou se croisent."""
    croisements = 0
    if a.fil:
        croisements += _traverse(a.fil, b.boite)
    if b.fil:
        croisements += _traverse(b.fil, a.boite)
    if a.fil and b.fil:
        croisements += _coupe(a.fil, b.fil)
    return recouvrement(a.boite, b.boite) * SUPERPOSITION + croisements * CROISEMENT


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
