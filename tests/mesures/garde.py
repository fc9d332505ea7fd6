"""Mesurer ce que coûte chaque mauvais classeur, en rapport au plus bête d’entre eux, un fichier vide.

    python tests/mesures/garde.py

Chaque passage est une commande entière, qui doit refuser ; les rapports, en temps de processeur, disent ce que le garde
y ajoute. La lecture des bons formulaires se mesure par tout.py.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fabrique import CPIT, consomme
from test_garde_xlsx import MAUVAIS

TOURS = 5
REFERENCE = "vide"


def refuser(chemin: Path) -> float:
    """Secondes de processeur d’une commande qui refuse ce fichier."""
    debut = consomme()
    commande = [*CPIT, "cohorte", str(chemin), "--sortie", str(chemin.with_name("s.csv"))]
    code = subprocess.run(commande, capture_output=True, check=False).returncode
    assert code == 1, chemin
    return consomme() - debut


def principal() -> None:
    """Fabrique les fichiers, alterne, écrit les médianes et les rapports."""
    durees: dict[str, list[float]] = {nom: [] for nom in MAUVAIS}
    with tempfile.TemporaryDirectory() as dossier:
        chemins = {nom: Path(dossier) / f"{rang}.xlsx" for rang, nom in enumerate(MAUVAIS)}
        for nom, (_, fabriquer) in MAUVAIS.items():
            chemins[nom].write_bytes(fabriquer())
        for _ in range(TOURS):
            for nom, chemin in chemins.items():
                durees[nom].append(refuser(chemin))
    for nom, mesures in durees.items():
        rapport = statistics.median(m / r for m, r in zip(mesures, durees[REFERENCE], strict=True))
        print(f"{nom:32s} {1000 * statistics.median(mesures):7.0f} ms   × {rapport:.2f}")


if __name__ == "__main__":
    principal()
