"""Les campagnes : des fautes tirées en nombre, dont les tests rejouent un petit tirage.

| Script | Ce qu’il éprouve |
| --- | --- |
| `coupures.py` | des arrêts forcés, en pleine séance au terminal et dans la boucle d’enregistrement |
| `appels.py` | un appel du système qui échoue (disque plein, lecture seule…), à chaque écriture de chaque commande |
| `courses.py` | deux séances, un dossier changé en lien, une horloge qui recule, un export coupé |
| `hostiles.py` | cinq cents fichiers hostiles, donnés à chaque commande à côté de sources saines |
| `aleas.py` | des réponses altérées (CSV, xlsx, JSON, YAML), jugées par un lecteur naïf et l’oracle |
| `exports.py` | les exports de chaque outil, tirés au hasard, mis bout à bout, annotés : qui y est lu |
| `encodages.py` | des tables sans marque d’encodage, peu accentuées ou en capitales : lues juste, ou demandées |
| `couverture_position.py` | la part des régions à 95 % qui couvrent la vraie position, modèle par modèle |
| `couverture_evolution.py` | la part des bornes d’une différence, pour une personne ou un groupe, où est la vraie |
| `couverture_tension.py` | la part des bornes d’une tension, pour une personne ou une équipe, où est la vraie |
| `restitution_en_page.py` | la restitution d’un formulaire en page, nombres et mots, devant celle de cpit |
| `forme_longue.py` | ce que gagne la forme longue : la fidélité d’un score de compétence, d’après un modèle |
| `combinaisons.py` | des cohortes diffusées puis attaquées : ce qui fuit, et ce que le silence coûte |
| `ecarts_types.py` | combien de fois un écart-type dit les scores de tout un petit groupe |
| `paquet.py` | le programme en un dossier (pyinstaller), construit, puis lancé sans réseau ni Python |
| `mutants.py` | une faute à la fois dans un module décisif : ses tests la voient-ils ? |
| `planchers.py` | cpit avec la plus basse version permise de chaque dépendance |
| `couverture_fidelite.py` | les intervalles de la fidélité, sur de vraies échelles rééchantillonnées (R, psychTools) |

Chacune se lance par `python tests/campagnes/NOM.py` (`--nombre N` pour celles qui tirent au sort) et écrit une table,
de la promesse au chiffre ; elle finit par 1 si une promesse est rompue. Les chiffres d’un tirage complet sont, datés,
dans le guide « Solidité » ; les quatre de couverture mesurent sans rien promettre, et leurs tables sont dans le guide
« Calcul ».
"""
