"""Les documents d’un export tiennent les normes qu’ils disent suivre, et ce qu’ils disent de taper lit juste."""

from __future__ import annotations

import csv
import json
import math
import os
import re
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from aide_cohorte import TROIS_STRATES, cohorte_au_hasard
from aide_export import contenus, passation, poser
from aides import RACINE, Programme, livre

import cpit
from cpit.cli import executer
from cpit.coeur.passation import Passation, repondu
from cpit.coeur.referentiel import Referentiel

pytestmark = pytest.mark.endurance

TABLES = ("reponses_large", "reponses_long", "scores")
HOSTILE = '<![CDATA[ & ]]> "’ \u202e\u0085\u2028 é=1+1 |\t🎉 {{ 7 * 7 }}'
SCHEMA = Path("ddi-codebook-2.5") / "codebook.xsd"


def exporter(dossier: Path, passations: list[Passation], *options: object) -> Path:
    sources = dossier / "sources"
    sources.mkdir(parents=True)
    for rang, une in enumerate(passations):
        poser(sources, f"{rang:03d}.json", une)
    assert executer([str(a) for a in ("exporter", sources, "--sortie", dossier / "jeu", *options)]) == 0
    return dossier / "jeu"


def au_hasard(referentiel: Referentiel, nombre: int = 9, *, datees: bool = True) -> list[Passation]:
    """Des passations de trois strates, datées ou non ; certaines ont un profil, des traces hostiles, des vides."""
    cohorte = cohorte_au_hasard(referentiel, nombre, TROIS_STRATES, graine=5, absentes=0.3)
    fin = {"terminee": "2026-09-14T10:11:12+02:00"} if datees else {}
    toutes = [replace(notee.passation, **fin) for notee in cohorte.notees]
    premier = referentiel.ordre_de_passation()[0].code
    return [toutes[0].avec_reponse(premier, repondu(referentiel.echelle.min, HOSTILE)), *toutes[1:]]


def referentiel_de(nom: str, dossier: Path) -> tuple[Referentiel, list[object]]:
    """Un référentiel livré, d’essai, ou le minimal aux textes hostiles ; et comment le nommer."""
    chemin = next(
        (c for c in (RACINE / d / f"{nom}.yaml" for d in ("referentiels", "tests/referentiels")) if c.exists()), None
    )
    if chemin is None:
        document = yaml.safe_load((RACINE / "referentiels" / "minimal.yaml").read_text(encoding="utf-8"))
        document["titre"] = document["items"][0]["enonce"] = document["statut"] = re.sub(
            "[\u0085\u2028\u202e\t]", "", HOSTILE
        )
        document["echelle"]["niveaux"][0]["libelle"] = document["echelle"]["niveaux"][1]["libelle"]
        document["sources"].append({**document["sources"][0], "cle": "la-meme"})
        chemin = dossier / "hostile.yaml"
        # En JSON, qui est du YAML : rien n’y est partagé par renvoi.
        chemin.write_text(json.dumps(document, ensure_ascii=False, default=str), encoding="utf-8")
    return cpit.referentiel(chemin), ["--referentiel", chemin]


def lignes_de(export: Path, table: str) -> list[dict[str, str]]:
    with (export / f"{table}.csv").open(encoding="utf-8", newline="") as flux:
        return list(csv.DictReader(flux))


EXPORTS = {
    "tous les formats": ("innovation-territoriale", (), True),
    "avec les traces": ("innovation-territoriale", ("--avec-traces", "--formats", "csv,xlsx"), True),
    "le classeur seul": ("innovation-territoriale", ("--formats", "xlsx"), True),
    "SPSS seul": ("etranger", ("--formats", "sav"), True),
    "sans profil, dialecte fr": ("sus", ("--formats", "csv", "--dialecte", "fr"), True),
    "échelle négative, sans date": ("bipolaire", ("--formats", "csv"), False),
    "un seul axe": ("petit", ("--formats", "csv,dta"), False),
    "textes hostiles": ("hostile", ("--avec-traces",), True),
    "sans date": ("innovation-territoriale", (), False),
}


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    faits = {}
    for nom, (referentiel, options, datees) in EXPORTS.items():
        dossier = tmp_path_factory.mktemp("export")
        lu, choix = referentiel_de(referentiel, dossier)
        faits[nom] = exporter(dossier / "e", au_hasard(lu, datees=datees), *options, *choix)
    return faits


