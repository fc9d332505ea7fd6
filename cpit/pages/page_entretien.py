"""La feuille d’entretien : ce qu’une personne choisit de montrer, et ce qu’elle demande, sur une feuille A4."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cpit.coeur.mots.restitution import Restitution, quand_en_mots
from cpit.pages.page import jour, pied, rendre
from cpit.pages.situations_de_page import CompetenceDePage, SituationDePage, detailler_les_competences
from cpit.sceaux import __version__
from cpit.typographie import nettoyer, typographier

_TRACES_MAX = 4
"""Traces qui tiennent sur la feuille avec le reste ; au-delà, on le dit."""
_SIGNES_MAX = 150
"""Signes d’une trace sur la feuille ; la suite est dans la page."""
_USAGE = typographier(
    "Cette feuille est remplie par la personne, qui choisit ce qu'elle montre. Elle sert à parler du travail et de ce "
    "qui l'aide : ni note, ni classement, ni pièce d'évaluation. Ce qu'elle a répondu par ailleurs lui appartient."
)
_A_REMPLIR = (
    ("Ce que j'ai fait cette année et que je veux dire", 3),
    ("Ce que je veux travailler l'an prochain, et avec qui", 3),
    ("Le temps et les moyens que je demande", 2),
    ("Le mandat, ou l'appui de ma hiérarchie et des élus, que je demande", 2),
    ("La formation, l'échange entre pairs ou l'accompagnement que je demande", 2),
    ("Ce dont nous convenons, et quand nous en reparlons", 2),
)
"""Ce que la personne complète à la main, et sur combien de lignes."""


@dataclass(frozen=True, slots=True)
class _Contenu:
    """Tout ce que la feuille montre, déjà mis en mots."""

    personne: str
    surtitre: str
    titre: str
    soustitre: str
    faits: tuple[tuple[str, str], ...]
    pied: str
    appuis: tuple[CompetenceDePage, ...]
    montrees: tuple[SituationDePage, ...]
    en_plus: int
    a_remplir: tuple[tuple[str, int], ...]
    usage: str


def rendre_page_entretien(restitution: Restitution, *, date: str) -> str:
    """La feuille, à écrire en UTF-8 et à imprimer : les points d’appui et les traces choisies, puis des lignes vides.

    Ni score, ni point fragile : un employeur n’a pas à les lire, et la personne reste libre de les dire.

    :param restitution: dont la passation ne porte plus que les traces à montrer.
    :param date: jour où la feuille est écrite, ISO 8601.
    """
    referentiel, passation = restitution.referentiel, restitution.passation
    qui = nettoyer(passation.identifiant) or "Passation sans code"
    competences = detailler_les_competences(restitution)
    appuis = {typographier(relief.competence.libelle) for relief in restitution.interpretation.appuis}
    tracees = tuple(s for c in competences for s in c.situations if s.trace)
    contenu = _Contenu(
        personne=passation.identifiant,
        surtitre="Pour un entretien",
        titre=qui,
        soustitre=typographier(referentiel.titre),
        faits=tuple(_faits(restitution, date)),
        pied=pied(referentiel, __version__),
        appuis=tuple(c for c in competences if c.nom in appuis),
        montrees=tuple(_abreger(situation) for situation in tracees[:_TRACES_MAX]),
        en_plus=len(tracees[_TRACES_MAX:]),
        a_remplir=tuple((typographier(question), lignes) for question, lignes in _A_REMPLIR),
        usage=_USAGE,
    )
    return rendre("entretien.html.j2", "entretien", f"{qui} · pour un entretien", contenu)


def _abreger(situation: SituationDePage) -> SituationDePage:
    """La même situation, sa trace coupée si elle ne tient pas, ce qu’un signe dit."""
    if len(situation.trace) <= _SIGNES_MAX:
        return situation
    return replace(situation, trace=situation.trace[:_SIGNES_MAX].rsplit(" ", 1)[0] + " […]")


def _faits(restitution: Restitution, date: str) -> Iterator[tuple[str, str]]:
    moment = quand_en_mots(restitution.referentiel, restitution.passation)
    yield "Moment", nettoyer(moment[:1].upper() + moment[1:])
    yield "Feuille écrite le", jour(date)
