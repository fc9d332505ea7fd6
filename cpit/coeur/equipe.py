"""Lire une équipe : qui tient quoi ensemble, ce qui tient à une personne, qui pourrait passer quoi, où l’on se tient.

Notre lecture, une hypothèse : la source parle d’alliances partout, d’une fonction portée à plusieurs dans un seul
témoignage. Une équipe est ce qu’ont répondu de même, à une question de profil ou dans une colonne de la table, des
personnes d’un même moment sous un même regard.

- Une situation est **tenue** par une personne dont la valeur retenue est à mi-échelle au moins : part (règle 2) d’un
  demi ou plus. De 0 à 4, c’est « en autonomie, dans un cas connu » ; un item inversé l’est déjà.
- Elle est tenue par **plusieurs**, tient à **une** personne, ou **aucune** de celles qui ont répondu ne la tient. Sans
  aucune réponse (sans objet, ou rien), on ne sait pas : ce n’est jamais « aucune ». Le nombre de répondants est
  toujours donné : une absence de réponse peut cacher quelqu’un qui la tient.
- Peut la **passer** qui répond le plus haut niveau ; à qui est plus bas.
- Une personne de plusieurs passations (plusieurs tiers) compte une fois, sur la plus basse de ses réponses : elle tient
  ce que toutes disent qu’elle tient.

**Petits groupes.** Cette lecture se fait dans l’équipe et pour elle : elle suit la règle du groupe lui-même
(``cpit.coeur.groupe.REGLE``), trois personnes, partout les mêmes nombres. Sous trois personnes, l’équipe est nommée
sans valeurs ; une situation répondue par une ou deux est tue, et sa case le compte. La lecture **nominative**,
demandée, ne tait rien d’une équipe et porte les codes. Aucun agrégat à diffuser, aucun export n’en contient rien.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from cpit.coeur.cohorte import Cohorte, Notee
from cpit.coeur.groupe import (
    REGLE,
    Portrait,
    RegleDesPetitsGroupes,
    compter_personnes,
    enveloppe_convexe,
    personnes_de,
    portrait_montrable,
)
from cpit.coeur.incertitude import Tension, mesurer_les_tensions
from cpit.coeur.moteur import EGALITE, part
from cpit.coeur.notation import valeur_retenue
from cpit.coeur.passation import replier_code
from cpit.coeur.referentiel import Echelle, Item, Niveau, Position, QuestionProfil, Referentiel, choisis

_MI_ECHELLE = 0.5
"""Part de l’échelle dès laquelle une situation est tenue : notre hypothèse."""
EtatDeSituation = Literal["plusieurs", "une", "aucune", "sans-reponse", "tue"]
ETATS_DE_SITUATION: tuple[EtatDeSituation, ...] = ("plusieurs", "une", "aucune", "sans-reponse", "tue")


@dataclass(frozen=True, slots=True)
class CritereDEquipe:
    """Ce qui fait l’équipe : une question de profil, ou l’en-tête d’une colonne de la table."""

    identifiant: str
    question: QuestionProfil | None = None

    @property
    def libelle(self) -> str:
        """Ce qu’on en montre."""
        return self.identifiant if self.question is None else self.question.libelle

    @property
    def colonne(self) -> str | None:
        """L’en-tête à chercher dans la table ; rien pour une question de profil."""
        return self.identifiant if self.question is None else None

    def equipes_de(self, notee: Notee) -> tuple[str, ...]:
        """L’équipe d’une passation ; plusieurs si la question admet plus d’un choix, aucune sans réponse."""
        if self.question is not None:
            return choisis(notee.passation.profil.get(self.identifiant, ""))
        return tuple(filter(None, [notee.releve.equipe]))

    def nommer(self, equipe: str) -> str:
        """Le libellé d’une équipe."""
        return equipe if self.question is None else self.question.libelle_du_choix(equipe)

    def ranger(self, equipes: Iterable[str]) -> list[str]:
        """Dans l’ordre de la question, ou l’ordre alphabétique."""
        codes = [] if self.question is None else [choix.code for choix in self.question.choix]
        return sorted(equipes, key=lambda e: (codes.index(e) if e in codes else len(codes), e.casefold(), e))


@dataclass(frozen=True, slots=True)
class SituationDEquipe:
    """Ce qu’une équipe répond d’un item.

    ``repondants`` : personnes qui y ont répondu un niveau ; ``tenants`` : celles qui le tiennent ; ``passeurs`` :
    celles du plus haut niveau ; les autres répondants sont plus bas. Tout est absent si c’est tu. ``qui_tient``,
    ``qui_passe``, ``a_qui`` : leurs codes, si on les a demandés.
    """

    item: Item
    repondants: int | None = None
    tenants: int | None = None
    passeurs: int | None = None
    qui_tient: tuple[str, ...] = ()
    qui_passe: tuple[str, ...] = ()
    a_qui: tuple[str, ...] = ()

    @property
    def etat(self) -> EtatDeSituation:
        """Par combien elle est tenue, ou pourquoi on ne le dit pas."""
        if self.repondants is None or self.tenants is None:
            return "tue"
        if not self.repondants:
            return "sans-reponse"
        return "aucune" if not self.tenants else "une" if self.tenants == 1 else "plusieurs"

    @property
    def plus_bas(self) -> int | None:
        """Répondants sous le plus haut niveau."""
        return None if self.repondants is None or self.passeurs is None else self.repondants - self.passeurs

    @property
    def se_passe(self) -> bool:
        """Vrai si quelqu’un peut la passer et quelqu’un la recevoir."""
        return bool(self.passeurs and self.plus_bas)


@dataclass(frozen=True, slots=True)
class CaseDEquipe:
    """Les situations d’une compétence et d’une ingénierie, comptées par état ; il peut n’y en avoir aucune."""

    competence: str
    ingenierie: str
    situations: tuple[SituationDEquipe, ...]

    def compter(self, etat: EtatDeSituation) -> int:
        """Combien de situations y sont dans cet état."""
        return sum(situation.etat == etat for situation in self.situations)

    @property
    def tenues(self) -> int:
        """Combien sont tenues par quelqu’un."""
        return self.compter("plusieurs") + self.compter("une")

    @property
    def repondants(self) -> tuple[int, int] | None:
        """Le moins et le plus de répondants d’une de ses situations montrées ; rien s’il n’y en a pas."""
        comptes = [s.repondants for s in self.situations if s.repondants is not None]
        return (min(comptes), max(comptes)) if comptes else None


@dataclass(frozen=True, slots=True)
class PlaceDEquipe:
    """Où les personnes d’une équipe se tiennent sur la carte.

    ``points`` : leurs positions, de gauche à droite, une par passation ; ``personnes`` : de combien de personnes, moins
    s’il y a plusieurs tiers de l’une ; ``codes`` : ceux des personnes, dans le même ordre, si on les a
    demandés. ``enveloppe`` : le plus petit polygone convexe qui les tient, dans le sens direct. ``centre`` : leur
    moyenne. Le tout est absent si c’est tu.
    """

    points: tuple[Position, ...] = ()
    centre: Position | None = None
    enveloppe: tuple[Position, ...] = ()
    codes: tuple[str, ...] = ()
    personnes: int = 0
    tue: bool = False

    def selon(self, regle: RegleDesPetitsGroupes) -> PlaceDEquipe:
        """La même, telle qu’elle se montre à un public : sans points ni enveloppe s’ils y diraient chacun."""
        if self.codes or self.personnes >= regle.seuil_des_ecarts:
            return self
        return replace(self, points=(), enveloppe=())


@dataclass(frozen=True, slots=True)
class EquipeLue:
    """Ce que l’on lit d’une équipe, à un moment sous un regard ; ce qui est tu l’est déjà.

    ``effectif`` : ses personnes, absent si elles sont trop peu : tout le reste est alors vide. ``strate`` : ses seules
    passations, pour la dessiner.
    """

    critere: CritereDEquipe
    cle: str
    moment: str
    regard: str
    effectif: int | None
    nominatif: bool
    strate: Cohorte
    cases: Mapping[str, Mapping[str, CaseDEquipe]]
    place: PlaceDEquipe
    tensions: tuple[Tension, ...] = ()

    @property
    def libelle(self) -> str:
        """Le nom de l’équipe."""
        return self.critere.nommer(self.cle)

    @property
    def tue(self) -> bool:
        """Vrai si ses personnes sont trop peu pour en montrer quoi que ce soit."""
        return self.effectif is None

    def situations(self) -> Iterator[SituationDEquipe]:
        """Toutes ses situations, case par case."""
        for ligne in self.cases.values():
            for case in ligne.values():
                yield from case.situations

    def compter(self, etat: EtatDeSituation) -> int:
        """Combien de situations y sont dans cet état."""
        return sum(situation.etat == etat for situation in self.situations())


@dataclass(frozen=True, slots=True)
class LectureDEquipes:
    """Toutes les équipes d’un groupe ; ``sans_equipe`` : par moment et regard, les personnes sans réponse au critère.

    ``sans_equipe`` n’a pas de nombre là où elles sont trop peu.
    """

    referentiel: Referentiel
    critere: CritereDEquipe
    equipes: tuple[EquipeLue, ...]
    sans_equipe: Mapping[tuple[str, str], int | None]

    def de(self, moment: str, regard: str) -> tuple[EquipeLue, ...]:
        """Celles d’une strate."""
        return tuple(e for e in self.equipes if (e.moment, e.regard) == (moment, regard))


def critere_d_equipe(referentiel: Referentiel, nom: str) -> CritereDEquipe:
    """La question de profil de ce nom ou de ce libellé ; sinon, la colonne de la table qui porte cet en-tête."""
    voulu = nom.strip()
    for question in referentiel.profil:
        if voulu.casefold() in {question.identifiant.casefold(), question.libelle.casefold()}:
            return CritereDEquipe(question.identifiant, question)
    return CritereDEquipe(voulu)


def niveau_tenu(echelle: Echelle) -> Niveau | None:
    """Le plus bas niveau déclaré dès lequel une situation est tenue."""
    niveaux = sorted(echelle.niveaux, key=lambda niveau: niveau.valeur)
    return next((niveau for niveau in niveaux if _tient(echelle, niveau.valeur)), None)


def lire_les_equipes(cohorte: Cohorte, critere: CritereDEquipe, *, nominatif: bool = False) -> LectureDEquipes:
    """Lit chaque équipe, moment par moment et regard par regard.

    :param nominatif: vrai pour porter les codes et ne rien taire : à qui tient déjà les réponses.
    """
    equipes: list[EquipeLue] = []
    ecrits = _ecritures(cohorte, critere)
    sans: dict[tuple[str, str], int | None] = {}
    for strate, siennes in cohorte.strates().items():
        paquets: dict[str, list[Notee]] = {}
        seules: list[Notee] = []
        for notee in siennes.notees:
            noms = critere.equipes_de(notee)
            for nom in noms:
                paquets.setdefault(ecrits[replier_code(nom)], []).append(notee)
            seules += [] if noms else [notee]
        for cle in critere.ranger(paquets):
            equipe = Cohorte(cohorte.referentiel, tuple(paquets[cle]))
            equipes.append(_lire(equipe, critere, cle, strate, nominatif=nominatif))
        combien = compter_personnes(Cohorte(cohorte.referentiel, tuple(seules)))
        sans[strate] = combien if nominatif or REGLE.montre(combien) else None
    return LectureDEquipes(cohorte.referentiel, critere, tuple(equipes), sans)


def _ecritures(cohorte: Cohorte, critere: CritereDEquipe) -> dict[str, str]:
    """« Nord » et « NORD » sont une équipe, sous l’écriture la plus fréquente ; à égalité, la première lue."""
    combien = Counter(nom for notee in cohorte.notees for nom in critere.equipes_de(notee))
    ecrits: dict[str, str] = {}
    for nom, _ in combien.most_common():
        ecrits.setdefault(replier_code(nom), nom)
    return ecrits


def _lire(equipe: Cohorte, critere: CritereDEquipe, cle: str, strate: tuple[str, str], *, nominatif: bool) -> EquipeLue:
    effectif = compter_personnes(equipe)
    if not nominatif and not REGLE.montre(effectif):
        vide = Cohorte(equipe.referentiel)
        return EquipeLue(critere, cle, *strate, None, nominatif, vide, {}, PlaceDEquipe(tue=True))
    personnes = _par_personne(equipe)
    cases = {
        c.identifiant: {
            i.identifiant: _case(equipe.referentiel, personnes, (c.identifiant, i.identifiant), nominatif=nominatif)
            for i in equipe.referentiel.ingenieries
        }
        for c in equipe.referentiel.competences
    }
    place = _placer_l_equipe(equipe, portrait_montrable(equipe, cases=False), nominatif=nominatif)
    return EquipeLue(
        critere, cle, *strate, effectif, nominatif, equipe, cases, place, _tensions(equipe, personnes, nominatif)
    )


def _par_personne(equipe: Cohorte) -> list[list[Notee]]:
    paquets: dict[str | int, list[Notee]] = {}
    for personne, notee in personnes_de(equipe.notees):
        paquets.setdefault(personne, []).append(notee)
    return list(paquets.values())


# --- Qui tient quoi.


def _case(
    referentiel: Referentiel, personnes: Sequence[Sequence[Notee]], case: tuple[str, str], *, nominatif: bool
) -> CaseDEquipe:
    items = (item for item in referentiel.items if (item.competence, item.ingenierie) == case)
    return CaseDEquipe(*case, tuple(_situation(referentiel.echelle, personnes, i, nominatif=nominatif) for i in items))


def _situation(
    echelle: Echelle, personnes: Sequence[Sequence[Notee]], item: Item, *, nominatif: bool
) -> SituationDEquipe:
    tous = [(siennes[0].releve.identifiant, _niveau(echelle, siennes, item)) for siennes in personnes]
    niveaux = [(qui, niveau) for qui, niveau in tous if niveau is not None]
    if not nominatif and not REGLE.montre(len(niveaux)):
        return SituationDEquipe(item)
    tiennent = sorted(qui for qui, niveau in niveaux if _tient(echelle, niveau))
    passent = sorted(qui for qui, niveau in niveaux if niveau == echelle.max)
    comptes = (len(niveaux), len(tiennent), len(passent))
    if not nominatif:
        return SituationDEquipe(item, *comptes)
    plus_bas = sorted(qui for qui, niveau in niveaux if niveau < echelle.max)
    return SituationDEquipe(item, *comptes, tuple(tiennent), tuple(passent), tuple(plus_bas))


def _niveau(echelle: Echelle, siennes: Sequence[Notee], item: Item) -> int | None:
    """La valeur retenue d’une personne, la plus basse de ses passations ; rien si aucune n’a répondu un niveau."""
    valeurs = (notee.passation.reponse(item.code).valeur for notee in siennes)
    return min(
        (valeur_retenue(item, valeur, echelle.min, echelle.max) for valeur in valeurs if valeur is not None),
        default=None,
    )


def _tient(echelle: Echelle, valeur: float) -> bool:
    return bool(part(valeur, echelle.min, echelle.max) >= _MI_ECHELLE - EGALITE)


# --- Où l’on se tient.


def _placer_l_equipe(equipe: Cohorte, portrait: Portrait, *, nominatif: bool) -> PlaceDEquipe:
    if portrait.positions is None:
        return PlaceDEquipe(tue=True)
    placees = [notee for notee in equipe.notees if notee.resultat.situation.position is not None]
    reperes = sorted(
        (place.x, place.y, notee.releve.identifiant if nominatif else "")
        for notee in placees
        if (place := notee.resultat.situation.position) is not None
    )
    points = tuple(Position(x, y) for x, y, _ in reperes)
    codes = tuple(code for *_, code in reperes) if nominatif else ()
    personnes = compter_personnes(Cohorte(equipe.referentiel, tuple(placees)))
    return PlaceDEquipe(points, portrait.position, enveloppe_convexe(points), codes, personnes)


# --- Entre les échelles d’action.


def _tensions(equipe: Cohorte, personnes: Sequence[Sequence[Notee]], nominatif: bool) -> tuple[Tension, ...]:
    repondent = [[(n.passation.valeurs(), n.resultat) for n in siennes] for siennes in personnes]
    mesurees = mesurer_les_tensions(equipe.referentiel, repondent)
    return tuple(
        t if nominatif or REGLE.montre(t.personnes) else Tension(t.regroupement, t.effectif, 0, motif="petit-groupe")
        for t in mesurees
    )
