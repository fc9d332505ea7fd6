"""Ce qui se lit de plusieurs moyennes jointes, pour qui sait quelles situations chacun a laissées.

Compétences, ingénieries et cases viennent des mêmes items. Si tous répondent à tout, les compétences donnent déjà la
somme des ingénieries : les joindre n’apprend rien. S’il manque une réponse, trois fois chaque compétence, moins huit
fois chaque ingénierie, ne tient plus qu’à ceux à qui il en manque.

Chaque moyenne publiée est une **forme** linéaire des réponses, une inconnue par personne et par item. Une combinaison
de formes ne dépend que d’une personne si, et seulement si, les formes perdent un rang quand on ôte ses réponses. Dans
une base orthonormée de toutes les combinaisons, les réponses d’une personne pèsent une matrice, et celles de toutes
ensemble, l’identité : le rang baisse sans elles quand leur matrice a 1 pour valeur propre.

La position, qui n’est pas linéaire, et les écarts-types n’en sont pas.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from cpit.coeur.cohorte import Notee
from cpit.coeur.groupe import CASE, MesureDeGroupe, identifiant_de_case, personnes_de
from cpit.coeur.passation import Etat
from cpit.coeur.referentiel import Item, Referentiel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrice: TypeAlias = NDArray[np.float64]

_Groupe: TypeAlias = tuple[str, str]
"""Une question de profil et une réponse ; deux vides pour tous."""
TOUS: _Groupe = ("", "")
_PRESQUE_UN = 1 - 1e-4
"""Une valeur propre au-delà vaut un : loin au-dessus des arrondis, et qui l’est presque est presque lu seul."""
_PRESQUE_NUL = 1e-12
"""Une combinaison dont la part est en deçà est nulle : une forme y est déjà la somme d’autres ; les arrondis sont loin
dessous, et ce qu’une personne sur trente mille y change, au-dessus.
"""
_GARDEES_MAX = 4096
"""Façons de répondre dont on garde les poids : quelque 30 Mo, au référentiel livré."""
_SERT = 1e-6
"""Part d’une forme dans une combinaison, au-delà de laquelle la taire l’empêche."""

_Forme: TypeAlias = tuple[str, _Groupe]
"""Une moyenne publiée : l’identifiant de sa mesure, son groupe."""
_Reponses: TypeAlias = tuple[frozenset[str], frozenset[str]]
"""Les items auxquels une passation a répondu, les mesures dont elle a un score."""


@dataclass(frozen=True)
class Jointes:
    """Les passations d’une strate, telles que les mesures linéaires en dépendent : la position n’en est pas.

    ``personnes`` : de chaque personne, l’atome, les items répondus et les mesures notées de chacune de ses passations,
    puis combien de personnes sont ainsi.
    """

    items: Mapping[str, Sequence[Item]]
    personnes: Mapping[tuple[tuple[int, _Reponses], ...], int]
    appartenances: Mapping[_Groupe, int]

    @classmethod
    def de(
        cls,
        referentiel: Referentiel,
        notees: Sequence[Notee],
        places: Sequence[int],
        groupes: Mapping[_Groupe, int],
        mesures: Sequence[MesureDeGroupe],
    ) -> Jointes:
        """Une strate.

        :param places: l’atome de chaque passation.
        :param groupes: les atomes de chaque groupe de profil, un bit par atome.
        """
        items = {m.identifiant: _items_de(referentiel, m) for m in mesures if m.nature != "position"}
        lineaires = [m for m in mesures if m.identifiant in items]
        siennes: dict[str | int, list[tuple[int, _Reponses]]] = {}
        for (personne, notee), place in zip(personnes_de(notees), places, strict=True):
            dites = frozenset(c for c, r in notee.passation.reponses.items() if r.etat is Etat.REPONDU)
            scores = frozenset(m.identifiant for m in lineaires if m.valeur(notee.resultat) is not None)
            siennes.setdefault(personne, []).append((place, (dites, scores)))
        combien = Counter(tuple(sorted(une, key=_toujours_dans_cet_ordre)) for une in siennes.values())
        return cls(items, combien, groupes)

    @property
    def sans_manque(self) -> bool:
        """Vrai si chacun a répondu à tout : plusieurs mesures, montrées des mêmes groupes, n’en disent pas plus."""
        tous = {item.code for items in self.items.values() for item in items}
        return all(tous <= dites for classe in self.personnes for _, (dites, _) in classe)

    def se_lisent(self, formes: Sequence[_Forme]) -> Sequence[Mapping[_Forme, float]]:
        """Des combinaisons de formes qui ne dépendent que d’une personne ; aucune, si c’est tout.

        :returns: la part de chaque forme qui y sert, la plus grande valant 1.
        """
        import numpy as np

        formes = [forme for forme in formes if self.items[forme[0]]]
        if not formes:
            return []
        poids = _Poids(self, formes)
        gram = poids.gram()
        base, longueurs = base_orthonormee(gram, _PRESQUE_NUL), np.sqrt(np.diag(gram))
        seules = (classe for classe, combien in self.personnes.items() if combien == 1)
        trouvees = []
        for vecteur in _isoles(poids.bloc(classe) @ base for classe in seules):
            parts = np.abs(base @ vecteur) * longueurs
            parts /= parts.max()
            trouvees.append({f: float(p) for f, p in zip(formes, parts, strict=True) if p > _SERT})
        return trouvees


def base_orthonormee(gram: Matrice, presque_nul: float) -> Matrice:
    """Les combinaisons de formes, une par colonne, dont les produits deux à deux sont ceux de l’identité.

    :param gram: produits des formes deux à deux, aucune n’étant nulle.
    :param presque_nul: part, par forme, en deçà de laquelle une combinaison est nulle.
    """
    import numpy as np

    longueurs = np.sqrt(np.diag(gram))
    valeurs, vecteurs = np.linalg.eigh(gram / np.outer(longueurs, longueurs))
    utiles = valeurs > presque_nul * len(gram)
    return np.asarray(vecteurs[:, utiles] / np.sqrt(valeurs[utiles]) / longueurs[:, None])


def _toujours_dans_cet_ordre(passation: tuple[int, _Reponses]) -> tuple[int, list[str], list[str]]:
    place, (dites, scores) = passation
    return place, sorted(dites), sorted(scores)


def _items_de(referentiel: Referentiel, mesure: MesureDeGroupe) -> Sequence[Item]:
    if mesure.nature != CASE:
        return referentiel.echelles[mesure.identifiant].items
    return [i for i in referentiel.items if identifiant_de_case(i.competence, i.ingenierie) == mesure.identifiant]


class _Poids:
    """Ce que chaque réponse pèse dans chaque forme."""

    def __init__(self, jointes: Jointes, formes: Sequence[_Forme]) -> None:
        import numpy as np

        self._np, self._jointes, self._formes = np, jointes, formes
        codes = dict.fromkeys(item.code for items in jointes.items.values() for item in items)
        self._rangs = {code: rang for rang, code in enumerate(codes)}
        mesures = list(dict.fromkeys(mesure for mesure, _ in formes))
        self._colonnes = [mesures.index(mesure) for mesure, _ in formes]
        self._mesures = mesures
        self._masques: dict[int, Any] = {}
        self._dites: dict[_Reponses, Any] = {}

    def bloc(self, classe: Collection[tuple[int, _Reponses]]) -> Matrice:
        """Une ligne par réponse d’une personne, une colonne par forme."""
        empiles = self._np.vstack([self._de(reponses) * self._masque(place) for place, reponses in classe])
        return self._np.asarray(empiles, dtype=float)

    def gram(self) -> Matrice:
        """Les produits des formes deux à deux, sur toutes les réponses."""
        somme = self._np.zeros((len(self._formes), len(self._formes)))
        pareilles: dict[_Reponses, Counter[int]] = {}
        for classe, n in self._jointes.personnes.items():
            for place, reponses in classe:
                pareilles.setdefault(reponses, Counter())[place] += n
        for reponses, places in pareilles.items():
            masques = self._np.array([self._masque(place) for place in places])
            ensemble = masques.T @ (masques * self._np.array([*places.values()])[:, None])
            bloc = self._de(reponses)
            somme += ensemble * (bloc.T @ bloc)
        return self._np.asarray(somme)

    def _masque(self, place: int) -> Any:
        if place not in self._masques:
            dedans = [float(self._jointes.appartenances[groupe] >> place & 1) for _, groupe in self._formes]
            self._masques[place] = self._np.array(dedans)
        return self._masques[place]

    def _de(self, reponses: _Reponses) -> Any:
        """Le poids de chaque item répondu dans chaque forme, si la personne était de tous les groupes."""
        if reponses not in self._dites:
            if len(self._dites) >= _GARDEES_MAX:
                self._dites.clear()
            self._dites[reponses] = self._par_mesure(*reponses)
        return self._dites[reponses][:, self._colonnes]

    def _par_mesure(self, dites: frozenset[str], scores: frozenset[str]) -> Any:
        poids = self._np.zeros((len(self._rangs), len(self._mesures)))
        for rang, mesure in enumerate(self._mesures):
            for item in self._jointes.items[mesure] if mesure in scores else ():
                if item.code in dites:
                    poids[self._rangs[item.code], rang] = item.poids
        return poids[poids.any(axis=1)] / self._np.maximum(poids.sum(axis=0), _PRESQUE_NUL)


def _isoles(pesees: Iterable[Matrice]) -> Iterator[Matrice]:
    """Pour chaque personne que des formes isolent : ce qu’elle pèse dans une base orthonormée."""
    import numpy as np

    for pesee in pesees:
        # La trace borne la plus grande valeur propre.
        if np.einsum("ij,ij->", pesee, pesee) >= _PRESQUE_UN:
            valeurs, vecteurs = np.linalg.eigh(pesee @ pesee.T)
            if valeurs[-1] >= _PRESQUE_UN:
                yield pesee.T @ vecteurs[:, -1]


def a_taire(
    jointes: Jointes,
    mesures: Sequence[MesureDeGroupe],
    tus: Mapping[str, Collection[_Groupe]],
    tailles: Mapping[_Groupe, int],
) -> dict[str, frozenset[_Groupe]]:
    """Ce qu’il faut taire de plus, mesure par mesure, pour qu’aucune combinaison ne tienne à une seule personne.

    La strate entière d’abord : une échelle qui y désigne déjà quelqu’un y est tue, et partout. Puis les groupes, une
    échelle à la fois, deux groupes d’une question ou aucun : taire une différence ne sert à rien. Les cases à la fin :
    ce qui se montre des échelles n’en dépend pas.

    :param tus: les groupes où chaque mesure est déjà tue ; ``TOUS`` en est un.
    :param tailles: les passations de chaque groupe.
    """
    choix = _Choix({m.identifiant: set(tus[m.identifiant]) for m in mesures if m.identifiant in jointes.items}, tailles)
    natures = {m.identifiant: m.nature for m in mesures if m.identifiant in choix.tus}
    echelles = [mesure for mesure, nature in natures.items() if nature != CASE]
    cases = [mesure for mesure, nature in natures.items() if nature == CASE]
    groupes = list(tailles)
    while trouvees := jointes.se_lisent(choix.montrees(echelles, [TOUS])):
        siennes = [mesure for mesure, _ in trouvees[0]]
        choix.taire_partout(max(siennes, key=lambda m: _prix_d_une_echelle(m, natures[m], choix, jointes)))
    while trouvees := jointes.se_lisent(choix.montrees(echelles, groupes)):
        for trouvee in trouvees:
            choix.separer(trouvee)
    while trouvees := jointes.se_lisent(choix.montrees(echelles, groupes) + choix.montrees(cases, [TOUS])):
        parts = {mesure: part for (mesure, _), part in trouvees[0].items() if natures[mesure] == CASE}
        for mesure in [max(parts, key=lambda m: parts[m])] if parts else cases:
            choix.taire_partout(mesure)
    return {mesure: frozenset(siens) for mesure, siens in choix.tus.items()}


def _prix_d_une_echelle(mesure: str, nature: str, choix: _Choix, jointes: Jointes) -> tuple[bool, int, int, int]:
    """L’échelle à taire : d’un regroupement ; puis celle qui l’est déjà le plus, de moins d’items, la dernière."""
    rang = list(jointes.items).index(mesure)
    return nature == "groupe", len(choix.tus[mesure]), -len(jointes.items[mesure]), rang


class _Choix:
    """Ce que l’on tait de chaque mesure."""

    def __init__(self, tus: dict[str, set[_Groupe]], tailles: Mapping[_Groupe, int]) -> None:
        self.tus, self._tailles = tus, tailles

    def montrees(self, mesures: Iterable[str], groupes: Iterable[_Groupe]) -> list[_Forme]:
        """Les moyennes de ces mesures que l’on montre de ces groupes, ceux où il n’y a personne exceptés."""
        pleins = [groupe for groupe in groupes if self._tailles[groupe]]
        return [(mesure, groupe) for mesure in mesures for groupe in pleins if groupe not in self.tus[mesure]]

    def taire_partout(self, mesure: str) -> None:
        """Tait une mesure de toute la strate."""
        self.tus[mesure] |= self._tailles.keys()

    def separer(self, trouvee: Mapping[_Forme, float]) -> None:
        """Empêche une combinaison : un groupe d’une question déjà entamée, ou deux, des mesures les moins montrées."""
        if any(groupe in self.tus[mesure] for mesure, groupe in trouvee):
            return
        remedes = [(mesure, self._remede(mesure, groupe)) for mesure, groupe in trouvee]
        mesure, remede = min(remedes, key=lambda un: self._prix(*un))
        self.tus[mesure] |= remede

    def _remede(self, mesure: str, groupe: _Groupe) -> Set[_Groupe]:
        """Ce qu’il faut taire pour qu’une moyenne ne serve plus : de la strate entière, tout."""
        if groupe == TOUS:
            return self._tailles.keys()
        return {groupe} if self._entamee(mesure, groupe) else {groupe, self._voisin(groupe)}

    def _entamee(self, mesure: str, groupe: _Groupe) -> bool:
        return any(tu[0] == groupe[0] and self._tailles[tu] for tu in self.tus[mesure])

    def _voisin(self, groupe: _Groupe) -> _Groupe:
        """Le plus petit des autres groupes d’une question : l’un ne se tait pas sans l’autre."""
        autres = [g for g, taille in self._tailles.items() if taille and g[0] == groupe[0] and g != groupe]
        return min(autres, key=lambda g: (self._tailles[g], g), default=groupe)

    def _prix(self, mesure: str, remede: Collection[_Groupe]) -> tuple[int, int, int, str]:
        """Les moyennes que l’on tait ; à égalité, d’une mesure déjà tue ailleurs, puis des plus petits groupes."""
        return len(remede), -len(self.tus[mesure]), sum(map(self._tailles.__getitem__, remede)), mesure
