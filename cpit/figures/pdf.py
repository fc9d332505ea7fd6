"""Écrire un dessin en PDF : vectoriel, texte sélectionnable, sous-ensemble de la police incorporé.

Ni date ni identifiant tiré au sort : mêmes données, mêmes octets.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

from cpit.figures.dessin import (
    REPLI,
    Calque,
    Cercle,
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
        _calque(page, palette, calque)
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


def _calque(page: Canvas, palette: Palette, calque: Calque) -> None:
    page.saveState()
    if calque.decoupe:
        gauche, haut, droite, bas = calque.decoupe
        bords = page.beginPath()
        bords.rect(gauche, haut, droite - gauche, bas - haut)
        page.clipPath(bords, stroke=0)
    for forme in calque.formes:
        _forme(page, palette, forme)
    page.restoreState()


def _forme(page: Canvas, palette: Palette, forme: Forme) -> None:
    if isinstance(forme, Texte):
        _texte(page, palette, forme)
        return
    _tracer_avec(page, palette, forme.trait)
    peinture = {"stroke": int(forme.trait.contour is not None), "fill": int(forme.trait.fond is not None)}
    if isinstance(forme, Cercle):
        page.circle(forme.x, forme.y, forme.rayon, **peinture)
    else:
        _trace(page, forme, peinture)


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


def _trace(page: Canvas, trace: Trace, peinture: dict[str, int]) -> None:
    chemin = page.beginPath()
    depart, *suite = trace.points
    chemin.moveTo(*depart)
    for point in suite:
        chemin.lineTo(*point)
    if trace.ferme:
        chemin.close()
    page.drawPath(chemin, **peinture)


def _texte(page: Canvas, palette: Palette, texte: Texte) -> None:
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
