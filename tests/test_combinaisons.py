"""Toutes les questions ensemble : qui combine tout ce qui est publié n’isole personne, ni trop peu de gens.

L’attaque ne reprend rien du code attaqué. Elle lit ce que des agrégats montrent, fait de chaque nombre un vecteur
d’appartenance, puis cherche de trois façons : le rang en fractions exactes (quelqu’un s’en déduit-il seul ?), des
combinaisons tirées au sort qui s’annulent sur le plus de monde possible, et les congruences modulo 13 et plus (un score
sur trois items n’a que treize valeurs : le connaître modulo 13, c’est le connaître).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from operator import itemgetter
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import yaml

import cpit
from cpit.coeur.anonymat import combinaison_de_moins_de
from cpit.coeur.cohorte import Cohorte, Releve, composer
from cpit.coeur.diffusion import Agregat, Agregats, agreger
from cpit.coeur.groupe import mesures
from cpit.coeur.passation import Etat, Passation, repondu, sans_objet
from cpit.coeur.referentiel import Choix, QuestionProfil, Referentiel

_Colonne = tuple[int, ...]
MODULES = (13, 17, 19, 23)


@cache
def referentiel(questions: int, choix: int) -> Referentiel:
    """Celui du tutoriel, avec autant de questions de profil."""
    codes = tuple(Choix(f"m{rang}", f"M{rang}") for rang in range(choix))
    profil = tuple(QuestionProfil(f"q{rang}", f"Q{rang}", codes) for rang in range(questions))
    return replace(cpit.referentiel("minimal"), profil=profil)


def cohorte(ref: Referentiel, profils: Sequence[dict[str, str]], de: Random, *, absentes: float = 0.1) -> Cohorte:
    """Une personne par profil, aux réponses tirées au sort."""
    niveaux = list(ref.echelle.par_valeur)
    releves = []
    for rang, profil in enumerate(profils):
        reponses = {t.code: sans_objet() if de.random() < absentes else repondu(de.choice(niveaux)) for t in ref.items}
        neuve = Passation.nouvelle(ref)
        releves.append(Releve(replace(neuve, identifiant=f"P{rang}", profil=profil, reponses=reponses), "f", rang))
    return composer(ref, releves)


def cohorte_correlee(graine: int) -> Cohorte:
    """De 40 à 200 personnes ; chaque question emboîte la précédente, la répète à peu près, ou n’en dépend pas."""
    de = Random(graine)
    questions, choix = de.randint(3, 5), de.randint(2, 5)
    liens = [de.choice(("emboite", "presque", "libre")) for _ in range(questions)]
    profils = []
    for _ in range(de.randint(40, 200)):
        rang, profil = de.randrange(choix), {}
        for numero, lien in enumerate(liens):
            tire = de.randrange(choix) if lien == "libre" or de.random() < 0.06 else rang
            rang = tire // 2 if lien == "emboite" else tire
            profil[f"q{numero}"] = f"m{rang}"
        profils.append(profil)
    return cohorte(referentiel(questions, choix), profils, de)


# --- l’adversaire ---------------------------------------------------------------------------------------------------


def vecteurs_publies(strate: Cohorte, lignes: Sequence[Agregat], presents: Sequence[int]) -> list[list[int]]:
    """Pour chaque moyenne montrée, qui en est, parmi ceux qui ont un score."""
    profils = [strate.notees[rang].passation.profil for rang in presents]
    return [
        [int(not ligne.question or profil.get(ligne.question, "") == ligne.modalite) for profil in profils]
        for ligne in lignes
        if ligne.moyenne is not None
    ]


def combinaisons_de(colonnes: Sequence[_Colonne], premier: int = 0) -> list[list[Fraction | int]]:
    """Des combinaisons qui engendrent toutes les autres, chacune nulle sur le plus de premières colonnes possible.

    Une ligne par combinaison, un nombre par colonne (forme échelonnée réduite), en fractions ou modulo un premier. Ce
    que l’on sait d’une colonne seule y est une ligne à un seul nombre, quel que soit l’ordre.
    """
    lignes: list[list[Fraction | int]] = [
        [x % premier if premier else Fraction(x) for x in ligne] for ligne in zip(*colonnes, strict=True)
    ]
    rang = 0
    for place in range(len(colonnes)):
        pivot = next((i for i in range(rang, len(lignes)) if lignes[i][place]), None)
        if pivot is None:
            continue
        lignes[rang], lignes[pivot] = lignes[pivot], lignes[rang]
        tete = lignes[rang][place]
        inverse = pow(int(tete), -1, premier) if premier else 1 / Fraction(tete)
        lignes[rang] = [x * inverse % premier if premier else x * inverse for x in lignes[rang]]
        for autre in (ligne for i, ligne in enumerate(lignes) if i != rang and ligne[place]):
            facteur = autre[place]
            for i, x in enumerate(lignes[rang]):
                if x:
                    autre[i] = (autre[i] - facteur * x) % premier if premier else autre[i] - facteur * x
        rang += 1
    return lignes[:rang]


def seuls(colonnes: Counter[_Colonne], premier: int = 0) -> list[_Colonne]:
    """Les classes d’une personne dont la valeur se déduit."""
    toutes = list(colonnes)
    porteuses = ([c for c, x in zip(toutes, ligne, strict=True) if x] for ligne in combinaisons_de(toutes, premier))
    return [c[0] for c in porteuses if len(c) == 1 and colonnes[c[0]] == 1]


def plus_petit_support(colonnes: Counter[_Colonne], de: Random, essais: int) -> int:
    """Personnes dont dépend la plus petite combinaison trouvée, en l’annulant sur des classes tirées au sort."""
    meilleur = sum(colonnes.values())
    for _ in range(essais):
        # Les classes nombreuses d’abord, à peu près : ce qui reste en est plus petit.
        ordre = sorted(colonnes, key=lambda c: de.random() / colonnes[c])
        for ligne in combinaisons_de(ordre):
            meilleur = min(meilleur, sum(colonnes[c] for c, x in zip(ordre, ligne, strict=True) if x))
    return meilleur


def fuites(lue: Cohorte, agregats: Agregats, de: Random, *, essais: int = 6) -> list[str]:
    """Tout ce que l’adversaire trouve, mesure par mesure, et sur les effectifs."""
    trouvees = []
    vus: set[tuple[tuple[_Colonne, int], ...]] = set()
    for mesure in mesures(agregats.referentiel):
        presents = [rang for rang, n in enumerate(lue.notees) if mesure.valeur(n.resultat) is not None]
        lignes = [ligne for ligne in agregats.lignes if ligne.mesure.identifiant == mesure.identifiant]
        vecteurs = vecteurs_publies(lue, lignes, presents)
        colonnes = Counter(zip(*vecteurs, strict=True))
        cle = tuple(sorted(colonnes.items()))
        if not vecteurs or cle in vus:
            continue
        vus.add(cle)
        nom = mesure.identifiant
        trouvees += [f"{nom} : une personne seule, {c}" for c in seuls(colonnes)]
        trouvees += [f"{nom} : une personne seule modulo {p}" for p in MODULES if any(seuls(colonnes, p))]
        petit = plus_petit_support(colonnes, de, essais)
        trouvees += [f"{nom} : une combinaison de {petit} personnes"] if petit < agregats.minimum else []
    return trouvees


# --- l’adversaire qui joint toutes les mesures, et qui sait ce qui manque ---------------------------------------------

PREMIER = 2**31 - 1


def cohorte_a_trous(graine: int, minimum: int) -> Cohorte:
    """De quoi publier, jusqu’à 60 personnes ; à une, deux ou trois il manque une réponse, ou à toutes au hasard."""
    de = Random(graine)
    ref = referentiel(de.randint(2, 4), 3)
    niveaux, codes = list(ref.echelle.par_valeur), [item.code for item in ref.items]
    trous, part = de.choice((1, 2, 3, None)), de.choice((0.02, 0.1, 0.3))
    releves = []
    for rang in range(de.randint(2 * minimum, 60)):
        profil = {question.identifiant: f"m{de.randrange(de.randint(2, 3))}" for question in ref.profil}
        if trous is None:
            vides = {code for code in codes if de.random() < part}
        else:
            vides = {de.choice(codes)} if rang < trous else set()
        reponses = {code: sans_objet() if code in vides else repondu(de.choice(niveaux)) for code in codes}
        neuve = Passation.nouvelle(ref)
        releves.append(Releve(replace(neuve, identifiant=f"P{rang}", profil=profil, reponses=reponses), "f", rang))
    return composer(ref, releves)


def inconnues(lue: Cohorte, agregats: Agregats) -> list[list[list[int]]]:
    """Pour chaque personne et chacune de ses réponses, ce qu’elle pèse dans chaque moyenne montrée, modulo un premier.

    Une moyenne de trois réponses sur trois en pèse un tiers chacune ; de deux sur trois, une moitié.
    """
    montrees = [une for une in agregats.lignes if une.moyenne is not None and une.mesure.nature != "position"]
    items = {
        une.mesure.identifiant: [
            item
            for item in lue.referentiel.items
            if une.mesure.identifiant in {item.competence, item.ingenierie, f"{item.competence}/{item.ingenierie}"}
        ]
        for une in montrees
    }
    personnes = []
    for notee in lue.notees:
        passation = notee.passation
        siennes = {code: [0] * len(montrees) for code, dite in passation.reponses.items() if dite.etat is Etat.REPONDU}
        for rang, une in enumerate(montrees):
            dedans = not une.question or passation.profil.get(une.question, "") == une.modalite
            if dedans and une.mesure.valeur(notee.resultat) is not None:
                poids = {i.code: int(i.poids) for i in items[une.mesure.identifiant] if i.code in siennes}
                for code, un in poids.items():
                    siennes[code][rang] = un * pow(sum(poids.values()), -1, PREMIER) % PREMIER
        personnes.append(list(siennes.values()))
    return personnes


def rang_de(lignes: Sequence[Sequence[int]]) -> int:
    """Le rang, modulo un premier."""
    if not lignes or not lignes[0]:
        return 0
    table, rang = np.array(lignes, dtype=np.int64), 0
    for colonne in range(table.shape[1]):
        pivot = next(iter(np.flatnonzero(table[rang:, colonne])), None)
        if pivot is not None:
            table[[rang, rang + pivot]] = table[[rang + pivot, rang]]
            table[rang] = table[rang] * pow(int(table[rang, colonne]), -1, PREMIER) % PREMIER
            table[rang + 1 :] -= table[rang + 1 :, colonne, None] * table[rang] % PREMIER
            table[rang + 1 :] %= PREMIER
            rang += 1
        if rang == len(table):
            break
    return rang


def lues_seules(lue: Cohorte, agregats: Agregats) -> list[int]:
    """Les personnes qu’une combinaison de ce qui est montré isole : sans leurs réponses, un rang de moins."""
    personnes = inconnues(lue, agregats)
    rangs = range(len(personnes))
    entier = rang_de([reponse for siennes in personnes for reponse in siennes])
    sans = {une: [r for autre in rangs if autre != une for r in personnes[autre]] for une in rangs}
    return [une for une, restes in sans.items() if rang_de(restes) < entier]


# --- ce qui est tenu ------------------------------------------------------------------------------------------------


def test_trois_questions_ne_rendent_pas_une_personne() -> None:
    """Commune (12), PVD (12), rural (23) : commune et PVD réunies sont rural, et une personne est dans les deux."""
    profils = [{"q0": "m0", "q1": "m1", "q2": "m0"}] * 11 + [{"q0": "m0", "q1": "m0", "q2": "m0"}]
    profils += [{"q0": "m1", "q1": "m0", "q2": "m0"}] * 11 + [{"q0": "m1", "q1": "m1", "q2": "m1"}] * 20
    lue = cohorte(referentiel(3, 2), profils, Random(1), absentes=0)
    agregats = agreger(lue)
    assert fuites(lue, agregats, Random(2)) == []
    assert any(ligne.moyenne is not None for ligne in agregats.lignes if ligne.question)


@pytest.mark.endurance
@pytest.mark.parametrize("graine", range(8))
def test_aucune_combinaison_ne_designe_trop_peu_de_personnes(graine: int) -> None:
    lue = cohorte_correlee(graine)
    for minimum in (3, 11):
        assert fuites(lue, agreger(lue, minimum=minimum), Random(graine)) == []


@pytest.mark.parametrize(
    ("graine", "minimum"),
    [(302, 3), *(pytest.param(g, m, marks=pytest.mark.endurance) for m in (3, 11) for g in range(310, 318))],
)
def test_toutes_mesures_jointes_personne_ne_se_lit_seul(graine: int, minimum: int) -> None:
    """Compétences, ingénieries et cases viennent des mêmes items ; l’adversaire sait quelles réponses manquent."""
    lue = cohorte_a_trous(graine, minimum)
    assert lues_seules(lue, agreger(lue, minimum=minimum)) == []


def test_l_adversaire_lit_une_personne_dans_les_mesures_jointes() -> None:
    """Une seule à qui il manque une réponse : toutes les moyennes jointes la rendent, si l’on n’y veille pas."""
    lue = cohorte(referentiel(1, 2), [{"q0": "m0"}] * 12, Random(5), absentes=0)
    premiere, *autres = lue.notees
    passation = premiere.passation
    trouee = {**passation.reponses, lue.referentiel.items[0].code: sans_objet()}
    releves = [Releve(replace(passation, reponses=trouee), "f", 0), *(notee.releve for notee in autres)]
    lue = composer(lue.referentiel, releves)
    agregats = agreger(lue)
    toutes = tuple(replace(une, moyenne=1.0) for une in agregats.lignes if not une.question)
    assert lues_seules(lue, replace(agregats, lignes=toutes)) == [0]
    assert lues_seules(lue, agregats) == []
    tues = {une.mesure.identifiant for une in agregats.lignes if une.moyenne is None and not une.question}
    assert len(tues & set(lue.referentiel.echelles)) == 2, (
        "deux échelles : celles des compétences et des deux regroupements"
    )


def test_rien_de_trop_n_est_tu_quand_les_questions_se_croisent_largement() -> None:
    """Trois questions indépendantes, 300 personnes : tout se montre."""
    de = Random(3)
    profils = [{f"q{rang}": de.choice(("m0", "m1")) for rang in range(3)} for _ in range(300)]
    agregats = agreger(cohorte(referentiel(3, 2), profils, de, absentes=0))
    assert {ligne.motif for ligne in agregats.lignes} == {None}


def test_l_adversaire_trouve_une_personne_quand_elle_est_la() -> None:
    """Sans quoi l’épreuve ne prouverait rien : 12·m_A + 12·m_B − 23·m_C."""
    colonnes: Counter[_Colonne] = Counter({(1, 1, 0, 1): 11, (1, 1, 1, 1): 1, (1, 0, 1, 1): 11, (1, 0, 0, 0): 20})
    assert seuls(colonnes) == [(1, 1, 1, 1)]
    assert plus_petit_support(colonnes, Random(1), 20) == 1


@pytest.mark.parametrize("graine", range(30))
def test_la_recherche_dit_vrai_devant_toutes_les_combinaisons(graine: int) -> None:
    """Contre une énumération de tous les ensembles de classes : une combinaison existe si le rang y diminue."""
    de = Random(graine)
    tailles = [de.choice((2, 3)) for _ in range(de.choice((2, 3)))]
    colonnes: Counter[_Colonne] = Counter()
    for _ in range(de.randint(4, 9)):
        choisies = [de.randrange(taille) for taille in tailles]
        colonne = (1, *(int(c == j) for c, taille in zip(choisies, tailles, strict=True) for j in range(taille)))
        colonnes[colonne] += de.choice((1, 1, 2, 3, 5))
    minimum, toutes = de.randint(2, 8), list(colonnes)
    entier = len(combinaisons_de(toutes))
    ensembles = ([c for i, c in enumerate(toutes) if masque >> i & 1] for masque in range(1, 2 ** len(toutes)))
    existe = any(
        sum(colonnes[c] for c in ensemble) < minimum
        and len(combinaisons_de([c for c in toutes if c not in ensemble])) < entier
        for ensemble in ensembles
    )
    assert (combinaison_de_moins_de(minimum, colonnes) is not None) == existe


# --- devant deux logiciels de référence -----------------------------------------------------------------------------

CELLULE = "cellule"
TABLES = yaml.safe_load((Path(__file__).parent / "donnees" / "secret-statistique.yaml").read_text(encoding="utf-8"))


def en_cohorte(table: Mapping[str, Any]) -> Cohorte:
    """La table en personnes : une question de profil par variable, et une dont chaque cellule est un choix."""
    profils = []
    for cellule, (*groupes, combien) in table["cellules"].items():
        profils += [{**dict(zip(table["variables"], groupes, strict=True)), CELLULE: cellule}] * combien
    choix = {nom: dict.fromkeys(profil[nom] for profil in profils) for nom in profils[0]}
    questions = (QuestionProfil(nom, nom, tuple(Choix(c, c) for c in codes)) for nom, codes in choix.items())
    return cohorte(replace(cpit.referentiel("minimal"), profil=tuple(questions)), profils, Random(1), absentes=0)


@pytest.mark.parametrize("table", TABLES, ids=itemgetter("nom"))
def test_les_cellules_tues_sont_celles_de_tau_argus_et_de_sdctable(table: Mapping[str, Any]) -> None:
    """Les mêmes, ni plus ni moins ; les totaux restent, et l’adversaire n’y retrouve rien."""
    lue = en_cohorte(table)
    agregats = agreger(lue, minimum=table["minimum"])
    tues = {(une.question, une.modalite) for une in agregats.lignes if une.modalite and une.effectif is None}
    assert tues == {(CELLULE, cellule) for cellule in (*table["primaires"], *table["secondaires"])}
    assert fuites(lue, agregats, Random(2)) == []


@pytest.mark.parametrize("table", TABLES, ids=itemgetter("nom"))
def test_les_primaires_seules_tues_l_adversaire_les_retrouve(table: Mapping[str, Any]) -> None:
    """Sans les secondaires, un total moins les autres cellules rend une cellule trop petite."""
    lue = en_cohorte(table)
    agregats = agreger(lue, minimum=table["minimum"])
    montrees = (replace(une, moyenne=None if une.modalite in table["primaires"] else 1.0) for une in agregats.lignes)
    assert fuites(lue, replace(agregats, lignes=tuple(montrees)), Random(2))
