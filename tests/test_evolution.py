"""Ce qui a bougé dans un groupe : qui est apparié, ce qui se décrit, ce qui se tait, par un oracle et par R."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from html import unescape
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import oracle
import pytest
from aide_cohorte import cohorte_au_hasard
from aides import TESTS, Programme, livre, passation_de, tirages
from campagnes.commun import GRAINE
from campagnes.couverture_evolution import (
    SIMULES,
    couvrir_des_groupes,
    couvrir_des_personnes,
    decaler,
    essayer_des_bornes,
    part_dans_les_limites,
    populations_simulees,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import stdtrit

import cpit
from cpit.coeur.cohorte import Cohorte, Releve, composer
from cpit.coeur.comparaison import Reference, comparer_passations
from cpit.coeur.evolution import (
    Evolution,
    NombreBorne,
    SeriesAppariees,
    evoluer,
    mesurer_les_series,
    tableau_des_mouvements,
    tableau_des_personnes,
)
from cpit.coeur.groupe import REGLE_DES_ETUDES, Public, RegleDesPetitsGroupes
from cpit.formats.recueil import EtudeDEvolution, Recueil

AU_DELA = RegleDesPetitsGroupes(effectif_minimal=3, public=Public.AU_DELA)
BORNES = ("difference", "d_z", "d_av", "limite_basse", "limite_haute")
Ligne = tuple[str, str, str, str]
"""Code, moment, regard, réponses ; le code d’un tiers suit celui de la personne, « R01/N1 »."""


def cohorte(*lignes: Ligne) -> Cohorte:
    releves = []
    for code, moment, regard, reponses in lignes:
        identifiant, _, evaluateur = code.partition("/")
        passation = passation_de(livre(), reponses, moment=moment, regard=regard)
        releves.append(Releve(replace(passation, identifiant=identifiant, evaluateur=evaluateur), "c.csv"))
    return composer(livre(), releves)


def au_hasard(graine: int, t0: int, t1: int, deux: int) -> Cohorte:
    """Tant de personnes aux deux moments, tant à un seul."""
    de = Random(graine)

    def reponses() -> str:
        return "".join(de.choice("01234") for _ in range(24))

    presentes = [(f"D{n}", ("t0", "t1")) for n in range(deux)]
    presentes += [(f"A{n}", ("t0",)) for n in range(t0)] + [(f"B{n}", ("t1",)) for n in range(t1)]
    return cohorte(*((code, moment, "soi", reponses()) for code, moments in presentes for moment in moments))


# --- qui est apparié --------------------------------------------------------------------------------------------------


def test_on_compte_des_personnes_et_chacune_une_fois() -> None:
    """R01 et « r01 » sont une personne ; deux fois à t1, R04 est écartée ; sans code, rien ne rattache."""
    evolution = evoluer(
        cohorte(
            *(("R01", "t0", "soi", "1" * 24), ("r01 ", "t1", "soi", "2" * 24)),
            *(("R02", "t0", "soi", "1" * 24), ("R03", "t1", "soi", "2" * 24)),
            *(("R04", "t0", "soi", "1" * 24), ("R04", "t1", "soi", "2" * 24), ("R04", "t1", "soi", "3" * 24)),
            *(("", "t0", "soi", "1" * 24), ("", "t1", "soi", "2" * 24), ("", "t1", "soi", "2" * 24)),
        )
    )
    assert (evolution.appariees, evolution.seules_de, evolution.seules_a, evolution.ecartees) == (1, 1, 1, 1)
    assert evolution.sans_code == (1, 2)
    assert evolution.trop_petite
    assert {un.motif for un in evolution.mouvements.values()} == {"petit-groupe"}
    assert evolution.position is None
    assert "R01" not in repr(evolution) + repr(evolution.personnes)


def test_les_tiers_d_une_personne_n_en_font_qu_un() -> None:
    """A : 1 face à 2 et 4, soit +2 en moyenne ; B : 1 face à 2 ; C : 1 face à 1. Moyenne (2 + 1 + 0) / 3."""
    groupe = cohorte(
        *((code, "t0", "soi", "1" * 24) for code in "ABC"),
        *(("A/N1", "t0", "tiers", "2" * 24), ("A/E1", "t0", "tiers", "4" * 24)),
        *(("B", "t0", "tiers", "2" * 24), ("C", "t0", "tiers", "1" * 24)),
    )
    evolution = evoluer(groupe, ("t0", "soi"), ("t0", "tiers"))
    assert (evolution.appariees, evolution.a_plusieurs_tiers, evolution.ecartees) == (3, 1, 0)
    for un in evolution.mouvements.values():
        if un.nature != "position":
            assert un.series is not None
            assert (un.series.n, un.series.difference.valeur) == (3, pytest.approx(1.0))
    etats = evolution.mouvements["publique"].etats
    assert etats is not None
    assert (etats.bougent, etats.vers_le_haut, etats.incertaines, etats.sans_etat) == (1, 1, 1, 1)


def test_un_meme_tiers_deux_fois_s_ecarte() -> None:
    groupe = cohorte(
        *(("A", "t0", "soi", "1" * 24), ("A/N1", "t0", "tiers", "2" * 24), ("A/n1", "t0", "tiers", "4" * 24))
    )
    assert evoluer(groupe, ("t0", "soi"), ("t0", "tiers")).ecartees == 1


def test_une_strate_absente_ou_la_meme_se_refuse() -> None:
    with pytest.raises(KeyError):
        evoluer(cohorte(("A", "t0", "soi", "1" * 24)))
    with pytest.raises(ValueError, match="elle-même"):
        evoluer(cohorte(("A", "t0", "soi", "1" * 24)), ("t0", "soi"), ("t0", "soi"))


def test_chacun_y_est_compare_a_lui_meme() -> None:
    """Ses écarts sont ceux de sa comparaison, et le groupe les décrit."""
    groupe = au_hasard(3, 2, 1, 9)
    evolution = evoluer(groupe)
    par_code = {(n.passation.identifiant, n.passation.moment): n.passation for n in groupe.notees}
    differences = []
    for personne in evolution.personnes:
        seule = comparer_passations(livre(), *(par_code[personne.identifiant, moment] for moment in ("t0", "t1")))
        assert seule == personne.comparaisons[0]
        ecart, position = personne.ecarts["publique"], personne.ecarts["x"]
        assert (ecart.difference, ecart.erreur) == (
            seule.ingenieries["publique"].difference,
            seule.ingenieries["publique"].erreur,
        )
        assert seule.position.deplacement is not None
        assert position.difference == seule.position.deplacement.x
        differences.append(ecart.difference)
    series = evolution.mouvements["publique"].series
    assert series is not None
    assert series.difference.valeur == pytest.approx(np.mean(differences))
    assert series.ecart_type == pytest.approx(np.std(differences, ddof=1))
    bougent = sum(p.comparaisons[0].position.etat == "bouge" for p in evolution.personnes)
    assert evolution.position is not None
    assert (evolution.position.bougent, evolution.position.vers_le_haut) == (bougent, None)


def test_une_reference_dit_combien_bougent() -> None:
    """Décelable : 1,96 · √2 · 0,3 = 0,83 ; trois montent d’un niveau, une d’aucun."""
    groupe = cohorte(
        *((code, "t0", "soi", "1" * 24) for code in "ABCD"),
        *((code, "t1", "soi", niveau * 24) for code, niveau in zip("ABCD", "2221", strict=True)),
    )
    evolution = evoluer(groupe, reference=Reference("t0", "soi", 40, {"C1": 0.3}))
    etats = evolution.mouvements["C1"].etats_de_reference
    assert etats is not None
    assert (etats.bougent, etats.vers_le_haut, etats.incertaines) == (3, 3, 1)
    assert evolution.mouvements["C2"].etats_de_reference is None


# --- ce qui se tait ---------------------------------------------------------------------------------------------------


def retrouves(evolution: Evolution, groupe: Cohorte, cle: str) -> bool:
    """Vrai si une combinaison des sommes montrées et de celles des strates ne tient qu’à une ou deux personnes."""
    series = evolution.mouvements[cle].series
    personnes = sorted({n.passation.identifiant for n in groupe.notees})
    moments = {p: {n.passation.moment for n in groupe.notees if n.passation.identifiant == p} for p in personnes}
    inconnues = [(p, m) for p in personnes for m in sorted(moments[p])]
    formes = [{i: 1 for i in inconnues if i[1] == m} for m in ("t0", "t1")]
    formes = [forme for forme in formes if len(forme) >= 3]
    appariees = [p for p in personnes if len(moments[p]) == 2]
    if series is not None:
        formes.append({(p, m): s for p in appariees for m, s in (("t0", -1), ("t1", 1))})
        formes += [
            {(p, m): 1 for p in appariees} for m, vue in (("t0", series.de), ("t1", series.a)) if vue is not None
        ]
    matrice = np.array([[forme.get(i, 0) for i in inconnues] for forme in formes])
    rang = np.linalg.matrix_rank(matrice)
    petits = [{p} for p in personnes] + [{p, q} for p in personnes for q in personnes]
    return any(np.linalg.matrix_rank(matrice[:, [i[0] not in e for i in inconnues]]) < rang for e in petits)


@pytest.mark.echantillon(5)
@pytest.mark.parametrize("regle", [REGLE_DES_ETUDES, AU_DELA], ids=["étude", "au-delà"])
@pytest.mark.parametrize(
    ("t0", "t1", "moyennes", "difference"),
    [(0, 0, True, True), (3, 3, True, True), (3, 1, False, True), (1, 0, False, False), (1, 1, False, False)],
)
def test_hors_du_groupe_qui_n_est_venu_qu_une_fois_ne_se_retrouve_pas(
    t0: int, t1: int, moyennes: bool, difference: bool, regle: RegleDesPetitsGroupes
) -> None:
    """Douze à t0 et dix à t1 dont neuf aux deux : la moyenne des neuf à t1 dirait la dixième ; la différence, non."""
    groupe = au_hasard(t0 + t1, t0, t1, 9)
    evolution = evoluer(groupe, regle=regle)
    un = evolution.mouvements["publique"]
    assert (un.series is not None, un.motif) == (difference, None if difference else "soustraction")
    assert (un.series is not None and un.series.de is not None) == moyennes
    assert not retrouves(evolution, groupe, "publique")
    assert retrouves(evoluer(groupe), groupe, "publique") == (not moyennes), "le groupe, lui, tient les sources"


@pytest.mark.parametrize(("trouees", "montre"), [(0, True), (1, False), (2, False), (3, True)])
@pytest.mark.endurance
def test_hors_du_groupe_qui_a_laisse_une_reponse_ne_se_retrouve_pas(trouees: int, montre: bool) -> None:
    """Un item laissé à t1 ne compte pas à t0 : la somme de t0, moins celle des scores comparés, ne tient qu’à elle."""
    de = Random(trouees)
    lignes = [
        (f"R{n}", moment, "soi", "".join(de.choice("01234") for _ in range(24)))
        for n in range(10)
        for moment in ("t0", "t1")
    ]
    laisses = [
        (code, moment, regard, "." + reponses[1:] if moment == "t1" and int(code[1:]) < trouees else reponses)
        for code, moment, regard, reponses in lignes
    ]
    groupe = cohorte(*laisses)
    premier = groupe.referentiel.ordre_de_passation()[0].competence
    un = evoluer(groupe, regle=AU_DELA).mouvements[premier]
    assert (un.series is not None, un.motif) == (montre, None if montre else "soustraction")
    publiee = evoluer(groupe).mouvements[premier].series
    assert publiee is not None
    assert publiee.de is not None
    scores = [n.resultat.score(premier).valeur or 0.0 for n in groupe.notees if n.passation.moment == "t0"]
    assert (abs(sum(scores) - 10 * publiee.de) > 1e-9) == (trouees > 0), "ce que l’adversaire y lirait"


def test_sans_code_chaque_cote_a_ses_personnes() -> None:
    """Deux de chaque côté sont quatre personnes, et non deux qui seraient des deux : la différence se montre."""
    anonymes = [("", moment, "soi", reponses * 24) for reponses in "13" for moment in ("t0", "t1")]
    codees = [
        (f"R{n}", moment, "soi", reponses * 24)
        for n in range(8)
        for moment, reponses in (("t0", "1"), ("t1", str(n % 4)))
    ]
    un = evoluer(cohorte(*anonymes, *codees), regle=REGLE_DES_ETUDES).mouvements["publique"]
    assert un.series is not None
    assert un.series.de is None


@pytest.mark.parametrize("graine", range(6))
def test_des_presences_au_hasard_ne_se_soustraient_pas(graine: int) -> None:
    de = Random(graine)
    groupe = au_hasard(graine, de.randint(0, 4), de.randint(0, 4), de.randint(3, 6))
    evolution = evoluer(groupe, regle=REGLE_DES_ETUDES)
    assert not any(retrouves(evolution, groupe, cle) for cle in ("C1", "publique"))


def test_sous_sept_personnes_une_etude_ne_donne_que_des_moyennes() -> None:
    for combien, montre in ((6, False), (7, True)):
        un = evoluer(au_hasard(combien, 0, 0, combien), regle=REGLE_DES_ETUDES).mouvements["publique"]
        assert un.series is not None
        detail = (un.series.ecart_type, un.series.difference.bornes, un.series.d_z, un.series.limite_haute, un.etats)
        assert {valeur is not None for valeur in detail} == {montre}


def test_une_difference_que_tous_partagent_ne_sort_pas_du_groupe() -> None:
    lignes = [(f"R{n}", moment, "soi", niveau * 24) for n in range(8) for moment, niveau in (("t0", "1"), ("t1", "2"))]
    assert evoluer(cohorte(*lignes), regle=AU_DELA).mouvements["C1"].motif == "unanime"
    assert evoluer(cohorte(*lignes)).mouvements["C1"].motif is None


# --- ce qui s’écrit ---------------------------------------------------------------------------------------------------


def test_la_forme_longue_a_une_ligne_par_personne_et_par_echelle() -> None:
    groupe = cohorte(
        *(("R01", "t0", "soi", "1" * 24), ("R01", "t1", "soi", "2" * 24)),
        *(("R02", "t0", "soi", "1" * 24), ("R02", "t1", "soi", "." * 24)),
    )
    lignes = tableau_des_personnes(evoluer(groupe)).en_lignes()
    assert len(lignes) == 2 * (len(livre().echelles) + 2)
    par_cle = {(une["identifiant"], une["echelle"]): une for une in lignes}
    publique, absente = par_cle["R01", "publique"], par_cle["R02", "publique"]
    assert [publique[cle] for cle in ("moment_de", "moment_a", "nature", "de", "a", "difference", "etat", "motif")] == [
        *("t0", "t1", "ingenierie", 1.0, 2.0, 1.0, "bouge", None)
    ]
    assert publique["erreur"] == pytest.approx((1 / 48) ** 0.5)
    assert (par_cle["R01", "C1"]["etat"], par_cle["R01", "C1"]["motif"]) == (None, "sans-reference")
    assert (absente["difference"], absente["etat"], absente["motif"]) == (None, "non-comparable", "aucune-reponse")
    assert (par_cle["R01", "x"]["difference"], par_cle["R01", "x"]["etat"]) == (0.0, "incertain")


@pytest.mark.parametrize("regle", [RegleDesPetitsGroupes(), REGLE_DES_ETUDES])
def test_le_tableau_du_groupe_et_le_json_disent_la_meme_chose(tmp_path: Path, regle: RegleDesPetitsGroupes) -> None:
    groupe = cohorte_au_hasard(livre(), 30, (("t0", "soi"), ("t1", "soi")))
    evolution = evoluer(groupe, regle=regle)
    ecrite = cpit.ecrire(EtudeDEvolution((evolution,), Recueil(groupe)), tmp_path / "e.json")
    (document,) = json.loads(ecrite.read_bytes())["evolutions"]
    assert (document["de"], document["personnes"]["appariees"]) == ({"moment": "t0", "regard": "soi"}, 15)
    ecrits = {**document["echelles"], "x": document["position"]["x"], "y": document["position"]["y"]}
    for ligne in tableau_des_mouvements(evolution).en_lignes():
        ecrit = ecrits[str(ligne["echelle"])]
        assert [ligne[cle] for cle in ("n", "de", "a", "ecart_type", "motif")] == [
            ecrit[cle] for cle in ("n", "de", "a", "ecart_type", "motif")
        ]
        for cle in BORNES:
            borne = ecrit[cle] or {"valeur": None, "bornes": None}
            attendues = [borne["valeur"], *(borne["bornes"] or [None, None])]
            assert [ligne[cle], ligne[f"{cle}_bas"], ligne[f"{cle}_haut"]] == attendues
        assert ligne["bougent"] == (ecrit["etats"] or {"bougent": None})["bougent"]


def phrases(dossier: Path, groupe: Cohorte, evolution: Evolution) -> list[str]:
    """Ce que la page du groupe dit de cette évolution en toutes lettres, phrase par phrase."""
    page = cpit.ecrire(EtudeDEvolution((evolution,), Recueil(groupe)), dossier / "e.html", remplacer=True)
    dit = page.read_text(encoding="utf-8").partition('<div class="texte">')[2].partition("<table")[0]
    trouvees = [unescape(phrase) for phrase in re.findall("<p>(.*?)</p>", dit, re.DOTALL)]
    assert trouvees
    return trouvees


def test_ce_qui_a_bouge_se_lit_sans_verdict(tmp_path: Path) -> None:
    """Huit appariées, une seule à chaque moment, une passation sans code ; un ou deux niveaux de plus, 1,5 en moyenne.

    Écart-type des différences √(8 × 0,5² / 7) = 0,535 ; à 7 degrés de liberté, 2,365 × 0,535 / √8 = 0,447.
    """
    groupe = cohorte(
        *((code, "t0", "soi", "1" * 24) for code in ("A", "B", "C", "D", "E", "F", "G", "H", "X", "")),
        *((code, "t1", "soi", niveau * 24) for code, niveau in zip("ABCDEFGHY", "232323232", strict=True)),
    )
    texte = "\n".join(phrases(tmp_path, groupe, evoluer(groupe)))
    assert "8 personnes présentes des deux côtés, « T0 » et « T1 »." in texte.replace("\u202f", " ")
    assert "1 personne à « T0 » seulement et 1 personne à « T1 » seulement" in texte.replace("\u202f", " ")
    assert "1 passation sans code, que rien ne rattache" in texte
    assert "C1 Mettre en mouvement +1,50 (1,05 à 1,95)" in texte
    assert "Ouverture" not in texte
    assert "aucune ne bouge ; 8 restent incertaines" in texte.replace("\u202f", " ")
    assert not {"progrès", "recul", "mieux que", "baisse", "hausse"} & set(texte.lower().split())


def test_qui_n_a_rien_repondu_de_commun_se_dit(tmp_path: Path) -> None:
    trois = [(code, moment, "soi", signe * 24) for code in "ABC" for moment, signe in (("t0", "2"), ("t1", "3"))]
    tous_communs = cohorte(*trois)
    lues = phrases(tmp_path, tous_communs, evoluer(tous_communs))
    assert not any("sans aucune situation" in phrase for phrase in lues)
    sans = [("D", "t0", "soi", "2" * 24), ("D", "t1", "soi", "S" * 24)]
    moities = [("E", "t0", "soi", "2" * 12 + "." * 12), ("E", "t1", "soi", "." * 12 + "2" * 12)]
    for ajoutees, dite in ((sans, "1 personne"), ([*sans, *moities], "2 personnes")):
        groupe = cohorte(*trois, *ajoutees)
        lues = phrases(tmp_path, groupe, evoluer(groupe))
        dont = f"Dont {dite} sans aucune situation répondue des deux côtés : hors des différences."
        assert dont in " ".join(lues).replace("\u202f", " ")


def test_des_tiers_situent_autrement(tmp_path: Path) -> None:
    groupe = cohorte(
        *((code, "t0", "soi", "1" * 24) for code in "ABCDEFG"),
        *((code, "t0", "tiers", niveau * 24) for code, niveau in zip("ABCDEFG", "2323232", strict=True)),
    )
    texte = " ".join(phrases(tmp_path, groupe, evoluer(groupe, ("t0", "soi"), ("t0", "tiers"))))
    assert "ils situent autrement" in texte
    assert "T0, tiers" in texte


# --- les nombres ------------------------------------------------------------------------------------------------------


def bornes(nombre: NombreBorne | None) -> tuple[float, float]:
    assert nombre is not None
    assert nombre.bornes is not None
    return nombre.bornes


@settings(max_examples=tirages(30), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=5, max_size=14))
def test_les_series_sont_celles_de_l_oracle(paires: list[tuple[int, int]]) -> None:
    """Des scores de trois items ; l’oracle recalcule tout sans chaque personne, et n’en est pas capable non plus quand
    toutes les autres ont la même différence.
    """
    premiere, seconde = ([valeur / 3 for valeur in cote] for cote in zip(*paires, strict=True))
    trouvees = mesurer_les_series(premiere, seconde)
    try:
        attendues = oracle.series(premiere, seconde, lambda nu: float(stdtrit(nu, 0.975)))
    except (ZeroDivisionError, ValueError):
        return
    for nom, (valeur, dessous, dessus) in attendues.items():
        un = getattr(trouvees, nom)
        assert un.valeur == pytest.approx(valeur, abs=1e-9)
        if un.bornes is not None and max(dessous, dessus) < 1e4:
            assert un.bornes == pytest.approx((valeur - dessous, valeur + dessus), rel=1e-5, abs=1e-6)


@settings(max_examples=tirages(20), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=12))
def test_echanger_les_cotes_renverse_tout(paires: list[tuple[int, int]]) -> None:
    premiere, seconde = ([valeur / 3 for valeur in cote] for cote in zip(*paires, strict=True))
    une, autre = mesurer_les_series(premiere, seconde), mesurer_les_series(seconde, premiere)
    renversees = {"difference": "difference", "d_z": "d_z", "d_av": "d_av", "limite_basse": "limite_haute"}
    for nom, renversee in renversees.items():
        un, son_oppose = getattr(une, nom), getattr(autre, renversee)
        assert (un is None) == (son_oppose is None)
        if un is not None:
            assert un.valeur == pytest.approx(-son_oppose.valeur)
            assert (un.bornes is None) == (son_oppose.bornes is None)
            if un.bornes is not None:
                assert un.bornes == pytest.approx((-son_oppose.bornes[1], -son_oppose.bornes[0]), rel=1e-6)


def test_peu_de_personnes_ont_moins_de_nombres() -> None:
    seule = mesurer_les_series([1.0], [2.0])
    assert (seule.difference, seule.ecart_type, seule.d_z) == (NombreBorne(1.0), None, None)
    deux = mesurer_les_series([1.0, 1.0], [2.0, 3.0])
    assert deux.difference.bornes is not None
    assert deux.d_z == NombreBorne(pytest.approx(1.5 / 0.5**0.5))
    assert [mesurer_les_series(*([v] * n for v in (1.0, 2.0))).indicatives for n in (29, 30)] == [True, False]
    with pytest.raises(ValueError, match="aucune"):
        mesurer_les_series([], [])


# --- ce que les bornes couvrent ---------------------------------------------------------------------------------------


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("modele", ["rien ne bouge, au bruit près", "une ingénierie monte d’un niveau"])
def test_la_difference_d_une_personne_est_dans_ses_bornes(modele: str) -> None:
    """Un petit tirage de la campagne : de soixante régions et cent quatre-vingts bornes, presque toutes."""
    comptes = couvrir_des_personnes(SIMULES[modele], 8, tirages(60), GRAINE)
    assert comptes.regions >= 0.98 * tirages(60)
    assert comptes.couvrent / comptes.regions >= 0.9
    assert comptes.encadrent / comptes.bornes >= 0.92


def test_aucune_autre_borne_ne_vaut_mieux_quand_des_domaines_changent_ensemble() -> None:
    """Ce que dit le guide de celles qui ont été essayées : trop étroites, ou plus larges que l’échelle."""
    essais = essayer_des_bornes(8, tirages(200), GRAINE)
    assert essais["compétence par compétence"].couvrent < 85
    assert essais["la pire des coupes"].couvrent < 94
    assert essais["domaines connus"].demi_largeur > 4


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("nom", ["symetrique", "tassee", "un quart bouge, tous plus haut"])
def test_les_bornes_d_un_groupe_contiennent_la_verite(nom: str) -> None:
    comptes = couvrir_des_groupes(decaler(populations_simulees())[nom], 20, tirages(150), GRAINE)
    for statistique, (donnees, contiennent) in comptes.items():
        assert donnees >= 0.95 * tirages(150), statistique
        assert contiennent / donnees >= 0.88, statistique


def test_les_limites_d_accord_contiennent_a_peu_pres_ce_qu_elles_disent() -> None:
    for population in populations_simulees().values():
        assert part_dans_les_limites(population) == pytest.approx(0.95, abs=0.03)


# --- par R ------------------------------------------------------------------------------------------------------------

JEUX = ("sommeil", "anxiete", "hostilite", "joie", "tristesse")


@pytest.fixture(scope="module")
def de_r(tmp_path_factory: pytest.TempPathFactory, programme: Programme) -> dict[str, Any]:
    """Les jeux à deux moments de R et de psychTools, et ce que t.test, psych et les formules en tirent."""
    dossier = tmp_path_factory.mktemp("r")
    commande = [programme("Rscript"), "--vanilla", str(TESTS / "psychometrie" / "apparies.R"), str(dossier)]
    rendu = subprocess.run(commande, capture_output=True, text=True, timeout=120, check=False)
    if rendu.returncode:
        raison = f"il manque à R « psych » ou « psychTools » : {rendu.stderr[-200:]}"
        pytest.fail(raison) if os.environ.get("CI") else pytest.skip(raison)
    valeurs = dict(ligne.split("\t") for ligne in rendu.stdout.splitlines())
    return {"dossier": dossier, "valeurs": {cle: float(valeur) for cle, valeur in valeurs.items()}}


def jeu(dossier: Path, nom: str) -> tuple[Sequence[float], Sequence[float]]:
    table = np.loadtxt(dossier / f"{nom}.tsv")
    return table[:, 0].tolist(), table[:, 1].tolist()


@pytest.mark.temoin
@pytest.mark.parametrize("nom", JEUX)
def test_les_series_sont_celles_de_r(de_r: dict[str, Any], nom: str) -> None:
    """t.test(paired = TRUE), psych::d.ci et les écarts-types de R ; les limites d’accord, par leur formule."""
    series: SeriesAppariees = mesurer_les_series(*jeu(de_r["dossier"], nom))
    valeurs = de_r["valeurs"]
    assert series.n == valeurs[f"{nom}.n"]
    assert series.difference.valeur == pytest.approx(valeurs[f"{nom}.difference"], abs=1e-9)
    assert bornes(series.difference) == pytest.approx((valeurs[f"{nom}.bas"], valeurs[f"{nom}.haut"]), abs=1e-9)
    assert series.ecart_type == pytest.approx(valeurs[f"{nom}.ecart_type"], abs=1e-9)
    for cle in ("d_z", "d_av", "limite_basse", "limite_haute"):
        assert getattr(series, cle).valeur == pytest.approx(valeurs[f"{nom}.{cle}"], abs=1e-9), cle
        bas, haut = bornes(getattr(series, cle))
        assert bas < valeurs[f"{nom}.{cle}"] < haut
