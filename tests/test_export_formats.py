"""Chaque format d’un export, relu par un logiciel qui n’est pas cpit : PSPP, R, pandas, polars, frictionless, Calc."""

from __future__ import annotations

import csv
import json
import math
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from aide_cohorte import TROIS_STRATES, cohorte_au_hasard
from aide_export import passation, poser
from aides import RACINE, Programme, livre

import cpit
from cpit.cli import executer
from cpit.coeur.cohorte import Releve, composer
from cpit.coeur.passation import Etat, Passation, repondu, sans_objet, sans_reponse
from cpit.coeur.referentiel import Referentiel
from cpit.coeur.tableaux import ancrer
from cpit.formats.recueil import Recueil

pytestmark = pytest.mark.endurance

TABLES = ("reponses_large", "reponses_long", "scores")
PERSONNES = 40


@pytest.fixture(scope="module")
def referentiel() -> Referentiel:
    return livre()


@pytest.fixture(scope="module")
def passations(referentiel: Referentiel) -> list[Passation]:
    cohorte = cohorte_au_hasard(referentiel, PERSONNES, TROIS_STRATES, graine=7, absentes=0.25)
    return [notee.passation for notee in cohorte.notees]


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory, passations: list[Passation]) -> Path:
    return _exporter(tmp_path_factory.mktemp("export"), passations)


def _exporter(dossier: Path, passations: list[Passation], *options: object) -> Path:
    sources = dossier / "sources"
    sources.mkdir()
    for rang, une in enumerate(passations):
        poser(sources, f"{rang:03d}.json", une)
    arguments = ["exporter", sources, "--sortie", dossier / "jeu", *options]
    # Une passation tirée au hasard n’a pas de date de fin : un avertissement, pas un refus.
    assert executer([str(a) for a in arguments]) == 0
    return dossier / "jeu"


def _noms(export: Path, table: str, logiciel: str) -> dict[str, str]:
    """Le nom qu’a chaque variable d’une table dans SPSS ou Stata, d’après le dictionnaire."""
    variables = _lire(export, "dictionnaire")
    return {v["variable"]: v[f"variable_{logiciel}"] for v in variables if v["table"] == table}


def _lire(export: Path, table: str) -> list[dict[str, str]]:
    with (export / f"{table}.csv").open(encoding="utf-8", newline="") as flux:
        return list(csv.DictReader(flux))


def _moyenne(lignes: list[dict[str, str]], cle: str) -> tuple[int, float]:
    valeurs = [float(ligne[cle]) for ligne in lignes if ligne[cle] not in {"", "SO"}]
    return len(valeurs), statistics.fmean(valeurs)


