"""Comparer les passations d’une personne : la commande, la façade, ce qui est refusé et ce qui est dit."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from aide_terminal import FauxClavier, FauxEcran
from aides import LIVRE, PREMIERE, RACINE, encoder_passation, lire_passation, livre, passation_de

import cpit
from cpit.cli import executer
from cpit.coeur.passation import Correction, Jumelle, Passation

EXEMPLES = RACINE / "exemples"
AVANT, APRES, TIERS = (str(EXEMPLES / f"passation-r01-{quand}.json") for quand in ("t0-soi", "t1-soi", "t0-tiers"))
Ecran = Callable[..., tuple[int, str, str]]


def _simple(texte: str) -> str:
    return texte.replace("\u202f", " ").replace("\u00a0", " ")


def en_une_ligne(texte: str) -> str:
    return re.sub(r"\s+", " ", texte)


def ecrire(dossier: Path, nom: str, signes: str, **champs: Any) -> Path:
    """Une passation terminée, d’une suite de signes."""
    champs = {"identifiant": "P01", "terminee": "2026-01-01T10:00:00+01:00", **champs}
    return ecrire_la(dossier / nom, passation_de(livre(), signes, **champs))


def ecrire_la(chemin: Path, passation: Passation) -> Path:
    chemin.write_bytes(encoder_passation(passation))
    return chemin


def refus_de(appel: Callable[[], object]) -> set[str]:
    with pytest.raises(cpit.ErreurCpit) as levee:
        appel()
    return {une.code for une in levee.value.anomalies}


# --- ce qui se compare ------------------------------------------------------------------------------------------------


def test_le_json_dit_les_deux_cotes_et_leurs_differences(cpit_dit: Ecran) -> None:
    code, sortie, erreur = cpit_dit("comparer", AVANT, APRES, "--json")
    document = json.loads(sortie)
    assert (code, erreur) == (0, "")
    assert [(document[cote]["moment"], document[cote]["date"]) for cote in ("de", "a")] == [
        ("t0", "2026-09-14"),
        ("t1", "2026-11-16"),
    ]
    reponses = [json.loads(Path(chemin).read_text(encoding="utf-8"))["reponses"] for chemin in (AVANT, APRES)]
    for item, dit in document["items"].items():
        de, a = (une[item].get("valeur") for une in reponses)
        assert dit["difference"] == (None if de is None or a is None else a - de), item
    assert document["ingenieries"]["publique"]["difference"] == pytest.approx(1.0)
    assert document["ingenieries"]["publique"]["etat"] == "bouge"
    assert document["competences"]["C6"]["etat"] is None
    assert document["competences"]["C6"]["plancher"] == pytest.approx((2 / 12 / 3) ** 0.5)
    assert "parcours" not in document


def test_deux_passations_nommees_se_comparent_dans_l_ordre_donne(cpit_dit: Ecran) -> None:
    _, sortie, _ = cpit_dit("comparer", APRES, AVANT, "--json")
    assert json.loads(sortie)["ingenieries"]["publique"]["difference"] == pytest.approx(-1.0)


def test_un_dossier_se_compare_dans_l_ordre_du_temps(cpit_dit: Ecran) -> None:
    """Le code d’une personne l’y choisit, quelle que soit sa casse ; les autres n’y sont pas dites."""
    code, sortie, erreur = cpit_dit("comparer", EXEMPLES, "--code", "r01", "--json")
    document = json.loads(sortie)
    assert (code, erreur) == (0, "")
    assert (document["de"]["moment"], document["a"]["moment"]) == ("t0", "t1")
    assert [(e["moment"], e["regard"]) for e in document["parcours"]["etapes"]] == [
        ("t0", "soi"),
        ("t0", "tiers"),
        ("t1", "soi"),
    ]


def test_de_plusieurs_moments_le_premier_se_compare_au_dernier(tmp_path: Path, cpit_dit: Ecran) -> None:
    """T10 vient après T2 ; les étapes du milieu restent dans le parcours."""
    for moment, signe in (("t2", "2"), ("t10", "4"), ("t0", "1")):
        ecrire(tmp_path, f"{moment}.json", signe * 24, moment=moment)
    assert cpit.comparer(tmp_path).comparaison.ingenieries["publique"].difference == 3.0
    assert "De T0 (01/01/2026) à T10 (01/01/2026)" in cpit_dit("comparer", tmp_path)[1].partition("Ce qui bouge")[0]


def test_une_table_et_une_passation_se_comparent(tmp_path: Path, cpit_dit: Ecran) -> None:
    codes = [item.code for item in livre().ordre_de_passation()]
    table = tmp_path / "retours.csv"
    lignes = [["identifiant", "moment", *codes], ["R01", "t1", *["4"] * 24], ["R09", "t1", *["0"] * 24]]
    table.write_text("\n".join(";".join(ligne) for ligne in lignes), encoding="utf-8")
    _, sortie, _ = cpit_dit("comparer", AVANT, table, "--code", "R01", "--json")
    document = json.loads(sortie)
    assert document["a"]["moment"] == "t1"
    assert document["ingenieries"]["publique"]["a"] == 4.0


def test_une_passation_de_deux_moments_en_donne_deux(tmp_path: Path) -> None:
    """À T1 et au début vu d’aujourd’hui, d’un trait : tout se compare, du fichier ou de la valeur."""
    jumelle = Jumelle("t0-retrospectif", reponses=passation_de(livre(), "1" * 24).reponses)
    ecrire(tmp_path, "a.json", "2" * 24)
    deux = ecrire(tmp_path, "b.json", "3" * 24, moment="t1", jumelle=jumelle)
    for seconde in (deux, lire_passation(deux)):
        rapproche = cpit.comparer(tmp_path / "a.json", seconde)
        differences = {p.sorte: p.comparaison.ingenieries["publique"].difference for p in rapproche.parcours.paires}
        assert differences == {"vecu": 1.0, "retrospectif": 2.0, "repere": -1.0}
        assert rapproche.comparaison.ingenieries["publique"].difference == 1.0


@pytest.mark.echantillon(3)
@pytest.mark.parametrize(
    ("moment", "date", "en_mots"),
    [
        ("t0-retrospectif", "2025-09", "septembre 2025, dit le 05/02/2026"),
        ("t0-retrospectif", "", "dit le 05/02/2026"),
        ("t0", "2025", "2025, dit le 05/02/2026"),
        ("t0", "2026-02-05", "05/02/2026"),
        ("t0", "", "05/02/2026"),
    ],
)
def test_un_moment_porte_sa_date_partout(tmp_path: Path, cpit_dit: Ecran, moment: str, date: str, en_mots: str) -> None:
    """De quand on parle, et le jour où on l’a dit : le second ne passe jamais pour le premier."""
    quand = {"terminee": "2026-02-05T10:00:00+01:00"}
    un = ecrire(tmp_path, "a.json", "1" * 24, moment=moment, date_moment=date, **quand)
    deux = ecrire(tmp_path, "b.json", "3" * 24, moment="t1", **quand)
    page, classeur = tmp_path / "p.html", tmp_path / "c.xlsx"
    code, sortie, erreur = cpit_dit("comparer", un, deux, "--page", page, "--classeur", classeur)
    assert (code, erreur) == (0, "")
    nom = "T0 vu d’aujourd’hui" if moment != "t0" else "T0"
    assert f"De {nom} ({en_mots}) à T1 (05/02/2026)" in en_une_ligne(sortie)
    assert f"De {nom} ({en_mots}) à T1" in en_une_ligne(_simple(page.read_text(encoding="utf-8")))
    assert en_mots in " ".join(textes_du_classeur(classeur))
    document = json.loads(cpit_dit("comparer", un, deux, "--json")[1])
    assert (document["de"]["date"], document["de"]["date_moment"]) == ("2026-02-05", date)


def test_de_versions_qui_n_ont_rien_de_commun_se_compare_ce_qui_peut_l_etre(tmp_path: Path) -> None:
    """T0 d’une version dont aucune question n’est restée : T1 et T2, qui se comparent, ne s’en refusent pas."""
    ecrire_la(tmp_path / "a.json", passation_de(cpit.referentiel(PREMIERE), "2" * 24, identifiant="P01"))
    ecrire(tmp_path, "b.json", "1" * 24, moment="t1")
    ecrire(tmp_path, "c.json", "3" * 24, moment="t2")
    comparaison = cpit.comparer(tmp_path).comparaison
    assert (comparaison.de.moment, comparaison.a.moment) == ("t1", "t2")


@pytest.mark.echantillon(2)
@pytest.mark.parametrize(
    ("t0", "t1", "a_rebours"),
    [
        ({"terminee": "2026-09-14T10:00:00+02:00"}, {"terminee": "2026-06-01T10:00:00+02:00"}, True),
        ({"terminee": "2026-06-01T10:00:00+02:00"}, {"terminee": "2026-06-01T10:00:00+02:00"}, False),
        ({"date_moment": "2027"}, {"date_moment": "2026-11"}, True),
        ({"date_moment": "2026-11-20"}, {"date_moment": "2026-11"}, False),
        ({"moment": "t0-retrospectif", "terminee": "2026-09-14T10:00:00+02:00"}, {"terminee": "2026-06-01"}, False),
        ({"moment": "t0-retrospectif", "date_moment": "2027-01"}, {}, True),
        ({"terminee": None}, {"terminee": None}, False),
    ],
)
def test_des_dates_qui_dementent_l_ordre_des_moments_se_disent(
    tmp_path: Path, t0: dict[str, str], t1: dict[str, str], a_rebours: bool
) -> None:
    """D’une personne, d’un groupe ; d’un moment passé, le jour des réponses n’est pas le sien."""
    un = ecrire(tmp_path, "a.json", "1" * 24, **t0)
    deux = ecrire(tmp_path, "b.json", "2" * 24, moment="t1", **t1)
    for sources in ([un, deux], [deux, un], [tmp_path]):
        dites = {une.code for une in cpit.comparer(*sources).anomalies}
        assert ("comparaison-dates-a-rebours" in dites) == a_rebours
    etude = cpit.evolution([tmp_path], de=t0.get("moment", "t0"))
    assert ("evolution-dates-a-rebours" in {une.code for une in etude.anomalies}) == a_rebours


def test_corriger_une_passation_ne_la_deplace_pas_dans_le_temps(tmp_path: Path) -> None:
    """T0, terminée en janvier et corrigée en mars, après T1 : elle reste de janvier."""
    mars = "2026-03-01T10:00:00+01:00"
    corrections = (Correction(mars, "2026-01-01T10:00:00+01:00", "a.json.version-2026-01-01"),)
    un = ecrire(tmp_path, "a.json", "1" * 24, terminee=mars, modifiee=mars, corrections=corrections)
    deux = ecrire(tmp_path, "b.json", "2" * 24, moment="t1", terminee="2026-02-01T10:00:00+01:00")
    rapproche = cpit.comparer(un, deux)
    assert (rapproche.comparaison.de.date, rapproche.anomalies) == ("2026-01-01", ())
    assert cpit.lire(un).cohorte.notees[0].passation.date_du_moment == "2026-01-01"


def textes_du_classeur(chemin: Path) -> list[str]:
    feuilles = openpyxl.load_workbook(chemin, read_only=True)
    valeurs = (cellule for feuille in feuilles for ligne in feuille.iter_rows(values_only=True) for cellule in ligne)
    return [_simple(valeur) for valeur in valeurs if isinstance(valeur, str)]


def test_en_lignes_simples_chaque_situation_est_entiere(cpit_dit: Ecran) -> None:
    """Rien n’y est à tenir en colonne : ni coupure, ni point redit."""
    sortie = cpit_dit("comparer", AVANT, APRES, "--simple")[1]
    ligne = next(une for une in sortie.splitlines() if une.startswith("Code : C1P"))
    assert ligne.endswith(cpit.referentiel().items_par_code["C1P"].enonce.rstrip(".") + ".")
    assert "…" not in sortie


@pytest.mark.echantillon(2)
@pytest.mark.parametrize(("moment", "le", "du"), [("t0", "Le début", "du début"), ("t1", "T1", "de T1")])
def test_un_moment_revu_se_nomme_par_son_nom(tmp_path: Path, cpit_dit: Ecran, moment: str, le: str, du: str) -> None:
    """T1 vu d’aujourd’hui n’est pas le début, à l’écran, en page et en classeur."""
    for signe, quand in enumerate(("t0", "t1", "t2", f"{moment}-retrospectif")):
        ecrire(tmp_path, f"{quand}.json", f"{signe}" * 24, moment=quand)
    page, classeur = tmp_path / "p.html", tmp_path / "c.xlsx"
    sortie = cpit_dit("comparer", tmp_path, "--page", page, "--classeur", classeur)[1]
    for texte in (sortie, _simple(page.read_text(encoding="utf-8")), " ".join(textes_du_classeur(classeur))):
        lu = en_une_ligne(texte)
        assert f"{le}, tel qu’il a été situé, puis vu d’aujourd’hui" in lu
        assert f"La pratique {du} n’a pas changé" in lu
        assert f"Depuis {le[0].lower() + le[1:] if moment == 't0' else le}, vu d’aujourd’hui" in lu
        assert moment == "t0" or "Le début" not in lu.partition("Comment c’est calculé")[0]


# --- l’écran ----------------------------------------------------------------------------------------------------------


def test_l_ecran_dit_d_abord_ce_qui_bouge_et_nomme_le_plancher(cpit_dit: Ecran) -> None:
    code, sortie, _ = cpit_dit("comparer", AVANT, APRES)
    assert code == 0
    assert max(map(len, sortie.splitlines())) <= 80
    assert sortie.index("Ce qui bouge") < sortie.index("Ingénieries ─") < sortie.index("Compétences ─")
    assert "Ingénierie publique : de 1,5 à 2,5, +1,00 (à 95 %, de +0,66 à +1,34)." in sortie
    assert re.search(r"Compétence +T0 +T1 +Différence +Plancher\n", sortie)
    assert re.search(r"C6 Sceller l’accord +1,7 +2,7 +\+1,00 +0,24", sortie)
    assert re.search(r"Management de projets .* incertain", sortie)
    assert "De T0 (14/09/2026) à T1 (16/11/2026)" in sortie
    assert "par domaines, ces bornes sont trop étroites" in en_une_ligne(sortie)


@pytest.mark.parametrize("mots", [[], ["--simple"]])
def test_aucun_mot_ne_juge(mots: list[str], cpit_dit: Ecran) -> None:
    for passations in ((AVANT, APRES), (APRES, AVANT), (AVANT, TIERS), (AVANT, TIERS, APRES)):
        sortie = cpit_dit("comparer", *passations, *mots)[1].casefold()
        for mot in ("progrès", "progress", "recul", "régress", "amélior", "mieux", "vous déclarez"):
            assert mot not in sortie


def test_le_mode_simple_dit_des_phrases(cpit_dit: Ecran) -> None:
    _, sortie, _ = cpit_dit("comparer", AVANT, APRES, "--simple")
    assert "Ingénierie : Ingénierie publique ; T0 : 1,5 ; T1 : 2,5 ; Différence : +1,00" in sortie
    assert "─" not in sortie


def test_rien_ne_bouge_se_dit(tmp_path: Path, cpit_dit: Ecran) -> None:
    un = ecrire(tmp_path, "a.json", "2" * 24)
    autre = ecrire(tmp_path, "b.json", "2" * 23 + "3", moment="t1")
    sortie = cpit_dit("comparer", un, autre)[1]
    assert "Rien ne sort de son incertitude" in sortie
    rien = ecrire(tmp_path, "c.json", "." * 24, moment="t1")
    code, sortie, _ = cpit_dit("comparer", un, rien)
    assert code == 1  # une passation sans aucune réponse n’en est pas une


def test_deux_regards_s_ecartent_et_ne_bougent_pas(cpit_dit: Ecran) -> None:
    sortie = en_une_ligne(cpit_dit("comparer", AVANT, TIERS)[1])
    assert "Ce qui s’écarte" in sortie
    assert re.search(r"soi tiers Différence", sortie)
    assert "sans que l’un ait raison" in sortie
    assert "Les deux situent haut" in sortie
    assert " bouge" not in sortie.split("Ce que cela vaut")[0]


# --- une seule personne -----------------------------------------------------------------------------------------------


def test_deux_personnes_ne_se_comparent_pas_sans_le_dire(tmp_path: Path, cpit_dit: Ecran) -> None:
    un, autre = ecrire(tmp_path, "a.json", "2" * 24), ecrire(tmp_path, "b.json", "3" * 24, identifiant="P02")
    code, sortie, erreur = cpit_dit("comparer", un, autre)
    assert (code, sortie) == (1, "")
    assert "de plusieurs personnes (P01, P02)" in en_une_ligne(erreur)
    code, sortie, erreur = cpit_dit("comparer", un, replace_moment(autre, "t1"), "--meme-personne", "--json")
    assert (code, erreur) == (0, "")
    assert json.loads(sortie)["items_communs"] == 24


def replace_moment(chemin: Path, moment: str) -> Path:
    return ecrire_la(chemin, replace(cpit.relire(chemin).restitution.passation, moment=moment))


def test_une_graphie_du_code_ne_fait_pas_une_autre_personne(tmp_path: Path) -> None:
    ecrire(tmp_path, "a.json", "2" * 24)
    ecrire(tmp_path, "b.json", "3" * 24, identifiant=" p01 ", moment="t1")
    assert cpit.comparer(tmp_path).comparaison.items_communs == 24


def test_une_passation_sans_code_est_dite(tmp_path: Path) -> None:
    un, sans = ecrire(tmp_path, "a.json", "2" * 24), ecrire(tmp_path, "b.json", "3" * 24, identifiant="", moment="t1")
    assert [une.code for une in cpit.comparer(un, sans).anomalies] == ["comparaison-sans-code"]
    assert refus_de(lambda: cpit.comparer(tmp_path, code="P01")) >= {"comparaison-seule"}


def test_un_code_absent_propose_le_plus_proche(cpit_dit: Ecran) -> None:
    code, _, erreur = cpit_dit("comparer", EXEMPLES, "--code", "R011")
    assert code == 1
    assert "Vouliez-vous écrire « R01 »" in en_une_ligne(erreur)


# --- ce qui manque, ce qui est de trop --------------------------------------------------------------------------------


def test_une_seule_passation_ne_se_compare_pas(tmp_path: Path) -> None:
    assert refus_de(lambda: cpit.comparer(AVANT)) == {"comparaison-seule"}
    assert refus_de(lambda: cpit.comparer(AVANT, AVANT)) == {"comparaison-seule"}
    assert refus_de(lambda: cpit.comparer(tmp_path)) == {"comparaison-seule"}


def test_une_passation_illisible_est_dite(tmp_path: Path, cpit_dit: Ecran) -> None:
    abime = tmp_path / "b.json"
    abime.write_text(Path(APRES).read_text(encoding="utf-8")[:500], encoding="utf-8")
    code, sortie, erreur = cpit_dit("comparer", AVANT, abime)
    assert (code, sortie) == (1, "")
    assert "b.json" in erreur
    assert refus_de(lambda: cpit.comparer(AVANT, tmp_path / "absente.json")) >= {"source-introuvable"}


def test_une_passation_inachevee_est_dite_et_comparee(tmp_path: Path) -> None:
    un = ecrire(tmp_path, "a.json", "2" * 24)
    autre = ecrire(tmp_path, "b.json", "3" * 12, moment="t1", terminee=None)
    rapproche = cpit.comparer(un, autre)
    assert [une.code for une in rapproche.anomalies] == ["passation-inachevee"]
    assert rapproche.comparaison.items_communs == 12


def test_la_meme_place_est_dite(tmp_path: Path) -> None:
    un, autre = ecrire(tmp_path, "a.json", "2" * 24), ecrire(tmp_path, "b.json", "3" * 24)
    rapproche = cpit.comparer(un, autre)
    assert [une.code for une in rapproche.anomalies] == ["comparaison-meme-place"]
    assert rapproche.comparaison.ingenieries["publique"].difference == 1.0
    # D’un dossier, rien ne dit laquelle est la bonne.
    assert refus_de(lambda: cpit.comparer(tmp_path)) >= {"comparaison-sans-paire", "passation-en-double"}


def test_une_reponse_que_le_referentiel_n_a_pas_est_refusee_et_situee(tmp_path: Path, cpit_dit: Ecran) -> None:
    un = ecrire(tmp_path, "a.json", "2" * 24)
    fautive = ecrire(tmp_path, "b.json", "3" * 23 + "9", moment="t1")
    code, sortie, erreur = cpit_dit("comparer", un, fautive)
    assert code == 1
    assert "Ce qui bouge" in sortie
    assert "b.json" in erreur
    assert "n’est pas un niveau de l’échelle" in en_une_ligne(erreur)
    assert f"cpit questionnaire --reprendre {fautive}" in en_une_ligne(erreur)


# --- d’une version à l’autre ------------------------------------------------------------------------------------------


def autre_version(dossier: Path, avant: str, apres: str, version: str = "2.0.1") -> Any:
    texte = LIVRE.read_text(encoding="utf-8")
    assert avant in texte
    fichier = dossier / "autre.yaml"
    fichier.write_text(
        texte.replace("version: 2.0.0\n", f"version: {version}\n").replace(avant, apres), encoding="utf-8"
    )
    return cpit.referentiel(fichier)


def test_d_une_version_a_l_autre_seules_les_memes_questions_se_comparent(tmp_path: Path, cpit_dit: Ecran) -> None:
    item = livre().items[0]
    mot = item.enonce.split()[2]
    autre = autre_version(tmp_path, item.enonce.split(",")[0][:30], f"Autrement, {mot}")
    un = ecrire(tmp_path, "a.json", "2" * 24)
    deux = ecrire_la(
        tmp_path / "b.json",
        passation_de(autre, "3" * 24, identifiant="P01", moment="t1", terminee="2026-06-01T10:00:00+02:00"),
    )
    code, sortie, erreur = cpit_dit("comparer", un, deux, "--json")
    document = json.loads(sortie)
    assert code == 0
    assert document["referentiel"]["version"] == "2.0.1"
    assert document["items"][item.code] == {"de": None, "a": 3, "difference": None, "motif": "question-changee"}
    assert document["items_communs"] == 23
    assert f"23 sur 24 ; changées : {item.code}" in en_une_ligne(erreur)
    # Dans l’autre sens, la même version note : la plus récente.
    assert cpit.comparer(deux, un).comparaison.referentiel.version == "2.0.1"
    assert cpit.comparer(deux, un, autre).comparaison.items_communs == 23


def test_sans_question_commune_rien_ne_se_compare(tmp_path: Path) -> None:
    ancienne = cpit.referentiel(PREMIERE)
    un = ecrire_la(tmp_path / "a.json", passation_de(ancienne, "2" * 24, identifiant="P01"))
    deux = ecrire(tmp_path, "b.json", "3" * 24, moment="t1")
    assert refus_de(lambda: cpit.comparer(un, deux)) >= {"comparaison-sans-question-commune"}


# --- les regards ------------------------------------------------------------------------------------------------------


def test_deux_regards_se_titrent_par_qui_situe_chacun_date_si_les_jours_different(
    tmp_path: Path, cpit_dit: Ecran
) -> None:
    soi = ecrire(tmp_path, "a.json", "1" * 24, terminee="2026-01-05T10:00:00+01:00")
    tiers = {"regard": "tiers", "evaluateur": "E2", "role_evaluateur": "pair", "terminee": "2026-02-06T10:00:00+01:00"}
    sortie = cpit_dit("comparer", soi, ecrire(tmp_path, "b.json", "2" * 24, **tiers))[1]
    assert "T0 : de soi (05/01/2026) à un tiers (pair, même fonction ailleurs, E2, 06/02/2026)" in en_une_ligne(sortie)


def test_plusieurs_tiers_ont_chacun_leur_ressemblance(tmp_path: Path, cpit_dit: Ecran) -> None:
    """Écarts de 1 partout : distance 1 ; réponses toutes égales, donc sans corrélation."""
    ecrire(tmp_path, "a.json", "1" * 24)
    for code, signe in (("E1", "2"), ("E2", "1"), ("E3", "0")):
        ecrire(tmp_path, f"{code}.json", signe * 24, regard="tiers", evaluateur=code)
    sortie = en_une_ligne(cpit_dit("comparer", tmp_path)[1])
    for code, distance in (("E1", "1,0"), ("E2", "0,0"), ("E3", "1,0")):
        assert f"Avec un tiers ({code}) : d’ordinaire {distance} niveau d’écart, sur 24 situations communes." in sortie


@pytest.mark.endurance
def test_un_tiers_seul_est_tu_la_ou_d_autres_personnes_sont(tmp_path: Path, cpit_dit: Ecran) -> None:
    """Un dossier où n’est qu’une personne est le sien ; ailleurs, elle le dit, ou nomme ses passations."""
    tu = "moins de trois tiers est tu"
    assert tu in en_une_ligne(cpit_dit("comparer", EXEMPLES, "--code", "R01")[1])
    assert tu not in en_une_ligne(cpit_dit("comparer", EXEMPLES, "--code", "R01", "--collecte-personnelle")[1])
    for source in (AVANT, APRES, TIERS):
        shutil.copy(source, tmp_path)
    for sources in ([tmp_path], [AVANT, TIERS, APRES]):
        sortie = en_une_ligne(cpit_dit("comparer", *sources)[1])
        assert tu not in sortie
        assert "T0 (14/09/2026) : de soi à un tiers" in sortie.replace("\u202f", " ")
    dessin = tmp_path / "r.svg"
    for sources, dit in (((EXEMPLES, "--code", "R01"), True), ((AVANT, TIERS), False)):
        assert cpit_dit("figure", "regards", *sources, "--sortie", dessin)[0] == 0
        legende = " ".join(re.sub("<[^>]+>", " ", dessin.read_text(encoding="utf-8")).split())
        assert (tu in legende) is dit, "« tu » ne s’y lit pas sans sa raison"
    tus = json.loads(cpit_dit("comparer", EXEMPLES, "--code", "R01", "--json")[1])["parcours"]
    assert {un["tiers"]["n"] for un in tus["regards"][0]["items"].values()} <= {None, 0}
    assert tus["regards"][0]["face_a_face"] == []


@pytest.mark.echantillon(3)
@pytest.mark.parametrize(("premier", "second"), [("E1", "E2"), ("", ""), ("E1", "")])
def test_deux_tiers_d_un_meme_moment_s_ecartent_et_ne_bougent_pas(
    tmp_path: Path, cpit_dit: Ecran, premier: str, second: str
) -> None:
    tiers = {"regard": "tiers", "moment": "t1"}
    un = ecrire(tmp_path, "a.json", "1" * 24, evaluateur=premier, **tiers)
    deux = ecrire(tmp_path, "b.json", "3" * 24, evaluateur=second, **tiers)
    sortie = cpit_dit("comparer", un, deux, "--classeur", tmp_path / "c.xlsx")[1]
    assert "Ce qui s’écarte" in sortie
    assert not re.search("[Bb]ouge", sortie)
    assert "Regards" in openpyxl.load_workbook(tmp_path / "c.xlsx").sheetnames


def test_entre_deux_regards_la_portee_dit_ce_qui_s_ecarte(tmp_path: Path, cpit_dit: Ecran) -> None:
    """Le mot expliqué est celui que l’on a lu, même s’il n’y a pas de quoi comparer."""
    for source in (TIERS, APRES):
        assert ("S’écarte : " in cpit_dit("comparer", AVANT, source)[1]) == (source is TIERS)
    un = ecrire(tmp_path, "a.json", "12" + "." * 22)
    deux = ecrire(tmp_path, "b.json", "." * 22 + "12", regard="tiers")
    sortie = cpit_dit("comparer", un, deux)[1]
    assert "pour dire si quelque chose s’écarte" in en_une_ligne(sortie)
    assert not re.search("[Bb]ouge", sortie)


def test_plusieurs_tiers_se_disent_au_pluriel_et_un_item_tu_ne_tait_pas_les_autres(
    tmp_path: Path, cpit_dit: Ecran
) -> None:
    ecrire(tmp_path, "a.json", "4" * 12 + "0" * 12)
    for rang, signes in enumerate(("1" * 24, "1" * 24, "1" * 23 + "S")):
        ecrire(tmp_path, f"{rang}.json", signes, regard="tiers", evaluateur=f"E{rang}")
    ecrire(tmp_path, "b.json", "4" * 24, moment="t1")
    ecrire(tmp_path, "autre.json", "4" * 24, identifiant="P02")
    sortie = en_une_ligne(cpit_dit("comparer", tmp_path, "--code", "P01")[1])
    dernier = [item.code for item in livre().ordre_de_passation()][-1]
    assert "3 tiers situent ce qu’ils voient" in sortie
    assert "moins de trois tiers est tu" in sortie
    assert "Soi situe plus haut (ce que les tiers voient moins, ou un angle mort) : C1P" in sortie
    bas = sortie.partition("Soi et les tiers, en moyenne, situent bas : ")[2].partition(".")[0]
    assert bas
    assert dernier not in bas


def test_un_double_se_regle_par_ce_que_la_commande_sait_faire(tmp_path: Path, cpit_dit: Ecran) -> None:
    """« comparer » : on y nomme ses passations, ou l’on dit laquelle garder ; ce qui est conseillé se fait."""
    for nom, signes, moment in (("a", "1", "t0"), ("b", "2", "t0"), ("c", "3", "t1")):
        ecrire(tmp_path, f"{nom}.json", signes * 24, moment=moment)
    dit = en_une_ligne(cpit_dit("comparer", tmp_path)[2])
    assert "a déjà une passation t0" in dit
    assert "la nommer elle-même avec l’autre passation, ou dire --garder recent" in dit
    for choix, nom in (((tmp_path / "b.json", tmp_path / "c.json"), "1"), ((tmp_path, "--garder", "premier"), "2")):
        code, sortie, _ = cpit_dit("comparer", *choix, "--json")
        assert code == 0
        assert {str(une["difference"]) for une in json.loads(sortie)["items"].values()} == {nom}
    assert "--garder recent" in en_une_ligne(cpit_dit("evolution", tmp_path)[2])


# --- un groupe de référence -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def groupe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Quarante personnes à T0, dont les réponses d’une compétence vont ensemble."""
    chemin = tmp_path_factory.mktemp("groupe") / "groupe.csv"
    codes = [item.code for item in livre().ordre_de_passation()]
    lignes = [["identifiant", "moment", *codes]]
    for rang in range(40):
        reponses = [min(4, max(0, (rang * 7 + i // 3 * 5) % 5 + (rang + i) % 2 - (rang * i) % 2)) for i in range(24)]
        lignes.append([f"G{rang:02}", "t0", *map(str, reponses)])
    chemin.write_text("\n".join(";".join(ligne) for ligne in lignes), encoding="utf-8")
    return chemin


def test_une_reference_donne_un_etat_aux_competences(groupe: Path, cpit_dit: Ecran) -> None:
    pytest.importorskip("scipy")
    _, sortie, _ = cpit_dit("comparer", AVANT, APRES, "--reference", groupe, "--json")
    document = json.loads(sortie)
    une = document["competences"]["C1"]
    sem = une["reference"]["sem"]
    assert une["reference"]["decelable"] == pytest.approx(1.96 * 2**0.5 * sem)
    assert une["reference"]["indice"] == pytest.approx(une["difference"] / (2**0.5 * sem))
    assert une["etat"] == ("bouge" if une["difference"] > une["reference"]["decelable"] else "incertain")
    assert document["reference"]["personnes"] == 40
    sortie = en_une_ligne(cpit_dit("comparer", AVANT, APRES, "--reference", groupe)[1])
    assert "Plancher Décelable État" in sortie
    assert "Groupe de référence : 40 personnes (t0, soi)" in sortie
    # Des bornes à elle, et la référence à côté : les deux se lisent, au centième.
    for code, ingenierie in document["ingenieries"].items():
        if ingenierie["reference"] is None:  # une situation n’y a pas de réponse des deux côtés
            continue
        depasse = abs(ingenierie["difference"]) > ingenierie["reference"]["decelable"]
        ecrit = ("> " if depasse else "") + f"{ingenierie['reference']['decelable']:.2f}".replace(".", ",")
        assert re.search(rf"{cpit.referentiel().echelles[code].libelle} .{{15,40}} {ecrit} ", sortie), code


def test_une_echelle_dont_la_reference_ne_donne_pas_l_erreur_est_nommee(tmp_path: Path, cpit_dit: Ecran) -> None:
    """Trois situations qui se contredisent d’une personne à l’autre : α est négatif, C1 n’a pas d’erreur de mesure."""
    pytest.importorskip("scipy")
    codes = [item.code for item in livre().items]
    lignes = [["identifiant", "moment", "regard", *codes]]
    for rang in range(12):
        signes = {code: str(1 + (rang + i) % 3) for i, code in enumerate(codes)} | dict.fromkeys(
            codes[3:], str(rang % 4)
        )
        lignes.append([f"P{rang}", "t0", "soi", *signes.values()])
    table = tmp_path / "g.csv"
    table.write_text("\n".join(";".join(ligne) for ligne in lignes), encoding="utf-8")
    sortie = en_une_ligne(cpit_dit("comparer", AVANT, APRES, "--reference", table)[1])
    assert "Ce groupe ne donne pas d’erreur de mesure à : C1 Mettre en mouvement" in sortie
    # De C2, chacun répond partout de même : α vaut 1, l’erreur est nulle, et tout serait décelable.
    assert "C2 Faire se connaître" in sortie.partition("erreur de mesure à : ")[2]


def test_une_reference_d_un_autre_moment_est_refusee(tmp_path: Path, groupe: Path) -> None:
    pytest.importorskip("scipy")
    table = tmp_path / "g.csv"
    table.write_text(groupe.read_text(encoding="utf-8").replace(";t0;", ";t5;"), encoding="utf-8")
    assert refus_de(lambda: cpit.comparer(AVANT, APRES, reference=table)) == {"reference-sans-strate"}
    assert cpit.comparer(AVANT, APRES, reference=cpit.lire(groupe)).comparaison.reference is not None


# --- ce qui y mène ----------------------------------------------------------------------------------------------------


def test_restituer_et_figure_menent_a_comparer(tmp_path: Path, cpit_dit: Ecran) -> None:
    voulue = f"cpit comparer {AVANT} {APRES}"
    for commande, code in ((["restituer", AVANT, APRES], 2), (["figure", "carte", AVANT, APRES], 1)):
        sortie = [f"--sortie={tmp_path / 'f.svg'}"] if commande[0] == "figure" else []
        trouve, ecrit, erreur = cpit_dit(*commande, *sortie)
        assert (trouve, ecrit) == (code, "")
        assert voulue in en_une_ligne(erreur)
    assert cpit_dit("figure", "carte", AVANT, APRES, "--moment", "t1", f"--sortie={tmp_path / 'f.svg'}")[0] == 0


# --- la page et les figures -------------------------------------------------------------------------------------------


def test_la_page_montre_tout_le_parcours_et_se_remplace(tmp_path: Path, cpit_dit: Ecran) -> None:
    page = tmp_path / "p.html"
    code, sortie, _ = cpit_dit("comparer", AVANT, TIERS, APRES, "--page", page)
    assert code == 0
    assert str(page) in sortie
    texte = _simple(page.read_text(encoding="utf-8"))
    assert '<meta name="cpit-page" content="comparaison">' in texte
    assert '<meta name="cpit-personne" content="R01">' in texte
    for mots in ("Ingénierie publique : de 1,5 à 2,5, +1,00", "Où en sont les choses", "Soi et les tiers, T0"):
        assert mots in texte
    for chemin in (AVANT, TIERS, APRES):
        reponses = json.loads(Path(chemin).read_text(encoding="utf-8"))["reponses"].values()
        assert all(une["trace"] in texte for une in reponses if une.get("trace"))
    assert cpit_dit("comparer", AVANT, TIERS, APRES, "--page", page, "--json")[0] == 0


def test_une_page_ne_prend_la_place_de_rien(tmp_path: Path, cpit_dit: Ecran) -> None:
    prise = tmp_path / "p.html"
    prise.write_text("<p>à moi</p>", encoding="utf-8")
    assert cpit_dit("comparer", AVANT, APRES, "--page", prise)[0] == 1
    assert cpit_dit("comparer", AVANT, APRES, "--page", tmp_path / "p.pdf")[0] == 2
    assert prise.read_text(encoding="utf-8") == "<p>à moi</p>"
    assert cpit_dit("comparer", AVANT, APRES, "--page", prise, "--remplacer")[0] == 0


def test_la_page_dit_les_reserves_et_les_questions_changees(tmp_path: Path) -> None:
    item = livre().items[0]
    autre = autre_version(tmp_path, item.enonce[:20], "Tout autrement, ")
    un = ecrire(tmp_path, "a.json", "2" * 24, terminee=None)
    deux = ecrire_la(tmp_path / "b.json", passation_de(autre, "3" * 24, identifiant="P01", moment="t1"))
    texte = _simple(cpit.ecrire(cpit.comparer(un, deux), tmp_path / "p.html").read_text(encoding="utf-8"))
    assert "La personne n’a pas terminé le questionnaire." in texte
    assert f"changées : {item.code}." in texte
    assert "Posée autrement : " in texte
    assert "2, à une autre question" in texte


@pytest.mark.endurance
def test_la_page_et_le_classeur_ne_parlent_pas_des_fichiers_d_a_cote(tmp_path: Path, cpit_dit: Ecran) -> None:
    """Dans un dossier ordinaire, le classeur d’une passation, une page, des notes : l’écran seul les dit laissés."""
    for source in (AVANT, APRES):
        shutil.copy(source, tmp_path)
        assert cpit_dit("restituer", source, "--classeur", tmp_path / f"{Path(source).stem}.xlsx")[0] == 0
    assert cpit_dit("restituer", AVANT, "--page", tmp_path / "bilan.html")[0] == 0
    (tmp_path / "notes.docx").write_bytes(b"rien")
    page, classeur = tmp_path / "p.html", tmp_path / "c.xlsx"
    code, _, dit = cpit_dit("comparer", tmp_path, "--page", page, "--classeur", classeur)
    assert code == 0
    assert "notes.docx" in dit
    for texte in (page.read_text(encoding="utf-8"), " ".join(textes_du_classeur(classeur))):
        assert not re.search(r"laissée? de côté|notes\.docx|bilan\.html|soi\.xlsx", _simple(texte))


def test_la_page_d_un_dossier_partage_tait_le_tiers_seul(tmp_path: Path) -> None:
    rapproche = cpit.comparer(EXEMPLES, code="R01")
    assert [(p.moment, p.regard) for p in rapproche.passations] == [("t0", "soi"), ("t1", "soi")]
    texte = _simple(cpit.ecrire(rapproche, tmp_path / "p.html").read_text(encoding="utf-8"))
    assert "moins de trois tiers est tu" in texte
    assert "Deux regards au même moment" not in texte
    seul = _simple(cpit.ecrire(cpit.comparer(AVANT, TIERS), tmp_path / "q.html").read_text(encoding="utf-8"))
    assert "Ce qui s’écarte" in seul


def test_une_page_est_a_la_personne_dont_elle_parle(tmp_path: Path) -> None:
    cpit.ecrire(cpit.comparer(AVANT, APRES), tmp_path / "p.html")
    assert [t.chemin.name for t in cpit.inventorier("R01", tmp_path).siens] == ["p.html"]


@pytest.mark.parametrize("nature", ["evolution", "regards", "carte"])
def test_une_figure_se_dessine_de_ce_qui_se_compare(nature: str, tmp_path: Path, cpit_dit: Ecran) -> None:
    figure = cpit.figure(nature, cpit.comparer(AVANT, TIERS) if nature == "regards" else cpit.comparer(AVANT, APRES))
    assert "1,5" in figure.description or nature == "carte"
    if nature != "carte":
        autre = TIERS if nature == "regards" else APRES
        assert cpit_dit("figure", nature, AVANT, autre, f"--sortie={tmp_path / 'f.svg'}")[0] == 0
        ecrite = (tmp_path / "f.svg").read_text(encoding="utf-8")
        assert ecrite.startswith(figure.svg.removesuffix("</svg>\n")[:2000])


def test_une_figure_qui_ne_convient_pas_le_dit(tmp_path: Path) -> None:
    rapproche = cpit.comparer(AVANT, APRES)
    assert refus_de(lambda: cpit.figure("regards", rapproche)) == {"figure-sans-tiers"}
    assert refus_de(lambda: cpit.figure("radar", rapproche)) == {"figure-d-une-passation"}
    assert refus_de(lambda: cpit.figure("evolution", cpit.relire(AVANT))) == {"figure-de-comparaison-seule"}
    assert executer(["figure", "evolution", AVANT, APRES, "--moment", "t0", f"--sortie={tmp_path / 'f.svg'}"]) == 2


def table_de_deux(dossier: Path) -> Path:
    """Deux personnes à trois moments, nommées « Qui », « N » pour « sans objet » ; une seule à qui un tiers répond."""
    codes = [item.code for item in livre().items]
    niveaux = {("Ana", "t0"): "1", ("Ana", "t1"): "2", ("Ana", "t2"): "4", ("Bo", "t0"): "3", ("Bo", "t1"): "3"}
    lignes = [f"{qui};{quand};soi;" + ";".join([*(niveau * 23), "N"]) for (qui, quand), niveau in niveaux.items()]
    lignes.append("Ana;t0;tiers;" + ";".join("2" * 24))
    chemin = dossier / "deux.csv"
    chemin.write_text("\n".join([";".join(["Qui", "moment", "regard", *codes]), *lignes]), encoding="utf-8")
    return chemin


def test_une_figure_se_dessine_d_une_personne_d_une_table(tmp_path: Path, cpit_dit: Ecran) -> None:
    """Les options de lecture d’une table y valent comme pour « comparer », et les moments se choisissent."""
    lire = (table_de_deux(tmp_path), "--identifiant", "Qui", "--valeurs", "N=SO", f"--sortie={tmp_path / 'f.svg'}")
    for options, mots in (
        ((), "de 1,0 à 4,0, +3,00"),
        (("--de", "t0"), "de 1,0 à 2,0, +1,00"),
        (("--de", "t2", "--a", "t1"), "de 4,0 à 2,0, −2,00"),
    ):
        code, sortie, _ = cpit_dit("figure", "evolution", *lire, "--code", "ana", *options)
        assert (code, mots in en_une_ligne(sortie)) == (0, True), options
    code, sortie, _ = cpit_dit("figure", "carte", *lire, "--code", "Ana", "--de", "t0", "--a", "t2")
    assert (code, "De T0 (" in en_une_ligne(sortie)) == (0, True)
    code, sortie, _ = cpit_dit("figure", "regards", *lire, "--code", "Ana", "--moment", "t0")
    assert (code, "soi, 1,0 ; tiers, tu" in en_une_ligne(sortie)) == (0, True)
    assert cpit_dit("figure", "radar", *lire, "--code", "Bo", "--moment", "t1")[0] == 0


@pytest.mark.parametrize(
    ("options", "code", "mots"),
    [
        ("evolution --code Ana --a t5", 1, "pas répondu à t5 ; il y a t0 soi, t1 soi, t2 soi"),
        ("evolution --code Cy", 1, "aucune passation n’est au code « Cy » ; il y a Ana, Bo"),
        ("radar --code Cy", 1, "aucune passation n’est au code « Cy » ; il y a Ana, Bo"),
        ("radar --code Bo", 1, "--code Bo"),
        ("evolution --code Ana --moment t0", 2, "--moment : à ne pas donner"),
        ("regards --code Ana --regard soi", 2, "--regard : à ne pas donner"),
        ("regards --code Ana --moment t1", 1, "pour ce choix (t1) ; il y a t0 tiers"),
        ("regards --code Ana --de t0", 2, "montre soi et les tiers à un seul moment"),
        ("regards --a t1", 2, "montre soi et les tiers à un seul moment"),
    ],
)
def test_une_figure_d_une_personne_impossible_est_refusee(
    options: str, code: int, mots: str, tmp_path: Path, cpit_dit: Ecran
) -> None:
    nature, *reste = options.split()
    lire = (table_de_deux(tmp_path), "--identifiant", "Qui", "--valeurs", "N=SO", f"--sortie={tmp_path / 'f.svg'}")
    rendu, _, erreur = cpit_dit("figure", nature, *lire, *reste)
    assert (rendu, mots in en_une_ligne(erreur)) == (code, True), erreur
    assert not (tmp_path / "f.svg").exists()


def test_une_table_d_une_seule_personne_n_a_pas_besoin_de_son_code(tmp_path: Path, cpit_dit: Ecran) -> None:
    deux = table_de_deux(tmp_path).read_text(encoding="utf-8")
    seule = tmp_path / "ana.csv"
    seule.write_text("\n".join(ligne for ligne in deux.splitlines() if not ligne.startswith("Bo")), encoding="utf-8")
    lire = (seule, "--identifiant", "Qui", "--valeurs", "N=SO", f"--sortie={tmp_path / 'f.svg'}")
    for nature, options in (("evolution", ()), ("carte", ("--de", "t1", "--a", "t2")), ("regards", ())):
        assert cpit_dit("figure", nature, *lire, *options)[0] == 0, nature
    # Seule de sa table, elle a sollicité ce tiers elle-même : il n’est pas tu.
    assert "tiers, 2,0" in en_une_ligne(cpit_dit("figure", "regards", *lire)[1])


@pytest.mark.parametrize("mot", ["Anonyme", "?", ""])
@pytest.mark.parametrize("forme", ["table", "passations"])
def test_deux_tiers_anonymes_sont_deux_tiers(mot: str, forme: str, tmp_path: Path) -> None:
    """« Anonyme » à la place du code d’un tiers n’en est pas un : rien ne les réunit, et chacun se compare."""
    if forme == "table":
        codes = ",".join(item.code for item in livre().ordre_de_passation())
        lignes = [f"R01,soi,,{','.join('2' * 24)}", *(f"R01,tiers,{mot},{','.join(n * 24)}" for n in "13")]
        source = tmp_path / "t.csv"
        source.write_text("\n".join((f"identifiant,regard,evaluateur,{codes}", *lignes)), encoding="utf-8")
    else:
        source = tmp_path
        ecrire(tmp_path, "a.json", "2" * 24)
        for rang, note in enumerate("13"):
            ecrire(tmp_path, f"b{rang}.json", note * 24, regard="tiers", evaluateur=mot)
    recueil = cpit.lire(source)
    assert [notee.passation.evaluateur for notee in recueil.cohorte.notees] == ["", "", ""]
    assert any(une.code == "passation-d-inconnu" for une in recueil.anomalies) == bool(mot)
    assert len(cpit.comparer(source, collecte_personnelle=True).parcours.regards[0].face_a_face) == 2


# --- faire le point ---------------------------------------------------------------------------------------------------


@pytest.fixture
def repondre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Tape des lignes dans « cpit questionnaire » ; rend l’écran."""

    def taper(*touches: str, options: tuple[str, ...] = ()) -> str:
        ecran = FauxEcran()
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.setattr("sys.stdin", FauxClavier(touches))
        monkeypatch.setattr("sys.stdout", ecran)
        executer(["questionnaire", "--dossier", str(tmp_path), *options])
        return en_une_ligne(_simple(ecran.getvalue()))

    return taper


def minimale(dossier: Path, nom: str, **champs: Any) -> Path:
    champs = {"identifiant": "P01", "terminee": "2026-01-05T10:00:00+01:00", **champs}
    return ecrire_la(dossier / nom, passation_de(cpit.referentiel("minimal"), "121212", **champs))


def test_qui_a_fini_se_voit_proposer_le_point_et_finit_sur_ce_qui_bouge(
    tmp_path: Path, repondre: Callable[..., str]
) -> None:
    """Le code, le profil et le référentiel sont repris ; rien d’autre n’est demandé que les situations."""
    minimale(tmp_path, "p.json", profil={"role": "salarie"})
    ecran = repondre("", *["4"] * 6, "")
    assert "(P01, T0, 05/01/2026)" in ecran
    assert "Faire le point aujourd’hui (T1)" in ecran
    neuve = lire_passation(tmp_path / "passation-p01-t1-soi.json")
    assert (neuve.identifiant, neuve.moment, neuve.regard) == ("P01", "t1", "soi")
    assert (neuve.referentiel.identifiant, neuve.profil) == ("minimal", {"role": "salarie"})
    assert neuve.terminee
    assert ecran.index("Ce que cela vaut") < ecran.index("Ce qui bouge") < ecran.index("Passation :")
    assert "De T0 (05/01/2026) à T1" in ecran


def test_qui_refuse_le_point_commence_une_passation_neuve(tmp_path: Path, repondre: Callable[..., str]) -> None:
    minimale(tmp_path, "p.json")
    assert "Le moment" in repondre("n", "P09", "q", options=("--referentiel", "minimal"))
    assert not list(tmp_path.glob("*t1*"))


def test_un_referentiel_introuvable_n_empeche_pas_une_passation_neuve(
    tmp_path: Path, repondre: Callable[..., str]
) -> None:
    """La question se pose, le moment à défaut de nom ; seul le point lui-même en a besoin."""
    chemin = minimale(tmp_path, "p.json")
    passation = replace(lire_passation(chemin), texte_referentiel="")
    ecrire_la(chemin, replace(passation, referentiel=replace(passation.referentiel, empreinte="0" * 64)))
    assert "Le moment" in repondre("n", "P09", "q", options=("--referentiel", "minimal"))
    assert "Le moment" in repondre("n", "P09", "q")
    assert "Faire le point aujourd’hui (T1)" in repondre("")
    assert [un.name for un in tmp_path.glob("*.json")] == ["p.json"]


def test_le_jour_meme_entree_ne_fait_pas_le_point(tmp_path: Path, repondre: Callable[..., str]) -> None:
    minimale(tmp_path, "p.json", terminee=datetime.now().astimezone().isoformat(timespec="seconds"))
    ecran = repondre("", "P01", "q")
    assert "[o/N]" in ecran
    assert "Le moment" in ecran


@pytest.mark.parametrize(
    ("champs", "options", "code", "dit"),
    [
        ({}, (), 1, "Faire le point avec --moment t1"),
        ({}, ("--moment", "t0"), 0, "celle-ci est la seconde"),
        ({}, ("--moment", "t1"), 0, ""),
        ({"identifiant": "P02"}, (), 0, ""),
        ({"regard": "tiers", "evaluateur": "E1"}, (), 0, ""),
        ({"regard": "tiers", "evaluateur": "E1"}, ("--regard", "tiers", "--evaluateur", "e1"), 1, "--moment t1"),
        ({"regard": "tiers", "evaluateur": "E1"}, ("--regard", "tiers", "--evaluateur", "E2"), 0, ""),
        ({"terminee": None}, (), 0, ""),
    ],
)
@pytest.mark.endurance
def test_un_tube_ne_refait_pas_en_silence_une_passation_terminee(
    champs: dict[str, Any],
    options: tuple[str, ...],
    code: int,
    dit: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    minimale(tmp_path, "p.json", **champs)
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n2\n1\n2\n1\n2\n"))
    dites = ("--code", "p01", "--referentiel", "minimal", "--dossier", str(tmp_path), *options)
    assert executer(["questionnaire", *dites]) == code
    ecran = en_une_ligne("".join(capsys.readouterr()))
    assert ("déjà une passation terminée" in ecran) == bool(dit)
    assert dit in ecran
    assert len(list(tmp_path.glob("passation-*.json"))) == 1 - code


def test_un_clavier_demande_avant_d_en_faire_une_seconde(tmp_path: Path, repondre: Callable[..., str]) -> None:
    """Entrée vaut non : rien n’est alors écrit."""
    minimale(tmp_path, "p.json")
    ecran = repondre("n", "p01", "", "", "", options=("--referentiel", "minimal"))
    assert "En répondre une seconde" in ecran
    assert not list(tmp_path.glob("passation-*.json"))


@pytest.mark.parametrize(
    ("fichiers", "options", "propose"),
    [
        ({"identifiant": "P02"}, (), False),
        ({"identifiant": "P02"}, ("--code", "p02"), True),
        ({"identifiant": "P02"}, ("--code", "P03"), False),
        ({"moment": "t1"}, (), True),
        ({}, ("--moment", "t1"), False),
        ({}, ("--regard", "tiers"), False),
    ],
)
def test_le_point_ne_se_propose_qu_a_une_personne_connue(
    fichiers: dict[str, str],
    options: tuple[str, ...],
    propose: bool,
    tmp_path: Path,
    repondre: Callable[..., str],
) -> None:
    minimale(tmp_path, "a.json")
    if fichiers:
        minimale(tmp_path, "b.json", **fichiers)
    ecran = repondre("n", "q", "q", options=options)
    assert ("Faire le point" in ecran) == propose
    if fichiers.get("moment") == "t1":
        assert "(T2)" in ecran


def test_le_regard_d_un_tiers_ne_finit_pas_sur_les_reponses_de_la_personne(
    tmp_path: Path, repondre: Callable[..., str]
) -> None:
    minimale(tmp_path, "p.json")
    options = ("--referentiel", "minimal", "--code", "P01", "--moment", "t0", "--regard", "tiers", "--sans-profil")
    ecran = repondre("", "", "", *["4"] * 6, "", options=options)
    assert "Ce qui s’écarte" not in ecran
    assert "Ce qui bouge" not in ecran


# --- la façade --------------------------------------------------------------------------------------------------------


def test_la_facade_compare_des_fichiers_et_des_passations(cpit_dit: Ecran) -> None:
    rapproche = cpit.comparer(AVANT, APRES)
    lues = [cpit.relire(chemin).restitution.passation for chemin in (AVANT, APRES)]
    assert cpit.comparer(*lues).comparaison == rapproche.comparaison
    assert cpit.comparer(AVANT, lues[1]).comparaison == rapproche.comparaison
    assert [p.moment for p in cpit.comparer(APRES, AVANT).passations] == ["t0", "t1"]
    assert repr(rapproche) == "Rapprochement(Comparaison(t0 soi → t1 soi : 22 items communs), 2 passations)"
    html = rapproche._repr_html_()
    assert "<td>publique</td>" in html
    assert "1.00" in html
    assert cpit_dit("verifier", AVANT)[0] == 0


def test_la_facade_refuse_par_son_nom_ce_qui_n_est_pas_une_passation() -> None:
    with pytest.raises(cpit.MauvaisEmploi, match="premiere"):
        cpit.comparer(12)  # type: ignore[arg-type]
    with pytest.raises(cpit.MauvaisEmploi, match="chemin est vide"):
        cpit.comparer("", AVANT)


# --- des tables, et ce que l’on en dit --------------------------------------------------------------------------------


def ecrire_une_table(chemin: Path, entetes: str, *lignes: tuple[str, str]) -> Path:
    """Une table : ce qui précède les réponses de chaque ligne, puis la même à toutes les situations."""
    codes = [item.code for item in livre().items]
    corps = [";".join([debut, *([signe] * len(codes))]) for debut, signe in lignes]
    chemin.write_text("\n".join([";".join([entetes, *codes]), *corps]) + "\n", encoding="utf-8")
    return chemin


def test_comparer_prend_des_tables_les_options_que_ses_refus_conseillent(cpit_dit: Ecran, tmp_path: Path) -> None:
    table = ecrire_une_table(tmp_path / "t.csv", "Fiche;moment", ("P01;t0", "★"), ("P01;t1", "★★★"), ("P02;t0", "★"))
    code, _, erreur = cpit_dit("comparer", table, "--code", "P01", "--identifiant", "Fiche")
    assert (code, "--valeurs" in erreur) == (1, True)
    code, sortie, erreur = cpit_dit(
        *("comparer", table, "--code", "P01", "--identifiant", "Fiche", "--valeurs", "★=1,★★★=3", "--json")
    )
    assert (code, erreur) == (0, "")
    assert {une["difference"] for une in json.loads(sortie)["items"].values()} == {2}
    meme = cpit.comparer(table, code="P01", identifiant="Fiche", valeurs={"★": 1, "★★★": 3})
    assert {une.difference for une in meme.comparaison.items.values()} == {2}


def test_comparer_prend_le_moment_d_une_table_et_sa_correspondance(cpit_dit: Ecran, tmp_path: Path) -> None:
    avant = ecrire(tmp_path, "avant.json", "1" * 24)
    apres = ecrire_une_table(tmp_path / "apres.csv", "Fiche", ("P01", "beaucoup"))
    dite = tmp_path / "c.yaml"
    dite.write_text(
        'correspondance: 1\nvaleurs: {"beaucoup": "4"}\ncolonnes: {"Fiche": "identifiant"}\n', encoding="utf-8"
    )
    code, sortie, erreur = cpit_dit(*("comparer", avant, apres, "--moment", "t1", "--correspondance", dite, "--json"))
    assert code == 0, erreur
    document = json.loads(sortie)
    assert [document[cote]["moment"] for cote in ("de", "a")] == ["t0", "t1"]
    assert {une["difference"] for une in document["items"].values()} == {3}


def test_d_une_passation_deux_fois_dans_une_table_on_garde_celle_que_l_on_dit(cpit_dit: Ecran, tmp_path: Path) -> None:
    lignes = (("P01;t0", "1"), ("P01;t1", "2"), ("P01;t1", "4"))
    table = ecrire_une_table(tmp_path / "t.csv", "identifiant;moment", *lignes)
    for choix, difference in (("premier", 1), ("recent", 3)):
        code, sortie, _ = cpit_dit("comparer", table, "--garder", choix, "--json")
        assert code == 0
        assert {une["difference"] for une in json.loads(sortie)["items"].values()} == {difference}


def test_une_option_de_table_ne_dit_rien_d_une_passation_et_se_verifie(cpit_dit: Ecran) -> None:
    code, _, erreur = cpit_dit("comparer", AVANT, APRES, "--moment", "t1")
    assert (code, "--moment : cela se dit d’une table" in en_une_ligne(erreur)) == (0, True)
    assert cpit_dit("comparer", AVANT, APRES, "--moment", "hier")[0] == 2


def test_un_code_absent_se_refuse_en_francais(cpit_dit: Ecran, tmp_path: Path) -> None:
    table = ecrire_une_table(tmp_path / "t.csv", "moment", ("t0", "1"), ("t1", "2"))
    code, _, erreur = cpit_dit("comparer", table, "--code", "P01")
    assert code == 1
    assert "« P01 » ; aucune de celles qui ont été lues n’a de code." in en_une_ligne(erreur)


def test_une_liste_de_codes_coupee_ferme_la_phrase(cpit_dit: Ecran, tmp_path: Path) -> None:
    table = ecrire_une_table(tmp_path / "t.csv", "identifiant", *((f"F{rang:02}", "1") for rang in range(12)))
    for options in ((), ("--code", "Z")):
        erreur = en_une_ligne(cpit_dit("comparer", table, *options)[2])
        assert "F07…" in erreur
        assert "…." not in erreur


@pytest.mark.parametrize(("t0", "t1", "agrandie"), [("2" * 24, "223222223222" * 2, True), ("2" * 24, "124" * 8, False)])
def test_un_trajet_pres_du_centre_se_voit_de_pres_dans_la_carte_entiere(
    tmp_path: Path, t0: str, t1: str, agrandie: bool
) -> None:
    for moment, signes in (("t0", t0), ("t1", t1)):
        chemin = tmp_path / f"passation-{moment}.json"
        ecrire_la(chemin, passation_de(livre(), signes, identifiant="R01", moment=moment, regard="soi"))
    page = cpit.ecrire(cpit.comparer(tmp_path), tmp_path / "p.html").read_text(encoding="utf-8")
    assert ("vue agrandie" in page) == agrandie
    assert ("carte entière" in page) == agrandie
    assert ("vers un pôle, au-delà" in page) == agrandie
    table = tmp_path / "g.csv"
    moments = (("t0", ";".join(t0)), ("t1", ";".join(t1)))
    lignes = [f"P{rang};{moment};{valeurs}" for rang in range(12) for moment, valeurs in moments]
    codes = ";".join(item.code for item in livre().ordre_de_passation())
    table.write_text("\n".join((f"identifiant;moment;{codes}", *lignes)), encoding="utf-8")
    groupe = tmp_path / "e.html"
    assert executer(["evolution", str(table), "--page", str(groupe)]) == 0
    page = groupe.read_text(encoding="utf-8")
    assert ("vue agrandie" in page) == agrandie
    assert ("vers un pôle, au-delà" in page) == agrandie
