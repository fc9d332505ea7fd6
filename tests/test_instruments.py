"""Le référentiel envoyé à d’autres outils : chaque format est celui de l’outil, et ce qui en revient se note pareil."""

from __future__ import annotations

import csv
import html
import json
import random
import re
import subprocess
from collections import Counter
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID
from xml.etree import ElementTree
from zipfile import ZipFile

import openpyxl
import pytest
import yaml
from aide_instruments import (
    LIBELLE,
    Remplie,
    choix_redcap,
    dictionnaire,
    export_kobo,
    export_limesurvey,
    export_odk_central,
    export_redcap,
    feuilles,
    structure,
)
from aides import LIVRES, TESTS, Programme
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]
from markdown_it import MarkdownIt
from oracle import oracle, plan_ecrit
from pyxform.xls2xform import convert

import cpit
from cpit.cli import executer
from cpit.coeur.referentiel import QuestionProfil, Referentiel

COMPLET = TESTS / "donnees" / "referentiel-complet.yaml"
TOUS = {
    **LIVRES,
    **{chemin.stem: chemin for chemin in sorted((TESTS / "referentiels").glob("*.yaml"))},
    "complet": COMPLET,
}
SUFFIXES = {
    **{"xlsform": ".xlsx", "limesurvey": ".txt", "redcap": ".csv", "moodle": ".csv", "case": ".json"},
    **{"skos": ".jsonld", "markdown": ".md", "docx": ".docx"},
}
tous_les_referentiels = pytest.mark.parametrize("chemin", TOUS.values(), ids=TOUS)
tous_les_formats = pytest.mark.parametrize("format_", SUFFIXES)


