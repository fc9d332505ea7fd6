"""Le quadrant des situations : fréquence et importance dans le poste, le niveau répondu en teinte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from cpit.coeur.cohorte import Cohorte
from cpit.coeur.groupe import TU, situations_d_un_groupe
from cpit.coeur.mots.restitution import Restitution, ranger_les_places
from cpit.coeur.notation import SituationPlacee, situations_placees
from cpit.coeur.passation import FREQUENCE, IMPORTANCE, DimensionDePlace
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
    poser_en_colonnes,
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
    hauteur_bloc,
    largeur,
    plier_texte,
    rectangle,
)
from cpit.typographie import accorder, nettoyer, typographier

_GRILLE = Trait("grille", 1.0)
_BORD = Trait("trait", 0.8)
_SANS_NIVEAU = Trait("trait", 0.8, (3.0, 2.0))
_POURQUOI = "trop peu de personnes"
_ECART = 4.0
"""Entre deux étiquettes d’une même case."""


def a_de_quoi(sujet: Restitution | Cohorte) -> bool:
    """Vrai si une situation au moins a sa fréquence et son importance, dites dans un groupe par assez de personnes."""
    if isinstance(sujet, Cohorte):
        return any(not une.tue for une in situations_d_un_groupe(sujet))
    return bool(situations_placees(sujet.referentiel, sujet.passation))


def place_personne(restitution: Restitution, style: Style = Style()) -> Figure:  # noqa: B008
    """Les situations d’une personne ; la teinte est le niveau répondu."""
    placees = situations_placees(restitution.referentiel, restitution.passation)
    noms = ("place-personne", "Fréquence et importance des situations dans le poste")
    return _dessiner(restitution.referentiel, placees, noms, style, restitution.passation.regard)


def place_groupe(cohorte: Cohorte, style: Style = Style(), *, strate: CleDeStrate | None = None) -> Figure:  # noqa: B008
    """Les situations d’un groupe, à leur moyenne, au demi-niveau le plus proche ; la description dit la moyenne exacte.

    :raises ValueError: sans strate nommée, si la cohorte en a plusieurs ou aucune.
    :raises KeyError: si la cohorte n’a pas cette strate.
    """
    strate, groupe = choisir_strate(cohorte, strate)
    titre = f"Fréquence et importance des situations, moyennes du groupe ({accorder(len(groupe.notees), 'passation')})"
    noms = (cle_de_strate("place-groupe", strate), titre)
    return _dessiner(groupe.referentiel, situations_d_un_groupe(groupe), noms, style, strate[1], pas=0.5)


def _dessiner(
    referentiel: Referentiel,
    placees: Sequence[SituationPlacee],
    noms: tuple[str, str],
    style: Style,
    regard: str,
    pas: float = 1,
) -> Figure:
    """Dans une page, c’est elle qui écrit les énoncés : dessinés, un téléphone les réduirait avec la figure.

    :param pas: d’une case à la suivante, en niveaux ; une moyenne va dans la case la plus proche.
    """
    enonces = tuple((une.item.code, nettoyer(typographier(une.item.enonce_pour(regard)))) for une in placees)
    dessin, corps = Dessin(style.largeur), corps_de(style)
    montrees = [une for une in placees if not une.tue]
    gauche = MARGE + max(largeur(mots, corps) for mots in IMPORTANCE.niveaux.values()) + 12
    crans = _crans(pas)
    bords = _bords(gauche, dessin.largeur - MARGE, len(crans))
    y = MARGE + hauteur_bloc(1, corps) + 6
    dessin.poser("titre-importance", [Texte(MARGE, MARGE + corps, f"↑ {IMPORTANCE.libelle}", corps, gras=True)])
    for importance in reversed(crans):
        cases = [[u for u in montrees if _cran(u, pas) == (f, importance)] for f in crans]
        haute = max(_hauteur(siennes, bords[1] - bords[0], corps, pas) for siennes in cases)
        if mots := _mots(IMPORTANCE, importance * pas):
            milieu = y + haute / 2 + corps * 0.35
            dessin.poser("importance", [Texte(gauche - 8, milieu, mots, corps, ancre="end")])
        for siennes, (debut, fin) in zip(cases, pairwise(bords), strict=True):
            dessin.poser("case", [rectangle((debut, y, fin, y + haute), _GRILLE)])
            dessin.poser("situations", _etiquettes(referentiel, siennes, (debut, y, fin, y + haute), corps))
        y += haute
    y = _poser_les_frequences(dessin, bords, y, corps, pas)
    y = poser_legende(dessin, y + 8, _legende(referentiel, placees), corps)
    dessin.hauteur = (y if style.dans_une_page else _poser_les_enonces(dessin, y + 6, enonces, corps * 0.92)) + MARGE
    figure = assembler(*noms, _phrases(placees, style), dessin, style)
    return replace(figure, codes=enonces) if style.dans_une_page else figure


def _crans(pas: float) -> range:
    """Les cases d’un axe, de la plus basse à la plus haute."""
    return range(round(max(FREQUENCE.niveaux) / pas) + 1)


def _cran(une: SituationPlacee, pas: float) -> tuple[int, int]:
    return int(une.frequence / pas + 0.5), int(une.importance / pas + 0.5)


def _mots(dimension: DimensionDePlace, valeur: float) -> str:
    """Les mots d’un niveau ; vides entre deux."""
    return dimension.niveaux[int(valeur)] if valeur == int(valeur) else ""


def _bords(debut: float, fin: float, nombre: int) -> list[float]:
    return [debut + (fin - debut) * rang / nombre for rang in range(nombre + 1)]


def _taille(corps: float, code: str) -> tuple[float, float]:
    """Largeur et hauteur d’une étiquette."""
    return largeur(code, corps, gras=True) + 10, corps * 1.7


def _places(siennes: Sequence[SituationPlacee], large: float, corps: float) -> list[Boite]:
    """La boîte de chaque étiquette dans une case, de gauche à droite puis à la ligne ; jamais l’une sur l’autre."""
    boites: list[Boite] = []
    x = y = _ECART * 1.5
    for une in siennes:
        long, haut = _taille(corps, une.item.code)
        if boites and x + long > large - _ECART:
            x, y = _ECART * 1.5, y + haut + _ECART
        boites.append((x, y, x + long, y + haut))
        x += long + _ECART
    return boites


def _hauteur(siennes: Sequence[SituationPlacee], large: float, corps: float, pas: float) -> float:
    bas = max((boite[3] for boite in _places(siennes, large, corps)), default=0.0)
    return max(corps * (3.2 if pas == 1 else 1.7), bas + _ECART * 1.5)


def _etiquettes(referentiel: Referentiel, siennes: Sequence[SituationPlacee], case: Boite, corps: float) -> list[Forme]:
    formes: list[Forme] = []
    for une, (x, y, droite, bas) in zip(siennes, _places(siennes, case[2] - case[0], corps), strict=True):
        boite = (case[0] + x, case[1] + y, case[0] + droite, case[1] + bas)
        formes.append(rectangle(boite, _trait(referentiel, une.niveau)))
        milieu = ((boite[0] + boite[2]) / 2, (boite[1] + boite[3]) / 2 + corps * 0.35)
        formes.append(Texte(*milieu, une.item.code, corps, ancre="middle", gras=True))
    return formes


def _trait(referentiel: Referentiel, niveau: float | None) -> Trait:
    if niveau is None:
        return _SANS_NIVEAU
    return teinte(referentiel.echelle, niveau)


def _poser_les_frequences(dessin: Dessin, bords: Sequence[float], haut: float, corps: float, pas: float) -> float:
    formes: list[Forme] = []
    places = [(_mots(FREQUENCE, cran * pas), bord) for cran, bord in zip(_crans(pas), pairwise(bords), strict=True)]
    paves = [(plier_texte(mots, (bords[1] - bords[0]) / pas - 6, corps), bord) for mots, bord in places if mots]
    for lignes, (debut, fin) in paves:
        large = max(largeur(ligne, corps) for ligne in lignes)
        formes += bloc(lignes, min((debut + fin) / 2, bords[-1] - large / 2), haut + 4, corps, ancre="middle")
    bas = haut + 4 + hauteur_bloc(max(len(lignes) for lignes, _ in paves), corps)
    formes.append(Texte(bords[-1], bas + corps, f"{FREQUENCE.libelle} →", corps, ancre="end", gras=True))
    dessin.poser("frequences", formes)
    return bas + hauteur_bloc(1, corps)


def _legende(referentiel: Referentiel, placees: Sequence[SituationPlacee]) -> list[Entree]:
    def sans(x: float, y: float) -> list[Forme]:
        return [rectangle((x - 11, y - 6, x + 11, y + 6), _SANS_NIVEAU)]

    entrees = [entree_de_teinte(referentiel.echelle, "niveau répondu, ")]
    if any(une.niveau is None and not une.tue for une in placees):
        entrees.append(Entree(sans, "sans objet ou sans réponse"))
    if tues := [une.item.code for une in placees if une.tue]:
        entrees.append(
            Entree(lambda x, y: [Texte(x, y + 4, TU, 11, ancre="middle")], f"{_POURQUOI} : {', '.join(tues)}")
        )
    return entrees


def _poser_les_enonces(dessin: Dessin, haut: float, enonces: Sequence[tuple[str, str]], corps: float) -> float:
    """Ce que veut dire chaque code, en une ou deux colonnes ; rend le bas."""
    large = dessin.largeur - 2 * MARGE
    colonnes = 2 if large > 30 * corps else 1
    paves = [plier_texte(f"{code} {enonce}", large / colonnes - 12, corps, lignes=6) for code, enonce in enonces]
    return poser_en_colonnes(dessin, "enonces", haut, paves, colonnes, corps)


def _phrases(placees: Sequence[SituationPlacee], style: Style) -> list[str]:
    """Chaque case et ses situations, le niveau entre parenthèses ; d’un groupe, les moyennes exactes."""
    groupe = any(une.personnes > 1 for une in placees)
    phrases = [
        f"{case[0].upper()}{case[1:]} : {', '.join(_dire(une, style, groupe=groupe) for une in siennes)}."
        for case, siennes in ranger_les_places(placees)
    ]
    tues = [une.item.code for une in placees if une.tue]
    return [*phrases, *([f"{TU} : {', '.join(tues)}."] if tues else [])]


def _dire(une: SituationPlacee, style: Style, *, groupe: bool) -> str:
    niveau = "sans niveau" if une.niveau is None else f"niveau {chiffre(une.niveau, style, 1 if groupe else 0)}"
    if not groupe:
        return f"{une.item.code} ({niveau})"
    moyennes = f"fréquence {chiffre(une.frequence, style)}, importance {chiffre(une.importance, style)}"
    return f"{une.item.code} ({moyennes}, {niveau}, {effectif(une.personnes)})"
