"""Profil, moment et regard des lignes d’une table en flux : chaque assemblage de cellules n’est compris qu’une fois."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import Lieu
from cpit.flux.grilles import GrilleDeCellules
from cpit.flux.reponses import LONGUEUR_RETENUE_MAX, Brute, Entiers
from cpit.formats.dialecte_csv import Dialecte, morceau_csv
from cpit.lecture.entetes import Entete, Nomenclature, Role
from cpit.lecture.lignes import Journal, Ligneur

A_LIRE = -1
"""Contexte d’une ligne à donner au Ligneur : elle a de quoi être refusée ou signalée."""
_BITS = 10
_VALEURS_MAX = 1 << _BITS
"""Valeurs différentes de contexte retenues par colonne ; au-delà, les lignes vont au Ligneur."""
_ASSEMBLAGES_MAX = 200_000
"""Assemblages de contextes retenus."""


_Cle = tuple[tuple[str, ...], str, str]


class Contextes:
    """Tous les contextes vus, de toutes les tables : ce qui s’en écrit, et le numéro de leur strate.

    ``strates`` : moment et regard de chaque strate. Rien n’est jamais ôté : un autre fil peut lire pendant ce temps.
    """

    def __init__(self, referentiel: Referentiel, forme: Dialecte) -> None:
        self.morceaux: list[bytes] = []
        self.numeros: list[int] = []
        self.strates: list[tuple[str, str]] = []
        self._questions = [question.identifiant for question in referentiel.profil]
        self._forme = forme
        self._rangs: dict[_Cle, int] = {}

    def rang(self, moment: str, regard: str, profil: Mapping[str, str]) -> int:
        """Rang d’un contexte."""
        cle = (tuple(profil.get(question, "") for question in self._questions), moment, regard)
        if cle not in self._rangs:
            if cle[1:] not in self.strates:
                self.strates.append(cle[1:])
            self._rangs[cle] = len(self.morceaux)
            self.numeros.append(self.strates.index(cle[1:]))
            self.morceaux.append(morceau_csv(("", *(c or None for c in cle[0]), *cle[1:], ""), self._forme))
        return self._rangs[cle]

    def strates_de(self, contextes: Entiers) -> Entiers:
        """Le numéro de la strate de chaque ligne."""
        return np.array(self.numeros, np.int64).take(contextes)


class LecteurDeContextes:
    """Le contexte de chaque ligne d’une table."""

    def __init__(self, nomenclature: Nomenclature, entete: Entete, contextes: Contextes, encodage: str) -> None:
        self._contextes, self._encodage = contextes, encodage
        self._colonnes = [c.rang for c in entete.de_role(Role.PROFIL, Role.MOMENT, Role.REGARD)]
        self._valeurs: list[dict[Brute, int]] = [{} for _ in self._colonnes]
        self._vus: dict[int, int] = {}
        # Au-delà, la clé d’un assemblage ne vaut que pour son bloc.
        self._stable = len(self._colonnes) * _BITS < 63
        self._largeur = len(entete.colonnes)
        self._ligneur = Ligneur(nomenclature, entete, "", lambda _ligne, _rang: Lieu(), Journal())

    def lire(self, grille: GrilleDeCellules) -> Entiers:
        """Rang du contexte de chaque ligne, ou ``A_LIRE``."""
        n = len(grille.lignes)
        colonnes: list[Sequence[Brute]] = []
        cles = np.zeros(n, np.int64)
        for rang, valeurs in zip(self._colonnes, self._valeurs, strict=True):
            constante = grille.constante(rang)
            cellules = grille.colonne(rang) if constante is None else [constante]
            codes = _coder(cellules, valeurs)
            colonnes.append(cellules if constante is None else [constante] * n)
            cles = _assembler(cles, codes)
        uniques, premieres, inverses = _uniques(cles)
        rangs = []
        for cle, premiere in zip(uniques.tolist(), premieres.tolist(), strict=True):
            rang_connu = self._vus.get(cle) if self._stable else None
            if rang_connu is None:
                rang_connu = A_LIRE if cle < 0 else self._comprendre([colonne[premiere] for colonne in colonnes])
                if self._stable and len(self._vus) < _ASSEMBLAGES_MAX:
                    self._vus[cle] = rang_connu
            rangs.append(rang_connu)
        return np.array(rangs, np.int64).take(inverses)

    def _comprendre(self, cellules: Sequence[Brute]) -> int:
        """Le contexte d’un assemblage de cellules, lu dans une ligne qui n’a rien d’autre."""
        journal = self._ligneur.journal = Journal()
        ligne = [""] * self._largeur
        for rang, cellule in zip(self._colonnes, cellules, strict=True):
            ligne[rang] = cellule if isinstance(cellule, str) else cellule.decode(self._encodage)
        contexte = self._ligneur.situer_dans_le_temps(ligne, 1)
        return A_LIRE if contexte is None or journal.clore("") else self._contextes.rang(*contexte)


def _coder(cellules: Sequence[Brute], valeurs: dict[Brute, int]) -> Entiers:
    """Un entier par texte différent, −1 pour un texte démesuré ou qui vient après ``VALEURS_MAX``."""
    nouvelles = set(cellules).difference(valeurs)
    for cellule in nouvelles:
        if len(valeurs) < _VALEURS_MAX and len(cellule) <= LONGUEUR_RETENUE_MAX:
            valeurs[cellule] = len(valeurs)
    if nouvelles:
        return np.fromiter((valeurs.get(cellule, -1) for cellule in cellules), np.int64, len(cellules))
    return np.fromiter(map(valeurs.__getitem__, cellules), np.int64, len(cellules))


def _assembler(cles: Entiers, codes: Entiers) -> Entiers:
    """Clé d’un assemblage : les codes de ses colonnes à la file ; négative si l’un d’eux l’est."""
    if int(cles.max(initial=0)) >= 1 << (62 - _BITS):
        cles = np.where(cles < 0, -1, np.unique(cles, return_inverse=True)[1])
    assemblees: Entiers = (cles << _BITS) + codes
    assemblees[(codes < 0) | (cles < 0)] = -1
    return assemblees


def _uniques(cles: Entiers) -> tuple[Entiers, Entiers, Entiers]:
    """Les clés différentes, la première ligne de chacune, et le rang de celle de chaque ligne."""
    if (cles == cles[0]).all():
        return cles[:1], np.zeros(1, np.int64), np.zeros(len(cles), np.int64)
    uniques, premieres, inverses = np.unique(cles, return_index=True, return_inverse=True)
    return uniques, premieres, inverses
