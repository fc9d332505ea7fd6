"""L’étude d’un instrument dans une cohorte : chaque moment et chaque regard à part, puis leurs appariements.

Une de ses strates prête, pour référence, l’erreur de mesure de chaque échelle, à quoi rapporter un changement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, combinations
from math import lcm
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cpit.coeur import Progres
from cpit.coeur.anonymat import se_lit_sur_moins_de
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
from cpit.coeur.moteur import retenir
from cpit.coeur.passation import Etat, replier_code
from cpit.coeur.referentiel import EchelleNotee, Item, Referentiel
from cpit.coeur.tableaux import table_html
from cpit.typographie import pluriel

# --- les écarts à taire dans une étude --------------------------------------------------------------------------------
#
# Ceux qui, joints aux moyennes des strates, diraient le score d’une personne.
#
# Une étude donne, échelle par échelle, la moyenne de chaque strate et celle de l’écart chez qui a répondu deux fois.
# Qui n’a répondu qu’une fois se retrouve par soustraction : à t0 huit personnes, dont sept reviennent à t1 ; la somme
# de t0, moins celle de t1, plus celle des écarts, est le score de la huitième. Trois moments s’enchaînent de même.
#
# La règle est celle des études (``REGLE_DES_ETUDES``), exacte, et non un décompte : chaque somme publiée est une
# forme linéaire des scores ; les personnes présentes aux mêmes endroits y ont les mêmes coefficients, et sont une
# **classe**. Une combinaison de sommes qui dépend d’une à deux personnes s’annule sur toutes les classes, sauf une ou
# deux petites : elle existe si, et seulement si, ôter celles-ci baisse le rang. On les essaie toutes.
#
# De même dans une strate : la somme d’une échelle de trois items, fois trois, moins celles de ses items, ne tient qu’à
# qui en a laissé un. Là, les inconnues d’une personne sont ses réponses ; la moyenne de l’échelle se tait, et l’écart
# de cette échelle avec elle.
#
# Avec l’écart moyen se taisent l’écart-type des écarts et l’ICC, dont il se déduirait ; la corrélation, seule, reste.


_Paire = tuple[int, int]
"""Deux strates, par leur rang : la première, la seconde."""


@dataclass(frozen=True)
class _Presences:
    """Où sont les personnes d’une étude : une ligne par personne, une colonne par strate.

    ``rangs`` : la ligne de sa passation dans la strate, -1 si elle n’y est pas ; ``uniques`` : faux si elle y en a
    plusieurs, qui ne font alors aucune paire.
    """

    rangs: NDArray[np.int_]
    uniques: NDArray[np.bool_]

    def ecarts_a_taire(self, scores: Sequence[Matrice], paires: Sequence[_Paire]) -> Iterator[bool]:
        """Pour chaque paire de strates, dans l’ordre, s’il faut taire l’écart moyen d’une échelle.

        :param scores: ceux de l’échelle dans chaque strate ; ``nan`` s’il est absent.
        """
        presents = np.column_stack([self._presents(rang, colonne) for rang, colonne in enumerate(scores)])
        strates = [rang for rang in range(len(scores)) if presents[:, rang].sum() >= MONTRABLE]
        classes = _compter(np.hstack([presents, self.uniques]), len(scores))
        montrees: list[_Paire] = []
        for paire in paires:
            essai = [*montrees, paire]
            formes = {_inconnues(classe, strates, essai): 0 for classe in classes}
            for classe, personnes in classes.items():
                formes[_inconnues(classe, strates, essai)] += personnes
            tue = se_lit_sur_moins_de(MONTRABLE, formes)
            montrees = montrees if tue else essai
            yield tue

    def _presents(self, strate: int, scores: Matrice) -> NDArray[np.bool_]:
        rangs = self.rangs[:, strate]
        return np.asarray((rangs >= 0) & ~np.isnan(scores[rangs]))


_Classe = tuple[tuple[bool, ...], tuple[bool, ...]]
"""Les strates où l’on a un score, et celles où l’on n’a qu’une passation."""


def _compter(colonnes: NDArray[np.bool_], strates: int) -> Mapping[_Classe, int]:
    """Combien de personnes sont de chaque classe."""
    lignes, combien = np.unique(colonnes, axis=0, return_counts=True)
    return {
        (tuple(ligne[:strates].tolist()), tuple(ligne[strates:].tolist())): int(n)
        for ligne, n in zip(lignes, combien, strict=True)
    }


def _inconnues(classe: _Classe, strates: Sequence[int], paires: Sequence[_Paire]) -> tuple[tuple[int, ...], ...]:
    """Les scores d’une personne : ce que chacun pèse dans la somme de chaque strate, puis de chaque écart."""
    presente, unique = classe
    formees = [p for p in paires if all(presente[rang] and unique[rang] for rang in p)]
    return tuple(
        tuple(
            [int(rang == une) for une in strates] + [(p in formees) * ((rang == p[1]) - (rang == p[0])) for p in paires]
        )
        for rang, la in enumerate(presente)
        if la
    )


# --- Une strate en matrices : réponses choisies, réponses retenues (items inverses renversés), scores des échelles.


@dataclass(frozen=True)
class _Matrices:
    """Les réponses d’une strate ; une ligne par passation, dans l’ordre de lecture.

    ``choisies`` : niveau tel que choisi, ``nan`` sinon ; ``retenues`` : le même, renversé sur l’étendue déclarée si
    l’item est inverse ; ``sans_objet`` : vrai pour SO ; ``scores`` : par identifiant d’échelle, ``nan`` si absent ;
    ``qui`` : la personne de chaque passation, en numéro.
    """

    items: tuple[Item, ...]
    choisies: Matrice
    retenues: Matrice
    sans_objet: NDArray[np.bool_]
    scores: Mapping[str, Matrice]
    qui: NDArray[np.int_]

    def personnes(self, present: NDArray[np.bool_]) -> int:
        """Personnes de ces passations-là."""
        return len(np.unique(self.qui[present]))

    def retenues_de(self, items: Sequence[Item]) -> Matrice:
        """Les réponses retenues à ces items, dans leur ordre."""
        rangs = {item.code: rang for rang, item in enumerate(self.items)}
        return np.asarray(self.retenues[:, [rangs[item.code] for item in items]])

    def se_retrouve(self, echelle: EchelleNotee) -> bool:
        """Vrai si la moyenne d’une échelle, jointe à celles de ses items, ferait retrouver une ou deux personnes."""
        repondus = ~np.isnan(self.retenues_de(echelle.items))
        lignes = np.column_stack([repondus, ~np.isnan(self.scores[echelle.identifiant])])
        motifs, rangs = np.unique(lignes, axis=0, return_inverse=True)
        if len(motifs) < 2:
            return False
        par_personne: dict[int, list[int]] = {}
        for qui, rang in zip(self.qui.tolist(), rangs.ravel().tolist(), strict=True):
            par_personne.setdefault(qui, []).append(rang)
        sommes = [self.personnes(colonne) >= MONTRABLE for colonne in repondus.T]
        inconnues = _inconnues_d_une_passation([i.poids for i in echelle.items], sommes, motifs.tolist())
        classes: dict[tuple[tuple[int, ...], ...], int] = {}
        for siennes in par_personne.values():
            classe = tuple(chain.from_iterable(inconnues[rang] for rang in sorted(siennes)))
            classes[classe] = classes.get(classe, 0) + 1
        return se_lit_sur_moins_de(MONTRABLE, classes)

    def completes(self, items: Sequence[Item]) -> Matrice:
        """Les mêmes, pour les seules passations qui ont répondu à tous."""
        colonnes = self.retenues_de(items)
        return np.asarray(colonnes[~np.isnan(colonnes).any(axis=1)])


def _inconnues_d_une_passation(
    poids: Sequence[float], montres: Sequence[bool], motifs: Sequence[Sequence[bool]]
) -> list[tuple[tuple[int, ...], ...]]:
    """Ce que chaque réponse pèse dans la somme de l’échelle, puis dans celle de chaque item, à un facteur près.

    :param montres: les items dont la moyenne se montre.
    :param motifs: les items répondus, puis si l’échelle a un score.
    """
    exacts = [Fraction(un) for un in poids]
    formes = []
    for *repondus, note in motifs:
        total = sum((p for p, la in zip(exacts, repondus, strict=True) if la), Fraction())
        formes.append({rang: exacts[rang] / total if note else Fraction() for rang, la in enumerate(repondus) if la})
    commun = lcm(*(part.denominator for forme in formes for part in forme.values()))
    return [
        tuple(
            (int(part * commun), *(int(montre and rang == autre) for autre, montre in enumerate(montres)))
            for rang, part in forme.items()
        )
        for forme in formes
    ]


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
    return _Matrices(items, choisies, _retenues(referentiel, items, choisies), sans_objet, _scores(strate), qui)


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
    appariements = tuple(_apparier(strates, matrices, etudes, intervalles))
    sans_code = sum(not replier_code(notee.passation.identifiant) for notee in cohorte.notees)
    return Etude(cohorte.referentiel, len(cohorte.notees), sans_code, tuple(etudes), appariements, intervalles)


def _etudier_strate(
    cle: tuple[str, str], strate: Cohorte, matrices: _Matrices, intervalles: Intervalles
) -> EtudeStrate:
    """Une strate, que ``cle`` nomme : moment, regard."""
    referentiel = strate.referentiel
    if compter_personnes(strate) < MONTRABLE:
        return EtudeStrate(*cle, len(strate.notees), {}, (), ())
    echelles = {code: _etudier_echelle(referentiel, code, matrices, intervalles) for code in referentiel.echelles}
    items = tuple(_etudier_item(referentiel, matrices, rang, intervalles) for rang in range(len(matrices.items)))
    liaisons = tuple(_liaisons(referentiel, matrices, intervalles))
    return EtudeStrate(*cle, len(strate.notees), echelles, items, liaisons)


def _etudier_echelle(
    referentiel: Referentiel, code: str, matrices: _Matrices, intervalles: Intervalles
) -> EtudeEchelle:
    """Une échelle d’une strate.

    :raises KeyError: si le référentiel n’a pas cette échelle.
    """
    echelle, bornes = referentiel.echelles[code], referentiel.echelle
    scores = matrices.scores[code]
    present = np.array(~np.isnan(scores))
    presents, personnes = scores[present], matrices.personnes(present)
    tenue = coherence(matrices.retenues_de(echelle.items), intervalles, matrices.qui)
    return EtudeEchelle(
        echelle,
        _sauf_si_elle_se_retrouve(moyenne(presents, intervalles, personnes=personnes), matrices, echelle),
        ecart_type(presents, personnes=personnes),
        asymetrie(presents, personnes=personnes),
        estimer_part(int((presents <= bornes.min + _EGAL).sum()), len(presents), personnes=personnes),
        estimer_part(int((presents >= bornes.max - _EGAL).sum()), len(presents), personnes=personnes),
        tenue.completes if echelle.items else 0,
        tenue,
        {item.code: tenue.tenues[rang] for rang, item in enumerate(echelle.items)},
    )


def _sauf_si_elle_se_retrouve(centre: Estimation, matrices: _Matrices, echelle: EchelleNotee) -> Estimation:
    """La moyenne d’une échelle, tue si les items la feraient retrouver de moins de ``MONTRABLE`` personnes."""
    if centre.estimable and matrices.se_retrouve(echelle):
        return non_estimable(centre.n, Motif.SOUSTRACTION_DES_ITEMS)
    return centre


def _etudier_item(referentiel: Referentiel, matrices: _Matrices, rang: int, intervalles: Intervalles) -> EtudeItem:
    choisies, retenues = matrices.choisies[:, rang], matrices.retenues[:, rang]
    repondu = np.array(~np.isnan(choisies))
    passations, repondus = len(choisies), int(repondu.sum())
    sans_objet = int(matrices.sans_objet[:, rang].sum())
    effectifs = {niveau.valeur: int((choisies == niveau.valeur).sum()) for niveau in referentiel.echelle.niveaux}
    personnes, toutes = matrices.personnes(repondu), matrices.personnes(np.ones_like(repondu))
    tus = personnes > 0 and motif_de_taire(repondus, personnes) is not None
    return EtudeItem(
        matrices.items[rang],
        passations,
        repondus,
        {valeur: None if tus else effectif for valeur, effectif in effectifs.items()},
        {valeur: estimer_part(effectif, repondus, personnes=personnes) for valeur, effectif in effectifs.items()},
        estimer_part(sans_objet, passations, personnes=toutes),
        estimer_part(passations - repondus - sans_objet, passations, personnes=toutes),
        moyenne(retenues[repondu], intervalles, personnes=personnes),
        ecart_type(retenues[repondu], personnes=personnes),
    )


def _liaisons(referentiel: Referentiel, matrices: _Matrices, intervalles: Intervalles) -> Iterator[Liaison]:
    for une, autre in combinations(referentiel.echelles.values(), 2):
        communs = {item.code for item in une.items} & {item.code for item in autre.items}
        scores = matrices.scores[une.identifiant], matrices.scores[autre.identifiant]
        personnes = matrices.personnes(np.array(~np.isnan(scores).any(axis=0)))
        yield Liaison(une, autre, len(communs), correlation(*scores, intervalles, personnes=personnes))


def _apparier(
    strates: Mapping[tuple[str, str], Cohorte],
    matrices: Mapping[tuple[str, str], _Matrices],
    etudes: Sequence[EtudeStrate],
    intervalles: Intervalles,
) -> Iterator[Appariement]:
    """D’abord les moments sous un même regard, puis les regards à un même moment."""
    sans_moyenne = {(etude.moment, etude.regard): etude.sans_moyenne for etude in etudes}
    cotes = {cle: _Cote(_lignes_par_personne(strate), matrices[cle], intervalles) for cle, strate in strates.items()}
    ordre = list(strates)
    paires: list[tuple[_Sorte, _Cle, _Cle]] = [
        (sorte, *deux) for sorte, meme in _SORTES for deux in combinations(ordre, 2) if deux[0][meme] == deux[1][meme]
    ]
    tus = _ecarts_tus(list(cotes.values()), [(ordre.index(une), ordre.index(autre)) for _, une, autre in paires])
    for (sorte, une, autre), a_taire in zip(paires, tus, strict=True):
        commun, noms = (une[1], (une[0], autre[0])) if sorte == "moments" else (une[0], (une[1], autre[1]))
        brut = _appariement(sorte, commun, noms, cotes[une], cotes[autre])
        motifs = dict.fromkeys(a_taire, Motif.SOUSTRACTION)
        motifs |= dict.fromkeys(sans_moyenne[une] | sans_moyenne[autre], Motif.SOUSTRACTION_DES_ITEMS)
        accords = {c: _taire_l_ecart(a, motifs[c]) if c in motifs else a for c, a in brut.accords.items()}
        yield replace(brut, accords=accords)


def _ecarts_tus(cotes: Sequence[_Cote], paires: Sequence[_Paire]) -> Sequence[set[str]]:
    """Pour chaque appariement, les échelles dont l’écart ferait retrouver qui n’a répondu que d’un côté."""
    presences, tus = _presences(cotes), [set[str]() for _ in paires]
    for code in cotes[0].matrices.scores if paires else ():
        scores = [cote.matrices.scores[code] for cote in cotes]
        for rang, tu in enumerate(presences.ecarts_a_taire(scores, paires)):
            if tu:
                tus[rang].add(code)
    return tus


def _presences(cotes: Sequence[_Cote]) -> _Presences:
    """Où est chaque personne qui a un code ; qui n’en a pas est une personne de plus, d’une seule strate."""
    places = {code: place for place, code in enumerate(dict.fromkeys(chain.from_iterable(c.lignes for c in cotes)))}
    anonymes = [sorted(set(range(len(c.matrices.qui))) - set(chain.from_iterable(c.lignes.values()))) for c in cotes]
    rangs = np.full((len(places) + sum(map(len, anonymes)), len(cotes)), -1)
    uniques = np.ones(rangs.shape, np.bool_)
    libre = len(places)
    for strate, (cote, sans_code) in enumerate(zip(cotes, anonymes, strict=True)):
        for code, lignes in cote.lignes.items():
            rangs[places[code], strate], uniques[places[code], strate] = lignes[0], len(lignes) == 1
        rangs[libre : libre + len(sans_code), strate] = sans_code
        libre += len(sans_code)
    return _Presences(rangs, uniques)


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


def _appariement(sorte: _Sorte, commun: str, noms: tuple[str, str], un: _Cote, autre: _Cote) -> Appariement:
    presentes = un.lignes.keys() & autre.lignes.keys()
    uniques = sorted(code for code in presentes if len(un.lignes[code]) == len(autre.lignes[code]) == 1)
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
    ``fidelite`` n’estime pas, ou tait, n’y est pas.

    :raises KeyError: si la cohorte n’a pas cette strate.
    """
    strate = cohorte.strates()[moment, regard]
    matrices = mettre_en_matrices(strate)
    erreurs = {}
    for code, echelle in cohorte.referentiel.echelles.items():
        if len({item.poids for item in echelle.items}) != 1:
            continue
        sem = coherence(matrices.retenues_de(echelle.items), qui=matrices.qui).erreur_type.valeur
        if sem is not None:
            erreurs[code] = sem
    return Reference(moment, regard, compter_personnes(strate), erreurs)
