"""Le radar des compétences, quand il ne trompe pas ; des points alignés sinon.

Un radar se lit mal par sa surface, qui dépend de l’ordre des compétences : celui-ci n’en a pas. Son centre est le bas
de l’échelle, la valeur est écrite à chaque bout, une compétence sans score coupe le trait (elle ne vaut jamais zéro).
En dessous de trois compétences, au-delà de quinze, ou si leurs noms se recouvrent, les scores sont des points alignés
sur une même échelle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import cos, pi, sin

from cpit.coeur.cohorte import Cohorte
from cpit.coeur.groupe import TROP_PEU_DE_SCORES, TU, Repartition, portrait_montrable, repartir
from cpit.coeur.mots.restitution import Restitution
from cpit.coeur.referentiel import Competence, Echelle
from cpit.figures.cadre import (
    ENTREE_ETENDUE,
    ENTREE_MOITIE,
    ETENDUE,
    MARGE,
    MOITIE,
    CleDeStrate,
    Entree,
    RegleGraduee,
    assembler,
    chiffre,
    choisir_strate,
    cle_de_strate,
    corps_de,
    effectif,
    graduations,
    nom_de_competence,
    poser_alerte,
    poser_cles,
    poser_legende,
    poser_regle,
    recouvrement,
    sans_signe,
)
from cpit.figures.dessin import (
    INTERLIGNE,
    Ancre,
    Boite,
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
    plier_texte,
    segment,
)
from cpit.typographie import nettoyer

_MINIMUM, _MAXIMUM = 3, 15
"""Nombre de compétences entre lesquels un radar se lit."""
_PETIT = 0.95
"""Corps des noms, en part du corps courant."""
_ECART = 12.0
"""Distance des étiquettes au bout de leur branche, en pixels."""
_GRILLE = Trait("grille", 1.0)
_LIGNE = Trait("serie-1", 2.0)
_POINT = Trait("fond", 1.2, fond="serie-1")
_TIGE = Trait("trait", 1.2)


@dataclass(frozen=True, slots=True)
class _Branche:
    """Une compétence : son score (ou la moyenne du groupe), la répartition du groupe s’il y en a une ; ``tue`` si la
    règle des petits groupes la tait."""

    competence: Competence
    valeur: float | None
    repartition: Repartition | None = None
    tue: bool = False


def radar_personne(restitution: Restitution, style: Style = Style()) -> Figure:  # noqa: B008
    """Les scores des compétences d’une personne."""
    referentiel, scores = restitution.referentiel, restitution.resultat.competences
    branches = [_Branche(c, scores[c.identifiant].valeur) for c in referentiel.competences]
    phrases = [_phrase_echelle(referentiel.echelle)]
    phrases += [f"{nom_de_competence(b.competence)} : {_valeur(b, style)}." for b in branches]
    entrees = [Entree(lambda x, y: [Cercle(x, y, 4.5, _POINT)], "score de la compétence")]
    dessin = _dessiner(branches, referentiel.echelle, entrees, style)
    return assembler("radar-personne", "Scores des compétences", phrases, dessin, style)


def radar_groupe(cohorte: Cohorte, style: Style = Style(), *, strate: CleDeStrate | None = None) -> Figure:  # noqa: B008
    """La moyenne du groupe par compétence, et sur chaque branche l’étendue et la moitié centrale des scores.

    :raises ValueError: sans strate nommée, si la cohorte en a plusieurs ou aucune.
    :raises KeyError: si la cohorte n’a pas cette strate.
    """
    strate, groupe = choisir_strate(cohorte, strate)
    referentiel, branches = groupe.referentiel, []
    portrait = portrait_montrable(groupe, style.regle)
    for competence in referentiel.competences:
        code = competence.identifiant
        statistique, repartition = portrait.echelles[code], repartir(portrait.scores[code])
        branches.append(_Branche(competence, statistique.moyenne, repartition, statistique.tue))
    quoi = "Moyenne du groupe, puis étendue et moitié centrale des scores."
    if portrait.dispersion_tue:
        quoi = "Moyenne du groupe ; là où trop peu de personnes la portent, la dispersion est tue."
    phrases = [_phrase_echelle(referentiel.echelle), quoi]
    phrases += [f"{nom_de_competence(b.competence)} : {_valeur(b, style)}{_etendue(b, style)}." for b in branches]
    entrees = [Entree(lambda x, y: [Cercle(x, y, 4.5, _POINT)], "moyenne du groupe")]
    if not portrait.dispersion_tue or any(portrait.scores.values()):
        entrees += [ENTREE_MOITIE, ENTREE_ETENDUE]
    dessin = _dessiner(branches, referentiel.echelle, entrees, style)
    phrases = poser_alerte(dessin, portrait, corps_de(style)) + phrases
    cle = cle_de_strate("radar-groupe", strate)
    return assembler(cle, "Scores des compétences dans le groupe", phrases, dessin, style)


def _valeur(branche: _Branche, style: Style) -> str:
    if branche.tue:
        return f"{TU}, {TROP_PEU_DE_SCORES}"
    return "pas de score" if branche.valeur is None else chiffre(branche.valeur, style)


def _etendue(branche: _Branche, style: Style) -> str:
    r = branche.repartition
    if r is None:
        return ""
    bornes = [chiffre(v, style) for v in (r.minimum, r.maximum, r.quart_bas, r.quart_haut)]
    return f" ({effectif(r.n)}, de {bornes[0]} à {bornes[1]}, la moitié de {bornes[2]} à {bornes[3]})"


def _phrase_echelle(echelle: Echelle) -> str:
    bas, haut = echelle.par_valeur[echelle.min].libelle, echelle.par_valeur[echelle.max].libelle
    return f"Échelle de {echelle.min} (« {nettoyer(bas)} ») à {echelle.max} (« {nettoyer(haut)} »)."


def _dessiner(branches: Sequence[_Branche], echelle: Echelle, entrees: list[Entree], style: Style) -> Dessin:
    dessin, corps = Dessin(style.largeur), corps_de(style)
    radar = _radar_lisible(dessin, branches, echelle, style) if _MINIMUM <= len(branches) <= _MAXIMUM else None
    bas = radar.tracer() if radar else _aligner(dessin, branches, echelle, style)
    if any(branche.valeur is None for branche in branches):
        entrees = [*entrees, sans_signe("– : pas assez de réponses, le trait est coupé")]
    bas = poser_legende(dessin, bas + 10, entrees, corps)
    if radar and not radar.en_toutes_lettres:
        bas = poser_cles(dessin, bas + 4, [branche.competence for branche in branches], corps * 0.92)
    dessin.hauteur = bas + MARGE
    return dessin


def _radar_lisible(dessin: Dessin, branches: Sequence[_Branche], echelle: Echelle, style: Style) -> _Radar | None:
    """Le radar aux noms entiers, sinon aux seuls codes (expliqués dessous), ou rien si même eux se recouvrent."""
    for en_toutes_lettres in (True, False):
        radar = _Radar(dessin, branches, echelle, style, en_toutes_lettres=en_toutes_lettres)
        if radar.lisible():
            return radar
    return None


class _Radar:
    """Un radar en cours de tracé."""

    def __init__(
        self, dessin: Dessin, branches: Sequence[_Branche], echelle: Echelle, style: Style, *, en_toutes_lettres: bool
    ) -> None:
        self.dessin, self.branches, self.echelle, self.style = dessin, branches, echelle, style
        self.en_toutes_lettres = en_toutes_lettres
        self.corps = corps_de(style)
        n = len(branches)
        self.angles = [pi / 2 - 2 * pi * rang / n for rang in range(n)]
        place = dessin.largeur * (0.25 if en_toutes_lettres else 0.18)
        noms = [
            nom_de_competence(b.competence) if en_toutes_lettres else nettoyer(b.competence.identifiant)
            for b in branches
        ]
        self.noms = [plier_texte(nom, place, self.corps * _PETIT, lignes=4 if en_toutes_lettres else 1) for nom in noms]
        self.x = dessin.largeur / 2
        self.rayon = min(dessin.largeur / 2 - place - MARGE - 14, 210.0)
        self.y = (
            MARGE + hauteur_bloc(len(self.noms[0]), self.corps * _PETIT) + self.corps * INTERLIGNE + 10 + self.rayon
        )

    def lisible(self) -> bool:
        """Vrai si aucune étiquette n’en touche une autre ni ne sort du dessin."""
        boites = [self._boite(rang) for rang in range(len(self.branches))]
        dedans = all(boite[0] >= MARGE / 2 and boite[2] <= self.dessin.largeur - MARGE / 2 for boite in boites)
        return dedans and not any(recouvrement(a, b) > 0 for a, b in combinations(boites, 2))

    def tracer(self) -> float:
        """Pose tout et rend le bas."""
        self._poser_grille()
        self.dessin.poser("etendues", self._etendues())
        points = [None if b.valeur is None else self._point(r, b.valeur) for r, b in enumerate(self.branches)]
        self.dessin.poser("trait", [Trace(morceau, _LIGNE) for morceau in _morceaux(points)])
        self.dessin.poser("points", [Cercle(*p, 4.5, _POINT) for p in points if p is not None])
        return self._poser_noms()

    def _point(self, rang: int, valeur: float, dehors: float = 0.0) -> Point:
        part = (valeur - self.echelle.min) / (self.echelle.max - self.echelle.min)
        rayon, angle = part * self.rayon + dehors, self.angles[rang]
        return self.x + rayon * cos(angle), self.y - rayon * sin(angle)

    def _poser_grille(self) -> None:
        valeurs = graduations(self.echelle)
        rangs = range(len(self.branches))
        formes: list[Forme] = [
            Trace(tuple(self._point(r, v) for r in rangs), _GRILLE, ferme=True) for v in valeurs if v > self.echelle.min
        ]
        centre = (self.x, self.y)
        formes += [segment(centre, self._point(r, self.echelle.max), _GRILLE) for r in rangs]
        self.dessin.poser("grille", formes)
        petits = self.corps * 0.85
        textes = [
            Texte(self.x - 5, self._point(0, v)[1] + petits * 0.9, str(v), petits, "encre-douce", ancre="end")
            for v in valeurs
        ]
        self.dessin.poser("graduations", textes)

    def _etendues(self) -> list[Forme]:
        formes: list[Forme] = []
        for rang, branche in enumerate(self.branches):
            r = branche.repartition
            if r is not None and r.n > 1:
                bouts = self._point(rang, r.minimum), self._point(rang, r.maximum)
                quarts = self._point(rang, r.quart_bas), self._point(rang, r.quart_haut)
                formes += [segment(*bouts, ETENDUE), segment(*quarts, MOITIE)]
        return formes

    def _poser_noms(self) -> float:
        """Le nom et la valeur de chaque branche, hors du cercle ; rend le bas du plus bas."""
        textes, bas, petit = list[Forme](), self.y + self.rayon, self.corps * _PETIT
        for rang, (branche, lignes) in enumerate(zip(self.branches, self.noms, strict=True)):
            x, ancre = self._point(rang, self.echelle.max, _ECART)[0], self._ancre(rang)
            _, haut, _, fin = self._boite(rang)
            valeur = chiffre(branche.valeur, self.style)
            textes += bloc([valeur], x, haut, self.corps, gras=True, ancre=ancre)
            textes += bloc(lignes, x, haut + self.corps * INTERLIGNE, petit, role="encre-douce", ancre=ancre)
            bas = max(bas, fin)
        self.dessin.poser("noms", textes)
        return bas

    def _ancre(self, rang: int) -> Ancre:
        horizontal = cos(self.angles[rang])
        return "middle" if abs(horizontal) < 0.25 else "start" if horizontal > 0 else "end"

    def _boite(self, rang: int) -> Boite:
        """Où s’écrivent la valeur et le nom d’une branche."""
        x, y = self._point(rang, self.echelle.max, _ECART)
        lignes, petit = self.noms[rang], self.corps * _PETIT
        haute = hauteur_bloc(len(lignes), petit) + self.corps * INTERLIGNE
        # Au sommet le bloc est tout au-dessus du point, au pied tout au-dessous, sur les côtés à mi-hauteur.
        haut = y - haute * (1 + sin(self.angles[rang])) / 2
        valeur = largeur(chiffre(self.branches[rang].valeur, self.style), self.corps, gras=True)
        large = max(valeur, *(largeur(ligne, petit) for ligne in lignes))
        gauche = {"start": x, "middle": x - large / 2, "end": x - large}[self._ancre(rang)]
        return gauche, haut, gauche + large, haut + haute


def _morceaux(points: Sequence[Point | None]) -> list[tuple[Point, ...]]:
    """La ligne brisée, coupée là où un point manque ; fermée si aucun ne manque."""
    if all(point is not None for point in points):
        return [tuple(p for p in (*points, points[0]) if p is not None)]
    depart = points.index(None)
    morceaux: list[list[Point]] = [[]]
    for point in (*points[depart:], *points[:depart]):
        if point is None:
            morceaux.append([])
        else:
            morceaux[-1].append(point)
    return [tuple(morceau) for morceau in morceaux if len(morceau) > 1]


def _aligner(dessin: Dessin, branches: Sequence[_Branche], echelle: Echelle, style: Style) -> float:
    """Les scores en points, une ligne par compétence, dans l’ordre du référentiel."""
    corps = corps_de(style)
    valeurs = max(largeur(chiffre(b.valeur, style), corps, gras=True) for b in branches)
    noms = dessin.largeur * 0.38
    regle = RegleGraduee(MARGE + noms + 14, dessin.largeur - MARGE - valeurs - 18, echelle.min, echelle.max)
    y, formes, textes = MARGE, list[Forme](), list[Forme]()
    for branche in branches:
        lignes = plier_texte(nom_de_competence(branche.competence), noms, corps, lignes=3)
        haute = max(hauteur_bloc(len(lignes), corps), corps * 1.7)
        milieu = y + haute / 2
        textes += bloc(lignes, MARGE, milieu - hauteur_bloc(len(lignes), corps) / 2, corps)
        fin = dessin.largeur - MARGE
        textes.append(Texte(fin, milieu + corps * 0.35, chiffre(branche.valeur, style), corps, gras=True, ancre="end"))
        formes += _points_alignes(branche, regle, milieu)
        y += haute + 5
    bas = poser_regle(dessin, regle, (MARGE, y), graduations(echelle), corps)
    dessin.poser("points", formes)
    dessin.poser("noms", textes)
    return bas


def _points_alignes(branche: _Branche, regle: RegleGraduee, y: float) -> list[Forme]:
    formes, r = list[Forme](), branche.repartition
    if r is not None and r.n > 1:
        formes.append(segment((regle.x(r.minimum), y), (regle.x(r.maximum), y), ETENDUE))
        formes.append(segment((regle.x(r.quart_bas), y), (regle.x(r.quart_haut), y), MOITIE))
    elif branche.valeur is not None:
        formes.append(segment((regle.debut, y), (regle.x(branche.valeur), y), _TIGE))
    if branche.valeur is not None:
        formes.append(Cercle(regle.x(branche.valeur), y, 5, _POINT))
    return formes
