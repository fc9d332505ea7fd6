"""Les situations d’une personne, ou d’un groupe, par fréquence et par importance : ce que montre un quadrant."""

from __future__ import annotations

from dataclasses import dataclass

from cpit.coeur.cohorte import Cohorte
from cpit.coeur.groupe import REGLE, RegleDesPetitsGroupes, compter_personnes, personnes_de
from cpit.coeur.notation import valeurs_retenues
from cpit.coeur.passation import Passation
from cpit.coeur.place import FREQUENCE, IMPORTANCE
from cpit.coeur.referentiel import Item, Referentiel

_FREQUENTE, _IMPORTANTE = 2, 2
"""À partir de « chaque mois », une situation est dite fréquente ; à partir de « importante », importante."""


@dataclass(frozen=True, slots=True)
class SituationPlacee:
    """Une situation dont la fréquence et l’importance sont toutes deux dites ; des moyennes dans un groupe.

    ``niveau`` : la valeur retenue de la réponse (inversée si l’item l’est), absente sans niveau répondu.
    ``personnes`` : combien la disent. ``tue`` : trop peu de personnes pour que rien d’autre ne s’en montre.
    """

    item: Item
    frequence: float
    importance: float
    niveau: float | None
    personnes: int = 1
    tue: bool = False

    @property
    def case(self) -> tuple[int, int]:
        """La fréquence et l’importance, au niveau le plus proche ; à mi-chemin, le plus haut."""
        return int(self.frequence + 0.5), int(self.importance + 0.5)


def situations_placees(referentiel: Referentiel, passation: Passation) -> tuple[SituationPlacee, ...]:
    """Celles d’une personne, dans l’ordre de la passation."""
    retenues = valeurs_retenues(referentiel, passation.valeurs())
    placees = []
    for item in referentiel.ordre_de_passation():
        frequence, importance = passation.reponse(item.code).places
        if frequence is not None and importance is not None:
            placees.append(SituationPlacee(item, frequence, importance, retenues.get(item.code)))
    return tuple(placees)


def peu_menees(referentiel: Referentiel, placees: tuple[SituationPlacee, ...]) -> tuple[Item, ...]:
    """Celles que l’on dit importantes et fréquentes, et dont le niveau est sous le milieu de l’échelle."""
    milieu = (referentiel.echelle.min + referentiel.echelle.max) / 2
    return tuple(
        une.item
        for une in placees
        if une.frequence >= _FREQUENTE and une.importance >= _IMPORTANTE
        if une.niveau is not None and une.niveau < milieu
    )


def situations_d_un_groupe(strate: Cohorte, regle: RegleDesPetitsGroupes = REGLE) -> tuple[SituationPlacee, ...]:
    """Celles d’une strate, en moyennes sur qui en dit les deux ; tues là où trop peu de personnes le font.

    Vide si personne n’en dit rien, ou si la strate entière a trop peu de personnes.
    """
    if not regle.montre(compter_personnes(strate)):
        return ()
    par_item: dict[str, list[tuple[str | int, SituationPlacee]]] = {}
    for personne, notee in personnes_de(strate.notees):
        for une in situations_placees(strate.referentiel, notee.passation):
            par_item.setdefault(une.item.code, []).append((personne, une))
    dites = (par_item[item.code] for item in strate.referentiel.ordre_de_passation() if item.code in par_item)
    return tuple(_reunir(paires, regle) for paires in dites)


def _reunir(paires: list[tuple[str | int, SituationPlacee]], regle: RegleDesPetitsGroupes) -> SituationPlacee:
    """La moyenne d’une situation ; celle de ses niveaux manque si trop peu de personnes en ont un."""
    item, personnes = paires[0][1].item, len({personne for personne, _ in paires})
    if not regle.montre(personnes):
        return SituationPlacee(item, 0, 0, None, personnes, tue=True)
    niveaux = [(personne, une.niveau) for personne, une in paires if une.niveau is not None]
    montres = [niveau for _, niveau in niveaux] if regle.montre(len({personne for personne, _ in niveaux})) else []
    return SituationPlacee(
        item,
        sum(une.frequence for _, une in paires) / len(paires),
        sum(une.importance for _, une in paires) / len(paires),
        sum(montres) / len(montres) if montres else None,
        personnes,
    )


def nommer_une_case(case: tuple[int, int]) -> str:
    """« essentielle, chaque mois »."""
    frequence, importance = case
    return f"{IMPORTANCE.niveaux[importance]}, {FREQUENCE.niveaux[frequence]}"
