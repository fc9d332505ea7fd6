"""Un groupe d’un moment à l’autre, ou d’un regard à l’autre, de Python : ce qui y a bougé, et l’écrire."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from cpit.api import maintenant
from cpit.api.arguments import facade
from cpit.api.comparaison import estimer_la_reference, lire_la_reference
from cpit.api.etude_d_evolution import EtudeDEvolution
from cpit.api.groupe import Chemin, Sources, exiger_un_emploi, fautes_de_dialecte, fautes_de_nom, lire, permis_de
from cpit.coeur import Progres
from cpit.coeur.cohorte import Cohorte
from cpit.coeur.comparaison import Reference, est_date_a_rebours
from cpit.coeur.evolution import (
    Evolution,
    StrateComparee,
    evoluer,
    strates_a_comparer,
)
from cpit.coeur.mots.lecture_comparaison import nommer_la_strate
from cpit.coeur.passation import REGARDS, est_un_moment
from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import Anomalie, anomalie, ecriture, refus
from cpit.formats.porte import poser, sceller
from cpit.formats.recueil import Recueil, Reglages
from cpit.formats.registre import EVOLUTION, FORMATS, PAGE
from cpit.typographie import enumerer, pluriel


def fautes_d_evolution(de: str, a: str, regards: Sequence[str]) -> Iterator[Anomalie]:
    """Ce qui ne va pas dans ce que l’on demande de comparer."""
    for moment in dict.fromkeys((de, a)):
        if not est_un_moment(moment):
            yield anomalie("moment-inconnu", valeur=moment, aussi="")
    for regard in dict.fromkeys(regards):
        if regard not in REGARDS:
            yield anomalie("regard-inconnu", valeur=regard)
    if de == a and len(set(regards)) < 2:
        yield anomalie("evolution-d-un-seul-moment", moment=de)


@facade
def evolution(
    sources: Sources | Recueil,
    referentiel: Referentiel | Chemin | None = None,
    *,
    de: str = "t0",
    a: str = "t1",
    regards: Sequence[str] = ("soi",),
    reference: Sources | Recueil | None = None,
    progres: Progres | None = None,
) -> EtudeDEvolution:
    """Dit ce qui a bougé dans un groupe : chaque personne présente des deux côtés y est comparée à elle-même.

    :param sources: des sources, ou ce que rend ``lire``.
    :param de: le premier moment ; ``a`` : le second. Le même deux fois ne compare que les regards.
    :param regards: « soi », « tiers » ou les deux ; les deux se comparent aussi l’un à l’autre, à chaque moment.
    :param reference: les sources d’un groupe, ou son recueil, dont l’erreur de mesure dit ce que vaut la différence de
        chaque personne ; au premier moment et sous le premier regard de chaque évolution qu’il connaît.
    :param progres: reçoit les fichiers lus et leur total.
    :raises MauvaisEmploi: moment ou regard inconnus, ou rien à comparer dans ce que l’on demande.
    :raises ErreurCpit: comme ``lire`` ; ou rien, dans les sources, de l’un des deux côtés.
    """
    exiger_un_emploi(fautes_d_evolution(de, a, regards))
    recueil = sources if isinstance(sources, Recueil) else lire(sources, referentiel, progres=progres)
    paires = strates_a_comparer(de, a, regards)
    strates = recueil.cohorte.strates()
    possibles = [paire for paire in paires if all(strate in strates for strate in paire)]
    if not possibles:
        raise _refuser_sans_paire(paires, recueil.cohorte)
    references, a_dire = _estimer_les_references(reference, recueil, possibles)
    faites = tuple(
        evoluer(recueil.cohorte, *paire, reference=une) for paire, une in zip(possibles, references, strict=True)
    )
    reserves = (_dire_les_desertes(faites), _dire_les_dates_a_rebours(faites), a_dire)
    dites = (*_dire_les_absentes(paires, recueil.cohorte), *chain.from_iterable(reserves))
    return EtudeDEvolution(faites, replace(recueil, anomalies=(*recueil.anomalies, *dites)))


_Paire = tuple[StrateComparee, StrateComparee]


def _estimer_les_references(
    reference: Sources | Recueil | None, recueil: Recueil, paires: Sequence[_Paire]
) -> tuple[list[Reference | None], tuple[Anomalie, ...]]:
    """Celle de chaque paire : d’une strate qu’elle compare ou, à défaut, de la première que le groupe a."""
    if reference is None:
        return [None] * len(paires), ()
    groupe = lire_la_reference(reference, recueil.referentiel)
    toutes = [strate for paire in paires for strate in paire]
    estimees = [estimer_la_reference(groupe, [*paire, *toutes]) for paire in paires]
    propres = () if groupe is recueil else groupe.anomalies
    dites: list[Anomalie] = []
    for _, unes in estimees:
        dites += [une for une in unes if une not in dites]
    return [estimee for estimee, _ in estimees], (*propres, *dites)


def _refuser_sans_paire(paires: Sequence[_Paire], cohorte: Cohorte) -> Exception:
    voulues = " ; ".join(f"{_nommer(de)} et {_nommer(a)}" for de, a in paires)
    return refus("evolution-sans-paire", voulues=voulues, strates=enumerer(list(map(_nommer, cohorte.strates()))))


def _nommer(strate: StrateComparee) -> str:
    return " ".join(strate)


def _dire_les_absentes(paires: Sequence[_Paire], cohorte: Cohorte) -> Iterator[Anomalie]:
    for moment, regard in dict.fromkeys(strate for paire in paires for strate in paire):
        if (moment, regard) not in cohorte.strates():
            yield anomalie("evolution-strate-absente", moment=moment, regard=regard)


def _dire_les_desertes(faites: Sequence[Evolution]) -> Iterator[Anomalie]:
    for une in faites:
        if not une.appariees:
            de, a = (nommer_la_strate(strate, une.referentiel) for strate in (une.de, une.a))
            yield anomalie("evolution-sans-personne", de=de, a=a)


_CITEES = 5
"""Personnes que cite un avertissement ; les autres sont comptées."""


def _dire_les_dates_a_rebours(faites: Sequence[Evolution]) -> Iterator[Anomalie]:
    for une in faites:
        codes = [p.identifiant for p in une.personnes if any(map(est_date_a_rebours, p.comparaisons))]
        reste = pluriel(len(codes) - _CITEES, "autre personne", "autres personnes")
        cites = [*codes[:_CITEES], *([reste] if codes[_CITEES:] else [])]
        if cites:
            de, a = (nommer_la_strate(strate, une.referentiel) for strate in (une.de, une.a))
            yield anomalie("evolution-dates-a-rebours", de=de, a=a, qui=enumerer(cites))


def ecrire_evolution(
    etude: EtudeDEvolution, chemin: Chemin, *, dialecte: str = "science", remplacer: bool = False
) -> Path:
    """Écrit ce qui a bougé dans un groupe, au format que dit le suffixe, et rend son chemin.

    En CSV, une ligne par personne et par échelle ; en classeur, tout est refait par des formules, depuis les réponses
    de chacune : ils nomment les personnes. En JSON, le groupe seul.

    :param dialecte: du CSV : « science » (R, pandas) ou « fr » (Excel).
    :raises MauvaisEmploi: suffixe ou dialecte inconnus.
    :raises ErreurCpit: si la place est prise ou ne s’écrit pas.
    """
    cible, recueil = Path(chemin), etude.recueil
    exiger_un_emploi([*fautes_de_nom(cible, EVOLUTION), *fautes_de_dialecte(dialecte)])
    reglages = Reglages(date=maintenant(), dialecte=dialecte)
    with ecriture(cible):
        rediger = FORMATS[cible.suffix.lower()].ecrire(EVOLUTION)
        rediger(cible, etude.evolutions, replace(recueil, permis=permis_de(recueil, remplacer)), reglages)
    return cible


def ecrire_page_d_evolution(etude: EtudeDEvolution, chemin: Chemin, *, remplacer: bool = False) -> Path:
    """Écrit la page de ce qui a bougé dans un groupe, à projeter ou à imprimer, et rend son chemin.

    :raises MauvaisEmploi: suffixe inconnu.
    :raises ErreurCpit: si la place est prise ou ne s’écrit pas.
    """
    from cpit.pages.page_comparaison import rendre_page_evolution

    cible = Path(chemin)
    exiger_un_emploi(fautes_de_nom(cible, PAGE))
    page = rendre_page_evolution(etude.evolutions, date=maintenant(), fichiers=len(etude.recueil.sources))
    with ecriture(cible):
        poser(cible, sceller(page.encode(), cible.suffix.lower()), permis_de(etude.recueil, remplacer))
    return cible


__all__ = ["ecrire_evolution", "ecrire_page_d_evolution", "evolution", "fautes_d_evolution"]
