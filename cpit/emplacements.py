"""Où sont les référentiels, les exemples et les guides : chemin donné, sinon paquet installé, sinon racine du dépôt."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from cpit.coeur.referentiel import DE_LA_VERSION
from cpit.erreurs import ErreurCpit, MauvaisEmploi, refus
from cpit.ouverture import existe, faute_de_chemin, lire_texte_livre
from cpit.typographie import proche

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


_VERSION_DITE = re.compile(r"^version: *(?P<version>\S+)$", re.MULTILINE)


def referentiels_livres() -> dict[str, Path]:
    """Chemin de chaque référentiel livré, par le nom qui le désigne ; celui par défaut d’abord.

    « innovation-territoriale » est l’actuel ; « innovation-territoriale@1.0.0 », une de ses versions passées, gardée
    dans le dossier ``versions`` ; elles suivent l’actuel, la plus récente d’abord.
    """
    chemins = {chemin.stem: chemin for chemin in sorted(dossier("referentiels").glob("*.yaml"))}
    actuels = {PAR_DEFAUT: chemins.pop(PAR_DEFAUT), **chemins}
    passees = _versions_passees(actuels)
    return {cle: chemin for nom in actuels for cle, chemin in ((nom, actuels[nom]), *passees.get(nom, ()))}


def noms_livres() -> frozenset[str]:
    """Ce qui désigne chaque référentiel livré ; lu une fois d’un dossier : chaque réponse refusée le demande."""
    return _noms_livres(dossier("referentiels"))


@lru_cache(maxsize=4)
def _noms_livres(_dossier: Path) -> frozenset[str]:
    return frozenset(referentiels_livres())


def _versions_passees(actuels: Mapping[str, Path]) -> dict[str, list[tuple[str, Path]]]:
    """Par référentiel, ses versions passées, la plus récente d’abord : comment chacune se nomme, et son chemin."""
    from cpit.coeur.passation import ordre_de_version

    passees: dict[str, list[tuple[str, Path]]] = {}
    versions = dossier("referentiels").joinpath("versions").glob("*.yaml")
    for chemin in sorted(versions, key=lambda c: ordre_de_version(_version_dite(c)), reverse=True):
        nom, _, version = chemin.stem.rpartition("-")
        # Celle qui n’est pas encore remplacée n’est pas une autre version.
        if nom in actuels and version != _version_dite(actuels[nom]):
            passees.setdefault(nom, []).append((f"{nom}{DE_LA_VERSION}{version}", chemin))
    return passees


def _version_dite(chemin: Path) -> str:
    """La version que dit un référentiel livré, lue sans le charger : elle y est seule sur sa ligne."""
    etat = chemin.stat()
    return _version_lue(chemin, (etat.st_mtime_ns, etat.st_size))


@lru_cache(maxsize=64)
def _version_lue(chemin: Path, _etat: tuple[int, int]) -> str:
    """Une fois tant que le fichier ne change pas : chaque table d’un dossier la demande plusieurs fois."""
    trouve = _VERSION_DITE.search(lire_texte_livre(chemin))
    return trouve["version"] if trouve else ""


def trouver_referentiel(nom: str | None) -> Path:
    """Chemin d’un référentiel : un fichier s’il existe, sinon un référentiel livré de ce nom.

    « nom@version » désigne une version livrée, l’actuelle comprise.

    :raises MauvaisEmploi: si le chemin est vide.
    :raises ErreurCpit: si rien ne porte ce nom ou cette version, avec ce qui est connu et le plus proche.
    """
    livres = referentiels_livres()
    if nom is None:
        return livres[PAR_DEFAUT]
    if (faute := faute_de_chemin(nom)) is not None:
        raise MauvaisEmploi([faute])
    if existe(Path(nom)):
        return Path(nom)
    if nom in livres:
        return livres[nom]
    sans_version, signe, version = nom.partition(DE_LA_VERSION)
    if signe and sans_version in livres:
        if version == _version_dite(livres[sans_version]):
            return livres[sans_version]
        raise _version_inconnue(sans_version, version, livres)
    if Path(nom).suffix.lower() in {".yaml", ".yml"}:
        raise refus("fichier-introuvable", nom, nom=nom)
    raise refus("referentiel-inconnu", nom=nom, connus=", ".join(livres), proche=proche(nom, list(livres)))


def _version_inconnue(nom: str, version: str, livres: Mapping[str, Path]) -> ErreurCpit:
    passees = [cle for cle in livres if cle.startswith(nom + DE_LA_VERSION)]
    connues = [f"{nom}{DE_LA_VERSION}{_version_dite(livres[nom])}", *passees]
    voulue = f"{nom}{DE_LA_VERSION}{version}"
    mots = {"nom": nom, "version": version, "connues": ", ".join(connues), "proche": proche(voulue, connues)}
    return refus("version-inconnue", voulue, **mots)
