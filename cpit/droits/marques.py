"""À qui est un fichier : ce qu’en dit son contenu, dans toutes les formes que cpit écrit, même coupé en route."""

from __future__ import annotations

import html
import io
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from cpit.coeur.passation import CODE_MAX, MOTIF_MOMENT, REGARDS
from cpit.erreurs import ErreurCpit
from cpit.formats.appartenance import (
    DEBUT_DE_REMISE,
    DEBUT_DE_TEXTE_SCELLE,
    est_un_classeur,
    est_un_classeur_de_cpit,
    est_un_document_sans_personne,
    personne_du_document,
)
from cpit.formats.durable import Vu
from cpit.formats.passation_json import FORMAT_PASSATION, PLAN, TRACES
from cpit.formats.registre import suffixes_de_donnees, suffixes_de_tables
from cpit.json_strict import JsonFautif, extraire_json, lire_json
from cpit.lecture.dechiffrement import lire_mots, replier_libelle
from cpit.lecture.entetes import NOMS_DE_CONTEXTE, ORDRE_DES_IDENTITES, Role
from cpit.lecture.formulaire_xlsx import est_un_formulaire, lire_code
from cpit.lecture.table_csv import (
    ENTETE_MAX,
    SEPARATEURS,
    Enregistrement,
    consigne_csv,
    decoder_au_mieux,
    enregistrements,
    passer_lignes,
)
from cpit.ouverture import ARCHIVE, FichierTropGros, lire_octets
from cpit.passations.sauvegarde import est_une_version, nom_sur
from cpit.tableur.classeur_ouvert import FeuilleRefusee
from cpit.tableur.garde import verifier_classeur
from cpit.typographie import FINE, nettoyer

# --- À qui est un code : la comparaison exacte, et ce qui ne fait que ressembler.


SIGNES_CHERCHES = 3
"""En deçà, un code ne se cherche pas dans un texte libre : « 4 » ou « M » y sont partout."""
_SUITES = r"(?:\.[a-z0-9.-]+)*"
"""« .json », « .json.bak », « .json.abime-2 », « .xlsx »…"""


def normaliser_code(texte: str) -> str:
    """Un code tel qu’on le compare : sans caractère invisible ni espace autour, en Unicode composé, casse gardée."""
    return unicodedata.normalize("NFC", nettoyer(texte)).strip()


