"""Des agrégats à partager : un adversaire qui a tout ce qui est publié n’y retrouve aucun petit groupe.

L’attaque est écrite ici sans rien reprendre du code attaqué : un système linéaire résolu en fractions exactes, des
personnes rangées dans des ensembles ordinaires, et toutes les réunions de groupes essayées.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from fractions import Fraction
from functools import cache
from itertools import chain, combinations
from pathlib import Path
from random import Random
from tempfile import mkstemp
from typing import Any
from zipfile import ZipFile

import pytest
import yaml
from aide_cohorte import TROIS_STRATES, cohorte_au_hasard
from aides import TESTS, tirages
from campagnes.ecarts_types import part_determinee
from hypothesis import given, settings
from hypothesis import strategies as st

import cpit
from cpit import cli
from cpit.coeur import anonymat
from cpit.coeur.cohorte import Cohorte, Releve, composer
from cpit.coeur.diffusion import (
    COLONNES_AGREGATS,
    Agregat,
    Agregats,
    MotifDeSilence,
    agreger,
    phrases_de_diffusion,
    tableau_agregats,
)
from cpit.coeur.groupe import mesures
from cpit.coeur.passation import Passation, repondu, sans_objet
from cpit.coeur.referentiel import Choix, Echelle, Niveau, QuestionProfil, Referentiel
from cpit.typographie import FINE

DONNEES = TESTS / "donnees"
QUESTIONS = {"a": "pqr", "b": "uvw", "c": "yz"}


@cache
def referentiel() -> Referentiel:
    """Celui du tutoriel, avec trois questions de profil."""
    profil = tuple(_question(nom, choix) for nom, choix in QUESTIONS.items())
    return replace(cpit.referentiel("minimal"), profil=profil)


def _question(nom: str, choix: Iterable[str]) -> QuestionProfil:
    return QuestionProfil(nom, nom.upper(), tuple(Choix(c, c.upper()) for c in choix))


def cohorte(
    profils: list[dict[str, str]],
    *,
    de: Random,
    absentes: float = 0.1,
    moment: str = "t0",
    ref: Referentiel | None = None,
) -> Cohorte:
    """Une personne par profil, aux réponses tirées au sort."""
    ref = ref or referentiel()
    niveaux = list(ref.echelle.par_valeur)
    releves = []
    for rang, profil in enumerate(profils):
        reponses = {
            item.code: sans_objet() if de.random() < absentes else repondu(de.choice(niveaux)) for item in ref.items
        }
        passation = replace(
            Passation.nouvelle(ref), identifiant=f"P{rang}", moment=moment, profil=profil, reponses=reponses
        )
        releves.append(Releve(passation, "f", rang))
    return composer(ref, releves)


def profils_de(**comptes: int) -> list[dict[str, str]]:
    """« p=12, r=3 » : des profils de la seule question « a »."""
    return [{"a": code} for code, nombre in comptes.items() for _ in range(nombre)]


def effectifs(agregats: Agregats, question: str) -> dict[str, int | None]:
    return {ligne.modalite: ligne.effectif for ligne in agregats.lignes if ligne.question == question}


def entiere(agregats: Agregats) -> dict[str, Agregat]:
    return {ligne.mesure.identifiant: ligne for ligne in agregats.lignes if not ligne.question}


# --- ce que l’on attend, cas par cas --------------------------------------------------------------------------------


def test_sans_petit_groupe_tout_est_montre() -> None:
    agregats = agreger(cohorte(profils_de(p=12, q=15), de=Random(1), absentes=0))
    assert effectifs(agregats, "a") == {"p": 12, "q": 15}
    assert agregats.passations == 27
    assert all(ligne.n == ligne.effectif for ligne in agregats.lignes)
    assert {ligne.motif for ligne in agregats.lignes} == {None}


def test_un_petit_groupe_en_fait_taire_un_autre() -> None:
    """27 − 12 − 12 = 3 : taire r seul ne servirait à rien ; le plus petit des autres est tu avec lui."""
    agregats = agreger(cohorte(profils_de(p=12, q=13, r=3), de=Random(1), absentes=0))
    assert effectifs(agregats, "a") == {"p": None, "q": 13, "r": None, "": None}


def test_le_plus_petit_groupe_est_celui_qui_a_le_moins_de_passations() -> None:
    """p : douze personnes, une fois chacune ; q : onze, deux fois. Des deux, p se tait pour protéger r."""
    lue = cohorte(profils_de(p=12, q=11, r=3), de=Random(1), absentes=0)
    releves = [n.releve for n in lue.notees]
    encore = [replace(r, ligne=100 + rang) for rang, r in enumerate(releves[12:23])]
    agregats = agreger(composer(referentiel(), [*releves, *encore]))
    assert effectifs(agregats, "a") == {"p": None, "q": 22, "r": None, "": None}


def test_le_motif_ne_dit_pas_lequel_est_le_petit() -> None:
    agregats = agreger(cohorte(profils_de(p=12, q=13, r=3), de=Random(1)))
    motifs = {ligne.modalite: ligne.motif for ligne in agregats.lignes if ligne.question == "a"}
    assert motifs["p"] == motifs["r"] == motifs[""] == MotifDeSilence.GROUPE


def test_deux_petits_groupes_qui_ensemble_restent_petits_en_font_taire_un_troisieme() -> None:
    agregats = agreger(cohorte(profils_de(p=20, q=4, r=5), de=Random(1)))
    assert effectifs(agregats, "a") == dict.fromkeys(("p", "q", "r", ""))


def test_ne_pas_repondre_a_une_question_est_un_groupe_comme_un_autre() -> None:
    profils = [*profils_de(p=14, q=15), *({} for _ in range(4))]
    assert effectifs(agreger(cohorte(profils, de=Random(1))), "a") == {
        "p": None,
        "q": 15,
        "r": None,
        "": None,
    }


def test_une_strate_trop_petite_est_tue_et_le_total_avec_elle() -> None:
    grande = cohorte(profils_de(p=15), de=Random(1))
    petite = cohorte(profils_de(p=10), de=Random(2), moment="t1")
    agregats = agreger(Cohorte(grande.referentiel, (*grande.notees, *petite.notees)))
    assert {ligne.effectif for ligne in agregats.lignes if ligne.moment == "t1"} == {None}
    assert {ligne.effectif for ligne in agregats.lignes if ligne.moment == "t0"} == {15}
    assert agregats.passations is None


def test_une_strate_trop_petite_ne_dit_pas_quels_groupes_y_sont_vides() -> None:
    grande = cohorte(profils_de(p=15), de=Random(1))
    vues = set()
    for profils in (profils_de(p=10), profils_de(q=10), profils_de(p=5, q=5), [{}] * 10):
        petite = cohorte(profils, de=Random(2), moment="t1")
        agregats = agreger(Cohorte(grande.referentiel, (*grande.notees, *petite.notees)))
        vues.add(tuple(tableau_agregats(agregats).lignes))
    assert len(vues) == 1


def test_deux_questions_qui_ne_different_que_d_une_personne() -> None:
    """a=p compte 12 personnes, b=u les mêmes et une de plus : la différence serait une personne."""
    profils = [{"a": "p", "b": "u"}] * 12 + [{"a": "q", "b": "u"}] + [{"a": "q", "b": "v"}] * 20
    agregats = agreger(cohorte(profils, de=Random(1)))
    assert None in {*effectifs(agregats, "a").values(), *effectifs(agregats, "b").values()}


def test_dix_scores_dans_un_groupe_de_vingt_ne_se_montrent_pas() -> None:
    complete = cohorte([{}] * 20, de=Random(1), absentes=0)
    competence = referentiel().competences[0].identifiant
    codes = {item.code for item in referentiel().items_de(competence)}
    releves = [
        replace(
            n.releve,
            passation=replace(n.passation, reponses={**n.passation.reponses, **dict.fromkeys(codes, sans_objet())}),
        )
        if rang < 10
        else n.releve
        for rang, n in enumerate(complete.notees)
    ]
    ligne = entiere(agreger(composer(referentiel(), releves)))[competence]
    assert (ligne.effectif, ligne.n, ligne.moyenne, ligne.ecart_type) == (20, None, None, None)
    assert ligne.motif is MotifDeSilence.MESURE


def test_une_seule_personne_sans_score_fait_taire_n_mais_pas_la_moyenne() -> None:
    complete = cohorte([{}] * 20, de=Random(1), absentes=0)
    competence = referentiel().competences[0].identifiant
    premiere = complete.notees[0].passation
    muette = replace(premiere, reponses={item.code: sans_objet() for item in referentiel().items})
    agregats = agreger(composer(referentiel(), [Releve(muette, "f", 0), *(n.releve for n in complete.notees[1:])]))
    ligne = entiere(agregats)[competence]
    assert ligne.n is None
    assert ligne.moyenne is not None
    assert ligne.motif is MotifDeSilence.COMPTE


def test_un_groupe_deja_tu_ne_fait_pas_taire_le_n_des_autres() -> None:
    """Sans score : une personne de p et cinq de q, tus tous deux, cinq de r ; à cinq, aucune ne se calcule."""
    complete = cohorte(profils_de(p=3, q=14, r=15), de=Random(1), absentes=0)
    competence = referentiel().competences[0].identifiant
    muettes = dict.fromkeys((item.code for item in referentiel().items_de(competence)), sans_objet())
    sans = {0, *range(3, 8), *range(17, 22)}
    releves = [
        replace(n.releve, passation=replace(n.passation, reponses={**n.passation.reponses, **muettes}))
        if rang in sans
        else n.releve
        for rang, n in enumerate(complete.notees)
    ]
    agregats = agreger(composer(referentiel(), releves), minimum=5)
    vus = {li.modalite: li.n for li in agregats.lignes if li.question == "a" and li.mesure.identifiant == competence}
    assert (entiere(agregats)[competence].n, vus) == (21, {"p": None, "q": None, "r": 10, "": None})


def test_un_groupe_unanime_est_tu() -> None:
    """Tous ont le même score : sa moyenne dirait la réponse de chacun."""
    ref = referentiel()
    haut = ref.echelle.max
    pareils = [
        Releve(
            replace(
                Passation.nouvelle(ref),
                identifiant=f"U{i}",
                profil={"a": "p"},
                reponses={t.code: repondu(haut) for t in ref.items},
            ),
            "f",
            100 + i,
        )
        for i in range(15)
    ]
    autres = [n.releve for n in cohorte(profils_de(q=15, r=16), de=Random(3)).notees]
    agregats = agreger(composer(ref, [*pareils, *autres]))
    assert effectifs(agregats, "a")["p"] is None
    assert list(effectifs(agregats, "a").values()).count(None) >= 2
    assert effectifs(agreger(composer(ref, pareils)), "")[""] is None


def test_zero_est_un_score_comme_un_autre() -> None:
    """Six personnes à 0, six à 1 : elles ne sont pas unanimes ; onze à 0 le seraient."""
    ref = cpit.referentiel()
    tous = [{item.code: repondu(valeur) for item in ref.items} for valeur in (0, 1)]
    for zeros, effectif in ((6, 12), (12, None)):
        passations = [replace(Passation.nouvelle(ref), reponses=tous[rang >= zeros]) for rang in range(12)]
        agregats = agreger(composer(ref, [Releve(une, "f", rang) for rang, une in enumerate(passations)]))
        assert {ligne.effectif for ligne in agregats.lignes if not ligne.question} == {effectif}


def test_une_moyenne_nulle_s_ecrit_sans_signe() -> None:
    """Sur une échelle de −2 à 2, chacun et son contraire : zéro tout juste, puis un item de moins à l’un."""
    ref = replace(referentiel(), echelle=Echelle("?", tuple(Niveau(v, f"niveau {v}") for v in range(-2, 3))))
    de = Random(1)
    dites = [[de.randrange(-1, 2) for _ in ref.items] for _ in range(40)]
    dites += [[-valeur for valeur in une] for une in dites]
    for de_moins in (0, 1):
        dites[0][0] -= de_moins
        reponses = [{item.code: repondu(v) for item, v in zip(ref.items, une, strict=True)} for une in dites]
        passations = [replace(Passation.nouvelle(ref), reponses=une) for une in reponses]
        agregats = agreger(composer(ref, [Releve(une, "f", rang) for rang, une in enumerate(passations)]), cases=False)
        competence = ref.items[0].competence
        assert str(entiere(agregats)[competence].moyenne) == "0.0"
        exacte = entiere(agregats)[competence].moyenne_exacte
        assert exacte is not None
        assert -0.005 < exacte < 0 if de_moins else exacte == 0


def test_une_case_unanime_fait_taire_toute_la_matrice() -> None:
    """C = (P + M + C) / 3 : une seule case tue se retrouverait."""
    ref = referentiel()
    item = ref.items[0]
    fixes = [
        replace(n.releve, passation=replace(n.passation, reponses={**n.passation.reponses, item.code: repondu(2)}))
        for n in cohorte([{}] * 30, de=Random(1), absentes=0).notees
    ]
    cases = [ligne for ligne in agreger(composer(ref, fixes)).lignes if ligne.mesure.nature == "case"]
    assert {ligne.motif for ligne in cases} == {MotifDeSilence.MESURE}
    assert {ligne.question for ligne in cases} == {""}


@pytest.mark.parametrize(("de_trop", "montrees"), [(0, 6), (1, 1), (10, 3), (11, 6)])
def test_qui_a_laisse_une_case_ne_se_retrouve_pas_par_les_autres(de_trop: int, montrees: int) -> None:
    """3·C1 moins ses trois cases serait le score des seules personnes à qui une case manque.

    Seule, elle se lirait aussi des ingénieries moins les cases de C2 : deux de celles-ci sont tues.
    """
    ref = referentiel()
    complete, item = cohorte([{}] * 30, de=Random(1), absentes=0), ref.items[0]
    releves = [
        replace(
            n.releve,
            passation=replace(n.passation, reponses={**n.passation.reponses, item.code: sans_objet()}),
        )
        if rang < de_trop
        else n.releve
        for rang, n in enumerate(complete.notees)
    ]
    lue = composer(ref, releves)
    agregats = agreger(lue)
    attaquer(lue, agregats)
    dites = entiere(agregats)
    assert sum(d.mesure.nature == "case" and d.moyenne is not None for d in dites.values()) == montrees
    assert dites[item.competence].moyenne is not None
    assert dites[item.ingenierie].moyenne is not None


def test_une_personne_qui_repond_onze_fois_reste_une_personne() -> None:
    passations = [n.releve for n in cohorte([{}] * 11, de=Random(1)).notees]
    meme = [replace(releve, passation=replace(releve.passation, identifiant="P0")) for releve in passations]
    assert effectifs(agreger(composer(referentiel(), passations)), "")[""] == 11
    assert effectifs(agreger(composer(referentiel(), meme)), "")[""] is None


def test_deux_graphies_d_un_code_sont_une_personne() -> None:
    passations = [n.releve for n in cohorte([{}] * 11, de=Random(1)).notees]
    double = replace(passations[1], passation=replace(passations[1].passation, identifiant=" p0 "))
    assert effectifs(agreger(composer(referentiel(), [*passations[:1], double, *passations[2:]])), "")[""] is None


def test_un_choix_de_profil_inconnu_n_est_pas_montre() -> None:
    """Un texte libre glissé dans un profil nommerait quelqu’un."""
    agregats = agreger(cohorte([*profils_de(p=15), *[{"a": "Mme Martin"}] * 15], de=Random(1), absentes=0))
    assert effectifs(agregats, "a") == {"p": 15, "": 15}
    assert "Martin" not in str(list(tableau_agregats(agregats).lignes))


@pytest.mark.echantillon(10)
@pytest.mark.parametrize(("groupes", "reunis"), [(6, 3), (10, 4), (10, 5), (12, 2), (12, 3), (24, 3)])
@pytest.mark.parametrize(("de_trop", "tait"), [(1, True), (5, False)])
def test_deux_reunions_a_une_personne_pres_ne_se_publient_pas(
    groupes: int, reunis: int, de_trop: int, tait: bool
) -> None:
    """Les premiers groupes de « a » et de « b », réunis, sont les mêmes personnes à une près : elle se calculerait.

    Rien de moins ne se répond : chaque groupe de « b » prend une moitié de deux groupes de « a », en rond. À cinq
    personnes de plus, tout se montre. Toutes les réunions de dix groupes s’essaient ; au-delà, celles de trois.
    """
    noms = [f"g{rang:02}" for rang in range(groupes)]
    ref = replace(referentiel(), profil=(_question("a", noms), _question("b", noms)))
    profils = [{"a": noms[0], "b": noms[-1]}] * de_trop
    for rond in (noms[:reunis], noms[reunis:]):
        for un, suivant in zip(rond, [*rond[1:], rond[0]], strict=True):
            profils += [{"a": un, "b": un}] * 5 + [{"a": un, "b": suivant}] * 5
    agregats = agreger(cohorte(profils, de=Random(1), absentes=0, ref=ref), minimum=5, cases=False)
    tus = {ligne.modalite for ligne in agregats.lignes if ligne.motif is MotifDeSilence.GROUPE}
    assert bool(tus) is tait


@pytest.mark.parametrize("minimum", [2, 0, -1])
def test_jamais_sous_trois(minimum: int) -> None:
    with pytest.raises(ValueError, match="3"):
        agreger(cohorte([{}] * 20, de=Random(1)), minimum=minimum)


def test_l_effectif_minimal_se_regle() -> None:
    agregats = agreger(cohorte(profils_de(p=3, q=4), de=Random(1), absentes=0), minimum=3)
    assert effectifs(agregats, "a") == {"p": 3, "q": 4}


def test_on_choisit_les_questions() -> None:
    agregats = agreger(cohorte(profils_de(p=30), de=Random(1)), questions=["a"])
    assert {ligne.question for ligne in agregats.lignes} == {"", "a"}


def test_une_cohorte_vide_ne_donne_rien() -> None:
    agregats = agreger(Cohorte(referentiel()))
    assert (agregats.lignes, agregats.passations) == ((), 0)


def test_ni_extremes_ni_medianes_et_deux_decimales() -> None:
    assert not {"minimum", "maximum", "mediane"} & {colonne.cle for colonne in COLONNES_AGREGATS}
    for ligne in agreger(cohorte([{}] * 37, de=Random(1))).lignes:
        if ligne.moyenne is not None and ligne.ecart_type is not None:
            assert ligne.moyenne == round(ligne.moyenne, 2)
            assert ligne.ecart_type >= 0.01


def test_le_tableau_dit_la_meme_chose_que_les_agregats() -> None:
    agregats = agreger(cohorte(profils_de(p=12, q=13, r=3), de=Random(1)))
    tableau = tableau_agregats(agregats)
    assert len(tableau.lignes) == len(agregats.lignes)
    assert {len(ligne) for ligne in tableau.lignes} == {len(tableau.colonnes)}
    motif, effectif, moyenne = (tableau.rang(cle) for cle in ("motif", "effectif", "moyenne"))
    tus = [ligne for ligne in tableau.lignes if ligne[motif] == "groupe"]
    assert tus
    assert {(ligne[effectif], ligne[moyenne]) for ligne in tus} == {(None, None)}
    connus = set(tableau.colonnes[motif].modalites or {}) | {None}
    assert {ligne[motif] for ligne in tableau.lignes} <= connus


def test_chaque_colonne_du_tableau_a_sa_cle() -> None:
    """Qui relit le CSV les nomme : une clé est une promesse."""
    cles = "moment regard question libelle_question modalite libelle_modalite effectif nature mesure libelle_mesure"
    assert [c.cle for c in COLONNES_AGREGATS] == [*cles.split(), "n", "moyenne", "ecart_type", "motif"]


def test_chaque_colonne_du_tableau_se_decrit() -> None:
    """Le libellé, le type, ce que les nombres permettent, l’unité, les codes et le sens : ce que porte tout export."""
    decrites = [
        {cle: dict(valeur) if isinstance(valeur, Mapping) else valeur for cle, valeur in champs if valeur}
        for champs in ([(f.name, getattr(c, f.name)) for f in fields(c)] for c in COLONNES_AGREGATS)
    ]
    assert decrites == yaml.safe_load((DONNEES / "agregats" / "colonnes.yaml").read_text(encoding="utf-8"))


def test_chaque_groupe_du_tableau_porte_son_code_et_son_libelle() -> None:
    """La strate entière n’a ni l’un ni l’autre ; « sans réponse » n’a pas de code, et un libellé à lui."""
    profils = [*profils_de(p=14, q=15, r=16), *({} for _ in range(17))]
    tableau = tableau_agregats(agreger(cohorte(profils, de=Random(1)), questions=["a"]))
    cles = ("question", "libelle_question", "modalite", "libelle_modalite", "effectif")
    rangs = [tableau.rang(cle) for cle in cles]
    assert list(dict.fromkeys(tuple(ligne[rang] for rang in rangs) for ligne in tableau.lignes)) == [
        (None, None, None, None, 62),
        ("a", "A", "p", "P", 14),
        ("a", "A", "q", "Q", 15),
        ("a", "A", "r", "R", 16),
        ("a", "A", None, "Sans réponse", 17),
    ]


def test_ce_que_l_on_dit_de_la_diffusion_est_en_bon_francais() -> None:
    phrases = " ".join(phrases_de_diffusion(agreger(cohorte(profils_de(p=12, q=13, r=3), de=Random(1)))))
    assert "moins de 11 personnes" in phrases
    assert "publications les désignerait" in phrases
    assert "'" not in phrases
    assert f"personnes près{FINE}:" in phrases
    assert "anonyme" not in phrases


def test_le_referentiel_livre_avec_ses_quatre_questions() -> None:
    livre = cpit.referentiel()
    agregats = agreger(cohorte_au_hasard(livre, 150, TROIS_STRATES))
    for ligne in agregats.lignes:
        assert (ligne.moyenne is None) == (ligne.motif in (MotifDeSilence.GROUPE, MotifDeSilence.MESURE))
    attaquer(cohorte_au_hasard(livre, 150, TROIS_STRATES), agregats)


def test_ce_qui_protege_se_prend_a_une_question_deja_entamee() -> None:
    """p moins u : quatre personnes, qui ont répondu de même. Le plus petit groupe à taire serait u, et v avec lui ;
    mais r et s, trop petits, sont déjà tus de la question « a » : y taire p aussi en tait moins.
    """
    combien = {"qv": 6, "rv": 2, "sv": 3, "pu": 5, "pv": 4}
    ref = replace(referentiel(), profil=(_question("a", "pqrs"), _question("b", "uv")))
    profils = [dict(zip("ab", codes, strict=True)) for codes, n in combien.items() for _ in range(n)]
    lue = cohorte(profils, de=Random(1), absentes=0, ref=ref)
    pareille = lue.notees[-1].passation.reponses
    releves = [
        replace(n.releve, passation=replace(n.passation, reponses=pareille)) if rang >= len(profils) - 4 else n.releve
        for rang, n in enumerate(lue.notees)
    ]
    agregats = agreger(composer(ref, releves), minimum=4, cases=False, ecarts=False)
    assert effectifs(agregats, "a") == {"p": None, "q": 6, "r": None, "s": None, "": None}
    assert effectifs(agregats, "b") == {"u": 5, "v": 15}


@pytest.mark.parametrize(("groupes", "tait"), [(8, True), (10, True), (11, False)])
def test_quatre_groupes_reunis_ne_laissent_pas_quatre_personnes_unanimes(groupes: int, tait: bool) -> None:
    """a1 à a4 réunis, moins b1 à b4 réunis : quatre personnes, qui ont répondu de même ; aucune réunion de trois ne
    les isole. Au-delà de dix groupes à une question, plus de trois ne se réunissent pas : c’est la limite dite.
    """
    noms = {q: [f"{q}{rang}" for rang in range(1, groupes + 1)] for q in "ab"}
    ref = replace(referentiel(), profil=tuple(_question(q, codes) for q, codes in noms.items()))
    carres = [(range(4), range(4)), (range(4, groupes), range(4, groupes))]
    couples = [(i, j) for lignes, colonnes in carres for i in lignes for j in colonnes]
    profils = [{"a": noms["a"][i], "b": noms["b"][j]} for i, j in (*couples, *((i, 4) for i in range(4)))]
    lue = cohorte(profils, de=Random(1), absentes=0, ref=ref)
    premiere = lue.notees[-1].passation.reponses
    releves = [
        replace(n.releve, passation=replace(n.passation, reponses=premiere)) if rang >= len(couples) else n.releve
        for rang, n in enumerate(lue.notees)
    ]
    agregats = agreger(composer(ref, releves), minimum=4, cases=False, ecarts=False)
    assert (None in {*effectifs(agregats, "a").values(), *effectifs(agregats, "b").values()}) is tait


@pytest.mark.parametrize(("personnes", "montre"), [(6, False), (7, True)])
def test_un_ecart_type_demande_sept_personnes_sous_tout_effectif_minimal(personnes: int, montre: bool) -> None:
    """La strate entière, ses échelles, sa position et ses cases ; jamais d’un groupe de trois ou quatre."""
    agregats = agreger(cohorte(profils_de(p=3, q=personnes - 3), de=Random(3), absentes=0), minimum=3)
    montrees = [ligne for ligne in agregats.lignes if ligne.moyenne is not None]
    assert {ligne.mesure.nature for ligne in montrees if not ligne.question} >= {"competence", "position", "case"}
    assert {ligne.ecart_type is not None for ligne in montrees if not ligne.question} == {montre}
    assert {ligne.ecart_type for ligne in montrees if ligne.question == "a"} <= {None}


@pytest.mark.parametrize("cas", yaml.safe_load((DONNEES / "groupes-tus.yaml").read_text(encoding="utf-8")))
def test_parmi_ce_qui_protege_autant_le_choix_est_celui_qu_on_a_vu(cas: dict[str, Any]) -> None:
    profils = [
        {question: code for question, code in zip(QUESTIONS, ensemble, strict=False) if code != "-"}
        for ensemble, combien in cas["profils"].items()
        for _ in range(combien)
    ]
    lue = cohorte(profils, de=Random(1), absentes=0)
    if cas.get("pareils"):
        premieres = {str(n.passation.profil): n.passation.reponses for n in reversed(lue.notees)}
        neuves = [replace(n.passation, reponses=premieres[str(n.passation.profil)]) for n in lue.notees]
        lue = composer(referentiel(), [Releve(une, "f", rang) for rang, une in enumerate(neuves)])
    agregats = agreger(lue, minimum=cas["minimum"], cases=False, ecarts=False)
    for question, montre in cas["montre"].items():
        vus = [modalite or "-" for modalite, effectif in effectifs(agregats, question).items() if effectif]
        assert " ".join(vus) == montre, question


@pytest.mark.parametrize("minimum", [3, 8])
def test_la_table_des_agregats_est_celle_qu_on_a_vue(minimum: int, tmp_path: Path) -> None:
    """Deux strates, des réponses qui manquent : chaque cellule, et pourquoi elle manque, à deux effectifs minimaux."""
    de = Random(5)
    profils = [{"a": de.choice("ppqqr"), "b": de.choice("uuuvw")} for _ in range(34)]
    strates = [cohorte(profils[:n], de=de, absentes=0.2, moment=moment) for n, moment in ((34, "t0"), (23, "t1"))]
    agregats = agreger(Cohorte(referentiel(), tuple(n for strate in strates for n in strate.notees)), minimum=minimum)
    (tmp_path / "vue.csv").write_text(en_csv(agregats), encoding="utf-8")
    attendue = DONNEES / "agregats" / f"minimum-{minimum}.csv"
    assert (tmp_path / "vue.csv").read_text(encoding="utf-8") == attendue.read_text(encoding="utf-8")


def en_csv(agregats: Agregats) -> str:
    """Une ligne par groupe et par mesure, sans les libellés."""
    tableau = tableau_agregats(agregats)
    places = [rang for rang, colonne in enumerate(tableau.colonnes) if "libelle" not in colonne.cle]
    lignes = [[colonne.cle for colonne in tableau.colonnes], *tableau.lignes]
    return "".join(
        ";".join("" if ligne[place] is None else str(ligne[place]) for place in places) + "\n" for ligne in lignes
    )


# --- l’attaque ------------------------------------------------------------------------------------------------------


@settings(max_examples=tirages(30))
@given(st.integers(0, 10**6), st.integers(1, 90), st.integers(3, 12), st.sampled_from([0.0, 0.15, 0.5]), st.booleans())
def test_l_adversaire_ne_retrouve_rien(graine: int, nombre: int, minimum: int, absentes: float, inegaux: bool) -> None:
    de = Random(graine)
    poids = {q: [de.random() ** 3 if inegaux else 1.0 for _ in codes] for q, codes in QUESTIONS.items()}
    profils = [
        {q: de.choices(codes, poids[q])[0] for q, codes in QUESTIONS.items() if de.random() < 0.85}
        for _ in range(nombre)
    ]
    lue = cohorte(profils, de=de, absentes=absentes)
    attaquer(lue, agreger(lue, minimum=minimum))


@settings(max_examples=tirages(25))
@given(st.integers(0, 10**6), st.integers(3, 11), st.integers(12, 60))
def test_l_adversaire_ne_retrouve_rien_de_questions_presque_pareilles(graine: int, minimum: int, nombre: int) -> None:
    """« b » répète « a » à une ou deux personnes près : c’est là que deux questions se trahissent."""
    de = Random(graine)
    profils = []
    for _ in range(nombre):
        rang = de.randrange(3)
        profils.append({"a": "pqr"[rang], "b": "uvw"[rang if de.random() < 0.95 else de.randrange(3)]})
    lue = cohorte(profils, de=de)
    attaquer(lue, agreger(lue, minimum=minimum))


# --- beaucoup de questions : borné, et jamais mal protégé ------------------------------------------------------------


def questions_nombreuses(combien: int, personnes: int, graine: int) -> Cohorte:
    """Des questions à trois choix dont chacune suit de loin un même penchant : les groupes se recouvrent presque."""
    ref = replace(referentiel(), profil=tuple(_question(f"q{rang:02}", "uvw") for rang in range(combien)))
    de, profils = Random(graine), []
    for _ in range(personnes):
        penchant = de.random()
        profils.append(
            {q.identifiant: "uvw"[int((penchant if de.random() < 0.1 else de.random()) * 3)] for q in ref.profil}
        )
    return cohorte(profils, de=de, absentes=0, ref=ref)


def isolees(lue: Cohorte, agregats: Agregats, mesure: str) -> list[int]:
    """Les personnes dont le score est une combinaison des sommes montrées d’une mesure, résolue en fractions."""
    (strate,) = lue.strates().values()
    montrees = [li for li in agregats.lignes if li.mesure.identifiant == mesure and li.moyenne is not None]
    colonnes = [[int(rang in _membres(strate, li)) for li in montrees] for rang in range(len(strate.notees))]
    reduites: list[tuple[int, list[Fraction]]] = []
    for ligne in zip(*colonnes, strict=True):
        reste = _retrancher([Fraction(x) for x in ligne], reduites)
        pivot = next((i for i, x in enumerate(reste) if x), None)
        if pivot is not None:
            neuve = [x / reste[pivot] for x in reste]
            reduites = [(p, _retrancher(autre, [(pivot, neuve)])) for p, autre in reduites] + [(pivot, neuve)]
    # Une base réduite n’engendre le vecteur d’une seule personne que si c’est l’un des siens.
    return [pivot for pivot, ligne in reduites if sum(map(bool, ligne)) == 1]


def _retrancher(ligne: list[Fraction], reduites: Iterable[tuple[int, list[Fraction]]]) -> list[Fraction]:
    for pivot, autre in reduites:
        if tete := ligne[pivot]:
            ligne = [x - tete * y for x, y in zip(ligne, autre, strict=True)]
    return ligne


def test_onze_questions_croisees_se_prouvent_en_peu_de_recherches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Le nombre d’étapes d’une recherche est borné ; celui des recherches doit l’être aussi."""
    vues = []
    chercher = anonymat._Recherche.chercher
    monkeypatch.setattr(anonymat._Recherche, "chercher", lambda *a: vues.append(1) or chercher(*a))
    lue = questions_nombreuses(11, 200, 1)
    agregats = agreger(lue, cases=False)
    assert isolees(lue, agregats, "accueillir") == []
    # Dans l’ordre des colonnes, deux cents étapes, et des groupes tus faute d’avoir prouvé.
    assert len(vues) < 60
    assert all(ligne.effectif for ligne in agregats.lignes)


