"""Ce qui gêne la lecture d’une situation : trop longue, double, négative deux fois, jargon.

Ce sont des remarques, jamais des fautes : qui écrit un référentiel reste juge. Les bornes viennent des usages de la
rédaction de questionnaires (une seule idée par question, phrases courtes, mots de la langue courante).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

_MOTS_MAX = 25
"""Mots d’un énoncé ; au-delà, on le relit pour le comprendre."""
_MOT = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_JE = re.compile(r"\b(?:je\b|j[’'])", re.IGNORECASE)
_ET_OU = re.compile(r"\bet\s*(?:/|-)\s*ou\b", re.IGNORECASE)
_NEGATION = re.compile(r"\bn(?:e\b|[’'])|\bsans\b|\bni\b", re.IGNORECASE)
_RESTRICTION = re.compile(r"\bne\b[^.;:]*?\bque\b|\bn[’'][^.;:]*?\bque\b", re.IGNORECASE)
_SIGLE = re.compile(r"\b(?:[A-ZÉÈ]&?){2,}[A-Za-z]?\b|\b[A-Z][a-z]?[A-Z]{1,4}[a-z]?\b")
_JARGON = (
    *("appropriation", "benchmark", "capitaliser", "capitalisation", "cocréation", "coconstruction", "co-construction"),
    *("conscientiser", "disruptif", "empowerment", "externalité", "feuille de route", "gouvernance", "impacter"),
    *("incrémental", "innovant", "intelligence collective", "livrable", "mode projet", "opérationnaliser"),
    *("partie prenante", "parties prenantes", "prioriser", "process", "reporting", "résilience", "sourcing"),
    *("subsidiarité", "synergie", "systémique", "transversalité", "territorialisation"),
)
_UN_MOT_DE_JARGON = re.compile(rf"\b(?:{'|'.join(map(re.escape, _JARGON))})s?\b", re.IGNORECASE)


def remarquer(enonce: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Ce qui gêne la lecture d’un énoncé : le code de chaque remarque au catalogue, et ses mots."""
    mots = len(_MOT.findall(enonce))
    if mots > _MOTS_MAX:
        yield "enonce-long", {"mots": mots, "maximum": _MOTS_MAX}
    if len(_JE.findall(enonce)) > 1:
        yield "enonce-double", {}
    if _ET_OU.search(enonce):
        yield "enonce-et-ou", {}
    if len(_NEGATION.findall(_RESTRICTION.sub(" ", enonce))) > 1:
        yield "enonce-deux-fois-negatif", {}
    if jargon := _dans_l_ordre([*_UN_MOT_DE_JARGON.findall(enonce), *_SIGLE.findall(enonce)]):
        yield "enonce-jargon", {"mots": ", ".join(jargon)}


def sans_je(enonces: Sequence[str]) -> list[int]:
    """Le rang des énoncés qui ne disent pas « je », si la plupart des autres le disent ; rien sinon."""
    absents = [rang for rang, enonce in enumerate(enonces) if not _JE.search(enonce)]
    return absents if 2 * len(absents) < len(enonces) else []


def _dans_l_ordre(mots: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(mots))
