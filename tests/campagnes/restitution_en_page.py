"""Ce que la page calcule et dit d’une passation, devant ce que cpit en calcule et en dit, le tout tiré au hasard.

    nice -n 19 python tests/campagnes/restitution_en_page.py --nombre 100000

Chaque référentiel tiré a ses poids, ses items inversés, ses seuils, ses cases vides ; chaque passation, ses « sans
objet » et ses réponses manquantes. Les nombres sont égaux à 1e-12 près, les mots à la lettre. Node est nécessaire.
"""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from math import isclose
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aide_navigateur import Page

import cpit
from campagnes.commun import Promesse, principal
from cpit.coeur.mots.restitution import (
    composer_restitution,
    dire_l_essentiel,
    dire_si_l_on_peut_s_y_fier,
    lire_un_score,
    motif_score,
    sensibilite_en_mots,
)
from cpit.coeur.notation import Score, Situation
from cpit.coeur.passation import Passation, Reponse, repondu, sans_objet, sans_reponse
from cpit.coeur.referentiel import Referentiel
from cpit.formulaire.page_formulaire import rendre_page_formulaire
from cpit.typographie import typographier

TESTS = Path(__file__).resolve().parents[1]
GABARITS = TESTS.parent / "cpit" / "formulaire" / "gabarits"
SCRIPTS = ("enregistrement.js", "notation.js", "lecture.js")
PAR_LOT = 2_000
MOMENTS = ("t0", "t1", "t0-retrospectif")


def referentiels_de_base() -> list[Referentiel]:
    """Le référentiel livré, et tous ceux des tests : sans rapport avec lui, d’autres échelles, d’autres nombres."""
    racine = TESTS.parent / "referentiels"
    chemins = [racine / "innovation-territoriale.yaml", racine / "minimal.yaml"]
    return [cpit.referentiel(c) for c in (*chemins, *sorted((TESTS / "referentiels").glob("*.yaml")))]


def varier(referentiel: Referentiel, hasard: Random) -> Referentiel:
    """Le même, d’autres poids, d’autres items inversés, d’autres seuils."""
    poids = (0.1, 0.5, 1.0, 2.0, 3.0) if hasard.random() < 0.5 else (1.0, 2.0)
    items = tuple(
        dataclasses.replace(item, poids=hasard.choice(poids), inverse=hasard.random() < 0.3)
        for item in referentiel.items
    )
    regles = referentiel.regles
    regles = dataclasses.replace(
        regles,
        seuil=dataclasses.replace(regles.seuil, valeur=hasard.choice((0.28, 0.5, 0.75))),
        seuil_equilibre=dataclasses.replace(regles.seuil_equilibre, valeur=hasard.choice((0.0, 0.15, 0.4))),
    )
    return dataclasses.replace(referentiel, items=items, regles=regles)


def tirer_une_passation(referentiel: Referentiel, hasard: Random) -> Passation:
    """Des réponses au hasard : constantes, presque constantes ou non, plus ou moins de trous."""
    valeurs = [niveau.valeur for niveau in referentiel.echelle.niveaux]
    choisies = hasard.sample(valeurs, hasard.randint(1, min(3, len(valeurs)))) if hasard.random() < 0.4 else valeurs
    trous, sans = hasard.choice((0.0, 0.0, 0.1, 0.4, 0.8)), hasard.choice((0.0, 0.0, 0.2))
    avec_so = referentiel.echelle.sans_objet is not None
    reponses: dict[str, Reponse] = {}
    for item in referentiel.ordre_de_passation():
        tire = hasard.random()
        if tire < trous:
            reponses[item.code] = sans_reponse()
        elif avec_so and tire < trous + sans:
            reponses[item.code] = sans_objet()
        else:
            reponses[item.code] = repondu(hasard.choice(choisies))
    return Passation.nouvelle(referentiel, reponses=reponses, moment=hasard.choice(MOMENTS), identifiant="A")


def lire_dans_la_page(referentiel: Referentiel, passations: Sequence[Passation], node: str) -> list[dict[str, Any]]:
    """Ce que les scripts et les données de la page disent de chaque passation."""
    page = Page(rendre_page_formulaire(referentiel, restitution=True))
    donnees = next(json.loads(texte) for sorte, texte in page.textes if sorte == "application/json")
    entree = {
        "scripts": [(GABARITS / nom).read_text(encoding="utf-8") for nom in SCRIPTS],
        "restitution": donnees["restitution"],
        "passations": [
            {
                "valeurs": p.valeurs(),
                "sans_objet": [c for c, r in p.reponses.items() if r.etat.value == "sans_objet"],
                "moment": p.moment,
            }
            for p in passations
        ],
    }
    pilote = TESTS / "outils" / "noter_en_page.js"
    fini = subprocess.run(
        [node, str(pilote)], input=json.dumps(entree), capture_output=True, text=True, encoding="utf-8", check=False
    )
    if fini.returncode:
        raise RuntimeError(fini.stderr)
    lues: list[dict[str, Any]] = json.loads(fini.stdout)
    return lues


