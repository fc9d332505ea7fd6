"""L’étude d’un instrument dans une cohorte : chaque moment et chaque regard à part, puis leurs appariements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from cpit.coeur.cohorte import Cohorte
from cpit.coeur.groupe import REGLE, compter_personnes
from cpit.coeur.modele import EchelleNotee, Item, Referentiel
from cpit.coeur.passation import replier_code
from cpit.coeur.psychometrie import estimation as e
from cpit.coeur.psychometrie.accord import Accord, accorder
from cpit.coeur.psychometrie.coherence_interne import Coherence, Tenue, coherence
from cpit.coeur.psychometrie.estimation import Estimation
from cpit.coeur.psychometrie.matrices import Matrices, mettre_en_matrices

EGAL = 1e-9
"""Écart sous lequel un score est au plancher ou au plafond."""

Avancer = Callable[[int, int], None]
"""Appelée avec ce qui est fait et le total."""
Sorte = Literal["moments", "regards"]


@dataclass(frozen=True, slots=True)
class EtudeItem:
    """Comment un item a été répondu dans une strate.

    ``effectifs`` et ``parts`` : par niveau, tel que choisi (avant inversion), parmi les répondus ; tus si moins de
    ``MONTRABLE`` personnes ont répondu. ``sans_objet`` et
    ``sans_reponse`` : parts de toutes les passations. ``moyenne`` et ``ecart_type`` : réponses retenues (inversées
    s’il le faut).
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


@dataclass(frozen=True, slots=True)
class Appariement:
    """Deux moments d’un même regard, ou deux regards à un même moment, chez les mêmes personnes.

    ``commun`` : le regard (ou le moment) partagé ; ``paires`` : personnes présentes une seule fois de chaque côté ;
    ``ecartees`` : personnes présentes des deux côtés mais plusieurs fois d’un côté, donc sans paire certaine ;
    ``accords`` est vide s’il y a moins de ``MONTRABLE`` paires.
    """

    sorte: Sorte
    commun: str
    premier: str
    second: str
    paires: int
    ecartees: int
    accords: Mapping[str, Accord]


@dataclass(frozen=True, slots=True)
class Etude:
    """Tout ce que la commande « fidelite » montre et écrit ; ``sans_code`` passations n’entrent dans aucune paire."""

    referentiel: Referentiel
    passations: int
    sans_code: int
    strates: tuple[EtudeStrate, ...]
    appariements: tuple[Appariement, ...]


def etudier(cohorte: Cohorte, avancer: Avancer | None = None) -> Etude:
    """Étudie un instrument ; rien n’y mêle deux moments ni deux regards."""
    strates, matrices = cohorte.strates(), {}
    etudes = []
    for rang, ((moment, regard), strate) in enumerate(strates.items(), 1):
        matrices[moment, regard] = mettre_en_matrices(strate)
        etudes.append(_etudier_strate(moment, regard, strate, matrices[moment, regard]))
        if avancer is not None:
            avancer(rang, len(strates))
    appariements = tuple(_apparier(strates, matrices))
    sans_code = sum(not replier_code(notee.passation.identifiant) for notee in cohorte.notees)
    return Etude(cohorte.referentiel, len(cohorte.notees), sans_code, tuple(etudes), appariements)


def _etudier_strate(moment: str, regard: str, strate: Cohorte, matrices: Matrices) -> EtudeStrate:
    referentiel = strate.referentiel
    if compter_personnes(strate) < e.MONTRABLE:
        return EtudeStrate(moment, regard, len(strate.notees), {}, (), ())
    echelles = {code: etudier_echelle(referentiel, code, matrices) for code in referentiel.echelles}
    items = tuple(_etudier_item(referentiel, matrices, rang) for rang in range(len(matrices.items)))
    liaisons = tuple(_liaisons(referentiel, matrices))
    return EtudeStrate(moment, regard, len(strate.notees), echelles, items, liaisons)


