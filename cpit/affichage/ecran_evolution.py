"""Ce qui a bougé dans un groupe, au terminal : qui est comparé, ce qui s’en lit, puis chaque échelle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cpit.affichage.blocs import Bloc, Lignes, Paragraphe, Titre
from cpit.affichage.ecran_groupe import SourceLue, blocs_de_sources
from cpit.coeur.evolution import ComptesDEtats, Evolution, Mouvement
from cpit.coeur.groupe import TU
from cpit.coeur.mots.lecture_comparaison import (
    MOTIFS_DE_MOUVEMENT,
    bornes_de_la_difference,
    decelable_en_mots,
    difference_signee,
    limites_en_mots,
    lire_l_evolution,
    nommer_le_mouvement,
    nommer_les_deux_strates,
    titre_de_qui_bouge,
    titrer_l_evolution,
)
from cpit.typographie import enumerer, nombre, typographier

_TITRES = {"competence": "Compétences", "ingenierie": "Ingénieries", "position": "Carte"}
_ENTETES = {"competence": "Compétence", "ingenierie": "Ingénierie", "position": "Axe", "groupe": "Groupe d’items"}
_COMPTES = ("dont plus haut", "Incertaines", "Sans état")
_TIRET = "–"
_LEGENDE = (
    "Moyennes des personnes présentes des deux côtés (n) ; différence, son intervalle à 95 % et d_z, la différence "
    "rapportée à son écart-type."
)
_LEGENDE_DES_REGARDS = (
    "Moyennes des personnes présentes des deux côtés (n) ; différence, son intervalle à 95 % et les limites d'accord, "
    "où tombent à peu près 95 % des différences."
)


def blocs_d_evolution(evolutions: Sequence[Evolution], sources: Sequence[SourceLue]) -> Iterator[Bloc]:
    """Les blocs d’une ou plusieurs évolutions ; les comptes de personnes y sont toujours dits."""
    yield Titre(f"Évolution : {evolutions[0].referentiel.titre}", 1)
    yield from blocs_de_sources(sources)
    for une in evolutions:
        yield from _une_evolution(une)


def _une_evolution(evolution: Evolution) -> Iterator[Bloc]:
    yield Titre(titrer_l_evolution(evolution), 1)
    yield from map(Paragraphe, lire_l_evolution(evolution))
    if evolution.trop_petite or not evolution.personnes:
        return
    yield Paragraphe(typographier(_LEGENDE_DES_REGARDS if evolution.entre_regards else _LEGENDE), discret=True)
    for nature, titre in _TITRES.items():
        yield Titre(titre)
        yield from _table(evolution, nature, [u for u in evolution.mouvements.values() if u.nature == nature])
    for regroupement in evolution.referentiel.regroupements:
        yield Titre(f"En second : {regroupement.libelle}")
        siens = [evolution.mouvements[groupe.identifiant] for groupe in regroupement.groupes]
        yield from _table(evolution, "groupe", siens)


def _table(evolution: Evolution, nature: str, mouvements: Sequence[Mouvement]) -> Iterator[Bloc]:
    regards = evolution.entre_regards
    entetes = (_ENTETES[nature], "n", *nommer_les_deux_strates(evolution), "Différence", "À 95 %")
    lignes = tuple((*_ligne(un), _accord(un) if regards else _taille(un)) for un in mouvements)
    yield Lignes((*entetes, "Accord" if regards else "d_z"), lignes, droite=(1, 2, 3, 4, 5, 6))
    yield from _dire_les_motifs(mouvements)
    yield from _table_des_etats(evolution, nature, mouvements)
    yield from _table_de_reference(evolution, nature, mouvements)


def _table_des_etats(evolution: Evolution, nature: str, mouvements: Sequence[Mouvement]) -> Iterator[Bloc]:
    """Combien de personnes bougent au-delà de leur incertitude, pour les échelles où cela se dit."""
    lignes = [(nommer_le_mouvement(un), *_comptes(un.etats)) for un in mouvements if un.etats is not None]
    if lignes:
        entetes = (_ENTETES[nature], titre_de_qui_bouge(evolution), *_COMPTES)
        yield Paragraphe("Personne par personne\u202f:", discret=True)
        yield Lignes(entetes, tuple(lignes), droite=(1, 2, 3, 4))


def _table_de_reference(evolution: Evolution, nature: str, mouvements: Sequence[Mouvement]) -> Iterator[Bloc]:
    """Le changement décelable de chaque échelle d’après le groupe de référence, et qui le dépasse."""
    lignes = [
        (nommer_le_mouvement(un), decelable_en_mots(evolution, un), *_comptes(un.etats_de_reference))
        for un in mouvements
        if un.etats_de_reference is not None
    ]
    if lignes:
        entetes = (_ENTETES[nature], "Décelable", titre_de_qui_bouge(evolution), *_COMPTES)
        yield Paragraphe("Rapportées à la référence\u202f:", discret=True)
        yield Lignes(entetes, tuple(lignes), droite=(1, 2, 3, 4, 5))


def _comptes(comptes: ComptesDEtats | None) -> tuple[str, ...]:
    if comptes is None:
        return ()
    return tuple(map(str, (comptes.bougent, comptes.vers_le_haut, comptes.incertaines, comptes.sans_etat)))


def _ligne(un: Mouvement) -> tuple[str, ...]:
    series = un.series
    if series is None:
        return (nommer_le_mouvement(un), *(_rien(un),) * 5)
    return (
        nommer_le_mouvement(un),
        str(series.n),
        *(TU if moyenne is None else nombre(moyenne, 2) for moyenne in (series.de, series.a)),
        difference_signee(series.difference.valeur),
        bornes_de_la_difference(series),
    )


def _rien(un: Mouvement) -> str:
    return _TIRET if un.motif == "sans-paire" else TU


def _taille(un: Mouvement) -> str:
    """d_z."""
    if un.series is None:
        return _rien(un)
    return difference_signee(None if un.series.d_z is None else un.series.d_z.valeur)


def _accord(un: Mouvement) -> str:
    """Les limites d’accord."""
    return _rien(un) if un.series is None else limites_en_mots(un.series)


def _dire_les_motifs(mouvements: Sequence[Mouvement]) -> Iterator[Bloc]:
    """Pourquoi des lignes sont vides, et ce que veut dire l’étoile."""
    for motif in dict.fromkeys(un.motif for un in mouvements if un.motif is not None):
        noms = enumerer([nommer_le_mouvement(un) for un in mouvements if un.motif == motif])
        yield Paragraphe(typographier(f"{noms} : {MOTIFS_DE_MOUVEMENT[motif]}."), discret=True)
    if any(un.series and un.series.difference.bornes and un.series.indicatives for un in mouvements):
        yield Paragraphe("* : intervalle indicatif.", discret=True)
