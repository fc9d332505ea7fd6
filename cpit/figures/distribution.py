"""La distribution des scores d’un groupe, compétence par compétence : tout le monde, pas seulement la moyenne."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cpit.coeur.cohorte import Cohorte
from cpit.coeur.groupe import TROP_PEU_DE_SCORES, TU, Portrait, Repartition, Statistique, portrait_montrable, repartir
from cpit.coeur.referentiel import Echelle
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
    poser_legende,
    poser_regle,
)
from cpit.figures.dessin import (
    Cercle,
    Dessin,
    Figure,
    Forme,
    Style,
    Texte,
    Trait,
    bloc,
    hauteur_bloc,
    largeur,
    losange,
    plier_texte,
    rectangle,
    segment,
)
from cpit.typographie import accorder

_HAUTEUR = 44.0
"""Hauteur réservée aux points, ou aux bâtons, d’une compétence."""
_PLACE_DES_NOMS = 0.33
"""Part de la largeur laissée aux noms des compétences."""
_RAYON, _RAYON_MIN = 3.4, 1.3
"""Rayon d’un point ; en dessous du second, des bâtons le remplacent."""
_CLASSES = 24
"""Classes de l’étendue : assez pour des tiers et des quarts de niveau, sans lisser."""
_POINT = Trait(fond="serie-1", opacite=0.85)
_BATON = Trait("fond", 0.5, fond="serie-1", opacite=0.75)
_SOCLE = Trait("trait", 1.0)
_MEDIANE = Trait("encre", 2.4)
_MOYENNE = Trait("encre", 1.2, fond="fond")


def distribution_groupe(
    cohorte: Cohorte,
    style: Style = Style(),  # noqa: B008
    *,
    strate: CleDeStrate | None = None,
) -> Figure:
    """Chaque score est un point, empilé avec ses pareils ; des bâtons quand ils sont trop nombreux.

    Sous les points : étendue, moitié centrale (quartiles), médiane et moyenne.

    :raises ValueError: sans strate nommée, si la cohorte en a plusieurs ou aucune.
    :raises KeyError: si la cohorte n’a pas cette strate.
    """
    strate, groupe = choisir_strate(cohorte, strate)
    portrait, referentiel = portrait_montrable(groupe, style.regle), groupe.referentiel
    dessin, corps, echelle = Dessin(style.largeur), corps_de(style), referentiel.echelle
    compte = largeur(effectif(portrait.effectif), corps * 0.9)
    debut = MARGE + dessin.largeur * _PLACE_DES_NOMS + 16
    regle = RegleGraduee(debut, dessin.largeur - MARGE - compte - 18, echelle.min, echelle.max)
    listes = (portrait.scores[c.identifiant] for c in referentiel.competences)
    plus = max((n for liste in listes for n in _classer(liste, echelle).values()), default=1)
    y = MARGE
    for competence in referentiel.competences:
        lignes = plier_texte(nom_de_competence(competence), dessin.largeur * _PLACE_DES_NOMS, corps, lignes=4)
        y += max(_HAUTEUR + 22, hauteur_bloc(len(lignes), corps) + 8)
        socle = y - 18
        dessin.poser("competence", bloc(lignes, MARGE, socle - hauteur_bloc(len(lignes), corps) * 0.75, corps))
        liste = portrait.scores[competence.identifiant]
        dessin.poser("scores", _scores(liste, echelle, regle, socle, plus))
        statistique = portrait.echelles[competence.identifiant]
        dessin.poser("resume", _resume(repartir(liste), statistique.moyenne, regle, socle))
        n = _compte(statistique)
        dessin.poser("effectif", [Texte(dessin.largeur - MARGE, socle, n, corps * 0.9, "encre-douce", ancre="end")])
    bas = poser_regle(dessin, regle, (MARGE, y), graduations(echelle), corps)
    dessin.hauteur = poser_legende(dessin, bas + 8, _legende(plus, portrait), corps) + MARGE
    titre = f"Distribution des scores du groupe ({accorder(portrait.effectif, 'passation')})"
    phrases = poser_alerte(dessin, portrait, corps)
    phrases += [f"{nom_de_competence(c)} : {_phrase(portrait, c.identifiant, style)}." for c in referentiel.competences]
    return assembler(cle_de_strate("distribution-groupe", strate), titre, phrases, dessin, style)


def _classer(valeurs: Sequence[float], echelle: Echelle) -> Counter[int]:
    """Nombre de scores par classe ; les classes sont centrées sur des fractions exactes de l’étendue."""
    etendue = echelle.max - echelle.min
    return Counter(round((valeur - echelle.min) / etendue * _CLASSES) for valeur in valeurs)


def _rayon(plus: int) -> float:
    """Le rayon des points pour que la plus haute pile tienne."""
    return min(_RAYON, _HAUTEUR / (2 * plus))


def _scores(valeurs: Sequence[float], echelle: Echelle, regle: RegleGraduee, socle: float, plus: int) -> list[Forme]:
    """Les piles de points, ou les bâtons, à la même échelle pour toutes les compétences."""
    formes: list[Forme] = [segment((regle.debut, socle), (regle.fin, socle), _SOCLE)]
    pas = (regle.fin - regle.debut) / _CLASSES
    rayon = min(_rayon(plus), pas / 2)
    for classe, n in sorted(_classer(valeurs, echelle).items()):
        x = regle.debut + classe * pas
        if _rayon(plus) >= _RAYON_MIN:
            formes += [Cercle(x, socle - 1 - rayon * (2 * rang + 1), rayon - 0.3, _POINT) for rang in range(n)]
        else:
            haute = _HAUTEUR * n / plus
            formes.append(rectangle((x - pas / 2, socle - haute, x + pas / 2, socle), _BATON))
    return formes


def _resume(repartition: Repartition | None, moyenne: float | None, regle: RegleGraduee, socle: float) -> list[Forme]:
    """L’étendue, la moitié centrale, la médiane et la moyenne, sous le socle ; la moyenne seule si le reste est tu."""
    y, r = socle + 7, repartition
    if r is None:
        return [] if moyenne is None else [losange(regle.x(moyenne), y, 4, _MOYENNE)]
    return [
        segment((regle.x(r.minimum), y), (regle.x(r.maximum), y), ETENDUE),
        segment((regle.x(r.quart_bas), y), (regle.x(r.quart_haut), y), MOITIE),
        segment((regle.x(r.mediane), y - 5), (regle.x(r.mediane), y + 5), _MEDIANE),
        losange(regle.x(r.moyenne), y, 4, _MOYENNE),
    ]


def _legende(plus: int, portrait: Portrait) -> list[Entree]:
    moyenne = Entree(lambda x, y: [losange(x, y, 4.5, _MOYENNE)], "moyenne")
    if portrait.dispersion_tue and not any(portrait.scores.values()):
        return [moyenne]
    points = _rayon(plus) >= _RAYON_MIN
    signe_score = (
        Entree(lambda x, y: [Cercle(x, y, 3.4, _POINT)], "un score")
        if points
        else Entree(
            lambda x, y: [rectangle((x - 5, y - 6, x + 5, y + 6), _BATON)], "des scores, la hauteur dit combien"
        )
    )
    return [
        signe_score,
        ENTREE_ETENDUE,
        ENTREE_MOITIE,
        Entree(lambda x, y: [segment((x, y - 6), (x, y + 6), _MEDIANE)], "médiane"),
        moyenne,
    ]


def _compte(statistique: Statistique) -> str:
    return TU if statistique.n is None else effectif(statistique.n)


def _phrase(portrait: Portrait, code: str, style: Style) -> str:
    if portrait.echelles[code].tue:
        return f"{TU}, {TROP_PEU_DE_SCORES}"
    s = portrait.echelles[code]
    if s.dispersion_tue and s.n is not None and s.moyenne is not None:
        return f"{accorder(s.n, 'score')}, dispersion tue, moyenne {chiffre(s.moyenne, style)}"
    r = repartir(portrait.scores[code])
    if r is None:
        return "aucun score"
    bornes = f"de {chiffre(r.minimum, style)} à {chiffre(r.maximum, style)}"
    moitie = f"la moitié de {chiffre(r.quart_bas, style)} à {chiffre(r.quart_haut, style)}"
    milieu = f"médiane {chiffre(r.mediane, style)}, moyenne {chiffre(r.moyenne, style)}"
    return f"{accorder(r.n, 'score')} {bornes}, {moitie}, {milieu}"
