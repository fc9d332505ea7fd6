"""Le catalogue des messages : pour chaque anomalie, ce qui ne va pas, ce qui était attendu, comment corriger."""

from __future__ import annotations

from cpit.messages.des_lectures import LECTURE
from cpit.messages.des_passations import CAHIERS, COMPARAISON, EMPLOI, EVOLUTION, PASSATION
from cpit.messages.des_referentiels import COHERENCE, FORME, MESSAGES_REFERENTIEL, YAML
from cpit.messages.des_sorties import COHORTE, DROITS, EXPORT, FICHIER, FIDELITE, FIGURE
from cpit.messages.message import EXTRAS, Gravite, Message, pour_obtenir

FAMILLES = (
    FICHIER,
    YAML,
    FORME,
    COHERENCE,
    MESSAGES_REFERENTIEL,
    PASSATION,
    CAHIERS,
    COMPARAISON,
    EVOLUTION,
    EMPLOI,
    LECTURE,
    COHORTE,
    EXPORT,
    FIDELITE,
    DROITS,
    FIGURE,
)
CATALOGUE: dict[str, Message] = {code: message for famille in FAMILLES for code, message in famille.items()}
"""Tous les messages, par code."""

__all__ = ["CATALOGUE", "EXTRAS", "FAMILLES", "Gravite", "Message", "pour_obtenir"]