@dataclass(frozen=True)
class Identite:
    """Le code d’une personne, et les façons de le reconnaître."""

    code: str
    pseudonymes: frozenset[str] = frozenset()
    """Les siens, sous les clés d’étude que l’on a."""

    @cached_property
    def nom(self) -> str:
        """Ce que les noms de fichiers portent du code ; vide s’il n’a ni lettre latine ni chiffre."""
        return nom_sur(self.code)

    def est(self, texte: str) -> bool:
        """Vrai si un texte est ce code, en entier : « P1 » n’est ni « P10 », ni « p1 »."""
        return normaliser_code(texte) == self.code

    def ressemble(self, texte: str) -> bool:
        """Vrai pour un autre code qui ne diffère que par la casse, les accents, les espaces ou la ponctuation.

        Ou par sa fin : la version 0.1.0 ne gardait dans un formulaire que les premiers signes d’un code, et ceux-là
        peuvent être à quelqu’un d’autre.
        """
        if self.est(texte):
            return False
        autre = normaliser_code(texte)
        if autre.casefold() == self.code.casefold() or (bool(self.nom) and nom_sur(autre) == self.nom):
            return True
        court, long = sorted((autre, self.code), key=len)
        return len(long) > CODE_MAX and court == long[:CODE_MAX].strip()

    def nomme(self, nom: str) -> bool:
        """Vrai si un nom de fichier est exactement celui que cpit donnerait à ce code : sorte, code, moment, regard."""
        return self._fichier is not None and self._fichier.fullmatch(nom) is not None

    def est_citee_seule(self, cellule: str) -> bool:
        """Vrai si une cellule n’est que ce code, s’il n’est ni un nombre ni un seul signe : « 4 » est une réponse."""
        return len(self.code) > 1 and not self.code.isdecimal() and self.est(cellule)

    def cite(self, texte: str) -> bool:
        """Vrai si un texte libre contient le code, comme un mot entier, ou le nom d’un de ses fichiers."""
        if self._mot is not None and self._mot.search(unicodedata.normalize("NFC", texte)):
            return True
        return self._dans_un_texte is not None and self._dans_un_texte.search(texte) is not None

    @cached_property
    def _mot(self) -> re.Pattern[str] | None:
        if len(self.code) < SIGNES_CHERCHES:
            return None
        return re.compile(rf"(?<![\w-]){re.escape(self.code)}(?![\w-])")

    @cached_property
    def _radical(self) -> str:
        regards = "|".join(REGARDS)
        ailleurs = rf"(?:[a-z0-9-]*-)?{MOTIF_MOMENT.pattern}-(?:{regards})"
        # Un tiers met son code à la suite ; un second moment voudrait dire que le nom est à quelqu’un d’autre.
        tiers = rf"(?:(?<=-tiers)-(?!{ailleurs})[a-z0-9-]*[a-z0-9])?"
        d_un_moment = (
            rf"(?:passation|formulaire|fiche)-{re.escape(self.nom)}-{MOTIF_MOMENT.pattern}-(?:{regards}){tiers}"
        )
        # Le numéro d’un cahier, que rien ne sépare du code, peut être celui de quelqu’un d’autre : « plan-r01-2.json ».
        return rf"(?:{d_un_moment}|(?:{'|'.join(_CAHIERS)})-{re.escape(self.nom)}(?=\.json))"

    @cached_property
    def _fichier(self) -> re.Pattern[str] | None:
        return re.compile(rf"\.?{self._radical}(?:-[0-9]+)?{_SUITES}") if self.nom else None

    @cached_property
    def _dans_un_texte(self) -> re.Pattern[str] | None:
        return re.compile(rf"(?<![\w-]){self._radical}(?![\w])") if self.nom else None


# --- Ce que la fouille d’un dossier rend : ce qui est à la personne, ce qui la mêle à d’autres, ce qu’on ne sait pas.


class Sorte(StrEnum):
    """Ce qu’est un fichier de la personne ; la valeur se montre."""

    PASSATION = "passation"
    PLAN = "plan"
    TRACES = "traces"
    COPIE = "copie de secours"
    DE_COTE = "enregistrement mis de côté"
    ABIMEE = "passation abîmée, gardée"
    VERSION = "version d’avant une correction"
    TEMPORAIRE = "fichier temporaire"
    VERROU = "verrou de séance"
    CLASSEUR = "classeur individuel"
    FORMULAIRE = "formulaire"
    PAGE = "page"
    PORTFOLIO = "portfolio"
    DOCUMENT = "document Word"
    RESULTAT = "résultat"
    TABLE = "table où elle est seule"
    REMISE = "copie de ses données"


_CAHIERS = {PLAN.nom: Sorte.PLAN, TRACES.nom: Sorte.TRACES}
"""Le début du nom d’un cahier → ce qu’il est."""


@dataclass(frozen=True, slots=True)
class Trouvaille:
    """Un fichier qui n’est qu’à la personne ; ``par_le_nom`` s’il est illisible et que seul son nom le dit."""

    chemin: Path
    sorte: Sorte
    par_le_nom: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """Un fichier où la personne est avec d’autres, ou seulement citée ; il n’est jamais effacé.

    ``lignes`` : numéros des lignes (dès 1) où son code est ; ``sure`` si c’est dans la colonne des identifiants.
    ``evaluateur`` si elle y est le tiers qui a répondu à propos de quelqu’un d’autre.
    ``extrait`` : l’en-tête et ces lignes, ou des objets JSON, de quoi les lui remettre.
    """

    chemin: Path
    lignes: tuple[int, ...] = ()
    feuille: str | None = None
    sure: bool = False
    evaluateur: bool = False
    extrait: Sequence[Sequence[str]] = ()
    objets: Sequence[dict[str, Any]] = ()

    @property
    def est_une_evaluation(self) -> bool:
        """Vrai pour une passation, à propos de quelqu’un d’autre, dont elle est l’évaluateur."""
        return self.evaluateur and [objet.get("format") for objet in self.objets] == [FORMAT_PASSATION]


