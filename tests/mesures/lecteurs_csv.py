"""Qui lit une grande table CSV : nos octets, pyarrow, polars ou le module csv, à vérifications égales.

    python tests/mesures/lecteurs_csv.py [--lignes 1000000] [--tours 3] [--sorte nette] [--lecture]

Chaque variante est un processus entier, de la table aux scores écrits : même commande, mêmes blocs, mêmes refus, même
écriture ; seul change ce qui repère les cellules d’un bloc et code leurs réponses. ``--lecture`` : s’arrête là, sans
noter ni écrire. Un bloc où l’outil ne sait pas refuser ce que cpit refuse (guillemets, CR seul, ligne de largeur
fautive) va au module csv, comme pour nos octets.
Demande pyarrow, polars et pandas dans cet environnement ; les sorties de toutes les variantes doivent être égales.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import sys
import tempfile
from pathlib import Path

from cohorte import PANDAS, POLARS, mots_du_referentiel
from fabrique import SORTES, fabriquer_csv, lire_livre
from tout import Passage, lancer

COMMUN = """
import sys
import numpy as np
from cpit.flux import grilles

class Grille(grilles.GrilleDeTextes):
    "Des colonnes rendues par un outil : textes d’un côté, réponses codées par dictionnaire de l’autre."
    def __init__(self, premiere, n):
        self.lignes = np.arange(premiere, premiere + n, dtype=np.int64)
        self._gardees = {}
    def remplies(self, rang):
        return np.fromiter(map(bool, self.colonne(rang)), np.bool_, len(self.lignes))
    def colonne(self, rang):
        if rang not in self._gardees:
            self._gardees[rang] = self.textes(rang)
        return self._gardees[rang]
    def ligne(self, indice):
        return [self.colonne(rang)[indice] for rang in range(self.largeur)]
    def _sans_vide(self):
        blanches = [k for k, c in enumerate(self.colonne(0)) if not c.strip()]
        return not any(grilles.est_vide(self.ligne(k)) for k in blanches)

def net(bloc):
    return b'"' not in bloc and bloc.count(b"\\r") == bloc.count(b"\\r\\n")

def lire():
    from pathlib import Path
    from cpit.chargement import charger
    from cpit.emplacements import trouver_referentiel
    from cpit.formats.dialecte_csv import DIALECTES_CSV as DIALECTES
    from cpit.lecture.entetes import Nomenclature
    from cpit.lecture.table_csv import ouvrir_table_csv
    from cpit.flux.lots import Contextes
    from cpit.flux.lots import LecteurDeLots
    referentiel = charger(trouver_referentiel("innovation-territoriale"))
    forme = DIALECTES["fr"]
    with open(sys.argv[1], "rb") as flux:
        table = ouvrir_table_csv(flux, sys.argv[1], Nomenclature.pour(referentiel))
    lecteur = LecteurDeLots(table, referentiel, Contextes(referentiel, forme), forme)
    Path(sys.argv[2]).write_text(str(sum(int(lot.codes.sum()) for lot in lecteur.lots())))

def lancer():
    if sys.argv[-1] == "lecture":
        lire()
        return
    if len(sys.argv) > 3:
        grilles.TAILLE_BLOC = int(sys.argv[3])
        grilles.LIGNES_PAR_BLOC = 0
        grilles._TAILLE_MAX = 1 << 30
    from cpit.cli import executer
    sys.exit(executer(["cohorte", sys.argv[1], "--sortie", sys.argv[2]]))
"""

ARROW = (
    COMMUN
    + """
import pyarrow as pa, pyarrow.compute as pc, pyarrow.csv as pcsv

class GrilleArrow(Grille):
    def __init__(self, table, premiere):
        super().__init__(premiere, table.num_rows)
        self._table, self.largeur = table, table.num_columns
    def textes(self, rang):
        return self._table.column(rang).to_pylist()
    def reponses(self, rangs, lues):
        codes = np.empty((len(rangs), len(self.lignes)), np.uint16)
        for ligne, rang in zip(codes, rangs):
            pris = 0
            for morceau in self._table.column(rang).chunks:
                dico = morceau.dictionary_encode()
                sens = np.array([lues[mot] for mot in dico.dictionary.to_pylist()], np.uint16)
                ligne[pris : pris + len(morceau)] = sens.take(dico.indices.to_numpy(zero_copy_only=False))
                pris += len(morceau)
        return codes
    @classmethod
    def reperer(cls, bloc, table, premiere):
        separateur, largeur, encodage = table.separateur, table.largeur, grilles.encodage_des_blocs(table)
        if not net(bloc):
            return None
        noms = [str(k) for k in range(largeur)]
        try:
            lue = pcsv.read_csv(
                pa.BufferReader(bloc),
                read_options=pcsv.ReadOptions(column_names=noms, encoding=encodage),
                parse_options=pcsv.ParseOptions(delimiter=separateur, quote_char=False, ignore_empty_lines=False),
                convert_options=pcsv.ConvertOptions(
                    column_types={n: pa.string() for n in noms}, strings_can_be_null=False
                ),
            )
        except pa.ArrowInvalid:
            return None
        grille = cls(lue, premiere)
        return grille if grille._sans_vide() else None

grilles.GrilleDOctets.reperer = GrilleArrow.reperer
lancer()
"""
)

AVEC_POLARS = (
    COMMUN
    + """
import polars as pl

