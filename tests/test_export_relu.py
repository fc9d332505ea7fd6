"""Relire un export : nommé comme source, il rend les mêmes scores ; rencontré dans un dossier, il est mis de côté."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from aide_cohorte import TROIS_STRATES, cohorte_au_hasard
from aide_export import cle_d_un_choix, passation, poser
from aides import RACINE, livre

import cpit
from cpit.cli import executer
from cpit.coeur.passation import sans_reponse
from cpit.coeur.referentiel import Referentiel

REFERENTIELS = {
    "innovation-territoriale": RACINE / "referentiels" / "innovation-territoriale.yaml",
    **{nom: RACINE / "tests" / "referentiels" / f"{nom}.yaml" for nom in ("bipolaire", "etranger", "bfi")},
}
FORMES = {"csv": (), "fr": ("--dialecte", "fr"), "xlsx": ()}


def lancer(*arguments: object) -> int:
    return executer([str(argument) for argument in arguments])


def lignes(chemin: Path) -> list[dict[str, str]]:
    with chemin.open(encoding="utf-8", newline="") as flux:
        return list(csv.DictReader(flux))


def exporter(dossier: Path, chemin: Path, *options: object, personnes: int = 12) -> Path:
    """Un export de trois strates au hasard, une personne à deux passations du même moment, une autre sans code."""
    referentiel, sources = cpit.referentiel(chemin), dossier / "sources"
    sources.mkdir()
    cohorte = cohorte_au_hasard(referentiel, personnes, TROIS_STRATES, graine=11, absentes=0.3)
    passations = [notee.passation for notee in cohorte.notees]
    # La même redite à l’identique compterait une fois : celle-ci n’a pas la première réponse.
    quand = "2026-10-01T08:00:00+02:00"
    passations[0] = premiere = replace(passations[0], terminee=quand)
    repondue = next(code for code, reponse in premiere.reponses.items() if reponse.valeur is not None)
    reponses = {**premiere.reponses, repondue: sans_reponse()}
    autre = replace(premiere, commencee=quand, reponses=reponses)
    doubles = [autre, replace(passations[1], identifiant="")]
    for rang, une in enumerate([*passations, *doubles]):
        poser(sources, f"{rang:03d}.json", une)
    assert lancer("exporter", sources, "--sortie", dossier / "jeu", "--referentiel", chemin, *options) == 0
    return dossier / "jeu"


@pytest.fixture(scope="module")
def modele(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dossier = tmp_path_factory.mktemp("export")
    exporter(dossier, REFERENTIELS["innovation-territoriale"], "--formats", "csv,xlsx")
    return dossier


@pytest.fixture
def jeu(modele: Path, tmp_path: Path) -> Path:
    """Un export et, à côté, ses sources ; chaque essai a sa copie."""
    shutil.copytree(modele, tmp_path, dirs_exist_ok=True)
    return tmp_path / "jeu"


def choix_joints(chemin: Path, ligne: dict[str, str]) -> dict[str, str]:
    """Les réponses aux questions à plusieurs choix, une colonne de 0 et de 1 chacun, comme la cohorte les écrit."""
    return {
        question.identifiant: ";".join(
            choix.code for choix in question.choix if ligne[cle_d_un_choix(question, choix)] == "1"
        )
        for question in cpit.referentiel(chemin).profil
        if question.plusieurs
    }


@pytest.mark.endurance
@pytest.mark.parametrize("forme", FORMES)
@pytest.mark.parametrize("nom", REFERENTIELS)
def test_un_export_nomme_rend_les_memes_scores(tmp_path: Path, nom: str, forme: str) -> None:
    """Mêmes réponses, moment, regard, profil et pseudonymes ; et tous les scores, au dernier chiffre."""
    chemin = REFERENTIELS[nom]
    export = exporter(tmp_path, chemin, "--formats", "csv")
    attendues = {
        (ligne["pseudonyme"], ligne["moment"], ligne["regard"], ligne["passation"]): {
            **ligne,
            **scores,
            **choix_joints(chemin, ligne),
        }
        for ligne, scores in zip(lignes(export / "reponses_large.csv"), lignes(export / "scores.csv"), strict=True)
    }
    if forme != "csv":
        formats = "xlsx" if forme == "xlsx" else "csv"
        options = ("--formats", formats, *FORMES[forme], "--referentiel", chemin)
        assert lancer("exporter", tmp_path / "sources", "--sortie", export, *options) == 0
    notee = tmp_path / "notee.csv"
    assert lancer("cohorte", export, "--sortie", notee, "--dialecte", "science", "--referentiel", chemin) == 0
    relues = lignes(notee)
    assert len(relues) == len(attendues)
    for ligne, attendue in zip(relues, attendues.values(), strict=True):
        # Le jeu dit une fois, dans sa description, quel référentiel le note.
        communes = [cle for cle in ligne if cle not in ("identifiant", "referentiel")]
        assert {cle: ligne[cle] for cle in communes} == {cle: attendue[cle] for cle in communes}
        assert ligne["identifiant"] == attendue["pseudonyme"]


@pytest.mark.endurance
def test_l_api_la_fidelite_et_l_export_lisent_un_export(jeu: Path, tmp_path: Path) -> None:
    recueil = cpit.lire(jeu)
    assert [source.nom for source in recueil.sources] == [str(jeu / "reponses_large.csv")]
    assert {une.code for une in recueil.anomalies} == {"passation-en-double"}
    for source, sortie in ((jeu, "relue.json"), (tmp_path / "sources", "directe.json")):
        assert lancer("fidelite", source, "--sortie", tmp_path / sortie) == 0
    relue, directe = (json.loads((tmp_path / f"{nom}.json").read_text("utf-8")) for nom in ("relue", "directe"))
    for strates in (relue["strates"], directe["strates"]):
        strates.sort(key=lambda strate: (strate["moment"], strate["regard"]))
    assert json.dumps(arrondir(relue["strates"])) == json.dumps(arrondir(directe["strates"]))
    assert lancer("exporter", jeu, "--sortie", tmp_path / "neuf", "--formats", "csv") == 0
    cles = [cle for cle in lignes(jeu / "scores.csv")[0] if cle not in {"pseudonyme", "mois"}]
    deux = [
        sorted([ligne[cle] for cle in cles] for ligne in lignes(d / "scores.csv")) for d in (jeu, tmp_path / "neuf")
    ]
    assert deux[0] == deux[1]


def arrondir(valeur: object) -> object:
    """Les mêmes nombres, sans les derniers chiffres que l’ordre des lignes change dans une somme."""
    if isinstance(valeur, float):
        return round(valeur, 9)
    if isinstance(valeur, dict):
        return {cle: arrondir(v) for cle, v in valeur.items()}
    return [arrondir(v) for v in valeur] if isinstance(valeur, list) else valeur


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("nomme", ["reponses_large.csv", "jeu.xlsx", "*"])
def test_sa_table_nommee_se_lit_une_seule_fois(jeu: Path, nomme: str) -> None:
    """« jeu/* », que le terminal déploie, nomme tous ses fichiers : les mêmes réponses n’y sont lues qu’une fois."""
    sources = sorted(jeu.iterdir()) if nomme == "*" else [jeu / nomme]
    recueil = cpit.lire(sources)
    assert len(recueil.cohorte.notees) == 14
    assert {une.code for une in recueil.anomalies} == {"passation-en-double"}


def test_rencontre_dans_un_dossier_il_est_mis_de_cote_et_dit_une_fois(jeu: Path) -> None:
    recueil = cpit.lire(jeu.parent)
    assert len(recueil.cohorte.notees) == 14
    (dit,) = [une for une in recueil.anomalies if une.code == "export-parmi-les-sources"]
    assert "nommer ce dossier lui-même" in str(dit)
    assert len(cpit.lire([jeu.parent, jeu]).cohorte.notees) == 28


def test_sa_table_copiee_seule_est_mise_de_cote_sauf_nommee(jeu: Path, tmp_path: Path) -> None:
    autres = tmp_path / "autres"
    autres.mkdir()
    poser(autres, "a.json", passation(livre(), "1" * 24, identifiant="A"))
    for table in ("reponses_large", "reponses_long", "scores"):
        shutil.copy(jeu / f"{table}.csv", autres)
    recueil = cpit.lire(autres)
    assert len(recueil.cohorte.notees) == 1
    assert [une.code for une in recueil.anomalies] == ["sortie-ignoree"] * 3
    assert len(cpit.lire(autres / "reponses_large.csv").cohorte.notees) == 14


def test_un_autre_referentiel_est_refuse(jeu: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lancer("cohorte", jeu, "--referentiel", "minimal", "--sortie", jeu.parent / "c.csv") == 1
    assert "vient d’un autre référentiel" in capsys.readouterr().err
    assert not (jeu.parent / "c.csv").exists()


@pytest.mark.endurance
@pytest.mark.parametrize("options", [("--diffusion",), ("--formats", "sav")])
def test_un_export_sans_table_lisible_est_refuse(
    tmp_path: Path, options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    export = exporter(tmp_path, REFERENTIELS["innovation-territoriale"], *options, personnes=36)
    assert lancer("cohorte", export) == 1
    assert "ne se relisent pas" in " ".join(capsys.readouterr().err.split())


def test_un_export_de_la_version_0_1_0_se_relit() -> None:
    ancien = RACINE / "tests" / "donnees" / "0.1.0" / "innovation-territoriale"
    recueil = cpit.lire(ancien / "jeu", ancien / "referentiel.yaml")
    assert len(recueil.cohorte.notees) == len(lignes(ancien / "jeu" / "scores.csv"))


def test_un_mois_dans_une_autre_table_n_est_pas_laisse_de_cote_sans_le_dire(tmp_path: Path) -> None:
    codes = [item.code for item in livre().items]
    (tmp_path / "t.csv").write_text(f"identifiant,mois,{','.join(codes)}\nA,mai{',1' * 24}\n", encoding="utf-8")
    recueil = cpit.lire(tmp_path / "t.csv")
    (dite,) = [une for une in recueil.anomalies if une.code == "colonnes-inconnues"]
    assert "mois" in dite.quoi
    with pytest.raises(cpit.ErreurCpit):
        cpit.lire(tmp_path / "t.csv", strict=True)


def test_un_referentiel_qui_emploie_les_mots_du_jeu_se_relit(tmp_path: Path) -> None:
    """Une question de profil « mois » : la colonne de l’export s’appelle autrement, et chacune se relit."""
    referentiel = _avec_question_mois(tmp_path)
    export = exporter(tmp_path, tmp_path / "r.yaml", "--formats", "csv")
    recueil = cpit.lire(export, referentiel)
    profils = sorted(notee.passation.profil.get("mois", "") for notee in recueil.cohorte.notees)
    assert profils == sorted(ligne["mois"] for ligne in lignes(export / "reponses_large.csv"))
    assert set(profils) - {""}


def _avec_question_mois(dossier: Path) -> Referentiel:
    texte = (RACINE / "referentiels" / "innovation-territoriale.yaml").read_text(encoding="utf-8")
    (dossier / "r.yaml").write_text(texte.replace("identifiant: structure\n", "identifiant: mois\n"), encoding="utf-8")
    return cpit.referentiel(dossier / "r.yaml")
