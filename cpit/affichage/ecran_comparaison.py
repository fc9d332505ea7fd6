"""Ce qui a bougé, au terminal : les passations d’une personne l’une devant l’autre, ou un groupe d’une strate à
l’autre.

Ce qui bouge d’abord (d’un groupe, qui est comparé), puis chaque échelle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import shorten

from cpit.affichage import montrer
from cpit.affichage.blocs import Bloc, Lignes, Paragraphe, Titre
from cpit.affichage.ecran_groupe import SourceLue, blocs_de_sources
from cpit.coeur.comparaison import Comparaison, ComparaisonEchelle, Parcours, SortePaire
from cpit.coeur.evolution import ComptesDEtats, Evolution, Mouvement
from cpit.coeur.groupe import TU
from cpit.coeur.mots.lecture_comparaison import (
    MOTIFS_DE_MOUVEMENT,
    LectureDeComparaison,
    bornes_de_la_difference,
    codes_inchanges,
    colonnes_comparees,
    decelable_en_mots,
    dire_la_sorte,
    echelles_par_difference,
    est_indicative,
    items_par_difference,
    limites_en_mots,
    lire_l_evolution,
    lire_la_comparaison,
    lire_les_regards,
    nom_d_echelle,
    nommer_le_mouvement,
    nommer_les_cotes,
    nommer_les_deux_strates,
    suite_de_la_paire,
    titre_de_qui_bouge,
    titrer_ce_qui_bouge,
    titrer_l_evolution,
    titrer_la_comparaison,
    titrer_les_regards,
)
from cpit.terminal import Terminal
from cpit.typographie import difference_signee, enumerer, nombre, typographier

_ENONCE = 50
"""Signes d’un énoncé dans une colonne : de quoi reconnaître la situation que le code désigne."""


def montrer_la_comparaison(terminal: Terminal, comparaison: Comparaison, parcours: Parcours) -> None:
    """Écrit la comparaison entière, puis, plus brèves, les autres du parcours, et les regards."""
    montrer(terminal, _blocs(comparaison, parcours, enonces=None if terminal.simple else _ENONCE))


def _blocs(comparaison: Comparaison, parcours: Parcours, enonces: int | None) -> Iterator[Bloc]:
    lecture = lire_la_comparaison(comparaison)
    sortes = {id(paire.comparaison): paire.sorte for paire in parcours.paires}
    yield Titre(comparaison.referentiel.titre, 1)
    yield Paragraphe(f"{comparaison.identifiant or 'sans code'} · {titrer_la_comparaison(comparaison)}", discret=True)
    yield Paragraphe(lecture.entete, discret=True)
    yield from _en_entier(comparaison, lecture, _sorte_de(comparaison, parcours), enonces)
    for paire in parcours.paires:
        if paire.comparaison != comparaison:
            yield from _en_bref(paire.comparaison, sortes[id(paire.comparaison)])
    for regards in parcours.regards:
        yield Titre(titrer_les_regards(regards, comparaison.referentiel))
        yield from map(Paragraphe, lire_les_regards(regards))
    yield Titre("Ce que cela vaut")
    yield from map(Paragraphe, lecture.portee)


def _sorte_de(comparaison: Comparaison, parcours: Parcours) -> SortePaire | None:
    return next((paire.sorte for paire in parcours.paires if paire.comparaison == comparaison), None)


def _en_entier(
    comparaison: Comparaison, lecture: LectureDeComparaison, sorte: SortePaire | None, enonces: int | None
) -> Iterator[Bloc]:
    if sorte is not None and (suite := suite_de_la_paire(sorte, *comparaison.moments)):
        yield Paragraphe(suite)
    yield Titre(titrer_ce_qui_bouge(comparaison))
    yield from map(Paragraphe, lecture.bougent)
    yield Titre("Ingénieries")
    yield _table("Ingénierie", comparaison, comparaison.ingenieries.values())
    yield Titre("Carte")
    yield Paragraphe(" ".join(lecture.position))
    yield Titre("Compétences")
    yield _table("Compétence", comparaison, comparaison.competences.values())
    yield from _situations(comparaison, lecture, enonces)
    for regroupement in comparaison.referentiel.regroupements:
        yield Titre(f"En second : {regroupement.libelle}")
        yield _table("Groupe", comparaison, comparaison.regroupements[regroupement.identifiant].values())


def _en_bref(comparaison: Comparaison, sorte: SortePaire) -> Iterator[Bloc]:
    lecture = lire_la_comparaison(comparaison)
    yield Titre(titrer_la_comparaison(comparaison))
    phrases = (dire_la_sorte(sorte, comparaison) + ".", suite_de_la_paire(sorte, *comparaison.moments), lecture.entete)
    yield Paragraphe(" ".join(filter(None, phrases)), discret=True)
    yield from map(Paragraphe, lecture.bougent)
    yield _table("Ingénierie", comparaison, comparaison.ingenieries.values())
    yield Paragraphe(" ".join(lecture.position))


def _table(entete: str, comparaison: Comparaison, echelles: Iterable[ComparaisonEchelle]) -> Lignes:
    """Une ligne par échelle, la plus grande différence d’abord."""
    rangees = echelles_par_difference(echelles)
    colonnes = colonnes_comparees(comparaison, rangees)
    lignes = tuple(zip(map(nom_d_echelle, rangees), *(colonne.cellules for colonne in colonnes), strict=True))
    droite = tuple(rang for rang, colonne in enumerate(colonnes, 1) if colonne.nombres)
    return Lignes((entete, *(colonne.titre for colonne in colonnes)), lignes, droite)


def _situations(comparaison: Comparaison, lecture: LectureDeComparaison, enonces: int | None) -> Iterator[Bloc]:
    """Les situations qui diffèrent ; ``enonces`` : signes gardés de chacune, toute la phrase s’il n’y en a pas."""
    yield Titre("Situations")
    de, a = nommer_les_cotes(comparaison)
    lignes = tuple(
        (
            *(un.item.code, str(un.de), str(un.a), difference_signee(un.difference, 0)),
            _abreger(un.item.enonce_pour(comparaison.a.regard), enonces),
        )
        for un in items_par_difference(comparaison)
    )
    if lignes:
        yield Lignes(("Code", de, a, "Différence", "Situation"), lignes, droite=(1, 2, 3))
    if inchanges := codes_inchanges(comparaison):
        yield Paragraphe(f"De même des deux côtés : {', '.join(inchanges)}.")
    yield from map(Paragraphe, lecture.non_compares)


def _abreger(enonce: str, signes: int | None) -> str:
    """L’énoncé ; là où rien n’est à tenir en colonne, il est entier, et la ligne finit par son seul point."""
    return enonce.rstrip(".") if signes is None else shorten(enonce, signes, placeholder="…")


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
        yield from _table_des_mouvements(
            evolution, nature, [u for u in evolution.mouvements.values() if u.nature == nature]
        )
    for regroupement in evolution.referentiel.regroupements:
        yield Titre(f"En second : {regroupement.libelle}")
        siens = [evolution.mouvements[groupe.identifiant] for groupe in regroupement.groupes]
        yield from _table_des_mouvements(evolution, "groupe", siens)


def _table_des_mouvements(evolution: Evolution, nature: str, mouvements: Sequence[Mouvement]) -> Iterator[Bloc]:
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
    if any(est_indicative(un.series) for un in mouvements):
        yield Paragraphe("* : intervalle indicatif.", discret=True)
