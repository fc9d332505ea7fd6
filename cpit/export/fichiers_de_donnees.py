"""Une table du jeu dans chaque format de données : CSV, Parquet, SPSS, Stata."""

from __future__ import annotations

import csv
import io
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from cpit.coeur.passation import Etat
from cpit.coeur.tableaux import CODE_SANS_OBJET, Cellule, Colonne, Tableau
from cpit.export.description_du_jeu import Fiche
from cpit.export.trame import (
    LIMITES_SPSS,
    LIMITES_STATA,
    batir_trame,
    codes_spss,
    couper_en_octets,
    nommer_variables,
    numeroter,
)
from cpit.export.trame import MANQUANTS_STATA as MANQUANTS
from cpit.formats.dialecte_csv import DIALECTES_CSV, cellule_csv
from cpit.formats.porte import corriger_a_l_atelier, flux_d_atelier
from cpit.ouverture import lire_debut

# --- une table du jeu en CSV, dans l’un des deux dialectes nommés -----------------------------------------------------


_CODE = re.compile(r"-[0-9]+")


def ecrire_csv_export(chemin: Path, tableau: Tableau, fiche: Fiche) -> None:
    """Écrit les clés des colonnes, puis les lignes.

    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    forme = DIALECTES_CSV[fiche.dialecte]
    with (
        flux_d_atelier(chemin) as octets,
        io.TextIOWrapper(octets, encoding=forme.encodage, errors="replace", newline="") as flux,
    ):
        ecrivain = csv.writer(flux, delimiter=forme.separateur, lineterminator=forme.fin_de_ligne)
        ecrivain.writerow([colonne.cle for colonne in tableau.colonnes])
        for ligne in tableau.lignes:
            ecrivain.writerow([_cellule(cellule, forme.decimale) for cellule in ligne])


def _cellule(cellule: Cellule, decimale: str) -> str:
    return _texte(cellule) if isinstance(cellule, str) else cellule_csv(cellule, decimale)


@lru_cache(maxsize=1024)
def _texte(texte: str) -> str:
    """Un texte inerte ; les mêmes reviennent sans cesse. « -98 » est un nombre, pas une formule à neutraliser."""
    return texte if _CODE.fullmatch(texte) else cellule_csv(texte, "")


# --- une table du jeu en Parquet : nombres typés, textes, et l’état de chaque réponse à côté d’elle -------------------


def colonnes_d_etat(tableau: Tableau) -> dict[str, str]:
    """Clé de chaque colonne de réponse → clé de la colonne qui en dit l’état ; rien si la table le dit déjà.

    Une colonne de Parquet n’a qu’un type : ``SO`` y devient une case vide, que cette colonne distingue.
    """
    cles = {colonne.cle for colonne in tableau.colonnes}
    if "etat" in cles:
        return {}
    etats = {}
    for colonne in tableau.colonnes:
        if colonne.manquants:
            nom = f"{colonne.cle}_etat"
            while nom in cles:
                nom += "_"
            cles.add(nom)
            etats[colonne.cle] = nom
    return etats


def ecrire_parquet(chemin: Path, tableau: Tableau, fiche: Fiche) -> None:  # noqa: ARG001
    """Écrit la table.

    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    import polars as pl

    etats = colonnes_d_etat(tableau)
    trame = batir_trame(tableau, _valeur, pl.Int32)
    if etats:
        etat = batir_trame(tableau, _etat, pl.String).select(pl.col(cle).alias(nom) for cle, nom in etats.items())
        trame = trame.hstack(etat)
    trame.write_parquet(chemin, compression="zstd", statistics=True)


def _valeur(cellule: Cellule) -> int | None:
    return cellule if isinstance(cellule, int) else None


def _etat(cellule: Cellule) -> str:
    if cellule is None:
        return Etat.SANS_REPONSE.value
    return Etat.SANS_OBJET.value if cellule == CODE_SANS_OBJET else Etat.REPONDU.value


# --- une table du jeu au format SPSS (.sav) : libellés, manquants déclarés, mesure de chaque variable -----------------


_MESURES = {"nominale": "nominal", "ordinale": "ordinal", "continue": "scale"}
_ABREGES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
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
    date = f"01 {_ABREGES[int(numero) - 1]} {annee[2:]}00:00:00" if mois else " " * _SIGNES_DE_DATE
    corriger_a_l_atelier(chemin, _DATE, date.encode())


# --- une table du jeu au format Stata 14 (.dta) : libellés, et les manquants étendus ``.a`` et ``.b`` -----------------
#
# Stata n’étiquette que des nombres : un code en toutes lettres (profil, état…) s’y écrit par son rang, étiqueté, que
# le dictionnaire des codes donne aussi. Ce qui identifie une ligne reste un texte, le même que dans les autres
# formats.


_VERSION = 14
"""Première version en UTF-8 ; lue par Stata 14 et suivants, pandas et haven."""
_BALISE = b"<timestamp>\x11"
"""Le dernier octet compte les signes de la date qui suit."""


def ecrire_stata(chemin: Path, tableau: Tableau, fiche: Fiche) -> None:
    """Écrit la table.

    :param fiche: son mois est la date de création inscrite, des blancs s’il manque : deux écritures sont identiques.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    import polars as pl
    import pyreadstat

    noms = nommer_variables((colonne.cle for colonne in tableau.colonnes), LIMITES_STATA)
    # Une colonne d’objets : les manquants étendus y sont des lettres parmi des nombres.
    numerotees = numeroter(tableau)
    trame = batir_trame(numerotees, _coder, pl.Object, texte_max=LIMITES_STATA.texte).rename(noms)
    par_nom = {noms[colonne.cle]: colonne for colonne in numerotees.colonnes}
    pyreadstat.write_dta(
        trame,
        chemin,
        file_label=couper_en_octets(tableau.titre, LIMITES_STATA.fichier),
        column_labels={
            nom: couper_en_octets(colonne.libelle, LIMITES_STATA.variable) for nom, colonne in par_nom.items()
        },
        version=_VERSION,
        variable_value_labels={
            nom: etiquettes for nom, c in par_nom.items() if (etiquettes := _etiquettes_avec_manquants(c))
        },
        missing_user_values={nom: [MANQUANTS[m] for m in c.manquants] for nom, c in par_nom.items() if c.manquants},
    )
    _dater_un_dta(chemin, fiche.mois)


def _coder(cellule: Cellule) -> int | str:
    return cellule if isinstance(cellule, int) else MANQUANTS["" if cellule is None else str(cellule)]


def _etiquettes_avec_manquants(colonne: Colonne) -> dict[Any, str]:
    """Valeur → libellé, les manquants compris."""
    if colonne.type != "entier":
        return {}
    niveaux: dict[Any, str] = {
        int(code): texte for code, texte in (colonne.modalites or {}).items() if code not in MANQUANTS
    }
    manquants = {MANQUANTS[code]: texte for code, texte in colonne.manquants.items()}
    return {valeur: couper_en_octets(texte, LIMITES_STATA.valeur) for valeur, texte in (niveaux | manquants).items()}


def _dater_un_dta(chemin: Path, mois: str) -> None:
    annee, _, numero = mois.partition("-")
    date = f"01 {_ABREGES[int(numero) - 1]} {annee} 00:00" if mois else " " * _BALISE[-1]
    place = lire_debut(chemin, 1024).index(_BALISE) + len(_BALISE)
    corriger_a_l_atelier(chemin, place, date.encode())
