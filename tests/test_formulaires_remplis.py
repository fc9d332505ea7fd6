"""Des formulaires remplis de toutes les façons : ce qui en est pris, et tout ce qui en est dit, cellule par cellule.

Chaque cas se relit dans ``donnees/formulaires-remplis.yaml`` : comment le formulaire a été écrit, ce que l’on a mis
dans chaque case (la ligne, par son code ou sa question, et la colonne si ce n’est pas celle de la réponse), puis les
passations lues et les anomalies, mot pour mot.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from aide_formulaires import formulaire
from aide_lecture import lire_seule, redire
from aides import TESTS
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

import cpit
from cpit.coeur.cohorte import Releve
from cpit.coeur.referentiel import Choix, QuestionProfil, Referentiel

CAS: dict[str, dict[str, Any]] = {
    cas["dit"]: cas for cas in yaml.safe_load((TESTS / "donnees" / "formulaires-remplis.yaml").read_text("utf-8"))
}
VALEURS = {"VRAI": True, "FAUX": False, "30 heures": timedelta(hours=30)}
TEXTE = "identifiant: complet\n"


def un_referentiel() -> Referentiel:
    """Une échelle qui admet « sans objet », des ancres, des moments nommés ; trois questions de profil : où plusieurs
    choix se cochent, où l’un est retenu, et une condition.
    """
    lu = cpit.referentiel(TESTS / "donnees" / "referentiel-complet.yaml")
    lieux = (Choix("jardin", "Jardin"), Choix("balcon", "Balcon"), Choix("aucun", "Aucun"))
    profil = (
        QuestionProfil("lieu", "Lieu", lieux, plusieurs=True),
        QuestionProfil("statut", "Statut", (Choix("prive", "Privé"), Choix("public", "Public"))),
        QuestionProfil("equipe", "Une équipe", (Choix("oui", "Oui"), Choix("non", "Non")), condition=True),
    )
    return replace(lu, profil=profil, texte=TEXTE, empreinte=hashlib.sha256(TEXTE.encode()).hexdigest())


REFERENTIEL = un_referentiel()
CODES = [item.code for item in REFERENTIEL.items]


def trouver(feuille: Worksheet, ou: str) -> Any:
    """La case d’une ligne, par son code ou sa question, et d’une colonne, par son en-tête."""
    ligne, _, entete = ou.partition("/")
    numero = next(n for n in range(1, feuille.max_row + 1) if ligne in (lu(feuille, n, 1), lu(feuille, n, 2)))
    return feuille.cell(numero, next(c for c in range(1, 9) if lu(feuille, 2, c).startswith(entete or "Votre réponse")))


def lu(feuille: Worksheet, ligne: int, colonne: int) -> str:
    return str(feuille.cell(ligne, colonne).value or "").replace("\u202f:", " :")


def poser(feuille: Worksheet, ou: str, quoi: object) -> None:
    case = trouver(feuille, ou)
    texte = str(quoi)
    case.value = VALEURS.get(texte, quoi)
    if texte.startswith("#"):
        case.data_type = "e" if texte == "#N/A" else "s"
    elif texte.endswith(" en %"):
        case.value, case.number_format = int(texte.removesuffix(" en %")) / 100, "0%"


def copier(feuille: Worksheet, ligne: str) -> None:
    numero, bas = trouver(feuille, ligne).row, feuille.max_row + 1
    for colonne in range(1, 4):
        feuille.cell(bas, colonne).value = feuille.cell(numero, colonne).value


def oter(feuille: Worksheet, ligne: str) -> None:
    """openpyxl ne déplace pas les fusions avec les lignes, un tableur si."""
    for zone in list(feuille.merged_cells.ranges):
        feuille.unmerge_cells(str(zone))
    feuille.delete_rows(trouver(feuille, ligne).row)


def cacher(feuille: Worksheet, ligne: str) -> None:
    feuille.row_dimensions[trouver(feuille, ligne).row].hidden = True


GESTES: dict[str, Callable[[Worksheet, Any], object]] = {
    "cases": lambda feuille, dites: [poser(feuille, ou, quoi) for ou, quoi in dites.items()],
    "copiees": lambda feuille, lignes: [copier(feuille, ligne) for ligne in lignes],
    "cachees": lambda feuille, lignes: [cacher(feuille, ligne) for ligne in lignes],
    "fusions": lambda feuille, zones: [
        feuille.merge_cells(":".join(trouver(feuille, ou).coordinate for ou in zone)) for zone in zones
    ],
    "feuilles": lambda feuille, titres: [feuille.parent.copy_worksheet(feuille) for _ in titres],
    "otees": lambda feuille, lignes: [oter(feuille, ligne) for ligne in lignes],
}


def rendre(dossier: Path, cas: dict[str, Any]) -> Path:
    """Le formulaire d’un cas, rempli et enregistré."""
    livre = load_workbook(BytesIO(formulaire(REFERENTIEL, **cas.get("formulaire", {}))))
    for geste, faire in GESTES.items():
        if geste in cas:
            faire(livre["Formulaire"], cas[geste])
    livre.save(dossier / "f.xlsx")
    return dossier / "f.xlsx"


def dire(releve: Releve) -> dict[str, Any]:
    """Ce qu’une passation porte, sans ce qui y est vide."""
    une = releve.passation
    valeurs = {"repondu": lambda r: str(r.valeur), "sans_objet": lambda _: "S", "sans_reponse": lambda _: "."}
    porte = {
        "qui": une.identifiant,
        "moment": une.moment,
        "regard": une.regard,
        "date": une.date_moment,
        "profil": dict(une.profil),
        "tiers": une.tiers(),
        "reponses": "".join(
            "R" if code in releve.refusees else valeurs[une.reponses[code].etat.value](une.reponses[code])
            for code in CODES
        ),
        "traces": {code: reponse.trace for code, reponse in une.reponses.items() if reponse.trace},
        "place": {
            code: [reponse.frequence, reponse.importance]
            for code, reponse in une.reponses.items()
            if (reponse.frequence, reponse.importance) != (None, None)
        },
    }
    return {cle: valeur for cle, valeur in porte.items() if valeur}


def lire(dossier: Path, cas: dict[str, Any]) -> dict[str, Any]:
    lecture = lire_seule(rendre(dossier, cas), REFERENTIEL)
    assert {une.lieu.fichier for une in lecture.anomalies} <= {lecture.source}
    return {"lues": [dire(releve) for releve in lecture.releves], "dites": [redire(une) for une in lecture.anomalies]}


@pytest.mark.parametrize("dit", CAS)
def test_un_formulaire_donne_ce_que_l_on_y_a_mis_et_dit_le_reste_a_sa_place(dit: str, tmp_path: Path) -> None:
    cas = CAS[dit]
    assert lire(tmp_path, cas) == {"lues": cas["lues"], "dites": cas["dites"]}
