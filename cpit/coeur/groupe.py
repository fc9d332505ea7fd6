"""Tout nombre dit d’un groupe de personnes, calculé ici une seule fois (règle 6), et la règle qui en tait.

Une seule règle des petits groupes (``RegleDesPetitsGroupes``), appliquée à **chaque nombre** et non au seul groupe :
ce qui compte est le nombre de personnes qui portent ce nombre, pas l’effectif du groupe. Elle a quatre publics.

- **Le groupe, devant ses lignes** (écran, classeur, JSON, figures) : un nombre se montre dès que trois personnes le
  portent, et rien d’autre ne le fait taire, car qui le lit tient les sources. Une
  strate entière (un moment sous un regard) se lit dans ``portrait_montrable``, une réponse de profil aussi, par
  ``cpit.coeur.diffusion.grouper_par_profil``. Un nombre tu l’est partout, n compris, sous le mot ``TU`` ; une réponse
  de profil de moins de trois personnes est nommée, sans valeurs.
- **Le groupe, sans ses lignes** (la page du groupe et celle de son évolution, hors nominative) : les moyennes dès trois
  personnes ; tout ce qui dit comment elles se dispersent (écart-type, médiane, extrêmes, répartition, points) dès sept
  seulement. De trois personnes, (n, moyenne, écart-type) et (minimum, médiane, maximum) rendent chaque score.
- **Une étude** (``fidelite``, qui se cite) : les moyennes dès trois personnes, comme au groupe ; tout ce qui dit
  comment les réponses se dispersent (répartition des niveaux, écart-type, extrêmes, intervalle) dès sept seulement.
- **Au-delà** (export d’agrégats, profils de la page) : ``effectif_minimal`` personnes, et ``cpit.coeur.diffusion`` tait
  aussi ce qui est unanime et ce qu’une soustraction ferait retrouver.

Ce qui a été décidé d’une strate entière d’une ou deux personnes : l’écran, le classeur, le JSON et la figure, faits
pour qui tient les sources et qui en portent ou en ont les lignes, la rendent telle quelle (« une cohorte d’une personne
rend exactement son résultat ») : en taire les moyennes ne cacherait rien. Tous disent que ce sont
leurs réponses. La page du groupe, sauf nominative, l’étude de fidélité et l’export, qui n’ont pas ces lignes, la
taisent entière.

Une personne qui a plusieurs passations dans une strate ne compte qu’une fois ; sans code, chaque passation en est une.
Une très grande table notée en flux, qui ne garde pas les codes, compte des passations.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from functools import partial
from itertools import accumulate
from math import fsum, sqrt
from typing import TYPE_CHECKING

from cpit.coeur.moteur import EGALITE
from cpit.coeur.notation import Resultat, Score, SituationPlacee, situations_placees
from cpit.coeur.passation import replier_code
from cpit.coeur.referentiel import Position, Referentiel
from cpit.typographie import typographier

if TYPE_CHECKING:
    from cpit.coeur.cohorte import Cohorte, Notee


EFFECTIF_MINIMAL = 11
"""Personnes ; la règle de fréquence de l’Insee pour les ménages dans les sources fiscales."""
PLANCHER = 3
"""Effectif minimal le plus bas que l’on accepte ; la règle de fréquence de l’Insee pour les entreprises."""
EFFECTIF_DES_ECARTS = 7
"""Personnes sous lesquelles un écart-type ne sort pas du groupe.

