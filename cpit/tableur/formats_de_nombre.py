"""Ce que le format d’une case fait d’un nombre, dans un classeur : une date, un pourcentage, ou rien de tel."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from cpit.tableur.classeur_ouvert import est_un_format_de_date

_Rang = TypeVar("_Rang", int, str)
_FORMATS_DE_POURCENTAGE = frozenset({9, 10})
"""Formats de pourcentage que la norme (ECMA-376, § 18.8.30) numérote sans les écrire."""
_HORS_DU_FORMAT = re.compile(r'".*?"|\[[^\]]*\]|[_\\].')
"""Ce qu’un format ne montre pas, ou montre tel quel."""


class Pourcentage(float):
    """Le nombre d’une case montrée en pourcentage ; son texte est ce qui se voit : 3 y est « 300 % »."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"{float(self) * 100:.15g} %".replace(".", ",")


@dataclass(frozen=True, slots=True)
class StylesDeNombre(Generic[_Rang]):
    """Les styles de case, par leur rang, qui montrent une date ou une heure, et ceux qui montrent un pourcentage."""

    dates: frozenset[_Rang]
    pourcentages: frozenset[_Rang]

    @classmethod
    def classer(cls, formats: Iterable[tuple[_Rang, int, str | None]]) -> StylesDeNombre[_Rang]:
        """Les styles d’un classeur.

        :param formats: le rang de chacun, le numéro de son format, et ce format s’il est écrit.
        """
        tous = list(formats)
        return cls(
            frozenset(rang for rang, numero, ecrit in tous if est_un_format_de_date(numero, ecrit)),
            frozenset(rang for rang, numero, ecrit in tous if _est_un_format_de_pourcentage(numero, ecrit)),
        )


def _est_un_format_de_pourcentage(numero: int, ecrit: str | None) -> bool:
    if ecrit is None:
        return numero in _FORMATS_DE_POURCENTAGE
    return "%" in _HORS_DU_FORMAT.sub("", ecrit.split(";")[0])
