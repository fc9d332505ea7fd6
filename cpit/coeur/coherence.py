"""Les règles de cohérence d’un référentiel, une petite fonction chacune.

Elles lisent l’arbre brut (textes, listes, tables) et non le modèle : elles tournent donc même quand la forme a
des fautes, et l’auteur voit toutes ses erreurs d’un coup. Ce qui n’a pas la bonne forme est passé en silence
ici, parce que ``cpit.chargement.forme_referentiel`` le dit déjà.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Any

from cpit.typographie import proche, sans_accent, typographier

# --- ce qui gêne la lecture d’une situation : trop longue, double, négative deux fois, jargon -------------------------
#
# Ce sont des remarques, jamais des fautes : qui écrit un référentiel reste juge. Les bornes viennent des usages de la
# rédaction de questionnaires (une seule idée par question, phrases courtes, mots de la langue courante). Aucune
# grammaire n’est analysée : des listes fermées et la place des mots, d’où ce qui passe encore et ce qui est signalé à
# tort.


_MOTS_MAX = 25
"""Mots d’un énoncé ; au-delà, on le relit pour le comprendre."""
_MOT = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_JE = re.compile(r"\b(?:je\b|j[’'])", re.IGNORECASE)
_JE_PRINCIPAL = re.compile(rf"(?<!\bque )(?<!\bdont )(?<!\boù )(?<!\bquand )(?<!\bsi ){_JE.pattern}", re.IGNORECASE)
"""« je », sauf dans une subordonnée : « j’explique ce que je fais » n’est qu’une situation."""
_DEVANT_UN_VERBE = r"(?:(?:ne|me|les?|la|lui|leur|y|en) |[nml][’'])*"
_PAS_UN_VERBE = (
    r"(?!(?:tou(?:te)?s|toutes?|ensuite|ensemble|encore|même|entre|sans|dans|après|comme|chacune|contre|parfois|puis"
    r"|presque|quelques?|autres?|notamment|depuis|dès|chez|vers)\b)"
)
_VERBE = rf"{_PAS_UN_VERBE}[^\W\d_]{{2,}}[esx]"
"""Un mot qui finit comme un verbe à la première personne du présent."""
_ARTICLE = (
    r"(?:les?|la|une?|m(?:on|a|es)|s(?:on|a|es)|n(?:otre|os)|leurs?|ce(?:tte|t|s)?|chaque|plusieurs|certaine?s)\b|l[’']"
)
_DEUX_VERBES = re.compile(
    rf"\b(?:je |j[’']){_DEVANT_UN_VERBE}[^\W\d_]+(?:, {_DEVANT_UN_VERBE}[^\W\d_]+)*"
    rf",? (?P<colle>(?:et|ou|puis) {_DEVANT_UN_VERBE}{_VERBE})\b"
    rf"|\b(?P<loin>(?:et|ou|puis) {_DEVANT_UN_VERBE}{_VERBE}) (?:{_ARTICLE})(?! (?:plus|moins)\b)",
    re.IGNORECASE,
)
"""« Je prépare et anime… », « Je rédige la note et présente le dossier »."""
_ET_OU = re.compile(r"\bet\s*(?:/|-)\s*ou\b", re.IGNORECASE)
_QUE_NEGATIF = r"\b(?:pas|jamais|plus|rien|personne|aucune?|guère|ni)\b"
_RESTRICTION = re.compile(rf"\bn(?:e\b|[’'])(?:(?!{_QUE_NEGATIF})[^.;:])*?\bqu(?:e\b|[’'])", re.IGNORECASE)
"""« Je ne retiens que… » ne nie rien, pas plus que « n’importe » ni « sans cesse »."""
_SANS_NIER = re.compile(r"\bn[’']importe\b|\bsans(?:-| (?:cesse|doute|objet)\b)", re.IGNORECASE)
_NE, _SANS = re.compile(r"\bn(?:e\b|[’'])", re.IGNORECASE), re.compile(r"\bsans\b", re.IGNORECASE)
_SIGLE = re.compile(r"\b(?![IVX]+(?:e|er|re|ème)?\b)(?:[A-ZÀ-Þ]&?[a-zà-ÿ]{0,2}){2,}\b|\b(?:[A-Z]\.){2,}")
"""« SRADDET », « SCoT », « PLUi », « C.R.T.E. » ; un siècle n’en est pas un."""
_FREQUENCE = re.compile(
    rf"\b(?:je |j[’']){_DEVANT_UN_VERBE}[^\W\d_]+ (?P<mot>toujours|souvent|parfois|rarement|régulièrement"
    r"|systématiquement|fréquemment|habituellement)\b",
    re.IGNORECASE,
)
"""« J’explique souvent… » : la réponse dit déjà à quelle fréquence, ou jusqu’où."""
_JARGON = (
    *(r"appropriation\w*", r"benchmark\w*", r"capitalis\w+", r"co-?cré\w+", r"co-?constru\w+", r"conscientis\w+"),
    *(r"disrupti\w+", "empowerment", r"externalités?", r"feuilles? de route", r"gouvernances?", r"impacte\w*"),
    *(r"impactant\w*", r"incrément\w+", r"innovante?s?", r"intelligences? collectives?", r"livrables?"),
    *(r"mode[ -]projet", r"opérationnalis\w+", r"parties?[ -]prenantes?", r"prioris\w+", "process", r"reportings?"),
    *(r"résilien\w+", "sourcing", r"subsidiarité\w*", r"synergi\w+", r"systémiques?", r"transversalités?"),
    *(r"territorialis\w+", r"brainstorm\w*", r"feedbacks?", "mindset", "networking", r"pitch\w*", r"stakeholders?"),
    *(r"storytelling", r"workshops?"),
)
"""Sous toutes leurs formes : un énoncé est conjugué, accordé, avec ou sans trait d’union."""
_UN_MOT_DE_JARGON = re.compile(rf"\b(?:{'|'.join(_JARGON)})\b", re.IGNORECASE)


def _remarquer(enonce: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Ce qui gêne la lecture d’un énoncé : le code de chaque remarque au catalogue, et ses mots."""
    mots = len(_MOT.findall(enonce))
    if mots > _MOTS_MAX:
        yield "enonce-long", {"mots": mots, "maximum": _MOTS_MAX}
    if len(_JE_PRINCIPAL.findall(enonce)) > 1:
        yield "enonce-double", {}
    elif deux := _DEUX_VERBES.search(enonce):
        yield "enonce-deux-verbes", {"mots": deux["colle"] or deux["loin"]}
    if _ET_OU.search(enonce):
        yield "enonce-et-ou", {}
    if _negations(enonce) > 1:
        yield "enonce-deux-fois-negatif", {}
    if frequence := _FREQUENCE.search(enonce):
        yield "enonce-frequence", {"mot": frequence["mot"]}
    if jargon := _dans_l_ordre([*_UN_MOT_DE_JARGON.findall(enonce), *_SIGLE.findall(enonce)]):
        yield "enonce-jargon", {"mots": ", ".join(jargon)}


