"""Une cohorte notée en CSV, dans l’un des deux dialectes nommés ; jamais un mélange."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import IO

from cpit.coeur.cohorte import Cohorte
from cpit.coeur.colonnes import colonnes, lignes
from cpit.formats.dialecte_csv import DIALECTES_CSV, cellule_csv
from cpit.formats.porte import SANS_PERMIS, Permis, ecriture_durable


def ecrire_cohorte_csv(
    chemin: Path,
    cohorte: Cohorte,
    *,
    dialecte: str = "fr",
    avec_reponses: bool = True,
    permis: Permis = SANS_PERMIS,
) -> None:
    """Écrit le CSV : fichier temporaire dans le même dossier, puis remplacement, droits 0600.

    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    with ecriture_durable(chemin, permis) as binaire:
        ecrire_cohorte_csv_en_flux(binaire, cohorte, dialecte=dialecte, avec_reponses=avec_reponses)


def ecrire_cohorte_csv_en_flux(
    sortie: IO[bytes], cohorte: Cohorte, *, dialecte: str = "fr", avec_reponses: bool = True
) -> None:
    """Écrit le CSV dans un flux d’octets (la sortie standard, par exemple), sans le fermer."""
    forme = DIALECTES_CSV[dialecte]
    texte = io.TextIOWrapper(sortie, encoding=forme.encodage, newline="")
    ecrivain = csv.writer(texte, delimiter=forme.separateur, lineterminator=forme.fin_de_ligne)
    ecrivain.writerow([colonne.cle for colonne in colonnes(cohorte.referentiel, avec_reponses=avec_reponses)])
    for ligne in lignes(cohorte, avec_reponses=avec_reponses):
        ecrivain.writerow([cellule_csv(cellule, forme.decimale) for cellule in ligne])
    texte.flush()
    texte.detach()
