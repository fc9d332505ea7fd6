"""Une étude de fidélité en JSON : chaque nombre avec son intervalle, son n, son motif, sa méthode et la version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy
import scipy

from cpit.coeur.fidelite import Intervalles
from cpit.coeur.fidelite.estimation import (
    MINIMUM,
    MINIMUM_INTERVALLE,
    NIVEAU_DES_INTERVALLES,
    TIENT,
    TIENT_L_ASYMETRIE,
    Estimation,
)
from cpit.coeur.fidelite.etude import Appariement, Etude, EtudeEchelle, EtudeItem, EtudeStrate
from cpit.coeur.fidelite.mesures import (
    CORRELATION,
    DITES,
    MESURE_NIVEAU,
    MESURES_ACCORD,
    MESURES_COHERENCE,
    MESURES_ITEM,
    MESURES_PAR_PAIRES,
    MESURES_SCORE,
    MESURES_TENUE,
    Mesure,
    conventions,
    explication,
)
from cpit.coeur.mots.lecture_fidelite import lire_l_appariement, lire_l_etude, lire_la_strate
from cpit.erreurs import Anomalie
from cpit.formats.documents_json import anomalie_en_dictionnaire
from cpit.formats.porte import poser, sceller
from cpit.formats.recueil import Reglages
from cpit.json_strict import encoder_json
from cpit.sceaux import FORMAT_FIDELITE, __version__
from cpit.typographie import typographier

if TYPE_CHECKING:
    from cpit.formats.recueil import Recueil

_VERSION = f"cpit {__version__}"


def ecrire_fidelite_json(chemin: Path, etude: Etude, recueil: Recueil, reglages: Reglages) -> None:
    """Écrit l’étude, en UTF-8, en entier ou pas du tout.

    :param recueil: ce dont l’étude est faite.
    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    document = _fidelite_en_dictionnaire(etude, recueil.anomalies, date=reglages.date)
    octets = encoder_json(document)
    poser(chemin, sceller(octets, ".json"), recueil.permis)


def _fidelite_en_dictionnaire(etude: Etude, anomalies: Sequence[Anomalie], *, date: str) -> dict[str, Any]:
    """L’étude en types simples, en pleine précision ; ``None`` là où rien n’est estimable."""
    referentiel = etude.referentiel
    return {
        "format": FORMAT_FIDELITE,
        "date": date,
        "versions": {"cpit": __version__, "numpy": numpy.__version__, "scipy": scipy.__version__},
        "referentiel": {
            "identifiant": referentiel.identifiant,
            "version": referentiel.version,
            "empreinte": referentiel.empreinte,
            "titre": referentiel.titre,
        },
        "conventions": {
            "confiance": NIVEAU_DES_INTERVALLES,
            "minimum": MINIMUM,
            "minimum_intervalle": MINIMUM_INTERVALLE,
            "intervalles": etude.intervalles.value,
            "tient": TIENT,
            "tient_asymetrie": TIENT_L_ASYMETRIE,
            "regles": dict(conventions()),
        },
        "passations": etude.passations,
        "sans_code": etude.sans_code,
        "strates": [_strate(strate, etude.intervalles) for strate in etude.strates],
        "comparaisons": [_appariement(appariement, etude.intervalles) for appariement in etude.appariements],
        "lecture": lire_l_etude(etude),
        "anomalies": [anomalie_en_dictionnaire(a) for a in anomalies],
    }


def _strate(strate: EtudeStrate, intervalles: Intervalles) -> dict[str, Any]:
    return {
        "moment": strate.moment,
        "regard": strate.regard,
        "passations": strate.passations,
        "personnes": strate.personnes,
        "echelles": [_echelle(echelle, intervalles) for echelle in strate.echelles.values()],
        "items": [_item(item, intervalles) for item in strate.items],
        "correlations": [
            {
                "echelle": liaison.une.identifiant,
                "autre": liaison.autre.identifiant,
                "items_communs": liaison.items_communs,
                **dict(_nombres(liaison, (CORRELATION,), intervalles)),
            }
            for liaison in strate.liaisons
        ],
        "lecture": lire_la_strate(strate),
    }


def _echelle(etude: EtudeEchelle, intervalles: Intervalles) -> dict[str, Any]:
    echelle, coherence = etude.echelle, etude.coherence
    return {
        "echelle": echelle.identifiant,
        "libelle": echelle.libelle,
        "nature": echelle.nature,
        "regroupement": echelle.regroupement,
        "items": [item.code for item in echelle.items],
        "poids_egaux": etude.poids_egaux,
        "completes": etude.completes,
        **dict(_nombres(etude, MESURES_SCORE, intervalles)),
        **dict(_nombres(coherence, (*MESURES_COHERENCE, *MESURES_PAR_PAIRES), intervalles)),
        "paires_effectif_minimal": coherence.par_paires.effectif_minimal,
        "modele": None if coherence.ajustement is None else asdict(coherence.ajustement),
        "omega_reserves": {reserve.value: typographier(DITES[reserve]) for reserve in coherence.reserves},
        "tenues": {code: dict(_nombres(tenue, MESURES_TENUE, intervalles)) for code, tenue in etude.tenues.items()},
    }


def _item(item: EtudeItem, intervalles: Intervalles) -> dict[str, Any]:
    return {
        "item": item.item.code,
        "inverse": item.item.inverse,
        "poids": item.item.poids,
        "passations": item.passations,
        "repondus": item.repondus,
        "niveaux": {
            str(valeur): {"effectif": item.effectifs[valeur], "part": _nombre(part, MESURE_NIVEAU, intervalles)}
            for valeur, part in item.parts.items()
        },
        **dict(_nombres(item, MESURES_ITEM, intervalles)),
    }


def _appariement(appariement: Appariement, intervalles: Intervalles) -> dict[str, Any]:
    return {
        "comparaison": appariement.sorte,
        "commun": appariement.commun,
        "premier": appariement.premier,
        "second": appariement.second,
        "paires": appariement.paires,
        "ecartees": appariement.ecartees,
        "echelles": {
            code: dict(_nombres(accord, MESURES_ACCORD, intervalles)) for code, accord in appariement.accords.items()
        },
        "lecture": lire_l_appariement(appariement),
    }


def _nombres(
    porteur: object, mesures: Sequence[Mesure], intervalles: Intervalles
) -> Iterator[tuple[str, dict[str, Any]]]:
    for mesure in mesures:
        yield mesure.cle, _nombre(getattr(porteur, mesure.cle), mesure, intervalles)


def _nombre(trouvee: Estimation, mesure: Mesure, intervalles: Intervalles) -> dict[str, Any]:
    """Un nombre, et à côté de lui tout ce qu’il faut pour le citer."""
    return {
        **asdict(trouvee),
        "explication": explication(trouvee),
        "unite": mesure.unite,
        "methode": mesure.methode(intervalles),
        "version": _VERSION,
    }
