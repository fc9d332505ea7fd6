"""La commande de qui veut lire : les guides livrés avec cpit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cpit.aide import POUR_COMMENCER, Commande
from cpit.cli.options import OptionRemplacer, OptionSimple, terminal
from cpit.ouverture import chemin_reel

app = typer.Typer()


@app.command(
    cls=Commande,
    rich_help_panel=POUR_COMMENCER,
    short_help="lire les guides",
    epilog="Par exemple : cpit guide formateur",
)
def guide(
    sujet: Annotated[str | None, typer.Argument(metavar="[SUJET]", help="Le guide à lire ; leur liste sinon.")] = None,
    page: Annotated[
        Path | None,
        typer.Option(metavar="F.html", help="Écrit ce guide, ou tous, en une page.", show_default=False),
    ] = None,
    remplacer: OptionRemplacer = False,
    simple: OptionSimple = False,
) -> None:
    """Lire les guides : pour chaque usage, les calculs, les formats, la solidité, Python."""
    from cpit.affichage import montrer
    from cpit.affichage.ecran_guide import blocs_de_guide, blocs_de_sommaire
    from cpit.api import referentiels

    ecran = terminal(simple)
    choisis = referentiels.guides().values() if sujet is None else [referentiels.guide(sujet)]
    if page is not None:
        referentiels.ecrire_page_guides(page, choisis, remplacer=remplacer)
        ecran.dire("Page :")
        ecran.copier(str(chemin_reel(page)))
    else:
        montrer(ecran, blocs_de_sommaire(choisis) if sujet is None else blocs_de_guide(*choisis))
