"""Effacer les fichiers d’une personne : sous le verrou de chaque passation, ses copies d’abord, elle en dernier. De ce
qu’elle a dit d’un autre, son code d’évaluateur est ôté : l’évaluation, à propos de lui, lui reste.

Interrompu, il reste des passations entières, sans leurs copies : relancer finit. Rien n’est effacé hors du dossier, ni
à travers un lien, ni qui ne soit plus tel que la fouille l’a lu et montré : ``Enclos.effacer`` dit où cela tient.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from cpit.droits.fouille import fichier_principal
from cpit.droits.marques import Inventaire, Sorte, Trouvaille
from cpit.erreurs import Anomalie, ErreurCpit, anomalie, raison_systeme
from cpit.formats.durable import Enclos, est_en_cours, oter, synchroniser
from cpit.formats.passation_json import encoder_passation, lire_passation
from cpit.formats.porte import poser_a_cote
from cpit.passations.sauvegarde import Confirmer, nom_libre, nom_sur, verrouiller

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


def oter_l_evaluateur(inventaire: Inventaire, confirmer: Confirmer | None) -> tuple[list[Path], list[Anomalie]]:
    """Ôte le code de la personne des passations dont elle est l’évaluateur, et de leur nom ; rend celles où c’est fait,
    telles qu’elles se nommaient, et ce qui a résisté.

    :param confirmer: comme pour ``effacer_les_siens``.
    """
    faites, anomalies = list[Path](), list[Anomalie]()
    enclos = Enclos(inventaire.racine, inventaire.vus.get(inventaire.racine))
    evaluations = sorted(inventaire.evaluations, key=lambda chemin: (fichier_principal(chemin), chemin))
    for principal, famille in groupby(evaluations, key=fichier_principal):
        neutre = principal.with_name(_sans_evaluateur(principal.name, inventaire.code))
        try:
            with verrouiller(principal, confirmer):
                libre = nom_libre(neutre)
                for chemin in famille:
                    suite = chemin.name.removeprefix(principal.name)
                    if _recrire(inventaire, enclos, chemin, libre.with_name(libre.name + suite)):
                        faites.append(chemin)
                    else:
                        anomalies.append(anomalie("effacement-change", str(chemin)))
            synchroniser(principal.parent)
        except ErreurCpit as erreur:
            anomalies += erreur.anomalies
        except OSError as erreur:
            anomalies.append(_resiste(principal, erreur))
    return faites, anomalies


def _sans_evaluateur(nom: str, code: str) -> str:
    """Le nom d’une passation de tiers, sans le code de qui l’a remplie."""
    return re.sub(rf"(?<=-tiers)-{re.escape(nom_sur(code))}(?=[.-])", "", nom, count=1)


def _recrire(inventaire: Inventaire, enclos: Enclos, chemin: Path, neuf: Path) -> bool:
    """Met à la place d’une passation la même sans évaluateur, sous un autre nom ; faux si elle a changé depuis.

    :raises ErreurCpit: si elle ne se lit plus.
    :raises OSError: si elle ne s’écrit pas, ou ne s’efface pas.
    """
    vu = inventaire.vus.get(chemin)
    if vu is None or est_en_cours(chemin):
        return False
    poser_a_cote(neuf, encoder_passation(replace(lire_passation(chemin), evaluateur="")))
    if enclos.effacer(chemin, vu):
        return True
    oter(neuf)
    return False


def _resiste(chemin: Path, erreur: OSError) -> Anomalie:
    return anomalie("effacement-impossible", str(chemin), raison=raison_systeme(erreur))
