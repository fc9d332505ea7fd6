"""Plusieurs feuilles de réponses, des légendes et des notes : personne n’est perdu, rien n’est pris pour quelqu’un."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import openpyxl
import pytest
from aide_outils import ecrire_csv, ecrire_xlsx
from aides import RACINE

import cpit
from cpit.cli import executer
from cpit.erreurs import Anomalie
from cpit.formats.recueil import Recueil

MINIMAL = RACINE / "referentiels" / "minimal.yaml"
CODES = ["A1", "A2", "A3", "R1", "R2", "R3"]
ENTETE = ["identifiant", *CODES]
ANA, BOB, CLEO = (["Ana", *"123412"], ["Bob", *"432143"], ["Cléo", *"222333"])
SANS_CODE = [CODES, [*"123412"], [*"432143"]]


def lues(recueil: Recueil) -> list[tuple[str, str, str]]:
    return [
        (p.identifiant, p.moment, "".join(str(p.reponse(code).valeur) for code in CODES))
        for p in (notee.passation for notee in recueil.cohorte.notees)
    ]


def dite(recueil: Recueil, code: str) -> Anomalie:
    (trouvee,) = [une for une in recueil.anomalies if une.code == code]
    return trouvee


def test_deux_groupes_dans_deux_feuilles_sont_lus_nommes_et_comptes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Les colonnes peuvent y être dans un autre ordre, et l’une avoir une colonne de plus."""
    autre = [["Remarque", *CODES[::-1], "Code"], ["", *CLEO[:0:-1], CLEO[0]]]
    chemin = ecrire_xlsx(tmp_path / "t.xlsx", {"Groupe A": [ENTETE, ANA, BOB], "Vide": [], "Groupe B": autre})
    recueil = cpit.lire(chemin, MINIMAL)
    assert lues(recueil) == [("Ana", "t0", "123412"), ("Bob", "t0", "432143"), ("Cléo", "t0", "222333")]
    quoi = " ".join(dite(recueil, "feuilles-lues").quoi.split())
    assert "« Groupe A » (2 passations) et « Groupe B » (1 passation)" in quoi
    code = executer(["cohorte", str(chemin), "--referentiel", str(MINIMAL), "--sortie", str(tmp_path / "s.csv")])
    assert (code, "Groupe B" in capsys.readouterr().err) == (0, True)


def test_des_lignes_sans_code_de_deux_feuilles_restent_des_personnes_distinctes(tmp_path: Path) -> None:
    chemin = ecrire_xlsx(tmp_path / "t.xlsx", {"A": SANS_CODE, "B": SANS_CODE})
    recueil = cpit.lire(chemin, MINIMAL)
    assert [n.releve.identifiant for n in recueil.cohorte.notees] == [
        "A, ligne 2",
        "A, ligne 3",
        "B, ligne 2",
        "B, ligne 3",
    ]
    cpit.exporter(recueil, tmp_path / "export")
    reponses = (tmp_path / "export" / "reponses_large.csv").read_text(encoding="utf-8-sig")
    pseudonymes = [ligne.split(",")[0] for ligne in reponses.splitlines()[1:]]
    assert len(set(pseudonymes)) == 4


def test_des_feuilles_t0_et_t1_disent_le_moment(tmp_path: Path) -> None:
    chemin = ecrire_xlsx(tmp_path / "t.xlsx", {"T0": [ENTETE, ANA], "T1 – fin": [ENTETE, BOB]})
    recueil = cpit.lire(chemin, MINIMAL)
    assert lues(recueil) == [("Ana", "t0", "123412"), ("Bob", "t1", "432143")]
    assert [une.code for une in recueil.anomalies] == ["feuilles-lues", "contexte-reconnu", "contexte-reconnu"]
    assert [moment for _, moment, _ in lues(cpit.lire(chemin, MINIMAL, moment="t2"))] == ["t2", "t2"]


