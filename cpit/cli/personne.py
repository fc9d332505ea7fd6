"""Les commandes d’une personne : répondre, lire son résultat, comprendre un score ; et ce qui suit un résultat.

Son plan, ses traces de l’année, son portfolio.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cpit.aide import Commande
from cpit.cli.options import (
    CONSIGNES,
    ArgumentPassation,
    ArgumentPassations,
    OptionClasseur,
    OptionCode,
    OptionCollecte,
    OptionConditions,
    OptionConnaissance,
    OptionCorrespondance,
    OptionDateDuMoment,
    OptionEncodage,
    OptionEvaluateur,
    OptionFormatDePage,
    OptionFormatDuPortfolio,
    OptionGabarit,
    OptionGarder,
    OptionIdentifiant,
    OptionIdentiques,
    OptionMemePersonne,
    OptionMomentDemande,
    OptionMomentLu,
    OptionMomentPorte,
    OptionMontrerLesConditions,
    OptionPage,
    OptionPageOuDocument,
    OptionPlace,
    OptionPourUsage,
    OptionReference,
    OptionReferentiel,
    OptionRegardLu,
    OptionRemplacer,
    OptionRoleEvaluateur,
    OptionSansTraces,
    OptionSimple,
    OptionTraces,
    OptionValeurs,
    terminal,
)
from cpit.ouverture import chemin_reel

if TYPE_CHECKING:
    from cpit.coeur.mots.restitution import Restitution
    from cpit.coeur.suites import Plan, Traces
    from cpit.formats.porte import Permis
    from cpit.passations.cahiers import CahierEcrit, Cahiers
    from cpit.passations.relecture import Relecture
    from cpit.questionnaire.seance import DemandeSeance
    from cpit.rapprochement import Rapprochement
    from cpit.terminal import Terminal


app = typer.Typer()


@app.command(
    cls=Commande,
    epilog="Par exemple : cpit questionnaire --dossier mes-reponses",
)
def questionnaire(
    dossier: Annotated[Path, typer.Option(metavar="DOSSIER", help="Où écrire les fichiers.")] = Path(),
    reprendre: Annotated[
        Path | None, typer.Option(metavar="FICHIER", help="Passation à reprendre.", show_default=False)
    ] = None,
    code: Annotated[str | None, typer.Option(metavar="CODE", help="Code ou nom.", show_default=False)] = None,
    moment: OptionMomentDemande = None,
    date: OptionDateDuMoment = None,
    regard: Annotated[str | None, typer.Option(metavar="REGARD", help="soi ou tiers.", show_default=False)] = None,
    evaluateur: OptionEvaluateur = None,
    role_evaluateur: OptionRoleEvaluateur = None,
    connaissance: OptionConnaissance = None,
    profil: Annotated[
        list[str] | None,
        typer.Option(metavar="QUESTION=CHOIX", help="Réponse de profil ; à répéter.", show_default=False),
    ] = None,
    sans_profil: Annotated[bool, typer.Option("--sans-profil", help="Ne pose pas les questions de profil.")] = False,
    place: OptionPlace = False,
    conditions: OptionConditions = False,
    nom_referentiel: OptionReferentiel = None,
    simple: OptionSimple = False,
) -> None:
    """Répondre au questionnaire, puis lire sa restitution, la garder en classeur et en page."""
    from dataclasses import replace

    from cpit.questionnaire.seance import preparer_seance

    demande = preparer_seance(
        dossier,
        nom_referentiel=nom_referentiel,
        reprendre=reprendre,
        identite={
            **{"identifiant": code, "moment": moment, "regard": regard, "date_moment": date},
            **{"evaluateur": evaluateur, "role_evaluateur": role_evaluateur, "connaissance": connaissance},
        },
        profil=profil or [],
        sans_profil=sans_profil,
        place=place,
    )
    _mener_et_restituer(replace(demande, conditions=conditions), simple=simple)


@app.command(
    cls=Commande,
    epilog="Par exemple : cpit corriger passation-r01-t0-soi.json",
)
def corriger(passation: ArgumentPassation, simple: OptionSimple = False) -> None:
    """Rouvrir une passation terminée pour la corriger ; la version d'avant est gardée."""
    from cpit.erreurs import refus
    from cpit.questionnaire.seance import DemandeSeance

    if not terminal(simple).interactif:
        raise refus("correction-sans-terminal", str(passation))
    demande = DemandeSeance(passation.parent, reprendre=passation, sans_profil=True, corriger=True)
    _mener_et_restituer(demande, simple=simple)