@dataclass(frozen=True, slots=True)
class Doute:
    """Un fichier que l’on n’a pas pu lire, ou attribuer ; ``raison`` en clair."""

    chemin: Path
    raison: str


@dataclass(repr=False)
class Inventaire:
    """Tout ce qu’une fouille a trouvé dans un dossier."""

    racine: Path
    code: str
    siens: list[Trouvaille] = field(default_factory=list)
    vus: dict[Path, Vu] = field(default_factory=dict)
    """La racine et chaque fichier examiné, tels qu’ils étaient : seul s’efface ce qui l’est resté."""
    restes: list[Path] = field(default_factory=list)
    """Restes d’écritures interrompues, de qui que ce soit ; ils s’effacent avec le reste."""
    mentions: list[Mention] = field(default_factory=list)
    doutes: list[Doute] = field(default_factory=list)
    liens: list[Path] = field(default_factory=list)
    voisins: Counter[str] = field(default_factory=Counter)
    """Codes qui ressemblent à celui de la personne → nombre de fichiers ; ils ne sont pas touchés."""
    etudes: list[Path] = field(default_factory=list)
    """Dossiers d’exports pseudonymisés."""
    cles: list[Path] = field(default_factory=list)
    """Clés de pseudonymes."""
    registres: list[Path] = field(default_factory=list)
    """Registres de diffusions, jamais effacés."""
    connus: set[str] = field(default_factory=set)
    """Tous les codes rencontrés, pour proposer le plus proche."""
    fichiers: int = 0

    def __repr__(self) -> str:
        """De qui, où, et combien ; les chemins et les extraits sont dans ses champs."""
        comptes = f"{len(self.siens)} à la personne, {len(self.mentions)} où elle est citée, {len(self.doutes)} douteux"
        return f"Inventaire({self.code[:40]} : {self.fichiers} fichiers fouillés, {comptes})"

    @property
    def vide(self) -> bool:
        """Vrai si rien de la personne n’a été trouvé."""
        return not self.siens and not self.mentions

    @property
    def a_effacer(self) -> int:
        """Ce qui s’effacerait : ses fichiers, et les restes."""
        return len(self.siens) + len(self.restes)

    @property
    def evaluations(self) -> list[Path]:
        """Les passations d’autres personnes dont on ôterait son code d’évaluateur."""
        return [mention.chemin for mention in self.mentions if mention.est_une_evaluation]

    def relatif(self, chemin: Path) -> str:
        """Un chemin, depuis le dossier fouillé."""
        return str(chemin.relative_to(self.racine))


# --- Les lignes d’une personne dans une table ou un classeur : dans la colonne des identifiants, ou citée ailleurs.


_ENTETE_DANS = 30
"""Premières lignes non vides d’une feuille où l’on cherche l’en-tête."""
_NOM_MAX = 100
"""Signes d’un en-tête que l’on compare."""
_COLONNES = frozenset({"pseudonyme", *ORDRE_DES_IDENTITES})

_ILLISIBLE = "\ufffd"
"""Tient la place d’une ligne que l’on ne sait pas lire : elle peut être à quelqu’un d’autre."""
_Rangee = tuple[int, list[str]]
"""Numéro d’une ligne (dès 1) et ses cellules en texte."""


@dataclass(frozen=True, slots=True)
class _ReleveDeTable:
    """Ce qu’une grille dit d’une personne.

    ``siennes`` : les lignes de la colonne des identifiants ; ``evaluees`` : celles dont elle est l’évaluateur ;
    ``citees`` : les autres où le code se lit ; ``autrui`` : vrai si la table a des lignes d’autres personnes ;
    ``codes`` : tous les identifiants de la table, et ses évaluateurs.
    """

    entete: Sequence[str] = ()
    siennes: tuple[_Rangee, ...] = ()
    evaluees: tuple[_Rangee, ...] = ()
    citees: tuple[int, ...] = ()
    autrui: bool = False
    codes: frozenset[str] = frozenset()


