"""Les messages du questionnaire et de la passation : fichier, reprise, verrou, enregistrement, emploi."""

from __future__ import annotations

from cpit.messages.message import Gravite, Message

_A = Gravite.AVERTISSEMENT

PASSATION = {
    "passation-illisible": Message(
        "ce n'est pas une passation lisible ({raison})",
        "un fichier .json écrit par cpit",
        "Vérifier que c'est le bon fichier, qu'il n'a pas été coupé en route, et qu'aucun programme ne l'a récrit.",
    ),
    "passation-dossier": Message(
        "c'est un dossier, pas une passation",
        "un fichier .json écrit par cpit",
        "{a_nommer} ; ou, pour tout le dossier : {commande}",
    ),
    "passation-autre-source": Message(
        "ce n'est pas une passation, mais un fichier {sorte}",
        "un fichier .json écrit par cpit",
        "Si c'est un formulaire rempli ou une table de réponses, une page par personne : {commande}",
    ),
    "passation-cahier": Message(
        "ce n'est pas une passation, mais {quoi}",
        "un fichier passation-….json écrit par cpit",
        "Nommer une passation ; pour lire ce fichier : {commande}",
    ),
    "passation-version": Message(
        "la passation est au format {trouve}, plus récent que ce cpit",
        "le format {connu} ou plus ancien",
        "Mettre cpit à jour.",
    ),
    "passation-forme": Message(
        "{cle} : {raison}",
        "la forme que décrit « ‹cpit guide formats› »",
        "Ne pas modifier une passation à la main ; reprendre la copie .bak ou répondre à nouveau.",
    ),
    "somme-fausse": Message(
        "la somme de contrôle ne correspond pas : le fichier a été abîmé ou modifié",
        "un fichier tel que cpit l'a écrit",
        "Reprendre la copie .bak placée à côté, ou une sauvegarde.",
    ),
    "repli-sur-copie": Message(
        "le fichier principal est abîmé ({raison}) ; la copie « {copie} » a été lue à sa place",
        "un fichier principal intact",
        "Rien à faire si la copie contient vos réponses ; au plus la dernière peut manquer.",
        _A,
    ),
    "reprise-de-cote": Message(
        "un enregistrement mis de côté, plus récent, a été repris : « {copie} »",
        "un fichier principal à jour",
        "Rien à faire : le prochain enregistrement remet tout au même endroit.",
        _A,
    ),
    "abime-mis-de-cote": Message(
        "le fichier abîmé est gardé sous « {copie} »",
        "un fichier intact",
        "Le garder tant que vous n'avez pas vérifié vos réponses.",
        _A,
    ),
    "referentiel-change": Message(
        "le référentiel a changé depuis la passation ({avant} → {apres})",
        "le référentiel d'empreinte {empreinte}…",
        "Relire sans --referentiel : la passation porte le sien. Ou ajouter --items-identiques pour ne noter que "
        "les {identiques} items restés identiques sur {total}.",
    ),
    "version-lue": Message(
        "passations faites avec {avant} et lues avec la version {apres} : {nombre} ({pourquoi})",
        "des passations d'une seule version, ou de versions qui se lisent ensemble",
        "Rien à faire : aucune question n'a changé.",
        _A,
    ),
    "version-lue-retouchee": Message(
        "passations faites avec {avant} et lues avec la version {apres} : {nombre} ({pourquoi}) ; textes retouchés, "
        "tenus pour les mêmes questions : {retouches}",
        "des passations d'une seule version, ou de versions qui se lisent ensemble",
        "Rien à faire si ces questions veulent dire la même chose ; sinon, les mettre dans « items_changes ».",
        _A,
    ),
    "version-lue-en-partie": Message(
        "passations faites avec {avant} et lues avec la version {apres} : {nombre} ({pourquoi}) ; {combien} "
        "{combien:question changée, non notée|questions changées, non notées} pour elles : {changes}",
        "des passations d'une seule version, ou de versions qui se lisent ensemble",
        "Si une question n'a pas changé de sens, le déclarer dans la version la plus récente : « compatible_avec », "
        "avec dans « items_changes » les seuls items changés.",
        _A,
    ),
    "referentiel-introuvable": Message(
        "le référentiel de la passation est introuvable : « {nom} » {version}, empreinte {empreinte}…",
        "un référentiel installé ou donné, de même empreinte",
        "Donner son fichier avec --referentiel.",
    ),
    "empreinte-fausse": Message(
        "le référentiel joint à la passation ne correspond pas à son empreinte",
        "un texte de SHA-256 {empreinte}…",
        "Donner le référentiel d'origine avec --referentiel.",
    ),
    "reponse-inconnue": Message(
        "la réponse à « {code} » ne désigne aucun item du référentiel",
        "un code d'item du référentiel {referentiel}",
        "Vérifier le référentiel donné.",
    ),
    "reponse-hors-echelle": Message(
        "la réponse {valeur} à « {code} » n'est pas un niveau de l'échelle",
        "l'un de : {niveaux}",
        "Donner un niveau à cet item{comment}.",
    ),
    "passation-terminee": Message(
        "cette passation est déjà terminée",
        "une passation inachevée",
        "La relire avec ‹cpit restituer›, la corriger avec ‹cpit corriger›, ou lancer une nouvelle passation.",
    ),
    "moment-deja-repondu": Message(
        "{qui} a déjà une passation terminée à {moment}, regard {regard}",
        "le moment dit, pour ne pas en faire une seconde sans le vouloir",
        "Faire le point avec ‹--moment {suivant}›, ou dire ‹--moment {moment}› pour une seconde ; pour changer des "
        "réponses : {commande}",
    ),
    "seconde-du-moment": Message(
        "{qui} a déjà une passation terminée à {moment}, regard {regard} ; celle-ci est la seconde",
        "une passation par moment et par regard : rien ne départage deux du même",
        "Rien à faire si c'est voulu ; pour changer plutôt des réponses de la première : {commande}",
        _A,
    ),
    "version-gardee": Message(
        "ce fichier garde ce qu'était une passation avant une correction",
        "la passation elle-même, {passation}",
        "Corriger {passation} ; cette version reste ce qu'elle était.",
    ),
    "correction-sans-terminal": Message(
        "il n'y a personne à qui demander quoi corriger",
        "un terminal où répondre",
        "Lancer la commande dans un terminal ; de Python : cpit.corriger(fichier, réponses).",
    ),
    "verrou-tenu": Message(
        "une autre séance écrit dans ce fichier ({qui})",
        "une seule séance à la fois",
        "Fermer l'autre séance. Si elle n'existe plus, effacer « {verrou} » et recommencer.",
    ),
    "verrou-perdu": Message(
        "une autre séance a pris la main sur ce fichier ; vos réponses sont gardées à part, dans « {part} »",
        "une seule séance à la fois",
        "Continuer dans l'autre séance ; ou relire ce fichier avec ‹cpit restituer›, le reprendre avec --reprendre.",
    ),
    "ecrit-par-une-autre": Message(
        "une autre séance, ou un autre programme, a écrit dans ce fichier depuis votre réponse précédente : rien n'y "
        "est remplacé, vos réponses sont gardées à part, dans « {part} »",
        "un fichier tel que cette séance l'a laissé",
        "Comparer les deux fichiers avec ‹cpit restituer›, reprendre avec --reprendre celui qui convient, et "
        "n'en garder qu'un.",
    ),
    "change-entre-temps": Message(
        "une autre séance vient d'écrire dans ce fichier",
        "un fichier inchangé depuis sa lecture",
        "Relancer la commande : elle repart de ce que l'autre séance y a écrit.",
    ),
    "reprise-referentiel-change": Message(
        "le référentiel donné ({apres}) n'est pas celui de la passation ({avant})",
        "le référentiel d'empreinte {empreinte}…",
        "Reprendre sans --referentiel : la passation porte le sien. Au terminal, cpit propose de changer.",
    ),
    "items-identiques": Message(
        "le référentiel a changé ({avant} → {apres}) : {identiques} items identiques repris sur {total}",
        "le référentiel avec lequel on a répondu",
        "Les items changés comptent comme pas encore vus.",
        _A,
    ),
    "recalcul-different": Message(
        "{cle} : cpit trouve {trouve} au lieu de {ecrit}",
        "le même nombre",
        "Signaler ce fichier : il a été modifié ou vient d'une autre version.",
    ),
}

