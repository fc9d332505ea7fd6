"""Ce que chaque outil rendrait d’un instrument rempli : le fichier envoyé, relu, donne ses propres colonnes d’export.

Une doublure par outil, d’après la forme de ses exports : séparateur, guillemets, marque, métadonnées, en-têtes. Rien
n’y vient de cpit, sinon le fichier qu’il a écrit.
"""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl

Lignes = list[dict[str, str]]


@dataclass
class Remplie:
    """Ce qu’une personne a répondu : par code d’item, une valeur, « SO » ou rien ; par question de profil, un code, ou
    plusieurs séparés d’un point-virgule (« pvd;crte »).
    """

    code: str
    reponses: dict[str, str]
    profil: dict[str, str] = field(default_factory=dict)
    traces: dict[str, str] = field(default_factory=dict)


def _coches(profil: str) -> list[str]:
    """Les choix qu’une personne a cochés, sans les signes qu’un outil n’admet pas dans un nom."""
    return [_nu(code) for code in profil.split(";") if code]


def _nu(code: str) -> str:
    return re.sub(r"[\W_]", "", code).lower()


def en_csv(entetes: Sequence[str], rangees: Sequence[Sequence[str]], **forme: Any) -> str:
    sortie = io.StringIO(newline="")
    ecrivain = csv.writer(sortie, **forme)
    ecrivain.writerow(entetes)
    ecrivain.writerows(rangees)
    return sortie.getvalue()


# --- XLSForm : KoboToolbox, ODK Central -----------------------------------------------------------------------------

LIBELLE = "label::Français (fr)"


def feuilles(xlsform: Path) -> dict[str, Lignes]:
    """Les lignes de chaque feuille d’un XLSForm, par en-tête."""
    classeur = openpyxl.load_workbook(xlsform)
    rendues = {}
    for feuille in classeur:
        entetes, *lignes = [[str(c or "") for c in ligne] for ligne in feuille.iter_rows(values_only=True)]
        rendues[feuille.title] = [dict(zip(entetes, ligne, strict=True)) for ligne in lignes]
    return rendues


@dataclass
class _Colonne:
    nom: str
    libelle: str
    groupe: str
    liste: str
    fixe: str = ""


def _colonnes_xlsform(xlsform: Path) -> tuple[list[_Colonne], dict[tuple[str, str], str]]:
    lues = feuilles(xlsform)
    colonnes, groupe = [], ""
    for ligne in lues["survey"]:
        sorte, nom = ligne["type"], ligne["name"]
        if sorte == "begin_group":
            groupe = nom
        elif sorte == "end_group":
            groupe = ""
        else:
            liste = sorte.partition(" ")[2]
            colonnes.append(_Colonne(nom, ligne[LIBELLE] or nom, groupe, liste, ligne["calculation"].strip("'")))
    return colonnes, {(c["list_name"], c["name"]): c[LIBELLE] for c in lues["choices"]}


def _valeur_xlsform(colonne: _Colonne, une: Remplie) -> str:
    """La valeur qu’un formulaire garde : le nom du choix, le texte tapé, ou ce qu’il calcule."""
    if colonne.fixe:
        return colonne.fixe
    if colonne.nom == "identifiant":
        return une.code
    # Une question à cocher tient ses choix dans une cellule, séparés d’une espace.
    valeur = une.reponses.get(colonne.nom) or une.profil.get(colonne.nom, "").replace(";", " ")
    return valeur.lower() if valeur == "SO" else valeur or une.traces.get(colonne.nom.removesuffix("_trace"), "")


def _redresser(texte: str) -> str:
    """pyxform redresse les apostrophes et les guillemets des libellés."""
    return texte.translate(str.maketrans("’‘“”", "''\"\""))


