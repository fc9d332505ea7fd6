"""Deux versions livrées d’un même référentiel : les nommer, et lire chaque réponse avec celle où elle a été donnée."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from aide_versions import EMPREINTE_1_0_0, GARDEE, NOM, PREMIERE, SUIVANTE, livrer, premiere, suivante
from aides import TESTS

import cpit
from cpit.cli import executer
from cpit.coeur.passation import Etat

Commande = Callable[..., tuple[int, str, str]]
PASSATIONS_0_1_0 = TESTS / "donnees" / "0.1.0" / NOM / "passations"
PASSATION = PASSATIONS_0_1_0 / "passation-anais-b-t0-soi.json"


@pytest.fixture
def deux(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """La 1.0.0 est une version passée ; l’actuelle a tout changé."""
    livrer(monkeypatch, tmp_path / "livres", suivante())


@pytest.fixture
def commande(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Commande:
    """Exécute une commande dans un dossier vide : code de sortie, sortie, erreurs, sans coupure de ligne."""
    (tmp_path / "ici").mkdir()
    monkeypatch.chdir(tmp_path / "ici")
    monkeypatch.setenv("COLUMNS", "100")

    def lancer(*arguments: object) -> tuple[int, str, str]:
        code = executer([str(a) for a in arguments])
        sortie, erreur = capsys.readouterr()
        assert "Traceback" not in erreur
        return code, sortie, " ".join(erreur.replace("\u202f", " ").replace("\u00a0", " ").split())

    return lancer


# --- nommer une version -----------------------------------------------------------------------------------------------


def test_la_premiere_version_reste_livree_a_l_octet_pres() -> None:
    assert cpit.referentiel(PREMIERE).empreinte == EMPREINTE_1_0_0
    assert GARDEE.read_bytes() == (TESTS / "donnees" / "0.1.0" / NOM / "referentiel.yaml").read_bytes()


@pytest.mark.usefixtures("deux")
def test_un_nom_seul_est_l_actuelle_et_chaque_version_se_nomme() -> None:
    assert cpit.referentiel().version == cpit.referentiel(NOM).version == SUIVANTE
    assert cpit.referentiel(f"{NOM}@{SUIVANTE}") == cpit.referentiel()
    assert cpit.referentiel(PREMIERE).version == "1.0.0"
    assert cpit.referentiel("minimal@1.0.0") == cpit.referentiel("minimal")
    assert list(cpit.referentiels()) == [NOM, PREMIERE, "minimal"]
    for nom, lu in cpit.referentiels().items():
        assert cpit.referentiel(nom) == cpit.referentiel(f"{nom.partition('@')[0]}@{lu.version}") == lu


@pytest.mark.usefixtures("deux")
@pytest.mark.parametrize("version", ["1.0", "2.0.0", "0", "1.0.0@", "1.0.0.yaml", "latest"])
def test_une_version_inconnue_est_refusee_avec_celles_que_l_on_connait(version: str, commande: Commande) -> None:
    code, sortie, erreur = commande("referentiel", "montrer", f"{NOM}@{version}")
    assert (code, sortie) == (1, "")
    assert f"aucune version « {version} » de {NOM}" in erreur
    assert f"{NOM}@{SUIVANTE}, {PREMIERE}" in erreur


@pytest.mark.usefixtures("deux")
def test_un_nom_inconnu_cite_aussi_les_versions_passees() -> None:
    with pytest.raises(cpit.ErreurCpit) as erreur:
        cpit.referentiel("inovation-territoriale@1.0.0")
    assert erreur.value.anomalies[0].mots["proche"] == PREMIERE


@pytest.mark.usefixtures("deux")
def test_la_liste_montre_les_deux_et_dit_l_actuelle(commande: Commande) -> None:
    code, sortie, _ = commande("referentiel", "lister")
    dit = " ".join(sortie.replace("\u202f", " ").replace("\u00a0", " ").split())
    assert code == 0
    assert f"{PREMIERE} 1.0.0" in dit
    assert f"--referentiel {PREMIERE}. Sans « @ », l’actuelle, {SUIVANTE}." in dit


@pytest.mark.usefixtures("deux")
@pytest.mark.parametrize(
    "demande",
    [
        ("referentiel", "montrer", PREMIERE),
        ("referentiel", "exporter", PREMIERE, "--vers", "markdown"),
        ("referentiel", "modele", "--xlsx", "--depuis", PREMIERE),
        ("formulaire", "--format", "html", "--referentiel", PREMIERE),
        ("cohorte", PASSATIONS_0_1_0, "--referentiel", PREMIERE),
        ("exporter", PASSATIONS_0_1_0, "--referentiel", PREMIERE, "--sortie", "jeu", "--formats", "csv"),
        ("figure", "radar", PASSATION, "--referentiel", PREMIERE, "--sortie", "f.svg"),
        ("restituer", PASSATION, "--referentiel", PREMIERE),
        ("expliquer", PASSATION, "C1", "--referentiel", PREMIERE),
    ],
    ids=lambda demande: demande[0] if demande[0] != "referentiel" else " ".join(demande[:2]),
)
def test_une_version_se_nomme_partout_ou_l_on_nomme_un_referentiel(
    demande: tuple[object, ...], commande: Commande
) -> None:
    code, _, erreur = commande(*demande)
    assert code == 0, erreur


# --- un item identique ------------------------------------------------------------------------------------------------

CHANGEMENTS = {
    "énoncé": ("Quand des habitants expriment", "Si des habitants expriment", 23),
    "question": ("Dans votre poste, jusqu’où", "Aujourd’hui, jusqu’où", 0),
    "libellé d’un niveau": ("libelle: Avec de l’aide", "libelle: Accompagné", 0),
    "description d’un niveau": ("Je la mène sans aide quand le sujet", "Je la mène seul quand le sujet", 0),
    "valeurs": ("- valeur: 4\n", "- valeur: 5\n", 0),
    "sens": ("code: C1P\n", "code: C1P\n    inverse: oui\n", 23),
    "ancres": (
        "code: C1P\n",
        "code: C1P\n    niveaux:\n" + "".join(f"      - {{valeur: {n}, libelle: Ancre {n}}}\n" for n in range(5)),
        23,
    ),
    "titre": ("titre: Chef ou cheffe de projet innovation territoriale", "titre: Autre titre", 24),
    "typographie": ("jusqu’où menez-vous", "jusqu'où menez-vous", 24),
}


@pytest.mark.parametrize(("avant", "apres", "identiques"), CHANGEMENTS.values(), ids=CHANGEMENTS)
def test_un_item_n_est_identique_que_si_tout_ce_que_l_on_y_lit_l_est(
    avant: str, apres: str, identiques: int, tmp_path: Path
) -> None:
    assert avant in premiere()
    autre = tmp_path / "autre.yaml"
    autre.write_text(
        premiere().replace("version: 1.0.0", "version: 1.7.0", 1).replace(avant, apres, 1), encoding="utf-8"
    )
    with pytest.raises(cpit.ErreurCpit) as erreur:
        cpit.relire(PASSATION, autre)
    (refus,) = erreur.value.anomalies
    assert (refus.code, refus.mots["identiques"]) == ("referentiel-change", identiques)
    relecture = cpit.relire(PASSATION, autre, items_identiques=True)
    gardees = relecture.restitution.passation.reponses
    assert len(gardees) <= identiques
    assert ("C1P" in gardees) == (identiques == 24)
    assert relecture.anomalies[0].mots["identiques"] == identiques


@pytest.mark.usefixtures("deux")
def test_d_une_version_a_l_autre_aucun_item_n_est_repris(commande: Commande) -> None:
    code, _, erreur = commande("restituer", PASSATION, "--referentiel", NOM)
    assert code == 1
    assert "les 0 items restés identiques sur 24" in erreur
    code, sortie, _ = commande("restituer", PASSATION, "--referentiel", NOM, "--items-identiques", "--json")
    assert code == 0
    assert all(score["repondus"] == 0 for score in json.loads(sortie)["competences"].values())


def test_ce_qu_une_version_declare_garder_l_est(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    declaree = suivante("compatible_avec:", "  - version: 1.0.0", "    items_changes: [C1P]")
    livrer(monkeypatch, tmp_path / "livres", declaree)
    relecture = cpit.relire(PASSATION, NOM)
    assert [a.code for a in relecture.anomalies] == ["version-lue-en-partie"]
    reponses = relecture.restitution.passation.reponses
    assert [code for code, r in reponses.items() if r.etat is Etat.QUESTION_CHANGEE] == ["C1P"]
