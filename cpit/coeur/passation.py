"""Une passation : qui, quand, quel regard, quel référentiel, quelles réponses, quelle place ; et les moments.

D’une version d’un référentiel à une autre : quelles questions sont restées les mêmes, et ce qui se lit ensemble.
Une coquille corrigée ne coupe pas une cohorte en deux. Une réponse ne passe d’une version à l’autre que si la question
n’a pas changé : d’après son contenu, ou parce que le référentiel le déclare (``compatible_avec``). Les autres n’y sont
jamais notées : elles manquent, « question changée ».
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Literal
from unicodedata import normalize

from cpit.coeur.referentiel import Compatibilite, Echelle, Item, Referentiel, choisis
from cpit.typographie import montrer_d_ailleurs, typographier

# --- la place d’une situation dans un poste : à quelle fréquence elle se présente, combien elle y importe -------------
#
# Deux questions facultatives, les mêmes pour tout référentiel. Leurs niveaux sont décidés ici, une fois, pour le
# terminal, les formulaires, les tables et les exports. Rien n’en entre dans un score, un seuil ni un effectif.


CleDePlace = Literal["frequence", "importance"]


@dataclass(frozen=True, slots=True)
class DimensionDePlace:
    """L’une des deux questions : sa clé, son nom, ce que l’on demande (à la personne, à un tiers), ses niveaux.

    ``niveaux`` : du plus bas au plus haut, valeur → mots.
    """

    cle: CleDePlace
    libelle: str
    question: str
    question_pour_un_tiers: str
    niveaux: Mapping[int, str]

    def mots(self, niveau: int | None) -> str:
        """Les mots d’un niveau ; vide s’il n’est pas dit."""
        return "" if niveau is None else self.niveaux[niveau]

    def cle_de(self, code: str) -> str:
        """La colonne de cette question pour un item : « frequence_C1P »."""
        return f"{self.cle}_{code}"

    def libelle_de(self, code: str) -> str:
        """Le titre de cette question pour un item : « Fréquence de C1P »."""
        return f"{self.libelle} de {code}"


FREQUENCE = DimensionDePlace(
    "frequence",
    "Fréquence",
    "Dans votre poste, à quelle fréquence cette situation se présente-t-elle ?",
    "Dans son poste, à quelle fréquence cette situation se présente-t-elle ?",
    MappingProxyType({0: "jamais", 1: "quelques fois par an", 2: "chaque mois", 3: "chaque semaine"}),
)
IMPORTANCE = DimensionDePlace(
    "importance",
    "Importance",
    "Dans votre poste, quelle importance a-t-elle ?",
    "Dans son poste, quelle importance a-t-elle ?",
    MappingProxyType({0: "sans importance", 1: "peu importante", 2: "importante", 3: "essentielle"}),
)
DIMENSIONS_DE_PLACE = (FREQUENCE, IMPORTANCE)
"""Dans l’ordre où elles se demandent."""


# --- une passation : qui, quand, quel regard, quel référentiel, quelles réponses --------------------------------------


MOMENTS = {
    "t0": "avant ou au début (T0)",
    "t0-retrospectif": "au début, vu d’aujourd’hui (T0 rétrospectif)",
    "t1": "après (T1)",
}
REGARDS = {"soi": "soi-même", "tiers": "un tiers qui connaît le travail de la personne"}
ROLES_EVALUATEUR = {
    "n+1": "responsable hiérarchique (N+1)",
    "pair": "pair, même fonction ailleurs",
    "elu": "membre élu de l’instance qui décide",
    "partenaire": "partenaire extérieur",
    "collegue": "collègue",
    "autre": "autre",
}
"""Ce qu’un tiers peut être pour la personne ; un autre mot se garde tel quel."""
CONNAISSANCES = {
    "peu": "peu : de loin, ou par ce qu’on en dit",
    "partie": "en partie : quelques-unes de ces situations ont été vues",
    "bien": "bien : la plupart de ces situations ont été vues",
    "pres": "de près : presque toutes, dans un travail commun",
}
"""À quel point un tiers dit connaître le travail de la personne, du moins au plus ; un autre mot se garde tel quel."""
CODE_MAX = 80
"""Signes d’un code de personne, où qu’on l’écrive."""
TRACE_MAX = 10_000
"""Signes d’une trace, où qu’on l’écrive ; au-delà on le dit, rien n’est coupé. Une cellule d’Excel en tient 32 767."""
RETROSPECTIF = "-retrospectif"
"""Ce qui termine le code d’un moment passé que l’on juge d’aujourd’hui."""
MOTIF_MOMENT = re.compile(rf"t[0-9]{{1,2}}({RETROSPECTIF})?")
MOTIF_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
"""La date d’un moment : un jour, un mois ou une année."""


def est_retrospectif(moment: str) -> bool:
    """Vrai pour un moment passé tel qu’on le juge aujourd’hui : t0-retrospectif, t1-retrospectif…"""
    return moment.endswith(RETROSPECTIF)


def est_un_moment(texte: str) -> bool:
    """Vrai pour t0, t0-retrospectif, t1, t2…"""
    return MOTIF_MOMENT.fullmatch(texte) is not None


def replier_code(code: str) -> str:
    """Le code d’une personne, tel qu’on le compare d’une passation à l’autre : NFKC, casse repliée, blancs réduits.

    « R01 », « r01 » et « R01 » suivi d’un blanc sont la même personne à T0 et à T1 ; « é » composé ou non aussi.
    """
    return " ".join(normalize("NFKC", code).casefold().split())


class Etat(StrEnum):
    """Les états d’un item : hors « répondu », ils sortent du calcul et ne valent jamais zéro."""

    REPONDU = "repondu"
    SANS_OBJET = "sans_objet"
    SANS_REPONSE = "sans_reponse"
    PAS_ENCORE_VU = "pas_encore_vu"
    QUESTION_CHANGEE = "question_changee"


@dataclass(frozen=True, slots=True)
class Reponse:
    """La réponse à un item : un état, une valeur de l’échelle s’il est répondu, une trace facultative.

    ``frequence``, ``importance`` : la place de la situation dans le poste, si on l’a demandée et dite ; elle ne dépend
    pas de l’état et n’entre dans aucun calcul.
    """

    etat: Etat
    valeur: int | None = None
    trace: str = ""
    frequence: int | None = None
    importance: int | None = None

    def __post_init__(self) -> None:
        if (self.etat is Etat.REPONDU) != (self.valeur is not None):
            raise ValueError("une réponse porte une valeur si et seulement si elle est répondue")
        if self.frequence is None and self.importance is None:
            return
        for dimension in DIMENSIONS_DE_PLACE:
            if (niveau := self.place(dimension.cle)) is not None and niveau not in dimension.niveaux:
                raise ValueError(f"{dimension.cle} : {niveau} n’est pas un niveau")

    def place(self, cle: CleDePlace) -> int | None:
        """La fréquence, ou l’importance, dite."""
        return self.frequence if cle == "frequence" else self.importance

    def situee(self, cle: CleDePlace, niveau: int | None) -> Reponse:
        """La même réponse, sa fréquence ou son importance changée."""
        return replace(self, frequence=niveau) if cle == "frequence" else replace(self, importance=niveau)

    def devenue(self, autre: Reponse) -> Reponse:
        """Une autre réponse au même item ; la trace et la place restent."""
        return replace(self, etat=autre.etat, valeur=autre.valeur)

    @property
    def places(self) -> tuple[int | None, int | None]:
        """La fréquence, puis l’importance."""
        return self.frequence, self.importance

    @property
    def dit_une_place(self) -> bool:
        """Vrai si la fréquence ou l’importance est dite."""
        return self.frequence is not None or self.importance is not None


PAS_ENCORE_VU = Reponse(Etat.PAS_ENCORE_VU)


def repondu(valeur: int, trace: str = "") -> Reponse:
    """Réponse à un niveau de l’échelle."""
    return Reponse(Etat.REPONDU, valeur, trace)


def sans_objet(trace: str = "") -> Reponse:
    """Réponse « sans objet »."""
    return Reponse(Etat.SANS_OBJET, None, trace)


def sans_reponse(trace: str = "") -> Reponse:
    """Item vu et laissé sans réponse."""
    return Reponse(Etat.SANS_REPONSE, None, trace)


def question_changee(trace: str = "") -> Reponse:
    """Réponse donnée à une autre question, dans une version passée du référentiel : elle ne se note pas."""
    return Reponse(Etat.QUESTION_CHANGEE, None, trace)


@dataclass(frozen=True, slots=True)
class ItemPose:
    """Un item tel qu’il a été posé, lisible dans le fichier ; s’il a changé depuis, ``items_inchanges`` le dit."""

    code: str
    competence: str
    ingenierie: str
    enonce: str

    @classmethod
    def depuis(cls, item: Item) -> ItemPose:
        """L’item d’un référentiel, réduit à ce qui a été montré à la personne."""
        return cls(item.code, item.competence, item.ingenierie, item.enonce)


@dataclass(frozen=True, slots=True)
class IdentiteReferentiel:
    """De quel référentiel vient une passation ; ``empreinte`` est un SHA-256 hexadécimal."""

    identifiant: str
    version: str
    empreinte: str

    @classmethod
    def depuis(cls, referentiel: Referentiel) -> IdentiteReferentiel:
        """L’identité d’un référentiel chargé."""
        return cls(referentiel.identifiant, referentiel.version, referentiel.empreinte)


@dataclass(frozen=True, slots=True)
class Correction:
    """La réouverture d’une passation terminée : quand, et ce qu’elle était (terminée quand, gardée sous quel nom)."""

    rouverte: str
    terminee: str
    version: str


@dataclass(frozen=True, slots=True)
class Jumelle:
    """Le second moment d’une passation qui en porte deux : un moment passé, jugé dans la même séance, sa date et les
    réponses.
    """

    moment: str
    date_moment: str = ""
    reponses: Mapping[str, Reponse] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Quel moment ; ses réponses ne se montrent pas."""
        return f"Jumelle({self.moment})"


