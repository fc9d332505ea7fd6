"""Des tables de réponses dans un classeur de tout format, une ligne par personne : ses feuilles qui portent des items.

Une cellule piégée (formule sans valeur, erreur, fusion, VRAI ou FAUX) se lit comme un ``Piege``, jamais autrement.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from itertools import chain, dropwhile, islice
from pathlib import Path

from cpit.coeur.cohorte import Releve
from cpit.coeur.passation import sans_reponse
from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import ACopier, Anomalie, ErreurCpit, Lieu, anomalie, raison_systeme, refus, refusees
from cpit.lecture.autre_referentiel import LIGNES_JUGEES_MAX, juger_l_echelle
from cpit.lecture.contexte import SANS_CONSIGNE, Consignes
from cpit.lecture.dechiffrement import Dechiffreur, lire_mots
from cpit.lecture.ecartees import codes_reserves
from cpit.lecture.entetes import LUES, Cible, ColonneLue, Entete, Nomenclature, Role, replier_en_tete
from cpit.lecture.formes import GrilleBrute, annonce_une_autre_forme, lire_autrement, sans_item
from cpit.lecture.lignes import (
    LIGNES_DITES_MAX,
    Journal,
    LectureSource,
    Ligneur,
    Situer,
    sans_ramasse_miettes,
    suppositions,
)
from cpit.lecture.porteurs import lire_le_nom_d_une_feuille
from cpit.lecture.reconnaissance import APERCU_MAX, LigneVue, Reperage, lire_entete, porte_des_items, reperer
from cpit.lecture.table_csv import SEPARATEURS
from cpit.tableur.classeur_ouvert import (
    Cases,
    ClasseurOuvert,
    FeuilleRefusee,
    MasqueDeFusions,
    Onglet,
    Piege,
    Pieges,
    Pourcentage,
    est_une_rangee_vide,
    nommer_cellule,
    nommer_colonne,
)
from cpit.tableur.classeurs import ouvrir_classeur, ouvrir_classeur_sur
from cpit.tableur.garde import verifier_tailles
from cpit.tableur.grandes_feuilles import Rangee, suivre_rangees
from cpit.typographie import accorder, enumerer, typographier

# --- une table dont chaque ligne est tout entière dans la première cellule, comme la laisse un CSV mal ouvert ---------


_FEUILLES_MAX, _COLONNES_MAX = 50, 2_000
_LIGNES_DE_TETE = 10
"""Premières lignes remplies où l’en-tête se cherche."""


def _sortir_d_une_colonne(
    classeur: ClasseurOuvert, nomenclature: Nomenclature
) -> tuple[ClasseurOuvert, list[tuple[Onglet, str]]]:
    """Le classeur, les lignes de ces feuilles-là découpées, et par quel séparateur ; un autre est rendu tel quel."""
    trouves = [(o, s) for o in classeur.onglets[:_FEUILLES_MAX] if (s := _separateur(classeur, o, nomenclature))]
    if not trouves:
        return classeur, []
    return _ClasseurDecoupe(classeur, {onglet.partie: separateur for onglet, separateur in trouves}), trouves


def _separateur(classeur: ClasseurOuvert, onglet: Onglet, nomenclature: Nomenclature) -> str:
    """Le séparateur qui fait de la première cellule d’une ligne un en-tête ; vide si rien n’y est à découper."""
    for _, cases in classeur.premieres_lignes(onglet, APERCU_MAX)[:_LIGNES_DE_TETE]:
        seule = cases.get(1)
        if len(cases) > 1 or not isinstance(seule, str):
            continue
        separateur = max(SEPARATEURS, key=seule.count)
        if _porte_deux_items(_decouper(seule, separateur), nomenclature):
            return separateur
    return ""


def _porte_deux_items(noms: list[str], nomenclature: Nomenclature) -> bool:
    cibles = (nomenclature.reconnaitre(nom) for nom in noms[:_COLONNES_MAX])
    return sum(isinstance(cible, Cible) and cible.role is Role.ITEM for cible in cibles) > 1


def _decouper(texte: str, separateur: str) -> list[str]:
    """Les cellules d’une ligne de CSV ; le texte lui-même si elle est mal formée."""
    try:
        return next(csv.reader([texte], delimiter=separateur, strict=True), [])
    except csv.Error:
        return [texte]


class _ClasseurDecoupe(ClasseurOuvert):
    """Un classeur où les lignes de certaines feuilles se découpent ; ``separateurs`` : par partie."""

    def __init__(self, classeur: ClasseurOuvert, separateurs: dict[str, str]) -> None:
        super().__init__()
        self.onglets = classeur.onglets
        self._classeur, self._separateurs = classeur, separateurs

    def _suivre_feuille(self, onglet: Onglet) -> tuple[Pieges, Iterator[tuple[int, Cases]]]:
        """Les lignes d’une feuille, et ses pièges."""
        pieges, lignes = self._classeur.suivre_feuille(onglet)
        return pieges, self._lignes(onglet, lignes)

    def _suivre_lignes(self, onglet: Onglet) -> Iterator[tuple[int, Cases]]:
        """Les lignes d’une feuille."""
        return self._lignes(onglet, self._classeur.suivre_lignes(onglet))

    def _lignes(self, onglet: Onglet, lignes: Iterator[tuple[int, Cases]]) -> Iterator[tuple[int, Cases]]:
        separateur = self._separateurs.get(onglet.partie)
        return ((n, _deplier_les_cases(cases, separateur)) for n, cases in lignes) if separateur else lignes


def _deplier_les_cases(cases: Cases, separateur: str) -> Cases:
    """Les cases d’une ligne découpée ; celles qui étaient à côté viennent après, où elles se verront."""
    seule = cases.get(1)
    if not isinstance(seule, str):
        return cases
    morceaux = _decouper(seule, separateur)
    dedans: Cases = {rang: mot for rang, mot in enumerate(morceaux, 1) if mot}
    return {**dedans, **{len(morceaux) + colonne - 1: case for colonne, case in cases.items() if colonne > 1}}


# --- des tables de réponses dans un classeur de tout format, une ligne par personne -----------------------------------


_TAILLE_MAX = 50_000_000
"""Octets du fichier ; 100 000 lignes de 32 colonnes en pèsent environ 15 millions."""
_DECLARE_MAX = 200_000_000
"""Octets une fois décompressé ; la même table en fait environ 110 millions."""
"""Feuilles où l’on cherche un en-tête."""
_CITEES = 5


@dataclass(frozen=True, slots=True)
class _Table:
    """Une feuille et ses lignes d’en-tête."""

    onglet: Onglet
    reperage: Reperage

    @property
    def largeur(self) -> int:
        """Nombre de colonnes, avec celle, sans nom, où finirait une ligne décalée."""
        return len(self.reperage.principale.cellules) + 1


def lire_table_xlsx(chemin: Path, referentiel: Referentiel, consignes: Consignes = SANS_CONSIGNE) -> LectureSource:
    """Lit une table ; ne lève rien : ce qui n’est pas pris est une anomalie située.

    :param chemin: un fichier que ``verifier_classeur`` vient d’admettre : tout décompresser une fois suffit.
    """
    source = str(chemin)
    try:
        verifier_tailles(chemin, taille_max=_TAILLE_MAX, declare_max=_DECLARE_MAX)
        with ouvrir_classeur(chemin) as classeur:
            return _Classeur(source, classeur, referentiel, consignes).lire()
    except FeuilleRefusee as erreur:
        return LectureSource(source, anomalies=(anomalie("table-illisible", erreur.lieu(source), raison=str(erreur)),))
    except ErreurCpit as erreur:
        return LectureSource(source, anomalies=erreur.anomalies)
    except OSError as erreur:
        raison = raison_systeme(erreur)
        return LectureSource(source, anomalies=(anomalie("fichier-illisible", source, raison=raison),))


class _Classeur:
    """Un classeur dont on lit les feuilles de réponses ; ``marques`` : ce que disent ses feuilles en A1, replié."""

    def __init__(self, source: str, classeur: ClasseurOuvert, referentiel: Referentiel, consignes: Consignes) -> None:
        self._source, self._referentiel, self._consignes = source, referentiel, consignes
        self._nomenclature = Nomenclature.pour(referentiel, consignes)
        self._classeur, decoupes = _sortir_d_une_colonne(classeur, self._nomenclature)
        self._decoupes = [
            anomalie("table-en-une-colonne", Lieu(source, feuille=onglet.nom), separateur=separateur)
            for onglet, separateur in decoupes
        ]
        self._onglets, en_trop = _onglets(self._classeur, consignes.feuille)
        self._en_trop = _dire_en_trop(en_trop, source)
        self._marques: set[str]
        self._est_un_jeu: bool

    def lire(self) -> LectureSource:
        """Les passations de toutes les feuilles qui se lisent comme la première ; les autres sont dites, ou refusées.

        :raises ErreurCpit: si rien ne s’y lit.
        """
        apercus = [(onglet, _apercevoir(self._classeur, onglet)) for onglet in self._onglets]
        self._marques = {replier_en_tete(apercu[0].cellules[0]) for _, apercu in apercus if apercu}
        reperees = [_Table(o, trouve[1]) for o, apercu in apercus if (trouve := reperer([apercu], self._nomenclature))]
        if not reperees:
            raise refus("table-vide", self._source)
        tables = [table for table in reperees if porte_des_items(table.reperage, self._nomenclature)] or reperees[:1]
        self._est_un_jeu = bool(self._nomenclature.reconnaitre_un_jeu(tables[0].reperage.principale.cellules))
        if self._est_un_jeu:
            tables = tables[:1]  # les autres feuilles d’un jeu de cpit redisent les mêmes réponses
        visibles = [table for table in tables if not table.onglet.cache]
        lues: list[_FeuilleDeReponses] = []
        dites = [*self._decoupes, *self._en_trop]
        try:
            cachees = [table.onglet.nom for table in tables[1:] if table.onglet.cache]
            lues.append(self._lire_une_table(tables[0], seule=len(visibles) < 2, cachees=cachees))
        except ErreurCpit as erreur:
            if sans_item(erreur) and (autrement := self._lire_autrement()) is not None:
                return replace(autrement, anomalies=(*dites, *autrement.anomalies))
            if len(visibles) < 2:
                raise
            dites += erreur.anomalies
        gardees, constats = self._lire_les_autres(visibles[1:], lues)
        constats += self._dire_les_autres_formes({table.onglet.nom for table in reperees if table in tables})
        return self._reunir(gardees, [*dites, *constats])

    def _dire_les_autres_formes(self, vues: Collection[str]) -> list[Anomalie]:
        """Le refus, par son nom, d’une feuille longue ou transposée à côté de celles qui sont lues ; cachée, elle n’est
        que dite.

        :param vues: les feuilles déjà lues ou dites ; celles d’un jeu de cpit redisent les mêmes réponses.
        """
        if self._est_un_jeu:
            return []
        dites, vaines = list[Anomalie](), list[str]()
        for onglet in (onglet for onglet in self._onglets if onglet.nom not in vues):
            try:
                lue = self._redresser(onglet)
            except ErreurCpit:  # on ne sait qui y a répondu, ou où sont les réponses
                vaines.append(onglet.nom)
                continue
            if lue is None or not lue.releves:
                continue
            if onglet.cache or self._sont_des_niveaux(lue.releves):
                vaines.append(onglet.nom)
            else:
                lieu = Lieu(self._source, feuille=onglet.nom)
                dites.append(anomalie("feuille-d-autre-sorte", lieu, nombre=len(lue.releves)))
        if vaines:
            dites.append(anomalie("feuilles-non-lues", Lieu(self._source), noms=", ".join(vaines)))
        return dites

    def _sont_des_niveaux(self, releves: Iterable[Releve]) -> bool:
        """Vrai si les « personnes » sont les niveaux de l’échelle : c’est combien de fois chacun est répondu."""
        lire = Dechiffreur.pour(self._referentiel).lire_ou_rien
        lus = [lire(releve.identifiant) for releve in releves]
        return all(reponse is not None and reponse != sans_reponse() for reponse in lus)

    def _lire_les_autres(
        self, tables: Sequence[_Table], premieres: Sequence[_FeuilleDeReponses]
    ) -> tuple[list[_FeuilleDeReponses], list[Anomalie]]:
        """Les feuilles qui se lisent comme la principale, et les refus de celles qui portent d’autres réponses.

        :param premieres: celle qui est déjà lue, ou aucune si elle n’a pu l’être.
        """
        lues, dites = list(premieres), list[Anomalie]()
        for table in tables:
            try:
                lues.append(self._lire_une_table(table, seule=False))
            except ErreurCpit as erreur:
                dites += erreur.anomalies
        if not lues:
            return [], dites
        principale = _principale(lues)
        gardees: list[_FeuilleDeReponses] = []
        vaines: list[str] = []
        for lue in lues:
            pareille = lue.sorte == principale.sorte
            if lue is not principale and (lue.n_a_que_des_titres or not (pareille or lue.lecture.releves)):
                vaines.append(lue.nom)
            elif pareille:  # même si tout y est refusé : ce sont des personnes, et cela se dit
                gardees.append(lue)
            else:
                lieu = Lieu(self._source, feuille=lue.nom)
                dites.append(anomalie("feuille-d-autre-sorte", lieu, nombre=len(lue.lecture.releves)))
        if vaines:
            dites.append(anomalie("feuilles-non-lues", Lieu(self._source), noms=", ".join(vaines)))
        return gardees, dites

    def _reunir(self, lues: Sequence[_FeuilleDeReponses], dites: Iterable[Anomalie]) -> LectureSource:
        """Ce que donnent ensemble des feuilles ; de plusieurs, chaque relevé dit la sienne."""
        constats = [*dites]
        if len(lues) > 1:
            comptes = [
                typographier(f"« {lue.nom} » ({accorder(len(lue.lecture.releves), 'passation')})") for lue in lues
            ]
            constats.append(anomalie("feuilles-lues", self._source, noms=ACopier(enumerer(comptes))))
        releves = [
            replace(releve, feuille=lue.nom) if len(lues) > 1 else releve
            for lue in lues
            for releve in lue.lecture.releves
        ]
        anomalies = (*constats, *(une for lue in lues for une in lue.lecture.anomalies))
        supposes = dict.fromkeys(mot for lue in lues for mot in lue.lecture.suppose.split(", ") if mot)
        return LectureSource(self._source, tuple(releves), anomalies, ", ".join(supposes))

    def _lire_une_table(self, table: _Table, *, seule: bool, cachees: Sequence[str] = ()) -> _FeuilleDeReponses:
        """Les passations d’une feuille ; s’il y en a plusieurs, son nom peut dire le moment ou le regard.

        :param cachees: les feuilles qu’il faut dire non lues avec elle.
        :raises ErreurCpit: si elle ne se lit pas.
        """
        source, feuille, nomenclature = self._source, table.onglet.nom, self._nomenclature

        def situer(ligne: int, rang: int) -> Lieu:
            return Lieu(source, feuille=feuille, cellule=nommer_cellule(ligne, rang + 1))

        ligne = table.reperage.principale.debut
        entete = lire_entete(table.reperage, nomenclature, lambda rang: situer(ligne, rang), self._marques)
        entete = _avec_une_colonne_sans_nom(entete)
        dits: list[Anomalie] = []
        if not seule:
            consignes, dits = lire_le_nom_d_une_feuille(feuille, entete, self._consignes, situer(ligne, 0))
            nomenclature = nomenclature if not dits else Nomenclature.pour(self._referentiel, consignes)
            entete = _sans_le_nom_du_fichier(entete, consignes)
        pieges, suite = suivre_rangees(self._classeur, table.onglet, table.largeur)
        suite = dropwhile(lambda rangee: rangee.numero <= table.reperage.fin, suite)
        with sans_ramasse_miettes():
            premieres = list(islice(suite, LIGNES_JUGEES_MAX))
            debut = [
                (r.numero, _preparer(list(r.cellules), table.largeur))
                for r in premieres
                if not est_une_rangee_vide(r.cellules) and r.numero not in pieges.lignes_de_totaux
            ]
            dits += _avertir(table, pieges, entete, cachees, source)
            entete, constats = juger_l_echelle(entete, debut, nomenclature, lambda rang: situer(ligne, rang))
            dits += constats
            ligneur = Ligneur(
                nomenclature, entete, source, situer, Journal(dits, codes_reserves(nomenclature.referentiel))
            )
            releves = tuple(_releves(table, pieges, chain(premieres, suite), ligneur, source))
        _dire_sans_preuve(table, pieges, ligneur, situer)
        if not releves and len(ligneur.journal.clore(source)) == len(dits):
            ligneur.journal.noter(anomalie("table-sans-ligne", Lieu(source, feuille=feuille)))
        lecture = LectureSource(source, releves, ligneur.clore(), suppositions(entete, nomenclature.consignes))
        return _FeuilleDeReponses(feuille, _sorte(entete), lecture)

    def _lire_autrement(self) -> LectureSource | None:
        """Lit les feuilles qui portent une table longue ou transposée ; rien s’il n’y en a pas."""
        lues: list[_FeuilleDeReponses] = []
        for onglet in self._onglets:
            if not (lues and onglet.cache) and (lue := self._redresser(onglet)) is not None:
                lues.append(_FeuilleDeReponses(onglet.nom, frozenset(), lue))
        if not lues:
            return None
        vues = {onglet.nom for onglet in self._onglets if not onglet.cache} | {lue.nom for lue in lues}
        return self._reunir(lues, self._dire_les_autres_formes(vues))

    def _redresser(self, onglet: Onglet) -> LectureSource | None:
        """Ce que donne une feuille si elle porte une table longue ou transposée ; rien sinon.

        :raises ErreurCpit: on ne peut dire qui y a répondu, ou où sont les réponses.
        """
        vues = (vue.cellules for vue in _apercevoir(self._classeur, onglet))
        if not annonce_une_autre_forme(vues, self._nomenclature):
            return None

        def situer(ligne: int, rang: int) -> Lieu:
            return Lieu(self._source, feuille=onglet.nom, cellule=nommer_cellule(ligne, rang + 1))

        grille = _grille(self._classeur, onglet, self._source)
        return lire_autrement([grille], self._source, self._nomenclature, situer)


@dataclass(frozen=True, slots=True)
class _FeuilleDeReponses:
    """Ce qu’une feuille a donné ; ``sorte`` : les items qu’elle porte, et si elle dit qui a répondu."""

    nom: str
    sorte: frozenset[Cible]
    lecture: LectureSource

    @property
    def n_a_que_des_titres(self) -> bool:
        """Vrai d’une liste d’énoncés ou de codes : des en-têtes, et aucune ligne, pas même refusée."""
        return not (self.lecture.releves or refusees(self.lecture.anomalies))

    @property
    def dit_qui(self) -> bool:
        """Vrai si une colonne dit qui a répondu."""
        return any(cible.role is Role.IDENTIFIANT for cible in self.sorte)


def _principale(lues: Sequence[_FeuilleDeReponses]) -> _FeuilleDeReponses:
    """La feuille dont les autres doivent avoir les colonnes : la première qui dit qui a répondu, ou la première."""
    remplies = [lue for lue in lues if not lue.n_a_que_des_titres] or lues
    return next((lue for lue in remplies if lue.dit_qui), remplies[0])


def _avec_une_colonne_sans_nom(entete: Entete) -> Entete:
    rang = len(entete.colonnes)
    return replace(entete, colonnes=(*entete.colonnes, ColonneLue(rang, "", Cible(Role.SANS_NOM))))


def _sorte(entete: Entete) -> frozenset[Cible]:
    items = (replace(colonne.cible, role=Role.ITEM) for colonne in entete.de_role(Role.ITEM, Role.ITEM_REFUSE))
    return frozenset([*items, *(colonne.cible for colonne in entete.de_role(Role.IDENTIFIANT))])


def _grille(classeur: ClasseurOuvert, onglet: Onglet, source: str) -> GrilleBrute:
    """Toutes les lignes remplies d’une feuille, les cellules fusionnées devenues des pièges, et ce qu’elle cache."""
    pieges, lignes = classeur.suivre_feuille(onglet)
    masque = MasqueDeFusions(pieges.fusions)
    remplies = ((n, [c.get(k) for k in range(1, max(c) + 1)]) for n, c in lignes if c)
    grille = ((n, masque.poser_pieges(n, _preparer(list(cellules), 0))) for n, cellules in remplies)
    rangees = [(numero, cellules) for numero, cellules in grille if not est_une_rangee_vide(cellules)]
    lieu = Lieu(source, feuille=onglet.nom)
    constats = [anomalie("feuille-cachee", lieu)] if onglet.cache else []
    return rangees, [*constats, *_dire_cachees([n for n, _ in rangees if n in pieges.lignes_cachees], lieu)]


def _onglets(classeur: ClasseurOuvert, feuille: str | None = None) -> tuple[list[Onglet], list[Onglet]]:
    """Les premières feuilles, les visibles d’abord (celle-là seule si elle est nommée et qu’elle y est), et celles qui
    sont de trop.
    """
    if feuille is not None and feuille in classeur.titres:
        return [classeur.onglet(feuille)], []
    rangees = sorted(classeur.onglets, key=lambda onglet: onglet.cache)
    return rangees[:_FEUILLES_MAX], rangees[_FEUILLES_MAX:]


def _dire_en_trop(onglets: Iterable[Onglet], source: str) -> list[Anomalie]:
    """Le refus des feuilles visibles que l’on ne lit pas, tant il y en a devant : des réponses peuvent y être."""
    if not (noms := [onglet.nom for onglet in onglets if not onglet.cache]):
        return []
    return [anomalie("feuilles-en-trop", Lieu(source, feuille=noms[0]), nombre=len(noms), limite=_FEUILLES_MAX)]


def apercevoir_classeur(chemin: Path, *referentiels: Referentiel) -> list[tuple[str, Sequence[LigneVue]]]:
    """Le nom de chaque feuille remplie d’un classeur, les visibles d’abord, et ses premières lignes, telles que la
    lecture les verra : celles qui tiennent dans une cellule y sont découpées.

    :param referentiels: ceux dont une telle ligne peut nommer les items.
    :raises ErreurCpit: s’il est illisible.
    """
    with ouvrir_classeur_sur(chemin, taille_max=_TAILLE_MAX, declare_max=_DECLARE_MAX) as classeur:
        decoupes = (_sortir_d_une_colonne(classeur, Nomenclature.pour(r)) for r in referentiels)
        lu = next((decoupe for decoupe, trouves in decoupes if trouves), classeur)
        vues = [(onglet.nom, _apercevoir(lu, onglet)) for onglet in _onglets(lu)[0]]
    return [(nom, lignes) for nom, lignes in vues if lignes]


def _apercevoir(classeur: ClasseurOuvert, onglet: Onglet) -> list[LigneVue]:
    """Les premières lignes remplies d’une feuille, de même largeur, sans colonne vide au bout."""
    lignes = [
        (numero, {colonne: str(lire_mots(case)) for colonne, case in cases.items()})
        for numero, cases in classeur.premieres_lignes(onglet, APERCU_MAX)
    ]
    return [
        LigneVue(numero, numero, tuple(mots.get(colonne, "") for colonne in range(1, _largeur(mots) + 1)))
        for numero, mots in lignes
    ]


def _largeur(mots: Mapping[int, str]) -> int:
    return max((colonne for colonne, texte in mots.items() if texte), default=1)


def _sans_le_nom_du_fichier(entete: Entete, consignes: Consignes) -> Entete:
    """L’en-tête, sans ce qui se dit du nom du fichier si la feuille dit déjà son moment."""
    gardes = tuple(une for une in entete.avertissements if not consignes.moment or une.code != "moment-du-fichier")
    return replace(entete, avertissements=gardes)


def _avertir(table: _Table, pieges: Pieges, entete: Entete, autres: Sequence[str], source: str) -> list[Anomalie]:
    """Ce qui se dit de la feuille avant d’en lire les lignes."""
    lieu = Lieu(source, feuille=table.onglet.nom)
    dits = list(entete.avertissements)
    if table.onglet.cache:
        dits.append(anomalie("feuille-cachee", lieu))
    if autres:
        dits.append(anomalie("feuilles-non-lues", lieu, noms=", ".join(autres)))
    cachees = [
        nommer_colonne(colonne.rang + 1) for colonne in entete.de_role(*LUES) if pieges.colonne_cachee(colonne.rang + 1)
    ]
    if cachees:
        dits.append(anomalie("colonnes-cachees", lieu, noms=", ".join(cachees)))
    return dits


def _releves(table: _Table, pieges: Pieges, suite: Iterable[Rangee], ligneur: Ligneur, source: str) -> Iterator[Releve]:
    """Les relevés des lignes sous l’en-tête ; les lignes vides de la queue sont ignorées."""
    largeur = table.largeur
    lieu = Lieu(source, feuille=table.onglet.nom)
    masque = MasqueDeFusions(pieges.fusions)
    cachees: list[int] = []
    derniere, premiere_vide, vides = table.reperage.fin, 0, 0
    for numero, brutes, dehors in suite:
        if numero > LIGNES_DITES_MAX:
            raise refus("table-trop-longue", lieu, limite=LIGNES_DITES_MAX)
        if dehors:
            ligneur.mettre_a_cote(numero, dehors - 1)
        if est_une_rangee_vide(brutes):
            continue
        if numero > derniere + 1:
            premiere_vide = premiere_vide or derniere + 1
            vides += numero - derniere - 1
        derniere = numero
        if numero in pieges.lignes_cachees:
            cachees.append(numero)
        if numero in pieges.lignes_de_totaux:
            ligneur.ecarter_un_total(brutes, numero)
        else:
            yield from ligneur.lire(masque.poser_pieges(numero, _preparer(brutes, largeur)), numero)
    _dire_lignes(ligneur, [premiere_vide] if vides else [], vides, cachees, lieu)


def _dire_sans_preuve(table: _Table, pieges: Pieges, ligneur: Ligneur, situer: Situer) -> None:
    """Dit une fois les formules qui valent zéro, dans un format qui ne dit pas si elles ont été calculées."""
    cellules = [(n, c) for n, c in pieges.sans_preuve if n > table.reperage.fin and c <= table.largeur]
    if cellules:
        ligne, colonne = cellules[0]
        ligneur.journal.noter(anomalie("formules-sans-preuve", situer(ligne, colonne - 1), nombre=len(cellules)))


_A_CHANGER = {bool, datetime, Pourcentage}


def _preparer(cellules: list[object], largeur: int) -> list[object]:
    """Une ligne au moins aussi large que l’en-tête ; un booléen, qui vaudrait 0 ou 1, y devient un piège, et un
    pourcentage ce qui s’en voit.
    """
    if not _A_CHANGER.isdisjoint(map(type, cellules)):
        cellules = [_changer(cellule) for cellule in cellules]
    cellules += [None] * (largeur - len(cellules))
    return cellules


def _changer(cellule: object) -> object:
    if isinstance(cellule, bool):
        return Piege("cellule-booleen", "VRAI" if cellule else "FAUX")
    if isinstance(cellule, Pourcentage):
        return str(cellule)
    return cellule.date() if isinstance(cellule, datetime) and cellule.time() == time.min else cellule


def _dire_lignes(ligneur: Ligneur, vides: list[int], nombre: int, cachees: list[int], lieu: Lieu) -> None:
    """Les avertissements groupés de fin de feuille."""
    if vides:
        premiere = Lieu(lieu.fichier, feuille=lieu.feuille, cellule=nommer_cellule(vides[0], 1))
        ligneur.journal.noter(anomalie("lignes-vides", premiere, nombre=nombre))
    for une in _dire_cachees(cachees, lieu):
        ligneur.journal.noter(une)


def _dire_cachees(cachees: list[int], lieu: Lieu) -> Iterator[Anomalie]:
    """L’avertissement des lignes remplies que la feuille cache, s’il y en a."""
    if cachees:
        citees = ", ".join(str(n) for n in cachees[:_CITEES]) + ("…" if len(cachees) > _CITEES else "")
        premiere = Lieu(lieu.fichier, feuille=lieu.feuille, cellule=nommer_cellule(cachees[0], 1))
        yield anomalie("lignes-cachees", premiere, nombre=len(cachees), lignes=citees)
