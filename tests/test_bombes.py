"""Des classeurs de peu d’octets qui demandent beaucoup, ou qu’un tableur lirait autrement : nommés, seuls refusés.

Chacun tient en moins de deux mégaoctets. Ce qui se compte (balises vides, répétitions, espaces abrégés, feuilles et
tableaux qui désignent la même partie) se compte avant de coûter ; ce qui n’a pas un sens et un seul n’est pas deviné.
"""

from __future__ import annotations

import base64
import random
import struct
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import openpyxl
import pytest
from aide_bornes import abaisser
from aide_formats import ligne_ods, ods, table_ods, texte_xlsb, un_xlsb, xlsb
from aide_hostiles import (
    DOCUMENT,
    FEUILLE,
    PAQUET,
    PARTIES,
    TETE,
    TEXTES,
    en_feuille,
    en_ligne,
    en_xlsx,
)
from aides import RACINE

import cpit
from cpit.cli import executer
from cpit.formats.recueil import Recueil

SAINE = RACINE / "exemples" / "passation-r01-t0-soi.json"
CLASSEUR, LIENS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
TABLEAUX = "xl/worksheets/_rels/sheet1.xml.rels"
MEGA = 1_000_000


def _une_feuille_de_plus(lien: str = "r9") -> str:
    return PARTIES[CLASSEUR].replace("</sheets>", f'<sheet name="Suite" sheetId="2" r:id="{lien}"/></sheets>')


def _un_lien_de_plus(attributs: str) -> str:
    lien = f'<Relationship Type="{DOCUMENT}/worksheet" {attributs}/>'
    return PARTIES[LIENS].replace("</Relationships>", f"{lien}</Relationships>")


def _des_tableaux(nombre: int, cible: str) -> str:
    liens = "".join(f'<Relationship Id="t{n}" Type="{DOCUMENT}/table" Target="{cible}{n}.xml"/>' for n in range(nombre))
    return f'{TETE}<Relationships xmlns="{PAQUET}/relationships">{liens}</Relationships>'


def _bourre() -> str:
    """Des commentaires qui ne se compressent pas : sans eux, une partie gonflée se verrait à son seul poids."""
    return f"<!--{base64.b64encode(random.Random(7).randbytes(150_000)).decode()}-->"


def _deux_feuilles_en_xlsb() -> bytes:
    perdue = un_xlsb(156, struct.pack("<II", 0, 2) + texte_xlsb("rId9") + texte_xlsb("Suite"))
    sain = xlsb([["identifiant", "C1P"], ["Mauvais", 2]])
    premiere = un_xlsb(156, struct.pack("<II", 0, 1) + texte_xlsb("rId1") + texte_xlsb("F"))
    return _changer(sain, "xl/workbook.bin", premiere + perdue)


def _changer(archive: bytes, partie: str, contenu: bytes) -> bytes:
    import io

    sortie = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as lue, zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as ecrite:
        for nom in lue.namelist():
            ecrite.writestr(nom, contenu if nom == partie else lue.read(nom))
    return sortie.getvalue()


def _espaces() -> bytes:
    case = '<table:table-cell office:value-type="string"><text:p>' + '<text:s text:c="9999999"/>' * 20
    return ods(table_ods([ligne_ods(["identifiant", "C1P"]), ligne_ods(["A", f"{case}</text:p></table:table-cell>"])]))


def _lignes_repetees() -> bytes:
    return ods(
        table_ods([ligne_ods(["identifiant", "C1P"]), ligne_ods(["A", 2], 'table:number-rows-repeated="1048000"')])
    )


def _mille_noms() -> str:
    return "".join(f"<b{n}/>" for n in range(40_000))


