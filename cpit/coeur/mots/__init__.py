"""Les mots : ce que l’on peut dire d’un résultat, d’un groupe, d’une étude, et comment tout se calcule."""
