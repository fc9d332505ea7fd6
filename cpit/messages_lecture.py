"""Les messages de la lecture des réponses d’une cohorte : fichiers, colonnes, cellules."""

from __future__ import annotations

from cpit.messages_base import Gravite, Message

A = Gravite.AVERTISSEMENT

LECTURE = {
    "cellule-non-entiere": Message(
        "{colonne} : « {valeur} » n'est pas un nombre entier de l'échelle",
        "{attendus}",
        "Remplacer par un niveau. La réponse compte comme sans réponse.",
    ),
    "cellule-hors-echelle": Message(
        "{colonne} : « {valeur} » n'est pas un niveau de l'échelle",
        "{attendus}",
        "Remplacer par un niveau. La réponse compte comme sans réponse.",
    ),
    "cellule-incomprise": Message(
        "{colonne} : « {valeur} » n'est pas une réponse connue",
        "{attendus}",
        "Remplacer par un niveau ou son libellé. La réponse compte comme sans réponse.",
    ),
    "cellule-date": Message(
        "{colonne} : la cellule est une date ({valeur})",
        "un nombre ({attendus})",
        "Dans le tableur, remettre la cellule au format « Standard » et retaper le niveau.",
    ),
    "cellule-booleen": Message(
        "{colonne} : la cellule est VRAI ou FAUX",
        "un nombre ({attendus})",
        "Retaper le niveau en chiffres.",
    ),
    "cellule-erreur": Message(
        "{colonne} : la cellule contient une erreur de tableur ({valeur})",
        "un nombre ({attendus})",
        "Corriger la formule ou retaper le niveau.",
    ),
    "cellule-formule": Message(
        "{colonne} : la cellule est une formule sans valeur calculée",
        "un nombre ({attendus})",
        "Ouvrir le fichier dans un tableur, l'enregistrer, ou coller les valeurs.",
    ),
    "cellule-fusionnee": Message(
        "{colonne} : la cellule est prise dans une fusion ({valeur})",
        "une cellule par réponse",
        "Défusionner et retaper la réponse.",
    ),
    "sans-objet-non-prevu": Message(
        "{colonne} : « {valeur} » (sans objet), que ce référentiel ne prévoit pas",
        "{attendus}",
        "Laisser vide. La réponse compte comme sans réponse.",
    ),
}
"""Réponses refusées, cellule par cellule : chacune compte comme sans réponse et se montre."""
