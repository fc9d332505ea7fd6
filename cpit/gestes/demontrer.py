"""La commande « demo » : ce que cpit sait faire, sur des réponses fictives, par les gestes des vraies commandes."""

from __future__ import annotations

import io
from pathlib import Path

from cpit.emplacements import dossier as dossier_livre
from cpit.erreurs import ecriture, refus
from cpit.gestes.actions import montrer_resultat
from cpit.gestes.distribuer import DemandeFormulaires, distribuer
from cpit.gestes.exporter import DemandeExport, exporter
from cpit.gestes.grouper import DemandeCohorte, grouper_cohorte
from cpit.passations.relecture import relire_passation
from cpit.terminal import Terminal

_DOSSIER = "cpit-demo"
_COHORTE = "cohorte-fictive.csv"
_ECRITS = (
    ("restitution.html", "la page d’une personne, à garder, à imprimer, à apporter à un entretien"),
    ("restitution.xlsx", "son classeur, où chaque score est refait par des formules"),
    ("formulaire-t0-soi.html", "le questionnaire à envoyer à qui n’a pas de terminal"),
    ("groupe.html", "la page d’un groupe, à projeter"),
    ("groupe.xlsx", "son classeur : scores, matrice, profils, anomalies"),
    ("jeu", "le jeu de données pseudonymisé d’une étude, avec son dictionnaire"),
)
_SUITES = (
    ("cpit questionnaire", "répondre pour vous, en une dizaine de minutes, à reprendre quand vous voulez"),
    ('cpit expliquer "{passation}" C1', "voir d’où vient un score"),
    ('cpit cohorte "{cohorte}" --sortie groupe.xlsx', "noter un groupe et le voir à l’écran"),
    ("cpit referentiel montrer", "lire les situations, les règles et leurs sources"),
)


def demontrer(terminal: Terminal, erreurs: Terminal, dossier: Path) -> None:
    """Montre la restitution d’une passation, puis écrit dans « cpit-demo » ce que donnent les autres commandes.

    :raises ErreurCpit: si le dossier n’existe pas ou ne s’écrit pas.
    """
    if not dossier.is_dir():
        raise refus("dossier-introuvable", str(dossier), nom=dossier)
    place = dossier / _DOSSIER
    with ecriture(place):
        place.mkdir(exist_ok=True)
    exemples = dossier_livre("exemples")
    passation = min(exemples.glob("passation-*.json"))
    terminal.dire(f"Une passation fictive ({passation.name}) :")
    relecture = relire_passation(passation)
    muet = Terminal(io.StringIO(), io.StringIO())
    montrer_resultat(terminal, relecture, None, en_json=False)
    montrer_resultat(muet, relecture, place / "restitution.xlsx", en_json=False, page=place / "restitution.html")
    _montrer_un_groupe(muet, erreurs, exemples / _COHORTE, place)
    terminal.dire()
    terminal.dire("Écrit aussi, dans")
    terminal.copier(f"  {place.resolve()}")
    _lister(terminal, _ECRITS)
    terminal.dire("Et maintenant :")
    _lister(terminal, [(c.format(passation=passation, cohorte=exemples / _COHORTE), quoi) for c, quoi in _SUITES])


def _montrer_un_groupe(muet: Terminal, erreurs: Terminal, cohorte: Path, place: Path) -> None:
    """Formulaire, groupe et jeu de données ; le CSV et l’Excel du jeu, que toute installation sait écrire."""
    distribuer(muet, DemandeFormulaires(place, "html"))
    groupe = DemandeCohorte([str(cohorte)], str(place / "groupe.xlsx"), page=place / "groupe.html")
    grouper_cohorte(muet, erreurs, groupe)
    exporter(muet, erreurs, DemandeExport([str(cohorte)], place / "jeu", formats="csv,xlsx"))


def _lister(terminal: Terminal, lignes: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> None:
    for nom, quoi in lignes:
        terminal.copier(f"  {nom}")
        terminal.dire(quoi, retrait=6)
