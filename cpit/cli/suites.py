"""Les commandes qui suivent un résultat : le plan d’une personne, ses traces de l’année, son portfolio."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cpit.aide import JE_REPONDS, Commande
from cpit.cli.options import OptionCode, OptionPage, OptionRemplacer, OptionSimple, terminal
from cpit.ouverture import chemin_reel

if TYPE_CHECKING:
    from cpit.passations.cahiers import Cahiers
    from cpit.rapprochement import Rapprochement
    from cpit.terminal import Terminal

app = typer.Typer()

ArgumentPersonne = Annotated[str, typer.Argument(metavar="CODE", help="Code de la personne.")]
OptionDossierDesPassations = Annotated[
    Path, typer.Option("--dossier", metavar="DOSSIER", help="Où sont ses passations.")
]


def _texte(nom: str, aide: str) -> Any:
    return typer.Option(nom, metavar="TEXTE", help=aide, show_default=False)


@app.command(
    cls=Commande,
    rich_help_panel=JE_REPONDS,
    short_help="vos prochains pas",
    epilog="Par exemple : cpit plan mes-reponses --code R01",
)
def plan(
    source: Annotated[
        Path, typer.Argument(metavar="[DOSSIER]", help="Le dossier de vos passations, ou l'une d'elles.")
    ] = Path(),
    code: OptionCode = None,
    simple: OptionSimple = False,
) -> None:
    """Lire et tenir son plan : un à trois pas, dans ses mots, et ce qu'ils deviennent."""
    from cpit.affichage import montrer_anomalies
    from cpit.affichage.ecran_restitution import montrer_le_plan
    from cpit.api import maintenant
    from cpit.passations.cahiers import Cahiers
    from cpit.questionnaire.dialogue_du_plan import DialogueDuPlan

    ecran, cahiers = terminal(simple), Cahiers.trouver(source, code)
    if ecran.interactif:
        DialogueDuPlan(ecran, cahiers, maintenant).tenir()
        return
    lu, anomalies = cahiers.plan()
    montrer_anomalies(terminal(simple, erreur=True), anomalies)
    montrer_le_plan(ecran, lu)


@app.command(
    cls=Commande,
    rich_help_panel=JE_REPONDS,
    short_help="noter une trace",
    epilog='Par exemple : cpit trace R01 C3C --situation "Repas de quartier" --piece photo.jpg',
)
def trace(
    code: ArgumentPersonne,
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
    from cpit.questionnaire.questionnaire import demander_un_texte

    competence, ingenierie, niveau = rangement
    if not enonce and ecran.interactif:
        enonce = demander_un_texte(ecran, "La situation : ")
    ecrit = cahiers.ajouter_situation(enonce, competence, ingenierie, maintenant(), niveau=niveau)
    code = ecrit.cahier.situations[-1].code
    montrer_anomalies(ecran, ecrit.anomalies)
    ecran.dire(f"Situation ajoutée sous {code} ; elle n'entre dans aucun score. Une trace d'elle :")
    ecran.copier(f"cpit trace {cahiers.identifiant} {code}")


def _ajouter_une_trace(ecran: Terminal, cahiers: Cahiers, item: str | None, textes: dict[str, str], le: str) -> None:
    from cpit.affichage import montrer_anomalies
    from cpit.api import maintenant
    from cpit.coeur.suites import RUBRIQUES_DE_TRACE
    from cpit.erreurs import MauvaisEmploi, anomalie
    from cpit.passations.cahiers import piece_absente
    from cpit.questionnaire.questionnaire import demander_un_texte

    if ecran.interactif:
        item = item or ecran.demander("Code de la situation illustrée : ")
        ecran.dire(cahiers.situation(item)[1], tel_quel=True)
        if not textes["situation"]:
            textes = {
                cle: textes[cle]
                or demander_un_texte(ecran, f"{libelle}{'' if rang == 0 else ' (Entrée pour passer)'} : ")
                for rang, (cle, libelle) in enumerate(RUBRIQUES_DE_TRACE)
            }
    if not item or not textes["situation"]:
        quoi = "la situation : --situation" if item else "le code de la situation illustrée"
        raise MauvaisEmploi([anomalie("texte-manquant", quoi=quoi)])
    ecrit = cahiers.ajouter_trace(item, textes, maintenant(), le=le)
    montrer_anomalies(ecran, ecrit.anomalies)
    ecran.dire("Trace enregistrée dans :")
    ecran.copier(str(chemin_reel(ecrit.chemin)))
    if piece_absente(textes["piece"]):
        montrer_anomalies(ecran, [anomalie("piece-absente", nom=textes["piece"])])


@app.command(
    cls=Commande,
    rich_help_panel=JE_REPONDS,
    short_help="vos traces réunies",
    epilog="Par exemple : cpit portfolio R01 --dossier mes-reponses --page portfolio.html",
)
def portfolio(
    code: ArgumentPersonne,
    dossier: OptionDossierDesPassations = Path(),
    page: OptionPage = None,
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

    sorties = {"Page": page, "Texte": texte}
    verifier_sorties_de_portfolio(page, texte, remplacer=remplacer)
    ecran = terminal(simple)
    reuni, anomalies = Cahiers.trouver(dossier, code).portfolio()
    montrer_anomalies(terminal(simple, erreur=True), anomalies)
    montrer_le_portfolio(ecran, reuni)
    for quoi, chemin in sorties.items():
        if chemin is not None:
            ecrire_portfolio(reuni, chemin, remplacer=remplacer)
            ecran.dire(f"{quoi} :")
            ecran.copier(str(chemin_reel(chemin)))


def montrer_les_pas(ecran: Terminal, sources: Iterable[str], rapprochement: Rapprochement) -> None:
    """Montre, sous une comparaison, le plan gardé à côté des passations de la personne, s’il y en a un."""
    from cpit.affichage import montrer_anomalies
    from cpit.affichage.ecran_restitution import montrer_le_plan
    from cpit.passations.cahiers import Cahiers

    dossiers = {chemin if chemin.is_dir() else chemin.parent for chemin in map(Path, sources)}
    identifiant = rapprochement.comparaison.identifiant
    for dossier in sorted(dossiers) if identifiant else ():
        lu, anomalies = Cahiers(dossier, identifiant).plan_s_il_se_lit()
        montrer_anomalies(ecran, anomalies)
        if lu is not None and lu.pas:
            montrer_le_plan(ecran, lu)