@app.command(
    cls=Commande,
    epilog="Par exemple : cpit restituer passation-r01-t0-soi.json --page r01.html",
)
def restituer(
    passation: ArgumentPassation,
    classeur: OptionClasseur = None,
    page: OptionPageOuDocument = None,
    format_: OptionFormatDePage = None,
    gabarit: OptionGabarit = None,
    json: Annotated[bool, typer.Option("--json", help="Écrit le résultat en JSON sur la sortie.")] = False,
    sans_traces: OptionSansTraces = False,
    traces: OptionTraces = None,
    pour: OptionPourUsage = None,
    conditions: OptionMontrerLesConditions = False,
    remplacer: OptionRemplacer = False,
    moment: OptionMomentPorte = None,
    nom_referentiel: OptionReferentiel = None,
    items_identiques: OptionIdentiques = False,
    simple: OptionSimple = False,
) -> None:
    """Montrer le résultat d'une passation, à l'écran, en classeur, en page, en document Word ou en JSON."""
    from cpit.affichage import montrer_anomalies
    from cpit.api import personne

    choix = _traces_a_montrer(traces, sans=sans_traces or (pour is not None and traces is None))
    page = _choisir_la_page(passation, page, format_, pour, gabarit)
    relecture = _relire(passation, nom_referentiel, simple=simple, items_identiques=items_identiques, moment=moment)
    if pour is not None:
        personne.verifier_l_usage(pour, relecture.restitution.passation.regard)
    restitution = relecture.restitution if choix is None else personne.choisir_les_traces(relecture.restitution, choix)
    permis = personne.permis_de_restitution(passation, nom_referentiel, remplacer=remplacer)
    personne.verifier_sorties_de_personne(classeur, page, permis)
    dire = _montrer_le_resultat(terminal(simple), restitution, json=json)
    montrer_anomalies(terminal(simple, erreur=True), personne.traces_absentes(restitution, choix or ()))
    if classeur is not None:
        _ecrire_et_dire(dire, "Classeur", restitution, classeur, permis)
    if page is not None and pour is not None:
        ecrire = partial(personne.ecrire_feuille_d_entretien, conditions=conditions, permis=permis)
        ecrire(page, restitution, gabarit=gabarit)
        _dire_ou(dire, _dire_la_sorte(page), page)
    elif page is not None:
        plan = _plan_a_montrer(relecture, choix)
        _ecrire_et_dire(dire, _dire_la_sorte(page), restitution, page, permis, plan, gabarit)


def _montrer_le_resultat(ecran: Terminal, restitution: Restitution, *, json: bool) -> Terminal | None:
    """Montre le résultat, et rend l’écran où dire la suite ; rien si la sortie n’est que du JSON."""
    from cpit.affichage import montrer_json
    from cpit.affichage.ecran_restitution import montrer_restitution
    from cpit.api.personne import resultat_en_dictionnaire

    if json:
        montrer_json(ecran, resultat_en_dictionnaire(restitution))
        return None
    montrer_restitution(ecran, restitution)
    return ecran


def _plan_a_montrer(relecture: Relecture, choix: object) -> Plan | None:
    """Le plan de la page ; qui choisit les traces qu’il montre n’y met pas ses pas, et a des lignes à remplir."""
    from dataclasses import replace

    if choix is None or relecture.plan is None:
        return relecture.plan
    return replace(relecture.plan, pas=())


@app.command(
    cls=Commande,
    epilog="Par exemple : cpit comparer mes-reponses --code R01",
)
def comparer(
    sources: ArgumentPassations,
    code: OptionCode = None,
    classeur: OptionClasseur = None,
    page: OptionPage = None,
    json: Annotated[bool, typer.Option("--json", help="Écrit la comparaison en JSON sur la sortie.")] = False,
    reference: OptionReference = None,
    meme_personne: OptionMemePersonne = False,
    collecte_personnelle: OptionCollecte = False,
    identifiant: OptionIdentifiant = None,
    moment: OptionMomentLu = None,
    regard: OptionRegardLu = None,
    valeurs: OptionValeurs = None,
    garder: OptionGarder = None,
    encodage: OptionEncodage = None,
    correspondance: OptionCorrespondance = None,
    remplacer: OptionRemplacer = False,
    nom_referentiel: OptionReferentiel = None,
    simple: OptionSimple = False,
) -> None:
    """Comparer les passations d'une personne : deux moments, ou deux regards."""
    from cpit.api import comparaison
    from cpit.cli.options import dire_les_anomalies

    comparaison.verifier_sorties_de_comparaison(classeur, page)
    dites = (identifiant, moment, regard, valeurs, garder, encodage, correspondance)
    rapprochement = comparaison.comparer_des_sources(
        *(sources, nom_referentiel),
        reference=reference or None,
        code=code,
        meme_personne=meme_personne,
        collecte_personnelle=collecte_personnelle,
        consignes=dict(zip(CONSIGNES, dites, strict=True)),
        sorties=[sortie for sortie in (classeur, page) if sortie is not None],
        remplacer=remplacer,
    )
    sorties = {"Classeur": classeur, "Page": page}
    _montrer_et_ecrire(terminal(simple), sources, rapprochement, sorties, json=json)
    dire_les_anomalies(terminal(simple, erreur=True), rapprochement.anomalies)


