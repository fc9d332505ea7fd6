"""Comment citer le jeu (``CITATION.cff``, Citation File Format 1.2.0) : lu par Zenodo, GitHub, Zotero.

L’auteur est à compléter : c’est le responsable de l’étude, que cpit ne connaît pas. Ni licence ni date de publication
ne sont inventées.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from cpit.coeur.referentiel import Source
from cpit.export.lisezmoi import Fiche
from cpit.sceaux import __version__
from cpit.typographie import nettoyer, typographier

RESPONSABLE = "À compléter par le responsable de l’étude"
_EN_TETE = (
    "# À compléter avant de publier : les auteurs, la licence (license), la date (date-released), le DOI (doi).\n"
)
_ADRESSE = re.compile(r"(?:https?|s?ftp)://.+")
"""Les adresses que la norme admet."""


def rediger_citation(fiche: Fiche) -> str:
    """Le document, en YAML."""
    referentiel = fiche.jeu.referentiel
    document = {
        "cff-version": "1.2.0",
        "message": typographier("Pour citer ce jeu de données, employez ces indications."),
        "type": "dataset",
        "title": nettoyer(fiche.titre),
        **({"version": fiche.mois} if fiche.mois else {}),
        "authors": [{"name": RESPONSABLE}],
        "identifiers": [
            {
                "type": "other",
                "value": referentiel.empreinte,
                "description": typographier(
                    f"SHA-256 du référentiel employé : {referentiel.identifiant}, version {referentiel.version}"
                ),
            }
        ],
        "references": _sans_double([_logiciel(), *(_reference(source) for source in referentiel.sources)]),
    }
    return typographier(_EN_TETE) + yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=110)


def _logiciel() -> dict[str, Any]:
    return {"type": "software", "title": "cpit", "version": __version__, "authors": [{"name": "cpit"}]}


def _sans_double(references: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """La norme veut des références toutes différentes."""
    return [une for rang, une in enumerate(references) if une not in references[:rang]]


def _reference(source: Source) -> dict[str, Any]:
    adresse = _ADRESSE.fullmatch(source.url or "")
    return {
        "type": "generic",
        "title": nettoyer(source.titre),
        "authors": [{"name": nom} for nom in dict.fromkeys(map(nettoyer, source.auteurs))],
        "year": int(source.date[:4]),
        **({"url": adresse[0]} if adresse else {}),
    }
