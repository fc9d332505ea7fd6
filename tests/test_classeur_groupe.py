"""Le classeur d’un groupe : relu par openpyxl, comparé au cœur, repassé par LibreOffice."""

from __future__ import annotations

import os
import re
import stat
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas
import pytest
from aide_classeur import COUPE, DATE, HOSTILES, recalculer
from aide_cohorte import TROIS_STRATES, cohorte_au_hasard, ecrire_le_classeur, resumer, valeurs_de
from aides import TESTS, Programme
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell

import cpit
from cpit import Anomalie, ErreurCpit, __version__
from cpit.classeurs import classeur_groupe
from cpit.coeur import referentiel as m
from cpit.coeur.cohorte import Cohorte, Notee, Releve, composer
from cpit.coeur.passation import Passation, repondu, sans_objet
from cpit.coeur.tableaux import libelle_reponse, valeur_affichee
from cpit.erreurs import Lieu, anomalie
from cpit.typographie import accorder

SOURCES = [("groupe-a.xlsx", 40, 1), ("groupe-b.csv", 20, 0)]
PREMIERE = 2
"""Première ligne d’une grande table, à partir de 1."""
DE_REPONSES = ("Réponses", "Réponses en clair")
FEUILLES = (
    *("Synthèse", "Scores", "Incertitude", "Matrice", "Profils", *DE_REPONSES, "Anomalies", "Dictionnaire"),
    *("À propos", "Données des graphiques"),
)
NOMS_DE_STRATE = {
    ("t0", "soi"): "Avant ou au début (T0), regard\u202f: soi-même",
    ("t0", "tiers"): "Avant ou au début (T0), regard\u202f: un tiers qui connaît le travail de la personne",
    ("t1", "soi"): "Après (T1), regard\u202f: soi-même",
}


@pytest.fixture(scope="module")
def livre() -> m.Referentiel:
    return cpit.referentiel()


@pytest.fixture(scope="module")
def minimal() -> m.Referentiel:
    return cpit.referentiel("minimal")


@pytest.fixture(scope="module")
def soixante(livre: m.Referentiel) -> Cohorte:
    return cohorte_au_hasard(livre, 60, TROIS_STRATES, absentes=0.3)


@pytest.fixture(scope="module")
def constats() -> list[Anomalie]:
    mots = {"colonne": "C1P", "valeur": "7", "attendus": "un niveau (0, 1, 2, 3, 4)"}
    return [
        anomalie("cellule-hors-echelle", Lieu("groupe-a.xlsx", feuille="Saisie", cellule="F12"), **mots),
        anomalie("cellule-booleen", Lieu("groupe-b.csv", ligne=4, colonne=9), **mots),
    ]


@pytest.fixture(scope="module")
def classeur(
    tmp_path_factory: pytest.TempPathFactory, soixante: Cohorte, constats: list[Anomalie]
) -> dict[str, list[tuple[Any, ...]]]:
    """Les valeurs de chaque feuille du classeur de soixante passations."""
    chemin = tmp_path_factory.mktemp("soixante") / "g.xlsx"
    ecrire_le_classeur(chemin, soixante, constats, SOURCES, date=DATE)
    return {feuille.title: list(feuille.iter_rows(values_only=True)) for feuille in load_workbook(chemin)}


@pytest.fixture(scope="module")
def fichier(tmp_path_factory: pytest.TempPathFactory, soixante: Cohorte) -> Path:
    """Le classeur de soixante passations sans anomalie, seul dans son dossier."""
    chemin = tmp_path_factory.mktemp("sans-anomalie") / "g.xlsx"
    ecrire_le_classeur(chemin, soixante, (), SOURCES, date=DATE)
    return chemin


@pytest.fixture(scope="module")
def ouvert(fichier: Path) -> Workbook:
    """Le même, ouvert, pour ceux qui ne font que le lire."""
    return load_workbook(fichier)


def ouvrir(chemin: Path, cohorte: Cohorte, *, lus: tuple[Anomalie, ...] = (), **options: Any) -> Workbook:
    ecrire_le_classeur(chemin, cohorte, lus, SOURCES, date=DATE, **options)
    return load_workbook(chemin)


def cellules(classeur: Workbook) -> Iterator[Cell]:
    for feuille in classeur:
        for ligne in feuille.iter_rows():
            yield from (cellule for cellule in ligne if cellule.value is not None)


def textes(classeur: Workbook, feuille: str) -> str:
    return "\n".join(str(v) for ligne in classeur[feuille].iter_rows(values_only=True) for v in ligne if v is not None)


