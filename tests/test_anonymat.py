"""« exporter --k » : un comptage indépendant, sur les fichiers écrits, retrouve chaque combinaison chez k personnes."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from random import Random

import openpyxl
import polars as pl
import pyreadstat
import pytest
from aide_export import cle_d_un_choix
from aides import RACINE, livre

import cpit
from cpit import ErreurCpit, MauvaisEmploi
from cpit.cli import executer
from cpit.coeur.anonymat import Dossier, ce_qui_distingue, recoder
from cpit.coeur.referentiel import QuestionProfil

LIBELLES = {
    colonne: (libelle, choix)
    for q in livre().sans_conditions().profil
    for colonne, libelle, choix in (
        [(cle_d_un_choix(q, c), f"{q.libelle} : {c.libelle}", {"0": "Non", "1": "Oui"}) for c in q.choix]
        if q.plusieurs
        else [(q.identifiant, q.libelle, {c.code: c.libelle for c in q.choix})]
    )
}
"""Chaque colonne de profil d’un jeu, son libellé et ceux de ses codes : une question à plusieurs choix en a une par
choix."""
QUESTIONS = list(LIBELLES)


def dossier(*reponses: str) -> Dossier:
    """Qui a répondu une fois."""
    return Dossier((("t0", "soi", 1),), (reponses,))


def cohorte(dossier: Path, graine: int, personnes: int, *, changeants: float = 0.1) -> Path:
    """Des profils très inégaux, des réponses vides, deux moments et quelques tiers, des gens qui changent de poste."""
    de, codes = Random(graine), [item.code for item in livre().items]

    def reponse(question: QuestionProfil) -> str:
        permis = [c.code for c in question.choix[: 1 + de.randrange(len(question.choix))]]
        if question.plusieurs:
            return question.joindre(de.sample(permis, min(len(permis), de.randrange(3))))
        return de.choice(["", *permis])

    def profil() -> list[str]:
        return [reponse(question) for question in livre().sans_conditions().profil]

    questions = livre().sans_conditions().profil
    lignes = [["identifiant", "moment", "regard", *(q.identifiant for q in questions), *codes]]
    for rang in range(personnes):
        dits = profil()
        for moment, regard, part in (("t0", "soi", 1.0), ("t1", "soi", 0.6), ("t0", "tiers", 0.05)):
            if de.random() < part:
                dits = profil() if moment == "t1" and de.random() < changeants else dits
                lignes.append([f"R{rang}", moment, regard, *dits, *(str(de.randrange(5)) for _ in codes)])
    chemin = dossier / "retours.csv"
    with chemin.open("w", encoding="utf-8", newline="") as flux:
        csv.writer(flux, delimiter=";").writerows(lignes)
    return chemin


def lancer(*arguments: object) -> int:
    return executer([*map(str, arguments), "--simple"])


def lignes_de(chemin: Path) -> list[dict[str, str]]:
    with chemin.open(encoding="utf-8", newline="") as flux:
        return list(csv.DictReader(flux))


def rares(lignes: list[dict[str, str]], k: int) -> dict[tuple[str, ...], set[str]]:
    """Les combinaisons de moins de k personnes : seules, puis dans chaque strate qui a k personnes, puis en suivant."""
    qui: dict[tuple[str, ...], set[str]] = defaultdict(set)
    suivis: dict[str, list[str]] = defaultdict(list)
    for ligne in lignes:
        profil = [ligne[question] for question in QUESTIONS]
        strate = [ligne["moment"], ligne["regard"]]
        for cle in (strate, ["profil", *profil], [*strate, *profil]):
            qui[tuple(cle)].add(ligne["pseudonyme"])
        suivis[ligne["pseudonyme"]].append("/".join(profil))
    petites = {cle for cle, personnes in qui.items() if len(cle) == 2 and len(personnes) < k}
    for pseudonyme, profils in suivis.items():
        qui["suivi", *sorted(set(profils))].add(pseudonyme)
    return {
        cle: personnes
        for cle, personnes in qui.items()
        if len(personnes) < k and cle[:2] not in petites and len(cle) > 1
    }


@pytest.mark.endurance
@pytest.mark.parametrize(("graine", "personnes", "k"), [(1, 30, 3), (2, 60, 5), (3, 25, 2), (4, 9, 5), (5, 90, 7)])
def test_chaque_combinaison_concerne_k_personnes(tmp_path: Path, graine: int, personnes: int, k: int) -> None:
    source = cohorte(tmp_path, graine, personnes)
    assert lancer("exporter", source, "--sortie", tmp_path / "brut", "--formats", "csv", "--cle", tmp_path / "c") == 0
    assert (
        lancer("exporter", source, "--sortie", tmp_path / "k", "--formats", "csv", "--cle", tmp_path / "c", "--k", k)
        == 0
    )
    assert rares(lignes_de(tmp_path / "brut" / "scores.csv"), k)
    for table in ("scores", "reponses_large"):
        assert rares(lignes_de(tmp_path / "k" / f"{table}.csv"), k) == {}
    verifier_ce_qui_est_perdu(tmp_path / "brut", tmp_path / "k")


def gardees(recode: Path, colonnes: list[str]) -> int:
    """Les cellules de ces cases qui en distinguent encore, si l’on y a répondu des deux façons."""
    lues = [[ligne[colonne] for ligne in lignes_de(recode / "scores.csv")] for colonne in colonnes]
    return sum(
        cellule not in {"", "tu", "regroupe"} for colonne in lues if len(set(colonne)) > 1 for cellule in colonne
    )


def verifier_ce_qui_est_perdu(brut: Path, recode: Path) -> None:
    """Rien d’autre que le profil n’a changé ; chaque code écrit est déclaré, et les comptes dits sont les bons."""
    perdues: dict[str, list[int]] = {question: [0, 0] for question in QUESTIONS}
    declares = defaultdict(dict)
    for ligne in lignes_de(recode / "dictionnaire_codes.csv"):
        declares[ligne["table"], ligne["variable"]][ligne["code"]] = ligne["libelle"]
    for avant, apres in zip(lignes_de(brut / "scores.csv"), lignes_de(recode / "scores.csv"), strict=True):
        assert {c: v for c, v in avant.items() if c not in QUESTIONS} == {
            c: v for c, v in apres.items() if c not in QUESTIONS
        }
        for question in QUESTIONS:
            if apres[question] == "regroupe":
                assert LIBELLES[question][1][avant[question]] in declares["scores", question]["regroupe"].replace(
                    "\u202f", " "
                )
            perdues[question][0] += apres[question] == "regroupe"
            perdues[question][1] += apres[question] == "tu"
            assert apres[question] in {avant[question], "regroupe", "tu"}
            assert apres[question] == "" or apres[question] in declares["scores", question]
    lisezmoi = " ".join((recode / "LISEZMOI.md").read_text(encoding="utf-8").split())
    for question, (libelle, _) in LIBELLES.items():
        reunies, tues = perdues[question]
        (dite,) = [m for m in lisezmoi.split("- ") if m.startswith(f"{libelle} (sur")] or [""]
        question_entiere = libelle.partition(" : ")[0]
        if f"- {question_entiere} (sur {len(lignes_de(brut / 'scores.csv'))} cellules de chaque case)" in lisezmoi:
            assert not gardees(
                recode, [q for q, (nom, _) in LIBELLES.items() if nom.startswith(f"{question_entiere} : ")]
            )
            continue
        assert bool(dite) == bool(reunies or tues)
        assert not reunies or f"{reunies} cellule" in dite
        assert not tues or f"{tues} tue" in dite


@pytest.mark.endurance
def test_une_question_a_cases_n_en_fait_pas_perdre_une_autre(tmp_path: Path) -> None:
    """Dix cases pèsent autant qu’une réponse : on ne perd pas toutes les structures pour garder des cases vides."""
    cpit.exporter(cpit.lire(RACINE / "exemples"), tmp_path / "jeu", k=5, formats=["csv"])
    with (tmp_path / "jeu" / "reponses_large.csv").open(encoding="utf-8-sig", newline="") as flux:
        lignes = list(csv.DictReader(flux))
    perdues = ("tu", "regroupe", "")
    assert sum(ligne["structure"] not in perdues for ligne in lignes) > len(lignes) / 4
    assert sum(ligne["anciennete"] not in perdues for ligne in lignes) > len(lignes) / 3


def test_reunir_tout_ce_qui_a_ete_choisi_perd_toute_la_question() -> None:
    """Trois réponses sur les onze possibles, toutes différentes : réunies, il n’en reste rien, et c’est dit."""
    fiche = recoder([dossier(code) for code in "abc"], 3)
    assert fiche.perte == 1
    assert recoder([dossier(code) for code in "aaabbb"], 3).perte == 0


def test_une_colonne_ou_tous_disent_de_meme_n_a_rien_a_perdre() -> None:
    """La case que personne ne coche ne pèse rien, tue ou non : la perte est celle de ce qui différait."""
    seule = recoder([dossier(code) for code in "aaabbc"], 3)
    avec_une_case = recoder([dossier(code, "0") for code in "aaabbc"], 3)
    assert 0 < seule.perte == avec_une_case.perte < 1


def test_des_questions_a_cases_se_perdent_plutot_que_tout() -> None:
    """Deux questions à six cases distinguent tout le monde : les sacrifier garde les deux autres entières."""
    hasard = Random(3)
    dossiers = [
        dossier(hasard.choice("ab"), hasard.choice("cd"), *(hasard.choice("01") for _ in range(12))) for _ in range(120)
    ]
    ensembles = [[0], [1], range(2, 8), range(8, 14)]
    fiche = recoder(dossiers, 5, ensembles)
    assert fiche.perte <= 0.5
    codes = ("regroupe", "tu")
    gardees = [fiche.appliquer(rang, une.reponses[0], codes)[:2] for rang, une in enumerate(dossiers)]
    assert gardees == [une.reponses[0][:2] for une in dossiers]


def test_ce_qui_designe_le_plus_est_dit_et_s_ote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Les colonnes de ces questions ôtées de la table de la cohorte, il reste ce qui était annoncé."""
    assert lancer("exporter", RACINE / "exemples", "--sortie", tmp_path / "a", "--formats", "csv") == 0
    ecran = " ".join(capsys.readouterr().out.replace("\u202f", " ").split())
    (dite, reste) = re.findall(r"Ce qui désigne, le plus d’abord : (.*?)\. Sans elles, (\d+|plus personne)", ecran)[0]
    libelles = re.findall(r"« (.*?) »", dite)
    assert libelles[0] == "Programmes ou contrats"
    assert lancer("cohorte", RACINE / "exemples", "--sortie", tmp_path / "groupe.csv", "--dialecte", "science") == 0
    lignes = lignes_de(tmp_path / "groupe.csv")
    otees = [q.identifiant for q in livre().profil if q.libelle in libelles]
    assert len(otees) == len(libelles)
    with (tmp_path / "sans.csv").open("w", encoding="utf-8", newline="") as flux:
        ecrites = csv.DictWriter(flux, [c for c in lignes[0] if c not in otees], extrasaction="ignore")
        ecrites.writeheader()
        ecrites.writerows(lignes)
    capsys.readouterr()
    assert lancer("exporter", tmp_path / "sans.csv", "--sortie", tmp_path / "b", "--formats", "csv") == 0
    ecran = " ".join(capsys.readouterr().out.replace("\u202f", " ").split())
    attendu = "0" if reste == "plus personne" else reste
    assert f"Combinaison de moins de 5 personnes : {attendu} personne" in ecran
    assert "Ce qui désigne" not in ecran
    assert "désigne" not in (tmp_path / "a" / "LISEZMOI.md").read_text(encoding="utf-8")


