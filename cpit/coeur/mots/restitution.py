"""La restitution d’une personne : son résultat et ce que l’on peut en dire, en phrases ; l’essentiel d’abord.

Jamais un jugement, toujours ce qui n’a pas été calculé. L’essentiel tient en trois phrases de mots de tous les jours,
puis ce que l’incertitude en laisse ; la place des situations dans un poste se dit en constats.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cpit.coeur.incertitude import Incertitude, MotifDeTension, Tension, estimer, mesurer_les_tensions
from cpit.coeur.moteur import EGALITE
from cpit.coeur.mots.notice import nommer_echelle
from cpit.coeur.notation import (
    ENTETES_DES_SCORES,
    Resultat,
    Score,
    SituationPlacee,
    nommer_une_case,
    noter_valeurs,
    peu_menees,
    situations_placees,
    situer_scores,
    valeurs_retenues,
)
from cpit.coeur.passation import (
    CONNAISSANCES,
    ROLES_EVALUATEUR,
    Etat,
    Passation,
    dire_la_date,
    dire_le_moment,
    est_retrospectif,
)
from cpit.coeur.referentiel import Competence, Ingenierie, Position, Referentiel
from cpit.coeur.tableaux import table_html
from cpit.typographie import accorder, bornes_en_mots, enumerer, nombre, pluriel, se_distinguent, typographier

TITRE_DE_LA_PLACE = "La place des situations dans le poste"


def _lire_les_places(referentiel: Referentiel, passation: Passation) -> tuple[str, ...]:
    """Ce qu’une personne a dit de ses situations ; vide si elle n’a pas dit à la fois fréquence et importance."""
    placees = situations_placees(referentiel, passation)
    if not placees:
        return ()
    codes = [item.code for item in peu_menees(referentiel, placees)]
    constat = (
        f"Situations importantes, fréquentes et encore peu menées : {', '.join(codes)}."
        if codes
        else "Aucune situation dite importante et fréquente n'a de réponse sous le milieu de l'échelle."
    )
    total = len(referentiel.items)
    combien = f"Fréquence et importance sont dites pour {accorder(len(placees), 'situation')} sur {total} ; "
    return tuple(map(typographier, (constat, f"{combien}elles n'entrent dans aucun score.")))


def ranger_les_places(placees: Iterable[SituationPlacee]) -> Iterator[tuple[str, tuple[SituationPlacee, ...]]]:
    """Les situations de chaque case du quadrant, nommée, de la plus importante et fréquente à la moins."""
    cases: dict[tuple[int, int], list[SituationPlacee]] = {}
    for une in placees:
        if not une.tue:
            cases.setdefault(une.case, []).append(une)
    for case in sorted(cases, key=lambda c: (-c[1], -c[0])):
        yield nommer_une_case(case), tuple(cases[case])


# --- Ce que l’on peut dire d’un résultat, en phrases : jamais un jugement, toujours ce qui n’a pas été calculé.
#
# Rend des constats en mots ; l’écran, le classeur et la page les mettent en forme.


_PORTEE = (
    "Ces nombres résument ce que la personne dit elle-même de sa pratique. Une auto-évaluation recoupe faiblement "
    "une mesure extérieure (r ≈\u00a00,29 en moyenne sur 55 études, Mabe et West, 1982) : elle sert à réfléchir et à "
    "discuter, jamais à noter ni à comparer des personnes.",
    "Ce que vous faites et que ces situations ne disent pas compte aussi : aucune norme ici, gardez-en la trace.",
)
_PORTEE_TIERS = (
    "Ces réponses sont celles d'un tiers : elles disent où il situe le travail de la personne, d'après ce qu'il en "
    "voit, pas ce qu'elle en dit. Les deux regards se lisent côte à côte et ne se moyennent pas.",
)
_PORTEE_RETROSPECTIVE = (
    "Ces réponses disent un moment passé tel qu'on le juge aujourd'hui, avec ce qu'on sait depuis, non ce qu'on en "
    "aurait dit alors : ni l'un ni l'autre n'est plus vrai, et les deux se lisent côte à côte.",
)
NIVEAUX_D_ETENDUE = 2
"""Niveaux qui séparent deux réponses d’une compétence, pour que sa moyenne ne se lise pas seule : notre choix."""
CODES_CITES = 8
"""Au-delà, une liste d’items est abrégée."""
TITRE_APPUIS = "Là où les réponses vont le plus loin"
TITRE_FRAGILES = "Là où elles vont le moins loin"
_MOTIFS_SCORE = {
    "aucun-item": "le référentiel n'a pas d'item ici",
    "aucune-reponse": "aucune réponse",
    "sous-le-seuil": "trop peu de réponses",
}


_EQUILIBRE_POSSIBLE = (
    "Équilibre possible : avec d'autres situations du même genre, la position pourrait aussi bien tomber au centre, "
    "qui est dans sa région à 95 %."
)
_COUVRE_TOUT = (
    "La région à 95 % couvre toutes les positions possibles : avec d'autres situations du même genre, la position "
    "pourrait tomber n'importe où."
)
PHRASES_DE_RESTITUTION: Mapping[str, str] = MappingProxyType(
    {
        "sans-position": "Pas de position : {motif}.",
        "score-absent": "pas de score pour : {noms}",
        "parts-nulles": "toutes les ingénieries sont au plus bas de l’échelle, aucune ne tire la position",
        "equilibre": "Les réponses se tiennent près du centre : aucune ingénierie ne l'emporte (équilibre).",
        "domine": "L'ingénierie qui pèse le plus dans les réponses : {noms}.",
        "dominent": "Pèsent autant, et plus que les autres : {noms}.",
        "jamais-le-niveau": "La position dit l'équilibre entre ingénieries, jamais le niveau.",
        "equilibre-possible": _EQUILIBRE_POSSIBLE,
        "couvre-tout": _COUVRE_TOUT,
        "region": "Avec d'autres situations du même genre, la position bougerait, d'ordinaire de {x} à l'horizontale "
        "et de {y} à la verticale (erreurs types, d'après ces seules réponses) ; sa région à 95 % {fin}.",
        "centre-dehors": "laisse le centre en dehors",
        "centre-dedans": "contient le centre",
        "pres-du-centre": "ne touche pas le centre exact, mais la position en est assez proche pour que rien n'y "
        "domine",
        "sensibilite": "La place des ingénieries sur la carte est une hypothèse : avec {facons} de les placer, ce "
        "point bouge de {x} au plus à l'horizontale et de {y} à la verticale ; il {fin}.",
        "une-facon": "l'autre façon essayée",
        "des-facons": "les {total} autres façons essayées",
        "change-de-cote": "change de côté{avec}",
        "reste": "reste {cotes}",
        "prudence": "Prudence : ce qui domine change{avec}.",
        "avec-un": " ({noms})",
        "avec": " avec {n} des {total} ({noms})",
        "du-cote": "du côté « {cote} »",
        "au-milieu": "au milieu de l'axe « {axe} »",
        "etendue": "Les réponses y diffèrent : de « {de} » ({code_de}) à « {a} » ({code_a}).",
        "aucun-relief": "Aucune compétence n'a de score : il y a trop peu de réponses.",
        "un-seul-score": "Une seule compétence a un score : il n’y a pas de relief à lire.",
        "egales-en-haut": "{n} compétences ont le même score, le plus haut : aucune ne se détache au-dessus.",
        "toutes-egales": "Toutes les compétences ont le même score : aucune ne se détache.",
        "toutes-presque-egales": "Toutes les compétences ont le même score, à une décimale près : aucune ne se "
        "détache.",
        "une-se-detache": "{n} compétence se détache.",
        "se-detachent": "{n} compétences se détachent.",
        "sans-score": "{echelle} : {motif}.",
        "aucun-score": "Aucun score : aucune réponse n'entre dans le calcul.",
        "hors-du-calcul": "{items} {etat}, hors du calcul : {liste}",
        "sans_objet": "« sans objet »",
        "sans_reponse": "sans réponse",
        "pas_encore_vu": "pas encore vu",
        "question_changee": "dont la question a changé",
        "tous": "tous.",
        "rien-de-situe": "Aucune situation n'a encore de niveau : il n'y a rien à lire pour l'instant.",
        "combien": "{qui} {n} {situations} sur {total}, de « {bas} » à « {haut} ».",
        "situe-soi": "Vous avez situé",
        "situe-tiers": "Un tiers a situé",
        "une-situation": "situation de travail",
        "des-situations": "situations de travail",
        "deux-bouts": "{qui} vont le plus loin pour {plus}, le moins loin pour {moins}.",
        "un-bout": "{qui} vont {sens} pour {noms} ; rien ne se détache à l'autre bout.",
        "reponses-soi": "Vos réponses",
        "reponses-tiers": "Ces réponses",
        "le-plus-loin": "le plus loin",
        "le-moins-loin": "le moins loin",
        "nom": "« {nom} »",
        "sans-point": "Pas de position sur la carte : {motif}.",
        "personne-ne-pese": "Entre {noms}, aucune ingénierie ne l'emporte : c'est l'équilibre.",
        "pese": "Ce qui pèse le plus dans ces réponses : {noms}.",
        "pesent": "Pèsent autant, et plus que les autres dans ces réponses : {noms}.",
        "sous-reserve": "{noms} ; l'équilibre reste possible",
        "score-lu": "{score} sur une échelle de {min} à {max}, au plus près de {niveau}",
        "niveau-et-sens": "« {nom} » : {sens}",
        "part-inconnue": "Du point de la carte, on ne sait pas dire la part d'incertain ({motif}).",
        "ovale-au-centre": "Avec d'autres situations du même genre, le point de la carte tomberait ailleurs, sans "
        "doute dans l'ovale ; le centre y est, l'équilibre reste donc possible.",
        "ovale-ailleurs": "Avec d'autres situations du même genre, le point de la carte tomberait ailleurs, sans "
        "doute dans l'ovale ; le centre n'y est pas.",
    }
)
"""Les phrases qui varient d’une restitution à l’autre, leurs mots à venir entre accolades : ici et dans une page."""
_MOTIFS_INCERTITUDE = {
    "un-seul-pole": "toutes les ingénieries sont au même point de la carte",
    "trop-peu-de-competences": "avec trois compétences ou moins, aucune n'est utile ; il en faut quatre",
}
"""Pourquoi une incertitude manque, en mots."""


@dataclass(frozen=True, slots=True)
class Relief:
    """Une compétence qui se détache : ce que dit son score et un pas à tenter."""

    competence: Competence
    score: float
    constat: str
    pas: str


@dataclass(frozen=True, slots=True, repr=False)
class Interpretation:
    """Les phrases d’une restitution, par rubrique ; une rubrique peut être vide."""

    position: tuple[str, ...]
    appuis: tuple[Relief, ...]
    fragiles: tuple[Relief, ...]
    relief: str
    non_calcule: tuple[str, ...]
    portee: tuple[str, ...]
    places: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Combien de phrases ; elles sont dans chaque rubrique."""
        phrases = len(self.position) + bool(self.relief) + len(self.non_calcule) + len(self.portee)
        reliefs = f"{pluriel(len(self.appuis), 'appui')}, {pluriel(len(self.fragiles), 'fragile')}"
        return f"Interpretation({pluriel(phrases, 'phrase')}, {reliefs})"


