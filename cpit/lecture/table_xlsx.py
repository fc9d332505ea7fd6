"""Une table de réponses dans un classeur de tout format, une ligne par personne : première feuille qui porte des items.

Une cellule piégée (formule sans valeur, erreur, fusion, VRAI ou FAUX) se lit comme un ``Piege``, jamais autrement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from itertools import chain, dropwhile, islice
from pathlib import Path

from cpit.coeur.cohorte import Releve
from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import Anomalie, ErreurCpit, Lieu, anomalie, raison_systeme, refus
from cpit.lecture.autre_echelle import LIGNES_JUGEES_MAX, juger_l_echelle
from cpit.lecture.consignes import SANS_CONSIGNE, Consignes
from cpit.lecture.dechiffrement import lire_mots
from cpit.lecture.entetes import LUES, Entete, Nomenclature, replier_en_tete
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
from cpit.lecture.reconnaissance import APERCU_MAX, LigneVue, Reperage, lire_entete, porte_des_items, reperer
from cpit.lecture.une_colonne import sortir_d_une_colonne
from cpit.tableur.classeur_ouvert import ClasseurOuvert, Onglet
from cpit.tableur.classeurs import ouvrir_classeur, ouvrir_classeur_sur
from cpit.tableur.formats_de_nombre import Pourcentage
from cpit.tableur.garde import verifier_classeur, verifier_tailles
from cpit.tableur.grandes_feuilles import Rangee, est_une_rangee_vide, suivre_rangees
from cpit.tableur.pieges import FeuilleRefusee, MasqueDeFusions, Piege, Pieges, nommer_cellule, nommer_colonne

_TAILLE_MAX = 50_000_000
"""Octets du fichier ; 100 000 lignes de 32 colonnes en pèsent environ 15 millions."""
_DECLARE_MAX = 200_000_000
"""Octets une fois décompressé ; la même table en fait environ 110 millions."""
_FEUILLES_MAX = 50
"""Feuilles où l’on cherche un en-tête."""
_CITEES = 5


@dataclass(frozen=True, slots=True)
class _Table:
    """Une feuille et ses lignes d’en-tête."""

    onglet: Onglet
    reperage: Reperage

    @property
    def largeur(self) -> int:
        """Nombre de colonnes."""
        return len(self.reperage.principale.cellules)


def lire_table_xlsx(
    chemin: Path, referentiel: Referentiel, consignes: Consignes = SANS_CONSIGNE, *, sur: bool = False
) -> LectureSource:
    """Lit une table ; ne lève rien : ce qui n’est pas pris est une anomalie située.

    :param sur: vrai si ``verifier_classeur`` vient d’admettre ce fichier : tout décompresser une fois suffit.
    """
    source = str(chemin)
    try:
        verifier = verifier_tailles if sur else verifier_classeur
        verifier(chemin, taille_max=_TAILLE_MAX, declare_max=_DECLARE_MAX)
        with ouvrir_classeur(chemin) as classeur:
            return _lire(source, classeur, referentiel, consignes)
    except FeuilleRefusee as erreur:
        return LectureSource(source, anomalies=(anomalie("table-illisible", erreur.lieu(source), raison=str(erreur)),))
    except ErreurCpit as erreur:
        return LectureSource(source, anomalies=erreur.anomalies)
    except OSError as erreur:
        raison = raison_systeme(erreur)
        return LectureSource(source, anomalies=(anomalie("fichier-illisible", source, raison=raison),))
    except Exception as erreur:  # la frontière : un classeur abîmé lève une dizaine d’exceptions différentes
        return LectureSource(source, anomalies=(anomalie("table-illisible", source, raison=type(erreur).__name__),))


def _lire(source: str, classeur: ClasseurOuvert, referentiel: Referentiel, consignes: Consignes) -> LectureSource:
    nomenclature = Nomenclature(referentiel, consignes)
    classeur, decoupes = sortir_d_une_colonne(classeur, nomenclature, source)
    feuilles = [(onglet, _apercevoir(classeur, onglet)) for onglet in _onglets(classeur, consignes.feuille)]
    reperees = [_Table(o, trouve[1]) for o, apercu in feuilles if (trouve := reperer([apercu], nomenclature))]
    if not reperees:
        raise refus("table-vide", source)
    tables = [table for table in reperees if porte_des_items(table.reperage, nomenclature)] or reperees[:1]
    table, autres = tables[0], tables[1:]
    feuille = table.onglet.nom

    def situer(ligne: int, rang: int) -> Lieu:
        return Lieu(source, feuille=feuille, cellule=nommer_cellule(ligne, rang + 1))

    ligne = table.reperage.principale.debut
    marques = {replier_en_tete(apercu[0].cellules[0]) for _, apercu in feuilles if apercu}
    try:
        entete = lire_entete(table.reperage, nomenclature, lambda rang: situer(ligne, rang), marques)
    except ErreurCpit as erreur:
        if sans_item(erreur) and (autrement := _lire_autrement(source, classeur, nomenclature)) is not None:
            return replace(autrement, anomalies=(*decoupes, *autrement.anomalies))
        raise
    pieges, suite = suivre_rangees(classeur, table.onglet, table.largeur)
    suite = dropwhile(lambda rangee: rangee.numero <= table.reperage.fin, suite)
    with sans_ramasse_miettes():
        premieres = list(islice(suite, LIGNES_JUGEES_MAX))
        debut = [
            (r.numero, _preparer(list(r.cellules), table.largeur))
            for r in premieres
            if not r.dehors and not est_une_rangee_vide(r.cellules) and r.numero not in pieges.lignes_de_totaux
        ]
        dits = [*decoupes, *_avertir(table, pieges, entete, autres, source)]
        entete, constats = juger_l_echelle(entete, debut, nomenclature, lambda rang: situer(ligne, rang))
        dits += constats
        ligneur = Ligneur(nomenclature, entete, source, situer, Journal(dits))
        releves = tuple(_releves(table, pieges, chain(premieres, suite), ligneur, source))
    _dire_sans_preuve(table, pieges, ligneur, situer)
    if not releves and len(ligneur.journal.clore(source)) == len(dits):
        ligneur.journal.noter(anomalie("table-sans-ligne", Lieu(source, feuille=feuille)))
    return LectureSource(source, releves, ligneur.clore(), suppositions(entete, nomenclature.consignes))


def _lire_autrement(source: str, classeur: ClasseurOuvert, nomenclature: Nomenclature) -> LectureSource | None:
    """Lit la première feuille qui porte une table longue ou transposée ; rien s’il n’y en a pas."""
    for onglet in _onglets(classeur, nomenclature.consignes.feuille):
        vues = (vue.cellules for vue in _apercevoir(classeur, onglet))
        if not annonce_une_autre_forme(vues, nomenclature):
            continue

        def situer(ligne: int, rang: int, feuille: str = onglet.nom) -> Lieu:
            return Lieu(source, feuille=feuille, cellule=nommer_cellule(ligne, rang + 1))

        lue = lire_autrement([_grille(classeur, onglet, source)], source, nomenclature, situer)
        if lue is not None:
            return lue
    return None


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


def _onglets(classeur: ClasseurOuvert, feuille: str | None = None) -> list[Onglet]:
    """Les premières feuilles, les visibles d’abord ; celle-là seule si elle est nommée et qu’elle y est."""
    if feuille is not None and feuille in classeur.titres:
        return [classeur.onglet(feuille)]
    return sorted(classeur.onglets, key=lambda onglet: onglet.cache)[:_FEUILLES_MAX]


def apercevoir_classeur(chemin: Path) -> list[tuple[str, Sequence[LigneVue]]]:
    """Le nom de chaque feuille remplie d’un classeur, les visibles d’abord, et ses premières lignes.

    :raises ErreurCpit: s’il est illisible.
    """
    with ouvrir_classeur_sur(chemin, taille_max=_TAILLE_MAX, declare_max=_DECLARE_MAX) as classeur:
        vues = [(onglet.nom, _apercevoir(classeur, onglet)) for onglet in _onglets(classeur)]
    return [(nom, lignes) for nom, lignes in vues if lignes]


def _apercevoir(classeur: ClasseurOuvert, onglet: Onglet) -> list[LigneVue]:
    """Les premières lignes remplies d’une feuille, de même largeur, sans colonne vide au bout."""
    remplies = ((n, c) for n, c in classeur.suivre_lignes(onglet) if not est_une_rangee_vide(list(c.values())))
    lignes = [
        (numero, {colonne: str(lire_mots(case)) for colonne, case in cases.items()})
        for numero, cases in islice(remplies, APERCU_MAX)
    ]
    return [
        LigneVue(numero, numero, tuple(mots.get(colonne, "") for colonne in range(1, _largeur(mots) + 1)))
        for numero, mots in lignes
    ]


def _largeur(mots: Mapping[int, str]) -> int:
    return max((colonne for colonne, texte in mots.items() if texte), default=1)


def _avertir(table: _Table, pieges: Pieges, entete: Entete, autres: list[_Table], source: str) -> list[Anomalie]:
    """Ce qui se dit de la feuille avant d’en lire les lignes."""
    lieu = Lieu(source, feuille=table.onglet.nom)
    dits = list(entete.avertissements)
    if table.onglet.cache:
        dits.append(anomalie("feuille-cachee", lieu))
    if autres:
        noms = ", ".join(autre.onglet.nom for autre in autres)
        dits.append(anomalie("feuilles-non-lues", lieu, noms=noms))
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
        if not dehors and est_une_rangee_vide(brutes):
            continue
        if numero > derniere + 1:
            premiere_vide = premiere_vide or derniere + 1
            vides += numero - derniere - 1
        derniere = numero
        if numero in pieges.lignes_cachees:
            cachees.append(numero)
        if dehors:
            _refuser_ligne(numero, dehors, largeur, ligneur, lieu)
        elif numero in pieges.lignes_de_totaux:
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
    if len(cellules) < largeur:
        cellules += [None] * (largeur - len(cellules))
    return cellules


def _changer(cellule: object) -> object:
    if isinstance(cellule, bool):
        return Piege("cellule-booleen", "VRAI" if cellule else "FAUX")
    if isinstance(cellule, Pourcentage):
        return str(cellule)
    return cellule.date() if isinstance(cellule, datetime) and cellule.time() == time.min else cellule


def _refuser_ligne(numero: int, dehors: int, largeur: int, ligneur: Ligneur, lieu: Lieu) -> None:
    trop = Lieu(lieu.fichier, feuille=lieu.feuille, cellule=nommer_cellule(numero, dehors))
    ligneur.journal.noter(anomalie("ligne-trop-longue", trop, trouve=dehors, attendu=largeur))


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
