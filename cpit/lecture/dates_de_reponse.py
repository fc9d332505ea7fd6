"""Quand une passation a été répondue : la colonne d’une table qui le dit, et l’ordre de plusieurs passations.

Une date ne sert qu’à choisir entre deux passations d’une même personne, à la demande. « 03/04/2026 » est le 3 avril ou
le 4 mars : le reste de la table tranche, ou les deux lectures donnent le même ordre ; sinon il n’y en a pas.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from cpit.coeur.cohorte import Releve
from cpit.lecture.dechiffrement import replier_libelle
from cpit.lecture.entetes import LUES, Entete

_NOMS = (
    *("submitdate", "date de soumission", "date submitted", "heure de fin", "completion time", "horodateur"),
    *("timestamp", "horodatage", "submissiondate", "submission time", "submit date (utc)", "submitted at"),
    *("submitted on:", "completed time", "webform completed time", "submitted time", "webform time"),
    *("enddate", "end date", "recordeddate", "depose le", "ended", "end"),
    *("heure de la derniere modification", "last modified time", "datestamp", "date de la derniere action"),
    *("date last action", "derniere mise a jour le", "derniere mise a jour du dossier le", "modified time"),
    *("webform modified time", "modified"),
    *("date de modification", "modifiee", "modifiee le", "modifie le", "date de reponse", "date de la reponse"),
    *("repondu le", "date de passation", "date du questionnaire", "date et heure", "date"),
)
"""Les en-têtes, repliés, qui datent une réponse, le plus sûr d’abord : son envoi, sa dernière modification."""
_RANGS = {nom: rang for rang, nom in enumerate(_NOMS)}
_DE_REDCAP = "_timestamp"
"""Ce par quoi finit la colonne où REDCap date l’envoi d’un formulaire."""
_HEURE = (
    r"(?:(?:[T, ]| a | at )+(?P<h>[0-9]{1,2})[:h](?P<mn>[0-9]{2})(?::(?P<s>[0-9]{2})(?:[.,][0-9]+)?)?"
    r"(?: ?(?P<demi>[ap])\.?m\.?)?(?: ?(?:utc|gmt|z)?(?P<fuseau>[+-][0-9]{1,2}(?::?[0-9]{2})?)?)?)?"
)
_ISO = re.compile(rf"(?P<a>[0-9]{{4}})[-/](?P<m>[0-9]{{1,2}})[-/](?P<j>[0-9]{{1,2}}){_HEURE}", re.IGNORECASE)
_CHIFFRES = re.compile(rf"(?P<x>[0-9]{{1,2}})[-/.](?P<y>[0-9]{{1,2}})[-/.](?P<a>[0-9]{{4}}|[0-9]{{2}}){_HEURE}", re.I)
_EN_MOTS = re.compile(
    rf"(?:[a-z]+,? )?(?P<j>[0-9]{{1,2}})(?:er)? (?P<mois>[a-z]{{3,9}})\.?,? (?P<a>[0-9]{{4}}){_HEURE}", re.IGNORECASE
)
_MOIS = {
    mois: rang
    for noms in (
        "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
        "january february march april may june july august september october november december",
        "janv fevr mars avr mai juin juil aout sept oct nov dec",
        "jan feb mar apr may jun jul aug sep oct nov dec",
    )
    for rang, mois in enumerate(noms.split(), 1)
}


def colonne_de_la_date(entete: Entete) -> int | None:
    """Le rang de la colonne qui date chaque réponse, parmi celles qui ne se lisent pas ; rien s’il n’y en a pas."""
    rangs = {c.rang: _rang_du_nom(replier_libelle(c.nom)) for c in entete.colonnes if c.cible.role not in LUES}
    return min((rang for rang, nom in rangs.items() if nom < len(_NOMS)), key=rangs.__getitem__, default=None)


def _rang_du_nom(plie: str) -> int:
    """Ce que vaut un en-tête pour dater une réponse : les plus petits sont les plus sûrs."""
    if plie.endswith(_DE_REDCAP):
        return 0
    return _RANGS.get(plie.replace("_", " ").strip(), len(_NOMS))


class Datation:
    """L’ordre dans le temps de passations lues ensemble."""

    def __init__(self, releves: Iterable[Releve]) -> None:
        par_source: dict[str, list[str]] = {}
        for releve in releves:
            if date := _date_de(releve):
                par_source.setdefault(releve.source, []).append(date)
        self._lectures = {
            source: [jour_d_abord for jour_d_abord in (True, False) if all(_lire(d, jour_d_abord) for d in dates)]
            for source, dates in par_source.items()
        }
        # Ce que l’une prouve (« 14/09 ») vaut des autres, si aucune ne prouve le contraire.
        communes = {True, False}.intersection(*self._lectures.values()) if self._lectures else set()
        if len(communes) == 1:
            self._lectures = {source: [*communes] for source in self._lectures}

    def ranger(self, releves: Sequence[Releve]) -> list[Releve] | None:
        """Ces passations, de la plus ancienne à la plus récente ; rien si une date manque, ou n’a pas un seul sens."""
        ordres = [ordre for essaye in (True, False) if (ordre := self._ranger(releves, essaye)) is not None]
        certain = bool(ordres) and all([*map(id, ordre)] == [*map(id, ordres[0])] for ordre in ordres)
        return ordres[0] if certain else None

    def _ranger(self, releves: Sequence[Releve], jour_d_abord: bool) -> list[Releve] | None:
        datees: list[tuple[datetime, int]] = []
        for rang, releve in enumerate(releves):
            possibles = self._lectures.get(releve.source, [])
            if not possibles:
                return None
            lue = _lire(_date_de(releve), jour_d_abord if jour_d_abord in possibles else possibles[0])
            if lue is None:
                return None
            datees.append((lue, rang))
        return [releves[rang] for _, rang in sorted(datees)]


def _date_de(releve: Releve) -> str:
    return releve.passation.modifiee or releve.date


@lru_cache(maxsize=4096)
def _lire(texte: str, jour_d_abord: bool) -> datetime | None:
    """Une date écrite, en temps universel si elle dit son fuseau ; rien si ce n’en est pas une."""
    plie = replier_libelle(texte)
    trouve = _ISO.fullmatch(plie) or _EN_MOTS.fullmatch(plie) or _CHIFFRES.fullmatch(plie)
    if trouve is None:
        return None
    dits = trouve.groupdict()
    if "x" in dits:
        jour, mois = (dits["x"], dits["y"]) if jour_d_abord else (dits["y"], dits["x"])
    else:
        jour, mois = dits["j"], dits.get("m") or str(_MOIS.get(dits["mois"], 0))
    annee = int(dits["a"]) + (2000 if len(dits["a"]) == 2 else 0)
    heure = int(dits["h"] or 0) % 12 + 12 * (dits["demi"] == "p") if dits["demi"] else int(dits["h"] or 0)
    try:
        lue = datetime(annee, int(mois), int(jour), heure, int(dits["mn"] or 0), int(dits["s"] or 0))
        return lue - _decalage(dits["fuseau"] or "")
    except (ValueError, OverflowError):
        return None


def _decalage(fuseau: str) -> timedelta:
    chiffres = fuseau[1:].replace(":", "")
    if not chiffres:
        return timedelta()
    heures, minutes = (chiffres, "0") if len(chiffres) <= 2 else (chiffres[:-2], chiffres[-2:])
    ecart = timedelta(hours=int(heures), minutes=int(minutes))
    return -ecart if fuseau[0] == "-" else ecart
