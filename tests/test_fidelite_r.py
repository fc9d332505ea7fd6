"""Chaque statistique de « cpit fidelite » égale celle de R (psych), sur des jeux publics ; et le bfi noté par cpit.

Réunit ce que R calcule (``tests/psychometrie/reference.R``) et ce que rend cpit sur les mêmes fichiers. Vérifié avec
R 4.2.2 et psych 2.2.9 ; la version employée est dans ``reference["R"]`` et ``reference["psych"]``.

Différences de méthode, voulues :

- psych::alpha prend par défaut les covariances par paires ; cpit, les cas complets : comparés sur ``na.omit`` ;
- psych::describe prend l’asymétrie de type 3 par défaut ; cpit, le type 2 (SPSS, Excel) ;
- psych::omega borne à 0,995 la communauté d’un item (Heywood) ; cpit borne la saturation, et nomme cet ω ;
- psych::omega retourne par défaut les items qui saturent à contre-sens : comparé à ``flip = FALSE`` ;
- psych::alpha ôte un item où tout le monde répond de même ; cpit le garde ;
- les intervalles comparés sont les classiques ; les robustes n’ont pas d’équivalent dans psych ;
- psych::alpha met, pour une échelle de deux items, un rapport de covariance dans « α sans l’item » ; cpit, rien ;
- psych::ICC(lmer = TRUE), son défaut, borne à zéro une variance négative ; comparé à ``lmer = FALSE`` ;
- psych::scoreItems impute la médiane et inverse sur l’étendue observée par défaut : comparé à ``impute = "none"``
  et aux bornes déclarées.
"""

from __future__ import annotations

import math
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from aides import TESTS, Programme

import cpit
from cpit.coeur.cohorte import Cohorte
from cpit.coeur.fidelite import Intervalles
from cpit.coeur.fidelite.coherence_interne import Reserve, coherence
from cpit.coeur.fidelite.estimation import Estimation, Matrice
from cpit.coeur.fidelite.etude import EtudeStrate, mesurer_accord

PRES = 1e-6
ECHELLES = ("agreabilite", "conscience", "extraversion", "nevrosisme", "ouverture")
APPARIES = ("attitude_1_2", "attitude_3_4", "sommeil", "deux_notes")


@dataclass(frozen=True)
class Reference:
    """Ce que R a écrit, et ce que cpit tire de la même table."""

    dossier: Path
    valeurs: dict[str, str]
    cohorte: Cohorte
    strate: EtudeStrate
    robuste: EtudeStrate

    def nombre(self, cle: str) -> float:
        return float(self.valeurs[cle])

    def table(self, nom: str) -> Matrice:
        return np.loadtxt(self.dossier / f"bfi.csv.{nom}", delimiter="\t")


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory, programme: Programme) -> Reference:
    rscript = programme("Rscript")
    dossier = tmp_path_factory.mktemp("r")
    environnement = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "HOME": str(dossier)}
    essai = [rscript, "--vanilla", "-e", "library(psych); library(GPArotation)"]
    if subprocess.run(essai, capture_output=True, env=environnement, timeout=120, check=False).returncode:
        raison = "il manque à R « psych » ou « GPArotation » sur cette machine"
        pytest.fail(raison) if os.environ.get("CI") else pytest.skip(raison)
    script = TESTS / "psychometrie" / "reference.R"
    commande = [rscript, "--vanilla", str(script), str(dossier / "bfi.csv"), str(dossier / "reference.txt")]
    subprocess.run(commande, check=True, capture_output=True, env=environnement, timeout=120)
    lignes = (dossier / "reference.txt").read_text(encoding="utf-8").splitlines()
    valeurs = dict(ligne.split("\t") for ligne in lignes)
    referentiel = cpit.referentiel(TESTS / "referentiels" / "bfi.yaml")
    recueil = cpit.lire(dossier / "bfi.csv", referentiel)
    # R écrit « NA » une réponse qui manque : c’est lu, et dit une fois.
    assert {une.code for une in recueil.anomalies} <= {"absences-ecrites"}
    classique = cpit.fidelite(recueil, intervalles="classiques").strates[0]
    return Reference(dossier, valeurs, recueil.cohorte, classique, cpit.fidelite(recueil).strates[0])


def egales(trouvee: Estimation, reference: Reference, cle: str, *, bornes: bool = True) -> None:
    assert trouvee.valeur == pytest.approx(reference.nombre(cle), abs=PRES), cle
    if bornes:
        assert trouvee.bas == pytest.approx(reference.nombre(f"{cle}_bas"), abs=PRES), cle
        assert trouvee.haut == pytest.approx(reference.nombre(f"{cle}_haut"), abs=PRES), cle


