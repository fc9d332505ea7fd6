"""Deux passations d’une personne, comparées : à la main, par un oracle, et ce qui vaut de toutes."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from math import sqrt

import oracle
import pytest
import yaml
from aide_cohorte import cohorte_au_hasard, lecture_de
from aides import LIVRE, TESTS, livre, passation_de, tirages
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import fdtri, stdtrit

import cpit
from cpit.api.comparaison import rapprochement_en_dictionnaire
from cpit.coeur.comparaison import Comparaison, Reference, comparer_passations
from cpit.coeur.mots.lecture_comparaison import lire_la_comparaison
from cpit.coeur.passation import Passation, question_changee, repondu, sans_objet
from cpit.coeur.referentiel import Referentiel

PLAN = oracle.plan_ecrit(yaml.safe_load(LIVRE.read_text(encoding="utf-8")))
ITEMS = [item.code for item in livre().ordre_de_passation()]
AVANT = "212102110213221002121111"
APRES = "3132031203S4331103221212"
signes = st.text("01234S.", min_size=len(ITEMS), max_size=len(ITEMS))


def comparer(avant: str, apres: str, reference: Reference | None = None) -> Comparaison:
    deux = (passation_de(livre(), avant, moment="t0"), passation_de(livre(), apres, moment="t1"))
    return comparer_passations(livre(), *deux, reference)


def etrangere(reponses: dict[str, int], **champs: str) -> Passation:
    """Réponses au référentiel « etranger », aux poids inégaux et aux items inversés."""
    passation = Passation.nouvelle(etranger(), **champs)
    return replace(passation, reponses={code: repondu(valeur) for code, valeur in reponses.items()})


def etranger() -> Referentiel:
    return cpit.referentiel(TESTS / "referentiels" / "etranger.yaml")


# --- à la main --------------------------------------------------------------------------------------------------------


def test_une_competence_a_sa_difference_et_son_plancher_mais_pas_d_etat() -> None:
    """C1 : 2 1 2 puis 3 1 3 ; 5/3 puis 7/3. Plancher √(2 · (1/12) / 3). C4 n’a que deux items communs."""
    comparaison = comparer(AVANT, APRES)
    une = comparaison.competences["C1"]
    assert [une.de, une.a, une.difference] == pytest.approx([5 / 3, 7 / 3, 2 / 3])
    assert une.plancher == pytest.approx(sqrt(2 / 12 / 3))
    assert (une.items_communs, une.erreur, une.bornes, une.etat, une.motif) == (3, None, None, None, "sans-reference")
    ampute = comparaison.competences["C4"]
    assert (ampute.items_communs, ampute.de, ampute.a) == (2, 2.5, 3.5)
    assert ampute.plancher == pytest.approx(sqrt(2 / 12 / 2))


def test_une_ingenierie_a_un_etat_a_elle() -> None:
    """Une compétence sur deux monte d’un niveau : différence 1/2 ; Σ (d − 1/2)² = 2, donc 2 / (8 · 7), plus 2/12/8."""
    une = comparer("1" * 24, "222111" * 4).ingenieries["publique"]
    assert une.difference == 0.5
    assert une.erreur == pytest.approx(sqrt(2 / 56 + 2 / 12 / 8))
    marge = stdtrit(7, 0.975) * sqrt(2 / 56 + 2 / 12 / 8)
    assert une.bornes == pytest.approx((0.5 - marge, 0.5 + marge))
    assert (une.etat, une.motif) == ("incertain", None)
    assert comparer("1" * 24, "2" * 24).ingenieries["publique"].etat == "bouge"


def test_un_groupe_d_items_a_un_etat_si_quatre_competences_le_portent() -> None:
    """Au référentiel livré, deux groupes seulement en réunissent moins."""
    groupes = [g for paquet in comparer("1" * 24, "2" * 24).regroupements.values() for g in paquet.values()]
    for groupe in groupes:
        competences = {item.competence for item in groupe.echelle.items}
        assert groupe.se_juge_seule == (len(competences) >= 4) == (groupe.erreur is not None)
        assert groupe.etat == ("bouge" if groupe.se_juge_seule else None)
    assert {g.se_juge_seule for g in groupes} == {True, False}


def test_ce_qui_ne_se_compare_pas_dit_pourquoi() -> None:
    avant = passation_de(livre(), AVANT).avec_reponse(ITEMS[0], question_changee()).avec_reponse(ITEMS[1], sans_objet())
    comparaison = comparer_passations(livre(), avant, passation_de(livre(), APRES[:3] + "." + APRES[4:]))
    motifs = {code: item.motif for code, item in comparaison.items.items() if item.motif}
    attendus = {ITEMS[0]: "question-changee", ITEMS[1]: "sans-objet", ITEMS[3]: "sans-reponse", ITEMS[10]: "sans-objet"}
    assert motifs == attendus
    assert (comparaison.items[ITEMS[0]].de, comparaison.items[ITEMS[0]].a) == (None, 3)
    assert comparaison.items_changes() == (ITEMS[0],)
    assert (comparaison.competences["C1"].etat, comparaison.competences["C1"].motif) == (
        "non-comparable",
        "sous-le-seuil",
    )


def test_sans_assez_de_competences_communes_la_position_ne_se_compare_pas() -> None:
    """Tout au plus bas d’un côté : pas de position. Rien de commun : pas de score."""
    plus_bas = comparer("0" * 24, APRES).position
    assert (plus_bas.de, plus_bas.etat, plus_bas.motif) == (None, "non-comparable", "parts-nulles")
    vide = comparer("2" * 12 + "." * 12, "." * 12 + "2" * 12)
    assert (vide.items_communs, vide.position.motif) == (0, "score-absent")
    assert {e.motif for e in vide.echelles().values()} == {"aucune-reponse"}


def test_a_trois_competences_le_deplacement_se_montre_sans_etat() -> None:
    """Les deux places sont là, et l’on dit pourquoi rien ne juge leur écart."""
    gardees = livre().competences[:3]
    items = tuple(i for i in livre().items if i.competence in {c.identifiant for c in gardees})
    petit = replace(livre(), competences=gardees, items=items, regroupements=())
    deux = (passation_de(petit, "212102110", moment="t0"), passation_de(petit, "313203120", moment="t1"))
    position = comparer_passations(petit, *deux).position
    assert (position.etat, position.motif, position.region) == ("non-comparable", "trop-peu-de-competences", None)
    assert position.de is not None
    assert position.a is not None


def test_d_un_referentiel_change_seuls_les_items_identiques_se_comparent() -> None:
    """Une version où un seul énoncé a changé : son item est nommé, les autres se comparent."""
    item = livre().items[4]
    autre = replace(livre(), version="9.0.0", empreinte="0" * 64, items=tuple(
        replace(i, enonce="Autre chose.") if i is item else i for i in livre().items
    ))  # fmt: skip
    avant, apres = passation_de(livre(), AVANT), passation_de(autre, APRES)
    comparaison = comparer_passations(autre, avant, apres, ancien=livre())
    assert comparaison.items_changes() == (item.code,)
    assert comparaison.items_communs == 22
    assert comparaison.items[item.code].de is None
    with pytest.raises(ValueError, match="autre référentiel"):
        comparer_passations(autre, avant, apres)


def test_un_item_inverse_entre_par_sa_valeur_retenue_et_les_poids_pesent() -> None:
    """Échelle de 1 à 6 ; S2 inversé : 2 puis 5 retiennent 5 puis 2. semer (2 1 1 0,5) : (10+5+3+3) puis (12+2+3+3)."""
    avant = etrangere({"S1": 5, "S2": 2, "S3": 3, "S4": 6})
    apres = etrangere({"S1": 6, "S2": 5, "S3": 3, "S4": 6}, moment="t1")
    comparaison = comparer_passations(etranger(), avant, apres)
    assert (comparaison.items["S2"].de, comparaison.items["S2"].a, comparaison.items["S2"].difference) == (5, 2, -3)
    semer = comparaison.competences["semer"]
    assert semer.difference == pytest.approx((20 - 21) / 4.5)
    assert semer.plancher == pytest.approx(sqrt(2 / 12 * (4 + 1 + 1 + 0.25)) / 4.5)


def test_une_reference_donne_son_etat_a_une_competence_entiere() -> None:
    """SEM 0,2 : décelable 1,96 · √2 · 0,2 = 0,554 ; C1 diffère de 0,67, C3 de 0,33 ; C4 n’est pas entière."""
    reference = Reference("t0", "soi", 40, {"C1": 0.2, "C3": 0.2, "C4": 0.2})
    comparaison = comparer(AVANT, APRES, reference)
    une = comparaison.competences["C1"].reference
    assert une is not None
    assert [une.indice, une.decelable] == pytest.approx([(2 / 3) / (sqrt(2) * 0.2), 1.96 * sqrt(2) * 0.2])
    etats = [comparaison.competences[code].etat for code in ("C1", "C3", "C4", "C5")]
    assert etats == ["bouge", "incertain", None, None]
    assert comparaison.competences["C4"].motif == comparaison.competences["C5"].motif == "hors-reference"


@pytest.mark.parametrize("ecart", [0.002, 1e-4, 1e-6])
def test_ce_qui_passe_un_seuil_s_ecrit_au_dela(ecart: float) -> None:
    """C1 diffère de 0,667, un peu plus que le décelable : « +0,67, au-delà de 0,7 » dirait le contraire."""
    reference = Reference("t0", "soi", 40, {"C1": (2 / 3 - ecart) / (1.96 * sqrt(2))})
    (phrase,) = (une for une in lire_la_comparaison(comparer(AVANT, APRES, reference)).bougent if une.startswith("C1"))
    trouvee = re.search(r"\+([\d,]+) \(au-delà de ([\d,]+),", phrase)
    assert trouvee is not None
    difference, seuil = (float(texte.replace(",", ".")) for texte in trouvee.groups())
    assert seuil != difference
    assert seuil < 2 / 3


def test_ce_qui_bouge_ne_va_pas_d_un_nombre_au_meme() -> None:
    """Des bornes qui laissent zéro dehors, et deux scores, tout près : de quoi les voir."""
    comparaison = comparer(AVANT, APRES)
    code, une = next((code, une) for code, une in comparaison.ingenieries.items() if une.etat is not None)
    proche = replace(une, de=2.01, a=2.04, bornes=(0.003, 0.057), etat="bouge")
    phrases = lire_la_comparaison(replace(comparaison, ingenieries={code: proche})).bougent
    assert any(
        "de 2,01 à 2,04, +0,03 (à 95 %, de +0,003 à +0,06)" in phrase.replace("\u202f", " ") for phrase in phrases
    )


@pytest.mark.endurance
def test_l_erreur_d_une_reference_est_celle_de_la_fidelite() -> None:
    recueil = lecture_de(cohorte_au_hasard(livre(), 40, (("t0", "soi"), ("t1", "soi")), absentes=0.05))
    deux = [passation_de(livre(), AVANT, moment=moment, identifiant="P") for moment in ("t1", "t2")]
    reference = cpit.comparer(*deux, livre(), reference=recueil).comparaison.reference
    assert reference is not None
    strate = next(s for s in cpit.fidelite(recueil).strates if s.moment == "t1")
    sem = {code: e.coherence.erreur_type.valeur for code, e in strate.echelles.items()}
    assert reference.erreurs == {code: valeur for code, valeur in sem.items() if valeur is not None}
    assert reference.erreurs
    assert reference.personnes == 20


def test_le_json_porte_les_cles_promises() -> None:
    deux = (passation_de(livre(), AVANT, moment="t0"), passation_de(livre(), APRES, moment="t1"))
    document = json.loads(json.dumps(rapprochement_en_dictionnaire(cpit.comparer(*deux, meme_personne=True))))
    assert document["de"]["moment"] == "t0"
    assert document["items"]["C1P"] == {"de": 2, "a": 3, "difference": 1, "motif": None}
    cles = {"de", "a", "difference", "items_communs", "plancher", "erreur", "etat", "motif"}
    assert cles <= document["competences"]["C1"].keys()
    assert {"de", "a", "deplacement", "region", "etat"} <= document["position"].keys()


# --- par un oracle ----------------------------------------------------------------------------------------------------


def valeurs(texte: str) -> oracle.Valeurs:
    return {code: int(signe) for code, signe in zip(ITEMS, texte, strict=True) if signe.isdigit()}


@settings(max_examples=tirages(15), deadline=None)
@given(signes, signes)
def test_les_differences_et_leurs_erreurs_sont_celles_de_l_oracle(avant: str, apres: str) -> None:
    comparaison = comparer(avant, apres)
    for une in comparaison.echelles().values():
        if une.erreur is not None:
            codes = [item.code for item in une.echelle.items]
            m, difference, variance = oracle.difference(PLAN, codes, valeurs(avant), valeurs(apres))
            assert une.difference == pytest.approx(float(difference), abs=1e-9)
            assert une.erreur == pytest.approx(sqrt(variance), rel=1e-6)
            assert une.bornes is not None
            assert une.bornes[1] - une.bornes[0] == pytest.approx(2 * stdtrit(m - 1, 0.975) * sqrt(variance), rel=1e-6)


@settings(max_examples=tirages(10), deadline=None)
@given(st.text("01234S", min_size=24, max_size=24), st.text("1234", min_size=24, max_size=24))
def test_le_deplacement_et_sa_region_sont_ceux_de_l_oracle(avant: str, apres: str) -> None:
    position = comparer(avant, apres).position
    if position.region is not None:
        m, attendu, covariance = oracle.deplacement(PLAN, valeurs(avant), valeurs(apres))
        assert position.deplacement is not None
        assert [position.deplacement.x, position.deplacement.y] == pytest.approx([float(c) for c in attendu], abs=1e-9)
        v = position.region.covariance
        grandeur = float(covariance[0] + covariance[2])
        assert [v.xx, v.xy, v.yy] == pytest.approx([float(c) for c in covariance], rel=1e-6, abs=1e-9 * grandeur)
        assert position.region.rayon2 == pytest.approx(2 * (m - 1) / (m - 2) * fdtri(2, m - 2, 0.95))


# --- ce qui vaut de toutes --------------------------------------------------------------------------------------------


@settings(max_examples=tirages(15), deadline=None)
@given(signes)
def test_une_passation_devant_elle_meme_ne_bouge_pas(texte: str) -> None:
    comparaison = comparer(texte, texte)
    assert {item.difference for item in comparaison.items.values()} <= {0, None}
    assert {e.difference for e in comparaison.echelles().values()} <= {0.0, None}
    assert "bouge" not in {comparaison.position.etat, *(e.etat for e in comparaison.echelles().values())}


@settings(max_examples=tirages(15), deadline=None)
@given(signes, signes)
def test_echanger_les_deux_renverse_tout_et_ne_change_aucun_etat(avant: str, apres: str) -> None:
    une, autre = comparer(avant, apres), comparer(apres, avant)
    for code, echelle in une.echelles().items():
        renversee = autre.echelles()[code]
        assert (renversee.etat, renversee.motif, renversee.plancher) == (echelle.etat, echelle.motif, echelle.plancher)
        if echelle.difference is not None:
            assert renversee.difference == -echelle.difference
    assert une.position.etat == autre.position.etat


@settings(max_examples=tirages(15), deadline=None)
@given(signes, signes, st.sampled_from(ITEMS))
def test_un_item_ote_d_un_cote_compte_comme_ote_des_deux(avant: str, apres: str, code: str) -> None:
    rang = ITEMS.index(code)

    def sans(texte: str) -> str:
        return f"{texte[:rang]}.{texte[rang + 1 :]}"

    d_un, des_deux = comparer(sans(avant), apres), comparer(sans(avant), sans(apres))
    assert d_un.echelles() == des_deux.echelles()
    assert d_un.position == des_deux.position
