"""Le document Word d’une personne : ce que dit sa page, dans un gabarit que l’on change, et où rien ne s’exécute."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import docx
import pytest
from aides import RACINE, Programme
from docx.document import Document
from docx.oxml.ns import qn

import cpit
from cpit.cli import executer
from cpit.typographie import nombre

sys.path.insert(0, str(RACINE / "tests" / "outils"))

import faire_gabarits

EXEMPLE = RACINE / "exemples" / "passation-r01-t0-soi.json"
TRACE = "Café du vendredi sur la place"
"""Le début d’une trace de la passation d’exemple."""
Commande = Callable[..., tuple[int, str]]
HOSTILES = (
    "{{ 7 * 7 }} {% for x in range(9) %}x{% endfor %} {# rien #}",
    "{_{ 7 * 7 }_} {_% if 1 %_} {{{{ }}}} {%p if 1 %} {%tr endfor %}",
    "<w:br/> ]]> & < > \" ' &amp; </w:t></w:p>",
    "a\x00b\x07c\x0cd\x1be\ufffef\ud800g",
    "\u202eécrit de droite à gauche\u2066 שלום مرحبا",
    "trois\nlignes\tet une tabulation",
    "{{ contenu.__class__.__mro__ }} {{ figure('carte') }}",
)
"""Des traces qui voudraient s’exécuter, ou casser le document."""


@pytest.fixture
def commande(capsys: pytest.CaptureFixture[str]) -> Commande:
    """Exécute une commande ; rend son code et tout ce qu’elle écrit, sans repli."""

    def lancer(*arguments: object) -> tuple[int, str]:
        capsys.readouterr()
        code = executer([*map(str, arguments)])
        return code, " ".join("".join(capsys.readouterr()).split())

    return lancer


def texte(document: Document) -> str:
    """Tout le texte du corps, paragraphes et cellules, dans l’ordre."""
    return "\n".join("".join(noeud.itertext()) for noeud in document.element.body.iter(qn("w:p")))


def avec_des_traces(*traces: str) -> Any:
    """La restitution d’exemple, dont les items ont, l’un après l’autre, ces traces."""
    passation = cpit.relire(EXEMPLE).restitution.passation
    for code, trace in zip(passation.reponses, traces, strict=False):
        passation = passation.avec_reponse(code, dataclasses.replace(passation.reponse(code), trace=trace))
    return cpit.restituer(cpit.referentiel(RACINE / "referentiels" / "innovation-territoriale.yaml"), passation)


def copie_de_l_exemple(dossier: Path) -> Path:
    return Path(shutil.copy(EXEMPLE, dossier / EXEMPLE.name))


def gabarit_de(chemin: Path, *paragraphes: str) -> Path:
    document = docx.Document()
    for paragraphe in paragraphes:
        document.add_paragraph(paragraphe)
    document.save(str(chemin))
    return chemin


# --- ce que dit le document -----------------------------------------------------------------------------------------


def test_le_document_dit_ce_que_dit_la_page(tmp_path: Path) -> None:
    """Les scores, les phrases de l’essentiel, chaque situation, chaque trace ; l’échelle et le référentiel."""
    relecture = cpit.relire(EXEMPLE)
    document = docx.Document(str(cpit.ecrire(relecture, tmp_path / "r01.docx")))
    tout, scores = texte(document), document.tables[0]
    for ligne, competence in zip(scores.rows[1:], relecture.restitution.referentiel.competences, strict=True):
        valeur = relecture.restitution.resultat.score(competence.identifiant).valeur
        assert [c.text for c in ligne.cells][:2] == [competence.libelle, nombre(valeur, 1)]
    for item in relecture.restitution.referentiel.items:
        trace = relecture.restitution.passation.reponse(item.code).trace
        assert item.code in tout
        assert trace in tout
    assert "{" not in tout
    assert "Ce qui n’a pas été calculé" in tout


@pytest.mark.endurance
def test_le_document_dit_les_conditions_dites_et_elles_seules(tmp_path: Path) -> None:
    relecture = cpit.relire(EXEMPLE)
    passation = relecture.restitution.passation
    ecrits = []
    for profil in (passation.profil, {**passation.profil, "mandat": "oral"}):
        dite = cpit.restituer(relecture.restitution.referentiel, dataclasses.replace(passation, profil=profil))
        ecrits.append(texte(docx.Document(str(cpit.ecrire(dite, tmp_path / f"{len(ecrits)}.docx")))))
    assert [("Dans quelles conditions" in ecrit, "Donné de vive voix" in ecrit) for ecrit in ecrits] == [
        (False, False),
        (True, True),
    ]


def test_le_document_est_en_francais_lisible_par_tous_et_a_quelqu_un(tmp_path: Path) -> None:
    """La langue, les en-têtes de table répétés, ce que dit l’image à qui ne la voit pas ; ni date ni nom de machine."""
    document = docx.Document(str(cpit.ecrire(cpit.relire(EXEMPLE), tmp_path / "r01.docx")))
    corps = document.element.body
    assert {langue.get(qn("w:val")) for langue in document.styles.element.iter(qn("w:lang"))} == {"fr-FR"}
    assert len(list(corps.iter(qn("w:tblHeader")))) == len(document.tables)
    images = list(corps.iter(qn("wp:docPr")))
    assert images
    assert all("Pôles" in image.get("descr") for image in images)
    proprietes = document.core_properties
    assert (proprietes.language, proprietes.identifier) == ("fr-FR", "cpit-personne R01")
    assert "R01" in proprietes.title
    assert proprietes.author == ""


@pytest.mark.endurance
def test_deux_ecritures_font_les_memes_octets(tmp_path: Path) -> None:
    """Le même jour : ni heure, ni ordre au hasard."""
    relecture = cpit.relire(EXEMPLE)
    un, deux = (cpit.ecrire(relecture, tmp_path / f"{nom}.docx").read_bytes() for nom in ("un", "deux"))
    assert un == deux


def test_une_trace_ne_s_execute_pas_et_ne_casse_rien(tmp_path: Path) -> None:
    """Accolades, balises, signes interdits en XML, sens d’écriture : ce qui s’imprime se lit tel qu’écrit."""
    chemin = cpit.ecrire(avec_des_traces(*HOSTILES), tmp_path / "r01.docx")
    tout = texte(docx.Document(str(chemin)))
    for lisible in (*HOSTILES[:3], "abcdefg", "écrit de droite à gauche שלום مرحبا", HOSTILES[6]):
        assert lisible in tout
    assert "49" not in tout
    assert "xxxxxxxxx" not in tout
    with ZipFile(chemin) as archive:
        assert b"<w:br/>" in archive.read("word/document.xml"), "une trace garde ses fins de ligne"


# --- le gabarit que l’on change -------------------------------------------------------------------------------------


def test_le_gabarit_ne_s_efface_pas_sous_son_document(tmp_path: Path, commande: Commande) -> None:
    copie = tmp_path / "mien.docx"
    assert commande("gabarit", copie)[0] == 0
    octets = copie.read_bytes()
    for pour in ((), ("--pour", "entretien")):
        mots = ("restituer", EXEMPLE, "--page", copie, "--gabarit", f"{tmp_path}/./mien.docx", *pour, "--remplacer")
        assert commande(*mots)[0] == 2
    with pytest.raises(cpit.MauvaisEmploi):
        cpit.ecrire(cpit.relire(EXEMPLE), copie, gabarit=copie, remplacer=True)
    assert copie.read_bytes() == octets


@pytest.mark.endurance
def test_on_part_d_une_copie_du_gabarit_livre(tmp_path: Path, commande: Commande) -> None:
    copie = tmp_path / "mon-gabarit.docx"
    assert commande("gabarit", copie)[0] == 0
    changee = docx.Document(str(copie))
    changee.paragraphs[0].text = "Ma structure, pour {{ contenu.titre }}"
    changee.save(str(copie))
    sortie = tmp_path / "r01.docx"
    assert commande("restituer", EXEMPLE, "--page", sortie, "--gabarit", copie)[0] == 0
    assert docx.Document(str(sortie)).paragraphs[0].text == "Ma structure, pour R01"
    code, dit = commande("gabarit", copie)
    assert (code, "a changé depuis que cpit l’a écrit" in dit) == (1, True), "une copie changée ne se perd pas"


@pytest.mark.echantillon(2)
@pytest.mark.parametrize(
    ("paragraphe", "raison"),
    [
        ("{{ contenu.absent }}", "absent"),
        ("{{ rien }}", "rien"),
        ("{{ figure('camembert') }}", "camembert"),
        ("{% for x in contenu.faits %}sans fin", "end"),
        ("{{ 1 / 0 }}", "ZeroDivision"),
        ("{{ contenu.__class__.__mro__ }}", "__class__"),
        ("{{ contenu.faits.append(1) }}", "append"),
        ("{{ ''.__class__.__base__.__subclasses__() }}", "__class__"),
    ],
)
def test_un_gabarit_fautif_est_refuse_et_dit_pourquoi(
    tmp_path: Path, commande: Commande, paragraphe: str, raison: str
) -> None:
    fautif, sortie = gabarit_de(tmp_path / "fautif.docx", paragraphe), tmp_path / "r01.docx"
    code, dit = commande("restituer", EXEMPLE, "--page", sortie, "--gabarit", fautif)
    assert code == 1
    assert "« fautif.docx » ne se remplit pas" in dit.replace("\u202f", " ").replace("\xa0", " ")
    assert raison in dit
    assert not sortie.exists()


@pytest.mark.parametrize(
    ("paragraphe", "raison"),
    [
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "secondes"),
        ("{% for i in range(9999) %}{{ figure('carte', 300) }}{% endfor %}", "secondes"),
        ("{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}", "sans fin"),
        pytest.param(
            "{% for i in range(99) %}{{ figure('carte', 10) }}{% endfor %}", "figures", marks=pytest.mark.endurance
        ),
        ("{{ figure('carte', 90000000) }}", "mm de large"),
        ("{{ figure('carte', 'nan'|float) }}", "nan"),
        ("{% for a in [1] %}" * 30 + "{% endfor %}" * 30, "blocks"),
        ("{{" * 100_000, "accolades"),
    ],
)
def test_un_gabarit_ne_demande_pas_plus_qu_un_document(
    tmp_path: Path, commande: Commande, monkeypatch: pytest.MonkeyPatch, paragraphe: str, raison: str
) -> None:
    """Une boucle sans fin, une figure géante, un gabarit qui s’appelle lui-même finissent par un refus."""
    monkeypatch.setattr("cpit.word._SECONDES_MAX", 1.5 if raison == "secondes" else 60.0)
    fautif, sortie = gabarit_de(tmp_path / "fautif.docx", paragraphe), tmp_path / "r01.docx"
    code, dit = commande("restituer", EXEMPLE, "--page", sortie, "--gabarit", fautif)
    assert (code, raison in dit, "fautif.docx" in dit) == (1, True, True)
    assert not sortie.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="ailleurs, la mémoire d’un gabarit n’est pas bornée")
@pytest.mark.echantillon(3)
@pytest.mark.parametrize(
    "paragraphe",
    ["{{ 'a' * 2000000000 }}", "{{ 'a'|center(2000000000) }}", "{{ '%2000000000d'|format(1) }}"],
)
def test_un_gabarit_ne_prend_pas_toute_la_memoire(tmp_path: Path, paragraphe: str) -> None:
    """Dans un processus à lui : un fil de plus, et rien ne borne la mémoire."""
    fautif = gabarit_de(tmp_path / "fautif.docx", paragraphe)
    mots = [sys.executable, "-m", "cpit", "restituer", EXEMPLE, "--page", "r.docx", "--gabarit", fautif, "--simple"]
    fait = subprocess.run(mots, cwd=tmp_path, capture_output=True, check=False, text=True, encoding="utf-8")
    assert (fait.returncode, "il demande plus de mémoire" in " ".join(fait.stderr.split())) == (1, True)


@pytest.mark.parametrize(
    ("partie", "contenu", "raison"),
    [
        ("word/header9.xml", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "DTD"),
        ("docProps/core.xml", b"<?xml version='1.0'?><!DOCTYPE a><a/>", "DTD"),
        ("word/autre.dat", b" <!DOCTYPE a><a/>", "DTD"),
        ("word/footer9.xml", "<a/>".encode("utf-16"), "UTF-8"),
        ("word/vbaProject.bin", b"x", "macros"),
        (
            "word/_rels/settings.xml.rels",
            b'<r:Relationships xmlns:r="x"><r:Relationship Id="r1" TargetMode = "External" '
            b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" '
            b'Target="https://exemple.invalid/m.dotm"/></r:Relationships>',
            "Modèle de document",
        ),
        (
            "word/_rels/document.xml.rels",
            b'<Relationships><Relationship Id="r1" TargetMode="External" '
            b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" '
            b'Target="https://exemple.invalid/i.png"/></Relationships>',
            "ailleurs",
        ),
    ],
)
def test_un_gabarit_qui_irait_lire_ou_agir_ailleurs_est_refuse(
    tmp_path: Path, commande: Commande, partie: str, contenu: bytes, raison: str
) -> None:
    gabarit, sortie = gabarit_de(tmp_path / "fautif.docx", "{{ titre }}"), tmp_path / "r01.docx"
    with ZipFile(gabarit) as lue:
        parties = {nom: lue.read(nom) for nom in lue.namelist()}
    gabarit.write_bytes(_archive(**{**parties, partie: contenu}))
    code, dit = commande("restituer", EXEMPLE, "--page", sortie, "--gabarit", gabarit)
    assert (code, raison in dit, partie in dit, sortie.exists()) == (1, True, True, False)


def test_un_gabarit_garde_un_lien_que_l_on_suit(tmp_path: Path, commande: Commande) -> None:
    gabarit, sortie = tmp_path / "g.docx", tmp_path / "r01.docx"
    document = docx.Document()
    document.add_paragraph("{{ titre }}")
    sorte = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
    document.part.relate_to("https://exemple.invalid/", sorte, is_external=True)
    document.save(str(gabarit))
    assert commande("restituer", EXEMPLE, "--page", sortie, "--gabarit", gabarit)[0] == 0
    assert sortie.exists()


def _archive(**parties: bytes) -> bytes:
    sortie = BytesIO()
    with ZipFile(sortie, "w") as vers:
        for nom, contenu in parties.items():
            vers.writestr(nom, contenu)
    return sortie.getvalue()


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("octets", [b"", b"PK\x03\x04 tronque", b"du texte", _archive(a=b"b")])
def test_ce_qui_n_est_pas_un_document_est_refuse(tmp_path: Path, commande: Commande, octets: bytes) -> None:
    faux = tmp_path / "faux.docx"
    faux.write_bytes(octets)
    code, dit = commande("restituer", EXEMPLE, "--page", tmp_path / "r01.docx", "--gabarit", faux)
    assert (code, "ne se lit pas" in dit) == (1, True)
    assert commande("restituer", EXEMPLE, "--page", tmp_path / "r.docx", "--gabarit", tmp_path / "absent.docx")[0] == 1


def test_les_gabarits_livres_viennent_de_leur_outil() -> None:
    """python tests/outils/faire_gabarits.py les refait."""
    for nom, faire in faire_gabarits.GABARITS.items():
        livre, refait = ((faire_gabarits.DOSSIER / f"{nom}.docx").read_bytes(), faire())
        with ZipFile(BytesIO(livre)) as un, ZipFile(BytesIO(refait)) as autre:
            assert un.namelist() == autre.namelist()
            for partie in set(un.namelist()) - {"docProps/core.xml"}:
                assert un.read(partie) == autre.read(partie), partie


# --- la commande ----------------------------------------------------------------------------------------------------


@pytest.mark.endurance
def test_le_format_nomme_la_page_a_cote_de_la_passation(tmp_path: Path, commande: Commande) -> None:
    passation = copie_de_l_exemple(tmp_path)
    code, dit = commande("restituer", passation, "--format", "docx")
    assert code == 0
    assert f"Document : {passation.with_suffix('.docx')}" in dit.replace("\u202f", " ").replace("\xa0", " ")
    assert TRACE in texte(docx.Document(str(passation.with_suffix(".docx"))))
    assert commande("restituer", passation, "--format", "docx", "--sans-traces")[0] == 0, "le sien se remplace"
    assert TRACE not in texte(docx.Document(str(passation.with_suffix(".docx"))))
    code, dit = commande("restituer", passation, "--format", "html")
    assert code == 0
    assert f"Page : {passation.with_suffix('.html')}" in dit.replace("\u202f", " ").replace("\xa0", " ")
    assert passation.with_suffix(".html").is_file()


@pytest.mark.parametrize(
    "options",
    [
        ("--format", "pdf"),
        ("--format", "docx", "--page", "r01.html"),
        ("--gabarit", "g.docx"),
        ("--gabarit", "g.docx", "--page", "r01.html"),
        ("--pour", "entretien", "--format", "docx", "--page", "r01.html"),
        ("--page", "r01.odt"),
    ],
)
def test_un_mauvais_emploi_n_ecrit_rien(
    tmp_path: Path, commande: Commande, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    passation = copie_de_l_exemple(tmp_path)
    assert commande("restituer", passation, *options)[0] == 2
    assert [chemin.name for chemin in tmp_path.iterdir()] == [passation.name]


def test_la_feuille_d_entretien_se_reprend_dans_word(tmp_path: Path, commande: Commande) -> None:
    """Les points d’appui, la seule trace nommée, des lignes à compléter ; ni score, ni niveau, ni autre trace."""
    sortie, feuille = tmp_path / "e.docx", ("--pour", "entretien", "--traces", "C2C")
    code, dit = commande("restituer", EXEMPLE, "--page", sortie, *feuille)
    assert (code, "Document" in dit) == (0, True)
    tout = texte(docx.Document(str(sortie)))
    relecture = cpit.relire(EXEMPLE).restitution
    montree = relecture.passation.reponse("C2C").trace
    autres = [r.trace for r in relecture.passation.reponses.values() if r.trace and r.trace != montree]
    assert montree in tout
    assert autres
    assert not [trace for trace in autres if trace in tout]
    for mots in ("Ce sur quoi je m’appuie", "Tenir la place du tiers", "Ce dont nous convenons"):
        assert mots in tout
    assert not re.search(r"\d,\d|Dans un cas|sur une échelle|\{", tout)
    gabarit = gabarit_de(tmp_path / "g.docx", "Chez nous, {{ contenu.titre }}")
    assert commande("restituer", EXEMPLE, "--page", tmp_path / "f.docx", *feuille, "--gabarit", gabarit)[0] == 0
    assert docx.Document(str(tmp_path / "f.docx")).paragraphs[0].text == "Chez nous, R01"


def test_un_document_de_quelqu_un_d_autre_ne_se_remplace_pas(tmp_path: Path, commande: Commande) -> None:
    autre = gabarit_de(tmp_path / "r01.docx", "Mon mémoire")
    code, dit = commande("restituer", EXEMPLE, "--page", autre)
    assert (code, "n’est pas un document Word écrit par cpit" in dit) == (1, True)
    assert docx.Document(str(autre)).paragraphs[0].text == "Mon mémoire"


def test_sans_l_extra_le_refus_dit_quoi_installer(
    tmp_path: Path, commande: Commande, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Les paquets eux-mêmes, par le Python qui exécute cpit : cpit n’est dans aucun index public."""
    monkeypatch.setattr("cpit.word.find_spec", lambda nom: None if nom == "docxtpl" else find_spec(nom))
    sortie = tmp_path / "r01.docx"
    code, dit = commande("restituer", EXEMPLE, "--page", sortie)
    assert (code, sortie.exists()) == (1, False)
    assert "-m pip install docxtpl resvg-py" in dit
    assert commande("restituer", EXEMPLE, "--page", tmp_path / "r01.html")[0] == 0


