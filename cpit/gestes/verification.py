"""Vérifie une passation : somme de contrôle, empreinte du référentiel, réponses, recalcul."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from cpit.coeur.modele import EchelleNotee, Referentiel
from cpit.coeur.notation import Resultat
from cpit.coeur.passation import Passation
from cpit.coeur.restitution import restituer
from cpit.erreurs import Anomalie, ErreurCpit, anomalie
from cpit.formats.passation_json import lire
from cpit.relecture import referentiel_de, reponses_refusees

TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Verification:
    """Ce qui a été vérifié, en phrases, et ce qui ne va pas."""

    constats: tuple[str, ...]
    anomalies: tuple[Anomalie, ...]


def verifier(chemin: Path) -> Verification:
    """Vérifie une passation sans rien écrire ; s’arrête à la première étape qui empêche la suivante.

    :raises ErreurCpit: si la passation ne se lit pas ou si son référentiel est introuvable.
    """
    passation = lire(chemin)
    referentiel = referentiel_de(passation, str(chemin))
    constats = [
        "Somme de contrôle : juste.",
        f"Référentiel : {referentiel.identifiant} {referentiel.version}, empreinte juste "
        f"({referentiel.empreinte[:12]}…).",
    ]
    fautes = tuple(reponses_refusees(passation, referentiel, str(chemin)))
    if fautes:
        raise ErreurCpit(fautes)
    constats.append(f"Réponses : {len(passation.valeurs())} valeurs, toutes des niveaux de l'échelle.")
    ecarts = tuple(_recalculer(passation, referentiel, str(chemin)))
    if not ecarts:
        total = len(referentiel.echelles)
        constats.append(f"Recalcul : {total} échelles refaites par un autre chemin, aucun écart.")
    return Verification(tuple(constats), ecarts)


def _recalculer(passation: Passation, referentiel: Referentiel, fichier: str) -> list[Anomalie]:
    """Refait chaque score en arithmétique exacte et le compare à celui du moteur."""
    resultat = restituer(referentiel, passation).resultat
    return [
        anomalie("recalcul-different", fichier, cle=identifiant, trouve=trouve, ecrit=ecrit)
        for identifiant, echelle in referentiel.echelles.items()
        if not _egaux(
            trouve := _score_exact(echelle, passation, referentiel), ecrit := _score_ecrit(resultat, identifiant)
        )
    ]


def _score_ecrit(resultat: Resultat, identifiant: str) -> float | None:
    return resultat.score(identifiant).valeur


def _score_exact(echelle: EchelleNotee, passation: Passation, referentiel: Referentiel) -> float | None:
    """Règle 1 en nombres rationnels, d’après les poids écrits en décimal."""
    from fractions import Fraction

    bornes, valeurs = referentiel.echelle, passation.valeurs()
    poids = {item.code: Fraction(repr(item.poids)) for item in echelle.items}
    repondu = sum((poids[code] for code in poids if code in valeurs), Fraction(0))
    if not repondu or repondu < Fraction(repr(referentiel.regles.seuil.valeur)) * sum(poids.values()):
        return None
    somme = Fraction(0)
    for item in echelle.items:
        if item.code in valeurs:
            valeur = valeurs[item.code]
            somme += poids[item.code] * (bornes.min + bornes.max - valeur if item.inverse else valeur)
    return float(somme / repondu)


def _egaux(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is b
    return math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
