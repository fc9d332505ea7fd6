"""Les tables longues (une ligne par réponse) et transposées (une colonne par personne), et les correspondances.

Chaque table dit les mêmes réponses que la table ordinaire d’à côté : les deux lectures doivent donner les mêmes
passations, cellule pour cellule.
"""

from __future__ import annotations

import csv
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pytest
from aide_lecture import DEUX_FORMES, Ecrire, en_csv, en_xlsx
from aides import RACINE
from hypothesis import given, settings
from hypothesis import strategies as st

import cpit
from cpit.cli import executer

REFERENTIEL = cpit.referentiel(RACINE / "referentiels" / "minimal.yaml")
CODES = [item.code for item in REFERENTIEL.items]
ENONCES = {item.code: item.enonce for item in REFERENTIEL.items}
LIBELLES = {str(niveau.valeur): niveau.libelle for niveau in REFERENTIEL.echelle.niveaux} | {"SO": "Sans objet", "": ""}
PERSONNES = {"R01": ["1", "2", "3", "4", "SO", "2"], "R02": ["4", "3", "", "1", "2", "1"]}
Grille = list[list[str]]


def ordinaire(personnes: dict[str, list[str]] = PERSONNES) -> Grille:
    return [["identifiant", *CODES], *([nom, *reponses] for nom, reponses in personnes.items())]


def longue(personnes: dict[str, list[str]] = PERSONNES) -> Grille:
    lignes = [
        [nom, code, valeur] for nom, reponses in personnes.items() for code, valeur in zip(CODES, reponses, strict=True)
    ]
    return [["identifiant", "code de la question", "réponse"], *lignes]


def transposee(personnes: dict[str, list[str]] = PERSONNES) -> Grille:
    return [list(colonne) for colonne in zip(*ordinaire(personnes), strict=True)]


def passations(chemin: Path, **consignes: str) -> dict[tuple[str, str, str], list[str]]:
    """Les réponses de chacun : le niveau, SO, rien, ou « refus »."""
    lues = {}
    for notee in cpit.lire(chemin, REFERENTIEL, **consignes).cohorte.notees:
        passation, refusees = notee.passation, notee.releve.refusees
        cle = (passation.identifiant, passation.moment, passation.regard)
        assert cle not in lues
        lues[cle] = ["refus" if code in refusees else ecrite(passation, code) for code in CODES]
    return lues


def ecrite(passation: object, code: str) -> str:
    reponse = passation.reponse(code)  # type: ignore[attr-defined]
    if reponse.valeur is not None:
        return str(reponse.valeur)
    return "SO" if reponse.etat.name == "SANS_OBJET" else ""


ATTENDUES = {(nom, "t0", "soi"): reponses for nom, reponses in PERSONNES.items()}


def codes_dits(chemin: Path) -> list[str]:
    return [une.code for une in cpit.lire(chemin, REFERENTIEL).anomalies]


@DEUX_FORMES
def test_une_table_longue_donne_les_memes_passations(tmp_path: Path, ecrire: Ecrire) -> None:
    table = ecrire(tmp_path / "longue", longue())
    assert passations(table) == ATTENDUES
    assert "table-longue" in codes_dits(table)


@DEUX_FORMES
def test_une_table_longue_d_enonces_et_de_libelles(tmp_path: Path, ecrire: Ecrire) -> None:
    grille = [["Participant", "Question", "Réponse"]]
    grille += [[nom, ENONCES[code], LIBELLES[valeur]] for nom, code, valeur in longue()[1:]]
    assert passations(ecrire(tmp_path / "longue", grille)) == ATTENDUES


@DEUX_FORMES
def test_une_table_longue_dans_le_desordre_avec_le_code_a_cote_de_l_enonce(tmp_path: Path, ecrire: Ecrire) -> None:
    lignes = [[ENONCES[code], code, valeur, nom] for nom, code, valeur in longue()[1:]]
    grille = [["Énoncé", "Item", "valeur", "identifiant"], *lignes[::-1]]
    assert passations(ecrire(tmp_path / "longue", grille)) == ATTENDUES


