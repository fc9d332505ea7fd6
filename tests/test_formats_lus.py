"""Quels fichiers se lisent, quel que soit leur nom : les mêmes réponses de tout format, ou un refus par son nom."""

from __future__ import annotations

import random
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.parsers import expat as pyexpat

import pytest
import xlsxwriter
from aide_formats import (
    ODS,
    Erreur,
    Formule,
    archive_de,
    contenant_ole,
    ligne_ods,
    ods,
    table_ods,
    un_xls,
    un_xlsb,
    xls,
    xlsb,
)
from aide_formulaires import formulaire
from aide_lecture import lire_seule
from aides import PREMIERE, RACINE, TESTS, Programme, encoder_passation, livre, passation_de, tirages

import cpit
from cpit.cli import executer
from cpit.formats.recueil import Recueil

DONNEES = TESTS / "donnees" / "formats"
CODES = [item.code for item in livre().items]
ANA = "012340123401234012340123"
BOB = "234012340123401234012340"
CLEO = "3" * 24
TROIS = [("ana@x.fr", ANA), ("bob@x.fr", BOB), ("cleo@x.fr", CLEO)]
INSTANT = "2026-03-04T10:00:00+01:00"


def reponses(recueil: Recueil) -> list[tuple[str, str]]:
    """Code et réponses de chaque passation, un signe par item dans l’ordre du référentiel : « . » sans réponse."""
    signes = {"sans_objet": "S", "sans_reponse": "."}
    return [
        (
            n.passation.identifiant,
            "".join(signes.get((r := n.passation.reponse(code)).etat.value) or str(r.valeur) for code in CODES),
        )
        for n in recueil.cohorte.notees
    ]


def codes(recueil: Recueil) -> list[str]:
    return [une.code for une in recueil.anomalies]


def refus_de(chemin: Path) -> list[str]:
    with pytest.raises(cpit.ErreurCpit) as refus:
        cpit.lire(chemin, PREMIERE)
    return [une.code for une in refus.value.anomalies if une.code != "cohorte-vide"]


# --- des fichiers de vrais outils -----------------------------------------------------------------------------------

TABLES = {
    **dict.fromkeys(
        (
            *("37-base.xlsx", "37-base-lib.xlsx", "38-dimension-A1.xlsx", "39-prefixe-x.xlsx", "40-sans-r.xlsx"),
            *("41-une-row-par-cellule.xlsx", "42-rich-et-phonetique.xlsx", "46-texte-nombres.xlsx", "81-macro.xlsm"),
            *("45b-entete-retour-a-l-espace.xlsx", "43-html.xls", "43b-html.xlsx", "44-csv.xls", "44b-csv-en.xlsx"),
            *("44c-unicode-texte.txt", "44d-utf16.csv", "44e.tsv", "44f.txt", "44g-barre.csv"),
        ),
        (TROIS, []),
    ),
    "70-excel-fr-tout-en-une-colonne.csv": (TROIS, ["table-en-une-colonne"]),
    "71-mojibake.csv": (TROIS, ["table-encodee-deux-fois"]),
    "71b-mojibake-entete.csv": (TROIS, ["table-encodee-deux-fois"]),
    "72-macroman.csv": ([("Zoé", ANA)], ["table-en-mac-roman"]),
    "72b-macroman-chiffres.csv": ([("Zoé", ANA)], ["table-en-mac-roman"]),
    "44h.CSV": ([("ana", "3" + "." * 23)], ["items-manquants"]),
    "pyxlsbwriter.xlsb": (
        [("Zoé", "123401234012340123401234"), ("R2", "2" * 20 + "...S")],
        ["cellule-date", "cellule-booleen", "cellule-non-entiere"],
    ),
}


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("nom", TABLES)
def test_une_table_se_lit_de_tout_fichier(nom: str) -> None:
    personnes, constats = TABLES[nom]
    recueil = cpit.lire(DONNEES / nom, PREMIERE)
    assert reponses(recueil) == personnes
    assert codes(recueil) == constats


@pytest.mark.parametrize("sorte", ["xlsx", "xlsb"])
def test_la_casse_du_nom_d_une_partie_ne_compte_pas(sorte: str, tmp_path: Path) -> None:
    """Un lien dit « sharedStrings », l’archive porte « SharedStrings », ou une feuille d’une autre casse."""
    source = {"xlsx": DONNEES / "37-base.xlsx", "xlsb": DONNEES / "pyxlsbwriter.xlsb"}[sorte]
    with zipfile.ZipFile(source) as ancien, zipfile.ZipFile(tmp_path / f"t.{sorte}", "w") as neuf:
        for nom in ancien.namelist():
            autre = nom.replace("sharedStrings", "SharedStrings").replace("worksheets/s", "worksheets/S")
            neuf.writestr(autre.replace("worksheets/_rels/s", "worksheets/_rels/S"), ancien.read(nom))
    assert reponses(cpit.lire(tmp_path / f"t.{sorte}", PREMIERE)) == reponses(cpit.lire(source, PREMIERE))


def test_deux_tables_bout_a_bout_ne_font_personne_de_leur_second_en_tete() -> None:
    assert reponses(cpit.lire(DONNEES / "53b-concatene-sans-saut.csv", PREMIERE)) == [("ana", ANA), ("bob", BOB)]


def test_un_classeur_de_cpit_enregistre_en_xls_n_est_pas_une_source(tmp_path: Path) -> None:
    """Son sceau reste dans les propriétés du document, où un xls les écrit en cp1252."""
    proprietes = "Écrit par cpit 0.1.0. Outil réflexif".encode("cp1252")
    (tmp_path / "groupe.xls").write_bytes(xls([["identifiant", "C1P"], ["A", 3]]) + proprietes.ljust(512, b"\0"))
    assert refus_de(tmp_path / "groupe.xls") == ["classeur-ignore"]


