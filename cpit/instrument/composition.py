"""Ce qu’un instrument demande, quel que soit l’outil : consignes, réponses, et ce qu’un format n’en porte pas.

Et ce que les outils ont en commun : les noms qu’ils acceptent, les textes qu’ils comprendraient autrement, leur CSV.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Protocol
from uuid import NAMESPACE_URL, UUID, uuid5

from cpit.coeur.colonnes import COLONNES_DU_TIERS, DATE_DU_MOMENT
from cpit.coeur.mots.notice import consignes_de_reponse, question_de_la_date, question_de_reponse, sens_de_sans_objet
from cpit.coeur.passation import (
    CONNAISSANCES,
    DIMENSIONS_DE_PLACE,
    REGARDS,
    ROLES_EVALUATEUR,
    DimensionDePlace,
    dire_la_date,
    dire_le_moment,
    est_retrospectif,
)
from cpit.coeur.referentiel import Choix, Competence, Echelle, Item, QuestionProfil, Referentiel
from cpit.coeur.tableaux import Colonne
from cpit.lecture.contexte import codes_d_un_choix
from cpit.lecture.dechiffrement import replier_libelle
from cpit.typographie import enumerer, nettoyer, pluriel, typographier

_CONSIGNE = "Aucune réponse n'est exigée : ce n'est ni une note, ni un classement."


_EVALUATEUR, _ROLE, _CONNAISSANCE = COLONNES_DU_TIERS
CLE_DE_L_EVALUATEUR = _EVALUATEUR.cle
AIDE_DE_L_EVALUATEUR = typographier("Le vôtre, à vous qui répondez : un code, pas un nom.")


@dataclass(frozen=True, slots=True)
class ReponsePossible:
    """Une réponse à une situation : un niveau, ou « SO » ; ``code`` est ce que cpit relit."""

    code: str
    libelle: str
    description: str


@dataclass(frozen=True, slots=True)
class QuestionDePlace:
    """L’une des deux questions sur la place d’une situation, et ce que l’on demande."""

    dimension: DimensionDePlace
    question: str

    def libelle(self, item: Item, enonce: str) -> str:
        """« Fréquence de C1P : énoncé » : ce que la lecture d’un export en libellés reconnaît."""
        return self.dimension.libelle_de(item.code) + typographier(" : ") + enonce

    @property
    def reponses(self) -> tuple[ReponsePossible, ...]:
        """Ses niveaux, du plus bas au plus haut."""
        return tuple(ReponsePossible(str(n), mots, "") for n, mots in self.dimension.niveaux.items())


@dataclass(frozen=True)
class Instrument:
    """Un référentiel à faire remplir, à un moment et sous un regard fixés.

    ``instant`` : quand on l’exporte, en ISO 8601, pour les formats qui exigent une date. ``place`` : vrai pour demander
    aussi la fréquence et l’importance de chaque situation dans le poste. ``date_moment`` : de quand on parle, si on le
    sait d’avance.
    """

    referentiel: Referentiel
    moment: str = "t0"
    regard: str = "soi"
    instant: str = ""
    place: bool = False
    date_moment: str = ""

    @property
    def questions_de_place(self) -> tuple[QuestionDePlace, ...]:
        """La fréquence et l’importance, si on les demande, dites pour le regard que l’on porte."""
        return tuple(
            QuestionDePlace(dimension, dimension.question_pour_un_tiers if self.pour_un_tiers else dimension.question)
            for dimension in (DIMENSIONS_DE_PLACE if self.place else ())
        )

    @property
    def pour_un_tiers(self) -> bool:
        """Vrai si l’on répond à propos de quelqu’un d’autre."""
        return self.regard == "tiers"

    @property
    def titre(self) -> str:
        """Le titre du référentiel, et le regard s’il n’est pas celui que l’on porte sur soi."""
        return self.referentiel.titre + (typographier(" : le regard d'un tiers") if self.pour_un_tiers else "")

    @property
    def quand_et_qui(self) -> str:
        """Le moment, sa date si on la sait, et le regard, en clair."""
        date = f" ({dire_la_date(self.date_moment)})" if self.date_moment else ""
        moment = dire_le_moment(self.moment, self.referentiel) + date
        return typographier("Moment : ") + moment + typographier(". Regard : ") + REGARDS[self.regard] + "."

    @property
    def question(self) -> str:
        """Ce que l’on demande devant chaque situation, selon le regard et le moment."""
        return question_de_reponse(self.referentiel, self.moment, self.regard)

    @property
    def entendre(self) -> tuple[str, ...]:
        """Comment entendre la question : à propos de qui, et de quand."""
        return consignes_de_reponse(self.referentiel, self.moment, self.regard, self.date_moment)

    @cached_property
    def question_de_la_date(self) -> str:
        """Ce que l’on demande pour dater un moment passé ; vide s’il est présent, ou si sa date est donnée."""
        demande = est_retrospectif(self.moment) and not self.date_moment and not self._en_profil(DATE_DU_MOMENT)
        return question_de_la_date(self.moment) if demande else ""

    @property
    def fixes(self) -> dict[str, str]:
        """Ce que l’instrument dit sans le demander : le moment, le regard, et la date du moment si elle est donnée."""
        date = {DATE_DU_MOMENT.cle: self.date_moment} if self.date_moment else {}
        return {"moment": self.moment, "regard": self.regard, **date}

    @property
    def question_du_code(self) -> str:
        """Ce que l’on demande pour savoir de qui sont les réponses."""
        return "Code de la personne" if self.pour_un_tiers else "Votre code"

    @cached_property
    def question_de_l_evaluateur(self) -> str:
        """Ce que l’on demande pour savoir quel tiers répond ; vide si l’on répond pour soi."""
        return _EVALUATEUR.libelle if self.pour_un_tiers and not self._en_profil(_EVALUATEUR) else ""

    @cached_property
    def questions_a_choix(self) -> tuple[QuestionProfil, ...]:
        """Ce qu’est un tiers, s’il connaît le travail de la personne, en codes que tout outil prend ; et le profil."""
        du_tiers = [
            QuestionProfil(c.cle, c.libelle, tuple(Choix(code.replace("+", ""), dit) for code, dit in codes.items()))
            for c, codes in ((_ROLE, ROLES_EVALUATEUR), (_CONNAISSANCE, CONNAISSANCES))
            if self.pour_un_tiers and not self._en_profil(c)
        ]
        return (*du_tiers, *self.referentiel.profil)

    def _en_profil(self, colonne: Colonne) -> bool:
        """Vrai si le référentiel a une question de profil de ce nom : elle l’emporte, comme à la lecture."""
        return any(question.identifiant == colonne.cle for question in self.referentiel.profil)

    def uuid(self, cle: str) -> UUID:
        """L’UUID (version 5) d’une pièce de ce référentiel : le même d’un export et d’une version à l’autre."""
        return uuid5(self.uuid_de(self.referentiel.identifiant), cle)

    @staticmethod
    def uuid_de(nom: str) -> UUID:
        """L’UUID (version 5) d’un nom que cpit connaît : un référentiel, une cote d’ailleurs."""
        return uuid5(NAMESPACE_URL, f"cpit:{nom}")

    def enonce(self, item: Item) -> str:
        """La situation, écrite pour le regard que l’on porte quand le référentiel l’a prévu."""
        return item.enonce_pour(self.regard)

    def ancres(self, item: Item) -> tuple[str, ...]:
        """Ce que des niveaux veulent dire pour cette situation, s’il en a."""
        return tuple(f"{ancre.valeur} – {ancre.libelle}" for ancre in item.niveaux)

    def ancres_de(self, competence: Competence) -> tuple[str, ...]:
        """Celles de toutes les situations d’une compétence, chacune avec son code."""
        items = self.referentiel.items_de(competence.identifiant)
        paires = ((item.code, ancre) for item in items for ancre in self.ancres(item))
        return tuple(code + typographier(" : ") + ancre for code, ancre in paires)

    @cached_property
    def reponses(self) -> tuple[ReponsePossible, ...]:
        """Les niveaux, du plus bas au plus haut, puis « sans objet » s’il existe."""
        niveaux = [ReponsePossible(str(n.valeur), n.libelle, n.description or "") for n in self._echelle.niveaux]
        sans = self._echelle.sans_objet
        sens = sens_de_sans_objet(self.referentiel, self.regard)
        return (*niveaux, *([ReponsePossible("SO", sans.libelle, sens)] if sans else []))

    @property
    def legende(self) -> tuple[str, ...]:
        """Chaque réponse possible, avec ce qu’elle veut dire."""
        return tuple(
            f"{une.code} – {une.libelle}" + (typographier(" : ") + une.description if une.description else "")
            for une in self.reponses
        )

    @cached_property
    def consignes(self) -> tuple[str, ...]:
        """Ce qu’on lit avant de répondre, paragraphe par paragraphe : la question, chaque réponse, d’où cela vient."""
        return (*self.entendre, self.question, *self.legende, typographier(_CONSIGNE), self.referentiel.statut)

    @property
    def remarques(self) -> tuple[str, ...]:
        """Ce que le regard d’un tiers change à un référentiel écrit pour soi."""
        if not self.pour_un_tiers:
            return ()
        sans = sum(1 for item in self.referentiel.items if item.enonce_tiers is None)
        dites = [f"la question de l'échelle, écrite pour soi, y est remplacée : « {self.question} »"]
        if sans:
            dites.append(
                f"{pluriel(sans, 'situation garde son énoncé', 'situations gardent leur énoncé')}, faute d'un énoncé "
                "pour un tiers ; une consigne le dit"
            )
        return tuple(map(typographier, dites))

    @property
    def _echelle(self) -> Echelle:
        return self.referentiel.echelle


def aide_de_la_trace(code: str) -> str:
    """Ce que l’on demande sous une situation, à qui veut en garder une trace."""
    return f"{code}{typographier(' : un exemple, une trace (facultatif)')}"


class _Decrit(Protocol):
    """Ce qui peut porter une description."""

    @property
    def description(self) -> str | None: ...


class Part(StrEnum):
    """Ce dont un référentiel est fait, qu’un format porte ou non."""

    SANS_OBJET = "sans-objet"
    DESCRIPTIONS = "descriptions"
    CODE = "code"
    CONTEXTE = "contexte"
    PROFIL = "profil"
    TRACES = "traces"
    INGENIERIES = "ingenieries"
    POIDS = "poids"
    INVERSION = "inversion"
    REGROUPEMENTS = "regroupements"
    LECTURES = "lectures"
    CARTE = "carte"
    REGLES = "regles"
    SENSIBILITE = "sensibilite"
    SOURCES = "sources"
    COMPLEMENTS = "complements"
    ANCRES = "ancres"
    PLUSIEURS = "plusieurs"
    LIENS = "liens"
    COMPATIBLES = "compatibles"


RECUEIL = frozenset(
    {
        Part.SANS_OBJET,
        Part.DESCRIPTIONS,
        Part.CODE,
        Part.CONTEXTE,
        Part.PROFIL,
        Part.TRACES,
        Part.ANCRES,
        Part.PLUSIEURS,
    }
)
"""Ce que porte tout outil où l’on répond ; le reste est au référentiel, dont cpit se sert en notant."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """Un instrument rédigé dans un format : ses octets, ce qu’il porte, et ce qu’il a fallu y écrire autrement."""

    octets: bytes
    portees: Set[Part]
    remarques: tuple[str, ...] = ()


def non_portees(instrument: Instrument, portees: Set[Part]) -> tuple[str, ...]:
    """Ce que le référentiel a et que le format ne porte pas, une phrase par part ; rien de ce qu’il n’a pas."""
    a_dire = [part for part in _DITES if part not in portees and _SUPPOSE.get(part, part) in {part, *portees}]
    dites = (_DITES[part](instrument.referentiel) for part in a_dire)
    place = ["la fréquence et l'importance des situations"] if instrument.place and not portees >= RECUEIL else []
    tiers = [] if portees >= RECUEIL else ["sous le regard d'un tiers, qui répond : le code et le rôle de l'évaluateur"]
    return tuple(typographier(dite) for dite in (*dites, *place, *tiers) if dite)


def _dire_sans_objet(referentiel: Referentiel) -> str:
    sans = referentiel.echelle.sans_objet
    return f"la réponse « {sans.libelle} », qui n'a pas de rang dans une échelle" if sans else ""


def _dire_descriptions(referentiel: Referentiel) -> str:
    decrits = sum(1 for niveau in referentiel.echelle.niveaux if niveau.description)
    return f"la description des niveaux ({decrits})" if decrits else ""


def _dire_profil(referentiel: Referentiel) -> str:
    questions = [question.identifiant for question in referentiel.profil]
    nombre = pluriel(len(questions), "question de profil", "questions de profil")
    return f"{nombre} : {', '.join(questions)}" if questions else ""


def _dire_ingenieries(referentiel: Referentiel) -> str:
    noms = [ingenierie.identifiant for ingenierie in referentiel.ingenieries]
    return f"le rattachement des situations à {pluriel(len(noms), 'ingénierie')} : {', '.join(noms)}"


def _dire_poids(referentiel: Referentiel) -> str:
    codes = [item.code for item in referentiel.items if item.poids != 1]
    return f"le poids de {enumerer(codes)}" if codes else ""


def _dire_inversion(referentiel: Referentiel) -> str:
    codes = [item.code for item in referentiel.items if item.inverse]
    return f"l'inversion de {enumerer(codes)} : les réponses reviennent telles que données" if codes else ""


def _dire_regroupements(referentiel: Referentiel) -> str:
    noms = [regroupement.identifiant for regroupement in referentiel.regroupements]
    return f"{pluriel(len(noms), 'regroupement')} : {', '.join(noms)}" if noms else ""


def _dire_lectures(referentiel: Referentiel) -> str:
    lues = [competence.identifiant for competence in referentiel.competences if competence.lectures]
    return f"ce qu'on lit des scores ({pluriel(len(lues), 'compétence')})" if lues else ""


def _dire_sensibilite(referentiel: Referentiel) -> str:
    nombre = len(referentiel.sensibilite)
    return f"{pluriel(nombre, 'autre jeu', 'autres jeux')} de coordonnées de la carte" if nombre else ""


def _dire_sources(referentiel: Referentiel) -> str:
    nombre = len(referentiel.sources)
    return f"{pluriel(nombre, 'source')} et les hypothèses" if nombre else "les hypothèses"


def _dire_complements(referentiel: Referentiel) -> str:
    """Les descriptions qu’aucun format ne porte : celles des niveaux sont à part."""
    sortes: tuple[tuple[str, Iterable[_Decrit]], ...] = (
        ("situation", referentiel.items),
        ("compétence", referentiel.competences),
        ("ingénierie", referentiel.ingenieries),
        ("question de profil", referentiel.profil),
    )
    comptes = ((nom, sum(1 for un in decrits if un.description)) for nom, decrits in sortes)
    dites = [pluriel(nombre, nom, _au_pluriel(nom)) for nom, nombre in comptes if nombre]
    return f"la description de {enumerer(dites)}" if dites else ""


def _au_pluriel(nom: str) -> str:
    tete, _, suite = nom.partition(" ")
    return " ".join(filter(None, (f"{tete}s", suite)))


def _dire_ancres(referentiel: Referentiel) -> str:
    codes = [item.code for item in referentiel.items if item.niveaux]
    return f"les ancres de {enumerer(codes)}" if codes else ""


def _dire_plusieurs(referentiel: Referentiel) -> str:
    questions = [question.identifiant for question in referentiel.profil if question.plusieurs]
    return f"les réponses multiples au profil {enumerer(questions)} : un seul choix y est permis" if questions else ""


def _dire_liens(referentiel: Referentiel) -> str:
    nombre = sum(len(competence.liens) for competence in referentiel.competences)
    return f"{pluriel(nombre, 'lien')} vers d'autres référentiels" if nombre else ""


def _dire_compatibles(referentiel: Referentiel) -> str:
    versions = [compatible.version for compatible in referentiel.compatible_avec]
    return f"les versions dont celle-ci garde les items : {', '.join(versions)}" if versions else ""


_SUPPOSE = {Part.PLUSIEURS: Part.PROFIL}
"""Ce qui ne se dit que d’un format qui porte autre chose."""
_DITES: Mapping[Part, Callable[[Referentiel], str]] = {
    Part.SANS_OBJET: _dire_sans_objet,
    Part.DESCRIPTIONS: _dire_descriptions,
    Part.CODE: lambda _: "le code de la personne",
    Part.CONTEXTE: lambda _: "le moment et le regard",
    Part.PROFIL: _dire_profil,
    Part.TRACES: lambda _: "les traces",
    Part.INGENIERIES: _dire_ingenieries,
    Part.POIDS: _dire_poids,
    Part.INVERSION: _dire_inversion,
    Part.REGROUPEMENTS: _dire_regroupements,
    Part.LECTURES: _dire_lectures,
    Part.CARTE: lambda _: "la carte : ses axes, la place des ingénieries",
    Part.REGLES: lambda _: "les règles du calcul",
    Part.SENSIBILITE: _dire_sensibilite,
    Part.SOURCES: _dire_sources,
    Part.COMPLEMENTS: _dire_complements,
    Part.ANCRES: _dire_ancres,
    Part.PLUSIEURS: _dire_plusieurs,
    Part.LIENS: _dire_liens,
    Part.COMPATIBLES: _dire_compatibles,
}


def dire_les_noms(sorte: str, noms: Mapping[str, str]) -> list[str]:
    """Une phrase par code que l’outil ne sait pas porter ; les majuscules ne comptent pas, cpit les replie."""
    return [_dire_un_nom(sorte, code, nom) for code, nom in noms.items() if nom.casefold() != code.casefold()]


def dire_les_questions(noms: Mapping[str, str]) -> Iterator[str]:
    """Une phrase par question de profil dont le nom, changé, est celui d’une autre ; tout autre se relit."""
    pris = {code.casefold() for code in noms}
    for code, nom in noms.items():
        if nom.casefold() != code.casefold() and nom.casefold() in pris:
            yield _dire_un_nom("la question de profil", code, nom)


def dire_les_cases(question: QuestionProfil, cases: Mapping[str, str], en_tete: Callable[[str], str]) -> Iterator[str]:
    """Une phrase par choix à cocher dont l’en-tête, en codes, ne se relirait pas : même changé, il se relit souvent.

    :param cases: le nom de chaque code de choix ; ``en_tete`` : ce que l’outil écrit en tête de la colonne d’un nom.
    """
    lus = {choix.code: set(map(replier_libelle, codes_d_un_choix(question, choix))) for choix in question.choix}
    for code, nom in cases.items():
        plie = replier_libelle(en_tete(nom))
        if [autre for autre, noms in lus.items() if plie in noms] != [code]:
            yield _dire_un_nom(f"la réponse de profil {question.identifiant}", code, nom)


def _dire_un_nom(sorte: str, code: str, nom: str) -> str:
    return typographier(f"{sorte} « {code} » y est « {nom} » : à relire par son texte (export en libellés)")


def en_une_ligne(texte: str) -> str:
    """Le même texte sur une ligne : ni tabulation, ni saut, ni signe caché ; les espaces insécables restent."""
    return re.sub(r"[ \t\r\n]+", " ", nettoyer(texte, garder_lignes=True)).strip()


class Redacteur:
    """Rédige des textes à la façon d’un outil, et retient ceux qu’il a fallu y écrire autrement.

    ``regles`` : un motif que l’outil comprendrait comme une commande, et ce qui le remplace.
    """

    def __init__(self, regles: Iterable[tuple[re.Pattern[str], str]], *, pourquoi: str) -> None:
        self._regles = tuple(regles)
        self._pourquoi = pourquoi
        self._changes: dict[str, str] = {}

    def rediger(self, texte: str) -> str:
        """Le texte, où plus rien n’est une commande."""
        net = neuf = nettoyer(texte, garder_lignes=True)
        for motif, par in self._regles:
            neuf = motif.sub(par, neuf)
        if neuf != net:
            self._changes[net] = neuf
        return neuf

    @property
    def remarques(self) -> list[str]:
        """Une phrase par texte changé."""
        return [
            typographier("« ")
            + _court(net)
            + typographier(" » y est écrit « ")
            + _court(neuf)
            + typographier(" » : ")
            + typographier(self._pourquoi)
            for net, neuf in self._changes.items()
        ]


def _court(texte: str, longueur: int = 60) -> str:
    ligne = en_une_ligne(texte)
    return ligne if len(ligne) <= longueur else ligne[:longueur] + "…"


# --- le CSV qu’un outil importe -------------------------------------------------------------------------------------

_DECLENCHEURS = ("=", "+", "-", "@")


def inerte(texte: str) -> str:
    """Le même texte, derrière une espace s’il ouvrait une formule dans un tableur : une apostrophe se lirait."""
    return " " + texte if texte.startswith(_DECLENCHEURS) else texte


def _sans_echappement(texte: str) -> str:
    """Le même, où aucune barre oblique inverse ne précède un guillemet : PHP n’y verrait plus la fin de la cellule."""
    return re.sub(r'\\(?="|\Z)', "\\\\ ", texte)


def en_csv_d_outil(colonnes: Iterable[str], lignes: Iterable[Mapping[str, str]]) -> bytes:
    """Un CSV à importer : virgule, UTF-8 sans marque, l’en-tête exact de l’outil."""
    noms = tuple(colonnes)
    tampon = io.StringIO(newline="")
    ecrivain = csv.writer(tampon, lineterminator="\n")
    ecrivain.writerow(noms)
    ecrivain.writerows([_sans_echappement(inerte(ligne.get(nom, ""))) for nom in noms] for ligne in lignes)
    return tampon.getvalue().encode()
