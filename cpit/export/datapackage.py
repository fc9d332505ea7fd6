"""Le jeu décrit selon Frictionless (``datapackage.json``) : fichiers CSV, dialecte, type et contraintes des champs."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from cpit.coeur.colonnes import SEPARATEUR
from cpit.coeur.tableaux import Colonne, Tableau
from cpit.export.lisezmoi import Fiche
from cpit.export.trame import LIMITES_SPSS, nommer_variables
from cpit.formats.dialecte_csv import DIALECTES_CSV

_TYPES = {"texte": "string", "entier": "integer", "nombre": "number", "date": "date", "mois": "yearmonth"}


def rediger_datapackage(fiche: Fiche, tableaux: Sequence[Tableau]) -> str:
    """Le document, pour les tables écrites en CSV.

    La licence des données n’y est pas : c’est au responsable de l’étude de la choisir, et une donnée pseudonymisée
    reste personnelle.
    """
    referentiel = fiche.jeu.referentiel
    document = {
        "profile": "tabular-data-package",
        "name": _nom(f"cpit-{referentiel.identifiant}"),
        "title": fiche.titre,
        "version": referentiel.version,
        "created": f"{fiche.mois}-01T00:00:00Z",
        "sources": [{"title": source.titre} for source in referentiel.sources],
        "cpit": {
            "logiciel": fiche.logiciel,
            "referentiel": {
                "identifiant": referentiel.identifiant,
                "version": referentiel.version,
                "empreinte": referentiel.empreinte,
                "licence": referentiel.licence,
            },
        },
        "resources": [_ressource(tableau, fiche.dialecte) for tableau in tableaux],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _nom(texte: str) -> str:
    """Nom conforme : minuscules, chiffres, « - », « _ » et « . » seulement."""
    return re.sub(r"[^a-z0-9._-]", "-", nommer_variables([texte], LIMITES_SPSS)[texte].replace("_", "-").lower())


def _ressource(tableau: Tableau, dialecte: str) -> dict[str, Any]:
    forme = DIALECTES_CSV[dialecte]
    schema: dict[str, Any] = {
        "fields": [_champ(tableau, colonne, forme.decimale) for colonne in tableau.colonnes],
        "missingValues": [""],
    }
    if tableau.identite:
        schema["primaryKey"] = list(tableau.identite)
    return {
        "profile": "tabular-data-resource",
        "name": _nom(tableau.cle),
        "title": tableau.titre,
        "path": f"{tableau.cle}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": forme.encodage,
        "dialect": {"delimiter": forme.separateur, "lineTerminator": forme.fin_de_ligne, "quoteChar": '"'},
        "schema": schema,
    }


def _champ(tableau: Tableau, colonne: Colonne, decimale: str) -> dict[str, Any]:
    champ: dict[str, Any] = {
        "name": colonne.cle,
        # « SO » se lit parmi les niveaux : une réponse est un texte contraint, pas un entier.
        "type": "string" if colonne.manquants else _TYPES[colonne.type],
        "title": colonne.libelle,
    }
    if description := " ".join(filter(None, (colonne.description, colonne.formule))):
        champ["description"] = description
    if champ["type"] == "number" and decimale != ".":
        champ["decimalChar"] = decimale
    if contraintes := _contraintes(tableau, colonne):
        champ["constraints"] = contraintes
    return champ


def _contraintes(tableau: Tableau, colonne: Colonne) -> dict[str, Any]:
    contraintes: dict[str, Any] = {"required": True} if colonne.cle in tableau.identite else {}
    codes = list(colonne.modalites or {})
    if codes and colonne.cle == "dominante":
        un = "|".join(re.escape(code) for code in codes)
        contraintes["pattern"] = f"({un})({re.escape(SEPARATEUR)}({un}))*"
    elif codes:
        contraintes["enum"] = codes
    return contraintes
