"""L’incertitude d’une position et la dispersion d’un groupe, en types simples pour le JSON."""

from __future__ import annotations

from math import degrees
from typing import Any

from cpit.coeur.incertitude import NIVEAU, Dispersion, Ellipse, Incertitude


def incertitude_en_dictionnaire(incertitude: Incertitude) -> dict[str, Any]:
    """L’incertitude d’une personne ; ``None`` là où il n’y a pas de quoi calculer, et ``motif`` dit pourquoi."""
    region = incertitude.region
    return {
        "repliques": incertitude.repliques,
        "erreur_x": region.covariance.erreur_x if region else None,
        "erreur_y": region.covariance.erreur_y if region else None,
        "covariance_xy": region.covariance.xy if region else None,
        "region": _ellipse(region, NIVEAU),
        "equilibre_possible": incertitude.equilibre_possible,
        "motif": incertitude.motif,
    }


def dispersion_en_dictionnaire(dispersion: Dispersion) -> dict[str, Any]:
    """La dispersion des personnes et, à part, l’incertitude de leur centre."""
    personnes, centre = dispersion.personnes, dispersion.centre
    return {
        "n": dispersion.n,
        "personnes": _nuage(personnes, "ecart_type", 0.5) | {"dedans": dispersion.dedans} if personnes else None,
        "centre": _nuage(centre, "erreur", NIVEAU) if centre else None,
    }


def _nuage(ellipse: Ellipse, mesure: str, niveau: float) -> dict[str, Any]:
    v = ellipse.covariance
    return {
        f"{mesure}_x": v.erreur_x,
        f"{mesure}_y": v.erreur_y,
        "covariance_xy": v.xy,
        "region": _ellipse(ellipse, niveau),
    }


def _ellipse(ellipse: Ellipse | None, niveau: float) -> dict[str, Any] | None:
    """Une ellipse : demi-axes en unité d’axe, angle du grand axe avec l’horizontale en degrés."""
    if ellipse is None:
        return None
    return {
        "niveau": niveau,
        "forme": ellipse.forme,
        "demi_axes": list(ellipse.demi_axes),
        "angle": degrees(ellipse.angle),
    }
