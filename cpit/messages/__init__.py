"""Le catalogue des messages : pour chaque anomalie, ce qui ne va pas, ce qui était attendu, comment corriger."""

from __future__ import annotations

from cpit.messages.base import Gravite, Message
from cpit.messages.cohorte import COHORTE
from cpit.messages.droits import DROITS
from cpit.messages.export import EXPORT
from cpit.messages.fichier import FICHIER
from cpit.messages.fidelite import FIDELITE
from cpit.messages.figure import FIGURE
from cpit.messages.lecture import LECTURE
from cpit.messages.passation import EMPLOI, PASSATION
from cpit.messages.referentiel import COHERENCE, FORME, REFERENTIEL, YAML

FAMILLES = (
    FICHIER,
    YAML,
    FORME,
    COHERENCE,
    REFERENTIEL,
    PASSATION,
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

__all__ = ["CATALOGUE", "FAMILLES", "Gravite", "Message"]
