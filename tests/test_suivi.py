"""Qui a répondu, qui manque : d’après une liste de codes, ou d’après ceux que l’on a déjà vus."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cpit

CpitDit = Callable[..., tuple[int, str, str]]
ENTETE = "identifiant;moment;regard;evaluateur;A1;A2;A3;R1;R2;R3"


@pytest.fixture
def retours(tmp_path: Path) -> Path:
    """Ana a répondu à T0 et T1, Bo à T0 seulement, avec un blanc ; Cy à T1 seulement ; un tiers a répondu sur Bo."""
    lignes = [
        ENTETE,
        "Ana;t0;soi;;1;2;3;4;1;1",
        "Ana;t1;soi;;2;2;SO;2;2;2",
        "Bo;t0;soi;;1;;3;1;1;1",
        "Bo;t0;tiers;E1;1;1;1;2;2;2",
        "Cy;t1;soi;;3;3;3;3;3;3",
    ]
    (tmp_path / "retours").mkdir()
    (tmp_path / "retours" / "t.csv").write_text("\n".join([*lignes, ""]), encoding="utf-8")
    return tmp_path / "retours"


def suivi_de(retours: Path, *liste: str) -> list[tuple[str, str, str, str]]:
    """Code, moment, regard et état de chaque passation suivie."""
    recueil = cpit.lire(retours, "minimal")
    tableau = cpit.suivi(recueil, liste).tableau().en_lignes()
    return [(str(u["identifiant"]), str(u["moment"]), str(u["regard"]), str(u["etat"])) for u in tableau]


def test_sans_liste_chacun_est_attendu_ou_d_autres_ont_repondu(retours: Path) -> None:
    assert suivi_de(retours) == [
        ("Ana", "t0", "soi", "complete"),
        ("Ana", "t1", "soi", "complete"),  # « sans objet » est une réponse
        ("Bo", "t0", "soi", "incomplete"),
        ("Bo", "t0", "tiers", "complete"),
        ("Bo", "t1", "soi", "manque"),
        ("Cy", "t0", "soi", "manque"),
        ("Cy", "t1", "soi", "complete"),
    ]


def test_une_liste_dit_qui_manque_et_qui_n_y_est_pas(retours: Path) -> None:
    """Un code de la liste vaut celui des réponses à la casse et aux blancs près, comme partout."""
    recueil = cpit.lire(retours, "minimal")
    suivi = cpit.suivi(recueil, ["ANA", "Dé", " bo"])
    assert suivi.hors_liste == ["Cy"]
    assert [u.identifiant for u in suivi.a_l_etape(("t0", "soi"), "manque")] == ["Dé"]
    assert [u.identifiant for u in suivi.a_l_etape(("t1", "soi"), "manque")] == ["Dé", "bo"]
    assert list(suivi.personnes) == ["ANA", "Dé", "bo", "Cy"], "dans l’ordre de la liste"


def test_une_liste_dit_le_moment_le_regard_et_le_tiers(retours: Path, tmp_path: Path) -> None:
    liste = tmp_path / "codes.csv"
    liste.write_text(
        "code;moment;regard;evaluateur\nAna;t1+retrospectif;soi;\nBo;t0;tiers;E1\nBo;t0;tiers;E2\nCy;;;\n", "utf-8"
    )
    dites = cpit.suivi(cpit.lire(retours, "minimal"), liste).tableau().en_lignes()
    attendues = {(u["identifiant"], u["moment"], u["evaluateur"]): u["etat"] for u in dites if u["attendue"] == "oui"}
    assert attendues == {
        ("Ana", "t1", None): "complete",
        ("Ana", "t0-retrospectif", None): "manque",
        ("Bo", "t0", "E1"): "complete",
        ("Bo", "t0", "E2"): "manque",
        ("Cy", "t0", None): "manque",
        ("Cy", "t1", None): "complete",
    }
    assert [u["identifiant"] for u in dites if u["attendue"] == "non"] == ["Ana", "Bo"], "revenues sans être attendues"


@pytest.mark.parametrize(
    ("attendus", "dit"),
    [
        (("",), "1 revenue sur 1 attendue ; 1 autre, sans être attendue."),
        (("", "E2"), "2 revenues sur 2 attendues."),
        (("E2", "", "E3"), "2 revenues sur 3 attendues. Manque : Bo (par E3)."),
        (("E3",), "0 revenue sur 1 attendue ; 2 autres, sans être attendues. Manque : Bo (par E3)."),
    ],
)
def test_une_attente_ne_prend_qu_un_tiers(
    attendus: tuple[str, ...], dit: str, cpit_dit: CpitDit, retours: Path, tmp_path: Path
) -> None:
    """N’importe lequel, ou un tiers nommé, qui prend d’abord la sienne."""
    with (retours / "t.csv").open("a", encoding="utf-8") as flux:
        flux.write("Bo;t0;tiers;E2;1;1;1;2;2;2\n")
    lignes = [f"Bo;t0;tiers;{evaluateur}" for evaluateur in attendus]
    (tmp_path / "l.csv").write_text("\n".join(["code;moment;regard;evaluateur", *lignes, ""]), encoding="utf-8")
    _, sortie, _ = cpit_dit("suivi", retours, "--pour", tmp_path / "l.csv", "--referentiel", "minimal", "--simple")
    assert f"Moment t0, regard tiers : {dit}" in sortie


def test_la_commande_le_dit_et_l_ecrit(cpit_dit: CpitDit, retours: Path) -> None:
    """La liste, rangée parmi les réponses, n’en est pas une ; le fichier écrit, relu dans le dossier, non plus."""
    (retours / "codes.csv").write_text("code;structure\nAna;commune\nBo;commune\nCy;epci\nDo;epci\n", encoding="utf-8")
    commande = ("suivi", retours, "--pour", retours / "codes.csv", "--sortie", retours / "suivi.csv")
    for _ in range(2):
        code, sortie, erreur = cpit_dit(*commande, "--referentiel", "minimal", "--simple")
        assert (code, erreur) == (0, "")
        assert "Moment t0, regard soi : 2 revenues sur 4 attendues. Manquent : Cy et Do." in sortie
        assert "Avec des situations sans réponse : Bo (1 sur 6)." in sortie
        assert "Moment t0, regard tiers : 1 revenue, sans être attendue." in sortie
        assert "Moment t1, regard soi : 2 revenues sur 4 attendues. Manquent : Bo et Do." in sortie
        assert "Personne : Do ; t0 soi : manque ; t1 soi : manque." in sortie
        assert "Personne : Ana" not in sortie, "elle a tout rendu"
    _, sortie, _ = cpit_dit(*commande, "--referentiel", "minimal", "--detail", "--simple")
    assert "Personne : Ana ; t0 soi : 6/6 ; t1 soi : 6/6." in sortie
    with (retours / "suivi.csv").open(encoding="utf-8-sig", newline="") as flux:
        lignes = list(csv.DictReader(flux, delimiter=";"))
    assert [ligne["identifiant"] for ligne in lignes if ligne["etat"] == "manque"] == ["Bo", "Cy", "Do", "Do"]
    assert lignes[0]["source"].endswith("t.csv, ligne 2")
    code, _, erreur = cpit_dit("suivi", retours, "--pour", retours / "codes.csv", "--referentiel", "minimal")
    assert code == 0
    assert "suivi.csv" in erreur, "un résultat de cpit, laissé de côté, et dit"


def test_avec_une_liste_personne_n_a_encore_repondu(cpit_dit: CpitDit, tmp_path: Path) -> None:
    (tmp_path / "retours").mkdir()
    (tmp_path / "codes.txt").write_text("R01\nR02\n", encoding="utf-8")
    code, sortie, _ = cpit_dit("suivi", tmp_path / "retours", "--pour", tmp_path / "codes.txt", "--simple")
    assert code == 0
    assert "0 revenue sur 2 attendues. Manquent : R01 et R02." in sortie
    assert cpit_dit("suivi", tmp_path / "retours")[0] == 1, "sans liste, il n’y a rien à suivre"
    assert cpit_dit("suivi", tmp_path / "absent", "--pour", tmp_path / "codes.txt")[0] == 1


def test_ce_qui_n_a_pas_de_code_se_compte_a_part(cpit_dit: CpitDit, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("A1;A2;A3;R1;R2;R3\n1;2;3;4;1;1\n2;2;2;1;1;1\n", encoding="utf-8")
    _, sortie, _ = cpit_dit("suivi", tmp_path / "t.csv", "--referentiel", "minimal", "--simple")
    assert "2 passations sans code" in sortie


def test_la_liste_ne_se_remplace_jamais(cpit_dit: CpitDit, retours: Path, tmp_path: Path) -> None:
    liste = tmp_path / "codes.csv"
    liste.write_text("code\nAna\n", encoding="utf-8")
    commande = ("suivi", retours, "--pour", liste, "--sortie", liste, "--remplacer", "--referentiel", "minimal")
    assert cpit_dit(*commande)[0] in (1, 2)
    assert liste.read_text(encoding="utf-8") == "code\nAna\n"


def test_un_moment_porte_le_nom_que_lui_donne_le_referentiel(cpit_dit: CpitDit, retours: Path, tmp_path: Path) -> None:
    texte = cpit.referentiel("minimal").texte + "\nmoments:\n  - code: t1\n    libelle: Bilan\n"
    (tmp_path / "r.yaml").write_text(texte, encoding="utf-8")
    _, sortie, _ = cpit_dit("suivi", retours, "--referentiel", tmp_path / "r.yaml", "--simple")
    assert "Moment t1, « Bilan », regard soi : 2 revenues sur 3 attendues. Manque : Bo." in sortie
    assert "Personne : Bo ; t0 soi : 5/6 ; t0 tiers : 6/6 ; Bilan soi : manque." in sortie


@pytest.mark.parametrize("options", [("--colonne", "x"), ("--sortie", "s.html"), ("--dialecte", "grec")])
def test_une_demande_impossible_est_refusee(cpit_dit: CpitDit, retours: Path, options: tuple[str, str]) -> None:
    assert cpit_dit("suivi", retours, "--referentiel", "minimal", *options)[0] == 2


CODES = st.sampled_from(["R01", "r01 ", "R02", "É3", "R04"])


def plie(code: str) -> str:
    return code.casefold().strip()


PASSATIONS = st.lists(
    st.tuples(CODES, st.sampled_from(["t0", "t1"]), st.sampled_from(["soi", "tiers"])),
    min_size=1,
    unique_by=lambda une: (plie(une[0]), *une[1:]),
)


@settings(deadline=None, max_examples=40)
@given(PASSATIONS, st.lists(CODES, max_size=4, unique_by=plie))
def test_rien_n_est_perdu_ni_compte_deux_fois(passations: list[tuple[str, str, str]], liste: list[str]) -> None:
    """Chaque passation est suivie une fois ; qui est sur la liste est dit à chaque moment où quelqu’un a répondu."""
    with TemporaryDirectory() as dossier:
        table = Path(dossier, "t.csv")
        lignes = [f"{qui};{moment};{regard};1;2;3;4;1;2" for qui, moment, regard in passations]
        table.write_text("\n".join([ENTETE.replace("evaluateur;", ""), *lignes, ""]), encoding="utf-8")
        suivi = cpit.suivi(cpit.lire(table, "minimal"), liste)
    revenues = [une.notee.releve.ligne for une in suivi.suivies if une.notee is not None]
    assert sorted(revenues) == list(range(2, 2 + len(passations)))
    moments = {moment for _, moment, regard in passations if regard == "soi"} or {"t0"}
    suivis = set(map(plie, liste)) or {plie(qui) for qui, _, _ in passations}
    attendues = {(plie(une.identifiant), une.moment) for une in suivi.suivies if une.attendue}
    assert attendues == {(qui, moment) for qui in suivis for moment in moments}
