"""Messages : la forme d’un référentiel YAML et sa cohérence."""

from __future__ import annotations

from cpit.messages.message import Gravite, Message

_A = Gravite.AVERTISSEMENT

YAML = {
    "yaml-syntaxe": Message(
        "le YAML ne se lit pas : {raison}",
        "une clé, « : », une espace, puis la valeur ; les listes avec « - » ; l'alignement fait avec des espaces",
        "Regarder cette ligne et celle d'avant ; mettre entre guillemets un texte qui contient « : » ou « # ».",
    ),
    "yaml-espace-insecable": Message(
        "l'alignement contient un signe de traitement de texte ({signe}), qui n'aligne rien",
        "des espaces ordinaires, deux par cran",
        "Effacer le début de la ligne et le retaper à la barre d'espace, dans un éditeur de texte.",
    ),
    "yaml-tiret-long": Message(
        "« {signe} » n'ouvre pas un élément de liste",
        "un tiret ordinaire, « - », puis une espace",
        "Le remplacer par le tiret du clavier ; un traitement de texte l'allonge de lui-même, un éditeur de texte non.",
    ),
    "yaml-deux-points": Message(
        "« {signe} » ne sépare pas une clé de sa valeur",
        "« : », puis une espace ordinaire",
        "Retaper les deux-points et l'espace au clavier, dans un éditeur de texte.",
    ),
    "yaml-texte-coupe": Message(
        "un « # » ouvre un commentaire : « {perdu} » n'est pas lu, il ne reste {garde}",
        "un texte entre guillemets, ou sous « >- », s'il contient « # »",
        "Mettre le texte entre guillemets. Un commentaire voulu se met sur sa propre ligne, ou après deux espaces.",
        _A,
    ),
    "yaml-guillemets-gardes": Message(
        "les guillemets courbes de « {valeur} » sont pris avec le texte",
        "des guillemets droits autour d'un texte, ou rien",
        "Ôter ces guillemets, ou l'accepter s'ils doivent se lire.",
        _A,
    ),
    "yaml-vide": Message(
        "le fichier est vide",
        "un référentiel en YAML",
        "Partir du modèle : ‹cpit referentiel montrer minimal --yaml›",
    ),
    "yaml-plusieurs-documents": Message(
        "le fichier contient plusieurs documents YAML (séparés par « --- »)",
        "un seul document",
        "Garder un référentiel par fichier.",
    ),
    "yaml-alias": Message(
        "un renvoi YAML (« & » ou « * ») n'est pas permis",
        "des valeurs écrites en entier",
        "Recopier la valeur ; mettre le texte entre guillemets s'il commence vraiment par « & » ou « * ».",
    ),
    "yaml-etiquette": Message(
        "l'étiquette YAML « {etiquette} » n'est pas permise",
        "du texte, des nombres, des listes et des tables ordinaires",
        "Ôter ce qui commence par « ! » ou le mettre entre guillemets.",
    ),
    "yaml-profondeur": Message(
        "l'imbrication dépasse {limite} niveaux",
        "{limite} niveaux d'imbrication au plus",
        "Vérifier l'alignement et les crochets de cette ligne.",
    ),
    "yaml-demesure": Message(
        "le fichier contient plus de {limite} valeurs",
        "{limite} valeurs au plus ; le référentiel livré en compte moins de 1 000",
        "Vérifier que c'est bien le bon fichier.",
    ),
    "yaml-cle-en-double": Message(
        "la clé « {cle} » est écrite deux fois (déjà ligne {deja})",
        "chaque clé une seule fois par table",
        "Garder l'une des deux.",
    ),
    "yaml-cle-composee": Message(
        "une liste ou une table sert de clé",
        "un mot simple comme clé",
        "Vérifier les « ? », les crochets et les accolades de cette ligne.",
    ),
}

