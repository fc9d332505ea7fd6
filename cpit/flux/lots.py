"""Une grande table en lots de passations : ce qui est net lu en colonnes, tout le reste par le Ligneur, qui en parle.

Ainsi une grande table a les mêmes refus et les mêmes avertissements, au même endroit, que lue ligne à ligne.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import starmap
from pathlib import Path

import numpy as np

from cpit.coeur.cohorte import Releve
from cpit.coeur.passation import TRACE_MAX, DimensionDePlace
from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import Anomalie, Gravite, Lieu, raison_systeme, refus
from cpit.flux.grilles import (
    ABSENCE_ECRITE,
    FAUTIVE,
    SANS_REPONSE,
    Booleens,
    Brute,
    Codes,
    Entiers,
    GrilleDeCellules,
    LecteurDeGrilles,
    Reponses,
    encodage_des_blocs,
)
from cpit.formats.dialecte_csv import Dialecte, morceau_csv
from cpit.lecture.dechiffrement import lire_mots, lire_niveau_de_place
from cpit.lecture.ecartees import AMORCE, LEGENDE_ITEMS_MIN, codes_reserves, motif_a_nommer
from cpit.lecture.entetes import DE_PLACE, Entete, Nomenclature, Role
from cpit.lecture.lignes import IDENTIFIANT_MAX, LONGUEUR_RETENUE_MAX, Journal, Ligneur, est_sous_reserve
from cpit.lecture.table_csv import LignesVides, TableCsv, noter_fin_de_table
from cpit.ouverture import ouvrir
from cpit.tableur.classeur_ouvert import Piege

# --- profil, moment et regard des lignes d’une table en flux ----------------------------------------------------------
#
# Chaque assemblage de cellules n’est compris qu’une fois.


_A_LIRE = -1
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
        self._questions = [question.identifiant for question in referentiel.questions_dites(())]
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


class _LecteurDeContextes:
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
        """Rang du contexte de chaque ligne, ou ``_A_LIRE``."""
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
                rang_connu = _A_LIRE if cle < 0 else self._comprendre([colonne[premiere] for colonne in colonnes])
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
        return _A_LIRE if contexte is None or journal.clore("") else self._contextes.rang(*contexte)


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


# --- une grande table en lots de passations ---------------------------------------------------------------------------


_SIMPLE = r"[^\W_][\w.@/-]*+(?: [\w.@/-]++)*+"
"""Un identifiant qui s’écrit comme il se lit, dans tous les dialectes."""
_SIMPLES = re.compile(f"(?:{_SIMPLE}\n)*+")
_UN_SIMPLE = re.compile(_SIMPLE)
_DECIMAL_NUL = r"^\s*[0-9]+[.,]0+\s*$"
"""Un identifiant « 7.0 »."""
CONFIEES_MAX = 50_000
"""Lignes qu’un même Ligneur lit : il se souvient de ce qu’il a vu."""
_Progres = Callable[[int], None]
"""Appelée avec le nombre d’octets lus."""


@dataclass(slots=True)
class Lot:
    """Des lignes prises, prêtes à noter.

    ``identites`` : code de la personne, vide si la ligne n’en porte pas ; ``textes`` : ce qui s’écrit à la place.
    ``codes`` : réponses, une ligne de tableau par item, dans l’ordre de la passation.
    """

    lignes: Entiers
    identites: list[bytes]
    textes: list[bytes]
    contextes: Entiers
    codes: Codes


@dataclass(slots=True)
class Identites:
    """Qui a répondu, quand et sous quel regard, ligne à ligne, sans les réponses.

    ``codes`` : tels qu’ils sont écrits, vides pour une ligne qui n’en porte pas ou ne se lit pas.
    ``strates`` : le numéro du moment et du regard.
    """

    grille: GrilleDeCellules
    codes: list[bytes]
    strates: Entiers


class LecteurDeLots:
    """Lit une table par lots ; ce qui n’est pas pris est au journal.

    ``ecartees`` : les numéros, croissants, de lignes qui se lisent sans se compter.
    """

    def __init__(
        self,
        table: TableCsv,
        nomenclature: Nomenclature,
        contextes: Contextes,
        forme: Dialecte,
        ecartees: Entiers | None = None,
    ) -> None:
        referentiel = nomenclature.referentiel
        self._table, self._forme = table, forme
        self._contextes = contextes
        self._encodage = encodage_des_blocs(table)
        self._journal = Journal(table.avis, codes_reserves(referentiel))
        entete = table.entete
        self._nomenclature, self._entete = nomenclature, entete
        self._ligneur, self._confiees = self._nouveau_ligneur(), 0
        self._a_nommer = re.compile(rf"{motif_a_nommer(referentiel)}|{_DECIMAL_NUL}", AMORCE.flags)
        self._lecteur_de_contextes = _LecteurDeContextes(nomenclature, entete, contextes, self._encodage)
        self._reponses = Reponses(referentiel, self._ligneur.dechiffreur, self._encodage, table.source)
        rangs = {colonne.cible.code: colonne.rang for colonne in entete.de_role(Role.ITEM)}
        self._items = [item.code for item in referentiel.ordre_de_passation()]
        self._presents = [k for k, code in enumerate(self._items) if code in rangs]
        self._rangs = [rangs[self._items[k]] for k in self._presents]
        self._identifiant = next((c.rang for c in entete.de_role(Role.IDENTIFIANT)), None)
        self._a_sonder = [c.rang for c in entete.de_role(Role.TRACE)]
        self._places = [(c.rang, DE_PLACE[c.cible.role]) for c in entete.de_role(*DE_PLACE)]
        self._sans_nom = [c.rang for c in entete.de_role(Role.SANS_NOM)]
        self._numeros = [c.rang for c in entete.de_role(Role.NUMERO)]
        self._vides = LignesVides()
        self._ecartees = np.zeros(0, np.int64) if ecartees is None else ecartees
        self._lues = self.passations = 0

    def lots(self, progres: _Progres | None = None) -> Iterator[Lot]:
        """Les lots, dans l’ordre du fichier.

        :raises ErreurCpit: si la lecture s’interrompt.
        """
        # Sans nommer chaque grille : elle est lâchée dès que son lot est fait.
        for lu in starmap(self._lot, self._suivre()):
            self._lues += len(lu.lignes)
            self._journal.codes.noter([code.decode() for code in lu.identites], lu.lignes.tolist())
            lot = self._sans_les_ecartees(lu)
            self.passations += len(lot.lignes)
            if progres is not None:
                progres(self._flux.tell())
            if len(lot.lignes):
                yield lot

    def identites(self, progres: _Progres | None = None) -> Iterator[Identites]:
        """Qui a répondu, dans l’ordre du fichier ; une ligne qui ne se compte pas y est encore.

        :raises ErreurCpit: si la lecture s’interrompt.
        """
        for grille, _ in self._suivre():
            if len(grille.lignes):
                yield self._reconnaitre(grille)
            if progres is not None:
                progres(self._flux.tell())

    def relever(self, grille: GrilleDeCellules, indice: int) -> tuple[Releve, ...]:
        """Les relevés d’une ligne, comme les donne la lecture ordinaire."""
        self._renouveler(1)
        return self._lire_une(grille, indice)

    def _lire_une(self, grille: GrilleDeCellules, indice: int) -> tuple[Releve, ...]:
        """Les relevés d’une ligne ; après d’autres en-têtes, ou une autre table, rien ne se lit plus en colonnes.

        :raises ErreurCpit: si cette ligne en est.
        """
        ligne = int(grille.lignes[indice])
        releves = self._ligneur.lire(grille.ligne(indice), ligne)
        if self._ligneur.est_sous_une_petite_table:
            raise refus("petite-table-en-flux", self._situer(ligne, 0))
        if not self._ligneur.suit_le_premier_en_tete:
            raise refus("ordre-change-en-flux", self._situer(ligne, 0))
        return releves

    def _suivre(self) -> Iterator[tuple[GrilleDeCellules, list[tuple[int, Anomalie]]]]:
        try:
            with ouvrir(Path(self._table.source)) as self._flux:
                grilles = LecteurDeGrilles(self._flux, self._table)
                self._vides = grilles.vides
                yield from grilles
        except OSError as erreur:
            raise refus("fichier-illisible", self._table.source, raison=raison_systeme(erreur)) from None

    def _reconnaitre(self, grille: GrilleDeCellules) -> Identites:
        codes, _, a_lire = self._identifier(grille)
        contextes = self._lecteur_de_contextes.lire(grille)
        lignes = np.flatnonzero(a_lire | (contextes == _A_LIRE) | self._etiquetees(grille)).tolist()
        self._renouveler(len(lignes))
        for indice in lignes:
            lue = self._ligneur.reconnaitre(grille.ligne(indice), int(grille.lignes[indice]))
            code, moment, regard = lue or ("", "t0", "soi")
            codes[indice] = code.encode()
            contextes[indice] = self._contextes.rang(moment, regard, {})
        return Identites(grille, codes, self._contextes.strates_de(contextes))

    def _sans_les_ecartees(self, lot: Lot) -> Lot:
        if not len(lot.lignes) or not len(self._ecartees):
            return lot
        debut, fin = np.searchsorted(self._ecartees, (lot.lignes[0], lot.lignes[-1] + 1))
        ecartees = np.isin(lot.lignes, self._ecartees[debut:fin])
        return _garder(lot, ~ecartees) if ecartees.any() else lot

    def clore(self) -> tuple[Anomalie, ...]:
        """Toutes les anomalies de la table, une fois ses lots lus."""
        noter_fin_de_table(self._journal, self._table, self._vides, self._lues)
        return self._ligneur.clore()

    def _nouveau_ligneur(self) -> Ligneur:
        return Ligneur(self._nomenclature, self._entete, self._table.source, self._situer, self._journal)

    def _renouveler(self, confiees: int) -> None:
        """Prend un autre Ligneur si celui-ci, avec ces lignes, en aurait trop lu."""
        self._confiees += confiees
        if self._confiees > CONFIEES_MAX:
            self._ligneur, self._confiees = self._nouveau_ligneur(), confiees

    def _situer(self, ligne: int, rang: int) -> Lieu:
        return Lieu(self._table.source, ligne, rang + 1)

    def _lot(self, grille: GrilleDeCellules, malformees: list[tuple[int, Anomalie]]) -> Lot:
        n = len(grille.lignes)
        codes = np.zeros((len(self._items), n), np.uint16)
        identites: list[bytes] = []
        textes: list[bytes] = []
        contextes = np.zeros(n, np.int64)
        a_lire = np.zeros(n, np.bool_)
        if n:
            codes[self._presents] = grille.reponses(self._rangs, self._reponses)
            absences = self._oter_les_absences(codes)
            contextes = self._lecteur_de_contextes.lire(grille)
            identites, textes, a_lire = self._identifier(grille)
            a_lire |= (contextes == _A_LIRE) | self._sonder(grille) | self._etiquetees(grille)
            # Ni niveau ni sans objet : une ligne vide, ou un en-tête répété. À peine un niveau : une légende.
            prises = ((codes != SANS_REPONSE) & (codes != FAUTIVE)).sum(axis=0)
            a_lire |= prises < (LEGENDE_ITEMS_MIN if len(self._presents) >= LEGENDE_ITEMS_MIN else 1)
            a_lire |= self._fautives(codes, ~a_lire)
            self._dire_les_absences(grille, absences, ~a_lire)
            self._compter_numeros(grille, ~a_lire)
            self._dire_sans_code(grille, identites, ~a_lire)
            self._dire_les_reserves(grille, ~a_lire)
        lot = Lot(grille.lignes, identites, textes, contextes, codes)
        return self._completer(lot, grille, np.flatnonzero(a_lire), malformees)

    def _oter_les_absences(self, codes: Codes) -> Booleens | None:
        """Change les absences écrites en réponses absentes ; rend où elles étaient, rien s’il n’y en a jamais eu."""
        if not self._reponses.a_des_absences:
            return None
        absences: Booleens = codes == ABSENCE_ECRITE
        codes[absences] = SANS_REPONSE
        return absences

    def _dire_les_absences(self, grille: GrilleDeCellules, absences: Booleens | None, nettes: Booleens) -> None:
        """Compte les absences écrites des lignes nettes ; le Ligneur compte celles des autres."""
        if absences is None or not (absences & nettes).any():
            return
        indice = int((absences & nettes).any(axis=0).argmax())
        rang = min(r for r, k in zip(self._rangs, self._presents, strict=True) if absences[k, indice])
        lieu = self._situer(int(grille.lignes[indice]), rang)
        self._journal.noter_une_fois("absences-ecrites", lieu, fois=int((absences & nettes).sum()))

    def _fautives(self, codes: Codes, nettes: Booleens) -> Booleens:
        """Où une réponse est à refuser en détail ; s’il n’y a plus qu’à compter, elle est ôtée et comptée ici."""
        fautives = codes == FAUTIVE
        if self._journal.plein(Gravite.REFUS):
            fautives &= nettes
            codes[fautives] = SANS_REPONSE
            self._journal.compter(Gravite.REFUS, int(fautives.sum()))
            return ~nettes
        lignes: Booleens = fautives.any(axis=0)
        return lignes

    def _completer(
        self, lot: Lot, grille: GrilleDeCellules, a_lire: Entiers, malformees: list[tuple[int, Anomalie]]
    ) -> Lot:
        """Donne au Ligneur les lignes qui ne sont pas nettes, dans l’ordre ; ôte celles qu’il refuse."""
        self._renouveler(len(a_lire))
        gardees = np.ones(len(lot.lignes), np.bool_)
        attente = malformees[::-1]
        for indice in a_lire.tolist():
            ligne = int(lot.lignes[indice])
            while attente and attente[-1][0] < ligne:
                self._journal.noter(attente.pop()[1])
            releves = self._lire_une(grille, indice)
            gardees[indice] = bool(releves)
            for releve in releves:
                self._poser(lot, indice, releve)
        for _, une in reversed(attente):
            self._journal.noter(une)
        return lot if gardees.all() else _garder(lot, gardees)

    def _poser(self, lot: Lot, indice: int, releve: Releve) -> None:
        lot.identites[indice] = releve.passation.identifiant.encode()
        lot.textes[indice] = morceau_csv((releve.identifiant,), self._forme)
        passation = releve.passation
        lot.contextes[indice] = self._contextes.rang(passation.moment, passation.regard, passation.profil)
        lot.codes[:, indice] = [self._reponses.code(passation.reponse(code)) for code in self._items]

    def _identifier(self, grille: GrilleDeCellules) -> tuple[list[bytes], list[bytes], Booleens]:
        """Qui a répondu, ce qui s’en écrit, et où il faut y regarder de plus près."""
        n = len(grille.lignes)
        if self._identifiant is None:
            return [b""] * n, _sans_code(grille.lignes), np.zeros(n, np.bool_)
        brutes = grille.colonne(self._identifiant)
        if max(map(len, brutes)) <= IDENTIFIANT_MAX and _tous_simples(_joindre(brutes, self._encodage), n):
            octets = _en_utf8(brutes, self._encodage)
            return octets, octets.copy(), np.zeros(n, np.bool_)
        mots = _decoder(brutes, self._encodage)
        complexes = [bool(m) and (len(m) > IDENTIFIANT_MAX or not _UN_SIMPLE.fullmatch(m)) for m in mots]
        octets = [b"" if complexe else mot.encode() for mot, complexe in zip(mots, complexes, strict=True)]
        textes = [o or t for o, t in zip(octets, _sans_code(grille.lignes), strict=True)]
        return octets, textes, np.array(complexes, np.bool_)

    def _sonder(self, grille: GrilleDeCellules) -> Booleens:
        """Où une colonne sans nom est remplie, une trace est une erreur de tableur ou trop longue, et une fréquence ou
        une importance n’est pas un niveau.
        """
        a_lire = np.zeros(len(grille.lignes), np.bool_)
        for rang in self._sans_nom:
            a_lire |= grille.remplies(rang)
        for rang in self._a_sonder:
            remplies = np.flatnonzero(grille.remplies(rang) & ~a_lire)
            if remplies.size:
                traces = _decoder(grille.colonne(rang), self._encodage)
                a_lire[remplies] = [_a_relire(traces[indice]) for indice in remplies.tolist()]
        for rang, dimension in self._places:
            places = _decoder(grille.colonne(rang), self._encodage)
            fautives = {mots for mots in set(places) if not _est_une_place(mots, dimension)}
            if fautives:
                a_lire |= np.array([mots in fautives for mots in places], np.bool_)
        return a_lire

    def _etiquetees(self, grille: GrilleDeCellules) -> Booleens:
        """Où une ligne peut être un total, et où un identifiant est un nombre à virgule."""
        a_lire = np.zeros(len(grille.lignes), np.bool_)
        for rang in self._ligneur.etiquettes:
            constante = grille.constante(rang)
            cellules = grille.colonne(rang) if constante is None else [constante]
            if self._a_nommer.search(_joindre(cellules, self._encodage)):
                suspectes = [
                    self._a_nommer.match(cellule) is not None for cellule in _decoder(cellules, self._encodage)
                ]
                a_lire |= np.array(suspectes, np.bool_)
        return a_lire

    def _compter_numeros(self, grille: GrilleDeCellules, nettes: Booleens) -> None:
        """Compte les cellules de la première colonne, sans nom, des lignes nettes ; le Ligneur compte les autres."""
        for rang in self._numeros:
            numerotees = np.flatnonzero(self._ecrites(grille, rang) & nettes)
            if numerotees.size:
                premiere = int(numerotees[0])
                valeur = str(lire_mots(grille.ligne(premiere)[rang]))
                self._journal.compter_des_numeros(int(numerotees.size), int(grille.lignes[premiere]), valeur)

    def _dire_sans_code(self, grille: GrilleDeCellules, identites: Sequence[bytes], nettes: Booleens) -> None:
        """Dit une fois les lignes nettes qui n’ont pas de code, dans une table qui en a la colonne."""
        if self._identifiant is None:
            return
        codees = np.array([*map(bool, identites)], np.bool_)
        # Le Ligneur dit ce qu’il en est des autres : ni « Total » ni « None » n’est le code de personne.
        self._journal.a_des_codes = self._journal.a_des_codes or bool((codees & nettes).any())
        sans = np.flatnonzero(nettes & ~codees)
        if sans.size:
            lieu = self._situer(int(grille.lignes[sans[0]]), self._identifiant)
            self._journal.noter_une_fois("lignes-sans-code", lieu, fois=int(sans.size))

    def _dire_les_reserves(self, grille: GrilleDeCellules, nettes: Booleens) -> None:
        """Dit une fois ce que l’outil dit des lignes nettes : non envoyées, d’essai, rejetées."""
        sous: dict[str, list[tuple[int, Booleens]]] = {}
        for rang, reserve in sorted(self._entete.reserves.items()):
            mots = _decoder(grille.colonne(rang), self._encodage)
            dits = {mot for mot in set(mots) if est_sous_reserve(reserve, mot)}
            if dits:
                ici = nettes & np.array([mot in dits for mot in mots], np.bool_)
                sous.setdefault(reserve.code, []).append((rang, ici))
        for code, colonnes in sous.items():
            toutes = np.logical_or.reduce([ici for _, ici in colonnes])
            if toutes.any():
                premiere = int(toutes.argmax())
                rang = next(rang for rang, ici in colonnes if ici[premiere])
                cellule = grille.ligne(premiere)[rang]
                ligne = int(grille.lignes[premiere])
                self._ligneur.dire_une_reserve(code, ligne, rang, cellule, int(toutes.sum()))

    def _ecrites(self, grille: GrilleDeCellules, rang: int) -> Booleens:
        """Où une colonne porte autre chose que des blancs."""
        ecrites = grille.remplies(rang)
        if ecrites.any():
            mots = _decoder(grille.colonne(rang), self._encodage)
            ecrites = np.array([mot.isalnum() or bool(str(lire_mots(mot))) for mot in mots], np.bool_)
        return ecrites


def _decoder(cellules: Sequence[Brute], encodage: str) -> list[str]:
    """Les cellules d’une colonne en textes."""
    return [cellule if isinstance(cellule, str) else cellule.decode(encodage) for cellule in cellules]


def _tous_simples(un_par_ligne: str, nombre: int) -> bool:
    # Une cellule peut porter une fin de ligne : « deux\nlignes » n’est pas deux identifiants.
    return un_par_ligne.count("\n") == nombre and _SIMPLES.fullmatch(un_par_ligne) is not None


def _joindre(cellules: Sequence[Brute], encodage: str) -> str:
    """Les cellules d’une colonne, une par ligne."""
    if isinstance(cellules[0], bytes):
        return b"\n".join([*cellules, b""]).decode(encodage)  # type: ignore[list-item]
    return "\n".join([*cellules, ""])  # type: ignore[list-item]


def _en_utf8(cellules: Sequence[Brute], encodage: str) -> list[bytes]:
    """Les cellules en UTF-8, sans rien refaire si elles y sont déjà."""
    if encodage == "utf-8" and isinstance(cellules[0], bytes):
        return list(cellules)  # type: ignore[arg-type]
    return [mot.encode() for mot in _decoder(cellules, encodage)]


def _sans_code(lignes: Entiers) -> list[bytes]:
    return [b"ligne %d" % ligne for ligne in lignes.tolist()]


def _a_relire(trace: str) -> bool:
    """Vrai pour une trace dont il y a quelque chose à dire : une erreur de tableur, ou trop de signes."""
    return len(trace) > TRACE_MAX or (("#" in trace or ":" in trace) and isinstance(lire_mots(trace), Piege))


def _est_une_place(mots: str, dimension: DimensionDePlace) -> bool:
    try:
        lire_niveau_de_place(mots, dimension)
    except ValueError:
        return False
    return True


def _garder(lot: Lot, gardees: Booleens) -> Lot:
    indices = np.flatnonzero(gardees).tolist()
    return Lot(
        lot.lignes[gardees],
        [lot.identites[k] for k in indices],
        [lot.textes[k] for k in indices],
        lot.contextes[gardees],
        lot.codes[:, gardees],
    )
