"""Le cœur pur de cpit : ni fichier, ni horloge, ni terminal.

Un long travail y dit où il en est, sans savoir qui l’écoute.
"""

from __future__ import annotations

from collections.abc import Callable

Progres = Callable[[int, int], None]
"""Appelée avec ce qui est fait et le total : des fichiers, des lignes ou des octets, selon le travail."""
