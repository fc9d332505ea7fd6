"""Le cœur pur de cpit : ni fichier, ni horloge, ni terminal."""
