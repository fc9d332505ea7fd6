"""La même passation lue deux fois, la même personne écrite de plusieurs façons : ce que l’on en garde et en dit.

La date des réponses n’y sert qu’à choisir entre deux passations d’une même personne, à la demande.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeVar
from unicodedata import normalize

from cpit.coeur.cohorte import Releve
from cpit.coeur.passation import replier_code
from cpit.erreurs import Anomalie, Lieu, anomalie
from cpit.lecture.contexte import CHOISISSENT
from cpit.lecture.dechiffrement import replier_libelle
from cpit.lecture.entetes import LUES, Entete
from cpit.typographie import pluriel, typographier

# --- quand une passation a été répondue : la colonne d’une table qui le dit, et l’ordre de plusieurs passations -------
#
# Une date ne sert qu’à choisir entre deux passations d’une même personne, à la demande. « 03/04/2026 » est le 3 avril
# ou le 4 mars : le reste de la table tranche, ou les deux lectures donnent le même ordre ; sinon il n’y en a pas.


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


class _Datation:
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


# --- la même personne écrite de plusieurs façons, la même passation lue deux fois -------------------------------------
#
# Ce que l’on en garde et en dit.
#
# Toutes les lectures en décident ici, qu’elles gardent une table en mémoire ou la notent en flux.


_DEUX_TIERS = typographier(
    " ; si ce sont deux tiers de la même personne, donner à chacun son code dans une colonne « evaluateur »"
)
_CITEES = 5
"""Personnes dont un avertissement cite les graphies."""


_N_EN_GARDER_QU_UNE = typographier(
    "--garder recent, ou premier, n'en garde qu'une : à ne donner que si l'autre est une erreur."
)
"""Comment n’en garder qu’une, là où la commande a cette option."""


_ADire = TypeVar("_ADire")


class Constats(NamedTuple):
    """Les premiers constats d’une sorte, et combien d’autres ne sont que comptés : un fichier hostile en mérite des
    centaines de milliers.
    """

    premiers: list[Anomalie]
    autres: int = 0

    @classmethod
    def de(cls, a_dire: Sequence[_ADire], dire: Callable[[_ADire], Anomalie], au_plus: int) -> Constats:
        """Le constat de chacun des premiers, et le nombre des autres."""
        premiers = [dire(un) for un in a_dire[:au_plus]]
        return cls(premiers, len(a_dire) - len(premiers))


def compter_les_autres(autres: int, source: str = "") -> list[Anomalie]:
    """De quoi dire combien d’avertissements ne sont pas détaillés ; rien s’ils le sont tous."""
    return [anomalie("avertissements-en-nombre", source, nombre=autres)] if autres else []


def regler_les_doubles(
    releves: Sequence[Releve], garder: str | None, au_plus: int, choisir: str = _N_EN_GARDER_QU_UNE
) -> tuple[list[Releve], list[Anomalie]]:
    """Les relevés gardés, et ce qui se dit des autres, de ceux d’une même passation et des codes écrits de plusieurs
    façons.

    :param au_plus: combien de doubles se détaillent ; les suivants sont comptés.
    :param choisir: comment ne garder qu’une des passations d’un double.
    """
    gardes, ecarts = demeler_les_doubles(releves, garder, au_plus)
    premiers, doubles = separer_les_doubles(gardes, garder, au_plus - len(ecarts.premiers), choisir)
    dits = [*ecarts.premiers, *doubles.premiers, *dire_les_graphies(*rapprocher(premiers))]
    dits += dire_les_zeros(*rapprocher_aux_zeros_pres(premiers))
    return gardes, [*dits, *compter_les_autres(ecarts.autres + doubles.autres)]


_ZEROS_DE_TETE = re.compile(rb"(?<![0-9])0+(?=[0-9])")
"""Ce qu’un tableur ôte d’un code : « 007 » y devient 7."""


def sans_zeros_de_tete(codes: bytes) -> bytes:
    """Des codes, en UTF-8, où les nombres n’ont plus de zéro de tête."""
    return _ZEROS_DE_TETE.sub(b"", codes)


def rapprocher_aux_zeros_pres(releves: Iterable[Releve]) -> tuple[list[str], int]:
    """Les premiers codes qui ne diffèrent que par des zéros de tête, et leur nombre : ce sont plusieurs personnes."""
    vus: dict[bytes, dict[str, str]] = {}
    for releve in releves:
        if code := replier_code(releve.passation.identifiant):
            vus.setdefault(sans_zeros_de_tete(code.encode()), {}).setdefault(code, releve.passation.identifiant)
    semblables = [codes for codes in vus.values() if len(codes) > 1]
    return [", ".join(codes.values()) for codes in semblables[:_CITEES]], len(semblables)


def dire_les_zeros(citees: Sequence[str], nombre: int) -> Iterator[Anomalie]:
    """Un avertissement si des codes ne diffèrent que par des zéros de tête : rien n’est réuni sans qu’on le demande."""
    if nombre:
        yield anomalie("codes-a-des-zeros-pres", graphies=_borner(citees, nombre))


def rapprocher(releves: Iterable[Releve]) -> tuple[list[str], int]:
    """Les premières personnes dont le code est écrit de plusieurs façons, et leur nombre."""
    vues: dict[str, dict[str, None]] = {}
    for releve in releves:
        if code := replier_code(releve.passation.identifiant):
            vues.setdefault(code, {})[releve.passation.identifiant] = None
    rapproches = [ecrits for ecrits in vues.values() if len(ecrits) > 1]
    return [_citer(ecrits) for ecrits in rapproches[:_CITEES]], len(rapproches)


def dire_les_graphies(citees: Sequence[str], nombre: int) -> Iterator[Anomalie]:
    """Un avertissement si des codes sont écrits de plusieurs façons : chacun reste celui d’une seule personne.

    Une casse changée d’un moment à l’autre en ferait un par personne : les premières sont citées, les autres comptées.

    :param nombre: de personnes, celles que l’on cite comprises.
    """
    if nombre:
        yield anomalie("codes-rapproches", graphies=_borner(citees, nombre))


def _borner(citees: Sequence[str], nombre: int) -> str:
    """Les premières graphies, et le compte des autres personnes."""
    reste = nombre - len(citees[:_CITEES])
    suite = [f"et {pluriel(reste, 'autre personne', 'autres personnes')}"] if reste > 0 else []
    return " ; ".join([*citees[:_CITEES], *suite])


def _citer(ecrits: Iterable[str]) -> str:
    """Les graphies d’un code ; celles que l’œil confond n’en font qu’une, avec leur nombre."""
    visibles = Counter(" ".join(normalize("NFC", ecrit).split()) for ecrit in ecrits)
    return ", ".join(mot if fois == 1 else f"{mot} (codé de {fois} façons)" for mot, fois in visibles.items())


def demeler_les_doubles(releves: Sequence[Releve], garder: str | None, au_plus: int) -> tuple[list[Releve], Constats]:
    """Les relevés sans ceux qui disent la même chose qu’un autre, et un constat pour chacun de ceux-là.

    D’une même passation enregistrée plusieurs fois (même début), la dernière modifiée est gardée ; d’une réponse
    abandonnée puis reprise, celle qui a été envoyée ; de réponses identiques, la première lue. D’autres ne sont
    départagées que si on le demande.

    :param garder: « premier » ou « recent » pour n’en garder qu’une, d’après leurs dates si toutes se lisent sûrement,
        sinon d’après l’ordre de lecture ; sinon toutes.
    :param au_plus: combien de constats se détaillent.
    """
    paquets: dict[tuple[str, str, str, str], list[Releve]] = {}
    for releve in releves:
        if cle := _cle_de_personne(releve):
            paquets.setdefault(cle, []).append(releve)
    ecartes: dict[int, tuple[str, Releve, str]] = {}
    datation = _Datation(releves) if garder in CHOISISSENT else None
    for paquet in (paquet for paquet in paquets.values() if len(paquet) > 1):
        for code, trier in _EVIDENCES:
            restes = [releve for releve in paquet if id(releve) not in ecartes]
            ecartes |= {id(r): (code, garde, "") for r, garde in trier(restes) if garde is not r}
        if datation is not None:
            restes = [releve for releve in paquet if id(releve) not in ecartes]
            choisi, regle = _choisir(restes, datation, recent=garder == "recent")
            ecartes |= {id(r): ("passation-non-gardee", choisi, regle) for r in restes if r is not choisi}
    a_dire = [releve for releve in releves if id(releve) in ecartes]
    gardes = [releve for releve in releves if id(releve) not in ecartes]
    return gardes, Constats.de(a_dire, lambda releve: _ecarter_un_double(releve, *ecartes[id(releve)]), au_plus)


def _choisir(releves: Sequence[Releve], datation: _Datation, *, recent: bool) -> tuple[Releve, str]:
    """Celui que l’on garde, le plus récent ou le premier, et d’après quelle règle."""
    ranges = datation.ranger(releves)
    faute = "" if ranges else ", faute de dates qui se lisent sûrement"
    regle = f"la {'dernière' if recent else 'première'} {'en date' if ranges else 'lue'}{faute}"
    return (ranges or releves)[-1 if recent else 0], regle


def _cle_de_personne(releve: Releve) -> tuple[str, str, str, str] | None:
    """Qui, quand, quel regard, et quel tiers : deux évaluateurs d’une même personne ne sont pas un double."""
    passation = releve.passation
    code = replier_code(passation.identifiant)
    return (code, passation.moment, passation.regard, replier_code(passation.evaluateur)) if code else None


_Appariement = Iterator[tuple[Releve, Releve]]
"""Chaque relevé, et celui que l’on garde pour lui : lui-même s’il reste."""


def _derniers_enregistrements(releves: list[Releve]) -> _Appariement:
    """De ceux qui ont commencé au même instant, le dernier modifié."""
    derniers: dict[str, Releve] = {}
    for releve in releves:
        debut = releve.passation.commencee
        deja = derniers.get(debut)
        if debut and (deja is None or releve.passation.modifiee > deja.passation.modifiee):
            derniers[debut] = releve
    # Deux copies du même instant sont l’affaire des réponses identiques.
    for releve in releves:
        dernier = derniers.get(releve.passation.commencee, releve)
        yield releve, releve if releve.passation.modifiee == dernier.passation.modifiee else dernier


def _envoyes(releves: list[Releve]) -> _Appariement:
    """Ceux que la personne a finis, s’il y en a."""
    finis = [releve for releve in releves if not releve.inachevee]
    for releve in releves:
        yield releve, finis[-1] if finis and releve.inachevee else releve


def _distincts(releves: list[Releve]) -> _Appariement:
    """Sans ceux dont les réponses et le profil sont ceux d’un autre, lu avant."""
    distincts: dict[tuple[object, ...], Releve] = {}
    for releve in releves:
        dits = (frozenset(table.items()) for table in (releve.passation.reponses, releve.passation.profil))
        yield releve, distincts.setdefault((*dits, releve.refusees), releve)


_EVIDENCES: tuple[tuple[str, Callable[[list[Releve]], _Appariement]], ...] = (
    ("passation-anterieure", _derniers_enregistrements),
    ("passation-abandonnee", _envoyes),
    ("passation-identique", _distincts),
)
"""Ce qui ne fait qu’une passation, dans l’ordre où l’on en décide, et ce que l’on en garde."""


def _ecarter_un_double(releve: Releve, code: str, garde: Releve, regle: str) -> Anomalie:
    passation = releve.passation
    mots = {"code": passation.identifiant, "moment": passation.moment, "regard": passation.regard}
    mots |= {"regle": regle} if regle else {}
    return anomalie(code, lieu_de(releve), deja=_situer_la_premiere(passation.identifiant, garde), **mots)


def separer_les_doubles(
    releves: Sequence[Releve], garder: str | None, au_plus: int, choisir: str = _N_EN_GARDER_QU_UNE
) -> tuple[list[Releve], Constats]:
    """Le premier relevé de chaque personne, moment, regard et évaluateur, et un constat pour chaque autre, gardé aussi.

    L’autre graphie d’un double est dite avec lui.

    :param garder: « tous » pour ne rien en dire : tous sont alors des premiers.
    :param au_plus: combien de constats se détaillent.
    :param choisir: comment n’en garder qu’une.
    """
    if garder == "tous":
        return list(releves), Constats([])
    vues: dict[tuple[str, str, str, str], Releve] = {}
    doubles: list[tuple[Releve, Releve]] = []
    for releve in releves:
        cle = _cle_de_personne(releve)
        if cle is not None and (deja := vues.setdefault(cle, releve)) is not releve:
            doubles.append((releve, deja))
    return list(vues.values()), Constats.de(doubles, lambda double: _dire_un_double(*double, choisir), au_plus)


def _dire_un_double(releve: Releve, deja: Releve, choisir: str) -> Anomalie:
    passation = releve.passation
    mots = {"deja": _situer_la_premiere(passation.identifiant, deja), "code": passation.identifiant}
    mots |= {"moment": passation.moment, "regard": passation.regard, "n_en_garder_qu_une": choisir}
    if passation.regard == "tiers" and not passation.evaluateur:
        mots["ou_dire"] = _DEUX_TIERS
    return anomalie("passation-en-double", lieu_de(releve), **mots)


def _situer_la_premiere(code: str, premiere: Releve) -> str:
    """Où est la première de deux passations ; « R01 » et « r01 » sont la même personne : l’autre graphie est citée."""
    ecrit = premiere.passation.identifiant
    autrement = "" if ecrit == code else typographier(", écrite « {} »").format(ecrit)
    return f"{lieu_de(premiere)}{autrement}"


def lieu_de(releve: Releve) -> Lieu:
    """Où se trouve un relevé."""
    return Lieu(releve.source, releve.ligne, feuille=releve.feuille or None)
