"""L’instrument en dictionnaire de données REDCap : ses dix-huit colonnes, une variable par ligne.

Une variable est le code de l’item en minuscules, une valeur est le niveau ou « SO » : l’export « raw » les rend tels
quels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from cpit.coeur.colonnes import DATE_DU_MOMENT
from cpit.coeur.passation import CODE_MAX
from cpit.coeur.referentiel import Competence, QuestionProfil
from cpit.formats.appartenance import MARQUE, sceller_texte
from cpit.instrument.composition import (
    AIDE_DE_L_EVALUATEUR,
    CLE_DE_L_EVALUATEUR,
    RECUEIL,
    Instrument,
    Redacteur,
    Redaction,
    aide_de_la_trace,
    dire_les_cases,
    dire_les_noms,
    dire_les_questions,
    en_csv_d_outil,
    en_une_ligne,
)
from cpit.lecture.outils import (
    NOM_REDCAP,
    RESERVES_REDCAP,
    choix_de_redcap,
    items_de_redcap,
    nommer,
    profil_de_redcap,
)
from cpit.typographie import typographier

_VARIABLE, _FORMULAIRE, _ENTETE, _TYPE = "Variable / Field Name", "Form Name", "Section Header", "Field Type"
_LIBELLE, _CHOIX, _NOTE = "Field Label", "Choices, Calculations, OR Slider Labels", "Field Note"
_IDENTIFIANT, _OBLIGATOIRE = "Identifier?", "Required Field?"
_GRILLE, _ANNOTATION = "Matrix Group Name", "Field Annotation"
_COLONNES = (
    *(_VARIABLE, _FORMULAIRE, _ENTETE, _TYPE, _LIBELLE, _CHOIX, _NOTE),
    *("Text Validation Type OR Show Slider Number", "Text Validation Min", "Text Validation Max", _IDENTIFIANT),
    *("Branching Logic (Show field only if...)", _OBLIGATOIRE, "Custom Alignment", "Question Number (surveys only)"),
    *(_GRILLE, "Matrix Ranking?", _ANNOTATION),
)
_TEXTES = (
    (re.compile(r"<(?=[A-Za-z/!])"), "< "),
    (re.compile(r"\[(?=[A-Za-z])([^\[\]]*)\]"), r"[ \1 ]"),
)
_LIBELLES_DE_CHOIX = ((re.compile(r"\|"), "/"),)

_Ligne = Mapping[str, str]


def rediger_redcap(instrument: Instrument) -> Redaction:
    """Le dictionnaire d’un seul formulaire, « cpit » : qui répond, une grille par compétence, les traces à la suite."""
    plume = _Plume(instrument)
    octets = en_csv_d_outil(_COLONNES, plume.lignes())
    return Redaction(sceller_texte(octets), RECUEIL, tuple(plume.remarques()))


class _Plume:
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
        self._textes = Redacteur(_TEXTES, pourquoi="REDCap y verrait une balise ou une variable")
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
        return {_VARIABLE: nom, _FORMULAIRE: "cpit", _TYPE: sorte, _LIBELLE: self._texte(libelle), **autres}