def _interpreter(
    referentiel: Referentiel, passation: Passation, resultat: Resultat, incertitude: Incertitude | None = None
) -> Interpretation:
    """Rédige la lecture d’un résultat.

    :param incertitude: celle de sa position, si elle est déjà calculée.
    """
    if incertitude is None:
        incertitude = estimer(referentiel, passation.valeurs(), resultat.situation)
    appuis, fragiles = _reliefs(referentiel, resultat.competences, passation.valeurs())
    if passation.regard == "tiers":
        appuis, fragiles = (tuple(_vu_par_un_tiers(referentiel, r) for r in reliefs) for reliefs in (appuis, fragiles))
    return Interpretation(
        position=_lire_position(referentiel, resultat, incertitude),
        appuis=appuis,
        fragiles=fragiles,
        relief=_lire_relief(resultat.competences, appuis, fragiles),
        non_calcule=_lire_absences(referentiel, passation, resultat),
        portee=tuple(map(typographier, portee_de(passation.moment, passation.regard))),
        places=_lire_les_places(referentiel, passation),
    )


def portee_de(moment: str, regard: str) -> tuple[str, ...]:
    """Ce que valent les réponses données sous ce regard, à ce moment."""
    retrospective = _PORTEE_RETROSPECTIVE if est_retrospectif(moment) else ()
    return (*(_PORTEE_TIERS if regard == "tiers" else _PORTEE), *retrospective)


