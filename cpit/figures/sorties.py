"""Écrire un dessin en SVG, en PDF ou en PNG : mêmes données, mêmes octets.

SVG : texte en texte, nombres arrondis, tout échappé. PDF : vectoriel, texte sélectionnable, sous-ensemble de la police
incorporé, ni date ni identifiant tiré au sort. PNG : avec la police de cpit, le même rendu sur toutes les machines.
"""

from __future__ import annotations

import struct
import zlib
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from cpit.erreurs import refus
from cpit.figures.dessin import (
    FAMILLES_DE_POLICE,
    REPLI,
    Calque,
    Cercle,
    Dessin,
    Figure,
    Forme,
    Palette,
    Texte,
    Trace,
    Trait,
    chasses,
    chemin_police,
    palette_de,
)
from cpit.sceaux import SCEAU_FIGURE
from cpit.typographie import nettoyer

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas


_POINTS = 0.75
"""Points par pixel CSS."""
_LANGUE = "fr-FR"
_VERSION = (1, 7)
"""Version du format : ISO 32000-1."""


def figure_en_pdf(figure: Figure, *, ppp: int = 300) -> bytes:  # noqa: ARG001
    """Les octets d’un PDF d’une page, aux dimensions de la figure, dans ses couleurs ; ``ppp`` n’y change rien.

    :raises ImportError: si reportlab n’est pas installé.
    """
    from reportlab.pdfgen.canvas import Canvas

    fichier, palette = BytesIO(), palette_de(figure.style)
    page = Canvas(
        fichier,
        pagesize=(figure.largeur * _POINTS, figure.hauteur * _POINTS),
        bottomup=0,
        pageCompression=1,
        invariant=1,
        pdfVersion=_VERSION,
        initialFontName=_police(gras=False),
        lang=_LANGUE,
    )
    _presenter(page, figure)
    page.scale(_POINTS, _POINTS)
    page.setLineJoin(1)
    _colorer(page, palette, "fond")
    page.rect(0, 0, figure.largeur, figure.hauteur, stroke=0, fill=1)
    for calque in figure.dessin.calques:
        _peindre_calque(page, palette, calque)
    page.save()
    return fichier.getvalue()


def _presenter(page: Canvas, figure: Figure) -> None:
    """Titre, description, logiciel ; aucune date, la bibliothèque mettrait le 1er janvier 2000."""
    page.setTitle(figure.titre)
    page.setSubject(figure.description)
    page.setAuthor("cpit")
    page.setCreator(SCEAU_FIGURE)
    page.setDateFormatter(lambda *_: "")
    page.setViewerPreference("DisplayDocTitle", "true")


def _peindre_calque(page: Canvas, palette: Palette, calque: Calque) -> None:
    page.saveState()
    if calque.decoupe:
        gauche, haut, droite, bas = calque.decoupe
        bords = page.beginPath()
        bords.rect(gauche, haut, droite - gauche, bas - haut)
        page.clipPath(bords, stroke=0)
    for forme in calque.formes:
        _peindre_forme(page, palette, forme)
    page.restoreState()


def _peindre_forme(page: Canvas, palette: Palette, forme: Forme) -> None:
    if isinstance(forme, Texte):
        _peindre_texte(page, palette, forme)
        return
    _tracer_avec(page, palette, forme.trait)
    peinture = {"stroke": int(forme.trait.contour is not None), "fill": int(forme.trait.fond is not None)}
    if isinstance(forme, Cercle):
        page.circle(forme.x, forme.y, forme.rayon, **peinture)
    else:
        _peindre_trace(page, forme, peinture)


def _tracer_avec(page: Canvas, palette: Palette, trait: Trait) -> None:
    from reportlab.lib.colors import HexColor

    if trait.fond:
        _colorer(page, palette, trait.fond, trait.opacite)
    if trait.contour:
        page.setStrokeColor(HexColor(palette.couleurs[trait.contour]))
        page.setLineWidth(trait.epaisseur)
        page.setDash(list(trait.tirets))


def _colorer(page: Canvas, palette: Palette, role: str, opacite: float = 1.0) -> None:
    from reportlab.lib.colors import HexColor

    page.setFillColor(HexColor(palette.couleurs[role]), alpha=opacite)


def _peindre_trace(page: Canvas, trace: Trace, peinture: dict[str, int]) -> None:
    chemin = page.beginPath()
    depart, *suite = trace.points
    chemin.moveTo(*depart)
    for point in suite:
        chemin.lineTo(*point)
    if trace.ferme:
        chemin.close()
    page.drawPath(chemin, **peinture)


def _peindre_texte(page: Canvas, palette: Palette, texte: Texte) -> None:
    connus = chasses(gras=texte.gras)
    contenu = "".join(caractere if caractere in connus else REPLI for caractere in texte.contenu)
    ecrire = {"start": page.drawString, "middle": page.drawCentredString, "end": page.drawRightString}[texte.ancre]
    _colorer(page, palette, texte.role)
    page.saveState()
    page.setFont(_police(gras=texte.gras), texte.corps)
    page.translate(texte.x, texte.y)
    if texte.tourne:
        page.rotate(-90)
    ecrire(0, 0, contenu)
    page.restoreState()


