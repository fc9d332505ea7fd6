"""Remet à jour, dans le README et les guides, chaque sortie de commande ; un test vérifie qu’elles le sont.

    python tests/outils/faire_guides.py

Un bloc « console » qui suit un commentaire « sortie : cpit … » contient ce que cette commande écrit, à 80 colonnes.
« lignes 1-12 » après la commande n’en garde qu’une partie. Entre « api » et « fin api » vient la référence de
``import cpit``, tirée des signatures et des docstrings.
"""

from __future__ import annotations

import contextlib
import inspect
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


API = re.compile(r"(<!-- api -->\n).*?(<!-- fin api -->)", re.DOTALL)
CHAMP = re.compile(r"^:(?P<sorte>param|raises) (?P<nom>\w+): ", re.MULTILINE)


def mettre_a_jour(texte: str) -> str:
    """Un document, chaque bloc de sortie refait, et la référence de l’API."""
    avec_sorties = BLOC.sub(lambda bloc: bloc[1] + _sortie(bloc) + "```", texte)
    return API.sub(lambda bloc: f"{bloc[1]}\n{reference()}\n{bloc[2]}", avec_sorties)


def reference() -> str:
    """La référence de l’API : chaque nom de la façade, sa signature et sa docstring."""
    import cpit

    return "\n".join(_rediger_nom(nom, getattr(cpit, nom)) for nom in cpit.__all__)


def _rediger_nom(nom: str, objet: object) -> str:
    signature = f"{nom}{inspect.signature(objet)}" if inspect.isfunction(objet) else nom  # type: ignore[arg-type]
    # Une annotation vient entre apostrophes, parce qu’elle n’est pas évaluée ; une valeur par défaut les garde.
    signature = re.sub(r"(: |-> )'([^']*)'", r"\1\2", signature).replace('"', "'")
    signature = signature.replace("**options: Any", "options…")
    return f"### `cpit.{nom}`\n\n```text\n{signature}\n```\n\n{_en_markdown(inspect.getdoc(objet) or '')}\n"


def _en_markdown(docstring: str) -> str:
    """Une docstring en Markdown : les champs deviennent une liste, les doubles accents graves de simples."""
    from cpit.typographie import typographier

    texte = CHAMP.sub(lambda c: f"- `{c['nom']}`{' (erreur)' if c['sorte'] == 'raises' else ''} : ", docstring)
    morceaux = re.split(r"(`[^`]+`)", re.sub(r"``([^`]+)``", r"`\1`", texte))
    return "".join(m if m.startswith("`") else typographier(m) for m in morceaux)


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
