"""Les lignes écrites droit dans l’archive : les mêmes cellules que par XlsxWriter, quoi que les textes contiennent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring
from zipfile import ZipFile

import pytest
from aide_classeur import DATE, recalculer
from aide_cohorte import TROIS_STRATES, cohorte_au_hasard, ecrire_le_classeur
from aides import RACINE, Programme
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

import cpit
from cpit.classeurs import classeur_groupe
from cpit.classeurs import classeur_personne as classeur_d_une_personne
from cpit.coeur.cohorte import Cohorte, Releve, composer
from cpit.coeur.passation import Passation, repondu
from cpit.coeur.referentiel import Referentiel
from cpit.coeur.tableaux import Cellule
from cpit.tableur import document
from cpit.tableur.document import PatronIntrouvable, Suite, couper_patron, propre, remplir_patron

pytestmark = pytest.mark.endurance

TABLES = ("Scores", "Réponses", "Réponses en clair")
DIFFICILES = (
    "=1+1",
    "@SUM(A1:A9)",
    "#N/A",
    "0042",
    "  espaces au bord ",
    "deux\nlignes\tet une tabulation\r\nencore",
    "_x0041_ et _x000D_",
    "nul\x00, cloche\x07, demi \ud83d codet, \ufffe",
    "<r>&</r>",
    "<r><t>riche</t></r>",
    "]]> <balise> & \"guillemets\" 'simples'",
    "🧑‍🌾 عربي \u202e",
    "a" * 40_000,
    "\u200b",
)


@pytest.fixture(scope="module")
def livre() -> Referentiel:
    return cpit.referentiel(RACINE / "referentiels" / "innovation-territoriale.yaml")


def cohorte_difficile(livre: Referentiel) -> Cohorte:
    """Vingt passations, puis une par texte difficile, mis partout où une personne en écrit."""
    releves = [notee.releve for notee in cohorte_au_hasard(livre, 20, TROIS_STRATES, absentes=0.3).notees]
    for texte in DIFFICILES:
        profil = {question.identifiant: texte for question in livre.profil}
        passation = Passation.nouvelle(livre, identifiant=texte, profil=profil, moment=texte[:50], regard=texte[:50])
        releves.append(Releve(passation.avec_reponse(livre.items[0].code, repondu(0)), texte[:50]))
    return composer(livre, releves)


@pytest.fixture(scope="module")
def difficile(tmp_path_factory: pytest.TempPathFactory, livre: Referentiel) -> Path:
    """Le classeur de la cohorte difficile, seul dans son dossier."""
    chemin = tmp_path_factory.mktemp("difficile") / "direct.xlsx"
    ecrire_le_classeur(chemin, cohorte_difficile(livre), [], [("g.csv", 20 + len(DIFFICILES), 0)], date=DATE)
    return chemin


def ecrit(chemin: Path, cohorte: Cohorte) -> Workbook:
    ecrire_le_classeur(chemin, cohorte, [], [("g.csv", len(cohorte.notees), 0)], date=DATE)
    return load_workbook(chemin)


def par_xlsxwriter(chemin: Path, cohorte: Cohorte, patch: pytest.MonkeyPatch) -> Workbook:
    """Le même classeur, comme si XlsxWriter n’écrivait plus les patrons attendus."""

    def introuvable(*_: object) -> None:
        raise PatronIntrouvable

    with patch.context() as ici:
        ici.setattr(classeur_groupe, "couper_patron", introuvable)
        return ecrit(chemin, cohorte)


def defaire(texte: str) -> str:
    """Le texte sous son échappement de tableur : « _x005F_x0041_ » se lit « _x0041_ »."""
    return re.sub("_x005F(_x[0-9a-fA-F]{4}_)", r"\1", texte)


def decrites(classeur: Workbook) -> Iterator[tuple[Any, ...]]:
    """Chaque cellule, sa valeur, sa sorte et sa mise en forme ; puis ce qui tient à la feuille."""
    formes: dict[int, tuple[str, ...]] = {}
    for feuille in classeur:
        for rangee in feuille.iter_rows():
            for c in rangee:
                valeur = pytest.approx(c.value, rel=1e-15) if isinstance(c.value, float) else c.value
                if c.style_id not in formes:
                    forme = (c.font, c.fill, c.border, c.alignment, c.number_format, c.protection)
                    formes[c.style_id] = tuple(map(repr, forme))
                yield feuille.title, c.coordinate, valeur, c.data_type, *formes[c.style_id]
        hauteurs = {rang: dimension.height for rang, dimension in feuille.row_dimensions.items() if dimension.height}
        largeurs = {lettre: dimension.width for lettre, dimension in feuille.column_dimensions.items()}
        fusions = sorted(map(str, feuille.merged_cells.ranges))
        yield feuille.title, feuille.dimensions, feuille.auto_filter.ref, feuille.freeze_panes, feuille.print_area
        yield feuille.title, hauteurs, largeurs, fusions, feuille.print_title_rows, feuille.print_title_cols


def test_les_deux_chemins_ecrivent_les_memes_cellules(
    tmp_path: Path, difficile: Path, livre: Referentiel, monkeypatch: pytest.MonkeyPatch
) -> None:
    direct = list(decrites(load_workbook(difficile)))
    ordinaire = list(decrites(par_xlsxwriter(tmp_path / "ordinaire.xlsx", cohorte_difficile(livre), monkeypatch)))
    assert len(direct) == len(ordinaire) > 10_000
    for une, autre in zip(direct, ordinaire, strict=True):
        assert une == autre
    assert not [p.name for d in (tmp_path, difficile.parent) for p in d.iterdir() if p.suffix != ".xlsx"]


@pytest.mark.parametrize("nombre", [1, 40, 41])
def test_toutes_les_lignes_y_sont_en_pleine_precision(
    tmp_path: Path, livre: Referentiel, nombre: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Une ligne, un paquet juste plein, un de plus : la couture ne dépend pas de la taille du paquet."""
    monkeypatch.setattr(document, "LIGNES_PAR_PAQUET", 40)
    cohorte = cohorte_au_hasard(livre, nombre)
    feuille = ecrit(tmp_path / "g.xlsx", cohorte)["Scores"]
    lues = list(feuille.iter_rows(min_row=2, values_only=True))
    assert lues == list(cohorte.scores().lignes)


