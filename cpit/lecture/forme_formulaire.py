"""Ce que l’écrivain et le lecteur du formulaire xlsx ont en commun : noms des feuilles, en-têtes, choix des listes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from cpit.coeur.colonnes import COLONNES_DU_TIERS, DATE_DU_MOMENT
from cpit.coeur.passation import (
    DATES_ATTENDUES,
    DIMENSIONS_DE_PLACE,
    REGARDS,
    DimensionDePlace,
    est_retrospectif,
    lire_la_date,
    noms_des_moments,
)
from cpit.coeur.referentiel import Item, QuestionProfil, Referentiel
from cpit.coeur.tableaux import ancrer
from cpit.erreurs import Anomalie, anomalie
from cpit.lecture.contexte import CODES_DU_TIERS, REGARDS_AFFICHES, choix_a_montrer, libelle_du_moment
from cpit.typographie import FINE, nettoyer

FORMAT_FORMULAIRE = "cpit-formulaire"
VERSION_FORMAT_FORMULAIRE = "1"
FEUILLE = "Formulaire"
IDENTIFICATION = "cpit_formulaire"
"""Feuille très cachée : de quel référentiel vient le formulaire, et où chaque réponse a été demandée."""
LISTES = "cpit_listes"
"""Feuille très cachée : les choix des listes déroulantes, une colonne par liste."""

QUESTION_CODE, SITUATION, REPONSE, TRACE = "Code", "Situation", "Votre réponse", "Trace, exemple (facultatif)"
COCHE = "x"
"""Ce que l’on met dans la case d’un choix."""
REPONSE_AUJOURD_HUI, REPONSE_AU_DEBUT = "Votre réponse aujourd’hui", "Votre réponse au début"
"""Les deux colonnes d’un formulaire qui demande deux moments : la première est celle de ``REPONSE``."""
ENTETES_FORMULAIRE = (QUESTION_CODE, SITUATION, REPONSE, TRACE)

ENTETES_DE_PLACE: Mapping[str, DimensionDePlace] = MappingProxyType(
    {f"{dimension.libelle} dans le poste (facultatif)": dimension for dimension in DIMENSIONS_DE_PLACE}
)
"""Les deux dernières colonnes d’un formulaire qui demande la place de chaque situation."""

_QUESTION_CODE, _QUESTION_MOMENT, _QUESTION_REGARD = "Code de la personne", "Moment", "Regard"


def nombre_de_tete(valeur: int) -> str:
    """Un niveau en tête d’une case : un vrai signe moins évite qu’un tableur ne prenne « -2 » pour une formule."""
    return str(valeur).replace("-", "−")


def choix_de_reponse(referentiel: Referentiel) -> dict[str, int | str]:
    """Ce que montre la liste d’une réponse → ce qu’elle veut dire : « 2 – En autonomie… » → 2.

    Le nombre est devant : deux niveaux de même libellé restent distincts, et l’ordre se voit.
    """
    choix: dict[str, int | str] = {
        f"{nombre_de_tete(niveau.valeur)} – {niveau.libelle}": niveau.valeur for niveau in referentiel.echelle.niveaux
    }
    if referentiel.echelle.sans_objet:
        choix[referentiel.echelle.sans_objet.libelle] = "SO"
    return choix


def situation_a_montrer(referentiel: Referentiel, item: Item, regard: str) -> str:
    """La situation, puis, si elle a des ancres, ce que chaque niveau y veut dire, un par ligne."""
    niveaux = referentiel.echelle.niveaux if item.niveaux else ()
    dits = (f"{nombre_de_tete(n.valeur)} – {ancrer(n.libelle, item.sens_de(n))}" for n in niveaux)
    return "\n".join([item.enonce_pour(regard), *dits])


def situations_possibles(referentiel: Referentiel, item: Item) -> Iterator[str]:
    """Tout ce que la case d’une situation peut montrer, selon le regard et qui a écrit le formulaire."""
    for regard in REGARDS:
        yield item.enonce_pour(regard)
        yield situation_a_montrer(referentiel, item, regard)


def choix_de_place(dimension: DimensionDePlace) -> list[str]:
    """Ce que montre la liste d’une fréquence, ou d’une importance : « 2 – chaque mois »."""
    return [f"{niveau} – {mots}" for niveau, mots in dimension.niveaux.items()]


def choix_de_moment(moment: str, referentiel: Referentiel) -> dict[str, str]:
    """Libellé → code des moments proposés : les trois usuels, ceux que le référentiel nomme, et celui que l’on demande
    s’il n’en est pas (t2…).
    """
    return {libelle_du_moment(code, referentiel): code for code in noms_des_moments(referentiel, moment)}


def choix_de_regard() -> dict[str, str]:
    """Libellé → code des regards."""
    return {libelle: code for code, libelle in REGARDS_AFFICHES.items()}


def choix_du_tiers() -> dict[str, dict[str, str]]:
    """Libellé → code de ce qu’un tiers peut être pour la personne, et d’à quel point il connaît son travail."""
    return {
        cle: {libelle[0].upper() + libelle[1:]: code for code, libelle in codes.items()}
        for cle, codes in CODES_DU_TIERS.items()
    }


def fautes_du_tiers(tiers: Mapping[str, str], regard: str) -> Iterator[Anomalie]:
    """Ce qui ne va pas dans ce que l’on dit d’avance d’un tiers : cela n’a de sens que de lui."""
    dits = [mots for colonne in COLONNES_DU_TIERS if (mots := tiers.get(colonne.cle))]
    if dits and regard != "tiers":
        yield anomalie("evaluateur-sans-tiers", qui=", ".join(dits))
    for cle, codes in CODES_DU_TIERS.items():
        if (valeur := tiers.get(cle)) and valeur not in codes:
            yield anomalie(_INCONNUS[cle], valeur=valeur, attendus=", ".join(codes))


def fautes_de_date(ecrite: str) -> list[Anomalie]:
    """Une date de moment donnée d’avance, et que l’on ne comprend pas ; aucune s’il n’y en a pas."""
    incomprise = ecrite.strip() and lire_la_date(ecrite) is None
    return [anomalie("date-inconnue", valeur=ecrite, attendu=DATES_ATTENDUES)] if incomprise else []


_INCONNUS = {"role_evaluateur": "role-inconnu", "connaissance": "connaissance-inconnue"}


def moments_presents(referentiel: Referentiel, moment: str) -> dict[str, str]:
    """Libellé → code des moments qui peuvent avoir un moment passé pour jumeau : ni le début, ni un moment passé."""
    tous = choix_de_moment(moment, referentiel).items()
    return {libelle: code for libelle, code in tous if code != "t0" and not est_retrospectif(code)}


def libelle_de_la_date(*, jumelee: bool) -> str:
    """Ce que date la question : le moment, ou le début dont on parle aussi, si l’on répond à deux moments."""
    return "Date du début" if jumelee else DATE_DU_MOMENT.libelle


def questions(referentiel: Referentiel, regard: str, *, jumelee: bool) -> Iterator[tuple[str, str]]:
    """Clé et libellé de chaque question posée avant les situations, dans l’ordre de la feuille.

    Un tiers dit aussi qui il est, ce qu’il est pour la personne, s’il connaît son travail ; pour soi, rien de tel.
    """
    yield "identifiant", _QUESTION_CODE
    yield "moment", _QUESTION_MOMENT
    yield DATE_DU_MOMENT.cle, libelle_de_la_date(jumelee=jumelee)
    yield "regard", _QUESTION_REGARD
    if regard == "tiers":
        yield from ((colonne.cle, colonne.libelle) for colonne in COLONNES_DU_TIERS)
    for question in referentiel.profil:
        if not question.plusieurs:
            yield f"profil.{question.identifiant}", nettoyer(question.libelle)
            continue
        for libelle, code in choix_a_montrer(question).items():
            yield cle_d_un_choix(question, code), nettoyer(f"{question.libelle}{FINE}: {libelle}")


def cle_d_un_choix(question: QuestionProfil, code: str) -> str:
    """La clé de la ligne où se coche un choix d’une question qui en admet plusieurs."""
    return f"profil.{question.identifiant}.{code}"
