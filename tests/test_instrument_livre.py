"""Ce que le référentiel livré promet : des situations que l’on peut lire et mener partout, des attributions exactes,
des lectures qui disent la même chose que l’échelle.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np
import pytest
import yaml
from aides import RACINE, TESTS
from campagnes.forme_longue import fidelite

import cpit
from cpit.coeur.referentiel import Referentiel

FICHIER = RACINE / "referentiels" / "innovation-territoriale.yaml"
ATTRIBUTIONS: list[dict[str, Any]] = yaml.safe_load((TESTS / "donnees" / "attributions.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def livre() -> Referentiel:
    return cpit.referentiel()


# --- les attributions ---------------------------------------------------------------------------------------------


def _fondes(noeud: Any, chemin: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Tout ce qui porte une « source », avec son chemin : « competences.C1 »."""
    if isinstance(noeud, dict):
        if "source" in noeud:
            yield chemin, noeud
        for cle, valeur in noeud.items():
            yield from _fondes(valeur, f"{chemin}.{cle}".strip("."))
    elif isinstance(noeud, list):
        for valeur in noeud:
            nom = valeur.get("identifiant") or valeur.get("code") if isinstance(valeur, dict) else None
            yield from _fondes(valeur, f"{chemin}.{nom}" if nom else chemin)


def test_chaque_chose_attribuee_au_dossier_a_son_passage() -> None:
    brut = yaml.safe_load(FICHIER.read_text(encoding="utf-8"))
    du_dossier = {chemin: f["source"] for chemin, f in _fondes(brut) if str(f["source"]).startswith("ja-2023")}
    prouvees = {une["ou"] for une in ATTRIBUTIONS}
    assert set(du_dossier) <= prouvees, "sans passage"
    sources = {source["cle"] for source in brut["sources"]}
    assert {une["source"] for une in ATTRIBUTIONS} <= sources


def test_un_passage_est_une_courte_citation_situee() -> None:
    for une in ATTRIBUTIONS:
        assert une["quoi"]
        assert une["passages"]
        for passage in une["passages"]:
            assert len(passage["mots"].split()) < 10, passage
            assert passage["ligne"] > 0


def test_le_statut_dit_ce_qui_existe_et_que_nous_n_avons_pas_lu(livre: Referentiel) -> None:
    for nom in ("RAMEAU", "Fondation des territoires", "5 octobre 2023", "25 septembre 2024", "pas pu les lire"):
        assert nom in livre.statut
    assert "hypothese" in FICHIER.read_text(encoding="utf-8").split("axes:")[1].split("ingenieries:")[0]
    assert all("notre texte" in (ingenierie.hypothese or "") for ingenierie in livre.ingenieries)


FORMES = ("innovation-territoriale", "innovation-territoriale-long")
"""La forme courte et la longue : la même exigence pour chacune de leurs situations."""


# --- les situations -----------------------------------------------------------------------------------------------


def test_aucune_situation_n_est_a_relire(livre: Referentiel) -> None:
    assert cpit.valider(FICHIER)[1] == ()
    assert [item.code for item in livre.items if len(item.enonce.split()) > 25] == []


@pytest.mark.parametrize("forme", FORMES)
def test_chaque_situation_a_sa_case_justifiee_son_enonce_pour_un_tiers_et_cinq_ancres(forme: str) -> None:
    livre = cpit.referentiel(forme)
    valeurs = [niveau.valeur for niveau in livre.echelle.niveaux]
    for item in livre.items:
        assert item.hypothese, item.code
        assert item.competence in item.hypothese, item.code
        assert "ette personne" in (item.enonce_tiers or ""), item.code
        assert not re.search(r"\b(je|ma|mon|mes)\b|\bj’", item.enonce_tiers or "", re.IGNORECASE), item.code
        assert [ancre.valeur for ancre in item.niveaux] == valeurs, item.code
        assert [ancre.libelle for ancre in item.niveaux if len(ancre.libelle.split()) > 25] == [], item.code