class TestSpss:
    def test_pspp_exclut_les_manquants_et_trouve_les_memes_moyennes(
        self, export: Path, tmp_path: Path, referentiel: Referentiel, programme: Programme
    ) -> None:
        """PSPP (libre, indépendant) : n et moyenne de chaque item et de chaque score."""
        pspp = programme("pspp")
        items = [item.code for item in referentiel.ordre_de_passation()]
        scores = [f"score_{code}" for code in referentiel.echelles]
        scores += ["x", "y", "repliques", "erreur_x", "erreur_y", "covariance_xy"]
        for table, cles in (("reponses_large", items), ("scores", scores)):
            lignes = _lire(export, table)
            syntaxe = tmp_path / f"{table}.sps"
            mesures = " ".join(f"/n{rang}=N({cle}) /m{rang}=MEAN({cle})" for rang, cle in enumerate(cles))
            syntaxe.write_text(
                f"GET FILE='{export / table}.sav'.\nCOMPUTE tous=1.\nAGGREGATE OUTFILE=* /BREAK=tous {mesures}.\n"
                f"FORMATS ALL (F22.16).\n"
                f"SAVE TRANSLATE /OUTFILE='{tmp_path / table}.csv' /TYPE=CSV /FIELDNAMES /CELLS=VALUES /REPLACE.\n",
                encoding="utf-8",
            )
            fini = subprocess.run([pspp, str(syntaxe)], capture_output=True, text=True, timeout=120, check=False)
            assert fini.returncode == 0, fini.stdout + fini.stderr
            with (tmp_path / f"{table}.csv").open(encoding="utf-8") as flux:
                (lu,) = csv.DictReader(flux)
            for rang, cle in enumerate(cles):
                n, moyenne = _moyenne(lignes, cle)
                assert float(lu[f"n{rang}"]) == n, cle
                assert float(lu[f"m{rang}"]) == pytest.approx(moyenne, abs=1e-9), cle

    def test_pspp_lit_libelles_mesures_et_manquants(self, export: Path, tmp_path: Path, programme: Programme) -> None:
        pspp = programme("pspp")
        (tmp_path / "d.sps").write_text(f"GET FILE='{export}/reponses_large.sav'.\nDISPLAY DICTIONARY.\n")
        commande = [pspp, "-O", "format=csv", str(tmp_path / "d.sps")]
        dit = subprocess.run(commande, capture_output=True, text=True, timeout=120, check=True).stdout
        lignes = list(csv.reader(dit.splitlines()))
        variable = next(ligne for ligne in lignes if ligne[:1] == ["C1P"])
        assert variable[2] == livre().items_par_code["C1P"].enonce
        assert variable[3] == "Ordinal"
        assert variable[-1] == "-98; -99"
        valeurs = {ligne[1].removesuffix("[a]"): ligne[2] for ligne in lignes if len(ligne) == 3}
        assert valeurs["-98"] == "Sans objet"
        assert valeurs["-99"] == "Sans réponse"
        dernier, niveau = livre().ordre_de_passation()[-1], livre().echelle.par_valeur[4]
        assert valeurs["4"] == ancrer(niveau.libelle, dernier.ancre(4)), "assez court pour SPSS, il y est entier"
        assert valeurs["epci"] == "Intercommunalité (EPCI)"

    def test_une_case_vide_n_est_pas_une_modalite(
        self, tmp_path: Path, referentiel: Referentiel, programme: Programme
    ) -> None:
        """Profil sans réponse, équilibre possible inconnu : manquants, hors des pourcentages de SPSS et de PSPP."""
        pspp = programme("pspp")
        profils: tuple[dict[str, str], ...] = ({"structure": "tiers-lieu"}, {"structure": "epci"}, {}, {})
        signes = ("012" * 8, "012" * 8, "012" * 8, "S" * 24)
        passations = [
            passation(referentiel, s, identifiant=f"A{rang}", profil=profil)
            for rang, (s, profil) in enumerate(zip(signes, profils, strict=True))
        ]
        jeu = _exporter(tmp_path, passations)
        syntaxe = tmp_path / "v.sps"
        tables = "FREQUENCIES structure equilibre_possible dominante.\n"
        syntaxe.write_text(f"GET FILE='{jeu}/scores.sav'.\n{tables}", encoding="utf-8")
        commande = [pspp, "-O", "format=csv", str(syntaxe)]
        dit = subprocess.run(commande, capture_output=True, text=True, timeout=120, check=True).stdout
        structure, equilibre, dominante = dit.split("Table: ")[1:]
        assert "\nMissing,,2," in structure
        assert "\nMissing,,1," in equilibre
        assert "Missing" not in dominante, "vide avec une position, elle dit l’équilibre"

    @pytest.mark.parametrize("table", TABLES)
    def test_pyreadstat_relit_chaque_cellule(self, export: Path, table: str) -> None:
        import pyreadstat

        trame, meta = pyreadstat.read_sav(export / f"{table}.sav", user_missing=True, output_format="dict")
        codes, noms = {"SO": -98.0, "": -99.0}, _noms(export, table, "spss")
        for rang, ligne in enumerate(_lire(export, table)):
            for cle, texte in ((noms[cle], texte) for cle, texte in ligne.items()):
                lu = trame[cle][rang]
                if cle in meta.missing_ranges and not isinstance(lu, str):
                    assert lu == codes.get(texte) or lu == float(texte), (cle, texte, lu)
                elif isinstance(lu, float):
                    assert math.isnan(lu) if texte == "" else lu == float(texte), (cle, texte, lu)
                else:
                    assert (lu or "") == texte, (cle, texte, lu)
        assert meta.variable_measure["pseudonyme"] == "nominal"

    def test_r_foreign_relit_le_sav(self, export: Path, tmp_path: Path, programme: Programme) -> None:
        """R ``foreign`` : les manquants déclarés deviennent NA, les moyennes sont les mêmes."""
        rscript = programme("Rscript")
        script = (
            "a <- commandArgs(trailingOnly = TRUE)\n"
            "d <- suppressWarnings(foreign::read.spss(a[1], to.data.frame = TRUE, use.value.labels = FALSE,"
            " use.missings = TRUE, reencode = 'UTF-8'))\n"
            "i <- d[grep('^C[1-8][PMC]$', names(d))]\n"
            "cat(sprintf('%s %d %.12f\\n', names(i), colSums(!is.na(i)), colMeans(i, na.rm = TRUE)), sep = '')\n"
        )
        (tmp_path / "s.R").write_text(script, encoding="utf-8")
        commande = [rscript, "--vanilla", str(tmp_path / "s.R"), str(export / "reponses_large.sav")]
        sortie = subprocess.run(commande, capture_output=True, text=True, timeout=120, check=True).stdout
        lignes = _lire(export, "reponses_large")
        lus = [ligne.split() for ligne in sortie.splitlines()]
        assert len(lus) == 24
        for cle, n, moyenne in lus:
            attendu_n, attendue = _moyenne(lignes, cle)
            assert (int(n), float(moyenne)) == (attendu_n, pytest.approx(attendue, abs=1e-9))

    def test_un_niveau_moins_99_ne_passe_jamais_pour_un_manquant(self, tmp_path: Path) -> None:
        from dataclasses import replace

        import pyreadstat

        from cpit.coeur.referentiel import Niveau

        piegee = replace(livre().echelle, niveaux=(Niveau(-99, "Bas"), Niveau(0, "Haut")))
        for nom, echelle, manquants in (("livre", livre().echelle, (-98, -99)), ("piegee", piegee, (-998, -999))):
            referentiel = replace(livre(), echelle=echelle)
            une = Passation.nouvelle(referentiel, identifiant="A").avec_reponse("C1P", repondu(echelle.min))
            une = une.avec_reponse("C1M", sans_objet()).avec_reponse("C1C", sans_reponse())
            recueil = Recueil(composer(referentiel, [Releve(une, "a.json")]))
            cpit.exporter(recueil, tmp_path / nom, formats=["sav"])
            lues, meta = pyreadstat.read_sav(tmp_path / nom / "reponses_large.sav", user_missing=True)
            assert [*lues.loc[0, ["C1P", "C1M", "C1C"]]] == [echelle.min, *manquants]
            assert {bornes["lo"] for bornes in meta.missing_ranges["C1P"]} == set(manquants)


