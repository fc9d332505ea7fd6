"""Quand, sous quel regard, et qui est ce tiers : les mots qui le disent, ceux de cpit et ceux que chacun emploie.

Tout libellé que cpit écrit se relit. Des mots ordinaires, seuls ceux qui ne disent qu’une chose sont lus : « Avant »
est t0, le seul moment d’avant ; « Après » en est un autre, et rien ne dit lequel.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from cpit.coeur.moments import dire_le_moment, noms_des_moments
from cpit.coeur.passation import CONNAISSANCES, MOMENTS, REGARDS, RETROSPECTIF, ROLES_EVALUATEUR
from cpit.coeur.referentiel import Referentiel
from cpit.lecture.dechiffrement import replier_libelle

REGARDS_AFFICHES = {
    "soi": "Je réponds pour moi",
    "tiers": "Je réponds à propos d’une personne dont je connais le travail",
}
"""Ce que dit un formulaire de chaque regard."""


# --- le moment ------------------------------------------------------------------------------------------------------


def libelle_du_moment(code: str, referentiel: Referentiel | None = None) -> str:
    """« Avant ou au début (T0) » ; « T2 rétrospectif » pour un moment qui n’a pas de phrase ; son nom s’il en a un."""
    dit = dire_le_moment(code, referentiel)
    return dit[0].upper() + dit[1:]


_DE_QUOI = (
    r"(?:[ -](?:la |le |l'|de la |de l'|de |du |d'|votre )?(?:formation|session|stage|parcours|module|cycle|test))?"
)
_TOT = re.compile(rf"(?:avant|pre|(?:au )?debut|avant ou au debut|initiale?|(?:a l')?entree){_DE_QUOI}")
_TARD = re.compile(rf"(?:apres|post|(?:a la |en )?fin|finale?|sortie|follow-?up|a froid|a chaud){_DE_QUOI}")
_MOMENT_TAPE = re.compile(r"(?:moment ?:? ?)?(t[0-9]{1,2})(.*)")
_AUTRE_MOMENT = re.compile(r"(?<![a-z0-9])t ?[0-9]|[/&>]")
"""« T0 / T1 », « T1 – T2 » : plusieurs."""
_RETROSPECTIF = re.compile(r"retrospecti(?:f|ve)|vu d'aujourd'hui")
_SIGNE_DE_SUITE = re.compile(r" ?[-:(,]")
_PHRASES = {replier_libelle(libelle_du_moment(code)): code for code in MOMENTS}


def dit_un_debut(plie: str) -> bool:
    """Vrai pour « avant », « début de formation », repliés : t0 est le seul moment d’avant ou du début."""
    return _TOT.fullmatch(plie) is not None


def dit_une_suite(plie: str) -> bool:
    """Vrai pour « après », « fin de session », repliés : un moment qui n’est pas t0, sans qu’on sache lequel."""
    return _TARD.fullmatch(plie) is not None


def code_du_moment(texte: str, referentiel: Referentiel | None = None) -> str | None:
    """Code d’un moment écrit par son libellé, par celui du référentiel, ou par son code, seul ou suivi de ce qu’il est
    (« T1 – fin de stage ») ; rien sinon.
    """
    plie = replier_libelle(texte)
    noms = {} if referentiel is None else noms_des_moments(referentiel)
    if nomme := {replier_libelle(nom): code for code, nom in noms.items()}.get(plie) or _PHRASES.get(plie):
        return nomme
    trouve = _MOMENT_TAPE.fullmatch(plie)
    return None if trouve is None or not _explique(trouve[2]) else trouve[1] + _suffixe(trouve[2])


def moment_en_mots(texte: str, referentiel: Referentiel) -> str | None:
    """Code d’un moment d’une table : celui que son mot nomme, ou t0 s’il dit l’avant ou le début ; rien sinon."""
    return code_du_moment(texte, referentiel) or ("t0" if dit_un_debut(replier_libelle(texte)) else None)


def _explique(suite: str) -> bool:
    """Vrai pour ce qui peut suivre un code sans le changer : rien, « – fin de stage », « rétrospectif »."""
    if _AUTRE_MOMENT.search(suite):
        return False
    mots = suite.strip()
    return not mots or _SIGNE_DE_SUITE.match(suite) is not None or mots == "retrospectif" or _est_un_mot(mots)


def _est_un_mot(plie: str) -> bool:
    return dit_un_debut(plie) or dit_une_suite(plie)


def _suffixe(suite: str) -> str:
    return RETROSPECTIF if _RETROSPECTIF.search(suite) else ""


_DANS_UN_NOM = re.compile(r"(?<![a-z0-9])t[0-9]{1,2}(?![a-z0-9])")


def moment_d_un_nom(nom: str) -> str | None:
    """Le seul moment que cite le nom d’un fichier, sans son suffixe (« enquete-t1 ») ; rien s’il en cite plusieurs."""
    plie = replier_libelle(nom)
    cites = set(_DANS_UN_NOM.findall(plie))
    return cites.pop() + _suffixe(plie) if len(cites) == 1 else None


# --- le regard, et le rôle d’un tiers -------------------------------------------------------------------------------


def _nu(texte: str) -> str:
    return re.sub(r"[^a-z0-9]", "", replier_libelle(texte))


CODES_DU_TIERS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"role_evaluateur": ROLES_EVALUATEUR, "connaissance": CONNAISSANCES}
)
"""Par question posée à un tiers : code → libellé."""
_DITS_DU_TIERS = {
    cle: {_nu(mots): code for code, libelle in codes.items() for mots in (code, libelle)}
    for cle, codes in CODES_DU_TIERS.items()
}
"""Par question, libellé ou code, sans signe ni espace → code."""
_ROLES = _DITS_DU_TIERS["role_evaluateur"] = (
    _DITS_DU_TIERS["role_evaluateur"]
    | dict.fromkeys(
        (
            *("manager", "manageur", "manageuse", "hierarchie", "hierarchique", "superieur", "superieure"),
            *("superieurhierarchique", "superieurehierarchique", "responsablehierarchique"),
        ),
        "n+1",
    )
    | {"pairs": "pair", "collegues": "collegue", "elue": "elu", "elus": "elu", "elues": "elu"}
    | {"partenaires": "partenaire"}
)
"""Ce que l’on écrit d’un rôle, sans signe ni espace → son code."""
_SOI = frozenset(
    map(_nu, ("soi", "soi-même", "moi", "moi-même", "lui-même", "elle-même", "auto", "auto-évaluation"))
) | {"autopositionnement", "autodiagnostic"}
_TIERS = frozenset({"tiers", "untiers", "tiercepersonne", "unetiercepersonne", "evaluateur", "evaluatrice"}) | {
    "heteroevaluation",
    "hetero",
}
_REGARDS_ECRITS = MappingProxyType(
    {_nu(libelle): code for libelles in (REGARDS, REGARDS_AFFICHES) for code, libelle in libelles.items()}
    | dict.fromkeys(_SOI, "soi")
    | dict.fromkeys(_TIERS, "tiers")
)
_TUTEURS = frozenset({"tuteur", "tutrice", *(f"n{rang}" for rang in range(2, 10))})
"""Des tiers dont le rôle n’est pas de ceux que cpit nomme : il est gardé tel quel."""


def code_du_tiers(cle: str, texte: str) -> str | None:
    """Code d’un rôle, ou d’une connaissance du travail, écrit par son libellé, par son code, ou comme on le dit
    (« n1 », « manager ») ; rien si ce n’en est pas un.
    """
    return _DITS_DU_TIERS[cle].get(_nu(texte))


def decoder_du_tiers(cle: str, texte: str) -> str:
    """Ce qu’une case dit d’un tiers : un code connu, sinon ses propres mots, gardés tels quels."""
    return (code_du_tiers(cle, texte) if cle in _DITS_DU_TIERS else None) or texte


def code_du_regard(texte: str) -> str | None:
    """Code d’un regard écrit par son libellé, par son code, ou comme on le dit (« auto », « N+1 »), ou rien."""
    return _REGARDS_ECRITS.get(_nu(texte)) or ("tiers" if role_du_regard(texte) else None)


def role_du_regard(texte: str) -> str:
    """Le rôle du tiers que dit un regard (« N+1 », « pair ») ; vide s’il n’en dit pas. « Autre » seul n’en dit rien."""
    nu = _nu(texte)
    if nu in _TUTEURS:
        return texte.strip()
    return "" if _ROLES.get(nu) in (None, "autre") else _ROLES[nu]
