"""Des lignes notées en CSV, en octets, telles que l’écrivain ordinaire les écrirait."""

from __future__ import annotations

from itertools import chain, product

import numpy as np
from numpy.typing import NDArray

from cpit.coeur.colonnes_cohorte import SEPARATEUR, colonnes
from cpit.coeur.modele import Referentiel
from cpit.formats.cohorte_csv import Dialecte
from cpit.masse.contextes import Contextes
from cpit.masse.lecture import Lot
from cpit.masse.notes import SANS_POSITION, Notes
from cpit.masse.reponses import Valeurs
from cpit.masse.textes import Memoire, morceau

ASSEMBLAGES_MAX = 4096
"""Assemblages de réponses voisines rédigés d’avance : cinq réponses à sept textes font un seul morceau."""


class Ecrivain:
    """Rédige des lots notés ; chaque morceau de ligne n’est rédigé qu’une fois."""

    def __init__(self, referentiel: Referentiel, contextes: Contextes, forme: Dialecte, *, avec_reponses: bool) -> None:
        self._forme, self._contextes = forme, contextes
        self._ingenieries = [i.identifiant for i in referentiel.ingenieries]
        self._entete = [colonne.cle for colonne in colonnes(referentiel, avec_reponses=avec_reponses)]
        items = len(referentiel.items) if avec_reponses else 0
        self._reponses = _Assemblages(Valeurs(referentiel).textes, items, forme)
        self._fins: dict[int, bytes] = {}
        self._scores = Memoire(2, self._rediger_score)
        self._positions = Memoire(3, self._rediger_position)

    def entete(self) -> bytes:
        """La première ligne, avec la marque d’ordre des octets si le dialecte en veut une."""
        ligne = morceau(self._entete, self._forme).decode()
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
        return b"".join(chain.from_iterable(zip(*morceaux, strict=True)))

    def _rediger_score(self, valeur: float, compte: int) -> bytes:
        cellules = (valeur, compte) if compte >= 0 else (None, -1 - compte)
        return morceau((*cellules, None), self._forme)

    def _rediger_position(self, x: float, y: float, dominante: int) -> bytes:
        fin = self._fins.get(dominante)
        if fin is None:
            noms = [nom for rang, nom in enumerate(self._ingenieries) if dominante > 0 and dominante >> rang & 1]
            vides = ("", "") if dominante == SANS_POSITION else ()
            fin = morceau((*vides, SEPARATEUR.join(noms)), self._forme) + self._forme.fin_de_ligne.encode()
            self._fins[dominante] = fin
        if dominante == SANS_POSITION:
            return fin
        separateur = self._forme.separateur
        return f"{x!r}{separateur}{y!r}{separateur}".replace(".", self._forme.decimale).encode() + fin


class _Assemblages:
    """Le texte de réponses voisines, d’après leurs codes : une table par paquet de quelques items."""

    def __init__(self, textes: tuple[str, ...], items: int, forme: Dialecte) -> None:
        self._base = len(textes)
        self._taille = 1
        while self._base ** (self._taille + 1) <= ASSEMBLAGES_MAX:
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
