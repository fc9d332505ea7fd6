"""Le référentiel, tel que le moteur le lit : des dataclasses figées, sans aucune entrée-sortie.

La forme du fichier YAML est celle de ``forme_referentiel`` ; les noms de champs sont les mêmes d’un bout à l’autre.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from cpit.coeur.moteur import Bareme
from cpit.typographie import pluriel, typographier

Nature = Literal["competence", "ingenierie", "groupe"]
Proximite = Literal["exacte", "proche", "large", "etroite", "apparentee"]
"""Ce qu’une compétence d’ailleurs est à celle d’ici : la même, presque la même, plus large, plus étroite, voisine."""

_QUESTION_POUR_UN_TIERS = typographier(
    "D'après ce que vous en avez vu, quelle réponse décrit le mieux ce que fait cette personne ?"
)


@dataclass(frozen=True, slots=True)
class Source:
    """Un document cité ; ``cle`` est le nom par lequel le reste du référentiel y renvoie."""

    cle: str
    titre: str
    auteurs: tuple[str, ...]
    date: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Niveau:
    """Un niveau de l’échelle de réponse ; ``valeur`` est l’entier qui entre dans le calcul."""

    valeur: int
    libelle: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class SansObjet:
    """La réponse « la situation n’existe pas dans mon poste » ; elle ne vaut jamais zéro."""

    libelle: str
    description: str | None = None


@dataclass(frozen=True)
class Echelle:
    """L’échelle de réponse : des niveaux entiers croissants, et peut-être un « sans objet »."""

    question: str
    niveaux: tuple[Niveau, ...]
    sans_objet: SansObjet | None = None
    description: str | None = None
    source: str | None = None
    hypothese: str | None = None

    def question_pour(self, regard: str) -> str:
        """Ce que l’on demande devant chaque situation ; à qui parle d’une autre (``tiers``), rien de lui-même."""
        return _QUESTION_POUR_UN_TIERS if regard == "tiers" else self.question

    @cached_property
    def min(self) -> int:
        """Plus petite valeur déclarée."""
        return min(niveau.valeur for niveau in self.niveaux)

    @cached_property
    def max(self) -> int:
        """Plus grande valeur déclarée."""
        return max(niveau.valeur for niveau in self.niveaux)

    @cached_property
    def par_valeur(self) -> Mapping[int, Niveau]:
        """Les niveaux par valeur."""
        return {niveau.valeur: niveau for niveau in self.niveaux}

    def plus_proche(self, valeur: float) -> Niveau:
        """Niveau déclaré le plus proche d’un score ; à égale distance, le plus bas (lecture prudente)."""
        return min(self.niveaux, key=lambda niveau: (abs(niveau.valeur - valeur), niveau.valeur))


@dataclass(frozen=True, slots=True)
class Axe:
    """Un axe de la carte, avec le nom de ses deux bouts."""

    identifiant: str
    libelle: str
    debut: str
    fin: str
    description: str | None = None
    source: str | None = None
    hypothese: str | None = None


@dataclass(frozen=True, slots=True)
class Axes:
    """Les deux axes de la carte."""

    x: Axe
    y: Axe


@dataclass(frozen=True, slots=True)
class Position:
    """Un point de la carte, dans l’unité des axes du référentiel."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Ingenierie:
    """Un pôle de la carte et une lecture des items."""

    identifiant: str
    libelle: str
    fonction: str
    position: Position
    description: str | None = None
    source: str | None = None
    hypothese: str | None = None


@dataclass(frozen=True, slots=True)
class Lecture:
    """Ce que dit un score jusqu’à ``jusqua`` compris (sans borne pour la dernière), et un pas à tenter."""

    constat: str
    pas: str
    jusqua: float | None = None


@dataclass(frozen=True, slots=True)
class Lien:
    """Une compétence d’un autre référentiel : sa cote là-bas, et ce qu’elle est à celle d’ici."""

    cible: str
    proximite: Proximite
    libelle: str | None = None
    url: str | None = None
    source: str | None = None
    hypothese: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Competence:
    """Une compétence transversale."""

    identifiant: str
    libelle: str
    definition: str
    lectures: tuple[Lecture, ...] = ()
    liens: tuple[Lien, ...] = ()
    description: str | None = None
    source: str | None = None
    hypothese: str | None = None

    def __repr__(self) -> str:
        """Laquelle ; ses textes sont dans ses champs."""
        return f"Competence({self.identifiant} : {self.libelle[:80]})"

    def lecture(self, valeur: float) -> Lecture | None:
        """Lecture de la zone où tombe un score, ou rien si le référentiel n’en donne pas."""
        for lecture in self.lectures:
            if lecture.jusqua is None or valeur <= lecture.jusqua:
                return lecture
        return None


