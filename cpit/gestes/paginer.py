"""Écrire une page (restitution, groupe, guides) : vérifier où elle ira, puis la poser en entier ou pas du tout."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cpit.coeur.cohorte import Cohorte
from cpit.coeur.groupe import EFFECTIF_MINIMAL, PLANCHER
from cpit.coeur.mots.restitution import Restitution
from cpit.erreurs import Anomalie, MauvaisEmploi, anomalie, ecriture
from cpit.formats.porte import SANS_PERMIS, Permis, poser, sceller

if TYPE_CHECKING:
    from cpit.guide import Guide
    from cpit.pages.page_groupe import DemandePageGroupe

_SUFFIXE = ".html"


def verifier_suffixe_de_page(chemin: Path) -> None:
    """Refuse, avant tout travail, un nom qui n’est pas celui d’une page.

    :raises MauvaisEmploi: si le nom ne finit pas par .html.
    """
    if chemin.suffix.lower() != _SUFFIXE:
        raise MauvaisEmploi([anomalie("mauvais-suffixe", nom=chemin.name, attendus=_SUFFIXE)])


def fautes_d_emploi(*, page: Path | None, nominatif: bool, effectif_minimal: int) -> Iterator[Anomalie]:
    """Les options d’une page de groupe qui ne vont pas ensemble, ou qui ne protègent personne."""
    if page is None:
        demandees = {"--nominatif": nominatif, "--effectif-minimal": effectif_minimal != EFFECTIF_MINIMAL}
        for option in (option for option, demandee in demandees.items() if demandee):
            yield anomalie("page-manquante", option=option)
    if effectif_minimal < PLANCHER:
        yield anomalie("effectif-minimal-trop-bas", valeur=effectif_minimal, plancher=PLANCHER)


def ecrire_page_personne(chemin: Path, restitution: Restitution, *, date: str, permis: Permis = SANS_PERMIS) -> None:
    """Écrit la page d’une personne.

    :raises ErreurCpit: si l’emplacement ne s’écrit pas, ou est pris par un fichier d’une autre sorte.
    """
    from cpit.pages.page_personne import rendre_page_personne

    _poser(chemin, rendre_page_personne(restitution, date=date), permis)


def ecrire_page_groupe(
    chemin: Path,
    cohorte: Cohorte,
    anomalies: Sequence[Anomalie],
    fichiers: int,
    demande: DemandePageGroupe,
    progres: Callable[[int, int], None] | None = None,
    *,
    permis: Permis = SANS_PERMIS,
) -> None:
    """Écrit la page d’un groupe.

    :param anomalies: ce que la lecture a dit.
    :param fichiers: nombre de fichiers lus.
    :param progres: reçoit ce qui est fait et le total.
    :param permis: ce que l’on peut remplacer.
    :raises ErreurCpit: si l’emplacement ne s’écrit pas, ou est pris par un fichier d’une autre sorte.
    """
    from cpit.pages.page_groupe import rendre_page_groupe

    _poser(chemin, rendre_page_groupe(cohorte, anomalies, fichiers, demande, progres), permis)


def ecrire_page_guides(chemin: Path, guides: Sequence[Guide], *, permis: Permis = SANS_PERMIS) -> None:
    """Écrit un ou plusieurs guides en une page.

    :raises ErreurCpit: si l’emplacement ne s’écrit pas, ou est pris par un fichier d’une autre sorte.
    """
    from cpit.pages.page_guides import rendre_page_guides

    _poser(chemin, rendre_page_guides(guides), permis)


def _poser(chemin: Path, page: str, permis: Permis) -> None:
    with ecriture(chemin):
        poser(chemin, sceller(page.encode(), _SUFFIXE), permis)
