"""Les référentiels livrés et de test : complets, fondés, bien composés, et d’accord avec leur schéma."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from aides import LIVRE, LIVRES, RACINE, TESTS
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

import cpit
from cpit.cli import executer
from cpit.coeur import referentiel as modele
from cpit.coeur.referentiel import Referentiel
from cpit.typographie import FINE, typographier

sys.path.insert(0, str(RACINE / "tests" / "outils"))

from faire_precalcules import precalcules

DE_TEST = {chemin.stem: chemin for chemin in sorted((TESTS / "referentiels").glob("*.yaml"))}
TOUS = {**LIVRES, **DE_TEST, "complet": TESTS / "donnees" / "referentiel-complet.yaml"}
"""« complet » porte toutes les clés facultatives."""
SCHEMA = RACINE / "referentiels" / "referentiel.schema.json"


@pytest.fixture(scope="module")
def livre() -> Referentiel:
    return cpit.referentiel(LIVRE)


AVERTISSEMENTS = {
    # Le jardin a une case vide, exprès.
    "etranger": ["cases-vides"],
    # Ce que la version suivante a récrit : deux sigles ou jargons, deux énoncés trop longs, deux situations en une.
    "innovation-territoriale-1.0.0": ["enonce-jargon", "enonce-jargon", "enonce-long", "enonce-long", "enonce-double"],
}


@pytest.mark.parametrize("chemin", TOUS.values(), ids=TOUS)
def test_un_referentiel_se_charge_sans_faute(chemin: Path) -> None:
    referentiel, anomalies = cpit.valider(chemin)
    assert referentiel is not None
    assert [anomalie.code for anomalie in anomalies] == AVERTISSEMENTS.get(chemin.stem, [])


# --- le référentiel livré -------------------------------------------------------------------------------------------


def test_huit_competences_trois_ingenieries_vingt_quatre_items(livre: Referentiel) -> None:
    codes = [f"C{n}{lettre}" for n in range(1, 9) for lettre in "PMC"]
    assert [item.code for item in livre.items] == codes
    assert [competence.identifiant for competence in livre.competences] == [f"C{n}" for n in range(1, 9)]
    assert [ingenierie.identifiant for ingenierie in livre.ingenieries] == ["publique", "management", "catalyse"]
    for item in livre.items:
        assert item.competence == item.code[:2]
        assert item.ingenierie[0].upper() == item.code[2]
        assert (item.poids, item.inverse) == (1.0, False)


def test_la_carte_est_celle_de_l_hypothese(livre: Referentiel) -> None:
    positions = {i.identifiant: (i.position.x, i.position.y) for i in livre.ingenieries}
    assert positions == {"publique": (-1, 0), "management": (0, -1), "catalyse": (1, 1)}
    assert (livre.axes.x.identifiant, livre.axes.y.identifiant) == ("collectif", "temporalite")


def test_cinq_niveaux_tous_libelles_et_sans_objet(livre: Referentiel) -> None:
    assert [niveau.valeur for niveau in livre.echelle.niveaux] == [0, 1, 2, 3, 4]
    assert all(niveau.libelle and niveau.description for niveau in livre.echelle.niveaux)
    assert livre.echelle.sans_objet is not None
    # Moodle sépare les réponses par des virgules.
    assert not [niveau.libelle for niveau in livre.echelle.niveaux if "," in niveau.libelle]


def test_deux_regroupements_prennent_chaque_item_une_fois(livre: Referentiel) -> None:
    tailles = {r.identifiant: [len(g.items) for g in r.groupes] for r in livre.regroupements}
    assert list(tailles) == ["postures", "echelles-action"]
    assert [len(groupes) for groupes in tailles.values()] == [3, 4]
    for regroupement in livre.regroupements:
        ranges = Counter(code for groupe in regroupement.groupes for code in groupe.items)
        assert ranges == dict.fromkeys(livre.items_par_code, 1)


def test_les_regles_sont_celles_de_la_conception(livre: Referentiel) -> None:
    assert livre.regles.seuil.valeur == 0.5
    assert livre.regles.seuil_equilibre.valeur == 0.15
    assert livre.regles.seuil.source == "qlq-c30"
    assert livre.regles.seuil_equilibre.hypothese


def test_tout_ce_qui_se_discute_porte_sa_source_ou_son_hypothese(livre: Referentiel) -> None:
    fondes: list[Any] = [livre.echelle, livre.axes.x, livre.axes.y, livre.regles.seuil, livre.regles.seuil_equilibre]
    fondes += [*livre.ingenieries, *livre.competences, *livre.regroupements, *livre.sensibilite]
    for objet in fondes:
        assert objet.source or objet.hypothese, objet
        assert objet.source is None or livre.source(objet.source), objet.source


def test_les_hypotheses_du_domaine_sont_dites(livre: Referentiel) -> None:
    """Coordonnées, équilibre, seuil : shared/domaine.md les range parmi nos hypothèses, les données le disent."""
    assert all(ingenierie.hypothese for ingenierie in livre.ingenieries)
    assert livre.regles.seuil.hypothese
    assert all(regroupement.hypothese for regroupement in livre.regroupements)
    assert "pas pu les lire" in livre.statut


def test_chaque_competence_a_ses_lectures_jusqu_en_haut(livre: Referentiel) -> None:
    for competence in livre.competences:
        assert len(competence.lectures) >= 2
        assert competence.lecture(livre.echelle.min) is competence.lectures[0]
        assert competence.lecture(livre.echelle.max) is competence.lectures[-1]
        borne = competence.lectures[0].jusqua
        assert borne is not None
        assert competence.lecture(borne) is competence.lectures[0], "la borne est comprise"
        assert competence.lecture(borne + 1e-6) is competence.lectures[1]


def test_les_autres_coordonnees_placent_toutes_les_ingenieries(livre: Referentiel) -> None:
    for jeu in livre.sensibilite:
        assert set(jeu.positions) == {ingenierie.identifiant for ingenierie in livre.ingenieries}


def test_les_cles_facultatives_sont_gardees() -> None:
    complet = cpit.referentiel(TOUS["complet"])
    item, semer = complet.items[0], complet.competences[0]
    assert item.enonce_tiers == "Cette personne prépare la planche."
    assert [(n.valeur, n.libelle[:10]) for n in item.niveaux] == [(0, "La planche"), (2, "Je montre ")]
    liens = [(lien.cible, lien.proximite, lien.source) for lien in semer.liens]
    assert liens == [("ROME A1414", "large", "carnet"), ("RNCP 31691", "apparentee", None)]
    assert complet.profil[0].plusieurs
    assert [(m.code, m.libelle) for m in complet.moments] == [("t0", "Aux semis"), ("t1", "À la récolte")]
    assert [(c.version, c.items_changes) for c in complet.compatible_avec] == [("1.10.0", ()), ("1.9.0", ("S1", "T3"))]


def test_une_premiere_grille_sans_source_est_prise_et_on_le_dit(tmp_path: Path) -> None:
    texte = (TESTS / "referentiels" / "petit.yaml").read_text(encoding="utf-8")
    sans = re.sub(r"sources:\n(  .*\n)+", "", texte)
    sans = re.sub(r" +(source|hypothese): .*\n", "", sans)
    chemin = tmp_path / "premiere.yaml"
    chemin.write_text(sans, encoding="utf-8")
    referentiel, anomalies = cpit.valider(chemin)
    assert referentiel is not None
    assert referentiel.sources == ()
    assert Counter(a.code for a in anomalies) == {"sources-absentes": 1, "source-manquante": 5}
    assert Draft202012Validator(cpit.schema()).is_valid(yaml.safe_load(sans))


def test_le_niveau_le_plus_proche_est_le_plus_bas_a_egalite(livre: Referentiel) -> None:
    assert livre.echelle.plus_proche(2.5).valeur == 2
    assert livre.echelle.plus_proche(2.51).valeur == 3
    assert livre.echelle.plus_proche(4.0).valeur == 4


def test_on_pose_les_items_groupes_par_competence() -> None:
    jardin = cpit.referentiel(DE_TEST["etranger"])
    melange = dataclasses.replace(jardin, items=jardin.items[::-1])
    assert [i.competence for i in melange.ordre_de_passation()] == ["semer"] * 4 + ["soigner"] * 4


def test_les_exemples_viennent_du_referentiel_livre() -> None:
    """Qui change le référentiel refait les exemples : python tests/outils/faire_exemples.py."""
    empreinte = cpit.referentiel(LIVRE).empreinte
    passations = sorted((RACINE / "exemples").glob("passation-*.json"))
    assert passations
    for chemin in passations:
        assert json.loads(chemin.read_text(encoding="utf-8"))["referentiel"]["empreinte"] == empreinte, chemin.name


# --- typographie ----------------------------------------------------------------------------------------------------


def _textes(noeud: object, cle: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(noeud, dict):
        for nom, valeur in noeud.items():
            yield from _textes(valeur, str(nom))
    elif isinstance(noeud, list):
        for valeur in noeud:
            yield from _textes(valeur, cle)
    elif isinstance(noeud, str) and cle not in {"url", "texte"}:
        yield cle, noeud


@pytest.mark.parametrize("chemin", LIVRES.values(), ids=LIVRES)
def test_les_textes_livres_sont_composes_a_la_francaise(chemin: Path) -> None:
    textes = list(_textes(yaml.safe_load(chemin.read_text(encoding="utf-8"))))
    assert len(textes) > 50
    for cle, texte in textes:
        assert typographier(texte) == texte, f"{cle} : apostrophe droite ou espace ordinaire dans {texte!r}"
        assert not re.search(f"[^{FINE}][;!?»]|[^{FINE}0-9]:(?= )|«[^{FINE}]", texte), (
            f"{cle} : fine oubliée, {texte!r}"
        )
        assert not re.search(r"\.\.\.|  |[\u00a0\u200b]", texte), f"{cle} : {texte!r}"
        assert texte == texte.strip()


# --- forme, modèle, schéma ------------------------------------------------------------------------------------------

FORMES = {"FormeReferentiel": cpit.schema(), **cpit.schema()["$defs"]}
"""Ce que le schéma permet d’écrire de chaque chose, par le nom qu’il lui donne."""


@pytest.mark.parametrize("nom", FORMES)
def test_la_forme_et_le_modele_ont_les_memes_champs(nom: str) -> None:
    """Mêmes noms et mêmes champs exigés ; le référentiel ajoute ce que calcule le chargement."""
    champs = {champ.name: champ for champ in dataclasses.fields(getattr(modele, nom.removeprefix("Forme")))}
    calcules = {"empreinte", "texte"} if nom == "FormeReferentiel" else set()
    assert set(FORMES[nom]["properties"]) == set(champs) - calcules
    for cle in FORMES[nom]["required"]:
        assert champs[cle].default is dataclasses.MISSING, cle


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("chemin", TOUS.values(), ids=TOUS)
def test_toute_valeur_du_fichier_arrive_au_modele(chemin: Path) -> None:
    """Rien ne se perd en route : les textes du YAML se retrouvent, dans l’ordre, dans les dataclasses."""

    def feuilles(noeud: Any) -> Iterator[str]:
        if isinstance(noeud, dict):
            for valeur in noeud.values():
                yield from feuilles(valeur)
        elif isinstance(noeud, (list, tuple)):
            for valeur in noeud:
                yield from feuilles(valeur)
        elif isinstance(noeud, str):
            yield noeud

    referentiel = dataclasses.replace(cpit.referentiel(chemin), empreinte="", texte="")
    ecrits = Counter(feuilles(yaml.load(chemin.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)))
    lus = Counter(feuilles(dataclasses.asdict(referentiel)))
    manquants = ecrits - lus
    # Il ne doit rester que les nombres et les booléens, devenus autre chose que des textes.
    assert all(re.fullmatch(r"-?[0-9.]+|oui|non|true|false", texte) for texte in manquants), manquants


def test_le_schema_est_valide_et_celui_qui_est_livre_est_a_jour() -> None:
    Draft202012Validator.check_schema(cpit.schema())
    assert SCHEMA.read_text(encoding="utf-8") == json.dumps(cpit.schema(), indent=2, ensure_ascii=False) + "\n", (
        "refaire avec : cpit referentiel schema > referentiels/referentiel.schema.json"
    )


@pytest.mark.parametrize("chemin", LIVRES.values(), ids=LIVRES)
def test_chaque_referentiel_livre_annonce_son_schema(chemin: Path) -> None:
    premiere = chemin.read_text(encoding="utf-8").splitlines()[0]
    assert premiere == f"# yaml-language-server: $schema={SCHEMA.name}"


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("chemin", TOUS.values(), ids=TOUS)
def test_le_schema_accepte_ce_que_cpit_accepte(chemin: Path) -> None:
    lu = yaml.safe_load(chemin.read_text(encoding="utf-8"))
    assert not [erreur.message for erreur in Draft202012Validator(cpit.schema()).iter_errors(lu)]


@pytest.mark.echantillon(2)
@pytest.mark.parametrize(
    "nom",
    [
        *("cle-inconnue", "cle-inconnue-accent", "cle-manquante", "axe-sans-fin", "liste-attendue"),
        *("liste-trop-courte", "table-attendue", "entier-decimal", "entier-en-lettres", "nombre-virgule"),
        *("poids-nul", "inverse-peut-etre", "identifiant-accent", "date-francaise", "url-sans-protocole"),
        *("valeur-vide", "seuil-hors-bornes"),
    ],
)
def test_le_schema_refuse_les_fautes_de_forme(nom: str) -> None:
    lu = yaml.safe_load((TESTS / "fautifs" / f"{nom}.yaml").read_text(encoding="utf-8"))
    assert not Draft202012Validator(cpit.schema()).is_valid(lu)


def test_charger_ne_depend_pas_du_dossier_courant(tmp_path: Path) -> None:
    programme = "from cpit.emplacements import trouver_referentiel as t; print(t(None).name, t('minimal').name)"
    fini = subprocess.run(
        [sys.executable, "-c", programme], capture_output=True, text=True, cwd=tmp_path, timeout=60, check=True
    )
    assert fini.stdout.split() == ["innovation-territoriale.yaml", "minimal.yaml"]


@pytest.mark.parametrize(
    "commande",
    [
        ["formulaire", "--dossier", "f", "--referentiel", "R"],
        ["cohorte", "t.csv", "--sortie", "c.csv", "--referentiel", "R"],
        ["fidelite", "t.csv", "--referentiel", "R"],
        ["correspondance", "t.csv", "--referentiel", "R"],
        ["referentiel", "montrer", "R"],
        ["referentiel", "exporter", "R", "--vers", "markdown", "--sortie", "m"],
        ["referentiel", "modele", "--depuis", "R"],
        ["referentiel", "valider", "R"],
    ],
)
def test_un_texte_coupe_par_un_diese_se_dit_une_fois_partout(
    commande: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    texte = cpit.referentiel("minimal").texte
    assert "question: " in texte
    coupe = re.sub(r"(?m)^  question: .*$", "  question: Où en êtes-vous #1 ?", texte, count=1)
    Path("r.yaml").write_text(coupe, encoding="utf-8")
    Path("t.csv").write_text("identifiant;A1;A2;A3;R1;R2;R3\nP1;1;2;3;3;1;2\n", encoding="utf-8")
    executer([mot.replace("R", "r.yaml") if mot == "R" else mot for mot in commande])
    assert capsys.readouterr().err.count("ouvre un commentaire") == 1


# --- les référentiels livrés, tels qu’ils se lisent -------------------------------------------------------------------


def test_un_referentiel_precalcule_est_ce_que_rend_la_lecture() -> None:
    """Un YAML livré changé sans eux, ou une forme changée : « python tests/outils/faire_precalcules.py » les refait."""
    dossier = RACINE / "referentiels" / "precalcules"
    assert {c.name: c.read_text(encoding="utf-8") for c in dossier.iterdir()} == precalcules()


@pytest.mark.parametrize("nom", LIVRES)
def test_un_referentiel_precalcule_est_celui_du_meme_texte_a_un_octet_pres(nom: str, tmp_path: Path) -> None:
    """Une fin de ligne de plus ne change que le texte et son empreinte : il se lit alors sans rien de précalculé."""
    (tmp_path / "r.yaml").write_bytes(LIVRES[nom].read_bytes() + b"\n")
    (garde, dites), (neuf, redites) = cpit.valider(nom), cpit.valider(tmp_path / "r.yaml")
    assert garde is not None
    assert neuf is not None
    assert neuf.empreinte != garde.empreinte
    pareil = dataclasses.replace(neuf, texte=garde.texte, empreinte=garde.empreinte)
    assert pareil == garde
    assert repr(dataclasses.asdict(pareil)) == repr(dataclasses.asdict(garde))
    assert [(a.code, a.lieu.ligne, a.mots) for a in redites] == [(a.code, a.lieu.ligne, a.mots) for a in dites]


def test_un_texte_change_d_un_octet_se_relit(tmp_path: Path) -> None:
    texte = LIVRE.read_text(encoding="utf-8").replace("titre: ", "titre: Autre ", 1)
    (tmp_path / "r.yaml").write_text(texte, encoding="utf-8")
    referentiel, _ = cpit.valider(tmp_path / "r.yaml")
    assert referentiel is not None
    assert referentiel.titre.startswith("Autre ")