@dataclass(frozen=True, slots=True)
class Ancre:
    """Ce que veut dire un niveau de l’échelle pour un item."""

    valeur: int
    libelle: str


@dataclass(frozen=True, slots=True)
class Item:
    """Une situation professionnelle, pour une compétence et une ingénierie.

    ``enonce_tiers`` : la même situation, dite à un tiers de la personne ; ``niveaux`` : ce que chaque niveau de
    l’échelle y veut dire.
    """

    code: str
    competence: str
    ingenierie: str
    enonce: str
    poids: float = 1.0
    inverse: bool = False
    enonce_tiers: str | None = None
    niveaux: tuple[Ancre, ...] = ()
    description: str | None = None
    source: str | None = None
    hypothese: str | None = None

    def ancre(self, valeur: int | None) -> str | None:
        """Ce que veut dire ici un niveau de l’échelle, ou rien si l’item n’en dit rien."""
        return next((ancre.libelle for ancre in self.niveaux if ancre.valeur == valeur), None)

    def sens_de(self, niveau: Niveau) -> str | None:
        """Ce qu’un niveau veut dire ici : son ancre, sinon ce qu’en dit l’échelle pour toutes les situations."""
        return self.ancre(niveau.valeur) or niveau.description

    def enonce_pour(self, regard: str) -> str:
        """La situation, dite à qui parle d’une autre personne (``tiers``) quand le référentiel l’a écrite pour lui."""
        return (self.enonce_tiers if regard == "tiers" else None) or self.enonce


@dataclass(frozen=True, slots=True)
class Groupe:
    """Des items lus ensemble dans un regroupement."""

    identifiant: str
    libelle: str
    items: tuple[str, ...]
    description: str | None = None
    source: str | None = None
    hypothese: str | None = None


@dataclass(frozen=True, slots=True)
class Regroupement:
    """Une autre lecture des mêmes items, notée par la même règle."""

    identifiant: str
    libelle: str
    groupes: tuple[Groupe, ...]
    description: str | None = None
    source: str | None = None
    hypothese: str | None = None


@dataclass(frozen=True, slots=True)
class Choix:
    """Une réponse possible à une question de profil."""

    code: str
    libelle: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class QuestionProfil:
    """Une question sur le contexte d’exercice, toujours facultative ; ``plusieurs`` : plus d’un choix se coche.

    ``condition`` : elle porte sur ce qui permet d’agir (une équipe, un mandat, un soutien), non sur qui l’on est ; elle
    ne se pose que si on le demande, et se lit à côté des scores, jamais dedans.
    """

    identifiant: str
    libelle: str
    choix: tuple[Choix, ...]
    plusieurs: bool = False
    description: str | None = None
    source: str | None = None
    hypothese: str | None = None
    condition: bool = False

    @property
    def aucun(self) -> Choix | None:
        """Le choix qui dit qu’aucun autre ne convient, s’il y en a un : là où plusieurs se cochent, il reste seul."""
        return next((choix for choix in self.choix if choix.code in _AUCUN), None)

    def se_contredit(self, codes: Iterable[str]) -> bool:
        """Vrai si « aucun » y est choisi avec un autre : on ne sait lequel des deux est dit."""
        voulus = set(codes)
        return len(voulus) > 1 and self.aucun is not None and self.aucun.code in voulus

    def libelle_du_choix(self, code: str) -> str:
        """Libellé d’un code, ou le code lui-même s’il est inconnu."""
        return next((choix.libelle for choix in self.choix if choix.code == code), code)

    def libelle_de(self, reponse: str) -> str:
        """Les libellés d’une réponse, dans l’ordre où ils y sont."""
        return _ENTRE_LIBELLES.join(map(self.libelle_du_choix, choisis(reponse)))

    def joindre(self, codes: Iterable[str]) -> str:
        """La réponse qui dit ces choix, une fois chacun, dans l’ordre du référentiel ; vide s’il n’y en a pas."""
        voulus = set(codes)
        return SEPARATEUR_DE_CHOIX.join(choix.code for choix in self.choix if choix.code in voulus)

    def retenir(self, reponse: str) -> str:
        """Ce que la question permet d’une réponse : ses choix connus, un seul si elle n’en admet qu’un."""
        codes = choisis(reponse)
        return self.joindre(codes) if self.plusieurs or len(codes) == 1 else ""


