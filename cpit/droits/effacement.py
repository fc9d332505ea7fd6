"""Effacer les fichiers d’une personne : sous le verrou de chaque passation, ses copies d’abord, elle en dernier.

Interrompu, il reste des passations entières, sans leurs copies : relancer finit. Rien n’est effacé hors du dossier, ni
à travers un lien, ni qui ne soit plus tel que la fouille l’a lu et montré : ``Enclos.effacer`` dit où cela tient.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from cpit.droits.fouille import fichier_principal
from cpit.droits.marques import Inventaire, Sorte, Trouvaille
from cpit.erreurs import Anomalie, ErreurCpit, anomalie, raison_systeme
from cpit.formats.durable import Enclos, est_en_cours, synchroniser
from cpit.passations.sauvegarde import Confirmer, verrouiller

_ORDRE = (Sorte.TEMPORAIRE, Sorte.ABIMEE, Sorte.DE_COTE, Sorte.COPIE, Sorte.VERSION)
"""Ce qui s’efface avant le reste ; la passation vient en dernier."""


def effacer_les_siens(inventaire: Inventaire, confirmer: Confirmer | None) -> tuple[int, list[Anomalie]]:
    """Efface ce qui n’est qu’à la personne, puis les restes ; rend le nombre de fichiers effacés, et ce qui a résisté.

    :param confirmer: demande avant d’écarter une séance qui semble ouverte ; absent s’il n’y a personne à qui demander.
    """
    effaces, anomalies = 0, list[Anomalie]()
    enclos = Enclos(inventaire.racine, inventaire.vus.get(inventaire.racine))
    for chemin, groupe in groupby(inventaire.siens, key=lambda t: fichier_principal(t.chemin)):
        trouvailles = sorted(groupe, key=lambda t: _rang(t, chemin))
        try:
            # Prendre le verrou d’une séance tuée, puis le rendre, l’efface : il compte avec les autres.
            with verrouiller(chemin, confirmer):
                for constat in _effacer_un_a_un(inventaire, enclos, trouvailles):
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
    # Où peuvent être des réponses de cette personne, à moitié écrites.
    effaces += sum(enclos.balayer(reste) for reste in inventaire.restes)
    return effaces, anomalies


def _rang(trouvaille: Trouvaille, chemin: Path) -> tuple[int, str]:
    if trouvaille.chemin == chemin:
        return len(_ORDRE) + 1, ""
    place = _ORDRE.index(trouvaille.sorte) if trouvaille.sorte in _ORDRE else len(_ORDRE)
    return place, str(trouvaille.chemin)


def _effacer_un_a_un(
    inventaire: Inventaire, enclos: Enclos, trouvailles: list[Trouvaille]
) -> Iterator[Anomalie | None]:
    """Rien pour un fichier effacé, sinon ce qui l’en empêche."""
    for trouvaille in trouvailles:
        chemin = trouvaille.chemin
        if trouvaille.sorte is Sorte.VERROU:
            continue
        if est_en_cours(chemin):
            yield anomalie("ecriture-en-cours", str(chemin))
            continue
        vu = inventaire.vus.get(chemin)
        try:
            efface = vu is not None and enclos.effacer(chemin, vu)
            yield None if efface else anomalie("effacement-change", str(chemin))
        except FileNotFoundError:
            continue
        except OSError as erreur:
            yield _resiste(chemin, erreur)


def _resiste(chemin: Path, erreur: OSError) -> Anomalie:
    return anomalie("effacement-impossible", str(chemin), raison=raison_systeme(erreur))
