"""Le contexte d’une table : quand, sous quel regard, quel tiers, quel profil ; ce qu’elle en écrit ou ce qu’on en dit.

Tout libellé que cpit écrit se relit. Rien n’est deviné : ce qui ne se lit pas en entier n’est pas pris, et ce qu’une
table tait se dit à la commande.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from cpit.coeur.equipe import critere_d_equipe
from cpit.coeur.passation import (
    CONNAISSANCES,
    MOMENTS,
    REGARDS,
    RETROSPECTIF,
    ROLES_EVALUATEUR,
    dire_le_moment,
    est_un_moment,
    noms_des_moments,
)
from cpit.coeur.referentiel import Choix, QuestionProfil, Referentiel
from cpit.erreurs import Anomalie, Lieu, MauvaisEmploi, anomalie
from cpit.lecture.dechiffrement import (
    SENS_SANS_OBJET,
    SENS_VIDE,
    VALEUR_ABSENTE,
    lire_mots,
    replier_libelle,
    replier_valeur,
)
from cpit.lecture.outils import REDCAP, choix_de_redcap
from cpit.tableur.classeur_ouvert import Piege
from cpit.typographie import enumerer

# --- quand, sous quel regard, et qui est ce tiers ---------------------------------------------------------------------
#
# Les mots qui le disent, ceux de cpit et ceux que chacun emploie.
#
# Tout libellé que cpit écrit se relit. Des mots ordinaires, seuls ceux qui ne disent qu’une chose sont lus :
# « Avant » est t0, le seul moment d’avant ; « Après » en est un autre, et rien ne dit lequel.


REGARDS_AFFICHES = {
    "soi": "Je réponds pour moi",
    "tiers": "Je réponds à propos d’une personne dont je connais le travail",
}
"""Ce que dit un formulaire de chaque regard."""


# --- le moment ------------------------------------------------------------------------------------------------------


def libelle_du_moment(code: str, referentiel: Referentiel | None = None) -> str:
    """« Avant ou au début (T0) » ; « T2 rétrospectif » pour un moment qui n’a pas de phrase ; son nom s’il en a un."""
    dit = dire_le_moment(code, referentiel)
    return dit[0].upper() + dit[1:]


_DE_QUOI = (
    r"(?:[ -](?:la |le |l'|de la |de l'|de |du |d'|votre )?(?:formation|session|stage|parcours|module|cycle|test))?"
)
_TOT = re.compile(rf"(?:avant|pre|(?:au )?debut|avant ou au debut|initiale?|(?:a l')?entree){_DE_QUOI}")
_TARD = re.compile(rf"(?:apres|post|(?:a la |en )?fin|finale?|sortie|follow-?up|a froid|a chaud){_DE_QUOI}")
_AILLEURS = re.compile(
    r"il y a .{2,20}|(?:dans|d'ici) (?:un|une|deux|trois|six|[0-9]{1,2}) (?:ans?|mois|semaines?)"
    r"|l'an(?:nee)? (?:derniere?|passee?|prochaine?)"
)
"""Un autre temps que celui des réponses, passé ou à venir."""
_VOULU = re.compile(r"(?:niveau )?(?:souhaite|vise|attendu|cible|ideal)e?")
_MOMENT_TAPE = re.compile(r"(?:moment ?:? ?)?(t[0-9]{1,2})(.*)")
_AUTRE_MOMENT = re.compile(r"(?<![a-z0-9])t ?[0-9]|[/&>]")
"""« T0 / T1 », « T1 – T2 » : plusieurs."""
_RETROSPECTIF = re.compile(r"retrospecti(?:f|ve)|vu d'aujourd'hui")
_SIGNE_DE_SUITE = re.compile(r" ?[-:(,]")
_PHRASES = {replier_libelle(libelle_du_moment(code)): code for code in MOMENTS}


def dit_un_debut(plie: str) -> bool:
    """Vrai pour « avant », « début de formation », repliés : t0 est le seul moment d’avant ou du début."""
    return _TOT.fullmatch(plie) is not None


def dit_une_suite(plie: str) -> bool:
    """Vrai pour « après », « fin de session », « il y a un an », repliés : un moment qui n’est pas t0, mais lequel ?"""
    return _TARD.fullmatch(plie) is not None or _AILLEURS.fullmatch(plie) is not None


_VAGUE = r"vague|wave|passation|mesure|temps|time|mois"
"""Ce qui compte des moments, chacun à sa façon : de 0, de 1, ou en mois."""
_DE_LA_VAGUE = re.compile(
    rf"(?:(?:n°|no|numero) ?(?:de |du |de la )?)?(?:{_VAGUE}|moment)s?(?: (?:de |d'|of )(?:la )?[a-z]{{4,20}})?"
)
_VAGUE_NUMEROTEE = re.compile(rf"(?:{_VAGUE})[ _.-]?[0-9]{{1,2}}")
_PORTEUR_NUMEROTE = re.compile(
    rf"(?:[mvwj]|{_VAGUE}|session|phase|periode|etape|semaine|jour|annee)[ _.-]?[0-9]{{1,4}}"
)


_CITE = re.compile(
    rf"(?<![a-z0-9])(?:t ?\+? ?0*[1-9][0-9]?"
    rf"|(?:{_VAGUE}|session|phase|periode|etape|semestre|trimestre)[ _.-]?[0-9]{{1,2}}"
    r"|(?:apres|fin de|sortie de|post)[ -](?:la |le |l'|votre )?(?:formation|session|stage|parcours|module|cycle))"
    r"(?![a-z0-9])"
)
_SEUL = re.compile(
    r"(?:a |apres |dans )?[0-9]{1,2} ?(?:mois|semaines?|jours?|ans?)|(?:19|20)[0-9]{2}|[mvwjs][ _.-]?[0-9]{1,3}"
)


_TITRE_D_ENQUETE = re.compile(
    r"(?:questionnaire|bilan|enquete|(?:auto-?)?evaluation|(?:auto-?)?positionnement|grille|formulaire|test|etat|releve"
    r"|question|situation|groupe|grp|bloc|partie|section)s? ?[-:]? ?(?:de |d'|du )?(?P<suite>.+)"
)


def cite_un_autre_moment(plie: str) -> bool:
    """Vrai pour « questionnaire t1 », « bilan de fin de formation », « 6 mois », repliés : un moment qui n’est pas t0,
    parmi d’autres mots ou seul.
    """
    if _CITE.search(plie.replace("_", " ")) or _SEUL.fullmatch(plie):
        return True
    trouve = _TITRE_D_ENQUETE.fullmatch(plie.replace("_", " "))
    return trouve is not None and (dit_une_suite(trouve["suite"]) or _SEUL.fullmatch(trouve["suite"]) is not None)


def dit_un_niveau_voulu(plie: str) -> bool:
    """Vrai pour « niveau souhaité », « cible », repliés : ce que l’on voudrait, non ce qui est."""
    return _VOULU.fullmatch(plie) is not None


def nomme_des_vagues(plie: str) -> bool:
    """Vrai de l’en-tête, replié, d’une colonne qui compte des moments : « vague », « n° de passation »."""
    return _DE_LA_VAGUE.fullmatch(plie) is not None


def dit_une_vague(plie: str) -> bool:
    """Vrai pour « vague 2 », « passation 1 », repliés : un moment, sans qu’on sache lequel."""
    return _VAGUE_NUMEROTEE.fullmatch(plie) is not None


def peut_etre_un_moment(plie: str) -> bool:
    """Vrai pour « m1 », « v2 », « session 2 », repliés : un moment, ou tout autre chose."""
    return _PORTEUR_NUMEROTE.fullmatch(plie) is not None


def code_du_moment(texte: str, referentiel: Referentiel | None = None) -> str | None:
    """Code d’un moment écrit par son libellé, par celui du référentiel, ou par son code, seul ou suivi de ce qu’il est
    (« T1 – fin de stage ») ; rien sinon.
    """
    plie = replier_libelle(texte)
    noms = {} if referentiel is None else noms_des_moments(referentiel)
    if nomme := {replier_libelle(nom): code for code, nom in noms.items()}.get(plie) or _PHRASES.get(plie):
        return nomme
    trouve = _MOMENT_TAPE.fullmatch(plie)
    return None if trouve is None or not _explique(trouve[2]) else trouve[1] + _suffixe(trouve[2])


def moment_en_mots(texte: str, referentiel: Referentiel) -> str | None:
    """Code d’un moment d’une table : celui que son mot nomme, ou t0 s’il dit l’avant ou le début ; rien sinon."""
    return code_du_moment(texte, referentiel) or ("t0" if dit_un_debut(replier_libelle(texte)) else None)


def _explique(suite: str) -> bool:
    """Vrai pour ce qui peut suivre un code sans le changer : rien, « – fin de stage », « rétrospectif »."""
    if _AUTRE_MOMENT.search(suite):
        return False
    mots = suite.strip()
    return not mots or _SIGNE_DE_SUITE.match(suite) is not None or mots == "retrospectif" or _est_un_mot(mots)


def _est_un_mot(plie: str) -> bool:
    return dit_un_debut(plie) or dit_une_suite(plie)


def _suffixe(suite: str) -> str:
    return RETROSPECTIF if _RETROSPECTIF.search(suite) else ""


_DANS_UN_NOM = re.compile(r"(?<![a-z0-9])t[0-9]{1,2}(?![a-z0-9])")


def moment_d_un_nom(nom: str) -> str | None:
    """Le seul moment que cite le nom d’un fichier, sans son suffixe (« enquete-t1 ») ; rien s’il en cite plusieurs."""
    plie = replier_libelle(nom)
    cites = set(_DANS_UN_NOM.findall(plie))
    return cites.pop() + _suffixe(plie) if len(cites) == 1 else None


# --- le regard, et le rôle d’un tiers -------------------------------------------------------------------------------


def _nu(texte: str) -> str:
    return re.sub(r"[^a-z0-9]", "", replier_libelle(texte))


CODES_DU_TIERS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"role_evaluateur": ROLES_EVALUATEUR, "connaissance": CONNAISSANCES}
)
"""Par question posée à un tiers : code → libellé."""
_DITS_DU_TIERS = {
    cle: {_nu(mots): code for code, libelle in codes.items() for mots in (code, libelle)}
    for cle, codes in CODES_DU_TIERS.items()
}
"""Par question, libellé ou code, sans signe ni espace → code."""
_ROLES = _DITS_DU_TIERS["role_evaluateur"] = (
    _DITS_DU_TIERS["role_evaluateur"]
    | dict.fromkeys(
        (
            *("manager", "manageur", "manageuse", "hierarchie", "hierarchique", "superieur", "superieure"),
            *("superieurhierarchique", "superieurehierarchique", "responsablehierarchique"),
        ),
        "n+1",
    )
    | {"pairs": "pair", "collegues": "collegue", "elue": "elu", "elus": "elu", "elues": "elu"}
    # « élu ou élue » : le libellé des formulaires d’avant, qui ne disait rien à une association.
    | {"partenaires": "partenaire", "eluouelue": "elu"}
)
"""Ce que l’on écrit d’un rôle, sans signe ni espace → son code."""
_SOI = frozenset(
    map(_nu, ("soi", "soi-même", "moi", "moi-même", "lui-même", "elle-même", "auto", "auto-évaluation"))
) | {"autopositionnement", "autodiagnostic"}
_TIERS = frozenset({"tiers", "untiers", "tiercepersonne", "unetiercepersonne", "evaluateur", "evaluatrice"}) | {
    "heteroevaluation",
    "hetero",
}
_REGARDS_ECRITS = MappingProxyType(
    {_nu(libelle): code for libelles in (REGARDS, REGARDS_AFFICHES) for code, libelle in libelles.items()}
    | dict.fromkeys(_SOI, "soi")
    | dict.fromkeys(_TIERS, "tiers")
)
_TUTEURS = frozenset({"tuteur", "tutrice", *(f"n{rang}" for rang in range(2, 10))})
"""Des tiers dont le rôle n’est pas de ceux que cpit nomme : il est gardé tel quel."""


def code_du_tiers(cle: str, texte: str) -> str | None:
    """Code d’un rôle, ou d’une connaissance du travail, écrit par son libellé, par son code, ou comme on le dit
    (« n1 », « manager ») ; rien si ce n’en est pas un.
    """
    return _DITS_DU_TIERS[cle].get(_nu(texte))


def decoder_du_tiers(cle: str, texte: str) -> str:
    """Ce qu’une case dit d’un tiers : un code connu, sinon ses propres mots, gardés tels quels."""
    return (code_du_tiers(cle, texte) if cle in _DITS_DU_TIERS else None) or texte


def code_du_regard(texte: str) -> str | None:
    """Code d’un regard écrit par son libellé, par son code, ou comme on le dit (« auto », « N+1 »), ou rien."""
    return _REGARDS_ECRITS.get(_nu(texte)) or ("tiers" if role_du_regard(texte) else None)


def role_du_regard(texte: str) -> str:
    """Le rôle du tiers que dit un regard (« N+1 », « pair ») ; vide s’il n’en dit pas. « Autre » seul n’en dit rien."""
    nu = _nu(texte)
    if nu in _TUTEURS:
        return texte.strip()
    return "" if _ROLES.get(nu) in (None, "autre") else _ROLES[nu]


# --- la réponse à une question de profil, telle que l’écrivent une personne, un tableur ou un outil d’enquête ---------
#
# Un choix s’écrit par son code ou par son libellé. Là où l’on en coche plusieurs, une cellule les tient tous (« A,
# B », « A;B; », « pvd crte »), ou une colonne par choix dit s’il est coché (« Y », « 1 », « x »). Rien n’est deviné :
# ce qui ne se lit pas en entier n’est pas pris.


_ENTRE_DEUX_CHOIX = " ;,|/"
_COCHES = frozenset(
    {"x", "✓", "✔", "☑", "☒", "1", "y", "yes", "o", "oui", "on", "true", "vrai", "checked", "coche", "cochee"}
)
_VIDES = frozenset(
    {
        "",
        VALEUR_ABSENTE,
        "0",
        "n",
        "no",
        "non",
        "false",
        "faux",
        "unchecked",
        "non coche",
        "non cochee",
        "off",
        "☐",
        "-",
    }
)


def est_cochee(valeur: object) -> bool | None:
    """Si une cellule est une case cochée (« 1 », « x », « Y »), ou ne l’est pas ; rien si elle ne le dit pas."""
    mots = lire_mots(valeur)
    if isinstance(mots, Piege) and (mots.code != "cellule-booleen" or not mots.vu):
        return None
    plie = replier_libelle(str(mots))
    return False if plie in _VIDES else True if plie in _COCHES else None


class LecteurDeProfil:
    """Lit les réponses à une question de profil.

    ``outil`` : celui qui a fait la table, si on l’a reconnu ; REDCap y écrit le nom qu’il donne à chaque choix.
    """

    def __init__(self, question: QuestionProfil, outil: str = "") -> None:
        self.question = question
        connus = {replier_libelle(libelle): code for libelle, code in choix_a_montrer(question).items()}
        connus |= {replier_libelle(choix.code): choix.code for choix in question.choix}
        redcap = {replier_libelle(valeur): code for code, valeur in choix_de_redcap(question).items()}
        self._connus = {**connus, **redcap} if outil == REDCAP else {**redcap, **connus}
        self._du_plus_long = sorted(self._connus, key=len, reverse=True)

    def lire(self, texte: str) -> str | None:
        """La réponse qu’un texte écrit : un code, plusieurs si la question le permet, ou rien s’il n’en est pas une."""
        plie = replier_libelle(texte)
        if plie in self._connus:
            return self._connus[plie]
        codes = self._codes(plie) if self.question.plusieurs else None
        return self.question.joindre(codes) if codes else None

    def lire_une_coche(self, choix: str, valeur: object) -> bool | None:
        """Si la cellule d’un choix le dit coché ; rien si elle ne le dit pas."""
        coche = est_cochee(valeur)
        mots = lire_mots(valeur) if coche is None else ""
        return True if isinstance(mots, str) and mots and self._connus.get(replier_libelle(mots)) == choix else coche

    def _codes(self, plie: str) -> list[str] | None:
        """Les choix d’une énumération, du plus long libellé au plus court : une virgule peut en faire partie."""
        codes, reste = [], plie.strip(_ENTRE_DEUX_CHOIX)
        while reste:
            mot = next((m for m in self._du_plus_long if _commence_par(reste, m)), None)
            if mot is None:
                return None
            codes.append(self._connus[mot])
            reste = reste[len(mot) :].lstrip(_ENTRE_DEUX_CHOIX)
        return codes


def _commence_par(texte: str, mot: str) -> bool:
    return texte.startswith(mot) and texte[len(mot) : len(mot) + 1] in {"", *_ENTRE_DEUX_CHOIX}


def dire_des_choix_contraires(lieu: Lieu, question: QuestionProfil, codes: Sequence[str]) -> Iterator[Anomalie]:
    """Un avertissement si « aucun » est coché avec un autre choix : la réponse n’est alors pas à prendre."""
    if question.aucun is not None and question.se_contredit(codes):
        seul = question.aucun
        autres = enumerer([question.libelle_du_choix(code) for code in codes if code != seul.code])
        mots = {"colonne": question.libelle, "seul": seul.libelle, "autres": autres, "portee": ""}
        yield anomalie("choix-contraires", lieu, **mots)


def choix_a_montrer(question: QuestionProfil) -> dict[str, str]:
    """Libellé → code d’une question de profil ; le code suit un libellé qui sert deux fois."""
    choix: dict[str, str] = {}
    plies = [replier_libelle(c.libelle) for c in question.choix]
    for un, plie in zip(question.choix, plies, strict=True):
        choix[un.libelle if plies.count(plie) == 1 else f"{un.libelle} ({un.code})"] = un.code
    return choix


def codes_d_un_choix(question: QuestionProfil, choix: Choix) -> Iterator[str]:
    """Les en-têtes, en codes, de la colonne d’un choix : « dispositif[pvd] » (LimeSurvey), « dispositif/pvd »
    (KoboToolbox, ODK), « dispositif___pvd » (REDCap), « dispositif_pvd » (nos exports), « dispositif.pvd » (R).
    """
    for signe in ("/", "___", "_", "."):
        yield f"{question.identifiant}{signe}{choix.code}"
    yield f"{question.identifiant}[{choix.code}]"
    # Ce que deviennent les signes qu’un outil n’admet pas dans un nom.
    yield f"{re.sub('[^A-Za-z0-9]', '', question.identifiant)}[{re.sub('[^A-Za-z0-9]', '', choix.code)}]"
    yield "___".join(re.sub("[^A-Za-z0-9_]", "_", mot) for mot in (question.identifiant, choix.code))


def libelles_d_un_choix(question: QuestionProfil, choix: Choix) -> Iterator[str]:
    """Les en-têtes, en clair, de la colonne d’un choix : « Question [Choix] », « Question/Choix »…"""
    for libelle in (choix.libelle, f"{choix.libelle} ({choix.code})"):
        for forme in ("{} [{}]", "{}[{}]", "{}/{}", "{} - {}", "{} : {}", "{} (choice={})", "{} ({})", "{}->{}"):
            yield forme.format(question.libelle, libelle)
        # Les cases à cocher de Moodle, dont le questionnaire a un nom par question : « Q03_dispositif->Leader ».
        yield f"{question.identifiant}->{libelle}"


# --- ce que l’on dit d’une table à la place de ce qu’elle tait : qui, quand, sous quel regard, en quelles valeurs -----


ValeursDites = str | Mapping[str | int, str | int]
"""Ce que valent des réponses : « 1=0,2=1 », ou une table."""
CHOISISSENT = ("recent", "premier")
"""Ce qui n’en garde qu’une de plusieurs passations d’une même personne, au même moment et sous le même regard."""
ENCODAGES = ("cp1252", "latin9", "cp850", "mac-roman")
"""Ceux que l’on reconnaît, et que l’on peut dire d’une table qui n’est pas en UTF-8 ; le plus répandu d’abord."""
_GARDER = (*CHOISISSENT, "tous")
"""Ce que l’on peut demander de deux passations d’une même personne, au même moment et sous le même regard."""


@dataclass(frozen=True, slots=True)
class Consignes:
    """Les consignes de lecture d’une commande ; sans elles, rien n’est supposé que la table ne dise.

    ``identifiant`` : l’en-tête de la colonne qui dit qui a répondu ; ``moment``, ``regard`` : ceux d’une table qui n’a
    pas ces colonnes ; ``valeurs`` : ce que vaut chaque réponse, repliée (« 1 » → « 0 », « n/a » → « SO » ou « vide »),
    avant la grammaire ordinaire ; ``garder`` : laquelle de deux passations d’une même personne, au même moment et sous
    le même regard (« recent », « premier » ou « tous ») ; ``encodage`` : celui d’un texte qui n’est pas en UTF-8.

    D’une correspondance : ``colonnes``, ce que porte chaque en-tête (un en-tête connu, ou « de-cote ») ; ``mots``, ce
    que veut dire chaque mot d’une colonne de contexte ou de profil, l’un et l’autre repliés ; ``feuille`` et ``ligne``
    : où sont les en-têtes ; ``correspondance`` : le fichier qui le dit.

    ``equipe`` : l’en-tête d’une colonne à lire telle qu’écrite, qui dit l’équipe de chacun.
    """

    identifiant: str | None = None
    moment: str | None = None
    regard: str | None = None
    valeurs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    garder: str | None = None
    encodage: str | None = None
    colonnes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    mots: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    feuille: str | None = None
    ligne: int | None = None
    correspondance: str = ""
    equipe: str | None = None


DE_COTE, A_DIRE = "de-cote", "?"
"""Dans une correspondance : une colonne à ne pas lire, et ce que la personne doit encore dire."""
SANS_CONSIGNE = Consignes()
"""Rien n’est dit : la table parle seule."""


def consigner(  # noqa: PLR0913
    referentiel: Referentiel,
    *,
    identifiant: str | None = None,
    moment: str | None = None,
    regard: str | None = None,
    valeurs: ValeursDites | None = None,
    garder: str | None = None,
    encodage: str | None = None,
    equipe: str | None = None,
) -> Consignes:
    """Les consignes que l’on donne, vérifiées pour un référentiel.

    :param equipe: une question de profil, qui se lit de toute façon, ou l’en-tête d’une colonne de la table.
    :raises MauvaisEmploi: moment, regard ou choix inconnus, valeur qui n’est pas de l’échelle ; toutes les fautes d’un
        coup.
    """
    fautes = list(_fautes_de_mots(identifiant, moment, regard, garder, encodage))
    if equipe is not None and not equipe.strip():
        fautes.append(anomalie("equipe-vide", connus=_questions_de(referentiel)))
    lues: dict[str, str] = {}
    for rang, (ecrite, cible) in enumerate(_paires(valeurs or {}), 1):
        faute = _prendre(lues, ecrite, cible, referentiel)
        if faute is not None:
            code, mots = faute
            fautes.append(anomalie(code, rang=rang, paire=f"{ecrite}={cible}" if cible else ecrite, **mots))
    if fautes:
        raise MauvaisEmploi(fautes)
    dits = (None if mot is None else mot.strip().lower() for mot in (moment, regard, garder, encodage))
    moment, regard, garder, encodage = dits
    nom = None if identifiant is None else identifiant.strip()
    colonne = None if equipe is None else critere_d_equipe(referentiel, equipe).colonne
    return Consignes(nom, moment, regard, MappingProxyType(lues), garder, encodage, equipe=colonne)


def _questions_de(referentiel: Referentiel) -> str:
    return ", ".join(question.identifiant for question in referentiel.profil) or "aucune"


def _fautes_de_mots(
    identifiant: str | None, moment: str | None, regard: str | None, garder: str | None, encodage: str | None
) -> Iterator[Anomalie]:
    if identifiant is not None and not identifiant.strip():
        yield anomalie("identifiant-vide")
    if moment is not None and not est_un_moment(moment.strip().lower()):
        yield anomalie("moment-inconnu", valeur=moment, aussi="")
    if regard is not None and regard.strip().lower() not in REGARDS:
        yield anomalie("regard-inconnu", valeur=regard)
    if garder is not None and garder.strip().lower() not in _GARDER:
        yield anomalie("garder-inconnu", valeur=garder, connus=enumerer(_GARDER, "ou"))
    if encodage is not None and encodage.strip().lower() not in ENCODAGES:
        yield anomalie("encodage-inconnu", valeur=encodage, connus=enumerer(ENCODAGES, "ou"))


def _paires(valeurs: ValeursDites) -> Iterator[tuple[str, str]]:
    """Chaque réponse telle qu’écrite, et ce qu’elle vaut ; une virgule peut être dans la réponse (« Oui, souvent=3 »).

    Une cible vide est un morceau sans « = ».
    """
    if not isinstance(valeurs, str):
        yield from ((str(ecrite), str(cible).strip()) for ecrite, cible in valeurs.items())
        return
    attente = ""
    for morceau in valeurs.split(","):
        attente = f"{attente},{morceau}" if attente else morceau
        ecrite, egal, cible = attente.rpartition("=")
        if egal:
            yield ecrite.strip(), cible.strip()
            attente = ""
    if attente.strip():
        yield attente.strip(), ""


def _prendre(
    lues: dict[str, str], ecrite: str, cible: str, referentiel: Referentiel
) -> tuple[str, dict[str, object]] | None:
    """Ajoute une correspondance ; rend le code et les mots d’une faute, s’il y en a une."""
    if not ecrite or not cible:
        return "valeurs-incomprises", {}
    valeur = _cible(cible, referentiel)
    if valeur is None:
        niveaux = [str(niveau.valeur) for niveau in referentiel.echelle.niveaux]
        so = [SENS_SANS_OBJET] if referentiel.echelle.sans_objet else []
        return "valeurs-hors-echelle", {"cible": cible, "attendus": enumerer([*niveaux, *so, SENS_VIDE], "ou")}
    if lues.setdefault(replier_valeur(ecrite), valeur) != valeur:
        return "valeurs-contraires", {"ecrite": ecrite, "deja": lues[replier_valeur(ecrite)]}
    return None


def _cible(cible: str, referentiel: Referentiel) -> str | None:
    """Ce que vaut une réponse : un niveau, sans objet ou vide ; rien si ce n’est ni l’un ni l’autre."""
    if cible.upper() == SENS_SANS_OBJET:
        return SENS_SANS_OBJET if referentiel.echelle.sans_objet else None
    if cible.lower() == SENS_VIDE:
        return SENS_VIDE
    niveaux = {str(niveau.valeur) for niveau in referentiel.echelle.niveaux}
    valeur = replier_valeur(cible)
    return valeur if valeur in niveaux else None