Avec n et la moyenne, arrondis au centième, il dit tous les scores, à l’ordre près, dans 82 % des cas à 3 personnes,
36 % à 4, 8,6 % à 5, 2,0 % à 6, 0,25 % à 7 (``tests/campagnes/ecarts_types.py``, trois items à cinq niveaux).
"""
CASE = "case"
TU = "tu"
"""Ce qui s’écrit à la place d’un nombre que l’on tait."""
GROUPES_TUS = typographier("Groupes tus, trop petits ou propres à en faire retrouver un autre :")
"""Au-delà du groupe, annonce les réponses dont on ne dit rien ; ne distingue pas la petite de celle qui la protège."""
GROUPE_TROP_PETIT = typographier(f"effectif inférieur à {PLANCHER}")
"""Au groupe lui-même, à la place de tous les nombres d’une réponse de profil."""
TROP_PEU_DE_SCORES = f"moins de {PLANCHER} scores"
CE_SONT_LEURS_REPONSES = typographier(
    f"Moins de {PLANCHER} personnes ici : moyennes, médianes et extrêmes sont leurs réponses. À ne montrer qu'à elles."
)
LEUR_DISPERSION_LES_DIRAIT = typographier(
    f"Moins de {EFFECTIF_DES_ECARTS} personnes, ici ou sur une échelle : un écart-type, une médiane ou des extrêmes, "
    "joints à la moyenne, diraient presque chaque score. N'en sont montrées que les moyennes ; avec l'accord de "
    "chacun, la page nominative montre tout."
)
"""Sur la page d’un groupe, là où la dispersion est tue."""
CE_QUI_EST_TU = typographier(f"« {TU} » : un nombre qui tient à moins de {PLANCHER} personnes.")


class Public(Enum):
    """À qui une surface se montre."""

    LE_GROUPE = auto()
    LE_GROUPE_SANS_LIGNES = auto()
    ETUDE = auto()
    AU_DELA = auto()


@dataclass(frozen=True, slots=True)
class RegleDesPetitsGroupes:
    """À partir de combien de personnes un nombre se montre : au groupe lui-même, et au-delà de lui.

    ``public`` : à qui, ici ; au-delà, ce qui est unanime ou se retrouverait par soustraction est tu aussi.

    :raises ValueError: si l’un des deux est sous ``PLANCHER`` ; l’appelant le vérifie, pour dire comment corriger.
    """

    affichage: int = PLANCHER
    effectif_minimal: int = EFFECTIF_MINIMAL
    public: Public = Public.LE_GROUPE

    def __post_init__(self) -> None:
        """Aucun des deux effectifs n’est sous le plancher."""
        if min(self.affichage, self.effectif_minimal) < PLANCHER:
            raise ValueError(f"effectif minimal sous {PLANCHER} : {self}")

    @property
    def seuil(self) -> int:
        """Personnes qu’il faut à un nombre pour se montrer à ce public."""
        return self.effectif_minimal if self.public is Public.AU_DELA else self.affichage

    @property
    def seuil_des_ecarts(self) -> int:
        """Personnes qu’il faut à un écart-type, et à tout ce qui en tient lieu (répartition, extrêmes, intervalle).

        En deçà, avec la moyenne et n, il dirait chaque score.
        """
        return self.seuil if self.public is Public.LE_GROUPE else max(self.seuil, EFFECTIF_DES_ECARTS)

    def montre(self, personnes: int) -> bool:
        """Vrai si tant de personnes suffisent à montrer un nombre ; ce que personne ne porte n’a rien à cacher."""
        return not 0 < personnes < self.seuil


REGLE = RegleDesPetitsGroupes()
REGLE_DES_PAGES = RegleDesPetitsGroupes(public=Public.LE_GROUPE_SANS_LIGNES)
REGLE_DES_ETUDES = RegleDesPetitsGroupes(public=Public.ETUDE)


# --- la règle 6 -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Statistique:
    """Ce que l’on dit d’une échelle dans un groupe, dans l’unité de l’échelle ; absent sans score présent.

    ``ecart_type`` est celui de l’échantillon (n − 1) ; absent en dessous de deux scores. Une statistique tue n’a rien,
    pas même un n ; si sa seule dispersion est tue, ``dispersion_tue``, elle a n et sa moyenne.
    """

    n: int | None
    moyenne: float | None = None
    ecart_type: float | None = None
    mediane: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    dispersion_tue: bool = False

    def sans_dispersion(self) -> Statistique:
        """La même, où rien ne dit plus comment les scores se dispersent."""
        return Statistique(self.n, self.moyenne, dispersion_tue=bool(self.n))

    @property
    def tue(self) -> bool:
        """Vrai si la règle des petits groupes l’a tue."""
        return self.n is None


_TUE = Statistique(None)


@dataclass(frozen=True, slots=True)
class Repartition:
    """Comment des scores se répartissent, dans l’unité de l’échelle."""

    n: int
    moyenne: float
    minimum: float
    quart_bas: float
    mediane: float
    quart_haut: float
    maximum: float


def decrire(valeurs: Iterable[float]) -> Statistique:
    """Règle 6 sur des scores présents : moyenne, écart-type (n − 1), médiane, minimum, maximum."""
    return _decrire_comptes(Counter(valeurs))


def _decrire_comptes(comptes: Mapping[float, int]) -> Statistique:
    """Règle 6 sur des scores comptés : valeur → combien l’ont (un score n’a que quelques centaines de valeurs)."""
    return _sommer(comptes).statistique(_mediane(comptes)) if comptes else Statistique(0)


@dataclass(frozen=True, slots=True)
class _Somme:
    """Ce qui suffit à la règle 6 de quelques scores, un au moins, médiane exceptée ; deux se réunissent.

    ``carres`` : somme des carrés des écarts à la moyenne.
    """

    n: int
    moyenne: float
    carres: float
    minimum: float
    maximum: float

    def statistique(self, mediane: float | None) -> Statistique:
        ecart_type = sqrt(self.carres / (self.n - 1)) if self.n > 1 else None
        return Statistique(self.n, self.moyenne, ecart_type, mediane, self.minimum, self.maximum)

    def avec(self, autre: _Somme) -> _Somme:
        """La somme des deux (formule de Chan, Golub et LeVeque)."""
        n, ecart = self.n + autre.n, autre.moyenne - self.moyenne
        bas, haut = min(self.minimum, autre.minimum), max(self.maximum, autre.maximum)
        moyenne = min(max(self.moyenne + ecart * autre.n / n, bas), haut)
        return _Somme(n, moyenne, self.carres + autre.carres + ecart * ecart * self.n * autre.n / n, bas, haut)


def _sommer(comptes: Mapping[float, int]) -> _Somme:
    """La moyenne reste entre ses extrêmes, malgré l’arrondi."""
    n, bas, haut = sum(comptes.values()), min(comptes), max(comptes)
    moyenne = min(max(fsum(valeur * fois for valeur, fois in comptes.items()) / n, bas), haut)
    return _Somme(n, moyenne, fsum(fois * (valeur - moyenne) ** 2 for valeur, fois in comptes.items()), bas, haut)


def _mediane(comptes: Mapping[float, int]) -> float:
    """La valeur du milieu, ou la moyenne des deux."""
    triees = sorted(comptes)
    rangs = [*accumulate(comptes[valeur] for valeur in triees)]
    basse, haute = (triees[bisect_left(rangs, rang)] for rang in ((rangs[-1] + 1) // 2, rangs[-1] // 2 + 1))
    return (basse + haute) / 2


class Cumul:
    """La règle 6 sur des scores comptés paquet par paquet, sans les garder.

    Le résultat est celui de ``decrire`` tant qu’il y a au plus ``distinctes_max`` valeurs différentes ; au-delà, la
    médiane manque, moyenne et écart-type se réunissent paquet après paquet (formule de Chan, Golub et LeVeque).
    """

    def __init__(self, distinctes_max: int) -> None:
        self._distinctes_max = distinctes_max
        self._comptes: Counter[float] = Counter()
        self._reunie: _Somme | None = None

    def ajouter_des_comptes(self, paquet: Mapping[float, int]) -> None:
        """Prend un paquet : valeur → combien l’ont."""
        if self._reunie is not None:
            self._reunie = self._reunie.avec(_sommer(paquet)) if paquet else self._reunie
            return
        for valeur, fois in paquet.items():
            self._comptes[valeur] += fois
        if len(self._comptes) > self._distinctes_max:
            self._reunie = _sommer(self._comptes)

    def statistique(self) -> Statistique:
        """Règle 6 sur tout ce qui a été pris."""
        return _decrire_comptes(self._comptes) if self._reunie is None else self._reunie.statistique(None)


def repartir(valeurs: Sequence[float]) -> Repartition | None:
    """Moyenne, bornes et quartiles de scores ; rien s’il n’y en a pas."""
    if not valeurs:
        return None
    triees, comptes = sorted(valeurs), Counter(valeurs)
    bas, haut = _quantile(triees, 0.25), _quantile(triees, 0.75)
    return Repartition(len(triees), _sommer(comptes).moyenne, triees[0], bas, _mediane(comptes), haut, triees[-1])


def _quantile(triees: Sequence[float], part: float) -> float:
    """Quantile par interpolation linéaire (type 7 de Hyndman et Fan, 1996 : celui d’Excel, de R et de numpy)."""
    rang = (len(triees) - 1) * part
    bas = int(rang)
    haut = min(bas + 1, len(triees) - 1)
    return triees[bas] + (triees[haut] - triees[bas]) * (rang - bas)


# --- une strate entière ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Portrait:
    """Un groupe décrit par la règle 6.

    ``echelles`` : par identifiant d’échelle ; ``matrice`` : compétence → ingénierie → statistique des cases ;
    ``position`` : moyenne des positions individuelles présentes, ``positions`` leur nombre, rien s’il est tu ;
    ``scores`` : les scores présents de chaque échelle, croissants, l’ordre des personnes ne s’y lit pas ; ``points`` :
    les positions, dans l’ordre de lecture, et ``porteurs`` la personne de chacune ; ``dominantes`` : ce qui domine →
    combien de positions ; ``trop_petit`` : la strate entière n’a qu’une ou deux personnes, ces nombres sont leurs
    réponses ; ``points_tus`` : la position moyenne se montre, mais ni les points ni les dominantes.
    """

    effectif: int
    echelles: Mapping[str, Statistique]
    matrice: Mapping[str, Mapping[str, Statistique]]
    position: Position | None
    positions: int | None
    scores: Mapping[str, Sequence[float]] = field(default_factory=dict)
    points: Sequence[Position] = ()
    porteurs: Sequence[str | int] = ()
    dominantes: Mapping[tuple[str, ...], int] = field(default_factory=dict)
    trop_petit: bool = False
    points_tus: bool = False

    @property
    def dispersion_tue(self) -> bool:
        """Vrai si la dispersion d’une échelle, ou les points, sont tus là où la moyenne se montre."""
        return self.points_tus or any(s.dispersion_tue for s in self.echelles.values())


def portraiturer(cohorte: Cohorte, *, cases: bool = True) -> Portrait:
    """Décrit un groupe ; à n’appeler que sur une seule strate, les moments et les regards ne se moyennent pas.

    Rien n’y est tu : ce qui se montre est dans ``portrait_montrable``.

    :param cases: faux pour se passer de la matrice.
    """
    resultats, referentiel = [notee.resultat for notee in cohorte.notees], cohorte.referentiel
    echelles: dict[str, list[float]] = {code: [] for code in referentiel.echelles}
    matrice: dict[str, dict[str, list[float]]] = {
        c.identifiant: {i.identifiant: [] for i in referentiel.ingenieries} for c in referentiel.competences if cases
    }
    for resultat in resultats:
        for scores in (resultat.competences, resultat.ingenieries, *resultat.regroupements.values()):
            _ranger(scores, echelles)
        for competence, valeurs in matrice.items():
            _ranger(resultat.matrice[competence], valeurs)
    points = cohorte.positions()
    dominantes = Counter(r.situation.dominante for r in resultats if r.situation.dominante is not None)
    return Portrait(
        effectif=len(resultats),
        echelles={code: decrire(valeurs) for code, valeurs in echelles.items()},
        matrice={
            competence: {ingenierie: decrire(valeurs) for ingenierie, valeurs in ligne.items()}
            for competence, ligne in matrice.items()
        },
        position=centre_de(points),
        positions=len(points),
        scores={code: sorted(valeurs) for code, valeurs in echelles.items()},
        points=points,
        porteurs=[qui for qui, notee in personnes_de(cohorte.notees) if notee.resultat.situation.position is not None],
        dominantes=dominantes,
    )


def centre_de(points: Sequence[Position]) -> Position | None:
    """La moyenne de positions ; rien s’il n’y en a pas."""
    if not points:
        return None
    return Position(*(_sommer(Counter(axe)).moyenne for axe in ([p.x for p in points], [p.y for p in points])))


def enveloppe_convexe(points: Iterable[Position]) -> tuple[Position, ...]:
    """Le plus petit polygone convexe qui tient des points, dans le sens direct, sans sommet sur un côté.

    Deux points distincts donnent un segment, un seul un point (chaîne monotone : Andrew, 1979).
    """
    tries = sorted({(p.x, p.y) for p in points})
    dessous, dessus = _chaine(tries), _chaine(tries[::-1])
    sommets = tries if len(tries) == 1 else [*dessous[:-1], *dessus[:-1]]
    return tuple(Position(x, y) for x, y in sommets)


def _chaine(tries: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    chaine: list[tuple[float, float]] = []
    for x, y in tries:
        while len(chaine) > 1 and _tourne(chaine[-2], chaine[-1], (x, y)) <= EGALITE:
            chaine.pop()
        chaine.append((x, y))
    return chaine


def _tourne(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    """Positif si l’on tourne dans le sens direct en allant de a à b, puis à c."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _ranger(scores: Mapping[str, Score], paquets: Mapping[str, list[float]]) -> None:
    """Ajoute chaque score présent aux valeurs de son échelle."""
    for identifiant, score in scores.items():
        if score.valeur is not None:
            paquets[identifiant].append(score.valeur)


