"""Les référentiels : ceux qui sont livrés, celui que l’on nomme, ce qui ne va pas dans celui que l’on écrit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cpit.api.arguments import facade
from cpit.chargement import charger, choisir_referentiel, examiner_referentiel, referentiel_donne
from cpit.coeur.referentiel import Referentiel
from cpit.emplacements import referentiels_livres, trouver_referentiel
from cpit.erreurs import Anomalie, ErreurCpit, MauvaisEmploi, ecriture
from cpit.formats.porte import delivrer, poser
from cpit.formats.registre import FORMATS, GRILLE, YAML, faute_de_suffixe


@facade
def referentiel(nom_ou_chemin: str | Path | None = None) -> Referentiel:
    """Un référentiel : un fichier, l’un de ceux qui sont livrés par son nom, ou celui par défaut.

    Un nom désigne la version actuelle ; « innovation-territoriale@1.0.0 », une version livrée, passée ou actuelle.

    :raises ErreurCpit: s’il est introuvable, avec le nom le plus proche, ou fautif, avec toutes ses fautes.
    """
    return referentiel_donne(nom_ou_chemin)


def referentiels() -> dict[str, Referentiel]:
    """Les référentiels livrés avec cpit, par nom ; celui par défaut d’abord, une version passée après l’actuelle."""
    return {nom: charger(chemin) for nom, chemin in referentiels_livres().items()}


@facade
def valider(chemin: str | Path) -> tuple[Referentiel | None, tuple[Anomalie, ...]]:
    """Le référentiel d’un fichier ou d’un nom livré, ou rien s’il est fautif, et tout ce qu’il y a à en dire, dans
    l’ordre du fichier.
    """
    try:
        return examiner_referentiel(trouver_referentiel(str(chemin)))
    except ErreurCpit:  # ni l’un ni l’autre : l’examen dit que le fichier manque
        return examiner_referentiel(Path(chemin))


def schema() -> dict[str, Any]:
    """Le JSON Schema d’un référentiel."""
    from cpit.chargement.forme_referentiel import schema_json

    return schema_json()


@facade
def grille(
    sortie: str | Path, referentiel: Referentiel | str | Path | None = "minimal", *, remplacer: bool = False
) -> Path:
    """Écrit la grille d’un référentiel, le classeur où l’écrire dans un tableur, et rend son chemin.

    :param referentiel: celui dont elle est remplie ; « minimal », l’exemple commenté, sinon.
    :param remplacer: remplace un fichier déjà là.
    :raises MauvaisEmploi: un nom qui ne finit pas par .xlsx.
    :raises ErreurCpit: référentiel introuvable ou fautif, place prise, emplacement qui ne s’écrit pas.
    """
    cible = Path(sortie)
    _exiger_un_suffixe(cible, GRILLE)
    choisi, lus = choisir_referentiel(referentiel)
    permis = delivrer(lus, remplacer=remplacer)
    octets = FORMATS[".xlsx"].ecrire(GRILLE)(choisi)
    with ecriture(cible):
        poser(cible, octets, permis)
    return cible


@facade
def depuis_grille(
    chemin: str | Path, sortie: str | Path | None = None, *, remplacer: bool = False
) -> tuple[Referentiel | None, tuple[Anomalie, ...]]:
    """Le référentiel d’une grille, ou rien s’il est fautif, et tout ce qu’il y a à en dire, par feuille et par cellule.

    Une grille dont rien n’a été changé rend le fichier dont elle vient, à l’octet près.

    :param sortie: le .yaml à écrire, s’il n’y a pas de faute ; sans lui, rien n’est écrit.
    :param remplacer: remplace un fichier déjà là.
    :raises MauvaisEmploi: un nom qui ne finit pas par .yaml.
    :raises ErreurCpit: place prise, emplacement qui ne s’écrit pas.
    """
    from cpit.lecture.grille_xlsx import examiner_grille

    if sortie is not None:
        _exiger_un_suffixe(Path(sortie), YAML)
    lu, anomalies = examiner_grille(Path(chemin))
    if lu is not None and sortie is not None:
        with ecriture(sortie):
            poser(Path(sortie), lu.texte.encode(), delivrer([Path(chemin)], remplacer=remplacer))
    return lu, anomalies


def _exiger_un_suffixe(sortie: Path, sorte: str) -> None:
    if (faute := faute_de_suffixe(sortie, sorte)) is not None:
        raise MauvaisEmploi([faute])
