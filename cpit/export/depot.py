"""Écrire le manifeste d’un export : ce que cpit a écrit, au bit près, et de quoi reconnaître le dossier plus tard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cpit.export.lisezmoi import Fiche
from cpit.formats.appartenance import MANIFESTE, empreinte_de
from cpit.formats.porte import flux_d_atelier
from cpit.sceaux import FORMAT_EXPORT, __version__


def ecrire_manifeste(dossier: Path, fiche: Fiche) -> None:
    """Écrit le manifeste de tous les fichiers d’un dossier d’export ; il ne se compte pas lui-même.

    :raises OSError: si le dossier ne se lit ou ne s’écrit pas.
    """
    jeu = fiche.jeu
    document = {
        "format": FORMAT_EXPORT,
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
        "fichiers": {chemin.name: empreinte_de(chemin) for chemin in sorted(dossier.iterdir())},
    }
    texte = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    with flux_d_atelier(dossier / MANIFESTE) as flux:
        flux.write(texte.encode("utf-8"))


def _population(fiche: Fiche) -> dict[str, Any]:
    """Qui est dans le jeu ; pour des agrégats, seulement ce qui peut s’en dire, et aucune clé."""
    if fiche.agregats is not None:
        return {"effectif_minimal": fiche.agregats.minimum, "passations": fiche.agregats.passations}
    jeu = fiche.jeu
    return {
        "avec_traces": jeu.avec_traces,
        **({"k": jeu.recode.k, "codes_de_k": list(jeu.recode.codes)} if jeu.recode is not None else {}),
        "personnes": jeu.personnes,
        "passations": len(jeu.inscrites),
        "cle": fiche.cle,
    }
