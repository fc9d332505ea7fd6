"""Le lecteur de classeurs, cellule par cellule : les mêmes valeurs qu’openpyxl, et ce qu’openpyxl ne voit pas."""

from __future__ import annotations

import struct
import subprocess
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, time
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError

import pytest
from aide_bornes import BORNES, abaisser
from aide_hostiles import DOCUMENT, ESPACE, FEUILLE, PAQUET, PARTIES, TETE, TEXTES, en_xlsx
from aides import Programme, tirages
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from test_tables import CONFIEES, a_la_main

import cpit
from cpit.tableur import grandes_feuilles
from cpit.tableur.classeur_ouvert import (
    EPOQUE,
    EPOQUE_1904,
    Case,
    Cases,
    ClasseurOuvert,
    FeuilleLue,
    FeuilleRefusee,
    Fusion,
    MasqueDeFusions,
    Onglet,
    Piege,
    Pieges,
    Pourcentage,
    StylesDeNombre,
    date_du_tableur,
    fautes_de_classeur,
    nommer_cellule,
    proteger,
)
from cpit.tableur.lecture import ClasseurLu, MachineDeFeuille

VALEURS = st.one_of(
    st.integers(-(10**12), 10**12),
    st.floats(-1e9, 1e9, allow_nan=False).map(lambda x: round(x, 6)),
    st.booleans(),
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1, max_size=30).filter(
        lambda t: "_x" not in t
    ),
    st.datetimes(datetime(1901, 1, 1), datetime(2200, 1, 1)).map(lambda d: d.replace(microsecond=0)),
    st.sampled_from(["#N/A", "=1+1", " bords ", "a\nb"]),
)


@pytest.mark.endurance
@settings(max_examples=tirages(30))
@given(st.dictionaries(st.tuples(st.integers(1, 30), st.integers(1, 30)), VALEURS, max_size=40))
def test_les_memes_valeurs_qu_openpyxl(
    tmp_path_factory: pytest.TempPathFactory, cases: dict[tuple[int, int], Any]
) -> None:
    chemin = tmp_path_factory.mktemp("c") / "c.xlsx"
    classeur = Workbook()
    for (ligne, colonne), valeur in cases.items():
        classeur.active.cell(ligne, colonne).value = valeur
    classeur.save(chemin)
    comparer(chemin)


