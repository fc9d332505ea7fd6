"""Une colonne calculée s’ajoute par une déclaration et une règle : la même valeur sur chaque surface."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import polars
import pyreadstat
import pytest
from aides import RACINE

import cpit
from cpit.cli import executer
from cpit.coeur.colonnes import MESURES_AJOUTEES, MesureCalculee
from cpit.coeur.notation import Resultat
from cpit.coeur.referentiel import Referentiel
from cpit.coeur.tableaux import Cellule, Colonne

COHORTE = RACINE / "exemples" / "cohorte-fictive.csv"
CLE = "ecart_competences"


def _etendue(_: Referentiel, resultat: Resultat) -> Cellule:
    """Du plus bas au plus haut score de compétence : elle vient des scores, pas de la position."""
    valeurs = [s.valeur for s in resultat.competences.values() if s.valeur is not None]
    return max(valeurs) - min(valeurs) if valeurs else None


@pytest.fixture
def avec_la_colonne() -> Iterator[None]:
    colonne = Colonne(CLE, "Écart entre compétences", "nombre", mesure="continue")
    MESURES_AJOUTEES.append(MesureCalculee(CLE, lambda _: colonne, _etendue))
    yield
    MESURES_AJOUTEES.pop()


def _en_csv(chemin: Path) -> list[float]:
    with chemin.open(encoding="utf-8-sig", newline="") as fichier:
        return [float(ligne[CLE]) for ligne in csv.DictReader(fichier)]


def _noter(sortie: Path, *options: str) -> Path:
    assert executer(["cohorte", str(COHORTE), "--sortie", str(sortie), *options]) == 0
    return sortie


@pytest.mark.usefixtures("avec_la_colonne")
class TestUneColonneTireeDesScores:
    @pytest.fixture
    def attendues(self) -> list[float]:
        """Recalculées des scores que rend l’API, sans la règle déclarée."""
        lignes = cpit.lire(COHORTE).cohorte.scores().en_pandas()
        scores = lignes[[f"score_C{rang}" for rang in range(1, 9)]].astype(float)
        return [float(valeur) for valeur in scores.max(axis=1) - scores.min(axis=1)]

    def test_dans_le_tableau(self, attendues: list[float]) -> None:
        assert cpit.lire(COHORTE).cohorte.scores().en_pandas()[CLE].tolist() == attendues

    @pytest.mark.echantillon(2)
    @pytest.mark.parametrize("en_flux", [False, True], ids=["d’un bloc", "en flux"])
    @pytest.mark.parametrize("reponses", [(), ("--sans-reponses",)], ids=["entier", "sans réponses"])
    def test_en_csv(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        attendues: list[float],
        en_flux: bool,
        reponses: tuple[str, ...],
    ) -> None:
        if en_flux:
            monkeypatch.setattr("cpit.flux.SEUIL", 10)
        sortie = _noter(tmp_path / "c.csv", "--dialecte", "science", *reponses)
        assert _en_csv(sortie) == attendues
        # Ce que cpit a écrit reste à lui : la même commande se relance.
        _noter(sortie, "--dialecte", "science", *reponses)

    def test_en_flux_les_octets_sont_ceux_d_un_bloc(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for dialecte in ("fr", "science"):
            bloc = _noter(tmp_path / f"bloc-{dialecte}.csv", "--dialecte", dialecte).read_bytes()
            with monkeypatch.context() as ici:
                ici.setattr("cpit.flux.SEUIL", 10)
                assert _noter(tmp_path / f"flux-{dialecte}.csv", "--dialecte", dialecte).read_bytes() == bloc

    def test_en_json(self, tmp_path: Path, attendues: list[float]) -> None:
        document = json.loads(_noter(tmp_path / "c.json").read_text(encoding="utf-8"))
        assert [passation[CLE] for passation in document["passations"]] == attendues

    def test_en_classeur(self, tmp_path: Path, attendues: list[float]) -> None:
        feuille = openpyxl.load_workbook(_noter(tmp_path / "c.xlsx"))["Scores"]
        rang = [cellule.value for cellule in feuille[1]].index(CLE)
        ecrites = [ligne[rang] for ligne in feuille.iter_rows(min_row=2, values_only=True)]
        assert ecrites == pytest.approx(attendues, abs=1e-12)

    @pytest.mark.endurance
    def test_dans_l_export(self, tmp_path: Path, attendues: list[float]) -> None:
        dossier = tmp_path / "jeu"
        assert executer(["exporter", str(COHORTE), "--sortie", str(dossier)]) == 0
        (classeur,) = {*dossier.glob("*.xlsx")} - {dossier / "dictionnaire.xlsx"}
        lignes = list(openpyxl.load_workbook(classeur)["scores"].iter_rows(values_only=True))
        lues = {
            "csv": _en_csv(dossier / "scores.csv"),
            "parquet": polars.read_parquet(dossier / "scores.parquet")[CLE].to_list(),
            "sav": list(pyreadstat.read_sav(dossier / "scores.sav")[0][CLE]),
            "dta": list(pyreadstat.read_dta(dossier / "scores.dta")[0][CLE]),
            "xlsx": [ligne[lignes[0].index(CLE)] for ligne in lignes[1:]],
        }
        # L’ordre des pseudonymes n’est pas celui de la lecture.
        triees = sorted(attendues)
        for suffixe, valeurs in lues.items():
            assert sorted(valeurs) == pytest.approx(triees, abs=1e-12), suffixe
        assert CLE in (dossier / "datapackage.json").read_text(encoding="utf-8")

    def test_une_table_relue_ne_la_prend_pas_pour_une_inconnue(self, tmp_path: Path) -> None:
        sortie = _noter(tmp_path / "c.csv")
        assert not [a for a in cpit.lire(sortie).anomalies if CLE in a.quoi]