def portrait_montrable(strate: Cohorte, regle: RegleDesPetitsGroupes = REGLE, *, cases: bool = True) -> Portrait:
    """Le portrait d’une strate, ou d’une réponse de profil : ce qui tient à trop peu de personnes y est tu."""
    portrait, personnes = portraiturer(strate, cases=cases), compter_personnes(strate)
    if personnes == portrait.effectif:
        return taire_les_petits(portrait, regle)
    if not regle.montre(personnes):
        return replace(portrait, trop_petit=True)
    porteurs = {
        mesure.identifiant: len({p for p, n in personnes_de(strate.notees) if mesure.valeur(n.resultat) is not None})
        for mesure in mesures(strate.referentiel)
    }
    return taire_les_petits(portrait, regle, porteurs)


def taire_les_petits(
    portrait: Portrait, regle: RegleDesPetitsGroupes = REGLE, porteurs: Mapping[str, int] | None = None
) -> Portrait:
    """Un portrait où chaque nombre porté par trop peu de personnes est tu ; tel quel si la strate entière en a si peu.

    :param porteurs: identifiant de mesure → personnes qui la portent ; sans eux, chaque passation est une personne.
    """
    if not regle.montre(portrait.effectif):
        return replace(portrait, trop_petit=True)

    def qui(identifiant: str, n: int | None) -> int:
        return (n or 0) if porteurs is None else porteurs.get(identifiant, 0)

    def dire(identifiant: str, s: Statistique) -> Statistique:
        personnes = qui(identifiant, s.n)
        if not regle.montre(personnes):
            return _TUE
        return s.sans_dispersion() if personnes < regle.seuil_des_ecarts else s

    echelles = {code: dire(code, s) for code, s in portrait.echelles.items()}
    matrice = {
        competence: {i: dire(identifiant_de_case(competence, i), s) for i, s in cases.items()}
        for competence, cases in portrait.matrice.items()
    }
    sans = {code for code, s in echelles.items() if s.tue or s.dispersion_tue}
    scores = {code: () if code in sans else valeurs for code, valeurs in portrait.scores.items()}
    tait = replace(portrait, echelles=echelles, matrice=matrice, scores=scores)
    places = qui("x", portrait.positions)
    if not regle.montre(places):
        return replace(tait, position=None, positions=None, points=(), porteurs=(), dominantes={})
    if 0 < places < regle.seuil_des_ecarts:
        return replace(tait, points=(), porteurs=(), dominantes={}, points_tus=True)
    return tait


