"""Les dialectes nommés d’un CSV que l’on écrit, et comment une cellule s’y écrit."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from cpit.coeur.tableaux import Cellule
from cpit.typographie import nettoyer

_DECLENCHEURS = ("=", "+", "-", "@", "\t", "\r")
"""Un texte qui commence ainsi serait une formule dans un tableur : il est précédé d’une apostrophe."""


@dataclass(frozen=True, slots=True)
class Dialecte:
    """Une façon d’écrire un CSV."""

    separateur: str
    encodage: str
    decimale: str
    fin_de_ligne: str


DIALECTES_CSV = {
    "fr": Dialecte(";", "utf-8-sig", ",", "\r\n"),
    "science": Dialecte(",", "utf-8", ".", "\n"),
}
"""« fr » pour l’Excel français ; « science » pour R, pandas et les autres."""


def cellule_csv(cellule: Cellule, decimale: str) -> str:
    """Une cellule en texte : nombre en pleine précision, vide si absente, texte jamais pris pour une formule."""
    if cellule is None:
        return ""
    if isinstance(cellule, float):
        return repr(cellule).replace(".", decimale)
    if isinstance(cellule, int):
        return str(cellule)
    texte = nettoyer(cellule)
    return "'" + texte if texte.startswith(_DECLENCHEURS) else texte


def morceau_csv(cellules: Sequence[Cellule], forme: Dialecte) -> bytes:
    """Des cellules voisines, comme l’écrivain ordinaire les écrit dans une ligne plus longue, sans fin de ligne.

    Une première ou une dernière cellule vide donne un séparateur au bord.
    """
    texte = io.StringIO()
    ecrivain = csv.writer(texte, delimiter=forme.separateur, lineterminator="")
    # Une ligne d’une seule cellule vide s’écrirait « "" » : une cellule de plus, ôtée ensuite.
    ecrivain.writerow([*(cellule_csv(cellule, forme.decimale) for cellule in cellules), "-"])
    return texte.getvalue()[:-2].encode()
