"""À chaque personne et à chaque moment sa question : un tiers, un moment passé, deux moments d’un trait, leurs dates.

Tout passe par les commandes et les fichiers : ce qui s’écrit se remplit comme une personne le ferait, puis se relit.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from tempfile import mkdtemp
from zipfile import ZipFile

import pytest
from aide_terminal import ecran, faux_terminal, horloge
from aides import TESTS, encoder_passation, lire_passation, livre, passation_de, somme_de_controle
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

import cpit
from cpit import ErreurCpit, MauvaisEmploi
from cpit.cli import executer
from cpit.coeur.passation import Jumelle, Passation, repondu
from cpit.typographie import typographier

COMPLET = TESTS / "donnees" / "referentiel-complet.yaml"
RETRO = "t0-retrospectif"
DEUX = "t1+retrospectif"
FORMES = ("xlsx", "html", "csv")
OUTILS = {"xlsform": ".xlsx", "limesurvey": ".txt", "redcap": ".csv", "markdown": ".md", "docx": ".docx"}


@pytest.fixture(autouse=True)
def _ici(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


def texte_de(chemin: Path) -> str:
    """Tout ce qu’un fichier donne à lire, sur une ligne ; d’une page, ce qui n’est pas caché."""
    octets = chemin.read_bytes()
    if chemin.suffix == ".xlsx" and "Formulaire" in (classeur := load_workbook(chemin)).sheetnames:
        # Le référentiel entier y est joint, dans une feuille cachée.
        texte = " ".join(str(v) for ligne in classeur["Formulaire"].values for v in ligne if v is not None)
    elif octets.startswith(b"PK"):
        with ZipFile(chemin) as archive:
            texte = " ".join(archive.read(n).decode() for n in archive.namelist() if n.endswith(".xml"))
    else:
        texte = octets.decode("utf-8-sig")
    if chemin.suffix == ".html":
        texte = re.sub(r"<(script|style)[^>]*>.*?</\1>", " ", texte, flags=re.DOTALL)
        texte = re.sub(r"<(span|p)(?= )[^>]* hidden>.*?</\1>", " ", texte, flags=re.DOTALL)
    texte = re.sub(r"<[^>]+>", " ", html.unescape(texte).replace('""', '"'))
    return " ".join(texte.replace("\u202f", " ").replace("\u00a0", " ").split())


def a_plat(texte: str) -> str:
    return " ".join(typographier(texte).replace("\u202f", " ").replace("\u00a0", " ").split())


def ecrire(format_: str, *options: str) -> Path:
    dossier = Path(mkdtemp(dir="."))
    if format_ in OUTILS:
        sortie = dossier / f"i{OUTILS[format_]}"
        nom, options = (options[1], options[2:]) if options[:1] == ("--referentiel",) else ("minimal", options)
        assert executer(["referentiel", "exporter", nom, "--vers", format_, "--sortie", str(sortie), *options]) == 0
        return sortie
    modele = () if "--referentiel" in options else ("--referentiel", "minimal")
    assert executer(["formulaire", "--format", format_, "--dossier", str(dossier), *modele, *options]) == 0
    (chemin,) = dossier.iterdir()
    return chemin


# --- un tiers -------------------------------------------------------------------------------------------------------


@pytest.mark.endurance
@pytest.mark.parametrize("format_", [*FORMES, *OUTILS])
@pytest.mark.parametrize("referentiel", ["minimal", "innovation-territoriale"])
def test_un_formulaire_de_tiers_parle_de_l_autre(format_: str, referentiel: str) -> None:
    """Même d’un référentiel écrit pour soi : qui répond parle d’une autre, et ce qu’il n’a pas vu n’est pas SO."""
    modele = cpit.referentiel(referentiel)
    pour_soi, tiers = (
        texte_de(ecrire(format_, "--referentiel", referentiel, "--regard", regard)) for regard in ("soi", "tiers")
    )
    assert a_plat("Vous répondez à propos d'une personne dont vous connaissez le travail") in tiers
    assert a_plat("« je ne sais pas » n'est pas « sans objet »") in tiers
    assert a_plat("propos d'une personne dont vous connaissez") not in pour_soi
    assert a_plat(modele.echelle.question) in pour_soi
    assert a_plat(modele.echelle.question) not in tiers
    assert "vous-même" not in tiers
    je = a_plat("Une situation écrite « je » parle de cette personne.")
    assert (je in tiers) is (referentiel == "minimal")
    if modele.echelle.sans_objet is not None and referentiel == "minimal":
        assert "dans mon réseau" not in tiers


def poser(chemin: Path, reponses: dict[str, str]) -> None:
    """Écrit dans la case jaune de chaque question, reconnue à son libellé."""
    classeur = load_workbook(chemin)
    feuille = classeur["Formulaire"]
    for rang in range(1, feuille.max_row + 1):
        if (libelle := str(feuille.cell(rang, 2).value or "").replace("\u202f", " ")) in reponses:
            feuille.cell(rang, 3).value = reponses[libelle]
    classeur.save(chemin)


def repondre(chemin: Path, *colonnes: dict[str, str]) -> None:
    """Choisit dans la liste, à la ligne du code, une colonne de réponses après l’autre."""
    classeur = load_workbook(chemin)
    feuille: Worksheet = classeur["Formulaire"]
    textes = {str(case.value)[0]: str(case.value) for case in classeur["cpit_listes"]["A"] if case.value}
    for rang in range(1, feuille.max_row + 1):
        for decalage, dites in enumerate(colonnes):
            if (code := str(feuille.cell(rang, 1).value)) in dites:
                feuille.cell(rang, 3 + decalage).value = textes[dites[code]]
    classeur.save(chemin)


def test_la_connaissance_du_travail_va_jusqu_a_la_table_et_au_dictionnaire() -> None:
    chemin = ecrire("xlsx", "--regard", "tiers")
    dits = {
        "Code de la personne": "R01",
        "Code de l’évaluateur": "E1",
        "Rôle de l’évaluateur": "Pair, même fonction ailleurs",
    }
    poser(chemin, dits | {"Connaissance du travail": "bien"})
    repondre(chemin, {item.code: "3" for item in cpit.referentiel("minimal").items})
    assert executer(["cohorte", str(chemin), "--referentiel", "minimal", "--sortie", "c.csv"]) == 0
    (ligne,) = csv.DictReader(io.StringIO(Path("c.csv").read_text(encoding="utf-8-sig")), delimiter=";")
    assert (ligne["role_evaluateur"], ligne["connaissance"]) == ("pair", "bien")
    assert executer(["cohorte", str(chemin), "--referentiel", "minimal", "--sortie", "c.xlsx"]) == 0
    texte = texte_de(Path("c.xlsx"))
    assert "Connaissance du travail" in texte
    assert "la plupart de ces situations ont été vues" in texte
    assert executer(["cohorte", "c.csv", "--referentiel", "minimal", "--sortie", "d.csv"]) == 0
    assert Path("d.csv").read_bytes() == Path("c.csv").read_bytes()


def test_une_connaissance_que_l_on_ne_connait_pas_est_gardee_telle_quelle_d_une_table() -> None:
    Path("t.csv").write_text("identifiant;regard;connaissance;A1\nR01;tiers;un peu;3\n", encoding="utf-8")
    (notee,) = cpit.lire("t.csv", "minimal").cohorte.notees
    assert notee.passation.connaissance == "un peu"


def _lectures(passation: Passation) -> Iterator[str]:
    Path("p.json").write_bytes(encoder_passation(replace(passation, terminee=horloge())))
    assert executer(["restituer", "p.json", "--page", "p.html", "--classeur", "p.xlsx"]) == 0
    yield texte_de(Path("p.html"))
    yield texte_de(Path("p.xlsx"))


@pytest.mark.endurance
def test_la_lecture_d_un_tiers_dit_ou_il_situe_la_personne(capsys: pytest.CaptureFixture[str]) -> None:
    """Ni « vos réponses », ni un pas écrit pour qui répond : ce tiers situe la personne."""
    modele = livre()
    pour_soi = passation_de(modele, "000111222333444321012340", identifiant="R01")
    tiers = replace(pour_soi, regard="tiers", evaluateur="E1", role_evaluateur="pair", connaissance="bien")
    for texte in _lectures(pour_soi):
        assert "Ce tiers situe" not in texte
    vu = capsys.readouterr().out
    assert "vos réponses" in vu
    lectures = [*_lectures(tiers), " ".join(capsys.readouterr().out.split())]
    for texte in lectures:
        plat = texte.replace("\u202f", " ")
        assert "Ce tiers situe ici la personne" in plat
        assert "connaissance du travail : bien" in plat
        assert "disent où il situe le travail de la personne" in plat
    assert "vos réponses" not in lectures[-1]
    assert "Un pas" not in lectures[-1]
    assert "où vous en êtes" not in lectures[1]


def test_un_groupe_de_tiers_ne_declare_pas_il_situe() -> None:
    items = [item.code for item in cpit.referentiel("minimal").items]
    rangs = [";".join([f"R{rang}", "tiers", f"E{rang}", *("3" for _ in items)]) for rang in range(12)]
    Path("t.csv").write_text("\n".join([";".join(["code", "regard", "evaluateur", *items]), *rangs]), encoding="utf-8")
    assert executer(["cohorte", "t.csv", "--referentiel", "minimal", "--page", "g.html", "--sortie", "g.xlsx"]) == 0
    for chemin in (Path("g.html"), Path("g.xlsx")):
        assert "où des tiers situent le travail des personnes" in texte_de(chemin)
        assert "ce que les personnes déclarent" not in texte_de(chemin)


# --- un moment passé ------------------------------------------------------------------------------------------------


@pytest.mark.endurance
@pytest.mark.parametrize("format_", [*FORMES, *OUTILS])
@pytest.mark.parametrize("regard", ["soi", "tiers"])
def test_un_moment_passe_a_sa_consigne_partout(format_: str, regard: str) -> None:
    options = ("--moment", RETRO, "--regard", regard)
    sans, avec = texte_de(ecrire(format_, *options)), texte_de(ecrire(format_, *options, "--date", "09/2025"))
    present = texte_de(ecrire(format_, "--regard", regard))
    alors = "ce que vous faisiez alors" if regard == "soi" else "ce que cette personne faisait alors"
    for texte in (sans, avec):
        assert a_plat("Vous répondez aujourd'hui à propos du début") in texte
        assert alors in texte
    assert a_plat("du début, c'est-à-dire en septembre 2025") in avec
    assert a_plat("c'est-à-dire") not in sans
    assert alors not in present
    assert a_plat("Vous répondez aujourd'hui à propos") not in present


@pytest.mark.parametrize("outil", ["xlsform", "limesurvey", "redcap", "markdown", "docx"])
def test_un_outil_demande_la_date_d_un_moment_passe_si_on_ne_la_donne_pas(outil: str) -> None:
    question = a_plat("Le moment dont vous parlez : de quand est-il ?")
    assert question in texte_de(ecrire(outil, "--moment", RETRO))
    assert question not in texte_de(ecrire(outil, "--moment", RETRO, "--date", "2025"))
    assert question not in texte_de(ecrire(outil, "--moment", "t1"))


def test_la_date_d_un_moment_passe_revient_d_un_formulaire_et_se_lit() -> None:
    chemin = ecrire("xlsx", "--moment", RETRO)
    poser(chemin, {"Code de la personne": "R01", "Date du moment": "septembre 2025"})
    repondre(chemin, {"A1": "3"})
    recueil = cpit.lire(chemin, "minimal")
    (notee,) = recueil.cohorte.notees
    assert (notee.passation.moment, notee.passation.date_moment) == (RETRO, "2025-09")
    poser(chemin, {"Date du moment": "à la rentrée"})
    recueil = cpit.lire(chemin, "minimal")
    assert [a.code for a in recueil.anomalies] == ["date-de-moment-incomprise"]
    assert recueil.cohorte.notees[0].passation.date_moment == ""


@pytest.mark.parametrize(
    ("ecrite", "lue"),
    [
        *(("2025", "2025"), ("2025-09", "2025-09"), ("2025-9-5", "2025-09-05"), ("09/2025", "2025-09")),
        *(("15/09/2025", "2025-09-15"), ("15.09.2025", "2025-09-15"), (" Septembre  2025 ", "2025-09")),
        *(("1er août 2025", "2025-08-01"), ("29/02/2024", "2024-02-29"), ("29/02/2025", None), ("13/2025", None)),
        *(("hier", None), ("", None), ("2025-00", None), ("sept 2025", None), ("0000", None), ("00/09/2025", None)),
    ],
)
def test_une_date_se_comprend_ou_se_refuse(ecrite: str, lue: str | None) -> None:
    Path("t.csv").write_text(f"code;moment;date_moment;A1\nR01;t1;{ecrite};3\n", encoding="utf-8")
    recueil = cpit.lire("t.csv", "minimal")
    assert recueil.cohorte.notees[0].passation.date_moment == (lue or "")
    refusee = "date-de-moment-incomprise" in [a.code for a in recueil.anomalies]
    assert refusee is (bool(ecrite) and lue is None)


def test_une_table_porte_la_date_de_chaque_moment() -> None:
    table = (
        "code;moment;date_moment;A1\nR01;t1;2026-06-30;3\nR01;t0-retrospectif;09/2025;1\nR02;t1;bientôt;2\nR03;t1;;2\n"
    )
    Path("t.csv").write_text(table, encoding="utf-8")
    assert executer(["cohorte", "t.csv", "--referentiel", "minimal", "--sortie", "c.csv"]) == 0
    lignes = list(csv.DictReader(io.StringIO(Path("c.csv").read_text(encoding="utf-8-sig")), delimiter=";"))
    assert [ligne["date_moment"] for ligne in lignes] == ["2026-06-30", "2025-09", "", ""]
    assert "date-de-moment-incomprise" in [a.code for a in cpit.lire("t.csv", "minimal").anomalies]


def test_une_ligne_de_plusieurs_moments_n_en_date_aucun() -> None:
    Path("t.csv").write_text("code;date_moment;T0_A1;T1_A1\nR01;09/2025;1;3\n", encoding="utf-8")
    recueil = cpit.lire("t.csv", "minimal")
    assert [n.passation.date_moment for n in recueil.cohorte.notees] == ["", ""]
    assert "date-de-moment-incomprise" in [a.code for a in recueil.anomalies]


def test_la_lecture_d_un_moment_passe_le_dit_et_le_date() -> None:
    passation = passation_de(livre(), "3" * 24, identifiant="R01", moment=RETRO, date_moment="2025-09")
    for texte in _lectures(passation):
        assert "(septembre 2025)" in texte
        assert a_plat("un moment passé tel qu'on le juge aujourd'hui") in texte


@pytest.fixture
def seance(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Mène « cpit questionnaire » jusqu’à la dernière touche, puis l’interrompt ; rend ce que l’écran a montré."""

    def mener(touches: list[str], *options: str) -> str:
        terminal = faux_terminal(touches, largeur=400)
        monkeypatch.setattr("cpit.cli.personne.terminal", lambda *_, **__: terminal)
        assert executer(["questionnaire", "--referentiel", "minimal", "--sans-profil", *options]) == 130
        return " ".join(ecran(terminal).split()).replace("\u202f", " ").replace("'", "’")

    return mener