def test_une_cohorte_vide_garde_ses_en_tetes(tmp_path: Path, livre: Referentiel) -> None:
    classeur = ecrit(tmp_path / "g.xlsx", Cohorte(livre))
    assert [classeur[nom].max_row for nom in TABLES] == [1, 1, 1]


def test_l_echelle_a_libelles_hostiles_reste_inerte(tmp_path: Path, livre: Referentiel) -> None:
    niveaux = [replace(niveau, libelle="=1+1") for niveau in livre.echelle.niveaux]
    hostile = replace(livre, echelle=replace(livre.echelle, niveaux=tuple(niveaux)))
    passation = Passation.nouvelle(hostile, identifiant="P1").avec_reponse(livre.items[0].code, repondu(4))
    classeur = ecrit(tmp_path / "g.xlsx", composer(hostile, [Releve(passation, "p.json")]))
    dites = [c for c in classeur["Réponses en clair"][2] if c.value == "=1+1"]
    assert [c.data_type for c in dites] == ["s"]


def test_libreoffice_relit_les_textes_difficiles(tmp_path: Path, livre: Referentiel, programme: Programme) -> None:
    chemin = tmp_path / "g.xlsx"
    direct = ecrit(chemin, cohorte_difficile(livre))
    recalcule = recalculer(programme("soffice"), tmp_path, [chemin])[chemin]
    for nom in TABLES:
        for rangee in direct[nom].iter_rows(min_row=2):
            for cellule in rangee:
                refaite = recalcule[nom][cellule.coordinate]
                assert refaite.data_type != "f"
                if isinstance(cellule.value, str):
                    # openpyxl ne défait pas l’échappement d’un texte en ligne, LibreOffice si.
                    assert refaite.value == defaire(cellule.value)
                else:
                    assert refaite.value == pytest.approx(cellule.value)


@pytest.mark.parametrize("texte", ["<r>&</r>", "<r><t>x</t></r>", "<r></r>"])
def test_un_texte_n_est_jamais_pris_pour_du_xml(tmp_path: Path, livre: Referentiel, texte: str) -> None:
    """XlsxWriter écrit sans l’échapper un texte qui commence par « <r> » et finit par « </r> »."""
    passation = Passation.nouvelle(livre, identifiant=texte).avec_reponse(livre.items[0].code, repondu(0, texte))
    seul = tmp_path / "seul.xlsx"
    classeur_d_une_personne.ecrire_classeur_personne(seul, cpit.restituer(livre, passation), date=DATE)
    vues = {c.value for feuille in load_workbook(seul) for rangee in feuille.iter_rows() for c in rangee}
    assert propre(texte) in vues
    ensemble = ecrit(tmp_path / "ensemble.xlsx", composer(livre, [Releve(passation, texte)]))
    assert ensemble["Scores"]["A2"].value == propre(texte)


