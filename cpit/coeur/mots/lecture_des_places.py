"""Ce que l’on lit de la place des situations dans un poste : des constats, sans verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cpit.coeur.groupe import SituationPlacee, nommer_une_case, peu_menees, situations_placees
from cpit.coeur.passation import Passation
from cpit.coeur.referentiel import Referentiel
from cpit.typographie import accorder, typographier

TITRE_DE_LA_PLACE = "La place des situations dans le poste"


def lire_les_places(referentiel: Referentiel, passation: Passation) -> tuple[str, ...]:
    """Ce qu’une personne a dit de ses situations ; vide si elle n’a pas dit à la fois fréquence et importance."""
    placees = situations_placees(referentiel, passation)
    if not placees:
        return ()
    codes = [item.code for item in peu_menees(referentiel, placees)]
    constat = (
        f"Situations importantes, fréquentes et encore peu menées : {', '.join(codes)}."
        if codes
        else "Aucune situation dite importante et fréquente n'a de réponse sous le milieu de l'échelle."
    )
    total = len(referentiel.items)
    combien = f"Fréquence et importance sont dites pour {accorder(len(placees), 'situation')} sur {total} ; "
    return tuple(map(typographier, (constat, f"{combien}elles n'entrent dans aucun score.")))


def ranger_les_places(placees: Iterable[SituationPlacee]) -> Iterator[tuple[str, tuple[SituationPlacee, ...]]]:
    """Les situations de chaque case du quadrant, nommée, de la plus importante et fréquente à la moins."""
    cases: dict[tuple[int, int], list[SituationPlacee]] = {}
    for une in placees:
        if not une.tue:
            cases.setdefault(une.case, []).append(une)
    for case in sorted(cases, key=lambda c: (-c[1], -c[0])):
        yield nommer_une_case(case), tuple(cases[case])