FORME = {
    "cle-inconnue": Message(
        "la clé « {cle} » est inconnue ici",
        "l'une de ces clés : {permises}",
        "Corriger le nom ou ôter la ligne.",
    ),
    "cle-manquante": Message(
        "la clé « {cle} » manque dans {parent}",
        "une clé « {cle} » avec sa valeur",
        "L'ajouter au même alignement que ses voisines.",
    ),
    "texte-attendu": Message(
        "{cle} : un texte est attendu, on trouve {trouve}",
        "un texte sur une ligne, ou un bloc après « >- »",
        "Écrire le texte après « : », entre guillemets s'il commence par un crochet ou une accolade.",
    ),
    "valeur-vide": Message(
        "{cle} : la valeur est vide",
        "un texte d'au moins un caractère",
        "Écrire la valeur, ou ôter la ligne si la clé est facultative.",
    ),
    "liste-attendue": Message(
        "{cle} : une liste est attendue, on trouve {trouve}",
        "des lignes qui commencent par « - »",
        "Mettre chaque élément sur une ligne qui commence par « - ».",
    ),
    "liste-trop-courte": Message(
        "{cle} : la liste a {taille} {taille:élément|éléments}",
        "au moins {minimum}",
        "Compléter la liste.",
    ),
    "table-attendue": Message(
        "{cle} : une table « clé : valeur » est attendue, on trouve {trouve}",
        "les clés {permises}",
        "Écrire chaque clé sur sa ligne, alignée sous la précédente.",
    ),
    "entier-attendu": Message(
        "{cle} : « {valeur} » n'est pas un nombre entier",
        "un nombre entier, par exemple 3 ou -1",
        "Écrire le nombre en chiffres, sans unité ni décimale.",
    ),
    "nombre-attendu": Message(
        "{cle} : « {valeur} » n'est pas un nombre",
        "un nombre avec un point décimal, par exemple 0.5",
        "Écrire le nombre en chiffres ; le YAML veut un point, pas une virgule.",
        en_classeur=(
            "un nombre, par exemple 0,5",
            "Écrire le nombre en chiffres, sans unité.",
        ),
    ),
    "poids-non-positif": Message(
        "{cle} : le poids {valeur} n'est pas strictement positif",
        "un poids supérieur à zéro (1 par défaut)",
        "Donner un poids positif, ou ôter l'item s'il ne doit pas compter.",
    ),
    "booleen-attendu": Message(
        "{cle} : « {valeur} » n'est ni oui ni non",
        "oui ou non (ou true, false)",
        "Écrire oui ou non.",
    ),
    "identifiant-invalide": Message(
        "{cle} : « {valeur} » ne peut pas servir d'identifiant",
        "des lettres sans accent, chiffres, « - » ou « _ », 64 signes au plus, {debut}",
        "Raccourcir, ôter accents, espaces et ponctuation.",
    ),
    "proximite-inconnue": Message(
        "{cle} : « {valeur} » n'est pas une proximité",
        "l'une de : {connues}",
        "Choisir l'une d'elles : « exacte » pour la même compétence, « large » si elle est plus large que celle-ci.",
    ),
    "moment-invalide": Message(
        "{cle} : « {valeur} » n'est pas le code d'un moment",
        "t0, t1… ou t0-retrospectif, en minuscules",
        "Écrire l'un de ces codes ; le nom que vous lui donnez va dans « libelle ».",
    ),
    "date-invalide": Message(
        "{cle} : « {valeur} » n'est pas une date",
        "AAAA, AAAA-MM ou AAAA-MM-JJ, par exemple 2023-11",
        "Écrire l'année d'abord, avec des tirets, et vérifier que le jour existe.",
    ),
    "url-invalide": Message(
        "{cle} : « {valeur} » n'est pas une adresse web",
        "une adresse qui commence par https:// ou http://",
        "Compléter l'adresse, ou ôter la clé.",
        en_classeur=(
            "une adresse qui commence par https:// ou http://",
            "Compléter l'adresse, ou vider la cellule.",
        ),
    ),
    "fautes-nombreuses": Message(
        "il y a plus de {nombre} fautes ; la suite n'est pas détaillée",
        "un référentiel de cpit",
        "Vérifier que c'est bien le bon fichier, corriger les premières fautes et recommencer.",
    ),
    "valeur-invalide": Message(
        "{cle} : la valeur ne convient pas ({raison})",
        "une valeur de la forme décrite par ‹cpit referentiel schema›",
        "Comparer avec le modèle : ‹cpit referentiel montrer minimal --yaml›",
        en_classeur=(
            "une valeur comme dans le modèle",
            "Comparer avec le modèle : ‹cpit referentiel modele --xlsx›",
        ),
    ),
}