FORMULAIRES = {
    "95-formulaire.xls": [("P01", ANA)],
    "95b-formulaire-libreoffice.xlsx": [("P01", ANA)],
    "95c-formulaire-strict.xlsx": [("P01", ANA)],
    "01-normal.ods": [("TERR-01", ANA)],
    "form-rempli.xlsm": [("TERR-12", "130321210120220331321210")],
    "formulaire.xlsb": [("TERR-12", "130321210120220331321210")],
}


@pytest.mark.parametrize("nom", FORMULAIRES)
@pytest.mark.endurance
def test_un_formulaire_se_lit_de_tout_classeur(nom: str, tmp_path: Path) -> None:
    """Et sous un suffixe que cpit ne connaît pas : jamais tu."""
    recueil = cpit.lire(DONNEES / nom, PREMIERE)
    assert (reponses(recueil), codes(recueil)) == (FORMULAIRES[nom], [])
    assert {n.passation.moment + n.passation.regard for n in recueil.cohorte.notees} == {"t0soi"}
    (tmp_path / "retours").mkdir()
    (tmp_path / "retours" / "R01.partiel").write_bytes((DONNEES / nom).read_bytes())
    assert reponses(cpit.lire(tmp_path / "retours", PREMIERE)) == FORMULAIRES[nom]


def test_une_feuille_de_formulaire_copiee_ailleurs_est_refusee_par_son_nom() -> None:
    assert refus_de(DONNEES / "95d-formulaire-feuille-copiee.xlsx") == ["formulaire-sans-identification"]


# --- les mêmes pièges dans chaque format ----------------------------------------------------------------------------

PIEGES: list[list[object]] = [
    ["identifiant", *CODES],
    ["A", *[1] * 24],
    ["B", Erreur(), Formule(3), True, Formule(Erreur("#N/A")), Formule(""), 2.5, "SO", 4.0, *[2] * 16],
    ["C", *[3] * 24],
    ["D", *[4] * 24],
]
"""Ligne 4 et colonne C cachées, F4 et F5 fusionnées."""


def _ods_piege() -> bytes:
    rangees = [ligne_ods(ligne, 'table:visibility="filter"' if rang == 3 else "") for rang, ligne in enumerate(PIEGES)]
    fusionnee = '<table:table-cell table:number-rows-spanned="2" office:value-type="float" office:value="3"/>'
    couverte = '<table:covered-table-cell office:value-type="float" office:value="4"/>'
    for rang, (cellule, valeur) in {3: (fusionnee, 3), 4: (couverte, 4)}.items():
        rangees[rang] = ligne_ods(
            [*PIEGES[rang][:5], cellule, *[valeur] * 19], 'table:visibility="filter"' if rang == 3 else ""
        )
    avant = (
        '<table:table-column table:number-columns-repeated="2"/><table:table-column table:visibility="collapse"/>'
        '<table:table-column table:number-columns-repeated="22"/>'
    )
    return ods(table_ods(rangees, avant=avant))


