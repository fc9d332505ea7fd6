"""Les situations derrière un score, en toutes lettres : chaque compétence définie, ses réponses et leurs traces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cpit.coeur.mots.notice import code_a_montrer
from cpit.coeur.mots.restitution import Relief, Restitution, lire_un_score, motif_score
from cpit.coeur.referentiel import Competence, Item
from cpit.coeur.tableaux import libelle_reponse
from cpit.pages.page import TIRET, decimal
from cpit.typographie import nettoyer, typographier


@dataclass(frozen=True, slots=True)
class SituationDePage:
    """Une situation, le niveau répondu, ce qu’il y veut dire, et la trace qui l’illustre."""

    code: str
    enonce: str
    reponse: str
    ancre: str
    trace: str


@dataclass(frozen=True, slots=True)
class CompetenceDePage:
    """Une compétence que l’on comprend sans le logiciel ; ``constat`` et ``pas`` : vides si elle ne se détache pas."""

    code: str
    nom: str
    score: str
    en_mots: str
    definition: str
    situations: tuple[SituationDePage, ...]
    constat: str = ""
    pas: str = ""


def detailler_les_competences(restitution: Restitution) -> tuple[CompetenceDePage, ...]:
    """Toutes les compétences, dans l’ordre du référentiel."""
    return tuple(_detailler(restitution, competence) for competence in restitution.referentiel.competences)


def detailler_les_reliefs(restitution: Restitution, reliefs: Iterable[Relief]) -> tuple[CompetenceDePage, ...]:
    """Les compétences qui se détachent, avec ce qui s’en lit et un pas à tenter."""
    return tuple(
        _detailler(restitution, relief.competence, typographier(relief.constat), typographier(relief.pas))
        for relief in reliefs
    )


def _situations(restitution: Restitution, items: Iterable[Item]) -> tuple[SituationDePage, ...]:
    """Des situations et leurs réponses ; leurs traces sont écrites par la personne."""
    referentiel, passation = restitution.referentiel, restitution.passation
    situations = []
    for item in items:
        reponse = passation.reponse(item.code)
        situations.append(
            SituationDePage(
                item.code,
                typographier(item.enonce_pour(passation.regard)),
                typographier(libelle_reponse(referentiel, reponse) or "sans réponse"),
                typographier(item.ancre(reponse.valeur) or ""),
                nettoyer(reponse.trace, garder_lignes=True).strip(),
            )
        )
    return tuple(situations)


def _detailler(restitution: Restitution, competence: Competence, constat: str = "", pas: str = "") -> CompetenceDePage:
    referentiel = restitution.referentiel
    score = restitution.resultat.score(competence.identifiant)
    absent = motif_score(score, referentiel.regles.seuil.valeur)
    return CompetenceDePage(
        code_a_montrer(competence.identifiant, competence.libelle),
        typographier(competence.libelle),
        decimal(score.valeur),
        typographier(f"{TIRET} {absent}") if score.valeur is None else lire_un_score(referentiel, score.valeur),
        typographier(competence.definition),
        _situations(restitution, referentiel.items_de(competence.identifiant)),
        constat,
        pas,
    )