def test_les_memes_valeurs_qu_openpyxl_apres_libreoffice(tmp_path: Path, programme: Programme) -> None:
    (chemin,) = cpit.formulaires("innovation-territoriale", tmp_path)
    classeur = load_workbook(chemin)
    feuille = classeur.worksheets[0]
    formats = ["dd/mm/yyyy", "hh:mm", "0.00", "@", '"jour" d mmm', "yyyy\\-mm", "[Red]0", "0%", "m/d"]
    for rang, format_ in enumerate(formats, 10):
        feuille.cell(rang, 8).value = 3.25
        feuille.cell(rang, 8).number_format = format_
    feuille["I10"] = "=H10&H11"
    feuille["I11"] = "=1/0"
    feuille["I12"] = "=1=1"
    classeur.save(chemin)
    comparer(chemin)
    profil = f"-env:UserInstallation={(tmp_path / 'profil').as_uri()}"
    commande = [programme("soffice"), profil, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML"]
    subprocess.run(
        [*commande, "--outdir", str(tmp_path / "rendu"), str(chemin)], check=True, capture_output=True, timeout=300
    )
    comparer(tmp_path / "rendu" / chemin.name)


def comparer(chemin: Path) -> None:
    temoin, formules = load_workbook(chemin, data_only=True), load_workbook(chemin)
    with zipfile.ZipFile(chemin) as archive:
        classeur = ClasseurLu(archive)
        assert list(classeur.titres) == temoin.sheetnames
        for feuille in temoin:
            lue = classeur.lire_feuille(feuille.title)
            attendues = {
                (c.row, c.column): c.value for ligne in feuille.iter_rows() for c in ligne if c.value is not None
            }
            trouvees = {(ligne, colonne): v for ligne, cases in lue.lignes.items() for colonne, v in cases.items()}
            sans_valeur = {k for k, v in trouvees.items() if v == Piege("cellule-formule")}
            vues = {k: v.vu if isinstance(v, Piege) else v for k, v in trouvees.items()}
            assert {k: v for k, v in vues.items() if v != ""} == attendues
            avec = {
                (c.row, c.column) for ligne in formules[feuille.title].iter_rows() for c in ligne if c.data_type == "f"
            }
            assert sans_valeur == avec - set(attendues)


def test_le_lecteur_voit_fusions_lignes_et_colonnes_cachees(tmp_path: Path) -> None:
    classeur = Workbook()
    feuille = classeur.active
    feuille["B2"], feuille["E9"] = 1, 2
    feuille.merge_cells("B2:C4")
    feuille.row_dimensions[9].hidden = True
    feuille.column_dimensions["E"].hidden = True
    classeur.save(tmp_path / "c.xlsx")
    with zipfile.ZipFile(tmp_path / "c.xlsx") as archive:
        lue = ClasseurLu(archive).lire_feuille("Sheet")
    assert lue.pieges.fusion(3, 3) == Fusion(haut=2, gauche=2, bas=4, droite=3)
    assert lue.pieges.fusion(5, 3) is None
    assert lue.pieges.cellule_cachee(9, 1)
    assert lue.pieges.cellule_cachee(1, 5)
    assert not lue.pieges.cellule_cachee(1, 1)


def test_prefixes_cases_sans_adresse_et_textes_mis_en_forme(tmp_path: Path) -> None:
    """Ce que d’autres outils écrivent : préfixe d’espace de noms, adresses omises, morceaux et phonétique."""
    principal = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    paquet = "http://schemas.openxmlformats.org/package/2006/relationships"
    bureau = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    with zipfile.ZipFile(tmp_path / "c.xlsx", "w") as archive:
        archive.writestr(
            "xl/workbook.xml",
            f'<x:workbook xmlns:x="{principal}" xmlns:r="{bureau}"><x:workbookPr date1904="1"/>'
            '<x:sheets><x:sheet name="Un" sheetId="1" r:id="a"/></x:sheets></x:workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{paquet}"><Relationship Id="a" Type="{bureau}/worksheet" Target="/xl/f.xml"/>'
            "</Relationships>",
        )
        archive.writestr(
            "xl/sharedStrings.xml",
            f'<x:sst xmlns:x="{principal}"><x:si><x:r><x:t>mis </x:t></x:r><x:r><x:t>en forme_x000A_</x:t></x:r>'
            "<x:rPh><x:t>phonétique</x:t></x:rPh></x:si>"
            "<x:si><x:t>après</x:t><x:rPh><x:t>phonétique</x:t></x:rPh></x:si></x:sst>",
        )
        archive.writestr(
            "xl/f.xml",
            f'<x:worksheet xmlns:x="{principal}"><x:sheetData><x:row><x:c t="s"><x:v>0</x:v></x:c>'
            '<x:c><x:v>7</x:v></x:c><x:c r="E1" t="d"><x:v>2026-01-02</x:v></x:c><x:c><x:f>1+1</x:f></x:c></x:row>'
            '<x:row r="4"><x:c t="inlineStr"><x:is><x:t>dans la case</x:t><x:rPh><x:t>phonétique</x:t></x:rPh></x:is>'
            "</x:c>"
            '<x:c t="inlineStr"><x:is><x:t>la suivante</x:t></x:is></x:c><x:c t="s"><x:v>1</x:v></x:c></x:row>'
            "</x:sheetData></x:worksheet>",
        )
    with zipfile.ZipFile(tmp_path / "c.xlsx") as archive:
        lue = ClasseurLu(archive).lire_feuille("Un")
    sans_valeur = Piege("cellule-formule")
    assert lue.lignes == {
        1: {1: "mis en forme\n", 2: 7, 5: datetime(2026, 1, 2), 6: sans_valeur},
        4: {1: "dans la case", 2: "la suivante", 3: "après"},
    }


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("nom", CONFIEES)
def test_le_motif_ne_saisit_que_ce_qui_n_a_qu_un_sens(
    nom: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """La ligne passe par la machine, ou non ; que les deux lisent de même s’essaie avec les tables."""
    case, attendue = CONFIEES[nom]
    chemin = a_la_main(tmp_path / "t.xlsx", case)
    vues: list[int] = []
    vraie = MachineDeFeuille._ouvrir_ligne

    def ouvrir_ligne(une: MachineDeFeuille, attributs: dict[str, str]) -> None:
        vues.append(int(attributs["r"]))
        vraie(une, attributs)

    monkeypatch.setattr(MachineDeFeuille, "_ouvrir_ligne", ouvrir_ligne)
    abaisser(monkeypatch, "octets d’une grande feuille", 0)
    for taille in (1, 7, 64, 1 << 20):
        abaisser(monkeypatch, "octets lus à la fois d’une grande feuille", taille)
        abaisser(monkeypatch, "octets lus à la fois d’une feuille", max(taille, 64))
        classeur = ClasseurLu(zipfile.ZipFile(chemin))
        vues.clear()
        with suppress(FeuilleRefusee):
            list(grandes_feuilles.suivre_rangees(classeur, classeur.onglets[0], 2)[1])
        assert (3 not in vues) is attendue, taille


# --- tout ce qu’un classeur peut écrire, et ce qui en est lu ----------------------------------------------------------

CLASSEUR, LIENS, STYLES = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"
LIENS_DE_LA_FEUILLE = "xl/worksheets/_rels/sheet1.xml.rels"
FORMATS = f"""{TETE}<styleSheet xmlns="{ESPACE}"><numFmts>
<numFmt numFmtId="164" formatCode="dd/mm/yyyy"/><numFmt numFmtId="164" formatCode="0"/>
<numFmt numFmtId="165" formatCode="0.0%"/><numFmt numFmtId="166" formatCode="{"0" * 999}d"/>
<numFmt numFmtId="167" formatCode="{"0" * 1000}d"/><numFmt numFmtId="15" formatCode="0"/><numFmt numFmtId="16"/>
</numFmts><cellStyleXfs><xf numFmtId="14"/><xf numFmtId="14"/></cellStyleXfs><cellXfs>
<xf/><xf numFmtId="14"><alignment/></xf><xf numFmtId="164"/><xf numFmtId="9"/><xf numFmtId="165"/>
<xf numFmtId="166"/><xf numFmtId="167"/><xf numFmtId="15"/><xf numFmtId="16"/>
</cellXfs><dxfs><xf numFmtId="14"/></dxfs></styleSheet>"""
"""Neuf styles de case : nombre, date, date écrite, pourcentage, pourcentage écrit, longs, numéros de date redits."""
FUSION = '<mergeCells><mergeCell ref="A1:B1"/></mergeCells>'
PARTAGES = f"""{TETE}<sst xmlns="{ESPACE}"><si><t>zéro</t></si><si><r><t>en </t></r><r><rPr/><t>deux</t></r></si>
<si><t>kan</t><rPh sb="0" eb="1"><t>phonétique</t></rPh></si><si/><si><t>_x0041_ et _x00e9_</t></si>
<si><t>dernier</t></si></sst>"""

CASES: dict[str, Case | None] = {
    "<v>7</v>": 7,
    "<v>-7</v>": -7,
    "<v>+7</v>": 7,
    "<v>007</v>": 7,
    "<v>999999999999999999</v>": 999_999_999_999_999_999,
    "<v>1000000000000000000</v>": 1e18,
    "<v>2.0</v>": 2.0,
    "<v>2.</v>": 2.0,
    "<v>.5</v>": 0.5,
    "<v>-.5</v>": -0.5,
    "<v>1e3</v>": 1000.0,
    "<v>1E+3</v>": 1000.0,
    "<v>25e-0001</v>": 2.5,
    "<v>1e00003</v>": "1e00003",
    "<v>2,5</v>": "2,5",
    "<v>２</v>": "２",
    "<v> 2</v>": " 2",
    "<v>NaN</v>": "NaN",
    "<v>.</v>": ".",
    "<v/>": None,
    "": None,
    "<v>2</v> <y/>": 2,
    "<f>1+1</f><v>2</v>": 2,
    "<f>1+1</f>": Piege("cellule-formule", ""),
    "<f>1+1</f><v/>": Piege("cellule-formule", ""),
    "<f/>": Piege("cellule-formule", ""),
    '<v>2</v><extLst><y:v xmlns:y="urn:y">3</y:v></extLst>': 2,
    "t=n <v>3</v>": 3,
    "t=s <v>0</v>": "zéro",
    "t=s <v>1</v>": "en deux",
    "t=s <v>2</v>": "kan",
    "t=s <v>3</v>": "",
    "t=s <v>4</v>": "A et é",
    "t=s <v>5</v>": "dernier",
    "t=str <v>7</v>": "7",
    "t=str <v>a_x000D_b</v>": "a\rb",
    "t=str <v>_x005F_x0041_</v>": "_x0041_",
    "t=str <v>_x00e9__x00E9_</v>": "éé",
    "t=str <v>_X0041_ _x041_ _xZZZZ_</v>": "_X0041_ _x041_ _xZZZZ_",
    "t=str <f>A1</f><v/>": None,
    "t=str <f>A1</f>": None,
    "t=inlineStr <is><t>a_x0041_</t></is>": "aA",
    "t=inlineStr <is><r><t>a</t></r> <r><t>b</t></r></is>": "ab",
    "t=inlineStr <is><t>a</t><rPh><t>phonétique</t></rPh></is>": "a",
    "t=inlineStr <is><rPh><t>phonétique</t></rPh></is>": None,
    "t=inlineStr <is/>": None,
    "t=inlineStr <v>a</v>": "a",
    "t=b <v>1</v>": True,
    "t=b <v>true</v>": True,
    "t=b <v>0</v>": False,
    "t=b <v>false</v>": False,
    "t=b <v>11</v>": False,
    "t=e <v>#N/A</v>": Piege("cellule-erreur", "#N/A"),
    f"t=e <v>{'#' * 101}</v>": Piege("cellule-erreur", "#" * 100),
    "t=e <f>1/0</f><v>#DIV/0!</v>": Piege("cellule-erreur", "#DIV/0!"),
    "t=e ": Piege("cellule-erreur", ""),
    "t=d <v>2026-01-02</v>": datetime(2026, 1, 2),
    "t=d <v>2026-01-02T03:04:05</v>": datetime(2026, 1, 2, 3, 4, 5),
    "s=0 <v>3</v>": 3,
    "s=1 <v>46024</v>": datetime(2026, 1, 2),
    "s=1 <v>46024.25</v>": datetime(2026, 1, 2, 6),
    "s=2 <v>46024</v>": datetime(2026, 1, 2),
    "s=2 <v>a</v>": "a",
    "s=3 <v>3</v>": Pourcentage(3),
    "s=4 <v>.25</v>": Pourcentage(0.25),
    "s=5 <v>0.5</v>": time(12),
    "s=6 <v>0.5</v>": 0.5,
    "s=7 <v>3</v>": 3,
    "s=8 <v>3</v>": 3,
    "s=9 <v>3</v>": 3,
    "s=99 <v>3</v>": 3,
}
"""Ce que porte une case, ses attributs d’abord, et ce qui en est lu."""


def feuille(lignes: str, avant: str = "", apres: str = "") -> dict[str, str]:
    """La partie d’une feuille, de ses lignes et de ce qui les entoure."""
    table = f"{avant}<sheetData>{lignes}</sheetData>{apres}"
    return {FEUILLE: f'{TETE}<worksheet xmlns="{ESPACE}">{table}</worksheet>'}


def case_ecrite(dite: str) -> str:
    """La case B2 de ce que dit ``CASES``."""
    attributs, espace, dedans = dite.partition(" ") if dite[:2] in ("t=", "s=") else ("", "", dite)
    nom, _, valeur = attributs.partition("=")
    return f'<c r="B2"{f" {nom}={chr(34)}{valeur}{chr(34)}" if espace else ""}>{dedans}</c>'


def ouvrir_les_parties(parties: Mapping[str, str | None]) -> ClasseurLu:
    return ClasseurLu(zipfile.ZipFile(BytesIO(en_xlsx(parties))))


def lire_les_parties(parties: Mapping[str, str | None], lignes_max: int | None = None) -> FeuilleLue:
    """La première feuille d’un classeur dont des parties sont données."""
    classeur = ouvrir_les_parties(parties)
    return classeur.lire_feuille(classeur.titres[0], lignes_max=lignes_max)


def suivre_les_parties(parties: Mapping[str, str | None]) -> tuple[Pieges, dict[int, dict[int, Case]]]:
    """La même, suivie ligne à ligne."""
    classeur = ouvrir_les_parties(parties)
    pieges, lignes = classeur.suivre_feuille(classeur.onglets[0])
    return pieges, dict(lignes)


@pytest.mark.parametrize("dite", CASES)
def test_une_case_se_lit_comme_elle_s_ecrit(dite: str) -> None:
    lignes = f'<row r="2"><c r="A2"><v>1</v></c>{case_ecrite(dite)}<c><v>9</v></c></row>'
    lue = lire_les_parties({**feuille(lignes), STYLES: FORMATS, TEXTES: PARTAGES})
    case = lue.valeur(2, 2)
    assert (type(case), case) == (type(CASES[dite]), CASES[dite])
    assert (lue.valeur(2, 1), lue.valeur(2, 3)) == (1, 9)
    assert list(lue.lignes) == [2]


def test_une_case_sans_style_a_le_premier() -> None:
    styles = PARTIES[STYLES].replace('numFmtId="0"', 'numFmtId="14"')
    lue = lire_les_parties({**feuille('<row><c><v>1</v></c><c s="1"><v>1</v></c></row>'), STYLES: styles})
    assert lue.lignes == {1: {1: datetime(1900, 1, 1), 2: 1}}


@pytest.mark.parametrize(
    ("proprietes", "lu"),
    [
        ("", datetime(1900, 1, 1)),
        ("<workbookPr/>", datetime(1900, 1, 1)),
        ('<workbookPr date1904="0"/>', datetime(1900, 1, 1)),
        ('<workbookPr date1904="1"/>', datetime(1904, 1, 2)),
        ('<workbookPr date1904="true"/>', datetime(1904, 1, 2)),
        ('<autre date1904="1"/>', datetime(1900, 1, 1)),
    ],
)
def test_le_premier_jour_est_celui_que_dit_le_classeur(proprietes: str, lu: datetime) -> None:
    classeur = PARTIES[CLASSEUR].replace("<sheets>", f"{proprietes}<sheets>")
    parties = {**feuille('<row><c s="1"><v>1</v></c></row>'), STYLES: FORMATS, CLASSEUR: classeur}
    assert lire_les_parties(parties).valeur(1, 1) == lu


def test_lignes_et_cases_sans_adresse_viennent_apres_les_precedentes() -> None:
    lignes = (
        "<row><c><v>1</v></c><c/><c><v>2</v></c></row>"
        '<row r="5"><c r="C5"><v>3</v></c><c><v>4</v></c></row><row><c><v>5</v></c></row>'
        '<row r="7"/><row r="9"><c r="A9"/></row>'
        '<row r="10"><c r="Z10"><v>6</v></c><c r="AA10"><v>7</v></c><c r="AZB10"><v>8</v></c></row>'
        '<row r="10"><c r="XFD10"><v>9</v></c></row><row r="9999999999"><c><v>10</v></c></row>'
    )
    attendues = {
        1: {1: 1, 3: 2},
        5: {3: 3, 4: 4},
        6: {1: 5},
        10: {26: 6, 27: 7, 1354: 8, 16_384: 9},
        9_999_999_999: {1: 10},
    }
    assert lire_les_parties(feuille(lignes)).lignes == attendues
    assert suivre_les_parties(feuille(lignes))[1] == attendues


def test_une_feuille_se_lit_jusqu_a_la_ligne_demandee_sans_ce_qui_suit() -> None:
    """Ni une ligne de trop, ni une de moins ; les fusions viennent après les lignes."""
    parties = feuille(
        '<row><c><v>1</v></c></row><row r="3"><c><v>3</v></c></row><row><c><v>4</v></c></row><c/>',
        apres=FUSION,
    )
    assert lire_les_parties(parties, 3).lignes == {1: {1: 1}, 3: {1: 3}}
    assert lire_les_parties(parties, 2).lignes == {1: {1: 1}}
    assert lire_les_parties(parties, 2).pieges == Pieges()


def test_ce_qu_une_feuille_fusionne_et_cache_se_note() -> None:
    parties = feuille(
        '<row hidden="1"><c><v>1</v></c></row><row hidden="true"/><row hidden="0"/><row r="9" hidden="1"/>',
        '<cols><col min="2" max="2" hidden="1"/><col min="3" max="5"/><col min="7" max="9" hidden="true"/></cols>',
        '<mergeCells><mergeCell ref="A1:B2"/><mergeCell ref="$C$3:$AA$10"/><mergeCell ref="D4"/></mergeCells>',
    )
    attendus = Pieges(
        fusions=[Fusion(1, 1, 2, 2), Fusion(3, 3, 10, 27)],
        lignes_cachees={1, 2, 9},
        colonnes_cachees=[(2, 2), (7, 9)],
        seules=1,
    )
    assert lire_les_parties(parties).pieges == attendus
    pieges, lignes = suivre_les_parties(parties)
    assert (pieges.fusions, pieges.lignes_cachees, pieges.colonnes_cachees) == (
        attendus.fusions,
        attendus.lignes_cachees,
        attendus.colonnes_cachees,
    )
    assert lignes == {1: {1: 1}}


@pytest.mark.parametrize("taille", [1, 2, 8, 9, 10, 64])
def test_le_mot_d_une_fusion_se_voit_a_cheval_sur_deux_morceaux(taille: int, monkeypatch: pytest.MonkeyPatch) -> None:
    abaisser(monkeypatch, "octets lus à la fois d’une feuille", taille)
    parties = feuille("<row><c><v>1</v></c></row>", apres=FUSION)
    assert suivre_les_parties(parties)[0].fusions == [Fusion(1, 1, 1, 2)]
    assert suivre_les_parties(feuille("<row><c><v>1</v></c></row>"))[0].fusions == []


def liens_de(*liens: str) -> str:
    """Les liens d’une partie ; chacun : son rôle, puis ce qu’il désigne, et d’autres attributs."""
    ecrits = [[*lien.split(" ", 2), ""][:3] for lien in liens]
    balises = "".join(
        f'<Relationship Id="k{rang}" Type="{DOCUMENT}/{role}" Target="{cible}" {suite}/>'
        for rang, (role, cible, suite) in enumerate(ecrits)
    )
    return f'{TETE}<Relationships xmlns="{PAQUET}/relationships">{balises}</Relationships>'


def tableau(attributs: str) -> str:
    return f'{TETE}<table xmlns="{ESPACE}" {attributs}><autoFilter ref="A1:B3" totalsRowCount="3"/></table>'


@pytest.mark.parametrize(
    ("attributs", "totaux"),
    [
        ('ref="A1:B9"', []),
        ('ref="A1:B9" totalsRowCount="0"', []),
        ('ref="A1:B9" totalsRowCount="1"', [9]),
        ('ref="$A$1:$B$9" totalsRowCount="2"', [8, 9]),
        ('ref="B30" totalsRowCount="1"', [30]),
        ('ref="A1:B30" totalsRowCount="10"', [*range(21, 31)]),
        ('ref="A1:B30" totalsRowCount="99"', [*range(21, 31)]),
        ('ref="A1:B9" totalsRowCount="-1"', []),
        ('ref="A1:B9" totalsRowCount="un"', []),
        ('ref="A:B" totalsRowCount="1"', []),
        ('totalsRowCount="1"', []),
    ],
)
def test_les_lignes_de_totaux_sont_celles_que_declare_un_tableau(attributs: str, totaux: list[int]) -> None:
    liens = liens_de("table ../tables/t.xml", "table /xl/tables/absent.xml", "comments ../tables/c.xml")
    parties = {
        **feuille("<row><c><v>1</v></c></row>"),
        LIENS_DE_LA_FEUILLE: liens,
        "xl/tables/t.xml": tableau(attributs),
        "xl/tables/c.xml": tableau('ref="A1:B50" totalsRowCount="1"'),
    }
    assert sorted(suivre_les_parties(parties)[0].lignes_de_totaux) == totaux


def test_les_tableaux_d_une_feuille_se_cherchent_une_fois_chacun(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cent au plus ; ensemble, pas plus lourds que la liste des feuilles ne peut l’être."""
    textes = {f"xl/tables/t{n}.xml": tableau(f'ref="A1:B{n}" totalsRowCount="1"') for n in range(1, 103)}
    liens = liens_de("table ../tables/t1.xml", *(f"table ../tables/t{n}.xml" for n in range(1, 103)))
    parties = {**feuille("<row><c><v>1</v></c></row>"), LIENS_DE_LA_FEUILLE: liens, **textes}
    assert suivre_les_parties(parties)[0].lignes_de_totaux == {*range(1, 101)}
    poids = sum(len(textes[f"xl/tables/t{n}.xml"].encode()) for n in range(1, 101))
    abaisser(monkeypatch, "octets de la liste des feuilles", poids)
    assert suivre_les_parties(parties)[0].lignes_de_totaux == {*range(1, 101)}
    abaisser(monkeypatch, "octets de la liste des feuilles", poids - 1)
    assert refus_de(parties, suivre_les_parties) == ("ses tableaux sont démesurés", None, None)


SORTES = {
    "worksheet": True,
    "chartsheet": False,
    "dialogsheet": False,
    "xlMacrosheet": False,
    "xlIntlMacrosheet": False,
}


def test_seules_les_feuilles_de_calcul_se_lisent_cachees_ou_non() -> None:
    etats = ("", 'state="visible"', 'state="hidden"', 'state="veryHidden"')
    noms = [*SORTES, "b", "c", "d"]
    liens = liens_de(
        *(f"{role} {rang}.xml" for rang, role in enumerate(SORTES)),
        *("worksheet /xl/b.xml", "worksheet ../c.xml", "worksheet ./autre/../d.xml"),
    )
    onglets = "".join(
        f'<sheet name="{nom}" sheetId="{rang}" r:id="k{rang}" {etats[max(rang - 4, 0)]}/>'
        for rang, nom in enumerate(noms)
    )
    classeur = PARTIES[CLASSEUR].replace('<sheet name="Réponses" sheetId="1" r:id="r1"/>', onglets)
    lus = ouvrir_les_parties({CLASSEUR: classeur, LIENS: liens}).onglets
    assert [(onglet.nom, onglet.partie, onglet.cache) for onglet in lus] == [
        ("worksheet", "xl/0.xml", False),
        ("b", "xl/b.xml", False),
        ("c", "c.xml", True),
        ("d", "xl/d.xml", True),
    ]


def test_un_classeur_strict_se_lit_de_meme() -> None:
    parties = {**feuille('<row><c t="s"><v>0</v></c></row>'), LIENS: PARTIES[LIENS], CLASSEUR: PARTIES[CLASSEUR]}
    strictes = {
        nom: texte.replace(ESPACE, "http://purl.oclc.org/ooxml/spreadsheetml/main").replace(
            DOCUMENT, "http://purl.oclc.org/ooxml/officeDocument/relationships"
        )
        for nom, texte in {**PARTIES, **parties}.items()
    }
    for ecrites in (parties, strictes):
        lu = ouvrir_les_parties(ecrites)
        assert (lu.titres, lu.lire_feuille("Réponses").lignes) == (("Réponses",), {1: {1: "Jamais fait"}})


@pytest.mark.parametrize("liens", [PARTIES[LIENS], liens_de("worksheet worksheets/sheet1.xml").replace("k0", "r1")])
def test_textes_et_styles_se_trouvent_par_leur_lien_ou_a_leur_place(liens: str) -> None:
    lignes = '<row><c t="s"><v>0</v></c><c s="1"><v>1</v></c></row>'
    attendues = {1: {1: "zéro", 2: datetime(1900, 1, 1)}}
    sans_lien = {**feuille(lignes), LIENS: liens, STYLES: FORMATS, TEXTES: PARTAGES}
    assert lire_les_parties(sans_lien).lignes == attendues
    ailleurs = liens_de("styles a/s.dat", "sharedStrings /t.dat", "worksheet worksheets/sheet1.xml")
    deplacees = {"xl/a/s.dat": FORMATS, "t.dat": PARTAGES, STYLES: None, TEXTES: None}
    assert lire_les_parties({**feuille(lignes), LIENS: ailleurs.replace("k2", "r1"), **deplacees}).lignes == attendues


def test_un_lien_ecrit_autrement_mene_au_meme_classeur() -> None:
    for cible in ("/xl/workbook.xml", "./xl/workbook.xml", "xl/a/../workbook.xml", "XL/Workbook.xml"):
        racine = PARTIES["_rels/.rels"].replace("xl/workbook.xml", cible)
        assert ouvrir_les_parties({"_rels/.rels": racine}).titres == ("Réponses",)
    autres = liens_de("thumbnail docProps/vue.png", "officeDocument xl/workbook.xml")
    assert ouvrir_les_parties({"_rels/.rels": autres}).titres == ("Réponses",)
    assert ouvrir_les_parties({"_rels/.rels": None}).titres == ("Réponses",)


# --- et ce qui en fait refuser la lecture, mot pour mot ---------------------------------------------------------------


def refus_de(parties: Mapping[str, str | None], lire: Any = lire_les_parties) -> tuple[str, str | None, str | None]:
    """Pourquoi un classeur ne se lit pas, et où."""
    with pytest.raises(FeuilleRefusee) as leve, fautes_de_classeur():
        lire(parties)
    return str(leve.value), leve.value.feuille, leve.value.cellule


LONG = "x" * 30
DEVANT = '<row r="2"><c r="B2"><v>1</v></c>'
LIGNES_REFUSEES: dict[str, tuple[str, str | None]] = {
    '<row r="zéro"/>': ("une ligne, après la ligne 0, porte le numéro 'zéro'", None),
    '<row r="3"/><row r="0"/>': ("une ligne, après la ligne 3, porte le numéro '0'", None),
    '<row r="10000000000"/>': ("une ligne, après la ligne 0, porte le numéro '10000000000'", None),
    f'<row r="{LONG}"/>': (f"une ligne, après la ligne 0, porte le numéro '{'x' * 20}'", None),
    '<row r="3"/><row r="2"/>': ("la ligne 2 vient après la ligne 3", "A2"),
    '<row r="2"><c r="B3"/></row>': ("une cellule de la ligne 2 porte l’adresse 'B3'", "B3"),
    '<row r="2"><c r="XFE2"/></row>': ("une cellule de la ligne 2 porte l’adresse 'XFE2'", "XFE2"),
    '<row r="2"><c r="b2"/></row>': ("une cellule de la ligne 2 porte l’adresse 'b2'", None),
    '<row r="2"><c r="AAAA2"/></row>': ("une cellule de la ligne 2 porte l’adresse 'AAAA2'", None),
    '<row r="2"><c r="B02"/></row>': ("une cellule de la ligne 2 porte l’adresse 'B02'", None),
    '<row r="12345678"><c r="B12345678"/></row>': (
        "une cellule de la ligne 12345678 porte l’adresse 'B12345678'",
        None,
    ),
    f'<row r="2"><c r="{LONG}"/></row>': (f"une cellule de la ligne 2 porte l’adresse '{'x' * 20}'", None),
    f'{DEVANT}<c r="B2"/></row>': ("la cellule B2 a deux contenus", "B2"),
    f'{DEVANT}<c r="A2"/><c/></row>': ("la cellule B2 a deux contenus", "B2"),
    f'{DEVANT}</row><row r="2"><c r="B2"/></row>': ("la cellule B2 a deux contenus", "B2"),
    f"{DEVANT}<c><v/><v/></c></row>": ("la cellule C2 a deux valeurs", "C2"),
    f'{DEVANT}<c t="inlineStr"><is/><v/></c></row>': ("la cellule C2 a deux valeurs", "C2"),
    f'{DEVANT}<c t="inlineStr"><is/><is/></c></row>': ("la cellule C2 a deux valeurs", "C2"),
    f"{DEVANT}<c><f/><f/></c></row>": ("la cellule C2 a deux formules", "C2"),
    f"{DEVANT}<c><is/></c></row>": ("la cellule C2 a un texte sur place et le type 'n'", "C2"),
    f'{DEVANT}<c t="{LONG}"><is/></c></row>': (f"la cellule C2 a un texte sur place et le type '{'x' * 20}'", "C2"),
    f'{DEVANT}<c t="inlineStr"><is><t/><t/></is></c></row>': ("la cellule C2 a deux textes", "C2"),
    f'{DEVANT}<c t="s"><v>un</v></c></row>': ("la cellule C2 a 'un' pour numéro de texte partagé", "C2"),
    f'{DEVANT}<c t="s"><v>-1</v></c></row>': ("la cellule C2 a '-1' pour numéro de texte partagé", "C2"),
    f'{DEVANT}<c t="s"><v>{LONG}</v></c></row>': (
        f"la cellule C2 a '{'x' * 20}' pour numéro de texte partagé",
        "C2",
    ),
    f'{DEVANT}<c t="s"><v>1</v></c></row>': ("la cellule C2 a le texte partagé nᵒ 1, qui n’existe pas", "C2"),
    f'{DEVANT}<c t="s"><v>999999999</v></c></row>': (
        "la cellule C2 a le texte partagé nᵒ 999999999, qui n’existe pas",
        "C2",
    ),
    f'{DEVANT}<c t="s"><v>1000000000</v></c></row>': (
        "la cellule C2 a '1000000000' pour numéro de texte partagé",
        "C2",
    ),
    f'{DEVANT}<c t="{LONG}"><v>1</v></c></row>': (f"la cellule C2 a un type inconnu, '{'x' * 20}'", "C2"),
    f'{DEVANT}<c t="S"><v>0</v></c></row>': ("la cellule C2 a un type inconnu, 'S'", "C2"),
    f'{DEVANT}<c t="d"><v>{LONG}</v></c></row>': (f"la cellule C2 a une date illisible, '{'x' * 20}'", "C2"),
    **{
        f"{DEVANT}{dedans}": (f"la cellule {ou} a une balise {nom} mal placée", ou)
        for nom, ou, dedans in (
            *(("row", "B2", "<row/></row>"), ("v", "B2", "<v/></row>"), ("f", "B2", "<f/></row>")),
            *(("is", "B2", "<is/></row>"), ("t", "B2", "<t/></row>"), ("sheetData", "B2", "<x><row/></x></row>")),
            *(("c", "C2", "<c><c/></c></row>"), ("row", "C2", "<c><row/></c></row>"), ("t", "C2", "<c><t/></c></row>")),
            *(("r", "C2", "<c><r/></c></row>"), ("rPh", "C2", "<c><rPh/></c></row>")),
            *(("x", "C2", "<c><v><x/></v></c></row>"), ("x", "C2", "<c><f><x/></f></c></row>")),
            ("x", "C2", '<c t="inlineStr"><is><t><x/></t></is></c></row>'),
            ("v", "C2", '<c t="inlineStr"><is><v/></is></c></row>'),
            ("urn:y v", "C2", '<c><y:v xmlns:y="urn:y">3</y:v></c></row>'),
            ("n-espace-de-noms/y v", "B2", '<y:v xmlns:y="http://exemple/un-espace-de-noms/y"/></row>'),
        )
        if nom != "sheetData"
    },
    f"{DEVANT}<x><row/></x></row>": ("la cellule B2 a une balise row mal placée", "B2"),
    '<row r="2"><v/></row>': ("la ligne 2 a une balise v mal placée", None),
    f"{DEVANT}</row><row><v/></row>": ("la ligne 3 a une balise v mal placée", None),
    "<c/>": ("la ligne 0 a une balise c mal placée", None),
    f"{DEVANT}<c><v>1</c></row>": ("XML mal formé après la cellule C2 : une balise y est mal fermée", None),
    '<row r="2" r="3"/>': ("XML mal formé avant la première ligne : un attribut y est deux fois", None),
    '<row r="2"/><row a="" a=""/>': ("XML mal formé après la ligne 2 : un attribut y est deux fois", None),
    f"{DEVANT}<c><v>&x;</v></c></row>": ("XML mal formé après la cellule C2 : une entité y est inconnue", None),
    f"{DEVANT}<y:c/></row>": ("XML mal formé après la cellule B2 : un préfixe y est inconnu", None),
    f"{DEVANT}<c><v>&#0;</v></c></row>": (
        "XML mal formé après la cellule C2 : une balise ou un signe y est mal écrit",
        None,
    ),
}


@pytest.mark.parametrize("lignes", LIGNES_REFUSEES)
def test_une_feuille_qui_n_a_pas_un_sens_et_un_seul_dit_pourquoi_et_ou(lignes: str) -> None:
    raison, cellule = LIGNES_REFUSEES[lignes]
    assert refus_de(feuille(lignes)) == (raison, "Réponses", cellule)
    assert refus_de(feuille(lignes), suivre_les_parties) == (raison, "Réponses", cellule)


AUTOUR_REFUSE: dict[str, tuple[str, str]] = {
    "deux tables": ("<sheetData/>", "la feuille a deux tables"),
    "ligne": ("<row/>", "une balise row est hors de la table"),
    "case": ("<a><c/></a>", "une balise c est hors de la table"),
    "colonnes sans fin": ('<cols><col min="1" hidden="1"/></cols>', "des colonnes cachées ne disent pas lesquelles"),
    "colonnes sans début": ('<cols><col max="1" hidden="1"/></cols>', "des colonnes cachées ne disent pas lesquelles"),
    "fusion sans plage": ("<mergeCell/>", "une fusion porte la plage ''"),
    "fusion ouverte": ('<mergeCell ref="A1:"/>', "une fusion porte la plage 'A1:'"),
    "fusion en minuscules": ('<mergeCell ref="a1:b2"/>', "une fusion porte la plage 'a1:b2'"),
    "fusion longue": (f'<mergeCell ref="{LONG}"/>', f"une fusion porte la plage '{'x' * 20}'"),
}


@pytest.mark.parametrize("nom", AUTOUR_REFUSE)
def test_ce_qui_entoure_une_table_se_refuse_de_meme(nom: str) -> None:
    autour, raison = AUTOUR_REFUSE[nom]
    for avant, apres in ((autour, ""), ("", autour)):
        parties = feuille("<row><c><v>1</v></c></row>", avant, apres)
        for lire in (lire_les_parties, suivre_les_parties):
            assert refus_de(parties, lire) == (raison, "Réponses", None)


def une_feuille_de_plus(lien: str) -> str:
    return PARTIES[CLASSEUR].replace("</sheets>", f'<sheet name="Suite" sheetId="2" {lien}/></sheets>')


def un_lien_de_plus(attributs: str) -> str:
    return PARTIES[LIENS].replace("</Relationships>", f"<Relationship {attributs}/></Relationships>")


SI = "<si><t>a</t></si>"
AILLEURS = "xl/un/dossier/vraiment/très/long/pour/qui/ne/veut/pas/dire/ou/classeur.xml"
PARTIES_REFUSEES: dict[str, tuple[Mapping[str, str | None], str, str | None]] = {
    "classeur ailleurs": (
        {"_rels/.rels": PARTIES["_rels/.rels"].replace(CLASSEUR, AILLEURS)},
        f"il désigne « {AILLEURS[:60]} » pour son classeur, et non « xl/workbook.xml »",
        None,
    ),
    "classeur nulle part": (
        {"_rels/.rels": PARTIES["_rels/.rels"].replace(f'Target="{CLASSEUR}"', "")},
        "il désigne «  » pour son classeur, et non « xl/workbook.xml »",
        None,
    ),
    "sans la liste des feuilles": ({CLASSEUR: None}, "ses feuilles ne se lisent pas", None),
    "sans les liens": ({LIENS: None}, "ses feuilles ne se lisent pas", None),
    "feuille absente": ({FEUILLE: None}, f"la partie « {FEUILLE} » n’est pas dans le classeur", "Réponses"),
    "deux liens": (
        {LIENS: un_lien_de_plus(f'Id="r1" Type="{DOCUMENT}/worksheet" Target="a.xml"')},
        "deux liens du classeur portent l’identifiant 'r1'",
        None,
    ),
    "deux liens, long": (
        {LIENS: un_lien_de_plus(f'Id="{LONG}"/><Relationship Id="{LONG}"')},
        f"deux liens du classeur portent l’identifiant '{'x' * 20}'",
        None,
    ),
    "deux liens, sans nom": (
        {LIENS: un_lien_de_plus('Type="a"/><Relationship Type="b"')},
        "deux liens du classeur portent l’identifiant ''",
        None,
    ),
    "feuille sans lien": (
        {CLASSEUR: une_feuille_de_plus("")},
        "la feuille ne mène à aucune partie du classeur",
        "Suite",
    ),
    "feuille au lien inconnu": (
        {CLASSEUR: une_feuille_de_plus('r:id="r9"')},
        "la feuille ne mène à aucune partie du classeur",
        "Suite",
    ),
    "feuille au lien d’une autre sorte": (
        {CLASSEUR: une_feuille_de_plus('r:id="r2"')},
        "la feuille ne mène à aucune partie du classeur",
        "Suite",
    ),
    "feuille au-dehors": (
        {
            CLASSEUR: une_feuille_de_plus('r:id="r9"'),
            LIENS: un_lien_de_plus(f'Id="r9" TargetMode="External" Type="{DOCUMENT}/worksheet" Target="f.xml"'),
        },
        "la feuille ne mène à aucune partie du classeur",
        "Suite",
    ),
    "feuille déjà prise": (
        {CLASSEUR: une_feuille_de_plus('r:id="r1"')},
        "la feuille désigne une partie déjà prise du classeur",
        "Suite",
    ),
    "feuille sans nom": (
        {CLASSEUR: PARTIES[CLASSEUR].replace('name="Réponses"', "").replace('r:id="r1"', "")},
        "la feuille ne mène à aucune partie du classeur",
        "",
    ),
    "liens mal formés": (
        {LIENS: PARTIES[LIENS][:-5]},
        f"XML mal formé dans {LIENS} : il est coupé",
        None,
    ),
    "styles sans rien": (
        {STYLES: TETE},
        f"XML mal formé dans {STYLES} : il est coupé",
        None,
    ),
    "format de nombre": (
        {STYLES: PARTIES[STYLES].replace('numFmtId="0"', f'numFmtId="{LONG}"')},
        f"un format de nombre porte le numéro '{'x' * 20}'",
        None,
    ),
    "texte partagé écrit deux fois": (
        {TEXTES: PARTAGES.replace("<si><t>zéro</t>", f"{SI}<si><t>a</t><t>b</t>")},
        "le texte partagé nᵒ 2 est écrit deux fois",
        "Réponses",
    ),
    "texte partagé suivi de morceaux": (
        {TEXTES: PARTAGES.replace("<si><t>zéro</t>", "<si><t>a</t><r><t>b</t></r>")},
        "le texte partagé nᵒ 1 est écrit deux fois",
        "Réponses",
    ),
    "texte partagé dans un texte": (
        {TEXTES: PARTAGES.replace("<si><t>zéro</t>", "<si><r><t>a<t>b</t></t></r>")},
        "le texte partagé nᵒ 1 est écrit deux fois",
        "Réponses",
    ),
    "texte partagé d’un autre espace de noms": (
        {TEXTES: PARTAGES.replace("<t>zéro</t>", '<y:t xmlns:y="http://exemple/un-espace-de-noms/y">a</y:t>')},
        "le texte partagé nᵒ 1 a une balise n-espace-de-noms/y t mal placée",
        "Réponses",
    ),
    "textes partagés mal formés": (
        {TEXTES: PARTAGES.replace("<si><t>zéro</t></si>", f"{SI}{SI}</si>")},
        f"XML mal formé dans {TEXTES}, après 2 textes : une balise y est mal fermée",
        "Réponses",
    ),
    "textes partagés coupés": (
        {TEXTES: f'{TETE}<sst xmlns="{ESPACE}">{SI}'},
        f"XML mal formé dans {TEXTES}, après 1 textes : il est coupé",
        "Réponses",
    ),
    "DTD": (
        {FEUILLE: PARTIES[FEUILLE].replace(TETE, f"{TETE}<!DOCTYPE a>")},
        "le XML déclare des entités",
        "Réponses",
    ),
    "feuille coupée": (
        {FEUILLE: PARTIES[FEUILLE].replace("</worksheet>", "")},
        "XML mal formé après la cellule Y2 : il est coupé",
        "Réponses",
    ),
    "UTF-16": ({FEUILLE: PARTIES[FEUILLE].replace("UTF-8", "UTF-16-LE")}, "le XML n’est pas en UTF-8", "Réponses"),
    "EBCDIC": ({FEUILLE: PARTIES[FEUILLE].replace("UTF-8", "cp500")}, "le XML n’est pas en UTF-8", "Réponses"),
    "encodage inconnu": (
        {FEUILLE: PARTIES[FEUILLE].replace("UTF-8", "x-inconnu")},
        "ses feuilles ne se lisent pas",
        "Réponses",
    ),
}


@pytest.mark.parametrize("nom", PARTIES_REFUSEES)
def test_un_classeur_qui_ne_tient_pas_ensemble_dit_pourquoi(nom: str) -> None:
    parties, raison, titre = PARTIES_REFUSEES[nom]
    lignes = feuille('<row><c t="s"><v>5</v></c><c><v>1</v></c></row>')
    trouves = refus_de({**lignes, TEXTES: PARTAGES, **parties})
    assert trouves == (raison, None if raison == "ses feuilles ne se lisent pas" else titre, None)


@pytest.mark.parametrize("encodage", [None, "US-ASCII", "iso-8859-1", "windows-1252"])
def test_un_encodage_qui_ecrit_les_balises_comme_utf_8_se_lit(encodage: str | None) -> None:
    tete = '<?xml version="1.0"?>' if encodage is None else TETE.replace("UTF-8", encodage)
    parties = feuille("<row><c><v>1</v></c></row>")
    assert lire_les_parties({FEUILLE: parties[FEUILLE].replace(TETE, tete)}).lignes == {1: {1: 1}}


# --- ce qui se borne, à l’unité près ----------------------------------------------------------------------------------


def test_la_liste_des_feuilles_a_une_taille(monkeypatch: pytest.MonkeyPatch) -> None:
    poids = len(PARTIES[LIENS].encode())
    abaisser(monkeypatch, "octets de la liste des feuilles", poids)
    assert ouvrir_les_parties({}).titres == ("Réponses",)
    abaisser(monkeypatch, "octets de la liste des feuilles", poids - 1)
    assert refus_de({}) == (f"{LIENS} est démesuré", None, None)


def test_les_textes_partages_ont_un_nombre(monkeypatch: pytest.MonkeyPatch) -> None:
    parties = {**feuille('<row><c t="s"><v>5</v></c></row>'), TEXTES: PARTAGES}
    abaisser(monkeypatch, "textes partagés d’un classeur", 6)
    assert lire_les_parties(parties).lignes == {1: {1: "dernier"}}
    abaisser(monkeypatch, "textes partagés d’un classeur", 5)
    assert refus_de(parties) == ("plus de 5 textes partagés", "Réponses", None)


def test_les_textes_partages_ne_se_lisent_que_jusqu_au_dernier_demande(monkeypatch: pytest.MonkeyPatch) -> None:
    abaisser(monkeypatch, "octets lus à la fois d’une feuille", 100)
    textes = PARTAGES.replace("<si><t>dernier</t></si>", f"<si><t>dernier</t></si>{' ' * 200}<faute")
    debut = feuille('<row><c t="s"><v>5</v></c><c t="s"><v>0</v></c><c t="s"><v>5</v></c></row>')
    assert lire_les_parties({**debut, TEXTES: textes}).lignes == {1: {1: "dernier", 2: "zéro", 3: "dernier"}}
    raison = f"XML mal formé dans {TEXTES}, après 6 textes : une balise ou un signe y est mal écrit"
    assert refus_de({**feuille('<row><c t="s"><v>6</v></c></row>'), TEXTES: textes})[0] == raison


def test_une_balise_ou_un_commentaire_a_une_longueur(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tant que l’analyseur n’en voit pas la fin, deux morceaux compris ; une longue feuille n’y perd rien."""
    abaisser(monkeypatch, "octets d’une balise de classeur", 1_000)
    abaisser(monkeypatch, "octets lus à la fois d’une feuille", 100)
    marge = " " * (-len(f'{TETE}<worksheet xmlns="{ESPACE}">'.encode()) % 100)
    lignes = "<row><c><v>1</v></c></row>" * 100
    assert len(lire_les_parties(feuille(lignes, f"{marge}<!--{'x' * 1_193}-->")).lignes) == 100
    trop = refus_de(feuille(lignes, f"{marge}<!--{'x' * 1_194}-->"))
    assert trop == ("le XML a une balise ou un commentaire de plus de 1000 octets", "Réponses", None)


VIDES = "<row/>" * 400
DEUX = "<row><c><v>1</v></c><c t='inlineStr'><is><t>a</t></is></c></row>" * 8


@pytest.mark.parametrize("taille", [1 << 18, 50])
def test_les_balises_qui_ne_portent_rien_se_comptent_seize_par_valeur(
    taille: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    abaisser(monkeypatch, "octets lus à la fois d’une feuille", taille)
    parties = feuille(DEUX + VIDES)
    vaines = parties[FEUILLE].count("<") - 8 * 2 * 16
    abaisser(monkeypatch, "balises vaines d’un classeur", vaines)
    assert len(lire_les_parties(parties).lignes) == 8
    abaisser(monkeypatch, "balises vaines d’un classeur", vaines - 1)
    assert refus_de(parties) == (f"plus de {vaines - 1} balises qui ne portent rien", "Réponses", None)


@pytest.mark.parametrize("taille", [1 << 18, 50])
def test_les_textes_partages_qui_ne_portent_rien_se_comptent_de_meme(
    taille: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    abaisser(monkeypatch, "octets lus à la fois d’une feuille", taille)
    textes = f'{TETE}<sst xmlns="{ESPACE}">{SI * 8}{"<si><t/></si>" * 101}{" " * 99}</sst>'
    parties = {**feuille('<row><c t="s"><v>108</v></c></row>'), TEXTES: textes}
    vaines = textes.count("<") - 8 * 16 - (taille < 99)  # la dernière n’est pas encore venue
    abaisser(monkeypatch, "balises vaines d’un classeur", vaines)
    assert lire_les_parties(parties).lignes == {1: {1: ""}}
    abaisser(monkeypatch, "balises vaines d’un classeur", vaines - 1)
    assert refus_de(parties) == (f"plus de {vaines - 1} balises qui ne portent rien", "Réponses", None)


def test_les_balises_se_comptent_aussi_en_cherchant_les_fusions(monkeypatch: pytest.MonkeyPatch) -> None:
    """À peu près : une valeur pour deux balises qui finissent comme celles d’une valeur, « </worksheet> » comprise."""
    parties = feuille(DEUX + VIDES, apres=FUSION)
    vaines = parties[FEUILLE].count("<") - 8 * 2 * 16
    abaisser(monkeypatch, "balises vaines d’un classeur", vaines)
    classeur = ouvrir_les_parties(parties)
    assert classeur.suivre_feuille(classeur.onglets[0])[0].fusions == [Fusion(1, 1, 1, 2)]
    abaisser(monkeypatch, "balises vaines d’un classeur", vaines - 1)
    attendu = (f"plus de {vaines - 1} balises qui ne portent rien", "Réponses", None)
    assert refus_de(parties, lambda dites: ouvrir_les_parties(dites).suivre_feuille(classeur.onglets[0])) == attendu


def test_les_balises_des_styles_ne_portent_rien(monkeypatch: pytest.MonkeyPatch) -> None:
    parties = {**feuille('<row><c s="1"><v>1</v></c></row>'), STYLES: FORMATS.replace("<xf/>", "<xf/>" * 99)}
    vaines = str(parties[STYLES]).count("<")
    abaisser(monkeypatch, "balises vaines d’un classeur", vaines)
    assert lire_les_parties(parties).lignes == {1: {1: 1}}
    abaisser(monkeypatch, "balises vaines d’un classeur", vaines - 1)
    assert refus_de(parties) == (f"plus de {vaines - 1} balises qui ne portent rien", None, None)


@pytest.mark.parametrize(
    ("lignes", "nombre"),
    [
        ("<row><c><f/></c><c t='e'/></row><row hidden='1'/>", 3),
        ("<row hidden='1'><c><f/></c><c t='str'><f/></c></row>", 2),
    ],
)
def test_les_pieges_se_comptent(lignes: str, nombre: int, monkeypatch: pytest.MonkeyPatch) -> None:
    parties = feuille(lignes, '<cols><col min="1" max="9" hidden="1"/></cols>')
    abaisser(monkeypatch, "pièges d’une feuille", nombre + 1)
    assert lire_les_parties(parties).pieges.colonnes_cachees == [(1, 9)]
    abaisser(monkeypatch, "pièges d’une feuille", nombre)
    raison = f"plus de {nombre} cellules sans valeur, en erreur ou cachées"
    assert refus_de(parties) == (raison, "Réponses", None)


def test_les_fusions_se_comptent(monkeypatch: pytest.MonkeyPatch) -> None:
    fusions = "".join(f'<mergeCell ref="A{n}:B{n}"/>' for n in range(1, 4))
    parties = feuille("", apres=f'{fusions}<mergeCell ref="D1"/><mergeCell ref="D2"/>')
    abaisser(monkeypatch, "fusions d’une feuille", 4)
    abaisser(monkeypatch, "fusions d’une seule case", 2)
    pieges = lire_les_parties(parties).pieges
    assert (len(pieges.fusions), pieges.seules) == (3, 2)
    abaisser(monkeypatch, "fusions d’une seule case", 1)
    assert refus_de(parties) == ("plus de 4 fusions", "Réponses", None)
    abaisser(monkeypatch, "fusions d’une seule case", 2)
    abaisser(monkeypatch, "fusions d’une feuille", 3)
    assert lire_les_parties(feuille("", apres=fusions)).pieges.seules == 0
    assert refus_de(feuille("", apres=f'{fusions}<mergeCell ref="A9:B9"/>'))[0] == "plus de 3 fusions"


def test_chaque_borne_d_un_classeur_est_celle_que_l_on_a_choisie() -> None:
    """Trop bas, un vrai fichier serait refusé ; trop haut, un piège coûterait."""
    choisies = {
        "octets lus à la fois d’une feuille": 262_144,
        "octets d’une balise de classeur": 2_097_152,
        "balises vaines d’un classeur": 4_000_000,
        "textes partagés d’un classeur": 5_000_000,
        "octets de la liste des feuilles": 5_000_000,
        "pièges d’une feuille": 500_000,
        "fusions d’une feuille": 10_000,
        "fusions d’une seule case": 100_000,
        "fusions d’une même ligne": 200,
        "cellules sans preuve de calcul": 1_000,
        "octets d’un classeur": 50_000_000,
        "octets d’un classeur décompressé": 200_000_000,
        "feuilles lues d’un classeur": 50,
        "colonnes où se cherchent deux items": 2_000,
    }
    assert {borne: getattr(*BORNES[borne][0]) for borne in choisies} == choisies


# --- ce que vaut une case, quel que soit le format du classeur --------------------------------------------------------

DATES: dict[float, datetime | time] = {
    -1: datetime(1899, 12, 29),
    0: time(0),
    0.5: time(12),
    0.75: time(18),
    0.123456789: time(2, 57, 46, 667_000),
    0.9999999999: datetime(1900, 1, 1),
    1: datetime(1900, 1, 1),
    1.75: datetime(1900, 1, 1, 18),
    2: datetime(1900, 1, 2),
    59: datetime(1900, 2, 28),
    59.5: datetime(1900, 2, 28, 12),
    60: datetime(1900, 2, 28),
    61: datetime(1900, 3, 1),
    46_024.25: datetime(2026, 1, 2, 6),
    2_958_465: datetime(9999, 12, 31),
    2_958_466: datetime.max,
    1e300: datetime.max,
    float("inf"): datetime.max,
    float("nan"): datetime.max,
}
"""Le numéro d’un jour depuis 1900, et ce qu’il montre : Excel croit 1900 bissextile, et son 29 février n’existe pas."""


@pytest.mark.parametrize("nombre", DATES)
def test_le_numero_d_un_jour_est_sa_date(nombre: float) -> None:
    assert date_du_tableur(nombre, EPOQUE) == DATES[nombre]


def test_le_numero_d_un_jour_depuis_1904_n_a_pas_de_29_fevrier_de_trop() -> None:
    lues = [date_du_tableur(nombre, EPOQUE_1904) for nombre in (0, 0.25, 0.9999999999, 1, 59, 60)]
    fevrier, mars = datetime(1904, 2, 29), datetime(1904, 3, 1)
    assert lues == [time(0), time(6), datetime(1904, 1, 2), datetime(1904, 1, 2), fevrier, mars]


MONTRENT_UNE_DATE = [
    *("dd/mm/yyyy", "DD/MM/YYYY", "d", "M", "yy", "h", "S", "0 dd", "[h]", "[hh]", "[mm]", "[m]", "[s]", "[ss]", "[H]"),
    *("[Red]d", "[$-40C]d mmm", 'd" jour"', '"le "d', "d;0", "0d"),
]
MONTRENT_UN_POURCENTAGE = ["0%", "0 %", "0.0%;[Red]0", "%0", "[Red]0%", '"de "0%', "_-0%"]
MONTRENT_UN_NOMBRE = [
    *("0", "General", "0;dd", "0;0%", '"jour"0', '0" %"', "[Red]0", "[$-40C]0", "[hms]0", r"0\d", "0_d", r"0\%", "0_%"),
    *("", "@", '"d" "m"0', "[%]0"),
]


def test_un_format_ecrit_dit_ce_qu_il_montre() -> None:
    tous = MONTRENT_UNE_DATE + MONTRENT_UN_POURCENTAGE + MONTRENT_UN_NOMBRE
    styles = StylesDeNombre.classer((ecrit, 14, ecrit) for ecrit in tous)
    assert styles == StylesDeNombre(frozenset(MONTRENT_UNE_DATE), frozenset(MONTRENT_UN_POURCENTAGE))


def test_un_format_dont_on_n_a_que_le_numero_est_celui_de_la_norme() -> None:
    styles = StylesDeNombre.classer((numero, numero, None) for numero in range(70))
    dates = [*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)]
    assert (sorted(styles.dates), sorted(styles.pourcentages)) == (dates, [9, 10])


@pytest.mark.parametrize(
    ("nombre", "vu"), [(3, "300 %"), (0.25, "25 %"), (0.123, "12,3 %"), (-0.5, "-50 %"), (1 / 3, "33,3333333333333 %")]
)
def test_un_pourcentage_se_cite_comme_il_se_voit(nombre: float, vu: str) -> None:
    assert str(Pourcentage(nombre)) == vu


def test_une_cellule_se_nomme_comme_dans_un_tableur() -> None:
    noms = {1: "A", 26: "Z", 27: "AA", 52: "AZ", 53: "BA", 702: "ZZ", 703: "AAA", 16_384: "XFD"}
    assert {colonne: nommer_cellule(4, colonne) for colonne in noms} == {c: f"{nom}4" for c, nom in noms.items()}


def test_une_case_cachee_l_est_par_sa_ligne_ou_par_sa_colonne() -> None:
    pieges = Pieges(lignes_cachees={2}, colonnes_cachees=[(3, 5), (7, 7)])
    cachees = {(ligne, colonne) for ligne in (1, 2) for colonne in range(1, 9) if pieges.cellule_cachee(ligne, colonne)}
    assert cachees == {(1, 3), (1, 4), (1, 5), (1, 7), *((2, colonne) for colonne in range(1, 9))}


def test_une_fusion_couvre_ses_bords_et_rien_d_autre() -> None:
    pieges = Pieges(fusions=[Fusion(2, 2, 3, 4), Fusion(5, 1, 5, 2)])
    couvertes = {(n, c): f for n in range(1, 7) for c in range(1, 6) if (f := pieges.fusion(n, c))}
    assert couvertes == {
        **{(n, c): Fusion(2, 2, 3, 4) for n in (2, 3) for c in (2, 3, 4)},
        **{(5, c): Fusion(5, 1, 5, 2) for c in (1, 2)},
    }


def test_chaque_cellule_fusionnee_sauf_la_premiere_est_un_piege(monkeypatch: pytest.MonkeyPatch) -> None:
    """Une ligne peut manquer, ou être plus courte que la fusion ; deux fusions se suivent dans n’importe quel ordre."""
    fusions = [Fusion(5, 1, 5, 9), Fusion(1, 1, 2, 2), Fusion(2, 4, 7, 4), Fusion(9, 1, 9, 2)]
    masque = MasqueDeFusions(fusions)
    poses = {n: masque.poser_pieges(n, list(range(largeur))) for n, largeur in ((1, 4), (2, 4), (5, 2), (7, 4), (8, 4))}
    a1, a5, d2 = (Piege("cellule-fusionnee", nom) for nom in ("A1", "A5", "D2"))
    assert poses == {1: [0, a1, 2, 3], 2: [a1, a1, 2, 3], 5: [0, a5], 7: [0, 1, 2, d2], 8: [0, 1, 2, 3]}
    assert MasqueDeFusions([]).poser_pieges(1, [0, 1]) == [0, 1]
    abaisser(monkeypatch, "fusions d’une même ligne", 1)
    deux = MasqueDeFusions([Fusion(1, 1, 2, 1), Fusion(2, 2, 3, 2)])
    assert deux.poser_pieges(1, [0, 1]) == [0, 1]
    with pytest.raises(FeuilleRefusee, match=r"^trop de cellules fusionnées$"):
        deux.poser_pieges(2, [0, 1])


class EnMemoire(ClasseurOuvert):
    """Trois lignes d’une feuille, puis une faute s’il y en a une."""

    def __init__(self, faute: Exception | None = None) -> None:
        super().__init__()
        self.onglets = [Onglet("A", "a", cache=False), Onglet("B", "b", cache=True), Onglet("A", "c", cache=False)]
        self._faute = faute

    def _suivre_feuille(self, onglet: Onglet) -> tuple[Pieges, Iterator[tuple[int, Cases]]]:
        return Pieges(lignes_cachees={7}), self._suivre_lignes(onglet)

    def _suivre_lignes(self, onglet: Onglet) -> Iterator[tuple[int, Cases]]:
        yield from ((n, {1: f"{onglet.partie}{n}"}) for n in (1, 2, 5))
        if self._faute:
            raise self._faute


def test_une_feuille_de_tout_format_se_lit_entiere_ou_jusqu_a_une_ligne() -> None:
    classeur = EnMemoire()
    assert classeur.titres == ("A", "B", "A")
    assert [classeur.onglet(titre).partie for titre in "AB"] == ["a", "b"]
    lue = classeur.lire_feuille("B")
    assert (lue.titre, lue.pieges) == ("B", Pieges(lignes_cachees={7}))
    assert lue.lignes == {1: {1: "b1"}, 2: {1: "b2"}, 5: {1: "b5"}}
    assert (lue.valeur(5, 1), lue.valeur(5, 2), lue.valeur(3, 1)) == ("b5", None, None)
    assert [list(classeur.lire_feuille("A", lignes_max=n).lignes) for n in (1, 2, 4, 5)] == [
        [1],
        [1, 2],
        [1, 2],
        [1, 2, 5],
    ]


FAUTES = (
    *(zipfile.BadZipFile(), zlib.error(), struct.error(), ExpatError(), ParseError(), EOFError()),
    *(KeyError(), ValueError(), OverflowError(), RuntimeError()),
)
LECTURES: dict[str, Callable[[ClasseurOuvert, Onglet], object]] = {
    "lire": lambda classeur, onglet: classeur.lire_feuille(onglet.nom),
    "suivre": lambda classeur, onglet: [*classeur.suivre_feuille(onglet)[1]],
    "lignes": lambda classeur, onglet: [*classeur.suivre_lignes(onglet)],
}


@pytest.mark.parametrize("lecture", LECTURES)
def test_un_classeur_abime_se_refuse_une_faute_de_cpit_garde_sa_trace(lecture: str) -> None:
    for faute in FAUTES:
        classeur = EnMemoire(faute)
        with pytest.raises(FeuilleRefusee, match=r"^ses feuilles ne se lisent pas$"):
            LECTURES[lecture](classeur, classeur.onglets[0])
    for autre in (TypeError(), FeuilleRefusee("dit ailleurs")):
        classeur = EnMemoire(autre)
        with pytest.raises(type(autre)) as leve:
            LECTURES[lecture](classeur, classeur.onglets[0])
        assert leve.value is autre


def test_ce_qui_echoue_chez_qui_prend_une_ligne_n_est_pas_la_faute_du_classeur() -> None:
    lignes = proteger(iter("ab"))
    assert next(lignes) == "a"
    with pytest.raises(KeyError):
        lignes.throw(KeyError())  # type: ignore[attr-defined]
    assert [*proteger(iter("ab"))] == ["a", "b"]


def test_un_refus_se_dit_a_sa_place(tmp_path: Path) -> None:
    chemin = tmp_path / "t.xlsx"
    chemin.write_bytes(en_xlsx(feuille(f"{DEVANT}<c><v/><v/></c></row>")))
    with pytest.raises(cpit.ErreurCpit) as leve:
        cpit.lire(chemin, "innovation-territoriale")
    refusee = leve.value.anomalies[0]
    assert (refusee.code, refusee.mots) == ("table-illisible", {"raison": "la cellule C2 a deux valeurs"})
    assert (refusee.lieu.fichier, refusee.lieu.feuille, refusee.lieu.cellule) == (str(chemin), "Réponses", "C2")
