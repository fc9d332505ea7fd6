"""L’incertitude d’une position : refaite par un oracle, ses cas limites, et ce que vaut vraiment sa région."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import oracle
import pytest
from aide_cohorte import cohorte_au_hasard, lecture_de
from aide_export import passation, poser
from aides import LIVRE, RACINE, tirages
from campagnes.commun import GRAINE
from campagnes.couverture_position import SIMULES, mesurer
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from oracle import ItemNu, Plan, Valeurs
from test_proprietes import coordonnee, poids, referentiel_de

import cpit
from cpit.api.personne import Restitution
from cpit.cli import executer
from cpit.coeur.cohorte import Cohorte, Releve, composer
from cpit.coeur.dispersion import disperser, disperser_les_strates, lignes_incertitude
from cpit.coeur.incertitude import (
    STRATE_MIN,
    Covariance,
    Ellipse,
    Incertitude,
    Tension,
    estimer,
    mesurer_les_tensions,
    quantile_de_student,
    quantile_f,
    rayon_de_hotelling,
)
from cpit.coeur.notation import Resultat
from cpit.coeur.passation import Passation, repondu
from cpit.coeur.referentiel import Position, Referentiel

COUVRE_TOUT = "La région à 95 % couvre toutes les positions possibles"
EQUILIBRE_POSSIBLE = "Équilibre possible"
CLES = (
    "repliques",
    "erreur_x",
    "erreur_y",
    "covariance_xy",
    "equilibre_possible",
    "etat_region",
    "methode_incertitude",
)
ETATS = {"ellipse", "segment", "point", "couvre-tout", "sans-position", "trop-peu-de-competences", "un-seul-pole"}
EXEMPLE = RACINE / "exemples" / "passation-r01-t0-soi.json"
REFERENTIEL = cpit.referentiel(LIVRE)


def restituer(valeurs: dict[str, int], referentiel: Referentiel = REFERENTIEL) -> Restitution:
    reponses = {code: repondu(valeur) for code, valeur in valeurs.items()}
    return cpit.restituer(referentiel, Passation.nouvelle(referentiel, reponses=reponses))


def incertitude(valeurs: dict[str, int], referentiel: Referentiel = REFERENTIEL) -> Incertitude:
    return restituer(valeurs, referentiel).incertitude


def ce_qui_s_en_dit(valeurs: dict[str, int], referentiel: Referentiel = REFERENTIEL) -> str:
    """Ce que la restitution dit de la position."""
    return " ".join(" ".join(restituer(valeurs, referentiel).interpretation.position).split())


def plan(case: Callable[[int, int], int | None]) -> dict[str, int]:
    """Des réponses au référentiel livré : la valeur de chaque case, par rang de compétence et d’ingénierie."""
    competences = [c.identifiant for c in REFERENTIEL.competences]
    ingenieries = [i.identifiant for i in REFERENTIEL.ingenieries]
    valeurs = {
        item.code: case(competences.index(item.competence), ingenieries.index(item.ingenierie))
        for item in REFERENTIEL.items
    }
    return {code: valeur for code, valeur in valeurs.items() if valeur is not None}


# --- les deux méthodes, refaites en fractions par un oracle qui dérive au lieu de savoir -----------------------------


@st.composite
def plans_a_region(tirer: st.DrawFn) -> tuple[Plan, list[Valeurs]]:
    """Un plan de quatre compétences au moins, poids, inverses et échelle à trous, et une strate qui y répond."""
    competences = [f"c{n}" for n in range(tirer(st.integers(4, 5)))]
    poles = {f"k{n}": (tirer(coordonnee), tirer(coordonnee)) for n in range(tirer(st.integers(2, 3)))}
    cases = [(c, k) for c in competences for k in poles for _ in range(tirer(st.sampled_from([0, 1, 1, 1, 1, 2])))]
    items = [ItemNu(f"i{n}", c, k, tirer(poids), tirer(st.booleans())) for n, (c, k) in enumerate(cases)]
    niveaux = sorted(tirer(st.sets(st.integers(-9, 12), min_size=2, max_size=6)))
    reponse = st.sampled_from([*niveaux, *niveaux, *niveaux, None])
    tirees = [{i.code: tirer(reponse) for i in items} for _ in range(tirer(st.sampled_from([1, 9])))]
    strate = [{code: v for code, v in une.items() if v is not None} for une in tirees]
    return Plan(niveaux, Fraction(2, 5), Fraction(15, 100), competences, poles, items), strate


def a_region(plan: Plan, strate: list[Valeurs]) -> list[Valeurs]:
    """Les personnes à quatre compétences au moins, et une position."""
    assez = [v for v in strate if len({i.competence for i in plan.items if i.code in v}) >= 4]
    return [v for v in assez if oracle.oracle(plan, v).position is not None]


def comparer_a_l_oracle(plan: Plan, valeurs: Valeurs, strate: list[Valeurs]) -> None:
    """La covariance, le rayon et la méthode d’une personne, dans sa strate."""
    referentiel = referentiel_de(plan)
    commune = disperser_les_strates(referentiel, cohorte_de(referentiel, strate).notees).get(("t0", "soi"))
    hierarchique = len(a_region(plan, strate)) >= 8
    trouvee = estimer(referentiel, valeurs, cpit.noter(referentiel, valeurs).situation, commune)
    m, attendue = oracle.incertitude(plan, valeurs, strate if hierarchique else ())
    assert trouvee.repliques == m
    assert trouvee.region is not None
    v = trouvee.region.covariance
    grandeur = float(attendue[0] + attendue[2])
    assert [v.xx, v.xy, v.yy] == pytest.approx([float(c) for c in attendue], rel=1e-6, abs=1e-9 * grandeur)
    assert trouvee.region.rayon2 == rayon_de_hotelling(m + 6 if hierarchique else m)
    assert trouvee.methode == ("hierarchique" if hierarchique else "individuelle")


@settings(max_examples=tirages(20), deadline=None)
@given(plans_a_region())
@pytest.mark.endurance
def test_l_incertitude_est_celle_de_l_oracle(tire: tuple[Plan, list[Valeurs]]) -> None:
    plan, strate = tire
    personnes = a_region(plan, strate)
    if personnes and len(set(plan.poles.values())) > 1:
        comparer_a_l_oracle(plan, personnes[0], strate)


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("graine", range(3))
def test_la_methode_hierarchique_est_celle_de_l_oracle(graine: int) -> None:
    """Poids, inverses, cases à deux items, échelle à trous, une réponse sur dix absente ; une strate de douze."""
    de = random.Random(graine)
    competences, poles = [f"c{n}" for n in range(5 + graine)], ("k0", "k1", "k2")
    items = [
        ItemNu(f"{c}{k}{n}", c, k, Fraction(de.randrange(1, 9), 4), de.random() < 0.3)
        for c in competences
        for k in poles
        for n in range(de.choice((1, 1, 2)))
    ]
    places = dict(
        zip(poles, ((Fraction(-1), Fraction(0)), (Fraction(0), Fraction(-1)), (Fraction(1), Fraction(1))), strict=True)
    )
    plan = Plan([-1, 0, 1, 3], Fraction(2, 5), Fraction(15, 100), competences, places, items)
    strate = [{i.code: de.choice(plan.niveaux) for i in items if de.random() < 0.9} for _ in range(12)]
    assert len(a_region(plan, strate)) >= 8
    comparer_a_l_oracle(plan, a_region(plan, strate)[graine], strate)


def cohorte_de(referentiel: Referentiel, strate: list[Valeurs]) -> Cohorte:
    base = Passation.nouvelle(referentiel)
    reponses = [{code: repondu(valeur) for code, valeur in valeurs.items()} for valeurs in strate]
    return composer(
        referentiel, [Releve(replace(base, reponses=une), "ici", rang) for rang, une in enumerate(reponses)]
    )


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("absentes", [0.0, 0.1, 0.35, 0.9])
def test_une_personne_et_un_groupe_en_colonnes_donnent_les_memes_nombres(
    absentes: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deux strates hiérarchiques, une individuelle : les mêmes cellules une à une, en colonnes, et d’une personne."""
    for referentiel in (REFERENTIEL, cpit.referentiel(RACINE / "tests" / "referentiels" / "petit.yaml")):
        grandes = cohorte_au_hasard(referentiel, 150, (("t0", "soi"), ("t1", "soi")), absentes=absentes).notees
        petite = cohorte_au_hasard(referentiel, 7, (("t0", "tiers"),), absentes=absentes, graine=2).notees
        notees = [*grandes[:70], *petite, *grandes[70:]]
        une_a_une = list(lignes_incertitude(referentiel, notees))
        communes = disperser_les_strates(referentiel, notees)
        assert not set(communes) - {("t0", "soi"), ("t1", "soi")}
        seules = [
            en_cellules(
                estimer(
                    referentiel,
                    n.passation.valeurs(),
                    n.resultat.situation,
                    communes.get((n.passation.moment, n.passation.regard)),
                )
            )
            for n in notees
        ]
        monkeypatch.setattr("cpit.coeur.dispersion._EN_COLONNES", 0)
        monkeypatch.setattr("cpit.coeur.dispersion._PAQUET", 20)
        assert list(lignes_incertitude(referentiel, notees)) == une_a_une == seules
        assert disperser_les_strates(referentiel, notees) == communes
        monkeypatch.undo()
        for ligne in une_a_une:
            dites = dict(zip(CLES, ligne, strict=True))
            assert dites["etat_region"] in ETATS
            assert (dites["erreur_x"] is None) is (dites["methode_incertitude"] is None)


