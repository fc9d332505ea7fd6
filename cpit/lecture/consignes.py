"""Ce que l’on dit d’une table à la place de ce qu’elle tait : qui, quand, sous quel regard, en quelles valeurs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from cpit.coeur.passation import REGARDS, est_un_moment
from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import Anomalie, MauvaisEmploi, anomalie
from cpit.lecture.dechiffrement import replier_valeur
from cpit.lecture.remedes import SENS_SANS_OBJET, SENS_VIDE
from cpit.typographie import enumerer

ValeursDites = str | Mapping[str | int, str | int]
"""Ce que valent des réponses : « 1=0,2=1 », ou une table."""
CHOISISSENT = ("recent", "premier")
"""Ce qui n’en garde qu’une de plusieurs passations d’une même personne, au même moment et sous le même regard."""
_GARDER = (*CHOISISSENT, "tous")
"""Ce que l’on peut demander de deux passations d’une même personne, au même moment et sous le même regard."""


@dataclass(frozen=True, slots=True)
class Consignes:
    """Les consignes de lecture d’une commande ; sans elles, rien n’est supposé que la table ne dise.

    ``identifiant`` : l’en-tête de la colonne qui dit qui a répondu ; ``moment``, ``regard`` : ceux d’une table qui n’a
    pas ces colonnes ; ``valeurs`` : ce que vaut chaque réponse, repliée (« 1 » → « 0 », « n/a » → « SO » ou « vide »),
    avant la grammaire ordinaire ; ``garder`` : laquelle de deux passations d’une même personne, au même moment et sous
    le même regard (« recent », « premier » ou « tous »).

    D’une correspondance : ``colonnes``, ce que porte chaque en-tête (un en-tête connu, ou « de-cote ») ; ``mots``, ce
    que veut dire chaque mot d’une colonne de contexte ou de profil, l’un et l’autre repliés ; ``feuille`` et ``ligne``
    : où sont les en-têtes ; ``correspondance`` : le fichier qui le dit.
    """

    identifiant: str | None = None
    moment: str | None = None
    regard: str | None = None
    valeurs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    garder: str | None = None
    colonnes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    mots: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    feuille: str | None = None
    ligne: int | None = None
    correspondance: str = ""


DE_COTE, A_DIRE = "de-cote", "?"
"""Dans une correspondance : une colonne à ne pas lire, et ce que la personne doit encore dire."""
SANS_CONSIGNE = Consignes()
"""Rien n’est dit : la table parle seule."""


def consigner(
    referentiel: Referentiel,
    *,
    identifiant: str | None = None,
    moment: str | None = None,
    regard: str | None = None,
    valeurs: ValeursDites | None = None,
    garder: str | None = None,
) -> Consignes:
    """Les consignes que l’on donne, vérifiées pour un référentiel.

    :raises MauvaisEmploi: moment, regard ou choix inconnus, valeur qui n’est pas de l’échelle ; toutes les fautes d’un
        coup.
    """
    fautes = list(_fautes_de_mots(identifiant, moment, regard, garder))
    lues: dict[str, str] = {}
    for rang, (ecrite, cible) in enumerate(_paires(valeurs or {}), 1):
        faute = _prendre(lues, ecrite, cible, referentiel)
        if faute is not None:
            code, mots = faute
            fautes.append(anomalie(code, rang=rang, paire=f"{ecrite}={cible}" if cible else ecrite, **mots))
    if fautes:
        raise MauvaisEmploi(fautes)
    dits = (None if mot is None else mot.strip().lower() for mot in (moment, regard, garder))
    moment, regard, garder = dits
    nom = None if identifiant is None else identifiant.strip()
    return Consignes(nom, moment, regard, MappingProxyType(lues), garder)


def _fautes_de_mots(
    identifiant: str | None, moment: str | None, regard: str | None, garder: str | None
) -> Iterator[Anomalie]:
    if identifiant is not None and not identifiant.strip():
        yield anomalie("identifiant-vide")
    if moment is not None and not est_un_moment(moment.strip().lower()):
        yield anomalie("moment-inconnu", valeur=moment, aussi="")
    if regard is not None and regard.strip().lower() not in REGARDS:
        yield anomalie("regard-inconnu", valeur=regard)
    if garder is not None and garder.strip().lower() not in _GARDER:
        yield anomalie("garder-inconnu", valeur=garder, connus=enumerer(_GARDER, "ou"))


def _paires(valeurs: ValeursDites) -> Iterator[tuple[str, str]]:
    """Chaque réponse telle qu’écrite, et ce qu’elle vaut ; une virgule peut être dans la réponse (« Oui, souvent=3 »).

    Une cible vide est un morceau sans « = ».
    """
    if not isinstance(valeurs, str):
        yield from ((str(ecrite), str(cible).strip()) for ecrite, cible in valeurs.items())
        return
    attente = ""
    for morceau in valeurs.split(","):
        attente = f"{attente},{morceau}" if attente else morceau
        ecrite, egal, cible = attente.rpartition("=")
        if egal:
            yield ecrite.strip(), cible.strip()
            attente = ""
    if attente.strip():
        yield attente.strip(), ""


def _prendre(
    lues: dict[str, str], ecrite: str, cible: str, referentiel: Referentiel
) -> tuple[str, dict[str, object]] | None:
    """Ajoute une correspondance ; rend le code et les mots d’une faute, s’il y en a une."""
    if not ecrite or not cible:
        return "valeurs-incomprises", {}
    valeur = _cible(cible, referentiel)
    if valeur is None:
        niveaux = [str(niveau.valeur) for niveau in referentiel.echelle.niveaux]
        so = [SENS_SANS_OBJET] if referentiel.echelle.sans_objet else []
        return "valeurs-hors-echelle", {"cible": cible, "attendus": enumerer([*niveaux, *so, SENS_VIDE], "ou")}
    if lues.setdefault(replier_valeur(ecrite), valeur) != valeur:
        return "valeurs-contraires", {"ecrite": ecrite, "deja": lues[replier_valeur(ecrite)]}
    return None


def _cible(cible: str, referentiel: Referentiel) -> str | None:
    """Ce que vaut une réponse : un niveau, sans objet ou vide ; rien si ce n’est ni l’un ni l’autre."""
    if cible.upper() == SENS_SANS_OBJET:
        return SENS_SANS_OBJET if referentiel.echelle.sans_objet else None
    if cible.lower() == SENS_VIDE:
        return SENS_VIDE
    niveaux = {str(niveau.valeur) for niveau in referentiel.echelle.niveaux}
    valeur = replier_valeur(cible)
    return valeur if valeur in niveaux else None
