"""Dire que des réponses données avec une autre version du référentiel se lisent avec celle-ci, ou qu’elles se lisent
à part, et comment.
"""

from __future__ import annotations

from dataclasses import replace

from cpit.chargement import nommer_un_livre
from cpit.coeur.cohorte import Releve
from cpit.coeur.passation import IdentiteReferentiel
from cpit.coeur.referentiel import Referentiel
from cpit.coeur.versions import AccordDeVersions, porter
from cpit.erreurs import ACopier, Anomalie, ErreurCpit, Lieu, anomalie, refus

VERSIONS_LUES = frozenset({"version-lue", "version-lue-retouchee", "version-lue-en-partie"})
"""Les constats de ce module, dont ``nombre`` s’additionne d’une source à l’autre."""


def porter_un_releve(releve: Releve, actuel: Referentiel, accord: AccordDeVersions) -> Releve:
    """Le relevé d’une autre version, porté sur la version actuelle."""
    gardees = releve.refusees - frozenset(accord.changes)
    return replace(releve, passation=porter(releve.passation, actuel, accord), refusees=gardees)


def dire_une_autre_version(
    fichier: str, ancien: Referentiel, actuel: Referentiel, accord: AccordDeVersions, nombre: int = 1
) -> Anomalie:
    """L’avertissement de passations d’une autre version, lues avec la version actuelle.

    :param nombre: combien de passations cette source en porte.
    """
    code = "version-lue-retouchee" if accord.retouches else "version-lue"
    mots: dict[str, object] = {
        "nombre": nombre,
        "avant": f"{ancien.identifiant} {ancien.version}",
        "apres": actuel.version,
        "pourquoi": "compatible_avec le déclare" if accord.declare else "mêmes codes, même structure, même échelle",
        "retouches": ", ".join(accord.retouches),
    }
    if accord.changes:
        code = "version-lue-en-partie"
        mots |= {"changes": ", ".join(accord.changes), "combien": len(accord.changes)}
    return anomalie(code, Lieu(fichier), **mots)


def refuser_un_autre_referentiel(fichier: str, trouve: IdentiteReferentiel, attendu: Referentiel) -> ErreurCpit:
    """Le refus d’une source dont le référentiel ne se lit pas avec celui que l’on emploie ; il dit comment la lire."""
    voulu = IdentiteReferentiel.depuis(attendu)
    memes = (trouve.identifiant, trouve.version) == (voulu.identifiant, voulu.version)
    return refus(
        "referentiel-etranger",
        fichier,
        trouve=_nommer(trouve, avec_empreinte=memes),
        attendu=_nommer(voulu, avec_empreinte=memes),
        nommer=ACopier(nommer_un_livre(trouve) or "et son fichier .yaml"),
    )


def _nommer(identite: IdentiteReferentiel, *, avec_empreinte: bool) -> str:
    """Un référentiel et sa version ; son empreinte aussi, si rien d’autre ne le distingue."""
    suite = f", empreinte {identite.empreinte[:12]}…" if avec_empreinte else ""
    return f"{identite.identifiant} {identite.version}{suite}"
