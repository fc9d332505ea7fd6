"""Écrire une page de restitution ou de groupe : vérifier où elle ira, puis la poser en entier ou pas du tout."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cpit.coeur.cohorte import Cohorte
from cpit.coeur.groupe import EFFECTIF_MINIMAL, PLANCHER
from cpit.coeur.restitution import Restitution
from cpit.erreurs import Anomalie, MauvaisEmploi, anomalie, ecriture, refus

if TYPE_CHECKING:
    from cpit.restitution.page_groupe import Demande

SUFFIXE = ".html"


def verifier_page(chemin: Path) -> None:
    """Refuse, avant tout travail, un nom qui n’est pas celui d’une page ou qui est pris par un autre fichier.

    :raises MauvaisEmploi: si le nom ne finit pas par .html.
    :raises ErreurCpit: si l’emplacement est pris par un fichier qui n’est pas une page de cpit.
    """
    from cpit.restitution.page import est_une_page_de_cpit

    if chemin.suffix.lower() != SUFFIXE:
        raise MauvaisEmploi([anomalie("mauvais-suffixe", nom=chemin.name, attendus=SUFFIXE)])
    if chemin.is_file() and not est_une_page_de_cpit(chemin):
        raise refus("page-existante", str(chemin), nom=chemin)


def fautes_d_emploi(*, page: Path | None, nominatif: bool, effectif_minimal: int) -> Iterator[Anomalie]:
    """Les options d’une page de groupe qui ne vont pas ensemble, ou qui ne protègent personne."""
    if page is None:
        demandees = {"--nominatif": nominatif, "--effectif-minimal": effectif_minimal != EFFECTIF_MINIMAL}
        for option in (option for option, demandee in demandees.items() if demandee):
            yield anomalie("page-manquante", option=option)
    if effectif_minimal < PLANCHER:
        yield anomalie("effectif-minimal-trop-bas", valeur=effectif_minimal, plancher=PLANCHER)


def ecrire_page_personne(chemin: Path, restitution: Restitution, *, date: str) -> None:
    """Écrit la page d’une personne.

    :raises ErreurCpit: si l’emplacement ne s’écrit pas, ou est pris par un fichier d’une autre sorte.
    """
    from cpit.restitution.page_personne import rendre_page

    _poser(chemin, lambda: rendre_page(restitution, date=date))


def ecrire_page_groupe(
    chemin: Path,
    cohorte: Cohorte,
    anomalies: Sequence[Anomalie],
    fichiers: int,
    demande: Demande,
    progres: Callable[[int, int], None] | None = None,
) -> None:
    """Écrit la page d’un groupe.

    :param anomalies: ce que la lecture a dit.
    :param fichiers: nombre de fichiers lus.
    :param progres: reçoit ce qui est fait et le total.
    :raises ErreurCpit: si l’emplacement ne s’écrit pas, ou est pris par un fichier d’une autre sorte.
    """
    from cpit.restitution.page_groupe import rendre_page

    _poser(chemin, lambda: rendre_page(cohorte, anomalies, fichiers, demande, progres))


def _poser(chemin: Path, rendre: Callable[[], str]) -> None:
    from cpit.formats.durable import poser

    verifier_page(chemin)
    page = rendre().encode()
    with ecriture(chemin):
        poser(chemin, page)
