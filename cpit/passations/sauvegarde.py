"""La passation sur disque, durable : une réponse acquittée n’est jamais perdue, et une seule séance écrit à la fois."""

from __future__ import annotations

import contextlib
import os
import re
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from filelock import SoftFileLock, Timeout

from cpit.coeur.passation import Passation
from cpit.erreurs import ACopier, Anomalie, ErreurCpit, anomalie, refus
from cpit.formats.passation_json import PASSATION_OCTETS_MAX, encoder_passation, lire_passation
from cpit.formats.porte import synchroniser
from cpit.ouverture import lire_debut, lire_octets

# --- Une seule séance à la fois sur un fichier : verrou O_EXCL portant le numéro de processus et l’hôte.


class Confirmer(Protocol):
    """Pose une question fermée ; ``defaut`` est ce que vaut Entrée."""

    def __call__(self, question: str, /, *, defaut: bool = True) -> bool:
        """Rend la réponse."""


def chemin_du_verrou(chemin: Path) -> Path:
    """Fichier de verrou d’une passation, caché dans le même dossier."""
    return chemin.with_name(f".{chemin.name}.verrou")


@contextmanager
def verrouiller(chemin: Path, confirmer: Confirmer | None = None) -> Iterator[Callable[[], bool]]:
    """Tient le verrou d’un fichier le temps d’un bloc, et donne de quoi savoir s’il l’est encore.

    Un verrou laissé par une séance tuée est périmé : on demande avant de le reprendre, si l’on peut demander.
    Sans personne à qui demander, seul un verrou dont le processus a disparu de cette machine est repris.

    :param confirmer: pose une question et rend la réponse ; absent quand l’entrée n’est pas un terminal.
    :raises ErreurCpit: si une autre séance tient le fichier, ou si la personne refuse de reprendre.
    :raises OSError: si le verrou ne peut pas être écrit (dossier en lecture seule, disque plein).
    """
    marque = chemin_du_verrou(chemin)
    verrou = SoftFileLock(str(marque), timeout=0, mode=0o600)
    ancien = _tenant(marque)
    try:
        _prendre(verrou, marque)
    except Timeout:
        _forcer(verrou, chemin, marque, confirmer)
    else:
        if ancien and confirmer and not _reprendre_la_main(ancien, confirmer):
            verrou.release()
            raise _tenu(chemin, marque, ancien) from None
    moi = _tenant(marque)
    try:
        yield lambda: _tenant(marque) in ("", moi)
    finally:
        # Le dossier a pu disparaître (clé retirée) : ce n’est plus à nous d’y effacer quoi que ce soit.
        with contextlib.suppress(OSError):
            verrou.release()


def _prendre(verrou: SoftFileLock, marque: Path) -> None:
    """Prend le verrou ; la bibliothèque efface d’abord un verrou périmé, et certaines versions s’en tiennent là."""
    try:
        verrou.acquire()
    except Timeout:
        if marque.exists():
            raise
        verrou.acquire()


def _reprendre_la_main(ancien: str, confirmer: Confirmer) -> bool:
    """Le tenant a disparu de cette machine et son verrou vient d’être repris : la personne doit le savoir."""
    return confirmer(f"Une séance précédente n'a pas été fermée ({ancien}). Reprendre la main ?")


def _forcer(verrou: SoftFileLock, chemin: Path, marque: Path, confirmer: Confirmer | None) -> None:
    """La bibliothèque croit le tenant vivant (ou sur une autre machine) : seule la personne peut en décider."""
    qui = _tenant(marque)
    question = f"Cette séance semble encore ouverte ailleurs ({qui}). L'écarter quand même ?"
    if confirmer is None or not confirmer(question, defaut=False):
        raise _tenu(chemin, marque, qui)
    marque.unlink(missing_ok=True)
    try:
        verrou.acquire()
    except Timeout:
        raise _tenu(chemin, marque, _tenant(marque)) from None


def _tenu(chemin: Path, marque: Path, qui: str) -> ErreurCpit:
    return refus("verrou-tenu", str(chemin), qui=qui, verrou=marque.name)


