"""Le dictionnaire des variables et celui des codes : deux tables, tirées de la même déclaration que les données."""

from __future__ import annotations

from collections.abc import Iterator

from cpit.coeur.export import Jeu
from cpit.coeur.tableaux import Colonne, Ligne, Tableau
from cpit.export.parquet import colonnes_d_etat
from cpit.export.trame import (
    LIMITES_SPSS,
    LIMITES_STATA,
    MANQUANTS_STATA,
    codes_spss,
    codes_stata,
    nommer_variables,
)
from cpit.typographie import typographier

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