def test_la_seance_demande_la_date_du_moment_passe_et_dit_la_consigne(seance: Callable[..., str]) -> None:
    dit = seance(["R01", "un jour", "09/2025"], "--moment", RETRO, "--regard", "soi")
    (chemin,) = Path().glob("*.json")
    assert lire_passation(chemin).date_moment == "2025-09"
    assert "« un jour » n’est pas une date" in dit
    assert a_plat("Vous répondez aujourd'hui à propos du début, c'est-à-dire en septembre 2025") in dit
    assert "ce que vous faisiez alors" in dit


@pytest.mark.parametrize(
    "commande", [["formulaire"], ["questionnaire"], ["referentiel", "exporter", "--vers", "xlsform"]]
)
def test_une_date_ou_un_moment_que_l_on_ne_comprend_pas_se_refuse(commande: list[str]) -> None:
    assert executer([*commande, "--moment", RETRO, "--date", "la rentrée"]) == 2
    assert executer([*commande, "--moment", "t1+avant"]) == 2


# --- deux moments d’un trait ----------------------------------------------------------------------------------------


def _deux_moments(recueil: cpit.Recueil) -> dict[str, tuple[str, dict[str, int]]]:
    return {n.passation.moment: (n.passation.date_moment, n.passation.valeurs()) for n in recueil.cohorte.notees}


