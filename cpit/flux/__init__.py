"""De très grandes tables CSV, notées et écrites en flux : la mémoire ne dépend pas du nombre de lignes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from cpit.coeur import Progres
from cpit.coeur.groupe import Portrait
from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import Anomalie
from cpit.formats.registre import suffixes_de_tables
from cpit.lecture.contexte import SANS_CONSIGNE, Consignes
from cpit.lecture.lignes import BilanDeSource

SEUIL = 1_000_000
"""Octets de tables à partir desquels le flux vaut la peine."""
INGENIERIES_MAX = 62
"""Ce qui domine se garde dans les bits d’un entier."""
_HORS_DU_FLUX = frozenset({"ordre-change-en-flux", "petite-table-en-flux", "reponses-trop-diverses"})
"""Ce que le flux découvre trop tard d’une table : la lecture d’un bloc la lit, ou la refuse seule."""


@dataclass(frozen=True, slots=True)
class Bilan:
    """Ce qui a été noté, sans les passations elles-mêmes.

    ``sources`` : ce que chacune a donné, refus montrés. ``anomalies`` : les premières de chaque table, puis un compte
    des autres. ``portraits`` : par moment et regard, sans matrice. ``doublons_cherches`` : faux si les passations
    étaient trop nombreuses pour les comparer toutes.
    """

    sources: tuple[BilanDeSource, ...]
    anomalies: tuple[Anomalie, ...] = ()
    portraits: Mapping[tuple[str, str], Portrait] = field(default_factory=dict)
    doublons_cherches: bool = True

    @property
    def passations(self) -> int:
        """Passations notées."""
        return sum(source.passations for source in self.sources)


def convient(chemins: Sequence[Path], sortie: str) -> bool:
    """Vrai pour des tables CSV de plus de ``SEUIL`` octets en tout, vers un CSV ou la sortie standard (« - »).

    Une table à remettre en forme avant de la découper (UTF-16, double encodage…), ou qui nomme des évaluateurs, se lit
    d’un bloc.
    """
    if not chemins or not (sortie == "-" or Path(sortie).suffix.lower() == ".csv"):
        return False
    if not all(chemin.suffix.lower() in suffixes_de_tables() for chemin in chemins):
        return False
    from cpit.lecture.table_csv import se_lit_d_un_bloc

    try:
        grandes = sum(chemin.stat().st_size for chemin in chemins) > SEUIL
        return grandes and not any(map(se_lit_d_un_bloc, chemins))
    except OSError:
        return False


def renonce(anomalies: Iterable[Anomalie]) -> bool:
    """Vrai si ce qui a arrêté le flux n’arrête pas la lecture d’un bloc : rien n’est écrit, il faut la reprendre."""
    return not _HORS_DU_FLUX.isdisjoint(une.code for une in anomalies)


def noter_en_flux(
    entrees: Path | Sequence[Path],
    sortie: IO[bytes],
    referentiel: Referentiel,
    *,
    consignes: Consignes = SANS_CONSIGNE,
    dialecte: str = "fr",
    avec_reponses: bool = True,
    progres: Progres | None = None,
) -> Bilan:
    """Note des tables et les écrit dans un flux d’octets, sans le fermer : ce que ferait l’écrivain ordinaire.

    Rien n’est écrit si aucune passation n’est prise.

    :raises ErreurCpit: lecture interrompue en cours de table.
    :raises OSError: écriture impossible.
    """
    # Avant numpy : rien ici n’appelle BLAS, ses fils ne feraient qu’attendre.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from cpit.flux.notation_en_flux import Flux
    from cpit.lecture.entetes import Nomenclature

    chemins = [entrees] if isinstance(entrees, Path) else list(entrees)
    flux = Flux(Nomenclature.pour(referentiel, consignes), sortie, dialecte, avec_reponses=avec_reponses)
    sources, anomalies = flux.noter(chemins, progres)
    return Bilan(tuple(sources), tuple(anomalies), flux.portraits(), flux.doublons_cherches)


__all__ = ["INGENIERIES_MAX", "SEUIL", "Bilan", "convient", "noter_en_flux", "renonce"]
