"""Combien de régions à 95 % couvrent la vraie position, modèle par modèle, méthode par méthode.

    python tests/campagnes/couverture_position.py [--nombre 4000] [--graine G]

Chaque modèle tire des personnes qui répondent à m compétences, un item par ingénierie ; la vraie position est celle que
donnerait une infinité de compétences du même modèle, calculée ici, sans cpit. Les réponses réelles (``psychTools``,
lues par R s’il est là ; ``REELS``) sont rangées trois par trois en compétences, une fois pour toutes ; la vraie
position d’une personne est celle de toutes ses réponses, et ses m compétences y sont tirées avec remise.

Trois méthodes : individuelle, puis hiérarchique dans des strates de ``STRATE_MIN`` personnes et de 200. « Nié à
tort » : de qui est en vérité dans la zone d’équilibre, la part dont la région individuelle laisse le centre dehors.
"""

from __future__ import annotations

import argparse
import csv
import io
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from campagnes.commun import GRAINE
from cpit.coeur.incertitude import (
    STRATE_MIN,
    Etalement,
    IncertitudeEnColonnes,
    contribution,
    estimer_en_colonnes,
    etaler,
    mettre_en_commun,
    rayon_de_hotelling,
)
from cpit.coeur.referentiel import (
    Axe,
    Axes,
    Competence,
    Echelle,
    Ingenierie,
    Item,
    Niveau,
    Position,
    Referentiel,
    Regle,
    Regles,
)

Nombres: TypeAlias = NDArray[np.float64]
POLES = np.array([(-1.0, 0.0), (0.0, -1.0), (1.0, 1.0)])
"""Ceux du référentiel livré."""
AIRE_DES_POLES = 1.5
TAILLES = (4, 8, 12)
GRANDE_STRATE = 200
_BEAUCOUP = 200_000
_MANQUANTS = 0.1
_POIDS = 6
"""Ce que pèse la dispersion d’une strate, en compétences."""
_ZONE = 0.15


@dataclass(frozen=True)
class Modele:
    """Une façon de répondre : ses niveaux, comment on tire, et où est la vérité (une position par personne)."""

    niveaux: tuple[int, ...]
    tirer: Callable[[np.random.Generator, int, int], Nombres]
    reelles: Nombres | None = None

    def personnes(self, de: np.random.Generator, nombre: int, m: int) -> tuple[Nombres, Nombres]:
        """Des réponses, n × m × 3, et la vraie position de chacun."""
        if self.reelles is None:
            vraie = placer(self.tirer(de, _BEAUCOUP, 1).mean(axis=(0, 1)), self.niveaux[0])
            return self.tirer(de, nombre, m), np.tile(vraie, (nombre, 1))
        gens = self.reelles[de.permutation(len(self.reelles))[:nombre]]
        rangs = de.integers(0, gens.shape[1], (len(gens), m))
        tirees = np.take_along_axis(gens, rangs[:, :, None].repeat(3, axis=2), axis=1)
        return tirees, placer(gens.mean(axis=1), self.niveaux[0])


def placer(scores: Nombres, bas: float) -> Nombres:
    """La position, récrite ici : barycentre des pôles."""
    parts = scores - bas
    total = parts.sum(axis=-1, keepdims=True)
    place: Nombres = (parts @ POLES) / np.where(total > 0, total, np.nan)
    return place


def _borner(reponses: Nombres) -> Nombres:
    bornees: Nombres = np.clip(np.rint(reponses), 0, 4)
    return bornees


def _autour(*moyennes: float) -> Callable[[np.random.Generator, int, int], Nombres]:
    def tirer(de: np.random.Generator, n: int, m: int) -> Nombres:
        return _borner(np.array(moyennes) + de.normal(0, 0.6, (n, m, 1)) + de.normal(0, 0.9, (n, m, 3)))

    return tirer


def _rares(bruit: float) -> Callable[[np.random.Generator, int, int], Nombres]:
    def tirer(de: np.random.Generator, n: int, m: int) -> Nombres:
        tout_autre = de.random((n, m, 1)) < 0.1
        moyennes = np.where(tout_autre, np.array((1.0, 1.0, 4.0)), np.ones(3))
        return _borner(moyennes + de.normal(0, bruit, (n, m, 3)))

    return tirer


def _domaines(de: np.random.Generator, n: int, m: int) -> Nombres:
    domaines, duquel = de.normal(0, 0.8, (n, 2, 3)), de.integers(0, 2, (n, m))
    communs = np.take_along_axis(domaines, duquel[:, :, None].repeat(3, axis=2), axis=1)
    return _borner(np.array((2.6, 2.0, 1.5)) + communs + de.normal(0, 0.5, (n, m, 3)))