def test_deux_moments_dans_un_classeur_font_deux_passations(capsys: pytest.CaptureFixture[str]) -> None:
    chemin = ecrire("xlsx", "--moment", DEUX, "--date", "09/2025")
    poser(chemin, {"Code de la personne": "R01"})
    codes = [item.code for item in cpit.referentiel("minimal").items]
    repondre(chemin, dict.fromkeys(codes, "4"), dict.fromkeys(codes, "2"))
    recueil = cpit.lire(chemin, "minimal")
    assert recueil.anomalies == ()
    attendus = {"t1": ("", dict.fromkeys(codes, 4)), RETRO: ("2025-09", dict.fromkeys(codes, 2))}
    assert _deux_moments(recueil) == attendus
    capsys.readouterr()
    assert executer(["cohorte", str(chemin), "--referentiel", "minimal", "--simple", "--detail"]) == 0
    dit = capsys.readouterr()
    assert re.search(rf"{chemin.name}\D+2\D", dit.out)
    assert executer(["exporter", str(chemin), "--referentiel", "minimal", "--sortie", "jeu", "--formats", "csv"]) == 0
    noms = list(Path("jeu").glob("*large*.csv"))
    moments = [ligne["moment"] for ligne in csv.DictReader(io.StringIO(noms[0].read_text(encoding="utf-8-sig")))]
    assert sorted(moments) == [RETRO, "t1"]