def test_un_document_est_a_la_personne_dont_il_parle(tmp_path: Path) -> None:
    """Quel que soit son nom, « effacer » l’ôte et « mes-donnees » le remet ; celui d’une autre reste."""
    cpit.ecrire(cpit.relire(EXEMPLE), tmp_path / "bilan.docx")
    siens = [trouve.chemin.name for trouve in cpit.inventorier("R01", tmp_path).siens]
    assert siens == ["bilan.docx"]
    assert cpit.inventorier("R02", tmp_path).siens == []


def test_le_document_s_ouvre_et_s_imprime(tmp_path: Path, programme: Programme) -> None:
    """Dans LibreOffice : quatre pages, puis l’annexe ; les accents, les nombres et l’image y sont."""
    chemin = cpit.ecrire(cpit.relire(EXEMPLE), tmp_path / "r01.docx")
    soffice, pdftotext = programme("soffice"), programme("pdftotext")
    profil = f"-env:UserInstallation={(tmp_path / 'profil').as_uri()}"
    subprocess.run(
        [soffice, profil, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(chemin)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    lu = subprocess.run([pdftotext, "-layout", tmp_path / "r01.pdf", "-"], check=True, capture_output=True, text=True)
    pages = lu.stdout.split("\f")[:-1]
    annexe = next(rang for rang, page in enumerate(pages) if "Annexe" in page)
    assert annexe <= 4
    assert len(pages) <= 7
    assert "Relier et piloter" in lu.stdout
