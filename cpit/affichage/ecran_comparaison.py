"""Les passations d’une personne l’une devant l’autre, au terminal : ce qui bouge d’abord, puis chaque échelle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import shorten

from cpit.affichage import montrer
from cpit.affichage.blocs import Bloc, Lignes, Paragraphe, Titre
from cpit.coeur.comparaison import Comparaison, ComparaisonEchelle, Parcours, SortePaire
from cpit.coeur.mots.lecture_comparaison import (
    LectureDeComparaison,
    codes_inchanges,
    colonnes_comparees,
    difference_signee,
    dire_la_sorte,
    echelles_par_difference,
    items_par_difference,
    lire_la_comparaison,
    lire_les_regards,
    nom_d_echelle,
    nommer_les_cotes,
    suite_de_la_paire,
    titrer_ce_qui_bouge,
    titrer_la_comparaison,
    titrer_les_regards,
)
from cpit.terminal import Terminal

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