def en_cellules(une: Incertitude) -> tuple[object, ...]:
    """Ce que les tables disent de l’incertitude d’une personne."""
    if une.region is None:
        return une.repliques, None, None, None, None, une.etat, None
    v, possible = une.region.covariance, "oui" if une.equilibre_possible else "non"
    return une.repliques, v.erreur_x, v.erreur_y, v.xy, possible, une.etat, une.methode


def test_un_grand_groupe_se_calcule_en_colonnes_et_un_petit_une_a_une(monkeypatch: pytest.MonkeyPatch) -> None:
    """Les nombres sont les mêmes : seuls la mémoire et le temps en dépendent."""
    monkeypatch.setattr("cpit.coeur.dispersion._EN_COLONNES", 20)
    notees = cohorte_au_hasard(REFERENTIEL, 20).notees
    for seules, combien in (("une_a_une", 20), ("en_paquet", 19)):
        with monkeypatch.context() as sans:
            for sorte in ("_estimer", "_contributions"):
                sans.setattr(f"cpit.coeur.dispersion.{sorte}_{seules}", lambda *_: pytest.fail("l’autre façon"))
            assert len(list(lignes_incertitude(REFERENTIEL, notees[:combien]))) == combien


def test_un_paquet_sans_region_n_empeche_pas_les_autres(monkeypatch: pytest.MonkeyPatch) -> None:
    """Des passations vides, puis d’autres, par paquets de cinq : la dispersion est celle de ces autres."""
    pleines = cohorte_au_hasard(REFERENTIEL, 12, absentes=0).notees
    vides = cohorte_de(REFERENTIEL, [{}] * 7).notees
    communes = disperser_les_strates(REFERENTIEL, pleines)
    assert communes["t0", "soi"].passations == 12
    monkeypatch.setattr("cpit.coeur.dispersion._PAQUET", 5)
    for seuil in (1000, 0):
        monkeypatch.setattr("cpit.coeur.dispersion._EN_COLONNES", seuil)
        assert disperser_les_strates(REFERENTIEL, (*vides, *pleines)) == communes
        assert disperser_les_strates(REFERENTIEL, vides) == {}
        etats = [dict(zip(CLES, li, strict=True))["etat_region"] for li in lignes_incertitude(REFERENTIEL, vides)]
        assert etats == ["sans-position"] * 7


