"""Sous la position du groupe : la dispersion des personnes et, à part, ce que vaut leur moyenne."""

from __future__ import annotations

from xlsxwriter.worksheet import Worksheet

from cpit.formats.classeur_groupe.chantier import Chantier, Strate
from cpit.formats.classeur_groupe.statistiques import (
    CODE,
    DERNIERE,
    DROITE,
    ECART_TYPE,
    LARGEURS,
    LIBELLE,
    MOYENNE,
    TOTAL,
)
from cpit.tableur.cellules import ecrire_etendu, ecrire_nombre, ecrire_texte, etendre, regler_hauteur
from cpit.typographie import grouper, typographier

TROP_PEU = typographier("Dispersion et incertitude de la moyenne : il faut trois positions au moins.")
DES_PERSONNES = "d’une personne à l’autre"
DU_CENTRE = "ce que vaut la moyenne du groupe"
LIMITE = (
    "L'erreur type de la moyenne suppose des personnes prises au hasard dans un ensemble plus large ; pour un groupe "
    "que l'on a tout entier, seule la dispersion a un sens."
)


def ecrire_dispersion(chantier: Chantier, feuille: Worksheet, ligne: int, strate: Strate) -> int:
    """Écarts-types des personnes, erreurs types de leur moyenne, et comment les lire ; rend la ligne qui suit."""
    styles, dispersion = chantier.styles, strate.dispersion
    if dispersion.personnes is None or dispersion.centre is None:
        ecrire_etendu(feuille, ligne, (CODE, DERNIERE), TROP_PEU, styles["note"], TOTAL * 1.05)
        return ligne + 2
    axes = chantier.referentiel.axes
    personnes, centre = dispersion.personnes.covariance, dispersion.centre.covariance
    etendre(feuille, ligne, (CODE, LIBELLE), "La dispersion des positions", styles["entete"])
    ecrire_texte(feuille, ligne, MOYENNE, "Valeur", styles["entete_nombre"])
    etendre(feuille, ligne, (ECART_TYPE, DERNIERE), "Sens", styles["entete"])
    for mesure, axe, valeur, sens in (
        ("Écart-type : ", axes.x, personnes.erreur_x, DES_PERSONNES),
        ("Écart-type : ", axes.y, personnes.erreur_y, DES_PERSONNES),
        ("Erreur type : ", axes.x, centre.erreur_x, DU_CENTRE),
        ("Erreur type : ", axes.y, centre.erreur_y, DU_CENTRE),
    ):
        ligne += 1
        libelle = typographier(mesure) + axe.libelle
        etendre(feuille, ligne, (CODE, LIBELLE), libelle, styles["texte"])
        ecrire_nombre(feuille, ligne, MOYENNE, valeur, styles["decimal"])
        etendre(feuille, ligne, (ECART_TYPE, DERNIERE), sens, styles["texte"])
        regler_hauteur(feuille, ligne, ((libelle, LARGEURS[LIBELLE]), (sens, DROITE)))
    dedans = f"{grouper(dispersion.dedans)} positions sur {grouper(dispersion.n)} sont dans l'ovale en tirets. {LIMITE}"
    ecrire_etendu(feuille, ligne + 1, (CODE, DERNIERE), typographier(dedans), styles["note"], TOTAL * 1.05)
    return ligne + 3
