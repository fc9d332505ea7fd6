"""Messages : pages et figures."""

from __future__ import annotations

from cpit.messages.base import Message

FIGURE: dict[str, Message] = {
    "page-existante": Message(
        "le fichier « {nom} » existe déjà et n'est pas une page écrite par --page",
        "un nom libre, ou une ancienne page de cpit à remplacer",
        "Choisir un autre nom, déplacer ce fichier, ou ajouter --remplacer s'il peut être perdu.",
    ),
    "page-manquante": Message(
        "{option} ne va qu'avec --page",
        "une page de groupe à écrire",
        "Ajouter --page groupe.html, ou ôter {option}.",
    ),
    "figure-inconnue": Message(
        "la figure « {valeur} » est inconnue",
        "l'une de : {connus}",
        "Choisir l'un de ces noms.",
    ),
    "figure-decimale": Message(
        "le signe décimal « {valeur} » est inconnu",
        "virgule ou point",
        "Écrire --decimale virgule ou --decimale point.",
    ),
    "figure-mesure": Message(
        "{option} vaut {valeur}",
        "un nombre de {minimum} à {maximum} {unite}",
        "Changer {option}.",
    ),
    "figure-distribution-seule": Message(
        "une distribution décrit un groupe, et il n'y a ici qu'une passation",
        "deux passations au moins, d'un même moment et d'un même regard",
        "Donner toutes les passations du groupe, ou demander une carte, un radar ou une matrice.",
    ),
    "figure-plusieurs-strates": Message(
        "ces sources mêlent plusieurs moments ou regards ({strates})",
        "un seul moment et un seul regard par figure",
        "Choisir avec --moment et --regard.",
    ),
    "figure-strate-absente": Message(
        "aucune passation pour ce choix ({choix}) ; il y a {strates}",
        "un moment et un regard présents dans les sources",
        "Changer --moment ou --regard.",
    ),
    "figure-existante": Message(
        "le fichier « {nom} » existe déjà et n'est pas une figure de cpit",
        "un nom libre, ou une ancienne figure de cpit à remplacer",
        "Choisir un autre nom, déplacer ce fichier, ou ajouter --remplacer s'il peut être perdu.",
    ),
    "figure-sans-bibliotheque": Message(
        "les {format} demandent la bibliothèque {bibliotheque}, qui n'est pas installée",
        "cpit installé avec ses figures en PDF et en PNG",
        'Taper pip install "cpit[figures]", ou demander un .svg.',
    ),
    "figure-trop-grande": Message(
        "à {ppp} points par pouce, cette figure dépasserait {maximum} pixels de côté",
        "une image que les logiciels savent ouvrir",
        "Réduire --ppp ou --largeur, ou demander un .pdf.",
    ),
}
