"""L’instrument que l’on envoie : un référentiel rédigé dans le format d’un outil qui recueillera les réponses, d’un
logiciel de compétences, ou d’une feuille à remplir.

Un format est un module : une fonction ``(Instrument) -> Redaction``, et un enregistrement dans le registre des formats.
"""