_AUCUN = frozenset({"aucun", "aucune"})
"""Les codes qu’un référentiel réserve à ce choix."""
SEPARATEUR_DE_CHOIX = ";"
"""Entre les codes d’une réponse de profil qui en a plusieurs : aucun code ne peut en contenir."""
_ENTRE_LIBELLES = " ; "


def choisis(reponse: str) -> tuple[str, ...]:
    """Les codes d’une réponse de profil : un seul le plus souvent, aucun si elle est vide."""
    return tuple(filter(None, reponse.split(SEPARATEUR_DE_CHOIX)))


@dataclass(frozen=True, slots=True)
class MomentNomme:
    """Un moment, tel que ce référentiel l’appelle : « À l’entrée dans le programme » plutôt que « T0 »."""

    code: str
    libelle: str


@dataclass(frozen=True, slots=True)
class Regle:
    """Une valeur de règle, avec ce qui la fonde."""

    valeur: float
    source: str | None = None
    hypothese: str | None = None


@dataclass(frozen=True, slots=True)
class Regles:
    """Les deux seuils du calcul, chacun dans [0, 1] pour ``seuil`` et en unité d’axe pour l’équilibre."""

    seuil: Regle
    seuil_equilibre: Regle


@dataclass(frozen=True, slots=True)
class Sensibilite:
    """Un autre jeu de coordonnées des ingénieries, pour éprouver l’hypothèse de la carte."""

    identifiant: str
    libelle: str
    positions: Mapping[str, Position]
    source: str | None = None
    hypothese: str | None = None


@dataclass(frozen=True, slots=True)
class Compatibilite:
    """Une version passée dont celle-ci garde les items, sauf ceux dont la question a changé."""

    version: str
    items_changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EchelleNotee:
    """Un ensemble d’items qui reçoit un score : compétence, ingénierie ou groupe d’un regroupement."""

    identifiant: str
    libelle: str
    nature: Nature
    items: tuple[Item, ...]
    regroupement: str | None = None


DE_LA_VERSION = "@"
"""Entre le nom d’un référentiel et sa version : « innovation-territoriale@1.0.0 »."""