@app.command(
    cls=Commande,
    epilog="Par exemple : cpit expliquer passation-r01-t0-soi.json C1",
)
def expliquer(
    passation: ArgumentPassation,
    echelle: Annotated[
        str | None, typer.Argument(metavar="[ECHELLE]", help="Une échelle (C1, publique…) ou « position ».")
    ] = None,
    moment: OptionMomentPorte = None,
    nom_referentiel: OptionReferentiel = None,
    items_identiques: OptionIdentiques = False,
    simple: OptionSimple = False,
) -> None:
    """Dérouler le calcul d'un score : item, inversion, poids, échelle, position."""
    from cpit.affichage.ecran_restitution import montrer_explication

    relecture = _relire(passation, nom_referentiel, simple=simple, items_identiques=items_identiques, moment=moment)
    montrer_explication(terminal(simple), relecture.restitution, echelle)


@app.command(
    cls=Commande,
    epilog="Par exemple : cpit verifier passation-r01-t0-soi.json",
)
def verifier(passation: ArgumentPassation, simple: OptionSimple = False) -> None:
    """Vérifier une passation (somme de contrôle, référentiel, recalcul), un plan ou des traces (somme)."""
    from cpit.api import personne
    from cpit.erreurs import ErreurCpit

    verification = personne.verifier(passation)
    for constat in verification.constats:
        terminal(simple).dire(constat)
    if verification.anomalies:
        raise ErreurCpit(verification.anomalies)


@app.command(
    cls=Commande,
    epilog="Par exemple : cpit demo --dossier essai",
)
def demo(
    dossier: Annotated[Path, typer.Option(metavar="DOSSIER", help="Où créer « cpit-demo ».")] = Path(),
    simple: OptionSimple = False,
) -> None:
    """Tout voir d'un trait sur des réponses fictives : restitution, pages, classeurs, jeu de données."""
    _demontrer(terminal(simple), terminal(simple, erreur=True), dossier)


_DOSSIER_DE_DEMO = "cpit-demo"
_COHORTE_DE_DEMO = "cohorte-fictive.csv"
_ECRITS_PAR_LA_DEMO = (
    ("restitution.html", "la page d’une personne, à garder, à imprimer, à apporter à un entretien"),
    ("restitution.xlsx", "son classeur, où chaque score est refait par des formules"),
    ("comparaison.html", "la même personne, six mois après, et devant un tiers : ce qui bouge, ce qui reste incertain"),
    ("formulaire-t0-soi.html", "le questionnaire à envoyer à qui n’a pas de terminal"),
    ("groupe.html", "la page d’un groupe, à projeter"),
    ("groupe.xlsx", "son classeur : scores, matrice, profils, anomalies"),
    ("jeu", "le jeu de données pseudonymisé d’une étude, avec son dictionnaire"),
)
_SUITES_DE_LA_DEMO = (
    ("{cpit} questionnaire", "répondre pour vous, en une dizaine de minutes, à reprendre quand vous voulez"),
    ("{cpit} expliquer {passation} C1", "voir d’où vient un score"),
    ("{cpit} comparer {exemples} --code R01", "lire une personne d’un moment à l’autre"),
    ("{cpit} cohorte {cohorte} --sortie groupe.xlsx", "noter un groupe et le voir à l’écran"),
    ("{cpit} referentiel montrer", "lire les situations, les règles et leurs sources"),
)


def _demontrer(ecran: Terminal, erreurs: Terminal, dossier: Path) -> None:
    """Montre la restitution d’une passation, puis écrit dans « cpit-demo » ce que donnent les autres commandes.

    :raises ErreurCpit: si le dossier n’existe pas ou ne s’écrit pas.
    """
    from cpit.emplacements import dossier as dossier_livre
    from cpit.erreurs import ecriture, refus
    from cpit.formats.durable import creer_dossier
    from cpit.ouverture import cpit_a_taper, est_un_dossier, mot_a_taper

    if not est_un_dossier(dossier):
        raise refus("dossier-introuvable", str(dossier), nom=dossier)
    place = dossier / _DOSSIER_DE_DEMO
    with ecriture(place):
        creer_dossier(place)
    exemples = dossier_livre("exemples")
    passation = min(exemples.glob("passation-*.json"))
    _demontrer_une_personne(ecran, passation, place)
    _demontrer_un_groupe(erreurs, exemples / _COHORTE_DE_DEMO, place)
    ecran.dire()
    ecran.dire("Écrit aussi, dans")
    ecran.copier(f"  {chemin_reel(place)}")
    _lister(ecran, _ECRITS_PAR_LA_DEMO)
    ecran.dire("Et maintenant :")
    fichiers = {
        "passation": mot_a_taper(passation),
        "cohorte": mot_a_taper(exemples / _COHORTE_DE_DEMO),
        "exemples": mot_a_taper(exemples),
    }
    _lister(ecran, [(suite.format(cpit=cpit_a_taper(), **fichiers), quoi) for suite, quoi in _SUITES_DE_LA_DEMO])


