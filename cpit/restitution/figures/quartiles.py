"""Comment les figures tracent la répartition des scores d’un groupe."""

from __future__ import annotations

from cpit.restitution.figures.dessin import Trait

ETENDUE = Trait("serie-2", 1.4)
"""Du plus bas au plus haut score."""
MOITIE = Trait("serie-2", 5.0)
"""La moitié centrale : du premier au troisième quartile."""
