"""L’évolution d’un groupe par la commande, la façade et les fichiers : qui est compté, ce qui se dit, se tait."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import fmean, stdev
from typing import Any

import pytest
from aide_navigateur import Navigateur, violations
from aides import RACINE, encoder_passation, livre, passation_de
from openpyxl import load_workbook

import cpit

CODES = [item.code for item in livre().items]
Ecran = Callable[..., tuple[int, str, str]]
Ligne = tuple[str, str, str, str, str]
"""Code, moment, regard, tiers, réponses."""


def en_une_ligne(texte: str) -> str:
    return re.sub(r"\s+", " ", texte)


PLUS_UN = str.maketrans("0123", "1234")
"""Un niveau de plus, à qui n’a pas déjà le plus haut."""


def table(dossier: Path, *lignes: Ligne) -> Path:
    chemin = dossier / "groupe.csv"
    entete = ["identifiant", "moment", "regard", "evaluateur", *CODES]
    texte = "\n".join(";".join(mots) for mots in (entete, *([*contexte, *signes] for *contexte, signes in lignes)))
    chemin.write_text(texte + "\n", encoding="utf-8")
    return chemin


def groupe(deux: int, seules_de: int = 0, seules_a: int = 0, tiers: int = 0, graine: int = 1) -> list[Ligne]:
    """Tant de personnes aux deux moments, tant à un seul, et tant qu’un tiers situe à t0."""
    de = Random(graine)

    def signes(bas: int = 0) -> str:
        return "".join(str(min(4, de.choice((0, 1, 1, 2, 3)) + bas)) for _ in CODES)

    lignes: list[Ligne] = []
    for n in range(deux + seules_de):
        lignes.append((f"G{n:02}", "t0", "soi", "", signes()))
    for n in [*range(deux), *range(50, 50 + seules_a)]:
        lignes.append((f"G{n:02}", "t1", "soi", "", signes(1)))
    return [*lignes, *((f"G{n:02}", "t0", "tiers", f"N{n}", signes()) for n in range(tiers))]


def lire_csv(chemin: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(chemin.read_text(encoding="utf-8"))))


# --- ce qui se dit ----------------------------------------------------------------------------------------------------


def test_la_commande_dit_qui_est_compare_et_de_combien(tmp_path: Path, cpit_dit: Ecran) -> None:
    source = table(tmp_path, *groupe(12, 3, 2))
    code, sortie, erreur = cpit_dit("evolution", source)
    dit = en_une_ligne(sortie)
    assert (code, erreur) == (0, "")
    assert "De T0 à T1" in sortie
    assert "12 personnes présentes des deux côtés" in dit
    assert "3 personnes à « T0 » seulement et 2 personnes à « T1 » seulement" in dit
    assert max(len(ligne) for ligne in sortie.splitlines() if str(tmp_path) not in ligne) <= 80


def test_les_nombres_sont_ceux_des_personnes_presentes_deux_fois(tmp_path: Path, cpit_dit: Ecran) -> None:
    """Refait ici : la moyenne des différences de C1, son écart-type, sur les seules personnes des deux côtés."""
    lignes, cible = groupe(9, 2, 2), tmp_path / "e.json"
    assert cpit_dit("evolution", table(tmp_path, *lignes), "--sortie", cible)[0] == 0
    c1 = [rang for rang, code in enumerate(CODES) if code.startswith("C1")]
    scores = {(qui, quand): fmean(int(signes[rang]) for rang in c1) for qui, quand, _, _, signes in lignes}
    differences = [
        scores[qui, "t1"] - scores[qui, "t0"] for qui, quand in scores if quand == "t1" and (qui, "t0") in scores
    ]
    (une,) = json.loads(cible.read_text(encoding="utf-8"))["evolutions"]
    trouve = une["echelles"]["C1"]
    assert trouve["n"] == une["personnes"]["appariees"] == 9
    assert trouve["difference"]["valeur"] == pytest.approx(fmean(differences))
    assert trouve["ecart_type"] == pytest.approx(stdev(differences))


def test_deux_regards_se_comparent_a_chaque_moment_ou_ils_sont(tmp_path: Path, cpit_dit: Ecran) -> None:
    """Aucun tiers à t1 : c’est dit, et rien de ce qui se compare ne se perd."""
    source = table(tmp_path, *groupe(8, tiers=7))
    code, sortie, erreur = cpit_dit("evolution", source, "--regards", "tiers,soi")
    assert code == 0
    assert "De T0 à T1 " in sortie
    assert "Soi et tiers, T0 " in sortie
    assert "Accord" in sortie
    assert "aucune passation t1, regard tiers" in en_une_ligne(erreur)
    etude = cpit.evolution(source, regards=("soi", "tiers"))
    assert [(une.de, une.a, une.appariees) for une in etude.evolutions] == [
        (("t0", "soi"), ("t1", "soi"), 8),
        (("t0", "soi"), ("t0", "tiers"), 7),
    ]
    (seule,) = cpit.evolution(source, de="t0", a="t0", regards=["soi", "tiers"]).evolutions
    assert seule.appariees == 7


def test_une_difference_que_tous_partagent_se_dit_sans_intervalle(tmp_path: Path, cpit_dit: Ecran) -> None:
    """Huit personnes, un niveau de plus partout : aucun intervalle n’en sort, mais cela se lit."""
    lignes = [ligne for ligne in groupe(8) if ligne[1] == "t0"]
    hautes = [(qui, "t1", regard, tiers, str(signes).translate(PLUS_UN)) for qui, _, regard, tiers, signes in lignes]
    sortie = en_une_ligne(cpit_dit("evolution", table(tmp_path, *lignes, *hautes))[1])
    dit = sortie.partition("De même pour toutes les personnes, donc sans intervalle : ")[2].partition(". ")[0]
    assert dit.startswith("C1 Mettre en mouvement +1,00 ; ")
    assert "De même pour toutes" not in cpit_dit("evolution", table(tmp_path, *groupe(8)))[1]


@pytest.mark.parametrize(
    ("de", "a", "dit"),
    [
        ("t0", "t0-retrospectif", "La pratique du début n’a pas changé"),
        ("t0-retrospectif", "t1", "avec le repère d’aujourd’hui"),
        ("t0", "t1", ""),
    ],
)
def test_le_changement_de_repere_d_un_groupe_se_nomme(
    tmp_path: Path, cpit_dit: Ecran, de: str, a: str, dit: str
) -> None:
    lignes = groupe(8)
    revues = [(qui, "t0-retrospectif", *suite) for qui, moment, *suite in lignes if moment == "t0"]
    source = table(tmp_path, *lignes, *revues)
    sortie = en_une_ligne(cpit_dit("evolution", source, "--de", de, "--a", a)[1])
    assert dit in sortie
    assert bool(dit) == ("repère" in sortie)


def test_entre_deux_regards_rien_ne_bouge(tmp_path: Path, cpit_dit: Ecran) -> None:
    source, page = table(tmp_path, *groupe(8, tiers=8)), tmp_path / "e.html"
    options = ("--de", "t0", "--a", "t0", "--regards", "soi,tiers", "--page", page)
    sortie = cpit_dit("evolution", source, *options)[1]
    assert "aucune ne s’écarte" in sortie or "s’écarte" in sortie
    for texte in (sortie, page.read_text(encoding="utf-8").partition("Comment c’est calculé")[0]):
        assert not re.search(r"\bne bouge\b|\bbougent\b", texte)


def test_le_mode_simple_dit_les_memes_nombres_en_lignes(tmp_path: Path, cpit_dit: Ecran) -> None:
    source = table(tmp_path, *groupe(10))
    _, dessinee, _ = cpit_dit("evolution", source)
    _, simple, _ = cpit_dit("evolution", source, "--simple")
    assert "═" not in simple
    nombres = re.findall(r"[+−]\d,\d\d", dessinee)
    assert nombres
    assert sorted(nombres) == sorted(re.findall(r"[+−]\d,\d\d", simple))


# --- les moments que le référentiel nomme -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def nomme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Le référentiel livré, qui nomme ses moments : un nom court, un long."""
    source = (RACINE / "referentiels" / "innovation-territoriale.yaml").read_text(encoding="utf-8")
    noms = "moments:\n  - {code: t0, libelle: Entrée}\n  - {code: t1, libelle: Six mois après la formation}\n"
    chemin = tmp_path_factory.mktemp("nomme") / "nomme.yaml"
    chemin.write_text(source.replace("sources:\n", f"{noms}sources:\n", 1), encoding="utf-8")
    return chemin