def _score(score: Score) -> dict[str, Any]:
    return {"valeur": score.valeur, "repondus": score.repondus}


def _situation(situation: Situation, codes: Sequence[str]) -> dict[str, Any] | None:
    if situation.position is None:
        return None
    rangs = [codes.index(code) for code in situation.dominante or ()]
    return {"x": situation.position.x, "y": situation.position.y, "dominante": rangs}


def attendue_de_cpit(referentiel: Referentiel, passation: Passation) -> dict[str, Any]:
    """La même chose, telle que cpit la calcule et la dit."""
    restitution = composer_restitution(referentiel, passation)
    resultat, lecture = restitution.resultat, restitution.interpretation
    codes = [i.identifiant for i in referentiel.ingenieries]
    seuil = referentiel.regles.seuil.valeur
    scores = [resultat.score(nom) for nom in referentiel.echelles]
    region = restitution.incertitude.region
    return {
        "echelles": [_score(s) for s in scores],
        "motifs": [motif_score(s, seuil) for s in scores],
        "matrice": [[_score(s) for s in ligne.values()] for ligne in resultat.matrice.values()],
        "position": _situation(resultat.situation, codes),
        "competences": [_situation(s, codes) for s in resultat.situations_competences.values()],
        "region": None
        if region is None
        else [region.covariance.xx, region.covariance.xy, region.covariance.yy, region.rayon2],
        "etat": restitution.incertitude.etat,
        "lecture": {
            "position": list(lecture.position),
            "appuis": [_relief(r) for r in lecture.appuis],
            "fragiles": [_relief(r) for r in lecture.fragiles],
            "relief": lecture.relief,
            "nonCalcule": list(lecture.non_calcule),
            "portee": list(lecture.portee),
        },
        "autour": {
            "essentiel": list(dire_l_essentiel(restitution)),
            "scoresEnMots": [
                typographier(f"– {motif_score(s, seuil)}") if s.valeur is None else lire_un_score(referentiel, s.valeur)
                for s in scores
            ],
            "fiable": dire_si_l_on_peut_s_y_fier(restitution.incertitude),
            "autresPlaces": [
                [typographier(jeu), typographier(f"{point}, {dominante}.")]
                for jeu, point, dominante in sensibilite_en_mots(referentiel, resultat)
            ],
        },
    }


def _relief(relief: Any) -> list[Any]:
    return [relief.competence.identifiant, relief.score, typographier(relief.constat), typographier(relief.pas)]


def differences(attendu: Any, trouve: Any, ou: str = "") -> Iterator[str]:
    """Chaque feuille qui diffère : un nombre de plus de 1e-12, un mot d’une lettre."""
    if isinstance(attendu, dict) and isinstance(trouve, dict):
        for cle in attendu:
            yield from differences(attendu[cle], trouve.get(cle), f"{ou}.{cle}")
    elif isinstance(attendu, list) and isinstance(trouve, list) and len(attendu) == len(trouve):
        for rang, (un, autre) in enumerate(zip(attendu, trouve, strict=True)):
            yield from differences(un, autre, f"{ou}[{rang}]")
    elif isinstance(attendu, float) and isinstance(trouve, int | float):
        if not isclose(attendu, trouve, rel_tol=1e-12, abs_tol=1e-12):
            yield f"{ou} : {attendu!r} devient {trouve!r}"
    elif attendu != trouve:
        yield f"{ou} : {attendu!r} devient {trouve!r}"


def eprouver(nombre: int, graine: int, node: str = "node", *, variantes: int = 10) -> list[Promesse]:
    """Autant de passations, réparties sur tous les référentiels de base et leurs variantes."""
    hasard = Random(graine)
    bases = referentiels_de_base()
    tous = [*bases, *(varier(bases[rang % len(bases)], hasard) for rang in range(variantes))]
    promesse = Promesse("la page calcule et dit ce que cpit calcule et dit", "passations")
    for rang, referentiel in enumerate(tous):
        reste = nombre // len(tous) + (rang < nombre % len(tous))
        while reste > 0:
            lot = [tirer_une_passation(referentiel, hasard) for _ in range(min(reste, PAR_LOT))]
            lues = lire_dans_la_page(referentiel, lot, node)
            for passation, lue in zip(lot, lues, strict=True):
                attendue = attendue_de_cpit(referentiel, passation)
                promesse.juger(*(f"{referentiel.identifiant} : {d}" for d in differences(attendue, lue)))
            reste -= len(lot)
    return [promesse]


if __name__ == "__main__":
    principal(eprouver, 100_000)
