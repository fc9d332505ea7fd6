"""Des lignes notées en CSV, en octets, telles que l’écrivain ordinaire les écrirait."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cpit.coeur.colonnes import MESURES_AJOUTEES, SEPARATEUR, colonnes
from cpit.coeur.notation import Notation
from cpit.coeur.referentiel import Referentiel
from cpit.flux.contextes import Contextes
from cpit.flux.lots import Lot
from cpit.flux.notes import SANS_POSITION, Notes
from cpit.flux.reponses import PREMIER_NIVEAU, Valeurs
from cpit.formats.dialecte_csv import Dialecte, morceau_csv

_ASSEMBLAGES_MAX = 4096
"""Assemblages de réponses voisines rédigés d’avance : cinq réponses à sept textes font un seul morceau."""
PLACES = 1 << 18
"""Textes retenus par une mémoire."""
_MELANGE = 0x9E3779B97F4A7C15 - (1 << 64)
"""Le nombre d’or sur 64 bits : disperse des clés voisines."""
_JAMAIS = -(1 << 63)
"""Clé d’une place vide ; en flottant c’est −0,0, que le calcul ne rend jamais."""


class EcrivainDeLots:
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
        self._fin_de_ligne = forme.fin_de_ligne.encode()
        self._scores = _Memoire(2, self._rediger_score)
        self._positions = _Memoire(3, self._rediger_position)

    def entete(self) -> bytes:
        """La première ligne, avec la marque d’ordre des octets si le dialecte en veut une."""
        ligne = morceau_csv(self._entete, self._forme).decode()
        return (ligne + self._forme.fin_de_ligne).encode(self._forme.encodage)

    def lignes(self, lot: Lot, notes: Notes) -> bytes:
        """Les lignes d’un lot."""
        contextes: NDArray[np.object_] = np.array(self._contextes.morceaux, np.object_)
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
            vides = ("", "") if dominante == SANS_POSITION else ()
            fin = morceau_csv((*vides, SEPARATEUR.join(self._noms(dominante))), self._forme)
            fin += b"" if MESURES_AJOUTEES else self._fin_de_ligne
            self._fins[dominante] = fin
        if dominante == SANS_POSITION:
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