def test_sans_rien_dire_du_debut_un_seul_moment_compte() -> None:
    chemin = ecrire("xlsx", "--moment", DEUX)
    poser(chemin, {"Code de la personne": "R01"})
    repondre(chemin, {"A1": "4"})
    assert list(_deux_moments(cpit.lire(chemin, "minimal"))) == ["t1"]


def test_un_formulaire_de_deux_moments_refuse_un_moment_passe_pour_le_present() -> None:
    chemin = ecrire("xlsx", "--moment", DEUX)
    poser(chemin, {"Code de la personne": "R01", "Moment": RETRO})
    repondre(chemin, {"A1": "4"}, {"A1": "2"})
    with pytest.raises(ErreurCpit) as erreur:
        cpit.lire(chemin, "minimal")
    assert "formulaire-choix-inconnu" in [a.code for a in erreur.value.anomalies]


def test_une_faute_du_debut_est_situee_dans_sa_colonne_et_une_ligne_perdue_dite_une_fois() -> None:
    chemin = ecrire("xlsx", "--moment", DEUX)
    poser(chemin, {"Code de la personne": "R01"})
    repondre(chemin, {"A1": "4"}, {"A1": "2"})
    classeur = load_workbook(chemin)
    feuille = classeur["Formulaire"]
    lignes = {str(feuille.cell(rang, 1).value): rang for rang in range(1, feuille.max_row + 1)}
    feuille.cell(lignes["A1"], 4).value, feuille.cell(lignes["A2"], 1).value = "beaucoup", None
    classeur.save(chemin)
    anomalies = cpit.lire(chemin, "minimal").anomalies
    assert [(a.code, a.lieu.cellule) for a in anomalies if a.code != "formulaire-item-absent"] == [
        ("cellule-incomprise", f"D{lignes['A1']}")
    ]
    assert [a.code for a in anomalies].count("formulaire-item-absent") == 1


