"""Ce qui gêne la lecture d’une situation : trop longue, double, négative deux fois, jargon.

Ce sont des remarques, jamais des fautes : qui écrit un référentiel reste juge. Les bornes viennent des usages de la
rédaction de questionnaires (une seule idée par question, phrases courtes, mots de la langue courante). Aucune grammaire
n’est analysée : des listes fermées et la place des mots, d’où ce qui passe encore et ce qui est signalé à tort.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

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
_JARGON = (
    *(r"appropriation\w*", r"benchmark\w*", r"capitalis\w+", r"co-?cré\w+", r"co-?constru\w+", r"conscientis\w+"),
    *(r"disrupti\w+", "empowerment", r"externalités?", r"feuilles? de route", r"gouvernances?", r"impacte\w*"),
    *(r"impactant\w*", r"incrément\w+", r"innovante?s?", r"intelligences? collectives?", r"livrables?"),
    *(r"mode[ -]projet", r"opérationnalis\w+", r"parties?[ -]prenantes?", r"prioris\w+", "process", r"reportings?"),
    *(r"résilien\w+", "sourcing", r"subsidiarité\w*", r"synergi\w+", r"systémiques?", r"transversalités?"),
    r"territorialis\w+",
)
"""Sous toutes leurs formes : un énoncé est conjugué, accordé, avec ou sans trait d’union."""
_UN_MOT_DE_JARGON = re.compile(rf"\b(?:{'|'.join(_JARGON)})\b", re.IGNORECASE)


def remarquer(enonce: str) -> Iterator[tuple[str, Mapping[str, object]]]:
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
    if jargon := _dans_l_ordre([*_UN_MOT_DE_JARGON.findall(enonce), *_SIGLE.findall(enonce)]):
        yield "enonce-jargon", {"mots": ", ".join(jargon)}


def _negations(enonce: str) -> int:
    """Ce qui est nié, une fois par « ne », et une pour tous les « sans », qui s’énumèrent comme les « ni »."""
    nettoye = _RESTRICTION.sub(" ", _SANS_NIER.sub(" ", enonce))
    return len(_NE.findall(nettoye)) + bool(_SANS.search(nettoye))


def sans_je(enonces: Sequence[str]) -> list[int]:
    """Le rang des énoncés qui ne disent pas « je », si la plupart des autres le disent ; rien sinon."""
    absents = [rang for rang, enonce in enumerate(enonces) if not _JE.search(enonce)]
    return absents if 2 * len(absents) < len(enonces) else []


def _dans_l_ordre(mots: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(mots))
