"""Une table du jeu en CSV, dans l’un des deux dialectes nommés."""

from __future__ import annotations

import csv
import io
import re
from functools import lru_cache
from pathlib import Path

from cpit.coeur.tableaux import Cellule, Tableau
from cpit.export.lisezmoi import Fiche
from cpit.formats.dialecte_csv import DIALECTES_CSV, cellule_csv
from cpit.formats.porte import flux_d_atelier

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
