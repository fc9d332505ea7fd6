"""L’incertitude d’une position : un jackknife refait à la main, ses cas limites, et ce que vaut vraiment sa région."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from aide_cohorte import cohorte_au_hasard
from aides import LIVRE, RACINE, tirages
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cpit.chargement import charger
from cpit.cli import executer
from cpit.coeur import moteur
from cpit.coeur.cohorte import Releve, composer
from cpit.coeur.colonnes import cellules_incertitude, estimer_en_paquet
from cpit.coeur.incertitude import (
    Covariance,
    Ellipse,
    Incertitude,
    disperser,
    estimer,
    estimer_en_colonnes,
    quantile_f,
    rayon_de_hotelling,
)
from cpit.coeur.mots.restitution import EQUILIBRE_POSSIBLE, TOUTES_PAREILLES, composer_restitution, lire_incertitude
from cpit.coeur.notation import noter_valeurs
from cpit.coeur.passation import Passation, repondu
from cpit.coeur.referentiel import Item, Position, Referentiel
from cpit.typographie import typographier

EXEMPLE = RACINE / "exemples" / "passation-r01-t0-soi.json"
REFERENTIEL = charger(LIVRE)


def incertitude(valeurs: dict[str, int], referentiel: Referentiel = REFERENTIEL) -> Incertitude:
    return estimer(referentiel, valeurs, noter_valeurs(referentiel, valeurs).situation)


def plan(case: Callable[[int, int], int | None]) -> dict[str, int]:
    """Des réponses au référentiel livré : la valeur de chaque case, par rang de compétence et d’ingénierie."""
    competences = [c.identifiant for c in REFERENTIEL.competences]
    ingenieries = [i.identifiant for i in REFERENTIEL.ingenieries]
    valeurs = {
        item.code: case(competences.index(item.competence), ingenieries.index(item.ingenierie))
        for item in REFERENTIEL.items
    }
    return {code: valeur for code, valeur in valeurs.items() if valeur is not None}


# --- le jackknife, refait en fractions ------------------------------------------------------------------------------


def position_exacte(valeurs: dict[str, int], sans: str) -> tuple[Fraction, Fraction] | None:
    """Règles 1 à 3 sans une compétence ; le plan livré a des poids de 1, une échelle de 0 à 4, un seuil de moitié."""
    parts = []
    for ingenierie in REFERENTIEL.ingenieries:
        items = [i for i in REFERENTIEL.items if i.ingenierie == ingenierie.identifiant and i.competence != sans]
        donnees = [valeurs[i.code] for i in items if i.code in valeurs]
        if not donnees or 2 * len(donnees) < len(items):
            return None
        parts.append(Fraction(sum(donnees), 4 * len(donnees)))
    if not sum(parts):
        return None
    poles = [(Fraction(i.position.x), Fraction(i.position.y)) for i in REFERENTIEL.ingenieries]
    x = sum(a * p[0] for a, p in zip(parts, poles, strict=True)) / sum(parts)
    y = sum(a * p[1] for a, p in zip(parts, poles, strict=True)) / sum(parts)
    return Fraction(x), Fraction(y)


@settings(max_examples=tirages(40))
@given(st.lists(st.sampled_from([0, 1, 2, 3, 4, None]), min_size=24, max_size=24))
def test_le_jackknife_est_celui_que_l_on_ferait_a_la_main(cases: list[int | None]) -> None:
    valeurs = plan(lambda c, i: cases[3 * c + i])
    calculee = incertitude(valeurs)
    comptent = [
        c.identifiant for c in REFERENTIEL.competences if any(i.code in valeurs for i in items_de(c.identifiant))
    ]
    repliques = [position_exacte(valeurs, sans) for sans in comptent]
    m = len(comptent)
    presentes = [r for r in repliques if r is not None]
    if noter_valeurs(REFERENTIEL, valeurs).situation.position is None or m < 3 or len(presentes) < m:
        assert calculee.region is None
        assert calculee.motif is not None
        return
    milieu = [sum(r[axe] for r in presentes) / m for axe in (0, 1)]
    covariance = [
        Fraction(m - 1, m) * sum((r[a] - milieu[a]) * (r[b] - milieu[b]) for r in presentes)
        for a, b in ((0, 0), (0, 1), (1, 1))
    ]
    assert calculee.repliques == m
    assert calculee.region is not None
    v = calculee.region.covariance
    assert [v.xx, v.xy, v.yy] == pytest.approx([float(c) for c in covariance], abs=1e-12)


def items_de(competence: str) -> tuple[Item, ...]:
    return REFERENTIEL.items_de(competence)


@pytest.mark.parametrize("absentes", [0.0, 0.1, 0.35])
def test_une_personne_et_un_groupe_en_colonnes_donnent_les_memes_nombres(absentes: float) -> None:
    for referentiel in (REFERENTIEL, charger(RACINE / "tests" / "referentiels" / "petit.yaml")):
        cohorte = cohorte_au_hasard(referentiel, 150, absentes=absentes)
        seules = [
            cellules_incertitude(estimer(referentiel, n.passation.valeurs(), n.resultat.situation))
            for n in cohorte.notees
        ]
        assert list(estimer_en_paquet(referentiel, cohorte.notees)) == seules


# --- les lois -------------------------------------------------------------------------------------------------------


def test_le_quantile_de_fisher_est_celui_des_tables() -> None:
    # Table usuelle à 95 %, premier degré 2 : 199,5 ; 19,00 ; 5,143 ; 3,316 ; 3,00 (infini, soit χ²/2).
    assert [quantile_f(0.95, nu) for nu in (1, 2, 6, 30, 1e9)] == pytest.approx(
        [199.5, 19.0, 5.143, 3.316, 2.996], abs=2e-3
    )


def test_le_rayon_de_hotelling_tend_vers_celui_du_chi_deux() -> None:
    assert rayon_de_hotelling(8) == pytest.approx(12.0, abs=0.01)
    assert rayon_de_hotelling(1_000_000) == pytest.approx(5.991, abs=1e-3)


@given(
    st.tuples(*[st.floats(0.01, 1)] * 2),
    st.floats(-0.99, 0.99),
    st.floats(0.1, 20),
)
def test_le_contour_est_le_bord(ecarts: tuple[float, float], correlation: float, rayon2: float) -> None:
    a, b = ecarts
    ellipse = Ellipse(Position(0.3, -0.2), Covariance(a * a, correlation * a * b, b * b), rayon2)
    assert ellipse.forme == "ellipse"
    for point in ellipse.contour(24):
        for facteur, dedans in ((0.999, True), (1.001, False)):
            ici = Position(0.3 + (point.x - 0.3) * facteur, -0.2 + (point.y + 0.2) * facteur)
            assert ellipse.contient(ici) is dedans


# --- les cas limites ------------------------------------------------------------------------------------------------


def test_des_competences_toutes_pareilles_donnent_un_point_et_le_disent() -> None:
    valeurs = plan(lambda _, i: (1, 2, 3)[i])
    calculee = incertitude(valeurs)
    assert calculee.region is not None
    assert calculee.region.forme == "point"
    assert calculee.equilibre_possible is False
    assert lire_incertitude(noter_valeurs(REFERENTIEL, valeurs), calculee) == (typographier(TOUTES_PAREILLES),)
    au_centre = incertitude(plan(lambda *_: 2))
    assert au_centre.region is not None
    assert au_centre.region.forme == "point"
    assert au_centre.equilibre_possible is True


def test_des_poles_alignes_donnent_un_segment() -> None:
    poles = (Position(-1, -0.5), Position(0, 0), Position(1, 0.5))
    alignes = tuple(replace(i, position=p) for i, p in zip(REFERENTIEL.ingenieries, poles, strict=True))
    calculee = incertitude(plan(lambda c, i: (c * 7 + i * 3) % 5), replace(REFERENTIEL, ingenieries=alignes))
    assert calculee.region is not None
    assert calculee.region.forme == "segment"
    assert calculee.region.demi_axes[1] == pytest.approx(0, abs=1e-6)
    assert math.tan(calculee.region.angle) == pytest.approx(0.5)
    assert calculee.region.contient(calculee.region.centre)
    assert not calculee.region.contient(Position(calculee.region.centre.x, calculee.region.centre.y + 0.01))


@given(st.floats(-math.pi, math.pi), st.floats(0.01, 0.5), st.floats(-0.99, 0.99), st.floats(-1, 1))
def test_un_segment_contient_ses_points_a_tout_angle(angle: float, demi: float, part: float, x: float) -> None:
    """Des pôles alignés de biais : le centre de gravité est sur la droite, à un arrondi près."""
    pas = Position(demi * math.cos(angle), demi * math.sin(angle))
    variance = Covariance(pas.x * pas.x / 12, pas.x * pas.y / 12, pas.y * pas.y / 12)
    region = Ellipse(Position(x, 0.3), variance, 12.0)
    assert region.contient(Position(x + part * pas.x, 0.3 + part * pas.y))
    assert not region.contient(Position(x + 1.01 * pas.x, 0.3 + 1.01 * pas.y))
    assert not region.contient(Position(x - 0.001 * pas.y, 0.3 + 0.001 * pas.x))


@pytest.mark.parametrize(
    ("valeurs", "motif", "repliques"),
    [
        (plan(lambda *_: None), "sans-position", 0),
        (plan(lambda *_: 0), "sans-position", 8),
        # Quatre compétences sur huit : le seuil de la moitié tient, mais plus si l’on en ôte une.
        (plan(lambda c, i: (c + i) % 5 if c < 4 else None), "replique-sans-position", 4),
        # Une seule compétence au-dessus de zéro : sans elle, plus rien ne tire.
        (plan(lambda c, _: 3 if c == 0 else 0), "replique-sans-position", 8),
    ],
)
def test_sans_de_quoi_calculer_il_n_y_a_pas_de_region_et_l_on_dit_pourquoi(
    valeurs: dict[str, int], motif: str, repliques: int
) -> None:
    calculee = incertitude(valeurs)
    assert (calculee.region, calculee.equilibre_possible) == (None, None)
    assert (calculee.motif, calculee.repliques) == (motif, repliques)
    phrases = lire_incertitude(noter_valeurs(REFERENTIEL, valeurs), calculee)
    assert bool(phrases) is (motif != "sans-position")


def test_il_faut_trois_competences() -> None:
    petit = charger(RACINE / "referentiels" / "minimal.yaml")
    calculee = incertitude({item.code: 2 for item in petit.items}, petit)
    assert (calculee.motif, calculee.repliques) == ("trop-peu-de-competences", 2)


def test_une_ingenierie_d_une_seule_competence_laisse_une_replique_sans_position() -> None:
    """Sans cette compétence, plus aucun item de l’ingénierie : il n’y a rien à y noter."""
    premiere, seule = REFERENTIEL.competences[0].identifiant, REFERENTIEL.ingenieries[0].identifiant
    gardes = tuple(i for i in REFERENTIEL.items if i.ingenierie != seule or i.competence == premiere)
    restreint = replace(REFERENTIEL, items=gardes, regroupements=())
    calculee = incertitude({item.code: 2 for item in gardes}, restreint)
    assert (calculee.motif, calculee.repliques) == ("replique-sans-position", len(REFERENTIEL.competences))


def test_un_seul_pole_n_a_pas_d_incertitude() -> None:
    sus = charger(RACINE / "tests" / "referentiels" / "sus.yaml")
    assert incertitude({item.code: 4 for item in sus.items}, sus).motif in {"un-seul-pole", "trop-peu-de-competences"}
    unique = replace(
        REFERENTIEL, ingenieries=tuple(replace(i, position=Position(0, 0)) for i in REFERENTIEL.ingenieries)
    )
    assert incertitude(plan(lambda c, i: (c + i) % 5), unique).motif == "un-seul-pole"


def test_l_equilibre_possible_se_dit_en_mots() -> None:
    # Des réponses au hasard, jusqu’à une position hors de la zone d’équilibre dont la région couvre le centre.
    de = random.Random(3)
    while True:
        valeurs = plan(lambda *_: de.randrange(5))
        resultat, calculee = noter_valeurs(REFERENTIEL, valeurs), incertitude(valeurs)
        if resultat.situation.dominante and calculee.equilibre_possible:
            break
    assert lire_incertitude(resultat, calculee) == (typographier(EQUILIBRE_POSSIBLE),)
    passation = replace(
        Passation.nouvelle(REFERENTIEL), reponses={code: repondu(valeur) for code, valeur in valeurs.items()}
    )
    assert typographier(EQUILIBRE_POSSIBLE) in composer_restitution(REFERENTIEL, passation).interpretation.position


# --- un groupe ------------------------------------------------------------------------------------------------------


def test_la_dispersion_d_un_groupe_est_la_covariance_de_numpy() -> None:
    positions = cohorte_au_hasard(REFERENTIEL, 60).positions()
    dispersion = disperser(positions)
    points = np.array([(p.x, p.y) for p in positions])
    assert dispersion.personnes is not None
    assert dispersion.centre is not None
    v = dispersion.personnes.covariance
    assert np.array([[v.xx, v.xy], [v.xy, v.yy]]) == pytest.approx(np.cov(points.T))
    ecarts = points - points.mean(axis=0)
    mahalanobis = np.einsum("ij,jk,ik->i", ecarts, np.linalg.inv(np.cov(points.T)), ecarts)
    assert dispersion.dedans == int((mahalanobis <= 2 * math.log(2)).sum())
    c = dispersion.centre
    assert [c.covariance.xx * 60, c.covariance.yy * 60] == pytest.approx([v.xx, v.yy])
    assert c.rayon2 == rayon_de_hotelling(60)
    assert (c.centre.x, c.centre.y) == pytest.approx(tuple(points.mean(axis=0)))


@pytest.mark.parametrize("n", [0, 1, 2])
def test_en_dessous_de_trois_positions_un_groupe_n_a_pas_de_region(n: int) -> None:
    dispersion = disperser([Position(0.1 * k, 0) for k in range(n)])
    assert (dispersion.n, dispersion.personnes, dispersion.centre) == (n, None, None)


# --- ce que vaut la région : simulation -----------------------------------------------------------------------------

Tirage = Callable[[np.random.Generator, int], NDArray[np.int64]]


def au_hasard(moyennes: tuple[float, ...]) -> Tirage:
    """Des compétences indépendantes autour d’un profil d’ingénierie, réponses arrondies et bornées à l’échelle."""

    def tirer(de: np.random.Generator, n: int) -> NDArray[np.int64]:
        ecarts = de.normal(0, 0.6, (n, 8, 1)) + de.normal(0, 0.9, (n, 8, 3))
        return np.clip(np.rint(np.array(moyennes) + ecarts), 0, 4).astype(int)

    return tirer


def rares(de: np.random.Generator, n: int) -> NDArray[np.int64]:
    """Des compétences presque toutes pareilles, une sur dix tout autre."""
    tout_autre = de.random((n, 8, 1)) < 0.1
    bas, haut = (np.array(m) + de.normal(0, 0.4, (n, 8, 3)) for m in ((1, 1, 1), (1, 1, 4)))
    return np.clip(np.rint(np.where(tout_autre, haut, bas)), 0, 4).astype(int)


def jumelles(de: np.random.Generator, n: int) -> NDArray[np.int64]:
    """Quatre compétences seulement, chacune posée deux fois."""
    return np.repeat(au_hasard((2.6, 2.0, 1.5))(de, n)[:, :4], 2, axis=1)


def couverture(tirer: Tirage, n: int = 20_000) -> tuple[float, float]:
    """Part des régions à 95 % qui couvrent la vraie position : rayon de Hotelling, puis rayon du χ²."""
    de = np.random.default_rng(2026)
    tires, beaucoup = tirer(de, n), tirer(de, 50_000)
    codes = {(i.competence, i.ingenierie): i.code for i in REFERENTIEL.items}
    ordre = [
        (c, i, codes[competence.identifiant, ingenierie.identifiant])
        for c, competence in enumerate(REFERENTIEL.competences)
        for i, ingenierie in enumerate(REFERENTIEL.ingenieries)
    ]
    retenues = {code: tires[:, c, i].astype(float) for c, i, code in ordre}
    repondus = {code: np.ones(n, dtype=int) for *_, code in ordre}
    x, y = placer(tires.mean(axis=1))
    vrai_x, vrai_y = placer(beaucoup.mean(axis=(0, 1)))
    e = estimer_en_colonnes(REFERENTIEL, retenues, repondus, (x, y), np.where)
    dx, dy = vrai_x - x, vrai_y - y
    determinant = e.xx * e.yy - e.xy**2
    # Une région réduite à un segment ou à un point ne couvre rien d’autre qu’elle-même : c’est un échec.
    plate = determinant <= 1e-12 * (e.xx + e.yy) ** 2
    forme = (dx**2 * e.yy - 2 * dx * dy * e.xy + dy**2 * e.xx) / np.where(plate, 1, determinant)
    mahalanobis = np.where(plate, np.inf, forme)[e.presente]
    dedans = [(mahalanobis <= rayon2).mean() for rayon2 in (rayon_de_hotelling(8), 5.991)]
    return float(dedans[0]), float(dedans[1])


def placer(scores: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    poles = [(i.position.x, i.position.y) for i in REFERENTIEL.ingenieries]
    place = moteur.placer([scores[..., i] / 4 for i in range(3)], poles, 0.15, np.where)
    return place.x, place.y


@pytest.mark.parametrize(
    ("tirer", "hotelling", "chi_deux"),
    [
        pytest.param(au_hasard((2.6, 2.0, 1.5)), 0.96, 0.86, id="au-hasard-autour-d-un-profil"),
        pytest.param(au_hasard((1.0, 0.5, 0.3)), 0.92, 0.82, id="tout-pres-du-bas-de-l-echelle"),
        pytest.param(rares, 0.88, 0.76, id="une-sur-dix-tout-autre"),
        pytest.param(jumelles, 0.64, 0.48, id="quatre-competences-posees-deux-fois"),
    ],
)
def test_la_couverture_est_celle_que_la_documentation_annonce(tirer: Tirage, hotelling: float, chi_deux: float) -> None:
    """20 000 tirages : l’erreur de simulation est de 0,4 point au plus ; la marge est d’un point et demi."""
    assert couverture(tirer) == pytest.approx((hotelling, chi_deux), abs=0.015)


def test_la_docstring_annonce_ces_couvertures() -> None:
    from cpit.coeur import incertitude as module

    assert module.__doc__ is not None
    for ligne in ("| 96        | 86  |", "| 92        | 82  |", "| 88        | 76  |", "| 64        | 48  |"):
        assert ligne in module.__doc__


# --- les sorties ----------------------------------------------------------------------------------------------------


def test_le_json_d_une_personne_porte_son_incertitude(capsys: pytest.CaptureFixture[str]) -> None:
    assert executer(["restituer", str(EXEMPLE), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)["incertitude"]
    assert document["repliques"] == 8
    assert document["motif"] is None
    assert document["equilibre_possible"] is False
    assert document["region"]["niveau"] == 0.95
    assert document["region"]["demi_axes"][0] > document["erreur_x"] > 0


def test_le_json_d_un_groupe_porte_sa_dispersion(tmp_path: Path) -> None:
    sortie = tmp_path / "g.json"
    passations = [str(f) for f in (RACINE / "exemples").glob("*t0-soi.json")]
    assert executer(["cohorte", *passations, "--sortie", str(sortie)]) == 0
    document = json.loads(sortie.read_text(encoding="utf-8"))
    dispersion = document["groupes"][0]["dispersion"]
    assert dispersion["n"] == 3
    assert dispersion["personnes"]["ecart_type_x"] > dispersion["centre"]["erreur_x"] > 0
    assert all("incertitude" in passation for passation in document["passations"])


def test_une_strate_vide_de_positions_a_une_dispersion_vide() -> None:
    from cpit.formats.documents_json import en_dictionnaire_de_cohorte

    cohorte = composer(REFERENTIEL, [Releve(Passation.nouvelle(REFERENTIEL), "vide.json")])
    groupe = en_dictionnaire_de_cohorte(cohorte, ())["groupes"][0]
    assert groupe["dispersion"] == {"n": 0, "personnes": None, "centre": None}
