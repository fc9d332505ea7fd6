"""La forme d’un référentiel en YAML : la porte où le texte devient des données typées, et le JSON Schema.

Les noms de champs sont ceux des dataclasses de ``cpit.coeur.referentiel`` ; un test tient les deux en accord.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, WithJsonSchema
from pydantic_core import PydanticCustomError

from cpit.coeur import referentiel as modele
from cpit.coeur.passation import MOTIF_MOMENT, est_un_moment

_ENTIER = re.compile(r"[+-]?[0-9]{1,9}")
_NOMBRE = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,15})?")
_BOOLEENS = {"oui": True, "true": True, "vrai": True, "non": False, "false": False, "faux": False}
_CODE = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
_IDENTIFIANT = r"[A-Za-z][A-Za-z0-9_-]{0,63}"
_PROXIMITES: tuple[str, ...] = get_args(modele.Proximite)
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?")


def _scalaire(valeur: Any) -> str:
    if not isinstance(valeur, str):
        raise PydanticCustomError("texte-attendu", "texte attendu")
    texte = valeur.strip()
    if not texte:
        raise PydanticCustomError("valeur-vide", "valeur vide")
    return texte


def _entier(valeur: Any) -> int:
    texte = _scalaire(valeur)
    if not _ENTIER.fullmatch(texte):
        raise PydanticCustomError("entier-attendu", "entier attendu")
    return int(texte)


def _nombre(valeur: Any) -> float:
    texte = _scalaire(valeur)
    if not _NOMBRE.fullmatch(texte):
        raise PydanticCustomError("nombre-attendu", "nombre attendu")
    return float(texte)


def _poids(valeur: Any) -> float:
    poids = _nombre(valeur)
    if poids <= 0:
        raise PydanticCustomError("poids-non-positif", "poids positif attendu")
    return poids


def _booleen(valeur: Any) -> bool:
    texte = _scalaire(valeur).lower()
    if texte not in _BOOLEENS:
        raise PydanticCustomError("booleen-attendu", "oui ou non attendu")
    return _BOOLEENS[texte]


def _proximite(valeur: Any) -> str:
    texte = _scalaire(valeur)
    if texte not in _PROXIMITES:
        raise PydanticCustomError("proximite-inconnue", "proximité inconnue", {"connues": ", ".join(_PROXIMITES)})
    return texte


def _moment(valeur: Any) -> str:
    texte = _scalaire(valeur)
    if not est_un_moment(texte):
        raise PydanticCustomError("moment-invalide", "moment inconnu")
    return texte


def _motif(motif: str, debut: str) -> BeforeValidator:
    def valider(valeur: Any) -> str:
        texte = _scalaire(valeur)
        if not re.fullmatch(motif, texte):
            raise PydanticCustomError("identifiant-invalide", "identifiant invalide", {"debut": debut})
        return texte

    return BeforeValidator(valider)


def _date(valeur: Any) -> str:
    texte = _scalaire(valeur)
    trouve = _DATE.fullmatch(texte)
    try:
        if trouve is None:
            raise ValueError
        annee, mois, jour = (int(morceau or 1) for morceau in trouve.groups())
        date(annee, mois, jour)
    except ValueError:
        raise PydanticCustomError("date-invalide", "date invalide") from None
    return texte


def _url(valeur: Any) -> str:
    texte = _scalaire(valeur)
    if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", texte):
        raise PydanticCustomError("url-invalide", "adresse invalide")
    return texte


# Un éditeur qui suit YAML 1.2 lit « 1.10 » comme un nombre et « oui » comme un texte : le schéma admet les deux.
_TEXTE_OU_NOMBRE: dict[str, Any] = {"type": ["string", "number"]}

_Texte = Annotated[str, BeforeValidator(_scalaire), WithJsonSchema({"type": "string", "minLength": 1})]
Version = Annotated[str, _motif(_CODE, "en commençant par un chiffre ou une lettre"), WithJsonSchema(_TEXTE_OU_NOMBRE)]
Entier = Annotated[int, BeforeValidator(_entier), WithJsonSchema({"type": "integer"})]
Nombre = Annotated[float, BeforeValidator(_nombre), WithJsonSchema({"type": "number"})]
Proportion = Annotated[float, BeforeValidator(_nombre), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1})]
Poids = Annotated[float, BeforeValidator(_poids), WithJsonSchema({"type": "number", "exclusiveMinimum": 0})]
Booleen = Annotated[
    bool,
    BeforeValidator(_booleen),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"enum": sorted(_BOOLEENS)}]}),
]
Identifiant = Annotated[
    str,
    _motif(_IDENTIFIANT, "en commençant par une lettre"),
    WithJsonSchema({"type": "string", "pattern": f"^{_IDENTIFIANT}$"}),
]
CodeChoix = Annotated[
    str,
    _motif(_CODE, "en commençant par une lettre ou un chiffre"),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": f"^{_CODE}$"}, {"type": "integer"}]}),
]
CodeDeMoment = Annotated[
    str,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "pattern": f"^{MOTIF_MOMENT.pattern}$"}),
]
Date = Annotated[
    str,
    BeforeValidator(_date),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": "^[0-9]{4}(-[0-9]{2}){0,2}$"}, {"type": "integer"}]}),
]
Url = Annotated[
    str,
    BeforeValidator(_url),
    WithJsonSchema({"type": "string", "format": "uri", "pattern": "^https?://"}),
]


Proximite = Annotated[str, BeforeValidator(_proximite), WithJsonSchema({"enum": list(_PROXIMITES)})]


class _Forme(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


class _Fondee(_Forme):
    source: _Texte | None = Field(None, description="Clé d’une entrée de « sources »")
    hypothese: _Texte | None = Field(None, description="Le raisonnement, quand rien ne le source")


class FormeSource(_Forme):
    """Un document cité."""

    cle: Identifiant = Field(description="Nom court par lequel le reste du fichier y renvoie")
    titre: _Texte
    auteurs: list[_Texte] = Field(min_length=1)
    date: Date = Field(description="AAAA, AAAA-MM ou AAAA-MM-JJ")
    url: Url | None = None


class FormeNiveau(_Forme):
    """Un niveau de l’échelle."""

    valeur: Entier = Field(description="Entier qui entre dans le calcul")
    libelle: _Texte
    description: _Texte | None = None


class FormeSansObjet(_Forme):
    """La réponse « sans objet »."""

    libelle: _Texte
    description: _Texte | None = None


class FormeEchelle(_Fondee):
    """L’échelle de réponse."""

    question: _Texte = Field(description="Ce que l’on demande pour chaque situation")
    niveaux: list[FormeNiveau] = Field(min_length=2, description="Du plus bas au plus haut")
    sans_objet: FormeSansObjet | None = None
    description: _Texte | None = None


class FormeAxe(_Fondee):
    """Un axe de la carte."""

    identifiant: Identifiant
    libelle: _Texte
    debut: _Texte = Field(description="Nom du bout des valeurs basses")
    fin: _Texte = Field(description="Nom du bout des valeurs hautes")
    description: _Texte | None = None


class FormeAxes(_Forme):
    """Les deux axes."""

    x: FormeAxe
    y: FormeAxe


class FormePosition(_Forme):
    """Un point de la carte."""

    x: Nombre
    y: Nombre


class FormeIngenierie(_Fondee):
    """Une ingénierie, pôle de la carte."""

    identifiant: Identifiant
    libelle: _Texte
    fonction: _Texte
    position: FormePosition
    description: _Texte | None = None


class FormeLecture(_Forme):
    """Ce que dit un score, et un pas à tenter."""

    constat: _Texte
    pas: _Texte
    jusqua: Nombre | None = Field(None, description="Borne haute comprise ; absente pour la dernière")


class FormeLien(_Fondee):
    """Une compétence d’un autre référentiel, rapprochée de celle-ci."""

    cible: _Texte = Field(description="Sa cote là-bas, par exemple « ROME K1802 »")
    proximite: Proximite = Field(
        description="Ce qu’elle est à celle-ci : exacte, proche, large (plus que celle-ci), etroite, apparentee"
    )
    libelle: _Texte | None = None
    url: Url | None = None


class FormeCompetence(_Fondee):
    """Une compétence transversale."""

    identifiant: Identifiant
    libelle: _Texte
    definition: _Texte
    lectures: list[FormeLecture] = Field(default=[], description="Du plus bas au plus haut")
    liens: list[FormeLien] = Field(default=[], description="Compétences d’autres référentiels, rapprochées de celle-ci")
    description: _Texte | None = None


class FormeAncre(_Forme):
    """Ce que veut dire un niveau de l’échelle pour un item."""

    valeur: Entier = Field(description="La valeur d’un niveau de l’échelle")
    libelle: _Texte


class FormeItem(_Fondee):
    """Une situation professionnelle."""

    code: Identifiant
    competence: Identifiant = Field(description="Identifiant d’une compétence")
    ingenierie: Identifiant = Field(description="Identifiant d’une ingénierie")
    enonce: _Texte
    enonce_tiers: _Texte | None = Field(None, description="La même situation, dite à un tiers de la personne")
    poids: Poids = Field(1.0, description="Poids dans les moyennes ; 1 par défaut")
    inverse: Booleen = Field(False, description="oui si un niveau haut dit une compétence basse")
    niveaux: list[FormeAncre] = Field(default=[], description="Ce que des niveaux de l’échelle veulent dire ici")
    description: _Texte | None = None


class FormeGroupe(_Fondee):
    """Des items lus ensemble."""

    identifiant: Identifiant
    libelle: _Texte
    items: list[Identifiant] = Field(min_length=1, description="Codes d’items")
    description: _Texte | None = None


class FormeRegroupement(_Fondee):
    """Une autre lecture des mêmes items."""

    identifiant: Identifiant
    libelle: _Texte
    groupes: list[FormeGroupe] = Field(min_length=1)
    description: _Texte | None = None


class FormeChoix(_Forme):
    """Une réponse possible à une question de profil."""

    code: CodeChoix
    libelle: _Texte
    description: _Texte | None = None


class FormeQuestionProfil(_Fondee):
    """Une question de profil, toujours facultative pour qui répond."""

    identifiant: Identifiant
    libelle: _Texte
    choix: list[FormeChoix] = Field(min_length=1)
    plusieurs: Booleen = Field(False, description="oui si l’on peut cocher plus d’un choix")
    condition: Booleen = Field(
        False, description="oui si elle porte sur les conditions d’exercice : posée sur demande, lue à côté des scores"
    )
    description: _Texte | None = None


class FormeRegle(_Fondee):
    """Une valeur de règle et ce qui la fonde."""

    valeur: Proportion


class FormeRegles(_Forme):
    """Les règles du calcul."""

    seuil: FormeRegle = Field(description="Part du poids à répondre pour qu’un score existe")
    seuil_equilibre: FormeRegle = Field(description="Distance au centre sous laquelle on dit « équilibre »")


class FormeSensibilite(_Fondee):
    """Un autre jeu de coordonnées."""

    identifiant: Identifiant
    libelle: _Texte
    positions: dict[Identifiant, FormePosition]


class FormeCompatibilite(_Forme):
    """Une version passée dont celle-ci garde les items."""

    version: Version
    items_changes: list[Identifiant] = Field(default=[], description="Codes des items dont la question a changé depuis")


class FormeMomentNomme(_Forme):
    """Un moment, tel qu’on l’appelle."""

    code: CodeDeMoment = Field(description="t0, t1… ou t0-retrospectif")
    libelle: _Texte = Field(description="Son nom, dans les formulaires et les lectures")


class FormeReferentiel(_Forme):
    """Un référentiel de compétences pour cpit."""

    identifiant: Identifiant
    version: Version
    titre: _Texte
    statut: _Texte = Field(description="D’où il vient, ce qu’il n’est pas")
    licence: _Texte
    sources: list[FormeSource] = Field(default=[], description="Ce sur quoi l’on s’appuie ; sans rien, cpit le dit")
    echelle: FormeEchelle
    axes: FormeAxes
    ingenieries: list[FormeIngenierie] = Field(min_length=1)
    competences: list[FormeCompetence] = Field(min_length=1)
    items: list[FormeItem] = Field(min_length=1)
    regroupements: list[FormeRegroupement] = []
    profil: list[FormeQuestionProfil] = []
    regles: FormeRegles
    sensibilite: list[FormeSensibilite] = Field(default=[], description="Autres coordonnées, pour éprouver la carte")
    compatible_avec: list[FormeCompatibilite] = Field(
        default=[], description="Versions dont les passations se lisent avec celle-ci"
    )
    moments: list[FormeMomentNomme] = Field(default=[], description="Le nom des moments, s’ils en ont un à eux")
    description: _Texte | None = None
    url: Url | None = None


def schema_json() -> dict[str, Any]:
    """JSON Schema (2020-12) d’un référentiel : il permet à un éditeur de compléter et de vérifier le YAML."""
    schema = TypeAdapter(FormeReferentiel).json_schema(by_alias=False)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