class TestStata:
    @pytest.mark.parametrize("table", TABLES)
    def test_pandas_relit_les_memes_nombres(self, export: Path, table: str) -> None:
        import pandas as pd
        import pyreadstat

        with pd.io.stata.StataReader(export / f"{table}.dta", convert_categoricals=False) as lecteur:
            trame = lecteur.read()
            libelles = lecteur.variable_labels()
        _, meta = pyreadstat.read_dta(export / f"{table}.dta", metadataonly=True)
        lignes, noms = _lire(export, table), _noms(export, table, "stata")
        trame = trame.rename(columns={nom: cle for cle, nom in noms.items()})
        for cle in lignes[0]:
            textes = ["" if ligne[cle] == "SO" else ligne[cle] for ligne in lignes]
            if (cle, table) in LIBELLES_STATA:
                codes = {c["code"]: c["libelle"] for c in _lire(export, "dictionnaire_codes") if c["variable"] == cle}
                lus = ["" if math.isnan(lu) else meta.variable_value_labels[cle][int(lu)] for lu in trame[cle]]
                assert lus == [codes[t] if t else "" for t in textes], cle
            elif trame[cle].dtype.kind == "f" or trame[cle].dtype.kind == "i":
                attendus = [float(t) if t else math.nan for t in textes]
                assert trame[cle].astype(float).tolist() == pytest.approx(attendus, nan_ok=True, abs=0), cle
            else:
                assert [lu or "" for lu in trame[cle]] == textes, cle
        assert libelles["pseudonyme"] == "Pseudonyme"
        assert all(len(texte.encode()) <= 80 for texte in libelles.values())

    def test_sans_objet_est_a_et_sans_reponse_est_b(self, export: Path) -> None:
        import pyreadstat

        trame, meta = pyreadstat.read_dta(export / "reponses_large.dta", user_missing=True, output_format="dict")
        assert meta.variable_value_labels["C1P"]["a"] == "Sans objet"
        assert meta.variable_value_labels["C1P"]["b"] == "Sans réponse"
        vus = {ligne["C1P"]: trame["C1P"][rang] for rang, ligne in enumerate(_lire(export, "reponses_large"))}
        assert (vus["SO"], vus[""]) == ("a", "b")


