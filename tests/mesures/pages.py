"""Mesurer l’écriture de 200 pages individuelles, et d’une page de groupe de 3, 60 et 5 000 personnes.

    python tests/mesures/pages.py

Chaque passage est une commande entière, lecture de la table comprise, à côté de la même commande sans page. Les
secondes, de processeur, dépendent de la machine ; les tailles, non.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from fabrique import CPIT, Livre, consomme, fabriquer_csv, lire_livre

PAGES = 200
GROUPES = (3, 60, 5_000)


def chronometrer(dossier: Path, table: Path, *options: str) -> float:
    """Secondes de processeur d’une commande « cohorte »."""
    debut = consomme()
    commande = [*CPIT, "cohorte", str(table), "--sortie", str(dossier / "s.csv"), *options]
    subprocess.run(commande, check=True, capture_output=True)
    return consomme() - debut


def mesurer(dossier: Path, livre: Livre) -> None:
    """Écrit tout, et dit combien de temps et combien d’octets."""
    table, pages = fabriquer_csv(dossier / "t.csv", livre, PAGES), dossier / "pages"
    nue, duree = chronometrer(dossier, table), chronometrer(dossier, table, "--pages", str(pages))
    octets = [page.stat().st_size for page in pages.glob("*.html")]
    assert len(octets) == PAGES
    print(f"{PAGES} pages individuelles : {duree - nue:.1f} s de plus, {sum(octets) / PAGES / 1000:.0f} ko chacune")
    for personnes in GROUPES:
        table = fabriquer_csv(dossier / "t.csv", livre, personnes)
        nue = chronometrer(dossier, table)
        for nominatif in ((), ("--nominatif",)):
            page = dossier / f"groupe-{personnes}{len(nominatif)}.html"
            duree = chronometrer(dossier, table, "--page", str(page), *nominatif) - nue
            mots = f"{duree:.1f} s de plus, {page.stat().st_size / 1000:.0f} ko"
            print(f"groupe de {personnes}{', nominatif' if nominatif else ''} : {mots}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporaire:
        mesurer(Path(temporaire), lire_livre())
