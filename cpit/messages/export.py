"""Messages : le jeu de données pour la recherche."""

from __future__ import annotations

from cpit.messages.base import Gravite, Message

A = Gravite.AVERTISSEMENT

CLE = {
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
        'Taper chmod 600 "{nom}" ; si quelqu\'un a pu la copier, créer une autre clé.',
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
        A,
    ),
    "pseudonymes-en-collision": Message(
        "deux personnes auraient le même pseudonyme, {pseudonyme}",
        "un pseudonyme par personne",
        "Recommencer avec une autre clé (--cle, un fichier qui n'existe pas).",
    ),
    "codes-rapproches": Message(
        "des codes qui ne diffèrent que par la casse ou les blancs sont pris pour une même personne : {graphies}",
        "un code écrit toujours pareil",
        "Rien à faire si c'est bien la même ; sinon, changer l'un des codes.",
        A,
    ),
}
"""Ce qui concerne la clé et les pseudonymes."""

EXPORT = {
    **CLE,
    "traces-exportees": Message(
        "les traces sont dans reponses_long : des textes libres, où des personnes peuvent se reconnaître",
        "un jeu de données sans texte libre, sauf nécessité",
        "Les relire avant de partager, ou recommencer sans --avec-traces.",
        A,
    ),
    "profils-ecartes": Message(
        "{nombre} réponse(s) de profil hors des choix du référentiel ; elles sont laissées de côté",
        "des choix que le référentiel déclare",
        "Rien à faire, ou compléter le profil du référentiel.",
        A,
    ),
    "passations-sans-code": Message(
        "{nombre} passation(s) sans code : chacune a son pseudonyme, rien ne les relie d'un moment à l'autre",
        "un code par personne, le même à T0 et à T1",
        "Rien à faire s'il n'y a qu'un moment ; sinon, donner les codes dans les sources.",
        A,
    ),
    "export-parmi-les-sources": Message(
        "« {nom} » vient d'un export de cpit, pas d'une personne ; il est laissé de côté",
        "des passations, des formulaires ou des tables de réponses",
        "Rien à faire.",
        A,
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
        "l'extra « recherche » de cpit, pour Parquet, SPSS et Stata",
        'Taper pip install "cpit[recherche]", puis recommencer ; tout le reste est écrit.',
        A,
    ),
    "bibliotheque-demandee": Message(
        "le format {format}, demandé, n'est pas écrit : il manque {bibliotheques}",
        "l'extra « recherche » de cpit, pour Parquet, SPSS et Stata",
        'Taper pip install "cpit[recherche]", puis recommencer ; tout le reste est écrit.',
    ),
    "table-hors-du-classeur": Message(
        "{table} a {nombre} lignes : elle n'est pas dans jeu.xlsx",
        "au plus 1 048 575 lignes dans une feuille de tableur",
        "La lire dans un autre format (csv, parquet, sav, dta).",
        A,
    ),
}