@dataclass(frozen=True, slots=True, repr=False)
class Passation:
    """Les réponses d’une personne à un moment, sous un regard.

    Les dates sont des textes ISO 8601 donnés par l’appelant ; ``terminee`` est absente tant que la personne
    n’a pas fini, ou qu’elle corrige (``corrections`` le dit alors). ``revision`` croît d’un à chaque enregistrement.
    ``texte_referentiel`` est le YAML avec lequel elle a répondu : la passation se relit seule, même si le référentiel
    installé a changé. ``evaluateur`` : le code du tiers qui a répondu, à quoi deux tiers d’une même personne se
    distinguent, ``role_evaluateur`` ce qu’il est pour elle (« n+1 », « pair »), ``connaissance`` à quel point il dit
    connaître son travail (« bien ») ; vides s’ils ne sont pas dits.
    ``profil`` : par question, un code, ou plusieurs joints (« pvd;crte ») là où le référentiel le permet.
    ``date_moment`` : de quand on parle, si c’est dit (AAAA, AAAA-MM ou AAAA-MM-JJ). ``jumelle`` : le moment passé
    auquel on a répondu dans la même séance, s’il y en a un ; ``separees`` en fait deux passations.
    """

    referentiel: IdentiteReferentiel
    items: tuple[ItemPose, ...]
    identifiant: str = ""
    moment: str = "t0"
    regard: str = "soi"
    profil: Mapping[str, str] = field(default_factory=dict)
    reponses: Mapping[str, Reponse] = field(default_factory=dict)
    commencee: str = ""
    modifiee: str = ""
    terminee: str | None = None
    revision: int = 0
    texte_referentiel: str = ""
    corrections: tuple[Correction, ...] = ()
    evaluateur: str = ""
    role_evaluateur: str = ""
    connaissance: str = ""
    date_moment: str = ""
    jumelle: Jumelle | None = None

    def __repr__(self) -> str:
        """De qui, quand, avec quel référentiel ; ni réponse, ni trace, ni profil ne s’y montrent."""
        qui = montrer_d_ailleurs(self.identifiant)[:40] or "sans code"
        ref = self.referentiel
        vues = sum(reponse.etat is not Etat.PAS_ENCORE_VU for reponse in self.reponses.values())
        combien = f"{vues} sur {len(self.items)}"
        moments = self.moment + ("" if self.jumelle is None else f" et {self.jumelle.moment}")
        return f"Passation({qui}, {moments}, {self.regard} : {ref.identifiant} {ref.version}, {combien})"

    @classmethod
    def nouvelle(cls, referentiel: Referentiel, **champs: object) -> Passation:
        """Passation vide pour un référentiel ; les autres champs se donnent par leur nom."""
        return cls(
            referentiel=IdentiteReferentiel.depuis(referentiel),
            items=tuple(ItemPose.depuis(item) for item in referentiel.ordre_de_passation()),
            texte_referentiel=referentiel.texte,
            **champs,  # type: ignore[arg-type]
        )

    def reponse(self, code: str) -> Reponse:
        """La réponse à un item, « pas encore vu » s’il n’y en a pas."""
        return self.reponses.get(code, PAS_ENCORE_VU)

    def avec_reponse(self, code: str, reponse: Reponse) -> Passation:
        """La même passation, une réponse changée."""
        return replace(self, reponses={**self.reponses, code: reponse})

    @property
    def en_cours(self) -> bool:
        """Vrai si la personne s’est arrêtée en chemin : rien ne dit qu’elle ait fini, et il en reste à voir.

        Un formulaire ou une table rendus ne disent pas quand on a fini : leurs cases vides sont vues, sans réponse.
        """
        return self.terminee is None and any(self.reponse(i.code).etat is Etat.PAS_ENCORE_VU for i in self.items)

    @property
    def date_du_moment(self) -> str:
        """De quand on parle : la date dite ; à défaut, d’un moment présent, le jour des réponses ; sinon rien."""
        return self.date_moment or ("" if est_retrospectif(self.moment) else self.jour_des_reponses)

    @property
    def instant_des_reponses(self) -> str:
        """Quand elle fut terminée, et que la corriger ne change pas ; à défaut, son dernier enregistrement."""
        avant_correction = next((une.terminee for une in self.corrections if une.terminee), "")
        return avant_correction or self.terminee or self.modifiee

    @property
    def jour_des_reponses(self) -> str:
        """Le jour de ces réponses : AAAA-MM-JJ, ou vide."""
        return self.instant_des_reponses[:10]

    def separees(self) -> tuple[Passation, ...]:
        """La passation de chaque moment : elle seule, puis celle du moment passé si elle en a une jumelle."""
        if self.jumelle is None:
            return (self,)
        passe = self.jumelle
        jumelle = {"moment": passe.moment, "date_moment": passe.date_moment, "reponses": passe.reponses}
        return replace(self, jumelle=None), replace(self, jumelle=None, **jumelle)  # type: ignore[arg-type]

    def est_a_voir(self, code: str) -> bool:
        """Vrai tant que la situation n’a pas été vue, à l’un des moments que l’on demande."""
        moments = (self.reponses, *(() if self.jumelle is None else (self.jumelle.reponses,)))
        return any(reponses.get(code, PAS_ENCORE_VU).etat is Etat.PAS_ENCORE_VU for reponses in moments)

    def refaite(self, refaire: Callable[[Passation], Passation]) -> Passation:
        """La même passation, chacun de ses moments refait à part."""
        premiere, *passee = map(refaire, self.separees())
        if self.jumelle is None:
            return premiere
        return replace(premiere, jumelle=replace(self.jumelle, reponses=passee[0].reponses))

    def rouverte(self, instant: str, version: str) -> Passation:
        """La même passation, à nouveau ouverte ; ``version`` est le nom du fichier qui garde ce qu’elle était."""
        correction = Correction(instant, self.terminee or "", version)
        return replace(self, terminee=None, corrections=(*self.corrections, correction))

    def tiers(self) -> dict[str, str]:
        """Quel tiers a répondu, ce qu’il est pour la personne, s’il connaît son travail : les seuls champs dits."""
        dits = {"evaluateur": self.evaluateur, "role_evaluateur": self.role_evaluateur}
        dits |= {"connaissance": self.connaissance}
        return {cle: mots for cle, mots in dits.items() if mots}

    def attribuee(self, tiers: Mapping[str, str]) -> Passation:
        """La même passation, donnée par ce tiers : ce que ``tiers`` en dit."""
        role, connaissance = tiers.get("role_evaluateur", ""), tiers.get("connaissance", "")
        evaluateur = tiers.get("evaluateur", "")
        return replace(self, evaluateur=evaluateur, role_evaluateur=role, connaissance=connaissance)

    def codes_de_profil(self) -> dict[str, str | list[str]]:
        """Les réponses de profil : un code, ou la liste des codes de qui en a coché plusieurs."""
        paires = ((question, reponse, choisis(reponse)) for question, reponse in self.profil.items())
        return {question: [*codes] if len(codes) > 1 else reponse for question, reponse, codes in paires}

    @property
    def dit_des_places(self) -> bool:
        """Vrai si la place d’une situation au moins est dite."""
        return any(reponse.dit_une_place for reponse in self.reponses.values())

    def sans_traces(self, sauf: Collection[str] = ()) -> Passation:
        """La même passation, sans ses traces hors de celles de ces items ; les réponses restent."""
        return replace(
            self,
            reponses={c: r if c in sauf else replace(r, trace="") for c, r in self.reponses.items()},
        )

    def valeurs(self) -> dict[str, int]:
        """Les seules valeurs qui entrent dans le calcul, par code d’item."""
        return {code: reponse.valeur for code, reponse in self.reponses.items() if reponse.valeur is not None}


