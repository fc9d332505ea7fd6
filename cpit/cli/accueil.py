"""Le menu de qui ouvre cpit sans rien taper : une ligne par chose à faire, chacune menée par la commande de ce nom."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cpit.erreurs import CodeSortie, ErreurCpit
from cpit.ouverture import chemin_reel

if TYPE_CHECKING:
    from cpit.terminal import Terminal

Lancer = Callable[[list[str]], int]
"""Exécute une commande, dit ce qui ne va pas, et rend son code de sortie."""


@dataclass(frozen=True)
class Chantier:
    """Ce qu’une entrée du menu reçoit : l’écran, le dossier des réponses, et de quoi lancer une commande."""

    ecran: Terminal
    dossier: Path
    lancer: Lancer

    def commander(self, *arguments: str) -> int:
        """Lance une commande, avec la façon d’écrire du menu, et rend son code de sortie."""
        return self.lancer([*arguments, *(["--simple"] if self.ecran.simple else [])])


def _repondre(menu: Chantier) -> None:
    menu.commander("questionnaire", "--dossier", str(menu.dossier))


def _relire(menu: Chantier) -> None:
    if (chemin := _choisir(menu)) is not None:
        menu.commander("restituer", str(chemin))


def _imprimer(menu: Chantier) -> None:
    if (chemin := _choisir(menu)) is not None:
        code = menu.commander("restituer", str(chemin), "--page", str(chemin.with_suffix(".html")))
        if code == CodeSortie.FAIT:
            menu.ecran.dire("Cette page s'ouvre dans un navigateur, et s'imprime de là.")


ENTREES: tuple[tuple[str, str, Callable[[Chantier], None]], ...] = (
    ("Répondre", "au questionnaire, ou reprendre où l'on en était", _repondre),
    ("Relire", "le résultat d'une passation", _relire),
    ("Imprimer", "une passation : sa page, à ouvrir dans un navigateur", _imprimer),
)
"""Le menu, une ligne par entrée : son mot, ce qu’elle fait, et par quoi. Son numéro est son rang ; « q » quitte."""


def derouler_menu(ecran: Terminal, dossier: Path, lancer: Lancer) -> int:
    """Montre le menu jusqu’à ce que l’on quitte, puis attend Entrée : la fenêtre ne se ferme pas sur un message.

    Une commande refusée ou interrompue ramène au menu. Un défaut de cpit montre sa trace, et finit par 1.

    :raises EOFError: si l’entrée se ferme pendant le menu.
    """
    menu, code = Chantier(ecran, dossier, lancer), int(CodeSortie.FAIT)
    try:
        while (choix := _demander_entree(ecran, dossier)) is not None:
            ENTREES[choix][2](menu)
    except (EOFError, KeyboardInterrupt, OSError):
        raise
    except Exception:
        ecran.flux.write(traceback.format_exc())
        code = int(CodeSortie.REFUS)
    ecran.demander("Entrée pour fermer ")
    return code


def _demander_entree(ecran: Terminal, dossier: Path) -> int | None:
    """Le rang de l’entrée choisie, rien pour quitter."""
    ecran.dire()
    ecran.dire("Les passations sont dans :")
    ecran.copier(str(chemin_reel(dossier)))
    for rang, (mot, quoi, _) in enumerate(ENTREES, 1):
        ecran.dire(f"{rang}. {mot} {quoi}")
    ecran.dire("q. Quitter")
    return _demander_rang(ecran, [mot for mot, _, _ in ENTREES])


def _choisir(menu: Chantier) -> Path | None:
    """La passation du dossier que la personne désigne ; rien si elle renonce, ou s’il n’y en a pas."""
    chemins = _passations(menu.dossier)
    if not chemins:
        menu.ecran.dire("Il n'y a pas encore de passation dans ce dossier.")
        return None
    for rang, chemin in enumerate(chemins, 1):
        menu.ecran.dire(f"{rang}. {chemin.name}", tel_quel=True)
    menu.ecran.dire("q. Revenir au menu")
    rang_choisi = _demander_rang(menu.ecran, [chemin.name for chemin in chemins])
    return None if rang_choisi is None else chemins[rang_choisi]


def _passations(dossier: Path) -> list[Path]:
    """Les passations qui se lisent, sans les versions d’avant une correction."""
    from cpit.passations.sauvegarde import est_une_version, relire_fichier

    trouvees = []
    for chemin in sorted(dossier.glob("*.json")):
        with contextlib.suppress(ErreurCpit, OSError):
            relire_fichier(chemin)
            trouvees.append(chemin)
    return [chemin for chemin in trouvees if not est_une_version(chemin)]


def _demander_rang(ecran: Terminal, mots: list[str]) -> int | None:
    """Un numéro ou le début d’un mot, « q » pour renoncer ; redemande tant que ce n’est pas l’un d’eux."""
    while True:
        reponse = ecran.demander("Votre choix : ").casefold()
        if reponse in ("q", "quitter"):
            return None
        if reponse.isascii() and reponse.isdecimal() and 0 < int(reponse[:9]) <= len(mots):
            return int(reponse[:9]) - 1
        proches = [rang for rang, mot in enumerate(mots) if reponse and mot.casefold().startswith(reponse)]
        if len(proches) == 1:
            return proches[0]
        ecran.dire(f"Répondre un numéro de 1 à {len(mots)}, ou q.")
