"""La forme d’un cahier, plan ou traces, tel qu’il est sur le disque : la porte par où ses données entrent."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from cpit.coeur.passation import TRACE_MAX
from cpit.formats.forme_passation import FormeDeFichier, Instant

_Code = Annotated[str, StringConstraints(max_length=200)]
_Texte = Annotated[str, StringConstraints(max_length=TRACE_MAX)]
_Date = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2}.{0,30})?)?$")]
"""Un jour, et l’heure si on l’a, un mois ou une année."""
_Dit = Annotated[str, StringConstraints(max_length=TRACE_MAX, min_length=1)]


class _FormeCahier(FormeDeFichier):
    """Ce que tout cahier porte."""

    version_format: Literal[1]
    cpit: str
    identifiant: _Code
    modifie: Instant
    revision: Annotated[int, Field(ge=0)]
    somme: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class _FormeChangement(FormeDeFichier):
    etat: Literal["a_faire", "en_cours", "fait", "abandonne", "autrement"]
    le: Instant
    note: _Texte = ""


class _FormePas(FormeDeFichier):
    item: _Code
    enonce: _Texte
    quoi: _Dit
    avec: _Texte = ""
    quand: _Texte = ""
    signe: _Texte = ""
    changements: Annotated[list[_FormeChangement], Field(min_length=1)]


class FormePlan(_FormeCahier):
    """Un fichier de plan."""

    format: Literal["cpit-plan"]
    pas: list[_FormePas]


class _FormeTrace(FormeDeFichier):
    item: _Code
    enonce: _Texte
    competence: _Code
    le: _Date
    situation: _Dit
    mobilise: _Texte = ""
    avec: _Texte = ""
    suite: _Texte = ""
    appris: _Texte = ""
    piece: _Texte = ""


class _FormeSituation(FormeDeFichier):
    code: _Code
    enonce: _Dit
    competence: _Code
    ingenierie: _Code
    le: Instant
    niveau: int | None = None


class FormeTraces(_FormeCahier):
    """Un fichier de traces."""

    format: Literal["cpit-traces"]
    traces: list[_FormeTrace]
    situations: list[_FormeSituation]
