"""Combien de fois ce que l’on dit d’une différence à 95 % contient la vraie, pour une personne et pour un groupe.

    python tests/campagnes/couverture_evolution.py [--nombre 500] [--graine G] [--sans-r] [--detail]

**Une personne** répond deux fois à m compétences, un item par ingénierie. La vraie différence est celle que donnerait
une infinité de compétences du même modèle. Réponses réelles (sai et msqR de ``psychTools``, deux moments, lues par R) :
les items, rangés trois par trois en compétences, m d’entre elles tirées avec remise ; la vraie différence est celle de
toutes. On compte les régions du déplacement et les bornes de la différence d’une ingénierie.

**Un groupe** de n personnes est tiré avec remise d’une population de deux mesures, fabriquée ou réelle ; la vraie
valeur est celle de la population. On compte les bornes de la différence moyenne, de d_z, de d_av et des limites
d’accord, et la part des différences de la population que les vraies limites d’accord contiennent.
"""

from __future__ import annotations

import argparse
import csv
import io
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from campagnes.commun import GRAINE
from campagnes.couverture_fidelite import DEUX_FOIS, populations_fabriquees, populations_reelles
from campagnes.couverture_position import CINQ, placer, referentiel_carre
from cpit.coeur.comparaison import Comparaison, comparer_passations
from cpit.coeur.evolution import mesurer_les_series
from cpit.coeur.incertitude import quantile_de_student
from cpit.coeur.passation import Passation, repondu
from cpit.coeur.referentiel import Position, Referentiel

Nombres = NDArray[np.float64]
Deux = tuple[Nombres, Nombres]
"""Les réponses des deux passations, personnes × compétences × trois ingénieries."""
TAILLES = (4, 8, 12)
EFFECTIFS = (8, 12, 20, 30, 50, 100, 200)
_BEAUCOUP = 200_000
_GROUPE = 20_000

# --- Une personne.


@dataclass(frozen=True)
class Modele:
    """Une façon de répondre deux fois ; ``reelles`` : les deux réponses de vraies personnes à chaque compétence."""

    niveaux: tuple[int, ...]
    tirer: Callable[[np.random.Generator, int, int], Deux]
    reelles: Deux | None = None

    def personnes(self, de: np.random.Generator, nombre: int, m: int) -> tuple[Deux, Deux]:
        """Les réponses à m compétences, et les vrais scores des ingénieries, des deux côtés."""
        if self.reelles is None:
            vrais = [cote.mean(axis=(0, 1)) for cote in self.tirer(de, _BEAUCOUP, 1)]
            repetes = (np.tile(vrais[0], (nombre, 1)), np.tile(vrais[1], (nombre, 1)))
            return self.tirer(de, nombre, m), repetes
        qui = de.integers(0, len(self.reelles[0]), nombre)
        rangs = de.integers(0, self.reelles[0].shape[1], (nombre, m))
        avant, apres = (np.take_along_axis(cote[qui], rangs[:, :, None], axis=1) for cote in self.reelles)
        return (avant, apres), (self.reelles[0][qui].mean(axis=1), self.reelles[1][qui].mean(axis=1))


def _borner(reponses: Nombres) -> Nombres:
    bornees: Nombres = np.clip(np.rint(reponses), 0, 4)
    return bornees


def _deux_fois(
    *moyennes: float, pas: float = 0.0, bruit: float = 0.5
) -> Callable[[np.random.Generator, int, int], Deux]:
    """Les mêmes situations deux fois : ce qui tient à elles revient, le bruit est neuf, une ingénierie monte."""

    def tirer(de: np.random.Generator, n: int, m: int) -> Deux:
        fond = np.array(moyennes) + de.normal(0, 0.6, (n, m, 1)) + de.normal(0, 0.7, (n, m, 3))
        monte = np.array((pas, 0.0, 0.0))
        deux = [_borner(fond + ajout + de.normal(0, bruit, (n, m, 3))) for ajout in (0.0, monte)]
        return deux[0], deux[1]

    return tirer


