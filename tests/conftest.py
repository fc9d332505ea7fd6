"""Réglages communs : les témoins, mis à part ; les tirages au hasard ; en intégration continue, rien de sauté."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Generator
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from aide_navigateur import axe, navigateur, pilote  # noqa: F401
from aides import CAMPAGNE, Programme, exiger_programme, tirages
from hypothesis import HealthCheck, settings

# Chaque cpit lancé relit son code compilé : sans cela, il recompilerait tout, deux cents fois.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# Un ouvrier par cœur : l’algèbre de chacun sur plusieurs fils les ferait s’attendre tous.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.dont_write_bytecode = False

settings.register_profile(
    "poste", max_examples=tirages(25), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", settings.get_profile("poste"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") and not CAMPAGNE else "poste")


# Des dizaines de bibliothèques sont chargées pour toute la séance : le ramasse-miettes les reparcourrait sans fin.
SEUILS_DU_RAMASSE_MIETTES = (20_000, 50, 50)


def pytest_collection_finish() -> None:
    """Met de côté ce que la collecte a chargé : le ramasse-miettes ne regarde plus que ce que les essais créent."""
    if "openpyxl" in sys.modules:
        _ne_pas_redessiner_les_bords()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SEUILS_DU_RAMASSE_MIETTES)


def _ne_pas_redessiner_les_bords() -> None:
    """openpyxl refait, d’après sa première case, tout le bord d’une plage fusionnée : aucun essai n’en dit rien."""
    from openpyxl.worksheet.merge import MergedCellRange

    MergedCellRange.format = lambda _plage: None


# --- les témoins : les essais qui lancent un programme du dehors ------------------------------------------------------

SANS_TEMOIN = {Path(sys.executable).name, "bash", "rm"}
"""Ce que tout essai peut lancer : Python, donc cpit, un tube et de quoi ôter un dossier."""
EN_COURS: list[pytest.Item] = []
"""L’essai qui s’exécute dans ce processus."""


@pytest.fixture(scope="session")
def programme() -> Programme:
    """Le chemin d’un programme du dehors ; qui la demande, même par une autre fixture, est un témoin."""
    return exiger_programme


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marque les témoins, et les cas d’un échantillon qui attendent la seconde commande, avant tout choix."""
    rangs: Counter[str] = Counter()
    for essai in items:
        if "programme" in getattr(essai, "fixturenames", ()):
            essai.add_marker("temoin")
        if echantillon := essai.get_closest_marker("echantillon"):
            fonction = essai.nodeid.partition("[")[0]
            if rangs[fonction] % echantillon.args[0]:
                essai.add_marker("endurance")
            rangs[fonction] += 1


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Retient l’essai en cours, pour la garde."""
    EN_COURS.append(item)
    try:
        return (yield)
    finally:
        EN_COURS.remove(item)


_LANCER = subprocess.Popen.__init__


@wraps(_LANCER)
def _garder(lance: subprocess.Popen[Any], args: Any, *autres: Any, **options: Any) -> None:
    """Sans la marque, un essai qui lance un programme du dehors échoue : il n’échappe pas à la seconde commande."""
    if EN_COURS and not EN_COURS[-1].get_closest_marker("temoin"):
        premier = options.get("executable") or (args if isinstance(args, str | bytes | os.PathLike) else args[0])
        nom = Path(os.fsdecode(premier)).name
        if nom not in SANS_TEMOIN:
            pytest.fail(f"« {nom} » n’est lancé que par un témoin : demander la fixture « programme »")
    _LANCER(lance, args, *autres, **options)


# Et non un crochet d’audit : Python l’appellerait à chaque fichier ouvert, à chaque module.
subprocess.Popen.__init__ = _garder  # type: ignore[method-assign]


# --- le disque --------------------------------------------------------------------------------------------------------


def _sans_attendre_le_disque(descripteur: int) -> None:
    """Refuse ce que ``os.fsync`` refuserait, sans attendre : qu’un fichier soit vidé ne se voit que courant coupé.

    Qui en éprouve l’ordre ou l’échec le remplace à son tour ; les processus à part ont le vrai.
    """
    os.fstat(descripteur)


os.fsync = _sans_attendre_le_disque
# Les essais ne sont pas « python -m cpit », fussent-ils lancés par « python -m pytest » dans un seul processus : ce qui
# se recopie y dit « cpit », comme chez qui l’a installé.
sys.argv[0] = "pytest"


# --- en intégration continue ------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """En intégration continue (CI), un test sauté est un échec : rien n’y manque sans qu’on le sache.

    Sauf ce que la marque « schema » dit tenir hors du dépôt : une copie neuve ne l’a pas.
    """
    rapport = yield
    if rapport.skipped and os.environ.get("CI") and not item.get_closest_marker("schema"):
        rapport.outcome = "failed"
    return rapport


@pytest.fixture
def cpit_dit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """Lance une commande à 80 colonnes : son code de sortie, ce qu’elle écrit, ce qu’elle dit, en espaces simples."""
    from cpit.cli import executer

    monkeypatch.setenv("COLUMNS", "80")

    def lancer(*mots: object) -> tuple[int, str, str]:
        code = int(executer(list(map(str, mots))))
        sortie, erreur = (flux.replace("\u202f", " ").replace("\u00a0", " ") for flux in capsys.readouterr())
        return code, sortie, erreur

    return lancer