_CACHES = {"lignes_cachees": [3], "colonnes_cachees": [2], "fusions": [(3, 4, 5, 5)]}
PIEGES_PAR_FORMAT: dict[str, Callable[[], bytes]] = {
    "ods": _ods_piege,
    "xls": lambda: xls(PIEGES, **_CACHES),  # type: ignore[arg-type]
    "xlsb": lambda: xlsb(PIEGES, **_CACHES),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("sorte", PIEGES_PAR_FORMAT)
def test_chaque_format_dit_les_memes_pieges(sorte: str, tmp_path: Path) -> None:
    (tmp_path / f"t.{sorte}").write_bytes(PIEGES_PAR_FORMAT[sorte]())
    recueil = cpit.lire(tmp_path / f"t.{sorte}")
    assert reponses(recueil) == [
        ("A", "1" * 24),
        ("B", ".3...." + "S4" + "2" * 16),
        ("C", "3" * 24),
        ("D", "4444." + "4" * 19),
    ]
    attendues = {
        "colonnes-cachees": None,
        "cellule-erreur": "B3",
        "cellule-booleen": "D3",
        "cellule-non-entiere": "G3",
        "cellule-fusionnee": "F5",
        "lignes-cachees": "A4",
    }
    trouvees = {une.code: une.lieu.cellule for une in reversed(recueil.anomalies)}
    assert trouvees == attendues
    assert [a.lieu.cellule for a in recueil.anomalies if a.code == "cellule-erreur"] == ["B3", "E3"]


@pytest.mark.parametrize("sorte", ["ods", "xls"])
def test_une_formule_jamais_calculee_est_refusee(sorte: str, tmp_path: Path) -> None:
    lignes: list[list[object]] = [["identifiant", "C1P", "C1M"], ["A", Formule(None), 3]]
    octets = xls(lignes) if sorte == "xls" else ods(table_ods(map(ligne_ods, lignes)))
    (tmp_path / f"t.{sorte}").write_bytes(octets)
    recueil = cpit.lire(tmp_path / f"t.{sorte}")
    assert reponses(recueil) == [("A", ".3" + "." * 22)]
    assert codes(recueil) == ["items-manquants", "cellule-formule"]


@pytest.mark.parametrize("sorte", ["xlsb", "xls"])
def test_un_zero_que_rien_ne_prouve_est_dit(sorte: str, tmp_path: Path) -> None:
    """Ces formats n’y distinguent pas une formule jamais calculée ; un zéro saisi ne se dit pas."""
    lignes: list[list[object]] = [["identifiant", "C1P", "C1M"], ["A", Formule(0), 0], ["B", Formule(1), 2]]
    (tmp_path / f"t.{sorte}").write_bytes(xls(lignes) if sorte == "xls" else xlsb(lignes))
    recueil = cpit.lire(tmp_path / f"t.{sorte}")
    assert reponses(recueil) == [("A", "00" + "." * 22), ("B", "12" + "." * 22)]
    (dite,) = [une for une in recueil.anomalies if une.code == "formules-sans-preuve"]
    assert (dite.lieu.cellule, dite.mots["nombre"]) == ("B2", 1)


@pytest.mark.parametrize("sorte", ["ods", "xls", "xlsb"])
def test_une_feuille_cachee_est_dite(sorte: str, tmp_path: Path) -> None:
    lignes: list[list[object]] = [["identifiant", "C1P"], ["A", 3]]
    cachee = '<style:table-properties table:display="false"/>'
    style = f'<style:style style:name="ta2" style:family="table">{cachee}</style:style>'
    octets = {
        "ods": lambda: ods(table_ods(map(ligne_ods, lignes), style="ta2"), styles=style),
        "xls": lambda: xls(lignes, cachee=True),
        "xlsb": lambda: xlsb(lignes, cachee=True),
    }[sorte]()
    (tmp_path / f"t.{sorte}").write_bytes(octets)
    recueil = cpit.lire(tmp_path / f"t.{sorte}")
    assert reponses(recueil) == [("A", "3" + "." * 23)]
    assert "feuille-cachee" in codes(recueil)


def test_un_ods_repete_ses_cases_et_porte_des_notes(tmp_path: Path) -> None:
    """Deux personnes aux mêmes réponses, des espaces comptées, un commentaire, un million de lignes vides."""
    entete = ligne_ods(["identifiant", *CODES])
    note = (
        '<table:table-cell office:value-type="string"><office:annotation><text:p>pas une réponse</text:p>'
        '</office:annotation><text:p>Zoé<text:s text:c="1"/>B</text:p></table:table-cell>'
    )
    trois = '<table:table-cell table:number-columns-repeated="24" office:value-type="float" office:value="3"/>'
    logique = '<table:table-cell office:value-type="float" office:value="1"><text:p>VRAI</text:p></table:table-cell>'
    fin = '<table:table-cell table:number-columns-repeated="16359"/>'
    rangees = [
        entete,
        ligne_ods([note, trois, fin]),
        ligne_ods(["", trois, fin], 'table:number-rows-repeated="2"'),
        ligne_ods(["D", logique, fin]),
        ligne_ods([fin], 'table:number-rows-repeated="1048571"'),
    ]
    (tmp_path / "t.ods").write_bytes(ods(table_ods(rangees)))
    recueil = cpit.lire(tmp_path / "t.ods")
    assert [signes for _, signes in reponses(recueil)] == ["3" * 24] * 3 + ["." * 24]
    assert reponses(recueil)[0][0] == "Zoé B"
    assert "cellule-booleen" in codes(recueil)


# --- une page, un texte -----------------------------------------------------------------------------------------------


def test_une_page_dit_ses_cellules_fusionnees_et_refuse_deux_tables_l_une_dans_l_autre(tmp_path: Path) -> None:
    entete = "<tr><th>identifiant</th><th>C1P</th><th>C1M</th></tr>"
    page = f"<html><body><script>x<3</script><table>{entete}<tr><td>A</td><td rowspan=2>3</td><td>2</td></tr>"
    (tmp_path / "t.xls").write_text(f"{page}<tr><td>B</td><td>&nbsp;1</td></tr></table></body></html>", "utf-8")
    recueil = cpit.lire(tmp_path / "t.xls")
    assert [signes[:2] for _, signes in reponses(recueil)] == ["32", ".1"]
    assert "cellule-fusionnee" in codes(recueil)
    (tmp_path / "t.xls").write_text(f"<table>{entete}<tr><td><table></table></td></tr></table>", "utf-8")
    assert refus_de(tmp_path / "t.xls") == ["table-illisible"]


@pytest.mark.parametrize("separateur", ["|", ":"])
def test_un_separateur_rare_n_est_pris_que_s_il_est_le_seul(separateur: str, tmp_path: Path) -> None:
    chemin = tmp_path / "t.csv"
    chemin.write_text("identifiant;C1P;C1M\nA|B:C;3;2\n".replace(";", "\t"), "utf-8")
    assert reponses(cpit.lire(chemin))[0] == ("A|B:C", "32" + "." * 22)
    chemin.write_text("identifiant;C1P;C1M\nA;3;2\n".replace(";", separateur), "utf-8")
    assert reponses(cpit.lire(chemin))[0] == ("A", "32" + "." * 22)


def test_une_ligne_entiere_en_colonne_a_se_decoupe(tmp_path: Path) -> None:
    """Comme la laisse un CSV ouvert d’un double-clic, puis enregistré en classeur ; une case à côté se voit."""
    with xlsxwriter.Workbook(tmp_path / "t.xlsx") as classeur:
        feuille = classeur.add_worksheet()
        lignes = [",".join(["identifiant", *CODES]), 'ana,"0",' + ",".join(ANA[1:]), "bob," + ",".join(BOB)]
        for rang, texte in enumerate(lignes):
            feuille.write_string(rang, 0, texte)
        feuille.write_string(2, 1, "à côté")
    recueil = cpit.lire(tmp_path / "t.xlsx")
    assert reponses(recueil) == [("ana", ANA), ("bob", BOB)]
    assert codes(recueil) == ["table-en-une-colonne", "cellules-a-cote"]


def test_des_accents_perdus_sont_dits_sans_rien_deviner(tmp_path: Path) -> None:
    """Une seule ligne abîmée : défaire tout le texte abîmerait les autres."""
    (tmp_path / "t.csv").write_text("identifiant;C1P\nZoé;3\nZoÃ©;2\n", "utf-8")
    recueil = cpit.lire(tmp_path / "t.csv")
    assert [code for code, _ in reponses(recueil)] == ["Zoé", "ZoÃ©"]
    (dite,) = [une for une in recueil.anomalies if une.code == "table-signes-abimes"]
    assert dite.lieu.ligne == 3


def test_un_texte_windows_le_reste(tmp_path: Path) -> None:
    """Ni le « Ž » d’un nom tchèque, ni un texte français ordinaire ne se prennent pour du Macintosh."""
    for nom in ("Žofie", "Zoé d’Été œuvre"):
        (tmp_path / "t.csv").write_bytes(f"identifiant;C1P\n{nom} é;3\n".encode("cp1252"))
        recueil = cpit.lire(tmp_path / "t.csv")
        assert reponses(recueil)[0][0] == f"{nom} é"
        assert "table-en-cp1252" in codes(recueil)


# --- la voie en flux --------------------------------------------------------------------------------------------------


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("forme", ["utf-16", "mac-roman", "deux fois", "une colonne", "barre"])
def test_la_voie_en_flux_lit_les_memes_personnes(forme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cpit.flux.SEUIL", 100)
    lignes = [["identifiant", *CODES], *([f"Zoé{rang}", *"3" * 24] for rang in range(20))]
    texte = "\n".join(";".join(ligne) for ligne in lignes) + "\n"
    octets = {
        "utf-16": lambda: texte.encode("utf-16"),
        "mac-roman": lambda: texte.encode("mac-roman"),
        "deux fois": lambda: texte.encode().decode("cp1252").encode(),
        "une colonne": lambda: "".join(f'"{ligne}"\n' for ligne in texte.splitlines()).encode(),
        "barre": lambda: texte.replace(";", "|").encode(),
    }[forme]()
    (tmp_path / "t.csv").write_bytes(octets)
    d_un_bloc = cpit.lire(tmp_path / "t.csv")
    fini = executer(["cohorte", str(tmp_path / "t.csv"), "--sortie", str(tmp_path / "c.csv")])
    ecrites = (tmp_path / "c.csv").read_text("utf-8-sig").splitlines()[1:]
    assert [ligne.split(";")[0] for ligne in ecrites] == [code for code, _ in reponses(d_un_bloc)]
    assert fini == (0 if not [a for a in d_un_bloc.anomalies if a.gravite == "refus"] else 1)


# --- les archives -----------------------------------------------------------------------------------------------------


def _passation(code: str) -> bytes:
    return encoder_passation(
        replace(
            passation_de(livre(), ANA, identifiant=code, moment="t0", regard="soi"),
            commencee=INSTANT,
            modifiee=INSTANT,
            terminee=INSTANT,
        )
    )


def _retours() -> bytes:
    return archive_de(
        {
            "R01.json": _passation("R01"),
            "__MACOSX/._R01.json": b"\0\5",
            "suite/R02.json.txt": b"\xef\xbb\xbf" + _passation("R02").replace(b"\n", b"\r\n"),
            "tables/cohorte.csv": b"identifiant;C1P\nR03;9\n",
            "notes.docx": b"x",
        }
    )


def test_une_archive_est_autant_de_sources(tmp_path: Path) -> None:
    (tmp_path / "retours.zip").write_bytes(_retours())
    recueil = cpit.lire(tmp_path / "retours.zip")
    assert {code for code, _ in reponses(recueil)} == {"R01", "R02", "R03"}
    racine = str(tmp_path / "retours.zip")
    assert {s.nom.removeprefix(racine) for s in recueil.sources} == {
        "/R01.json",
        "/suite/R02.json.txt",
        "/tables/cohorte.csv",
    }
    (hors,) = [une for une in recueil.anomalies if une.code == "cellule-hors-echelle"]
    assert (hors.lieu.fichier, hors.lieu.ligne) == (f"{racine}/tables/cohorte.csv", 2)
    assert "fichier-ignore" in codes(recueil)


def test_une_archive_n_est_jamais_remplacee(tmp_path: Path) -> None:
    (tmp_path / "retours.zip").write_bytes(_retours())
    recueil = cpit.lire(tmp_path / "retours.zip")
    (tmp_path / "c.csv").hardlink_to(tmp_path / "retours.zip")
    with pytest.raises(cpit.ErreurCpit) as refus:
        cpit.ecrire(recueil, tmp_path / "c.csv", remplacer=True)
    assert refus.value.anomalies[0].code == "sortie-parmi-les-sources"


@pytest.mark.endurance
def test_les_commandes_de_groupe_lisent_une_archive(tmp_path: Path) -> None:
    archive = tmp_path / "r.zip"
    archive.write_bytes(archive_de({f"R{rang}.json": _passation(f"R{rang}") for rang in range(12)}))
    assert executer(["cohorte", str(archive), "--sortie", str(tmp_path / "c.csv")]) == 0
    assert executer(["exporter", str(archive), "--sortie", str(tmp_path / "jeu"), "--formats", "csv"]) == 0
    assert executer(["fidelite", str(archive), "--sortie", str(tmp_path / "f.csv")]) == 0


def _chiffree() -> bytes:
    octets = bytearray(archive_de({"R01.json": _passation("R01")}))
    for signature, decalage in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        octets[octets.index(signature) + decalage] |= 1
    return bytes(octets)


def _avec(compression: int) -> bytes:
    sortie = BytesIO()
    with zipfile.ZipFile(sortie, "w", compression) as archive:
        archive.writestr("R01.json", _passation("R01"))
    return sortie.getvalue()


ARCHIVES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "coupée": ("archive-abimee", lambda: _retours()[:-40]),
    "un texte": ("archive-abimee", lambda: b"bonjour"),
    "vide": ("archive-sans-reponses", lambda: archive_de({})),
    "sans réponses": ("archive-sans-reponses", lambda: archive_de({"a.docx": b"x"})),
    "qui remonte": ("archive-chemin", lambda: archive_de({"../../R01.json": b"{}"})),
    "absolue": ("archive-chemin", lambda: archive_de({"/etc/R01.json": b"{}"})),
    "à la Windows": ("archive-chemin", lambda: archive_de({"C:\\R01.json": b"{}"})),
    "chiffrée": ("archive-chiffree", _chiffree),
    "compression": ("archive-compression", lambda: _avec(zipfile.ZIP_LZMA)),
    "bombe": ("archive-bombe", lambda: archive_de({"t.csv": b"0" * 20_000_000})),
    "trop de fichiers": ("archive-demesuree", lambda: archive_de({f"{r}.csv": b"" for r in range(2_001)})),
}


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("nom", ARCHIVES)
def test_une_archive_refusee_l_est_par_son_nom_et_les_autres_sources_se_lisent(nom: str, tmp_path: Path) -> None:
    code, octets = ARCHIVES[nom]
    (tmp_path / "retours.zip").write_bytes(octets())
    (tmp_path / "R09.json").write_bytes(_passation("R09"))
    recueil = cpit.lire(tmp_path)
    assert reponses(recueil) == [("R09", ANA)]
    assert code in codes(recueil)
    assert {Path(s.nom).name: s.refus for s in recueil.sources} == {"R09.json": 0, "retours.zip": 1}


def test_une_archive_dans_une_archive_et_un_membre_hostile_sont_refuses_a_part(tmp_path: Path) -> None:
    (tmp_path / "r.zip").write_bytes(
        archive_de({"R01.json": _passation("R01"), "encore.zip": _retours(), "t.xlsx": b"PK\x03\x04coupe"})
    )
    recueil = cpit.lire(tmp_path / "r.zip")
    assert reponses(recueil) == [("R01", ANA)]
    assert codes(recueil) == ["archive-dans-une-archive", "xlsx-abime"]


# --- un formulaire rendu n’est jamais tu ------------------------------------------------------------------------------

RENDUS: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "page": ("R01.html", "page-sans-reponses", lambda: formulaire(livre(), format="html")),
    "page sous un autre nom": ("R01.htm", "page-sans-reponses", lambda: formulaire(livre(), format="html")),
    "page nommée xls": ("R01.xls", "page-sans-reponses", lambda: formulaire(livre(), format="html")),
    "photo": ("formulaire-terr-01-t0-soi.jpg", "formulaire-en-image", lambda: b"\xff\xd8\xff"),
    "pdf quelconque": ("R01.pdf", "formulaire-en-image", lambda: b"%PDF-1.4\n<</Title (Programme)>>"),
    "page enregistrée en un fichier": (
        "R01.mhtml",
        "page-sans-reponses",
        lambda: b'From: <x>\n<meta name=3D"generator" content=3D"cpit 0.1.0"><form id=3D"questio=\nnnaire">',
    ),
    "raccourci vers Google Sheets": ("R01.gsheet", "source-inconnue", lambda: b'{"url": "x"}'),
    "Numbers": ("R01.numbers", "xlsx-autre-format", lambda: archive_de({"Index/Document.iwa": b"x"})),
}


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("nom", RENDUS)
def test_un_formulaire_illisible_dans_un_dossier_est_refuse_et_liste(nom: str, tmp_path: Path) -> None:
    fichier, code, octets = RENDUS[nom]
    (tmp_path / "retours").mkdir()
    (tmp_path / "retours" / fichier).write_bytes(octets())
    (tmp_path / "retours" / "R09.json").write_bytes(_passation("R09"))
    fini = executer(["cohorte", str(tmp_path / "retours"), "--sortie", str(tmp_path / "c.csv")])
    assert fini == 1
    recueil = cpit.lire(tmp_path / "retours")
    assert code in codes(recueil)
    assert {Path(s.nom).name: s.refus for s in recueil.sources} == {"R09.json": 0, fichier: 1}


