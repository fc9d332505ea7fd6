"""Ce qui suit un résultat : le plan d’une personne, et ses traces par compétence et dans le temps.

Rien de tout cela n’entre dans un score. Le plan est fait des pas qu’elle choisit, en ses mots, et de ce qu’ils
deviennent. Un pas ne s’ôte jamais : il change d’état, et garde la date de chaque changement ; ce qui a été abandonné,
ou fait autrement, se relit l’année suivante.

Les traces, matière d’une VAE ou d’un entretien, viennent de deux endroits : ce que la personne a noté en répondant, et
ce qu’elle écrit au long de l’année. S’y ajoutent ses propres situations, celles que le questionnaire n’a pas : montrées
à part, jamais notées.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count

from cpit.coeur.passation import Passation, est_une_date_impossible, nom_donne
from cpit.coeur.referentiel import Competence, Referentiel
from cpit.coeur.tableaux import libelle_reponse
from cpit.typographie import date_courte, pluriel

PAS_OUVERTS_MAX = 3
"""Pas à faire ou en cours, au plus : davantage ne se tient pas d’un entretien à l’autre. Notre choix."""


class EtatDePas(StrEnum):
    """Où en est un pas ; « autrement » : ce qu’il visait a eu lieu d’une autre façon."""

    A_FAIRE = "a_faire"
    EN_COURS = "en_cours"
    FAIT = "fait"
    ABANDONNE = "abandonne"
    AUTREMENT = "autrement"

    @property
    def mots(self) -> str:
        """L’état tel qu’il se lit : « à faire », « abandonné »."""
        return _MOTS[self]

    @property
    def ouvert(self) -> bool:
        """Vrai tant que le pas est devant soi."""
        return self in (EtatDePas.A_FAIRE, EtatDePas.EN_COURS)


_MOTS = {
    EtatDePas.A_FAIRE: "à faire",
    EtatDePas.EN_COURS: "en cours",
    EtatDePas.FAIT: "fait",
    EtatDePas.ABANDONNE: "abandonné",
    EtatDePas.AUTREMENT: "autrement",
}


@dataclass(frozen=True, slots=True)
class ChangementDePas:
    """Un état, le jour où il a été dit (instant ISO 8601), et ce que l’on a voulu en noter."""

    etat: EtatDePas
    le: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pas:
    """Un pas : la situation qu’il travaille, telle qu’elle était posée, et les mots de la personne.

    ``quoi`` : le pas ; ``avec`` : avec qui ; ``quand`` : une date ou des mots ; ``signe`` : à quoi l’on saura qu’il est
    fait ; ``changements`` : ses états, du premier au dernier, un au moins.
    """

    item: str
    enonce: str
    quoi: str
    changements: tuple[ChangementDePas, ...]
    avec: str = ""
    quand: str = ""
    signe: str = ""

    @property
    def etat(self) -> EtatDePas:
        """Le dernier état dit."""
        return self.changements[-1].etat

    @property
    def ouvert(self) -> bool:
        """Vrai tant que le pas est devant soi."""
        return self.etat.ouvert

    @property
    def suivi(self) -> str:
        """Ses états, datés : « à faire (26/11/2026), fait (12/03/2027 : avec le club) »."""
        return ", ".join(
            f"{c.etat.mots} ({date_courte(c.le)}{f' : {c.note}' if c.note else ''})" for c in self.changements
        )

    def devenu(self, changement: ChangementDePas) -> Pas:
        """Le même pas, un état de plus."""
        return replace(self, changements=(*self.changements, changement))


RUBRIQUES_DE_PAS = (("quoi", "Le pas"), ("avec", "Avec qui"), ("quand", "Pour quand"), ("signe", "Je le saurai à"))
"""Les champs d’un pas que la personne écrit, et leur libellé, dans l’ordre où ils se demandent et se montrent."""


def date_impossible_de_pas(cle: str, texte: str) -> bool:
    """Vrai si ce champ dit pour quand, par une date d’aucun calendrier ; des mots (« avant l’été ») n’en sont pas."""
    return cle == "quand" and est_une_date_impossible(texte)


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """Les pas d’une personne, dans l’ordre où elle les a choisis ; le rang d’un pas (dès 0) ne change jamais."""

    identifiant: str
    pas: tuple[Pas, ...] = ()
    modifie: str = ""
    revision: int = 0

    def __repr__(self) -> str:
        """De qui, et combien de pas ; ce qu’elle a écrit est dans chacun."""
        return f"Plan({self.identifiant[:40]} : {len(self.pas)} pas, dont {len(self.ouverts)} devant soi)"

    @property
    def compte(self) -> str:
        """« Plan : 3 pas, dont 2 devant soi »."""
        return f"Plan : {len(self.pas)} pas, dont {len(self.ouverts)} devant soi"

    @property
    def ouverts(self) -> tuple[tuple[int, Pas], ...]:
        """Les pas à faire ou en cours, avec leur rang."""
        return tuple((rang, pas) for rang, pas in enumerate(self.pas) if pas.ouvert)

    @property
    def complet(self) -> bool:
        """Vrai s’il y a autant de pas devant soi que l’on en tient."""
        return len(self.ouverts) >= PAS_OUVERTS_MAX

    def avec_un_pas(self, pas: Pas) -> Plan:
        """Le plan et un pas de plus."""
        return replace(self, pas=(*self.pas, pas))

    def avec_le_pas(self, rang: int, pas: Pas) -> Plan:
        """Le plan, un de ses pas changé."""
        return replace(self, pas=tuple(pas if ici == rang else autre for ici, autre in enumerate(self.pas)))


@dataclass(frozen=True, slots=True)
class TraceDatee:
    """Une trace écrite un jour de l’année, dans les mots de la personne ; seule la situation est exigée.

    ``item`` : la situation du référentiel qu’elle illustre (ou la sienne, « S1 »), telle qu’elle était posée
    (``enonce``) ; ``le`` : le jour dont elle parle (ISO 8601) ; ``piece`` : un chemin ou une adresse, tels que donnés :
    rien n’en est copié.
    """

    item: str
    enonce: str
    competence: str
    le: str
    situation: str
    mobilise: str = ""
    avec: str = ""
    suite: str = ""
    appris: str = ""
    piece: str = ""

    @property
    def rubriques(self) -> tuple[tuple[str, str], ...]:
        """Libellé et texte de ce qui est écrit, hors la situation."""
        dits = ((libelle, str(getattr(self, cle))) for cle, libelle in RUBRIQUES_DE_TRACE if cle != "situation")
        return tuple((libelle, texte) for libelle, texte in dits if texte)


RUBRIQUES_DE_TRACE = (
    ("situation", "La situation"),
    ("mobilise", "Ce que j’ai mobilisé"),
    ("avec", "Avec qui"),
    ("suite", "Ce qui en est sorti"),
    ("appris", "Ce que j’ai appris"),
    ("piece", "Pièce (fichier ou lien)"),
)
"""Les champs d’une trace que la personne écrit, et leur libellé, dans l’ordre où ils se demandent et se montrent."""


@dataclass(frozen=True, slots=True)
class SituationPropre:
    """Une situation que le questionnaire n’a pas : son code (« S1 »), son énoncé, où la personne la range, et le niveau
    où elle s’y situe, qui n’entre dans aucun score.
    """

    code: str
    enonce: str
    competence: str
    ingenierie: str
    le: str
    niveau: int | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Traces:
    """Ce qu’une personne a écrit au long de l’année : ses traces, et ses propres situations."""

    identifiant: str
    traces: tuple[TraceDatee, ...] = ()
    situations: tuple[SituationPropre, ...] = ()
    modifie: str = ""
    revision: int = 0

    def __repr__(self) -> str:
        """De qui, et combien ; ce qu’elle a écrit est dans chacune."""
        dites = f"{pluriel(len(self.traces), 'trace')}, {pluriel(len(self.situations), 'situation')}"
        return f"Traces({self.identifiant[:40]} : {dites})"

    @property
    def compte(self) -> str:
        """« Traces : 2 traces, 1 situation ajoutée »."""
        ajoutees = pluriel(len(self.situations), "situation ajoutée", "situations ajoutées")
        return f"Traces : {pluriel(len(self.traces), 'trace')}, {ajoutees}"

    def avec_une_trace(self, trace: TraceDatee) -> Traces:
        """Les traces, et une de plus."""
        return replace(self, traces=(*self.traces, trace))

    def avec_une_situation(self, situation: SituationPropre, des_items: Collection[str]) -> Traces:
        """Les situations, et une de plus, sous le premier code libre : « S1 », « S2 »…

        :param des_items: les codes que le référentiel donne à ses items : une trace irait à l’un d’eux.
        """
        pris = {code.casefold() for code in (*des_items, *(une.code for une in self.situations))}
        code = next(code for rang in count(1) if (code := f"S{rang}").casefold() not in pris)
        return replace(self, situations=(*self.situations, replace(situation, code=code)))


# --- le portfolio ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TraceAMontrer:
    """Une trace prête à lire, d’où qu’elle vienne : son jour, la situation qu’elle illustre, d’où elle vient, ses mots.

    ``origine`` : le moment et le niveau répondu, pour une trace notée en répondant ; vide pour celle de l’année.
    """

    le: str
    item: str
    enonce: str
    texte: str
    origine: str = ""
    rubriques: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ChapitreDePortfolio:
    """Une compétence, ses traces dans l’ordre du temps, et les situations que la personne y a ajoutées."""

    competence: Competence
    traces: tuple[TraceAMontrer, ...]
    situations: tuple[SituationPropre, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Portfolio:
    """Les traces d’une personne, par compétence, dans l’ordre du référentiel.

    ``autres`` : celles dont la compétence n’est plus dans ce référentiel ; elles ne se perdent pas.
    """

    identifiant: str
    referentiel: Referentiel
    chapitres: tuple[ChapitreDePortfolio, ...]
    autres: tuple[TraceAMontrer, ...] = ()
    situations_autres: tuple[SituationPropre, ...] = ()

    def __repr__(self) -> str:
        """De qui, et combien de traces."""
        return f"Portfolio({self.identifiant[:40]} : {pluriel(self.nombre, 'trace')})"

    @property
    def nombre(self) -> int:
        """Combien de traces y sont réunies."""
        return sum(len(chapitre.traces) for chapitre in self.chapitres) + len(self.autres)

    @property
    def vide(self) -> bool:
        """Vrai s’il n’y a rien à lire."""
        return not (self.remplis or self.autres or self.situations_autres)

    @property
    def niveaux(self) -> dict[int, str]:
        """Le libellé de chaque niveau où l’on peut se situer."""
        return {valeur: niveau.libelle for valeur, niveau in self.referentiel.echelle.par_valeur.items()}

    @property
    def remplis(self) -> tuple[ChapitreDePortfolio, ...]:
        """Les compétences où il y a quelque chose à lire."""
        return tuple(c for c in self.chapitres if c.traces or c.situations)


PORTEE_DU_PORTFOLIO = (
    "Ces traces sont dans les mots de la personne, sans autre preuve que ce qu'elles citent : une matière à reprendre "
    "pour un entretien ou un dossier de validation des acquis, jamais une évaluation."
)
"""Ce que vaut un portfolio."""
PORTFOLIO_VIDE = "Aucune trace n'a encore été notée : en répondant (t), ou au long de l'année, avec cpit trace."


def dire_une_situation(portfolio: Portfolio, situation: SituationPropre) -> str:
    """Où la personne range sa situation, et à quel niveau elle s’y voit, hors de tout score."""
    ingenieries = {une.identifiant: une.libelle for une in portfolio.referentiel.ingenieries}
    ou = ingenieries.get(situation.ingenierie, situation.ingenierie)
    if situation.niveau is None:
        return f"{ou} ; situation ajoutée, jamais notée"
    niveau = portfolio.niveaux.get(situation.niveau, "")
    return f"{ou} ; niveau dit : {situation.niveau} {niveau}".rstrip() + " ; situation ajoutée, jamais notée"


def composer_portfolio(
    identifiant: str, referentiel: Referentiel, repondues: Sequence[tuple[Referentiel, Passation]], traces: Traces
) -> Portfolio:
    """Range les traces des passations et celles de l’année par compétence ; aucune n’est laissée de côté.

    :param repondues: les passations de la personne, sous son propre regard, chacune avec le référentiel auquel elle a
        répondu : les énoncés et les niveaux sont ceux qu’elle a lus.
    """
    reunies = [*_des_passations(repondues), *_de_l_annee(traces)]
    reunies.sort(key=lambda couple: couple[1].le[:10])
    connues = {competence.identifiant for competence in referentiel.competences}
    chapitres = tuple(
        ChapitreDePortfolio(
            competence,
            tuple(trace for ou, trace in reunies if ou == competence.identifiant),
            tuple(s for s in traces.situations if s.competence == competence.identifiant),
        )
        for competence in referentiel.competences
    )
    return Portfolio(
        identifiant,
        referentiel,
        chapitres,
        autres=tuple(trace for ou, trace in reunies if ou not in connues),
        situations_autres=tuple(s for s in traces.situations if s.competence not in connues),
    )


def _des_passations(repondues: Sequence[tuple[Referentiel, Passation]]) -> Iterator[tuple[str, TraceAMontrer]]:
    moments = ((referentiel, une) for referentiel, entiere in repondues for une in entiere.separees())
    for referentiel, passation in moments:
        quand = passation.jour_des_reponses
        for pose in passation.items:
            reponse = passation.reponse(pose.code)
            if reponse.trace.strip():
                moment = nom_donne(passation.moment, referentiel) or passation.moment.upper()
                mots = (moment, libelle_reponse(referentiel, reponse) or "sans réponse")
                trace = TraceAMontrer(quand, pose.code, pose.enonce, reponse.trace, ", ".join(mots))
                yield pose.competence, trace


def _de_l_annee(traces: Traces) -> Iterator[tuple[str, TraceAMontrer]]:
    for une in traces.traces:
        yield une.competence, TraceAMontrer(une.le, une.item, une.enonce, une.situation, "", une.rubriques)
