"""Ce que l’on restitue : une passation, son référentiel, le résultat calculé et sa lecture."""

from __future__ import annotations

from dataclasses import dataclass

from cpit.coeur.incertitude import Incertitude, estimer
from cpit.coeur.interpretation import Interpretation, interpreter
from cpit.coeur.modele import Referentiel
from cpit.coeur.notation import Resultat, noter
from cpit.coeur.passation import Passation


@dataclass(frozen=True, slots=True)
class Restitution:
    """Tout ce dont un écran, un classeur ou une page a besoin pour une personne."""

    referentiel: Referentiel
    passation: Passation
    resultat: Resultat
    interpretation: Interpretation
    incertitude: Incertitude


def restituer(referentiel: Referentiel, passation: Passation) -> Restitution:
    """Note une passation et rédige sa lecture.

    :raises ValueError: si une réponse ne va pas avec le référentiel (le lecteur aurait dû la refuser).
    """
    valeurs = passation.valeurs()
    resultat = noter(referentiel, valeurs)
    incertitude = estimer(referentiel, valeurs, resultat.situation)
    lecture = interpreter(referentiel, passation, resultat, incertitude)
    return Restitution(referentiel, passation, resultat, lecture, incertitude)
