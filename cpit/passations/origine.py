"""Avec quel référentiel des réponses ont été données, d’après ce que leurs fichiers portent.

Une passation, un formulaire, un export disent leur référentiel et en joignent le texte ; une table le montre parfois
par ses mots. Ce qui ne se comprend pas ne dit rien ici : c’est à sa lecture de dire pourquoi.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from cpit.chargement import (
    REFERENTIEL_OCTETS_MAX,
    charger,
    nommer_un_livre,
    referentiel_joint,
    referentiel_livre,
)
from cpit.coeur.export import REPONSES_LARGE
from cpit.coeur.passation import IdentiteReferentiel, accorder_les_versions, ordre_de_version
from cpit.coeur.referentiel import DE_LA_VERSION, Referentiel
from cpit.emplacements import PAR_DEFAUT, referentiels_livres, trouver_referentiel
from cpit.erreurs import ACopier, Anomalie, ErreurCpit, Lieu, anomalie
from cpit.formats.appartenance import (
    CLASSEUR,
    DEBUT_DE_PASSATION,
    REFERENTIEL_JOINT,
    est_un_classeur,
    est_une_passation,
    lire_manifeste,
)
from cpit.formats.passation_json import identite_d_une_passation
from cpit.ouverture import chemin_reel, commande_a_taper, lire_debut, lire_fichier
from cpit.passations.relecture import referentiel_de
from cpit.passations.sauvegarde import relire_fichier
from cpit.typographie import pluriel

TABLES_D_EXPORT = (f"{REPONSES_LARGE}.csv", CLASSEUR)
"""Les fichiers d’un export d’où ses réponses se relisent, dans l’ordre de préférence."""


# --- un export ------------------------------------------------------------------------------------------------------


def manifeste_de(chemin: Path) -> Mapping[str, Any] | None:
    """Le manifeste de l’export dont ce fichier est la table de réponses ; rien s’il n’en est pas une.

    Copiée ailleurs, c’est une table comme une autre.
    """
    return lire_manifeste(chemin_reel(chemin).parent) if chemin.name in TABLES_D_EXPORT else None


def _identite_d_un_export(chemin: Path) -> IdentiteReferentiel | None:
    """Le référentiel avec lequel a été fait l’export dont ce fichier est la table ; rien s’il n’en est pas une."""
    ecrit = (manifeste_de(chemin) or {}).get("referentiel")
    if not isinstance(ecrit, dict):
        return None
    return IdentiteReferentiel(*(str(ecrit.get(cle)) for cle in ("identifiant", "version", "empreinte")))


def _referentiel_d_un_export(chemin: Path, empreinte: str) -> Referentiel | None:
    """Le référentiel joint à un export, s’il y est encore, tel quel."""
    voisin = chemin_reel(chemin).parent / REFERENTIEL_JOINT
    try:
        return referentiel_joint(lire_fichier(voisin, REFERENTIEL_OCTETS_MAX).decode(), empreinte, str(voisin))
    except (ErreurCpit, UnicodeDecodeError):
        return None


# --- une source, quelle qu’elle soit --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Origine:
    """Le référentiel que dit une source, et à quoi on l’a reconnu si elle ne le porte pas."""

    identite: IdentiteReferentiel
    pourquoi: str = ""


def _origine_de(chemin: Path, versions: Sequence[Referentiel]) -> _Origine | None:
    from cpit.lecture.formulaire_xlsx import identite_d_un_formulaire

    try:
        dite: IdentiteReferentiel | None
        if est_une_passation(lire_debut(chemin, DEBUT_DE_PASSATION)):
            dite = identite_d_une_passation(chemin) or relire_fichier(chemin)[0].referentiel
        else:
            dite = _identite_d_un_export(chemin) or identite_d_un_formulaire(chemin)
    except (ErreurCpit, OSError):
        return None
    return _Origine(dite) if dite else _origine_d_une_table(chemin, versions)


def _origine_d_une_table(chemin: Path, versions: Sequence[Referentiel]) -> _Origine | None:
    """La version livrée dont une table porte les mots ; rien s’il n’y en a qu’une, ou si elle ne se comprend pas."""
    if len(versions) < 2:
        return None
    try:
        etat = chemin.stat()
    except OSError:  # le membre d’une archive : rien ne dit s’il a changé
        return _reconnaitre(chemin, None)
    return _reconnaitre_une_fois(chemin, (etat.st_mtime_ns, etat.st_size, *(v.empreinte for v in versions)))


def _reconnaitre(chemin: Path, _etat: object) -> _Origine | None:
    from cpit.lecture.autre_referentiel import reconnaitre_une_version

    try:
        apercus = _apercus(chemin)
        # Dans celui d’un autre séparateur, une ligne entière tient dans une cellule, qui finit comme une désignation.
        larges = [apercu for apercu in apercus if any(len(ligne) > 1 for ligne in apercu)] or apercus
        reconnues = [reconnaitre_une_version(apercu, _versions_livrees()) for apercu in larges]
    except (ErreurCpit, OSError, MemoryError, RecursionError):
        return None
    return next((_Origine(IdentiteReferentiel.depuis(une[0]), une[1]) for une in reconnues if une), None)


_reconnaitre_une_fois = lru_cache(maxsize=256)(_reconnaitre)
"""Le choix d’un référentiel, puis la lecture, le demandent d’une même table : tant qu’elle ne change pas."""


def _apercus(chemin: Path) -> list[list[tuple[str, ...]]]:
    """Les premières lignes d’une table, par feuille ou par séparateur essayé ; aucun d’un formulaire, d’une passation.

    :raises ErreurCpit: si elle est illisible ; :raises OSError: si elle ne s’ouvre pas.
    """
    from cpit.lecture.formulaire_xlsx import est_un_formulaire
    from cpit.lecture.table_csv import apercevoir_csv
    from cpit.lecture.table_xlsx import apercevoir_classeur
    from cpit.tableur.lecture_balises import est_une_page

    debut = lire_debut(chemin, DEBUT_DE_PASSATION)
    if est_une_passation(debut) or (est_un_classeur(debut) and est_un_formulaire(chemin)):
        return []
    if est_un_classeur(debut) or est_une_page(debut):
        apercus = [lignes for _, lignes in apercevoir_classeur(chemin, *_versions_livrees())]
    else:
        apercus = apercevoir_csv(chemin, en_entier=False)
    return [[vue.cellules for vue in apercu] for apercu in apercus]


def origine_d_une_autre_table(
    chemin: Path, referentiel: Referentiel
) -> tuple[IdentiteReferentiel, Referentiel | None] | None:
    """Le référentiel avec lequel on a répondu dans une table, si l’on sait que ce n’est pas celui que l’on emploie.

    Son texte manque si l’export ne le joint plus, tel quel. Une passation et un formulaire disent eux-mêmes le leur.
    """
    versions = _versions_livrees()
    origine = None
    if (dite := _identite_d_un_export(chemin)) is not None:
        origine = _Origine(dite)
    elif any(version.empreinte == referentiel.empreinte for version in versions):
        origine = _origine_d_une_table(chemin, versions)
    if origine is None or origine.identite.empreinte == referentiel.empreinte:
        return None
    return origine.identite, _charger_d_une_source(origine.identite, chemin)


def _versions_livrees() -> list[Referentiel]:
    """Les versions livrées du référentiel par défaut, l’actuelle d’abord."""
    livres = referentiels_livres().items()
    return [charger(chemin) for nom, chemin in livres if nom.partition(DE_LA_VERSION)[0] == PAR_DEFAUT]


def _charger_d_une_source(identite: IdentiteReferentiel, chemin: Path) -> Referentiel | None:
    """Le référentiel de cette identité : livré, sinon celui dont la source porte le texte."""
    from cpit.lecture.formulaire_xlsx import referentiel_d_un_formulaire

    if livre := referentiel_livre(identite.empreinte):
        return livre[1]
    try:
        if manifeste_de(chemin) is not None:
            return _referentiel_d_un_export(chemin, identite.empreinte)
        if est_une_passation(lire_debut(chemin, DEBUT_DE_PASSATION)):
            return referentiel_de(relire_fichier(chemin)[0], str(chemin))
        return referentiel_d_un_formulaire(chemin)
    except (ErreurCpit, OSError):
        return None


# --- toutes les sources d’une commande ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChoixDeReferentiel:
    """Le référentiel avec lequel lire, le fichier d’où il vient s’il en a un, et ce qu’il faut dire de ce choix.

    ``trouvees`` : les sources d’après lesquelles on l’a choisi, et ce qu’il y a à en dire. ``muettes`` : celles qui ne
    disent rien de leur référentiel : les lire avec celui-ci se suppose.
    """

    referentiel: Referentiel
    lus: tuple[Path, ...] = ()
    constats: tuple[Anomalie, ...] = ()
    trouvees: tuple[list[Path], list[Anomalie]] | None = None
    muettes: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class _Portee:
    """Un référentiel que portent des sources : lequel, par combien, à quoi on l’a reconnu."""

    referentiel: Referentiel
    nombre: int
    pourquoi: str

    @property
    def rang(self) -> tuple[object, ...]:
        """De quoi préférer la version la plus récente, puis la plus nombreuse."""
        return ordre_de_version(self.referentiel.version), self.nombre


def choisir_d_apres(chemins: Sequence[Path], nommees: Sequence[str]) -> ChoixDeReferentiel:
    """Le référentiel avec lequel lire des sources, quand on n’en nomme aucun : celui qu’elles portent, sinon l’actuel.

    De plusieurs versions, c’est la plus récente ; les autres se lisent avec elle, ou à part. De référentiels
    différents, celui par défaut.

    :param nommees: les sources telles qu’on les a données, pour les commandes à recopier.
    """
    actuel = charger(trouver_referentiel(None))
    versions = _versions_livrees()
    origines = {chemin: _origine_de(chemin, versions) for chemin in chemins}
    portees = list(_portees(origines))
    muettes = tuple(chemin for chemin, origine in origines.items() if origine is None)
    candidates = [p for p in portees if p.referentiel.identifiant == actuel.identifiant]
    if not candidates and len({p.referentiel.identifiant for p in portees}) == 1:
        candidates = portees
    if not candidates:
        return ChoixDeReferentiel(actuel, (trouver_referentiel(None),), muettes=muettes)
    choisie = max(candidates, key=lambda portee: portee.rang)
    lus = (trouver_referentiel(None),) if choisie.referentiel == actuel else ()
    dits = [*_dire_la_version(choisie, actuel), *_dire_les_autres(choisie, portees, nommees)]
    return ChoixDeReferentiel(choisie.referentiel, lus, tuple(dits), muettes=muettes)


def _portees(origines: Mapping[Path, _Origine | None]) -> Iterator[_Portee]:
    """Les référentiels que portent des sources ; celui dont le texte ne se retrouve pas n’en est pas."""
    comptes, premiers = Counter[IdentiteReferentiel](), dict[IdentiteReferentiel, tuple[Path, str]]()
    for chemin, origine in origines.items():
        if origine is not None:
            comptes[origine.identite] += 1
            premiers.setdefault(origine.identite, (chemin, origine.pourquoi))
    for identite, nombre in comptes.items():
        chemin, pourquoi = premiers[identite]
        if (referentiel := _charger_d_une_source(identite, chemin)) is not None:
            yield _Portee(referentiel, nombre, f" ({chemin.name} : {pourquoi})" if pourquoi else "")


def _dire_la_version(choisie: _Portee, actuel: Referentiel) -> Iterator[Anomalie]:
    """Dit une fois que tout se lit avec une autre version que l’actuelle, ou un autre référentiel."""
    if choisie.referentiel.empreinte != actuel.empreinte:
        identite = IdentiteReferentiel.depuis(choisie.referentiel)
        meme = identite.identifiant == actuel.identifiant
        yield anomalie(
            "referentiel-porte",
            Lieu(),
            combien=pluriel(choisie.nombre, "source"),
            trouve=f"{identite.identifiant} {identite.version}",
            pourquoi=choisie.pourquoi,
            lui="cette version" if meme else "ce référentiel",
            defaut="l’actuelle" if meme else "celui par défaut",
            actuel=f"{actuel.identifiant} {actuel.version}",
            nommer=ACopier(nommer_un_livre(identite) or "et son fichier .yaml"),
        )


def _dire_les_autres(choisie: _Portee, portees: Iterable[_Portee], nommees: Sequence[str]) -> Iterator[Anomalie]:
    """Dit, une fois par version ou référentiel, ceux qui ne se lisent pas avec celui choisi, et comment les lire."""
    for autre in portees:
        if autre is choisie or accorder_les_versions(autre.referentiel, choisie.referentiel) is not None:
            continue
        meme = autre.referentiel.identifiant == choisie.referentiel.identifiant
        yield anomalie(
            "version-a-part" if meme else "referentiel-a-part",
            Lieu(),
            combien=pluriel(autre.nombre, "source"),
            trouve=f"{autre.referentiel.identifiant} {autre.referentiel.version}",
            attendu=f"{choisie.referentiel.identifiant} {choisie.referentiel.version}",
            commande=ACopier(_commande(autre.referentiel, nommees, meme=meme)),
            autre=ACopier(_commande(choisie.referentiel, nommees, meme=meme)),
        )


def _commande(referentiel: Referentiel, nommees: Sequence[str], *, meme: bool) -> str:
    """La commande qui note les sources de cette seule version, dans un classeur à elle.

    :param meme: vrai si sa version suffit à la distinguer de l’autre.
    """
    nom = nommer_un_livre(IdentiteReferentiel.depuis(referentiel))
    choix = nom or f"{referentiel.identifiant}-{referentiel.version}.yaml"
    a_elle = referentiel.version if meme else f"{referentiel.identifiant}-{referentiel.version}"
    return commande_a_taper("cohorte", *nommees, referentiel=choix, sortie=f"cohorte-{a_elle}.xlsx")