def _negations(enonce: str) -> int:
    """Ce qui est nié, une fois par « ne », et une pour tous les « sans », qui s’énumèrent comme les « ni »."""
    nettoye = _RESTRICTION.sub(" ", _SANS_NIER.sub(" ", enonce))
    return len(_NE.findall(nettoye)) + bool(_SANS.search(nettoye))


def _sans_je(enonces: Sequence[str]) -> list[int]:
    """Le rang des énoncés qui ne disent pas « je », si la plupart des autres le disent ; rien sinon."""
    absents = [rang for rang, enonce in enumerate(enonces) if not _JE.search(enonce)]
    return absents if 2 * len(absents) < len(enonces) else []


def _dans_l_ordre(mots: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(mots))


# --- les règles de cohérence d’un référentiel, une petite fonction chacune --------------------------------------------


_Chemin = tuple[str | int, ...]
Arbre = Mapping[str, Any]

_CONSTATS_MAX = 200
"""Constats par règle ; un fichier hostile peut en mériter cent mille."""
_IDENTIFIANT = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_NOMBRE = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,15})?")
"""Les grammaires de ``forme_referentiel`` : ce qu’elles refusent (« 1e3 », « 1,5 ») l’est déjà, sans en juger ici."""


@dataclass(frozen=True, slots=True)
class _Constat:
    """Une incohérence : son code au catalogue, le chemin de la valeur en cause, les mots du message.

    ``deja`` : le chemin de la première valeur qu’elle répète.
    """

    code: str
    chemin: _Chemin
    mots: Mapping[str, object] = field(default_factory=dict)
    deja: _Chemin | None = None


