"""Une ligne d’une table de réponses devient un relevé ; ce qui n’est pas pris devient une anomalie située."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from string import ascii_uppercase
from typing import Any, NamedTuple, TypeVar

from cpit.coeur.cohorte import Releve
from cpit.coeur.colonnes import COLONNES_DU_TIERS
from cpit.coeur.passation import (
    DATES_ATTENDUES,
    REGARDS,
    TRACE_MAX,
    DimensionDePlace,
    Etat,
    Passation,
    Reponse,
    lire_la_date,
    replier_code,
    sans_reponse,
)
from cpit.coeur.referentiel import choisis
from cpit.erreurs import ACopier, Anomalie, ErreurCpit, Gravite, Lieu, anomalie, refus
from cpit.lecture.contexte import (
    CHOISISSENT,
    Consignes,
    LecteurDeProfil,
    code_du_regard,
    decoder_du_tiers,
    dire_des_choix_contraires,
    moment_en_mots,
    role_du_regard,
)
from cpit.lecture.dechiffrement import (
    VALEUR_ABSENTE,
    Dechiffreur,
    Remedes,
    lire_mots,
    lire_niveau_de_place,
    ou_dire_un_mot,
    replier_libelle,
)
from cpit.lecture.doubles import colonne_de_la_date
from cpit.lecture.ecartees import (
    EN_TETE_REPETE,
    PETITE_TABLE,
    CellulesACote,
    CodesLus,
    Ecarteur,
    ne_dit_pas_qui,
    replacer_les_colonnes,
)
from cpit.lecture.entetes import DE_PLACE, DU_TIERS, MOMENTS_D_EVENEMENTS, ColonneLue, Entete, Nomenclature, Role
from cpit.lecture.outils import INACHEVEE, ReserveDOutil
from cpit.lecture.porteurs import GroupeDeColonnes, grouper_les_colonnes, lire_un_titre, situer_les_items
from cpit.tableur.classeur_ouvert import Piege
from cpit.typographie import FINE, grouper


@dataclass(frozen=True, slots=True)
class LectureSource:
    """Le contenu d’un fichier de réponses.

    ``anomalies`` : les refus (une réponse, une ligne ou tout le fichier) et les avertissements, dans l’ordre.
    ``suppose`` : ce que l’on suppose, faute que la table ou la commande le dise (« t0, soi »).
    """

    source: str
    releves: tuple[Releve, ...] = ()
    anomalies: tuple[Anomalie, ...] = ()
    suppose: str = ""


class BilanDeSource(NamedTuple):
    """Ce qu’un fichier a donné : son nom, les passations lues, ce qui en est refusé, ce qui en est pris avec réserve.

    ``suppose`` : ce que l’on suppose, faute que la table ou la commande le dise (« t0, soi »).
    """

    nom: str
    passations: int
    refus: int
    suppose: str
    avertissements: int


DETAIL_MAX = 10_000
"""Anomalies détaillées par source et par gravité ; au-delà, on les compte."""
_EN_NOMBRE = frozenset({"refus-en-nombre", "avertissements-en-nombre"})
"""Anomalies qui en comptent d’autres."""
IDENTIFIANT_MAX = 200
LONGUEUR_RETENUE_MAX = 200
"""Longueur d’une cellule que l’on retient : les libellés d’une échelle y tiennent, et une plus longue n’est presque
jamais vue deux fois."""
_REPONSES_MAX = 100_000
"""Façons différentes d’écrire une réponse, dans une table : ses colonnes d’items en auraient quelques dizaines."""
LIGNES_DITES_MAX = 1_048_576
"""Lignes d’une feuille de tableur ; un CSV lu d’un bloc n’en a pas plus."""

_RAISONS = {
    "cellule-date": "la cellule est une date",
    "cellule-booleen": "la cellule est VRAI ou FAUX",
    "cellule-erreur": "la cellule contient une erreur de tableur",
    "cellule-formule": "la cellule est une formule sans valeur calculée",
    "cellule-fusionnee": "la cellule est prise dans une fusion",
    "cellule-contredite": "les lignes de cette personne n’y disent pas toutes la même chose",
}
Situer = Callable[[int, int], Lieu]
"""Lieu d’une cellule, d’après le numéro de sa ligne et le rang de sa colonne (à partir de 0)."""

_Contexte = tuple[str, str, Mapping[str, str]]
"""Moment, regard, profil."""
_Tiers = Mapping[str, str]
"""Code de l’évaluateur, son rôle, sa connaissance du travail : ce qui en est dit."""

_AUCUNE = frozenset[str]()
_AUTRE_TABLE = "autre-table-dessous"
_AUTRE_TITRE = "titre-dessous-inconnu"
_AVANT_UN_TITRE = 3
"""Lignes, vides ou non, entre un titre et les en-têtes qu’il coiffe."""


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
    """Les anomalies d’une source, dans l’ordre, bornées : un fichier hostile en mérite des millions.

    ``a_des_codes`` : vrai dès qu’une ligne dit qui a répondu ; sans cela, que les autres le taisent n’est pas un oubli.
    ``codes`` : ceux des passations prises ; ``reserves`` : ce qui n’y est le code de quelqu’un que par hasard.
    """

    def __init__(self, debut: Iterable[Anomalie] = (), reserves: frozenset[str] = frozenset()) -> None:
        self.a_des_codes = False
        self.codes = CodesLus(reserves)
        self._anomalies: list[Anomalie] = []
        self._comptes = dict.fromkeys(Gravite, 0)
        self._comptees: dict[str, list[Any]] = {}
        self._numeros: tuple[int, int, str] | None = None
        self._titre = (0, "")
        for une in debut:
            self.noter(une)

    def noter(self, une: Anomalie) -> None:
        """Garde une anomalie, ou la compte s’il y en a déjà trop."""
        self._comptes[une.gravite] += 1
        if self._comptes[une.gravite] <= DETAIL_MAX:
            self._anomalies.append(une)

    def noter_une_fois(self, code: str, lieu: Lieu, fois: int = 1, **mots: object) -> None:
        """Garde un constat que toute la source ne mérite qu’une fois, là où il vient d’abord, et compte les autres."""
        constat = self._comptees.setdefault(code, [lieu, mots, 0])
        constat[2] += fois
        if lieu.ligne is not None and lieu.ligne < constat[0].ligne:
            constat[:2] = lieu, mots

    def retenir_un_titre(self, ligne: int, mots: str) -> None:
        """Garde les seuls mots d’une ligne : ce peut être le titre d’une autre table."""
        self._titre = ligne, mots

    def titre_de(self, ligne: int) -> str:
        """Les seuls mots écrits juste au-dessus d’une ligne, vides s’il n’y en a pas."""
        ou, mots = self._titre
        return mots if 0 < ligne - ou <= _AVANT_UN_TITRE else ""

    def compter_des_numeros(self, nombre: int, ligne: int, valeur: str) -> None:
        """Compte des cellules de la première colonne, sans nom ; ``valeur`` : la première d’entre elles, à sa ligne."""
        deja, premiere, vue = self._numeros or (0, ligne, valeur)
        self._numeros = (deja + nombre, min(ligne, premiere), valeur if ligne < premiere else vue)

    def dire_les_numeros(self, source: str) -> None:
        """Note une fois, avec leur compte, les cellules de la première colonne, sans nom."""
        if self._numeros is not None:
            nombre, _, valeur = self._numeros
            self.noter(anomalie("colonne-sans-nom", source, nombre=nombre, valeur=valeur))

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
        # D’une même ligne, de gauche à droite : d’un bloc et en flux, ils ne se trouvent pas dans le même ordre.
        lieux = {code: (lieu.ligne or 0, lieu.colonne or 0, code) for code, (lieu, *_) in self._comptees.items()}
        constats = sorted(self._comptees.items(), key=lambda constat: lieux[constat[0]])
        constats = [constat for constat in constats if constat[0] != "lignes-sans-code" or self.a_des_codes]
        fin = [anomalie(code, lieu, nombre=nombre, **mots) for code, (lieu, mots, nombre) in constats]
        fin += [anomalie("refus-en-nombre", source, nombre=refus)] if refus > 0 else []
        if avertissements > 0:
            fin.append(anomalie("avertissements-en-nombre", source, nombre=avertissements))
        return (*self._anomalies, *fin)


def compter(anomalies: Iterable[Anomalie], gravite: Gravite) -> int:
    """Nombre d’anomalies d’une gravité, y compris celles qu’un journal a seulement comptées."""
    return sum(
        int(str(une.mots["nombre"])) if une.code in _EN_NOMBRE else 1 for une in anomalies if une.gravite is gravite
    )


_Vue = TypeVar("_Vue")
_Vaut = TypeVar("_Vaut")


class ReponsesVues(dict[_Vue, _Vaut]):
    """Ce que vaut chaque réponse vue d’une table ; une longue est comptée, et non retenue."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self._source = source
        self._longues: set[int] = set()

    def retenir(self, vue: _Vue, vaut: _Vaut) -> _Vaut:
        """Ce qu’elle vaut, désormais su.

        :raises ErreurCpit: si la table porte autre chose que des réponses : des dates, des mesures, des récits.
        """
        if isinstance(vue, str | bytes) and len(vue) > LONGUEUR_RETENUE_MAX:
            self._longues.add(hash(vue))
        else:
            self[vue] = vaut
        if len(self) + len(self._longues) > _REPONSES_MAX:
            raise refus("reponses-trop-diverses", self._source, limite=grouper(_REPONSES_MAX))
        return vaut