# --- les moments ------------------------------------------------------------------------------------------------------
#
# Leur nom, leur date, ce qui regarde en arrière, et les deux que l’on peut demander en une séance.


_EN_TETE = 16
"""Signes au plus d’un nom de moment en tête d’une colonne."""
MOIS = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet"),
    *("août", "septembre", "octobre", "novembre", "décembre"),
)


def dire_le_moment(moment: str, referentiel: Referentiel | None = None) -> str:
    """Un moment en clair : comme le référentiel le nomme, sinon « après (T1) », « T2 », « T2 rétrospectif »."""
    noms = {} if referentiel is None else {nomme.code: nomme.libelle for nomme in referentiel.moments}
    base = moment.removesuffix(RETROSPECTIF)
    if moment in noms:
        return noms[moment]
    if est_retrospectif(moment) and base in noms:
        return noms[base] + typographier(", vu d'aujourd'hui")
    return MOMENTS.get(moment) or base.upper() + (" rétrospectif" if est_retrospectif(moment) else "")


def nom_donne(moment: str, referentiel: Referentiel) -> str:
    """Le nom que le référentiel donne à un moment, ou au moment dont celui-ci est le regard en arrière ; vide sinon."""
    nommes = {nomme.code for nomme in referentiel.moments}
    return dire_le_moment(moment, referentiel) if nommes & {moment, moment.removesuffix(RETROSPECTIF)} else ""