def test_une_table_de_deux_moments_a_deux_lignes_par_personne() -> None:
    Path("codes.csv").write_text("Code\nR01\nR02\n", encoding="utf-8")
    chemin = ecrire("csv", "--moment", DEUX, "--date", "2025", "--pour", "codes.csv")
    lignes = list(csv.DictReader(io.StringIO(chemin.read_text(encoding="utf-8-sig")), delimiter=";"))
    assert [(une["identifiant"], une["moment"], une["date_moment"]) for une in lignes] == [
        (code, moment, date) for code in ("R01", "R02") for moment, date in (("t1", ""), (RETRO, "2025"))
    ]


def test_une_seance_interrompue_entre_deux_reponses_n_en_perd_aucune(seance: Callable[..., str]) -> None:
    """Interrompue après la réponse d’aujourd’hui, elle reprend à la même situation ; et « p » revient à elle."""
    premier, deuxieme = (item.code for item in cpit.referentiel("minimal").ordre_de_passation()[:2])
    options = ("--code", "R01", "--moment", DEUX, "--regard", "soi", "--date", "2025-09")
    seance(["4", "2", "3"], *options)
    (chemin,) = Path().glob("*.json")
    passation = lire_passation(chemin)
    assert passation.jumelle is not None
    assert passation.valeurs() == {premier: 4, deuxieme: 3}
    assert {c: r.valeur for c, r in passation.jumelle.reponses.items()} == {premier: 2}
    dit = seance(["o", "", "p", "1", "9", "so"], *options)
    passation = lire_passation(chemin)
    assert passation.jumelle is not None
    assert f"1 situation vue sur {len(passation.items)}" in dit
    assert f"2/{len(passation.items)}" in dit
    assert passation.valeurs() == {premier: 4, deuxieme: 1}
    assert [r.etat.value for r in passation.jumelle.reponses.values()] == ["repondu", "sans_objet"]
    assert (passation.jumelle.moment, passation.jumelle.date_moment) == (RETRO, "2025-09")


