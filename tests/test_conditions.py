"""Les conditions d’exercice : demandées si on le veut, montrées à côté des scores, jamais comptées."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from aide_remplir import remplir_comme_une_personne
from aide_terminal import FauxClavier, FauxEcran
from aides import RACINE

import cpit
from cpit.cli import executer

EQUIPE = """
  - identifiant: equipe
    libelle: Avec qui
    condition: oui
    hypothese: Notre choix.
    choix:
      - {code: seule, libelle: Sans équipe}
      - {code: equipe, libelle: En équipe}
"""
"""Une question de condition, ajoutée à celles du référentiel minimal."""


@pytest.fixture
def modele(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Le référentiel minimal, une condition en plus, dans le dossier courant."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    texte = (RACINE / "referentiels" / "minimal.yaml").read_text(encoding="utf-8")
    (tmp_path / "r.yaml").write_text(texte.replace("\nprofil:\n", f"\nprofil:{EQUIPE}"), encoding="utf-8")
    return Path("r.yaml")


def jouer(monkeypatch: pytest.MonkeyPatch, *arguments: str, touches: list[str] | None = None) -> tuple[int, str]:
    """Lance une commande ; ``touches`` : ce qui est tapé. Rend le code et l’écran."""
    ecran = FauxEcran()
    monkeypatch.setattr(sys, "stdin", io.StringIO() if touches is None else FauxClavier(touches))
    for nom in ("stdout", "stderr"):
        monkeypatch.setattr(sys, nom, ecran)
    code = executer([*arguments, "--simple"])
    return code, " ".join(ecran.getvalue().replace("’", "'").split())


def repondre(monkeypatch: pytest.MonkeyPatch, *options: str, profil: list[str]) -> str:
    qui = ["--code", "Ana", "--moment", "t0", "--regard", "soi", "--referentiel", "r.yaml"]
    touches = [*profil, *"123412", "", ""]
    code, vu = jouer(monkeypatch, "questionnaire", *qui, *options, touches=touches)
    assert code == 0, vu
    return vu


def test_le_questionnaire_ne_les_demande_que_si_on_le_veut(modele: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Avec qui" not in repondre(monkeypatch, profil=["1"])
    for chemin in modele.parent.glob("passation-*"):
        chemin.unlink()
    vu = repondre(monkeypatch, "--conditions", profil=["1", "2"])
    assert "jamais notées, toutes facultatives" in vu
    assert "Dans quelles conditions. Avec qui : En équipe" in vu
    assert "n'entrent dans aucun score" in vu
    assert "regard soi · Bénévole Vous" in vu, "l’en-tête ne porte que le profil"
    (chemin,) = modele.parent.glob("passation-*.json")
    assert json.loads(chemin.read_bytes())["profil"] == {"role": "benevole", "equipe": "equipe"}


def test_elles_ne_changent_aucun_nombre_et_se_lisent_a_cote(modele: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repondre(monkeypatch, "--conditions", profil=["", "2"])
    (chemin,) = modele.parent.glob("passation-*.json")
    avec = cpit.relire(chemin).restitution
    sans = cpit.restituer(avec.referentiel, replace(avec.passation, profil={}))
    assert avec.resultat == sans.resultat
    assert jouer(monkeypatch, "restituer", chemin.name, "--page", "p.html", "--remplacer")[0] == 0
    page = (modele.parent / "p.html").read_text(encoding="utf-8")
    assert page.count("En équipe") == 1
    assert 'id="titre-conditions"' in page
    feuille = ["restituer", chemin.name, "--pour", "entretien", "--page"]
    assert jouer(monkeypatch, *feuille, "e.html")[0] == 0
    assert "En équipe" not in (modele.parent / "e.html").read_text(encoding="utf-8"), "à la personne d’en décider"
    assert jouer(monkeypatch, *feuille, "f.html", "--conditions")[0] == 0
    assert "En équipe" in (modele.parent / "f.html").read_text(encoding="utf-8")


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("format_", ["xlsx", "html", "csv"])
def test_un_formulaire_ne_les_porte_que_si_on_le_veut_et_se_relit(
    format_: str, modele: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commande = ["formulaire", "--format", format_, "--referentiel", "r.yaml", "--dossier"]
    for dossier, options in (("sans", []), ("avec", ["--conditions"])):
        assert jouer(monkeypatch, *commande, dossier, *options)[0] == 0
        (ecrit,) = (modele.parent / dossier).iterdir()
        if format_ == "xlsx":
            identification = openpyxl.load_workbook(ecrit).worksheets[2]
            porte = "profil.equipe" in [cellule.value for rangee in identification for cellule in rangee]
        else:
            porte = ('id="profil-2"' if format_ == "html" else ";equipe;") in ecrit.read_text(encoding="utf-8-sig")
        assert porte == (dossier == "avec"), dossier
        if format_ == "xlsx":
            rempli = modele.parent / f"{dossier}.xlsx"
            remplir_comme_une_personne(ecrit, rempli, {"A1": "3"}, profil={"equipe": "En équipe"})
            recueil = cpit.lire(rempli, modele)
            assert not recueil.anomalies
            (notee,) = recueil.cohorte.notees
            assert notee.passation.profil == ({"equipe": "equipe"} if porte else {})


def test_l_instrument_ne_les_pose_que_si_on_le_veut(modele: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for nom, options in (("sans.md", []), ("avec.md", ["--conditions"])):
        commande = ["referentiel", "exporter", "r.yaml", "--vers", "markdown", "--sortie", nom]
        assert jouer(monkeypatch, *commande, *options)[0] == 0
        assert ("Sans équipe" in (modele.parent / nom).read_text(encoding="utf-8")) == (nom == "avec.md")


def test_les_demander_a_qui_n_en_a_pas_se_dit(modele: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commandes = (
        ["formulaire", "--referentiel", "minimal", "--dossier", "f"],
        ["referentiel", "exporter", "minimal", "--vers", "markdown", "--sortie", "m.md"],
    )
    for commande in commandes:
        code, vu = jouer(monkeypatch, *commande, "--conditions")
        assert (code, "n'a aucune question sur les conditions d'exercice" in vu) == (1, True), vu
    assert [chemin.name for chemin in modele.parent.iterdir()] == ["r.yaml"]
    qui = ["--code", "Ana", "--moment", "t0", "--regard", "soi", "--sans-profil", "--referentiel", "minimal"]
    code, vu = jouer(monkeypatch, "questionnaire", "--conditions", *qui, touches=[*"123412", "", ""])
    assert (code, "n'a aucune question sur les conditions d'exercice" in vu) == (0, True)


def test_le_guide_donne_des_conditions_qui_se_chargent(modele: Path) -> None:
    guide = (RACINE / "cpit" / "guides" / "referentiel.md").read_text(encoding="utf-8")
    bloc = next(b.split("```")[0] for b in guide.split("```yaml\n")[1:] if "condition: oui" in b.split("```")[0])
    texte = modele.read_text(encoding="utf-8").replace(f"\nprofil:{EQUIPE}", f"\nprofil:\n{bloc}")
    (modele.parent / "g.yaml").write_text(texte, encoding="utf-8")
    lu = cpit.referentiel(modele.parent / "g.yaml")
    assert [une.identifiant for une in lu.profil if une.condition] == ["equipe", "mandat", "soutien", "portage"]


def test_une_table_les_rend_et_la_grille_les_garde(modele: Path) -> None:
    table = modele.parent / "t.csv"
    ligne = "A;t0;soi;equipe;1;2;3;4;1;2"
    table.write_text(f"identifiant;moment;regard;equipe;A1;A2;A3;R1;R2;R3\n{ligne}\n", encoding="utf-8")
    (notee,) = cpit.lire(table, modele).cohorte.notees
    assert notee.passation.profil == {"equipe": "equipe"}
    grille = cpit.grille(modele.parent / "g.xlsx", cpit.referentiel(modele))
    lu, _ = cpit.depuis_grille(grille, modele.parent / "relu.yaml")
    assert lu is not None
    assert [(une.identifiant, une.condition) for une in lu.profil] == [("equipe", True), ("role", False)]


# --- le référentiel livré, et ce qui sort d’un groupe -----------------------------------------------------------------

LIVRES = ("innovation-territoriale", "innovation-territoriale-long")
CONDITIONS = ("entourage", "mandat", "soutien", "portage")


@pytest.mark.parametrize("nom", LIVRES)
def test_le_referentiel_livre_a_quatre_conditions_sourcees_que_nul_ne_se_voit_poser_sans_les_vouloir(nom: str) -> None:
    livre = cpit.referentiel(nom)
    conditions = [une for une in livre.profil if une.condition]
    assert tuple(une.identifiant for une in conditions) == CONDITIONS
    for une in conditions:
        assert une.source in {"ja-2023-bernard", "ja-2023-jullien", "ja-2023-cot"}
        assert une.hypothese, "ce que cpit y ajoute se dit"
        assert not une.plusieurs, "une personne n’est que dans un groupe : il se croise"
    assert not [une for une in livre.sans_conditions().profil if une.condition]


def table_de(chemin: Path, *, mandats: Sequence[str] = (), personnes: int = 12) -> Path:
    """Une table du référentiel livré ; ``mandats`` : la réponse de chaque personne, s’il y a cette colonne."""
    items = [item.code for item in cpit.referentiel().ordre_de_passation()]
    tete = ["identifiant", *(["mandat"] if mandats else []), "moment", "regard", *items]
    lignes = [
        [f"P{rang:02d}", *([mandats[rang]] if mandats else []), "t0", "soi", *(str((rang + k) % 5) for k in range(24))]
        for rang in range(personnes)
    ]
    chemin.write_text("\n".join(";".join(ligne) for ligne in [tete, *lignes]) + "\n", encoding="utf-8")
    return chemin


def en_tetes(dossier: Path) -> list[str]:
    return (dossier / "scores.csv").read_text(encoding="utf-8-sig").splitlines()[0].split(",")


def colonne_de(dossier: Path) -> list[str]:
    with (dossier / "scores.csv").open(encoding="utf-8-sig", newline="") as flux:
        return [ligne["mandat"] for ligne in csv.DictReader(flux)]


def questions_croisees(dossier: Path) -> set[str]:
    (table,) = (chemin for chemin in dossier.glob("*.csv") if not chemin.name.startswith("dictionnaire"))
    with table.open(encoding="utf-8-sig", newline="") as flux:
        return {ligne["question"] for ligne in csv.DictReader(flux)}


@pytest.mark.endurance
def test_une_condition_que_nul_ne_dit_n_est_une_colonne_nulle_part(tmp_path: Path) -> None:
    recueil = cpit.lire(table_de(tmp_path / "t.csv"))
    assert not {*CONDITIONS} & {colonne.cle for colonne in recueil.cohorte.scores().colonnes}
    cpit.exporter(recueil, tmp_path / "jeu", formats=["csv"])
    assert not {*CONDITIONS} & {*en_tetes(tmp_path / "jeu")}
    assert executer(["exporter", str(tmp_path / "t.csv"), "--diffusion", "--sortie", str(tmp_path / "agregats")]) == 0
    assert not {*CONDITIONS} & questions_croisees(tmp_path / "agregats")
    assert executer(["cohorte", str(tmp_path / "t.csv"), "--sortie", str(tmp_path / "c.xlsx")]) == 0
    libelles = {une.libelle for une in recueil.referentiel.profil if une.condition}
    textes = {str(c) for rangee in openpyxl.load_workbook(tmp_path / "c.xlsx")["Profils"].values for c in rangee}
    assert not libelles & textes


@pytest.mark.endurance
def test_une_condition_dite_est_un_quasi_identifiant_que_k_compte(tmp_path: Path) -> None:
    mandats = [*("ecrit",) * 6, *("sans",) * 5, "oral"]
    recueil = cpit.lire(table_de(tmp_path / "t.csv", mandats=mandats))
    assert {*CONDITIONS} & {colonne.cle for colonne in recueil.cohorte.scores().colonnes} == {"mandat"}
    assert executer(["exporter", str(tmp_path / "t.csv"), "--diffusion", "--sortie", str(tmp_path / "agregats")]) == 0
    assert {*CONDITIONS} & questions_croisees(tmp_path / "agregats") == {"mandat"}
    cpit.exporter(recueil, tmp_path / "brut", formats=["csv"])
    assert {*CONDITIONS} & {*en_tetes(tmp_path / "brut")} == {"mandat"}
    assert "oral" in colonne_de(tmp_path / "brut"), "celle qui seule le dit se reconnaît"
    cpit.exporter(recueil, tmp_path / "protege", formats=["csv"], k=3)
    comptes = Counter(colonne_de(tmp_path / "protege"))
    assert "oral" not in comptes
    assert min(comptes.values()) >= 3


def test_une_grande_table_garde_la_condition_qu_elle_dit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cpit.flux.SEUIL", 0)
    for nom, mandats in (("sans", ()), ("avec", ("ecrit",) * 12)):
        table_de(tmp_path / f"{nom}.csv", mandats=mandats)
        assert executer(["cohorte", f"{nom}.csv", "--sortie", f"notes-{nom}.csv"]) == 0
        ecrits = (tmp_path / f"notes-{nom}.csv").read_text(encoding="utf-8-sig").splitlines()[0].split(";")
        assert {*CONDITIONS} & {*ecrits} == ({"mandat"} if mandats else set())
        assert len((tmp_path / f"notes-{nom}.csv").read_text(encoding="utf-8-sig").splitlines()[1].split(";")) == len(
            ecrits
        )


@pytest.mark.parametrize("dite", [False, True])
def test_une_condition_a_plusieurs_choix_n_est_nommee_que_si_quelqu_un_la_dit(modele: Path, dite: bool) -> None:
    texte = modele.read_text(encoding="utf-8").replace(
        "    condition: oui", "    condition: oui\n    plusieurs: oui", 1
    )
    modele.write_text(texte, encoding="utf-8")
    items = [item.code for item in cpit.referentiel(modele).items]
    lignes = [f"P{rang};{'equipe' if dite and rang % 2 else ''};" + ";".join("321" * 2) for rang in range(12)]
    Path("t.csv").write_text("\n".join((f"identifiant;equipe;{';'.join(items)}", *lignes)), encoding="utf-8")
    commande = ["cohorte", "t.csv", "--referentiel", "r.yaml", "--sortie", "g.csv", "--page", "g.html"]
    assert executer(commande) == 0
    assert executer(["exporter", "t.csv", "--referentiel", "r.yaml", "--diffusion", "--sortie", "agregats"]) == 0
    ecrits = [
        Path("g.html"),
        *(un for un in Path("agregats").rglob("*") if un.suffix in {".md", ".txt", ".csv", ".json"}),
    ]
    for quoi in (ecrits[0].read_text(encoding="utf-8"), "".join(un.read_text(encoding="utf-8") for un in ecrits[1:])):
        assert ("Pas de croisement" in quoi) == dite
