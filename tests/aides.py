"""Ce que plusieurs fichiers de tests partagent."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

import cpit
from cpit.coeur.passation import Passation, Reponse, repondu, sans_objet, sans_reponse
from cpit.coeur.referentiel import Referentiel
from cpit.formats.passation_json import encoder_passation, lire_passation, somme_de_controle  # noqa: F401 (prises ici)

TESTS = Path(__file__).resolve().parent
RACINE = TESTS.parent
LIVRE = RACINE / "referentiels" / "innovation-territoriale.yaml"
LIVRES = {
    chemin.stem if chemin.parent.name != "versions" else "@".join(chemin.stem.rsplit("-", 1)): chemin
    for chemin in (LIVRE, *sorted((RACINE / "referentiels").rglob("*.yaml")))
}
"""Les référentiels livrés, par le nom qui les désigne ; celui par défaut d’abord."""
Programme = Callable[[str], str]
"""Ce que donne la fixture ``programme`` : le chemin d’un programme du dehors, d’après son nom."""


CAMPAGNE = os.environ.get("HYPOTHESIS") == "campagne"
"""``HYPOTHESIS=campagne python -m pytest …`` tire vingt fois plus, au hasard d’un lancement à l’autre."""


def tirages(nombre: int) -> int:
    """Combien de cas au hasard un essai tire ; ``nombre``, à chaque lancement, vaut vingt fois plus en campagne.

    Les tirages d’un lancement suffisent à revoir chaque sorte de cas (le commentaire de l’essai dit lesquelles, quand
    ce n’est pas évident) ; ce que le hasard seul trouverait, c’est la campagne qui le cherche.
    """
    return nombre * 20 if CAMPAGNE else nombre


def tape(chemin: str | Path) -> str:
    """Un chemin tel qu’une commande à recopier le porte : le terminal n’en exécute ni n’en coupe rien."""
    if os.name != "nt":
        return shlex.quote(str(chemin))
    return str(chemin) if re.fullmatch(r"[\w.:/\\-]+", str(chemin)) else f'"{chemin}"'


def exiger_programme(nom: str) -> str:
    """Chemin d’un programme. S’il manque, le test est sauté ; en intégration continue (CI), il échoue."""
    chemin = shutil.which(nom)
    if chemin:
        return chemin
    raison = f"le programme « {nom} » n’est pas installé sur cette machine"
    if os.environ.get("CI"):
        pytest.fail(raison)
    pytest.skip(raison)


@cache
def livre() -> Referentiel:
    """Le référentiel livré."""
    return cpit.referentiel(LIVRE)


PREMIERE = "innovation-territoriale@1.0.0"
"""La première version livrée : celle des tables et des formulaires de ``tests/donnees``, quelle que soit l’actuelle."""


@cache
def premiere() -> Referentiel:
    """La première version du référentiel livré, pour ce qui tient à ses mots."""
    return cpit.referentiel(PREMIERE)


def passation_de(referentiel: Referentiel, signes: str = "", **champs: object) -> Passation:
    """Passation d’une suite de signes : un chiffre, S (sans objet) ou . (sans réponse), dans l’ordre de passation."""
    passation = Passation.nouvelle(referentiel, **champs)
    for item, signe in zip(referentiel.ordre_de_passation(), signes, strict=False):
        passation = passation.avec_reponse(item.code, _reponse(signe))
    return passation


def _reponse(signe: str) -> Reponse:
    return sans_objet() if signe == "S" else sans_reponse() if signe == "." else repondu(int(signe))