CAHIERS = {
    "cahier-illisible": Message(
        "ce n'est pas {quoi} lisible ({raison})",
        "un fichier .json écrit par cpit",
        "Reprendre la copie .bak placée à côté, ou une sauvegarde ; sinon, écrire à nouveau : ce fichier sera gardé.",
    ),
    "cahier-plein": Message(
        "ce fichier ({quoi}) dépasserait {limite} octets : rien n'est enregistré",
        "{limite} octets au plus, pour qu'il se relise toujours",
        "Raccourcir ce que l'on ajoute.",
    ),
    "cahier-sans-code": Message(
        "cette passation n'a pas de code : rien ne dit de qui seraient le plan et les traces",
        "une passation qui porte un code",
        "Répondre avec un code : ‹cpit questionnaire --code R01›",
    ),
    "cahier-sans-personne": Message(
        "il n'y a ici ni passation à un code, ni plan",
        "un dossier où une personne a répondu",
        "Donner le dossier des passations, ou répondre d'abord : ‹cpit questionnaire›",
    ),
    "cahier-plusieurs-personnes": Message(
        "il y a ici plusieurs personnes ({codes})",
        "une personne",
        "Choisir la personne avec --code.",
    ),
    "cahier-code-absent": Message(
        "aucune passation n'est ici au code « {valeur} »{connus}",
        "le code d'une personne, tel qu'il est dans ses passations",
        "Changer le code, ou donner le dossier où sont ses passations.",
    ),
    "cahier-abime": Message(
        "{quoi} ne se lit pas, et n'est pas montré ({raison})",
        "un fichier tel que cpit l'a écrit",
        "Rien à faire pour le questionnaire ; pour le reprendre : ‹cpit plan›, ou la copie .bak placée à côté.",
        _A,
    ),
    "situation-inconnue": Message(
        "« {code} » n'est le code d'aucune situation du référentiel {referentiel}{proche}",
        "le code d'une situation ({exemples}…), ou d'une des vôtres (S1…)",
        "Changer le code ; ‹cpit referentiel montrer› les donne tous.",
    ),
    "rangement-inconnu": Message(
        "« {valeur} » n'est pas une {sorte} du référentiel {referentiel}",
        "l'une de : {connues}",
        "Choisir l'une d'elles.",
    ),
    "niveau-hors-echelle": Message(
        "{valeur} n'est pas un niveau de l'échelle",
        "l'un de : {niveaux}, ou rien",
        "Choisir l'un d'eux ; il n'entre dans aucun score.",
    ),
    "pas-de-trop": Message(
        "il y a déjà {nombre} pas devant vous",
        "{nombre} au plus : davantage ne se tient pas",
        "Dire d'abord ce qu'est devenu l'un d'eux : ‹cpit plan›",
    ),
    "pas-absent": Message(
        "le plan n'a pas de pas {rang}",
        "{attendu}",
        "Relire le plan : ‹cpit plan›",
    ),
    "etat-de-pas-inconnu": Message(
        "l'état « {valeur} » est inconnu",
        "l'un de : {connus}",
        "Choisir l'un d'eux.",
    ),
    "date-de-pas": Message(
        "« {valeur} » n'est d'aucun calendrier",
        "une date qui existe, ou des mots (« avant l'été »)",
        "L'écrire autrement.",
    ),
    "date-de-trace": Message(
        "« {valeur} » n'est pas une date",
        "{attendu}",
        "L'écrire ainsi, ou ne pas donner --le : la trace est alors d'aujourd'hui.",
    ),
    "piece-absente": Message(
        "aucun fichier n'est à cet endroit, vu d'ici : « {nom} »",
        "un fichier que l'on retrouvera, ou un lien",
        "Rien à faire s'il est ailleurs : il est noté tel quel, et cpit ne copie rien.",
        _A,
    ),
    "texte-manquant": Message(
        "il manque {quoi}",
        "{quoi}, en vos mots",
        "L'écrire.",
    ),
    "trace-incomplete": Message(
        "il manque {quoi}",
        'une trace en une commande : ‹{commande} --situation "ce qui s’est passé"›',
        "L'ajouter ; dans un terminal, ‹cpit trace› seul demande chaque chose.",
    ),
    "situation-a-soi-incomplete": Message(
        "pour ajouter une situation à vous, il manque {options}",
        'ses trois options : ‹--competence C8 --ingenierie publique --situation "J’accueille des stagiaires"›',
        "L'ajouter ; dans un terminal, cpit demande ce qui manque.",
    ),
    "texte-trop-long": Message(
        "{quoi} : {signes} signes",
        "{limite} signes au plus : rien n'est coupé, rien n'est enregistré",
        "Raccourcir ce texte.",
    ),
}