LIBELLES_STATA = {
    *((cle, table) for cle in ("structure", "dispositif", "territoire", "anciennete") for table in TABLES[::2]),
    *((cle, "reponses_long") for cle in ("competence", "ingenierie", "etat")),
    *((cle, "scores") for cle in ("equilibre_possible", "etat_region", "methode_incertitude")),
}
"""Les codes en toutes lettres que Stata porte en nombres étiquetés ; ce qui identifie une ligne reste un texte."""


class TestParquet:
    @pytest.mark.parametrize("table", TABLES)
    def test_polars_relit_les_types_et_les_etats(self, export: Path, table: str) -> None:
        import polars as pl

        trame = pl.read_parquet(export / f"{table}.parquet")
        lignes = _lire(export, table)
        assert trame.columns[: len(lignes[0])] == list(lignes[0])
        assert trame["passation"].dtype == pl.Int32
        if table == "reponses_large":
            assert trame["C1P"].drop_nulls().dtype.is_integer()
            etats = {"SO": Etat.SANS_OBJET.value, "": Etat.SANS_REPONSE.value}
            assert trame["C1P_etat"].to_list() == [etats.get(ligne["C1P"], "repondu") for ligne in lignes]
            n, moyenne = _moyenne(lignes, "C1P")
            assert trame["C1P"].count() == n
            assert trame["C1P"].mean() == pytest.approx(moyenne)
        elif table == "scores":
            assert trame["score_C1"].to_list() == [float(v) if (v := ligne["score_C1"]) else None for ligne in lignes]


