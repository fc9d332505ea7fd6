"""La carte : pôles, zone d’équilibre, et qui s’y tient, avec ce que cette place a d’incertain.

D’une équipe : ses personnes, l’enveloppe qui les tient, son centre.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import cos, fsum, hypot, pi, sin, sqrt
from typing import Any

from cpit.coeur.cohorte import Cohorte
from cpit.coeur.comparaison import Comparaison, ComparaisonPosition
from cpit.coeur.dispersion import Dispersion, disperser
from cpit.coeur.equipe import EquipeLue
from cpit.coeur.evolution import Evolution
from cpit.coeur.groupe import Portrait, portrait_montrable
from cpit.coeur.incertitude import Ellipse
from cpit.coeur.mots.lecture_comparaison import (
    MOTIFS_DE_MOUVEMENT,
    dire_les_etats,
    lire_la_comparaison,
    nommer_les_cotes,
    nommer_les_deux_strates,
    titrer_l_evolution,
)
from cpit.coeur.mots.lecture_groupe import dire_la_place, phrase_des_positions, titrer_l_equipe
from cpit.coeur.mots.restitution import (
    Restitution,
    competences_sans_position,
    dire_la_region,
    dominante_en_mots,
    la_personne,
    motif_position,
)
from cpit.coeur.referentiel import Axe, Position, Referentiel
from cpit.figures.cadre import (
    COUTS_DES_ETIQUETTES,
    GRAIN,
    MARGE,
    PAS_DE_GRAIN,
    VUE_AGRANDIE,
    Cadre,
    CleDeStrate,
    Entree,
    EtiquetteDeCarte,
    assembler,
    cadrer,
    cadrer_au_plus_pres,
    cadrer_chaque_vue,
    chiffre,
    choisir_strate,
    cle_de_comparaison,
    cle_de_strate,
    corps_de,
    effectif,
    entrees_du_fond,
    etiquettes_des_poles,
    poser_alerte,
    poser_cles,
    poser_etiquettes,
    poser_legende,
    poser_poles,
    sans_signe,
)
from cpit.figures.dessin import (
    INTERLIGNE,
    PREMIERE_BASE,
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
    largeur,
    losange,
    segment,
)
from cpit.typographie import grouper, nettoyer

_PERSONNE = Trait("fond", 1.5, fond="serie-1")
_TITRE_PERSONNE = "Carte : la position entre les ingénieries"
_QUELQU_UN = Trait("fond", 0.5, fond="serie-1", opacite=0.6)
_COMPETENCE = Trait("encre-douce", 1.4, fond="fond")
_ENTREE_COMPETENCE = Entree(
    lambda x, y: [Cercle(x, y, 4.5, _COMPETENCE)], "compétence, placée par ses propres réponses"
)
_REGION = Trait("serie-1", 1.5, fond="serie-1", opacite=0.13)
_CENTRE = Trait("fond", 1.5, fond="serie-2")
_REGION_CENTRE = Trait("serie-2", 1.8, fond="serie-2", opacite=0.22)
_DISPERSION = Trait("encre-douce", 1.4, (9, 4, 2, 4))
_COTES = (Trait("serie-1", 1.8, fond="fond"), _PERSONNE)
"""La première position, en creux ; la seconde, pleine."""
_RAYON_D_UN_COTE = 6.5
_TRAJET = Trait("serie-1", 2.0)
_POINTE = Trait(fond="serie-1")
_TRAJETS_MAX = 60
"""Personnes au-delà desquelles leurs flèches ne se distinguent plus : on les réunit par cases."""
_PAS_DE_TRAJET = 42.0
"""Côté de ces cases, en pixels."""
_CENTRES = (Trait("serie-2", 1.8, fond="fond"), _CENTRE)


@dataclass(frozen=True, slots=True)
class _Fleche:
    """Comment tracer une flèche, en pixels.

    ``recul`` : du bout à la position ; ``moindre`` : distance de deux positions sous laquelle rien ne se trace.
    """

    hampe: Trait
    tete: Trait
    pointe: tuple[float, float]
    recul: float
    moindre: float


_ENTRE_LOSANGES = _Fleche(_TRAJET, _POINTE, (7, 4), _RAYON_D_UN_COTE, 20.0)
"""Leurs signes lui laissent la place."""
_UN_TRAJET = _Fleche(Trait("trait", 1.0), Trait(fond="encre-douce"), (5, 2.6), 0.0, 1.5)
_POINTS_DU_BORD = 72
"""Points du bord d’une ellipse : ceux que l’on trace, et qu’un cadre doit tenir."""
_FOULE = 500
"""Au-delà de ce nombre de personnes, on groupe celles qui se touchent."""
_PAS_DE_FOULE = 9.0
"""Côté des cases où l’on compte une foule, en pixels."""
_RAYON, _RAYON_MAX = 3.4, 13.0
_CODES_PAR_LIGNE = 4
_CODES_MAX = 60
"""Au-delà, les codes se recouvriraient."""


def carte_personne(restitution: Restitution, style: Style = Style()) -> Figure:  # noqa: B008
    """La carte d’une personne : elle, sa région à 95 %, ses compétences placées par leurs propres réponses.

    Si tout cela est près du centre des pôles, c’en est une vue agrandie, comme celle d’un groupe.
    """
    referentiel, resultat = restitution.referentiel, restitution.resultat
    incertitude = restitution.incertitude
    dessin, corps = Dessin(style.largeur), corps_de(style)
    cadre, vue = cadrer_au_plus_pres(referentiel, dessin, places_d_une_personne(restitution), style)
    if incertitude.region:
        _poser_region(dessin, cadre, incertitude.region, "region", _REGION)
    poser_poles(dessin, cadre, referentiel)
    groupes = _competences_par_point(restitution, cadre)
    dessin.poser("competences", [Cercle(*cadre.point(p), 4.5, _COMPETENCE) for p in groupes])
    etiquettes = etiquettes_des_poles(referentiel, cadre, style)
    place = resultat.situation.position
    if place is not None:
        dessin.poser("personne", [losange(*cadre.point(place), 9, _PERSONNE)])
        etiquettes.append(EtiquetteDeCarte(place, 9, (la_personne(restitution.passation),), gras=True))
    etiquettes += [
        EtiquetteDeCarte(p, 4.5, tuple(_grouper_codes(codes)), role="encre-douce") for p, codes in groupes.items()
    ]
    poser_etiquettes(dessin, cadre, etiquettes, corps, [*_bord(cadre, incertitude.region), *cadre.pris])
    bas = poser_legende(dessin, dessin.hauteur, _legende_personne(restitution, cadre), corps)
    dessin.hauteur = poser_cles(dessin, bas + 4, referentiel.competences, corps * 0.92) + MARGE
    phrases = [*vue, *_phrases_personne(restitution, cadre, style)]
    return assembler("carte-personne", _TITRE_PERSONNE, phrases, dessin, style)


def places_d_une_personne(restitution: Restitution) -> list[Position]:
    """Tout ce qui se tient sur la carte d’une personne : elle, le bord de sa région, ses compétences."""
    resultat, region = restitution.resultat, restitution.incertitude.region
    situations = (resultat.situation, *resultat.situations_competences.values())
    places = [situation.position for situation in situations if situation.position is not None]
    return [*places, *(region.contour(_POINTS_DU_BORD) if region else ())]


@dataclass(frozen=True, slots=True)
class CarteACompleter:
    """Des cartes sans personne, et ce qu’il faut, en JSON, pour y placer quelqu’un et toutes ses étiquettes.

    ``figures`` : la carte entière, puis des vues agrandies. ``reperes`` : les noms à écrire et ce que coûte une place ;
    « fonds », pour chaque figure, où sont ses pôles et ce qui y est pris ; « vues », de la plus agrandie à la carte
    entière : jusqu’à quel éloignement du centre elle est choisie (rien : toujours), le rang de sa figure, son échelle
    en pixels par unité d’axe, le point de l’origine, et ce qui s’écrit au-dessus d’elle.
    """

    figures: tuple[Figure, ...]
    reperes: Mapping[str, Any]


def carte_a_completer(referentiel: Referentiel, style: Style = Style()) -> CarteACompleter:  # noqa: B008
    """La carte d’une personne qui n’a pas encore répondu, et de quoi l’y placer quand elle l’aura fait.

    Ses signes (calques « region », « competences », « personne ») attendent à l’origine du dessin. Ses étiquettes, qui
    s’évitent et évitent ces signes, ne se placent qu’avec eux. Des vues qui ne diffèrent que par l’échelle partagent
    une figure, celle de la moins agrandie : le fond y grandit autour du centre.
    """
    entier = Dessin(style.largeur)
    chacune = [
        *cadrer_chaque_vue(referentiel, style),
        (None, entier, cadrer(referentiel, entier, corps_de(style)), list[str]()),
    ]
    fonds, figures, vues = list[dict[str, Any]](), list[Figure](), list[dict[str, Any]]()
    for jusqua, dessin, cadre, phrases in reversed(chacune):
        fond = _reperes_du_fond(referentiel, cadre, style)
        hautes = [forme for calque in dessin.calques if calque.nom == VUE_AGRANDIE for forme in calque.formes]
        lignes = [forme.contenu for forme in hautes if isinstance(forme, Texte)]
        fond["haut"] = len(lignes)
        if fond not in fonds:
            fonds.append(fond)
            figures.append(_figure_a_completer(referentiel, dessin, cadre, style, phrases))
        ou = {"echelle": cadre.echelle, "origine": cadre.point(Position(0, 0))}
        vues.append({"jusqua": jusqua, "fond": fonds.index(fond), **ou, "lignes": lignes})
    reperes = {**_reperes_des_etiquettes(referentiel, style), "fonds": fonds, "vues": vues[::-1]}
    return CarteACompleter(tuple(figures), reperes)


def _figure_a_completer(referentiel: Referentiel, dessin: Dessin, cadre: Cadre, style: Style, vue: list[str]) -> Figure:
    """Ce qu’une carte a de commun à toutes les personnes, sur un fond déjà posé."""
    corps = corps_de(style)
    dessin.poser("region", [Trace(((0.0, 0.0), (0.0, 0.0)), _REGION, ferme=True)], cadre.boite)
    poser_poles(dessin, cadre, referentiel)
    dessin.poser("competences", [Cercle(0.0, 0.0, 4.5, _COMPETENCE)])
    dessin.poser("personne", [losange(0.0, 0.0, 9, _PERSONNE)])
    entrees = [
        Entree(lambda x, y: [losange(x, y, 7, _PERSONNE)], "vous"),
        Entree(_signe_de_region(_REGION), "région à 95 %"),
        _ENTREE_COMPETENCE,
        *entrees_du_fond(referentiel, cadre),
    ]
    bas = poser_legende(dessin, dessin.hauteur, entrees, corps)
    dessin.hauteur = poser_cles(dessin, bas + 4, referentiel.competences, corps * 0.92) + MARGE
    cle = "carte-agrandie-a-completer" if vue else "carte-a-completer"
    return assembler(cle, _TITRE_PERSONNE, [*vue, *_phrases_du_fond(referentiel, style)], dessin, style)


def _reperes_du_fond(referentiel: Referentiel, cadre: Cadre, style: Style) -> dict[str, Any]:
    """Le cadre, ce qui y est pris, et la place de chaque pôle ou de la flèche vers lui, au dixième de pixel."""
    corps = corps_de(style)
    poles = [
        {
            "point": [round(c + 1e-6, 1) for c in cadre.point(e.position)],
            "rayon": e.rayon,
            "lignes": e.lignes,
            "largeur": e.largeur(corps),
        }
        for e in etiquettes_des_poles(referentiel, cadre, style)
    ]
    return {"boite": cadre.boite, "pris": cadre.pris, "poles": poles}


def _reperes_des_etiquettes(referentiel: Referentiel, style: Style) -> dict[str, Any]:
    """Ce que coûte une place, et les largeurs des codes qui s’écriront ensemble, en pixels."""
    corps = corps_de(style)
    codes = [nettoyer(competence.identifiant) for competence in referentiel.competences]
    return {
        **COUTS_DES_ETIQUETTES,
        "corps": corps,
        "interligne": INTERLIGNE,
        "premiere_base": PREMIERE_BASE,
        "vous": largeur("vous", corps, gras=True),
        "codes": [[code, largeur(code, corps)] for code in codes],
        "entre_codes": largeur(", ", corps),
        "apres_codes": largeur(",", corps),
        "par_ligne": _CODES_PAR_LIGNE,
    }


def carte_groupe(
    cohorte: Cohorte,
    style: Style = Style(),  # noqa: B008
    *,
    strate: CleDeStrate | None = None,
) -> Figure:
    """La carte d’un groupe : chaque personne, la dispersion des personnes, et à part le centre et sa région à 95 %.

    Si toutes les personnes, la dispersion et la région du centre sont près du centre des pôles, c’en est une vue
    agrandie (``cadrer_au_plus_pres``). Un style qui nomme y écrit à chaque point le code de la personne, jusqu’à
    ``_CODES_MAX`` personnes.

    :raises ValueError: sans strate nommée, si la cohorte en a plusieurs ou aucune.
    :raises KeyError: si la cohorte n’a pas cette strate.
    """
    strate, groupe = choisir_strate(cohorte, strate)
    referentiel, portrait = groupe.referentiel, portrait_montrable(groupe, style.regle)
    positions, dispersion = portrait.points, disperser(portrait.points, portrait.porteurs)
    dessin, corps = Dessin(style.largeur), corps_de(style)
    cadre, vue = cadrer_au_plus_pres(referentiel, dessin, places_d_un_groupe(portrait, dispersion), style)
    foule = _foule(cadre, positions)
    dessin.poser("personnes", foule, cadre.boite)
    _poser_dispersion(dessin, cadre, dispersion)
    poser_poles(dessin, cadre, referentiel)
    etiquettes = etiquettes_des_poles(referentiel, cadre, style)
    if portrait.position is not None:
        dessin.poser("centre", [losange(*cadre.point(portrait.position), 8, _CENTRE)])
        etiquettes.append(EtiquetteDeCarte(portrait.position, 8, ("centre du groupe",), gras=True))
    etiquettes += _codes(groupe) if style.nommer and positions else []
    obstacles = [cercle.boite for cercle in foule]
    poser_etiquettes(dessin, cadre, etiquettes, corps, [*obstacles, *cadre.pris])
    entrees = _legende_groupe(referentiel, positions, portrait.position, dispersion, cadre)
    dessin.hauteur = poser_legende(dessin, dessin.hauteur, entrees, corps) + MARGE
    phrases = poser_alerte(dessin, portrait, corps) + vue + _phrases_groupe(referentiel, portrait, dispersion, style)
    titre = "Carte du groupe : les positions entre les ingénieries"
    return assembler(cle_de_strate("carte-groupe", strate), titre, phrases, dessin, style)


def carte_comparaison(comparaison: Comparaison, style: Style = Style()) -> Figure:  # noqa: B008
    """Le trajet d’une position : la première, la seconde, la flèche entre elles et la région du déplacement.

    Si tout cela est près du centre des pôles, c’en est une vue agrandie, comme celle d’un groupe.
    """
    referentiel, position = comparaison.referentiel, comparaison.position
    dessin, corps = Dessin(style.largeur), corps_de(style)
    region = _region_a_l_arrivee(position)
    bouts = [place for place in (position.de, position.a) if place is not None]
    tenues = [*bouts, *(region.contour(_POINTS_DU_BORD) if region else ())]
    cadre, vue = cadrer_au_plus_pres(referentiel, dessin, tenues, style)
    if region is not None:
        _poser_region(dessin, cadre, region, "region", _REGION)
    poser_poles(dessin, cadre, referentiel)
    etiquettes = etiquettes_des_poles(referentiel, cadre, style)
    places = [
        (place, nom, trait)
        for place, nom, trait in zip((position.de, position.a), nommer_les_cotes(comparaison), _COTES, strict=True)
        if place is not None
    ]
    if position.de is not None and position.a is not None:
        dessin.poser("trajet", _fleche(cadre.point(position.de), cadre.point(position.a)))
    dessin.poser("positions", [losange(*cadre.point(place), _RAYON_D_UN_COTE, trait) for place, _, trait in places])
    etiquettes += [EtiquetteDeCarte(place, _RAYON_D_UN_COTE, (nom,), gras=True) for place, nom, _ in places]
    poser_etiquettes(dessin, cadre, etiquettes, corps, [*_bord(cadre, region), *cadre.pris])
    entrees = [
        Entree(lambda x, y, t=trait: [losange(x, y, 7, t)], nom)  # type: ignore[misc]
        for _, nom, trait in places
    ]
    if region is not None:
        entrees.append(
            _entree_region(cadre, region, "où la seconde tomberait, à 95 %, avec d'autres situations", _REGION)
        )
    entrees += entrees_du_fond(referentiel, cadre)
    dessin.hauteur = poser_legende(dessin, dessin.hauteur, entrees, corps) + MARGE
    phrases = [*vue, *_phrases_du_fond(referentiel, style), *_phrases_du_trajet(comparaison, style)]
    return assembler(
        cle_de_comparaison("carte-trajet", comparaison), "Carte : d’une position à l’autre", phrases, dessin, style
    )


def _region_a_l_arrivee(position: ComparaisonPosition) -> Ellipse | None:
    """La région du déplacement, tracée depuis la première position."""
    if position.region is None or position.a is None:
        return None
    return replace(position.region, centre=position.a)


def _fleche(depart: Point, arrivee: Point, trait: _Fleche = _ENTRE_LOSANGES) -> list[Forme]:
    """Une flèche d’un signe à l’autre ; rien s’ils se touchent."""
    dx, dy = arrivee[0] - depart[0], arrivee[1] - depart[1]
    longueur = hypot(dx, dy)
    if longueur < trait.moindre:
        return []
    ux, uy = dx / longueur, dy / longueur
    bout = (arrivee[0] - ux * trait.recul, arrivee[1] - uy * trait.recul)
    long, large = trait.pointe
    pied = (bout[0] - ux * long, bout[1] - uy * long)
    pointe = (bout, (pied[0] - uy * large, pied[1] + ux * large), (pied[0] + uy * large, pied[1] - ux * large))
    return [segment(depart, pied, trait.hampe), Trace(pointe, trait.tete, ferme=True)]


def _phrases_du_trajet(comparaison: Comparaison, style: Style) -> list[str]:
    position = comparaison.position
    places = zip(nommer_les_cotes(comparaison), (position.de, position.a), strict=True)
    dites = [f"{nom} {_point(place, style)}" if place else f"{nom}, sans position" for nom, place in places]
    phrases = [f"De {dites[0]} à {dites[1]}.", *lire_la_comparaison(comparaison).position]
    if position.region is not None:
        phrases.append(f"Erreurs types du déplacement : {_erreurs(position.region, style)}.")
    return phrases


def carte_evolution(evolution: Evolution, style: Style = Style()) -> Figure:  # noqa: B008
    """Le trajet de chaque personne présente des deux côtés, et celui du centre ; une foule est réunie par cases.

    Rien d’une personne n’y est tracé si la règle des petits groupes tait la position. Si tout est près du centre des
    pôles, c’en est une vue agrandie.
    """
    referentiel = evolution.referentiel
    dessin, corps = Dessin(style.largeur), corps_de(style)
    trajets, centre = _trajets(evolution), _trajet_du_centre(evolution)
    tenues = [place for trajet in (*trajets, *([centre] if centre else ())) for place in trajet]
    cadre, vue = cadrer_au_plus_pres(referentiel, dessin, tenues, style)
    poser_poles(dessin, cadre, referentiel)
    montres, caches = (trajets, 0) if len(trajets) <= _TRAJETS_MAX else _reunir_les_trajets(evolution, cadre, trajets)
    for depart, arrivee in montres:
        dessin.poser("trajets", _fleche(cadre.point(depart), cadre.point(arrivee), _UN_TRAJET), cadre.boite)
    if centre is not None:
        dessin.poser("centre", [losange(*cadre.point(p), 7, t) for p, t in zip(centre, _CENTRES, strict=True)])
        dessin.poser("trajet", _fleche(cadre.point(centre[0]), cadre.point(centre[1])))
    poles = etiquettes_des_poles(referentiel, cadre, style)
    poser_etiquettes(dessin, cadre, poles, corps, cadre.pris)
    foule = len(trajets) > _TRAJETS_MAX
    entrees = [*_legende_des_trajets(evolution, foule=foule), *entrees_du_fond(referentiel, cadre)]
    dessin.hauteur = poser_legende(dessin, dessin.hauteur, entrees, corps) + MARGE
    phrases = [
        *vue,
        *_phrases_du_fond(referentiel, style),
        *_phrases_des_trajets(evolution, len(trajets), caches, style),
    ]
    cle = cle_de_strate(cle_de_strate("carte-evolution", evolution.de), evolution.a)
    return assembler(cle, f"Carte du groupe : {titrer_l_evolution(evolution)}", phrases, dessin, style)


_Trajet = tuple[Position, Position]


def _trajets(evolution: Evolution) -> list[_Trajet]:
    """Les deux positions de chaque personne ; aucune si le mouvement de la position est tu."""
    if evolution.mouvements["x"].series is None:
        return []
    ecarts = [(une.ecarts["x"], une.ecarts["y"]) for une in evolution.personnes if "x" in une.ecarts]
    if len(ecarts) < evolution.regle.seuil_des_ecarts:
        return []
    return [(Position(x.de, y.de), Position(x.a, y.a)) for x, y in ecarts]


def _reunir_les_trajets(evolution: Evolution, cadre: Cadre, trajets: list[_Trajet]) -> tuple[list[_Trajet], int]:
    """Le trajet moyen de chaque case de départ qu’assez de personnes portent, et combien de personnes n’y sont pas."""
    cases: dict[tuple[int, int], list[_Trajet]] = {}
    for trajet in trajets:
        x, y = cadre.point(trajet[0])
        cases.setdefault((round(x / _PAS_DE_TRAJET), round(y / _PAS_DE_TRAJET)), []).append(trajet)
    montrees = [siens for siens in cases.values() if evolution.regle.montre(len(siens))]
    reunis = [(_milieu([de for de, _ in siens]), _milieu([a for _, a in siens])) for siens in montrees]
    return reunis, len(trajets) - sum(map(len, montrees))


def _milieu(positions: Sequence[Position]) -> Position:
    return Position(fsum(p.x for p in positions) / len(positions), fsum(p.y for p in positions) / len(positions))


def _trajet_du_centre(evolution: Evolution) -> _Trajet | None:
    x, y = (evolution.mouvements[axe].series for axe in ("x", "y"))
    if x is None or y is None or x.de is None or x.a is None or y.de is None or y.a is None:
        return None
    return Position(x.de, y.de), Position(x.a, y.a)


def _legende_des_trajets(evolution: Evolution, *, foule: bool) -> list[Entree]:
    if evolution.mouvements["x"].series is None:
        return []
    de, a = nommer_les_deux_strates(evolution)
    trajet = "trajet moyen de personnes parties d'une même case" if foule else "trajet d'une personne"
    tracees = [Entree(lambda x, y: _fleche((x - 12, y), (x + 12, y), _UN_TRAJET), f"{trajet}, de {de} à {a}")]
    return [
        *(tracees if _trajets(evolution) else ()),
        Entree(lambda x, y: [losange(x, y, 7, _CENTRES[0])], f"centre, {de}"),
        Entree(lambda x, y: [losange(x, y, 7, _CENTRES[1])], f"centre, {a}"),
    ]


def _phrases_des_trajets(evolution: Evolution, n: int, caches: int, style: Style) -> list[str]:
    motif, centre = evolution.mouvements["x"].motif, _trajet_du_centre(evolution)
    if motif is not None:
        return [f"Positions : {MOTIFS_DE_MOUVEMENT[motif]}."]
    phrases = [f"{grouper(n)} personnes placées des deux côtés." if n else "Trop peu de personnes pour tracer chacune."]
    if caches:
        phrases.append(f"{grouper(caches)} d'entre elles, trop seules dans leur case, n'y sont pas tracées.")
    if centre is not None:
        phrases.append(f"Centre : de {_point(centre[0], style)} à {_point(centre[1], style)}.")
    if evolution.position is not None:
        etats = dire_les_etats(evolution.position, entre_regards=evolution.entre_regards)
        phrases.append(f"Personne par personne : {etats}.")
    return phrases


def _poser_dispersion(dessin: Dessin, cadre: Cadre, dispersion: Dispersion) -> None:
    """L’ellipse des personnes et, à part, la région du centre."""
    if dispersion.personnes and dispersion.centre:
        dessin.poser("dispersion", [_ellipse(cadre, dispersion.personnes, _DISPERSION)], cadre.boite)
        _poser_region(dessin, cadre, dispersion.centre, "region-du-centre", _REGION_CENTRE)


def places_d_un_groupe(portrait: Portrait, dispersion: Dispersion) -> list[Position]:
    """Tout ce qui se tient sur la carte d’un groupe : chaque personne, des points du bord de chaque ellipse."""
    ellipses = (dispersion.personnes, dispersion.centre)
    bords = [position for une in ellipses if une is not None for position in une.contour(_POINTS_DU_BORD)]
    return [*portrait.points, *bords]


def _codes(groupe: Cohorte) -> list[EtiquetteDeCarte]:
    """Le code de chaque personne placée ; rien si elles sont trop nombreuses pour se lire."""
    placees = [
        EtiquetteDeCarte(position, _RAYON, (nettoyer(notee.releve.identifiant),), role="encre-douce")
        for notee in groupe.notees
        if (position := notee.resultat.situation.position) is not None
    ]
    return placees if len(placees) <= _CODES_MAX else []


def _ellipse(cadre: Cadre, ellipse: Ellipse, trait: Trait) -> Forme:
    """Une ellipse ; un trait épais si elle est plate, un anneau si elle est réduite à un point."""
    if ellipse.forme == "point":
        return Cercle(*cadre.point(ellipse.centre), 12, Trait(trait.contour, trait.epaisseur, (1, 3)))
    return Trace(cadre.points(ellipse.contour(_POINTS_DU_BORD)), trait, ferme=True)


def _poser_region(dessin: Dessin, cadre: Cadre, region: Ellipse, nom: str, trait: Trait) -> None:
    if not _deborde(cadre, region):
        dessin.poser(nom, [_ellipse(cadre, region, trait)], cadre.boite)


def _bord(cadre: Cadre, region: Ellipse | None) -> list[Boite]:
    """Le contour d’une région tracée, en petits points : à peu près à places égales, une étiquette ne le couvre pas."""
    if region is None or _deborde(cadre, region):
        return []
    grains = max(4, round(pi * sum(region.demi_axes) * cadre.echelle / PAS_DE_GRAIN))
    return [(x - GRAIN, y - GRAIN, x + GRAIN, y + GRAIN) for x, y in cadre.points(region.contour(grains))]


def _deborde(cadre: Cadre, region: Ellipse) -> bool:
    """Vrai si le bord de la région sort presque partout du cadre : on ne verrait qu’un aplat."""
    gauche, haut, droite, bas = cadre.boite
    return 2 * region.demi_axes[0] * cadre.echelle > max(droite - gauche, bas - haut)


def _competences_par_point(restitution: Restitution, cadre: Cadre) -> dict[Position, list[str]]:
    """Les codes des compétences par position ; celles qui se confondent au pixel près partagent un point."""
    groupes: dict[tuple[int, int], tuple[Position, list[str]]] = {}
    for code, situation in restitution.resultat.situations_competences.items():
        if situation.position is not None:
            x, y = cadre.point(situation.position)
            groupes.setdefault((round(x / 3), round(y / 3)), (situation.position, []))[1].append(code)
    return dict(groupes.values())


def _grouper_codes(codes: Sequence[str]) -> list[str]:
    """« C1, C3, C4 », quatre codes par ligne."""
    propres, n = [nettoyer(code) for code in codes], _CODES_PAR_LIGNE
    rangs = range(0, len(propres), n)
    return [", ".join(propres[r : r + n]) + ("," if r + n < len(propres) else "") for r in rangs]


def _foule(cadre: Cadre, positions: Sequence[Position]) -> list[Cercle]:
    """Un disque par endroit, d’aire proportionnelle au nombre de personnes qui s’y tiennent."""
    pas = _PAS_DE_FOULE if len(positions) > _FOULE else 1.0
    comptes: Counter[tuple[int, int]] = Counter()
    for position in positions:
        x, y = cadre.point(position)
        comptes[round(x / pas), round(y / pas)] += 1
    # Une foule très serrée réduit tous ses disques du même facteur : les aires restent comparables.
    plus = max(comptes.values(), default=1)
    unite = min(_RAYON, _RAYON_MAX / sqrt(plus)) if len(positions) <= _FOULE else _PAS_DE_FOULE * 0.75 / sqrt(plus)
    ordre = sorted(comptes.items(), key=lambda compte: (-compte[1], compte[0]))
    return [Cercle(x * pas, y * pas, unite * sqrt(n), _QUELQU_UN) for (x, y), n in ordre]


def _legende_personne(restitution: Restitution, cadre: Cadre) -> list[Entree]:
    entrees, incertitude = [], restitution.incertitude
    if restitution.resultat.situation.position is not None:
        entrees.append(Entree(lambda x, y: [losange(x, y, 7, _PERSONNE)], la_personne(restitution.passation)))
    mots = dire_la_region(incertitude)
    if incertitude.region:
        entrees.append(_entree_region(cadre, incertitude.region, mots, _REGION))
    elif mots:
        entrees.append(sans_signe(mots))
    situations = restitution.resultat.situations_competences.values()
    if any(situation.position is not None for situation in situations):
        entrees.append(_ENTREE_COMPETENCE)
    entrees += entrees_du_fond(restitution.referentiel, cadre)
    for pourquoi, codes in competences_sans_position(restitution.resultat):
        liste = ", ".join(map(nettoyer, codes))
        entrees.append(sans_signe(f"sans position propre, {pourquoi} : {liste}"))
    return entrees


def _entree_region(cadre: Cadre, region: Ellipse, mots: str, trait: Trait) -> Entree:
    if _deborde(cadre, region):
        return sans_signe(f"{mots} (plus large que la carte, non tracée)")

    return Entree(_signe_de_region(trait), mots)


def _signe_de_region(trait: Trait) -> Callable[[float, float], list[Forme]]:
    def signe(x: float, y: float) -> list[Forme]:
        angles = [pi * rang / 12 for rang in range(24)]
        return [Trace(tuple((x + 11 * cos(a), y + 5 * sin(a)) for a in angles), trait, ferme=True)]

    return signe


def _legende_groupe(
    referentiel: Referentiel,
    positions: Sequence[Position],
    centre: Position | None,
    dispersion: Dispersion,
    cadre: Cadre,
) -> list[Entree]:
    entrees = []
    if positions:
        mots = "une personne" if len(positions) <= _FOULE else "des personnes, l'aire dit combien"
        entrees.append(Entree(lambda x, y: [Cercle(x, y, 4, _QUELQU_UN)], f"{mots} ({effectif(len(positions))})"))
    if dispersion.personnes:
        mots = f"dispersion des personnes ({grouper(dispersion.dedans)} sur {grouper(dispersion.n)} dedans)"
        entrees.append(Entree(lambda x, y: [segment((x - 12, y), (x + 12, y), _DISPERSION)], mots))
    if centre is not None:
        entrees.append(Entree(lambda x, y: [losange(x, y, 7, _CENTRE)], "centre du groupe"))
    if dispersion.centre:
        entrees.append(_entree_region(cadre, dispersion.centre, "région à 95 % du centre", _REGION_CENTRE))
    return [*entrees, *entrees_du_fond(referentiel, cadre)]


def _phrases_du_fond(referentiel: Referentiel, style: Style) -> list[str]:
    poles = [f"{nettoyer(i.libelle)} {_point(i.position, style)}" for i in referentiel.ingenieries]
    return [
        _phrase_axe("horizontal", referentiel.axes.x),
        _phrase_axe("vertical", referentiel.axes.y),
        f"Pôles : {', '.join(poles)}.",
    ]


def _phrase_axe(sens: str, axe: Axe) -> str:
    return f"Axe {sens}, {nettoyer(axe.libelle)} : de « {nettoyer(axe.debut)} » à « {nettoyer(axe.fin)} »."


def _point(position: Position, style: Style) -> str:
    return f"({chiffre(position.x, style, 2)} ; {chiffre(position.y, style, 2)})"


def _erreurs(ellipse: Ellipse, style: Style) -> str:
    """Les écarts-types dont une ellipse est faite, sur l’axe horizontal et sur le vertical."""
    v = ellipse.covariance
    return f"{chiffre(v.erreur_x, style, 2)} et {chiffre(v.erreur_y, style, 2)}"


def _phrases_personne(restitution: Restitution, cadre: Cadre, style: Style) -> list[str]:
    referentiel, situation = restitution.referentiel, restitution.resultat.situation
    incertitude = restitution.incertitude
    phrases = _phrases_du_fond(referentiel, style)
    if situation.position is None:
        phrases.append(f"Pas de position : {motif_position(referentiel, restitution.resultat)}.")
    else:
        lecture = dominante_en_mots(referentiel, situation.dominante)
        phrases.append(
            f"{la_personne(restitution.passation).capitalize()} : {_point(situation.position, style)}, {lecture}."
        )
    mots = dire_la_region(incertitude)
    if mots and incertitude.etat != "ellipse":
        phrases.append(f"{mots.capitalize()}.")
    if incertitude.region:
        erreurs = _erreurs(incertitude.region, style)
        large = _deborde(cadre, incertitude.region)
        ou = (
            "la région à 95 %, plus large que la carte, n'est pas tracée" if large else "l'ellipse est la région à 95 %"
        )
        phrases.append(f"Erreurs types, d'après ces seules réponses : {erreurs} ; {ou}.")
    points = [
        f"{nettoyer(code)} {_point(s.position, style)}"
        for code, s in restitution.resultat.situations_competences.items()
        if s.position is not None
    ]
    if points:
        phrases.append(f"Compétences : {', '.join(points)}.")
    return phrases


def _phrases_groupe(referentiel: Referentiel, portrait: Portrait, dispersion: Dispersion, style: Style) -> list[str]:
    phrases = _phrases_du_fond(referentiel, style)
    phrases.append(phrase_des_positions(portrait))
    if dispersion.personnes and dispersion.centre:
        phrases += [
            f"Centre : {_point(dispersion.centre.centre, style)}.",
            f"Écarts-types des personnes : {_erreurs(dispersion.personnes, style)} ; "
            f"{grouper(dispersion.dedans)} sur {grouper(dispersion.n)} sont dans l'ellipse de dispersion.",
            f"Erreurs types du centre : {_erreurs(dispersion.centre, style)}.",
        ]
    elif portrait.points_tus and portrait.position is not None:
        phrases.append(f"Centre : {_point(portrait.position, style)} ; les points sont tus.")
    return phrases


_ENVELOPPE = Trait("encre-douce", 1.4, (5, 4), fond="serie-1", opacite=0.1)
_RAYON_D_EQUIPE = 4.5


def carte_d_equipe(equipe: EquipeLue, style: Style = Style(), rang: int = 1) -> Figure:  # noqa: B008
    """Chaque personne, l’enveloppe convexe et le centre d’une équipe ; rien d’elle n’y est si sa place est tue.

    Une équipe lue nominativement y porte les codes. Tout entière près du centre, elle est en vue agrandie.

    :param rang: le sien parmi toutes les équipes d’une page, qui distingue sa figure des autres.
    """
    place, referentiel = equipe.place, equipe.strate.referentiel
    dessin, corps = Dessin(style.largeur), corps_de(style)
    cadre, vue = cadrer_au_plus_pres(referentiel, dessin, place.points, style)
    if len(place.enveloppe) > 1:
        dessin.poser("enveloppe", [Trace(cadre.points(place.enveloppe), _ENVELOPPE, ferme=True)], cadre.boite)
    cercles = [Cercle(*cadre.point(point), _RAYON_D_EQUIPE, _QUELQU_UN) for point in place.points]
    dessin.poser("personnes", cercles, cadre.boite)
    poser_poles(dessin, cadre, referentiel)
    etiquettes = etiquettes_des_poles(referentiel, cadre, style)
    if place.centre is not None:
        dessin.poser("centre", [losange(*cadre.point(place.centre), 8, _CENTRE)])
        etiquettes.append(EtiquetteDeCarte(place.centre, 8, ("centre de l’équipe",), gras=True))
    etiquettes += [
        EtiquetteDeCarte(point, _RAYON_D_EQUIPE, (nettoyer(code),), role="encre-douce")
        for point, code in zip(place.points, place.codes, strict=False)
    ]
    obstacles = [cercle.boite for cercle in cercles]
    poser_etiquettes(dessin, cadre, etiquettes, corps, [*obstacles, *cadre.pris])
    entrees = [*_legende_d_equipe(equipe), *entrees_du_fond(referentiel, cadre)]
    dessin.hauteur = poser_legende(dessin, dessin.hauteur, entrees, corps) + MARGE
    cle = cle_de_strate("carte-equipe", (equipe.moment, equipe.regard))
    phrases = [f"{titrer_l_equipe(equipe)}.", *vue, dire_la_place(equipe)]
    return assembler(f"{cle}-{rang}", "Carte de l’équipe : ses personnes et leur enveloppe", phrases, dessin, style)


def _legende_d_equipe(equipe: EquipeLue) -> list[Entree]:
    place = equipe.place
    centre = Entree(lambda x, y: [losange(x, y, 7, _CENTRE)], "centre de l’équipe")
    if not place.points:
        return [centre] if place.centre is not None else []
    quoi = "une personne" if place.personnes == len(place.points) else "une passation"
    entrees = [Entree(lambda x, y: [Cercle(x, y, 4, _QUELQU_UN)], f"{quoi} ({effectif(len(place.points))})")]
    if len(place.enveloppe) > 1:
        entrees.append(Entree(lambda x, y: [segment((x - 12, y), (x + 12, y), _ENVELOPPE)], "enveloppe des personnes"))
    return [*entrees, centre]