def compter_personnes(strate: Cohorte) -> int:
    """Nombre de personnes ; chaque passation sans code en est une."""
    return len({personne for personne, _ in personnes_de(strate.notees)})


def personnes_de(notees: Sequence[Notee]) -> Iterable[tuple[str | int, Notee]]:
    """Chaque passation et sa personne : son code replié, ou son rang si elle n’en a pas."""
    return ((replier_code(notee.passation.identifiant) or rang, notee) for rang, notee in enumerate(notees))


# --- ce que l’on moyenne --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MesureDeGroupe:
    """Ce que l’on moyenne : un score, une coordonnée de la position, une case de la matrice."""

    nature: str
    identifiant: str
    libelle: str
    valeur: Callable[[Resultat], float | None]


def identifiant_de_case(competence: str, ingenierie: str) -> str:
    """Celui d’une case de la matrice, d’après ceux de sa compétence et de son ingénierie."""
    return f"{competence}/{ingenierie}"


def mesures(referentiel: Referentiel) -> tuple[MesureDeGroupe, ...]:
    """Les mesures d’un référentiel, dans l’ordre : compétences, ingénieries, groupes, position, cases."""
    scores = (
        MesureDeGroupe(e.nature, e.identifiant, e.libelle, partial(_score, e.identifiant))
        for e in referentiel.echelles.values()
    )
    axes = (("x", referentiel.axes.x.libelle), ("y", referentiel.axes.y.libelle))
    positions = (MesureDeGroupe("position", cle, libelle, partial(_coordonnee, cle)) for cle, libelle in axes)
    cases = (
        MesureDeGroupe(
            CASE,
            identifiant_de_case(c.identifiant, i.identifiant),
            f"{c.libelle}, {i.libelle}",
            partial(_case, c.identifiant, i.identifiant),
        )
        for c in referentiel.competences
        for i in referentiel.ingenieries
        if referentiel.items_de(c.identifiant)
    )
    return (*scores, *positions, *cases)


