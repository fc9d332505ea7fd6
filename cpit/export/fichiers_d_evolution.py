"""Ce qui a bougé dans un groupe, personne par personne, en Parquet, SPSS et Stata ; le dictionnaire de ses colonnes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cpit.coeur.evolution import Evolution, tableau_des_personnes
from cpit.coeur.export import Jeu
from cpit.coeur.tableaux import Colonne, Tableau
from cpit.export.description_du_jeu import Fiche
from cpit.export.fichiers_de_donnees import (
    ecrire_classeur_export,
    ecrire_parquet,
    ecrire_spss,
    ecrire_stata,
    tableau_des_codes,
    tableau_des_variables,
)
from cpit.formats.durable import atelier
from cpit.formats.porte import poser
from cpit.formats.recueil import ecrire_tableau_csv
from cpit.ouverture import ouvrir

if TYPE_CHECKING:
    from cpit.formats.recueil import Recueil, Reglages

_CODES = Colonne("codes", "Codes, et ce que chacun veut dire")


def ecrire_evolution_parquet(
    chemin: Path, evolutions: Sequence[Evolution], recueil: Recueil, reglages: Reglages
) -> None:
    """Écrit les évolutions d’un groupe en Parquet, une ligne par personne et par échelle : elle nomme les personnes.

    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    _ecrire(ecrire_parquet, chemin, evolutions, recueil, reglages)


def ecrire_evolution_spss(chemin: Path, evolutions: Sequence[Evolution], recueil: Recueil, reglages: Reglages) -> None:
    """Les mêmes pour SPSS, libellés et codes déclarés.

    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    _ecrire(ecrire_spss, chemin, evolutions, recueil, reglages)


def ecrire_evolution_stata(chemin: Path, evolutions: Sequence[Evolution], recueil: Recueil, reglages: Reglages) -> None:
    """Les mêmes pour Stata 14 et suivants, libellés et codes déclarés.

    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    _ecrire(ecrire_stata, chemin, evolutions, recueil, reglages)


def ecrire_dictionnaire_csv(
    chemin: Path, evolutions: Sequence[Evolution], recueil: Recueil, reglages: Reglages
) -> None:
    """Écrit le dictionnaire de ces fichiers, une ligne par variable, ses codes dans une colonne.

    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    jeu = _fiche(evolutions, reglages).jeu
    variables, codes = tableau_des_variables(jeu), tableau_des_codes(jeu)
    dits: dict[object, list[str]] = {}
    for une in codes.en_lignes():
        dits.setdefault(une["variable"], []).append(f"{une['code']} = {une['libelle']}")
    rang = variables.rang("variable")
    lignes = tuple((*ligne, " ; ".join(dits.get(ligne[rang], [])) or None) for ligne in variables.lignes)
    tableau = replace(variables, colonnes=(*variables.colonnes, _CODES), lignes=lignes)
    ecrire_tableau_csv(chemin, tableau, dialecte=reglages.dialecte, permis=recueil.permis)


def ecrire_dictionnaire_xlsx(
    chemin: Path, evolutions: Sequence[Evolution], recueil: Recueil, reglages: Reglages
) -> None:
    """Écrit le même en classeur : une feuille des variables, une des codes.

    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """

    def en_classeur(brut: Path, _: Tableau, fiche: Fiche) -> None:
        feuilles = (tableau_des_variables(fiche.jeu), tableau_des_codes(fiche.jeu))
        ecrire_classeur_export(brut, feuilles, f"Dictionnaire, {fiche.jeu.referentiel.titre}", fiche.mois)

    _ecrire(en_classeur, chemin, evolutions, recueil, reglages)


def _fiche(evolutions: Sequence[Evolution], reglages: Reglages) -> Fiche:
    """Ce qu’un écrivain de l’export sait des évolutions : une table, sans pseudonyme, que rien ne date."""
    jeu = Jeu(evolutions[0].referentiel, (), (tableau_des_personnes(*evolutions),))
    return Fiche(jeu, (), reglages.dialecte, "")


def _ecrire(
    ecrivain: Callable[[Path, Tableau, Fiche], None],
    chemin: Path,
    evolutions: Sequence[Evolution],
    recueil: Recueil,
    reglages: Reglages,
) -> None:
    """Écrit par un écrivain qui demande un fichier neuf, puis met celui-ci à sa place, en entier ou pas du tout."""
    fiche = _fiche(evolutions, reglages)
    with atelier(chemin.parent) as dossier:
        brut = dossier / f"evolution{chemin.suffix.lower()}"
        ecrivain(brut, fiche.jeu.tableaux[0], fiche)
        with ouvrir(brut) as flux:
            poser(chemin, flux.read(), recueil.permis)