COMPARAISON = {
    "comparaison-seule": Message(
        "il n'y a pas deux passations à comparer (lues : {nombre})",
        "deux passations d'une personne au moins",
        "Donner une seconde passation, ou le dossier où elle est.",
    ),
    "comparaison-plusieurs-personnes": Message(
        "ces passations sont de plusieurs personnes ({codes})",
        "les passations d'une seule personne",
        "Choisir la personne avec --code ; si son code a changé, le dire avec --meme-personne.",
    ),
    "comparaison-code-absent": Message(
        "aucune passation n'est au code « {valeur} » ; {codes}",
        "le code d'une personne, tel qu'il est dans ses passations",
        "Changer --code.",
    ),
    "comparaison-sans-code": Message(
        "cette passation n'a pas de code : rien ne dit de qui elle est",
        "le même code dans toutes les passations d'une personne",
        "Vérifier que c'est bien la même personne.",
        _A,
    ),
    "comparaison-code-manquant": Message(
        "cette passation n'a pas de code : elle est laissée de côté",
        "le code « {code} » dans toutes les passations de cette personne",
        "Si elle est de cette personne, la nommer elle-même avec l'autre, sans --code.",
        _A,
    ),
    "comparaison-meme-place": Message(
        "les deux passations sont du même moment ({moment}) et du même regard ({regard})",
        "deux moments, ou deux regards",
        "Rien à faire si ce sont bien celles que vous vouliez lire l'une devant l'autre.",
        _A,
    ),
    "comparaison-dates-a-rebours": Message(
        "les dates de ces deux passations démentent l'ordre de leurs moments : {de}, {a}",
        "t0 avant t1, t1 avant t2",
        "Rien à faire si les moments sont justes ; sinon, corriger le moment ou la date de l'une.",
        _A,
    ),
    "comparaison-de-versions": Message(
        "passation faite avec {avant}, comparée avec {apres} : questions restées les mêmes, {communs} sur {total} ; "
        "changées : {changes}",
        "deux passations de la même version du référentiel",
        "Rien à faire : seules les questions restées les mêmes se comparent.",
        _A,
    ),
    "comparaison-sans-question-commune": Message(
        "aucune question n'est restée la même d'une passation à l'autre ({etapes})",
        "deux passations dont une question au moins est la même",
        "Les lire l'une après l'autre, avec ‹cpit restituer›.",
    ),
    "comparaison-trois-versions": Message(
        "ni l'une ni l'autre passation n'est de la version {version} ({versions})",
        "la version de l'une des deux",
        "Relancer sans --referentiel.",
    ),
    "comparaison-sans-paire": Message(
        "rien ne se compare entre ces passations ({etapes})",
        "deux moments, ou soi et un tiers au même moment, une passation à chaque place",
        "Nommer soi-même les deux passations à comparer.",
    ),
    "completion-inconnue": Message(
        "cpit ne sait pas installer la touche Tab dans cet interpréteur de commandes ({nom})",
        "{connus}",
        "Lancer cette commande depuis l'un d'eux. Sous Windows, PowerShell en est un ; l'invite de commandes, non.",
    ),
    "comparaison-a-demander": Message(
        "cette commande montre une passation ; il y en a {nombre}",
        "une passation",
        "Pour les lire l'une devant l'autre, taper : {commande}",
    ),
    "reference-sans-strate": Message(
        "le groupe de référence n'a pas de passation {moment}, regard {regard} ; il a {strates}",
        "un groupe qui a répondu au moment et sous le regard de l'une des deux passations",
        "Donner d'autres sources à --reference.",
    ),
    "reference-muette": Message(
        "le groupe de référence ({moment}, regard {regard}, {personnes}) ne dit l'erreur de mesure d'aucune échelle",
        "assez de personnes pour l'estimer",
        "Donner d'autres sources à --reference, ou lire la comparaison sans elle.",
        _A,
    ),
}

