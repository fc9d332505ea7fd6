"""Les colonnes d’items d’une table, par moment et par regard : une table large en a plusieurs groupes."""

from __future__ import annotations

from dataclasses import dataclass

from cpit.coeur.passation import Reponse, sans_reponse
from cpit.coeur.referentiel import Referentiel
from cpit.lecture.entetes import DE_PLACE, ColonneLue, Entete, Role


@dataclass(frozen=True, slots=True)
class GroupeDeColonnes:
    """Les colonnes d’items d’un même moment et d’un même regard.

    ``moment``, ``regard`` : ceux que portent les en-têtes, vides si la ligne les dit. ``refusees`` : les colonnes
    d’items dont aucune réponse n’est prise.
    """

    moment: str
    regard: str
    items: tuple[ColonneLue, ...]
    refusees: tuple[ColonneLue, ...]
    traces: tuple[ColonneLue, ...]
    places: tuple[ColonneLue, ...]
    rangs: tuple[int, ...]
    codes: tuple[str, ...]
    absentes: tuple[Reponse, ...]


def grouper_les_colonnes(entete: Entete, referentiel: Referentiel) -> list[GroupeDeColonnes]:
    """Les colonnes d’items par moment et regard, dans l’ordre de la table."""
    paquets: dict[tuple[str, str], list[ColonneLue]] = {}
    for colonne in entete.de_role(Role.ITEM, Role.ITEM_REFUSE):
        paquets.setdefault(_contexte_de(colonne), []).append(colonne)
    groupes = []
    for (moment, regard), colonnes in paquets.items():
        items, refusees = ([c for c in colonnes if c.cible.role is role] for role in (Role.ITEM, Role.ITEM_REFUSE))
        presents = [colonne.cible.code for colonne in items]
        absents = [item.code for item in referentiel.items if item.code not in set(presents)]
        traces, places = (
            tuple(c for c in entete.de_role(*roles) if len(paquets) == 1 or _contexte_de(c) == (moment, regard))
            for roles in ((Role.TRACE,), DE_PLACE)
        )
        rangs = tuple(colonne.rang for colonne in items)
        codes = (*presents, *absents)
        groupes.append(
            GroupeDeColonnes(
                *(moment, regard, tuple(items), tuple(refusees), traces, places, rangs, codes),
                absentes=(sans_reponse(),) * len(absents),
            )
        )
    return groupes


def _contexte_de(colonne: ColonneLue) -> tuple[str, str]:
    return colonne.cible.moment, colonne.cible.regard