COHERENCE = {
    "code-en-double": Message(
        "le code « {code} » est déjà pris par {deja}",
        "un code différent pour chaque {sorte}",
        "Renommer l'un des deux.",
    ),
    "moment-du-nom-d-un-autre": Message(
        "le moment {code} porte le nom du moment {autre}",
        "un nom qui ne soit ni le code ni le nom usuel d'un autre moment",
        "Le nommer autrement : un fichier rempli se lirait comme {autre}.",
    ),
    "code-reserve": Message(
        "« {code} » est le nom d'une colonne des exports",
        "un code qui ne soit pas l'un de : {reserves}, et ne commence pas par score_ ou n_",
        "Renommer.",
    ),
    "reference-inconnue": Message(
        "{cle} : « {code} » ne désigne {sorte}",
        "l'un de : {connus}",
        "Corriger le nom, ou déclarer ce qui manque.",
        en_classeur=(
            "l'un de : {connus}",
            "Corriger le nom, ou ajouter ce qui manque à sa feuille.",
        ),
    ),
    "competence-sans-item": Message(
        "la compétence « {code} » n'a aucun item",
        "au moins un item par compétence",
        "Écrire un item qui porte « competence: {code} », ou ôter la compétence.",
        en_classeur=(
            "au moins un item par compétence",
            "Dans la feuille « items », écrire « {code} » dans la colonne « competence » d'une ligne, ou "
            "ôter la compétence.",
        ),
    ),
    "ingenierie-sans-item": Message(
        "l'ingénierie « {code} » n'a aucun item",
        "au moins un item par ingénierie",
        "Écrire un item qui porte « ingenierie: {code} », ou ôter l'ingénierie.",
        en_classeur=(
            "au moins un item par ingénierie",
            "Dans la feuille « items », écrire « {code} » dans la colonne « ingenierie » d'une ligne, ou "
            "ôter l'ingénierie.",
        ),
    ),
    "poles-confondus": Message(
        "les ingénieries « {un} » et « {deux} » sont au même point de la carte",
        "des positions différentes",
        "Changer l'une des deux positions ; sinon la carte ne les distingue pas.",
        _A,
    ),
    "poles-alignes": Message(
        "toutes les ingénieries sont sur une même droite",
        "des positions qui forment un triangle ou plus",
        "Déplacer un pôle ; sinon la position ne varie que le long de cette droite.",
        _A,
    ),
    "enonce-long": Message(
        "l'énoncé compte {mots} mots",
        "{maximum} mots au plus, pour se comprendre à la première lecture",
        "Garder la situation, ôter ce qui l'explique ; ou mettre le reste sous « description ».",
        _A,
    ),
    "enonce-double": Message(
        "l'énoncé dit « je » deux fois : il décrit deux situations",
        "une seule situation, un seul verbe en « je » : on peut mener l'une et pas l'autre",
        "En garder une, ou en faire deux items.",
        _A,
    ),
    "enonce-deux-verbes": Message(
        "l'énoncé semble avoir deux verbes (« {mots} ») : il décrirait deux situations",
        "une seule situation, un seul verbe en « je » : on peut mener l'une et pas l'autre",
        "En garder une, ou en faire deux items ; rien à faire si ce n'est pas un verbe.",
        _A,
    ),
    "enonce-sans-je": Message(
        "l'énoncé ne dit pas « je », et la plupart des autres le disent",
        "une même façon d'écrire pour toutes les situations",
        "L'écrire à la première personne, comme les autres.",
        _A,
    ),
    "enonce-et-ou": Message(
        "l'énoncé contient « et/ou » : on ne sait pas à quoi l'on répond",
        "l'un des deux mots",
        "Choisir « et » ou « ou », ou faire deux items.",
        _A,
    ),
    "enonce-deux-fois-negatif": Message(
        "l'énoncé est négatif deux fois : répondre oui ou non y devient un casse-tête",
        "une phrase affirmative, ou une seule négation",
        "Dire ce qui se fait plutôt que ce qui ne se fait pas.",
        _A,
    ),
    "enonce-frequence": Message(
        "l'énoncé dit « {mot} » : la réponse dit déjà à quelle fréquence, ou jusqu'où",
        "une situation, que l'échelle mesure seule",
        "Ôter « {mot} ».",
        _A,
    ),
    "enonce-repete": Message(
        "l'énoncé est aussi celui de {deja} : une enquête dont les colonnes sont des énoncés ne se lira pas",
        "un énoncé différent pour chaque item",
        "Dire ce qui distingue les deux situations, ou ôter l'un des deux items.",
        _A,
    ),
    "enonce-jargon": Message(
        "l'énoncé emploie des mots que tous ne comprennent pas : {mots}",
        "les mots de la conversation, compris dans une commune comme dans une association",
        "Les remplacer, ou dire le sigle en toutes lettres.",
        _A,
    ),
    "cases-vides": Message(
        "{nombre} {nombre:case compétence × ingénierie n'a|cases compétence × ingénierie n'ont} aucun item : {cases}",
        "au moins un item par case",
        "Ajouter un item, ou l'accepter : ces compétences n'auront pas de position propre.",
        _A,
    ),
    "source-manquante": Message(
        "{cle} ne porte ni source ni hypothèse",
        "une clé « source » (l'une de celles déclarées) ou « hypothese » (le raisonnement)",
        "Dire d'où vient cette valeur, ou l'accepter le temps d'un premier essai.",
        _A,
        en_classeur=(
            "une source (l'une de celles de la feuille « sources ») ou une hypothèse (le raisonnement)",
            "Remplir l'une des deux colonnes, ou l'accepter le temps d'un premier essai.",
        ),
    ),
    "sources-absentes": Message(
        "le référentiel ne cite aucune source",
        "une liste « sources » : ce sur quoi l'on s'appuie",
        "Citer ses sources, ou l'accepter le temps d'un premier essai : on ne saura pas d'où vient un résultat.",
        _A,
        en_classeur=(
            "une ligne au moins dans la feuille « sources » : ce sur quoi l'on s'appuie",
            "Citer ses sources, ou l'accepter le temps d'un premier essai : on ne saura pas d'où vient un résultat.",
        ),
    ),
    "ancre-hors-echelle": Message(
        "le niveau {valeur} n'est pas un niveau de l'échelle",
        "l'un de : {connus}",
        "Reprendre la valeur d'un niveau de l'échelle.",
    ),
    "compatible-avec-soi": Message(
        "la version {version} se dit compatible avec elle-même",
        "une version passée, autre que celle-ci",
        "Augmenter « version », ou ôter cette ligne.",
    ),
    "source-sans-entree": Message(
        "{cle} : la source « {valeur} » est citée en toutes lettres",
        "la clé d'une entrée de la liste « sources »",
        "Ajouter l'ouvrage à « sources » et citer sa clé.",
        _A,
        en_classeur=(
            "la clé d'une ligne de la feuille « sources »",
            "Ajouter l'ouvrage à la feuille « sources » et citer sa clé.",
        ),
    ),
    "niveaux-non-croissants": Message(
        "le niveau {valeur} vient après le niveau {precedent}",
        "des valeurs entières strictement croissantes",
        "Remettre les niveaux dans l'ordre, sans répétition.",
    ),
    "seuil-hors-bornes": Message(
        "{cle} vaut {valeur}",
        "un nombre de 0 à 1",
        "Écrire par exemple 0.5 pour la moitié.",
        en_classeur=(
            "un nombre de 0 à 1",
            "Écrire par exemple 0,5 pour la moitié.",
        ),
    ),
    "lectures-non-croissantes": Message(
        "la borne « jusqua » {valeur} vient après {precedent}",
        "des bornes strictement croissantes, du plus bas au plus haut",
        "Remettre les lectures dans l'ordre.",
    ),
    "lecture-finale-bornee": Message(
        "la dernière lecture porte une borne « jusqua »",
        "une dernière lecture sans « jusqua », qui couvre le haut de l'échelle",
        "Ôter « jusqua » de la dernière lecture.",
    ),
    "lecture-sans-borne": Message(
        "cette lecture n'a pas de borne « jusqua » et n'est pas la dernière",
        "une borne « jusqua » pour toutes les lectures sauf la dernière",
        "Ajouter « jusqua ».",
    ),
    "lecture-hors-echelle": Message(
        "la borne « jusqua » {valeur} est hors de l'échelle",
        "une borne entre {minimum} et {maximum}",
        "Corriger la borne ; sinon une lecture ne sera jamais montrée.",
        _A,
    ),
    "item-hors-regroupement": Message(
        "le regroupement « {code} » laisse de côté : {items}",
        "chaque item dans un groupe",
        "Rattacher ces items, ou l'accepter : ils ne compteront pas dans cette lecture.",
        _A,
    ),
    "positions-incompletes": Message(
        "le jeu de sensibilité « {code} » ne place pas : {manquants}",
        "une position pour chaque ingénierie",
        "Ajouter les positions qui manquent.",
    ),
}

