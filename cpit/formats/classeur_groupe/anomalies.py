"""La feuille « Anomalies » : tout ce que la lecture a refusé ou signalé, à trier et à corriger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from xlsxwriter.worksheet import Worksheet

from cpit.coeur.tableaux import Cellule
from cpit.erreurs import Anomalie, refusees
from cpit.formats.classeur_groupe.chantier import ANOMALIES, LIGNES_MAX, Chantier
from cpit.tableur.cellules import ecrire_ligne, ecrire_texte, hauteur
from cpit.tableur.styles import mettre_en_page
from cpit.typographie import grouper, typographier

COLONNES = (
    ("Gravité", 15, "donnee_texte"),
    ("Fichier", 30, "donnee_repliee"),
    ("Feuille", 16, "donnee_repliee"),
    ("Ligne", 9, "donnee_entier"),
    ("Colonne ou cellule", 12, "donnee_code"),
    ("Quoi", 52, "donnee_repliee"),
    ("Attendu", 42, "donnee_repliee"),
    ("Correction", 48, "donnee_repliee"),
)
ENTETE, PREMIERE = 2, 3
ECRITES_MAX = LIGNES_MAX - PREMIERE - 1
AJUSTEES = 5_000
"""Au-delà, les lignes gardent la hauteur ordinaire : mesurer chaque texte coûterait plus que l’écrire."""


def ecrire(chantier: Chantier) -> None:
    """Écrit la feuille, ligne à ligne et de haut en bas."""
    feuille, styles, anomalies = chantier.feuille(ANOMALIES), chantier.styles, chantier.anomalies
    for rang, (_, largeur, _) in enumerate(COLONNES):
        feuille.set_column(rang, rang, largeur)
    feuille.set_row(0, 26)
    ecrire_texte(feuille, 0, 0, ANOMALIES, styles["titre"])
    ecrire_texte(feuille, 1, 0, _bilan(anomalies), styles["intertitre"])
    feuille.set_row(ENTETE, 32)
    for rang, (titre, _, _) in enumerate(COLONNES):
        ecrire_texte(feuille, ENTETE, rang, titre, styles["cle_colonne"])
    ligne = _ecrire_lignes(chantier, feuille, anomalies[:ECRITES_MAX])
    feuille.autofilter(ENTETE, 0, ligne, len(COLONNES) - 1)
    if len(anomalies) > ECRITES_MAX:
        ligne += 1
        reste = f"Une feuille n'en contient pas plus : il en manque {grouper(len(anomalies) - ECRITES_MAX)} ici."
        ecrire_texte(feuille, ligne, 0, typographier(reste), styles["note"])
    feuille.freeze_panes(PREMIERE, 0)
    feuille.print_area(0, 0, ligne, len(COLONNES) - 1)
    mettre_en_page(feuille, paysage=True, repetees=(ENTETE, ENTETE))


def _bilan(anomalies: Sequence[Anomalie]) -> str:
    if not anomalies:
        return "Aucune anomalie."
    refus = len(refusees(anomalies))
    avertissements = len(anomalies) - refus
    return typographier(
        f"Refus : {grouper(refus)} (la donnée n'est pas prise). "
        f"Avertissements : {grouper(avertissements)} (elle l'est, à vérifier). Les lignes se trient et se filtrent."
    )


def _ecrire_lignes(chantier: Chantier, feuille: Worksheet, anomalies: Sequence[Anomalie]) -> int:
    """Rend la dernière ligne écrite."""
    formats = [chantier.styles[style] for _, _, style in COLONNES]
    ligne = ENTETE
    for ligne, cellules in enumerate(map(cellules_de, anomalies), start=PREMIERE):
        if len(anomalies) <= AJUSTEES:
            feuille.set_row(ligne, max(_hauteurs(cellules)))
        ecrire_ligne(feuille, ligne, cellules, formats)
    return ligne


def cellules_de(anomalie: Anomalie) -> tuple[Cellule, ...]:
    """Les cellules d’une anomalie, dans l’ordre des colonnes."""
    lieu = anomalie.lieu
    return (
        anomalie.gravite.value,
        lieu.fichier or None,
        lieu.feuille,
        lieu.ligne,
        lieu.cellule if lieu.cellule is not None else lieu.colonne,
        anomalie.quoi,
        anomalie.attendu,
        anomalie.correction,
    )


def _hauteurs(cellules: Iterable[Cellule]) -> Iterator[float]:
    for (_, largeur, _), cellule in zip(COLONNES, cellules, strict=True):
        yield hauteur(cellule, largeur * 1.05) if isinstance(cellule, str) else 15.0
