"""Un fichier par format de lecture et d’écriture ; à qui est un fichier, et la porte d’où tout s’écrit."""
