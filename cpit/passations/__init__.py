"""Le fichier d’une passation : sa forme, son enregistrement durable, sa relecture, sa vérification."""
