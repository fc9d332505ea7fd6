"""Après le résultat : un plan qui dure, se reprend et se montre, sans rien bloquer ni entrer nulle part."""

from __future__ import annotations

import errno
import io
import json
import os
import random
import re
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from html import escape
from pathlib import Path

import pytest
from aide_navigateur import Navigateur, violations
from aide_terminal import FauxClavier, FauxEcran
from aides import RACINE, encoder_passation, passation_de, somme_de_controle, tirages
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cpit
from cpit.cli import executer
from cpit.typographie import nettoyer

EXEMPLES = RACINE / "exemples"
R01 = "passation-r01-t0-soi.json"
SECRET = "aller voir la mairie de Saint-Lyphard"
Jouer = Callable[..., tuple[int, str]]


@pytest.fixture
def ici(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Le dossier courant, où R01 a répondu à T0."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    shutil.copy(EXEMPLES / R01, tmp_path)
    return tmp_path


@pytest.fixture
def jouer(ici: Path, monkeypatch: pytest.MonkeyPatch) -> Jouer:  # noqa: ARG001
    """Lance une commande ; ``touches`` : ce qui est tapé, rien s’il n’y a pas de terminal. Rend le code et l’écran."""

    def lancer(*arguments: str, touches: list[str] | None = None) -> tuple[int, str]:
        ecran, erreurs = FauxEcran(), FauxEcran()
        monkeypatch.setattr(sys, "stdin", io.StringIO() if touches is None else FauxClavier(touches))
        monkeypatch.setattr(sys, "stdout", ecran)
        monkeypatch.setattr(sys, "stderr", erreurs)
        code = executer([*arguments, "--simple"])
        return code, " ".join((ecran.getvalue() + erreurs.getvalue()).replace("’", "'").split())

    return lancer


def repondre(jouer: Jouer, *apres: str, moment: str = "t1") -> tuple[int, str]:
    """Un questionnaire entier de R01, puis ce qui est tapé après son résultat."""
    options = ["--code", "R01", "--moment", moment, "--regard", "soi", "--sans-profil"]
    return jouer("questionnaire", *options, touches=[*["2"] * 24, "", *apres])


# --- le plan au terminal ----------------------------------------------------------------------------------------------


def test_un_pas_s_ecrit_se_relit_et_change_d_etat(jouer: Jouer, ici: Path) -> None:
    code, _ = jouer("plan", touches=["a", "c3c", SECRET, "la DGS", "mars", "elle répond", "", ""])
    assert code == 0
    (pas,) = cpit.plan(ici).pas
    assert (pas.item, pas.quoi, pas.avec, pas.quand, pas.signe) == ("C3C", SECRET, "la DGS", "mars", "elle répond")
    jouer("plan", touches=["1", "4", "au téléphone", "", ""])
    (pas,) = cpit.plan(ici).pas
    assert [c.etat.value for c in pas.changements] == ["a_faire", "autrement"]
    assert all(len(c.le) >= len("2026-11-26") for c in pas.changements)
    code, vu = jouer("plan")
    assert code == 0
    assert f"1. {SECRET} [autrement]" in vu
    assert "Avec qui : la DGS" in vu
    assert "au téléphone" in vu


def test_les_mots_d_un_pas_se_changent_et_entree_les_garde(jouer: Jouer, ici: Path) -> None:
    cpit.ajouter_pas("R01", "C3C", SECRET, avec="la DGS")
    jouer("plan", touches=["1", "", "o", "", "le maire", "", "", ""])
    (pas,) = cpit.plan(ici).pas
    assert (pas.quoi, pas.avec) == (SECRET, "le maire")


@pytest.mark.parametrize("date", ["2026-02-31", "31/04/2026", "2026-13", "30 février 2027"])
def test_une_date_impossible_se_refuse_et_se_redemande_sans_perdre_le_pas(jouer: Jouer, ici: Path, date: str) -> None:
    with pytest.raises(cpit.ErreurCpit) as refuse:
        cpit.ajouter_pas("R01", "C3C", SECRET, quand=date)
    assert [une.code for une in refuse.value.anomalies] == ["date-de-pas"]
    cpit.ajouter_pas("R01", "C3C", "un pas", quand="avant le 30 février")  # des mots restent des mots
    vu = jouer("plan", touches=["a", "C1P", SECRET, "la DGS", date, "2027-02-28", "elle répond", "", ""])[1]
    assert f"« {date} » n'est d'aucun calendrier" in vu
    assert (cpit.plan(ici).pas[-1].avec, cpit.plan(ici).pas[-1].quand) == ("la DGS", "2027-02-28")


@pytest.mark.parametrize(
    ("touches", "dit"),
    [
        (["a", "C1P", SECRET, "la DGS"], "Ce pas n'est pas enregistré."),
        (["1", "2"], "L'état de ce pas n'est pas changé."),
        (["1", "", "o", SECRET], "Les mots de ce pas ne sont pas changés."),
    ],
)
def test_interrompre_dit_ce_qui_n_est_pas_enregistre(jouer: Jouer, ici: Path, touches: list[str], dit: str) -> None:
    cpit.ajouter_pas("R01", "C3C", "un pas")
    code, vu = jouer("plan", touches=touches)
    assert (code, dit in vu) == (130, True)
    assert cpit.plan(ici).revision == 1


@pytest.mark.parametrize("reponse", ["", "n", "q"])
def test_un_disque_plein_ne_perd_pas_les_mots_tapes(
    jouer: Jouer, ici: Path, monkeypatch: pytest.MonkeyPatch, reponse: str
) -> None:
    veritable, restants = sys.modules["cpit.passations.cahiers"].enregistrer_octets, [1]

    def plein(*arguments: object, **options: object) -> object:
        if restants:
            restants.pop()
            raise OSError(errno.ENOSPC, "No space left on device")
        return veritable(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("cpit.passations.cahiers.enregistrer_octets", plein)
    code, vu = jouer("plan", touches=["a", "C3C", SECRET, "la DGS", "", "", reponse, "", ""])
    assert "le disque est plein" in vu
    assert "vos mots sont encore là" in vu
    assert (code, len(cpit.plan(ici).pas)) == ((0, 1) if reponse == "" else (1, 0))
    restants[:] = [1]
    code, vu = jouer("trace", "R01", "C3C", touches=["un repas", "", "", "", "", "", reponse])
    assert (code, len(notees(ici, "traces"))) == ((0, 1) if reponse == "" else (1, 0))
    restants[:] = [1]
    code, vu = jouer("trace", "R01", "--competence", "c8", touches=["tenir un stand", "3", reponse])
    assert (code, len(notees(ici, "situations"))) == ((0, 1) if reponse == "" else (1, 0))


def notees(ici: Path, quoi: str) -> list[dict[str, object]]:
    """Ce que porte le fichier des traces de R01, s’il y en a un."""
    fichier = ici / "traces-r01.json"
    liste: list[dict[str, object]] = json.loads(fichier.read_bytes())[quoi] if fichier.exists() else []
    return liste


def test_une_situation_a_soi_demande_ce_qui_manque_au_clavier(jouer: Jouer, ici: Path) -> None:
    code, vu = jouer("trace", "R01", "--competence", "c8", touches=["tenir un stand", "4", "catalyse"])
    assert (code, "« 4 » ne convient pas" in vu) == (0, True)
    (une,) = notees(ici, "situations")
    assert (une["enonce"], une["competence"], une["ingenierie"]) == ("tenir un stand", "C8", "catalyse")
    code, vu = jouer("trace", "R01", "--competence", "C9", touches=[])
    assert code == 1, "une compétence inconnue se dit avant toute question"
    assert "n'est pas une compétence" in vu


def test_trois_pas_devant_soi_au_plus(ici: Path, jouer: Jouer) -> None:
    for item in ("C1P", "C2P", "C3P"):
        cpit.ajouter_pas("R01", item, "un pas")
    with pytest.raises(cpit.ErreurCpit) as refuse:
        cpit.ajouter_pas("R01", "C4P", "un de trop")
    assert [une.code for une in refuse.value.anomalies] == ["pas-de-trop"]
    assert "a pour ajouter" not in jouer("plan", touches=[""])[1]
    cpit.changer_pas("R01", 2, "fait")
    assert len(cpit.ajouter_pas("R01", "C4P", "un autre").cahier.pas) == 4
    assert len(cpit.plan(ici).ouverts) == 3


@pytest.mark.usefixtures("ici")
@pytest.mark.parametrize(
    ("appel", "attendu"),
    [
        (lambda: cpit.ajouter_pas("R01", "C9X", "un pas"), "situation-inconnue"),
        (lambda: cpit.ajouter_pas("R01", "C1P", "  \u200b "), "texte-manquant"),
        (lambda: cpit.ajouter_pas("R01", "C1P", "x" * 10_001), "texte-trop-long"),
        (lambda: cpit.ajouter_pas("R02", "C1P", "un pas"), "cahier-code-absent"),
        (lambda: cpit.changer_pas("R01", 1, "fait"), "pas-absent"),
        (lambda: cpit.changer_pas("R01", 1, "fini"), "etat-de-pas-inconnu"),
        (lambda: cpit.plan("nulle-part"), "fichier-introuvable"),
    ],
)
def test_ce_qui_ne_convient_pas_se_refuse_et_n_ecrit_rien(appel: Callable[[], object], attendu: str, ici: Path) -> None:
    with pytest.raises(cpit.ErreurCpit) as refuse:
        appel()
    assert [une.code for une in refuse.value.anomalies] == [attendu]
    assert [chemin.name for chemin in ici.iterdir()] == [R01]


def test_les_touches_y_ont_le_meme_effet_qu_ailleurs(jouer: Jouer, ici: Path) -> None:
    cpit.ajouter_pas("R01", "C3C", "un pas")
    code, vu = jouer("plan", touches=["r", "a", "p", "?", "quitter", "1", "t", "9", "q", "", "Quitter"])
    assert code == 0
    assert vu.count("n'a pas d'effet ici") == 3
    assert "« 9 » ne convient pas" in vu
    assert "C1P À partir" in vu
    assert cpit.plan(ici).revision == 1


def test_une_seule_personne_se_devine_plusieurs_se_nomment(jouer: Jouer, ici: Path) -> None:
    assert jouer("plan", R01)[0] == 0
    assert jouer("plan", ".", "--code", "r01")[0] == 0, "le code se lit comme d’une passation à l’autre"
    shutil.copy(EXEMPLES / "passation-r02-t0-soi.json", ici)
    code, vu = jouer("plan")
    assert code == 1
    assert "plusieurs personnes (R01 et R02)" in vu
    assert jouer("plan", "--code", "R02")[0] == 0


def test_le_code_se_dit_de_meme_aux_trois_commandes_ou_pas_du_tout(jouer: Jouer, ici: Path) -> None:
    options = ["C3C", "--situation", "un repas"]
    assert jouer("trace", "r01", *options)[0] == 0
    assert jouer("trace", touches=["C3C", "deux", "", "", "", "", ""])[0] == 0
    assert jouer("trace", "c3c", "--situation", "trois")[0] == 0, "seul ici, le code de la situation suffit"
    assert "Le plan de R01" in jouer("plan", "r01")[1]
    for commande in (["portfolio", "R01"], ["portfolio"]):
        code, vu = jouer(*commande)
        assert (code, "un repas" in vu, "deux" in vu) == (0, True, True)
        assert "trois" in vu
    for commande in ("plan", "portfolio"):
        code, vu = jouer(commande, "R09")
        assert (code, "aucune passation n'est ici au code « R09 » ; il y a R01" in vu) == (1, True)
    assert "le fichier « p.json » n'existe pas" in jouer("plan", "p.json")[1]
    (ici / "R09").mkdir()
    assert "il n'y a ici ni passation à un code" in jouer("plan", "R09")[1], "un dossier reste un dossier"


def test_hors_d_un_terminal_ce_qui_manque_a_une_trace_se_dit_avec_la_commande(jouer: Jouer, ici: Path) -> None:
    code, vu = jouer("trace")
    assert (code, "cpit trace R01 C1P --situation" in vu) == (2, True)
    code, vu = jouer("trace", "R01", "C3C")
    assert (code, "il manque ce qui s'est passé" in vu, "R01 C3C --situation" in vu) == (2, True, True)
    code, vu = jouer("trace", "--competence", "C8")
    assert (code, "il manque --situation et --ingenierie" in vu) == (2, True)
    shutil.copy(EXEMPLES / "passation-r02-t0-soi.json", ici)
    assert "au code « C3C »" in jouer("trace", "C3C", "--situation", "x")[1], "à plusieurs, la personne se nomme"
    assert not list(ici.glob("traces-*"))


def test_au_clavier_une_touche_n_est_jamais_un_texte(jouer: Jouer, ici: Path) -> None:
    """Ni un pas nommé « ? », ni une trace nommée « q » : « p » revient, « q » quitte sans rien noter."""
    assert jouer("plan", touches=["a", "C3C", "?", "oser", "la DGS", "p", "p", "", "le maire", "", "", "", ""])[0] == 0
    (pas,) = cpit.plan(ici).pas
    assert (pas.quoi, pas.avec) == ("oser", "le maire")
    jouer("plan", touches=["a", "C1P", "q", ""])
    jouer("plan", touches=["a", "C1P", "un autre", "quitter", ""])
    assert len(cpit.plan(ici).pas) == 1
    for touches in (["q"], ["C9Z", "C3C", "q"], ["C3C", "un repas", "q"], ["C3C", ""], ["?", "q"]):
        code, vu = jouer("trace", touches=touches)
        assert (code, "Rien n'est noté." in vu) == (0, True), touches
    assert jouer("trace", touches=["C3C", "un repas"])[0] == 130, "l’entrée fermée interrompt"
    assert not list(ici.glob("traces-*"))


# --- après le questionnaire, et au suivant ----------------------------------------------------------------------------


@pytest.mark.endurance
def test_le_questionnaire_propose_un_plan_et_entree_le_remet(jouer: Jouer, ici: Path) -> None:
    code, vu = repondre(jouer, "")
    assert code == 0
    assert "Et maintenant ? Un à trois pas" in vu
    assert not list(ici.glob("plan-*"))
    assert vu.rindex("Classeur :") > vu.rindex("Et maintenant")


@pytest.mark.endurance
def test_l_entree_fermee_devant_le_plan_vaut_plus_tard(jouer: Jouer, ici: Path) -> None:
    assert repondre(jouer)[0] == 0
    assert list(ici.glob("passation-r01-t1-*.xlsx"))


def test_le_questionnaire_suivant_reprend_chaque_pas_ouvert(jouer: Jouer, ici: Path) -> None:
    code, vu = repondre(jouer, "C1P", SECRET, "", "", "", "C2P", "un autre", "", "", "", "")
    assert code == 0
    assert vu.count("Votre pas est enregistré.") == 2
    assert "Pas enregistré" not in vu
    assert [pas.quoi for pas in cpit.plan(ici).pas] == [SECRET, "un autre"]
    code, vu = repondre(jouer, "1", "", "3", "", "", moment="t2")
    assert code == 0
    assert "Vous aviez 2 pas devant vous" in vu
    assert [pas.etat.value for pas in cpit.plan(ici).pas] == ["fait", "abandonne"]
    assert "Vous aviez" not in repondre(jouer, "", moment="t3")[1], "ce qui est clos ne se redemande pas"


@pytest.mark.endurance
def test_ni_un_tiers_ni_qui_n_a_pas_de_code_n_a_de_plan(jouer: Jouer, ici: Path) -> None:
    tiers = ["--code", "R01", "--moment", "t0", "--regard", "tiers", "--evaluateur", "E1", "--role-evaluateur", "pair"]
    reste = ["--connaissance", "bien", "--sans-profil"]
    code, vu = jouer("questionnaire", *tiers, *reste, touches=[*["2"] * 24, ""])
    assert (code, "Et maintenant" in vu) == (0, False)
    sans = ["questionnaire", "--code", "", "--moment", "t0", "--regard", "soi", "--sans-profil"]
    code, vu = jouer(*sans, touches=[*["2"] * 24, ""])
    assert (code, "Et maintenant" in vu) == (0, False)
    assert not list(ici.glob("plan*"))


def test_comparer_montre_le_plan(jouer: Jouer, ici: Path) -> None:
    shutil.copy(EXEMPLES / "passation-r01-t1-soi.json", ici)
    assert SECRET not in jouer("comparer", ".")[1]
    cpit.ajouter_pas("R01", "C3C", SECRET)
    code, vu = jouer("comparer", ".")
    assert code == 0
    assert SECRET in vu
    assert SECRET in jouer("comparer", R01, "passation-r01-t1-soi.json")[1]


def test_la_page_d_une_comparaison_montre_les_pas_sans_ligne_a_remplir(jouer: Jouer, ici: Path) -> None:
    shutil.copy(EXEMPLES / "passation-r01-t1-soi.json", ici)
    assert jouer("comparer", ".", "--page", "p.html")[0] == 0
    assert "Mes prochains pas" not in (ici / "p.html").read_text(encoding="utf-8")
    cpit.ajouter_pas("R01", "C3C", f"{SECRET} <b>", avec="la DGS")
    for sources in (["."], [R01, "passation-r01-t1-soi.json"]):
        assert jouer("comparer", *sources, "--page", "p.html")[0] == 0
        ecrite = (ici / "p.html").read_text(encoding="utf-8")
        assert f"<strong>{SECRET} &lt;b&gt;</strong>" in ecrite
        assert "papier" not in re.sub(r"<style>.*?</style>", "", ecrite, flags=re.DOTALL)
        assert ecrite.index("Annexe") < ecrite.index("Comment c’est calculé"), "les pas prennent la place des règles"
    assert SECRET not in jouer("comparer", ".", "--json")[1], "un plan n’est pas dans le document d’une comparaison"
    autre = cpit.comparer(ici)
    assert autre.plan is not None
    assert SECRET in cpit.ecrire(autre, ici / "de-python.html").read_text(encoding="utf-8")


def test_comparer_redemande_chaque_pas_ouvert_a_qui_peut_repondre(jouer: Jouer, ici: Path) -> None:
    shutil.copy(EXEMPLES / "passation-r01-t1-soi.json", ici)
    cpit.ajouter_pas("R01", "C3C", SECRET)
    cpit.ajouter_pas("R01", "C1P", "un autre")
    code, vu = jouer("comparer", ".", "--page", "p.html", touches=["1", "signé", "q"])
    assert (code, "Vous aviez 2 pas devant vous" in vu) == (0, True)
    assert [pas.etat.value for pas in cpit.plan(ici).pas] == ["fait", "a_faire"]
    assert "signé" in (ici / "p.html").read_text(encoding="utf-8"), "la page montre ce que l’on vient de dire"
    assert jouer("comparer", ".", touches=[])[0] == 0, "l’entrée fermée vaut plus tard"
    cpit.changer_pas("R01", 2, "abandonne")
    assert "Où en est-il" not in jouer("comparer", ".", touches=["1"])[1]


def test_un_plan_abime_manque_a_la_comparaison_et_se_dit_une_fois(jouer: Jouer, ici: Path) -> None:
    shutil.copy(EXEMPLES / "passation-r01-t1-soi.json", ici)
    (ici / "plan-r01.json").write_bytes(b'{"format": "cpit-plan", "pas": [')
    code, vu = jouer("comparer", ".", "--page", "p.html")
    assert (code, vu.count("le plan ne se lit pas")) == (0, 1)
    assert "Mes prochains pas" not in (ici / "p.html").read_text(encoding="utf-8")


# --- la durée ---------------------------------------------------------------------------------------------------------


def test_un_plan_dure_comme_des_reponses(ici: Path) -> None:
    cpit.ajouter_pas("R01", "C3C", "un")
    avant = (ici / "plan-r01.json").read_bytes()
    cpit.ajouter_pas("R01", "C1P", "deux")
    assert (ici / "plan-r01.json.bak").read_bytes() == avant
    for nom in ("plan-r01.json", "plan-r01.json.bak"):
        assert (ici / nom).stat().st_mode & 0o077 == 0
    assert not list(ici.glob(".*"))


def abimer(chemin: Path) -> dict[str, bytes]:
    """Les façons dont un fichier s’abîme : coupé, vide, changé à la main, d’une autre forme."""
    octets = chemin.read_bytes()
    autre = json.loads(octets)
    autre["pas"] = "rien"
    return {
        "coupé": octets[: len(octets) // 2],
        "vide": b"",
        "retouché": octets.replace(b"un pas", b"un PAS"),
        "autre forme": json.dumps(autre).encode(),
        "pas du JSON": b"\0\xff" * 40,
        "liste": b"[]",
    }


def test_d_un_plan_abime_on_reprend_la_copie_et_rien_n_est_ecrase(jouer: Jouer, ici: Path) -> None:
    chemin, copie = ici / "plan-r01.json", ici / "plan-r01.json.bak"
    cpit.ajouter_pas("R01", "C3C", "un pas")
    cpit.changer_pas("R01", 1, "en_cours")
    premier = copie.read_bytes()
    for quoi, octets in abimer(chemin).items():
        chemin.write_bytes(octets)
        copie.write_bytes(premier)
        code, vu = jouer("plan")
        assert (code, "la copie « plan-r01.json.bak » a été lue" in vu) == (0, True), quoi
        assert [pas.etat.value for pas in cpit.plan(ici).pas] == ["a_faire"], quoi
        ecrit = cpit.ajouter_pas("R01", "C1P", "deux")
        assert len(ecrit.cahier.pas) == 2, quoi
        assert {une.code for une in ecrit.anomalies} == {"repli-sur-copie", "abime-mis-de-cote"}, quoi
        (garde,) = ici.glob("*.abime*")
        assert garde.read_bytes() == octets, quoi
        garde.unlink()


@pytest.mark.endurance
def test_un_plan_abime_sans_copie_n_empeche_ni_de_repondre_ni_d_ecrire(jouer: Jouer, ici: Path) -> None:
    (ici / "plan-r01.json").write_bytes(b'{"format": "cpit-plan", "pas": [')
    assert jouer("plan")[0] == 1
    code, vu = repondre(jouer, "")
    assert code == 0
    assert "le plan ne se lit pas" in vu
    assert (ici / "plan-r01.json").read_bytes().endswith(b"[")
    ecrit = cpit.ajouter_pas("R01", "C1P", "un pas")
    assert [une.code for une in ecrit.anomalies] == ["abime-mis-de-cote"]
    assert len(cpit.plan(ici).pas) == 1
    assert list(ici.glob("plan-r01.json*.abime*"))


@pytest.mark.endurance
def test_un_plan_d_un_cpit_plus_recent_n_est_ni_lu_ni_ecrase(ici: Path, jouer: Jouer) -> None:
    cpit.ajouter_pas("R01", "C3C", "un pas")
    chemin = ici / "plan-r01.json"
    document = json.loads(chemin.read_bytes()) | {"version_format": 9}
    document["somme"] = somme_de_controle(document)
    chemin.write_text(json.dumps(document), encoding="utf-8")
    avant = chemin.read_bytes()
    assert "format 9, plus récent que ce cpit" in jouer("plan")[1]
    with pytest.raises(cpit.ErreurCpit):
        cpit.ajouter_pas("R01", "C1P", "deux")
    assert repondre(jouer, "")[0] == 0
    assert chemin.read_bytes() == avant


@pytest.mark.skipif(os.name == "nt", reason="fork et SIGKILL")
@pytest.mark.endurance
def test_un_arret_force_ne_perd_aucun_pas_acquitte(ici: Path) -> None:
    """Le tirage complet est dans ``tests/campagnes/coupures.py``, sur la même porte."""
    cpit.ajouter_pas("R01", "C3C", "un pas")
    hasard = random.Random(5)
    for _ in range(tirages(4)):
        lecture, ecriture = os.pipe()
        enfant = os.fork()
        if enfant == 0:
            try:
                while True:
                    etat = "fait" if cpit.plan(ici).ouverts else "a_faire"
                    os.write(ecriture, cpit.changer_pas("R01", 1, etat).cahier.revision.to_bytes(4, "big"))
            finally:
                os._exit(3)
        os.close(ecriture)
        acquits = os.read(lecture, 4)
        time.sleep(hasard.uniform(0, 0.03))
        os.kill(enfant, signal.SIGKILL)
        os.waitpid(enfant, 0)
        while bloc := os.read(lecture, 1 << 12):
            acquits += bloc
        os.close(lecture)
        assert cpit.plan(ici).revision >= int.from_bytes(acquits[-4:], "big")
        # Tué entre la création du verrou et l’écriture de son numéro : deux secondes après, rien ne retient plus.
        verrou = ici / ".plan-r01.json.verrou"
        if verrou.exists() and not verrou.read_bytes():
            os.utime(verrou, (0, 0))
        cpit.changer_pas("R01", 1, "en_cours", note="reprise")
        assert not [c.name for c in ici.iterdir() if c.name.endswith((".tmp", ".verrou", ".abime"))]


@pytest.mark.skipif(os.name == "nt", reason="fork")
def test_deux_fenetres_ne_se_perdent_rien(ici: Path) -> None:
    cpit.ajouter_pas("R01", "C3C", "un pas")
    enfants = []
    for rang in range(2):
        if (enfant := os.fork()) == 0:
            try:
                for tour in range(4):
                    cpit.changer_pas("R01", 1, "en_cours", note=f"{rang}-{tour}")
                os._exit(0)
            finally:
                os._exit(3)
        enfants.append(enfant)
    assert [os.waitpid(enfant, 0)[1] for enfant in enfants] == [0, 0]
    (pas,) = cpit.plan(ici).pas
    notes = {c.note for c in pas.changements if c.note}
    assert notes == {f"{rang}-{tour}" for rang in range(2) for tour in range(4)}


def test_verifier_dit_si_le_plan_est_entier(jouer: Jouer, ici: Path) -> None:
    cpit.ajouter_pas("R01", "C3C", "un pas")
    chemin = ici / "plan-r01.json"
    code, vu = jouer("verifier", "plan-r01.json")
    assert (code, "Plan : 1 pas, dont 1 devant soi." in vu) == (0, True)
    for octets in (chemin.read_bytes()[:-40], chemin.read_bytes().replace(b"un pas", b"un PAS")):
        chemin.write_bytes(octets)
        assert jouer("verifier", "plan-r01.json")[0] == 1


# --- à qui il est, et où il n’entre pas -------------------------------------------------------------------------------


def test_un_plan_n_est_jamais_une_source(jouer: Jouer, ici: Path) -> None:
    seul = cpit.lire(ici)
    cpit.ajouter_pas("R01", "C3C", SECRET)
    cpit.changer_pas("R01", 1, "fait")
    avec = cpit.lire(ici, strict=True)
    assert [s.nom for s in avec.sources] == [s.nom for s in seul.sources]
    assert not avec.anomalies
    code, vu = jouer("restituer", "plan-r01.json")
    assert code == 1
    assert "ce n'est pas une passation, mais un plan" in vu
    assert jouer("cohorte", "plan-r01.json", "--sortie", "g.csv")[0] == 1
    assert jouer("restituer", R01, "--page", "plan-r01.json")[0] == 2


@pytest.mark.parametrize("nom", ["plan-r01.json", "traces-r01.json"])
@pytest.mark.parametrize("octets", [b"", b"{", b"\0\xff" * 40])
def test_un_cahier_abime_se_dit_et_n_est_pas_une_passation_fautive(
    nom: str, octets: bytes, jouer: Jouer, ici: Path
) -> None:
    (ici / nom).write_bytes(octets)
    code, vu = jouer("cohorte", ".", "--sortie", "g.csv")
    assert (code, "Refus" in vu) == (0, False), vu
    assert f"Avertissement. {nom} : le cahier « {nom.partition('-')[0]} » ne se lit pas" in vu
    code, vu = jouer("verifier", nom)
    assert code == 1
    assert f"ce n'est pas {'un plan' if nom.startswith('plan') else 'un cahier de traces'} lisible" in vu


def test_aucune_sortie_n_ecrase_un_plan(jouer: Jouer, ici: Path) -> None:
    cpit.ajouter_pas("R01", "C3C", SECRET)
    avant = (ici / "plan-r01.json").read_bytes()
    code, vu = jouer("cohorte", R01, "--sortie", "plan-r01.json", "--remplacer")
    assert (code, "porte les réponses de quelqu'un" in vu) == (1, True)
    assert (ici / "plan-r01.json").read_bytes() == avant


def test_aucun_export_ne_porte_un_plan(jouer: Jouer, ici: Path) -> None:
    cpit.ajouter_pas("R01", "C3C", SECRET)
    assert jouer("exporter", ".", "--sortie", "jeu", "--avec-traces", "--formats", "csv,xlsx")[0] == 0
    assert jouer("cohorte", ".", "--sortie", "g.json", "--pages", "pages")[0] == 0
    for chemin in (*(ici / "jeu").iterdir(), ici / "g.json", *(ici / "pages").iterdir()):
        assert SECRET.encode() not in chemin.read_bytes(), chemin.name


def test_le_plan_se_remet_et_s_efface_avec_le_reste(jouer: Jouer, ici: Path) -> None:
    shutil.copy(EXEMPLES / "passation-r02-t0-soi.json", ici)
    cpit.ajouter_pas("R01", "C3C", SECRET)
    cpit.changer_pas("R01", 1, "fait")
    cpit.ajouter_pas("R02", "C1P", "le pas d’un autre")
    (ici / ".plan-r01.json.4242.tmp").write_bytes((ici / "plan-r01.json").read_bytes()[:300])
    (ici / "plan-r01.json.abime").write_bytes((ici / "plan-r01.json").read_bytes()[:300])
    assert jouer("mes-donnees", "R01", "--sortie", "remise")[0] == 0
    remis = (ici / "remise" / "fichiers" / "plan-r01.json").read_text(encoding="utf-8")
    assert SECRET in remis
    assert "plan : plan-r01.json" in (ici / "remise" / "LISEZMOI.txt").read_text(encoding="utf-8").replace(
        "\u202f", " "
    )
    shutil.rmtree(ici / "remise")
    code, vu = jouer("effacer", "R01", "--oui")
    assert code == 0
    assert "plan : plan-r01.json" in vu
    assert not [c.name for c in ici.iterdir() if SECRET.encode() in c.read_bytes() or "r01" in c.name]
    assert len(cpit.plan(ici, "R02").pas) == 1


def test_un_plan_illisible_n_est_a_quelqu_un_que_si_son_nom_le_dit(jouer: Jouer, ici: Path) -> None:
    for nom in ("plan-r01.json", "plan-r01-2.json", "plan-r010.json", "plan-r01.md"):
        (ici / nom).write_bytes(b"\0\0\0")
    jouer("effacer", "R01", "--oui")
    assert sorted(c.name for c in ici.iterdir()) == ["plan-r01-2.json", "plan-r01.md", "plan-r010.json"]


def test_deux_codes_qui_donnent_le_meme_nom_ont_chacun_leur_plan(jouer: Jouer, ici: Path) -> None:
    codes = ("R 01", "R-01")
    for code in codes:
        document = json.loads((EXEMPLES / R01).read_bytes()) | {"identifiant": code}
        document["somme"] = somme_de_controle(document)
        (ici / f"passation {code}.json").write_text(json.dumps(document), encoding="utf-8")
        cpit.ajouter_pas(code, "C1P", f"le pas de {code}")
    assert sorted(c.name for c in ici.glob("plan-*")) == ["plan-r-01-2.json", "plan-r-01.json"]
    for code in codes:
        assert [pas.quoi for pas in cpit.plan(ici, code).pas] == [f"le pas de {code}"]
    jouer("effacer", "R-01", "--oui")
    assert [c.name for c in ici.glob("plan-*")] == ["plan-r-01.json"]
    assert len(cpit.plan(ici, "R 01").pas) == 1


# --- sur la page ------------------------------------------------------------------------------------------------------


def page(jouer: Jouer, ici: Path, nom: str = "p.html", *arguments: str) -> str:
    """La page de R01, écrite par la commande."""
    assert jouer("restituer", R01, "--page", nom, *arguments)[0] == 0
    return (ici / nom).read_text(encoding="utf-8")


def test_la_page_montre_les_pas_et_garde_des_lignes_a_remplir(jouer: Jouer, ici: Path) -> None:
    vierge = page(jouer, ici)
    assert vierge.count('<dl class="notes papier">') == 3
    for libelle in ("Situation", "Le pas", "Avec qui", "Pour quand", "Je le saurai à"):
        assert vierge.count(f'<div class="a-ecrire"><dt>{libelle}</dt>') == 3
    cpit.ajouter_pas("R01", "C3C", f"{SECRET} <b>", avec="la DGS")
    remplie = page(jouer, ici)
    assert f"<strong>{SECRET} &lt;b&gt;</strong>" in remplie
    assert remplie.count('<dl class="notes papier">') == 2
    assert "Où j’en suis" in remplie
    cpit.changer_pas("R01", 1, "fait")
    assert "Où j’en suis" not in page(jouer, ici)
    assert SECRET in cpit.ecrire(cpit.relire(R01), "de-python.html").read_text(encoding="utf-8")


def test_qui_choisit_les_traces_qu_il_montre_n_y_met_pas_ses_pas(jouer: Jouer, ici: Path) -> None:
    cpit.ajouter_pas("R01", "C3C", SECRET)
    for choix in (["--sans-traces"], ["--traces", "C2C"]):
        choisie = page(jouer, ici, "p.html", *choix)
        assert SECRET not in choisie
        assert choisie.count('<dl class="notes papier">') == 3


def test_ni_la_page_d_un_groupe_ni_celle_d_un_tiers_ne_montrent_de_plan(jouer: Jouer, ici: Path) -> None:
    cpit.ajouter_pas("R01", "C3C", SECRET)
    jouer("cohorte", ".", "--sortie", "g.csv", "--pages", "pages")
    for chemin in (ici / "pages").iterdir():
        ecrite = chemin.read_text(encoding="utf-8")
        assert SECRET not in ecrite
        assert "à écrire à la main" in ecrite
    document = json.loads((ici / R01).read_bytes()) | {"regard": "tiers"}
    document["somme"] = somme_de_controle(document)
    (ici / R01).write_text(json.dumps(document), encoding="utf-8")
    assert "Mes prochains pas" not in page(jouer, ici)


def test_un_plan_abime_manque_a_la_page_et_se_dit(jouer: Jouer, ici: Path) -> None:
    (ici / "plan-r01.json").write_bytes(b'{"format": "cpit-plan", "pas": [')
    code, vu = jouer("restituer", R01, "--page", "p.html")
    assert (code, "le plan ne se lit pas" in vu) == (0, True)
    assert "Mes prochains pas" not in (ici / "p.html").read_text(encoding="utf-8")


def test_ni_le_plan_ni_le_portfolio_n_ont_de_violation_d_accessibilite(
    jouer: Jouer, ici: Path, navigateur: Navigateur, axe: str
) -> None:
    shutil.copy(EXEMPLES / "passation-r01-t1-soi.json", ici)
    cpit.ajouter_pas("R01", "C3C", SECRET, avec="la DGS", quand="mars")
    cpit.ajouter_pas("R01", "C1P", "un autre")
    cpit.changer_pas("R01", 2, "fait", note="signé")
    cpit.ajouter_trace("R01", "C8C", "un repas", appris="à deux", piece="https://exemple.fr/x")
    cpit.ajouter_situation("R01", "J’accueille des stagiaires", "C8", "publique", niveau=2)
    page(jouer, ici, "seule.html")
    assert jouer("comparer", ".", "--page", "deux.html")[0] == 0
    assert jouer("portfolio", "--page", "portfolio.html")[0] == 0
    for nom in ("seule", "deux", "portfolio"):
        navigateur.ouvrir((ici / f"{nom}.html").read_text(encoding="utf-8"))
        navigateur.js("for (const d of document.querySelectorAll('details')) d.open = true")
        assert violations(navigateur, axe) == [], nom


# --- les traces de l’année, et ses propres situations ----------------------------------------------------------------


def test_une_situation_a_soi_ne_prend_pas_le_code_d_un_item(tmp_path: Path) -> None:
    """La trace que l’on en note irait à l’item, sans un mot."""
    referentiel = cpit.referentiel(RACINE / "tests" / "donnees" / "referentiel-complet.yaml")
    codes = [item.code for item in referentiel.items]
    assert "S1" in codes
    passation = passation_de(referentiel, "1" * len(codes), identifiant="R01", terminee="2026-01-05T10:00:00+01:00")
    (tmp_path / "passation.json").write_bytes(encoder_passation(passation))
    rangement = referentiel.competences[0].identifiant, referentiel.ingenieries[0].identifiant
    for rang in range(2):
        ecrite = cpit.ajouter_situation("R01", f"la mienne, {rang}", *rangement, dossier=tmp_path).cahier.situations[-1]
        assert ecrite.code not in codes
        trace = cpit.ajouter_trace("R01", ecrite.code, "un texte", dossier=tmp_path).cahier.traces[-1]
        assert trace.enonce == f"la mienne, {rang}"


def test_une_trace_se_note_par_options_ou_au_clavier(jouer: Jouer, ici: Path) -> None:
    (ici / "photo.jpg").write_bytes(b"x")
    options = ["--situation", SECRET, "--avec", "la DGS", "--piece", "photo.jpg", "--le", "mars 2026"]
    code, vu = jouer("trace", "R01", "c3c", *options)
    assert (code, "aucun fichier" in vu) == (0, False)
    code, _ = jouer("trace", "R01", touches=["C1P", "un conseil", "", "le maire", "", "j’ai appris", "rapport.pdf"])
    assert code == 0
    document = json.loads((ici / "traces-r01.json").read_bytes())
    un, deux = document["traces"]
    assert (un["item"], un["situation"], un["avec"], un["piece"], un["le"]) == (
        *("C3C", SECRET, "la DGS", "photo.jpg", "2026-03"),
    )
    assert (deux["item"], deux["situation"], deux["mobilise"], deux["appris"]) == (
        "C1P",
        "un conseil",
        "",
        "j’ai appris",
    )
    assert sorted(c.name for c in ici.glob("*photo*")) == ["photo.jpg"], "rien n’est copié"


def test_une_piece_absente_se_dit_et_reste_telle_quelle(jouer: Jouer, ici: Path) -> None:
    for piece, absente in (("nulle-part.pdf", True), ("https://exemple.fr/x", False), (str(ici), False)):
        code, vu = jouer("trace", "R01", "C3C", "--situation", "x", "--piece", piece)
        assert (code, "aucun fichier n'est à cet endroit" in vu) == (0, absente), piece
    pieces = [t["piece"] for t in json.loads((ici / "traces-r01.json").read_bytes())["traces"]]
    assert pieces == ["nulle-part.pdf", "https://exemple.fr/x", str(ici)]


@pytest.mark.parametrize(
    ("arguments", "code", "mots"),
    [
        (["R01"], 2, "le code de la situation"),
        ([], 2, "le code de la situation"),
        (["R01", "C3C"], 2, "il manque ce qui s'est passé"),
        (["R01", "C9X", "--situation", "x"], 1, "n'est le code d'aucune situation"),
        (["R09", "C3C", "--situation", "x"], 1, "il y a R01"),
        (["R01", "C3C", "--situation", "x", "--le", "demain"], 2, "n'est pas une date"),
        (["R01", "--situation", "x", "--competence", "C99", "--ingenierie", "publique"], 1, "n'est pas une compétence"),
        (["R01", "--situation", "x", "--competence", "C1"], 2, "il manque --ingenierie"),
        (["R01", "--competence", "C1", "--ingenierie", "publique"], 2, "il manque --situation"),
        (
            ["R01", "--situation", "x", "--competence", "C1", "--ingenierie", "publique", "--niveau", "9"],
            *(1, "9 n'est pas un niveau"),
        ),
    ],
)
def test_une_trace_qui_ne_convient_pas_se_refuse(
    arguments: list[str], code: int, mots: str, jouer: Jouer, ici: Path
) -> None:
    rendu, vu = jouer("trace", *arguments)
    assert (rendu, mots in vu) == (code, True), vu
    assert [chemin.name for chemin in ici.iterdir()] == [R01]


def test_le_portfolio_reunit_par_competence_et_dans_le_temps(jouer: Jouer, ici: Path) -> None:
    notees = [t for t in json.loads((ici / R01).read_bytes())["reponses"].values() if t.get("trace")]
    cpit.ajouter_trace("R01", "C8C", f"{SECRET}\n<script>deuxième ligne", avec="la DGS", le="2027-01-12")
    cpit.ajouter_trace("R01", "C8C", "plus ancienne", le="2025")
    cpit.ajouter_situation("R01", "J’accueille des stagiaires", "c8", "Publique", niveau=3)
    cpit.ajouter_trace("R01", "s1", "une stagiaire")
    reuni = cpit.portfolio("R01")
    assert reuni.nombre == len(notees) + 3
    (huit,) = [c for c in reuni.remplis if c.competence.identifiant == "C8"]
    dates = [trace.le[:4] for trace in huit.traces]
    assert dates == sorted(dates)
    assert huit.traces[0].texte == "plus ancienne"
    assert [s.code for s in huit.situations] == ["S1"]
    code, vu = jouer("portfolio", "R01", "--page", "p.html", "--texte", "p.md")
    assert code == 0
    lues = [vu, *((ici / nom).read_text(encoding="utf-8").replace("’", "'") for nom in ("p.html", "p.md"))]
    for lue in lues:
        for mots in (SECRET, "plus ancienne", "J'accueille des stagiaires", "jamais notée", "une stagiaire"):
            assert mots in lue
        for une in notees:
            assert une["trace"].replace("’", "'")[:30] in lue
    assert "<script>" not in lues[1]
    assert "<script>" not in lues[2]


def test_une_situation_propre_n_entre_dans_aucun_score(jouer: Jouer) -> None:
    avant = jouer("restituer", R01, "--json")[1]
    cpit.ajouter_situation("R01", "la mienne", "C8", "publique", niveau=4)
    assert jouer("restituer", R01, "--json")[1] == avant
    assert jouer("verifier", "traces-r01.json")[1].endswith("Traces : 0 trace, 1 situation ajoutée.")


def test_un_portfolio_vide_le_dit(jouer: Jouer, ici: Path) -> None:
    document = json.loads((ici / R01).read_bytes())
    for reponse in document["reponses"].values():
        reponse.pop("trace", None)
    document["somme"] = somme_de_controle(document)
    (ici / R01).write_text(json.dumps(document), encoding="utf-8")
    code, vu = jouer("portfolio", "R01", "--page", "p.html")
    assert (code, "Aucune trace n'a encore été notée" in vu) == (0, True)


@pytest.mark.endurance
def test_les_traces_n_entrent_nulle_part_se_remettent_et_s_effacent(jouer: Jouer, ici: Path) -> None:
    cpit.ajouter_trace("R01", "C3C", SECRET)
    cpit.ajouter_situation("R01", f"{SECRET} encore", "C8", "publique", niveau=4)
    assert jouer("portfolio", "R01", "--page", "p.html", "--texte", "p.md")[0] == 0
    assert not cpit.lire(ici / R01, strict=True).anomalies
    assert jouer("exporter", R01, "traces-r01.json", "--sortie", "non")[0] == 1
    assert jouer("exporter", ".", "--sortie", "jeu", "--avec-traces", "--formats", "csv,xlsx")[0] == 0
    assert jouer("cohorte", ".", "--sortie", "g.json", "--pages", "pages")[0] == 0
    assert SECRET not in jouer("restituer", R01, "--json", "--page", "r.html")[1]
    for chemin in (
        *(c for nom in ("jeu", "non", "pages") for c in (ici / nom).iterdir()),
        ici / "g.json",
        ici / "r.html",
    ):
        assert SECRET.encode() not in chemin.read_bytes(), chemin.name
    for nom in ("jeu", "non", "pages"):
        shutil.rmtree(ici / nom)
    assert jouer("mes-donnees", "R01", "--sortie", "remise")[0] == 0
    remises = (ici / "remise" / "fichiers").iterdir()
    assert {"traces-r01.json", "p.html", "p.md"} <= {chemin.name for chemin in remises}
    shutil.rmtree(ici / "remise")
    assert jouer("effacer", "R01", "--oui")[0] == 0
    assert not [chemin.name for chemin in ici.iterdir() if SECRET.encode() in chemin.read_bytes()]


def test_le_portfolio_se_remplace_mais_pas_ce_que_l_on_y_a_retouche(jouer: Jouer, ici: Path) -> None:
    cpit.ajouter_trace("R01", "C3C", "une")
    sorties = ["--page", "p.html", "--texte", "p.md"]
    assert jouer("portfolio", "R01", *sorties)[0] == 0
    cpit.ajouter_trace("R01", "C3C", "deux")
    assert jouer("portfolio", "R01", *sorties)[0] == 0
    for nom in ("p.html", "p.md"):
        (ici / nom).write_text((ici / nom).read_text("utf-8").replace("deux", "à moi"), "utf-8")
        assert jouer("portfolio", "R01", *sorties)[0] == 1
        assert "à moi" in (ici / nom).read_text("utf-8")
        (ici / nom).unlink()
    assert jouer("portfolio", "R01", "--texte", "p.txt")[0] == 2
    assert jouer("portfolio", "R01", "--page", R01)[0] == 2


def test_le_portfolio_s_ecrit_pour_word_et_reste_a_la_personne(jouer: Jouer, ici: Path) -> None:
    docx = pytest.importorskip("docx")
    pytest.importorskip("docxtpl")
    cpit.ajouter_trace("R01", "C3C", f"{SECRET} {{{{ x }}}} <b>\nseconde ligne", appris="à deux", le="2026-03")
    cpit.ajouter_situation("R01", "J’accueille des stagiaires", "C8", "publique", niveau=2)
    assert jouer("portfolio", "--format", "docx")[0] == 0
    ecrit = ici / "portfolio-r01.docx"
    texte = "\n".join(paragraphe.text for paragraphe in docx.Document(ecrit).paragraphs)
    for mots in (f"{SECRET} {{{{ x }}}} <b>", "seconde ligne", "mars 2026", "J’accueille des stagiaires", "à deux"):
        assert mots in texte
    assert "{%" not in texte
    assert not list(re.finditer(r"\n\n\n", texte)), "aucun paragraphe vide ne reste des boucles"
    jouer("gabarit", "le-mien.docx", "--document", "portfolio")
    assert jouer("portfolio", "--page", "autre.docx", "--gabarit", "le-mien.docx")[0] == 0
    assert jouer("portfolio", "--page", "autre.html", "--gabarit", "le-mien.docx")[0] == 2
    assert jouer("portfolio", "--format", "odt")[0] == 2
    code, vu = jouer("effacer", "R01", "--oui")
    assert code == 0, vu
    assert not ecrit.exists()
    assert (ici / "le-mien.docx").exists()


def test_des_traces_abimees_se_disent_et_leur_copie_tient_lieu(jouer: Jouer, ici: Path) -> None:
    cpit.ajouter_trace("R01", "C3C", "une")
    cpit.ajouter_trace("R01", "C3C", "deux")
    (ici / "traces-r01.json").write_bytes(b"{")
    code, vu = jouer("portfolio", "R01")
    assert (code, "la copie « traces-r01.json.bak » a été lue" in vu) == (0, True)
    (ici / "traces-r01.json.bak").write_bytes(b"{")
    assert jouer("portfolio", "R01")[0] == 1
    assert len(cpit.ajouter_pas("R01", "C3C", "un pas tient quand même").cahier.pas) == 1
    assert {une.code for une in cpit.ajouter_trace("R01", "C3C", "trois").anomalies} == {"abime-mis-de-cote"}


# --- au hasard --------------------------------------------------------------------------------------------------------


@pytest.mark.endurance
def test_toute_coupure_et_tout_octet_change_se_voient(ici: Path) -> None:
    """Quelques places tirées à chaque lancement ; la copie tient lieu de ce qui est abîmé, jamais du faux."""
    cpit.ajouter_trace("R01", "C3C", "première")
    cpit.ajouter_trace("R01", "C3C", "deuxième, « accentuée »")
    chemin, hasard = ici / "traces-r01.json", random.Random(7)
    entier, attendu = chemin.read_bytes(), cpit.portfolio("R01").nombre
    for _ in range(tirages(12)):
        rang = hasard.randrange(len(entier) - 1)
        change = bytearray(entier)
        change[rang] ^= 1 << hasard.randrange(8)
        for abime in (entier[:rang], bytes(change)):
            chemin.write_bytes(abime)
            assert cpit.portfolio("R01").nombre in (attendu - 1, attendu), (rang, abime[max(0, rang - 20) : rang + 20])
            code = executer(["verifier", str(chemin)])
            assert code == 1 or json.loads(abime) == json.loads(entier)


@settings(max_examples=tirages(8), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=60), st.text(max_size=60))
def test_tout_texte_se_garde_et_se_montre_sans_rien_commander(ici: Path, texte: str, autre: str) -> None:
    net = nettoyer(texte, garder_lignes=True).strip()
    for chemin in ici.glob("traces-*"):
        chemin.unlink()
    if not net:
        with pytest.raises(cpit.ErreurCpit):
            cpit.ajouter_trace("R01", "C3C", texte)
        return
    cpit.ajouter_trace("R01", "C3C", texte, appris=autre, piece=autre)
    reuni = cpit.portfolio("R01")
    (trace,) = [t for chapitre in reuni.remplis for t in chapitre.traces if not t.origine]
    assert trace.texte == net
    page_ecrite = cpit.ecrire(reuni, ici / "p.html", remplacer=True).read_text(encoding="utf-8")
    assert escape(net.splitlines()[0].strip()) in page_ecrite.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")
    cpit.ecrire(reuni, ici / "p.md", remplacer=True)


@pytest.mark.endurance
def test_corriger_une_passation_ne_redate_pas_ses_traces(jouer: Jouer, ici: Path) -> None:
    """Terminée le 14 septembre 2026, corrigée en mars : ses traces sont toujours de septembre, partout."""
    passation = cpit.relire(ici / R01).restitution.passation
    rouverte = passation.rouverte("2027-03-01T09:00:00+01:00", f"{R01}.version-2026-09-14")
    corrigee = replace(rouverte, terminee="2027-03-01T10:00:00+01:00", modifiee="2027-03-01T10:00:00+01:00")
    (ici / R01).write_bytes(encoder_passation(corrigee))
    dates = {trace.le for chapitre in cpit.portfolio("R01", ici).chapitres for trace in chapitre.traces}
    assert {date[:10] for date in dates} == {"2026-09-14"}
    assert jouer("restituer", R01, "--page", "p.html")[0] == 0
    assert "Réponses et traces données le 14 septembre 2026." in (ici / "p.html").read_text(encoding="utf-8")
