"""La feuille d’une séance sur papier, en blocs que chaque format dessine : qui répond, la légende, les situations.

En Markdown, elle se relit, se met dans un wiki ou un dépôt, se convertit ; le portfolio d’une personne s’y écrit aussi,
matière à reprendre dans un dossier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import singledispatch
from html import escape

from cpit.coeur.passation import dire_la_date
from cpit.coeur.referentiel import Competence, Item
from cpit.coeur.suites import (
    PORTEE_DU_PORTFOLIO,
    PORTFOLIO_VIDE,
    Portfolio,
    SituationPropre,
    TraceAMontrer,
    dire_une_situation,
)
from cpit.formats.appartenance import MARQUE, sceller_texte
from cpit.instrument.composition import RECUEIL, Instrument, Part, Redaction, en_une_ligne
from cpit.typographie import FINE, enumerer, nettoyer, typographier

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


_SPECIAUX = re.compile(r"([\\`*_{}\[\]<>|~#&])")
_EN_TETE_DE_LIGNE = re.compile(r"^([-+=]|\d+[.)])(?=\s|$|-|=)")
_LIGNE = "\\_" * 60


def rediger_markdown(instrument: Instrument) -> Redaction:
    """La feuille, en Markdown à tables (GitHub, Pandoc)."""
    return Redaction(_ecrire_en_markdown(composer_la_feuille(instrument)), RECUEIL | {Part.PLUSIEURS})


def _ecrire_en_markdown(blocs: Iterable[Bloc], entete: str = "") -> bytes:
    """Des blocs en Markdown scellé.

    :param entete: ce qu’un programme y lit et qui ne se voit pas, déjà inerte.
    """
    corps = "\n\n".join(_dessiner(bloc) for bloc in blocs)
    texte = f"<!-- {MARQUE} -->\n{entete}\n{corps}\n\n---\n\n{_inerte(PIED)}\n"
    return sceller_texte(texte.encode("utf-8", "replace"))


@singledispatch
def _dessiner(bloc: Bloc) -> str:
    raise TypeError(type(bloc).__name__)


@_dessiner.register
def _intitule(bloc: Intitule) -> str:
    return "#" * bloc.rang + " " + _inerte(bloc.texte)


@_dessiner.register
def _texte_suivi(bloc: TexteSuivi) -> str:
    return _inerte(bloc.texte)


@_dessiner.register
def _ligne_a_ecrire(bloc: LigneAEcrire) -> str:
    return "\n\n".join([f"**{_inerte(bloc.libelle)}**", *[_LIGNE] * bloc.lignes])


@_dessiner.register
def _grille(bloc: Grille) -> str:
    centrees = len(bloc.entetes) - 2 if bloc.a_cocher else 0
    cadre = ["---"] * (len(bloc.entetes) - centrees) + [":-:"] * centrees
    lignes = (bloc.entetes, *(ligne for rangee in bloc.rangees for ligne in _lignes(rangee)))
    ecrites = ["| " + " | ".join(map(_inerte, ligne)) + " |" for ligne in lignes]
    return "\n".join([ecrites[0], "| " + " | ".join(cadre) + " |", *ecrites[1:]])


def _lignes(rangee: LigneDeGrille) -> Iterator[tuple[str, ...]]:
    """La ligne, puis une par précision : une cellule de Markdown tient sur une ligne, et « <br> » se perd parfois."""
    yield rangee.cellules
    for precision in rangee.precisions:
        yield ("", precision, *[""] * (len(rangee.cellules) - 2))


def _inerte(texte: str) -> str:
    """Le texte sur une ligne, où rien n’est une commande du Markdown."""
    echappe = _SPECIAUX.sub(r"\\\1", en_une_ligne(texte))
    return _EN_TETE_DE_LIGNE.sub(lambda trouve: trouve[1][:-1] + "\\" + trouve[1][-1], echappe)


_DEUX_POINTS = FINE + ": "


def portfolio_en_markdown(portfolio: Portfolio, date: str) -> bytes:
    """Le portfolio en Markdown, scellé ; il dit à qui il est, pour qui voudrait l’effacer.

    :param date: jour où il est écrit, ISO 8601.
    """
    personne = escape(nettoyer(portfolio.identifiant))
    return _ecrire_en_markdown(_blocs(portfolio, date), f'<meta name="cpit-personne" content="{personne}">\n')


def _blocs(portfolio: Portfolio, date: str) -> Iterator[Bloc]:
    yield Intitule(f"{portfolio.identifiant} · portfolio", 1)
    yield TexteSuivi(typographier(f"{portfolio.referentiel.titre}. Écrit le {dire_la_date(date)}."))
    yield TexteSuivi(typographier(PORTEE_DU_PORTFOLIO))
    if portfolio.vide:
        yield TexteSuivi(typographier(PORTFOLIO_VIDE))
    for chapitre in portfolio.remplis:
        yield Intitule(typographier(f"{chapitre.competence.identifiant} · {chapitre.competence.libelle}"))
        yield TexteSuivi(typographier(chapitre.competence.definition))
        yield from _traces(chapitre.traces)
        yield from _situations(portfolio, chapitre.situations)
    if portfolio.autres or portfolio.situations_autres:
        yield Intitule(typographier("Compétences qui ne sont plus dans ce référentiel"))
        yield from _traces(portfolio.autres)
        yield from _situations(portfolio, portfolio.situations_autres)


def _traces(traces: tuple[TraceAMontrer, ...]) -> Iterator[Bloc]:
    for trace in traces:
        origine = f" ({trace.origine})" if trace.origine else ""
        yield Intitule(f"{dire_la_date(trace.le)} · {trace.item}", 3)
        yield TexteSuivi(f"{trace.enonce}{origine}")
        yield from map(TexteSuivi, trace.texte.splitlines())
        for libelle, texte in trace.rubriques:
            premiere, *suite = texte.splitlines() or [""]
            yield TexteSuivi(f"{libelle}{_DEUX_POINTS}{premiere}")
            yield from map(TexteSuivi, suite)


def _situations(portfolio: Portfolio, situations: tuple[SituationPropre, ...]) -> Iterator[Bloc]:
    for une in situations:
        yield Intitule(f"Situation ajoutée · {une.code}", 3)
        yield from map(TexteSuivi, une.enonce.splitlines())
        yield TexteSuivi(typographier(dire_une_situation(portfolio, une)))