class _Memoire(ReponsesVues[object, Reponse]):
    """La réponse de chaque valeur déjà vue, partagée par toutes les lignes ; ``fautives`` : celles à refuser ;
    ``absentes`` : celles qui disent en toutes lettres qu’il n’y en a pas.
    """

    def __init__(self, dechiffreur: Dechiffreur, source: str) -> None:
        super().__init__(source)
        self.fautives: set[object] = set()
        self.absentes: set[object] = set()
        self._dechiffreur = dechiffreur
        self._partagees: dict[Reponse, Reponse] = {}

    def __missing__(self, valeur: object) -> Reponse:
        lue = self._dechiffreur.lire_ou_rien(valeur)
        reponse = self._partagees.setdefault(lue, lue) if lue is not None else sans_reponse()
        if lue is None:
            self.fautives.add(valeur)
        elif self._dechiffreur.est_une_absence_ecrite(valeur):
            self.absentes.add(valeur)
        return self.retenir(valeur, reponse)


def suppositions(entete: Entete, consignes: Consignes) -> str:
    """Ce que l’on suppose, si rien ne le dit : « t0, soi, une personne par ligne » ; vide sinon."""
    items = entete.de_role(Role.ITEM, Role.ITEM_REFUSE)
    moment_dit = consignes.moment or entete.de_role(Role.MOMENT) or all(c.cible.moment for c in items)
    regard_dit = consignes.regard or entete.de_role(Role.REGARD) or all(c.cible.regard for c in items)
    dits = {"t0": moment_dit, "soi": regard_dit, "une personne par ligne": entete.de_role(Role.IDENTIFIANT)}
    return ", ".join(suppose for suppose, dit in dits.items() if not dit)


