"""Ce qui est écrit à droite d’une table, hors de ses colonnes : une légende, une note ; ou une réponse décalée."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cpit.coeur.passation import Reponse
from cpit.lecture.dechiffrement import est_un_code_so, lire_mots, lire_nombre
from cpit.lecture.entetes import LUES, Entete, Role
from cpit.tableur.pieges import Piege


class CellulesACote:
    """Distingue, dans les colonnes sans nom d’une table, ce qui n’en est pas de ce qui a pu en déborder.

    Un séparateur de trop dans un texte pousse toute la suite de sa ligne : la dernière réponse tombe alors juste à
    droite de la table. Des mots qu’une cellule vide en sépare, ou qui ne sont pas une réponse, n’en viennent pas.
    """

    def __init__(self, entete: Entete) -> None:
        lues = entete.de_role(*LUES, Role.ITEM_REFUSE)
        derniere = max(lues, key=lambda colonne: colonne.rang)
        self._lues = [colonne.rang for colonne in lues]
        self._fin = derniere.rang
        self._finit_par_un_item = derniere.cible.role in (Role.ITEM, Role.ITEM_REFUSE)
        self._sans_nom = [colonne.rang for colonne in entete.de_role(Role.SANS_NOM)]

    def remplies(self, cellules: Sequence[object]) -> list[int]:
        """Les colonnes sans nom où quelque chose est écrit ; un titre fusionné en travers n’y compte pas."""
        return [rang for rang in self._sans_nom if not _est_fusionnee(cellules[rang]) and _porte(cellules[rang])]

    def sont_a_cote(
        self, cellules: Sequence[object], remplies: Sequence[int], lire: Callable[[object], Reponse | None]
    ) -> bool:
        """Vrai si ces cellules ne peuvent être des réponses décalées : nul n’a répondu là, ou ce n’en sont pas."""
        premiere = remplies[0]
        if premiere < self._fin:
            return False
        if not self.porte_quelque_chose(cellules):
            return True
        if any(self._fin < vide < premiere for vide in self._sans_nom):
            return not all(
                lire_nombre(cellules[rang]) is not None or est_un_code_so(cellules[rang]) for rang in remplies
            )
        return premiere == self._fin + 1 and self._finit_par_un_item and lire(cellules[premiere]) is None

    def porte_quelque_chose(self, cellules: Sequence[object]) -> bool:
        """Vrai si une colonne lue est remplie."""
        return any(_porte(cellules[rang]) for rang in self._lues)


def _porte(cellule: object) -> bool:
    return bool(str(lire_mots(cellule)))


def _est_fusionnee(cellule: object) -> bool:
    return isinstance(cellule, Piege) and cellule.code == "cellule-fusionnee"
