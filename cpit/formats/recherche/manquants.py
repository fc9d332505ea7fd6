"""Comment SPSS et Stata disent « sans objet » et « sans réponse » : des codes manquants, jamais des valeurs."""

from __future__ import annotations

from cpit.coeur.modele import Echelle
from cpit.coeur.tableaux import CODE_SANS_OBJET

STATA = {CODE_SANS_OBJET: "a", "": "b"}
"""``.a`` et ``.b`` : les manquants étendus de Stata."""


def codes_spss(echelle: Echelle) -> dict[str, int]:
    """−98 pour « sans objet », −99 pour « sans réponse » ; des nombres plus longs si l’un d’eux est un niveau."""
    puissance = 100
    while {2 - puissance, 1 - puissance} & set(echelle.par_valeur):
        puissance *= 10
    return {CODE_SANS_OBJET: 2 - puissance, "": 1 - puissance}
