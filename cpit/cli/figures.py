"""La commande qui dessine une figure à publier ou à projeter."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cpit.aide import Commande
from cpit.cli.options import OptionReferentiel, OptionRemplacer, OptionSimple, terminal

app = typer.Typer()


@app.command(cls=Commande)
def figure(
    nature: Annotated[str, typer.Argument(metavar="FIGURE", help="carte, radar, matrice ou distribution.")],
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE…", help="Une passation, ou les sources d'un groupe (voir cohorte).")
    ],
    sortie: Annotated[Path, typer.Option(metavar="F", help="Fichier .svg, .pdf ou .png.")],
    largeur: Annotated[int, typer.Option(metavar="MM", help="Largeur en millimètres, de 60 à 400.")] = 170,
    decimale: Annotated[str, typer.Option(metavar="SIGNE", help="virgule ou point.")] = "virgule",
    gris: Annotated[bool, typer.Option("--gris", help="Sans couleur, pour l'impression en noir.")] = False,
    ppp: Annotated[int, typer.Option(metavar="N", help="PNG : points par pouce, de 72 à 1200.")] = 300,
    moment: Annotated[
        str | None, typer.Option(metavar="MOMENT", help="Ne prendre que ce moment.", show_default=False)
    ] = None,
    regard: Annotated[
        str | None, typer.Option(metavar="REGARD", help="Ne prendre que ce regard.", show_default=False)
    ] = None,
    remplacer: OptionRemplacer = False,
    nom_referentiel: OptionReferentiel = None,
    simple: OptionSimple = False,
) -> None:
    """Dessiner une figure d'une personne ou d'un groupe, en SVG, PDF ou PNG."""
    from cpit.gestes.figurer import DemandeFigure, figurer

    demande = DemandeFigure(
        nature, tuple(sources), sortie, largeur, decimale, gris, ppp, moment, regard, nom_referentiel, remplacer
    )
    figurer(terminal(simple), terminal(simple, erreur=True), demande)
