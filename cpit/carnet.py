"""Le carnet d’une séance : où elle écrit, et ce qu’elle fait quand cela ne s’écrit plus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cpit.affichage.anomalies import montrer_anomalies
from cpit.coeur.passation import Passation
from cpit.erreurs import anomalie, raison_systeme, refus
from cpit.questionnaire import normaliser
from cpit.sauvegarde import Enregistrement, dater, enregistrer
from cpit.terminal import Terminal

Horloge = Callable[[], str]
"""Rend l’instant présent en ISO 8601, à la seconde, avec le décalage horaire."""


@dataclass
class Carnet:
    """Le fichier où une séance écrit ; il peut changer de dossier en route si le premier ne s’écrit plus."""

    chemin: Path
    terminal: Terminal
    horloge: Horloge
    _de_cote_dit: bool = field(default=False, init=False)

    def ecrire(self, passation: Passation) -> Passation:
        """Écrit la passation ; propose un autre dossier tant que l’écriture échoue.

        :raises ErreurCpit: si la personne renonce, ou s’il n’y a personne à qui demander.
        """
        datee = dater(passation, self.horloge())
        while True:
            try:
                self._dire(enregistrer(datee, self.chemin))
            except OSError as erreur:
                self._changer_de_dossier(erreur)
            else:
                return datee

    def _dire(self, ecrit: Enregistrement) -> None:
        if ecrit.de_cote and not self._de_cote_dit:
            self._de_cote_dit = True
            montrer_anomalies(self.terminal, [anomalie("enregistre-de-cote", copie=ecrit.chemin)])

    def _changer_de_dossier(self, erreur: OSError) -> None:
        raison = raison_systeme(erreur)
        echec = refus("non-enregistre", str(self.chemin), raison=raison)
        if not self.terminal.interactif:
            raise echec
        montrer_anomalies(self.terminal, echec.anomalies)
        saisie = self.terminal.demander("Autre dossier (Entrée pour réessayer ici, q pour abandonner) : ")
        if normaliser(saisie) == "q":
            raise echec
        dossier = Path(saisie).expanduser()
        if saisie and dossier.is_dir():
            self.chemin = dossier / self.chemin.name
        elif saisie:
            self.terminal.dire("Ce dossier n'existe pas.")
