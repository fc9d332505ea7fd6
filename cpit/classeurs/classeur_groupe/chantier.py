"""Ce que les feuilles d’un groupe se partagent : le classeur, les styles, la cohorte."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from cpit.coeur.cohorte import Cohorte
from cpit.coeur.dispersion import Dispersion, disperser
from cpit.coeur.groupe import Portrait, portrait_montrable
from cpit.coeur.mots.notice import nommer_strate
from cpit.coeur.referentiel import Referentiel
from cpit.coeur.tableaux import Cellule
from cpit.formats.recueil import Reglages
from cpit.tableur.document import (
    FILET,
    FOND,
    GRIS,
    POLICE,
    Styles,
    Suite,
    creer_styles_de_classeur,
    ecrire_ligne,
    ecrire_texte,
    expliquer_l_entete,
    mettre_en_page,
)

if TYPE_CHECKING:
    from cpit.formats.recueil import Recueil

# --- Les formats propres au classeur d’un groupe, en plus de ceux du classeur d’une personne.


_TABLE = {"border": 1, "border_color": FILET, "text_wrap": True, "align": "center", "valign": "vcenter"}
_DEFINITIONS: dict[str, dict[str, Any]] = {
    "mesure": {**_TABLE, "num_format": "0.0", "valign": "top"},
    "case": {**_TABLE, "num_format": "0.0", "bold": True, "font_size": 11},
    "compte": {**_TABLE, "num_format": "#,##0"},
    "nom_de_ligne": {**_TABLE, "align": "left"},
    "nom_de_ligne_gras": {**_TABLE, "align": "left", "bold": True},
    "omis": {**_TABLE, "align": "left", "italic": True, "font_color": GRIS},
    "effectif": {**_TABLE, "num_format": "#,##0", "valign": "top"},
    "cle_colonne": {**_TABLE, "bold": True, "bg_color": FOND},
    "graphique_nombre": {"font_size": 9, "font_color": GRIS, "num_format": "0.000", "align": "center"},
    "donnee_texte": {},
    "donnee_repliee": {"text_wrap": True, "font_size": 9},
    "donnee_nombre": {"align": "center", "num_format": "0.00"},
    "donnee_entier": {"align": "center", "num_format": "0"},
    "donnee_code": {"align": "center"},
}


def creer_styles_groupe(classeur: Workbook) -> Styles:
    """Crée tous les formats dans un classeur ; la clé dit l’usage, pas l’apparence."""
    base = {"font_name": POLICE, "font_size": 10, "valign": "top"}
    propres = {nom: classeur.add_format({**base, **definition}) for nom, definition in _DEFINITIONS.items()}
    return {**creer_styles_de_classeur(classeur), **propres}


# --- Ce que les feuilles se partagent pendant l’écriture : le classeur, les styles, la cohorte et ses strates.


G_SYNTHESE = "Synthèse"
SCORES = "Scores"
INCERTITUDE = "Incertitude"
MATRICE = "Matrice"
PROFILS = "Profils"
EQUIPES = "Équipes"
G_REPONSES = "Réponses"
EN_CLAIR = "Réponses en clair"
ANOMALIES = "Anomalies"
DICTIONNAIRE = "Dictionnaire"
G_A_PROPOS = "À propos"
G_DONNEES = "Données des graphiques"
_FEUILLES_GROUPE = (
    G_SYNTHESE,
    SCORES,
    INCERTITUDE,
    MATRICE,
    PROFILS,
    G_REPONSES,
    EN_CLAIR,
    ANOMALIES,
    DICTIONNAIRE,
    G_A_PROPOS,
    G_DONNEES,
)
"""Les feuilles de tout classeur de groupe ; « Équipes » suit « Profils » si l’on en lit."""
EN_FLUX = (SCORES, INCERTITUDE, G_REPONSES, EN_CLAIR, ANOMALIES)
"""Feuilles écrites ligne à ligne sur le disque : leur taille ne compte pas en mémoire."""
DE_REPONSES = (G_REPONSES, EN_CLAIR)
LIGNES_DE_FEUILLE_MAX = 1_048_576
"""Lignes d’une feuille de tableur."""


@dataclass(frozen=True, slots=True)
class StrateDecrite:
    """Un moment sous un regard : son nom, sa clé, ce qui se montre d’elle, la dispersion de ses positions."""

    nom: str
    cle: tuple[str, str]
    portrait: Portrait
    dispersion: Dispersion


@dataclass(frozen=True, slots=True)
class ChantierGroupe:
    """Un classeur de groupe en cours d’écriture."""

    classeur: Workbook
    styles: Styles
    lecture: Recueil
    reglages: Reglages
    strates: tuple[StrateDecrite, ...]
    suites: dict[str, Suite] | None = None
    """Feuille → lignes à écrire droit dans l’archive, au fil des déclarations ; rien : XlsxWriter les écrit."""

    @property
    def referentiel(self) -> Referentiel:
        """Le référentiel de la cohorte."""
        return self.cohorte.referentiel

    @property
    def cohorte(self) -> Cohorte:
        """La cohorte lue."""
        return self.lecture.cohorte

    @property
    def dites(self) -> frozenset[str]:
        """Les clés facultatives du contexte que les tables ont : quel tiers a répondu, par exemple."""
        return self.cohorte.contexte_dit()

    def feuille(self, nom: str) -> Worksheet:
        """Une feuille par son nom."""
        feuille: Worksheet = self.classeur.get_worksheet_by_name(nom)
        return feuille

    def feuilles(self) -> tuple[str, ...]:
        """Les feuilles de ce classeur, dans l’ordre."""
        gardees = [nom for nom in _FEUILLES_GROUPE if self.reglages.avec_reponses or nom not in DE_REPONSES]
        if self.reglages.equipes is not None:
            gardees.insert(gardees.index(PROFILS) + 1, EQUIPES)
        return tuple(gardees)


def stratifier(cohorte: Cohorte) -> tuple[StrateDecrite, ...]:
    """Les strates et ce qui s’en montre, calculé une seule fois."""
    strates = []
    for (moment, regard), sous_cohorte in cohorte.strates().items():
        portrait, nom = portrait_montrable(sous_cohorte), nommer_strate(moment, regard, cohorte.referentiel)
        strates.append(StrateDecrite(nom, (moment, regard), portrait, disperser(portrait.points, portrait.porteurs)))
    return tuple(strates)


# --- Les grandes tables filtrables : une ligne d’en-tête, puis une ligne par passation, écrites au fil de l’eau.
#
# Les lignes s’écrivent droit dans l’archive (``lignes_directes``) ou, à défaut, par XlsxWriter.


_CLES, PREMIERE = 0, 1
"""Lignes des clés (c’est elle qui porte les filtres) et de la première passation."""


@dataclass(frozen=True, slots=True)
class ColonneEcrite:
    """Une colonne d’une grande table : clé, libellé, largeur et style de ses cellules."""

    cle: str
    libelle: str
    largeur: float
    style: str


def ecrire_grande_table(
    chantier: ChantierGroupe,
    nom: str,
    colonnes: Sequence[ColonneEcrite],
    lignes: Iterable[Sequence[Cellule]],
    *,
    figees: int,
) -> None:
    """Écrit l’en-tête puis les lignes ; une cellule absente reste vide. Imprimée, la table tient en largeur.

    :param lignes: une par passation, parcourues une seule fois, peut-être à la fin de l’écriture seulement.
    :param figees: nombre de premières colonnes toujours visibles.
    """
    feuille, styles, nombre = chantier.feuille(nom), chantier.styles, len(chantier.cohorte.notees)
    for rang, colonne in enumerate(colonnes):
        feuille.set_column(rang, rang, colonne.largeur)
    _ecrire_entetes(feuille, styles, colonnes)
    _ecrire_lignes(chantier, nom, colonnes, lignes)
    derniere = _CLES + nombre
    feuille.autofilter(_CLES, 0, derniere, len(colonnes) - 1)
    feuille.freeze_panes(PREMIERE, figees)
    feuille.print_area(0, 0, derniere, len(colonnes) - 1)
    mettre_en_page(feuille, paysage=True, repetees=(_CLES, _CLES))
    # À l’écran, le quadrillage du tableur borde aussi les cellules vides, sans rien écrire.
    feuille.hide_gridlines(1)


def _ecrire_lignes(
    chantier: ChantierGroupe, nom: str, colonnes: Sequence[ColonneEcrite], lignes: Iterable[Sequence[Cellule]]
) -> None:
    feuille, nombre = chantier.feuille(nom), len(chantier.cohorte.notees)
    formats = [chantier.styles[colonne.style] for colonne in colonnes]
    if chantier.suites is None:
        for ligne, cellules in enumerate(lignes, start=PREMIERE):
            ecrire_ligne(feuille, ligne, cellules, formats)
    elif nombre:
        for rang, style in enumerate(formats):
            feuille.write_blank(PREMIERE, rang, None, style)
        chantier.suites[nom] = Suite(PREMIERE, len(colonnes), nombre, lignes)


def _ecrire_entetes(feuille: Worksheet, styles: Styles, colonnes: Sequence[ColonneEcrite]) -> None:
    """Les clés, sur une seule ligne : un autre logiciel lit la table d’un trait. Le libellé se montre à qui choisit la
    case, et le dictionnaire le dit.
    """
    # La flèche du filtre prend la place de trois signes.
    replis = max(ceil((len(colonne.cle) + 3) / colonne.largeur) for colonne in colonnes)
    for rang, colonne in enumerate(colonnes):
        ecrire_texte(feuille, _CLES, rang, colonne.cle, styles["cle_colonne"])
        expliquer_l_entete(feuille, _CLES, rang, colonne.cle, colonne.libelle)
    feuille.set_row(_CLES, 6 + 13.0 * min(replis, 5))
