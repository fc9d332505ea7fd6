"""Ce qui diffère d’un moment à l’autre, ou d’un regard à l’autre : d’une personne, d’un groupe ; ce que cela vaut,
et l’écrire.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cpit.api import exiger_scipy, maintenant
from cpit.api.arguments import Chemin, exiger_un_emploi, facade
from cpit.api.groupe import Sources, fautes_de_dialecte, fautes_de_nom, lire, noms_distincts, permis_de
from cpit.chargement import choisir_referentiel
from cpit.coeur import Progres
from cpit.coeur.cohorte import Cohorte, Releve
from cpit.coeur.comparaison import Reference, est_date_a_rebours
from cpit.coeur.evolution import Evolution, StrateComparee, evoluer, strates_a_comparer
from cpit.coeur.mots.lecture_comparaison import nommer_la_strate
from cpit.coeur.passation import REGARDS, IdentiteReferentiel, Passation, est_un_moment, ordre_du_parcours, replier_code
from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import Anomalie, ErreurCpit, anomalie, ecriture, refus
from cpit.formats import documents_json
from cpit.formats.porte import Permis, fautes_de_sorties_confondues, poser, sceller, verifier_places
from cpit.formats.recueil import EtudeDEvolution, Recueil, Reglages
from cpit.formats.registre import CLASSEUR, DICTIONNAIRE, EVOLUTION, FORMATS, PAGE, faute_de_suffixe, suffixes_ecrits
from cpit.lecture.autre_referentiel import refuser_un_autre_referentiel
from cpit.lecture.contexte import ValeursDites
from cpit.passations.cahiers import cahiers_a_cote
from cpit.passations.sauvegarde import nom_sur, relire_fichier, terminees
from cpit.rapprochement import (
    PersonneLue,
    Rapprochement,
    lire_une_personne,
    rapprocher_passations,
    referentiel_le_plus_recent,
)
from cpit.sources import reunir_sources
from cpit.typographie import accorder, clore, enumerer, pluriel


@facade
def comparer(  # noqa: PLR0913
    premiere: Chemin | Passation,
    seconde: Chemin | Passation | None = None,
    referentiel: Referentiel | Chemin | None = None,
    *,
    reference: Sources | Recueil | None = None,
    code: str | None = None,
    meme_personne: bool = False,
    collecte_personnelle: bool = False,
    identifiant: str | None = None,
    moment: str | None = None,
    regard: str | None = None,
    valeurs: ValeursDites | None = None,
    garder: str | None = None,
    encodage: str | None = None,
    correspondance: Chemin | None = None,
) -> Rapprochement:
    """Met deux passations d’une personne l’une devant l’autre, ou toutes celles d’un dossier ; rien n’est récrit.

    ``comparaison`` porte les différences et leur incertitude, ``anomalies`` les réserves.

    :param premiere: une passation ou son fichier ; ou, sans ``seconde``, un dossier où sont celles de la personne.
    :param referentiel: celui qui note ; sinon le plus récent de ceux auxquels elle a répondu.
    :param reference: les sources d’un groupe, ou son recueil, dont l’erreur de mesure dit ce que vaut une différence.
    :param code: celui de la personne, là où il y en a plusieurs.
    :param meme_personne: vrai si deux codes différents sont ceux d’une seule personne.
    :param collecte_personnelle: vrai pour montrer chacun des tiers qu’elle a sollicités ; toujours si elle est seule.
    :param identifiant: comme ceux qui suivent, celui de ``lire`` : ce que l’on dit d’une table qui le tait.
    :raises MauvaisEmploi: une consigne impossible.
    :raises ErreurCpit: passation illisible, plusieurs personnes, moins de deux passations, aucune question commune.
    """
    dites: dict[str, Any] = {"identifiant": identifiant, "moment": moment, "regard": regard, "encodage": encodage}
    dites |= {"valeurs": valeurs, "garder": garder, "correspondance": correspondance}
    qui: dict[str, Any] = {"code": code, "meme_personne": meme_personne, "collecte_personnelle": collecte_personnelle}
    sources = [une if isinstance(une, Passation) else str(une) for une in (premiere, seconde) if une is not None]
    return comparer_des_sources(sources, referentiel, reference=reference, **qui, consignes=dites)


def comparer_des_sources(  # noqa: PLR0913
    sources: Sequence[str | Passation],
    referentiel: Referentiel | Chemin | None = None,
    *,
    reference: Sources | Recueil | None = None,
    code: str | None = None,
    meme_personne: bool = False,
    collecte_personnelle: bool = False,
    consignes: Mapping[str, Any] = MappingProxyType({}),
    sorties: Iterable[Chemin] = (),
    remplacer: bool = False,
) -> Rapprochement:
    """Compare comme ``comparer``, de sources en nombre quelconque.

    :param consignes: celles de ``lire``, par leur nom : ce que l’on dit des tables à la place de ce qu’elles taisent.
    :param sorties: les fichiers que l’on écrira ensuite : jamais des sources, et refusés d’avance s’ils sont pris.
    :raises MauvaisEmploi: si une sortie est une source, ou une consigne impossible.
    :raises ErreurCpit: comme ``comparer``, ou si une place est prise.
    """
    donne, lus = (None, ()) if referentiel is None else choisir_referentiel(referentiel)
    chemins = [source for source in sources if isinstance(source, str)]
    reunion = reunir_sources(chemins, [Path(s) for s in sorties], autres=lus, remplacer=remplacer)
    dites = {nom: dite for nom, dite in consignes.items() if dite is not None}
    lues = lire_une_personne(
        sources, reunion, referentiel=donne, code=code, meme_personne=meme_personne, consignes=dites
    )
    note = donne or referentiel_le_plus_recent(lues)
    du_groupe, constats = (None, ()) if reference is None else _reference_de_la_personne(reference, note, lues)
    rapproche = rapprocher_passations(lues, note, du_groupe, collecte_personnelle=collecte_personnelle)
    rapproche = replace(rapproche, anomalies=(*rapproche.anomalies, *constats), permis=reunion.permis)
    return _avec_le_plan(rapproche, chemins)


def _avec_le_plan(rapproche: Rapprochement, chemins: Iterable[str]) -> Rapprochement:
    """Le même, avec le plan gardé à côté des passations ; abîmé, il est dit et manque."""
    cahiers = cahiers_a_cote(chemins, rapproche.comparaison.identifiant)
    if cahiers is None:
        return rapproche
    plan, dites = cahiers.plan_s_il_se_lit()
    return replace(rapproche, plan=plan, anomalies=(*rapproche.anomalies, *dites))


def _reference_de_la_personne(
    reference: Sources | Recueil, note: Referentiel, lues: PersonneLue
) -> tuple[Reference, tuple[Anomalie, ...]]:
    """L’erreur de mesure du groupe, au premier moment et sous le premier regard de la personne qu’il connaît."""
    rangees = sorted((releve.passation for releve in lues.releves), key=ordre_du_parcours)
    groupe = _lire_la_reference(reference, note)
    estimee, dites = _estimer_la_reference(groupe, [(passation.moment, passation.regard) for passation in rangees])
    return estimee, (*groupe.anomalies, *dites)


def _lire_la_reference(reference: Sources | Recueil, note: Referentiel) -> Recueil:
    """Le groupe de référence, du référentiel qui note.

    :raises ErreurCpit: groupe illisible ou d’un autre référentiel ; scipy absent.
    """
    exiger_scipy()
    recueil = reference if isinstance(reference, Recueil) else lire(reference, note)
    if recueil.referentiel.empreinte != note.empreinte:
        raise refuser_un_autre_referentiel("", IdentiteReferentiel.depuis(recueil.referentiel), note)
    return recueil


def _estimer_la_reference(
    groupe: Recueil, voulues: Sequence[tuple[str, str]]
) -> tuple[Reference, tuple[Anomalie, ...]]:
    """L’erreur de mesure d’un groupe dans la première de ces strates qu’il a, et ce qu’il y a à en dire.

    :raises ErreurCpit: si le groupe n’en a aucune.
    """
    from cpit.coeur.fidelite.etude import reference_de

    strates = groupe.cohorte.strates()
    voulue = next((strate for strate in voulues if strate in strates), None)
    if voulue is None:
        connues = ", ".join(f"{moment} {regard}" for moment, regard in strates)
        raise refus("reference-sans-strate", moment=voulues[0][0], regard=voulues[0][1], strates=connues)
    estimee = reference_de(groupe.cohorte, *voulue)
    if estimee.erreurs:
        return estimee, ()
    mots = {"moment": voulue[0], "regard": voulue[1], "personnes": accorder(estimee.personnes, "personne")}
    return estimee, (anomalie("reference-muette", **mots),)


def rapprochement_en_dictionnaire(rapprochement: Rapprochement) -> dict[str, Any]:
    """La comparaison en types simples ; avec plus de deux passations, tout le parcours aussi, sous « parcours »."""
    document = documents_json.comparaison_en_dictionnaire(rapprochement.comparaison)
    if not rapprochement.deux_seules:
        document["parcours"] = documents_json.parcours_en_dictionnaire(rapprochement.parcours)
    return document


def comparer_a_la_precedente(passation: Chemin) -> Rapprochement | None:
    """Une passation devant la précédente de la même personne, terminée et gardée dans le même dossier.

    Rien s’il n’y en a pas, si c’est le regard d’un tiers (il n’a pas à voir les réponses de la personne), ou si aucune
    question n’est restée la même.
    """
    chemin = Path(passation)
    ici = relire_fichier(chemin)[0]
    code, rang = replier_code(ici.identifiant), ordre_du_parcours(ici)
    if ici.regard != "soi" or not code:
        return None
    avant = [
        (ordre_du_parcours(une), autre)
        for autre, une in terminees(chemin.parent)
        if une.regard == "soi" and replier_code(une.identifiant) == code and ordre_du_parcours(une) < rang
    ]
    if not avant:
        return None
    try:
        return comparer_des_sources([str(max(avant)[1]), str(chemin)])
    except ErreurCpit:
        return None


def rapprocher_chacun(recueil: Recueil) -> list[Rapprochement]:
    """Ce que chaque personne d’un groupe a dit à plusieurs moments, ou ce que des tiers ont dit d’elle, lu ensemble.

    Dans l’ordre de lecture ; une personne sans code, ou dont rien ne se compare, n’y est pas.
    """
    personnes: dict[str, list[Releve]] = {}
    for notee in recueil.cohorte.notees:
        personnes.setdefault(replier_code(notee.passation.identifiant), []).append(
            replace(notee.releve, passation=notee.passation)
        )
    seule, faits = len(personnes) == 1, []
    for code, releves in personnes.items():
        if code and len(releves) > 1:
            lues = PersonneLue(tuple(releves), (recueil.referentiel,), (), nommees=False, seule=seule)
            with suppress(ErreurCpit):
                faits.append(rapprocher_passations(lues, recueil.referentiel))
    return faits


def verifier_pages_de_chacun(recueil: Recueil, rapproches: Sequence[Rapprochement], dossier: Path) -> None:
    """Refuse, avant d’écrire quoi que ce soit, un nom pris par un fichier que l’on n’a pas le droit de remplacer.

    :raises ErreurCpit: une anomalie par nom pris.
    """
    verifier_places((dossier / nom for nom in _noms_des_pages(rapproches)), recueil.permis, dossier_a_creer=True)


def ecrire_pages_de_chacun(
    recueil: Recueil, rapproches: Sequence[Rapprochement], dossier: Path, *, progres: Progres | None = None
) -> list[Path]:
    """Écrit la page de tous les moments et regards de chaque personne, et rend leurs chemins.

    :param rapproches: ce que rend ``rapprocher_chacun``.
    :param dossier: où sont déjà les autres pages du groupe.
    :raises ErreurCpit: si le dossier ne s’écrit pas, ou qu’un nom est pris.
    """
    chemins, date = list[Path](), maintenant()
    for rapproche, nom in zip(rapproches, _noms_des_pages(rapproches), strict=True):
        ici = replace(rapproche, permis=recueil.permis)
        chemins.append(ecrire_rapprochement(ici, dossier / nom, date=date))
        if progres is not None:
            progres(len(chemins), len(rapproches))
    return chemins


def _noms_des_pages(rapproches: Sequence[Rapprochement]) -> Iterator[str]:
    """« parcours-r01.html », jamais deux fois."""
    noms = noms_distincts(nom_sur("parcours", une.parcours.identifiant) for une in rapproches)
    return (f"{nom}.html" for nom in noms)


def ecrire_rapprochement(
    rapprochement: Rapprochement, chemin: Chemin, *, date: str | None = None, remplacer: bool = False
) -> Path:
    """Écrit le classeur des différences ou la page de tous les moments d’une personne, selon le suffixe ; rend son
    chemin.

    :param date: l’instant présent à défaut.
    :raises MauvaisEmploi: suffixe qui n’est celui ni d’un classeur, ni d’une page.
    :raises ErreurCpit: si l’emplacement ne s’écrit pas, ou est pris par un fichier d’une autre sorte.
    """
    faute = faute_de_suffixe(chemin, CLASSEUR, PAGE)
    exiger_un_emploi([faute] if faute else [])
    cible = Path(chemin)
    rediger = _ecrire_la_page if cible.suffix.lower() in suffixes_ecrits(PAGE) else _ecrire_le_classeur
    permis = replace(rapprochement.permis, remplacer=remplacer or rapprochement.permis.remplacer)
    with ecriture(cible):
        rediger(cible, rapprochement, date or maintenant(), permis)
    return cible


def _ecrire_la_page(cible: Path, rapprochement: Rapprochement, date: str, permis: Permis) -> None:
    from cpit.pages.page_comparaison import rendre_page_comparaison

    page = rendre_page_comparaison(
        *(rapprochement.comparaison, rapprochement.parcours, rapprochement.passations),
        date=date,
        reserves=_reserves(rapprochement),
        plan=rapprochement.plan,
    )
    poser(cible, sceller(page.encode(), cible.suffix.lower()), permis)


def _ecrire_le_classeur(cible: Path, rapprochement: Rapprochement, date: str, permis: Permis) -> None:
    from cpit.classeurs.classeur_comparaison import ecrire_classeur_comparaison

    ecrire_classeur_comparaison(
        cible,
        *(rapprochement.comparaison, rapprochement.parcours, rapprochement.passations),
        date=date,
        reserves=_reserves(rapprochement),
        permis=permis,
    )


_VOISINS = frozenset({"classeur-ignore", "sortie-ignoree", "document-ignore", "fichier-ignore"})
"""Ce qui se dit d’un fichier du dossier qui ne porte pas de réponses : rien que l’on ait à savoir de la personne."""


def _reserves(rapprochement: Rapprochement) -> list[str]:
    """Ce qu’il faut savoir de la lecture, une fois chacune : une page ne nomme pas les fichiers d’à côté."""
    dites = (une.quoi for une in rapprochement.anomalies if une.code not in _VOISINS)
    return list(dict.fromkeys(clore(f"{quoi[0].upper()}{quoi[1:]}") for quoi in dites))


def verifier_sorties_de_comparaison(classeur: Chemin | None, page: Chemin | None) -> None:
    """Refuse, avant tout travail, un nom qui n’est pas celui d’un classeur ou d’une page.

    :raises MauvaisEmploi: suffixe qui n’est pas celui d’un classeur ou d’une page.
    """
    demandees = ((chemin, sorte) for chemin, sorte in ((classeur, CLASSEUR), (page, PAGE)) if chemin is not None)
    exiger_un_emploi(faute for chemin, sorte in demandees for faute in fautes_de_nom(chemin, sorte))


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
    groupe = _lire_la_reference(reference, recueil.referentiel)
    toutes = [strate for paire in paires for strate in paire]
    estimees = [_estimer_la_reference(groupe, [*paire, *toutes]) for paire in paires]
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
    etude: EtudeDEvolution,
    chemin: Chemin,
    *,
    dialecte: str = "science",
    dictionnaire: Chemin | None = None,
    remplacer: bool = False,
) -> Path:
    """Écrit ce qui a bougé dans un groupe, au format que dit le suffixe, et rend son chemin.

    En CSV, Parquet, SPSS et Stata, une ligne par personne et par échelle ; en classeur, tout est refait par des
    formules, depuis les réponses de chacune : ils nomment les personnes. En JSON, le groupe seul.

    :param dialecte: du CSV : « science » (R, pandas) ou « fr » (Excel).
    :param dictionnaire: où écrire aussi ce que dit chaque colonne, en .csv ou .xlsx.
    :raises MauvaisEmploi: suffixe ou dialecte inconnus.
    :raises ErreurCpit: si la place est prise ou ne s’écrit pas, ou s’il manque une bibliothèque.
    """
    if dictionnaire is not None:
        # Les deux places d’abord : le refus de l’une ne laisse pas l’autre écrite.
        places = [Path(chemin), Path(dictionnaire)]
        exiger_un_emploi(
            [
                *fautes_de_nom(places[0], EVOLUTION),
                *fautes_de_nom(places[1], DICTIONNAIRE),
                *fautes_de_sorties_confondues(places),
                *fautes_de_dialecte(dialecte),
            ]
        )
        exiger_les_bibliotheques(*places)
        verifier_places(places, permis_de(etude.recueil, remplacer))
        ecrire_dictionnaire_d_evolution(etude, dictionnaire, dialecte=dialecte, remplacer=remplacer)
    return _rediger(etude, Path(chemin), EVOLUTION, dialecte, remplacer=remplacer)


def ecrire_dictionnaire_d_evolution(
    etude: EtudeDEvolution, chemin: Chemin, *, dialecte: str = "science", remplacer: bool = False
) -> Path:
    """Écrit le dictionnaire de ce qui a bougé personne par personne, en .csv ou .xlsx, et rend son chemin.

    Chaque variable y a son libellé, son type, son unité, sa formule, ses codes, et son nom dans SPSS et Stata.

    :param dialecte: du CSV, comme ``ecrire_evolution``.
    :raises MauvaisEmploi: suffixe ou dialecte inconnus.
    :raises ErreurCpit: si la place est prise ou ne s’écrit pas.
    """
    return _rediger(etude, Path(chemin), DICTIONNAIRE, dialecte, remplacer=remplacer)


def _rediger(etude: EtudeDEvolution, cible: Path, sorte: str, dialecte: str, *, remplacer: bool) -> Path:
    exiger_un_emploi([*fautes_de_nom(cible, sorte), *fautes_de_dialecte(dialecte)])
    exiger_les_bibliotheques(cible)
    recueil, reglages = etude.recueil, Reglages(date=maintenant(), dialecte=dialecte)
    with ecriture(cible):
        rediger = FORMATS[cible.suffix.lower()].ecrire(sorte)
        rediger(cible, etude.evolutions, replace(recueil, permis=permis_de(recueil, remplacer)), reglages)
    return cible


def exiger_les_bibliotheques(*chemins: Chemin) -> None:
    """Refuse, avant tout travail, un format dont la bibliothèque manque.

    :raises ErreurCpit: avec ce qu’il faut installer.
    """
    formats = [FORMATS[Path(chemin).suffix.lower()] for chemin in chemins]
    manquent = {une.nom: manquantes for une in formats if (manquantes := une.manquantes())}
    if manquent:
        mots = ((nom, " et ".join(noms)) for nom, noms in manquent.items())
        raise ErreurCpit([anomalie("bibliotheque-requise", format=nom, bibliotheques=noms) for nom, noms in mots])


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