def test_un_tube_donne_les_deux_reponses_de_chaque_ligne(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = [item.code for item in cpit.referentiel("minimal").ordre_de_passation()]
    lignes = [*("3 1 2 1" for _ in codes[:-2]), "so -", ""]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lignes) + "\n"))
    options = ["--code", "R01", "--moment", DEUX, "--date", "2025-09", "--place", "--referentiel", "minimal"]
    assert executer(["questionnaire", *options]) == 0
    passation = lire_passation(Path("passation-r01-t1-soi.json"))
    assert passation.jumelle is not None
    assert passation.valeurs() == dict.fromkeys(codes[:-2], 3)
    assert {r.valeur for r in list(passation.jumelle.reponses.values())[:-2]} == {1}
    assert passation.reponse(codes[0]).places == (2, 1)
    sans_place = [mot for mot in options if mot != "--place"]
    for refusee, mots in product(("3 9", "3", "so"), (options, sans_place)):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{refusee}\n"))
        capsys.readouterr()
        assert executer(["questionnaire", *mots]) == 1
        assert "pour le début" in " ".join(capsys.readouterr().err.split()), refusee
    monkeypatch.setattr("sys.stdin", io.StringIO("3 1\n" * (2 * len(codes))))
    assert executer(["questionnaire", *sans_place]) == 1
    assert a_plat(f"{len(codes)} lignes, une par situation, avec les deux réponses") in a_plat(capsys.readouterr().err)


def test_celui_de_deux_moments_qui_est_vide_se_nomme() -> None:
    presente = passation_de(livre(), "3" * 24, identifiant="R01", moment="t1")
    une = replace(presente, terminee=horloge(), jumelle=Jumelle(RETRO, "2025-09"))
    Path("p.json").write_bytes(encoder_passation(une))
    recueil = cpit.lire("p.json")
    assert [(a.code, RETRO in a.quoi) for a in recueil.anomalies] == [("passation-vide", True)]


@pytest.fixture
def jumelee() -> Path:
    """Une passation terminée qui porte deux moments."""
    modele = livre()
    presente, passee = passation_de(modele, "3" * 24, identifiant="R01", moment="t1"), passation_de(modele, "1" * 24)
    une = replace(presente, terminee=horloge(), jumelle=Jumelle(RETRO, "2025-09", passee.reponses))
    Path("p.json").write_bytes(encoder_passation(une))
    return Path("p.json")


