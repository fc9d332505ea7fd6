"""Le lecteur de classeurs, cellule par cellule : les mêmes valeurs qu’openpyxl, et ce qu’openpyxl ne voit pas."""

from __future__ import annotations

import subprocess
import zipfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from aide_bornes import abaisser
from aides import Programme, tirages
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from test_tables import CONFIEES, a_la_main

import cpit
from cpit.tableur import grandes_feuilles
from cpit.tableur.classeur_ouvert import FeuilleRefusee, Fusion, Piege
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
