"""Des exports d’outils tirés au hasard, puis maniés comme on les manie : mis bout à bout, annotés, totalisés.

    python tests/campagnes/exports.py [--nombre 2000] [--graine G]

Chaque table est refaite à la forme de l’export d’un outil (``tests/aide_outils.py``), pour des personnes et des
réponses tirées au sort, lisibles ou non. On sait donc ce que chaque cellule doit donner : un niveau, « sans objet »,
rien, ou un refus. Sont jugées toutes les personnes de la table, et elles seules.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aide_outils import OUTILS, OutilRefait, Personnes, Rangees, ecrire_csv, ecrire_xlsx
from aides import RACINE

import cpit
from campagnes.commun import Promesse, garder, principal
from cpit.coeur.referentiel import Referentiel

REFERENTIELS = tuple(
    cpit.referentiel(RACINE / "referentiels" / f"{nom}.yaml")
    for nom in ("minimal", "innovation-territoriale", "innovation-territoriale-long")
)
Geste = Callable[[Random, OutilRefait, Referentiel, Personnes], Rangees]


def tirer(de: Random, referentiel: Referentiel) -> Personnes:
    """Des personnes qui ont toutes au moins une réponse lisible : sans cela, leur ligne n’est pas une passation."""
    choix = [*(niveau.valeur for niveau in referentiel.echelle.niveaux), "SO", None, "n'importe"]
    premier = referentiel.items[0].code
    return [
        (
            f"R{rang:02}",
            {item.code: de.choice(choix[:-2] if item.code == premier else choix) for item in referentiel.items},
        )
        for rang in range(1, de.randrange(3, 9))
    ]


# --- ce que l’on fait d’un export -------------------------------------------------------------------------------------


def tel_quel(_de: Random, outil: OutilRefait, referentiel: Referentiel, personnes: Personnes) -> Rangees:
    return outil.rangees(referentiel, personnes)


def bout_a_bout(de: Random, outil: OutilRefait, referentiel: Referentiel, personnes: Personnes) -> Rangees:
    """Deux exports l’un sous l’autre, les colonnes du second dans un autre ordre."""
    premier, second = (outil.rangees(referentiel, moitie) for moitie in (personnes[:-1], personnes[-1:]))
    if len(second) > 2:  # plusieurs lignes d’en-têtes
        return outil.rangees(referentiel, personnes)
    ordre = de.sample(range(len(second[0])), len(second[0]))
    return [*premier, *([ligne[rang] for rang in ordre] for ligne in second)]


def annote(de: Random, outil: OutilRefait, referentiel: Referentiel, personnes: Personnes) -> Rangees:
    """Une légende à droite, après une colonne vide ; des lignes vides."""
    rangees = outil.rangees(referentiel, personnes)
    largeur = max(map(len, rangees))
    mots = ["", "absent le premier jour", "1 = rarement", "à rappeler"]
    debut = len(rangees) - len(personnes)
    lignes = [
        [*ligne, *[""] * (largeur - len(ligne) + 1), de.choice(mots) if k >= debut else ""]
        for k, ligne in enumerate(rangees)
    ]
    for _ in range(de.randrange(3)):
        lignes.insert(de.randrange(debut + 1, len(lignes) + 1), [""] * (largeur + 2))
    return lignes


def totalise(de: Random, outil: OutilRefait, referentiel: Referentiel, personnes: Personnes) -> Rangees:
    """Des lignes de total et de moyenne sous la table, nommées dans sa première colonne."""
    rangees = outil.rangees(referentiel, personnes)
    largeur = len(rangees[-1])
    for mot in de.sample(["Total", "Moyenne", "Effectif", "Écart-type"], 2):
        rangees.append([mot, *(de.choice(["", "2", "2,5", "12"]) for _ in range(largeur - 1))])
    return rangees


GESTES: dict[str, Geste] = {"tel quel": tel_quel, "bout à bout": bout_a_bout, "annoté": annote, "totalisé": totalise}


# --- le jugement ------------------------------------------------------------------------------------------------------


def attendu(personnes: Personnes, referentiel: Referentiel) -> dict[str, str]:
    """Une lettre par item : le niveau, S, « . » s’il n’y a rien, R si la réponse doit être refusée."""
    lettres = {None: ".", "SO": "S", "n'importe": "R"}
    return {
        qui: "".join(lettres.get(r, str(r)) for r in (reponses[item.code] for item in referentiel.items))
        for qui, reponses in personnes
    }


def lu(chemin: Path, referentiel: Referentiel) -> dict[str, str]:
    """De même, ce que cpit lit."""
    lues: dict[str, str] = {}
    for notee in cpit.lire(chemin, referentiel).cohorte.notees:
        passation = notee.passation
        mots = {"repondu": "", "sans_objet": "S", "sans_reponse": "."}
        lues[notee.releve.identifiant] = "".join(
            "R" if item.code in notee.releve.refusees else mots[r.etat.value] or str(r.valeur)
            for item in referentiel.items
            for r in [passation.reponse(item.code)]
        )
    return lues


def jouer_un(de: Random, cle: str, geste: Geste, dossier: Path) -> list[str]:
    """Écrit une table, la lit, et rend ce qu’il y a de faux."""
    outil, referentiel = OUTILS[cle], de.choice(REFERENTIELS)
    personnes = tirer(de, referentiel)
    rangees = geste(de, outil, referentiel, personnes)
    en_classeur = de.random() < 0.2
    chemin = dossier / ("t.xlsx" if en_classeur else "t.csv")
    if en_classeur:
        ecrire_xlsx(chemin, {"Réponses": rangees})
    else:
        ecrire_csv(chemin, rangees, outil.separateur)
    try:
        voulues, lues = attendu(personnes, referentiel), lu(chemin, referentiel)
    except Exception as erreur:
        return [f"{garder(chemin.name, chemin.read_bytes()).name} : {erreur!r}"[:300]]
    if lues == voulues:
        return []
    return [f"{garder(chemin.name, chemin.read_bytes()).name} : {lues} au lieu de {voulues}"[:300]]


def jouer(nombre: int, graine: int) -> list[Promesse]:
    """Autant de tables par outil, tous les gestes à tour de rôle."""
    promesses = []
    with tempfile.TemporaryDirectory() as lieu:
        for cle in OUTILS:
            promesse = Promesse(
                f"Exports de {cle} : chaque cellule notée, manquante ou refusée, et personne d’autre", "tables"
            )
            promesses.append(promesse)
            for rang in range(nombre):
                nom = list(GESTES)[rang % len(GESTES)]
                fautes = jouer_un(Random(f"{graine} {cle} {rang}"), cle, GESTES[nom], Path(lieu))
                promesse.juger(*(f"essai {rang}, {nom} : {faute}" for faute in fautes))
            # À mesure : ce qui est joué reste dit si l’on arrête la campagne.
            print(
                f"{cle} : {len(promesse.ruptures)} rompue(s) sur {nombre}",
                *promesse.ruptures,
                sep="\n",
                file=sys.stderr,
            )
    return promesses


if __name__ == "__main__":
    principal(jouer, 2000)
