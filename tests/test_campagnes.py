"""Un petit tirage de chaque campagne ; le tirage complet se lance à la main (``tests/campagnes``)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from aides import TESTS, Programme, tirages
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


def test_des_courses_ne_perdent_rien() -> None:
    from campagnes.courses import jouer

    tenues(jouer(tirages(5), GRAINE))


def test_un_appel_du_systeme_qui_echoue_ne_fait_rien_dire_de_faux(programme: Programme) -> None:
    pytest.importorskip("pexpect")
    from campagnes.appels import jouer

    tenues(jouer(tirages(10), GRAINE, strace=programme("strace")))


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