def test_les_versions_sont_dites(reference: Reference) -> None:
    assert reference.valeurs["R"].startswith("R version ")
    assert tuple(map(int, reference.valeurs["psych"].split(".")[:2])) >= (2, 0)


def test_le_bfi_est_note_comme_scoreitems(reference: Reference) -> None:
    """25 items, échelle de 1 à 6, sept inversés, des réponses manquantes : à 1e-9, pour chacune des 2 800 personnes."""
    lignes = (reference.dossier / "bfi.csv.notes").read_text(encoding="utf-8").splitlines()
    colonnes = lignes[0].split("\t")
    assert len(lignes) - 1 == len(reference.cohorte.notees) == 2800
    manquants = sum(len(n.passation.valeurs()) < 25 for n in reference.cohorte.notees)
    assert manquants > 300
    for ligne, notee in zip(lignes[1:], reference.cohorte.notees, strict=True):
        for echelle, attendue in zip(colonnes, ligne.split("\t"), strict=True):
            trouvee = notee.resultat.score(echelle).valeur
            if attendue in {"NA", "NaN"}:
                assert trouvee is None
            else:
                assert trouvee == pytest.approx(float(attendue), abs=1e-9)


@pytest.mark.parametrize("echelle", ECHELLES)
def test_la_coherence_est_celle_de_psych(reference: Reference, echelle: str) -> None:
    """alpha (raw_alpha, feldt, average_r), omega (omega.tot, un facteur, minres), sd·√(1 − α) et son χ²."""
    etude = reference.strate.echelles[echelle]
    assert etude.completes == reference.nombre(f"{echelle}.n")
    egales(etude.coherence.alpha, reference, f"{echelle}.alpha")
    egales(etude.coherence.omega, reference, f"{echelle}.omega", bornes=False)
    egales(etude.coherence.erreur_type, reference, f"{echelle}.erreur_type")
    egales(etude.coherence.correlation_moyenne, reference, f"{echelle}.correlation_moyenne", bornes=False)


@pytest.mark.parametrize("echelle", ECHELLES)
def test_les_items_sont_ceux_de_psych(reference: Reference, echelle: str) -> None:
    """item.stats$r.drop et alpha.drop$raw_alpha."""
    for code, tenue in reference.strate.echelles[echelle].tenues.items():
        egales(tenue.correlation_reste, reference, f"{echelle}.{code}.correlation_reste", bornes=False)
        egales(tenue.alpha_sans, reference, f"{echelle}.{code}.alpha_sans", bornes=False)


@pytest.mark.parametrize("echelle", ECHELLES)
def test_la_description_est_celle_de_r(reference: Reference, echelle: str) -> None:
    """describe(type = 2), t.test, prop.test(correct = FALSE) pour l’intervalle de Wilson."""
    etude = reference.strate.echelles[echelle]
    egales(etude.moyenne, reference, f"{echelle}.moyenne")
    egales(etude.ecart_type, reference, f"{echelle}.ecart_type", bornes=False)
    egales(etude.asymetrie, reference, f"{echelle}.asymetrie", bornes=False)
    egales(etude.plafond, reference, f"{echelle}.plafond")


def test_les_correlations_sont_celles_de_cor_test(reference: Reference) -> None:
    comparees = 0
    for liaison in reference.strate.liaisons:
        if {liaison.une.identifiant, liaison.autre.identifiant} <= set(ECHELLES):
            une, autre = sorted((liaison.une.identifiant, liaison.autre.identifiant))
            egales(liaison.correlation, reference, f"{une}.{autre}.correlation")
            comparees += 1
    assert comparees == 10


@pytest.mark.parametrize("jeu", APPARIES)
def test_l_accord_est_celui_de_psych_icc(reference: Reference, jeu: str) -> None:
    """ICC2 (Single_random_raters) et ses bornes ; t.test apparié pour l’écart."""
    une, autre = reference.table(jeu).T
    accord = mesurer_accord(une, autre, Intervalles.CLASSIQUES)
    egales(accord.icc, reference, f"{jeu}.icc")
    egales(accord.ecart_moyen, reference, f"{jeu}.ecart_moyen")
    egales(accord.ecart_type_des_ecarts, reference, f"{jeu}.ecart_type_des_ecarts", bornes=False)


def test_sept_items_et_trente_personnes(reference: Reference) -> None:
    """datasets::attitude : la plus petite table dont l’intervalle de α soit rendu."""
    trouvee = coherence(reference.table("attitude"), Intervalles.CLASSIQUES)
    egales(trouvee.alpha, reference, "attitude.alpha")
    egales(trouvee.omega, reference, "attitude.omega", bornes=False)


