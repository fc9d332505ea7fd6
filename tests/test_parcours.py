"""Le parcours d’une personne : ses moments en ordre, ce qui se compare, les regards de ses tiers."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import pytest
from aides import livre, passation_de, tirages
from hypothesis import given, settings
from hypothesis import strategies as st

from cpit.coeur.comparaison import Parcours, retracer_parcours
from cpit.coeur.passation import Jumelle, Passation

ITEMS = [item.code for item in livre().ordre_de_passation()]
AVANT = "212102110213221002121111"
APRES = "3132031203S4331103221212"


def une(reponses: str, moment: str = "t0", regard: str = "soi", **champs: str) -> Passation:
    return replace(passation_de(livre(), reponses, moment=moment, regard=regard), identifiant="R01", **champs)


def tiers(reponses: str, moment: str = "t0", evaluateur: str = "", **champs: str) -> Passation:
    return une(reponses, moment, "tiers", evaluateur=evaluateur, **champs)


def paires(parcours: Parcours) -> list[tuple[str, str, str]]:
    def nom(cote: object) -> str:
        return f"{cote.moment} {cote.regard} {cote.evaluateur}".strip()  # type: ignore[attr-defined]

    return [(p.sorte, nom(p.comparaison.de), nom(p.comparaison.a)) for p in parcours.paires]


# --- ce qui se compare ------------------------------------------------------------------------------------------------


def test_les_moments_se_rangent_et_vont_par_paires() -> None:
    """Donnés dans le désordre : le vécu, le début jugé après coup, et le changement de repère."""
    donnees = [une(APRES, "t1"), une(AVANT), une("1" * 24, "t0-retrospectif")]
    parcours = retracer_parcours(livre(), donnees)
    assert [etape.moment for etape in parcours.etapes] == ["t0", "t0-retrospectif", "t1"]
    assert paires(parcours) == [
        ("repere", "t0 soi", "t0-retrospectif soi"),
        ("vecu", "t0 soi", "t1 soi"),
        ("retrospectif", "t0-retrospectif soi", "t1 soi"),
    ]
    (repere,) = parcours.paires_de("repere")
    assert repere.items[ITEMS[0]].difference == 1 - 2
    assert parcours.regards == ()
    assert repr(parcours) == "Parcours(t0 soi, t0-retrospectif soi, t1 soi : 3 paires)"


def test_trois_moments_se_suivent_et_le_dernier_se_compare_au_premier() -> None:
    parcours = retracer_parcours(livre(), [une(AVANT, f"t{rang}") for rang in (10, 2, 0)])
    assert [(de, a) for _, de, a in paires(parcours)] == [
        ("t0 soi", "t2 soi"),
        ("t0 soi", "t10 soi"),
        ("t2 soi", "t10 soi"),
    ]


@pytest.mark.parametrize(
    ("jour", "attendu"), [("2026-06-01", "t2"), ("2026-03-15", "t1"), ("2026-01-01", "t1"), ("", "t1")]
)
def test_un_regard_en_arriere_va_avec_le_moment_d_ou_l_on_s_est_retourne(jour: str, attendu: str) -> None:
    datees = {"t0": "2025-09-01", "t1": "2026-02-01", "t2": "2026-06-01"}
    passations = [une(AVANT, moment, modifiee=date) for moment, date in datees.items()]
    parcours = retracer_parcours(livre(), [*passations, une("1" * 24, "t0-retrospectif", modifiee=jour)])
    (comparaison,) = parcours.paires_de("retrospectif")
    assert comparaison.a.moment == attendu


def test_un_regard_en_arriere_repondu_d_un_trait_va_avec_le_moment_du_meme_trait() -> None:
    """T2 a beau être du même jour : c’est à T1 que l’on s’est retourné."""
    t0, t1, t2 = (une(AVANT, f"t{rang}", terminee=f"2026-06-01T{9 + rang:02}:00:00+02:00") for rang in range(3))
    deux = replace(t1, jumelle=Jumelle("t0-retrospectif", reponses=une("1" * 24).reponses))
    parcours = retracer_parcours(livre(), [t0, *deux.separees(), t2])
    (comparaison,) = parcours.paires_de("retrospectif")
    assert comparaison.a.moment == "t1"


def test_un_tiers_ne_se_compare_dans_le_temps_qu_a_lui_meme() -> None:
    donnees = [
        *(tiers(AVANT, evaluateur="N1"), tiers(APRES, "t1", " n1 "), tiers(APRES, "t1", "E2")),
        *(tiers(APRES, "t1"), tiers(AVANT), une(AVANT)),
    ]
    trouvees = paires(retracer_parcours(livre(), donnees, collecte_personnelle=True))
    assert [p for p in trouvees if p[0] == "vecu"] == [("vecu", "t0 tiers N1", "t1 tiers  n1")]
    assert [p for p in trouvees if p[0] == "regards"] == [
        ("regards", "t0 soi", "t0 tiers"),
        ("regards", "t0 soi", "t0 tiers N1"),
    ]


def test_ce_que_rien_ne_departage_ne_fait_pas_de_paire() -> None:
    """Deux fois à t1 sous son propre regard, deux fois du même tiers ; deux tiers sans code sont deux personnes."""
    donnees = [
        *(une(AVANT), une(APRES, "t1"), une(AVANT, "t1")),
        *(tiers(AVANT, evaluateur="N1"), tiers(APRES, evaluateur="n1"), tiers(AVANT), tiers(AVANT)),
    ]
    parcours = retracer_parcours(livre(), donnees, collecte_personnelle=True)
    assert {sorte for sorte, _, _ in paires(parcours)} == {"regards"}
    assert len(parcours.paires) == 2
    assert [(d.moment, d.evaluateur) for d in parcours.doubles] == [("t0", "N1"), ("t0", "n1"), ("t1", ""), ("t1", "")]


def test_des_passations_de_deux_personnes_se_refusent() -> None:
    with pytest.raises(ValueError, match="plusieurs personnes"):
        retracer_parcours(livre(), [une(AVANT), replace(une(APRES, "t1"), identifiant="R02")])


def test_une_passation_d_un_autre_referentiel_ne_compte_que_par_ses_items_restes_les_memes() -> None:
    item = livre().items[4]
    autre = replace(livre(), version="9.0.0", empreinte="0" * 64, items=tuple(
        replace(i, enonce="Autre chose.") if i is item else i for i in livre().items
    ))  # fmt: skip
    donnees = [une(AVANT), replace(passation_de(autre, APRES, moment="t1"), identifiant="R01")]
    (comparaison,) = retracer_parcours(autre, donnees, anciens=(livre(),)).paires_de("vecu")
    assert comparaison.items_changes() == (item.code,)
    assert comparaison.items_communs == 22
    with pytest.raises(ValueError, match="autre référentiel"):
        retracer_parcours(autre, donnees)


# --- les regards ------------------------------------------------------------------------------------------------------


def test_un_ecart_se_lit_de_quatre_facons() -> None:
    """De 0 à 4, deux regards s’écartent à deux niveaux ; sinon ils sont en haut, milieu compris, ou en bas."""
    soi, autre = "0123443210" + "2" * 14, "2301442311" + "2" * 14
    (regards,) = retracer_parcours(livre(), [une(soi), tiers(autre)], collecte_personnelle=True).regards
    lues = [regards.items[code].lecture for code in ITEMS[:11]]
    attendues = ["tiers-plus-haut", "tiers-plus-haut", "soi-plus-haut", "soi-plus-haut", "hauts", "hauts", "hauts"]
    assert lues == [*attendues, "hauts", "bas", "bas", "hauts"]
    (face,) = regards.face_a_face
    assert [face.lectures[code] for code in ITEMS[:11]] == lues


def test_deux_profils_se_ressemblent_plus_ou_moins() -> None:
    """Partout deux niveaux de plus : distance 2, même forme. Onze réponses pareilles : pas de forme."""
    formes = {"2" * 12 + "1" * 12: (1.0, None), "2" * 24: (None, "reponses-egales")}
    for autre, (correlation, motif) in formes.items():
        soi = autre.replace("2", "x").replace("1", "3").replace("x", "4")
        (regards,) = retracer_parcours(livre(), [une(soi), tiers(autre)], collecte_personnelle=True).regards
        ressemblance = regards.face_a_face[0].ressemblance
        assert (ressemblance.items, ressemblance.distance, ressemblance.motif) == (24, 2.0, motif)
        assert ressemblance.correlation == (None if correlation is None else pytest.approx(correlation))


def test_peu_d_items_communs_n_ont_qu_une_distance() -> None:
    """Écarts 1, 0 et 2 : √(5/3)."""
    deux = [une("321" + "." * 21), tiers("223" + "2" * 21)]
    ressemblance = retracer_parcours(livre(), deux, collecte_personnelle=True).regards[0].face_a_face[0].ressemblance
    assert ressemblance.distance == pytest.approx(sqrt(5 / 3))
    assert (ressemblance.items, ressemblance.correlation, ressemblance.motif) == (3, None, "trop-peu-d-items")


def test_l_eventail_d_une_echelle_dit_la_difference_du_face_a_face() -> None:
    """Le tiers n’a pas vu le dernier item : il ne compte pour aucun des deux, dans la figure comme dans la table."""
    donnees = [une(AVANT), tiers("3" * 23 + ".")]
    (regards,) = retracer_parcours(livre(), donnees, collecte_personnelle=True).regards
    comparees = regards.face_a_face[0].comparaison.echelles()
    for code, regard in regards.echelles.items():
        assert (regard.soi, regard.tiers.moyenne) == (comparees[code].de, comparees[code].a)


def test_trois_tiers_font_un_eventail_que_l_on_montre() -> None:
    """Premier item : 1, 3 et 2 ; C1 : 1, 3 et 2. Le dernier item n’a que deux réponses : il est tu."""
    donnees = [une(AVANT), tiers("1" * 24), tiers("3" * 24, evaluateur="N1"), tiers("2" * 23 + "S")]
    parcours = retracer_parcours(livre(), donnees)
    (regards,) = parcours.regards
    eventail = regards.items[ITEMS[0]].tiers
    assert (eventail.n, eventail.minimum, eventail.maximum, eventail.moyenne) == (3, 1, 3, 2)
    assert (regards.echelles["C1"].soi, regards.echelles["C1"].tiers.maximum) == (pytest.approx(5 / 3), 3.0)
    assert regards.items[ITEMS[-1]].tiers.tu
    assert (regards.items[ITEMS[-1]].soi, regards.items[ITEMS[-1]].lecture) == (1, None)
    assert (regards.face_a_face, parcours.paires) == ((), ())
    assert {etape.evaluateur for etape in parcours.etapes} == {""}


@settings(max_examples=tirages(10), deadline=None)
@given(st.lists(st.text("01234S.", min_size=24, max_size=24), min_size=1, max_size=2))
def test_moins_de_trois_tiers_ne_montrent_rien_qu_on_n_ait_recueilli(reponses: list[str]) -> None:
    """Quoi qu’ils aient répondu, le parcours est celui d’autres réponses aux mêmes items."""
    autres = [texte.translate(str.maketrans("01234", "43210")) for texte in reponses]
    deux = [retracer_parcours(livre(), [une(AVANT), *map(tiers, unes)]) for unes in (reponses, autres)]
    assert deux[0] == deux[1]
    assert deux[0].regards[0].tiers == len(reponses)


def test_un_item_inverse_se_lit_par_sa_valeur_retenue() -> None:
    item = replace(livre().items[0], inverse=True)
    inverse = replace(livre(), empreinte="0" * 64, items=(item, *livre().items[1:]))
    deux = [passation_de(inverse, chiffre * 24, regard=r) for chiffre, r in (("0", "soi"), ("4", "tiers"))]
    (regards,) = retracer_parcours(inverse, deux, collecte_personnelle=True).regards
    lu = regards.items[item.code]
    assert (lu.soi, lu.tiers.maximum, lu.lecture) == (4, 0, "soi-plus-haut")
