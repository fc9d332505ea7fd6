"""Des tables écrites par R lui-même (``write.csv2`` et ``write.csv``), lues par cpit."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from aide_lecture import lire_seule
from aides import RACINE, Programme

import cpit
from cpit.erreurs import refusees

SCRIPT = """
arguments <- commandArgs(trailingOnly = TRUE)
codes <- paste0("C", rep(1:8, each = 3), c("P", "M", "C"))
reponses <- as.data.frame(matrix(rep(c(0, 1, 2, 3, NA), length.out = 4 * 24), nrow = 4))
names(reponses) <- codes
table <- cbind(identifiant = c("R1", "R 2", "Élan", "a \\"b\\""), moment = "t0", reponses)
table$C8C <- c(0, 2.5, 3, NA)
ecrire <- if (arguments[2] == "csv2") write.csv2 else write.csv
ecrire(table, arguments[1], row.names = arguments[3] == "oui", fileEncoding = "UTF-8")
write.table(t(table[codes[1:23]]), paste0(arguments[1], ".attendu"), col.names = FALSE, quote = FALSE)
"""


@pytest.mark.parametrize("noms_de_lignes", ["oui", "non"])
@pytest.mark.parametrize("sorte", ["csv2", "csv"])
def test_une_table_ecrite_par_r_se_lit_cellule_par_cellule(
    tmp_path: Path, sorte: str, noms_de_lignes: str, programme: Programme
) -> None:
    """NA est le manquant de R ; 2,5 n’est pas un niveau : cette seule réponse est refusée, à sa ligne."""
    rscript = programme("Rscript")
    (tmp_path / "script.R").write_text(SCRIPT, encoding="utf-8")
    table = tmp_path / "table.csv"
    environnement = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    commande = [rscript, "--vanilla", str(tmp_path / "script.R"), str(table), sorte, noms_de_lignes]
    subprocess.run(commande, check=True, capture_output=True, env=environnement, timeout=120)
    referentiel = cpit.referentiel(RACINE / "referentiels" / "innovation-territoriale.yaml")
    lecture = lire_seule(table, referentiel)
    assert [releve.passation.identifiant for releve in lecture.releves] == ["R1", "R 2", "Élan", 'a "b"']
    refus = refusees(lecture.anomalies)
    assert [(a.lieu.ligne, a.mots["colonne"]) for a in refus] == [(3, "C8C")]
    attendues: list[dict[str, int]] = [{}, {}, {}, {}]
    for ligne in (tmp_path / "table.csv.attendu").read_text(encoding="utf-8").splitlines():
        code, *valeurs = ligne.split()
        for personne, valeur in zip(attendues, valeurs, strict=True):
            if valeur != "NA":
                personne[code] = int(valeur)
    for releve, attendue in zip(lecture.releves, attendues, strict=True):
        lues = releve.passation.valeurs()
        lues.pop("C8C", None)
        assert lues == attendue
