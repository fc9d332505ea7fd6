"""Des tables entières, telles qu’on les tient, et tout ce qui en est lu et dit, mot pour mot."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from aide_lecture import lire_seule
from aides import RACINE, TESTS

import cpit
from cpit import Anomalie
from cpit.coeur.cohorte import Releve
from cpit.coeur.passation import DIMENSIONS_DE_PLACE, Etat
from cpit.coeur.referentiel import Referentiel

TABLES: dict[str, dict[str, Any]] = yaml.safe_load((TESTS / "donnees" / "tables-dites.yaml").read_text("utf-8"))
LETTRES = {Etat.SANS_OBJET: "S", Etat.SANS_REPONSE: "."}
PROFIL = """      - {code: aucun, libelle: Aucun lieu}
  - identifiant: structure
    libelle: Structure
    choix:
      - {code: commune, libelle: Commune}
      - {code: asso, libelle: Association}
regles:
"""


@pytest.fixture(scope="module")
def referentiels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Referentiel]:
    """Le petit, de deux compétences, et le même que d’autres tests, avec un profil à deux questions."""
    ecrit = tmp_path_factory.mktemp("ref") / "complet.yaml"
    texte = (TESTS / "donnees" / "referentiel-complet.yaml").read_text(encoding="utf-8")
    assert "\nregles:\n" in texte
    ecrit.write_text(texte.replace("regles:\n", PROFIL), encoding="utf-8")
    return {
        "complet": cpit.referentiel(ecrit),
        "minimal": cpit.referentiel(RACINE / "referentiels" / "minimal.yaml"),
    }


def lu(releve: Releve, referentiel: Referentiel) -> str:
    """La ligne, qui, quand, sous quel regard, une lettre par situation, et ce qui l’accompagne."""
    passation = releve.passation
    lettres = "".join(
        "R" if item.code in releve.refusees else LETTRES.get(reponse.etat, str(reponse.valeur))
        for item in referentiel.items
        for reponse in [passation.reponses[item.code]]
    )
    autres: dict[str, object] = dict(passation.profil)
    autres |= {nom: getattr(passation, nom) for nom in ("evaluateur", "role_evaluateur", "connaissance", "date_moment")}
    for code, reponse in passation.reponses.items():
        autres[f"{code}_trace"] = reponse.trace[:10]
        autres |= {f"{code}_{d.cle}": getattr(reponse, d.cle) for d in DIMENSIONS_DE_PLACE}
    autres |= {"equipe": releve.equipe, "date": releve.date, "inachevee": "oui" if releve.inachevee else ""}
    dits = [f"{nom}={autre}" for nom, autre in autres.items() if autre not in ("", None)]
    qui = passation.identifiant[:10] or "–"
    return " ".join([f"{releve.ligne}:", qui, passation.moment, passation.regard, lettres, *dits])


def dit(une: Anomalie, table: Path) -> str:
    """Le code d’une anomalie, sa ligne et sa colonne, et chacun de ses mots."""
    lieu = ":".join(str(rang) for rang in (une.lieu.ligne, une.lieu.colonne) if rang is not None)
    mots = ", ".join(f"{cle}={mot}" for cle, mot in une.mots.items() if str(mot)).replace(str(table), "t.csv")
    dite = f"{une.code} {lieu} {mots}".replace("\u202f", " ").replace("\u00a0", " ").strip()
    return re.sub(r"[^\s=]*python\S* -m cpit", "cpit", dite)


@pytest.mark.parametrize("nom", TABLES)
def test_tout_ce_qui_est_lu_et_dit_d_une_table(nom: str, tmp_path: Path, referentiels: dict[str, Referentiel]) -> None:
    cas = TABLES[nom]
    referentiel, table = referentiels[cas.get("referentiel", "complet")], tmp_path / "t.csv"
    table.write_text(cas["table"], encoding="utf-8")
    lecture = lire_seule(table, referentiel, **cas.get("consignes", {}))
    assert [lu(releve, referentiel) for releve in lecture.releves] == cas["lu"]
    assert [dit(une, table) for une in lecture.anomalies] == cas["dit"]
