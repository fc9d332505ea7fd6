"""Noter en flux : des tables lues par lots, notées en colonnes, écrites au fur et à mesure, et ce que l’on en garde."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import IO, TypeVar

import numpy as np
from numpy.typing import NDArray

from cpit.coeur.groupe import Cumul, Portrait
from cpit.coeur.progres import Progres
from cpit.coeur.referentiel import Position, Referentiel
from cpit.erreurs import Anomalie, ErreurCpit, anomalie, raison_systeme, refus, refusees
from cpit.flux.contextes import Contextes
from cpit.flux.doubles_en_flux import Doubles, chercher_les_doubles
from cpit.flux.ecrivain import EcrivainDeLots
from cpit.flux.lots import LecteurDeLots, Lot
from cpit.flux.notes import SANS_POSITION, Notes, Noteur
from cpit.formats.dialecte_csv import DIALECTES_CSV
from cpit.lecture.entetes import Nomenclature
from cpit.lecture.lignes import BilanDeSource, suppositions
from cpit.lecture.table_csv import TableCsv, ouvrir_table_csv
from cpit.ouverture import ouvrir

# --- Ce que l’on garde d’une grande table une fois écrite : des comptes, des anomalies bornées, des statistiques.


DISTINCTES_MAX = 1 << 16
"""Valeurs différentes comptées par échelle : 24 items de même poids en donnent moins de 2 000, des poids tous
différents peuvent en donner autant que de personnes."""


@dataclass(slots=True)
class _Strate:
    effectif: int = 0
    echelles: dict[str, Cumul] = field(default_factory=dict)
    x: Cumul = field(default_factory=lambda: Cumul(DISTINCTES_MAX))
    y: Cumul = field(default_factory=lambda: Cumul(DISTINCTES_MAX))


class _Statistiques:
    """Les portraits des strates (moment, regard), tenus à jour lot après lot."""

    def __init__(self, referentiel: Referentiel) -> None:
        self._referentiel = referentiel
        self._strates: dict[tuple[str, str], _Strate] = {}

    def ajouter(self, notes: Notes, strates: NDArray[np.int64], noms: list[tuple[str, str]]) -> None:
        """Prend un lot noté ; ``strates`` : le numéro, dans ``noms``, du moment et du regard de chaque ligne."""
        presentes = np.flatnonzero(np.bincount(strates)).tolist()
        for numero in presentes:
            dedans = strates == numero if len(presentes) > 1 else None
            self._prendre(self._strates.setdefault(noms[numero], _Strate()), notes, dedans)

    def _prendre(self, strate: _Strate, notes: Notes, dedans: NDArray[np.bool_] | None) -> None:
        strate.effectif += len(notes.x) if dedans is None else int(dedans.sum())
        for identifiant, score in notes.scores.items():
            masque = score.presente if dedans is None else score.presente & dedans
            cumul = strate.echelles.setdefault(identifiant, Cumul(DISTINCTES_MAX))
            cumul.ajouter_des_comptes(_compter(score.valeur[masque]))
        places = notes.dominante != SANS_POSITION
        masque = places if dedans is None else places & dedans
        strate.x.ajouter_des_comptes(_compter(notes.x[masque]))
        strate.y.ajouter_des_comptes(_compter(notes.y[masque]))

    def portraits(self) -> dict[tuple[str, str], Portrait]:
        """Le portrait de chaque strate, sans matrice."""
        return {cle: self._portrait(self._strates[cle]) for cle in sorted(self._strates)}

    def _portrait(self, strate: _Strate) -> Portrait:
        vide, x, y = Cumul(DISTINCTES_MAX), strate.x.statistique(), strate.y.statistique()
        return Portrait(
            effectif=strate.effectif,
            echelles={code: strate.echelles.get(code, vide).statistique() for code in self._referentiel.echelles},
            matrice={},
            position=None if x.moyenne is None or y.moyenne is None else Position(x.moyenne, y.moyenne),
            positions=x.n,
        )


def _compter(valeurs: NDArray[np.float64]) -> dict[float, int]:
    """Combien de fois chaque valeur est là."""
    distinctes, fois = np.unique(valeurs, return_counts=True)
    return dict(zip(distinctes.tolist(), fois.tolist(), strict=True))


# --- Noter en flux : des tables lues par lots, notées en colonnes, écrites au fur et à mesure.


_T = TypeVar("_T")


class Flux:
    """Une sortie, et tout ce qui se souvient d’un lot à l’autre.

    ``doublons_cherches`` : faux s’il y avait trop de passations pour les avoir toutes comparées.
    """

    def __init__(self, nomenclature: Nomenclature, sortie: IO[bytes], dialecte: str, *, avec_reponses: bool) -> None:
        referentiel = nomenclature.referentiel
        self._sortie = sortie
        self._forme = DIALECTES_CSV[dialecte]
        self._nomenclature = nomenclature
        self._contextes = Contextes(referentiel, self._forme)
        self._noteur = Noteur(referentiel)
        self._ecrivain = EcrivainDeLots(referentiel, self._contextes, self._forme, avec_reponses=avec_reponses)
        self._statistiques = _Statistiques(referentiel)
        self.doublons_cherches = True
        self._entete_ecrite = False

    def noter(self, chemins: Sequence[Path], progres: Progres | None) -> tuple[list[BilanDeSource], list[Anomalie]]:
        """Note toutes les tables, dans l’ordre ; une table illisible est une anomalie.

        Rend le nom, les passations et les refus montrés de chacune, puis toutes les anomalies.
        """
        ouvertes = [self._ouvrir_ou_dire(chemin) for chemin in chemins]
        avance = _Avance(chemins, progres)
        doubles = self._chercher_les_doubles([une for une in ouvertes if isinstance(une, TableCsv)], avance)
        sources: list[BilanDeSource] = []
        anomalies: list[Anomalie] = []
        for chemin, table in zip(chemins, ouvertes, strict=True):
            if isinstance(table, TableCsv):
                passations, trouvees = self._noter_table(table, doubles.ecartees.get(table.source), avance)
                suppose = suppositions(table.entete, self._nomenclature.consignes)
            else:
                passations, trouvees, suppose = 0, table, ""
            sources.append(BilanDeSource(str(chemin), passations, len(refusees(trouvees)), suppose))
            anomalies += trouvees
        return sources, [*anomalies, *doubles.anomalies]

    def _chercher_les_doubles(self, tables: Sequence[TableCsv], avance: _Avance) -> Doubles:
        """Un premier passage, sur qui a répondu : ce qui est écrit ne se reprend pas."""

        def ouvrir_lecteur(table: TableCsv) -> LecteurDeLots:
            return LecteurDeLots(table, self._nomenclature, self._contextes, self._forme)

        doubles = chercher_les_doubles(tables, ouvrir_lecteur, self._nomenclature.consignes.garder, avance.chercher)
        self.doublons_cherches = doubles.complet
        return doubles

    def portraits(self) -> dict[tuple[str, str], Portrait]:
        """Le portrait de chaque moment et regard, sans matrice."""
        return self._statistiques.portraits()

    def _ouvrir_ou_dire(self, chemin: Path) -> TableCsv | tuple[Anomalie, ...]:
        try:
            return self._ouvrir(chemin)
        except ErreurCpit as erreur:
            return erreur.anomalies
        except OSError as erreur:
            return (anomalie("fichier-illisible", str(chemin), raison=raison_systeme(erreur)),)

    def _noter_table(
        self, table: TableCsv, ecartees: NDArray[np.int64] | None, avance: _Avance
    ) -> tuple[int, tuple[Anomalie, ...]]:
        lecteur = LecteurDeLots(table, self._nomenclature, self._contextes, self._forme, ecartees)
        lots = lecteur.lots(partial(avance.noter, table.source))
        notes = ((lot, self._noteur.noter(lot.codes)) for lot in lots)
        with ThreadPoolExecutor(1) as fil:
            ecriture: Future[int] | None = None
            for lot, ses_notes in _en_avance(notes):
                octets = self._rediger(lot, ses_notes)
                if ecriture is not None:
                    ecriture.result()
                ecriture = fil.submit(self._sortie.write, octets)
            if ecriture is not None:
                ecriture.result()
        return lecteur.passations, lecteur.clore()

    def _ouvrir(self, chemin: Path) -> TableCsv:
        try:
            with ouvrir(chemin) as flux:
                return ouvrir_table_csv(flux, str(chemin), self._nomenclature)
        except FileNotFoundError:
            raise refus("fichier-introuvable", str(chemin), nom=chemin) from None

    def _rediger(self, lot: Lot, notes: Notes) -> bytes:
        strates = self._contextes.strates_de(lot.contextes)
        self._statistiques.ajouter(notes, strates, self._contextes.strates)
        lignes = self._ecrivain.lignes(lot, notes)
        if self._entete_ecrite:
            return lignes
        self._entete_ecrite = True
        return self._ecrivain.entete() + lignes


class _Avance:
    """Où en sont les deux passages, en octets des tables : chercher les doubles compte pour moitié."""

    def __init__(self, chemins: Sequence[Path], progres: Progres | None) -> None:
        self._tailles = {str(chemin): chemin.stat().st_size for chemin in chemins if chemin.is_file()}
        self._progres, self._total = progres, sum(self._tailles.values())

    def chercher(self, source: str, octets: int) -> None:
        """Prend ce qui est lu d’une table, au premier passage."""
        self._dire(source, octets, 0)

    def noter(self, source: str, octets: int) -> None:
        """Prend ce qui est lu d’une table, au second passage."""
        self._dire(source, octets, self._total)

    def _dire(self, source: str, octets: int, deja: int) -> None:
        if self._progres is not None:
            avant = sum(taille for nom, taille in takewhile(lambda une: une[0] != source, self._tailles.items()))
            self._progres((deja + avant + octets) // 2, self._total)


def _en_avance(choses: Iterator[_T]) -> Iterator[_T]:
    """Les mêmes choses, la suivante étant préparée par un autre fil pendant que l’on se sert de celle-ci."""
    with ThreadPoolExecutor(1) as fil:
        suivante = fil.submit(next, choses, None)
        while (chose := suivante.result()) is not None:
            suivante = fil.submit(next, choses, None)
            yield chose
