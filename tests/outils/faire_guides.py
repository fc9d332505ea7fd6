"""Remet à jour, dans le README et les guides, chaque sortie de commande ; un test vérifie qu’elles le sont.

    python tests/outils/faire_guides.py

Un bloc « console » qui suit un commentaire « sortie : cpit … » contient ce que cette commande écrit, à 80 colonnes.
« lignes 1-12 » après la commande n’en garde qu’une partie.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
from pathlib import Path

RACINE = Path(__file__).resolve().parents[2]
README = RACINE / "README.md"
DOCUMENTS = (README, *sorted((RACINE / "cpit" / "guides").glob("*.md")))
"""Le README et les guides."""
BLOC = re.compile(
    r"(<!-- sortie : (?P<commande>cpit [^>]*?)(?: \| lignes (?P<debut>\d+)-(?P<fin>\d+))? -->\n+```\w*\n)(.*?)(```)",
    re.DOTALL,
)


def mettre_a_jour(texte: str) -> str:
    """Un document, chaque bloc de sortie refait."""
    return BLOC.sub(lambda bloc: bloc[1] + _sortie(bloc) + "```", texte)


def commandes(texte: str) -> list[str]:
    """Les commandes dont un document montre la sortie."""
    return [bloc["commande"] for bloc in BLOC.finditer(texte)]


def _sortie(bloc: re.Match[str]) -> str:
    lignes = executer(bloc["commande"]).splitlines()
    if bloc["debut"]:
        lignes = lignes[int(bloc["debut"]) - 1 : int(bloc["fin"])]
    return "\n".join(ligne.rstrip() for ligne in lignes).strip("\n") + "\n"


def executer(commande: str) -> str:
    """Ce qu’une commande écrit sur sa sortie, depuis la racine du dépôt, à 80 colonnes, en UTF-8."""
    from cpit import cli

    tampon = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n")
    avant = {cle: os.environ.get(cle) for cle in ("COLUMNS", "ACCESSIBLE")}
    os.environ.update(COLUMNS="80", ACCESSIBLE="")
    try:
        with contextlib.chdir(RACINE), contextlib.redirect_stdout(tampon):
            code = cli.executer(shlex.split(commande)[1:])
    finally:
        for cle, valeur in avant.items():
            if valeur is None:
                os.environ.pop(cle)
            else:
                os.environ[cle] = valeur
    tampon.flush()
    texte = tampon.buffer.getvalue().decode("utf-8")  # type: ignore[attr-defined]
    if code != 0:
        raise RuntimeError(f"{commande} rend {code}")
    return texte


if __name__ == "__main__":
    for document in DOCUMENTS:
        document.write_text(mettre_a_jour(document.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
