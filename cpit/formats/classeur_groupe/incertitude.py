"""La feuille « Incertitude » : ce que vaut la position de chaque passation, dans l’ordre de lecture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cpit.coeur.cohorte import Notee
from cpit.coeur.colonnes_cohorte import cellules_contexte
from cpit.coeur.colonnes_incertitude import colonnes_incertitude, lignes_incertitude
from cpit.coeur.modele import Referentiel
from cpit.coeur.tableaux import Cellule
from cpit.formats.classeur_groupe.chantier import INCERTITUDE, Chantier
from cpit.formats.classeur_groupe.flux import ColonneEcrite, ecrire_table
from cpit.formats.classeur_groupe.scores import contexte

_STYLES = {"texte": "donnee_texte", "nombre": "donnee_nombre", "entier": "donnee_entier"}


def ecrire(chantier: Chantier) -> None:
    """Écrit la feuille, sans garder les lignes en mémoire."""
    referentiel = chantier.referentiel
    propres = [ColonneEcrite(c.cle, c.libelle, 20.0, _STYLES[c.type]) for c in colonnes_incertitude()]
    lignes = _lignes(referentiel, chantier.cohorte.notees)
    ecrire_table(chantier, INCERTITUDE, [*contexte(referentiel), *propres], lignes, figees=1)


def _lignes(referentiel: Referentiel, notees: Sequence[Notee]) -> Iterator[tuple[Cellule, ...]]:
    for notee, cellules in zip(notees, lignes_incertitude(referentiel, notees), strict=True):
        yield (*cellules_contexte(referentiel, notee), *cellules)