def noms_d_en_tete(referentiel: Referentiel, usuels: Sequence[tuple[str, str]]) -> list[str]:
    """Ce qui tient en tête de colonnes qui se font face : les noms donnés par le référentiel, si tous sont courts.

    :param usuels: chaque moment, et le nom qu’il a sinon ; un seul nom trop long, et tous ont celui-là.
    """
    donnes = [nom_donne(moment, referentiel) for moment, _ in usuels]
    longs = any(len(nom) > _EN_TETE for nom in donnes)
    return [usuel if longs or not nom else nom for nom, (_, usuel) in zip(donnes, usuels, strict=True)]


def noms_des_moments(referentiel: Referentiel, *aussi: str) -> Mapping[str, str]:
    """Code → nom des moments que l’on propose : les trois usuels, ceux que le référentiel nomme, et ceux-ci."""
    codes = dict.fromkeys((*MOMENTS, *(nomme.code for nomme in referentiel.moments), *aussi))
    return {code: dire_le_moment(code, referentiel) for code in codes}


# --- la date d’un moment : un jour, un mois ou une année ------------------------------------------------------------

_FORMES_DE_DATE = (
    re.compile(r"(?P<annee>[0-9]{4})(?:-(?P<mois>[0-9]{1,2})(?:-(?P<jour>[0-9]{1,2}))?)?"),
    re.compile(r"(?:(?P<jour>[0-9]{1,2})[/.-])?(?P<mois>[0-9]{1,2})[/.-](?P<annee>[0-9]{4})"),
    re.compile(r"(?:(?P<jour>[0-9]{1,2})(?:er)? )?(?P<nom>[a-zéû]+) (?P<annee>[0-9]{4})"),
)
DATES_ATTENDUES = typographier("une année, un mois ou un jour : 2025, 09/2025, 2025-09, septembre 2025, 15/09/2025")


