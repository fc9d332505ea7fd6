"""Les commandes de ce que l’on publie : une figure, un jeu de données, ce que vaut l’instrument."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cpit.aide import Commande
from cpit.api import exiger_scipy
from cpit.cli.options import (
    CONSIGNES,
    ArgumentSources,
    OptionCode,
    OptionCorrespondance,
    OptionEncodage,
    OptionGarder,
    OptionIdentifiant,
    OptionMomentLu,
    OptionReferentiel,
    OptionRegardLu,
    OptionRemplacer,
    OptionSimple,
    OptionStrict,
    OptionValeurs,
    dire_les_anomalies,
    montrer_les_suppositions,
    terminal,
)
from cpit.figures import FIGURES
from cpit.formats.registre import EXPORT, FIGURE, codes_ecrits, suffixes_ecrits
from cpit.ouverture import chemin_reel
from cpit.typographie import enumerer

if TYPE_CHECKING:
    from cpit.api.figures import LuePourUneFigure
    from cpit.api.recherche import Export
    from cpit.coeur.fidelite.etude import Etude
    from cpit.erreurs import Anomalie
    from cpit.figures.dessin import Figure
    from cpit.formats.recueil import Recueil
    from cpit.terminal import Terminal


app = typer.Typer()
OptionDossier = Annotated[Path, typer.Option(metavar="DOSSIER", help="Dossier à écrire, neuf ou export précédent.")]
OptionCle = Annotated[
    Path | None,
    typer.Option(metavar="FICHIER", help="Clé de l'étude ; créée si elle n'existe pas.", show_default=False),
]
OptionFormats = Annotated[
    str, typer.Option(metavar="LISTE", help=f"Parmi {','.join(codes_ecrits(EXPORT))} ; tous sinon.", show_default=False)
]
OptionDialecteScience = Annotated[str, typer.Option(metavar="DIALECTE", help="CSV : science (R) ou fr (Excel).")]
OptionTraces = Annotated[bool, typer.Option("--avec-traces", help="Ajoute les textes libres ; à relire.")]
OptionK = Annotated[
    int | None,
    typer.Option("--k", metavar="N", help="Personnes par combinaison de profil, au moins.", show_default=False),
]
OptionDiffusion = Annotated[
    bool, typer.Option("--diffusion", help="Des agrégats à partager, sans aucune ligne individuelle.")
]
OptionMalgreLeRegistre = Annotated[
    bool,
    typer.Option("--malgre-le-registre", help="Avec --diffusion : diffuser même trop près d'une diffusion passée."),
]
OptionEffectifDiffuse = Annotated[
    int, typer.Option(metavar="N", help="Avec --diffusion : personnes par groupe, 3 au moins.")
]

OptionEtude = Annotated[
    Path | None, typer.Option(metavar="F", help="Écrit aussi l'étude : .csv, .xlsx ou .json.", show_default=False)
]
OptionIntervalles = Annotated[
    str, typer.Option(metavar="SORTE", help="robustes, ou classiques (Feldt, Fisher…) pour comparer.")
]


@app.command(
    cls=Commande,
    epilog="Par exemple : cpit exporter retours --cle etude.cle --sortie jeu",
)
def exporter(
    sources: ArgumentSources,
    sortie: OptionDossier,
    cle: OptionCle = None,
    formats: OptionFormats = "",
    dialecte: OptionDialecteScience = "science",
    avec_traces: OptionTraces = False,
    k: OptionK = None,
    diffusion: OptionDiffusion = False,
    effectif_minimal: OptionEffectifDiffuse = 11,
    malgre_le_registre: OptionMalgreLeRegistre = False,
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
    """Écrire un jeu de données pseudonymisé et documenté : CSV, Excel, SPSS, Stata, Parquet."""
    from cpit.api import recherche
    from cpit.api.arguments import exiger_un_emploi

    dites = dict(zip(CONSIGNES, (identifiant, moment, regard, valeurs, garder, encodage, correspondance), strict=True))
    noms = [nom.strip() for nom in formats.split(",")] if formats else []
    agregats = diffusion, effectif_minimal, malgre_le_registre
    fautes = _fautes_de_diffusion(*agregats, avec_traces=avec_traces, cle=cle, k=k)
    exiger_un_emploi([*fautes, *recherche.fautes_d_export(sources, sortie, cle=cle, formats=noms, dialecte=dialecte)])
    lire = partial(recherche.lire_pour_exporter, dites, sources, sortie, nom_referentiel, cle=cle, strict=strict)
    with terminal(simple, erreur=True).progression("Lecture") as progres:
        recueil = lire(remplacer=remplacer, progres=progres)
    ecrire: Callable[..., Export] = partial(recherche.exporter, cle=cle, avec_traces=avec_traces, k=k)
    if diffusion:
        ecrire = partial(recherche.diffuser, effectif_minimal=effectif_minimal, malgre_le_registre=malgre_le_registre)
    ecrire = partial(ecrire, recueil, sortie, formats=noms, dialecte=dialecte)
    _ecrire_et_montrer(ecrire, _montrer_la_diffusion if diffusion else _montrer_l_export, simple)


def _ecrire_et_montrer(
    ecrire: Callable[..., Export], montrer_l_ecrit: Callable[[Terminal, Export], None], simple: bool
) -> None:
    erreurs = terminal(simple, erreur=True)
    with erreurs.progression("Écriture") as progres:
        ecrit = ecrire(progres=progres)
    montrer_l_ecrit(terminal(simple), ecrit)
    montrer_les_suppositions(terminal(simple), ecrit.sources)
    dire_les_anomalies(erreurs, ecrit.anomalies)


def _fautes_de_diffusion(
    diffusion: bool,
    effectif_minimal: int,
    malgre_le_registre: bool,
    *,
    avec_traces: bool,
    cle: Path | None,
    k: int | None,
) -> Iterator[Anomalie]:
    """Les options qui ne vont pas, avec des agrégats ou sans eux."""
    from cpit.api.groupe import fautes_d_effectif
    from cpit.api.recherche import fautes_de_k
    from cpit.coeur.groupe import EFFECTIF_MINIMAL
    from cpit.erreurs import anomalie

    yield from (*fautes_de_k(k), *fautes_d_effectif(effectif_minimal))
    if not diffusion and effectif_minimal != EFFECTIF_MINIMAL:
        yield anomalie("effectif-minimal-sans-objet")
    if malgre_le_registre and not diffusion:
        yield anomalie("registre-sans-objet")
    individuelles = {"--avec-traces": avec_traces, "--cle": cle is not None, "--k": k is not None}
    refusees = individuelles if diffusion else {}
    for option in (option for option, donnee in refusees.items() if donnee):
        yield anomalie("diffusion-sans-individus", option=option)


def _montrer_l_export(ecran: Terminal, ecrit: Export) -> None:
    from cpit.affichage import montrer
    from cpit.affichage.ecran_groupe import blocs_d_export, phrases_de_cle

    fichiers = {tableau.cle: ecrit.fiche.fichiers(tableau) for tableau in ecrit.fiche.jeu.tableaux}
    montrer(ecran, blocs_d_export(ecrit.fiche.jeu, fichiers))
    ecran.dire()
    ecran.copier(str(ecrit.dossier))
    if ecrit.cle is None:
        return
    ecran.dire()
    titre, *phrases = phrases_de_cle(ecrit.cle.neuve)
    ecran.dire(titre)
    ecran.copier(str(chemin_reel(ecrit.cle.chemin)))
    for phrase in phrases:
        ecran.dire(phrase)


def _montrer_la_diffusion(ecran: Terminal, ecrit: Export) -> None:
    from cpit.coeur.diffusion import phrases_de_diffusion

    ecran.dire(f"{ecrit.fiche.titre}.")
    if ecrit.fiche.agregats is not None:
        for phrase in phrases_de_diffusion(ecrit.fiche.agregats):
            ecran.dire(f"- {phrase}", retrait=2, suite=4)
    ecran.dire()
    ecran.copier(str(ecrit.dossier))
    ecran.dire()
    if ecrit.registre is None:
        ecran.dire("Diffusion inscrite à aucun registre : l’avertissement dit pourquoi.")
        return
    ecran.dire("Diffusion inscrite au registre des diffusions, à garder comme une clé, jamais avec les agrégats :")
    ecran.copier(str(ecrit.registre))


@app.command(
    cls=Commande,
    epilog="Par exemple : cpit fidelite retours --sortie fidelite.xlsx",
)
def fidelite(
    sources: ArgumentSources,
    sortie: OptionEtude = None,
    dialecte: OptionDialecteScience = "science",
    intervalles: OptionIntervalles = "robustes",
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
    """Éprouver l'instrument : α, ω, tenue des items, accord des moments et des regards."""
    from cpit.api.arguments import exiger_un_emploi
    from cpit.api.groupe import fautes_de_dialecte, lire_selon
    from cpit.api.recherche import ecrire_fidelite, fautes_d_intervalles
    from cpit.api.recherche import fidelite as etudier_le_groupe
    from cpit.formats.registre import FIDELITE, faute_de_suffixe

    erreurs = terminal(simple, erreur=True)
    dites = dict(zip(CONSIGNES, (identifiant, moment, regard, valeurs, garder, encodage, correspondance), strict=True))
    sorties = [] if sortie is None else [sortie]
    fautes = filter(None, (faute_de_suffixe(chemin, FIDELITE) for chemin in sorties))
    exiger_un_emploi([*fautes, *fautes_de_dialecte(dialecte), *fautes_d_intervalles(intervalles)])
    exiger_scipy()
    with erreurs.progression("Lecture") as progres:
        recueil = lire_selon(
            *(dites, sources, nom_referentiel), strict=strict, sorties=sorties, remplacer=remplacer, progres=progres
        )
    with erreurs.progression("Étude") as progres:
        etude = etudier_le_groupe(recueil, intervalles=intervalles, progres=progres)
    for chemin in sorties:
        ecrire_fidelite(etude, chemin, recueil=recueil, dialecte=dialecte)
    _montrer_l_etude(terminal(simple), etude, recueil, sorties)
    dire_les_anomalies(erreurs, recueil.anomalies)


