"""Le jeu décrit selon Data Package 2.0 (``datapackage.json``, Frictionless) : fichiers CSV, dialecte, champs.

Un niveau est une catégorie étiquetée (``categories``), et aussi un choix d’``enum``, que lisent les lecteurs d’avant la
version 2 ; « SO » et la case vide sont des valeurs manquantes étiquetées, et non des niveaux.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from cpit.coeur.colonnes import SEPARATEUR
from cpit.coeur.tableaux import Colonne, Tableau
from cpit.export.lisezmoi import Fiche
from cpit.export.trame import LIMITES_SPSS, nommer_variables
from cpit.formats.dialecte_csv import DIALECTES_CSV

_PROFILS = "https://datapackage.org/profiles/2.0/"
"""La version de la norme, dite par l’adresse de ses profils ; rien n’y est lu."""
_TYPES = {"texte": "string", "entier": "integer", "nombre": "number", "date": "date", "mois": "yearmonth"}


def rediger_datapackage(fiche: Fiche, tableaux: Sequence[Tableau]) -> str:
    """Le document, pour les tables écrites en CSV.

    La licence des données n’y est pas : c’est au responsable de l’étude de la choisir, et une donnée pseudonymisée
    reste personnelle.
    """
    referentiel = fiche.jeu.referentiel
    document = {
        "$schema": f"{_PROFILS}datapackage.json",
        "name": _nom(f"cpit-{referentiel.identifiant}"),
        "title": fiche.titre,
        "version": referentiel.version,
        **({"created": f"{fiche.mois}-01T00:00:00Z"} if fiche.mois else {}),
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
        "$schema": f"{_PROFILS}tableschema.json",
        "fields": [_champ(tableau, colonne, forme.decimale) for colonne in tableau.colonnes],
        "missingValues": [""],
    }
    if tableau.identite:
        schema["primaryKey"] = list(tableau.identite)
    return {
        "$schema": f"{_PROFILS}dataresource.json",
        "type": "table",
        "name": _nom(tableau.cle),
        "title": tableau.titre,
        "path": f"{tableau.cle}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        # Le nom enregistré : « utf-8-sig », propre à Python, dirait seulement que le fichier a une marque d’ordre.
        "encoding": "utf-8",
        "dialect": {"delimiter": forme.separateur, "lineTerminator": forme.fin_de_ligne, "quoteChar": '"'},
        "schema": schema,
    }


def _champ(tableau: Tableau, colonne: Colonne, decimale: str) -> dict[str, Any]:
    champ: dict[str, Any] = {"name": colonne.cle, "type": _TYPES[colonne.type], "title": colonne.libelle}
    if description := " ".join(filter(None, (colonne.description, colonne.formule))):
        champ["description"] = description
    if champ["type"] == "number" and decimale != ".":
        champ["decimalChar"] = decimale
    if colonne.manquants:
        champ["missingValues"] = _etiqueter(colonne.manquants)
    valeurs = _valeurs(colonne)
    if valeurs and not _se_joignent(colonne):
        champ["categories"] = _etiqueter(valeurs)
        if colonne.mesure == "ordinale":
            champ["categoriesOrdered"] = True
    if contraintes := _contraintes(tableau, colonne, list(valeurs)):
        champ["constraints"] = contraintes
    return champ


def _valeurs(colonne: Colonne) -> dict[Any, str]:
    """Ce qu’une cellule peut valoir, et son libellé ; les manquants n’en sont pas. Un niveau y est un nombre."""
    lire = int if colonne.type == "entier" else str
    modalites = colonne.modalites or {}
    return {lire(code): libelle for code, libelle in modalites.items() if code not in colonne.manquants}


def _se_joignent(colonne: Colonne) -> bool:
    """Vrai si une cellule peut porter plusieurs codes à la fois."""
    return colonne.cle == "dominante"


def _etiqueter(libelles: Mapping[Any, str]) -> list[dict[str, Any]]:
    """Des valeurs et leurs libellés ; la norme les veut différents : un libellé porté deux fois n’est pas donné."""
    comptes = Counter(libelles.values())
    return [
        {"value": valeur, "label": libelle} if libelle and comptes[libelle] == 1 else {"value": valeur}
        for valeur, libelle in libelles.items()
    ]


def _contraintes(tableau: Tableau, colonne: Colonne, valeurs: list[Any]) -> dict[str, Any]:
    contraintes: dict[str, Any] = {"required": True} if colonne.cle in tableau.identite else {}
    if valeurs and _se_joignent(colonne):
        un = "|".join(re.escape(code) for code in valeurs)
        contraintes["pattern"] = f"({un})({re.escape(SEPARATEUR)}({un}))*"
    elif valeurs:
        contraintes["enum"] = valeurs
    return contraintes