def _tenant(marque: Path) -> str:
    """« processus 1234 sur MACHINE », ou rien si le verrou n’existe pas."""
    try:
        lignes = lire_debut(marque, 500).decode("utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    # Dans un conteneur, la bibliothèque ajoute à l’hôte « ?pidns-4026532 », qui ne dit rien à personne.
    pid, hote, *_ = [*lignes, "?", "?"]
    return f"processus {pid} sur {hote.partition('?pidns')[0] or '?'}"


# --- La passation sur disque, durable : une réponse acquittée n’est jamais perdue, même sous ``kill -9``.
#
# Fichier temporaire dans le même dossier, flush, fsync, copie ``.bak``, ``os.replace``, fsync du dossier.


_VERSION = re.compile(r"\.json\.version-[0-9-]*$")

ATTENTES = (0.05, 0.1, 0.2, 0.4, 0.75, 1.0)
"""Secondes entre deux essais de remplacement (2,5 s en tout) : antivirus, OneDrive ou Excel lâchent souvent prise."""


@dataclass(frozen=True, slots=True)
class PassationEnregistree:
    """Où une passation vient d’être écrite ; ``de_cote`` si le fichier principal était retenu."""

    chemin: Path
    de_cote: bool = False


def copie_de(chemin: Path) -> Path:
    """La copie de l’enregistrement précédent."""
    return chemin.with_name(chemin.name + ".bak")


def de_cote(chemin: Path) -> Path:
    """Le fichier où l’on écrit quand le principal est retenu par un autre programme."""
    return chemin.with_name(chemin.name + ".de-cote")


def enregistrer(
    passation: Passation, chemin: Path, dormir: Callable[[float], None] = time.sleep
) -> PassationEnregistree:
    """Écrit une passation ; quand la fonction rend la main, la réponse est sur le disque.

    :raises OSError: si rien n’a pu être écrit (disque plein, dossier en lecture seule) ; l’ancien fichier est intact.
    """
    temporaire = _ecrire_temporaire(chemin, encoder_passation(passation))
    try:
        if chemin.exists():
            _copier(chemin, copie_de(chemin))
        if _remplacer(temporaire, chemin, dormir):
            _effacer(de_cote(chemin))
            ecrit = PassationEnregistree(chemin)
        else:
            temporaire.replace(de_cote(chemin))
            ecrit = PassationEnregistree(de_cote(chemin), de_cote=True)
    except BaseException:
        _effacer(temporaire)
        raise
    synchroniser(chemin.parent)
    return ecrit


def garder_version(chemin: Path, passation: Passation) -> Path:
    """Garde à côté, à l’identique, la passation terminée que l’on va corriger ; son nom dit quand elle le fut.

    :raises OSError: si elle n’a pas pu être écrite.
    """
    octets = lire_octets(chemin, PASSATION_OCTETS_MAX) if chemin.exists() else encoder_passation(passation)
    base = f"{chemin.name}.version-{(passation.terminee or passation.modifiee)[:10]}"
    version, rang = chemin.with_name(base), 2
    while version.exists() and lire_octets(version, PASSATION_OCTETS_MAX) != octets:
        version, rang = chemin.with_name(f"{base}-{rang}"), rang + 1
    if not version.exists():
        _ecrire_temporaire(chemin, octets).rename(version)
        synchroniser(version.parent)
    return version


def refuser_une_version(chemin: Path) -> None:
    """Refuse d’écrire dans une version d’avant : elle est là pour rester ce qu’elle était.

    :raises ErreurCpit: si c’en est une ; le refus nomme la passation à corriger.
    """
    if est_une_version(chemin):
        raise refus("version-gardee", str(chemin), passation=ACopier(_VERSION.sub(".json", chemin.name)))


def est_une_version(chemin: Path) -> bool:
    """Vrai pour le nom d’une version antérieure, gardée quand on a corrigé."""
    return _VERSION.search(chemin.name) is not None


def relire_fichier(chemin: Path) -> tuple[Passation, tuple[Anomalie, ...]]:
    """Lit une passation ; si le fichier est abîmé, lit sa copie. N’écrit et ne déplace rien.

    Un fichier d’un format plus récent n’est pas abîmé : on ne retombe pas sur une copie plus ancienne.

    :raises ErreurCpit: si ni le fichier, ni sa copie ne se lisent ; l’erreur est celle du fichier.
    """
    principal, erreur = _essayer(chemin)
    if erreur is not None and not (chemin.name and _abime(erreur)):
        # Un dossier sans nom, « . » par exemple, n’a pas de copie à côté de lui.
        raise erreur
    secours = [
        (passation, autre)
        for autre in (de_cote(chemin), copie_de(chemin))
        if (passation := _essayer(autre)[0]) is not None
    ]
    if principal is not None:
        recents = [s for s in secours if s[1] == de_cote(chemin) and s[0].revision > principal.revision]
        if not recents:
            return principal, ()
        return recents[0][0], (anomalie("reprise-de-cote", str(chemin), copie=recents[0][1].name),)
    assert erreur is not None
    if not secours:
        raise erreur
    passation, autre = max(secours, key=lambda s: s[0].revision)
    raison = erreur.anomalies[0].quoi
    return passation, (anomalie("repli-sur-copie", str(chemin), raison=raison, copie=autre.name),)


def preparer(chemin: Path) -> tuple[Anomalie, ...]:
    """Avant d’écrire : balaie les temporaires orphelins et met de côté un fichier principal abîmé.

    À appeler verrou tenu : les temporaires d’une autre séance seraient sinon ceux d’une écriture en cours.
    """
    for orphelin in chemin.parent.glob(f".{_motif_litteral(chemin.name)}.*.tmp"):
        _effacer(orphelin)
    erreur = _essayer(chemin)[1]
    if not chemin.exists() or erreur is None or not _abime(erreur):
        return ()
    abime = nom_libre(chemin.with_name(chemin.name + ".abime"))
    chemin.rename(abime)
    return (anomalie("abime-mis-de-cote", str(chemin), copie=abime.name),)


def nouveau_chemin(dossier: Path, passation: Passation) -> Path:
    """Chemin libre pour une passation neuve, par exemple ``passation-r01-t0-soi.json``."""
    return nom_libre(
        dossier / (nom_sur("passation", passation.identifiant, passation.moment, passation.regard) + ".json")
    )


def nom_sur(*morceaux: str) -> str:
    """Nom de fichier sans suffixe, sûr sur tous les systèmes : « Fiche », « R 01 » donnent ``fiche-r-01``."""
    return "-".join(filter(None, map(_slug, morceaux)))


def inachevees(dossier: Path) -> list[tuple[Path, Passation]]:
    """Les passations inachevées d’un dossier, la plus récente d’abord ; ce qui ne se lit pas est laissé.

    Une passation dont il ne reste que la copie, ou l’enregistrement mis de côté, est trouvée aussi.
    """
    trouvees = []
    secours = (p.with_suffix("") for suffixe in (".bak", ".de-cote") for p in dossier.glob(f"*.json{suffixe}"))
    for chemin in sorted({*dossier.glob("*.json"), *secours}):
        with contextlib.suppress(ErreurCpit, OSError):
            passation, _ = relire_fichier(chemin)
            if passation.terminee is None:
                trouvees.append((chemin, passation))
    return sorted(trouvees, key=lambda couple: couple[1].modifiee, reverse=True)


def dater(passation: Passation, instant: str) -> Passation:
    """La passation prête à être écrite : datée, révision suivante."""
    return replace(
        passation,
        commencee=passation.commencee or instant,
        modifiee=instant,
        revision=passation.revision + 1,
    )


def nom_libre(chemin: Path) -> Path:
    """Le premier nom que rien n’occupe : ni fichier, ni copie, ni enregistrement de côté, ni séance en cours."""
    candidat, rang = chemin, 2
    while any(occupant(candidat).exists() for occupant in (Path, copie_de, de_cote, chemin_du_verrou)):
        candidat = chemin.with_name(f"{chemin.stem}-{rang}{chemin.suffix}")
        rang += 1
    return candidat


def _abime(erreur: ErreurCpit) -> bool:
    """Faux pour un fichier d’un format plus récent, dont la somme est juste : lui est entier, c’est cpit qui date."""
    constat = erreur.anomalies[0]
    return not (constat.code == "passation-version" and constat.mots["intacte"])


def _effacer(chemin: Path) -> None:
    """Efface ce qui n’est plus utile ; un fichier que Windows retient sera balayé la fois suivante."""
    with contextlib.suppress(OSError):
        chemin.unlink()


def _essayer(chemin: Path) -> tuple[Passation | None, ErreurCpit | None]:
    try:
        return lire_passation(chemin), None
    except ErreurCpit as erreur:
        return None, erreur


def _ecrire_temporaire(chemin: Path, octets: bytes) -> Path:
    temporaire = chemin.with_name(f".{chemin.name}.{os.getpid()}.tmp")
    temporaire.unlink(missing_ok=True)
    drapeaux = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descripteur = os.open(temporaire, drapeaux, 0o600)
    try:
        with os.fdopen(descripteur, "wb") as fichier:
            fichier.write(octets)
            fichier.flush()
            os.fsync(fichier.fileno())
    except BaseException:
        _effacer(temporaire)
        raise
    return temporaire


def _copier(chemin: Path, copie: Path) -> None:
    """Copie durable : la copie n’est remplacée que par une copie entière."""
    try:
        octets = lire_octets(chemin, PASSATION_OCTETS_MAX)
    except PermissionError:
        return  # Windows : le fichier est retenu ; on le laisse, l’enregistrement ira de côté.
    temporaire = _ecrire_temporaire(copie, octets)
    try:
        temporaire.replace(copie)
    except PermissionError:
        # Windows : une copie retenue par un autre programme n’empêche pas d’enregistrer.
        _effacer(temporaire)


def _remplacer(temporaire: Path, chemin: Path, dormir: Callable[[float], None]) -> bool:
    for attente in (*ATTENTES, None):
        try:
            temporaire.replace(chemin)
            return True
        except PermissionError:
            if attente is None:
                return False
            dormir(attente)
    return False


def _slug(texte: str) -> str:
    """Nom de fichier sûr partout : ASCII minuscule, chiffres et tirets, 40 signes au plus."""
    ascii_ = unicodedata.normalize("NFKD", texte).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_).strip("-")[:40].strip("-")


def _motif_litteral(nom: str) -> str:
    return re.sub(r"([\[\]*?])", r"[\1]", nom)
