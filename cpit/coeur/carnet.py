"""Ce qu’un carnet montre d’une valeur : une petite table, en HTML sûr."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def table_html(entetes: Sequence[tuple[str, str]], lignes: Iterable[Sequence[object]], pied: str) -> str:
    """Une table et ce qu’elle est ; ``entetes`` : le titre de chaque colonne, et ce qu’en dit son infobulle."""
    entete = "".join(f'<th title="{escape(aide)}">{escape(titre)}</th>' for titre, aide in entetes)
    corps = "".join(
        "<tr>" + "".join(f"<td>{escape(_montrer(cellule))}</td>" for cellule in ligne) + "</tr>" for ligne in lignes
    )
    return f"<table><thead><tr>{entete}</tr></thead><tbody>{corps}</tbody></table><p>{escape(pied)}</p>"


def _montrer(cellule: object) -> str:
    """Une cellule : deux décimales au plus, rien si elle est absente."""
    if cellule is None:
        return ""
    return f"{cellule:.2f}" if isinstance(cellule, float) else str(cellule)
