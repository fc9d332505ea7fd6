"""La table vide à remplir : une ligne par personne, pour un outil d’enquête ou une saisie groupée."""

from __future__ import annotations

import csv
import io

from cpit.coeur.referentiel import Referentiel
from cpit.formats.dialecte_csv import DIALECTES_CSV
from cpit.lecture.entetes import EXEMPLE


def table_vide_en_octets(
    referentiel: Referentiel, *, identifiant: str = "", moment: str = "t0", regard: str = "soi"
) -> bytes:
    """L’en-tête d’une table de cohorte et une ligne d’exemple, dans le dialecte « fr »."""
    forme = DIALECTES_CSV["fr"]
    profil = [question.identifiant for question in referentiel.profil]
    items = [item.code for item in referentiel.ordre_de_passation()]
    exemple = [identifiant or EXEMPLE, *("" for _ in profil), moment, regard]
    niveaux = [str(niveau.valeur) for niveau in referentiel.echelle.niveaux]
    exemple += [niveaux[rang % len(niveaux)] for rang in range(len(items))]
    tampon = io.StringIO(newline="")
    ecrivain = csv.writer(tampon, delimiter=forme.separateur, lineterminator=forme.fin_de_ligne)
    ecrivain.writerow(["identifiant", *profil, "moment", "regard", *items])
    ecrivain.writerow(exemple)
    return tampon.getvalue().encode(forme.encodage)
