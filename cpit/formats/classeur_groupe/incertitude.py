"""La feuille « Incertitude » : ce que vaut la position de chaque passation, dans l’ordre de lecture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cpit.coeur.cohorte import Notee
from cpit.coeur.colonnes_cohorte import cellules_contexte
from cpit.coeur.colonnes_incertitude import cellules_incertitude, colonnes_incertitude
from cpit.coeur.incertitude import estimer, estimer_en_colonnes
from cpit.coeur.modele import Referentiel
from cpit.coeur.notation import valeur_retenue
from cpit.coeur.tableaux import Cellule
from cpit.formats.classeur_groupe.chantier import INCERTITUDE, Chantier
from cpit.formats.classeur_groupe.flux import ColonneEcrite, ecrire_table
from cpit.formats.classeur_groupe.scores import contexte

PAQUET = 8192
"""Passations calculées à la fois : assez pour aller vite, sans grossir la mémoire."""
EN_COLONNES = 1000
"""Passations à partir desquelles numpy rattrape le temps de son chargement."""
_STYLES = {"texte": "donnee_texte", "nombre": "donnee_nombre", "entier": "donnee_entier"}


def ecrire(chantier: Chantier) -> None:
    """Écrit la feuille, sans garder les lignes en mémoire."""
    referentiel = chantier.referentiel
    propres = [ColonneEcrite(c.cle, c.libelle, 20.0, _STYLES[c.type]) for c in colonnes_incertitude()]
    lignes = _lignes(referentiel, chantier.cohorte.notees)
    ecrire_table(chantier, INCERTITUDE, [*contexte(referentiel), *propres], lignes, figees=1)


def _lignes(referentiel: Referentiel, notees: Sequence[Notee]) -> Iterator[tuple[Cellule, ...]]:
    estimer_toutes = _estimer_en_colonnes if len(notees) >= EN_COLONNES else _estimer_une_a_une
    for debut in range(0, len(notees), PAQUET):
        paquet = notees[debut : debut + PAQUET]
        for notee, cellules in zip(paquet, estimer_toutes(referentiel, paquet), strict=True):
            yield (*cellules_contexte(referentiel, notee), *cellules)


def _estimer_une_a_une(referentiel: Referentiel, notees: Sequence[Notee]) -> Iterator[tuple[Cellule, ...]]:
    for notee in notees:
        incertitude = estimer(referentiel, notee.passation.valeurs(), notee.resultat.situation)
        yield cellules_incertitude(incertitude)


def _estimer_en_colonnes(referentiel: Referentiel, notees: Sequence[Notee]) -> Iterator[tuple[Cellule, ...]]:
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