_UNE_CASE = '<mergeCell ref="A1"/>'
_STYLES = "xl/styles.xml"
PIEGES: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "encodage inconnu": (".xlsx", lambda: en_xlsx({FEUILLE: PARTIES[FEUILLE].replace("UTF-8", "x-inconnu")}), "lisent"),
    "encodage qui n’en est pas un": (
        ".xlsx",
        lambda: en_xlsx({FEUILLE: PARTIES[FEUILLE].replace("UTF-8", "hex")}),
        "lisent",
    ),
    "format de nombre en exposant": (
        ".xlsx",
        lambda: en_xlsx({_STYLES: PARTIES[_STYLES].replace('numFmtId="0"', 'numFmtId="²"')}),
        "porte le numéro '²'",
    ),
    "format de nombre démesuré": (
        ".xlsx",
        lambda: en_xlsx({_STYLES: PARTIES[_STYLES].replace('numFmtId="0"', f'numFmtId="{"9" * 5_000}"')}),
        "porte le numéro",
    ),
    "classeur désigné ailleurs": (
        ".xlsx",
        lambda: en_xlsx({"_rels/.rels": PARTIES["_rels/.rels"].replace("xl/workbook.xml", "autre/livre.xml")}),
        "autre/livre.xml",
    ),
    "deux liens d’un identifiant": (
        ".xlsx",
        lambda: en_xlsx({LIENS: _un_lien_de_plus('Id="r1" Target="worksheets/f2.xml"')}),
        "l’identifiant 'r1'",
    ),
    "feuille sans lien": (".xlsx", lambda: en_xlsx({CLASSEUR: _une_feuille_de_plus()}), "ne mène à aucune partie"),
    "feuille hors du classeur": (
        ".xlsx",
        lambda: en_xlsx(
            {
                CLASSEUR: _une_feuille_de_plus(),
                LIENS: _un_lien_de_plus('Id="r9" TargetMode="External" Target="https://exemple.invalid/f.xml"'),
            }
        ),
        "ne mène à aucune partie",
    ),
    "lien d’un autre espace de noms": (
        ".xlsx",
        lambda: en_xlsx({CLASSEUR: PARTIES[CLASSEUR].replace('r:id="r1"', 'xmlns:z="urn:z" z:id="r1"')}),
        "ne mène à aucune partie",
    ),
    "une partie, deux feuilles": (".xlsx", lambda: en_xlsx({CLASSEUR: _une_feuille_de_plus("r1")}), "déjà prise"),
    "deux classeurs en un": (".xlsx", lambda: en_xlsx({"content.xml": "<a/>"}), "deux classeurs"),
    "tableaux démesurés": (
        ".xlsx",
        lambda: en_xlsx(
            {TABLEAUX: _des_tableaux(9, "../t"), **{f"xl/t{n}.xml": f"<a>{'<b/>' * 200_000}</a>" for n in range(9)}}
        ),
        "tableaux sont démesurés",
    ),
    "fusions d’une case": (
        ".xlsx",
        lambda: en_xlsx({FEUILLE: en_feuille(en_ligne(2), f"<mergeCells>{_UNE_CASE * 110_000}</mergeCells>")}),
        "fusions",
    ),
    "balises de mille noms": (
        ".xlsx",
        lambda: en_xlsx({FEUILLE: en_feuille(_mille_noms())}),
        "noms de balises",
    ),
    "attributs de mille noms": (
        ".xlsx",
        lambda: en_xlsx({FEUILLE: en_feuille("".join(f'<row b{n}=""/>' for n in range(40_000)))}),
        "noms de balises",
    ),
    "styles de mille noms": (
        ".xlsx",
        lambda: en_xlsx({_STYLES: PARTIES[_STYLES].replace("<cellXfs>", _mille_noms() + "<cellXfs>")}),
        "noms de balises",
    ),
    "ods, balises de mille noms": (
        ".ods",
        lambda: ods(table_ods([ligne_ods(["identifiant", "C1P"]), _mille_noms()])),
        "noms de balises",
    ),
    "partie gonflée": (".xlsx", lambda: en_xlsx({FEUILLE: en_feuille("<row/>" * (2 * MEGA))}), "plus lourde"),
    "xlsb, feuille sans lien": (".xlsb", _deux_feuilles_en_xlsb, "ne mène à aucune partie"),
    "xlsb gonflé": (".xlsb", lambda: xlsb([], feuille=un_xlsb(145) + bytes([0x48, 0]) * (6 * MEGA)), "plus lourde"),
    "ods, espaces abrégés": (".ods", _espaces, "espaces"),
    "ods, ligne remplie répétée": (".ods", _lignes_repetees, "répétée 1048000 fois"),
}
LENTS: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "balises vides autour de la table": (
        ".xlsx",
        lambda: en_xlsx({FEUILLE: en_feuille(en_ligne(2), _bourre() + "<a/>" * (5 * MEGA))}),
        "ne portent rien",
    ),
    "balises vides parmi les textes": (
        ".xlsx",
        lambda: en_xlsx(
            {
                TEXTES: PARTIES[TEXTES].replace("<si>", _bourre() + "<si/>" * (5 * MEGA) + "<si>", 1),
                FEUILLE: en_feuille(en_ligne(2, '<c t="s"><v>5000000</v></c>')),
            }
        ),
        "ne portent rien",
    ),
    "ods, balises vides": (
        ".ods",
        lambda: ods(table_ods([ligne_ods(["identifiant", "C1P"]), _bourre(), "<a/>" * (5 * MEGA)])),
        "ne portent rien",
    ),
    "xlsb, enregistrements vides": (
        ".xlsb",
        lambda: xlsb(
            [], feuille=un_xlsb(145) + un_xlsb(200, random.Random(7).randbytes(150_000)) + bytes([0x48, 0]) * (6 * MEGA)
        ),
        "ne portent rien",
    ),
}