# --- DDI-Codebook 2.5 -------------------------------------------------------------------------------------------------


def schema_ddi() -> Path | None:
    """Où est le schéma officiel : dans le dossier que nomme ``CPIT_SCHEMAS``, ou dans ``shared/schemas``, plus haut."""
    nomme = os.environ.get("CPIT_SCHEMAS")
    lieux = [Path(nomme)] if nomme else [parent / "shared" / "schemas" for parent in RACINE.parents]
    return next((lieu / SCHEMA for lieu in lieux if (lieu / SCHEMA).is_file()), None)


@pytest.mark.schema
@pytest.mark.skipif(schema_ddi() is None, reason="le schéma de DDI-Codebook 2.5 n’est pas sur cette machine")
def test_le_ddi_est_valide_selon_le_schema_officiel(exports: dict[str, Path]) -> None:
    from lxml import etree

    schema = etree.XMLSchema(etree.parse(str(schema_ddi())))
    fautes = {}
    for nom, export in exports.items():
        if not schema.validate(etree.parse(str(export / "ddi.xml"))):
            fautes[nom] = [f"ligne {f.line} : {f.message}" for f in schema.error_log]
    assert fautes == {}


def test_le_ddi_decrit_chaque_fichier_une_fois_par_table(exports: dict[str, Path]) -> None:
    """Un seul nom par fichier décrit ; ils y sont tous, et chaque variable renvoie à ceux de sa table."""
    from xml.etree import ElementTree as ET

    ddi = "{ddi:codebook:2_5}"
    for nom, export in exports.items():
        racine = ET.parse(export / "ddi.xml").getroot()
        decrits = [[e.text for e in texte.findall(f"{ddi}fileName")] for texte in racine.iter(f"{ddi}fileTxt")]
        assert all(len(noms) == 1 for noms in decrits), nom
        donnees = {f.name for f in export.iterdir() if f.stem in (*TABLES, "jeu")}
        assert {noms[0] for noms in decrits} == donnees, nom
        fichiers = {f.get("ID") for f in racine.iter(f"{ddi}fileDscr")}
        assert {r for v in racine.iter(f"{ddi}var") for r in (v.get("files") or "").split()} == fichiers, nom


# --- Data Package 2.0 -------------------------------------------------------------------------------------------------


