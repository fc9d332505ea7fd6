"""Ce qu’un dossier garde d’une personne : le lui remettre (accès, portabilité), l’effacer."""
