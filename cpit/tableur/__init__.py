"""Le tableur : lire un classeur xlsx sans rien y perdre, en écrire un sans rien y mettre de vivant."""
