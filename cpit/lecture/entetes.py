"""Ce que peut désigner un en-tête : les noms qu’il connaît, et les habits que les outils d’enquête leur mettent.

Un en-tête se déshabille par des règles fermées, puis se compare à l’identique : rien n’est deviné, rien ne ressemble.
Ce qu’une ligne d’en-têtes dit tout entière (quelle question porte les items, qui a répondu, quel outil) se décide dans
``reconnaissance``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from copy import copy
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum, auto
from functools import lru_cache
from types import MappingProxyType

from cpit.coeur.colonnes import (
    COLONNE_DU_REFERENTIEL,
    COLONNES_DU_TIERS,
    DATE_DU_MOMENT,
    PREFIXES_CALCULES,
    cles_calculees,
    colonnes_du_referentiel,
)
from cpit.coeur.export import cles_des_choix, colonnes_propres_au_jeu
from cpit.coeur.passation import DIMENSIONS_DE_PLACE, DimensionDePlace
from cpit.coeur.referentiel import Choix, Item, QuestionProfil, Referentiel
from cpit.erreurs import Anomalie
from cpit.lecture.contexte import DE_COTE, SANS_CONSIGNE, Consignes, codes_d_un_choix, libelles_d_un_choix
from cpit.lecture.dechiffrement import replier_libelle, sans_balises
from cpit.lecture.outils import ReserveDOutil, noms_de_profil
from cpit.typographie import FINE

EXEMPLE = "EXEMPLE-A-REMPLACER"
"""Identifiant de la ligne d’exemple d’une table vide : elle n’est jamais prise pour une personne."""
_LONGUEUR_MAX = 4000
"""Signes d’un en-tête que l’on cherche à comprendre."""


class Role(StrEnum):
    """Ce que porte une colonne ; une colonne de ce nom le porte, s’il se lit sans situation ni question."""

    IDENTIFIANT = auto()
    MOMENT = auto()
    REGARD = auto()
    EVALUATEUR = auto()
    ROLE_EVALUATEUR = auto()
    CONNAISSANCE = auto()
    DATE_MOMENT = auto()
    PROFIL = auto()
    ITEM = auto()
    ITEM_REFUSE = auto()
    """Un item dont toutes les réponses sont refusées : sa colonne est d’une autre échelle."""
    TRACE = auto()
    FREQUENCE = auto()
    IMPORTANCE = auto()
    CALCULEE = auto()
    SANS_NOM = auto()
    NUMERO = auto()
    MIS_DE_COTE = auto()


DU_TIERS = (Role.EVALUATEUR, Role.ROLE_EVALUATEUR, Role.CONNAISSANCE)
"""Dans l’ordre de ``COLONNES_DU_TIERS``."""
LUES = frozenset(
    {
        *(Role.IDENTIFIANT, Role.MOMENT, Role.REGARD, *DU_TIERS, Role.DATE_MOMENT),
        *(Role.PROFIL, Role.ITEM, Role.TRACE, Role.FREQUENCE, Role.IMPORTANCE),
    }
)
DE_PLACE: Mapping[Role, DimensionDePlace] = MappingProxyType({Role(d.cle): d for d in DIMENSIONS_DE_PLACE})
"""La question à laquelle répond une colonne qui dit la place d’une situation."""
A_COTE_D_UN_ITEM = frozenset({Role.TRACE, *DE_PLACE})
"""Ce qui accompagne un item, et n’est pas sa réponse."""
_DU_TIERS = {
    "evaluateur": Role.EVALUATEUR,
    "code_evaluateur": Role.EVALUATEUR,
    "code evaluateur": Role.EVALUATEUR,
    "role_evaluateur": Role.ROLE_EVALUATEUR,
    "role evaluateur": Role.ROLE_EVALUATEUR,
    "roleevaluateur": Role.ROLE_EVALUATEUR,
    "connaissance": Role.CONNAISSANCE,
    **{replier_libelle(colonne.libelle): role for colonne, role in zip(COLONNES_DU_TIERS, DU_TIERS, strict=True)},
}
"""Quel tiers a répondu, ce qu’il est pour la personne, s’il connaît son travail ; une question de profil du même nom
l’emporte."""
ROLES_A_COTE_D_UN_CODE = (
    *("role", "votre role", "role du repondant", "role de qui repond", "lien", "votre lien"),
    *("lien avec la personne", "votre lien avec la personne", "relation avec la personne"),
)
"""Ce qui, replié, à côté du code d’un évaluateur, dit ce qu’il est pour la personne ; ailleurs, ce peut être un
métier."""
_UNIQUES = {"identifiant": Role.IDENTIFIANT, "moment": Role.MOMENT, "regard": Role.REGARD}
_DE_DATE = dict.fromkeys(
    ("date_moment", "date moment", "datemoment", replier_libelle(DATE_DU_MOMENT.libelle)), Role.DATE_MOMENT
)
NOMS_DE_CONTEXTE: Mapping[str, Role] = MappingProxyType(
    {"moment": Role.MOMENT, "regard": Role.REGARD, **_DU_TIERS, **_DE_DATE}
)
"""Le nom, replié, de chaque colonne qui dit quand, sous quel regard, et quel tiers répond."""
NOMS_DU_REFERENTIEL = (COLONNE_DU_REFERENTIEL.cle, "version du referentiel")
"""Le nom, replié, d’une colonne qui dit avec quel référentiel on a répondu : « innovation-territoriale@1.0.0 »."""
IDENTIFIANTS = (
    *("code", "code personne", "code_personne", "code participant", "code_participant"),
    *("participant", "id participant", "id_participant", "identifiant participant", "identifiant_participant"),
    *("participant_id", "personne", "id personne", "id_personne"),
)
"""Synonymes de « identifiant » ; liste fermée."""
_IDENTITES_POSSIBLES = (
    *("votre code", "votre code personnel", "votre code anonyme", "mon code", "code anonyme", "code personnel"),
    *("votre identifiant", "votre code participant", "code du participant", "code de la personne"),
    *("n_participant", "n participant", "n° participant", "no participant", "numero participant"),
    *("numero de participant", "numero du participant", "token", "record_id", "record id"),
    *("redcap_survey_identifier", "id"),
)
"""Ce qui dit qui a répondu, faute de mieux : la première de la table dans cet ordre ; liste fermée. Ni un nom, ni une
adresse : pour en prendre un, il faut le demander."""
ORDRE_DES_IDENTITES = MappingProxyType(
    {nom: rang for rang, nom in enumerate(("identifiant", *IDENTIFIANTS, *_IDENTITES_POSSIBLES))}
)
"""Le rang de chaque nom, replié, qui dit qui a répondu : le plus sûr d’abord."""
_QUI = {nom: nom for nom in _IDENTITES_POSSIBLES if " " in nom}
"""Ceux que nul autre mot ne dit : « code. Votre code », quel que soit le code de la question."""
_LIBRE_APRES = {"token": "token"}
"""Celui que LimeSurvey fait suivre de sa traduction : « token. Access code »."""
_NUMEROS_DE_LIGNE = ("", "unnamed: 0")
"""Première colonne que R (noms de lignes) et pandas (index) ajoutent."""
MOMENTS_D_EVENEMENTS = MappingProxyType(
    {
        f"{moment}_arm_{bras}": moment.replace("_", "-")
        for moment in ("t0", "t0_retrospectif", *(f"t{rang}" for rang in range(1, 10)))
        for bras in range(1, 10)
    }
)
"""Le moment de chaque événement de REDCap qui en porte le nom : « t0_arm_1 »."""


@dataclass(frozen=True, slots=True)
class Cible:
    """Ce que désigne un en-tête : un rôle, et l’item ou la question de profil en cause.

    ``moment``, ``regard`` : ceux que porte l’en-tête lui-même (« T1_C1P »), vides s’il n’en dit rien ; ``choix`` :
    celui que coche la colonne d’une question de profil qui en admet plusieurs (« dispositif[pvd] »).
    """

    role: Role
    code: str = ""
    moment: str = ""
    regard: str = ""
    choix: str = ""

    def __str__(self) -> str:
        sorte = str(self.role) if self.role in A_COTE_D_UN_ITEM else ""
        contexte = ", ".join(filter(None, (sorte, self.choix, self.moment, self.regard)))
        return f"«{FINE}{self.code or self.role}{FINE}»" + (f" ({contexte})" if contexte else "")


@dataclass(frozen=True, slots=True)
class Rejet:
    """Un en-tête que l’on ne prend pas : le code de l’anomalie et ses mots."""

    anomalie: str
    mots: dict[str, object]


class Habit(StrEnum):
    """Ce qu’un en-tête porte autour d’un nom connu."""

    NU = auto()
    CROCHETS = auto()
    """« T1[C1P] », « question [énoncé] », « Q01_T1->énoncé » : une enquête y met sa question."""
    SOULIGNE = auto()
    """« T1_C1P » : une question d’enquête, ou un moment."""
    CHEMIN = auto()
    """« groupe/C1P », « g-C1P »."""
    QUESTION = auto()
    """« Question - énoncé », « (étiquette) énoncé »."""
    COPIE = auto()
    """« C1P.1 » : pandas numérote ainsi un en-tête déjà vu."""


@dataclass(frozen=True, slots=True)
class Designation:
    """Ce que désigne un en-tête déshabillé, et ce qui l’habillait : ``porteur`` est la question ou le groupe, ``nom``
    le nom replié qui restait.
    """

    cible: Cible
    habit: Habit = Habit.NU
    porteur: str = ""
    nom: str = ""


@dataclass(frozen=True, slots=True)
class ColonneLue:
    """Une colonne d’une table lue ; ``rang`` part de 0."""

    rang: int
    nom: str
    cible: Cible


@dataclass(frozen=True, slots=True)
class Entete:
    """Les colonnes d’une table, dans son ordre, et les avertissements qu’elles méritent.

    ``outil`` : le nom de l’outil reconnu, vide s’il n’y en a pas ; ``valeurs`` : ce que cet outil écrit, replié, et ce
    que cela vaut (« 0 », « SO », « vide »), avant la grammaire ordinaire ; ``repetes``, ``enonces`` : les en-têtes
    repliés de la table, et le code de l’item de chaque énoncé, à quoi se reconnaît une ligne qui les répète ;
    ``contextes_cites`` : le moment et le regard que nomme un en-tête d’item, par son rang, là où une colonne dit ceux
    de la ligne : ils ne doivent pas se contredire ; ``reserves`` : ce que l’outil dit des réponses dans une colonne de
    gestion, par son rang.
    """

    colonnes: tuple[ColonneLue, ...]
    avertissements: tuple[Anomalie, ...]
    outil: str
    valeurs: Mapping[str, str]
    repetes: frozenset[str]
    enonces: Mapping[str, str]
    contextes_cites: Mapping[int, tuple[str, str]]
    reserves: Mapping[int, ReserveDOutil]

    def de_role(self, *roles: Role) -> tuple[ColonneLue, ...]:
        """Les colonnes de ces rôles."""
        return tuple(colonne for colonne in self.colonnes if colonne.cible.role in roles)


# --- les habits ---------------------------------------------------------------------------------------------------

_FIN_DE_LIGNE = re.compile(r"[\r\n]")
_TRACE = re.compile(r"trace[_ ](?P<a>.+)|(?P<b>.+)[_ ]trace|trace\[(?P<c>[^\[\]]+)\]")
_PLACE = re.compile(
    r"(?:place)?(?P<a>frequence|importance)(?:[_ ]| de )(?P<b>.+)|(?P<c>.+)[_ ](?P<d>frequence|importance)"
    r"|place(?P<e>frequence|importance)\[(?P<f>[^\[\]]+)\]"
)
"""« frequence_C1P », « Importance de C1P », « placefrequence[C1P] »."""
_ENTRE_CROCHETS = re.compile(r"(?P<porteur>(?:[a-z][a-z0-9]*)?)\[(?P<code>[^\[\]]+)\]")
"""« T1[C1P] », « [C1P] »."""
_PREFIXEE = re.compile(r"(?P<porteur>[a-z]+[0-9][a-z0-9]*)_(?P<code>.+)")
"""« T1_C1P », « G01Q02_C1P »."""
_FLECHE = re.compile(r"q[0-9]+_(?P<porteur>[^>]*)->(?P<reste>.+)")
"""« Q01_T1->énoncé »."""
_RANG = r"[0-9]{1,3}(?:(?:\.[0-9]{1,3})+(?: ?[.):-] ?| )| ?[.):-] ?)"
_DEVANT_UN_ENONCE = rf"(?:(?:question |q)?{_RANG}|q[0-9]{{2,3}}_|[a-z]\) |[*•-] )"
_NUMERO = re.compile(rf"{_DEVANT_UN_ENONCE}(?P<reste>.+)")
"""« 1. énoncé », « Q1. énoncé », « Q01_Votre code », « 1.2 énoncé », « a) énoncé », « * énoncé »."""
_NUMERO_ENTRE_CROCHETS = re.compile(rf"(?<=\[) ?{_DEVANT_UN_ENONCE}|(?<=\() ?{_RANG}")
"""« question [1.2 énoncé] » : les mêmes, entre crochets ; « (a) » entre parenthèses est une étiquette."""
_ENCADRE = re.compile(r"""(["'*_]+) ?(?P<reste>.+?) ?\1""")
"""« "énoncé" », « *énoncé* »."""
_CODE_AU_BOUT = re.compile(r"(?P<enonce>.+?) ?[\[(](?P<code>[^\[\]()]+)[\])]")
"""« énoncé (C1P) »."""
_ETIQUETTE = re.compile(r"\((?P<porteur>[^()]+)\) (?P<reste>.+)")
"""« (C1P) énoncé »."""
_CODE_ET_SUITE = re.compile(r"(?P<code>[^ ]+?)(?:(?P<point>\. )|\)? - |\)? ?: |\) |\] )(?P<suite>.+)")
"""« C1P. énoncé », « C1P - énoncé »."""
_FINIT_PAR_CROCHETS = re.compile(r"[^\[\]]*\[([^\[\]]+)\]")
_AVANT_UN_ENONCE = re.compile(r"(?P<porteur>.*?) ?(?P<signe>->|>>|[-:./|\[(])")
"""Ce qui précède un énoncé au bout d’un en-tête, et le signe qui l’en sépare."""
_NOM_DE_GROUPE = re.compile(r"[a-z_][a-z0-9_.]*(?:-[a-z_][a-z0-9_.]*)*")
_COPIE = re.compile(r"(?P<reste>.+)\.[0-9]{1,2}")
_GROUPES_MAX = 12
"""Groupes emboîtés, ou barres et tirets d’un énoncé, que l’on examine."""
_COUPE_A = 15
"""Signes que LimeSurvey garde d’un texte dans ses en-têtes abrégés, avant « .. »."""
_PONCTUATION = " :*."
_VUS_MAX = 50_000
"""Textes dont une table retient ce qu’ils désignent : au-delà, ce ne sont plus des en-têtes."""
_AU_BOUT = re.compile(
    r" ?\((?:reponse )?(?:obligatoire|requise?|facultati(?:f|ve)|required|optional)\)| - selected choice"
)
"""Ce qu’un outil ajoute au bout d’une question obligatoire, ou, Qualtrics, d’une question à choix."""
_MOT_DE_CONTEXTE = r"t[0-9]{1,2}(?:[-_ ]retrospectif)?|soi|tiers|n\+?1"
_CONTEXTE = rf"(?:{_MOT_DE_CONTEXTE})(?:[ _.-](?:{_MOT_DE_CONTEXTE}))?"
_AVANT = re.compile(rf"[\[(]?(?P<contexte>{_CONTEXTE})[\])]?(?:(?P<signe> ?[_.:/-] ?)| )(?P<reste>.+)")
_APRES = re.compile(rf"(?P<reste>.+?)(?P<signe> ?[_.:/-] ?| )?[\[(]?(?<![a-z0-9])(?P<contexte>{_CONTEXTE})[\])]?")
_REGARDS_D_EN_TETE = {"soi": "soi", "tiers": "tiers", "n1": "tiers", "n+1": "tiers"}
_CONTEXTE_MAX = 30
"""Signes que tiennent un moment et un regard devant un nom, ou après."""
_MOTS = re.compile(r"[a-z0-9]+")
_COMPARES = 80
"""Signes d’un en-tête inconnu que l’on compare à ceux des noms connus."""
_PROFONDEUR_MAX = 3
"""Habits que l’on ôte l’un sur l’autre."""


def lire_contexte(mots: str) -> tuple[str, str] | None:
    """Le moment et le regard que disent un ou deux mots repliés (« t1 », « t1_n1 »), vides s’ils n’en disent rien ;
    rien si ce n’en sont pas, ou s’ils se contredisent.
    """
    trouves = re.findall(_MOT_DE_CONTEXTE, mots)
    if not trouves or not re.fullmatch(_CONTEXTE, mots):
        return None
    moments = [re.sub("[_ ]", "-", mot) for mot in trouves if mot not in _REGARDS_D_EN_TETE]
    regards = [_REGARDS_D_EN_TETE[mot] for mot in trouves if mot in _REGARDS_D_EN_TETE]
    if len(moments) > 1 or len(regards) > 1:
        return None
    return "".join(moments), "".join(regards)


def replier_en_tete(nom: str) -> str:
    """Un en-tête comparable : un libellé sans balise ni entité ; vide s’il est démesuré."""
    if len(nom) > _LONGUEUR_MAX:
        return ""
    return replier_libelle(sans_balises(nom))


_PLACES_DEMANDEES = {
    replier_libelle(question): role
    for role, dimension in DE_PLACE.items()
    for question in (dimension.question, dimension.question_pour_un_tiers)
}
"""Ce que dit d’un item l’en-tête « Dans votre poste, à quelle fréquence… ? [énoncé] »."""


def _enonces_de(item: Item) -> tuple[str, ...]:
    """Ce qu’une situation peut avoir pour en-tête : son énoncé, et celui que l’on dit à un tiers."""
    return (item.enonce, *([item.enonce_tiers] if item.enonce_tiers else []))


def colonnes_d_aide(referentiel: Referentiel) -> dict[str, Item | None]:
    """Les colonnes d’une table à remplir qui disent ce que veulent dire les niveaux, et que l’on ne relit pas :
    « aide » pour l’échelle, « aide_C1P » pour l’item qui a des ancres. Un item ou une question du même nom l’emporte.
    """
    ancres = {f"aide_{item.code}": item for item in referentiel.ordre_de_passation() if item.niveaux}
    pris = _noms_pris(referentiel)
    return {nom: item for nom, item in {"aide": None, **ancres}.items() if replier_libelle(nom) not in pris}


def colonnes_de_version(referentiel: Referentiel) -> dict[str, str]:
    """La colonne d’une table à remplir qui dit avec quel référentiel, et quelle version, on y répond, et ce qu’elle
    dit ; aucune si un item ou une question porte ce nom.
    """
    return {colonne.cle: referentiel.nom_et_version for colonne in colonnes_du_referentiel(referentiel)}


def _noms_pris(referentiel: Referentiel) -> set[str]:
    codes = (*referentiel.items_par_code, *(question.identifiant for question in referentiel.profil))
    return set(map(replier_libelle, codes))


def _noms_sans_reponse(referentiel: Referentiel) -> set[str]:
    """Ceux des colonnes que l’on connaît, et qui ne portent rien d’une personne."""
    return {
        *(_replier_nom(nom) for nom in colonnes_d_aide(referentiel)),
        *({*NOMS_DU_REFERENTIEL} - _noms_pris(referentiel)),
    }


_Forme = Callable[["Nomenclature", str, int], "Designation | Rejet | None"]


MISE_DE_COTE = Designation(Cible(Role.MIS_DE_COTE))
"""Une colonne qu’une correspondance dit de ne pas lire, ou qui ne dit rien d’une personne."""


class Nomenclature:
    """Tous les noms qu’une colonne peut porter pour un référentiel, et ce que l’on a dit de la table.

    ``Nomenclature.pour`` la rend : les noms d’un référentiel se rangent une fois, non à chaque table.
    """

    def __init__(self, referentiel: Referentiel) -> None:
        self.referentiel, self.consignes, self._dites = referentiel, SANS_CONSIGNE, _replier_les_dites(SANS_CONSIGNE)
        self._exacts = {item.code: Designation(Cible(Role.ITEM, item.code)) for item in referentiel.items}
        items = [(item, Cible(Role.ITEM, item.code)) for item in referentiel.items]
        self._codes = _couche((item.code, cible) for item, cible in items)
        dits = [(enonce, cible) for item, cible in items for enonce in _enonces_de(item)]
        self._enonces = _couche(dits)
        # Un énoncé écrit avec des tirets bas n’en a plus d’autres : les siens deviennent des espaces aussi.
        self._enonces |= _couche((enonce.replace("_", " "), cible) for enonce, cible in dits)
        self._sans_point = _couche((enonce.rstrip(" ."), cible) for enonce, cible in dits)
        self._longueurs = sorted({len(plie) for plie in self._enonces}, reverse=True)
        self._coupes = _couche((enonce[:_COUPE_A], cible) for enonce, cible in dits if len(enonce) > _COUPE_A)
        debuts = (*self._codes, *self._coupes, *(plie for plie in self._sans_point if len(plie) <= _COUPE_A))
        self._debuts_d_items = frozenset(map(_serrer, debuts))
        self._couches = self._ranger_les_noms()
        proposes = (
            *_UNIQUES,
            *self._exacts,
            *(question.identifiant for question in referentiel.profil),
            *(enonce for enonce, _ in dits),
            *(question.libelle for question in referentiel.profil),
        )
        self._sans_reponse = _noms_sans_reponse(referentiel)
        self._debuts = {_replier_nom(nom)[:_COMPARES]: nom for nom in proposes}
        # Une fin de ligne tapée dans un en-tête peut couper un mot : aucun blanc n’y compte alors.
        self._serres = {
            plie.replace(" ", ""): Designation(cible, nom=plie)
            for couche in reversed(self._couches)
            for plie, cible in couche.items()
            if cible is not None
        }
        self._portee = max(len(plie) for couche in self._couches for plie in couche) + _CONTEXTE_MAX
        self._vus: dict[str, Designation | Rejet | None] = {}
        self._items_vus: dict[str, Cible | None] = {}

    @classmethod
    def pour(cls, referentiel: Referentiel, consignes: Consignes = SANS_CONSIGNE) -> Nomenclature:
        """Celle d’une table : ce que l’on a dit d’elle, et ce que l’on y a déjà désigné, ne sont qu’à elle."""
        une = copy(_nomenclature_nue(referentiel, tuple(cles_calculees())))
        une.consignes, une._dites, une._vus = consignes, _replier_les_dites(consignes), {}
        une._items_vus = {}
        return une

    def _ranger_les_noms(self) -> tuple[dict[str, Cible | None], ...]:
        """Ce que désigne chaque nom replié, par sorte : la première sorte qui le connaît l’emporte."""
        return (
            _couche((nom, Cible(role)) for nom, role in _UNIQUES.items()),
            self._codes,
            _couche_de_profil(self.referentiel.profil, lambda question: question.identifiant, codes_d_un_choix),
            self._enonces,
            _couche_de_profil(self.referentiel.profil, lambda question: question.libelle, libelles_d_un_choix),
            _couche((nom, Cible(role)) for nom, role in (*_DU_TIERS.items(), *_DE_DATE.items())),
            _couche((nom, Cible(Role.IDENTIFIANT)) for nom in (*IDENTIFIANTS, *_IDENTITES_POSSIBLES)),
            _couche((nom, Cible(Role.CALCULEE)) for nom in self._calculees()),
            _couche(
                (nom, Cible(Role.PROFIL, q.identifiant, choix=choix))
                for nom, q, choix in noms_de_profil(self.referentiel)
            ),
        )

    def reconnaitre(self, nom: str) -> Cible | Rejet | None:
        """Ce que désigne un en-tête pris seul ; rien s’il est inconnu."""
        trouve = self.designer(nom)
        return trouve.cible if isinstance(trouve, Designation) else trouve

    def item_de(self, nom: str) -> Cible | None:
        """L’item que désigne un texte ; rien, à peu de frais, s’il ne porte ni code ni début d’énoncé."""
        if nom not in self._items_vus:
            if len(self._items_vus) >= _VUS_MAX:
                self._items_vus.clear()
            trouve = self.designer(nom) if self._peut_nommer_un_item(nom) else None
            est_un_item = isinstance(trouve, Designation) and trouve.cible.role is Role.ITEM
            self._items_vus[nom] = trouve.cible if isinstance(trouve, Designation) and est_un_item else None
        return self._items_vus[nom]

    def _peut_nommer_un_item(self, nom: str) -> bool:
        if self._dites:
            return True
        serre = _serrer(replier_en_tete(nom))
        return any(debut in serre for debut in self._debuts_d_items)

    def designer(self, nom: str) -> Designation | Rejet | None:
        """Ce que désigne un en-tête, et ce qui l’habille ; rien s’il est inconnu."""
        if nom not in self._vus:
            if len(self._vus) >= _VUS_MAX:
                self._vus.clear()
            voulu = self._dites.get(replier_libelle(nom))
            trouve = MISE_DE_COTE if voulu == DE_COTE else self._designer(voulu or nom)
            self._vus[nom] = MISE_DE_COTE if trouve is None and self._dit_l_equipe(nom) else trouve
        return self._vus[nom]

    def _dit_l_equipe(self, nom: str) -> bool:
        """Vrai de la colonne que l’on a nommée pour lire des équipes : elle n’est pas inconnue."""
        voulue = self.consignes.equipe
        return voulue is not None and replier_libelle(nom) == replier_libelle(voulue)

    def _designer(self, nom: str) -> Designation | Rejet | None:
        exact = self._exacts.get(nom.strip())
        if exact is not None:
            return exact
        if len(nom) > _LONGUEUR_MAX:
            return None
        plie = replier_en_tete(nom)
        if plie in _NUMEROS_DE_LIGNE:
            return Designation(Cible(Role.SANS_NOM))
        if plie in self._sans_reponse:
            return MISE_DE_COTE
        trouve = self._deshabiller(plie, _PROFONDEUR_MAX)
        if trouve is None and _FIN_DE_LIGNE.search(nom):
            trouve = self._serres.get(plie.replace(" ", ""))
        return replace(trouve, mots=trouve.mots | {"valeur": nom}) if isinstance(trouve, Rejet) else trouve

    def reconnaitre_un_jeu(self, noms: Sequence[str]) -> dict[str, Cible]:
        """Ce que désignent les colonnes d’un jeu de données que cpit a écrit et que lui seul a ; rien pour une autre
        table, où un mois ou un rang ne se laisserait pas de côté sans le dire.
        """
        if not noms or not noms[0].strip().startswith("pseudonyme"):
            return {}
        pseudonyme, *autres = (colonne.cle for colonne in colonnes_propres_au_jeu(self.referentiel))
        cibles = {pseudonyme: Cible(Role.IDENTIFIANT), **dict.fromkeys(autres, Cible(Role.CALCULEE))}
        if not cibles.keys() <= {nom.strip() for nom in noms}:
            return {}
        choix = cles_des_choix(self.referentiel).items()
        return cibles | {cle: Cible(Role.PROFIL, question, choix=code) for (question, code), cle in choix}

    @property
    def enonces(self) -> Mapping[str, str]:
        """Le code de l’item de chaque énoncé, replié ; d’un énoncé que deux items partagent, rien."""
        return {enonce: cible.code for enonce, cible in self._enonces.items() if cible}

    def proche(self, nom: str) -> str | None:
        """Le code d’item qu’un en-tête inconnu cite, sinon le nom connu qui lui ressemble le plus, ou rien."""
        plie = replier_libelle(nom[:300])
        mots = set(_MOTS.findall(plie))
        if len(cites := [code for code in self._exacts if replier_libelle(code) in mots]) == 1:
            return cites[0]
        trouves = get_close_matches(plie[:_COMPARES], self._debuts)
        return self._debuts[trouves[0]] if trouves else None

    def item_proche(self, nom: str, codes: Set[str]) -> str | None:
        """Le code de celui de ces items dont un en-tête inconnu est le plus proche, ou rien."""
        proche = self.proche(nom) if codes else None
        trouve = self._nu(_replier_nom(proche)) if proche else None
        return trouve.cible.code if isinstance(trouve, Designation) and trouve.cible.code in codes else None

    def enonces_cites(self, nom: str) -> Iterable[str]:
        """Les codes des items dont un en-tête cite l’énoncé entier."""
        plie = replier_en_tete(nom)
        return (cible.code for enonce, cible in self._enonces.items() if cible and enonce in plie)

    def _calculees(self) -> Iterable[str]:
        for identifiant in self.referentiel.echelles:
            yield from (prefixe + identifiant for prefixe in PREFIXES_CALCULES)
        yield from cles_calculees()

    def _deshabiller(
        self, plie: str, profondeur: int, formes: Sequence[_Forme] | None = None
    ) -> Designation | Rejet | None:
        """Le nom connu sous un habit, puis sous deux ; chaque habit ne s’ôte que d’une façon."""
        if (nu := self._nu(plie)) is not None or profondeur == 0:
            return nu
        for forme in _FORMES if formes is None else formes:
            trouve = forme(self, plie, profondeur - 1)
            if trouve is not None:
                return trouve
        return None

    def _nu(self, plie: str) -> Designation | Rejet | None:
        for couche in self._couches:
            if plie in couche:
                cible = couche[plie]
                return Designation(cible, nom=plie) if cible else Rejet("colonne-ambigue", {})
        return self._a_cote(plie)

    def _contexte(self, plie: str) -> Designation | None:
        """« identifiant. Votre code », « structure. Structure d’exercice » : après le nom exact, la suite est libre."""
        roles, _, profil, *_ = self._couches
        cible = roles.get(plie) or profil.get(plie)
        return Designation(cible) if cible else None

    def _a_cote(self, plie: str) -> Designation | None:
        """La trace d’un item, ou l’une des deux questions sur sa place."""
        trouve = _TRACE.fullmatch(plie)
        item = self._codes.get(trouve["a"] or trouve["b"] or trouve["c"]) if trouve else None
        return Designation(Cible(Role.TRACE, item.code)) if item else self._place(plie)

    def _place(self, plie: str) -> Designation | None:
        trouve = _PLACE.fullmatch(plie)
        if trouve is None:
            return None
        dimension = trouve["a"] or trouve["d"] or trouve["e"]
        code = trouve["b"] or trouve["c"] or trouve["f"]
        item = self._codes.get(code.removeprefix("de "))
        return Designation(Cible(Role(dimension), item.code)) if item else None

    def _place_demandee(self, porteur: str, code: str) -> Role | None:
        """Ce que demande d’un item ce qui précède son énoncé : « Dans votre poste, … ? », « Fréquence de C1P »."""
        place = self._place(porteur)
        return _PLACES_DEMANDEES.get(porteur) or (place.cible.role if place and place.cible.code == code else None)

    def _item(self, plie: str) -> Cible | None:
        return self._codes.get(plie) or self._enonces.get(plie)

    def _crochets(self, plie: str, _profondeur: int) -> Designation | None:
        """« T1[C1P] », « [C1P] », « T1_C1P », « Q01_T1->énoncé »."""
        for motif, habit in ((_ENTRE_CROCHETS, Habit.CROCHETS), (_PREFIXEE, Habit.SOULIGNE)):
            trouve = motif.fullmatch(plie)
            if trouve and (cible := self._codes.get(trouve["code"].strip())):
                return Designation(cible, habit if trouve["porteur"] else Habit.NU, trouve["porteur"])
        trouve = _FLECHE.fullmatch(plie)
        cible = self._item(trouve["reste"].strip()) if trouve else None
        return Designation(cible, Habit.CROCHETS, trouve["porteur"].strip()) if trouve and cible else None

    def _code_et_enonce(self, plie: str, _profondeur: int) -> Designation | Rejet | None:
        """« C1P. énoncé », « (C1P) énoncé », « T1[C1P]. Question [énoncé] » ; un autre énoncé n’est pas cet item."""
        trouve = _CODE_ET_SUITE.fullmatch(plie)
        if trouve is None:
            return None
        tete = trouve["code"].lstrip("([")
        if trouve["point"] and (hors_item := self._contexte(tete) or self._a_cote(tete)):
            return hors_item
        if (qui := _LIBRE_APRES.get(tete) or _QUI.get(trouve["suite"])) and tete not in self._codes:
            return Designation(Cible(Role.IDENTIFIANT), nom=qui)
        cible = self._codes.get(tete)
        porte = Designation(cible) if cible else self._crochets(tete, 0) if trouve["point"] else None
        if porte is None:
            return None
        suite = trouve["suite"]
        dans = _FINIT_PAR_CROCHETS.fullmatch(suite)
        item = self.referentiel.items_par_code[porte.cible.code]
        if {suite, dans[1].strip() if dans else suite} & set(map(replier_libelle, _enonces_de(item))):
            return porte
        autre = trouve["point"] or plie.startswith("(")
        return Rejet("colonne-autre-enonce", {"code": item.code, "enonce": item.enonce}) if autre else None

    def _numerote(self, plie: str, profondeur: int) -> Designation | Rejet | None:
        trouve = _NUMERO.fullmatch(plie)
        return self._deshabiller(trouve["reste"], profondeur) if trouve else None

    def _etiquete(self, plie: str, _profondeur: int) -> Designation | Rejet | None:
        """« (code) Votre code », « (a) énoncé »."""
        trouve = _ETIQUETTE.fullmatch(plie)
        nu = self._nu(trouve["reste"]) if trouve else None
        if trouve is None or not isinstance(nu, Designation) or nu.cible.role is not Role.ITEM:
            return nu
        return Designation(nu.cible, Habit.QUESTION, trouve["porteur"])

    def _situe(self, plie: str, profondeur: int) -> Designation | None:
        """« C1P_t1 », « T1 - énoncé », « T1_N1_C1P » : le moment et le regard que dit l’en-tête."""
        for motif in (_APRES, _AVANT):
            trouve = motif.fullmatch(plie)
            contexte = lire_contexte(trouve["contexte"]) if trouve else None
            if trouve is None or contexte is None:
                continue
            # Le point d’un énoncé n’est pas un signe : « énoncé. (T1) ».
            finis = (trouve["reste"].strip(), (trouve["reste"] + (trouve["signe"] or "")).strip())
            for fini in dict.fromkeys(finis):
                reste = self._deshabiller(fini, profondeur)
                if isinstance(reste, Designation) and reste.cible.role in {Role.ITEM, *A_COTE_D_UN_ITEM}:
                    return replace(reste, cible=_dater(reste.cible, *contexte))
        return None

    def _chemin(self, plie: str, _profondeur: int) -> Designation | None:
        """« groupe/C1P », « g1-C1P » : le plus long nom connu après un groupe."""
        debut = max(0, len(plie) - self._portee)
        for rang in [k for k, signe in enumerate(plie[debut:], debut) if signe in "/-"][:_GROUPES_MAX]:
            groupe, reste = plie[:rang], plie[rang + 1 :]
            if plie[rang] == "-" and not (_NOM_DE_GROUPE.fullmatch(groupe) and " " not in reste):
                continue
            trouve = self._deshabiller(reste.strip(), 1, _SOUS_UN_CHEMIN)
            if isinstance(trouve, Designation) and trouve.cible.role is not Role.CALCULEE:
                nue = trouve.habit is Habit.NU
                return replace(trouve, habit=Habit.CHEMIN, porteur=groupe.strip()) if nue else trouve
        return None

    def _question(self, plie: str, _profondeur: int) -> Designation | None:
        """« question [énoncé] », « question (énoncé) », « Question - énoncé » : le plus long énoncé au bout."""
        plie = _NUMERO_ENTRE_CROCHETS.sub("", plie)
        for corps in (plie, plie[:-1].rstrip()) if plie.endswith(("]", ")")) else (plie,):
            for longueur in self._longueurs:
                cible = self._enonces.get(corps[-longueur:])
                avant = _AVANT_UN_ENONCE.fullmatch(corps[:-longueur].rstrip()) if cible else None
                if cible and avant and (avant["signe"] in ("[", "(")) == (corps != plie):
                    if role := self._place_demandee(avant["porteur"], cible.code):
                        return Designation(replace(cible, role=role))
                    habit = Habit.CROCHETS if avant["signe"] == "[" else Habit.QUESTION
                    return Designation(cible, habit, avant["porteur"])
        return None

    def _souligne(self, plie: str, profondeur: int) -> Designation | Rejet | None:
        """« votre_code », « Dans_votre_poste_[Quand_des_habitants…] »."""
        if plie.count("_") <= plie.count(" "):
            return None
        return self._deshabiller(" ".join(plie.replace("_", " ").split()), profondeur)

    def _encadre(self, plie: str, profondeur: int) -> Designation | Rejet | None:
        trouve = _ENCADRE.fullmatch(plie)
        return self._deshabiller(trouve["reste"], profondeur) if trouve else None

    def _code_au_bout(self, plie: str, _profondeur: int) -> Designation | None:
        """« énoncé (C1P) » : l’item de ce code, si c’est bien son énoncé."""
        trouve = _CODE_AU_BOUT.fullmatch(plie)
        cible = self._codes.get(trouve["code"].strip()) if trouve else None
        return Designation(cible) if trouve and cible and self._enonces.get(trouve["enonce"]) == cible else None

    def _retape(self, plie: str, _profondeur: int) -> Designation | None:
        """Un énoncé sans le point qu’il perd souvent, retapé."""
        cible = self._sans_point.get(plie)
        return Designation(cible) if cible else None

    def _ponctue(self, plie: str, profondeur: int) -> Designation | Rejet | None:
        nu = _AU_BOUT.sub("", plie).rstrip(_PONCTUATION)
        return self._deshabiller(nu, profondeur) if nu != plie else None

    def _copie(self, plie: str, _profondeur: int) -> Designation | None:
        trouve = _COPIE.fullmatch(plie)
        nu = self._nu(trouve["reste"]) if trouve else None
        return replace(nu, habit=Habit.COPIE) if isinstance(nu, Designation) else None

    def _abrege(self, plie: str, _profondeur: int) -> Designation | Rejet | None:
        """« Dans votre post..  [Quand des habit.. ] » : un début de longueur fixée, s’il ne désigne qu’un énoncé."""
        porteur, _, debut = plie.rpartition("[")
        coupe, marque, fin = debut.rpartition("..")
        if not marque or fin.strip() != "]" or coupe.strip() not in self._coupes:
            return None
        cible = self._coupes[coupe.strip()]
        return Designation(cible, Habit.CROCHETS, porteur.strip()) if cible else Rejet("colonne-ambigue", {})


@lru_cache(maxsize=16)
def _nomenclature_nue(referentiel: Referentiel, _calculees: tuple[str, ...]) -> Nomenclature:
    """Ses tables ne changent plus tant que cpit calcule les mêmes colonnes : ``pour`` n’en fait qu’une copie légère."""
    return Nomenclature(referentiel)


_FORMES: tuple[_Forme, ...] = (
    Nomenclature._crochets,
    Nomenclature._code_et_enonce,
    Nomenclature._code_au_bout,
    Nomenclature._encadre,
    Nomenclature._etiquete,
    Nomenclature._numerote,
    Nomenclature._situe,
    Nomenclature._chemin,
    Nomenclature._question,
    Nomenclature._souligne,
    Nomenclature._retape,
    Nomenclature._ponctue,
    Nomenclature._copie,
    Nomenclature._abrege,
)
"""Les façons de déshabiller un en-tête, dans l’ordre où elles s’essaient."""

_SOUS_UN_CHEMIN: tuple[_Forme, ...] = (Nomenclature._crochets, Nomenclature._situe, Nomenclature._souligne)
"""Celles qui s’essaient sous un groupe : il n’y en a pas d’autre sous un groupe d’outil."""

_replier_nom = lru_cache(maxsize=1024)(replier_libelle)
"""Les noms d’un référentiel se replient une fois, non à chaque table d’un dossier qui en compte deux cents."""


def _serrer(plie: str) -> str:
    """Un nom replié sans rien de ce dont un outil sépare ses mots."""
    return plie.replace(" ", "").replace("_", "")


def _dater(cible: Cible, moment: str, regard: str) -> Cible:
    return replace(cible, moment=moment or cible.moment, regard=regard or cible.regard)


def _replier_les_dites(consignes: Consignes) -> dict[str, str]:
    return {replier_libelle(nom): voulu for nom, voulu in consignes.colonnes.items()}


def _couche(paires: Iterable[tuple[str, Cible]]) -> dict[str, Cible | None]:
    """Cible de chaque nom replié ; rien si deux cibles s’y confondent."""
    couche: dict[str, Cible | None] = {}
    for nom, cible in paires:
        plie = _replier_nom(nom)
        couche[plie] = cible if couche.get(plie, cible) == cible else None
    return couche


def _couche_de_profil(
    questions: Sequence[QuestionProfil],
    nommer: Callable[[QuestionProfil], str],
    nommer_un_choix: Callable[[QuestionProfil, Choix], Iterable[str]],
) -> dict[str, Cible | None]:
    """Ce que nomment les questions, qui l’emportent, et chaque choix de celles qui en admettent plusieurs."""
    choix = (
        (nom, Cible(Role.PROFIL, question.identifiant, choix=un.code))
        for question in questions
        if question.plusieurs
        for un in question.choix
        for nom in nommer_un_choix(question, un)
    )
    return _couche(choix) | _couche((nommer(q), Cible(Role.PROFIL, q.identifiant)) for q in questions)
