"""Ce qu’une cellule de réponse écrit, mot par mot : la grammaire entière, en une table qu’un formateur peut relire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest
import yaml
from aide_lecture import Lue, en_csv, lire_seule
from aides import TESTS, premiere

from cpit.coeur.cohorte import Releve
from cpit.coeur.passation import Etat
from cpit.coeur.referentiel import Referentiel

LUES: dict[int | str, list[str]] = yaml.safe_load((TESTS / "donnees" / "reponses-ecrites.yaml").read_text("utf-8"))
REFERENTIEL = premiere()
ITEM, TEMOIN = (item.code for item in REFERENTIEL.items[:2])
MOTS = {Etat.SANS_OBJET: "sans objet", Etat.SANS_REPONSE: "sans réponse"}


def dire(releve: Releve) -> int | str | None:
    """Ce qui est lu : un niveau, « sans objet », « sans réponse », ou « refusée »."""
    reponse = releve.passation.reponses[ITEM]
    return "refusée" if ITEM in releve.refusees else MOTS.get(reponse.etat, reponse.valeur)


@pytest.mark.parametrize("lue", LUES, ids=str)
def test_chaque_reponse_ecrite_est_lue_comme_la_table_le_dit(lue: int | str, tmp_path: Path) -> None:
    ecrites = LUES[lue]
    lignes = ([f"P{rang:03}", ecrite, "0"] for rang, ecrite in enumerate(ecrites))
    lecture = lire_seule(en_csv(tmp_path / "t", [["code", ITEM, TEMOIN], *lignes]), REFERENTIEL)
    prise = isinstance(lue, int) or lue in MOTS.values()
    assert {e: dire(releve) for e, releve in zip(ecrites, lecture.releves, strict=True)} == dict.fromkeys(
        ecrites, lue if prise else "refusée"
    )
    dites = {une.code for une in lecture.anomalies} - {"items-manquants", "absences-ecrites"}
    assert dites == (set() if prise else {lue})


# --- d’un classeur, où une cellule n’est pas toujours un texte ------------------------------------------------------

POURCENT = "0.0%"
PRISES = [(2, "", 2), (2.0, "", 2), (2.0000000000000004, "", 2), (3.0, "0.00", 3), (-0.0, "", 0), ("4", "", 4)]
REFUSEES = {
    "cellule-non-entiere": [(2.5, "", 2.5), (3.999999, "0", 3.999999), (1e-9, "", 1e-9)],
    "cellule-hors-echelle": [(5, "", 5), (-1, "", -1), (1e300, "", 1e300)],
    "cellule-pourcentage": [(0.5, POURCENT, "50 %"), (1, POURCENT, "100 %"), (0.025, POURCENT, "2,5 %")],
    "cellule-booleen": [(True, "", "VRAI"), (False, "", "FAUX")],
    "cellule-date": [
        (datetime(2026, 3, 2, 9, 30), "", "2026-03-02 09:30:00"),
        (date(2026, 3, 2), "", "2026-03-02"),
        (time(3), "", "03:00:00"),
        (timedelta(hours=4), "", "04:00:00"),
    ],
}
"""Une valeur, son format de nombre, et ce qui en est lu, ou dit."""


def en_classeur(chemin: Path, titres: Sequence[str], lignes: Sequence[Sequence[tuple[object, str]]]) -> Lue:
    classeur = openpyxl.Workbook()
    feuille = classeur.active
    assert feuille is not None
    feuille.append(titres)
    for rang, ligne in enumerate(lignes, 2):
        for colonne, (valeur, format_) in enumerate(ligne, 1):
            cellule = feuille.cell(rang, colonne, valeur)  # type: ignore[arg-type]
            cellule.number_format = format_ or cellule.number_format
    classeur.save(chemin)
    return lire_seule(chemin, REFERENTIEL)


def test_un_nombre_d_un_classeur_est_le_niveau_qu_il_vaut(tmp_path: Path) -> None:
    lignes = [[(f"P{rang}", ""), (valeur, format_)] for rang, (valeur, format_, _) in enumerate(PRISES)]
    lecture = en_classeur(tmp_path / "t.xlsx", ["code", ITEM], lignes)
    assert [dire(releve) for releve in lecture.releves] == [niveau for *_, niveau in PRISES]
    assert [une.code for une in lecture.anomalies] == ["items-manquants"]


@pytest.mark.parametrize("code", REFUSEES)
def test_une_cellule_qui_n_est_pas_une_reponse_est_refusee_avec_ce_qu_elle_porte(code: str, tmp_path: Path) -> None:
    lignes = [[(f"P{rang}", ""), (valeur, f), (0, "")] for rang, (valeur, f, _) in enumerate(REFUSEES[code])]
    lecture = en_classeur(tmp_path / "t.xlsx", ["code", ITEM, TEMOIN], lignes)
    assert {dire(releve) for releve in lecture.releves} == {"refusée"}
    dites = [une for une in lecture.anomalies if une.code != "items-manquants"]
    assert [(une.code, une.lieu.cellule, str(une.mots["valeur"])) for une in dites] == [
        (code, f"B{rang}", str(dit)) for rang, (*_, dit) in enumerate(REFUSEES[code], 2)
    ]


CODES_LUS: list[tuple[object, str, str]] = [
    (12, "", "12"),
    (13.0, "", "13"),
    (12.5, "", "12.5"),
    (2.0, "0.00", "2"),
    (1, POURCENT, "100 %"),
    (0.5, POURCENT, "50 %"),
    (1e22, "", "10000000000000000000000"),
    ("007", "", "007"),
    (" Zoé ", "", "Zoé"),
    ("'=A", "", "=A"),
    ("'+A", "", "+A"),
    ("'-A", "", "-A"),
    ("'@A", "", "@A"),
    ("'A", "", "'A"),
    ("#1", "", "#1"),
    ("Err", "", "Err"),
]
SANS_IDENTITE: list[tuple[object, str]] = [
    (True, "la cellule est VRAI ou FAUX"),
    (datetime(2026, 3, 2), "la cellule est une date"),
    (time(3), "la cellule est une date"),
    ("#N/A", "la cellule contient une erreur de tableur"),
    ("#ref!", "la cellule contient une erreur de tableur"),
    ("Err:502", "la cellule contient une erreur de tableur"),
    ("err:508", "la cellule contient une erreur de tableur"),
]


def test_un_code_garde_ce_que_sa_cellule_montre(tmp_path: Path) -> None:
    lignes = [
        [(valeur, format_), (rang % 5, ""), (rang // 5, "")] for rang, (valeur, format_, _) in enumerate(CODES_LUS)
    ]
    lecture = en_classeur(tmp_path / "t.xlsx", ["code", ITEM, TEMOIN], lignes)
    assert [releve.identifiant for releve in lecture.releves] == [lu for *_, lu in CODES_LUS]


def test_un_code_qui_n_en_est_pas_un_fait_refuser_sa_ligne(tmp_path: Path) -> None:
    lignes = [[(valeur, ""), (2, "")] for valeur, _ in SANS_IDENTITE]
    lecture = en_classeur(tmp_path / "t.xlsx", ["code", ITEM], [*lignes, [("P1", ""), (2, "")]])
    assert [releve.identifiant for releve in lecture.releves] == ["P1"]
    assert [(une.lieu.cellule, une.mots["raison"]) for une in lecture.anomalies if une.code != "items-manquants"] == [
        (f"A{rang}", raison) for rang, (_, raison) in enumerate(SANS_IDENTITE, 2)
    ]


# --- de quoi coller pour qu’une réponse refusée soit prise ----------------------------------------------------------

PERMIS = ", ou dire ce que cela vaut (un niveau de 0 à 4, SO ou vide) : "
SUIVENT = ", ou, si ces codes suivent l’ordre de l’échelle : "
REMEDES = {
    "n/a": ', ou dire ce que cela vaut : --valeurs "n/a=SO" ou --valeurs "n/a=vide"',
    "2,5": PERMIS + '--valeurs "2,5=vide"',
    "5": PERMIS + '--valeurs "0=0,1=1,2=2,3=3,4=4,5=vide"',
    "50 %": PERMIS + '--valeurs "50 %=vide"',
    " x3 ": PERMIS + '--valeurs "x3=vide"',
    "Jamai": PERMIS + '--valeurs "Jamai=0"',
    "En autonomie dans un cas n": PERMIS + '--valeurs "En autonomie dans un cas n=3"',
    "En autonomie": PERMIS + '--valeurs "En autonomie=vide"',
    "2 - Avec de l’aide": PERMIS + '--valeurs "2 - Avec de l’aide=vide"',
    "AO02": SUIVENT + '--valeurs "AO01=0,AO02=1,AO03=2,AO04=3,AO05=4,AO06=SO"',
    "ao3": SUIVENT + '--valeurs "ao1=0,ao2=1,ao3=2,ao4=3,ao5=4,ao6=SO"',
    "A9": SUIVENT + '--valeurs "A1=0,A2=1,A3=2,A4=3,A5=4,A6=SO,A9=vide"',
    "VRAI": "",
    "3;4": "",
    "#N/A": "",
}


def lire_une_cellule(ecrite: str, dossier: Path, referentiel: Referentiel = REFERENTIEL, **consignes: str) -> Lue:
    return lire_seule(en_csv(dossier / "t", [["code", ITEM, TEMOIN], ["P1", ecrite, "0"]]), referentiel, **consignes)


def ou_dire(lecture: Lue) -> str:
    return str(lecture.anomalies[-1].mots["ou_dire"]).replace("\u202f", " ")


@pytest.mark.parametrize("ecrite", REMEDES)
def test_le_remede_d_une_reponse_refusee_est_pret_a_coller(ecrite: str, tmp_path: Path) -> None:
    """Ce qui est proposé ne devine rien : « vide » laisse la réponse comme elle compte déjà."""
    lecture = lire_une_cellule(ecrite, tmp_path)
    assert ou_dire(lecture) == REMEDES[ecrite]


def test_le_remede_redit_ce_que_la_commande_dit_deja(tmp_path: Path) -> None:
    dites = lire_une_cellule("peut-être", tmp_path, valeurs="oui=2,non=0")
    assert ou_dire(dites) == PERMIS + '--valeurs "oui=2,non=0,peut-être=vide"'
    changes = lire_une_cellule("4", tmp_path, valeurs="4=3,3=2")
    assert changes.releves[0].passation.valeurs() == {ITEM: 3}
    assert changes.anomalies[-1].code == "cellule-non-dite", "un nombre changé en un autre demande que tous soient dits"
    assert ou_dire(changes) == ', y joindre (un niveau de 0 à 4, SO ou vide) : --valeurs "4=3,3=2,0=vide"'


LONGUE = "Je ne saurais dire, cela dépend des situations et des acteurs " * 4


@pytest.mark.parametrize(
    ("change", "redit"),
    [
        ({}, " --referentiel innovation-territoriale@1.0.0"),
        ({"version": "9.9.9"}, ""),
        ({"identifiant": "minimal", "version": "9.9.9"}, " --referentiel minimal"),
        ({"identifiant": "le-mien"}, " --referentiel REFERENTIEL.yaml"),
    ],
)
def test_une_reponse_trop_longue_pour_se_coller_renvoie_a_la_correspondance(
    change: dict[str, str], redit: str, tmp_path: Path
) -> None:
    """La commande redit le référentiel, sauf celui que l’on prend sans rien dire."""
    dit = ou_dire(lire_une_cellule(LONGUE, tmp_path, replace(REFERENTIEL, **change)))
    assert dit.startswith(PERMIS.removesuffix(" : ") + " dans la correspondance que propose : ")
    assert dit.endswith(f"cpit correspondance {tmp_path / 't.csv'}{redit}")


# --- d’un référentiel qui ne prévoit pas « Sans objet » -------------------------------------------------------------

SANS_SO = replace(REFERENTIEL, echelle=replace(REFERENTIEL.echelle, sans_objet=None))
PERMIS_SANS_SO = ", ou dire ce que cela vaut (un niveau de 0 à 4, ou vide) : "


@pytest.mark.parametrize("ecrite", [*LUES["sans objet"][:2], "Sans objet", "non concerné", "(SO)", "<i>Sans-objet</i>"])
def test_sans_objet_n_est_pas_pris_la_ou_il_n_est_pas_prevu(ecrite: str, tmp_path: Path) -> None:
    lecture = lire_une_cellule(ecrite, tmp_path, SANS_SO)
    assert dire(lecture.releves[0]) == "refusée"
    assert lecture.anomalies[-1].code == "sans-objet-non-prevu"
    assert ou_dire(lecture) == PERMIS_SANS_SO + f'--valeurs "{ecrite}=vide"'


def test_le_sans_objet_d_un_outil_n_y_est_pas_pris_non_plus(tmp_path: Path) -> None:
    """Moodle écrit « -1 » pour sa case « N/A »."""
    table = tmp_path / "t.csv"
    tete = f"Response,Submitted on:,Course,code,Q01_{SANS_SO.items[0].code}"
    table.write_text(f"{tete}\n1,x,y,P1,-1\n", encoding="utf-8")
    prevu, imprevu = (lire_seule(table, referentiel) for referentiel in (REFERENTIEL, SANS_SO))
    assert [dire(lue.releves[0]) for lue in (prevu, imprevu)] == ["sans objet", "refusée"]
    assert [une.code for une in imprevu.anomalies if une not in prevu.anomalies] == ["sans-objet-non-prevu"]


def test_aucun_remede_n_y_propose_sans_objet(tmp_path: Path) -> None:
    ambigue, code = (lire_une_cellule(ecrite, tmp_path, SANS_SO) for ecrite in ("n/a", "AO02"))
    assert ou_dire(ambigue) == ', ou dire ce que cela vaut : --valeurs "n/a=vide"'
    assert ou_dire(code) == SUIVENT + '--valeurs "AO01=0,AO02=1,AO03=2,AO04=3,AO05=4"'
    assert ambigue.anomalies[-1].mots["attendus"] == "un niveau (0, 1, 2, 3, 4), son libellé"
    dite = lire_une_cellule("jamais", tmp_path, SANS_SO, valeurs="jamais=SO")
    assert dite.anomalies[-1].code == "valeurs-hors-echelle"


def test_un_numero_devant_un_libelle_d_ailleurs_ne_dit_rien(tmp_path: Path) -> None:
    """« 3 - Sans objet » : sans « Sans objet » prévu, ce n’est que du texte."""
    assert lire_une_cellule("3 - Sans objet", tmp_path, SANS_SO).anomalies[-1].code == "cellule-incomprise"


# --- des textes longs -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("signes", [63, 64, 65, 199, 200, 201, 2_000, 2_001, 40_000])
def test_un_long_texte_n_est_une_reponse_que_si_un_libelle_l_est(signes: int, tmp_path: Path) -> None:
    long = "mot " * (signes // 4) + "x" * (signes % 4)
    lecture = lire_une_cellule(long, tmp_path)
    assert (dire(lecture.releves[0]), lecture.anomalies[-1].code) == ("refusée", "cellule-incomprise")
    habille = f"{REFERENTIEL.echelle.niveaux[2].libelle}{' ' * signes}"
    assert dire(lire_une_cellule(habille, tmp_path).releves[0]) == 2, "des blancs n’y changent rien"


def test_plusieurs_reponses_se_cherchent_dans_mille_signes_au_plus(tmp_path: Path) -> None:
    codes = [lire_une_cellule(e, tmp_path).anomalies[-1].code for e in ("3;" * 500, "3;" * 500 + "4", "3;4;deux")]
    assert codes == ["cellule-plusieurs-reponses", "cellule-incomprise", "cellule-incomprise"]


def test_un_libelle_tres_long_se_lit_et_se_reconnait_a_son_debut(tmp_path: Path) -> None:
    niveaux = REFERENTIEL.echelle.niveaux
    long = "Je mène cette situation " * 120
    allonge = replace(niveaux[2], libelle=long.strip())
    referentiel = replace(
        REFERENTIEL, echelle=replace(REFERENTIEL.echelle, niveaux=(*niveaux[:2], allonge, *niveaux[3:]))
    )
    assert dire(lire_une_cellule(long, tmp_path, referentiel).releves[0]) == 2
    assert lire_une_cellule(long[:1_500], tmp_path, referentiel).anomalies[-1].code == "cellule-libelle-coupe"
    assert lire_une_cellule(long + "x", tmp_path, referentiel).anomalies[-1].code == "cellule-incomprise"
