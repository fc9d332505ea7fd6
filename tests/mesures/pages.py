"""Mesurer l’écriture de 200 pages individuelles, et d’une page de groupe de 3, 60 et 5 000 personnes.

    python tests/mesures/pages.py

Écrit de vrais fichiers, durablement. Les secondes dépendent de la machine ; les tailles, non.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aide_cohorte import cohorte_au_hasard

from cpit.chargement import charger
from cpit.coeur.restitution import restituer
from cpit.emplacements import trouver_referentiel
from cpit.gestes.paginer import ecrire_page_groupe, ecrire_page_personne
from cpit.restitution.page_groupe import Demande

PAGES = 200
GROUPES = (3, 60, 5_000)
JOUR = "2026-11-22"


def mesurer(dossier: Path) -> None:
    """Écrit tout, et dit combien de temps et combien d’octets."""
    referentiel = charger(trouver_referentiel(None))
    debut, octets = time.perf_counter(), 0
    for rang, notee in enumerate(cohorte_au_hasard(referentiel, PAGES).notees):
        chemin = dossier / f"{rang}.html"
        ecrire_page_personne(chemin, restituer(referentiel, notee.passation), date=JOUR)
        octets += chemin.stat().st_size
    duree = time.perf_counter() - debut
    print(f"{PAGES} pages individuelles : {duree:.1f} s, {octets / PAGES / 1000:.0f} ko chacune")
    for personnes in GROUPES:
        cohorte, chemin = cohorte_au_hasard(referentiel, personnes), dossier / f"groupe-{personnes}.html"
        for nominatif in (False, True):
            debut = time.perf_counter()
            ecrire_page_groupe(chemin, cohorte, (), 1, Demande(JOUR, nominatif=nominatif))
            mots = f"{time.perf_counter() - debut:.1f} s, {chemin.stat().st_size / 1000:.0f} ko"
            print(f"groupe de {personnes}{', nominatif' if nominatif else ''} : {mots}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as dossier:
        mesurer(Path(dossier))
