"""Une table écrite sur une autre échelle que celle du référentiel n’est jamais lue comme si de rien n’était."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from aide_lecture import noter_en_octets
from aides import RACINE
from openpyxl import Workbook

import cpit
from cpit.cli import executer
from cpit.coeur.referentiel import Referentiel

LIVRE = cpit.referentiel(RACINE / "referentiels" / "innovation-territoriale.yaml")
CODES = [item.code for item in LIVRE.items]
UN_A_CINQ = [[1 + (k + n) % 5 for k in range(len(CODES))] for n in range(3)]
UN_A_QUATRE = [[1 + (k + n) % 4 for k in range(len(CODES))] for n in range(3)]
DE_ZERO = [[(k + n) % 5 for k in range(len(CODES))] for n in range(12)]


def en_csv(dossier: Path, lignes: Sequence[Sequence[Any]], *autres: str) -> Path:
    chemin = dossier / "t.csv"
    corps = [";".join([f"P{n}", *map(str, ligne)]) for n, ligne in enumerate(lignes)]
    chemin.write_text("\n".join([";".join(["identifiant", *CODES]), *corps, *autres, ""]), encoding="utf-8")
    return chemin


def en_xlsx(dossier: Path, lignes: Sequence[Sequence[Any]]) -> Path:
    classeur = Workbook()
    assert classeur.active is not None
    for ligne in [["identifiant", *CODES], *([f"P{n}", *ligne] for n, ligne in enumerate(lignes))]:
        classeur.active.append(ligne)
    classeur.save(dossier / "t.xlsx")
    return dossier / "t.xlsx"


def dites(chemin: Path, referentiel: Referentiel = LIVRE, **consignes: Any) -> list[cpit.Anomalie]:
    """Ce que la lecture d’une table dit d’elle, que quelque chose y soit pris ou non."""
    try:
        return list(cpit.lire(chemin, referentiel, **consignes).anomalies)
    except cpit.ErreurCpit as erreur:
        return [une for une in erreur.anomalies if une.code != "cohorte-vide"]


def codes_lus(chemin: Path, **consignes: Any) -> list[str]:
    return [une.code for une in dites(chemin, **consignes)]


def deux_lectures(chemin: Path) -> list[str]:
    """Les codes des anomalies d’une table, les mêmes lue d’un bloc et notée en flux."""
    bloc = [(une.code, une.lieu, une.mots) for une in dites(chemin)]
    anomalies = noter_en_octets(chemin, LIVRE).anomalies
    assert [(une.code, une.lieu, une.mots) for une in anomalies] == bloc
    return [code for code, _, _ in bloc]


AUTRES: dict[str, tuple[list[list[Any]], str]] = {
    "de un à cinq": (UN_A_CINQ, "1=0,2=1,3=2,4=3,5=4"),
    "de moins un à trois": ([[-1 + (k + n) % 5 for k in range(24)] for n in range(3)], "-1=0,0=1,1=2,2=3,3=4"),
    "moins un sans zéro": ([[(-1, 1, 2, 3, 4)[(k + n) % 5] for k in range(24)] for n in range(3)], "-1=vide"),
    "des parts de un": ([[(0.5, 0.75, 1)[k % 3] for k in range(24)]], "0.5=2,0.75=3,1=4"),
    "de moins deux à deux": ([[-2 + (k + n) % 5 for k in range(24)] for n in range(3)], "-2=0,-1=1,0=2,1=3,2=4"),
    "de zéro à cinq": ([[(k + n) % 6 for k in range(24)] for n in range(3)], "0=0,1=1,2=2,3=2,4=3,5=4"),
    "de un à dix": (
        [[1 + (k + n) % 10 for k in range(24)] for n in range(3)],
        "1=0,2=0,3=1,4=1,5=2,6=2,7=3,8=3,9=4,10=4",
    ),
}


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("nom", AUTRES)
def test_une_table_d_une_autre_echelle_est_refusee_entiere(nom: str, tmp_path: Path) -> None:
    lignes, remede = AUTRES[nom]
    for chemin in (en_csv(tmp_path, lignes), en_xlsx(tmp_path, lignes)):
        (refus,) = dites(chemin)
        assert refus.code == "autre-echelle"
        assert remede in refus.correction
    assert deux_lectures(tmp_path / "t.csv") == ["autre-echelle"]


def test_des_pourcentages_ecrits_le_sont_aussi(tmp_path: Path) -> None:
    chemin = en_csv(tmp_path, [[("0 %", "50 %", "100%")[k % 3] for k in range(24)]])
    assert deux_lectures(chemin) == ["autre-echelle"]
    assert "0 %=0,50 %=2,100%=4" in dites(chemin)[0].correction


@pytest.mark.echantillon(2)
@pytest.mark.parametrize(
    "niveaux",
    [
        ("0 %", "50 %", "100 %"),
        ("0%", "25%", "50%", "75%", "100%"),
        ("0 %", "33,3 %", "66,7 %", "100 %"),
        ("0,2", "0,4", "0,6", "0,8", "1"),
        (1, 2, 3, 4, 5),
        tuple(range(6)),
        tuple(range(1, 11)),
        tuple(range(0, 101, 10)),
    ],
)
def test_le_remede_colle_dans_un_terminal_est_un_seul_mot_et_lit_la_table(
    niveaux: tuple[Any, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chemin = en_csv(tmp_path, [[niveaux[(k + n) % len(niveaux)] for k in range(24)] for n in range(3)])
    assert executer(["cohorte", str(chemin)]) == 1
    montre = " ".join(capsys.readouterr().err.split())
    option, *valeurs = shlex.split(montre[montre.index("--valeurs") :].partition(" ; si")[0])
    assert (option, len(valeurs)) == ("--valeurs", 1)
    assert codes_lus(chemin, valeurs=valeurs[0]) == []


def test_la_commande_refuse_puis_lit_par_le_remede_qu_elle_donne(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chemin = en_csv(tmp_path, UN_A_CINQ)
    assert executer(["cohorte", str(chemin)]) == 1
    assert "--valeurs" in capsys.readouterr().err
    recueil = cpit.lire(chemin, LIVRE, valeurs="1=0,2=1,3=2,4=3,5=4")
    assert not recueil.anomalies
    assert [r.valeur for r in recueil.cohorte.notees[0].releve.passation.reponses.values()] == [
        valeur - 1 for valeur in UN_A_CINQ[0]
    ]


def test_une_ligne_de_moyenne_n_y_change_rien(tmp_path: Path) -> None:
    assert deux_lectures(en_csv(tmp_path, UN_A_CINQ, ";".join(["Moyenne", *["2,7"] * 24]))) == ["autre-echelle"]


def test_ce_que_rien_ne_prouve_est_lu_et_dit(tmp_path: Path) -> None:
    for chemin in (en_csv(tmp_path, UN_A_QUATRE), en_xlsx(tmp_path, UN_A_QUATRE)):
        assert codes_lus(chemin) == ["echelle-supposee"]
        assert codes_lus(chemin, valeurs="1=1,2=2,3=3,4=4") == []
    assert deux_lectures(tmp_path / "t.csv") == ["echelle-supposee"]


def test_une_colonne_d_une_autre_echelle_est_refusee_et_les_autres_lues(tmp_path: Path) -> None:
    lignes = [[1 + n % 5, *ligne[1:]] for n, ligne in enumerate(DE_ZERO)]
    chemin = en_csv(tmp_path, lignes)
    assert deux_lectures(chemin) == codes_lus(en_xlsx(tmp_path, lignes)) == ["colonne-autre-echelle"]
    recueil = cpit.lire(chemin, LIVRE)
    assert len(recueil.cohorte.notees) == 12
    assert recueil.anomalies[0].mots["nombre"] == 12
    for notee in recueil.cohorte.notees:
        assert notee.releve.passation.reponse(CODES[0]).valeur is None
        assert notee.releve.passation.reponse(CODES[1]).valeur is not None


def test_les_reponses_d_une_colonne_refusee_sont_comptees_comme_refusees(tmp_path: Path) -> None:
    """Notées, sans réponse et refusées font le compte de toutes les cellules, sur les deux voies et en tout format."""
    lignes: list[list[Any]] = [[1 + n % 5, *ligne[1:]] for n, ligne in enumerate(DE_ZERO)]
    lignes[2][0], lignes[3][1] = "", ""
    lignes.append(["SO", *[""] * 23])
    lignes.append([""] * 24)
    for chemin in (en_csv(tmp_path, lignes), en_xlsx(tmp_path, lignes)):
        notees = cpit.lire(chemin, LIVRE).cohorte.notees
        refusees = [notee.releve.refusees for notee in notees]
        assert refusees == [frozenset() if n == 2 else {CODES[0]} for n in range(13)]
        reponses = [notee.passation.reponse(code) for notee in notees for code in CODES]
        assert sum(r.valeur is not None for r in reponses) == 12 * 23 - 1
        assert sum(map(len, refusees)) == 12
    assert deux_lectures(tmp_path / "t.csv")[-2:] == ["colonne-autre-echelle", "passation-vide"]


def test_la_bonne_echelle_ou_une_faute_de_frappe_n_y_sont_pas_prises(tmp_path: Path) -> None:
    assert deux_lectures(en_csv(tmp_path, DE_ZERO)) == []
    fautive = [[5, *DE_ZERO[0][1:]], *DE_ZERO[1:]]
    assert deux_lectures(en_csv(tmp_path, fautive)) == ["cellule-hors-echelle"]
    libelle = LIVRE.echelle.niveaux[0].libelle
    melee = [[libelle, *UN_A_QUATRE[0][1:]], *UN_A_QUATRE[1:]]
    assert deux_lectures(en_csv(tmp_path, melee)) == []


def test_une_echelle_qui_commence_a_un_se_garde_d_une_qui_commence_a_zero(tmp_path: Path) -> None:
    minimal = cpit.referentiel(RACINE / "referentiels" / "minimal.yaml")
    codes = [item.code for item in minimal.items]
    niveaux = [niveau.valeur for niveau in minimal.echelle.niveaux]
    lignes = [
        ";".join([f"P{n}", *(str(niveaux[(k + n) % len(niveaux)] - 1) for k in range(len(codes)))]) for n in range(3)
    ]
    chemin = tmp_path / "t.csv"
    chemin.write_text("\n".join([";".join(["identifiant", *codes]), *lignes, ""]), encoding="utf-8")
    (refus,) = dites(chemin, minimal)
    assert refus.code == "autre-echelle"
    assert "0=1,1=2" in refus.correction


MINIMAL = cpit.referentiel(RACINE / "referentiels" / "minimal.yaml")


@pytest.mark.parametrize(
    ("bas", "haut", "remede"), [(0, 4, "0=1,1=2,2=3,3=3,4=4"), (1, 5, "1=1,2=2,3=3,4=3,5=4"), (0, 3, "0=1,1=2,2=3,3=4")]
)
def test_sur_une_echelle_de_un_a_quatre_aussi(bas: int, haut: int, remede: str, tmp_path: Path) -> None:
    """Cinq niveaux sur une échelle de quatre : refuser les seuls 0, ou les seuls 5, noterait les autres à tort."""
    niveaux = haut - bas + 1
    corps = "\n".join(f"P{n};" + ";".join(str(bas + (k + n) % niveaux) for k in range(6)) for n in range(3))
    (tmp_path / "t.csv").write_text(f"identifiant;A1;A2;A3;R1;R2;R3\n{corps}\n", encoding="utf-8")
    (refus,) = dites(tmp_path / "t.csv", MINIMAL)
    assert (refus.code, str(refus.mots["remede"])) == ("autre-echelle", remede)


@pytest.mark.parametrize("hors", [{(0, 0): 5, (1, 3): 5}, dict.fromkeys(((4, k) for k in range(24)), 5)])
def test_une_faute_de_frappe_ou_une_seule_personne_ne_fait_pas_une_autre_echelle(
    hors: dict[tuple[int, int], int], tmp_path: Path
) -> None:
    lignes = [[hors.get((n, k), niveau) for k, niveau in enumerate(ligne)] for n, ligne in enumerate(DE_ZERO)]
    assert set(codes_lus(en_csv(tmp_path, lignes))) == {"cellule-hors-echelle"}


def test_des_demi_points_ou_des_moyennes_ne_sont_pas_des_niveaux(tmp_path: Path) -> None:
    """Sur une échelle de 0 à 2 par demi-points, 1 n’est pas le niveau 1 : rien n’est pris à moitié."""
    demis = [[str(valeur / 2).replace(".", ",") for valeur in ligne] for ligne in DE_ZERO]
    chemin = en_csv(tmp_path, demis)
    assert deux_lectures(chemin) == ["autre-echelle"]
    dits = "0,0=0,0,5=1,1,0=2,1,5=3,2,0=4"
    lues = cpit.lire(chemin, LIVRE, valeurs=dits).cohorte.notees
    assert [[n.passation.reponse(code).valeur for code in CODES] for n in lues] == DE_ZERO
    # Une personne qui hésite, ou une ligne de moyennes, ne fait pas une autre échelle.
    assert "autre-echelle" not in codes_lus(en_csv(tmp_path, [["2,5"] * 12 + ["3"] * 12, *DE_ZERO[:3]]))


def test_des_cases_a_cocher_ne_sont_pas_prises_pour_des_niveaux_sans_un_mot(tmp_path: Path) -> None:
    cases = [[(k + n) % 2 for k in range(len(CODES))] for n in range(3)]
    assert deux_lectures(en_csv(tmp_path, cases)) == ["que-des-cases"]
    assert deux_lectures(en_csv(tmp_path, [*cases, [2] * len(CODES)])) == []
