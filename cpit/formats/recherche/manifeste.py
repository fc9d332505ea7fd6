"""Le manifeste d’un export : ce que cpit a écrit, au bit près, et de quoi reconnaître le dossier plus tard."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cpit import __version__
from cpit.formats.recherche.fiche import Fiche

NOM = "manifeste.json"
GENRE = "cpit-export"
TAILLE_MAX = 1_000_000


def ecrire(dossier: Path, fiche: Fiche) -> None:
    """Écrit le manifeste de tous les fichiers d’un dossier d’export ; il ne se compte pas lui-même.

    :raises OSError: si le dossier ne se lit ou ne s’écrit pas.
    """
    jeu = fiche.jeu
    document = {
        "format": GENRE,
        "version_format": 1,
        "cpit": __version__,
        "ecrivains": dict(sorted((fiche.versions or {}).items())),
        "referentiel": {
            "identifiant": jeu.referentiel.identifiant,
            "version": jeu.referentiel.version,
            "empreinte": jeu.referentiel.empreinte,
        },
        "dialecte": fiche.dialecte,
        "formats": list(fiche.formats),
        **_population(fiche),
        "fichiers": {chemin.name: _sceller(chemin) for chemin in sorted(dossier.iterdir())},
    }
    texte = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    (dossier / NOM).write_text(texte, encoding="utf-8", newline="\n")


def _population(fiche: Fiche) -> dict[str, Any]:
    """Qui est dans le jeu ; pour des agrégats, seulement ce qui peut s’en dire, et aucune clé."""
    if fiche.agregats is not None:
        return {"effectif_minimal": fiche.agregats.minimum, "passations": fiche.agregats.passations}
    jeu = fiche.jeu
    return {
        "avec_traces": jeu.avec_traces,
        "personnes": jeu.personnes,
        "passations": len(jeu.inscrites),
        "cle": fiche.cle,
    }


def lire(dossier: Path) -> Mapping[str, Any] | None:
    """Le manifeste d’un dossier d’export ; rien si ce n’en est pas un."""
    try:
        with (dossier / NOM).open("rb") as flux:
            document = json.loads(flux.read(TAILLE_MAX))
    except (OSError, ValueError, RecursionError):
        return None
    fichiers = document.get("fichiers") if isinstance(document, dict) else None
    return document if isinstance(fichiers, dict) and document.get("format") == GENRE else None


def changements(dossier: Path, manifeste: Mapping[str, Any]) -> list[str]:
    """Noms de ce qui a été ajouté ou modifié dans un export depuis son écriture ; un fichier ôté n’est rien à perdre.

    :raises OSError: si le dossier ne se lit pas.
    """
    attendus = manifeste["fichiers"]
    return [
        chemin.name
        for chemin in sorted(dossier.iterdir())
        if chemin.name != NOM and (not _ordinaire(chemin) or attendus.get(chemin.name) != _sceller(chemin))
    ]


def _ordinaire(chemin: Path) -> bool:
    return chemin.is_file() and not chemin.is_symlink()


def _sceller(chemin: Path) -> dict[str, Any]:
    """Taille en octets et SHA-256 d’un fichier."""
    with chemin.open("rb") as flux:
        return {"octets": chemin.stat().st_size, "sha256": hashlib.file_digest(flux, "sha256").hexdigest()}
