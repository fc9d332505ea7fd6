"""Les colonnes de l’incertitude des positions, une ligne par passation, déclarées une fois pour tous les formats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cpit.coeur.cohorte import Notee
from cpit.coeur.colonnes_cohorte import UNITE_AXE, nombre_court
from cpit.coeur.incertitude import NIVEAU, REPLIQUES_MIN, Incertitude, estimer, estimer_en_colonnes
from cpit.coeur.modele import Referentiel
from cpit.coeur.notation import valeur_retenue
from cpit.coeur.tableaux import Colonne, Ligne
from cpit.typographie import typographier

PAQUET = 8192
"""Passations calculées à la fois : assez pour aller vite, sans grossir la mémoire."""
EN_COLONNES = 1000
"""Passations à partir desquelles numpy rattrape le temps de son chargement."""
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


def cellules_incertitude(incertitude: Incertitude) -> Ligne:
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


def lignes_incertitude(referentiel: Referentiel, notees: Sequence[Notee]) -> Iterator[Ligne]:
    """Les cellules de ``colonnes_incertitude``, une ligne par passation, dans l’ordre donné."""
    estimer_toutes = estimer_en_paquet if len(notees) >= EN_COLONNES else _estimer_une_a_une
    for debut in range(0, len(notees), PAQUET):
        yield from estimer_toutes(referentiel, notees[debut : debut + PAQUET])


def _estimer_une_a_une(referentiel: Referentiel, notees: Sequence[Notee]) -> Iterator[Ligne]:
    for notee in notees:
        incertitude = estimer(referentiel, notee.passation.valeurs(), notee.resultat.situation)
        yield cellules_incertitude(incertitude)


def estimer_en_paquet(referentiel: Referentiel, notees: Sequence[Notee]) -> Iterator[Ligne]:
    """Les cellules d’un paquet : les mêmes nombres que pour une personne seule, calculés en colonnes."""
    import numpy as np

    valeurs = [notee.passation.valeurs() for notee in notees]
    points = [notee.resultat.situation.position for notee in notees]
    place = (
        np.array([0.0 if point is None else point.x for point in points]),
        np.array([0.0 if point is None else point.y for point in points]),
    )
    bornes = referentiel.echelle.min, referentiel.echelle.max
    retenues: dict[str, Any] = {}
    repondus: dict[str, Any] = {}
    for code, item in referentiel.items_par_code.items():
        niveaux = {v: float(valeur_retenue(item, v, *bornes)) for v in referentiel.echelle.par_valeur}
        retenues[code] = np.array([niveaux.get(v.get(code), 0.0) for v in valeurs])  # type: ignore[arg-type]
        repondus[code] = np.array([int(code in v) for v in valeurs])
    with np.errstate(all="ignore"):
        e = estimer_en_colonnes(referentiel, retenues, repondus, place, np.where)
    presentes = np.broadcast_to(e.presente, len(notees)) & np.array([point is not None for point in points])
    erreurs = (np.sqrt(e.xx), np.sqrt(e.yy))
    colonnes = (presentes, e.repliques, *erreurs, e.xy, e.couvre)
    for presente, m, x, y, xy, couvre in zip(
        *(np.broadcast_to(c, len(notees)).tolist() for c in colonnes), strict=True
    ):
        yield (m, x, y, xy, "oui" if couvre else "non") if presente else (m, None, None, None, None)