@pytest.mark.parametrize("nom", [*PIEGES, *(pytest.param(nom, marks=pytest.mark.endurance) for nom in LENTS)])
def test_un_classeur_pose_en_piege_est_nomme_et_seul_refuse(nom: str, tmp_path: Path) -> None:
    suffixe, produire, mot = {**PIEGES, **LENTS}[nom]
    piege = tmp_path / f"mauvais{suffixe}"
    piege.write_bytes(produire())
    assert piege.stat().st_size < 2 * MEGA
    recueil = cpit.lire([piege, SAINE], "innovation-territoriale")
    assert [bilan.passations for bilan in recueil.sources] == [0, 1]
    assert [une.lieu.fichier for une in recueil.anomalies] == [str(piege)]
    assert mot in recueil.anomalies[0].quoi


def test_une_feuille_presque_vide_ne_se_parcourt_que_cinq_fois(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Des déclarations, la version du référentiel, l’en-tête, des fusions, les réponses : ses lignes vides peuvent être
    des millions.
    """
    ouvertes: list[str] = []
    ouvrir = zipfile.ZipFile.open

    def noter(archive: zipfile.ZipFile, nom: str | zipfile.ZipInfo, *a: Any, **k: Any) -> IO[bytes]:
        ouvertes.append(nom if isinstance(nom, str) else nom.filename)
        return ouvrir(archive, nom, *a, **k)

    (tmp_path / "t.xlsx").write_bytes(en_xlsx({FEUILLE: en_feuille(en_ligne(2) + "<row/>" * 99)}))
    monkeypatch.setattr(zipfile.ZipFile, "open", noter)
    assert executer(["cohorte", str(tmp_path / "t.xlsx"), "--sortie", str(tmp_path / "g.csv")]) == 0
    assert ouvertes.count(FEUILLE) == 5


def test_un_classeur_de_textes_demesures_dit_chaque_cellule_refusee(tmp_path: Path) -> None:
    """Un texte trop long pour être une réponse ne s’éprouve pas ; entouré d’espaces, « 2 » reste 2."""
    long = f'<c t="inlineStr"><is><t>{"é" * 3_000}</t></is></c>'
    large = f'<c t="inlineStr"><is><t xml:space="preserve">{" " * 3_000}2</t></is></c>'
    chemin = tmp_path / "t.xlsx"
    chemin.write_bytes(en_xlsx({FEUILLE: en_feuille(en_ligne(2, long + large))}))
    recueil = cpit.lire([chemin], "innovation-territoriale")
    assert [(une.code, une.lieu.cellule) for une in recueil.anomalies] == [("cellule-incomprise", "B2")]
    (notee,) = recueil.cohorte.notees
    assert notee.passation.reponse("C1M").valeur == 2


# --- les archives de réponses ---------------------------------------------------------------------------------------

_TABLE = "identifiant;C1P;C1M\n{};2;3\n"


def _zip(parties: dict[str, str]) -> bytearray:
    import io

    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as ecrite:
        for nom, contenu in parties.items():
            ecrite.writestr(nom, contenu)
    return bytearray(sortie.getvalue())


def test_un_fichier_abime_d_une_archive_n_arrete_ni_elle_ni_les_autres(tmp_path: Path) -> None:
    archive = _zip({"a.csv": _TABLE.format("A"), "b.csv": _TABLE.format("B")})
    archive[archive.index(b"PK\x01\x02") + 16] ^= 0xFF
    chemin = tmp_path / "mauvais.zip"
    chemin.write_bytes(archive)
    recueil = cpit.lire([chemin, SAINE], "innovation-territoriale")
    assert [bilan.passations for bilan in recueil.sources] == [0, 1, 1]
    (faute,) = [une for une in recueil.anomalies if une.code == "fichier-illisible"]
    assert faute.lieu.fichier == str(chemin / "a.csv")
    assert "coupé ou altéré" in faute.quoi


@pytest.mark.parametrize(
    "produire",
    [
        lambda: _zip({"QQQ": _TABLE.format("A")}).replace(b"QQQ", b"\0\0\0"),
        lambda: _zip({f"{n}.csv": _TABLE.format(n) for n in range(1_200)}),
        lambda: _zip({f"{n}.csv": _TABLE.format(n) + "\n" * (9 * MEGA) for n in range(2)}),
    ],
)
def test_une_archive_refusee_l_est_seule(tmp_path: Path, produire: Callable[[], bytearray]) -> None:
    """Un fichier sans nom ; plus de fichiers qu’une promotion n’en rend ; des millions de lignes vides."""
    chemin = tmp_path / "mauvais.zip"
    chemin.write_bytes(produire())
    recueil = cpit.lire([chemin, SAINE], "innovation-territoriale")
    assert [bilan.passations for bilan in recueil.sources] == [0, 1]
    assert {une.lieu.fichier for une in recueil.anomalies} == {str(chemin)}


def test_un_millier_de_fichiers_d_une_archive_ne_relit_pas_son_repertoire(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chemin = tmp_path / "retours.zip"
    chemin.write_bytes(_zip({f"{n}.csv": _TABLE.format(f"P{n}") for n in range(40)}))
    lus = []
    vrai = zipfile.ZipFile.infolist

    class Compte(zipfile.ZipFile):
        def __init__(self, *arguments: object, **options: object) -> None:
            super().__init__(*arguments, **options)  # type: ignore[arg-type, call-overload]
            lus.append(len(vrai(self)))

    monkeypatch.setattr("zipfile.ZipFile", Compte)
    recueil = cpit.lire([chemin], "innovation-territoriale")
    assert len(recueil.cohorte.notees) == 40
    assert sum(lus) < 40 * 10


@pytest.mark.parametrize(
    "signe", ["\x85", "\u2028", "\u2029", "\x9b", "\x1b", "\x7f", "\ufffe", "\u202e", "\U000e0041"]
)
def test_un_en_tete_que_yaml_ne_porterait_pas_tel_quel_se_relit(signe: str, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text(f"Qui;C1P{signe}Suite\nA;2\n", encoding="utf-8")
    assert executer(["correspondance", str(table), "--sortie", str(tmp_path / "c.yaml")]) == 0
    import yaml

    ecrit = (tmp_path / "c.yaml").read_text(encoding="utf-8")
    assert f"C1P{signe}Suite" in yaml.safe_load(ecrit)["colonnes"]
    assert signe not in ecrit


# --- des tables que leurs constats rendraient coûteuses ---------------------------------------------------------------

_EXEMPLE = "EXEMPLE-A-REMPLACER"
_ITEMS = [f"C{rang}{lettre}" for rang in range(1, 9) for lettre in "PMC"]


def _table(chemin: Path, lignes: Iterable[tuple[str, Sequence[object]]]) -> Path:
    ecrites = (";".join([qui, *map(str, reponses)]) for qui, reponses in lignes)
    chemin.write_text("\n".join([";".join(["identifiant", *_ITEMS]), *ecrites, ""]), encoding="utf-8")
    return chemin


def _compter(recueil: Recueil) -> int:
    """Les anomalies d’une lecture, celles qui n’y sont que comptées comprises."""
    return sum(int(une.mots["nombre"]) if une.code.endswith("-en-nombre") else 1 for une in recueil.anomalies)


def _diverses(combien: int) -> Iterator[tuple[str, list[str]]]:
    """Des lignes dont chaque cellule porte un texte que nulle autre ne porte."""
    return ((f"P{n}", [f"mesure {24 * n + rang}" for rang in range(24)]) for n in range(combien))


@pytest.mark.parametrize("sortie", ["g.csv", "g.xlsx"], ids=["en-flux", "d-un-bloc"])
def test_une_table_de_textes_tous_differents_est_seule_refusee(
    sortie: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Des réponses ne s’écrivent que de quelques dizaines de façons ; en éprouver un million prendrait des minutes."""
    monkeypatch.setattr("cpit.flux.SEUIL", 1)
    abaisser(monkeypatch, "façons d’écrire une réponse", 100)
    saine = _table(tmp_path / "saine.csv", [(f"S{n}", [2] * 24) for n in range(4)])
    mauvaise = _table(tmp_path / "mauvaise.csv", _diverses(8))
    arguments = ["cohorte", str(saine), str(mauvaise), "--sortie", str(tmp_path / sortie), "--simple"]
    assert executer(arguments) == 1
    dit = " ".join(capsys.readouterr().err.split())
    assert "mauvaise.csv : les colonnes d’items portent plus de 100 textes" in dit
    assert (tmp_path / sortie).exists()
    assert [b.passations for b in cpit.lire([saine, mauvaise], "innovation-territoriale").sources] == [4, 0]


@pytest.mark.parametrize("sortie", ["g.csv", "g.xlsx"], ids=["en-flux", "d-un-bloc"])
def test_une_petite_table_dessous_n_arrete_pas_les_autres_sources(
    sortie: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ce que le flux ne sait pas lire se lit d’un bloc : aucune source n’y perd."""
    monkeypatch.setattr("cpit.flux.SEUIL", 1)
    saine = _table(tmp_path / "saine.csv", [(f"S{n}", [2] * 24) for n in range(4)])
    autre = _table(tmp_path / "autre.csv", [(f"P{n}", [3] * 24) for n in range(4)])
    dessous = ["Étiquettes de lignes", "Nombre", *[""] * 23]
    autre.write_text(autre.read_text(encoding="utf-8") + ";".join(dessous) + "\n", encoding="utf-8")
    assert executer(["cohorte", str(saine), str(autre), "--sortie", str(tmp_path / sortie), "--simple"]) == 0
    assert (tmp_path / sortie).exists()


@pytest.mark.parametrize(
    ("lignes", "code"),
    [
        ([("R01", [2] * 24)] * 40, "passation-identique"),
        ([("R01", [rang % 4] * 24 if rang % 2 else [*[rang % 4] * 23, rang % 5]) for rang in range(20)], ""),
        ([(_EXEMPLE, [2] * 24)] * 40 + [("R01", [2] * 24)], "ligne-d-exemple"),
    ],
    ids=["les-memes", "de-la-meme", "d-exemple"],
)
def test_des_constats_pareils_sont_comptes_et_les_premiers_dits(
    lignes: list[tuple[str, Sequence[object]]], code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Les mêmes premiers, aux mêmes places, et le même nombre en tout, détaillés ou comptés."""
    table = _table(tmp_path / "t.csv", lignes)
    tous = cpit.lire([table], "innovation-territoriale")
    abaisser(monkeypatch, "anomalies détaillées d’une source", 5)
    bornes = cpit.lire([table], "innovation-territoriale")
    dits = [une for une in bornes.anomalies if une.code != "avertissements-en-nombre"]
    assert len(dits) == 5 < len(tous.anomalies)
    assert list(map(repr, dits)) == list(map(repr, tous.anomalies[:5]))
    assert not code or {une.code for une in dits} == {code}
    assert _compter(bornes) == _compter(tous)
    assert len(bornes.cohorte.notees) == len(tous.cohorte.notees)


def test_la_page_et_le_classeur_comptent_ce_qui_n_est_pas_detaille(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Huit réponses refusées et cinq détaillées : huit partout, comme à l’écran."""
    abaisser(monkeypatch, "anomalies détaillées d’une source", 5)
    lignes = [(f"P{n}", ["sept", *[n % 5] * 23]) for n in range(8)]
    recueil = cpit.lire([_table(tmp_path / "t.csv", lignes)], "innovation-territoriale")
    page = cpit.ecrire(recueil, tmp_path / "g.html").read_text(encoding="utf-8")
    assert "8 refus" in page.replace("\u202f", " ").replace("\u00a0", " ")
    feuilles = openpyxl.load_workbook(cpit.ecrire(recueil, tmp_path / "g.xlsx")).worksheets
    textes = [str(valeur) for feuille in feuilles for ligne in feuille.iter_rows(values_only=True) for valeur in ligne]
    assert any("Refus : 8 (" in texte.replace("\u202f", " ").replace("\u00a0", " ") for texte in textes)
