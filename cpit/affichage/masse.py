"""Une très grande cohorte au terminal : ce qui a été lu, puis les échelles de chaque moment et de chaque regard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cpit.affichage.blocs import Bloc, Lignes, Paragraphe, Titre
from cpit.affichage.carte import coordonnees_en_mots
from cpit.affichage.groupe import SourceLue, blocs_de_sources
from cpit.coeur.cohorte import Portrait, Statistique
from cpit.coeur.modele import Referentiel
from cpit.typographie import nombre, pluriel


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
    for (moment, regard), portrait in portraits.items():
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
    return (str(statistique.n), *("–" if mesure is None else nombre(mesure, 2) for mesure in mesures))


def _phrase_de_position(portrait: Portrait) -> str:
    if portrait.position is None:
        return "Aucune position n'a pu être calculée."
    comptes = f"{pluriel(portrait.positions, 'position')} sur {pluriel(portrait.effectif, 'passation')}"
    return f"Centre du groupe ({comptes}) : {coordonnees_en_mots(portrait.position)}."
