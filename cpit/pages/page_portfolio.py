"""La page du portfolio : les traces d’une personne par compétence, à imprimer et à apporter."""

from __future__ import annotations

from dataclasses import dataclass

from cpit.coeur.passation import dire_la_date
from cpit.coeur.suites import (
    PORTEE_DU_PORTFOLIO,
    PORTFOLIO_VIDE,
    Portfolio,
    SituationPropre,
    TraceAMontrer,
    dire_une_situation,
)
from cpit.pages.page import jour, pied, rendre
from cpit.sceaux import __version__
from cpit.typographie import nettoyer, pluriel, typographier


@dataclass(frozen=True, slots=True)
class _TraceDePage:
    """Une trace, prête à montrer."""

    date: str
    item: str
    enonce: str
    origine: str
    texte: str
    rubriques: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _ChapitreDePage:
    """Une compétence : ses traces, et les situations que la personne y a ajoutées (code, énoncé, où elle les range)."""

    code: str
    nom: str
    definition: str
    traces: tuple[_TraceDePage, ...]
    situations: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class _Contenu:
    """Tout ce que la page montre, déjà mis en mots."""

    personne: str
    surtitre: str
    titre: str
    soustitre: str
    faits: tuple[tuple[str, str], ...]
    pied: str
    portee: str
    vide: str
    chapitres: tuple[_ChapitreDePage, ...]


def portfolio_en_page(portfolio: Portfolio, date: str) -> bytes:
    """La page d’un portfolio, à ouvrir d’un double-clic, hors ligne.

    :param date: jour où elle est écrite, ISO 8601.
    """
    qui = nettoyer(portfolio.identifiant)
    contenu = _Contenu(
        personne=portfolio.identifiant,
        surtitre="Portfolio",
        titre=qui,
        soustitre=typographier(portfolio.referentiel.titre),
        faits=(("Traces", pluriel(portfolio.nombre, "trace")), ("Page écrite le", jour(date))),
        pied=pied(portfolio.referentiel, __version__),
        portee=typographier(PORTEE_DU_PORTFOLIO),
        vide=typographier(PORTFOLIO_VIDE) if portfolio.vide else "",
        chapitres=_chapitres(portfolio),
    )
    return rendre("portfolio.html.j2", "portfolio", f"{qui} · portfolio", contenu).encode("utf-8", "replace")


def _chapitres(portfolio: Portfolio) -> tuple[_ChapitreDePage, ...]:
    chapitres = [
        _ChapitreDePage(
            chapitre.competence.identifiant,
            typographier(chapitre.competence.libelle),
            typographier(chapitre.competence.definition),
            tuple(map(_trace, chapitre.traces)),
            tuple(_situation(portfolio, une) for une in chapitre.situations),
        )
        for chapitre in portfolio.remplis
    ]
    if portfolio.autres or portfolio.situations_autres:
        situations = tuple(_situation(portfolio, une) for une in portfolio.situations_autres)
        nom = "Compétences qui ne sont plus dans ce référentiel"
        chapitres.append(_ChapitreDePage("", nom, "", tuple(map(_trace, portfolio.autres)), situations))
    return tuple(chapitres)


def _trace(trace: TraceAMontrer) -> _TraceDePage:
    return _TraceDePage(
        dire_la_date(trace.le),
        nettoyer(trace.item),
        nettoyer(trace.enonce),
        typographier(trace.origine),
        nettoyer(trace.texte, garder_lignes=True).strip(),
        tuple((libelle, nettoyer(texte, garder_lignes=True)) for libelle, texte in trace.rubriques),
    )


def _situation(portfolio: Portfolio, une: SituationPropre) -> tuple[str, str, str]:
    enonce = nettoyer(une.enonce, garder_lignes=True)
    return une.code, enonce, typographier(dire_une_situation(portfolio, une))
