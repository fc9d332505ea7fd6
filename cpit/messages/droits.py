"""Messages : accéder à ses données, les effacer, partager des agrégats."""

from __future__ import annotations

from cpit.messages.base import Gravite, Message

A = Gravite.AVERTISSEMENT

DROITS: dict[str, Message] = {
    "code-vide": Message(
        "le code est vide",
        "le code d'une personne, tel qu'il est dans ses passations",
        "Donner ce code après la commande.",
    ),
    "personne-introuvable": Message(
        "rien dans ce dossier n'est au code « {code} » (fichiers fouillés : {fichiers})",
        "un code écrit exactement comme dans les fichiers, majuscules comprises",
        "Vérifier le code, ou donner un autre dossier avec --dossier.",
    ),
    "remise-dossier-pris": Message(
        "« {nom} » existe déjà et n'est pas un dossier vide",
        "un dossier neuf : une remise ne se mêle à rien d'autre",
        "Donner un autre nom avec --sortie.",
    ),
    "effacer-sans-confirmation": Message(
        "l'effacement doit être confirmé, et l'entrée n'est pas un terminal",
        "une réponse au clavier, ou --oui",
        "Relancer au terminal, ou ajouter --oui.",
    ),
    "effacement-impossible": Message(
        "ce fichier n'est PAS effacé ({raison})",
        "un fichier que vous pouvez effacer",
        "Fermer le programme qui le retient, vérifier vos droits, et relancer la même commande.",
    ),
    "effacement-change": Message(
        "ce fichier n'est PAS effacé : il a changé depuis la fouille",
        "un fichier inchangé entre la fouille et l'effacement",
        "Relancer la commande.",
    ),
    "ligne-partagee": Message(
        "la personne y est avec d'autres{ou} ; le fichier n'est pas effacé",
        "un fichier qui n'est qu'à elle",
        "Ôter ses lignes dans un tableur, ou refaire ce fichier après l'effacement.",
        A,
    ),
    "code-cite": Message(
        "le code y est cité{ou} ; le fichier n'est pas effacé",
        "un fichier dont on sait qu'il n'est qu'à elle",
        "L'ouvrir pour voir, puis l'effacer ou le corriger à la main.",
        A,
    ),
    "fichier-douteux": Message(
        "on ne sait pas à qui est ce fichier : {raison}",
        "un fichier lisible, ou au nom de la personne",
        "L'ouvrir avec le programme qui l'a écrit ; l'effacer à la main s'il est à elle.",
        A,
    ),
    "code-voisin": Message(
        "le code « {voisin} » ressemble à « {code} » (fichiers : {nombre}) ; il n'est pas touché",
        "un code écrit partout de la même façon",
        "Si c'est la même personne, relancer avec ce code.",
        A,
    ),
    "export-pseudonymise": Message(
        "cet export pseudonymisé peut contenir la personne, sous un pseudonyme",
        "la clé de l'étude (--cle), qui dit lequel",
        "Refaire l'export après l'effacement ; prévenir qui l'a reçu.",
        A,
    ),
    "export-de-la-personne": Message(
        "cet export pseudonymisé contient la personne, dans tous ses formats",
        "un export fait sans elle",
        "Le refaire après l'effacement, avec la même clé ; prévenir qui l'a reçu.",
        A,
    ),
    "effectif-minimal-trop-bas": Message(
        "un effectif minimal de {valeur} ne protège personne",
        "{plancher} personnes au moins ; 11 si les agrégats seront publiés",
        "Relever --effectif-minimal.",
    ),
    "effectif-minimal-sans-objet": Message(
        "--effectif-minimal ne va qu'avec --diffusion",
        "des agrégats ; un jeu individuel n'a pas de groupe à taire",
        "Ajouter --diffusion, ou ôter --effectif-minimal.",
    ),
    "diffusion-sans-individus": Message(
        "{option} ne va pas avec --diffusion",
        "des agrégats, sans rien d'individuel : ni trace, ni pseudonyme, donc ni clé",
        "Ôter {option}, ou --diffusion.",
    ),
    "diffusion-vide": Message(
        "tout est tu : aucun groupe ne peut être montré",
        "une strate d'au moins {minimum} personnes, qui ne répondent pas toutes pareil",
        "Attendre plus de réponses. Abaisser --effectif-minimal seulement si rien n'est publié.",
        A,
    ),
}
