"""La porte : par où passe toute sortie de cpit, écrite en entier ou pas du tout, sans rien détruire.

Ne se remplace que ce que cpit a écrit et que personne n’a retouché (``cpit.formats.appartenance``) ; le reste, sur
demande seulement (``--remplacer``) ; une source de la commande ou les réponses de quelqu’un, jamais. La place se
vérifie avant tout travail, puis à l’instant d’écrire.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from cpit.erreurs import Anomalie, ErreurCpit, Lieu, MauvaisEmploi, anomalie, raison_systeme, refus
from cpit.formats.durable import (
    a_la_place_de,
    affermir,
    balayer,
    chantier,
    creer,
    creer_dossier,
    echanger,
    emmenager,
    exiger_ordinaire,
)
from cpit.formats.registre import FORMATS, format_de
from cpit.ouverture import FichierTropGros, archive_de, chemin_reel, lire_octets

_CITES = 5
"""Fichiers nommés au plus dans un refus."""

Fichier = tuple[int, int]
"""Un fichier, quel que soit le chemin qui y mène : son disque et son numéro."""


@dataclass(frozen=True, slots=True)
class Permis:
    """Ce qu’une commande peut remplacer ; ``sources`` : ce qu’elle lit, et ne remplacera jamais.

    ``balaye`` : vrai si elle a déjà ôté les restes du dossier où elle écrit un fichier après l’autre.
    """

    sources: frozenset[Fichier] = frozenset()
    remplacer: bool = False
    balaye: bool = False


SANS_PERMIS = Permis()
"""Seulement ce que cpit a écrit."""


def delivrer(sources: Iterable[Path], *, remplacer: bool = False) -> Permis:
    """Le permis d’une commande qui lit ces sources."""
    trouves = (fichier_de(source) for source in sources)
    return Permis(frozenset(fichier for fichier in trouves if fichier is not None), remplacer)


def fichier_de(chemin: Path) -> Fichier | None:
    """Le fichier auquel mène un chemin, à travers liens et graphies (son archive, pour ce qui en vient) ; rien s’il
    n’existe pas.
    """
    try:
        etat = (archive_de(chemin) or chemin).stat()
    except (OSError, ValueError):
        return None
    return etat.st_dev, etat.st_ino


# --- vérifier -------------------------------------------------------------------------------------------------------


def verifier_places(chemins: Iterable[Path], permis: Permis = SANS_PERMIS, *, dossier_a_creer: bool = False) -> None:
    """Refuse, avant tout travail, d’écrire dans un dossier absent, ou à la place d’un fichier à ne pas remplacer.

    :param dossier_a_creer: vrai si le dossier de ces fichiers se crée avec eux.
    :raises MauvaisEmploi: si l’une des places est une source de la commande.
    :raises ErreurCpit: si elle est prise, ou dans un dossier absent ; toutes les fautes d’un coup.
    """
    trouvees = (_faute_de_place(chemin, permis, dossier_a_creer=dossier_a_creer) for chemin in chemins)
    fautes = [faute for faute in trouvees if faute is not None]
    if any(faute.code == "sortie-parmi-les-sources" for faute in fautes):
        raise MauvaisEmploi(fautes)
    if fautes:
        raise ErreurCpit(fautes)


def fautes_de_sorties_confondues(sorties: Iterable[Path]) -> Iterator[Anomalie]:
    """Une place donnée pour deux sorties, à travers liens et graphies : la seconde effacerait la première."""
    places: set[Path] = set()
    for sortie in sorties:
        place = chemin_reel(sortie)
        if place in places:
            yield anomalie("sorties-confondues", str(sortie), nom=sortie)
        places.add(place)


def _faute_de_place(chemin: Path, permis: Permis, *, dossier_a_creer: bool) -> Anomalie | None:
    """Ce qui empêche d’écrire là, ou rien ; un dossier se refuse à l’écriture, avec les mots du système."""
    if permis.sources and fichier_de(chemin) in permis.sources:
        return anomalie("sortie-parmi-les-sources", str(chemin), nom=chemin)
    if chemin.is_dir():
        return None
    try:
        if not dossier_a_creer:
            chemin.parent.stat()
        exiger_ordinaire(chemin)
    except OSError as erreur:
        return anomalie("ecriture-impossible", str(chemin), nom=chemin, raison=raison_systeme(erreur))
    return _faute_de_fichier(chemin, permis)


def _faute_de_fichier(chemin: Path, permis: Permis) -> Anomalie | None:
    """Ce qui empêche de remplacer un fichier ordinaire, ou d’écrire là où il n’y a rien."""
    from cpit.formats.appartenance import Proprietaire, proprietaire_de  # montrer un résultat n’en demande rien

    try:
        a_qui = proprietaire_de(chemin)
    except OSError as erreur:
        return anomalie("fichier-illisible", str(chemin), raison=raison_systeme(erreur))
    if a_qui is Proprietaire.REPONSES:
        return anomalie("reponses-a-garder", str(chemin), nom=chemin)
    if permis.remplacer or a_qui in (Proprietaire.PERSONNE, Proprietaire.CPIT):
        return None
    format_ = format_de(chemin)
    pris = "sortie-retouchee" if a_qui is Proprietaire.RETOUCHE or format_ is None else format_.pris
    return anomalie(pris, str(chemin), nom=chemin)


# --- écrire un fichier ----------------------------------------------------------------------------------------------


def sceller(octets: bytes, suffixe: str) -> bytes:
    """Le même contenu avec sa somme, pour les formats qui la portent."""
    somme = FORMATS[suffixe].somme
    return octets if somme is None else somme.inscrire(octets)


def poser(chemin: Path, octets: bytes, permis: Permis = SANS_PERMIS) -> None:
    """Écrit un fichier en entier ou pas du tout, lisible par son seul propriétaire (0600).

    Remplacer un fichier par le même, octet pour octet, ne détruit rien : c’est toujours permis.

    :raises OSError: si l’emplacement ne s’écrit pas ; un fichier déjà là reste intact.
    :raises ErreurCpit: si la place est prise.
    """

    def verifier() -> None:
        if not est_deja_la(chemin, octets):
            verifier_places([chemin], permis)

    verifier()
    if not permis.balaye:
        balayer(chemin.parent)
    with a_la_place_de(chemin, verifier) as flux:
        flux.write(octets)


def est_deja_la(chemin: Path, octets: bytes) -> bool:
    """Vrai si un fichier contient exactement ces octets."""
    return chemin.is_file() and _contient(chemin, octets)


def _contient(chemin: Path, octets: bytes) -> bool:
    try:
        return lire_octets(chemin, len(octets)) == octets
    except FichierTropGros:
        return False


@contextmanager
def ecriture_durable(chemin: Path, permis: Permis = SANS_PERMIS) -> Iterator[IO[bytes]]:
    """Un flux dont le contenu prend la place de ``chemin`` à la sortie, en entier ou pas du tout (0600).

    :raises OSError: si l’emplacement ne s’écrit pas ; un fichier déjà là reste intact.
    :raises ErreurCpit: si la place est prise, avant d’écrire ou à l’instant de remplacer.
    """
    verifier_places([chemin], permis)
    if not permis.balaye:
        balayer(chemin.parent)
    with a_la_place_de(chemin, lambda: verifier_places([chemin], permis)) as flux:
        yield flux


def ouvrir_un_dossier(place: Path, permis: Permis) -> Permis:
    """Crée un dossier s’il le faut (0700), en ôte les restes, et rend le permis d’y écrire un fichier après l’autre.

    :raises OSError: s’il ne se crée pas.
    """
    creer_dossier(place)
    balayer(place)
    return replace(permis, balaye=True)


def poser_a_cote(chemin: Path, octets: bytes) -> None:
    """Écrit un fichier neuf (0600) ; un nom déjà pris reçoit un numéro, et son dossier est créé s’il le faut (0700)."""
    creer_dossier(chemin.parent)
    libre, rang = chemin, 2
    while os.path.lexists(libre):
        libre, rang = chemin.with_name(f"{chemin.stem}-{rang}{chemin.suffix}"), rang + 1
    creer(libre, octets)


# --- écrire un dossier ----------------------------------------------------------------------------------------------


@contextmanager
def flux_d_atelier(chemin: Path) -> Iterator[IO[bytes]]:
    """Un fichier neuf dans un dossier de travail que la porte a prêté."""
    with chemin.open("xb") as flux:
        yield flux


def corriger_a_l_atelier(chemin: Path, place: int, octets: bytes) -> None:
    """Récrit quelques octets d’un fichier encore dans son dossier de travail."""
    with chemin.open("r+b") as flux:
        flux.seek(place)
        flux.write(octets)


@contextmanager
def dossier_neuf(cible: Path) -> Iterator[Path]:
    """Un dossier de travail qui prend à la sortie la place d’un dossier absent ou vide, tout entier ou pas du tout.

    :raises OSError: si l’emplacement ne s’écrit pas, ou n’est plus vide.
    """
    creer_dossier(cible.parent)
    balayer(cible.parent)
    with chantier(cible) as travail:
        yield travail
        affermir(travail)
        emmenager(travail, cible)


def examiner_l_export(cible: Path, permis: Permis = SANS_PERMIS) -> dict[str, Any] | None:
    """Le manifeste de l’export que ce dossier contient déjà ; rien s’il est neuf ou vide.

    :raises ErreurCpit: s’il contient autre chose, si l’export a été retouché, ou si c’est le dossier courant.
    :raises OSError: si son manifeste est là et ne se lit pas.
    """
    if not os.path.lexists(cible):
        return None
    if Path.cwd().is_relative_to(cible):
        raise refus("export-dossier-courant", str(cible), nom=cible)
    if not cible.is_dir():
        raise refus("export-dossier-etranger", str(cible), nom=cible)
    if next(cible.iterdir(), None) is None:
        return None
    from cpit.formats.appartenance import lire_le_manifeste

    precedent = lire_le_manifeste(cible)
    if precedent is None:
        raise refus("export-dossier-etranger", str(cible), nom=cible)
    if noms := _a_ne_pas_perdre(cible, precedent, permis):
        cites = ", ".join(noms[:_CITES]) + ("…" if len(noms) > _CITES else "")
        raise refus("export-retouche", str(cible), nom=cible, fichiers=cites)
    return dict(precedent)


def _a_ne_pas_perdre(cible: Path, manifeste: Mapping[str, Any], permis: Permis) -> list[str]:
    """Ce qui a changé ; sur demande, un fichier de l’export se refait, ni un ajout ni des réponses."""
    from cpit.formats.appartenance import changements, porte_des_reponses

    changes = changements(cible, manifeste)
    if not permis.remplacer:
        return changes
    return [
        nom
        for nom in changes
        if nom not in manifeste["fichiers"]
        or not (cible / nom).is_file()
        or fichier_de(cible / nom) in permis.sources
        or porte_des_reponses(cible / nom)
    ]


@contextmanager
def remplacer_l_export(cible: Path, permis: Permis = SANS_PERMIS) -> Iterator[Path]:
    """Un dossier de travail à côté de la cible, qui en prend la place à la sortie, en entier ou pas du tout (0700).

    Un arrêt forcé laisse l’ancien ou le neuf, entier ; ``echanger`` dit où cela tient, et où il faut la commande
    suivante pour que l’ancien revienne.

    :raises OSError: si l’emplacement ne s’écrit pas ; ce qui y était reste intact.
    :raises ErreurCpit: si ce qui y était a changé pendant l’écriture.
    """
    creer_dossier(cible.parent)
    balayer(cible.parent)
    with chantier(cible) as travail:
        yield travail
        affermir(travail)
        # L’écriture a pu durer : rien de ce qu’on a posé dans le dossier entre-temps ne doit disparaître.
        if examiner_l_export(cible, permis) is None:
            emmenager(travail, cible)
        else:
            echanger(travail, cible, lambda ancien: _revoir(ancien, cible, permis))


def _revoir(ancien: Path, cible: Path, permis: Permis) -> None:
    """Examine une dernière fois l’ancien export, une fois hors de sa place, où plus rien ne s’y ajoute.

    :raises ErreurCpit: comme ``examiner_l_export``, au nom de sa place.
    """
    try:
        examiner_l_export(ancien, permis)
    except ErreurCpit as erreur:
        mots = [Anomalie(a.code, Lieu(str(cible)), {**a.mots, "nom": cible}) for a in erreur.anomalies]
        raise ErreurCpit(mots) from None
