"""La commande « guide » : dire quels guides sont livrés, en lire un, ou les écrire en une page."""

from __future__ import annotations

from pathlib import Path

from cpit.affichage import montrer
from cpit.api.pages import ecrire_page_guides, verifier_suffixe_de_page
from cpit.documentation import choisir_guides
from cpit.formats.porte import delivrer
from cpit.terminal import Terminal


def guider(terminal: Terminal, sujet: str | None, page: Path | None, *, remplacer: bool = False) -> None:
    """Montre la liste des guides ou l’un d’eux, ou les écrit en une page.

    :raises MauvaisEmploi: si aucun guide n’a ce sujet, ou si le nom n’est pas celui d’une page.
    :raises ErreurCpit: si la page ne s’écrit pas, ou est prise par un autre fichier.
    """
    from cpit.affichage.ecran_guide import blocs_de_guide, blocs_de_sommaire

    guides = choisir_guides(sujet)
    if page is not None:
        verifier_suffixe_de_page(page)
        ecrire_page_guides(page, guides, permis=delivrer([], remplacer=remplacer))
        terminal.dire("Page :")
        terminal.copier(str(page.resolve()))
    elif sujet is None:
        montrer(terminal, blocs_de_sommaire(guides))
    else:
        montrer(terminal, blocs_de_guide(guides[0]))