def par_strate(rangees: list[tuple[Any, ...]], cohorte: Cohorte) -> dict[str, list[tuple[Any, ...]]]:
    """Les lignes d’une feuille, rangées sous la dernière strate nommée au-dessus d’elles."""
    noms = {
        f"{NOMS_DE_STRATE[cle]} ({accorder(len(strate.notees), 'passation')})": NOMS_DE_STRATE[cle]
        for cle, strate in cohorte.strates().items()
    }
    rangement: dict[str, list[tuple[Any, ...]]] = {nom: [] for nom in noms.values()}
    strate = ""
    for rangee in rangees:
        strate = noms.get(str(rangee[0]), strate)
        if strate:
            rangement[strate].append(rangee)
    return rangement


def memes(lues: Any, attendues: Any) -> bool:
    """Mêmes cellules ; XlsxWriter écrit les nombres à 16 chiffres, et l’on refait les moyennes à part."""
    return list(lues) == [pytest.approx(v, rel=1e-14, abs=1e-14) if isinstance(v, float) else v for v in attendues]


# --- Les feuilles et leurs valeurs -----------------------------------------------------------------------------------


@pytest.mark.endurance
def test_les_feuilles_dans_l_ordre(classeur: dict[str, list[tuple[Any, ...]]]) -> None:
    assert tuple(classeur) == FEUILLES


def test_sans_reponses_deux_feuilles_manquent_et_le_reste_ne_les_cite_pas(tmp_path: Path, soixante: Cohorte) -> None:
    ouvert = ouvrir(tmp_path / "g.xlsx", soixante, avec_reponses=False)
    assert ouvert.sheetnames == [nom for nom in FEUILLES if nom not in DE_REPONSES]
    assert "omises à la demande" in textes(ouvert, "À propos")
    cles = {ligne[1] for ligne in ouvert["Dictionnaire"].iter_rows(min_row=2, values_only=True)}
    assert cles == {case.value for nom in ("Scores", "Incertitude") for case in ouvert[nom][1]}
    assert {colonne.cle for colonne in soixante.scores().colonnes} < cles


def test_la_synthese_rend_le_portrait_de_chaque_strate(
    classeur: dict[str, list[tuple[Any, ...]]], soixante: Cohorte
) -> None:
    sections = par_strate(classeur["Synthèse"], soixante)
    assert len(sections) == 3
    for cle, strate in soixante.strates().items():
        codes = soixante.referentiel.echelles
        trouvees = {r[0]: r[2:8] for r in sections[NOMS_DE_STRATE[cle]] if r[0] in codes}
        assert trouvees.keys() == codes.keys()
        assert all(memes(trouvees[code], resumer(valeurs_de(strate, code))) for code in codes)
        centre = {r[0]: r[2] for r in sections[NOMS_DE_STRATE[cle]]}
        lues = [centre["Dimension collective"], centre["Temporalité"]]
        assert memes(lues, [resumer(valeurs_de(strate, axe)).moyenne for axe in "xy"])


def test_les_dominantes_comptent_chaque_passation_une_fois(
    classeur: dict[str, list[tuple[Any, ...]]], soixante: Cohorte
) -> None:
    noms = {i.libelle for i in soixante.referentiel.ingenieries}
    noms |= {"Équilibre", "Plusieurs à égalité", "Sans position"}
    for section in par_strate(classeur["Synthèse"], soixante).values():
        debut = [r[0] for r in section].index("Ce qui pèse le plus dans les réponses")
        assert sum(r[2] for r in section[debut + 1 : debut + 7] if r[0] in noms) == 20


def test_scores_a_une_ligne_par_passation_dans_l_ordre_de_lecture(
    classeur: dict[str, list[tuple[Any, ...]]], soixante: Cohorte
) -> None:
    cles = tuple(colonne.cle for colonne in soixante.scores().colonnes)
    assert classeur["Scores"][0] == cles
    attendues = list(soixante.scores().lignes)
    assert all(map(memes, classeur["Scores"][1:], attendues))
    assert len(classeur["Scores"][1:]) == len(attendues)
    assert None in {ligne[cles.index("score_C1")] for ligne in classeur["Scores"][1:]}


