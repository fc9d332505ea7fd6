"""Ce qui suit un résultat, au terminal : les pas d’une personne, et ses traces par compétence.

Ce qu’elle a écrit se montre tel quel : sa typographie n’est pas retouchée.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cpit.affichage import montrer
from cpit.affichage.blocs import Alinea, Bloc, Morceau, Paragraphe, Titre
from cpit.coeur.suites import (
    PORTEE_DU_PORTFOLIO,
    PORTFOLIO_VIDE,
    RUBRIQUES_DE_PAS,
    Pas,
    Plan,
    Portfolio,
    SituationPropre,
    TraceAMontrer,
    dire_une_situation,
)
from cpit.terminal import Terminal
from cpit.typographie import FINE, date_courte, typographier

_DEUX_POINTS = FINE + ": "


def montrer_le_plan(terminal: Terminal, plan: Plan) -> None:
    """Écrit les pas d’une personne, leur état et ses dates ; ou qu’il n’y en a pas."""
    montrer(terminal, _blocs_du_plan(plan))


def _blocs_du_plan(plan: Plan) -> Iterator[Bloc]:
    """Chaque pas sous son numéro, dans l’ordre où il a été choisi."""
    yield Titre(f"Le plan de {plan.identifiant}" if plan.identifiant else "Le plan")
    if not plan.pas:
        yield Paragraphe("Aucun pas n'y est encore écrit.")
    for rang, pas in enumerate(plan.pas):
        yield from blocs_d_un_pas(rang, pas)


def blocs_d_un_pas(rang: int, pas: Pas) -> Iterator[Bloc]:
    """Un pas : son numéro (dès 1), ses mots, la situation qu’il travaille, ses états datés."""
    yield Alinea((Morceau(pas.quoi, "bold"), Morceau(f" [{pas.etat.mots}]")), puce=f"{rang + 1}. ")
    yield Alinea((Morceau(f"{pas.item} · "), Morceau(pas.enonce)), retrait=3)
    for cle, libelle in RUBRIQUES_DE_PAS[1:]:
        if texte := str(getattr(pas, cle)):
            yield _rubrique(libelle, texte)
    yield _rubrique("Suivi", pas.suivi)


def montrer_le_portfolio(terminal: Terminal, portfolio: Portfolio) -> None:
    """Écrit les traces d’une personne, par compétence et dans le temps."""
    montrer(terminal, _blocs_du_portfolio(portfolio))


def _blocs_du_portfolio(portfolio: Portfolio) -> Iterator[Bloc]:
    yield Titre(f"Le portfolio de {portfolio.identifiant}", 1)
    if portfolio.vide:
        yield Paragraphe(PORTFOLIO_VIDE)
    for chapitre in portfolio.remplis:
        yield Titre(f"{chapitre.competence.identifiant} · {chapitre.competence.libelle}")
        yield from _traces_et_situations(portfolio, chapitre.traces, chapitre.situations)
    if portfolio.autres or portfolio.situations_autres:
        yield Titre("Compétences qui ne sont plus dans ce référentiel")
        yield from _traces_et_situations(portfolio, portfolio.autres, portfolio.situations_autres)
    yield Paragraphe(PORTEE_DU_PORTFOLIO, discret=True)


def _traces_et_situations(
    portfolio: Portfolio, traces: Iterable[TraceAMontrer], situations: Iterable[SituationPropre]
) -> Iterator[Bloc]:
    for trace in traces:
        yield Alinea((Morceau(trace.texte, "bold"),), puce=f"{date_courte(trace.le)}  ")
        origine = f" ({trace.origine})" if trace.origine else ""
        yield Alinea((Morceau(f"{trace.item} · "), Morceau(trace.enonce + origine)), retrait=3)
        for libelle, texte in trace.rubriques:
            yield _rubrique(libelle, texte)
    for une in situations:
        yield Alinea((Morceau(une.enonce, "bold"),), puce=f"{une.code}  ")
        yield Alinea((Morceau(typographier(dire_une_situation(portfolio, une))),), retrait=3)


def _rubrique(libelle: str, texte: str) -> Alinea:
    return Alinea((Morceau(typographier(libelle) + _DEUX_POINTS), Morceau(texte)), retrait=3)
