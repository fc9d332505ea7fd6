"""Les lignes d’une personne dans une table ou un classeur : dans la colonne des identifiants, ou citée ailleurs."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from cpit.droits.identite import Identite, normaliser
from cpit.formats.cellules import lire_mots, replier_libelle
from cpit.formats.colonnes import IDENTIFIANTS
from cpit.formats.lecteur_csv import (
    ENTETE_MAX,
    SEPARATEURS,
    Enregistrement,
    consigne_csv,
    enregistrements,
    passer_lignes,
)

ENTETE_DANS = 30
"""Premières lignes non vides d’une feuille où l’on cherche l’en-tête."""
_COLONNES = frozenset({"identifiant", "id", "code de la personne", "pseudonyme", *IDENTIFIANTS})

ILLISIBLE = "\ufffd"
"""Tient la place d’une ligne que l’on ne sait pas lire : elle peut être à quelqu’un d’autre."""
Rangee = tuple[int, list[str]]
"""Numéro d’une ligne (dès 1) et ses cellules en texte."""


@dataclass(frozen=True, slots=True)
class Releve:
    """Ce qu’une grille dit d’une personne.

    ``siennes`` : les lignes de la colonne des identifiants ; ``citees`` : les autres où le code se lit ; ``autrui`` :
    vrai si la table a des lignes d’autres personnes ; ``codes`` : tous les identifiants de la table.
    """

    entete: Sequence[str] = ()
    siennes: tuple[Rangee, ...] = ()
    citees: tuple[int, ...] = ()
    autrui: bool = False
    codes: frozenset[str] = frozenset()


def relever(rangees: Iterable[Rangee], identite: Identite) -> Releve:
    """Cherche une personne dans une grille."""
    entete: list[str] = []
    colonne: int | None = None
    siennes: list[Rangee] = []
    citees: list[int] = []
    codes: set[str] = set()
    autrui, vues = False, 0
    for numero, cellules in rangees:
        if not any(cellules):
            continue
        vues += 1
        if colonne is None and vues <= ENTETE_DANS and (colonne := _colonne_des_codes(cellules)) is not None:
            entete = cellules
            continue
        code = normaliser(cellules[colonne]) if colonne is not None and colonne < len(cellules) else ""
        codes.add(code)
        if identite.est(code) or code in identite.pseudonymes:
            siennes.append((numero, cellules))
            # Un export pseudonymisé est un tout, scellé par son manifeste : il se refait, il ne se troue pas.
            autrui = autrui or code in identite.pseudonymes
            continue
        autrui = True
        if any(identite.est_citee_seule(cellule) or identite.cite(cellule) for cellule in cellules):
            citees.append(numero)
    return Releve(entete, tuple(siennes), tuple(citees), autrui, frozenset(codes - {""}))


def rangees_du_texte(texte: str) -> Iterator[Rangee]:
    """Les lignes d’un CSV, quel que soit son dialecte ; ce qui est mal formé se lit au mieux."""
    debut = texte[:ENTETE_MAX]
    # Le séparateur qu’une première ligne « sep=; » impose n’est pas cru : faux, il ferait manquer une personne.
    separateur = max(SEPARATEURS, key=lambda essaye: _noter_entete(_lire(debut, essaye)))
    for lu in _lire(texte, separateur):
        yield lu.debut, [ILLISIBLE] if lu.raison else [_mots(cellule) for cellule in lu.cellules]


def _noter_entete(lus: Iterable[Enregistrement]) -> tuple[bool, int]:
    """Si un en-tête se trouve au début d’une table, et combien de cellules y a sa ligne la plus large."""
    remplies = (lu.cellules for lu in lus if any(lu.cellules))
    premieres = list(islice(remplies, ENTETE_DANS))
    trouve = any(_colonne_des_codes(cellules) is not None for cellules in premieres)
    return trouve, max(map(len, premieres), default=0)


def _lire(texte: str, separateur: str) -> Iterator[Enregistrement]:
    _, passees = consigne_csv(texte)
    lignes = io.StringIO(texte, newline="")
    passer_lignes(lignes, passees)
    return enregistrements(lignes, separateur, passees, au_mieux=True)


def feuilles(chemin: Path) -> Iterator[tuple[str, list[Rangee]]]:
    """Les feuilles d’un classeur, cachées comprises.

    :raises Exception: de toute sorte si le classeur est abîmé ; l’appelant a une seule frontière.
    """
    from zipfile import ZipFile

    from cpit.tableur.lecture import ClasseurLu

    with ZipFile(chemin) as archive:
        classeur = ClasseurLu(archive)
        for onglet in classeur.onglets:
            _, lignes = classeur.suivre_feuille(onglet)
            yield onglet.nom, [(numero, _cellules(cases)) for numero, cases in lignes]


def _cellules(cases: Mapping[int, object]) -> list[str]:
    largeur = min(max(cases, default=0), 2_000)
    return [_mots(cases.get(colonne)) for colonne in range(1, largeur + 1)]


def _mots(valeur: object) -> str:
    return str(lire_mots(valeur))


def _colonne_des_codes(cellules: Sequence[str]) -> int | None:
    """Rang de la colonne des identifiants, si cette ligne est un en-tête ; « id » seulement faute de mieux."""
    plies = [replier_libelle(cellule) if len(cellule) < 100 else "" for cellule in cellules]
    trouves = [rang for rang, plie in enumerate(plies) if plie in _COLONNES]
    if not trouves:
        return None
    return min(trouves, key=lambda rang: (plies[rang] == "id", plies[rang] != "identifiant", rang))
