"""Des cohortes bâties au hasard, pour éprouver et mesurer ce qui les écrit."""

from __future__ import annotations

import random
import statistics
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cpit import Anomalie
from cpit.api.groupe import ecrire_cohorte
from cpit.coeur.cohorte import Cohorte, Releve, composer
from cpit.coeur.notation import Resultat
from cpit.coeur.passation import Passation, Reponse, repondu, sans_objet, sans_reponse
from cpit.coeur.referentiel import Referentiel
from cpit.formats.recueil import Recueil
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
) -> Recueil:
    """La lecture qui aurait donné cette cohorte."""
    return Recueil(cohorte, tuple(BilanDeSource(*une, "", 0) for une in sources), tuple(anomalies))


def ecrire_le_classeur(
    chemin: Path,
    cohorte: Cohorte,
    anomalies: Sequence[Anomalie] = (),
    sources: Sequence[tuple[str, int, int]] = (),
    *,
    date: str,
    **options: Any,
) -> None:
    """Le classeur d’un groupe, à une date choisie : deux écritures font les mêmes octets."""
    with pytest.MonkeyPatch.context() as ici:
        ici.setattr("cpit.api.groupe.maintenant", lambda: date)
        ecrire_cohorte(lecture_de(cohorte, anomalies, sources), chemin, **options)


def valeurs_de(cohorte: Cohorte, mesure: str) -> list[float]:
    """Ce que chaque personne y a : un score (« C1 »), une coordonnée (« x »), une case (« C1/publique »)."""
    toutes = (_valeur(notee.resultat, mesure) for notee in cohorte.notees)
    return [valeur for valeur in toutes if valeur is not None]


def _valeur(resultat: Resultat, mesure: str) -> float | None:
    if mesure in ("x", "y"):
        return None if resultat.situation.position is None else getattr(resultat.situation.position, mesure)
    ligne, _, colonne = mesure.partition("/")
    return resultat.matrice[ligne][colonne].valeur if colonne else resultat.score(ligne).valeur


class Resume(NamedTuple):
    """Ce que la bibliothèque standard dit d’une suite de valeurs, sans passer par cpit."""

    moyenne: float | None = None
    ecart_type: float | None = None
    minimum: float | None = None
    mediane: float | None = None
    maximum: float | None = None
    n: int = 0


def resumer(valeurs: Sequence[float]) -> Resume:
    """Moyenne, écart-type de l’échantillon, étendue et médiane ; absents s’il n’y a pas de quoi."""
    if not valeurs:
        return Resume()
    ecart_type = statistics.stdev(valeurs) if len(valeurs) > 1 else None
    mediane = statistics.median(valeurs)
    return Resume(statistics.fmean(valeurs), ecart_type, min(valeurs), mediane, max(valeurs), len(valeurs))


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
