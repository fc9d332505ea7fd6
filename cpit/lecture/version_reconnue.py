"""Reconnaître, aux mots d’une table, avec quelle version d’un référentiel on y a répondu.

Une table ne dit presque jamais sa version. Ses en-têtes la montrent quand ils sont des énoncés, ses réponses quand ce
sont des libellés de niveaux ; des codes et des nombres ne montrent rien.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from cpit.coeur.referentiel import Referentiel
from cpit.emplacements import DE_LA_VERSION
from cpit.erreurs import Lieu
from cpit.lecture.dechiffrement import Dechiffreur, lire_nombre, replier_libelle
from cpit.lecture.entetes import NOMS_DU_REFERENTIEL, Designation, Nomenclature, Role

_DE_VERSION = frozenset({replier_libelle("FormVersion"), *NOMS_DU_REFERENTIEL})
"""Les colonnes qui disent une version : celle d’un XLSForm pour ODK Central, celles que l’on ajoute soi-même."""
_MONTRES = frozenset({"cellule-libelle-coupe", "cellule-plusieurs-reponses", "numero-et-libelle"})
"""Les refus d’une réponse où le libellé d’un niveau se reconnaît."""
_CELLULES_MAX = 3_000
_ENONCE_MIN, _LIBELLE_MAX = 15, 300
"""Signes : plus court, ce n’est pas un énoncé ; plus long, ce n’est pas un libellé de niveau."""


def reconnaitre_une_version(
    rangees: Iterable[Sequence[str]], versions: Sequence[Referentiel]
) -> tuple[Referentiel, str] | None:
    """La version dont une table porte les mots, et à quoi elle se reconnaît ; rien si aucune ne l’emporte.

    :param rangees: les premières lignes de la table, en-tête compris.
    """
    lignes = list(rangees)
    if not lignes:
        return None
    cellules = list(dict.fromkeys(cellule for ligne in lignes for cellule in ligne if cellule.strip()))[:_CELLULES_MAX]
    dites = _versions_dites(lignes)
    for version in versions:
        ecrites = {
            version.version,
            *(f"{version.identifiant}{signe}{version.version}" for signe in (DE_LA_VERSION, " ")),
        }
        # Un autre référentiel a pu porter le même numéro.
        if dites and dites <= ecrites and _compter_les_enonces(cellules, version, signes=0):
            return version, "une colonne le dit"
    indices: tuple[tuple[Callable[[Sequence[str], Referentiel], int], str], ...] = (
        (_compter_les_enonces, "ses en-têtes sont les énoncés de cette version"),
        (_compter_les_libelles, "ses réponses sont les libellés de cette version"),
    )
    for compter, pourquoi in indices:
        comptes = [compter(cellules, version) for version in versions]
        if comptes.count(max(comptes)) == 1:
            return versions[comptes.index(max(comptes))], pourquoi
    return None


def _versions_dites(lignes: Sequence[Sequence[str]]) -> set[str]:
    """Les versions que dit une colonne, sous son en-tête ; aucune si elle n’y est pas."""
    for haut, ligne in enumerate(lignes):
        rangs = [rang for rang, cellule in enumerate(ligne) if replier_libelle(cellule) in _DE_VERSION]
        if rangs:
            dites = (suite[rangs[0]].strip() for suite in lignes[haut + 1 :] if rangs[0] < len(suite))
            return set(filter(None, dites))
    return set()


def _compter_les_enonces(cellules: Sequence[str], version: Referentiel, signes: int = _ENONCE_MIN) -> int:
    """Combien d’items sont désignés dans ces cellules, autrement que par leur code seul.

    :param signes: ceux d’une cellule, au moins ; à zéro, les codes comptent aussi.
    """
    nomenclature = Nomenclature(version)
    designes = (nomenclature.designer(cellule) for cellule in cellules if len(cellule) >= signes)
    return len({d.cible.code for d in designes if isinstance(d, Designation) and d.cible.role is Role.ITEM})


def _compter_les_libelles(cellules: Sequence[str], version: Referentiel) -> int:
    """Combien de ces cellules sont le libellé d’un niveau, ou en montrent un que la lecture refusera par son nom."""
    dechiffreur = Dechiffreur.pour(version)
    mots = (c for c in cellules if len(c) <= _LIBELLE_MAX and lire_nombre(c) is None)
    lues = (dechiffreur.lire(mot, Lieu(), "") for mot in mots)
    return sum(reponse.valeur is not None or (faute is not None and faute.code in _MONTRES) for reponse, faute in lues)
