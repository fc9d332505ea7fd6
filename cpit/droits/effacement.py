"""Effacer les fichiers d’une personne : sous le verrou de chaque passation, ses copies d’abord, elle en dernier.

Interrompu, il reste des passations entières, sans leurs copies : relancer finit. Rien n’est effacé hors du dossier, ni
à travers un lien, ni sans avoir vérifié à nouveau à qui est le fichier.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from cpit.droits.fouille import fichier_principal
from cpit.droits.marques import Doute, Identite, Inventaire, Sorte, Trouvaille, examiner_fichier
from cpit.erreurs import Anomalie, ErreurCpit, anomalie, raison_systeme
from cpit.formats.porte import synchroniser
from cpit.ouverture import chemin_reel
from cpit.passations.sauvegarde import Confirmer, verrouiller

_ORDRE = (Sorte.TEMPORAIRE, Sorte.ABIMEE, Sorte.DE_COTE, Sorte.COPIE, Sorte.VERSION)
"""Ce qui s’efface avant le reste ; la passation vient en dernier."""


def effacer_les_siens(
    inventaire: Inventaire, identite: Identite, confirmer: Confirmer | None
) -> tuple[int, list[Anomalie]]:
    """Efface ce qui n’est qu’à la personne ; rend le nombre de fichiers effacés et ce qui a résisté.

    :param confirmer: demande avant d’écarter une séance qui semble ouverte ; absent s’il n’y a personne à qui demander.
    """
    effaces, anomalies = 0, list[Anomalie]()
    for chemin, groupe in groupby(inventaire.siens, key=lambda t: fichier_principal(t.chemin)):
        trouvailles = sorted(groupe, key=lambda t: _rang(t, chemin))
        try:
            # Prendre le verrou d’une séance tuée, puis le rendre, l’efface : il compte avec les autres.
            with verrouiller(chemin, confirmer):
                for constat in _effacer_un_a_un(inventaire, identite, trouvailles):
                    if constat is None:
                        effaces += 1
                    else:
                        anomalies.append(constat)
            effaces += sum(t.sorte is Sorte.VERROU and not t.chemin.exists() for t in trouvailles)
            synchroniser(chemin.parent)
        except ErreurCpit as erreur:
            anomalies += erreur.anomalies
        except OSError as erreur:
            anomalies.append(_resiste(chemin, erreur))
    return effaces, anomalies


def _rang(trouvaille: Trouvaille, chemin: Path) -> tuple[int, str]:
    if trouvaille.chemin == chemin:
        return len(_ORDRE) + 1, ""
    place = _ORDRE.index(trouvaille.sorte) if trouvaille.sorte in _ORDRE else len(_ORDRE)
    return place, str(trouvaille.chemin)


def _effacer_un_a_un(
    inventaire: Inventaire, identite: Identite, trouvailles: list[Trouvaille]
) -> Iterator[Anomalie | None]:
    """Rien pour un fichier effacé, sinon ce qui l’en empêche."""
    for trouvaille in trouvailles:
        chemin = trouvaille.chemin
        if trouvaille.sorte is Sorte.VERROU:
            continue
        try:
            if not _encore_sien(inventaire, identite, trouvaille):
                yield anomalie("effacement-change", str(chemin))
                continue
            chemin.unlink()
            yield None
        except FileNotFoundError:
            continue
        except OSError as erreur:
            yield _resiste(chemin, erreur)


def _encore_sien(inventaire: Inventaire, identite: Identite, trouvaille: Trouvaille) -> bool:
    """Vrai si le fichier est toujours là où on l’a vu, un fichier ordinaire, et toujours à la personne."""
    chemin = trouvaille.chemin
    if chemin.is_symlink() or chemin_reel(chemin.parent) != chemin.parent:
        return False
    if not chemin.is_relative_to(inventaire.racine):
        return False
    chemin.stat()
    constats = list(examiner_fichier(chemin, identite, lambda _: None))
    if trouvaille.par_le_nom:
        return bool(constats) and all(isinstance(constat, Trouvaille | Doute) for constat in constats)
    return any(isinstance(constat, Trouvaille) for constat in constats)


def _resiste(chemin: Path, erreur: OSError) -> Anomalie:
    return anomalie("effacement-impossible", str(chemin), raison=raison_systeme(erreur))
