"""L’export de chaque outil d’enquête, refait pour n’importe quel référentiel et n’importe quelles réponses.

Chaque fonction rend les lignes d’une table telles que l’outil les écrit : ses colonnes de gestion, ses lignes
d’en-tête, la façon dont il habille une question. ``OUTILS`` dit ce que cpit doit y reconnaître.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook

from cpit.coeur.referentiel import Referentiel

Reponses = Mapping[str, int | str | None]
"""Par code d’item : un niveau, « SO », rien, ou ce que l’on veut d’autre, qui sera refusé."""
Personnes = Sequence[tuple[str, Reponses]]
Rangees = list[list[str]]

ADRESSE, IP, NOM, COMPTE = "zelie.martin@exemple.org", "203.0.113.77", "Zélie Martin-Dupré", "zmartin-compte"
"""Ce qu’un outil met dans ses colonnes de gestion, et qui ne doit se lire nulle part."""


def en_chiffres(_referentiel: Referentiel, reponse: int | str | None) -> str:
    return "" if reponse is None else str(reponse)


def en_mots(referentiel: Referentiel, reponse: int | str | None) -> str:
    if isinstance(reponse, int) and reponse in referentiel.echelle.par_valeur:
        return referentiel.echelle.par_valeur[reponse].libelle
    if reponse == "SO" and referentiel.echelle.sans_objet:
        return referentiel.echelle.sans_objet.libelle
    return en_chiffres(referentiel, reponse)


Ecrire = Callable[[Referentiel, "int | str | None"], str]


def _table(
    referentiel: Referentiel,
    personnes: Personnes,
    avant: Sequence[tuple[str, str]],
    apres: Sequence[tuple[str, str]],
    nommer: Callable[[str, str], str],
    ecrire: Ecrire,
    qui: str = "Votre code",
) -> Rangees:
    """Colonnes de gestion et leur valeur, le code, les items, puis d’autres colonnes de gestion."""
    items = referentiel.items
    entete = [n for n, _ in avant] + ([qui] if qui else []) + [nommer(i.code, i.enonce) for i in items]
    rangees = [entete + [n for n, _ in apres]]
    for code, reponses in personnes:
        cellules = [v for _, v in avant] + ([code] if qui else [])
        cellules += [ecrire(referentiel, reponses.get(item.code)) for item in items]
        rangees.append(cellules + [v for _, v in apres])
    return rangees


def _enonce(_code: str, enonce: str) -> str:
    return enonce


def _code(code: str, _enonce: str) -> str:
    return code


def _grille(question: str, motif: str) -> Callable[[str, str], str]:
    return lambda _code, enonce: motif.format(question=question, enonce=enonce)


def forms(r: Referentiel, p: Personnes, langue: str = "fr") -> Rangees:
    noms = {
        "fr": (
            *("ID", "Heure de début", "Heure de fin", "Adresse de messagerie", "Nom"),
            *("Heure de la dernière modification",),
        ),
        "en": ("ID", "Start time", "Completion time", "Email", "Name", "Last modified time"),
    }[langue]
    valeurs = ("1", "9/14/26 9:00:22", "9/14/26 9:12:54", ADRESSE, NOM, "")
    return _table(r, p, list(zip(noms, valeurs, strict=True)), [], lambda _, e: f"{e}\xa0", en_mots)


def forms_quiz(r: Referentiel, p: Personnes) -> Rangees:
    gestion = [("ID", "1"), ("Heure de début", "9:00"), ("Heure de fin", "9:12"), ("Adresse de messagerie", ADRESSE)]
    gestion += [("Nom", NOM), ("Total points", "0"), ("Quiz feedback", "")]
    rangees = _table(r, p, [*gestion, ("Heure de la dernière modification", "")], [], _enonce, en_mots)
    debut = len(gestion) + 1
    avec = [rangees[0][:debut]]
    avec[0] += [n for q in rangees[0][debut:] for n in (q, f"Points - {q}", f"Feedback - {q}")]
    return avec + [ligne[:debut] + [v for c in ligne[debut:] for v in (c, "0", "")] for ligne in rangees[1:]]


def google(r: Referentiel, p: Personnes, langue: str = "fr") -> Rangees:
    noms = {"fr": ("Horodateur", "Adresse e-mail"), "en": ("Timestamp", "Email Address")}[langue]
    gestion = list(zip(noms, ("2026/09/14 9:10:02 AM UTC+2", ADRESSE), strict=True))
    return _table(r, p, gestion, [], _grille(r.echelle.question, "{question} [{enonce}]"), en_mots)


_LIME = ("id", "submitdate", "lastpage", "startlanguage", "seed", "token", "startdate", "datestamp", "ipaddr")


def lime(r: Referentiel, p: Personnes, motif: str = "T1[{code}]", ecrire: Ecrire = en_chiffres) -> Rangees:
    valeurs = ("1", "2026-09-14 09:12:54", "2", "fr", "274068858", "", "2026-09-14", "2026-09-14", IP)
    question = r.echelle.question

    def nommer(code: str, enonce: str) -> str:
        return motif.format(code=code, enonce=enonce, question=question, debut=enonce[:15], entete=question[:15])

    rangees = _table(r, p, list(zip(_LIME, valeurs, strict=True)), [], nommer, ecrire, qui="")
    for ligne, (code, _) in zip(rangees[1:], p, strict=True):
        ligne[_LIME.index("token")] = code
    return rangees


def lime_en_texte(r: Referentiel, p: Personnes, langue: str = "fr") -> Rangees:
    noms = {
        "fr": (
            *("ID de la réponse", "Date de soumission", "Dernière page", "Langue de départ", "Tête de série"),
            *("Date de lancement", "Date de la dernière action"),
        ),
        "en": (
            *("Response ID", "Date submitted", "Last page", "Start language", "Seed"),
            *("Date started", "Date last action"),
        ),
    }[langue]
    valeurs = ("1", "2026-09-14", "2", "fr", "27", "2026-09-14", "2026-09-14")
    nommer = _grille(r.echelle.question, "{question}  [{enonce}]")
    return _table(r, p, list(zip(noms, valeurs, strict=True)), [], nommer, en_mots)


def lime_vv(r: Referentiel, p: Personnes) -> Rangees:
    codes = lime(r, p, "T1_{code}")
    en_texte = [f"texte {n}" for n in range(len(_LIME))]
    en_texte += [f"{r.echelle.question} ({item.enonce})" for item in r.items]
    return [en_texte, *codes]


_KOBO = (
    *("_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_status", "_submitted_by", "__version__"),
    *("_tags", "meta/rootUuid", "_index"),
)


def kobo(r: Referentiel, p: Personnes, *, groupes: bool = False, libelles: bool = False, hxl: bool = False) -> Rangees:
    fin = [(nom, COMPTE if nom == "_submitted_by" else "x") for nom in _KOBO]
    avant = [("start", "2026-09-14T09:00:11.000+02:00"), ("end", "2026-09-14T09:10:02.000+02:00")]
    competences = {item.code: item.competence for item in r.items}
    lettres = {c.identifiant: c.libelle for c in r.competences} if libelles else {}

    def nommer(code: str, enonce: str) -> str:
        groupe = competences[code]
        nom = enonce if libelles else code
        return f"{lettres.get(groupe, groupe)}/{nom}" if groupes else nom

    def ecrire(r_: Referentiel, reponse: int | str | None) -> str:
        return en_mots(r_, reponse) if libelles else en_chiffres(r_, reponse).lower()

    rangees = _table(r, p, avant, fin, nommer, ecrire, "Votre code" if libelles else "identifiant")
    if hxl:
        rangees.insert(1, ["" if nom.startswith("_") else "#meta" for nom in rangees[0]])
    return rangees


def odk(r: Referentiel, p: Personnes) -> Rangees:
    fin = ["meta-instanceID", "KEY", "SubmitterID", "SubmitterName", "AttachmentsPresent", "AttachmentsExpected"]
    fin += ["Status", "ReviewState", "DeviceID", "Edits", "FormVersion"]
    valeurs = [(nom, COMPTE if nom == "SubmitterName" else "0") for nom in fin]
    competences = {item.code: item.competence for item in r.items}
    avant = [("SubmissionDate", "2026-09-14T07:12:54.000Z"), ("start", "2026-09-14T09:00:22.000+02:00")]
    return _table(r, p, avant, valeurs, lambda c, _: f"{competences[c]}-{c}", en_chiffres, "identifiant")


def redcap(r: Referentiel, p: Personnes) -> Rangees:
    avant = [("record_id", "1"), ("redcap_event_name", "t1_arm_1"), ("redcap_survey_identifier", "")]
    avant.append(("cpit_timestamp", "2026-09-14 09:12:54"))
    return _table(r, p, avant, [("cpit_complete", "2")], lambda c, _: c.lower(), en_chiffres, "code")


def redcap_en_libelles(r: Referentiel, p: Personnes) -> Rangees:
    return _table(r, p, [], [("Complete?", "Complete"), ("Complete?", "Incomplete")], _enonce, en_mots)


_WEBFORM = ("Serial", "SID", "Submitted Time", "Completed Time", "Modified Time", "Draft", "IP Address", "UID")
_CLES = ("serial", "sid", "time", "completed_time", "modified_time", "draft", "ip_address", "uid", "username")


def framaforms(r: Referentiel, p: Personnes, langue: str = "en") -> Rangees:
    noms = {
        "en": (*_WEBFORM, "Username"),
        "cles": tuple(f"webform_{cle}" for cle in _CLES),
        # Les vrais mots français ne sont pas connus : la forme seule dit l’outil.
        "forme": tuple(f"mot {n}" for n in range(9)),
    }[langue]
    valeurs = ("1", "9001", "14/09/2026", "14/09/2026", "14/09/2026", "0", IP, "0", COMPTE)
    rangees = _table(r, p, list(zip(noms, valeurs, strict=True)), [], _enonce, en_mots)
    largeur = len(rangees[0])
    dessus = ["Submission Details", *[""] * 9, r.echelle.question]
    return [["Auto-évaluation", *[""] * (largeur - 1)], [*dessus, *[""] * (largeur - len(dessus))], *rangees]


def moodle(r: Referentiel, p: Personnes) -> Rangees:
    noms = ("Response", "Submitted on:", "Institution", "Department", "Course", "Group", "ID", "Full name", "Username")
    valeurs = ("12", "14/09/2026 09:12:54", "", "", "Cours", "", "3", NOM, COMPTE)
    nommer = _grille("T1", "Q02_{question}->{enonce}")

    def ecrire(r_: Referentiel, reponse: int | str | None) -> str:
        return "-1" if reponse == "SO" else en_chiffres(r_, reponse)

    return _table(r, p, list(zip(noms, valeurs, strict=True)), [], nommer, ecrire, "Q01_Votre code")


def moodle_feedback(r: Referentiel, p: Personnes) -> Rangees:
    avant = [("User full name", NOM), ("Groups", ""), ("Course", "Cours"), ("Date", "14 septembre 2026")]
    return _table(r, p, avant, [], lambda c, e: f"({c}) {e}", en_mots, "(code) Votre code")


def demarches(r: Referentiel, p: Personnes) -> Rangees:
    noms = ["ID", "Email", "FranceConnect ?", "Civilité", "Nom", "Prénom", "Dépôt pour un tiers", "Nom du mandataire"]
    noms += ["Prénom du mandataire", "À archiver", "État du dossier", "Dernière mise à jour le"]
    noms += ["Dernière mise à jour du dossier le", "Déposé le", "Passé en instruction le", "Traité le"]
    noms += ["Motivation de la décision", "Instructeurs", "Groupe instructeur"]
    valeurs = [(nom, {"Email": ADRESSE, "Nom": NOM}.get(nom, "x")) for nom in noms]
    return _table(r, p, valeurs, [], _enonce, en_mots)


def nextcloud(r: Referentiel, p: Personnes, langue: str = "fr") -> Rangees:
    noms = {
        "fr": ("Identifiant utilisateur", "Nom d'affichage de l'utilisateur", "Horodatage"),
        "en": ("User ID", "User display name", "Timestamp"),
    }[langue]
    gestion = list(zip(noms, (COMPTE, NOM, "2026-09-14T22:33:09+02:00"), strict=True))
    return _table(r, p, gestion, [], _grille(r.echelle.question, "{question} ({enonce})"), en_mots)


def tally(r: Referentiel, p: Personnes) -> Rangees:
    avant = [("Submission ID", "PgYbzQ"), ("Respondent ID", "l0WyWk"), ("Submitted at", "2026-08-11 23:25:40")]
    return _table(r, p, avant, [], _enonce, en_mots)


def typeform(r: Referentiel, p: Personnes) -> Rangees:
    apres = [("Start Date (UTC)", "2026-09-14"), ("Submit Date (UTC)", "2026-09-14"), ("Network ID", "d3560842b2")]
    return _table(r, p, [("#", "068127e3d5e9")], apres, _enonce, en_mots)


def qualtrics(r: Referentiel, p: Personnes, motif: str = "{question} - {enonce}") -> Rangees:
    noms = ["StartDate", "EndDate", "Status", "IPAddress", "Progress", "Duration (in seconds)", "Finished"]
    noms += ["RecordedDate", "ResponseId", "DistributionChannel", "UserLanguage"]
    valeurs = [(nom, IP if nom == "IPAddress" else "x") for nom in noms]
    rangees = _table(r, p, valeurs, [], _grille(r.echelle.question, motif), en_mots)
    largeur = len(noms)
    codes = [*noms, "Q1", *(f"Q2_{n}" for n in range(1, len(r.items) + 1))]
    textes = [f"{nom} " for nom in noms] + rangees[0][largeur:]
    imports = [json.dumps({"ImportId": f"QID{n}"}) for n in range(len(codes))]
    return [codes, textes, imports, *rangees[1:]]


def surveymonkey(r: Referentiel, p: Personnes) -> Rangees:
    noms = ["Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address", "First Name"]
    noms += ["Last Name", "Custom Data 1"]
    valeurs = [(n, {"IP Address": IP, "Email Address": ADRESSE, "Last Name": NOM}.get(n, "x")) for n in noms]
    rangees = _table(r, p, valeurs, [], _enonce, en_mots)
    largeur = len(noms)
    premiere = [*rangees[0][: largeur + 1], r.echelle.question, *[""] * (len(r.items) - 1)]
    seconde = [*[""] * largeur, "Open-Ended Response", *rangees[0][largeur + 1 :]]
    return [premiere, seconde, *rangees[1:]]


def formr(r: Referentiel, p: Personnes) -> Rangees:
    noms = ("session_id", "study_id", "iteration", "created", "modified", "ended", "expired")
    return _table(r, p, [(nom, "1") for nom in noms], [], _code, en_chiffres, "code")


def lime_en_code_et_texte(r: Referentiel, p: Personnes, separateur: str = ". ") -> Rangees:
    """Chaque colonne, de gestion comprise, porte son code puis son texte ; celui de « token » se traduit."""
    rangees = lime(r, p, "T1[{code}]" + separateur + "{question} [{enonce}]")
    for rang, nom in enumerate(_LIME):
        rangees[0][rang] = f"{nom}{separateur}{_LIME_TRADUITS.get(nom, nom)}"
    return rangees


_LIME_TRADUITS = {"id": "ID de la réponse", "submitdate": "Date de soumission", "token": "Code d’invitation"}


@dataclass(frozen=True)
class OutilRefait:
    """Un export refait : ses lignes, ce que cpit doit nommer, combien de colonnes il met de côté, le moment lu."""

    nom: str
    rangees: Callable[[Referentiel, Personnes], Rangees]
    separateur: str = ","
    de_cote: int = 0
    moment: str = "t0"


OUTILS = {
    "forms-fr": OutilRefait("Microsoft Forms", forms, de_cote=6),
    "forms-en": OutilRefait("Microsoft Forms", lambda r, p: forms(r, p, "en"), de_cote=6),
    "forms-quiz": OutilRefait("Microsoft Forms", forms_quiz),
    "google-fr": OutilRefait("Google Forms", google, de_cote=2),
    "google-en": OutilRefait("Google Forms", lambda r, p: google(r, p, "en"), de_cote=2),
    "lime-code": OutilRefait("LimeSurvey", lime, ";", 8),
    "lime-em": OutilRefait("LimeSurvey", lambda r, p: lime(r, p, "T1_{code}"), de_cote=8),
    "lime-libelles": OutilRefait("LimeSurvey", lambda r, p: lime(r, p, "G01Q02[{code}]", en_mots), de_cote=8),
    "lime-code-et-texte": OutilRefait(
        "LimeSurvey", lambda r, p: lime(r, p, "T1[{code}]. {question} [{enonce}]"), de_cote=8
    ),
    "lime-code-et-texte-partout": OutilRefait("LimeSurvey", lime_en_code_et_texte, de_cote=8),
    "lime-code-et-texte-tiret": OutilRefait(
        "LimeSurvey", lambda r, p: lime_en_code_et_texte(r, p, " - "), ";", de_cote=8
    ),
    "lime-abrege": OutilRefait("LimeSurvey", lambda r, p: lime(r, p, "{entete}..  [{debut}.. ]"), de_cote=8),
    "lime-texte-fr": OutilRefait("LimeSurvey", lime_en_texte, de_cote=7),
    "lime-texte-en": OutilRefait("LimeSurvey", lambda r, p: lime_en_texte(r, p, "en"), ";", 7),
    "lime-tirets-bas": OutilRefait(
        "LimeSurvey",
        lambda r, p: [
            [nom.replace(" ", "_") for nom in ligne] if k == 0 else ligne for k, ligne in enumerate(lime_en_texte(r, p))
        ],
        de_cote=7,
    ),
    "lime-vv": OutilRefait("LimeSurvey", lime_vv, "\t", 8),
    "kobo-xml": OutilRefait("KoboToolbox", kobo, ";", 13),
    "kobo-xml-groupes": OutilRefait("KoboToolbox", lambda r, p: kobo(r, p, groupes=True), ";", 13),
    "kobo-libelles": OutilRefait("KoboToolbox", lambda r, p: kobo(r, p, libelles=True), ";", 13),
    "kobo-libelles-groupes": OutilRefait("KoboToolbox", lambda r, p: kobo(r, p, groupes=True, libelles=True), ";", 13),
    "kobo-hxl": OutilRefait("KoboToolbox", lambda r, p: kobo(r, p, hxl=True), ";", 13),
    "odk": OutilRefait("ODK Central", odk, de_cote=13),
    "redcap": OutilRefait("REDCap", redcap, de_cote=2, moment="t1"),
    "redcap-libelles": OutilRefait("REDCap", redcap_en_libelles, de_cote=2),
    "framaforms": OutilRefait("Framaforms", framaforms, ";", 9),
    "framaforms-cles": OutilRefait("Framaforms", lambda r, p: framaforms(r, p, "cles"), "\t", 9),
    "framaforms-forme": OutilRefait("Framaforms", lambda r, p: framaforms(r, p, "forme"), ";", 9),
    "moodle": OutilRefait("Moodle (questionnaire)", moodle, de_cote=9),
    "moodle-feedback": OutilRefait("Moodle (feedback)", moodle_feedback, de_cote=4),
    "demarches": OutilRefait("Démarches simplifiées", demarches, de_cote=19),
    "nextcloud-fr": OutilRefait("Nextcloud Forms", nextcloud, de_cote=3),
    "nextcloud-en": OutilRefait("Nextcloud Forms", lambda r, p: nextcloud(r, p, "en"), de_cote=3),
    "tally": OutilRefait("Tally", tally, de_cote=3),
    "typeform": OutilRefait("Typeform", typeform, de_cote=4),
    "qualtrics": OutilRefait("Qualtrics", qualtrics, de_cote=11),
    "qualtrics-choix": OutilRefait("Qualtrics", lambda r, p: qualtrics(r, p, "{enonce} - Selected Choice"), de_cote=11),
    "surveymonkey": OutilRefait("SurveyMonkey", surveymonkey, de_cote=9),
    "formr": OutilRefait("formr", formr, de_cote=7),
}


def ecrire_csv(chemin: Path, rangees: Rangees, separateur: str = ",") -> Path:
    flux = io.StringIO()
    csv.writer(flux, delimiter=separateur, lineterminator="\r\n").writerows(rangees)
    chemin.write_bytes(b"\xef\xbb\xbf" + flux.getvalue().encode())
    return chemin


def ecrire_xlsx(chemin: Path, feuilles: Mapping[str, Rangees]) -> Path:
    livre = Workbook()
    livre.remove(livre.active)
    for nom, rangees in feuilles.items():
        feuille = livre.create_sheet(nom)
        for ligne, cellules in enumerate(rangees, 1):
            for colonne, cellule in enumerate(cellules, 1):
                if cellule:
                    feuille.cell(ligne, colonne, int(cellule) if cellule.isdigit() else cellule)
    livre.save(chemin)
    return chemin
