"""Ce que rend tout lecteur de réponses : des relevés, et tout ce qui n’a pas été pris, avec le lieu et la raison."""

from __future__ import annotations

from dataclasses import dataclass, field

from cpit.coeur.cohorte import Releve
from cpit.erreurs import Anomalie


@dataclass(frozen=True, slots=True)
class LectureSource:
    """Le contenu d’un fichier de réponses.

    ``anomalies`` : les refus (une réponse, une ligne ou tout le fichier) et les avertissements, dans l’ordre.
    """

    source: str
    releves: tuple[Releve, ...] = ()
    anomalies: tuple[Anomalie, ...] = field(default=())
