"""Un petit tirage de chaque campagne ; le tirage complet se lance à la main (``tests/campagnes``)."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest
from aides import RACINE, TESTS, Programme, tirages
from campagnes import commun
from campagnes.commun import GRAINE, Promesse

pytestmark = [
    pytest.mark.endurance,
    pytest.mark.skipif(os.name == "nt", reason="fork, SIGKILL et strace n’existent pas sous Windows"),
]


def tenues(promesses: list[Promesse]) -> None:
    assert all(promesse.essais for promesse in promesses), "une promesse n’a pas été essayée"
    assert {promesse.texte: promesse.ruptures for promesse in promesses if promesse.ruptures} == {}


def test_des_coupures_au_hasard_ne_perdent_aucune_reponse_acquittee(tmp_path: Path) -> None:
    from campagnes.coupures import couper_la_boucle

    tenues(couper_la_boucle(tmp_path, tirages(60), GRAINE))


def test_des_coupures_au_hasard_ne_perdent_ni_pas_ni_trace_ni_situation(tmp_path: Path) -> None:
    from campagnes.coupures import couper_les_cahiers

    tenues(couper_les_cahiers(tmp_path, tirages(40), GRAINE))


def test_une_table_sans_marque_d_encodage_n_est_jamais_lue_de_travers() -> None:
    from campagnes.encodages import jouer

    tenues(jouer(tirages(20), GRAINE))


def test_des_courses_ne_perdent_rien() -> None:
    from campagnes.courses import jouer

    tenues(jouer(tirages(5), GRAINE))


def test_un_appel_du_systeme_qui_echoue_ne_fait_rien_dire_de_faux(programme: Programme) -> None:
    pytest.importorskip("pexpect")
    from campagnes.appels import jouer

    tenues(jouer(tirages(10), GRAINE, strace=programme("strace")))


def test_un_mutant_est_tue_survit_ou_n_est_pas_juge(tmp_path: Path) -> None:
    """Une collecte qui échoue finit comme un essai qui échoue, et n’est pas prise pour lui ; une panne se dit."""
    from campagnes.mutants import Essayeur, Sort

    depot, module = tmp_path / "petit", "def signe(nombre):\n    return 1 if nombre > 0 else -1\n"
    depot.mkdir()
    (depot / "module.py").write_text(module, encoding="utf-8")
    (depot / "test_juge.py").write_text("from module import signe\ndef test_signe(): assert signe(3) == 1\n")
    (depot / "test_casse.py").write_text("import rien_de_tel\n")
    essayeur = Essayeur(tmp_path / "lieu", depot)

    def juger(tests: str, ajout: str = "", delai: float = 60, *, texte: str = module) -> Sort:
        return essayeur.juger("module.py", texte + ajout, [tests], delai).sort

    assert juger("test_juge.py") is Sort.SURVIVANT
    assert juger("test_juge.py", texte=module.replace("> 0", "< 0")) is Sort.TUE
    assert juger("test_casse.py") is Sort.MORT_NE
    assert juger("test_absent.py") is Sort.PANNE
    assert juger("test_juge.py", "1 / 0\n") is Sort.MORT_NE
    assert juger("test_juge.py", "while True: pass\n", 0.5) is Sort.TEMPS
    assert (essayeur.copie / "module.py").read_text(encoding="utf-8") == module
    essayeur.fermer()


@pytest.mark.endurance
def test_mypy_voit_un_mutant_que_les_essais_ne_voient_pas(tmp_path: Path) -> None:
    from campagnes.mutants import Essayeur, Sort

    depot, module = tmp_path / "petit", "def double(nombre: int) -> int:\n    return nombre * 2\n"
    (depot / "paquet").mkdir(parents=True)
    (depot / "paquet" / "__init__.py").write_text(module, encoding="utf-8")
    (depot / "pyproject.toml").write_text('[tool.mypy]\nstrict = true\npackages = ["paquet"]\n', encoding="utf-8")
    essayeur = Essayeur(tmp_path / "lieu", depot)
    refuse = essayeur.verifier_les_types("paquet/__init__.py", module.replace("return nombre * 2", "return"))
    assert (refuse.sort, "Return value expected" in refuse.pourquoi) == (Sort.TYPES, True)
    assert essayeur.verifier_les_types("paquet/__init__.py", module.replace("* 2", "* 3")).sort is Sort.SURVIVANT
    assert (essayeur.copie / "paquet" / "__init__.py").read_text(encoding="utf-8") == module
    essayeur.fermer()


def test_un_mutant_porte_une_faute_la_ou_elle_decide() -> None:
    """Ni annotation, ni texte à lire, ni ``strict`` ; chaque sorte à son tour, toujours les mêmes d’une graine."""
    from campagnes.mutants import EQUIVALENTS, MODULES, tirer

    module = (
        'def dire(x: int | None = None) -> str:\n    """Deux mots."""\n    if x == 3:\n'
        '        return "un texte à lire"\n    return "code" if [*zip([x], [x], strict=True)] else "a"\n'
    )
    mutants = list(tirer(module, Random(GRAINE)))
    assert mutants == list(tirer(module, Random(GRAINE)))
    assert {(3, "if not (x == 3):"), (3, "if x == 4:"), (3, "if x != 3:"), (4, "return")} <= {
        (mutant.ligne, mutant.mis) for mutant in mutants
    }
    assert not [m for m in mutants if "strict=" in m.ote and "strict=True" not in m.mis and m.mis != "return"]
    assert not [m for m in mutants if "un texte à lire" in m.ote and m.mis != "return"]
    assert not {mutant.ligne for mutant in mutants} - {1, 3, 4, 5}
    assert {un.module for un in EQUIVALENTS} <= set(MODULES)
    assert all((RACINE / nom).is_file() for nom in MODULES)


def test_une_promesse_rompue_se_compte() -> None:
    promesse = Promesse("rien ne casse")
    promesse.juger()
    promesse.juger("cassé")
    with pytest.raises(AssertionError):
        tenues([promesse])
    assert "| rien ne casse | 1 rompue sur 2 essais |" in commun.rediger([promesse])


@pytest.mark.parametrize("script", sorted(p.name for p in (TESTS / "campagnes").glob("*.py") if p.stem != "commun"))
def test_chaque_campagne_est_dite(script: str) -> None:
    accueil = (TESTS / "campagnes" / "__init__.py").read_text(encoding="utf-8")
    assert script == "__init__.py" or f"`{script}`" in accueil


def test_le_programme_en_un_dossier_essaie_chaque_commande() -> None:
    from campagnes.paquet import ESSAIS

    from cpit.cli import app

    commandes = {c.name or (c.callback.__name__ if c.callback else "") for c in app.registered_commands}
    assert commandes - {essai.arguments[0] for essai in ESSAIS} == set()