def test_l_ordre_des_passations_ne_change_aucun_nombre() -> None:
    """Le jeu de données range par pseudonyme, le classeur par ordre de lecture : la même strate, les mêmes nombres."""
    notees = cohorte_au_hasard(REFERENTIEL, 40).notees
    a_rebours = list(lignes_incertitude(REFERENTIEL, notees[::-1]))
    assert a_rebours[::-1] == list(lignes_incertitude(REFERENTIEL, notees))


# --- les lois -------------------------------------------------------------------------------------------------------


def test_le_quantile_de_student_est_celui_des_tables() -> None:
    """Bilatéral à 95 % ; degrés pairs et impairs, dont un et deux, où la somme est vide."""
    degres = (1, 2, 3, 4, 5, 6, 7, 10, 15, 30, 120)
    tables = (12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.2281, 2.1314, 2.0423, 1.9799)
    assert [quantile_de_student(nu) for nu in degres] == pytest.approx(tables, abs=5e-5)


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


def test_une_ellipse_penchee_a_ses_axes_son_angle_et_son_bord() -> None:
    """Variances 4 et 1 le long d’axes tournés de 30° ; rayon² 2 : demi-axes √8 et √2."""
    cosinus, sinus = math.cos(math.pi / 6), math.sin(math.pi / 6)
    variance = Covariance(4 * cosinus**2 + sinus**2, 3 * cosinus * sinus, 4 * sinus**2 + cosinus**2)
    ellipse = Ellipse(Position(3, 5), variance, 2)
    assert (variance.erreur_x**2, variance.erreur_y**2) == pytest.approx((3.25, 1.75))
    assert ellipse.demi_axes == pytest.approx((math.sqrt(8), math.sqrt(2)))
    assert ellipse.angle == pytest.approx(math.pi / 6)
    grand, petit = (math.sqrt(8) * cosinus, math.sqrt(8) * sinus), (-math.sqrt(2) * sinus, math.sqrt(2) * cosinus)
    bord = [c for p in ellipse.contour(4) for c in (p.x - 3, p.y - 5)]
    assert bord == pytest.approx([*grand, *petit, *(-c for c in grand), *(-c for c in petit)])
    assert len(set(ellipse.contour())) == 60