def _score(code: str, resultat: Resultat) -> float | None:
    return resultat.score(code).valeur


def _case(competence: str, ingenierie: str, resultat: Resultat) -> float | None:
    return resultat.matrice[competence][ingenierie].valeur


def _coordonnee(axe: str, resultat: Resultat) -> float | None:
    point = resultat.situation.position
    return None if point is None else point.x if axe == "x" else point.y


# --- les situations d’un groupe, par fréquence et par importance : ce que montre un quadrant -------------------------


def situations_d_un_groupe(strate: Cohorte, regle: RegleDesPetitsGroupes = REGLE) -> tuple[SituationPlacee, ...]:
    """Celles d’une strate, en moyennes sur qui en dit les deux ; tues là où trop peu de personnes le font.

    Vide si personne n’en dit rien, ou si la strate entière a trop peu de personnes.
    """
    if not regle.montre(compter_personnes(strate)):
        return ()
    par_item: dict[str, list[tuple[str | int, SituationPlacee]]] = {}
    for personne, notee in personnes_de(strate.notees):
        for une in situations_placees(strate.referentiel, notee.passation):
            par_item.setdefault(une.item.code, []).append((personne, une))
    dites = (par_item[item.code] for item in strate.referentiel.ordre_de_passation() if item.code in par_item)
    return tuple(_moyenner_une_situation(paires, regle) for paires in dites)


def _moyenner_une_situation(
    paires: list[tuple[str | int, SituationPlacee]], regle: RegleDesPetitsGroupes
) -> SituationPlacee:
    """La moyenne d’une situation ; celle de ses niveaux manque si trop peu de personnes en ont un."""
    item, personnes = paires[0][1].item, len({personne for personne, _ in paires})
    if not regle.montre(personnes):
        return SituationPlacee(item, 0, 0, None, personnes, tue=True)
    niveaux = [(personne, une.niveau) for personne, une in paires if une.niveau is not None]
    montres = [niveau for _, niveau in niveaux] if regle.montre(len({personne for personne, _ in niveaux})) else []
    return SituationPlacee(
        item,
        sum(une.frequence for _, une in paires) / len(paires),
        sum(une.importance for _, une in paires) / len(paires),
        sum(montres) / len(montres) if montres else None,
        personnes,
    )
