"""Le classeur d’un groupe : synthèse par strate, scores et incertitude, matrice, profils, réponses, anomalies…

Aucune cellule n’y est une formule. Les grandes feuilles s’écrivent au fil de l’eau, droit dans l’archive : la mémoire
ne dépend pas du nombre de passations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

from cpit.classeurs.classeur_groupe.chantier import (
    ANOMALIES,
    EN_FLUX,
    LIGNES_DE_FEUILLE_MAX,
    PREMIERE,
    ChantierGroupe,
    creer_styles_groupe,
    stratifier,
)
from cpit.classeurs.classeur_groupe.feuille_synthese import (
    ecrire_donnees_groupe,
    ecrire_equipes,
    ecrire_synthese_groupe,
)
from cpit.classeurs.classeur_groupe.feuilles_en_tables import (
    ecrire_a_propos_groupe,
    ecrire_anomalies,
    ecrire_dictionnaire,
    ecrire_incertitude,
    ecrire_matrice,
    ecrire_profils,
    ecrire_reponses_groupe,
    ecrire_scores_groupe,
)
from cpit.coeur import Progres
from cpit.erreurs import refus
from cpit.formats.durable import atelier
from cpit.formats.porte import ecriture_durable
from cpit.formats.recueil import Reglages
from cpit.ouverture import ouvrir
from cpit.tableur.document import (
    PatronIntrouvable,
    Remplissage,
    Suite,
    couper_patron,
    creer_document,
    decrire_document,
    fermer_document,
    franciser_flux,
    remplir_patron,
)
from cpit.typographie import grouper

if TYPE_CHECKING:
    from cpit.formats.recueil import Recueil

PASSATIONS_MAX = LIGNES_DE_FEUILLE_MAX - PREMIERE
_BRUT = "classeur.xlsx"

_Suites = dict[str, Suite]
"""Feuille → lignes à mettre à la place de son patron."""


def ecrire_classeur_groupe(chemin: Path, lecture: Recueil, reglages: Reglages) -> None:
    """Écrit le classeur d’un groupe, en entier ou pas du tout ; sa date de création est celle des réglages.

    :raises ErreurCpit: place prise, ou plus de passations qu’une feuille de tableur n’a de lignes.
    :raises OSError: si l’emplacement ne s’écrit pas.
    :raises ValueError: si la date des réglages n’est pas une date ISO 8601.
    """
    nombre = len(lecture.cohorte.notees)
    if nombre > PASSATIONS_MAX:
        raise refus("classeur-trop-de-lignes", chemin.name, n=grouper(nombre), maximum=grouper(PASSATIONS_MAX))
    jour = datetime.fromisoformat(reglages.date[:10])
    with atelier(chemin.parent) as dossier, ecriture_durable(chemin, lecture.permis) as sortie:
        strates = stratifier(lecture.cohorte)

        def creer(suites: _Suites | None) -> ChantierGroupe:
            # Les fichiers de travail restent dans ce dossier, à côté de la destination, et disparaissent avec lui.
            classeur = creer_document(str(dossier / _BRUT), tmpdir=str(dossier))
            return ChantierGroupe(classeur, creer_styles_groupe(classeur), lecture, reglages, strates, suites)

        _assembler(creer, jour, dossier / _BRUT, sortie, reglages.progres)


def _assembler(
    creer: Callable[[_Suites | None], ChantierGroupe],
    jour: datetime,
    brut: Path,
    sortie: IO[bytes],
    progres: Progres | None,
) -> None:
    """Bâtit le classeur et y met ses grandes tables ; par XlsxWriter seul s’il n’y écrit pas les patrons attendus."""
    chantier = creer({})
    _batir(chantier, jour)
    try:
        with ouvrir(brut) as entree:
            franciser_flux(entree, sortie, _remplissages(chantier, progres))
    except PatronIntrouvable:
        sortie.seek(0)
        sortie.truncate()
        _batir(creer(None), jour)
        with ouvrir(brut) as entree:
            franciser_flux(entree, sortie)


def _batir(chantier: ChantierGroupe, jour: datetime) -> None:
    _ecrire_feuilles(chantier)
    _decrire(chantier, jour)
    fermer_document(chantier.classeur)


def _remplissages(chantier: ChantierGroupe, progres: Progres | None) -> dict[str, Remplissage]:
    """Par partie de l’archive, ce qui y met les lignes d’une grande table."""
    suites = chantier.suites or {}
    total = sum(suite.nombre for suite in suites.values())
    faites = 0

    def avancer(nombre: int) -> None:
        nonlocal faites
        faites += nombre
        if progres is not None:
            progres(faites, total)

    def remplir(suite: Suite, feuille: bytes) -> Iterator[bytes]:
        return remplir_patron(couper_patron(feuille.decode(), suite), suite, avancer)

    return {
        f"xl/worksheets/sheet{rang}.xml": (suites[nom].poids, partial(remplir, suites[nom]))
        for rang, nom in enumerate(chantier.feuilles(), 1)
        if nom in suites
    }


def _ecrire_feuilles(chantier: ChantierGroupe) -> None:
    en_flux = EN_FLUX if chantier.suites is None else (ANOMALIES,)
    for nom in chantier.feuilles():
        # XlsxWriter lit ce réglage à la création de chaque feuille : seules les grandes s’écrivent au fil de l’eau,
        # les graphiques ont besoin de relire les autres.
        chantier.classeur.constant_memory = nom in en_flux
        chantier.classeur.add_worksheet(nom)
    ecrire_synthese_groupe(chantier, ecrire_donnees_groupe(chantier))
    ecrire_scores_groupe(chantier)
    ecrire_incertitude(chantier)
    ecrire_matrice(chantier)
    ecrire_profils(chantier)
    ecrire_equipes(chantier)
    if chantier.reglages.avec_reponses:
        ecrire_reponses_groupe(chantier)
    ecrire_anomalies(chantier)
    ecrire_dictionnaire(chantier)
    ecrire_a_propos_groupe(chantier)


def _decrire(chantier: ChantierGroupe, jour: datetime) -> None:
    sujet = "Cohorte : synthèse, scores, matrice, profils, réponses, anomalies, dictionnaire"
    decrire_document(chantier.classeur, f"Synthèse de groupe, {chantier.referentiel.titre}", jour, sujet=sujet)
    chantier.classeur.get_worksheet_by_name(chantier.feuilles()[0]).activate()
