"""Les formats de cellule du formulaire ; les couleurs et la police sont celles du classeur individuel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

from cpit.tableur.styles import ENCRE, FILET, FOND, GRIS, POLICE, SAISIE

Styles = Mapping[str, Format]

_TABLE = {"border": 1, "border_color": FILET, "text_wrap": True}
_CADRE = {"top": 1, "bottom": 1, "top_color": FILET, "bottom_color": FILET, "left_color": FILET, "right_color": FILET}
_SAISIE = {**_TABLE, "locked": False, "num_format": "@", "valign": "vcenter", "indent": 1}
_DEFINITIONS: dict[str, dict[str, Any]] = {
    "titre": {"bold": True, "font_size": 15, "font_color": ENCRE, "valign": "vcenter"},
    "etiquette": {"font_size": 9, "font_color": GRIS, "align": "right", "valign": "vcenter"},
    "avancement": {"bold": True, "font_size": 12, "font_color": ENCRE, "align": "left", "valign": "vcenter"},
    "entete": {
        "bold": True,
        "font_color": "#FFFFFF",
        "bg_color": ENCRE,
        "valign": "vcenter",
        "text_wrap": True,
        "indent": 1,
    },
    "entete_code": {"font_size": 8, "font_color": "#FFFFFF", "bg_color": ENCRE, "valign": "vcenter", "align": "center"},
    "sous_titre": {"bold": True, "font_size": 11, "font_color": GRIS, "text_wrap": True, "valign": "vcenter"},
    "consigne": {"text_wrap": True, "valign": "vcenter"},
    "section": {
        "bold": True,
        "font_size": 12,
        "font_color": ENCRE,
        "bottom": 2,
        "bottom_color": ENCRE,
        "valign": "bottom",
    },
    "question": {"italic": True, "font_color": GRIS, "text_wrap": True, "valign": "vcenter"},
    "competence": {"bg_color": FOND, "text_wrap": True, "valign": "vcenter", "indent": 1, "top": 2, "top_color": ENCRE},
    "competence_nom": {"bold": True, "font_size": 11, "font_color": ENCRE},
    "competence_suite": {"font_size": 10, "font_color": "#262626"},
    "code": {**_TABLE, "font_size": 8, "font_color": GRIS, "align": "center", "valign": "vcenter"},
    "texte": {**_TABLE, "valign": "vcenter", "indent": 1},
    "marge": {**_CADRE, "left": 1},
    "libelle": {**_CADRE, "right": 1, "text_wrap": True, "valign": "vcenter", "indent": 1},
    "libelle_gras": {**_CADRE, "right": 1, "text_wrap": True, "valign": "vcenter", "indent": 1, "bold": True},
    "note": {**_TABLE, "font_size": 9, "font_color": GRIS, "valign": "vcenter", "indent": 1},
    "saisie": _SAISIE,
    "fixe": {**_SAISIE, "locked": True, "bold": True},
    "trace": {**_SAISIE, "valign": "top", "align": "left"},
    "vide": {"bg_color": SAISIE},
}


def creer_styles(classeur: Workbook) -> Styles:
    """Crée les formats dans un classeur ; « vide » n’est qu’un fond, pour une case qui attend une réponse."""
    base = {"font_name": POLICE, "font_size": 10}
    nus = {"vide"}
    return {nom: classeur.add_format(d if nom in nus else {**base, **d}) for nom, d in _DEFINITIONS.items()}