@pytest.mark.parametrize(
    ("variance", "forme", "dedans", "dehors"),
    [
        # À la tolérance près d’un côté et de l’autre : le rayon² vaut 1, à un milliardième près.
        ((1, 0, 1), "ellipse", (1 + 4e-10, 0), (1 + 6e-10, 0)),
        ((1, 0, 1.01e-12), "ellipse", (0, 1e-6), (0, 1.02e-6)),
        ((1, 0, 1e-12), "segment", (0, 0.9e-9), (0, 1.1e-9)),
        # Un segment, de −2 à 2 ; plus loin du centre, l’arrondi permis de côté est plus grand.
        ((4, 0, 0), "segment", (2 + 5e-10, 0), (2 + 2e-9, 0)),
        ((4, 0, 0), "segment", (0, 0.9e-9), (0, 1.1e-9)),
        ((4, 0, 0), "segment", (2 - 1e-9, 1.9e-6), (2 - 1e-9, 2.1e-6)),
        ((0, 0, 4), "segment", (0, -2), (0, -2.01)),
        ((1, 1, 1), "segment", (1, 1), (1.01, 1.01)),
        # Un point.
        ((5e-19, 0, 5e-19), "point", (0.9e-9, 0), (0, 1.1e-9)),
        ((6e-19, 0, 6e-19), "ellipse", (7e-10, 0), (8e-10, 0)),
        ((0, 0, 0), "point", (0, 0), (0.1, 0)),
    ],
)
def test_une_region_plate_a_une_forme_et_des_points_a_elle(
    variance: tuple[float, float, float], forme: str, dedans: tuple[float, float], dehors: tuple[float, float]
) -> None:
    region = Ellipse(Position(0, 0), Covariance(*variance), 1)
    assert region.forme == forme
    assert region.contient(Position(*dedans))
    assert not region.contient(Position(*dehors))


def test_un_point_se_contient_quel_que_soit_le_rayon() -> None:
    point = Ellipse(Position(1, 2), Covariance(0, 0, 0), 0.01)
    assert point.contient(Position(1, 2))
    assert not point.contient(Position(1, 2.001))


def test_sans_region_ni_motif_il_n_y_a_pas_de_position() -> None:
    assert Incertitude(3).etat == "sans-position"


def test_student_a_d_autres_niveaux() -> None:
    """À 99 %, tables usuelles."""
    degres, tables = (1, 2, 3, 7, 30), (63.6567, 9.9248, 5.8409, 3.4995, 2.7500)
    assert [quantile_de_student(nu, 0.99) for nu in degres] == pytest.approx(tables, abs=1e-4)
    # Un même quantile à mille degrés, où la somme a cinq cents termes.
    assert quantile_de_student(1000) == pytest.approx(1.9623, abs=1e-4)


