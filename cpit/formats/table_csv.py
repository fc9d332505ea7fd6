"""Une table de réponses en CSV, une ligne par personne : Excel, LibreOffice, R, pandas, LimeSurvey."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from cpit.coeur.cohorte import Releve
from cpit.coeur.modele import Referentiel
from cpit.erreurs import Anomalie, ErreurCpit, Lieu, anomalie, raison_systeme, refus
from cpit.formats.colonnes import Nomenclature
from cpit.formats.lecteur_csv import (
    Enregistrement,
    LignesVides,
    TableCsv,
    enregistrements,
    lignes_remplies,
    noter_fin_de_table,
    ouvrir_table_csv,
    passer_lignes,
)
from cpit.formats.lecture import LectureSource
from cpit.formats.lignes import LIGNES_MAX, Journal, Ligneur, sans_ramasse_miettes

TAILLE_MAX = 300_000_000
"""Octets : 100 000 personnes dont toutes les réponses sont des libellés en pèsent moins de 100 millions."""


def lire(chemin: Path, referentiel: Referentiel) -> LectureSource:
    """Lit une table ; ne lève rien : ce qui n’est pas pris est une anomalie située."""
    source = str(chemin)
    try:
        return _lire(io.BytesIO(_octets(chemin, source)), source, referentiel)
    except ErreurCpit as erreur:
        return LectureSource(source, anomalies=erreur.anomalies)
    except OSError as erreur:
        raison = raison_systeme(erreur)
        return LectureSource(source, anomalies=(anomalie("fichier-illisible", source, raison=raison),))
    except Exception as erreur:  # la frontière : un fichier hostile ne fait tomber personne
        return LectureSource(source, anomalies=(anomalie("table-illisible", source, raison=type(erreur).__name__),))


def _octets(chemin: Path, source: str) -> bytes:
    try:
        with chemin.open("rb") as flux:
            octets = flux.read(TAILLE_MAX + 1)
    except FileNotFoundError:
        raise refus("fichier-introuvable", source, nom=chemin) from None
    if len(octets) > TAILLE_MAX:
        raise refus("fichier-trop-gros", source, taille=chemin.stat().st_size, limite=TAILLE_MAX)
    return octets


def _lire(flux: IO[bytes], source: str, referentiel: Referentiel) -> LectureSource:
    table = ouvrir_table_csv(flux, source, Nomenclature(referentiel))
    journal, vides = Journal(table.avis), LignesVides()
    ligneur = Ligneur(referentiel, table.entete, source, lambda ligne, rang: Lieu(source, ligne, rang + 1), journal)
    with sans_ramasse_miettes():
        releves = tuple(_releves(flux, table, ligneur, vides))
    noter_fin_de_table(journal, table, vides, len(releves))
    return LectureSource(source, releves, ligneur.clore())


def _releves(flux: IO[bytes], table: TableCsv, ligneur: Ligneur, vides: LignesVides) -> Iterator[Releve]:
    """Les relevés des lignes bien formées ; les autres vont au journal."""
    texte = io.TextIOWrapper(flux, encoding=table.encodage, newline="")
    passer_lignes(texte, table.lignes)
    lus = _bornes(enregistrements(texte, table.separateur, table.lignes), table.source)
    for ligne, cellules in lignes_remplies(lus, table, vides):
        if isinstance(cellules, Anomalie):
            ligneur.journal.noter(cellules)
        elif releve := ligneur.lire(cellules, ligne):
            yield releve


def _bornes(lus: Iterable[Enregistrement], source: str) -> Iterator[Enregistrement]:
    """Les mêmes lignes, tant qu’une feuille de tableur les porterait."""
    for lu in lus:
        if lu.fin > LIGNES_MAX:
            raise refus("table-trop-longue", Lieu(source, lu.debut), limite=LIGNES_MAX)
        yield lu
