"""La carte des deux axes en caractères : pôles, compétences et personne, sans qu’une étiquette en cache une autre."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cpit.affichage.blocs import Grille
from cpit.coeur.interpretation import dominante_en_mots
from cpit.coeur.modele import Axe, Position
from cpit.coeur.restitution import Restitution
from cpit.typographie import nettoyer, nombre, typographier

HAUTEUR = 19
MARGE = 0.12
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


UNICODE = Signes("─", "│", ("┌", "┐", "└", "┘"), "┼", "▲", "◆", "·")
ASCII = Signes("-", "|", ("+", "+", "+", "+"), "+", "^", "@", ".")


@dataclass(frozen=True, slots=True)
class _Repere:
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


def dessiner_carte(restitution: Restitution, largeur: int, signes: Signes = UNICODE) -> Grille:
    """La carte d’une personne, en ``largeur`` colonnes au plus (78 au plus), et sa description en phrases."""
    poles = [i.position for i in restitution.referentiel.ingenieries]
    repere = _repere(poles, min(largeur, 78) - 4)
    grille = [[" "] * repere.largeur for _ in range(repere.hauteur)]
    _tracer_axes(grille, repere, signes)
    marques = _marques(restitution, repere, signes)
    for marque in marques:
        grille[marque.ligne][marque.colonne] = marque.signe
    muettes = [m.etiquette for m in marques if not _etiqueter(grille, m)]
    axes = restitution.referentiel.axes
    lignes = _encadrer(grille, axes.x, axes.y, signes)
    return Grille((*lignes, *_legende(restitution, signes, muettes)), _phrases(restitution))


@dataclass(frozen=True, slots=True)
class _Marque:
    """Un signe à poser et le nom à écrire à côté."""

    ligne: int
    colonne: int
    signe: str
    etiquette: str


def _marques(restitution: Restitution, repere: _Repere, signes: Signes) -> list[_Marque]:
    """Tout ce que la carte porte ; la personne vient en dernier pour n’être cachée par rien."""
    referentiel, resultat = restitution.referentiel, restitution.resultat
    points = {
        code: situation.position
        for code, situation in resultat.situations_competences.items()
        if situation.position is not None
    }
    marques = [_Marque(*case, signes.point, "+".join(codes)) for case, codes in _par_case(points, repere).items()]
    for ingenierie in referentiel.ingenieries:
        marques.append(_Marque(*repere.case(ingenierie.position), signes.pole, nettoyer(ingenierie.libelle)))
    if resultat.situation.position is not None:
        marques.append(_Marque(*repere.case(resultat.situation.position), signes.personne, _personne(restitution)))
    return marques


def _personne(restitution: Restitution) -> str:
    return "vous" if restitution.passation.regard == "soi" else "la personne"


def _repere(poles: Iterable[Position], largeur: int) -> _Repere:
    xs, ys = zip(*((p.x, p.y) for p in poles), strict=True)
    (x0, x1), (y0, y1) = _etendue(xs), _etendue(ys)
    return _Repere(x0, x1, y0, y1, largeur, HAUTEUR)


def _etendue(valeurs: tuple[float, ...]) -> tuple[float, float]:
    bas, haut = min(valeurs), max(valeurs)
    marge = (haut - bas) * MARGE or 1.0
    return bas - marge, haut + marge


def _tracer_axes(grille: list[list[str]], repere: _Repere, signes: Signes) -> None:
    """Trace les axes du zéro, s’il est dans le cadre."""
    ligne, colonne = repere.case(Position(0, 0))
    if repere.y0 < 0 < repere.y1:
        grille[ligne] = [signes.horizontal] * repere.largeur
    if repere.x0 < 0 < repere.x1:
        for rangee in grille:
            rangee[colonne] = signes.vertical
        if repere.y0 < 0 < repere.y1:
            grille[ligne][colonne] = signes.croix


def _par_case(points: Mapping[str, Position], repere: _Repere) -> dict[tuple[int, int], list[str]]:
    """Les codes par case du dessin : deux compétences au même endroit partagent une étiquette."""
    cases: dict[tuple[int, int], list[str]] = {}
    for code, point in points.items():
        cases.setdefault(repere.case(point), []).append(code)
    return cases


def _etiqueter(grille: list[list[str]], marque: _Marque) -> bool:
    """Écrit l’étiquette à la première place libre autour du signe ; faux s’il n’y en a pas."""
    n = len(marque.etiquette)
    droite, gauche, milieu = marque.colonne + 2, marque.colonne - n - 1, marque.colonne - n // 2
    for y, x in (
        (marque.ligne, droite),
        (marque.ligne, gauche),
        *((marque.ligne + pas, place) for pas in (1, -1, 2, -2) for place in (milieu, droite - 1, gauche + 1)),
    ):
        dedans = 0 <= y < len(grille) and x >= 0 and x + n <= len(grille[0])
        if dedans and not any(map(_occupe, grille[y][max(x - 1, 0) : x + n + 1])):
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


def _legende(restitution: Restitution, signes: Signes, muettes: list[str]) -> list[str]:
    lignes = [
        f" {signes.personne} {_personne(restitution)}   {signes.pole} ingénierie   "
        f"{signes.point} compétence, placée par ses propres réponses"
    ]
    sans = _sans_position(restitution)
    if sans:
        lignes.append(f" Sans position propre : {', '.join(sans)}")
    if muettes:
        lignes.append(f" Trop serrés pour être nommés : {', '.join(muettes)}")
    return [typographier(ligne) for ligne in lignes]


def _sans_position(restitution: Restitution) -> list[str]:
    situations = restitution.resultat.situations_competences
    return [code for code, situation in situations.items() if situation.position is None]


def _phrases(restitution: Restitution) -> tuple[str, ...]:
    referentiel, resultat = restitution.referentiel, restitution.resultat
    axes = referentiel.axes
    phrases = [
        f"Carte. Axe horizontal, {axes.x.libelle} : de {axes.x.debut} à {axes.x.fin}.",
        f"Axe vertical, {axes.y.libelle} : de {axes.y.debut} à {axes.y.fin}.",
    ]
    phrases += [f"Pôle {i.libelle} : {_coordonnees(i.position)}." for i in referentiel.ingenieries]
    if resultat.situation.position is not None:
        lecture = dominante_en_mots(referentiel, resultat.situation.dominante)
        phrases.append(
            f"{_personne(restitution).capitalize()} : {_coordonnees(resultat.situation.position)}, {lecture}."
        )
    for competence in referentiel.competences:
        point = resultat.situations_competences[competence.identifiant].position
        if point is not None:
            phrases.append(f"{competence.identifiant} {competence.libelle} : {_coordonnees(point)}.")
    sans = _sans_position(restitution)
    if sans:
        phrases.append(f"Sans position propre, faute de réponses dans chaque ingénierie : {', '.join(sans)}.")
    return tuple(phrases)


def _coordonnees(point: Position) -> str:
    return f"horizontal {nombre(point.x, 2)}, vertical {nombre(point.y, 2)}"
