"""Une strate prise pour référence : l’erreur de mesure de chaque échelle, à quoi rapporter un changement."""

from __future__ import annotations

from cpit.coeur.cohorte import Cohorte
from cpit.coeur.comparaison import Reference
from cpit.coeur.fidelite.coherence_interne import coherence
from cpit.coeur.fidelite.etude import mettre_en_matrices
from cpit.coeur.groupe import compter_personnes


def reference_de(cohorte: Cohorte, moment: str = "t0", regard: str = "soi") -> Reference:
    """L’erreur type de mesure de chaque échelle, telle que ``fidelite`` la donne pour cette strate.

    Une échelle dont les items ne pèsent pas tous autant n’en a pas : l’erreur est celle d’une moyenne simple. Ce que
    ``fidelite`` n’estime pas, ou tait, n’y est pas.

    :raises KeyError: si la cohorte n’a pas cette strate.
    """
    strate = cohorte.strates()[moment, regard]
    matrices = mettre_en_matrices(strate)
    erreurs = {}
    for code, echelle in cohorte.referentiel.echelles.items():
        if len({item.poids for item in echelle.items}) != 1:
            continue
        sem = coherence(matrices.retenues_de(echelle.items), qui=matrices.qui).erreur_type.valeur
        if sem is not None:
            erreurs[code] = sem
    return Reference(moment, regard, compter_personnes(strate), erreurs)
