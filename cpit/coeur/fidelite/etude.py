"""L’étude d’un instrument dans une cohorte : chaque moment et chaque regard à part, puis leurs appariements.

Une de ses strates prête, pour référence, l’erreur de mesure de chaque échelle, à quoi rapporter un changement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cpit.coeur import Progres
from cpit.coeur.cohorte import Cohorte
from cpit.coeur.comparaison import Reference
from cpit.coeur.fidelite import Intervalles
from cpit.coeur.fidelite.coherence_interne import Coherence, Tenue, coherence
from cpit.coeur.fidelite.estimation import (
    FISHER,
    MINIMUM,
    MONTRABLE,
    PRECISION,
    TIENT,
    Estimation,
    Matrice,
    Motif,
    Sommes,
    asymetrie,
    bornes_de_shrout_et_fleiss,
    bornes_robustes,
    correlation,
    ecart_type,
    estimation,
    estimer_part,
    motif_de_taire,
    moyenne,
    non_estimable,
    sans_chacune,
)
from cpit.coeur.groupe import compter_personnes, personnes_de
from cpit.coeur.jointes import base_orthonormee
from cpit.coeur.moteur import EGALITE, retenir
from cpit.coeur.passation import Etat, replier_code
from cpit.coeur.referentiel import EchelleNotee, Item, Referentiel
from cpit.coeur.tableaux import table_html
from cpit.typographie import pluriel

# --- les moyennes à taire dans une étude ------------------------------------------------------------------------------
#
# Celles qui, jointes aux autres, diraient ce qu’une ou deux personnes ont répondu.
#
# Une étude donne, dans chaque strate, la moyenne de chaque item et de chaque échelle, et, de deux strates, celle de
# l’écart chez qui a répondu aux deux. Qui n’a répondu qu’une fois se retrouve par soustraction : à t0 huit personnes,
# dont sept reviennent à t1 ; la somme de t0, moins celle de t1, plus celle des écarts, est le score de la huitième. De
# même la somme d’une échelle de trois items, fois trois, moins celles de ses items, ne tient qu’à qui en a laissé un ;
# de deux échelles qui ont un item en commun, ou de trois moments, cela s’enchaîne.
#
# La règle est celle des études (``REGLE_DES_ETUDES``), tout ensemble, et non un décompte : chaque moyenne publiée est
# une **forme** linéaire des réponses. Une combinaison de formes ne dépend que de quelques personnes si, et seulement
# si, les formes perdent un rang quand on ôte les réponses de celles-là. Dans une base orthonormée de toutes les
# combinaisons, les réponses d’une personne pèsent une matrice, et celles de toutes ensemble, l’identité : le rang
# baisse sans elles quand leur matrice a 1 pour valeur propre. Des personnes dont les plus grandes valeurs propres ne
# font pas 1 ensemble n’ont donc pas à être essayées. Celles dont les mêmes réponses manquent aux mêmes endroits sont
# une **classe** : les coefficients y sont les mêmes, et toute combinaison les tient toutes, ou aucune.
#
# Les moyennes des items, d’où tout part, se montrent. Avec l’écart moyen se taisent l’écart-type des écarts et l’ICC,
# dont il se déduirait ; la corrélation, seule, reste.


_Paire = tuple[int, int]
"""Deux strates, par leur rang : la première, la seconde."""
_Forme = tuple[Literal["item", "moyenne", "ecart"], int, str]
"""Une moyenne publiée : sa sorte, le rang de sa strate ou de sa paire, l’item ou l’échelle."""
_Motif = tuple[int, int]
"""Une strate, et ce qu’une passation y a répondu, noté et comparé : le rang de cette façon-là."""
_PRESQUE_UN = 1 - 1e-7
"""Une valeur propre au-delà vaut un : un arrondi ferait taire une moyenne de trop, jamais une de moins."""
_PRESQUE_NUL = 1e-10
"""Une combinaison dont la part est en deçà est nulle : une forme y est déjà la somme d’autres."""


def _plus_grande(reponses: Matrice) -> float:
    """La plus grande valeur propre de ce que pèsent des réponses, une ligne chacune."""
    return float(np.linalg.eigvalsh(reponses @ reponses.T)[-1]) if len(reponses) else 0.0


class _Formes:
    """Ce qu’une étude peut publier, en formes des réponses, et les classes de personnes qui y comptent.

    ``classes`` : les réponses des personnes d’une classe, une ligne par réponse et une colonne par forme → combien.
    """

    def __init__(self, formes: Sequence[_Forme], cotes: Sequence[_Cote], paires: Sequence[_Paire]) -> None:
        self._rangs = {forme: rang for rang, forme in enumerate(formes)}
        self._cotes, self._paires = cotes, paires
        self._gram = np.zeros((len(formes), len(formes)))
        siennes: dict[str | tuple[int, int], list[_Motif]] = {}
        blocs: dict[_Motif, Matrice] = {}
        for strate, cote in enumerate(cotes):
            motifs, rangs = np.unique(self._presences(strate), axis=0, return_inverse=True)
            for rang, (motif, passations) in enumerate(zip(motifs, np.bincount(rangs.ravel()).tolist(), strict=True)):
                blocs[strate, rang] = bloc = self._bloc(strate, motif)
                self._gram += passations * bloc.T @ bloc
            codes = {ligne: code for code, lignes in cote.lignes.items() for ligne in lignes}
            for ligne, rang in enumerate(rangs.ravel().tolist()):
                siennes.setdefault(codes.get(ligne, (strate, ligne)), []).append((strate, rang))
        combien = Counter(tuple(sorted(motifs)) for motifs in siennes.values())
        self._petites = [
            (np.vstack([blocs[motif] for motif in classe]), personnes)
            for classe, personnes in combien.items()
            if personnes < MONTRABLE
        ]

    def a_taire(self, imposees: Sequence[_Forme], proposees: Sequence[_Forme]) -> frozenset[_Forme]:
        """Les formes proposées à taire pour que rien ne se retrouve, les imposées restant publiées.

        Chacune se montre si elle le peut avec celles d’avant : les premières ont plus de chances. On essaie aussi dans
        l’ordre inverse ; ce qui tait le moins l’emporte.
        """
        if not self._se_lit([*imposees, *proposees]):
            return frozenset()
        essais = (self._refuser(imposees, ordre) for ordre in (proposees, proposees[::-1]))
        return min(essais, key=len)

    def _refuser(self, montrees: Sequence[_Forme], ordre: Sequence[_Forme]) -> frozenset[_Forme]:
        gardees, tues, restes = [*montrees], set[_Forme](), [list(ordre)]
        while restes:
            lot = restes.pop()
            if not self._se_lit([*gardees, *lot]):
                gardees += lot
            elif len(lot) == 1:
                tues.add(lot[0])
            else:
                # La première moitié d’abord : le même choix qu’une à une, en moins d’essais.
                restes += [lot[len(lot) // 2 :], lot[: len(lot) // 2]]
        return frozenset(tues)

    def _se_lit(self, formes: Sequence[_Forme]) -> bool:
        """Vrai si une combinaison de ces formes dépend d’une personne au moins, et de moins de ``MONTRABLE``."""
        rangs = [self._rangs[forme] for forme in formes]
        base = base_orthonormee(self._gram[np.ix_(rangs, rangs)], _PRESQUE_NUL)
        classes = [(sqrt(personnes) * bloc[:, rangs] @ base, personnes) for bloc, personnes in self._petites]
        poids = [_plus_grande(classe) for classe, _ in classes]
        seuil = _PRESQUE_UN - (MONTRABLE - 2) * max(poids, default=0.0)
        lourdes = [(*classe, poids) for classe, poids in zip(classes, poids, strict=True) if poids >= seuil]
        return any(
            sum(personnes for _, personnes, _ in ensemble) < MONTRABLE
            and sum(poids for *_, poids in ensemble) >= _PRESQUE_UN
            and _plus_grande(np.vstack([classe for classe, *_ in ensemble])) >= _PRESQUE_UN
            for taille in range(1, MONTRABLE)
            for ensemble in combinations(lourdes, taille)
        )

    def _presences(self, strate: int) -> NDArray[np.bool_]:
        """De chaque passation : les items répondus, les échelles notées, puis celles de chaque écart où elle entre."""
        cote = self._cotes[strate]
        notees = [np.column_stack([~np.isnan(v) for v in c.matrices.scores.values()]) for c in self._cotes]
        colonnes = [~np.isnan(cote.matrices.retenues), notees[strate]]
        for paire in self._paires:
            dedans = np.zeros_like(notees[strate])
            if strate in paire:
                autre = paire[1 - paire.index(strate)]
                for code in _uniques(cote, self._cotes[autre]):
                    ici, la = cote.lignes[code][0], self._cotes[autre].lignes[code][0]
                    dedans[ici] = notees[strate][ici] & notees[autre][la]
            colonnes.append(dedans)
        return np.hstack(colonnes)

    def _bloc(self, strate: int, motif: NDArray[np.bool_]) -> Matrice:
        """Ce que chaque réponse d’une passation pèse dans chaque forme, d’après ce que ``_presences`` en dit."""
        matrices = self._cotes[strate].matrices
        repondus, *notees = np.split(
            motif, np.cumsum([len(matrices.items), *[len(matrices.scores)] * len(self._paires)])
        )
        bloc = np.zeros((len(repondus), len(self._rangs)))
        for rang, item in enumerate(matrices.items):
            self._peser(bloc, rang, ("item", strate, item.code), repondus[rang])
        signes = [1, *((strate == paire[1]) - (strate == paire[0]) for paire in self._paires)]
        noms: list[tuple[Literal["moyenne", "ecart"], int]] = [("moyenne", strate)]
        noms += [("ecart", rang) for rang in range(len(self._paires))]
        for place, (code, echelle) in enumerate(matrices.echelles.items()):
            rangs = [rang for rang, item in enumerate(matrices.items) if item in echelle.items]
            poids = np.array([matrices.items[rang].poids for rang in rangs]) * repondus[rangs]
            for (sorte, ou), signe, presentes in zip(noms, signes, notees, strict=True):
                if presentes[place]:
                    self._peser(bloc, rangs, (sorte, ou, code), signe * poids / poids.sum())
        return bloc[repondus]

    def _peser(self, bloc: Matrice, lignes: int | list[int], forme: _Forme, poids: Matrice | np.bool_) -> None:
        if forme in self._rangs:
            bloc[lignes, self._rangs[forme]] = poids


# --- Une strate en matrices : réponses choisies, réponses retenues (items inverses renversés), scores des échelles.


@dataclass(frozen=True)
class _Matrices:
    """Les réponses d’une strate ; une ligne par passation, dans l’ordre de lecture.

    ``choisies`` : niveau tel que choisi, ``nan`` sinon ; ``retenues`` : le même, renversé sur l’étendue déclarée si
    l’item est inverse ; ``sans_objet`` : vrai pour SO ; ``scores`` : par identifiant d’échelle, ``nan`` si absent ;
    ``qui`` : la personne de chaque passation, en numéro.
    """

    items: tuple[Item, ...]
    echelles: Mapping[str, EchelleNotee]
    choisies: Matrice
    retenues: Matrice
    sans_objet: NDArray[np.bool_]
    scores: Mapping[str, Matrice]
    qui: NDArray[np.int_]

    def retenues_de(self, items: Sequence[Item]) -> Matrice:
        """Les réponses retenues à ces items, dans leur ordre."""
        rangs = {item.code: rang for rang, item in enumerate(self.items)}
        return np.asarray(self.retenues[:, [rangs[item.code] for item in items]])

    def completes(self, items: Sequence[Item]) -> Matrice:
        """Les mêmes, pour les seules passations qui ont répondu à tous."""
        colonnes = self.retenues_de(items)
        return np.asarray(colonnes[~np.isnan(colonnes).any(axis=1)])


def mettre_en_matrices(strate: Cohorte) -> _Matrices:
    """Les matrices d’une strate."""
    referentiel = strate.referentiel
    items = referentiel.ordre_de_passation()
    codes = [item.code for item in items]
    choisies = np.full((len(strate.notees), len(items)), np.nan)
    sans_objet = np.zeros(choisies.shape, np.bool_)
    for ligne, notee in enumerate(strate.notees):
        reponses = [notee.passation.reponse(code) for code in codes]
        choisies[ligne] = [np.nan if r.valeur is None else r.valeur for r in reponses]
        sans_objet[ligne] = [r.etat is Etat.SANS_OBJET for r in reponses]
    numeros: dict[str | int, int] = {}
    qui = np.array([numeros.setdefault(p, len(numeros)) for p, _ in personnes_de(strate.notees)], np.int_)
    retenues = _retenues(referentiel, items, choisies)
    return _Matrices(items, referentiel.echelles, choisies, retenues, sans_objet, _scores(strate), qui)


def _retenues(referentiel: Referentiel, items: Sequence[Item], choisies: Matrice) -> Matrice:
    bornes = referentiel.echelle
    retenues = choisies.copy()
    for rang, item in enumerate(items):
        retenues[:, rang] = retenir(choisies[:, rang], bornes.min, bornes.max, inverse=item.inverse)
    return retenues


def _scores(strate: Cohorte) -> dict[str, Matrice]:
    """Les scores de la règle 1, tels que le moteur les a calculés."""
    resultats = [notee.resultat for notee in strate.notees]
    return {
        code: np.array([np.nan if (v := r.score(code).valeur) is None else v for r in resultats], np.float64)
        for code in strate.referentiel.echelles
    }


# --- L’accord de deux séries de scores des mêmes personnes : deux moments, ou deux regards.
#
# ICC(2,1) de Shrout et Fleiss (1979) : deux effets aléatoires, une mesure, accord absolu ; ``ICC2`` de ``psych::ICC``.


@dataclass(frozen=True, slots=True)
class Accord:
    """Deux séries comparées ; l’écart est la seconde moins la première, dans l’unité de l’échelle."""

    icc: Estimation
    ecart_moyen: Estimation
    ecart_type_des_ecarts: Estimation
    correlation: Estimation


def mesurer_accord(premiere: Matrice, seconde: Matrice, intervalles: Intervalles = Intervalles.ROBUSTES) -> Accord:
    """Accord de deux séries appariées ; une paire dont une valeur est absente n’entre nulle part."""
    present = ~(np.isnan(premiere) | np.isnan(seconde))
    une, autre = premiere[present], seconde[present]
    ecarts = autre - une
    return Accord(
        icc(une, autre, intervalles),
        moyenne(ecarts, intervalles),
        ecart_type(ecarts),
        correlation(une, autre, intervalles),
    )


def icc(une: Matrice, autre: Matrice, intervalles: Intervalles = Intervalles.ROBUSTES) -> Estimation:
    """ICC(2,1) de deux mesures."""
    n = len(une)
    if n < MINIMUM:
        return non_estimable(n, Motif.TROP_PEU)
    mesures = np.column_stack([une, autre])
    if float(mesures.std()) <= PRECISION:
        return non_estimable(n, Motif.SANS_VARIANCE)
    personnes, series, residu = carres = _carres_moyens(mesures)
    valeur = (personnes - residu) / (personnes + residu + 2 * (series - residu) / n)
    if residu <= PRECISION:
        return estimation(valeur, n, Motif.INTERVALLE_DEGENERE)
    if intervalles is Intervalles.CLASSIQUES:
        return estimation(valeur, n, bornes_de_shrout_et_fleiss(valeur, carres, n))
    return estimation(valeur, n, bornes_robustes(valeur, sans_chacune(mesures, _icc), FISHER), TIENT)


def _icc(sommes: Sommes) -> Matrice:
    """La même valeur, des moyennes et des covariances : les carrés moyens de deux séries s’en déduisent."""
    covariances, moyennes, n = sommes.covariances, sommes.moyennes, sommes.effectifs[..., 0, 0]
    variances = covariances[..., 0, 0] + covariances[..., 1, 1]
    commune = 2 * covariances[..., 0, 1]
    ecart = moyennes[..., 1] - moyennes[..., 0]
    return np.asarray(commune / (variances + ecart**2 - (variances - commune) / n))


def _carres_moyens(mesures: Matrice) -> tuple[float, float, float]:
    """Carrés moyens entre personnes, entre séries, et résiduel, d’une analyse de variance à deux facteurs."""
    n, k = mesures.shape
    centre = mesures.mean()
    personnes = k * float(((mesures.mean(axis=1) - centre) ** 2).sum()) / (n - 1)
    series = n * float(((mesures.mean(axis=0) - centre) ** 2).sum()) / (k - 1)
    residus = mesures - mesures.mean(axis=1, keepdims=True) - mesures.mean(axis=0) + centre
    return personnes, series, float((residus**2).sum()) / ((n - 1) * (k - 1))


_EGAL = 1e-9
"""Écart sous lequel un score est au plancher ou au plafond."""

_Sorte = Literal["moments", "regards"]
_SORTES: tuple[tuple[_Sorte, int], ...] = (("moments", 1), ("regards", 0))
"""Ce que l’on compare, et ce que deux strates doivent alors avoir en commun : le regard, ou le moment."""
_Cle = tuple[str, str]
"""Une strate : son moment, son regard."""


@dataclass(frozen=True, slots=True)
class EtudeItem:
    """Comment un item a été répondu dans une strate.

    ``effectifs`` et ``parts`` : par niveau, tel que choisi (avant inversion), parmi les répondus ; tus si moins de
    ``MONTRABLE_EN_DETAIL`` personnes ont répondu. ``sans_objet`` et ``sans_reponse`` : parts de toutes les passations,
    tues de même. ``moyenne`` et ``ecart_type`` : réponses retenues (inversées s’il le faut).
    """

    item: Item
    passations: int
    repondus: int
    effectifs: Mapping[int, int | None]
    parts: Mapping[int, Estimation]
    sans_objet: Estimation
    sans_reponse: Estimation
    moyenne: Estimation
    ecart_type: Estimation


@dataclass(frozen=True, slots=True)
class EtudeEchelle:
    """Une échelle dans une strate.

    Les cinq premières estimations portent sur les scores présents (règle 1, pondérés) ; ``coherence`` sur les
    ``completes`` passations qui ont répondu à tous les items, non pondérés. ``tenues`` : par code d’item.
    """

    echelle: EchelleNotee
    moyenne: Estimation
    ecart_type: Estimation
    asymetrie: Estimation
    plancher: Estimation
    plafond: Estimation
    completes: int
    coherence: Coherence
    tenues: Mapping[str, Tenue]

    @property
    def poids_egaux(self) -> bool:
        """Vrai si tous les items pèsent autant : score et fidélité parlent alors de la même moyenne."""
        return len({item.poids for item in self.echelle.items}) < 2


@dataclass(frozen=True, slots=True)
class Liaison:
    """Corrélation des scores de deux échelles ; des items communs la gonflent."""

    une: EchelleNotee
    autre: EchelleNotee
    items_communs: int
    correlation: Estimation


@dataclass(frozen=True, slots=True)
class EtudeStrate:
    """Un moment sous un regard ; ni échelle, ni item, ni liaison s’il y a moins de ``MONTRABLE`` personnes."""

    moment: str
    regard: str
    passations: int
    personnes: int
    echelles: Mapping[str, EtudeEchelle]
    items: tuple[EtudeItem, ...]
    liaisons: tuple[Liaison, ...]

    @property
    def sans_moyenne(self) -> frozenset[str]:
        """Les échelles dont la moyenne est tue, car jointe à celles de leurs items elle en dirait trop."""
        tues = (
            e.echelle.identifiant for e in self.echelles.values() if e.moyenne.motif is Motif.SOUSTRACTION_DES_ITEMS
        )
        return frozenset(tues)


@dataclass(frozen=True, slots=True)
class Appariement:
    """Deux moments d’un même regard, ou deux regards à un même moment, chez les mêmes personnes.

    ``commun`` : le regard (ou le moment) partagé ; ``paires`` : personnes présentes une seule fois de chaque côté ;
    ``ecartees`` : personnes présentes des deux côtés mais plusieurs fois d’un côté, donc sans paire certaine ;
    ``accords`` est vide s’il y a moins de ``MONTRABLE`` paires ; ce qui, joint aux moyennes des strates, ferait
    retrouver une ou deux personnes y est tu.
    """

    sorte: _Sorte
    commun: str
    premier: str
    second: str
    paires: int
    ecartees: int
    accords: Mapping[str, Accord]


_ENTETES_D_ETUDE = (
    ("moment", "Moment"),
    ("regard", "Regard"),
    ("echelle", "Identifiant de l’échelle"),
    ("n", "Passations complètes"),
    ("moyenne", "Moyenne des scores"),
    ("alpha", "α, sur les passations complètes"),
    ("bas", "Borne basse de α"),
    ("haut", "Borne haute de α"),
)


@dataclass(frozen=True, slots=True, repr=False)
class Etude:
    """Tout ce que la commande « fidelite » montre et écrit ; ``sans_code`` passations n’entrent dans aucune paire.

    ``intervalles`` : lesquels elle donne, robustes ou classiques.
    """

    referentiel: Referentiel
    passations: int
    sans_code: int
    strates: tuple[EtudeStrate, ...]
    appariements: tuple[Appariement, ...]
    intervalles: Intervalles = Intervalles.ROBUSTES

    def __repr__(self) -> str:
        """Sur quoi elle porte ; ses nombres sont dans ``strates`` et ``appariements``."""
        ref = self.referentiel
        comptes = {"passation": self.passations, "strate": len(self.strates), "appariement": len(self.appariements)}
        tailles = ", ".join(pluriel(combien, nom) for nom, combien in comptes.items())
        return f"Etude({ref.identifiant} {ref.version} : {tailles})"

    def _repr_html_(self) -> str:
        """La fidélité de chaque échelle, telle qu’un carnet la montre ; tout le reste est dans les tableaux."""
        lignes = (
            (strate.moment, strate.regard, code, une.completes, une.moyenne.valeur, alpha.valeur, alpha.bas, alpha.haut)
            for strate in self.strates
            for code, une in strate.echelles.items()
            for alpha in (une.coherence.alpha,)
        )
        return table_html(_ENTETES_D_ETUDE, lignes, f"{self!r}, intervalles {self.intervalles} à 95 %")


def etudier(cohorte: Cohorte, avancer: Progres | None = None, intervalles: Intervalles = Intervalles.ROBUSTES) -> Etude:
    """Étudie un instrument ; rien n’y mêle deux moments ni deux regards."""
    strates, matrices = cohorte.strates(), {}
    etudes = []
    for rang, ((moment, regard), strate) in enumerate(strates.items(), 1):
        matrices[moment, regard] = mettre_en_matrices(strate)
        etudes.append(_etudier_strate((moment, regard), strate, matrices[moment, regard], intervalles))
        if avancer is not None:
            avancer(rang, len(strates))
    cotes = [_Cote(_lignes_par_personne(s), matrices[cle], intervalles) for cle, s in strates.items()]
    montrees, appariements = _taire(etudes, cotes, _apparier(list(strates), cotes))
    sans_code = sum(not replier_code(notee.passation.identifiant) for notee in cohorte.notees)
    return Etude(cohorte.referentiel, len(cohorte.notees), sans_code, montrees, appariements, intervalles)


def _etudier_strate(
    cle: tuple[str, str], strate: Cohorte, matrices: _Matrices, intervalles: Intervalles
) -> EtudeStrate:
    """Une strate, que ``cle`` nomme : moment, regard."""
    referentiel = strate.referentiel
    personnes = compter_personnes(strate)
    if personnes < MONTRABLE:
        return EtudeStrate(*cle, len(strate.notees), personnes, {}, (), ())
    echelles = {code: _etudier_echelle(referentiel, code, matrices, intervalles) for code in referentiel.echelles}
    items = tuple(_etudier_item(referentiel, matrices, rang, intervalles) for rang in range(len(matrices.items)))
    liaisons = tuple(_liaisons(referentiel, matrices, intervalles))
    return EtudeStrate(*cle, len(strate.notees), personnes, echelles, items, liaisons)


def _etudier_echelle(
    referentiel: Referentiel, code: str, matrices: _Matrices, intervalles: Intervalles
) -> EtudeEchelle:
    """Une échelle d’une strate.

    :raises KeyError: si le référentiel n’a pas cette échelle.
    """
    echelle, bornes = referentiel.echelles[code], referentiel.echelle
    scores = matrices.scores[code]
    present = np.array(~np.isnan(scores))
    presents, qui = scores[present], matrices.qui[present]
    tenue = coherence(matrices.retenues_de(echelle.items), intervalles, matrices.qui)
    return EtudeEchelle(
        echelle,
        moyenne(presents, intervalles, qui=qui),
        ecart_type(presents, qui=qui),
        asymetrie(presents, qui=qui),
        estimer_part(presents <= bornes.min + _EGAL, qui=qui),
        estimer_part(presents >= bornes.max - _EGAL, qui=qui),
        tenue.completes if echelle.items else 0,
        tenue,
        {item.code: tenue.tenues[rang] for rang, item in enumerate(echelle.items)},
    )


def _etudier_item(referentiel: Referentiel, matrices: _Matrices, rang: int, intervalles: Intervalles) -> EtudeItem:
    choisies, retenues, sans_objet = (
        matrices.choisies[:, rang],
        matrices.retenues[:, rang],
        matrices.sans_objet[:, rang],
    )
    repondu = np.array(~np.isnan(choisies))
    qui, dites = matrices.qui[repondu], choisies[repondu]
    tus = len(dites) > 0 and motif_de_taire(len(dites), len(np.unique(qui))) is not None
    niveaux = {niveau.valeur: dites == niveau.valeur for niveau in referentiel.echelle.niveaux}
    return EtudeItem(
        matrices.items[rang],
        len(choisies),
        len(dites),
        {valeur: None if tus else int(choisi.sum()) for valeur, choisi in niveaux.items()},
        {valeur: estimer_part(choisi, qui=qui) for valeur, choisi in niveaux.items()},
        estimer_part(sans_objet, qui=matrices.qui),
        estimer_part(~repondu & ~sans_objet, qui=matrices.qui),
        moyenne(retenues[repondu], intervalles, qui=qui),
        ecart_type(retenues[repondu], qui=qui),
    )


def _liaisons(referentiel: Referentiel, matrices: _Matrices, intervalles: Intervalles) -> Iterator[Liaison]:
    for une, autre in combinations(referentiel.echelles.values(), 2):
        communs = {item.code for item in une.items} & {item.code for item in autre.items}
        scores = matrices.scores[une.identifiant], matrices.scores[autre.identifiant]
        yield Liaison(une, autre, len(communs), correlation(*scores, intervalles, qui=matrices.qui))


def _apparier(ordre: Sequence[_Cle], cotes: Sequence[_Cote]) -> list[tuple[_Paire, Appariement]]:
    """D’abord les moments sous un même regard, puis les regards à un même moment ; rien n’y est encore tu."""
    appariements = []
    for sorte, meme in _SORTES:
        for un, autre in combinations(range(len(ordre)), 2):
            if ordre[un][meme] == ordre[autre][meme]:
                noms = ordre[un][1 - meme], ordre[autre][1 - meme]
                appariement = _appariement(sorte, ordre[un][meme], noms, cotes[un], cotes[autre])
                appariements.append(((un, autre), appariement))
    return appariements


def _taire(
    etudes: Sequence[EtudeStrate], cotes: Sequence[_Cote], appariements: Sequence[tuple[_Paire, Appariement]]
) -> tuple[tuple[EtudeStrate, ...], tuple[Appariement, ...]]:
    """Les mêmes, sans les moyennes qui, jointes aux autres, feraient retrouver une ou deux personnes."""
    items, proposees = _publiables(etudes, [appariement for _, appariement in appariements])
    if not proposees:
        return tuple(etudes), tuple(appariement for _, appariement in appariements)
    tues = _Formes([*items, *proposees], cotes, [paire for paire, _ in appariements]).a_taire(items, proposees)
    montrees = tuple(replace(e, echelles=_sans_moyennes(e, rang, tues)) for rang, e in enumerate(etudes))
    rendus = []
    for rang, ((un, autre), appariement) in enumerate(appariements):
        sans = montrees[un].sans_moyenne | montrees[autre].sans_moyenne
        motifs = {
            code: Motif.SOUSTRACTION_DES_ITEMS if code in sans else Motif.SOUSTRACTION
            for code in appariement.accords
            if ("ecart", rang, code) in tues
        }
        accords = {c: _taire_l_ecart(a, motifs[c]) if c in motifs else a for c, a in appariement.accords.items()}
        rendus.append(replace(appariement, accords=accords))
    return montrees, tuple(rendus)


def _publiables(
    etudes: Sequence[EtudeStrate], appariements: Sequence[Appariement]
) -> tuple[list[_Forme], list[_Forme]]:
    """Les moyennes des items, toujours montrées ; celles des échelles, puis des écarts, qui peuvent se taire."""
    items: list[_Forme] = []
    proposees: list[_Forme] = []
    for rang, etude in enumerate(etudes):
        items += [("item", rang, une.item.code) for une in etude.items if une.moyenne.estimable]
        proposees += [("moyenne", rang, code) for code, une in etude.echelles.items() if une.moyenne.estimable]
    for rang, appariement in enumerate(appariements):
        accords = appariement.accords.items()
        proposees += [("ecart", rang, code) for code, accord in accords if accord.ecart_moyen.estimable]
    return items, proposees


def _sans_moyennes(etude: EtudeStrate, rang: int, tues: Collection[_Forme]) -> Mapping[str, EtudeEchelle]:
    """Les échelles d’une strate, sans les moyennes à taire."""

    def taire(code: str, une: EtudeEchelle) -> EtudeEchelle:
        if ("moyenne", rang, code) not in tues:
            return une
        return replace(une, moyenne=non_estimable(une.moyenne.n, Motif.SOUSTRACTION_DES_ITEMS))

    return {code: taire(code, une) for code, une in etude.echelles.items()}


def _taire_l_ecart(accord: Accord, motif: Motif) -> Accord:
    """Sans l’écart moyen, ni ce dont il se déduirait ; la corrélation seule ne le donne pas."""
    tus = {
        nom: non_estimable(getattr(accord, nom).n, motif)
        for nom in ("icc", "ecart_moyen", "ecart_type_des_ecarts")
        if getattr(accord, nom).estimable
    }
    return replace(accord, **tus)


@dataclass(frozen=True, slots=True)
class _Cote:
    """Une strate, vue pour l’apparier : les rangs des passations de chaque personne, les scores, les intervalles."""

    lignes: Mapping[str, list[int]]
    matrices: _Matrices
    intervalles: Intervalles


def _uniques(un: _Cote, autre: _Cote) -> list[str]:
    """Les personnes présentes des deux côtés, une seule fois de chaque."""
    presentes = un.lignes.keys() & autre.lignes.keys()
    return sorted(code for code in presentes if len(un.lignes[code]) == len(autre.lignes[code]) == 1)


def _appariement(sorte: _Sorte, commun: str, noms: tuple[str, str], un: _Cote, autre: _Cote) -> Appariement:
    presentes, uniques = un.lignes.keys() & autre.lignes.keys(), _uniques(un, autre)
    premieres = [un.lignes[code][0] for code in uniques]
    secondes = [autre.lignes[code][0] for code in uniques]
    montrees = un.matrices.scores if len(uniques) >= MONTRABLE else {}
    accords = {
        echelle: mesurer_accord(scores[premieres], autre.matrices.scores[echelle][secondes], un.intervalles)
        for echelle, scores in montrees.items()
    }
    return Appariement(sorte, commun, *noms, len(uniques), len(presentes) - len(uniques), accords)


def _lignes_par_personne(strate: Cohorte) -> dict[str, list[int]]:
    """Les rangs des passations de chaque personne ; une passation sans code n’appartient à personne."""
    lignes: dict[str, list[int]] = {}
    for rang, notee in enumerate(strate.notees):
        if code := replier_code(notee.passation.identifiant):
            lignes.setdefault(code, []).append(rang)
    return lignes


def reference_de(cohorte: Cohorte, moment: str = "t0", regard: str = "soi") -> Reference:
    """L’erreur type de mesure de chaque échelle, telle que ``fidelite`` la donne pour cette strate.

    Une échelle dont les items ne pèsent pas tous autant n’en a pas : l’erreur est celle d’une moyenne simple. Ce que
    ``fidelite`` n’estime pas, ou tait, n’y est pas ; ni une erreur nulle (α = 1), devant quoi tout serait décelable.

    :raises KeyError: si la cohorte n’a pas cette strate.
    """
    strate = cohorte.strates()[moment, regard]
    matrices = mettre_en_matrices(strate)
    erreurs = {}
    for code, echelle in cohorte.referentiel.echelles.items():
        if len({item.poids for item in echelle.items}) != 1:
            continue
        sem = coherence(matrices.retenues_de(echelle.items), qui=matrices.qui).erreur_type.valeur
        if sem is not None and sem**2 > EGALITE:
            erreurs[code] = sem
    return Reference(moment, regard, compter_personnes(strate), erreurs)
