"""La commande qui dessine une figure à publier ou à projeter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cpit.aide import J_ANIME, Commande
from cpit.cli.options import (
    OptionCorrespondance,
    OptionEncodage,
    OptionGarder,
    OptionIdentifiant,
    OptionReferentiel,
    OptionRemplacer,
    OptionSimple,
    OptionValeurs,
    montrer_les_suppositions,
    terminal,
)
from cpit.figures import FIGURES
from cpit.formats.registre import FIGURE, suffixes_ecrits
from cpit.ouverture import chemin_reel
from cpit.typographie import enumerer

if TYPE_CHECKING:
    from cpit.figures.dessin import Figure
    from cpit.formats.recueil import EtudeDEvolution, Recueil
    from cpit.passations.relecture import Relecture
    from cpit.rapprochement import Rapprochement
    from cpit.terminal import Terminal

app = typer.Typer()
ArgumentFigure = Annotated[str, typer.Argument(metavar="FIGURE", help=f"{enumerer(list(FIGURES), 'ou')}.")]
ArgumentSourcesDeFigure = Annotated[
    list[str], typer.Argument(metavar="SOURCE…", help="Une passation, ou les sources d'un groupe (voir cohorte).")
]
OptionImage = Annotated[Path, typer.Option(metavar="F", help=f"Fichier {enumerer(suffixes_ecrits(FIGURE), 'ou')}.")]
OptionMoment = Annotated[
    str | None, typer.Option(metavar="MOMENT", help="Ne prendre que ce moment.", show_default=False)
]
OptionRegard = Annotated[
    str | None, typer.Option(metavar="REGARD", help="Ne prendre que ce regard.", show_default=False)
]

OptionDeFigure = Annotated[
    str | None, typer.Option("--de", metavar="MOMENT", help="D'un groupe : le premier moment.", show_default=False)
]
OptionAFigure = Annotated[
    str | None, typer.Option("--a", metavar="MOMENT", help="D'un groupe : le second moment.", show_default=False)
]


@app.command(
    cls=Commande,
    rich_help_panel=J_ANIME,
    short_help="un dessin à montrer",
    epilog="Par exemple : cpit figure carte enquete.xlsx --sortie carte.svg",
)
def figure(
    nature: ArgumentFigure,
    sources: ArgumentSourcesDeFigure,
    sortie: OptionImage,
    largeur: Annotated[int, typer.Option(metavar="MM", help="Largeur en millimètres, de 60 à 400.")] = 170,
    decimale: Annotated[str, typer.Option(metavar="SIGNE", help="virgule ou point.")] = "virgule",
    gris: Annotated[bool, typer.Option("--gris", help="Sans couleur, pour l'impression en noir.")] = False,
    ppp: Annotated[int, typer.Option(metavar="N", help="PNG : points par pouce, de 72 à 1200.")] = 300,
    moment: OptionMoment = None,
    regard: OptionRegard = None,
    de: OptionDeFigure = None,
    a: OptionAFigure = None,
    identifiant: OptionIdentifiant = None,
    valeurs: OptionValeurs = None,
    garder: OptionGarder = None,
    encodage: OptionEncodage = None,
    correspondance: OptionCorrespondance = None,
    remplacer: OptionRemplacer = False,
    nom_referentiel: OptionReferentiel = None,
    simple: OptionSimple = False,
) -> None:
    """Dessiner une figure d'une personne ou d'un groupe, en SVG, PDF ou PNG."""
    from cpit.api import figures
    from cpit.api.arguments import exiger_un_emploi

    fautes = figures.fautes_de_figure(nature, largeur=largeur, decimale=decimale)
    exiger_un_emploi([*fautes, *figures.fautes_d_image(sortie, ppp=ppp)])
    figures.exiger_la_bibliotheque(sortie)
    erreurs = terminal(simple, erreur=True)
    dites = {"identifiant": identifiant, "valeurs": valeurs, "garder": garder, "encodage": encodage}
    dites["correspondance"] = correspondance
    choisis = {"moment": moment, "regard": regard}, {"de": de, "a": a}, dites
    voulue = figures.LectureDeFigure(nature, sources, nom_referentiel, *choisis, sortie=sortie, remplacer=remplacer)
    with erreurs.progression("Lecture") as progres:
        lue, permis = figures.lire_pour_une_figure(voulue, progres)
    dessinee = figures.figure(nature, lue, largeur=largeur, decimale=decimale, gris=gris, moment=moment, regard=regard)
    figures.ecrire_figure(dessinee, sortie, ppp=ppp, permis=permis)
    _montrer(terminal(simple), erreurs, sortie, dessinee, lue)


def _montrer(
    ecran: Terminal,
    erreurs: Terminal,
    sortie: Path,
    dessinee: Figure,
    lue: Relecture | Recueil | Rapprochement | EtudeDEvolution,
) -> None:
    """Dit où est la figure, son texte de remplacement, et ce qui n’a pas été lu.

    :raises ErreurCpit: s’il y a eu un refus.
    """
    from cpit.affichage import montrer_anomalies
    from cpit.erreurs import ErreurCpit, refusees
    from cpit.formats.recueil import Recueil

    ecran.dire("Figure :")
    ecran.copier(str(chemin_reel(sortie)))
    ecran.dire("Texte de remplacement :")
    for phrase in dessinee.description.split("\n"):
        ecran.dire(phrase, retrait=2, tel_quel=True)
    if isinstance(lue, Recueil):
        montrer_les_suppositions(ecran, lue.sources)
    montrer_anomalies(erreurs, lue.anomalies)
    if refusees(lue.anomalies):
        raise ErreurCpit([])
