"""Noter en flux : des tables lues par lots, notées en colonnes, écrites au fur et à mesure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO, TypeVar

from cpit.coeur.modele import Referentiel
from cpit.erreurs import Anomalie, ErreurCpit, anomalie, raison_systeme, refusees
from cpit.formats.cohorte_csv import DIALECTES
from cpit.formats.colonnes import Nomenclature
from cpit.masse.bilan import Statistiques
from cpit.masse.blocs import Table, ouvrir_table
from cpit.masse.compte_rendu import Avancement, Bilan
from cpit.masse.contextes import Contextes
from cpit.masse.doublons import Doublons
from cpit.masse.ecriture import Ecrivain
from cpit.masse.lecture import Lecteur, Lot
from cpit.masse.notes import Notes, Noteur

T = TypeVar("T")


class Flux:
    """Une sortie, et tout ce qui se souvient d’un lot à l’autre."""

    def __init__(self, referentiel: Referentiel, sortie: IO[bytes], dialecte: str, *, avec_reponses: bool) -> None:
        self._referentiel, self._sortie = referentiel, sortie
        self._forme = DIALECTES[dialecte]
        self._nomenclature = Nomenclature(referentiel)
        self._contextes = Contextes(referentiel, self._forme)
        self._noteur = Noteur(referentiel)
        self._ecrivain = Ecrivain(referentiel, self._contextes, self._forme, avec_reponses=avec_reponses)
        self._statistiques = Statistiques(referentiel)
        self._doublons = Doublons(self._contextes)
        self._entete_ecrite = False

    def noter(self, chemins: Sequence[Path], progres: Avancement | None) -> Bilan:
        """Note toutes les tables, dans l’ordre ; une table illisible est une anomalie."""
        total = sum(chemin.stat().st_size for chemin in chemins if chemin.is_file())
        sources: list[tuple[str, int, int]] = []
        anomalies: list[Anomalie] = []
        tables: list[Table] = []
        lus = 0
        for chemin in chemins:
            table, trouvees, passations = self._noter_table(chemin, lus, total, progres)
            tables += [table] if table is not None else []
            sources.append((str(chemin), passations, len(refusees(trouvees))))
            anomalies += trouvees
            lus += chemin.stat().st_size if chemin.is_file() else 0
        anomalies += self._chercher_les_doubles(tables)
        portraits = self._statistiques.portraits()
        return Bilan(tuple(sources), tuple(anomalies), portraits, self._doublons.complet)

    def _noter_table(
        self, chemin: Path, lus: int, total: int, progres: Avancement | None
    ) -> tuple[Table | None, tuple[Anomalie, ...], int]:
        try:
            table = ouvrir_table(chemin, self._nomenclature)
        except ErreurCpit as erreur:
            return None, erreur.anomalies, 0
        except OSError as erreur:
            return None, (anomalie("fichier-illisible", str(chemin), raison=raison_systeme(erreur)),), 0
        lecteur = Lecteur(table, self._referentiel, self._contextes, self._forme)
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

    def _rediger(self, lot: Lot, notes: Notes) -> bytes:
        self._doublons.ajouter(lot)
        strates = self._contextes.strates_de(lot.contextes)
        self._statistiques.ajouter(notes, strates, self._contextes.strates)
        lignes = self._ecrivain.lignes(lot, notes)
        if self._entete_ecrite:
            return lignes
        self._entete_ecrite = True
        return self._ecrivain.entete() + lignes

    def _chercher_les_doubles(self, tables: Sequence[Table]) -> Iterator[Anomalie]:
        suspectes, nombre = self._doublons.suspectes()
        if nombre:
            yield from self._doublons.situer(self._relire(tables), suspectes, nombre)

    def _relire(self, tables: Sequence[Table]) -> Iterator[tuple[str, Lot]]:
        for table in tables:
            for lot in Lecteur(table, self._referentiel, self._contextes, self._forme).lots():
                yield table.source, lot


def _en_avance(choses: Iterator[T]) -> Iterator[T]:
    """Les mêmes choses, la suivante étant préparée par un autre fil pendant que l’on se sert de celle-ci."""
    with ThreadPoolExecutor(1) as fil:
        suivante = fil.submit(next, choses, None)
        while (chose := suivante.result()) is not None:
            suivante = fil.submit(next, choses, None)
            yield chose