class TestDescriptions:
    @pytest.mark.parametrize("dialecte", ["science", "fr"])
    @pytest.mark.parametrize("nom", ["innovation-territoriale", "etranger", "bipolaire"])
    def test_frictionless_valide_les_donnees_et_leur_schema(self, tmp_path: Path, dialecte: str, nom: str) -> None:
        from frictionless import Package

        if nom == "innovation-territoriale":
            referentiel, choix = livre(), []
        else:
            chemin = RACINE / "tests" / "referentiels" / f"{nom}.yaml"
            referentiel, choix = cpit.referentiel(chemin), ["--referentiel", chemin]
        cohorte = cohorte_au_hasard(referentiel, 9, (("t0", "soi"), ("t2", "soi")), graine=3)
        passations = [notee.passation for notee in cohorte.notees]
        jeu = _exporter(tmp_path, passations, "--dialecte", dialecte, "--formats", "csv", *choix)
        rapport = Package.from_descriptor(str(jeu / "datapackage.json")).validate()
        assert rapport.valid, rapport.flatten(["title", "message"])
        assert {tache.name for tache in rapport.tasks} >= {"reponses-large", "reponses-long", "scores"}

    def test_une_valeur_hors_des_niveaux_serait_vue(self, export: Path, tmp_path: Path) -> None:
        """Le schéma contraint vraiment : une réponse 9 glissée dans le CSV est refusée."""
        import shutil

        from frictionless import Package

        copie = Path(shutil.copytree(export, tmp_path / "copie"))
        lignes = (copie / "reponses_large.csv").read_text(encoding="utf-8").splitlines()
        lignes[1] = lignes[1].rpartition(",")[0] + ",9"
        (copie / "reponses_large.csv").write_text("\n".join(lignes) + "\n", encoding="utf-8")
        assert Package.from_descriptor(str(export / "datapackage.json")).validate().valid
        assert not Package.from_descriptor(str(copie / "datapackage.json")).validate().valid

    def test_le_ddi_suit_l_ordre_du_schema_2_5(self, export: Path, referentiel: Referentiel) -> None:
        racine = ET.parse(export / "ddi.xml").getroot()
        assert racine.tag == f"{DDI}codeBook"
        assert racine.get("version") == "2.5"
        for element in racine.iter():
            nom = element.tag.removeprefix(DDI)
            enfants = [enfant.tag.removeprefix(DDI) for enfant in element]
            ordre = ORDRE_DDI.get(nom, ())
            assert set(enfants) <= set(ordre), (nom, enfants)
            assert enfants == sorted(enfants, key=ordre.index), (nom, enfants)
        identifiants = [e.get("ID") for e in racine.iter() if e.get("ID")]
        assert len(identifiants) == len(set(identifiants))
        for variable in racine.iter(f"{DDI}var"):
            assert variable.get("name")
            assert variable.get("intrvl") in {"contin", "discrete"}
            assert variable.get("nature") in {"nominal", "ordinal", "interval", "ratio", "percent", "other"}
            fichiers = (variable.get("files") or "").split()
            assert fichiers
            assert set(fichiers) <= set(identifiants)
        for groupe in racine.iter(f"{DDI}varGrp"):
            assert set((groupe.get("var") or "").split()) <= set(identifiants)
        colonnes = {table: len(_lire(export, table)[0]) for table in TABLES}
        assert len(list(racine.iter(f"{DDI}var"))) == sum(colonnes.values())
        enonces = {e.text for e in racine.iter(f"{DDI}qstnLit")}
        assert enonces == {item.enonce for item in referentiel.items}

    def test_le_dictionnaire_dit_toutes_les_colonnes_de_toutes_les_tables(self, export: Path) -> None:
        variables = {(ligne["table"], ligne["variable"]) for ligne in _lire(export, "dictionnaire")}
        assert variables == {(table, cle) for table in TABLES for cle in _lire(export, table)[0]}
        codes = {
            (c["variable"], c["code"], c["code_spss"], c["code_stata"]) for c in _lire(export, "dictionnaire_codes")
        }
        assert ("C1P", "SO", "-98", ".a") in codes
        assert ("C1P", "", "-99", ".b") in codes
        assert ("C1P", "0", "0", "0") in codes

    def test_le_lisezmoi_ecrit_juste_une_echelle_negative(self, tmp_path: Path) -> None:
        chemin = RACINE / "tests" / "referentiels" / "bipolaire.yaml"
        cohorte = cohorte_au_hasard(cpit.referentiel(chemin), 3, (("t0", "soi"),))
        notees = [notee.passation for notee in cohorte.notees]
        jeu = _exporter(tmp_path, notees, "--formats", "csv", "--referentiel", chemin)
        texte = (jeu / "LISEZMOI.md").read_text(encoding="utf-8")
        assert "La valeur retenue est (−2) + 2 − réponse." in texte
        assert "(score − (−2)) / (2 − (−2))" in texte

    def test_le_lisezmoi_compte_juste(self, export: Path, passations: list[Passation]) -> None:
        texte = (export / "LISEZMOI.md").read_text(encoding="utf-8")
        personnes = len({une.identifiant for une in passations})
        assert f"{personnes} personnes, {len(passations)} passations" in texte
        for moment, regard in TROIS_STRATES:
            nombre = sum((une.moment, une.regard) == (moment, regard) for une in passations)
            assert any(
                ligne.startswith(f"| {moment}, ") and f"| {regard}, " in ligne and ligne.endswith(f"| {nombre} |")
                for ligne in texte.splitlines()
            )
        assert "{{" not in texte
        assert "None" not in texte