def _demontrer_une_personne(ecran: Terminal, passation: Path, place: Path) -> None:
    """Sa restitution, montrée et écrite ; ses deux moments, et ce qu’en dit un tiers ; un formulaire."""
    from cpit.affichage.ecran_restitution import montrer_restitution
    from cpit.api.comparaison import comparer_des_sources, ecrire_rapprochement
    from cpit.api.formulaires import formulaires
    from cpit.api.personne import ecrire_restitution, relire

    ecran.dire(f"Une passation fictive ({passation.name}) :")
    relecture = relire(passation)
    montrer_restitution(ecran, relecture.restitution)
    for suffixe in (".xlsx", ".html"):
        ecrire_restitution(place / f"restitution{suffixe}", relecture.restitution, plan=relecture.plan)
    siennes = sorted(passation.parent.glob("passation-r01-*.json"))
    ecrire_rapprochement(comparer_des_sources([str(chemin) for chemin in siennes]), place / "comparaison.html")
    formulaires(dossier=place, format="html", remplacer=True)


def _demontrer_un_groupe(erreurs: Terminal, cohorte: Path, place: Path) -> None:
    """Le groupe et son jeu de données ; le CSV et l’Excel du jeu, que toute installation sait écrire."""
    from cpit.api.groupe import ecrire_cohorte, ecrire_page_groupe, lire
    from cpit.api.recherche import exporter
    from cpit.cli.options import dire_les_anomalies

    recueil = lire(cohorte, sorties=[place / "groupe.xlsx", place / "groupe.html"])
    ecrire_cohorte(recueil, place / "groupe.xlsx")
    ecrire_page_groupe(recueil, place / "groupe.html")
    export = exporter(recueil, place / "jeu", formats=["csv", "xlsx"])
    dire_les_anomalies(erreurs, export.anomalies)


