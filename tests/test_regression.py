"""Ce que les campagnes ont trouvé, gardé : chaque fichier fautif est nommé à sa place, et n’arrête pas les autres."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest
import yaml
from aides import RACINE

import cpit
from cpit.cli import executer

CORPUS = RACINE / "tests" / "donnees" / "regression"
ATTENDUS = yaml.safe_load((CORPUS / "attendus.yaml").read_text(encoding="utf-8"))
SAINE = RACINE / "exemples" / "passation-r01-t0-soi.json"


def test_chaque_fichier_a_son_attendu() -> None:
    assert {chemin.name for chemin in CORPUS.iterdir()} == {*ATTENDUS, "attendus.yaml"}


@pytest.mark.parametrize("nom", ATTENDUS)
def test_un_fichier_fautif_est_nomme_et_n_arrete_pas_les_autres(nom: str) -> None:
    attendu = ATTENDUS[nom]
    recueil = cpit.lire([CORPUS / nom, SAINE], "innovation-territoriale")
    assert [bilan.passations for bilan in recueil.sources] == [attendu["passations"], 1]
    assert list(dict.fromkeys(une.code for une in recueil.anomalies)) == [attendu["code"], *attendu.get("suite", [])]
    lieu = " ".join(str(recueil.anomalies[0].lieu).split())
    assert nom in lieu
    assert attendu["lieu"] in lieu


@pytest.mark.parametrize("nom", [nom for nom in ATTENDUS if nom.endswith(".csv")])
def test_une_table_refusee_l_est_pour_la_meme_raison_en_flux(
    nom: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dits = []
    for seuil in (10**9, 0):
        monkeypatch.setattr("cpit.flux.SEUIL", seuil)
        assert executer(["cohorte", str(CORPUS / nom), "--sortie", str(tmp_path / f"{seuil}.csv")]) == 1
        dits.append(capsys.readouterr().err.partition("Attendu")[0])
    assert dits[0] == dits[1]


# --- une étendue menteuse ---------------------------------------------------------------------------------------------

FEUILLE = """<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>
<x:row r="{rang}"><x:c r="{adresse}"><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>"""


def _vaste(chemin: Path, rang: int, adresse: str, prefixe: bool) -> Path:
    """Un classeur de quelques Ko dont la seule cellule est au bout d’une feuille, balises préfixées ou non."""
    import openpyxl

    tampon = io.BytesIO()
    openpyxl.Workbook().save(tampon)
    texte = FEUILLE.format(rang=rang, adresse=adresse)
    if not prefixe:
        texte = texte.replace("xmlns:x=", "xmlns=").replace("x:", "")
    with zipfile.ZipFile(tampon) as source, zipfile.ZipFile(chemin, "w", zipfile.ZIP_DEFLATED) as cible:
        for nom in source.namelist():
            cible.writestr(nom, texte if nom == "xl/worksheets/sheet1.xml" else source.read(nom))
    return chemin


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("prefixe", [True, False])
@pytest.mark.parametrize(
    ("rang", "adresse", "code"),
    [
        (1_048_576, "XFD1048576", "trop-de-colonnes"),
        (199_999, "CZ199999", "table-sans-item"),
        (1, "XFD1", "trop-de-colonnes"),
    ],
)
def test_une_cellule_au_bout_d_une_feuille_ne_reserve_rien(
    tmp_path: Path, rang: int, adresse: str, code: str, prefixe: bool
) -> None:
    vaste = _vaste(tmp_path / "vaste.xlsx", rang, adresse, prefixe)
    tracemalloc.start()
    recueil = cpit.lire([vaste, SAINE], "innovation-territoriale")
    _, pic = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [bilan.passations for bilan in recueil.sources] == [0, 1]
    assert {une.code for une in recueil.anomalies} == {code}
    assert pic < 24_000_000


# --- un lecteur qui s’effondre ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("effondrement", [MemoryError(), RecursionError()])
def test_un_lecteur_a_bout_de_memoire_n_arrete_pas_les_autres(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, effondrement: BaseException
) -> None:
    def lire(*_: object) -> None:
        raise effondrement

    monkeypatch.setattr("cpit.lecture.table_csv.lire_table_csv", lire)
    (tmp_path / "table.csv").write_text("identifiant;C1P\nA;1\n", encoding="utf-8")
    recueil = cpit.lire([tmp_path / "table.csv", SAINE], "innovation-territoriale")
    assert [bilan.passations for bilan in recueil.sources] == [0, 1]
    assert [une.code for une in recueil.anomalies] == ["fichier-illisible"]


# --- une balise sans fin ----------------------------------------------------------------------------------------------


@pytest.mark.echantillon(5)
@pytest.mark.parametrize("sorte", ["<!--{}-->", "<?a {}?>", "<{}/>", '<row a="{}"/>', "<row {}/>"])
@pytest.mark.parametrize("partie", ["xl/worksheets/sheet1.xml", "xl/workbook.xml"])
def test_une_balise_demesuree_ne_se_relit_pas_sans_fin(tmp_path: Path, sorte: str, partie: str) -> None:
    """L’analyseur la reprendrait du début à chaque morceau : cent millions d’octets lui prenaient 20 secondes."""
    from aide_hostiles import PARTIES, en_xlsx

    long = " " * 5_000_000 if sorte == "<row {}/>" else "x" * 5_000_000
    texte = PARTIES[partie].replace("</", f"{sorte.format(long)}</", 1)
    (tmp_path / "longue.xlsx").write_bytes(en_xlsx({partie: texte}))
    recueil = cpit.lire([tmp_path / "longue.xlsx", SAINE], "innovation-territoriale")
    assert recueil.sources[-1].passations == 1
    assert [une.code for une in recueil.anomalies] == ["table-illisible"]
    assert "longue.xlsx" in str(recueil.anomalies[0].lieu)
