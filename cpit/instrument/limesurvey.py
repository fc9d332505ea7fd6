"""L’instrument en structure de questionnaire LimeSurvey : un texte tabulé, que « Importer un questionnaire » prend.

Une sous-question a le code de l’item, une réponse celui du niveau : l’export aux codes revient tel quel à cpit. Les
textes y sont du HTML, et ce qui suit « { » une expression.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from cpit.coeur.colonnes import DATE_DU_MOMENT
from cpit.coeur.referentiel import Choix, Competence, QuestionProfil
from cpit.formats.appartenance import MARQUE, sceller_texte
from cpit.instrument.composition import (
    AIDE_DE_L_EVALUATEUR,
    CLE_DE_L_EVALUATEUR,
    RECUEIL,
    Instrument,
    Redacteur,
    Redaction,
    dire_les_cases,
    dire_les_noms,
    dire_les_questions,
    en_une_ligne,
    inerte,
)
from cpit.lecture.outils import (
    CODE_DE_LA_DATE,
    CODE_LIMESURVEY,
    CODES_DE_PLACE,
    RESERVES_LIMESURVEY,
    RegleDeNom,
    cases_de_limesurvey,
    nommer,
    pris_par_limesurvey,
    profil_de_limesurvey,
    tableaux_de_limesurvey,
)
from cpit.typographie import typographier

_COLONNES = (
    *("id", "related_id", "class", "type/scale", "name", "relevance", "text", "help", "language", "validation"),
    *("mandatory", "other", "default", "same_default", "hidden", "equation"),
)
_REGLAGES = {"language": "fr", "format": "G", "ipaddr": "N", "refurl": "N", "datestamp": "Y"}
"""Une page par compétence ; ni adresse IP, ni page d’origine."""
_REPONSE = RegleDeNom(re.compile(r"[^A-Za-z0-9]"), 5, prefixe="")
_LISTE, _CASES, _TABLEAU, _COURT, _TEXTES, _EQUATION = "L", "M", "F", "S", "Q", "*"
_EXPRESSIONS = ((re.compile(r"\{(?=\S)"), "{ "),)
_ECHANTILLON = 1_000
"""Octets du début dont son import devine l’encodage."""
_SUITES = {bytes([octet]) for octet in range(0x80, 0xC0)}
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})

_Ligne = Mapping[str, str]


def rediger_limesurvey(instrument: Instrument) -> Redaction:
    """La structure : qui répond, un tableau par compétence, puis une page de traces facultatives."""
    plume = _Plume(instrument)
    lignes = list(plume.lignes())
    texte = "\n".join("\t".join(ligne.get(colonne, "") for colonne in _COLONNES) for ligne in lignes)
    octets = _sans_signe_coupe(f"\ufeff{chr(9).join(_COLONNES)}\n{texte}\n".encode())
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


class _Plume:
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
        yield _question(_TEXTES, "trace", "Un exemple, une trace (facultatif)")
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
