"""Ce que les documents d’un jeu ont besoin de savoir, en plus du jeu lui-même ; aucune donnée de personne."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cpit import __version__
from cpit.coeur.diffusion import Agregats
from cpit.coeur.jeu import Jeu
from cpit.coeur.tableaux import Tableau

DONNEES = ("csv", "xlsx", "parquet", "sav", "dta")
"""Les formats de données, dans l’ordre où on les nomme."""
CLASSEUR = "jeu.xlsx"
SANS_DATE = "1980-01"
"""Mois inscrit dans les fichiers quand aucune passation n’est datée : la première date d’une archive zip."""


@dataclass(frozen=True, slots=True)
class Fiche:
    """Comment le jeu a été fait : formats écrits, dialecte, empreinte de la clé, comptes de la lecture.

    ``versions`` : version de chaque bibliothèque qui a écrit des données ; ``trop_longues`` : tables que le classeur
    n’a pas pu prendre ; ``sans_code`` : passations sans code de personne ; ``agregats`` : ce que le jeu diffuse, s’il
    n’a pas de données individuelles.
    """

    jeu: Jeu
    formats: Sequence[str]
    dialecte: str
    cle: str
    refus: int = 0
    avertissements: int = 0
    sans_code: int = 0
    versions: Mapping[str, str] | None = None
    trop_longues: Sequence[str] = ()
    agregats: Agregats | None = None

    @property
    def mois(self) -> str:
        """Dernier mois des passations, date de tous les fichiers : l’horloge de la machine n’y entre pas."""
        return self.jeu.mois[-1] if self.jeu.mois else SANS_DATE

    @property
    def titre(self) -> str:
        """Titre du jeu de données."""
        sorte = "Agrégats à partager" if self.agregats else "Jeu de données pseudonymisé"
        return f"{sorte}, {self.jeu.referentiel.titre}"

    @property
    def logiciel(self) -> str:
        """Ce qui a écrit le jeu."""
        return f"cpit {__version__}"

    def fichiers(self, tableau: Tableau) -> tuple[str, ...]:
        """Noms des fichiers de données où se trouve une table."""
        return tuple(
            CLASSEUR if format_ == "xlsx" else f"{tableau.cle}.{format_}"
            for format_ in self.formats
            if format_ != "xlsx" or tableau.cle not in self.trop_longues
        )
