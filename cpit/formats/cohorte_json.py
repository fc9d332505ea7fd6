"""Une cohorte notée en JSON : les passations, chaque groupe décrit à part, et ce qui n’a pas été pris."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import IO, Any

from cpit.coeur.cohorte import Cohorte
from cpit.coeur.groupe import Portrait, Statistique, portrait_montrable
from cpit.coeur.incertitude import disperser
from cpit.coeur.restitution import restituer
from cpit.coeur.tableaux import valeur_affichee
from cpit.erreurs import Anomalie
from cpit.formats.incertitude_json import dispersion_en_dictionnaire
from cpit.formats.porte import sceller
from cpit.formats.resultat_json import en_dictionnaire
from cpit.sceaux import FORMAT_COHORTE


def ecrire_flux(
    sortie: IO[bytes], cohorte: Cohorte, anomalies: Sequence[Anomalie], *, avec_reponses: bool = True
) -> None:
    """Écrit le JSON, en UTF-8, avec la somme de son contenu, dans un flux d’octets."""
    document = en_dictionnaire_de_cohorte(cohorte, anomalies, avec_reponses=avec_reponses)
    octets = (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8", errors="replace")
    sortie.write(sceller(octets, ".json"))


def en_dictionnaire_de_cohorte(
    cohorte: Cohorte, anomalies: Sequence[Anomalie], *, avec_reponses: bool = True
) -> dict[str, Any]:
    """La cohorte en types simples, en pleine précision ; ``None`` là où il n’y a pas de quoi calculer.

    Dans un groupe, ``n`` n’est ``None`` que pour ce que la règle des petits groupes tait.
    """
    referentiel = cohorte.referentiel
    passations = []
    for notee in cohorte.notees:
        document = en_dictionnaire(restituer(referentiel, notee.passation))
        del document["referentiel"]
        document["identifiant"] = notee.releve.identifiant
        if avec_reponses:
            passation = notee.passation
            document["reponses"] = {i.code: valeur_affichee(passation.reponse(i.code)) for i in referentiel.items}
        passations.append(document)
    return {
        "format": FORMAT_COHORTE,
        "referentiel": {
            "identifiant": referentiel.identifiant,
            "version": referentiel.version,
            "empreinte": referentiel.empreinte,
            "titre": referentiel.titre,
        },
        "groupes": [
            {
                "moment": moment,
                "regard": regard,
                **_portrait(portrait_montrable(strate)),
            }
            for (moment, regard), strate in cohorte.strates().items()
        ],
        "passations": passations,
        "anomalies": [anomalie_en_dictionnaire(a) for a in anomalies],
    }


def anomalie_en_dictionnaire(anomalie: Anomalie) -> dict[str, Any]:
    """Une anomalie : code, gravité, lieu, et ses trois phrases."""
    return {
        "code": anomalie.code,
        "gravite": anomalie.gravite.value,
        **{cle: valeur for cle, valeur in asdict(anomalie.lieu).items() if valeur not in (None, "")},
        "quoi": anomalie.quoi,
        "attendu": anomalie.attendu,
        "correction": anomalie.correction,
    }


def _portrait(portrait: Portrait) -> dict[str, Any]:
    centre = portrait.position
    return {
        "effectif": portrait.effectif,
        "echelles": _statistiques(portrait.echelles),
        "matrice": {competence: _statistiques(cases) for competence, cases in portrait.matrice.items()},
        "position": None if centre is None else {"x": centre.x, "y": centre.y, "n": portrait.positions},
        "dispersion": {
            **dispersion_en_dictionnaire(disperser(portrait.points)),
            "n": portrait.positions,
        },
    }


def _statistiques(statistiques: Mapping[str, Statistique]) -> dict[str, Any]:
    return {identifiant: asdict(statistique) for identifiant, statistique in statistiques.items()}