def _relever(rangees: Iterable[_Rangee], identite: Identite) -> _ReleveDeTable:
    """Cherche une personne dans une grille."""
    entete: list[str] = []
    colonne: int | None = None
    siennes: list[_Rangee] = []
    evaluees: list[_Rangee] = []
    citees: list[int] = []
    codes: set[str] = set()
    autrui, vues = False, 0
    for numero, cellules in rangees:
        if not any(cellules):
            continue
        vues += 1
        if colonne is None and vues <= _ENTETE_DANS and (colonne := _colonne_des_codes(cellules)) is not None:
            entete = cellules
            continue
        code, evaluateur = (_code_en(cellules, rang) for rang in (colonne, _colonne_de_l_evaluateur(tuple(entete))))
        codes |= {code, evaluateur}
        if identite.est(code) or code in identite.pseudonymes:
            siennes.append((numero, cellules))
            # Un export pseudonymisé est un tout, scellé par son manifeste : il se refait, il ne se troue pas.
            autrui = autrui or code in identite.pseudonymes
            continue
        autrui = True
        if identite.est(evaluateur):
            evaluees.append((numero, cellules))
        elif any(identite.est_citee_seule(cellule) or identite.cite(cellule) for cellule in cellules):
            citees.append(numero)
    return _ReleveDeTable(entete, tuple(siennes), tuple(evaluees), tuple(citees), autrui, frozenset(codes - {""}))


def _code_en(cellules: Sequence[str], colonne: int | None) -> str:
    return normaliser_code(cellules[colonne]) if colonne is not None and colonne < len(cellules) else ""


@lru_cache(maxsize=8)
def _colonne_de_l_evaluateur(entete: tuple[str, ...]) -> int | None:
    """Rang de la colonne qui dit quel tiers a répondu, ou rien."""
    plies = (replier_libelle(cellule) if len(cellule) < _NOM_MAX else "" for cellule in entete)
    return next((rang for rang, plie in enumerate(plies) if NOMS_DE_CONTEXTE.get(plie) is Role.EVALUATEUR), None)


_VIDES = re.compile(r"[\r\n]{3,}")
"""Des lignes vides à la suite : rien ne s’y apprend, et il peut y en avoir des millions."""


def _rangees_du_texte(texte: str) -> Iterator[_Rangee]:
    """Les lignes d’un CSV, quel que soit son dialecte ; ce qui est mal formé se lit au mieux."""
    debut = _VIDES.sub("\n", texte[:ENTETE_MAX])
    # Le séparateur qu’une première ligne « sep=; » impose n’est pas cru : faux, il ferait manquer une personne.
    separateur = max(SEPARATEURS, key=lambda essaye: _noter_entete(_lire(debut, essaye)))
    for lu in _lire(texte, separateur):
        yield lu.debut, [_ILLISIBLE] if lu.raison else [_mots(cellule) for cellule in lu.cellules]


def _noter_entete(lus: Iterable[Enregistrement]) -> tuple[bool, int]:
    """Si un en-tête se trouve au début d’une table, et combien de cellules y a sa ligne la plus large."""
    remplies = (lu.cellules for lu in lus if any(lu.cellules))
    premieres = list(islice(remplies, _ENTETE_DANS))
    trouve = any(_colonne_des_codes(cellules) is not None for cellules in premieres)
    return trouve, max(map(len, premieres), default=0)


def _lire(texte: str, separateur: str) -> Iterator[Enregistrement]:
    _, passees = consigne_csv(texte)
    lignes = io.StringIO(texte, newline="")
    passer_lignes(lignes, passees)
    return enregistrements(lignes, separateur, passees, au_mieux=True)


def _feuilles(chemin: Path) -> Iterator[tuple[str, Iterator[_Rangee]]]:
    """Les feuilles d’un classeur, cachées comprises ; leurs lignes se lisent à mesure.

    :raises FeuilleRefusee: si le classeur est abîmé.
    """
    from cpit.tableur.classeurs import ouvrir_classeur

    with ouvrir_classeur(chemin) as classeur:
        for onglet in classeur.onglets:
            _, lignes = classeur.suivre_feuille(onglet)
            yield onglet.nom, ((numero, _cellules(cases)) for numero, cases in lignes)


def _cellules(cases: Mapping[int, object]) -> list[str]:
    largeur = min(max(cases, default=0), 2_000)
    return [_mots(cases.get(colonne)) for colonne in range(1, largeur + 1)]


