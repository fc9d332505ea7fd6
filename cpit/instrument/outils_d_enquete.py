"""L’instrument rédigé pour un outil d’enquête, de façon que l’export de cet outil revienne tel quel à cpit.

**XLSForm**, le classeur que prennent KoboToolbox, ODK et les autres : trois feuilles de textes. Le nom d’une question
est le code de l’item, celui d’un choix est le niveau ; l’export qui revient est « valeurs ».

**REDCap**, un dictionnaire de données : dix-huit colonnes, une variable par ligne. Une variable est le code de l’item
en minuscules, une valeur est le niveau ou « SO » ; l’export qui revient est « raw ».

**LimeSurvey**, un texte tabulé, que « Importer un questionnaire » prend. Une sous-question a le code de l’item, une
réponse celui du niveau ; l’export qui revient est aux codes. Les textes y sont du HTML, et ce qui suit « { » une
expression.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO

from cpit.coeur.colonnes import DATE_DU_MOMENT
from cpit.coeur.passation import CODE_MAX, TRACE_MAX
from cpit.coeur.referentiel import Choix, Competence, Item, QuestionProfil
from cpit.formats.appartenance import MARQUE, parties_d_archive, sceller_archive, sceller_texte
from cpit.instrument.composition import (
    AIDE_DE_L_EVALUATEUR,
    CLE_DE_L_EVALUATEUR,
    RECUEIL,
    Instrument,
    Redacteur,
    Redaction,
    ReponsePossible,
    aide_de_la_trace,
    dire_les_cases,
    dire_les_noms,
    dire_les_questions,
    en_csv_d_outil,
    en_une_ligne,
    inerte,
)
from cpit.lecture.outils import (
    CODE_DE_LA_DATE,
    CODE_LIMESURVEY,
    CODES_DE_PLACE,
    NOM_REDCAP,
    RESERVES_LIMESURVEY,
    RESERVES_REDCAP,
    RegleDeNom,
    cases_de_limesurvey,
    choix_de_redcap,
    items_de_redcap,
    nommer,
    pris_par_limesurvey,
    profil_de_limesurvey,
    profil_de_redcap,
    tableaux_de_limesurvey,
)
from cpit.tableur.document import creer_document, ecrire_texte, fermer_document, franciser, propre
from cpit.typographie import typographier

_LANGUE = "Français (fr)"
_LIBELLE_XLSFORM, _AIDE = f"label::{_LANGUE}", f"hint::{_LANGUE}"
_SURVEY = (
    *("type", "name", _LIBELLE_XLSFORM, _AIDE, "required", f"required_message::{_LANGUE}", "relevant", "constraint"),
    *(f"constraint_message::{_LANGUE}", "calculation", "appearance"),
)
_CHOICES = ("list_name", "name", _LIBELLE_XLSFORM)
_SETTINGS = ("form_title", "form_id", "version", "default_language", "style")
_ENTETES = {"survey": _SURVEY, "choices": _CHOICES, "settings": _SETTINGS}
_LARGEURS = {"type": 24, "name": 22, _LIBELLE_XLSFORM: 70, _AIDE: 40}
_NOM = RegleDeNom(re.compile(r"[^A-Za-z0-9_.-]"), 64)
_SUR_UNE_LIGNE = 22
"""Signes d’un libellé au-delà desquels des réponses côte à côte ne se lisent plus sur un téléphone."""
_JOUR = datetime(1980, 1, 1)
"""Date inscrite dans le document : toujours la même, pour que le même instrument ait toujours les mêmes octets."""
_REFERENCES = ((re.compile(r"\$\{"), "$ {"),)
"""« ${ » commence une référence à une question : le formulaire serait refusé."""

_Ligne = Mapping[str, str]


def rediger_xlsform(instrument: Instrument) -> Redaction:
    """Un XLSForm : une page par compétence, un choix par réponse, une trace sous chaque situation répondue."""
    redacteur = Redacteur(_REFERENCES, pourquoi="« ${ » y désignerait une question")
    rediger = redacteur.rediger
    feuilles = {
        "survey": list(_survey(instrument)),
        "choices": list(_choices(instrument)),
        "settings": [_settings(instrument)],
    }
    textes = {
        nom: [
            {
                cle: rediger(texte) if cle in (_LIBELLE_XLSFORM, _AIDE, "form_title") else texte
                for cle, texte in ligne.items()
            }
            for ligne in lignes
        ]
        for nom, lignes in feuilles.items()
    }
    return Redaction(_en_classeur(instrument.titre, textes), RECUEIL, tuple(redacteur.remarques))


def _survey(instrument: Instrument) -> Iterator[_Ligne]:
    referentiel = instrument.referentiel
    items = [item.code for item in referentiel.items]
    profil = [question.identifiant for question in instrument.questions_a_choix]
    pris = {*items, *profil, "identifiant", CLE_DE_L_EVALUATEUR, "moment", "regard", DATE_DU_MOMENT.cle}
    traces = nommer([f"{code}_trace" for code in items], _NOM, pris)
    places = nommer(_noms_de_place(instrument), _NOM, {*pris, *traces.values()})
    pris |= {*traces.values(), *places.values()}
    groupes = nommer(["g_qui", *(f"g_{c.identifiant}" for c in referentiel.competences)], _NOM, pris)
    consigne = nommer(["consigne"], _NOM, {*pris, *groupes.values()})["consigne"]
    for nom, valeur in instrument.fixes.items():
        yield {"type": "calculate", "name": nom, "calculation": f"'{valeur}'"}
    yield {
        "type": "begin_group",
        "name": groupes["g_qui"],
        _LIBELLE_XLSFORM: instrument.titre,
        "appearance": "field-list",
    }
    yield {"type": "note", "name": consigne, _LIBELLE_XLSFORM: "\n\n".join(instrument.consignes)}
    yield _question_du_code(instrument)
    if instrument.question_de_l_evaluateur:
        yield _question_de_l_evaluateur(instrument)
    if instrument.question_de_la_date:
        yield {"type": "text", "name": DATE_DU_MOMENT.cle, _LIBELLE_XLSFORM: instrument.question_de_la_date}
    for question in instrument.questions_a_choix:
        yield _question_a_choix(question)
    yield {"type": "end_group", "name": groupes["g_qui"]}
    for competence in referentiel.competences:
        yield from _competence(instrument, competence, groupes[f"g_{competence.identifiant}"], traces, places)


def _question_a_choix(question: QuestionProfil) -> _Ligne:
    """Un choix, ou plusieurs ; « aucun » n’y va alors avec aucun autre."""
    sorte = "select_multiple" if question.plusieurs else "select_one"
    ligne = {
        "type": f"{sorte} {question.identifiant}",
        "name": question.identifiant,
        _LIBELLE_XLSFORM: question.libelle,
    }
    if question.plusieurs and question.aucun:
        ligne["constraint"] = f"not(selected(., '{question.aucun.code}') and count-selected(.) > 1)"
        dit = f"« {question.aucun.libelle} » ne va avec aucun autre choix."
        ligne[f"constraint_message::{_LANGUE}"] = typographier(dit)
    return ligne


def _question_du_code(instrument: Instrument) -> _Ligne:
    return {
        "type": "text",
        "name": "identifiant",
        _LIBELLE_XLSFORM: instrument.question_du_code,
        "required": "yes",
        f"required_message::{_LANGUE}": "Ce code relie les réponses d’un moment à l’autre.",
        "constraint": f"string-length(.) <= {CODE_MAX}",
        f"constraint_message::{_LANGUE}": f"{CODE_MAX} signes au plus.",
    }


def _question_de_l_evaluateur(instrument: Instrument) -> _Ligne:
    """Facultative : elle distingue deux tiers d’une même personne."""
    return {
        "type": "text",
        "name": CLE_DE_L_EVALUATEUR,
        _LIBELLE_XLSFORM: instrument.question_de_l_evaluateur,
        _AIDE: AIDE_DE_L_EVALUATEUR,
        "constraint": f"string-length(.) <= {CODE_MAX}",
        f"constraint_message::{_LANGUE}": f"{CODE_MAX} signes au plus.",
    }


def _competence(
    instrument: Instrument,
    competence: Competence,
    groupe: str,
    traces: Mapping[str, str],
    places: Mapping[str, str],
) -> Iterator[_Ligne]:
    libelle = competence.libelle + typographier(" : ") + competence.definition
    yield {"type": "begin_group", "name": groupe, _LIBELLE_XLSFORM: libelle, "appearance": "field-list"}
    listes = _listes_de_niveaux(instrument)
    for rang, item in enumerate(instrument.referentiel.items_de(competence.identifiant)):
        yield {
            "type": f"select_one {listes[item.code]}",
            "name": item.code,
            _LIBELLE_XLSFORM: instrument.enonce(item),
            _AIDE: "" if rang else instrument.question,
            "appearance": "likert" if _sur_une_ligne(instrument, item) else "",
        }
        yield from _place(instrument, item, places)
        yield _trace(item, traces[f"{item.code}_trace"])
    yield {"type": "end_group", "name": groupe}


def _noms_de_place(instrument: Instrument) -> list[str]:
    items = instrument.referentiel.items
    return [une.dimension.cle_de(item.code) for une in instrument.questions_de_place for item in items]


def _place(instrument: Instrument, item: Item, noms: Mapping[str, str]) -> Iterator[_Ligne]:
    """La fréquence et l’importance de la situation, si on les demande."""
    listes = _listes_de_place(instrument)
    for une in instrument.questions_de_place:
        yield {
            "type": f"select_one {listes[une.dimension.cle]}",
            "name": noms[une.dimension.cle_de(item.code)],
            _LIBELLE_XLSFORM: une.libelle(item, instrument.enonce(item)),
            _AIDE: une.question,
        }


def _listes_de_place(instrument: Instrument) -> dict[str, str]:
    """Le nom de la liste de chaque question de place, qui n’est celui d’aucune autre."""
    pris = [*(q.identifiant for q in instrument.questions_a_choix), *_listes_de_niveaux(instrument).values()]
    return nommer((une.dimension.cle for une in instrument.questions_de_place), _NOM, pris)


def _trace(item: Item, nom: str) -> _Ligne:
    """Demandée seulement sous une situation répondue."""
    return {
        "type": "text",
        "name": nom,
        _LIBELLE_XLSFORM: aide_de_la_trace(item.code),
        "relevant": f"${{{item.code}}} != ''",
        "constraint": f"string-length(.) <= {TRACE_MAX}",
        f"constraint_message::{_LANGUE}": f"{TRACE_MAX} signes au plus.",
        "appearance": "multiline",
    }


def _listes_de_niveaux(instrument: Instrument) -> dict[str, str]:
    """Par code d’item, sa liste de réponses : la sienne s’il a des ancres, la même pour tous les autres."""
    profil = [question.identifiant for question in instrument.questions_a_choix]
    items = instrument.referentiel.items
    voulues = {item.code: f"niveaux_{item.code}" if item.niveaux else "niveaux" for item in items}
    noms = nommer(dict.fromkeys(voulues.values()), _NOM, profil)
    return {code: noms[voulue] for code, voulue in voulues.items()}


def _sur_une_ligne(instrument: Instrument, item: Item) -> bool:
    return all(len(_reponse_dite(item, reponse)) <= _SUR_UNE_LIGNE for reponse in instrument.reponses)


def _reponse_dite(item: Item, reponse: ReponsePossible) -> str:
    """Une réponse, suivie de son ancre : on la choisit en la lisant, et l’export en libellés se relit."""
    ancre = next((a.libelle for a in item.niveaux if str(a.valeur) == reponse.code), "")
    return reponse.libelle + (typographier(" : ") + ancre if ancre else "")


def _choices(instrument: Instrument) -> Iterator[_Ligne]:
    listes = _listes_de_niveaux(instrument)
    par_liste = {listes[item.code]: item for item in instrument.referentiel.items}
    for liste, item in par_liste.items():
        for reponse in instrument.reponses:
            yield {"list_name": liste, "name": reponse.code.lower(), _LIBELLE_XLSFORM: _reponse_dite(item, reponse)}
    listes = _listes_de_place(instrument)
    for une in instrument.questions_de_place:
        for niveau in une.reponses:
            yield {"list_name": listes[une.dimension.cle], "name": niveau.code, _LIBELLE_XLSFORM: niveau.libelle}
    for question in instrument.questions_a_choix:
        for choix in question.choix:
            yield {"list_name": question.identifiant, "name": choix.code, _LIBELLE_XLSFORM: choix.libelle}


def _settings(instrument: Instrument) -> _Ligne:
    referentiel = instrument.referentiel
    return {
        "form_title": instrument.titre,
        "form_id": f"{referentiel.identifiant}_{instrument.moment}_{instrument.regard}",
        "version": referentiel.version,
        "default_language": _LANGUE,
        "style": "pages",
    }


def _en_classeur(titre: str, feuilles: Mapping[str, Sequence[_Ligne]]) -> bytes:
    tampon = BytesIO()
    classeur = creer_document(tampon, in_memory=True)
    gras, texte = classeur.add_format({"bold": True}), classeur.add_format({"text_wrap": True, "valign": "top"})
    for nom, lignes in feuilles.items():
        feuille = classeur.add_worksheet(nom)
        for colonne, entete in enumerate(_ENTETES[nom]):
            ecrire_texte(feuille, 0, colonne, entete, gras)
            feuille.set_column(colonne, colonne, _LARGEURS.get(entete, 18))
        for rang, ligne in enumerate(lignes, 1):
            for colonne, entete in enumerate(_ENTETES[nom]):
                if contenu := ligne.get(entete, ""):
                    ecrire_texte(feuille, rang, colonne, contenu, texte)
        feuille.freeze_panes(1, 0)
    classeur.set_properties({"title": propre(titre)[:255], "comments": MARQUE, "created": _JOUR})
    fermer_document(classeur)
    return sceller_archive(parties_d_archive(franciser(tampon.getvalue())))


_VARIABLE, _FORMULAIRE, _ENTETE, _TYPE = "Variable / Field Name", "Form Name", "Section Header", "Field Type"
_LIBELLE_REDCAP, _CHOIX, _NOTE = "Field Label", "Choices, Calculations, OR Slider Labels", "Field Note"
_IDENTIFIANT, _OBLIGATOIRE = "Identifier?", "Required Field?"
_GRILLE, _ANNOTATION = "Matrix Group Name", "Field Annotation"
_COLONNES_REDCAP = (
    *(_VARIABLE, _FORMULAIRE, _ENTETE, _TYPE, _LIBELLE_REDCAP, _CHOIX, _NOTE),
    *("Text Validation Type OR Show Slider Number", "Text Validation Min", "Text Validation Max", _IDENTIFIANT),
    *("Branching Logic (Show field only if...)", _OBLIGATOIRE, "Custom Alignment", "Question Number (surveys only)"),
    *(_GRILLE, "Matrix Ranking?", _ANNOTATION),
)
_TEXTES_REDCAP = (
    (re.compile(r"<(?=[A-Za-z/!])"), "< "),
    (re.compile(r"\[(?=[A-Za-z])([^\[\]]*)\]"), r"[ \1 ]"),
)
_LIBELLES_DE_CHOIX = ((re.compile(r"\|"), "/"),)


def rediger_redcap(instrument: Instrument) -> Redaction:
    """Le dictionnaire d’un seul formulaire, « cpit » : qui répond, une grille par compétence, les traces à la suite."""
    plume = _PlumeRedcap(instrument)
    octets = en_csv_d_outil(_COLONNES_REDCAP, plume.lignes())
    return Redaction(sceller_texte(octets), RECUEIL, tuple(plume.remarques()))


class _PlumeRedcap:
    """Les lignes du dictionnaire, et ce qu’il a fallu y changer."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        referentiel = instrument.referentiel
        codes = [item.code for item in referentiel.items]
        self._items = items_de_redcap(referentiel)
        pris = {*RESERVES_REDCAP, *self._items.values()}
        self._profil = profil_de_redcap(instrument.questions_a_choix, referentiel)
        self._traces = nommer((f"{code}_trace" for code in codes), NOM_REDCAP, {*pris, *self._profil.values()})
        noms = (une.dimension.cle_de(code) for une in instrument.questions_de_place for code in codes)
        self._places = nommer(noms, NOM_REDCAP, {*pris, *self._profil.values(), *self._traces.values()})
        self._valeurs = {question.identifiant: choix_de_redcap(question) for question in instrument.questions_a_choix}
        self._textes = Redacteur(_TEXTES_REDCAP, pourquoi="REDCap y verrait une balise ou une variable")
        self._libelles = Redacteur(_LIBELLES_DE_CHOIX, pourquoi="« | » y sépare deux réponses")

    def remarques(self) -> Iterator[str]:
        yield from dire_les_noms("la variable de l'item", self._items)
        yield from dire_les_questions(self._profil)
        for question in self._instrument.questions_a_choix:
            nom, valeurs = self._profil[question.identifiant], self._valeurs[question.identifiant]
            if question.plusieurs:
                yield from dire_les_cases(question, valeurs, f"{nom}___{{}}".format)
        yield from self._textes.remarques
        yield from self._libelles.remarques
        yield typographier(
            "le moment est fixé : dans un projet longitudinal, un instrument par moment, ou retirer la variable moment"
        )

    def lignes(self) -> Iterator[_Ligne]:
        champ = self._champ
        yield champ("record_id", "text", "Numéro de la réponse", **{_ANNOTATION: MARQUE})
        yield champ(
            "identifiant",
            "text",
            self._instrument.question_du_code,
            **{
                _ENTETE: self._texte(self._instrument.titre + "\n\n" + "\n".join(self._instrument.consignes)),
                _NOTE: f"{CODE_MAX} signes au plus.",
                _OBLIGATOIRE: "y",
                _ANNOTATION: f"@CHARLIMIT='{CODE_MAX}'",
            },
        )
        if de_l_evaluateur := self._instrument.question_de_l_evaluateur:
            notes = {_NOTE: AIDE_DE_L_EVALUATEUR, _ANNOTATION: f"@CHARLIMIT='{CODE_MAX}'"}
            yield champ(CLE_DE_L_EVALUATEUR, "text", de_l_evaluateur, **notes)
        if self._instrument.question_de_la_date:
            yield champ(DATE_DU_MOMENT.cle, "text", self._instrument.question_de_la_date)
        for nom, valeur in self._instrument.fixes.items():
            yield champ(nom, "text", nom.capitalize(), **{_ANNOTATION: f"@HIDDEN @DEFAULT='{valeur}'"})
        for question in self._instrument.questions_a_choix:
            yield self._question_de_profil(question)
        for rang, competence in enumerate(self._instrument.referentiel.competences, 1):
            yield from self._competence(rang, competence)
        yield from self._place()

    def _place(self) -> Iterator[_Ligne]:
        """Une grille par question de place, si on les pose, après toutes les situations."""
        for une in self._instrument.questions_de_place:
            choix = self._choix((niveau.code, niveau.libelle) for niveau in une.reponses)
            for rang, item in enumerate(self._instrument.referentiel.ordre_de_passation()):
                entete = "" if rang else self._texte(une.question)
                colonnes = {_CHOIX: choix, _GRILLE: f"place_{une.dimension.cle}", _ENTETE: entete}
                nom = self._places[une.dimension.cle_de(item.code)]
                yield self._champ(nom, "radio", une.libelle(item, self._instrument.enonce(item)), **colonnes)

    def _question_de_profil(self, question: QuestionProfil) -> _Ligne:
        valeurs = self._valeurs[question.identifiant]
        choix = self._choix((valeurs[un.code], un.libelle) for un in question.choix)
        nom = self._profil[question.identifiant]
        return self._champ(nom, "checkbox" if question.plusieurs else "radio", question.libelle, **{_CHOIX: choix})

    def _competence(self, rang: int, competence: Competence) -> Iterator[_Ligne]:
        """Une grille : ses variables se suivent et ont les mêmes réponses ; les traces viennent après."""
        choix = self._choix((reponse.code, reponse.libelle) for reponse in self._instrument.reponses)
        items = self._instrument.referentiel.items_de(competence.identifiant)
        titre = competence.libelle + typographier(" : ") + competence.definition
        entete = "\n".join([titre, self._instrument.question, *self._instrument.ancres_de(competence)])
        for place, item in enumerate(items):
            colonnes = {_CHOIX: choix, _GRILLE: f"t{rang}", _ENTETE: "" if place else self._texte(entete)}
            yield self._champ(self._items[item.code], "radio", self._instrument.enonce(item), **colonnes)
        for item in items:
            yield self._champ(self._traces[f"{item.code}_trace"], "notes", aide_de_la_trace(item.code))

    def _choix(self, paires: Iterable[tuple[str, str]]) -> str:
        """« 0, Jamais fait | 1, Avec de l’aide » : une virgule de plus est du libellé, un « | » n’y serait pas."""
        ecrits = (f"{code}, {en_une_ligne(self._libelles.rediger(self._texte(libelle)))}" for code, libelle in paires)
        return " | ".join(ecrits)

    def _texte(self, texte: str) -> str:
        return self._textes.rediger(texte).strip()

    def _champ(self, nom: str, sorte: str, libelle: str, **autres: str) -> _Ligne:
        return {_VARIABLE: nom, _FORMULAIRE: "cpit", _TYPE: sorte, _LIBELLE_REDCAP: self._texte(libelle), **autres}


_COLONNES_LIMESURVEY = (
    *("id", "related_id", "class", "type/scale", "name", "relevance", "text", "help", "language", "validation"),
    *("mandatory", "other", "default", "same_default", "hidden", "equation"),
)
_REGLAGES = {"language": "fr", "format": "G", "ipaddr": "N", "refurl": "N", "datestamp": "Y"}
"""Une page par compétence ; ni adresse IP, ni page d’origine."""
_REPONSE = RegleDeNom(re.compile(r"[^A-Za-z0-9]"), 5, prefixe="")
_LISTE, _CASES, _TABLEAU, _COURT, _TEXTES_LIMESURVEY, _EQUATION = "L", "M", "F", "S", "Q", "*"
_EXPRESSIONS = ((re.compile(r"\{(?=\S)"), "{ "),)
_ECHANTILLON = 1_000
"""Octets du début dont son import devine l’encodage."""
_SUITES = {bytes([octet]) for octet in range(0x80, 0xC0)}
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def rediger_limesurvey(instrument: Instrument) -> Redaction:
    """La structure : qui répond, un tableau par compétence, puis une page de traces facultatives."""
    plume = _PlumeLimesurvey(instrument)
    lignes = list(plume.lignes())
    texte = "\n".join("\t".join(ligne.get(colonne, "") for colonne in _COLONNES_LIMESURVEY) for ligne in lignes)
    octets = _sans_signe_coupe(f"\ufeff{chr(9).join(_COLONNES_LIMESURVEY)}\n{texte}\n".encode())
    return Redaction(sceller_texte(octets), RECUEIL, tuple(plume.remarques()))


def _sans_signe_coupe(octets: bytes) -> bytes:
    """Les mêmes, où l’échantillon dont LimeSurvey devine l’encodage ne finit pas au milieu d’un signe.

    Coupé, « é » n’est plus de l’UTF-8 : l’import prendrait tout le fichier pour du japonais.
    """
    marque = MARQUE.encode()
    # Un octet de suite commence par « 10 » ; quelques espaces après la marque, qui ne se montrent pas, le repoussent.
    essais = (octets.replace(marque, marque + b" " * place, 1) for place in range(4))
    return next(essai for essai in essais if essai[_ECHANTILLON : _ECHANTILLON + 1] not in _SUITES)


"""Un nom de question n’y a que des lettres et des chiffres."""


class _PlumeLimesurvey:
    """Les lignes de la structure, et les noms qu’il a fallu y changer."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        referentiel = instrument.referentiel
        self._redacteur = Redacteur(_EXPRESSIONS, pourquoi="« { » y commencerait une expression")
        codes = (item.code for item in referentiel.items)
        self._items = nommer(codes, CODE_LIMESURVEY, RESERVES_LIMESURVEY)
        self._tableaux = tableaux_de_limesurvey(referentiel)
        self._profil = profil_de_limesurvey(instrument.questions_a_choix, referentiel)
        self._cases = {q.identifiant: cases_de_limesurvey(q) for q in referentiel.profil if q.plusieurs}
        pris = pris_par_limesurvey(referentiel)
        questions = [question.identifiant for question in instrument.questions_a_choix]
        self._visibles = nommer((f"Q{nom}" for nom in questions), CODE_LIMESURVEY, {*pris, *self._profil.values()})

    def remarques(self) -> Iterator[str]:
        yield from dire_les_noms("la sous-question de l'item", self._items)
        du_profil = [question.identifiant for question in self._instrument.referentiel.profil]
        yield from dire_les_questions({nom: self._profil[nom] for nom in du_profil})
        for question in self._instrument.referentiel.profil:
            if question.plusieurs:
                nom = self._profil[question.identifiant]
                yield from dire_les_cases(question, self._cases[question.identifiant], f"{nom}[{{}}]".format)
        yield from self._redacteur.remarques

    def lignes(self) -> Iterator[_Ligne]:
        # Une classe que LimeSurvey ne connaît pas : il passe la ligne.
        yield {"class": "cpit", "text": MARQUE}
        for nom, valeur in _REGLAGES.items():
            yield {"class": "S", "name": nom, "text": valeur}
        consignes = "".join(f"<p>{self._html(consigne)}</p>" for consigne in self._instrument.consignes)
        textes = {"surveyls_title": self._html(self._instrument.titre), "surveyls_welcometext": consignes}
        for nom, texte in textes.items():
            yield {"class": "SL", "name": nom, "text": texte, "language": "fr"}
        yield from self._identite()
        for rang, competence in enumerate(self._instrument.referentiel.competences, 2):
            yield from self._competence(rang, competence)
        yield from self._place()
        yield from self._traces()

    def _identite(self) -> Iterator[_Ligne]:
        yield _groupe(1, "Qui répond")
        question = self._html(self._instrument.question_du_code)
        yield _question(_COURT, "identifiant", question, mandatory="Y")
        if de_l_evaluateur := self._instrument.question_de_l_evaluateur:
            ligne = _question(_COURT, CLE_DE_L_EVALUATEUR, self._html(de_l_evaluateur))
            yield {**ligne, "help": self._html(AIDE_DE_L_EVALUATEUR)}
        if self._instrument.question_de_la_date:
            yield _question(_COURT, CODE_DE_LA_DATE, self._html(self._instrument.question_de_la_date))
        for nom, valeur in self._instrument.fixes.items():
            yield _cachee(CODE_DE_LA_DATE if nom == DATE_DU_MOMENT.cle else nom, valeur)
        for une in self._instrument.questions_a_choix:
            yield from self._question_de_profil(une)

    def _question_de_profil(self, question: QuestionProfil) -> Iterator[_Ligne]:
        """Une liste ; où un code de choix ne tient pas en cinq signes, une équation cachée rend le vrai."""
        if question.plusieurs:
            yield from self._question_a_plusieurs_choix(question)
            return
        nom, codes = self._profil[question.identifiant], _codes_des_choix(question.choix)
        entiers = all(code == court for code, court in codes.items())
        visible = nom if entiers else self._visibles[f"Q{question.identifiant}"]
        yield _question(_LISTE, visible, self._html(question.libelle))
        for choix in question.choix:
            yield _reponse(codes[choix.code], self._html(choix.libelle))
        if not entiers:
            cas = (f"{{if({visible}.NAOK=='{court}','{code}','')}}" for code, court in codes.items())
            yield {**_cachee(nom, "".join(cas)), "text": f"Réponse de profil {nom}, en code"}

    def _question_a_plusieurs_choix(self, question: QuestionProfil) -> Iterator[_Ligne]:
        """Des cases à cocher : chacune revient en une colonne « dispositif[pvd] », que cpit relit."""
        yield _question(_CASES, self._profil[question.identifiant], self._html(question.libelle))
        for choix in question.choix:
            yield _sous_question(self._cases[question.identifiant][choix.code], self._html(choix.libelle))

    def _competence(self, rang: int, competence: Competence) -> Iterator[_Ligne]:
        yield _groupe(rang, self._html(competence.libelle), self._html(competence.definition))
        ancres = self._html("\n".join(self._instrument.ancres_de(competence)))
        yield {**_question(_TABLEAU, self._tableaux[competence], self._html(self._instrument.question)), "help": ancres}
        for item in self._instrument.referentiel.items_de(competence.identifiant):
            yield _sous_question(self._items[item.code], self._html(self._instrument.enonce(item)))
        for reponse in self._instrument.reponses:
            yield _reponse(reponse.code, self._html(reponse.libelle))

    def _place(self) -> Iterator[_Ligne]:
        """Un tableau par question de place, si on les pose : « placefrequence[C1P] » est une fréquence pour cpit."""
        if self._instrument.place:
            yield _groupe(
                len(self._tableaux) + 2, "Dans votre poste" if not self._instrument.pour_un_tiers else "Son poste"
            )
        for une in self._instrument.questions_de_place:
            yield _question(_TABLEAU, CODES_DE_PLACE[une.dimension.cle], self._html(une.question))
            for item in self._instrument.referentiel.ordre_de_passation():
                yield _sous_question(self._items[item.code], self._html(self._instrument.enonce(item)))
            for niveau in une.reponses:
                yield _reponse(niveau.code, self._html(niveau.libelle))

    def _traces(self) -> Iterator[_Ligne]:
        """Une question « trace » dont chaque case porte le code de l’item : « trace[C1P] » est une trace pour cpit."""
        yield _groupe(
            len(self._tableaux) + 2 + self._instrument.place,
            "Traces",
            "Facultatif : pour chaque situation, un exemple ou une trace.",
        )
        yield _question(_TEXTES_LIMESURVEY, "trace", "Un exemple, une trace (facultatif)")
        for item in self._instrument.referentiel.ordre_de_passation():
            # L’énoncé au milieu : un export en texte ne doit pas finir, ni commencer, comme celui de l’item.
            texte = typographier("Un exemple, une trace pour « ") + self._instrument.enonce(item) + typographier(" »")
            yield _sous_question(self._items[item.code], self._html(f"{texte}, si vous en avez"))

    def _html(self, texte: str) -> str:
        """Le texte, en HTML et sur une ligne : ni tabulation, ni guillemet, ni balise, ni expression n’en restent."""
        lignes = (en_une_ligne(ligne) for ligne in self._redacteur.rediger(texte).split("\n"))
        return inerte("<br />".join(ligne.translate(_HTML) for ligne in lignes))


def _codes_des_choix(choix: Sequence[Choix]) -> dict[str, str]:
    return nommer((un.code for un in choix), _REPONSE)


def _groupe(rang: int, nom: str, texte: str = "") -> _Ligne:
    return {"class": "G", "type/scale": str(rang), "name": nom, "relevance": "1", "text": texte, "language": "fr"}


def _question(sorte: str, nom: str, texte: str, *, mandatory: str = "N") -> _Ligne:
    return {
        **{"class": "Q", "type/scale": sorte, "name": nom, "relevance": "1", "text": texte, "language": "fr"},
        **{"mandatory": mandatory, "other": "N", "same_default": "0"},
    }


def _cachee(nom: str, equation: str) -> _Ligne:
    """Une équation cachée : LimeSurvey la calcule quand même, et en garde la valeur."""
    return {**_question(_EQUATION, nom, nom), "hidden": "1", "equation": equation}


def _sous_question(nom: str, texte: str) -> _Ligne:
    return {"class": "SQ", "type/scale": "0", "name": nom, "relevance": "1", "text": texte, "language": "fr"}


def _reponse(code: str, libelle: str) -> _Ligne:
    return {"class": "A", "type/scale": "0", "name": code, "text": libelle, "language": "fr"}