@dataclass(frozen=True, repr=False)
class Referentiel:
    """Un référentiel complet et cohérent.

    ``empreinte`` est le SHA-256 hexadécimal de ``texte`` encodé en UTF-8 : le contenu du fichier,
    sans marque d’ordre des octets et avec des fins de ligne LF, donc égale sur tous les systèmes.
    """

    identifiant: str
    version: str
    titre: str
    statut: str
    licence: str
    echelle: Echelle
    axes: Axes
    ingenieries: tuple[Ingenierie, ...]
    competences: tuple[Competence, ...]
    items: tuple[Item, ...]
    regles: Regles
    sources: tuple[Source, ...] = ()
    regroupements: tuple[Regroupement, ...] = ()
    profil: tuple[QuestionProfil, ...] = ()
    sensibilite: tuple[Sensibilite, ...] = ()
    compatible_avec: tuple[Compatibilite, ...] = ()
    moments: tuple[MomentNomme, ...] = ()
    description: str | None = None
    url: str | None = None
    empreinte: str = ""
    texte: str = ""

    def __repr__(self) -> str:
        """Lequel, et sa taille."""
        taille = f"{pluriel(len(self.competences), 'compétence')}, {pluriel(len(self.items), 'item')}"
        return f"Referentiel({self.identifiant} {self.version} : {taille})"

    def __hash__(self) -> int:
        """D’après l’empreinte de son contenu : on retient ainsi ce qui se calcule une fois par référentiel."""
        return hash(self.empreinte)

    @property
    def nom_et_version(self) -> str:
        """« innovation-territoriale@2.0.0 » : ce qu’une table dit, et qu’une option nomme."""
        return f"{self.identifiant}{DE_LA_VERSION}{self.version}"

    @cached_property
    def items_par_code(self) -> Mapping[str, Item]:
        """Les items par code, dans l’ordre du référentiel."""
        return {item.code: item for item in self.items}

    @cached_property
    def echelles(self) -> Mapping[str, EchelleNotee]:
        """Toutes les échelles notées par identifiant : compétences, ingénieries, puis groupes."""
        return {echelle.identifiant: echelle for echelle in self._echelles()}

    @cached_property
    def baremes(self) -> Mapping[str, Bareme]:
        """Le barème de chaque échelle, par identifiant."""
        return {identifiant: Bareme.pour(echelle.items) for identifiant, echelle in self.echelles.items()}

    @cached_property
    def baremes_par_competence(self) -> Mapping[str, tuple[Bareme, ...]]:
        """De chaque échelle, par identifiant, le barème de ses items de chaque compétence, peut-être sans item."""
        return {
            identifiant: tuple(
                Bareme.pour(item for item in echelle.items if item.competence == competence.identifiant)
                for competence in self.competences
            )
            for identifiant, echelle in self.echelles.items()
        }

    @cached_property
    def baremes_des_cases(self) -> Mapping[str, Mapping[str, Bareme]]:
        """Le barème de chaque case de la matrice : compétence → ingénierie → barème, peut-être sans item."""
        return {
            c.identifiant: {
                i.identifiant: Bareme.pour(
                    item for item in self.items_de(c.identifiant) if item.ingenierie == i.identifiant
                )
                for i in self.ingenieries
            }
            for c in self.competences
        }

    def sans_conditions(self) -> Referentiel:
        """Le même, sans les questions sur les conditions d’exercice : ce que l’on pose à qui l’on n’en demande rien."""
        return replace(self, profil=self.questions_dites(()))

    def questions_dites(self, dites: Collection[str]) -> tuple[QuestionProfil, ...]:
        """Les questions de profil ; de celles sur les conditions d’exercice, celles que l’on nomme par identifiant."""
        return tuple(une for une in self.profil if not une.condition or une.identifiant in dites)

    def items_de(self, competence: str) -> tuple[Item, ...]:
        """Les items d’une compétence, dans l’ordre du référentiel."""
        return tuple(item for item in self.items if item.competence == competence)

    def ordre_de_passation(self) -> tuple[Item, ...]:
        """Les items dans l’ordre où on les pose : groupés par compétence."""
        return tuple(item for competence in self.competences for item in self.items_de(competence.identifiant))

    @cached_property
    def sources_du_questionnaire(self) -> tuple[Source, ...]:
        """Les sources sans celles qui ne servent qu’à rapprocher les compétences d’autres répertoires."""
        liens = {lien.source for competence in self.competences for lien in competence.liens}
        groupes = [groupe for regroupement in self.regroupements for groupe in regroupement.groupes]
        ailleurs = {
            *(self.echelle.source, self.axes.x.source, self.axes.y.source),
            *(self.regles.seuil.source, self.regles.seuil_equilibre.source),
            *(piece.source for piece in self.competences),
            *(piece.source for piece in self.ingenieries),
            *(piece.source for piece in self.items),
            *(piece.source for piece in self.regroupements),
            *(piece.source for piece in groupes),
            *(piece.source for piece in self.profil),
        }
        return tuple(source for source in self.sources if source.cle not in liens - ailleurs)

    def source(self, cle: str | None) -> Source | None:
        """La source d’une clé, ou rien."""
        return next((source for source in self.sources if source.cle == cle), None)

    def _echelles(self) -> Iterator[EchelleNotee]:
        for competence in self.competences:
            yield EchelleNotee(
                competence.identifiant,
                competence.libelle,
                "competence",
                self.items_de(competence.identifiant),
            )
        for ingenierie in self.ingenieries:
            items = tuple(item for item in self.items if item.ingenierie == ingenierie.identifiant)
            yield EchelleNotee(ingenierie.identifiant, ingenierie.libelle, "ingenierie", items)
        for regroupement in self.regroupements:
            for groupe in regroupement.groupes:
                items = tuple(self.items_par_code[code] for code in groupe.items)
                yield EchelleNotee(groupe.identifiant, groupe.libelle, "groupe", items, regroupement.identifiant)