def _rares(de: np.random.Generator, n: int, m: int) -> Deux:
    avant = _borner(1.5 + de.normal(0, 0.7, (n, m, 3)))
    bouge = de.random((n, m, 1)) < 0.1
    return avant, np.where(bouge, _borner(avant + np.array((2.0, 2.0, 0.0))), avant)


def _recopiees(de: np.random.Generator, n: int, m: int) -> Deux:
    avant, apres = _deux_fois(2.2, 1.8, 1.6)(de, n, m)
    return avant, np.where(de.random((n, m, 3)) < 0.7, avant, apres)


def _domaines(de: np.random.Generator, n: int, m: int) -> Deux:
    return _tirer_des_domaines(de, n, m)[:2]


def _tirer_des_domaines(de: np.random.Generator, n: int, m: int) -> tuple[Nombres, Nombres, NDArray[np.int64]]:
    """Les deux passations, et le domaine de chaque compétence."""
    duquel = de.integers(0, 2, (n, m))
    monte = np.take_along_axis(de.normal(0, 0.8, (n, 2, 3)), duquel[:, :, None].repeat(3, axis=2), axis=1)
    fond = np.array((2.2, 2.0, 1.6)) + de.normal(0, 0.5, (n, m, 3))
    return _borner(fond), _borner(fond + monte), duquel


def _tout_ou_rien(de: np.random.Generator, n: int, m: int) -> Deux:
    avant, apres = ((de.random((n, m, 3)) < np.array(parts)) * 4.0 for parts in ((0.6, 0.5, 0.4), (0.6, 0.5, 0.7)))
    return avant, apres


SIMULES: dict[str, Modele] = {
    "rien ne bouge, au bruit près": Modele(CINQ, _deux_fois(2.4, 2.0, 1.6)),
    "une ingénierie monte d’un niveau": Modele(CINQ, _deux_fois(1.6, 2.0, 2.0, pas=1.0)),
    "tout près du bas de l’échelle": Modele(CINQ, _deux_fois(0.7, 0.5, 0.4, pas=0.5)),
    "sept réponses sur dix recopiées": Modele(CINQ, _recopiees),
    "une compétence sur dix change, les autres non": Modele(CINQ, _rares),
    "deux domaines que les compétences se partagent": Modele(CINQ, _domaines),
    "tout ou rien": Modele(CINQ, _tout_ou_rien),
}
REELS = {"sai": ("sai", "sai[4:23]", 1, 4), "msqR": ("msqR", "msqR[1:75]", 0, 3)}
"""Jeu de ``psychTools`` : son nom, ses items, son plus bas et son plus haut niveau."""
_LIRE = """suppressMessages(library(psychTools)); d <- {jeu}; x <- {items}
cle <- paste(d$study, d$id); un <- which(d$time == 1); deux <- which(d$time == 2); rang <- match(cle[un], cle[deux])
un <- un[!is.na(rang)]; deux <- deux[na.omit(rang)]
write.csv(cbind(x[un, ], x[deux, ]), row.names = FALSE)"""


def lire_les_reels(graine: int) -> dict[str, Modele]:
    """Les personnes qui ont tout répondu deux fois, en compétences de trois items ; aucune sans R ni ``psychTools``."""
    programme = shutil.which("Rscript")
    if programme is None:
        return {}
    modeles = {}
    for nom, (jeu, items, bas, haut) in REELS.items():
        ordre = _LIRE.format(jeu=jeu, items=items)
        rendu = subprocess.run([programme, "-e", ordre], capture_output=True, text=True, check=False)
        if rendu.returncode:
            return {}
        lignes = list(csv.reader(io.StringIO(rendu.stdout)))[1:]
        reponses = np.array([[np.nan if v == "NA" else float(v) for v in ligne] for ligne in lignes])
        deux = reponses.reshape(len(reponses), 2, -1)
        deux = deux[:, :, np.isnan(deux).mean(axis=(0, 1)) < 0.1]
        deux = deux[~np.isnan(deux).any(axis=(1, 2))]
        melange = np.random.default_rng(graine).permutation(deux.shape[2])
        competences = len(melange) // 3
        gens = deux[:, :, melange[: 3 * competences]].reshape(len(deux), 2, competences, 3)
        titre = f"réponses réelles : {nom}, {haut - bas + 1} niveaux, {len(gens)} personnes"
        modeles[titre] = Modele(tuple(range(bas, haut + 1)), _domaines, (gens[:, 0], gens[:, 1]))
    return modeles


