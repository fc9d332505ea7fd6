"""De deux passations d’une même personne, la plus récente est celle de la date ; faute de dates, la dernière lue."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from aide_outils import ecrire_csv
from aides import RACINE

import cpit
from cpit.erreurs import Anomalie
from cpit.formats.recueil import Recueil

MINIMAL = RACINE / "referentiels" / "minimal.yaml"
CODES = ["A1", "A2", "A3", "R1", "R2", "R3"]
EN_DATE, LUE = "en date", "lue, faute de dates qui se lisent sûrement"
DATES = [
    # en-tête, date de la plus ancienne, de la plus récente, et si leur ordre est sûr
    ("Horodateur", "2026/09/14 9:10:02 AM UTC+2", "2026/09/14 1:10:02 PM UTC+2", EN_DATE),
    ("Timestamp", "2026/09/14 12:10:02 AM", "2026/09/14 11:10:02 AM", EN_DATE),
    ("submitdate", "2026-09-14 09:12:54", "2026-10-02 08:00:00", EN_DATE),
    ("_submission_time", "2026-09-14T07:10:05", "2026-09-14T07:10:06", EN_DATE),
    ("end", "2026-09-14T09:10:02.000+02:00", "2026-09-14T08:10:02.000+00:00", EN_DATE),
    ("Date", "14/09/2026", "02/10/2026", EN_DATE),
    ("Date", "02/10/2025 10:00", "01/11/2026 09:00", EN_DATE),
    ("Completion time", "9/14/26 9:12:54", "10/2/26 9:12:54", EN_DATE),
    ("Date de réponse", "14 septembre 2026 à 9h05", "2 octobre 2026 à 8h00", EN_DATE),
    ("Date", "03/04/2026", "02/05/2026", LUE),  # 3 avril ou 4 mars : l’ordre en dépend
    ("Date", "hier", "aujourd’hui", LUE),
    ("Date", "", "2026-09-14", LUE),
]


def table(en_tete: str, dates: tuple[str, str], *, renversee: bool) -> list[list[str]]:
    """L’ancienne répond 1 partout, la récente 4."""
    lignes = [["P1", *"111111", dates[0]], ["P1", *"444444", dates[1]]]
    return [["identifiant", *CODES, en_tete], *(lignes[::-1] if renversee else lignes)]


def niveau(recueil: Recueil) -> int | None:
    (notee,) = recueil.cohorte.notees
    return notee.passation.reponse("A1").valeur


def dite(recueil: Recueil) -> Anomalie:
    (trouvee,) = [une for une in recueil.anomalies if une.code == "passation-non-gardee"]
    return trouvee


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("garder", ["recent", "premier"])
@pytest.mark.parametrize("renversee", [False, True], ids=["dans-l-ordre", "renversee"])
@pytest.mark.parametrize(("en_tete", "ancienne", "recente", "regle"), DATES)
def test_la_date_l_emporte_sur_la_place_des_lignes(
    en_tete: str, ancienne: str, recente: str, regle: str, renversee: bool, garder: str, tmp_path: Path
) -> None:
    chemin = ecrire_csv(tmp_path / "t.csv", table(en_tete, (ancienne, recente), renversee=renversee))
    recueil = cpit.lire(chemin, MINIMAL, garder=garder)
    dernier = (garder == "recent") != (renversee and regle == LUE)
    assert niveau(recueil) == (4 if dernier else 1)
    assert f"la {'dernière' if garder == 'recent' else 'première'} {regle}" in dite(recueil).quoi


@pytest.mark.parametrize("jour", ["14/01/2026", "01/14/2026"], ids=["jour-d-abord", "mois-d-abord"])
def test_le_reste_de_la_table_dit_si_le_jour_vient_d_abord(jour: str, tmp_path: Path) -> None:
    lignes = [*table("Date", ("02/05/2026", "03/04/2026"), renversee=False), ["P2", *"222222", jour]]
    recueil = cpit.lire(ecrire_csv(tmp_path / "t.csv", lignes), MINIMAL, garder="recent")
    # 2 mai et 3 avril : la première est la plus récente ; 5 février et 4 mars : la seconde.
    assert recueil.cohorte.notees[0].passation.reponse("A1").valeur == (1 if jour == "14/01/2026" else 4)


def test_une_date_de_tableur_se_lit(tmp_path: Path) -> None:
    livre = openpyxl.Workbook()
    livre.active.append(["identifiant", *CODES, "Heure de fin"])
    livre.active.append(["P1", *[4] * 6, datetime(2026, 10, 2, 9, 12)])
    livre.active.append(["P1", *[1] * 6, datetime(2026, 9, 14, 18, 0)])
    livre.save(tmp_path / "t.xlsx")
    recueil = cpit.lire(tmp_path / "t.xlsx", MINIMAL, garder="recent")
    assert (niveau(recueil), EN_DATE in dite(recueil).quoi) == (4, True)


@pytest.mark.parametrize("renverse", [False, True])
def test_deux_fichiers_se_departagent_par_leurs_dates(renverse: bool, tmp_path: Path) -> None:
    ancienne, recente = table("Date", ("14/09/2026", "02/10/2026"), renversee=False)[1:]
    entete = ["identifiant", *CODES, "Date"]
    noms = ("b", "a") if renverse else ("a", "b")
    chemins = [
        ecrire_csv(tmp_path / f"{nom}.csv", [entete, ligne])
        for nom, ligne in zip(noms, (ancienne, recente), strict=True)
    ]
    assert niveau(cpit.lire(sorted(chemins), MINIMAL, garder="recent")) == 4


@pytest.mark.parametrize(
    "en_tete",
    [
        *("Heure de fin", "Completion time", "Horodateur", "submitdate", "Date de soumission", "Date_de_soumission"),
        *("Date submitted", "_submission_time", "SubmissionDate", "cpit_timestamp", "Submitted on:", "Horodatage"),
        *("Completed Time", "webform_completed_time", "Submitted at", "Submit Date (UTC)", "EndDate", "End Date"),
        *("RecordedDate", "ended", "Déposé le", "Last modified time", "Dernière mise à jour le", "modifiee"),
    ],
)
def test_la_colonne_de_la_date_se_reconnait(en_tete: str, tmp_path: Path) -> None:
    lignes = table(en_tete, ("2026-09-14 09:00", "2026-09-14 10:00"), renversee=True)
    assert niveau(cpit.lire(ecrire_csv(tmp_path / "t.csv", lignes), MINIMAL, garder="recent")) == 4


def test_l_envoi_l_emporte_sur_la_modification_et_le_debut(tmp_path: Path) -> None:
    entete = ["identifiant", *CODES, "Heure de début", "Heure de la dernière modification", "Heure de fin"]
    lignes = [["P1", *"444444", "2026-09-01", "", "2026-10-02"], ["P1", *"111111", "2026-09-30", "", "2026-09-30"]]
    assert niveau(cpit.lire(ecrire_csv(tmp_path / "t.csv", [entete, *lignes]), MINIMAL, garder="recent")) == 4
