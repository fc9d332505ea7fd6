"""Le référentiel en CASE 1.0 (1EdTech), pour échanger des référentiels : un document, ses éléments, leurs liens.

Les identifiants sont des UUID tirés des codes (version 5) : d’un export à l’autre, et d’une version à l’autre, le même
code a le même.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cpit.formats.appartenance import MARQUE, sceller_texte
from cpit.instrument.composition import Instrument, Part, Redaction
from cpit.typographie import enumerer, typographier

_Objet = dict[str, Any]
_PORTEES = frozenset(
    {Part.SANS_OBJET, Part.DESCRIPTIONS, Part.INGENIERIES, Part.REGROUPEMENTS, Part.ANCRES, Part.LIENS}
)
_PROXIMITES = {"exacte": "exactMatchOf"}
"""Ce que CASE sait dire d’un lien ; tout autre y est « isRelatedTo »."""
_CREATEUR = "Non précisé"
_REMARQUES = (
    typographier(f"le créateur, que CASE exige et qu'un référentiel ne dit pas, est « {_CREATEUR} » : à compléter"),
    typographier(
        "les adresses sont des « urn:uuid: » : le site qui publie le référentiel les remplace par les siennes"
    ),
    typographier(
        "la date de dernier changement, que CASE exige et qu'un référentiel ne dit pas, est celle de l'export"
    ),
)


def rediger_case(instrument: Instrument) -> Redaction:
    """Le paquet : compétences, situations, ingénieries et groupes d’items, leurs liens, et l’échelle en grille."""
    paquet = _Paquet(instrument)
    texte = json.dumps(paquet.composer(), ensure_ascii=False, indent=1)
    remarques = (*_REMARQUES, *_dire_les_proximites(instrument))
    return Redaction(sceller_texte(texte.encode() + b"\n"), _PORTEES, remarques)


def _dire_les_proximites(instrument: Instrument) -> Iterator[str]:
    liens = [lien for competence in instrument.referentiel.competences for lien in competence.liens]
    perdues = sorted({str(lien.proximite) for lien in liens} - set(_PROXIMITES))
    if perdues:
        yield typographier(f"un lien de proximité {enumerer(perdues, 'ou')} n'y est qu'un « isRelatedTo »")


class _Paquet:
    """Un paquet CASE en train de se composer."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._referentiel = instrument.referentiel
        self._rangs: dict[str, int] = {}

    def composer(self) -> _Objet:
        """Le paquet entier, dans l’ordre du schéma."""
        return {
            "CFDocument": self._document(),
            "CFItems": list(self._elements()),
            "CFAssociations": [*self._liens(), *self._liens_d_ailleurs()],
            "CFDefinitions": self._definitions(),
            "CFRubrics": [self._echelle()],
        }

    def _document(self) -> _Objet:
        referentiel = self._referentiel
        return {
            **self._identite("document"),
            "notes": MARQUE,
            "creator": _CREATEUR,
            "title": referentiel.titre,
            **({"officialSourceURL": referentiel.url} if referentiel.url else {}),
            "description": referentiel.statut,
            "language": "fr",
            "version": referentiel.version,
            "licenseURI": self._renvoi("licence", referentiel.licence),
        }

    def _elements(self) -> Iterator[_Objet]:
        referentiel = self._referentiel
        for competence in referentiel.competences:
            yield self._element("Compétence", competence.identifiant, competence.libelle, competence.definition)
        for ingenierie in referentiel.ingenieries:
            yield self._element("Ingénierie", ingenierie.identifiant, ingenierie.libelle, ingenierie.fonction)
        for regroupement in referentiel.regroupements:
            yield self._element(
                "Regroupement",
                f"regroupement/{regroupement.identifiant}",
                regroupement.libelle,
                regroupement.description,
            )
            for groupe in regroupement.groupes:
                yield self._element("Groupe d’items", groupe.identifiant, groupe.libelle, groupe.description)
        for item in referentiel.items:
            situation = self._element("Situation", f"item/{item.code}", self._instrument.enonce(item), None)
            ancres = "\n".join(self._instrument.ancres(item))
            yield {**situation, **({"notes": ancres} if ancres else {})}

    def _element(self, sorte: str, cle: str, libelle: str, definition: str | None) -> _Objet:
        """Ce qui est dit en entier est la définition ; le libellé en est alors l’abrégé."""
        return {
            **self._identite(cle),
            "fullStatement": definition or libelle,
            **({"abbreviatedStatement": libelle} if definition else {}),
            "humanCodingScheme": cle.rpartition("/")[2],
            "CFItemType": sorte,
            "CFItemTypeURI": self._renvoi(f"sorte/{sorte}", sorte),
            "language": "fr",
        }

    def _liens(self) -> Iterator[_Objet]:
        referentiel = self._referentiel
        competences = [competence.identifiant for competence in referentiel.competences]
        ingenieries = [ingenierie.identifiant for ingenierie in referentiel.ingenieries]
        for identifiant in (*competences, *ingenieries):
            yield self._lien("isChildOf", identifiant, "document")
        for regroupement in referentiel.regroupements:
            cle = f"regroupement/{regroupement.identifiant}"
            yield self._lien("isChildOf", cle, "document")
            for groupe in regroupement.groupes:
                yield self._lien("isChildOf", groupe.identifiant, cle)
                for code in groupe.items:
                    yield self._lien("isPartOf", f"item/{code}", groupe.identifiant)
        for item in referentiel.items:
            yield self._lien("isChildOf", f"item/{item.code}", item.competence)
            yield self._lien("isRelatedTo", f"item/{item.code}", item.ingenierie)

    def _liens_d_ailleurs(self) -> Iterator[_Objet]:
        """Ce que sont les compétences d’ici à celles d’autres référentiels."""
        for competence in self._referentiel.competences:
            for rang, lien in enumerate(competence.liens):
                cle = f"ailleurs/{competence.identifiant}/{rang}"
                renvoi = self._renvoi(cle, lien.libelle or lien.cible)
                yield {
                    **self._identite(f"lien/{cle}"),
                    "associationType": _PROXIMITES.get(lien.proximite, "isRelatedTo"),
                    "originNodeURI": self._renvoi(competence.identifiant, competence.identifiant),
                    "destinationNodeURI": {**renvoi, "identifier": lien.cible, "uri": lien.url or renvoi["uri"]},
                }

    def _lien(self, sorte: str, depuis: str, vers: str) -> _Objet:
        rang = self._rangs[vers] = self._rangs.get(vers, 0) + 1
        return {
            **self._identite(f"lien/{sorte}/{depuis}/{vers}"),
            "associationType": sorte,
            "sequenceNumber": rang,
            "originNodeURI": self._renvoi(depuis, depuis.rpartition("/")[2]),
            "destinationNodeURI": self._renvoi(vers, vers.rpartition("/")[2]),
        }

    def _definitions(self) -> _Objet:
        sortes = dict.fromkeys(element["CFItemType"] for element in self._elements())
        licence = self._referentiel.licence
        return {
            "CFItemTypes": [
                {**self._identite(f"sorte/{sorte}"), "title": sorte, "hierarchyCode": str(rang)}
                for rang, sorte in enumerate(sortes, 1)
            ],
            "CFLicenses": [{**self._identite("licence"), "title": licence, "licenseText": licence}],
        }

    def _echelle(self) -> _Objet:
        """L’échelle de réponse, la même pour toutes les situations ; « sans objet » y est sans valeur."""
        critere = self._identite("critere")
        niveaux = [
            {
                **self._identite(f"niveau/{reponse.code}"),
                "quality": reponse.libelle,
                **({"description": reponse.description} if reponse.description else {}),
                **({} if reponse.code == "SO" else {"score": int(reponse.code)}),
                "position": rang,
                "rubricCriterionId": critere["identifier"],
            }
            for rang, reponse in enumerate(self._instrument.reponses, 1)
        ]
        echelle = self._identite("echelle")
        return {
            **echelle,
            "title": self._instrument.question,
            "CFRubricCriteria": [
                {**critere, "position": 1, "rubricId": echelle["identifier"], "CFRubricCriterionLevels": niveaux}
            ],
        }

    def _identite(self, cle: str) -> _Objet:
        identifiant = self._instrument.uuid(cle)
        adresse = f"urn:uuid:{identifiant}"
        return {"identifier": str(identifiant), "uri": adresse, "lastChangeDateTime": self._instrument.instant}

    def _renvoi(self, cle: str, titre: str) -> _Objet:
        identifiant = self._instrument.uuid(cle)
        return {"title": titre, "identifier": str(identifiant), "uri": f"urn:uuid:{identifiant}"}
