"""La table vide à remplir : une ligne par personne, pour un outil d’enquête ou une saisie groupée."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from cpit.coeur.colonnes import COLONNES_DU_TIERS, DATE_DU_MOMENT
from cpit.coeur.mots.notice import consignes_de_reponse, question_de_reponse, sens_de_sans_objet
from cpit.coeur.passation import DIMENSIONS_DE_PLACE, est_retrospectif, moments_demandes
from cpit.coeur.referentiel import Item, Referentiel
from cpit.coeur.tableaux import ancrer
from cpit.formats.dialecte_csv import DIALECTES_CSV
from cpit.formulaire.liste_de_codes import Participant
from cpit.lecture.entetes import EXEMPLE, colonnes_d_aide, colonnes_de_version
from cpit.typographie import nettoyer


def table_vide_en_octets(  # noqa: PLR0913
    referentiel: Referentiel,
    *,
    identifiant: str = "",
    moment: str = "t0",
    regard: str = "soi",
    profil: Mapping[str, str] = MappingProxyType({}),
    tiers: Mapping[str, str] = MappingProxyType({}),
    place: bool = False,
    date_moment: str = "",
) -> bytes:
    """L’en-tête d’une table de cohorte et une ligne d’exemple (deux pour deux moments), dans le dialecte « fr »."""
    niveaux = [str(niveau.valeur) for niveau in referentiel.echelle.niveaux]
    reponses = [niveaux[rang % len(niveaux)] for rang in range(len(referentiel.items))]
    exemple = Participant(identifiant or EXEMPLE, profil, moment, regard, tiers, date_moment)
    return _en_octets(referentiel, [exemple], reponses, place=place)


def table_des_participants_en_octets(
    referentiel: Referentiel, participants: Sequence[Participant], *, place: bool = False
) -> bytes:
    """L’en-tête d’une table de cohorte et une ligne par participant, sans réponse, dans le dialecte « fr ».

    :param participants: chacun avec son moment et son regard ; l’évaluateur a ses colonnes si un tiers répond, la date
        du moment la sienne si elle est donnée ou qu’un moment est passé. Qui répond à deux moments a deux lignes.
    :param place: vrai pour les colonnes de la fréquence et de l’importance de chaque situation.
    """
    return _en_octets(referentiel, participants, [""] * len(referentiel.items), place=place)


def _par_moment(un: Participant) -> list[Participant]:
    """Un participant par moment demandé ; de deux, la date est celle du moment passé."""
    premier, *passes = moments_demandes(un.moment)
    if not passes:
        return [un]
    return [replace(un, moment=premier, date_moment=""), *(replace(un, moment=passe) for passe in passes)]


def _aide(referentiel: Referentiel, item: Item | None, un: Participant) -> str:
    """Ce que veut dire chaque réponse, sur une ligne : la première seule la porte, et elle n’en grandit pas."""
    regard = un.regard
    echelle = referentiel.echelle
    niveaux = [(str(n.valeur), n.libelle, item.sens_de(n) if item else n.description) for n in echelle.niveaux]
    sans_objet = echelle.sans_objet
    sans = sens_de_sans_objet(referentiel, regard)
    so = [("SO", sans_objet.libelle, sans)] if sans_objet and item is None else []
    dites = [f"{code} = {ancrer(libelle, sens)}" for code, libelle, sens in (*niveaux, *so)]
    if item is not None:
        return nettoyer(" | ".join([item.enonce_pour(regard), *dites]))
    entendre = consignes_de_reponse(referentiel, un.moment, regard, un.date_moment)
    return nettoyer(" | ".join([*entendre, question_de_reponse(referentiel, un.moment, regard), *dites]))


def _en_octets(
    referentiel: Referentiel, participants: Sequence[Participant], reponses: list[str], *, place: bool
) -> bytes:
    forme = DIALECTES_CSV["fr"]
    participants = [une for un in participants for une in _par_moment(un)]
    profil = [question.identifiant for question in referentiel.profil]
    tiers = [c.cle for c in COLONNES_DU_TIERS if any(un.regard == "tiers" for un in participants)]
    datee = any(un.date_moment or est_retrospectif(un.moment) for un in participants)
    dates = [DATE_DU_MOMENT.cle] if datee else []
    items = [item.code for item in referentiel.ordre_de_passation()]
    debuts = (
        [un.code, *(un.profil.get(question, "") for question in profil), un.moment, un.regard]
        + [un.date_moment for _ in dates]
        + [un.tiers.get(cle, "") for cle in tiers]
        for un in participants
    )
    tampon = io.StringIO(newline="")
    ecrivain = csv.writer(tampon, delimiter=forme.separateur, lineterminator=forme.fin_de_ligne)
    aides = colonnes_d_aide(referentiel)
    places = [dimension.cle_de(code) for code in items for dimension in DIMENSIONS_DE_PLACE] if place else []
    version = colonnes_de_version(referentiel)
    ecrivain.writerow(["identifiant", *profil, "moment", "regard", *dates, *tiers, *items, *places, *version, *aides])
    vus = set[tuple[str, str]]()
    for rang, (participant, debut) in enumerate(zip(participants, debuts, strict=True)):
        quand = participant.moment, participant.regard
        # La question change avec le moment et le regard ; les ancres, jamais : la première ligne suffit.
        tues = [rang > 0 if item is not None else quand in vus for item in aides.values()]
        vus.add(quand)
        dites = ("" if tue else _aide(referentiel, i, participant) for i, tue in zip(aides.values(), tues, strict=True))
        ecrivain.writerow([*debut, *reponses, *("" for _ in places), *version.values(), *dites])
    return tampon.getvalue().encode(forme.encodage)
