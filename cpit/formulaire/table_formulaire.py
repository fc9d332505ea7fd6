"""La table vide à remplir : une ligne par personne, pour un outil d’enquête ou une saisie groupée."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from cpit.coeur.colonnes import COLONNES_DU_TIERS
from cpit.coeur.place import DIMENSIONS_DE_PLACE
from cpit.coeur.referentiel import Item, Referentiel
from cpit.coeur.tableaux import ancrer
from cpit.formats.dialecte_csv import DIALECTES_CSV
from cpit.formulaire.liste_de_codes import Participant
from cpit.lecture.entetes import EXEMPLE, colonnes_d_aide
from cpit.typographie import nettoyer


def table_vide_en_octets(
    referentiel: Referentiel,
    *,
    identifiant: str = "",
    moment: str = "t0",
    regard: str = "soi",
    profil: Mapping[str, str] = MappingProxyType({}),
    tiers: Mapping[str, str] = MappingProxyType({}),
    place: bool = False,
) -> bytes:
    """L’en-tête d’une table de cohorte et une ligne d’exemple, dans le dialecte « fr »."""
    niveaux = [str(niveau.valeur) for niveau in referentiel.echelle.niveaux]
    reponses = [niveaux[rang % len(niveaux)] for rang in range(len(referentiel.items))]
    exemple = Participant(identifiant or EXEMPLE, profil, moment, regard, tiers)
    return _en_octets(referentiel, [exemple], reponses, place=place)


def table_des_participants_en_octets(
    referentiel: Referentiel, participants: Sequence[Participant], *, place: bool = False
) -> bytes:
    """L’en-tête d’une table de cohorte et une ligne par participant, sans réponse, dans le dialecte « fr ».

    :param participants: chacun avec son moment et son regard ; l’évaluateur a ses colonnes si un tiers répond.
    :param place: vrai pour les colonnes de la fréquence et de l’importance de chaque situation.
    """
    return _en_octets(referentiel, participants, [""] * len(referentiel.items), place=place)


def _aide(referentiel: Referentiel, item: Item | None, regard: str) -> str:
    """Ce que veut dire chaque réponse, sur une ligne : la première seule la porte, et elle n’en grandit pas."""
    echelle = referentiel.echelle
    niveaux = [(str(n.valeur), n.libelle, item.sens_de(n) if item else n.description) for n in echelle.niveaux]
    sans_objet = echelle.sans_objet
    so = [("SO", sans_objet.libelle, sans_objet.description)] if sans_objet and item is None else []
    dites = [f"{code} = {ancrer(libelle, sens)}" for code, libelle, sens in (*niveaux, *so)]
    return nettoyer(" | ".join([echelle.question_pour(regard) if item is None else item.enonce_pour(regard), *dites]))


def _en_octets(
    referentiel: Referentiel, participants: Sequence[Participant], reponses: list[str], *, place: bool
) -> bytes:
    forme = DIALECTES_CSV["fr"]
    profil = [question.identifiant for question in referentiel.profil]
    tiers = [c.cle for c in COLONNES_DU_TIERS if any(un.regard == "tiers" for un in participants)]
    items = [item.code for item in referentiel.ordre_de_passation()]
    debuts = (
        [un.code, *(un.profil.get(question, "") for question in profil), un.moment, un.regard]
        + [un.tiers.get(cle, "") for cle in tiers]
        for un in participants
    )
    tampon = io.StringIO(newline="")
    ecrivain = csv.writer(tampon, delimiter=forme.separateur, lineterminator=forme.fin_de_ligne)
    aides = colonnes_d_aide(referentiel)
    places = [dimension.cle_de(code) for code in items for dimension in DIMENSIONS_DE_PLACE] if place else []
    ecrivain.writerow(["identifiant", *profil, "moment", "regard", *tiers, *items, *places, *aides])
    for rang, (participant, debut) in enumerate(zip(participants, debuts, strict=True)):
        dites = ("" if rang else _aide(referentiel, item, participant.regard) for item in aides.values())
        ecrivain.writerow([*debut, *reponses, *("" for _ in places), *dites])
    return tampon.getvalue().encode(forme.encodage)
