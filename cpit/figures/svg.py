"""Écrire un dessin en SVG : texte en texte, nombres arrondis, tout échappé, mêmes octets pour le même dessin."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from cpit.figures.dessin import FAMILLES_DE_POLICE, Calque, Cercle, Dessin, Figure, Forme, Palette, Texte, Trace, Trait
from cpit.sceaux import SCEAU_FIGURE
from cpit.typographie import nettoyer


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
