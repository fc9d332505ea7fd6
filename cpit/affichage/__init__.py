"""Ce que l’on montre au terminal : des blocs, dessinés avec rich ou écrits en lignes simples."""
