"""Ce que veut dire chaque niveau se lit là où l’on répond, et là où une réponse se montre en mots."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import openpyxl
import pytest
from aide_navigateur import Page
from aide_remplir import remplir_comme_une_personne
from aide_terminal import INSTANT, au_terminal, ecrire_terminee
from aides import PREMIERE, TESTS, encoder_passation, livre, passation_de, premiere

import cpit
from cpit.cli import executer
from cpit.coeur.passation import Passation, repondu
from cpit.coeur.referentiel import Referentiel
from cpit.typographie import typographier

COMPLET = TESTS / "donnees" / "referentiel-complet.yaml"
"""S1 a deux ancres sur trois niveaux (0 et 2), et un énoncé pour un tiers."""
ANCRES = ("La planche est préparée par d’autres.", "Je montre comment la préparer.")
POUR_SOI, POUR_UN_TIERS = "Je prépare la planche.", "Cette personne prépare la planche."


@pytest.fixture(scope="module")
def complet() -> Referentiel:
    return cpit.referentiel(COMPLET)


def a_l_ecran(
    dossier: Path,
    referentiel: Path | str | None = None,
    *touches: str,
    regard: str = "soi",
    simple: bool = False,
    largeur: int = 80,
) -> str:
    """Ce que montre la première situation à voir, une fois tapées ces touches qui n’y répondent pas."""
    mots = ["questionnaire", "--code", "B", "--moment", "t0", "--regard", regard, "--sans-profil"]
    if regard == "tiers":
        mots += ["--evaluateur", "X", "--role-evaluateur", "pair", "--connaissance", "bien"]
    mots += [*(["--referentiel", str(referentiel)] if referentiel else []), *(["--simple"] if simple else [])]
    with tempfile.TemporaryDirectory(dir=dossier) as seul:
        _, vu = au_terminal(*mots, touches=[*touches, "q"], dossier=Path(seul), largeur=largeur)
    return _la_situation(vu)


def _la_situation(vu: str) -> str:
    """De la consigne, ou de la question, à l’invite : ni l’accueil, ni ce que l’on dit en quittant."""
    avant, invite, _ = vu.rpartition("> Enregistré")
    assert invite, vu
    return avant.partition("accès au réseau.\n")[2] or avant


@pytest.mark.parametrize(("simple", "largeur"), [(False, 80), (False, 160), (True, 80)])
def test_au_terminal_les_niveaux_se_lisent_sans_toucher_a_rien(tmp_path: Path, simple: bool, largeur: int) -> None:
    vu = a_l_ecran(tmp_path, COMPLET, simple=simple, largeur=largeur)
    for ancre in ANCRES:
        assert ancre.replace("’", "'") in vu
    assert "  1  Parfois\n" in vu, "un niveau sans ancre, et que l'échelle ne décrit pas, garde son libellé seul"
    decrit = " ".join(a_l_ecran(tmp_path, PREMIERE, simple=simple, largeur=largeur).split())
    for niveau in premiere().echelle.niveaux:
        assert (niveau.description or "").replace("’", "'") in decrit
    ancre_partout = " ".join(a_l_ecran(tmp_path, simple=simple, largeur=largeur).split())
    for niveau in livre().echelle.niveaux:
        dit = livre().ordre_de_passation()[0].sens_de(niveau) or ""
        assert f"{niveau.libelle} : {dit}".replace("’", "'").replace("\u202f", " ") in ancre_partout
    if not simple:
        assert max(map(len, vu.splitlines())) < largeur


@pytest.mark.parametrize(("largeur", "touches", "vus"), [(100, [], True), (99, [], False), (80, ["?"], True)])
def test_ce_que_l_echelle_dit_d_un_niveau_se_lit_au_large_ou_par_une_touche(
    tmp_path: Path, largeur: int, touches: list[str], vus: bool
) -> None:
    """L’ancre de la situation se lit toujours ; la description entière, sans « ? » dès cent colonnes."""
    vu = a_l_ecran(tmp_path, None, *touches, largeur=largeur)
    lu = " ".join(vu.split())
    for niveau in livre().echelle.niveaux:
        description = (niveau.description or "").replace("’", "'").replace("\u202f", " ")
        assert (description in lu) == vus, niveau.valeur
    assert max(map(len, vu.splitlines())) <= 90


@pytest.mark.parametrize("regard", ["soi", "tiers"])
@pytest.mark.endurance
def test_la_question_la_situation_et_ses_niveaux_tiennent_sur_un_ecran(tmp_path: Path, regard: str) -> None:
    """Vingt-quatre lignes de quatre-vingts signes, invite comprise, où que l’on reprenne : rien n’est à remonter."""
    referentiel = livre()
    champs = {"commencee": INSTANT, "modifiee": INSTANT, "profil": {"structure": "epci"}}
    passation = Passation.nouvelle(referentiel, identifiant="B", moment="t0", regard=regard, **champs)
    for item in referentiel.ordre_de_passation():
        (tmp_path / "p.json").write_bytes(encoder_passation(passation))
        reprendre = ["questionnaire", "--reprendre", "p.json", "--sans-profil"]
        vu = _la_situation(au_terminal(*reprendre, touches=["q"], dossier=tmp_path)[1]).lstrip("\n") + "> "
        assert f"{item.code}. " in vu
        # Ce qu’un tiers doit savoir d’abord est dit au-dessus, une fois par séance ; « ? » le redit.
        consigne, question, reste = vu.partition(referentiel.echelle.question_pour(regard).replace("’", "'")[:40])
        assert question
        assert consigne.startswith("Vous répondez à propos d'une personne") if regard == "tiers" else not consigne
        assert len((question + reste).splitlines()) <= 24, vu
        passation = passation.avec_reponse(item.code, repondu(2))


def test_au_terminal_un_tiers_lit_ce_qui_est_ecrit_pour_lui(tmp_path: Path) -> None:
    vu = a_l_ecran(tmp_path, COMPLET, regard="tiers")
    assert POUR_UN_TIERS in vu
    assert POUR_SOI not in vu
    assert POUR_SOI in a_l_ecran(tmp_path, COMPLET)


@pytest.mark.parametrize("sorte", ["html", "xlsx", "csv"])
def test_la_question_d_un_tiers_ne_parle_pas_de_lui(tmp_path: Path, sorte: str) -> None:
    """Là où il répond comme au terminal : « ce que vous avez fait » n’est pas ce qu’on lui demande."""
    pour_soi, du_tiers = (
        livre().echelle.question_pour(regard).replace("’", "'").replace("\u202f", " ") for regard in ("soi", "tiers")
    )
    assert du_tiers in " ".join(a_l_ecran(tmp_path, regard="tiers").split())
    assert pour_soi[:40] not in a_l_ecran(tmp_path, regard="tiers")
    assert executer(["formulaire", "--format", sorte, "--dossier", str(tmp_path), "--regard", "tiers"]) == 0
    (chemin,) = tmp_path.iterdir()
    if sorte == "html":
        balises = [a for _, a in Page(chemin.read_text("utf-8")).balises if "data-regard" in a and "class" not in a]
        questions = [a for a in balises if a.get("data-passe") == "non"]
        assert {a["data-regard"]: "hidden" in a for a in questions} == {"soi": True, "tiers": False}
        return
    if sorte == "xlsx":
        lu = " ".join(str(c.value) for ligne in openpyxl.load_workbook(chemin).worksheets[0].iter_rows() for c in ligne)
    else:
        lu = chemin.read_text(encoding="utf-8-sig")
    lu = lu.replace("\u202f", " ").replace("\u00a0", " ").replace("’", "'")
    assert du_tiers in lu
    assert pour_soi[:40] not in lu


def test_la_page_montre_les_ancres_et_l_enonce_du_regard(tmp_path: Path) -> None:
    for regard, cache in (("soi", POUR_UN_TIERS), ("tiers", POUR_SOI)):
        page = formulaire(tmp_path / regard, "html", regard).read_text(encoding="utf-8")
        for ancre in ANCRES:
            assert page.count(ancre) > 1, "dans la page, et dans le texte du référentiel"
        enonces = {a["data-regard"]: a for _, a in Page(page).balises if "data-regard" in a}
        assert [une for une, a in enonces.items() if "hidden" in a] == [{"soi": "tiers", "tiers": "soi"}[regard]]
        assert f" hidden>{cache}</span>" in page


def formulaire(tmp_path: Path, sorte: str, regard: str = "soi", *autres: str) -> Path:
    mots = ["formulaire", "--referentiel", str(COMPLET), "--format", sorte, "--dossier", str(tmp_path)]
    assert executer([*mots, "--regard", regard, *autres]) == 0
    (chemin,) = [c for c in tmp_path.iterdir() if c.suffix == f".{sorte}"]
    return chemin


@pytest.mark.parametrize("regard", ["soi", "tiers"])
def test_le_classeur_a_remplir_montre_les_ancres_et_se_relit(tmp_path: Path, regard: str) -> None:
    chemin = formulaire(tmp_path, "xlsx", regard)
    feuille = openpyxl.load_workbook(chemin).worksheets[0]
    situations = {feuille.cell(rang, 1).value: feuille.cell(rang, 2).value for rang in range(1, feuille.max_row + 1)}
    enonce = POUR_UN_TIERS if regard == "tiers" else POUR_SOI
    assert situations["S1"] == typographier(
        f"{enonce}\n0 – Jamais : {ANCRES[0]}\n1 – Parfois\n2 – Souvent : {ANCRES[1]}"
    )
    assert situations["S2"] == "J’arrose le semis."
    remplir_comme_une_personne(chemin, chemin, {"S1": "2", "T2": "1"})
    passation = cpit.lire(chemin, COMPLET).cohorte.notees[0].passation
    assert (passation.regard, passation.valeurs()) == (regard, {"S1": 2, "T2": 1})


def situations_du_classeur(dossier: Path, reference: str) -> list[str]:
    """La colonne des situations du formulaire d’un référentiel livré."""
    assert executer(["formulaire", "--referentiel", reference, "--dossier", str(dossier)]) == 0
    (chemin,) = dossier.glob("*.xlsx")
    feuille = openpyxl.load_workbook(chemin).worksheets[0]
    return [str(cellule.value) for cellule in feuille["B"] if cellule.value]


def test_le_classeur_rappelle_l_echelle_la_ou_l_on_repond(tmp_path: Path) -> None:
    """Sous la compétence, ce que veut dire chaque niveau ; si chaque situation le dit, c’est là, une fois."""
    dits = situations_du_classeur(tmp_path / "un", PREMIERE)
    for niveau in premiere().echelle.niveaux:
        assert sum(str(niveau.description) in dit for dit in dits) == len(premiere().competences)
    dits = situations_du_classeur(tmp_path / "deux", "innovation-territoriale")
    for item in livre().items:
        for niveau in livre().echelle.niveaux:
            assert sum(typographier(item.sens_de(niveau) or "") in typographier(dit) for dit in dits) == 1


@pytest.mark.parametrize("regard", ["soi", "tiers"])
def test_la_table_a_une_aide_que_l_on_ne_relit_pas(tmp_path: Path, regard: str) -> None:
    chemin = formulaire(tmp_path, "csv", regard)
    with chemin.open(encoding="utf-8-sig", newline="") as flux:
        entete, exemple = csv.reader(flux, delimiter=";")
    assert entete[-2:] == ["aide", "aide_S1"]
    enonce = POUR_UN_TIERS if regard == "tiers" else POUR_SOI
    assert exemple[-1] == typographier(f"{enonce} | 0 = Jamais : {ANCRES[0]} | 1 = Parfois | 2 = Souvent : {ANCRES[1]}")
    question = cpit.referentiel(COMPLET).echelle.question_pour(regard)
    assert (question == "À quelle fréquence ?") is (regard == "soi")
    consigne, trouvee, niveaux = exemple[-2].partition(question)
    assert trouvee
    assert consigne.startswith("Vous répondez à propos d’une personne") if regard == "tiers" else not consigne
    dits = " | 0 = Jamais | 1 = Parfois | 2 = Souvent | SO = Sans objet"
    assert niveaux.startswith(dits) if regard == "tiers" else niveaux == dits
    exemple[0] = "P1"
    with chemin.open("a", encoding="utf-8", newline="") as flux:
        csv.writer(flux, delimiter=";").writerow(exemple)
    recueil = cpit.lire(chemin, COMPLET)
    assert [une.code for une in recueil.anomalies] == ["ligne-d-exemple"], "l'aide n'est ni prise, ni une inconnue"
    assert recueil.cohorte.notees[0].passation.valeurs()["S1"] == int(exemple[entete.index("S1")])


def test_un_item_nomme_aide_reste_un_item(tmp_path: Path) -> None:
    autre = tmp_path / "aide.yaml"
    autre.write_text(COMPLET.read_text(encoding="utf-8").replace("S2", "aide").replace("T3", "aide_S1"), "utf-8")
    table = tmp_path / "t.csv"
    table.write_text("identifiant;S1;aide;aide_S1\nP1;1;2;0\n", encoding="utf-8")
    valeurs = cpit.lire(table, autre).cohorte.notees[0].passation.valeurs()
    assert valeurs == {"S1": 1, "aide": 2, "aide_S1": 0}


# --- ce que les ancres ont le droit d’être ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ancres", "dit"),
    [
        ("[{valeur: 0, libelle: Rien.}, {valeur: 7, libelle: Hors.}]", "7"),
        ("[{valeur: 0, libelle: Rien.}, {valeur: 0, libelle: Encore.}]", "0"),
        ("[{valeur: 2, libelle: Tout.}, {valeur: 1, libelle: Peu.}]", "1"),
    ],
)
def test_une_ancre_mal_posee_est_situee(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ancres: str, dit: str
) -> None:
    chemin = tmp_path / "faux.yaml"
    texte = COMPLET.read_text(encoding="utf-8")
    ligne = "  - {code: S2, competence: semer, ingenierie: eau, enonce: J’arrose le semis."
    chemin.write_text(texte.replace(ligne, f"{ligne[:-1]}, niveaux: {ancres}"), "utf-8")
    assert executer(["referentiel", "valider", str(chemin)]) == 1
    refus = capsys.readouterr().err
    numero = texte[: texte.index(ligne)].count("\n") + 1
    assert f"faux.yaml, ligne {numero}, " in " ".join(refus.split())
    assert dit in refus


# --- là où le référentiel se montre, s’écrit, se documente ------------------------------------------------------------


def test_montrer_dit_les_ancres_et_l_enonce_du_tiers(capsys: pytest.CaptureFixture[str]) -> None:
    assert executer(["referentiel", "montrer", str(COMPLET), "--simple"]) == 0
    montre = capsys.readouterr().out
    for mots in (*ANCRES, POUR_UN_TIERS):
        assert mots in montre


def test_la_grille_d_un_referentiel_ne_perd_aucune_ancre(tmp_path: Path, complet: Referentiel) -> None:
    grille, retour = tmp_path / "g.xlsx", tmp_path / "r.yaml"
    assert executer(["referentiel", "modele", "--xlsx", "--depuis", str(COMPLET), "--sortie", str(grille)]) == 0
    assert executer(["referentiel", "depuis", str(grille), "--sortie", str(retour)]) == 0
    revenu = cpit.referentiel(retour)
    assert revenu.items == complet.items
    assert revenu.profil == complet.profil


def passation_ancree(referentiel: Referentiel, **champs: object) -> Passation:
    passation = passation_de(referentiel, "201102", identifiant="P1", **champs)
    return passation.avec_reponse("S1", repondu(2, "La planche des salades."))


@pytest.mark.endurance
def test_le_dictionnaire_d_un_export_porte_les_ancres(tmp_path: Path, complet: Referentiel) -> None:
    for code in ("P1", "P2", "P3"):
        passation = passation_de(complet, "201102", identifiant=code)
        ecrire_terminee(tmp_path / f"passation-{code}-t0-soi.json", passation)
    sortie = tmp_path / "jeu"
    mots = ["exporter", str(tmp_path), "--sortie", str(sortie), "--referentiel", str(COMPLET)]
    assert executer(mots) == 0
    modalites = (sortie / "dictionnaire_codes.csv").read_text(encoding="utf-8-sig")
    assert typographier(f"Souvent : {ANCRES[1]}") in modalites
    ddi = (sortie / "ddi.xml").read_text(encoding="utf-8")
    assert ANCRES[1] in ddi


@pytest.mark.parametrize("regard", ["soi", "tiers"])
def test_une_reponse_se_montre_avec_son_ancre(tmp_path: Path, complet: Referentiel, regard: str) -> None:
    passation = passation_ancree(complet, regard=regard)
    source = ecrire_terminee(tmp_path / f"passation-P1-t0-{regard}.json", passation)
    page, classeur = tmp_path / "p.html", tmp_path / "p.xlsx"
    assert executer(["restituer", str(source), "--page", str(page), "--classeur", str(classeur)]) == 0
    attendu = typographier(f"Souvent : {ANCRES[1]}")
    # L’ancre est dans son propre élément, qui ne s’imprime pas : la phrase se lit pourtant d’un trait.
    assert attendu in page.read_text(encoding="utf-8").replace('<span class="ancre">', "")
    ouvert = openpyxl.load_workbook(classeur, data_only=True)
    cellules = {str(c.value) for ligne in ouvert["Réponses"].iter_rows() for c in ligne}
    assert {attendu, "Jamais"} <= cellules
    assert (POUR_UN_TIERS if regard == "tiers" else POUR_SOI) in cellules
    assert ANCRES[0] in " ".join(str(c.value) for ligne in ouvert["Référentiel"].iter_rows() for c in ligne)