@DEUX_FORMES
def test_la_colonne_des_reponses_se_reconnait_a_ses_cellules(tmp_path: Path, ecrire: Ecrire) -> None:
    grille = [["identifiant", "item", "ce qui a été coché", "le"]]
    grille += [[nom, code, LIBELLES[valeur], "14/09/2026"] for nom, code, valeur in longue()[1:]]
    assert passations(ecrire(tmp_path / "longue", grille)) == ATTENDUES


MOYENNES: list[Grille] = [
    [["Moyenne", "", "2,3"]],
    [["", "Moyenne", "2,3"]],
    [["Total", "A1", "5"], ["Total", "A2", "5"]],
    [["R01", "Sous-total", "12"], ["R02", "Sous-total", "11"], ["Total général", "", "23"]],
]


@DEUX_FORMES
@pytest.mark.parametrize("lignes", MOYENNES)
@pytest.mark.parametrize("titre", ["réponse", "ce qui a été coché"])
def test_une_ligne_de_moyenne_d_une_table_longue_n_est_personne(
    titre: str, lignes: Grille, tmp_path: Path, ecrire: Ecrire
) -> None:
    """Que la colonne des réponses dise son nom, ou se reconnaisse à ses cellules ; et la ligne est nommée."""
    table = ecrire(tmp_path / "longue", [["identifiant", "item", titre], *longue()[1:], *lignes])
    assert passations(table) == ATTENDUES
    dites = [une for une in cpit.lire(table, REFERENTIEL).anomalies if une.code != "table-longue"]
    assert {une.code for une in dites} <= {"questions-mises-de-cote", "ligne-de-total", "passation-vide"}
    assert any(str(lignes[-1][0] or lignes[-1][1]) in une.quoi for une in dites)


@DEUX_FORMES
def test_une_table_longue_a_plusieurs_moments(tmp_path: Path, ecrire: Ecrire) -> None:
    grille = [["identifiant", "moment", "item", "valeur"]]
    grille += [[nom, moment, code, valeur] for moment in ("t0", "t1") for nom, code, valeur in longue()[1:]]
    attendues = {(nom, moment, "soi"): reponses for nom, reponses in PERSONNES.items() for moment in ("t0", "t1")}
    assert passations(ecrire(tmp_path / "longue", grille)) == attendues


def test_une_table_longue_dont_une_colonne_ne_dit_que_des_moments(tmp_path: Path) -> None:
    """Sous « Temps », sans qu’une réponse manque ni se répète : la moitié à chaque moment."""
    grille = [["identifiant", "Temps", "item", "valeur"]]
    grille += [["R01", "T0" if code.startswith("A") else "T1", code, "2"] for code in CODES]
    lues = passations(en_csv(tmp_path / "longue", grille))
    assert lues == {("R01", "t0", "soi"): [*"222", "", "", ""], ("R01", "t1", "soi"): ["", "", "", *"222"]}


def test_une_table_transposee_dont_la_premiere_colonne_est_a_part(tmp_path: Path) -> None:
    """Un titre, une colonne de compétences à gauche, une de totaux à droite : les codes sont sur leur ligne."""
    tete, *lignes = transposee()
    grille = [["Groupe A"], [], ["Compétence", "Situation", *tete[1:], "Total"]]
    grille += [["Accueillir", ENONCES[code], *valeurs, "9"] for code, *valeurs in lignes]
    largeur = max(map(len, grille))
    assert passations(en_csv(tmp_path / "t", [[*une, *[""] * (largeur - len(une))] for une in grille])) == ATTENDUES


@pytest.mark.parametrize("titre", ["Ma note", "Niveau", "Auto-évaluation"])
def test_une_colonne_de_reponses_sans_personne_n_en_invente_pas(titre: str, tmp_path: Path) -> None:
    lignes = [[code, ENONCES[code], "2"] for code in CODES]
    with pytest.raises(cpit.ErreurCpit) as leve:
        passations(en_csv(tmp_path / "t", [["", "Situation", titre], *lignes]))
    assert leve.value.anomalies[0].code in ("table-transposee-sans-identite", "table-longue-sans-identite")
    a_cote = [["", "Situation", "R01", titre], *([code, ENONCES[code], "3", "2"] for code in CODES)]
    if titre == "Ma note":
        assert passations(en_csv(tmp_path / "u", a_cote)) == {("R01", "t0", "soi"): ["3"] * len(CODES)}


