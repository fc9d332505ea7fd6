"""Remplir un formulaire xlsx comme une personne, par openpyxl, sans rien savoir de cpit que le classeur lui-même."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from openpyxl import load_workbook

REPONSE, TRACE = 3, 4
SANS_REPONSE = "."


def remplir_comme_une_personne(
    source: Path,
    cible: Path,
    signes: Mapping[str, str],
    *,
    traces: Mapping[str, str] | None = None,
    profil: Mapping[str, str] | None = None,
) -> None:
    """Choisit dans les listes, écrit les traces à côté, et enregistre.

    :param signes: par code d’item, un chiffre, S (sans objet) ou . (sans réponse).
    :param profil: par question, le code du choix.
    """
    classeur = load_workbook(source)
    feuille, listes, identification = classeur.worksheets[:3]
    textes = {str(cellule.value)[0]: cellule.value for cellule in listes["A"] if cellule.value}
    lignes = {feuille.cell(rang, 1).value: rang for rang in range(1, feuille.max_row + 1)}
    for code, signe in signes.items():
        if signe != SANS_REPONSE:
            feuille.cell(lignes[code], REPONSE).value = textes[signe]
    for code, trace in (traces or {}).items():
        cellule = feuille.cell(lignes[code], TRACE)
        cellule.value = trace
        cellule.data_type = "s"
    for sorte, question, adresse, *_ in identification.iter_rows(values_only=True):
        choix = (profil or {}).get(str(question).removeprefix("profil."))
        if sorte == "question" and choix:
            feuille[adresse].value = choix
    classeur.save(cible)
