"""La commande « fidelite » : éprouve l’instrument sur un groupe, le montre et l’écrit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from cpit.affichage import montrer
from cpit.chargement import charger
from cpit.emplacements import trouver_referentiel
from cpit.erreurs import MauvaisEmploi, ecriture, refus
from cpit.export.pseudonymes import graphies
from cpit.formats.porte import Permis
from cpit.formats.registre import FIDELITE, faute_de_suffixe
from cpit.gestes.actions import maintenant
from cpit.gestes.grouper import CohorteLue, dire_les_anomalies, exiger_des_passations, lire_cohorte
from cpit.sources import reunir_sources
from cpit.terminal import Terminal

if TYPE_CHECKING:
    from cpit.coeur.fidelite.etude import Etude


@dataclass(frozen=True)
class DemandeFidelite:
    """Ce que la commande a reçu."""

    sources: Sequence[str]
    sortie: Path | None = None
    referentiel: str | None = None
    strict: bool = False
    remplacer: bool = False


def eprouver(terminal: Terminal, erreurs: Terminal, demande: DemandeFidelite) -> None:
    """Lit les sources, étudie l’instrument, écrit et montre ; ce qui est refusé est dit sur la sortie d’erreur.

    :raises MauvaisEmploi: suffixe inconnu, ou sortie qui est aussi une source.
    :raises ErreurCpit: bibliothèque absente, rien de lisible, emplacement pris ou impossible, ou (tout étant écrit) des
        refus.
    """
    faute = None if demande.sortie is None else faute_de_suffixe(demande.sortie, FIDELITE)
    if faute is not None:
        raise MauvaisEmploi([faute])
    if find_spec("scipy") is None:
        raise refus("scipy-absent")
    modele = trouver_referentiel(demande.referentiel)
    referentiel = charger(modele)
    sorties = [] if demande.sortie is None else [demande.sortie]
    reunion = reunir_sources(demande.sources, sorties, autres=[modele], remplacer=demande.remplacer)
    lue = lire_cohorte(erreurs, reunion, referentiel)
    exiger_des_passations(lue, strict=demande.strict)
    lue = replace(lue, anomalies=(*lue.anomalies, *graphies(notee.releve for notee in lue.cohorte.notees)))
    from cpit.affichage.ecran_fidelite import blocs_de_fidelite
    from cpit.coeur.fidelite.etude import etudier

    with erreurs.progression("Étude") as progres:
        etude = etudier(lue.cohorte, progres)
    if demande.sortie is not None:
        _ecrire(demande.sortie, etude, lue, reunion.permis)
    montrer(terminal, blocs_de_fidelite(etude, lue.sources))
    if demande.sortie is not None:
        terminal.dire()
        terminal.copier(str(demande.sortie.resolve()))
    dire_les_anomalies(erreurs, lue.anomalies)


def _ecrire(chemin: Path, etude: Etude, lue: CohorteLue, permis: Permis) -> None:
    """Écrit l’étude dans un fichier, selon son suffixe.

    :raises ErreurCpit: si l’emplacement ne s’écrit pas.
    """
    with ecriture(chemin):
        if chemin.suffix.lower() == ".json":
            from cpit.formats.fidelite_json import ecrire_fidelite_json

            ecrire_fidelite_json(chemin, etude, lue.anomalies, date=maintenant(), permis=permis)
        else:
            from cpit.classeurs.classeur_fidelite import ecrire_fidelite_xlsx as ecrire_classeur

            ecrire_classeur(chemin, etude, lue.anomalies, lue.sources, date=maintenant(), permis=permis)
