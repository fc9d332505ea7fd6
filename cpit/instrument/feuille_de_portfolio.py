"""Le portfolio en texte : une matière à reprendre dans un dossier, un wiki, ou à convertir."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from cpit.coeur.passation import dire_la_date
from cpit.coeur.suites import (
    PORTEE_DU_PORTFOLIO,
    PORTFOLIO_VIDE,
    Portfolio,
    SituationPropre,
    TraceAMontrer,
    dire_une_situation,
)
from cpit.instrument.feuille import Bloc, Intitule, TexteSuivi
from cpit.instrument.markdown import ecrire_en_markdown
from cpit.typographie import FINE, nettoyer, typographier

_DEUX_POINTS = FINE + ": "


def portfolio_en_markdown(portfolio: Portfolio, date: str) -> bytes:
    """Le portfolio en Markdown, scellé ; il dit à qui il est, pour qui voudrait l’effacer.

    :param date: jour où il est écrit, ISO 8601.
    """
    personne = escape(nettoyer(portfolio.identifiant))
    return ecrire_en_markdown(_blocs(portfolio, date), f'<meta name="cpit-personne" content="{personne}">\n')


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
