"""Ce que la commande « cohorte » fait une fois ses options lues : appeler l’API, montrer, dire où c’est écrit."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cpit.affichage import montrer
from cpit.api.arguments import exiger_un_emploi
from cpit.api.comparaison import ecrire_pages_de_chacun, rapprocher_chacun, verifier_pages_de_chacun
from cpit.api.groupe import (
    convient_au_flux,
    ecrire_cohorte,
    ecrire_fiches,
    ecrire_page_groupe,
    equipes,
    fautes_d_effectif,
    fautes_de_cohorte,
    fautes_de_nom,
    noter_en_grand,
    reunir,
    se_reprend_d_un_bloc,
    verifier_fiches,
)
from cpit.cli.options import dire_les_anomalies, montrer_les_suppositions
from cpit.coeur.equipe import LectureDEquipes
from cpit.coeur.groupe import EFFECTIF_MINIMAL
from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import Anomalie, ErreurCpit, MauvaisEmploi, anomalie
from cpit.formats.recueil import Recueil, ecrire_cohorte_csv_en_flux
from cpit.formats.registre import COHORTE, PAGE, faute_de_suffixe
from cpit.lecture.contexte import Consignes
from cpit.lecture.correspondance import consigner_une_lecture
from cpit.ouverture import chemin_reel, faute_de_chemin
from cpit.passations.origine import ChoixDeReferentiel
from cpit.rapprochement import Rapprochement
from cpit.sources import Reunion, lire_reunion
from cpit.terminal import OctetsDeSortie, Terminal
from cpit.typographie import pluriel

_SORTIE_STANDARD = "-"

Ecrans = tuple[Terminal, Terminal]
"""Celui où l’on montre, celui où l’on dit ce qui ne va pas."""


@dataclass(frozen=True)
class PageVoulue:
    """La page du groupe que l’on demande ; aucune sans chemin. ``equipes`` : vrai si l’on en lit aussi les équipes."""

    chemin: Path | None
    nominatif: bool
    effectif_minimal: int
    equipes: bool = False

    def fautes(self) -> Iterator[Anomalie]:
        """Les options qui ne vont pas sans page, ou qui ne protègent personne."""
        if self.chemin is None:
            demandees = {
                "--nominatif": self.nominatif and not self.equipes,
                "--effectif-minimal": self.effectif_minimal != EFFECTIF_MINIMAL,
            }
            for option in (option for option, demandee in demandees.items() if demandee):
                yield anomalie("page-manquante", option=option)
        yield from fautes_d_effectif(self.effectif_minimal)


@dataclass(frozen=True)
class SortiesDeCohorte:
    """Tout ce que la commande doit écrire."""

    sortie: str
    dialecte: str
    par: str | None
    avec_reponses: bool
    fiches: Path | None
    pages: Path | None
    page: PageVoulue
    equipe: str | None = None
    detail: bool = False

    @property
    def en_clair(self) -> bool:
        """Vrai si le CSV va sur la sortie standard : rien d’autre ne s’y montre."""
        return self.sortie == _SORTIE_STANDARD

    @property
    def nommees(self) -> list[Path]:
        """Les fichiers nommés à écrire."""
        nommees = [] if self.en_clair else [Path(self.sortie)]
        return nommees if self.page.chemin is None else [*nommees, self.page.chemin]

    @property
    def dossiers(self) -> list[tuple[Path, str]]:
        """Les dossiers de fiches, et leur suffixe."""
        return [
            (dossier, suffixe)
            for dossier, suffixe in ((self.fiches, ".xlsx"), (self.pages, ".html"))
            if dossier is not None
        ]

    def verifier(self, referentiel: Referentiel, dites: Mapping[str, str | None]) -> Consignes:
        """Dit d’un coup tout ce qui ne va pas dans la demande ; rend les consignes de lecture.

        :raises MauvaisEmploi: dialecte, suffixe ou question de profil inconnus, consigne impossible, options qui ne
            vont pas ensemble.
        """
        faute = None if self.en_clair else self._faute_de_sortie()
        fautes = [
            *([] if faute is None else [faute]),
            *fautes_de_cohorte(referentiel, dialecte=self.dialecte, par=self.par, au_dela=self.page.chemin is not None),
            *self.page.fautes(),
            *self._fautes_d_equipe(),
        ]
        try:
            consignes = consigner_une_lecture(referentiel, **dites, equipe=self.equipe)
        except MauvaisEmploi as erreur:
            raise MauvaisEmploi([*fautes, *erreur.anomalies]) from None
        exiger_un_emploi(fautes)
        if self.page.chemin is not None:
            exiger_un_emploi(fautes_de_nom(self.page.chemin, PAGE))
        return consignes

    def _fautes_d_equipe(self) -> Iterator[Anomalie]:
        """Des équipes que rien ne montrerait."""
        if self.equipe is not None and self.en_clair and self.page.chemin is None:
            yield anomalie("equipe-sans-ecran")

    def _faute_de_sortie(self) -> Anomalie | None:
        vide = faute_de_chemin(self.sortie, "l’option --sortie")
        return vide or faute_de_suffixe(self.sortie, COHORTE, aussi=" (ou -)")


def noter_un_groupe(
    ecrans: Ecrans,
    sources: list[str],
    choix: ChoixDeReferentiel,
    voulues: SortiesDeCohorte,
    *,
    consignes: Consignes,
    strict: bool,
    remplacer: bool,
) -> None:
    """Lit, note, écrit et montre ; ce qui est refusé est dit sur la sortie d’erreur.

    :param choix: le référentiel avec lequel lire, et ce qu’il y a à en dire.
    :raises ErreurCpit: rien de lisible, emplacement pris ou impossible, ou (après avoir tout écrit) des refus.
    """
    referentiel = choix.referentiel
    reunion = reunir(sources, choix, sorties=voulues.nommees, consignes=consignes, remplacer=remplacer)
    a_garder = (
        voulues.par is not None or voulues.equipe is not None or voulues.dossiers or voulues.page.chemin is not None
    )
    # Ce qui est parti sur la sortie standard ne se reprend pas.
    sans_retour = strict and voulues.en_clair
    en_flux = not a_garder and not sans_retour and convient_au_flux(reunion, referentiel, voulues.sortie)
    if en_flux and _noter_en_grand_si_possible(ecrans, reunion, referentiel, voulues, strict=strict):
        return
    with ecrans[1].progression("Lecture") as progres:
        recueil = lire_reunion(reunion, referentiel, strict=strict, progres=progres)
    lues = None if voulues.equipe is None else equipes(recueil, voulues.equipe, nominatif=voulues.page.nominatif)
    verifier_fiches(recueil, voulues.dossiers)
    rapproches = [] if voulues.pages is None else rapprocher_chacun(recueil)
    if voulues.pages is not None:
        verifier_pages_de_chacun(recueil, rapproches, voulues.pages)
    _ecrire(ecrans, recueil, voulues, lues)
    _montrer(ecrans, recueil, voulues, lues)
    _ecrire_chacun(ecrans[1], recueil, voulues)
    if voulues.pages is not None and rapproches:
        _ecrire_les_parcours(ecrans[1], recueil, rapproches, voulues.pages)
    dire_les_anomalies(ecrans[1], recueil.anomalies)


def _ecrire(ecrans: Ecrans, recueil: Recueil, voulues: SortiesDeCohorte, lues: LectureDEquipes | None) -> None:
    reponses, dialecte = voulues.avec_reponses, voulues.dialecte
    dits: dict[str, Any] = {"par": voulues.par, "equipes": lues}
    if voulues.en_clair:
        octets = OctetsDeSortie(sys.stdout)
        ecrire_cohorte_csv_en_flux(octets, recueil.cohorte, dialecte=dialecte, avec_reponses=reponses)
        octets.flush()
    else:
        with ecrans[1].progression("Écriture, en lignes") as progres:
            ecrire_cohorte(recueil, voulues.sortie, dialecte=dialecte, avec_reponses=reponses, progres=progres, **dits)
    page = voulues.page
    if page.chemin is not None:
        with ecrans[1].progression("Page") as progres:
            ecrire_page_groupe(
                recueil,
                page.chemin,
                nominatif=page.nominatif,
                effectif_minimal=page.effectif_minimal,
                progres=progres,
                **dits,
            )


def _montrer(ecrans: Ecrans, recueil: Recueil, voulues: SortiesDeCohorte, lues: LectureDEquipes | None) -> None:
    terminal, erreurs = ecrans
    if not voulues.en_clair:
        from cpit.affichage.ecran_groupe import blocs_de_cohorte

        montrer(
            terminal, blocs_de_cohorte(terminal, recueil.cohorte, recueil.sources, voulues.par, detail=voulues.detail)
        )
        if lues is not None:
            from cpit.affichage.ecran_groupe import blocs_d_equipes

            montrer(terminal, blocs_d_equipes(lues))
        terminal.dire()
        terminal.copier(str(chemin_reel(voulues.sortie)))
    else:
        montrer_les_suppositions(erreurs, recueil.sources)
    if voulues.page.chemin is not None:
        (erreurs if voulues.en_clair else terminal).copier(str(chemin_reel(voulues.page.chemin)))


def _ecrire_chacun(erreurs: Terminal, recueil: Recueil, voulues: SortiesDeCohorte) -> None:
    """Les classeurs et les pages individuels, s’ils sont demandés."""
    for dossier, suffixe in voulues.dossiers:
        quoi = "fiche" if suffixe == ".xlsx" else "page"
        with erreurs.progression(f"{quoi.capitalize()}s") as progres:
            chemins = ecrire_fiches(recueil, dossier, suffixe=suffixe, progres=progres)
        erreurs.dire(f"{pluriel(len(chemins), quoi)} dans {dossier}", suite=2)


def _ecrire_les_parcours(
    erreurs: Terminal, recueil: Recueil, rapproches: Sequence[Rapprochement], dossier: Path
) -> None:
    """La page de tous les moments et regards de qui en a plusieurs, à côté de la page de chaque passation."""
    with erreurs.progression("Parcours") as progres:
        chemins = ecrire_pages_de_chacun(recueil, rapproches, dossier, progres=progres)
    erreurs.dire(f"{pluriel(len(chemins), 'parcours', 'parcours')} dans {dossier}", suite=2)


def _noter_en_grand_si_possible(
    ecrans: Ecrans, reunion: Reunion, referentiel: Referentiel, voulues: SortiesDeCohorte, *, strict: bool
) -> bool:
    """Faux si une table ne se lit pas au fil de la lecture : rien n’est écrit, et une table n’arrête pas les autres.

    :raises ErreurCpit: comme ``noter_un_groupe`` ; ce qui est parti sur la sortie standard ne se reprend pas.
    """
    try:
        _noter_en_grand(ecrans, reunion, referentiel, voulues, strict=strict)
    except ErreurCpit as erreur:
        if voulues.en_clair or not se_reprend_d_un_bloc(erreur.anomalies):
            raise
        return False
    return True


def _noter_en_grand(
    ecrans: Ecrans, reunion: Reunion, referentiel: Referentiel, voulues: SortiesDeCohorte, *, strict: bool
) -> None:
    """Note de grandes tables sans les garder en mémoire."""
    terminal, erreurs = ecrans
    sortie = OctetsDeSortie(sys.stdout) if voulues.en_clair else Path(voulues.sortie)
    with erreurs.progression("Notation, en Mo") as progres:
        bilan = noter_en_grand(
            reunion,
            referentiel,
            sortie,
            dialecte=voulues.dialecte,
            avec_reponses=voulues.avec_reponses,
            strict=strict,
            progres=progres,
        )
    if not voulues.en_clair:
        from cpit.affichage.ecran_groupe import blocs_de_flux

        complet = bilan.doublons_cherches
        blocs = blocs_de_flux(
            *(referentiel, bilan.sources, bilan.portraits), doublons_cherches=complet, detail=voulues.detail
        )
        montrer(terminal, blocs)
        terminal.dire()
        terminal.copier(str(chemin_reel(voulues.sortie)))
    else:
        montrer_les_suppositions(erreurs, bilan.sources)
    dire_les_anomalies(erreurs, bilan.anomalies)
