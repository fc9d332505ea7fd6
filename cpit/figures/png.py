"""Écrire une figure en PNG, avec la police de cpit : le même rendu sur toutes les machines."""

from __future__ import annotations

import struct
import zlib

from cpit.erreurs import refus
from cpit.figures.dessin import Figure, chemin_police
from cpit.sceaux import SCEAU_FIGURE

_PIXELS_PAR_POUCE = 96
_METRE = 0.0254
"""Un pouce, en mètres."""
_FIN_ENTETE = 8 + 12 + 13
"""Signature, puis le bloc IHDR."""
COTE_MAX = 20_000
"""Côté d’une image au plus, en pixels : au-delà, la mémoire d’une machine ordinaire n’y suffit pas."""


def resolution_permise(figure: Figure, voulue: int) -> int:
    """Points par pouce : ceux que l’on veut, ou moins si un côté devait dépasser ``COTE_MAX``."""
    return min(voulue, int(COTE_MAX * _PIXELS_PAR_POUCE / max(figure.largeur, figure.hauteur)))


def figure_en_png(figure: Figure, *, ppp: int = 300) -> bytes:
    """Les octets d’une image à ``ppp`` points par pouce, qui porte sa résolution.

    :raises ImportError: si resvg-py n’est pas installé.
    :raises ErreurCpit: si un côté dépasserait ``COTE_MAX``.
    """
    from resvg_py import svg_to_bytes

    echelle = ppp / _PIXELS_PAR_POUCE
    if max(figure.largeur, figure.hauteur) * echelle > COTE_MAX:
        raise refus("figure-trop-grande", ppp=ppp, maximum=COTE_MAX)
    octets = svg_to_bytes(
        svg_string=figure.svg,
        width=round(figure.largeur * echelle),
        height=round(figure.hauteur * echelle),
        skip_system_fonts=True,
        font_files=[str(chemin_police()), str(chemin_police(gras=True))],
        font_family="Cpit Sans",
        sans_serif_family="Cpit Sans",
    )
    return _avec_resolution(bytes(octets), ppp)


def _avec_resolution(octets: bytes, ppp: int) -> bytes:
    """L’image, avec sa taille imprimée (bloc pHYs) et ce qui l’a faite (bloc tEXt), juste après l’en-tête."""
    par_metre = round(ppp / _METRE)
    resolution = _bloc(b"pHYs", struct.pack(">IIB", par_metre, par_metre, 1))
    auteur = _bloc(b"tEXt", b"Software\0" + SCEAU_FIGURE.encode("ascii"))
    return octets[:_FIN_ENTETE] + resolution + auteur + octets[_FIN_ENTETE:]


def _bloc(nature: bytes, corps: bytes) -> bytes:
    """Un bloc PNG : longueur, nature, corps, somme de contrôle."""
    return struct.pack(">I", len(corps)) + nature + corps + struct.pack(">I", zlib.crc32(nature + corps))