def test_les_reponses_en_codes_puis_en_clair(classeur: dict[str, list[tuple[Any, ...]]], soixante: Cohorte) -> None:
    referentiel = soixante.referentiel
    codes = [item.code for item in referentiel.ordre_de_passation()]
    question = referentiel.profil[0]
    for rang, notee in enumerate(soixante.notees, start=1):
        reponses = [notee.passation.reponse(code) for code in codes]
        assert list(classeur["Réponses"][rang][-len(codes) :]) == [valeur_affichee(r) for r in reponses]
        clair = classeur["Réponses en clair"][rang]
        assert list(clair[-len(codes) :]) == [libelle_reponse(referentiel, r) for r in reponses]
        structure = notee.passation.profil.get(question.identifiant)
        assert clair[1] == (question.libelle_du_choix(structure) if structure else None)
    assert classeur["Réponses"][0] == classeur["Réponses en clair"][0]


def test_la_matrice_donne_moyenne_et_n_par_case_et_par_strate(
    classeur: dict[str, list[tuple[Any, ...]]], soixante: Cohorte
) -> None:
    poles = [i.identifiant for i in soixante.referentiel.ingenieries]
    sections = par_strate(classeur["Matrice"], soixante)
    for cle, strate in soixante.strates().items():
        rangees = {r[0]: r for r in sections[NOMS_DE_STRATE[cle]]}
        for competence in soixante.referentiel.competences:
            code = competence.identifiant
            cases = [resumer(valeurs_de(strate, f"{code}/{pole}")) for pole in poles]
            assert memes(rangees[code][2:5], [case.moyenne for case in cases])
            assert [*rangees[code][6:9]] == [case.n for case in cases]


def test_la_matrice_a_une_echelle_de_couleurs_native_aux_bornes_declarees(ouvert: Workbook) -> None:
    regles = ouvert["Matrice"].conditional_formatting
    assert len(list(regles)) == 3
    for plage in regles:
        (regle,) = plage.rules
        assert [(c.type, c.val) for c in regle.colorScale.cfvo] == [("num", 0), ("num", 4)]


def test_profils_moyennes_a_partir_de_trois_et_petits_groupes_nommes_sans_valeurs(
    classeur: dict[str, list[tuple[Any, ...]]], soixante: Cohorte
) -> None:
    referentiel = soixante.referentiel
    codes = [*(c.identifiant for c in referentiel.competences), *(i.identifiant for i in referentiel.ingenieries)]
    sections, vus = par_strate(classeur["Profils"], soixante), set()
    for cle, strate in soixante.strates().items():
        rangees = iter(sections[NOMS_DE_STRATE[cle]])
        for question in referentiel.sans_conditions().profil:
            assert any(rangee[0] == question.libelle for rangee in rangees)
            groupes: dict[str, list[Notee]] = {}
            for notee in strate.notees:
                groupes.setdefault(notee.passation.profil.get(question.identifiant, ""), []).append(notee)
            ordre = [choix.code for choix in question.choix if choix.code in groupes] + [""] * ("" in groupes)
            for code in ordre:
                rangee, n = next(rangees), len(groupes[code])
                assert rangee[0] == (question.libelle_du_choix(code) if code else "(sans réponse)")
                vus.add(n >= 3)
                if n < 3:
                    assert rangee[1] == "effectif inférieur à 3"
                    assert set(rangee[2:]) == {None}
                    continue
                groupe = Cohorte(referentiel, tuple(groupes[code]))
                echelles = [resumer(valeurs_de(groupe, e)) for e in codes]
                attendues = ["tu" if 0 < une.n < 3 else une.moyenne for une in echelles]
                vus.update(valeur for valeur in attendues if valeur == "tu")
                assert memes(rangee[1:], [n, *attendues])
    assert vus == {True, False, "tu"}


@pytest.mark.endurance
def test_une_seule_question_de_profil_si_on_la_demande(tmp_path: Path, soixante: Cohorte) -> None:
    contenu = textes(ouvrir(tmp_path / "g.xlsx", soixante, par="territoire"), "Profils")
    for question in soixante.referentiel.sans_conditions().profil:
        assert (question.libelle in contenu) is (question.identifiant == "territoire")


def test_les_anomalies_sont_toutes_la(classeur: dict[str, list[tuple[Any, ...]]], constats: list[Anomalie]) -> None:
    rangees = classeur["Anomalies"]
    assert rangees[0] == (
        *("Gravité", "Fichier", "Feuille", "Ligne", "Colonne ou cellule", "Quoi", "Attendu", "Correction"),
    )
    un, deux = constats
    assert rangees[1] == ("refus", "groupe-a.xlsx", "Saisie", None, "F12", un.quoi, un.attendu, un.correction)
    assert rangees[2] == ("refus", "groupe-b.csv", None, 4, 9, deux.quoi, deux.attendu, deux.correction)


