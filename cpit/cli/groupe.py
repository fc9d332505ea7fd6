"""Les commandes d’un groupe : envoyer des formulaires, suivre et noter ce qui revient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cpit.aide import Commande
from cpit.cli.options import (
    CONSIGNES,
    ArgumentSources,
    OptionColonneDesCodes,
    OptionConditions,
    OptionCorrespondance,
    OptionDateDuMoment,
    OptionDialecte,
    OptionEncodage,
    OptionEvaluateur,
    OptionGarder,
    OptionIdentifiant,
    OptionMomentLu,
    OptionPage,
    OptionPar,
    OptionPlace,
    OptionReference,
    OptionReferentiel,
    OptionRegardLu,
    OptionRemplacer,
    OptionRoleEvaluateur,
    OptionSimple,
    OptionStrict,
    OptionValeurs,
    dire_les_anomalies,
    terminal,
)
from cpit.formats.registre import (
    COHORTE,
    DICTIONNAIRE,
    EVOLUTION,
    FORMULAIRE,
    PAGE,
    TABLEAU,
    codes_ecrits,
    faute_de_suffixe,
    suffixes_ecrits,
)
from cpit.ouverture import chemin_reel
from cpit.typographie import enumerer

if TYPE_CHECKING:
    from cpit.formats.recueil import EtudeDEvolution
    from cpit.formulaire.liste_de_codes import ListeDeCodes
    from cpit.terminal import Terminal

app = typer.Typer()
OptionSortie = Annotated[
    str,
    typer.Option(
        metavar="F",
        help=f"Fichier {enumerer(suffixes_ecrits(COHORTE), 'ou')} ; - pour du CSV sur la sortie.",
    ),
]
OptionEvolution = Annotated[
    Path | None,
    typer.Option(
        "--sortie",
        metavar="F",
        help=f"Écrit aussi l'évolution : {enumerer(suffixes_ecrits(EVOLUTION), 'ou')}.",
        show_default=False,
    ),
]
OptionDe = Annotated[str, typer.Option("--de", metavar="MOMENT", help="Le premier moment.")]
OptionA = Annotated[str, typer.Option("--a", metavar="MOMENT", help="Le second moment.")]
OptionRegards = Annotated[
    str, typer.Option("--regards", metavar="LISTE", help="soi, tiers, ou soi,tiers : l'un devant l'autre aussi.")
]
OptionDictionnaire = Annotated[
    Path | None,
    typer.Option(
        "--dictionnaire",
        metavar="F",
        help=f"Écrit aussi ce que dit chaque colonne : {enumerer(suffixes_ecrits(DICTIONNAIRE), 'ou')}.",
        show_default=False,
    ),
]
OptionDialecteEvolution = Annotated[str, typer.Option(metavar="DIALECTE", help="CSV : science (R) ou fr (Excel).")]
OptionFormat = Annotated[
    str, typer.Option("--format", metavar="FORMAT", help=f"{enumerer(codes_ecrits(FORMULAIRE), 'ou')}.")
]
OptionSansRestitution = Annotated[
    bool, typer.Option("--sans-restitution", help="Avec html : sans la restitution à la fin, pour une étude.")
]
OptionFiches = Annotated[
    Path | None, typer.Option(metavar="DOSSIER", help="Écrit aussi un classeur par personne.", show_default=False)
]
OptionPages = Annotated[
    Path | None,
    typer.Option(metavar="DOSSIER", help="Écrit aussi une page par passation, une par parcours.", show_default=False),
]
OptionNominatif = Annotated[
    bool, typer.Option("--nominatif", help="Avec --page ou --equipe : les codes des personnes.")
]
OptionEquipe = Annotated[
    str | None,
    typer.Option(metavar="QUESTION", help="Équipe par équipe : qui tient quoi ; ou une colonne.", show_default=False),
]
OptionAttendus = Annotated[
    Path | None,
    typer.Option(metavar="CODES.csv", help="Qui l'on attend : CSV, texte, classeur.", show_default=False),
]
OptionSuivi = Annotated[
    Path | None, typer.Option(metavar="F", help="Écrit aussi le suivi ; il nomme.", show_default=False)
]
OptionEffectif = Annotated[
    int, typer.Option(metavar="N", help="Avec --page : personnes par groupe de profil, 3 au moins.")
]


@app.command(
    cls=Commande,
    epilog="Par exemple : cpit formulaire --format html --dossier a-envoyer",
)
def formulaire(
    format_: OptionFormat = "xlsx",
    dossier: Annotated[Path, typer.Option(metavar="DOSSIER", help="Où écrire les formulaires.")] = Path(),
    pour: Annotated[
        Path | None,
        typer.Option(metavar="CODES.csv", help="Un formulaire par code : CSV, texte, classeur.", show_default=False),
    ] = None,
    colonne: OptionColonneDesCodes = None,
    moment: Annotated[str, typer.Option(metavar="MOMENT", help="t0, t1, t0-retrospectif ou t1+retrospectif.")] = "t0",
    date: OptionDateDuMoment = None,
    regard: Annotated[str, typer.Option(metavar="REGARD", help="soi ou tiers.")] = "soi",
    evaluateur: OptionEvaluateur = None,
    role_evaluateur: OptionRoleEvaluateur = None,
    place: OptionPlace = False,
    conditions: OptionConditions = False,
    sans_restitution: OptionSansRestitution = False,
    remplacer: OptionRemplacer = False,
    nom_referentiel: OptionReferentiel = None,
    simple: OptionSimple = False,
) -> None:
    """Écrire des formulaires à envoyer : classeur, page à ouvrir hors ligne, ou table vide."""
    from cpit.api.formulaires import formulaires

    ecran = terminal(simple)
    liste = None if pour is None else _lire_la_liste(pour, nom_referentiel, colonne, simple=simple)
    tiers = {"evaluateur": evaluateur or "", "role_evaluateur": role_evaluateur or ""}
    with ecran.progression("Formulaires") as progres:
        ecrits = formulaires(
            *(nom_referentiel, dossier),
            codes=() if liste is None else liste,
            colonne=colonne if pour is None else None,
            **{"format": format_, "moment": moment, "date_moment": date or "", "regard": regard, **tiers},
            place=place,
            conditions=conditions,
            sans_restitution=sans_restitution,
            remplacer=remplacer,
            progres=progres,
        )
    _dire_les_formulaires(ecran, ecrits, dossier, liste)


def _dire_les_formulaires(ecran: Terminal, ecrits: list[Path], dossier: Path, liste: ListeDeCodes | None) -> None:
    from cpit.typographie import pluriel

    ecran.dire(f"{pluriel(len(ecrits), 'formulaire')} :")
    if liste is not None:
        _dire_ce_qui_en_est_pris(ecran, liste)
    ecran.copier(str(chemin_reel(ecrits[0]) if len(ecrits) == 1 else chemin_reel(dossier)))


def _dire_ce_qui_en_est_pris(ecran: Terminal, liste: ListeDeCodes) -> None:
    for quoi, entetes in (("Profil", liste.prises), ("Contexte", liste.contexte)):
        if entetes:
            ecran.dire(f"{quoi} rempli d'avance : {enumerer(entetes)}.")


def _lire_la_liste(
    pour: Path, nom_referentiel: str | None, colonne: str | None, *, simple: bool, a_remplir: bool = True
) -> ListeDeCodes:
    """La liste des codes, et à l’écran d’erreur ce qu’il faut en dire.

    :param a_remplir: faux si rien n’en remplit un formulaire : ses autres colonnes sont sans effet.
    """
    from cpit.affichage import montrer_anomalies
    from cpit.api.formulaires import lire_liste

    liste = lire_liste(pour, nom_referentiel, colonne=colonne)
    avis = [un for un in liste.avis if a_remplir or un.code != "colonnes-de-liste-laissees"]
    montrer_anomalies(terminal(simple, erreur=True), avis)
    return liste


@app.command(
    cls=Commande,
    epilog="Par exemple : cpit correspondance enquete.xlsx",
)
def correspondance(
    fichier: Annotated[Path, typer.Argument(metavar="FICHIER", help="Table que cpit ne lit pas seul.")],
    sortie: Annotated[
        Path | None, typer.Option(metavar="F.yaml", help="Où écrire la correspondance.", show_default=False)
    ] = None,
    encodage: OptionEncodage = None,
    remplacer: OptionRemplacer = False,
    nom_referentiel: OptionReferentiel = None,
    simple: OptionSimple = False,
) -> None:
    """Proposer ce que porte chaque colonne d'une table, à compléter puis à donner à cohorte --correspondance."""
    from cpit.api.groupe import correspondance as proposer
    from cpit.ouverture import chemin_reel, commande_a_taper
    from cpit.typographie import pluriel

    ecran, cible = terminal(simple), sortie or Path(f"correspondance-{fichier.stem}.yaml")
    proposee = proposer(fichier, cible, referentiel=nom_referentiel, encodage=encodage, remplacer=remplacer)
    ecran.copier(str(chemin_reel(cible)))
    if proposee.a_dire:
        ecran.dire(f"{pluriel(proposee.a_dire, 'point')} à compléter dans ce fichier, là où il y a « ? ». Puis :")
    else:
        ecran.dire("Chaque colonne est comprise ; vérifier, puis :")
    avec = {"correspondance": cible, "encodage": encodage, "referentiel": nom_referentiel}
    ecran.copier(commande_a_taper("cohorte", fichier, **avec))