MESSAGES_REFERENTIEL = {
    "grille-sans-feuilles": Message(
        "ce classeur n'a aucune des feuilles d'une grille",
        "des feuilles de ces noms : {noms}",
        "Partir du modèle : ‹cpit referentiel modele --xlsx›",
    ),
    "grille-sans-entetes": Message(
        "les en-têtes de cette feuille manquent",
        "une ligne qui nomme les colonnes : {noms}",
        "Rétablir la ligne des en-têtes, ou reprendre la feuille du modèle : ‹cpit referentiel modele --xlsx›",
    ),
    "grille-sans-ligne": Message(
        "la feuille « {feuille} » n'a rien pour {parent}",
        "au moins une ligne remplie, ou la feuille elle-même si elle manque",
        "Ajouter la ligne ; sa première colonne dit à quoi elle se rattache.",
    ),
    "colonne-de-grille-inconnue": Message(
        "la colonne ou le champ « {valeur} » est inconnu ici",
        "l'un de : {noms}",
        "Corriger le nom, ou effacer la colonne : rien n'en serait gardé.",
    ),
    "case-a-remplir": Message(
        "{colonne} : la case est vide",
        "une valeur : ce champ est exigé",
        "Remplir la case, ou effacer toute la ligne si elle ne sert pas.",
    ),
    "case-illisible": Message(
        "{colonne} : la case porte {raison}",
        "un texte ou un nombre, tapé ou collé en valeur",
        "Retaper la valeur dans cette case.",
    ),
    "feuille-de-grille-laissee": Message(
        "la feuille « {noms} » n'est pas de la grille : elle n'est pas lue",
        "les seules feuilles du modèle",
        "Rien à faire si c'est un brouillon ; sinon, rétablir le nom de la feuille.",
        _A,
    ),
    "conditions-absentes": Message(
        "le référentiel {referentiel} n'a aucune question sur les conditions d'exercice",
        "un référentiel où une question de profil est déclarée « condition: oui »",
        "Ôter --conditions ; ou ajouter ces questions à son propre référentiel : ‹cpit guide referentiel›",
    ),
    "referentiel-inconnu": Message(
        "aucun référentiel ne s'appelle « {nom} »",
        "un référentiel livré ({connus}), ou le chemin d'un fichier .yaml",
        "Voir la liste : ‹cpit referentiel lister›",
    ),
    "version-inconnue": Message(
        "aucune version « {version} » de {nom} n'est livrée",
        "l'une de : {connues}",
        "Nommer une de ces versions, {nom} seul pour l'actuelle, ou le chemin d'un fichier .yaml.",
    ),
    "echelle-inconnue": Message(
        "aucune échelle ne s'appelle « {nom} »",
        "l'une de : {connus}",
        "Reprendre un identifiant de cette liste.",
    ),
}
