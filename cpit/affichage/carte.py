"""La carte d’une personne : pôles, compétences placées, et elle, avec sa description en phrases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cpit.affichage.blocs import Grille
from cpit.affichage.dessin import UNICODE, Marque, Repere, Signes, plier, poser, repere_pour
from cpit.coeur.interpretation import competences_sans_position, dominante_en_mots, la_personne
from cpit.coeur.modele import Ingenierie, Position, Referentiel
from cpit.coeur.restitution import Restitution
from cpit.typographie import nettoyer, nombre


def dessiner_carte(restitution: Restitution, largeur: int, signes: Signes = UNICODE) -> Grille:
    """La carte d’une personne, en ``largeur`` colonnes au plus (78 au plus), et sa description en phrases."""
    referentiel = restitution.referentiel
    repere = repere_pour((i.position for i in referentiel.ingenieries), largeur)
    lignes, muettes = poser(referentiel.axes, repere, _marques(restitution, repere, signes), signes)
    return Grille((*lignes, *plier(_legende(restitution, signes, muettes), largeur)), _phrases(restitution))


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
            phrases.append(f"{competence.identifiant} {competence.libelle} : {coordonnees_en_mots(point)}.")
    for pourquoi, codes in competences_sans_position(restitution.resultat):
        phrases.append(f"Sans position propre, {pourquoi} : {', '.join(codes)}.")
    return tuple(phrases)
