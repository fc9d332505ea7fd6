"""La commande « demo » : ce que cpit sait faire, sur des réponses fictives, comme le feraient les vraies commandes."""

from __future__ import annotations

from pathlib import Path

from cpit.affichage.ecran_restitution import montrer_restitution
from cpit.api.comparaison import comparer_des_sources, ecrire_rapprochement
from cpit.api.formulaires import formulaires
from cpit.api.groupe import ecrire_cohorte, ecrire_page_groupe, lire
from cpit.api.personne import ecrire_restitution, relire
from cpit.api.recherche import exporter
from cpit.cli.options import dire_les_anomalies
from cpit.emplacements import dossier as dossier_livre
from cpit.erreurs import ecriture, refus
from cpit.formats.durable import creer_dossier
from cpit.ouverture import chemin_a_taper, chemin_reel, cpit_a_taper, est_un_dossier
from cpit.rapprochement import Rapprochement
from cpit.terminal import Terminal

_DOSSIER = "cpit-demo"
_COHORTE = "cohorte-fictive.csv"
_ECRITS = (
    ("restitution.html", "la page d’une personne, à garder, à imprimer, à apporter à un entretien"),
    ("restitution.xlsx", "son classeur, où chaque score est refait par des formules"),
    ("comparaison.html", "la même personne, six mois après, et devant un tiers : ce qui bouge, ce qui reste incertain"),
    ("formulaire-t0-soi.html", "le questionnaire à envoyer à qui n’a pas de terminal"),
    ("groupe.html", "la page d’un groupe, à projeter"),
    ("groupe.xlsx", "son classeur : scores, matrice, profils, anomalies"),
    ("jeu", "le jeu de données pseudonymisé d’une étude, avec son dictionnaire"),
)
_SUITES = (
    ("{cpit} questionnaire", "répondre pour vous, en une dizaine de minutes, à reprendre quand vous voulez"),
    ("{cpit} expliquer {passation} C1", "voir d’où vient un score"),
    ("{cpit} comparer {exemples} --code R01", "lire une personne d’un moment à l’autre"),
    ("{cpit} cohorte {cohorte} --sortie groupe.xlsx", "noter un groupe et le voir à l’écran"),
    ("{cpit} referentiel montrer", "lire les situations, les règles et leurs sources"),
)


def demontrer(terminal: Terminal, erreurs: Terminal, dossier: Path) -> None:
    """Montre la restitution d’une passation, puis écrit dans « cpit-demo » ce que donnent les autres commandes.

    :raises ErreurCpit: si le dossier n’existe pas ou ne s’écrit pas.
    """
    if not est_un_dossier(dossier):
        raise refus("dossier-introuvable", str(dossier), nom=dossier)
    place = dossier / _DOSSIER
    with ecriture(place):
        creer_dossier(place)
    exemples = dossier_livre("exemples")
    passation = min(exemples.glob("passation-*.json"))
    terminal.dire(f"Une passation fictive ({passation.name}) :")
    relecture = relire(passation)
    montrer_restitution(terminal, relecture.restitution)
    for suffixe in (".xlsx", ".html"):
        ecrire_restitution(place / f"restitution{suffixe}", relecture.restitution, plan=relecture.plan)
    ecrire_rapprochement(_rapprocher(exemples), place / "comparaison.html")
    formulaires(dossier=place, format="html", remplacer=True)
    _montrer_un_groupe(erreurs, exemples / _COHORTE, place)
    terminal.dire()
    terminal.dire("Écrit aussi, dans")
    terminal.copier(f"  {chemin_reel(place)}")
    _lister(terminal, _ECRITS)
    terminal.dire("Et maintenant :")
    fichiers = {
        "passation": chemin_a_taper(passation),
        "cohorte": chemin_a_taper(exemples / _COHORTE),
        "exemples": chemin_a_taper(exemples),
    }
    _lister(terminal, [(suite.format(cpit=cpit_a_taper(), **fichiers), quoi) for suite, quoi in _SUITES])


def _rapprocher(exemples: Path) -> Rapprochement:
    """Les deux moments d’une personne, et ce qu’en dit un tiers."""
    return comparer_des_sources([str(chemin) for chemin in sorted(exemples.glob("passation-r01-*.json"))])


def _montrer_un_groupe(erreurs: Terminal, cohorte: Path, place: Path) -> None:
    """Le groupe et son jeu de données ; le CSV et l’Excel du jeu, que toute installation sait écrire."""
    recueil = lire(cohorte, sorties=[place / "groupe.xlsx", place / "groupe.html"])
    ecrire_cohorte(recueil, place / "groupe.xlsx")
    ecrire_page_groupe(recueil, place / "groupe.html")
    export = exporter(recueil, place / "jeu", formats=["csv", "xlsx"])
    dire_les_anomalies(erreurs, export.anomalies)


def _lister(terminal: Terminal, lignes: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> None:
    for nom, quoi in lignes:
        terminal.copier(f"  {nom}")
        terminal.dire(quoi, retrait=6)
