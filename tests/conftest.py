"""Réglages communs : des tests au hasard choisi d’avance en intégration continue, et sans délai par exemple."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("poste", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("poste"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "poste")