def export_kobo(xlsform: Path, remplies: Sequence[Remplie], *, libelles: bool = False, groupes: bool = False) -> bytes:
    colonnes, choix = _colonnes_xlsform(xlsform)

    def entete(colonne: _Colonne) -> str:
        nom = _redresser(colonne.libelle) if libelles else colonne.nom
        return f"{colonne.groupe}/{nom}" if groupes and colonne.groupe else nom

    def cellule(colonne: _Colonne, une: Remplie) -> str:
        valeur = _valeur_xlsform(colonne, une)
        if not libelles:
            return valeur
        choisis = valeur.split(" ") if (colonne.liste, valeur.partition(" ")[0]) in choix else [valeur]
        return _redresser(" ".join(choix.get((colonne.liste, un), un) for un in choisis))

    queue = "_id _uuid _submission_time _validation_status _notes _status _submitted_by __version__ _tags meta/rootUuid"
    entetes = [*map(entete, colonnes), *queue.split(), "_index"]
    rangees = [
        [
            *(cellule(c, une) for c in colonnes),
            *(str(412345678 + rang), f"6f0c2b1e-0000-4000-8000-{rang:012}", "2026-09-14T07:10:05"),
            *("", "", "submitted_via_web", "", "vAbc1", "", f"uuid:6f0c{rang}", str(rang)),
        ]
        for rang, une in enumerate(remplies, 1)
    ]
    return en_csv(entetes, rangees, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n").encode()


def export_odk_central(xlsform: Path, remplies: Sequence[Remplie]) -> bytes:
    colonnes, _ = _colonnes_xlsform(xlsform)
    noms = [f"{c.groupe}-{c.nom}" if c.groupe else c.nom for c in colonnes]
    queue = "KEY SubmitterID SubmitterName AttachmentsPresent AttachmentsExpected Status ReviewState DeviceID Edits"
    entetes = ["SubmissionDate", *noms, "meta-instanceID", *queue.split(), "FormVersion"]
    version = feuilles(xlsform)["settings"][0]["version"]
    rangees = [
        [
            "2026-09-14T07:10:05.000Z",
            *(_valeur_xlsform(c, une) for c in colonnes),
            *(f"uuid:{rang}", f"uuid:{rang}", "12", "web", "0", "0", "", "", "", "0", version),
        ]
        for rang, une in enumerate(remplies, 1)
    ]
    return en_csv(entetes, rangees, lineterminator="\n").encode()


# --- LimeSurvey -----------------------------------------------------------------------------------------------------


def structure(tsv: Path) -> Lignes:
    """Les lignes d’une structure, découpées comme « TSVImportSurvey » le fait : tabulations, guillemets, une marque."""
    texte = tsv.read_text(encoding="utf-8").removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(texte, newline=""), delimiter="\t"))


@dataclass
class _Question:
    sorte: str
    nom: str
    texte: str
    equation: str
    sous: list[tuple[str, str]] = field(default_factory=list)
    reponses: dict[str, str] = field(default_factory=dict)
    recodes: dict[str, str] = field(default_factory=dict)


def _questions(tsv: Path) -> list[_Question]:
    questions: list[_Question] = []
    for ligne in structure(tsv):
        texte = html.unescape(re.sub(r"<br />", " ", ligne["text"]))
        if ligne["class"] == "Q":
            questions.append(_Question(ligne["type/scale"], ligne["name"], texte, ligne["equation"]))
        elif ligne["class"] == "SQ":
            questions[-1].sous.append((ligne["name"], texte))
        elif ligne["class"] == "A":
            questions[-1].reponses[ligne["name"]] = texte
    for question in questions:
        for equation in (une.equation for une in questions):
            question.recodes |= {vrai: code for nom, code, vrai in _SI.findall(equation) if nom == question.nom}
    return questions


_SI = re.compile(r"\{if\((\w+)\.NAOK=='([^']*)','([^']*)',''\)\}")