class GrillePolars(Grille):
    def __init__(self, table, premiere):
        super().__init__(premiere, table.height)
        self._table, self.largeur = table, table.width
    def textes(self, rang):
        return self._table.to_series(rang).to_list()
    def reponses(self, rangs, lues):
        noms = [self._table.columns[rang] for rang in rangs]
        mots = pl.concat([self._table.lazy().select(pl.col(n).unique().alias("m")) for n in noms]).collect()["m"]
        sens = {mot: lues[mot] for mot in set(mots.to_list())}
        codees = self._table.select(
            pl.col(noms).replace_strict(list(sens), list(sens.values()), return_dtype=pl.UInt16)
        )
        return np.ascontiguousarray(codees.to_numpy().T)
    @classmethod
    def reperer(cls, bloc, table, premiere):
        separateur, largeur, encodage = table.separateur, table.largeur, grilles.encodage_des_blocs(table)
        if not net(bloc) or encodage != "utf-8":
            return None
        # polars comble sans le dire une ligne trop courte : leur largeur se compte à part.
        octets = np.frombuffer(bloc, np.uint8)
        finales = np.flatnonzero(octets == 10)
        separateurs = np.cumsum(octets == ord(separateur))[finales] if finales.size else np.zeros(0)
        if bloc[-1:] != b"\\n" or (np.diff(separateurs, prepend=0) != largeur - 1).any():
            return None
        try:
            lue = pl.read_csv(
                bloc, has_header=False, separator=separateur, quote_char=None, infer_schema=False,
                empty_string_is_null=False, new_columns=[str(k) for k in range(largeur)],
            )
        except pl.exceptions.PolarsError:
            return None
        if lue.width != largeur or lue.height != finales.size:
            return None
        grille = cls(lue, premiere)
        return grille if grille._sans_vide() else None

grilles.GrilleDOctets.reperer = GrillePolars.reperer
lancer()
"""
)

MODULE_CSV = COMMUN + "grilles.GrilleDOctets.reperer = lambda *_: None\nlancer()\n"
OCTETS = COMMUN + "lancer()\n"


def principal() -> None:
    """Fabrique la table, alterne les variantes, écrit médianes, rapports à pandas et pics."""
    analyse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    analyse.add_argument("--lignes", type=int, default=1_000_000)
    analyse.add_argument("--tours", type=int, default=3)
    analyse.add_argument("--sorte", choices=SORTES, default="nette")
    analyse.add_argument("--lecture", action="store_true", help="lire seulement")
    choix = analyse.parse_args()
    livre = lire_livre()
    mots = mots_du_referentiel(livre, en_libelles=choix.sorte == "libelles")
    with tempfile.TemporaryDirectory() as dossier:
        entree, sortie = Path(dossier) / "entree.csv", Path(dossier) / "sortie.csv"
        fabriquer_csv(entree, livre, choix.lignes, choix.sorte)
        print(f"{choix.lignes} lignes, sorte {choix.sorte}, {entree.stat().st_size / 1e6:.0f} Mo")
        python, fin = [sys.executable, "-c"], [str(entree), str(sortie)]
        nos = {
            "octets (cpit)": [*python, OCTETS, *fin],
            "pyarrow": [*python, ARROW, *fin],
            "pyarrow, blocs de 16 Mo": [*python, ARROW, *fin, "16000000"],
            "polars": [*python, AVEC_POLARS, *fin],
            "polars, blocs de 16 Mo": [*python, AVEC_POLARS, *fin, "16000000"],
            "module csv": [*python, MODULE_CSV, *fin],
        }
        bornes = {
            "pandas, sans vérifier": [*python, PANDAS.format(**mots), *fin],
            "polars, sans vérifier": [*python, POLARS.format(**mots), *fin],
        }
        if choix.lecture:
            nos = {nom: [*commande, "lecture"] for nom, commande in nos.items() if "blocs" not in nom}
            bornes = {}
        alterner({**bornes, **nos}, set(nos), sortie, choix.tours)


def alterner(variantes: dict[str, list[str]], egales: set[str], sortie: Path, tours: int) -> None:
    """Lance chaque variante à tour de rôle ; celles d’``egales`` doivent écrire les mêmes octets."""
    passages: dict[str, list[Passage]] = {nom: [] for nom in variantes}
    empreintes = set()
    for _ in range(tours):
        for nom, commande in variantes.items():
            # cpit ne remplace pas ce qu’un autre a écrit.
            sortie.unlink(missing_ok=True)
            passages[nom].append(lancer(commande))
            if nom in egales:
                # Sans tout charger : le pic d’un processus part de celui de son parent.
                with sortie.open("rb") as flux:
                    empreintes.add(hashlib.file_digest(flux, "sha256").hexdigest())
    assert len(empreintes) == 1, "les sorties diffèrent"
    reference = next(iter(passages.values()))
    for nom, faits in passages.items():
        duree = statistics.median(r.duree / p.duree for r, p in zip(reference, faits, strict=True))
        calcul = statistics.median(r.processeur / p.processeur for r, p in zip(reference, faits, strict=True))
        secondes = statistics.median(p.processeur for p in faits)
        pic = max(p.pic for p in faits)
        print(f"{nom:26s} processeur {secondes:6.2f} s × {calcul:4.1f}   montre × {duree:4.1f}   pic {pic:5.0f} Mio")


if __name__ == "__main__":
    principal()
