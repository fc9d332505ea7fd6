"""Une très grande cohorte au terminal : ce qui a été lu, puis les échelles de chaque moment et de chaque regard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cpit.affichage.blocs import Bloc, Lignes, Paragraphe, Titre
from cpit.affichage.carte import coordonnees_en_mots
from cpit.affichage.groupe import SourceLue, blocs_de_sources, ecrire_la_mesure
from cpit.coeur.groupe import TU, Portrait, Statistique, taire_les_petits
from cpit.coeur.lecture_groupe import compter_les_positions
from cpit.coeur.modele import Referentiel
from cpit.typographie import pluriel


def blocs_de_masse(
    referentiel: Referentiel,
    sources: Sequence[SourceLue],
    portraits: Mapping[tuple[str, str], Portrait],
    *,
    doublons_cherches: bool,
) -> Iterator[Bloc]:
    """Les blocs d’une cohorte notée en flux ; chaque moment et chaque regard à part."""
    yield Titre(referentiel.titre, 1)
    yield from blocs_de_sources(sources)
    for (moment, regard), entier in portraits.items():
        portrait = taire_les_petits(entier)
        yield Titre(f"Moment {moment}, regard {regard} : {pluriel(portrait.effectif, 'passation')}", 1)
        yield _tableau(referentiel, portrait)
        yield Paragraphe(_phrase_de_position(portrait))
    yield Paragraphe(
        "Table notée en flux : ni carte des personnes, ni dominantes à l'écran ; "
        "le fichier écrit porte tous les scores et toutes les positions.",
        discret=True,
    )
    if not doublons_cherches:
        yield Paragraphe("Trop de passations pour chercher toutes celles qui sont en double.")


def _tableau(referentiel: Referentiel, portrait: Portrait) -> Lignes:
    lignes = tuple(
        (identifiant, referentiel.echelles[identifiant].libelle, *_nombres(statistique))
        for identifiant, statistique in portrait.echelles.items()
    )
    entetes = ("Échelle", "Libellé", "n", "Moyenne", "Écart-type", "Min", "Médiane", "Max")
    return Lignes(entetes, lignes, droite=(2, 3, 4, 5, 6, 7))


def _nombres(statistique: Statistique) -> tuple[str, ...]:
    s = statistique
    mesures = (s.moyenne, s.ecart_type, s.minimum, s.mediane, s.maximum)
    if s.tue:
        return (TU,) * (1 + len(mesures))
    return (str(s.n), *(ecrire_la_mesure(mesure, 2) for mesure in mesures))


def _phrase_de_position(portrait: Portrait) -> str:
    comptes = f"{compter_les_positions(portrait)} sur {pluriel(portrait.effectif, 'passation')}"
    if portrait.positions is None:
        return f"Centre du groupe tu : {comptes}."
    if portrait.position is None:
        return "Aucune position n'a pu être calculée."
    return f"Centre du groupe ({comptes}) : {coordonnees_en_mots(portrait.position)}."
