"""Les doubles de grandes tables, cherchés avant de rien écrire : les mêmes règles que la lecture ordinaire.

Un premier passage ne lit que qui a répondu, et en garde une empreinte de 64 bits par passation (80 Mo pour dix
millions). Les lignes dont l’empreinte revient sont relues, quelques-unes à la fois, et ``lecture.doubles`` en décide :
la mémoire ne dépend pas de leur nombre, seulement le temps. Au-delà de ``EMPREINTES_MAX``, on cesse de chercher et on
le dit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from cpit.coeur.cohorte import Releve
from cpit.coeur.passation import replier_code
from cpit.erreurs import Anomalie, anomalie
from cpit.flux.grilles import Booleens, Entiers
from cpit.flux.lots import Identites, LecteurDeLots
from cpit.lecture.doubles import (
    demeler_les_doubles,
    dire_les_graphies,
    dire_les_zeros,
    rapprocher,
    rapprocher_aux_zeros_pres,
    sans_zeros_de_tete,
    separer_les_doubles,
)
from cpit.lecture.entetes import Role
from cpit.lecture.lignes import DETAIL_MAX
from cpit.lecture.table_csv import TableCsv

EMPREINTES_MAX = 100_000_000
"""Passations que l’on compare."""
_RELEVES_MAX = 100_000
"""Relevés tenus à la fois en mémoire : ceux des codes qui reviennent."""
_BITS_DE_STRATE, _BITS_D_ECRITURE = 8, 20
_BITS_BAS = _BITS_DE_STRATE + _BITS_D_ECRITURE

_Empreintes = NDArray[np.uint64]
_OuvrirLecteur = Callable[[TableCsv], LecteurDeLots]
_Avancer = Callable[[str, int], None]
"""Reçoit le nom de la table que l’on lit, et les octets qui en sont lus."""


@dataclass(frozen=True, slots=True)
class Doubles:
    """Les lignes de chaque table, par son nom, qui redisent une passation, et ce qu’il y a à en dire.

    ``complet`` : faux s’il y avait trop de passations pour les comparer toutes ; rien n’est alors écarté.
    """

    ecartees: Mapping[str, Entiers] = field(default_factory=dict)
    anomalies: tuple[Anomalie, ...] = ()
    complet: bool = True


def chercher_les_doubles(
    tables: Sequence[TableCsv], ouvrir_lecteur: _OuvrirLecteur, garder: str | None, avancer: _Avancer
) -> Doubles:
    """Les doubles de toutes les tables.

    :param garder: laquelle de deux passations d’une même personne on garde, si on le dit.
    :raises ErreurCpit: si une lecture s’interrompt.
    """
    paquets: list[_Empreintes] = []
    nombre = 0
    for table in (table for table in tables if table.entete.de_role(Role.IDENTIFIANT)):
        for lues in ouvrir_lecteur(table).identites(partial(avancer, table.source)):
            empreintes, portent = _empreintes(lues)
            nombre += len(empreintes)
            if nombre > EMPREINTES_MAX:
                return Doubles(complet=False)
            paquets.append(empreintes[portent])
    suspects = _Suspects.parmi(paquets)
    paquets.clear()
    return _Tri(tables, ouvrir_lecteur, garder).trier(suspects) if suspects else Doubles()


def _empreintes(lues: Identites) -> tuple[_Empreintes, Booleens]:
    """L’empreinte de chaque ligne (du code replié, de la strate, du code tel qu’écrit), et où elle porte un code.

    Deux codes aux zéros de tête près ont la même : ils sont relus, et leurs relevés en décident.
    """
    plies = sans_zeros_de_tete(b"\n".join(map(_plier, lues.codes))).split(b"\n")
    n = len(lues.codes)
    codes = np.fromiter(map(hash, plies), np.int64, n).view(np.uint64) >> np.uint64(_BITS_BAS)
    ecritures = np.fromiter(map(hash, lues.codes), np.int64, n).view(np.uint64) >> np.uint64(64 - _BITS_D_ECRITURE)
    strates = lues.strates.view(np.uint64) & np.uint64((1 << _BITS_DE_STRATE) - 1)
    assemblees: _Empreintes = (codes << np.uint64(_BITS_BAS)) | (strates << np.uint64(_BITS_D_ECRITURE)) | ecritures
    return assemblees, np.fromiter(map(bool, plies), np.bool_, n)


def _plier(identite: bytes) -> bytes:
    """Le code d’une personne replié comme ``replier_code`` ; la plupart, faits de lettres sans accent, sans détour."""
    return identite.lower() if identite.isalnum() else replier_code(identite.decode()).encode()


@dataclass(frozen=True, slots=True)
class _Suspects:
    """Les codes repliés à relire : ``doubles``, vus deux fois dans une strate, et ``recrits``, de plusieurs façons.

    ``lignes`` : combien de lignes les portent, au plus. ``autres_recrits`` : combien de personnes, au-delà de celles
    que l’on relit, ont un code écrit de plusieurs façons.
    """

    doubles: _Empreintes
    recrits: _Empreintes
    lignes: int
    autres_recrits: int

    @classmethod
    def parmi(cls, paquets: Sequence[_Empreintes]) -> _Suspects | None:
        """Ceux de toutes les empreintes ; rien s’il n’y en a pas."""
        if not paquets:
            return None
        toutes = np.concatenate(paquets)
        toutes.sort()
        codes = toutes >> np.uint64(_BITS_BAS)
        strates = toutes >> np.uint64(_BITS_D_ECRITURE)
        ecritures = toutes & np.uint64((1 << _BITS_D_ECRITURE) - 1)
        memes = codes[1:] == codes[:-1]
        doubles = np.unique(codes[1:][strates[1:] == strates[:-1]])
        tous = np.unique(codes[1:][memes & (ecritures[1:] != ecritures[:-1])])
        recrits = tous[:_RELEVES_MAX]
        lignes = int(np.isin(codes, np.union1d(doubles, recrits)).sum())
        return cls(doubles, recrits, lignes, len(tous) - len(recrits)) if lignes else None

    def part(self, rang: int, parts: int) -> _Empreintes:
        """Une part des codes, chacune de peu de lignes."""
        codes = np.union1d(self.doubles, self.recrits)
        prises: _Empreintes = codes[codes % np.uint64(parts) == rang]
        return prises


class _Tri:
    """Relit les lignes suspectes, part après part, et décide de chacune comme la lecture ordinaire."""

    def __init__(self, tables: Sequence[TableCsv], ouvrir_lecteur: _OuvrirLecteur, garder: str | None) -> None:
        self._tables, self._ouvrir_lecteur, self._garder = tables, ouvrir_lecteur, garder
        self._rangs = {table.source: rang for rang, table in enumerate(tables)}
        self._ecartees: dict[str, list[int]] = {}
        self._ecarts: list[Anomalie] = []
        self._gardes: list[Anomalie] = []
        self._en_trop = self._rapprochees = 0
        self._citees: list[str] = []
        self._aux_zeros_pres: tuple[list[str], int] = ([], 0)

    def trier(self, suspects: _Suspects) -> Doubles:
        """Ce qu’il en est de tous."""
        parts = -(-suspects.lignes // _RELEVES_MAX)
        for rang in range(parts):
            self._prendre(list(self._relire(suspects.part(rang, parts))))
        ecartees = {source: np.array(sorted(lignes), np.int64) for source, lignes in self._ecartees.items()}
        dites = [*sorted(self._ecarts, key=self._place), *sorted(self._gardes, key=self._place)]
        graphies = [
            *dire_les_graphies(self._citees, self._rapprochees + suspects.autres_recrits),
            *dire_les_zeros(*self._aux_zeros_pres),
        ]
        fin = [anomalie("avertissements-en-nombre", nombre=self._en_trop)] if self._en_trop else []
        return Doubles(ecartees, (*dites, *graphies, *fin))

    def _relire(self, codes: _Empreintes) -> Iterable[Releve]:
        for table in self._tables:
            lecteur = self._ouvrir_lecteur(table)
            for lues in lecteur.identites():
                empreintes, portent = _empreintes(lues)
                suspectes = np.isin(empreintes >> np.uint64(_BITS_BAS), codes) & portent
                for indice in np.flatnonzero(suspectes).tolist():
                    yield from lecteur.relever(lues.grille, indice)

    def _prendre(self, releves: Sequence[Releve]) -> None:
        gardes, ecarts = demeler_les_doubles(releves, self._garder)
        restent = set(map(id, gardes))
        for releve in releves:
            if id(releve) not in restent and releve.ligne is not None:
                self._ecartees.setdefault(releve.source, []).append(releve.ligne)
        self._garder_des(self._ecarts, ecarts)
        premiers, doubles = separer_les_doubles(gardes, self._garder)
        self._garder_des(self._gardes, doubles)
        citees, nombre = rapprocher(premiers)
        self._citees += citees
        self._rapprochees += nombre
        semblables, combien = rapprocher_aux_zeros_pres(premiers)
        self._aux_zeros_pres = ([*self._aux_zeros_pres[0], *semblables], self._aux_zeros_pres[1] + combien)

    def _garder_des(self, dites: list[Anomalie], nouvelles: Iterable[Anomalie]) -> None:
        """Ajoute des constats tant qu’il n’y en a pas trop, et compte les autres."""
        for une in nouvelles:
            if len(self._ecarts) + len(self._gardes) < DETAIL_MAX:
                dites.append(une)
            else:
                self._en_trop += 1

    def _place(self, une: Anomalie) -> tuple[int, int]:
        return self._rangs.get(une.lieu.fichier, len(self._rangs)), une.lieu.ligne or 0