def _montrer_l_etude(ecran: Terminal, etude: Etude, recueil: Recueil, sorties: Iterable[Path]) -> None:
    from cpit.affichage import montrer
    from cpit.affichage.ecran_fidelite import blocs_de_fidelite

    montrer(ecran, blocs_de_fidelite(etude, recueil.sources))
    for chemin in sorties:
        ecran.dire()
        ecran.copier(str(chemin_reel(chemin)))


ArgumentFigure = Annotated[str, typer.Argument(metavar="FIGURE", help=f"{enumerer(list(FIGURES), 'ou')}.")]
ArgumentSourcesDeFigure = Annotated[
    list[str], typer.Argument(metavar="SOURCE…", help="Une passation, ou les sources d'un groupe (voir cohorte).")
]
OptionImage = Annotated[Path, typer.Option(metavar="F", help=f"Fichier {enumerer(suffixes_ecrits(FIGURE), 'ou')}.")]
OptionMoment = Annotated[
    str | None, typer.Option(metavar="MOMENT", help="Ne prendre que ce moment.", show_default=False)
]
OptionRegard = Annotated[
    str | None, typer.Option(metavar="REGARD", help="Ne prendre que ce regard.", show_default=False)
]

OptionDeFigure = Annotated[
    str | None, typer.Option("--de", metavar="MOMENT", help="Comparer : le premier moment.", show_default=False)
]
OptionAFigure = Annotated[
    str | None, typer.Option("--a", metavar="MOMENT", help="Comparer : le second moment.", show_default=False)
]
OptionEquipeDeFigure = Annotated[
    str | None,
    typer.Option(
        "--equipe", metavar="QUESTION=ÉQUIPE", help="Carte ou tension d'une seule équipe.", show_default=False
    ),
]