def verifier_coherence(arbre: Arbre) -> list[_Constat]:
    """Toutes les incohérences d’un arbre de référentiel, règle par règle."""
    return [constat for regle in _REGLES for constat in islice(regle(arbre), _CONSTATS_MAX)]


def _echelles_en_double(arbre: Arbre) -> Iterator[_Constat]:
    """Les identifiants d’échelles notées sont uniques, toutes sortes confondues."""
    echelles = [
        *_codes(arbre, ("competences",), "identifiant"),
        *_codes(arbre, ("ingenieries",), "identifiant"),
    ]
    for rang, _ in _entrees(arbre, ("regroupements",)):
        echelles += _codes(arbre, (*rang, "groupes"), "identifiant")
    yield from _doubles(echelles, "échelle (compétence, ingénierie ou groupe)")


def _codes_en_double(arbre: Arbre) -> Iterator[_Constat]:
    """Codes d’items et questions de profil (ce sont des colonnes), sources, regroupements, choix : uniques."""
    colonnes = [*_codes(arbre, ("items",), "code"), *_codes(arbre, ("profil",), "identifiant")]
    yield from _doubles(colonnes, "item ou question de profil")
    yield from _doubles(_codes(arbre, ("sources",), "cle"), "source")
    yield from _doubles(_codes(arbre, ("regroupements",), "identifiant"), "regroupement")
    yield from _doubles(_codes(arbre, ("sensibilite",), "identifiant"), "jeu de sensibilité")
    yield from _doubles(_codes(arbre, ("moments",), "code"), "moment")
    yield from _doubles(_codes(arbre, ("moments",), "libelle"), "nom de moment")
    for chemin, _ in _entrees(arbre, ("profil",)):
        yield from _doubles(_codes(arbre, (*chemin, "choix"), "code"), "choix d’une même question")


def _moments_mal_nommes(arbre: Arbre) -> Iterator[_Constat]:
    """Le nom d’un moment n’est pas celui, ni le code, d’un autre : un fichier rempli se lirait de travers."""
    from cpit.coeur.passation import MOMENTS, est_un_moment

    nommes = {_plier(entree.get("code")) for _, entree in _entrees(arbre, ("moments",))}
    usuels = {_plier(libelle): code for code, libelle in MOMENTS.items() if code not in nommes}
    for chemin, entree in _entrees(arbre, ("moments",)):
        code, libelle = _plier(entree.get("code")), _plier(entree.get("libelle"))
        autre = libelle if est_un_moment(libelle) else usuels.get(libelle, code)
        if autre != code:
            yield _Constat("moment-du-nom-d-un-autre", (*chemin, "libelle"), {"code": code, "autre": autre})


def _plier(texte: Any) -> str:
    return " ".join(str(texte).casefold().split())


