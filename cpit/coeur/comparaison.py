"""Deux passations d’une personne, l’une devant l’autre : ce qui diffère, ce que cela vaut ; et tout son parcours.

Deux moments, ou deux regards. Rien ne s’y compare qu’à question égale : les items restés les mêmes
(``items_inchanges``) et **répondus des deux côtés**. Les scores de chaque côté sont ceux de ces seuls items, par le
moteur de toute notation ; leur différence est toujours la seconde moins la première, dans l’unité de l’échelle.

Trois états, jamais un jugement :

- ``bouge`` : zéro est hors des bornes à 95 % de la différence (de la région du déplacement) ;
- ``incertain`` : il y est ;
- ``non-comparable`` : pas de différence, ou rien qui dise ce qu’elle vaut ; ``motif`` dit pourquoi.

L’incertitude d’une différence est celle d’une position (``cpit.coeur.incertitude``) : la même compétence s’ôte des deux
côtés. Une échelle que le référentiel tire de moins de quatre compétences (une compétence, un groupe d’items) n’a donc
pas d’intervalle à elle : on en donne la différence et son ``plancher``, ce que l’arrondi y met à lui seul, et l’état
est absent, sauf si un groupe de référence le donne. Les ingénieries, et les groupes d’items tirés de quatre
compétences ou plus, ont le leur.

Une ``Reference`` dit l’erreur type de mesure (SEM) de chaque échelle dans une strate. À côté du reste, elle donne
l’indice de changement fiable, (b − a) / (√2 · SEM) (Jacobson et Truax, 1991), et le plus petit changement décelable,
1,96 · √2 · SEM. Elle ne vaut que pour une échelle répondue en entier des deux côtés, comme elle a été mesurée.

Son **parcours** réunit tous ses moments et tous les regards portés sur elle. Quatre sortes de paires, chacune comparée
comme toute autre :

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

from cpit.coeur.groupe import REGLE, RegleDesPetitsGroupes
from cpit.coeur.incertitude import (
    COMPETENCES_MIN,
    QUANTILE_D_USAGE,
    Ellipse,
    MotifIncertitude,
    erreur_de_la_difference,
    etaler_une_echelle,
    etaler_une_personne,
    plancher_d_arrondi,
    quantile_de_student,
    region_du_deplacement,
)
from cpit.coeur.moteur import EGALITE
from cpit.coeur.notation import MotifPosition, MotifScore, Notation, Resultat, valeur_retenue
from cpit.coeur.passation import (
    Etat,
    IdentiteReferentiel,
    Passation,
    est_retrospectif,
    items_inchanges,
    lire_moment,
    ordre_du_parcours,
    question_changee,
    replier_code,
    reporter,
)
from cpit.coeur.referentiel import Echelle, EchelleNotee, Item, Position, Referentiel
from cpit.coeur.tableaux import table_html
from cpit.typographie import pluriel

EtatDeChangement = Literal["bouge", "incertain", "non-comparable"]
MotifItem = Literal["question-changee", "sans-objet", "sans-reponse"]
"""Pourquoi un item ne se compare pas ; le premier qui vaut, d’un côté ou de l’autre."""
MotifEchelle = Literal[MotifScore, "trop-peu-de-competences", "sans-reference", "hors-reference"]
"""Pas de score sur les items communs ; trop peu de compétences communes ; pas d’intervalle à elle, et pas de groupe de
référence, ou un groupe qui n’en dit rien."""
MotifDeplacement = Literal[MotifPosition, MotifIncertitude]

_ENTETES = (
    ("echelle", "Identifiant de l’échelle"),
    ("libelle", "Libellé de l’échelle"),
    ("de", "Score de la première, sur les items communs"),
    ("a", "Score de la seconde, sur les items communs"),
    ("difference", "La seconde moins la première"),
    ("items_communs", "Items répondus des deux côtés"),
    ("etat", "Si la différence bouge, reste incertaine ou n’est pas comparable"),
    ("motif", "Pourquoi l’état manque, ou n’est pas comparable"),
)
"""Ce qu’un carnet montre d’une comparaison."""


@dataclass(frozen=True, slots=True)
class Cote:
    """L’une des deux passations : son moment, son regard, le tiers qui a répondu.

    ``date`` : le jour des réponses (AAAA-MM-JJ, ou vide) ; ``date_moment`` : de quand elles parlent, si c’est dit.
    """

    moment: str
    regard: str
    date: str = ""
    evaluateur: str = ""
    role: str = ""
    date_moment: str = ""

    @classmethod
    def depuis(cls, passation: Passation) -> Cote:
        """Le côté d’une passation."""
        jour, tiers = passation.jour_des_reponses, (passation.evaluateur, passation.role_evaluateur)
        return cls(passation.moment, passation.regard, jour, *tiers, passation.date_moment)

    @property
    def date_du_moment(self) -> str:
        """De quand on parle : comme ``Passation.date_du_moment``."""
        return self.date_moment or ("" if est_retrospectif(self.moment) else self.date)


@dataclass(frozen=True, slots=True)
class ComparaisonItem:
    """Un item des deux côtés, en valeurs retenues (un item inversé l’est déjà) ; ``motif`` s’il ne se compare pas.

    Un côté sans réponse, ou dont la question était autre, n’a pas de valeur.
    """

    item: Item
    de: int | None
    a: int | None
    motif: MotifItem | None = None

    @property
    def difference(self) -> int | None:
        """La seconde valeur moins la première ; absente si l’item ne se compare pas."""
        return None if self.motif is not None or self.de is None or self.a is None else self.a - self.de


@dataclass(frozen=True, slots=True)
class ChangementDeReference:
    """Une différence rapportée à l’erreur de mesure d’un groupe de référence.

    ``sem`` : l’erreur type de mesure de l’échelle dans ce groupe ; ``indice`` : l’indice de changement fiable ;
    ``decelable`` : le plus petit changement décelable à 95 % ; ``etat`` : « bouge » au-delà.
    """

    sem: float
    indice: float
    decelable: float
    etat: EtatDeChangement


@dataclass(frozen=True, slots=True)
class ComparaisonEchelle:
    """Une échelle des deux côtés.

    ``de``, ``a`` : ses scores sur les ``items_communs`` ; ``plancher`` : l’erreur type que l’arrondi met à lui seul
    dans leur différence ; ``erreur``, ``bornes`` : l’erreur type de la différence, et ses bornes à 95 %, d’après les
    seules réponses de la personne ; ``reference`` : la même différence, rapportée à un groupe. ``etat`` est d’après les
    bornes ou, pour une échelle qui ne peut en avoir, d’après la référence ; absent sans elle, et ``motif`` le dit.
    """

    echelle: EchelleNotee
    items_communs: int
    de: float | None = None
    a: float | None = None
    plancher: float | None = None
    erreur: float | None = None
    bornes: tuple[float, float] | None = None
    reference: ChangementDeReference | None = None
    etat: EtatDeChangement | None = None
    motif: MotifEchelle | None = None

    @property
    def difference(self) -> float | None:
        """Le second score moins le premier."""
        return None if self.de is None or self.a is None else self.a - self.de

    @property
    def se_juge_seule(self) -> bool:
        """Vrai si le référentiel la tire d’assez de compétences pour qu’une personne seule ait un intervalle."""
        return _tiree_d_assez_de_competences(self.echelle)


@dataclass(frozen=True, slots=True)
class ComparaisonPosition:
    """La position des deux côtés, sur les items communs, et son déplacement.

    ``deplacement`` : x et y de la seconde moins ceux de la première, en unité d’axe ; ``region`` : où il tomberait, à
    95 %, avec d’autres situations, centrée sur lui.
    """

    de: Position | None
    a: Position | None
    region: Ellipse | None
    etat: EtatDeChangement
    motif: MotifDeplacement | None = None

    @property
    def deplacement(self) -> Position | None:
        """La seconde position moins la première."""
        return None if self.de is None or self.a is None else Position(self.a.x - self.de.x, self.a.y - self.de.y)


@dataclass(frozen=True, slots=True)
class Reference:
    """Un groupe de référence : d’où il vient, et l’erreur type de mesure de chaque échelle qu’il permet d’estimer.

    ``personnes`` : combien ont répondu, dans cette strate.
    """

    moment: str
    regard: str
    personnes: int
    erreurs: Mapping[str, float]

    def decelable(self, echelle: str) -> float | None:
        """Le plus petit changement décelable d’une échelle, à 95 % ; absent si ce groupe n’en dit pas l’erreur."""
        sem = self.erreurs.get(echelle)
        return None if sem is None else QUANTILE_D_USAGE * sqrt(2) * sem


@dataclass(frozen=True, slots=True, repr=False)
class Comparaison:
    """Deux passations d’une personne, ``de`` la première ``a`` la seconde ; tout par identifiant, dans l’ordre du
    référentiel. ``regroupements`` : regroupement → groupe d’items.
    """

    referentiel: Referentiel
    identifiant: str
    de: Cote
    a: Cote
    items: Mapping[str, ComparaisonItem]
    competences: Mapping[str, ComparaisonEchelle]
    ingenieries: Mapping[str, ComparaisonEchelle]
    regroupements: Mapping[str, Mapping[str, ComparaisonEchelle]]
    position: ComparaisonPosition
    reference: Reference | None = None

    @property
    def moments(self) -> tuple[str, str]:
        """Les moments des deux côtés."""
        return self.de.moment, self.a.moment

    @property
    def items_communs(self) -> int:
        """Combien d’items se comparent."""
        return sum(item.difference is not None for item in self.items.values())

    def __repr__(self) -> str:
        """De quoi à quoi, et sur combien d’items ; aucun score ne s’y montre."""
        cotes = " → ".join(f"{cote.moment} {cote.regard}" for cote in (self.de, self.a))
        return f"Comparaison({cotes} : {pluriel(self.items_communs, 'item commun', 'items communs')})"

    def _repr_html_(self) -> str:
        """Chaque échelle des deux côtés, sa différence et son état, telle qu’un carnet la montre."""
        lignes = (
            (nom, une.echelle.libelle, une.de, une.a, une.difference, une.items_communs, une.etat, une.motif)
            for nom, une in self.echelles().items()
        )
        return table_html(_ENTETES, lignes, f"{self!r}. Différence : la seconde moins la première.")

    def echelles(self) -> dict[str, ComparaisonEchelle]:
        """Toutes les échelles par identifiant : compétences, ingénieries, puis groupes d’items."""
        groupes = (une for paquet in self.regroupements.values() for une in paquet.items())
        return {**self.competences, **self.ingenieries, **dict(groupes)}

    def items_changes(self) -> tuple[str, ...]:
        """Les codes des items dont la question a changé."""
        return tuple(code for code, item in self.items.items() if item.motif == "question-changee")


def comparer_passations(
    referentiel: Referentiel,
    premiere: Passation,
    seconde: Passation,
    reference: Reference | None = None,
    *,
    ancien: Referentiel | None = None,
) -> Comparaison:
    """Met deux passations d’une même personne l’une devant l’autre ; à l’appelant de savoir que c’est la même.

    :param referentiel: celui de l’une, ou des deux ; c’est lui qui note.
    :param reference: un groupe dont l’erreur de mesure dit ce que vaut une différence.
    :param ancien: celui de l’autre, si ce n’est pas le même.
    :raises ValueError: si une passation n’est d’aucun des deux, ou porte une réponse que le sien n’a pas.
    """
    deux = (premiere, seconde)
    items = _comparer_les_items(referentiel, deux, _inchanges(referentiel, ancien, deux))
    communs = [code for code, item in items.items() if item.difference is not None]
    compare = _Scores(referentiel, [{code: p.valeurs()[code] for code in communs} for p in deux], reference)
    return Comparaison(
        referentiel,
        premiere.identifiant or seconde.identifiant,
        Cote.depuis(premiere),
        Cote.depuis(seconde),
        items,
        {c.identifiant: compare.echelle(c.identifiant) for c in referentiel.competences},
        {i.identifiant: compare.echelle(i.identifiant) for i in referentiel.ingenieries},
        {
            r.identifiant: {g.identifiant: compare.echelle(g.identifiant) for g in r.groupes}
            for r in referentiel.regroupements
        },
        compare.position(),
        reference,
    )


# --- Les items qui se comparent.


def _inchanges(
    referentiel: Referentiel, ancien: Referentiel | None, passations: tuple[Passation, Passation]
) -> Collection[str]:
    """Les codes des items qui ont posé la même question des deux côtés."""
    autres = {passation.referentiel for passation in passations} - {IdentiteReferentiel.depuis(referentiel)}
    if not autres:
        return referentiel.items_par_code
    if ancien is None or autres != {IdentiteReferentiel.depuis(ancien)}:
        raise ValueError("une passation d’un autre référentiel que ceux donnés")
    return items_inchanges(ancien, referentiel)


def _comparer_les_items(
    referentiel: Referentiel, passations: tuple[Passation, Passation], inchanges: Collection[str]
) -> dict[str, ComparaisonItem]:
    actuelle = IdentiteReferentiel.depuis(referentiel)

    def retenue(item: Item, passation: Passation) -> int | None:
        lisible = item.code in inchanges or passation.referentiel == actuelle
        valeur = passation.reponse(item.code).valeur if lisible else None
        return (
            None if valeur is None else valeur_retenue(item, valeur, referentiel.echelle.min, referentiel.echelle.max)
        )

    items = {}
    for item in referentiel.items:
        de, a = (retenue(item, passation) for passation in passations)
        motif = _motif_de_l_item(item.code, passations, inchange=item.code in inchanges)
        items[item.code] = ComparaisonItem(item, de, a, motif)
    return items


def _motif_de_l_item(code: str, passations: tuple[Passation, Passation], *, inchange: bool) -> MotifItem | None:
    etats = {passation.reponse(code).etat for passation in passations}
    if not inchange or Etat.QUESTION_CHANGEE in etats:
        return "question-changee"
    if Etat.SANS_OBJET in etats:
        return "sans-objet"
    return None if etats == {Etat.REPONDU} else "sans-reponse"


# --- Les scores et la position, sur les items communs.


class _Scores:
    """Les deux passations notées sur leurs items communs : chaque échelle et la position s’y comparent."""

    def __init__(self, referentiel: Referentiel, communs: list[dict[str, int]], reference: Reference | None) -> None:
        notation = Notation(referentiel)
        self._referentiel, self._reference = referentiel, reference
        self._de, self._a = communs
        self._avant: Resultat = notation.noter(self._de)
        self._apres: Resultat = notation.noter(self._a)

    def echelle(self, identifiant: str) -> ComparaisonEchelle:
        """La comparaison d’une échelle."""
        echelle, de, a = (
            self._referentiel.echelles[identifiant],
            self._avant.score(identifiant),
            self._apres.score(identifiant),
        )
        if de.valeur is None or a.valeur is None:
            return ComparaisonEchelle(echelle, de.repondus, etat="non-comparable", motif=de.motif)
        premier, second = (etaler_une_echelle(self._referentiel, echelle, v) for v in (self._de, self._a))
        difference, bornes = a.valeur - de.valeur, None
        erreur = erreur_de_la_difference(premier, second) if _tiree_d_assez_de_competences(echelle) else None
        if erreur is not None:
            marge = quantile_de_student(premier.repliques - 1) * erreur
            bornes = (difference - marge, difference + marge)
        rapportee = self._rapporter(echelle, de.repondus, difference)
        return ComparaisonEchelle(
            echelle,
            de.repondus,
            de.valeur,
            a.valeur,
            plancher_d_arrondi(premier, second),
            erreur,
            bornes,
            rapportee,
            *self._etat(echelle, bornes, rapportee),
        )

    def _rapporter(self, echelle: EchelleNotee, communs: int, difference: float) -> ChangementDeReference | None:
        """La différence, rapportée au groupe de référence ; rien s’il ne dit rien de cette échelle, répondue ainsi."""
        reference = self._reference
        decelable = None if reference is None else reference.decelable(echelle.identifiant)
        if reference is None or decelable is None or communs < len(echelle.items):
            return None
        sem = reference.erreurs[echelle.identifiant]
        etat: EtatDeChangement = "bouge" if abs(difference) > decelable + EGALITE else "incertain"
        return ChangementDeReference(sem, difference / (sqrt(2) * sem), decelable, etat)

    def _etat(
        self,
        echelle: EchelleNotee,
        bornes: tuple[float, float] | None,
        rapportee: ChangementDeReference | None,
    ) -> tuple[EtatDeChangement | None, MotifEchelle | None]:
        if bornes is not None:
            return "bouge" if bornes[0] > EGALITE or bornes[1] < -EGALITE else "incertain", None
        if _tiree_d_assez_de_competences(echelle):
            return "non-comparable", "trop-peu-de-competences"
        if rapportee is not None:
            return rapportee.etat, None
        return None, "sans-reference" if self._reference is None else "hors-reference"

    def position(self) -> ComparaisonPosition:
        """La comparaison des deux positions."""
        avant, apres = self._avant.situation, self._apres.situation
        if avant.position is None or apres.position is None:
            motif = avant.motif or apres.motif
            return ComparaisonPosition(avant.position, apres.position, None, "non-comparable", motif)
        premier, second = (etaler_une_personne(self._referentiel, v) for v in (self._de, self._a))
        places = (avant.position, apres.position)
        region = region_du_deplacement(self._referentiel, (premier, second), places)
        if not isinstance(region, Ellipse):
            return ComparaisonPosition(*places, None, "non-comparable", region)
        immobile = region.contient(Position(0.0, 0.0))
        return ComparaisonPosition(*places, region, "incertain" if immobile else "bouge")


def _tiree_d_assez_de_competences(echelle: EchelleNotee) -> bool:
    return len({item.competence for item in echelle.items}) >= COMPETENCES_MIN


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


def est_date_a_rebours(comparaison: Comparaison) -> bool:
    """Vrai si le premier de deux moments est daté après le second, à ce que l’on en dit près : le mois, ou l’année."""
    premier, second = sorted((comparaison.de, comparaison.a), key=lambda cote: lire_moment(cote.moment))
    if lire_moment(premier.moment)[0] == lire_moment(second.moment)[0]:
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
    vecues = [une for une in fil if not lire_moment(une.moment)[1]]
    yield from (("vecu", de, a) for de, a in pairwise(vecues))
    if len(vecues) > 2:
        yield "vecu", vecues[0], vecues[-1]
    for apres_coup in fil:
        numero, retrospectif = lire_moment(apres_coup.moment)
        if not retrospectif:
            continue
        yield from (("repere", une, apres_coup) for une in vecues if lire_moment(une.moment)[0] == numero)
        suivantes = [une for une in vecues if lire_moment(une.moment)[0] > numero]
        if suivantes:
            yield "retrospectif", apres_coup, _moment_du_regard(apres_coup, suivantes)


def _moment_du_regard(apres_coup: Passation, suivantes: Sequence[Passation]) -> Passation:
    """Quand on s’est retourné : à celui qui fut répondu d’un trait, au dernier déjà daté ce jour-là, ou au premier."""
    instant = apres_coup.instant_des_reponses
    d_un_trait = [une for une in suivantes if instant and une.instant_des_reponses == instant]
    if d_un_trait:
        return d_un_trait[-1]
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
