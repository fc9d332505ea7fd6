"""L’incertitude de toute une cohorte : chaque position dans sa strate, et comment un nuage de positions se disperse.

Une strate assez grande prête à chacune de ses passations sa dispersion commune ; en deçà, et pour une personne seule,
``cpit.coeur.incertitude`` suffit. De grands groupes se calculent par paquets, en colonnes : les mêmes nombres.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import fsum, log
from typing import Any, TypeAlias

from cpit.coeur.cohorte import Notee
from cpit.coeur.colonnes import cellules_incertitude
from cpit.coeur.groupe import centre_de
from cpit.coeur.incertitude import (
    COMPETENCES_MIN,
    Covariance,
    DispersionCommune,
    Ellipse,
    Etalement,
    contribution,
    estimer,
    estimer_en_colonnes,
    etaler,
    etaler_une_personne,
    etat_de_la_region,
    methode_avec,
    mettre_en_commun,
    motif_sans_region,
    rayon_de_hotelling,
)
from cpit.coeur.moteur import choisir_un, retenir
from cpit.coeur.referentiel import Position, Referentiel
from cpit.coeur.tableaux import Ligne

_PAQUET = 8192
"""Passations calculées à la fois : assez pour aller vite, sans grossir la mémoire."""
_EN_COLONNES = 1000
"""Passations à partir desquelles numpy rattrape le temps de son chargement."""
_PERSONNES_MIN = 3
"""Personnes qu’il faut pour disperser un groupe : F₂,ₙ₋₂ n’existe pas en dessous."""
_Strate: TypeAlias = tuple[str, str]
"""Un moment et un regard."""


# --- La dispersion d’un nuage de positions.


@dataclass(frozen=True, slots=True)
class Dispersion:
    """Un nuage de positions, et à part ce que vaut son centre.

    ``personnes`` : ellipse de covariance (n − 1) des personnes qui en contiendrait la moitié si le nuage était
    gaussien (rayon² = 2 ln 2) ; ``dedans`` : combien y sont vraiment. ``centre`` : région à 95 % de la moyenne,
    covariance / n et rayon de Hotelling. Les deux manquent en dessous de trois personnes.
    """

    n: int
    personnes: Ellipse | None = None
    centre: Ellipse | None = None
    dedans: int = 0


def disperser(positions: Sequence[Position], porteurs: Sequence[Hashable] = ()) -> Dispersion:
    """La dispersion des personnes d’une strate et l’incertitude de leur centre.

    L’incertitude du centre suppose des personnes prises au hasard dans une population plus large ; pour un groupe
    que l’on a tout entier, seule la dispersion a un sens. Qui a plusieurs positions (plusieurs tiers) n’est tiré
    qu’une fois : l’erreur du centre est alors celle du jackknife, la personne ôtée avec toutes ses positions.

    :param porteurs: la personne de chaque position ; à défaut, chacune en est une.
    """
    n, personnes_en_tout = len(positions), len(set(porteurs)) if porteurs else len(positions)
    milieu = centre_de(positions)
    if milieu is None or personnes_en_tout < _PERSONNES_MIN:
        return Dispersion(n)
    covariance = Covariance(
        fsum((p.x - milieu.x) ** 2 for p in positions) / (n - 1),
        fsum((p.x - milieu.x) * (p.y - milieu.y) for p in positions) / (n - 1),
        fsum((p.y - milieu.y) ** 2 for p in positions) / (n - 1),
    )
    personnes = Ellipse(milieu, covariance, 2 * log(2))
    du_centre = Covariance(covariance.xx / n, covariance.xy / n, covariance.yy / n)
    if personnes_en_tout < n:
        du_centre = _covariance_du_centre(positions, porteurs)
    centre = Ellipse(milieu, du_centre, rayon_de_hotelling(personnes_en_tout))
    return Dispersion(n, personnes, centre, sum(personnes.contient(p) for p in positions))


def _covariance_du_centre(positions: Sequence[Position], porteurs: Sequence[Hashable]) -> Covariance:
    """Jackknife de la moyenne, une personne ôtée à la fois ; covariance / n si chacune n’a qu’une position."""
    siennes: dict[Hashable, list[Position]] = {}
    for porteur, position in zip(porteurs, positions, strict=True):
        siennes.setdefault(porteur, []).append(position)
    n, x, y = len(positions), fsum(p.x for p in positions), fsum(p.y for p in positions)
    sans = [
        ((x - fsum(p.x for p in ses)) / (n - len(ses)), (y - fsum(p.y for p in ses)) / (n - len(ses)))
        for ses in siennes.values()
    ]
    combien = len(sans)
    mx, my = fsum(a for a, _ in sans) / combien, fsum(b for _, b in sans) / combien
    facteur = (combien - 1) / combien
    return Covariance(
        facteur * fsum((a - mx) ** 2 for a, _ in sans),
        facteur * fsum((a - mx) * (b - my) for a, b in sans),
        facteur * fsum((b - my) ** 2 for _, b in sans),
    )


# --- L’incertitude de chaque position, dans sa strate.


def lignes_incertitude(referentiel: Referentiel, notees: Sequence[Notee]) -> Iterator[Ligne]:
    """Les cellules de ``colonnes_incertitude``, une ligne par passation, dans l’ordre donné.

    Chaque strate assez grande est estimée par la méthode hiérarchique ; ``notees`` en tient toutes les passations.
    """
    communes = disperser_les_strates(referentiel, notees)
    estimer_toutes = _estimer_en_paquet if len(notees) >= _EN_COLONNES else _estimer_une_a_une
    for paquet in _paquets(notees):
        yield from estimer_toutes(referentiel, paquet, communes)


def disperser_les_strates(
    referentiel: Referentiel, notees: Sequence[Notee]
) -> Mapping[tuple[str, str], DispersionCommune]:
    """La dispersion commune de chaque strate (moment, regard) assez grande pour en avoir une."""
    contribuer = _contributions_en_paquet if len(notees) >= _EN_COLONNES else _contributions_une_a_une
    communes = {}
    for cle, rangs in _par_strate(notees).items():
        paquets = _paquets([notees[rang] for rang in rangs])
        morceaux = [morceau for paquet in paquets if (morceau := contribuer(referentiel, paquet))]
        commune = mettre_en_commun([list(chain.from_iterable(c)) for c in zip(*morceaux, strict=True)])
        if commune is not None:
            communes[cle] = commune
    return communes


def _paquets(notees: Sequence[Notee]) -> Iterator[Sequence[Notee]]:
    return (notees[debut : debut + _PAQUET] for debut in range(0, len(notees), _PAQUET))


def _par_strate(notees: Sequence[Notee]) -> dict[_Strate, list[int]]:
    """Le rang des passations de chaque moment sous chaque regard."""
    rangs: dict[_Strate, list[int]] = {}
    for rang, notee in enumerate(notees):
        rangs.setdefault(_cle_de(notee), []).append(rang)
    return rangs


def _cle_de(notee: Notee) -> _Strate:
    return notee.passation.moment, notee.passation.regard


def _contributions_une_a_une(referentiel: Referentiel, notees: Sequence[Notee]) -> Sequence[Sequence[float]]:
    """Les colonnes de ``contribution``, des passations qui ont une région ; vide si aucune n’en a."""
    rangees = []
    for notee in notees:
        etalement = etaler_une_personne(referentiel, notee.passation.valeurs())
        if etalement.repliques >= COMPETENCES_MIN and notee.resultat.situation.position is not None:
            rangees.append(contribution(etalement, choisir_un))
    return list(zip(*rangees, strict=True))


def _contributions_en_paquet(referentiel: Referentiel, notees: Sequence[Notee]) -> Sequence[Sequence[float]]:
    """Les mêmes colonnes, calculées ensemble."""
    import numpy as np

    with np.errstate(all="ignore"):
        etalement = _etaler_en_paquet(referentiel, notees)
        presentes = (etalement.repliques >= COMPETENCES_MIN) & _places(notees)[0]
        return [
            np.broadcast_to(colonne, len(notees))[presentes].tolist() for colonne in contribution(etalement, np.where)
        ]


def _estimer_une_a_une(
    referentiel: Referentiel, notees: Sequence[Notee], communes: Mapping[_Strate, DispersionCommune]
) -> Iterator[Ligne]:
    for notee in notees:
        commune = communes.get(_cle_de(notee))
        yield cellules_incertitude(estimer(referentiel, notee.passation.valeurs(), notee.resultat.situation, commune))


def _estimer_en_paquet(
    referentiel: Referentiel, notees: Sequence[Notee], communes: Mapping[_Strate, DispersionCommune]
) -> Iterator[Ligne]:
    """Les cellules d’un paquet : les mêmes nombres que pour une personne seule, calculés en colonnes."""
    rangees: dict[int, Ligne] = {}
    for cle, rangs in _par_strate(notees).items():
        lignes = _estimer_la_strate(referentiel, [notees[rang] for rang in rangs], communes.get(cle))
        rangees.update(zip(rangs, lignes, strict=True))
    return (rangees[rang] for rang in range(len(notees)))


def _estimer_la_strate(
    referentiel: Referentiel, notees: Sequence[Notee], commune: DispersionCommune | None
) -> Iterator[Ligne]:
    import numpy as np

    placees, *place = _places(notees)
    with np.errstate(all="ignore"):
        etalement = _etaler_en_paquet(referentiel, notees)
        e = estimer_en_colonnes(referentiel, etalement, (place[0], place[1]), np.where, commune)
        colonnes = (e.presente & placees, placees, e.repliques, np.sqrt(e.xx), np.sqrt(e.yy), e.xy)
    toutes = (np.broadcast_to(c, len(notees)).tolist() for c in (*colonnes, e.pleine, e.couvre, e.couvre_tout))
    methode, motif = methode_avec(commune), motif_sans_region(referentiel)
    for presente, placee, m, x, y, xy, pleine, couvre, couvre_tout in zip(*toutes, strict=True):
        if presente:
            etat = etat_de_la_region(couvre_tout=couvre_tout, pleine=pleine)
            yield m, x, y, xy, "oui" if couvre else "non", etat, methode
        else:
            yield m, None, None, None, None, motif if placee else "sans-position", None


def _places(notees: Sequence[Notee]) -> tuple[Any, Any, Any]:
    """Si chaque passation a une position, son x et son y (zéro sinon), en tableaux."""
    import numpy as np

    points = [notee.resultat.situation.position for notee in notees]
    return (
        np.array([point is not None for point in points]),
        np.array([0.0 if point is None else point.x for point in points]),
        np.array([0.0 if point is None else point.y for point in points]),
    )


def _etaler_en_paquet(referentiel: Referentiel, notees: Sequence[Notee]) -> Etalement:
    """L’étalement de chaque passation, en colonnes."""
    import numpy as np

    echelle, items = referentiel.echelle, referentiel.items_par_code
    absente = echelle.min - 1
    grille = np.array(
        [[valeurs.get(code, absente) for code in items] for valeurs in (n.passation.valeurs() for n in notees)]
    ).T
    repondues = grille != absente
    retenues = {
        code: np.where(repondue, retenir(valeurs, echelle.min, echelle.max, inverse=item.inverse), 0).astype(float)
        for (code, item), valeurs, repondue in zip(items.items(), grille, repondues, strict=True)
    }
    repondus = {code: repondue.astype(int) for code, repondue in zip(items, repondues, strict=True)}
    return etaler(referentiel, retenues, repondus, np.where)
