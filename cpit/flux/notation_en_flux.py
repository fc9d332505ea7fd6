"""Noter en flux : des tables lues par lots, notées en colonnes, écrites au fur et à mesure, et ce que l’on en garde."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TypeVar

import numpy as np
from numpy.typing import NDArray

from cpit.coeur.groupe import Cumul, Portrait
from cpit.coeur.passation import replier_code
from cpit.coeur.progres import Progres
from cpit.coeur.referentiel import Position, Referentiel
from cpit.erreurs import Anomalie, ErreurCpit, Lieu, anomalie, raison_systeme, refus, refusees
from cpit.flux.contextes import Contextes
from cpit.flux.ecrivain import EcrivainDeLots
from cpit.flux.lots import LecteurDeLots, Lot
from cpit.flux.notes import SANS_POSITION, Notes, Noteur
from cpit.formats.dialecte_csv import DIALECTES_CSV
from cpit.lecture.entetes import Nomenclature
from cpit.lecture.lignes import DETAIL_MAX, BilanDeSource, suppositions
from cpit.lecture.table_csv import TableCsv, ouvrir_table_csv
from cpit.ouverture import ouvrir
from cpit.sources import signaler_un_double

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


# --- Noter en flux : des tables lues par lots, notées en colonnes, écrites au fur et à mesure ; et les doubles.
#
# Un double se reconnaît à une empreinte de 64 bits par passation (80 Mo pour dix millions), puis se situe par un second
# passage s’il y a de quoi. Au-delà de ``EMPREINTES_MAX``, on cesse de chercher et on le dit.


EMPREINTES_MAX = 100_000_000
_RETENUES_MAX = 500_000
"""Passations retenues au second passage ; au-delà, les doubles sont comptés sans être situés."""

_IMPAIR = np.uint64(0x9E3779B97F4A7C15)

_Empreintes = NDArray[np.uint64]
_T = TypeVar("_T")


class Flux:
    """Une sortie, et tout ce qui se souvient d’un lot à l’autre."""

    def __init__(self, nomenclature: Nomenclature, sortie: IO[bytes], dialecte: str, *, avec_reponses: bool) -> None:
        referentiel = nomenclature.referentiel
        self._sortie = sortie
        self._forme = DIALECTES_CSV[dialecte]
        self._nomenclature = nomenclature
        self._contextes = Contextes(referentiel, self._forme)
        self._noteur = Noteur(referentiel)
        self._ecrivain = EcrivainDeLots(referentiel, self._contextes, self._forme, avec_reponses=avec_reponses)
        self._statistiques = _Statistiques(referentiel)
        self._doublons = _Doublons(self._contextes)
        self._entete_ecrite = False

    def noter(self, chemins: Sequence[Path], progres: Progres | None) -> tuple[list[BilanDeSource], list[Anomalie]]:
        """Note toutes les tables, dans l’ordre ; une table illisible est une anomalie.

        Rend le nom, les passations et les refus montrés de chacune, puis toutes les anomalies.
        """
        total = sum(map(_taille, chemins))
        sources: list[BilanDeSource] = []
        anomalies: list[Anomalie] = []
        tables: list[TableCsv] = []
        lus = 0
        for chemin in chemins:
            table, trouvees, passations = self._noter_table(chemin, lus, total, progres)
            tables += [table] if table is not None else []
            suppose = suppositions(table.entete, self._nomenclature.consignes) if table is not None else ""
            sources.append(BilanDeSource(str(chemin), passations, len(refusees(trouvees)), suppose))
            anomalies += trouvees
            lus += _taille(chemin)
        anomalies += self._chercher_les_doubles(tables)
        return sources, anomalies

    def portraits(self) -> dict[tuple[str, str], Portrait]:
        """Le portrait de chaque moment et regard, sans matrice."""
        return self._statistiques.portraits()

    @property
    def doublons_cherches(self) -> bool:
        """Faux s’il y a trop de passations pour les avoir toutes comparées."""
        return self._doublons.complet

    def _noter_table(
        self, chemin: Path, lus: int, total: int, progres: Progres | None
    ) -> tuple[TableCsv | None, tuple[Anomalie, ...], int]:
        try:
            table = self._ouvrir(chemin)
        except ErreurCpit as erreur:
            return None, erreur.anomalies, 0
        except OSError as erreur:
            return None, (anomalie("fichier-illisible", str(chemin), raison=raison_systeme(erreur)),), 0
        lecteur = LecteurDeLots(table, self._nomenclature, self._contextes, self._forme)
        lots = lecteur.lots((lambda octets: progres(lus + octets, total)) if progres else None)
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
        return table, lecteur.clore(), lecteur.passations

    def _ouvrir(self, chemin: Path) -> TableCsv:
        try:
            with ouvrir(chemin) as flux:
                return ouvrir_table_csv(flux, str(chemin), self._nomenclature)
        except FileNotFoundError:
            raise refus("fichier-introuvable", str(chemin), nom=chemin) from None

    def _rediger(self, lot: Lot, notes: Notes) -> bytes:
        self._doublons.ajouter(lot)
        strates = self._contextes.strates_de(lot.contextes)
        self._statistiques.ajouter(notes, strates, self._contextes.strates)
        lignes = self._ecrivain.lignes(lot, notes)
        if self._entete_ecrite:
            return lignes
        self._entete_ecrite = True
        return self._ecrivain.entete() + lignes

    def _chercher_les_doubles(self, tables: Sequence[TableCsv]) -> Iterator[Anomalie]:
        suspectes, nombre = self._doublons.suspectes()
        if nombre:
            yield from self._doublons.situer(self._relire(tables), suspectes, nombre)

    def _relire(self, tables: Sequence[TableCsv]) -> Iterator[tuple[str, Lot]]:
        for table in tables:
            for lot in LecteurDeLots(table, self._nomenclature, self._contextes, self._forme).lots():
                yield table.source, lot


def _taille(chemin: Path) -> int:
    return chemin.stat().st_size if chemin.is_file() else 0


def _en_avance(choses: Iterator[_T]) -> Iterator[_T]:
    """Les mêmes choses, la suivante étant préparée par un autre fil pendant que l’on se sert de celle-ci."""
    with ThreadPoolExecutor(1) as fil:
        suivante = fil.submit(next, choses, None)
        while (chose := suivante.result()) is not None:
            suivante = fil.submit(next, choses, None)
            yield chose


class _Doublons:
    """Cherche les passations de mêmes identifiant, moment et regard, dans toutes les tables."""

    def __init__(self, contextes: Contextes) -> None:
        self._contextes = contextes
        self._paquets: list[_Empreintes] = []
        self._nombre = 0

    @property
    def complet(self) -> bool:
        """Faux s’il y a trop de passations pour les avoir toutes comparées."""
        return self._nombre <= EMPREINTES_MAX

    def ajouter(self, lot: Lot) -> None:
        """Prend un lot."""
        self._nombre += len(lot.lignes)
        if self.complet:
            empreintes = self._empreintes(lot)
            self._paquets.append(empreintes[empreintes != 0])

    def suspectes(self) -> tuple[_Empreintes, int]:
        """Les empreintes vues plusieurs fois, et le nombre de passations en trop."""
        if not self._paquets:
            return np.zeros(0, np.uint64), 0
        toutes = np.concatenate(self._paquets)
        self._paquets.clear()
        toutes.sort()
        repetees = toutes[1:][toutes[1:] == toutes[:-1]]
        return np.unique(repetees), len(repetees)

    def situer(self, lots: Iterable[tuple[str, Lot]], suspectes: _Empreintes, nombre: int) -> Iterator[Anomalie]:
        """Un avertissement par double, situé, et le compte de ceux qui ne le sont pas.

        :param lots: toutes les tables, relues, chacun avec le nom de son fichier.
        """
        vues: dict[tuple[bytes, str, str], tuple[str, Lieu]] = {}
        situes = 0
        for source, lot in lots:
            strates = self._contextes.strates_de(lot.contextes)
            for indice in np.flatnonzero(np.isin(self._empreintes(lot), suspectes)).tolist():
                moment, regard = self._contextes.strates[int(strates[indice])]
                ecrit = lot.identites[indice]
                cle, code = (_plier(ecrit), moment, regard), ecrit.decode()
                lieu = Lieu(source, int(lot.lignes[indice]))
                if cle in vues and situes < DETAIL_MAX:
                    situes += 1
                    yield signaler_un_double(lieu, (code, moment, regard), vues[cle])
                elif len(vues) < _RETENUES_MAX:
                    vues.setdefault(cle, (code, lieu))
            if situes >= DETAIL_MAX:
                break
        if nombre > DETAIL_MAX:
            yield anomalie("avertissements-en-nombre", nombre=nombre - situes)

    def _empreintes(self, lot: Lot) -> _Empreintes:
        """L’empreinte de chaque ligne, zéro si elle ne porte pas d’identifiant."""
        strates = self._contextes.strates_de(lot.contextes).view(np.uint64)
        plies = list(map(_plier, lot.identites))
        codes = np.fromiter(map(hash, plies), np.int64, len(plies)).view(np.uint64)
        empreintes: _Empreintes = (codes + strates) * _IMPAIR
        return empreintes * np.fromiter(map(bool, plies), np.bool_, len(plies))


def _plier(identite: bytes) -> bytes:
    """Le code d’une personne replié comme ``replier_code`` ; la plupart, faits de lettres sans accent, sans détour."""
    return identite.lower() if identite.isalnum() else replier_code(identite.decode()).encode()
