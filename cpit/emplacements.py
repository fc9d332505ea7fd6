"""Où sont les référentiels, les exemples et les guides : chemin donné, sinon paquet installé, sinon racine du dépôt."""

from __future__ import annotations

from pathlib import Path

from cpit.erreurs import MauvaisEmploi, refus
from cpit.ouverture import faute_de_chemin

_PAQUET = Path(__file__).resolve().parent
PAR_DEFAUT = "innovation-territoriale"
"""Référentiel pris quand on n’en nomme aucun."""


def dossier(nom: str) -> Path:
    """Dossier de données livré avec cpit (``referentiels``, ``exemples`` ou ``guides``).

    Les guides sont toujours dans le paquet. La roue y emporte aussi les autres ; en mode éditable et dans un dépôt,
    ils sont à la racine.

    :raises FileNotFoundError: si l’installation est incomplète (c’est un défaut d’empaquetage).
    """
    for parent in (_PAQUET, _PAQUET.parent):
        if (parent / nom).is_dir():
            return parent / nom
    raise FileNotFoundError(nom)


def referentiels_livres() -> dict[str, Path]:
    """Chemin de chaque référentiel livré, par nom de fichier sans suffixe ; celui par défaut d’abord."""
    chemins = {chemin.stem: chemin for chemin in sorted(dossier("referentiels").glob("*.yaml"))}
    return {PAR_DEFAUT: chemins.pop(PAR_DEFAUT), **chemins}


def trouver_referentiel(nom: str | None) -> Path:
    """Chemin d’un référentiel : un fichier s’il existe, sinon un référentiel livré de ce nom.

    :raises MauvaisEmploi: si le chemin est vide.
    :raises ErreurCpit: si rien ne porte ce nom, avec le nom le plus proche.
    """
    livres = referentiels_livres()
    if nom is None:
        return livres[PAR_DEFAUT]
    if (faute := faute_de_chemin(nom)) is not None:
        raise MauvaisEmploi([faute])
    if Path(nom).exists():
        return Path(nom)
    if nom in livres:
        return livres[nom]
    if Path(nom).suffix.lower() in {".yaml", ".yml"}:
        raise refus("fichier-introuvable", nom, nom=nom)
    from cpit.coeur.coherence import proche

    raise refus("referentiel-inconnu", nom=nom, connus=", ".join(livres), proche=proche(nom, list(livres)))
