"""La forme d’un fichier gardé, passation ou cahier : là où ses données entrent, et qu’écrire ne charge pas."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from cpit.coeur.passation import DIMENSIONS_DE_PLACE, MOTIF_DATE, MOTIF_MOMENT, TRACE_MAX, est_retrospectif
from cpit.erreurs import ErreurCpit, anomalie

_Empreinte = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_Moment = Annotated[str, StringConstraints(pattern=f"^{MOTIF_MOMENT.pattern}$")]
_DateDeMoment = Annotated[str, StringConstraints(pattern=f"^({MOTIF_DATE.pattern})?$")]
Instant = Annotated[str, StringConstraints(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2}.{0,30})?$")]
"""Un jour, et l’heure si on l’a ; vide s’il n’est pas dit."""

_RAISONS = {
    "missing": "la clé manque",
    "extra_forbidden": "la clé est inconnue",
    "string_type": "un texte est attendu",
    "int_type": "un nombre entier est attendu",
    "literal_error": "la valeur n’est pas l’une de celles permises",
    "string_pattern_mismatch": "le texte n’a pas la forme attendue",
    "valeur-et-etat": "une valeur accompagne l’état « repondu », et lui seul",
    "jumelle-presente": "le second moment d’une passation est un moment passé (t0-retrospectif)",
    "niveau-de-place": "la fréquence ou l’importance n’est pas un niveau",
    "dict_type": "une table est attendue",
    "model_type": "une table est attendue",
    "list_type": "une liste est attendue",
    "string_too_long": "le texte est trop long",
    "string_too_short": "le texte manque",
    "too_short": "la liste est vide",
    "string_unicode": "le texte contient un caractère qui n’existe pas",
    "greater_than_equal": "le nombre est trop petit",
}


class FormeDeFichier(BaseModel):
    """La forme d’une table d’un fichier que cpit écrit : figée, stricte, sans clé inconnue."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


class FormeReponse(FormeDeFichier):
    """La réponse à un item."""

    etat: Literal["repondu", "sans_objet", "sans_reponse", "pas_encore_vu", "question_changee"]
    valeur: int | None = None
    trace: str = ""
    frequence: int | None = None
    importance: int | None = None

    @model_validator(mode="after")
    def _valeur_si_repondu(self) -> Self:
        if (self.etat == "repondu") != (self.valeur is not None):
            raise PydanticCustomError("valeur-et-etat", "valeur et état ne s’accordent pas")
        return self

    @model_validator(mode="after")
    def _place_connue(self) -> Self:
        dites = ((d, getattr(self, d.cle)) for d in DIMENSIONS_DE_PLACE)
        if any(niveau is not None and niveau not in dimension.niveaux for dimension, niveau in dites):
            raise PydanticCustomError("niveau-de-place", "fréquence ou importance inconnue")
        return self


class _FormeItemPose(FormeDeFichier):
    """Un item tel qu’il a été montré."""

    code: str
    competence: str
    ingenierie: str
    enonce: str


class _FormeIdentiteReferentiel(FormeDeFichier):
    """De quel référentiel vient la passation."""

    identifiant: str
    version: str
    empreinte: _Empreinte


class _FormeCorrection(FormeDeFichier):
    """Une réouverture, pour corriger."""

    rouverte: Instant
    terminee: Instant
    version: Annotated[str, StringConstraints(max_length=300)]


class FormeJumelle(FormeDeFichier):
    """Le moment passé auquel on a répondu dans la même séance."""

    moment: _Moment
    date_moment: _DateDeMoment = ""
    reponses: dict[str, FormeReponse]

    @model_validator(mode="after")
    def _passe(self) -> Self:
        if not est_retrospectif(self.moment):
            raise PydanticCustomError("jumelle-presente", "une jumelle est d’un moment passé")
        return self


class FormePassation(FormeDeFichier):
    """Un fichier de passation."""

    format: Literal["cpit-passation"]
    version_format: Literal[1, 2]
    cpit: str
    identifiant: Annotated[str, StringConstraints(max_length=200)]
    moment: _Moment
    regard: Literal["soi", "tiers"]
    profil: dict[str, str | list[str]]
    commencee: Instant
    modifiee: Instant
    terminee: Instant | None
    revision: Annotated[int, Field(ge=0)]
    referentiel: _FormeIdentiteReferentiel
    reponses: dict[str, FormeReponse]
    items: list[_FormeItemPose]
    texte_referentiel: list[str]
    corrections: list[_FormeCorrection] = []
    evaluateur: Annotated[str, StringConstraints(max_length=200)] = ""
    role_evaluateur: Annotated[str, StringConstraints(max_length=200)] = ""
    connaissance: Annotated[str, StringConstraints(max_length=200)] = ""
    date_moment: _DateDeMoment = ""
    jumelle: FormeJumelle | None = None
    somme: _Empreinte


def _raison_en_francais(nature: str) -> str:
    """Raison d’un refus de pydantic, en français."""
    return _RAISONS.get(nature, "la valeur ne convient pas")


_Forme = TypeVar("_Forme", bound=FormeDeFichier)


def valider_la_forme(forme: type[_Forme], document: dict[str, Any], fichier: str) -> _Forme:
    """Le document d’un fichier enregistré, s’il a la forme de sa sorte.

    :raises ErreurCpit: avec chaque clé fautive.
    """
    try:
        return forme.model_validate(document)
    except ValidationError as erreur:
        raise ErreurCpit(
            anomalie(
                "passation-forme",
                fichier,
                cle=".".join(str(pas) for pas in detail["loc"]) or "le fichier",
                raison=_raison_en_francais(detail["type"]),
            )
            for detail in erreur.errors(include_input=False, include_url=False)
        ) from None


# --- la forme d’un cahier, plan ou traces ---------------------------------------------------------------------------

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
