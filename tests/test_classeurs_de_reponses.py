"""Des classeurs de réponses, une ligne par personne ou autrement : qui y est lu, et tout ce qui en est dit, à sa place.

Chaque cas se relit dans ``donnees/classeurs-de-reponses.yaml`` : ce que l’on a mis dans les feuilles, une ligne par
ligne et ses cellules séparées par « | », puis les personnes lues et les anomalies, mot pour mot.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from aide_bornes import abaisser
from aide_formats import Formule, xlsb
from aide_lecture import DISQUE, en_xlsx, gonfler, lire_d_un_disque_qui_lache, lire_seule, redire
from aides import RACINE, TESTS
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

import cpit
from cpit.cli import executer

CAS = {cas["dit"]: cas for cas in yaml.safe_load((TESTS / "donnees" / "classeurs-de-reponses.yaml").read_text("utf-8"))}
MINIMAL = cpit.referentiel(RACINE / "referentiels" / "minimal.yaml")
CODES = [item.code for item in MINIMAL.items]
CITES = ("attendus", "ou_dire", "commande", "referentiel", "exemple", "option", "sortie", "qui", "remede")
"""Ce qu’une anomalie cite du référentiel, ou de la façon d’y remédier."""
VALEURS: dict[str, Any] = {"VRAI": True, "FAUX": False}


def ecrire(dossier: Path, cas: dict[str, Any]) -> Path:
    """Le classeur d’un cas."""
    livre = Workbook()
    livre.remove(livre.worksheets[0])
    for titre, lignes in cas["feuilles"].items():
        remplir(livre.create_sheet(titre), lignes, {cle: cas[cle].get(titre, ()) for cle in GESTES if cle in cas})
    if "autre" in cas:
        livre.create_sheet(cas["autre"])
    for titre in cas.get("feuilles_cachees", ()):
        livre[titre].sheet_state = "hidden"
    livre.active = next(rang for rang, feuille in enumerate(livre.worksheets) if feuille.sheet_state == "visible")
    chemin = dossier / f"{cas.get('nom', 't')}.xlsx"
    livre.save(chemin)
    return chemin


GESTES: dict[str, Callable[[Worksheet, Any], object]] = {
    "lignes_cachees": lambda feuille, numero: setattr(feuille.row_dimensions[numero], "hidden", True),
    "colonnes_cachees": lambda feuille, lettre: setattr(feuille.column_dimensions[lettre], "hidden", True),
    "fusions": lambda feuille, zone: feuille.merge_cells(zone),
}


def remplir(feuille: Worksheet, lignes: list[Any], gestes: dict[str, Any]) -> None:
    for rang, ligne in enumerate(lignes, 1):
        for colonne, mot in enumerate(str(ligne).split(" | "), 1):
            poser(feuille.cell(rang, colonne), mot.strip(" "))
    for geste, cibles in gestes.items():
        for cible in cibles:
            GESTES[geste](feuille, cible)


def poser(cellule: Any, mot: str) -> None:
    """Un nombre, une date, vrai ou faux, un pourcentage, un texte ; une cellule vide n’est pas écrite."""
    if mot in VALEURS:
        cellule.value = VALEURS[mot]
    elif mot.isdecimal():
        cellule.value = int(mot)
    elif mot.startswith("2026-"):
        cellule.value = datetime.fromisoformat(mot)
    elif mot.endswith(" %"):
        cellule.value, cellule.number_format = int(mot[:-2]) / 100, "0%"
    elif mot:
        cellule.value = mot


def lire(dossier: Path, cas: dict[str, Any]) -> dict[str, Any]:
    """Ce qu’un classeur donne : chaque personne (qui, quand, de quelle feuille, ses réponses), et ce qui en est dit."""
    chemin = ecrire(dossier, cas)
    correspondance = None
    if "correspondance" in cas:
        correspondance = dossier / "correspondance.yaml"
        correspondance.write_text(yaml.safe_dump({"correspondance": 1, **cas["correspondance"]}), encoding="utf-8")
    try:
        recueil = cpit.lire(chemin, MINIMAL, correspondance=correspondance)
    except cpit.ErreurCpit as erreur:
        return {"lues": [], "dites": [redire(une, CITES) for une in erreur.anomalies]}
    assert {une.lieu.fichier for une in recueil.anomalies} <= {str(chemin)}
    (source,) = recueil.sources
    rendu = {
        "lues": [
            f"{notee.releve.identifiant} {notee.passation.moment} {notee.releve.feuille}{notee.releve.ligne} "
            + "".join(
                "R" if code in notee.releve.refusees else str(r.valeur) if r.valeur is not None else "."
                for code in CODES
                for r in [notee.passation.reponses[code]]
            )
            for notee in recueil.cohorte.notees
        ],
        "dites": [redire(une, CITES) for une in recueil.anomalies],
    }
    return rendu | ({"suppose": source.suppose} if source.suppose else {})


@pytest.mark.parametrize("dit", CAS)
def test_un_classeur_donne_ce_qu_il_porte_et_le_dit_a_sa_place(dit: str, tmp_path: Path) -> None:
    cas = CAS[dit]
    assert lire(tmp_path, cas) == {cle: cas[cle] for cle in ("lues", "dites", "suppose") if cle in cas}


def test_d_un_classeur_de_trop_de_feuilles_rien_ne_se_perd_en_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Les premières se lisent ; au-delà, ce qui est visible est refusé, et compté."""
    abaisser(monkeypatch, "feuilles lues d’un classeur", 3)
    tete = f"identifiant | {' | '.join(CODES)}"
    feuilles = {f"P{n}": [tete, f"P{n} | {' | '.join('1' for _ in CODES)}"] for n in range(1, 8)}
    lu = lire(tmp_path, {"feuilles": feuilles, "feuilles_cachees": ["P1", "P7"]})
    assert [qui.partition(" ")[0] for qui in lu["lues"]] == ["P2", "P3", "P4"]
    assert lu["dites"][0] == "feuilles-en-trop P5 nombre=2, limite=3"
    assert [dite.partition(" ")[0] for dite in lu["dites"][1:]] == ["feuilles-lues"]
    juste = {"feuilles": dict([*feuilles.items()][:4]), "feuilles_cachees": ["P2"]}
    assert [dite.partition(" ")[0] for dite in lire(tmp_path, juste)["dites"]] == ["feuilles-lues"]


