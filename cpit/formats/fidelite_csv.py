"""Une étude de fidélité en CSV, une ligne par nombre : ce que R, pandas ou un tableur filtrent d’un geste."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cpit.coeur.fidelite.etude import Etude
from cpit.coeur.fidelite.statistiques import tableau_des_statistiques
from cpit.formats.cohorte_csv import ecrire_tableau_csv
from cpit.formats.recueil import Reglages

if TYPE_CHECKING:
    from cpit.formats.recueil import Recueil


def ecrire_fidelite_csv(chemin: Path, etude: Etude, recueil: Recueil, reglages: Reglages) -> None:
    """Écrit l’étude, en entier ou pas du tout.

    :param recueil: ce dont l’étude est faite.
    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    tableau = tableau_des_statistiques(etude)
    ecrire_tableau_csv(chemin, tableau, dialecte=reglages.dialecte, permis=recueil.permis)
