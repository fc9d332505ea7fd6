"""La table vide à remplir : une ligne par personne, pour un outil d’enquête ou une saisie groupée."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from cpit.coeur.referentiel import Referentiel
from cpit.formats.dialecte_csv import DIALECTES_CSV
from cpit.formulaire.liste_de_codes import Participant
from cpit.lecture.entetes import EXEMPLE


def table_vide_en_octets(
    referentiel: Referentiel,
    *,
    identifiant: str = "",
    moment: str = "t0",
    regard: str = "soi",
    profil: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """L’en-tête d’une table de cohorte et une ligne d’exemple, dans le dialecte « fr »."""
    niveaux = [str(niveau.valeur) for niveau in referentiel.echelle.niveaux]
    reponses = [niveaux[rang % len(niveaux)] for rang in range(len(referentiel.items))]
    debut = _debut(referentiel, Participant(identifiant or EXEMPLE, profil), moment, regard)
    return _en_octets(referentiel, [[*debut, *reponses]])


def table_des_participants_en_octets(
    referentiel: Referentiel, participants: Iterable[Participant], *, moment: str = "t0", regard: str = "soi"
) -> bytes:
    """L’en-tête d’une table de cohorte et une ligne par participant, sans réponse, dans le dialecte « fr »."""
    vides = [""] * len(referentiel.items)
    return _en_octets(referentiel, [[*_debut(referentiel, un, moment, regard), *vides] for un in participants])


def _debut(referentiel: Referentiel, participant: Participant, moment: str, regard: str) -> list[str]:
    profil = [participant.profil.get(question.identifiant, "") for question in referentiel.profil]
    return [participant.code, *profil, moment, regard]


def _en_octets(referentiel: Referentiel, rangees: Iterable[list[str]]) -> bytes:
    forme = DIALECTES_CSV["fr"]
    profil = [question.identifiant for question in referentiel.profil]
    items = [item.code for item in referentiel.ordre_de_passation()]
    tampon = io.StringIO(newline="")
    ecrivain = csv.writer(tampon, delimiter=forme.separateur, lineterminator=forme.fin_de_ligne)
    ecrivain.writerow(["identifiant", *profil, "moment", "regard", *items])
    ecrivain.writerows(rangees)
    return tampon.getvalue().encode(forme.encodage)