@app.command(
    cls=Commande,
    epilog="Par exemple : cpit figure carte enquete.xlsx --sortie carte.svg",
)
def figure(
    nature: ArgumentFigure,
    sources: ArgumentSourcesDeFigure,
    sortie: OptionImage,
    largeur: Annotated[int, typer.Option(metavar="MM", help="Largeur en millimètres, de 60 à 400.")] = 170,
    decimale: Annotated[str, typer.Option(metavar="SIGNE", help="virgule ou point.")] = "virgule",
    gris: Annotated[bool, typer.Option("--gris", help="Sans couleur, pour l'impression en noir.")] = False,
    ppp: Annotated[int, typer.Option(metavar="N", help="PNG : points par pouce, de 72 à 1200.")] = 300,
    moment: OptionMoment = None,
    regard: OptionRegard = None,
    de: OptionDeFigure = None,
    a: OptionAFigure = None,
    code: OptionCode = None,
    equipe: OptionEquipeDeFigure = None,
    identifiant: OptionIdentifiant = None,
    valeurs: OptionValeurs = None,
    garder: OptionGarder = None,
    encodage: OptionEncodage = None,
    correspondance: OptionCorrespondance = None,
    remplacer: OptionRemplacer = False,
    nom_referentiel: OptionReferentiel = None,
    simple: OptionSimple = False,
) -> None:
    """Dessiner une figure d'une personne, d'une équipe ou d'un groupe : SVG, PDF, PNG."""
    from cpit.api import figures

    _exiger_une_image(nature, sortie, largeur=largeur, decimale=decimale, ppp=ppp)
    erreurs = terminal(simple, erreur=True)
    dites = {"identifiant": identifiant, "valeurs": valeurs, "garder": garder, "encodage": encodage}
    dites["correspondance"] = correspondance
    choisis = {"moment": moment, "regard": regard}, {"de": de, "a": a}, dites
    voulue = figures.LectureDeFigure(nature, sources, nom_referentiel, *choisis, sortie, remplacer, code, equipe)
    with erreurs.progression("Lecture") as progres:
        lue = figures.lire_pour_une_figure(voulue, progres)
    dessinee = figures.figure(nature, lue.sujet, largeur=largeur, decimale=decimale, gris=gris, **choisis[0])
    figures.ecrire_figure(dessinee, sortie, ppp=ppp, permis=lue.permis)
    _montrer(terminal(simple), erreurs, sortie, dessinee, lue)


