"""Les formats propres au classeur d’un groupe, en plus de ceux du classeur d’une personne."""

from __future__ import annotations

from typing import Any

from xlsxwriter.workbook import Workbook

from cpit.tableur.styles import FILET, FOND, GRIS, POLICE, Styles, creer_styles_de_classeur

_TABLE = {"border": 1, "border_color": FILET, "text_wrap": True, "align": "center", "valign": "vcenter"}
_DEFINITIONS: dict[str, dict[str, Any]] = {
    "mesure": {**_TABLE, "num_format": "0.0", "valign": "top"},
    "case": {**_TABLE, "num_format": "0.0", "bold": True, "font_size": 11},
    "compte": {**_TABLE, "num_format": "#,##0"},
    "nom_de_ligne": {**_TABLE, "align": "left"},
    "nom_de_ligne_gras": {**_TABLE, "align": "left", "bold": True},
    "omis": {**_TABLE, "align": "left", "italic": True, "font_color": GRIS},
    "effectif": {**_TABLE, "num_format": "#,##0", "valign": "top"},
    "libelle_colonne": {"font_size": 9, "font_color": GRIS, "text_wrap": True, "valign": "bottom"},
    "cle_colonne": {**_TABLE, "bold": True, "bg_color": FOND},
    "graphique_nombre": {"font_size": 9, "font_color": GRIS, "num_format": "0.000", "align": "center"},
    "donnee_texte": {},
    "donnee_repliee": {"text_wrap": True, "font_size": 9},
    "donnee_nombre": {"align": "center", "num_format": "0.00"},
    "donnee_entier": {"align": "center", "num_format": "0"},
    "donnee_code": {"align": "center"},
}


def creer(classeur: Workbook) -> Styles:
    """Crée tous les formats dans un classeur ; la clé dit l’usage, pas l’apparence."""
    base = {"font_name": POLICE, "font_size": 10, "valign": "top"}
    propres = {nom: classeur.add_format({**base, **definition}) for nom, definition in _DEFINITIONS.items()}
    return {**creer_styles_de_classeur(classeur), **propres}