@pytest.mark.endurance
def test_trop_d_anomalies_le_disent(
    tmp_path: Path, soixante: Cohorte, constats: list[Anomalie], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cpit.classeurs.classeur_groupe.feuilles_en_tables.ECRITES_MAX", 5)
    classeur = ouvrir(tmp_path / "g.xlsx", soixante, lus=tuple(constats * 4))
    assert "Refus\u202f: 8" in textes(classeur, "À propos")
    assert "il en manque 3 ici" in textes(classeur, "Anomalies")


def test_le_dictionnaire_a_une_ligne_par_colonne(classeur: dict[str, list[tuple[Any, ...]]], soixante: Cohorte) -> None:
    attendues = soixante.scores(avec_reponses=True).colonnes
    rangees = {rangee[1]: rangee for rangee in classeur["Dictionnaire"][1:]}
    assert list(rangees) == list(dict.fromkeys([*(colonne.cle for colonne in attendues), *classeur["Incertitude"][0]]))
    for feuille in ("Scores", "Réponses"):
        assert set(classeur[feuille][0]) == {cle for cle, r in rangees.items() if feuille in r[0]}
    for colonne in attendues:
        rangee = rangees[colonne.cle]
        assert rangee[2:4] == (colonne.libelle, colonne.type)
        assert rangee[6] == colonne.description
        for code, libelle in (colonne.modalites or {}).items():
            assert f"{code}\u202f: {libelle}" in rangee[5]
    assert "règle 1" in rangees["score_C1"][7]
    assert "QLQ-C30" in rangees["score_C1"][8]


def test_a_propos_dit_versions_empreinte_sources_et_limites(ouvert: Workbook, soixante: Cohorte) -> None:
    contenu = textes(ouvert, "À propos")
    referentiel = soixante.referentiel
    for attendu in (f"cpit {__version__}", referentiel.empreinte, referentiel.version, "groupe-a.xlsx", "1 refus"):
        assert attendu in contenu
    for mot in (
        "donnée personnelle",
        "recoupe faiblement",
        "6. Groupe",
        "moins de 3 passations",
        "Toutes les positions y sont",
    ):
        assert mot.lower() in contenu.lower()
    dates = [cellule.value for cellule in cellules(ouvert) if isinstance(cellule.value, datetime)]
    assert dates == [datetime(2026, 11, 22)] * 2


def test_ni_total_ni_rang_ni_note(classeur: dict[str, list[tuple[Any, ...]]]) -> None:
    for nom in ("Synthèse", "Scores", "Matrice", "Profils", "Réponses"):
        mots = {v.lower() for rangee in classeur[nom] for v in rangee if isinstance(v, str)}
        assert not mots & {"total", "rang", "note globale", "classement"}


# --- Graphiques ------------------------------------------------------------------------------------------------------


def graphiques(chemin: Path) -> list[str]:
    with zipfile.ZipFile(chemin) as archive:
        noms = sorted(nom for nom in archive.namelist() if nom.startswith("xl/charts/chart"))
        return [archive.read(nom).decode() for nom in noms]


def test_un_radar_et_une_carte_par_strate_sans_aucun_nom_de_personne(fichier: Path, soixante: Cohorte) -> None:
    traces = graphiques(fichier)
    assert [("<c:radarChart>" in t, "<c:scatterChart>" in t) for t in traces] == [(True, False), (False, True)] * 3
    for trace in traces:
        assert "P001" not in trace
        assert 'c:lang val="fr-FR"' in trace
    for mot in ("Minimum", "Moyenne", "Maximum"):
        assert f"<c:v>{mot}</c:v>" in traces[0]
    centre = f"Le groupe ({len(valeurs_de(soixante.strates()[('t0', 'soi')], 'x'))} positions)"
    for mot in ("Ingénierie publique", "Management de projets", "Catalyse territoriale", centre):
        assert f"<c:v>{mot}</c:v>" in traces[1]


def test_un_groupe_tout_pres_du_centre_a_aussi_sa_carte_agrandie(tmp_path: Path, livre: m.Referentiel) -> None:
    """Les bornes de la figure du même groupe ; la carte entière en porte le cadre."""
    passations = []
    for n in range(6):
        passation = Passation.nouvelle(livre, identifiant=f"P{n}")
        for rang, item in enumerate(livre.items):
            passation = passation.avec_reponse(item.code, repondu(2 + ((rang * 3 + n) % 5 == 0)))
        passations.append(Releve(passation, f"{n}.json"))
    cohorte = composer(livre, passations)
    contenu = textes(ouvrir(tmp_path / "g.xlsx", cohorte), "Synthèse")
    _, entiere, proche = graphiques(tmp_path / "g.xlsx")
    dite = re.search(r"([\d,]+) en hauteur", cpit.figure("carte", cohorte).description)
    assert dite is not None
    assert proche.count(f'<c:max val="{float(dite[1].replace(",", "."))!r}"/>') == 2
    assert "Vue agrandie" not in entiere + proche
    assert "<c:v>vers Catalyse territoriale</c:v>" in proche
    for mot in ("La carte, vue agrandie", "Grand carré", f"{dite[1]} en hauteur"):
        assert mot in contenu


@pytest.mark.endurance
def test_deux_mille_cinq_cents_passations_echantillonnent_la_carte_et_le_disent(
    tmp_path: Path, livre: m.Referentiel
) -> None:
    cohorte = cohorte_au_hasard(livre, 2_500, absentes=0.0)
    places = [n.resultat.situation.position for n in cohorte.notees if n.resultat.situation.position is not None]
    ecrire_le_classeur(tmp_path / "g.xlsx", cohorte, [], SOURCES, date=DATE)
    ouvert = load_workbook(tmp_path / "g.xlsx", read_only=True)
    donnees = ouvert["Données des graphiques"].iter_rows(values_only=True)
    tracees = [ligne[1:3] for ligne in donnees if ligne[0] == "Une passation"]
    # Régulièrement espacées, dans l’ordre de lecture.
    choisies = [places[rang * len(places) // 2_000] for rang in range(2_000)]
    assert [(round(x, 12), round(y, 12)) for x, y in tracees] == [(round(p.x, 12), round(p.y, 12)) for p in choisies]
    annonce = f"2\u202f000 positions sur {len(places) // 1000}\u202f{len(places) % 1000:03d}"
    for feuille in ("Synthèse", "À propos"):
        assert annonce in "\n".join(str(v) for ligne in ouvert[feuille].iter_rows(values_only=True) for v in ligne)
    scores = ouvert["Scores"].iter_rows(min_row=PREMIERE, values_only=True)
    assert all(map(memes, list(scores), cohorte.scores().lignes))


# --- Petits groupes et cas limites -----------------------------------------------------------------------------------


def test_un_groupe_d_une_personne_rend_exactement_son_resultat(tmp_path: Path, livre: m.Referentiel) -> None:
    cohorte = cohorte_au_hasard(livre, 1)
    (notee,) = cohorte.notees
    feuille = ouvrir(tmp_path / "g.xlsx", cohorte)["Synthèse"]
    rangees = {ligne[0]: ligne for ligne in feuille.iter_rows(values_only=True)}
    for code in livre.echelles:
        valeur = notee.resultat.score(code).valeur
        assert memes(rangees[code][2:8], [valeur, None, valeur, valeur, valeur, 0 if valeur is None else 1])


def test_trois_personnes_et_la_prudence(tmp_path: Path, livre: m.Referentiel) -> None:
    ouvert = ouvrir(tmp_path / "g.xlsx", cohorte_au_hasard(livre, 3))
    assert "Peu de passations" in textes(ouvert, "Synthèse")
    assert ouvert["Scores"].max_row == 4


def test_un_groupe_vide_fait_un_classeur_qui_le_dit(tmp_path: Path, livre: m.Referentiel) -> None:
    ecrire_le_classeur(tmp_path / "g.xlsx", Cohorte(livre), [], [], date=DATE)
    ouvert = load_workbook(tmp_path / "g.xlsx")
    assert "aucune" in textes(ouvert, "Synthèse")
    assert "Aucune passation." in textes(ouvert, "Matrice")
    assert "Aucune anomalie." in textes(ouvert, "Anomalies")
    # Sur papier aussi : la ligne qui le dit est dans ce qui s’imprime.
    assert str(ouvert["Anomalies"].print_area).endswith("$H$2")
    assert ouvert["Scores"].max_row == 1
    assert not graphiques(tmp_path / "g.xlsx")


def sans_position(livre: m.Referentiel) -> Cohorte:
    """Tout au plus bas, puis tout sans objet : aucun centre."""
    bas, rien = Passation.nouvelle(livre), Passation.nouvelle(livre)
    for item in livre.items:
        bas, rien = bas.avec_reponse(item.code, repondu(0)), rien.avec_reponse(item.code, sans_objet())
    return composer(livre, [Releve(bas, "a.json"), Releve(rien, "b.json")])


def test_sans_position_la_carte_n_a_que_les_poles(tmp_path: Path, livre: m.Referentiel) -> None:
    ouvert = ouvrir(tmp_path / "g.xlsx", sans_position(livre))
    contenu = textes(ouvert, "Synthèse")
    assert "Sans position, donc hors de la carte\u202f: 2 passations" in contenu
    rangees = {ligne[0]: ligne for ligne in ouvert["Synthèse"].iter_rows(values_only=True)}
    assert rangees["Sans position"][2] == 2
    assert rangees["Dimension collective"][2] is None
    assert "Les passations" not in graphiques(tmp_path / "g.xlsx")[1]
    assert [ligne[0] for ligne in ouvert["Scores"].iter_rows(min_row=PREMIERE, values_only=True)] == [
        "a.json",
        "b.json",
    ]


ETRANGERS = sorted((TESTS / "referentiels").glob("*.yaml"))


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("chemin", ETRANGERS, ids=lambda chemin: chemin.stem)
def test_un_referentiel_etranger_s_ecrit_juste(tmp_path: Path, chemin: Path) -> None:
    cohorte = cohorte_au_hasard(cpit.referentiel(chemin), 7)
    ouvert = ouvrir(tmp_path / "g.xlsx", cohorte)
    rangees = {ligne[0]: ligne for ligne in ouvert["Synthèse"].iter_rows(values_only=True)}
    for code in cohorte.referentiel.echelles:
        assert memes(rangees[code][2:8], resumer(valeurs_de(cohorte, code)))
    scores = list(ouvert["Scores"].iter_rows(min_row=PREMIERE, values_only=True))
    assert len(scores) == 7
    assert all(map(memes, scores, cohorte.scores().lignes))
    barres = len(cohorte.referentiel.competences) < 3
    assert ("<c:barChart>" in graphiques(tmp_path / "g.xlsx")[0]) == barres


def test_les_colonnes_et_les_lignes_vont_ensemble(soixante: Cohorte) -> None:
    for avec_reponses in (True, False):
        declarees = soixante.scores(avec_reponses=avec_reponses).colonnes
        assert len({colonne.cle for colonne in declarees}) == len(declarees)
        for ligne in soixante.scores(avec_reponses=avec_reponses).lignes:
            for colonne, cellule in zip(declarees, ligne, strict=True):
                attendus = {"texte": str, "entier": int, "nombre": float}[colonne.type]
                assert cellule is None or isinstance(cellule, attendus) or cellule == "SO", colonne.cle


def test_la_dominante_vide_se_distingue_par_la_position(livre: m.Referentiel) -> None:
    egal, partage = Passation.nouvelle(livre), Passation.nouvelle(livre)
    for item in livre.items:
        egal = egal.avec_reponse(item.code, repondu(2))
        partage = partage.avec_reponse(item.code, repondu(0 if item.ingenierie == "publique" else 4))
    cohorte = composer(livre, [Releve(egal, "e"), Releve(partage, "p"), *sans_releves(livre)])
    fins = [ligne[-3:] for ligne in cohorte.scores().lignes]
    assert fins[0] == (0.0, 0.0, None)
    assert fins[1][2] == "management+catalyse"
    assert fins[2] == fins[3] == (None, None, None)


def sans_releves(livre: m.Referentiel) -> list[Releve]:
    return [notee.releve for notee in sans_position(livre).notees]


# --- Des textes hostiles ---------------------------------------------------------------------------------------------


@pytest.mark.echantillon(9)
@pytest.mark.parametrize("texte", HOSTILES)
def test_un_texte_hostile_reste_un_texte(tmp_path: Path, minimal: m.Referentiel, texte: str) -> None:
    profil = {question.identifiant: texte for question in minimal.profil}
    passation = Passation.nouvelle(minimal, identifiant=texte, profil=profil, moment=texte, regard=texte)
    hostile = replace(
        minimal,
        titre=texte,
        axes=replace(minimal.axes, x=replace(minimal.axes.x, libelle=texte, debut=texte, fin=texte)),
        ingenieries=tuple(replace(i, libelle=texte) for i in minimal.ingenieries),
        competences=tuple(replace(c, libelle=texte) for c in minimal.competences),
        items=tuple(replace(i, enonce=texte) for i in minimal.items),
    )
    lus = anomalie("cellule-incomprise", Lieu(texte, feuille=texte, cellule=texte), valeur=texte, colonne=texte)
    mots = {**lus.mots, "attendus": texte}
    ecrire_le_classeur(
        tmp_path / "g.xlsx",
        composer(hostile, [Releve(passation, texte)] * 3),
        [replace(lus, mots=mots)],
        [(texte, 3, 1)],
        date=DATE,
    )
    ouvert = load_workbook(tmp_path / "g.xlsx")
    trouvees = [c for c in cellules(ouvert) if c.value == HOSTILES[texte]]
    assert len(trouvees) > len(minimal.items)
    assert {c.data_type for c in trouvees} == {"s"}
    assert not [c.coordinate for c in cellules(ouvert) if c.data_type in {"f", "e"} or c.hyperlink]


def test_aucune_cellule_n_est_une_formule(fichier: Path) -> None:
    with zipfile.ZipFile(fichier) as archive:
        for nom in archive.namelist():
            if nom.startswith("xl/worksheets/sheet"):
                assert b"<f>" not in archive.read(nom)


def test_un_texte_trop_long_est_coupe_et_le_dit(tmp_path: Path, livre: m.Referentiel) -> None:
    passation = Passation.nouvelle(livre, identifiant="a" * 40_000)
    ouvert = ouvrir(tmp_path / "g.xlsx", composer(livre, [Releve(passation, "a.json")]))
    for feuille in ("Scores", "Réponses", "Réponses en clair"):
        assert ouvert[feuille].cell(PREMIERE, 1).value.endswith(COUPE)


# --- Mise en page et fichier -----------------------------------------------------------------------------------------


def test_tables_filtrables_figees_et_imprimables(ouvert: Workbook) -> None:
    for nom in ("Scores", "Réponses", "Réponses en clair"):
        feuille = ouvert[nom]
        assert feuille.freeze_panes == "B2"
        assert feuille.auto_filter.ref.startswith("A1:")
        assert feuille.auto_filter.ref.endswith("61")
    for nom in ("Anomalies", "Dictionnaire"):
        assert ouvert[nom].auto_filter.ref.startswith("A1:")
    for feuille in ouvert:
        assert feuille.page_setup.paperSize == 9
        assert feuille.print_area
        assert feuille.freeze_panes
        assert "&N" in str(feuille.oddFooter.right)


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("nom", ["Scores", "Incertitude", "Réponses", "Réponses en clair", "Anomalies", "Dictionnaire"])
def test_une_feuille_de_donnees_se_lit_d_un_trait(fichier: Path, ouvert: Workbook, nom: str) -> None:
    """Une seule ligne d’en-tête, des noms différents, rien de fusionné : Grist, Power BI et R prennent la première."""
    feuille = ouvert[nom]
    trame = pandas.read_excel(fichier, sheet_name=nom, header=0)
    assert list(trame.columns) == [case.value for case in feuille[1]]
    assert len(set(trame.columns)) == len(trame.columns)
    assert not any(str(colonne).startswith("Unnamed") for colonne in trame.columns)
    assert not feuille.merged_cells.ranges
    assert len(trame) == feuille.max_row - 1
    if nom == "Scores":
        nombres = [colonne for colonne in trame.columns if colonne.startswith(("score_", "n_"))]
        assert {trame[colonne].dtype.kind for colonne in nombres} <= {"f", "i"}
    if nom in ("Scores", "Réponses"):
        bulles = {str(une.sqref): une.prompt for une in feuille.data_validations.dataValidation}
        assert bulles["A1"], "le libellé se montre à qui choisit l’en-tête"


def test_aucun_graphique_n_est_coupe_par_une_page(ouvert: Workbook) -> None:
    """Un saut avant chaque partie, que l’ajustement à une page ferait oublier ; chacune tient sur sa page."""
    feuille = ouvert["Synthèse"]
    assert not feuille.sheet_properties.pageSetUpPr or not feuille.sheet_properties.pageSetUpPr.fitToPage
    sauts = [0, *(saut.id for saut in feuille.row_breaks.brk), feuille.max_row]
    assert len(feuille._charts) >= 2
    for graphique in feuille._charts:
        haut, bas = graphique.anchor._from.row, graphique.anchor.to.row
        assert any(debut <= haut and bas < fin for debut, fin in pairwise(sauts)), (haut, bas, sauts)
    utile = (11.69 - 0.55 - 0.63) * 72
    for debut, fin in pairwise(sauts):
        hauteurs = [feuille.row_dimensions[rang].height or 15 for rang in range(debut + 1, fin + 1)]
        assert sum(hauteurs) * feuille.page_setup.scale / 100 <= utile, (debut, fin)


@pytest.mark.parametrize("nom", ["Synthèse", "Matrice", "Profils"])
def test_une_feuille_a_imprimer_tient_en_largeur(ouvert: Workbook, nom: str) -> None:
    """Ses colonnes, réduites, tiennent entre les marges, sans que rien n’y soit plus petit que la moitié."""
    feuille = ouvert[nom]
    echelle = feuille.page_setup.scale
    pouces = 11.69 if feuille.page_setup.orientation == "landscape" else 8.27
    largeurs = [colonne.width * (colonne.max - colonne.min + 1) for colonne in feuille.column_dimensions.values()]
    assert 50 <= echelle <= 100
    assert sum(largeurs) * 7.42 / 96 * echelle / 100 <= pouces - 2 * 0.47


def test_les_proprietes_ne_nomment_personne(ouvert: Workbook) -> None:
    proprietes = ouvert.properties
    assert proprietes.title.startswith("Synthèse de groupe")
    assert proprietes.created == datetime(2026, 11, 22)
    assert proprietes.language == "fr-FR"


def test_les_memes_entrees_font_les_memes_octets(tmp_path: Path, soixante: Cohorte, constats: list[Anomalie]) -> None:
    for nom in ("a.xlsx", "b.xlsx"):
        ecrire_le_classeur(tmp_path / nom, soixante, constats, SOURCES, date=DATE)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_trop_de_passations_renvoient_au_csv(
    tmp_path: Path, soixante: Cohorte, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert classeur_groupe.PASSATIONS_MAX == 1_048_576 - 1
    monkeypatch.setattr(classeur_groupe, "PASSATIONS_MAX", 59)
    with pytest.raises(ErreurCpit) as levee:
        ecrire_le_classeur(tmp_path / "g.xlsx", soixante, [], [], date=DATE)
    assert "CSV" in levee.value.anomalies[0].correction
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="les droits POSIX n’existent pas sous Windows")
def test_le_fichier_n_est_lisible_que_de_son_proprietaire(fichier: Path) -> None:
    assert stat.S_IMODE(fichier.stat().st_mode) == 0o600
    assert [chemin.name for chemin in fichier.parent.iterdir()] == ["g.xlsx"]


def test_un_echec_laisse_l_ancien_fichier_et_aucun_reste(
    tmp_path: Path, soixante: Cohorte, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "g.xlsx").write_text("ancien")

    def disque_plein(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", disque_plein)
    with pytest.raises(ErreurCpit, match="le disque est plein"):
        ecrire_le_classeur(tmp_path / "g.xlsx", soixante, [], [], date=DATE, remplacer=True)
    assert [chemin.name for chemin in tmp_path.iterdir()] == ["g.xlsx"]
    assert (tmp_path / "g.xlsx").read_text() == "ancien"


def test_une_date_fausse_est_refusee(tmp_path: Path, soixante: Cohorte) -> None:
    with pytest.raises(ValueError, match="isoformat"):
        ecrire_le_classeur(tmp_path / "g.xlsx", soixante, [], [], date="hier")
    assert not list(tmp_path.iterdir())


# --- Le passage par un vrai tableur ----------------------------------------------------------------------------------


def test_libreoffice_relit_tout_sans_erreur_ni_difference(
    tmp_path: Path, livre: m.Referentiel, soixante: Cohorte, constats: list[Anomalie], programme: Programme
) -> None:
    cas = {
        "soixante": soixante,
        "trois": cohorte_au_hasard(livre, 3),
        "une": cohorte_au_hasard(livre, 1),
        "vide": Cohorte(livre),
        "sans-position": sans_position(livre),
        **{chemin.stem: cohorte_au_hasard(cpit.referentiel(chemin), 7) for chemin in ETRANGERS},
    }
    chemins = [tmp_path / f"{nom}.xlsx" for nom in cas]
    for chemin, cohorte in zip(chemins, cas.values(), strict=True):
        ecrire_le_classeur(chemin, cohorte, constats, SOURCES, date=DATE)
    for chemin, recalcule in recalculer(programme("soffice"), tmp_path, chemins).items():
        ecrit = load_workbook(chemin)
        assert recalcule.sheetnames == ecrit.sheetnames
        for cellule in cellules(ecrit):
            refaite = recalcule[cellule.parent.title][cellule.coordinate]
            lieu = (chemin.name, cellule.parent.title, cellule.coordinate)
            assert refaite.data_type != "e", lieu
            if isinstance(cellule.value, float):
                assert refaite.value == pytest.approx(cellule.value, abs=1e-12), lieu
            else:
                assert refaite.value == cellule.value, lieu
        vides = {(c.parent.title, c.coordinate) for c in cellules(recalcule)}
        assert vides == {(c.parent.title, c.coordinate) for c in cellules(ecrit)}, chemin.name


def test_le_moteur_du_groupe_est_celui_d_une_personne(soixante: Cohorte) -> None:
    for notee in soixante.notees:
        assert notee.resultat == cpit.noter(soixante.referentiel, notee.passation.valeurs())
