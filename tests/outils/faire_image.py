"""Dessine l’image du README : le haut de la restitution d’une passation fictive, en SVG sans ressource extérieure.

python tests/outils/faire_image.py
"""

from __future__ import annotations

import html
import os
import re
import sys
from pathlib import Path

RACINE = Path(__file__).resolve().parents[2]
IMAGE = RACINE / "exemples" / "restitution.svg"
LARGEUR_SIGNE, HAUTEUR_LIGNE, MARGE = 8.4, 17, 18
FOND, ENCRE, DISCRET, ACCENT = "#10212b", "#e8eef0", "#9db0b8", "#6fd0c8"


def dessiner() -> str:
    """Le SVG, d’après la sortie réelle de « cpit restituer »."""
    sys.path.insert(0, str(Path(__file__).parent))
    from faire_guides import executer

    lignes = executer("cpit restituer exemples/passation-r01-t0-soi.json").strip("\n").splitlines()
    lignes = lignes[: next(rang for rang, ligne in enumerate(lignes) if ligne.startswith("Lecture ")) - 1]
    largeur = round(80 * LARGEUR_SIGNE + 2 * MARGE)
    hauteur = len(lignes) * HAUTEUR_LIGNE + 2 * MARGE
    corps = "\n".join(_ligne(rang, ligne.rstrip()) for rang, ligne in enumerate(lignes) if ligne.strip())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {largeur} {hauteur}" '
        f'width="{largeur}" height="{hauteur}" role="img">\n'
        "<title>Restitution de cpit au terminal</title>\n"
        "<desc>Scores des compétences et des ingénieries en barres, puis la carte des deux axes.</desc>\n"
        f'<rect width="100%" height="100%" rx="8" fill="{FOND}"/>\n'
        '<g font-family="DejaVu Sans Mono, Consolas, Menlo, monospace" font-size="14">\n'
        f"{corps}\n</g>\n</svg>\n"
    )


def _ligne(rang: int, texte: str) -> str:
    y = MARGE + (rang + 1) * HAUTEUR_LIGNE - 4
    couleur, gras = (ENCRE, "")
    if re.search(r"[═─]{8}$", texte) and not texte.startswith(" "):
        gras = ' font-weight="bold"'
    elif "·" in texte and rang < 3:
        couleur = DISCRET
    # Des espaces ordinaires se réduiraient à une : xml:space n’est plus suivi des navigateurs.
    contenu = html.escape(texte).replace(" ", "\N{NO-BREAK SPACE}")
    contenu = re.sub("([▲◆])", rf'<tspan fill="{ACCENT}">\1</tspan>', contenu)
    contenu = re.sub(r"([█░]+)", rf'<tspan fill="{ACCENT}">\1</tspan>', contenu)
    longueur = round(len(texte) * LARGEUR_SIGNE, 1)
    return (
        f'<text x="{MARGE}" y="{y}" fill="{couleur}"{gras} textLength="{longueur}" '
        f'lengthAdjust="spacing">{contenu}</text>'
    )


if __name__ == "__main__":
    os.environ["COLUMNS"] = "80"
    IMAGE.write_text(dessiner(), encoding="utf-8", newline="\n")