def test_l_avancement_compte_les_lignes_de_toutes_les_tables(tmp_path: Path, livre: Referentiel) -> None:
    vus: list[tuple[int, int]] = []
    cohorte = cohorte_au_hasard(livre, 600)
    ecrire_le_classeur(tmp_path / "g.xlsx", cohorte, [], [], date=DATE, progres=lambda *fait: vus.append(fait))
    faites = [fait for fait, _ in vus]
    total = faites[-1]
    assert {du for _, du in vus} == {total}
    assert total >= 600 * len(TABLES)
    assert total % 600 == 0
    assert faites == [n for debut in range(0, total, 600) for n in (debut + 512, debut + 600)]


# --- le patron ------------------------------------------------------------------------------------------------------

FEUILLE = (
    '<worksheet><dimension ref="A1:B3"/><sheetData><row r="2" spans="1:2"><c r="A2" s="4" t="s"><v>0</v></c></row>'
    '<row r="3" spans="1:2" ht="41" customHeight="1"><c r="A3" s="7"/><c r="B3"/></row></sheetData><fin/></worksheet>'
)


def une_suite(*lignes_: tuple[Cellule, ...]) -> Suite:
    return Suite(premiere=2, colonnes=2, nombre=len(lignes_), lignes=lignes_)


def remplie(*lignes_: tuple[Cellule, ...]) -> str:
    suite = une_suite(*lignes_)
    return b"".join(remplir_patron(couper_patron(FEUILLE, suite), suite, lambda _: None)).decode()


def test_le_patron_donne_formats_hauteur_et_place() -> None:
    assert remplie((1, "a"), (None, 0.1), ("", -0.0)) == (
        '<worksheet><dimension ref="A1:B5"/><sheetData><row r="2" spans="1:2"><c r="A2" s="4" t="s"><v>0</v></c></row>'
        '<row r="3" ht="41" customHeight="1"><c r="A3" s="7"><v>1</v></c>'
        '<c r="B3" t="inlineStr"><is><t>a</t></is></c></row>'
        '<row r="4" ht="41" customHeight="1"><c r="B4"><v>0.1</v></c></row>'
        '<row r="5" ht="41" customHeight="1"><c r="B5"><v>0.0</v></c></row></sheetData><fin/></worksheet>'
    )


@pytest.mark.parametrize(
    ("avant", "apres"),
    [
        ('<c r="A3" s="7"/>', '<c r="A3" s="7"></c>'),
        ('<c r="B3"/>', ""),
        ('<c r="B3"/>', '<c r="B3"/><c r="C3"/>'),
        ('<c r="B3"/>', '<c r="B3" t="s"/>'),
        ("</row></sheetData>", '</row><row r="4"/></sheetData>'),
        ('<row r="3" ', '<row r="4" '),
        ('<dimension ref="A1:B3"/>', ""),
        ('<dimension ref="A1:B3"/>', '<dimension ref="$A$1:$B$3"/>'),
    ],
)
def test_un_patron_ecrit_autrement_n_est_pas_devine(avant: str, apres: str) -> None:
    assert avant in FEUILLE
    with pytest.raises(PatronIntrouvable):
        couper_patron(FEUILLE.replace(avant, apres), une_suite((1, 2)))


@pytest.mark.parametrize("nombre", [float("nan"), float("inf")])
def test_ce_qui_n_est_pas_un_nombre_de_tableur_ne_s_ecrit_pas(nombre: float) -> None:
    with pytest.raises(ValueError, match="nombre de tableur"):
        remplie((nombre, 1))


CELLULES = st.one_of(
    st.none(),
    st.integers(-(10**9), 10**9),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(), max_size=40),
    st.sampled_from([*DIFFICILES, "1", "1.0", "None"]),
)


@given(st.lists(st.tuples(CELLULES, CELLULES), min_size=1, max_size=12), st.integers(0, 3))
def test_toute_cellule_se_relit_telle_quelle(lignes_: list[tuple[Cellule, Cellule]], retenues: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(document, "RETENUES", retenues)
        feuille = fromstring(remplie(*lignes_))
    trouvees = {c.get("r"): c for c in feuille.iter("c")}
    for rang, ligne in enumerate(lignes_, 3):
        for lettre, cellule in zip("AB", ligne, strict=True):
            trouvee = trouvees.get(f"{lettre}{rang}")
            if isinstance(cellule, str) and propre(cellule):
                assert trouvee is not None
                assert trouvee.get("t") == "inlineStr"
                texte = trouvee.find("is/t").text
                assert defaire(texte) == propre(cellule)
            elif cellule is None or isinstance(cellule, str):
                assert trouvee is None
            else:
                assert trouvee is not None
                assert (trouvee.get("t"), float(trouvee.find("v").text)) == (None, cellule)


def test_les_parties_de_l_archive_sont_saines(difficile: Path) -> None:
    with ZipFile(difficile) as archive:
        assert archive.testzip() is None
        noms = archive.namelist()
        assert len(noms) == len(set(noms))
        for nom in noms:
            fromstring(archive.read(nom))