@pytest.mark.endurance
def test_un_groupe_dit_ses_moments_par_leur_nom(nomme: Path, tmp_path: Path, cpit_dit: Ecran) -> None:
    """En tête des colonnes, un nom trop long laisse la place aux codes, des deux côtés."""
    source, page, classeur = table(tmp_path, *groupe(6)), tmp_path / "p.html", tmp_path / "e.xlsx"
    options = ("--referentiel", nomme, "--page", page, "--sortie", classeur)
    code, sortie, _ = cpit_dit("evolution", source, *options)
    assert code == 0
    titre = "De « Entrée » à « Six mois après la formation »"
    assert titre in en_une_ligne(sortie)
    assert "par domaines, les bornes d’une personne sont trop étroites" in en_une_ligne(sortie)
    assert re.search(r"Compétence +n +T0 +T1 ", sortie)
    assert titre in en_une_ligne(page.read_text(encoding="utf-8"))
    feuille = load_workbook(classeur)["Évolution"]
    assert titre in {en_une_ligne(str(ligne[0])) for ligne in feuille.iter_rows(values_only=True)}
    ecran = en_une_ligne(cpit_dit("cohorte", source, *options[:2], "--sortie", tmp_path / "g.csv")[1])
    assert "Moment t0, « Entrée », regard soi" in ecran


