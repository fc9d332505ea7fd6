"""Les moments : leur nom, leur date, ce qui regarde en arrière, et les deux que l’on peut demander en une séance."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping

from cpit.coeur.passation import MOMENTS, RETROSPECTIF, est_retrospectif, est_un_moment
from cpit.coeur.referentiel import Referentiel
from cpit.typographie import typographier

MOIS = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet"),
    *("août", "septembre", "octobre", "novembre", "décembre"),
)


def dire_le_moment(moment: str, referentiel: Referentiel | None = None) -> str:
    """Un moment en clair : comme le référentiel le nomme, sinon « après (T1) », « T2 », « T2 rétrospectif »."""
    noms = {} if referentiel is None else {nomme.code: nomme.libelle for nomme in referentiel.moments}
    base = moment.removesuffix(RETROSPECTIF)
    if moment in noms:
        return noms[moment]
    if est_retrospectif(moment) and base in noms:
        return noms[base] + typographier(", vu d'aujourd'hui")
    return MOMENTS.get(moment) or base.upper() + (" rétrospectif" if est_retrospectif(moment) else "")


def noms_des_moments(referentiel: Referentiel, *aussi: str) -> Mapping[str, str]:
    """Code → nom des moments que l’on propose : les trois usuels, ceux que le référentiel nomme, et ceux-ci."""
    codes = dict.fromkeys((*MOMENTS, *(nomme.code for nomme in referentiel.moments), *aussi))
    return {code: dire_le_moment(code, referentiel) for code in codes}


# --- la date d’un moment : un jour, un mois ou une année ------------------------------------------------------------

_FORMES_DE_DATE = (
    re.compile(r"(?P<annee>[0-9]{4})(?:-(?P<mois>[0-9]{1,2})(?:-(?P<jour>[0-9]{1,2}))?)?"),
    re.compile(r"(?:(?P<jour>[0-9]{1,2})[/.-])?(?P<mois>[0-9]{1,2})[/.-](?P<annee>[0-9]{4})"),
    re.compile(r"(?:(?P<jour>[0-9]{1,2})(?:er)? )?(?P<nom>[a-zéû]+) (?P<annee>[0-9]{4})"),
)
DATES_ATTENDUES = typographier("une année, un mois ou un jour : 2025, 09/2025, 2025-09, septembre 2025, 15/09/2025")


def lire_la_date(texte: str) -> str | None:
    """« 2025-09-15 », « 2025-09 » ou « 2025 », de ce qu’une personne écrit ; rien si ce n’est pas une date."""
    plie = " ".join(texte.casefold().split())
    trouve = next((lu for forme in _FORMES_DE_DATE if (lu := forme.fullmatch(plie))), None)
    dits = trouve.groupdict() if trouve else {}
    nom = dits.get("nom")
    mois = MOIS.index(nom) + 1 if nom in MOIS else dits.get("mois")
    if not dits or (nom and not mois):
        return None
    nombres = [int(un) for un in (dits["annee"], mois, dits.get("jour")) if un is not None]
    return "-".join(f"{un:0{4 if rang == 0 else 2}}" for rang, un in enumerate(nombres)) if _existe(*nombres) else None


def _existe(annee: int, mois: int = 1, jour: int = 1) -> bool:
    return annee >= 1 and 1 <= mois <= len(MOIS) and 1 <= jour <= monthrange(annee, mois)[1]


def dire_la_date(date: str) -> str:
    """« 15 septembre 2025 », « septembre 2025 », « 2025 » ; d’un instant, son jour."""
    annee, mois, jour, *_ = (*date[:10].split("-"), "", "")
    if not mois:
        return annee
    return f"{'1er' if jour == '01' else jour.lstrip('0')} {MOIS[int(mois) - 1]} {annee}".strip()


def situer_la_date(date: str) -> str:
    """« le 15 septembre 2025 », « en septembre 2025 », « en 2025 »."""
    return ("le " if len(date) > len("AAAA-MM") else "en ") + dire_la_date(date)


# --- deux moments en une séance -------------------------------------------------------------------------------------

_DOUBLE = re.compile(r"(?P<moment>t[1-9][0-9]?)\+retrospectif")


DEUX_MOMENTS = ", ou t1+retrospectif pour répondre aux deux d’un trait"
"""Ce que l’on attend aussi, là où l’on peut demander deux moments."""


def moments_demandes(demande: str) -> tuple[str, ...]:
    """Les moments que nomme une demande : un seul, ou t1 et t0-retrospectif pour « t1+retrospectif » ; aucun si ce n’en
    est pas une.
    """
    if trouve := _DOUBLE.fullmatch(demande):
        return trouve["moment"], "t0" + RETROSPECTIF
    return (demande,) if est_un_moment(demande) else ()
