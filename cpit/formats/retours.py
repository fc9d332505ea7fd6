"""Un formulaire de cpit revenu sous une forme où ses réponses ne se lisent pas : reconnu, et jamais tu."""

from __future__ import annotations

import re
from pathlib import Path

from cpit.erreurs import Anomalie, anomalie
from cpit.formats.registre import FORMATS, suffixes_lus
from cpit.ouverture import lire_debut
from cpit.typographie import enumerer

_LU = 10_000_000
_PAGE = re.compile(rb"""content=(?:3D)?["']cpit [0-9].{0,400000}?id=(?:3D)?["']questionnaire["']""", re.DOTALL)
_FIN_DE_LIGNE_COUPEE = re.compile(rb"=\r?\n")
"""Dans une page enregistrée en un seul fichier (.mhtml), une longue ligne se coupe ainsi."""
_AUTRES_TABLEURS = frozenset({".numbers", ".gsheet", ".fods", ".sxc", ".et", ".wks", ".dif", ".slk"})
_NOM = re.compile(r"formulaire-.*\b(?:soi|tiers)\b.*", re.IGNORECASE)
"""Le nom que « cpit formulaire » donne : celui d’une impression le garde."""


def faute_de_retour(chemin: Path) -> Anomalie | None:
    """Le refus d’un fichier d’où rien ne se lit, et qui peut être un formulaire rendu ; rien s’il n’en a pas l’air.

    Un PDF que cpit n’a pas écrit en a l’air : rien n’y dit s’il porte des réponses, et un oubli ne se verrait pas.

    :raises OSError: si le fichier ne se lit pas.
    """
    debut = _FIN_DE_LIGNE_COUPEE.sub(b"", lire_debut(chemin, _LU))
    if _PAGE.search(debut):
        return anomalie("page-sans-reponses", str(chemin))
    if chemin.suffix.lower() in _AUTRES_TABLEURS:
        return anomalie("source-inconnue", str(chemin), nom=chemin.name, lus=enumerer(suffixes_lus(), "ou"))
    if _NOM.fullmatch(chemin.stem) or (debut.startswith(b"%PDF-") and not FORMATS[".pdf"].est_de_cpit(chemin)):
        return anomalie("formulaire-en-image", str(chemin), nom=chemin.name)
    return None