def test_ce_que_l_on_renonce_a_prouver_est_tu_question_par_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sans une seule étape permise, rien n’est prouvé : il ne reste que la strate entière, et vite."""
    vues = []
    chercher = anonymat._chercher
    monkeypatch.setattr(anonymat, "_ETAPES_MAX", 0)
    anonymat._chercher.cache_clear()
    monkeypatch.setattr(anonymat, "_chercher", lambda *a: vues.append(1) or chercher(*a))
    lue = questions_nombreuses(6, 80, 2)
    try:
        agregats = agreger(lue, cases=False)
    finally:
        chercher.cache_clear()
    assert {ligne.effectif is None for ligne in agregats.lignes if ligne.question} == {True}
    assert {ligne.effectif for ligne in agregats.lignes if not ligne.question} == {80}
    # Une preuve par question qui reste, dans chacune des deux façons de choisir.
    assert len(vues) == 2 * 6


@settings(max_examples=tirages(10))
@given(st.integers(0, 10**6), st.integers(3, 11), st.integers(20, 90))
@pytest.mark.endurance
def test_en_colonnes_une_preuve_est_la_meme(graine: int, minimum: int, personnes: int) -> None:
    lue = questions_nombreuses(4, personnes, graine)
    attendus = agreger(lue, minimum=minimum, cases=False).lignes
    with pytest.MonkeyPatch.context() as rustine:
        rustine.setattr(anonymat, "_EN_COLONNES", 0)
        anonymat._chercher.cache_clear()
        obtenus = agreger(lue, minimum=minimum, cases=False).lignes
        anonymat._chercher.cache_clear()
    # Deux lectures d’un référentiel ont chacune leurs fonctions de mesure.
    assert [replace(li, mesure=None) for li in obtenus] == [replace(li, mesure=None) for li in attendus]


def test_l_avancee_d_une_diffusion_va_jusqu_au_bout() -> None:
    grande = cohorte(profils_de(p=15, q=14), de=Random(1))
    autre = cohorte(profils_de(p=12, q=13), de=Random(2), moment="t1")
    dites: list[tuple[int, int]] = []
    agreger(
        Cohorte(grande.referentiel, (*grande.notees, *autre.notees)), progres=lambda *vu: dites.append(vu), cases=False
    )
    assert dites == sorted(dites)
    assert dites[-1][0] == dites[-1][1] == len(dites)


def attaquer(lue: Cohorte, agregats: Agregats) -> None:
    """Toutes les attaques, strate par strate."""
    for (moment, regard), strate in lue.strates().items():
        lignes = [ligne for ligne in agregats.lignes if (ligne.moment, ligne.regard) == (moment, regard)]
        if next(ligne for ligne in lignes if not ligne.question).effectif is None:
            assert all(ligne.effectif is None and ligne.moyenne is None for ligne in lignes)
            continue
        minimum = agregats.minimum
        _resoudre(lignes, {}, minimum, strate)
        _soustraire_les_cases(lignes, strate, minimum)
        for mesure in mesures(agregats.referentiel):
            de_la_mesure = [ligne for ligne in lignes if ligne.mesure.identifiant == mesure.identifiant]
            presents = [rang for rang, n in enumerate(strate.notees) if mesure.valeur(n.resultat) is not None]
            valeurs = {rang: mesure.valeur(strate.notees[rang].resultat) or 0.0 for rang in presents}
            _resoudre(de_la_mesure, valeurs, minimum, strate)
            _lire_les_n(de_la_mesure, strate, set(presents), minimum)


def _soustraire_les_cases(lignes: list[Agregat], strate: Cohorte, minimum: int) -> None:
    """La somme d’une échelle, moins celles de ses cases, ne tient qu’à qui en a laissé une : assez de monde, ou nul."""
    publiees = {ligne.mesure.identifiant for ligne in lignes if not ligne.question and ligne.moyenne is not None}
    for code, echelle in strate.referentiel.echelles.items():
        if {code, *(f"{i.competence}/{i.ingenierie}" for i in echelle.items)} <= publiees:
            restes = set[str]()
            for notee in strate.notees:
                repondus = [i.poids for i in echelle.items if notee.passation.reponse(i.code).valeur is not None]
                note = notee.resultat.score(code).valeur is not None
                if any(
                    (poids / sum(repondus) if note else 0) != poids / sum(i.poids for i in echelle.items)
                    for poids in repondus
                ):
                    restes.add(notee.passation.identifiant)
            assert not restes or len(restes) >= minimum, "une échelle, moins ses cases, désigne quelqu’un"


def _membres(strate: Cohorte, ligne: Agregat) -> set[int]:
    if not ligne.question:
        return set(range(len(strate.notees)))
    return {r for r, n in enumerate(strate.notees) if n.passation.profil.get(ligne.question, "") == ligne.modalite}


def _resoudre(lignes: list[Agregat], valeurs: dict[int, float], minimum: int, strate: Cohorte) -> None:
    """Rien de ce que les sommes publiées font calculer n’est petit, ni unanime.

    ``valeurs`` vide : on s’en prend aux effectifs ; sinon aux scores d’une mesure, par personne.
    """
    vus: dict[tuple[str, str], set[int]] = {}
    publies: dict[tuple[str, str], bool] = {}
    for ligne in lignes:
        cle = (ligne.question, ligne.modalite)
        membres = _membres(strate, ligne)
        vus[cle] = membres & valeurs.keys() if valeurs else membres
        publies[cle] = (ligne.moyenne if valeurs else ligne.effectif) is not None
    if not publies.get(("", ""), False):
        assert not any(publies.values())
        return
    calculables = {q: _calculables(q, vus, publies, strate) for q in sorted({q for q, _ in vus if q})}
    for ensemble in chain.from_iterable(calculables.values()):
        assert _permis(ensemble, valeurs, minimum), "un groupe montré, ou un reste, est petit ou unanime"
    for grande, petite in ((a, b) for a in calculables for b in calculables if a != b):
        for contenant in _unions(calculables[grande]):
            for contenu in _unions(calculables[petite]):
                if contenu <= contenant:
                    assert _permis(contenant - contenu, valeurs, minimum), "deux questions se trahissent"


def _calculables(
    question: str, vus: dict[tuple[str, str], set[int]], publies: dict[tuple[str, str], bool], strate: Cohorte
) -> list[set[int]]:
    """Les groupes montrés d’une question et son reste ; aucun groupe tu n’y a une solution unique."""
    groupes = {cle: ensemble for cle, ensemble in vus.items() if cle[0] == question}
    tus = [cle for cle in groupes if not publies[cle]]
    montres = [groupes[cle] for cle in groupes if publies[cle]]
    reste = vus["", ""].difference(*montres)
    if tus and montres:
        assert len([cle for cle in tus if _membres_de(strate, cle)]) >= 2
        assert not _solutions_uniques(groupes, publies)
        assert reste
    return [*montres, *([reste] if reste else [])]


def _membres_de(strate: Cohorte, cle: tuple[str, str]) -> bool:
    return any(n.passation.profil.get(cle[0], "") == cle[1] for n in strate.notees)


def _permis(ensemble: set[int], valeurs: dict[int, float], minimum: int) -> bool:
    if not ensemble:
        return True
    portees = [valeurs[rang] for rang in ensemble] if valeurs else []
    return len(ensemble) >= minimum and (not portees or max(portees) - min(portees) > 1e-9)


def _unions(ensembles: list[set[int]]) -> Iterator[set[int]]:
    for choisis in chain.from_iterable(combinations(ensembles, k) for k in range(1, len(ensembles) + 1)):
        yield set().union(*choisis)


def _solutions_uniques(groupes: dict[tuple[str, str], set[int]], publies: dict[tuple[str, str], bool]) -> list[object]:
    """Les inconnues que « somme des groupes = total » et les groupes publiés déterminent (e_i en est combinaison)."""
    cles = sorted(groupes)
    equations = [[Fraction(1)] * len(cles)]
    equations += [[Fraction(int(cle == autre)) for autre in cles] for cle in cles if publies[cle]]
    rang = _rang(equations)
    inconnues = [cle for cle in cles if not publies[cle]]
    return [c for c in inconnues if _rang([*equations, [Fraction(int(c == autre)) for autre in cles]]) == rang]


def _rang(matrice: list[list[Fraction]]) -> int:
    lignes, rang = [ligne[:] for ligne in matrice], 0
    for colonne in range(len(lignes[0])):
        pivot = next((i for i in range(rang, len(lignes)) if lignes[i][colonne]), None)
        if pivot is None:
            continue
        lignes[rang], lignes[pivot] = lignes[pivot], lignes[rang]
        for i in range(rang + 1, len(lignes)):
            facteur = lignes[i][colonne] / lignes[rang][colonne]
            lignes[i] = [x - facteur * y for x, y in zip(lignes[i], lignes[rang], strict=True)]
        rang += 1
    return rang


def _lire_les_n(lignes: list[Agregat], strate: Cohorte, presents: set[int], minimum: int) -> None:
    """Effectif moins n : les personnes sans score, qui ne doivent pas être en petit nombre non plus."""
    lus = [ligne for ligne in lignes if ligne.n is not None]
    for ligne in lus:
        membres = _membres(strate, ligne)
        assert ligne.n == len(membres & presents)
        assert ligne.effectif == len(membres)
        assert len(membres - presents) == 0 or len(membres - presents) >= minimum
    total = next((ligne for ligne in lus if not ligne.question), None)
    for question in {ligne.question for ligne in lus if ligne.question and total}:
        montres = [_membres(strate, ligne) for ligne in lus if ligne.question == question]
        reste = set(range(len(strate.notees))).difference(*montres) - presents
        assert not reste or len(reste) >= minimum


def test_l_attaque_sait_trouver_une_faute() -> None:
    """Sans quoi l’épreuve ne prouverait rien : des agrégats bavards la font échouer."""
    lue = cohorte(profils_de(p=12, q=13, r=3), de=Random(1), absentes=0)
    bavards = agreger(lue, minimum=3)
    with pytest.raises(AssertionError):
        attaquer(lue, replace(bavards, minimum=11))
    seul = tuple(
        replace(ligne, effectif=None, n=None, moyenne=None, ecart_type=None) if ligne.modalite == "r" else ligne
        for ligne in bavards.lignes
    )
    with pytest.raises(AssertionError):
        attaquer(lue, replace(bavards, minimum=11, lignes=seul))


# --- l’export d’agrégats --------------------------------------------------------------------------------------------


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Trente personnes au code, au profil et aux traces reconnaissables."""
    livre = cpit.referentiel()
    de = Random(5)
    structures = [choix.code for choix in livre.profil[0].choix][:2]
    codes = [item.code for item in livre.items]
    lignes = [";".join(["identifiant", livre.profil[0].identifiant, *codes, f"trace_{codes[0]}"])]
    for rang in range(30):
        valeurs = [str(de.randrange(5)) for _ in codes]
        lignes.append(";".join([f"CANARI-{rang:02d}", structures[rang % 2], *valeurs, f"CANARI trace {rang}"]))
    chemin = tmp_path / "reponses.csv"
    chemin.write_text("\n".join(lignes) + "\n", encoding="utf-8")
    return chemin