class TestClasseur:
    def test_openpyxl_relit_les_memes_cellules_sans_formule(self, export: Path) -> None:
        classeur = openpyxl.load_workbook(export / "jeu.xlsx")
        assert classeur.sheetnames == [*TABLES, "dictionnaire", "dictionnaire_codes"]
        for table in TABLES:
            _memes_cellules(_en_textes(classeur[table]), _lignes_csv(export / f"{table}.csv"))
            # Coupée en largeur sur papier, une table redit de qui est chaque ligne.
            assert classeur[table].print_title_cols == "$A:$A"
        assert not any(c.data_type == "f" for feuille in classeur for ligne in feuille for c in ligne)

    def test_libreoffice_ouvre_le_classeur_et_le_rend_identique(
        self, export: Path, tmp_path: Path, programme: Programme
    ) -> None:
        """Calc convertit ``jeu.xlsx`` ; on relit ce qu’il a compris de chaque cellule."""
        soffice = programme("soffice")
        profil = f"-env:UserInstallation={(tmp_path / 'profil').as_uri()}"
        options = ["--headless", "--convert-to", "ods", "--outdir", str(tmp_path), str(export / "jeu.xlsx")]
        subprocess.run([soffice, profil, *options], check=True, capture_output=True, timeout=240)
        retour = ["--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path)]
        commande = [soffice, profil, *retour, str(tmp_path / "jeu.ods")]
        subprocess.run(commande, check=True, capture_output=True, timeout=240)
        classeur = openpyxl.load_workbook(tmp_path / "jeu.xlsx", read_only=True)
        assert classeur.sheetnames[:3] == list(TABLES)
        _memes_cellules(_en_textes(classeur["scores"]), _lignes_csv(export / "scores.csv"))


def test_une_passation_seule_et_un_referentiel_sans_sans_objet(tmp_path: Path) -> None:
    """Sans « sans objet » dans l’échelle, −98 et .a n’ont pas lieu d’être."""
    import pyreadstat

    chemin = RACINE / "referentiels" / "minimal.yaml"
    referentiel = cpit.referentiel(chemin)
    une = passation(referentiel, str(referentiel.echelle.min) * len(referentiel.items), identifiant="A")
    jeu = _exporter(tmp_path, [une], "--referentiel", chemin)
    _, meta = pyreadstat.read_sav(jeu / "reponses_large.sav", user_missing=True, output_format="dict")
    code = referentiel.items[0].code
    manquants = [plage["lo"] for plage in meta.missing_ranges[code]]
    assert manquants == ([-98.0, -99.0] if referentiel.echelle.sans_objet else [-99.0])


DDI = "{ddi:codebook:2_5}"
ORDRE_DDI = {
    "codeBook": ("docDscr", "stdyDscr", "fileDscr", "dataDscr", "otherMat"),
    "stdyDscr": ("citation", "studyAuthorization", "stdyInfo", "studyDevelopment", "method", "dataAccs", "notes"),
    "citation": ("titlStmt", "rspStmt", "prodStmt", "distStmt", "serStmt", "verStmt", "biblCit", "holdings", "notes"),
    "titlStmt": ("titl", "subTitl", "altTitl", "parTitl", "IDNo"),
    "rspStmt": ("AuthEnty", "othId"),
    "prodStmt": ("producer", "copyright", "prodDate", "prodPlac", "software", "fundAg", "grantNo"),
    "verStmt": ("version", "verResp", "notes"),
    "stdyInfo": ("studyBudget", "subject", "abstract", "sumDscr", "qualityStatement", "notes"),
    "sumDscr": (
        "timePrd",
        "collDate",
        "nation",
        "geogCover",
        "geogUnit",
        "geoBndBox",
        "boundPoly",
        "anlyUnit",
        "universe",
        "dataKind",
    ),
    "method": ("dataColl", "notes", "anlyInfo", "stdyClas", "dataProcessing", "codingInstructions"),
    "dataColl": ("timeMeth", "dataCollector", "frequenc", "sampProc", "deviat", "collMode", "resInstru", "sources"),
    "fileDscr": ("fileTxt", "locMap", "notes"),
    "fileTxt": ("fileName", "fileCitation", "dataFingerprint", "fileCont", "fileStrc", "dimensns", "fileType"),
    "dimensns": ("caseQnty", "varQnty", "logRecL", "recPrCas", "recNumTot"),
    "dataDscr": ("varGrp", "nCubeGrp", "var", "nCube", "notes"),
    "varGrp": ("labl", "txt", "concept", "defntn", "universe", "notes"),
    "var": (
        *("location", "labl", "imputation", "security", "embargo", "respUnit", "anlysUnit", "qstn", "valrng"),
        *("invalrng", "undocCod", "universe", "TotlResp", "sumStat", "txt", "stdCatgry", "catgryGrp", "catgry"),
        *("codInstr", "verStmt", "concept", "derivation", "varFormat", "geoMap", "catLevel", "notes"),
    ),
    "qstn": ("preQTxt", "qstnLit", "postQTxt", "forward", "backward", "ivuInstr"),
    "valrng": ("item", "range", "key", "notes"),
    "invalrng": ("item", "range", "key", "notes"),
    "catgry": ("catValu", "labl", "txt", "catStat"),
    "derivation": ("drvdesc", "drvcmd"),
}
"""Enfants de chaque élément dans l’ordre du schéma de DDI-Codebook 2.5 (codebook.xsd, DDI Alliance, 2012)."""


def _memes_cellules(lues: Iterator[list[str]], attendues: list[list[str]]) -> None:
    """Mêmes textes, mêmes nombres : un tableur garde quinze chiffres significatifs."""
    for lue, attendue in zip(lues, attendues, strict=True):
        for a, b in zip(lue, attendue, strict=True):
            assert a == b or float(a) == pytest.approx(float(b), rel=1e-14)


def _en_textes(feuille: object) -> Iterator[list[str]]:
    for ligne in feuille.iter_rows(values_only=True):  # type: ignore[attr-defined]
        yield ["" if cellule is None else str(cellule) for cellule in ligne]


def _lignes_csv(chemin: Path) -> list[list[str]]:
    """Les cellules d’un CSV, un nombre écrit comme openpyxl le rend (« 2 » et non « 2.0 »)."""
    with chemin.open(encoding="utf-8", newline="") as flux:
        return [[texte.removesuffix(".0") for texte in ligne] for ligne in csv.reader(flux)]


def test_le_manifeste_se_lit_et_dit_ses_ecrivains(export: Path) -> None:
    ecrivains = json.loads((export / "manifeste.json").read_text(encoding="utf-8"))["ecrivains"]
    assert set(ecrivains) == {"polars", "pyreadstat", "xlsxwriter"}
    assert all(ecrivains.values())
