"""Combien de fois les bornes d’une tension, annoncées à 95 %, contiennent le vrai écart, et combien elle se dit.

    python tests/campagnes/couverture_tension.py [--nombre 500] [--graine G]

Une personne, ou une équipe de six tenue pour toute l’équipe, répond aux situations du référentiel livré, dont les
deux regroupements ont trois et quatre groupes d’items. Le vrai écart des deux groupes d’items retenus est celui que
donnerait une infinité de compétences et de situations du même modèle, pour les mêmes personnes ; il est calculé, non
tiré. Là où aucun groupe d’items ne diffère, chaque « s’écartent » est dit à tort.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import erf, sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from campagnes.commun import GRAINE
from cpit.chargement import choisir_referentiel
from cpit.coeur.incertitude import Tension, mesurer_les_tensions
from cpit.coeur.notation import Notation
from cpit.coeur.referentiel import Referentiel, Regroupement

Nombres = NDArray[np.float64]
EQUIPE = 6
_COMPETENCE, _SITUATION = 0.6, 0.7
"""Écarts-types de ce qui tient à la compétence, et à la situation, en niveaux."""


@dataclass(frozen=True)
class Modele:
    """Une façon de répondre, et ce qu’elle donnerait à l’infini.

    ``niveau`` : la moyenne d’une personne avant l’arrondi ; ``effet`` : de combien le premier groupe d’items est plus
    haut ; ``personnel`` : l’écart-type des effets de chacun ; ``domaine`` : celui de deux moitiés de compétences,
    chaque groupe d’items ayant le sien dans chacune ; ``extremes`` : tout ou rien.
    """

    niveau: float = 2.0
    effet: float = 0.0
    personnel: float = 0.0
    domaine: float = 0.0
    situation: float = _SITUATION
    extremes: bool = False

    @property
    def bruit(self) -> float:
        """L’écart-type d’une réponse autour de ce que sa personne répond à ce groupe d’items."""
        competence = 0.0 if self.domaine else _COMPETENCE
        return sqrt(competence**2 + self.situation**2 + self.domaine**2)

    def moyennes(self, de: np.random.Generator, personnes: int, groupes: int) -> Nombres:
        """Ce que chaque personne répond à chaque groupe d’items, avant l’arrondi."""
        commun = self.niveau + de.normal(0, 0.4, (personnes, 1))
        propres = de.normal(0, 1, (personnes, groupes)) * self.personnel
        propres[:, 0] += self.effet
        moyennes: Nombres = commun + propres
        return moyennes

    def arrondir(self, valeurs: Nombres) -> Nombres:
        """Les niveaux choisis."""
        rendues: Nombres = np.where(valeurs > 2.0, 4.0, 0.0) if self.extremes else np.clip(np.rint(valeurs), 0, 4)
        return rendues

    def a_l_infini(self, moyenne: float) -> float:
        """Le niveau moyen, d’une infinité de situations et de compétences."""
        depasse = [0.5 * (1 + erf((moyenne - seuil) / (self.bruit * sqrt(2)))) for seuil in self._seuils]
        return sum(depasse) * (4.0 / len(depasse))

    @property
    def _seuils(self) -> tuple[float, ...]:
        return (2.0,) if self.extremes else (0.5, 1.5, 2.5, 3.5)

    def repondre(self, de: np.random.Generator, moyennes: Nombres, lieux: Mapping[str, tuple[int, int]]) -> Nombres:
        """Les réponses des personnes à chaque item.

        :param lieux: la compétence et le groupe d’items de chacun, par leur rang.
        """
        competences = 1 + max(competence for competence, _ in lieux.values())
        personnes, groupes = moyennes.shape
        tient = _a_moitie_partage(de, personnes, competences) * (0.0 if self.domaine else _COMPETENCE)
        hasard = _a_moitie_partage(de, personnes, len(lieux)) * self.situation
        moitie = de.normal(0, 1, (personnes, 2, groupes)) * self.domaine
        duquel = de.integers(0, 2, competences)
        colonnes = [
            moyennes[:, g] + tient[:, c] + moitie[:, duquel[c], g] + hasard[:, i]
            for i, (c, g) in enumerate(lieux.values())
        ]
        return self.arrondir(np.stack(colonnes, axis=1))


def _a_moitie_partage(de: np.random.Generator, personnes: int, choses: int) -> Nombres:
    """Un tirage réduit par personne et par chose, dont la moitié de la variance est la même pour toute l’équipe."""
    partage: Nombres = (de.normal(0, 1, (1, choses)) + de.normal(0, 1, (personnes, choses))) / sqrt(2)
    return partage


MODELES = {
    "aucun groupe ne diffère": Modele(),
    "un groupe plus haut d’un niveau": Modele(effet=1.0),
    "des écarts propres à chacun": Modele(personnel=0.5),
    "tout près du bas de l’échelle": Modele(niveau=0.4),
    "presque la même réponse partout": Modele(situation=0.15),
    "tout ou rien": Modele(extremes=True),
    "deux domaines que les compétences se partagent": Modele(domaine=0.8),
}


@dataclass
class Comptes:
    """Les tensions bornées, celles dont les bornes contiennent le vrai écart, celles qui se disent."""

    bornees: int = 0
    couvrent: int = 0
    disent: int = 0

    def juger(self, tension: Tension, vrais: Mapping[str, float]) -> None:
        """Compte une tension ; sans bornes, rien."""
        if tension.bornes is None or tension.bas is None or tension.haut is None:
            return
        vrai = vrais[tension.haut] - vrais[tension.bas]
        self.bornees += 1
        self.couvrent += tension.bornes[0] - 1e-9 <= vrai <= tension.bornes[1] + 1e-9
        self.disent += tension.etat == "s-ecartent"


def couvrir_des_tensions(
    referentiel: Referentiel, rang: int, modele: Modele, personnes: int, nombre: int, graine: int
) -> Comptes:
    """Ce que couvrent ``nombre`` tensions d’un regroupement du référentiel, de tant de personnes chacune."""
    regroupement = referentiel.regroupements[rang]
    lieux, noter = _situer(referentiel, regroupement), Notation(referentiel).noter
    codes = [groupe.identifiant for groupe in regroupement.groupes]
    de, comptes = np.random.default_rng(graine), Comptes()
    for _ in range(nombre):
        moyennes = modele.moyennes(de, personnes, len(codes))
        reponses = modele.repondre(de, moyennes, lieux)
        dites = [dict(zip(lieux, map(int, une), strict=True)) for une in reponses]
        tension = mesurer_les_tensions(referentiel, [[(une, noter(une))] for une in dites])[rang]
        vrais = {code: float(np.mean([modele.a_l_infini(m) for m in moyennes[:, g]])) for g, code in enumerate(codes)}
        comptes.juger(tension, vrais)
    return comptes


def _situer(referentiel: Referentiel, regroupement: Regroupement) -> dict[str, tuple[int, int]]:
    competences = [competence.identifiant for competence in referentiel.competences]
    groupes = {code: g for g, groupe in enumerate(regroupement.groupes) for code in groupe.items}
    return {i.code: (competences.index(i.competence), groupes[i.code]) for i in referentiel.items if i.code in groupes}


def _table(nombre: int, graine: int) -> Iterator[str]:
    referentiel, _ = choisir_referentiel("innovation-territoriale")
    titres = [r.libelle for r in referentiel.regroupements]
    sujets = {"une personne": 1, f"une équipe de {EQUIPE}": EQUIPE}
    faits: list[tuple[str, Callable[[Modele], Comptes]]] = [
        (f"{titre}, {qui}", lambda m, r=r, n=n: couvrir_des_tensions(referentiel, r, m, n, nombre, graine))  # type: ignore[misc]
        for r, titre in enumerate(titres)
        for qui, n in sujets.items()
    ]
    yield f"| Couvrent / se disent | {' | '.join(nom for nom, _ in faits)} |"
    yield "| --- " * (1 + len(faits)) + "|"
    for nom, modele in MODELES.items():
        comptes = [mesurer(modele) for _, mesurer in faits]
        cellules = [f"{100 * c.couvrent / c.bornees:.0f} / {100 * c.disent / c.bornees:.0f}" for c in comptes]
        yield f"| {nom} | {' | '.join(cellules)} |"


def principal() -> None:
    """Mesure tout, une ligne à la fois."""
    lecteur = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    lecteur.add_argument("--nombre", type=int, default=500)
    lecteur.add_argument("--graine", type=int, default=GRAINE)
    demande = lecteur.parse_args()
    for ligne in _table(demande.nombre, demande.graine):
        print(ligne, flush=True)


if __name__ == "__main__":
    principal()
