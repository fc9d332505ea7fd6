"""Le fond d’une carte : repère orthonormé, axes nommés à leurs deux bouts, polygone des pôles, zone d’équilibre."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from cpit.coeur.modele import Axe, Position, Referentiel
from cpit.coeur.position import centre_de_gravite
from cpit.restitution.figures.commun import MARGE, Entree
from cpit.restitution.figures.dessin import (
    Ancre,
    Boite,
    Cercle,
    Dessin,
    Forme,
    Point,
    Texte,
    Trace,
    Trait,
    bloc,
    hauteur_bloc,
    rectangle,
    segment,
    triangle,
)
from cpit.restitution.figures.placement import Demande, Place, placer
from cpit.restitution.figures.police import largeur, plier
from cpit.typographie import nettoyer

MARGE_POLES = 0.14
"""Part de l’étendue laissée autour des pôles, pour leurs étiquettes."""
INSECABLE = "\u00a0"
HAUTEUR_MAX = 0.8
"""Hauteur du cadre au plus, en part de sa largeur."""
POLE = Trait(fond="encre")
POLYGONE = Trait("trait", 1.0, (6, 4))
ZONE = Trait("trait", 0.8, (2, 3), "zone")
AXE = Trait("grille", 1.0)
FIL = Trait("trait", 0.8)


@dataclass(frozen=True, slots=True)
class Cadre:
    """Passe des unités d’axe aux pixels, de la même façon sur les deux axes."""

    boite: Boite
    centre: Position
    echelle: float

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
class Etiquette:
    """Un texte à placer près d’un point ; ``rayon`` : celui du signe qui s’y trouve."""

    position: Position
    rayon: float
    lignes: tuple[str, ...]
    gras: bool = False
    role: str = "encre"


def cadrer(referentiel: Referentiel, dessin: Dessin, corps: float) -> Cadre:
    """Choisit l’échelle et pose le fond de la carte ; donne au dessin la hauteur prise, titres d’axes compris."""
    xs, ys = zip(*((i.position.x, i.position.y) for i in referentiel.ingenieries), strict=True)
    centre = Position((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
    etendues = [(max(v) - min(v)) * (1 + 2 * MARGE_POLES) or 2.0 for v in (xs, ys)]
    gauche = MARGE + hauteur_bloc(1, corps) + 6
    large = dessin.largeur - gauche - MARGE
    echelle = min(large / etendues[0], large * HAUTEUR_MAX / etendues[1])
    haute = max(etendues[1] * echelle, large * 0.45)
    cadre = Cadre((gauche, MARGE, gauche + large, MARGE + haute), centre, echelle)
    _poser_fond(dessin, cadre, referentiel)
    dessin.hauteur = _poser_titres(dessin, cadre, referentiel, corps)
    return cadre


def poser_poles(dessin: Dessin, cadre: Cadre, referentiel: Referentiel) -> None:
    """Un triangle plein par ingénierie ; son nom se place avec les autres étiquettes."""
    signes = [triangle(*cadre.point(i.position), 8, POLE) for i in referentiel.ingenieries]
    dessin.poser("poles", signes)


def etiquettes_des_poles(referentiel: Referentiel, corps: float, place: float) -> list[Etiquette]:
    """Le libellé de chaque ingénierie, replié ; celles d’un même point sont nommées ensemble."""
    par_point: dict[Position, list[str]] = {}
    for ingenierie in referentiel.ingenieries:
        par_point.setdefault(ingenierie.position, []).append(ingenierie.libelle)
    return [
        Etiquette(position, 8, tuple(plier(" + ".join(noms), place, corps, gras=True)), gras=True)
        for position, noms in par_point.items()
    ]


def poser_etiquettes(
    dessin: Dessin, cadre: Cadre, etiquettes: Sequence[Etiquette], corps: float, obstacles: Sequence[Boite] = ()
) -> None:
    """Place et écrit les étiquettes, chacune sur un fond qui la détache des traits."""
    demandes = []
    for etiquette in etiquettes:
        large = max(largeur(ligne, corps, gras=etiquette.gras) for ligne in etiquette.lignes)
        x, y = cadre.point(etiquette.position)
        demandes.append(Demande(x, y, etiquette.rayon, large + 4, hauteur_bloc(len(etiquette.lignes), corps)))
    places = placer(demandes, obstacles, cadre.boite)
    fils, textes = list[Forme](), list[Forme]()
    for etiquette, demande, place in zip(etiquettes, demandes, places, strict=True):
        if place.fil:
            fils.append(segment(*place.fil, FIL))
        textes += _ecrire(etiquette, demande, place, corps)
    dessin.poser("fils", fils)
    dessin.poser("etiquettes", textes)


def entrees_du_fond(referentiel: Referentiel) -> list[Entree]:
    """Les entrées de légende du fond."""
    entrees = [Entree(lambda x, y: [triangle(x, y + 1, 6, POLE)], "ingénierie (pôle)")]
    if referentiel.regles.seuil_equilibre.valeur > 0:
        entrees.append(Entree(lambda x, y: [Cercle(x, y, 7, ZONE)], "zone d'équilibre"))
    return entrees


def enveloppe(points: Iterable[Position]) -> list[Position]:
    """Enveloppe convexe, dans le sens direct (Andrew, 1979) ; les points eux-mêmes s’il y en a moins de trois."""
    tries = sorted({(p.x, p.y) for p in points})
    if len(tries) < 3:
        return [Position(*p) for p in tries]

    def moitie(suite: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
        pile: list[tuple[float, float]] = []
        for p in suite:
            while len(pile) > 1 and _tourne(pile[-2], pile[-1], p) <= 0:
                pile.pop()
            pile.append(p)
        return pile[:-1]

    return [Position(*p) for p in moitie(tries) + moitie(reversed(tries))]


def _tourne(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _poser_fond(dessin: Dessin, cadre: Cadre, referentiel: Referentiel) -> None:
    poles = [i.position for i in referentiel.ingenieries]
    centre, rayon = centre_de_gravite(poles), referentiel.regles.seuil_equilibre.valeur
    cercle = [Position(centre.x + rayon * cos(pi * k / 36), centre.y + rayon * sin(pi * k / 36)) for k in range(72)]
    gauche, haut, droite, bas = cadre.boite
    zero_x, zero_y = cadre.point(Position(0, 0))
    formes: list[Forme] = []
    if rayon > 0:
        formes.append(Trace(cadre.points(cercle), ZONE, ferme=True))
    if gauche < zero_x < droite:
        formes.append(segment((zero_x, haut), (zero_x, bas), AXE))
    if haut < zero_y < bas:
        formes.append(segment((gauche, zero_y), (droite, zero_y), AXE))
    if len(sommets := enveloppe(poles)) > 1:
        formes.append(Trace(cadre.points(sommets), POLYGONE, ferme=len(sommets) > 2))
    dessin.poser("fond", formes, cadre.boite)
    dessin.poser("cadre", [rectangle(cadre.boite, AXE)])


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
    debut, nom, fin = f"←{INSECABLE}{nettoyer(axe.debut)}", nettoyer(axe.libelle), f"{nettoyer(axe.fin)}{INSECABLE}→"
    bouts = max(largeur(debut, corps), largeur(fin, corps))
    if 2 * bouts + largeur(nom, corps) + 32 > place and lignes == 1:
        return plier(debut, place / 2 - 8, corps, lignes=1), [], plier(fin, place / 2 - 8, corps, lignes=1)
    tiers = place / 3 - 10
    # Aucun des trois textes ne dépasse ses bords : les bouts prennent ce que le nom laisse.
    cote = tiers if 2 * bouts + largeur(nom, corps) + 32 > place else bouts + 1
    milieu = plier(nom, place - 2 * cote - 24, corps, lignes=lignes)
    return plier(debut, cote, corps, lignes=lignes), milieu, plier(fin, cote, corps, lignes=lignes)


def _ecrire(etiquette: Etiquette, demande: Demande, place: Place, corps: float) -> list[Forme]:
    gauche, haut, droite, bas = place.boite
    a_gauche = droite <= demande.x
    ancre: Ancre = "end" if a_gauche else "start" if gauche >= demande.x else "middle"
    x = droite - 2 if a_gauche else gauche + 2 if ancre == "start" else (gauche + droite) / 2
    fond = rectangle((gauche, haut + 1, droite, bas - 1), Trait(fond="fond", opacite=0.8))
    return [fond, *bloc(etiquette.lignes, x, haut, corps, gras=etiquette.gras, role=etiquette.role, ancre=ancre)]
