"""La grille : un référentiel écrit dans un classeur, lu à l’identique, ses fautes à leur feuille et à leur cellule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from aides import LIVRES, RACINE, TESTS
from openpyxl import Workbook, load_workbook

import cpit
from cpit.cli import executer
from cpit.coeur.referentiel import Referentiel

REFERENTIELS = {
    **LIVRES,
    **{chemin.stem: chemin for chemin in sorted((TESTS / "referentiels").glob("*.yaml"))},
    "complet": TESTS / "donnees" / "referentiel-complet.yaml",
}
PETIT = TESTS / "referentiels" / "petit.yaml"
DEBUT = 4
"""La première ligne sous les en-têtes."""


@cache
def _grille(depart: Path) -> bytes:
    """La grille d’un référentiel, écrite une fois."""
    with TemporaryDirectory() as dossier:
        return cpit.grille(Path(dossier) / "g.xlsx", depart).read_bytes()


def case(feuille: str, cle: str, ligne: int = DEBUT) -> str:
    """L’adresse d’une case, par le nom de sa colonne : une colonne de plus ne la déplace pas."""
    for entete in _ouverte(PETIT)[feuille][DEBUT - 1]:
        if entete.value == cle:
            return f"{entete.column_letter}{ligne}"
    raise KeyError(cle)


@cache
def _ouverte(depart: Path) -> Workbook:
    """La même, telle qu’openpyxl la lit."""
    return load_workbook(BytesIO(_grille(depart)))


@pytest.fixture
def changer(tmp_path: Path) -> Callable[..., Path]:
    """La grille du petit référentiel, des cases changées : « items!D4 » → valeur."""

    def ecrire(cases: dict[str, Any], depart: Path = PETIT) -> Path:
        chemin = tmp_path / "g.xlsx"
        classeur = _ouverte(depart)
        touchees = {ou: classeur[feuille][case] for ou in cases for feuille, _, case in (ou.partition("!"),)}
        avant = {ou: (case.value, case.number_format) for ou, case in touchees.items()}
        for ou, valeur in cases.items():
            touchees[ou].value = valeur
        classeur.save(chemin)
        for ou, case in touchees.items():
            case.value, case.number_format = avant[ou]
        return chemin

    return ecrire


def _contenu(referentiel: Referentiel | None) -> Referentiel:
    assert referentiel is not None
    return replace(referentiel, texte="", empreinte="")


def _fautes(chemin: Path) -> list[tuple[str, str | None, str | None]]:
    lu, anomalies = cpit.depuis_grille(chemin)
    for une in anomalies:
        assert "{" not in une.quoi + une.correction + une.attendu
        assert "None" not in une.quoi + une.attendu
        assert une.lieu.fichier == str(chemin)
    assert lu is None or not cpit_refus(anomalies)
    return [(une.code, une.lieu.feuille, une.lieu.cellule) for une in anomalies]


def cpit_refus(anomalies: tuple[cpit.Anomalie, ...]) -> list[str]:
    return [une.code for une in anomalies if une.gravite == "refus"]


@pytest.mark.endurance
@pytest.mark.parametrize("nom", REFERENTIELS)
def test_l_aller_et_le_retour_rendent_le_meme_fichier(nom: str, tmp_path: Path) -> None:
    depart, grille = cpit.referentiel(REFERENTIELS[nom]), tmp_path / "g.xlsx"
    grille.write_bytes(_grille(REFERENTIELS[nom]))
    lu, _ = cpit.depuis_grille(grille, tmp_path / "r.yaml")
    assert lu == depart
    assert (tmp_path / "r.yaml").read_text(encoding="utf-8") == depart.texte
    assert cpit.referentiel(tmp_path / "r.yaml").empreinte == depart.empreinte


@pytest.mark.endurance
@pytest.mark.parametrize("nom", REFERENTIELS)
def test_sans_le_yaml_joint_tout_revient_des_feuilles(nom: str, tmp_path: Path) -> None:
    """Enregistré par un autre outil, qui ôte la feuille cachée : le même contenu, un YAML rédigé, qui se recharge."""
    depart, grille = cpit.referentiel(REFERENTIELS[nom]), tmp_path / "g.xlsx"
    classeur = load_workbook(BytesIO(_grille(REFERENTIELS[nom])))
    del classeur["cpit_referentiel"]
    classeur.save(grille)
    lu, _ = cpit.depuis_grille(grille, tmp_path / "r.yaml")
    assert _contenu(lu) == _contenu(depart)
    relu, anomalies = cpit.valider(tmp_path / "r.yaml")
    assert _contenu(relu) == _contenu(depart)
    assert cpit_refus(anomalies) == []


def test_une_case_changee_donne_un_autre_referentiel(changer: Callable[..., Path], tmp_path: Path) -> None:
    grille = changer(
        {
            "identite!B5": "1.0.1",
            "items!D4": "Je prépare # la planche : « au cordeau ».",
            f"items!{case('items', 'poids')}": 3,
        }
    )
    lu, anomalies = cpit.depuis_grille(grille, tmp_path / "r.yaml")
    assert lu is not None
    assert anomalies == ()
    assert (lu.version, lu.items[0].enonce, lu.items[0].poids) == (
        *("1.0.1", "Je prépare # la planche : « au cordeau »."),
        3.0,
    )
    assert cpit.referentiel(tmp_path / "r.yaml") == lu
    assert lu.empreinte != cpit.referentiel(PETIT).empreinte


@pytest.mark.echantillon(3)
@pytest.mark.parametrize(
    ("cases", "fautes"),
    [
        ({"items!D5": None}, [("case-a-remplir", "items", "D5")]),
        ({"items!B5": "planter"}, [("reference-inconnue", "items", "B5")]),
        ({"lectures!A4": "planter"}, [("reference-inconnue", "lectures", "A4")]),
        ({"lectures!A4": None}, [("case-a-remplir", "lectures", "A4")]),
        ({"items!A5": "S1"}, [("code-en-double", "items", "A5"), *[("reference-inconnue", "groupes", "D4")]]),
        ({"items!A5": "S 2"}, [("identifiant-invalide", "items", "A5"), ("reference-inconnue", "groupes", "D4")]),
        ({"niveaux!A5": "un"}, [("entier-attendu", "niveaux", "A5")]),
        ({"niveaux!A5": 7}, [("niveaux-non-croissants", "niveaux", "A6")]),
        ({"ingenieries!D4": "gauche"}, [("nombre-attendu", "ingenieries", "D4")]),
        ({"ingenieries!D4": None}, [("case-a-remplir", "ingenieries", "D4")]),
        ({"identite!B4": None}, [("case-a-remplir", "identite", "B4")]),
        ({"identite!B5": 1.1}, [("case-illisible", "identite", "B5")]),
        ({"items!D4": "=1+1"}, [("case-illisible", "items", "D4")]),
        ({"items!D4": "#REF!"}, [("case-illisible", "items", "D4")]),
        ({"items!A4": date(2026, 3, 4)}, [("case-illisible", "items", "A4")]),
        ({"items!L3": "note", "items!L4": "à revoir"}, [("colonne-de-grille-inconnue", "items", "L3")]),
        ({"items!D3": "texte"}, None),
        ({"axes!A4": "z"}, None),
        ({"axes!A5": "x"}, None),
        ({"regles!B4": 1.5}, [("seuil-hors-bornes", "regles", "B4")]),
        ({"sources!D4": "novembre 2023"}, [("date-invalide", "sources", "D4")]),
        ({"competences!A6": "bouturer", "competences!B6": "B", "competences!C6": "C"}, None),
    ],
)
@pytest.mark.endurance
def test_chaque_faute_est_a_sa_feuille_et_a_sa_cellule(
    cases: dict[str, Any], fautes: list[tuple[str, str, str]] | None, changer: Callable[..., Path]
) -> None:
    trouvees = _fautes(changer(cases))
    if fautes is None:
        ou = next(iter(cases)).partition("!")
        assert any(feuille == ou[0] for _, feuille, _ in trouvees), trouvees
    else:
        assert trouvees == fautes


def test_un_inverse_qui_ne_dit_ni_oui_ni_non_est_situe(changer: Callable[..., Path]) -> None:
    inverse = case("items", "inverse")
    assert _fautes(changer({f"items!{inverse}": "peut-être"})) == [("booleen-attendu", "items", inverse)]


def test_une_case_fusionnee_ne_se_lit_pas_vide(changer: Callable[..., Path]) -> None:
    """Un poids de 2 sur deux lignes fusionnées ne pesait que la première ; la seconde prenait 1 sans un mot."""
    chemin = changer({f"items!{case('items', 'poids')}": 2})
    classeur = load_workbook(chemin)
    classeur["items"].merge_cells(f"{case('items', 'poids')}:{case('items', 'poids', DEBUT + 1)}")
    classeur.save(chemin)
    assert ("case-illisible", "items", "F5") in _fautes(chemin)


def test_ce_qu_un_tableur_francais_ecrit_se_lit(changer: Callable[..., Path]) -> None:
    items = {f"items!{case('items', 'inverse')}": True, f"items!{case('items', 'poids')}": "2,5"}
    cases = {**items, "regles!B4": 0.4, "sources!D4": date(2025, 3, 12), "choix!B4": 35000}
    lu, anomalies = cpit.depuis_grille(changer(cases))
    assert lu is not None, anomalies
    assert (lu.items[0].inverse, lu.items[0].poids, lu.regles.seuil.valeur) == (True, 2.5, 0.4)
    assert (lu.sources[0].date, lu.profil[0].choix[0].code) == ("2025-03-12", "35000")


def test_une_premiere_grille_ecrite_a_la_main_sans_source(tmp_path: Path) -> None:
    """Les en-têtes en première ligne, des accents dans les noms, rien de facultatif."""
    feuilles: dict[str, list[list[object]]] = {
        "Identité": [
            *(["champ", "valeur"], ["identifiant", "maison"], ["version", "1.0.0"], ["titre", "Notre grille"]),
            *(["statut", "Un essai."], ["licence", "etalab-2.0"]),
        ],
        "Échelle": [["question", "Où en êtes-vous ?"]],
        "Niveaux": [["Valeur", "Libellé"], [1, "Je découvre"], [2, "Je fais"]],
        "Axes": [
            ["axe", "identifiant", "libelle", "debut", "fin"],
            ["x", "a", "A", "g", "d"],
            ["y", "b", "B", "b", "h"],
        ],
        "Ingénieries": [
            ["identifiant", "libellé", "fonction", "position x", "position y"],
            ["faire", "Faire", "F", 0, 1],
        ],
        "Compétences": [["identifiant", "libellé", "définition"], ["K1", "Un", "Savoir un."]],
        "Items": [["Code", "Compétence", "Ingénierie", "Énoncé"], ["I1", "K1", "faire", "Je fais."]],
        "Règles": [["règle", "valeur"], ["seuil", 0.5], ["seuil_equilibre", 0.15]],
        "Brouillon": [["à voir"]],
    }
    classeur = Workbook()
    for titre, rangees in feuilles.items():
        feuille = classeur.create_sheet(titre)
        for rangee in rangees:
            feuille.append(rangee)
    del classeur["Sheet"]
    classeur.save(tmp_path / "maison.xlsx")
    lu, anomalies = cpit.depuis_grille(tmp_path / "maison.xlsx")
    assert lu is not None, anomalies
    assert (lu.items[0].enonce, lu.sources) == ("Je fais.", ())
    assert sorted({une.code for une in anomalies}) == [
        *("feuille-de-grille-laissee", "source-manquante", "sources-absentes"),
    ]


def test_ce_qui_n_est_pas_une_grille_est_refuse(tmp_path: Path, changer: Callable[..., Path]) -> None:
    chemin = tmp_path / "autre.xlsx"
    Workbook().save(chemin)
    assert [code for code, _, _ in _fautes(chemin)] == ["grille-sans-feuilles"]
    chemin.write_bytes(b"bonjour")
    assert [code for code, _, _ in _fautes(chemin)] == ["xlsx-pas-un-classeur"]
    grille = changer({})
    classeur = load_workbook(grille)
    del classeur["regles"], classeur["niveaux"]
    classeur.save(grille)
    assert [(code, feuille) for code, feuille, _ in _fautes(grille)] == [
        ("grille-sans-ligne", None),
        ("grille-sans-ligne", "echelle"),
    ]


# --- les commandes ----------------------------------------------------------------------------------------------------


@pytest.mark.endurance
def test_modele_puis_depuis(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert executer(["referentiel", "modele", "--xlsx"]) == 0
    assert "mon-referentiel.xlsx" in capsys.readouterr().out
    assert executer(["referentiel", "depuis", "mon-referentiel.xlsx"]) == 0
    assert "minimal 1.0.0" in capsys.readouterr().out
    assert cpit.referentiel(tmp_path / "mon-referentiel.yaml") == cpit.referentiel("minimal")
    # Le travail de quelqu’un ne se remplace pas : ni la grille, ni le YAML retouché.
    classeur = load_workbook("mon-referentiel.xlsx")
    classeur["items"]["D4"].value = None
    classeur.save("mon-referentiel.xlsx")
    avant = Path("mon-referentiel.xlsx").read_bytes()
    assert executer(["referentiel", "modele", "--xlsx"]) == 1
    assert Path("mon-referentiel.xlsx").read_bytes() == avant
    capsys.readouterr()
    assert executer(["referentiel", "depuis", "mon-referentiel.xlsx", "--sortie", "autre.yaml"]) == 1
    assert "feuille « items », cellule D4" in " ".join(capsys.readouterr().err.split())
    assert not Path("autre.yaml").exists()
    classeur["items"]["D4"].value = "Je dis les règles."
    classeur.save("mon-referentiel.xlsx")
    assert executer(["referentiel", "depuis", "mon-referentiel.xlsx"]) == 1
    assert "dit autre chose" in capsys.readouterr().err
    assert executer(["referentiel", "depuis", "mon-referentiel.xlsx", "--remplacer"]) == 0
    assert cpit.referentiel("mon-referentiel.yaml").items[0].enonce == "Je dis les règles."


def test_le_modele_sans_xlsx_est_l_exemple_en_yaml(capsys: pytest.CaptureFixture[str]) -> None:
    assert executer(["referentiel", "modele"]) == 0
    assert capsys.readouterr().out == (RACINE / "referentiels" / "minimal.yaml").read_text(encoding="utf-8")


def test_la_grille_conseille_et_explique(tmp_path: Path) -> None:
    classeur = load_workbook(cpit.grille(tmp_path / "g.xlsx", "innovation-territoriale"))
    items = classeur["items"]
    assert [c.value for c in items[3]][:4] == ["code", "competence", "ingenierie", "enonce"]
    assert items.freeze_panes == "A4"
    listes = {str(v.sqref).partition(":")[0]: v.formula1 for v in items.data_validations.dataValidation}
    assert listes[case("items", "competence")].startswith("'competences'!$A$4:")
    assert listes[case("items", "inverse")] == '"oui,non"'
    assert all(v.errorStyle == "warning" for v in items.data_validations.dataValidation)
    assert items["D4"].alignment.wrap_text
    assert classeur["cpit_referentiel"].sheet_state == "veryHidden"
    assert classeur.sheetnames[0] == "lisez-moi"
    # Ce n’est pas une sortie de cpit : rien n’y porte son sceau.
    assert "Écrit par cpit" not in str(classeur.properties.description)


@pytest.mark.temoin
def test_enregistree_par_libreoffice_elle_revient_identique(tmp_path: Path, programme: Callable[[str], str]) -> None:
    import subprocess

    soffice = programme("soffice")
    depart = cpit.referentiel("innovation-territoriale")
    grille = cpit.grille(tmp_path / "g.xlsx", depart)
    profil = f"-env:UserInstallation={(tmp_path / 'profil').as_uri()}"
    options = ["--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path / "lo")]
    subprocess.run([soffice, profil, *options, str(grille)], check=True, capture_output=True, timeout=120)
    lu, anomalies = cpit.depuis_grille(tmp_path / "lo" / "g.xlsx")
    assert anomalies == ()
    assert lu == depart