# --- les cas limites ------------------------------------------------------------------------------------------------


def test_des_competences_toutes_pareilles_ne_donnent_jamais_un_point() -> None:
    """L’arrondi reste, (1/12)/8 par ingénierie ; au centre, l’équilibre est possible."""
    calculee = incertitude(plan(lambda _, i: (1, 2, 3)[i]))
    assert calculee.region is not None
    assert (calculee.etat, calculee.equilibre_possible) == ("ellipse", False)
    # Parts 1, 2, 3 : la position est (1/3 ; 1/6), les gradients sont (P_k − P) / 6.
    gradient = [((x - 1 / 3) / 6, (y - 1 / 6) / 6) for x, y in ((-1, 0), (0, -1), (1, 1))]
    v = calculee.region.covariance
    attendue = [sum(g[a] * g[b] for g in gradient) / 96 for a, b in ((0, 0), (0, 1), (1, 1))]
    assert [v.xx, v.xy, v.yy] == pytest.approx(attendue)
    assert incertitude(plan(lambda *_: 2)).equilibre_possible is True


@settings(max_examples=tirages(60))
@given(st.lists(st.sampled_from([0, 1, 2, 3, 4, None]), min_size=24, max_size=24))
def test_aucune_region_n_est_reduite_a_un_point_ni_a_un_segment(cases: list[int | None]) -> None:
    """Trois pôles non alignés : l’arrondi de chaque ingénierie donne deux dimensions à toute région."""
    calculee = incertitude(plan(lambda c, i: cases[3 * c + i]))
    assert calculee.etat not in {"segment", "point"}
    if calculee.region is not None:
        assert calculee.region.forme == "ellipse"


def test_une_region_qui_couvre_tout_le_dit() -> None:
    """Quatre compétences, presque tout au plus bas : la région contient les trois pôles, elle ne dit rien."""
    valeurs = plan(lambda c, i: (1 if (c, i) == (0, 0) else 0) if c < 4 else None)
    calculee = incertitude(valeurs)
    assert (calculee.etat, calculee.equilibre_possible, calculee.repliques) == ("couvre-tout", True, 4)
    assert calculee.region is not None
    assert all(calculee.region.contient(i.position) for i in REFERENTIEL.ingenieries)
    assert COUVRE_TOUT in ce_qui_s_en_dit(valeurs)


def test_des_poles_alignes_donnent_un_segment() -> None:
    poles = (Position(-1, -0.5), Position(0, 0), Position(1, 0.5))
    alignes = tuple(replace(i, position=p) for i, p in zip(REFERENTIEL.ingenieries, poles, strict=True))
    calculee = incertitude(plan(lambda c, i: (c * 7 + i * 3) % 5), replace(REFERENTIEL, ingenieries=alignes))
    assert calculee.region is not None
    assert calculee.region.forme == calculee.etat == "segment"
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
        # Trois compétences : la région dépasserait toute la carte.
        (plan(lambda c, i: (c + i) % 5 if c in {0, 1, 2} else None), "sans-position", 3),
    ],
)
def test_sans_de_quoi_calculer_il_n_y_a_pas_de_region_et_l_on_dit_pourquoi(
    valeurs: dict[str, int], motif: str, repliques: int
) -> None:
    calculee = incertitude(valeurs)
    assert (calculee.region, calculee.equilibre_possible, calculee.methode) == (None, None, None)
    assert (calculee.motif, calculee.etat, calculee.repliques, calculee.couvre_tout) == (motif, motif, repliques, False)
    assert "région" not in ce_qui_s_en_dit(valeurs)


