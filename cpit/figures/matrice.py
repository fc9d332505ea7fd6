"""La matrice compétence × ingénierie : chaque valeur écrite dans sa case, les absentes hachurées."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from cpit.coeur.cohorte import Cohorte
from cpit.coeur.groupe import TROP_PEU_DE_SCORES, TU, Portrait, Statistique, portrait_montrable
from cpit.coeur.mots.restitution import Restitution
from cpit.coeur.referentiel import Referentiel
from cpit.figures.cadre import (
    MARGE,
    CleDeStrate,
    Entree,
    assembler,
    chiffre,
    choisir_strate,
    cle_de_strate,
    corps_de,
    effectif,
    entree_de_teinte,
    nom_de_competence,
    poser_alerte,
    poser_legende,
    teinte,
)
from cpit.figures.dessin import (
    Boite,
    Dessin,
    Figure,
    Forme,
    Style,
    Texte,
    Trait,
    bloc,
    corps_pour,
    hachures,
    hauteur_bloc,
    plier_texte,
    rectangle,
)
from cpit.typographie import accorder, nettoyer

_BORD = Trait("trait", 0.8)
_HACHURE = Trait("grille", 1.2)

_Cases = Mapping[str, Mapping[str, tuple[float | None, int | None, bool]]]
"""Compétence → ingénierie → valeur, nombre de personnes dans un groupe, et si la case est tue."""


def matrice_personne(restitution: Restitution, style: Style = Style()) -> Figure:  # noqa: B008
    """Les cases d’une personne : moyenne de ses réponses, par compétence et par ingénierie."""
    cases = {
        competence: {ingenierie: (score.valeur, None, False) for ingenierie, score in ligne.items()}
        for competence, ligne in restitution.resultat.matrice.items()
    }
    return _dessiner(
        restitution.referentiel,
        cases,
        ("matrice-personne", "Réponses par compétence et par ingénierie"),
        "aucune réponse",
        style,
    )


def matrice_groupe(cohorte: Cohorte, style: Style = Style(), *, strate: CleDeStrate | None = None) -> Figure:  # noqa: B008
    """Les cases d’un groupe : moyenne des personnes qui ont répondu ; leur nombre quand il n’est pas celui du groupe.

    :raises ValueError: sans strate nommée, si la cohorte en a plusieurs ou aucune.
    :raises KeyError: si la cohorte n’a pas cette strate.
    """
    strate, groupe = choisir_strate(cohorte, strate)
    portrait = portrait_montrable(groupe, style.regle)

    def montrer(s: Statistique) -> tuple[float | None, int | None, bool]:
        return s.moyenne, s.n if s.n != portrait.effectif else None, s.tue

    cases = {
        competence: {ingenierie: montrer(s) for ingenierie, s in ligne.items()}
        for competence, ligne in portrait.matrice.items()
    }
    titre = f"Moyennes du groupe par compétence et par ingénierie ({accorder(portrait.effectif, 'passation')})"
    noms = cle_de_strate("matrice-groupe", strate), titre
    return _dessiner(groupe.referentiel, cases, noms, "personne n'a répondu", style, portrait)


def _dessiner(
    referentiel: Referentiel,
    cases: _Cases,
    noms: tuple[str, str],
    absence: str,
    style: Style,
    groupe: Portrait | None = None,
) -> Figure:
    dessin, corps = Dessin(style.largeur), corps_de(style)
    colonnes = len(referentiel.ingenieries)
    part = 0.4 if colonnes <= 3 else 0.3
    gauche = MARGE + dessin.largeur * part
    bords = [gauche + (dessin.largeur - MARGE - gauche) * rang / colonnes for rang in range(colonnes + 1)]
    y = _poser_entetes(dessin, referentiel, bords, corps)
    for competence in referentiel.competences:
        lignes = plier_texte(nom_de_competence(competence), gauche - MARGE - 10, corps, lignes=3)
        haute = max(hauteur_bloc(len(lignes), corps) + 8, corps * 2.4)
        textes = bloc(lignes, MARGE, y + (haute - hauteur_bloc(len(lignes), corps)) / 2, corps)
        dessin.poser("competence", textes)
        for ingenierie, (debut, fin) in zip(referentiel.ingenieries, pairwise(bords), strict=True):
            case = cases[competence.identifiant][ingenierie.identifiant]
            dessin.poser("case", _case(referentiel, (debut, y, fin, y + haute), case, style))
        y += haute
    dessin.hauteur = poser_legende(dessin, y + 10, _legende(referentiel, cases, absence), corps) + MARGE
    phrases = poser_alerte(dessin, groupe, corps) if groupe else []
    return assembler(*noms, phrases + _phrases(referentiel, cases, style), dessin, style)


def _poser_entetes(dessin: Dessin, referentiel: Referentiel, bords: Sequence[float], corps: float) -> float:
    """Le nom de chaque ingénierie, au pied de sa colonne d’en-tête ; rend le haut de la première ligne."""
    places = list(pairwise(bords))
    corps = corps_pour([i.libelle for i in referentiel.ingenieries], bords[1] - bords[0] - 8, corps, gras=True)
    noms = [
        plier_texte(i.libelle, fin - debut - 8, corps, gras=True, lignes=4)
        for i, (debut, fin) in zip(referentiel.ingenieries, places, strict=True)
    ]
    haute = hauteur_bloc(max(map(len, noms)), corps)
    formes: list[Forme] = []
    for lignes, (debut, fin) in zip(noms, places, strict=True):
        haut = MARGE + haute - hauteur_bloc(len(lignes), corps)
        formes += bloc(lignes, (debut + fin) / 2, haut, corps, gras=True, ancre="middle")
    dessin.poser("ingenieries", formes)
    return MARGE + haute + 5


def _case(
    referentiel: Referentiel, boite: Boite, case: tuple[float | None, int | None, bool], style: Style
) -> list[Forme]:
    corps, (valeur, n, tue) = corps_de(style), case
    x, y = (boite[0] + boite[2]) / 2, (boite[1] + boite[3]) / 2
    if valeur is None:
        fond: list[Forme] = [*hachures(boite, _HACHURE), rectangle(boite, _BORD)]
        cache = rectangle((x - 8, y - 8, x + 8, y + 8), Trait(fond="fond"))
        return [*fond, cache, Texte(x, y + corps * 0.35, TU if tue else "–", corps, ancre="middle")]
    formes: list[Forme] = [rectangle(boite, teinte(referentiel.echelle, valeur))]
    texte = chiffre(valeur, style)
    if n is not None:
        formes.append(Texte(x, y + corps * 0.05, texte, corps, ancre="middle", gras=True))
        return [*formes, Texte(x, y + corps * 0.95, f"({effectif(n)})", corps * 0.75, ancre="middle")]
    return [*formes, Texte(x, y + corps * 0.35, texte, corps, ancre="middle", gras=True)]


def _legende(referentiel: Referentiel, cases: _Cases, absence: str) -> list[Entree]:
    def vide(x: float, y: float) -> list[Forme]:
        boite = (x - 11, y - 6, x + 11, y + 6)
        return [*hachures(boite, _HACHURE, 5.0), rectangle(boite, _BORD)]

    entrees = [entree_de_teinte(referentiel.echelle)]
    toutes = [case for ligne in cases.values() for case in ligne.values()]
    if any(valeur is None and not tue for valeur, _, tue in toutes):
        entrees.append(Entree(vide, absence))
    if any(tue for _, _, tue in toutes):
        entrees.append(Entree(vide, f"{TU} : {TROP_PEU_DE_SCORES}"))
    return entrees


def _phrases(referentiel: Referentiel, cases: _Cases, style: Style) -> list[str]:
    phrases = []
    for competence in referentiel.competences:
        morceaux = [
            f"{nettoyer(i.libelle)} {TU if tue else chiffre(valeur, style) if valeur is not None else 'absente'}"
            + (f" ({effectif(n)})" if n is not None else "")
            for i in referentiel.ingenieries
            for valeur, n, tue in [cases[competence.identifiant][i.identifiant]]
        ]
        phrases.append(f"{nom_de_competence(competence)} : {', '.join(morceaux)}.")
    return phrases
