"""Les colonnes de la synthèse, communes à ses trois morceaux."""

LARGEURS = (15, 32, 9, 46, 10, 8)
"""Largeurs en signes : code, libellé, score, niveau ou motif, répondus, items."""
CODE, LIBELLE, SCORE, NIVEAU, REPONDUS, ITEMS = range(len(LARGEURS))
DERNIERE = ITEMS
TOTAL = sum(LARGEURS)
DROITE = sum(LARGEURS[SCORE:])
