"""Ce que l’on a recueilli d’un groupe, et comment l’écrire : tout écrivain d’une cohorte reçoit ces deux choses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cpit.coeur.cohorte import Cohorte
from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import Anomalie, Gravite
from cpit.formats.porte import SANS_PERMIS, Permis
from cpit.typographie import pluriel, typographier

if TYPE_CHECKING:
    from cpit.coeur import Progres
    from cpit.coeur.equipe import LectureDEquipes
    from cpit.lecture.lignes import BilanDeSource


@dataclass(frozen=True, repr=False)
class Recueil:
    """Un groupe lu et noté : sa cohorte, ce que chaque source a donné, et toutes les anomalies, dans l’ordre.

    ``permis`` : ce que l’on peut remplacer en écrivant ce qui en vient ; jamais l’une de ses sources.
    """

    cohorte: Cohorte
    sources: tuple[BilanDeSource, ...] = ()
    anomalies: tuple[Anomalie, ...] = ()
    permis: Permis = SANS_PERMIS

    @property
    def referentiel(self) -> Referentiel:
        """Le référentiel de la cohorte."""
        return self.cohorte.referentiel

    def __repr__(self) -> str:
        from cpit.lecture.lignes import compter  # qui relit une seule passation ne charge pas la lecture des tables

        refus_, avertissements = (compter(self.anomalies, g) for g in (Gravite.REFUS, Gravite.AVERTISSEMENT))
        return typographier(
            f"<Recueil : {pluriel(len(self.cohorte.notees), 'passation')} de {pluriel(len(self.sources), 'source')}, "
            f"{refus_} refus, {pluriel(avertissements, 'avertissement')}>"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reglages:
    """Les réglages d’une écriture.

    ``date`` : celle de l’écriture, ISO 8601. ``dialecte`` : du CSV. ``avec_reponses`` : faux pour laisser les réponses
    de côté. ``par`` : la seule question de profil à croiser, toutes si elle manque. ``equipes`` : ce que
    l’on en lit équipe par équipe, si on l’a demandé. ``progres`` : prévenue de ce qui est fait et du total.
    """

    date: str
    dialecte: str = "fr"
    avec_reponses: bool = True
    par: str | None = None
    equipes: LectureDEquipes | None = None
    progres: Progres | None = None