def lire_la_date(texte: str) -> str | None:
    """« 2025-09-15 », « 2025-09 » ou « 2025 », de ce qu’une personne écrit ; rien si ce n’est pas une date."""
    nombres = _en_nombres(texte)
    if not nombres or not _existe(*nombres):
        return None
    return "-".join(f"{un:0{4 if rang == 0 else 2}}" for rang, un in enumerate(nombres))


def est_une_date_impossible(texte: str) -> bool:
    """Vrai d’un texte qui a la forme d’une date et n’est d’aucun calendrier : « 2026-02-31 », « 31 avril 2026 »."""
    nombres = _en_nombres(texte)
    return bool(nombres) and not _existe(*nombres)


def _en_nombres(texte: str) -> tuple[int, ...]:
    """L’année, puis le mois et le jour s’ils sont dits, de ce qui a la forme d’une date ; rien sinon."""
    plie = " ".join(texte.casefold().split())
    trouve = next((lu for forme in _FORMES_DE_DATE if (lu := forme.fullmatch(plie))), None)
    dits = trouve.groupdict() if trouve else {}
    nom = dits.get("nom")
    mois = MOIS.index(nom) + 1 if nom in MOIS else dits.get("mois")
    if not dits or (nom and not mois):
        return ()
    return tuple(int(un) for un in (dits["annee"], mois, dits.get("jour")) if un is not None)


