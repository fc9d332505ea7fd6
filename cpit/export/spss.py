"""Une table du jeu au format SPSS (.sav) : libellés, manquants déclarés, mesure de chaque variable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cpit.coeur.tableaux import Cellule, Colonne, Tableau
from cpit.export.lisezmoi import Fiche
from cpit.export.trame import LIMITES_SPSS, batir_trame, codes_spss, couper_en_octets, nommer_variables
from cpit.formats.porte import corriger_a_l_atelier

_MESURES = {"nominale": "nominal", "ordinale": "ordinal", "continue": "scale"}
ABREGES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = 92
"""Place, dans l’en-tête, de la date (9 octets) et de l’heure (8) de création (PSPP, « File Header Record »)."""
_SIGNES_DE_DATE = 17


def ecrire_spss(chemin: Path, tableau: Tableau, fiche: Fiche) -> None:
    """Écrit la table.

    :param fiche: son mois est la date de création inscrite, des blancs s’il manque : deux écritures sont identiques.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    import polars as pl
    import pyreadstat

    codes = codes_spss(fiche.jeu.referentiel.echelle)

    def coder(cellule: Cellule) -> int | None:
        return cellule if isinstance(cellule, int) else codes["" if cellule is None else str(cellule)]

    noms = nommer_variables((colonne.cle for colonne in tableau.colonnes), LIMITES_SPSS)
    trame = batir_trame(tableau, coder, pl.Int32, texte_max=LIMITES_SPSS.texte).rename(noms)
    par_nom = {noms[colonne.cle]: colonne for colonne in tableau.colonnes}
    pyreadstat.write_sav(
        trame,
        chemin,
        file_label=couper_en_octets(tableau.titre, LIMITES_SPSS.fichier),
        column_labels={
            nom: couper_en_octets(colonne.libelle, LIMITES_SPSS.variable) for nom, colonne in par_nom.items()
        },
        row_compress=True,
        variable_value_labels={n: etiquettes for n, c in par_nom.items() if (etiquettes := _etiquettes(c, codes))},
        missing_ranges={nom: manquants for nom, c in par_nom.items() if (manquants := _manquants(c, codes))},
        variable_measure={nom: _MESURES[colonne.mesure] for nom, colonne in par_nom.items()},
        variable_format={nom: forme for nom, c in par_nom.items() if (forme := _forme(c))},
    )
    _dater(chemin, fiche.mois)


def _etiquettes(colonne: Colonne, codes: dict[str, int]) -> dict[Any, str]:
    """Valeur → libellé ; pour une réponse, les codes manquants aussi."""
    if colonne.type == "entier":
        niveaux = {int(code): texte for code, texte in (colonne.modalites or {}).items() if code not in codes}
        manquants = {codes[code]: texte for code, texte in colonne.manquants.items()}
        return {
            valeur: couper_en_octets(texte, LIMITES_SPSS.valeur) for valeur, texte in {**niveaux, **manquants}.items()
        }
    return {code: couper_en_octets(texte, LIMITES_SPSS.valeur) for code, texte in (colonne.modalites or {}).items()}


def _manquants(colonne: Colonne, codes: dict[str, int]) -> list[Any]:
    """Les codes qui ne sont pas des valeurs ; un texte vide en est un, sinon SPSS le compterait comme une modalité."""
    if colonne.type == "texte" and colonne.modalites and not colonne.manquants:
        # La dominante vide avec une position dit l’équilibre : c’est une valeur.
        return [] if colonne.cle == "dominante" else [""]
    return sorted((codes[manquant] for manquant in colonne.manquants), reverse=True)


def _forme(colonne: Colonne) -> str:
    """Format d’affichage : huit signes pour un entier, six décimales pour un score."""
    return {"entier": "F8.0", "nombre": "F12.6"}.get(colonne.type, "")


def _dater(chemin: Path, mois: str) -> None:
    annee, _, numero = mois.partition("-")
    date = f"01 {ABREGES[int(numero) - 1]} {annee[2:]}00:00:00" if mois else " " * _SIGNES_DE_DATE
    corriger_a_l_atelier(chemin, _DATE, date.encode())
