"""Ce que l’on dit d’une table à la place de ce qu’elle tait : qui, quand, sous quel regard, en quelles valeurs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Consignes:
    """Les consignes de lecture d’une commande ; sans elles, rien n’est supposé que la table ne dise.

    ``identifiant`` : l’en-tête de la colonne qui dit qui a répondu ; ``moment``, ``regard`` : ceux d’une table qui n’a
    pas ces colonnes ; ``valeurs`` : ce que vaut chaque réponse telle qu’écrite (« 1 » → « 0 », « n/a » → « SO »
    ou « vide »), avant la grammaire ordinaire ; ``garder`` : laquelle de deux passations d’une même personne, au même
    moment et sous le même regard (« recent », « premier » ou « tous »).
    """

    identifiant: str | None = None
    moment: str | None = None
    regard: str | None = None
    valeurs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    garder: str | None = None


SANS_CONSIGNE = Consignes()
"""Rien n’est dit : la table parle seule."""