def _existe(annee: int, mois: int = 1, jour: int = 1) -> bool:
    return annee >= 1 and 1 <= mois <= len(MOIS) and 1 <= jour <= monthrange(annee, mois)[1]


def dire_la_date(date: str) -> str:
    """« 15 septembre 2025 », « septembre 2025 », « 2025 » ; d’un instant, son jour."""
    annee, mois, jour, *_ = (*date[:10].split("-"), "", "")
    if not mois:
        return annee
    return f"{'1er' if jour == '01' else jour.lstrip('0')} {MOIS[int(mois) - 1]} {annee}".strip()


def situer_la_date(date: str) -> str:
    """« le 15 septembre 2025 », « en septembre 2025 », « en 2025 »."""
    return ("le " if len(date) > len("AAAA-MM") else "en ") + dire_la_date(date)


# --- deux moments en une séance -------------------------------------------------------------------------------------

_DOUBLE = re.compile(r"(?P<moment>t[1-9][0-9]?)\+retrospectif")


DEUX_MOMENTS = ", ou t1+retrospectif pour répondre aux deux d’un trait"
"""Ce que l’on attend aussi, là où l’on peut demander deux moments."""


def moments_demandes(demande: str) -> tuple[str, ...]:
    """Les moments que nomme une demande : un seul, ou t1 et t0-retrospectif pour « t1+retrospectif » ; aucun si ce n’en
    est pas une.
    """
    if trouve := _DOUBLE.fullmatch(demande):
        return trouve["moment"], "t0" + RETROSPECTIF
    return (demande,) if est_un_moment(demande) else ()


_NUMERO = re.compile(r"([0-9]+\.[0-9]+)\.[0-9]+")
"""Une version qui ne diffère d’une autre que par son dernier nombre la corrige."""


def ordre_de_version(version: str) -> tuple[tuple[int, str], ...]:
    """De quoi ranger des versions de la plus ancienne à la plus récente : 1.9.0 vient avant 1.10.0."""
    return tuple((int(morceau), "") if morceau.isdecimal() else (-1, morceau) for morceau in version.split("."))


@dataclass(frozen=True, slots=True)
class AccordDeVersions:
    """Ce qui se lit d’une version avec une autre.

    ``identiques`` : les codes des items dont rien n’a changé ; ``retouches`` : ceux dont le texte a changé et que le
    référentiel déclare garder ; ``changes`` : ceux dont la question a changé, ou qui n’étaient pas posés.
    ``declare`` : vrai si un ``compatible_avec`` le dit, faux si c’est le contenu.
    """

    identiques: tuple[str, ...]
    retouches: tuple[str, ...]
    changes: tuple[str, ...]
    declare: bool