def _codes_reserves(arbre: Arbre) -> Iterator[_Constat]:
    """Un item ou une question de profil ne prend pas le nom d’une colonne calculée."""
    # À l’usage : « proche », que tout message d’erreur emploie, n’a que faire des colonnes.
    from cpit.coeur.colonnes import PREFIXES_CALCULES, colonnes_reservees

    reservees = colonnes_reservees()
    for chemin, code in [*_codes(arbre, ("items",), "code"), *_codes(arbre, ("profil",), "identifiant")]:
        if code.casefold() in reservees or code.casefold().startswith(PREFIXES_CALCULES):
            yield _Constat("code-reserve", chemin, {"code": code, "reserves": ", ".join(reservees)})


def _references_inconnues(arbre: Arbre) -> Iterator[_Constat]:
    """Chaque item, groupe et jeu de sensibilité désigne des choses déclarées."""
    for cle, liste, sorte in _REFERENCES_ITEM:
        connus = _declares(arbre, liste, "identifiant")
        for chemin, entree in _entrees(arbre, ("items",)):
            yield from _renvoi((*chemin, cle), cle, entree.get(cle), connus, sorte)
    items = _declares(arbre, "items", "code")
    for chemin, groupe in _groupes(arbre):
        for rang, code in enumerate(_liste(groupe.get("items"))):
            yield from _renvoi((*chemin, "items", rang), "items", code, items, "aucun item")
    ingenieries = _declares(arbre, "ingenieries", "identifiant")
    for chemin, jeu in _entrees(arbre, ("sensibilite",)):
        for code in _table(jeu.get("positions")):
            place = (*chemin, "positions", code)
            yield from _renvoi(place, "positions", code, ingenieries, "aucune ingénierie")


def _items_en_double_dans_un_groupe(arbre: Arbre) -> Iterator[_Constat]:
    """Un item ne compte qu’une fois dans un groupe."""
    for chemin, groupe in _groupes(arbre):
        codes = [
            ((*chemin, "items", rang), code)
            for rang, code in enumerate(_liste(groupe.get("items")))
            if isinstance(code, str)
        ]
        yield from _doubles(codes, "item d’un même groupe")


def _echelles_sans_item(arbre: Arbre) -> Iterator[_Constat]:
    """Une compétence ou une ingénierie sans item n’aurait jamais de score."""
    for cle, liste, _ in _REFERENCES_ITEM:
        if not _items_bien_ranges(arbre, cle, liste):
            continue
        utilises = {entree.get(cle) for _, entree in _entrees(arbre, ("items",))}
        for chemin, code in _codes(arbre, (liste,), "identifiant"):
            if code not in utilises:
                yield _Constat(f"{cle}-sans-item", chemin, {"code": code})


def _cases_vides(arbre: Arbre) -> Iterator[_Constat]:
    """Une case vide prive sa compétence de position : on le signale, cela peut être voulu."""
    if not all(_items_bien_ranges(arbre, cle, liste) for cle, liste, _ in _REFERENCES_ITEM):
        return
    competences = dict.fromkeys(_liste_codes(arbre, "competences", "identifiant"))
    ingenieries = dict.fromkeys(_liste_codes(arbre, "ingenieries", "identifiant"))
    pleines = {(e.get("competence"), e.get("ingenierie")) for _, e in _entrees(arbre, ("items",))}
    nombre = len(competences) * len(ingenieries) - len(pleines)
    if nombre > 0:
        vides = (f"{c} × {i}" for c in competences for i in ingenieries if (c, i) not in pleines)
        cases = ", ".join(islice(vides, 6)) + (", …" if nombre > 6 else "")
        yield _Constat("cases-vides", ("items",), {"nombre": nombre, "cases": cases})


def _poles_confondus_ou_alignes(arbre: Arbre) -> Iterator[_Constat]:
    """Des pôles confondus ou alignés rendent la carte muette ou plate."""
    poles: dict[tuple[float, float], str] = {}
    for chemin, entree in _entrees(arbre, ("ingenieries",)):
        point, nom = _point(entree.get("position")), entree.get("identifiant", "")
        if point in poles:
            yield _Constat("poles-confondus", (*chemin, "position"), {"un": poles[point], "deux": nom})
        elif point is not None:
            poles[point] = nom
    if len(poles) > 2 and _alignes(list(poles)):
        yield _Constat("poles-alignes", ("ingenieries",))