def _exiger_une_image(nature: str, sortie: Path, *, largeur: int, decimale: str, ppp: int) -> None:
    from cpit.api import figures
    from cpit.api.arguments import exiger_un_emploi

    fautes = figures.fautes_de_figure(nature, largeur=largeur, decimale=decimale)
    exiger_un_emploi([*fautes, *figures.fautes_d_image(sortie, ppp=ppp)])
    figures.exiger_la_bibliotheque(sortie)


def _montrer(ecran: Terminal, erreurs: Terminal, sortie: Path, dessinee: Figure, lue: LuePourUneFigure) -> None:
    """Dit où est la figure, son texte de remplacement, et ce qui n’a pas été lu.

    :raises ErreurCpit: s’il y a eu un refus.
    """
    from cpit.affichage import montrer_anomalies
    from cpit.erreurs import ErreurCpit, refusees

    ecran.dire("Figure :")
    ecran.copier(str(chemin_reel(sortie)))
    ecran.dire("Texte de remplacement :")
    for phrase in dessinee.description.split("\n"):
        ecran.dire(phrase, retrait=2, tel_quel=True)
    montrer_les_suppositions(ecran, lue.sources)
    montrer_anomalies(erreurs, lue.anomalies)
    if refusees(lue.anomalies):
        raise ErreurCpit([])
