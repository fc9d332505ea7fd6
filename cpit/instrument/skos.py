"""Le référentiel en SKOS (W3C), pour le rapprocher d’autres répertoires : concepts, collections, correspondances.

Écrit en JSON-LD, que tout outil du web sémantique relit. Les adresses sont celles de l’export CASE : le même code a la
même d’un export à l’autre.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cpit.coeur.referentiel import Competence, Lien
from cpit.formats.appartenance import MARQUE, sceller_texte
from cpit.instrument.composition import Instrument, Part, Redaction
from cpit.typographie import typographier

_Objet = dict[str, Any]
_PORTEES = frozenset({Part.INGENIERIES, Part.REGROUPEMENTS, Part.ANCRES, Part.LIENS})
_PROXIMITES = {
    **{"exacte": "skos:exactMatch", "proche": "skos:closeMatch", "large": "skos:broadMatch"},
    **{"etroite": "skos:narrowMatch", "apparentee": "skos:relatedMatch"},
}
"""Chaque proximité d’un lien, et la correspondance de SKOS qui la dit (SKOS Reference, § 10)."""
_CONTEXTE = {
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dct": "http://purl.org/dc/terms/",
    "owl": "http://www.w3.org/2002/07/owl#",
}
_REMARQUES = (
    typographier(
        "les adresses sont des « urn:uuid: » : le site qui publie le référentiel les remplace par les siennes"
    ),
)


def rediger_skos(instrument: Instrument) -> Redaction:
    """Le schéma de concepts, ses compétences, ingénieries et situations, ses groupes, et leurs correspondances."""
    document = {"@context": _CONTEXTE, "@graph": [_schema(instrument), *_concepts(instrument), *_groupes(instrument)]}
    texte = json.dumps(document, ensure_ascii=False, indent=1)
    return Redaction(sceller_texte(texte.encode() + b"\n"), _PORTEES, _REMARQUES)


def _schema(instrument: Instrument) -> _Objet:
    referentiel = instrument.referentiel
    sommets = [*(c.identifiant for c in referentiel.competences), *(i.identifiant for i in referentiel.ingenieries)]
    return {
        **_noeud(instrument, "document", "skos:ConceptScheme"),
        "skos:changeNote": MARQUE,
        "dct:title": _en_francais(referentiel.titre),
        "dct:description": _en_francais(referentiel.statut),
        "dct:license": referentiel.licence,
        "owl:versionInfo": referentiel.version,
        "skos:hasTopConcept": [_vers(instrument, sommet) for sommet in sommets],
    }


def _concepts(instrument: Instrument) -> Iterator[_Objet]:
    referentiel = instrument.referentiel
    for competence in referentiel.competences:
        yield {
            **_sommet(instrument, competence.identifiant, competence.libelle, competence.definition),
            **_correspondances(competence),
        }
        yield from _ailleurs(competence)
    for ingenierie in referentiel.ingenieries:
        yield _sommet(instrument, ingenierie.identifiant, ingenierie.libelle, ingenierie.fonction)
    for item in referentiel.items:
        ancres = [_en_francais(ancre) for ancre in instrument.ancres(item)]
        yield {
            **_concept(instrument, f"item/{item.code}", instrument.enonce(item)),
            "skos:notation": item.code,
            "skos:broader": _vers(instrument, item.competence),
            "skos:related": _vers(instrument, item.ingenierie),
            **({"skos:scopeNote": ancres} if ancres else {}),
        }


def _groupes(instrument: Instrument) -> Iterator[_Objet]:
    for regroupement in instrument.referentiel.regroupements:
        cle = f"regroupement/{regroupement.identifiant}"
        groupes = [groupe.identifiant for groupe in regroupement.groupes]
        yield _collection(instrument, cle, regroupement.libelle, groupes)
        for groupe in regroupement.groupes:
            membres = [f"item/{code}" for code in groupe.items]
            yield _collection(instrument, groupe.identifiant, groupe.libelle, membres)


def _sommet(instrument: Instrument, identifiant: str, libelle: str, definition: str) -> _Objet:
    return {
        **_concept(instrument, identifiant, libelle),
        "skos:notation": identifiant,
        "skos:definition": _en_francais(definition),
        "skos:topConceptOf": _vers(instrument, "document"),
    }


def _concept(instrument: Instrument, cle: str, libelle: str) -> _Objet:
    return {
        **_noeud(instrument, cle, "skos:Concept"),
        "skos:prefLabel": _en_francais(libelle),
        "skos:inScheme": _vers(instrument, "document"),
    }


def _collection(instrument: Instrument, cle: str, libelle: str, membres: list[str]) -> _Objet:
    return {
        **_noeud(instrument, cle, "skos:Collection"),
        "skos:prefLabel": _en_francais(libelle),
        "skos:member": [_vers(instrument, membre) for membre in membres],
    }


def _correspondances(competence: Competence) -> _Objet:
    """Les liens d’une compétence, par sorte de correspondance."""
    vers: dict[str, list[_Objet]] = {}
    for lien in competence.liens:
        vers.setdefault(_PROXIMITES[lien.proximite], []).append({"@id": _adresse(lien)})
    return dict(vers)


def _ailleurs(competence: Competence) -> Iterator[_Objet]:
    """Ce que l’on sait du concept d’ailleurs : sa cote, et son nom si le lien le donne."""
    for lien in competence.liens:
        nom = {"skos:prefLabel": _en_francais(lien.libelle)} if lien.libelle else {}
        yield {"@id": _adresse(lien), "@type": "skos:Concept", "skos:notation": lien.cible, **nom}


def _adresse(lien: Lien) -> str:
    """L’adresse d’un concept d’ailleurs : sa page, ou à défaut une adresse tirée de sa cote."""
    return lien.url or f"urn:uuid:{Instrument.uuid_de(lien.cible)}"


def _noeud(instrument: Instrument, cle: str, sorte: str) -> _Objet:
    return {**_vers(instrument, cle), "@type": sorte}


def _vers(instrument: Instrument, cle: str) -> _Objet:
    return {"@id": f"urn:uuid:{instrument.uuid(cle)}"}


def _en_francais(texte: str) -> _Objet:
    return {"@value": texte, "@language": "fr"}