def test_une_feuille_dont_le_nom_dit_un_moment_inconnu_est_refusee(tmp_path: Path) -> None:
    chemin = ecrire_xlsx(tmp_path / "t.xlsx", {"Avant": [ENTETE, ANA], "Après formation": [ENTETE, BOB]})
    recueil = cpit.lire(chemin, MINIMAL)
    assert lues(recueil) == [("Ana", "t0", "123412")]
    assert dite(recueil, "contexte-suppose").lieu.feuille == "Après formation"


@pytest.mark.parametrize(
    "autre",
    [
        pytest.param([["identifiant", "A1", "A2"], ["Bob", "1", "2"]], id="moins-d-items"),
        pytest.param([CODES, BOB[1:]], id="sans-code"),
    ],
)
def test_une_feuille_d_autres_colonnes_est_refusee_par_son_nom(
    autre: list[list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chemin = ecrire_xlsx(tmp_path / "t.xlsx", {"A": [ENTETE, ANA], "B": autre})
    code = executer(["cohorte", str(chemin), "--referentiel", str(MINIMAL), "--sortie", str(tmp_path / "s.csv")])
    assert code == 1
    assert dite(cpit.lire(chemin, MINIMAL), "feuille-d-autre-sorte").lieu.feuille == "B"
    assert "pas les mêmes colonnes" in " ".join(capsys.readouterr().err.split())


def test_une_feuille_de_moyennes_ou_cachee_n_est_que_dite(tmp_path: Path) -> None:
    synthese = [["", *CODES], ["Moyenne", *"222222"], ["Effectif", *"111111"]]
    chemin = ecrire_xlsx(tmp_path / "t.xlsx", {"Réponses": [ENTETE, ANA], "Synthèse": synthese, "Copie": [ENTETE, BOB]})
    livre = openpyxl.load_workbook(chemin)
    livre["Copie"].sheet_state = "hidden"
    livre.save(chemin)
    recueil = cpit.lire(chemin, MINIMAL)
    assert lues(recueil) == [("Ana", "t0", "123412")]
    noms = [une.mots["noms"] for une in recueil.anomalies if une.code == "feuilles-non-lues"]
    assert (sorted(noms, key=str), [une.gravite.value for une in recueil.anomalies]) == (
        ["Copie", "Synthèse"],
        ["avertissement"] * 2,
    )


_DES_ITEMS = cpit.referentiel(MINIMAL).items


@pytest.mark.parametrize(
    ("avant", "code"),
    {
        "codes et énoncés": ([[item.code for item in _DES_ITEMS], [item.enonce for item in _DES_ITEMS]], "non-lues"),
        "énoncés": ([[item.enonce for item in _DES_ITEMS]], "non-lues"),
        "niveaux attendus": ([["Situation", *(i.enonce for i in _DES_ITEMS)], ["Niveau attendu", *"333333"]], ""),
        "le niveau visé": ([["Situation", *(i.enonce for i in _DES_ITEMS)], ["Visé", *"333333"]], "d-autre-sorte"),
    }.values(),
)
def test_une_feuille_d_enonces_devant_les_reponses_ne_les_cache_pas(
    avant: list[list[str]], code: str, tmp_path: Path
) -> None:
    """Qui a répondu se lit dans la feuille qui le dit, où qu’elle soit ; l’autre est nommée."""
    reponses = [["identifiant", *(item.code for item in _DES_ITEMS)], ["P1", *"123412"], ["P2", *"432121"]]
    recueil = cpit.lire(ecrire_xlsx(tmp_path / "t.xlsx", {"Énoncés": avant, "Réponses": reponses}), MINIMAL)
    assert [notee.releve.identifiant for notee in recueil.cohorte.notees] == ["P1", "P2"]
    dites = [une for une in recueil.anomalies if une.code.startswith("feuille")]
    assert all("Énoncés" in une.constat for une in dites)
    assert code in "".join(une.code for une in dites)
    assert dites


def test_deux_feuilles_d_une_ligne_par_reponse_se_lisent_toutes(tmp_path: Path) -> None:
    tete = ["identifiant", "question", "réponse"]
    feuilles = {
        nom: [tete, *([qui[0], c, r] for c, r in zip(CODES, qui[1:], strict=True))]
        for nom, qui in (("A", ANA), ("B", BOB))
    }
    recueil = cpit.lire(ecrire_xlsx(tmp_path / "t.xlsx", feuilles), MINIMAL)
    assert lues(recueil) == [("Ana", "t0", "123412"), ("Bob", "t0", "432143")]
    assert dite(recueil, "feuilles-lues")


# --- à côté, et dessous -----------------------------------------------------------------------------------------------

LEGENDES = {
    "a-droite": [[*ENTETE, "", ""], [*ANA, "", "1 = Jamais ou presque"], [*BOB, "", "2 = De temps en temps"]],
    "en-deux-colonnes": [[*ENTETE, "", "", ""], [*ANA, "", "1", "Jamais"], [*BOB, "", "2", "De temps en temps"]],
    "tout-contre": [[*ENTETE, ""], [*ANA, "absente au début"], [*BOB, ""]],
    "plus-longue": [[*ENTETE, "", ""], [*ANA, "", "légende"], [*BOB, "", ""], [""] * 8 + ["4 : Très souvent"]],
    "nommee": [[*ENTETE, "", "Légende"], [*ANA, "", "1 = jamais"], [*BOB, "", "2 = souvent"]],
}


@pytest.mark.parametrize("suffixe", [".csv", ".xlsx"])
@pytest.mark.parametrize("nom", LEGENDES)
def test_une_legende_a_droite_ne_fait_refuser_personne(nom: str, suffixe: str, tmp_path: Path) -> None:
    largeur = max(map(len, LEGENDES[nom]))
    rangees = [[*ligne, *[""] * (largeur - len(ligne))] for ligne in LEGENDES[nom]]
    ecrire = ecrire_csv if suffixe == ".csv" else lambda chemin, table: ecrire_xlsx(chemin, {"R": table})
    recueil = cpit.lire(ecrire(tmp_path / f"t{suffixe}", rangees), MINIMAL)
    assert lues(recueil) == [("Ana", "t0", "123412"), ("Bob", "t0", "432143")]
    assert {une.code for une in recueil.anomalies} == {"colonnes-inconnues" if nom == "nommee" else "cellules-a-cote"}


@pytest.mark.parametrize("decalee", [[*ANA, "2"], ["Ana", "x", *"123412"]])
def test_une_reponse_qui_deborde_fait_encore_refuser_sa_ligne(decalee: list[str], tmp_path: Path) -> None:
    recueil = cpit.lire(ecrire_csv(tmp_path / "t.csv", [[*ENTETE, ""], decalee, [*BOB, ""]]), MINIMAL)
    assert lues(recueil) == [("Bob", "t0", "432143")]
    assert dite(recueil, "ligne-hors-colonnes").lieu.ligne == 2


@pytest.mark.parametrize("flux", [False, True], ids=["d-un-bloc", "en-flux"])
@pytest.mark.parametrize(
    "legende",
    [
        pytest.param(["1", "Jamais ou presque"], id="chiffre-puis-mots"),
        pytest.param(["Très souvent", "4"], id="mots-puis-chiffre"),
        pytest.param(["", "2", "De temps en temps"], id="sous-les-items"),
        pytest.param(["SO", "Sans objet", "ne s’applique pas"], id="sans-objet"),
    ],
)
def test_une_legende_sous_la_table_n_est_personne(
    legende: list[str], flux: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = [ENTETE, ANA, BOB, [""] * 7, [*legende, *[""] * (7 - len(legende))]]
    chemin, sortie = ecrire_csv(tmp_path / "t.csv", table), tmp_path / "s.csv"
    if flux:
        monkeypatch.setattr("cpit.flux.SEUIL", 1)
    assert executer(["cohorte", str(chemin), "--referentiel", str(MINIMAL), "--sortie", str(sortie)]) == 0
    assert [ligne.split(";")[0] for ligne in sortie.read_text("utf-8-sig").splitlines()[1:]] == ["Ana", "Bob"]
    assert "dit l’échelle" in " ".join(capsys.readouterr().err.split())


def test_une_table_voisine_avec_ses_propres_codes_est_mise_de_cote(tmp_path: Path) -> None:
    """« structure » y est celle de quelqu’un d’autre : ce n’est pas un profil."""
    entete = [*ENTETE, "", "Code", "Nom", "structure"]
    table = [entete, [*ANA, "", "Bob", "Bob D.", "commune"], [*BOB, "", "Ana", "Ana C.", "epci"]]
    recueil = cpit.lire(ecrire_csv(tmp_path / "t.csv", table), MINIMAL)
    assert lues(recueil) == [("Ana", "t0", "123412"), ("Bob", "t0", "432143")]
    assert all(not n.passation.profil for n in recueil.cohorte.notees)
    assert "« structure »" in " ".join(dite(recueil, "colonnes-inconnues").quoi.split())


def test_deux_tables_de_reponses_cote_a_cote_sont_refusees(tmp_path: Path) -> None:
    with pytest.raises(cpit.ErreurCpit) as leve:
        cpit.lire(ecrire_csv(tmp_path / "t.csv", [[*ENTETE, "", *ENTETE], [*ANA, "", *BOB]]), MINIMAL)
    assert "colonne-en-double" in {une.code for une in leve.value.anomalies}


def test_la_page_posee_a_cote_d_une_passation_n_a_pas_a_se_dire(tmp_path: Path) -> None:
    """Intacte et à son nom, elle redit la passation ; son classeur, où l’on a pu changer une réponse, se dit."""
    passation = shutil.copy(RACINE / "exemples" / "passation-r01-t0-soi.json", tmp_path / "p.json")
    page = cpit.ecrire(cpit.relire(passation), tmp_path / "p.html")
    assert cpit.lire(tmp_path).anomalies == ()
    cpit.ecrire(cpit.relire(passation), tmp_path / "p.xlsx")
    assert [une.code for une in cpit.lire(tmp_path).anomalies] == ["classeur-ignore"]
    (tmp_path / "p.xlsx").unlink()
    page.rename(tmp_path / "autre.html")
    assert [une.code for une in cpit.lire(tmp_path).anomalies] == ["sortie-ignoree"]


def test_un_classeur_de_cpit_laisse_de_cote_n_est_pas_un_fichier_lu(tmp_path: Path) -> None:
    table = ecrire_csv(tmp_path / "t.csv", [ENTETE, ANA, BOB, CLEO])
    cpit.ecrire(cpit.lire(table, MINIMAL), tmp_path / "g.xlsx")
    recueil = cpit.lire([table, tmp_path / "g.xlsx"], MINIMAL)
    assert [une.code for une in recueil.anomalies] == ["classeur-ignore"]
    assert [source.nom for source in recueil.sources] == [str(table)]
    page = cpit.ecrire(recueil, tmp_path / "p.html").read_text(encoding="utf-8")
    assert re.search(r"Fichiers lus(?:\s|<[^>]*>)*1<", page)


def en_long(*personnes: list[str]) -> list[list[str]]:
    reponses = ([qui[0], c, r] for qui in personnes for c, r in zip(CODES, qui[1:], strict=True))
    return [["identifiant", "question", "réponse"], *reponses]


@pytest.mark.parametrize("premiere", ["large", "autre"])
@pytest.mark.parametrize(
    "autre",
    [
        pytest.param(en_long(BOB, CLEO), id="longue"),
        pytest.param([["Suivi de printemps"], [], *en_long(BOB, CLEO)], id="longue-sous-un-titre"),
        pytest.param(
            [["Code", "Bob", "Cléo"], *map(list, zip(CODES, BOB[1:], CLEO[1:], strict=True))], id="transposee"
        ),
    ],
)
def test_une_feuille_d_une_autre_forme_a_cote_d_une_table_est_refusee_par_son_nom(
    autre: list[list[str]], premiere: str, tmp_path: Path
) -> None:
    """Elle porte deux personnes que la première n’a pas : rien d’elles ne se perd sans un mot."""
    feuilles = {"Réponses": [ENTETE, ANA], "Suivi": autre}
    ordre = dict(reversed(feuilles.items())) if premiere == "autre" else feuilles
    recueil = cpit.lire(ecrire_xlsx(tmp_path / "t.xlsx", ordre), MINIMAL)
    assert lues(recueil) == [("Ana", "t0", "123412")]
    refus = dite(recueil, "feuille-d-autre-sorte")
    assert (refus.lieu.feuille, refus.mots["nombre"], refus.gravite.value) == ("Suivi", 2, "refus")


def test_un_index_des_items_ou_leurs_moyennes_dans_une_autre_feuille_ne_sont_la_reponse_de_personne(
    tmp_path: Path,
) -> None:
    feuilles = {
        "Réponses": [ENTETE, ANA],
        "Items": [["Code", "Compétence"], *([code, "Accueillir"] for code in CODES)],
        "Moyennes": [["Item", "Moyenne", "Écart-type"], *([code, "2", "1"] for code in CODES)],
    }
    recueil = cpit.lire(ecrire_xlsx(tmp_path / "t.xlsx", feuilles), MINIMAL)
    assert lues(recueil) == [("Ana", "t0", "123412")]
    assert not recueil.anomalies


def test_une_feuille_qui_compte_les_niveaux_n_est_que_dite(tmp_path: Path) -> None:
    """Ses colonnes ne sont pas quatre personnes : elle est nommée, et rien n’est refusé."""
    comptes = [["Item", *"1234"], *([code, *"1111"] for code in CODES)]
    recueil = cpit.lire(ecrire_xlsx(tmp_path / "t.xlsx", {"Réponses": [ENTETE, ANA], "Comptes": comptes}), MINIMAL)
    assert lues(recueil) == [("Ana", "t0", "123412")]
    assert [(une.code, une.mots["noms"]) for une in recueil.anomalies] == [("feuilles-non-lues", "Comptes")]


NIVEAUX = ["Jamais ou presque", "De temps en temps", "Souvent", "Très souvent"]
SOUS_LA_TABLE: dict[str, list[list[str]]] = {
    "légende titrée": [["Niveau", "Libellé"], *([str(k), mots] for k, mots in enumerate(NIVEAUX, 1))],
    "statistiques en colonne": [["Item", "Moyenne", "Effectif"], *([code, "2", "3"] for code in CODES)],
    "situations": [["Situation", "N"], *([code, "3"] for code in CODES)],
    "signatures": [["Nom", "Signature"], ["Durand", ""], ["Martin", "lu"]],
    "émargement": [["Émargement", "Matin", "Après-midi"], ["Ana", "x", "x"], ["Bob", "x", ""]],
    "tableau croisé": [
        ["Étiquettes de lignes", "Moyenne de A1"],
        ["commune", "2"],
        ["epci", "3"],
        ["Total général", "2"],
    ],
    "tableau croisé entier": [["Étiquettes de lignes", *(f"Moyenne de {code}" for code in CODES)], ["epci", *"222222"]],
    "tableau croisé de niveaux": [
        ["Étiquettes de lignes", "1", "2", "3"],
        ["commune", "1", "2", "1"],
        ["epci", "", "2"],
    ],
    "scores de chacun": [["identifiant", "Accueillir", "Répartir"], ["Ana", "2", "3"], ["Bob", "3", "1"]],
    "scores de chacun, son code dit autrement": [["Votre code", "Accueillir", "Répartir"], ["Ana", "2", "3"]],
    "moyennes d’un groupe": [["Groupe", "Moyenne"], ["A", "2"], ["B", "3"]],
    "comptes de chaque niveau": [[mots, *"111111"] for mots in NIVEAUX],
}


def sous_les_reponses(nom: str) -> list[list[str]]:
    return [[*ligne, *[""] * (7 - len(ligne))] for ligne in [ENTETE, ANA, BOB, CLEO, [], *SOUS_LA_TABLE[nom]]]


@pytest.mark.parametrize("nom", SOUS_LA_TABLE)
def test_une_petite_table_sous_les_reponses_d_une_grande_se_lit_d_un_bloc_ou_est_refusee_a_sa_ligne(
    nom: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ce qui est parti sur la sortie standard ne se reprend pas : là, elle est refusée."""
    chemin = ecrire_csv(tmp_path / "t.csv", sous_les_reponses(nom))
    commande = ["cohorte", str(chemin), "--referentiel", str(MINIMAL), "--sortie"]
    rendus = []
    for seuil in (1, 10**9):
        monkeypatch.setattr("cpit.flux.SEUIL", seuil)
        sortie = tmp_path / f"s{seuil}.csv"
        rendus.append((executer([*commande, str(sortie)]), capsys.readouterr().err, sortie.read_text("utf-8-sig")))
    assert rendus[0] == rendus[1]
    assert (rendus[0][0], len(rendus[0][2].splitlines())) == (0, 4)
    monkeypatch.setattr("cpit.flux.SEUIL", 1)
    compris = nom == "comptes de chaque niveau"
    assert executer([*commande, "-"]) == (0 if compris else 1)
    dit = " ".join(capsys.readouterr().err.split())
    assert compris or ("ligne 6" in dit and "une autre table commence sous les réponses" in dit)


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("suffixe", ["csv", "xlsx"])
@pytest.mark.parametrize("nom", SOUS_LA_TABLE)
def test_une_petite_table_sous_les_reponses_n_est_personne(
    nom: str, suffixe: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Elle est dite une fois, et ne compte pour personne."""
    rangees = sous_les_reponses(nom)
    if suffixe == "xlsx":
        chemin = ecrire_xlsx(tmp_path / "t.xlsx", {"Feuil1": rangees})
    else:
        chemin = ecrire_csv(tmp_path / "t.csv", rangees)
    sortie = tmp_path / "s.csv"
    assert executer(["cohorte", str(chemin), "--referentiel", str(MINIMAL), "--sortie", str(sortie)]) == 0
    lus = [ligne.split(";")[0] for ligne in sortie.read_text("utf-8-sig").splitlines()[1:]]
    assert lus == ["Ana", "Bob", "Cléo"]
    dit = " ".join(capsys.readouterr().err.split())
    assert dit.count("une autre table commence") <= 1
    assert "personne" in dit


def test_qui_a_plus_repondu_que_la_petite_table_ne_dit_de_colonnes_reste_une_personne(tmp_path: Path) -> None:
    table = [ENTETE, ANA, ["Nom", "Signature"], ["Durand", "lu"], BOB, ["Nom", "Signature"], ENTETE, ["Cléo", "2"]]
    rangees = [[*ligne, *[""] * (7 - len(ligne))] for ligne in table]
    recueil = cpit.lire(ecrire_csv(tmp_path / "t.csv", rangees), MINIMAL)
    assert [qui for qui, _, _ in lues(recueil)] == ["Ana", "Bob", "Cléo"]
    assert dite(recueil, "petite-table-dessous").mots["nombre"] == 3


@pytest.mark.parametrize("qui", ["Zoé", "P09", "Normand"])
def test_une_personne_dont_rien_ne_se_lit_reste_refusee_et_ne_cache_pas_la_suivante(qui: str, tmp_path: Path) -> None:
    table = [ENTETE, ANA, [""] * 7, [qui, "absente", *[""] * 5], ["Bob", "2", *[""] * 5]]
    recueil = cpit.lire(ecrire_csv(tmp_path / "t.csv", table), MINIMAL)
    assert [code for code, _, _ in lues(recueil)] == ["Ana", qui, "Bob"]
    assert dite(recueil, "cellule-incomprise").lieu.ligne == 4