def test_ce_qui_n_a_rien_d_un_formulaire_reste_laisse_de_cote(tmp_path: Path) -> None:
    (tmp_path / "programme.docx").write_bytes(b"x")
    (tmp_path / "page.html").write_text("<html><p>questionnaire</p></html>", "utf-8")
    (tmp_path / "R09.json").write_bytes(_passation("R09"))
    assert codes(cpit.lire(tmp_path)) == ["fichier-ignore"] * 2


def test_un_formulaire_vierge_d_un_autre_suffixe_ne_trouble_personne(tmp_path: Path) -> None:
    (tmp_path / "modele.xltx").write_bytes(formulaire(livre()))
    (tmp_path / "R09.json").write_bytes(_passation("R09"))
    assert codes(cpit.lire(tmp_path)) == ["fichier-ignore"]


@pytest.mark.parametrize("forme", ["97-passation.json.txt", "marque", "crlf"])
def test_une_passation_revenue_autrement_se_lit(forme: str, tmp_path: Path) -> None:
    if forme.startswith("97"):
        (code, signes), *_ = reponses(cpit.lire(DONNEES / forme, PREMIERE))
        assert (code, signes) == ("R01", "1232242331S312221212" + "32.4")
        return
    octets = _passation("R01")
    (tmp_path / "R01.json").write_bytes(
        b"\xef\xbb\xbf" + octets if forme == "marque" else octets.replace(b"\n", b"\r\n")
    )
    assert reponses(cpit.lire(tmp_path)) == [("R01", ANA)]