@dataclass
class Couvertures:
    """Combien de régions et de bornes ont été données, et combien contiennent la vérité."""

    regions: int = 0
    couvrent: int = 0
    bornes: int = 0
    encadrent: int = 0

    def juger(self, comparaison: Comparaison, vrais: Deux) -> None:
        """Compte une personne.

        :param vrais: ses vrais scores d’ingénieries, des deux côtés.
        """
        places = placer(np.stack(vrais), comparaison.referentiel.echelle.min)
        region = comparaison.position.region
        if region is not None and not np.isnan(places).any():
            self.regions += 1
            self.couvrent += region.contient(Position(*(places[1] - places[0]).tolist()))
        for une, vraie in zip(comparaison.ingenieries.values(), vrais[1] - vrais[0], strict=True):
            if une.bornes is not None:
                self.bornes += 1
                self.encadrent += une.bornes[0] - 1e-9 <= vraie <= une.bornes[1] + 1e-9


def couvrir_des_personnes(modele: Modele, m: int, nombre: int, graine: int) -> Couvertures:
    """Ce que couvrent les comparaisons de ``nombre`` personnes."""
    referentiel = referentiel_carre(m, modele.niveaux)
    deux, vrais = modele.personnes(np.random.default_rng(graine), nombre, m)
    comptes = Couvertures()
    for rang in range(nombre):
        passations = (
            _passation(referentiel, cote[rang], moment) for cote, moment in zip(deux, ("t0", "t1"), strict=True)
        )
        comptes.juger(comparer_passations(referentiel, *passations), (vrais[0][rang], vrais[1][rang]))
    return comptes


def _passation(referentiel: Referentiel, reponses: Nombres, moment: str) -> Passation:
    dites = {f"i{c}_{k}": repondu(int(v)) for c, ligne in enumerate(reponses) for k, v in enumerate(ligne)}
    return replace(Passation.nouvelle(referentiel), moment=moment, reponses=dites)


# --- Des compétences qui changent ensemble : d’autres bornes essayées, qu’aucune n’a remplacées.


@dataclass(frozen=True)
class BornesEssayees:
    """Ce que couvrent des bornes de la différence d’une ingénierie, sur cent, et leur demi-largeur médiane."""

    couvrent: float
    demi_largeur: float


def essayer_des_bornes(m: int, nombre: int, graine: int) -> dict[str, BornesEssayees]:
    """Sur le modèle des deux domaines : celles de cpit, celles de qui connaîtrait les domaines, la pire des coupes.

    La pire coupe prend, de toutes les façons de partager les compétences en deux, celle dont les moitiés diffèrent le
    plus, et l’étend de 4,3 fois la moitié de cet écart (t à deux degrés de liberté).
    """
    de = np.random.default_rng(graine)
    avant, apres, duquel = _tirer_des_domaines(de, nombre, m)
    loin = _domaines(de, _BEAUCOUP, 1)
    vraie = (loin[1] - loin[0]).mean(axis=(0, 1))
    ecarts, premiere = apres - avant, duquel[:, :, None] == 0
    moyenne = ecarts.mean(axis=1)
    erreur = np.sqrt(ecarts.var(axis=1, ddof=1) / m + 2 / 12 / m)
    moities = [np.where(cote, ecarts, np.nan) for cote in (premiere, ~premiere)]
    gardees = (premiere[:, :, 0].sum(axis=1) > 0) & (premiere[:, :, 0].sum(axis=1) < m)
    une, autre = (np.nanmean(cote[gardees], axis=1) for cote in moities)
    essais = {
        "compétence par compétence": (moyenne, quantile_de_student(m - 1) * erreur),
        "domaines connus": ((une + autre) / 2, quantile_de_student(1) * np.abs(une - autre) / 2),
        "la pire des coupes": (moyenne, quantile_de_student(2) * _pire_coupe(ecarts)),
    }
    return {
        nom: BornesEssayees(100 * float(np.mean(np.abs(centre - vraie) <= marge + 1e-9)), float(np.median(marge)))
        for nom, (centre, marge) in essais.items()
    }


