"""Les figures du registre qu’un classeur ne trace pas lui-même : posées en image, ou dites en mots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlsxwriter.worksheet import Worksheet

from cpit.figures.dessin import Style
from cpit.figures.sorties import resolution_permise
from cpit.formats.registre import FIGURE, FORMATS
from cpit.messages import EXTRAS
from cpit.tableur.document import Styles, ecrire_etendu
from cpit.tableur.graphiques import LARGEUR_DESSIN, inserer_image
from cpit.typographie import typographier

if TYPE_CHECKING:
    from cpit.figures.dessin import Figure

STYLE_DE_CLASSEUR = Style(largeur=LARGEUR_DESSIN)
"""Aussi large que les graphiques natifs."""
_PPP = 192
"""Deux points par pixel d’écran : nette à l’écran comme imprimée."""
_A_INSTALLER = (
    "Cette figure se pose ici en image quand la bibliothèque {} est installée. "
    f"Taper python -m pip install {' '.join(EXTRAS['figures'])}, puis écrire de nouveau ce classeur. "
    "Ce qu'elle montre, en mots :"
)


def poser_figure(
    feuille: Worksheet, styles: Styles, ligne: int, figure: Figure, *, derniere: int, largeur: float
) -> int:
    """Pose une figure, sa description en texte de remplacement ; rend la ligne qui suit.

    Sans la bibliothèque qui fait les images, dit ce qu’il faut installer et écrit la description.

    :param derniere: dernière des colonnes où les textes s’étendent ; ``largeur`` : leur largeur totale, en signes.
    """
    png = FORMATS[".png"]
    manquantes = [nom.replace("_", "-") for nom in png.manquantes()]
    if not manquantes:
        octets = png.ecrire(FIGURE)(figure, ppp=resolution_permise(figure, _PPP))
        return inserer_image(feuille, ligne, octets, figure.hauteur, figure.description)
    for texte, style in (
        (typographier(_A_INSTALLER.format(", ".join(manquantes))), "note"),
        (figure.description, "valeur"),
    ):
        ecrire_etendu(feuille, ligne, (0, derniere), texte, styles[style], largeur)
        ligne += 1
    return ligne