def _mots(valeur: object) -> str:
    return str(lire_mots(valeur))


def _colonne_des_codes(cellules: Sequence[str]) -> int | None:
    """Rang de la colonne des identifiants, si cette ligne est un en-tête ; la plus sûre s’il y en a plusieurs."""
    plies = [replier_libelle(cellule) if len(cellule) < _NOM_MAX else "" for cellule in cellules]
    trouves = [rang for rang, plie in enumerate(plies) if plie in _COLONNES]
    if not trouves:
        return None
    return min(trouves, key=lambda rang: (ORDRE_DES_IDENTITES.get(plies[rang], 0), rang))


FOUILLE_OCTETS_MAX = 300_000_000
"""Octets d’un fichier que l’on ouvre."""
_DECLARE_MAX = 1_000_000_000
"""Octets d’un classeur une fois décompressé."""
_AUTRES_PROGRAMMES = (".zip", ".7z", ".rar", ".odt", ".docx", ".pptx", ".pdf", ".msg", ".eml")
"""Des fichiers où une copie peut se trouver et que l’on ne fouille pas."""

_PAR_SUFFIXE = {
    ".tmp": Sorte.TEMPORAIRE,
    ".abime": Sorte.ABIMEE,
    ".bak": Sorte.COPIE,
    ".de-cote": Sorte.DE_COTE,
    ".xlsx": Sorte.CLASSEUR,
}
_TETE = re.compile(
    rf'\s*\{{\s*"format":\s*"(?:{FORMAT_PASSATION}|{PLAN.format}|{TRACES.format})",.{{0,200}}?"identifiant":\s*("(?:[^"\\\n]|\\.)*")',
    re.DOTALL,
)
"""Le début d’une passation ou d’un cahier, tel que cpit l’écrit : il suffit quand la suite manque."""
_DONNES = re.compile(r'"donnes":\s*')
_DEBUTS_MAX = 8
"""Débuts d’un formulaire essayés dans une page : cpit n’en écrit qu’un, et chacun coûte ce que coûte la page."""
_META = re.compile(r'<meta\s+name="cpit-personne"\s+content="([^"]*)"')
"""Ce qu’une page de restitution, ou un portfolio, dit de la personne qu’elle montre."""
_ENTETE_DE_TEXTE = 2_000
"""Signes du début d’un texte où cpit dit à qui il est."""

_Constat = Trouvaille | Mention | Doute
Noter = Callable[[str], None]
"""Reçoit chaque code rencontré dans un fichier."""


def examiner_fichier(chemin: Path, identite: Identite, noter: Noter) -> Iterator[_Constat]:
    """Ce qu’un fichier ordinaire dit de la personne ; ne lève rien, un fichier illisible est un doute."""
    try:
        octets = lire_octets(chemin, FOUILLE_OCTETS_MAX)
    except FichierTropGros:
        yield _sinon_le_nom(chemin, identite, "il est trop gros pour être fouillé")
        return
    except OSError:
        yield Doute(chemin, "il ne se lit pas")
        return
    if est_un_classeur(octets):
        yield from _examiner_en_classeur(chemin, identite, noter)
    elif chemin.suffix.lower() in suffixes_de_donnees():
        yield from _examiner_donnees(chemin, identite, noter)
    elif chemin.suffix.lower() in _AUTRES_PROGRAMMES:
        yield Doute(chemin, "il vient d’un autre programme")
    elif not octets:
        if identite.nomme(chemin.name) or ".json" in chemin.name:
            yield _sinon_le_nom(chemin, identite, "il est vide")
    else:
        yield from _examiner_texte(chemin, decoder_au_mieux(octets), identite, noter)


def sorte(chemin: Path) -> Sorte:
    """Ce qu’est un fichier d’une passation, d’après les marques que cpit met à son nom."""
    if chemin.name.startswith("formulaire"):
        return Sorte.FORMULAIRE
    if est_une_version(chemin):
        return Sorte.VERSION
    d_apres_le_nom = _CAHIERS.get(chemin.name.removeprefix(".").partition("-")[0], Sorte.PASSATION)
    return _PAR_SUFFIXE.get(chemin.suffix, d_apres_le_nom)