def test_restituer_montre_aujourd_hui_et_dit_l_autre_moment(jumelee: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def scores(*options: str) -> tuple[float, str]:
        assert executer(["restituer", str(jumelee), "--json", *options]) == 0
        dit = capsys.readouterr()
        resultat = json.loads(dit.out)
        return resultat["competences"]["C1"]["valeur"], dit.err

    valeur, dit = scores()
    assert valeur == 3
    assert f"--moment {RETRO}" in dit
    assert scores("--moment", RETRO) == (1, "")
    assert scores("--moment", "t1") == (3, "")
    assert executer(["restituer", str(jumelee), "--moment", "t2"]) == 1
    assert "t1 et t0-retrospectif" in capsys.readouterr().err.replace("\n", " ")


def test_une_figure_se_dessine_du_moment_que_l_on_nomme(jumelee: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ce que conseille l’avertissement, « Pour l’autre : --moment », se fait."""

    def barres(*options: str) -> tuple[str, str]:
        assert executer(["figure", "radar", str(jumelee), "--sortie", "f.svg", *options]) == 0
        dit = capsys.readouterr()
        return Path("f.svg").read_text(encoding="utf-8"), dit.err

    presente, dit = barres()
    assert f"--moment {RETRO}" in dit
    passee, dit = barres("--moment", RETRO)
    assert (dit, passee != presente) == ("", True)
    assert barres("--moment", "t1") == (presente, "")
    assert executer(["figure", "radar", str(jumelee), "--sortie", "f.svg", "--moment", "t2"]) == 1
    assert "t1 et t0-retrospectif" in a_plat(capsys.readouterr().err)


def test_une_passation_de_deux_moments_se_relit_se_verifie_et_se_remet(
    jumelee: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lue = lire_passation(jumelee)
    assert encoder_passation(lue) == jumelee.read_bytes()
    assert json.loads(jumelee.read_bytes())["version_format"] == 2
    assert [(une.moment, set(une.valeurs().values())) for une in lue.separees()] == [("t1", {3}), (RETRO, {1})]
    assert executer(["verifier", str(jumelee)]) == 0
    assert "t0-retrospectif" in capsys.readouterr().out
    assert executer(["mes-donnees", "R01", "--sortie", "remise"]) == 0
    assert "vu d’aujourd’hui" in next(Path("remise").rglob("*eponses*.csv")).read_text(encoding="utf-8-sig")


def test_une_reponse_hors_echelle_du_debut_est_refusee(jumelee: Path) -> None:
    lue = lire_passation(jumelee)
    assert lue.jumelle is not None
    fausse = replace(lue, jumelle=replace(lue.jumelle, reponses={"C1P": repondu(9)}))
    jumelee.write_bytes(encoder_passation(fausse))
    with pytest.raises(ErreurCpit) as erreur:
        cpit.relire(jumelee, moment=RETRO)
    assert [a.code for a in erreur.value.anomalies] == ["reponse-hors-echelle"]
    assert executer(["verifier", str(jumelee)]) == 1
    recueil = cpit.lire(jumelee, "innovation-territoriale")
    assert "reponse-hors-echelle" in [a.code for a in recueil.anomalies]


def test_une_jumelle_est_d_un_moment_passe(jumelee: Path, sceller: Callable[[dict[str, object]], bytes]) -> None:
    document = json.loads(jumelee.read_bytes())
    document["jumelle"]["moment"] = "t2"
    jumelee.write_bytes(sceller(document))
    with pytest.raises(ErreurCpit) as erreur:
        cpit.relire(jumelee)
    assert [a.code for a in erreur.value.anomalies] == ["passation-forme"]


@pytest.fixture
def sceller() -> Callable[[dict[str, object]], bytes]:
    """Un document de passation, sa somme refaite."""
    return lambda document: json.dumps(document | {"somme": somme_de_controle(document)}).encode()


# --- les moments d’un référentiel -----------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", ["xlsx", "html"])
def test_un_referentiel_nomme_ses_moments_dans_les_formulaires(format_: str) -> None:
    texte = texte_de(ecrire(format_, "--referentiel", str(COMPLET), "--moment", "t1"))
    assert "À la récolte" in texte
    assert "Après (T1)" not in texte
    passe = texte_de(ecrire(format_, "--referentiel", str(COMPLET), "--moment", RETRO))
    assert "Aux semis, vu d’aujourd’hui" in passe
    assert a_plat("à propos de ce moment : « Aux semis »") in passe


def test_un_moment_nomme_se_relit_par_son_nom_et_se_lit_partout() -> None:
    chemin = ecrire("xlsx", "--referentiel", str(COMPLET), "--moment", "t0")
    poser(chemin, {"Code de la personne": "R01", "Moment": "À la récolte"})
    repondre(chemin, {"S1": "2", "S2": "1", "T1": "2"})
    Path("t.csv").write_text("code;moment;S1\nR02;À la récolte;2\nR03;Aux semis;2\nR04;T1;2\n", encoding="utf-8")
    recueil = cpit.lire([chemin, Path("t.csv")], COMPLET)
    assert [n.passation.moment for n in recueil.cohorte.notees] == ["t1", "t1", "t0", "t1"]
    assert (
        executer(["cohorte", str(chemin), "--referentiel", str(COMPLET), "--page", "g.html", "--sortie", "g.xlsx"]) == 0
    )
    for sortie in (Path("g.html"), Path("g.xlsx")):
        assert "À la récolte, regard" in texte_de(sortie)


@pytest.mark.parametrize("demande", ["t0+retrospectif", "t1+t2", "T1+retro", "retrospectif"])
def test_on_ne_demande_pas_deux_moments_autrement(demande: str) -> None:
    with pytest.raises(MauvaisEmploi) as erreur:
        cpit.formulaires("minimal", "f", moment=demande)
    assert [a.code for a in erreur.value.anomalies] == ["moment-inconnu"]


def test_un_moment_sans_nom_se_dit_par_son_code() -> None:
    assert "T12 rétrospectif" in texte_de(ecrire("html", "--moment", "t12-retrospectif"))
    assert a_plat("à propos d'un moment passé (T12)") in texte_de(ecrire("xlsx", "--moment", "t12-retrospectif"))
    assert "T12" in texte_de(ecrire("xlsx", "--moment", "t12+retrospectif"))


def test_une_liste_donne_a_chacun_son_moment_et_sa_date() -> None:
    Path("l.csv").write_text(f"Code;moment;date_moment\nR01;{DEUX};09/2025\nR02;t0;\n", encoding="utf-8")
    ecrits = cpit.formulaires("minimal", "e", codes=Path("l.csv"), date_moment="2024")
    assert [chemin.name for chemin in ecrits] == ["formulaire-r01-t1-soi.xlsx", "formulaire-r02-t0-soi.xlsx"]
    premier, second = map(texte_de, ecrits)
    assert "septembre 2025" in premier
    assert "Votre réponse au début" in premier
    assert "2024" in second
    with pytest.raises(MauvaisEmploi):
        cpit.formulaires("minimal", "f", moment="t1+hier")


def test_un_export_ne_porte_rien_de_ce_qu_un_tiers_dit_de_lui(tmp_path: Path) -> None:
    """Un rôle désigne presque une personne, et par elle celle dont elle parle : il reste dans la cohorte."""
    codes = [item.code for item in cpit.referentiel("minimal").items]
    entete = ["identifiant", "moment", "regard", "evaluateur", "role_evaluateur", "connaissance", *codes]
    lignes = [[f"R{n}", "t0", "tiers", f"ZQ{n}", "partenaire", "pres", *"3" * len(codes)] for n in range(3)]
    source = tmp_path / "tiers.csv"
    source.write_text("\n".join(map(";".join, [entete, *lignes])), encoding="utf-8")
    formats = ("exporter", str(source), "--referentiel", "minimal", "--formats", "csv")
    assert executer([*formats, "--sortie", str(tmp_path / "jeu")]) == 0
    ecrits = [chemin.read_text(encoding="utf-8-sig") for chemin in (tmp_path / "jeu").glob("*.csv")]
    assert ecrits
    assert not [mot for mot in ("evaluateur", "partenaire", "ZQ1", "connaissance") for texte in ecrits if mot in texte]
    assert executer(["cohorte", str(source), "--referentiel", "minimal", "--sortie", str(tmp_path / "c.csv")]) == 0
    assert "partenaire" in (tmp_path / "c.csv").read_text(encoding="utf-8-sig")


def test_le_dixieme_moment_vient_apres_le_deuxieme(tmp_path: Path) -> None:
    """Partout où des moments se suivent : à l’écran, dans le jeu de données, dans ce que l’API rend."""
    dits = ("t10", "t2", "t0-retrospectif", "t0")
    codes = [item.code for item in livre().ordre_de_passation()]
    lignes = [f"P{rang},{moment},{','.join('1' * len(codes))}" for moment in dits for rang in range(3)]
    table = tmp_path / "table.csv"
    table.write_text("\n".join((f"identifiant,moment,{','.join(codes)}", *lignes)), encoding="utf-8")
    voulus = ["t0", "t0-retrospectif", "t2", "t10"]
    recueil = cpit.lire(table)
    assert [moment for moment, _ in recueil.cohorte.strates()] == voulus
    jeu = cpit.exporter(recueil, tmp_path / "jeu", formats=["csv"]).fiche.jeu
    assert [moment for moment, _ in jeu.strates()] == voulus
    assert [ligne["moment"] for ligne in jeu.tableau("reponses_large").en_lignes()] == voulus * 3
    moments = next(c for c in jeu.tableau("reponses_large").colonnes if c.cle == "moment").modalites or {}
    assert [moment for moment in moments if moment in voulus] == voulus
