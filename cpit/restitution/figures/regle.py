"""Une échelle graduée horizontale, partagée par les lignes d’une figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cpit.coeur.modele import Echelle
from cpit.restitution.figures.dessin import Calque, Dessin, Texte, Trait, hauteur_bloc, segment

GRILLE = Trait("grille", 1.0)


@dataclass(frozen=True, slots=True)
class Regle:
    """De ``debut`` à ``fin``, en pixels, pour des valeurs de ``minimum`` à ``maximum``."""

    debut: float
    fin: float
    minimum: float
    maximum: float

    def x(self, valeur: float) -> float:
        """Abscisse d’une valeur."""
        return self.debut + (valeur - self.minimum) / (self.maximum - self.minimum) * (self.fin - self.debut)


def graduations(echelle: Echelle) -> list[int]:
    """Les niveaux de l’échelle ; cinq environ s’il y en a plus de dix."""
    valeurs = [niveau.valeur for niveau in echelle.niveaux]
    pas = 1 if len(valeurs) <= 10 else -(-len(valeurs) // 5)
    return sorted({*valeurs[::pas], valeurs[-1]})


def poser_regle(
    dessin: Dessin, regle: Regle, hauteurs: tuple[float, float], graduations: Sequence[int], corps: float
) -> float:
    """Trace les graduations sous tout le reste, leurs nombres au pied ; rend le bas des nombres.

    :param hauteurs: haut et bas des traits.
    """
    haut, bas = hauteurs
    traits = tuple(segment((regle.x(v), haut), (regle.x(v), bas), GRILLE) for v in graduations)
    dessin.calques.insert(0, Calque("grille", traits))
    petit = corps * 0.9
    nombres = [Texte(regle.x(v), bas + corps, str(v), petit, "encre-douce", ancre="middle") for v in graduations]
    dessin.poser("graduations", nombres)
    return bas + hauteur_bloc(1, corps) + 2