def titre_de_remise(code: str) -> str:
    """La première ligne du LISEZMOI d’une remise ; elle le fait reconnaître."""
    return f"{DEBUT_DE_REMISE}{code}{FINE}»"


def _examiner_texte(chemin: Path, texte: str, identite: Identite, noter: Noter) -> Iterator[_Constat]:
    if texte.startswith(DEBUT_DE_REMISE):
        remise_a_elle = texte.split("\n", 1)[0] == titre_de_remise(identite.code)
        yield from [Trouvaille(chemin, Sorte.REMISE)] if remise_a_elle else []
    elif texte.lstrip("\ufeff \r\n\t").startswith(("{", "[")):
        yield from _examiner_json(chemin, texte.lstrip("\ufeff"), identite, noter)
    elif texte.startswith(DEBUT_DE_TEXTE_SCELLE) and (meta := _META.search(texte[:_ENTETE_DE_TEXTE])) is not None:
        yield from _a_la_personne(chemin, html.unescape(meta[1]), Sorte.PORTFOLIO, identite, noter)
    elif "<html" in texte[:2_000].lower():
        yield from _examiner_page(chemin, texte, identite, noter)
    elif chemin.suffix.lower() in suffixes_de_tables():
        yield from _examiner_table(chemin, texte, identite, noter)
    else:
        yield from _examiner_autre(chemin, texte, identite)


def _examiner_autre(chemin: Path, texte: str, identite: Identite) -> Iterator[_Constat]:
    """Un texte d’aucune sorte connue : une passation abîmée dès son début, un reste, une note."""
    if identite.nomme(chemin.name):
        yield Trouvaille(chemin, sorte(chemin), par_le_nom=True)
    elif identite.cite(texte):
        yield Mention(chemin)
    elif ".json" in chemin.name or chemin.suffix == ".tmp":
        yield Doute(chemin, "il est abîmé, ou reste d’une écriture interrompue")


def _examiner_json(chemin: Path, texte: str, identite: Identite, noter: Noter) -> Iterator[_Constat]:
    try:
        document = lire_json(texte)
    except JsonFautif as erreur:
        yield from _examiner_json_fautif(chemin, texte, erreur, identite, noter)
        return
    if isinstance(document, dict) and isinstance(document.get("passations"), list):
        yield from _examiner_cohorte(chemin, document["passations"], texte, identite, noter)
    elif isinstance(document, dict) and isinstance(document.get("identifiant"), str) and _est_un_cahier(document):
        yield from _a_la_personne(chemin, document["identifiant"], sorte(chemin), identite, noter)
    elif isinstance(document, dict) and isinstance(document.get("identifiant"), str) and "moment" in document:
        nature = sorte(chemin) if document.get("format") == FORMAT_PASSATION else Sorte.RESULTAT
        yield from _a_la_personne(chemin, document["identifiant"], nature, identite, noter)
        yield from _de_l_evaluateur(chemin, document, identite, noter, objets=[document])
    elif identite.cite(texte):
        yield Mention(chemin)


def _est_un_cahier(document: Mapping[str, Any]) -> bool:
    return document.get("format") in (PLAN.format, TRACES.format)


def _examiner_json_fautif(
    chemin: Path, texte: str, faute: JsonFautif, identite: Identite, noter: Noter
) -> Iterator[_Constat]:
    """Un JSON coupé se reconnaît à sa tête ; un autre, que l’on ne peut croire, à son nom ou à ce qu’il cite."""
    tete = _TETE.match(texte) if faute.coupe else None
    if tete is not None:
        yield from _a_la_personne(chemin, json.loads(tete[1]), sorte(chemin), identite, noter)
    elif not identite.nomme(chemin.name) and identite.cite(texte):
        yield Mention(chemin)
    else:
        yield _sinon_le_nom(chemin, identite, "il est abîmé" if faute.coupe else f"il est abîmé ({faute.raison})")


