"""L’instrument en XLSForm, le classeur que prennent KoboToolbox, ODK et les autres : trois feuilles de textes.

Le nom d’une question est le code de l’item, celui d’un choix est le niveau : l’export « valeurs » de ces outils revient
tel quel à cpit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO

from cpit.coeur.colonnes import DATE_DU_MOMENT
from cpit.coeur.passation import CODE_MAX, TRACE_MAX
from cpit.coeur.referentiel import Competence, Item, QuestionProfil
from cpit.formats.appartenance import MARQUE, parties_d_archive, sceller_archive
from cpit.instrument.composition import (
    AIDE_DE_L_EVALUATEUR,
    CLE_DE_L_EVALUATEUR,
    RECUEIL,
    Instrument,
    Redacteur,
    Redaction,
    ReponsePossible,
    aide_de_la_trace,
)
from cpit.lecture.outils import RegleDeNom, nommer
from cpit.tableur.document import creer_document, ecrire_texte, fermer_document, franciser, propre
from cpit.typographie import typographier

_LANGUE = "Français (fr)"
_LIBELLE, _AIDE = f"label::{_LANGUE}", f"hint::{_LANGUE}"
_SURVEY = (
    *("type", "name", _LIBELLE, _AIDE, "required", f"required_message::{_LANGUE}", "relevant", "constraint"),
    *(f"constraint_message::{_LANGUE}", "calculation", "appearance"),
)
_CHOICES = ("list_name", "name", _LIBELLE)
_SETTINGS = ("form_title", "form_id", "version", "default_language", "style")
_ENTETES = {"survey": _SURVEY, "choices": _CHOICES, "settings": _SETTINGS}
_LARGEURS = {"type": 24, "name": 22, _LIBELLE: 70, _AIDE: 40}
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
            {cle: rediger(texte) if cle in (_LIBELLE, _AIDE, "form_title") else texte for cle, texte in ligne.items()}
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
    yield {"type": "begin_group", "name": groupes["g_qui"], _LIBELLE: instrument.titre, "appearance": "field-list"}
    yield {"type": "note", "name": consigne, _LIBELLE: "\n\n".join(instrument.consignes)}
    yield _question_du_code(instrument)
    if instrument.question_de_l_evaluateur:
        yield _question_de_l_evaluateur(instrument)
    if instrument.question_de_la_date:
        yield {"type": "text", "name": DATE_DU_MOMENT.cle, _LIBELLE: instrument.question_de_la_date}
    for question in instrument.questions_a_choix:
        yield _question_a_choix(question)
    yield {"type": "end_group", "name": groupes["g_qui"]}
    for competence in referentiel.competences:
        yield from _competence(instrument, competence, groupes[f"g_{competence.identifiant}"], traces, places)


def _question_a_choix(question: QuestionProfil) -> _Ligne:
    """Un choix, ou plusieurs ; « aucun » n’y va alors avec aucun autre."""
    sorte = "select_multiple" if question.plusieurs else "select_one"
    ligne = {"type": f"{sorte} {question.identifiant}", "name": question.identifiant, _LIBELLE: question.libelle}
    if question.plusieurs and question.aucun:
        ligne["constraint"] = f"not(selected(., '{question.aucun.code}') and count-selected(.) > 1)"
        dit = f"« {question.aucun.libelle} » ne va avec aucun autre choix."
        ligne[f"constraint_message::{_LANGUE}"] = typographier(dit)
    return ligne


def _question_du_code(instrument: Instrument) -> _Ligne:
    return {
        "type": "text",
        "name": "identifiant",
        _LIBELLE: instrument.question_du_code,
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
        _LIBELLE: instrument.question_de_l_evaluateur,
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
    yield {"type": "begin_group", "name": groupe, _LIBELLE: libelle, "appearance": "field-list"}
    listes = _listes_de_niveaux(instrument)
    for rang, item in enumerate(instrument.referentiel.items_de(competence.identifiant)):
        yield {
            "type": f"select_one {listes[item.code]}",
            "name": item.code,
            _LIBELLE: instrument.enonce(item),
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
            _LIBELLE: une.libelle(item, instrument.enonce(item)),
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
        _LIBELLE: aide_de_la_trace(item.code),
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
            yield {"list_name": liste, "name": reponse.code.lower(), _LIBELLE: _reponse_dite(item, reponse)}
    listes = _listes_de_place(instrument)
    for une in instrument.questions_de_place:
        for niveau in une.reponses:
            yield {"list_name": listes[une.dimension.cle], "name": niveau.code, _LIBELLE: niveau.libelle}
    for question in instrument.questions_a_choix:
        for choix in question.choix:
            yield {"list_name": question.identifiant, "name": choix.code, _LIBELLE: choix.libelle}


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