def test_deux_noms_courts_sont_en_tete_des_colonnes(nomme: Path, tmp_path: Path, cpit_dit: Ecran) -> None:
    court = nomme.read_text(encoding="utf-8").replace("Six mois après la formation", "Six mois")
    (tmp_path / "court.yaml").write_text(court, encoding="utf-8")
    sortie = cpit_dit("evolution", table(tmp_path, *groupe(6)), "--referentiel", tmp_path / "court.yaml")[1]
    assert re.search(r"Compétence +n +Entrée +Six mois ", sortie)
    assert "T0" not in sortie


def test_une_personne_voit_ses_moments_par_leur_nom_et_la_date_de_celui_qu_elle_revoit(
    nomme: Path, tmp_path: Path, cpit_dit: Ecran
) -> None:
    signes = "1" * 24
    for moment, date in (("t0", ""), ("t0-retrospectif", "2025-09"), ("t1", "")):
        passation = passation_de(cpit.referentiel(nomme), signes, identifiant="R01", moment=moment, date_moment=date)
        (tmp_path / f"{moment}.json").write_bytes(encoder_passation(passation))
    page, classeur = tmp_path / "p.html", tmp_path / "c.xlsx"
    code, sortie, _ = cpit_dit(*("comparer", tmp_path, "--referentiel", nomme, "--page", page, "--classeur", classeur))
    assert code == 0
    assert "De « Entrée » à « Six mois après la formation »" in en_une_ligne(sortie)
    assert "De « Entrée, vu d’aujourd’hui » (septembre 2025) à" in en_une_ligne(sortie)
    assert "« Entrée, vu d’aujourd’hui » (septembre 2025)" in en_une_ligne(page.read_text(encoding="utf-8"))
    entetes = {en_une_ligne(str(case.value)) for case in load_workbook(classeur)["Réponses"][1]}
    assert {"Entrée", "Entrée, vu d’aujourd’hui (septembre 2025)"} <= entetes


# --- un groupe de référence -------------------------------------------------------------------------------------------


