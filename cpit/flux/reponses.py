"""Les réponses d’une table, en petits entiers : chaque texte différent n’est déchiffré qu’une fois."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cpit.coeur.moteur import retenir
from cpit.coeur.passation import Etat, Reponse
from cpit.coeur.referentiel import Referentiel
from cpit.coeur.tableaux import CODE_SANS_OBJET
from cpit.erreurs import Lieu
from cpit.lecture.dechiffrement import Dechiffreur

Entiers: TypeAlias = NDArray[np.int64]
Booleens: TypeAlias = NDArray[np.bool_]
Codes: TypeAlias = NDArray[np.uint16]
Brute: TypeAlias = bytes | str
"""Une cellule telle qu’elle est dans le fichier : octets d’un bloc régulier, texte sorti de ``csv``."""

SANS_REPONSE, _SANS_OBJET, PREMIER_NIVEAU = 0, 1, 2
FAUTIVE, _INCONNUE, ABSENCE_ECRITE = 65_535, 65_534, 65_533
"""Codes d’une cellule à refuser, d’un texte court jamais vu, d’une absence de réponse écrite (« NA »)."""
_TEXTES_MAX = 100_000
"""Textes différents de réponses retenus."""
LONGUEUR_RETENUE_MAX = 200
"""Longueur d’une cellule que l’on retient : les libellés d’une échelle y tiennent."""


class Reponses(dict[bytes | str, int]):
    """Code de chaque cellule de réponse : sans réponse, sans objet, rang d’un niveau, fautive, ou absence écrite.

    ``a_des_absences`` : vrai dès qu’une absence écrite a été vue.
    """

    def __init__(self, referentiel: Referentiel, dechiffreur: Dechiffreur, encodage: str) -> None:
        super().__init__()
        self._dechiffreur = dechiffreur
        self._encodage = encodage
        self._rangs = {niveau.valeur: PREMIER_NIVEAU + k for k, niveau in enumerate(referentiel.echelle.niveaux)}
        self.a_des_absences = False
        self._courts = np.full(65_536, _INCONNUE, np.uint16)

    def __missing__(self, cellule: bytes | str) -> int:
        texte = cellule if isinstance(cellule, str) else cellule.decode(self._encodage)
        reponse, faute = self._dechiffreur.lire(texte, Lieu(), "")
        code = FAUTIVE if faute is not None else self.code(reponse)
        if code == SANS_REPONSE and self._dechiffreur.est_une_absence_ecrite(texte):
            code, self.a_des_absences = ABSENCE_ECRITE, True
        if len(self) < _TEXTES_MAX and len(cellule) <= LONGUEUR_RETENUE_MAX:
            self[cellule] = code
        return code

    def code(self, reponse: Reponse) -> int:
        """Code d’une réponse lue."""
        if reponse.valeur is not None:
            return self._rangs[reponse.valeur]
        return _SANS_OBJET if reponse.etat is Etat.SANS_OBJET else SANS_REPONSE

    def codes_courts(self, paires: Codes) -> Codes:
        """Codes de cellules de deux octets au plus, données comme un entier (le premier octet en bas)."""
        codes = self._courts.take(paires)
        inconnues = codes == _INCONNUE
        if inconnues.any():
            for paire in np.unique(paires[inconnues]).tolist():
                cellule = int(paire).to_bytes(2, "little").rstrip(b"\0")
                self._courts[paire] = self._code_sur(cellule)
            codes = self._courts.take(paires)
        return codes

    def _code_sur(self, cellule: bytes) -> int:
        """Code de deux octets, qui peuvent être le début d’un caractère coupé dans une cellule plus longue."""
        try:
            return self[cellule]
        except UnicodeDecodeError:
            return FAUTIVE


class Valeurs:
    """Ce que vaut chaque code dans le calcul, et ce qui s’écrit à sa place."""

    def __init__(self, referentiel: Referentiel) -> None:
        echelle = referentiel.echelle
        valeurs = [niveau.valeur for niveau in echelle.niveaux]
        retournees = [retenir(valeur, echelle.min, echelle.max, inverse=True) for valeur in valeurs]
        self.droites = np.array([0, 0, *valeurs], np.int64)
        self.inverses = np.array([0, 0, *retournees], np.int64)
        self.repondues = np.array([0, 0, *(1 for _ in valeurs)], np.int64)
        self.textes = ("", CODE_SANS_OBJET, *map(str, valeurs))