def _sources_manquantes(arbre: Arbre) -> Iterator[_Constat]:
    """Une règle, une position en porte au moins une : source ou hypothèse."""
    fondees = [(chemin, entree) for chemin, entree in _entrees(arbre, ("ingenieries",))]
    fondees += [
        (("regles", cle), regle) for cle, regle in _table(arbre.get("regles")).items() if isinstance(regle, Mapping)
    ]
    for chemin, entree in fondees:
        if not entree.get("source") and not entree.get("hypothese"):
            nom = entree.get("identifiant") or chemin[-1]
            yield _Constat("source-manquante", chemin, {"cle": typographier(f"« {nom} »")})


def _sans_source(arbre: Arbre) -> Iterator[_Constat]:
    """Une première grille peut ne citer personne ; on le dit."""
    if not arbre.get("sources"):
        yield _Constat("sources-absentes", ("sources",))


def _sources_inconnues(arbre: Arbre) -> Iterator[_Constat]:
    """Toute clé « source » désigne une entrée de « sources » ; une citation en toutes lettres est signalée."""
    connues = _declares(arbre, "sources", "cle") if arbre.get("sources") else {}
    if connues is None:
        return
    for chemin, valeur in _sources_citees(arbre, ()):
        if valeur in connues:
            continue
        if connues and (re.fullmatch(r"[a-z0-9_.-]+", valeur) or proche(valeur, connues)):
            yield from _inconnu(chemin, "source", valeur, connues, "aucune source")
        else:
            yield _Constat("source-sans-entree", chemin, {"cle": "source", "valeur": valeur})


def _niveaux_non_croissants(arbre: Arbre) -> Iterator[_Constat]:
    """Les niveaux vont du plus bas au plus haut, sans répétition."""
    valeurs = [
        (chemin, valeur)
        for chemin, niveau in _entrees(arbre, ("echelle", "niveaux"))
        if (valeur := _nombre(niveau.get("valeur"))) is not None
    ]
    yield from _non_croissants(valeurs)


def _non_croissants(valeurs: list[tuple[_Chemin, float]]) -> Iterator[_Constat]:
    for (_, avant), (chemin, apres) in pairwise(valeurs):
        if apres <= avant:
            mots = {"valeur": f"{apres:g}", "precedent": f"{avant:g}"}
            yield _Constat("niveaux-non-croissants", (*chemin, "valeur"), mots)


def _ancres_mal_posees(arbre: Arbre) -> Iterator[_Constat]:
    """Les niveaux que décrit un item sont ceux de l’échelle, dans le même ordre, sans répétition."""
    connus = [n.get("valeur") for _, n in _entrees(arbre, ("echelle", "niveaux"))]
    permis = {v for v in map(_nombre, connus) if v is not None}
    for item, entree in _entrees(arbre, ("items",)):
        ancres = _entrees({"niveaux": entree.get("niveaux")}, ("niveaux",))
        valeurs = [((*item, *rang), v) for rang, ancre in ancres if (v := _nombre(ancre.get("valeur"))) is not None]
        for chemin, valeur in valeurs:
            if permis and valeur not in permis:
                mots = {"valeur": f"{valeur:g}", "connus": ", ".join(map(str, connus))}
                yield _Constat("ancre-hors-echelle", (*chemin, "valeur"), mots)
        yield from _non_croissants(valeurs)