@app.command(
    cls=Commande,
    epilog="Par exemple : cpit cohorte retours --sortie groupe.xlsx --page groupe.html",
)
def cohorte(
    sources: ArgumentSources,
    sortie: OptionSortie = "cohorte.xlsx",
    dialecte: OptionDialecte = "fr",
    par: OptionPar = None,
    equipe: OptionEquipe = None,
    sans_reponses: Annotated[bool, typer.Option("--sans-reponses", help="Laisse les réponses de côté.")] = False,
    fiches: OptionFiches = None,
    pages: OptionPages = None,
    page: OptionPage = None,
    nominatif: OptionNominatif = False,
    effectif_minimal: OptionEffectif = 11,
    identifiant: OptionIdentifiant = None,
    moment: OptionMomentLu = None,
    regard: OptionRegardLu = None,
    valeurs: OptionValeurs = None,
    garder: OptionGarder = None,
    encodage: OptionEncodage = None,
    correspondance: OptionCorrespondance = None,
    detail: Annotated[bool, typer.Option("--detail", help="Montre aussi chaque source lue, une à une.")] = False,
    strict: OptionStrict = False,
    remplacer: OptionRemplacer = False,
    nom_referentiel: OptionReferentiel = None,
    simple: OptionSimple = False,
) -> None:
    """Noter un groupe : lire ce qui revient, dire ce qui n'a pas été lu, écrire le tout."""
    from cpit.api.groupe import choisir_pour
    from cpit.cli.cohorte import PageVoulue, SortiesDeCohorte, noter_un_groupe

    choix = choisir_pour(sources, nom_referentiel, correspondance)
    dites = dict(zip(CONSIGNES, (identifiant, moment, regard, valeurs, garder, encodage, correspondance), strict=True))
    page_voulue = PageVoulue(page, nominatif, effectif_minimal, equipe is not None)
    voulues = SortiesDeCohorte(sortie, dialecte, par, not sans_reponses, fiches, pages, page_voulue, equipe, detail)
    consignes = voulues.verifier(choix.referentiel, dites)
    ecrans = terminal(simple), terminal(simple, erreur=True)
    noter_un_groupe(*(ecrans, sources, choix, voulues), consignes=consignes, strict=strict, remplacer=remplacer)


