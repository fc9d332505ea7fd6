"""Le jeu en un classeur (les trois tables et le dictionnaire), et le dictionnaire seul."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from cpit.coeur.tableaux import Colonne, Tableau
from cpit.formats.durable import atelier
from cpit.formats.porte import flux_d_atelier
from cpit.ouverture import ouvrir
from cpit.tableur.document import (
    FILET,
    FOND,
    POLICE,
    creer_document,
    decrire_document,
    ecrire_ligne,
    fermer_document,
    mettre_en_page,
    oter_les_dates,
    pages_en_largeur,
    propre,
    regler_hauteur,
)

_LIGNES_MAX = 1_048_575
"""Lignes d’une feuille de tableur, l’en-tête ôté."""
_LIGNES_REPLIEES = 5_000
_UN_MOIS = "1980-01"
"""XlsxWriter inscrit toujours une date : celle-ci, ôtée ensuite, n’est pas celle de la machine."""
_LARGEUR_MAX, _LARGEUR_MIN = 60.0, 9.0
_LARGES = {
    "libelle": 46.0,
    "description": 46.0,
    "formule": 46.0,
    "source": 40.0,
    "trace": 60.0,
    "dominante": 26.0,
    "table": 18.0,
    "variable": 22.0,
    "variable_spss": 22.0,
    "variable_stata": 22.0,
    "unite": 16.0,
}


def tient(tableau: Tableau) -> bool:
    """Vrai si la table tient dans une feuille."""
    return len(tableau.lignes) <= _LIGNES_MAX


def ecrire_classeur_export(chemin: Path, tableaux: Sequence[Tableau], titre: str, mois: str) -> None:
    """Écrit une feuille par table : les clés en première ligne, puis les données ; aucune cellule n’est une formule.

    :param mois: ``AAAA-MM``, date de création inscrite dans le document, qui n’en a pas s’il est vide : deux écritures
        sont identiques.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    with atelier(chemin.parent) as dossier:
        brut = chemin if mois else dossier / "classeur.xlsx"
        classeur = creer_document(str(brut), tmpdir=str(dossier), constant_memory=True)
        styles = _styles(classeur)
        for tableau in tableaux:
            _ecrire_table(classeur.add_worksheet(tableau.cle), tableau, styles)
        decrire_document(classeur, titre, datetime.fromisoformat(f"{mois or _UN_MOIS}-01"))
        fermer_document(classeur)
        if not mois:
            with ouvrir(brut) as entree, flux_d_atelier(chemin) as sortie:
                oter_les_dates(entree, sortie)


def _styles(classeur: Workbook) -> dict[str, Format]:
    base = {"font_name": POLICE, "font_size": 10, "valign": "top"}
    return {
        "entete": classeur.add_format(
            {**base, "bold": True, "bg_color": FOND, "border": 1, "border_color": FILET, "valign": "vcenter"}
        ),
        "texte": classeur.add_format({**base, "indent": 1}),
        "replie": classeur.add_format({**base, "text_wrap": True}),
        # « SO » sous les niveaux, et non à l’autre bord de la cellule : il se lirait avec le nombre voisin.
        "reponse": classeur.add_format({**base, "align": "center", "num_format": "0"}),
        "entier": classeur.add_format({**base, "num_format": "0"}),
        "nombre": classeur.add_format({**base, "num_format": "0.000"}),
    }


def _ecrire_table(feuille: Worksheet, tableau: Tableau, styles: dict[str, Format]) -> None:
    # Les lignes d’un dictionnaire se replient ; une donnée tient sur une ligne, pour défiler vite.
    a_lire = tableau.identite[:1] != ("pseudonyme",) and len(tableau.lignes) <= _LIGNES_REPLIEES
    largeurs = [_largeur(colonne) for colonne in tableau.colonnes]
    formats = [styles[_style(colonne, repliee=a_lire)] for colonne in tableau.colonnes]
    for rang, colonne in enumerate(tableau.colonnes):
        feuille.set_column(rang, rang, largeurs[rang])
        feuille.write_string(0, rang, propre(colonne.cle), styles["entete"])
    derniere = 0
    for derniere, ligne in enumerate(tableau.lignes, 1):
        if a_lire:
            textes = (cellule if isinstance(cellule, str) else None for cellule in ligne)
            regler_hauteur(feuille, derniere, zip(textes, largeurs, strict=True))
        ecrire_ligne(feuille, derniere, ligne, formats)
    feuille.autofilter(0, 0, derniere, len(tableau.colonnes) - 1)
    feuille.freeze_panes(1, 1)
    mettre_en_page(feuille, paysage=True, repetees=(0, 0), pages=pages_en_largeur(largeurs))
    feuille.hide_gridlines(1)


def _largeur(colonne: Colonne) -> float:
    if colonne.cle.startswith("pseudonyme"):
        return 25.0
    return _LARGES.get(colonne.cle, min(max(len(colonne.cle) + 4.0, _LARGEUR_MIN), _LARGEUR_MAX))


def _style(colonne: Colonne, *, repliee: bool) -> str:
    if colonne.manquants:
        return "reponse"
    if colonne.type in {"entier", "nombre"}:
        return colonne.type
    return "replie" if repliee else "texte"