def _enonces_a_relire(arbre: Arbre) -> Iterator[_Constat]:
    """Ce qui gêne la lecture d’une situation ; des remarques."""
    enonces = _codes(arbre, ("items",), "enonce")
    for chemin, enonce in enonces:
        yield from (_Constat(code, chemin, mots) for code, mots in _remarquer(enonce))
    vus: dict[str, _Chemin] = {}
    for chemin, enonce in enonces:
        plie = " ".join(sans_accent(enonce).casefold().split()).rstrip(" .")
        if vus.setdefault(plie, chemin) != chemin:
            premier = vus[plie]
            yield _Constat("enonce-repete", chemin, {"deja": _nommer(premier)}, premier)
    for rang in _sans_je([enonce for _, enonce in enonces]):
        yield _Constat("enonce-sans-je", enonces[rang][0])


def _compatibilites_fautives(arbre: Arbre) -> Iterator[_Constat]:
    """Une version compatible en est une autre, dite une fois ; ses items changés sont des items."""
    versions = _codes(arbre, ("compatible_avec",), "version")
    yield from _doubles(versions, "version compatible")
    for chemin, version in versions:
        if version == arbre.get("version"):
            yield _Constat("compatible-avec-soi", chemin, {"version": version})
    items = _declares(arbre, "items", "code")
    for chemin, entree in _entrees(arbre, ("compatible_avec",)):
        for rang, code in enumerate(_liste(entree.get("items_changes"))):
            yield from _renvoi((*chemin, "items_changes", rang), "items_changes", code, items, "aucun item")


def _seuils_hors_bornes(arbre: Arbre) -> Iterator[_Constat]:
    """Les deux seuils sont dans [0, 1]."""
    for cle, regle in _table(arbre.get("regles")).items():
        valeur = _nombre(regle.get("valeur")) if isinstance(regle, Mapping) else None
        if valeur is not None and not 0 <= valeur <= 1:
            yield _Constat("seuil-hors-bornes", ("regles", cle, "valeur"), {"cle": cle, "valeur": f"{valeur:g}"})


def _lectures_mal_bornees(arbre: Arbre) -> Iterator[_Constat]:
    """Les lectures d’une compétence couvrent l’échelle, du plus bas au plus haut."""
    for chemin, competence in _entrees(arbre, ("competences",)):
        lectures = _entrees({"lectures": competence.get("lectures")}, ("lectures",))
        situees = [((*chemin, *rang), lecture.get("jusqua")) for rang, lecture in lectures]
        yield from _bornes_mal_placees(situees)
        bornes = [(c, v) for c, brut in situees if (v := _nombre(brut)) is not None]
        for (_, avant), (place, apres) in pairwise(bornes):
            if apres <= avant:
                mots = {"valeur": f"{apres:g}", "precedent": f"{avant:g}"}
                yield _Constat("lectures-non-croissantes", (*place, "jusqua"), mots)
        yield from _bornes_hors_echelle(arbre, bornes)


def _regroupements_partiels(arbre: Arbre) -> Iterator[_Constat]:
    """Un regroupement qui laisse des items de côté le dit ; un groupe mal écrit a déjà sa faute."""
    items = _declares(arbre, "items", "code") or {}
    for chemin, regroupement in _entrees(arbre, ("regroupements",)):
        groupes = _entrees({"groupes": regroupement.get("groupes")}, ("groupes",))
        ranges = [_liste(groupe.get("items")) for _, groupe in groupes]
        codes = [code for liste in ranges for code in liste]
        if not all(ranges) or not all(isinstance(code, str) and code in items for code in codes):
            continue
        pris = set(codes)
        oublies = [code for code in items if code not in pris]
        if pris and oublies:
            mots = {"code": regroupement.get("identifiant", ""), "items": ", ".join(oublies)}
            yield _Constat("item-hors-regroupement", chemin, mots)


def _sensibilites_incompletes(arbre: Arbre) -> Iterator[_Constat]:
    """Un jeu de sensibilité place toutes les ingénieries ; un nom mal écrit a déjà sa faute."""
    ingenieries = _declares(arbre, "ingenieries", "identifiant") or {}
    for chemin, jeu in _entrees(arbre, ("sensibilite",)):
        places = _table(jeu.get("positions"))
        manquants = [code for code in ingenieries if code not in places]
        if places and manquants and all(code in ingenieries for code in places):
            mots = {"code": jeu.get("identifiant", ""), "manquants": ", ".join(manquants)}
            yield _Constat("positions-incompletes", chemin, mots)


