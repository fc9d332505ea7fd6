"""Messages : un fichier qui ne se lit pas, ou ne s’écrit pas."""

from __future__ import annotations

from cpit.messages.base import Message

FICHIER = {
    "fichier-introuvable": Message(
        "le fichier « {nom} » n'existe pas",
        "le chemin d'un fichier présent sur cette machine",
        "Vérifier l'orthographe et le dossier ; les guillemets sont utiles si le nom contient une espace.",
    ),
    "dossier-introuvable": Message(
        "« {nom} » n'est pas un dossier, ou n'existe pas",
        "un dossier présent sur cette machine",
        "Créer le dossier d'abord, ou en donner un autre avec --dossier.",
    ),
    "fichier-illisible": Message(
        "le fichier ne peut pas être lu ({raison})",
        "un fichier ordinaire, lisible par vous",
        "Vérifier qu'il ne s'agit pas d'un dossier, que vous y avez accès et qu'aucun programme ne le retient.",
    ),
    "fichier-trop-gros": Message(
        "le fichier pèse {taille} octets",
        "{limite} octets au plus",
        "Vérifier que c'est bien le bon fichier.",
    ),
    "encodage": Message(
        "le texte n'est pas en UTF-8 ({raison})",
        "un fichier texte enregistré en UTF-8",
        "Dans l'éditeur, choisir « Enregistrer sous », encodage « UTF-8 ».",
    ),
    "caractere-interdit": Message(
        "le texte contient un caractère interdit ({raison})",
        "du texte ordinaire, sans caractère de commande",
        "Effacer ce caractère ; s'il ne se voit pas, retaper la ligne.",
    ),
    "ecriture-impossible": Message(
        "impossible d'écrire « {nom} » ({raison})",
        "un dossier existant, où vous avez le droit d'écrire et où il reste de la place",
        "Fermer le fichier s'il est ouvert dans un autre programme, ou choisir un autre emplacement.",
    ),
    "fichier-existant": Message(
        "le fichier « {nom} » existe déjà et n'est pas un classeur de cpit",
        "un nom libre, ou un ancien classeur de cpit à remplacer",
        "Choisir un autre nom, déplacer ce fichier, ou ajouter --remplacer s'il peut être perdu.",
    ),
    "table-existante": Message(
        "le fichier « {nom} » existe déjà et n'a pas l'en-tête d'une table écrite par cpit",
        "un nom libre, ou une ancienne table de cpit à remplacer",
        "Choisir un autre nom, déplacer ce fichier, ou ajouter --remplacer s'il peut être perdu.",
    ),
    "resultat-existant": Message(
        "le fichier « {nom} » existe déjà et n'est pas un résultat écrit par cpit",
        "un nom libre, ou un ancien résultat de cpit à remplacer",
        "Choisir un autre nom, déplacer ce fichier, ou ajouter --remplacer s'il peut être perdu.",
    ),
    "sortie-retouchee": Message(
        "le fichier « {nom} » a changé depuis que cpit l'a écrit",
        "un nom libre, ou une sortie de cpit que personne n'a retouchée",
        "Choisir un autre nom, déplacer ce fichier, ou ajouter --remplacer s'il peut être perdu.",
    ),
    "reponses-a-garder": Message(
        "le fichier « {nom} » porte les réponses de quelqu'un : il ne sera pas remplacé",
        "un autre nom : une passation ou un formulaire rempli ne se refont pas",
        "Choisir un autre nom, ou déplacer ce fichier.",
    ),
    "formulaire-existant": Message(
        "le fichier « {nom} » existe déjà et n'est pas ce formulaire vierge",
        "un nom libre : un formulaire rempli, lui, ne se refait pas",
        "Choisir un autre dossier avec --dossier, déplacer ce fichier, ou ajouter --remplacer s'il peut être perdu.",
    ),
    "mauvais-suffixe": Message(
        "le nom « {nom} » ne finit pas par {attendus}",
        "un nom de fichier finissant par {attendus}",
        "Changer la fin du nom.",
    ),
}
