"""La feuille d’une séance sur papier, en blocs que chaque format dessine : qui répond, la légende, les situations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cpit.coeur.referentiel import Competence, Item
from cpit.instrument.composition import Instrument
from cpit.typographie import FINE, enumerer, typographier

_CASE = "☐"
"""Ce que l’on coche."""
PIED = typographier("cpit : outil réflexif, ni note ni classement")


@dataclass(frozen=True, slots=True)
class Intitule:
    """Un titre, de rang 1 à 3 ; une feuille à remplir en a deux."""

    texte: str
    rang: int = 2


@dataclass(frozen=True, slots=True)
class TexteSuivi:
    """Un texte suivi ; ``lie`` : il ne se sépare pas de ce qui suit d’un saut de page."""

    texte: str
    lie: bool = False


@dataclass(frozen=True, slots=True)
class LigneAEcrire:
    """Ce que l’on écrit à la main, sur tant de lignes."""

    libelle: str
    lignes: int = 1


@dataclass(frozen=True, slots=True)
class LigneDeGrille:
    """Une ligne de table ; ``precisions`` : ce qui se lit sous sa deuxième cellule, et ne s’en sépare pas."""

    cellules: tuple[str, ...]
    precisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grille:
    """Une table ; ``a_cocher`` : ses colonnes, après les deux premières, sont des cases."""

    entetes: tuple[str, ...]
    rangees: tuple[LigneDeGrille, ...]
    a_cocher: bool = False


Bloc = Intitule | TexteSuivi | LigneAEcrire | Grille


def composer_la_feuille(instrument: Instrument) -> Iterator[Bloc]:
    """Toute la feuille, dans l’ordre où on la remplit."""
    referentiel = instrument.referentiel
    yield Intitule(instrument.titre, 1)
    yield TexteSuivi(instrument.quand_et_qui)
    yield LigneAEcrire(instrument.question_du_code)
    if instrument.question_de_l_evaluateur:
        yield LigneAEcrire(instrument.question_de_l_evaluateur)
    if instrument.question_de_la_date:
        yield LigneAEcrire(instrument.question_de_la_date)
    for question in instrument.questions_a_choix:
        choix = "   ".join(f"{_CASE}\u00a0{un.libelle}" for un in question.choix)
        combien = " (plusieurs choix possibles)" if question.plusieurs else ""
        yield TexteSuivi(f"{question.libelle}{combien}{FINE}: {choix}")
    yield from _legende(instrument)
    for competence in referentiel.competences:
        yield from _competence(instrument, competence)
    yield TexteSuivi(f"{referentiel.titre}, version {referentiel.version}, licence {referentiel.licence}.")
    yield TexteSuivi(referentiel.statut)


def _legende(instrument: Instrument) -> Iterator[Bloc]:
    yield Intitule("Comment répondre")
    for consigne in instrument.entendre:
        yield TexteSuivi(consigne)
    yield TexteSuivi(instrument.question)
    rangees = tuple(LigneDeGrille((une.code, une.libelle, une.description)) for une in instrument.reponses)
    yield Grille(("Réponse", "Libellé", "Ce que cela veut dire"), rangees)
    for une in instrument.questions_de_place:
        niveaux = enumerer([f"{niveau.code} {niveau.libelle}" for niveau in une.reponses])
        yield TexteSuivi(typographier(f"{une.dimension.libelle} (facultatif) : {une.question} {niveaux}."))


def _competence(instrument: Instrument, competence: Competence) -> Iterator[Bloc]:
    yield Intitule(competence.libelle)
    yield TexteSuivi(competence.definition, lie=True)
    items = instrument.referentiel.items_de(competence.identifiant)
    codes = tuple(reponse.code for reponse in instrument.reponses)
    rangees = tuple(LigneDeGrille(_a_cocher(instrument, item, codes), instrument.ancres(item)) for item in items)
    yield Grille(("Code", "Situation", *codes), rangees, a_cocher=True)
    for une in instrument.questions_de_place:
        niveaux = tuple(niveau.code for niveau in une.reponses)
        siennes = tuple(LigneDeGrille(_a_cocher(instrument, item, niveaux)) for item in items)
        yield Grille(("Code", f"{une.dimension.libelle} dans le poste", *niveaux), siennes, a_cocher=True)
    yield LigneAEcrire("Traces (code de la situation, puis un exemple)", 2)


def _a_cocher(instrument: Instrument, item: Item, codes: tuple[str, ...]) -> tuple[str, ...]:
    return (item.code, instrument.enonce(item), *(_CASE for _ in codes))
