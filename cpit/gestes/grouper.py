"""La commande « cohorte » : lit des sources mêlées, note tout le monde, montre le groupe et l’écrit."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cpit.affichage import montrer
from cpit.affichage.ecran_anomalies import montrer_anomalies
from cpit.chargement import charger
from cpit.coeur.cohorte import Cohorte, composer
from cpit.coeur.groupe import EFFECTIF_MINIMAL
from cpit.coeur.referentiel import Referentiel
from cpit.emplacements import trouver_referentiel
from cpit.erreurs import Anomalie, ErreurCpit, Gravite, MauvaisEmploi, anomalie, ecriture, refusees
from cpit.formats.porte import Permis, ecriture_durable
from cpit.formats.registre import COHORTE, faute_de_suffixe
from cpit.gestes.actions import maintenant
from cpit.gestes.fiches import ecrire_fiches, ecrire_pages, verifier_fiches
from cpit.gestes.paginer import ecrire_page_groupe, fautes_d_emploi, verifier_suffixe_de_page
from cpit.lecture.lignes import LectureSource, compter, sans_ramasse_miettes
from cpit.sources import Reunion, doublons, lire_sources, reunir_sources
from cpit.terminal import Terminal
from cpit.typographie import pluriel

_SORTIE_STANDARD = "-"
DIALECTES = ("fr", "science")


@dataclass(frozen=True)
class DemandeCohorte:
    """Ce que la commande a reçu."""

    sources: Sequence[str]
    sortie: str = "cohorte.xlsx"
    referentiel: str | None = None
    dialecte: str = "fr"
    par: str | None = None
    strict: bool = False
    sans_reponses: bool = False
    fiches: Path | None = None
    pages: Path | None = None
    page: Path | None = None
    nominatif: bool = False
    effectif_minimal: int = EFFECTIF_MINIMAL
    remplacer: bool = False

    @property
    def sorties(self) -> list[Path]:
        """Les fichiers nommés à écrire."""
        nommees = [] if self.sortie == _SORTIE_STANDARD else [Path(self.sortie)]
        return nommees if self.page is None else [*nommees, self.page]


@dataclass(frozen=True)
class CohorteLue:
    """Une cohorte notée, ce qui a été lu de chaque source, et toutes les anomalies."""

    cohorte: Cohorte
    lectures: tuple[LectureSource, ...]
    anomalies: tuple[Anomalie, ...]

    @property
    def sources(self) -> list[tuple[str, int, int]]:
        """Nom de chaque source, passations lues, refus."""
        return [(le.source, len(le.releves), len(refusees(le.anomalies))) for le in self.lectures]


def grouper_cohorte(terminal: Terminal, erreurs: Terminal, demande: DemandeCohorte) -> None:
    """Lit, note, écrit et montre ; ce qui est refusé est dit sur la sortie d’erreur.

    :raises MauvaisEmploi: dialecte, suffixe ou question de profil inconnus.
    :raises ErreurCpit: rien de lisible, emplacement pris ou impossible, ou (après avoir tout écrit) des refus.
    """
    modele = trouver_referentiel(demande.referentiel)
    referentiel = charger(modele)
    _verifier(demande, referentiel)
    reunion = reunir_sources(demande.sources, demande.sorties, autres=[modele], remplacer=demande.remplacer)
    if _grouper_en_flux(terminal, erreurs, demande, referentiel, reunion):
        return
    lue = lire_cohorte(erreurs, reunion, referentiel)
    exiger_des_passations(lue, strict=demande.strict)
    verifier_fiches(lue.cohorte, demande.fiches, demande.pages, reunion.permis)
    _ecrire(erreurs, lue, demande, reunion.permis)
    if demande.page is not None:
        _ecrire_page(erreurs, demande.page, lue, demande, reunion.permis)
    if demande.sortie != _SORTIE_STANDARD:
        from cpit.affichage.ecran_groupe import blocs_de_cohorte

        montrer(terminal, blocs_de_cohorte(terminal, lue.cohorte, lue.sources, demande.par))
        terminal.dire()
        terminal.copier(str(Path(demande.sortie).resolve()))
    if demande.page is not None:
        (erreurs if demande.sortie == _SORTIE_STANDARD else terminal).copier(str(demande.page.resolve()))
    _ecrire_chacun(erreurs, lue.cohorte, demande, reunion.permis)
    dire_les_anomalies(erreurs, lue.anomalies)


def _ecrire_chacun(erreurs: Terminal, cohorte: Cohorte, demande: DemandeCohorte, permis: Permis) -> None:
    """Les classeurs et les pages individuels, s’ils sont demandés."""
    if demande.fiches is not None:
        nombre = ecrire_fiches(erreurs, cohorte, demande.fiches, permis)
        erreurs.dire(f"{pluriel(nombre, 'fiche')} dans {demande.fiches}")
    if demande.pages is not None:
        nombre = ecrire_pages(erreurs, cohorte, demande.pages, permis)
        erreurs.dire(f"{pluriel(nombre, 'page')} dans {demande.pages}")


def _grouper_en_flux(
    terminal: Terminal,
    erreurs: Terminal,
    demande: DemandeCohorte,
    referentiel: Referentiel,
    reunion: Reunion,
) -> bool:
    """Note de grandes tables sans les garder en mémoire ; faux, et rien n’est fait, si ce n’en est pas."""
    from cpit.gestes.grande_cohorte import est_grande, noter_grande_cohorte

    if not est_grande(demande, reunion.chemins, referentiel):
        return False
    bilan = noter_grande_cohorte(erreurs, demande, reunion, referentiel)
    if demande.sortie != _SORTIE_STANDARD:
        from cpit.affichage.ecran_groupe import blocs_de_masse

        complet = bilan.doublons_cherches
        montrer(terminal, blocs_de_masse(referentiel, bilan.sources, bilan.portraits, doublons_cherches=complet))
        terminal.dire()
        terminal.copier(str(Path(demande.sortie).resolve()))
    dire_les_anomalies(erreurs, bilan.anomalies)
    return True


def lire_cohorte(erreurs: Terminal, reunion: Reunion, referentiel: Referentiel) -> CohorteLue:
    """Lit et note toutes les sources ; une barre de progression se montre sur un terminal si cela dure."""
    with erreurs.progression("Lecture") as progres:
        lectures = tuple(lire_sources(reunion.chemins, referentiel, progres))
    releves = [releve for lecture in lectures for releve in lecture.releves]
    anomalies = [*reunion.constats, *(une for lecture in lectures for une in lecture.anomalies), *doublons(releves)]
    with sans_ramasse_miettes():
        cohorte = composer(referentiel, releves)
    return CohorteLue(cohorte, lectures, tuple(anomalies))


def exiger_des_passations(lue: CohorteLue, *, strict: bool) -> None:
    """Arrête tout s’il n’y a rien à noter, ou, en mode strict, à la moindre anomalie.

    :raises ErreurCpit: avec toutes les anomalies de la lecture.
    """
    if strict and lue.anomalies:
        raise ErreurCpit(lue.anomalies)
    if not lue.cohorte.notees:
        raise ErreurCpit([*lue.anomalies, anomalie("cohorte-vide")])


def _ecrire(erreurs: Terminal, lue: CohorteLue, demande: DemandeCohorte, permis: Permis) -> None:
    if demande.sortie == _SORTIE_STANDARD:
        from cpit.formats.cohorte_csv import ecrire_cohorte_csv_en_flux

        sys.stdout.flush()
        ecrire_cohorte_csv_en_flux(
            sys.stdout.buffer, lue.cohorte, dialecte=demande.dialecte, avec_reponses=not demande.sans_reponses
        )
        return
    chemin = Path(demande.sortie)
    with ecriture(chemin):
        _ecrire_fichier(erreurs, chemin, lue, demande, permis)


def _ecrire_fichier(erreurs: Terminal, chemin: Path, lue: CohorteLue, demande: DemandeCohorte, permis: Permis) -> None:
    avec_reponses = not demande.sans_reponses
    if chemin.suffix.lower() == ".csv":
        from cpit.formats.cohorte_csv import ecrire_cohorte_csv as ecrire_csv

        ecrire_csv(chemin, lue.cohorte, dialecte=demande.dialecte, avec_reponses=avec_reponses, permis=permis)
    elif chemin.suffix.lower() == ".json":
        from cpit.formats.documents_json import ecrire_cohorte_json

        with ecriture_durable(chemin, permis) as flux:
            ecrire_cohorte_json(flux, lue.cohorte, lue.anomalies, avec_reponses=avec_reponses)
    else:
        from cpit.classeurs.classeur_groupe import ecrire_classeur_groupe as ecrire_classeur

        with erreurs.progression("Écriture, en lignes") as progres:
            ecrire_classeur(
                chemin,
                lue.cohorte,
                lue.anomalies,
                lue.sources,
                date=maintenant(),
                par=demande.par,
                sans_reponses=demande.sans_reponses,
                progres=progres,
                permis=permis,
            )


def _ecrire_page(erreurs: Terminal, chemin: Path, lue: CohorteLue, demande: DemandeCohorte, permis: Permis) -> None:
    from cpit.pages.page_groupe import DemandePageGroupe

    voulue = DemandePageGroupe(maintenant(), demande.par, demande.nominatif, demande.effectif_minimal)
    with erreurs.progression("Page") as progres:
        ecrire_page_groupe(chemin, lue.cohorte, lue.anomalies, len(lue.lectures), voulue, progres, permis=permis)


def dire_les_anomalies(erreurs: Terminal, anomalies: Sequence[Anomalie]) -> None:
    """Tout montrer, puis un résumé ; lève l’erreur qui donne le code de sortie s’il y a eu un refus."""
    if not anomalies:
        return
    montrer_anomalies(erreurs, anomalies)
    nombre, avertissements = compter(anomalies, Gravite.REFUS), compter(anomalies, Gravite.AVERTISSEMENT)
    erreurs.dire(f"En tout : {nombre} refus, {pluriel(avertissements, 'avertissement')}.")
    if nombre:
        raise ErreurCpit([])


def _verifier(demande: DemandeCohorte, referentiel: Referentiel) -> None:
    fautes = []
    if demande.dialecte not in DIALECTES:
        fautes.append(anomalie("dialecte-inconnu", valeur=demande.dialecte, connus=" ou ".join(DIALECTES)))
    if demande.sortie != _SORTIE_STANDARD:
        faute = faute_de_suffixe(demande.sortie, COHORTE, aussi=" (ou -)")
        fautes += [] if faute is None else [faute]
    questions = [question.identifiant for question in referentiel.profil]
    if demande.par is not None and demande.par not in questions:
        fautes.append(anomalie("question-inconnue", valeur=demande.par, connus=", ".join(questions)))
    fautes += fautes_d_emploi(page=demande.page, nominatif=demande.nominatif, effectif_minimal=demande.effectif_minimal)
    if fautes:
        raise MauvaisEmploi(fautes)
    if demande.page is not None:
        verifier_suffixe_de_page(demande.page)