def test_une_proposition_ne_donne_pas_deux_fois_la_meme_chose_ni_ce_que_gere_l_outil(tmp_path: Path) -> None:
    """Une table refusée pour ses doubles : les colonnes de gestion ne sont pas à dire, les doubles le sont."""
    tete = ["id", "submitdate", "token", *(f"T1[{c}][{n}]" for c in CODES for n in (1, 2)), "V1_A1", "V2_A1"]
    table = en_csv(tmp_path / "t", [tete, ["1", "2026-09-14", "R01", *["2"] * 14]])
    proposees = {
        une.nom: une.voulu for une in cpit.correspondance(table, tmp_path / "c.yaml", referentiel=REFERENTIEL).colonnes
    }
    assert (proposees["id"], proposees["submitdate"], proposees["token"]) == ("de-cote", "de-cote", "identifiant")
    assert {voulu for nom, voulu in proposees.items() if "_" in nom or "[" in nom} == {"?"}


def test_deux_reponses_differentes_ne_sont_pas_un_choix(tmp_path: Path) -> None:
    table = en_csv(tmp_path / "longue", [*longue(), ["R01", CODES[0], "3"], ["R02", CODES[0], "4"]])
    refusee = [*PERSONNES["R01"]]
    refusee[0] = "refus"
    assert passations(table) == {**ATTENDUES, ("R01", "t0", "soi"): refusee}
    (dite,) = [une for une in cpit.lire(table, REFERENTIEL).anomalies if une.code == "cellule-contredite"]
    # En-tête, puis six réponses de chacun : la treizième est en ligne 14.
    assert (dite.lieu.ligne, dite.lieu.colonne) == (14, 3)
    assert "1, puis 3" in dite.quoi


def test_une_cellule_fautive_est_situee_la_ou_elle_est(tmp_path: Path) -> None:
    grille = longue()
    grille[4][2] = "7"
    (dite,) = [u for u in cpit.lire(en_csv(tmp_path / "l", grille), REFERENTIEL).anomalies if "hors-echelle" in u.code]
    assert (dite.lieu.ligne, dite.lieu.colonne) == (5, 3)


def test_une_table_longue_sans_personne_est_refusee(tmp_path: Path) -> None:
    table = en_csv(tmp_path / "longue", [ligne[1:] for ligne in longue()])
    with pytest.raises(cpit.ErreurCpit) as levee:
        cpit.lire(table, REFERENTIEL)
    assert "table-longue-sans-identite" in [une.code for une in levee.value.anomalies]


def test_une_table_longue_a_deux_colonnes_de_reponses_est_refusee(tmp_path: Path) -> None:
    table = en_csv(tmp_path / "longue", [[*ligne, ligne[2]] for ligne in longue()])
    with pytest.raises(cpit.ErreurCpit) as levee:
        cpit.lire(table, REFERENTIEL)
    assert "table-longue-sans-reponses" in [une.code for une in levee.value.anomalies]


def test_les_questions_inconnues_d_une_table_longue_sont_nommees(tmp_path: Path) -> None:
    table = en_csv(tmp_path / "longue", [*longue(), ["R01", "Votre avis sur la journée", "Bien"]])
    assert passations(table) == ATTENDUES
    (dite,) = [une for une in cpit.lire(table, REFERENTIEL).anomalies if une.code == "questions-mises-de-cote"]
    assert "Votre avis sur la journée" in dite.quoi


@DEUX_FORMES
def test_une_table_transposee_donne_les_memes_passations(tmp_path: Path, ecrire: Ecrire) -> None:
    table = ecrire(tmp_path / "transposee", transposee())
    assert passations(table) == ATTENDUES
    assert "table-transposee" in codes_dits(table)


@DEUX_FORMES
def test_une_table_transposee_d_enonces_sans_mot_pour_les_codes(tmp_path: Path, ecrire: Ecrire) -> None:
    (_, *noms), *lignes = transposee()
    grille = [["", "", "Situation", *noms]]
    grille += [
        [str(k), code, ENONCES[code], *(LIBELLES[v] for v in valeurs)] for k, (code, *valeurs) in enumerate(lignes, 1)
    ]
    assert passations(ecrire(tmp_path / "transposee", grille)) == ATTENDUES


