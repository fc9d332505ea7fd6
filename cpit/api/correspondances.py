"""Les correspondances, de Python : proposer ce que porte chaque colonne d’une table, et l’écrire pour la compléter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cpit.api.arguments import facade
from cpit.api.groupe import choisir_pour, exiger_un_emploi, fautes_de_nom
from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import ecriture
from cpit.formats.appartenance import DEBUT_DE_PASSATION, est_un_classeur
from cpit.formats.porte import delivrer, poser
from cpit.formats.registre import YAML
from cpit.ouverture import lire_debut

if TYPE_CHECKING:
    from cpit.lecture.correspondance import Proposition


@facade
def correspondance(
    chemin: str | Path,
    sortie: str | Path | None = None,
    *,
    referentiel: Referentiel | str | Path | None = None,
    remplacer: bool = False,
) -> Proposition:
    """Ce que cpit comprend de chaque colonne d’une table, et ce qu’il reste à en dire.

    :param chemin: une table que cpit ne lit pas seul : texte ou classeur.
    :param sortie: le .yaml à écrire, à compléter, puis à donner à ``lire`` ; sans lui, rien n’est écrit.
    :param referentiel: un référentiel, son chemin ou son nom livré ; sinon celui de la table, ou l’actuel.
    :param remplacer: remplace un fichier déjà là.
    :raises MauvaisEmploi: un nom qui ne finit pas par .yaml.
    :raises ErreurCpit: table illisible ou vide, place prise, emplacement qui ne s’écrit pas.
    """
    from cpit.lecture.correspondance import proposer_une_correspondance, rediger_correspondance

    choix = choisir_pour(chemin, referentiel)
    if sortie is not None:
        exiger_un_emploi(fautes_de_nom(sortie, YAML))
    classeur = est_un_classeur(lire_debut(Path(chemin), DEBUT_DE_PASSATION))
    proposee = proposer_une_correspondance(Path(chemin), choix.referentiel, classeur=classeur)
    if sortie is not None:
        with ecriture(sortie):
            texte = rediger_correspondance(proposee)
            poser(Path(sortie), texte.encode(), delivrer([Path(chemin), *choix.lus], remplacer=remplacer))
    return proposee