@pytest.mark.endurance
def test_d_un_jeu_de_cpit_seule_la_premiere_feuille_se_lit(tmp_path: Path) -> None:
    """Les autres redisent les mêmes réponses : rien n’est à en dire, qu’elles aient sa forme ou une autre."""
    tete, *personnes = [
        f"identifiant | {' | '.join(CODES)}",
        "Ana | 1 | 2 | 3 | 4 | 1 | 2",
        "Bob | 4 | 3 | 2 | 1 | 4 | 3",
    ]
    recueil = cpit.lire(ecrire(tmp_path, {"feuilles": {"R": [tete, *personnes]}}), MINIMAL)
    cpit.exporter(recueil, tmp_path / "jeu")
    large = [
        " | ".join(mots) for mots in csv.reader((tmp_path / "jeu" / "reponses_large.csv").open(encoding="utf-8-sig"))
    ]
    longue = ["identifiant | question | réponse", *(f"Zoé | {code} | 1" for code in CODES)]
    lu = lire(tmp_path, {"nom": "jeu", "feuilles": {"Large": large, "Copie": large, "Longue": longue}})
    assert (len(lu["lues"]), lu["dites"]) == (2, [])
    autre = lire(tmp_path, {"nom": "t", "feuilles": {"R": [tete, *personnes], "Longue": longue}})
    assert autre["dites"] == ["feuille-d-autre-sorte Longue nombre=1"]


def test_des_formules_qui_valent_zero_sans_preuve_se_disent_une_fois_pour_la_table(tmp_path: Path) -> None:
    """Ni celles de l’en-tête, ni celles d’au-delà des colonnes ; dans celle, sans nom, qui suit la dernière, si."""
    zero = Formule(0)
    chemin = tmp_path / "t.xlsb"
    lignes = [
        ["Titre", zero],
        ["identifiant", *CODES],
        ["Ana", 1, 2, 3, 4, 1, zero, None, zero],
        ["Bob", zero, *[1] * 5, zero],
    ]
    chemin.write_bytes(xlsb(lignes))
    dites = [redire(une) for une in lire_seule(chemin, MINIMAL).anomalies]
    assert "formules-sans-preuve F!G3 nombre=3" in dites


# --- ce qui ne vient pas de ses feuilles ------------------------------------------------------------------------------

GRILLE = [["identifiant", *CODES], ["Ana", *"123412"]]


@pytest.mark.endurance
def test_un_disque_qui_lache_se_dit_a_quelque_moment_que_ce_soit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendus = lire_d_un_disque_qui_lache(en_xlsx(tmp_path / "t", GRILLE), MINIMAL, monkeypatch)
    assert rendus[-1] == (1, [])
    # Ne pas avoir pu demander ce que c’était, si la suite se lit, n’empêche rien.
    assert {repr(rendu) for rendu in rendus} == {repr((0, [DISQUE])), repr((1, []))}


@pytest.mark.parametrize("compresse", [True, False])
def test_une_table_peut_peser_plus_qu_un_formulaire(compresse: bool, tmp_path: Path) -> None:
    chemin = en_xlsx(tmp_path / "t", GRILLE)
    gonfler(chemin, compresse)
    lue = lire_seule(chemin, MINIMAL)
    assert (len(lue.releves), lue.anomalies) == (1, ())
    sortie = tmp_path / "c.yaml"
    assert executer(["correspondance", str(chemin), "--referentiel", "minimal", "--sortie", str(sortie)]) == 0