def _lister(ecran: Terminal, lignes: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> None:
    for nom, quoi in lignes:
        ecran.copier(f"  {nom}")
        ecran.dire(quoi, retrait=6)


def _traces_a_montrer(traces: str | None, *, sans: bool) -> list[str] | None:
    """Les codes dont montrer la trace ; aucun avec --sans-traces, et rien (toutes) sans demande.

    Une feuille d’entretien n’en montre que si on les nomme : elle se donne à lire à quelqu’un d’autre.
    """
    from cpit.erreurs import MauvaisEmploi, anomalie

    if traces is not None and sans:
        raise MauvaisEmploi([anomalie("traces-contraires")])
    if traces is None:
        return [] if sans else None
    return [code for code in traces.split(",") if code.strip()]


def _choisir_la_page(
    passation: Path, page: Path | None, format_: str | None, pour: str | None, gabarit: Path | None
) -> Path | None:
    """Où écrire la page : là où on le dit, ou à côté de la passation, sous son nom, au format demandé."""
    choisie = _nommer_la_page(passation, page, format_)
    _verifier_la_page(choisie, pour, gabarit)
    return choisie


def _nommer_la_page(passation: Path, page: Path | None, format_: str | None) -> Path | None:
    from cpit.erreurs import MauvaisEmploi, anomalie
    from cpit.formats.registre import DOCUMENT, PAGE, codes_ecrits

    if format_ is None:
        return page
    voulue = page or passation.with_suffix(f".{format_}")
    if format_ not in (*codes_ecrits(PAGE), *codes_ecrits(DOCUMENT)) or voulue.suffix.lower() != f".{format_}":
        raise MauvaisEmploi([anomalie("format-de-page", format=format_, nom=voulue.name)])
    return voulue


def _verifier_la_page(page: Path | None, pour: str | None, gabarit: Path | None) -> None:
    """Refuse ce qui ne va qu’avec une page, sans elle, ou qu’avec un document."""
    from cpit.api.arguments import exiger_un_emploi
    from cpit.api.personne import fautes_de_gabarit
    from cpit.erreurs import MauvaisEmploi, anomalie

    if pour is not None and page is None:
        raise MauvaisEmploi([anomalie("page-manquante", option="--pour")])
    exiger_un_emploi(fautes_de_gabarit(page, gabarit))


@app.command(
    cls=Commande,
    epilog="Par exemple : cpit gabarit mon-gabarit.docx",
)
def gabarit(
    fichier: Annotated[Path, typer.Argument(metavar="F.docx", help="Où écrire la copie.", show_default=False)],
    document: Annotated[str, typer.Option("--document", metavar="NOM", help="personne.")] = "personne",
    remplacer: OptionRemplacer = False,
    simple: OptionSimple = False,
) -> None:
    """Copier le gabarit Word livré, pour le changer et le donner à « restituer --gabarit »."""
    from cpit.api.personne import gabarit as copier_le_gabarit

    _dire_ou(terminal(simple), "Gabarit", copier_le_gabarit(fichier, document=document, remplacer=remplacer))


def _montrer_et_ecrire(
    ecran: Terminal,
    sources: Iterable[str],
    rapprochement: Rapprochement,
    sorties: dict[str, Path | None],
    *,
    json: bool,
) -> None:
    """Montre une comparaison, à l’écran ou en JSON, et les pas ; puis écrit son classeur et sa page, si on les veut."""
    from cpit.affichage import montrer_json
    from cpit.affichage.ecran_comparaison import montrer_la_comparaison
    from cpit.api import comparaison

    if json:
        montrer_json(ecran, comparaison.rapprochement_en_dictionnaire(rapprochement))
    else:
        montrer_la_comparaison(ecran, rapprochement.comparaison, rapprochement.parcours)
        rapprochement = _suivre_les_pas(ecran, sources, rapprochement)
    for quoi, chemin in sorties.items():
        if chemin is not None:
            comparaison.ecrire_rapprochement(rapprochement, chemin)
            _dire_ou(None if json else ecran, quoi, chemin)


def _suivre_les_pas(ecran: Terminal, sources: Iterable[str], rapprochement: Rapprochement) -> Rapprochement:
    """Demande où en sont les pas de la personne, s’il y a quelqu’un pour répondre, puis les montre.

    Rend le rapprochement, son plan tel qu’il est devenu ; l’entrée fermée vaut « plus tard ».
    """
    from dataclasses import replace

    from cpit.affichage.ecran_restitution import montrer_le_plan
    from cpit.api import maintenant
    from cpit.passations.cahiers import cahiers_a_cote
    from cpit.questionnaire.dialogue_des_cahiers import DialogueDuPlan

    plan = rapprochement.plan
    if plan is None or not plan.pas:
        return rapprochement
    cahiers = cahiers_a_cote(sources, rapprochement.comparaison.identifiant)
    if ecran.interactif and cahiers is not None:
        with contextlib.suppress(EOFError):
            plan = DialogueDuPlan(ecran, cahiers, maintenant).reprendre(plan)
    montrer_le_plan(ecran, plan)
    return replace(rapprochement, plan=plan)


def _mener_et_restituer(demande: DemandeSeance, *, simple: bool) -> None:
    from cpit.affichage.ecran_restitution import montrer_restitution
    from cpit.api import maintenant
    from cpit.questionnaire.seance import mener_seance
    from cpit.terminal import Quitter

    ecran = terminal(simple)
    try:
        restitution, chemin = mener_seance(ecran, demande, maintenant)
    except Quitter:
        return
    try:
        montrer_restitution(ecran, restitution)
        if ecran.interactif and not demande.corriger:
            _montrer_depuis_la_precedente(ecran, chemin)
            _suivre_le_plan(ecran, restitution, chemin)
    finally:
        _garder_a_cote(ecran, restitution, chemin)
    if ecran.interactif:
        _proposer_d_ouvrir(ecran, chemin.with_suffix(".html"))


def _suivre_le_plan(ecran: Terminal, restitution: Restitution, passation: Path) -> None:
    """Demande où en sont les pas de la personne, et en propose d’autres ; l’entrée fermée vaut « plus tard »."""
    from cpit.api import maintenant
    from cpit.passations.cahiers import Cahiers
    from cpit.questionnaire.dialogue_des_cahiers import DialogueDuPlan

    if restitution.passation.regard != "soi" or not restitution.passation.identifiant:
        return
    with contextlib.suppress(EOFError):
        DialogueDuPlan(ecran, Cahiers.trouver(passation), maintenant).suivre(restitution)


def _montrer_depuis_la_precedente(ecran: Terminal, passation: Path) -> None:
    """Montre ce qui a bougé depuis la passation d’avant, s’il y en a une dans le même dossier."""
    from cpit.affichage.ecran_comparaison import montrer_la_comparaison
    from cpit.api.comparaison import comparer_a_la_precedente

    rapprochement = comparer_a_la_precedente(passation)
    if rapprochement is not None:
        montrer_la_comparaison(ecran, rapprochement.comparaison, rapprochement.parcours)


def _relire(
    passation: Path, nom_referentiel: str | None, *, simple: bool, items_identiques: bool, moment: str | None
) -> Relecture:
    """Relit une passation et dit les avertissements sur la sortie d’erreur."""
    from cpit.affichage import montrer_anomalies
    from cpit.api import personne

    relecture = personne.relire(passation, nom_referentiel, items_identiques=items_identiques, moment=moment)
    montrer_anomalies(terminal(simple, erreur=True), relecture.anomalies)
    return relecture


def _garder_a_cote(ecran: Terminal, restitution: Restitution, passation: Path) -> None:
    """Dit où est la passation, et écrit à côté son classeur et sa page, sous le même nom ; la page en dernier.

    Ce qui ne s’écrit pas (un classeur resté ouvert dans un tableur) n’empêche pas le reste, et se refait.

    :raises ErreurCpit: ce qui ne s’est pas écrit, une fois le reste écrit.
    """
    from cpit.api.personne import permis_de_restitution
    from cpit.erreurs import Anomalie, ErreurCpit

    ecran.dire()
    ecran.dire("Passation :")
    ecran.copier(str(chemin_reel(passation)))
    permis, fautes, manquent = permis_de_restitution(passation), list[Anomalie](), dict[str, Path]()
    for quoi, suffixe, plan in (("Classeur", ".xlsx", None), ("Page", ".html", _plan_de(restitution, passation))):
        try:
            _ecrire_et_dire(ecran, quoi, restitution, passation.with_suffix(suffixe), permis, plan)
        except ErreurCpit as erreur:
            fautes += erreur.anomalies
            manquent[quoi.lower()] = passation.with_suffix(suffixe)
    if fautes:
        from cpit.ouverture import commande_a_taper

        ecran.dire("Une fois réparé ce que dit le refus, ce qui manque s'écrit ainsi :")
        ecran.copier(commande_a_taper("restituer", passation, **manquent))
        raise ErreurCpit(fautes)


def _plan_de(restitution: Restitution, passation: Path) -> Plan | None:
    """Les pas de la personne, s’ils se lisent ; rien du regard d’un tiers, ni sans code."""
    from cpit.passations.cahiers import Cahiers

    if restitution.passation.regard != "soi" or not restitution.passation.identifiant:
        return None
    return Cahiers.trouver(passation).plan_s_il_se_lit()[0]


def _proposer_d_ouvrir(ecran: Terminal, page: Path) -> None:
    """Ouvre la page dans le navigateur si on le demande ; sans navigateur, le dit."""
    try:
        reponse = ecran.demander("Entrée pour finir, o pour ouvrir la page : ")
    except EOFError:
        return
    if reponse.casefold() not in ("o", "oui", "ouvrir"):
        return
    import webbrowser

    if not webbrowser.open(chemin_reel(page).absolute().as_uri()):
        ecran.dire("Aucun navigateur ne s'est ouvert : ouvrez la page d'un double-clic.")


def _ecrire_et_dire(
    ecran: Terminal | None,
    quoi: str,
    restitution: Restitution,
    chemin: Path,
    permis: Permis,
    plan: Plan | None = None,
    gabarit: Path | None = None,
) -> None:
    """Écrit le classeur, la page ou le document d’une personne, et dit où s’il y a un écran."""
    from cpit.api.personne import ecrire_restitution

    ecrire_restitution(chemin, restitution, permis=permis, plan=plan, gabarit=gabarit)
    _dire_ou(ecran, quoi, chemin)


def _dire_la_sorte(chemin: Path) -> str:
    from cpit.api.personne import est_un_document

    return "Document" if est_un_document(chemin) else "Page"


def _dire_ou(ecran: Terminal | None, quoi: str, chemin: Path) -> None:
    if ecran is not None:
        ecran.dire(f"{quoi} :")
        ecran.copier(str(chemin_reel(chemin)))


ArgumentPersonne = Annotated[
    str | None, typer.Argument(metavar="[CODE]", help="Code de la personne, s'il y en a d'autres.", show_default=False)
]
OptionDossierDesPassations = Annotated[
    Path, typer.Option("--dossier", metavar="DOSSIER", help="Où sont ses passations.")
]


_RIEN_DE_NOTE = "Rien n'est noté."


@contextlib.contextmanager
def _au_clavier(ecran: Terminal, reste: str) -> Iterator[None]:
    """Dit ce qui reste de ce que l’on interrompt, ou quitte ; la commande s’arrête là.

    :raises Interruption: si l’entrée se ferme ou si la personne interrompt.
    :raises Exit: si elle demande à s’arrêter.
    """
    from cpit.erreurs import Interruption
    from cpit.terminal import Quitter

    try:
        yield
    except (EOFError, KeyboardInterrupt):
        ecran.dire()
        ecran.dire(f"Interrompu. {reste}")
        raise Interruption([]) from None
    except Quitter:
        ecran.dire(f"Quitté. {reste}")
        raise typer.Exit from None


def _texte(nom: str, aide: str) -> Any:
    return typer.Option(nom, metavar="TEXTE", help=aide, show_default=False)


@app.command(
    cls=Commande,
    epilog="Par exemple : cpit plan mes-reponses --code R01",
)
def plan(
    source: Annotated[
        Path, typer.Argument(metavar="[DOSSIER]", help="Le dossier de vos passations, l'une d'elles, ou votre code.")
    ] = Path(),
    code: OptionCode = None,
    simple: OptionSimple = False,
) -> None:
    """Lire et tenir son plan : un à trois pas, dans ses mots, et ce qu'ils deviennent."""
    from cpit.affichage import montrer_anomalies
    from cpit.affichage.ecran_restitution import montrer_le_plan
    from cpit.api import maintenant
    from cpit.passations.cahiers import Cahiers
    from cpit.questionnaire.dialogue_des_cahiers import DialogueDuPlan

    # Le mot qui n’est ni un dossier ni un fichier est un code, comme pour « trace » et « portfolio ».
    est_un_code = code is None and not source.exists() and source.name == str(source) and not source.suffix
    cahiers = Cahiers.trouver(Path(), str(source)) if est_un_code else Cahiers.trouver(source, code)
    ecran = terminal(simple)
    if ecran.interactif:
        with _au_clavier(ecran, "Ce qui a été noté est enregistré."):
            DialogueDuPlan(ecran, cahiers, maintenant).tenir()
        return
    lu, anomalies = cahiers.plan()
    montrer_anomalies(terminal(simple, erreur=True), anomalies)
    montrer_le_plan(ecran, lu)


@app.command(
    cls=Commande,
    epilog='Par exemple : cpit trace R01 C3C --situation "Repas de quartier" --piece photo.jpg',
)
def trace(
    code: ArgumentPersonne = None,
    item: Annotated[
        str | None, typer.Argument(metavar="[ITEM]", help="Situation illustrée : C3C, ou S1 pour une des vôtres.")
    ] = None,
    dossier: OptionDossierDesPassations = Path(),
    situation: Annotated[str, _texte("--situation", "Ce qui s'est passé.")] = "",
    mobilise: Annotated[str, _texte("--mobilise", "Ce que vous avez mobilisé.")] = "",
    avec: Annotated[str, _texte("--avec", "Avec qui.")] = "",
    suite: Annotated[str, _texte("--suite", "Ce qui en est sorti.")] = "",
    appris: Annotated[str, _texte("--appris", "Ce que vous avez appris.")] = "",
    piece: Annotated[str, _texte("--piece", "Un fichier ou un lien : noté, jamais copié.")] = "",
    le: Annotated[
        str, typer.Option("--le", metavar="DATE", help="Le jour, ou le mois ; aujourd'hui sinon.", show_default=False)
    ] = "",
    competence: Annotated[
        str | None,
        typer.Option(metavar="COMPETENCE", help="Ajoute une situation à vous, sous C3…", show_default=False),
    ] = None,
    ingenierie: Annotated[
        str, typer.Option(metavar="INGENIERIE", help="De cette situation : publique…", show_default=False)
    ] = "",
    niveau: Annotated[
        int | None, typer.Option(metavar="N", help="De cette situation ; jamais noté.", show_default=False)
    ] = None,
    simple: OptionSimple = False,
) -> None:
    """Noter au long de l'année une trace datée, ou une situation que le questionnaire n'a pas."""
    from cpit.api.personne import jour_demande
    from cpit.passations.cahiers import Cahiers

    if code and not item and Cahiers.nomme_une_situation(dossier, code):
        code, item = None, code
    ecran, cahiers = terminal(simple), Cahiers.trouver(dossier, code)
    if competence is not None:
        _ajouter_une_situation(ecran, cahiers, situation, (competence, ingenierie, niveau))
        return
    textes = {"situation": situation, "mobilise": mobilise, "avec": avec}
    textes |= {"suite": suite, "appris": appris, "piece": piece}
    _ajouter_une_trace(ecran, cahiers, item, textes, jour_demande(le))


def _ajouter_une_situation(
    ecran: Terminal, cahiers: Cahiers, enonce: str, rangement: tuple[str, str, int | None]
) -> None:
    from cpit.affichage import montrer_anomalies
    from cpit.api import maintenant
    from cpit.erreurs import MauvaisEmploi, anomalie
    from cpit.questionnaire.dialogue_des_cahiers import demander_une_situation, ecrire_ou_reessayer
    from cpit.typographie import enumerer

    competence, ingenierie, niveau = rangement

    def ecrire() -> CahierEcrit[Traces]:
        return cahiers.ajouter_situation(enonce, competence, ingenierie, maintenant(), niveau=niveau)

    if ecran.interactif:
        with _au_clavier(ecran, _RIEN_DE_NOTE):
            enonce, competence, ingenierie = demander_une_situation(ecran, cahiers, enonce, competence, ingenierie)
            ecrit = ecrire_ou_reessayer(ecran, ecrire)
    else:
        if absents := [nom for nom, mot in (("--situation", enonce), ("--ingenierie", ingenierie)) if not mot.strip()]:
            raise MauvaisEmploi([anomalie("situation-a-soi-incomplete", options=enumerer(absents))])
        ecrit = ecrire()
    code = ecrit.cahier.situations[-1].code
    montrer_anomalies(ecran, ecrit.anomalies)
    ecran.dire(f"Situation ajoutée sous {code} ; elle n'entre dans aucun score. Une trace d'elle :")
    ecran.copier(_commande_de_trace(cahiers, code))


def _commande_de_trace(cahiers: Cahiers, code: str) -> str:
    """Ce qui se tape d’ici pour ajouter une trace d’une situation à ces cahiers."""
    from cpit.ouverture import chemin_reel, commande_a_taper

    la = None if chemin_reel(cahiers.dossier) == Path.cwd() else cahiers.dossier
    return commande_a_taper("trace", cahiers.identifiant, code, dossier=la)


def _ajouter_une_trace(ecran: Terminal, cahiers: Cahiers, item: str | None, textes: dict[str, str], le: str) -> None:
    from cpit.affichage import montrer_anomalies
    from cpit.api import maintenant
    from cpit.erreurs import ACopier, MauvaisEmploi, anomalie
    from cpit.passations.cahiers import piece_absente
    from cpit.questionnaire.dialogue_des_cahiers import demander_une_trace, ecrire_ou_reessayer

    if ecran.interactif:
        with _au_clavier(ecran, _RIEN_DE_NOTE):
            dite = demander_une_trace(ecran, cahiers, item, textes)
            if dite is None:
                ecran.dire(_RIEN_DE_NOTE)
                return
            ecrit = ecrire_ou_reessayer(ecran, lambda: cahiers.ajouter_trace(*dite, maintenant(), le=le))
        textes = dite[1]
    elif not item or not textes["situation"]:
        quoi = "ce qui s'est passé" if item else "le code de la situation illustrée"
        commande = ACopier(_commande_de_trace(cahiers, item or "C1P"))
        raise MauvaisEmploi([anomalie("trace-incomplete", quoi=quoi, commande=commande)])
    else:
        ecrit = cahiers.ajouter_trace(item, textes, maintenant(), le=le)
    montrer_anomalies(ecran, ecrit.anomalies)
    ecran.dire("Trace enregistrée dans :")
    ecran.copier(str(chemin_reel(ecrit.chemin)))
    if piece_absente(textes["piece"]):
        montrer_anomalies(ecran, [anomalie("piece-absente", nom=textes["piece"])])


@app.command(
    cls=Commande,
    epilog="Par exemple : cpit portfolio R01 --dossier mes-reponses --page portfolio.html",
)
def portfolio(
    code: ArgumentPersonne = None,
    dossier: OptionDossierDesPassations = Path(),
    page: OptionPageOuDocument = None,
    format_: OptionFormatDuPortfolio = None,
    gabarit: OptionGabarit = None,
    texte: Annotated[
        Path | None,
        typer.Option(metavar="F.md", help="Écrit aussi un texte (Markdown) à reprendre.", show_default=False),
    ] = None,
    remplacer: OptionRemplacer = False,
    simple: OptionSimple = False,
) -> None:
    """Réunir ses traces par compétence, avec leurs dates : pour une VAE ou un entretien."""
    from cpit.affichage import montrer_anomalies
    from cpit.affichage.ecran_restitution import montrer_le_portfolio
    from cpit.api.personne import ecrire_portfolio, verifier_sorties_de_portfolio
    from cpit.passations.cahiers import Cahiers
    from cpit.passations.sauvegarde import nom_sur

    cahiers = Cahiers.trouver(dossier, code)
    page = _choisir_la_page(cahiers.dossier / nom_sur("portfolio", cahiers.identifiant), page, format_, None, gabarit)
    verifier_sorties_de_portfolio(page, texte, remplacer=remplacer)
    ecran = terminal(simple)
    reuni, anomalies = cahiers.portfolio()
    montrer_anomalies(terminal(simple, erreur=True), anomalies)
    montrer_le_portfolio(ecran, reuni)
    for chemin, choisi in ((page, gabarit), (texte, None)):
        if chemin is not None:
            quoi = "Texte" if chemin is texte else _dire_la_sorte(chemin)
            _dire_ou(ecran, quoi, ecrire_portfolio(reuni, chemin, remplacer=remplacer, gabarit=choisi))