@DEUX_FORMES
def test_une_table_transposee_sous_un_titre_avec_moment_et_commentaires(tmp_path: Path, ecrire: Ecrire) -> None:
    tete, *lignes = transposee()
    grille = [["Retours de septembre", "", "", ""], [*tete, "Commentaires"], ["moment", "t1", "t1", ""]]
    grille += [[*ligne, "à revoir ensemble"] for ligne in lignes]
    table = ecrire(tmp_path / "transposee", grille)
    assert passations(table) == {(nom, "t1", "soi"): reponses for nom, reponses in PERSONNES.items()}
    assert "colonnes-sans-personne" in codes_dits(table)


def test_une_cellule_fautive_d_une_table_transposee_est_situee(tmp_path: Path) -> None:
    grille = transposee()
    grille[2][1] = "7"
    (dite,) = [u for u in cpit.lire(en_csv(tmp_path / "t", grille), REFERENTIEL).anomalies if "hors-echelle" in u.code]
    assert (dite.lieu.ligne, dite.lieu.colonne) == (3, 2)


REPONSES = st.lists(st.sampled_from(["1", "2", "3", "4", "SO", ""]), min_size=len(CODES), max_size=len(CODES))
GROUPES = st.dictionaries(st.from_regex(r"R[0-9]{2}", fullmatch=True), REPONSES.filter(any), min_size=2, max_size=5)


@settings(max_examples=15)
@given(groupe=GROUPES, melange=st.randoms(use_true_random=False))
@pytest.mark.endurance
def test_les_trois_formes_disent_la_meme_chose(
    tmp_path_factory: pytest.TempPathFactory, groupe: dict[str, list[str]], melange: object
) -> None:
    dossier = tmp_path_factory.mktemp("formes")
    attendues = passations(en_csv(dossier / "ordinaire", ordinaire(groupe)))
    tete, *lignes = longue(groupe)
    melange.shuffle(lignes)  # type: ignore[attr-defined]
    assert passations(en_csv(dossier / "longue", [tete, *lignes])) == attendues
    assert passations(en_csv(dossier / "transposee", transposee(groupe))) == attendues


# --- une correspondance ---------------------------------------------------------------------------------------------


def maison(personnes: dict[str, list[str]] = PERSONNES) -> Grille:
    """Une table dont aucun en-tête ne dit rien à cpit, sous un titre."""
    titres = ["Qui ?", *(f"Question {k}" for k in range(1, len(CODES) + 1)), "Remarques"]
    lettres = dict(zip(["1", "2", "3", "4", "SO", ""], ["a", "b", "c", "d", "x", ""], strict=True))
    lignes = [[nom, *(lettres[valeur] for valeur in reponses), "rien"] for nom, reponses in personnes.items()]
    return [["Retours du groupe"], titres, *lignes]


CORRESPONDANCE = {
    "Qui ?": "identifiant",
    **{f"Question {k}": code for k, code in enumerate(CODES, 1)},
    "Remarques": "de-cote",
}
VALEURS = {"a": "1", "b": "2", "c": "3", "d": "4", "x": "SO"}


def en_yaml(chemin: Path, colonnes: dict[str, str], valeurs: dict[str, str], *autres: str) -> Path:
    lignes = ["correspondance: 1", *autres, "colonnes:", *(f'  "{nom}": "{voulu}"' for nom, voulu in colonnes.items())]
    lignes += ["valeurs:", *(f'  "{nom}": "{voulu}"' for nom, voulu in valeurs.items())] if valeurs else []
    chemin.write_text("\n".join(lignes) + "\n", encoding="utf-8")
    return chemin


@DEUX_FORMES
def test_une_correspondance_fait_lire_une_table_que_rien_ne_designe(tmp_path: Path, ecrire: Ecrire) -> None:
    table = ecrire(tmp_path / "maison", maison())
    with pytest.raises(cpit.ErreurCpit):
        cpit.lire(table, REFERENTIEL)
    dite = en_yaml(tmp_path / "c.yaml", CORRESPONDANCE, VALEURS, "ligne: 2")
    assert passations(table, correspondance=str(dite)) == ATTENDUES


