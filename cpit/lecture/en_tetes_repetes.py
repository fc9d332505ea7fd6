"""Des en-têtes écrits de nouveau plus bas dans une table : les mêmes, les mêmes dans un autre ordre, ou d’autres.

Plusieurs exports mis bout à bout n’ont pas toujours leurs colonnes à la même place. Ce qui suit des en-têtes déplacés
se lit d’après eux ; ce qui suit ceux d’une autre table n’est pas lu, et c’est dit : aucun ordre n’est supposé.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

from cpit.lecture.dechiffrement import est_un_code_de_reponse, lire_mots
from cpit.lecture.entetes import LUES, Cible, ColonneLue, Designation, Entete, Nomenclature, Role, replier_en_tete

_A_RETROUVER = LUES | {Role.ITEM_REFUSE}
"""Les colonnes dont la place change ce qui est lu."""


def nomme_des_items(cellules: Sequence[object], nomenclature: Nomenclature) -> bool:
    """Vrai si deux cellules au moins nomment des items différents ; « A1 », code de réponse, n’en nomme pas."""
    vus: set[Cible] = set()
    for mots in (str(lire_mots(cellule)) for cellule in cellules if isinstance(cellule, str)):
        trouvee = nomenclature.designer(mots) if mots and not est_un_code_de_reponse(mots) else None
        if isinstance(trouvee, Designation) and trouvee.cible.role is Role.ITEM:
            vus.add(trouvee.cible)
    return len(vus) > 1


def replacer_les_colonnes(entete: Entete, cellules: Sequence[object], nomenclature: Nomenclature) -> Entete | None:
    """L’en-tête d’une table, chaque colonne lue à la place que lui donnent ces cellules ; lui-même si rien ne bouge.

    Rien si une colonne n’y est pas, ou y est deux fois : ce sont les en-têtes d’une autre table.
    """
    mots = [str(lire_mots(cellule)) for cellule in cellules]
    plies = [replier_en_tete(mot) for mot in mots]
    places: dict[int, ColonneLue] = {}
    for colonne in entete.de_role(*_A_RETROUVER):
        nom = replier_en_tete(colonne.nom)
        possibles = [k for k, plie in enumerate(plies) if nom and plie == nom]
        # Un autre nom de la même chose n’est cherché que si le sien n’y est plus : « id » n’est pas « token ».
        possibles = possibles or [k for k, mot in enumerate(mots) if mot and _designe(colonne, mot, nomenclature)]
        if colonne.rang in possibles or (not possibles and not mots[colonne.rang]):
            possibles = [colonne.rang]
        if len(possibles) != 1 or possibles[0] in places:
            return None
        places[possibles[0]] = colonne
    if all(rang == colonne.rang for rang, colonne in places.items()):
        return entete
    if not all(mots[rang] for rang in places):
        return None
    colonnes = tuple(_replacer(places.get(rang), rang, mot) for rang, mot in enumerate(mots))
    ou = {colonne.rang: rang for rang, colonne in places.items()}
    cites = {ou[rang]: cite for rang, cite in entete.contextes_cites.items() if rang in ou}
    return replace(entete, colonnes=colonnes, contextes_cites=MappingProxyType(cites))


def _designe(colonne: ColonneLue, mot: str, nomenclature: Nomenclature) -> bool:
    """Vrai si un en-tête désigne ce que porte une colonne."""
    trouvee = nomenclature.designer(mot)
    role = Role.ITEM if colonne.cible.role is Role.ITEM_REFUSE else colonne.cible.role
    return isinstance(trouvee, Designation) and trouvee.cible == replace(colonne.cible, role=role)


def _replacer(colonne: ColonneLue | None, rang: int, mot: str) -> ColonneLue:
    if colonne is not None:
        return replace(colonne, rang=rang)
    return ColonneLue(rang, mot, Cible(Role.MIS_DE_COTE if mot else Role.SANS_NOM))
