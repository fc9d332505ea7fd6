"""Réglages communs : des tests au hasard choisi d’avance en intégration continue, et sans délai par exemple."""

import os
from collections.abc import Generator

import pytest
from aide_navigateur import axe, navigateur, pilote  # noqa: F401
from hypothesis import HealthCheck, settings

settings.register_profile("poste", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("poste"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "poste")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """En intégration continue (CI), un test sauté est un échec : rien n’y manque sans qu’on le sache."""
    rapport = yield
    if rapport.skipped and os.environ.get("CI"):
        rapport.outcome = "failed"
    return rapport
