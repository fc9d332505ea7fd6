"""Ce que rend la notation en flux à qui l’a demandée."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cpit.coeur.groupe import Portrait
from cpit.erreurs import Anomalie

Avancement = Callable[[int, int], None]
"""Appelée avec le nombre d’octets lus et leur total."""


@dataclass(frozen=True, slots=True)
class Bilan:
    """Ce qui a été noté, sans les passations elles-mêmes.

    ``sources`` : nom, passations, refus montrés. ``anomalies`` : les premières de chaque table, puis un compte des
    autres. ``portraits`` : par moment et regard, sans matrice. ``doublons_cherches`` : faux si les
    passations étaient trop nombreuses pour les comparer toutes.
    """

    sources: tuple[tuple[str, int, int], ...]
    anomalies: tuple[Anomalie, ...] = ()
    portraits: Mapping[tuple[str, str], Portrait] = field(default_factory=dict)
    doublons_cherches: bool = True

    @property
    def passations(self) -> int:
        """Passations notées."""
        return sum(passations for _, passations, _ in self.sources)
