"""Deux passations d’une personne, l’une devant l’autre : ce qui diffère, et ce que cette différence vaut.

Deux moments, ou deux regards. Rien ne s’y compare qu’à question égale : les items restés les mêmes
(``cpit.coeur.versions``) et **répondus des deux côtés**. Les scores de chaque côté sont ceux de ces seuls items, par le
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
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Literal

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
from cpit.coeur.passation import Etat, IdentiteReferentiel, Passation, est_retrospectif
from cpit.coeur.referentiel import EchelleNotee, Item, Position, Referentiel
from cpit.coeur.tableaux import table_html
from cpit.coeur.versions import items_inchanges
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
