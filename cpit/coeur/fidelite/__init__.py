"""Ce que vaut un instrument dans un groupe : fidélité des échelles, tenue des items, accord des moments et des regards.

Pur : des matrices de réponses entrent, des dataclasses figées sortent. Emploie numpy, et scipy (extra « recherche »).
"""
