"""Ce que l’on dit des profils d’un jeu individuel : combien s’y reconnaissent, et ce que ``k`` a fait perdre.

Des comptes seulement : les combinaisons elles-mêmes sont dans les données, et ne se listent qu’à l’écran.
"""

from __future__ import annotations

from collections.abc import Iterator

from cpit.coeur.export import Jeu, JeuRecode
from cpit.typographie import enumerer, nombre, pluriel, typographier


def phrases_des_profils(jeu: Jeu) -> list[str]:
    """Les phrases, pour l’écran et le LISEZMOI ; aucune sans question de profil."""
    risques = jeu.risques
    if risques is None or not jeu.referentiel.profil:
        return []
    combien = f"{pluriel(risques.personnes, 'personne')}, {pluriel(risques.combinaisons, 'combinaison')} de profil"
    concernees = pluriel(risques.exposees, "personne concernée", "personnes concernées")
    rares = f"Combinaison de moins de {risques.k} personnes : {concernees}"
    phrases = [f"{combien}. {rares}, dont {pluriel(risques.uniques, 'seule à la porter', 'seules à la porter')}."]
    if jeu.recode is not None:
        phrases += _phrases_de_recodage(jeu.recode)
    return [typographier(phrase) for phrase in phrases]


def _phrases_de_recodage(recode: JeuRecode) -> Iterator[str]:
    yield (
        f"Recodé pour que chaque combinaison concerne {recode.k} personnes au moins, dans tout le jeu et à chaque "
        "moment sous chaque regard ; le mois n'est pas compté. Modalités rares réunies, puis cellules tues, au choix "
        f"qui perd le moins de ceux essayés : {nombre(100 * recode.perte, 1)} % de ce que disaient les profils."
    )
    for question in recode.questions:
        pertes = []
        if question.cellules_reunies:
            pertes.append(
                f"{pluriel(question.cellules_reunies, 'cellule')} où sont réunis {enumerer(question.reunies)}"
            )
        if question.cellules_tues:
            pertes.append(f"{question.cellules_tues} tue{'s' if question.cellules_tues > 1 else ''}")
        yield f"{question.libelle} (sur {pluriel(recode.cellules, 'cellule')}) : {', '.join(pertes)}."
    if not recode.questions:
        yield "Rien n'a été perdu : aucune combinaison n'était rare."
    if recode.petites:
        strates = enumerer([f"{moment}, {regard}" for moment, regard in recode.petites])
        yield f"Moins de {recode.k} personnes y ont répondu, et rien n'y est promis : {strates}."
