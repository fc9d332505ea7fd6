"""Une figure s’ajoute par un module et une déclaration : la commande, l’API, les pages et les classeurs la montrent."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from zipfile import ZipFile

import pytest
from aides import RACINE

import cpit
from cpit.cli import executer
from cpit.coeur.cohorte import Cohorte
from cpit.coeur.groupe import portrait_montrable
from cpit.coeur.mots.restitution import Restitution
from cpit.figures import FIGURES, AuClasseur, FigureDeclaree
from cpit.figures.cadre import assembler, choisir_strate, cle_de_strate
from cpit.figures.dessin import Dessin, Figure, Style, Trait, rectangle
from cpit.typographie import nombre, typographier

COHORTE = RACINE / "exemples" / "cohorte-fictive.csv"
PASSATION = RACINE / "exemples" / "passation-r01-t0-soi.json"
CLE, TITRE = "bandes", "Une bande par compétence"
DIT_DE_LA_PERSONNE, DIT_DU_GROUPE = "La plus longue bande « d’une personne » :", "La plus longue bande « du groupe » :"


# --- le module ajouté ------------------------------------------------------------------------------------------------


def bandes_personne(restitution: Restitution, style: Style) -> Figure:
    valeurs = [score.valeur for score in restitution.resultat.competences.values()]
    return _tracer("bandes-personne", DIT_DE_LA_PERSONNE, valeurs, style)


def bandes_groupe(cohorte: Cohorte, style: Style) -> Figure:
    strate, groupe = choisir_strate(cohorte, None)
    portrait = portrait_montrable(groupe)
    valeurs = [portrait.echelles[c.identifiant].moyenne for c in groupe.referentiel.competences]
    return _tracer(cle_de_strate("bandes-groupe", strate), DIT_DU_GROUPE, valeurs, style)


def _tracer(cle: str, phrase: str, valeurs: list[float | None], style: Style) -> Figure:
    presentes = [valeur for valeur in valeurs if valeur is not None]
    haute = max(presentes, default=1.0)
    bandes = [
        rectangle((10, 20 * rang + 12, 10 + (style.largeur - 20) * valeur / haute, 20 * rang + 26), Trait(fond="encre"))
        for rang, valeur in enumerate(presentes)
    ]
    dessin = Dessin(style.largeur, 20.0 * len(presentes) + 30)
    dessin.poser("bandes", bandes)
    return assembler(cle, TITRE, [f"{phrase} {nombre(haute, 2)}."], dessin, style)


# --- sa déclaration --------------------------------------------------------------------------------------------------

DECLAREE = FigureDeclaree(CLE, TITRE, f"{__name__}:bandes_personne", f"{__name__}:bandes_groupe")


@pytest.fixture(autouse=True)
def avec_la_figure() -> Iterator[None]:
    FIGURES[CLE] = DECLAREE
    yield
    del FIGURES[CLE]


def _declarer(monkeypatch: pytest.MonkeyPatch, declaree: FigureDeclaree) -> None:
    monkeypatch.setitem(FIGURES, CLE, declaree)


@pytest.fixture
def dite_du_groupe() -> str:
    """Recalculée des scores que rend l’API, sans le portrait d’un groupe."""
    lignes = cpit.lire(COHORTE).cohorte.scores().en_pandas()
    moyennes = lignes[[f"score_C{rang}" for rang in range(1, 9)]].astype(float).mean()
    return typographier(f"{DIT_DU_GROUPE} {nombre(float(moyennes.max()), 2)}.")


@pytest.fixture
def dite_de_la_personne() -> str:
    scores = cpit.relire(PASSATION).restitution.resultat.competences.values()
    haute = max(score.valeur for score in scores if score.valeur is not None)
    return typographier(f"{DIT_DE_LA_PERSONNE} {nombre(haute, 2)}.")


def _page_du_groupe(tmp_path: Path, source: Path = COHORTE, *options: str) -> str:
    sortie = tmp_path / "groupe.html"
    commande = ["cohorte", str(source), "--page", str(sortie), "--sortie", str(tmp_path / "a-cote.csv")]
    assert executer([*commande, *options]) == 0
    return unescape(sortie.read_text(encoding="utf-8"))


def _page_de_la_personne(tmp_path: Path) -> str:
    sortie = tmp_path / "personne.html"
    assert executer(["restituer", str(PASSATION), "--page", str(sortie)]) == 0
    return unescape(sortie.read_text(encoding="utf-8"))


def _classeur_du_groupe(tmp_path: Path, source: Path = COHORTE) -> Path:
    sortie = tmp_path / "groupe.xlsx"
    assert executer(["cohorte", str(source), "--sortie", str(sortie)]) == 0
    return sortie


def _classeur_de_la_personne(tmp_path: Path) -> Path:
    sortie = tmp_path / "personne.xlsx"
    assert executer(["restituer", str(PASSATION), "--classeur", str(sortie)]) == 0
    return sortie


CLASSEURS = {"personne": _classeur_de_la_personne, "groupe": _classeur_du_groupe}


def _images(classeur: Path) -> list[tuple[bytes, str]]:
    """Chaque image d’un classeur et son texte de remplacement."""
    with ZipFile(classeur) as archive:
        octets = [archive.read(nom) for nom in archive.namelist() if nom.startswith("xl/media/")]
        dessins = [archive.read(n).decode() for n in archive.namelist() if n.startswith("xl/drawings/drawing")]
    posees = re.findall(r"<xdr:pic>.*?</xdr:pic>", "".join(dessins), re.DOTALL)
    dites = [unescape(re.findall(r' descr="([^"]*)"', posee)[0]) for posee in posees]
    return list(zip(octets, dites, strict=True))


def _textes(classeur: Path) -> str:
    with ZipFile(classeur) as archive:
        return unescape(archive.read("xl/sharedStrings.xml").decode())


def _extrait(texte: str, debut: str, fin: str) -> str:
    """Ce qui va de la première borne à la suivante ; rien si elle n’y est pas."""
    trouve = re.search(f"{re.escape(debut)}.*?{re.escape(fin)}", texte, re.DOTALL)
    return trouve[0] if trouve else ""


# --- où elle se montre -----------------------------------------------------------------------------------------------


def test_a_la_commande(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], dite_du_groupe: str, dite_de_la_personne: str
) -> None:
    for source, dite in ((COHORTE, dite_du_groupe), (PASSATION, dite_de_la_personne)):
        sortie = tmp_path / f"{source.stem}.svg"
        assert executer(["figure", CLE, str(source), "--sortie", str(sortie)]) == 0
        assert dite in capsys.readouterr().out.replace("\n  ", " ")
        assert f"{dite}</desc>" in sortie.read_text(encoding="utf-8")


def test_de_python(dite_du_groupe: str, dite_de_la_personne: str) -> None:
    assert cpit.figure(CLE, cpit.lire(COHORTE)).description == dite_du_groupe
    assert cpit.figure(CLE, cpit.relire(PASSATION)).description == dite_de_la_personne


def test_dans_la_page_du_groupe(tmp_path: Path, dite_du_groupe: str) -> None:
    bloc = _extrait(_page_du_groupe(tmp_path), f'<div class="deux {CLE}">', "</details>")
    assert f"<h3>{TITRE}</h3>" in bloc
    assert f"{dite_du_groupe}</desc>" in bloc
    # Ce qu’elle dit se lit aussi à côté d’elle : elle n’a pas de tableau.
    assert f"<p>{dite_du_groupe}</p>" in bloc


def test_dans_la_page_de_la_personne(tmp_path: Path, dite_de_la_personne: str) -> None:
    bloc = _extrait(_page_de_la_personne(tmp_path), f'<section class="deux {CLE}"', "</section>")
    assert f">{TITRE}</h2>" in bloc
    assert f"{dite_de_la_personne}</desc>" in bloc
    assert f"<p>{dite_de_la_personne}</p>" in bloc


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("de", CLASSEURS)
def test_dans_le_classeur(tmp_path: Path, de: str, dite_du_groupe: str, dite_de_la_personne: str) -> None:
    pytest.importorskip("resvg_py")
    classeur = CLASSEURS[de](tmp_path)
    ((octets, dite),) = _images(classeur)
    assert octets.startswith(b"\x89PNG")
    assert dite == {"personne": dite_de_la_personne, "groupe": dite_du_groupe}[de]
    assert TITRE in _textes(classeur)
    # Mêmes données, mêmes octets : ce que cpit a écrit se refait à l’identique.
    avant = classeur.read_bytes()
    assert CLASSEURS[de](tmp_path).read_bytes() == avant


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("de", CLASSEURS)
def test_sans_la_bibliotheque_le_classeur_la_dit_en_mots(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, de: str, dite_du_groupe: str, dite_de_la_personne: str
) -> None:
    monkeypatch.setattr("cpit.formats.registre.find_spec", lambda _: None)
    classeur = CLASSEURS[de](tmp_path)
    textes = _textes(classeur)
    assert not _images(classeur)
    assert TITRE in textes
    assert "python -m pip install reportlab resvg-py" in textes
    assert {"personne": dite_de_la_personne, "groupe": dite_du_groupe}[de] in textes


# --- où elle ne se montre pas ----------------------------------------------------------------------------------------


@pytest.fixture
def deux_moments(tmp_path: Path) -> Path:
    """Douze passations à l’arrivée, deux seulement à la sortie."""
    with COHORTE.open(encoding="utf-8-sig", newline="") as fichier:
        lecteur = csv.DictReader(fichier, delimiter=";")
        lignes = list(lecteur)[:12]
    sortie = tmp_path / "deux.csv"
    with sortie.open("w", encoding="utf-8", newline="") as fichier:
        ecrivain = csv.DictWriter(fichier, lecteur.fieldnames or (), delimiter=";")
        ecrivain.writeheader()
        ecrivain.writerows([*lignes, *({**ligne, "moment": "t1"} for ligne in lignes[:2])])
    return sortie


def test_une_strate_tue_n_en_montre_rien(tmp_path: Path, deux_moments: Path) -> None:
    page = _page_du_groupe(tmp_path, deux_moments)
    (montree,) = re.findall(r'<div class="deux bandes">.*?</desc>', page, re.DOTALL)
    assert "bandes-groupe-t0-soi" in montree
    assert "bandes-groupe-t1-soi" not in page
    # Nominative, la page montre tout le monde.
    assert "bandes-groupe-t1-soi" in _page_du_groupe(tmp_path, deux_moments, "--nominatif")


def test_une_strate_a_sa_figure_dans_le_classeur(tmp_path: Path, deux_moments: Path) -> None:
    pytest.importorskip("resvg_py")
    assert len({octets for octets, _ in _images(_classeur_du_groupe(tmp_path, deux_moments))}) == 2


@pytest.mark.endurance
def test_une_figure_de_groupe_seul_ne_se_montre_que_la(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _declarer(monkeypatch, FigureDeclaree(CLE, TITRE, groupe=DECLAREE.groupe))
    assert TITRE not in _page_de_la_personne(tmp_path)
    assert TITRE not in _textes(_classeur_de_la_personne(tmp_path))
    assert TITRE in _page_du_groupe(tmp_path)
    assert TITRE in _textes(_classeur_du_groupe(tmp_path))
    capsys.readouterr()
    assert executer(["figure", CLE, str(PASSATION), "--sortie", str(tmp_path / "f.svg")]) == 1
    assert "carte, radar, matrice" in " ".join(capsys.readouterr().err.split())


@pytest.mark.endurance
def test_une_figure_ne_se_montre_que_la_ou_elle_le_declare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    discrete = FigureDeclaree(
        CLE, TITRE, DECLAREE.personne, DECLAREE.groupe, pages=frozenset(), classeur=AuClasseur.TABLE
    )
    _declarer(monkeypatch, discrete)
    assert TITRE not in _page_du_groupe(tmp_path) + _page_de_la_personne(tmp_path)
    for ecrire in CLASSEURS.values():
        assert TITRE not in _textes(ecrire(tmp_path))