def _tout_ou_rien(de: np.random.Generator, n: int, m: int) -> Nombres:
    tirees: Nombres = (de.random((n, m, 3)) < np.array((0.7, 0.5, 0.4))) * 4.0
    return tirees


CINQ = (0, 1, 2, 3, 4)
SIMULES: dict[str, Modele] = {
    "au hasard autour d’un profil": Modele(CINQ, _autour(2.6, 2.0, 1.5)),
    "au hasard autour de l’équilibre": Modele(CINQ, _autour(2.0, 2.0, 2.0)),
    "tout près du bas de l’échelle": Modele(CINQ, _autour(1.0, 0.5, 0.3)),
    "une compétence sur dix tout autre": Modele(CINQ, _rares(0.4)),
    "de même, presque sans bruit": Modele(CINQ, _rares(0.1)),
    "deux domaines que les compétences se partagent": Modele(CINQ, _domaines),
    "tout ou rien": Modele(CINQ, _tout_ou_rien),
}
REELS = {
    "spi": ("spi[,11:145]", 1, 6),
    "msqR": ("msqR[,1:75]", 0, 3),
    "sai": ("sai[sai$time==1,4:23]", 1, 4),
    "epi": ("epi", 1, 2),
    "tai": ("tai[,4:23]", 1, 4),
    "big5.100.adjectives": ("big5.100.adjectives[,3:102]", 1, 9),
    "Athenstaedt": ("Athenstaedt[,3:76]", 1, 7),
}
"""Jeu de ``psychTools`` : où sont ses items, son plus bas et son plus haut niveau."""


def lire_les_reels(graine: int) -> dict[str, Modele]:
    """Les réponses réelles, complètes, en compétences de trois items ; aucune sans R ni ``psychTools``."""
    programme = shutil.which("Rscript")
    if programme is None:
        return {}
    modeles = {}
    for nom, (items, bas, haut) in REELS.items():
        ordre = f"suppressMessages(library(psychTools)); write.csv({items}, row.names=FALSE)"
        rendu = subprocess.run([programme, "-e", ordre], capture_output=True, text=True, check=False)
        if rendu.returncode:
            return {}
        lignes = list(csv.reader(io.StringIO(rendu.stdout)))[1:]
        reponses = np.array([[np.nan if v == "NA" else float(v) for v in ligne] for ligne in lignes])
        # Les items que presque tous ont eus, puis les personnes qui ont répondu à tous.
        reponses = reponses[:, np.isnan(reponses).mean(axis=0) < _MANQUANTS]
        reponses = reponses[~np.isnan(reponses).any(axis=1)]
        melange = np.random.default_rng(graine).permutation(reponses.shape[1])
        competences = len(melange) // 3
        gens = reponses[:, melange[: 3 * competences]].reshape(len(reponses), competences, 3)
        modeles[f"réponses réelles : {nom}, {haut - bas + 1} niveaux"] = Modele(
            tuple(range(bas, haut + 1)), _domaines, gens
        )
    return modeles


def referentiel_carre(m: int, niveaux: tuple[int, ...]) -> Referentiel:
    """m compétences et les trois pôles livrés, un item par case."""
    axe = Axe("a", "Axe", "début", "fin")
    return Referentiel(
        identifiant="couverture",
        version="1",
        titre="Couverture",
        statut="Pour mesurer",
        licence="aucune",
        sources=(),
        echelle=Echelle("?", tuple(Niveau(valeur, str(valeur)) for valeur in niveaux)),
        axes=Axes(axe, axe),
        ingenieries=tuple(Ingenierie(f"k{k}", f"k{k}", "…", Position(*map(float, POLES[k]))) for k in range(3)),
        competences=tuple(Competence(f"c{c}", f"c{c}", "…") for c in range(m)),
        items=tuple(Item(f"i{c}_{k}", f"c{c}", f"k{k}", "…") for c in range(m) for k in range(3)),
        regles=Regles(Regle(0.5), Regle(_ZONE)),
    )


@dataclass
class Mesure:
    """Les régions d’une méthode : lesquelles couvrent la vérité, leur aire, lesquelles laissent le centre dehors."""

    couvre: NDArray[np.bool_]
    aire: Nombres
    nie: NDArray[np.bool_]