@pytest.fixture(autouse=True)
def _ici(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")


def exporter(chemin: Path | str, format_: str, sortie: str = "i", *options: str) -> Path:
    assert executer(["referentiel", "exporter", str(chemin), "--vers", format_, "--sortie", sortie, *options]) == 0
    return Path(sortie).with_suffix(SUFFIXES[format_])


def textes_de(chemin: Path) -> str:
    """Tout ce qu’un instrument donne à lire, quel que soit son format."""
    octets = chemin.read_bytes()
    if not octets.startswith(b"PK"):
        return html.unescape(octets.decode("utf-8-sig"))
    with ZipFile(chemin) as archive:
        parties = [n for n in archive.namelist() if n.endswith(".xml") and not n.startswith("docProps")]
        return html.unescape("\n".join(archive.read(nom).decode() for nom in parties))


# --- la commande ----------------------------------------------------------------------------------------------------


@pytest.mark.echantillon(7)
@tous_les_formats
@tous_les_referentiels
def test_chaque_referentiel_part_dans_chaque_format(
    chemin: Path, format_: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ecrit = exporter(chemin, format_)
    referentiel = cpit.referentiel(chemin)
    assert str(ecrit) in capsys.readouterr().out
    lus = textes_de(ecrit)
    for item in referentiel.items:
        assert item.code.lower() in lus.lower()
    for competence in referentiel.competences:
        assert competence.libelle in lus


def test_le_suffixe_s_ajoute_se_garde_ou_se_refuse(capsys: pytest.CaptureFixture[str]) -> None:
    commande = ["referentiel", "exporter", "minimal", "--vers", "redcap"]
    assert executer([*commande, "--sortie", "a"]) == 0
    assert executer([*commande, "--sortie", "b.csv"]) == 0
    assert executer([*commande, "--sortie", "c.xlsx"]) == 2
    assert "ne finit pas par .csv" in capsys.readouterr().err
    assert executer(commande) == 0
    assert {p.name for p in Path().iterdir()} == {"a.csv", "b.csv", "minimal-redcap.csv"}


def test_sans_nom_c_est_le_referentiel_par_defaut() -> None:
    assert executer(["referentiel", "exporter", "--vers", "markdown"]) == 0
    assert Path("innovation-territoriale-markdown.md").exists()


@pytest.mark.parametrize(
    ("options", "dit"),
    [
        (["--vers", "xlsfrom"], "xlsform, limesurvey"),
        (["--vers", "case", "--moment", "hier"], "le moment « hier » est inconnu"),
        (["--vers", "case", "--regard", "autre"], "le regard « autre » est inconnu"),
    ],
)
def test_un_mauvais_emploi_est_dit(options: list[str], dit: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert executer(["referentiel", "exporter", "minimal", *options]) == 2
    assert dit in capsys.readouterr().err.replace("\u202f", " ")
    assert not list(Path().iterdir())


@tous_les_formats
def test_un_instrument_se_refait_et_ne_detruit_rien(format_: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Le nôtre se remplace ; retouché ou à un autre, sur demande seulement ; des réponses, jamais."""
    commande = ["referentiel", "exporter", "minimal", "--vers", format_, "--sortie", "i"]
    ecrit = exporter("minimal", format_)
    assert executer([*commande, "--regard", "tiers"]) == 0
    retoucher(ecrit)
    assert executer(commande) == 1
    assert "a changé depuis que cpit l" in capsys.readouterr().err
    assert executer([*commande, "--remplacer"]) == 0
    ecrit.write_bytes(b"le mien")
    assert executer(commande) == 1
    assert ecrit.read_bytes() == b"le mien"
    assert executer([*commande, "--remplacer"]) == 0


def retoucher(chemin: Path) -> None:
    if chemin.suffix == ".xlsx":
        classeur = openpyxl.load_workbook(chemin)
        classeur["survey"]["C8"] = "Ma question"
        classeur.save(chemin)
    elif chemin.suffix == ".docx":
        with ZipFile(chemin) as archive:
            parties = {nom: archive.read(nom) for nom in archive.namelist()}
        with ZipFile(chemin, "w") as archive:
            for nom, contenu in parties.items():
                archive.writestr(nom, contenu.replace(b"Accueillir", b"Recevoir"))
    else:
        chemin.write_bytes(chemin.read_bytes().replace(b"Accueillir", b"Recevoir", 1))


@pytest.mark.parametrize("format_", ["redcap", "moodle"])
def test_le_dictionnaire_d_un_autre_n_est_pas_a_nous(format_: str) -> None:
    """REDCap et Moodle écrivent le même en-tête : seule la marque dit qui a écrit."""
    ecrit = exporter("minimal", format_)
    etranger = re.sub(rb"cpit-instrument [0-9a-f]{64}", b"", ecrit.read_bytes())
    ecrit.write_bytes(etranger)
    assert executer(["referentiel", "exporter", "minimal", "--vers", format_, "--sortie", "i"]) == 1
    assert ecrit.read_bytes() == etranger


def test_des_reponses_ne_se_remplacent_jamais(capsys: pytest.CaptureFixture[str]) -> None:
    assert executer(["formulaire", "--referentiel", "minimal", "--format", "csv"]) == 0
    (table,) = Path().glob("*.csv")
    table.write_bytes(table.read_bytes() + b"R01;;t0;soi;1;2;3;4;SO;2\r\n")
    commande = ["referentiel", "exporter", "minimal", "--vers", "redcap", "--sortie", str(table), "--remplacer"]
    avant = table.read_bytes()
    assert executer(commande) == 1
    assert "porte les réponses" in capsys.readouterr().err
    assert table.read_bytes() == avant


@tous_les_formats
def test_un_instrument_trouve_dans_un_dossier_n_est_pas_une_source(
    format_: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("retours").mkdir()
    exporter("minimal", format_, "retours/i")
    Path("retours/table.csv").write_text("identifiant,A1,A2,A3,R1,R2,R3\nR01,1,2,3,4,SO,2\n", encoding="utf-8")
    assert executer(["cohorte", "retours", "--referentiel", "minimal", "--sortie", "s.json"]) == 0
    assert len(json.loads(Path("s.json").read_text(encoding="utf-8"))["passations"]) == 1
    assert "laissé de côté" in " ".join(capsys.readouterr().err.split())


@tous_les_formats
def test_le_meme_instrument_a_toujours_les_memes_octets(format_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cpit.api.referentiels.maintenant", lambda: "2026-11-26T09:00:00+01:00")
    assert exporter("minimal", format_, "a").read_bytes() == exporter("minimal", format_, "b").read_bytes()


def test_de_python_l_instrument_et_ce_qui_n_en_est_pas_porte() -> None:
    exporte = cpit.exporter_referentiel(COMPLET, "moodle", "i", regard="tiers")
    assert (exporte.chemin, exporte.recueille) == (Path("i.csv"), False)
    assert "la réponse «\u202fSans objet\u202f», qui n’a pas de rang dans une échelle" in exporte.non_portes
    assert any("proficient" in remarque for remarque in exporte.remarques)


PARTS = {
    "poids": "le poids de S1",
    "inversion": "l’inversion de T2",
    "regroupements": "1 regroupement\u202f: moments",
    "lectures": "ce qu’on lit des scores (1 compétence)",
    "sensibilite": "1 autre jeu de coordonnées",
    "liens": "2 liens vers d’autres référentiels",
    "plusieurs": "les réponses multiples au profil lieu",
    "compatibles": "1.10.0, 1.9.0",
    "profil": "1 question de profil\u202f: lieu",
    "traces": "les traces",
    "complements": "la description de 1 situation et 1 question de profil",
    "ancres": "les ancres de S1",
}
JAMAIS = {"poids", "inversion", "lectures", "sensibilite", "compatibles", "complements"}
EN_LIGNE = JAMAIS | {"regroupements", "liens"}
NON_PORTES = {
    **{"xlsform": EN_LIGNE, "limesurvey": EN_LIGNE, "redcap": EN_LIGNE},
    **{"markdown": EN_LIGNE, "docx": EN_LIGNE},
    **{"moodle": JAMAIS | {"regroupements", "liens", "profil", "traces"}, "case": JAMAIS | {"profil", "traces"}},
    **{"skos": JAMAIS | {"profil", "traces"}},
}


@tous_les_formats
def test_ce_qu_un_format_ne_porte_pas_est_dit_exactement(format_: str) -> None:
    """De ce que le référentiel a, et rien d’autre : un référentiel sans rien de tout cela n’en entend pas parler."""
    dits = "\n".join(cpit.exporter_referentiel(COMPLET, format_).non_portes)
    assert {part for part, phrase in PARTS.items() if phrase in dits} == NON_PORTES[format_]
    nu = "\n".join(cpit.exporter_referentiel(TESTS / "referentiels" / "sus.yaml", format_, "nu").non_portes)
    for absent in ("regroupement", "réponses multiples", "liens", "versions dont", "ancres"):
        assert absent not in nu


@tous_les_formats
def test_qui_ne_porte_pas_l_evaluateur_le_dit(format_: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commande = ["referentiel", "exporter", "minimal", "--vers", format_, "--regard", "tiers"]
    assert executer([*commande, "--sortie", str(tmp_path / "sortie")]) == 0
    dit = "le rôle de l’évaluateur" in " ".join(capsys.readouterr().out.split())
    assert dit == (format_ in {"moodle", "case", "skos"})


@pytest.mark.parametrize("format_", ["xlsform", "limesurvey", "redcap", "markdown", "docx"])
def test_pour_un_tiers_rien_ne_dit_vous_meme(format_: str) -> None:
    """L’énoncé écrit pour un tiers s’il existe, sinon une consigne ; la question de l’échelle est neutre."""
    livre = textes_de(exporter("innovation-territoriale", format_, "livre", "--regard", "tiers"))
    assert "vous-même" not in livre.replace("'", "’")
    assert "à propos d’une personne" in livre
    complet = textes_de(exporter(COMPLET, format_, "complet", "--regard", "tiers"))
    assert "Cette personne prépare la planche." in complet
    assert "Je prépare la planche." not in complet
    pour_soi = textes_de(exporter(COMPLET, format_, "soi"))
    assert "Je prépare la planche." in pour_soi
    assert "Cette personne prépare la planche." not in pour_soi


@tous_les_formats
def test_les_ancres_d_un_item_partent_avec_lui(format_: str) -> None:
    assert "La planche est préparée par d’autres." in textes_de(exporter(COMPLET, format_))


# --- XLSForm --------------------------------------------------------------------------------------------------------

NS = {"h": "http://www.w3.org/1999/xhtml", "x": "http://www.w3.org/2002/xforms"}


@pytest.mark.echantillon(5)
@tous_les_referentiels
@pytest.mark.parametrize("regard", ["soi", "tiers"])
def test_pyxform_prend_le_xlsform_sans_avertissement(chemin: Path, regard: str) -> None:
    """Le nom d’une question est le code de l’item, celui d’un choix est le niveau ; « so » en plus s’il existe."""
    referentiel = cpit.referentiel(chemin).sans_conditions()
    rendu = convert(exporter(chemin, "xlsform", "i", "--regard", regard, "--moment", "t1"))
    assert rendu.warnings == []
    arbre = ElementTree.fromstring(rendu.xform)
    corps = arbre.find("h:body", NS)
    assert corps is not None
    choisies = [un.attrib["ref"].rpartition("/")[2] for un in corps.iter(f"{{{NS['x']}}}select1")]
    a_cocher = [un.attrib["ref"].rpartition("/")[2] for un in corps.iter(f"{{{NS['x']}}}select")]
    assert a_cocher == [q.identifiant for q in referentiel.profil if q.plusieurs]
    uniques = [q.identifiant for q in referentiel.profil if not q.plusieurs]
    attendues = uniques + [i.code for i in referentiel.ordre_de_passation()]
    assert choisies == (["role_evaluateur", "connaissance"] if regard == "tiers" else []) + attendues
    instances = {i.attrib.get("id"): i for i in arbre.iter(f"{{{NS['x']}}}instance")}
    so = ["so"] if referentiel.echelle.sans_objet else []
    for item in referentiel.items:
        instance = instances[f"niveaux_{item.code}" if item.niveaux else "niveaux"]
        noms = [nom.text for nom in instance.iter(f"{{{NS['x']}}}name")]
        assert noms == [*(str(niveau.valeur) for niveau in referentiel.echelle.niveaux), *so]
    calcules = {b.attrib["nodeset"]: b.attrib["calculate"] for b in arbre.iter() if "calculate" in b.attrib}
    assert calcules == {"/data/moment": "'t1'", "/data/regard": f"'{regard}'"}


def test_odk_validate_accepte_le_xlsform(programme: Programme) -> None:
    """Le validateur de Java, que pyxform emporte."""
    programme("java")
    for rang, chemin in enumerate(TOUS.values()):
        assert convert(exporter(chemin, "xlsform", f"i{rang}"), validate=True).warnings == []


def test_de_longs_libelles_ne_se_serrent_pas_sur_une_ligne() -> None:
    """« likert » met les réponses côte à côte : sur un téléphone, de longs libellés n’y tiendraient pas."""

    def apparences(nom: str) -> set[str]:
        lignes = feuilles(exporter(nom, "xlsform", nom))["survey"]
        return {une["appearance"] for une in lignes if une["type"].startswith("select_one niveaux")}

    assert apparences("minimal") == {"likert"}
    assert apparences("innovation-territoriale") == {""}


def test_un_choix_de_l_xlsform_dit_son_ancre_et_l_export_en_libelles_se_relit() -> None:
    """On choisit une ancre en la lisant ; l’aide d’une situation n’est plus une liste à retenir."""
    referentiel = cpit.referentiel("innovation-territoriale")
    ecrit = exporter("innovation-territoriale", "xlsform")
    choix = {(une["list_name"], une["name"]): une[LIBELLE] for une in feuilles(ecrit)["choices"]}
    noms = {str(niveau.valeur): niveau.libelle for niveau in referentiel.echelle.niveaux}
    for item in referentiel.items:
        for ancre in item.niveaux:
            dit = choix[f"niveaux_{item.code}", str(ancre.valeur)].replace("\u202f", " ")
            assert dit == f"{noms[str(ancre.valeur)]} : {ancre.libelle}".replace("\u202f", " ")
    valeurs = {item.code: str(rang % 5) for rang, item in enumerate(referentiel.items)}
    table = Path("libelles.csv")
    with table.open("w", encoding="utf-8", newline="") as flux:
        cases = [choix[f"niveaux_{code}", valeur] for code, valeur in valeurs.items()]
        csv.writer(flux, delimiter="|").writerows([["code", *valeurs], ["P1", *cases]])
    recueil = cpit.lire(table)
    assert {c: str(v) for c, v in recueil.cohorte.notees[0].passation.valeurs().items()} == valeurs


def test_aucun_reste_seul_dans_l_xlsform() -> None:
    lignes = {une["name"]: une for une in feuilles(exporter("innovation-territoriale", "xlsform"))["survey"]}
    assert lignes["dispositif"]["constraint"] == "not(selected(., 'aucun') and count-selected(.) > 1)"
    assert not lignes["territoire"]["constraint"]
    assert not lignes["structure"]["constraint"]


# --- LimeSurvey -----------------------------------------------------------------------------------------------------


@tous_les_referentiels
def test_la_structure_limesurvey_suit_ses_regles(chemin: Path) -> None:
    """Les codes de questions, de sous-questions et de réponses qu’il admet ; aucune cellule à protéger."""
    referentiel = cpit.referentiel(chemin)
    ecrit = exporter(chemin, "limesurvey")
    octets = ecrit.read_bytes()
    assert octets.startswith(b"\xef\xbb\xbfid\trelated_id\tclass\ttype/scale\tname\trelevance\ttext\thelp\tlanguage")
    assert b'"' not in octets
    assert b"\r" not in octets
    lignes = structure(ecrit)
    assert {ligne["class"] for ligne in lignes} == {"cpit", "S", "SL", "G", "Q", "SQ", "A"}
    questions = [ligne["name"] for ligne in lignes if ligne["class"] == "Q"]
    assert len(questions) == len(set(questions))
    for ligne in lignes:
        motif = {"Q": r"[A-Za-z][A-Za-z0-9]{0,19}", "SQ": r"[A-Za-z0-9]{1,20}", "A": r".{1,5}"}.get(ligne["class"])
        assert motif is None or re.fullmatch(motif, ligne["name"]), ligne
    sous = [ligne["name"] for ligne in lignes if ligne["class"] == "SQ"]
    attendues = Counter(dict.fromkeys((re.sub("[^A-Za-z0-9]", "", i.code) for i in referentiel.items), 2))
    cases = (choix.code for question in referentiel.profil if question.plusieurs for choix in question.choix)
    assert Counter(sous) == attendues + Counter(re.sub("[^A-Za-z0-9]", "", code) for code in cases)
    groupes = [ligne["type/scale"] for ligne in lignes if ligne["class"] == "G"]
    assert groupes == [str(rang) for rang in range(1, len(referentiel.competences) + 3)]


def test_l_echantillon_de_limesurvey_ne_coupe_aucun_signe() -> None:
    """Son import devine l’encodage des mille premiers octets : un « é » coupé, et tout serait lu en japonais."""
    source = TOUS["minimal"].read_text(encoding="utf-8")
    for ecart in range(8):
        Path("r.yaml").write_text(source.replace("titre: Animer", f"titre: {'x' * ecart}Animer", 1), encoding="utf-8")
        for regard in ("soi", "tiers"):
            ecrit = exporter("r.yaml", "limesurvey", f"{regard}{ecart}", "--regard", regard)
            ecrit.read_bytes()[:1_000].decode()
            assert cpit.referentiel("r.yaml").titre in html.unescape(ecrit.read_text(encoding="utf-8"))


def test_limesurvey_cache_le_moment_et_le_regard_dans_des_equations() -> None:
    lignes = {ligne["name"]: ligne for ligne in structure(exporter("minimal", "limesurvey", "i", "--moment", "t2"))}
    assert [lignes["moment"][c] for c in ("type/scale", "hidden", "equation")] == ["*", "1", "t2"]
    assert [lignes["regard"][c] for c in ("type/scale", "hidden", "equation")] == ["*", "1", "soi"]
    # « benevole » a plus de cinq signes : l’équation cachée « role » rend le vrai code.
    assert "{if(Qrole.NAOK=='benev','benevole','')}" in lignes["role"]["equation"]


# --- REDCap ---------------------------------------------------------------------------------------------------------

REDCAP = (
    '"Variable / Field Name","Form Name","Section Header","Field Type","Field Label","Choices, Calculations, OR Slider '
    'Labels","Field Note","Text Validation Type OR Show Slider Number","Text Validation Min","Text Validation Max",'
    'Identifier?,"Branching Logic (Show field only if...)","Required Field?","Custom Alignment","Question Number '
    '(surveys only)","Matrix Group Name","Matrix Ranking?","Field Annotation"'
)
"""Les dix-huit en-têtes exacts d’un dictionnaire REDCap."""


@tous_les_referentiels
def test_le_dictionnaire_redcap_suit_ses_regles(chemin: Path) -> None:
    referentiel = cpit.referentiel(chemin)
    ecrit = exporter(chemin, "redcap")
    with ecrit.open(encoding="utf-8", newline="") as flux:
        assert next(csv.reader(flux)) == next(csv.reader([REDCAP]))
    champs = dictionnaire(ecrit)
    noms = [champ["Variable / Field Name"] for champ in champs]
    assert noms[0] == "record_id"
    assert len(noms) == len(set(noms))
    assert all(re.fullmatch("[a-z][a-z0-9_]*", nom) for nom in noms)
    radios = {c["Variable / Field Name"]: choix_redcap(c["Choices, Calculations, OR Slider Labels"]) for c in champs}
    so = {"SO": referentiel.echelle.sans_objet.libelle} if referentiel.echelle.sans_objet else {}
    niveaux = {str(n.valeur): n.libelle for n in referentiel.echelle.niveaux}
    for item in referentiel.items:
        assert radios[re.sub(r"\W", "_", item.code.lower())] == {**niveaux, **so}
    # Les variables d’une grille se suivent, et ont les mêmes réponses.
    grilles = [champ["Matrix Group Name"] for champ in champs]
    suites = [grille for grille, _ in groupby(grilles) if grille]
    assert len(suites) == len(set(suites)) == len(referentiel.competences)


# --- Moodle ---------------------------------------------------------------------------------------------------------

MOODLE = (
    '"Parent ID number","ID number","Short name",Description,"Description format","Scale values","Scale configuration",'
    '"Rule type (optional)","Rule outcome (optional)","Rule config (optional)",'
    '"Cross-referenced competency ID numbers","Exported ID (optional)","Is framework",Taxonomy'
)


@tous_les_referentiels
def test_le_referentiel_moodle_est_un_arbre_a_une_echelle(chemin: Path) -> None:
    referentiel = cpit.referentiel(chemin)
    ecrit = exporter(chemin, "moodle")
    with ecrit.open(encoding="utf-8", newline="") as flux:
        assert next(csv.reader(flux)) == next(csv.reader([MOODLE]))
    racine, *lignes = dictionnaire(ecrit)
    assert [racine["Parent ID number"], racine["Is framework"]] == ["", "1"]
    assert all(not ligne["Is framework"] for ligne in lignes)
    assert len(racine["Scale values"].split(",")) == len(referentiel.echelle.niveaux)
    portee, *rangs = json.loads(racine["Scale configuration"])
    assert portee == {"scaleid": "1"}
    assert [rang["id"] for rang in rangs] == list(range(1, len(referentiel.echelle.niveaux) + 1))
    # Moodle exige un niveau « proficient » et un par défaut : tous le sont, aucun seuil n’est donc posé.
    assert [rang["proficient"] for rang in rangs] == [1] * len(rangs)
    assert [rang["scaledefault"] for rang in rangs] == [1] + [0] * (len(rangs) - 1)
    identifiants = [ligne["ID number"] for ligne in lignes]
    assert len(identifiants) == len(set(identifiants)) == len(referentiel.competences) + len(referentiel.items)
    assert all(0 < len(ligne["Short name"]) <= 100 and len(ligne["ID number"]) <= 100 for ligne in lignes)
    parents = {ligne["ID number"]: ligne["Parent ID number"] for ligne in lignes}
    assert parents == {
        **{competence.identifiant: "" for competence in referentiel.competences},
        **{item.code: item.competence for item in referentiel.items},
    }


# --- CASE -----------------------------------------------------------------------------------------------------------

UUID_ = {"type": "string", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"}
ADRESSE = {"type": "string", "format": "uri", "pattern": "^(https?://|urn:uuid:)"}
DATE = {"type": "string", "format": "date-time", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"}
TEXTE = {"type": "string", "minLength": 1}
NOEUD = {"title": TEXTE, "identifier": TEXTE, "uri": ADRESSE}


def objet(exiges: dict[str, Any], **permis: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**exiges, **permis},
        "required": list(exiges),
        "additionalProperties": False,
    }


RENVOI = objet({**NOEUD, "identifier": UUID_})
BASE = {"identifier": UUID_, "uri": ADRESSE, "lastChangeDateTime": DATE}
NIVEAU = objet(
    BASE,
    quality=TEXTE,
    description=TEXTE,
    score={"type": "number"},
    position={"type": "integer"},
    rubricCriterionId=UUID_,
)
CRITERE = objet(
    BASE, position={"type": "integer"}, rubricId=UUID_, CFRubricCriterionLevels={"type": "array", "items": NIVEAU}
)
SCHEMA_CASE = objet(
    {
        "CFDocument": objet(
            {**BASE, "creator": TEXTE, "title": TEXTE},
            **dict.fromkeys(("notes", "description", "language", "version"), TEXTE),
            officialSourceURL=ADRESSE,
            licenseURI=RENVOI,
        ),
        "CFItems": {
            "type": "array",
            "minItems": 1,
            "items": objet(
                {**BASE, "fullStatement": TEXTE},
                **dict.fromkeys(
                    ("abbreviatedStatement", "humanCodingScheme", "CFItemType", "language", "notes"), TEXTE
                ),
                CFItemTypeURI=RENVOI,
            ),
        },
        "CFAssociations": {
            "type": "array",
            "items": objet(
                {
                    **BASE,
                    "associationType": {"enum": ["isChildOf", "isPartOf", "exactMatchOf", "isRelatedTo"]},
                    "originNodeURI": RENVOI,
                    "destinationNodeURI": objet(NOEUD),
                },
                sequenceNumber={"type": "integer"},
            ),
        },
        "CFDefinitions": objet(
            {
                "CFItemTypes": {"type": "array", "items": objet({**BASE, "title": TEXTE, "hierarchyCode": TEXTE})},
                "CFLicenses": {"type": "array", "items": objet({**BASE, "title": TEXTE, "licenseText": TEXTE})},
            }
        ),
        "CFRubrics": {
            "type": "array",
            "items": objet(BASE, title=TEXTE, CFRubricCriteria={"type": "array", "items": CRITERE}),
        },
    }
)
"""La forme d’un paquet CASE 1.0, restreinte à ce que cpit en écrit : ce qu’il exige, et rien qu’il ne connaisse."""


@tous_les_referentiels
def test_le_paquet_case_a_la_forme_de_case_1_0(chemin: Path) -> None:
    referentiel = cpit.referentiel(chemin)
    paquet = json.loads(exporter(chemin, "case").read_text(encoding="utf-8"))
    fautes = Draft202012Validator(SCHEMA_CASE, format_checker=FormatChecker()).iter_errors(paquet)
    assert [f"{list(faute.path)} : {faute.message}" for faute in fautes] == []
    identifiants = [une["identifier"] for une in (*paquet["CFItems"], *paquet["CFAssociations"])]
    assert len(identifiants) == len(set(identifiants))
    assert all(UUID(un).version == 5 for un in identifiants)
    connus = {paquet["CFDocument"]["identifier"], *(e["identifier"] for e in paquet["CFItems"])}
    for lien in paquet["CFAssociations"]:
        assert lien["originNodeURI"]["identifier"] in connus
        ailleurs = any(
            lien["destinationNodeURI"]["identifier"] == un.cible for c in referentiel.competences for un in c.liens
        )
        assert ailleurs or lien["destinationNodeURI"]["identifier"] in connus
    situations = [e["humanCodingScheme"] for e in paquet["CFItems"] if e["CFItemType"] == "Situation"]
    assert situations == [item.code for item in referentiel.items]
    (echelle,) = paquet["CFRubrics"]
    niveaux = echelle["CFRubricCriteria"][0]["CFRubricCriterionLevels"]
    so = [None] if referentiel.echelle.sans_objet else []
    assert [niveau.get("score") for niveau in niveaux] == [*(n.valeur for n in referentiel.echelle.niveaux), *so]


def test_un_code_garde_son_uuid_d_un_export_et_d_une_version_a_l_autre() -> None:
    def uuids(chemin: Path) -> dict[str, str]:
        lu = json.loads(exporter(chemin, "case", chemin.stem).read_text(encoding="utf-8"))
        return {e["humanCodingScheme"]: e["identifier"] for e in lu["CFItems"]}

    suivante = Path("suivante.yaml")
    suivante.write_text(
        COMPLET.read_text(encoding="utf-8")
        .replace("version: 1.10.1", "version: 1.11.0")
        .replace("Je paille.", "J’ai."),
        encoding="utf-8",
    )
    assert uuids(suivante) == uuids(COMPLET)


# --- SKOS -----------------------------------------------------------------------------------------------------------


@tous_les_referentiels
def test_le_schema_skos_se_relit_et_garde_chaque_correspondance(chemin: Path) -> None:
    rdflib = pytest.importorskip("rdflib")
    skos = rdflib.Namespace("http://www.w3.org/2004/02/skos/core#")
    referentiel = cpit.referentiel(chemin)
    graphe = rdflib.Graph().parse(exporter(chemin, "skos"), format="json-ld")

    def cotes(sorte: str) -> set[tuple[str, str]]:
        return {
            (str(graphe.value(de, skos.notation)), str(graphe.value(a, skos.notation)))
            for de, a in graphe.subject_objects(skos[sorte])
        }

    sortes = {"exacte": "exactMatch", "proche": "closeMatch", "large": "broadMatch", "etroite": "narrowMatch"}
    for proximite, sorte in {**sortes, "apparentee": "relatedMatch"}.items():
        attendus = {(c.identifiant, lien.cible) for c in referentiel.competences for lien in c.liens}
        gardes = {
            (c.identifiant, lien.cible)
            for c in referentiel.competences
            for lien in c.liens
            if lien.proximite == proximite
        }
        assert cotes(sorte) & attendus == gardes
    assert cotes("broader") == {(item.code, item.competence) for item in referentiel.items}
    assert cotes("related") == {(item.code, item.ingenierie) for item in referentiel.items}
    for concept in graphe.subjects(skos.inScheme):
        assert len(list(graphe.objects(concept, skos.prefLabel))) == 1


# --- la feuille d’une séance sur papier -----------------------------------------------------------------------------


def tables_markdown(texte: str) -> list[list[list[str]]]:
    """Chaque table, ligne par ligne, cellule par cellule, telle qu’un lecteur de Markdown la comprend."""
    tables: list[list[list[str]]] = []
    jetons = MarkdownIt("commonmark").enable("table").parse(texte)
    for rang, jeton in enumerate(jetons):
        if jeton.type == "table_open":
            tables.append([])
        elif jeton.type == "tr_open":
            tables[-1].append([])
        elif jeton.type in ("th_open", "td_open"):
            tables[-1][-1].append("".join(e.content for e in jetons[rang + 1].children or []))
    return tables


def tables_docx(chemin: Path) -> list[list[list[str]]]:
    w = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    with ZipFile(chemin) as archive:
        assert archive.testzip() is None
        for nom in archive.namelist():
            ElementTree.fromstring(archive.read(nom))
        corps = ElementTree.fromstring(archive.read("word/document.xml"))

    def texte(paragraphe: ElementTree.Element) -> str:
        return "".join(t.text or "" for t in paragraphe.iter(f"{w}t"))

    return [
        [["\n".join(map(texte, c.iter(f"{w}p"))) for c in r.iter(f"{w}tc")] for r in table.iter(f"{w}tr")]
        for table in corps.iter(f"{w}tbl")
    ]


def rangees_depliees(grille: list[list[str]]) -> list[list[str]]:
    """Les lignes d’une grille : ce qui se lit sous une situation est, en Markdown, une ligne sans code ni case."""
    depliees: list[list[str]] = []
    for code, situation, *cases in grille:
        if code or not depliees:
            depliees.append([code, situation, *cases])
        else:
            assert not any(cases), "une ancre a des cases"
            depliees[-1][1] += f"\n{situation}"
    return depliees


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("lire", [tables_markdown, tables_docx])
@tous_les_referentiels
def test_la_feuille_a_une_case_par_reponse(lire: Callable[..., list[list[list[str]]]], chemin: Path) -> None:
    referentiel = cpit.referentiel(chemin)
    if lire is tables_markdown:
        tables = lire(exporter(chemin, "markdown").read_text(encoding="utf-8"))
    else:
        tables = lire(exporter(chemin, "docx"))
    legende, *grilles = tables
    codes = [str(n.valeur) for n in referentiel.echelle.niveaux] + (["SO"] if referentiel.echelle.sans_objet else [])
    assert [ligne[0] for ligne in legende[1:]] == codes
    assert [grille[0] for grille in grilles] == [["Code", "Situation", *codes]] * len(referentiel.competences)
    rangees = [rangee for grille in grilles for rangee in rangees_depliees(grille[1:])]
    items = referentiel.ordre_de_passation()
    assert [[r[0], *r[2:]] for r in rangees] == [[i.code, *["☐"] * len(codes)] for i in items]
    # Sous sa situation et dans sa ligne, chaque ancre, avec son niveau : on répond en la lisant.
    lues = [[" ".join(ligne.split()) for ligne in r[1].split("\n")] for r in rangees]
    ancres = [[f"{a.valeur} – {' '.join(a.libelle.split())}" for a in i.niveaux] for i in items]
    assert lues == [[" ".join(i.enonce.split()), *siennes] for i, siennes in zip(items, ancres, strict=True)]


def test_une_situation_et_ses_ancres_ne_se_coupent_pas_d_une_page_a_l_autre(programme: Programme) -> None:
    """Chaque énoncé est sur la page de ses ancres, dans la forme longue aussi ; le titre, sur celle de sa situation."""
    soffice, lire = programme("soffice"), programme("pdftotext")
    for nom in ("innovation-territoriale", "innovation-territoriale-long"):
        ecrit = exporter(nom, "docx", nom, "--regard", "tiers", "--place")
        profil = f"-env:UserInstallation=file://{Path.cwd()}/profil"
        subprocess.run([soffice, profil, "--headless", "--convert-to", "pdf", ecrit], check=True, timeout=120)
        rendu = subprocess.run([lire, "-raw", f"{nom}.pdf", "-"], check=True, capture_output=True, text=True)
        # Une fin de ligne dans une cellule étroite ôte une espace : on compare sans elles, dans l’ordre du texte.
        pages = ["".join(page.split()) for page in rendu.stdout.split("\f")]
        for item in cpit.referentiel(nom).items:
            ancres = ["".join(f"{a.valeur} – {a.libelle}".split()) for a in item.niveaux]
            assert any(all(ancre in page for ancre in ancres) for page in pages), item.code


def test_libreoffice_rend_la_feuille(programme: Programme, tmp_path: Path) -> None:
    soffice, lire = programme("soffice"), programme("pdftotext")
    ecrit = exporter("minimal", "docx")
    profil = f"-env:UserInstallation=file://{tmp_path}/profil"
    subprocess.run([soffice, profil, "--headless", "--convert-to", "pdf", ecrit], check=True, timeout=120)
    rendu = subprocess.run([lire, "-layout", "i.pdf", "-"], check=True, capture_output=True, text=True, timeout=60)
    mots = " ".join(rendu.stdout.split())
    assert "Animer un réseau d’entraide" in mots
    assert "Page 1/1" in mots or "Page 1/2" in mots
    assert mots.count("☐") == 6 * 5 + 3


# --- des textes hostiles --------------------------------------------------------------------------------------------

HOSTILES = {
    "formule": "=1+1",
    "arobase": "@SUM(A1)",
    "reference": "Je note ${R1} puis {R2.NAOK} et [r1]",
    "barres": "Ceci | cela, ou | rien",
    "lignes": "Une ligne\n\n    puis\tune autre",
    "balises": "<b>gras</b> & <script>alert(1)</script> \"cité\" 'ici'",
    "markdown": "# titre *gras* _souligné_ `code` \\ - liste",
    "guillemets": '"tout entier"',
}


@pytest.fixture
def hostile() -> Path:
    """Chaque texte d’une situation, d’un niveau, d’un choix et d’un titre est l’un de ceux-là."""
    brut = yaml.safe_load(LIVRES["minimal"].read_text(encoding="utf-8"))
    textes = list(HOSTILES.values())
    brut["titre"], brut["statut"] = textes[0], textes[5]
    for rang, item in enumerate(brut["items"]):
        item["enonce"] = f"{textes[rang]}" if rang else textes[0]
    for rang, niveau in enumerate(brut["echelle"]["niveaux"]):
        niveau["libelle"] = f"{textes[rang]}"
        niveau["description"] = textes[-1 - rang]
    for rang, choix in enumerate(brut["profil"][0]["choix"]):
        choix["libelle"] = textes[rang + 2]
    for rang, competence in enumerate(brut["competences"]):
        competence["libelle"], competence["definition"] = textes[rang + 5], textes[rang + 3]
    chemin = Path("hostile.yaml")
    chemin.write_text(yaml.safe_dump(brut, allow_unicode=True), encoding="utf-8")
    assert executer(["referentiel", "valider", str(chemin)]) == 0
    return chemin


def test_rien_d_hostile_ne_devient_une_commande_de_xlsform(hostile: Path) -> None:
    ecrit = exporter(hostile, "xlsform")
    assert convert(ecrit).warnings == []
    classeur = openpyxl.load_workbook(ecrit)
    assert all(cellule.data_type != "f" for feuille in classeur for ligne in feuille for cellule in ligne)
    libelles = {ligne["name"]: ligne[LIBELLE] for ligne in feuilles(ecrit)["survey"]}
    assert libelles["A1"] == HOSTILES["formule"]
    assert libelles["A3"] == HOSTILES["reference"].replace("${", "$ {")


def test_rien_d_hostile_ne_devient_une_commande_de_limesurvey(hostile: Path) -> None:
    ecrit = exporter(hostile, "limesurvey")
    lignes = ecrit.read_text(encoding="utf-8-sig").split("\n")
    largeurs = {ligne.count("\t") for ligne in lignes if ligne}
    assert len(largeurs) == 1
    for ligne in structure(ecrit):
        if ligne["class"] in ("Q", "SQ", "A", "G", "SL"):
            assert not re.search(r'\{\S|[<](?!br />|p>|/p>)|"', ligne["text"]), ligne["text"]
            assert not ligne["text"].startswith(("=", "@", "+", "-"))
    textes = {ligne["name"]: ligne["text"] for ligne in structure(ecrit) if ligne["class"] == "SQ"}
    assert HOSTILES["balises"] in html.unescape(textes["R3"])


def test_rien_d_hostile_ne_devient_une_commande_de_redcap(hostile: Path) -> None:
    champs = {champ["Variable / Field Name"]: champ for champ in dictionnaire(exporter(hostile, "redcap"))}
    for champ in champs.values():
        assert all(
            not (cellule or "").startswith(("=", "@", "+", "-")) or nom == "Field Annotation"
            for nom, cellule in champ.items()
        )
        assert not re.search(r"<[A-Za-z/!]|\[[A-Za-z]", champ["Field Label"])
    assert list(choix_redcap(champs["a1"]["Choices, Calculations, OR Slider Labels"])) == ["1", "2", "3", "4", "SO"]
    assert list(choix_redcap(champs["role"]["Choices, Calculations, OR Slider Labels"])) == [
        "benevole",
        "salarie",
        "autre",
    ]


def test_rien_d_hostile_ne_devient_une_commande_de_moodle(hostile: Path) -> None:
    racine, *lignes = dictionnaire(exporter(hostile, "moodle"))
    assert len(racine["Scale values"].split(",")) == 4
    for ligne in lignes:
        assert not ligne["Short name"].startswith(("=", "@"))
        assert "<script" not in ligne["Description"]


def test_rien_d_hostile_ne_change_la_feuille(hostile: Path) -> None:
    attendues = [" ".join(texte.split()) for texte in list(HOSTILES.values())[:6]]
    for tables in (
        tables_markdown(exporter(hostile, "markdown").read_text(encoding="utf-8")),
        tables_docx(exporter(hostile, "docx")),
    ):
        assert [rangee[1] for grille in tables[1:] for rangee in rangees_depliees(grille[1:])] == attendues


@tous_les_formats
def test_ce_qui_est_ecrit_autrement_est_dit(format_: str, hostile: Path) -> None:
    dits = "\n".join(cpit.exporter_referentiel(hostile, format_).remarques).replace("\u202f", " ")
    attendus = {
        "xlsform": "« ${ » y désignerait une question",
        "limesurvey": "« { » y commencerait une expression",
        "redcap": "« | » y sépare deux réponses",
        "moodle": "la virgule sépare deux niveaux",
    }
    assert attendus.get(format_, "") in dits


def test_un_code_que_l_outil_refuse_est_change_et_dit() -> None:
    """Deux items qui y auraient le même nom gardent chacun le leur."""
    texte = COMPLET.read_text(encoding="utf-8")
    texte = texte.replace("code: S1", "code: S-1").replace("S1", "S-1").replace("code: S2", "code: S_1")
    texte = re.sub(r"\bS2\b", "S_1", texte)
    Path("codes.yaml").write_text(texte, encoding="utf-8")
    for format_, noms in (("limesurvey", ["S1", "S12"]), ("redcap", ["s_1", "s_12"])):
        exporte = cpit.exporter_referentiel("codes.yaml", format_)
        dits = "\n".join(exporte.remarques).replace("\u202f", " ")
        assert f"« S-1 » y est « {noms[0]} »" in dits
        lus = structure(exporte.chemin) if format_ == "limesurvey" else dictionnaire(exporte.chemin)
        cle = "name" if format_ == "limesurvey" else "Variable / Field Name"
        assert set(noms) <= {ligne[cle] for ligne in lus}


# --- aller et retour ------------------------------------------------------------------------------------------------

EXPORTS: dict[str, tuple[str, Callable[..., bytes]]] = {
    "kobo-valeurs": ("xlsform", export_kobo),
    "kobo-valeurs-groupes": ("xlsform", lambda f, r: export_kobo(f, r, groupes=True)),
    "kobo-libelles": ("xlsform", lambda f, r: export_kobo(f, r, libelles=True)),
    "odk-central": ("xlsform", export_odk_central),
    "limesurvey-codes": ("limesurvey", export_limesurvey),
    "limesurvey-codes-points-virgules": ("limesurvey", lambda f, r: export_limesurvey(f, r, separateur=";")),
    "limesurvey-libelles": ("limesurvey", lambda f, r: export_limesurvey(f, r, reponses="libelle")),
    "limesurvey-code-et-texte": ("limesurvey", lambda f, r: export_limesurvey(f, r, entetes="code-et-texte")),
    "limesurvey-texte": ("limesurvey", lambda f, r: export_limesurvey(f, r, entetes="texte", reponses="libelle")),
    "redcap-brut": ("redcap", export_redcap),
    "redcap-libelles": ("redcap", lambda f, r: export_redcap(f, r, libelles=True)),
}


def remplir(referentiel: Referentiel, graine: int) -> list[Remplie]:
    """Quatre personnes tirées au hasard, dont une qui ne répond presque à rien."""
    tirage = random.Random(graine)
    niveaux = [str(niveau.valeur) for niveau in referentiel.echelle.niveaux]
    permis = [*niveaux, *niveaux, "", *(["SO"] if referentiel.echelle.sans_objet else [])]
    remplies = []
    for rang in range(4):
        reponses = {i.code: tirage.choice(permis if rang else ["", *permis]) for i in referentiel.items}
        profil = {q.identifiant: repondre(q, tirage) for q in referentiel.sans_conditions().profil}
        traces = {item.code: f"Trace de {item.code}" for item in referentiel.items if reponses[item.code] and rang == 1}
        remplies.append(Remplie(f"R{rang:02}", reponses, profil, traces))
    return remplies


def repondre(question: QuestionProfil, tirage: random.Random) -> str:
    """Un choix ; d’une question qui en admet plusieurs, d’aucun à trois, et « aucun » seul s’il en est."""
    codes = [choix.code for choix in question.choix]
    if not question.plusieurs:
        return tirage.choice(codes)
    tires = tirage.sample(codes, tirage.randint(0, min(3, len(codes))))
    return "aucun" if "aucun" in tires else question.joindre(tires)


def lire_le_retour(retour: Path, chemin: Path) -> tuple[int, list[dict[str, str]]]:
    """Le code de sortie de « cohorte », et chaque passation notée, par colonne."""
    sortie = Path("scores.csv")
    sortie.unlink(missing_ok=True)
    commande = ["cohorte", str(retour), "--referentiel", str(chemin), "--sortie", str(sortie), "--dialecte", "science"]
    code = executer(commande)
    if not sortie.exists():
        return code, []
    with sortie.open(encoding="utf-8", newline="") as flux:
        return code, list(csv.DictReader(flux))


def verifier_les_scores(chemin: Path, remplies: list[Remplie], notees: list[dict[str, str]]) -> None:
    """Les mêmes personnes, au même moment, sous le même regard, avec les scores de l’oracle."""
    plan = plan_ecrit(yaml.safe_load(chemin.read_text(encoding="utf-8")))
    assert [ligne["identifiant"] for ligne in notees] == [une.code for une in remplies]
    for une, ligne in zip(remplies, notees, strict=True):
        assert (ligne["moment"], ligne["regard"]) == ("t1", "tiers")
        valeurs = {code: int(donnee) for code, donnee in une.reponses.items() if donnee not in ("", "SO")}
        for echelle, score in oracle(plan, valeurs).scores.items():
            ecrit = ligne[f"score_{echelle}"]
            assert ecrit == "" if score is None else float(ecrit) == pytest.approx(float(score)), echelle


LONGUE = "innovation-territoriale-long"
ALLERS_RETOURS = {
    f"{nom}-{export}": (export, nom)
    for nom in TOUS
    for export, (format_, _) in EXPORTS.items()
    if nom != LONGUE or format_ == "limesurvey"
}
"""La forme longue a les mêmes choix et les mêmes niveaux que la courte : une famille d’exports y suffit."""


@pytest.mark.endurance
@pytest.mark.parametrize(("export", "nom"), ALLERS_RETOURS.values(), ids=ALLERS_RETOURS)
def test_ce_qui_revient_de_l_outil_se_note_comme_l_oracle(
    export: str, nom: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sans rien qu’on lui dise, sans refus, et le profil entier : un choix que l’outil recode se relit par sa règle."""
    format_, rendre = EXPORTS[export]
    instrument = exporter(TOUS[nom], format_, "i", "--moment", "t1", "--regard", "tiers")
    referentiel = cpit.referentiel(TOUS[nom])
    remplies = remplir(referentiel, graine=len(export))
    retour = Path("retour.csv")
    retour.write_bytes(rendre(instrument, remplies))
    code, notees = lire_le_retour(retour, TOUS[nom])
    verifier_les_scores(TOUS[nom], remplies, notees)
    dits = capsys.readouterr().err
    assert code == 0, dits
    for une, ligne in zip(remplies, notees, strict=True):
        assert {q: ligne[q] for q in une.profil} == une.profil


# --- le tiers qui répond ----------------------------------------------------------------------------------------------

RETOURS: dict[str, Callable[[Path, list[Remplie]], bytes]] = {
    "xlsform": export_kobo,
    "xlsform-libelles": lambda chemin, remplies: export_kobo(chemin, remplies, libelles=True),
    "limesurvey": export_limesurvey,
    "redcap": export_redcap,
    "redcap-libelles": lambda chemin, remplies: export_redcap(chemin, remplies, libelles=True),
}


@pytest.mark.parametrize("retour", RETOURS)
def test_ce_qu_un_tiers_dit_de_lui_revient_de_l_outil(retour: str) -> None:
    """Le rôle y est dans le code que l’outil accepte : « n1 » y tient lieu de « n+1 »."""
    sortie = exporter("minimal", retour.partition("-")[0], "i", "--regard", "tiers")
    items = [item.code for item in cpit.referentiel("minimal").items]
    remplies = [
        Remplie("R01", dict.fromkeys(items, "2"), {"evaluateur": qui, "role_evaluateur": role, "connaissance": combien})
        for qui, role, combien in (("E1", "n1", "pres"), ("E2", "partenaire", ""))
    ]
    Path("retour.csv").write_bytes(RETOURS[retour](sortie, remplies))
    recueil = cpit.lire("retour.csv", "minimal")
    assert [(n.passation.regard, n.passation.tiers()) for n in recueil.cohorte.notees] == [
        ("tiers", {"evaluateur": "E1", "role_evaluateur": "n+1", "connaissance": "pres"}),
        ("tiers", {"evaluateur": "E2", "role_evaluateur": "partenaire"}),
    ]


@pytest.mark.parametrize("format_", ["xlsform", "limesurvey", "redcap", "markdown", "docx"])
def test_le_tiers_est_demande_a_un_tiers_et_jamais_pour_soi(format_: str) -> None:
    for regard, demande in (("tiers", True), ("soi", False)):
        texte = textes_de(exporter("minimal", format_, f"i-{regard}", "--regard", regard))
        assert ("Rôle de l’évaluateur" in texte) is demande
        assert ("Code de l’évaluateur" in texte) is demande
        assert ("Connaissance du travail" in texte) is demande


def test_l_xlsform_d_un_tiers_est_valide() -> None:
    assert convert(xlsform=exporter("minimal", "xlsform", "i", "--regard", "tiers")).xform


def lire_comme_php(octets: bytes) -> list[list[str]]:
    """Un CSV lu comme « fgetcsv » : une barre oblique inverse y empêche le guillemet suivant de fermer la cellule."""
    return list(csv.reader(octets.decode().splitlines(keepends=True), escapechar="\\", doublequote=True))


@pytest.mark.parametrize("format_", ["redcap", "moodle"])
def test_ni_barre_ni_balise_ne_derangent_un_import_en_php(format_: str) -> None:
    """Les colonnes restent, et aucun nom de Moodle n’a de quoi passer pour une balise ; ce qui change est dit."""
    enonce = 'Je range, dans "C:\\", le <projet> dit \\"fin\\", puis "x\\'
    source = TOUS["minimal"].read_text(encoding="utf-8")
    debut = source.index("enonce:", source.index("code: A1"))
    Path("r.yaml").write_text(
        source[:debut] + f"enonce: {json.dumps(enonce)}" + source[source.index("\n", debut) :], encoding="utf-8"
    )
    exporte = cpit.exporter_referentiel("r.yaml", format_, "i")
    octets = exporte.chemin.read_bytes()
    rangees = lire_comme_php(octets)
    attendues = list(csv.reader(octets.decode().splitlines(keepends=True)))
    assert [len(rangee) for rangee in rangees] == [len(rangee) for rangee in attendues]
    assert not re.search(r"<\S", " ".join(ligne[2 if format_ == "moodle" else 4] for ligne in attendues))
    assert any("balise" in remarque for remarque in exporte.remarques)


@pytest.mark.parametrize("format_", ["limesurvey", "redcap"])
def test_une_case_n_est_dite_changee_que_si_elle_ne_se_relit_pas(format_: str) -> None:
    """« france-services » y perd son trait d’union et se relit ; deux choix confondus, non."""
    dits = cpit.exporter_referentiel("innovation-territoriale", format_, "i").remarques
    assert not [dit for dit in dits if "france-services" in dit or "outre-mer" in dit]
    autre = {"limesurvey": "ab", "redcap": "a_b"}[format_]
    texte = COMPLET.read_text(encoding="utf-8")
    texte = texte.replace("code: jardin", "code: a-b").replace("code: balcon", f"code: {autre}")
    Path("cases.yaml").write_text(texte, encoding="utf-8")
    dits = cpit.exporter_referentiel("cases.yaml", format_, "j").remarques
    assert len([dit for dit in dits if "la réponse de profil lieu" in dit]) == 2
