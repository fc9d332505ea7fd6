"""Le parcours d’une personne : tous ses moments, tous les regards portés sur elle, et ce qui s’y compare.

Quatre sortes de paires, chacune comparée comme toute autre (``cpit.coeur.comparaison``) :

- ``vecu`` : un moment puis un moment suivant, chacun situé en son temps (t0 puis t1) ;
- ``retrospectif`` : le début, situé après coup, puis le moment où on l’a regardé (t0 rétrospectif puis t1) ;
- ``repere`` : le début tel qu’il a été situé, puis tel qu’il l’est après coup (t0 puis t0 rétrospectif). La pratique du
  début n’a pas changé depuis : ce qui diffère est le repère auquel on la rapporte (*response shift*, Howard, 1980) ;
- ``regards`` : soi puis un tiers, au même moment.

Un tiers ne fait de paire dans le temps qu’avec lui-même, à un même code d’évaluateur. Qui aurait répondu deux fois au
même endroit n’y fait aucune paire : rien ne dit laquelle est la bonne (``doubles``). Deux tiers sans code restent deux
personnes.

Les tiers d’un même moment se lisent comme un éventail (le plus bas, le plus haut, la moyenne), que la règle des petits
groupes tait sous trois. Un tiers seul, sa comparaison et ses écarts, ne se montrent que si la personne a elle-même
recueilli ces regards (``collecte_personnelle``) : les tiers lui ont alors répondu, à elle.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from math import fsum, sqrt
from statistics import StatisticsError, correlation
from typing import Literal

from cpit.coeur.comparaison import Comparaison, Cote, Reference, comparer_passations
from cpit.coeur.groupe import REGLE, RegleDesPetitsGroupes
from cpit.coeur.moteur import EGALITE
from cpit.coeur.notation import Notation, Resultat, valeur_retenue
from cpit.coeur.passation import IdentiteReferentiel, Passation, question_changee, replier_code
from cpit.coeur.referentiel import Echelle, EchelleNotee, Item, Referentiel
from cpit.coeur.versions import items_inchanges, reporter
from cpit.typographie import pluriel

SortePaire = Literal["vecu", "retrospectif", "repere", "regards"]
LectureDEcart = Literal["hauts", "bas", "soi-plus-haut", "tiers-plus-haut"]
MotifRessemblance = Literal["trop-peu-d-items", "reponses-egales"]
PART_D_UN_ECART = 0.25
"""Part de l’étendue de l’échelle au-delà de laquelle deux regards s’écartent : deux niveaux, de 0 à 4. Hypothèse : à un
niveau près, deux personnes qui voient la même chose peuvent répondre différemment."""
ITEMS_D_UN_PROFIL = 10
"""Convention de cpit : items communs sous lesquels une corrélation de profils n’est pas estimée."""


@dataclass(frozen=True, slots=True)
class PaireDuParcours:
    """Deux passations du parcours qui se comparent, et à quel titre."""

    sorte: SortePaire
    comparaison: Comparaison


@dataclass(frozen=True, slots=True)
class Eventail:
    """Ce que des tiers disent d’un item ou d’une échelle, en valeurs retenues ou en score.

    ``n`` : combien en disent quelque chose ; ``None`` si la règle des petits groupes le tait, et le reste avec.
    """

    n: int | None
    minimum: float | None = None
    maximum: float | None = None
    moyenne: float | None = None

    @property
    def tu(self) -> bool:
        """Vrai si la règle des petits groupes l’a tu."""
        return self.n is None


@dataclass(frozen=True, slots=True)
class RegardsSurItem:
    """Un item, vu de la personne et de ses tiers à un moment ; ``lecture`` : de sa réponse et de leur moyenne."""

    item: Item
    soi: int | None
    tiers: Eventail
    lecture: LectureDEcart | None


@dataclass(frozen=True, slots=True)
class RegardsSurEchelle:
    """Une échelle, vue de la personne et de ses tiers à un moment.

    Si un tiers peut se montrer seul, chacun y a le score des items que tous ont répondus : c’est ce que dit aussi leur
    face-à-face. Sinon, celui de ce qu’il a répondu : les items d’un tiers que l’on tait ne se devinent pas.
    """

    echelle: EchelleNotee
    soi: float | None
    tiers: Eventail


@dataclass(frozen=True, slots=True)
class Ressemblance:
    """Combien deux profils de réponses se ressemblent, sur les items communs (Cronbach et Gleser, 1953).

    ``distance`` : racine de la moyenne des carrés des écarts, dans l’unité de l’échelle ; zéro, les mêmes réponses.
    ``correlation`` : celle de Pearson, de la forme des profils et non de leur hauteur ; absente, ``motif`` dit
    pourquoi. Elle est d’ordinaire au-dessus de zéro : certaines situations sont plus courantes que d’autres pour tous.
    """

    items: int
    distance: float | None
    correlation: float | None
    motif: MotifRessemblance | None = None


@dataclass(frozen=True, slots=True)
class FaceAFace:
    """La personne et un de ses tiers, au même moment : leur comparaison, ce qui se lit de chaque item, leur
    ressemblance.
    """

    comparaison: Comparaison
    lectures: Mapping[str, LectureDEcart]
    ressemblance: Ressemblance


@dataclass(frozen=True, slots=True)
class RegardsDuMoment:
    """Tous les regards d’un moment ; items et échelles par identifiant, dans l’ordre du référentiel.

    ``soi`` : absent si la personne n’y a pas répondu, ou l’a fait deux fois ; ``tiers`` : combien ont répondu ;
    ``face_a_face`` : un par tiers, si la personne les a recueillis elle-même.
    """

    moment: str
    soi: Cote | None
    tiers: int
    items: Mapping[str, RegardsSurItem]
    echelles: Mapping[str, RegardsSurEchelle]
    face_a_face: tuple[FaceAFace, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Parcours:
    """Tout ce que l’on a d’une personne, dans l’ordre des moments ; soi avant les tiers.

    ``etapes`` : chaque passation, sans le code d’un tiers que la personne n’a pas sollicité ; ``paires`` : dans l’ordre
    où leur seconde passation vient ; ``regards`` : les moments où des tiers ont répondu ; ``doubles`` : les passations
    que rien ne départage, sans paire.
    """

    referentiel: Referentiel
    identifiant: str
    etapes: tuple[Cote, ...]
    paires: tuple[PaireDuParcours, ...]
    regards: tuple[RegardsDuMoment, ...]
    doubles: tuple[Cote, ...] = ()
    reference: Reference | None = None

    def __repr__(self) -> str:
        """Ses moments, et combien de paires ; ni code ni score ne s’y montre."""
        moments = ", ".join(f"{etape.moment} {etape.regard}" for etape in self.etapes)
        return f"Parcours({moments} : {pluriel(len(self.paires), 'paire')})"

    def paires_de(self, sorte: SortePaire) -> tuple[Comparaison, ...]:
        """Les comparaisons d’une sorte, dans leur ordre."""
        return tuple(paire.comparaison for paire in self.paires if paire.sorte == sorte)


def retracer_parcours(
    referentiel: Referentiel,
    passations: Iterable[Passation],
    *,
    collecte_personnelle: bool = False,
    reference: Reference | None = None,
    anciens: Collection[Referentiel] = (),
    regle: RegleDesPetitsGroupes = REGLE,
) -> Parcours:
    """Met en ordre les passations d’une personne et compare celles qui vont ensemble.

    :param collecte_personnelle: vrai si la personne a recueilli elle-même les regards de ses tiers : chacun se montre.
    :param reference: un groupe dont l’erreur de mesure dit ce que vaut une différence.
    :param anciens: les autres référentiels dont viennent des passations ; seuls les items restés les mêmes y comptent.
    :raises ValueError: si les passations portent plusieurs codes de personne, si l’une est d’un référentiel qui n’est
        pas donné, ou porte une réponse que le sien n’a pas.
    """
    rangees = sorted((_porter(une, referentiel, anciens) for une in passations), key=ordre_du_parcours)
    if len({replier_code(une.identifiant) for une in rangees if une.identifiant}) > 1:
        raise ValueError("des passations de plusieurs personnes")
    uniques, doubles = _departager(rangees)
    visibles = [une for une in uniques if une.regard == "soi" or collecte_personnelle]
    paires = [
        PaireDuParcours(sorte, comparer_passations(referentiel, de, a, reference)) for sorte, de, a in _paires(visibles)
    ]
    notation = _Regards(referentiel, regle, seul=collecte_personnelle)
    return Parcours(
        referentiel,
        next((une.identifiant for une in rangees if une.identifiant), ""),
        tuple(_etape(une, nommee=collecte_personnelle) for une in rangees),
        tuple(paires),
        tuple(notation.du_moment(moment, unes, paires) for moment, unes in _moments_vus(uniques)),
        tuple(_etape(une, nommee=collecte_personnelle) for une in doubles),
        reference,
    )


# --- L’ordre des passations, et ce qui va par paires.


def _lire_moment(moment: str) -> tuple[int, bool]:
    """« t0-retrospectif » : zéro, vrai."""
    numero, _, suite = moment.partition("-")
    return int(numero.removeprefix("t")), bool(suite)


def ordre_du_parcours(passation: Passation) -> tuple[int, bool, bool, str, str]:
    """De quoi ranger les passations d’une personne : par moment, après coup ensuite, soi avant les tiers."""
    tiers = passation.regard != "soi"
    return *_lire_moment(passation.moment), tiers, passation.role_evaluateur, replier_code(passation.evaluateur)


def est_date_a_rebours(comparaison: Comparaison) -> bool:
    """Vrai si le premier de deux moments est daté après le second, à ce que l’on en dit près : le mois, ou l’année."""
    premier, second = sorted((comparaison.de, comparaison.a), key=lambda cote: _lire_moment(cote.moment))
    if _lire_moment(premier.moment)[0] == _lire_moment(second.moment)[0]:
        return False
    avant, apres = premier.date_du_moment, second.date_du_moment
    commun = min(len(avant), len(apres))
    return avant[:commun] > apres[:commun]


def _etape(passation: Passation, *, nommee: bool) -> Cote:
    cote = Cote.depuis(passation)
    return cote if nommee else replace(cote, evaluateur="")


def _porter(passation: Passation, referentiel: Referentiel, anciens: Collection[Referentiel]) -> Passation:
    """La passation sur le référentiel qui note, les questions changées dites telles."""
    if passation.referentiel == IdentiteReferentiel.depuis(referentiel):
        return passation
    sien = next((a for a in anciens if IdentiteReferentiel.depuis(a) == passation.referentiel), None)
    if sien is None:
        raise ValueError("une passation d’un autre référentiel que ceux donnés")
    inchanges = items_inchanges(sien, referentiel)
    portee = reporter(passation, referentiel, inchanges)
    changees = {code: question_changee() for code in referentiel.items_par_code if code not in inchanges}
    return replace(portee, reponses={**portee.reponses, **changees})


def _departager(passations: Sequence[Passation]) -> tuple[list[Passation], list[Passation]]:
    """Celles qui sont seules à leur place, puis celles qui y sont à plusieurs ; un tiers sans code a la sienne."""
    places = [_place(une) or (rang,) for rang, une in enumerate(passations)]
    seules = [places.count(place) == 1 for place in places]
    return (
        [une for une, seule in zip(passations, seules, strict=True) if seule],
        [une for une, seule in zip(passations, seules, strict=True) if not seule],
    )


def _place(passation: Passation) -> tuple[str, ...] | None:
    """Où une passation est seule de sa sorte ; rien pour un tiers qui n’a pas de code."""
    qui = _qui_repond(passation)
    return None if qui is None else (passation.moment, *qui)


def _qui_repond(passation: Passation) -> tuple[str, str] | None:
    """La personne elle-même, ou un tiers, d’après son code."""
    if passation.regard == "soi":
        return "soi", ""
    code = replier_code(passation.evaluateur)
    return (passation.regard, code) if code else None


def _paires(passations: Sequence[Passation]) -> list[tuple[SortePaire, Passation, Passation]]:
    """Toutes les paires, dans l’ordre de la seconde passation, puis de la première."""
    fils: dict[tuple[str, str], list[Passation]] = {}
    for une in passations:
        if (qui := _qui_repond(une)) is not None:
            fils.setdefault(qui, []).append(une)
    trouvees = [paire for fil in fils.values() for paire in _paires_dans_le_temps(fil)]
    for de, a in combinations(passations, 2):
        if de.moment == a.moment and de.regard == "soi" != a.regard:
            trouvees.append(("regards", de, a))
    rangs = {id(une): rang for rang, une in enumerate(passations)}
    return sorted(trouvees, key=lambda paire: (rangs[id(paire[2])], rangs[id(paire[1])]))


def _paires_dans_le_temps(fil: Sequence[Passation]) -> Iterator[tuple[SortePaire, Passation, Passation]]:
    """Les paires de passations d’une même personne qui répond, rangées."""
    vecues = [une for une in fil if not _lire_moment(une.moment)[1]]
    yield from (("vecu", de, a) for de, a in pairwise(vecues))
    if len(vecues) > 2:
        yield "vecu", vecues[0], vecues[-1]
    for apres_coup in fil:
        numero, retrospectif = _lire_moment(apres_coup.moment)
        if not retrospectif:
            continue
        yield from (("repere", une, apres_coup) for une in vecues if _lire_moment(une.moment)[0] == numero)
        suivantes = [une for une in vecues if _lire_moment(une.moment)[0] > numero]
        if suivantes:
            yield "retrospectif", apres_coup, _moment_du_regard(apres_coup, suivantes)


def _moment_du_regard(apres_coup: Passation, suivantes: Sequence[Passation]) -> Passation:
    """Quand on s’est retourné : au dernier moment déjà daté ce jour-là, ou au premier qui suit."""
    jour = Cote.depuis(apres_coup).date
    passees = [une for une in suivantes if "" < Cote.depuis(une).date <= jour]
    return passees[-1] if passees else suivantes[0]


# --- Les regards d’un moment.


def _moments_vus(passations: Sequence[Passation]) -> list[tuple[str, list[Passation]]]:
    """Les moments où un tiers a répondu, et leurs passations."""
    par_moment: dict[str, list[Passation]] = {}
    for une in passations:
        par_moment.setdefault(une.moment, []).append(une)
    return [(moment, unes) for moment, unes in par_moment.items() if any(une.regard != "soi" for une in unes)]


class _Regards:
    """Ce que des tiers disent, avec la règle qui en tait ; ``seul`` : un tiers peut se montrer seul."""

    def __init__(self, referentiel: Referentiel, regle: RegleDesPetitsGroupes, *, seul: bool) -> None:
        self._referentiel, self._regle, self._seul = referentiel, regle, seul
        self._notation = Notation(referentiel)

    def du_moment(
        self, moment: str, passations: Sequence[Passation], paires: Sequence[PaireDuParcours]
    ) -> RegardsDuMoment:
        """Les regards d’un moment.

        :param paires: celles du parcours ; ses face-à-face en viennent.
        """
        soi = next((une for une in passations if une.regard == "soi"), None)
        tiers = [une for une in passations if une.regard != "soi"]
        gardes = self._items_gardes(passations)
        notes = [self._noter(une, gardes) for une in tiers]
        propre = None if soi is None else self._noter(soi, gardes)
        return RegardsDuMoment(
            moment,
            None if soi is None else Cote.depuis(soi),
            len(tiers),
            {item.code: self._sur_item(item, soi, tiers) for item in self._referentiel.items},
            {code: self._sur_echelle(echelle, propre, notes) for code, echelle in self._referentiel.echelles.items()},
            tuple(_mettre_face_a_face(p.comparaison) for p in paires if _au_moment(p, moment)),
        )

    def _items_gardes(self, passations: Sequence[Passation]) -> frozenset[str]:
        """Les items qui entrent dans les scores : ceux que tous ont répondus, là où chacun peut se montrer."""
        if not self._seul:
            return frozenset(self._referentiel.items_par_code)
        return frozenset.intersection(*(frozenset(une.valeurs()) for une in passations))

    def _noter(self, passation: Passation, gardes: frozenset[str]) -> Resultat:
        return self._notation.noter({code: v for code, v in passation.valeurs().items() if code in gardes})

    def _sur_item(self, item: Item, soi: Passation | None, tiers: Sequence[Passation]) -> RegardsSurItem:
        propre = None if soi is None else self._retenue(item, soi)
        eventail = self._ouvrir(self._retenue(item, une) for une in tiers)
        lecture = None
        if propre is not None and eventail.moyenne is not None:
            lecture = _lire_l_ecart(self._referentiel.echelle, propre, eventail.moyenne)
        return RegardsSurItem(item, propre, eventail, lecture)

    def _sur_echelle(self, echelle: EchelleNotee, soi: Resultat | None, tiers: Sequence[Resultat]) -> RegardsSurEchelle:
        code = echelle.identifiant
        propre = None if soi is None else soi.score(code).valeur
        return RegardsSurEchelle(echelle, propre, self._ouvrir(une.score(code).valeur for une in tiers))

    def _ouvrir(self, dites: Iterable[float | None]) -> Eventail:
        valeurs = [valeur for valeur in dites if valeur is not None]
        if not valeurs:
            return Eventail(0)
        if not (self._seul or self._regle.montre(len(valeurs))):
            return Eventail(None)
        return Eventail(len(valeurs), min(valeurs), max(valeurs), fsum(valeurs) / len(valeurs))

    def _retenue(self, item: Item, passation: Passation) -> int | None:
        valeur, echelle = passation.reponse(item.code).valeur, self._referentiel.echelle
        return None if valeur is None else valeur_retenue(item, valeur, echelle.min, echelle.max)


def _au_moment(paire: PaireDuParcours, moment: str) -> bool:
    return paire.sorte == "regards" and paire.comparaison.de.moment == moment


def _mettre_face_a_face(comparaison: Comparaison) -> FaceAFace:
    echelle = comparaison.referentiel.echelle
    communs = {
        code: (item.de, item.a)
        for code, item in comparaison.items.items()
        if item.difference is not None and item.de is not None and item.a is not None
    }
    lectures = {code: _lire_l_ecart(echelle, soi, tiers) for code, (soi, tiers) in communs.items()}
    return FaceAFace(comparaison, lectures, _rapprocher(list(communs.values())))


def _lire_l_ecart(echelle: Echelle, soi: float, tiers: float) -> LectureDEcart:
    """Deux regards sur un item : ils s’écartent, ou se tiennent ensemble, en haut (au milieu compris) ou en bas."""
    ecart, assez = tiers - soi, PART_D_UN_ECART * (echelle.max - echelle.min) + EGALITE
    if abs(ecart) > assez:
        return "tiers-plus-haut" if ecart > 0 else "soi-plus-haut"
    return "hauts" if soi + tiers >= echelle.min + echelle.max - EGALITE else "bas"


def _rapprocher(communs: Sequence[tuple[int, int]]) -> Ressemblance:
    n = len(communs)
    if not n:
        return Ressemblance(0, None, None, "trop-peu-d-items")
    distance = sqrt(fsum((soi - tiers) ** 2 for soi, tiers in communs) / n)
    if n < ITEMS_D_UN_PROFIL:
        return Ressemblance(n, distance, None, "trop-peu-d-items")
    try:
        return Ressemblance(n, distance, correlation(*zip(*communs, strict=True)))
    except StatisticsError:
        return Ressemblance(n, distance, None, "reponses-egales")