def champs_de(export: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    paquet = json.loads((export / "datapackage.json").read_text(encoding="utf-8"))
    for ressource in paquet["resources"]:
        for champ in ressource["schema"]["fields"]:
            yield ressource["name"], champ


def test_le_paquet_se_dit_de_la_version_2(exports: dict[str, Path]) -> None:
    for export in exports.values():
        paquet = json.loads((export / "datapackage.json").read_text(encoding="utf-8"))
        assert paquet["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
        for ressource in paquet["resources"]:
            assert ressource["type"] == "table"
            assert "profile" not in ressource
            assert ressource["encoding"] == "utf-8"


def test_frictionless_valide_chaque_paquet(exports: dict[str, Path]) -> None:
    from frictionless import Package

    for nom, export in exports.items():
        rapport = Package.from_descriptor(str(export / "datapackage.json")).validate()
        assert rapport.valid, (nom, rapport.flatten(["title", "message"]))


def test_un_item_est_un_entier_aux_niveaux_etiquetes_et_ses_vides_aussi(exports: dict[str, Path]) -> None:
    referentiel = livre()
    items = {c["name"]: c for t, c in champs_de(exports["tous les formats"]) if t == "reponses-large"}
    for item in referentiel.items:
        champ = items[item.code]
        assert champ["type"] == "integer"
        assert champ["missingValues"] == [
            {"value": "SO", "label": "Sans objet"},
            {"value": "", "label": "Sans réponse"},
        ]
        # Le niveau, puis ce qu’il veut dire pour cet item : les ancres de l’item font partie de la question posée.
        assert champ["categories"] == [
            {"value": n.valeur, "label": f"{n.libelle}\u202f: {ancre.libelle}"}
            for n, ancre in zip(referentiel.echelle.niveaux, item.niveaux, strict=True)
        ]
        assert champ["categoriesOrdered"] is True
        assert champ["constraints"]["enum"] == [n.valeur for n in referentiel.echelle.niveaux]
    assert items["structure"]["categories"][0] == {"value": "commune", "label": "Commune"}
    assert "categoriesOrdered" not in items["structure"]


def test_les_categories_suivent_la_norme(exports: dict[str, Path]) -> None:
    """Valeurs du type du champ, toutes différentes, libellés différents, et l’``enum`` est parmi elles."""
    types = {"integer": int, "string": str}
    for nom, export in exports.items():
        for _, champ in champs_de(export):
            categories = champ.get("categories", [])
            for etiquetees in (categories, champ.get("missingValues", [])):
                libelles = [une["label"] for une in etiquetees if "label" in une]
                assert len(set(libelles)) == len(libelles), (nom, champ)
                assert len({une["value"] for une in etiquetees}) == len(etiquetees), (nom, champ)
            assert all(type(une["value"]) is types[champ["type"]] for une in categories), (nom, champ)
            if categories:
                assert champ["constraints"]["enum"] == [une["value"] for une in categories]


# --- aucune date inventée ---------------------------------------------------------------------------------------------


def test_un_jeu_sans_date_n_en_porte_aucune(exports: dict[str, Path]) -> None:
    """Ni 1980, ni 1970 : une table de réponses ne dit pas quand elle a été remplie."""
    inventees = re.compile(rb"(?<![0-9a-f])(1980|1970)(?![0-9a-f])|01 Jan")
    export = exports["sans date"]
    for lieu, octets in contenus(export):
        if not lieu.endswith((".parquet", ".sav (cellules)", ".dta (cellules)", ".xlsx")):
            assert not inventees.search(octets), lieu
    assert "created" not in json.loads((export / "datapackage.json").read_text(encoding="utf-8"))
    assert "version" not in yaml.safe_load((export / "CITATION.cff").read_text(encoding="utf-8"))
    with zipfile.ZipFile(export / "jeu.xlsx") as archive:
        assert b"dcterms:" not in archive.read("docProps/core.xml").partition(b"<dc:title>")[2]


def test_un_jeu_date_porte_son_mois(exports: dict[str, Path]) -> None:
    export = exports["tous les formats"]
    assert json.loads((export / "datapackage.json").read_text(encoding="utf-8"))["created"] == "2026-09-01T00:00:00Z"
    assert yaml.safe_load((export / "CITATION.cff").read_text(encoding="utf-8"))["version"] == "2026-09"
    with zipfile.ZipFile(export / "jeu.xlsx") as archive:
        assert b">2026-09-01T00:00:00Z</dcterms:created>" in archive.read("docProps/core.xml")


# --- Citation File Format 1.2.0 ---------------------------------------------------------------------------------------


def test_la_citation_suit_la_norme(exports: dict[str, Path]) -> None:
    """Les exigences de ``schema.json`` (citation-file-format, 1.2.0) sur les clés employées."""
    for nom, export in exports.items():
        citation = yaml.safe_load((export / "CITATION.cff").read_text(encoding="utf-8"))
        assert set(citation) - {"version"} == {
            *("cff-version", "message", "type", "title", "authors", "identifiers", "references"),
        }, nom
        assert (citation["cff-version"], citation["type"]) == ("1.2.0", "dataset")
        for oeuvre in (citation, *citation["references"]):
            assert oeuvre["title"]
            assert oeuvre["authors"]
            assert all(auteur["name"] for auteur in oeuvre["authors"])
        for reference in citation["references"]:
            assert set(reference) - {"year", "url", "version"} == {"type", "title", "authors"}
            assert reference["type"] in {"software", "generic"}
            assert re.match(r"(https?|s?ftp)://", reference.get("url", "http://"))
        assert all(citation["references"].count(une) == 1 for une in citation["references"])


# --- ce que le LISEZMOI dit de taper ----------------------------------------------------------------------------------

BLOC = re.compile(r"```(python|r|stata)\n(.*?)```", re.DOTALL)


def blocs_de(export: Path, langue: str) -> list[str]:
    lisezmoi = (export / "LISEZMOI.md").read_text(encoding="utf-8")
    return [code for ecrite, code in BLOC.findall(lisezmoi) if ecrite == langue]


def nombre_ou_vide(texte: object) -> float:
    return math.nan if texte in ("", "SO", None) else float(str(texte).replace(",", "."))


@pytest.fixture(scope="module", params=["science", "fr"])
def a_lire(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Un export à lire, avec des traces qui valent « SO » et « NA », et le même en CSV « science » pour témoin."""
    dossier = tmp_path_factory.mktemp("lire")
    passations = au_hasard(livre(), 12)
    for rang, trace in enumerate(("SO", "NA", "1,5"), 1):
        passations[rang] = passations[rang].avec_reponse("C1P", repondu(2, trace))
    options = ("--avec-traces", "--dialecte", request.param)
    return exporter(dossier / "a", passations, *options), exporter(
        dossier / "b", passations, "--avec-traces", "--formats", "csv", "--cle", dossier / "a" / "jeu.cle"
    )


def test_les_lignes_de_python_lisent_juste(a_lire: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Cinq formats : mêmes nombres, mêmes vides, mêmes textes ; l’écart permis est celui du seizième chiffre (xlsx)."""
    export, temoin = a_lire
    monkeypatch.chdir(export)
    blocs = blocs_de(export, "python")
    assert len(blocs) == 5
    for bloc in blocs:
        lus: dict[str, Any] = {}
        exec(bloc, lus)
        for table in TABLES:
            verifier_trame(lus[table], lignes_de(temoin, table), bloc)


def test_les_lignes_des_agregats_lisent_juste(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Même d’un moment que la liste des moments ne nomme pas (t2)."""
    sources = tmp_path / "sources"
    sources.mkdir()
    for rang in range(12):
        moment = "t2" if rang % 2 else "t0"
        signes = ("01234" * 6)[rang % 5 :][:24]
        poser(sources, f"{rang}.json", passation(livre(), signes, identifiant=f"A{rang}", moment=moment))
    for nom, options in {"a": (), "b": ("--formats", "csv")}.items():
        commande = ("exporter", sources, "--sortie", tmp_path / nom, "--diffusion", "--effectif-minimal", 3, *options)
        assert executer([str(argument) for argument in commande]) == 0
    monkeypatch.chdir(tmp_path / "a")
    blocs = blocs_de(tmp_path / "a", "python")
    assert len(blocs) == 5
    for bloc in blocs:
        lus: dict[str, Any] = {}
        exec(bloc, lus)
        verifier_trame(lus["agregats"], lignes_de(tmp_path / "b", "agregats"), bloc)


def verifier_trame(trame: Any, attendues: list[dict[str, str]], bloc: str) -> None:
    for cle in attendues[0]:
        textes = [ligne[cle] for ligne in attendues]
        valeurs = list(trame[cle])
        if all(isinstance(v, str) for v in valeurs if not absent(v)):
            assert ["" if absent(v) else sur_une_ligne(v) for v in valeurs] == textes, (cle, bloc)
        elif cle in ETIQUETEES and "read_stata" in bloc:
            assert [absent(v) for v in valeurs] == [not texte for texte in textes], cle
        else:
            nombres = [math.nan if absent(v) else float(v) for v in valeurs]
            assert nombres == pytest.approx([nombre_ou_vide(t) for t in textes], rel=1e-15, nan_ok=True), (cle, bloc)


ETIQUETEES = {
    *("structure", "dispositif", "territoire", "anciennete", "competence", "ingenierie", "etat", "equilibre_possible"),
    *("etat_region", "methode_incertitude"),
    *("nature", "motif"),
}


def sur_une_ligne(texte: str) -> str:
    """Une trace garde ses lignes et ses tabulations dans les formats typés ; en CSV, elle tient sur une ligne."""
    return re.sub(r"[\t\n]", " ", texte)


def absent(valeur: object) -> bool:
    return str(valeur) in {"", "None", "nan", "<NA>"}


def test_les_lignes_de_r_lisent_juste(a_lire: tuple[Path, Path], tmp_path: Path, programme: Programme) -> None:
    """R rend chaque table en CSV, nombres à dix-sept chiffres : les mêmes, sauf le dernier que R calcule à sa façon."""
    export, temoin = a_lire
    rendre = "\n".join(
        f'for (n in names({t})) if (is.numeric({t}[[n]])) {t}[[n]] <- sprintf("%.17g", {t}[[n]])\n'
        f'write.csv({t}, "{tmp_path}/{t}.csv", row.names = FALSE, na = "", fileEncoding = "UTF-8")'
        for t in TABLES
    )
    types = {ligne["variable"]: ligne["type"] for ligne in lignes_de(temoin, "dictionnaire")}
    blocs = blocs_de(export, "r")
    assert len(blocs) == 2
    for bloc in blocs:
        (tmp_path / "lire.R").write_text(f"{bloc}\n{rendre}\n", encoding="utf-8")
        commande = [programme("Rscript"), "--vanilla", str(tmp_path / "lire.R")]
        subprocess.run(commande, cwd=export, check=True, capture_output=True, timeout=120)
        for table in TABLES:
            verifier_cellules(lignes_de(tmp_path, table), lignes_de(temoin, table), types, bloc)


def verifier_cellules(
    lues: list[dict[str, str]], attendues: list[dict[str, str]], types: dict[str, str], bloc: str
) -> None:
    assert list(lues[0]) == list(attendues[0])
    for lue, attendue in zip(lues, attendues, strict=True):
        for cle, texte in attendue.items():
            if types[cle] in {"entier", "nombre"}:
                lu = math.nan if lue[cle] in {"", "NA"} else float(lue[cle])
                assert lu == pytest.approx(nombre_ou_vide(texte), rel=1e-15, nan_ok=True), (cle, bloc)
            else:
                assert sur_une_ligne(lue[cle]) == texte, (cle, bloc)


def test_stata_recoit_des_lignes_qui_nomment_ce_qui_est_ecrit(exports: dict[str, Path]) -> None:
    """Stata n’est pas là : on vérifie au moins que chaque fichier nommé existe, et que le LISEZMOI le dit."""
    for nom, export in exports.items():
        nommes = re.findall(r'using "([^"]+)"|use "([^"]+)"', "\n".join(blocs_de(export, "stata")))
        assert all((export / (a or b)).is_file() for a, b in nommes), nom
        assert "celles de Stata et de SPSS ne le sont pas" in (export / "LISEZMOI.md").read_text(encoding="utf-8")
    assert blocs_de(exports["tous les formats"], "stata")


def test_le_profil_est_etiquete_dans_stata(tmp_path: Path) -> None:
    """Un nombre par choix, étiqueté, le même que le dictionnaire des codes ; sans réponse, rien."""
    import pyreadstat

    profils: tuple[dict[str, str], ...] = ({"structure": "tiers-lieu"}, {})
    passations = [passation(livre(), "2" * 24, identifiant=f"A{i}", profil=p) for i, p in enumerate(profils)]
    jeu = exporter(tmp_path, passations, "--formats", "csv,dta")
    codes = {c["code"]: c for c in lignes_de(jeu, "dictionnaire_codes") if c["variable"] == "structure"}
    trame, meta = pyreadstat.read_dta(jeu / "reponses_large.dta", output_format="dict")
    (rang,) = (r for r, ligne in enumerate(lignes_de(jeu, "reponses_large")) if ligne["structure"])
    nombre = int(trame["structure"][rang])
    assert str(nombre) == codes["tiers-lieu"]["code_stata"]
    assert meta.variable_value_labels["structure"][nombre] == codes["tiers-lieu"]["libelle"]
    assert absent(trame["structure"][1 - rang])
    assert meta.column_names_to_labels["structure"] == "Structure d’exercice"
