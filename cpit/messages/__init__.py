"""Le catalogue des messages : pour chaque anomalie, ce qui ne va pas, ce qui était attendu, comment corriger.

Il ne se charge qu’au premier message : l’aide, et une commande qui n’a rien à redire, n’en ont pas besoin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpit.messages.message import EXTRAS, Gravite, Message, pour_obtenir

if TYPE_CHECKING:
    FAMILLES: tuple[dict[str, Message], ...]
    CATALOGUE: dict[str, Message]


def __getattr__(nom: str) -> object:
    """``FAMILLES``, les messages par sujet, et ``CATALOGUE``, tous les messages, par code."""
    if nom not in ("CATALOGUE", "FAMILLES"):
        raise AttributeError(f"module {__name__!r} has no attribute {nom!r}")
    from cpit.messages import des_passations as a_la_personne
    from cpit.messages import des_referentiels as du_referentiel
    from cpit.messages import des_sorties as a_la_sortie
    from cpit.messages.des_lectures import LECTURE

    familles = (
        *(a_la_sortie.FICHIER, du_referentiel.YAML, du_referentiel.FORME, du_referentiel.COHERENCE),
        *(du_referentiel.MESSAGES_REFERENTIEL, a_la_personne.PASSATION, a_la_personne.CAHIERS),
        *(a_la_personne.COMPARAISON, a_la_personne.EVOLUTION, a_la_personne.EMPLOI, LECTURE),
        *(a_la_sortie.COHORTE, a_la_sortie.EXPORT, a_la_sortie.FIDELITE, a_la_sortie.DROITS, a_la_sortie.FIGURE),
    )
    catalogue = {code: message for famille in familles for code, message in famille.items()}
    globals().update(FAMILLES=familles, CATALOGUE=catalogue)
    return globals()[nom]


__all__ = ["CATALOGUE", "EXTRAS", "FAMILLES", "Gravite", "Message", "pour_obtenir"]
