"""Ce qui est vrai de toute notation, éprouvé sur des référentiels et des réponses tirés au hasard."""

from __future__ import annotations

import ast
import itertools
import re
from dataclasses import replace
from fractions import Fraction
from math import cos, hypot, pi, sin

import pytest
from aides import TESTS, tirages
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import ItemNu, Plan, Valeurs, oracle, regle_2, regle_3, regle_4

import cpit
from cpit.coeur import notation
from cpit.coeur.moteur import EGALITE, TOLERANCE, Bareme, choisir_un, noter_bareme
from cpit.coeur.notation import Resultat, situer, situer_scores, valeur_retenue
from cpit.coeur.notation import parts as parts_notees
from cpit.coeur.referentiel import (
    Axe,
    Axes,
    Competence,
    Echelle,
    Groupe,
    Ingenierie,
    Item,
    Niveau,
    Position,
    Referentiel,
    Regle,
    Regles,
    Regroupement,
)

PRES = 1e-9
centiemes = st.integers(0, 100).map(lambda n: Fraction(n, 100))
poids = st.one_of(st.just(Fraction(1)), st.integers(1, 1000).map(lambda n: Fraction(n, 100)))
coordonnee = st.integers(-30, 30).map(lambda n: Fraction(n, 10))


@st.composite
def plans(tirer: st.DrawFn) -> Plan:
    """Un plan quelconque : cases vides, cases à plusieurs items, échelles sans item, échelle à trous."""
    competences = [f"c{n}" for n in range(tirer(st.integers(1, 4)))]
    poles = {f"k{n}": (tirer(coordonnee), tirer(coordonnee)) for n in range(tirer(st.integers(1, 4)))}
    items = [
        ItemNu(
            f"i{n}",
            tirer(st.sampled_from(competences)),
            tirer(st.sampled_from(list(poles))),
            tirer(poids),
            tirer(st.booleans()),
        )
        for n in range(tirer(st.integers(1, 12)))
    ]
    codes = [item.code for item in items]
    groupes = {f"g{n}": tirer(st.lists(st.sampled_from(codes), min_size=1, unique=True)) for n in range(2)}
    niveaux = sorted(tirer(st.sets(st.integers(-9, 12), min_size=2, max_size=6)))
    return Plan(niveaux, tirer(centiemes), tirer(centiemes), competences, poles, items, groupes)


@st.composite
def notations(tirer: st.DrawFn) -> tuple[Plan, Valeurs]:
    """Un plan et des réponses, plus ou moins complètes."""
    plan = tirer(plans())
    repond = st.booleans() if tirer(st.booleans()) else st.just(True)
    valeurs = {item.code: tirer(st.sampled_from(plan.niveaux)) for item in plan.items if tirer(repond)}
    return plan, valeurs


def referentiel_de(plan: Plan) -> Referentiel:
    axe = Axe("a", "Axe", "début", "fin")
    groupes = tuple(Groupe(nom, nom, tuple(codes)) for nom, codes in plan.groupes.items())
    return Referentiel(
        identifiant="hasard",
        version="1",
        titre="Hasard",
        statut="Tiré au hasard",
        licence="aucune",
        sources=(),
        echelle=Echelle("?", tuple(Niveau(valeur, f"niveau {valeur}") for valeur in plan.niveaux)),
        axes=Axes(axe, axe),
        ingenieries=tuple(
            Ingenierie(nom, nom, "rien", Position(float(x), float(y))) for nom, (x, y) in plan.poles.items()
        ),
        competences=tuple(Competence(nom, nom, "rien") for nom in plan.competences),
        items=tuple(Item(i.code, i.competence, i.ingenierie, "…", float(i.poids), i.inverse) for i in plan.items),
        regles=Regles(Regle(float(plan.seuil)), Regle(float(plan.seuil_equilibre))),
        regroupements=(Regroupement("r", "r", groupes),),
    )


