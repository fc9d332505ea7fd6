"""Ce que l’on a recueilli d’un groupe, ce qui y a bougé, et comment l’écrire : tout écrivain d’une cohorte reçoit
cela.

En CSV, une table (cohorte, étude, évolution, tableau) s’écrit dans l’un des deux dialectes nommés, jamais un mélange.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from cpit.coeur.cohorte import Cohorte
from cpit.coeur.evolution import Evolution, tableau_des_mouvements, tableau_des_personnes
from cpit.coeur.referentiel import Referentiel
from cpit.coeur.tableaux import Tableau
from cpit.erreurs import Anomalie, Gravite
from cpit.formats.dialecte_csv import DIALECTES_CSV, cellule_csv
from cpit.formats.porte import SANS_PERMIS, Permis, ecriture_durable
from cpit.typographie import pluriel, typographier

if TYPE_CHECKING:
    from cpit.coeur import Progres
    from cpit.coeur.equipe import LectureDEquipes
    from cpit.coeur.fidelite.etude import Etude
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


@dataclass(frozen=True, repr=False)
class EtudeDEvolution:
    """Un groupe et ce qui y a bougé : une évolution par regard, puis une par moment où deux regards se comparent.

    ``recueil`` : ce dont elles sont faites ; ses anomalies disent aussi ce qui n’a pas pu se comparer.
    """

    evolutions: tuple[Evolution, ...]
    recueil: Recueil

    def __repr__(self) -> str:
        """Chaque évolution, et combien de personnes ; ni code ni score ne s’y montre."""
        return f"<EtudeDEvolution : {' ; '.join(map(repr, self.evolutions))}>"

    def _repr_html_(self) -> str:
        """Ce qui a bougé dans le groupe, tel qu’un carnet le montre ; aucune personne ne s’y lit."""
        return self.mouvements._repr_html_()

    @property
    def anomalies(self) -> tuple[Anomalie, ...]:
        """Ce que la lecture, puis la comparaison, ont fait dire."""
        return self.recueil.anomalies

    @property
    def mouvements(self) -> Tableau:
        """Une ligne par échelle, pour le groupe."""
        return tableau_des_mouvements(*self.evolutions)

    @property
    def personnes(self) -> Tableau:
        """Une ligne par personne et par échelle ; il nomme les personnes."""
        return tableau_des_personnes(*self.evolutions)


def ecrire_cohorte_csv(chemin: Path, recueil: Recueil, reglages: Reglages) -> None:
    """Écrit le CSV d’une cohorte, en entier ou pas du tout.

    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    tableau = recueil.cohorte.scores(avec_reponses=reglages.avec_reponses)
    ecrire_tableau_csv(chemin, tableau, dialecte=reglages.dialecte, permis=recueil.permis)


def ecrire_fidelite_csv(chemin: Path, etude: Etude, recueil: Recueil, reglages: Reglages) -> None:
    """Écrit une étude, une ligne par nombre : ce que R, pandas ou un tableur filtrent d’un geste.

    :param recueil: ce dont l’étude est faite.
    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    from cpit.coeur.fidelite.mesures import tableau_des_statistiques

    tableau = tableau_des_statistiques(etude)
    ecrire_tableau_csv(chemin, tableau, dialecte=reglages.dialecte, permis=recueil.permis)


def ecrire_evolution_csv(chemin: Path, evolutions: Sequence[Evolution], recueil: Recueil, reglages: Reglages) -> None:
    """Écrit les évolutions d’un groupe, une ligne par personne et par échelle : elle nomme les personnes.

    :param recueil: ce dont elles sont faites.
    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """

    tableau = tableau_des_personnes(*evolutions)
    ecrire_tableau_csv(chemin, tableau, dialecte=reglages.dialecte, permis=recueil.permis)


def ecrire_tableau_csv(chemin: Path, tableau: Tableau, *, dialecte: str = "fr", permis: Permis = SANS_PERMIS) -> None:
    """Écrit un tableau en CSV, en entier ou pas du tout : les clés de ses colonnes, puis ses lignes.

    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    with ecriture_durable(chemin, permis) as binaire:
        _ecrire_en_flux(binaire, tableau, dialecte)


def ecrire_cohorte_csv_en_flux(
    sortie: IO[bytes], cohorte: Cohorte, *, dialecte: str = "fr", avec_reponses: bool = True
) -> None:
    """Écrit le CSV dans un flux d’octets (la sortie standard, par exemple), sans le fermer."""
    _ecrire_en_flux(sortie, cohorte.scores(avec_reponses=avec_reponses), dialecte)


def _ecrire_en_flux(sortie: IO[bytes], tableau: Tableau, dialecte: str) -> None:
    forme = DIALECTES_CSV[dialecte]
    texte = io.TextIOWrapper(sortie, encoding=forme.encodage, newline="")
    ecrivain = csv.writer(texte, delimiter=forme.separateur, lineterminator=forme.fin_de_ligne)
    ecrivain.writerow([colonne.cle for colonne in tableau.colonnes])
    for ligne in tableau.lignes:
        ecrivain.writerow([cellule_csv(cellule, forme.decimale) for cellule in ligne])
    texte.flush()
    texte.detach()
