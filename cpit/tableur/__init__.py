"""Le tableur : lire un classeur xlsx sans rien y perdre, en écrire un sans rien y mettre de vivant."""

SCEAU = "Écrit par cpit"
"""Début du commentaire que cpit met dans les propriétés d’un classeur."""