def mesurer(modele: Modele, m: int, nombre: int, graine: int, strate: int | None = None) -> tuple[Mesure, Nombres]:
    """Les régions de ``nombre`` personnes, et leur vraie position ; ``strate`` : sa taille, ou rien, chacun seul."""
    reponses, vraies = modele.personnes(np.random.default_rng(graine), nombre, m)
    places = placer(reponses.mean(axis=1), modele.niveaux[0])
    gardees = ~(np.isnan(places) | np.isnan(vraies)).any(axis=1)
    reponses, vraies, places = reponses[gardees], vraies[gardees], places[gardees]
    referentiel = referentiel_carre(m, modele.niveaux)
    morceaux = [
        _estimer(referentiel, reponses[rangs], places[rangs], vraies[rangs], strate is not None)
        for rangs in _strates(len(reponses), strate)
    ]
    toutes = [np.concatenate(colonne) for colonne in zip(*morceaux, strict=True)]
    return Mesure(*toutes), vraies[: len(toutes[0])]


def _strates(nombre: int, taille: int | None) -> Iterator[slice]:
    pas = taille or nombre
    return (slice(debut, debut + pas) for debut in range(0, nombre - pas + 1, pas))


def _estimer(
    referentiel: Referentiel, reponses: Nombres, places: Nombres, vraies: Nombres, hierarchique: bool
) -> tuple[NDArray[np.bool_], Nombres, NDArray[np.bool_]]:
    m = reponses.shape[1]
    retenues = {f"i{c}_{k}": reponses[:, c, k] for c in range(m) for k in range(3)}
    repondus = {code: np.ones(len(reponses), dtype=int) for code in retenues}
    etalement: Etalement = etaler(referentiel, retenues, repondus, np.where)
    commune = None
    if hierarchique:
        colonnes = [np.broadcast_to(c, len(reponses)).tolist() for c in contribution(etalement, np.where)]
        commune = mettre_en_commun(colonnes)
        assert commune is not None, "une strate trop petite pour la méthode hiérarchique"
    e: IncertitudeEnColonnes = estimer_en_colonnes(
        referentiel, etalement, (places[:, 0], places[:, 1]), np.where, commune
    )
    rayon2, (dx, dy) = rayon_de_hotelling(m if commune is None else m + _POIDS), (vraies - places).T
    determinant = e.xx * e.yy - e.xy**2
    # Une région réduite à un segment ou à un point ne couvre rien d’autre qu’elle-même : c’est un échec.
    plate = determinant <= 1e-12 * (e.xx + e.yy) ** 2
    forme = (dx**2 * e.yy - 2 * dx * dy * e.xy + dy**2 * e.xx) / np.where(plate, 1.0, determinant)
    aire = np.pi * rayon2 * np.sqrt(np.where(plate, 0.0, determinant))
    return ~plate & (forme <= rayon2), aire, ~np.asarray(e.couvre)


def _dire(modele: Modele, nombre: int, graine: int) -> str:
    """La ligne d’un modèle : couverture puis aire médiane, par méthode et par m, et l’équilibre nié à tort."""
    cases = []
    for strate in (None, STRATE_MIN, GRANDE_STRATE):
        mesures = [mesurer(modele, m, nombre, graine, strate)[0] for m in TAILLES]
        couvertures = " / ".join(f"{100 * mesure.couvre.mean():.0f}" for mesure in mesures)
        aires = " / ".join(f"{np.median(mesure.aire):.2f}".replace(".", ",") for mesure in mesures)
        cases.append(f"{couvertures} ({aires})")
    nies = []
    for m in TAILLES:
        mesure, vraies = mesurer(modele, m, nombre, graine)
        dans_la_zone = np.hypot(*(vraies - POLES.mean(axis=0)).T) < _ZONE
        nies.append(f"{100 * mesure.nie[dans_la_zone].mean():.0f}" if dans_la_zone.any() else "–")
    return " | ".join([*cases, " / ".join(nies)])


def principal() -> None:
    """Mesure tous les modèles et écrit la table du guide."""
    lecteur = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    lecteur.add_argument("--nombre", type=int, default=4000)
    lecteur.add_argument("--graine", type=int, default=GRAINE)
    demande = lecteur.parse_args()
    reels = lire_les_reels(demande.graine)
    if not reels:
        print("Réponses réelles non lues : R ou psychTools manque.", file=sys.stderr)
    print(f"Couverture (aire médiane ; triangle des pôles : {AIRE_DES_POLES}), m = {' / '.join(map(str, TAILLES))}\n")
    print(f"| Modèle | Individuelle | Strate de {STRATE_MIN} | Strate de {GRANDE_STRATE} | Équilibre nié à tort |")
    print("| --- | --- | --- | --- | --- |")
    for nom, modele in {**SIMULES, **reels}.items():
        print(f"| {nom} | {_dire(modele, demande.nombre, demande.graine)} |", flush=True)


if __name__ == "__main__":
    principal()
