"""Une cohorte notée en CSV, dans l’un des deux dialectes nommés ; jamais un mélange."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cpit.coeur.cohorte import Cohorte
from cpit.coeur.colonnes import colonnes, lignes
from cpit.coeur.tableaux import Cellule
from cpit.formats.porte import SANS_PERMIS, Permis, ecriture_durable
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


def ecrire_cohorte_csv(
    chemin: Path,
    cohorte: Cohorte,
    *,
    dialecte: str = "fr",
    avec_reponses: bool = True,
    permis: Permis = SANS_PERMIS,
) -> None:
    """Écrit le CSV : fichier temporaire dans le même dossier, puis remplacement, droits 0600.

    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    with ecriture_durable(chemin, permis) as binaire:
        ecrire_cohorte_csv_en_flux(binaire, cohorte, dialecte=dialecte, avec_reponses=avec_reponses)


def ecrire_cohorte_csv_en_flux(
    sortie: IO[bytes], cohorte: Cohorte, *, dialecte: str = "fr", avec_reponses: bool = True
) -> None:
    """Écrit le CSV dans un flux d’octets (la sortie standard, par exemple), sans le fermer."""
    forme = DIALECTES_CSV[dialecte]
    texte = io.TextIOWrapper(sortie, encoding=forme.encodage, newline="")
    ecrivain = csv.writer(texte, delimiter=forme.separateur, lineterminator=forme.fin_de_ligne)
    ecrivain.writerow([colonne.cle for colonne in colonnes(cohorte.referentiel, avec_reponses=avec_reponses)])
    for ligne in lignes(cohorte, avec_reponses=avec_reponses):
        ecrivain.writerow([cellule_csv(cellule, forme.decimale) for cellule in ligne])
    texte.flush()
    texte.detach()


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
