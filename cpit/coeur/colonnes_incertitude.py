"""Les colonnes de l’incertitude des positions, une ligne par passation, déclarées une fois pour tous les formats."""

from __future__ import annotations

from cpit.coeur.colonnes_cohorte import UNITE_AXE, nombre_court
from cpit.coeur.incertitude import NIVEAU, REPLIQUES_MIN, Incertitude
from cpit.coeur.tableaux import Cellule, Colonne
from cpit.typographie import typographier

OUI_NON = {"oui": "oui", "non": "non"}
BOUGE = "De combien la position bougerait avec d'autres situations ; vide si absente"
SOURCE = "Efron et Tibshirani, An Introduction to the Bootstrap, 1993, chapitre 11 ; Hotelling, 1931"


def colonnes_incertitude() -> tuple[Colonne, ...]:
    """Répliques, erreurs types, covariance, équilibre possible."""
    return (
        Colonne(
            "repliques",
            "Compétences qui comptent",
            "entier",
            description=typographier(f"Compétences répondues, au moins en partie ; il en faut {REPLIQUES_MIN}"),
            unite="compétences",
            formule="compte des compétences dont un item au moins est répondu",
            mesure="continue",
        ),
        _colonne_mesuree(
            "erreur_x", "Erreur type de x", UNITE_AXE, BOUGE, "racine de (m − 1)/m · somme des carrés des écarts"
        ),
        _colonne_mesuree(
            "erreur_y", "Erreur type de y", UNITE_AXE, BOUGE, "racine de (m − 1)/m · somme des carrés des écarts"
        ),
        _colonne_mesuree(
            "covariance_xy",
            "Covariance de x et de y",
            f"{UNITE_AXE} au carré",
            "Avec les deux erreurs types, elle donne l'ellipse de la région ; vide si absente",
            "(m − 1)/m · somme des produits des écarts",
        ),
        Colonne(
            "equilibre_possible",
            "Équilibre possible",
            modalites=OUI_NON,
            description=typographier(
                f"La région à {nombre_court(NIVEAU * 100)} % contient le centre des ingénieries ; vide si absente"
            ),
            formule=typographier("distance de Mahalanobis² ≤ 2(m − 1)/(m − 2) · F à 2 et m − 2 degrés de liberté"),
            source=typographier(SOURCE),
        ),
    )


def _colonne_mesuree(cle: str, libelle: str, unite: str, description: str, formule: str) -> Colonne:
    """Une mesure tirée du jackknife."""
    jackknife = "position recalculée en ôtant une compétence à la fois (jackknife) : "
    return Colonne(
        cle,
        libelle,
        "nombre",
        description=typographier(description),
        unite=unite,
        formule=typographier(jackknife + formule),
        source=typographier(SOURCE),
        mesure="continue",
    )


def cellules_incertitude(incertitude: Incertitude) -> tuple[Cellule, ...]:
    """Les cellules de ``colonnes_incertitude``."""
    if incertitude.region is None:
        return incertitude.repliques, None, None, None, None
    v = incertitude.region.covariance
    return (
        incertitude.repliques,
        v.erreur_x,
        v.erreur_y,
        v.xy,
        "oui" if incertitude.equilibre_possible else "non",
    )
