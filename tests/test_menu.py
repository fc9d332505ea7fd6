"""Le menu de qui ouvre cpit d’un double clic : chaque entrée, ce qu’on tape de travers, l’entrée fermée, Ctrl-C."""

from __future__ import annotations

import io
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from aide_terminal import EXEMPLE, FauxClavier, FauxEcran, faux_terminal
from aide_terminal import ecran as ecran_de
from aides import RACINE, encoder_passation, lire_passation

import cpit
from cpit import __main__ as entree
from cpit.cli import executer
from cpit.cli.accueil import derouler_menu

EXEMPLES = RACINE / "exemples"


@pytest.fixture
def jouer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Tape des lignes dans « cpit menu » ; rend le code et l’écran, espaces insécables changées en espaces."""

    def jouer_(*touches: str, arguments: tuple[str, ...] = ()) -> tuple[int, str]:
        ecran = FauxEcran()
        monkeypatch.setattr(sys, "stdin", FauxClavier(touches))
        monkeypatch.setattr(sys, "stdout", ecran)
        monkeypatch.setattr(sys, "stderr", ecran)
        code = executer(["menu", "--dossier", str(tmp_path), "--simple", *arguments])
        return code, ecran.getvalue().replace("\u202f", " ").replace("\u00a0", " ").replace("’", "'")

    return jouer_


def test_quitter_attend_entree(jouer) -> None:  # type: ignore[no-untyped-def]
    code, ecran = jouer("q", "")
    assert code == 0
    assert ecran.endswith("Entrée pour fermer ")
    verbes = ("Répondre", "Relire", "Imprimer", "Comparer", "Corriger", "Préparer", "Noter", "Assembler")
    for mot in (*(f"{rang}. {verbe} " for rang, verbe in enumerate(verbes, 1)), "q. Quitter"):
        assert mot in ecran


def test_relire_et_imprimer_une_passation(jouer, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    shutil.copy(EXEMPLE, tmp_path / "p.json")
    (tmp_path / "autre.json").write_text("{}", encoding="utf-8")
    code, ecran = jouer("2", "1", "imp", "1", "q", "")
    assert code == 0
    assert "autre.json" not in ecran
    assert ecran.count("Faire durer") >= 2
    assert "s'imprime de là" in ecran
    assert (tmp_path / "p.html").read_text(encoding="utf-8").startswith("<!")


def test_comparer_dit_ce_qui_a_bouge_et_en_fait_la_page(jouer, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert "deux passations terminées d'une même personne" in jouer("4", "q", "")[1]
    for passation in ("r01-t0-soi", "r01-t1-soi", "r02-t0-soi"):
        shutil.copy(EXEMPLES / f"passation-{passation}.json", tmp_path)
    for _ in range(2):  # la page déjà là est de cpit, de la même personne : elle se remplace
        code, ecran = jouer("4", "q", "")
        assert code == 0
        assert "R01 · De T0" in ecran
        assert "s'imprime de là" in ecran
    assert "Ingénierie publique : de 1,5 à 2,5" in (tmp_path / "parcours-r01.html").read_text(encoding="utf-8").replace(
        "\u202f", " "
    ).replace("\u00a0", " ")


def test_comparer_demande_qui_s_il_y_a_plusieurs_personnes(jouer, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    for moment in ("t0", "t1"):
        source = EXEMPLES / f"passation-r01-{moment}-soi.json"
        shutil.copy(source, tmp_path)
        autre = replace(lire_passation(source), identifiant="R09")
        (tmp_path / f"passation-r09-{moment}-soi.json").write_bytes(encoder_passation(autre))
    code, ecran = jouer("Comparer", "R09", "q", "")
    assert (code, "R09 · De T0" in ecran, "R01 · De T0" in ecran) == (0, True, False)
    assert "R09 · De T0" not in jouer("Comparer", "q", "q", "")[1]


def test_qui_n_a_pas_de_terminal_tient_son_plan_et_ses_traces_du_menu(jouer, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    for entree_ in ("6", "7", "8"):
        assert "Il faut ici une passation à votre code." in jouer(entree_, "q", "")[1]
    shutil.copy(EXEMPLES / "passation-r01-t0-soi.json", tmp_path)
    shutil.copy(EXEMPLES / "passation-r01-t0-tiers.json", tmp_path)
    touches = ("Préparer", "a", "C3C", "un pas", *[""] * 5, "Noter", "C3C", "un repas", *[""] * 5)
    code, ecran = jouer(*touches, "Assembler", "q", "")
    assert code == 0, ecran
    assert [pas.quoi for pas in cpit.plan(tmp_path).pas] == ["un pas"]
    assert "un repas" in (tmp_path / "portfolio-r01.html").read_text(encoding="utf-8")
    assert "s'imprime de là" in ecran
    shutil.copy(EXEMPLES / "passation-r02-t0-soi.json", tmp_path)
    assert "Le plan de R02" in jouer("Préparer", "R02", "", "q", "")[1]
    assert "Le plan de" not in jouer("Préparer", "q", "q", "")[1]


def test_corriger_ne_propose_que_ce_qui_est_termine(jouer, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert "pas encore de passation terminée" in jouer("5", "q", "")[1]
    terminee = lire_passation(EXEMPLE)
    (tmp_path / "en-cours.json").write_bytes(encoder_passation(replace(terminee, terminee=None)))
    assert "pas encore de passation terminée" in jouer("5", "q", "")[1]
    shutil.copy(EXEMPLE, tmp_path / "p.json")
    ecran = jouer("5", "1", "C1P", "1", "", "", "", "q", "")[1]
    assert "1. p.json (R01, T0, 14/09/2026)" in ecran
    assert "2. " not in ecran.split("1. p.json")[1].split("q. Revenir")[0]
    assert lire_passation(tmp_path / "p.json").reponse("C1P").valeur == 1


def test_une_commande_se_lance_apres_une_lecture(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Un vrai flux ne se règle plus une fois qu’on y a lu."""
    shutil.copy(EXEMPLE, tmp_path / "p.json")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"2\n1\nq\n\n"), encoding="utf-8"))
    assert executer(["menu", "--dossier", str(tmp_path)]) == 0


