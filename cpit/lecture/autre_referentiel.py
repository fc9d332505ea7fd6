"""Reconnaître, aux en-têtes d’une table, qu’un autre référentiel livré est celui dont elle porte les items."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from cpit.chargement import charger
from cpit.coeur.referentiel import Referentiel
from cpit.emplacements import referentiels_livres
from cpit.lecture.entetes import Designation, Nomenclature, Role


class AutreReferentiel(NamedTuple):
    """Un référentiel livré, comme il se nomme, et combien de ses items une table désigne."""

    nom: str
    items: int


def chercher_un_autre_referentiel(noms: Sequence[str], actuel: Referentiel, ici: int) -> AutreReferentiel | None:
    """Celui dont le plus d’items sont désignés par ces en-têtes ; rien si aucun n’en a plus que l’actuel, d’au moins
    deux.

    :param ici: combien d’items du référentiel actuel ils désignent.
    """
    comptes = [
        AutreReferentiel(nom, _compter(noms, nomenclature))
        for nom, nomenclature in _nomenclatures()
        if nomenclature.referentiel.empreinte != actuel.empreinte
    ]
    mieux = max(comptes, key=lambda une: une.items, default=None)
    return mieux if mieux is not None and mieux.items > max(ici, 1) else None


@cache
def _nomenclatures() -> tuple[tuple[str, Nomenclature], ...]:
    return tuple((nom, Nomenclature(charger(chemin))) for nom, chemin in referentiels_livres().items())


def _compter(noms: Sequence[str], nomenclature: Nomenclature) -> int:
    trouvees = (nomenclature.designer(nom) for nom in noms)
    return len({t.cible.code for t in trouvees if isinstance(t, Designation) and t.cible.role is Role.ITEM})