@app.command(
    cls=Commande,
    epilog="Par exemple : cpit suivi retours --pour codes.csv",
)
def suivi(
    sources: ArgumentSources,
    pour: OptionAttendus = None,
    colonne: OptionColonneDesCodes = None,
    sortie: OptionSuivi = None,
    dialecte: OptionDialecte = "fr",
    identifiant: OptionIdentifiant = None,
    moment: OptionMomentLu = None,
    regard: OptionRegardLu = None,
    valeurs: OptionValeurs = None,
    garder: OptionGarder = None,
    encodage: OptionEncodage = None,
    correspondance: OptionCorrespondance = None,
    detail: Annotated[bool, typer.Option("--detail", help="Montre aussi qui a tout rendu.")] = False,
    strict: OptionStrict = False,
    remplacer: OptionRemplacer = False,
    nom_referentiel: OptionReferentiel = None,
    simple: OptionSimple = False,
) -> None:
    """Dire qui a répondu et qui manque, à chaque moment et sous chaque regard ; ni réponse ni score."""
    from cpit.affichage import montrer
    from cpit.affichage.ecran_groupe import blocs_de_suivi
    from cpit.api.arguments import exiger_un_emploi
    from cpit.api.formulaires import suivi as suivre
    from cpit.api.groupe import ecrire_tableau, fautes_de_dialecte, fautes_de_nom, lire_selon
    from cpit.erreurs import anomalie

    erreurs, sorties = terminal(simple, erreur=True), [] if sortie is None else [sortie]
    fautes = [*fautes_de_dialecte(dialecte), *(faute for une in sorties for faute in fautes_de_nom(une, TABLEAU))]
    exiger_un_emploi([*fautes, *([anomalie("colonne-sans-liste")] if colonne is not None and pour is None else [])])
    liste = () if pour is None else _lire_la_liste(pour, nom_referentiel, colonne, simple=simple, a_remplir=False)
    dites = dict(zip(CONSIGNES, (identifiant, moment, regard, valeurs, garder, encodage, correspondance), strict=True))
    lire = partial(lire_selon, dites, sources, nom_referentiel, sorties=sorties, remplacer=remplacer, liste=pour)
    with erreurs.progression("Lecture") as progres:
        recueil = lire(strict=strict, progres=progres)
    dresse = suivre(recueil, liste)
    montrer(ecran := terminal(simple), blocs_de_suivi(dresse, detail=detail))
    for une in sorties:
        ecran.copier(str(chemin_reel(ecrire_tableau(dresse.tableau(), une, dialecte=dialecte, remplacer=remplacer))))
    dire_les_anomalies(erreurs, recueil.anomalies)