def test_une_correspondance_dit_le_moment_et_le_regard(tmp_path: Path) -> None:
    table = en_csv(tmp_path / "maison", maison())
    dite = en_yaml(tmp_path / "c.yaml", CORRESPONDANCE, VALEURS, "ligne: 2", "moment: t1", "regard: tiers")
    assert set(passations(table, correspondance=str(dite))) == {(nom, "t1", "tiers") for nom in PERSONNES}
    assert set(passations(table, correspondance=str(dite), moment="t2")) == {(nom, "t2", "tiers") for nom in PERSONNES}


def test_toutes_les_fautes_d_une_correspondance_se_disent_a_leur_ligne(tmp_path: Path) -> None:
    colonnes = {
        "Qui ?": "identifiant",
        "Question 1": "Z9",
        "Question 2": "?",
        "Question 3": CODES[2],
        "Question 4": CODES[2],
    }
    dite = en_yaml(tmp_path / "c.yaml", colonnes, {"a": "12"}, "moment: demain", "colones: rien")
    with pytest.raises(cpit.ErreurCpit) as levee:
        cpit.lire(en_csv(tmp_path / "maison", maison()), REFERENTIEL, correspondance=dite)
    assert {(une.code, une.lieu.ligne) for une in levee.value.anomalies} == {
        ("correspondance-valeur", 2),
        ("cle-inconnue", 3),
        ("correspondance-cible-inconnue", 6),
        ("correspondance-a-dire", 7),
        ("correspondance-cible-en-double", 9),
        ("correspondance-valeur", 11),
    }


def test_une_correspondance_d_une_autre_table_est_refusee(tmp_path: Path) -> None:
    dite = en_yaml(tmp_path / "c.yaml", CORRESPONDANCE, VALEURS)
    table = en_csv(
        tmp_path / "autre", [[nom.replace("Question 3", "Question trois") for nom in maison()[1]], *maison()[2:]]
    )
    with pytest.raises(cpit.ErreurCpit) as levee:
        cpit.lire(table, REFERENTIEL, correspondance=dite)
    (une,) = [une for une in levee.value.anomalies if une.code == "correspondance-sans-colonne"]
    assert "Question 3" in une.quoi


# --- ce qu’une table longue ou transposée ne dit pas moins qu’une autre ---------------------------------------------


def longue_de(*lignes: list[str]) -> Grille:
    return [["identifiant", "item", "valeur"], *lignes]


def par_moment(porteur: str) -> Grille:
    """Les réponses de chacun, à deux moments que dit la question elle-même : celles de t1 à l’envers."""
    lignes = [[n, porteur.format("0", c), v] for n, vs in PERSONNES.items() for c, v in zip(CODES, vs, strict=True)]
    lignes += [
        [n, porteur.format("1", c), v] for n, vs in PERSONNES.items() for c, v in zip(CODES, vs[::-1], strict=True)
    ]
    return longue_de(*lignes)


@pytest.mark.parametrize("porteur", ["T{}_{}", "{1}_t{0}"])
def test_le_moment_que_dit_une_question_longue_n_est_jamais_t0_par_defaut(tmp_path: Path, porteur: str) -> None:
    attendues = {(nom, "t0", "soi"): reponses for nom, reponses in PERSONNES.items()}
    attendues |= {(nom, "t1", "soi"): reponses[::-1] for nom, reponses in PERSONNES.items()}
    assert passations(en_csv(tmp_path / "longue", par_moment(porteur))) == attendues


def test_une_autre_question_sur_le_meme_item_n_est_pas_sa_reponse(tmp_path: Path) -> None:
    lignes = [[nom, f"importance[{code}]", "1"] for nom in PERSONNES for code in CODES[:2]]
    table = en_csv(tmp_path / "longue", [*longue(), *lignes])
    assert passations(table) == ATTENDUES
    assert "colonnes-inconnues" in codes_dits(table)


@pytest.mark.parametrize("forme", ["longue", "transposee"])
def test_une_autre_echelle_y_est_refusee_d_un_bloc(tmp_path: Path, forme: str) -> None:
    """De 2 à 5 sur une échelle de 1 à 4 : rien n’y est lu, quelle que soit la forme."""
    decalees = {f"R{k:02}": [str(2 + (k + j) % 4) for j in range(len(CODES))] for k in range(4)}
    grille = longue(decalees) if forme == "longue" else transposee(decalees)
    with pytest.raises(cpit.ErreurCpit) as levee:
        cpit.lire(en_csv(tmp_path / forme, grille), REFERENTIEL)
    assert "autre-echelle" in [une.code for une in levee.value.anomalies]


