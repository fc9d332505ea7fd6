"""Les sceaux de cpit : ce que chaque sortie porte, dans son format, pour dire qui l’a écrite, et quelle version."""

from __future__ import annotations

__version__ = "0.1.0"
"""Celle du paquet et de chaque sortie ; ici et non dans la façade, qu’aucun module du paquet n’emploie."""

SCEAU_CLASSEUR = "Écrit par cpit"
"""Début du commentaire que cpit met dans les propriétés d’un classeur."""
SCEAU_PAGE = '<meta name="cpit-page" content="'
"""En tête de chaque page, avant tout texte venu d’ailleurs."""
SCEAU_FIGURE = "figure-cpit"
"""Classe de la racine d’un SVG, logiciel d’un PDF et d’un PNG."""
FORMAT_COHORTE = "cpit-cohorte-1"
FORMAT_FIDELITE = "cpit-fidelite-1"
FORMAT_EVOLUTION = "cpit-evolution-1"
"""Clé « format » d’un résultat en JSON."""
FORMAT_EXPORT = "cpit-export"
"""Clé « format » du manifeste d’un dossier d’export."""
FORMAT_PLAN = "cpit-plan"
FORMAT_TRACES = "cpit-traces"
"""Clé « format » d’un cahier : ce qu’une personne écrit après son résultat. Jamais une source."""
TEXTE_JOINT = "cpit_referentiel"
"""Feuille très cachée d’une grille : le YAML d’où elle vient, rendu tel quel si rien n’a été changé."""
