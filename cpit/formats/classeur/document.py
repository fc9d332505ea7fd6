"""Le classeur lui-même : les réglages et les propriétés communs à tous ceux que cpit écrit."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any

from xlsxwriter.workbook import Workbook

from cpit import __version__
from cpit.formats.classeur.cellules import propre
from cpit.formats.classeur.styles import POLICE
from cpit.sceaux import SCEAU_CLASSEUR
from cpit.typographie import typographier

TITRE_MAX = 255
"""Signes au plus dans une propriété du document."""


def ouvrir(vers: str | BytesIO, **options: Any) -> Workbook:
    """Un classeur neuf, où aucun texte ne devient de lui-même formule, nombre ni lien.

    :param options: réglages de XlsxWriter en plus : ``in_memory``, ``constant_memory``, ``tmpdir``.
    """
    inertes = {f"strings_to_{sorte}": False for sorte in ("formulas", "numbers", "urls")}
    return Workbook(vers, {**inertes, "default_format_properties": {"font_name": POLICE, "font_size": 10}, **options})


def decrire(classeur: Workbook, titre: str, jour: datetime, *, sujet: str = "") -> None:
    """Met les propriétés du document, sceau compris ; aucun nom de personne ni de fichier n’y est.

    :param jour: date de création inscrite ; jamais celle de la machine, pour que deux écritures soient identiques.
    """
    classeur.set_properties(
        {
            "title": propre(titre)[:TITRE_MAX],
            "subject": typographier(sujet),
            "comments": f"{SCEAU_CLASSEUR} {__version__}. Outil réflexif, sans note ni classement.",
            "created": jour,
        }
    )