@pytest.mark.parametrize("echelle", ECHELLES)
def test_les_deux_sortes_d_intervalles_ont_les_memes_valeurs(reference: Reference, echelle: str) -> None:
    une, autre = reference.strate.echelles[echelle].coherence, reference.robuste.echelles[echelle].coherence
    for cle in ("alpha", "omega", "erreur_type", "correlation_moyenne", "alpha_par_paires", "omega_par_paires"):
        assert getattr(une, cle).valeur == getattr(autre, cle).valeur
    assert une.alpha.bas != autre.alpha.bas


@pytest.mark.parametrize("echelle", ECHELLES)
def test_le_modele_est_celui_de_psych_fa(reference: Reference, echelle: str) -> None:
    """loadings et RMSEA de fa(fm = "minres") ; SRMR, des résidus qu’il rend."""
    etude = reference.strate.echelles[echelle]
    ajustement = etude.coherence.ajustement
    assert ajustement is not None
    assert ajustement.rmsea == pytest.approx(reference.nombre(f"{echelle}.rmsea"), abs=PRES)
    assert ajustement.srmr == pytest.approx(reference.nombre(f"{echelle}.srmr"), abs=PRES)
    assert ajustement.libertes == 5
    for code, tenue in etude.tenues.items():
        # psych s’arrête à 1e-5 près ; les saturations d’ici annulent le gradient.
        assert tenue.saturation.valeur == pytest.approx(reference.nombre(f"{echelle}.{code}.saturation"), abs=1e-4)


@pytest.mark.parametrize("echelle", ECHELLES)
def test_alpha_et_omega_par_paires_sont_ceux_de_psych(reference: Reference, echelle: str) -> None:
    """alpha(x) et omega(x), qui prennent les paires par défaut."""
    trouvee = reference.strate.echelles[echelle].coherence
    egales(trouvee.alpha_par_paires, reference, f"{echelle}.alpha_par_paires", bornes=False)
    egales(trouvee.omega_par_paires, reference, f"{echelle}.omega_par_paires", bornes=False)
    assert trouvee.alpha_par_paires.n > trouvee.alpha.n


def test_un_item_fige_et_des_items_a_contre_sens(reference: Reference) -> None:
    """psych ôte l’item figé d’alpha ; omega(flip = FALSE) est celui d’ici, flip = TRUE un autre."""
    contraires = coherence(reference.table("contraires"))
    assert contraires.omega.valeur is not None
    assert contraires.omega.valeur == pytest.approx(reference.nombre("contraires.omega_sans_retourner"), abs=PRES)
    assert abs(reference.nombre("contraires.omega_retourne") - contraires.omega.valeur) > 0.03
    assert Reserve.SENS_CONTRAIRES in contraires.reserves
    table = reference.table("attitude")
    fige = coherence(np.column_stack([table, np.full(len(table), 3.0)])).alpha.valeur
    assert fige is not None
    assert reference.nombre("attitude.alpha_item_fige") == pytest.approx(reference.nombre("attitude.alpha"), abs=PRES)
    assert fige == pytest.approx(reference.nombre("attitude.alpha") * (8 / 7) / (7 / 6), abs=PRES)


@pytest.mark.parametrize("echelle", ECHELLES)
def test_les_covariances_par_paires_donnent_un_autre_alpha(reference: Reference, echelle: str) -> None:
    """Différence de méthode, documentée : proche avec peu de manquants, jamais la même."""
    alpha = reference.strate.echelles[echelle].coherence.alpha.valeur
    assert alpha is not None
    assert 1e-6 < abs(alpha - reference.nombre(f"{echelle}.alpha_par_paires")) < 0.01


@pytest.mark.parametrize("echelle", ECHELLES)
def test_les_intervalles_delta_sont_ceux_d_un_bootstrap(reference: Reference, echelle: str) -> None:
    """R n’a pas d’intervalle clos pour ω, r moyen et G1 : 300 rééchantillonnages (graine fixée) en donnent un, à 20 "
    "% près."""
    hasard = np.random.default_rng(3)
    referentiel = reference.cohorte.referentiel
    from cpit.coeur.fidelite.etude import mettre_en_matrices

    completes = mettre_en_matrices(reference.cohorte).completes(referentiel.echelles[echelle].items)[:400]
    trouvee = coherence(completes)
    tirages = [coherence(completes[hasard.integers(0, len(completes), len(completes))]) for _ in range(300)]
    for mesure in ("omega", "correlation_moyenne"):
        estimee: Estimation = getattr(trouvee, mesure)
        valeurs = [v for t in tirages if (v := getattr(t, mesure).valeur) is not None]
        assert len(valeurs) > 290
        assert estimee.bas is not None
        assert estimee.haut is not None
        ecart = (estimee.haut - estimee.bas) / (2 * 1.96)
        assert math.isclose(ecart, float(np.std(valeurs)), rel_tol=0.2), (mesure, ecart, float(np.std(valeurs)))