@pytest.mark.parametrize("m", [1, 2, 3])
def test_a_trois_competences_ou_moins_il_n_y_a_pas_de_region_et_l_on_le_dit(m: int) -> None:
    gardees = REFERENTIEL.competences[:m]
    items = tuple(i for i in REFERENTIEL.items if i.competence in {c.identifiant for c in gardees})
    petit = replace(REFERENTIEL, competences=gardees, items=items, regroupements=())
    valeurs = {item.code: rang % 5 for rang, item in enumerate(items)}
    calculee = incertitude(valeurs, petit)
    assert (calculee.motif, calculee.etat, calculee.repliques) == (*["trop-peu-de-competences"] * 2, m)
    assert "trois compétences ou moins" in ce_qui_s_en_dit(valeurs, petit)
    # Ni dans un groupe, si grand soit-il.
    lignes = list(lignes_incertitude(petit, cohorte_de(petit, [valeurs] * 20).notees))
    assert set(lignes) == {(m, None, None, None, None, "trop-peu-de-competences", None)}


def test_l_ecran_la_page_et_le_classeur_disent_qu_il_n_y_a_pas_de_region(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    minimal = cpit.referentiel(RACINE / "referentiels" / "minimal.yaml")
    source = poser(tmp_path, "a.json", passation(minimal, "1" * len(minimal.items), identifiant="A"))
    page, classeur = tmp_path / "a.html", tmp_path / "a.xlsx"
    assert executer(["restituer", str(source), "--page", str(page), "--classeur", str(classeur)]) == 0
    feuille = load_workbook(classeur)["Synthèse"]
    cellules = [str(valeur) for ligne in feuille.iter_rows(values_only=True) for valeur in ligne if valeur is not None]
    for ecrit in (capsys.readouterr().out, page.read_text("utf-8"), " ".join(cellules)):
        assert "trois compétences ou moins" in " ".join(ecrit.split())
    assert "Incertitude" in cellules
    assert not [cellule for cellule in cellules if cellule.startswith("Erreur type")]


def test_la_ou_une_competence_porte_tout_il_y_a_une_region() -> None:
    """Une seule compétence au-dessus de zéro, une ingénierie d’une seule compétence : rien n’y oblige à se taire."""
    assert incertitude(plan(lambda c, _: 3 if c == 0 else 0)).etat == "ellipse"
    premiere, seule = REFERENTIEL.competences[0].identifiant, REFERENTIEL.ingenieries[0].identifiant
    gardes = tuple(i for i in REFERENTIEL.items if i.ingenierie != seule or i.competence == premiere)
    restreint = replace(REFERENTIEL, items=gardes, regroupements=())
    assert incertitude({item.code: 2 for item in gardes}, restreint).region is not None


def test_un_seul_pole_n_a_pas_d_incertitude() -> None:
    sus = cpit.referentiel(RACINE / "tests" / "referentiels" / "sus.yaml")
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
        resultat, calculee = cpit.noter(REFERENTIEL, valeurs), incertitude(valeurs)
        if resultat.situation.dominante and calculee.equilibre_possible:
            break
    assert EQUILIBRE_POSSIBLE in ce_qui_s_en_dit(valeurs)


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


def test_plusieurs_positions_d_une_personne_n_en_font_pas_plusieurs() -> None:
    """Trois tiers chacun : le centre vaut ce que valent les personnes, ôtées une à une avec toutes leurs positions."""
    positions = cohorte_au_hasard(REFERENTIEL, 20).positions()
    seules, triplees = disperser(positions), disperser(positions * 3, [*range(20)] * 3)
    assert seules.centre is not None
    assert triplees.centre is not None
    assert triplees.centre.rayon2 == seules.centre.rayon2
    for cle in ("xx", "xy", "yy"):
        assert getattr(triplees.centre.covariance, cle) == pytest.approx(getattr(seules.centre.covariance, cle))
    porteurs = [0] * 6 + [1] * 3 + list(range(2, 13))
    melees = disperser(positions, porteurs)
    points, siens = np.array([(p.x, p.y) for p in positions]), np.array(porteurs)
    sans = np.array([points[siens != qui].mean(axis=0) for qui in range(13)])
    assert melees.centre is not None
    v = melees.centre.covariance
    assert np.array([[v.xx, v.xy], [v.xy, v.yy]]) == pytest.approx(np.cov(sans.T) * 12**2 / 13)
    assert disperser(positions, [0] * 10 + [1] * 10).centre is None, "deux personnes"


def test_le_centre_d_un_groupe_compte_des_personnes_jusque_dans_les_fichiers(tmp_path: Path) -> None:
    groupe = cohorte_au_hasard(REFERENTIEL, 12, (("t0", "tiers"),))
    codes = [replace(n.releve.passation, identifiant=f"P{rang % 4}") for rang, n in enumerate(groupe.notees)]
    releves = [replace(n.releve, passation=p) for n, p in zip(groupe.notees, codes, strict=True)]
    cohorte = composer(REFERENTIEL, releves)
    codes_places = [n.passation.identifiant for n in cohorte.notees if n.resultat.situation.position is not None]
    centre = disperser(cohorte.positions(), codes_places).centre
    assert centre is not None
    assert centre.rayon2 == rayon_de_hotelling(4)
    cpit.ecrire(cohorte.scores(avec_reponses=True), tmp_path / "tiers.csv")
    assert executer(["cohorte", str(tmp_path / "tiers.csv"), "--sortie", str(tmp_path / "groupe.json")]) == 0
    document = json.loads((tmp_path / "groupe.json").read_text(encoding="utf-8"))
    (lue,) = document["groupes"]
    assert lue["dispersion"]["centre"]["erreur_x"] == pytest.approx(centre.covariance.erreur_x)


def test_un_groupe_dont_toutes_les_positions_se_confondent_est_un_point() -> None:
    dispersion = disperser([Position(0.2, 0.1)] * 4)
    assert dispersion.personnes is not None
    assert dispersion.centre is not None
    assert (dispersion.personnes.forme, dispersion.centre.forme, dispersion.dedans) == ("point", "point", 4)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_en_dessous_de_trois_positions_un_groupe_n_a_pas_de_region(n: int) -> None:
    dispersion = disperser([Position(0.1 * k, 0) for k in range(n)])
    assert (dispersion.n, dispersion.personnes, dispersion.centre, dispersion.dedans) == (n, None, None, 0)


# --- la tension -----------------------------------------------------------------------------------------------------


def test_l_etendue_et_l_etat_d_une_tension() -> None:
    (_, regroupement, *_) = REFERENTIEL.regroupements
    scores = {"interne": 1.0, "locale": 3.5, "vide": None}
    tension = Tension(regroupement, 3, 3, scores, {}, "interne", "locale", 0.5, (1e-9, 4.0))
    assert (tension.etendue, tension.etat) == (2.5, "incertain")
    assert replace(tension, bornes=(2e-9, 4.0)).etat == "s-ecartent"
    for sans in ({"bas": None}, {"haut": None}, {"bas": "vide"}, {"haut": "vide"}):
        assert replace(tension, **sans).etendue is None
    assert replace(tension, bornes=None).etat is None
    vide = Tension(regroupement, 0, 0)
    assert (vide.scores, vide.repondus, vide.etendue, vide.etat, vide.erreur, vide.motif) == (
        {},
        {},
        None,
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("repondent", "interne", "autres", "personnes"), [(4, 2.0, 2.0, 4), (2, 2.25, 2.25, 2), (1, None, 2.0, 4)]
)
def test_un_groupe_d_items_se_compare_si_la_moitie_des_personnes_y_ont_un_score(
    repondent: int, interne: float | None, autres: float, personnes: int
) -> None:
    """Quatre personnes, la première deux fois (0 et 3, donc 1,5), puis 3, 0,5 en moyenne des items, et 3."""
    (_, regroupement, *_) = REFERENTIEL.regroupements
    propres = {code for g in regroupement.groupes if g.identifiant == "interne" for code in g.items}

    def dites(valeur: int, *, avec: bool) -> tuple[dict[str, int], Resultat]:
        valeurs = {i.code: valeur for i in REFERENTIEL.items if avec or i.code not in propres}
        return valeurs, cpit.noter(REFERENTIEL, valeurs)

    suites = [[0, 3], [3], [1, 0], [3]]
    groupe = [[dites(v, avec=rang < repondent) for v in suite] for rang, suite in enumerate(suites)]
    tension = mesurer_les_tensions(REFERENTIEL, groupe)[1]
    assert (tension.effectif, tension.personnes) == (4, personnes)
    assert tension.scores["interne"] == interne
    assert (tension.motif, tension.erreur is None, tension.bornes is None) == (None, False, False)
    assert tension.scores["locale"] == pytest.approx(autres)
    assert tension.repondus["interne"] == 4
    assert tension.repondus["locale"] == 12
    assert len(mesurer_les_tensions(REFERENTIEL, groupe)) == len(REFERENTIEL.regroupements)
    minimal = cpit.referentiel("minimal")
    (peu,) = restituer({item.code: 1 + rang % 4 for rang, item in enumerate(minimal.items)}, minimal).tensions
    assert (peu.motif, peu.erreur, peu.bornes, peu.etat) == ("trop-peu-de-competences", None, None, None)
    assert peu.etendue is not None
    seul = replace(regroupement, groupes=regroupement.groupes[:1])
    assert mesurer_les_tensions(replace(REFERENTIEL, regroupements=(seul,)), groupe) == ()


# --- ce que vaut la région : simulation -----------------------------------------------------------------------------


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("strate", [None, STRATE_MIN])
@pytest.mark.parametrize(
    ("modele", "au_moins", "m"),
    [
        ("au hasard autour d’un profil", 0.95, 8),
        ("au hasard autour de l’équilibre", 0.95, 4),
        ("tout près du bas de l’échelle", 0.95, 8),
        ("une compétence sur dix tout autre", 0.95, 8),
        ("de même, presque sans bruit", 0.95, 8),
        ("tout ou rien", 0.95, 8),
    ],
)
def test_une_region_couvre_ce_qu_elle_annonce(modele: str, au_moins: float, m: int, strate: int | None) -> None:
    """Un petit tirage de la campagne ; l’erreur de simulation d’une couverture de 95 % y est de 0,9 point."""
    mesure, _ = mesurer(SIMULES[modele], m, 640, GRAINE, strate)
    assert mesure.couvre.mean() >= au_moins - 0.015


def test_des_competences_qui_se_ressemblent_restent_mal_couvertes() -> None:
    """Le guide le dit : la région suppose des compétences tirées au hasard."""
    mesure, _ = mesurer(SIMULES["deux domaines que les compétences se partagent"], 8, 640, GRAINE)
    assert mesure.couvre.mean() < 0.75


def test_la_methode_hierarchique_resserre_sans_decouvrir() -> None:
    modele = SIMULES["au hasard autour d’un profil"]
    aires = [np.median(mesurer(modele, 4, 640, GRAINE, strate)[0].aire) for strate in (None, STRATE_MIN)]
    assert aires[1] < 0.4 * aires[0]


# --- les sorties ----------------------------------------------------------------------------------------------------


def test_le_json_d_une_personne_porte_son_incertitude(capsys: pytest.CaptureFixture[str]) -> None:
    assert executer(["restituer", str(EXEMPLE), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)["incertitude"]
    assert document["repliques"] == 8
    assert document["motif"] is None
    assert document["equilibre_possible"] is False
    assert document["region"]["niveau"] == 0.95
    assert document["region"]["demi_axes"][0] > document["erreur_x"] > 0
    assert (document["etat"], document["methode"]) == ("ellipse", "individuelle")


def test_le_json_d_un_groupe_porte_sa_dispersion(tmp_path: Path) -> None:
    sortie = tmp_path / "g.json"
    passations = [str(f) for f in (RACINE / "exemples").glob("*t0-soi.json")]
    assert executer(["cohorte", *passations, "--sortie", str(sortie)]) == 0
    document = json.loads(sortie.read_text(encoding="utf-8"))
    dispersion = document["groupes"][0]["dispersion"]
    assert dispersion["n"] == 3
    assert dispersion["personnes"]["ecart_type_x"] > dispersion["centre"]["erreur_x"] > 0
    assert all("incertitude" in passation for passation in document["passations"])


def test_une_strate_vide_de_positions_a_une_dispersion_vide(tmp_path: Path) -> None:
    cohorte = composer(REFERENTIEL, [Releve(Passation.nouvelle(REFERENTIEL), "vide.json")])
    sortie = cpit.ecrire(lecture_de(cohorte), tmp_path / "g.json")
    groupe = json.loads(sortie.read_text(encoding="utf-8"))["groupes"][0]
    assert groupe["dispersion"] == {"n": 0, "personnes": None, "centre": None}
