"""Deux versions d’un référentiel lues ensemble : une coquille corrigée ne coupe pas une cohorte en deux."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aide_remplir import remplir_comme_une_personne
from aides import TESTS, encoder_passation, passation_de

import cpit
from cpit.coeur.passation import Etat
from cpit.coeur.referentiel import Referentiel

PETIT = (TESTS / "referentiels" / "petit.yaml").read_text(encoding="utf-8")
COQUILLE = ("Je paille.", "Je paille le pied.")


@pytest.fixture
def ecrire(tmp_path: Path) -> Callable[..., Referentiel]:
    """Écrit une version du petit référentiel, des morceaux remplacés, et la charge."""

    def ecrire_une_version(version: str, *remplacements: tuple[str, str]) -> Referentiel:
        texte = PETIT.replace("version: 1.0.0", f"version: {version}")
        for ancien, nouveau in remplacements:
            assert ancien in texte, ancien
            texte = texte.replace(ancien, nouveau)
        chemin = tmp_path / f"petit-{version}.yaml"
        chemin.write_text(texte, encoding="utf-8")
        return cpit.referentiel(chemin)

    return ecrire_une_version


def _deposer(dossier: Path, referentiel: Referentiel, code: str, signes: str) -> Path:
    dossier.mkdir(exist_ok=True)
    passation = replace(passation_de(referentiel, signes, identifiant=code), terminee="2026-01-01")
    chemin = dossier / f"{code}.json"
    chemin.write_bytes(encoder_passation(passation))
    return chemin


def _declarer(version: str, *changes: str) -> tuple[str, str]:
    """De quoi ajouter « compatible_avec » au petit référentiel."""
    suite = f"\n    items_changes: [{', '.join(changes)}]" if changes else ""
    return ("licence: etalab-2.0\n", f"licence: etalab-2.0\ncompatible_avec:\n  - version: {version}{suite}\n")


def _lire(dossier: Path, referentiel: Referentiel) -> tuple[dict[str, dict[str, object]], list[cpit.Anomalie]]:
    """Par personne : la réponse à chaque item (valeur ou état), et les scores des deux compétences."""
    recueil = cpit.lire(dossier, referentiel=referentiel)
    lues = {}
    for notee in recueil.cohorte.notees:
        reponses = {c: r.valeur if r.etat is Etat.REPONDU else r.etat for c, r in notee.passation.reponses.items()}
        scores = {e: notee.resultat.score(e).valeur for e in ("semer", "soigner")}
        lues[notee.releve.identifiant] = {**reponses, **scores}
    return lues, list(recueil.anomalies)


def test_une_correction_ne_coupe_pas_la_cohorte_et_la_question_changee_ne_se_note_pas(
    tmp_path: Path, ecrire: Callable[..., Referentiel]
) -> None:
    avant, apres = ecrire("1.10.0"), ecrire("1.10.1", COQUILLE)
    dossier = tmp_path / "recu"
    for code in ("A", "B"):
        _deposer(dossier, avant, code, "012212")
    _deposer(dossier, apres, "C", "012212")
    lues, anomalies = _lire(dossier, apres)
    # T1, T2 (inversé : 2 − 1 = 1), T3 valent 2, 1, 2 : sans T1, « soigner » est (1 + 2) / 2.
    assert lues["C"]["T1"] == 2
    assert lues["C"]["soigner"] == pytest.approx(5 / 3)
    for code in ("A", "B"):
        assert lues[code]["T1"] is Etat.QUESTION_CHANGEE
        assert lues[code]["soigner"] == pytest.approx(1.5)
        assert lues[code]["semer"] == lues["C"]["semer"] == pytest.approx((0 * 2 + 1 + 2) / 4)
    (dite,) = anomalies
    assert dite.code == "version-lue-en-partie"
    assert dite.mots["nombre"] == 2
    assert dite.mots["changes"] == "T1"
    assert "petit 1.10.0" in dite.quoi


@pytest.mark.parametrize(
    ("version", "changement"),
    [
        ("1.10.1", ("titre: Petit référentiel", "titre: Petit référentiel corrigé")),
        ("1.10.1", ("definition: Mettre en terre.", "definition: Mettre en terre, au printemps.")),
        ("1.10.7", ("J’oublie d’arroser.", "J'oublie d'arroser.")),
    ],
)
def test_des_items_identiques_se_lisent_sans_rien_perdre(
    version: str, changement: tuple[str, str], tmp_path: Path, ecrire: Callable[..., Referentiel]
) -> None:
    avant, apres = ecrire("1.10.0"), ecrire(version, changement)
    _deposer(tmp_path / "recu", avant, "A", "012212")
    for sens in (avant, apres):
        lues, anomalies = _lire(tmp_path / "recu", sens)
        assert lues["A"]["soigner"] == pytest.approx(5 / 3)
        assert [a.code for a in anomalies] == ([] if sens is avant else ["version-lue"])


def test_ce_qui_est_declare_garde_une_coquille_et_exclut_ce_qui_a_change(
    tmp_path: Path, ecrire: Callable[..., Referentiel]
) -> None:
    avant = ecrire("1.9.0")
    neuf = ("J’arrose le semis.", "J’arrose au goutte à goutte.")
    apres = ecrire("2.0.0", COQUILLE, neuf, _declarer("1.9.0", "S2"))
    _deposer(tmp_path / "recu", avant, "A", "012212")
    lues, (dite,) = _lire(tmp_path / "recu", apres)
    assert (lues["A"]["T1"], lues["A"]["S2"]) == (2, Etat.QUESTION_CHANGEE)
    # Sans S2 : (2 × 0 + 2) / 3.
    assert lues["A"]["semer"] == pytest.approx(2 / 3)
    assert dite.code == "version-lue-en-partie"
    assert dite.mots["changes"] == "S2"


def test_une_coquille_declaree_se_dit_quand_meme(tmp_path: Path, ecrire: Callable[..., Referentiel]) -> None:
    avant, apres = ecrire("1.9.0"), ecrire("1.10.0", COQUILLE, _declarer("1.9.0"))
    _deposer(tmp_path / "recu", avant, "A", "012212")
    lues, (dite,) = _lire(tmp_path / "recu", apres)
    assert lues["A"]["T1"] == 2
    assert (dite.code, dite.mots["retouches"]) == ("version-lue-retouchee", "T1")


@pytest.mark.parametrize(
    "changement",
    [
        ("enonce: Je paille.", "enonce: Je paille., inverse: oui"),
        ("{code: T1, competence: soigner, ingenierie: terre", "{code: T1, competence: semer, ingenierie: terre"),
    ],
    ids=["sens", "compétence"],
)
def test_une_declaration_ne_fait_pas_noter_un_item_qui_a_change_de_place_ou_de_sens(
    changement: tuple[str, str], tmp_path: Path, ecrire: Callable[..., Referentiel]
) -> None:
    avant, apres = ecrire("1.9.0"), ecrire("1.10.0", changement, _declarer("1.9.0"))
    _deposer(tmp_path / "recu", avant, "A", "012212")
    lues, (dite,) = _lire(tmp_path / "recu", apres)
    assert lues["A"]["T1"] is Etat.QUESTION_CHANGEE
    assert dite.mots["changes"] == "T1"


@pytest.mark.parametrize(
    ("version", "changements"),
    [
        ("1.11.0", (COQUILLE,)),
        ("1.10.1", (("libelle: Parfois", "libelle: Quelquefois"),)),
        ("1.10.1", (("code: T1", "code: U1"), ("S2, T1", "S2, U1"))),
        ("1.10.1", (("J’oublie d’arroser., inverse: oui", "J’oublie d’arroser."),)),
        ("1.10.1", (("identifiant: petit", "identifiant: autre"),)),
        ("2.0.0", (("valeur: 2, libelle: Souvent", "valeur: 3, libelle: Souvent"), _declarer("1.10.0"))),
    ],
    ids=["mineure", "niveau", "codes", "sens", "identifiant", "échelle déclarée"],
)
def test_ce_qui_n_est_ni_une_correction_ni_declare_reste_refuse(
    version: str, changements: tuple[tuple[str, str], ...], tmp_path: Path, ecrire: Callable[..., Referentiel]
) -> None:
    avant, apres = ecrire("1.10.0"), ecrire(version, *changements)
    _deposer(tmp_path / "recu", avant, "A", "012212")
    with pytest.raises(cpit.ErreurCpit) as erreur:
        cpit.lire(tmp_path / "recu", referentiel=apres)
    assert [a.code for a in erreur.value.anomalies] == ["referentiel-etranger", "cohorte-vide"]


def test_sous_un_meme_numero_rien_ne_passe_pour_une_correction(
    tmp_path: Path, ecrire: Callable[..., Referentiel]
) -> None:
    """Un référentiel publié ne change plus ; y ajouter une déclaration ne change aucune question."""
    avant = ecrire("1.10.0")
    _deposer(tmp_path / "recu", avant, "A", "012212")
    lues, anomalies = _lire(tmp_path / "recu", ecrire("1.10.0", _declarer("1.9.0")))
    assert (lues["A"]["T1"], [a.code for a in anomalies]) == (2, ["version-lue"])
    with pytest.raises(cpit.ErreurCpit):
        cpit.lire(tmp_path / "recu", referentiel=ecrire("1.10.0", COQUILLE))


def test_un_formulaire_d_avant_la_coquille_se_lit_avec_la_version_qu_il_porte(
    tmp_path: Path, ecrire: Callable[..., Referentiel]
) -> None:
    avant, apres = ecrire("1.10.0"), ecrire("1.10.1", COQUILLE)
    (chemin,) = cpit.formulaires(avant, tmp_path / "recu", codes=["A"])
    remplir_comme_une_personne(chemin, chemin, dict.fromkeys(("S1", "S2", "S3", "T1", "T2", "T3"), "1"))
    lues, (dite,) = _lire(tmp_path / "recu", apres)
    assert lues["A"]["T1"] is Etat.QUESTION_CHANGEE
    assert [lues["A"][c] for c in ("S1", "S2", "S3", "T2", "T3")] == [1] * 5
    assert dite.code == "version-lue-en-partie"


def test_un_export_d_avant_la_coquille_se_relit(tmp_path: Path, ecrire: Callable[..., Referentiel]) -> None:
    avant, apres = ecrire("1.10.0"), ecrire("1.10.1", COQUILLE)
    for code in ("A", "B"):
        _deposer(tmp_path / "recu", avant, code, "012212")
    recueil = cpit.lire(tmp_path / "recu", referentiel=avant)
    cpit.exporter(recueil, tmp_path / "jeu", formats=["csv"])
    lues, (dite,) = _lire(tmp_path / "jeu", apres)
    assert len(lues) == 2
    assert {reponses["T1"] for reponses in lues.values()} == {Etat.QUESTION_CHANGEE}
    assert dite.mots["nombre"] == 2


def test_restituer_avec_la_version_corrigee(tmp_path: Path, ecrire: Callable[..., Referentiel]) -> None:
    avant, apres = ecrire("1.10.0"), ecrire("1.10.1", COQUILLE)
    chemin = _deposer(tmp_path, avant, "A", "012212")
    relecture = cpit.relire(chemin, apres)
    assert [a.code for a in relecture.anomalies] == ["version-lue-en-partie"]
    assert relecture.restitution.resultat.score("soigner").valeur == pytest.approx(1.5)
    # Seule, elle se relit avec la sienne.
    assert cpit.relire(chemin).anomalies == ()


def test_la_question_changee_se_lit_dans_les_sorties(tmp_path: Path, ecrire: Callable[..., Referentiel]) -> None:
    avant, apres = ecrire("1.10.0"), ecrire("1.10.1", COQUILLE)
    _deposer(tmp_path / "recu", avant, "A", "012212")
    recueil = cpit.lire(tmp_path / "recu", referentiel=apres)
    cpit.exporter(recueil, tmp_path / "jeu", formats=["csv"])
    longues = (tmp_path / "jeu" / "reponses_long.csv").read_text(encoding="utf-8-sig")
    assert longues.count("question_changee") == 1