EVOLUTION = {
    "evolution-d-un-seul-moment": Message(
        "de « {moment} » à « {moment} », sous un seul regard, rien ne se compare",
        "deux moments, ou les deux regards (soi et tiers) d'un même moment",
        "Changer --de ou --a, ou ajouter ‹--regards soi,tiers›.",
    ),
    "evolution-sans-paire": Message(
        "rien à comparer ({voulues}) : les sources ont {strates}",
        "des passations des deux côtés",
        "Donner aussi les sources qui manquent, ou changer --de, --a ou --regards.",
    ),
    "evolution-strate-absente": Message(
        "aucune passation {moment}, regard {regard} : ce qui en avait besoin n'est pas comparé",
        "les deux regards aux deux moments",
        "Rien à faire si ce regard n'a pas été recueilli à ce moment ; sinon, donner aussi ses sources.",
        _A,
    ),
    "evolution-dates-a-rebours": Message(
        "les dates des passations démentent l'ordre de « {de} » et « {a} » pour {qui}",
        "t0 avant t1, t1 avant t2",
        "Rien à faire si les moments sont justes ; sinon, corriger le moment ou la date de l'une des passations.",
        _A,
    ),
    "evolution-sans-personne": Message(
        "personne n'est à la fois « {de} » et « {a} » : aucun code n'est commun",
        "le même code pour une même personne, d'un côté et de l'autre",
        "Vérifier les codes dans les sources.",
        _A,
    ),
}