def exporter(*arguments: object) -> int:
    return int(cli.executer(["exporter", "--simple", *map(str, arguments)]))


def octets(chemin: Path) -> bytes:
    """Le contenu d’un fichier, parties d’un classeur comprises."""
    if chemin.suffix != ".xlsx":
        return chemin.read_bytes()
    with ZipFile(chemin) as archive:
        return b"".join(archive.read(nom) for nom in archive.namelist())


def test_l_export_de_diffusion_n_a_que_des_agregats(table: Path, tmp_path: Path) -> None:
    sortie = tmp_path / "partage"
    assert exporter(table, "--sortie", sortie, "--diffusion", "--formats", "csv,xlsx") == 0
    noms = {chemin.name for chemin in sortie.iterdir()}
    documents = {"dictionnaire.csv", "dictionnaire.xlsx", "dictionnaire_codes.csv", "referentiel.yaml", "LISEZMOI.md"}
    assert noms == {"agregats.csv", "jeu.xlsx", "manifeste.json", "CITATION.cff", *documents}
    for chemin in sortie.iterdir():
        assert b"CANARI" not in octets(chemin), chemin.name
        assert b"pseudonyme," not in octets(chemin), chemin.name
    assert not sortie.with_name("partage.cle").exists(), "aucune clé n’est créée"


