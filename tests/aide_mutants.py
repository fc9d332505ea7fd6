"""De quoi juger vite un mutant : par où passe chaque essai, en combien de temps, et un serveur qui les relance.

Greffon de pytest (``-p aide_mutants``) : avec ``CPIT_CARTE``, il note dans ce dossier les lignes que chaque essai
exécute et ce qu’il dure ; avec ``CPIT_ORDRE``, il ne garde que les essais de ce fichier, dans son ordre. ``servir`` est
la boucle d’un processus qui a déjà chargé pytest et les bibliothèques, et qui se dédouble pour chaque mutant.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Generator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

MEMOIRE = 6 << 30
"""Octets d’adresses qu’un essai peut prendre : une boucle sans fin ne doit pas emporter la machine."""
CALCUL = 30
"""Secondes de calcul d’un essai : au-delà, il ne finira pas ; le système l’arrête (SIGPROF)."""
MORT_NE, RIEN_DE_RATE = 70, 71
"""Codes de sortie de l’enfant : le module ne se charge plus ; pytest a échoué sans qu’un essai échoue."""
D_AVANCE = ("numpy", "pydantic", "typer", "yaml", "hypothesis.strategies", "openpyxl", "xlsxwriter", "defusedxml")
"""Ce que les essais chargent tous, et dont aucun mutant ne change rien ; ni ce qui ouvre des fils (polars, pyarrow)."""


# --- le greffon -------------------------------------------------------------------------------------------------------


class _Carte:
    """Les lignes de cpit que chaque essai exécute, et ce qu’il dure."""

    def __init__(self, dossier: Path, modules: list[str]) -> None:
        from coverage import Coverage

        self._mesure = Coverage(data_file=None, include=[f"*/{module}" for module in modules], config_file=False)
        self._dossier = dossier
        self._durees: dict[str, float] = {}
        self._rates: set[str] = set()
        self._mesure.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self._mesure.switch_context(item.nodeid)
        debut = time.monotonic()
        try:
            return (yield)
        finally:
            self._durees[item.nodeid] = time.monotonic() - debut
            self._mesure.switch_context("")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        rapport = yield
        if not rapport.passed:
            self._rates.add(item.nodeid)
        return rapport

    def pytest_sessionfinish(self) -> None:
        self._mesure.stop()
        donnees = self._mesure.get_data()
        racine = Path.cwd()
        lignes = {
            str(Path(fichier).relative_to(racine)): donnees.contexts_by_lineno(fichier)
            for fichier in donnees.measured_files()
        }
        reussis = {nom: duree for nom, duree in self._durees.items() if nom not in self._rates}
        if self._durees:
            texte = json.dumps({"durees": reussis, "lignes": lignes})
            (self._dossier / f"{os.getpid()}.json").write_text(texte, encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """Note la carte si on la demande, et ne cherche pas le plus petit exemple d’un échec : il suffit qu’il échoue."""
    from hypothesis import Phase, settings

    if (dossier := os.environ.get("CPIT_CARTE")) and (hasattr(config, "workerinput") or config.getoption("-n") == 0):
        config.pluginmanager.register(_Carte(Path(dossier), os.environ["CPIT_MODULES"].split()))
    phases = [Phase.explicit, Phase.generate]
    settings.register_profile("mutants", settings(phases=phases, database=None))
    settings.load_profile("mutants")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Ne garde que les essais demandés, dans l’ordre demandé."""
    if ordre := os.environ.get("CPIT_ORDRE"):
        rangs = {nom: rang for rang, nom in enumerate(Path(ordre).read_text(encoding="utf-8").splitlines())}
        items[:] = sorted((essai for essai in items if essai.nodeid in rangs), key=lambda essai: rangs[essai.nodeid])


def pytest_runtest_setup() -> None:
    signal.setitimer(signal.ITIMER_PROF, CALCUL)


# --- le serveur -------------------------------------------------------------------------------------------------------


class _Rates:
    """Les essais qui ont échoué ; un nom vide pour un fichier qui n’a pas pu se charger."""

    def __init__(self) -> None:
        self.noms: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.noms.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.noms.append("")


def _essayer(demande: dict[str, Any]) -> int:
    """Dans l’enfant : charge le module, lance les essais, écrit le nom du premier qui échoue ; rend un code."""
    try:
        import_module(demande["module"])
    except BaseException:
        return MORT_NE
    rates = _Rates()
    options = ["-m", "not temoin", "-x", "-n", "0", "-p", "xdist", "-p", "aide_mutants", "-p", "no:cacheprovider"]
    code = int(pytest.main([*options, *demande["tests"]], plugins=[rates]))
    Path(demande["rapport"]).write_text("\n".join(rates.noms), encoding="utf-8")
    # Avec « -x », une collecte qui échoue finit par 1, comme un essai qui échoue.
    return RIEN_DE_RATE if code == 1 and not rates.noms else MORT_NE if "" in rates.noms else code


def servir() -> None:
    """Lit une demande par ligne (module, essais, délai, rapport), y répond par le code de l’enfant, ou « temps ».

    L’enfant part de ce qui est chargé ici : pytest et les bibliothèques, rien de cpit.
    """
    for nom in D_AVANCE:
        with suppress(ImportError):
            import_module(nom)
    for ligne in sys.stdin:
        print(json.dumps(_un_enfant(json.loads(ligne))), flush=True)


def _un_enfant(demande: dict[str, Any]) -> int | str:
    temporaires = Path(demande["temporaires"])
    temporaires.mkdir()
    enfant = os.fork()
    if not enfant:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_AS, (MEMOIRE, MEMOIRE))
        os.environ |= {"TMPDIR": str(temporaires), **demande["milieu"]}
        muet = os.open(os.devnull, os.O_RDWR)
        for descripteur in (0, 1, 2):
            os.dup2(muet, descripteur)
        code = 3
        try:
            code = _essayer(demande)
        finally:
            os._exit(code)
    try:
        return _attendre(enfant, demande["delai"])
    finally:
        with suppress(ProcessLookupError):
            os.killpg(enfant, signal.SIGKILL)
        shutil.rmtree(temporaires, ignore_errors=True)


def _attendre(enfant: int, delai: float) -> int | str:
    fin = time.monotonic() + delai
    while time.monotonic() < fin:
        pid, statut = os.waitpid(enfant, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(statut)
        time.sleep(0.02)
    os.killpg(enfant, signal.SIGKILL)
    os.waitpid(enfant, 0)
    return "temps"
