"""Les cahiers d’une personne sur disque, son plan et ses traces : un JSON lisible, sa forme, sa somme de contrôle.

Comme une passation, et sous la même somme ; un cahier n’en est pas une, n’est jamais une source, et n’entre dans aucun
export.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import Field, StringConstraints

from cpit.coeur.passation import TRACE_MAX
from cpit.coeur.suites import ChangementDePas, EtatDePas, Pas, Plan, SituationPropre, TraceDatee, Traces
from cpit.erreurs import refus
from cpit.formats.passation_json import (
    FormeDeFichier,
    Instant,
    somme_de_controle,
    valider_la_forme,
)
from cpit.json_strict import JsonFautif, decoder_json, lire_json
from cpit.ouverture import lire_fichier
from cpit.sceaux import FORMAT_PLAN, FORMAT_TRACES, __version__

_VERSION = 1
_OCTETS_MAX = 10_000_000
"""Octets ; un plan en pèse quelques milliers, une trace quelques centaines."""

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


class _FormePlan(_FormeCahier):
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


class _FormeTraces(_FormeCahier):
    """Un fichier de traces."""

    format: Literal["cpit-traces"]
    traces: list[_FormeTrace]
    situations: list[_FormeSituation]


def _plan_de_forme(forme: _FormePlan) -> Plan:
    pas = (
        Pas(
            **un.model_dump(exclude={"changements"}),
            changements=tuple(ChangementDePas(EtatDePas(c.etat), c.le, c.note) for c in un.changements),
        )
        for un in forme.pas
    )
    return Plan(forme.identifiant, tuple(pas), forme.modifie, forme.revision)


def _traces_de_forme(forme: _FormeTraces) -> Traces:
    traces = tuple(TraceDatee(**une.model_dump()) for une in forme.traces)
    situations = tuple(SituationPropre(**une.model_dump()) for une in forme.situations)
    return Traces(forme.identifiant, traces, situations, forme.modifie, forme.revision)


Contenu = TypeVar("Contenu", Plan, Traces)
"""Ce qu’un cahier tient."""


@dataclass(frozen=True, slots=True)
class SorteDeCahier(Generic[Contenu]):
    """Une sorte de cahier : son format, le début de son nom de fichier, comment il se dit et se lit.

    ``commande`` : celle qui le montre ; ``vierge`` : le cahier neuf d’une personne, d’après son code.
    """

    format: str
    nom: str
    mots: str
    commande: str
    vierge: Callable[[str], Contenu]
    forme: type[_FormePlan] | type[_FormeTraces]
    de_forme: Callable[[Any], Contenu]

    def lire(self, chemin: Path) -> Contenu:
        """Lit un cahier de cette sorte.

        :raises ErreurCpit: fichier absent, illisible, abîmé, d’un format plus récent ou de forme inattendue.
        """
        return self.de_forme(valider_la_forme(self.forme, _document(self, chemin), str(chemin)))


PLAN: SorteDeCahier[Plan] = SorteDeCahier(FORMAT_PLAN, "plan", "un plan", "plan", Plan, _FormePlan, _plan_de_forme)
TRACES: SorteDeCahier[Traces] = SorteDeCahier(
    FORMAT_TRACES, "traces", "un cahier de traces", "portfolio", Traces, _FormeTraces, _traces_de_forme
)


def encoder_cahier(sorte: SorteDeCahier[Contenu], cahier: Contenu) -> bytes:
    """Le cahier en UTF-8, somme de contrôle comprise.

    :raises ErreurCpit: s’il dépasse ce qui se relit.
    """
    contenu = asdict(cahier)
    entete = {cle: contenu.pop(cle) for cle in ("identifiant", "modifie", "revision")}
    document = {"format": sorte.format, "version_format": _VERSION, "cpit": __version__, **entete, **contenu}
    document["somme"] = somme_de_controle(document)
    octets = (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8", errors="replace")
    if len(octets) > _OCTETS_MAX:
        raise refus("cahier-plein", quoi=sorte.mots, limite=_OCTETS_MAX)
    return octets


def _document(sorte: SorteDeCahier[Contenu], chemin: Path) -> dict[str, Any]:
    """Le document, entier et d’une version connue."""
    fichier = str(chemin)
    try:
        document = lire_json(decoder_json(lire_fichier(chemin, _OCTETS_MAX)))
    except JsonFautif as erreur:
        raise refus("cahier-illisible", fichier, quoi=sorte.mots, raison=erreur.raison) from None
    if not isinstance(document, dict) or document.get("format") != sorte.format:
        raise refus("cahier-illisible", fichier, quoi=sorte.mots, raison="JSON d’une autre sorte")
    try:
        intacte = document.get("somme") == somme_de_controle(document)
    except RecursionError:
        raise refus("cahier-illisible", fichier, quoi=sorte.mots, raison="JSON trop profond") from None
    version = document.get("version_format")
    if isinstance(version, int) and version > _VERSION:
        raise refus("passation-version", fichier, trouve=version, connu=_VERSION, intacte=intacte)
    if not intacte:
        raise refus("somme-fausse", fichier)
    return document
