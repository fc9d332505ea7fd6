"""Les bornes que des essais abaissent : les atteindre pour de bon demanderait des millions de lignes."""

from __future__ import annotations

import pytest

from cpit import flux, sources
from cpit.flux import grilles, lots, notation_en_flux
from cpit.lecture import lignes, table_csv, table_xlsx
from cpit.tableur import classeur_ouvert, grandes_feuilles
from cpit.tableur import lecture as machine

BORNES: dict[str, tuple[tuple[object, str], ...]] = {
    "octets d’une table à noter en flux": ((flux, "SEUIL"),),
    "octets lus à la fois d’une table": ((table_csv, "_MORCEAU"),),
    "octets notés à la fois": ((grilles, "TAILLE_BLOC"), (table_csv, "_MORCEAU")),
    "lignes notées à la fois": ((grilles, "LIGNES_PAR_BLOC"),),
    "lignes confiées à un même lecteur": ((lots, "CONFIEES_MAX"),),
    "anomalies détaillées d’une source": (
        (lignes, "DETAIL_MAX"),
        (notation_en_flux, "DETAIL_MAX"),
        (sources, "DETAIL_MAX"),
    ),
    "façons d’écrire une réponse": ((lignes, "_REPONSES_MAX"),),
    "textes assemblés que l’on retient": ((notation_en_flux, "PLACES"),),
    "doubles relus à la fois": ((notation_en_flux, "_RELEVES_MAX"),),
    "passations dont on cherche les doubles": ((notation_en_flux, "EMPREINTES_MAX"),),
    "valeurs distinctes d’une médiane": ((notation_en_flux, "DISTINCTES_MAX"),),
    "lignes d’une table": ((table_csv, "LIGNES_DITES_MAX"),),
    "octets d’une table": ((table_csv, "TABLE_OCTETS_MAX"),),
    "octets d’un classeur": ((table_xlsx, "_TAILLE_MAX"),),
    "octets d’un classeur décompressé": ((table_xlsx, "_DECLARE_MAX"),),
    "feuilles lues d’un classeur": ((table_xlsx, "_FEUILLES_MAX"),),
    "colonnes où se cherchent deux items": ((table_xlsx, "_COLONNES_MAX"),),
    "octets d’une grande feuille": ((grandes_feuilles, "GRANDE"),),
    "octets lus à la fois d’une grande feuille": ((grandes_feuilles, "MORCEAU"),),
    "octets lus à la fois d’une feuille": ((machine, "MORCEAU"),),
    "octets d’une balise de classeur": ((machine, "_JETON_MAX"),),
    "balises vaines d’un classeur": ((machine, "_VAINES_MAX"),),
    "noms d’une partie de classeur": ((machine, "_DISTINCTS_MAX"),),
    "textes partagés d’un classeur": ((machine, "_TEXTES_MAX"),),
    "octets de la liste des feuilles": ((machine, "_PARTIE_MAX"),),
    "pièges d’une feuille": ((machine, "PIEGES_MAX"),),
    "fusions d’une feuille": ((classeur_ouvert, "FUSIONS_MAX"),),
    "fusions d’une seule case": ((classeur_ouvert, "_SEULES_MAX"),),
    "fusions d’une même ligne": ((classeur_ouvert, "_ACTIVES_MAX"),),
    "cellules sans preuve de calcul": ((classeur_ouvert, "SANS_PREUVE_MAX"),),
}
"""Ce qu’elle borne → où elle est dite."""


def abaisser(monkeypatch: pytest.MonkeyPatch, borne: str, valeur: int) -> None:
    """Donne à une borne une valeur que quelques lignes atteignent."""
    for module, nom in BORNES[borne]:
        monkeypatch.setattr(module, nom, valeur)
