"""Les guides livrés avec cpit : leur texte, et la page où les lire."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cpit.api.arguments import facade
from cpit.documentation import SUJETS, Guide, lire_guide
from cpit.erreurs import MauvaisEmploi, ecriture
from cpit.formats.porte import delivrer, poser, sceller
from cpit.formats.registre import PAGE, faute_de_suffixe


def guides() -> dict[str, Guide]:
    """Tous les guides, par sujet, dans l’ordre où on les lit."""
    return {sujet: lire_guide(sujet) for sujet in SUJETS}


@facade
def guide(sujet: str) -> Guide:
    """Le guide d’un sujet ; ``texte`` est son Markdown.

    :raises MauvaisEmploi: si aucun guide ne porte ce nom, avec le plus proche.
    """
    return lire_guide(sujet)


def ecrire_page_guides(chemin: str | Path, choisis: Iterable[Guide], *, remplacer: bool = False) -> Path:
    """Écrit un ou plusieurs guides en une page, et rend son chemin.

    :raises MauvaisEmploi: si le nom n’est pas celui d’une page.
    :raises ErreurCpit: si l’emplacement ne s’écrit pas, ou est pris par un fichier d’une autre sorte.
    """
    from cpit.pages.page_guides import rendre_page_guides

    page = Path(chemin)
    if faute := faute_de_suffixe(page, PAGE):
        raise MauvaisEmploi([faute])
    octets = sceller(rendre_page_guides(tuple(choisis)).encode(), page.suffix.lower())
    with ecriture(page):
        poser(page, octets, delivrer([], remplacer=remplacer))
    return page
