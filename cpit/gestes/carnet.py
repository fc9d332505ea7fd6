"""Le carnet d’une séance : où elle écrit, et ce qu’elle fait quand cela ne s’écrit plus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cpit.affichage.anomalies import montrer_anomalies
from cpit.coeur.passation import Passation
from cpit.erreurs import ErreurCpit, anomalie, raison_systeme, refus
from cpit.questionnaire import normaliser
from cpit.sauvegarde import Enregistrement, dater, enregistrer, nom_libre
from cpit.terminal import Terminal

Horloge = Callable[[], str]
"""Rend l’instant présent en ISO 8601, à la seconde, avec le décalage horaire."""


@dataclass
class Carnet:
    """Le fichier où une séance écrit ; il peut changer de dossier en route si le premier ne s’écrit plus.

    ``ecrite`` est la passation telle qu’elle est sur le disque, ``tenu`` dit si le verrou est toujours le nôtre.
    """

    chemin: Path
    terminal: Terminal
    horloge: Horloge
    tenu: Callable[[], bool] = field(default=lambda: True)
    ecrite: Passation | None = field(default=None, init=False)
    _de_cote_dit: bool = field(default=False, init=False)

    def ecrire(self, passation: Passation) -> Passation:
        """Écrit la passation ; propose un autre dossier tant que l’écriture échoue.

        :raises ErreurCpit: si la personne renonce, s’il n’y a personne à qui demander, ou si une autre séance a pris
            le fichier.
        """
        if not self.tenu():
            raise refus("verrou-perdu", str(self.chemin))
        datee = dater(passation, self.horloge())
        ecrit = self._enregistrer(datee)
        self.ecrite = datee
        if ecrit.de_cote and not self._de_cote_dit:
            self._de_cote_dit = True
            montrer_anomalies(self.terminal, [anomalie("enregistre-de-cote", copie=ecrit.chemin)])
        return datee

    def _enregistrer(self, passation: Passation) -> Enregistrement:
        while True:
            try:
                return enregistrer(passation, self.chemin)
            except OSError as erreur:
                self.chemin = autre_emplacement(self.terminal, self.chemin, erreur)


def autre_emplacement(terminal: Terminal, chemin: Path, erreur: OSError) -> Path:
    """Dit que rien n’est enregistré et demande où écrire ; Entrée garde le même endroit.

    :raises ErreurCpit: si la personne renonce, ou s’il n’y a personne à qui demander.
    """
    raison = raison_systeme(erreur)
    if not terminal.interactif:
        raise non_enregistre(chemin, raison)
    terminal.dire()
    terminal.dire(f"Ce qui vient d'être répondu n'est PAS enregistré : {raison}.")
    while True:
        saisie = terminal.demander("Autre dossier (Entrée pour réessayer ici, q pour abandonner) : ")
        if normaliser(saisie) == "q":
            raise non_enregistre(chemin, raison)
        if not saisie:
            return chemin
        dossier = _dossier(saisie)
        if dossier is not None:
            # Le même nom peut y désigner la passation de quelqu’un d’autre.
            ailleurs = nom_libre(dossier / chemin.name)
            terminal.dire("La suite s'écrit dans :")
            terminal.copier(str(ailleurs))
            return ailleurs
        terminal.dire("Ce dossier n'existe pas. Écrire le chemin d'un dossier, q, ou seulement Entrée.")


def non_enregistre(chemin: Path, raison: str) -> ErreurCpit:
    """Le refus qui dit qu’une réponse n’est pas sur le disque."""
    return refus("non-enregistre", str(chemin), raison=raison)


def _dossier(saisie: str) -> Path | None:
    try:
        dossier = Path(saisie).expanduser()
        return dossier if dossier.is_dir() else None
    except (OSError, RuntimeError, ValueError):  # « ~inconnu », chemin trop long, dossier où l’on n’entre pas
        return None
