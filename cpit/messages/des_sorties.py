"""Les messages de ce que l’on écrit : fichiers, groupes, export, droits, fidélité, figures et pages."""

from __future__ import annotations

from cpit.messages.message import Gravite, Message

# --- Messages : un fichier qui ne se lit pas, ou ne s’écrit pas.


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
    "dossier-non-cree": Message(
        "« {nom} » n'existe pas et ne peut être créé : {raison}",
        "un dossier présent, ou un nom de dossier à créer là où l'on peut écrire",
        "En donner un autre avec --dossier.",
    ),
    "chemin-vide": Message(
        "un chemin est vide{ou}",
        "le nom d'un fichier ou d'un dossier",
        "Écrire ce nom ; pour le dossier courant, un point.",
    ),
    "chemin-racine": Message(
        "« {nom} » est la racine du disque : toute la machine{ou}",
        "un fichier ou un dossier à vous",
        "Nommer le dossier de votre travail.",
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
        "Libérer de la place si le disque est plein, fermer le fichier s'il est ouvert dans un autre programme, ou "
        "choisir un autre emplacement.",
    ),
    "fichier-existant": Message(
        "le fichier « {nom} » existe déjà et n'est pas un classeur de cpit",
        "un nom libre, ou un ancien classeur de cpit à remplacer",
        "Choisir un autre nom, déplacer ce fichier, ou ajouter --remplacer s'il peut être perdu.",
    ),
    "donnees-existantes": Message(
        "le fichier « {nom} » existe déjà, et rien n'y dit qui l'a écrit",
        "un nom libre",
        "Choisir un autre nom, déplacer ce fichier, ou ajouter --remplacer s'il peut être perdu.",
    ),
    "instrument-existant": Message(
        "le fichier « {nom} » existe déjà et n'est pas un instrument écrit par cpit",
        "un nom libre, ou un ancien instrument de cpit à remplacer",
        "Choisir un autre nom, déplacer ce fichier, ou ajouter --remplacer s'il peut être perdu.",
    ),
    "document-existant": Message(
        "le fichier « {nom} » existe déjà et n'est pas un document Word écrit par cpit",
        "un nom libre, ou un ancien document de cpit à remplacer",
        "Choisir un autre nom, déplacer ce fichier, ou ajouter --remplacer s'il peut être perdu.",
    ),
    "word-sans-bibliotheque": Message(
        "un document Word demande {bibliotheques}, que cpit ne trouve pas",
        "les bibliothèques des documents Word, à côté de cpit",
        "{installer_word}, ou écrire une page : un nom finissant par .html.",
    ),
    "gabarit-illisible": Message(
        "le gabarit « {nom} » ne se lit pas ({raison})",
        "un document Word (.docx), comme celui qu'écrit ‹cpit gabarit›",
        "Vérifier le nom, ou partir d'une copie du gabarit livré : ‹cpit gabarit mon-gabarit.docx›",
    ),
    "gabarit-d-un-modele": Message(
        "le gabarit « {nom} » va chercher ailleurs le modèle Word dont il vient, dans « {partie} »",
        "un document qui n'a besoin d'aucun autre pour s'ouvrir",
        "Dans Word, Fichier, Options, Compléments : à « Gérer », choisir « Modèles », puis « Atteindre ». Vider "
        "« Modèle de document » (ou y attacher Normal.dotm), valider, et enregistrer le gabarit.",
    ),
    "gabarit-fautif": Message(
        "le gabarit « {nom} » ne se remplit pas : {raison}",
        "entre accolades, seulement ce que nomme le gabarit livré",
        "Corriger ce passage dans le gabarit, ou repartir d'une copie : ‹cpit gabarit mon-gabarit.docx›",
    ),
    "gabarit-sans-document": Message(
        "--gabarit ne va qu'avec un document Word",
        "un nom finissant par .docx : ‹--page F.docx›",
        "Ajouter ‹--format docx›, ou ôter --gabarit.",
    ),
    "gabarit-inconnu": Message(
        "« {valeur} » n'est pas un document dont un gabarit est livré ; il y a : {connus}",
        "un de ces noms",
        "Corriger --document.",
    ),
    "format-de-page": Message(
        "--format {format} et --page {nom} ne disent pas le même format",
        "html ou docx, et le même des deux côtés",
        "Ôter --format : la fin du nom donné à --page suffit.",
    ),
    "referentiel-existant": Message(
        "le référentiel « {nom} » existe déjà et dit autre chose",
        "un nom libre : ce fichier a pu être retouché",
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
    "page-a-imprimer": Message(
        "une page s'écrit en .html, pas sous le nom « {nom} »",
        "un nom de fichier finissant par {attendus}",
        "Écrire {page}, l'ouvrir dans un navigateur, puis imprimer et y choisir « Enregistrer au format PDF ».",
    ),
    "document-a-convertir": Message(
        "un document s'écrit en .docx, pas sous le nom « {nom} »",
        "un nom de fichier finissant par {attendus}",
        "Écrire {document}, l'ouvrir dans Word ou LibreOffice, puis l'enregistrer sous l'autre format.",
    ),
    "mauvais-suffixe": Message(
        "le nom « {nom} » ne finit pas par {attendus}",
        "un nom de fichier finissant par {attendus}",
        "Changer la fin du nom.",
    ),
}


