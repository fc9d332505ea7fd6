"""Une table de réponses dans un classeur xlsx, une ligne par personne : première feuille qui porte des items.

Les valeurs viennent de python-calamine s’il est installé, sinon d’openpyxl ; les pièges, du XML de la feuille.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

from cpit.coeur.cohorte import Releve
from cpit.coeur.modele import Referentiel
from cpit.erreurs import Anomalie, ErreurCpit, Lieu, anomalie, raison_systeme, refus
from cpit.formats.cellules import Piege, lire_mots
from cpit.formats.colonnes import LUES, Entete, Nomenclature, compter_items, lire_entete
from cpit.formats.garde_xlsx import verifier_tailles, verifier_xlsx
from cpit.formats.lecture import LectureSource
from cpit.formats.lignes import LIGNES_MAX, Journal, Ligneur, sans_ramasse_miettes
from cpit.formats.pieges_xlsx import Effaceur, Feuille, Pieges, chercher, lister_feuilles, nommer, nommer_colonne

TAILLE_MAX = 50_000_000
"""Octets du fichier ; 100 000 lignes de 32 colonnes en pèsent environ 15 millions."""
DECLARE_MAX = 200_000_000
"""Octets une fois décompressé ; la même table en fait environ 110 millions."""
FEUILLES_MAX = 50
"""Feuilles où l’on cherche un en-tête."""
CITEES = 5

Ligne = tuple[int, list[object]]
"""Numéro de la ligne dans la feuille, et ses cellules."""


@dataclass(frozen=True, slots=True)
class _Table:
    """Une feuille dont l’en-tête porte des items."""

    feuille: Feuille
    noms: list[str]
    ligne: int
    suite: Iterator[Ligne]
    pieges: Pieges


def lire(chemin: Path, referentiel: Referentiel, *, sur: bool = False) -> LectureSource:
    """Lit une table ; ne lève rien : ce qui n’est pas pris est une anomalie située.

    :param sur: vrai si ``verifier_xlsx`` vient d’admettre ce fichier : tout décompresser une fois suffit.
    """
    source = str(chemin)
    try:
        verifier = verifier_tailles if sur else verifier_xlsx
        verifier(chemin, taille_max=TAILLE_MAX, declare_max=DECLARE_MAX)
        with warnings.catch_warnings(), ZipFile(chemin) as archive, _Classeur(chemin, archive) as classeur:
            warnings.simplefilter("ignore")
            return _lire(classeur, referentiel)
    except ErreurCpit as erreur:
        return LectureSource(source, anomalies=erreur.anomalies)
    except OSError as erreur:
        raison = raison_systeme(erreur)
        return LectureSource(source, anomalies=(anomalie("fichier-illisible", source, raison=raison),))
    except Exception as erreur:  # la frontière : un classeur abîmé lève une dizaine d’exceptions différentes
        return LectureSource(source, anomalies=(anomalie("table-illisible", source, raison=type(erreur).__name__),))


class _Classeur:
    """Un classeur ouvert : ses feuilles, leurs pièges, leurs valeurs."""

    def __init__(self, chemin: Path, archive: ZipFile) -> None:
        self.source = str(chemin)
        self._chemin, self._archive = chemin, archive
        self._calamine = _calamine()
        self._openpyxl: object = None

    def __enter__(self) -> _Classeur:
        return self

    def __exit__(self, *_: object) -> None:
        if self._openpyxl is not None:
            self._openpyxl.close()  # type: ignore[attr-defined]

    def feuilles(self) -> list[Feuille]:
        """Les feuilles de calcul, les visibles d’abord."""
        return lister_feuilles(self._archive, self.source)[:FEUILLES_MAX]

    def pieges(self, feuille: Feuille) -> Pieges:
        """Les pièges d’une feuille."""
        return chercher(self._archive, feuille.partie, self.source)

    def lignes(self, feuille: Feuille, pieges: Pieges) -> Iterator[Ligne]:
        """Les lignes d’une feuille, numérotées à partir de 1, avec leurs valeurs en cache."""
        if self._calamine is not None and not pieges.ample:
            return self._par_calamine(self._calamine, feuille)
        return self._par_openpyxl(feuille)

    def _par_calamine(self, calamine: ModuleType, feuille: Feuille) -> Iterator[Ligne]:
        with calamine.load_workbook(str(self._chemin)) as classeur:
            lue = classeur.get_sheet_by_name(feuille.nom)
            marge = [None] * (lue.start[1] if lue.start else 0)
            for numero, ligne in enumerate(lue.iter_rows(), 1):
                yield numero, [*marge, *ligne] if marge else ligne

    def _par_openpyxl(self, feuille: Feuille) -> Iterator[Ligne]:
        from openpyxl import load_workbook

        if self._openpyxl is None:
            self._openpyxl = load_workbook(self._chemin, read_only=True, data_only=True, keep_links=False)
        lue = self._openpyxl[feuille.nom]  # type: ignore[index]
        lue.reset_dimensions()
        for numero, ligne in enumerate(lue.iter_rows(values_only=True), 1):
            yield numero, list(ligne)


def _calamine() -> ModuleType | None:
    try:
        return import_module("python_calamine")
    except ImportError:
        return None


def _lire(classeur: _Classeur, referentiel: Referentiel) -> LectureSource:
    nomenclature = Nomenclature(referentiel)
    tables, premiere = _tables(classeur, nomenclature)
    if not tables:
        raise _sans_table(classeur.source, premiere, nomenclature)
    table, autres = tables[0], tables[1:]
    source, feuille = classeur.source, table.feuille.nom

    def situer(ligne: int, rang: int) -> Lieu:
        return Lieu(source, feuille=feuille, cellule=nommer(ligne, rang + 1))

    entete = lire_entete(table.noms, nomenclature, lambda rang: situer(table.ligne, rang))
    journal = Journal(_avertir(table, entete, autres, source))
    ligneur = Ligneur(referentiel, entete, source, situer, journal)
    with sans_ramasse_miettes():
        releves = tuple(_releves(table, ligneur, source))
    if not releves and len(journal.clore(source)) == len(_avertir(table, entete, autres, source)):
        journal.noter(anomalie("table-sans-ligne", Lieu(source, feuille=feuille)))
    return LectureSource(source, releves, ligneur.clore())


def _tables(classeur: _Classeur, nomenclature: Nomenclature) -> tuple[list[_Table], list[str]]:
    """Les feuilles dont l’en-tête porte des items, et le premier en-tête vu."""
    tables, premiere = [], list[str]()
    for feuille in classeur.feuilles():
        pieges = classeur.pieges(feuille)
        suite = classeur.lignes(feuille, pieges)
        numero, cellules = next(((n, c) for n, c in suite if not _est_vide(c)), (0, []))
        noms = [str(lire_mots(cellule)) for cellule in cellules]
        while noms and not noms[-1]:
            noms.pop()
        premiere = premiere or noms
        if compter_items(noms, nomenclature)[0]:
            tables.append(_Table(feuille, noms, numero, suite, pieges))
    return tables, premiere


def _sans_table(source: str, premiere: list[str], nomenclature: Nomenclature) -> ErreurCpit:
    if not premiere:
        return refus("table-vide", source)
    try:
        lire_entete(premiere, nomenclature, lambda _: Lieu(source))
    except ErreurCpit as erreur:
        return erreur
    return refus("table-vide", source)


def _avertir(table: _Table, entete: Entete, autres: list[_Table], source: str) -> list[Anomalie]:
    """Ce qui se dit de la feuille avant d’en lire les lignes."""
    lieu = Lieu(source, feuille=table.feuille.nom)
    dits = list(entete.avertissements)
    if table.feuille.cachee:
        dits.append(anomalie("feuille-cachee", lieu))
    if autres:
        noms = ", ".join(autre.feuille.nom for autre in autres)
        dits.append(anomalie("feuilles-non-lues", lieu, noms=noms))
    cachees = [
        nommer_colonne(colonne.rang + 1)
        for colonne in entete.de_role(*LUES)
        if table.pieges.colonne_cachee(colonne.rang + 1)
    ]
    if cachees:
        dits.append(anomalie("colonnes-cachees", lieu, noms=", ".join(cachees)))
    return dits


def _releves(table: _Table, ligneur: Ligneur, source: str) -> Iterator[Releve]:
    """Les relevés des lignes sous l’en-tête ; les lignes vides de la queue sont ignorées."""
    largeur, feuille = len(table.noms), table.feuille.nom
    lieu = Lieu(source, feuille=feuille)
    effaceur = Effaceur(table.pieges, source)
    vides: list[int] = []
    cachees: list[int] = []
    vides_en_suspens = vides_du_milieu = 0
    for numero, brutes in table.suite:
        if numero > LIGNES_MAX:
            raise refus("table-trop-longue", lieu, limite=LIGNES_MAX)
        pieges = table.pieges.cellules.get(numero)
        if not pieges and _est_vide(brutes):
            vides_en_suspens += 1
            vides = vides or [numero]
            continue
        vides_du_milieu, vides_en_suspens = vides_du_milieu + vides_en_suspens, 0
        if numero in table.pieges.lignes_cachees:
            cachees.append(numero)
        cellules = _preparer(brutes, largeur)
        if effaceur.utile:
            cellules = effaceur.effacer(numero, cellules)
        if releve := _lire_ligne(cellules, numero, largeur, ligneur, lieu):
            yield releve
    _dire_lignes(ligneur, vides[:1] if vides_du_milieu else [], vides_du_milieu, cachees, lieu)


def _preparer(cellules: list[object], largeur: int) -> list[object]:
    """Une ligne au moins aussi large que l’en-tête ; un booléen, qui vaudrait 0 ou 1, y devient un piège."""
    if bool in set(map(type, cellules)):
        cellules = [_sans_booleen(cellule) for cellule in cellules]
    if len(cellules) < largeur:
        cellules += [None] * (largeur - len(cellules))
    return cellules


def _sans_booleen(cellule: object) -> object:
    return Piege("cellule-booleen", "VRAI" if cellule else "FAUX") if isinstance(cellule, bool) else cellule


def _lire_ligne(cellules: list[object], numero: int, largeur: int, ligneur: Ligneur, lieu: Lieu) -> Releve | None:
    if len(cellules) > largeur and not _est_vide(cellules[largeur:]):
        rang = next(r for r in range(largeur, len(cellules)) if not _est_vide(cellules[r : r + 1]))
        trop = Lieu(lieu.fichier, feuille=lieu.feuille, cellule=nommer(numero, rang + 1))
        ligneur.journal.noter(anomalie("ligne-trop-longue", trop, trouve=rang + 1, attendu=largeur))
        return None
    return ligneur.lire(cellules, numero)


def _dire_lignes(ligneur: Ligneur, vides: list[int], nombre: int, cachees: list[int], lieu: Lieu) -> None:
    """Les avertissements groupés de fin de feuille."""
    if vides:
        premiere = Lieu(lieu.fichier, feuille=lieu.feuille, cellule=nommer(vides[0], 1))
        ligneur.journal.noter(anomalie("lignes-vides", premiere, nombre=nombre))
    if cachees:
        citees = ", ".join(str(n) for n in cachees[:CITEES]) + ("…" if len(cachees) > CITEES else "")
        premiere = Lieu(lieu.fichier, feuille=lieu.feuille, cellule=nommer(cachees[0], 1))
        ligneur.journal.noter(anomalie("lignes-cachees", premiere, nombre=len(cachees), lignes=citees))


def _est_vide(cellules: Iterable[object]) -> bool:
    """Vrai si aucune cellule ne porte autre chose que des espaces ; un zéro n’est pas vide."""
    return not any(map(_porte, cellules))


def _porte(cellule: object) -> bool:
    return bool(cellule.strip()) if isinstance(cellule, str) else cellule is not None
