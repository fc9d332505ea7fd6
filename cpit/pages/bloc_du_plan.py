"""Le plan d’une personne tel qu’une page le montre : ses pas, puis des lignes à compléter à la main."""

from __future__ import annotations

from dataclasses import dataclass

from cpit.coeur.suites import PAS_OUVERTS_MAX, RUBRIQUES_DE_PAS, Plan
from cpit.typographie import nettoyer, typographier

_SITUATION = "Situation"


@dataclass(frozen=True, slots=True)
class _PasDePage:
    """Un pas, prêt à montrer ; ``rang`` : son numéro, dès 1."""

    rang: int
    quoi: str
    etat: str
    item: str
    enonce: str
    rubriques: tuple[tuple[str, str], ...]
    ouvert: bool


@dataclass(frozen=True, slots=True)
class PlanDePage:
    """Les pas, et combien il reste de places à remplir à la main, avec les libellés de leurs lignes."""

    pas: tuple[_PasDePage, ...]
    vides: int
    invite: str = typographier("À écrire à la main sur la page imprimée, ou avec cpit plan.")
    libelles: tuple[str, ...] = (_SITUATION, *(libelle for _, libelle in RUBRIQUES_DE_PAS))

    @classmethod
    def de(cls, plan: Plan) -> PlanDePage:
        """Ce que la page montre d’un plan ; d’un plan sans pas, les seules lignes à remplir."""
        montres = []
        for rang, pas in enumerate(plan.pas, 1):
            dits = [(libelle, str(getattr(pas, cle))) for cle, libelle in RUBRIQUES_DE_PAS[1:]]
            rubriques = tuple((li, nettoyer(texte, garder_lignes=True)) for li, texte in dits if texte)
            montres.append(
                _PasDePage(
                    rang,
                    nettoyer(pas.quoi, garder_lignes=True),
                    pas.etat.mots,
                    pas.item,
                    nettoyer(pas.enonce),
                    (*rubriques, ("Suivi", nettoyer(pas.suivi, garder_lignes=True))),
                    pas.ouvert,
                )
            )
        return cls(tuple(montres), max(0, PAS_OUVERTS_MAX - len(plan.ouverts)))
