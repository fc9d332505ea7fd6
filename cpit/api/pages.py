"""Écrire une page (restitution, guides) : vérifier où elle ira, puis la poser en entier ou pas du tout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cpit.coeur.mots.restitution import Restitution
from cpit.erreurs import MauvaisEmploi, anomalie, ecriture
from cpit.formats.porte import SANS_PERMIS, Permis, poser, sceller

if TYPE_CHECKING:
    from cpit.documentation import Guide

SUFFIXE = ".html"


def verifier_suffixe_de_page(chemin: Path) -> None:
    """Refuse, avant tout travail, un nom qui n’est pas celui d’une page.

    :raises MauvaisEmploi: si le nom ne finit pas par .html.
    """
    if chemin.suffix.lower() != SUFFIXE:
        raise MauvaisEmploi([anomalie("mauvais-suffixe", nom=chemin.name, attendus=SUFFIXE)])


def ecrire_page_personne(chemin: Path, restitution: Restitution, *, date: str, permis: Permis = SANS_PERMIS) -> None:
    """Écrit la page d’une personne.

    :raises ErreurCpit: si l’emplacement ne s’écrit pas, ou est pris par un fichier d’une autre sorte.
    """
    from cpit.pages.page_personne import rendre_page_personne

    poser_page(chemin, rendre_page_personne(restitution, date=date), permis)


def ecrire_page_guides(chemin: Path, guides: Sequence[Guide], *, permis: Permis = SANS_PERMIS) -> None:
    """Écrit un ou plusieurs guides en une page.

    :raises ErreurCpit: si l’emplacement ne s’écrit pas, ou est pris par un fichier d’une autre sorte.
    """
    from cpit.pages.page_guides import rendre_page_guides

    poser_page(chemin, rendre_page_guides(guides), permis)


def poser_page(chemin: Path, page: str, permis: Permis) -> None:
    """Pose une page, scellée, en entier ou pas du tout.

    :raises ErreurCpit: si l’emplacement ne s’écrit pas, ou est pris par un fichier d’une autre sorte.
    """
    with ecriture(chemin):
        poser(chemin, sceller(page.encode(), SUFFIXE), permis)
