"""Le plan d’une personne : les pas qu’elle choisit après son résultat, en ses mots, et ce qu’ils deviennent.

Aucun pas n’entre dans un score. Un pas ne s’ôte jamais : il change d’état, et garde la date de chaque changement ; ce
qui a été abandonné, ou fait autrement, se relit l’année suivante.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from cpit.typographie import date_courte

PAS_OUVERTS_MAX = 3
"""Pas à faire ou en cours, au plus : davantage ne se tient pas d’un entretien à l’autre. Notre choix."""


class EtatDePas(StrEnum):
    """Où en est un pas ; « autrement » : ce qu’il visait a eu lieu d’une autre façon."""

    A_FAIRE = "a_faire"
    EN_COURS = "en_cours"
    FAIT = "fait"
    ABANDONNE = "abandonne"
    AUTREMENT = "autrement"

    @property
    def mots(self) -> str:
        """L’état tel qu’il se lit : « à faire », « abandonné »."""
        return _MOTS[self]

    @property
    def ouvert(self) -> bool:
        """Vrai tant que le pas est devant soi."""
        return self in (EtatDePas.A_FAIRE, EtatDePas.EN_COURS)


_MOTS = {
    EtatDePas.A_FAIRE: "à faire",
    EtatDePas.EN_COURS: "en cours",
    EtatDePas.FAIT: "fait",
    EtatDePas.ABANDONNE: "abandonné",
    EtatDePas.AUTREMENT: "autrement",
}


@dataclass(frozen=True, slots=True)
class ChangementDePas:
    """Un état, le jour où il a été dit (instant ISO 8601), et ce que l’on a voulu en noter."""

    etat: EtatDePas
    le: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pas:
    """Un pas : la situation qu’il travaille, telle qu’elle était posée, et les mots de la personne.

    ``quoi`` : le pas ; ``avec`` : avec qui ; ``quand`` : une date ou des mots ; ``signe`` : à quoi l’on saura qu’il est
    fait ; ``changements`` : ses états, du premier au dernier, un au moins.
    """

    item: str
    enonce: str
    quoi: str
    changements: tuple[ChangementDePas, ...]
    avec: str = ""
    quand: str = ""
    signe: str = ""

    @property
    def etat(self) -> EtatDePas:
        """Le dernier état dit."""
        return self.changements[-1].etat

    @property
    def ouvert(self) -> bool:
        """Vrai tant que le pas est devant soi."""
        return self.etat.ouvert

    @property
    def suivi(self) -> str:
        """Ses états, datés : « à faire (26/11/2026), fait (12/03/2027 : avec le club) »."""
        return ", ".join(
            f"{c.etat.mots} ({date_courte(c.le)}{f' : {c.note}' if c.note else ''})" for c in self.changements
        )

    def devenu(self, changement: ChangementDePas) -> Pas:
        """Le même pas, un état de plus."""
        return replace(self, changements=(*self.changements, changement))


RUBRIQUES_DE_PAS = (("quoi", "Le pas"), ("avec", "Avec qui"), ("quand", "Pour quand"), ("signe", "Je le saurai à"))
"""Les champs d’un pas que la personne écrit, et leur libellé, dans l’ordre où ils se demandent et se montrent."""


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """Les pas d’une personne, dans l’ordre où elle les a choisis ; le rang d’un pas (dès 0) ne change jamais."""

    identifiant: str
    pas: tuple[Pas, ...] = ()
    modifie: str = ""
    revision: int = 0

    def __repr__(self) -> str:
        """De qui, et combien de pas ; ce qu’elle a écrit est dans chacun."""
        return f"Plan({self.identifiant[:40]} : {len(self.pas)} pas, dont {len(self.ouverts)} devant soi)"

    @property
    def compte(self) -> str:
        """« Plan : 3 pas, dont 2 devant soi »."""
        return f"Plan : {len(self.pas)} pas, dont {len(self.ouverts)} devant soi"

    @property
    def ouverts(self) -> tuple[tuple[int, Pas], ...]:
        """Les pas à faire ou en cours, avec leur rang."""
        return tuple((rang, pas) for rang, pas in enumerate(self.pas) if pas.ouvert)

    @property
    def complet(self) -> bool:
        """Vrai s’il y a autant de pas devant soi que l’on en tient."""
        return len(self.ouverts) >= PAS_OUVERTS_MAX

    def avec_un_pas(self, pas: Pas) -> Plan:
        """Le plan et un pas de plus."""
        return replace(self, pas=(*self.pas, pas))

    def avec_le_pas(self, rang: int, pas: Pas) -> Plan:
        """Le plan, un de ses pas changé."""
        return replace(self, pas=tuple(pas if ici == rang else autre for ici, autre in enumerate(self.pas)))
