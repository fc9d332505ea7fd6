"""Ce qui a bougé dans un groupe, d’une strate à une autre : d’un moment à l’autre, ou d’un regard à l’autre.

Rien n’y compare deux moyennes de personnes différentes. Chaque personne présente des deux côtés est comparée à
elle-même (``cpit.coeur.comparaison``), sur les items qu’elle a répondus des deux côtés ; le groupe est décrit par ces
différences, deux scores des mêmes personnes. On compte des personnes, jamais des passations :

- ``appariees`` : présentes des deux côtés ; ``seules_de``, ``seules_a`` : d’un seul ;
- ``ecartees`` : présentes des deux, mais deux fois sous leur propre regard d’un côté, où rien ne dit laquelle compte ;
- ``sans_code`` : passations que rien ne rattache à personne, de chaque côté.

Plusieurs tiers d’une même personne n’en font qu’un : chaque passation d’un côté est comparée à chacune de l’autre, et
la personne compte pour la moyenne de ces comparaisons, sans état à elle (``a_plusieurs_tiers``).

La règle des petits groupes s’applique à chaque nombre. Au groupe lui-même, il suffit d’assez de personnes pour le
porter. Au-delà de lui, ce qu’une soustraction ferait retrouver est tu aussi, connaissant les moyennes des deux strates
(celles que ``cohorte`` et ``fidelite`` donnent) : d’abord les moyennes des personnes appariées, puis, s’il le faut, la
différence ; et une différence que toutes partagent, qui dirait celle de chacune.

Deux séries appariées disent de combien elles diffèrent, à quelle échelle, et jusqu’où l’une dit l’autre.
Sur n personnes, D_i étant le second score moins le premier, D̄ leur moyenne et s leur écart-type (n − 1) :

- la **différence moyenne** D̄, bornes de Student, celles de ``t.test(paired = TRUE)`` de R ;
- **d_z** = D̄ / s, et **d_av** = D̄ / ((s_1 + s_2) / 2), s_1 et s_2 étant les écarts-types des deux séries (Lakens, 2013,
  *Frontiers in Psychology*, 4:863). Le premier dit si les personnes changent ensemble, le second de combien, rapporté à
  ce qui les distingue ;
- les **limites d’accord** D̄ ± 1,96 · s (Bland et Altman, 1986, *Lancet*, 327), D̄ étant alors le biais.

Les bornes à 95 % autres que celles de D̄ viennent du jackknife, comme dans ``cpit.coeur.fidelite.estimation`` : la
statistique recalculée sans chaque personne, l’erreur type de la dispersion de ces valeurs, la marge de Student aux
degrés de liberté de Satterthwaite, arrondis au-dessous. Des différences entières, tassées à zéro, l’exigent ; de peu de
personnes, il manque pourtant de largeur quand presque aucune ne bouge. La plus large de deux méthodes l’emporte donc :

- de d_z, le jackknife ou l’erreur type √(1/n + d_z²/(2n)) des grands échantillons normaux ;
- d’une limite, le jackknife ou la réunion des bornes de D̄ et de celles de s, prises sur son logarithme (Zou, 2013,
  *Statistical Methods in Medical Research*, 22).

Ce qu’elles couvrent est mesuré par ``tests/campagnes/couverture_evolution.py`` et daté dans le guide « calcul ».
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, compress, product
from math import exp, floor, fsum, hypot, isfinite, log, sqrt
from typing import Literal

from cpit.coeur.anonymat import se_lit_sur_moins_de
from cpit.coeur.cohorte import Cohorte, Notee
from cpit.coeur.colonnes import COLONNE_DU_REFERENTIEL
from cpit.coeur.comparaison import Comparaison, EtatDeChangement, Reference, comparer_passations
from cpit.coeur.groupe import CASE, REGLE, MesureDeGroupe, Public, RegleDesPetitsGroupes, mesures, personnes_de
from cpit.coeur.incertitude import QUANTILE_D_USAGE, quantile_de_student
from cpit.coeur.moteur import EGALITE
from cpit.coeur.passation import REGARDS, Passation, dire_le_moment, replier_code
from cpit.coeur.referentiel import Referentiel
from cpit.coeur.tableaux import Cellule, Colonne, Ligne, LignesAuVol, Tableau
from cpit.typographie import pluriel

TIENNENT = 30
"""Personnes à partir desquelles ces bornes ont été mesurées tenir ; en deçà, elles sont indicatives."""
_MOINS = 3
"""Personnes qu’il faut au jackknife : sans l’une d’elles, un écart-type doit encore se calculer."""


@dataclass(frozen=True, slots=True)
class NombreBorne:
    """Un nombre et ses bornes à 95 %, s’il en a."""

    valeur: float
    bornes: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class SeriesAppariees:
    """Ce que deux scores des mêmes personnes ont de différent, dans leur unité ; d_z et d_av n’en ont pas.

    ``de``, ``a`` : les deux moyennes, absentes si elles sont tues. Sans écart-type (une seule personne, ou rien que la
    règle des petits groupes permette), ni bornes, ni d, ni limites ; si toutes les différences sont égales, il est nul
    et rien n’a de bornes.
    """

    n: int
    de: float | None
    a: float | None
    difference: NombreBorne
    ecart_type: float | None = None
    d_z: NombreBorne | None = None
    d_av: NombreBorne | None = None
    limite_basse: NombreBorne | None = None
    limite_haute: NombreBorne | None = None

    @property
    def indicatives(self) -> bool:
        """Vrai si les bornes viennent de trop peu de personnes pour avoir été mesurées tenir."""
        return self.n < TIENNENT


def mesurer_les_series(premiere: Sequence[float], seconde: Sequence[float]) -> SeriesAppariees:
    """Tout ce que deux séries appariées donnent.

    :raises ValueError: si elles n’ont pas la même longueur, ou sont vides.
    """
    differences = [apres - avant for avant, apres in zip(premiere, seconde, strict=True)]
    if not differences:
        raise ValueError("aucune personne")
    n, trois = len(differences), _Sommes.de(premiere, seconde, differences)
    centre, ecart = trois[2].moyenne, trois[2].ecart_type
    moyennes = trois[0].moyenne, trois[1].moyenne
    if n == 1:
        return SeriesAppariees(1, *moyennes, NombreBorne(centre))
    if ecart <= EGALITE:
        plate = NombreBorne(centre)
        return SeriesAppariees(n, *moyennes, plate, 0.0, limite_basse=plate, limite_haute=plate)
    sans = _sans_chacune((premiere, seconde, differences), trois)
    marge = quantile_de_student(n - 1) * ecart / sqrt(n)
    basse, haute = (_limite(signe, trois[2], sans, marge) for signe in (-1, 1))
    return SeriesAppariees(
        n, *moyennes, _encadrer(centre, marge), ecart, _d_z(trois, sans), _d_av(trois, sans), basse, haute
    )


# --- Les statistiques, et les mêmes sans chaque personne.


@dataclass(frozen=True, slots=True)
class _Sommes:
    """D’une série : combien, leur moyenne, et la somme des carrés des écarts à elle."""

    n: int
    moyenne: float
    carres: float

    @classmethod
    def de(cls, *series: Sequence[float]) -> tuple[_Sommes, ...]:
        """Les sommes de chaque série."""
        rendues = []
        for valeurs in series:
            moyenne = fsum(valeurs) / len(valeurs)
            rendues.append(cls(len(valeurs), moyenne, fsum((v - moyenne) ** 2 for v in valeurs)))
        return tuple(rendues)

    @property
    def ecart_type(self) -> float:
        """Celui de l’échantillon (n − 1) ; zéro d’une seule valeur."""
        return sqrt(max(self.carres, 0.0) / (self.n - 1)) if self.n > 1 else 0.0

    def sans(self, valeur: float) -> _Sommes:
        """Les mêmes, cette valeur ôtée."""
        ecart = valeur - self.moyenne
        return _Sommes(self.n - 1, self.moyenne - ecart / (self.n - 1), self.carres - ecart**2 * self.n / (self.n - 1))


_Trois = Sequence[_Sommes]
"""La première série, la seconde, leurs différences."""


def _sans_chacune(series: Sequence[Sequence[float]], sommes: _Trois) -> list[_Trois]:
    """Les sommes sans chaque personne."""
    return [
        [somme.sans(valeur) for somme, valeur in zip(sommes, personne, strict=True)]
        for personne in zip(*series, strict=True)
    ]


def _d_z(trois: _Trois, sans: Sequence[_Trois]) -> NombreBorne:
    def statistique(sommes: _Trois) -> float:
        return _rapporter(sommes[2].moyenne, sommes[2].ecart_type)

    n, valeur = trois[2].n, statistique(trois)
    normale = quantile_de_student(n - 1) * sqrt(1 / n + valeur**2 / (2 * n))
    robuste = _marge(valeur, [statistique(une) for une in sans])
    return _encadrer(valeur, None if robuste is None else max(normale, robuste))


def _d_av(trois: _Trois, sans: Sequence[_Trois]) -> NombreBorne | None:
    def statistique(sommes: _Trois) -> float:
        return _rapporter(sommes[2].moyenne, (sommes[0].ecart_type + sommes[1].ecart_type) / 2)

    valeur = statistique(trois)
    return _encadrer(valeur, _marge(valeur, [statistique(une) for une in sans])) if isfinite(valeur) else None


def _limite(signe: int, differences: _Sommes, sans: Sequence[_Trois], marge: float) -> NombreBorne:
    """D̄ − 1,96 · s (``signe`` −1) ou D̄ + 1,96 · s, et ses bornes."""
    facteur, ecart = signe * QUANTILE_D_USAGE, differences.ecart_type
    valeur = differences.moyenne + facteur * ecart
    robuste = _marge(valeur, [une[2].moyenne + facteur * une[2].ecart_type for une in sans])
    rapport = _marge(log(ecart), [_logarithme(une[2].ecart_type) for une in sans])
    if robuste is None or rapport is None:
        return NombreBorne(valeur)
    dehors, dedans = (
        max(robuste, hypot(marge, QUANTILE_D_USAGE * ecart * part)) for part in (exp(rapport) - 1, 1 - exp(-rapport))
    )
    bas, haut = (dehors, dedans) if signe < 0 else (dedans, dehors)
    return NombreBorne(valeur, (valeur - bas, valeur + haut))


def _rapporter(difference: float, ecart: float) -> float:
    """Une différence en écarts-types ; l’infini si tout le monde a la même valeur."""
    return difference / ecart if ecart > EGALITE else float("inf")


def _logarithme(ecart: float) -> float:
    return log(ecart) if ecart > EGALITE else float("-inf")


def _encadrer(valeur: float, marge: float | None) -> NombreBorne:
    return NombreBorne(valeur, None if marge is None else (valeur - marge, valeur + marge))


def _marge(valeur: float, sans: Sequence[float]) -> float | None:
    """La marge à 95 % du jackknife ; rien si, sans l’une des personnes, la valeur manque, ou si elle ne change pas."""
    n = len(sans)
    if n < _MOINS or not all(map(isfinite, (valeur, *sans))):
        return None
    centre = fsum(sans) / n
    carres = [(une - centre) ** 2 for une in sans]
    somme = fsum(carres)
    if somme <= EGALITE**2:
        return None
    aplatissement = n * fsum(carre**2 for carre in carres) / somme**2
    libertes = n - 1 if aplatissement <= 1 else min(n - 1, floor(2 * n / (aplatissement - 1)))
    return quantile_de_student(max(libertes, 1)) * sqrt((n - 1) / n * somme)


StrateComparee = tuple[str, str]
"""Un moment sous un regard : « t0 », « soi »."""
MotifDeMouvement = Literal["sans-paire", "petit-groupe", "soustraction", "unanime"]
EtatJuge = Literal["bouge", "incertain"]


@dataclass(frozen=True, slots=True)
class EcartDePersonne:
    """Une échelle, ou une coordonnée, d’une personne des deux côtés.

    ``erreur`` : l’erreur type de la différence, s’il y en a une ; ``etat`` : d’après ses seules réponses ;
    ``etat_de_reference`` : rapporté à l’erreur de mesure d’un groupe.
    """

    de: float
    a: float
    erreur: float | None = None
    etat: EtatJuge | None = None
    etat_de_reference: EtatJuge | None = None

    @property
    def difference(self) -> float:
        """La seconde valeur moins la première."""
        return self.a - self.de


@dataclass(frozen=True, slots=True, repr=False)
class PersonneAppariee:
    """Une personne présente des deux côtés : ses comparaisons (plusieurs, si des tiers le sont), ce qu’elle y compte.

    ``ecarts`` : par identifiant d’échelle, puis « x » et « y » ; ce qui ne se compare pas n’y est pas. ``passations`` :
    les deux de chaque comparaison, dans le même ordre.
    """

    identifiant: str
    comparaisons: tuple[Comparaison, ...]
    ecarts: Mapping[str, EcartDePersonne]
    passations: tuple[tuple[Passation, Passation], ...]

    def __repr__(self) -> str:
        """Combien de comparaisons ; ni code ni score ne s’y montre."""
        return f"PersonneAppariee({pluriel(len(self.comparaisons), 'comparaison')})"


@dataclass(frozen=True, slots=True)
class ComptesDEtats:
    """Combien de personnes bougent au-delà de leur incertitude, dont combien vers le haut ; combien restent
    incertaines ; combien n’ont pas d’état. ``vers_le_haut`` n’a pas de sens pour une position.
    """

    bougent: int
    incertaines: int
    sans_etat: int
    vers_le_haut: int | None = None


@dataclass(frozen=True, slots=True)
class Mouvement:
    """Ce qu’une échelle, ou une coordonnée de la position, a de différent dans le groupe.

    ``series`` : les différences décrites ; absentes, ``motif`` dit pourquoi. ``etats`` : d’après les seules réponses de
    chaque personne, absents si rien ne peut y avoir d’état ou s’ils sont tus ; ``etats_de_reference`` : d’après un
    groupe de référence.
    """

    nature: str
    identifiant: str
    libelle: str
    series: SeriesAppariees | None
    etats: ComptesDEtats | None = None
    etats_de_reference: ComptesDEtats | None = None
    motif: MotifDeMouvement | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Evolution:
    """Un groupe, d’une strate ``de`` à une strate ``a`` ; les comptes sont dits en tête du module.

    ``personnes`` : les appariées, dans l’ordre de leur code ; ``mouvements`` : par identifiant d’échelle, dans l’ordre
    du référentiel, puis « x » et « y » ; ``position`` : combien de positions bougent, absent si c’est tu.
    """

    referentiel: Referentiel
    de: StrateComparee
    a: StrateComparee
    personnes: tuple[PersonneAppariee, ...]
    seules_de: int
    seules_a: int
    ecartees: int
    sans_code: tuple[int, int]
    mouvements: Mapping[str, Mouvement]
    position: ComptesDEtats | None
    regle: RegleDesPetitsGroupes = REGLE
    reference: Reference | None = None

    def __repr__(self) -> str:
        """De quoi à quoi, et combien de personnes."""
        cotes = " → ".join(" ".join(strate) for strate in (self.de, self.a))
        return f"Evolution({cotes} : {pluriel(self.appariees, 'personne appariée', 'personnes appariées')})"

    @property
    def entre_regards(self) -> bool:
        """Vrai de soi aux tiers, ou l’inverse : on y parle d’accord, et non de ce qui bouge."""
        return self.de[1] != self.a[1]

    @property
    def appariees(self) -> int:
        """Combien de personnes sont présentes des deux côtés."""
        return len(self.personnes)

    @property
    def a_plusieurs_tiers(self) -> int:
        """Combien de personnes comptent pour la moyenne de plusieurs comparaisons."""
        return sum(len(une.comparaisons) > 1 for une in self.personnes)

    @property
    def sans_rien_de_commun(self) -> int:
        """Combien de personnes présentes des deux côtés n’ont répondu un niveau des deux à aucune situation."""
        return sum(
            all(item.difference is None for comparaison in une.comparaisons for item in comparaison.items.values())
            for une in self.personnes
        )

    @property
    def trop_petite(self) -> bool:
        """Vrai si trop peu de personnes sont appariées pour qu’aucun nombre se montre."""
        return not self.regle.montre(self.appariees)


def montrer_l_evolution(evolution: Evolution, regle: RegleDesPetitsGroupes) -> Evolution:
    """Une évolution telle qu’elle se montre à un public qui n’en a pas les lignes.

    Des moyennes seulement, là où la dispersion de si peu de différences dirait chacune.
    """
    mouvements = {
        cle: un
        if un.series is None or un.series.n >= regle.seuil_des_ecarts
        else Mouvement(un.nature, un.identifiant, un.libelle, _sans_dispersion(un.series))
        for cle, un in evolution.mouvements.items()
    }
    placees = sum("x" in une.ecarts for une in evolution.personnes)
    position = evolution.position if placees >= regle.seuil_des_ecarts else None
    return replace(evolution, mouvements=mouvements, position=position, regle=regle)


def strates_a_comparer(
    de: str, a: str, regards: Collection[str] = ("soi",)
) -> tuple[tuple[StrateComparee, StrateComparee], ...]:
    """Ce qui se compare entre deux moments : chaque regard de l’un à l’autre ; puis, si l’on donne les deux regards,
    soi et les tiers à chaque moment. Deux fois le même moment ne laisse que les regards.
    """
    ranges = [regard for regard in REGARDS if regard in regards]
    moments = [((de, regard), (a, regard)) for regard in ranges if de != a]
    faces = [((moment, "soi"), (moment, "tiers")) for moment in dict.fromkeys((de, a)) if len(ranges) > 1]
    return (*moments, *faces)


def evoluer(
    cohorte: Cohorte,
    de: StrateComparee = ("t0", "soi"),
    a: StrateComparee = ("t1", "soi"),
    regle: RegleDesPetitsGroupes = REGLE,
    *,
    reference: Reference | None = None,
) -> Evolution:
    """Compare chaque personne à elle-même d’une strate à l’autre, et décrit ce qui a bougé dans le groupe.

    :param reference: un groupe dont l’erreur de mesure dit ce que vaut une différence.
    :raises KeyError: si la cohorte n’a pas l’une des deux strates.
    :raises ValueError: si c’est deux fois la même.
    """
    if de == a:
        raise ValueError("une strate ne se compare pas à elle-même")
    strates = cohorte.strates()
    premiers, seconds = (_par_personne(strates[strate]) for strate in (de, a))
    communes = sorted(premiers.keys() & seconds.keys())
    doubles = {qui for qui in communes if _est_double(premiers[qui], de) or _est_double(seconds[qui], a)}
    comparer = partial(_apparier_une_personne, cohorte.referentiel, reference)
    personnes = {qui: comparer(premiers[qui], seconds[qui]) for qui in communes if qui not in doubles}
    groupe = _Groupe((strates[de], strates[a]), personnes, regle)
    return Evolution(
        cohorte.referentiel,
        de,
        a,
        tuple(personnes.values()),
        len(premiers.keys() - seconds.keys()),
        len(seconds.keys() - premiers.keys()),
        len(doubles),
        (_sans_code(strates[de]), _sans_code(strates[a])),
        {mesure.identifiant: groupe.mouvement(mesure) for mesure in mesures_d_evolution(cohorte.referentiel)},
        groupe.positions(),
        regle,
        reference,
    )


def mesures_d_evolution(referentiel: Referentiel) -> tuple[MesureDeGroupe, ...]:
    """Ce qui se compare dans un groupe : les échelles, puis les deux coordonnées."""
    return tuple(mesure for mesure in mesures(referentiel) if mesure.nature != CASE)


# --- Qui est des deux côtés, et ce que chacun y a de différent.


def _par_personne(strate: Cohorte) -> dict[str, list[Notee]]:
    """Les passations de chaque personne qui a un code."""
    personnes: dict[str, list[Notee]] = {}
    for notee in strate.notees:
        if code := replier_code(notee.passation.identifiant):
            personnes.setdefault(code, []).append(notee)
    return personnes


def _sans_code(strate: Cohorte) -> int:
    return sum(not replier_code(notee.passation.identifiant) for notee in strate.notees)


def _est_double(notees: Sequence[Notee], strate: StrateComparee) -> bool:
    """Vrai si rien ne départage plusieurs passations : la personne elle-même, ou un même tiers, deux fois."""
    if strate[1] == "soi":
        return len(notees) > 1
    codes = [code for notee in notees if (code := replier_code(notee.passation.evaluateur))]
    return len(set(codes)) < len(codes)


def _apparier_une_personne(
    referentiel: Referentiel, reference: Reference | None, premieres: Sequence[Notee], secondes: Sequence[Notee]
) -> PersonneAppariee:
    passations = tuple((de.passation, a.passation) for de, a in product(premieres, secondes))
    comparaisons = tuple(comparer_passations(referentiel, de, a, reference) for de, a in passations)
    ecarts = [ecarts_d_une_comparaison(comparaison) for comparaison in comparaisons]
    cles = dict.fromkeys(cle for une in ecarts for cle in une)
    reunis = {cle: _reunir_les_ecarts([une[cle] for une in ecarts if cle in une]) for cle in cles}
    if len(comparaisons) > 1:
        reunis = {cle: EcartDePersonne(un.de, un.a) for cle, un in reunis.items()}
    return PersonneAppariee(premieres[0].passation.identifiant, comparaisons, reunis, passations)


def ecarts_d_une_comparaison(comparaison: Comparaison) -> dict[str, EcartDePersonne]:
    """Une comparaison, échelle par échelle, puis coordonnée par coordonnée ; ce qui ne se compare pas n’y est pas."""
    ecarts = {}
    for code, une in comparaison.echelles().items():
        if une.de is not None and une.a is not None:
            etat = une.etat if une.bornes is not None else None
            rapporte = None if une.reference is None else une.reference.etat
            ecarts[code] = EcartDePersonne(une.de, une.a, une.erreur, _juge(etat), _juge(rapporte))
    position = comparaison.position
    if position.de is not None and position.a is not None:
        erreurs: tuple[float | None, float | None] = None, None
        if position.region is not None:
            erreurs = position.region.covariance.erreur_x, position.region.covariance.erreur_y
        etat = _juge(position.etat)
        ecarts["x"] = EcartDePersonne(position.de.x, position.a.x, erreurs[0], etat)
        ecarts["y"] = EcartDePersonne(position.de.y, position.a.y, erreurs[1], etat)
    return ecarts


def _juge(etat: EtatDeChangement | None) -> EtatJuge | None:
    return None if etat == "non-comparable" else etat


def _reunir_les_ecarts(ecarts: Sequence[EcartDePersonne]) -> EcartDePersonne:
    """L’écart d’une personne ; de plusieurs tiers, la moyenne de ceux qui se comparent."""
    if len(ecarts) == 1:
        return ecarts[0]
    return EcartDePersonne(fsum(e.de for e in ecarts) / len(ecarts), fsum(e.a for e in ecarts) / len(ecarts))


# --- Le groupe, et ce qui s’en tait.


class _Groupe:
    """Deux strates et les personnes appariées : chaque mesure s’y décrit, la règle des petits groupes appliquée."""

    def __init__(
        self,
        strates: tuple[Cohorte, Cohorte],
        personnes: Mapping[str, PersonneAppariee],
        regle: RegleDesPetitsGroupes,
    ) -> None:
        self._strates, self._personnes, self._regle = strates, personnes, regle

    def mouvement(self, mesure: MesureDeGroupe) -> Mouvement:
        """Ce qu’une mesure a de différent."""
        cle = mesure.identifiant
        ecarts = {qui: une.ecarts[cle] for qui, une in self._personnes.items() if cle in une.ecarts}
        series = None
        if ecarts:
            series = mesurer_les_series([e.de for e in ecarts.values()], [e.a for e in ecarts.values()])
        montree = self._montrer(mesure, ecarts, series)
        if isinstance(montree, str):
            return Mouvement(mesure.nature, cle, mesure.libelle, None, motif=montree)
        if len(ecarts) < self._regle.seuil_des_ecarts:
            return Mouvement(mesure.nature, cle, mesure.libelle, _sans_dispersion(montree))
        etats = None if mesure.nature == "position" else _compter_les_etats(ecarts.values())
        rapportes = _compter_les_etats(replace(e, etat=e.etat_de_reference) for e in ecarts.values())
        return Mouvement(mesure.nature, cle, mesure.libelle, montree, etats, rapportes)

    def positions(self) -> ComptesDEtats | None:
        """Combien de positions bougent."""
        ecarts = [une.ecarts["x"] for une in self._personnes.values() if "x" in une.ecarts]
        if len(ecarts) < self._regle.seuil_des_ecarts:
            return None
        comptes = _compter_les_etats(ecarts)
        return None if comptes is None else replace(comptes, vers_le_haut=None)

    def _montrer(
        self, mesure: MesureDeGroupe, ecarts: Mapping[str, EcartDePersonne], series: SeriesAppariees | None
    ) -> SeriesAppariees | MotifDeMouvement:
        """Ce qui se montre d’une mesure, ou pourquoi rien."""
        if series is None:
            return "sans-paire"
        if not self._regle.montre(series.n):
            return "petit-groupe"
        if self._regle.public is Public.LE_GROUPE:
            return series
        if self._regle.public is Public.AU_DELA and (series.ecart_type or 0.0) <= EGALITE:
            return "unanime"
        classes = self._classes(mesure, ecarts)
        if not self._se_soustrait(classes, ("difference", "de", "a")):
            return series
        return "soustraction" if self._se_soustrait(classes, ("difference",)) else replace(series, de=None, a=None)

    def _classes(self, mesure: MesureDeGroupe, ecarts: Mapping[str, EcartDePersonne]) -> Counter[_Classe]:
        """Combien de personnes ont tant de scores d’un côté, tant de l’autre, une différence ou non, et des scores
        comparés qui ne sont pas ceux de leurs strates : elles n’ont pas répondu aux mêmes items.
        """
        de, a = (_scores_de(strate, cote, mesure) for cote, strate in enumerate(self._strates))
        classes: Counter[_Classe] = Counter()
        for qui in {*de, *a}:
            siens, autres = de.get(qui, []), a.get(qui, [])
            ecart = ecarts.get(qui) if isinstance(qui, str) else None
            propres = ecart is not None and _differe(siens, ecart.de), ecart is not None and _differe(autres, ecart.a)
            classes[len(siens), len(autres), ecart is not None, *propres] += 1
        return classes

    def _se_soustrait(self, classes: Counter[_Classe], sommes: Collection[str]) -> bool:
        """Vrai si ces sommes, jointes à celles des strates, diraient ce qui tient à trop peu de personnes."""
        presentes = [sum(n for classe, n in classes.items() if classe[cote]) for cote in (0, 1)]
        connues = [bool(n) and self._regle.montre(n) for n in presentes]
        publiees = (*connues, *(nom in sommes for nom in ("de", "a", "difference")))
        formes: Counter[tuple[tuple[int, ...], ...]] = Counter()
        for classe, personnes in classes.items():
            inconnues = _inconnues(*classe)
            formes[tuple(tuple(compress(une, publiees)) for une in inconnues)] += personnes
        return se_lit_sur_moins_de(self._regle.seuil, formes)


_Classe = tuple[int, int, bool, bool, bool]
"""Les scores d’une personne dans la première strate, dans la seconde, si elle a une différence, et si le premier score
comparé, puis le second, n’est pas celui de sa strate.
"""


def _scores_de(strate: Cohorte, cote: int, mesure: MesureDeGroupe) -> dict[str | tuple[int, int], list[float]]:
    """Les scores de chaque personne ; sans code, chaque passation en est une, de ce côté."""
    scores: dict[str | tuple[int, int], list[float]] = {}
    for qui, notee in personnes_de(strate.notees):
        if (valeur := mesure.valeur(notee.resultat)) is not None:
            scores.setdefault(qui if isinstance(qui, str) else (cote, qui), []).append(valeur)
    return scores


def _differe(scores: Sequence[float], compare: float) -> bool:
    """Vrai si le score comparé n’est pas celui de la strate, ou leur moyenne s’ils sont plusieurs."""
    return not scores or abs(fsum(scores) / len(scores) - compare) > EGALITE


def _inconnues(de: int, a: int, appariee: bool, autre_de: bool, autre_a: bool) -> tuple[tuple[int, ...], ...]:
    """Ce que les scores d’une personne, de chaque côté, pèsent dans les sommes : des strates, puis des appariées
    (première, seconde, différence). Un score comparé qui n’est pas celui de sa strate est une inconnue de plus.
    """
    inconnues: list[tuple[int, ...]] = []
    for scores, strate, autre, comparee in (
        (de, (de, 0), autre_de, (1, 0, -1)),
        (a, (0, a), autre_a, (0, 1, 1)),
    ):
        dans = comparee if appariee else (0, 0, 0)
        if autre:
            inconnues.append((0, 0, *dans))
        if scores:
            inconnues.append((*strate, *((0, 0, 0) if autre else dans)))
    return tuple(inconnues)


def _sans_dispersion(series: SeriesAppariees) -> SeriesAppariees:
    """Les seules moyennes."""
    return SeriesAppariees(series.n, series.de, series.a, NombreBorne(series.difference.valeur))


def _compter_les_etats(ecarts: Iterable[EcartDePersonne]) -> ComptesDEtats | None:
    """Combien bougent, dont combien vers le haut ; rien si aucune personne n’a d’état."""
    comptes = Counter((ecart.etat, ecart.difference > 0) for ecart in ecarts)
    bougent, incertaines = (comptes[etat, True] + comptes[etat, False] for etat in ("bouge", "incertain"))
    if not bougent + incertaines:
        return None
    return ComptesDEtats(bougent, incertaines, comptes.total() - bougent - incertaines, comptes["bouge", True])


# --- En tableaux.

_ETATS_ECRITS = {
    "bouge": "Bouge : zéro est hors des bornes à 95 % de la différence",
    "incertain": "Incertain : zéro est entre ces bornes",
    "non-comparable": "Ne se compare pas",
}
_NATURES = {
    "competence": "Compétence",
    "ingenierie": "Ingénierie",
    "groupe": "Groupe d’items",
    "position": "Coordonnée de la position",
}
_MOTIFS_ECRITS = {
    "aucun-item": "Le référentiel n’y a pas d’item",
    "aucune-reponse": "Aucun item commun",
    "sous-le-seuil": "Trop peu d’items communs",
    "trop-peu-de-competences": "Moins de quatre compétences communes",
    "sans-reference": "Sans intervalle : trop peu de compétences, et pas de groupe de référence",
    "hors-reference": "Le groupe de référence n’en dit rien",
    "plusieurs-tiers": "Moyenne de plusieurs tiers : pas d’état",
    "score-absent": "Une ingénierie n’a pas de score sur les items communs",
    "parts-nulles": "D’un côté, toutes les ingénieries sont au plus bas de l’échelle",
    "sans-position": "Pas de position des deux côtés",
    "un-seul-pole": "Toutes les ingénieries sont au même point de la carte",
}
_ENTRE = "dans l’unité de l’échelle (d’axe, pour une coordonnée)"
_COLONNES_COMMUNES = (
    Colonne("moment_de", "Premier moment"),
    Colonne("regard_de", "Premier regard", modalites=REGARDS),
    Colonne("moment_a", "Second moment"),
    Colonne("regard_a", "Second regard", modalites=REGARDS),
    Colonne("nature", "Ce qui est comparé", modalites=_NATURES),
    Colonne("echelle", "Identifiant de l’échelle, ou de la coordonnée"),
    Colonne("libelle", "Libellé"),
)
_CLES_COMMUNES = ("moment_de", "regard_de", "moment_a", "regard_a", "echelle")
"""Ce qui, d’une ligne, dit quelle évolution et quelle échelle."""


def _nombre(cle: str, libelle: str, formule: str = "", unite: str = _ENTRE) -> Colonne:
    return Colonne(cle, libelle, "nombre", unite=unite, formule=formule, mesure="continue")


def _bornes(cle: str, libelle: str, unite: str = _ENTRE) -> tuple[Colonne, Colonne]:
    return (
        _nombre(f"{cle}_bas", f"{libelle} : borne basse à 95 %", unite=unite),
        _nombre(f"{cle}_haut", f"{libelle} : borne haute à 95 %", unite=unite),
    )


def _compte(cle: str, libelle: str) -> Colonne:
    return Colonne(cle, libelle, "entier", unite="personnes", mesure="continue")


_SANS_UNITE = "écarts-types"
COLONNES_D_EVOLUTION = (
    Colonne("identifiant", "Code de la personne"),
    *_COLONNES_COMMUNES,
    Colonne(
        "comparaisons", "Comparaisons dont la ligne est la moyenne", "entier", description="Plusieurs, si des tiers"
    ),
    _nombre("de", "Valeur de la première passation", "Score des items répondus des deux côtés"),
    _nombre("a", "Valeur de la seconde passation", "Score des items répondus des deux côtés"),
    _nombre("difference", "Différence", "a − de"),
    _nombre("erreur", "Erreur type de la différence", "Jackknife par compétence, plus l’arrondi des deux côtés"),
    Colonne("etat", "État", modalites=_ETATS_ECRITS, description="Vide : rien ne le donne ; le motif dit pourquoi"),
    Colonne("motif", "Pourquoi l’état manque, ou ce qui empêche de comparer", modalites=_MOTIFS_ECRITS),
    _nombre("indice", "Indice de changement fiable", "(a − de) / (√2 · SEM du groupe de référence)", _SANS_UNITE),
    Colonne(
        "etat_reference",
        "État, rapporté au groupe de référence",
        modalites={"bouge": "Bouge : au-delà du changement décelable", "incertain": "Incertain : en deçà"},
        description="Vide sans groupe de référence, ou s’il ne dit rien de cette échelle, répondue ainsi",
    ),
)
"""Les colonnes du tableau des personnes."""
_COLONNES_DES_MOUVEMENTS = (
    *_COLONNES_COMMUNES,
    _compte("n", "Personnes qui portent la ligne"),
    _nombre("de", "Première moyenne des personnes appariées"),
    _nombre("a", "Seconde moyenne des personnes appariées"),
    _nombre("difference", "Différence moyenne", "Moyenne, sur les personnes, de a − de"),
    *_bornes("difference", "Différence moyenne"),
    _nombre("ecart_type", "Écart-type des différences (n − 1)"),
    _nombre("d_z", "d_z", "Différence moyenne / écart-type des différences", _SANS_UNITE),
    *_bornes("d_z", "d_z", _SANS_UNITE),
    _nombre("d_av", "d_av", "Différence moyenne / moyenne des deux écarts-types", _SANS_UNITE),
    *_bornes("d_av", "d_av", _SANS_UNITE),
    _nombre("limite_basse", "Limite d’accord basse", "Différence moyenne − 1,96 · écart-type"),
    *_bornes("limite_basse", "Limite d’accord basse"),
    _nombre("limite_haute", "Limite d’accord haute", "Différence moyenne + 1,96 · écart-type"),
    *_bornes("limite_haute", "Limite d’accord haute"),
    Colonne("indicatif", "Bornes indicatives", description="oui sous l’effectif où elles ont été mesurées tenir"),
    _compte("bougent", "Personnes qui bougent au-delà de leur incertitude"),
    _compte("vers_le_haut", "Dont vers le haut"),
    _compte("incertaines", "Personnes dont la différence est incertaine"),
    _compte("bougent_reference", "Personnes qui bougent au-delà de l’erreur du groupe de référence"),
    _compte("vers_le_haut_reference", "Dont vers le haut"),
    _compte("incertaines_reference", "Personnes en deçà de l’erreur du groupe de référence"),
    Colonne("motif", "Pourquoi la ligne est vide"),
)


def tableau_des_personnes(*evolutions: Evolution) -> Tableau:
    """Une ligne par personne appariée et par échelle, ou par coordonnée ; il nomme les personnes.

    De plusieurs évolutions, les unes sous les autres.
    """

    def lignes() -> Iterator[Ligne]:
        for evolution in evolutions:
            unes = mesures_d_evolution(evolution.referentiel)
            for personne, mesure in product(evolution.personnes, unes):
                yield (
                    personne.identifiant,
                    *_cellules_communes(evolution, mesure),
                    *_cellules_de(personne, mesure),
                    evolution.referentiel.nom_et_version,
                )

    nombre = sum(len(une.personnes) * len(une.mouvements) for une in evolutions)
    refaites = LignesAuVol(lignes, nombre)
    colonnes = (*_nommer_les_moments(COLONNES_D_EVOLUTION, evolutions), COLONNE_DU_REFERENTIEL)
    return Tableau("evolution", "Évolution", colonnes, refaites, ("identifiant", *_CLES_COMMUNES))


def _nommer_les_moments(colonnes: Iterable[Colonne], evolutions: Sequence[Evolution]) -> tuple[Colonne, ...]:
    """Les mêmes colonnes, celles des moments avec le nom que leur donne le référentiel."""
    noms = {
        f"moment_{cote}": {
            strate[0]: dire_le_moment(strate[0], une.referentiel)
            for une in evolutions
            for strate in [une.de if cote == "de" else une.a]
        }
        for cote in ("de", "a")
    }
    return tuple(replace(une, modalites=noms[une.cle]) if une.cle in noms else une for une in colonnes)


def tableau_des_mouvements(*evolutions: Evolution) -> Tableau:
    """Une ligne par échelle, ou par coordonnée, pour le groupe ; vide si c’est tu, et le motif dit pourquoi.

    De plusieurs évolutions, les unes sous les autres.
    """
    lignes = tuple(
        (*_cellules_communes(evolution, mesure), *_cellules_du_mouvement(evolution.mouvements[mesure.identifiant]))
        for evolution in evolutions
        for mesure in mesures_d_evolution(evolution.referentiel)
    )
    colonnes = _nommer_les_moments(_COLONNES_DES_MOUVEMENTS, evolutions)
    return Tableau("mouvements", "Évolution du groupe", colonnes, lignes, _CLES_COMMUNES)


def _cellules_communes(evolution: Evolution, mesure: MesureDeGroupe) -> Ligne:
    return (*evolution.de, *evolution.a, mesure.nature, mesure.identifiant, mesure.libelle)


def _cellules_de(personne: PersonneAppariee, mesure: MesureDeGroupe) -> Ligne:
    ecart, combien = personne.ecarts.get(mesure.identifiant), len(personne.comparaisons)
    nombres: Ligne = (None,) * 4 if ecart is None else (ecart.de, ecart.a, ecart.difference, ecart.erreur)
    if combien > 1:
        return (combien, *nombres, None if ecart else "non-comparable", "plusieurs-tiers", None, None)
    (comparaison,) = personne.comparaisons
    if mesure.nature == "position":
        return (combien, *nombres, comparaison.position.etat, comparaison.position.motif, None, None)
    jugee = comparaison.echelles()[mesure.identifiant]
    rapportee = (None, None) if jugee.reference is None else (jugee.reference.indice, jugee.reference.etat)
    return (combien, *nombres, jugee.etat, jugee.motif, *rapportee)


def _cellules_du_mouvement(mouvement: Mouvement) -> Ligne:
    series, comptes = mouvement.series, (mouvement.etats, mouvement.etats_de_reference)
    if series is None:
        vides = len(_COLONNES_DES_MOUVEMENTS) - len(_COLONNES_COMMUNES) - 1
        return (*(None,) * vides, mouvement.motif)
    bornes = (series.difference, series.d_z, series.d_av, series.limite_basse, series.limite_haute)
    difference, *autres = (_cellules_bornees(une) for une in bornes)
    etats = (
        cellule for un in comptes for cellule in ((un.bougent, un.vers_le_haut, un.incertaines) if un else (None,) * 3)
    )
    return (
        *(series.n, series.de, series.a, *difference, series.ecart_type),
        *chain.from_iterable(autres),
        "oui" if series.indicatives else "non",
        *etats,
        mouvement.motif,
    )


def _cellules_bornees(nombre: NombreBorne | None) -> tuple[Cellule, Cellule, Cellule]:
    if nombre is None:
        return None, None, None
    bas, haut = nombre.bornes or (None, None)
    return nombre.valeur, bas, haut
