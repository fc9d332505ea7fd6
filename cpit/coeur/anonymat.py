"""Ce qui ferait reconnaître une personne : son profil dans un jeu individuel, ou des sommes publiées que l’on combine.

**Le profil** (k-anonymat). Ce que l’on connaît d’une personne : ses réponses de profil, et qu’elle a répondu à tel
moment sous tel regard. Un pseudonyme relie ses passations : son profil est celui de toutes ensemble (qui a changé de
poste a les deux réponses), et une combinaison se compte en personnes, jamais en lignes. Avec ``k``, chaque combinaison
est portée par ``k`` personnes au moins, dans tout le jeu et dans chaque strate (moment, regard) d’au moins ``k``
personnes ; d’une strate plus petite, aucune modalité ne cacherait qui en est.

Deux moyens, mêlés pour perdre peu : réunir sous un même code les modalités les plus rares d’une question (recodage
global), puis taire les cellules de ce qui reste rare (suppression locale) ; les cases d’une question où l’on en coche
plusieurs se taisent ensemble, car une case dite à côté de cases tues laisserait croire à une réponse entière. La perte
d’une cellule tue vaut 1 ; d’une modalité réunie à m − 1 autres parmi les c que quelqu’un a choisies,
(m − 1) / (c − 1) : « normalized certainty penalty », Xu et al. (2006) ; réunir tout ce qui a été choisi perd donc
tout, quels que soient les choix que personne n’a pris. Chaque question pèse autant : de ses n cases où l’on diffère,
une en vaut le n-ième, sans quoi l’on perdrait une question entière pour garder les cases vides d’une autre.
Le choix est glouton : une modalité de plus est réunie à chaque pas, celle qui coûte le moins, suppression comprise ; le
moins coûteux de ces pas est gardé. On part de rien, puis de questions sacrifiées tout entières, choisies de même : là
où elles sont nombreuses, une modalité réunie n’épargne rien avant qu’une question ne soit perdue. Ce n’est pas
l’optimum, qu’il est NP-difficile de trouver (Meyerson et Williams, 2004), mais ce qui en sort se vérifie par un simple
comptage.

**Les sommes publiées**, toutes ensemble : la plus petite combinaison qui s’en calcule, et à qui elle tient.
Publier la somme (ou la moyenne et n) d’un groupe, c’est publier un vecteur d’appartenance : 1 pour qui en est, 0 pour
les autres. Toute combinaison linéaire de sommes publiées se calcule aussi ; ses coefficients disent de qui elle dépend.
Par exemple 12·m_A + 12·m_B − 23·m_C, où A ∪ B = C et où une seule personne est dans A et dans B : il ne reste qu’elle.

Les personnes que rien de publié ne distingue (mêmes groupes montrés) forment une **classe** : une combinaison leur
donne le même coefficient. Une classe est une colonne, un nombre par groupe publié ; son poids est le nombre de ses
personnes. On cherche une combinaison non nulle qui dépende de moins de ``minimum`` personnes : c’est le plus petit
cocircuit pondéré d’un matroïde. Une combinaison s’annule sur une classe quand elle est orthogonale à sa colonne.

- une classe de ``minimum`` personnes ou plus doit s’annuler : on passe au quotient par sa colonne (« contracter ») ;
- deux colonnes proportionnelles s’annulent ensemble : leurs poids s’ajoutent ;
- une famille de classes qui engendre tout touche toute combinaison non nulle : des familles disjointes bornent ;
- sinon on essaie, pour la classe la plus lourde, qu’elle soit de celles dont on dépend, ou qu’elle s’annule.

Tout se fait modulo ``_PREMIER``. Une preuve « aucune » y vaut pour les rationnels : le rang modulo un nombre premier ne
dépasse jamais le vrai, donc si des colonnes engendrent tout modulo ``_PREMIER``, elles engendrent tout. L’inverse ne
pourrait que faire taire un groupe de trop. De même si ``_ETAPES_MAX`` est atteint : ce qui n’est pas prouvé est tu.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, combinations
from typing import Any

from cpit.coeur.passation import ordre_d_une_strate

K_PROPOSE = 5
"""Personnes par combinaison : ce que l’on propose si rien n’est demandé."""
K_MINIMAL = 2
_REUNIE, _TUE = "\0réunie", "\0tue"
"""Ce qui tient lieu, dans un profil, de modalités réunies ou d’une cellule tue : jamais un code de référentiel."""
_PART_EXPOSEE = 0.1
"""Part des personnes, d’une combinaison rare, en deçà de quoi l’on ne cherche plus quelle question les désigne."""
_PAS_SANS_GAIN = 6
"""Réunions que l’on essaie encore sans que la perte diminue."""
_QUESTIONS_COMBINEES = 6
"""Au-delà, on n’essaie pas de taire toutes les sortes de réunions de questions, mais une, deux, ou toutes."""

Valeur = str | None | tuple[tuple[str, str, int, str | None], ...]
"""La réponse d’une personne à une question : la même partout, ou ce qu’elle est à chacune de ses passations."""
Profil = tuple[Valeur, ...]
_Motif = frozenset[tuple[str, str]]
"""Les strates où une personne a répondu."""
_Classe = Counter[_Motif]
"""Combien de personnes d’une combinaison ont répondu à ces strates-là."""


@dataclass(frozen=True, slots=True)
class Dossier:
    """Ce que l’on connaît d’une personne : la strate et le rang de chaque passation, et le profil donné là."""

    passations: tuple[tuple[str, str, int], ...]
    reponses: tuple[tuple[str | None, ...], ...]

    @property
    def profil(self) -> Profil:
        """Ses réponses, question par question, toutes passations ensemble."""
        return tuple(self._valeur(donnees) for donnees in zip(*self.reponses, strict=True))

    def _valeur(self, donnees: Sequence[str | None]) -> Valeur:
        if len(set(donnees)) == 1:
            return donnees[0]
        return tuple((*ou, donnee) for ou, donnee in zip(self.passations, donnees, strict=True))

    @property
    def strates(self) -> _Motif:
        """Les strates où elle a répondu."""
        return frozenset((moment, regard) for moment, regard, _ in self.passations)


@dataclass(frozen=True, slots=True)
class Recodage:
    """Ce que ``k`` a fait perdre : modalités réunies, par rang de question, et cellules tues de chaque personne.

    ``petites`` : strates de moins de ``k`` personnes, où rien n’est promis. ``perte`` : de 0 (rien) à 1 (tout).
    """

    k: int
    reunies: Mapping[int, frozenset[str]]
    tues: Sequence[frozenset[int]]
    petites: tuple[tuple[str, str], ...] = ()
    perte: float = 0.0

    def appliquer(
        self, personne: int, reponses: Sequence[str | None], codes: tuple[str, str]
    ) -> tuple[str | None, ...]:
        """Les réponses de profil d’une passation, recodées.

        :param codes: pour des modalités réunies, et pour une cellule tue.
        """
        return tuple(
            codes[1] if rang in self.tues[personne] else codes[0] if donnee in self.reunies.get(rang, ()) else donnee
            for rang, donnee in enumerate(reponses)
        )


@dataclass(frozen=True, slots=True)
class Risques:
    """Les combinaisons portées par moins de ``k`` personnes, et combien en ont chacune."""

    k: int
    personnes: int
    combinaisons: int
    rares: Mapping[Profil, int] = field(default_factory=dict)

    @property
    def uniques(self) -> int:
        """Personnes seules à porter leur combinaison."""
        return sum(n == 1 for n in self.rares.values())

    @property
    def exposees(self) -> int:
        """Personnes d’une combinaison rare."""
        return sum(self.rares.values())


def compter_les_risques(dossiers: Iterable[Dossier], k: int = K_PROPOSE) -> Risques:
    """Les combinaisons de profil d’un jeu, comptées en personnes."""
    comptes = Counter(dossier.profil for dossier in dossiers)
    rares = {profil: n for profil, n in comptes.items() if n < k}
    ordre = sorted(rares, key=lambda profil: (rares[profil], str(profil)))
    return Risques(k, sum(comptes.values()), len(comptes), {profil: rares[profil] for profil in ordre})


def ce_qui_distingue(
    dossiers: Sequence[Dossier], ensembles: Sequence[Sequence[int]], k: int = K_PROPOSE
) -> tuple[list[int], int]:
    """Les questions qui désignent le plus : sans elles, presque personne n’a plus de combinaison rare.

    Ôtées l’une après l’autre, celle qui laisse le moins d’exposées, puis de combinaisons, d’abord ; on s’arrête à une
    personne sur dix, ou à la dernière question.

    :param ensembles: les colonnes de chaque question.
    :returns: leurs rangs, et combien de personnes ont encore une combinaison rare sans elles.
    """
    comptes = Counter(dossier.profil for dossier in dossiers)
    restes, otees = dict(enumerate(ensembles)), list[int]()
    exposees, _ = _exposees(comptes, chain(*ensembles), k)
    while exposees > _PART_EXPOSEE * len(dossiers) and len(restes) > 1:
        sans = {rang: _exposees(comptes, chain(*(e for r, e in restes.items() if r != rang)), k) for rang in restes}
        rang = min(sans, key=lambda une: (sans[une], une))
        exposees, _ = sans[rang]
        otees.append(rang)
        del restes[rang]
    return otees, exposees


def _exposees(comptes: Mapping[Profil, int], colonnes: Iterable[int], k: int) -> tuple[int, int]:
    """Personnes d’une combinaison rare, si l’on ne connaît que ces colonnes, et combinaisons en tout."""
    gardees, reunies = list(colonnes), Counter[Profil]()
    for profil, nombre in comptes.items():
        reunies[tuple(profil[rang] for rang in gardees)] += nombre
    return sum(nombre for nombre in reunies.values() if nombre < k), len(reunies)


def recoder(dossiers: Sequence[Dossier], k: int, ensembles: Sequence[Sequence[int]] | None = None) -> Recodage:
    """Ce qu’il faut réunir et taire pour que chaque combinaison soit portée par ``k`` personnes.

    :param ensembles: les rangs de ce qui se tait ensemble, comme les cases d’une question où l’on en coche plusieurs ;
        sans eux, chaque question seule.
    :raises ValueError: s’il y a moins de ``k`` personnes.
    """
    if len(dossiers) < k:
        raise ValueError(len(dossiers))
    profils, motifs = [d.profil for d in dossiers], [d.strates for d in dossiers]
    effectifs = Counter(strate for motif in motifs for strate in motif)
    petites = tuple(sorted((strate for strate, n in effectifs.items() if n < k), key=ordre_d_une_strate))
    comptes = Counter(zip(profils, (motif - set(petites) for motif in motifs), strict=True))
    # Rangés d’après ce qu’ils sont : à pertes égales, le choix ne tient ni aux pseudonymes ni à la séance de Python.
    groupes = {cle: comptes[cle] for cle in sorted(comptes, key=_toujours_dans_cet_ordre)}
    colonnes = [set(donnees) for donnees in zip(*(une for d in dossiers for une in d.reponses), strict=True)]
    ensembles = ensembles or [[rang] for rang in range(len(colonnes))]
    poids = _poids([[rang for rang in ensemble if len(colonnes[rang]) > 1] for ensemble in ensembles])
    mesure = _Mesure(tuple(len(dites - {None}) for dites in colonnes), k, ensembles, _masques(ensembles), poids)
    plan = _meilleur_plan(_Plan(groupes, mesure))
    return Recodage(
        k,
        plan.reunies,
        plan.distribuer(profils, [motif - set(petites) for motif in motifs]),
        petites,
        plan.perte / max(1, len(dossiers) * round(sum(poids.values()))),
    )


def _toujours_dans_cet_ordre(cle: tuple[Profil, _Motif]) -> tuple[int, str, list[tuple[str, str]]]:
    """Un ordre que ni l’ordre de lecture, ni celui d’un ensemble ne changent : peu de strates d’abord."""
    profil, motif = cle
    return len(motif), str(profil), sorted(motif)


@dataclass(frozen=True, slots=True)
class _Transfert:
    """Des personnes d’une combinaison et de strates données, dont des cellules sont tues."""

    profil: Profil
    motif: _Motif
    masque: frozenset[int]
    nombre: int


@dataclass(frozen=True, slots=True)
class _Mesure:
    """Ce que l’on exige et compte : modalités choisies de chaque colonne, personnes par combinaison, colonnes de chaque
    question, réunions de colonnes que l’on essaie de taire, poids de chaque colonne.
    """

    choisies: tuple[int, ...]
    k: int
    ensembles: Sequence[Sequence[int]]
    masques: Sequence[frozenset[int]]
    poids: Mapping[int, float]

    def peser(self, rangs: Iterable[int]) -> float:
        """Ce que pèsent des colonnes, ensemble ; assez arrondi pour que deux pertes égales le restent."""
        return round(sum(self.poids.get(rang, 0.0) for rang in rangs), 9)


class _Plan:
    """Des modalités réunies, et ce qu’il faut encore taire."""

    def __init__(
        self,
        groupes: Mapping[tuple[Profil, _Motif], int],
        mesure: _Mesure,
        reunies: Mapping[int, frozenset[str]] | None = None,
    ) -> None:
        self.groupes, self.mesure = groupes, mesure
        self.reunies = dict(reunies or {})
        recodes: dict[Profil, _Classe] = {}
        for (profil, motif), nombre in groupes.items():
            recodes.setdefault(self._reunir(profil), Counter())[motif] += nombre
        self.transferts = _Suppression(recodes, mesure).resoudre()
        tues = sum(mesure.peser(t.masque) * t.nombre for t in self.transferts)
        self.perte = round(tues + self._perte_des_reunies(recodes), 9)

    def _perte_des_reunies(self, recodes: Mapping[Profil, _Classe]) -> float:
        perte = 0.0
        for rang, codes in self.reunies.items():
            touchees = sum(n.total() for profil, n in recodes.items() if profil[rang] == _REUNIE)
            perte += (
                self.mesure.poids.get(rang, 0.0) * touchees * (len(codes) - 1) / max(1, self.mesure.choisies[rang] - 1)
            )
        return perte

    def _reunir(self, profil: Profil) -> Profil:
        return tuple(_reunie(valeur, self.reunies.get(rang, frozenset())) for rang, valeur in enumerate(profil))

    def suivants(self) -> Iterator[_Plan]:
        """Les plans où une question réunit une modalité de plus, la plus rare qui reste."""
        for rang in range(len(self.mesure.choisies)):
            yield from self._reunissant({rang: self._rares(rang)[: 1 if rang in self.reunies else 2]})

    def entieres(self) -> Iterator[_Plan]:
        """Les plans où une question de plus est réunie tout entière, toutes ses cases ensemble."""
        for ensemble in self.mesure.ensembles:
            yield from self._reunissant({rang: self._rares(rang) for rang in ensemble})

    def _reunissant(self, ajoutees: Mapping[int, Sequence[str]]) -> Iterator[_Plan]:
        """Le plan qui réunit aussi ces modalités-là, s’il y en a à réunir."""
        neuves = {rang: self.reunies.get(rang, frozenset()) | set(codes) for rang, codes in ajoutees.items() if codes}
        if neuves := {rang: codes for rang, codes in neuves.items() if len(codes) > 1}:
            yield _Plan(self.groupes, self.mesure, {**self.reunies, **neuves})

    def _rares(self, rang: int) -> list[str]:
        """Les modalités d’une question qui ne sont pas encore réunies, la plus rare d’abord."""
        comptes: Counter[str] = Counter()
        for (profil, _), nombre in self.groupes.items():
            if isinstance(valeur := profil[rang], str):
                comptes[valeur] += nombre
        return sorted(comptes.keys() - self.reunies.get(rang, frozenset()), key=lambda code: (comptes[code], code))

    def distribuer(self, profils: Sequence[Profil], motifs: Sequence[_Motif]) -> list[frozenset[int]]:
        """Les cellules tues de chacun, dans l’ordre donné : de deux personnes pareilles, la première."""
        restes: dict[tuple[Profil, _Motif], list[list[object]]] = {}
        for t in self.transferts:
            restes.setdefault((t.profil, t.motif), []).append([t.masque, t.nombre])
        rendus = []
        for profil, motif in zip(profils, motifs, strict=True):
            file = restes.get((self._reunir(profil), motif), [])
            masque: frozenset[int] = frozenset()
            if file:
                masque, nombre = file[0]  # type: ignore[assignment]
                file[0][1] = nombre - 1  # type: ignore[operator]
                if not file[0][1]:
                    file.pop(0)
            rendus.append(masque)
        return rendus


def _reunie(valeur: Valeur, reunies: frozenset[str]) -> Valeur:
    """La valeur d’une personne, ses modalités réunies ; la même partout si elles le deviennent."""
    if not isinstance(valeur, tuple):
        return _REUNIE if valeur in reunies else valeur
    recodee = tuple((*ou, _REUNIE if donnee in reunies else donnee) for *ou, donnee in valeur)
    donnees = {une[-1] for une in recodee}
    return recodee[0][-1] if len(donnees) == 1 else recodee  # type: ignore[return-value]


def _meilleur_plan(plan: _Plan) -> _Plan:
    """Le moins coûteux de ce que l’on trouve en partant de rien, ou de questions réunies tout entières."""
    departs = [plan]
    if (sans := min(_chemin_de_questions(plan), key=lambda un: un.perte)) is not plan:
        departs.append(sans)
    return min(map(_affiner, departs), key=lambda un: un.perte)


def _chemin_de_questions(plan: _Plan) -> Iterator[_Plan]:
    """Une question entière de moins à chaque pas, celle qui coûte le moins.

    Plusieurs questions à cases, réunies case par case, n’épargnent rien avant la dernière case de la dernière.
    """
    yield plan
    while plan.transferts and (suivants := list(plan.entieres())):
        plan = min(suivants, key=lambda suivant: suivant.perte)
        yield plan


def _affiner(plan: _Plan) -> _Plan:
    """Le moins coûteux d’un chemin qui réunit, à chaque pas, la modalité qui coûte le moins."""
    meilleur, sans_gain = plan, 0
    while plan.transferts and sans_gain < _PAS_SANS_GAIN and (suivants := list(plan.suivants())):
        plan = min(suivants, key=lambda suivant: suivant.perte)
        gagne = plan.perte < meilleur.perte
        meilleur, sans_gain = (plan, 0) if gagne else (meilleur, sans_gain + 1)
    return meilleur


# --- Taire des cellules, jusqu’à ce qu’aucune combinaison ne soit rare.


def _masques(ensembles: Sequence[Sequence[int]]) -> list[frozenset[int]]:
    """Les réunions d’ensembles que l’on essaie de taire, les plus petites d’abord."""
    combien = len(ensembles)
    tailles = range(1, combien + 1) if combien <= _QUESTIONS_COMBINEES else (1, 2, combien)
    return [frozenset(chain(*quoi)) for taille in tailles for quoi in combinations(ensembles, taille)]


def _poids(ensembles: Sequence[Sequence[int]]) -> dict[int, float]:
    """Ce que pèse chaque colonne : une question en vaut une autre, quel que soit son nombre de cases.

    :param ensembles: sans les colonnes où tout le monde a dit de même, qui n’ont rien à perdre.
    """
    return {rang: 1 / len(ensemble) for ensemble in ensembles for rang in ensemble}


def _rangs_tus(profil: Profil) -> frozenset[int]:
    return frozenset(rang for rang, valeur in enumerate(profil) if valeur == _TUE)


def _masquer(profil: Profil, masque: Iterable[int]) -> Profil:
    masquees = list(profil)
    for rang in masque:
        masquees[rang] = _TUE
    return tuple(masquees)


def _manques(classe: Mapping[_Motif, int], k: int) -> dict[tuple[str, str] | None, int]:
    """Combien de personnes manquent à une combinaison, en tout (``None``) et dans chaque strate où elle est."""
    comptes: Counter[tuple[str, str] | None] = Counter()
    for motif, nombre in classe.items():
        for ou in (None, *motif):
            comptes[ou] += nombre
    return {ou: k - nombre for ou, nombre in comptes.items() if 0 < nombre < k}


class _Suppression:
    """Des personnes que l’on déplace d’une combinaison à une autre, plus tue, jusqu’à ce qu’aucune ne soit rare."""

    def __init__(self, classes: Mapping[Profil, _Classe], mesure: _Mesure) -> None:
        self.k, self.masques, self._peser = mesure.k, mesure.masques, mesure.peser
        self._comptes: dict[Profil, dict[tuple[str, str] | None, int]] = {}
        self._connues_rares: list[Profil] | None = None
        self._totaux = {profil: classe.total() for profil, classe in classes.items()}
        self.qui: dict[Profil, Counter[tuple[Profil, _Motif]]] = {
            profil: Counter({(profil, motif): n for motif, n in classe.items()}) for profil, classe in classes.items()
        }

    def resoudre(self) -> list[_Transfert]:
        """Ce qui est tu : d’abord entre combinaisons rares, puis en y joignant juste assez des autres."""
        for masque in self.masques:
            self._reunir_les_rares(masque)
        while rares := self._rares():
            options = [o for masque in self.masques if (o := self._completer(rares[0], masque)) is not None]
            _, _, cible, prises = min(options, key=lambda option: option[:2])
            self._deplacer(cible, prises)
        return [
            _Transfert(origine, motif, masque, nombre)
            for profil, porteurs in self.qui.items()
            if (masque := _rangs_tus(profil))
            for (origine, motif), nombre in porteurs.items()
        ]

    def _manques_de(self, profil: Profil) -> dict[tuple[str, str] | None, int]:
        """Ce qui manque à une combinaison telle qu’elle est portée ; compté une fois tant que rien n’y change."""
        if profil not in self._comptes:
            self._comptes[profil] = _manques(self._classe(self.qui[profil]), self.k)
        return self._comptes[profil]

    def _rares(self) -> list[Profil]:
        """Les combinaisons rares, les plus portées d’abord ; cherchées une fois tant que rien ne bouge."""
        if self._connues_rares is None:
            rares = [profil for profil in self.qui if self._manques_de(profil)]
            self._connues_rares = sorted(rares, key=lambda profil: (-self._totaux[profil], str(profil)))
        return self._connues_rares

    def _classe(self, porteurs: Mapping[tuple[Profil, _Motif], int]) -> _Classe:
        classe: _Classe = Counter()
        for (_, motif), nombre in porteurs.items():
            classe[motif] += nombre
        return classe

    def _part_rare(self, profil: Profil) -> Counter[tuple[Profil, _Motif]]:
        """Qui doit quitter une combinaison : celles et ceux des strates où elle est rare, ou tout le monde."""
        porteurs = self.qui[profil]
        ou = set(self._manques_de(profil))
        part = Counter({cle: n for cle, n in porteurs.items() if None in ou or ou & cle[1]})
        return porteurs if _manques(self._classe(porteurs - part), self.k) else part

    def _ensemble(self, cible: Profil, prises: Mapping[Profil, Counter[tuple[Profil, _Motif]]]) -> _Classe:
        """Qui porterait une combinaison, ces personnes venues."""
        classe = self._classe(self.qui.get(cible, Counter()) - prises.get(cible, Counter()))
        for prise in prises.values():
            classe.update(self._classe(prise))
        return classe

    def _reunir_les_rares(self, masque: frozenset[int]) -> None:
        par_cible: dict[Profil, list[Profil]] = {}
        for profil in self._rares():
            par_cible.setdefault(_masquer(profil, masque), []).append(profil)
        for cible, profils in par_cible.items():
            # Trop peu de monde en tout : inutile de regarder dans quelles strates.
            dedans = 0 if cible in profils else self._totaux.get(cible, 0)
            if dedans + sum(map(self._totaux.__getitem__, profils)) < self.k:
                continue
            prises = {profil: self._part_rare(profil) for profil in profils}
            if not _manques(self._ensemble(cible, prises), self.k):
                self._deplacer(cible, prises)

    def _completer(
        self, rare: Profil, masque: frozenset[int]
    ) -> tuple[float, int, Profil, dict[Profil, Counter[tuple[Profil, _Motif]]]] | None:
        """De quoi la rendre assez portée en taisant ce masque : perte, personnes, combinaison, qui ; ou rien."""
        cible = _masquer(rare, masque)
        prises = {rare: self._part_rare(rare)}
        donneuses = [p for p in self.qui if p not in (rare, cible) and _masquer(p, masque) == cible]
        donneuses.sort(key=lambda p: (self.qui[p].total(), str(p)))
        while True:
            manques = _manques(self._ensemble(cible, prises), self.k)
            if not manques:
                break
            ou, combien = max(manques.items(), key=lambda manque: (manque[1], str(manque[0])))
            if not self._prendre(prises, donneuses, ou, combien):
                return None
        tues = self._peser(_rangs_tus(cible))
        perte = sum((tues - self._peser(_rangs_tus(p))) * prise.total() for p, prise in prises.items())
        return round(perte, 9), sum(prise.total() for prise in prises.values()), cible, prises

    def _prendre(
        self,
        prises: dict[Profil, Counter[tuple[Profil, _Motif]]],
        donneuses: Sequence[Profil],
        ou: tuple[str, str] | None,
        combien: int,
    ) -> bool:
        """Prend le moins de personnes, d’une combinaison qui le supporte ou en entier ; faux s’il n’y en a plus."""
        options = []
        for rang, profil in enumerate(donneuses):
            reste = self.qui[profil] - prises.get(profil, Counter())
            # Qui n’a répondu qu’à peu de strates fait manquer peu de monde là où il va.
            utiles = sorted((cle for cle in reste if ou is None or ou in cle[1]), key=_toujours_dans_cet_ordre)
            for voulues in (combien, reste.total()) if utiles else ():
                prise: Counter[tuple[Profil, _Motif]] = Counter()
                for cle in utiles:
                    prise[cle] = min(reste[cle], voulues - prise.total())
                prise = prise if not _manques(self._classe(reste - prise), self.k) else reste
                options.append((max(0, combien - prise.total()), prise.total(), rang, profil, prise))
        if options:
            *_, profil, prise = min(options, key=lambda option: option[:3])
            prises[profil] = prises.get(profil, Counter()) + prise
        return bool(options)

    def _deplacer(self, cible: Profil, prises: Mapping[Profil, Counter[tuple[Profil, _Motif]]]) -> None:
        self._connues_rares = None
        for profil, prise in prises.items():
            self._comptes.pop(profil, None)
            reste = self.qui[profil] - prise
            self.qui[profil], self._totaux[profil] = reste, reste.total()
            if not reste:
                del self.qui[profil], self._totaux[profil]
        self._comptes.pop(cible, None)
        self.qui[cible] = sum(prises.values(), Counter(self.qui.get(cible, {})))
        self._totaux[cible] = self.qui[cible].total()


Colonnes = Mapping[tuple[int, ...], int]
"""Une colonne par classe, et son poids : un nombre de personnes."""
_Vecteur = tuple[int, ...]

_PREMIER = 2**31 - 1
"""Le plus grand nombre premier de 31 bits : les produits restent de petits entiers."""
_ETAPES_MAX = 40
"""Étapes de la recherche avant de renoncer à prouver."""
_NOMBRE_D_OR = (5**0.5 - 1) / 2
"""De l’un à l’autre de ses multiples, modulo 1, rien n’est voisin : un ordre mêlé, toujours le même."""
_EN_COLONNES = 5000
"""Nombres à partir desquels numpy rattrape le temps de son chargement."""
_PAQUET = 128
"""Colonnes réduites à la fois : une base se trouve d’ordinaire dans les premières."""


@dataclass(frozen=True, slots=True)
class Combinaison:
    """Ce qui se calcule de trop : un coefficient par groupe publié, nul s’il n’y sert pas.

    Vide si l’on a seulement renoncé à prouver qu’il n’y en a pas.
    """

    coefficients: _Vecteur = ()


def combinaison_de_moins_de(minimum: int, colonnes: Colonnes) -> Combinaison | None:
    """Une combinaison de sommes qui dépend d’au moins une personne et de moins de ``minimum``.

    ``None`` prouve qu’il n’y en a aucune, quels que soient les coefficients.
    """
    return _chercher(minimum, tuple(sorted(colonnes.items())))


def se_lit_sur_moins_de(minimum: int, classes: Mapping[tuple[tuple[int, ...], ...], int]) -> bool:
    """Vrai si une combinaison de sommes dépend d’une personne au moins, et de moins de ``minimum``.

    La même question, quand chaque personne y a plusieurs inconnues ; ``minimum`` est petit, tout est essayé, à moins
    que des familles de personnes ne le nient d’abord : une combinaison non nulle touche chacune.

    :param classes: les inconnues des personnes d’une classe, un nombre par somme publiée → combien de personnes.
    """
    petites = [classe for classe, personnes in classes.items() if personnes < minimum]
    dimension = max((len(inconnue) for classe in classes for inconnue in classe), default=0)

    def rang(sauf: tuple[tuple[tuple[int, ...], ...], ...]) -> int:
        return len(_base((inconnue for classe in classes if classe not in sauf for inconnue in classe), dimension))

    entier, prises = rang(()), tuple[tuple[tuple[int, ...], ...], ...]()
    for _ in range(minimum):
        famille = _famille(classes, prises, entier)
        if famille is None:
            break
        prises += tuple(classe for classe in famille if classes[classe] < minimum)
    else:
        return False
    return any(
        sum(map(classes.__getitem__, ensemble)) < minimum and rang(ensemble) < entier
        for taille in range(1, minimum)
        for ensemble in combinations(petites, taille)
    )


def _famille(
    classes: Mapping[tuple[tuple[int, ...], ...], int], sauf: Collection[tuple[tuple[int, ...], ...]], rang: int
) -> list[tuple[tuple[int, ...], ...]] | None:
    """Des classes dont les inconnues ont ce rang, les plus nombreuses d’abord ; rien s’il n’y est pas."""
    retenues, base = [], list[_Vecteur]()
    for classe in sorted(classes, key=lambda c: -classes[c]):
        if len(base) == rang:
            break
        if classe not in sauf:
            neuves = _base([*base, *classe], rang)
            if len(neuves) > len(base):
                retenues.append(classe)
            base = list(neuves)
    return retenues if len(base) == rang else None


@lru_cache(maxsize=4096)
def _chercher(minimum: int, classes: tuple[tuple[_Vecteur, int], ...]) -> Combinaison | None:
    """La même, gardée : les mesures qui ont les mêmes personnes posent les mêmes questions."""
    return _Recherche().chercher(_Code.engendre_par(dict(classes)), minimum - 1)


@dataclass(frozen=True, slots=True)
class _Code:
    """Des combinaisons indépendantes, et ce que chacune donne sur chaque classe.

    ``combinaisons`` : leurs coefficients ; ``classes`` : une colonne (un nombre par combinaison) et son poids.
    """

    combinaisons: tuple[_Vecteur, ...]
    classes: Colonnes

    @classmethod
    def engendre_par(cls, colonnes: Colonnes) -> _Code:
        """Une combinaison par groupe publié, moins ceux que les autres donnent déjà."""
        largeur = len(next(iter(colonnes), ()))
        unites = tuple(tuple(int(i == j) for j in range(largeur)) for i in range(largeur))
        code = cls(unites, colonnes)
        while (nulle := _orthogonal(code.classes, code.dimension)) is not None:
            code = code._sans(next(i for i, x in enumerate(nulle) if x))
        return code

    @property
    def dimension(self) -> int:
        """Nombre de combinaisons indépendantes."""
        return len(self.combinaisons)

    @property
    def poids(self) -> int:
        """Personnes de toutes les classes."""
        return sum(self.classes.values())

    def combiner(self, facteurs: Sequence[int]) -> Combinaison:
        """Les coefficients, groupe par groupe, d’une combinaison de ces combinaisons."""
        return Combinaison(
            tuple(
                sum(f * x for f, x in zip(facteurs, rang, strict=True)) % _PREMIER
                for rang in zip(*self.combinaisons, strict=True)
            )
        )

    def contracter(self, colonne: _Vecteur) -> _Code:
        """Les seules combinaisons nulles sur une classe."""
        pivot = next(i for i, x in enumerate(colonne) if x)
        inverse = pow(colonne[pivot], -1, _PREMIER)
        retraits = [x * inverse % _PREMIER for x in colonne]

        def reduire(vecteur: _Vecteur) -> _Vecteur:
            tete = vecteur[pivot]
            if not tete:
                return vecteur[:pivot] + vecteur[pivot + 1 :]
            return tuple(
                (x - tete * r) % _PREMIER for i, (x, r) in enumerate(zip(vecteur, retraits, strict=True)) if i != pivot
            )

        rangs = [reduire(rang) for rang in zip(*self.combinaisons, strict=True)]
        return _Code(tuple(zip(*rangs, strict=True)), _rassembler((reduire(c), p) for c, p in self.classes.items()))

    def effacer(self, colonne: _Vecteur) -> _Code:
        """Les mêmes combinaisons, sans regarder une classe."""
        return _Code(self.combinaisons, {c: p for c, p in self.classes.items() if c != colonne})

    def depasse(self, budget: int) -> bool:
        """Vrai si des familles de classes, chacune engendrant tout, prouvent qu’aucune combinaison ne tient sous tant.

        Une combinaison non nulle dépend d’une classe au moins de chaque famille ; un poids n’y sert qu’une fois.
        Les plus lourdes d’abord ; à poids égal, dans un ordre qui les mêle : dans celui des colonnes, une famille
        épuiserait les personnes d’un même groupe, et les suivantes n’y trouveraient plus personne.
        """
        rangees, total = sorted(self.classes), 0
        melees = sorted(range(len(rangees)), key=lambda rang: rang * _NOMBRE_D_OR % 1)
        restes = {rangees[rang]: self.classes[rangees[rang]] for rang in melees}
        while total <= budget:
            ordre = sorted((c for c, p in restes.items() if p), key=lambda c: -restes[c])
            famille = _base(ordre, self.dimension)
            if len(famille) < self.dimension:
                return False
            part = min(restes[c] for c in famille)
            total += part
            for c in famille:
                restes[c] -= part
        return True

    def _sans(self, rang: int) -> _Code:
        combinaisons = (*self.combinaisons[:rang], *self.combinaisons[rang + 1 :])
        return _Code(combinaisons, _rassembler((c[:rang] + c[rang + 1 :], p) for c, p in self.classes.items()))


class _Recherche:
    """Une recherche, et ce qu’il lui reste d’étapes."""

    def __init__(self) -> None:
        self._etapes = _ETAPES_MAX

    def chercher(self, code: _Code, budget: int) -> Combinaison | None:
        """Une combinaison dont le poids tient dans ``budget`` ; rien, si c’est prouvé impossible."""
        self._etapes -= 1
        if self._etapes < 0:
            return Combinaison()
        code = _alleger(code, budget)
        if not code.dimension:
            return None
        nulle = _orthogonal(code.classes, code.dimension)
        if nulle is None and code.poids <= budget:
            nulle = (1, *(0 for _ in range(code.dimension - 1)))
        if nulle is not None:
            return code.combiner(nulle)
        return None if code.depasse(budget) else self._essayer(code, budget)

    def _essayer(self, code: _Code, budget: int) -> Combinaison | None:
        lourde = max(code.classes, key=lambda c: (code.classes[c], c))
        reste = budget - code.classes[lourde]
        return self.chercher(code.effacer(lourde), reste) or self.chercher(code.contracter(lourde), budget)


def _alleger(code: _Code, budget: int) -> _Code:
    """Le code réduit à ce qui s’annule sur toute classe de plus de ``budget`` personnes."""
    code = _Code(code.combinaisons, _rassembler(code.classes.items()))
    while lourde := next((c for c, poids in code.classes.items() if poids > budget), None):
        code = code.contracter(lourde)
    return code


def _rassembler(classes: Iterable[tuple[_Vecteur, int]]) -> dict[_Vecteur, int]:
    """Les classes, colonnes proportionnelles réunies et colonnes nulles ôtées : elles ne dépendent plus de rien."""
    reunies: dict[_Vecteur, int] = {}
    for colonne, poids in classes:
        tete = next((x for x in colonne if x), 0)
        if not tete:
            continue
        if tete != 1:
            inverse = pow(tete, -1, _PREMIER)
            colonne = tuple(x * inverse % _PREMIER for x in colonne)  # noqa: PLW2901
        reunies[colonne] = reunies.get(colonne, 0) + poids
    return reunies


def _base(colonnes: Iterable[_Vecteur], dimension: int) -> dict[_Vecteur, int]:
    """Des colonnes indépendantes, les premières d’abord, jusqu’à tout engendrer ; à chacune, son pivot."""
    colonnes = list(colonnes)
    if len(colonnes) * dimension >= _EN_COLONNES:
        return _base_en_colonnes(colonnes, dimension)
    reduites: list[tuple[int, _Vecteur]] = []
    base: dict[_Vecteur, int] = {}
    for colonne in colonnes:
        reste = _reduire(colonne, reduites)
        pivot = next((i for i, x in enumerate(reste) if x), None)
        if pivot is None:
            continue
        inverse = pow(reste[pivot], -1, _PREMIER)
        reduites.append((pivot, tuple(x * inverse % _PREMIER for x in reste)))
        base[colonne] = pivot
        if len(base) == dimension:
            break
    return base


def _base_en_colonnes(colonnes: Sequence[_Vecteur], dimension: int) -> dict[_Vecteur, int]:
    """La même, par paquets et en colonnes : les mêmes entiers, un produit de deux restes tenant en 64 bits."""
    import numpy as np

    reduites: list[tuple[int, Any]] = []
    base: dict[_Vecteur, int] = {}
    for debut in range(0, len(colonnes), _PAQUET):
        paquet = colonnes[debut : debut + _PAQUET]
        restes = np.array(paquet, dtype=np.int64)
        for pivot, autre in reduites:
            restes = (restes - restes[:, pivot, None] * autre) % _PREMIER
        rang = 0
        while len(base) < dimension and (vives := restes[rang:].any(axis=1)).any():
            rang += int(vives.argmax())
            pivot = int((restes[rang] != 0).argmax())
            neuve = restes[rang] * pow(int(restes[rang, pivot]), -1, _PREMIER) % _PREMIER
            restes[rang:] = (restes[rang:] - restes[rang:, pivot, None] * neuve) % _PREMIER
            reduites.append((pivot, neuve))
            base[paquet[rang]] = pivot
        if len(base) == dimension:
            break
    return base


def _reduire(colonne: Sequence[int], reduites: Iterable[tuple[int, _Vecteur]]) -> _Vecteur:
    # L’essentiel du temps d’une preuve se passe ici : une liste se bâtit plus vite qu’un générateur.
    for pivot, autre in reduites:
        if tete := colonne[pivot]:
            colonne = [(x - tete * y) % _PREMIER for x, y in zip(colonne, autre, strict=True)]
    return tuple(colonne)


def _orthogonal(colonnes: Iterable[_Vecteur], dimension: int) -> _Vecteur | None:
    """Une combinaison non nulle qui s’annule sur toutes ces colonnes ; rien si elles engendrent tout."""
    base = _base(colonnes, dimension)
    if len(base) == dimension:
        return None
    reduites: list[tuple[int, _Vecteur]] = []
    for colonne, pivot in base.items():
        reste = _reduire(colonne, reduites)
        inverse = pow(reste[pivot], -1, _PREMIER)
        neuve = tuple(x * inverse % _PREMIER for x in reste)
        reduites = [(p, _reduire(autre, [(pivot, neuve)])) for p, autre in reduites]
        reduites.append((pivot, neuve))
    libre = next(i for i in range(dimension) if i not in base.values())
    solution = [0] * dimension
    solution[libre] = 1
    for pivot, ligne in reduites:
        solution[pivot] = -ligne[libre] % _PREMIER
    return tuple(solution)
