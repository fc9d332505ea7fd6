"""Quels groupes taire pour qu’aucun petit groupe ne se lise, ni ne se retrouve par soustraction.

Règle de fréquence, puis secret secondaire (suppression complémentaire), comme le décrit le « Manuel de protection des
tableaux » de l’Insee (inseefrlab.github.io/manuel-protection-tableaux) : trois unités au moins par case pour les
entreprises, onze pour les données fiscales des ménages ; une case tue à bon droit n’est protégée que si aucune somme
publiée ne la rend. On ne cherche pas à en taire le moins possible, mais à pouvoir vérifier ce qu’on affirme.

Les personnes d’une strate sont rangées en **atomes** : celles dont tout le profil est pareil. Un groupe est une
réunion d’atomes, un entier dont chaque bit en est un. Chaque question de profil partage la strate en groupes ; pour
chacune, la réunion des groupes tus (le **reste**) se calcule toujours : c’est le total moins ce qui est montré.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, combinations

Ensemble = int
"""Un bit par atome."""
Groupe = tuple[str, str]
"""Une question de profil et une modalité."""
Partition = Mapping[str, Ensemble]
"""Modalité → personnes qui l’ont choisie ; aucune personne n’est dans deux modalités."""

UNIONS_MAX = 10
"""Groupes d’une question dont on essaie toutes les réunions ; au-delà, les réunions de trois groupes au plus."""
ECART_NUL = 1e-9
"""Deux scores plus proches sont le même."""


@dataclass(slots=True)
class Releves:
    """Ce que chaque atome apporte à un décompte : lignes, personnes distinctes, plus petite et plus grande valeur."""

    lignes: list[int]
    personnes: list[int]
    minimums: list[float] = field(default_factory=list)
    maximums: list[float] = field(default_factory=list)

    @classmethod
    def vides(cls, atomes: int) -> Releves:
        """Rien encore, pour tant d’atomes."""
        infini = float("inf")
        return cls([0] * atomes, [0] * atomes, [infini] * atomes, [-infini] * atomes)

    def noter(self, atome: int, valeur: float, *, personne_neuve: bool) -> None:
        """Ajoute une ligne à un atome."""
        self.lignes[atome] += 1
        self.personnes[atome] += personne_neuve
        self.minimums[atome] = min(self.minimums[atome], valeur)
        self.maximums[atome] = max(self.maximums[atome], valeur)

    def compter(self, ensemble: Ensemble) -> tuple[int, int]:
        """Lignes et personnes d’un ensemble."""
        rangs = _rangs(ensemble)
        return sum(map(self.lignes.__getitem__, rangs)), sum(map(self.personnes.__getitem__, rangs))

    @property
    def presents(self) -> Ensemble:
        """Les atomes qui ont au moins une ligne."""
        return sum(1 << rang for rang, lignes in enumerate(self.lignes) if lignes)

    def pareils(self, ensemble: Ensemble) -> bool:
        """Vrai si toutes les lignes d’un ensemble (non vide) portent la même valeur : la moyenne dirait chacune."""
        bas, haut = float("inf"), -float("inf")
        for rang in _rangs(ensemble):
            bas, haut = min(bas, self.minimums[rang]), max(haut, self.maximums[rang])
            if haut - bas > ECART_NUL:
                return False
        return haut >= bas


@dataclass(frozen=True)
class Probleme:
    """Des partitions d’une même strate, et ce qu’un ensemble doit être pour que l’on puisse le laisser calculer.

    ``montrable`` : vrai pour l’ensemble vide ; faux pour trop peu de personnes, ou pour des personnes toutes pareilles.
    ``taille`` : lignes d’un ensemble ; ``presents`` : les atomes qui ont au moins une ligne.
    """

    partitions: Mapping[str, Partition]
    montrable: Callable[[Ensemble], bool]
    taille: Callable[[Ensemble], int]
    presents: Ensemble

    def taire(self, deja: Iterable[Groupe] = ()) -> frozenset[Groupe]:
        """Les groupes à taire, ``deja`` compris.

        Suppression primaire, puis, tant qu’un ensemble calculable ne devrait pas l’être, le plus petit groupe montré
        qui sert à le calculer est tu. Chaque tour en tait un : cela finit ; et cela ne finit que lorsqu’il n’y a plus
        de faute. Au pire, toute une question est tue, et il n’en reste que le total.
        """
        tus = set(deja)
        for question, partition in self.partitions.items():
            tus |= {(question, m) for m, ensemble in partition.items() if not self.montrable(ensemble)}
        while coupable := self._coupable(tus):
            tus.add(coupable)
        for question, partition in self.partitions.items():
            # Une modalité sans personne ne se distingue pas d’une modalité tue.
            if any((question, modalite) in tus for modalite in partition):
                tus |= {(question, m) for m, ensemble in partition.items() if not self.taille(ensemble)}
        return frozenset(tus)

    def sans_faute(self, tus: Iterable[Groupe]) -> bool:
        """Vrai si rien de ce que l’on peut calculer n’est à taire."""
        return self._coupable(set(tus)) is None

    def _coupable(self, tus: set[Groupe]) -> Groupe | None:
        """Le groupe montré à taire, s’il y a une faute."""
        return next(chain(self._fautes_de_reste(tus), self._fautes_de_croisement(tus)), None)

    def _fautes_de_reste(self, tus: set[Groupe]) -> Iterator[Groupe]:
        """Le reste d’une question ne doit être ni un seul groupe, ni un petit ensemble."""
        for question in self.partitions:
            montres, caches = self._montres(question, tus), self._caches(question, tus)
            if not caches or not montres:
                continue
            reste = _reunir(caches)
            if len(caches) == 1 or not self.taille(reste) or not self.montrable(reste):
                yield self._plus_petit(montres)

    def _fautes_de_croisement(self, tus: set[Groupe]) -> Iterator[Groupe]:
        """Deux réunions, de deux questions, dont l’une contient l’autre : ce qui les sépare se calcule aussi.

        Par exemple les personnes d’une commune, toutes en milieu rural sauf une : rural moins commune les désigne.
        """
        for grande in self.partitions:
            for petite in self.partitions:
                if grande != petite:
                    yield from self._croiser(grande, petite, tus)

    def _croiser(self, grande: str, petite: str, tus: set[Groupe]) -> Iterator[Groupe]:
        cases = self._calculables(grande, tus)
        for union in _reunions(self._calculables(petite, tus)):
            contenu = _reunir(union)
            contenant = _reunir(case for case in cases if case & contenu)
            # S’il contient toute la strate, la différence est une réunion de cases de « petite », déjà montrables.
            if contenant != self.presents and not self.montrable(contenant & ~contenu):
                montres = {**self._montres(grande, tus), **self._montres(petite, tus)}
                proches = {groupe: e for groupe, e in montres.items() if e & contenant}
                yield self._plus_petit(proches or montres)

    def _montres(self, question: str, tus: set[Groupe]) -> dict[Groupe, Ensemble]:
        """Les groupes d’une question que l’on montre, modalités sans personne exceptées."""
        return {
            (question, modalite): ensemble
            for modalite, ensemble in self.partitions[question].items()
            if (question, modalite) not in tus and self.taille(ensemble)
        }

    def _caches(self, question: str, tus: set[Groupe]) -> list[Ensemble]:
        partition = self.partitions[question]
        return [ensemble for modalite, ensemble in partition.items() if ensemble and (question, modalite) in tus]

    def _calculables(self, question: str, tus: set[Groupe]) -> list[Ensemble]:
        """Les groupes montrés d’une question, et son reste."""
        reste = _reunir(self._caches(question, tus))
        tous = (*self._montres(question, tus).values(), reste)
        return [presents for ensemble in tous if (presents := ensemble & self.presents)]

    def _plus_petit(self, groupes: Mapping[Groupe, Ensemble]) -> Groupe:
        return min(groupes, key=lambda groupe: (self.taille(groupes[groupe]), groupe))


def bits(ensemble: Ensemble) -> Iterator[int]:
    """Les rangs des atomes d’un ensemble, croissants."""
    while ensemble:
        dernier = ensemble & -ensemble
        yield dernier.bit_length() - 1
        ensemble ^= dernier


@lru_cache(maxsize=1024)
def _rangs(ensemble: Ensemble) -> tuple[int, ...]:
    """Les mêmes, gardés : chaque mesure compte les mêmes ensembles."""
    return tuple(bits(ensemble))


def _reunir(ensembles: Iterable[Ensemble]) -> Ensemble:
    reunion = 0
    for ensemble in ensembles:
        reunion |= ensemble
    return reunion


def _reunions(cases: Sequence[Ensemble]) -> Iterator[tuple[Ensemble, ...]]:
    """Les réunions de quelques cases, sauf celle de toutes."""
    plus_large = len(cases) - 1 if len(cases) <= UNIONS_MAX else 3
    return chain.from_iterable(combinations(cases, largeur) for largeur in range(1, plus_large + 1))