def portees_d_un_groupe(strates: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Libellé et texte de ce que valent les réponses d’un groupe, pour chaque moment et chaque regard, une fois."""
    dits = [(moment, regard) for moment, regard in strates] or [("", "soi")]
    regards = {regard for _, regard in dits}
    if regards - {"tiers"}:
        yield from (("Portée", texte) for texte in _PORTEE)
    if "tiers" in regards:
        yield from (("Portée, regard d’un tiers", texte) for texte in _PORTEE_TIERS)
    if any(est_retrospectif(moment) for moment, _ in dits):
        yield from (("Portée, moment passé", texte) for texte in _PORTEE_RETROSPECTIVE)


def dire_le_tiers(passation: Passation) -> str:
    """« pair, même fonction ailleurs ; connaît le travail bien : … », pour ce qui en est dit ; vide pour soi."""
    role = ROLES_EVALUATEUR.get(passation.role_evaluateur, passation.role_evaluateur)
    dite = CONNAISSANCES.get(passation.connaissance, passation.connaissance)
    connaissance = typographier("connaissance du travail : ") + dite if dite else ""
    return typographier(" ; ").join(filter(None, (role, connaissance)))


def quand_en_mots(referentiel: Referentiel, passation: Passation) -> str:
    """Le moment tel qu’on le nomme, et sa date si elle est dite : « au début, vu d’aujourd’hui (septembre 2025) »."""
    date = f" ({dire_la_date(passation.date_moment)})" if passation.date_moment else ""
    return dire_le_moment(passation.moment, referentiel) + date


def motif_score(score: Score, seuil: float) -> str:
    """Pourquoi un score est absent, en mots ; vide s’il est présent."""
    if score.motif is None:
        return ""
    if score.motif == "sous-le-seuil":
        return typographier(
            f"trop peu de réponses ({score.repondus} sur {score.items}, il faut {nombre(seuil * 100, 0)} % du poids)"
        )
    return _MOTIFS_SCORE[score.motif]


def motif_position(referentiel: Referentiel, resultat: Resultat) -> str:
    """Pourquoi la position est absente, en mots ; vide si elle est présente."""
    situation = resultat.situation
    if situation.motif is None:
        return ""
    libelles = {i.identifiant: i.libelle for i in referentiel.ingenieries}
    return _dire(situation.motif, noms=enumerer([libelles[code] for code in situation.manquants]))


def competences_sans_position(resultat: Resultat) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Les compétences que leurs propres réponses ne placent pas : pourquoi, en mots, et leurs codes."""
    motifs = {"score-absent": "faute de réponses", "parts-nulles": "tout y est au plus bas"}
    situations = resultat.situations_competences.items()
    groupes = [
        (mots, tuple(code for code, situation in situations if situation.motif == motif))
        for motif, mots in motifs.items()
    ]
    return tuple((mots, codes) for mots, codes in groupes if codes)


def la_personne(passation: Passation) -> str:
    """Comment la carte nomme la personne : elle se lit elle-même, ou un tiers a répondu pour elle."""
    return "vous" if passation.regard == "soi" else "la personne"


def dominante_en_mots(referentiel: Referentiel, dominante: tuple[str, ...] | None) -> str:
    """« équilibre », ou les libellés des ingénieries dominantes ; vide sans position."""
    if dominante is None:
        return ""
    libelles = {i.identifiant: i.libelle for i in referentiel.ingenieries}
    return enumerer([libelles[code] for code in dominante]) or "équilibre"


def sensibilite_en_mots(referentiel: Referentiel, resultat: Resultat) -> tuple[tuple[str, str, str], ...]:
    """Pour chaque autre jeu de coordonnées : son libellé, la position et ce qui y domine."""
    lignes = []
    for jeu in referentiel.sensibilite:
        situation = situer_scores(referentiel, resultat.ingenieries, jeu.positions)
        if situation.position is not None:
            point = f"({nombre(situation.position.x, 2)} ; {nombre(situation.position.y, 2)})"
            dominante = dominante_en_mots(referentiel, situation.dominante)
            lignes.append((jeu.libelle, typographier(point), dominante))
    return tuple(lignes)


def _lire_position(referentiel: Referentiel, resultat: Resultat, incertitude: Incertitude) -> tuple[str, ...]:
    situation = resultat.situation
    if situation.position is None:
        return (_dire("sans-position", motif=motif_position(referentiel, resultat)),)
    noms = dominante_en_mots(referentiel, situation.dominante)
    cle = ("equilibre", "domine", "dominent")[min(len(situation.dominante or ()), 2)]
    marge = _lire_incertitude(resultat, incertitude)
    return _dire(cle, noms=noms), _dire("jamais-le-niveau"), *marge, *_lire_sensibilite(referentiel, resultat)


def _dire(cle: str, **mots: object) -> str:
    """Une phrase de ``PHRASES_DE_RESTITUTION``, ses mots en place."""
    return typographier(PHRASES_DE_RESTITUTION[cle].format(**mots))


def dire_la_region(incertitude: Incertitude) -> str:
    """Ce qu’est la région à 95 %, en quelques mots, ou pourquoi il n’y en a pas ; vide sans position."""
    if incertitude.etat == "sans-position":
        return ""
    if incertitude.region is None:
        return f"pas de région à 95 % : {_MOTIFS_INCERTITUDE[incertitude.etat]}"
    return "région à 95 %" + (" : elle couvre toutes les positions possibles" if incertitude.couvre_tout else "")


def _lire_incertitude(resultat: Resultat, incertitude: Incertitude) -> tuple[str, ...]:
    """Ce que l’incertitude permet de dire de la position, en mots simples ; rien sans position."""
    situation, region = resultat.situation, incertitude.region
    if situation.position is None:
        return ()
    if region is None:
        return (typographier(f"{dire_la_region(incertitude).capitalize()}."),)
    if incertitude.couvre_tout:
        return (_dire("couvre-tout"),)
    if not incertitude.equilibre_possible:
        fin = "centre-dehors" if situation.dominante else "pres-du-centre"
    elif situation.dominante:
        return (_dire("equilibre-possible"),)
    else:
        fin = "centre-dedans"
    x, y = (nombre(erreur, 2) for erreur in (region.covariance.erreur_x, region.covariance.erreur_y))
    return (_dire("region", x=x, y=y, fin=_dire(fin)),)


def _lire_sensibilite(referentiel: Referentiel, resultat: Resultat) -> tuple[str, ...]:
    """De combien le point bouge quand on change les coordonnées, qui sont une hypothèse, et s’il change de côté.

    Ce qui domine n’en dépend que près de l’équilibre : cela ne se dit que là, où ce serait autrement.
    """
    ici = resultat.situation.position
    essais = {
        jeu.libelle: situation
        for jeu in referentiel.sensibilite
        if (situation := situer_scores(referentiel, resultat.ingenieries, jeu.positions)).position is not None
    }
    if ici is None or not essais:
        return ()
    points = {libelle: situation.position for libelle, situation in essais.items() if situation.position is not None}
    de_x = nombre(max(abs(point.x - ici.x) for point in points.values()), 2)
    de_y = nombre(max(abs(point.y - ici.y) for point in points.values()), 2)
    total = len(essais)
    facons = _dire("une-facon" if total == 1 else "des-facons", total=total)
    ailleurs = [libelle for libelle, point in points.items() if _cotes(referentiel, point) != _cotes(referentiel, ici)]
    reste = _dire("reste", cotes=_dire_les_cotes(referentiel, ici))
    fin = _dire("change-de-cote", avec=_avec(ailleurs, total)) if ailleurs else reste
    phrase = _dire("sensibilite", facons=facons, x=de_x, y=de_y, fin=fin)
    autres = [libelle for libelle, essai in essais.items() if essai.dominante != resultat.situation.dominante]
    return (phrase, _dire("prudence", avec=_avec(autres, total))) if autres else (phrase,)


def _avec(jeux: list[str], total: int) -> str:
    """« avec 2 des 4 (catalyse plus individuelle et …) » ; d’un seul essai, rien n’est à compter."""
    noms = enumerer([jeu.lower() for jeu in jeux])
    return _dire("avec" if total > 1 else "avec-un", n=len(jeux), total=total, noms=noms)


def _cotes(referentiel: Referentiel, point: Position) -> tuple[str, str]:
    """De quel bout de chaque axe un point est le plus près ; aucun s’il s’écrit à zéro."""
    axes = referentiel.axes
    return tuple(  # type: ignore[return-value]
        "" if nombre(abs(valeur), 2) == nombre(0, 2) else axe.fin if valeur > 0 else axe.debut
        for axe, valeur in ((axes.x, point.x), (axes.y, point.y))
    )


def _dire_les_cotes(referentiel: Referentiel, point: Position) -> str:
    """« du côté « Action collective » et du côté « temps long » », ou « au milieu » d’un axe."""
    axes = (referentiel.axes.x, referentiel.axes.y)
    dits = (
        _dire("du-cote", cote=cote) if cote else _dire("au-milieu", axe=axe.libelle)
        for axe, cote in zip(axes, _cotes(referentiel, point), strict=True)
    )
    return enumerer(list(dits))


def _reliefs(
    referentiel: Referentiel, scores: Mapping[str, Score], valeurs: Mapping[str, int]
) -> tuple[tuple[Relief, ...], tuple[Relief, ...]]:
    """Les compétences aux scores les plus hauts et les plus bas : deux de chaque côté, ex aequo une fois écrits."""
    presents = {code: s.valeur for code, s in scores.items() if s.valeur is not None}
    if not presents or not se_distinguent(max(presents.values()), min(presents.values())):
        return (), ()
    hauts = _extremes(presents, signe=1)
    bas = [code for code in _extremes(presents, signe=-1) if code not in hauts]
    par_code = {c.identifiant: c for c in referentiel.competences}
    eparses = {code: _dire_l_etendue(referentiel, code, valeurs) for code in (*hauts, *bas)}
    return (
        tuple(_relief(par_code[code], presents[code], eparses[code]) for code in hauts),
        tuple(_relief(par_code[code], presents[code], eparses[code]) for code in bas),
    )


def _extremes(valeurs: Mapping[str, float], signe: int, assez: int = 2) -> list[str]:
    """Codes des valeurs extrêmes, du plus extrême au moins ; un palier entier ou rien, et jamais plus de la moitié.

    Sept compétences à égalité sur huit ne se détachent pas : rien ne les distingue que d’être presque toutes.
    """
    moitie = max(len(valeurs) // 2, 1)
    assez = min(assez, moitie)
    retenus: list[str] = []
    for palier in dict.fromkeys(map(nombre, sorted(valeurs.values(), reverse=signe > 0))):
        groupe = [code for code, v in valeurs.items() if nombre(v) == palier]
        if len(groupe) > moitie or (retenus and len(retenus) + len(groupe) > assez):
            break
        retenus += groupe
    return retenus


def _dire_l_etendue(referentiel: Referentiel, competence: str, valeurs: Mapping[str, int]) -> str:
    """« Les réponses y vont de « En partie » à « … » (C8P, C8C) », si deux niveaux au moins les séparent ; vide sinon.

    Une moyenne de réponses éloignées n’est celle d’aucune situation : la phrase qui la lit ne vaut pas pour toutes.
    Un item inverse compte à l’endroit.
    """
    donnees = {i.code: valeurs[i.code] for i in referentiel.items_de(competence) if i.code in valeurs}
    retenues = valeurs_retenues(referentiel, donnees)
    if not retenues:
        return ""
    bas, haut = min(retenues.values()), max(retenues.values())
    niveaux = referentiel.echelle.par_valeur
    if sum(bas < niveau <= haut for niveau in niveaux) < NIVEAUX_D_ETENDUE:
        return ""
    code_de, code_a = (next(code for code, valeur in retenues.items() if valeur == bout) for bout in (bas, haut))
    return _dire("etendue", de=niveaux[bas].libelle, a=niveaux[haut].libelle, code_de=code_de, code_a=code_a)


def _relief(competence: Competence, valeur: float, etendue: str) -> Relief:
    lecture = competence.lecture(valeur)
    constat = " ".join(filter(None, (lecture.constat if lecture else "", etendue)))
    return Relief(competence, valeur, constat, lecture.pas if lecture else "")


def _vu_par_un_tiers(referentiel: Referentiel, relief: Relief) -> Relief:
    """Le même relief, dit d’un tiers : où il situe la personne. Constats et pas, écrits pour elle, n’y sont pas."""
    niveau = referentiel.echelle.plus_proche(relief.score).libelle
    constat = typographier(f"Ce tiers situe ici la personne, dans l'ensemble, au plus près de « {niveau} ».")
    return Relief(relief.competence, relief.score, constat, "")


def _lire_relief(scores: Mapping[str, Score], appuis: tuple[Relief, ...], fragiles: tuple[Relief, ...]) -> str:
    presents = [s.valeur for s in scores.values() if s.valeur is not None]
    if not presents:
        return _dire("aucun-relief")
    if len(presents) == 1:
        return _dire("un-seul-score")
    if not appuis and fragiles:
        return _dire("egales-en-haut", n=sum(not se_distinguent(valeur, max(presents)) for valeur in presents))
    if not appuis:
        return _dire("toutes-egales" if max(presents) - min(presents) <= EGALITE else "toutes-presque-egales")
    if not fragiles:
        return _dire("une-se-detache" if len(appuis) == 1 else "se-detachent", n=len(appuis))
    return ""


def _lire_absences(referentiel: Referentiel, passation: Passation, resultat: Resultat) -> tuple[str, ...]:
    if passation.valeurs():
        phrases = [
            _dire("sans-score", echelle=nommer_echelle(echelle), motif=motif_score(score, _seuil(referentiel)))
            for echelle in referentiel.echelles.values()
            if (score := resultat.score(echelle.identifiant)).valeur is None
        ]
    else:
        phrases = [_dire("aucun-score")]
    for etat in (Etat.SANS_OBJET, Etat.SANS_REPONSE, Etat.PAS_ENCORE_VU, Etat.QUESTION_CHANGEE):
        codes = [item.code for item in referentiel.items if passation.reponse(item.code).etat is etat]
        if codes:
            mots = {"items": pluriel(len(codes), "item"), "etat": _dire(etat), "liste": _citer(codes, referentiel)}
            phrases.append(_dire("hors-du-calcul", **mots))
    return tuple(phrases)


def _citer(codes: list[str], referentiel: Referentiel) -> str:
    """« C1P et C4M. », les ``CODES_CITES`` premiers suivis de « … », ou « tous. »."""
    if len(codes) == len(referentiel.items) > 1:
        return _dire("tous")
    return f"{enumerer(codes)}." if len(codes) <= CODES_CITES else ", ".join(codes[:CODES_CITES]) + "…"


def _seuil(referentiel: Referentiel) -> float:
    return referentiel.regles.seuil.valeur


# --- Ce que l’on restitue : une passation, son référentiel, le résultat calculé et sa lecture.


_ECHELLE, _SCORE, *_SUITE = ENTETES_DES_SCORES


@dataclass(frozen=True, slots=True, repr=False)
class Restitution:
    """Tout ce dont un écran, un classeur ou une page a besoin pour une personne."""

    referentiel: Referentiel
    passation: Passation
    resultat: Resultat
    interpretation: Interpretation
    incertitude: Incertitude

    @property
    def tensions(self) -> tuple[Tension, ...]:
        """L’écart entre les groupes d’items de chaque regroupement : notre lecture, hypothèse."""
        return mesurer_les_tensions(self.referentiel, [[(self.passation.valeurs(), self.resultat)]])

    def __repr__(self) -> str:
        """Qui, quand, avec quel référentiel ; les réponses ne s’y montrent pas."""
        ici, ref = self.passation, self.referentiel
        qui = ici.identifiant or "sans code"
        return f"Restitution({qui}, {ici.moment}, {ici.regard} : {ref.identifiant} {ref.version})"

    def _repr_html_(self) -> str:
        """Les scores et leur niveau, tels qu’un carnet les montre."""
        seuil = self.referentiel.regles.seuil.valeur
        lignes = []
        for nom, echelle in self.referentiel.echelles.items():
            score = self.resultat.score(nom)
            niveau = None if score.valeur is None else self.referentiel.echelle.plus_proche(score.valeur).libelle
            motif = motif_score(score, seuil)
            lignes.append((nom, echelle.libelle, score.valeur, niveau, score.repondus, score.items, motif))
        entetes = (_ECHELLE, ("libelle", "Libellé de l’échelle"), _SCORE, ("niveau", "Niveau le plus proche"), *_SUITE)
        return table_html(entetes, lignes, f"{self.referentiel.titre} : {self.passation.identifiant or 'sans code'}")


def composer_restitution(referentiel: Referentiel, passation: Passation) -> Restitution:
    """Note une passation et rédige sa lecture.

    :raises ValueError: si une réponse ne va pas avec le référentiel (le lecteur aurait dû la refuser).
    """
    valeurs = passation.valeurs()
    resultat = noter_valeurs(referentiel, valeurs)
    incertitude = estimer(referentiel, valeurs, resultat.situation)
    lecture = _interpreter(referentiel, passation, resultat, incertitude)
    return Restitution(referentiel, passation, resultat, lecture, incertitude)


def dire_l_essentiel(restitution: Restitution) -> tuple[str, ...]:
    """Combien de situations, ce qui se détache, ce qui pèse le plus : sans code, et sans autre nombre qu’un compte.

    Une seule phrase si rien n’entre dans le calcul : les deux autres n’auraient rien à dire.
    """
    premiere = _combien(restitution.referentiel, restitution.passation)
    if not restitution.passation.valeurs():
        return (premiere,)
    return premiere, _ce_qui_se_detache(restitution), _ce_qui_pese(restitution)


def lire_un_score(referentiel: Referentiel, score: float) -> str:
    """« 2,0 sur une échelle de 0 à 4, au plus près de « Dans un cas courant » : de bout en bout… »."""
    echelle = referentiel.echelle
    niveau = echelle.plus_proche(score)
    dit = _dire("niveau-et-sens" if niveau.description else "nom", nom=niveau.libelle, sens=niveau.description)
    bornes = {"min": nombre(echelle.min, 0), "max": nombre(echelle.max, 0)}
    return _dire("score-lu", score=nombre(score), niveau=dit, **bornes)


def dire_si_l_on_peut_s_y_fier(incertitude: Incertitude) -> str:
    """Ce que l’incertitude laisse du point de la carte, sans un nombre ; vide s’il n’y a pas de point."""
    if incertitude.etat == "sans-position":
        return ""
    if incertitude.region is None:
        return _dire("part-inconnue", motif=dire_la_region(incertitude).partition(" : ")[2])
    if incertitude.couvre_tout:
        return typographier(_COUVRE_TOUT)
    return _dire("ovale-au-centre" if incertitude.equilibre_possible else "ovale-ailleurs")


def presenter_l_ingenierie(ingenierie: Ingenierie) -> str:
    """« Catalyse territoriale » (mettre en lien…) : le nom, et ce qu’elle fait."""
    nom = _dire("nom", nom=ingenierie.libelle)
    return typographier(f"{nom} ({ingenierie.fonction[:1].lower()}{ingenierie.fonction[1:].rstrip('.')})")


def _combien(referentiel: Referentiel, passation: Passation) -> str:
    n, niveaux = len(passation.valeurs()), referentiel.echelle.niveaux
    if not n:
        return _dire("rien-de-situe")
    situations = _dire("une-situation" if n == 1 else "des-situations")
    bornes = {"bas": niveaux[0].libelle, "haut": niveaux[-1].libelle}
    qui = _dire(f"situe-{passation.regard}")
    return _dire("combien", qui=qui, n=n, situations=situations, total=len(referentiel.items), **bornes)


def _ce_qui_se_detache(restitution: Restitution) -> str:
    lecture = restitution.interpretation
    plus, moins = _nommer(lecture.appuis), _nommer(lecture.fragiles)
    qui = _dire(f"reponses-{restitution.passation.regard}")
    if plus and moins:
        return _dire("deux-bouts", qui=qui, plus=plus, moins=moins)
    if plus or moins:
        return _dire("un-bout", qui=qui, sens=_dire("le-plus-loin" if plus else "le-moins-loin"), noms=plus or moins)
    return lecture.relief


def _nommer(reliefs: tuple[Relief, ...]) -> str:
    return enumerer([_dire("nom", nom=relief.competence.libelle) for relief in reliefs])


def _ce_qui_pese(restitution: Restitution) -> str:
    referentiel, situation = restitution.referentiel, restitution.resultat.situation
    if situation.position is None or situation.dominante is None:
        return _dire("sans-point", motif=motif_position(referentiel, restitution.resultat))
    if not situation.dominante:
        return _dire("personne-ne-pese", noms=enumerer([_dire("nom", nom=i.libelle) for i in referentiel.ingenieries]))
    portees = [presenter_l_ingenierie(i) for i in referentiel.ingenieries if i.identifiant in situation.dominante]
    noms = enumerer(portees)
    if _equilibre_possible(restitution.incertitude):
        noms = _dire("sous-reserve", noms=noms)
    return _dire("pese" if len(portees) == 1 else "pesent", noms=noms)


def _equilibre_possible(incertitude: Incertitude) -> bool:
    return incertitude.couvre_tout or bool(incertitude.equilibre_possible)


# --- La tension entre des groupes d’items, d’une personne ou d’une équipe.


HYPOTHESE_DE_TENSION = typographier(
    "Notre lecture, hypothèse : un écart entre deux groupes d'items serait la trace d'une tension ; rien ne l'éprouve."
)
"""Ce qui se dit avant toute tension."""
_MOTIFS_DE_TENSION: Mapping[MotifDeTension, str] = {
    "trop-peu-de-groupes": "moins de deux groupes d'items ont un score",
    "trop-peu-de-competences": "trop peu de compétences pour en dire l'erreur",
}


def _motif_de_tension(motif: MotifDeTension) -> str:
    if motif == "petit-groupe":
        from cpit.coeur.groupe import PLANCHER, TU  # une personne seule n’en est pas un

        return f"{TU}, moins de {PLANCHER} personnes y ont tous ces scores"
    return _MOTIFS_DE_TENSION[motif]


def dire_la_tension(referentiel: Referentiel, tension: Tension) -> str:
    """Les deux groupes d’items les plus éloignés, de combien, avec quelle erreur, sur combien d’items."""
    titre = tension.regroupement.libelle
    if tension.etendue is None or tension.bas is None or tension.haut is None:
        return typographier(f"{titre} : étendue absente, {_motif_de_tension(tension.motif or 'trop-peu-de-groupes')}.")
    bas, haut = (_dire_le_groupe(referentiel, tension, code) for code in (tension.bas, tension.haut))
    qui = "" if tension.effectif == 1 else f", {tension.personnes} personnes sur {tension.effectif}"
    return typographier(
        f"{titre} : étendue {nombre(tension.etendue, 2)}, de {bas} à {haut}{qui} ; {_ce_que_ca_vaut(tension)}."
    )


def _dire_le_groupe(referentiel: Referentiel, tension: Tension, code: str) -> str:
    score = tension.scores[code]
    valeur = "–" if score is None else nombre(score, 2)
    return f"« {referentiel.echelles[code].libelle} » ({valeur}, {accorder(tension.repondus[code], 'item')})"


def _ce_que_ca_vaut(tension: Tension) -> str:
    if tension.bornes is None or tension.erreur is None:
        return _motif_de_tension(tension.motif or "trop-peu-de-competences")
    mots = "les deux s'écartent" if tension.etat == "s-ecartent" else "d'autres situations pourraient l'effacer"
    return f"erreur de l'écart {nombre(tension.erreur, 2)}, {bornes_en_mots(tension.bornes)} : {mots}"


def lire_les_tensions(referentiel: Referentiel, tensions: Sequence[Tension]) -> list[str]:
    """Ce que l’on dit des tensions d’une personne, l’hypothèse d’abord ; rien sans regroupement."""
    return [HYPOTHESE_DE_TENSION, *(dire_la_tension(referentiel, t) for t in tensions)] if tensions else []
