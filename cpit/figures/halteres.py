"""Les haltères : chaque échelle en deux points reliés, d’une passation à l’autre, de soi aux tiers ; ou les deux
groupes d’items les plus éloignés d’un regroupement.

Une ingénierie a ses bornes à 95 %, là où le second point tomberait avec d’autres situations ; une compétence, son seul
plancher, nommé pour tel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from cpit.coeur.comparaison import (
    Comparaison,
    ComparaisonEchelle,
    Eventail,
    Parcours,
    RegardsDuMoment,
    RegardsSurEchelle,
)
from cpit.coeur.equipe import EquipeLue
from cpit.coeur.evolution import Evolution, Mouvement
from cpit.coeur.groupe import TU
from cpit.coeur.incertitude import Tension
from cpit.coeur.mots.lecture_comparaison import (
    MOTIFS_DE_MOUVEMENT,
    TIERS_TUS,
    etat_en_mots,
    nom_d_echelle,
    nommer_le_mouvement,
    nommer_les_cotes,
    nommer_les_deux_strates,
    titrer_l_evolution,
    titrer_la_comparaison,
    titrer_les_regards,
)
from cpit.coeur.mots.lecture_groupe import titrer_l_equipe
from cpit.coeur.mots.notice import nommer_echelle
from cpit.coeur.mots.restitution import Restitution, lire_les_tensions
from cpit.coeur.passation import dire_le_moment
from cpit.coeur.referentiel import Echelle, Referentiel
from cpit.figures.cadre import (
    MARGE,
    Entree,
    RegleGraduee,
    assembler,
    chiffre,
    cle_de_comparaison,
    cle_de_strate,
    corps_de,
    graduations,
    poser_legende,
    poser_regle,
    sans_signe,
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
    plier_texte,
    rectangle,
    segment,
)
from cpit.typographie import accorder, borne_signee, decimales_qui_distinguent, difference_signee

_PLACE_DES_NOMS = 0.34
"""Part de la largeur laissée aux noms des échelles."""
_HAUTEUR = 27.0
_RAYON = 5.0
_PREMIER = Trait("serie-1", 1.8, fond="fond")
_SECOND = Trait("fond", 1.0, fond="serie-1")
_TIERS = Trait("fond", 1.0, fond="serie-2")
_LIEN = Trait("serie-1", 2.0)
_LIEN_DE_REGARDS = Trait("encre-douce", 1.2)
_BORNES = Trait(fond="serie-1", opacite=0.2)
_PLANCHER = Trait("encre-douce", 1.2, (3, 2))
_EVENTAIL = Trait("serie-2", 2.4)
_PAQUETS = {"Ingénieries": "ingenierie", "Compétences": "competence"}
"""Titre d’un paquet de lignes → nature des échelles qui y sont, dans l’ordre où ils se lisent."""
_ECART = "Écart des deux plus éloignés"
_LES_PLUS_LOIN = "l’écart des deux plus éloignés ; en gras, au-delà de ce que d’autres situations feraient"


@dataclass(frozen=True, slots=True)
class _Haltere:
    """Une ligne : son nom, ses deux points, ce qui s’étend autour, le nombre à droite et la phrase qui la dit."""

    nom: str
    de: float | None
    a: float | None
    etendue: tuple[float, float] | None
    nombre: str
    phrase: str
    bornee: bool = False
    gras: bool = False


_Traceur = Callable[[_Haltere, RegleGraduee, float], Iterator[Forme]]
"""Ce qui trace les points d’une ligne, à une hauteur."""


# --- D’une passation à l’autre.


def evolution_comparaison(comparaison: Comparaison, style: Style = Style()) -> Figure:  # noqa: B008
    """Les ingénieries, puis les compétences, d’un côté à l’autre d’une comparaison."""
    paquets = {
        "Ingénieries": [_comparer(comparaison, une, style) for une in comparaison.ingenieries.values()],
        "Compétences": [_comparer(comparaison, une, style) for une in comparaison.competences.values()],
    }
    dessin = _poser(paquets, comparaison.referentiel.echelle, style, _poser_les_passations)
    lignes = [ligne for paquet in paquets.values() for ligne in paquet]
    dessin.hauteur = poser_legende(dessin, dessin.hauteur, _legende(comparaison, lignes), corps_de(style)) + MARGE
    cle = cle_de_comparaison("evolution", comparaison)
    titre = f"Ce qui diffère : {titrer_la_comparaison(comparaison)}"
    return assembler(cle, titre, [ligne.phrase for ligne in lignes], dessin, style)


def _comparer(comparaison: Comparaison, une: ComparaisonEchelle, style: Style) -> _Haltere:
    nom, etat = nom_d_echelle(une), etat_en_mots(comparaison, une)
    if une.de is None or une.a is None:
        return _Haltere(nom, une.de, une.a, None, "–", f"{nom} : {etat}.")
    difference = _signe(une.difference, style)
    decimales = decimales_qui_distinguent(une.de, une.a, 1)
    de, a = chiffre(une.de, style, decimales), chiffre(une.a, style, decimales)
    d_ou = f"{nom} : de {de} à {a}, {difference}"
    if une.bornes is not None:
        bas, haut = une.bornes
        bornes = f"à 95 %, de {_borne(bas, style)} à {_borne(haut, style)}"
        etendue = (une.de + bas, une.de + haut)
        return _Haltere(
            nom,
            une.de,
            une.a,
            etendue,
            difference,
            f"{d_ou} ; {bornes} : {etat}.",
            bornee=True,
            gras=une.etat == "bouge",
        )
    plancher = une.plancher or 0.0
    fin = f" : {etat}" if une.etat else ""
    phrase = f"{d_ou} ; plancher {chiffre(plancher, style, 2)}{fin}."
    return _Haltere(
        nom, une.de, une.a, (une.a - plancher, une.a + plancher), difference, phrase, gras=une.etat == "bouge"
    )


def _signe(valeur: float | None, style: Style) -> str:
    return difference_signee(valeur).replace(",", style.decimale)


def _borne(valeur: float, style: Style) -> str:
    return borne_signee(valeur).replace(",", style.decimale)


def _poser_les_passations(ligne: _Haltere, regle: RegleGraduee, y: float) -> Iterator[Forme]:
    if ligne.de is None or ligne.a is None:
        return
    de, a = regle.x(ligne.de), regle.x(ligne.a)
    if ligne.etendue is not None:
        yield from _etendue(ligne, regle, y)
    yield segment((de, y), (a, y), _LIEN)
    yield Cercle(de, y, _RAYON + (2.0 if de == a else 0.0), _PREMIER)
    yield Cercle(a, y, _RAYON, _SECOND)


def _etendue(ligne: _Haltere, regle: RegleGraduee, y: float) -> Iterator[Forme]:
    """Les bornes, en aplat ; le plancher, en tirets entre deux butées."""
    assert ligne.etendue is not None
    bas, haut = (regle.x(min(max(v, regle.minimum), regle.maximum)) for v in ligne.etendue)
    if ligne.bornee:
        yield rectangle((bas, y - 8, haut, y + 8), _BORNES)
        return
    yield segment((bas, y + 9), (haut, y + 9), _PLANCHER)
    for x in (bas, haut):
        yield segment((x, y + 6.5), (x, y + 11.5), Trait("encre-douce", 1.2))


def _legende(comparaison: Comparaison, lignes: Iterable[_Haltere]) -> list[Entree]:
    de, a = nommer_les_cotes(comparaison)
    etendues = [ligne for ligne in lignes if ligne.etendue is not None]
    entrees = [
        Entree(lambda x, y: [Cercle(x, y, _RAYON, _PREMIER)], de),
        Entree(lambda x, y: [Cercle(x, y, _RAYON, _SECOND)], a),
    ]
    if any(ligne.bornee for ligne in etendues):
        mots = "là où le second point tomberait, à 95 %, avec d'autres situations"
        entrees.append(Entree(lambda x, y: [rectangle((x - 11, y - 6, x + 11, y + 6), _BORNES)], mots))
    if not all(ligne.bornee for ligne in etendues):
        mots = "plancher : ce que le seul arrondi met dans la différence (± une erreur type)"
        entrees.append(Entree(lambda x, y: [segment((x - 11, y), (x + 11, y), _PLANCHER)], mots))
    gras = " ; en gras, elle sort de son incertitude" if any(ligne.gras for ligne in lignes) else ""
    return [*entrees, sans_signe(f"à droite, la différence{gras}")]


# --- Les moyennes d’un groupe, d’une strate à l’autre.


def evolution_du_groupe(evolution: Evolution, style: Style = Style()) -> Figure:  # noqa: B008
    """Les moyennes des personnes présentes des deux côtés, et l’intervalle de leur différence.

    Ce que la règle des petits groupes tait n’a pas de point, et sa phrase dit pourquoi.
    """
    paquets = {
        titre: [_decrire(un, style) for un in evolution.mouvements.values() if un.nature == nature]
        for titre, nature in _PAQUETS.items()
    }
    tracer = _poser_des_moyennes_de_regards if evolution.entre_regards else _poser_les_passations
    dessin = _poser(paquets, evolution.referentiel.echelle, style, tracer)
    lignes = [ligne for paquet in paquets.values() for ligne in paquet]
    entrees = _legende_du_groupe(evolution, lignes)
    dessin.hauteur = poser_legende(dessin, dessin.hauteur, entrees, corps_de(style)) + MARGE
    cle = cle_de_strate(cle_de_strate("evolution-groupe", evolution.de), evolution.a)
    titre = f"Moyennes du groupe : {titrer_l_evolution(evolution)}"
    return assembler(cle, titre, [ligne.phrase for ligne in lignes], dessin, style)


def _decrire(un: Mouvement, style: Style) -> _Haltere:
    nom, series = nommer_le_mouvement(un), un.series
    if series is None:
        pourquoi = MOTIFS_DE_MOUVEMENT[un.motif] if un.motif else ""
        return _Haltere(nom, None, None, None, TU if un.motif != "sans-paire" else "–", f"{nom} : {pourquoi}.")
    difference, bornes = _signe(series.difference.valeur, style), series.difference.bornes
    moyennes = f"de {_moyenne(series.de, style)} à {_moyenne(series.a, style)}, {difference} (n = {series.n})"
    if bornes is None:
        return _Haltere(nom, series.de, series.a, None, difference, f"{nom} : {moyennes}.")
    phrase = f"{nom} : {moyennes} ; à 95 %, de {_borne(bornes[0], style)} à {_borne(bornes[1], style)}."
    etendue = None if series.de is None else (series.de + bornes[0], series.de + bornes[1])
    gras = not bornes[0] <= 0 <= bornes[1]
    return _Haltere(nom, series.de, series.a, etendue, difference, phrase, bornee=True, gras=gras)


def _moyenne(valeur: float | None, style: Style) -> str:
    return TU if valeur is None else chiffre(valeur, style, 2)


def _poser_des_moyennes_de_regards(ligne: _Haltere, regle: RegleGraduee, y: float) -> Iterator[Forme]:
    if ligne.de is None or ligne.a is None:
        return
    if ligne.etendue is not None:
        yield from _etendue(ligne, regle, y)
    yield segment((regle.x(ligne.de), y), (regle.x(ligne.a), y), _LIEN_DE_REGARDS)
    yield _carre(regle.x(ligne.a), y)
    yield Cercle(regle.x(ligne.de), y, _RAYON, _SECOND)


def _legende_du_groupe(evolution: Evolution, lignes: Sequence[_Haltere]) -> list[Entree]:
    de, a = nommer_les_deux_strates(evolution)
    if evolution.entre_regards:
        cotes = [
            Entree(lambda x, y: [Cercle(x, y, _RAYON, _SECOND)], de),
            Entree(lambda x, y: [_carre(x, y)], a),
        ]
    else:
        cotes = [
            Entree(lambda x, y: [Cercle(x, y, _RAYON, _PREMIER)], de),
            Entree(lambda x, y: [Cercle(x, y, _RAYON, _SECOND)], a),
        ]
    qui = accorder(evolution.appariees, "personne présente des deux côtés", "personnes présentes des deux côtés")
    if all(ligne.etendue is None for ligne in lignes):
        return [*cotes, sans_signe("à droite, la différence"), sans_signe(qui)]
    mots = "intervalle à 95 % de la différence moyenne"
    aplat = Entree(lambda x, y: [rectangle((x - 11, y - 6, x + 11, y + 6), _BORNES)], mots)
    droite = "à droite, la différence ; en gras, zéro hors de son intervalle"
    return [*cotes, aplat, sans_signe(droite), sans_signe(qui)]


# --- De soi aux tiers.


def regards_parcours(parcours: Parcours, style: Style = Style()) -> Figure:  # noqa: B008
    """Soi et les tiers, au dernier moment où des tiers ont répondu.

    :raises ValueError: si aucun tiers n’a répondu.
    """
    if not parcours.regards:
        raise ValueError("aucun tiers")
    return regards_du_moment(parcours, parcours.regards[-1], style)


def a_des_regards(sujet: Parcours | Evolution) -> bool:
    """Vrai si un tiers au moins a répondu à un moment, ou si un groupe est comparé d’un regard à l’autre."""
    return sujet.entre_regards if isinstance(sujet, Evolution) else bool(sujet.regards)


def regards_du_moment(parcours: Parcours, regards: RegardsDuMoment, style: Style) -> Figure:
    """Soi et les tiers à un moment : la moyenne des tiers, du plus bas au plus haut d’entre eux."""
    paquets = {
        titre: [_faire_face(une, style) for une in regards.echelles.values() if une.echelle.nature == nature]
        for titre, nature in _PAQUETS.items()
    }
    dessin = _poser(paquets, parcours.referentiel.echelle, style, _poser_les_regards)
    plusieurs = regards.tiers > 1
    entrees = [
        Entree(lambda x, y: [Cercle(x, y, _RAYON, _SECOND)], "soi"),
        Entree(lambda x, y: [_carre(x, y)], "moyenne des tiers" if plusieurs else "un tiers"),
    ]
    if plusieurs:
        mots = "du tiers qui situe le plus bas à celui qui situe le plus haut"
        entrees.append(Entree(lambda x, y: [segment((x - 11, y), (x + 11, y), _EVENTAIL)], mots))
    entrees.append(sans_signe("à droite, les tiers moins soi"))
    if any(une.tiers.tu for une in regards.echelles.values()):
        entrees.append(sans_signe(TIERS_TUS))
    dessin.hauteur = poser_legende(dessin, dessin.hauteur, entrees, corps_de(style)) + MARGE
    phrases = [ligne.phrase for paquet in paquets.values() for ligne in paquet]
    titre = f"{titrer_les_regards(regards, parcours.referentiel)} ({accorder(regards.tiers, 'tiers', 'tiers')})"
    return assembler(cle_de_strate("regards", (regards.moment, "tiers")), titre, phrases, dessin, style)


def _faire_face(une: RegardsSurEchelle, style: Style) -> _Haltere:
    echelle, tiers = une.echelle, une.tiers
    nom = nommer_echelle(echelle) if echelle.nature == "competence" else echelle.libelle
    soi = "pas de score" if une.soi is None else chiffre(une.soi, style)
    if tiers.tu:
        return _Haltere(nom, une.soi, None, None, TU, f"{nom} : soi, {soi} ; tiers, {TU}.")
    ecart = None if une.soi is None or tiers.moyenne is None else tiers.moyenne - une.soi
    phrase = f"{nom} : soi, {soi} ; tiers, {_dire_l_eventail(tiers, style)}."
    etendue = None if tiers.minimum is None or tiers.maximum is None else (tiers.minimum, tiers.maximum)
    return _Haltere(nom, une.soi, tiers.moyenne, etendue, _signe(ecart, style), phrase)


def _dire_l_eventail(tiers: Eventail, style: Style) -> str:
    if tiers.moyenne is None:
        return "pas de score"
    moyenne = chiffre(tiers.moyenne, style)
    if (tiers.n or 0) < 2:
        return moyenne
    return f"moyenne {moyenne}, de {chiffre(tiers.minimum, style)} à {chiffre(tiers.maximum, style)} (n = {tiers.n})"


def _poser_les_regards(ligne: _Haltere, regle: RegleGraduee, y: float) -> Iterator[Forme]:
    soi, tiers = (None if v is None else regle.x(v) for v in (ligne.de, ligne.a))
    if soi is not None and tiers is not None:
        yield segment((soi, y), (tiers, y), _LIEN_DE_REGARDS)
    if ligne.etendue is not None and ligne.etendue[0] != ligne.etendue[1]:
        bas, haut = map(regle.x, ligne.etendue)
        yield segment((bas, y + 7), (haut, y + 7), _EVENTAIL)
    if tiers is not None:
        yield _carre(tiers, y)
    if soi is not None:
        yield Cercle(soi, y, _RAYON - (1.5 if soi == tiers else 0.0), _SECOND)


def _carre(x: float, y: float) -> Forme:
    return rectangle((x - _RAYON, y - _RAYON, x + _RAYON, y + _RAYON), _TIERS)


# --- Les groupes d’items d’un regroupement, de ses deux plus éloignés.


def tension_personne(restitution: Restitution, style: Style = Style()) -> Figure:  # noqa: B008
    """Les groupes d’items de chaque regroupement, et l’écart des deux plus éloignés, d’une personne."""
    passation = restitution.passation
    titre = f"La tension : {dire_le_moment(passation.moment, restitution.referentiel)}"
    phrases = lire_les_tensions(restitution.referentiel, restitution.tensions)
    cle = cle_de_strate("tension", (passation.moment, passation.regard))
    return _dessiner_les_tensions(restitution.referentiel, restitution.tensions, (cle, titre), phrases, style)


def tension_d_equipe(equipe: EquipeLue, style: Style = Style()) -> Figure:  # noqa: B008
    """Les mêmes d’une équipe, en moyenne des personnes qui ont un score dans chaque groupe d’items comparé."""
    referentiel = equipe.strate.referentiel
    titre = f"La tension, {titrer_l_equipe(equipe)}"
    phrases = lire_les_tensions(referentiel, equipe.tensions)
    cle = cle_de_strate("tension-equipe", (equipe.moment, equipe.regard))
    return _dessiner_les_tensions(referentiel, equipe.tensions, (cle, titre), phrases, style)


def a_des_tensions(sujet: Restitution | EquipeLue) -> bool:
    """Vrai si un regroupement a un écart à montrer."""
    return any(tension.etendue is not None for tension in sujet.tensions)


def _dessiner_les_tensions(
    referentiel: Referentiel,
    tensions: Iterable[Tension],
    intitule: tuple[str, str],
    phrases: Sequence[str],
    style: Style,
) -> Figure:
    paquets = {
        tension.regroupement.libelle: [*_lignes_d_une_tension(referentiel, tension, style)] for tension in tensions
    }
    dessin = _poser(paquets, referentiel.echelle, style, _poser_les_regards)
    entrees = [
        Entree(lambda x, y: [Cercle(x, y, _RAYON, _SECOND)], "le score d’un groupe d’items"),
        Entree(lambda x, y: [segment((x - 11, y), (x + 6, y), _LIEN_DE_REGARDS), _carre(x + 6, y)], _LES_PLUS_LOIN),
        sans_signe("à droite, le score ; pour les deux plus éloignés, leur écart"),
    ]
    dessin.hauteur = poser_legende(dessin, dessin.hauteur, entrees, corps_de(style)) + MARGE
    return assembler(*intitule, phrases, dessin, style)


def _lignes_d_une_tension(referentiel: Referentiel, tension: Tension, style: Style) -> Iterator[_Haltere]:
    """Un point par groupe d’items, puis l’écart des deux plus éloignés."""
    for code, score in tension.scores.items():
        nombre = "–" if score is None else chiffre(score, style, 2)
        yield _Haltere(referentiel.echelles[code].libelle, score, None, None, nombre, "")
    if tension.etendue is not None and tension.bas is not None and tension.haut is not None:
        bas, haut = tension.scores[tension.bas], tension.scores[tension.haut]
        s_ecartent = tension.etat == "s-ecartent"
        yield _Haltere(_ECART, bas, haut, None, chiffre(tension.etendue, style, 2), "", gras=s_ecartent)


# --- Des lignes d’haltères, à la même échelle.


def _poser(paquets: dict[str, list[_Haltere]], echelle: Echelle, style: Style, tracer: _Traceur) -> Dessin:
    """Le dessin jusqu’à sa légende : un titre par paquet, une ligne par échelle, la règle au pied."""
    dessin, corps = Dessin(style.largeur), corps_de(style)
    noms = dessin.largeur * _PLACE_DES_NOMS
    nombres = [ligne.nombre for paquet in paquets.values() for ligne in paquet]
    a_droite = max((largeur(nombre, corps, gras=True) for nombre in nombres), default=0.0)
    fin = dessin.largeur - MARGE - a_droite - 14
    regle = RegleGraduee(MARGE + noms + 16, fin, echelle.min, echelle.max)
    y = MARGE
    for titre, lignes in paquets.items():
        dessin.poser("paquet", bloc([titre], MARGE, y, corps, gras=True))
        y += hauteur_bloc(1, corps) + 4
        for ligne in lignes:
            y = _poser_une_ligne(dessin, ligne, regle, y, tracer, corps)
        y += 6
    bas = poser_regle(dessin, regle, (MARGE, y), graduations(echelle), corps)
    dessin.hauteur = bas + 8
    return dessin


def _poser_une_ligne(
    dessin: Dessin, ligne: _Haltere, regle: RegleGraduee, haut: float, tracer: _Traceur, corps: float
) -> float:
    """Trace une ligne sous ``haut`` et rend le bas qu’elle prend."""
    noms = plier_texte(ligne.nom, regle.debut - MARGE - 14, corps, lignes=3)
    haute = max(_HAUTEUR, hauteur_bloc(len(noms), corps) + 8)
    milieu = haut + haute / 2
    dessin.poser("echelle", bloc(noms, MARGE, milieu - hauteur_bloc(len(noms), corps) / 2, corps))
    dessin.poser("haltere", list(tracer(ligne, regle, milieu)))
    droite = dessin.largeur - MARGE
    nombre = Texte(droite, milieu + corps * 0.35, ligne.nombre, corps, gras=ligne.gras, ancre="end")
    dessin.poser("difference", [nombre])
    return haut + haute
