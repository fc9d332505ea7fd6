"""Une table de réponses en CSV, une ligne par personne : Excel, LibreOffice, R, pandas, LimeSurvey."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cpit.coeur.cohorte import Releve
from cpit.coeur.modele import Referentiel
from cpit.erreurs import Anomalie, ErreurCpit, Lieu, anomalie, raison_systeme, refus
from cpit.formats.colonnes import Nomenclature
from cpit.formats.dialecte_csv import Reperage, choisir_encodage, reperer
from cpit.formats.lecture import LectureSource
from cpit.formats.lignes import LIGNES_MAX, Journal, Ligneur, Situer, sans_ramasse_miettes

TAILLE_MAX = 300_000_000
"""Octets : 100 000 personnes dont toutes les réponses sont des libellés en pèsent moins de 100 millions."""


class Enregistrement(NamedTuple):
    """Une ligne logique : ses lignes du fichier, ses cellules, ou la raison pour laquelle elle ne se lit pas."""

    debut: int
    fin: int
    cellules: list[str]
    raison: str = ""


def lire(chemin: Path, referentiel: Referentiel) -> LectureSource:
    """Lit une table ; ne lève rien : ce qui n’est pas pris est une anomalie située."""
    source = str(chemin)
    try:
        return _lire(_octets(chemin, source), source, referentiel)
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


def _lire(octets: bytes, source: str, referentiel: Referentiel) -> LectureSource:
    encodage, avis = choisir_encodage(octets, source)
    reperage = reperer(octets, encodage, Nomenclature(referentiel), source)
    journal = Journal([*([avis] if avis else []), *reperage.entete.avertissements])
    ligneur = Ligneur(referentiel, reperage.entete, source, _situeur(source), journal)
    flux = io.TextIOWrapper(io.BytesIO(octets), encoding=encodage, newline="")
    with sans_ramasse_miettes():
        releves = tuple(_lignes(flux, reperage, ligneur, source))
    if not releves and not any(a.lieu.ligne and a.lieu.ligne > reperage.lignes for a in journal.clore(source)):
        journal.noter(anomalie("table-sans-ligne", source))
    return LectureSource(source, releves, ligneur.clore())


def _situeur(source: str) -> Situer:
    return lambda ligne, rang: Lieu(source, ligne, rang + 1)


def _lignes(flux: io.TextIOBase, reperage: Reperage, ligneur: Ligneur, source: str) -> Iterator[Releve]:
    """Les relevés des lignes bien formées ; les autres vont au journal."""
    largeur = len(reperage.entete.colonnes)
    vides, premiere_vide, vides_du_milieu = 0, 0, 0
    for debut, fin, cellules, raison in enregistrements(flux, reperage):
        if fin > LIGNES_MAX:
            raise refus("table-trop-longue", Lieu(source, debut), limite=LIGNES_MAX)
        if not raison and est_vide(cellules):
            vides += 1
            continue
        if vides:
            premiere_vide = premiere_vide or debut - vides
            vides_du_milieu, vides = vides_du_milieu + vides, 0
        if raison or len(cellules) != largeur:
            ligneur.journal.noter(malformee(Enregistrement(debut, fin, cellules, raison), largeur, source))
        elif releve := ligneur.lire(cellules, debut):
            yield releve
    if vides_du_milieu:
        ligneur.journal.noter(anomalie("lignes-vides", Lieu(source, premiere_vide), nombre=vides_du_milieu))


def enregistrements(flux: Iterator[str], reperage: Reperage) -> Iterator[Enregistrement]:
    """Les lignes logiques d’un CSV sous son en-tête ; une ligne mal formée est rendue avec sa raison.

    :param flux: les lignes du texte depuis son début, telles que les rend un fichier ouvert avec ``newline=""``.
    """
    for _ in range(reperage.lignes):
        next(flux, "")
    lecteur = csv.reader(flux, delimiter=reperage.separateur, strict=True)
    fin = reperage.lignes
    while True:
        debut = fin + 1
        try:
            cellules, raison = next(lecteur), ""
        except StopIteration:
            return
        except csv.Error as erreur:
            cellules, raison = [], _en_francais(str(erreur))
        fin = reperage.lignes + lecteur.line_num
        yield Enregistrement(debut, fin, cellules, raison)


def est_vide(cellules: list[str]) -> bool:
    """Vrai si aucune cellule ne porte autre chose que des espaces."""
    return not cellules or (not cellules[0].strip() and not "".join(cellules).strip())


def _en_francais(raison: str) -> str:
    if "end of data" in raison:
        return "guillemet jamais refermé"
    return "texte démesuré entre guillemets" if "limit" in raison else "texte après un guillemet fermant"


def malformee(ligne: Enregistrement, largeur: int, source: str) -> Anomalie:
    """Ce qu’il faut dire d’une ligne illisible, ou plus courte ou plus longue que l’en-tête."""
    if ligne.raison:
        lieu = Lieu(source, ligne.debut)
        return anomalie("csv-mal-forme", lieu, debut=ligne.debut, fin=ligne.fin, raison=ligne.raison)
    trouve = len(ligne.cellules)
    if trouve < largeur:
        return anomalie("ligne-trop-courte", Lieu(source, ligne.debut, trouve), trouve=trouve, attendu=largeur)
    return anomalie("ligne-trop-longue", Lieu(source, ligne.debut, largeur + 1), trouve=trouve, attendu=largeur)
