"""Les gestes : ce que fait chaque commande une fois ses arguments lus ; ils assemblent les pièces.

Un geste reçoit une demande (une dataclass) et des terminaux ; il ne connaît ni la ligne de commande ni ses options.
"""