# --- ce qui est fait pour nuire ---------------------------------------------------------------------------------------


def _ods_repete(lignes: int, colonnes: int) -> bytes:
    case = f'<table:table-cell table:number-columns-repeated="{colonnes}" office:value-type="float" office:value="3"/>'
    return ods(
        table_ods([ligne_ods(["identifiant", "C1P"]), ligne_ods([case], f'table:number-rows-repeated="{lignes}"')])
    )


def _xls_sain(**plus: bytes) -> bytes:
    return xls([["identifiant", "C1P"], ["A", 3]], **plus)  # type: ignore[arg-type]


_LONG = bytes(8) + b"\xff\xff\xff\x7f"
_LIEN = un_xls(0x01B8, b"\0\0\xff\xff\0\0\xff\0" + bytes(40))
HOSTILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "ods, répétitions": ("t.ods", lambda: _ods_repete(99_000, 1_000)),
    "ods, colonnes": ("t.ods", lambda: _ods_repete(1, 9_999_999)),
    "ods, coupé": ("t.ods", lambda: archive_de({"mimetype": ODS, "content.xml": "<office:document-content"})),
    "ods, vide": ("t.ods", lambda: archive_de({"mimetype": ODS, "content.xml": ""})),
    "xlsb, coupé": ("t.xlsb", lambda: xlsb([], feuille=un_xlsb(145) + b"\x00\x7f\0")),
    "xlsb, taille": ("t.xlsb", lambda: xlsb([], feuille=un_xlsb(145) + b"\x06\xff\xff\xff\x7f")),
    "xlsb, texte": (
        "t.xlsb",
        lambda: xlsb([], feuille=un_xlsb(145) + un_xlsb(0, bytes(17)) + un_xlsb(6, b"\0" * 8 + b"\xff\xff\xff\x7f")),
    ),
    "xlsb, ligne": ("t.xlsb", lambda: xlsb([], feuille=un_xlsb(145) + un_xlsb(0, b"\xff" * 17))),
    "xls, coupé": ("t.xls", lambda: _xls_sain()[:1600]),
    "xls, en rond": ("t.xls", lambda: contenant_ole(b"", suivants={3: 1})),
    "xls, sans fin": ("t.xls", lambda: contenant_ole(_flux_sans_fin())),
    "xls, mot de passe": ("t.xls", lambda: _xls_sain(globaux=un_xls(0x002F, bytes(54)))),
    "xls, textes": (
        "t.xls",
        lambda: _xls_sain(globaux=un_xls(0x00FC, b"\xff\xff\xff\x7f" * 2 + b"\x01\0\x04\0\0\0\x80a")),
    ),
    "xls, deux contenus": ("t.xls", lambda: _xls_sain(plus=un_xls(0x0203, bytes(14)) * 2)),
    "pas un classeur": ("t.xlsx", lambda: b"\x89PNG\r\n\x1a\n" + bytes(600)),
}


