"""Des agrégats que l’on peut partager : effectif minimal, et rien qui se retrouve par soustraction.

Ce qui est tenu, pour chaque strate (un moment sous un regard) et un effectif minimal ``m`` (11 par défaut) :

1. un groupe de moins de ``m`` personnes est tu, comme une mesure portée par moins de ``m`` scores ; un groupe dont
   tous les scores d’une échelle sont égaux l’est aussi, sa moyenne dirait la réponse de chacun ;
2. pour chaque question de profil, « sans réponse » comprise, le total moins les groupes montrés laisse au moins deux
   groupes et ``m`` personnes, ou rien ; de même pour les scores de chaque échelle ;
3. toutes questions ensemble, aucune combinaison linéaire des sommes montrées, quels que soient ses coefficients, ne
   dépend de moins de ``m`` personnes, mesure par mesure, sur ceux qui en ont un score (``cpit.coeur.anonymat``) ;
   entre deux questions, deux réunions dont l’une contient l’autre ne diffèrent pas de personnes unanimes ;
4. le n d’une échelle n’est montré que si les personnes sans score sont ``m`` ou aucune, partout ; la moyenne reste ;
5. ni minimum, ni maximum, ni médiane : ce sont des personnes ; moyennes et écarts-types ont deux décimales, car en
   pleine précision une moyenne trahit son dénominateur, donc le n tu ; un écart-type montré n’est jamais nul et,
   si ``m`` est inférieur à sept, il ne l’est que là où les règles 1 à 3 tiendraient pour sept personnes ;
6. le même motif pour un groupe petit et pour celui qui le protège : deux motifs permettraient de les distinguer ;
7. les strates ne s’additionnent ni ne se soustraient (deux moments, deux regards ne mesurent pas la même chose), et le
   nombre total de passations est tu dès qu’une strate l’est ;
8. les cases compétence × ingénierie ne sont données que pour la strate entière, et toutes tues si l’une est unanime :
   le score d’une compétence la rendrait, connaissant les deux autres cases ; celles d’une échelle sont tues si moins
   de ``m`` personnes, mais une au moins, n’ont répondu qu’à une partie de ses items : sa somme, moins celles de ses
   cases, ne tiendrait qu’à elles.

Limite : au-delà, qui connaît déjà le profil et les réponses de toutes les autres personnes apprend toujours quelque
chose d’un agrégat. Le choix des groupes et la règle sont dans ``cpit.coeur.diffusion``, avec leur source.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property, lru_cache, partial
from itertools import chain, combinations
from typing import TypeAlias

from cpit.coeur import Progres
from cpit.coeur.anonymat import combinaison_de_moins_de
from cpit.coeur.cohorte import Cohorte, Notee
from cpit.coeur.groupe import (
    CASE,
    EFFECTIF_DES_ECARTS,
    EFFECTIF_MINIMAL,
    REGLE,
    MesureDeGroupe,
    Public,
    RegleDesPetitsGroupes,
    compter_personnes,
    decrire,
    identifiant_de_case,
    mesures,
    personnes_de,
    portrait_montrable,
)
from cpit.coeur.jointes import TOUS, Jointes, a_taire
from cpit.coeur.passation import MOMENTS, REGARDS, dire_le_moment
from cpit.coeur.referentiel import QuestionProfil, Referentiel, choisis
from cpit.coeur.tableaux import Colonne, Ligne, Tableau
from cpit.typographie import accorder, enumerer, grouper, typographier

# --- Quels groupes taire pour qu’aucun petit groupe ne se lise, ni ne se retrouve par soustraction.
#
# Règle de fréquence, puis secret secondaire (suppression complémentaire), comme le décrit le « Manuel de protection des
# tableaux » de l’Insee (inseefrlab.github.io/manuel-protection-tableaux) : trois unités au moins par case pour les
# entreprises, onze pour les données fiscales des ménages ; une case tue à bon droit n’est protégée que si aucune somme
# publiée ne la rend. On ne cherche pas à en taire le moins possible, mais à pouvoir vérifier ce qu’on affirme.
#
# Les personnes d’une strate sont rangées en **atomes** : celles dont tout le profil est pareil. Un groupe est une
# réunion d’atomes, un entier dont chaque bit en est un. Chaque question de profil partage la strate en groupes ; pour
# chacune, la réunion des groupes tus (le **reste**) se calcule toujours : c’est le total moins ce qui est montré.


_Ensemble: TypeAlias = int
"""Un bit par atome."""
_CleDeGroupe: TypeAlias = tuple[str, str]
"""Une question de profil et une modalité."""
_Partition: TypeAlias = Mapping[str, _Ensemble]
"""Modalité → personnes qui l’ont choisie ; aucune personne n’est dans deux modalités."""

_UNIONS_MAX = 10
"""Groupes d’une question dont on essaie toutes les réunions ; au-delà, les réunions de trois groupes au plus."""
_ECART_NUL = 1e-9
"""Deux scores plus proches sont le même."""


@dataclass(slots=True)
class _Releves:
    """Ce que chaque atome apporte à un décompte : lignes, personnes distinctes, plus petite et plus grande valeur."""

    lignes: list[int]
    personnes: list[int]
    minimums: list[float] = field(default_factory=list)
    maximums: list[float] = field(default_factory=list)

    @classmethod
    def vides(cls, atomes: int) -> _Releves:
        """Rien encore, pour tant d’atomes."""
        infini = float("inf")
        return cls([0] * atomes, [0] * atomes, [infini] * atomes, [-infini] * atomes)

    def noter(self, atome: int, valeur: float, *, personne_neuve: bool) -> None:
        """Ajoute une ligne à un atome."""
        self.lignes[atome] += 1
        self.personnes[atome] += personne_neuve
        self.minimums[atome] = min(self.minimums[atome], valeur)
        self.maximums[atome] = max(self.maximums[atome], valeur)

    def compter(self, ensemble: _Ensemble) -> tuple[int, int]:
        """Lignes et personnes d’un ensemble."""
        rangs = _rangs(ensemble)
        return sum(map(self.lignes.__getitem__, rangs)), sum(map(self.personnes.__getitem__, rangs))

    @property
    def presents(self) -> Mapping[int, int]:
        """Personnes de chaque atome qui a au moins une ligne."""
        return {rang: self.personnes[rang] for rang, lignes in enumerate(self.lignes) if lignes}

    def pareils(self, ensemble: _Ensemble) -> bool:
        """Vrai si toutes les lignes d’un ensemble (non vide) portent la même valeur : la moyenne dirait chacune."""
        bas, haut = float("inf"), -float("inf")
        for rang in _rangs(ensemble):
            bas, haut = min(bas, self.minimums[rang]), max(haut, self.maximums[rang])
            if haut - bas > _ECART_NUL:
                return False
        return haut >= bas


_Remede: TypeAlias = frozenset[_CleDeGroupe]
"""Des groupes montrés qui, tus ensemble, ôtent une faute."""


@dataclass(frozen=True, slots=True)
class _Renoncement:
    """Les groupes à taire là où prouver demande trop : ceux de la dernière question qui en montre."""

    groupes: _Remede


@dataclass(frozen=True)
class _Probleme:
    """Des partitions d’une même strate, et ce qu’un ensemble doit être pour que l’on puisse le laisser calculer.

    ``montrable`` : vrai pour l’ensemble vide ; faux pour trop peu de personnes, ou pour des personnes toutes pareilles.
    ``taille`` : lignes d’un ensemble ; ``personnes`` : celles de chaque atome présent, dont ``minimum`` doivent porter
    toute combinaison.
    """

    partitions: Mapping[str, _Partition]
    montrable: Callable[[_Ensemble], bool]
    taille: Callable[[_Ensemble], int]
    personnes: Mapping[int, int]
    minimum: int

    @cached_property
    def presents(self) -> _Ensemble:
        """Les atomes qui ont au moins une ligne."""
        return sum(1 << rang for rang in self.personnes)

    def taire(self, deja: Iterable[_CleDeGroupe] = ()) -> frozenset[_CleDeGroupe]:
        """Les groupes à taire, ``deja`` compris.

        Suppression primaire, puis, tant que l’on calcule ce qu’il ne faudrait pas, un remède : le moins de groupes, les
        plus petits. Chaque tour en tait un au moins, et cela ne finit que lorsqu’il n’y a plus de faute ; au pire, il
        ne reste que le total. Ce qui s’est révélé de trop est ensuite rouvert, le plus grand d’abord. Deux façons de
        choisir sont essayées : la moins coûteuse l’emporte. Là où l’on a renoncé à prouver, une question entière est
        tue, la dernière du référentiel : chaque preuve coûte, et il n’y en a alors pas plus que de questions.
        """
        forces = set(deja)
        for question, partition in self.partitions.items():
            forces |= {(question, m) for m, ensemble in partition.items() if not self.montrable(ensemble)}
        essais = (self._rouvrir(*self._completer(forces, groupes)) for groupes in (False, True))
        tus = min(essais, key=self._cout)
        for question, partition in self.partitions.items():
            # Une modalité sans personne ne se distingue pas d’une modalité tue.
            if any((question, modalite) in tus for modalite in partition):
                tus |= {(question, m) for m, ensemble in partition.items() if not self.taille(ensemble)}
        return frozenset(tus)

    def sans_faute(self, tus: Iterable[_CleDeGroupe]) -> bool:
        """Vrai si rien de ce que l’on peut calculer n’est à taire."""
        return self._remedes(set(tus)) is None

    def _completer(
        self, forces: Collection[_CleDeGroupe], groupes: bool
    ) -> tuple[set[_CleDeGroupe], set[_CleDeGroupe]]:
        """Les mêmes, et de quoi ôter toute faute ; puis ce qui ne se rouvre pas : eux, et ce que nul n’a pu prouver.

        :param groupes: préférer les questions déjà entamées.
        """
        tus, fixes = set(forces), set(forces)
        while (remedes := self._remedes(tus)) is not None:
            if isinstance(remedes, _Renoncement):
                fixes |= remedes.groupes
                tus |= remedes.groupes
                continue
            entamees = {question for question, _ in tus} if groupes else set()
            tus |= min(
                remedes,
                key=lambda r: (len(r), sum(q not in entamees for q, _ in r), sum(map(self._taille_de, r)), sorted(r)),
            )
        return tus, fixes

    def _rouvrir(self, tus: set[_CleDeGroupe], forces: Collection[_CleDeGroupe]) -> set[_CleDeGroupe]:
        """Les mêmes, moins ce que l’on peut montrer sans faute."""
        for groupe in sorted(tus - set(forces), key=lambda g: (-self._taille_de(g), g)):
            if self.sans_faute(tus - {groupe}):
                tus = tus - {groupe}
        return tus

    def _cout(self, tus: Collection[_CleDeGroupe]) -> tuple[int, int]:
        tailles = [taille for groupe in tus if (taille := self._taille_de(groupe))]
        return len(tailles), sum(tailles)

    def _taille_de(self, groupe: _CleDeGroupe) -> int:
        return self.taille(self.partitions[groupe[0]][groupe[1]])

    def _remedes(self, tus: set[_CleDeGroupe]) -> list[_Remede] | _Renoncement | None:
        """De quoi ôter la première faute ; rien s’il n’y en a pas."""
        fautes: Iterator[list[_Remede] | _Renoncement] = chain(
            self._fautes_de_reste(tus), self._fautes_de_combinaison(tus), self._fautes_de_croisement(tus)
        )
        return next(fautes, None)

    def _fautes_de_combinaison(self, tus: set[_CleDeGroupe]) -> Iterator[list[_Remede] | _Renoncement]:
        """Toutes questions ensemble, une combinaison des sommes montrées ne doit pas dépendre de trop peu de personnes.

        Elle se perd si l’on tait ensemble des groupes d’une même question qui y ont des coefficients différents.
        """
        montres = {g: e for question in self.partitions for g, e in self._montres(question, tus).items()}
        ensembles, colonnes = (self.presents, *montres.values()), dict[tuple[int, ...], int]()
        for rang, personnes in self.personnes.items():
            colonne = tuple(ensemble >> rang & 1 for ensemble in ensembles)
            colonnes[colonne] = colonnes.get(colonne, 0) + personnes
        faute = combinaison_de_moins_de(self.minimum, colonnes) if montres else None
        if faute is not None and not faute.coefficients:
            derniere = next(reversed(montres))[0]
            yield _Renoncement(frozenset(groupe for groupe in montres if groupe[0] == derniere))
        elif faute is not None:
            coefficients = dict(zip(montres, faute.coefficients[1:], strict=True))
            remedes = [r for question in self.partitions for r in self._separer(question, tus, coefficients)]
            yield remedes or [frozenset({groupe}) for groupe in montres]

    def _separer(
        self, question: str, tus: set[_CleDeGroupe], coefficients: Mapping[_CleDeGroupe, int]
    ) -> Iterator[_Remede]:
        """Ce que l’on peut taire d’une question pour y confondre deux coefficients différents."""
        siens = [groupe for groupe in coefficients if groupe[0] == question]
        if self._caches(question, tus):
            yield from (frozenset({groupe}) for groupe in siens if coefficients[groupe])
        else:
            paires = (paire for paire in combinations(siens, 2) if coefficients[paire[0]] != coefficients[paire[1]])
            yield from map(frozenset, paires)

    def _fautes_de_reste(self, tus: set[_CleDeGroupe]) -> Iterator[list[_Remede]]:
        """Le reste d’une question ne doit être ni un seul groupe, ni un petit ensemble."""
        for question in self.partitions:
            montres, caches = self._montres(question, tus), self._caches(question, tus)
            if not caches or not montres:
                continue
            reste = _reunir(caches)
            if len(caches) == 1 or not self.taille(reste) or not self.montrable(reste):
                yield [frozenset({groupe}) for groupe in montres]

    def _fautes_de_croisement(self, tus: set[_CleDeGroupe]) -> Iterator[list[_Remede]]:
        """Deux réunions, de deux questions, dont l’une contient l’autre : ce qui les sépare se calcule aussi.

        Par exemple les personnes d’une commune, toutes en milieu rural sauf une : rural moins commune les désigne.
        """
        for grande in self.partitions:
            for petite in self.partitions:
                if grande != petite:
                    yield from self._croiser(grande, petite, tus)

    def _croiser(self, grande: str, petite: str, tus: set[_CleDeGroupe]) -> Iterator[list[_Remede]]:
        cases = self._calculables(grande, tus)
        for union in _reunions(self._calculables(petite, tus)):
            contenu = _reunir(union)
            contenant = _reunir(case for case in cases if case & contenu)
            # S’il contient toute la strate, la différence est une réunion de cases de « petite », déjà montrables.
            if contenant != self.presents and not self.montrable(contenant & ~contenu):
                montres = {**self._montres(grande, tus), **self._montres(petite, tus)}
                proches = {groupe: e for groupe, e in montres.items() if e & contenant}
                yield [frozenset({groupe}) for groupe in proches or montres]

    def _montres(self, question: str, tus: set[_CleDeGroupe]) -> dict[_CleDeGroupe, _Ensemble]:
        """Les groupes d’une question que l’on montre, modalités sans personne exceptées."""
        return {
            (question, modalite): ensemble
            for modalite, ensemble in self.partitions[question].items()
            if (question, modalite) not in tus and self.taille(ensemble)
        }

    def _caches(self, question: str, tus: set[_CleDeGroupe]) -> list[_Ensemble]:
        partition = self.partitions[question]
        return [ensemble for modalite, ensemble in partition.items() if ensemble and (question, modalite) in tus]

    def _calculables(self, question: str, tus: set[_CleDeGroupe]) -> list[_Ensemble]:
        """Les groupes montrés d’une question, et son reste."""
        reste = _reunir(self._caches(question, tus))
        tous = (*self._montres(question, tus).values(), reste)
        return [presents for ensemble in tous if (presents := ensemble & self.presents)]


def _bits(ensemble: _Ensemble) -> Iterator[int]:
    """Les rangs des atomes d’un ensemble, croissants."""
    while ensemble:
        dernier = ensemble & -ensemble
        yield dernier.bit_length() - 1
        ensemble ^= dernier


@lru_cache(maxsize=1024)
def _rangs(ensemble: _Ensemble) -> tuple[int, ...]:
    """Les mêmes, gardés : chaque mesure compte les mêmes ensembles."""
    return tuple(_bits(ensemble))


def _reunir(ensembles: Iterable[_Ensemble]) -> _Ensemble:
    reunion = 0
    for ensemble in ensembles:
        reunion |= ensemble
    return reunion


def _reunions(cases: Sequence[_Ensemble]) -> Iterator[tuple[_Ensemble, ...]]:
    """Les réunions de quelques cases, sauf celle de toutes."""
    plus_large = len(cases) - 1 if len(cases) <= _UNIONS_MAX else 3
    return chain.from_iterable(combinations(cases, largeur) for largeur in range(1, plus_large + 1))


_DECIMALES = 2


class MotifDeSilence(StrEnum):
    """Pourquoi une cellule est tue ; ne distingue jamais ce qui est petit de ce qui le protège."""

    GROUPE = "groupe"
    MESURE = "mesure"
    COMPTE = "compte"


@dataclass(frozen=True, slots=True)
class Agregat:
    """Une mesure dans un groupe ; ``None`` là où c’est tu, et ``motif`` dit pourquoi.

    ``question`` et ``modalite`` sont vides pour la strate entière ; une modalité vide d’une question est « sans
    réponse ». ``effectif`` : passations du groupe ; ``n`` : celles qui ont un score. ``moyenne`` et ``ecart_type`` sont
    arrondis, pour sortir du groupe ; ``moyenne_exacte`` ne se montre qu’à lui, et s’arrondit une seule fois.
    """

    moment: str
    regard: str
    question: str
    modalite: str
    mesure: MesureDeGroupe
    effectif: int | None = None
    n: int | None = None
    moyenne: float | None = None
    ecart_type: float | None = None
    motif: MotifDeSilence | None = None
    moyenne_exacte: float | None = None


@dataclass(frozen=True, slots=True)
class GroupeDeProfil:
    """Ce qui se montre d’une réponse de profil : ``effectif`` absent si tout le groupe est tu.

    ``modalite`` vide : « sans réponse » ; ``moyennes`` : par identifiant d’échelle, absente sans score ; ``tues`` : les
    échelles dont la moyenne est tue.
    """

    modalite: str
    effectif: int | None
    moyennes: Mapping[str, float | None] = field(default_factory=dict)
    tues: frozenset[str] = frozenset()


ProfilsDeGroupe: TypeAlias = Mapping[tuple[str, str, str], Sequence[GroupeDeProfil]]
"""(moment, regard, question de profil) → ses réponses, dans l’ordre du référentiel, « sans réponse » en dernier."""


@dataclass(frozen=True)
class Agregats:
    """Ce qui peut sortir d’une cohorte : strate par strate, la strate entière puis chaque groupe de profil.

    ``questions`` : celles de profil que l’on y a posées, ou dites, croisées ou non.
    """

    referentiel: Referentiel
    minimum: int
    lignes: tuple[Agregat, ...]
    passations: int | None
    questions: tuple[QuestionProfil, ...]

    @cached_property
    def par_groupe(self) -> Mapping[tuple[str, str, str, str], Mapping[str, Agregat]]:
        """(moment, regard, question, modalité) → identifiant de mesure → agrégat."""
        groupes: dict[tuple[str, str, str, str], dict[str, Agregat]] = {}
        for ligne in self.lignes:
            cle = (ligne.moment, ligne.regard, ligne.question, ligne.modalite)
            groupes.setdefault(cle, {})[ligne.mesure.identifiant] = ligne
        return groupes

    def profils(self) -> ProfilsDeGroupe:
        """Les réponses de profil, sans la strate entière."""
        profils: dict[tuple[str, str, str], list[GroupeDeProfil]] = {}
        for (moment, regard, question, modalite), mesures_ in self.par_groupe.items():
            if question:
                effectif = next(iter(mesures_.values())).effectif
                moyennes = {code: ligne.moyenne_exacte for code, ligne in mesures_.items()}
                tues = frozenset(code for code, moyenne in moyennes.items() if moyenne is None)
                groupe = GroupeDeProfil(modalite, effectif, moyennes, tues)
                profils.setdefault((moment, regard, question), []).append(groupe)
        return profils


def questions_diffusables(referentiel: Referentiel) -> tuple[str, ...]:
    """Les questions de profil que l’on peut croiser pour d’autres que le groupe.

    Celles où l’on coche plusieurs choix n’en sont pas : une personne y compte dans plusieurs groupes, qui ne partagent
    pas la strate, et rien ne prouve alors qu’aucune soustraction n’en désigne.
    """
    return tuple(question.identifiant for question in referentiel.profil if not question.plusieurs)


def grouper_par_profil(
    cohorte: Cohorte, regle: RegleDesPetitsGroupes = REGLE, questions: Sequence[str] | None = None
) -> ProfilsDeGroupe:
    """Ce qu’un public peut voir des réponses de profil ; l’écran, le classeur et la page n’ont pas d’autre source.

    Un choix de profil inconnu du référentiel compte comme « sans réponse ».

    :param questions: les questions de profil à croiser ; à défaut, toutes, et les conditions d’exercice que l’on dit.
    """
    if regle.public is Public.AU_DELA:
        minimum = regle.effectif_minimal
        return agreger(cohorte, minimum=minimum, questions=questions, cases=False, ecarts=False).profils()
    croisees = _a_croiser(cohorte, questions)
    retenues = [q for q in cohorte.referentiel.profil if q.identifiant in croisees]
    return {
        (*cle, question.identifiant): tuple(_reponses(strate, question, regle))
        for cle, strate in cohorte.strates().items()
        for question in retenues
    }


def _a_croiser(cohorte: Cohorte, questions: Sequence[str] | None) -> Sequence[str]:
    """Les questions demandées ; à défaut, celles qu’on a posées : une condition que nul ne dit n’est pas un profil."""
    return [question.identifiant for question in cohorte.questions_de_profil()] if questions is None else questions


def _reponses(strate: Cohorte, question: QuestionProfil, regle: RegleDesPetitsGroupes) -> Iterator[GroupeDeProfil]:
    """Chaque réponse donnée, et de chaque nombre ce que ceux qui le portent permettent d’en montrer."""
    paquets: dict[str, list[Notee]] = {code: [] for code in (*(c.code for c in question.choix), "")}
    for notee in strate.notees:
        for modalite in _modalites(notee, question):
            paquets[modalite].append(notee)
    for modalite, notees in paquets.items():
        groupe = replace(strate, notees=tuple(notees))
        if not regle.montre(compter_personnes(groupe)):
            yield GroupeDeProfil(modalite, None)
        elif notees:
            echelles = portrait_montrable(groupe, regle, cases=False).echelles
            moyennes = {code: statistique.moyenne for code, statistique in echelles.items()}
            tues = frozenset(code for code, statistique in echelles.items() if statistique.tue)
            yield GroupeDeProfil(modalite, len(notees), moyennes, tues)


def agreger(
    cohorte: Cohorte,
    *,
    minimum: int = EFFECTIF_MINIMAL,
    questions: Sequence[str] | None = None,
    cases: bool = True,
    ecarts: bool = True,
    progres: Progres | None = None,
) -> Agregats:
    """Les agrégats d’une cohorte que l’on peut partager.

    Une personne qui a plusieurs passations dans une strate ne compte qu’une fois pour l’effectif minimal. Un choix de
    profil inconnu du référentiel compte comme « sans réponse ». Les questions à plusieurs choix ne sont pas croisées :
    voir ``questions_diffusables``.

    :param minimum: personnes, au moins ``PLANCHER`` : l’``effectif_minimal`` d’une règle des petits groupes.
    :param questions: les questions de profil à croiser ; à défaut, toutes, et les conditions d’exercice que l’on dit.
    :param cases: faux pour s’en passer : aucun groupe de profil n’en dépend.
    :param ecarts: faux pour ne donner aucun écart-type : sous sept personnes, prouver lesquels se montrent est le plus
        long.
    :param progres: reçoit les mesures vues et leur total, toutes strates ensemble.
    :raises ValueError: si ``minimum`` est sous le plancher ; l’appelant le vérifie, pour dire comment corriger.
    """
    regle = RegleDesPetitsGroupes(effectif_minimal=minimum, public=Public.AU_DELA)
    referentiel = cohorte.referentiel
    croisees = _a_croiser(cohorte, questions)
    retenues = [q for q in questions_diffusables(referentiel) if q in croisees]
    lignes: list[Agregat] = []
    strates = cohorte.strates()
    for rang, (cle, notees) in enumerate(strates.items()):
        strate = _Strate(notees, cle, retenues, regle, cases=cases)
        avancer = None if progres is None else partial(_avancer, progres, rang, len(strates))
        lignes += strate.agregats(ecarts=ecarts, progres=avancer)
    tue = any(ligne.effectif is None and not ligne.question for ligne in lignes)
    return Agregats(
        referentiel, minimum, tuple(lignes), None if tue else len(cohorte.notees), cohorte.questions_de_profil()
    )


def _avancer(progres: Progres, rang: int, strates: int, vues: int, mesures_: int) -> None:
    """Dit l’avancée d’une strate comme part de toutes."""
    progres(rang * mesures_ + vues, strates * mesures_)


class _Strate:
    """Une strate, rangée en atomes : ce qui s’y calcule, et ce qu’il faut y taire."""

    def __init__(
        self,
        strate: Cohorte,
        cle: tuple[str, str],
        questions: Sequence[str],
        regle: RegleDesPetitsGroupes,
        *,
        cases: bool,
    ) -> None:
        self._cle, self._minimum, self._pour_l_ecart = cle, regle.seuil, regle.seuil_des_ecarts
        self._mesures = tuple(m for m in mesures(strate.referentiel) if cases or m.nature != CASE)
        self._valeurs: dict[str, dict[int, list[float]]] = {m.identifiant: {} for m in self._mesures}
        rangs: dict[tuple[str, ...], int] = {}
        choix = {q.identifiant: {c.code for c in q.choix} for q in strate.referentiel.profil}
        places = [
            rangs.setdefault(tuple(_modalite(n, q, choix[q]) for q in questions), len(rangs)) for n in strate.notees
        ]
        self._tous: _Ensemble = (1 << len(rangs)) - 1
        self._effectifs = _Releves.vides(len(rangs))
        self._scores = {m.identifiant: _Releves.vides(len(rangs)) for m in self._mesures}
        self._absents = {m.identifiant: _Releves.vides(len(rangs)) for m in self._mesures}
        self._ecarts_tus: dict[str, frozenset[_CleDeGroupe]] = {}
        self._cases_tues = _cases_soustraites(strate, self._minimum) if cases else frozenset()
        self._ranger(strate.notees, places)
        self._partitions = {
            q.identifiant: _partager(rangs, questions.index(q.identifiant), [c.code for c in q.choix])
            for q in strate.referentiel.profil
            if q.identifiant in questions
        }
        groupes = {TOUS: self._tous, **dict(self._groupes())}
        self._jointes = Jointes.de(strate.referentiel, strate.notees, places, groupes, self._mesures)

    def agregats(self, *, ecarts: bool, progres: Progres | None = None) -> Iterator[Agregat]:
        """Une ligne par groupe et par mesure ; les écarts-types, s’ils sont demandés."""
        entiere = self._groupe_montrable(self._tous)
        tus = self._probleme(self._groupe_montrable, self._effectifs).taire() if entiere else self._tout()
        groupes = [(TOUS, self._tous), *((g, e) for g, e in self._groupes() if e or g in tus)]
        par_mesure = self._tus_par_mesure(tus, progres) if entiere else {}
        sans_compte = {m.identifiant for m in self._mesures if entiere and not self._compte_montrable(m, par_mesure)}
        for groupe, ensemble in groupes:
            neuf = Agregat(*self._cle, *groupe, self._mesures[0])
            cache = not entiere or groupe in tus
            effectif = None if cache else self._effectifs.compter(ensemble)[0]
            for mesure in self._mesures:
                if mesure.nature == CASE and groupe != TOUS:
                    continue
                ligne = replace(neuf, mesure=mesure, effectif=effectif)
                if cache:
                    yield replace(ligne, motif=MotifDeSilence.GROUPE)
                elif groupe in par_mesure[mesure.identifiant]:
                    yield replace(ligne, motif=MotifDeSilence.MESURE)
                else:
                    decrite = self._decrire(ligne, ensemble, sans_compte=mesure.identifiant in sans_compte)
                    sans_ecart = not ecarts or groupe in self._sans_ecart(mesure, par_mesure[mesure.identifiant])
                    yield replace(decrite, ecart_type=None) if sans_ecart else decrite

    def _tus_par_mesure(
        self, tus: frozenset[_CleDeGroupe], progres: Progres | None
    ) -> dict[str, frozenset[_CleDeGroupe]]:
        """Les groupes où se tait chaque mesure : d’elle seule, puis jointe aux autres s’il manque des réponses."""
        par_mesure: dict[str, frozenset[_CleDeGroupe]] = {}
        for vues, mesure in enumerate(self._mesures, 1):
            par_mesure[mesure.identifiant] = self._tus_pour(mesure, tus)
            if progres is not None:
                progres(vues, len(self._mesures))
        echelles = (
            par_mesure[m.identifiant] for m in self._mesures if m.nature in ("competence", "ingenierie", "groupe")
        )
        if self._jointes.sans_manque and len(set(echelles)) == 1:
            return par_mesure
        tailles = {groupe: self._effectifs.compter(e)[0] for groupe, e in self._jointes.appartenances.items()}
        return par_mesure | a_taire(self._jointes, self._mesures, par_mesure, tailles)

    def _ranger(self, notees: Sequence[Notee], places: Sequence[int]) -> None:
        connues: set[object] = set()
        for (personne, notee), atome in zip(personnes_de(notees), places, strict=True):
            neuve = personne not in connues
            connues.add(personne)
            self._effectifs.noter(atome, 0.0, personne_neuve=neuve)
            for mesure in self._mesures:
                valeur = mesure.valeur(notee.resultat)
                releves = self._absents if valeur is None else self._scores
                releves[mesure.identifiant].noter(atome, valeur or 0.0, personne_neuve=neuve)
                if valeur is not None:
                    self._valeurs[mesure.identifiant].setdefault(atome, []).append(valeur)

    def _groupes(self) -> Iterator[tuple[_CleDeGroupe, _Ensemble]]:
        for question, partition in self._partitions.items():
            for modalite, ensemble in partition.items():
                yield (question, modalite), ensemble

    def _tout(self) -> frozenset[_CleDeGroupe]:
        return frozenset(groupe for groupe, _ in self._groupes())

    def _probleme(self, montrable: Callable[[_Ensemble], bool], releves: _Releves) -> _Probleme:
        return _Probleme(
            self._partitions, montrable, lambda ensemble: releves.compter(ensemble)[0], releves.presents, self._minimum
        )

    def _assez(self, releves: _Releves, ensemble: _Ensemble) -> bool:
        """Vrai pour aucune ligne, ou pour assez de personnes."""
        lignes, personnes = releves.compter(ensemble)
        return not lignes or personnes >= self._minimum

    def _groupe_montrable(self, ensemble: _Ensemble) -> bool:
        """Assez de personnes, et aucune échelle où elles soient unanimes (une autre échelle la ferait retrouver)."""
        if not self._assez(self._effectifs, ensemble):
            return False
        return not any(
            self._scores[m.identifiant].compter(ensemble)[1] >= self._minimum
            and self._scores[m.identifiant].pareils(ensemble)
            for m in self._mesures
            if m.nature != CASE
        )

    def _mesure_montrable(self, mesure: MesureDeGroupe, ensemble: _Ensemble) -> bool:
        releves = self._scores[mesure.identifiant]
        return self._assez(releves, ensemble) and not releves.pareils(ensemble)

    def _tus_pour(self, mesure: MesureDeGroupe, tus: frozenset[_CleDeGroupe]) -> frozenset[_CleDeGroupe]:
        """Les groupes où une mesure est tue, ceux qui le sont déjà compris."""
        releves = self._scores[mesure.identifiant]
        if not releves.compter(self._tous)[0] or not self._mesure_montrable(mesure, self._tous):
            return self._tout() | {TOUS}
        if mesure.nature == CASE:
            tue = self._une_case_unanime or mesure.identifiant in self._cases_tues
            return self._tout() | ({TOUS} if tue else frozenset())
        vides = {groupe for groupe, ensemble in self._groupes() if ensemble and not releves.compter(ensemble)[0]}
        return self._probleme(lambda ensemble: self._mesure_montrable(mesure, ensemble), releves).taire(tus | vides)

    def _sans_ecart(self, mesure: MesureDeGroupe, tus: frozenset[_CleDeGroupe]) -> frozenset[_CleDeGroupe]:
        """Les groupes dont l’écart-type est tu : trop petits pour lui, ou propres à en donner un trop petit."""
        if self._pour_l_ecart == self._minimum:
            return frozenset()
        if mesure.identifiant not in self._ecarts_tus:
            releves = self._scores[mesure.identifiant]

            def montrable(ensemble: _Ensemble) -> bool:
                lignes, personnes = releves.compter(ensemble)
                return not lignes or personnes >= self._pour_l_ecart

            probleme = replace(self._probleme(montrable, releves), minimum=self._pour_l_ecart)
            caches = self._tout() | {TOUS}
            trop_peu = mesure.nature == CASE or not montrable(self._tous)
            self._ecarts_tus[mesure.identifiant] = (
                (frozenset() if montrable(self._tous) else caches) if trop_peu else probleme.taire(tus - {TOUS})
            )
        return self._ecarts_tus[mesure.identifiant]

    @cached_property
    def _une_case_unanime(self) -> bool:
        return any(
            self._scores[m.identifiant].compter(self._tous)[1] >= self._minimum
            and self._scores[m.identifiant].pareils(self._tous)
            for m in self._mesures
            if m.nature == CASE
        )

    def _compte_montrable(self, mesure: MesureDeGroupe, tus: Mapping[str, frozenset[_CleDeGroupe]]) -> bool:
        """Vrai si aucun petit nombre de personnes sans score ne se lit ni ne se calcule, dans toute la strate."""
        absents = self._absents[mesure.identifiant]
        if not self._assez(absents, self._tous):
            return False
        caches = tus[mesure.identifiant] - {TOUS}
        if mesure.nature != CASE and any(
            not self._assez(absents, ensemble) for groupe, ensemble in self._groupes() if groupe not in caches
        ):
            return False
        probleme = self._probleme(lambda ensemble: self._assez(absents, ensemble), self._effectifs)
        return mesure.nature == CASE or replace(probleme, personnes=absents.presents).sans_faute(caches)

    def _decrire(self, ligne: Agregat, ensemble: _Ensemble, *, sans_compte: bool) -> Agregat:
        par_atome = self._valeurs[ligne.mesure.identifiant]
        valeurs = [valeur for rang in _bits(ensemble) for valeur in par_atome.get(rang, ())]
        decrite = decrire(valeurs)
        return replace(
            ligne,
            n=None if sans_compte else decrite.n,
            moyenne=round(decrite.moyenne or 0.0, _DECIMALES) + 0.0,
            ecart_type=max(round(decrite.ecart_type or 0.0, _DECIMALES), 10**-_DECIMALES),
            motif=MotifDeSilence.COMPTE if sans_compte else None,
            moyenne_exacte=decrite.moyenne,
        )


def _cases_soustraites(strate: Cohorte, minimum: int) -> frozenset[str]:
    """Les cases des échelles dont trop peu de personnes, mais une au moins, n’ont répondu qu’à une partie des items.

    À qui a répondu à tout, une échelle et ses cases disent la même somme : leur différence ne tient qu’aux autres.
    """
    partielles: dict[str, set[str | int]] = {code: set() for code in strate.referentiel.echelles}
    for personne, notee in personnes_de(strate.notees):
        for code, qui in partielles.items():
            score = notee.resultat.score(code)
            if 0 < score.repondus < score.items:
                qui.add(personne)
    tues: set[str] = set()
    for code, qui in partielles.items():
        cases = {
            identifiant_de_case(item.competence, item.ingenierie) for item in strate.referentiel.echelles[code].items
        }
        # Une seule case tue suffit : la différence tient alors à tous ceux qui y ont répondu.
        if 0 < len(qui) < minimum and not cases & tues:
            tues |= cases
    return frozenset(tues)


def _modalites(notee: Notee, question: QuestionProfil) -> tuple[str, ...]:
    """Les groupes où compte une passation : un seul, ou celui de chaque choix coché s’il peut y en avoir plusieurs."""
    return choisis(question.retenir(notee.passation.profil.get(question.identifiant, ""))) or ("",)


def _modalite(notee: Notee, question: str, choix: Collection[str]) -> str:
    """Le choix de profil d’une passation ; un choix que le référentiel n’a pas pourrait être un nom : il est tu."""
    code = notee.passation.profil.get(question, "")
    return code if code in choix else ""


def _partager(rangs: Mapping[tuple[str, ...], int], place: int, choix: Sequence[str]) -> dict[str, _Ensemble]:
    """Modalité → atomes, dans l’ordre du référentiel, « sans réponse » en dernier."""
    partition = dict.fromkeys((*choix, ""), 0)
    for profil, rang in rangs.items():
        partition[profil[place]] |= 1 << rang
    return partition


# --- La table des agrégats à partager, déclarée une fois pour tous les formats, et ce qu’il faut en dire.


_AGREGATS = "agregats"
MOTIFS = {
    MotifDeSilence.GROUPE: "Groupe tu : trop petit, unanime, ou propre à en faire retrouver un autre",
    MotifDeSilence.MESURE: "Mesure tue : trop peu de scores, scores unanimes, ou propres à en faire retrouver d'autres",
    MotifDeSilence.COMPTE: "n tu : il dirait combien de personnes, en petit nombre, n'ont pas de score",
}
_NATURES = {
    "competence": "Compétence",
    "ingenierie": "Ingénierie",
    "groupe": "Groupe d’items",
    "position": "Position",
    CASE: "Case compétence × ingénierie",
}
PROFIL_SANS_REPONSE = "Sans réponse"
COLONNES_AGREGATS = (
    Colonne("moment", "Moment", modalites=MOMENTS),
    Colonne("regard", "Regard", modalites=REGARDS, description="Qui a répondu"),
    Colonne("question", "Question de profil", description="Vide pour la strate entière (un moment, un regard)"),
    Colonne("libelle_question", "Libellé de la question"),
    Colonne("modalite", "Réponse de profil", description="Vide pour la strate entière, ou sans réponse"),
    Colonne("libelle_modalite", "Libellé de la réponse"),
    Colonne(
        "effectif",
        "Effectif",
        "entier",
        mesure="continue",
        description="Passations du groupe ; vide s’il est tu",
        unite="passations",
    ),
    Colonne("nature", "Sorte de mesure", modalites=_NATURES),
    Colonne("mesure", "Mesure", description="Identifiant de l’échelle, axe (x, y), ou compétence/ingénierie"),
    Colonne("libelle_mesure", "Libellé de la mesure"),
    Colonne(
        "n",
        "n",
        "entier",
        mesure="continue",
        description="Passations qui ont un score ; vide s’il est tu",
        unite="passations",
    ),
    Colonne(
        "moyenne",
        "Moyenne",
        "nombre",
        mesure="continue",
        description="Arrondie au centième ; vide si elle est tue",
        unite="unité de l’échelle, ou d’axe",
        formule="règle 6 : moyenne des scores présents",
    ),
    Colonne(
        "ecart_type",
        "Écart-type",
        "nombre",
        mesure="continue",
        description=(
            f"Arrondi au centième, jamais nul ; vide s’il est tu, comme pour moins de {EFFECTIF_DES_ECARTS} personnes"
        ),
        unite="unité de l’échelle, ou d’axe",
        formule="règle 6 : écart-type de l’échantillon (n − 1)",
    ),
    Colonne(
        "motif",
        "Motif",
        modalites={str(motif): typographier(texte) for motif, texte in MOTIFS.items()},
        description="Pourquoi une cellule est tue ; vide sinon",
        source="Règle de fréquence et secret secondaire : Insee, Manuel de protection des tableaux",
    ),
)


def tableau_agregats(agregats: Agregats) -> Tableau:
    """Une ligne par groupe et par mesure, les cellules tues laissées vides avec leur motif."""
    moments = {ligne.moment: dire_le_moment(ligne.moment, agregats.referentiel) for ligne in agregats.lignes}
    moment, *autres = COLONNES_AGREGATS
    lignes = tuple(_ligne(agregats.referentiel, agregat) for agregat in agregats.lignes)
    return Tableau(_AGREGATS, "Agrégats", (replace(moment, modalites={**MOMENTS, **moments}), *autres), lignes)


def _ligne(referentiel: Referentiel, agregat: Agregat) -> Ligne:
    return (
        agregat.moment,
        agregat.regard,
        *_nommer(referentiel, agregat),
        agregat.effectif,
        agregat.mesure.nature,
        agregat.mesure.identifiant,
        agregat.mesure.libelle,
        agregat.n,
        agregat.moyenne,
        agregat.ecart_type,
        None if agregat.motif is None else str(agregat.motif),
    )


def _nommer(referentiel: Referentiel, agregat: Agregat) -> Ligne:
    """La question et la réponse de profil, code et libellé ; rien pour la strate entière."""
    question = next((q for q in referentiel.profil if q.identifiant == agregat.question), None)
    if question is None:
        return None, None, None, None
    libelle = question.libelle_du_choix(agregat.modalite) if agregat.modalite else PROFIL_SANS_REPONSE
    return question.identifiant, question.libelle, agregat.modalite or None, libelle


COMPTE_DANS_CHAQUE_GROUPE = typographier(
    "Plusieurs choix possibles : une personne compte dans le groupe de chacun des siens ; les n ne s'additionnent pas."
)


def dire_les_questions_tues(questions: Iterable[QuestionProfil]) -> Iterator[str]:
    """Pourquoi celles de ces questions qui ont plusieurs choix ne sont pas croisées, s’il y en a."""
    tues = [typographier(f"« {question.libelle} »") for question in questions if question.plusieurs]
    if tues:
        yield typographier(
            f"Pas de croisement pour {enumerer(tues)} : plusieurs choix y sont possibles, les groupes se recouvrent, "
            "et une soustraction pourrait désigner quelqu'un."
        )


def phrases_de_diffusion(agregats: Agregats) -> tuple[str, ...]:
    """Ce qu’il faut dire à qui reçoit ces agrégats : la règle, ce qui est tu, la limite."""
    tues = sum(ligne.motif in (MotifDeSilence.GROUPE, MotifDeSilence.MESURE) for ligne in agregats.lignes)
    return tuple(
        typographier(phrase)
        for phrase in (
            f"Aucun groupe de moins de {agregats.minimum} personnes n'est montré. Mesure par mesure, toutes les "
            "questions de profil ensemble, aucune combinaison linéaire des sommes publiées ne dépend de moins de "
            f"{agregats.minimum} personnes ; toutes mesures jointes, aucune ne tient à une seule, même pour qui sait "
            "quelles réponses manquent : d'autres groupes ou moyennes sont tus pour cela, sous le même motif.",
            "Un groupe dont tous les scores d'une échelle sont égaux est tu aussi. Ni minimum, ni maximum, ni médiane.",
            f"Les cases d'une échelle sont tues si moins de {agregats.minimum} personnes n'ont répondu qu'à une partie "
            "de ses items : sa moyenne, moins celles des cases, dirait ce qu'elles ont répondu.",
            "Moyennes et écarts-types sont arrondis au centième ; aucun écart-type de moins de "
            f"{EFFECTIF_DES_ECARTS} personnes n'est montré.",
            f"{accorder(tues, 'case tue', 'cases tues')} sur {grouper(len(agregats.lignes))}.",
            *dire_les_questions_tues(agregats.questions),
            "Ne pas publier deux fois la même cohorte à quelques personnes près : la différence des deux "
            "publications les désignerait.",
        )
    )
