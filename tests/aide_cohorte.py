"""Des cohortes bâties au hasard, pour éprouver et mesurer ce qui les écrit."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cpit import Anomalie
from cpit.classeurs.classeur_groupe import ecrire_classeur_groupe
from cpit.coeur.cohorte import Cohorte, Releve, composer
from cpit.coeur.passation import Passation, Reponse, repondu, sans_objet, sans_reponse
from cpit.coeur.referentiel import Referentiel
from cpit.formats.porte import SANS_PERMIS, Permis
from cpit.formats.recueil import Recueil, Reglages
from cpit.lecture.lignes import BilanDeSource

STRATE = (("t0", "soi"),)
TROIS_STRATES = (("t0", "soi"), ("t1", "soi"), ("t0", "tiers"))


def cohorte_au_hasard(
    referentiel: Referentiel,
    passations: int,
    strates: Sequence[tuple[str, str]] = STRATE,
    *,
    graine: int = 1,
    absentes: float = 0.1,
) -> Cohorte:
    """Des passations distribuées à tour de rôle entre les strates ; ``absentes`` est la part d’items sans valeur.

    Personne n’y dit ses conditions d’exercice.
    """
    de, base = random.Random(graine), Passation.nouvelle(referentiel)
    releves = []
    for rang in range(passations):
        moment, regard = strates[rang % len(strates)]
        passation = replace(
            base,
            identifiant=f"P{rang // len(strates) + 1:03d}",
            moment=moment,
            regard=regard,
            profil={
                q.identifiant: de.choice(q.choix).code
                for q in referentiel.sans_conditions().profil
                if de.random() < 0.9
            },
            reponses=_reponses(de, referentiel, absentes),
        )
        releves.append(Releve(passation, "cohorte.csv", rang + 2))
    return composer(referentiel, releves)


def lecture_de(
    cohorte: Cohorte,
    anomalies: Sequence[Anomalie] = (),
    sources: Sequence[tuple[str, int, int]] = (),
    permis: Permis = SANS_PERMIS,
) -> Recueil:
    """La lecture qui aurait donné cette cohorte."""
    return Recueil(cohorte, tuple(BilanDeSource(*une) for une in sources), tuple(anomalies), permis)


def ecrire_le_classeur(
    chemin: Path,
    cohorte: Cohorte,
    anomalies: Sequence[Anomalie] = (),
    sources: Sequence[tuple[str, int, int]] = (),
    *,
    permis: Permis = SANS_PERMIS,
    **reglages: Any,
) -> None:
    """Le classeur d’un groupe, à une date choisie : deux écritures font les mêmes octets."""
    ecrire_classeur_groupe(chemin, lecture_de(cohorte, anomalies, sources, permis), Reglages(**reglages))


def _reponses(de: random.Random, referentiel: Referentiel, absentes: float) -> dict[str, Reponse]:
    """Une personne a un niveau et penche vers certaines ingénieries."""
    bas, haut = referentiel.echelle.min, referentiel.echelle.max
    niveaux = [niveau.valeur for niveau in referentiel.echelle.niveaux]
    unite = (haut - bas) / 4
    niveau = (bas + haut) / 2 + de.gauss(0, 0.8) * unite
    penchants = {i.identifiant: de.gauss(0, 0.9) * unite for i in referentiel.ingenieries}
    reponses = {}
    for item in referentiel.items:
        if de.random() < absentes:
            reponses[item.code] = (
                sans_objet() if referentiel.echelle.sans_objet and de.random() < 0.7 else sans_reponse()
            )
        else:
            visee = niveau + penchants[item.ingenierie] + de.gauss(0, 0.9) * unite
            reponses[item.code] = repondu(min(niveaux, key=lambda v, visee=visee: abs(v - visee)))
    return reponses