class Ligneur:
    """Lit les lignes d’une table dont l’en-tête est connu.

    Une cellule est un texte, un nombre, un ``Piege``, une date ou rien ; jamais un booléen, qui vaudrait 0 ou 1.
    ``etiquettes`` : les rangs des colonnes où une ligne de total peut dire son nom.
    """

    def __init__(
        self, nomenclature: Nomenclature, entete: Entete, source: str, situer: Situer, journal: Journal
    ) -> None:
        referentiel = nomenclature.referentiel
        self.journal = journal
        self._source, self._situer = source, situer
        self._nomenclature, self._premier = nomenclature, entete
        self._consignes, self._referentiel = nomenclature.consignes, referentiel
        remedes = Remedes(referentiel, self._consignes.valeurs if not self._consignes.correspondance else {})
        self.dechiffreur = Dechiffreur.pour(referentiel, self._consignes.valeurs, entete.valeurs, remedes)
        self._memoire = _Memoire(self.dechiffreur, source)
        self._modele = Passation.nouvelle(referentiel)
        self._profils = {q.identifiant: LecteurDeProfil(q, entete.outil) for q in referentiel.profil}
        self._ensembles: dict[frozenset[str], frozenset[str]] = {}
        self._sous_une_autre = ""
        self._situe = ("", "")
        self._suivre(entete)

    def _suivre(self, entete: Entete) -> None:
        """Lit désormais d’après cet en-tête."""
        self._entete = entete
        self._groupes = grouper_les_colonnes(entete, self._referentiel)
        self._ecarteur = Ecarteur(entete, self._reponse, self._nomenclature)
        self.etiquettes = self._ecarteur.etiquettes
        self._contextes: dict[tuple[object, ...], _Contexte] = {}
        self._colonnes = {role: entete.de_role(role) for role in Role}
        self._rangs_contexte = [c.rang for c in entete.de_role(Role.MOMENT, Role.REGARD, Role.PROFIL)]
        self._reserves = sorted(entete.reserves.items())
        self._date = colonne_de_la_date(entete) if self._consignes.garder in CHOISISSENT else None
        self._equipe = self._colonne_de_l_equipe(entete)
        self._a_des_tiers = bool(entete.de_role(*DU_TIERS))
        self._sans_nom = bool(entete.de_role(Role.SANS_NOM, Role.NUMERO))
        self._a_cote = CellulesACote(entete)

    def _colonne_de_l_equipe(self, entete: Entete) -> ColonneLue | None:
        """La colonne que l’on a nommée pour lire des équipes, quoi qu’elle porte d’autre."""
        if (voulue := self._consignes.equipe) is None:
            return None
        return next((c for c in entete.colonnes if replier_libelle(c.nom) == replier_libelle(voulue)), None)

    @property
    def suit_le_premier_en_tete(self) -> bool:
        """Faux une fois passés des en-têtes écrits plus bas, dans un autre ordre ou d’une autre table."""
        return self._entete is self._premier and not self._sous_une_autre

    @property
    def est_sous_une_petite_table(self) -> bool:
        """Vrai depuis les en-têtes d’une petite table écrite sous les réponses, tant qu’une ligne n’en déborde pas."""
        return self._ecarteur.est_sous_une_petite_table

    def lire(self, cellules: Sequence[object], ligne: int) -> tuple[Releve, ...]:
        """Les relevés d’une ligne aussi large que l’en-tête, un par moment et regard de ses colonnes.

        Aucun si la ligne est refusée, vide, ou si elle n’est personne ; c’est alors dit.
        """
        if self._n_est_personne(cellules, ligne):
            return ()
        try:
            if self._sans_nom and self._n_a_que_des_cellules_a_cote(cellules, ligne):
                return ()
            identifiant = self._qui(cellules, ligne)
            contexte = self._contexte(cellules, ligne)
            tiers = self._tiers(cellules, ligne) if self._a_des_tiers or contexte[1] == "tiers" else {}
        except ErreurCpit as erreur:
            for une in erreur.anomalies:
                self.journal.noter(une)
            return ()
        if self._n_est_qu_un_titre(cellules, ligne):
            cellules = [None if isinstance(cellule, Piege) else cellule for cellule in cellules]
        lus = (self._lire_un_groupe(groupe, cellules, ligne, identifiant, contexte) for groupe in self._groupes)
        releves = tuple([releve for releve in lus if releve is not None])
        if tiers:
            releves = self._attribuer(releves, tiers, ligne)
        releves = self._dater(releves, cellules, ligne)
        releves = self._ranger_en_equipe(releves, cellules, ligne)
        self._dire_sans_code(releves, identifiant, ligne)
        releves = self._avec_ses_reserves(releves, cellules, ligne)
        if not releves:
            self._retenir_un_titre(cellules, ligne)
            qui = identifiant or f"ligne {ligne}"
            rang = self._entete.de_role(Role.ITEM, Role.ITEM_REFUSE)[0].rang
            self.journal.noter(anomalie("passation-vide", self._situer(ligne, rang), code=qui, quand=""))
        return releves

    def _retenir_un_titre(self, cellules: Sequence[object], ligne: int) -> None:
        mots = [mot for cellule in cellules if not isinstance(cellule, Piege) and (mot := str(lire_mots(cellule)))]
        if len(mots) == 1:
            self.journal.retenir_un_titre(ligne, mots[0])

    def _dire_sans_code(self, releves: Sequence[Releve], identifiant: str, ligne: int) -> None:
        colonnes = self._colonnes[Role.IDENTIFIANT]
        if identifiant:
            self.journal.a_des_codes = True
            if releves:
                self.journal.codes.noter([identifiant], [ligne])
        elif colonnes and releves:
            self.journal.noter_une_fois("lignes-sans-code", self._situer(ligne, colonnes[0].rang))

    def _n_est_personne(self, cellules: Sequence[object], ligne: int) -> bool:
        """Vrai, et c’est dit, pour une ligne qui n’est pas d’une personne de cette table."""
        if (ecart := self._ecarteur.raison(cellules, ligne)) is not None:
            self._ecarter(*ecart, cellules, ligne)
            return True
        if self._sous_une_autre:
            self.journal.noter_une_fois(self._sous_une_autre, self._situer(ligne, 0))
        return bool(self._sous_une_autre)

    def _ecarter(self, code: str, rang: int, valeur: str, cellules: Sequence[object], ligne: int) -> None:
        """Dit pourquoi une ligne n’est personne ; des en-têtes répétés peuvent changer l’ordre de ce qui les suit."""
        lieu = self._situer(ligne, rang)
        if code == PETITE_TABLE:
            self.journal.noter_une_fois(code, lieu, valeur=valeur)
            return
        if code == EN_TETE_REPETE:
            entete = replacer_les_colonnes(self._premier, cellules, self._nomenclature)
            self._sous_une_autre = _AUTRE_TABLE if entete is None else ""
            if entete is None:
                self.journal.noter_une_fois(_AUTRE_TABLE, lieu, fois=0)
                return
            if entete is not self._premier:
                code = "en-tete-autre-ordre"
            entete = self._situer_sous_un_titre(entete, ligne)
            if entete is not self._entete:
                self._suivre(entete)
        self.journal.noter(anomalie(code, lieu, valeur=valeur))

    def _situer_sous_un_titre(self, entete: Entete, ligne: int) -> Entete:
        """Des en-têtes redits plus bas, au moment et sous le regard que dit leur titre, à défaut ceux du précédent.

        Un titre qui en dit un autre sans qu’on sache lequel fait laisser ce qui suit, et c’est dit.
        """
        titre = self.journal.titre_de(ligne)
        moment, regard, inconnu = lire_un_titre(titre)
        dits = [
            mot if self._peut_etre_situe(role) else "" for role, mot in ((Role.MOMENT, moment), (Role.REGARD, regard))
        ]
        lieu = self._situer(ligne, 0)
        if inconnu is not None and self._peut_etre_situe(inconnu):
            self._sous_une_autre = _AUTRE_TITRE
            self.journal.noter_une_fois(_AUTRE_TITRE, lieu, fois=0, titre=titre, role=str(inconnu))
        elif any(dits):
            self._situe = (dits[0] or self._situe[0], dits[1] or self._situe[1])
            self.journal.noter(anomalie("titre-dessous", lieu, titre=titre, valeurs=", ".join(filter(None, dits))))
        return situer_les_items(entete, *self._situe) if any(self._situe) else entete

    def _peut_etre_situe(self, role: Role) -> bool:
        """Vrai si ni une colonne, ni la commande ne disent le moment, ou le regard, et si la table n’en a qu’un."""
        cibles = [colonne.cible for colonne in self._premier.de_role(Role.ITEM, Role.ITEM_REFUSE)]
        moment = role is Role.MOMENT
        donne = self._consignes.moment if moment else self._consignes.regard
        return not donne and not self._colonnes[role] and len({c.moment if moment else c.regard for c in cibles}) == 1

    def ecarter_un_total(self, cellules: Sequence[object], ligne: int) -> None:
        """Dit qu’une ligne que le tableur déclare être ses totaux n’est personne."""
        mots = ((rang, str(lire_mots(cellule))) for rang, cellule in enumerate(cellules))
        rang, valeur = next(((rang, mot) for rang, mot in mots if mot), (0, ""))
        self.journal.noter(anomalie("ligne-de-total", self._situer(ligne, rang), valeur=valeur))

    def situer_dans_le_temps(self, cellules: Sequence[object], ligne: int) -> _Contexte | None:
        """Moment, regard et profil d’une ligne dont rien d’autre ne se lit ; rien s’il y a de quoi la refuser."""
        try:
            moment, regard, profil = self._contexte(cellules, ligne)
        except ErreurCpit:
            return None
        return self._groupes[0].moment or moment, self._groupes[0].regard or regard, profil

    def reconnaitre(self, cellules: Sequence[object], ligne: int) -> tuple[str, str, str] | None:
        """Le code, le moment et le regard d’une ligne, sans ses réponses ; rien s’il y a de quoi la refuser."""
        try:
            identifiant = self._qui(cellules, ligne)
        except ErreurCpit:
            return None
        contexte = self.situer_dans_le_temps(cellules, ligne)
        return None if contexte is None else (identifiant, *contexte[:2])

    def _lire_un_groupe(
        self, groupe: GroupeDeColonnes, cellules: Sequence[object], ligne: int, identifiant: str, contexte: _Contexte
    ) -> Releve | None:
        """Le relevé des colonnes d’un moment et d’un regard ; rien si aucune réponse n’y est donnée."""
        valeurs = [cellules[rang] for rang in groupe.rangs]
        lues = list(map(self._memoire.__getitem__, valeurs))
        fautif = bool(self._memoire.fautives) and not self._memoire.fautives.isdisjoint(valeurs)
        if self._memoire.absentes:
            self._dire_les_absences(groupe, valeurs, ligne)
        ecartees = self._remplies(groupe.refusees, cellules) if groupe.refusees else _AUCUNE
        if not fautif and not ecartees and all(reponse.etat is Etat.SANS_REPONSE for reponse in lues):
            self._dire_sans_reponse(groupe, cellules, ligne)
            return None
        reponses = dict(zip(groupe.codes, chain(lues, groupe.absentes), strict=True))
        refusees = ecartees | self._refuser(groupe.items, valeurs, ligne) if fautif else ecartees
        for colonne in groupe.traces:
            self._joindre_trace(reponses, cellules[colonne.rang], colonne, ligne)
        for colonne in groupe.places:
            self._joindre_place(reponses, cellules[colonne.rang], colonne, ligne)
        moment, regard, profil = contexte
        vu = groupe.moment or moment, groupe.regard or regard, profil
        date = "" if self._date is None else str(lire_mots(cellules[self._date]))
        return Releve(self._passation(identifiant, vu, reponses), self._source, ligne, refusees, date=date)

    def _dire_sans_reponse(self, groupe: GroupeDeColonnes, cellules: Sequence[object], ligne: int) -> None:
        """Dit ce qui n’accompagne aucune réponse, à l’un des moments d’une ligne ; seul, c’est une passation vide."""
        if len(self._groupes) == 1:
            return
        for colonne in (*groupe.traces, *groupe.places):
            if not _est_absente(lire_mots(cellules[colonne.rang])):
                self.journal.noter_une_fois("a-cote-sans-reponse", self._situer(ligne, colonne.rang), nom=colonne.nom)
                return

    def _avec_ses_reserves(
        self, releves: tuple[Releve, ...], cellules: Sequence[object], ligne: int
    ) -> tuple[Releve, ...]:
        """Les relevés d’une ligne, inachevés si l’outil le dit ; un essai, un rejet sont dits de même."""
        if not releves or not self._reserves:
            return releves
        dites = [(rang, reserve) for rang, reserve in self._reserves if est_sous_reserve(reserve, cellules[rang])]
        for code in dict.fromkeys(reserve.code for _, reserve in dites):
            rang = next(rang for rang, reserve in dites if reserve.code == code)
            self.dire_une_reserve(code, ligne, rang, cellules[rang])
        inachevee = any(reserve.code == INACHEVEE for _, reserve in dites)
        return tuple([replace(r, inachevee=True) for r in releves]) if inachevee else releves

    def dire_une_reserve(self, code: str, ligne: int, rang: int, cellule: object, fois: int = 1) -> None:
        """Dit, une fois pour toute la source, ce que l’outil dit de ces réponses, et dans quelle colonne."""
        vu = str(lire_mots(cellule))
        mots = {"colonne": self._entete.colonnes[rang].nom, "vu": f"«{FINE}{vu}{FINE}»" if vu else "vide"}
        self.journal.noter_une_fois(code, self._situer(ligne, rang), fois=fois, **mots)

    def _dire_les_absences(self, groupe: GroupeDeColonnes, valeurs: Sequence[object], ligne: int) -> None:
        """Compte les « NA » d’une ligne : c’est dit une fois par source."""
        rangs = [rang for rang, v in zip(groupe.rangs, valeurs, strict=True) if v in self._memoire.absentes]
        if rangs:
            self.journal.noter_une_fois("absences-ecrites", self._situer(ligne, rangs[0]), fois=len(rangs))

    def _remplies(self, colonnes: Iterable[ColonneLue], cellules: Sequence[object]) -> frozenset[str]:
        """Les codes des items dont la cellule, prise ou fautive, n’est pas vide."""
        remplies = frozenset(
            colonne.cible.code
            for colonne in colonnes
            if self._memoire[valeur := cellules[colonne.rang]].etat is not Etat.SANS_REPONSE
            or valeur in self._memoire.fautives
        )
        return self._ensembles.setdefault(remplies, remplies)

    def _n_est_qu_un_titre(self, cellules: Sequence[object], ligne: int) -> bool:
        """Vrai pour une note écrite en travers de la table : une fusion de cette ligne couvre toutes ses réponses."""
        items = [cellules[rang] for groupe in self._groupes for rang in groupe.rangs]
        if items and items[0] and not isinstance(items[0], Piege):
            return False
        couvertes = [cellule for cellule in items if isinstance(cellule, Piege) and cellule.code == "cellule-fusionnee"]
        ici = all(cellule.vu.lstrip(ascii_uppercase) == str(ligne) for cellule in couvertes)
        return bool(couvertes) and ici and all(c in couvertes or c is None or c == "" for c in items)

    def _reponse(self, cellule: object) -> Reponse | None:
        """La réponse d’une cellule ; rien si elle est refusée."""
        reponse = self._memoire[cellule]
        return None if cellule in self._memoire.fautives else reponse

    def clore(self) -> tuple[Anomalie, ...]:
        """Toutes les anomalies de la source."""
        self.journal.dire_les_numeros(self._source)
        for code, ligne in self.journal.codes.douteux():
            rang = self._colonnes[Role.IDENTIFIANT][0].rang
            self.journal.noter(anomalie("code-seul-de-sa-forme", self._situer(ligne, rang), valeur=code))
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
        self._exiger_l_accord_des_en_tetes(moment, regard, ligne)
        colonnes = self._colonnes[Role.PROFIL]
        choix = [self._choisir(cellules[colonne.rang], colonne, ligne) for colonne in colonnes]
        donnes: dict[str, list[str]] = {}
        for colonne, reponse in zip(colonnes, choix, strict=True):
            donnes.setdefault(colonne.cible.code, []).extend(choisis(reponse or ""))
        contraires = self._ecarter_les_contraires(donnes, ligne)
        # Un outil peut dire les mêmes choix deux fois : dans une cellule, et dans une colonne par choix.
        profil = {code: self._profils[code].question.joindre(codes) for code, codes in donnes.items() if codes}
        if None not in choix and not contraires:
            self._contextes[cle] = (moment, regard, profil)
        return moment, regard, profil

    def _ecarter_les_contraires(self, donnes: dict[str, list[str]], ligne: int) -> bool:
        """Ôte, et dit, chaque réponse de profil qui se contredit ; vrai s’il y en a."""
        trouves = False
        for code, codes in donnes.items():
            question = self._profils[code].question
            # La cellule du choix contraire s’il a sa colonne, sinon celle qui les tient tous.
            siennes = [c for c in self._colonnes[Role.PROFIL] if c.cible.code == code]
            seul = question.aucun.code if question.aucun else ""
            rang = next((c.rang for c in siennes if c.cible.choix == seul), siennes[0].rang)
            for une in dire_des_choix_contraires(self._situer(ligne, rang), question, list(dict.fromkeys(codes))):
                self.journal.noter(une)
                codes.clear()
                trouves = True
        return trouves

    def _exiger_l_accord_des_en_tetes(self, moment: str, regard: str, ligne: int) -> None:
        """Refuse une ligne dont le moment ou le regard n’est pas celui que nomment les en-têtes de ses items."""
        for rang, cites in self._entete.contextes_cites.items():
            for role, cite, dit in zip((Role.MOMENT, Role.REGARD), cites, (moment, regard), strict=True):
                if cite and self._colonnes[role] and cite != dit:
                    mots = {"role": role, "cite": cite, "dit": dit, "en_tete": self._entete.colonnes[rang].nom}
                    raise self._refus("contexte-contredit", ligne, rang, **mots)

    def _n_a_que_des_cellules_a_cote(self, cellules: Sequence[object], ligne: int) -> bool:
        """Vrai si une ligne n’est remplie que dans des colonnes sans nom, à droite de la table : une légende, une note.

        :raises ErreurCpit: si une telle cellule peut être une réponse décalée.
        """
        remplies = self._a_cote.remplies(cellules)
        if remplies:
            rang = remplies[0]
            if not self._a_cote.sont_a_cote(cellules, remplies, self._reponse):
                raise self._refus("ligne-hors-colonnes", ligne, rang, valeur=str(lire_mots(cellules[rang])))
            self.mettre_a_cote(ligne, rang, len(remplies))
        self._compter_un_numero(cellules, ligne)
        if not self._a_cote.porte_quelque_chose(cellules):
            self._retenir_un_titre(cellules, ligne)
            return bool(remplies)
        return False

    def mettre_a_cote(self, ligne: int, rang: int, nombre: int = 1) -> None:
        """Dit, une fois pour toute la source, que des cellules à droite de la table ne sont pas lues."""
        self.journal.noter_une_fois("cellules-a-cote", self._situer(ligne, rang), fois=nombre)

    def _compter_un_numero(self, cellules: Sequence[object], ligne: int) -> None:
        for colonne in self._colonnes[Role.NUMERO]:
            if mots := str(lire_mots(cellules[colonne.rang])):
                self.journal.compter_des_numeros(1, ligne, mots)

    def _refus(self, code: str, ligne: int, rang: int, **mots: object) -> ErreurCpit:
        return ErreurCpit([anomalie(code, self._situer(ligne, rang), **mots)])

    def _ligne_non_lue(self, code: str, ligne: int, rang: int, **mots: object) -> ErreurCpit:
        """Le refus d’une ligne pour un mot que l’on peut dire dans une correspondance."""
        colonne = self._entete.colonnes[rang]
        ou_dire = self._ou_dire(colonne.nom, str(colonne.cible.role), str(mots["valeur"]))
        return self._refus(code, ligne, rang, **mots, portee="la ligne n’est pas lue", ou_dire=ou_dire)

    def _ou_dire(self, *ligne: str) -> ACopier:
        en_tete, porte, mot = ligne
        referentiel, correspondance = self.dechiffreur.referentiel, self._consignes.correspondance
        return ou_dire_un_mot(self._source, referentiel, correspondance, (en_tete, porte, mot))

    def _mots(self, cellules: Sequence[object], role: Role, ligne: int) -> tuple[str, int]:
        """Texte de la seule colonne d’un rôle, vide s’il n’y en a pas, et son rang."""
        for colonne in self._colonnes[role]:
            mots = lire_mots(cellules[colonne.rang])
            if isinstance(mots, Piege):
                raise self._refus(
                    "ligne-sans-identite", ligne, colonne.rang, colonne=colonne.nom, raison=_RAISONS[mots.code]
                )
            return self._dire(mots, colonne), colonne.rang
        return "", 0

    def _dire(self, mots: str, colonne: ColonneLue) -> str:
        """Ce que la correspondance dit qu’un mot de cette colonne veut dire ; lui-même sinon."""
        dits = self._consignes.mots.get(replier_libelle(colonne.nom)) if self._consignes.mots else None
        return mots if dits is None else dits.get(replier_libelle(mots), mots)

    def _qui(self, cellules: Sequence[object], ligne: int) -> str:
        mots, rang = self._mots(cellules, Role.IDENTIFIANT, ligne)
        if len(mots) > IDENTIFIANT_MAX:
            raison = f"plus de {IDENTIFIANT_MAX} signes"
            raise self._refus(
                "ligne-sans-identite", ligne, rang, colonne=self._entete.colonnes[rang].nom, raison=raison
            )
        mots = " ".join(mots.split()) if not mots.isprintable() else mots
        if ne_dit_pas_qui(mots):
            # Deux « Anonyme » sont deux personnes, jamais la même d’un moment à l’autre.
            return ""
        if mots[:1].isdecimal() and (trouve := _DECIMAL_NUL.fullmatch(mots)):
            self.journal.noter_une_fois("identifiants-decimaux", self._situer(ligne, rang), valeur=mots, lu=trouve[1])
            return trouve[1]
        return mots

    def _tiers(self, cellules: Sequence[object], ligne: int) -> _Tiers:
        """L’évaluateur d’une ligne, ce qu’il est pour la personne, s’il connaît son travail."""
        lus = [self._mots(cellules, role, ligne) for role in DU_TIERS]
        for mots, rang in lus:
            if len(mots) > IDENTIFIANT_MAX:
                nom, raison = self._entete.colonnes[rang].nom, f"plus de {IDENTIFIANT_MAX} signes"
                raise self._refus("ligne-sans-identite", ligne, rang, colonne=nom, raison=raison)
        nets = (" ".join(mots.split()) for mots, _ in lus)
        dits = {c.cle: decoder_du_tiers(c.cle, net) for c, net in zip(COLONNES_DU_TIERS, nets, strict=True) if net}
        if ne_dit_pas_qui(dits.get("evaluateur", "")):
            rang = self._colonnes[Role.EVALUATEUR][0].rang
            self.journal.noter_une_fois("passation-d-inconnu", self._situer(ligne, rang), valeur=dits.pop("evaluateur"))
        role = role_du_regard(self._mots(cellules, Role.REGARD, ligne)[0])
        return {"role_evaluateur": role, **dits} if role else dits

    def _attribuer(self, releves: Sequence[Releve], tiers: _Tiers, ligne: int) -> tuple[Releve, ...]:
        """Les relevés d’une ligne, le tiers joint à ceux de son regard ; sur soi, il n’y en a pas, et c’est dit."""
        evaluateur = tiers.get("evaluateur", "")
        rendus = tuple(
            replace(r, passation=r.passation.attribuee(tiers)) if r.passation.regard == "tiers" else r for r in releves
        )
        autre = evaluateur and any(replier_code(r.passation.identifiant) != replier_code(evaluateur) for r in releves)
        if autre and all(r.passation.regard != "tiers" for r in releves):
            rang = self._colonnes[Role.EVALUATEUR][0].rang
            self.journal.noter_une_fois("evaluateur-de-soi", self._situer(ligne, rang), valeur=evaluateur)
        return rendus

    def _dater(self, releves: Sequence[Releve], cellules: Sequence[object], ligne: int) -> tuple[Releve, ...]:
        """Les relevés d’une ligne, datés ; une date que l’on ne comprend pas n’est pas prise, et se dit.

        Une ligne qui porte plusieurs moments n’en date aucun : on ne sait lequel elle dit.
        """
        for colonne in self._colonnes[Role.DATE_MOMENT]:
            cellule = cellules[colonne.rang]
            mots = cellule.isoformat()[:10] if isinstance(cellule, date) else str(lire_mots(cellule))
            lue = lire_la_date(mots) if len(self._groupes) == 1 else None
            if mots and lue is None:
                attendu = DATES_ATTENDUES if len(self._groupes) == 1 else "une ligne par moment, chacune avec sa date"
                lieu = self._situer(ligne, colonne.rang)
                self.journal.noter(anomalie("date-de-moment-incomprise", lieu, valeur=mots, attendu=attendu))
            releves = [replace(r, passation=replace(r.passation, date_moment=lue or "")) for r in releves]
        return tuple(releves)

    def _moment(self, cellules: Sequence[object], ligne: int) -> str:
        mots, rang = self._mots(cellules, Role.MOMENT, ligne)
        if not mots:
            return self._consignes.moment or "t0"
        evenement = MOMENTS_D_EVENEMENTS.get(replier_libelle(mots))
        moment = evenement or moment_en_mots(mots, self._referentiel)
        if moment is None:
            raise self._ligne_non_lue("moment-de-ligne", ligne, rang, valeur=mots)
        return moment

    def _regard(self, cellules: Sequence[object], ligne: int) -> str:
        mots, rang = self._mots(cellules, Role.REGARD, ligne)
        if not mots:
            return self._consignes.regard or "soi"
        regard = code_du_regard(mots)
        if regard is None:
            raise self._ligne_non_lue("regard-de-ligne", ligne, rang, valeur=mots, attendus=" ou ".join(REGARDS))
        return regard

    def _choisir(self, valeur: object, colonne: ColonneLue, ligne: int) -> str | None:
        """La réponse d’une cellule, vide si elle l’est ; rien, et un avertissement, si elle n’est pas prise."""
        lecteur, choix = self._profils[colonne.cible.code], colonne.cible.choix
        if choix and (coche := lecteur.lire_une_coche(choix, valeur)) is not None:
            return choix if coche else ""
        mots = lire_mots(valeur)
        if isinstance(mots, Piege):
            self._avertir(mots, colonne, ligne)
            return None
        mots = self._dire(mots, colonne)
        reponse = None if choix else lecteur.lire(mots)
        if reponse is not None or replier_libelle(mots) in {"", VALEUR_ABSENTE}:
            return reponse or ""
        attendus = "1, x, oui, Y, ou 0, non, N" if choix else ", ".join(c.code for c in lecteur.question.choix)
        lieu = self._situer(ligne, colonne.rang)
        nom = colonne.nom if choix else colonne.cible.code
        dits = {"colonne": nom, "valeur": mots, "attendus": attendus, "portee": ""}
        ou_dire = "" if choix else self._ou_dire(colonne.nom, colonne.cible.code, str(mots))
        self.journal.noter(anomalie("choix-inconnu", lieu, **dits, ou_dire=ou_dire))
        return None

    def _ranger_en_equipe(
        self, releves: tuple[Releve, ...], cellules: Sequence[object], ligne: int
    ) -> tuple[Releve, ...]:
        """Les relevés d’une ligne et leur équipe, telle qu’écrite aux blancs près ; sans elle si elle ne se lit pas."""
        colonne = self._equipe
        if colonne is None or not releves:
            return releves
        mots = lire_mots(cellules[colonne.rang])
        if isinstance(mots, Piege):
            self._avertir(mots, colonne, ligne)
            return releves
        equipe = " ".join(self._dire(mots, colonne).split())
        if replier_libelle(equipe) in {"", VALEUR_ABSENTE}:
            return releves
        return tuple(replace(releve, equipe=equipe) for releve in releves)

    def _avertir(self, piege: Piege, colonne: ColonneLue, ligne: int) -> None:
        lieu = self._situer(ligne, colonne.rang)
        self.journal.noter(anomalie("mots-illisibles", lieu, colonne=colonne.nom, raison=_RAISONS[piege.code]))

    def _refuser(self, items: Sequence[ColonneLue], valeurs: Sequence[object], ligne: int) -> frozenset[str]:
        """Note une anomalie par réponse fautive, ou la compte s’il y en a déjà trop ; rend les codes de ces items."""
        codes = []
        compter = self.journal.plein(Gravite.REFUS)
        for colonne, valeur in zip(items, valeurs, strict=True):
            if valeur in self._memoire.fautives:
                if compter:
                    self.journal.compter(Gravite.REFUS, 1)
                    codes.append(colonne.cible.code)
                    continue
                lieu = self._situer(ligne, colonne.rang)
                _, faute = self.dechiffreur.lire(valeur, lieu, colonne.cible.code)
                if faute is not None:
                    self.journal.noter(faute)
                    codes.append(colonne.cible.code)
        ensemble = frozenset(codes)
        return self._ensembles.setdefault(ensemble, ensemble)

    def _joindre_trace(self, reponses: dict[str, Reponse], valeur: object, colonne: ColonneLue, ligne: int) -> None:
        mots = lire_mots(valeur)
        if isinstance(mots, Piege):
            self._avertir(mots, colonne, ligne)
        elif not _est_absente(mots):
            reponses[colonne.cible.code] = replace(reponses[colonne.cible.code], trace=mots)
            for une in dire_une_trace_longue(self._situer(ligne, colonne.rang), colonne.cible.code, mots):
                self.journal.noter(une)

    def _joindre_place(self, reponses: dict[str, Reponse], valeur: object, colonne: ColonneLue, ligne: int) -> None:
        dimension, code = DE_PLACE[colonne.cible.role], colonne.cible.code
        try:
            niveau = lire_niveau_de_place(valeur, dimension)
        except ValueError:
            if self.journal.plein(Gravite.REFUS):
                self.journal.compter(Gravite.REFUS, 1)
            else:
                self.journal.noter(refuser_une_place(self._situer(ligne, colonne.rang), dimension, code, valeur))
            return
        if niveau is not None:
            reponses[code] = reponses[code].situee(dimension.cle, niveau)