def test_la_table_ecrite_se_relit_et_se_laisse_attaquer_en_vain(table: Path, tmp_path: Path) -> None:
    sortie = tmp_path / "partage"
    assert exporter(table, "--sortie", sortie, "--diffusion", "--formats", "csv") == 0
    with (sortie / "agregats.csv").open(encoding="utf-8", newline="") as flux:
        lignes = list(csv.DictReader(flux))
    groupes = {(ligne["question"], ligne["modalite"]): ligne["effectif"] for ligne in lignes}
    assert groupes["", ""] == "30"
    assert {effectif for effectif in groupes.values() if effectif} <= {"30", "15"}
    assert {colonne.cle for colonne in COLONNES_AGREGATS} == set(lignes[0])
    manifeste = json.loads((sortie / "manifeste.json").read_text(encoding="utf-8"))
    assert manifeste["effectif_minimal"] == 11
    assert manifeste["passations"] == 30
    assert not {"cle", "personnes"} & manifeste.keys()


@pytest.mark.endurance
def test_deux_diffusions_des_memes_reponses_ont_les_memes_octets(table: Path, tmp_path: Path) -> None:
    for nom in ("un", "deux"):
        assert exporter(table, "--sortie", tmp_path / nom, "--diffusion", "--formats", "csv,xlsx") == 0
    assert {c.name: c.read_bytes() for c in (tmp_path / "un").iterdir()} == {
        c.name: c.read_bytes() for c in (tmp_path / "deux").iterdir()
    }