_REFERENCES_ITEM = (
    ("competence", "competences", "aucune compétence"),
    ("ingenierie", "ingenieries", "aucune ingénierie"),
)
"""Clé d’un item, liste où elle renvoie, comment dire qu’elle ne désigne rien."""

_REGLES: tuple[Callable[[Arbre], Iterator[_Constat]], ...] = (
    _echelles_en_double,
    _codes_en_double,
    _moments_mal_nommes,
    _codes_reserves,
    _references_inconnues,
    _items_en_double_dans_un_groupe,
    _echelles_sans_item,
    _cases_vides,
    _poles_confondus_ou_alignes,
    _sans_source,
    _sources_manquantes,
    _sources_inconnues,
    _niveaux_non_croissants,
    _ancres_mal_posees,
    _enonces_a_relire,
    _compatibilites_fautives,
    _seuils_hors_bornes,
    _lectures_mal_bornees,
    _regroupements_partiels,
    _sensibilites_incompletes,
)


def _bornes_mal_placees(situees: list[tuple[_Chemin, Any]]) -> Iterator[_Constat]:
    for rang, (chemin, borne) in enumerate(situees):
        derniere = rang == len(situees) - 1
        if derniere and borne is not None:
            yield _Constat("lecture-finale-bornee", (*chemin, "jusqua"))
        if not derniere and borne is None:
            yield _Constat("lecture-sans-borne", chemin)


def _bornes_hors_echelle(arbre: Arbre, bornes: list[tuple[_Chemin, float]]) -> Iterator[_Constat]:
    """Sur une échelle elle-même fautive, on ne juge pas des bornes."""
    niveaux = _liste(_table(arbre.get("echelle")).get("niveaux"))
    valeurs = [v for niveau in niveaux if (v := _nombre(_table(niveau).get("valeur"))) is not None]
    if len(valeurs) < max(2, len(niveaux)) or sorted(set(valeurs)) != valeurs:
        return
    for chemin, borne in bornes:
        if not valeurs[0] <= borne <= valeurs[-1]:
            mots = {"valeur": f"{borne:g}", "minimum": f"{valeurs[0]:g}", "maximum": f"{valeurs[-1]:g}"}
            yield _Constat("lecture-hors-echelle", (*chemin, "jusqua"), mots)


def _renvoi(chemin: _Chemin, cle: str, code: Any, connus: Collection[str] | None, sorte: str) -> Iterator[_Constat]:
    """Un renvoi qui n’a pas la forme d’un identifiant est déjà refusé par ``cpit.chargement.forme_referentiel``."""
    if isinstance(code, str) and _IDENTIFIANT.fullmatch(code):
        yield from _inconnu(chemin, cle, code, connus, sorte)


def _inconnu(chemin: _Chemin, cle: str, code: Any, connus: Collection[str] | None, sorte: str) -> Iterator[_Constat]:
    if connus is not None and isinstance(code, str) and code and code not in connus:
        liste = ", ".join(islice(connus, 12)) + (", …" if len(connus) > 12 else "")
        mots = {"cle": cle, "code": code, "sorte": sorte, "connus": liste, "proche": proche(code, connus)}
        yield _Constat("reference-inconnue", chemin, mots)


def _declares(arbre: Arbre, liste: str, cle: str) -> Mapping[str, None] | None:
    """Les codes d’une liste ; rien si elle manque ou si une entrée n’a pas le sien : la forme le dit déjà,
    et chaque renvoi passerait pour une faute de plus."""
    entrees = _liste(arbre.get(liste))
    codes = _liste_codes(arbre, liste, cle)
    return dict.fromkeys(codes) if codes and len(codes) == len(entrees) else None


