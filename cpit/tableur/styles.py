"""Les formats de cellule et la mise en page, communs à toutes les feuilles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from cpit.typographie import typographier

POLICE = "Arial"
ENCRE = "#1F3A5F"
"""Bleu nuit : contraste de 11 pour 1 sur le blanc, presque noir une fois imprimé en gris."""
GRIS = "#595959"
FOND = "#E4E9F0"
SAISIE = "#FFF9E5"
FILET = "#BCC4CE"

_PAGE = 190
"""Signes imprimés au plus dans la largeur d’une page en paysage."""

Styles = Mapping[str, Format]

_TABLE = {"border": 1, "border_color": FILET, "text_wrap": True}
_DEFINITIONS: dict[str, dict[str, Any]] = {
    "titre": {"bold": True, "font_size": 16, "font_color": ENCRE},
    "sous_titre": {"font_size": 11, "font_color": GRIS, "text_wrap": True},
    "section": {
        "bold": True,
        "valign": "bottom",
        "font_size": 12,
        "font_color": ENCRE,
        "bottom": 2,
        "bottom_color": ENCRE,
    },
    "entete": {**_TABLE, "bold": True, "bg_color": FOND, "valign": "vcenter"},
    "entete_nombre": {**_TABLE, "bold": True, "bg_color": FOND, "valign": "vcenter", "align": "center"},
    "texte": _TABLE,
    "texte_gras": {**_TABLE, "bold": True},
    "score": {**_TABLE, "bold": True, "align": "center", "num_format": "0.0"},
    "decimal": {**_TABLE, "align": "center", "num_format": "0.00"},
    "nombre": {**_TABLE, "align": "center", "num_format": "0.000"},
    "general": {**_TABLE, "align": "center"},
    "entier": {**_TABLE, "align": "center", "num_format": "0"},
    "saisie": {**_TABLE, "align": "center", "num_format": "0", "bg_color": SAISIE, "bold": True},
    "intertitre": {"bold": True, "valign": "bottom"},
    "etiquette": {"font_color": GRIS, "text_wrap": True},
    "valeur": {"text_wrap": True},
    "date": {"num_format": "dd/mm/yyyy", "align": "left"},
    "date_table": {**_TABLE, "num_format": "dd/mm/yyyy", "align": "left"},
    "note": {"italic": True, "font_size": 9, "font_color": GRIS, "text_wrap": True},
    "alerte": {"bold": True, "text_wrap": True},
    "bilan": {"bold": True, "num_format": "0", "border": 2, "border_color": ENCRE, "align": "center"},
    "titre_donnees": {"bold": True},
    "graphique": {"font_size": 9, "font_color": GRIS},
}


def creer_styles_de_classeur(classeur: Workbook) -> Styles:
    """Crée les formats dans un classeur ; la clé dit l’usage, pas l’apparence."""
    base = {"font_name": POLICE, "font_size": 10, "valign": "top"}
    return {nom: classeur.add_format({**base, **definition}) for nom, definition in _DEFINITIONS.items()}


def pages_en_largeur(largeurs: Iterable[float]) -> int:
    """Nombre de pages en paysage qu’il faut à des colonnes de ces largeurs, en signes, pour rester lisibles."""
    return max(1, ceil(sum(largeurs) / _PAGE))


def mettre_en_page(
    feuille: Worksheet, *, paysage: bool, repetees: tuple[int, int] | None = None, pages: int = 1
) -> None:
    """A4 ajusté en largeur, marges de 1,2 à 1,6 cm, pied paginé.

    :param repetees: première et dernière ligne, à partir de 0, répétées en haut de chaque page imprimée.
    :param pages: nombre de pages dans la largeur.
    """
    feuille.set_paper(9)
    if paysage:
        feuille.set_landscape()
    feuille.fit_to_pages(pages, 0)
    feuille.set_margins(left=0.47, right=0.47, top=0.55, bottom=0.63)
    feuille.center_horizontally()
    pied = typographier("&L&8cpit : outil réflexif, ni note ni classement&C&8&A&R&8Page &P / &N")
    feuille.set_footer(pied, {"margin": 0.3})
    feuille.hide_gridlines(2)
    if repetees:
        feuille.repeat_rows(*repetees)