@pytest.mark.parametrize("format_", ["parquet", "sav", "dta"])
def test_les_autres_formats_portent_les_memes_agregats(table: Path, tmp_path: Path, format_: str) -> None:
    sortie = tmp_path / "partage"
    assert exporter(table, "--sortie", sortie, "--diffusion", "--formats", format_) == 0
    assert (sortie / f"agregats.{format_}").stat().st_size > 500
    assert b"CANARI" not in (sortie / f"agregats.{format_}").read_bytes()


@pytest.mark.parametrize(
    ("options", "dit"),
    [
        (["--diffusion", "--effectif-minimal", "2"], "--effectif-minimal"),
        (["--effectif-minimal", "5"], "--diffusion"),
        (["--diffusion", "--avec-traces"], "--avec-traces"),
        (["--diffusion", "--cle", "k.cle"], "--cle"),
    ],
)
def test_les_options_qui_se_contredisent(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], dit: str
) -> None:
    assert exporter(table, "--sortie", tmp_path / "partage", *options) == 2
    assert dit in capsys.readouterr().err
    assert not (tmp_path / "partage").exists()


def test_si_tout_est_tu_on_le_dit(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exporter(table, "--sortie", tmp_path / "partage", "--diffusion", "--effectif-minimal", "31") == 0
    assert "tout est tu" in capsys.readouterr().err
    lisezmoi = (tmp_path / "partage" / "LISEZMOI.md").read_text(encoding="utf-8")
    assert "30 passations" not in lisezmoi


# --- le registre des diffusions -------------------------------------------------------------------------------------


def sans_la_derniere(table: Path) -> None:
    """La même table, une personne de moins."""
    table.write_text("".join(table.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")


def test_une_seconde_diffusion_a_une_personne_pres_est_refusee(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exporter(table, "--sortie", tmp_path / "un", "--diffusion", "--formats", "csv") == 0
    sans_la_derniere(table)
    assert exporter(table, "--sortie", tmp_path / "deux", "--diffusion", "--formats", "csv") == 1
    assert not (tmp_path / "deux").exists()
    dit = capsys.readouterr().err
    assert "diffusions.registre" in dit
    assert "--malgre-le-registre" in dit
    options = ("--diffusion", "--formats", "csv", "--malgre-le-registre")
    assert exporter(table, "--sortie", tmp_path / "deux", *options) == 0


def diffuser(source: Path, sortie: Path, *options: str) -> int:
    return exporter(source, "--sortie", sortie, "--diffusion", "--formats", "csv", *options)


def changer(table: Path, combien: int, changement: Callable[[list[str]], None]) -> None:
    """La même table, où change chacune des premières lignes ; ses cellules sont code, structure, réponses et trace."""
    entete, *lignes = (ligne.split(";") for ligne in table.read_text(encoding="utf-8").splitlines())
    for cellules in lignes[:combien]:
        changement(cellules)
    table.write_text("".join(";".join(cellules) + "\n" for cellules in (entete, *lignes)), encoding="utf-8")


def corriger_deux(cellules: list[str]) -> None:
    """Deux réponses d’un cran de côté : la somme des deux diffusions dirait de combien."""
    cellules[2:4] = [str((int(cellule) + 1) % 5) for cellule in cellules[2:4]]


def recoder(cellules: list[str]) -> None:
    cellules[0] = cellules[0].replace("CANARI", "NEUF")


@pytest.mark.parametrize(("corrigees", "code"), [(1, 1), (10, 1), pytest.param(22, 0, marks=pytest.mark.endurance)])
def test_des_reponses_corrigees_se_diffusent_de_nouveau_a_onze_au_moins(
    table: Path, tmp_path: Path, corrigees: int, code: int
) -> None:
    """Mêmes codes, mêmes groupes : la différence des sommes est le changement de qui s’est corrigé, compté une fois.

    22 corrigées font 11 de plus dans chaque structure ; 10 passations d’avant et 10 d’après n’en font pas vingt.
    """
    assert diffuser(table, tmp_path / "un") == 0
    changer(table, corrigees, corriger_deux)
    assert diffuser(table, tmp_path / "deux") == code


def test_une_personne_de_moins_se_voit_quand_tous_les_codes_ont_change(table: Path, tmp_path: Path) -> None:
    """Ses réponses égales la font reconnaître : elles s’annulent d’une diffusion à l’autre, quel que soit le code."""
    assert diffuser(table, tmp_path / "un") == 0
    entiere = table.read_bytes()
    sans_la_derniere(table)
    changer(table, 29, recoder)
    assert diffuser(table, tmp_path / "deux") == 1
    table.write_bytes(entiere)
    changer(table, 30, recoder)
    assert diffuser(table, tmp_path / "trois") == 0, "les mêmes réponses : rien ne s’en soustrait"


@pytest.mark.parametrize("d_abord", ["le dossier", "le tout"])
def test_une_diffusion_d_un_dossier_se_compare_a_celle_de_celui_qui_le_porte(
    table: Path, tmp_path: Path, d_abord: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Le registre est dans le dossier qui porte toutes les sources ; une source de plus, il est un cran plus haut."""
    dossier, autre = tmp_path / "etude" / "retours", tmp_path / "etude" / "autres"
    dossier.mkdir(parents=True)
    autre.mkdir()
    lignes = table.read_text(encoding="utf-8").splitlines(keepends=True)
    (dossier / "r.csv").write_text("".join(lignes[:-1]), encoding="utf-8")
    (autre / "a.csv").write_text(lignes[0] + lignes[-1], encoding="utf-8")
    ordre = [dossier, tmp_path / "etude"]
    premier, second = ordre if d_abord == "le dossier" else reversed(ordre)
    assert diffuser(premier, tmp_path / "un") == 0
    assert diffuser(second, tmp_path / "deux") == 1
    assert str(premier / "diffusions.registre") in capsys.readouterr().err
    assert diffuser(second, tmp_path / "deux", "--malgre-le-registre") == 0


def test_deux_moments_ne_se_soustraient_pas(table: Path, tmp_path: Path) -> None:
    """29 personnes sur 30 ont répondu à t1 : ce sont d’autres réponses ; les mêmes diffusées avec un profil de plus."""
    lignes = table.read_text(encoding="utf-8").splitlines()
    t1 = [ligne.replace(";0;", ";1;") for ligne in lignes[1:-1]]
    deux = [f"moment;{lignes[0]}", *(f"t0;{ligne}" for ligne in lignes[1:]), *(f"t1;{ligne}" for ligne in t1)]
    table.write_text("\n".join(deux) + "\n", encoding="utf-8")
    assert diffuser(table, tmp_path / "un") == 0
    table.write_text(table.read_text(encoding="utf-8").replace("structure;", "autre;", 1), encoding="utf-8")
    assert diffuser(table, tmp_path / "deux") == 0


def test_une_strate_deja_diffusee_n_en_fait_pas_refuser_une_autre(table: Path, tmp_path: Path) -> None:
    """t0 à trois personnes au moins, dont un groupe de six ; puis t1 à onze, qui n’apprend rien de plus de t0."""
    troisieme = cpit.referentiel().profil[0].choix[2].code
    changer(table, 6, lambda cellules: cellules.__setitem__(1, troisieme))
    assert diffuser(table, tmp_path / "un", "--effectif-minimal", "3") == 0
    assert diffuser(table, tmp_path / "deux", "--moment", "t1") == 0


def test_un_registre_de_la_premiere_version_se_lit(table: Path, tmp_path: Path) -> None:
    """Il n’a que l’empreinte des codes : les réponses sont supposées les mêmes, et une personne de moins se voit."""
    assert diffuser(table, tmp_path / "un") == 0
    registre = table.with_name("diffusions.registre")
    document = json.loads(registre.read_text(encoding="utf-8"))
    document["format"] = document["format"].replace("version 2", "version 1")
    document["diffusions"] = [
        {groupe: [une.partition(".")[0] for une in passations] for groupe, passations in diffusion.items()}
        for diffusion in document["diffusions"]
    ]
    ancien = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    registre.write_text(ancien, encoding="utf-8")
    assert diffuser(table, tmp_path / "deux") == 0
    registre.write_text(ancien, encoding="utf-8")
    sans_la_derniere(table)
    assert diffuser(table, tmp_path / "trois") == 1


def test_sans_code_le_registre_dit_qu_il_ne_reconnaitra_personne(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exporter(table, "--diffusion", "--sortie", tmp_path / "un") == 0
    assert "sans code" not in capsys.readouterr().err
    entete, *lignes = table.read_text(encoding="utf-8").splitlines()
    separateur = ";" if ";" in entete else ","
    rang = entete.split(separateur).index("identifiant")
    anonymes = []
    for ligne in lignes:
        cellules = ligne.split(separateur)
        cellules[rang] = ""
        anonymes.append(separateur.join(cellules))
    table.write_text("\n".join([entete, *anonymes]) + "\n", encoding="utf-8")
    assert exporter(table, "--diffusion", "--sortie", tmp_path / "deux") == 0
    dit = " ".join(capsys.readouterr().err.split())
    assert f"{len(lignes)} passations sans code" in dit
    assert "ne les reconnaîtra qu’à leurs réponses" in dit


@pytest.mark.endurance
def test_onze_personnes_de_plus_se_diffusent(table: Path, tmp_path: Path) -> None:
    assert exporter(table, "--sortie", tmp_path / "un", "--diffusion", "--formats", "csv") == 0
    lignes = table.read_text(encoding="utf-8").splitlines()
    neuves = [ligne.replace("CANARI-", "NEUF-") for ligne in lignes[1:25]]
    table.write_text("\n".join([*lignes, *neuves]) + "\n", encoding="utf-8")
    assert exporter(table, "--sortie", tmp_path / "deux", "--diffusion", "--formats", "csv") == 0


def test_deux_diffusions_au_meme_instant_ne_se_manquent_pas(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """La seconde commence quand la première a fini de comparer, et n’a pas encore inscrit : elle est refusée."""
    seconde, codes = table.with_name("autre.csv"), list[int]()
    seconde.write_bytes(table.read_bytes())
    sans_la_derniere(seconde)

    def pendant(*arguments: Any, **options: Any) -> Any:
        if not codes and options["dir"] == table.parent:
            codes.append(-1)
            codes[0] = exporter(seconde, "--sortie", tmp_path / "deux", "--diffusion", "--formats", "csv")
        return mkstemp(*arguments, **options)

    monkeypatch.setattr("tempfile.mkstemp", pendant)
    assert exporter(table, "--sortie", tmp_path / "un", "--diffusion", "--formats", "csv") == 0
    assert codes == [1]
    assert not (tmp_path / "deux").exists()
    assert exporter(seconde, "--sortie", tmp_path / "deux", "--diffusion", "--formats", "csv") == 1, (
        "la première se voit"
    )


def test_sans_verrou_une_diffusion_inscrite_entre_temps_se_voit_aussi(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Un disque sans verrous, ou un verrou ôté à la main : le registre n’est plus celui qui a été lu."""
    marque = table.with_name(".diffusions.registre.verrou")
    vues: list[Path] = []

    def pendant(*arguments: Any, **options: Any) -> Any:
        if not vues and options["dir"] == table.parent:
            vues.append(marque)
            marque.unlink()
            assert exporter(table, "--sortie", tmp_path / "deux", "--diffusion", "--formats", "csv") == 0
        return mkstemp(*arguments, **options)

    monkeypatch.setattr("tempfile.mkstemp", pendant)
    assert exporter(table, "--sortie", tmp_path / "un", "--diffusion", "--formats", "csv") == 1
    assert "vient d’écrire dans ce fichier" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "un").exists()


@pytest.mark.parametrize("proche", [False, True])
def test_un_registre_que_l_on_ne_peut_pas_ecrire_se_dit_et_se_compare(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, proche: bool
) -> None:
    """Une diffusion d’un dossier en lecture seule : elle a lieu, dite non inscrite ; trop proche, elle est refusée."""
    sources, ailleurs = tmp_path / "sources", tmp_path / "ailleurs"
    sources.mkdir()
    source = sources / table.name
    source.write_bytes(table.read_bytes())
    if proche:
        assert exporter(source, "--sortie", ailleurs / "zero", "--diffusion", "--formats", "csv") == 0
        sans_la_derniere(source)
    avant = {chemin.name: chemin.read_bytes() for chemin in sources.iterdir()}

    def refuser(*arguments: Any, **options: Any) -> Any:
        if options["dir"] == sources:
            raise PermissionError(13, "Permission denied", str(sources))
        return mkstemp(*arguments, **options)

    monkeypatch.setattr("tempfile.mkstemp", refuser)
    capsys.readouterr()
    assert exporter(source, "--sortie", ailleurs / "un", "--diffusion", "--formats", "csv") == int(proche)
    lus = capsys.readouterr()
    dit = " ".join(lus.err.split())
    assert ("la diffusion n’est pas inscrite au registre" in dit) != proche
    assert "dossier commun" not in lus.out, "ce n’est pas la raison"
    assert "diffusions.registre" in dit
    assert (ailleurs / "un" / "LISEZMOI.md").exists() != proche
    assert {chemin.name: chemin.read_bytes() for chemin in sources.iterdir()} == avant


def test_le_registre_est_montre_ne_dit_personne_et_n_est_qu_a_son_proprietaire(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exporter(table, "--sortie", tmp_path / "un", "--diffusion", "--formats", "csv") == 0
    registre = table.with_name("diffusions.registre")
    dit = capsys.readouterr().out
    assert str(registre) in dit
    assert b"CANARI" not in registre.read_bytes()
    assert registre.stat().st_mode & 0o077 == 0
    assert "diffusions.registre" not in {chemin.name for chemin in (tmp_path / "un").iterdir()}
    registre.write_text("{}", encoding="utf-8")
    assert exporter(table, "--sortie", tmp_path / "deux", "--diffusion") == 1


@pytest.mark.endurance
def test_ni_le_registre_ni_une_cle_ne_sont_des_sources(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """La commande suivante sur le même dossier n’en dit rien, même quand tout avertissement la refuse."""
    monkeypatch.chdir(tmp_path)
    dossier = tmp_path / "sources"
    dossier.mkdir()
    (dossier / table.name).write_bytes(table.read_bytes())
    assert cli.executer(["cohorte", str(dossier), "--strict"]) == 0, "l’essai ne prouverait rien"
    assert exporter(dossier, "--sortie", tmp_path / "un", "--diffusion", "--formats", "csv") == 0
    assert exporter(dossier, "--sortie", tmp_path / "deux", "--cle", dossier / "k.cle", "--formats", "csv") == 0
    assert {"diffusions.registre", "k.cle"} <= {chemin.name for chemin in dossier.iterdir()}
    for commande in ("cohorte", "fidelite"):
        assert cli.executer([commande, str(dossier), "--strict"]) == 0


def test_le_registre_est_dit_a_qui_demande_ses_donnees(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Il n’est jamais effacé : l’empreinte des autres y est aussi."""
    assert exporter(table, "--sortie", tmp_path / "un", "--diffusion", "--formats", "csv") == 0
    capsys.readouterr()
    cli.executer(["effacer", "CANARI-03", "--dossier", str(tmp_path), "--oui", "--simple"])
    sorties = capsys.readouterr()
    dit = " ".join((sorties.out + sorties.err).split())
    assert "registre de diffusions est gardé" in dit
    assert "on ne sait pas à qui est ce fichier" not in dit
    assert table.with_name("diffusions.registre").exists()


def test_les_cases_tues_se_comptent_par_tranches_de_trois_chiffres() -> None:
    """« 1833 cases retenues » se lisait de deux façons : gardées, ou montrées."""
    agregats = agreger(cohorte(profils_de(p=3, q=4, r=9), de=Random(1), absentes=0), minimum=11)
    tues = [ligne for ligne in agregats.lignes if ligne.motif is MotifDeSilence.GROUPE]
    grande = replace(agregats, lignes=tuple(tues[:1] * 1833))
    assert "1\u202f833 cases tues sur 1\u202f833." in phrases_de_diffusion(grande)


def test_un_ecart_type_de_trois_personnes_dirait_leurs_scores() -> None:
    """À 3, n, moyenne et écart-type les déterminent dans 82 % des cas ; la moyenne reste, l’écart-type non."""
    agregats = agreger(cohorte(profils_de(p=3, q=4, r=9), de=Random(1), absentes=0), minimum=3)
    assert effectifs(agregats, "a") == {"p": 3, "q": 4, "r": 9}
    de_groupe = [ligne for ligne in agregats.lignes if ligne.question and ligne.moyenne is not None]
    assert de_groupe
    for ligne in de_groupe:
        if ligne.modalite in ("p", "q"):
            assert ligne.ecart_type is None
    assert all(ligne.ecart_type for ligne in agregats.lignes if not ligne.question)


def test_sept_personnes_suffisent_presque_toujours_a_brouiller_un_ecart_type() -> None:
    assert part_determinee(3) > 0.8
    assert part_determinee(4) > 0.3
    assert part_determinee(5) < 0.1
