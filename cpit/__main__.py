"""Point d’entrée (« cpit », « python -m cpit ») : répond à « --version » sans rien importer, puis passe la main."""

import gc
import os
import sys

from cpit.sceaux import __version__

_OBJETS_NEUFS = 50_000
"""Objets créés entre deux passages du ramasse-miettes ; Python en prend 700."""


def principal() -> None:
    """Lance cpit avec les arguments du processus.

    La version se donne avant tout import : un formateur la demande à distance, et elle ne doit rien coûter.
    """
    if sys.argv[1:] in (["--version"], ["-V"]):
        sys.stdout.write(f"cpit {__version__}\n")
        return
    # Un chargement ne laisse presque rien à ramasser : le chercher sans cesse prenait un dixième du démarrage.
    gc.set_threshold(_OBJETS_NEUFS)
    # Les extensions de pydantic se cherchent dans tous les paquets installés : cpit n’en a pas.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from cpit.cli import executer

    sys.exit(executer(sys.argv[1:] or _sans_argument()))


def _sans_argument() -> list[str]:
    """Ce que veut dire « cpit » seul : l’aide, ou le menu pour qui a ouvert le programme d’un double clic.

    Un double clic ne donne pas d’argument, et ouvre un terminal ; seul le programme figé s’ouvre ainsi. Ses passations
    vont dans le dossier personnel : celui du programme se remplace à chaque version.
    """
    fige = getattr(sys, "frozen", False)
    if not fige or not all(flux is not None and flux.isatty() for flux in (sys.stdin, sys.stdout)):
        return []
    return ["menu", "--dossier", os.path.join(os.path.expanduser("~"), "cpit")]  # noqa: PTH111, PTH118


if __name__ == "__main__":
    principal()