def ordonne(personnes: int) -> list[Ligne]:
    """Des personnes à t0 dont les réponses d’une compétence vont ensemble : de quoi estimer une erreur de mesure."""
    rangs = range(len(CODES))
    return [
        (f"R{n:02}", "t0", "soi", "", "".join(str(min(4, (n * 7 + i // 3 * 5) % 5 + (n * i) % 2)) for i in rangs))
        for n in range(personnes)
    ]


@pytest.mark.endurance
def test_une_reference_dit_le_changement_decelable_de_chaque_echelle(tmp_path: Path, cpit_dit: Ecran) -> None:
    """1,96 · √2 · SEM, à côté de ce que disent les seules réponses ; partout le même nombre de personnes."""
    pytest.importorskip("scipy")
    (tmp_path / "reference").mkdir()
    source, reference = table(tmp_path, *groupe(12)), table(tmp_path / "reference", *ordonne(40))
    fichiers = {nom: tmp_path / f"e.{nom}" for nom in ("json", "csv", "xlsx")}
    for fichier in fichiers.values():
        une_page = ("--page", tmp_path / "p.html") if fichier.suffix == ".csv" else ()
        code, sortie, _ = cpit_dit("evolution", source, "--reference", reference, "--sortie", fichier, *une_page)
        assert code == 0
    assert "Groupe de référence : 40 personnes (t0, soi)" in en_une_ligne(sortie)
    assert "Rapportées à la référence" in sortie
    (une,) = json.loads(fichiers["json"].read_text(encoding="utf-8"))["evolutions"]
    trouve, sem = une["echelles"]["C1"], une["reference"]["erreurs"]["C1"]
    assert trouve["decelable"] == pytest.approx(1.96 * 2**0.5 * sem)
    siennes = [ligne for ligne in lire_csv(fichiers["csv"]) if ligne["echelle"] == "C1"]
    au_dela = [ligne for ligne in siennes if abs(float(ligne["difference"])) > trouve["decelable"]]
    assert 0 < trouve["etats_de_reference"]["bougent"] == len(au_dela) < 12
    assert {ligne["etat_reference"] for ligne in au_dela} == {"bouge"}
    assert float(siennes[0]["indice"]) == pytest.approx(float(siennes[0]["difference"]) / (2**0.5 * sem))
    feuille = load_workbook(fichiers["xlsx"], data_only=True)["Évolution"]
    (c1,) = (ligne for ligne in feuille.iter_rows(values_only=True) if ligne[:2] == ("Compétence", "C1"))
    assert c1[-3:] == pytest.approx((sem, trouve["decelable"], len(au_dela)))
    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert page.count("Décelable") > 1
    assert "Décelable" not in cpit_dit("evolution", source)[1]


def test_une_reference_sans_la_strate_est_refusee(tmp_path: Path, cpit_dit: Ecran) -> None:
    pytest.importorskip("scipy")
    (tmp_path / "reference").mkdir()
    source = table(tmp_path, *groupe(4))
    reference = table(tmp_path / "reference", *((c, "t5", r, e, s) for c, _, r, e, s in ordonne(8)))
    code, sortie, erreur = cpit_dit("evolution", source, "--reference", reference)
    assert (code, sortie) == (1, "")
    assert "le groupe de référence n’a pas de passation t0" in en_une_ligne(erreur)


# --- ce qui se tait ---------------------------------------------------------------------------------------------------


def test_sous_trois_personnes_les_comptes_seuls_se_montrent(tmp_path: Path, cpit_dit: Ecran) -> None:
    source, cible = table(tmp_path, *groupe(2, 4, 4)), tmp_path / "e.json"
    code, sortie, _ = cpit_dit("evolution", source, "--sortie", cible)
    dit = en_une_ligne(sortie)
    assert code == 0
    assert "2 personnes présentes des deux côtés" in dit
    assert "4 personnes à « T0 » seulement" in dit
    assert "Il en faut 3 pour montrer un nombre" in dit
    assert "Compétence" not in sortie
    (une,) = json.loads(cible.read_text(encoding="utf-8"))["evolutions"]
    assert {trouve["difference"] for trouve in une["echelles"].values()} == {None}
    assert {trouve["motif"] for trouve in une["echelles"].values()} == {"petit-groupe"}


def test_ni_l_ecran_ni_le_json_ne_nomment_personne(tmp_path: Path, cpit_dit: Ecran) -> None:
    cible = tmp_path / "e.json"
    _, sortie, _ = cpit_dit("evolution", table(tmp_path, *groupe(8)), "--sortie", cible)
    assert not re.search(r"G0\d", sortie + cible.read_text(encoding="utf-8"))


def test_sans_code_commun_c_est_dit(tmp_path: Path, cpit_dit: Ecran) -> None:
    code, sortie, erreur = cpit_dit("evolution", table(tmp_path, *groupe(0, 4, 4)))
    assert code == 0
    assert "aucun code n’est commun" in en_une_ligne(erreur)
    assert "4 personnes à « T0 » seulement et 4 personnes à « T1 » seulement" in en_une_ligne(sortie)


# --- ce qui s’écrit ---------------------------------------------------------------------------------------------------


def test_le_csv_a_une_ligne_par_personne_et_par_echelle(tmp_path: Path, cpit_dit: Ecran) -> None:
    source, cible = table(tmp_path, *groupe(5, 1, tiers=4)), tmp_path / "e.csv"
    assert cpit_dit("evolution", source, "--regards", "soi,tiers", "--sortie", cible)[0] == 0
    lignes = lire_csv(cible)
    echelles = len(livre().echelles) + 2
    assert len(lignes) == (5 + 4) * echelles
    assert {ligne["identifiant"] for ligne in lignes} == {f"G{n:02}" for n in range(5)}
    for ligne in (ligne for ligne in lignes if ligne["difference"]):
        assert float(ligne["a"]) - float(ligne["de"]) == pytest.approx(float(ligne["difference"]))
    fr = tmp_path / "fr.csv"
    assert cpit_dit("evolution", source, "--sortie", fr, "--dialecte", "fr")[0] == 0
    assert fr.read_bytes().startswith(b"\xef\xbb\xbfidentifiant;moment_de;")


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("suffixe", [".csv", ".json", ".xlsx"])
def test_ce_qui_est_ecrit_se_remplace_et_n_est_pas_une_source(suffixe: str, tmp_path: Path, cpit_dit: Ecran) -> None:
    source, cible = table(tmp_path, *groupe(6)), tmp_path / f"e{suffixe}"
    for _ in range(2):
        assert cpit_dit("evolution", source, "--sortie", cible)[0] == 0
    code, sortie, erreur = cpit_dit("evolution", tmp_path)
    assert code == 0, erreur
    assert "6 personnes présentes des deux côtés" in en_une_ligne(sortie)
    autre = tmp_path / f"autre{suffixe}"
    autre.write_text("à moi\n", encoding="utf-8")
    assert cpit_dit("evolution", source, "--sortie", autre)[0] == 1
    assert autre.read_text(encoding="utf-8") == "à moi\n"


def test_la_facade_ecrit_ce_que_la_commande_ecrit(tmp_path: Path, cpit_dit: Ecran) -> None:
    source, ici, la = table(tmp_path, *groupe(6)), tmp_path / "ici.csv", tmp_path / "la.csv"
    etude = cpit.evolution(cpit.lire(source))
    cpit.ecrire(etude, ici)
    assert cpit_dit("evolution", source, "--sortie", la)[0] == 0
    assert ici.read_bytes() == la.read_bytes()
    assert etude.mouvements.en_lignes()[0]["n"] == 6
    assert "G00" not in repr(etude) + etude._repr_html_()


def test_mes_donnees_et_effacer_connaissent_ce_fichier(tmp_path: Path, cpit_dit: Ecran) -> None:
    source = table(tmp_path, *groupe(6))
    assert cpit_dit("evolution", source, "--sortie", tmp_path / "e.csv")[0] == 0
    remise = tmp_path / "remise"
    assert "e.csv" in cpit_dit("mes-donnees", "G03", "--dossier", tmp_path, "--sortie", remise)[1]
    code, sortie, erreur = cpit_dit("effacer", "G03", "--dossier", tmp_path, "--oui")
    assert code in (0, 1)
    assert "e.csv" in sortie + erreur


# --- la page ----------------------------------------------------------------------------------------------------------


def la_page(tmp_path: Path, lignes: list[Ligne], *options: str) -> str:
    regards = ["soi", "tiers"] if options else ["soi"]
    etude = cpit.evolution(table(tmp_path, *lignes), regards=regards)
    return cpit.ecrire(etude, tmp_path / "p.html").read_text(encoding="utf-8")


def test_la_page_montre_les_comptes_les_moyennes_et_les_trajets_sans_nommer(tmp_path: Path) -> None:
    page = la_page(tmp_path, groupe(12, 3, 2, tiers=8), "tiers")
    assert not re.search(r"G\d\d\b", re.sub(r"#[0-9a-fA-F]{6}", "", page))
    assert "12 personnes" in page.replace("\u202f", " ").replace("\u00a0", " ")
    for mots in ("Qui est compté", "De T0 à T1", "Soi et tiers", "Les différences moyennes", "Accord", "d_z"):
        assert mots in page
    assert page.count('data-cle="comptes"') == 2
    # D’un moment à l’autre, des personnes bougent ; de soi aux tiers, elles s’écartent, comme à l’écran.
    assert page.count("Bougent\u202f:") == page.count("S’écartent\u202f:") == 1
    assert page.count("trajets") == 12 + 8
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_la_page_n_explique_que_ce_qu_elle_montre(tmp_path: Path) -> None:
    """Sous sept personnes, ni intervalle ni personnes qui bougent : leurs légendes n’y sont pas non plus."""
    petite = la_page(tmp_path, groupe(5))
    grande = la_page(tmp_path, groupe(12))
    for legende in ("Bougent.: les personnes", "intervalle indicatif", "en gras, zéro hors de son intervalle"):
        assert re.search(legende, grande)
        assert not re.search(legende, petite)
    assert "à droite, la différence" in petite


def test_la_page_d_un_petit_groupe_n_a_que_ses_comptes(tmp_path: Path) -> None:
    page = la_page(tmp_path, groupe(2, 4, 4))
    assert "Qui est compté" in page
    assert "<svg" not in page.split("<main>")[1].split('<div class="annexes">')[0]


@pytest.mark.endurance
def test_une_foule_est_reunie_par_cases(tmp_path: Path) -> None:
    """Aucune flèche d’une seule personne au-delà de soixante ; ce qui n’est pas tracé est compté."""
    page = la_page(tmp_path, groupe(70))
    assert page.count("trajets") < 30
    assert "trop seules dans leur case" in page
    assert "trajet moyen de personnes parties" in page.replace("\u202f", " ")


def test_la_commande_ecrit_la_page_et_la_remplace(tmp_path: Path, cpit_dit: Ecran) -> None:
    source, page = table(tmp_path, *groupe(6)), tmp_path / "p.html"
    for _ in range(2):
        code, sortie, _ = cpit_dit("evolution", source, "--page", page)
        assert code == 0
    assert str(page) in sortie
    assert cpit_dit("evolution", source, "--page", tmp_path / "p.txt")[0] == 2


def test_la_page_est_accessible(tmp_path: Path, navigateur: Navigateur, axe: str) -> None:
    navigateur.ouvrir(la_page(tmp_path, groupe(12, 3, 2, tiers=8), "tiers"))
    assert violations(navigateur, axe) == []


# --- les figures ------------------------------------------------------------------------------------------------------


def dessine(cpit_dit: Ecran, *mots: object) -> tuple[int, str]:
    """Le code de sortie d’une figure, et tout ce qu’elle dit."""
    code, sortie, erreur = cpit_dit("figure", *mots)
    return code, en_une_ligne(sortie + erreur)


@pytest.mark.endurance
def test_les_figures_d_un_groupe_disent_les_moyennes_et_les_trajets(tmp_path: Path, cpit_dit: Ecran) -> None:
    source, cible = table(tmp_path, *groupe(12, 3, 2, tiers=8)), tmp_path / "f.svg"
    etude = cpit.evolution(source, regards=("soi", "tiers"))
    moyenne = etude.evolutions[0].mouvements["publique"].series
    code, dit = dessine(cpit_dit, "evolution", source, "--sortie", cible)
    assert code == 0
    assert f"de {moyenne.de:.2f} à {moyenne.a:.2f}".replace(".", ",") in dit
    assert "12 personnes présentes des deux côtés" in re.sub(r"\s|<[^>]*>", " ", cible.read_text(encoding="utf-8"))
    de_soi_aux_tiers = etude.evolutions[1].mouvements["publique"].series
    code, dit = dessine(cpit_dit, "regards", source, "--sortie", cible)
    titre = en_une_ligne(cible.read_text(encoding="utf-8").partition("</title>")[0])
    assert (code, titre.endswith("Soi et tiers, T0")) == (0, True)
    assert f"(n = {de_soi_aux_tiers.n})" in dit
    code, dit = dessine(cpit_dit, "carte", source, "--de", "t0", "--a", "t1", "--sortie", cible)
    assert (code, "12" in dit) == (0, True)
    assert cible.read_text(encoding="utf-8").count("trajets") == 12
    assert not re.search(r"G\d\d\b", re.sub(r"#[0-9a-fA-F]{6}", "", cible.read_text(encoding="utf-8")))


def lire_les_donnees(chemin: Path) -> list[dict[str, Any]]:
    """Les lignes d’un fichier typé, relues par un logiciel qui n’est pas cpit, vide pour une cellule absente."""
    import polars
    import pyreadstat

    if chemin.suffix == ".parquet":
        lignes = polars.read_parquet(chemin).to_dicts()
    else:
        lire = pyreadstat.read_sav if chemin.suffix == ".sav" else pyreadstat.read_dta
        trame, _ = lire(chemin, apply_value_formats=False)
        lignes = trame.to_dict("records")
    return [{nom: None if v in ("", None) or str(v) == "nan" else v for nom, v in ligne.items()} for ligne in lignes]


def une_colonne_de_plus(chemin: Path) -> None:
    import polars
    import pyreadstat

    if chemin.suffix == ".parquet":
        polars.read_parquet(chemin).with_columns(polars.lit(1).alias("a_moi")).write_parquet(chemin)
        return
    lire, ecrire = (
        (pyreadstat.read_sav, pyreadstat.write_sav)
        if chemin.suffix == ".sav"
        else (pyreadstat.read_dta, pyreadstat.write_dta)
    )
    ecrire(lire(chemin)[0].assign(a_moi=1), chemin)


@pytest.mark.endurance
@pytest.mark.parametrize("suffixe", [".parquet", ".sav", ".dta"])
def test_chaque_format_porte_les_nombres_du_csv(suffixe: str, tmp_path: Path, cpit_dit: Ecran) -> None:
    source, la, en_csv = table(tmp_path, *groupe(4, 1, tiers=3)), tmp_path / f"e{suffixe}", tmp_path / "e.csv"
    for fichier in (la, en_csv):
        assert cpit_dit("evolution", source, "--regards", "soi,tiers", "--sortie", fichier)[0] == 0
    with en_csv.open(encoding="utf-8", newline="") as flux:
        attendues = list(csv.DictReader(flux))
    lues = lire_les_donnees(la)
    assert len(lues) == len(attendues) > 0
    for une, voulue in zip(lues, attendues, strict=True):
        assert list(une) == list(voulue)
        for cle in ("identifiant", "moment_a", "regard_a", "echelle", "libelle"):
            assert une[cle] == voulue[cle]
        for cle in ("de", "a", "difference", "erreur"):
            assert une[cle] == (pytest.approx(float(voulue[cle]), abs=1e-12) if voulue[cle] else None)
        assert (une["etat"] is None) == (not voulue["etat"])
    octets = la.read_bytes()
    assert cpit_dit("evolution", source, "--regards", "soi,tiers", "--sortie", la)[0] == 0, "ses colonnes le disent"
    assert la.read_bytes() == octets
    une_colonne_de_plus(la)
    octets = la.read_bytes()
    assert cpit_dit("evolution", source, "--sortie", la)[0] == 1, "quelqu’un y a mis la sienne"
    assert la.read_bytes() == octets
    assert cpit_dit("evolution", source, "--sortie", la, "--remplacer")[0] == 0


def test_spss_et_stata_disent_ce_que_valent_les_codes(tmp_path: Path, cpit_dit: Ecran) -> None:
    import pyreadstat

    source = table(tmp_path, *groupe(4))
    for fichier in ("e.sav", "e.dta"):
        assert cpit_dit("evolution", source, "--sortie", tmp_path / fichier)[0] == 0
    spss, stata = pyreadstat.read_sav(tmp_path / "e.sav")[1], pyreadstat.read_dta(tmp_path / "e.dta")[1]
    assert spss.variable_value_labels["etat"]["bouge"].startswith("Bouge")
    assert spss.variable_value_labels["moment_de"]["t0"] == "avant ou au début (T0)"
    assert any(mots.startswith("Bouge") for mots in stata.variable_value_labels["etat"].values())
    assert spss.column_names_to_labels["erreur"] == stata.column_names_to_labels["erreur"] != ""


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("suffixe", [".csv", ".xlsx"])
def test_le_dictionnaire_dit_chaque_colonne_et_chaque_code(suffixe: str, tmp_path: Path, cpit_dit: Ecran) -> None:
    source, dico = table(tmp_path, *groupe(4, tiers=4)), tmp_path / f"dictionnaire{suffixe}"
    for options in (("--regards", "soi,tiers"), ()):  # un dictionnaire de cpit se remplace
        assert cpit_dit("evolution", source, *options, "--sortie", tmp_path / "e.csv", "--dictionnaire", dico)[0] == 0
    with (tmp_path / "e.csv").open(encoding="utf-8", newline="") as flux:
        lignes = list(csv.DictReader(flux))
    dits = lire_le_dictionnaire(dico)
    assert list(dits) == list(lignes[0])
    for ligne in lignes:
        for colonne in ("moment_de", "regard_a", "nature", "etat", "motif"):
            assert not ligne[colonne] or ligne[colonne] in dits[colonne], (colonne, ligne[colonne])
    # Rangé avec les réponses, il n’est ni une source, ni une personne.
    assert cpit_dit("cohorte", tmp_path, "--sortie", tmp_path.parent / "c.csv", "--remplacer")[0] == 0


def test_python_ecrit_le_dictionnaire_avec_l_evolution(tmp_path: Path, cpit_dit: Ecran) -> None:
    source, voulu = table(tmp_path, *groupe(4)), tmp_path / "voulu.csv"
    assert cpit_dit("evolution", source, "--sortie", tmp_path / "a.csv", "--dictionnaire", voulu)[0] == 0
    cpit.ecrire(cpit.evolution(source), tmp_path / "b.csv", dictionnaire=tmp_path / "dit.csv")
    assert (tmp_path / "dit.csv").read_bytes() == voulu.read_bytes()
    assert (tmp_path / "b.csv").read_bytes() == (tmp_path / "a.csv").read_bytes()
    with pytest.raises(cpit.MauvaisEmploi):
        cpit.ecrire(cpit.evolution(source), tmp_path / "c.csv", dictionnaire=tmp_path / "dit.pdf")
    assert not (tmp_path / "c.csv").exists()
    # Aucun des deux, si la place de l’un est prise.
    (tmp_path / "pris.csv").write_text("à moi", encoding="utf-8")
    for une, autre in (("pris.csv", "neuf.csv"), ("neuf.csv", "pris.csv")):
        with pytest.raises(cpit.ErreurCpit):
            cpit.ecrire(cpit.evolution(source), tmp_path / une, dictionnaire=tmp_path / autre)
        assert not (tmp_path / "neuf.csv").exists()


def lire_le_dictionnaire(chemin: Path) -> dict[str, set[str]]:
    """Les codes de chaque variable."""
    if chemin.suffix == ".csv":
        with chemin.open(encoding="utf-8", newline="") as flux:
            return {
                une["variable"]: {code.partition(" = ")[0] for code in une["codes"].split(" ; ")}
                for une in csv.DictReader(flux)
            }
    classeur = load_workbook(chemin, read_only=True)
    dits: dict[str, set[str]] = {ligne[1]: set() for ligne in classeur["dictionnaire"].iter_rows(2, values_only=True)}
    for ligne in classeur["dictionnaire_codes"].iter_rows(2, values_only=True):
        dits[ligne[1]].add(ligne[2])
    return dits


def test_les_donnees_typees_se_fouillent_comme_le_csv(tmp_path: Path, cpit_dit: Ecran) -> None:
    """Une personne y est nommée : ce que l’on garde d’elle le dit, dans chaque format."""
    dossier, source = tmp_path / "etude", table(tmp_path, *groupe(4))
    dossier.mkdir()
    for suffixe in ("csv", "parquet", "sav", "dta"):
        assert cpit_dit("evolution", source, "--sortie", dossier / f"e.{suffixe}")[0] == 0
    (dossier / "abime.sav").write_bytes(b"$FL2 rien")
    inventaire = cpit.inventorier("G03", dossier)
    mentions = {une.chemin.name: une.lignes for une in inventaire.mentions}
    assert set(mentions) == {"e.csv", "e.parquet", "e.sav", "e.dta"}
    assert len(set(mentions.values())) == 1
    assert [doute.chemin.name for doute in inventaire.doutes] == ["abime.sav"]


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("nature", ["carte", "evolution", "regards"])
def test_la_facade_dessine_d_une_etude_ce_que_la_commande_dessine(nature: str, tmp_path: Path, cpit_dit: Ecran) -> None:
    source, la = table(tmp_path, *groupe(8, tiers=7)), tmp_path / "la.svg"
    dessinee = cpit.figure(nature, cpit.evolution(source, regards=("soi", "tiers")))
    options = ("--de", "t0") if nature == "carte" else ()
    assert dessine(cpit_dit, nature, source, *options, "--sortie", la)[0] == 0
    assert cpit.ecrire(dessinee, tmp_path / "ici.svg").read_bytes() == la.read_bytes()


def test_une_figure_de_groupe_impossible_est_refusee(tmp_path: Path, cpit_dit: Ecran) -> None:
    cible = tmp_path / "f.svg"
    petit = table(tmp_path, *groupe(2, 4, 4))
    code, dit = dessine(cpit_dit, "evolution", petit, "--sortie", cible)
    assert (code, "2 personnes présentes des deux côtés" in dit) == (1, True)
    source = table(tmp_path, *groupe(6))
    code, dit = dessine(cpit_dit, "regards", source, "--sortie", cible)
    assert (code, "les sources ont t0 soi et t1 soi" in dit) == (1, True)
    code, dit = dessine(cpit_dit, "radar", source, "--de", "t0", "--a", "t1", "--sortie", cible)
    assert (code, "ne se dessine pas de passations comparées" in dit) == (1, True)
    with pytest.raises(cpit.ErreurCpit) as refus:
        cpit.figure("regards", cpit.evolution(source))
    assert {une.code for une in refus.value.anomalies} == {"figure-sans-evolution"}
    assert not cible.exists()


# --- ce qui est refusé ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "code", "mots"),
    [
        (["--a", "t0"], 2, "rien ne se compare"),
        (["--de", "hier"], 2, "le moment « hier » est inconnu"),
        (["--regards", "moi"], 2, "le regard « moi » est inconnu"),
        (["--regards", ""], 2, "le regard « » est inconnu"),
        (["--sortie", "e.txt"], 2, ".csv"),
        (["--dialecte", "latin"], 2, "latin"),
        (["--a", "t2"], 1, "les sources ont t0 soi et t1 soi"),
    ],
)
def test_une_demande_impossible_est_refusee(
    options: list[str], code: int, mots: str, tmp_path: Path, cpit_dit: Ecran
) -> None:
    rendu, sortie, erreur = cpit_dit("evolution", table(tmp_path, *groupe(4)), *options)
    assert (rendu, sortie) == (code, "")
    assert mots in en_une_ligne(erreur)


def test_deux_sorties_n_ont_pas_le_meme_nom(cpit_dit: Ecran, tmp_path: Path) -> None:
    """La seconde effacerait la première : rien n’est écrit."""
    source, une = table(tmp_path, *groupe(8)), tmp_path / "e.csv"
    code, _, erreur = cpit_dit("evolution", source, "--sortie", une, "--dictionnaire", f"{tmp_path}/./e.csv")
    assert code == 2
    assert "donné pour deux sorties" in en_une_ligne(erreur)
    with pytest.raises(cpit.MauvaisEmploi):
        cpit.ecrire(cpit.evolution(source), une, dictionnaire=une)
    assert not une.exists()