def export_limesurvey(
    tsv: Path, remplies: Sequence[Remplie], *, entetes: str = "code", reponses: str = "code", separateur: str = ","
) -> bytes:
    """L’export CSV : en-têtes « code », « texte » ou « code-et-texte », réponses « code » ou « libelle »."""
    questions = _questions(tsv)
    meta = {
        "code": ("id", "submitdate", "lastpage", "startlanguage", "seed", "startdate", "datestamp"),
        "texte": (
            *("ID de la réponse", "Date de soumission", "Dernière page", "Langue de départ", "Tête de série"),
            *("Date de lancement", "Date de la dernière action"),
        ),
    }
    colonnes = [_entete_limesurvey(q, sous, entetes) for q in questions for sous in (q.sous or [("", "")])]
    rangees = []
    for rang, une in enumerate(remplies, 1):
        quand = "2026-09-14 09:12:54"
        rangee = [str(rang), quand, "9", "fr", "274068858", quand, quand]
        donnees: dict[str, str] = {}
        for question in questions:
            rangee += list(_cellules_limesurvey(question, une, donnees, en_libelle=reponses == "libelle"))
        rangees.append(rangee)
    noms = [*meta["texte" if entetes == "texte" else "code"], *colonnes]
    texte = en_csv(noms, rangees, delimiter=separateur, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    return ("\ufeff" + texte + "\r\n").encode()


def _entete_limesurvey(question: _Question, sous: tuple[str, str], entetes: str) -> str:
    code = f"{question.nom}[{sous[0]}]" if sous[0] else question.nom
    texte = f"{question.texte} [{sous[1]}]" if sous[0] else question.texte
    return {"code": code, "texte": texte, "code-et-texte": f"{code}. {texte}"}[entetes]


def _cellules_limesurvey(
    question: _Question, une: Remplie, donnees: dict[str, str], *, en_libelle: bool
) -> Iterator[str]:
    if question.sorte == "*":
        cas = _SI.findall(question.equation)
        yield "".join(vrai for nom, code, vrai in cas if donnees.get(nom) == code) if cas else question.equation
    elif question.sorte == "S":
        yield une.code if question.nom == "identifiant" else une.profil.get(question.nom, "")
    elif question.sorte == "L":
        nus = {nom.replace("_", ""): valeur for nom, valeur in une.profil.items()}
        profil = nus.get(question.nom) or nus.get(question.nom[1:]) or ""
        # La personne choisit un libellé : son code est le vrai, ou celui dont l’équation cachée rend le vrai.
        code = profil if profil in question.reponses else question.recodes.get(profil, "")
        donnees[question.nom] = code
        yield question.reponses.get(code, "") if en_libelle else code
    else:
        for code, _ in question.sous:
            if question.sorte == "M":
                coche = _nu(code) in _coches(une.profil.get(question.nom, ""))
                yield ("Oui" if coche else "Non") if en_libelle else "Y" if coche else ""
            elif question.sorte == "Q":
                yield une.traces.get(code, "")
            else:
                de_place = question.nom.startswith("place")
                cle = f"{question.nom.removeprefix('place')}_{code}" if de_place else code
                valeur = une.reponses.get(cle, "")
                assert valeur in {"", *question.reponses}, valeur
                yield question.reponses.get(valeur, "") if en_libelle else valeur


# --- REDCap ---------------------------------------------------------------------------------------------------------


def dictionnaire(chemin: Path) -> Lignes:
    """Les lignes d’un dictionnaire REDCap, ou d’un référentiel Moodle."""
    with chemin.open(encoding="utf-8", newline="") as flux:
        return list(csv.DictReader(flux))


def choix_redcap(cellule: str) -> dict[str, str]:
    """« 0, Jamais | 1, Souvent » : chaque choix coupé à sa première virgule."""
    paires = (un.partition(",") for un in cellule.split("|"))
    return {code.strip(): libelle.strip() for code, _, libelle in paires}


def export_redcap(chemin: Path, remplies: Sequence[Remplie], *, libelles: bool = False) -> bytes:
    champs = [une for champ in dictionnaire(chemin) for une in _decocher(champ)]
    entetes = [c["Field Label" if libelles else "Variable / Field Name"].strip() for c in champs]
    invites = ["Survey Identifier", "Survey Timestamp"] if libelles else ["redcap_survey_identifier", "cpit_timestamp"]
    rangees = []
    for rang, une in enumerate(remplies, 1):
        minuscules = {code.lower(): v for code, v in {**une.reponses, **une.profil}.items()}
        valeurs = [_valeur_redcap(champ, rang, une, minuscules, libelles=libelles) for champ in champs]
        rangees.append([valeurs[0], "", "2026-09-14 09:12:54", *valeurs[1:], "Complete" if libelles else "2"])
    noms = [entetes[0], *invites, *entetes[1:], "Complete?" if libelles else "cpit_complete"]
    return en_csv(noms, rangees, lineterminator="\n").encode()


def _decocher(champ: dict[str, str]) -> Iterator[dict[str, str]]:
    """Une question à cocher revient en une colonne par choix : « lieu___jardin », « Lieu (choice=Jardin) »."""
    if champ["Field Type"] != "checkbox":
        yield champ
        return
    nom, texte = champ["Variable / Field Name"], champ["Field Label"]
    for code, libelle in choix_redcap(champ["Choices, Calculations, OR Slider Labels"]).items():
        en_tete = {"Variable / Field Name": f"{nom}___{code.lower()}", "Field Label": f"{texte} (choice={libelle})"}
        yield {**champ, **en_tete, "Choices, Calculations, OR Slider Labels": f"{nom}/{code}"}


def _valeur_redcap(
    champ: dict[str, str], rang: int, une: Remplie, minuscules: dict[str, str], *, libelles: bool
) -> str:
    nom, defaut = champ["Variable / Field Name"], re.search(r"@DEFAULT='([^']*)'", champ["Field Annotation"])
    donnes = {"record_id": str(rang), "identifiant": une.code, **({nom: defaut[1]} if defaut else {})}
    if nom in donnes:
        return donnes[nom]
    if champ["Field Type"] == "notes":
        return {f"{code.lower()}_trace": trace for code, trace in une.traces.items()}.get(nom, "")
    if champ["Field Type"] == "checkbox":
        question, _, choisi = champ["Choices, Calculations, OR Slider Labels"].partition("/")
        coche = _nu(choisi) in _coches(minuscules.get(question, ""))
        return ("Checked" if coche else "Unchecked") if libelles else str(int(coche))
    valeur = minuscules.get(nom, "")
    if champ["Field Type"] == "text":
        return valeur
    choix = choix_redcap(champ["Choices, Calculations, OR Slider Labels"])
    code = next((c for c in choix if c == valeur or c == re.sub(r"\W", "_", valeur)), "")
    return choix.get(code, "") if libelles else code
