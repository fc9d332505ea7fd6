"""Refait les réponses fictives d’« exemples/ » : à lancer quand le référentiel livré change.

python tests/outils/faire_exemples.py
"""

from __future__ import annotations

import csv
import random
import sys
from dataclasses import replace
from pathlib import Path

from cpit.chargement import charger
from cpit.coeur.passation import Passation, Reponse, repondu, sans_objet, sans_reponse
from cpit.coeur.referentiel import Referentiel
from cpit.formats.passation_json import encoder_passation
from cpit.lecture.entetes import colonnes_de_version

RACINE = Path(__file__).resolve().parents[2]

# Une chaîne par personne, huit groupes de trois (publique, management, catalyse) ; S = sans objet, . = sans réponse.
REPONSES = {
    ("r01", "t0", "soi"): "123 224 233 1S3 122 212 123 2.4",
    ("r02", "t0", "soi"): "332 322 321 222 343 331 232 221",
    ("r03", "t0", "soi"): "124 134 034 12. 1S3 144 S23 2.4",
    ("r01", "t1", "soi"): "233 334 333 223 232 323 223 334",
    ("r01", "t0", "tiers"): "223 233 232 2S2 232 222 223 323",
}
PROFILS = {
    "r01": {"structure": "commune", "dispositif": "pvd", "territoire": "rural", "anciennete": "1-3"},
    "r02": {"structure": "epci", "dispositif": "crte;leader", "territoire": "montagne"},
    "r03": {"structure": "tiers-lieu", "dispositif": "aucun", "territoire": "rural"},
}
CODES = [f"C{rang}{lettre}" for rang in range(1, 9) for lettre in "PMC"]
"""À quel item va chaque signe : une nouvelle version du référentiel garde les mêmes réponses aux mêmes codes."""
TRACES = {
    (
        "r01",
        "C2C",
    ): "Portraits de trois commerçants, montrés à la rencontre nationale.",
    ("r01", "C8C"): "Café du vendredi sur la place : les deux camps du parking y viennent.",
    ("r02", "C5M"): "Un seul plan pour le contrat de transition et Leader.",
    ("r03", "C6M"): "Règles de l'atelier bois, écrites avec ses usagers.",
}
DATES = {"t0": "2026-09-14T10:05:00+02:00", "t1": "2026-11-16T14:30:00+01:00"}
GRAINE = 2026
PERSONNES = 34
QUESTIONS_TIREES = 4
"""Questions de profil tirées avec les réponses ; une question de plus se tire à part, et n’en change aucune."""


def principal() -> None:
    """Écrit les fichiers."""
    referentiel = charger(RACINE / "referentiels" / "innovation-territoriale.yaml")
    # Personne n’y dit ses conditions d’exercice : la table n’en a pas les colonnes, et le tirage reste le même.
    _ecrire_cohorte(referentiel.sans_conditions(), RACINE / "exemples" / "cohorte-fictive.csv")
    for (personne, moment, regard), reponses in REPONSES.items():
        passation = _passation(referentiel, personne, reponses.replace(" ", ""))
        date = DATES[moment]
        passation = replace(
            passation, moment=moment, regard=regard, commencee=date, modifiee=date, terminee=date, revision=26
        )
        chemin = RACINE / "exemples" / f"passation-{personne}-{moment}-{regard}.json"
        chemin.write_bytes(encoder_passation(passation))


def _ecrire_cohorte(referentiel: Referentiel, chemin: Path) -> None:
    """Un groupe fictif, tiré au hasard une fois pour toutes, tel qu’un tableur français l’enregistre."""
    hasard, a_part = random.Random(GRAINE), random.Random(GRAINE + 1)
    items = referentiel.ordre_de_passation()
    with chemin.open("w", encoding="utf-8-sig", newline="") as flux:
        ecrivain = csv.writer(flux, delimiter=";")
        profil = [question.identifiant for question in referentiel.profil]
        version = colonnes_de_version(referentiel)
        ecrivain.writerow(["identifiant", *profil, "moment", "regard", *version, *(item.code for item in items)])
        for rang in range(1, PERSONNES + 1):
            choix = [
                (hasard if place < QUESTIONS_TIREES else a_part).choice([*(c.code for c in q.choix[:3]), ""])
                for place, q in enumerate(referentiel.profil)
            ]
            aisances = {i.identifiant: hasard.gauss(2.0, 0.7) for i in referentiel.ingenieries}
            gouts = {c.identifiant: hasard.gauss(0.0, 0.5) for c in referentiel.competences}
            reponses = [_au_hasard(hasard, aisances[item.ingenierie] + gouts[item.competence]) for item in items]
            ecrivain.writerow([f"F{rang:02d}", *choix, "t0", "soi", *version.values(), *reponses])


def _au_hasard(hasard: random.Random, aisance: float) -> str:
    sort = hasard.random()
    if sort < 0.06:
        return "SO" if sort < 0.04 else ""
    return str(min(4, max(0, round(aisance + hasard.gauss(0.0, 0.6)))))


def _passation(referentiel: Referentiel, personne: str, reponses: str) -> Passation:
    _exiger_le_profil(referentiel, PROFILS[personne])
    passation = Passation.nouvelle(referentiel, identifiant=personne.upper(), profil=PROFILS[personne])
    signes = dict(zip(CODES, reponses, strict=True))
    for item in referentiel.ordre_de_passation():
        reponse = replace(_reponse(signes[item.code]), trace=TRACES.get((personne, item.code), ""))
        passation = passation.avec_reponse(item.code, reponse)
    return passation


def _exiger_le_profil(referentiel: Referentiel, profil: dict[str, str]) -> None:
    """Arrête tout si un choix n’est plus au référentiel : l’exemple ne se relirait pas sans avertissement."""
    permis = {question.identifiant: [choix.code for choix in question.choix] for question in referentiel.profil}
    for question, code in ((question, code) for question, codes in profil.items() for code in codes.split(";")):
        if code not in permis.get(question, ()):
            sys.exit(f"PROFILS : « {question}={code} » n’est pas au référentiel ({permis.get(question, 'inconnue')})")


def _reponse(signe: str) -> Reponse:
    if signe == "S":
        return sans_objet()
    return sans_reponse() if signe == "." else repondu(int(signe))


if __name__ == "__main__":
    principal()
