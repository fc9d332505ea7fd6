"""La façade « cpit » : ce qu’une commande fait se demande de Python, rend les mêmes nombres et n’affiche rien."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from aides import RACINE

import cpit
from cpit.cli import executer
from cpit.formats.recueil import Recueil

EXEMPLES = RACINE / "exemples"
COHORTE = EXEMPLES / "cohorte-fictive.csv"
PASSATION = EXEMPLES / "passation-r01-t0-soi.json"
DEUX_PERSONNES = [str(EXEMPLES / f"passation-r0{n}-t0-soi.json") for n in (1, 2, 3)]


@pytest.fixture(scope="module")
def lecture() -> Recueil:
    return cpit.lire(COHORTE)


@pytest.fixture
def muet(capfd: pytest.CaptureFixture[str]) -> Callable[[], None]:
    """À appeler pour vérifier que rien n’a été affiché jusque-là."""

    def verifier() -> None:
        assert capfd.readouterr() == ("", "")

    return verifier


def en_csv(chemin: Path) -> list[dict[str, str]]:
    with chemin.open(encoding="utf-8", newline="") as flux:
        return list(csv.DictReader(flux))


def meme_nombre(cellule: object, ecrit: str) -> bool:
    if cellule is None or isinstance(cellule, str):
        return (cellule or "") == ecrit
    return float(ecrit) == pytest.approx(cellule)


# --- la façade ------------------------------------------------------------------------------------------------------


def test_l_heure_d_un_chercheur(tmp_path: Path, muet: Callable[[], None]) -> None:
    (tmp_path / "retours").mkdir()
    for source in (PASSATION, EXEMPLES / "passation-r02-t0-soi.json"):
        (tmp_path / "retours" / source.name).write_bytes(source.read_bytes())
    ref = cpit.referentiel("innovation-territoriale")
    lue = cpit.lire([f"{tmp_path}/retours/", COHORTE], ref)
    assert [type(une) for une in lue.anomalies] == [cpit.Anomalie] * len(lue.anomalies)
    trame = lue.cohorte.scores().en_pandas()
    assert len(trame) == len(lue.cohorte.notees) == sum(source.passations for source in lue.sources)
    resultat = cpit.noter(ref, {"C1P": 3, "C1M": "SO", "C1C": 2})
    assert resultat.competences["C1"].valeur == pytest.approx(2.5)
    assert ref.items[0].code == "C1P"
    cpit.exporter(lue, tmp_path / "jeu", formats=["csv"])
    assert cpit.fidelite(lue).passations == len(lue.cohorte.notees)
    dessinee = cpit.figure("carte", lue, moment="t0", regard="soi")
    assert dessinee._repr_svg_().startswith("<svg")
    assert lue.cohorte.scores()._repr_html_().startswith("<table>")
    cpit.ecrire(lue, tmp_path / "groupe.csv")
    muet()


def test_la_facade_donne_tout_ce_qu_elle_annonce() -> None:
    assert set(cpit._FACADE) == set(cpit.__all__) <= set(dir(cpit))
    for nom in cpit.__all__:
        assert getattr(cpit, nom).__doc__, nom
    with pytest.raises(AttributeError, match="inconnu"):
        _ = cpit.inconnu


def test_importer_cpit_ne_charge_rien() -> None:
    programme = "import sys; avant = set(sys.modules); import cpit; print(sorted(m for m in set(sys.modules) - avant))"
    fini = subprocess.run([sys.executable, "-c", programme], capture_output=True, text=True, timeout=60, check=True)
    charges = fini.stdout
    for lourd in ("typer", "pydantic", "rich", "openpyxl", "numpy", "yaml", "cpit."):
        assert f"'{lourd}" not in charges


def test_une_lecture_se_dit_en_une_ligne(lecture: Recueil) -> None:
    nombre = len(lecture.cohorte.notees)
    assert repr(lecture).startswith(f"<Recueil : {nombre} passations de 1 source, 0 refus".replace(" :", "\u202f:"))


# --- chaque commande a son appel, et rend les mêmes nombres ---------------------------------------------------------

APPELS = {
    "questionnaire": "noter",
    "corriger": "corriger",
    "restituer": "relire",
    "comparer": "comparer",
    "plan": "plan",
    "trace": "ajouter_trace",
    "portfolio": "portfolio",
    "gabarit": "gabarit",
    "expliquer": "relire",
    "verifier": "verifier",
    "demo": "ecrire",
    "menu": "relire",
    "mes-donnees": "mes_donnees",
    "effacer": "effacer",
    "formulaire": "formulaires",
    "cohorte": "lire",
    "correspondance": "correspondance",
    "figure": "figure",
    "exporter": "exporter",
    "fidelite": "fidelite",
    "evolution": "evolution",
    "suivi": "suivi",
    "guide": "guide",
    "aide": "guide",
    "lister": "referentiels",
    "montrer": "referentiel",
    "valider": "valider",
    "schema": "schema",
    "modele": "grille",
    "depuis": "depuis_grille",
}
"""Commande → ce qui donne de Python son résultat ; la démonstration et le menu les enchaînent."""


def test_chaque_commande_a_son_appel() -> None:
    from cpit.cli import app, referentiel

    commandes = [*app.registered_commands, *referentiel.app.registered_commands]
    noms = {c.name or (c.callback.__name__.replace("_", "-") if c.callback else "") for c in commandes}
    assert noms == set(APPELS)
    assert set(APPELS.values()) <= set(cpit.__all__)


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("suffixe", ["csv", "json", "xlsx"])
def test_une_cohorte_ecrite_de_python_est_celle_de_la_commande(suffixe: str, tmp_path: Path, lecture: Recueil) -> None:
    ici, la = tmp_path / f"python.{suffixe}", tmp_path / f"commande.{suffixe}"
    assert cpit.ecrire(lecture, ici) == ici
    assert executer(["cohorte", str(COHORTE), "--sortie", str(la)]) == 0
    if suffixe == "xlsx":
        un, autre = (openpyxl.load_workbook(chemin) for chemin in (ici, la))
        for feuille in un:
            if feuille.title not in ("Synthèse", "À propos"):  # elles disent à quelle heure
                assert list(feuille.values) == list(autre[feuille.title].values), feuille.title
    else:
        assert ici.read_bytes() == la.read_bytes()


def test_les_scores_d_une_cohorte_sont_ceux_du_csv(tmp_path: Path, lecture: Recueil) -> None:
    chemin = tmp_path / "c.csv"
    assert executer(["cohorte", str(COHORTE), "--dialecte", "science", "--sortie", str(chemin)]) == 0
    ecrites = en_csv(chemin)
    tableau = lecture.cohorte.scores(avec_reponses=True)
    assert [c.cle for c in tableau.colonnes] == list(ecrites[0])
    lignes = tableau.en_lignes()
    assert len(lignes) == len(ecrites)
    for ligne, ecrite in zip(lignes, ecrites, strict=True):
        assert all(meme_nombre(cellule, ecrite[cle]) for cle, cellule in ligne.items())
    sans = {c.cle for c in lecture.cohorte.scores().colonnes}
    assert {c.cle for c in tableau.colonnes} - sans == {item.code for item in lecture.referentiel.items}


def test_les_trames_ont_les_nombres_du_csv(lecture: Recueil) -> None:
    pytest.importorskip("pandas")
    pytest.importorskip("polars")
    tableau = lecture.cohorte.scores()
    attendus = [ligne["score_C1"] for ligne in tableau.en_lignes()]
    de_polars = tableau.en_polars()["score_C1"].to_list()
    de_pandas = [
        None if v is None else float(v)
        for v in tableau.en_pandas()["score_C1"].astype(object).where(tableau.en_pandas()["score_C1"].notna(), None)
    ]
    assert de_polars == attendus == de_pandas
    assert any(v is not None for v in attendus)


def test_un_tableau_s_ecrit_en_csv(tmp_path: Path, lecture: Recueil) -> None:
    chemin = cpit.ecrire(lecture.cohorte.scores(), tmp_path / "s.csv", dialecte="science")
    assert len(en_csv(chemin)) == len(lecture.cohorte.notees)


def test_un_export_de_python_est_celui_de_la_commande(tmp_path: Path, lecture: Recueil) -> None:
    ecrit = cpit.exporter(lecture, tmp_path / "python", cle=tmp_path / "cle", formats=["csv"])
    assert ecrit.cle is not None
    assert ecrit.cle.neuve
    commande = ["exporter", str(COHORTE), "--sortie", str(tmp_path / "commande"), "--cle", str(tmp_path / "cle")]
    assert executer([*commande, "--formats", "csv"]) == 0
    noms = sorted(chemin.name for chemin in (tmp_path / "python").iterdir())
    assert noms == sorted(chemin.name for chemin in (tmp_path / "commande").iterdir())
    for nom in noms:
        assert (tmp_path / "python" / nom).read_bytes() == (tmp_path / "commande" / nom).read_bytes(), nom


def test_une_diffusion_de_python_est_celle_de_la_commande(tmp_path: Path) -> None:
    """D’une copie : une diffusion écrit son registre à côté de ses sources."""
    table = tmp_path / "sources" / COHORTE.name
    table.parent.mkdir()
    table.write_bytes(COHORTE.read_bytes())
    ecrit = cpit.diffuser(cpit.lire(table), tmp_path / "python", formats=["csv"])
    assert ecrit.cle is None
    assert ecrit.registre == table.with_name("diffusions.registre")
    assert not COHORTE.with_name("diffusions.registre").exists()
    commande = ["exporter", str(table), "--diffusion", "--sortie", str(tmp_path / "commande"), "--formats", "csv"]
    assert executer(commande) == 0
    for chemin in (tmp_path / "python").iterdir():
        assert chemin.read_bytes() == (tmp_path / "commande" / chemin.name).read_bytes(), chemin.name


@pytest.mark.endurance
def test_une_etude_de_python_est_celle_de_la_commande(tmp_path: Path, lecture: Recueil) -> None:
    pytest.importorskip("scipy")
    ici, la = tmp_path / "p.json", tmp_path / "c.json"
    cpit.ecrire(cpit.fidelite(lecture), ici, recueil=lecture)
    assert executer(["fidelite", str(COHORTE), "--sortie", str(la)]) == 0
    un, autre = (json.loads(chemin.read_text(encoding="utf-8")) for chemin in (ici, la))
    assert un["strates"] == autre["strates"]
    assert un["comparaisons"] == autre["comparaisons"]
    assert cpit.ecrire(cpit.fidelite(lecture), tmp_path / "p.xlsx").exists()


@pytest.mark.parametrize("nature", ["carte", "distribution"])
def test_une_figure_de_python_est_celle_de_la_commande(nature: str, tmp_path: Path) -> None:
    ici, la = tmp_path / "p.svg", tmp_path / "c.svg"
    cpit.ecrire(cpit.figure(nature, cpit.lire(DEUX_PERSONNES)), ici)
    assert executer(["figure", nature, *DEUX_PERSONNES, "--sortie", str(la)]) == 0
    assert ici.read_bytes() == la.read_bytes()


def test_une_figure_se_dessine_de_tout_ce_qui_se_dessine() -> None:
    relecture, groupe = cpit.relire(PASSATION), cpit.lire(DEUX_PERSONNES)
    seule = cpit.lire(PASSATION)
    assert cpit.figure("radar", relecture).svg == cpit.figure("radar", relecture.restitution).svg
    assert cpit.figure("radar", seule).svg == cpit.figure("radar", relecture).svg
    assert cpit.figure("radar", groupe).svg == cpit.figure("radar", groupe.cohorte).svg


def test_une_personne_s_ecrit_en_classeur_et_en_page(tmp_path: Path) -> None:
    relecture = cpit.relire(PASSATION)
    page = cpit.ecrire(relecture.restitution, tmp_path / "p.html")
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert openpyxl.load_workbook(cpit.ecrire(relecture, tmp_path / "p.xlsx")).sheetnames
    groupe = cpit.ecrire(cpit.lire(DEUX_PERSONNES), tmp_path / "g.html")
    assert "Portrait d" in groupe.read_text(encoding="utf-8")


# --- ce qui ne va pas -----------------------------------------------------------------------------------------------


def refus_de(appel: Callable[[], object]) -> set[str]:
    with pytest.raises(cpit.ErreurCpit) as levee:
        appel()
    for une in levee.value.anomalies:
        assert une.quoi
        assert une.attendu
        assert une.correction
    return {une.code for une in levee.value.anomalies}


def test_tout_ce_qui_est_refuse_leve_une_erreur_de_cpit(
    tmp_path: Path, lecture: Recueil, muet: Callable[[], None]
) -> None:
    vide = tmp_path / "vide"
    vide.mkdir()
    faux = tmp_path / "faux.yaml"
    faux.write_text("x: [", encoding="utf-8")
    assert refus_de(lambda: cpit.lire(tmp_path / "absent.csv")) == {"source-introuvable", "cohorte-vide"}
    assert refus_de(lambda: cpit.lire([vide])) == {"cohorte-vide"}
    assert refus_de(lambda: cpit.lire(COHORTE, faux))
    assert refus_de(lambda: cpit.lire(COHORTE, "inconnu")) == {"referentiel-inconnu"}
    assert refus_de(lambda: cpit.lire(COHORTE, sorties=[COHORTE])) == {"sortie-parmi-les-sources"}
    assert refus_de(lambda: cpit.ecrire(lecture, tmp_path / "c.txt")) == {"mauvais-suffixe"}
    assert refus_de(lambda: cpit.ecrire(lecture, tmp_path / "rien" / "c.csv")) == {"ecriture-impossible"}
    assert refus_de(lambda: cpit.ecrire(lecture, tmp_path / "c.csv", dialecte="latin")) == {"dialecte-inconnu"}
    assert refus_de(lambda: cpit.ecrire(lecture, tmp_path / "c.csv", par="age")) == {"question-inconnue"}
    assert refus_de(lambda: cpit.ecrire(12, tmp_path / "c.csv")) == {"valeur-sans-fichier"}  # type: ignore[arg-type]
    assert refus_de(lambda: cpit.exporter(lecture, tmp_path / "jeu", formats=["doc"])) == {"format-inconnu"}
    assert refus_de(lambda: cpit.exporter(lecture, COHORTE.parent)) >= {"source-est-l-export"}
    assert refus_de(lambda: cpit.diffuser(lecture, tmp_path / "d", effectif_minimal=2)) == {"effectif-minimal-trop-bas"}
    assert refus_de(lambda: cpit.figure("camembert", lecture, largeur=2)) == {"figure-inconnue", "figure-mesure"}
    assert refus_de(lambda: cpit.figure("distribution", cpit.relire(PASSATION))) == {"figure-de-groupe-seule"}
    assert refus_de(lambda: cpit.figure("carte", lecture, moment="t9")) == {"figure-strate-absente"}
    muet()


def test_en_mode_strict_la_moindre_anomalie_arrete_tout(tmp_path: Path) -> None:
    (tmp_path / "notes.docx").write_bytes(b"x")
    (tmp_path / PASSATION.name).write_bytes(PASSATION.read_bytes())
    assert [une.code for une in cpit.lire(tmp_path).anomalies] == ["fichier-ignore"]
    assert refus_de(lambda: cpit.lire(tmp_path, strict=True)) == {"fichier-ignore"}


def test_une_source_n_est_jamais_remplacee(tmp_path: Path) -> None:
    source = tmp_path / "groupe.csv"
    source.write_bytes(COHORTE.read_bytes())
    lue = cpit.lire(source)
    assert refus_de(lambda: cpit.ecrire(lue, source, remplacer=True)) == {"sortie-parmi-les-sources"}
    assert source.read_bytes() == COHORTE.read_bytes()


def test_ce_que_cpit_n_a_pas_ecrit_n_est_remplace_que_sur_demande(tmp_path: Path, lecture: Recueil) -> None:
    place = tmp_path / "c.csv"
    place.write_text("a;b\n", encoding="utf-8")
    assert refus_de(lambda: cpit.ecrire(lecture, place)) == {"table-existante"}
    assert cpit.ecrire(lecture, place, remplacer=True).stat().st_size > 100


def test_un_double_se_reconnait_a_travers_ses_graphies(tmp_path: Path) -> None:
    """« R01 », « r01 » et « R01 » suivi d’un blanc sont une personne ; l’autre graphie est citée."""
    entete, premiere, *_ = COHORTE.read_text(encoding="utf-8-sig").splitlines()
    code = premiere.split(";")[0] if ";" in premiere else premiere.split(",")[0]
    assert entete.startswith("identifiant")
    # La même passation redite compterait une fois : une réponse y est autre.
    autre = premiere.replace(code, code.lower(), 1)
    separateur = ";" if ";" in premiere else ","
    *debut, derniere = autre.split(separateur)
    autre = separateur.join([*debut, "1" if derniere != "1" else "2"])
    table = tmp_path / "t.csv"
    table.write_text("\n".join((entete, premiere, autre)), encoding="utf-8")
    assert code != code.lower()
    doubles = [une for une in cpit.lire(table).anomalies if une.code == "passation-en-double"]
    assert [une.lieu.ligne for une in doubles] == [3]
    assert f"« {code} »".replace(" ", "\u202f") in doubles[0].quoi


# --- Ce qu’on donne de travers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("nom", ["x" * 5000, "a\0b", ".", ""])
def test_un_chemin_impossible_est_refuse(nom: str) -> None:
    """Trop long, avec un caractère nul, ou un dossier : ``ErreurCpit``, jamais ce que dit le système."""
    for gestes in (cpit.relire, cpit.verifier, cpit.referentiel, cpit.lire_codes):
        assert refus_de(lambda geste=gestes: geste(nom))  # type: ignore[misc]


@pytest.mark.parametrize("nom", ["x" * 5000, "a\0b"])
def test_un_nom_impossible_n_est_ni_une_source_ni_une_sortie(nom: str, lecture: Recueil, tmp_path: Path) -> None:
    assert refus_de(lambda: cpit.lire(nom))
    assert refus_de(lambda: cpit.inventorier("R01", nom))
    assert refus_de(lambda: cpit.ecrire(lecture, tmp_path / f"{nom}.csv"))
    assert refus_de(lambda: cpit.exporter(lecture, tmp_path / nom))


def test_une_valeur_d_une_autre_sorte_est_un_mauvais_emploi(lecture: Recueil, tmp_path: Path) -> None:
    autre: Any = lecture.cohorte
    for appel in (
        lambda: cpit.fidelite(autre),
        lambda: cpit.exporter(autre, tmp_path / "jeu"),
        lambda: cpit.diffuser(autre, tmp_path / "jeu"),
        lambda: cpit.figure("carte", autre.scores()),
        lambda: cpit.noter(autre, {"C1P": 3}),
        lambda: cpit.restituer(lecture.referentiel, autre),
    ):
        assert refus_de(appel) == {"valeur-d-une-autre-sorte"}
    assert not any(tmp_path.iterdir())


def test_une_option_d_une_autre_sorte_d_ecriture_est_un_mauvais_emploi(lecture: Recueil, tmp_path: Path) -> None:
    assert refus_de(lambda: cpit.ecrire(lecture, tmp_path / "c.csv", ppp=300, nominatif=True)) == {"option-d-ecriture"}
    assert cpit.ecrire(lecture, tmp_path / "c.html", nominatif=True).exists()


def test_ce_qui_se_montre_est_court_et_sans_reponse(lecture: Recueil) -> None:
    """Une ligne par valeur : un carnet ne déverse pas les réponses de chacun."""
    tableau = lecture.cohorte.scores()
    montrees = {
        repr(lecture.cohorte): f"{len(lecture.cohorte.notees)} passations",
        repr(tableau): f"{len(tableau.colonnes)} colonnes",
        repr(cpit.figure("carte", lecture)): "pixels",
        repr(cpit.fidelite(lecture)): "1 strate, 0 appariement)",
        repr(lecture.cohorte.notees[0].resultat): "scores calculés",
    }
    assert all(attendu in montree and len(montree) < 150 for montree, attendu in montrees.items())
