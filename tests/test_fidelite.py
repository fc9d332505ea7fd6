"""« cpit fidelite » : petits cas à la main, ce qui n’est pas estimable, propriétés, paires, écran, fichiers, refus."""

from __future__ import annotations

import contextlib
import csv
import importlib.util
import io
import json
import re
import tempfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import openpyxl
import pytest
import yaml
from aide_cohorte import TROIS_STRATES, cohorte_au_hasard, lecture_de
from aides import RACINE, TESTS, tirages
from campagnes.commun import GRAINE
from campagnes.couverture_fidelite import (
    comparer,
    compter_les_modeles,
    couvrir_des_tiers,
    estimer_des_tiers,
    populations_fabriquees,
    rejouer,
    tirer_des_tiers,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import fdtri

import cpit
from cpit.cli import executer
from cpit.coeur.cohorte import Cohorte, Releve, composer
from cpit.coeur.fidelite import Intervalles
from cpit.coeur.fidelite import estimation as e
from cpit.coeur.fidelite.coherence_interne import (
    Facteur,
    Reserve,
    ajuster,
    ajuster_ou_borner,
    alpha_de_cronbach,
    coherence,
)
from cpit.coeur.fidelite.estimation import EXPLICATIONS, Estimation, Matrice, Motif, sans_chacune, sommer
from cpit.coeur.fidelite.etude import Etude, icc, mesurer_accord
from cpit.coeur.fidelite.mesures import tableaux
from cpit.coeur.groupe import portrait_montrable
from cpit.coeur.mots.lecture_groupe import lire_le_groupe
from cpit.coeur.passation import Passation, repondu, sans_objet, sans_reponse
from cpit.coeur.referentiel import Referentiel
from cpit.formats.recueil import Recueil
from cpit.typographie import nombre

CAS = yaml.safe_load((TESTS / "psychometrie" / "cas.yaml").read_text(encoding="utf-8"))
PRES = 1e-9


@pytest.fixture(scope="module")
def referentiel() -> Referentiel:
    return cpit.referentiel(RACINE / "referentiels" / "innovation-territoriale.yaml")


@pytest.fixture(scope="module")
def groupe(referentiel: Referentiel) -> Cohorte:
    return cohorte_au_hasard(referentiel, 150, TROIS_STRATES, absentes=0.05)


def fideliser(groupe: Cohorte) -> Etude:
    return cpit.fidelite(lecture_de(groupe))


def lecture(etude: Etude) -> list[str]:
    """Ce que la première feuille de son classeur dit d’une étude, phrase par phrase."""
    with tempfile.TemporaryDirectory() as dossier:
        classeur = openpyxl.load_workbook(cpit.ecrire(etude, Path(dossier) / "e.xlsx"), read_only=True)
        phrases = [str(case) for ligne in classeur["Lecture"].iter_rows(values_only=True) for case in ligne if case]
        classeur.close()
    return phrases


def commence(phrases: list[str], debut: str) -> bool:
    return any(phrase.startswith(debut) for phrase in phrases)


@pytest.fixture(scope="module")
def etude(groupe: Cohorte) -> Etude:
    return fideliser(groupe)


@pytest.fixture(scope="module")
def table(groupe: Cohorte, tmp_path_factory: pytest.TempPathFactory) -> Path:
    chemin = tmp_path_factory.mktemp("fidelite") / "groupe.csv"
    cpit.ecrire(groupe.scores(avec_reponses=True), chemin)
    return chemin


@pytest.fixture(scope="module")
def petite_table(referentiel: Referentiel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Une seule strate, de quoi estimer une fidélité."""
    chemin = tmp_path_factory.mktemp("fidelite") / "petit.csv"
    cpit.ecrire(cohorte_au_hasard(referentiel, 14).scores(avec_reponses=True), chemin)
    return chemin


class Menee(NamedTuple):
    """Ce qu’une commande a montré, et le fichier qu’elle a écrit."""

    ecran: str
    sortie: Path


def mener(table: Path, sortie: Path) -> Menee:
    dit = io.BytesIO()
    flux = io.TextIOWrapper(dit, encoding="utf-8")
    with contextlib.redirect_stdout(flux):
        assert executer(["fidelite", str(table), "--sortie", str(sortie)]) == 0
    flux.flush()
    return Menee(dit.getvalue().decode(), sortie)


@pytest.fixture(scope="module")
def en_json(table: Path) -> Menee:
    """La commande menée une fois, vers un JSON, pour tous ceux qui la lisent."""
    return mener(table, table.with_name("f.json"))


@pytest.fixture(scope="module")
def en_classeur(table: Path) -> Menee:
    """La même, vers un classeur."""
    return mener(table, table.with_name("f.xlsx"))


def tirer(graine: int, n: int, k: int) -> Matrice:
    """Des réponses de 0 à 4 qui partagent un facteur."""
    hasard = np.random.default_rng(graine)
    brutes = 2 + 0.8 * hasard.normal(size=(n, 1)) + 0.9 * hasard.normal(size=(n, k))
    return np.clip(np.round(brutes), 0, 4)


class TestAlpha:
    @pytest.mark.parametrize("cas", CAS, ids=[cas["titre"] for cas in CAS])
    def test_a_la_main(self, cas: dict[str, Any]) -> None:
        covariances = np.cov(np.array(cas["lignes"], float), rowvar=False)
        assert alpha_de_cronbach(covariances) == pytest.approx(float(Fraction(str(cas["alpha"]))), abs=1e-12)

    def test_dix_personnes_une_valeur_sans_intervalle(self) -> None:
        trouvee = coherence(tirer(1, 10, 3)).alpha
        assert trouvee.valeur is not None
        assert (trouvee.bas, trouvee.haut, trouvee.n, trouvee.motif) == (None, None, 10, Motif.SANS_INTERVALLE)

    def test_trente_personnes_un_intervalle(self) -> None:
        trouvee = coherence(tirer(1, 30, 3)).alpha
        assert trouvee.bas is not None
        assert trouvee.haut is not None
        assert trouvee.valeur is not None
        assert trouvee.bas < trouvee.valeur < trouvee.haut < 1
        assert trouvee.motif is None

    @pytest.mark.parametrize(
        ("matrice", "motif"),
        [
            (tirer(1, 40, 1), Motif.UN_ITEM),
            (tirer(1, 9, 3), Motif.TROP_PEU),
            (np.full((40, 3), 2.0), Motif.SANS_VARIANCE),
            (np.column_stack([tirer(1, 40, 1), 4 - tirer(1, 40, 1)]), Motif.SANS_VARIANCE),
        ],
    )
    def test_non_estimable_et_pourquoi(self, matrice: Matrice, motif: Motif) -> None:
        trouvee = coherence(matrice)
        assert trouvee.alpha == Estimation(None, n=len(matrice), motif=motif)
        assert trouvee.erreur_type.motif is motif
        assert len(trouvee.tenues) == matrice.shape[1]
        assert not any(tenue.alpha_sans.estimable for tenue in trouvee.tenues)

    def test_un_alpha_negatif_n_a_pas_d_erreur_type(self) -> None:
        une = tirer(2, 40, 1)
        trouvee = coherence(np.column_stack([une, 4 - une + tirer(3, 40, 1) / 4]))
        assert trouvee.alpha.valeur is not None
        assert trouvee.alpha.valeur < 0
        assert trouvee.erreur_type.motif is Motif.HORS_BORNES

    def test_un_item_fige_n_empeche_que_ce_qui_en_depend(self) -> None:
        trouvee = coherence(np.column_stack([tirer(1, 40, 3), np.full(40, 4.0)]))
        assert trouvee.alpha.estimable
        assert trouvee.omega.motif is trouvee.correlation_moyenne.motif is Motif.ITEM_SANS_VARIANCE
        assert trouvee.tenues[3].correlation_reste.motif is Motif.ITEM_SANS_VARIANCE
        assert trouvee.tenues[3].alpha_sans.estimable

    def test_un_item_fige_est_nomme(self, referentiel: Referentiel) -> None:
        """α monterait sans lui, du seul fait qu’il compte parmi les items : ce n’est pas un énoncé à relire."""
        groupe = cohorte_au_hasard(referentiel, 40, absentes=0)
        figees = [n.releve.passation.avec_reponse("C1P", repondu(2)) for n in groupe.notees]
        releves = [replace(n.releve, passation=p) for n, p in zip(groupe.notees, figees, strict=True)]
        etude = fideliser(composer(referentiel, releves))
        tenue = etude.strates[0].echelles["C1"].tenues["C1P"]
        assert tenue.correlation_reste.motif is Motif.ITEM_SANS_VARIANCE
        (dite,) = [phrase for phrase in lecture(etude) if phrase.startswith("La même réponse chez tous")]
        assert "C1P (C1)" in dite
        assert not any("C1P" in phrase for phrase in lecture(etude) if phrase.startswith("α serait plus haut"))
        assert not commence(lecture(fideliser(groupe)), "La même réponse chez tous")

    def test_deux_items_n_en_laissent_qu_un(self) -> None:
        trouvee = coherence(tirer(1, 40, 2))
        assert trouvee.omega.motif is Motif.DEUX_ITEMS
        assert {tenue.alpha_sans.motif for tenue in trouvee.tenues} == {Motif.DEUX_ITEMS}
        assert all(tenue.correlation_reste.estimable for tenue in trouvee.tenues)

    @settings(max_examples=tirages(25), deadline=None)
    @given(st.integers(0, 10**6), st.integers(30, 60), st.integers(2, 6), st.randoms(use_true_random=False))
    def test_l_ordre_des_personnes_et_des_items_ne_change_rien(self, graine: int, n: int, k: int, de: Any) -> None:
        matrice = tirer(graine, n, k)
        lignes, colonnes = list(range(n)), list(range(k))
        de.shuffle(lignes)
        de.shuffle(colonnes)
        avant, apres = coherence(matrice), coherence(matrice[lignes][:, colonnes])
        for cle in ("alpha", "omega", "erreur_type", "correlation_moyenne"):
            une, autre = getattr(avant, cle), getattr(apres, cle)
            assert une.motif == autre.motif
            assert une.valeur == pytest.approx(autre.valeur, abs=1e-7)
            assert une.bas == pytest.approx(autre.bas, abs=1e-6)
        for rang, colonne in enumerate(colonnes):
            une, autre = avant.tenues[colonne].correlation_reste, apres.tenues[rang].correlation_reste
            assert une.valeur == pytest.approx(autre.valeur, abs=PRES)

    @settings(max_examples=tirages(25), deadline=None)
    @given(st.integers(0, 10**6), st.integers(-5, 5), st.floats(0.1, 10))
    def test_le_zero_et_l_unite_de_l_echelle_n_y_font_rien(self, graine: int, decalage: int, facteur: float) -> None:
        matrice = tirer(graine, 40, 4)
        avant, apres = coherence(matrice), coherence(decalage + facteur * matrice)
        assert apres.alpha.valeur == pytest.approx(avant.alpha.valeur, abs=PRES)
        assert apres.correlation_moyenne.valeur == pytest.approx(avant.correlation_moyenne.valeur, abs=PRES)
        assert avant.erreur_type.motif == apres.erreur_type.motif
        if avant.erreur_type.valeur is not None:
            assert apres.erreur_type.valeur == pytest.approx(facteur * avant.erreur_type.valeur, abs=1e-7)


class TestOmega:
    def test_un_modele_exact_se_retrouve(self) -> None:
        saturations = np.array([0.9, 0.7, 0.5, 0.3])
        correlations = np.outer(saturations, saturations)
        np.fill_diagonal(correlations, 1)
        trouve = ajuster(correlations)
        assert isinstance(trouve, Facteur)
        assert trouve.saturations == pytest.approx(saturations, abs=1e-9)

    def test_heywood(self) -> None:
        """λ₁² = r₁₂·r₁₃/r₂₃ = 0,9 · 0,9 / 0,7 > 1."""
        assert ajuster(np.array([[1, 0.9, 0.9], [0.9, 1, 0.7], [0.9, 0.7, 1]])) is Motif.HEYWOOD

    def test_rien_de_commun(self) -> None:
        assert ajuster(np.eye(4)) is Motif.SANS_SOLUTION

    def test_pas_de_modele_sous_trente(self) -> None:
        assert coherence(tirer(1, 29, 4)).omega.motif is Motif.TROP_PEU_MODELE

    @settings(max_examples=tirages(30), deadline=None)
    @given(st.integers(0, 10**6), st.integers(30, 80), st.integers(3, 10))
    @pytest.mark.endurance
    def test_jamais_une_erreur_et_jamais_hors_de_ses_bornes(self, graine: int, n: int, k: int) -> None:
        hasard = np.random.default_rng(graine)
        matrice = hasard.integers(0, 5, size=(n, k)).astype(float)
        omega = coherence(matrice).omega
        if omega.valeur is None:
            assert omega.motif is not None
        elif omega.bas is not None and omega.haut is not None:
            assert omega.bas < omega.valeur < omega.haut <= 1


class TestAccord:
    def test_shrout_et_fleiss(self) -> None:
        """Deux juges de la table de Shrout et Fleiss (1979), répétée pour atteindre dix : mêmes carrés moyens à un "
        "facteur près."""
        une, autre = np.array([9.0, 6, 8, 7, 10, 6] * 2), np.array([2.0, 1, 4, 1, 5, 2] * 2)
        # Entre personnes 2·Σ(écarts des moyennes)², entre juges, résidu : calculés à la main sur les six.
        moyennes = (une + autre) / 2
        n, ms_p = 12, 2 * float(((moyennes - moyennes.mean()) ** 2).sum()) / 11
        ms_j = 12 * float(((np.array([une.mean(), autre.mean()]) - moyennes.mean()) ** 2).sum())
        ms_e = float((((une - autre) - (une - autre).mean()) ** 2).sum()) / 2 / 11
        attendu = (ms_p - ms_e) / (ms_p + ms_e + 2 * (ms_j - ms_e) / n)
        assert icc(une, autre).valeur == pytest.approx(attendu, abs=1e-12)

    def test_un_decalage_constant_baisse_l_accord_et_non_la_correlation(self) -> None:
        une = np.arange(20.0) % 5
        accord = mesurer_accord(une, une + 1)
        assert accord.correlation.valeur == pytest.approx(1)
        assert accord.icc.valeur is not None
        assert accord.icc.valeur < 0.9
        assert accord.ecart_moyen.valeur == pytest.approx(1)
        assert accord.ecart_moyen.motif is Motif.INTERVALLE_DEGENERE

    def test_une_paire_incomplete_n_entre_nulle_part(self) -> None:
        une, autre = tirer(1, 12, 2).T
        une, autre = une.copy(), autre.copy()
        une[0], autre[1] = np.nan, np.nan
        accord = mesurer_accord(une, autre)
        assert accord.icc.n == accord.ecart_moyen.n == accord.correlation.n == 10

    def test_dix_paires_ou_rien(self) -> None:
        une, autre = tirer(1, 9, 2).T
        assert mesurer_accord(une, autre).icc == Estimation(None, n=9, motif=Motif.TROP_PEU)

    @settings(max_examples=tirages(30), deadline=None)
    @given(st.integers(0, 10**6), st.integers(10, 50))
    def test_l_ordre_des_personnes_et_celui_des_series(self, graine: int, n: int) -> None:
        une, autre = tirer(graine, n, 2).T
        avant, apres = mesurer_accord(une, autre), mesurer_accord(autre[::-1], une[::-1])
        assert avant.icc.valeur == pytest.approx(apres.icc.valeur, abs=PRES)
        assert avant.icc.motif == apres.icc.motif
        assert avant.ecart_moyen.valeur == pytest.approx(-apres.ecart_moyen.valeur, abs=PRES)  # type: ignore[operator]


class TestEstimation:
    @given(st.integers(0, 200), st.integers(1, 200))
    def test_une_part_est_dans_son_intervalle_et_lui_dans_zero_un(self, favorables: int, n: int) -> None:
        if favorables <= n:
            part = e.estimer_part(np.arange(n) < favorables)
            assert part.bas is not None
            assert part.haut is not None
            assert 0 <= part.bas <= part.valeur + 1e-12 <= part.haut + 2e-12 <= 1 + 2e-12  # type: ignore[operator]

    def test_chaque_motif_a_son_explication(self) -> None:
        assert set(EXPLICATIONS) == set(Motif)

    def test_asymetrie_a_la_main(self) -> None:
        """Neuf zéros et un dix : z = −1/3 neuf fois et 3 ; g1 = (−9/27 + 27)/10 = 8/3 ; G1 = 8/3 · √90 / 8 = √90/3."""
        trouvee = e.asymetrie(np.array([0.0] * 9 + [10.0]))
        assert trouvee.valeur == pytest.approx(np.sqrt(90) / 3)
        assert trouvee.motif is Motif.SANS_INTERVALLE

    def test_une_seule_valeur_ou_aucune(self) -> None:
        assert e.moyenne(np.array([1.0])).motif is Motif.TROP_PEU
        assert e.moyenne(np.array([1.0, 3.0])).motif is e.ecart_type(np.array([1.0, 3.0])).motif is Motif.TROP_PEU, (
            "la moyenne et l’écart-type de deux scores les rendraient"
        )
        assert e.moyenne(np.array([1.0, 2.0, 3.0])).valeur == 2
        assert e.ecart_type(np.array([])).motif is Motif.TROP_PEU
        assert e.estimer_part(np.zeros(0, np.bool_)).motif is Motif.TROP_PEU


class TestEtude:
    @pytest.mark.endurance
    def test_moments_et_regards_ne_se_melent_pas(self, etude: Etude) -> None:
        assert [(s.moment, s.regard, s.passations) for s in etude.strates] == [
            ("t0", "soi", 50),
            ("t0", "tiers", 50),
            ("t1", "soi", 50),
        ]
        assert [(a.sorte, a.commun, a.premier, a.second, a.paires) for a in etude.appariements] == [
            ("moments", "soi", "t0", "t1", 50),
            ("regards", "t0", "soi", "tiers", 50),
        ]

    def test_toutes_les_echelles_tous_les_items(self, etude: Etude, referentiel: Referentiel) -> None:
        for strate in etude.strates:
            assert list(strate.echelles) == list(referentiel.echelles)
            assert {i.item.code for i in strate.items} == set(referentiel.items_par_code)
            assert len(strate.liaisons) == len(referentiel.echelles) * (len(referentiel.echelles) - 1) // 2
        communs = {frozenset((li.une.identifiant, li.autre.identifiant)): li.items_communs for li in strate.liaisons}
        assert communs[frozenset(("C1", "publique"))] == 1
        assert communs[frozenset(("C1", "C2"))] == 0

    def test_chaque_nombre_a_son_n_et_son_intervalle_ou_un_motif(self, etude: Etude) -> None:
        """Parcourt toutes les estimations rendues : jamais un nombre nu."""
        vues = 0
        for tableau in tableaux(etude):
            cles = [colonne.cle for colonne in tableau.colonnes]
            for ligne in tableau.lignes:
                cellules = dict(zip(cles, ligne, strict=True))
                for cle in (c.removesuffix("_motif") for c in cles if c.endswith("_motif")):
                    vues += 1
                    complete = cellules[f"{cle}_bas"] is not None and cellules[f"{cle}_haut"] is not None
                    assert cellules[f"{cle}_n"] is not None
                    assert (cellules[f"{cle}_motif"] is None) == (cellules[cle] is not None and complete)
        assert vues > 1500

    def test_sans_objet_et_sans_reponse_sortent_du_calcul(self, referentiel: Referentiel) -> None:
        base = Passation.nouvelle(referentiel)
        releves = []
        for rang in range(12):
            reponses = {item.code: repondu((rang + i) % 5) for i, item in enumerate(referentiel.items)}
            if rang == 0:
                reponses |= {"C1P": sans_objet(), "C2P": sans_reponse()}
            releves.append(Releve(replace(base, identifiant=f"P{rang}", reponses=reponses), "a.csv", rang))
        strate = fideliser(composer(referentiel, releves)).strates[0]
        items = {item.item.code: item for item in strate.items}
        assert (items["C1P"].repondus, items["C1P"].passations) == (11, 12)
        assert items["C1P"].sans_objet.valeur == pytest.approx(1 / 12)
        assert items["C1P"].sans_reponse.valeur == 0
        assert items["C2P"].sans_reponse.valeur == pytest.approx(1 / 12)
        assert sum(items["C1P"].effectifs.values()) == 11
        assert strate.echelles["C1"].completes == strate.echelles["C2"].completes == 11
        assert strate.echelles["C3"].completes == 12

    def test_un_item_inverse_est_renverse_avant_tout(self) -> None:
        """Sur l’étendue déclarée (1 à 6) : 7 − réponse, même si personne n’a répondu 6."""
        referentiel = cpit.referentiel(TESTS / "referentiels" / "bfi.yaml")
        base, releves = Passation.nouvelle(referentiel), []
        for rang in range(12):
            reponses = {i.code: repondu(1 + (rang % 4) if not i.inverse else 6 - (rang % 4)) for i in referentiel.items}
            releves.append(Releve(replace(base, reponses=reponses), "a.csv", rang))
        etude = fideliser(composer(referentiel, releves))
        assert etude.sans_code == 12
        agreabilite = etude.strates[0].echelles["agreabilite"]
        assert agreabilite.coherence.alpha.valeur == pytest.approx(1)
        items = {item.item.code: item for item in etude.strates[0].items}
        assert items["A1"].moyenne.valeur == items["A2"].moyenne.valeur
        assert items["A1"].effectifs == {1: 0, 2: 0, 3: 3, 4: 3, 5: 3, 6: 3}

    @pytest.mark.endurance
    def test_une_personne_deux_fois_d_un_cote_n_a_pas_de_paire(self, referentiel: Referentiel) -> None:
        groupe = cohorte_au_hasard(referentiel, 24, TROIS_STRATES)
        doublee = replace(groupe, notees=(*groupe.notees, groupe.notees[0]))
        etude = fideliser(doublee)
        moments, regards = etude.appariements
        assert (moments.paires, moments.ecartees) == (regards.paires, regards.ecartees) == (7, 1)
        assert commence(lecture(etude), "1 personne laissée de côté")

    @pytest.mark.endurance
    def test_deux_graphies_d_un_code_font_une_paire(self, referentiel: Referentiel) -> None:
        """La même personne que pour l’export : sinon les paires de R ne seraient pas celles d’ici."""
        groupe = cohorte_au_hasard(referentiel, 24, TROIS_STRATES)
        criees = [replace(n.releve.passation, identifiant=f" {n.releve.identifiant.lower()}") for n in groupe.notees]
        releves = [replace(n.releve, passation=une) for n, une in zip(groupe.notees, criees, strict=True)]
        moities = [n.releve if n.passation.moment == "t0" else r for n, r in zip(groupe.notees, releves, strict=True)]
        melees = composer(groupe.referentiel, moities)
        assert [a.paires for a in fideliser(melees).appariements] == [8, 8]
        assert [a.paires for a in fideliser(groupe).appariements] == [8, 8]

    @pytest.mark.endurance
    def test_un_carnet_en_montre_la_fidelite_de_chaque_echelle(self, etude: Etude) -> None:
        montre = etude._repr_html_()
        assert montre.startswith("<table>")
        assert montre.count("<tr>") == 1 + sum(len(strate.echelles) for strate in etude.strates)
        alpha = etude.strates[0].echelles["C1"].coherence.alpha
        assert f"<td>{alpha.valeur:.2f}</td><td>{alpha.bas:.2f}</td>" in montre
        assert "robustes" in montre

    def test_les_poids_inegaux_sont_dits(self) -> None:
        referentiel = cpit.referentiel(TESTS / "referentiels" / "petit.yaml")
        etude = fideliser(cohorte_au_hasard(referentiel, 20))
        echelles = etude.strates[0].echelles
        assert not echelles["semer"].poids_egaux
        assert echelles["soigner"].poids_egaux

    def test_un_petit_groupe_le_dit(self, referentiel: Referentiel) -> None:
        etude = fideliser(cohorte_au_hasard(referentiel, 4, absentes=0))
        strate = etude.strates[0]
        assert commence(lecture(etude), "4 passations\u202f: trop peu pour estimer une fidélité")
        assert strate.echelles["C1"].coherence.alpha.motif is Motif.TROP_PEU
        assert strate.echelles["C1"].moyenne.estimable

    @pytest.mark.endurance
    def test_une_ou_deux_personnes_ne_se_montrent_pas(self, referentiel: Referentiel) -> None:
        """Une part de 100 % sur une personne serait sa réponse ; moyenne et écart-type de deux les rendraient."""
        for personnes in (1, 2):
            groupe = cohorte_au_hasard(referentiel, 3 * personnes, TROIS_STRATES)
            etude = fideliser(groupe)
            assert [strate.passations for strate in etude.strates] == [personnes] * 3
            assert [appariement.paires for appariement in etude.appariements] == [personnes] * 2
            assert not any(tableau.lignes for tableau in tableaux(etude))
            phrases = lecture(etude)
            assert sum(phrase.startswith("Moins de 3 personnes\u202f: rien n’est montré") for phrase in phrases) == 3
            assert sum(phrase.startswith("Moins de 3 paires\u202f: rien") for phrase in phrases) == 2
        trois = fideliser(cohorte_au_hasard(referentiel, 9, TROIS_STRATES))
        assert all(strate.echelles for strate in trois.strates)
        assert all(appariement.accords for appariement in trois.appariements)
        assert any("--diffusion" in phrase for phrase in lecture(trois))

    # Au seuil, des deux côtés.
    @pytest.mark.endurance
    @pytest.mark.parametrize(("personnes", "fois"), [(6, 1), (3, 1), (7, 1), (6, 2)])
    def test_sous_sept_personnes_rien_ne_dit_la_dispersion(
        self, referentiel: Referentiel, tmp_path: Path, capsys: pytest.CaptureFixture[str], personnes: int, fois: int
    ) -> None:
        """Avec n et la moyenne, un écart-type, une répartition ou un intervalle rendraient les réponses de chacune."""
        table = tmp_path / "groupe.csv"
        groupe = cohorte_au_hasard(referentiel, personnes, absentes=0)
        cpit.ecrire(replace(groupe, notees=groupe.notees * fois).scores(avec_reponses=True), table)
        tu = personnes < 7
        assert executer(["fidelite", str(table), "--simple", "--sortie", str(tmp_path / "f.json")]) == 0
        assert executer(["fidelite", str(table), "--simple", "--sortie", str(tmp_path / "f.csv")]) == 0
        assert executer(["fidelite", str(table), "--simple", "--sortie", str(tmp_path / "f.xlsx")]) == 0
        ecran = " ".join(capsys.readouterr().out.split())
        assert ("porté par moins de 7 personnes" in ecran) == tu
        assert ("Plancher : tu" in ecran.replace("\u202f", " ")) == tu
        (strate,) = json.loads((tmp_path / "f.json").read_text(encoding="utf-8"))["strates"]
        porteurs = [*strate["echelles"], *strate["items"]]
        assert all(porteur["moyenne"]["valeur"] is not None for porteur in porteurs)
        dispersions = [
            p[cle] for p in porteurs for cle in ("ecart_type", "plancher", "plafond", "sans_objet") if cle in p
        ]
        dispersions += [niveau["part"] for item in strate["items"] for niveau in item["niveaux"].values()]
        assert {une["valeur"] is None for une in dispersions} == {tu}
        assert {une["motif"] == "petit-groupe" for une in dispersions} == {tu}
        assert all(une["bas"] is une["haut"] is None for une in [p["moyenne"] for p in porteurs]) or not tu
        if tu:
            assert all(e["alpha"]["valeur"] is None for e in strate["echelles"])
            assert all(c["correlation"]["valeur"] is None for c in strate["correlations"])
        for ligne in self._lignes_du_csv(tmp_path / "f.csv"):
            if ligne["statistique"].startswith(("niveau", "ecart_type", "plancher", "plafond")):
                assert (ligne["valeur"] == "") == tu, ligne
                assert ligne["motif"].startswith("tu sous 7") == tu, ligne
        feuille = openpyxl.load_workbook(tmp_path / "f.xlsx")["Items"]
        cles = [cellule.value for cellule in feuille[1]]
        for rang in (r for r, cle in enumerate(cles) if str(cle).endswith("_effectif") or cle == "ecart_type"):
            assert all((ligne[rang].value is None) == tu for ligne in feuille.iter_rows(min_row=2))

    @staticmethod
    def _lignes_du_csv(chemin: Path) -> list[dict[str, str]]:
        with chemin.open(encoding="utf-8", newline="") as flux:
            return list(csv.DictReader(flux))

    def test_une_personne_qui_repond_trois_fois_reste_une_personne(self, referentiel: Referentiel) -> None:
        une = cohorte_au_hasard(referentiel, 1)
        assert not fideliser(replace(une, notees=une.notees * 3)).strates[0].echelles
        sans_code = replace(une.notees[0].passation, identifiant=" ")
        sans_codes = composer(referentiel, [replace(une.notees[0].releve, passation=sans_code)] * 3)
        assert fideliser(sans_codes).strates[0].echelles, "sans code, chaque passation est une personne"


class TestCommande:
    def test_a_l_ecran(self, en_json: Menee) -> None:
        sortie = en_json.ecran
        for titre in ("Scores des échelles", "Réponses aux items", "Fidélité des échelles", "Items dans leur échelle"):
            assert sortie.count(titre) == 3
        assert "De t0 à t1, regard soi\u202f: 50 paires" in sortie
        assert "De soi à tiers, moment t0\u202f: 50 paires" in sortie
        assert "Ce que ces nombres ne disent pas" in sortie
        assert max(map(len, sortie.splitlines()[4:])) <= 80

    @pytest.mark.echantillon(5)
    @pytest.mark.parametrize("largeur", ["80", "79", "40", "81", "120"])
    def test_aucune_colonne_n_est_coupee(
        self, petite_table: Path, largeur: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", largeur)
        assert executer(["fidelite", str(petite_table)]) == 0
        sortie = " ".join(capsys.readouterr().out.split())
        assert "Plafond" in sortie
        assert sortie.count("[") == sortie.count("]")

    def test_en_mode_simple(self, petite_table: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert executer(["fidelite", str(petite_table), "--simple"]) == 0
        sortie = capsys.readouterr().out
        assert "Échelle\u202f: C1\u202f; n\u202f: " in sortie
        assert not set(sortie) & set("─═│█")

    def test_exemples_trop_peu_nombreux(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Cinq passations fictives : la fidélité n’est pas estimable, et la commande le dit sans rien inventer."""
        assert executer(["fidelite", str(RACINE / "exemples" / "*.json")]) == 0
        sortie = capsys.readouterr().out
        assert "trop peu pour estimer une fidélité" in sortie
        assert "Fidélité des échelles" not in sortie

    def test_json(self, en_json: Menee, etude: Etude) -> None:
        sortie = en_json.sortie
        document = json.loads(sortie.read_text(encoding="utf-8"))
        assert document["format"] == "cpit-fidelite-1"
        assert set(document["versions"]) == {"cpit", "numpy", "scipy"}
        assert document["passations"] == 150
        echelle = document["strates"][0]["echelles"][0]
        attendue = etude.strates[0].echelles["C1"].coherence.alpha
        assert echelle["alpha"]["valeur"] == attendue.valeur
        assert echelle["alpha"]["n"] == attendue.n
        for mesure in ("moyenne", "alpha", "omega", "erreur_type", "correlation_moyenne", "asymetrie", "plancher"):
            assert echelle[mesure]["methode"]
            assert echelle[mesure]["version"].startswith("cpit ")
        assert {"NaN", "Infinity"}.isdisjoint(sortie.read_text(encoding="utf-8").split())
        assert document["comparaisons"][0]["echelles"]["C1"]["icc"]["n"] <= 50

    @pytest.mark.endurance
    def test_classeur(self, en_classeur: Menee, etude: Etude) -> None:
        classeur = openpyxl.load_workbook(en_classeur.sortie)
        assert classeur.sheetnames == [
            *("Lecture", "Échelles", "Items", "Items et échelles", "Corrélations", "Moments et regards"),
            *("Anomalies", "Dictionnaire", "À propos"),
        ]
        for tableau in tableaux(etude):
            feuille = classeur[tableau.titre]
            cles = [cellule.value for cellule in feuille[1]]
            assert cles == [colonne.cle for colonne in tableau.colonnes]
            assert feuille.max_row - 1 == len(tableau.lignes)
            for ligne, attendue in zip(feuille.iter_rows(min_row=2, values_only=True), tableau.lignes, strict=True):
                assert list(ligne) == [
                    None if v == "" else pytest.approx(v, abs=1e-12) if isinstance(v, float) else v for v in attendue
                ]
        definies = {ligne[1] for ligne in classeur["Dictionnaire"].iter_rows(min_row=2, values_only=True)}
        assert {colonne.cle for tableau in tableaux(etude) for colonne in tableau.colonnes} <= definies
        texte = " ".join(str(c) for ligne in classeur["À propos"].iter_rows(values_only=True) for c in ligne if c)
        for mot in ("Feldt", "minres", "Shrout", "Wilson", "cas complets", "scipy"):
            assert mot in texte

    @pytest.mark.endurance
    def test_la_sortie_d_hier_n_est_pas_une_source(self, table: Path, tmp_path: Path) -> None:
        # Enregistrée par un autre programme : sans marque d’ordre des octets, c’est une table de réponses.
        (tmp_path / "g.csv").write_text(table.read_text(encoding="utf-8-sig"), encoding="utf-8")
        for _ in range(2):
            assert executer(["fidelite", str(tmp_path), "--sortie", str(tmp_path / "f.xlsx")]) == 0

    def test_un_refus_donne_le_code_1_et_tout_est_montre(
        self, petite_table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        copie = tmp_path / "g.csv"
        texte = petite_table.read_text(encoding="utf-8-sig")
        lignes = texte.splitlines(keepends=True)
        rang = lignes[0].split(";").index("C1P")
        cellules = lignes[1].split(";")
        cellules[rang] = "9"
        lignes[1] = ";".join(cellules)
        copie.write_text("".join(lignes), encoding="utf-8-sig")
        assert executer(["fidelite", str(copie)]) == 1
        sortie, erreurs = capsys.readouterr()
        assert "Fidélité des échelles" in sortie
        assert "Refus" in erreurs
        assert executer(["fidelite", str(copie), "--strict"]) == 1
        assert "Fidélité" not in capsys.readouterr().out

    def test_mauvais_suffixe(self, table: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert executer(["fidelite", str(table), "--sortie", "f.pdf"]) == 2
        assert ".xlsx ou .json" in capsys.readouterr().err

    def test_sortie_parmi_les_sources(self, table: Path, tmp_path: Path) -> None:
        source = tmp_path / "f.xlsx"
        source.write_bytes(table.read_bytes())
        assert executer(["fidelite", str(source), "--sortie", str(source)]) == 2

    def test_rien_de_lisible(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert executer(["fidelite", str(tmp_path)]) == 1
        assert capsys.readouterr().err

    def test_ecriture_impossible(self, petite_table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        for suffixe in ("json", "xlsx"):
            assert executer(["fidelite", str(petite_table), "--sortie", str(tmp_path / "absent" / f"f.{suffixe}")]) == 1
            assert "Traceback" not in capsys.readouterr().err

    def test_sans_scipy_un_message_dit_quoi_installer(
        self, table: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        trouver = importlib.util.find_spec
        monkeypatch.setattr("cpit.api.find_spec", lambda nom: None if nom == "scipy" else trouver(nom))
        assert executer(["fidelite", str(table)]) == 1
        assert "-m pip install polars pyreadstat scipy, puis" in " ".join(capsys.readouterr().err.split())


def trouer(matrice: Matrice, graine: int, part: float) -> Matrice:
    """Les mêmes réponses, une part ôtée au hasard."""
    trouee = matrice.copy()
    trouee[np.random.default_rng(graine).random(matrice.shape) < part] = np.nan
    return trouee


def deux_facteurs(n: int) -> Matrice:
    """Quatre items d’un facteur, quatre d’un autre, sans rapport."""
    return np.column_stack([tirer(5, n, 4), tirer(6, n, 4)])


class TestIntervalles:
    def test_le_jackknife_est_celui_que_l_on_ferait_a_la_main(self) -> None:
        """Chaque personne ôtée pour de vrai, avec et sans réponses manquantes."""
        for matrice in (tirer(1, 40, 4), trouer(tirer(1, 40, 4), 2, 0.2)):
            rendues = sans_chacune(matrice, lambda sommes: alpha_de_cronbach(sommes.covariances))
            a_la_main = [alpha_de_cronbach(sommer(np.delete(matrice, rang, 0)).covariances) for rang in range(40)]
            assert rendues == pytest.approx(np.array(a_la_main), abs=1e-12)

    def test_une_moyenne_a_l_intervalle_de_student_sauf_ses_degres_de_liberte(self) -> None:
        """Dix fois 0 et dix fois 4 : κ = 1, ν = n − 1, c’est Student ; une valeur isolée en ôte presque tous."""
        egales = np.array([0.0, 4.0] * 10)
        assert e.moyenne(egales).bas == pytest.approx(e.moyenne(egales, Intervalles.CLASSIQUES).bas, abs=1e-9)
        isolee = np.array([0.0] * 19 + [4.0])
        robuste, student = e.moyenne(isolee), e.moyenne(isolee, Intervalles.CLASSIQUES)
        assert robuste.bas is not None
        assert student.bas is not None
        assert robuste.bas < student.bas - 0.1

    @pytest.mark.endurance
    def test_ils_tiennent_sur_une_echelle_tassee_au_plancher_et_non_les_classiques(self) -> None:
        """Un petit tirage de ``tests/campagnes/couverture_fidelite.py``, de graine fixée."""
        comptes = rejouer(populations_fabriquees()["tassee"], 100, tirages(100), GRAINE, deux=False)
        for cle in ("alpha", "omega", "erreur_type", "correlation_moyenne", "correlation_reste", "alpha_sans"):
            assert comptes[cle, Intervalles.ROBUSTES].couverture >= 88, cle
        assert comptes["erreur_type", Intervalles.CLASSIQUES].couverture < 80
        assert comptes["correlation_reste", Intervalles.CLASSIQUES].couverture < 90

    def test_l_accord_aussi(self) -> None:
        comptes = rejouer(populations_fabriquees()["deux-tassee"], 100, tirages(100), GRAINE, deux=True)
        for cle in ("icc", "test-retest"):
            assert comptes[cle, Intervalles.ROBUSTES].couverture >= 88, cle

    def test_une_personne_s_ote_avec_toutes_ses_passations(self) -> None:
        """De une à quatre passations chacune, mêlées, des réponses manquantes : ôtées pour de vrai."""
        hasard = np.random.default_rng(4)
        matrice, qui = trouer(tirer(1, 90, 4), 2, 0.1), hasard.permutation(np.repeat(np.arange(36), 4)[:90] * 7)
        rendues = sans_chacune(matrice, lambda sommes: alpha_de_cronbach(sommes.covariances), qui)
        restes = [matrice[qui != une] for une in np.unique(qui)]
        assert rendues == pytest.approx(np.array([alpha_de_cronbach(sommer(r).covariances) for r in restes]), abs=1e-12)
        scores = matrice[:, 0]
        presents = ~np.isnan(scores)
        scores, siens = scores[presents], qui[presents]
        moyennes = np.array([scores[siens != une].mean() for une in np.unique(siens)])
        assert e.moyenne(scores, qui=siens).bas == pytest.approx(
            e.bornes_robustes(float(scores.mean()), moyennes)[0],  # type: ignore[index]
            abs=1e-12,
        )

    def test_par_blocs_ou_d_un_coup_c_est_le_meme_jackknife(self, monkeypatch: pytest.MonkeyPatch) -> None:
        matrice, qui = tirer(1, 60, 4), np.random.default_rng(4).integers(0, 25, 60)

        def alphas() -> Matrice:
            return sans_chacune(matrice, lambda sommes: alpha_de_cronbach(sommes.covariances), qui)

        d_un_coup = alphas()
        monkeypatch.setattr(e, "_CASES_PAR_BLOC", 50)
        assert alphas() == pytest.approx(d_un_coup, abs=1e-13)

    def test_recopier_chaque_passation_n_apprend_rien(self) -> None:
        """Deux fois la même passation de chacun : le même nombre, les mêmes bornes, et toujours indicatives."""
        reponses, qui = tirer_des_tiers(np.random.default_rng(2), 60, 1)[:, 0], np.arange(60)
        deux_fois = dict(estimer_des_tiers(np.repeat(reponses, 2, axis=0), np.repeat(qui, 2)))
        for cle, une in estimer_des_tiers(reponses, qui):
            deux = deux_fois[cle]
            assert (deux.n, deux.indicatif, deux.motif) == (120, une.indicatif, une.motif), cle
            # À l’écart-type près, que n − 1 divise : √(59·120/(119·60)) fois plus petit.
            facteur = np.sqrt(59 * 2 / 119) if cle in {"ecart_type", "erreur_type"} else 1
            for bout in ("valeur", "bas", "haut"):
                assert getattr(deux, bout) == pytest.approx(facteur * getattr(une, bout), abs=1e-9), (cle, bout)

    def test_une_part_de_passations_toutes_pareilles_vaut_ses_personnes(self) -> None:
        """À zéro comme à un, et là où chacun est partagé de même."""
        qui = np.repeat(np.arange(20), 3)
        for oui in (np.zeros(60, np.bool_), np.ones(60, np.bool_)):
            assert e.estimer_part(oui, qui=qui).bas == e.estimer_part(oui[:20]).bas
            assert e.estimer_part(oui, qui=qui).haut == e.estimer_part(oui[:20]).haut
        partagee = np.tile([True, False, False], 20)
        assert e.estimer_part(partagee, qui=qui).haut == e.estimer_part(partagee).haut

    def test_ils_tiennent_quand_chacun_a_plusieurs_passations(self) -> None:
        """Un petit tirage de ``couverture_fidelite.py --tiers`` : passation par passation, α y tombait à 85."""
        for egales in (True, False):
            comptes = couvrir_des_tiers(60, 5, tirages(100), GRAINE, egales=egales)
            for cle, compte in comptes.items():
                assert compte.couverture >= 88, (cle, egales)

    def test_ce_que_valent_des_tiers_est_dit(self, referentiel: Referentiel) -> None:
        """Trente passations de dix tiers… de dix personnes : le dire, et ne pas compter trente personnes."""
        groupe = cohorte_au_hasard(referentiel, 30, (("t0", "tiers"),))
        codes = [replace(n.releve.passation, identifiant=f"P{rang % 10}") for rang, n in enumerate(groupe.notees)]
        releves = [replace(n.releve, passation=p) for n, p in zip(groupe.notees, codes, strict=True)]
        etude = fideliser(composer(referentiel, releves))
        assert (etude.strates[0].passations, etude.strates[0].personnes) == (30, 10)
        assert commence(lecture(etude), "30 passations de 10 personnes")
        assert not commence(lecture(fideliser(groupe)), "30 passations de")
        for echelle in etude.strates[0].echelles.values():
            assert echelle.ecart_type.motif is Motif.SANS_INTERVALLE, "trente passations, mais dix personnes"

    def test_les_modeles_de_trois_items_se_comptent(self) -> None:
        """La solution de trois items est exacte : propre si, et seulement si, chaque λ² = r·r/r est entre 0 et 1."""
        population = populations_fabriquees()["tassee"]
        hasard, propres = np.random.default_rng(GRAINE), 0
        for _ in range(40):
            r = np.corrcoef(population[hasard.integers(0, len(population), 50), :3].T)
            carres = [r[0, 1] * r[0, 2] / r[1, 2], r[0, 1] * r[1, 2] / r[0, 2], r[0, 2] * r[1, 2] / r[0, 1]]
            propres += min(carres) > 0 and max(carres) < 1
        assert compter_les_modeles(population, 50, 40, GRAINE) == (propres, 40)
        assert 0 < propres < 40

    def test_les_methodes_essayees_se_comparent(self) -> None:
        dite = comparer(populations_fabriquees(), 50, 2, GRAINE)
        for methode in ("delta", "jackknife, Student", "BCa", "bootstrap studentisé", "Feldt", "retenu"):
            assert f"| {methode}" in dite

    def test_sous_cent_personnes_ils_sont_indicatifs(self) -> None:
        petite, grande = coherence(tirer(1, 99, 4)), coherence(tirer(1, 100, 4))
        for cle in ("alpha", "omega", "erreur_type", "correlation_moyenne"):
            assert getattr(petite, cle).indicatif
            assert not getattr(grande, cle).indicatif
        assert not coherence(tirer(1, 99, 4), Intervalles.CLASSIQUES).alpha.indicatif
        assert not e.estimer_part(np.arange(10) < 1).indicatif, "Wilson tient à tout effectif"
        assert e.asymetrie(tirer(1, 999, 4).mean(axis=1)).indicatif

    def test_ils_le_disent_partout(self, en_json: Menee, en_classeur: Menee) -> None:
        """Cinquante passations : à l’écran, en JSON, dans le classeur et dans la lecture."""
        assert "]*" in en_json.ecran
        assert "* intervalle indicatif\u202f:" in en_json.ecran
        document = json.loads(en_json.sortie.read_text(encoding="utf-8"))
        alpha = document["strates"][0]["echelles"][0]["alpha"]
        assert alpha["indicatif"] is True
        assert "indicatif sous 100 personnes" in alpha["methode"]
        for lecture in (document["strates"][0]["lecture"], document["comparaisons"][0]["lecture"]):
            assert any(phrase.startswith("Intervalles indicatifs") for phrase in lecture)
        feuille = openpyxl.load_workbook(en_classeur.sortie)["Échelles"]
        rang = [cellule.value for cellule in feuille[1]].index("alpha_indicatif")
        assert feuille[2][rang].value == "oui"

    def test_une_seule_reponse_dont_tout_depend_ne_donne_pas_d_intervalle(self) -> None:
        matrice = tirer(1, 40, 3)
        matrice[:, 0] = 0
        matrice[3, 0] = 4
        r = coherence(matrice).tenues[0].correlation_reste
        assert r.valeur is not None
        assert r.motif is Motif.INTERVALLE_FRAGILE

    @pytest.mark.endurance
    def test_classiques_sur_demande(self, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        sorties = {sorte: tmp_path / f"{sorte}.json" for sorte in Intervalles}
        for sorte, sortie in sorties.items():
            assert executer(["fidelite", str(table), "--intervalles", sorte, "--sortie", str(sortie)]) == 0
            dit = " ".join(capsys.readouterr().out.split())
            assert f"Entre crochets, l’intervalle {sorte.au_singulier} à 95 %" in dit
        lus = {sorte: json.loads(sortie.read_text(encoding="utf-8")) for sorte, sortie in sorties.items()}
        alphas = {sorte: lu["strates"][0]["echelles"][0]["alpha"] for sorte, lu in lus.items()}
        assert {sorte: lu["conventions"]["intervalles"] for sorte, lu in lus.items()} == {
            s: s.value for s in Intervalles
        }
        classique = alphas[Intervalles.CLASSIQUES]
        assert classique["valeur"] == alphas[Intervalles.ROBUSTES]["valeur"]
        n = classique["n"]
        assert classique["bas"] == pytest.approx(1 - (1 - classique["valeur"]) * fdtri(n - 1, 2 * (n - 1), 0.975))
        assert "Feldt" in classique["methode"]
        assert "jackknife" in alphas[Intervalles.ROBUSTES]["methode"]

    def test_une_sorte_inconnue_est_refusee(self, groupe: Cohorte, capsys: pytest.CaptureFixture[str]) -> None:
        assert executer(["fidelite", "groupe.csv", "--intervalles", "exacts"]) == 2
        assert "robustes ou classiques" in capsys.readouterr().err
        with pytest.raises(cpit.MauvaisEmploi, match="exacts"):
            cpit.fidelite(Recueil(groupe), intervalles="exacts")


class TestReponsesManquantes:
    def test_par_paires_a_la_main(self) -> None:
        """Chaque covariance sur les lignes qui ont les deux items, chaque variance sur celles qui ont le sien."""
        trouee = trouer(tirer(3, 80, 4), 4, 0.3)
        covariances = np.zeros((4, 4))
        for j in range(4):
            for k in range(4):
                deux = trouee[~np.isnan(trouee[:, [j, k]]).any(axis=1)][:, [j, k]]
                covariances[j, k] = np.cov(deux, rowvar=False)[0, 1] if j != k else deux[:, 0].var(ddof=1)
        trouvee = coherence(trouee)
        assert trouvee.alpha_par_paires.valeur == pytest.approx(float(alpha_de_cronbach(covariances)), abs=1e-12)
        assert trouvee.alpha.n == trouvee.completes == int((~np.isnan(trouee)).all(axis=1).sum())
        assert trouvee.alpha_par_paires.n == int((~np.isnan(trouee)).any(axis=1).sum()) > trouvee.alpha.n
        assert trouvee.omega_par_paires.valeur is not None
        assert trouvee.par_paires.effectif_minimal < trouvee.alpha_par_paires.n

    def test_sans_manquant_les_deux_sont_un_seul_nombre(self) -> None:
        trouvee = coherence(tirer(3, 80, 4))
        assert (trouvee.alpha_par_paires, trouvee.omega_par_paires) == (trouvee.alpha, trouvee.omega)

    def test_trop_peu_de_completes_n_empeche_pas_les_paires(self) -> None:
        trouee = tirer(3, 90, 3)
        for rang in range(3):
            trouee[rang::3, rang] = np.nan
        trouvee = coherence(trouee)
        assert trouvee.alpha.motif is Motif.TROP_PEU
        assert trouvee.alpha_par_paires.estimable
        assert trouvee.par_paires.effectif_minimal == 30
        assert coherence(trouee[:24]).alpha_par_paires.motif is Motif.PAIRES_TROP_RARES

    @pytest.mark.endurance
    def test_sur_chaque_surface(self, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        for suffixe in ("json", "xlsx"):
            assert executer(["fidelite", str(table), "--sortie", str(tmp_path / f"f.{suffixe}")]) == 0
        sortie = capsys.readouterr().out
        assert "Fidélité avec les réponses manquantes" in sortie
        echelle = json.loads((tmp_path / "f.json").read_text(encoding="utf-8"))["strates"][0]["echelles"][0]
        assert echelle["alpha"]["n"] == echelle["completes"] < echelle["alpha_par_paires"]["n"]
        assert echelle["omega_par_paires"]["methode"]
        assert echelle["paires_effectif_minimal"] >= echelle["completes"]
        cles = [c.value for c in openpyxl.load_workbook(tmp_path / "f.xlsx")["Échelles"][1]]
        assert {"alpha_par_paires", "alpha_par_paires_n", "omega_par_paires", "paires_effectif_minimal"} <= set(cles)


class TestModele:
    def test_heywood_donne_un_omega_nomme_borne(self) -> None:
        correlations = np.array([[1, 0.9, 0.9], [0.9, 1, 0.7], [0.9, 0.7, 1]])
        facteur = ajuster_ou_borner(correlations)
        assert isinstance(facteur, Facteur)
        assert facteur.borne
        assert float((facteur.saturations**2).max()) == pytest.approx(0.995, abs=1e-6)
        commun = tirer(7, 60, 1)
        trouvee = coherence(
            np.column_stack([commun, commun + tirer(8, 60, 1), commun - tirer(8, 60, 1) + tirer(9, 60, 1)])
        )
        assert trouvee.omega.valeur is not None
        assert trouvee.omega.motif is Motif.OMEGA_BORNE
        assert trouvee.omega.bas is None
        assert EXPLICATIONS[Motif.OMEGA_BORNE].startswith("ω borné")

    def test_deux_facteurs_font_une_reserve(self) -> None:
        trouvee = coherence(deux_facteurs(200))
        assert trouvee.ajustement is not None
        assert trouvee.ajustement.rmsea is not None
        assert trouvee.ajustement.rmsea > 0.1
        assert trouvee.reserves == (Reserve.AJUSTEMENT,)
        assert coherence(tirer(1, 200, 6)).reserves == ()

    @pytest.mark.parametrize(("rmsea", "srmr"), [(0.1003, 0.05), (0.05, 0.0804)])
    def test_un_ajustement_qui_s_ecrit_comme_son_seuil_ne_le_depasse_pas(self, rmsea: float, srmr: float) -> None:
        """« Un seul facteur s’ajuste mal (RMSEA au-delà de 0,10) : RMSEA 0,100 » ne se verrait pas."""
        trouvee = coherence(tirer(1, 200, 6))
        assert trouvee.ajustement is not None
        au_seuil = replace(trouvee.ajustement, rmsea=rmsea, srmr=srmr)
        assert replace(trouvee, ajustement=au_seuil).reserves == ()
        assert replace(trouvee, ajustement=replace(au_seuil, rmsea=0.101)).reserves == (Reserve.AJUSTEMENT,)

    def test_l_ajustement_se_lit_plus_finement_que_ses_seuils(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Un SRMR de 0,082 écrit « 0,08 » ferait douter de ω, « au-delà de 0,08 », sans que l’on voie pourquoi."""
        chemin, table = TESTS / "referentiels" / "bfi.yaml", tmp_path / "groupe.csv"
        cpit.ecrire(cohorte_au_hasard(cpit.referentiel(chemin), 60, absentes=0).scores(avec_reponses=True), table)
        commande = ["fidelite", str(table), "--referentiel", str(chemin), "--sortie", str(tmp_path / "f.json")]
        assert executer(commande) == 0
        ecran = capsys.readouterr().out
        (strate,) = json.loads((tmp_path / "f.json").read_text(encoding="utf-8"))["strates"]
        modeles = [echelle["modele"] for echelle in strate["echelles"] if echelle["modele"]]
        assert modeles
        assert all(nombre(modele["srmr"], 3) in ecran for modele in modeles)

    def test_un_item_a_contre_sens_fait_une_reserve(self) -> None:
        matrice = tirer(1, 200, 5)
        matrice[:, 0] = 4 - matrice[:, 0]
        trouvee = coherence(matrice)
        assert Reserve.SENS_CONTRAIRES in trouvee.reserves
        assert trouvee.tenues[0].saturation.valeur is not None
        assert trouvee.tenues[0].saturation.valeur < 0

    def test_les_reserves_se_lisent_partout(self, tmp_path: Path) -> None:
        """Une compétence dont un item est retourné : le dire à l’écran, en JSON et dans le classeur."""
        referentiel = cpit.referentiel(TESTS / "referentiels" / "bfi.yaml")
        reponses, releves = 1 + tirer(1, 120, 25), []
        reponses[:, 0] = 6 - reponses[:, 0]
        base = Passation.nouvelle(referentiel)
        for rang, ligne in enumerate(reponses):
            retenues = {
                i.code: repondu(int(7 - v if i.inverse else v)) for i, v in zip(referentiel.items, ligne, strict=True)
            }
            releves.append(Releve(replace(base, identifiant=f"P{rang}", reponses=retenues), "a.csv", rang))
        recueil = Recueil(composer(referentiel, releves))
        etude = cpit.fidelite(recueil)
        ecrits = {suffixe: cpit.ecrire(etude, tmp_path / f"f.{suffixe}") for suffixe in ("json", "xlsx")}
        echelle = json.loads(ecrits["json"].read_text(encoding="utf-8"))["strates"][0]["echelles"][0]
        assert "sens-contraires" in echelle["omega_reserves"]
        assert echelle["modele"]["srmr"] > 0
        assert echelle["tenues"][echelle["items"][0]]["saturation"]["valeur"] < 0
        feuille = openpyxl.load_workbook(ecrits["xlsx"])["Échelles"]
        assert "à contre-sens" in " ".join(str(c.value) for c in feuille[2])
        assert commence(lecture(etude), "ω se lit avec réserve")


class TestDifferencesQuiSeVoient:
    @pytest.mark.endurance
    @pytest.mark.parametrize("graine", range(6))
    def test_alpha_plus_haut_sans_un_item_se_voit_une_fois_ecrit(self, referentiel: Referentiel, graine: int) -> None:
        for phrase in lecture(fideliser(cohorte_au_hasard(referentiel, 60 + graine))):
            for sans, avec in re.findall(r"([−\d,]+) sans lui, ([−\d,]+) avec", phrase):
                assert sans != avec
            assert "(0\u202f%)" not in phrase
            assert "r = 0,00" not in phrase

    @pytest.mark.endurance
    def test_un_ecart_invisible_ne_se_dit_pas(self, referentiel: Referentiel) -> None:
        """α de 0,754 et 0,751 sans l’item s’écrivent 0,75 tous les deux : rien à dire."""
        etude = fideliser(cohorte_au_hasard(referentiel, 60))
        strate = etude.strates[0]
        c1 = strate.echelles["C1"]
        alpha = replace(c1.coherence.alpha, valeur=0.751)
        for sans, dit in ((0.754, False), (0.756, True)):
            tenue = replace(c1.tenues["C1P"], alpha_sans=Estimation(sans, n=60))
            neuve = replace(c1, coherence=replace(c1.coherence, alpha=alpha), tenues={"C1P": tenue})
            phrases = lecture(replace(etude, strates=(replace(strate, echelles={"C1": neuve}),)))
            assert any("α serait plus haut sans" in phrase for phrase in phrases) is dit

    def test_un_groupe_ne_dit_pas_non_plus_un_ecart_invisible(self, groupe: Cohorte) -> None:
        strate = groupe.strates()["t0", "soi"]
        portrait = portrait_montrable(strate)
        for pas, dit in ((0.001, False), (0.1, True)):
            echelles = {
                code: replace(mesure, moyenne=2.31 + pas * rang, ecart_type=1.01 + pas * rang)
                for rang, (code, mesure) in enumerate(portrait.echelles.items())
            }
            phrases = " ".join(lire_le_groupe(groupe.referentiel, replace(portrait, echelles=echelles)))
            assert ("vont le plus loin" in phrases) is dit
            assert ("Les réponses diffèrent le plus" in phrases) is dit

    def test_un_groupe_nomme_toutes_les_competences_qui_s_ecrivent_de_meme(self, groupe: Cohorte) -> None:
        portrait = portrait_montrable(groupe.strates()["t0", "soi"])
        moyennes = (1.51, 2.04, 2.27, 1.46, 2.01, 2.33, 1.9, 1.88)
        echelles = dict(portrait.echelles)
        for rang, moyenne in enumerate(moyennes, start=1):
            ecart_type = 1.16 if rang == 8 else 1.01 + rang / 1000
            echelles[f"C{rang}"] = replace(echelles[f"C{rang}"], moyenne=moyenne, ecart_type=ecart_type)
        phrases = lire_le_groupe(groupe.referentiel, replace(portrait, echelles=echelles))
        assert (
            phrases[1]
            == "Les réponses du groupe vont le plus loin pour C3 et C6 (2,3), le moins loin pour C1 et C4 (1,5)."
        )
        assert phrases[2] == (
            "Les réponses diffèrent le plus pour C8 Tenir la place du tiers (± 1,2), "
            "le moins pour C1, C2, C3, C4, C5, C6 et C7 (± 1,0)."
        )

    def test_un_groupe_compte_chaque_dominante_sans_deux_et(self, groupe: Cohorte) -> None:
        portrait = portrait_montrable(groupe.strates()["t0", "soi"])
        dominantes = {("publique",): 2, ("publique", "management"): 4, (): 3}
        assert lire_le_groupe(groupe.referentiel, replace(portrait, dominantes=dominantes))[0] == (
            "Ce qui pèse le plus, personne par personne : Ingénierie publique et Management de projets (4), "
            "équilibre (3), Ingénierie publique (2)."
        )

    @pytest.mark.endurance
    def test_une_part_qui_s_ecrit_zero_ne_se_dit_pas(self, referentiel: Referentiel) -> None:
        etude = fideliser(cohorte_au_hasard(referentiel, 60))
        strate = etude.strates[0]
        for part, dit in ((0.004, False), (0.006, True)):
            items = tuple(replace(item, sans_objet=Estimation(part, n=60)) for item in strate.items)
            phrases = lecture(replace(etude, strates=(replace(strate, items=items),)))
            assert any("Le plus souvent sans objet" in phrase for phrase in phrases) is dit