def test_une_question_qui_ne_designe_personne_n_est_pas_dite() -> None:
    """La seconde distingue tout le monde, la première personne ; sans la seconde, plus rien de rare."""
    dossiers = [dossier("ab"[rang % 2], str(rang)) for rang in range(20)]
    assert ce_qui_distingue(dossiers, [[0], [1]]) == ([1], 0)
    assert ce_qui_distingue(dossiers, [[1]]) == ([], 20), "la dernière question reste"
    assert ce_qui_distingue([dossier("a")] * 20, [[0]]) == ([], 0)


@pytest.mark.endurance
def test_une_question_dont_rien_ne_reste_le_dit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Dix-neuf cellules réunies et treize tues ne disent pas que c’est tout : « rien n’en reste » le dit."""
    assert lancer("exporter", RACINE / "exemples", "--sortie", tmp_path / "k", "--k", 5, "--formats", "csv") == 0
    ecran = " ".join(capsys.readouterr().out.replace("\u202f", " ").split())
    lignes = lignes_de(tmp_path / "k" / "reponses_large.csv")
    for question, libelle in (("structure", "Structure d’exercice"), ("anciennete", "Ancienneté dans le poste")):
        perdue = all(ligne[question] in {"tu", "regroupe", ""} for ligne in lignes)
        (dite,) = re.findall(rf"{libelle} \(sur \d+ cellules\) : [^.]*\.", ecran)
        assert dite.endswith("rien n’en reste.") == perdue
    cases = [cle for cle in lignes[0] if cle.startswith("territoire_")]
    perdues = {cle for cle in cases if all(ligne[cle] in {"tu", "regroupe", ""} for ligne in lignes)}
    assert (perdues == set(cases)) == (
        "Types de territoire (sur 39 cellules de chaque case) : rien n’en reste." in ecran
    )


@pytest.mark.endurance
def test_tous_les_formats_declarent_les_codes(tmp_path: Path) -> None:
    assert lancer("exporter", cohorte(tmp_path, 2, 40), "--sortie", tmp_path / "k", "--k", 5) == 0
    ecrites = {q: {ligne[q] for ligne in lignes_de(tmp_path / "k" / "scores.csv")} - {""} for q in QUESTIONS}
    assert any({"regroupe", "tu"} & codes for codes in ecrites.values())
    paquet = json.loads((tmp_path / "k" / "datapackage.json").read_text(encoding="utf-8"))
    (table,) = [r for r in paquet["resources"] if r["name"] == "scores"]
    champs = {champ["name"]: champ for champ in table["schema"]["fields"]}
    ddi = (tmp_path / "k" / "ddi.xml").read_text(encoding="utf-8")
    sav, de_sav = pyreadstat.read_sav(tmp_path / "k" / "scores.sav")
    dta, de_dta = pyreadstat.read_dta(tmp_path / "k" / "scores.dta", apply_value_formats=True)
    parquet = pl.read_parquet(tmp_path / "k" / "scores.parquet")
    classeur = openpyxl.load_workbook(tmp_path / "k" / "jeu.xlsx")["scores"]
    cles, *rangees = classeur.iter_rows(values_only=True)
    noms = {ligne["variable"]: ligne for ligne in lignes_de(tmp_path / "k" / "dictionnaire.csv")}
    for question, codes in ecrites.items():
        spss, stata = noms[question]["variable_spss"], noms[question]["variable_stata"]
        assert codes <= set(champs[question]["constraints"]["enum"])
        assert all(f"<catValu>{code}</catValu>" in ddi for code in codes)
        assert codes <= en_codes(de_sav.variable_value_labels[spss])
        assert en_codes(sav[spss].dropna()) - {""} == codes
        assert set(dta[stata].dropna()) <= set(de_dta.variable_value_labels[stata].values())
        assert en_codes(parquet[question].drop_nulls()) == codes
        assert en_codes(cellules[cles.index(question)] for cellules in rangees) - {"None"} == codes


def en_codes(valeurs: Iterable[object]) -> set[str]:
    """Les codes d’une colonne, en texte : un 0 ou un 1 est un nombre dans les formats typés."""
    return {str(int(valeur)) if isinstance(valeur, float) else str(valeur) for valeur in valeurs}


@pytest.mark.endurance
def test_un_export_recode_se_relit_en_le_disant_une_fois(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = cohorte(tmp_path, 2, 24)
    assert lancer("exporter", source, "--sortie", tmp_path / "k", "--k", 4, "--formats", "csv") == 0
    capsys.readouterr()
    assert lancer("cohorte", tmp_path / "k", "--sortie", tmp_path / "relu.csv", "--dialecte", "science") == 0
    assert capsys.readouterr().err.count("Avertissement") == 1
    relues, ecrites = lignes_de(tmp_path / "relu.csv"), lignes_de(tmp_path / "k" / "scores.csv")
    scores = [cle for cle in relues[0] if cle.startswith(("score_", "n_"))]
    assert [[r[c] for c in scores] for r in relues] == [[e[c] for c in scores] for e in ecrites]
    for relue, ecrite in zip(relues, ecrites, strict=True):
        for question in livre().sans_conditions().profil:
            assert relue[question.identifiant] == reponse_ecrite(question, ecrite)


def reponse_ecrite(question: QuestionProfil, ligne: dict[str, str]) -> str:
    """Ce qu’une ligne d’un jeu dit d’une question de profil, ce qui est réuni ou tu ne disant rien."""
    if question.plusieurs:
        return question.joindre(c.code for c in question.choix if ligne[cle_d_un_choix(question, c)] == "1")
    return "" if ligne[question.identifiant] in {"regroupe", "tu"} else ligne[question.identifiant]


def test_sans_k_les_combinaisons_rares_se_listent_a_l_ecran_seulement(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = cohorte(tmp_path, 1, 30, changeants=0)
    assert lancer("exporter", source, "--sortie", tmp_path / "jeu", "--formats", "csv") == 0
    ecran = " ".join(capsys.readouterr().out.split())
    profils = {
        ligne["pseudonyme"]: tuple(ligne[q] for q in QUESTIONS) for ligne in lignes_de(tmp_path / "jeu" / "scores.csv")
    }
    uniques = sum(list(profils.values()).count(profil) == 1 for profil in profils.values())
    assert f"dont {uniques} seules à la porter" in ecran
    assert "--k 5" in ecran
    assert "Combinaison\u202f: Structure" in ecran.replace(" :", "\u202f:")
    # Ce qui distingue, non la liste de tous les choix que l’on n’a pas cochés.
    assert ": Non" not in ecran
    assert ": Oui" not in ecran
    lisezmoi = (tmp_path / "jeu" / "LISEZMOI.md").read_text(encoding="utf-8")
    assert f"dont {uniques} seules à la porter" in lisezmoi
    assert "Combinaison\u202f: Structure" not in lisezmoi


def test_ce_que_k_refuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = cohorte(tmp_path, 1, 6)
    jeu = tmp_path / "jeu"
    assert lancer("exporter", source, "--sortie", jeu, "--k", 1) == 2
    assert lancer("exporter", source, "--sortie", jeu, "--k", 3, "--diffusion") == 2
    assert lancer("exporter", source, "--sortie", jeu, "--k", 7) == 1
    assert "que 6 personnes" in capsys.readouterr().err
    assert not jeu.exists()
    with pytest.raises(MauvaisEmploi):
        cpit.exporter(cpit.lire(source), jeu, k=0)
    with pytest.raises(ErreurCpit):
        cpit.exporter(cpit.lire(source), jeu, k=50)
    recode = cpit.exporter(cpit.lire(source), jeu, k=6, formats=["csv"]).fiche.jeu.recode
    assert recode is not None
    assert recode.k == 6