@app.command(
    cls=Commande,
    epilog="Par exemple : cpit evolution retours --de t0 --a t1 --page evolution.html",
)
def evolution(
    sources: ArgumentSources,
    de: OptionDe = "t0",
    a: OptionA = "t1",
    regards: OptionRegards = "soi",
    reference: OptionReference = None,
    sortie: OptionEvolution = None,
    dictionnaire: OptionDictionnaire = None,
    page: OptionPage = None,
    dialecte: OptionDialecteEvolution = "science",
    identifiant: OptionIdentifiant = None,
    moment: OptionMomentLu = None,
    regard: OptionRegardLu = None,
    valeurs: OptionValeurs = None,
    garder: OptionGarder = None,
    encodage: OptionEncodage = None,
    correspondance: OptionCorrespondance = None,
    strict: OptionStrict = False,
    remplacer: OptionRemplacer = False,
    nom_referentiel: OptionReferentiel = None,
    simple: OptionSimple = False,
) -> None:
    """Dire ce qui a bougé dans un groupe : chaque personne comparée à elle-même, deux moments, deux regards."""
    from cpit.api import comparaison as de_l_api
    from cpit.api.arguments import exiger_un_emploi
    from cpit.api.groupe import fautes_de_dialecte, lire_selon

    erreurs = terminal(simple, erreur=True)
    dites = dict(zip(CONSIGNES, (identifiant, moment, regard, valeurs, garder, encodage, correspondance), strict=True))
    de, a, voulus = de.strip().lower(), a.strip().lower(), [mot.strip().lower() for mot in regards.split(",")]
    ecrites = _a_ecrire(sortie, dictionnaire, page, dialecte)
    fautes = [faute for chemin, sorte, _ in ecrites if (faute := faute_de_suffixe(chemin, sorte))]
    exiger_un_emploi([*fautes, *fautes_de_dialecte(dialecte), *de_l_api.fautes_d_evolution(de, a, voulus)])
    de_l_api.exiger_les_bibliotheques(*(sorties := [chemin for chemin, _, _ in ecrites]))
    lire = partial(lire_selon, dites, sources, nom_referentiel, strict=strict, sorties=sorties, remplacer=remplacer)
    with erreurs.progression("Lecture") as progres:
        recueil = lire(progres=progres)
    etude = de_l_api.evolution(recueil, de=de, a=a, regards=voulus, reference=reference or None)
    _ecrire_et_montrer(terminal(simple), erreurs, etude, ecrites)


_Ecriture = tuple[Path, str, Callable[..., Path]]
"""Un fichier demandé d’une évolution, sa sorte et ce qui l’écrit."""


def _a_ecrire(sortie: Path | None, dictionnaire: Path | None, page: Path | None, dialecte: str) -> list[_Ecriture]:
    from cpit.api.comparaison import ecrire_dictionnaire_d_evolution, ecrire_evolution, ecrire_page_d_evolution

    demandees: list[tuple[Path | None, str, Callable[..., Path]]] = [
        (sortie, EVOLUTION, partial(ecrire_evolution, dialecte=dialecte)),
        (dictionnaire, DICTIONNAIRE, partial(ecrire_dictionnaire_d_evolution, dialecte=dialecte)),
        (page, PAGE, ecrire_page_d_evolution),
    ]
    return [(chemin, sorte, ecrire) for chemin, sorte, ecrire in demandees if chemin is not None]


def _ecrire_et_montrer(
    ecran: Terminal, erreurs: Terminal, etude: EtudeDEvolution, ecrites: Sequence[_Ecriture]
) -> None:
    from cpit.affichage import montrer
    from cpit.affichage.ecran_comparaison import blocs_d_evolution

    for chemin, _, ecrire in ecrites:
        ecrire(etude, chemin)
    montrer(ecran, blocs_d_evolution(etude.evolutions, etude.recueil.sources))
    for chemin, _, _ in ecrites:
        ecran.dire()
        ecran.copier(str(chemin_reel(chemin)))
    dire_les_anomalies(erreurs, etude.anomalies)