# --- Les messages des commandes « cohorte » et « formulaire » : sources, sorties, participants.


_A = Gravite.AVERTISSEMENT

COHORTE = {
    "source-introuvable": Message(
        "« {nom} » ne désigne aucun fichier",
        "un fichier, un dossier ou un motif (*.xlsx) qui existe",
        "Vérifier l'orthographe et le dossier courant.",
    ),
    "source-inconnue": Message(
        "« {nom} » n'est pas d'une sorte que cpit sait lire",
        "une passation, un formulaire ou une table ({lus})",
        "Enregistrer le fichier sous l'un de ces formats.",
    ),
    "fichier-ignore": Message(
        "d'une sorte que cpit ne sait pas lire ; laissé de côté",
        "des {lus} dans le dossier",
        "Rien à faire s'il ne contient pas de réponses.",
        _A,
    ),
    "archive-abimee": Message(
        "l'archive est abîmée ({raison})",
        "une archive .zip entière",
        "La redemander, ou en donner les fichiers eux-mêmes.",
    ),
    "archive-demesuree": Message(
        "l'archive annonce trop de {quoi} : {trouve}",
        "{limite} au plus",
        "Vérifier que c'est bien la bonne archive ; sinon, en donner les fichiers eux-mêmes.",
    ),
    "archive-chemin": Message(
        "l'archive contient un nom qui en sortirait, « {ou} »",
        "de simples noms de fichiers et de dossiers",
        "Ne pas l'ouvrir sans savoir d'où elle vient.",
    ),
    "archive-chiffree": Message(
        "l'archive est protégée par un mot de passe (« {ou} »)",
        "une archive qui s'ouvre sans mot de passe",
        "L'ouvrir soi-même, et en donner les fichiers.",
    ),
    "archive-compression": Message(
        "l'archive est compressée d'une façon que cpit ne lit pas (« {ou} »)",
        "une archive .zip ordinaire",
        "La refaire avec l'outil du système, ou en donner les fichiers eux-mêmes.",
    ),
    "archive-bombe": Message(
        "l'archive contient un fichier démesuré une fois décompressé, « {ou} »",
        "des réponses",
        "Ne pas l'ouvrir sans savoir d'où elle vient ; s'il est sûr, donner ce fichier lui-même.",
    ),
    "archive-dans-une-archive": Message(
        "une archive est dans une autre archive",
        "une seule archive, et dedans des fichiers de réponses",
        "L'ouvrir soi-même, et en donner les fichiers.",
    ),
    "archive-sans-reponses": Message(
        "l'archive ne contient aucun fichier que cpit sait lire",
        "des {lus} dans l'archive",
        "Vérifier que c'est bien la bonne archive.",
    ),
    "page-sans-reponses": Message(
        "c'est la page du questionnaire, sans les réponses : elles sont dans le fichier .json que la page enregistre",
        "le fichier .json enregistré par le bouton de la page",
        "Demander à la personne de rouvrir sa page, là où elle a répondu, d'y enregistrer ses réponses et de rendre ce "
        "fichier.",
    ),
    "formulaire-en-image": Message(
        "« {nom} » peut être un formulaire rempli, et sous cette forme ses réponses ne se lisent pas",
        "le formulaire lui-même, en .xlsx ou .ods, ou le .json que la page enregistre",
        "Demander à la personne le fichier qu'elle a rempli ; s'il ne porte pas de réponses, l'ôter d'ici.",
    ),
    "source-hors-norme": Message(
        "« {nom} » n'est pas un fichier qui se lise ({raison}) ; il est laissé de côté",
        "des fichiers ordinaires dans le dossier",
        "Rien à faire s'il ne contient pas de réponses ; sinon, le nommer lui-même.",
        _A,
    ),
    "dossier-trop-grand": Message(
        "le dossier compte plus de {limite} fichiers : ce n'est pas un dossier de réponses",
        "{limite} fichiers au plus, sous-dossiers compris",
        "Nommer le dossier où sont les réponses, ou leurs fichiers.",
    ),
    "referentiel-etranger": Message(
        "cette source vient d'un autre référentiel ({trouve})",
        "le référentiel {attendu}, à l'identique",
        "Noter ces réponses à part, avec --referentiel {nommer}.",
    ),
    "referentiel-porte": Message(
        "réponses données avec {trouve}, dans {combien}{pourquoi} : tout est lu et noté avec {lui}, et non avec "
        "{defaut} ({actuel})",
        "des réponses à {actuel}, ou --referentiel",
        "Rien à faire ; --referentiel {nommer} le demande d'avance.",
        _A,
    ),
    "version-a-part": Message(
        "réponses données avec {trouve}, dans {combien} : aucune question commune avec {attendu}, rien n'en est noté "
        "ici",
        "des réponses à une seule version, ou à des versions qui se lisent ensemble",
        "Noter chaque version à part : {commande} ; puis {autre}",
        _A,
    ),
    "referentiel-a-part": Message(
        "réponses données avec {trouve}, dans {combien} : c'est un autre référentiel que {attendu}, rien n'en est noté "
        "ici",
        "des réponses à un seul référentiel",
        "Noter chaque référentiel à part : {commande} ; puis {autre}",
        _A,
    ),
    "passation-d-inconnu": Message(
        "« {valeur} » ne dit pas qui a répondu : il n'est pas pris pour un code",
        "un code qui n'est qu'à une personne",
        "Rien à faire si elle reste anonyme ; sinon, lui faire corriger son code.",
        _A,
    ),
    "formulaires-sans-code": Message(
        "{nombre} {nombre:fichier a des réponses et pas de code|fichiers ont des réponses et pas de code} ({noms}) : "
        "{nombre:il est compté comme une personne|chacun est compté comme une personne} de plus",
        "un code par personne",
        "Rien à faire si ces réponses sont anonymes ; sinon, écrire le code de la personne dans son fichier.",
        _A,
    ),
    "source-en-copie": Message(
        "« {nom} » est la copie, à l'octet près, de « {deja} » : comptée une fois",
        "chaque fichier une seule fois",
        "Rien à faire.",
        _A,
    ),
    "passation-inachevee": Message(
        "la personne n'a pas terminé le questionnaire",
        "une passation terminée",
        "La lui faire reprendre, ou l'accepter : les items non vus sont hors du calcul.",
        _A,
    ),
    "passation-en-double": Message(
        "« {code} » a déjà une passation {moment}, regard {regard} ({deja})",
        "une seule passation par personne, moment et regard",
        "Vérifier les codes{ou_dire} ; les deux sont gardées, jamais fondues. {n_en_garder_qu_une}",
        _A,
    ),
    "passation-identique": Message(
        "« {code} » ({moment}, regard {regard}) a donné les mêmes réponses ailleurs ({deja}) : comptée une fois",
        "un seul exemplaire de chaque passation",
        "Rien à faire.",
        _A,
    ),
    "passation-anterieure": Message(
        "« {code} » ({moment}, regard {regard}) : enregistrement plus ancien d'une même passation ({deja}), non compté",
        "le dernier enregistrement de chaque passation",
        "Rien à faire.",
        _A,
    ),
    "passation-abandonnee": Message(
        "« {code} » ({moment}, regard {regard}) : réponse abandonnée puis reprise ({deja}), non comptée",
        "la réponse que la personne a finie",
        "Rien à faire.",
        _A,
    ),
    "passation-non-gardee": Message(
        "« {code} » ({moment}, regard {regard}) : passation non gardée, à la demande ({deja} est gardée : {regle})",
        "une seule passation par personne, moment et regard",
        "Rien à faire ; ‹--garder tous› les garde toutes.",
        _A,
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
    "equipe-vide": Message(
        "l'option --equipe est vide",
        "une question de profil ({connus}) ou une colonne de la table",
        "Nommer la question, ou la colonne, dont les réponses sont des équipes.",
    ),
    "equipe-introuvable": Message(
        "« {valeur} » n'est pas une question de profil, et rien de ce qui a été lu n'en dit quelque chose",
        "une question de profil ({connus}) ou une colonne remplie de la table",
        "Reprendre un de ces noms ; un formulaire n'a que des questions de profil.",
    ),
    "equipe-sans-ecran": Message(
        "l'option --equipe ne montre rien : un CSV sur la sortie n'a pas de place pour une équipe",
        "un écran, une page, un classeur ou un JSON",
        "Écrire la cohorte dans un fichier, ou ajouter --page.",
    ),
    "question-a-plusieurs-choix": Message(
        "« {valeur} » admet plusieurs choix : ses groupes se recouvrent, une soustraction y désignerait quelqu'un",
        "pour une page, qui peut sortir du groupe, une question à un seul choix : {connus}",
        "Retirer --par, ou croiser cette question à l'écran ou dans le classeur.",
    ),
    "format-inconnu": Message(
        "le format « {valeur} » est inconnu",
        "l'un de : {connus}",
        "Choisir l'un de ces formats.",
    ),
    "code-de-participant-en-double": Message(
        "le code « {code} » donne le même nom de fichier qu'à la ligne {deja}",
        "un code distinct par participant",
        "Changer l'un des deux codes.",
    ),
    "codes-illisibles": Message(
        "la liste de codes ne se lit pas ici (une cellule est trop longue, ou un guillemet n'est pas refermé)",
        "un code de participant par ligne, sous l'en-tête « Code »",
        "Refaire la liste dans un tableur, et l'enregistrer en CSV.",
    ),
    "liste-trop-longue": Message(
        "la liste a plus de {limite} lignes",
        "{limite} lignes au plus",
        "Couper la liste en plusieurs fichiers, et relancer la commande sur chacun.",
    ),
    "trop-de-formulaires": Message(
        "{nombre} formulaires sont demandés d'un coup",
        "{limite} fichiers au plus ; une table .csv, elle, réunit tout le monde",
        "Ajouter ‹--format csv›, ou couper la liste en plusieurs fichiers.",
    ),
    "aucun-code": Message(
        "la liste ne contient aucun code",
        "un code de participant par ligne, sous l'en-tête « Code »",
        "Écrire un code par ligne.",
    ),
    "codes-a-choisir": Message(
        "plusieurs colonnes peuvent porter les codes : {noms}",
        "une seule colonne de codes",
        'Dire laquelle avec --colonne, par exemple ‹--colonne "{exemple}"›.',
    ),
    "codes-sous-un-meme-entete": Message(
        "plusieurs colonnes peuvent porter les codes, sous le même en-tête : {noms}",
        "une seule colonne de codes",
        "Changer l'en-tête de celles qui ne portent pas les codes, ou les ôter.",
    ),
    "colonne-sans-liste": Message(
        "--colonne ne va qu'avec une liste de codes",
        "une liste, donnée avec --pour",
        "Ajouter --pour et le fichier de la liste, ou ôter --colonne.",
    ),
    "codes-sans-entete": Message(
        "aucune colonne ne dit porter les codes (d'abord : {entetes})",
        "un en-tête « Code » ou « Identifiant » au-dessus des codes ; sans en-tête, une seule colonne",
        "Ajouter cet en-tête ; si la première ligne est déjà celle des en-têtes, dire lequel avec --colonne.",
    ),
    "colonne-de-codes-inconnue": Message(
        "aucune colonne n'a pour en-tête « {valeur} »",
        "l'un de : {entetes}",
        "Reprendre l'en-tête tel qu'il est écrit dans la liste.",
    ),
    "codes-dans-plusieurs-feuilles": Message(
        "plusieurs feuilles peuvent porter la liste : {noms}",
        "une seule feuille remplie, ou une seule qui ait une colonne « Code »",
        "Garder la liste seule dans un classeur.",
    ),
    "liste-de-noms": Message(
        "la liste porte des noms ({noms}), et non des codes",
        "un code par personne, que l'on ne puisse pas relier à elle sans votre liste",
        "Ajouter une colonne « Code » et y donner un code à chacun ; la liste qui relie codes et noms reste chez vous.",
    ),
    "ligne-sans-code": Message(
        "la ligne n'a pas de code",
        "un code par ligne remplie",
        "Lui donner un code, ou ôter la ligne.",
    ),
    "code-courriel": Message(
        "« {code} » est une adresse électronique, pas un code",
        "un code que l'on ne puisse pas relier à la personne sans votre liste",
        "Lui donner un code (P01, P02…) ; l'adresse resterait dans chaque fichier rendu.",
    ),
    "code-nom": Message(
        "« {code} » est le nom de la personne, pas un code",
        "un code que l'on ne puisse pas relier à la personne sans votre liste",
        "Lui donner un code (P01, P02…) ; le nom resterait dans chaque fichier rendu.",
    ),
    "code-formule": Message(
        "« {code} » commence comme une formule de tableur",
        "un code qui commence par une lettre ou un chiffre",
        "Changer ce code : un tableur le calculerait.",
    ),
    "code-incompris": Message(
        "le code ne se comprend pas : {raison}",
        "des lettres ou des chiffres, tels qu'on les a donnés à la personne",
        "Mettre la cellule au format « Texte » et retaper le code.",
    ),
    "code-sans-personne": Message(
        "« {code} » n'est pas une personne",
        "le code d'une personne",
        "Ôter cette ligne.",
    ),
    "evaluateur-sans-tiers": Message(
        "un évaluateur ou son rôle est donné sous le regard « soi » ({qui})",
        "un évaluateur sous le regard « tiers » seulement",
        "Donner ‹--regard tiers›, ou le dire dans la colonne regard de la liste ; sinon, ôter l'évaluateur.",
    ),
    "role-inconnu": Message(
        "le rôle d'évaluateur « {valeur} » est inconnu",
        "l'un de : {attendus}",
        "Choisir l'un d'eux ; « autre » convient à tous.",
    ),
    "connaissance-inconnue": Message(
        "« {valeur} » ne dit pas à quel point un tiers connaît le travail de la personne",
        "l'un de : {attendus}",
        "Choisir l'un d'eux, ou ne rien dire.",
    ),
    "choix-de-liste-inconnu": Message(
        "{colonne} : « {valeur} » n'est pas un choix permis",
        "l'un de : {attendus}",
        "Écrire le code ou le libellé d'un choix, ou vider la cellule.",
    ),
    "colonnes-de-liste-laissees": Message(
        "des colonnes de la liste ne servent pas, et rien n'en est écrit : {noms}",
        "une colonne de codes, des questions de profil du référentiel, moment, regard, evaluateur, role_evaluateur",
        "Rien à faire, sauf si l'une d'elles devait remplir d'avance le formulaire : lui donner l'un de ces noms.",
        _A,
    ),
    "ligne-d-exemple": Message(
        "c'est la ligne d'exemple de la table vide ; elle est laissée de côté",
        "des lignes de participants",
        "Rien à faire, ou effacer cette ligne.",
        _A,
    ),
    "classeur-ignore": Message(
        "classeur écrit par cpit, pas une source ; laissé de côté",
        "la passation elle-même (.json), un formulaire rempli ou une table",
        "Rien à faire si la passation est parmi les sources.",
        _A,
    ),
    "sortie-ignoree": Message(
        "résultat écrit par cpit, pas une source ; laissé de côté",
        "des passations, des formulaires ou des tables de réponses",
        "Rien à faire ; s'il faut le relire, le nommer lui-même parmi les sources.",
        _A,
    ),
    "document-ignore": Message(
        "{nature}, pas des réponses ; laissé de côté",
        "des passations, des formulaires ou des tables de réponses",
        "Rien à faire.",
        _A,
    ),
    "sorties-confondues": Message(
        "« {nom} » est donné pour deux sorties : la seconde effacerait la première",
        "un nom par sortie",
        "Donner un autre nom à l'une des deux.",
    ),
    "sortie-parmi-les-sources": Message(
        "« {nom} » est à la fois une source et la sortie",
        "une sortie qui n'écrase aucune source",
        "Donner un autre nom à la sortie.",
    ),
}
"""Ce qui concerne une source entière, une sortie ou une liste de participants."""


# --- Messages : le jeu de données pour la recherche.


_CLE = {
    "cle-illisible": Message(
        "la clé de pseudonymes « {nom} » ne se lit pas ou ne s'écrit pas : {raison}",
        "un fichier que cpit peut lire, ou un dossier où la créer",
        "Vérifier le chemin et les droits, ou nommer la clé avec --cle.",
    ),
    "cle-mal-formee": Message(
        "« {nom} » n'est pas une clé de pseudonymes de cpit",
        "le fichier que cpit a créé, sans retouche",
        "Reprendre la clé de l'étude dans sa sauvegarde ; pour une étude neuve, nommer un fichier qui n'existe pas.",
    ),
    "cle-trop-courte": Message(
        "la clé « {nom} » a {signes} signes",
        "{attendus} signes hexadécimaux, soit 32 octets",
        "Reprendre la clé de l'étude dans sa sauvegarde : une clé incomplète ne protège personne.",
    ),
    "cle-ouverte": Message(
        "d'autres comptes de cette machine peuvent ouvrir la clé « {nom} » (droits {mode})",
        "un fichier que seul son propriétaire lit (droits 0600)",
        'Taper ‹chmod 600 "{nom}"› ; si quelqu\'un a pu la copier, créer une autre clé.',
    ),
    "cle-dans-l-export": Message(
        "la clé « {nom} » serait dans un dossier d'export",
        "une clé gardée à part : qui a les deux retrouve les personnes",
        "Nommer avec --cle un fichier d'un autre dossier.",
    ),
    "cle-changee": Message(
        "ce dossier contenait un export fait avec une autre clé",
        "la même clé d'un export à l'autre, pour retrouver les mêmes pseudonymes",
        "Si ce n'est pas voulu, redonner la première clé avec --cle et recommencer.",
        _A,
    ),
    "pseudonymes-en-collision": Message(
        "deux personnes auraient le même pseudonyme, {pseudonyme}",
        "un pseudonyme par personne",
        "Recommencer avec une autre clé (--cle, un fichier qui n'existe pas).",
    ),
}
"""Ce qui concerne la clé et les pseudonymes."""

EXPORT = {
    **_CLE,
    "traces-exportees": Message(
        "les traces sont dans reponses_long : des textes libres, où des personnes peuvent se reconnaître",
        "un jeu de données sans texte libre, sauf nécessité",
        "Les relire avant de partager, ou recommencer sans --avec-traces.",
        _A,
    ),
    "profils-ecartes": Message(
        "{nombre} {nombre:réponse de profil hors des choix du référentiel est laissée|réponses de profil hors des "
        "choix du référentiel sont laissées} de côté",
        "des choix que le référentiel déclare",
        "Rien à faire, ou compléter le profil du référentiel.",
        _A,
    ),
    "k-trop-bas": Message(
        "--k {valeur} ne protège personne",
        "{minimum} personnes au moins par combinaison de profil ; 5 est d'usage",
        "Relever --k, ou l'ôter.",
    ),
    "k-trop-grand": Message(
        "il n'y a que {personnes} {personnes:personne|personnes} : aucune combinaison de profil ne peut en concerner "
        "{k}",
        "{k} personnes au moins",
        "Baisser --k, ou attendre d'autres réponses.",
    ),
    "strates-sous-k": Message(
        "moins de {k} personnes ont répondu à : {strates} ; aucune modalité plus grosse n'y cache qui en est",
        "{k} personnes au moins à chaque moment sous chaque regard",
        "Ne pas partager ces passations, ou attendre d'autres réponses.",
        _A,
    ),
    "passations-sans-code": Message(
        "{nombre} {nombre:passation|passations} sans code : chacune a son pseudonyme, rien ne les relie d'un moment à "
        "l'autre",
        "un code par personne, le même à T0 et à T1",
        "Rien à faire s'il n'y a qu'un moment ; sinon, donner les codes dans les sources.",
        _A,
    ),
    "export-parmi-les-sources": Message(
        "« {nom} » vient d'un export de cpit, pas d'une personne ; il est laissé de côté",
        "des passations, des formulaires ou des tables de réponses",
        "Rien à faire ; s'il faut le relire, nommer ce dossier lui-même parmi les sources, hors d'une archive.",
        _A,
    ),
    "remise-parmi-les-sources": Message(
        "« {nom} » est ce que cpit mes-donnees a recopié pour une personne ; il est laissé de côté",
        "des passations, des formulaires ou des tables de réponses",
        "Rien à faire ; s'il faut le relire, nommer ce dossier lui-même parmi les sources, hors d'une archive.",
        _A,
    ),
    "export-sans-reponses": Message(
        "« {nom} » est un export de cpit d'où les réponses ne se relisent pas",
        "{tables}, écrits par « ‹cpit exporter› » ; des agrégats n'ont pas de réponses",
        "Refaire l'export avec ‹--formats csv›, ou donner ses sources.",
    ),
    "source-est-l-export": Message(
        "la source « {nom} » est le dossier d'export, ou s'y trouve",
        "un dossier d'export à part de ses sources",
        "Donner un autre dossier à --sortie.",
    ),
    "export-dossier-etranger": Message(
        "« {nom} » existe déjà, et ce n'est ni un dossier vide, ni un export de cpit",
        "un dossier neuf, vide, ou un export précédent de cpit",
        "Donner un autre dossier à --sortie.",
    ),
    "export-retouche": Message(
        "depuis l'export, quelque chose a changé dans « {nom} » : {fichiers}",
        "un export tel que cpit l'a écrit, que l'on peut remplacer sans rien perdre",
        "Mettre à l'abri ce qui a changé, ou donner un autre dossier à --sortie ; --remplacer refait ses fichiers.",
    ),
    "export-dossier-courant": Message(
        "« {nom} » est le dossier courant, ou le contient : il ne peut pas être remplacé",
        "un dossier à part, par exemple export",
        "Donner un sous-dossier à --sortie, ou lancer la commande d'ailleurs.",
    ),
    "bibliotheque-absente": Message(
        "le format {format} n'est pas écrit : il manque {bibliotheques}",
        "les bibliothèques de recherche, pour Parquet, SPSS et Stata",
        "{installer_recherche}, puis recommencer ; tout le reste est écrit.",
        _A,
    ),
    "bibliotheque-demandee": Message(
        "le format {format}, demandé, n'est pas écrit : il manque {bibliotheques}",
        "les bibliothèques de recherche, pour Parquet, SPSS et Stata",
        "{installer_recherche}, puis recommencer ; tout le reste est écrit.",
    ),
    "bibliotheque-requise": Message(
        "un fichier {format} ne peut pas être écrit : il manque {bibliotheques}",
        "les bibliothèques de recherche, pour Parquet, SPSS et Stata",
        "{installer_recherche}, puis recommencer ; ou demander un .csv.",
    ),
    "table-hors-du-classeur": Message(
        "{table} a {nombre} lignes : elle n'est pas dans jeu.xlsx",
        "au plus 1 048 575 lignes dans une feuille de tableur",
        "La lire dans un autre format (csv, parquet, sav, dta).",
        _A,
    ),
}


# --- Messages : accéder à ses données, les effacer, partager des agrégats.


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
    "ecriture-en-cours": Message(
        "ce fichier n'est PAS effacé : une autre commande est en train de l'écrire",
        "un dossier où rien ne s'écrit",
        "Attendre la fin de l'autre commande, puis relancer celle-ci.",
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
        _A,
    ),
    "evaluateur-garde": Message(
        "la personne y est l'évaluateur de quelqu'un d'autre{ou} ; le fichier, à propos de lui, n'est pas effacé",
        "un fichier qui n'est qu'à elle",
        "Dans une table, vider les cases evaluateur et role_evaluateur de ces lignes ; un formulaire ou un résultat "
        "s'efface à la main, avec l'accord de la personne évaluée, ou se refait.",
        _A,
    ),
    "code-cite": Message(
        "le code y est cité{ou} ; le fichier n'est pas effacé",
        "un fichier dont on sait qu'il n'est qu'à elle",
        "L'ouvrir pour voir, puis l'effacer ou le corriger à la main.",
        _A,
    ),
    "fichier-douteux": Message(
        "on ne sait pas à qui est ce fichier : {raison}",
        "un fichier lisible, ou au nom de la personne",
        "L'ouvrir avec le programme qui l'a écrit ; l'effacer à la main s'il est à elle.",
        _A,
    ),
    "registre-garde": Message(
        "ce registre de diffusions est gardé : il ne porte aucun code, mais l'empreinte de toute personne diffusée, et "
        "aucune ne s'en ôte",
        "un registre entier : sans lui, une diffusion presque pareille ne serait plus refusée",
        "Rien à faire tant que l'on diffuse ; l'effacer à la main quand on ne diffusera plus.",
        _A,
    ),
    "code-voisin": Message(
        "le code « {voisin} » ressemble à « {code} » (fichiers : {nombre}) ; il n'est pas touché",
        "un code écrit partout de la même façon",
        "Si c'est la même personne, relancer avec ce code.",
        _A,
    ),
    "export-pseudonymise": Message(
        "cet export pseudonymisé peut contenir la personne, sous un pseudonyme",
        "la clé de l'étude (--cle), qui dit lequel",
        "Refaire l'export après l'effacement ; prévenir qui l'a reçu.",
        _A,
    ),
    "export-de-la-personne": Message(
        "cet export pseudonymisé contient la personne, dans tous ses formats",
        "un export fait sans elle",
        "Le refaire après l'effacement, avec la même clé ; prévenir qui l'a reçu.",
        _A,
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
    "registre-sans-objet": Message(
        "--malgre-le-registre ne va qu'avec --diffusion",
        "des agrégats ; le registre ne garde que les diffusions",
        "Ajouter --diffusion, ou ôter --malgre-le-registre.",
    ),
    "diffusion-sans-individus": Message(
        "{option} ne va pas avec --diffusion",
        "des agrégats, sans rien d'individuel : ni trace, ni pseudonyme, donc ni clé",
        "Ôter {option}, ou --diffusion.",
    ),
    "diffusion-trop-proche": Message(
        "jointe à ce qui a déjà été diffusé, cette diffusion désignerait moins de {minimum} personnes",
        "les mêmes personnes dans les mêmes groupes, aux mêmes réponses, ou {minimum} personnes de différence au moins "
        "dans chacun",
        "Attendre d'autres réponses, ou partager de nouveau les agrégats d'avant. Si ceux-là n'ont jamais quitté vos "
        "mains : --malgre-le-registre.",
    ),
    "diffusion-non-inscrite": Message(
        "la diffusion n'est pas inscrite au registre ({raison}) : la prochaine ne lui sera pas comparée",
        "un registre, diffusions.registre, que l'on peut écrire dans le dossier qui porte toutes les sources",
        "Refaire la diffusion depuis une copie des sources où l'on peut écrire, et toujours de là ; ou garder la liste "
        "de qui est dans ces agrégats, à comparer avant d'en partager d'autres.",
        _A,
    ),
    "diffusion-sans-code": Message(
        "{combien} sans code : le registre ne les reconnaîtra qu'à leurs réponses, si elles n'ont pas changé",
        "un code par personne, le même d'une fois à l'autre",
        "Donner un code à chacun ; ou ne pas partager d'autres agrégats de presque les mêmes réponses.",
        _A,
    ),
    "registre-mal-forme": Message(
        "« {nom} » n'est pas un registre de diffusions, ou il a été retouché",
        "le registre tel que cpit l'a écrit",
        "Le reprendre d'une sauvegarde ; à défaut, le mettre de côté : rien ne sera comparé aux diffusions passées.",
    ),
    "diffusion-vide": Message(
        "tout est tu : aucun groupe ne peut être montré",
        "une strate d'au moins {minimum} personnes, qui ne répondent pas toutes pareil",
        "Attendre plus de réponses. Abaisser --effectif-minimal seulement si rien n'est publié.",
        _A,
    ),
}


# --- Messages : la fidélité de l’instrument.


FIDELITE = {
    "intervalles-inconnus": Message(
        "la sorte d'intervalles « {valeur} » est inconnue",
        "{connus}",
        "robustes pour lire l'étude, classiques pour comparer à un autre logiciel.",
    ),
    "scipy-absent": Message(
        "la fidélité d'un instrument se calcule avec la bibliothèque scipy, qui n'est pas installée",
        "les bibliothèques de recherche, à côté de cpit",
        "{installer_recherche}, puis recommencer.",
    ),
}


# --- Messages : pages et figures.


FIGURE: dict[str, Message] = {
    "page-existante": Message(
        "le fichier « {nom} » existe déjà et n'est pas une page de cpit",
        "un nom libre, ou une ancienne page de cpit à remplacer",
        "Choisir un autre nom, déplacer ce fichier, ou ajouter --remplacer s'il peut être perdu.",
    ),
    "page-manquante": Message(
        "{option} ne va qu'avec --page",
        "une page à écrire",
        "Ajouter ‹--page F.html›, ou ôter {option}.",
    ),
    "traces-contraires": Message(
        "--sans-traces et --traces ne vont pas ensemble",
        "l'un des deux : aucune trace, ou celles des situations nommées",
        "Ôter --sans-traces, ou --traces.",
    ),
    "trace-d-aucun-item": Message(
        "« {code} », donné à --traces, ne désigne aucune situation",
        "un ou plusieurs codes de situation, séparés par des virgules : {codes}",
        "Donner les codes écrits devant les situations dans l'annexe de la page, ou ôter --traces.",
    ),
    "trace-absente": Message(
        "« {code} », donné à --traces, n'a pas de trace dans cette passation",
        "une situation où une trace a été notée en répondant",
        "Rien à faire si c'est voulu ; l'ajouter par ‹cpit corriger›. Celles de ‹cpit trace› sont dans "
        "‹cpit portfolio›.",
        _A,
    ),
    "usage-de-page-inconnu": Message(
        "« {usage} », donné à --pour, n'est pas un usage d'une page",
        "{usages}",
        "Donner celui-ci, ou ôter --pour.",
    ),
    "entretien-d-un-tiers": Message(
        "la feuille d'entretien ne se fait pas du regard d'un tiers",
        "les réponses de la personne elle-même : c'est elle qui choisit ce qu'elle montre",
        "Donner sa propre passation, ou ôter ‹--pour entretien›.",
    ),
    "valeur-d-une-autre-sorte": Message(
        "l'argument « {argument} » de cpit.{fonction} a reçu {donne}, et attend {attendu}",
        "{attendu}",
        "Corriger cet argument ; help(cpit.{fonction}) les décrit.",
    ),
    "option-d-ecriture": Message(
        "l'option « {option} » ne convient pas à une valeur de sorte « {sorte} » dans ce format",
        "l'une de : {connues}",
        "Retirer cette option, ou changer le suffixe du fichier.",
    ),
    "valeur-sans-fichier": Message(
        "l'argument « valeur », de sorte « {sorte} », ne s'écrit pas dans un fichier",
        "l'une de : {connues}",
        "Donner ce que rendent cpit.lire, cpit.restituer, cpit.fidelite ou cpit.figure.",
    ),
    "figure-inconnue": Message(
        "la figure « {valeur} » est inconnue",
        "l'une de : {connus}",
        "Choisir l'un de ces noms.",
    ),
    "figure-decimale": Message(
        "le signe décimal « {valeur} » est inconnu",
        "virgule ou point",
        "Écrire ‹--decimale virgule› ou ‹--decimale point›.",
    ),
    "figure-mesure": Message(
        "{option} vaut {valeur}",
        "un nombre de {minimum} à {maximum} {unite}",
        "Changer {option}.",
    ),
    "figure-de-groupe-seule": Message(
        "une {nature} décrit un groupe, et il n'y a ici qu'une passation",
        "deux passations au moins, d'un même moment et d'un même regard",
        "Donner toutes les passations du groupe, ou demander une autre figure : {autres}.",
    ),
    "figure-de-groupe-absente": Message(
        "une figure « {nature} » ne se dessine pas de tout un groupe",
        "une personne, ou une équipe",
        "Choisir l'une avec --code, ou l'autre avec --equipe ; ou demander une autre figure : {autres}.",
    ),
    "figure-de-comparaison-seule": Message(
        "une figure « {nature} » se dessine de passations comparées",
        "deux passations d'une même personne au moins",
        "Donner ces passations (de Python, ce que rend cpit.comparer), ou demander une autre figure : {autres}.",
    ),
    "figure-sans-groupe": Message(
        "rien à montrer d'une figure « {nature} » : {presentes} des deux côtés",
        "{seuil} personnes au moins, chacune sous le même code des deux côtés",
        "Donner toutes les sources des deux côtés, ou d'autres moments (--de, --a).",
    ),
    "figure-sans-evolution": Message(
        "aucune figure « {nature} » ne se dessine de ce qui a été comparé : {faites}",
        "une évolution d'un moment à l'autre pour « evolution », de soi aux tiers pour « regards »",
        "Comparer ces moments ou ces regards, ou demander une autre figure.",
    ),
    "figure-d-une-passation": Message(
        "une figure « {nature} » ne se dessine pas de passations comparées",
        "l'une de : {autres}",
        "Demander l'une de ces figures, ou donner une passation seule.",
    ),
    "figure-sans-tiers": Message(
        "rien à montrer d'une figure « {nature} » : aucun tiers n'a répondu",
        "une passation de la personne et celle d'un tiers, au même moment",
        "Donner aussi la passation d'un tiers, ou demander une autre figure.",
    ),
    "figure-sans-choix": Message(
        "{options} : à ne pas donner avec une figure « {nature} », qui montre plusieurs passations",
        "les passations d'une personne, telles qu'on veut les comparer",
        "Retirer {options}, et ne nommer que ces passations.",
    ),
    "figure-regards-d-un-moment": Message(
        "--de et --a : une figure « {nature} » montre soi et les tiers à un seul moment",
        "aucun des deux, ou --moment",
        "Retirer --de et --a ; un autre moment que le dernier se choisit avec --moment.",
    ),
    "figure-moment-absent": Message(
        "cette personne n'a pas répondu à {choix} ; il y a {strates}",
        "deux moments où la personne a répondu elle-même",
        "Changer --de ou --a.",
    ),
    "figure-sans-equipe": Message(
        "une figure « {nature} » ne se dessine pas d'une équipe",
        "l'une de : {autres}",
        "Retirer --equipe, ou demander l'une de ces figures.",
    ),
    "figure-d-equipe-sans-choix": Message(
        "{option} : à ne pas donner avec --equipe",
        "une équipe, à un moment sous un regard",
        "Retirer l'une des deux options.",
    ),
    "figure-equipe-a-choisir": Message(
        "« {valeur} » ne désigne pas une seule équipe à montrer ici",
        "une équipe de {minimum} personnes ou plus",
        "Donner l'une de celles-ci : {equipes}",
    ),
    "figure-equipe-tue": Message(
        "l'équipe « {equipe} » a moins de {minimum} personnes : rien n'en est montré",
        "une équipe de {minimum} personnes ou plus",
        "Choisir une autre équipe.",
    ),
    "figure-sans-donnees": Message(
        "rien à montrer d'une figure « {nature} » : ni fréquence ni importance n'y est dite{assez}",
        "des réponses à un questionnaire ou un formulaire fait avec --place",
        "Les demander avec --place, ou demander une autre figure.",
    ),
    "figure-plusieurs-strates": Message(
        "ces sources mêlent plusieurs moments ou regards ({strates})",
        "un seul moment et un seul regard par figure",
        "Choisir avec --moment et --regard.",
    ),
    "figure-d-une-comparaison": Message(
        "ces passations sont d'une seule personne, à plusieurs moments ou sous plusieurs regards ({strates})",
        "une seule passation pour cette figure",
        "Choisir l'une avec --moment et --regard ; pour les lire l'une devant l'autre, taper : {commande}",
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
        "les bibliothèques des figures en PDF et en PNG, à côté de cpit",
        "{installer_figures}, ou demander un .svg.",
    ),
    "figure-trop-grande": Message(
        "à {ppp} points par pouce, cette figure dépasserait {maximum} pixels de côté",
        "une image que les logiciels savent ouvrir",
        "Réduire --ppp ou --largeur, ou demander un .pdf.",
    ),
}
