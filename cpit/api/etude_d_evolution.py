"""Ce que rend ``cpit.evolution`` : un groupe et ce qui y a bougé."""

from __future__ import annotations

from dataclasses import dataclass

from cpit.coeur.evolution import Evolution, tableau_des_mouvements, tableau_des_personnes
from cpit.coeur.tableaux import Tableau
from cpit.erreurs import Anomalie
from cpit.formats.recueil import Recueil


@dataclass(frozen=True, repr=False)
class EtudeDEvolution:
    """Un groupe et ce qui y a bougé : une évolution par regard, puis une par moment où deux regards se comparent.

    ``recueil`` : ce dont elles sont faites ; ses anomalies disent aussi ce qui n’a pas pu se comparer.
    """

    evolutions: tuple[Evolution, ...]
    recueil: Recueil

    def __repr__(self) -> str:
        """Chaque évolution, et combien de personnes ; ni code ni score ne s’y montre."""
        return f"<EtudeDEvolution : {' ; '.join(map(repr, self.evolutions))}>"

    def _repr_html_(self) -> str:
        """Ce qui a bougé dans le groupe, tel qu’un carnet le montre ; aucune personne ne s’y lit."""
        return self.mouvements._repr_html_()

    @property
    def anomalies(self) -> tuple[Anomalie, ...]:
        """Ce que la lecture, puis la comparaison, ont fait dire."""
        return self.recueil.anomalies

    @property
    def mouvements(self) -> Tableau:
        """Une ligne par échelle, pour le groupe."""
        return tableau_des_mouvements(*self.evolutions)

    @property
    def personnes(self) -> Tableau:
        """Une ligne par personne et par échelle ; il nomme les personnes."""
        return tableau_des_personnes(*self.evolutions)
