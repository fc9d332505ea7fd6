"""Le jeu en un classeur (les trois tables et le dictionnaire), et le dictionnaire seul, des variables et des codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from cpit.coeur.export import Jeu
from cpit.coeur.tableaux import Colonne, Ligne, Tableau
from cpit.export.fichiers_de_donnees import colonnes_d_etat
from cpit.export.trame import (
    LIMITES_SPSS,
    LIMITES_STATA,
    MANQUANTS_STATA,
    codes_spss,
    codes_stata,
    nommer_variables,
)
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
from cpit.typographie import typographier

# --- le jeu en un classeur (les trois tables et le dictionnaire), et le dictionnaire seul -----------------------------


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


# --- le dictionnaire des variables et celui des codes -----------------------------------------------------------------
#
# Deux tables, tirées de la même déclaration que les données.


VARIABLES, CODES = "dictionnaire", "dictionnaire_codes"

_COLONNES_VARIABLES = (
    Colonne("table", "Table", description="Table où se trouve la variable"),
    Colonne("variable", "Variable", description=typographier("Nom de la colonne (CSV, xlsx, Parquet)")),
    Colonne("libelle", "Libellé"),
    Colonne("type", "Type", modalites={"texte": "Texte", "entier": "Entier", "nombre": "Nombre", "mois": "AAAA-MM"}),
    Colonne("mesure", "Mesure", modalites={m: m.capitalize() for m in ("nominale", "ordinale", "continue")}),
    Colonne("unite", "Unité"),
    Colonne("description", "Sens"),
    Colonne("formule", "Formule ou règle"),
    Colonne("source", "Source"),
    Colonne("identite", "Identifie la ligne", modalites={"oui": "Oui", "non": "Non"}),
    Colonne("variable_spss", "Nom dans SPSS"),
    Colonne("variable_stata", "Nom dans Stata"),
    Colonne("etat_parquet", "État dans Parquet", description="Colonne de Parquet qui dit l’état de la réponse"),
)
_COLONNES_CODES = (
    Colonne("table", "Table"),
    Colonne("variable", "Variable"),
    Colonne("code", "Code", description=typographier("Tel qu'écrit en CSV et en xlsx ; vide pour une case vide")),
    Colonne("libelle", "Libellé"),
    Colonne("manquant", "Hors du calcul", modalites={"oui": "Oui", "non": "Non"}),
    Colonne("code_spss", "Code dans SPSS"),
    Colonne("code_stata", "Code dans Stata"),
)


def tableau_des_variables(jeu: Jeu) -> Tableau:
    """Une ligne par variable de chaque table."""
    lignes = tuple(ligne for tableau in jeu.tableaux for ligne in _variables(tableau))
    return Tableau(VARIABLES, "Dictionnaire des variables", _COLONNES_VARIABLES, lignes, ("table", "variable"))


def tableau_des_codes(jeu: Jeu) -> Tableau:
    """Une ligne par code de chaque variable qui en a : code et libellé dans deux colonnes."""
    spss = codes_spss(jeu.referentiel.echelle)
    lignes = tuple(
        ligne for tableau in jeu.tableaux for colonne in tableau.colonnes for ligne in _codes(tableau, colonne, spss)
    )
    return Tableau(CODES, "Dictionnaire des codes", _COLONNES_CODES, lignes)


def _variables(tableau: Tableau) -> Iterator[Ligne]:
    cles = [colonne.cle for colonne in tableau.colonnes]
    spss, stata, etats = (
        nommer_variables(cles, LIMITES_SPSS),
        nommer_variables(cles, LIMITES_STATA),
        colonnes_d_etat(tableau),
    )
    for colonne in tableau.colonnes:
        cle = colonne.cle
        yield (
            *(tableau.cle, cle, colonne.libelle, colonne.type, colonne.mesure),
            *(texte or None for texte in (colonne.unite, colonne.description, colonne.formule, colonne.source)),
            "oui" if cle in tableau.identite else "non",
            *(spss[cle], stata[cle], etats.get(cle)),
        )


def _codes(tableau: Tableau, colonne: Colonne, spss: dict[str, int]) -> Iterator[Ligne]:
    stata = codes_stata(tableau, colonne)
    for code, libelle in {**(colonne.modalites or {}), **colonne.manquants}.items():
        manquant = code in colonne.manquants
        yield (
            *(tableau.cle, colonne.cle, code or None, libelle, "oui" if manquant else "non"),
            str(spss[code]) if manquant else code,
            f".{MANQUANTS_STATA[code]}" if manquant else str(stata.get(code, code)),
        )
