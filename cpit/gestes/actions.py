"""L’heure, pour les gestes qui l’inscrivent."""

from __future__ import annotations

from cpit.api.horloge import maintenant

__all__ = ["maintenant"]