def accorder_les_versions(ancien: Referentiel, actuel: Referentiel) -> AccordDeVersions | None:
    """Ce qui, de réponses données avec ``ancien``, se note avec ``actuel`` ; rien si elles ne se lisent pas ensemble,
    ou si aucune question n’est restée la même.

    Il faut le même référentiel, les mêmes valeurs d’échelle, et soit une déclaration de l’une des deux versions, soit
    une simple correction (1.10.0 et 1.10.1) de mêmes codes, de même structure et de même échelle.
    """
    if ancien.identifiant != actuel.identifiant or not _memes_valeurs(ancien.echelle, actuel.echelle):
        return None
    declaree = _declaration(ancien, actuel)
    if declaree is None and not _est_une_correction(ancien, actuel):
        return None
    accord = _comparer(ancien, actuel, declaree)
    if not (accord.identiques or accord.retouches):
        return None
    # Deux contenus sous un même numéro : rien ne dit que la question changée est une correction.
    return None if accord.changes and ancien.version == actuel.version else accord


def items_inchanges(ancien: Referentiel, actuel: Referentiel) -> tuple[str, ...]:
    """Les codes des items qui posent la même question : c’est la seule règle de ce qu’est un item identique.

    Le même énoncé, à la même place et dans le même sens, sous la même question d’échelle, avec les mêmes niveaux
    (valeurs, libellés, descriptions) et les mêmes ancres ; à la typographie près.
    """
    if not _memes_mots(ancien.echelle, actuel.echelle):
        return ()
    avant = ancien.items_par_code
    return tuple(i.code for i in actuel.items if i.code in avant and _meme_question(avant[i.code], i))


def _comparer(ancien: Referentiel, actuel: Referentiel, declaree: Compatibilite | None) -> AccordDeVersions:
    inchanges = set(items_inchanges(ancien, actuel))
    identiques, retouches, changes = list[str](), list[str](), list[str]()
    for item in actuel.items:
        avant = ancien.items_par_code.get(item.code)
        if avant is None or not _meme_place(avant, item) or (declaree and item.code in declaree.items_changes):
            changes.append(item.code)
        elif item.code in inchanges:
            identiques.append(item.code)
        else:
            (retouches if declaree else changes).append(item.code)
    return AccordDeVersions(tuple(identiques), tuple(retouches), tuple(changes), declaree is not None)


def porter(passation: Passation, actuel: Referentiel, accord: AccordDeVersions) -> Passation:
    """La passation portée sur la version actuelle : ses réponses gardées, les questions changées dites telles.

    Une réponse de profil dont le choix n’existe plus n’est pas reprise.
    """
    gardes = {*accord.identiques, *accord.retouches}

    def porter_un_moment(une: Passation) -> Passation:
        reponses = {code: reponse for code, reponse in une.reponses.items() if code in gardes}
        toutes = reponses | {code: une.reponse(code).devenue(question_changee()) for code in accord.changes}
        return _avec(une, actuel, {item.code: toutes[item.code] for item in actuel.items if item.code in toutes})

    return passation.refaite(porter_un_moment)


def reporter(passation: Passation, actuel: Referentiel, gardes: Collection[str]) -> Passation:
    """La passation portée sur un autre référentiel, avec les seules réponses aux items que l’on garde.

    Une valeur qui n’est plus un niveau de l’échelle n’est pas reprise non plus. Les autres items restent à voir.
    """
    niveaux = actuel.echelle.par_valeur

    def reporter_un_moment(une: Passation) -> Passation:
        dites = une.reponses.items()
        gardees = {c: r for c, r in dites if c in gardes and (r.valeur is None or r.valeur in niveaux)}
        return _avec(une, actuel, gardees)

    return passation.refaite(reporter_un_moment)


def _avec(passation: Passation, actuel: Referentiel, reponses: Mapping[str, Reponse]) -> Passation:
    """La même passation, sur cet autre référentiel, avec ces réponses ; un choix de profil disparu n’y est plus."""
    neuve = Passation.nouvelle(actuel)
    return replace(
        passation,
        referentiel=neuve.referentiel,
        items=neuve.items,
        texte_referentiel=neuve.texte_referentiel,
        profil=_profil(passation.profil, actuel),
        reponses=reponses,
    )


