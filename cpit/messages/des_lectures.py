"""Les messages de la lecture des réponses d’une cohorte : fichiers, colonnes, cellules."""

from __future__ import annotations

from cpit.messages.message import Gravite, Message

_A = Gravite.AVERTISSEMENT
_CELLULES = ("colonne", "{nombre} cellules, d'abord {places}")
"""Des réponses pareilles se montrent d'un coup."""
_LIGNES = ("portee", "{nombre} lignes ne sont pas lues ({places})")

LECTURE = {
    "identifiant-vide": Message(
        "--identifiant ne nomme aucune colonne",
        "l'en-tête de la colonne qui dit qui a répondu",
        'Écrire par exemple ‹--identifiant "Votre code"›.',
    ),
    "garder-inconnu": Message(
        "--garder : « {valeur} » est inconnu",
        "{connus}",
        "Choisir l'un des trois.",
    ),
    "encodage-inconnu": Message(
        "--encodage : « {valeur} » est inconnu",
        "{connus}",
        "Choisir l'un des quatre ; un texte en UTF-8 n'a rien à dire.",
    ),
    "valeurs-incomprises": Message(
        "--valeurs, correspondance {rang} : « {paire} » n'est pas une réponse et ce qu'elle vaut",
        "une réponse telle qu'écrite, « = », un niveau, SO ou vide",
        "Écrire par exemple ‹--valeurs 1=0,2=1,n/a=SO›.",
    ),
    "valeurs-hors-echelle": Message(
        "--valeurs, correspondance {rang} (« {paire} ») : « {cible} » n'est pas une réponse du référentiel",
        "{attendus}",
        "Mettre à droite de « = » l'une de ces réponses.",
    ),
    "valeurs-contraires": Message(
        "--valeurs, correspondance {rang} (« {paire} ») : « {ecrite} » vaut déjà {deja}",
        "une seule valeur pour chaque réponse écrite",
        "Garder l'une des deux correspondances.",
    ),
    "cellule-non-entiere": Message(
        "{colonne} : « {valeur} » n'est pas un nombre entier de l'échelle",
        "{attendus}",
        "Remplacer par un niveau{ou_dire}. La réponse compte comme sans réponse.",
        pareilles=_CELLULES,
    ),
    "cellule-hors-echelle": Message(
        "{colonne} : « {valeur} » n'est pas un niveau de l'échelle",
        "{attendus}",
        "Remplacer par un niveau{ou_dire}. La réponse compte comme sans réponse.",
        pareilles=_CELLULES,
    ),
    "cellule-incomprise": Message(
        "{colonne} : « {valeur} » n'est pas une réponse connue",
        "{attendus}",
        "Remplacer par un niveau ou son libellé{ou_dire}. La réponse compte comme sans réponse.",
        pareilles=_CELLULES,
    ),
    "cellule-non-dite": Message(
        "{colonne} : --valeurs change des nombres et ne dit pas ce que vaut « {valeur} »",
        "une correspondance pour chaque nombre de la table",
        "Ajouter ce nombre à --valeurs{ou_dire}. La réponse compte comme sans réponse.",
        pareilles=_CELLULES,
    ),
    "autre-echelle": Message(
        "les réponses ne sont pas sur l'échelle du référentiel : {raison} (lignes jugées : {lignes} ; "
        "valeurs : {valeurs}) ; la table n'est pas lue",
        "{attendus}",
        "Dire ce que vaut chaque réponse, ce que vous seul savez, "
        "par exemple ‹--valeurs \"{remede}\"› ; si c'est bien l'échelle du référentiel, "
        "corriger les réponses qui en sortent.",
    ),
    "colonne-autre-echelle": Message(
        "{colonne} : la colonne n'est pas sur l'échelle du référentiel : {raison} (lignes jugées : {lignes} ; "
        "valeurs : {valeurs}) ; ses {nombre} réponses ne sont pas prises",
        "{attendus}",
        "Récrire cette colonne sur l'échelle des autres ({remede}). Ses réponses sont refusées : elles comptent comme "
        "sans réponse dans les scores.",
    ),
    "echelle-douteuse": Message(
        "autre échelle ? {raison} (valeurs : {valeurs}), mais {nombre} nombres sont trop peu pour en juger : ils sont "
        "lus sur l'échelle du référentiel",
        "des réponses sur l'échelle du référentiel",
        'Si la table est sur une autre échelle, ajouter ‹--valeurs "{remede}"› ; sinon, corriger ce qui en sort.',
        _A,
    ),
    "echelle-supposee": Message(
        "les {nombre} réponses de {lignes} lignes sont {valeurs}, jamais {bas} : elles sont lues sur "
        "l'échelle de {echelle}, celle du référentiel",
        "des réponses sur l'échelle du référentiel",
        "Rien à faire si c'est bien celle-là ; si l'outil comptait à partir d'un cran plus haut, ajouter "
        '‹--valeurs "{remede}"›.',
        _A,
    ),
    "que-des-cases": Message(
        "les {nombre} réponses de {lignes} lignes sont toutes 0 ou 1 : elles sont lues sur l'échelle de {echelle}, "
        "celle du référentiel, mais ce peut être des cases à cocher",
        "un niveau de l'échelle pour chaque situation",
        "Rien à faire si ce sont bien des niveaux ; si l'outil y met 1 d'une case cochée, ce ne sont pas des réponses "
        "à ces situations : reposer la question.",
        _A,
    ),
    "cellule-ambigue": Message(
        "{colonne} : « {valeur} » peut dire « sans objet », un niveau ou une absence de réponse",
        "{attendus}",
        "Écrire un niveau, ou laisser vide{ou_dire}. La réponse compte comme sans réponse.",
        pareilles=_CELLULES,
    ),
    "cellule-pourcentage": Message(
        "{colonne} : « {valeur} » est un pourcentage, pas un niveau",
        "{attendus}",
        "Dans le tableur, remettre la cellule au format « Standard » et vérifier le niveau{ou_dire}. La réponse compte "
        "comme sans réponse.",
        pareilles=_CELLULES,
    ),
    "cellule-code-de-reponse": Message(
        "{colonne} : « {valeur} » est un code de réponse d'enquête, qui ne dit pas son niveau",
        "{attendus}",
        "Exporter les libellés{ou_dire}. La réponse compte comme sans réponse.",
        pareilles=_CELLULES,
    ),
    "cellule-plusieurs-reponses": Message(
        "{colonne} : la cellule porte plusieurs réponses (« {valeur} »)",
        "une seule réponse par cellule",
        "Garder l'une d'elles, et n'admettre qu'un choix par question dans l'enquête. La réponse compte comme sans "
        "réponse.",
        pareilles=_CELLULES,
    ),
    "cellule-libelle-coupe": Message(
        "{colonne} : « {valeur} » n'est que le début d'un libellé",
        "{attendus}, entier",
        "Remettre le libellé entier{ou_dire}. La réponse compte comme sans réponse.",
        pareilles=_CELLULES,
    ),
    "numero-et-libelle": Message(
        "{colonne} : dans « {valeur} », le nombre et le libellé ne disent pas le même niveau",
        "{attendus}",
        "Corriger l'un des deux{ou_dire}. La réponse compte comme sans réponse.",
        pareilles=_CELLULES,
    ),
    "cellule-date": Message(
        "{colonne} : la cellule est une date ({valeur})",
        "{attendus}",
        "Dans le tableur, remettre la cellule au format « Standard » et retaper le niveau.",
        pareilles=_CELLULES,
    ),
    "cellule-booleen": Message(
        "{colonne} : la cellule est VRAI ou FAUX",
        "{attendus}",
        "Retaper le niveau en chiffres.",
        pareilles=_CELLULES,
    ),
    "cellule-erreur": Message(
        "{colonne} : la cellule contient une erreur de tableur ({valeur})",
        "{attendus}",
        "Corriger la formule ou retaper le niveau.",
        pareilles=_CELLULES,
    ),
    "cellule-formule": Message(
        "{colonne} : la cellule est une formule sans valeur calculée",
        "{attendus}",
        "Ouvrir le fichier dans un tableur, l'enregistrer, ou coller les valeurs.",
        pareilles=_CELLULES,
    ),
    "formules-sans-preuve": Message(
        "{nombre} {nombre:formule vaut|formules valent} zéro, et ce format ne dit pas si elles ont été calculées ; "
        "zéro est pris",
        "des réponses, ou un classeur .xlsx ou .ods, qui le dit",
        "Ouvrir le fichier dans un tableur, vérifier ces cellules, et l'enregistrer en .xlsx.",
        _A,
    ),
    "cellule-fusionnee": Message(
        "{colonne} : la cellule est prise dans une fusion ({valeur})",
        "une cellule par réponse",
        "Défusionner et retaper la réponse.",
        pareilles=_CELLULES,
    ),
    "cellule-contredite": Message(
        "{colonne} : plusieurs réponses différentes pour la même personne ({valeur})",
        "une seule réponse par situation et par passation",
        "Ôter les lignes en trop, ou dire leur moment dans une colonne « moment ». Elle compte comme sans réponse.",
        pareilles=_CELLULES,
    ),
    "correspondance-valeur": Message(
        "{cle} : « {valeur} » ne convient pas",
        "{attendu}",
        "Corriger la valeur dans la correspondance.",
    ),
    "correspondance-a-dire": Message(
        "« {valeur} » reste à dire",
        "ce que porte cette colonne, ou ce que vaut cette réponse",
        "Remplacer le « ? » ; « de-cote » met une colonne de côté.",
    ),
    "correspondance-sans-mots": Message(
        "« {valeur} » porte « {cible} » : ce que veulent dire ses mots ne se dit pas sous elle",
        "« valeurs » sous une colonne de moment, de regard, de rôle ou de profil",
        "Ôter ces valeurs ; ce que valent des réponses se dit pour toute la table, à la clé « valeurs ».",
    ),
    "correspondance-cible-inconnue": Message(
        "« {valeur} » : « {cible} » n'est rien que cpit lise",
        "identifiant, moment, regard, un code de situation, sa trace, une question de profil, ou de-cote",
        "Corriger le mot à droite des deux points.",
    ),
    "correspondance-cible-en-double": Message(
        "« {valeur} » : {cible} est déjà donnée, ligne {deja}",
        "une colonne par chose à lire",
        "Ne garder que l'une des deux ; l'autre est « de-cote ».",
    ),
    "equipe-sans-colonne": Message(
        "cette table n'a pas de colonne « {valeur} », et ce n'est pas une question de profil : elle n'est pas lue",
        "une colonne de la table ({colonnes}) ou une question de profil ({connus})",
        "Donner à --equipe l'un de ces noms, tel qu'il est écrit.",
    ),
    "equipe-d-une-colonne-lue": Message(
        "« {valeur} » : cpit lit dans cette colonne {quoi}, elle ne dit pas d'équipe ; cette table n'est pas lue",
        "une autre colonne de la table ({colonnes}) ou une question de profil ({connus})",
        "Donner à --equipe l'un de ces noms, tel qu'il est écrit.",
    ),
    "correspondance-sans-colonne": Message(
        "la correspondance {nom} nomme des colonnes que la table n'a pas : {noms}",
        "les en-têtes de la table, tels qu'ils y sont écrits",
        "Corriger la correspondance, ou la refaire par ‹cpit correspondance›.",
    ),
    "correspondance-sans-ligne": Message(
        "la correspondance {nom} dit les en-têtes à la ligne {ligne}, où la table n'en a pas",
        "une ligne remplie, des {limite} premières",
        "Corriger « ligne » dans la correspondance : c'est le numéro de la ligne dans la table.",
    ),
    "correspondance-vide": Message(
        "la correspondance est vide",
        "ce que porte chaque colonne d'une table, en YAML",
        "Partir de ce que propose ‹cpit correspondance›, suivi du nom de la table.",
    ),
    "table-longue": Message(
        "la table a une ligne par réponse ; ses lignes sont rassemblées en {nombre} {nombre:passation|passations}",
        "une ligne par personne, ou une ligne par réponse où se lisent la personne, la situation et la réponse",
        "Vérifier que ce nombre est celui attendu.",
        _A,
    ),
    "table-a-cases": Message(
        "la table a une case à cocher par niveau (« {nom} »…) ; {nombre} {nombre:situation y est lue à sa|situations y "
        "sont lues à leur} seule case cochée",
        "une colonne par situation, ou une case par niveau dont une seule est cochée",
        "Vérifier une personne ; si plusieurs cases se cochaient, reposer la question à réponse unique.",
        _A,
    ),
    "table-longue-sans-identite": Message(
        "la table a une ligne par réponse, et aucune colonne ne dit qui a répondu",
        "une colonne « identifiant », ou l'une de celles que cpit connaît",
        "Nommer cette colonne avec --identifiant, ou la renommer « identifiant ».",
    ),
    "table-longue-sans-reponses": Message(
        "la table a une ligne par réponse, et on ne peut dire quelle colonne porte les réponses ({colonnes})",
        "une seule colonne nommée « réponse » ou « valeur », ou dont toutes les cellules sont des réponses",
        "Renommer cette colonne « réponse ».",
    ),
    "questions-mises-de-cote": Message(
        "des questions de la table ne sont pas des situations de ce référentiel : {noms}",
        "le code ou l'énoncé d'une situation",
        "Les accepter (elles sont mises de côté), ou corriger leur texte.",
        _A,
    ),
    "table-transposee": Message(
        "la table a une colonne par personne ; elle est lue comme {nombre} {nombre:passation|passations}",
        "une ligne par personne, ou une colonne par personne sous son code",
        "Vérifier que ce nombre est celui attendu.",
        _A,
    ),
    "table-transposee-sans-identite": Message(
        "la table a une colonne par personne, et rien au-dessus des situations ne dit qui elles sont",
        "une première ligne qui porte le code de chaque personne",
        "Ajouter cette ligne au-dessus des situations ; d'un formulaire de cpit, donner le classeur rempli lui-même "
        "(.xlsx, .ods, .xls), et non ce qu'on en a enregistré en texte.",
    ),
    "colonnes-sans-personne": Message(
        "des colonnes n'ont, en face des situations, aucune réponse de l'échelle : {noms}",
        "dans chaque colonne, les réponses d'une personne",
        "Les accepter : elles sont mises de côté.",
        _A,
    ),
    "sans-objet-non-prevu": Message(
        "{colonne} : « {valeur} » (sans objet), que ce référentiel ne prévoit pas",
        "{attendus}",
        "Laisser vide{ou_dire}. La réponse compte comme sans réponse.",
        pareilles=_CELLULES,
    ),
    "xlsx-verrou": Message(
        "« {nom} » est la trace d'un classeur resté ouvert, pas un classeur",
        "le classeur lui-même, dont le nom ne commence pas par « ~ »",
        "Fermer le tableur et donner l'autre fichier.",
    ),
    "xlsx-pas-un-classeur": Message(
        "ce n'est pas un classeur ({raison})",
        "un fichier enregistré par un tableur, en .xlsx, .ods ou .xls",
        "Vérifier que c'est le bon fichier, ou l'ouvrir dans un tableur et l'enregistrer en .xlsx.",
    ),
    "xlsx-autre-format": Message(
        "c'est {sorte}, pas un classeur que cpit lit",
        "un classeur .xlsx, .xlsm, .ods, .xls ou .xlsb",
        "L'ouvrir dans un tableur, « Enregistrer sous », et choisir « Classeur Excel (.xlsx) ».",
    ),
    "xlsx-chiffre": Message(
        "le classeur est protégé par un mot de passe",
        "un classeur qui s'ouvre sans mot de passe",
        "L'ouvrir, retirer le mot de passe, enregistrer.",
    ),
    "xlsx-abime": Message(
        "le classeur est abîmé ({raison})",
        "un classeur entier",
        "Le redemander à la personne : il a pu être coupé pendant l'envoi ou la copie.",
    ),
    "xlsx-demesure": Message(
        "le classeur annonce {quoi} : {trouve}",
        "{limite} au plus",
        "Vérifier que c'est bien le bon fichier ; sinon, recopier les réponses dans un classeur neuf.",
    ),
    "xlsx-suspect": Message(
        "le classeur contient {quoi}, dans « {ou} »",
        "ce qu'un tableur écrit",
        "Ne pas l'ouvrir sans savoir d'où il vient. S'il est sûr, l'enregistrer à nouveau depuis un tableur.",
    ),
    "formulaire-sans-identification": Message(
        "ce classeur n'est pas un formulaire de cpit : sa feuille d'identification manque ou ne se lit pas",
        "un formulaire écrit par ‹cpit formulaire›, rempli et enregistré",
        "Reprendre le fichier d'origine et y recopier les réponses.",
    ),
    "formulaire-version": Message(
        "le formulaire est au format {trouve}, que ce cpit ne connaît pas",
        "le format {connu}",
        "Mettre cpit à jour.",
    ),
    "formulaire-remanie": Message(
        "le formulaire a été remanié : {raison}",
        "une seule feuille à remplir, avec sa ligne d'en-têtes",
        "Reprendre le fichier d'origine et y recopier les réponses.",
    ),
    "formulaire-item-absent": Message(
        "{colonne} : la situation n'est plus dans le formulaire",
        "son code dans la colonne « Code », comme à l'origine",
        "Rétablir la ligne. La réponse compte comme sans réponse.",
    ),
    "formulaire-item-en-double": Message(
        "{colonne} : la situation est écrite plusieurs fois ({cellules})",
        "une seule ligne par situation",
        "Ôter les lignes en trop. La réponse compte comme sans réponse.",
    ),
    "formulaire-item-deplace": Message(
        "{colonne} : le texte en face du code n'est pas celui de cette situation",
        "« {attendu} »",
        "Remettre chaque code devant sa situation. La réponse compte comme sans réponse.",
    ),
    "formulaire-choix-inconnu": Message(
        "{colonne} : « {valeur} » n'est pas dans la liste",
        "l'un de : {attendus}",
        "Choisir dans la liste et enregistrer. Le formulaire n'est pas pris.",
    ),
    "formulaire-profil-inconnu": Message(
        "{colonne} : « {valeur} » n'est pas dans la liste ; le choix n'est pas pris",
        "l'un de : {attendus}",
        "Choisir dans la liste, ou l'accepter : le profil est facultatif.",
        _A,
    ),
    "formulaire-question-absente": Message(
        "{colonne} : la question n'est plus dans le formulaire",
        "la question, comme à l'origine",
        "Rétablir la ligne, ou accepter de ne pas connaître la réponse.",
        _A,
    ),
    "formulaire-code-incompris": Message(
        "{colonne} : « {valeur} » n'est pas un code ; il n'est pas pris",
        "un code écrit en lettres ou en chiffres",
        "Mettre la cellule au format « Texte » et retaper le code ; rien à faire si la personne reste anonyme.",
        _A,
    ),
    "formulaire-code-long": Message(
        "{colonne} : le code a {signes} signes ; il est pris entier",
        "{limite} signes au plus",
        "Le raccourcir, partout où la personne l'emploie, pour qu'on puisse aussi le taper au terminal.",
        _A,
    ),
    "formulaire-trace-incomprise": Message(
        "{colonne} : la trace n'est pas un texte ({valeur}) ; elle n'est pas prise",
        "un texte",
        "Retaper la trace comme un texte.",
        _A,
    ),
    "trace-longue": Message(
        "{colonne} : la trace a {signes} signes ; elle est prise entière",
        "{limite} signes au plus",
        "La raccourcir pour pouvoir la corriger au terminal ou dans la page.",
        _A,
    ),
    "formulaire-vierge": Message(
        "aucune réponse n'est donnée : la passation n'est pas comptée",
        "au moins une réponse",
        "Vérifier que la personne a enregistré le fichier avant de l'envoyer.",
        _A,
    ),
    "cellule-cachee": Message(
        "{colonne} : la case est sur une ligne ou dans une colonne cachée ; ce qu'elle contient est pris",
        "des lignes et des colonnes visibles",
        "Afficher tout, et vérifier que cette réponse est bien voulue.",
        _A,
    ),
    "table-vide": Message(
        "la table est vide",
        "une ligne d'en-tête, puis une ligne par personne",
        "Vérifier que c'est bien le bon fichier.",
    ),
    "table-sans-en-tetes": Message(
        "la première ligne porte déjà des réponses : aucune ne nomme les colonnes",
        "une ligne d'en-têtes au-dessus des réponses",
        "Insérer dans la table une ligne qui nomme chaque colonne (Code, Q1, Q2…), puis recommencer.",
    ),
    "table-sans-ligne": Message(
        "la table a un en-tête et aucune ligne de réponses",
        "une ligne par personne sous l'en-tête",
        "Vérifier que c'est bien le bon fichier.",
        _A,
    ),
    "table-illisible": Message(
        "la table ne se lit pas ({raison})",
        "un fichier entier, tel que le tableur l'a enregistré",
        "Rouvrir le fichier dans un tableur et l'enregistrer à nouveau.",
    ),
    "table-en-utf16": Message(
        "le texte est en {encodage}, sans la marque qui le dit ou coupé",
        "un CSV en UTF-8, ou le « Texte Unicode » d'Excel, entier",
        "Dans Excel, enregistrer sous « CSV UTF-8 ».",
    ),
    "table-en-utf16-sans-marque": Message(
        "le texte est en UTF-16 et ne le dit pas ; il a été lu comme tel",
        "un CSV en UTF-8",
        "Vérifier les accents ; enregistrer de préférence sous « CSV UTF-8 ».",
        _A,
    ),
    "table-en-cp850": Message(
        "le texte n'est pas en UTF-8 ; il a été lu comme un texte de MS-DOS (cp850)",
        "un CSV en UTF-8",
        "Vérifier les accents ; enregistrer de préférence sous « CSV UTF-8 » plutôt que « CSV (MS-DOS) ».",
        _A,
    ),
    "table-en-latin9": Message(
        "le texte n'est pas en UTF-8 ; il a été lu comme un texte de Linux (latin9)",
        "un CSV en UTF-8",
        "Vérifier les accents ; enregistrer de préférence sous « CSV UTF-8 ».",
        _A,
    ),
    "encodage-ambigu": Message(
        "le texte n'est pas en UTF-8, et se lit de plusieurs façons : {lues}",
        "un CSV en UTF-8, ou son encodage",
        "Dire lequel est le bon : {options} ; ou, dans Excel, enregistrer sous « CSV UTF-8 ».",
    ),
    "encodages-meles": Message(
        "le texte est en UTF-8, sauf à partir d'ici : il mêle deux encodages, ou il est coupé",
        "un texte entier, tout en UTF-8",
        "Reprendre chaque export en « CSV UTF-8 » avant de les mettre bout à bout, ou les donner séparément.",
    ),
    "table-encodee-deux-fois": Message(
        "le texte avait été encodé deux fois (« Ã© » pour « é ») ; il a été lu comme avant la seconde",
        "un CSV en UTF-8",
        "Vérifier les accents ; à l'ouverture d'un CSV, dire au tableur qu'il est en UTF-8.",
        _A,
    ),
    "table-signes-abimes": Message(
        "des accents ont été perdus avant que ce fichier arrive ici (« Ã© » ou « \ufffd » pour « é »)",
        "un texte dont les accents se lisent",
        "Reprendre l'export de l'outil d'enquête, en UTF-8 ; vérifier les codes des personnes.",
        _A,
    ),
    "table-en-mac-roman": Message(
        "le texte n'est pas en UTF-8 ; il a été lu comme un CSV de Macintosh (Mac Roman)",
        "un CSV en UTF-8",
        "Vérifier les accents ; enregistrer de préférence sous « CSV UTF-8 ».",
        _A,
    ),
    "table-en-une-colonne": Message(
        "chaque ligne est tout entière dans une seule cellule ; elle a été découpée (séparateur : « {separateur} »)",
        "une colonne par question",
        "Rien à faire si les personnes et les réponses sont justes ; sinon, dans Excel, Données, Convertir.",
        _A,
    ),
    "table-avec-nul": Message(
        "le fichier contient des octets nuls : ce n'est pas un texte",
        "un CSV en UTF-8",
        "Vérifier que c'est bien le bon fichier ; un classeur doit rester un classeur, en .xlsx par exemple.",
    ),
    "table-en-cp1252": Message(
        "le texte n'est pas en UTF-8 ; il a été lu comme un CSV de Windows (cp1252)",
        "un CSV en UTF-8",
        "Vérifier les accents ; enregistrer de préférence sous « CSV UTF-8 ».",
        _A,
    ),
    "reponses-trop-diverses": Message(
        "les colonnes d'items portent plus de {limite} textes ou nombres différents : ce ne sont pas des réponses",
        "des niveaux de l'échelle, leurs libellés ou SO",
        "Vérifier que ces colonnes sont bien celles des réponses ; sinon, changer leurs en-têtes.",
    ),
    "table-trop-longue": Message(
        "la table dépasse {limite} lignes",
        "{limite} lignes au plus, comme dans une feuille de tableur",
        "La couper en plusieurs fichiers.",
    ),
    "separateur-inconnu": Message(
        "la première ligne demande le séparateur « {valeur} »",
        "« ; », « , », « | », « : » ou une tabulation",
        "Enregistrer le CSV avec l'un de ces séparateurs.",
    ),
    "csv-mal-forme": Message(
        "un guillemet n'est pas fermé ou est mal placé : les lignes {debut} à {fin} ne sont pas lues ({raison})",
        'un texte entre guillemets, où chaque guillemet intérieur est doublé ("")',
        "Corriger les guillemets à partir de cette ligne.",
    ),
    "trop-de-colonnes": Message(
        "l'en-tête compte {nombre} colonnes",
        "{limite} colonnes au plus",
        "Vérifier que c'est bien le bon fichier.",
    ),
    "table-sans-item": Message(
        "aucune colonne ne porte un item du référentiel {referentiel} (colonnes lues : {colonnes}) ; {forme}en-têtes "
        "qui ressemblent à un nom connu : {proches}",
        "sur une ligne, des codes d'items ({exemple}…) ou leurs énoncés",
        "{option}Vérifier le fichier et le référentiel donné avec --referentiel ; ou dire ce que porte chaque colonne, "
        "en partant de : {commande}",
    ),
    "colonne-inconnue": Message(
        "la colonne « {valeur} » est inconnue",
        "identifiant, moment, regard, une question de profil, un item (code ou énoncé) ou sa trace",
        "Renommer la colonne ou l'ôter.",
    ),
    "colonne-ambigue": Message(
        "la colonne « {valeur} » peut désigner plusieurs choses",
        "un code d'item ou un identifiant, écrit exactement",
        "Renommer la colonne avec le code exact{ou_dire}.",
    ),
    "colonne-autre-enonce": Message(
        "la colonne « {valeur} » porte le code {code} avec un autre énoncé que celui du référentiel",
        "{enonce}",
        "Vérifier le référentiel donné ; si l'item est bien le même, ne garder que le code dans l'en-tête.",
    ),
    "colonne-en-double": Message(
        "la colonne « {valeur} » donne {cible}, déjà donné par la colonne {deja}",
        "une seule colonne pour chaque chose",
        "Ôter l'une des deux{ou_dire}.",
    ),
    "colonnes-enquete": Message(
        "{outil} : {compte} ({noms}){qui}",
        "des réponses, un identifiant, un moment, un regard, un profil",
        "Rien à faire, sauf si l'une d'elles dit qui a répondu : la donner alors par --identifiant.",
        _A,
    ),
    "colonnes-inconnues": Message(
        "{debut}{compte} : {noms}{qui}",
        "identifiant, moment, regard, une question de profil, un item (code ou énoncé) ou sa trace",
        "Rien à faire si ce ne sont pas des réponses. Une situation mal nommée se renomme de son code ; la colonne qui "
        "dit qui a répondu se donne par --identifiant.",
        _A,
    ),
    "a-cote-sans-moment": Message(
        "{nombre} {nombre:colonne accompagne|colonnes accompagnent} des situations sans dire de quel moment, ou de "
        "quel regard, comme elles, et {nombre:n'est pas lue|ne sont pas lues} : {noms}",
        "le moment et le regard de la situation, dans l'en-tête de ce qui l'accompagne",
        "Les y écrire, par exemple « {exemple} » ; rien à faire si l'on n'en a pas besoin.",
        _A,
    ),
    "a-cote-sans-reponse": Message(
        "{nombre} {nombre:passation|passations} où rien n'est répondu {nombre:porte|portent} ce qui accompagne "
        "une réponse, comme ici « {nom} » : {nombre:elle n'est pas lue|elles ne sont pas lues}",
        "une réponse au moins, au moment et sous le regard de ce qui l'accompagne",
        "Rien à faire si la réponse manque ; sinon, l'écrire dans la colonne de la situation.",
        _A,
    ),
    "identifiants-possibles": Message(
        "qui a répondu est lu dans « {qui} », et non dans : {noms}",
        "une seule colonne qui dit qui a répondu",
        "Rien à faire si c'est la bonne ; sinon, donner l'autre par --identifiant.",
        _A,
    ),
    "identifiant-introuvable": Message(
        "aucune colonne ne s'appelle « {valeur} »",
        "l'un de ces en-têtes : {noms}",
        "Recopier l'en-tête après --identifiant, entre guillemets.",
    ),
    "contexte-en-double": Message(
        "une colonne dit le {role}, et des en-têtes aussi (« {valeur} »)",
        "le {role} dans une colonne, ou dans les en-têtes, et non les deux",
        "Ôter la colonne, ou renommer les en-têtes de leur seul code.",
    ),
    "contexte-contredit": Message(
        "l'en-tête « {en_tete} » nomme le {role} {cite}, et cette ligne dit {dit} : la ligne n'est pas lue",
        "le même {role} dans les en-têtes et dans la ligne",
        "Corriger le {role} de la ligne, ou renommer les en-têtes de leur seul code si {cite} n'y est pas un {role}.",
    ),
    "contexte-reconnu": Message(
        "{ou} dit le {role} de cette table : {valeurs}",
        "le {role} dans une colonne « {role} », ou donné par la commande",
        "Rien à faire si c'est bien lui ; sinon, donner {option}.",
        _A,
    ),
    "contexte-suppose": Message(
        "« {nom} » dit un {role} que cpit ne sait pas lire (« {mot} ») : il serait compté « {defaut} »",
        "un {role} tel que cpit l'écrit (moments : t0, t1, t2… ; regards : soi, tiers)",
        "Donner {option}, par exemple, si toute la table est du même ; sinon l'écrire dans une colonne « {role} »"
        "{ou_dire}.",
    ),
    "contexte-douteux": Message(
        "« {nom} » : « {mot} » peut dire un moment (un mois, une vague…) ou autre chose, et rien d'autre n'en dit : il "
        "serait compté « t0 »",
        "un moment tel que cpit l'écrit : t0, t1, t2…",
        "Donner celui de toute la table, ‹--moment t0› ou ‹--moment t1› par exemple ; s'il y en a plusieurs, les "
        "écrire dans une colonne « moment ».",
    ),
    "autre-version-dite": Message(
        "la colonne « {nom} » dit {dits}, et la table est lue avec {ici} : une situation qui a changé de l'un à "
        "l'autre y est comptée comme la même",
        "des réponses données avec ce référentiel",
        "Rien à faire si les situations sont restées les mêmes ; sinon, donner le référentiel d'alors avec "
        "--referentiel.",
        _A,
    ),
    "moment-du-fichier": Message(
        "le nom « {nom} » dit {moment}, et rien dans la table : elle est comptée « t0 »",
        "le moment dans une colonne « moment », ou donné par la commande",
        "Si toute la table est de {moment}, donner à sa place « {sortie} », qu'écrit : {commande} ; sinon, écrire les "
        "moments dans une colonne « moment ».",
        _A,
    ),
    "autre-referentiel": Message(
        "ces items sont ceux du référentiel {autre} ({nombre} de ses items y sont reconnus, {ici} de {referentiel})",
        "le référentiel avec lequel on a répondu",
        "Recommencer avec {option}.",
        _A,
    ),
    "zero-pour-vide": Message(
        "{outil} écrit 0 pour un nombre entier laissé sans réponse : un 0 de cette table peut être un vide",
        "des réponses choisies dans une liste, dont le vide reste vide",
        "Si la question est un nombre entier, en faire une liste de choix, ou dire par --valeurs ce que vaut 0.",
        _A,
    ),
    "colonne-sans-nom": Message(
        "la première colonne n'a pas de nom : elle n'est pas lue ({nombre} valeurs, d'abord « {valeur} »)",
        "un nom pour chaque colonne",
        "Rien à faire si ce sont des numéros de ligne ; sinon, la nommer « identifiant ».",
        _A,
    ),
    "items-manquants": Message(
        "{nombre} {nombre:item|items} sur {total} {nombre:n'a|n'ont} pas de colonne : {codes}",
        "une colonne par item",
        "Ajouter les colonnes, ou l'accepter : ces items comptent comme sans réponse.",
        _A,
    ),
    "ligne-trop-courte": Message(
        "la ligne a {trouve} {trouve:cellule|cellules} et n'est pas lue",
        "{attendu} cellules, comme l'en-tête",
        "Compléter la ligne : une cellule sans réponse se laisse vide.",
    ),
    "ligne-trop-longue": Message(
        "la ligne a {trouve} cellules et n'est pas lue",
        "{attendu} cellules, comme l'en-tête",
        "Ôter ce qui dépasse ; un texte qui contient le séparateur se met entre guillemets.",
    ),
    "ligne-hors-colonnes": Message(
        "« {valeur} » est dans une colonne sans nom : la ligne n'est pas lue",
        "des valeurs sous les seules colonnes nommées",
        "Nommer la colonne, ou effacer cette cellule.",
    ),
    "cellules-a-cote": Message(
        "{nombre} cellule(s) à droite de la table, sans en-tête (une légende, des notes), ne sont pas lues",
        "des réponses sous les seules colonnes nommées",
        "Rien à faire ; si ce sont des réponses, nommer leur colonne.",
        _A,
    ),
    "ligne-de-legende": Message(
        "la ligne « {valeur} » dit l'échelle : ce n'est personne, elle n'est pas lue",
        "une ligne par personne",
        "Rien à faire ; si c'est une personne, lui donner un autre code.",
        _A,
    ),
    "lignes-vides": Message(
        "{nombre} {nombre:ligne vide|lignes vides} au milieu de la table",
        "une ligne par personne, sans ligne vide entre deux",
        "Rien à faire si ces lignes sont bien vides.",
        _A,
    ),
    "ligne-de-total": Message(
        "la ligne « {valeur} » n'est pas une personne (un total, une moyenne, un effectif, une légende…) : elle n'est "
        "pas lue",
        "une ligne par personne",
        "Rien à faire ; si c'est une personne, lui donner un autre code.",
        _A,
    ),
    "code-seul-de-sa-forme": Message(
        "« {valeur} » est comptée comme une personne, et son code n'a pas la forme de tous les autres",
        "une ligne par personne",
        "Rien à faire si c'est une personne ; si c'est un total ou une moyenne, ôter la ligne.",
        _A,
    ),
    "en-tete-repete": Message(
        "la ligne répète l'en-tête (« {valeur} ») : ce n'est personne, elle n'est pas lue",
        "un seul en-tête, en haut de la table",
        "Rien à faire si plusieurs tables ont été mises bout à bout avec les mêmes colonnes.",
        _A,
    ),
    "en-tete-autre-ordre": Message(
        "la ligne redit les en-têtes dans un autre ordre (« {valeur} »…) : ce qui suit est lu d'après elle",
        "un seul en-tête, en haut de la table",
        "Rien à faire si plusieurs tables ont été mises bout à bout ; vérifier une personne de la seconde.",
        _A,
    ),
    "autre-table-dessous": Message(
        "une autre table commence ici, dont les en-têtes ne sont pas ceux du haut : ce qui la suit n'est pas lu "
        "({nombre} ligne(s))",
        "les mêmes colonnes dans toute la table, une fois chacune",
        "Mettre cette table dans son propre fichier, avec ses en-têtes, et donner les deux.",
    ),
    "titre-dessous": Message(
        "le titre « {titre} », au-dessus d'en-têtes redits, dit de quand, ou de qui, est la suite : {valeurs}",
        "le moment et le regard dans des colonnes de ces noms, ou donnés par la commande",
        "Rien à faire si c'est bien cela ; sinon, mettre cette table dans son propre fichier.",
        _A,
    ),
    "titre-dessous-inconnu": Message(
        "le titre « {titre} », au-dessus d'en-têtes redits, dit un {role} que cpit ne sait pas lire : ce qui suit "
        "n'est pas lu ({nombre} ligne(s))",
        "un {role} tel que cpit l'écrit (moments : t0, t1, t2… ; regards : soi, tiers)",
        "Écrire ce {role} à la place du titre, ou dans une colonne « {role} ».",
    ),
    "petite-table-dessous": Message(
        "sous les réponses, une autre table commence par « {valeur} » : {nombre} "
        "{nombre:ligne n'est|lignes ne sont} personne, et n'y {nombre:est pas lue|sont pas lues}",
        "une ligne par personne",
        "Rien à faire si ce ne sont pas des réponses ; sinon, les mettre dans un fichier à part, sous leurs en-têtes.",
        _A,
    ),
    "petite-table-en-flux": Message(
        "une autre table commence sous les réponses : une table de cette taille ne se lit pas au fil de la lecture",
        "les seules réponses, une ligne par personne",
        "Couper le fichier à cette ligne, et ne donner que les réponses.",
    ),
    "ordre-change-en-flux": Message(
        "les en-têtes sont redits plus bas sous d'autres noms, dans un autre ordre : la table ne se lit pas au fil de "
        "la lecture",
        "les mêmes colonnes, dans le même ordre, dans toute la table",
        "La couper à cette ligne, et donner les deux fichiers.",
    ),
    "forme-a-deux-ordres": Message(
        "la table redit ses en-têtes dans un autre ordre : deux tables ont été mises bout à bout, aucune n'est lue",
        "une seule table, ses en-têtes une seule fois",
        "Mettre la seconde dans son propre fichier, et donner les deux.",
    ),
    "reponses-au-dessus": Message(
        "au-dessus des en-têtes, {nombre:la ligne|les lignes} {lignes} {nombre:porte|portent} des réponses : "
        "{nombre:elle n'est pas lue|elles ne sont pas lues}",
        "les en-têtes, puis une ligne par personne",
        "Remettre les en-têtes au-dessus (un tri a pu les descendre) ; ôter ces lignes si ce n'en sont pas.",
    ),
    "ligne-d-indications": Message(
        "la ligne {ligne} ({noms}) n'est pas une réponse : c'est une seconde ligne d'en-tête, elle n'est pas lue",
        "une ligne d'en-tête, puis une ligne par personne",
        "Rien à faire ; si quelqu'un a répondu ces mots, dire ce qu'ils valent avec --valeurs.",
        _A,
    ),
    "passation-vide": Message(
        "« {code} » n'a donné aucune réponse{quand} : sa passation n'est pas comptée",
        "au moins une réponse",
        "Rien à faire si cette personne n'a pas répondu.",
        _A,
    ),
    "lignes-sans-code": Message(
        "{nombre} {nombre:ligne a|lignes ont} des réponses et pas de code : chacune est comptée comme une personne de "
        "plus",
        "un code par personne",
        "Rien à faire si ces réponses sont anonymes ; si l'une est un total ou une note, l'effacer ou la nommer.",
        _A,
    ),
    "reponses-inachevees": Message(
        "{nombre} {nombre:réponse n'a pas été envoyée|réponses n'ont pas été envoyées}, dit la colonne « {colonne} » "
        "({vu}) ; {nombre:elle est comptée|elles sont comptées}, sauf là où la personne en a envoyé une autre",
        "des réponses que chacun a finies et envoyées",
        "Les accepter, ou ôter ces lignes de la table ; l'outil sait aussi n'exporter que les réponses envoyées.",
        _A,
    ),
    "reponses-d-essai": Message(
        "{nombre} {nombre:réponse est un essai|réponses sont des essais} du questionnaire, dit la colonne "
        "« {colonne} » ({vu}) ; {nombre:elle est comptée|elles sont comptées}",
        "des réponses de vraies personnes",
        "Ôter ces lignes de la table, ou les accepter.",
        _A,
    ),
    "reponses-rejetees": Message(
        "{nombre} {nombre:réponse a été rejetée|réponses ont été rejetées} dans l'outil, dit la colonne « {colonne} » "
        "({vu}) ; {nombre:elle est comptée|elles sont comptées}",
        "des réponses que l'on garde",
        "Ôter ces lignes de la table, ou les accepter.",
        _A,
    ),
    "absences-ecrites": Message(
        "{nombre} cellule(s) « NA » sont lues comme sans réponse",
        "une cellule vide, ou SO pour sans objet",
        'Rien à faire si R les a écrites ; si elles disent « sans objet », ajouter ‹--valeurs "NA=SO"›.',
        _A,
    ),
    "identifiants-decimaux": Message(
        "des identifiants sont écrits comme des nombres à virgule : « {valeur} » est lu « {lu} » ({nombre} en tout)",
        "le code tel qu'il a été donné",
        "Rien à faire si ce sont bien les mêmes personnes.",
        _A,
    ),
    "codes-rapproches": Message(
        "des codes qui ne diffèrent que par la casse, les blancs ou le codage des signes sont pris pour une même "
        "personne : {graphies}",
        "un code écrit toujours pareil",
        "Rien à faire si c'est bien la même ; sinon, changer l'un des codes.",
        _A,
    ),
    "codes-a-des-zeros-pres": Message(
        "des codes ne diffèrent que par des zéros de tête, et sont comptés comme des personnes différentes : "
        "{graphies}",
        "un code écrit toujours pareil",
        "Si c'est la même personne (un tableur ôte ces zéros), récrire son code, au format « Texte » ; sinon, rien à "
        "faire.",
        _A,
    ),
    "moment-de-ligne": Message(
        "le moment « {valeur} » est inconnu : {portee}",
        "t0, t0-retrospectif, t1 (ou t2, t3…)",
        "Écrire l'un de ces moments{ou_dire}",
        pareilles=_LIGNES,
    ),
    "date-de-moment-incomprise": Message(
        "« {valeur} » n'est pas la date d'un moment : elle n'est pas prise",
        "{attendu}",
        "L'écrire ainsi, ou laisser vide.",
        _A,
    ),
    "regard-de-ligne": Message(
        "le regard « {valeur} » est inconnu : {portee}",
        "{attendus}",
        "Écrire l'un d'eux{ou_dire}",
        pareilles=_LIGNES,
    ),
    "consignes-sans-table": Message(
        "{options} : cela se dit d'une table, et une passation n'en est pas une ; ce n'est pas appliqué",
        "une table, ou une passation sans ces options",
        "Rien à faire, ou donner aussi la table.",
        _A,
    ),
    "evaluateur-de-soi": Message(
        "« {valeur} » est dit évaluateur sous le regard « soi » : il n'est pas gardé ({nombre} "
        "{nombre:ligne|lignes} en tout)",
        "un évaluateur sous le regard « tiers » seulement",
        "Écrire tiers dans la colonne regard, ou donner ‹--regard tiers›.",
        _A,
    ),
    "ligne-sans-identite": Message(
        "{colonne} : {raison} ; la ligne n'est pas lue",
        "un texte ou un nombre",
        "Retaper la cellule.",
    ),
    "profil-recode": Message(
        "export fait avec --k {k} : au moins {nombre} {nombre:réponse de profil y est réunie ou tue, et vaut|réponses "
        "de profil y sont réunies ou tues, et valent} « sans réponse » ici",
        "des choix que le référentiel déclare",
        "Rien à faire pour les réponses et les scores ; pour les profils, partir des sources de l'export.",
        _A,
    ),
    "choix-inconnu": Message(
        "{colonne} : « {valeur} » n'est pas un choix connu ; il n'est pas pris{portee}",
        "l'un de : {attendus}",
        "Écrire le code ou le libellé d'un choix{ou_dire}",
        _A,
        pareilles=("portee", " ({nombre} lignes : {places})"),
    ),
    "choix-contraires": Message(
        "{colonne} : « {seul} » est coché avec un autre choix ({autres}) ; la réponse n'est pas prise{portee}",
        "« {seul} » seul, ou les autres choix",
        "Demander à la personne lequel est vrai et ôter l'autre, ou l'accepter : le profil est facultatif.",
        _A,
        pareilles=("portee", " ({nombre} lignes : {places})"),
    ),
    "place-inconnue": Message(
        "{colonne} : « {valeur} » n'est pas un niveau ; il n'est pas pris",
        "l'un de : {attendus}, en code ou en mots",
        "Corriger la cellule, ou la vider : la question est facultative.",
        pareilles=_CELLULES,
    ),
    "mots-illisibles": Message(
        "{colonne} : {raison} ; la cellule n'est pas prise",
        "un texte",
        "Retaper la cellule.",
        _A,
    ),
    "feuille-cachee": Message(
        "la feuille lue est cachée",
        "des réponses dans une feuille visible",
        "Vérifier que c'est la bonne feuille.",
        _A,
    ),
    "feuilles-non-lues": Message(
        "d'autres feuilles portent aussi des items et ne sont pas lues, cachées ou sans réponse de personne : {noms}",
        "des réponses dans des feuilles visibles",
        "Rien à faire si ce ne sont pas des réponses à compter ; sinon, afficher la feuille.",
        _A,
    ),
    "feuilles-lues": Message(
        "plusieurs feuilles portent des réponses, et toutes sont lues : {noms}",
        "une ou plusieurs feuilles de mêmes colonnes",
        "Vérifier ces nombres ; si une feuille ne doit pas compter, l'ôter ou la cacher.",
        _A,
    ),
    "feuille-d-autre-sorte": Message(
        "cette feuille porte aussi des réponses ({nombre} passation(s)), et pas les mêmes colonnes que les "
        "feuilles lues : elle n'est pas lue",
        "dans chaque feuille, les mêmes situations, et qui a répondu",
        "La mettre dans son propre fichier, et donner les deux ; si ce ne sont pas des réponses, la cacher.",
    ),
    "feuilles-en-trop": Message(
        "ce classeur a trop de feuilles : {nombre} {nombre:n'est pas lue|ne sont pas lues}, à partir de celle-ci",
        "{limite} feuilles visibles au plus",
        "Réunir les réponses dans une même feuille, ou faire plusieurs classeurs et les donner tous.",
    ),
    "lignes-cachees": Message(
        "{nombre} {nombre:ligne cachée ou filtrée est lue|lignes cachées ou filtrées sont lues} comme les autres "
        "({lignes})",
        "des lignes visibles",
        "Les effacer si elles ne devaient pas compter.",
        _A,
    ),
    "colonnes-cachees": Message(
        "des colonnes cachées sont lues comme les autres : {noms}",
        "des colonnes visibles",
        "Les effacer si elles ne devaient pas compter.",
        _A,
    ),
    "refus-en-nombre": Message(
        "{nombre} {nombre:autre refus n'est pas détaillé|autres refus ne sont pas détaillés}",
        "une table dont les réponses sont des niveaux de l'échelle",
        "Corriger les premiers et recommencer.",
    ),
    "avertissements-en-nombre": Message(
        "{nombre} {nombre:autre avertissement n'est pas détaillé|autres avertissements ne sont pas détaillés}",
        "une table sans avertissement",
        "Corriger les premiers et recommencer.",
        _A,
    ),
    "classeur-trop-de-lignes": Message(
        "{n} passations ne tiennent pas dans une feuille de tableur",
        "au plus {maximum} passations par classeur",
        "Écrire un CSV (nom de fichier en .csv), qui n'a pas cette limite, ou séparer la cohorte.",
    ),
}
"""Réponses refusées, cellule par cellule : chacune compte comme sans réponse et se montre."""
