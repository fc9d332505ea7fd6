"""Une table en CSV, dans l’un des deux dialectes nommés, jamais un mélange : cohorte, étude, évolution, tableau."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from cpit.coeur.cohorte import Cohorte
from cpit.coeur.tableaux import Tableau
from cpit.formats.dialecte_csv import DIALECTES_CSV, cellule_csv
from cpit.formats.porte import SANS_PERMIS, Permis, ecriture_durable
from cpit.formats.recueil import Reglages

if TYPE_CHECKING:
    from cpit.coeur.evolution import Evolution
    from cpit.coeur.fidelite.etude import Etude
    from cpit.formats.recueil import Recueil


def ecrire_cohorte_csv(chemin: Path, recueil: Recueil, reglages: Reglages) -> None:
    """Écrit le CSV d’une cohorte, en entier ou pas du tout.

    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    tableau = recueil.cohorte.scores(avec_reponses=reglages.avec_reponses)
    ecrire_tableau_csv(chemin, tableau, dialecte=reglages.dialecte, permis=recueil.permis)


def ecrire_fidelite_csv(chemin: Path, etude: Etude, recueil: Recueil, reglages: Reglages) -> None:
    """Écrit une étude, une ligne par nombre : ce que R, pandas ou un tableur filtrent d’un geste.

    :param recueil: ce dont l’étude est faite.
    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    from cpit.coeur.fidelite.mesures import tableau_des_statistiques

    tableau = tableau_des_statistiques(etude)
    ecrire_tableau_csv(chemin, tableau, dialecte=reglages.dialecte, permis=recueil.permis)


def ecrire_evolution_csv(chemin: Path, evolutions: Sequence[Evolution], recueil: Recueil, reglages: Reglages) -> None:
    """Écrit les évolutions d’un groupe, une ligne par personne et par échelle : elle nomme les personnes.

    :param recueil: ce dont elles sont faites.
    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    from cpit.coeur.evolution import tableau_des_personnes

    tableau = tableau_des_personnes(*evolutions)
    ecrire_tableau_csv(chemin, tableau, dialecte=reglages.dialecte, permis=recueil.permis)


def ecrire_tableau_csv(chemin: Path, tableau: Tableau, *, dialecte: str = "fr", permis: Permis = SANS_PERMIS) -> None:
    """Écrit un tableau en CSV, en entier ou pas du tout : les clés de ses colonnes, puis ses lignes.

    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    with ecriture_durable(chemin, permis) as binaire:
        _ecrire_en_flux(binaire, tableau, dialecte)


def ecrire_cohorte_csv_en_flux(
    sortie: IO[bytes], cohorte: Cohorte, *, dialecte: str = "fr", avec_reponses: bool = True
) -> None:
    """Écrit le CSV dans un flux d’octets (la sortie standard, par exemple), sans le fermer."""
    _ecrire_en_flux(sortie, cohorte.scores(avec_reponses=avec_reponses), dialecte)


def _ecrire_en_flux(sortie: IO[bytes], tableau: Tableau, dialecte: str) -> None:
    forme = DIALECTES_CSV[dialecte]
    texte = io.TextIOWrapper(sortie, encoding=forme.encodage, newline="")
    ecrivain = csv.writer(texte, delimiter=forme.separateur, lineterminator=forme.fin_de_ligne)
    ecrivain.writerow([colonne.cle for colonne in tableau.colonnes])
    for ligne in tableau.lignes:
        ecrivain.writerow([cellule_csv(cellule, forme.decimale) for cellule in ligne])
    texte.flush()
    texte.detach()