def etudier_echelle(referentiel: Referentiel, code: str, matrices: Matrices) -> EtudeEchelle:
    """Une échelle d’une strate.

    :raises KeyError: si le référentiel n’a pas cette échelle.
    """
    echelle, bornes = referentiel.echelles[code], referentiel.echelle
    scores = matrices.scores[code]
    presents = scores[~np.isnan(scores)]
    completes = matrices.completes(echelle.items)
    tenue = coherence(completes)
    return EtudeEchelle(
        echelle,
        e.moyenne(presents),
        e.ecart_type(presents),
        e.asymetrie(presents),
        e.part_montrable(int((presents <= bornes.min + EGAL).sum()), len(presents)),
        e.part_montrable(int((presents >= bornes.max - EGAL).sum()), len(presents)),
        len(completes) if echelle.items else 0,
        tenue,
        {item.code: tenue.tenues[rang] for rang, item in enumerate(echelle.items)},
    )


def _etudier_item(referentiel: Referentiel, matrices: Matrices, rang: int) -> EtudeItem:
    choisies, retenues = matrices.choisies[:, rang], matrices.retenues[:, rang]
    repondu = ~np.isnan(choisies)
    passations, repondus = len(choisies), int(repondu.sum())
    sans_objet = int(matrices.sans_objet[:, rang].sum())
    effectifs = {niveau.valeur: int((choisies == niveau.valeur).sum()) for niveau in referentiel.echelle.niveaux}
    return EtudeItem(
        matrices.items[rang],
        passations,
        repondus,
        {valeur: effectif if REGLE.montre(repondus) else None for valeur, effectif in effectifs.items()},
        {valeur: e.part_montrable(effectif, repondus) for valeur, effectif in effectifs.items()},
        e.part(sans_objet, passations),
        e.part(passations - repondus - sans_objet, passations),
        e.moyenne(retenues[repondu]),
        e.ecart_type(retenues[repondu]),
    )


def _liaisons(referentiel: Referentiel, matrices: Matrices) -> Iterator[Liaison]:
    for une, autre in combinations(referentiel.echelles.values(), 2):
        communs = {item.code for item in une.items} & {item.code for item in autre.items}
        scores = matrices.scores[une.identifiant], matrices.scores[autre.identifiant]
        yield Liaison(une, autre, len(communs), e.correlation(*scores))


def _apparier(
    strates: Mapping[tuple[str, str], Cohorte], matrices: Mapping[tuple[str, str], Matrices]
) -> Iterator[Appariement]:
    """D’abord les moments sous un même regard, puis les regards à un même moment."""
    cotes = {cle: _Cote(_lignes_par_personne(strate), matrices[cle]) for cle, strate in strates.items()}
    for une, autre in combinations(strates, 2):
        if une[1] == autre[1]:
            yield _appariement("moments", une[1], (une[0], autre[0]), cotes[une], cotes[autre])
    for une, autre in combinations(strates, 2):
        if une[0] == autre[0]:
            yield _appariement("regards", une[0], (une[1], autre[1]), cotes[une], cotes[autre])


@dataclass(frozen=True, slots=True)
class _Cote:
    """Une strate, vue pour l’apparier : les rangs des passations de chaque personne, et les scores."""

    lignes: Mapping[str, list[int]]
    matrices: Matrices


def _appariement(sorte: Sorte, commun: str, noms: tuple[str, str], un: _Cote, autre: _Cote) -> Appariement:
    presentes = un.lignes.keys() & autre.lignes.keys()
    uniques = sorted(code for code in presentes if len(un.lignes[code]) == len(autre.lignes[code]) == 1)
    premieres = [un.lignes[code][0] for code in uniques]
    secondes = [autre.lignes[code][0] for code in uniques]
    montrees = un.matrices.scores if len(uniques) >= e.MONTRABLE else {}
    accords = {
        echelle: accorder(scores[premieres], autre.matrices.scores[echelle][secondes])
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