def _pire_coupe(ecarts: Nombres) -> Nombres:
    """La moitié du plus grand écart entre deux moitiés des compétences, par personne et par ingénierie."""
    m = ecarts.shape[1]
    pire = np.zeros((len(ecarts), ecarts.shape[2]))
    for moitie in combinations(range(m), m // 2):
        dedans = np.isin(np.arange(m), moitie)
        pire = np.maximum(pire, np.abs(ecarts[:, dedans].mean(axis=1) - ecarts[:, ~dedans].mean(axis=1)) / 2)
    return pire


# --- Un groupe.

STATISTIQUES = ("difference", "d_z", "d_av", "limite_basse", "limite_haute")


def populations_simulees() -> dict[str, Nombres]:
    """Deux scores de trois items de 0 à 4 : symétriques ou tassés, peu de gens qui bougent, tous d’un écart-type."""
    de = np.random.default_rng(GRAINE)
    fabriquees = {nom.removeprefix(DEUX_FOIS): p for nom, p in populations_fabriquees().items() if DEUX_FOIS in nom}
    fond = 2 + de.normal(0, 0.8, (_GROUPE, 1))
    bougent = de.random((_GROUPE, 1)) < 0.25
    avant, apres = (_borner(fond + ajout + de.normal(0, 0.7, (_GROUPE, 3))) for ajout in (0.0, 1.2 * bougent))
    apres = np.where(~bougent & (de.random((_GROUPE, 3)) < 0.6), avant, apres)
    return {**fabriquees, "un quart bouge": np.column_stack([avant.mean(axis=1), apres.mean(axis=1)])}


def decaler(populations: Mapping[str, Nombres]) -> dict[str, Nombres]:
    """Les mêmes, et chacune dont tout le monde monte d’un écart-type des différences : d_z y est grand."""
    decalees = {}
    for nom, deux in populations.items():
        decalees[nom] = deux
        monte = np.array((0.0, (deux[:, 1] - deux[:, 0]).std()))
        decalees[f"{nom}, tous plus haut"] = deux + monte
    return decalees


def couvrir_des_groupes(population: Nombres, n: int, nombre: int, graine: int) -> dict[str, tuple[int, int]]:
    """Par statistique, combien de bornes ont été données et combien contiennent la valeur de la population."""
    de, comptes = np.random.default_rng(graine), dict.fromkeys(STATISTIQUES, (0, 0))
    vraies = mesurer_les_series(*population.T.tolist())
    for _ in range(nombre):
        tirees = mesurer_les_series(*population[de.integers(0, len(population), n)].T.tolist())
        for nom in STATISTIQUES:
            un, vrai = getattr(tirees, nom), getattr(vraies, nom)
            if un is not None and un.bornes is not None:
                donnes, contiennent = comptes[nom]
                contient = un.bornes[0] - 1e-9 <= vrai.valeur <= un.bornes[1] + 1e-9
                comptes[nom] = donnes + 1, contiennent + contient
    return comptes


def part_dans_les_limites(population: Nombres) -> float:
    """La part des différences de la population entre ses limites d’accord."""
    ecarts = population[:, 1] - population[:, 0]
    return float(np.mean(np.abs(ecarts - ecarts.mean()) <= 1.96 * ecarts.std()))


# --- Les tables du guide.


def _pour_cent(oui: int, sur: int) -> str:
    return f"{100 * oui / sur:.0f}" if sur else "–"


def _table_des_personnes(modeles: Mapping[str, Modele], nombre: int, graine: int) -> Iterator[str]:
    yield f"| D’où viennent les deux passations | Déplacement, m = {' / '.join(map(str, TAILLES))} | Ingénierie |"
    yield "| --- | --- | --- |"
    for nom, modele in modeles.items():
        comptes = [couvrir_des_personnes(modele, m, nombre, graine) for m in TAILLES]
        regions = " / ".join(_pour_cent(c.couvrent, c.regions) for c in comptes)
        bornes = " / ".join(_pour_cent(c.encadrent, c.bornes) for c in comptes)
        yield f"| {nom} | {regions} | {bornes} |"


_Comptes = dict[int, dict[str, dict[str, tuple[int, int]]]]
"""Effectif → population → statistique → bornes données, et celles qui contiennent la vérité."""


def _couvrir_tous_les_groupes(populations: Mapping[str, Nombres], nombre: int, graine: int) -> _Comptes:
    return {
        n: {nom: couvrir_des_groupes(population, n, nombre, graine) for nom, population in populations.items()}
        for n in EFFECTIFS
    }


def _table_des_essais(nombre: int, graine: int) -> Iterator[str]:
    for m in TAILLES:
        for nom, essai in essayer_des_bornes(m, nombre, graine).items():
            yield f"Deux domaines, {m} compétences, {nom} : {essai.couvrent:.0f}, ± {essai.demi_largeur:.2f}"


def _table_des_groupes(comptes: _Comptes) -> Iterator[str]:
    """La plus basse et la plus haute couverture, par statistique et par effectif."""
    yield f"| Statistique | {' | '.join(map(str, EFFECTIFS))} |"
    yield "| --- " * (1 + len(EFFECTIFS)) + "|"
    for statistique in STATISTIQUES:
        cellules = []
        for unes in comptes.values():
            couvertures = [100 * oui / donnes for donnes, oui in (un[statistique] for un in unes.values()) if donnes]
            cellules.append(f"{min(couvertures):.0f} à {max(couvertures):.0f}")
        yield f"| {statistique} | {' | '.join(cellules)} |"


def _detailler(comptes: _Comptes) -> Iterator[str]:
    for n, unes in comptes.items():
        for nom, un in unes.items():
            yield f"{n}\t{nom}\t" + "\t".join(f"{s} {_pour_cent(oui, d)} ({d})" for s, (d, oui) in un.items())


def principal() -> None:
    """Mesure tout, une ligne à la fois."""
    lecteur = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    lecteur.add_argument("--nombre", type=int, default=500)
    lecteur.add_argument("--graine", type=int, default=GRAINE)
    lecteur.add_argument("--sans-r", action="store_true", help="ce qui est simulé seulement")
    lecteur.add_argument("--detail", action="store_true", help="chaque population à chaque effectif")
    demande = lecteur.parse_args()
    reels = {} if demande.sans_r else lire_les_reels(demande.graine)
    if not reels:
        print("Réponses réelles non lues.", file=sys.stderr)
    populations = populations_simulees()
    if reels:
        populations |= {n.removeprefix(DEUX_FOIS): p for n, p in populations_reelles().items() if DEUX_FOIS in n}
    lignes = _table_des_personnes({**SIMULES, **reels}, demande.nombre, demande.graine)
    for ligne in chain(lignes, _table_des_essais(demande.nombre, demande.graine)):
        print(ligne, flush=True)
    comptes = _couvrir_tous_les_groupes(decaler(populations), demande.nombre, demande.graine)
    print("\n".join([*_table_des_groupes(comptes), *(_detailler(comptes) if demande.detail else ())]))
    parts = ", ".join(f"{nom} {100 * part_dans_les_limites(p):.1f}" for nom, p in populations.items())
    print(f"Différences entre les vraies limites d’accord, en % : {parts}")


if __name__ == "__main__":
    principal()
