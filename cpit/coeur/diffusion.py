"""Des agrégats que l’on peut partager : effectif minimal, et rien qui se retrouve par soustraction.

Ce qui est tenu, pour chaque strate (un moment sous un regard) et un effectif minimal ``m`` (11 par défaut) :

1. un groupe de moins de ``m`` personnes est tu, comme une mesure portée par moins de ``m`` scores ; un groupe dont
   tous les scores d’une échelle sont égaux l’est aussi, sa moyenne dirait la réponse de chacun ;
2. pour chaque question de profil, « sans réponse » comprise, le total moins les groupes montrés laisse au moins deux
   groupes et ``m`` personnes, ou rien ; de même pour les scores de chaque échelle ;
3. entre deux questions, deux réunions de groupes dont l’une contient l’autre diffèrent de ``m`` personnes ou d’aucune ;
4. le n d’une échelle n’est montré que si les personnes sans score sont ``m`` ou aucune, partout ; la moyenne reste ;
5. ni minimum, ni maximum, ni médiane : ce sont des personnes ; moyennes et écarts-types ont deux décimales, car en
   pleine précision une moyenne trahit son dénominateur, donc le n tu ; un écart-type montré n’est jamais nul ;
6. le même motif pour un groupe petit et pour celui qui le protège : deux motifs permettraient de les distinguer ;
7. les strates ne s’additionnent ni ne se soustraient (deux moments, deux regards ne mesurent pas la même chose), et le
   nombre total de passations est tu dès qu’une strate l’est ;
8. les cases compétence × ingénierie ne sont données que pour la strate entière, et toutes tues si l’une est unanime :
   le score d’une compétence la rendrait, connaissant les deux autres cases.

Limite : au-delà, qui connaît déjà le profil et les réponses de toutes les autres personnes apprend toujours quelque
chose d’un agrégat. Le choix des groupes et la règle sont dans ``cpit.coeur.suppression``, avec leur source.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from cpit.coeur.cohorte import Cohorte, Notee
from cpit.coeur.groupe import CASE, EFFECTIF_MINIMAL, Mesure, RegleDesPetitsGroupes, decrire, mesures, personnes_de
from cpit.coeur.modele import QuestionProfil, Referentiel
from cpit.coeur.suppression import Ensemble, Groupe, Probleme, Releves, bits

DECIMALES = 2
TOUS: Groupe = ("", "")
"""La strate entière."""


class Motif(StrEnum):
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
    mesure: Mesure
    effectif: int | None = None
    n: int | None = None
    moyenne: float | None = None
    ecart_type: float | None = None
    motif: Motif | None = None
    moyenne_exacte: float | None = None


@dataclass(frozen=True, slots=True)
class GroupeDeProfil:
    """Ce qui se montre d’une réponse de profil : ``effectif`` absent si tout le groupe est tu, chaque moyenne si elle
    l’est.

    ``modalite`` vide : « sans réponse » ; ``moyennes`` : par identifiant d’échelle.
    """

    modalite: str
    effectif: int | None
    moyennes: Mapping[str, float | None]


@dataclass(frozen=True)
class Agregats:
    """Ce qui peut sortir d’une cohorte : strate par strate, la strate entière puis chaque groupe de profil."""

    referentiel: Referentiel
    minimum: int
    lignes: tuple[Agregat, ...]
    passations: int | None

    @cached_property
    def par_groupe(self) -> Mapping[tuple[str, str, str, str], Mapping[str, Agregat]]:
        """(moment, regard, question, modalité) → identifiant de mesure → agrégat."""
        groupes: dict[tuple[str, str, str, str], dict[str, Agregat]] = {}
        for ligne in self.lignes:
            cle = (ligne.moment, ligne.regard, ligne.question, ligne.modalite)
            groupes.setdefault(cle, {})[ligne.mesure.identifiant] = ligne
        return groupes

    def groupes_de_profil(self, strate: tuple[str, str], question: QuestionProfil) -> Iterator[GroupeDeProfil]:
        """Les réponses à une question, dans l’ordre du référentiel, « sans réponse » en dernier.

        L’écran, le classeur et la page d’un groupe n’ont pas d’autre source.
        """
        for (*cle, identifiant, modalite), mesures_ in self.par_groupe.items():
            if tuple(cle) == strate and identifiant == question.identifiant:
                effectif = next(iter(mesures_.values())).effectif
                moyennes = {code: ligne.moyenne_exacte for code, ligne in mesures_.items()}
                yield GroupeDeProfil(modalite, effectif, moyennes)


def diffuser(
    cohorte: Cohorte, *, minimum: int = EFFECTIF_MINIMAL, questions: Sequence[str] | None = None, cases: bool = True
) -> Agregats:
    """Les agrégats d’une cohorte que l’on peut partager.

    Une personne qui a plusieurs passations dans une strate ne compte qu’une fois pour l’effectif minimal. Un choix de
    profil inconnu du référentiel compte comme « sans réponse ».

    :param minimum: personnes, au moins ``PLANCHER`` : ``effectif_minimal`` d’une règle des petits groupes pour ce qui
        sort du groupe, son ``affichage`` pour ce qui se montre au groupe lui-même.
    :param questions: les questions de profil à croiser ; toutes si elles ne sont pas données.
    :param cases: faux pour s’en passer : aucun groupe de profil n’en dépend.
    :raises ValueError: si ``minimum`` est sous le plancher ; l’appelant le vérifie, pour dire comment corriger.
    """
    minimum = RegleDesPetitsGroupes(effectif_minimal=minimum).effectif_minimal
    referentiel = cohorte.referentiel
    retenues = [q.identifiant for q in referentiel.profil if questions is None or q.identifiant in questions]
    lignes: list[Agregat] = []
    for (moment, regard), strate in cohorte.strates().items():
        lignes += _Strate(strate, (moment, regard), retenues, minimum, cases=cases).agregats()
    tue = any(ligne.effectif is None and not ligne.question for ligne in lignes)
    return Agregats(referentiel, minimum, tuple(lignes), None if tue else len(cohorte.notees))


class _Strate:
    """Une strate, rangée en atomes : ce qui s’y calcule, et ce qu’il faut y taire."""

    def __init__(
        self, strate: Cohorte, cle: tuple[str, str], questions: Sequence[str], minimum: int, *, cases: bool
    ) -> None:
        self._cle, self._minimum = cle, minimum
        self._mesures = tuple(m for m in mesures(strate.referentiel) if cases or m.nature != CASE)
        self._valeurs: dict[str, dict[int, list[float]]] = {m.identifiant: {} for m in self._mesures}
        rangs: dict[tuple[str, ...], int] = {}
        choix = {q.identifiant: {c.code for c in q.choix} for q in strate.referentiel.profil}
        places = [
            rangs.setdefault(tuple(_modalite(n, q, choix[q]) for q in questions), len(rangs)) for n in strate.notees
        ]
        self._tous: Ensemble = (1 << len(rangs)) - 1
        self._effectifs = Releves.vides(len(rangs))
        self._scores = {m.identifiant: Releves.vides(len(rangs)) for m in self._mesures}
        self._absents = {m.identifiant: Releves.vides(len(rangs)) for m in self._mesures}
        self._ranger(strate.notees, places)
        self._partitions = {
            q.identifiant: _partager(rangs, questions.index(q.identifiant), [c.code for c in q.choix])
            for q in strate.referentiel.profil
            if q.identifiant in questions
        }

    def agregats(self) -> Iterator[Agregat]:
        """Une ligne par groupe et par mesure."""
        entiere = self._groupe_montrable(self._tous)
        tus = self._probleme(self._groupe_montrable, self._effectifs).taire() if entiere else self._tout()
        groupes = [(TOUS, self._tous), *((g, e) for g, e in self._groupes() if e or g in tus)]
        par_mesure = {m.identifiant: self._tus_pour(m, tus) for m in self._mesures} if entiere else {}
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
                    yield replace(ligne, motif=Motif.GROUPE)
                elif groupe in par_mesure[mesure.identifiant]:
                    yield replace(ligne, motif=Motif.MESURE)
                else:
                    yield self._decrire(ligne, ensemble, sans_compte=mesure.identifiant in sans_compte)

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

    def _groupes(self) -> Iterator[tuple[Groupe, Ensemble]]:
        for question, partition in self._partitions.items():
            for modalite, ensemble in partition.items():
                yield (question, modalite), ensemble

    def _tout(self) -> frozenset[Groupe]:
        return frozenset(groupe for groupe, _ in self._groupes())

    def _probleme(self, montrable: Callable[[Ensemble], bool], releves: Releves) -> Probleme:
        return Probleme(self._partitions, montrable, lambda ensemble: releves.compter(ensemble)[0], releves.presents)

    def _assez(self, releves: Releves, ensemble: Ensemble) -> bool:
        """Vrai pour aucune ligne, ou pour assez de personnes."""
        lignes, personnes = releves.compter(ensemble)
        return not lignes or personnes >= self._minimum

    def _groupe_montrable(self, ensemble: Ensemble) -> bool:
        """Assez de personnes, et aucune échelle où elles soient unanimes (une autre échelle la ferait retrouver)."""
        if not self._assez(self._effectifs, ensemble):
            return False
        return not any(
            self._scores[m.identifiant].compter(ensemble)[1] >= self._minimum
            and self._scores[m.identifiant].pareils(ensemble)
            for m in self._mesures
            if m.nature != CASE
        )

    def _mesure_montrable(self, mesure: Mesure, ensemble: Ensemble) -> bool:
        releves = self._scores[mesure.identifiant]
        return self._assez(releves, ensemble) and not releves.pareils(ensemble)

    def _tus_pour(self, mesure: Mesure, tus: frozenset[Groupe]) -> frozenset[Groupe]:
        """Les groupes où une mesure est tue, ceux qui le sont déjà compris."""
        releves = self._scores[mesure.identifiant]
        if not releves.compter(self._tous)[0] or not self._mesure_montrable(mesure, self._tous):
            return self._tout() | {TOUS}
        if mesure.nature == CASE:
            return self._tout() | ({TOUS} if self._une_case_unanime else frozenset())
        vides = {groupe for groupe, ensemble in self._groupes() if ensemble and not releves.compter(ensemble)[0]}
        return self._probleme(lambda ensemble: self._mesure_montrable(mesure, ensemble), releves).taire(tus | vides)

    @cached_property
    def _une_case_unanime(self) -> bool:
        return any(
            self._scores[m.identifiant].compter(self._tous)[1] >= self._minimum
            and self._scores[m.identifiant].pareils(self._tous)
            for m in self._mesures
            if m.nature == CASE
        )

    def _compte_montrable(self, mesure: Mesure, tus: Mapping[str, frozenset[Groupe]]) -> bool:
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
        return mesure.nature == CASE or replace(probleme, presents=absents.presents).sans_faute(caches)

    def _decrire(self, ligne: Agregat, ensemble: Ensemble, *, sans_compte: bool) -> Agregat:
        par_atome = self._valeurs[ligne.mesure.identifiant]
        valeurs = [valeur for rang in bits(ensemble) for valeur in par_atome.get(rang, ())]
        decrite = decrire(valeurs)
        return replace(
            ligne,
            n=None if sans_compte else decrite.n,
            moyenne=round(decrite.moyenne or 0.0, DECIMALES) + 0.0,
            ecart_type=max(round(decrite.ecart_type or 0.0, DECIMALES), 10**-DECIMALES),
            motif=Motif.COMPTE if sans_compte else None,
            moyenne_exacte=decrite.moyenne,
        )


def _modalite(notee: Notee, question: str, choix: Collection[str]) -> str:
    """Le choix de profil d’une passation ; un choix que le référentiel n’a pas pourrait être un nom : il est tu."""
    code = notee.passation.profil.get(question, "")
    return code if code in choix else ""


def _partager(rangs: Mapping[tuple[str, ...], int], place: int, choix: Sequence[str]) -> dict[str, Ensemble]:
    """Modalité → atomes, dans l’ordre du référentiel, « sans réponse » en dernier."""
    partition = dict.fromkeys((*choix, ""), 0)
    for profil, rang in rangs.items():
        partition[profil[place]] |= 1 << rang
    return partition
