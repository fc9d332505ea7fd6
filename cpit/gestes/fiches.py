"""Un fichier par passation d’une cohorte : le classeur ou la page de chaque personne, nommés par son code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from cpit.coeur.cohorte import Cohorte
from cpit.coeur.mots.restitution import Restitution, restituer
from cpit.erreurs import ecriture
from cpit.formats.porte import Permis, verifier_places
from cpit.gestes.actions import maintenant
from cpit.passations.sauvegarde import nom_sur
from cpit.terminal import Terminal


def verifier_fiches(cohorte: Cohorte, fiches: Path | None, pages: Path | None, permis: Permis) -> None:
    """Refuse, avant d’écrire quoi que ce soit, un nom pris par un fichier que l’on n’a pas le droit de remplacer.

    :raises ErreurCpit: une anomalie par nom pris.
    """
    for dossier, suffixe in ((fiches, ".xlsx"), (pages, ".html")):
        if dossier is not None:
            verifier_places((dossier / f"{nom}{suffixe}" for nom in _noms(cohorte)), permis)


def ecrire_fiches(erreurs: Terminal, cohorte: Cohorte, dossier: Path, permis: Permis) -> int:
    """Écrit un classeur individuel par passation et rend leur nombre.

    :raises ErreurCpit: si le dossier ne s’écrit pas, ou qu’un nom est pris par un fichier d’une autre sorte.
    """
    from cpit.classeurs.classeur_personne import ecrire_classeur_personne

    date = maintenant()

    def ecrire_une(chemin: Path, une: Restitution) -> None:
        ecrire_classeur_personne(chemin, une, date=date, permis=permis)

    return _ecrire(erreurs, cohorte, dossier, ".xlsx", ecrire_une)


def ecrire_pages(erreurs: Terminal, cohorte: Cohorte, dossier: Path, permis: Permis) -> int:
    """Écrit une page individuelle par passation et rend leur nombre.

    :raises ErreurCpit: si le dossier ne s’écrit pas, ou qu’un nom est pris par un fichier d’une autre sorte.
    """
    from cpit.gestes.paginer import ecrire_page_personne

    date = maintenant()

    def ecrire_une(chemin: Path, une: Restitution) -> None:
        ecrire_page_personne(chemin, une, date=date, permis=permis)

    return _ecrire(erreurs, cohorte, dossier, ".html", ecrire_une)


def _ecrire(
    erreurs: Terminal,
    cohorte: Cohorte,
    dossier: Path,
    suffixe: str,
    ecrire_une: Callable[[Path, Restitution], None],
) -> int:
    nombre = len(cohorte.notees)
    with ecriture(dossier), erreurs.progression("Fiches" if suffixe == ".xlsx" else "Pages") as progres:
        dossier.mkdir(parents=True, exist_ok=True)
        for rang, (notee, nom) in enumerate(zip(cohorte.notees, _noms(cohorte), strict=True), 1):
            ecrire_une(dossier / f"{nom}{suffixe}", restituer(cohorte.referentiel, notee.passation))
            progres(rang, nombre)
    return nombre


def _noms(cohorte: Cohorte) -> Iterator[str]:
    """Un nom sûr par passation, jamais deux fois le même : « fiche-r01-t0-soi », puis « fiche-r01-t0-soi-2 »."""
    pris: set[str] = set()
    for notee in cohorte.notees:
        nom = nom_sur("fiche", notee.releve.identifiant, notee.passation.moment, notee.passation.regard)
        libre = next(n for n in (nom, *(f"{nom}-{k}" for k in range(2, 10**6))) if n not in pris)
        pris.add(libre)
        yield libre
