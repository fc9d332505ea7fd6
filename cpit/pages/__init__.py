"""Ce que l’on regarde hors du terminal : pages et figures."""