def _declaration(ancien: Referentiel, actuel: Referentiel) -> Compatibilite | None:
    """Ce que l’une des deux versions dit de l’autre : la plus récente la connaît, quel que soit le sens de lecture."""
    pour = ((actuel.compatible_avec, ancien.version), (ancien.compatible_avec, actuel.version))
    return next((une for declarees, version in pour for une in declarees if une.version == version), None)


def _est_une_correction(ancien: Referentiel, actuel: Referentiel) -> bool:
    """Vrai de 1.10.0 à 1.10.1 (ou d’un même numéro), si les items sont à la même place et l’échelle la même."""
    avant, apres = _NUMERO.fullmatch(ancien.version), _NUMERO.fullmatch(actuel.version)
    if avant is None or apres is None or avant[1] != apres[1] or not _memes_mots(ancien.echelle, actuel.echelle):
        return False
    if ancien.items_par_code.keys() != actuel.items_par_code.keys():
        return False
    return all(_meme_place(ancien.items_par_code[item.code], item) for item in actuel.items)


def _memes_valeurs(avant: Echelle, apres: Echelle) -> bool:
    """Un 3 n’a de sens que sur son échelle."""
    return [n.valeur for n in avant.niveaux] == [n.valeur for n in apres.niveaux]


def _memes_mots(avant: Echelle, apres: Echelle) -> bool:
    """La même question posée, et les mêmes niveaux pour y répondre : valeurs, libellés, descriptions."""

    def dits(echelle: Echelle) -> list[str]:
        sans = [] if echelle.sans_objet is None else [echelle.sans_objet.libelle]
        niveaux = [texte for n in echelle.niveaux for texte in (str(n.valeur), n.libelle, n.description or "")]
        return [_compose(texte) for texte in (echelle.question, *niveaux, *sans)]

    return dits(avant) == dits(apres)


def _meme_place(avant: Item, apres: Item) -> bool:
    """La même compétence, la même ingénierie, le même sens : sans quoi la réponse ne se noterait pas de même."""
    return (avant.competence, avant.ingenierie, avant.inverse) == (apres.competence, apres.ingenierie, apres.inverse)


def _meme_question(avant: Item, apres: Item) -> bool:
    """À la même place, les mêmes mots : l’énoncé, ce qui le précise, ce que ses niveaux veulent dire."""

    def dits(item: Item) -> list[str]:
        ancres = [f"{ancre.valeur} {ancre.libelle}" for ancre in item.niveaux]
        return [_compose(texte) for texte in (item.enonce, item.description or "", *ancres)]

    return _meme_place(avant, apres) and dits(avant) == dits(apres)


def _compose(texte: str) -> str:
    """Un texte à la typographie près : une espace fine ou une apostrophe courbe ne changent pas une question."""
    return typographier(" ".join(texte.split()))


def _profil(profil: Mapping[str, str], actuel: Referentiel) -> dict[str, str]:
    retenues = {q.identifiant: q.retenir(profil.get(q.identifiant, "")) for q in actuel.profil}
    return {cle: retenues[cle] for cle in profil if retenues.get(cle)}


# --- L’ordre des moments, et des passations d’une personne.


def lire_moment(moment: str) -> tuple[int, bool]:
    """« t0-retrospectif » : zéro, vrai."""
    numero, _, suite = moment.partition("-")
    return int(numero.removeprefix("t")), bool(suite)


def ordre_d_une_strate(strate: tuple[str, str]) -> tuple[bool, int, bool, str, str]:
    """De quoi ranger des moments sous des regards : T0, T0 vu d’aujourd’hui, T1… T10 ; soi, puis les tiers.

    Un moment qui n’en est pas un, dans une passation bâtie à la main, vient après les autres.
    """
    moment, regard = strate
    connu = est_un_moment(moment)
    numero, passe = lire_moment(moment) if connu else (0, False)
    return not connu, numero, passe, moment, regard


def ordre_du_parcours(passation: Passation) -> tuple[int, bool, bool, str, str]:
    """De quoi ranger les passations d’une personne : par moment, après coup ensuite, soi avant les tiers."""
    tiers = passation.regard != "soi"
    return *lire_moment(passation.moment), tiers, passation.role_evaluateur, replier_code(passation.evaluateur)