@pytest.mark.parametrize("forme", FORMES)
def test_ni_l_echelle_ni_les_ancres_ne_disent_que_seul_vaut_mieux(forme: str) -> None:
    livre = cpit.referentiel(forme)
    textes = [t for n in livre.echelle.niveaux for t in (n.libelle, n.description or "")]
    textes += [ancre.libelle for item in livre.items for ancre in item.niveaux]
    merite = r"tout seul|toute seule|sans aide|sans appui|autonomi|soi-même|expérimenté"
    assert [texte for texte in textes if re.search(merite, texte, re.IGNORECASE)] == []
    # Un tiers les lit aussi : rien n’y parle à la première personne, ni à la deuxième.
    personne = r"\b(je|moi|mon|ma|vous|votre)\b|\bj’"
    assert [texte for texte in textes if re.search(personne, texte, re.IGNORECASE)] == []


@pytest.mark.parametrize("forme", FORMES)
def test_le_plus_haut_niveau_dit_une_seule_chose(forme: str) -> None:
    """Qui n’a que la moitié de ce que dit une ancre ne sait pas si elle est la sienne."""
    hautes = {item.code: item.niveaux[-1].libelle for item in cpit.referentiel(forme).items}
    assert {code: dite for code, dite in hautes.items() if re.search(r"\b(et|ou|puis)\b", dite)} == {}


def test_sans_objet_ne_contredit_pas_la_question(livre: Referentiel) -> None:
    """Ce que l’on a mené ailleurs se répond, même si le poste d’aujourd’hui ne le demande pas."""
    assert "ici ou ailleurs" in livre.echelle.question
    assert livre.echelle.sans_objet is not None
    assert "avant" in (livre.echelle.sans_objet.description or "")


def test_quatre_situations_au_moins_a_chaque_echelle_d_intervention(livre: Referentiel) -> None:
    (echelles,) = [r for r in livre.regroupements if r.identifiant == "echelles-action"]
    assert {groupe.identifiant: len(groupe.items) >= 4 for groupe in echelles.groupes} == dict.fromkeys(
        ("interne", "locale", "departementale", "nationale"), True
    )


PROFILS = {
    # Publique, management, catalyse pour chaque compétence, de C1 à C8 ; S : sans objet.
    # Une commune de 2 000 habitants, une personne : pas d’équipes à informer (C8M), pas de réseau national (C2C).
    "commune": "321 22S 212 211 220 211 320 2S2",
    # Un tiers-lieu associatif : le conseil d’administration décide ; rien de national à relier (C5M, C7P).
    "tiers-lieu": "243 133 033 123 1S3 244 S24 234",
    # Un pôle territorial de coopération économique : des sociétaires décident, une seule équipe (C8M).
    "ptce": "233 232 223 332 133 333 332 3S2",
}


@pytest.mark.parametrize("reponses", PROFILS.values(), ids=PROFILS.keys())
def test_qui_n_est_pas_dans_une_mairie_garde_sa_place_sur_la_carte(livre: Referentiel, reponses: str) -> None:
    signes = reponses.replace(" ", "")
    codes = [item.code for item in livre.ordre_de_passation()]
    resultat = cpit.noter(livre, {c: "SO" if s == "S" else int(s) for c, s in zip(codes, signes, strict=True)})
    assert resultat.situation.position is not None
    assert all(score.valeur is not None for score in resultat.competences.values())
    assert signes.count("S") <= 2, "« sans objet » là seulement où la situation n’existe pas"


# --- les lectures -------------------------------------------------------------------------------------------------


def _moyennes() -> set[float]:
    """Toutes les moyennes de trois réponses dont deux au moins sont données : 5³ triplets et 3 × 5² couples."""
    moyennes = {sum(trois) / 3 for trois in product(range(5), repeat=3)}
    return moyennes | {sum(deux) / 2 for deux in product(range(5), repeat=2)}


def test_la_lecture_et_le_niveau_le_plus_proche_disent_la_meme_chose(livre: Referentiel) -> None:
    # Le niveau le plus proche est 0 ou 1 dans la première zone, 2 dans la deuxième, 3 ou 4 dans la dernière.
    zones = {0: 0, 1: 0, 2: 1, 3: 2, 4: 2}
    for competence in livre.competences:
        for moyenne in _moyennes():
            rang = competence.lectures.index(competence.lecture(moyenne))
            niveau = livre.echelle.plus_proche(moyenne).valeur
            assert rang == zones[niveau], (competence.identifiant, moyenne)


