"""La carte d’une personne en caractères : pôles, compétences placées, et elle, avec sa description en phrases."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cpit.affichage.blocs import GrilleDeTexte
from cpit.coeur.mots.notice import nommer_echelle
from cpit.coeur.mots.restitution import Restitution, competences_sans_position, dominante_en_mots, la_personne
from cpit.coeur.referentiel import Axe, Axes, Ingenierie, Position, Referentiel
from cpit.terminal import Terminal
from cpit.typographie import nettoyer, nombre, typographier

# --- Dessiner une carte en caractères : un cadre, deux axes, des signes, des noms qui n’en cachent aucun autre.


_HAUTEUR = 19
_LARGEUR_MAX = 78
_MARGE = 0.12
"""Part de l’étendue laissée autour des pôles, pour que leurs étiquettes tiennent."""


@dataclass(frozen=True, slots=True)
class Signes:
    """Les caractères du dessin, selon la console."""

    horizontal: str
    vertical: str
    coins: tuple[str, str, str, str]
    croix: str
    pole: str
    personne: str
    point: str

    @property
    def tous(self) -> str:
        """Tous les caractères du jeu."""
        return "".join((self.horizontal, self.vertical, *self.coins, self.croix, self.pole, self.personne, self.point))


_UNICODE = Signes("─", "│", ("┌", "┐", "└", "┘"), "┼", "▲", "◆", "·")
_ASCII = Signes("-", "|", ("+", "+", "+", "+"), "+", "^", "@", ".")


def signes_pour(terminal: Terminal) -> Signes:
    """Le plus beau jeu de signes que la console sait écrire."""
    return _UNICODE if terminal.sait_ecrire(_UNICODE.tous) else _ASCII


@dataclass(frozen=True, slots=True)
class Repere:
    """Passe des unités d’axe aux colonnes et aux lignes du dessin."""

    x0: float
    x1: float
    y0: float
    y1: float
    largeur: int
    hauteur: int

    def case(self, point: Position) -> tuple[int, int]:
        """Ligne et colonne d’un point ; le haut du dessin est le haut de l’axe vertical."""
        colonne = round((point.x - self.x0) / (self.x1 - self.x0) * (self.largeur - 1))
        ligne = round((self.y1 - point.y) / (self.y1 - self.y0) * (self.hauteur - 1))
        return min(max(ligne, 0), self.hauteur - 1), min(max(colonne, 0), self.largeur - 1)


@dataclass(frozen=True, slots=True)
class Marque:
    """Un signe à poser et le nom à écrire à côté ; sans nom s’il est vide."""

    ligne: int
    colonne: int
    signe: str
    etiquette: str = ""


def poser_marques(axes: Axes, repere: Repere, marques: Sequence[Marque], signes: Signes) -> tuple[list[str], list[str]]:
    """Les lignes du dessin, et les noms qui n’ont pas trouvé de place.

    Une marque posée après une autre la recouvre ; son nom, lui, se place avant.
    """
    grille = [[" "] * repere.largeur for _ in range(repere.hauteur)]
    _tracer_axes(grille, repere, signes)
    for marque in marques:
        grille[marque.ligne][marque.colonne] = marque.signe
    nommees = [marque for marque in reversed(marques) if marque.etiquette]
    muettes = [marque.etiquette for marque in nommees if not _etiqueter(grille, marque)]
    return _encadrer(grille, axes.x, axes.y, signes), muettes


def plier_etiquette(phrases: Iterable[str], largeur: int) -> list[str]:
    """Des phrases de légende, coupées à la largeur du dessin."""
    largeur = min(largeur, _LARGEUR_MAX)
    return [
        ligne
        for phrase in phrases
        for ligne in textwrap.wrap(
            typographier(phrase),
            largeur,
            initial_indent=" ",
            subsequent_indent="   ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]


def repere_pour(poles: Iterable[Position], largeur: int) -> Repere:
    """Repère où les pôles tiennent avec leur marge, pour un dessin de ``largeur`` colonnes au plus."""
    xs, ys = zip(*((p.x, p.y) for p in poles), strict=True)
    (x0, x1), (y0, y1) = _etendue(xs), _etendue(ys)
    return Repere(x0, x1, y0, y1, min(largeur, _LARGEUR_MAX) - 4, _HAUTEUR)


def _etendue(valeurs: tuple[float, ...]) -> tuple[float, float]:
    bas, haut = min(valeurs), max(valeurs)
    marge = (haut - bas) * _MARGE or 1.0
    return bas - marge, haut + marge


def _tracer_axes(grille: list[list[str]], repere: Repere, signes: Signes) -> None:
    """Trace les axes du zéro, s’il est dans le cadre."""
    ligne, colonne = repere.case(Position(0, 0))
    if repere.y0 < 0 < repere.y1:
        grille[ligne] = [signes.horizontal] * repere.largeur
    if repere.x0 < 0 < repere.x1:
        for rangee in grille:
            rangee[colonne] = signes.vertical
        if repere.y0 < 0 < repere.y1:
            grille[ligne][colonne] = signes.croix


def _etiqueter(grille: list[list[str]], marque: Marque) -> bool:
    """Écrit l’étiquette à la première place libre autour du signe ; faux s’il n’y en a pas."""
    n, ici = len(marque.etiquette), (marque.ligne, marque.colonne)
    droite, gauche, milieu = marque.colonne + 2, marque.colonne - n - 1, marque.colonne - n // 2
    for y, x in (
        (marque.ligne, droite),
        (marque.ligne, gauche),
        *((marque.ligne + pas, place) for pas in (1, -1, 2, -2) for place in (milieu, droite - 1, gauche + 1)),
    ):
        dedans = 0 <= y < len(grille) and x >= 0 and x + n <= len(grille[0])
        # Deux cases de marge : posée contre le signe d’une autre, une étiquette semblerait la sienne.
        voisines = (c for c in range(max(x - 2, 0), min(x + n + 2, len(grille[0]))) if (y, c) != ici)
        if dedans and not any(_occupe(grille[y][c]) for c in voisines):
            grille[y][x : x + n] = list(marque.etiquette)
            _ecarter_l_axe(grille[y], x - 1, x + n)
            return True
    return False


def _ecarter_l_axe(rangee: list[str], *bords: int) -> None:
    """Une étiquette posée sur un axe s’en détache par une espace de chaque côté."""
    for bord in bords:
        if 0 <= bord < len(rangee) and rangee[bord] in "─-":
            rangee[bord] = " "


def _occupe(caractere: str) -> bool:
    return caractere not in " ─│┼-|+"


def _encadrer(grille: list[list[str]], x: Axe, y: Axe, signes: Signes) -> list[str]:
    largeur = len(grille[0])
    h, v, (hg, hd, bg, bd) = signes.horizontal, signes.vertical, signes.coins
    lignes = [f" {nettoyer(y.libelle)} : vers le haut, {nettoyer(y.fin).lower()}"]
    lignes.append(f" {hg}{h * largeur}{hd}")
    lignes += [f" {v}{''.join(rangee)}{v}" for rangee in grille]
    lignes.append(f" {bg}{h * largeur}{bd}")
    lignes.append(f" {nettoyer(y.libelle)} : vers le bas, {nettoyer(y.debut).lower()}")
    gauche, droite = f" < {nettoyer(x.debut)}", f"{nettoyer(x.fin)} > "
    milieu = nettoyer(x.libelle)
    reste = largeur + 3 - len(gauche) - len(droite)
    lignes.append(gauche + (milieu.center(reste) if reste > len(milieu) + 2 else " " * max(reste, 1)) + droite)
    return [typographier(ligne) for ligne in lignes]


# --- La carte d’une personne : pôles, compétences placées, et elle, avec sa description en phrases.


def dessiner_carte(restitution: Restitution, largeur: int, signes: Signes = _UNICODE) -> GrilleDeTexte:
    """La carte d’une personne, en ``largeur`` colonnes au plus (78 au plus), et sa description en phrases."""
    referentiel = restitution.referentiel
    repere = repere_pour((i.position for i in referentiel.ingenieries), largeur)
    lignes, muettes = poser_marques(referentiel.axes, repere, _marques(restitution, repere, signes), signes)
    return GrilleDeTexte(
        (*lignes, *plier_etiquette(_legende(restitution, signes, muettes), largeur)), _phrases(restitution)
    )


def marques_des_poles(ingenieries: Iterable[Ingenierie], repere: Repere, signes: Signes) -> list[Marque]:
    """Les pôles, chacun avec le libellé de son ingénierie."""
    return [Marque(*repere.case(i.position), signes.pole, nettoyer(i.libelle)) for i in ingenieries]


def phrases_des_axes(referentiel: Referentiel) -> list[str]:
    """Les axes et les pôles, en phrases."""
    axes = referentiel.axes
    return [
        f"Axe horizontal, {axes.x.libelle} : de {axes.x.debut} à {axes.x.fin}.",
        f"Axe vertical, {axes.y.libelle} : de {axes.y.debut} à {axes.y.fin}.",
        *(f"Pôle {i.libelle} : {coordonnees_en_mots(i.position)}." for i in referentiel.ingenieries),
    ]


def coordonnees_en_mots(point: Position) -> str:
    """« horizontal 0,23, vertical −0,15 »."""
    return f"horizontal {nombre(point.x, 2)}, vertical {nombre(point.y, 2)}"


def _marques(restitution: Restitution, repere: Repere, signes: Signes) -> list[Marque]:
    """Tout ce que la carte porte ; la personne vient en dernier pour n’être cachée par rien."""
    resultat = restitution.resultat
    points = {
        code: situation.position
        for code, situation in resultat.situations_competences.items()
        if situation.position is not None
    }
    marques = [Marque(*case, signes.point, "+".join(codes)) for case, codes in _par_case(points, repere).items()]
    marques += marques_des_poles(restitution.referentiel.ingenieries, repere, signes)
    if resultat.situation.position is not None:
        marques.append(
            Marque(*repere.case(resultat.situation.position), signes.personne, la_personne(restitution.passation))
        )
    return marques


def _par_case(points: Mapping[str, Position], repere: Repere) -> dict[tuple[int, int], list[str]]:
    """Les codes par case du dessin : deux compétences au même endroit partagent une étiquette."""
    cases: dict[tuple[int, int], list[str]] = {}
    for code, point in points.items():
        cases.setdefault(repere.case(point), []).append(code)
    return cases


def _legende(restitution: Restitution, signes: Signes, muettes: list[str]) -> list[str]:
    lignes = [
        f"{signes.personne} {la_personne(restitution.passation)}   {signes.pole} ingénierie   "
        f"{signes.point} compétence, placée par ses propres réponses"
    ]
    for pourquoi, codes in competences_sans_position(restitution.resultat):
        lignes.append(f"Sans position propre, {pourquoi} : {', '.join(codes)}")
    if muettes:
        lignes.append(f"Trop serrés pour être nommés : {', '.join(muettes)}")
    return lignes


def _phrases(restitution: Restitution) -> tuple[str, ...]:
    referentiel, resultat = restitution.referentiel, restitution.resultat
    phrases = phrases_des_axes(referentiel)
    if resultat.situation.position is not None:
        lecture = dominante_en_mots(referentiel, resultat.situation.dominante)
        qui, ou = la_personne(restitution.passation).capitalize(), coordonnees_en_mots(resultat.situation.position)
        phrases.append(f"{qui} : {ou}, {lecture}.")
    for competence in referentiel.competences:
        point = resultat.situations_competences[competence.identifiant].position
        if point is not None:
            phrases.append(f"{nommer_echelle(competence)} : {coordonnees_en_mots(point)}.")
    for pourquoi, codes in competences_sans_position(restitution.resultat):
        phrases.append(f"Sans position propre, {pourquoi} : {', '.join(codes)}.")
    return tuple(phrases)
