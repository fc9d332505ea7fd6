"""Comment écrire ce qui vient d’un groupe : les mêmes réglages pour tous les formats, chacun prend les siens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reglages:
    """Les réglages d’une écriture.

    ``date`` : celle de l’écriture, ISO 8601. ``dialecte`` : du CSV. ``avec_reponses`` : faux pour laisser les réponses
    de côté. ``par`` : la seule question de profil à croiser, toutes si elle manque. ``progres`` : prévenue de ce qui
    est fait et du total.
    """

    date: str
    dialecte: str = "fr"
    avec_reponses: bool = True
    par: str | None = None
    progres: Callable[[int, int], None] | None = None