def test_une_lecture_dit_une_tendance_et_son_pas_ne_suppose_pas_de_hierarchie(livre: Referentiel) -> None:
    assert FICHIER.read_text(encoding="utf-8").count("déclar") <= 8
    for competence in livre.competences:
        for lecture in competence.lectures:
            assert "dans l’ensemble" in lecture.constat
            assert not re.search(r"hiérarchi|direction|élu|supérieur|responsable de service", lecture.pas), lecture.pas


def test_une_seule_facon_d_ecrire_pour_toutes_les_personnes() -> None:
    texte = re.sub(r"(?m)^\s*#.*$", "", FICHIER.read_text(encoding="utf-8"))
    assert re.findall(r"\w+·\w*|\w+\(e\)|\w+\(ne\)", texte) == []


def test_chaque_competence_est_rapprochee_d_autres_repertoires(livre: Referentiel) -> None:
    assert all(competence.liens for competence in livre.competences)
    assert all(lien.source for competence in livre.competences for lien in competence.liens)
    cibles = {lien.cible.split(",")[0] for competence in livre.competences for lien in competence.liens}
    assert {cible for cible in cibles if not cible.startswith("ESCO ")} == {
        "CNFPT D2B-05",
        "ROME K1802",
        "RNCP 41104",
        "UNADEL 2005",
    }


def test_chaque_notion_d_esco_a_son_adresse_et_son_intitule_verifies() -> None:
    relevees = yaml.safe_load((TESTS / "donnees/esco.yaml").read_text(encoding="utf-8"))
    attendues = {f"http://data.europa.eu/esco/skill/{notion['uri']}": notion["fr"] for notion in relevees}
    assert all(len(notion["mots"].split()) < 10 for notion in relevees)
    for nom in ("innovation-territoriale", "innovation-territoriale-long"):
        liens = [lien for competence in cpit.referentiel(nom).competences for lien in competence.liens]
        vers_esco = [lien for lien in liens if lien.cible.startswith("ESCO ")]
        assert {lien.url: lien.libelle.casefold() for lien in vers_esco if lien.libelle} == attendues
        assert all(f"/{lien.cible.removeprefix('ESCO ')}-" in (lien.url or "") for lien in vers_esco)


def test_plusieurs_programmes_et_plusieurs_territoires(livre: Referentiel) -> None:
    questions = {question.identifiant: question for question in livre.profil}
    assert questions["dispositif"].plusieurs
    assert questions["territoire"].plusieurs
    programmes = {choix.code for choix in questions["dispositif"].choix}
    assert programmes >= {"pvd", "crte", "leader", "politique-ville", "france-services", "acv", "industrie"}
    (crte,) = [choix.libelle for choix in questions["dispositif"].choix if choix.code == "crte"]
    assert "réussite de la transition écologique" in crte


# --- la forme longue ----------------------------------------------------------------------------------------------


def test_la_forme_longue_garde_la_courte_et_double_chaque_case(livre: Referentiel) -> None:
    longue = cpit.referentiel("innovation-territoriale-long")
    par_code = {item.code: item for item in longue.items}
    assert [par_code[item.code] for item in livre.items] == list(livre.items)
    cases = Counter((item.competence, item.ingenierie) for item in longue.items)
    assert set(cases.values()) == {2}
    assert len(cases) == 24
    assert longue.echelle == livre.echelle
    assert [c.lectures for c in longue.competences] == [c.lectures for c in livre.competences]
    assert cpit.valider(RACINE / "referentiels" / "innovation-territoriale-long.yaml")[1] == ()


def test_ce_que_le_guide_dit_de_la_forme_longue_est_ce_que_son_modele_donne() -> None:
    de = np.random.default_rng(20_231_107)
    courte, longue = (fidelite(100_000, situations, de) for situations in (3, 6))
    assert courte == pytest.approx((0.54, 0.52), abs=0.01)
    assert longue == pytest.approx((0.70, 0.37), abs=0.01)
