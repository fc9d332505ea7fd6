"""Les cas de ``tests/comparaisons`` : ce qui diffère, calculé à la main ; un formateur peut en ajouter."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt
from typing import Any

import pytest
import yaml
from aides import TESTS, livre

from cpit.coeur.cohorte import Cohorte, Releve, composer
from cpit.coeur.comparaison import ComparaisonEchelle, comparer_passations
from cpit.coeur.evolution import Mouvement, evoluer
from cpit.coeur.passation import Passation, Reponse, repondu, sans_objet, sans_reponse


def lire(nom: str) -> list[Any]:
    fichier = yaml.safe_load((TESTS / "comparaisons" / f"{nom}.yaml").read_text(encoding="utf-8"))
    assert fichier["referentiel"] == livre().identifiant
    return [pytest.param(cas, id=cas["titre"]) for cas in fichier["cas"]]


def reponse(brute: Any) -> Reponse:
    return {"SO": sans_objet(), "-": sans_reponse()}.get(brute) or repondu(brute)


def passation(cote: dict[str, Any], **champs: str) -> Passation:
    """La plus précise des consignes l’emporte : l’item, puis son ingénierie, puis « partout »."""
    assert set(cote) <= {"partout", "ingenierie", "reponses"}
    batie = Passation.nouvelle(livre(), **champs)
    for item in livre().items:
        brute = cote.get("ingenierie", {}).get(item.ingenierie, cote["partout"])
        batie = batie.avec_reponse(item.code, reponse(cote.get("reponses", {}).get(item.code, brute)))
    return batie


def egal(trouve: float | None, attendu: Any, *, pres: float = 1e-9) -> None:
    assert trouve is not None
    assert trouve == pytest.approx(float(Fraction(str(attendu))), abs=pres)


# --- une personne -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cas", lire("personne"))
def test_une_personne(cas: dict[str, Any]) -> None:
    assert set(cas) == {"titre", "de", "a", "attendu"}
    comparaison = comparer_passations(livre(), passation(cas["de"]), passation(cas["a"], moment="t1"))
    assert set(cas["attendu"]) <= {"echelles", "position"}
    for code, attendue in cas["attendu"]["echelles"].items():
        verifier_une_echelle(comparaison.echelles()[code], dict(attendue))
    if position := cas["attendu"].get("position"):
        assert set(position) <= {"deplacement", "etat", "motif"}
        assert (comparaison.position.etat, comparaison.position.motif) == (position["etat"], position.get("motif"))
        if "deplacement" in position:
            trouve = comparaison.position.deplacement
            assert trouve is not None
            egal(trouve.x, position["deplacement"][0])
            egal(trouve.y, position["deplacement"][1])


def verifier_une_echelle(une: ComparaisonEchelle, attendue: dict[str, Any]) -> None:
    assert une.items_communs == attendue.pop("items_communs")
    etat = attendue.pop("etat")
    assert une.etat == (None if etat == "aucun" else etat)
    if "motif" in attendue:
        assert une.motif == attendue.pop("motif")
    if "plancher2" in attendue:
        egal((une.plancher or 0.0) ** 2, attendue.pop("plancher2"))
    if "variance" in attendue:
        egal((une.erreur or 0.0) ** 2, attendue.pop("variance"))
    for cle, valeur in attendue.items():
        egal({"de": une.de, "a": une.a}[cle], valeur)


# --- un groupe --------------------------------------------------------------------------------------------------------


def cohorte(personnes: dict[str, dict[str, int]]) -> Cohorte:
    releves = [
        Releve(passation({"partout": valeur}, identifiant=code, moment=moment), "cas.yaml")
        for code, moments in personnes.items()
        for moment, valeur in moments.items()
    ]
    return composer(livre(), releves)


@pytest.mark.parametrize("cas", lire("groupe"))
def test_un_groupe(cas: dict[str, Any]) -> None:
    """Tous les scores d’une personne valent sa réponse : chaque échelle bouge de même."""
    assert set(cas) == {"titre", "personnes", "attendu"}
    evolution, attendu = evoluer(cohorte(cas["personnes"])), dict(cas["attendu"])
    comptes = evolution.appariees, evolution.seules_de, evolution.seules_a
    assert comptes == tuple(attendu.pop(cle) for cle in ("appariees", "seules_de", "seules_a"))
    echelles = [un for un in evolution.mouvements.values() if un.nature != "position"]
    assert len(echelles) > 15
    for un in echelles:
        assert un.motif == attendu.get("motif")
        if "motif" not in attendu:
            verifier_un_mouvement(un, attendu, evolution.appariees)


def verifier_un_mouvement(un: Mouvement, attendu: dict[str, Any], n: int) -> None:
    series = un.series
    assert series is not None
    assert series.n == n
    for trouve, cle in ((series.de, 0), (series.a, 1)):
        egal(trouve, attendu["moyennes"][cle])
    egal(series.difference.valeur, attendu["difference"])
    egal(series.ecart_type, sqrt(Fraction(attendu["variance"])))
    encadre = series.difference.bornes
    assert (encadre is None) == (attendu["bornes"] == "absentes")
    for trouve, borne in zip(encadre or (), attendu["bornes"], strict=False):
        egal(trouve, borne, pres=1e-3)
    for nom in ("d_z", "d_av"):
        trouve_d = getattr(series, nom)
        assert (trouve_d is None) == (attendu[nom] == "absent")
        if trouve_d is not None:
            egal(trouve_d.valeur, attendu[nom], pres=1e-3)
    for limite, valeur in zip((series.limite_basse, series.limite_haute), attendu["limites"], strict=True):
        assert limite is not None
        egal(limite.valeur, valeur, pres=1e-3)
    verifier_les_etats(un, attendu)


def verifier_les_etats(un: Mouvement, attendu: dict[str, Any]) -> None:
    if un.nature == "ingenierie":
        assert un.etats is not None
        for cle in ("bougent", "vers_le_haut", "incertaines"):
            assert getattr(un.etats, cle) == attendu[cle], cle
    elif un.nature == "competence":
        assert un.etats is None