@given(st.data())
def test_noter_a_la_suite_ne_change_aucun_nombre(donnees: st.DataObject) -> None:
    """Ce qui est retenu d’une passation à l’autre rend, au dernier bit, ce que rend une passation notée seule."""
    plan = donnees.draw(plans())
    referentiel = referentiel_de(plan)
    reponses = st.fixed_dictionaries({}, optional={i.code: st.sampled_from(plan.niveaux) for i in plan.items})
    passations = donnees.draw(st.lists(reponses, min_size=1, max_size=8))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(notation, "SOUVENIRS", donnees.draw(st.sampled_from([0, 1, 1 << 16])))
        suite = notation.Notation(referentiel)
        for valeurs in [*passations, *reversed(passations)]:
            assert repr(suite.noter(valeurs)) == repr(cpit.noter(referentiel, valeurs))


def test_ce_qui_est_retenu_est_borne(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deux réponses différentes, une seule retenue : la première rend le même score, la seconde le recalcule."""
    monkeypatch.setattr(notation, "SOUVENIRS", 1)
    referentiel = referentiel_de(Plan([0, 1], 0, 0, ["c"], {"k": (0, 0)}, [ItemNu("a", "c", "k", 1, False)], {}))
    suite = notation.Notation(referentiel)
    for valeur, retenue in ((0, True), (1, False)):
        un, autre = suite.noter({"a": valeur}), suite.noter({"a": valeur})
        assert un == autre
        assert (un.score("c") is autre.score("c")) is retenue
        assert (un.matrice["c"]["k"] is autre.matrice["c"]["k"]) is retenue


def test_un_score_se_demande_par_son_identifiant() -> None:
    referentiel = referentiel_de(Plan([0, 1], 0, 0, ["c"], {"k": (0, 0)}, [ItemNu("a", "c", "k", 1, False)], {}))
    resultat = cpit.noter(referentiel, {"a": 1})
    assert resultat.score("c") is resultat.competences["c"]
    assert resultat.score("k") is resultat.ingenieries["k"]
    with pytest.raises(KeyError, match="inconnue"):
        resultat.score("inconnue")
    montre = resultat._repr_html_()
    assert "Scores d’une passation" in montre
    assert re.findall(r">(\w+)</th>", montre) == ["echelle", "score", "repondus", "items", "motif"]
    assert "<tr><td>c</td><td>1.00</td><td>1</td><td>1</td><td></td></tr>" in montre
    assert repr(resultat) == "Resultat(2 scores calculés sur 2)"


def test_une_reponse_impossible_n_est_jamais_retenue() -> None:
    referentiel = referentiel_de(Plan([0, 1], 0, 0, ["c"], {"k": (0, 0)}, [ItemNu("a", "c", "k", 1, False)], {}))
    suite = notation.Notation(referentiel)
    suite.noter({"a": 1})
    for fautives in ({"a": 2}, {"b": 1}, {"a": 1, "b": 1}):
        for _ in range(2):
            with pytest.raises(ValueError, match="réponse impossible"):
                suite.noter(fautives)


def _scores(resultat: Resultat) -> dict[str, float | None]:
    toutes = {**resultat.competences, **resultat.ingenieries, **resultat.regroupements["r"]}
    return {nom: score.valeur for nom, score in toutes.items()}


def _proches(un: float | None, autre: float | Fraction | None) -> bool:
    if un is None or autre is None:
        return un is autre
    return abs(un - float(autre)) <= PRES


# Le plan lui-même est tiré : cent référentiels, chacun ses poids, ses inverses et ses cases vides.
@settings(max_examples=tirages(100))
@given(notations())
def test_le_moteur_donne_ce_que_donne_l_oracle(notation: tuple[Plan, Valeurs]) -> None:
    plan, valeurs = notation
    referentiel = referentiel_de(plan)
    attendu, trouve = oracle(plan, valeurs), cpit.noter(referentiel, valeurs)
    parts = regle_2(plan, attendu.scores)
    assert all(_proches(part, parts[nom]) for nom, part in parts_notees(referentiel, trouve.ingenieries).items())
    for nom, score in _scores(trouve).items():
        assert _proches(score, attendu.scores[nom]), nom
    for (competence, ingenierie), case in attendu.matrice.items():
        assert _proches(trouve.matrice[competence][ingenierie].valeur, case)
    position = trouve.situation.position
    assert (position is None) == (attendu.position is None)
    if position is not None and attendu.position is not None:
        assert _proches(position.x, attendu.position[0])
        assert _proches(position.y, attendu.position[1])
    dominante = trouve.situation.dominante
    assert (None if dominante is None else set(dominante)) == attendu.dominante


@given(notations())
def test_les_comptes_et_les_motifs_disent_vrai(notation: tuple[Plan, Valeurs]) -> None:
    plan, valeurs = notation
    referentiel = referentiel_de(plan)
    resultat = cpit.noter(referentiel, valeurs)
    for identifiant, echelle in referentiel.echelles.items():
        score = resultat.score(identifiant)
        assert score.items == len(echelle.items)
        assert score.repondus == sum(item.code in valeurs for item in echelle.items)
        vide = "aucune-reponse" if score.items else "aucun-item"
        absent = vide if score.repondus == 0 else "sous-le-seuil"
        assert score.motif == (absent if score.valeur is None else None)
        assert score.motif != "sous-le-seuil" or score.repondus < score.items


@given(notations())
def test_un_score_reste_dans_l_echelle_exactement(notation: tuple[Plan, Valeurs]) -> None:
    """Sans marge : un 4,000000000000001 sur 4 ferait sortir une jauge de son cadre."""
    plan, valeurs = notation
    resultat = cpit.noter(referentiel_de(plan), valeurs)
    for score in _scores(resultat).values():
        assert score is None or plan.niveaux[0] <= score <= plan.niveaux[-1]


@given(plans(), st.data())
def test_au_plus_bas_il_n_y_a_jamais_de_position(plan: Plan, donnees: st.DataObject) -> None:
    """Règle 3, Σ a = 0 : l’arrondi des poids ne doit pas faire naître une part infime."""
    bas, haut = plan.niveaux[0], plan.niveaux[-1]
    gardes = donnees.draw(st.sets(st.sampled_from(plan.items)))
    valeurs = {item.code: haut if item.inverse else bas for item in gardes}
    situation = cpit.noter(referentiel_de(plan), valeurs).situation
    assert situation.position is None
    assert situation.dominante is None


def score_d_items(items: list[Item], retenues: dict[str, int], seuil: float) -> float | None:
    """Le score d’une échelle faite de ces items, absent sous le seuil."""
    valeurs = {item.code: float(retenues.get(item.code, 0)) for item in items}
    repondus = {item.code: int(item.code in retenues) for item in items}
    note = noter_bareme(Bareme.pour(items), valeurs, repondus, seuil, choisir_un)
    return note.valeur if note.presente else None


def test_l_arrondi_ne_fait_pas_naitre_une_part() -> None:
    """0.1 * 3 / 0.1 vaut 3.0000000000000004, et 0.35 * 3 / 0.35, 2.9999999999999996."""
    for poids_ in (0.1, 0.35):
        items = [Item("a", "c", "k", "…", poids=poids_), Item("b", "c", "k", "…", poids=poids_)]
        assert score_d_items(items, {"a": 3}, 0.5) == 3
        assert score_d_items(items, {}, 0) is None


def test_de_poids_entiers_une_moyenne_n_a_pas_besoin_de_bornes() -> None:
    """La formule d’un classeur n’en porte alors aucune : les sommes sont exactes."""
    assert Bareme.pour([Item("a", "c", "k", "…", poids=2), Item("b", "c", "k", "…")]).entier is True
    assert Bareme.pour([Item("a", "c", "k", "…", poids=2), Item("b", "c", "k", "…", poids=0.5)]).entier is False


def test_une_reponse_qui_manque_ne_borne_pas_une_echelle_negative() -> None:
    """(0.1 * -3 + 0.3 * -3) / (0.1 + 0.3) vaut -2.9999999999999996 : au plus bas, donc sans part."""
    items = [Item("a", "c", "k", "…", poids=0.1), Item("b", "c", "k", "…", poids=0.3), Item("d", "c", "k", "…")]
    assert score_d_items(items, {"a": -3, "b": -3}, 0.1) == -3


def test_le_seuil_est_compare_en_nombres_et_non_en_virgule_flottante() -> None:
    """0.28 * 25 vaut 7.000000000000001 : 7 items sur 25 doivent passer, 6 non."""
    assert 0.28 * 25 > 7
    items = [Item(f"i{n}", "c", "k", "…") for n in range(25)]
    assert score_d_items(items, {f"i{n}": 1 for n in range(7)}, 0.28) == 1
    assert score_d_items(items, {f"i{n}": 1 for n in range(6)}, 0.28) is None


@given(notations(), st.randoms(use_true_random=False))
def test_l_ordre_est_indifferent(notation: tuple[Plan, Valeurs], hasard: object) -> None:
    plan, valeurs = notation
    items, reponses = list(plan.items), list(valeurs.items())
    hasard.shuffle(items)  # type: ignore[attr-defined]
    hasard.shuffle(reponses)  # type: ignore[attr-defined]
    melange = replace(plan, items=items)
    assert _scores(cpit.noter(referentiel_de(melange), dict(reponses))) == _scores(
        cpit.noter(referentiel_de(plan), valeurs)
    )


@given(st.integers(-50, 50), st.integers(1, 50), st.data())
def test_inverser_deux_fois_ne_change_rien(bas: int, etendue: int, donnees: st.DataObject) -> None:
    haut = bas + etendue
    valeur = donnees.draw(st.integers(bas, haut))
    item = Item("a", "c", "k", "…", inverse=True)
    miroir = valeur_retenue(item, valeur, bas, haut)
    assert bas <= miroir <= haut
    assert valeur_retenue(item, miroir, bas, haut) == valeur
    assert valeur_retenue(replace(item, inverse=False), valeur, bas, haut) == valeur


@given(plans(), st.data())
def test_repondre_en_miroir_a_des_items_retournes_ne_change_rien(plan: Plan, donnees: st.DataObject) -> None:
    """L’inversion se fait sur l’étendue déclarée, quelles que soient les réponses observées."""
    etendu = replace(plan, niveaux=list(range(plan.niveaux[0], plan.niveaux[-1] + 1)))
    valeurs = {item.code: donnees.draw(st.sampled_from(etendu.niveaux)) for item in etendu.items}
    retourne = replace(etendu, items=[item._replace(inverse=not item.inverse) for item in etendu.items])
    somme = etendu.niveaux[0] + etendu.niveaux[-1]
    miroirs = {code: somme - valeur for code, valeur in valeurs.items()}
    assert _scores(cpit.noter(referentiel_de(retourne), miroirs)) == _scores(
        cpit.noter(referentiel_de(etendu), valeurs)
    )


@given(notations())
def test_sans_objet_ne_vaut_jamais_zero(notation: tuple[Plan, Valeurs]) -> None:
    """Un item sans valeur ne pèse pas : l’ôter du référentiel donne la même moyenne."""
    plan, valeurs = notation
    reduit = replace(
        plan,
        items=[item for item in plan.items if item.code in valeurs],
        groupes={nom: [code for code in codes if code in valeurs] for nom, codes in plan.groupes.items()},
    )
    entier, sans = (
        _scores(cpit.noter(referentiel_de(plan), valeurs)),
        _scores(cpit.noter(referentiel_de(reduit), valeurs)),
    )
    for nom, score in entier.items():
        assert score is None or score == sans[nom]


@given(notations())
def test_la_position_est_dans_l_enveloppe_convexe_des_poles(notation: tuple[Plan, Valeurs]) -> None:
    """Dans aucune direction elle ne va plus loin que le pôle le plus lointain."""
    plan, valeurs = notation
    position = cpit.noter(referentiel_de(plan), valeurs).situation.position
    if position is None:
        return
    for pas in range(48):
        ux, uy = cos(pas * pi / 24), sin(pas * pi / 24)
        plus_loin = max(ux * float(x) + uy * float(y) for x, y in plan.poles.values())
        assert ux * position.x + uy * position.y <= plus_loin + PRES


@given(notations())
def test_doubler_tous_les_poids_ne_change_rien(notation: tuple[Plan, Valeurs]) -> None:
    plan, valeurs = notation
    double = replace(plan, items=[item._replace(poids=item.poids * 2) for item in plan.items])
    assert cpit.noter(referentiel_de(double), valeurs) == cpit.noter(referentiel_de(plan), valeurs)


@given(notations(), st.data())
def test_repondre_plus_haut_ne_baisse_jamais_un_score(notation: tuple[Plan, Valeurs], donnees: st.DataObject) -> None:
    plan, valeurs = notation
    droits = [item.code for item in plan.items if not item.inverse and item.code in valeurs]
    if not droits:
        return
    code = donnees.draw(st.sampled_from(droits))
    plus_haut = {**valeurs, code: plan.niveaux[-1]}
    avant, apres = (
        _scores(cpit.noter(referentiel_de(plan), valeurs)),
        _scores(cpit.noter(referentiel_de(plan), plus_haut)),
    )
    for nom, score in avant.items():
        if score is not None:
            assert (apres[nom] or 0) >= score - PRES or apres[nom] == score


@given(notations())
def test_la_dominante_suit_la_regle_4(notation: tuple[Plan, Valeurs]) -> None:
    plan, valeurs = notation
    resultat = cpit.noter(referentiel_de(plan), valeurs)
    situation = resultat.situation
    if situation.position is None:
        assert situation.dominante is None
        return
    n = len(plan.poles)
    centre = [float(sum(pole[axe] for pole in plan.poles.values()) / n) for axe in (0, 1)]
    distance = hypot(situation.position.x - centre[0], situation.position.y - centre[1])
    assert situation.distance == pytest.approx(distance, abs=PRES)
    if abs(distance - float(plan.seuil_equilibre)) > PRES:
        assert (situation.dominante == ()) == (distance < float(plan.seuil_equilibre))
    if situation.dominante:
        scores = {nom: score.valeur or 0.0 for nom, score in resultat.ingenieries.items()}
        assert scores[situation.dominante[0]] == pytest.approx(max(scores.values()), abs=PRES)


@pytest.mark.endurance
def test_toutes_les_positions_possibles_du_plan_livre() -> None:
    """Huit items de 0 à 4 par ingénierie : 33³ triplets de parts, tous vérifiés, y compris pile sur un seuil."""
    poles = {"p": (-1, 0), "m": (0, -1), "c": (1, 1)}
    coordonnees = {nom: Position(*xy) for nom, xy in poles.items()}
    exacts = {nom: (Fraction(x), Fraction(y)) for nom, (x, y) in poles.items()}
    plan = Plan([0, 4], Fraction(1, 2), Fraction(15, 100), [], exacts, [])
    pile = 0
    for triplet in itertools.product(range(33), repeat=3):
        parts = {nom: Fraction(n, 32) for nom, n in zip(poles, triplet, strict=True)}
        situation = situer({nom: float(part) for nom, part in parts.items()}, coordonnees, 0.15)
        position = regle_3(plan, dict(parts))
        voulue = regle_4(plan, dict(parts), position)
        assert (None if situation.dominante is None else set(situation.dominante)) == voulue, triplet
        pile += position is not None and position[0] ** 2 + position[1] ** 2 == Fraction(9, 400)
    assert pile > 0, "aucun triplet ne tombe pile sur le seuil : ce test n’éprouverait pas l’inégalité stricte"


@pytest.mark.parametrize(("distance", "dominante"), [(0.14999, ()), (0.15, ("b",)), (0.15001, ("b",))])
def test_l_equilibre_est_strictement_en_deca_du_seuil(distance: float, dominante: tuple[str, ...]) -> None:
    """Quatre items de 0 à 10 peuvent donner 17/40 et 23/40 : 0,15 tout juste, que l’arrondi ne doit pas rogner."""
    poles = {"a": Position(-1, 0), "b": Position(1, 0)}
    parts: dict[str, float | None] = {"a": (1 - distance) / 2, "b": (1 + distance) / 2}
    assert situer(parts, poles, 0.15).dominante == dominante


@pytest.mark.parametrize(("ecart", "dominante"), [(5e-10, ("a", "b")), (2e-9, ("b",))])
def test_les_parts_sont_egales_a_un_milliardieme_pres(ecart: float, dominante: tuple[str, ...]) -> None:
    poles = {"a": Position(0, 0), "b": Position(0, 0), "c": Position(1, 1)}
    assert situer({"a": 0.5, "b": 0.5 + ecart, "c": 0.0}, poles, 0.15).dominante == dominante


def test_une_borne_atteinte_tout_juste_est_atteinte() -> None:
    """Le poids qu’il faut, la distance au centre et l’écart entre deux parts : chaque borne comprend son bord."""
    # (1 − tolérance) / 2 du poids répondu, pour un seuil d’une moitié : le moins que la tolérance laisse passer.
    items = [Item("a", "c", "k", "…", poids=1 - TOLERANCE), Item("b", "c", "k", "…", poids=1 + TOLERANCE)]
    assert score_d_items(items, {"a": 2}, 0.5) == 2
    assert score_d_items(items, {"a": 2}, 0.5 + 2e-9) is None
    poles = {"a": Position(-1, 0), "b": Position(1, 0)}
    assert situer({"a": 0.5, "b": 0.5}, poles, 0).dominante == ("a", "b"), "au centre même, un seuil nul n’écarte rien"
    assert situer({"a": 0.0, "b": EGALITE}, poles, 0.15).dominante == ("a", "b")
    assert situer({"a": 0.0, "b": 2 * EGALITE}, poles, 0.15).dominante == ("b",)


def test_les_cases_d_une_competence_se_placent_comme_une_personne() -> None:
    plan = Plan(
        [0, 1, 3, 4],
        Fraction(1, 2),
        Fraction(15, 100),
        ["c0", "c1"],
        {"k0": (Fraction(0), Fraction(0)), "k1": (Fraction(1), Fraction(0))},
        [ItemNu(f"{c}{k}", c, k, Fraction(1), False) for c in ("c0", "c1") for k in ("k0", "k1")],
        {"g0": ["c0k0"], "g1": ["c0k0"]},
    )
    referentiel = referentiel_de(plan)
    resultat = cpit.noter(referentiel, {"c0k0": 1, "c0k1": 3})
    # c0 : parts 1/4 et 3/4, x = 3/4 ; c1 n’a aucune réponse.
    assert resultat.situations_competences["c0"].position == Position(0.75, 0.0)
    assert resultat.situations_competences["c1"].motif == "score-absent"
    assert resultat.situations_competences["c1"].manquants == ("k0", "k1")
    # D’autres coordonnées, pour une analyse de sensibilité : mêmes parts, autre carte.
    deplace = situer_scores(referentiel, resultat.ingenieries, {"k0": Position(0, 0), "k1": Position(0, 2)})
    assert deplace.position == Position(0.0, 1.5)


def test_l_oracle_est_independant_du_moteur() -> None:
    arbre = ast.parse((TESTS / "oracle.py").read_text(encoding="utf-8"))
    importes = {n.module or "" for n in ast.walk(arbre) if isinstance(n, ast.ImportFrom)}
    importes |= {alias.name for n in ast.walk(arbre) if isinstance(n, ast.Import) for alias in n.names}
    assert not [nom for nom in importes if nom.startswith("cpit")]
