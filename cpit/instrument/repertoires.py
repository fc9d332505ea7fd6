"""Le référentiel pour un logiciel de compétences : CASE 1.0 (1EdTech), SKOS (W3C), CSV de Moodle.

**CASE** : un document, ses éléments, leurs liens. Les identifiants sont des UUID tirés des codes (version 5) : d’un
export à l’autre, et d’une version à l’autre, le même code a le même.

**SKOS** : concepts, collections, correspondances, pour le rapprocher d’autres répertoires. Écrit en JSON-LD, que tout
outil du web sémantique relit. Les adresses sont celles de l’export CASE : le même code a la même d’un export à l’autre.

**Moodle** : quatorze colonnes, dans l’ordre. Il y devient un arbre de compétences à évaluer, non un questionnaire.
Moodle exige un seuil « compétent » (proficient), que cpit ne pose pas.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from cpit.coeur.referentiel import Competence, Item, Lien
from cpit.formats.appartenance import MARQUE, sceller_texte
from cpit.instrument.composition import (
    Instrument,
    Part,
    Redacteur,
    Redaction,
    dire_les_noms,
    en_csv_d_outil,
    en_une_ligne,
)
from cpit.lecture.outils import RegleDeNom, nommer
from cpit.typographie import enumerer, typographier

_Objet = dict[str, Any]
_PORTEES_CASE = frozenset(
    {Part.SANS_OBJET, Part.DESCRIPTIONS, Part.INGENIERIES, Part.REGROUPEMENTS, Part.ANCRES, Part.LIENS}
)
_PROXIMITES_CASE = {"exacte": "exactMatchOf"}
"""Ce que CASE sait dire d’un lien ; tout autre y est « isRelatedTo »."""
_CREATEUR = "Non précisé"
_REMARQUES_CASE = (
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
    remarques = (*_REMARQUES_CASE, *_dire_les_proximites(instrument))
    return Redaction(sceller_texte(texte.encode() + b"\n"), _PORTEES_CASE, remarques)


def _dire_les_proximites(instrument: Instrument) -> Iterator[str]:
    liens = [lien for competence in instrument.referentiel.competences for lien in competence.liens]
    perdues = sorted({str(lien.proximite) for lien in liens} - set(_PROXIMITES_CASE))
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
                    "associationType": _PROXIMITES_CASE.get(lien.proximite, "isRelatedTo"),
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


_PORTEES_SKOS = frozenset({Part.INGENIERIES, Part.REGROUPEMENTS, Part.ANCRES, Part.LIENS})
_PROXIMITES_SKOS = {
    **{"exacte": "skos:exactMatch", "proche": "skos:closeMatch", "large": "skos:broadMatch"},
    **{"etroite": "skos:narrowMatch", "apparentee": "skos:relatedMatch"},
}
"""Chaque proximité d’un lien, et la correspondance de SKOS qui la dit (SKOS Reference, § 10)."""
_CONTEXTE = {
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dct": "http://purl.org/dc/terms/",
    "owl": "http://www.w3.org/2002/07/owl#",
}
_REMARQUES_SKOS = (
    typographier(
        "les adresses sont des « urn:uuid: » : le site qui publie le référentiel les remplace par les siennes"
    ),
)


def rediger_skos(instrument: Instrument) -> Redaction:
    """Le schéma de concepts, ses compétences, ingénieries et situations, ses groupes, et leurs correspondances."""
    document = {"@context": _CONTEXTE, "@graph": [_schema(instrument), *_concepts(instrument), *_groupes(instrument)]}
    texte = json.dumps(document, ensure_ascii=False, indent=1)
    return Redaction(sceller_texte(texte.encode() + b"\n"), _PORTEES_SKOS, _REMARQUES_SKOS)


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
        vers.setdefault(_PROXIMITES_SKOS[lien.proximite], []).append({"@id": _adresse(lien)})
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


_PARENT, _ID, _NOM, _DESCRIPTION, _FORMAT = (
    *("Parent ID number", "ID number", "Short name", "Description", "Description format"),
)
_ECHELLE, _CONFIGURATION, _RESULTAT, _REGLE = (
    *("Scale values", "Scale configuration", "Rule outcome (optional)", "Rule config (optional)"),
)
_EST_LE_REFERENTIEL, _TAXONOMIE = "Is framework", "Taxonomy"
_COLONNES = (
    *(_PARENT, _ID, _NOM, _DESCRIPTION, _FORMAT, _ECHELLE, _CONFIGURATION, "Rule type (optional)", _RESULTAT, _REGLE),
    *("Cross-referenced competency ID numbers", "Exported ID (optional)", _EST_LE_REFERENTIEL, _TAXONOMIE),
)
_NOM_MAX = 100
_IDENTIFIANT = RegleDeNom(re.compile(r"[^A-Za-z0-9_.-]"), _NOM_MAX)
_BALISES = ((re.compile(r"<(?=\S)"), "< "),)
_VIRGULES = ((re.compile(r"\s*,\s*"), typographier(" ; ")),)

_Ligne = Mapping[str, str]


def rediger_moodle(instrument: Instrument) -> Redaction:
    """Le référentiel, ses compétences, et sous chacune ses situations."""
    redacteur = Redacteur(_VIRGULES, pourquoi="la virgule sépare deux niveaux d'une échelle de Moodle")
    en_nom = Redacteur(_BALISES, pourquoi="Moodle y verrait une balise, et l'ôterait du nom")
    referentiel = instrument.referentiel
    competences = [competence.identifiant for competence in referentiel.competences]
    noms = nommer((item.code for item in referentiel.items), _IDENTIFIANT, competences)
    niveaux = ",".join(redacteur.rediger(en_une_ligne(niveau.libelle)) for niveau in referentiel.echelle.niveaux)
    lignes = [_referentiel(instrument, niveaux), *_competences(instrument, noms)]
    lignes = [{**ligne, _NOM: _court(en_nom.rediger(ligne[_NOM]))} for ligne in lignes]
    remarques = (
        *_SUR_LE_SEUIL,
        *dire_les_noms("la situation", noms),
        *redacteur.remarques,
        *en_nom.remarques,
        *_noms_coupes(instrument),
    )
    octets = sceller_texte(en_csv_d_outil(_COLONNES, lignes))
    return Redaction(octets, frozenset({Part.DESCRIPTIONS, Part.INGENIERIES, Part.ANCRES}), remarques)


_SUR_LE_SEUIL = (
    typographier(
        "Moodle exige un niveau à partir duquel on est « compétent » (proficient) : c'est un seuil de réussite, que "
        "cpit ne pose pas. Tous les niveaux y sont donc marqués, ce qui n'en pose aucun ; la formation peut en décider "
        "après l'import"
    ),
    typographier("le niveau donné par défaut est le plus bas"),
)


def _referentiel(instrument: Instrument, niveaux: str) -> _Ligne:
    referentiel = instrument.referentiel
    niveaux_decrits = instrument.legende[: len(referentiel.echelle.niveaux)]
    textes = (referentiel.statut, instrument.question, *niveaux_decrits)
    description = f"<!-- {MARQUE} -->" + "".join(f"<p>{html.escape(texte)}</p>" for texte in textes)
    return {
        # Unique sur un site : deux versions y vivent côte à côte.
        _ID: f"{referentiel.identifiant}-{referentiel.version}"[:_NOM_MAX],
        _NOM: referentiel.titre,
        _DESCRIPTION: description.replace("\n", "<br />"),
        _FORMAT: "1",
        _ECHELLE: niveaux,
        _CONFIGURATION: _configuration(len(referentiel.echelle.niveaux)),
        _EST_LE_REFERENTIEL: "1",
        _TAXONOMIE: "competency,competency,competency,competency",
    }


def _configuration(niveaux: int) -> str:
    """Chaque niveau par son rang, à partir de 1 ; l’import remplace « scaleid » par celui du site."""
    rangs = [{"id": rang, "scaledefault": int(rang == 1), "proficient": 1} for rang in range(1, niveaux + 1)]
    return json.dumps([{"scaleid": "1"}, *rangs], separators=(",", ":"))


def _competences(instrument: Instrument, noms: Mapping[str, str]) -> Iterator[_Ligne]:
    referentiel = instrument.referentiel
    for competence in referentiel.competences:
        yield _ligne("", competence.identifiant, competence.libelle, competence.definition)
        for item in referentiel.items_de(competence.identifiant):
            enonce = instrument.enonce(item)
            textes = (enonce, _ingenierie(instrument, item), *instrument.ancres(item))
            yield _ligne(competence.identifiant, noms[item.code], enonce, *textes)


def _ligne(parent: str, identifiant: str, nom: str, *description: str) -> _Ligne:
    textes = "".join(f"<p>{html.escape(en_une_ligne(texte))}</p>" for texte in description)
    return {
        **{_PARENT: parent, _ID: identifiant, _NOM: nom, _DESCRIPTION: textes, _FORMAT: "1"},
        **{_RESULTAT: "0", _REGLE: "null"},
    }


def _ingenierie(instrument: Instrument, item: Item) -> str:
    nom = next(une.libelle for une in instrument.referentiel.ingenieries if une.identifiant == item.ingenierie)
    return typographier("Ingénierie : ") + nom


def _court(texte: str) -> str:
    ligne = en_une_ligne(texte)
    return ligne if len(ligne) <= _NOM_MAX else ligne[: _NOM_MAX - 1] + "…"


def _noms_coupes(instrument: Instrument) -> Iterator[str]:
    coupes = sum(len(en_une_ligne(instrument.enonce(item))) > _NOM_MAX for item in instrument.referentiel.items)
    if coupes:
        yield typographier(
            f"{coupes} noms de situations sont coupés à {_NOM_MAX} signes : l'énoncé entier est dans leur description"
        )