EMPLOI = {
    "emploi": Message("{raison}", "{forme}", "{aide}"),
    "systeme": Message(
        "le système a refusé ({raison})",
        "un chemin que vous pouvez lire et, s'il le faut, écrire",
        "Vérifier le chemin, vos droits, la place sur le disque, et qu'aucun programme ne retient le fichier.",
    ),
    "texte-illisible": Message(
        "« {valeur} » porte des octets illisibles ({ou})",
        "un texte dans l'encodage du système, UTF-8 le plus souvent",
        "Régler le terminal sur cet encodage, puis le taper de nouveau.",
    ),
    "guide-inconnu": Message(
        "aucun guide n'a pour sujet « {nom} »",
        "l'un de : {connus}",
        "Taper ‹cpit guide› pour lire ce que dit chacun.",
    ),
    "reprise-et-identite": Message(
        "{options} : à ne pas donner avec --reprendre",
        "la passation garde le code, le moment, le regard et le profil qu'elle porte",
        "Retirer {options}, ou commencer une nouvelle passation sans --reprendre.",
    ),
    "code-long": Message(
        "le code a {signes} signes",
        "{limite} signes au plus",
        "Donner un code plus court : coupé, il pourrait être celui d'une autre personne.",
    ),
    "passation-jumelee": Message(
        "ce fichier porte deux moments : {moment} est montré ici, non {autre}",
        "un moment à la fois ; deux se lisent côte à côte et ne se fondent pas",
        "Pour l'autre : ‹--moment {autre}›.",
        _A,
    ),
    "moment-non-porte": Message(
        "cette passation ne porte pas le moment « {moment} »",
        "{portes}",
        "Choisir un moment qu'elle porte, ou ôter --moment.",
    ),
    "moment-inconnu": Message(
        "le moment « {valeur} » est inconnu",
        "t0, t0-retrospectif, t1 (ou t2, t3…){aussi}",
        "Choisir l'un de ces moments.",
    ),
    "date-inconnue": Message(
        "« {valeur} » n'est pas une date",
        "{attendu}",
        "L'écrire ainsi, ou ne pas donner --date.",
    ),
    "regard-inconnu": Message(
        "le regard « {valeur} » est inconnu",
        "soi ou tiers",
        "Choisir l'un des deux.",
    ),
    "profil-inconnu": Message(
        "le profil « {valeur} » ne convient pas",
        "question=choix, avec {connus}",
        "Écrire par exemple ‹--profil {exemple}›.",
    ),
    "profil-contraire": Message(
        "le profil « {valeur} » dit « {seul} » et un autre choix",
        "« {seul} » seul, ou les autres choix",
        "Écrire ‹--profil {colonne}={seul}›, ou l'ôter.",
    ),
    "entree-vide": Message(
        "rien n'a été lu : l'entrée n'est pas un terminal et elle est vide",
        "un terminal, ou une réponse par ligne sur l'entrée standard",
        "Ouvrir un terminal et lancer ‹cpit questionnaire›.",
    ),
    "ligne-refusee": Message(
        "« {valeur} » n'est pas une réponse",
        "{attendus}",
        "Corriger cette ligne ; rien n'a été enregistré.",
    ),
    "lignes-en-trop": Message(
        "lignes en trop, après la dernière situation : {nombre}",
        "{items} lignes, une par situation{deux}",
        "Vérifier qu'aucune ligne ne s'est glissée entre deux réponses.",
    ),
    "entree-trop-longue": Message(
        "l'entrée dépasse {limite} signes",
        "une réponse par ligne",
        "Vérifier ce qui est envoyé à la commande ; rien n'a été enregistré.",
    ),
    "lignes-manquantes": Message(
        "lignes lues et enregistrées : {lues} sur {attendues} attendues ; la passation est inachevée",
        "{attendues} lignes, une par situation",
        "Reprendre avec : {reprise}",
        _A,
    ),
    "non-enregistre": Message(
        "la dernière réponse n'est PAS enregistrée ({raison})",
        "un dossier où vous avez le droit d'écrire et où il reste de la place",
        "Choisir un autre dossier avec --dossier, ou libérer de la place. Ce qui était enregistré avant reste intact.",
    ),
    "enregistre-de-cote": Message(
        "le fichier principal est retenu par un autre programme ; réponses gardées dans « {copie} »",
        "un fichier que rien d'autre ne retient",
        "Fermer l'antivirus, OneDrive ou Excel sur ce dossier ; cpit réessaiera à chaque réponse.",
        _A,
    ),
}
