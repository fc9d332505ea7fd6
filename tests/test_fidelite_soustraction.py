"""« fidelite » : moyennes de deux moments et de leur écart, ensemble, ne disent le score d’aucune personne.

De même la moyenne d’une échelle et celles de ses items. L’adversaire a le JSON de l’étude et sait qui a répondu quoi.
Il est écrit ici sans rien reprendre du code attaqué.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from aide_cohorte import cohorte_au_hasard, lecture_de
from aide_export import poser

import cpit
from cpit.cli import executer
from cpit.coeur.cohorte import Cohorte, Notee, composer
from cpit.coeur.referentiel import Referentiel

Roles = Mapping[str, Sequence[str]]
"""Personne → moments où elle a répondu."""


def cohorte(roles: Roles, graine: int = 1) -> Cohorte:
    """Une cohorte du référentiel du tutoriel, sans réponse manquante, où chacun répond aux moments dits."""
    moments = sorted({moment for siens in roles.values() for moment in siens})
    referentiel, releves = cpit.referentiel("minimal"), []
    for rang, moment in enumerate(moments):
        tirees = cohorte_au_hasard(referentiel, len(roles), [(moment, "soi")], graine=graine + rang, absentes=0)
        for notee, (qui, siens) in zip(tirees.notees, roles.items(), strict=True):
            if moment in siens:
                releves.append(replace(notee.releve, passation=replace(notee.passation, identifiant=qui)))
    return composer(referentiel, releves)


def etude_de(cohorte: Cohorte, dossier: Path) -> Any:
    """Le JSON que la commande écrit."""
    sources = dossier / "sources"
    sources.mkdir()
    for rang, notee in enumerate(cohorte.notees):
        poser(sources, f"{rang:03d}.json", notee.passation)
    assert executer(["fidelite", str(sources), "--referentiel", "minimal", "--sortie", str(dossier / "f.json")]) == 0
    return json.loads((dossier / "f.json").read_text(encoding="utf-8"))


def sommes(document: Any, echelle: str, roles: Roles) -> Iterator[tuple[dict[tuple[str, str], int], float]]:
    """Ce que l’étude publie d’une échelle : chaque somme, et ce que chaque score y pèse."""
    for strate in document["strates"]:
        moyenne = next((e["moyenne"] for e in strate["echelles"] if e["echelle"] == echelle), None)
        if moyenne is not None and moyenne["valeur"] is not None:
            siens = {(qui, strate["moment"]): 1 for qui, moments in roles.items() if strate["moment"] in moments}
            yield siens, moyenne["valeur"] * len(siens)
    for paire in document["comparaisons"]:
        deux = paire["premier"], paire["second"]
        ecart = paire["echelles"].get(echelle, {}).get("ecart_moyen", {"valeur": None})
        if ecart["valeur"] is not None:
            qui_a_les_deux = [qui for qui, moments in roles.items() if set(deux) <= set(moments)]
            poids = {
                (qui, moment): signe for qui in qui_a_les_deux for moment, signe in zip(deux, (-1, 1), strict=True)
            }
            yield poids, ecart["valeur"] * len(qui_a_les_deux)


def retrouves(document: Any, echelle: str, roles: Roles) -> list[tuple[str, ...]]:
    """Une ou deux personnes dont une combinaison des sommes ne dépend que d’elles : le rang baisse sans elles."""
    formes = [poids for poids, _ in sommes(document, echelle, roles)]
    scores = [(qui, moment) for qui, moments in roles.items() for moment in moments]
    matrice = np.array([[poids.get(score, 0) for score in scores] for poids in formes])
    rang = np.linalg.matrix_rank(matrice)
    isoles = []
    for taille in (1, 2):
        for ensemble in itertools.combinations(roles, taille):
            autres = matrice[:, [qui not in ensemble for qui, _ in scores]]
            if np.linalg.matrix_rank(autres) < rang:
                isoles.append(ensemble)
    return isoles


def de_roles(**combien: int) -> Roles:
    """« t0_t1=7 » : sept personnes à t0 et à t1."""
    return {f"{quand}-{n}": quand.split("_") for quand, personnes in combien.items() for n in range(personnes)}


@pytest.mark.endurance
@pytest.mark.parametrize(("seules", "montre"), [(0, True), (1, False), (2, False), (3, True)])
def test_qui_n_est_venu_qu_une_fois_ne_se_retrouve_pas(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], seules: int, montre: bool
) -> None:
    """Huit à t0 dont sept à t1 : la somme de t0, moins celle de t1, plus les écarts, serait le score de la huitième."""
    roles = de_roles(t0_t1=12, t0=seules)
    document = etude_de(cohorte(roles), tmp_path)
    (comparaison,) = document["comparaisons"]
    for echelle, accord in comparaison["echelles"].items():
        assert retrouves(document, echelle, roles) == []
        for nom in ("ecart_moyen", "ecart_type_des_ecarts", "icc"):
            assert (accord[nom]["valeur"] is not None) == montre, nom
            assert (accord[nom]["motif"] == "soustraction") != montre, nom
        assert accord["correlation"]["valeur"] is not None, "elle ne le donne pas"
    assert any("d’un côté" in phrase for phrase in comparaison["lecture"]) != montre
    assert ("ferait retrouver" in " ".join(capsys.readouterr().out.split())) != montre


def test_une_de_chaque_cote_non_plus(tmp_path: Path) -> None:
    roles = de_roles(t0_t1=9, t0=1, t1=1)
    document = etude_de(cohorte(roles), tmp_path)
    assert all(retrouves(document, echelle, roles) == [] for echelle in document["comparaisons"][0]["echelles"])


@pytest.mark.endurance
def test_trois_moments_ne_s_enchainent_pas(tmp_path: Path) -> None:
    """Chaque écart se montrerait seul ; t0 vers t1, puis t1 vers t2, moins t0 vers t2, diraient une personne."""
    roles = de_roles(t0_t1_t2=5, t0_t1=1, t0=5, t2=5, t1=5)
    document = etude_de(cohorte(roles), tmp_path)
    for echelle in document["comparaisons"][0]["echelles"]:
        assert retrouves(document, echelle, roles) == []
    montres = [c["echelles"]["accueillir"]["ecart_moyen"]["valeur"] is not None for c in document["comparaisons"]]
    assert montres == [True, True, False], "le dernier seul suffit à l’empêcher"


@pytest.mark.endurance
@pytest.mark.parametrize("graine", range(4))
def test_des_presences_au_hasard_ne_se_soustraient_pas(tmp_path: Path, graine: int) -> None:
    hasard = Random(graine)
    moments = ("t0", "t1", "t2")
    roles = {f"P{n}": [m for m in moments if hasard.random() < 0.8] or ["t0"] for n in range(14)}
    document = etude_de(cohorte(roles, graine), tmp_path)
    for strate in document["strates"]:
        for echelle in strate["echelles"]:
            assert retrouves(document, echelle["echelle"], roles) == []


# --- la moyenne d’une échelle et celles de ses items ----------------------------------------------------------------


def poids_inegaux(referentiel: Referentiel, poids: Sequence[float]) -> Referentiel:
    """Le même référentiel, dont les items pèsent, à tour de rôle, ce qui est dit ; le premier est inverse."""
    items = [replace(i, poids=poids[rang % len(poids)], inverse=not rang) for rang, i in enumerate(referentiel.items)]
    return replace(referentiel, items=tuple(items))


def etude(cohorte: Cohorte, dossier: Path) -> Any:
    """Le JSON de l’étude d’une cohorte."""
    ecrite = cpit.ecrire(cpit.fidelite(lecture_de(cohorte)), dossier / "etude.json")
    return json.loads(ecrite.read_text(encoding="utf-8"))


def connues(strate: Any, notees: Sequence[Notee], referentiel: Referentiel, code: str) -> tuple[Any, list[str]]:
    """Les sommes publiées d’une échelle et de ses items : une ligne par somme, une colonne par réponse d’une personne.

    La dernière colonne est la somme elle-même.
    """
    items = referentiel.echelles[code].items
    colonnes = [(n, i) for n in notees for i in items if n.passation.reponse(i.code).valeur is not None]
    lignes = []
    moyenne = next(e["moyenne"] for e in strate["echelles"] if e["echelle"] == code)
    if moyenne["valeur"] is not None:
        pesees = [
            i.poids / sum(j.poids for m, j in colonnes if m is n) if n.resultat.score(code).valeur is not None else 0.0
            for n, i in colonnes
        ]
        lignes.append([*pesees, moyenne["valeur"] * moyenne["n"]])
    for item in items:
        publiee = next(i["moyenne"] for i in strate["items"] if i["item"] == item.code)
        if publiee["valeur"] is not None:
            lignes.append([*(float(i is item) for _, i in colonnes), publiee["valeur"] * publiee["n"]])
    return np.array(lignes), [n.passation.identifiant for n, _ in colonnes]


def isoles(sommes: Any, qui: Sequence[str]) -> list[tuple[str, ...]]:
    """Une ou deux personnes dont une combinaison des sommes ne dépend que d’elles."""
    matrice, personnes = sommes[:, :-1], sorted(set(qui))
    rang = np.linalg.matrix_rank(matrice)
    return [
        ensemble
        for taille in (1, 2)
        for ensemble in itertools.combinations(personnes, taille)
        if np.linalg.matrix_rank(matrice[:, [un not in ensemble for un in qui]]) < rang
    ]


@pytest.mark.echantillon(2)
@pytest.mark.parametrize(("graine", "absentes"), [(0, 0.03), (1, 0.06), (2, 0.15), (3, 0.4)])
@pytest.mark.parametrize("poids", [(1.0,), (1.0, 2.0, 0.5)], ids=["égaux", "inégaux"])
def test_une_echelle_moins_ses_items_ne_dit_personne(
    tmp_path: Path, graine: int, absentes: float, poids: tuple[float, ...]
) -> None:
    """Trois fois la somme des scores, moins celles des trois items, serait le score de qui en a laissé un."""
    referentiel = poids_inegaux(cpit.referentiel("minimal"), poids)
    lue = cohorte_au_hasard(referentiel, 14, graine=graine, absentes=absentes)
    (strate,) = etude(lue, tmp_path)["strates"]
    for code in referentiel.echelles:
        assert isoles(*connues(strate, lue.notees, referentiel, code)) == [], code


def test_la_soustraction_rendait_un_score(tmp_path: Path) -> None:
    """Ce que l’adversaire calculerait si la moyenne se montrait ; elle est tue, et c’est dit à qui lit."""
    referentiel = cpit.referentiel("minimal")
    lue = cohorte_au_hasard(referentiel, 14, absentes=0)
    premiere = lue.notees[0].releve
    code, echelle = next((c, e) for c, e in referentiel.echelles.items() if len(e.items) == 3)
    reponses = {c: r for c, r in premiere.passation.reponses.items() if c != echelle.items[0].code}
    trouee = replace(premiere, passation=replace(premiere.passation, reponses=reponses))
    lue = composer(referentiel, [trouee, *(n.releve for n in lue.notees[1:])])
    (strate,) = etude(lue, tmp_path)["strates"]
    moyenne = next(e["moyenne"] for e in strate["echelles"] if e["echelle"] == code)
    assert (moyenne["valeur"], moyenne["bas"], moyenne["motif"]) == (None, None, "soustraction-des-items")
    assert any("à qui il manque une réponse" in " ".join(p.split()) for p in strate["lecture"])
    scores = [n.resultat.score(code).valeur or 0.0 for n in lue.notees]
    publiees = {i["item"]: i["moyenne"] for i in strate["items"]}
    des_items = math.fsum(i.poids * publiees[i.code]["valeur"] * publiees[i.code]["n"] for i in echelle.items)
    retrouve = (sum(i.poids for i in echelle.items) * math.fsum(scores) - des_items) / echelle.items[0].poids
    (sien,) = (score for notee, score in zip(lue.notees, scores, strict=True) if notee.releve == trouee)
    assert retrouve == pytest.approx(sien)


def test_l_ecart_de_deux_moments_ne_rend_pas_une_moyenne_tue(tmp_path: Path) -> None:
    referentiel = cpit.referentiel("minimal")
    code, echelle = next((c, e) for c, e in referentiel.echelles.items() if len(e.items) == 3)
    lue = cohorte_au_hasard(referentiel, 28, [("t0", "soi"), ("t1", "soi")], absentes=0)
    premiere = lue.notees[0].releve
    reponses = {c: r for c, r in premiere.passation.reponses.items() if c != echelle.items[0].code}
    trouee = replace(premiere, passation=replace(premiere.passation, reponses=reponses))
    document = etude(composer(referentiel, [trouee, *(n.releve for n in lue.notees[1:])]), tmp_path)
    moyennes = {
        s["moment"]: next(e["moyenne"] for e in s["echelles"] if e["echelle"] == code) for s in document["strates"]
    }
    assert (moyennes["t0"]["valeur"], moyennes["t1"]["motif"]) == (None, None)
    (paire,) = document["comparaisons"]
    accord = paire["echelles"][code]
    assert {accord[nom]["motif"] for nom in ("ecart_moyen", "icc")} == {"soustraction-des-items"}
    assert accord["correlation"]["valeur"] is not None
    assert any("la moyenne de l’échelle l’est d’un côté" in phrase for phrase in paire["lecture"])


# --- tout ensemble : items, échelles et écarts ------------------------------------------------------------------------


class Adversaire:
    """Tout ce qu’une étude publie : une ligne par moyenne, une colonne par réponse d’une personne."""

    def __init__(self, document: Any, lue: Cohorte) -> None:
        self.document, self.echelles = document, lue.referentiel.echelles
        codes = [item.code for item in lue.referentiel.items]
        colonnes = [(n, code) for n in lue.notees for code in codes if n.passation.reponse(code).valeur is not None]
        self.qui = [n.passation.identifiant for n, _ in colonnes]
        self.rangs = {(id(n), code): rang for rang, (n, code) in enumerate(colonnes)}
        self.strates: dict[str, dict[str, Notee]] = {}
        for notee in lue.notees:
            self.strates.setdefault(notee.passation.moment, {})[notee.passation.identifiant] = notee

    def isoles(self) -> list[tuple[str, ...]]:
        """Une ou deux personnes sans qui les sommes perdent un rang."""
        lignes = [*self.items(), *self.moyennes(), *self.ecarts()]
        return isoles(np.hstack([np.array(lignes), np.zeros((len(lignes), 1))]), self.qui)

    def items(self) -> Iterator[Any]:
        for strate in self.document["strates"]:
            for item in (une for une in strate["items"] if une["moyenne"]["valeur"] is not None):
                ligne = np.zeros(len(self.rangs))
                notees = self.strates[strate["moment"]].values()
                ligne[[self.rangs[cle] for n in notees if (cle := (id(n), item["item"])) in self.rangs]] = 1
                yield ligne

    def moyennes(self) -> Iterator[Any]:
        for strate in self.document["strates"]:
            for echelle in (une for une in strate["echelles"] if une["moyenne"]["valeur"] is not None):
                notees = self.strates[strate["moment"]].values()
                yield sum(self.score(n, echelle["echelle"]) for n in notees if note(n, echelle["echelle"]))

    def ecarts(self) -> Iterator[Any]:
        for paire in self.document["comparaisons"]:
            un, autre = (self.strates[paire[cote]] for cote in ("premier", "second"))
            for code in (c for c, accord in paire["echelles"].items() if accord["ecart_moyen"]["valeur"] is not None):
                communs = [qui for qui in un if qui in autre and note(un[qui], code) and note(autre[qui], code)]
                yield sum(self.score(autre[qui], code) - self.score(un[qui], code) for qui in communs)

    def score(self, notee: Notee, echelle: str) -> Any:
        """Ce que chaque réponse pèse dans un score."""
        siens = [item for item in self.echelles[echelle].items if (id(notee), item.code) in self.rangs]
        ligne = np.zeros(len(self.rangs))
        for item in siens:
            ligne[self.rangs[id(notee), item.code]] = item.poids / sum(un.poids for un in siens)
        return ligne


def note(notee: Notee, echelle: str) -> bool:
    return notee.resultat.score(echelle).valeur is not None


def presences_au_hasard(graine: int, absentes: float, moments: Sequence[str]) -> Cohorte:
    """Quatorze personnes à chaque moment, dont une sur six ne vient pas, et des réponses laissées."""
    strates = [(moment, "soi") for moment in moments]
    tirees = cohorte_au_hasard(
        cpit.referentiel("minimal"), 14 * len(strates), strates, graine=graine, absentes=absentes
    )
    hasard = Random(graine)
    return composer(tirees.referentiel, [n.releve for n in tirees.notees if hasard.random() < 0.85])


@pytest.mark.echantillon(3)
@pytest.mark.parametrize(
    ("graine", "absentes", "moments"),
    [
        (0, 0.15, ("t0", "t1")),
        (4, 0.15, ("t0", "t1")),
        (6, 0.02, ("t0", "t1")),
        (6, 0.15, ("t0", "t1")),
        (0, 0.05, ("t0",)),
        (3, 0.05, ("t0",)),
        (1, 0.1, ("t0", "t1", "t2")),
    ],
)
@pytest.mark.endurance
def test_items_echelles_et_ecarts_ensemble_ne_disent_personne(
    tmp_path: Path, graine: int, absentes: float, moments: Sequence[str]
) -> None:
    """Deux échelles ont des items en commun, et une même personne en laisse à deux moments : tout se combine."""
    lue = presences_au_hasard(graine, absentes, moments)
    assert Adversaire(etude(lue, tmp_path), lue).isoles() == []


def test_ce_qui_ne_dit_personne_se_montre(tmp_path: Path) -> None:
    """Un écart se montre, même d’une échelle dont une moyenne est tue, si rien ne s’en retrouve."""
    lue = presences_au_hasard(1, 0.05, ("t0", "t1"))
    document = etude(lue, tmp_path)
    tues = [e["moyenne"]["motif"] for s in document["strates"] for e in s["echelles"]]
    assert 0 < tues.count("soustraction-des-items") < len(tues)
    assert Adversaire(document, lue).isoles() == []
