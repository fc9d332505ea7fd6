"""Ce que fait cpit, appelé de Python : des fonctions qui rendent des valeurs, n’affichent rien et ne lèvent que des
``ErreurCpit``. La façade en est ``cpit`` ; la ligne de commande n’emploie qu’elles.
"""