def test_deux_tiers_d_une_table_longue_restent_deux(tmp_path: Path) -> None:
    lignes = [["R01", qui, code, str(valeur)] for qui, valeur in (("E1", 1), ("E2", 2)) for code in CODES]
    grille = [["identifiant", "evaluateur", "item", "valeur"], *lignes]
    recueil = cpit.lire(en_csv(tmp_path / "longue", grille), REFERENTIEL, regard="tiers")
    assert [n.passation.evaluateur for n in recueil.cohorte.notees] == ["E1", "E2"]
    assert [ecrite(n.passation, CODES[0]) for n in recueil.cohorte.notees] == ["1", "2"]


def test_deux_traces_differentes_se_disent_sans_arreter_la_lecture(tmp_path: Path) -> None:
    traces = [["R01", f"{CODES[0]}_trace", "au marché"], ["R01", f"{CODES[0]}_trace", "en mairie"]]
    table = en_csv(tmp_path / "longue", [*longue(), *traces])
    assert passations(table) == ATTENDUES
    assert "mots-illisibles" in codes_dits(table)


def test_une_ligne_mal_formee_d_une_table_longue_est_dite(tmp_path: Path) -> None:
    table = en_csv(tmp_path / "longue", longue())
    octets = table.read_bytes()
    table.write_bytes(octets + b'R03;"' + CODES[0].encode() + b'"x;1\r\n')
    (dite,) = [une for une in cpit.lire(table, REFERENTIEL).anomalies if une.code == "csv-mal-forme"]
    assert dite.lieu.ligne == 14


def test_ce_qu_une_table_longue_cache_ou_deborde_est_dit(tmp_path: Path) -> None:
    table = en_xlsx(tmp_path / "longue", longue())
    classeur = openpyxl.load_workbook(table)
    feuille = classeur.active
    assert feuille is not None
    feuille.row_dimensions[3].hidden = True
    classeur.save(table)
    assert "lignes-cachees" in codes_dits(table)
    debordante = en_csv(tmp_path / "large", [*longue(), ["R03", CODES[0], "1", "en trop"]])
    assert passations(debordante) == ATTENDUES
    assert "ligne-trop-longue" in codes_dits(debordante)


def test_l_encodage_d_une_table_longue_est_dit(tmp_path: Path) -> None:
    table = tmp_path / "longue.csv"
    table.write_bytes("\r\n".join(";".join(ligne) for ligne in longue()).encode("cp1252"))
    assert "table-en-cp1252" in codes_dits(table)


def test_une_reponse_de_la_maison_peut_valoir_un_libelle(tmp_path: Path) -> None:
    libelles = {lettre: LIBELLES[valeur] for lettre, valeur in VALEURS.items() if valeur != "SO"} | {"x": "SO"}
    dite = en_yaml(tmp_path / "c.yaml", CORRESPONDANCE, libelles, "ligne: 2")
    assert passations(en_csv(tmp_path / "maison", maison()), correspondance=str(dite)) == ATTENDUES