def _flux_sans_fin() -> bytes:
    return un_xls(0x0809, b"\0\x06\5\0" + bytes(12)) + un_xls(0x0085, b"\x20\0\0\0\0\0\1\0F") + un_xls(0x000A)


@pytest.mark.parametrize("nom", HOSTILES)
def test_un_classeur_hostile_est_refuse_et_les_autres_se_lisent(nom: str, tmp_path: Path) -> None:
    fichier, octets = HOSTILES[nom]
    (tmp_path / fichier).write_bytes(octets())
    (tmp_path / "R09.json").write_bytes(_passation("R09"))
    recueil = cpit.lire(tmp_path)
    assert reponses(recueil) == [("R09", ANA)]
    assert {Path(s.nom).name: min(s.refus, 1) for s in recueil.sources} == {"R09.json": 0, fichier: 1}


@pytest.mark.endurance
def test_rien_ne_se_reserve_d_apres_ce_qu_un_fichier_pretend(tmp_path: Path) -> None:
    """Étendues démesurées, lien qui couvre la feuille, répétitions : moins de 400 Mo, dans un processus à part."""
    (tmp_path / "etendue.xlsb").write_bytes(
        xlsb([["identifiant", "C1P"], ["A", 3]], etendue=(1_048_575, 16_383), colonnes_cachees=[16_383])
    )
    (tmp_path / "lien.xls").write_bytes(_xls_sain(plus=_LIEN * 50))
    (tmp_path / "repete.ods").write_bytes(_ods_repete(99_000, 1_000))
    programme = (
        "import resource, cpit; resource.setrlimit(resource.RLIMIT_AS, (1_200_000_000,) * 2)\n"
        f"r = cpit.lire({str(tmp_path)!r}); print(sorted((s.nom[-11:], s.passations) for s in r.sources))\n"
        # « ru_maxrss » garderait la taille du processus d’essai, dont celui-ci est né.
        "print(next(l.split()[1] for l in open('/proc/self/status') if l.startswith('VmHWM')))"
    )
    fini = subprocess.run(
        [sys.executable, "-c", programme], capture_output=True, text=True, timeout=120, cwd=RACINE, check=False
    )
    lues, memoire = fini.stdout.splitlines()
    assert lues == "[('etendue.xlsb', 1), ('p/lien.xls', 1), ('/repete.ods', 0)]" or "('/repete.ods', 0)" in lues, fini
    assert int(memoire) < 400_000


