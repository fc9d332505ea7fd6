"""De grandes tables notées au fil de l’eau, par ce que la ligne de commande appelle, quelle que soit leur taille."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cpit import Anomalie, ErreurCpit
from cpit.api.groupe import choisir_pour, noter_en_grand, reunir
from cpit.coeur.referentiel import Referentiel


def en_grand(
    tables: Path | Sequence[Path], referentiel: Referentiel | Path | None = None, **options: Any
) -> tuple[bytes, tuple[Anomalie, ...]]:
    """Le CSV noté d’une ou plusieurs tables, et ce que leur lecture en dit ; rien d’écrit si elle ne donne personne."""
    chemins = [tables] if isinstance(tables, Path) else list(tables)
    choix = choisir_pour(chemins, referentiel)
    sortie = io.BytesIO()
    try:
        bilan = noter_en_grand(reunir(chemins, choix), choix.referentiel, sortie, **options)
    except ErreurCpit as erreur:
        assert not sortie.getvalue()
        return b"", tuple(une for une in erreur.anomalies if une.code != "cohorte-vide")
    return sortie.getvalue(), bilan.anomalies