def test_la_commande_proposee_est_celle_qui_marche(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, cible = en_csv(tmp_path / "longue", ordinaire()), tmp_path / "c.yaml"
    assert executer(["correspondance", str(table), "--sortie", str(cible), "--referentiel", "minimal"]) == 0
    proposee = next(ligne for ligne in capsys.readouterr().out.splitlines() if ligne.startswith("cpit "))
    assert executer([*shlex.split(proposee)[1:], "--sortie", str(tmp_path / "c.csv")]) == 0


@pytest.mark.parametrize("tourner", [longue, transposee])
def test_une_grande_table_longue_ou_transposee_vers_un_csv_se_note_aussi(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tourner: Callable[[], Grille]
) -> None:
    monkeypatch.setattr("cpit.flux.SEUIL", 10)
    attendu, trouve = tmp_path / "attendu.csv", tmp_path / "trouve.csv"
    for grille, sortie in ((ordinaire(), attendu), (tourner(), trouve)):
        table = en_csv(tmp_path / "table", grille)
        assert executer(["cohorte", str(table), "--sortie", str(sortie), "--referentiel", "minimal"]) == 0
    assert trouve.read_bytes() == attendu.read_bytes()


@pytest.mark.parametrize("ecriture", ["{0}_t{1}", "T{1}_{0}"])
def test_une_correspondance_situe_deux_fois_le_meme_item(tmp_path: Path, ecriture: str) -> None:
    """Une table large sous des en-têtes de la maison : avant, après."""
    titres = ["Qui ?", *(f"avant {c}" for c in "abcdef"), *(f"après {c}" for c in "abcdef")]
    lignes = [[nom, *reponses, *reponses[::-1]] for nom, reponses in PERSONNES.items()]
    voulus = ["identifiant", *(ecriture.format(code, n) for n in (0, 1) for code in CODES)]
    dite = en_yaml(tmp_path / "c.yaml", dict(zip(titres, voulus, strict=True)), {})
    attendues = ATTENDUES | {(nom, "t1", "soi"): reponses[::-1] for nom, reponses in PERSONNES.items()}
    assert passations(en_csv(tmp_path / "large", [titres, *lignes]), correspondance=str(dite)) == attendues


def test_une_proposition_se_relit_meme_si_deux_en_tetes_sont_les_memes(tmp_path: Path) -> None:
    grille = [[*ligne, "", ""] for ligne in ordinaire()]
    grille[0][-2:] = ["Commentaire", "commentaire"]
    table, dite = en_csv(tmp_path / "table", grille), tmp_path / "c.yaml"
    assert cpit.correspondance(table, dite, referentiel=REFERENTIEL).a_dire == 1
    dite.write_text(dite.read_text(encoding="utf-8").replace('"?"', '"de-cote"'), encoding="utf-8")
    assert passations(table, correspondance=str(dite)) == ATTENDUES


def proposer(table: Path, cible: Path, reponses: dict[str, str]) -> Path:
    """La proposition d’une table, complétée comme une personne : chaque « ? » par ce que l’on sait de l’en-tête."""
    cpit.correspondance(table, cible, referentiel=REFERENTIEL)
    lignes = cible.read_text(encoding="utf-8").splitlines()
    for rang, ligne in enumerate(lignes):
        nom = ligne.strip().partition('": ')[0].strip('"')
        lignes[rang] = ligne.replace('"?"', f'"{reponses[nom]}"') if '"?"' in ligne else ligne
    cible.write_text("\n".join(lignes) + "\n", encoding="utf-8")
    return cible


def en_virgules(chemin: Path, grille: Sequence[Sequence[str]]) -> Path:
    with chemin.with_suffix(".csv").open("w", encoding="utf-8", newline="") as flux:
        csv.writer(flux).writerows(grille)
    return chemin.with_suffix(".csv")


@pytest.mark.parametrize("ecrire", [en_csv, en_virgules, en_xlsx])
def test_une_proposition_completee_se_lit_sans_rien_y_ajouter(tmp_path: Path, ecrire: Ecrire) -> None:
    """Des en-têtes et des réponses de la maison, un titre dessus : tout est déjà là, à dire."""
    table = ecrire(tmp_path / "maison", maison())
    dite = proposer(table, tmp_path / "c.yaml", CORRESPONDANCE | VALEURS)
    assert passations(table, correspondance=str(dite)) == ATTENDUES


def test_une_proposition_trouve_l_en_tete_qui_a_un_trou(tmp_path: Path) -> None:
    titre, entete, *corps = maison()
    grille = [titre, ["", *entete], *(["note", *ligne] for ligne in corps)]
    proposee = cpit.correspondance(en_csv(tmp_path / "maison", grille), referentiel=REFERENTIEL)
    assert (proposee.ligne, [une.nom for une in proposee.colonnes]) == (2, entete)


def test_une_proposition_prend_la_feuille_des_reponses(tmp_path: Path) -> None:
    table = en_xlsx(tmp_path / "maison", maison()[1:])
    classeur = openpyxl.load_workbook(table)
    for rang, titre in enumerate(("Notes", "Suite")):
        feuille = classeur.create_sheet(titre, rang)
        feuille.append(["moment", "x"])
    classeur.save(table)
    dite = proposer(table, tmp_path / "c.yaml", CORRESPONDANCE | VALEURS)
    assert passations(table, correspondance=str(dite)) == ATTENDUES


def test_une_proposition_montre_les_situations_et_les_en_tetes_repetes(tmp_path: Path) -> None:
    grille = [["Qui ?", "Note", "Note", "Note"], ["R01", "1", "2", "3"]]
    cpit.correspondance(en_csv(tmp_path / "t", grille), tmp_path / "c.yaml", referentiel=REFERENTIEL)
    ecrit = (tmp_path / "c.yaml").read_text(encoding="utf-8")
    assert all(f"{code} : {' '.join(enonce.split())}" in ecrit for code, enonce in ENONCES.items())
    assert "3 colonnes ont cet en-tête" in ecrit


def test_une_table_sans_en_tetes_est_refusee_avant_d_etre_completee(tmp_path: Path) -> None:
    with pytest.raises(cpit.ErreurCpit) as levee:
        cpit.correspondance(en_csv(tmp_path / "t", ordinaire()[1:]), referentiel=REFERENTIEL)
    assert [une.code for une in levee.value.anomalies] == ["table-sans-en-tetes"]
    numeros = [["Qui", *map(str, range(1, 7))], *ordinaire()[1:]]
    assert cpit.correspondance(en_csv(tmp_path / "n", numeros), referentiel=REFERENTIEL).ligne == 1


@pytest.mark.parametrize("ligne", ["99", "3"])
def test_une_ligne_d_en_tetes_que_la_table_n_a_pas_est_refusee(tmp_path: Path, ligne: str) -> None:
    """La ligne 3 de cette table est vide : ses en-têtes n’y sont pas, et rien n’est cherché ailleurs."""
    table = en_csv(tmp_path / "t", [["Retours"], ordinaire()[0], [], *ordinaire()[1:]])
    dite = en_yaml(tmp_path / "c.yaml", {CODES[0]: CODES[0]}, {}, f"ligne: {ligne}")
    with pytest.raises(cpit.ErreurCpit) as levee:
        cpit.lire(table, REFERENTIEL, correspondance=dite)
    assert "correspondance-sans-ligne" in [une.code for une in levee.value.anomalies]


@pytest.mark.parametrize("texte", ["", "# rien\n"])
def test_une_correspondance_vide_ne_se_dit_pas_un_referentiel(tmp_path: Path, texte: str) -> None:
    (tmp_path / "c.yaml").write_text(texte, encoding="utf-8")
    with pytest.raises(cpit.ErreurCpit) as levee:
        cpit.lire(en_csv(tmp_path / "t", ordinaire()), REFERENTIEL, correspondance=tmp_path / "c.yaml")
    assert [(une.code, une.lieu.ligne) for une in levee.value.anomalies] == [("correspondance-vide", 1)]


@pytest.mark.parametrize("tourner", [longue, transposee])
def test_une_correspondance_ne_gene_pas_une_table_longue_ou_transposee_sous_un_titre(
    tmp_path: Path, tourner: Callable[[], Grille]
) -> None:
    table, cible = en_csv(tmp_path / "t", [["Retours"], *tourner()]), tmp_path / "c.yaml"
    assert passations(table) == ATTENDUES
    dite = proposer(table, cible, dict.fromkeys(("Retours", *tourner()[0]), "de-cote"))
    assert passations(table, correspondance=str(dite)) == ATTENDUES


def test_une_colonne_mise_de_cote_est_dite_par_son_en_tete(tmp_path: Path) -> None:
    """Une lettre seulement là où rien ne la nomme."""
    lignes = [["Situation", "P1", "P2", "Total", ""], *([code, "2", "3", "12", "x"] for code in CODES)]
    chemin = tmp_path / "t.csv"
    chemin.write_text("\n".join(";".join(ligne) for ligne in lignes) + "\n", encoding="utf-8")
    (dite,) = [une for une in cpit.lire(chemin, REFERENTIEL).anomalies if une.code == "colonnes-sans-personne"]
    assert " ".join(str(dite.mots["noms"]).split()) == "« Total », E"
