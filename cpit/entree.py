"""Point d’entrée : répond à « --version » sans rien importer, puis passe la main à la ligne de commande."""

import os
import sys

from cpit import __version__


def principal() -> None:
    """Lance cpit avec les arguments du processus.

    La version se donne avant tout import : un formateur la demande à distance, et elle ne doit rien coûter.
    """
    if sys.argv[1:] in (["--version"], ["-V"]):
        sys.stdout.write(f"cpit {__version__}\n")
        return
    # Les extensions de pydantic se cherchent dans tous les paquets installés : cpit n’en a pas.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from cpit.cli import executer

    sys.exit(executer(sys.argv[1:]))
