"""Combien de fois un intervalle annoncé à 95 % contient la vraie valeur, sur de vraies échelles rééchantillonnées.

Une échelle réelle (psychTools : msqR, sai, spi, epi, bfi, lues par R) est prise pour population ; on y tire n personnes
avec remise, et l’on compte les intervalles qui contiennent la valeur de la population entière. Sans R, deux populations
fabriquées : un facteur et des réponses de 0 à 4, l’une presque symétrique, l’autre tassée au plancher.

    python tests/campagnes/couverture_fidelite.py --nombre 500 --effectifs 30,50,100,200,1000
    python tests/campagnes/couverture_fidelite.py --autres --nombre 400 --effectifs 30,100,200
    python tests/campagnes/couverture_fidelite.py --candidats --nombre 150 --effectifs 50
    python tests/campagnes/couverture_fidelite.py --tiers --nombre 500
    python tests/campagnes/couverture_fidelite.py --heywood --nombre 200 --effectifs 50,100

Le deuxième prend d’autres échelles (tai, Athenstaedt, big5.100.adjectives, ability, epiR), sur quoi rien n’a été
choisi. Le troisième compare, pour α, l’intervalle retenu à ceux qui ont été essayés. Le quatrième tire des personnes
qui ont chacune plusieurs passations, comme sous le regard de tiers : celles d’une même personne se ressemblent. Le
dernier compte, de trois items de chaque échelle, les échantillons où la solution libre est propre, et ceux où ω
est donné.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

sys.path.insert(0, str(Path(__file__).parents[1]))

from campagnes.commun import GRAINE
from cpit.coeur.fidelite import Intervalles
from cpit.coeur.fidelite.coherence_interne import alpha_de_cronbach, coherence
from cpit.coeur.fidelite.estimation import (
    Estimation,
    Matrice,
    Motif,
    Qui,
    asymetrie,
    ecart_type,
    estimer_part,
    moyenne,
    sans_chacune,
    sommer,
)
from cpit.coeur.fidelite.etude import mesurer_accord

RETIRAGES = 199
"""Rééchantillonnages d’un bootstrap."""
DEUX_FOIS = "deux-"
"""Début du nom d’une population de deux mesures des mêmes personnes."""


class Compte:
    """Les essais d’une statistique : intervalles donnés, ceux qui contiennent la vraie valeur, valeurs données."""

    def __init__(self) -> None:
        self.essais = self.donnes = self.atteints = self.valeurs = 0

    def juger(self, estimee: Estimation, vraie: Estimation) -> None:
        """Compte un essai."""
        self.essais += 1
        self.valeurs += estimee.valeur is not None
        if estimee.bas is not None and estimee.haut is not None and vraie.valeur is not None:
            self.donnes += 1
            self.atteints += estimee.bas - 1e-9 <= vraie.valeur <= estimee.haut + 1e-9

    @property
    def couverture(self) -> float:
        """En %, parmi les intervalles donnés."""
        return 100 * self.atteints / self.donnes if self.donnes else float("nan")


def populations_reelles(rscript: str = "Rscript", *, autres: bool = False) -> dict[str, Matrice]:
    """Les échelles de psychTools, par nom ; ``autres`` : celles sur quoi rien n’a été choisi.

    :raises subprocess.CalledProcessError: s’il manque à R psych ou psychTools.
    """
    script = Path(__file__).with_suffix(".R")
    with tempfile.TemporaryDirectory() as dossier:
        subprocess.run(
            [rscript, "--vanilla", str(script), dossier, "autres" if autres else "retenues"],
            check=True,
            capture_output=True,
            timeout=300,
        )
        return {chemin.stem: np.loadtxt(chemin) for chemin in sorted(Path(dossier).glob("*.tsv"))}


def populations_fabriquees() -> dict[str, Matrice]:
    """Un facteur, quatre items de 0 à 4 : presque symétriques, ou tassés au plancher ; et deux moments de chacune."""
    hasard = np.random.default_rng(GRAINE)
    commun, propres = hasard.normal(size=(4000, 1)), hasard.normal(size=(4000, 8))
    rendues = {}
    for nom, centre, etendue in (("symetrique", 2.0, 1.0), ("tassee", -0.6, 1.1)):
        reponses = np.clip(np.round(centre + etendue * (0.8 * commun + 0.7 * propres)), 0, 4)
        rendues[nom] = reponses[:, :4]
        rendues[DEUX_FOIS + nom] = np.column_stack([reponses[:, :4].mean(axis=1), reponses[:, 4:].mean(axis=1)])
    return rendues


def estimer(reponses: Matrice, intervalles: Intervalles, *, deux: bool) -> Iterator[tuple[str, Estimation]]:
    """Tout ce que l’étude dirait de ces réponses."""
    if deux:
        accord = mesurer_accord(*reponses.T, intervalles)
        yield from (("icc", accord.icc), ("test-retest", accord.correlation), ("ecart_moyen", accord.ecart_moyen))
        return
    scores = reponses.mean(axis=1)
    yield from (("moyenne", moyenne(scores, intervalles)), ("ecart_type", ecart_type(scores)))
    yield "asymetrie", asymetrie(scores)
    trouvee = coherence(reponses, intervalles)
    for cle in ("alpha", "omega", "erreur_type", "correlation_moyenne"):
        yield cle, getattr(trouvee, cle)
    for tenue in trouvee.tenues:
        for cle in ("correlation_reste", "alpha_sans", "saturation"):
            yield cle, getattr(tenue, cle)


# --- Le modèle à un facteur de trois items, sa solution souvent impropre.


def compter_les_modeles(population: Matrice, n: int, nombre: int, graine: int) -> tuple[int, int]:
    """Échantillons dont la solution libre est propre, puis ceux où ω est donné, libre ou borné."""
    hasard = np.random.default_rng(graine)
    tires = (population[hasard.integers(0, len(population), n), :3] for _ in range(nombre))
    omegas = [coherence(echantillon).omega for echantillon in tires]
    donnes = [omega for omega in omegas if omega.valeur is not None]
    return sum(omega.motif is not Motif.OMEGA_BORNE for omega in donnes), len(donnes)


def rediger_les_modeles(populations: Mapping[str, Matrice], n: int, nombre: int, graine: int) -> str:
    """De la population où c’est le moins à celle où c’est le plus, en % ; et combien d’échantillons sont sans ω."""
    gardees = [p for nom, p in populations.items() if not nom.startswith(DEUX_FOIS) and p.shape[1] > 2]
    comptes = [compter_les_modeles(population, n, nombre, graine) for population in gardees]
    propres = sorted(100 * propres / nombre for propres, _ in comptes)
    sans = sum(nombre - donnes for _, donnes in comptes)
    return f"{len(gardees)} échelles, n = {n} : propre {propres[0]:.0f} à {propres[-1]:.0f} % ; {sans} sans ω"


# --- Des personnes qui ont plusieurs passations chacune.

GRAPPES = ((30, 3), (40, 4), (60, 5), (100, 3), (200, 3))
"""Des personnes, et combien de passations chacune."""
_MANQUE = 0.4
"""Part des passations ôtées quand les personnes n’en ont pas toutes autant."""


def tirer_des_tiers(hasard: np.random.Generator, personnes: int, chacune: int) -> Matrice:
    """Personnes × passations × quatre items de 0 à 4, tassés au bas : de la personne, et de qui en juge."""
    personne, juge = hasard.normal(0, 0.8, (personnes, 1, 1)), hasard.normal(0, 0.6, (personnes, chacune, 1))
    propre = hasard.normal(0, 0.4, (personnes, 1, 4)) + hasard.normal(0, 0.8, (personnes, chacune, 4))
    return np.clip(np.round(1.2 + personne + juge + propre), 0, 4)


def estimer_des_tiers(reponses: Matrice, qui: Qui) -> Iterator[tuple[str, Estimation]]:
    """Ce que l’étude dirait de ces passations, de ces personnes."""
    scores, trouvee = reponses.mean(axis=1), coherence(reponses, qui=qui)
    yield from (("moyenne", moyenne(scores, qui=qui)), ("ecart_type", ecart_type(scores, qui=qui)))
    yield "part", estimer_part(reponses[:, 0] == 0, qui=qui)
    for cle in ("alpha", "omega", "erreur_type", "correlation_moyenne"):
        yield cle, getattr(trouvee, cle)
    for cle in ("correlation_reste", "alpha_sans", "saturation"):
        yield cle, getattr(trouvee.tenues[0], cle)


def couvrir_des_tiers(personnes: int, chacune: int, nombre: int, graine: int, *, egales: bool) -> dict[str, Compte]:
    """Les comptes de chaque statistique ; ``egales`` : autant de passations à chacun, ou non."""
    hasard = np.random.default_rng(graine)
    population = tirer_des_tiers(hasard, 40_000, 1)[:, 0]
    vraies = dict(estimer_des_tiers(population, np.arange(len(population))))
    comptes: dict[str, Compte] = defaultdict(Compte)
    for _ in range(nombre):
        reponses = tirer_des_tiers(hasard, personnes, chacune).reshape(-1, 4)
        gardees = np.full(len(reponses), egales) | (hasard.random(len(reponses)) > _MANQUE)
        qui = np.repeat(np.arange(personnes), chacune)[gardees]
        for cle, estimee in estimer_des_tiers(reponses[gardees], qui):
            comptes[cle].juger(estimee, vraies[cle])
    return comptes


def rediger_les_tiers(nombre: int, graine: int) -> Iterator[str]:
    """Une ligne par nombre de personnes et de passations."""
    for personnes, chacune in GRAPPES:
        for egales in (True, False):
            comptes = couvrir_des_tiers(personnes, chacune, nombre, graine, egales=egales)
            dites = ", ".join(f"{cle} {compte.couverture:.0f}" for cle, compte in comptes.items() if compte.donnes)
            combien = f"{chacune}" if egales else f"1 à {chacune}"
            yield f"{personnes} personnes, {combien} passations chacune : {dites}"


Comptes = dict[tuple[str, Intervalles], Compte]


def rejouer(population: Matrice, n: int, nombre: int, graine: int, *, deux: bool) -> Comptes:
    """Les comptes de chaque statistique, pour des échantillons de n personnes."""
    hasard = np.random.default_rng(graine)
    comptes: Comptes = defaultdict(Compte)
    vraies = [vraie for _, vraie in estimer(population, Intervalles.CLASSIQUES, deux=deux)]
    for _ in range(nombre):
        echantillon = population[hasard.integers(0, len(population), n)]
        for intervalles in Intervalles:
            for (cle, estimee), vraie in zip(estimer(echantillon, intervalles, deux=deux), vraies, strict=True):
                comptes[cle, intervalles].juger(estimee, vraie)
    return comptes


# --- Les méthodes essayées pour α, sur ln(1 − α) sauf dit.


def essayer(echantillon: Matrice, hasard: np.random.Generator) -> dict[str, tuple[float, float]]:
    """Les bornes de chaque méthode ; ``nan`` là où elle n’en donne pas."""
    retenu, classique = (coherence(echantillon, sorte).alpha for sorte in Intervalles)
    alpha, n = retenu.valeur or 0.0, len(echantillon)
    centre, erreur, pente = _au_jackknife(echantillon)
    z, t = float(ndtri(0.975)), float(stdtrit(n - 1, 0.975))
    tires = [_au_jackknife(echantillon[hasard.integers(0, n, n)]) for _ in range(RETIRAGES)]
    valeurs = np.array([valeur for valeur, *_ in tires])
    studentisees = np.array([(valeur - centre) / un for valeur, un, _ in tires if un > 0])
    bas_t, haut_t = np.nanquantile(studentisees[np.isfinite(studentisees)], (0.025, 0.975))
    brute = erreur * (1 - alpha)
    images = {
        "delta": (centre - z * erreur, centre + z * erreur),
        "jackknife, Student à n − 1": (centre - t * erreur, centre + t * erreur),
        "BCa": _bca(valeurs[np.isfinite(valeurs)], centre, pente),
        "bootstrap studentisé": (centre - haut_t * erreur, centre - bas_t * erreur),
    }
    rendues = {nom: (-float(np.expm1(haut)), -float(np.expm1(bas))) for nom, (bas, haut) in images.items()}
    rendues["delta sur α"] = (alpha - z * brute, alpha + z * brute)
    for nom, estimee in (("Feldt", classique), ("retenu", retenu)):
        rendues[nom] = (estimee.bas or np.nan, estimee.haut or np.nan)
    return rendues


def _au_jackknife(reponses: Matrice) -> tuple[float, float, float]:
    """ln(1 − α), son erreur type, et l’accélération de BCa."""
    with np.errstate(all="ignore"):
        centre = float(np.log1p(-alpha_de_cronbach(sommer(reponses).covariances)))
        sans = np.log1p(-sans_chacune(reponses, lambda sommes: alpha_de_cronbach(sommes.covariances)))
        ecarts = sans.mean() - sans
        carres = float((ecarts**2).sum())
        erreur = float(np.sqrt((len(reponses) - 1) / len(reponses) * carres))
        return centre, erreur, float((ecarts**3).sum() / (6 * carres**1.5))


def _bca(valeurs: Matrice, centre: float, pente: float) -> tuple[float, float]:
    """Efron 1987 ; ``nan`` si α ne se calcule plus sans l’une des personnes."""
    if not np.isfinite(pente):
        return np.nan, np.nan
    biais = float(ndtri(np.clip((valeurs < centre).mean(), 0.005, 0.995)))
    sommes = biais + ndtri([0.025, 0.975])
    bas, haut = np.quantile(valeurs, ndtr(biais + sommes / (1 - pente * sommes)))
    return float(bas), float(haut)


def comparer(populations: Mapping[str, Matrice], n: int, nombre: int, graine: int) -> str:
    """La plus basse et la plus haute couverture de chaque méthode, à un effectif."""
    etendues: dict[str, list[float]] = defaultdict(list)
    for nom, population in populations.items():
        if nom.startswith(DEUX_FOIS):
            continue
        hasard = np.random.default_rng(graine)
        vraie = float(alpha_de_cronbach(sommer(population).covariances))
        atteints: dict[str, int] = defaultdict(int)
        for _ in range(nombre):
            echantillon = population[hasard.integers(0, len(population), n)]
            for methode, (bas, haut) in essayer(echantillon, hasard).items():
                atteints[methode] += bas <= vraie <= haut
        for methode, combien in atteints.items():
            etendues[methode].append(100 * combien / nombre)
    return "\n".join(f"| {m} | {n} | {min(v):.0f} à {max(v):.0f} |" for m, v in etendues.items())


def rediger(tout: Mapping[tuple[str, int], Comptes]) -> str:
    """Une ligne par statistique, une colonne par effectif : la plus basse et la plus haute couverture des échelles.

    Pas de ligne « classiques » là où les deux sortes sont les mêmes bornes.
    """
    effectifs = sorted({n for _, n in tout})
    cles = list(dict.fromkeys(cle for comptes in tout.values() for cle, _ in comptes))
    lignes = ["| | intervalles | " + " | ".join(map(str, effectifs)) + " |", "| --- " * (2 + len(effectifs)) + "|"]
    for cle in cles:
        dites = {sorte: [_etendue(tout, n, (cle, sorte)) for n in effectifs] for sorte in Intervalles}
        if dites[Intervalles.CLASSIQUES] == dites[Intervalles.ROBUSTES]:
            del dites[Intervalles.CLASSIQUES]
        lignes += [f"| {cle} | {sorte} | " + " | ".join(cellules) + " |" for sorte, cellules in dites.items()]
    return "\n".join(lignes)


def _etendue(tout: Mapping[tuple[str, int], Comptes], n: int, cle: tuple[str, Intervalles]) -> str:
    comptes = [c[cle] for (_, taille), c in tout.items() if taille == n and cle in c]
    valeurs = [compte.couverture for compte in comptes if compte.donnes]
    return f"{min(valeurs):.0f} à {max(valeurs):.0f}" if valeurs else ""


def detailler(tout: Mapping[tuple[str, int], Comptes]) -> Iterator[str]:
    """Une ligne par population, effectif et statistique."""
    yield "population\tn\tstatistique\tintervalles\tessais\tvaleurs\tintervalles donnés\tcouverture"
    for (nom, n), comptes in tout.items():
        for (cle, intervalles), c in comptes.items():
            yield f"{nom}\t{n}\t{cle}\t{intervalles}\t{c.essais}\t{c.valeurs}\t{c.donnes}\t{c.couverture:.1f}"


def jouer(
    populations: Mapping[str, Matrice], effectifs: list[int], nombre: int, graine: int
) -> dict[tuple[str, int], Comptes]:
    """Toutes les populations à tous les effectifs."""
    return {
        (nom, n): rejouer(population, n, nombre, graine, deux=nom.startswith(DEUX_FOIS))
        for n in effectifs
        for nom, population in populations.items()
    }


def principal() -> None:
    """Joue d’après la ligne de commande ; le détail sur la sortie, la table à la fin."""
    lecteur = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    lecteur.add_argument("--nombre", type=int, default=500)
    lecteur.add_argument("--graine", type=int, default=GRAINE)
    lecteur.add_argument("--effectifs", default="30,50,100,200,1000")
    lecteur.add_argument("--sans-r", action="store_true", help="les populations fabriquées seulement")
    lecteur.add_argument("--candidats", action="store_true", help="comparer les méthodes essayées pour α")
    lecteur.add_argument("--tiers", action="store_true", help="des personnes qui ont plusieurs passations")
    lecteur.add_argument("--heywood", action="store_true", help="le modèle à un facteur de trois items")
    lecteur.add_argument("--autres", action="store_true", help="les échelles sur quoi rien n’a été choisi")
    demande = lecteur.parse_args()
    if demande.tiers:
        for ligne in rediger_les_tiers(demande.nombre, demande.graine):
            print(ligne, flush=True)
        return
    populations = populations_fabriquees() if demande.sans_r else populations_reelles(autres=demande.autres)
    effectifs = [int(n) for n in demande.effectifs.split(",")]
    if demande.candidats or demande.heywood:
        rediger_un_effectif = comparer if demande.candidats else rediger_les_modeles
        for n in effectifs:
            print(rediger_un_effectif(populations, n, demande.nombre, demande.graine), flush=True)
        return
    tout = jouer(populations, effectifs, demande.nombre, demande.graine)
    print("\n".join(detailler(tout)))
    print(rediger(tout))


if __name__ == "__main__":
    principal()