MUTES = ["95-formulaire.xls", "pyxlsbwriter.xlsb", "01-normal.ods", "43-html.xls", "44c-unicode-texte.txt"]


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("nom", MUTES)
def test_un_fichier_altere_au_hasard_n_arrete_jamais_la_lecture(nom: str, tmp_path: Path) -> None:
    """Des octets changés, ôtés ou ajoutés, dans la partie qui porte les cases : lu ou refusé, jamais une trace."""
    de = random.Random(nom)
    for _ in range(tirages(6)):
        (tmp_path / nom).write_bytes(_alterer(DONNEES / nom, de))
        assert lire_seule(tmp_path / nom, livre()).source


def _alterer(chemin: Path, de: random.Random) -> bytes:
    octets = chemin.read_bytes()
    if not octets.startswith(b"PK"):
        return _muter(octets, de)
    with zipfile.ZipFile(chemin) as archive:
        parties = {nom: archive.read(nom) for nom in archive.namelist()}
    touchee = de.choice([nom for nom in parties if nom.endswith((".bin", "content.xml"))])
    return archive_de({nom: _muter(p, de) if nom == touchee else p for nom, p in parties.items()})


def _muter(octets: bytes, de: random.Random) -> bytes:
    altere = bytearray(octets)
    for _ in range(de.choice([1, 4, 40])):
        place = de.randrange(len(altere))
        altere[place : place + de.choice([0, 1, 1, 4])] = de.choice([b"", b"\xff", b"\0", b"\xff\xff\xff\x7f"])
    return bytes(altere)


# --- les droits des personnes -----------------------------------------------------------------------------------------


def test_la_fouille_trouve_une_personne_dans_tout_classeur(tmp_path: Path) -> None:
    for nom in ("95-formulaire.xls", "01-normal.ods", "form-rempli.xlsm"):
        (tmp_path / nom).write_bytes((DONNEES / nom).read_bytes())
    (tmp_path / "table.xls").write_bytes(xls([["identifiant", "C1P"], ["P01", 3], ["P02", 2]]))
    (tmp_path / "retours.zip").write_bytes(_retours())
    inventaire = cpit.inventorier("P01", tmp_path)
    assert [t.chemin.name for t in inventaire.siens] == ["95-formulaire.xls"]
    assert [m.chemin.name for m in inventaire.mentions] == ["table.xls"]
    assert [(d.chemin.name, "archive" in d.raison) for d in inventaire.doutes] == [("retours.zip", True)]


# --- les témoins ------------------------------------------------------------------------------------------------------


def _convertir(soffice: str, source: Path, suffixe: str, dossier: Path) -> Path:
    profil = f"-env:UserInstallation={(dossier / 'profil').as_uri()}"
    options = ["--headless", "--convert-to", suffixe, "--outdir", str(dossier)]
    subprocess.run([soffice, profil, *options, str(source)], check=True, capture_output=True, timeout=120)
    return dossier / f"{source.stem}.{suffixe}"


# --- les pourcentages -------------------------------------------------------------------------------------------------

ENTETE_EN_POURCENTS = ["identifiant", "remarque", *CODES]
EN_POURCENTS = [[f"R{n}", "vu", *[n % 5] * 24] for n in range(1, 4)]
_STYLES_XLSB = un_xlsb(617) + un_xlsb(47, b"\0\0\x09\0") + un_xlsb(618)
_STYLE_DE_POURCENTS = un_xls(0x00E0, struct.pack("<HH", 0, 9).ljust(20, b"\0"))


def _xlsx_en_pourcents() -> bytes:
    flux = BytesIO()
    with xlsxwriter.Workbook(flux) as classeur:
        feuille, pourcents = classeur.add_worksheet(), classeur.add_format({"num_format": "0.0%"})
        feuille.write_row(0, 0, ENTETE_EN_POURCENTS)
        for rang, ligne in enumerate(EN_POURCENTS, 1):
            feuille.write_row(rang, 0, ligne, pourcents)
    return flux.getvalue()


def _ods_en_pourcents() -> bytes:
    def en_pourcents(cellule: object) -> object:
        case = f'<table:table-cell office:value-type="percentage" office:value="{cellule}"/>'
        return cellule if isinstance(cellule, str) else case

    lignes = [ligne_ods([en_pourcents(cellule) for cellule in ligne]) for ligne in EN_POURCENTS]
    return ods(table_ods([ligne_ods(ENTETE_EN_POURCENTS), *lignes]))


FORMATS_EN_POURCENTS: dict[str, Callable[[], bytes]] = {
    "xlsx": _xlsx_en_pourcents,
    "ods": _ods_en_pourcents,
    "xls": lambda: xls([ENTETE_EN_POURCENTS, *EN_POURCENTS], globaux=_STYLE_DE_POURCENTS),
    "xlsb": lambda: xlsb(
        [ENTETE_EN_POURCENTS, *EN_POURCENTS], styles=un_xlsb(617) + un_xlsb(47, b"\0\0\x09\0") + un_xlsb(618)
    ),
}