def _items_bien_ranges(arbre: Arbre, cle: str, liste: str) -> bool:
    """Vrai si chaque item désigne une compétence (ou une ingénierie) déclarée : sinon la faute est dans l’item."""
    connus, items = _declares(arbre, liste, "identifiant"), _liste(arbre.get("items"))
    if connus is None or not items:
        return False
    return all(isinstance(i, Mapping) and isinstance(i.get(cle), str) and i[cle] in connus for i in items)


def _doubles(codes: list[tuple[_Chemin, str]], sorte: str) -> Iterator[_Constat]:
    vus: dict[str, _Chemin] = {}
    for chemin, code in codes:
        if code in vus:
            mots = {"code": code, "deja": _nommer(vus[code]), "sorte": sorte}
            yield _Constat("code-en-double", chemin, mots, vus[code])
        vus.setdefault(code, chemin)


def _nommer(chemin: _Chemin) -> str:
    """« items » n° 3 : l’entrée où est une valeur."""
    return " ".join(f"n° {m + 1}" if isinstance(m, int) else typographier(f"« {m} »") for m in chemin[:-1])


def _sources_citees(noeud: Any, chemin: _Chemin) -> Iterator[tuple[_Chemin, str]]:
    if isinstance(noeud, Mapping):
        for cle, valeur in noeud.items():
            if cle == "source" and isinstance(valeur, str) and valeur:
                yield (*chemin, cle), valeur
            yield from _sources_citees(valeur, (*chemin, cle))
    elif isinstance(noeud, list):
        for rang, valeur in enumerate(noeud):
            yield from _sources_citees(valeur, (*chemin, rang))


def _groupes(arbre: Arbre) -> Iterator[tuple[_Chemin, Arbre]]:
    for chemin, _ in _entrees(arbre, ("regroupements",)):
        yield from _entrees(arbre, (*chemin, "groupes"))


def _entrees(arbre: Arbre, chemin: _Chemin) -> list[tuple[_Chemin, Arbre]]:
    """Les tables d’une liste, chacune avec son chemin ; rien si la liste n’en est pas une."""
    noeud: Any = arbre
    for pas in chemin:
        try:
            noeud = noeud[pas]
        except (KeyError, IndexError, TypeError):
            return []
    return [((*chemin, rang), e) for rang, e in enumerate(_liste(noeud)) if isinstance(e, Mapping)]


def _codes(arbre: Arbre, chemin: _Chemin, cle: str) -> list[tuple[_Chemin, str]]:
    return [
        ((*place, cle), entree[cle])
        for place, entree in _entrees(arbre, chemin)
        if isinstance(entree.get(cle), str) and entree[cle]
    ]


def _liste_codes(arbre: Arbre, sorte: str, cle: str) -> list[str]:
    return [code for _, code in _codes(arbre, (sorte,), cle)]


def _liste(noeud: Any) -> list[Any]:
    return noeud if isinstance(noeud, list) else []


def _table(noeud: Any) -> Mapping[str, Any]:
    return noeud if isinstance(noeud, Mapping) else {}


def _nombre(noeud: Any) -> float | None:
    return float(noeud) if isinstance(noeud, str) and _NOMBRE.fullmatch(noeud.strip()) else None


def _point(noeud: Any) -> tuple[float, float] | None:
    x, y = _nombre(_table(noeud).get("x")), _nombre(_table(noeud).get("y"))
    return None if x is None or y is None else (x, y)


def _alignes(points: list[tuple[float, float]]) -> bool:
    """Vrai si tous les points sont sur une droite : produit vectoriel nul, à la taille du nuage près."""
    origine = points[0]
    loin = max(points, key=lambda p: (p[0] - origine[0]) ** 2 + (p[1] - origine[1]) ** 2)
    ux, uy = loin[0] - origine[0], loin[1] - origine[1]
    taille = ux * ux + uy * uy
    return all(abs(ux * (y - origine[1]) - uy * (x - origine[0])) <= 1e-9 * taille for x, y in points)