@cache
def _police(*, gras: bool) -> str:
    """Le nom d’une graisse, enregistrée une fois auprès de la bibliothèque."""
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFont

    chemin = chemin_police(gras=gras)
    registerFont(TTFont(chemin.stem, chemin))
    return chemin.stem


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


def ecrire_svg(dessin: Dessin, palette: Palette, cle: str, titre: str, description: str) -> str:
    """Le SVG d’un dessin ; ``cle`` préfixe ses identifiants, le titre et la description sont lus par les aides."""
    largeur, hauteur = _chiffre_svg(dessin.largeur), _chiffre_svg(dessin.hauteur)
    identifiants = quoteattr(f"{cle}-titre {cle}-description")
    morceaux = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{SCEAU_FIGURE}" width="{largeur}" height="{hauteur}" '
        f'viewBox="0 0 {largeur} {hauteur}" role="img" aria-labelledby={identifiants} '
        f'font-family="{FAMILLES_DE_POLICE}">',
        f"<title id={quoteattr(f'{cle}-titre')}>{_texte(titre)}</title>",
        f"<desc id={quoteattr(f'{cle}-description')}>{_texte(description)}</desc>",
        f'<rect width="{largeur}" height="{hauteur}" fill="{palette["fond"]}"/>',
    ]
    for rang, calque in enumerate(dessin.calques):
        morceaux += _calque(calque, palette, f"{cle}-decoupe-{rang}")
    return "\n".join([*morceaux, "</svg>\n"])


def figure_en_svg(figure: Figure, *, ppp: int = 300) -> bytes:  # noqa: ARG001
    """Les octets d’un fichier SVG, en UTF-8 ; ``ppp`` n’y change rien."""
    return figure.svg.encode("utf-8")


def _chiffre_svg(valeur: float) -> str:
    """Un nombre au dixième, sans zéro inutile."""
    texte = f"{valeur:.1f}".removesuffix(".0")
    return "0" if texte == "-0" else texte


def _calque(calque: Calque, palette: Palette, cle: str) -> list[str]:
    lignes = []
    decoupe = ""
    if calque.decoupe:
        gauche, haut, droite, bas = calque.decoupe
        lignes.append(
            f"<clipPath id={quoteattr(cle)}>"
            f'<rect x="{_chiffre_svg(gauche)}" y="{_chiffre_svg(haut)}" width="{_chiffre_svg(droite - gauche)}" '
            f'height="{_chiffre_svg(bas - haut)}"/></clipPath>'
        )
        decoupe = f" clip-path={quoteattr(f'url(#{cle})')}"
    lignes.append(f"<g class={quoteattr(calque.nom)}{decoupe}>")
    lignes += [_forme(forme, palette) for forme in calque.formes]
    return [*lignes, "</g>"]


def _forme(forme: Forme, palette: Palette) -> str:
    if isinstance(forme, Texte):
        return _ecrit(forme, palette)
    if isinstance(forme, Cercle):
        place = f'cx="{_chiffre_svg(forme.x)}" cy="{_chiffre_svg(forme.y)}" r="{_chiffre_svg(forme.rayon)}"'
        return f"<circle {place}{_trait(forme.trait, palette)}/>"
    return _trace(forme, palette)


def _trace(trace: Trace, palette: Palette) -> str:
    points = " ".join(f"{_chiffre_svg(x)},{_chiffre_svg(y)}" for x, y in trace.points)
    balise = "polygon" if trace.ferme else "polyline"
    return f'<{balise} points="{points}"{_trait(trace.trait, palette)}/>'


def _trait(trait: Trait, palette: Palette) -> str:
    attributs = f' fill="{palette[trait.fond] if trait.fond else "none"}"'
    if trait.fond and trait.opacite < 1:
        attributs += f' fill-opacity="{trait.opacite:.2f}"'
    if trait.contour:
        attributs += f' stroke="{palette[trait.contour]}" stroke-width="{_chiffre_svg(trait.epaisseur)}"'
        attributs += ' stroke-linejoin="round"'
    if trait.tirets:
        attributs += f' stroke-dasharray="{" ".join(map(_chiffre_svg, trait.tirets))}"'
    return attributs


def _ecrit(texte: Texte, palette: Palette) -> str:
    x, y = _chiffre_svg(texte.x), _chiffre_svg(texte.y)
    attributs = f'x="{x}" y="{y}" font-size="{_chiffre_svg(texte.corps)}" fill="{palette[texte.role]}"'
    if texte.gras:
        attributs += ' font-weight="bold"'
    if texte.ancre != "start":
        attributs += f' text-anchor="{texte.ancre}"'
    if texte.tourne:
        attributs += f' transform="rotate(-90 {x} {y})"'
    return f"<text {attributs}>{_texte(texte.contenu)}</text>"


def _texte(contenu: str) -> str:
    return escape(nettoyer(contenu))
