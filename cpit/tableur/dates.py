"""Les dates d’un classeur d’Excel : des numéros de jour, que seul le format de leur case fait reconnaître."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

EPOQUE, EPOQUE_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
"""Le jour zéro, selon que le classeur compte depuis 1900 ou depuis 1904."""
_FORMATS_DE_DATE = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Formats de date que la norme (ECMA-376, § 18.8.30) numérote sans les écrire, l’Asie comprise."""
_HORS_DU_FORMAT = re.compile(r'".*?"|\[(?!hh?\]|mm?\]|ss?\])[^\]]*\]')
_LETTRE_DE_DATE = re.compile(r"(?<![_\\])[dmhysDMHYS]")
"""Ce qu’un format ne montre pas (texte entre guillemets, langue, couleur), et ce qui en fait une date."""


def est_un_format_de_date(numero: int, ecrit: str | None) -> bool:
    """Vrai si une case de ce format montre une date ou une heure.

    :param ecrit: le format tel que le classeur l’écrit ; rien s’il n’en donne que le numéro.
    """
    if ecrit is None:
        return numero in _FORMATS_DE_DATE
    return _LETTRE_DE_DATE.search(_HORS_DU_FORMAT.sub("", ecrit.split(";")[0])) is not None


def date_du_tableur(nombre: float, epoque: datetime) -> datetime | time:
    """La date d’un numéro de jour, ou l’heure s’il est inférieur à 1 ; ``datetime.max`` si aucun calendrier n’y va.

    Excel croit 1900 bissextile : avant le 1ᵉʳ mars, ses numéros ont un jour de moins.
    """
    try:
        jour, part = divmod(nombre, 1)
        duree = timedelta(milliseconds=round(part * 86_400_000))
        if 0 <= nombre < 1 and duree.days == 0:
            return (datetime.min + duree).time()
        if 0 < nombre < 60 and epoque == EPOQUE:
            jour += 1
        return epoque + timedelta(days=jour) + duree
    except (ValueError, OverflowError):
        return datetime.max