def _est_absente(mots: str | Piege) -> bool:
    """Vrai si une trace, ou une place, n’en dit rien : vide, ou le « NA » que R écrit à la place d’un vide."""
    return not isinstance(mots, Piege) and mots.casefold() in {"", VALEUR_ABSENTE}


def refuser_une_place(lieu: Lieu, dimension: DimensionDePlace, code: str, valeur: object) -> Anomalie:
    """Le refus d’une fréquence, ou d’une importance, qui n’est pas un niveau."""
    attendus = ", ".join(f"{niveau} ({mots})" for niveau, mots in dimension.niveaux.items())
    return anomalie("place-inconnue", lieu, colonne=dimension.cle_de(code), valeur=valeur, attendus=attendus)


def dire_une_trace_longue(lieu: Lieu, code: str, trace: str) -> Iterator[Anomalie]:
    """L’avertissement d’une trace plus longue qu’on n’en écrit ailleurs, s’il y a lieu : elle n’est pas coupée."""
    if len(trace) > TRACE_MAX:
        yield anomalie("trace-longue", lieu, colonne=code, signes=grouper(len(trace)), limite=grouper(TRACE_MAX))


_DECIMAL_NUL = re.compile(r"([0-9]{1,15})[.,]0+", re.ASCII)
"""« 7.0 » : ce que pandas fait d’un numéro, dès qu’il en manque un dans la colonne."""


def est_sous_reserve(reserve: ReserveDOutil, cellule: object) -> bool:
    """Vrai si l’outil dit, dans cette cellule, que la réponse n’est pas comme les autres."""
    return replier_libelle(str(lire_mots(cellule))) in reserve.valeurs
