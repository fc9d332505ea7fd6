"""Une ligne d’une table de réponses devient un relevé ; ce qui n’est pas pris devient une anomalie située."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from typing import NamedTuple

from cpit.coeur.cohorte import Releve
from cpit.coeur.passation import REGARDS, TRACE_MAX, Passation, Reponse, est_un_moment, sans_reponse
from cpit.coeur.referentiel import QuestionProfil
from cpit.erreurs import Anomalie, ErreurCpit, Gravite, Lieu, anomalie
from cpit.lecture.dechiffrement import VALEUR_ABSENTE, Dechiffreur, lire_mots, replier_libelle
from cpit.lecture.entetes import ColonneLue, Entete, Nomenclature, Role
from cpit.tableur.pieges import Piege
from cpit.typographie import grouper


@dataclass(frozen=True, slots=True)
class LectureSource:
    """Le contenu d’un fichier de réponses.

    ``anomalies`` : les refus (une réponse, une ligne ou tout le fichier) et les avertissements, dans l’ordre.
    """

    source: str
    releves: tuple[Releve, ...] = ()
    anomalies: tuple[Anomalie, ...] = ()


class BilanDeSource(NamedTuple):
    """Ce qu’un fichier a donné : son nom, les passations lues, les anomalies de gravité refus."""

    nom: str
    passations: int
    refus: int


DETAIL_MAX = 10_000
"""Anomalies détaillées par source et par gravité ; au-delà, on les compte."""
_EN_NOMBRE = frozenset({"refus-en-nombre", "avertissements-en-nombre"})
"""Anomalies qui en comptent d’autres."""
IDENTIFIANT_MAX = 200
_MEMOIRE_MAX = 64
"""Signes d’une cellule de réponse que l’on retient ; une plus longue n’est presque jamais vue deux fois."""
LIGNES_DITES_MAX = 1_048_576
"""Lignes d’une feuille de tableur ; un CSV lu d’un bloc n’en a pas plus."""

_RAISONS = {
    "cellule-date": "la cellule est une date",
    "cellule-booleen": "la cellule est VRAI ou FAUX",
    "cellule-erreur": "la cellule contient une erreur de tableur",
    "cellule-formule": "la cellule est une formule sans valeur calculée",
    "cellule-fusionnee": "la cellule est prise dans une fusion",
}
Situer = Callable[[int, int], Lieu]
"""Lieu d’une cellule, d’après le numéro de sa ligne et le rang de sa colonne (à partir de 0)."""

_Contexte = tuple[str, str, Mapping[str, str]]
"""Moment, regard, profil."""

_AUCUNE = frozenset[str]()


@contextmanager
def sans_ramasse_miettes() -> Iterator[None]:
    """Suspend le ramasse-miettes pendant qu’on bâtit une longue table : rien n’y forme de cycle, et il y passe la
    moitié du temps.
    """
    actif = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if actif:
            gc.enable()


class Journal:
    """Les anomalies d’une source, dans l’ordre, bornées : un fichier hostile en mérite des millions."""

    def __init__(self, debut: Iterable[Anomalie] = ()) -> None:
        self._anomalies: list[Anomalie] = []
        self._comptes = dict.fromkeys(Gravite, 0)
        for une in debut:
            self.noter(une)

    def noter(self, une: Anomalie) -> None:
        """Garde une anomalie, ou la compte s’il y en a déjà trop."""
        self._comptes[une.gravite] += 1
        if self._comptes[une.gravite] <= DETAIL_MAX:
            self._anomalies.append(une)

    def plein(self, gravite: Gravite) -> bool:
        """Vrai si les anomalies de cette gravité ne sont plus que comptées."""
        return self._comptes[gravite] >= DETAIL_MAX

    def compter(self, gravite: Gravite, nombre: int) -> None:
        """Compte des anomalies sans les détailler ; à n’appeler que sur un journal plein."""
        self._comptes[gravite] += nombre

    def clore(self, source: str) -> tuple[Anomalie, ...]:
        """Les anomalies gardées, puis le compte des autres."""
        refus = self._comptes[Gravite.REFUS] - DETAIL_MAX
        avertissements = self._comptes[Gravite.AVERTISSEMENT] - DETAIL_MAX
        fin = [anomalie("refus-en-nombre", source, nombre=refus)] if refus > 0 else []
        if avertissements > 0:
            fin.append(anomalie("avertissements-en-nombre", source, nombre=avertissements))
        return (*self._anomalies, *fin)


def compter(anomalies: Iterable[Anomalie], gravite: Gravite) -> int:
    """Nombre d’anomalies d’une gravité, y compris celles qu’un journal a seulement comptées."""
    return sum(
        int(str(une.mots["nombre"])) if une.code in _EN_NOMBRE else 1 for une in anomalies if une.gravite is gravite
    )


class _Memoire(dict[object, Reponse]):
    """La réponse de chaque valeur déjà vue, partagée par toutes les lignes ; ``fautives`` : celles à refuser."""

    def __init__(self, dechiffreur: Dechiffreur) -> None:
        super().__init__()
        self.fautives: set[object] = set()
        self._dechiffreur = dechiffreur
        self._partagees: dict[Reponse, Reponse] = {}

    def __missing__(self, valeur: object) -> Reponse:
        lue, faute = self._dechiffreur.lire(valeur, Lieu(), "")
        reponse = self._partagees.setdefault(lue, lue)
        if faute is not None:
            self.fautives.add(valeur)
        if not isinstance(valeur, str) or len(valeur) <= _MEMOIRE_MAX:
            self[valeur] = reponse
        return reponse


class Ligneur:
    """Lit les lignes d’une table dont l’en-tête est connu.

    Une cellule est un texte, un nombre, un ``Piege``, une date ou rien ; jamais un booléen, qui vaudrait 0 ou 1.
    """

    def __init__(
        self, nomenclature: Nomenclature, entete: Entete, source: str, situer: Situer, journal: Journal
    ) -> None:
        referentiel = nomenclature.referentiel
        self.journal = journal
        self._source, self._situer = source, situer
        self._entete = entete
        self._dechiffreur = Dechiffreur.pour(referentiel)
        self._memoire = _Memoire(self._dechiffreur)
        self._modele = Passation.nouvelle(referentiel)
        items = entete.de_role(Role.ITEM)
        self._items = items
        self._rangs = [colonne.rang for colonne in items]
        presents = [colonne.cible.code for colonne in items]
        absents = [item.code for item in referentiel.items if item.code not in set(presents)]
        self._codes = (*presents, *absents)
        self._absentes = (sans_reponse(),) * len(absents)
        self._questions = {question.identifiant: question for question in referentiel.profil}
        self._choix = {question.identifiant: _choix(question) for question in referentiel.profil}
        self._contextes: dict[tuple[object, ...], _Contexte] = {}
        self._ensembles: dict[frozenset[str], frozenset[str]] = {}
        self._colonnes = {role: entete.de_role(role) for role in Role}
        self._rangs_contexte = [c.rang for c in entete.de_role(Role.MOMENT, Role.REGARD, Role.PROFIL)]
        self._sans_nom = bool(entete.de_role(Role.SANS_NOM, Role.NUMERO))
        self._numeros: list[str] = []
        self._nombre_de_numeros = 0

    def lire(self, cellules: Sequence[object], ligne: int) -> Releve | None:
        """Relevé d’une ligne aussi large que l’en-tête ; rien si la ligne est refusée."""
        try:
            if self._sans_nom:
                self._verifier_sans_nom(cellules, ligne)
            identifiant = self._qui(cellules, ligne)
            contexte = self._contexte(cellules, ligne)
        except ErreurCpit as erreur:
            for une in erreur.anomalies:
                self.journal.noter(une)
            return None
        valeurs = [cellules[rang] for rang in self._rangs]
        lues = map(self._memoire.__getitem__, valeurs)
        reponses = dict(zip(self._codes, chain(lues, self._absentes), strict=True))
        refusees = _AUCUNE
        if self._memoire.fautives and not self._memoire.fautives.isdisjoint(valeurs):
            refusees = self._refuser(valeurs, ligne)
        for colonne in self._colonnes[Role.TRACE]:
            self._joindre_trace(reponses, cellules[colonne.rang], colonne, ligne)
        return Releve(self._passation(identifiant, contexte, reponses), self._source, ligne, refusees)

    def clore(self) -> tuple[Anomalie, ...]:
        """Toutes les anomalies de la source."""
        if self._numeros:
            mots = {"nombre": self._nombre_de_numeros, "valeur": self._numeros[0]}
            self.journal.noter(anomalie("colonne-sans-nom", self._source, **mots))
        return self.journal.clore(self._source)

    def _passation(self, identifiant: str, contexte: _Contexte, reponses: dict[str, Reponse]) -> Passation:
        modele = self._modele
        texte = modele.texte_referentiel
        return Passation(modele.referentiel, modele.items, identifiant, *contexte, reponses, texte_referentiel=texte)

    def _contexte(self, cellules: Sequence[object], ligne: int) -> _Contexte:
        """Moment, regard et profil ; deux lignes de mêmes cellules les partagent, si rien n’y est à signaler."""
        cle = tuple([cellules[rang] for rang in self._rangs_contexte])
        deja = self._contextes.get(cle)
        if deja is not None:
            return deja
        moment, regard = self._moment(cellules, ligne), self._regard(cellules, ligne)
        colonnes = self._colonnes[Role.PROFIL]
        choix = [self._choisir(cellules[colonne.rang], colonne, ligne) for colonne in colonnes]
        profil = {c.cible.code: code for c, code in zip(colonnes, choix, strict=True) if code}
        if None not in choix:
            self._contextes[cle] = (moment, regard, profil)
        return moment, regard, profil

    def _verifier_sans_nom(self, cellules: Sequence[object], ligne: int) -> None:
        for colonne in self._colonnes[Role.SANS_NOM]:
            if mots := str(lire_mots(cellules[colonne.rang])):
                raise self._refus("ligne-hors-colonnes", ligne, colonne.rang, valeur=mots)
        for colonne in self._colonnes[Role.NUMERO]:
            if mots := str(lire_mots(cellules[colonne.rang])):
                self._nombre_de_numeros += 1
                if not self._numeros:
                    self._numeros.append(mots)

    def _refus(self, code: str, ligne: int, rang: int, **mots: object) -> ErreurCpit:
        return ErreurCpit([anomalie(code, self._situer(ligne, rang), **mots)])

    def _mots(self, cellules: Sequence[object], role: Role, ligne: int) -> tuple[str, int]:
        """Texte de la seule colonne d’un rôle, vide s’il n’y en a pas, et son rang."""
        for colonne in self._colonnes[role]:
            mots = lire_mots(cellules[colonne.rang])
            if isinstance(mots, Piege):
                raise self._refus(
                    "ligne-sans-identite", ligne, colonne.rang, colonne=colonne.nom, raison=_RAISONS[mots.code]
                )
            return mots, colonne.rang
        return "", 0

    def _qui(self, cellules: Sequence[object], ligne: int) -> str:
        mots, rang = self._mots(cellules, Role.IDENTIFIANT, ligne)
        if len(mots) > IDENTIFIANT_MAX:
            raison = f"plus de {IDENTIFIANT_MAX} signes"
            raise self._refus(
                "ligne-sans-identite", ligne, rang, colonne=self._entete.colonnes[rang].nom, raison=raison
            )
        return " ".join(mots.split()) if not mots.isprintable() else mots

    def _moment(self, cellules: Sequence[object], ligne: int) -> str:
        mots, rang = self._mots(cellules, Role.MOMENT, ligne)
        moment = self._entete.moments_d_evenements.get(replier_libelle(mots), mots.lower())
        if est_un_moment(moment):
            return moment
        if moment:
            raise self._refus("moment-de-ligne", ligne, rang, valeur=mots)
        return "t0"

    def _regard(self, cellules: Sequence[object], ligne: int) -> str:
        mots, rang = self._mots(cellules, Role.REGARD, ligne)
        regard = mots.lower() or "soi"
        if regard not in REGARDS:
            raise self._refus("regard-de-ligne", ligne, rang, valeur=mots, attendus=" ou ".join(REGARDS))
        return regard

    def _choisir(self, valeur: object, colonne: ColonneLue, ligne: int) -> str | None:
        """Code d’un choix, vide si la cellule l’est ; rien, et un avertissement, s’il n’est pas pris."""
        question = colonne.cible.code
        mots = lire_mots(valeur)
        if isinstance(mots, Piege):
            self._avertir(mots, colonne, ligne)
            return None
        plie = replier_libelle(mots)
        code = self._choix[question].get(plie, "")
        if code or plie in {"", VALEUR_ABSENTE}:
            return code
        attendus = ", ".join(choix.code for choix in self._questions[question].choix)
        lieu = self._situer(ligne, colonne.rang)
        self.journal.noter(anomalie("choix-inconnu", lieu, colonne=question, valeur=mots, attendus=attendus))
        return None

    def _avertir(self, piege: Piege, colonne: ColonneLue, ligne: int) -> None:
        lieu = self._situer(ligne, colonne.rang)
        self.journal.noter(anomalie("mots-illisibles", lieu, colonne=colonne.nom, raison=_RAISONS[piege.code]))

    def _refuser(self, valeurs: Sequence[object], ligne: int) -> frozenset[str]:
        """Note une anomalie par réponse fautive, ou la compte s’il y en a déjà trop ; rend les codes de ces items."""
        codes = []
        compter = self.journal.plein(Gravite.REFUS)
        for colonne, valeur in zip(self._items, valeurs, strict=True):
            if valeur in self._memoire.fautives:
                if compter:
                    self.journal.compter(Gravite.REFUS, 1)
                    codes.append(colonne.cible.code)
                    continue
                lieu = self._situer(ligne, colonne.rang)
                _, faute = self._dechiffreur.lire(valeur, lieu, colonne.cible.code)
                if faute is not None:
                    self.journal.noter(faute)
                    codes.append(colonne.cible.code)
        ensemble = frozenset(codes)
        return self._ensembles.setdefault(ensemble, ensemble)

    def _joindre_trace(self, reponses: dict[str, Reponse], valeur: object, colonne: ColonneLue, ligne: int) -> None:
        mots = lire_mots(valeur)
        if isinstance(mots, Piege):
            self._avertir(mots, colonne, ligne)
        elif mots:
            reponses[colonne.cible.code] = replace(reponses[colonne.cible.code], trace=mots)
            for une in dire_une_trace_longue(self._situer(ligne, colonne.rang), colonne.cible.code, mots):
                self.journal.noter(une)


def dire_une_trace_longue(lieu: Lieu, code: str, trace: str) -> Iterator[Anomalie]:
    """L’avertissement d’une trace plus longue qu’on n’en écrit ailleurs, s’il y a lieu : elle n’est pas coupée."""
    if len(trace) > TRACE_MAX:
        yield anomalie("trace-longue", lieu, colonne=code, signes=grouper(len(trace)), limite=grouper(TRACE_MAX))


def _choix(question: QuestionProfil) -> dict[str, str]:
    """Code de chaque choix, par code et par libellé repliés ; le code l’emporte."""
    par_libelle = {replier_libelle(choix.libelle): choix.code for choix in question.choix}
    return par_libelle | {replier_libelle(choix.code): choix.code for choix in question.choix}