def _examiner_cohorte(
    chemin: Path, passations: list[Any], texte: str, identite: Identite, noter: Noter
) -> Iterator[_Constat]:
    codes = [p.get("identifiant") if isinstance(p, dict) else None for p in passations]
    for code in {code for code in codes if isinstance(code, str)}:
        noter(code)
    siennes = [p for p, code in zip(passations, codes, strict=True) if isinstance(code, str) and identite.est(code)]
    for une in (p for p in passations if isinstance(p, dict)):
        yield from _de_l_evaluateur(chemin, une, identite, noter, objets=[une])
    if siennes and len(siennes) == len(passations):
        yield Trouvaille(chemin, Sorte.RESULTAT)
    elif siennes or identite.cite(texte):
        yield Mention(chemin, sure=bool(siennes), objets=siennes)


def _examiner_page(chemin: Path, texte: str, identite: Identite, noter: Noter) -> Iterator[_Constat]:
    if (meta := _META.search(texte)) is not None:
        yield from _a_la_personne(chemin, html.unescape(meta[1]), Sorte.PAGE, identite, noter)
        return
    for donnes in islice(_DONNES.finditer(texte), _DEBUTS_MAX):
        try:
            donnees = extraire_json(texte, donnes.end())
        except JsonFautif:
            continue
        if isinstance(donnees, dict) and isinstance(code := donnees.get("identifiant"), str):
            yield from _a_la_personne(chemin, code, Sorte.FORMULAIRE, identite, noter)
            yield from _de_l_evaluateur(chemin, donnees, identite, noter)
            return
    if identite.cite(html.unescape(texte)):
        yield Mention(chemin)


def _examiner_table(chemin: Path, texte: str, identite: Identite, noter: Noter) -> Iterator[_Constat]:
    releve = _relever(_rangees_du_texte(texte), identite)
    for code in releve.codes:
        noter(code)
    if releve.siennes and not releve.autrui:
        yield Trouvaille(chemin, Sorte.TABLE)
    else:
        yield from _mentionner(chemin, releve, None)


def _examiner_donnees(chemin: Path, identite: Identite, noter: Noter) -> Iterator[_Constat]:
    """Des données typées, dont chaque ligne est à une personne ; ce que leur bibliothèque ne lit pas est un doute."""
    try:
        colonnes = _colonnes_de_donnees(chemin)
    except ImportError:
        yield _sinon_le_nom(chemin, identite, "il ne se fouille qu’avec les bibliothèques de recherche")
        return
    except Exception:  # chaque bibliothèque a ses erreurs, sans base commune
        yield _sinon_le_nom(chemin, identite, "ses données ne se lisent pas")
        return
    rangees = (list(map(_mots, ligne)) for ligne in zip(*colonnes.values(), strict=True))
    releve = _relever(enumerate([list(colonnes), *rangees], 1), identite)
    for code in releve.codes:
        noter(code)
    yield from _mentionner(chemin, releve, None)


def _colonnes_de_donnees(chemin: Path) -> Mapping[str, Sequence[object]]:
    """Les colonnes d’un fichier Parquet, SPSS ou Stata, par leur nom."""
    if chemin.suffix.lower() == ".parquet":
        import polars as pl

        return pl.read_parquet(chemin).to_dict(as_series=False)
    import pyreadstat

    lire = pyreadstat.read_sav if chemin.suffix.lower() == ".sav" else pyreadstat.read_dta
    colonnes: Mapping[str, Sequence[object]] = lire(chemin, output_format="dict")[0]
    return colonnes


def _mentionner(chemin: Path, releve: _ReleveDeTable, feuille: str | None) -> Iterator[Mention]:
    if releve.siennes:
        extrait = (releve.entete, *(cellules for _, cellules in releve.siennes))
        yield Mention(chemin, tuple(n for n, _ in releve.siennes), feuille, sure=True, extrait=extrait)
    if releve.evaluees:
        extrait = (releve.entete, *(cellules for _, cellules in releve.evaluees))
        lignes = tuple(n for n, _ in releve.evaluees)
        yield Mention(chemin, lignes, feuille, sure=True, evaluateur=True, extrait=extrait)
    if releve.citees:
        yield Mention(chemin, releve.citees, feuille)


