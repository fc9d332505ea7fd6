"""Les cas de ``tests/cas`` : des réponses, des scores calculés à la main ; un formateur peut en ajouter."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from aides import TESTS

import cpit
from cpit.coeur.notation import Resultat, Score, noter_valeurs
from cpit.coeur.passation import PAS_ENCORE_VU, Passation, Reponse, repondu, sans_objet, sans_reponse
from cpit.coeur.referentiel import Referentiel

CLES = {"titre", "partout", "ingenierie", "reponses", "attendu", "publie"}
CLES_ATTENDU = {
    *("competences", "ingenieries", "scores", "motifs", "matrice"),
    *("position", "motif_position", "dominante"),
}


def _lire_cas() -> list[Any]:
    return [
        pytest.param(fichier["referentiel"], cas, id=f"{chemin.stem} : {cas['titre']}")
        for chemin in sorted((TESTS / "cas").glob("*.yaml"))
        for fichier in [yaml.safe_load(chemin.read_text(encoding="utf-8"))]
        for cas in fichier["cas"]
    ]


CAS = _lire_cas()


@cache
def _referentiel(nom: str) -> Referentiel:
    etranger = TESTS / "referentiels" / f"{nom}.yaml"
    return cpit.referentiel(etranger if etranger.exists() else nom)


def _reponse(brut: Any) -> Reponse:
    etats = {"SO": sans_objet(), "-": sans_reponse(), "?": PAS_ENCORE_VU}
    return etats[brut] if brut in etats else repondu(brut)


def _passation(referentiel: Referentiel, cas: dict[str, Any]) -> Passation:
    """La plus précise des consignes l’emporte : l’item, puis son ingénierie, puis « partout »."""
    inconnus = set(cas.get("reponses", {})) - set(referentiel.items_par_code)
    assert not inconnus, f"le cas nomme des items inconnus : {inconnus}"
    passation = Passation.nouvelle(referentiel)
    for item in referentiel.items:
        par_ingenierie = cas.get("ingenierie", {}).get(item.ingenierie, cas.get("partout", "?"))
        passation = passation.avec_reponse(item.code, _reponse(cas.get("reponses", {}).get(item.code, par_ingenierie)))
    return passation


@pytest.mark.parametrize(("nom", "cas"), CAS)
def test_cas(nom: str, cas: dict[str, Any]) -> None:
    assert set(cas) <= CLES
    assert set(cas["attendu"]) <= CLES_ATTENDU
    referentiel = _referentiel(nom)
    resultat = noter_valeurs(referentiel, _passation(referentiel, cas).valeurs())
    attendu = cas["attendu"]
    _verifier_scores(resultat, attendu)
    for competence, ligne in attendu.get("matrice", {}).items():
        for ingenierie, valeur in ligne.items():
            _verifier_valeur(resultat.matrice[competence][ingenierie].valeur, valeur, f"{competence} × {ingenierie}")
    _verifier_situation(resultat, attendu)
    if "publie" in cas:
        assert (_valeur(resultat.score("systeme")) - 1) / 4 * 100 == pytest.approx(cas["publie"], abs=1e-9)


def _verifier_scores(resultat: Resultat, attendu: dict[str, Any]) -> None:
    scores = dict.fromkeys(resultat.competences, attendu.get("competences"))
    scores |= dict.fromkeys(resultat.ingenieries, attendu.get("ingenieries"))
    scores |= attendu.get("scores", {})
    for identifiant, voulu in scores.items():
        if voulu is not None:
            score = resultat.score(identifiant)
            _verifier_valeur(score.valeur, voulu[0], identifiant)
            assert score.repondus == voulu[1], identifiant
    for identifiant, motif in attendu.get("motifs", {}).items():
        assert resultat.score(identifiant).motif == motif


def _verifier_situation(resultat: Resultat, attendu: dict[str, Any]) -> None:
    situation = resultat.situation
    if "position" not in attendu:
        return
    assert situation.motif == attendu.get("motif_position")
    if attendu["position"] == "absente":
        assert situation.position is None
        assert attendu["dominante"] == "absente"
        assert situation.dominante is None
        return
    assert situation.position is not None
    _verifier_valeur(situation.position.x, attendu["position"][0], "x")
    _verifier_valeur(situation.position.y, attendu["position"][1], "y")
    voulue = [] if attendu["dominante"] == "équilibre" else attendu["dominante"]
    assert list(situation.dominante or ()) == voulue


def _verifier_valeur(trouve: float | None, voulu: Any, ou: str) -> None:
    if voulu in {"absent", "absente"}:
        assert trouve is None, ou
    else:
        assert trouve == pytest.approx(float(Fraction(str(voulu))), abs=1e-12), ou


def _valeur(score: Score) -> float:
    assert score.valeur is not None
    return score.valeur


def test_chaque_cas_attend_quelque_chose() -> None:
    """Un cas sans attente passerait toujours."""
    assert len(CAS) >= 25
    for parametres in CAS:
        assert parametres.values[1]["attendu"], parametres.id


@pytest.mark.parametrize("valeurs", [{"S1": 7}, {"S1": 0}, {"inconnu": 3}])
def test_le_moteur_refuse_ce_que_les_lecteurs_auraient_du_filtrer(valeurs: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="impossible à noter"):
        noter_valeurs(_referentiel("etranger"), valeurs)


def test_les_dossiers_de_cas_et_de_referentiels_se_repondent() -> None:
    """Un référentiel de test sans cas ne prouverait rien."""
    utilises = {parametres.values[0] for parametres in CAS}
    assert {chemin.stem for chemin in Path(TESTS / "referentiels").glob("*.yaml")} <= utilises | {"petit"}
