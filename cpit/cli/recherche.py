"""Les commandes de la recherche : exporter un jeu de données, éprouver l’instrument."""

from __future__ import annotations

import typer

app = typer.Typer()