def _examiner_en_classeur(chemin: Path, identite: Identite, noter: Noter) -> Iterator[_Constat]:
    """Un classeur ou un document, quel que soit son nom (un temporaire n’a pas encore le sien) ; la seule frontière."""
    constats: list[_Constat] = []
    try:
        if (code := personne_du_document(chemin)) is not None:
            yield from _a_la_personne(chemin, code, Sorte.DOCUMENT, identite, noter)
            return
        verifier_classeur(chemin, taille_max=FOUILLE_OCTETS_MAX, declare_max=_DECLARE_MAX)
        constats += _examiner_classeur(chemin, identite, noter)
    except ErreurCpit:
        if est_un_document_sans_personne(chemin) and not identite.nomme(chemin.name):
            return
        archive = chemin.suffix.lower() == ARCHIVE
        raison = "c’est une archive, à ouvrir pour fouiller" if archive else "ce n’est pas un classeur lisible"
        constats = [_sinon_le_nom(chemin, identite, raison)]
    except (FeuilleRefusee, OSError):
        constats = [_sinon_le_nom(chemin, identite, "ses feuilles ne se lisent pas")]
    yield from constats


def _examiner_classeur(chemin: Path, identite: Identite, noter: Noter) -> Iterator[_Constat]:
    if est_un_formulaire(chemin):
        code, evaluateur = (lire_code(chemin, cle) for cle in ("identifiant", "evaluateur"))
        yield from _a_la_personne(chemin, code, Sorte.FORMULAIRE, identite, noter)
        yield from _de_l_evaluateur(chemin, {"identifiant": code, "evaluateur": evaluateur}, identite, noter)
        return
    if est_un_classeur_de_cpit(chemin) and (personne := _personne(_feuilles(chemin))) is not None:
        yield from _a_la_personne(chemin, personne, Sorte.CLASSEUR, identite, noter)
        return
    for titre, rangees in _feuilles(chemin):
        releve = _relever(rangees, identite)
        for code in releve.codes:
            noter(code)
        yield from _mentionner(chemin, releve, titre)


def _personne(lues: Iterable[tuple[str, Iterable[_Rangee]]]) -> str | None:
    """Le code écrit en tête d’un classeur individuel : sur sa synthèse, ou sur la notice de celui d’une comparaison ;
    rien si ce n’en est pas un.
    """
    from cpit.classeurs.classeur_comparaison import PERSONNE_DU_CLASSEUR
    from cpit.classeurs.classeur_personne.chantier import FEUILLE_A_PROPOS, FEUILLE_SYNTHESE
    from cpit.classeurs.classeur_personne.feuille_synthese import RANG_CODE, RANG_SCORE

    rangs = {FEUILLE_SYNTHESE: RANG_SCORE, FEUILLE_A_PROPOS: RANG_CODE + 1}
    for titre, rangees in lues:
        if (rang := rangs.get(titre)) is not None:
            for _, cellules in islice(rangees, 30):
                if len(cellules) > rang and cellules[RANG_CODE] == PERSONNE_DU_CLASSEUR:
                    return cellules[rang]
    return None


def _a_la_personne(chemin: Path, code: str, nature: Sorte, identite: Identite, noter: Noter) -> Iterator[_Constat]:
    noter(code)
    if identite.est(code):
        yield Trouvaille(chemin, Sorte.TEMPORAIRE if chemin.name.endswith(".tmp") else nature)


def _de_l_evaluateur(
    chemin: Path, document: Mapping[str, Any], identite: Identite, noter: Noter, objets: Sequence[dict[str, Any]] = ()
) -> Iterator[Mention]:
    """Ce dont la personne est l’évaluateur : elle y a répondu, et c’est à propos de quelqu’un d’autre."""
    evaluateur, code = document.get("evaluateur"), document.get("identifiant")
    if not isinstance(evaluateur, str) or not evaluateur:
        return
    noter(evaluateur)
    if identite.est(evaluateur) and not (isinstance(code, str) and identite.est(code)):
        yield Mention(chemin, sure=True, evaluateur=True, objets=objets)


def _sinon_le_nom(chemin: Path, identite: Identite, raison: str) -> _Constat:
    """Ce qu’on dit d’un fichier illisible : à la personne si son nom est exactement le sien, sinon un doute."""
    return Trouvaille(chemin, sorte(chemin), par_le_nom=True) if identite.nomme(chemin.name) else Doute(chemin, raison)
