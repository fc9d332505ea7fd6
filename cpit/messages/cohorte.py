"""Les messages des commandes « cohorte » et « formulaire » : sources, sorties, participants."""

from __future__ import annotations

from cpit.messages.base import Gravite, Message

A = Gravite.AVERTISSEMENT

COHORTE = {
    "source-introuvable": Message(
        "« {nom} » ne désigne aucun fichier",
        "un fichier, un dossier ou un motif (*.xlsx) qui existe",
        "Vérifier l'orthographe et le dossier courant.",
    ),
    "source-inconnue": Message(
        "« {nom} » n'est pas d'une sorte que cpit sait lire",
        "une passation .json, un formulaire ou une table .xlsx, une table .csv",
        "Enregistrer le fichier sous l'un de ces formats.",
    ),
    "fichier-ignore": Message(
        "« {nom} » n'est pas d'une sorte que cpit sait lire ; il est laissé de côté",
        "des .json, .xlsx ou .csv dans le dossier",
        "Rien à faire s'il ne contient pas de réponses.",
        A,
    ),
    "referentiel-etranger": Message(
        "cette source vient d'un autre référentiel ({trouve})",
        "le référentiel {attendu}, à l'identique",
        "Noter ces réponses à part, avec --referentiel.",
    ),
    "passation-inachevee": Message(
        "la personne n'a pas terminé le questionnaire",
        "une passation terminée",
        "La lui faire reprendre, ou l'accepter : les items non vus sont hors du calcul.",
        A,
    ),
    "passation-en-double": Message(
        "« {code} » a déjà une passation {moment}, regard {regard} ({deja})",
        "une seule passation par personne, moment et regard",
        "Vérifier les codes ; les deux sont gardées, jamais fondues.",
        A,
    ),
    "cohorte-vide": Message(
        "aucune passation n'a pu être lue",
        "au moins une passation lisible",
        "Corriger ce qui précède, ou donner d'autres sources.",
    ),
    "dialecte-inconnu": Message(
        "le dialecte « {valeur} » est inconnu",
        "{connus}",
        "fr pour l'Excel français, science pour R, pandas et les autres.",
    ),
    "question-inconnue": Message(
        "« {valeur} » n'est pas une question de profil",
        "l'une de : {connus}",
        "Reprendre un identifiant de cette liste.",
    ),
    "format-inconnu": Message(
        "le format « {valeur} » est inconnu",
        "l'un de : {connus}",
        "Choisir l'un de ces formats.",
    ),
    "pour-sans-objet": Message(
        "--pour ne va pas avec le format csv",
        "une seule table pour toute la cohorte",
        "Ôter --pour, ou choisir xlsx ou html.",
    ),
    "code-de-participant-en-double": Message(
        "le code « {code} » donne le même nom de fichier qu'à la ligne {deja}",
        "un code distinct par participant",
        "Changer l'un des deux codes.",
    ),
    "aucun-code": Message(
        "la liste ne contient aucun code",
        "un code de participant par ligne, en première colonne",
        "Écrire un code par ligne.",
    ),
    "ligne-d-exemple": Message(
        "c'est la ligne d'exemple de la table vide ; elle est laissée de côté",
        "des lignes de participants",
        "Rien à faire, ou effacer cette ligne.",
        A,
    ),
    "classeur-ignore": Message(
        "« {nom} » est un classeur écrit par cpit, pas une source ; il est laissé de côté",
        "la passation elle-même (.json), un formulaire rempli ou une table",
        "Rien à faire si la passation est parmi les sources.",
        A,
    ),
    "sortie-ignoree": Message(
        "« {nom} » est un résultat écrit par cpit, pas une source ; il est laissé de côté",
        "des passations, des formulaires ou des tables de réponses",
        "Rien à faire ; s'il faut le relire, le nommer lui-même parmi les sources.",
        A,
    ),
    "sortie-parmi-les-sources": Message(
        "« {nom} » est à la fois une source et la sortie",
        "une sortie qui n'écrase aucune source",
        "Donner un autre nom à la sortie.",
    ),
}
"""Ce qui concerne une source entière, une sortie ou une liste de participants."""
