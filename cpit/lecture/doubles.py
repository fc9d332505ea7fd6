"""La même personne écrite de plusieurs façons, la même passation lue deux fois : ce que l’on en garde et en dit.

Toutes les lectures en décident ici, qu’elles gardent une table en mémoire ou la notent en flux.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from unicodedata import normalize

from cpit.coeur.cohorte import Releve
from cpit.coeur.passation import replier_code
from cpit.erreurs import Anomalie, Lieu, anomalie
from cpit.lecture.consignes import CHOISISSENT
from cpit.lecture.dates_de_reponse import Datation
from cpit.typographie import pluriel, typographier

_DEUX_TIERS = typographier(
    " ; si ce sont deux tiers de la même personne, donner à chacun son code dans une colonne « evaluateur »"
)
_CITEES = 5
"""Personnes dont un avertissement cite les graphies."""


def constater_les_doubles(releves: Sequence[Releve], garder: str | None) -> Iterator[Anomalie]:
    """Ce qui se dit des relevés gardés : ceux d’une même passation, et les codes écrits de plusieurs façons."""
    premiers, doubles = separer_les_doubles(releves, garder)
    yield from doubles
    yield from dire_les_graphies(*rapprocher(premiers))
    yield from dire_les_zeros(*rapprocher_aux_zeros_pres(premiers))


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


def demeler_les_doubles(releves: Sequence[Releve], garder: str | None) -> tuple[list[Releve], list[Anomalie]]:
    """Les relevés sans ceux qui disent la même chose qu’un autre, et un constat pour chacun de ceux-là.

    D’une même passation enregistrée plusieurs fois (même début), la dernière modifiée est gardée ; d’une réponse
    abandonnée puis reprise, celle qui a été envoyée ; de réponses identiques, la première lue. D’autres ne sont
    départagées que si on le demande.

    :param garder: « premier » ou « recent » pour n’en garder qu’une, d’après leurs dates si toutes se lisent sûrement,
        sinon d’après l’ordre de lecture ; sinon toutes.
    """
    paquets: dict[tuple[str, str, str, str], list[Releve]] = {}
    for releve in releves:
        if cle := _cle_de_personne(releve):
            paquets.setdefault(cle, []).append(releve)
    ecartes: dict[int, tuple[str, Releve, str]] = {}
    datation = Datation(releves) if garder in CHOISISSENT else None
    for paquet in (paquet for paquet in paquets.values() if len(paquet) > 1):
        for code, trier in _EVIDENCES:
            gardes = trier(restes := [releve for releve in paquet if id(releve) not in ecartes])
            gardees = set(map(id, gardes))
            ecartes |= {id(r): (code, gardes[-1], "") for r in restes if id(r) not in gardees}
        if datation is not None:
            restes = [releve for releve in paquet if id(releve) not in ecartes]
            choisi, regle = _choisir(restes, datation, recent=garder == "recent")
            ecartes |= {id(r): ("passation-non-gardee", choisi, regle) for r in restes if r is not choisi}
    dits = [_ecarter_un_double(r, *ecartes[id(r)]) for r in releves if id(r) in ecartes]
    return [releve for releve in releves if id(releve) not in ecartes], dits


def _choisir(releves: Sequence[Releve], datation: Datation, *, recent: bool) -> tuple[Releve, str]:
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


def _derniers_enregistrements(releves: list[Releve]) -> list[Releve]:
    """De ceux qui ont commencé au même instant, le dernier modifié."""
    derniers: dict[str, Releve] = {}
    for releve in releves:
        debut = releve.passation.commencee
        deja = derniers.get(debut)
        if debut and (deja is None or releve.passation.modifiee > deja.passation.modifiee):
            derniers[debut] = releve
    # Deux copies du même instant sont l’affaire des réponses identiques.
    instants = {debut: releve.passation.modifiee for debut, releve in derniers.items()}
    return [r for r in releves if r.passation.modifiee == instants.get(r.passation.commencee, r.passation.modifiee)]


def _envoyes(releves: list[Releve]) -> list[Releve]:
    """Ceux que la personne a finis, s’il y en a."""
    return [releve for releve in releves if not releve.inachevee] or releves


def _distincts(releves: list[Releve]) -> list[Releve]:
    """Sans ceux dont les réponses et le profil sont ceux d’un autre, lu avant."""
    distincts: dict[tuple[object, ...], Releve] = {}
    for releve in releves:
        dits = (frozenset(table.items()) for table in (releve.passation.reponses, releve.passation.profil))
        distincts.setdefault((*dits, releve.refusees), releve)
    return list(distincts.values())


_EVIDENCES: tuple[tuple[str, Callable[[list[Releve]], list[Releve]]], ...] = (
    ("passation-anterieure", _derniers_enregistrements),
    ("passation-abandonnee", _envoyes),
    ("passation-identique", _distincts),
)
"""Ce qui ne fait qu’une passation, dans l’ordre où l’on en décide, et ce qu’il en reste."""


def _ecarter_un_double(releve: Releve, code: str, garde: Releve, regle: str) -> Anomalie:
    passation = releve.passation
    mots = {"code": passation.identifiant, "moment": passation.moment, "regard": passation.regard}
    mots |= {"regle": regle} if regle else {}
    return anomalie(code, lieu_de(releve), deja=_situer_la_premiere(passation.identifiant, garde), **mots)


def separer_les_doubles(releves: Sequence[Releve], garder: str | None) -> tuple[list[Releve], list[Anomalie]]:
    """Le premier relevé de chaque personne, moment, regard et évaluateur, et un constat pour chaque autre, gardé aussi.

    L’autre graphie d’un double est dite avec lui.

    :param garder: « tous » pour ne rien en dire : tous sont alors des premiers.
    """
    if garder == "tous":
        return list(releves), []
    vues: dict[tuple[str, str, str, str], Releve] = {}
    constats: list[Anomalie] = []
    for releve in releves:
        passation, cle = releve.passation, _cle_de_personne(releve)
        if cle is not None and (deja := vues.setdefault(cle, releve)) is not releve:
            mots = {"code": passation.identifiant, "moment": passation.moment, "regard": passation.regard}
            premiere = _situer_la_premiere(passation.identifiant, deja)
            if passation.regard == "tiers" and not passation.evaluateur:
                mots["ou_dire"] = _DEUX_TIERS
            constats.append(anomalie("passation-en-double", lieu_de(releve), deja=premiere, **mots))
    return list(vues.values()), constats


def _situer_la_premiere(code: str, premiere: Releve) -> str:
    """Où est la première de deux passations ; « R01 » et « r01 » sont la même personne : l’autre graphie est citée."""
    ecrit = premiere.passation.identifiant
    autrement = "" if ecrit == code else typographier(", écrite « {} »").format(ecrit)
    return f"{lieu_de(premiere)}{autrement}"


def lieu_de(releve: Releve) -> Lieu:
    """Où se trouve un relevé."""
    return Lieu(releve.source, releve.ligne, feuille=releve.feuille or None)