def test_repondre_puis_s_arreter_ramene_au_menu(jouer) -> None:  # type: ignore[no-untyped-def]
    code, ecran = jouer("Répondre", *["q"] * 12, "")
    assert code in (0, 130)
    assert ecran.count("1. Répondre") >= 2


def test_le_menu_cree_le_dossier_des_passations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Celui du double clic n’existe pas la première fois."""
    monkeypatch.setattr(sys, "stdin", FauxClavier(["q", ""]))
    assert executer(["menu", "--dossier", str(tmp_path / "a" / "cpit")]) == 0
    assert (tmp_path / "a" / "cpit").stat().st_mode & 0o777 == 0o700


def test_ce_qui_n_est_pas_une_entree_est_redemande(jouer) -> None:  # type: ignore[no-untyped-def]
    for faux in ("", "0", "9", "-1", "²", "r", "9" * 5000):
        code, ecran = jouer(faux, "q", "")
        assert code == 0
        assert "Répondre un numéro de 1 à 8, ou q." in ecran, faux


def test_sans_passation_le_menu_le_dit(jouer) -> None:  # type: ignore[no-untyped-def]
    assert "pas encore de passation" in jouer("2", "q", "")[1]


def test_l_entree_fermee_interrompt(jouer) -> None:  # type: ignore[no-untyped-def]
    assert jouer()[0] == 130
    assert jouer("1")[0] == 130
    code, ecran = jouer("q")
    assert code == 0, "on avait quitté : fermer la fenêtre n’interrompt rien"
    assert "Interrompu" not in ecran


def test_une_commande_refusee_ramene_au_menu(jouer, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """La page existe et n’est pas de cpit : elle n’est pas remplacée."""
    shutil.copy(EXEMPLE, tmp_path / "p.json")
    (tmp_path / "p.html").write_text("à moi", encoding="utf-8")
    code, ecran = jouer("3", "1", "q", "")
    assert code == 0
    assert "Refus" in ecran
    assert "s'imprime" not in ecran
    assert (tmp_path / "p.html").read_text(encoding="utf-8") == "à moi"


def test_un_defaut_garde_sa_trace_et_la_fenetre(tmp_path: Path) -> None:
    def tomber(_arguments: list[str]) -> int:
        raise ZeroDivisionError("un défaut")

    terminal = faux_terminal(["1", ""])
    assert derouler_menu(terminal, tmp_path, tomber) == 1
    dit = ecran_de(terminal)
    assert "ZeroDivisionError: un défaut" in dit
    assert dit.endswith("Entrée pour fermer ")


def test_ctrl_c_interrompt_sans_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrompu(FauxClavier):
        def readline(self, *_: int) -> str:  # type: ignore[override]
            raise KeyboardInterrupt

        read = readline  # type: ignore[assignment]

    monkeypatch.setattr(sys, "stdin", Interrompu([]))
    assert executer(["menu"]) == 130


@pytest.mark.parametrize(("fige", "terminal", "attendu"), [(True, True, 0), (True, False, 2), (False, True, 2)])
def test_seul_le_programme_fige_ouvre_le_menu(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fige: bool, terminal: bool, attendu: int
) -> None:
    """Dans un terminal, « cpit » seul garde son aide ; dans un tube aussi."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["cpit"])
    monkeypatch.setattr(sys, "frozen", fige, raising=False)
    ecran = FauxEcran()
    monkeypatch.setattr(sys, "stdin", FauxClavier(["q", ""]) if terminal else io.StringIO("q\n\n"))
    monkeypatch.setattr(sys, "stdout", ecran)
    with pytest.raises(SystemExit) as fin:
        entree.principal()
    assert fin.value.code == attendu
    assert ("Entrée pour fermer" in ecran.getvalue().replace("\u00a0", " ")) == (attendu == 0)
