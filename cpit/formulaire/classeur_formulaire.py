"""Le formulaire xlsx : une feuille à remplir et à rendre, que cpit relit sans rien perdre."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from types import MappingProxyType
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from cpit.coeur.mots.notice import consignes_de_reponse, question_de_reponse, sens_de_sans_objet
from cpit.coeur.passation import REGARDS, TRACE_MAX, DimensionDePlace, dire_la_date, est_retrospectif, moments_demandes
from cpit.coeur.referentiel import Competence, Item, Referentiel, choisis
from cpit.coeur.tableaux import ancrer
from cpit.lecture.contexte import REGARDS_AFFICHES, choix_a_montrer, libelle_du_moment
from cpit.lecture.forme_formulaire import (
    COCHE,
    ENTETES_DE_PLACE,
    FEUILLE,
    FORMAT_FORMULAIRE,
    IDENTIFICATION,
    LISTES,
    QUESTION_CODE,
    REPONSE,
    REPONSE_AU_DEBUT,
    REPONSE_AUJOURD_HUI,
    SITUATION,
    TRACE,
    VERSION_FORMAT_FORMULAIRE,
    choix_de_moment,
    choix_de_place,
    choix_de_regard,
    choix_de_reponse,
    choix_du_tiers,
    cle_d_un_choix,
    moments_presents,
    nombre_de_tete,
    questions,
    situation_a_montrer,
)
from cpit.sceaux import __version__
from cpit.tableur.document import (
    ENCRE,
    FILET,
    FOND,
    GRIS,
    POLICE,
    SAISIE,
    adresse,
    creer_document,
    ecrire_formule,
    ecrire_texte,
    fermer_document,
    franciser,
    hauteur,
    plage,
    propre,
)
from cpit.typographie import grouper, nettoyer, typographier

# --- Les formats de cellule du formulaire ; les couleurs et la police sont celles du classeur individuel.


_StylesFormulaire = Mapping[str, Format]

_TABLE = {"border": 1, "border_color": FILET, "text_wrap": True}
_CADRE = {"top": 1, "bottom": 1, "top_color": FILET, "bottom_color": FILET, "left_color": FILET, "right_color": FILET}
_SAISIE = {**_TABLE, "locked": False, "num_format": "@", "valign": "vcenter", "indent": 1}
_DEFINITIONS: dict[str, dict[str, Any]] = {
    "titre": {"bold": True, "font_size": 15, "font_color": ENCRE, "valign": "vcenter"},
    "etiquette": {"font_size": 9, "font_color": GRIS, "align": "right", "valign": "vcenter"},
    "avancement": {"bold": True, "font_size": 12, "font_color": ENCRE, "align": "left", "valign": "vcenter"},
    "entete": {
        "bold": True,
        "font_color": "#FFFFFF",
        "bg_color": ENCRE,
        "valign": "vcenter",
        "text_wrap": True,
        "indent": 1,
    },
    "entete_code": {"font_size": 8, "font_color": "#FFFFFF", "bg_color": ENCRE, "valign": "vcenter", "align": "center"},
    "sous_titre": {"bold": True, "font_size": 11, "font_color": GRIS, "text_wrap": True, "valign": "vcenter"},
    "consigne": {"text_wrap": True, "valign": "vcenter"},
    "section": {
        "bold": True,
        "font_size": 12,
        "font_color": ENCRE,
        "bottom": 2,
        "bottom_color": ENCRE,
        "valign": "bottom",
    },
    "question": {"italic": True, "font_color": GRIS, "text_wrap": True, "valign": "vcenter"},
    "competence": {"bg_color": FOND, "text_wrap": True, "valign": "vcenter", "indent": 1, "top": 2, "top_color": ENCRE},
    "competence_nom": {"bold": True, "font_size": 11, "font_color": ENCRE},
    "competence_suite": {"font_size": 10, "font_color": "#262626"},
    "situation": {},
    "ancre": {"font_size": 9, "font_color": GRIS},
    "code": {**_TABLE, "font_size": 8, "font_color": GRIS, "align": "center", "valign": "vcenter"},
    "texte": {**_TABLE, "valign": "vcenter", "indent": 1},
    "marge": {**_CADRE, "left": 1},
    "libelle": {**_CADRE, "right": 1, "text_wrap": True, "valign": "vcenter", "indent": 1},
    "libelle_gras": {**_CADRE, "right": 1, "text_wrap": True, "valign": "vcenter", "indent": 1, "bold": True},
    "note": {**_TABLE, "font_size": 9, "font_color": GRIS, "valign": "vcenter", "indent": 1},
    "saisie": _SAISIE,
    "fixe": {**_SAISIE, "locked": True, "bold": True},
    "trace": {**_SAISIE, "valign": "top", "align": "left"},
    "vide": {"bg_color": SAISIE},
}


def _creer_styles_formulaire(classeur: Workbook) -> _StylesFormulaire:
    """Crée les formats dans un classeur ; « vide » n’est qu’un fond, pour une case qui attend une réponse."""
    base = {"font_name": POLICE, "font_size": 10}
    nus = {"vide"}
    return {nom: classeur.add_format(d if nom in nus else {**base, **d}) for nom, d in _DEFINITIONS.items()}


# --- Où se place chaque chose dans la feuille : des lignes, comptées une fois pour toutes avant d’écrire.


_COL_CODE, _COL_SITUATION, _COL_REPONSE, _COL_TRACE, _COL_PLACE = range(5)
_TITRE, _LIGNES_D_ENTETES, _SOUS_TITRE, _CONSIGNES = 0, 1, 2, 3
_COL_DEBUT = _COL_TRACE
"""Là où l’on répond d’un moment passé, dans un formulaire qui en demande deux : la trace passe après."""


@dataclass(frozen=True)
class _Plan:
    """Un formulaire à écrire, et la ligne (à partir de 0) de chacun de ses éléments."""

    referentiel: Referentiel
    identifiant: str
    moment: str
    regard: str
    profil: Mapping[str, str]
    """Les réponses de profil données d’avance, par question."""
    tiers: Mapping[str, str]
    """Quel tiers répond, et ce qu’il est pour la personne, s’ils sont donnés d’avance."""
    questions: Mapping[str, tuple[int, str]]
    """Clé de la question → ligne et libellé."""
    titre_echelle: int
    niveaux: int
    """Ligne du premier niveau rappelé."""
    competences: tuple[tuple[int, Competence], ...]
    items: tuple[tuple[int, Item], ...]
    fin: int
    date_moment: str = ""
    """La date du moment passé, si elle est connue."""
    jumelle: str = ""
    """Le moment passé que l’on demande aussi."""
    places: tuple[tuple[int, str, DimensionDePlace], ...] = ()
    """Colonne et en-tête de chaque question sur la place des situations, si on les pose."""

    @property
    def derniere(self) -> int:
        """La dernière colonne."""
        return self.places[-1][0] if self.places else self.trace

    @property
    def trace(self) -> int:
        """La colonne des traces."""
        return _COL_TRACE + bool(self.jumelle)

    @property
    def reponses(self) -> tuple[tuple[int, str], ...]:
        """Les colonnes où l’on répond, et leur en-tête."""
        if not self.jumelle:
            return ((_COL_REPONSE, REPONSE),)
        return (_COL_REPONSE, REPONSE_AUJOURD_HUI), (_COL_DEBUT, REPONSE_AU_DEBUT)

    @property
    def consignes(self) -> tuple[str, ...]:
        """Ce qu’on lit avant de répondre : comment entendre la question, puis comment se servir de la feuille."""
        dites = _entendre(self.referentiel, (self.moment, self.jumelle), self.regard, self.date_moment)
        return (*dites, *_CONSIGNES_D_EMPLOI)

    @property
    def premiere_section(self) -> int:
        """La ligne du titre des questions, sous les consignes."""
        return _CONSIGNES + len(self.consignes)

    @classmethod
    def dresser(
        cls,
        referentiel: Referentiel,
        qui: tuple[str, str, str],
        profil: Mapping[str, str],
        tiers: Mapping[str, str],
        *,
        place: bool,
        passe: tuple[str, str] = ("", ""),
    ) -> _Plan:
        """Compte les lignes : consignes, questions, échelle, puis chaque compétence et ses situations.

        :param qui: code de la personne, moment et regard.
        :param passe: le moment passé que l’on demande aussi, et la date du moment passé.
        """
        _, moment, regard = qui
        jumelle, date_moment = passe
        dites = _entendre(referentiel, (moment, jumelle), regard, date_moment)
        debut = _CONSIGNES + len(dites) + len(_CONSIGNES_D_EMPLOI) + 1
        places = {
            cle: (debut + rang, libelle)
            for rang, (cle, libelle) in enumerate(questions(referentiel, regard, jumelee=bool(jumelle)))
        }
        titre_echelle = debut + len(places)
        niveaux = titre_echelle + 2
        ligne = niveaux + len(referentiel.echelle.niveaux) + bool(referentiel.echelle.sans_objet)
        competences: list[tuple[int, Competence]] = []
        items: list[tuple[int, Item]] = []
        for competence in referentiel.competences:
            siens = referentiel.items_de(competence.identifiant)
            if not siens:
                continue
            competences.append((ligne, competence))
            items += [(ligne + rang, item) for rang, item in enumerate(siens, 1)]
            ligne += 1 + len(siens)
        fixes = (referentiel, *qui, profil, tiers, places, titre_echelle, niveaux)
        paires = enumerate(ENTETES_DE_PLACE.items() if place else (), _COL_PLACE + bool(jumelle))
        de_place = tuple((colonne, entete, dimension) for colonne, (entete, dimension) in paires)
        return cls(*fixes, tuple(competences), tuple(items), ligne, date_moment, jumelle, de_place)

    def lignes_souples(self) -> tuple[int, ...]:
        """Lignes dont la hauteur suit ce que la personne écrit, à partir de 0."""
        return tuple(ligne for ligne, _ in self.items)

    def cellule(self, ligne: int) -> str:
        """Adresse de la case de réponse d’une ligne, par exemple ``C21``."""
        return adresse(ligne, _COL_REPONSE, fixe=False)

    def blocs(self) -> tuple[tuple[int, int], ...]:
        """Première et dernière ligne de situations de chaque compétence."""
        debuts = [ligne for ligne, _ in self.competences]
        fins = [*debuts[1:], self.fin]
        return tuple((debut + 1, fin - 1) for debut, fin in zip(debuts, fins, strict=True))


# --- Ce que XlsxWriter n’écrit pas : la structure verrouillée, et des lignes qui grandissent avec ce qu’on y écrit.


_CLASSEUR = "xl/workbook.xml"
_FORMULAIRE = "xl/worksheets/sheet1.xml"
_LIGNE = re.compile(rb'(<row r="([0-9]+)"[^>]*?) customHeight="1"')


def _finir(octets: bytes, souples: Collection[int]) -> bytes:
    """Le même classeur : feuilles ni renommées ni déplacées par mégarde (sans mot de passe), lignes souples.

    :param souples: lignes, à partir de 0, dont la hauteur écrite n’est qu’un point de départ.
    """
    sortie = BytesIO()
    with ZipFile(BytesIO(octets)) as source, ZipFile(sortie, "w", ZIP_DEFLATED) as cible:
        for element in source.infolist():
            contenu = source.read(element)
            if element.filename == _CLASSEUR:
                contenu = contenu.replace(b"<bookViews>", b'<workbookProtection lockStructure="1"/><bookViews>', 1)
            elif element.filename == _FORMULAIRE:
                contenu = _assouplir(contenu, souples)
            cible.writestr(element, contenu)
    return sortie.getvalue()


def _assouplir(feuille: bytes, souples: Collection[int]) -> bytes:
    """Sans « customHeight », un tableur part de la hauteur écrite et la refait quand le texte change."""
    lignes = frozenset(souples)
    return _LIGNE.sub(lambda ligne: ligne[1] if int(ligne[2]) - 1 in lignes else ligne[0], feuille)


# --- Les deux feuilles très cachées : les choix des listes déroulantes, et l’identification du formulaire.


_MORCEAU = 16_000
"""Signes d’un morceau du texte du référentiel : une cellule contient au plus 32 767 unités UTF-16."""
_INTERDITS = re.compile("[\\ud800-\\udfff\\ufffe\\uffff]")


def _ecrire_listes(feuille: Worksheet, plan: _Plan) -> Mapping[str, str]:
    """Écrit une liste par colonne ; rend, par clé de question et pour « reponse », la plage où puiser.

    Une plage, et non une chaîne : une chaîne s’arrête à 255 signes et coupe les libellés à leurs virgules.
    """
    listes: dict[str, list[str]] = {
        "reponse": list(choix_de_reponse(plan.referentiel)),
        "moment": list((moments_presents if plan.jumelle else _moments)(plan.referentiel, plan.moment)),
        "regard": list(choix_de_regard()),
        **{cle: list(choix) for cle, choix in choix_du_tiers().items()},
        **dict(_listes_de_profil(plan.referentiel)),
        **{str(dimension.cle): choix_de_place(dimension) for _, _, dimension in plan.places},
    }
    for colonne, choix in enumerate(listes.values()):
        for ligne, texte in enumerate(choix):
            feuille.write_string(ligne, colonne, propre(texte))
    feuille.very_hidden()
    return {
        cle: "=" + plage((0, colonne), (len(choix) - 1, colonne), LISTES)
        for colonne, (cle, choix) in enumerate(listes.items())
        if choix
    }


def _moments(referentiel: Referentiel, moment: str) -> dict[str, str]:
    return choix_de_moment(moment, referentiel)


def _listes_de_profil(referentiel: Referentiel) -> Iterator[tuple[str, list[str]]]:
    """La liste de chaque question de profil ; là où l’on en coche plusieurs, celle de chaque choix."""
    for question in referentiel.profil:
        if question.plusieurs:
            yield from ((cle_d_un_choix(question, choix.code), [COCHE]) for choix in question.choix)
        else:
            yield f"profil.{question.identifiant}", list(choix_a_montrer(question))


def _ecrire_identification(feuille: Worksheet, plan: _Plan) -> None:
    """Écrit une ligne par fait : sa nature, puis ce qu’il dit ; le texte du référentiel vient en dernier."""
    for ligne, faits in enumerate(_lignes(plan)):
        for colonne, fait in enumerate(faits):
            if fait:
                feuille.write_string(ligne, colonne, fait)
    feuille.very_hidden()


def _lignes(plan: _Plan) -> Iterator[tuple[str, ...]]:
    referentiel = plan.referentiel
    yield "format", FORMAT_FORMULAIRE
    yield "version_format", VERSION_FORMAT_FORMULAIRE
    yield "cpit", __version__
    yield "identifiant", propre(referentiel.identifiant)
    yield "version", propre(referentiel.version)
    yield "empreinte", propre(referentiel.empreinte)
    for cle, (ligne, libelle) in plan.questions.items():
        yield "question", propre(cle), plan.cellule(ligne), propre(libelle)
    for ligne, item in plan.items:
        yield "item", propre(item.code), plan.cellule(ligne), propre(item.enonce)
    for texte in referentiel.texte.split("\n") if referentiel.texte else ():
        yield from _morceaux(_INTERDITS.sub("", texte))


def _morceaux(ligne: str) -> Iterator[tuple[str, str]]:
    """Une ligne du référentiel ; si elle dépasse une cellule, ses morceaux suivent sous la nature « suite »."""
    yield "texte", ligne[:_MORCEAU]
    for debut in range(_MORCEAU, len(ligne), _MORCEAU):
        yield "suite", ligne[debut : debut + _MORCEAU]


# --- La feuille à remplir : consignes, questions, échelle, puis les situations groupées par compétence.


_LARGEURS = (7, 58, 31, 32)
_LARGEUR_DE_PLACE = 24
"""De quoi lire « 1 – quelques fois par an »."""
_AIDE_MAX = 255
"""Signes que tient l’aide d’une case."""
_RETRAIT = 3
"""Largeur, en signes, que prend le retrait d’une cellule."""
_TOTAL = sum(_LARGEURS)
_SUITE = sum(_LARGEURS[_COL_REPONSE:])
_PAGE_UTILE = 485.0
"""Points que l’on remplit sur une page A4 en travers, en-têtes répétés ôtés, avec de la marge."""
_TRACE_MIN = 39.0
"""Hauteur d’une ligne de situation, en points : trois lignes de trace, à l’écran comme à la main."""

_TAILLE_D_ANCRE = 0.9
"""Taille du texte d’une ancre, par rapport au texte courant."""

_CONSIGNE_REPONDRE = (
    "1. Pour chaque situation, choisissez dans la liste de la case jaune. Une case laissée vide compte comme « sans "
    "réponse », jamais comme un zéro ; pour vider une case, touche Suppr. La trace aide à se souvenir d'un exemple."
)
_CONSIGNE_CONFIDENTIALITE = (
    "2. Rien n'est envoyé : vos réponses restent dans ce fichier, et c'est vous qui choisissez à qui le donner."
)
_CONSIGNE_RENDRE = (
    "3. Pour rendre le formulaire : enregistrez ce fichier au format .xlsx, sans déplacer ni ajouter de ligne, puis "
    "transmettez-le à la personne qui vous l'a remis."
)
_CONSIGNES_D_EMPLOI = tuple(map(typographier, (_CONSIGNE_REPONDRE, _CONSIGNE_CONFIDENTIALITE, _CONSIGNE_RENDRE)))


def _entendre(referentiel: Referentiel, moments: tuple[str, str], regard: str, date_moment: str) -> tuple[str, ...]:
    """Ce que la question veut dire, à propos de qui et de quand."""
    moment, jumelle = moments
    return consignes_de_reponse(referentiel, moment, regard, date_moment, jumelle=jumelle)


_AIDES = {
    "identifiant": "Un code, pas un nom.",
    "moment": "À vérifier.",
    "regard": "À vérifier.",
    "date_moment": "Mois et année, par exemple 09/2025.",
    "evaluateur": "Le vôtre : un code, pas un nom.",
}
_AIDE_CODE_DONNE = "Donné avec ce fichier."
_AIDE_PROFIL = "Facultatif."
_AIDE_CHOIX = f"Facultatif : « {COCHE} » pour cocher."
"""Sur une ligne : elle est redite à chaque choix."""
_AIDE_PROFIL_DONNE = "Rempli d'avance, à corriger au besoin."
_HORS_LISTE = {
    "error_title": "Réponse hors de la liste",
    "error_message": "Choisissez dans la liste, ou laissez la case vide.",
}
_TROP_LONGUE = {
    "error_title": "Trace trop longue",
    "error_message": f"{grouper(TRACE_MAX)} signes au plus. Raccourcissez-la : rien n’est coupé.",
}


def _ecrire_feuille(feuille: Worksheet, styles: _StylesFormulaire, plan: _Plan, listes: Mapping[str, str]) -> None:
    """Écrit la feuille.

    :param listes: plage des choix, par clé de question et pour « reponse ».
    """
    for colonne, largeur in enumerate((*_LARGEURS, *([_LARGEURS[_COL_TRACE]] if plan.jumelle else []))):
        feuille.set_column(colonne, colonne, largeur)
    _ecrire_haut(feuille, styles, plan)
    _ecrire_consignes(feuille, styles, plan)
    _ecrire_questions(feuille, styles, plan, listes)
    _ecrire_echelle(feuille, styles, plan)
    for ligne, competence in plan.competences:
        _ecrire_competence(feuille, styles, plan, ligne, competence)
    for ligne, item in plan.items:
        _ecrire_item(feuille, styles, plan, ligne, item)
    _proposer_les_niveaux(feuille, styles, plan, listes["reponse"])
    _borner_les_traces(feuille, plan)
    _demander_la_place(feuille, styles, plan, listes)
    _proteger(feuille, plan)
    _mettre_en_page(feuille, plan)


def _ecrire_haut(feuille: Worksheet, styles: _StylesFormulaire, plan: _Plan) -> None:
    """Les deux lignes qui restent à l’écran : titre et avancement, puis en-têtes."""
    ecrire_texte(feuille, _TITRE, _COL_CODE, _titre(plan), styles["titre"])
    feuille.set_row(_TITRE, 26)
    ecrire_texte(feuille, _TITRE, _COL_REPONSE, typographier("Réponses données :"), styles["etiquette"])
    if plan.items:
        premiere, derniere = plan.items[0][0], plan.items[-1][0]
        zones = [f"COUNTA({adresse(premiere, c)}:{adresse(derniere, c)})" for c, _ in plan.reponses]
        suite = f" sur {len(plan.items) * len(zones)}"
        formule = f'={"+".join(zones)}&"{suite}"'
        ecrire_formule(feuille, _TITRE, _COL_TRACE, formule, f"0{suite}", styles["avancement"])
    feuille.set_row(_LIGNES_D_ENTETES, 20)
    for colonne, texte in (
        (_COL_CODE, QUESTION_CODE),
        (_COL_SITUATION, SITUATION),
        *plan.reponses,
        (plan.trace, TRACE),
    ):
        ecrire_texte(
            feuille, _LIGNES_D_ENTETES, colonne, texte, styles["entete_code" if colonne == _COL_CODE else "entete"]
        )
    feuille.freeze_panes(_LIGNES_D_ENTETES + 1, 0)


def _ecrire_consignes(feuille: Worksheet, styles: _StylesFormulaire, plan: _Plan) -> None:
    referentiel = plan.referentiel
    _etendre(feuille, _SOUS_TITRE, f"{referentiel.titre} (version {referentiel.version})", styles["sous_titre"], 1.15)
    for rang, consigne in enumerate(plan.consignes):
        _etendre(feuille, _CONSIGNES + rang, consigne, styles["consigne"])


def _titre(plan: _Plan) -> str:
    """Quel questionnaire : à propos de qui, et de quand."""
    tiers = plan.regard == "tiers"
    if plan.jumelle:
        return "Regard d’un tiers, à deux moments" if tiers else "Aujourd’hui et au début"
    if est_retrospectif(plan.moment):
        return "Regard d’un tiers, sur un moment passé" if tiers else "Un moment passé, vu d’aujourd’hui"
    return "Questionnaire, regard d’un tiers" if tiers else "Questionnaire d’auto-évaluation"


def _ecrire_questions(feuille: Worksheet, styles: _StylesFormulaire, plan: _Plan, listes: Mapping[str, str]) -> None:
    _titrer(feuille, styles, plan.premiere_section, "Vous" if plan.regard == "soi" else "La personne et vous")
    valeurs = {
        "identifiant": plan.identifiant,
        "moment": libelle_du_moment(plan.moment, plan.referentiel),
        "date_moment": dire_la_date(plan.date_moment) if plan.date_moment else "",
        "regard": REGARDS_AFFICHES[plan.regard],
        **plan.tiers,
        **dict(_du_tiers_affiche(plan)),
        **dict(_profil_affiche(plan)),
    }
    for cle, (ligne, libelle) in plan.questions.items():
        valeur = valeurs.get(cle, "")
        fixe = bool(valeur) and cle in {"identifiant", "evaluateur"}
        aide = _AIDE_CODE_DONNE if fixe else _aide_d_une_question(cle, donnee=bool(valeur))
        ecrire_texte(feuille, ligne, _COL_CODE, "", styles["marge"])
        ecrire_texte(feuille, ligne, _COL_SITUATION, libelle, styles["libelle"])
        ecrire_texte(feuille, ligne, _COL_REPONSE, valeur, styles["fixe" if fixe else "saisie"])
        ecrire_texte(feuille, ligne, _COL_TRACE, typographier(aide), styles["note"])
        feuille.set_row(ligne, _hauteur_question(libelle, valeur, aide))
        if cle in listes:
            feuille.data_validation(
                ligne, _COL_REPONSE, ligne, _COL_REPONSE, {"validate": "list", "source": listes[cle], **_HORS_LISTE}
            )
    lignes = [ligne for ligne, _ in plan.questions.values()]
    blanc = {"type": "blanks", "format": styles["vide"]}
    feuille.conditional_format(lignes[0], _COL_REPONSE, lignes[-1], _COL_REPONSE, blanc)


def _hauteur_question(libelle: str, valeur: str = "", aide: str = "") -> float:
    textes = {_COL_SITUATION: libelle, _COL_REPONSE: valeur, _COL_TRACE: aide}
    return max(18, *(hauteur(texte, _LARGEURS[colonne] - _RETRAIT) for colonne, texte in textes.items()))


def _aide_d_une_question(cle: str, *, donnee: bool) -> str:
    if cle in _AIDES:
        return _AIDES[cle]
    if donnee:
        return _AIDE_PROFIL_DONNE
    return _AIDE_CHOIX if cle.count(".") > 1 else _AIDE_PROFIL


def _du_tiers_affiche(plan: _Plan) -> Iterator[tuple[str, str]]:
    """Ce que le tiers est pour la personne, et sa connaissance de son travail, donnés d’avance, dits par leur liste."""
    for cle, choix in choix_du_tiers().items():
        yield from ((cle, mots) for mots, code in choix.items() if code == plan.tiers.get(cle))


def _profil_affiche(plan: _Plan) -> Iterator[tuple[str, str]]:
    """Chaque réponse de profil donnée d’avance, telle que la liste la montre."""
    for question in plan.referentiel.profil:
        donnes = choisis(plan.profil.get(question.identifiant, ""))
        for libelle, code in choix_a_montrer(question).items():
            if code in donnes and question.plusieurs:
                yield cle_d_un_choix(question, code), COCHE
            elif code in donnes:
                yield f"profil.{question.identifiant}", libelle


def _ecrire_echelle(feuille: Worksheet, styles: _StylesFormulaire, plan: _Plan) -> None:
    """La question posée, puis chaque niveau tel que la liste le montre, et sa description."""
    echelle = plan.referentiel.echelle
    _titrer(feuille, styles, plan.titre_echelle, "L’échelle de réponse")
    question = question_de_reponse(plan.referentiel, plan.moment, plan.regard)
    _etendre(feuille, plan.titre_echelle + 1, question, styles["question"])
    descriptions = [niveau.description or "" for niveau in echelle.niveaux]
    if echelle.sans_objet:
        descriptions.append(sens_de_sans_objet(plan.referentiel, plan.regard))
    for rang, (libelle, description) in enumerate(zip(choix_de_reponse(plan.referentiel), descriptions, strict=True)):
        ligne = plan.niveaux + rang
        ecrire_texte(feuille, ligne, _COL_CODE, "", styles["marge"])
        ecrire_texte(feuille, ligne, _COL_SITUATION, libelle, styles["libelle_gras"])
        feuille.merge_range(ligne, _COL_REPONSE, ligne, _COL_TRACE, "", styles["texte"])
        ecrire_texte(feuille, ligne, _COL_REPONSE, description, styles["texte"])
        feuille.set_row(
            ligne,
            max(
                hauteur(libelle, _LARGEURS[_COL_SITUATION] - _RETRAIT),
                hauteur(description, _SUITE - _RETRAIT),
                18,
            ),
        )


def _ecrire_competence(
    feuille: Worksheet, styles: _StylesFormulaire, plan: _Plan, ligne: int, competence: Competence
) -> None:
    """Libellé en gras, définition et rappel de l’échelle, dans la même cellule ; la colonne des codes reste vide."""
    ecrire_texte(feuille, ligne, _COL_CODE, "", styles["competence"])
    feuille.merge_range(ligne, _COL_SITUATION, ligne, plan.trace, "", styles["competence"])
    nom, definition = propre(competence.libelle)[:1000], propre(_sous_le_nom(plan, competence))[:30_000]
    if nom and definition:
        morceaux = (styles["competence_nom"], nom, styles["competence_suite"], "\n" + definition)
        feuille.write_rich_string(ligne, _COL_SITUATION, *morceaux, styles["competence"])
    else:
        ecrire_texte(feuille, ligne, _COL_SITUATION, nom or definition, styles["competence"])
    feuille.set_row(ligne, _hauteur_competence(plan, competence))


def _sous_le_nom(plan: _Plan, competence: Competence) -> str:
    """La définition, puis ce que veulent dire les niveaux, sauf si chaque situation de la compétence le dit."""
    referentiel = plan.referentiel
    decrits = [niveau for niveau in referentiel.echelle.niveaux if niveau.description]
    ancrees = all(item.niveaux for item in referentiel.items_de(competence.identifiant))
    rappel = [f"{nombre_de_tete(n.valeur)} – {ancrer(n.libelle, n.description)}" for n in decrits if not ancrees]
    return "\n".join([competence.definition, *rappel])


def _hauteur_competence(plan: _Plan, competence: Competence) -> float:
    textes = f"{competence.libelle}\n{_sous_le_nom(plan, competence)}"
    return hauteur(textes, _TOTAL - _LARGEURS[_COL_CODE]) + 8


def _ecrire_item(feuille: Worksheet, styles: _StylesFormulaire, plan: _Plan, ligne: int, item: Item) -> None:
    ecrire_texte(feuille, ligne, _COL_CODE, item.code, styles["code"])
    ecrire_texte(feuille, ligne, _COL_SITUATION, "", styles["texte"])
    situation = situation_a_montrer(plan.referentiel, item, plan.regard)
    enonce = item.enonce_pour(plan.regard)
    if ancres := situation.removeprefix(enonce):
        morceaux = (styles["situation"], propre(enonce)[:16_000], styles["ancre"], propre(ancres)[:16_000])
        feuille.write_rich_string(ligne, _COL_SITUATION, *morceaux, styles["texte"])
    else:
        ecrire_texte(feuille, ligne, _COL_SITUATION, situation, styles["texte"])
    for colonne, _ in plan.reponses:
        ecrire_texte(feuille, ligne, colonne, "", styles["saisie"])
    ecrire_texte(feuille, ligne, plan.trace, "", styles["trace"])
    feuille.set_row(ligne, _hauteur_item(plan, item))


def _hauteur_item(plan: _Plan, item: Item) -> float:
    enonce, largeur = item.enonce_pour(plan.regard), _LARGEURS[_COL_SITUATION] - _RETRAIT
    taille = hauteur(enonce, largeur)
    if ancres := situation_a_montrer(plan.referentiel, item, plan.regard).removeprefix(enonce).strip("\n"):
        taille += hauteur(ancres, largeur / _TAILLE_D_ANCRE) * _TAILLE_D_ANCRE
    return max(_TRACE_MIN, taille, hauteur(item.code, _LARGEURS[_COL_CODE]))


def _proposer_les_niveaux(feuille: Worksheet, styles: _StylesFormulaire, plan: _Plan, source: str) -> None:
    """Une liste déroulante par case de réponse, et un fond jaune tant qu’elle est vide."""
    blocs = [(debut, colonne, fin, colonne) for colonne, _ in plan.reponses for debut, fin in plan.blocs()]
    if not blocs:
        return
    cases = [(adresse(d, c, fixe=False), adresse(f, c, fixe=False)) for d, c, f, _ in blocs]
    zones = " ".join(f"{debut}:{fin}" for debut, fin in cases)
    for debut, colonne, fin, _ in blocs:
        liste = {"validate": "list", "source": source, **_HORS_LISTE, **_aide_de_colonne(plan, colonne)}
        feuille.data_validation(debut, colonne, fin, colonne, liste)
    blanc = {"type": "blanks", "format": styles["vide"], "multi_range": zones}
    feuille.conditional_format(*blocs[0], blanc)


def _aide_de_colonne(plan: _Plan, colonne: int) -> dict[str, str]:
    """Ce qui se lit à côté de la case choisie : de quand l’on parle, s’il y a deux réponses à donner."""
    if not plan.jumelle:
        return {}
    moment, entete = (plan.moment, REPONSE_AUJOURD_HUI) if colonne == _COL_REPONSE else (plan.jumelle, REPONSE_AU_DEBUT)
    question = question_de_reponse(plan.referentiel, moment, plan.regard)
    return {"input_title": entete, "input_message": question[:_AIDE_MAX]}


def _borner_les_traces(feuille: Worksheet, plan: _Plan) -> None:
    """Le tableur refuse une trace tapée trop longue, sans la couper ; collée, elle se verra à la lecture."""
    borne = {"validate": "length", "criteria": "<=", "value": TRACE_MAX, **_TROP_LONGUE}
    for debut, fin in plan.blocs():
        feuille.data_validation(debut, plan.trace, fin, plan.trace, borne)


def _demander_la_place(feuille: Worksheet, styles: _StylesFormulaire, plan: _Plan, listes: Mapping[str, str]) -> None:
    """Deux colonnes de plus, chacune avec sa liste : la fréquence et l’importance de chaque situation."""
    for colonne, entete, dimension in plan.places:
        feuille.set_column(colonne, colonne, _LARGEUR_DE_PLACE)
        ecrire_texte(feuille, _LIGNES_D_ENTETES, colonne, entete, styles["entete"])
        question = dimension.question if plan.regard == "soi" else dimension.question_pour_un_tiers
        aide = {"input_title": dimension.libelle, "input_message": question}
        for ligne, _ in plan.items:
            ecrire_texte(feuille, ligne, colonne, "", styles["saisie"])
        for debut, fin in plan.blocs():
            liste = {"validate": "list", "source": listes[dimension.cle], **_HORS_LISTE, **aide}
            feuille.data_validation(debut, colonne, fin, colonne, liste)
    if plan.places:
        feuille.set_row(_LIGNES_D_ENTETES, 34)


def _proteger(feuille: Worksheet, plan: _Plan) -> None:
    """Sans mot de passe : la protection évite les maladresses, elle ne retient personne."""
    feuille.protect("", {"format_rows": True, "format_columns": True})
    premiere = plan.questions["moment" if plan.identifiant else "identifiant"][0]
    feuille.set_selection(premiere, _COL_REPONSE, premiere, _COL_REPONSE)
    feuille.ignore_errors({"number_stored_as_text": f"A1:{adresse(plan.fin, plan.derniere, fixe=False)}"})


def _mettre_en_page(feuille: Worksheet, plan: _Plan) -> None:
    """A4 en travers, ajusté en largeur ; les sauts de page tombent entre deux compétences, en-têtes répétés."""
    feuille.set_paper(9)
    feuille.set_landscape()
    feuille.set_margins(left=0.47, right=0.47, top=0.45, bottom=0.55)
    feuille.fit_to_pages(1, 0)
    feuille.center_horizontally()
    feuille.hide_gridlines(2)
    feuille.repeat_rows(_LIGNES_D_ENTETES, _LIGNES_D_ENTETES)
    feuille.print_area(0, 0, plan.fin - 1, plan.derniere)
    feuille.set_h_pagebreaks(list(_sauts(plan)))
    pied = typographier("&L&8cpit : outil réflexif, ni note ni classement&C&8&A&R&8Page &P / &N")
    feuille.set_footer(pied, {"margin": 0.25})


def _sauts(plan: _Plan) -> Iterator[int]:
    """Lignes où commence une page : la première compétence, puis celles qui ne tiendraient pas en entier."""
    reste = 0.0
    for (ligne, competence), (debut, fin) in zip(plan.competences, plan.blocs(), strict=True):
        taille = _hauteur_competence(plan, competence)
        taille += sum(_hauteur_item(plan, item) for place, item in plan.items if debut <= place <= fin)
        if taille > reste:
            yield ligne
            reste = _PAGE_UTILE
        reste -= taille


def _titrer(feuille: Worksheet, styles: _StylesFormulaire, ligne: int, titre: str) -> None:
    feuille.merge_range(ligne, _COL_CODE, ligne, _COL_TRACE, "", styles["section"])
    ecrire_texte(feuille, ligne, _COL_CODE, titre, styles["section"])
    feuille.set_row(ligne, 25)


def _etendre(feuille: Worksheet, ligne: int, texte: str, style: Format, taille: float = 1.0) -> None:
    """Texte sur toute la largeur ; ``taille`` : largeur de ses caractères, par rapport au texte courant."""
    feuille.merge_range(ligne, _COL_CODE, ligne, _COL_TRACE, "", style)
    ecrire_texte(feuille, ligne, _COL_CODE, texte, style)
    feuille.set_row(ligne, hauteur(texte, _TOTAL / taille) + 4)


_JOUR = datetime(1980, 1, 1)
"""Date inscrite dans le document : toujours la même, pour que le même formulaire ait toujours les mêmes octets."""


def formulaire_en_octets(  # noqa: PLR0913
    referentiel: Referentiel,
    *,
    identifiant: str = "",
    moment: str = "t0",
    regard: str = "soi",
    profil: Mapping[str, str] = MappingProxyType({}),
    tiers: Mapping[str, str] = MappingProxyType({}),
    place: bool = False,
    date_moment: str = "",
) -> bytes:
    """Les octets du formulaire : toujours les mêmes pour les mêmes entrées.

    :param profil: réponses de profil données d’avance, que la personne peut changer.
    :param tiers: sous le regard d’un tiers, son code et son rôle donnés d’avance (« evaluateur », « role_evaluateur »).
    :param moment: un moment, ou « t1+retrospectif » pour demander aussi, de chaque situation, où l’on était au début.
    :param place: vrai pour demander aussi la fréquence et l’importance de chaque situation.
    :param date_moment: de quand on parle (du moment passé, s’il y en a un), si on le sait d’avance.
    :raises ValueError: moment ou regard inconnu.
    """
    moment, *jumelles = moments_demandes(moment) or ("",)
    if not moment:
        raise ValueError("moment inconnu")
    if regard not in REGARDS:
        raise ValueError(f"regard inconnu : {regard}")
    qui, passe = (nettoyer(identifiant).strip(), moment, regard), ("".join(jumelles), date_moment)
    plan = _Plan.dresser(referentiel, qui, profil, tiers, place=place, passe=passe)
    return _dessiner(plan)


def _dessiner(plan: _Plan) -> bytes:
    tampon = BytesIO()
    classeur = creer_document(tampon, in_memory=True)
    feuille, listes, identification = (classeur.add_worksheet(nom) for nom in (FEUILLE, LISTES, IDENTIFICATION))
    styles = _creer_styles_formulaire(classeur)
    _ecrire_feuille(feuille, styles, plan, _ecrire_listes(listes, plan))
    _ecrire_identification(identification, plan)
    feuille.activate()
    classeur.set_properties(
        {
            "title": propre(typographier("Formulaire : ") + plan.referentiel.titre)[:255],
            "comments": typographier("Formulaire de cpit, à remplir. Outil réflexif, sans note ni classement."),
            "created": _JOUR,
        }
    )
    fermer_document(classeur)
    return _finir(franciser(tampon.getvalue()), plan.lignes_souples())
