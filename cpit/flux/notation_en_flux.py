"""Noter en flux : des tables lues par lots, notées en colonnes, écrites au fur et à mesure, et ce que l’on en garde.

Les règles du moteur s’appliquent à des colonnes numpy. Les doubles se cherchent avant de rien écrire, par les mêmes
règles que la lecture ordinaire. Un premier passage ne lit que qui a répondu, et en garde une empreinte de 64 bits par
passation (80 Mo pour dix millions). Les lignes dont l’empreinte revient sont relues, quelques-unes à la fois, et
``lecture.doubles`` en décide : la mémoire ne dépend pas de leur nombre, seulement le temps. Au-delà de
``EMPREINTES_MAX``, on cesse de chercher et on le dit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, product, takewhile
from pathlib import Path
from typing import IO, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from cpit.coeur import Progres
from cpit.coeur.cohorte import Releve
from cpit.coeur.colonnes import MESURES_AJOUTEES, SEPARATEUR, colonnes, colonnes_du_referentiel
from cpit.coeur.groupe import Cumul, Portrait
from cpit.coeur.moteur import Bareme, noter_bareme, part, placer
from cpit.coeur.notation import Notation
from cpit.coeur.passation import ordre_d_une_strate, replier_code
from cpit.coeur.referentiel import Position, Referentiel
from cpit.erreurs import Anomalie, ErreurCpit, Gravite, anomalie, raison_systeme, refus
from cpit.flux.grilles import PREMIER_NIVEAU, Booleens, Entiers, Valeurs
from cpit.flux.lots import Contextes, Identites, LecteurDeLots, Lot
from cpit.formats.dialecte_csv import DIALECTES_CSV, Dialecte, morceau_csv
from cpit.lecture.doubles import (
    compter_les_autres,
    demeler_les_doubles,
    dire_les_graphies,
    dire_les_zeros,
    rapprocher,
    rapprocher_aux_zeros_pres,
    sans_zeros_de_tete,
    separer_les_doubles,
)
from cpit.lecture.entetes import Nomenclature, Role
from cpit.lecture.lignes import DETAIL_MAX, BilanDeSource, compter, suppositions
from cpit.lecture.table_csv import TableCsv, ouvrir_table_csv
from cpit.ouverture import ouvrir

_SANS_POSITION = -1


@dataclass(frozen=True, slots=True)
class _Scores:
    """Une échelle notée pour toutes les lignes ; ``valeur`` vaut zéro là où le score est absent."""

    valeur: NDArray[np.float64]
    presente: NDArray[np.bool_]
    repondus: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Notes:
    """Tous les scores, dans l’ordre des échelles du référentiel, et les positions.

    ``dominante`` : un bit par ingénierie qui domine, ``_SANS_POSITION`` sans position (``x`` et ``y`` valent zéro).
    """

    scores: dict[str, _Scores]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    dominante: NDArray[np.int64]


class _Noteur:
    """Note des réponses codées."""

    def __init__(self, referentiel: Referentiel) -> None:
        self._referentiel = referentiel
        self._valeurs = Valeurs(referentiel)
        self._poles = [(i.position.x, i.position.y) for i in referentiel.ingenieries]

    def noter(self, codes: NDArray[np.uint16]) -> _Notes:
        """Les notes de toutes les lignes ; ``codes`` a une ligne de tableau par item, dans l’ordre de la passation."""
        referentiel, valeurs = self._referentiel, self._valeurs
        items = referentiel.ordre_de_passation()
        droites, inverses = valeurs.droites, valeurs.inverses
        retenues = {
            item.code: (inverses if item.inverse else droites).take(ligne)
            for item, ligne in zip(items, codes, strict=True)
        }
        repondues = {item.code: valeurs.repondues.take(ligne) for item, ligne in zip(items, codes, strict=True)}
        seuil, n = referentiel.regles.seuil.valeur, codes.shape[1]
        scores = {
            identifiant: _scores(bareme, retenues, repondues, seuil, n)
            for identifiant, bareme in referentiel.baremes.items()
        }
        return _Notes(scores, *self._placer([scores[i.identifiant] for i in referentiel.ingenieries]))

    def _placer(self, scores: list[_Scores]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        echelle = self._referentiel.echelle
        parts = [part(score.valeur, echelle.min, echelle.max) for score in scores]
        seuil = self._referentiel.regles.seuil_equilibre.valeur
        place = placer(parts, self._poles, seuil, np.where)
        presente = place.presente
        for score in scores:
            presente = presente & score.presente
        dominante = np.zeros(len(presente), np.int64)
        for rang, domine in enumerate(place.dominent):
            dominante |= domine.astype(np.int64) << rang
        dominante[~presente] = _SANS_POSITION
        return np.where(presente, place.x, 0.0), np.where(presente, place.y, 0.0), dominante


def _scores(bareme: Bareme, retenues: Any, repondues: Any, seuil: float, n: int) -> _Scores:
    if not bareme.codes:
        return _Scores(np.zeros(n), np.zeros(n, np.bool_), np.zeros(n, np.int64))
    note = noter_bareme(bareme, retenues, repondues, seuil, np.where)
    return _Scores(np.where(note.presente, note.valeur, 0.0), note.presente, note.repondus)


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
class _Doubles:
    """Les lignes de chaque table, par son nom, qui redisent une passation, et ce qu’il y a à en dire.

    ``complet`` : faux s’il y avait trop de passations pour les comparer toutes ; rien n’est alors écarté.
    """

    ecartees: Mapping[str, Entiers] = field(default_factory=dict)
    anomalies: tuple[Anomalie, ...] = ()
    complet: bool = True


def _reperer_les_doubles(
    tables: Sequence[TableCsv], ouvrir_lecteur: _OuvrirLecteur, garder: str | None, avancer: _Avancer
) -> _Doubles:
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
                return _Doubles(complet=False)
            paquets.append(empreintes[portent])
    suspects = _Suspects.parmi(paquets)
    paquets.clear()
    return _Tri(tables, ouvrir_lecteur, garder).trier(suspects) if suspects else _Doubles()


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

    def trier(self, suspects: _Suspects) -> _Doubles:
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
        return _Doubles(ecartees, (*dites, *graphies, *compter_les_autres(self._en_trop)))

    def _relire(self, codes: _Empreintes) -> Iterable[Releve]:
        for table in self._tables:
            lecteur = self._ouvrir_lecteur(table)
            for lues in lecteur.identites():
                empreintes, portent = _empreintes(lues)
                suspectes = np.isin(empreintes >> np.uint64(_BITS_BAS), codes) & portent
                for indice in np.flatnonzero(suspectes).tolist():
                    yield from lecteur.relever(lues.grille, indice)

    def _prendre(self, releves: Sequence[Releve]) -> None:
        gardes, ecarts = demeler_les_doubles(releves, self._garder, self._reste)
        restent = set(map(id, gardes))
        for releve in releves:
            if id(releve) not in restent and releve.ligne is not None:
                self._ecartees.setdefault(releve.source, []).append(releve.ligne)
        self._ecarts += ecarts.premiers
        premiers, doubles = separer_les_doubles(gardes, self._garder, self._reste)
        self._gardes += doubles.premiers
        self._en_trop += ecarts.autres + doubles.autres
        citees, nombre = rapprocher(premiers)
        self._citees += citees
        self._rapprochees += nombre
        semblables, combien = rapprocher_aux_zeros_pres(premiers)
        self._aux_zeros_pres = ([*self._aux_zeros_pres[0], *semblables], self._aux_zeros_pres[1] + combien)

    @property
    def _reste(self) -> int:
        """Combien de constats se détaillent encore."""
        return DETAIL_MAX - len(self._ecarts) - len(self._gardes)

    def _place(self, une: Anomalie) -> tuple[int, int]:
        return self._rangs.get(une.lieu.fichier, len(self._rangs)), une.lieu.ligne or 0


# --- des lignes notées en CSV, en octets, telles que l’écrivain ordinaire les écrirait --------------------------------


_ASSEMBLAGES_MAX = 4096
"""Assemblages de réponses voisines rédigés d’avance : cinq réponses à sept textes font un seul morceau."""
PLACES = 1 << 18
"""Textes retenus par une mémoire."""
_MELANGE = 0x9E3779B97F4A7C15 - (1 << 64)
"""Le nombre d’or sur 64 bits : disperse des clés voisines."""
_JAMAIS = -(1 << 63)
"""Clé d’une place vide ; en flottant c’est −0,0, que le calcul ne rend jamais."""


class _EcrivainDeLots:
    """Rédige des lots notés ; chaque morceau de ligne n’est rédigé qu’une fois."""

    def __init__(self, referentiel: Referentiel, contextes: Contextes, forme: Dialecte, *, avec_reponses: bool) -> None:
        self._forme, self._contextes = forme, contextes
        self._ingenieries = [i.identifiant for i in referentiel.ingenieries]
        self._entete = [colonne.cle for colonne in colonnes(referentiel, avec_reponses=avec_reponses)]
        items = len(referentiel.items) if avec_reponses else 0
        self._reponses = _Assemblages(Valeurs(referentiel).textes, items, forme)
        self._fins: dict[int, bytes] = {}
        self._referentiel, self._notation = referentiel, Notation(referentiel)
        self._ordre = [item.code for item in referentiel.ordre_de_passation()]
        self._niveaux = [niveau.valeur for niveau in referentiel.echelle.niveaux]
        version = (referentiel.nom_et_version,) * len(colonnes_du_referentiel(referentiel))
        self._version = morceau_csv((*version, ""), forme) if version else b""
        self._fin_de_ligne = forme.fin_de_ligne.encode()
        self._scores = _Memoire(2, self._rediger_score)
        self._positions = _Memoire(3, self._rediger_position)

    def entete(self) -> bytes:
        """La première ligne, avec la marque d’ordre des octets si le dialecte en veut une."""
        ligne = morceau_csv(self._entete, self._forme).decode()
        return (ligne + self._forme.fin_de_ligne).encode(self._forme.encodage)

    def lignes(self, lot: Lot, notes: _Notes) -> bytes:
        """Les lignes d’un lot."""
        contextes: NDArray[np.object_] = np.array(
            [morceau + self._version for morceau in self._contextes.morceaux], np.object_
        )
        morceaux = [lot.textes, contextes.take(lot.contextes).tolist(), *self._reponses.morceaux(lot.codes)]
        for score in notes.scores.values():
            # Un score absent garde son compte d’items : −1 − n le distingue d’un score nul.
            comptes = np.where(score.presente, score.repondus, -1 - score.repondus)
            morceaux.append(self._scores.textes(score.valeur, comptes).tolist())
        morceaux.append(self._positions.textes(notes.x, notes.y, notes.dominante).tolist())
        if MESURES_AJOUTEES:
            morceaux.append([self._rediger_ajoutees(codes) for codes in lot.codes.T.tolist()])
        return b"".join(chain.from_iterable(zip(*morceaux, strict=True)))

    def _rediger_score(self, valeur: float, compte: int) -> bytes:
        cellules = (valeur, compte) if compte >= 0 else (None, -1 - compte)
        return morceau_csv((*cellules, None), self._forme)

    def _rediger_position(self, x: float, y: float, dominante: int) -> bytes:
        """Les trois premières mesures, à la main : l’écrivain ordinaire ferait durer une grande table moitié plus."""
        fin = self._fins.get(dominante)
        if fin is None:
            vides = ("", "") if dominante == _SANS_POSITION else ()
            fin = morceau_csv((*vides, SEPARATEUR.join(self._noms(dominante))), self._forme)
            fin += b"" if MESURES_AJOUTEES else self._fin_de_ligne
            self._fins[dominante] = fin
        if dominante == _SANS_POSITION:
            return fin
        separateur = self._forme.separateur
        return f"{x!r}{separateur}{y!r}{separateur}".replace(".", self._forme.decimale).encode() + fin

    def _rediger_ajoutees(self, codes: Sequence[int]) -> bytes:
        """Les mesures ajoutées d’une ligne, notée comme une personne seule : la même règle, les mêmes nombres."""
        valeurs = {
            code: self._niveaux[rang - PREMIER_NIVEAU]
            for code, rang in zip(self._ordre, codes, strict=True)
            if rang >= PREMIER_NIVEAU
        }
        resultat = self._notation.noter(valeurs)
        return (
            morceau_csv(("", *(m.regle(self._referentiel, resultat) for m in MESURES_AJOUTEES)), self._forme)
            + self._fin_de_ligne
        )

    def _noms(self, dominante: int) -> tuple[str, ...]:
        return tuple(nom for rang, nom in enumerate(self._ingenieries) if dominante > 0 and dominante >> rang & 1)


class _Assemblages:
    """Le texte de réponses voisines, d’après leurs codes : une table par paquet de quelques items."""

    def __init__(self, textes: tuple[str, ...], items: int, forme: Dialecte) -> None:
        self._base = len(textes)
        self._taille = 1
        while self._base ** (self._taille + 1) <= _ASSEMBLAGES_MAX:
            self._taille += 1
        self._items = items
        tailles = {min(self._taille, items - debut) for debut in range(0, items, self._taille)}
        self._tables = {taille: _table(textes, taille, forme) for taille in tailles}

    def morceaux(self, codes: NDArray[np.uint16]) -> list[list[bytes]]:
        """Les morceaux de chaque ligne, paquet par paquet."""
        rendus = []
        for debut in range(0, self._items, self._taille):
            voisins = codes[debut : min(debut + self._taille, self._items)]
            cle = np.zeros(codes.shape[1], np.int64)
            for ligne in voisins:
                cle = cle * self._base + ligne
            rendus.append(self._tables[len(voisins)].take(cle).tolist())
        return rendus


def _table(textes: tuple[str, ...], taille: int, forme: Dialecte) -> NDArray[np.object_]:
    """Un texte par assemblage, chaque cellule suivie du séparateur ; aucune n’a besoin de guillemets."""
    table = ["".join(texte + forme.separateur for texte in voisins) for voisins in product(textes, repeat=taille)]
    return np.array([texte.encode() for texte in table], np.object_)


class _Memoire:
    """Le texte de clés entières déjà vues ; une table à places fixes, où la dernière venue chasse l’autre."""

    def __init__(self, cles: int, rediger: Callable[..., bytes]) -> None:
        self._cles = [np.full(PLACES, _JAMAIS, np.int64) for _ in range(cles)]
        self._textes: NDArray[np.object_] = np.full(PLACES, None, np.object_)
        self._rediger = rediger

    def textes(self, *cles: NDArray[Any]) -> NDArray[np.object_]:
        """Le texte de chaque ligne, d’après ses clés (entiers de 64 bits, ou flottants).

        ``rediger`` reçoit une valeur par clé, telle qu’elle a été donnée.
        """
        entieres = [np.ascontiguousarray(cle).view(np.int64) for cle in cles]
        place = np.zeros(len(entieres[0]), np.int64)
        for entiere in entieres:
            place = (place ^ entiere ^ (entiere >> 29)) * _MELANGE
        place = (place >> 40) & (PLACES - 1)
        textes: NDArray[np.object_] = self._textes.take(place)
        connues = np.ones(len(place), np.bool_)
        for entiere, retenues in zip(entieres, self._cles, strict=True):
            connues &= retenues.take(place) == entiere
        manquantes = np.flatnonzero(~connues)
        if manquantes.size:
            textes[manquantes] = self._rediger_celles(manquantes, place, cles, entieres)
        return textes

    def _rediger_celles(
        self,
        lignes: NDArray[np.int64],
        place: NDArray[np.int64],
        cles: Sequence[NDArray[Any]],
        entieres: Sequence[NDArray[np.int64]],
    ) -> NDArray[np.object_]:
        neufs: dict[tuple[Any, ...], bytes] = {}
        textes = np.empty(len(lignes), np.object_)
        valeurs = zip(*(cle[lignes].tolist() for cle in cles), strict=True)
        for rang, une in enumerate(valeurs):
            texte = neufs.get(une)
            if texte is None:
                texte = neufs[une] = self._rediger(*une)
            textes[rang] = texte
        places, rangs = np.unique(place[lignes], return_index=True)
        self._textes[places] = textes[rangs]
        for retenues, entiere in zip(self._cles, entieres, strict=True):
            retenues[places] = entiere[lignes[rangs]]
        return textes


# --- noter en flux ----------------------------------------------------------------------------------------------------


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

    def ajouter(self, notes: _Notes, strates: NDArray[np.int64], noms: list[tuple[str, str]]) -> None:
        """Prend un lot noté ; ``strates`` : le numéro, dans ``noms``, du moment et du regard de chaque ligne."""
        presentes = np.flatnonzero(np.bincount(strates)).tolist()
        for numero in presentes:
            dedans = strates == numero if len(presentes) > 1 else None
            self._prendre(self._strates.setdefault(noms[numero], _Strate()), notes, dedans)

    def _prendre(self, strate: _Strate, notes: _Notes, dedans: NDArray[np.bool_] | None) -> None:
        strate.effectif += len(notes.x) if dedans is None else int(dedans.sum())
        for identifiant, score in notes.scores.items():
            masque = score.presente if dedans is None else score.presente & dedans
            cumul = strate.echelles.setdefault(identifiant, Cumul(DISTINCTES_MAX))
            cumul.ajouter_des_comptes(_compter(score.valeur[masque]))
        places = notes.dominante != _SANS_POSITION
        masque = places if dedans is None else places & dedans
        strate.x.ajouter_des_comptes(_compter(notes.x[masque]))
        strate.y.ajouter_des_comptes(_compter(notes.y[masque]))

    def portraits(self) -> dict[tuple[str, str], Portrait]:
        """Le portrait de chaque strate, sans matrice."""
        return {cle: self._portrait(self._strates[cle]) for cle in sorted(self._strates, key=ordre_d_une_strate)}

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
        self._noteur = _Noteur(referentiel)
        self._ecrivain = _EcrivainDeLots(referentiel, self._contextes, self._forme, avec_reponses=avec_reponses)
        self._statistiques = _Statistiques(referentiel)
        self.doublons_cherches = True
        self._entete_ecrite = False

    def noter(self, chemins: Sequence[Path], progres: Progres | None) -> tuple[list[BilanDeSource], list[Anomalie]]:
        """Note toutes les tables, dans l’ordre ; une table illisible est une anomalie.

        Rend le nom, les passations et les refus de chacune, puis toutes les anomalies.
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
            refus, reserves = (compter(trouvees, gravite) for gravite in (Gravite.REFUS, Gravite.AVERTISSEMENT))
            sources.append(BilanDeSource(str(chemin), passations, refus, suppose, reserves))
            anomalies += trouvees
        return sources, [*anomalies, *doubles.anomalies]

    def _chercher_les_doubles(self, tables: Sequence[TableCsv], avance: _Avance) -> _Doubles:
        """Un premier passage, sur qui a répondu : ce qui est écrit ne se reprend pas."""

        def ouvrir_lecteur(table: TableCsv) -> LecteurDeLots:
            return LecteurDeLots(table, self._nomenclature, self._contextes, self._forme)

        doubles = _reperer_les_doubles(tables, ouvrir_lecteur, self._nomenclature.consignes.garder, avance.chercher)
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

    def _rediger(self, lot: Lot, notes: _Notes) -> bytes:
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
