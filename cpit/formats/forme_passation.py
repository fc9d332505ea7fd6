"""La forme d’un fichier de passation : la porte par où ses données entrent."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from cpit.coeur.passation import MOTIF_MOMENT

Empreinte = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Moment = Annotated[str, StringConstraints(pattern=f"^{MOTIF_MOMENT.pattern}$")]
Instant = Annotated[str, StringConstraints(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2}.{0,30})?$")]

_RAISONS = {
    "missing": "la clé manque",
    "extra_forbidden": "la clé est inconnue",
    "string_type": "un texte est attendu",
    "int_type": "un nombre entier est attendu",
    "literal_error": "la valeur n’est pas l’une de celles permises",
    "string_pattern_mismatch": "le texte n’a pas la forme attendue",
    "valeur-et-etat": "une valeur accompagne l’état « repondu », et lui seul",
    "dict_type": "une table est attendue",
    "model_type": "une table est attendue",
    "list_type": "une liste est attendue",
    "string_too_long": "le texte est trop long",
    "string_unicode": "le texte contient un caractère qui n’existe pas",
    "greater_than_equal": "le nombre est trop petit",
}


class _Forme(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


class FormeReponse(_Forme):
    """La réponse à un item."""

    etat: Literal["repondu", "sans_objet", "sans_reponse", "pas_encore_vu"]
    valeur: int | None = None
    trace: str = ""

    @model_validator(mode="after")
    def _valeur_si_repondu(self) -> Self:
        if (self.etat == "repondu") != (self.valeur is not None):
            raise PydanticCustomError("valeur-et-etat", "valeur et état ne s’accordent pas")
        return self


class FormeItemPose(_Forme):
    """Un item tel qu’il a été montré."""

    code: str
    competence: str
    ingenierie: str
    enonce: str


class FormeIdentiteReferentiel(_Forme):
    """De quel référentiel vient la passation."""

    identifiant: str
    version: str
    empreinte: Empreinte


class FormePassation(_Forme):
    """Un fichier de passation."""

    format: Literal["cpit-passation"]
    version_format: Literal[1]
    cpit: str
    identifiant: Annotated[str, StringConstraints(max_length=200)]
    moment: Moment
    regard: Literal["soi", "tiers"]
    profil: dict[str, str]
    commencee: Instant
    modifiee: Instant
    terminee: Instant | None
    revision: Annotated[int, Field(ge=0)]
    referentiel: FormeIdentiteReferentiel
    reponses: dict[str, FormeReponse]
    items: list[FormeItemPose]
    texte_referentiel: list[str]
    somme: Empreinte


def raison_en_francais(nature: str) -> str:
    """Raison d’un refus de pydantic, en français."""
    return _RAISONS.get(nature, "la valeur ne convient pas")
