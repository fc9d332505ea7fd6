"""Les outils d’enquête dont cpit reconnaît l’export, un enregistrement par outil ; et les noms qu’ils admettent.

Ajouter un outil, c’est l’écrire ici. Chaque en-tête vient d’un export vu, du code de l’outil ou de deux lecteurs
indépendants ; ceux dont on n’a pas la preuve sont des colonnes inconnues, mises de côté et nommées.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from cpit.coeur.colonnes import COLONNES_DU_TIERS, DATE_DU_MOMENT
from cpit.coeur.passation import DIMENSIONS_DE_PLACE
from cpit.coeur.referentiel import Competence, QuestionProfil, Referentiel
from cpit.lecture.dechiffrement import replier_libelle

# --- les noms que prend un instrument dans un outil qui n’admet pas tous les signes : écrits, puis relus --------------
#
# Un code que l’outil refuse (« tiers-lieu ») y devient un autre (« tiers_lieu ») ; la même règle les compose et les
# retrouve.


@dataclass(frozen=True, slots=True)
class RegleDeNom:
    """Ce qu’un outil accepte : les signes qu’il refuse, ce qui les remplace, et combien il en garde.

    ``prefixe`` est mis devant un nom qui ne commencerait pas par une lettre.
    """

    refuses: re.Pattern[str]
    longueur: int
    remplace: str = ""
    prefixe: str = "q"
    plier: Callable[[str], str] = str


def nommer(codes: Iterable[str], regle: RegleDeNom, pris: Iterable[str] = ()) -> dict[str, str]:
    """Le nom de chaque code, permis par l’outil et unique, majuscules ou non ; le code lui-même chaque fois qu’il peut
    l’être.

    :param pris: des noms déjà donnés.
    """
    vus = {nom.casefold() for nom in pris}
    noms = {}
    for code in codes:
        net = regle.refuses.sub(regle.remplace, regle.plier(code))
        base = (net if net[:1].isalpha() or not regle.prefixe else regle.prefixe + net)[: regle.longueur]
        nom, rang = base, 2
        while nom.casefold() in vus:
            nom = base[: regle.longueur - len(str(rang))] + str(rang)
            rang += 1
        vus.add(nom.casefold())
        noms[code] = nom
    return noms


# --- REDCap ---------------------------------------------------------------------------------------------------------

REDCAP = "REDCap"
NOM_REDCAP = RegleDeNom(re.compile(r"[^a-z0-9_]"), 60, "_", plier=str.lower)
"""Une variable."""
_VALEUR_REDCAP = RegleDeNom(re.compile(r"[^A-Za-z0-9_]"), 60, "_", prefixe="")
RESERVES_REDCAP = (
    *("record_id", "identifiant", "moment", "regard", COLONNES_DU_TIERS[0].cle, DATE_DU_MOMENT.cle),
    *("cpit_complete", "cpit_timestamp"),
)
"""Les variables que le dictionnaire a déjà."""


def items_de_redcap(referentiel: Referentiel) -> dict[str, str]:
    """La variable de chaque item."""
    return nommer((item.code for item in referentiel.items), NOM_REDCAP, RESERVES_REDCAP)


def profil_de_redcap(questions: Iterable[QuestionProfil], referentiel: Referentiel) -> dict[str, str]:
    """La variable de chaque question à choix."""
    pris = (*RESERVES_REDCAP, *items_de_redcap(referentiel).values())
    return nommer((question.identifiant for question in questions), NOM_REDCAP, pris)


def choix_de_redcap(question: QuestionProfil) -> dict[str, str]:
    """La valeur de chaque choix, dans l’export « raw »."""
    return nommer((choix.code for choix in question.choix), _VALEUR_REDCAP)


# --- LimeSurvey -----------------------------------------------------------------------------------------------------

CODE_LIMESURVEY = RegleDeNom(re.compile(r"[^A-Za-z0-9]"), 20)
"""Une question ou une sous-question."""
RESERVES_LIMESURVEY = (
    *("lang", "sid", "savedid", "token", "qid", "gid", "sgq", "self", "that", "this", "time", "other"),
)
"""Ce que LimeSurvey garde pour lui."""


def cases_de_limesurvey(question: QuestionProfil) -> dict[str, str]:
    """La sous-question de chaque choix d’une question qui en admet plusieurs."""
    return nommer((choix.code for choix in question.choix), CODE_LIMESURVEY, RESERVES_LIMESURVEY)


def tableaux_de_limesurvey(referentiel: Referentiel) -> dict[Competence, str]:
    """La question de chaque compétence : un tableau de ses items."""
    return {competence: f"T{rang}" for rang, competence in enumerate(referentiel.competences, 1)}


CODE_DE_LA_DATE = DATE_DU_MOMENT.cle.replace("_", "")
"""La question LimeSurvey qui date un moment."""
CODES_DE_PLACE = {dimension.cle: f"place{dimension.cle}" for dimension in DIMENSIONS_DE_PLACE}
"""La question LimeSurvey qui demande la place des situations."""


def pris_par_limesurvey(referentiel: Referentiel) -> set[str]:
    """Les noms qu’une question à choix n’y prend pas."""
    autres = ("identifiant", "moment", "regard", "trace", COLONNES_DU_TIERS[0].cle, CODE_DE_LA_DATE)
    places = CODES_DE_PLACE.values()
    return {*RESERVES_LIMESURVEY, *tableaux_de_limesurvey(referentiel).values(), *autres, *places}


def profil_de_limesurvey(questions: Iterable[QuestionProfil], referentiel: Referentiel) -> dict[str, str]:
    """La question de chaque question à choix."""
    return nommer((question.identifiant for question in questions), CODE_LIMESURVEY, pris_par_limesurvey(referentiel))


# --- ce que l’on en relit -------------------------------------------------------------------------------------------


def noms_de_profil(referentiel: Referentiel) -> Iterator[tuple[str, QuestionProfil, str]]:
    """Chaque en-tête que ces outils donnent à une question de profil, et le choix qu’il coche, s’il en coche un."""
    redcap, limesurvey = (
        nommer_le_profil(referentiel.profil, referentiel)
        for nommer_le_profil in (profil_de_redcap, profil_de_limesurvey)
    )
    for question in referentiel.profil:
        la, ici = redcap[question.identifiant], limesurvey[question.identifiant]
        yield from ((nom, question, "") for nom in (la, ici))
        if question.plusieurs:
            yield from ((f"{la}___{valeur}", question, code) for code, valeur in choix_de_redcap(question).items())
            yield from ((f"{ici}[{case}]", question, code) for code, case in cases_de_limesurvey(question).items())


# --- les outils d’enquête dont cpit reconnaît l’export, un enregistrement par outil -----------------------------------
#
# En ajouter un, c’est l’écrire ici.
#
# Chaque en-tête vient d’un export vu, du code de l’outil ou de deux lecteurs indépendants ; ceux dont on n’a pas la
# preuve n’y sont pas : ils sont des colonnes inconnues, mises de côté et nommées.


Signature = tuple[int, frozenset[str]]
"""Combien de ces en-têtes il faut pour reconnaître l’outil."""


@dataclass(frozen=True, slots=True)
class ReserveDOutil:
    """La colonne de gestion où un outil dit d’une ligne qu’elle n’est pas une réponse comme les autres.

    ``code`` : ce qui s’en dit, au catalogue ; ``noms``, ``forme`` : ses en-têtes, repliés ; ``place`` : son rang, là où
    les colonnes de l’outil ne se reconnaissent qu’à leur place ; ``valeurs`` : ce qui y est alors écrit, replié, vide
    si rien ne l’est ; ``sous_les_items`` : vrai si l’outil en a une par formulaire, à la suite de ses questions ;
    ``sure`` : vrai si son nom suffit, d’une table dont le reste est ôté.
    """

    code: str
    noms: frozenset[str] = frozenset()
    valeurs: frozenset[str] = frozenset()
    forme: re.Pattern[str] | None = None
    place: int | None = None
    sous_les_items: bool = False
    sure: bool = False

    def est(self, nom: str) -> bool:
        """Vrai si c’est le nom, replié, de cette colonne ; ses espaces peuvent être des tirets bas."""
        nommee = not self.noms.isdisjoint({nom, nom.replace("_", " ")})
        return nommee or (self.forme is not None and self.forme.fullmatch(nom) is not None)


INACHEVEE, _D_ESSAI, _REJETEE = "reponses-inachevees", "reponses-d-essai", "reponses-rejetees"
"""Ce que dit d’une réponse une ``ReserveDOutil``."""
_VIDE = frozenset({"", "na", "{question_not_shown}"})
"""Ce qui y est écrit d’une date qui n’est pas."""


@dataclass(frozen=True, slots=True)
class Outil:
    """Un outil d’enquête ; tous les en-têtes y sont repliés (``replier_libelle``).

    ``signatures`` : une seule suffit ; ``en_tete`` : celui qui, en première colonne, suffit ; ``marque`` : un en-tête
    que cet outil est seul à écrire ; ``feuille`` : ce que dit en A1 une autre feuille de ses classeurs.
    ``de_cote``, ``de_cote_de_forme`` : les colonnes de gestion. ``evenement`` : la colonne d’où vient le moment.
    ``valeurs`` : ce qu’il écrit à la place d’une réponse. ``zero_pour_vide`` : vrai s’il écrit 0 pour un entier sans
    réponse. ``question_soulignee`` : vrai s’il écrit « T1_C1P » l’item d’une question T1. ``code_et_texte`` :
    vrai si ses colonnes de gestion aussi peuvent porter un texte, libre, après leur nom. ``groupes`` : vrai si ses
    en-têtes portent le groupe, quel qu’il soit, où est la question. ``largeur`` : ses colonnes de gestion, quand elles
    ne se reconnaissent qu’à leur place, sous deux lignes de titre. ``reserves`` : où il dit d’une réponse qu’elle n’est
    pas envoyée, qu’elle est un essai ou qu’elle est rejetée.
    """

    nom: str
    signatures: tuple[Signature, ...] = ()
    en_tete: frozenset[str] = frozenset()
    marque: re.Pattern[str] | None = None
    feuille: str = ""
    de_cote: frozenset[str] = frozenset()
    de_cote_de_forme: re.Pattern[str] | None = None
    evenement: str = ""
    valeurs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    zero_pour_vide: bool = False
    question_soulignee: bool = False
    code_et_texte: bool = False
    groupes: bool = False
    largeur: int = 0
    reserves: tuple[ReserveDOutil, ...] = ()

    def met_de_cote(self, plie: str) -> bool:
        """Vrai pour l’en-tête, replié, d’une de ses colonnes de gestion ; ses espaces peuvent être des tirets bas."""
        formes = {plie, plie.replace("_", " "), *self._sans_texte([plie])}
        if not self.de_cote.isdisjoint(formes):
            return True
        return bool(self.de_cote_de_forme and self.de_cote_de_forme.fullmatch(plie))

    def reserve_de(self, rang: int | None, plies: Iterable[str]) -> ReserveDOutil | None:
        """Ce que dit d’une réponse une colonne, d’après ses en-têtes repliés ; rien si elle n’en dit rien.

        :param rang: le sien, là où les colonnes de l’outil ne se reconnaissent qu’à leur place.
        """
        noms = [nom for plie in plies for nom in (plie, *self._sans_texte([plie])) if nom]
        possibles = (r for r in self.reserves if any(map(r.est, noms)) or rang == r.place is not None)
        return next(possibles, None)

    def reconnait(self, plies: Sequence[str], feuilles: Collection[str]) -> bool:
        """Vrai si une ligne d’en-têtes repliés, ou une autre feuille du classeur, est de cet outil."""
        if self.feuille and self.feuille in feuilles:
            return True
        if plies and plies[0] in self.en_tete:
            return True
        if self.marque and any(map(self.marque.match, plies)):
            return True
        vus = {*plies, *(plie.replace("_", " ") for plie in plies), *self._sans_texte(plies)}
        return any(len(vus & noms) >= combien for combien, noms in self.signatures)

    def _sans_texte(self, plies: Sequence[str]) -> Iterator[str]:
        """Le nom seul des en-têtes « submitdate. Date de soumission », si cet outil les écrit ainsi."""
        trouves = map(_NOM_ET_TEXTE.fullmatch, plies) if self.code_et_texte else ()
        return (trouve[1] for trouve in trouves if trouve)


_NOM_ET_TEXTE = re.compile(r"([a-z]+)(?: ?[^\w \[]+ ?)\S.*")


def _noms(*noms: str) -> frozenset[str]:
    return frozenset(map(replier_libelle, noms))


_FORMS_FR = _noms(
    *("ID", "Heure de début", "Heure de fin", "Adresse de messagerie", "Nom", "Heure de la dernière modification"),
)
_FORMS_EN = _noms("ID", "Start time", "Completion time", "Email", "Name", "Last modified time")
_LIME = _noms(
    *("id", "submitdate", "lastpage", "startlanguage", "seed", "token", "startdate", "datestamp", "ipaddr", "refurl"),
    "interviewtime",
)
_LIME_FR = _noms(
    *("ID de la réponse", "Date de soumission", "Dernière page", "Langue de départ", "Tête de série"),
    *("Date de lancement", "Date de la dernière action"),
)
_LIME_EN = _noms(
    *("Response ID", "Date submitted", "Last page", "Start language", "Seed", "Date started", "Date last action"),
)
_KOBO = _noms(
    *("_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_status", "_submitted_by", "__version__"),
    *("_tags", "_index", "meta/rootUuid"),
)
_ODK = _noms("SubmissionDate", "meta-instanceID", "KEY", "AttachmentsPresent", "ReviewState")
_ODK_AUSSI = _noms(
    *("start", "end", "SubmitterID", "SubmitterName", "AttachmentsExpected", "Status", "DeviceID", "Edits"),
    "FormVersion",
)
_REDCAP = _noms(
    *("redcap_event_name", "redcap_survey_identifier", "redcap_repeat_instrument", "redcap_repeat_instance"),
    *("redcap_data_access_group", "Complete?"),
)
_WEBFORM = _noms(
    *("Serial", "SID", "Submitted Time", "Completed Time", "Modified Time", "Draft", "IP Address", "UID", "Username"),
)
_WEBFORM_CLES = _noms(
    *("webform_serial", "webform_sid", "webform_time", "webform_completed_time", "webform_modified_time"),
    *("webform_draft", "webform_ip_address", "webform_uid", "webform_username"),
)
_MOODLE = _noms(
    *("Response", "Submitted on:", "Institution", "Department", "Course", "Group", "ID", "Full name", "Username"),
    "Complete",
)
_DEMARCHES = _noms(
    *("FranceConnect ?", "Dépôt pour un tiers", "Nom du mandataire", "Prénom du mandataire", "À archiver"),
    *("État du dossier", "Dernière mise à jour le", "Dernière mise à jour du dossier le", "Déposé le"),
    *("Passé en instruction le", "Traité le", "Motivation de la décision", "Instructeurs"),
)
_NEXTCLOUD_FR = _noms("Identifiant utilisateur", "Nom d'affichage de l'utilisateur", "Horodatage")
_NEXTCLOUD_EN = _noms("User ID", "User display name", "Timestamp")
_GOOGLE = _noms("Horodateur", "Timestamp", "Marca temporal")
_TALLY = _noms("Submission ID", "Respondent ID", "Submitted at")
_TYPEFORM = _noms("#", "Start Date (UTC)", "Submit Date (UTC)", "Network ID")
_QUALTRICS = _noms(
    *("StartDate", "EndDate", "Status", "IPAddress", "Progress", "Duration (in seconds)", "Finished", "RecordedDate"),
    *("ResponseId", "DistributionChannel", "UserLanguage"),
)
_MONKEY = _noms("Respondent ID", "Collector ID")
_MONKEY_AUSSI = _noms(
    *("Start Date", "End Date", "IP Address", "Email Address", "First Name", "Last Name", "Custom Data 1"),
)
_FORMR = _noms("session_id", "study_id", "iteration", "created", "modified", "ended", "expired")


_OUTILS = (
    Outil(
        "Microsoft Forms",
        signatures=(
            (2, _noms("Heure de début", "Heure de fin", "Heure de la dernière modification")),
            (2, _noms("Start time", "Completion time", "Last modified time")),
        ),
        de_cote=_FORMS_FR | _FORMS_EN | _noms("Total points", "Quiz feedback"),
        de_cote_de_forme=re.compile(r"(?:points|feedback) - .+"),
    ),
    Outil(
        "Google Forms",
        en_tete=_GOOGLE,
        de_cote=_GOOGLE | _noms("Adresse e-mail", "Email Address"),
    ),
    Outil(
        "LimeSurvey",
        signatures=((2, _LIME), (2, _LIME_FR), (2, _LIME_EN)),
        de_cote=(_LIME | _LIME_FR | _LIME_EN) - {"token"},
        # Les temps de passage : « groupTime715 », « T1Time ».
        de_cote_de_forme=re.compile(r"grouptime[0-9]+|[a-z][a-z0-9]*time"),
        valeurs={"{question_not_shown}": "vide"},
        reserves=(
            ReserveDOutil(INACHEVEE, _noms("submitdate", "Date de soumission", "Date submitted"), _VIDE, sure=True),
        ),
        question_soulignee=True,
        code_et_texte=True,
    ),
    Outil(
        "KoboToolbox",
        signatures=((2, _KOBO),),
        de_cote=_KOBO | _noms("start", "end"),
        groupes=True,
        reserves=(
            ReserveDOutil(
                _REJETEE, _noms("_validation_status"), _noms("validation_status_not_approved", "Not approved")
            ),
        ),
    ),
    Outil(
        "ODK Central",
        signatures=((2, _ODK),),
        de_cote=_ODK | _ODK_AUSSI,
        groupes=True,
        reserves=(ReserveDOutil(_REJETEE, _noms("ReviewState"), _noms("rejected")),),
    ),
    Outil(
        REDCAP,
        # Les deux derniers sont du formulaire que cpit rédige.
        signatures=((1, _REDCAP | _noms("cpit_complete", "cpit_timestamp")),),
        de_cote=_REDCAP - {"redcap_survey_identifier"},
        de_cote_de_forme=re.compile(r".+_(?:complete|timestamp)"),
        evenement="redcap_event_name",
        reserves=(
            ReserveDOutil(
                INACHEVEE,
                _noms("Complete?"),
                _noms("0", "Incomplete"),
                forme=re.compile(r".+_complete"),
                sous_les_items=True,
            ),
        ),
    ),
    Outil(
        "Framaforms",
        signatures=((3, _WEBFORM), (3, _WEBFORM_CLES)),
        de_cote=_WEBFORM | _WEBFORM_CLES,
        largeur=len(_WEBFORM),
        reserves=(
            # « Draft » est la sixième des colonnes de gestion.
            ReserveDOutil(INACHEVEE, _noms("webform_draft"), _noms("1"), place=5, sure=True),
            ReserveDOutil(INACHEVEE, _noms("Draft"), _noms("1")),
        ),
    ),
    Outil(
        "Moodle (questionnaire)",
        signatures=((3, _MOODLE),),
        marque=re.compile(r"q[0-9]{2,}_[^>]*->"),
        de_cote=_MOODLE,
        valeurs={"-1": "SO"},
        reserves=(ReserveDOutil(INACHEVEE, _noms("Complete"), _noms("n")),),
    ),
    Outil(
        "Moodle (feedback)",
        signatures=((1, _noms("User full name")),),
        de_cote=_noms("User full name", "Groups", "Course", "Date"),
    ),
    Outil(
        "Démarches simplifiées",
        signatures=((3, _DEMARCHES),),
        de_cote=_DEMARCHES | _noms("ID", "Email", "Civilité", "Nom", "Prénom", "Groupe instructeur"),
        de_cote_de_forme=re.compile(r"etablissement .+"),
        zero_pour_vide=True,
    ),
    Outil("Le Sphinx", feuille=replier_libelle("Informations d'export :"), de_cote=frozenset({""})),
    Outil(
        "Nextcloud Forms",
        signatures=((2, _NEXTCLOUD_FR), (2, _NEXTCLOUD_EN)),
        de_cote=_NEXTCLOUD_FR | _NEXTCLOUD_EN,
    ),
    Outil("Tally", signatures=((2, _TALLY),), de_cote=_TALLY),
    Outil("Typeform", signatures=((2, _TYPEFORM),), de_cote=_TYPEFORM),
    Outil(
        "Qualtrics",
        signatures=((3, _QUALTRICS),),
        de_cote=_QUALTRICS,
        reserves=(
            ReserveDOutil(INACHEVEE, _noms("Finished"), _noms("0", "False", "Faux")),
            ReserveDOutil(_D_ESSAI, _noms("Status"), _noms("1", "Survey Preview")),
        ),
    ),
    Outil("SurveyMonkey", signatures=((2, _MONKEY),), de_cote=_MONKEY | _MONKEY_AUSSI),
    Outil(
        "formr",
        signatures=((3, _FORMR),),
        de_cote=_FORMR,
        reserves=(ReserveDOutil(INACHEVEE, _noms("ended"), _VIDE),),
    ),
)
"""Tous les outils ; si plusieurs se reconnaissent, celui qui met le plus de colonnes de côté l’emporte."""


_SANS_OUTIL = Outil("", reserves=tuple(r for outil in _OUTILS for r in outil.reserves if r.sure))


def reserves_des_colonnes(
    outil: Outil | None, colonnes: Sequence[Sequence[str]], items: Collection[int]
) -> dict[int, ReserveDOutil]:
    """Ce que disent des réponses les colonnes d’une table, par leur rang.

    :param colonnes: les en-têtes, repliés, de chaque colonne.
    :param items: les rangs des colonnes d’items.
    """
    trouvees: dict[int, ReserveDOutil] = {}
    depuis, voulu = 0, outil or _SANS_OUTIL
    a_leur_place = bool(voulu.largeur) and not any(voulu.met_de_cote(plie) for plies in colonnes for plie in plies)
    for rang, plies in enumerate(colonnes):
        reserve = None if rang in items else voulu.reserve_de(rang if a_leur_place else None, plies)
        if reserve is None:
            continue
        if not reserve.sous_les_items or any(item in items for item in range(depuis, rang)):
            trouvees[rang] = reserve
        depuis = rang
    return trouvees


def reconnaitre_l_outil(
    rangees: Sequence[Sequence[str]], feuilles: Collection[str], titres: Sequence[Sequence[str]]
) -> Outil | None:
    """L’outil qui a écrit une table ; rien si aucun ne se reconnaît.

    :param rangees: les en-têtes repliés de chacune de ses lignes d’en-tête.
    :param feuilles: ce que disent, replié, les feuilles du classeur en A1.
    :param titres: les lignes du dessus, repliées, de la première à la dernière.
    """
    reconnus = [outil for outil in _OUTILS if any(outil.reconnait(plies, feuilles) for plies in rangees)]

    def colonnes(outil: Outil) -> int:
        return sum(outil.met_de_cote(plie) for plies in rangees for plie in plies)

    if reconnus:
        return max(reconnus, key=colonnes)
    return next((outil for outil in _OUTILS if outil.largeur and _coiffe(titres, outil.largeur)), None)


def _coiffe(titres: Sequence[Sequence[str]], largeur: int) -> bool:
    """Vrai pour deux lignes de titre dont chacune n’a que sa première cellule remplie sur cette largeur."""
    # Une feuille de tableur n’a pas de cellule vide au bout de ses lignes.
    vues = [[bool(plie) for plie in [*plies, *[""] * largeur][:largeur]] for plies in titres]
    return vues == [[True, *[False] * (largeur - 1)]] * 2
