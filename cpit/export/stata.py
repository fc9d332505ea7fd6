"""Une table du jeu au format Stata 14 (.dta) : libellés, et les manquants étendus ``.a`` et ``.b``.

Stata n’étiquette que des nombres : un code en toutes lettres (profil, état…) s’y écrit par son rang, étiqueté, que le
dictionnaire des codes donne aussi. Ce qui identifie une ligne reste un texte, le même que dans les autres formats.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cpit.coeur.tableaux import Cellule, Colonne, Tableau
from cpit.export.lisezmoi import Fiche
from cpit.export.spss import ABREGES
from cpit.export.trame import LIMITES_STATA, batir_trame, couper_en_octets, nommer_variables, numeroter
from cpit.export.trame import MANQUANTS_STATA as MANQUANTS
from cpit.formats.porte import corriger_a_l_atelier
from cpit.ouverture import lire_debut

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
        variable_value_labels={nom: etiquettes for nom, c in par_nom.items() if (etiquettes := _etiquettes(c))},
        missing_user_values={nom: [MANQUANTS[m] for m in c.manquants] for nom, c in par_nom.items() if c.manquants},
    )
    _dater(chemin, fiche.mois)


def _coder(cellule: Cellule) -> int | str:
    return cellule if isinstance(cellule, int) else MANQUANTS["" if cellule is None else str(cellule)]


def _etiquettes(colonne: Colonne) -> dict[Any, str]:
    """Valeur → libellé, les manquants compris."""
    if colonne.type != "entier":
        return {}
    niveaux: dict[Any, str] = {
        int(code): texte for code, texte in (colonne.modalites or {}).items() if code not in MANQUANTS
    }
    manquants = {MANQUANTS[code]: texte for code, texte in colonne.manquants.items()}
    return {valeur: couper_en_octets(texte, LIMITES_STATA.valeur) for valeur, texte in (niveaux | manquants).items()}


def _dater(chemin: Path, mois: str) -> None:
    annee, _, numero = mois.partition("-")
    date = f"01 {ABREGES[int(numero) - 1]} {annee} 00:00" if mois else " " * _BALISE[-1]
    place = lire_debut(chemin, 1024).index(_BALISE) + len(_BALISE)
    corriger_a_l_atelier(chemin, place, date.encode())
