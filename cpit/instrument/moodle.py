"""Le référentiel de compétences en CSV, que prend l’import de référentiels de Moodle : quatorze colonnes, dans l’ordre.

Il y devient un arbre de compétences à évaluer, non un questionnaire. Moodle exige un seuil « compétent » (proficient),
que cpit ne pose pas.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping

from cpit.coeur.referentiel import Item
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
from cpit.typographie import typographier

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