@pytest.mark.parametrize("sorte", FORMATS_EN_POURCENTS)
def test_un_pourcentage_n_est_pas_un_niveau(sorte: str, tmp_path: Path) -> None:
    """3, sous un format de pourcentage, se montre « 300 % » : ce n’est pas une réponse, tant que l’on ne le dit pas."""
    table = tmp_path / f"t.{sorte}"
    table.write_bytes(FORMATS_EN_POURCENTS[sorte]())
    with pytest.raises(cpit.ErreurCpit) as refus:
        cpit.lire(table)
    valeurs = "100 %=1,200 %=2,300 %=3"
    assert valeurs in next(a.correction for a in refus.value.anomalies if a.code == "autre-echelle")
    assert reponses(cpit.lire(table, valeurs=valeurs)) == [(f"R{n}", str(n) * 24) for n in range(1, 4)]


@pytest.mark.parametrize("suffixe", ["ods", "xls"])
def test_libreoffice_garde_tout_ce_qui_se_lit(suffixe: str, tmp_path: Path, programme: Programme) -> None:
    """Une table piégée et un formulaire, enregistrés dans l’autre format : les mêmes réponses et les mêmes constats."""
    with xlsxwriter.Workbook(tmp_path / "table.xlsx") as classeur:
        feuille, rouge = classeur.add_worksheet(), classeur.add_format({"num_format": "dd/mm/yyyy"})
        feuille.write_row(0, 0, ["identifiant", *CODES])
        for rang in range(1, 5):
            feuille.write_row(rang, 0, [f"R{rang}", *[rang] * 24])
        feuille.write_formula(1, 1, "=1/0", None, "#DIV/0!")
        feuille.write_formula(1, 2, "=1+1", None, 2)
        feuille.write_boolean(1, 3, True)
        feuille.write_datetime(1, 4, datetime(2026, 3, 4), rouge)
        feuille.write_formula(1, 5, '=""', None, "")
        feuille.merge_range(2, 6, 3, 6, 2)
        feuille.write_number(3, 8, 3, classeur.add_format({"num_format": "0%"}))
        feuille.set_row(4, None, None, {"hidden": True})
        feuille.set_column(7, 7, None, None, {"hidden": True})
    (tmp_path / "formulaire.xlsx").write_bytes((DONNEES / "form-rempli.xlsm").read_bytes())
    for nom in ("table", "formulaire"):
        avant = cpit.lire(tmp_path / f"{nom}.xlsx")
        apres = cpit.lire(_convertir(programme("soffice"), tmp_path / f"{nom}.xlsx", suffixe, tmp_path))
        assert reponses(apres) == reponses(avant)
        lieux = [[(a.code, a.lieu.cellule) for a in r.anomalies] for r in (avant, apres)]
        assert lieux[1] == lieux[0]


def test_chaque_feuille_d_un_ods_se_suit_sans_les_autres(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trente feuilles : reprendre au début pour chacune en ferait suivre quinze fois plus."""
    tables = [
        table_ods([ligne_ods(["identifiant", "C1P", "C1M"]), *(ligne_ods([f"P{n}-{k}", k % 5, 2]) for k in range(60))])
        for n in range(30)
    ]
    octets = ods(*(table.replace('"F"', f'"F{n}"') for n, table in enumerate(tables)))
    (tmp_path / "t.ods").write_bytes(octets)
    donnes: list[int] = []
    vrai = pyexpat.ParserCreate

    class Compteur:
        """L’analyseur d’XML, qui compte ce qu’on lui donne."""

        def __init__(self, **options: Any) -> None:
            self.__dict__["vrai"] = vrai(**options)

        def __getattr__(self, nom: str) -> Any:
            return getattr(self.vrai, nom)

        def __setattr__(self, nom: str, valeur: Any) -> None:
            setattr(self.vrai, nom, valeur)

        def Parse(self, octets: bytes, fin: bool) -> None:  # noqa: N802 : le nom et l’ordre d’expat
            donnes.append(len(octets))
            self.vrai.Parse(octets, fin)

    monkeypatch.setattr("cpit.tableur.lecture.ParserCreate", Compteur)
    recueil = cpit.lire(tmp_path / "t.ods", "innovation-territoriale")
    assert len(recueil.cohorte.notees) == 30 * 60
    assert sum(donnes) < 15 * sum(map(len, tables))


@pytest.mark.parametrize("encodage", ["UTF-8", "utf-8-sig", "ISO-8859-1"])
def test_une_feuille_d_ods_garde_les_espaces_de_noms_et_l_encodage_du_document(encodage: str, tmp_path: Path) -> None:
    """Des préfixes d’ailleurs, l’un redit par une feuille, un espace par défaut, une marque d’ordre des octets."""
    lignes = [ligne_ods(["identifiant", "C1P"]), ligne_ods(["Zoé", 3])]
    premiere = table_ods([ligne_ods(["Note"])], nom="Été")
    seconde = table_ods(lignes, nom="Réponses").replace("table:table ", 'table:table xmlns:text="urn:autre" ', 1)
    seconde = seconde.replace("text:p", "p")
    with zipfile.ZipFile(BytesIO(ods(premiere, seconde))) as archive:
        contenu = archive.read("content.xml").decode()
    defaut = 'xmlns="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    contenu = contenu.replace("<office:document-content ", f"<office:document-content {defaut} ", 1)
    contenu = contenu.replace("UTF-8", encodage.removesuffix("-sig"), 1)
    chemin = tmp_path / "t.ods"
    with zipfile.ZipFile(chemin, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", contenu.encode(encodage))
    (notee,) = cpit.lire(chemin, "innovation-territoriale").cohorte.notees
    assert (notee.passation.identifiant, notee.passation.reponse("C1P").valeur) == ("Zoé", 3)
