"""Ce que les feuilles se partagent pendant l’écriture : le classeur, les styles, la cohorte et ses strates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from cpit.coeur.cohorte import Cohorte, Portrait, portraiturer
from cpit.coeur.modele import Referentiel
from cpit.coeur.passation import MOMENTS, REGARDS
from cpit.erreurs import Anomalie
from cpit.formats.classeur.cellules import ecrire_texte
from cpit.formats.classeur.styles import Styles
from cpit.typographie import FINE, nettoyer, pluriel, typographier

SYNTHESE = "Synthèse"
SCORES = "Scores"
MATRICE = "Matrice"
PROFILS = "Profils"
REPONSES = "Réponses"
EN_CLAIR = "Réponses en clair"
ANOMALIES = "Anomalies"
DICTIONNAIRE = "Dictionnaire"
A_PROPOS = "À propos"
DONNEES = "Données des graphiques"
FEUILLES = (SYNTHESE, SCORES, MATRICE, PROFILS, REPONSES, EN_CLAIR, ANOMALIES, DICTIONNAIRE, A_PROPOS, DONNEES)
EN_FLUX = (SCORES, REPONSES, EN_CLAIR, ANOMALIES)
"""Feuilles écrites ligne à ligne sur le disque : leur taille ne compte pas en mémoire."""
DE_REPONSES = (REPONSES, EN_CLAIR)
LIGNES_MAX = 1_048_576
"""Lignes d’une feuille de tableur."""

Source = tuple[str, int, int]
"""Nom du fichier, passations lues, anomalies de gravité refus."""


@dataclass(frozen=True, slots=True)
class Strate:
    """Un moment sous un regard : son nom, ses passations, son portrait."""

    nom: str
    regard: str
    cohorte: Cohorte
    portrait: Portrait


@dataclass(frozen=True, slots=True)
class Chantier:
    """Un classeur de groupe en cours d’écriture ; ``date`` est celle de l’écriture, en ISO 8601."""

    classeur: Workbook
    styles: Styles
    cohorte: Cohorte
    strates: tuple[Strate, ...]
    anomalies: Sequence[Anomalie]
    sources: Sequence[Source]
    date: str
    par: str | None
    sans_reponses: bool

    @property
    def referentiel(self) -> Referentiel:
        """Le référentiel de la cohorte."""
        return self.cohorte.referentiel

    def feuille(self, nom: str) -> Worksheet:
        """Une feuille par son nom."""
        feuille: Worksheet = self.classeur.get_worksheet_by_name(nom)
        return feuille

    def feuilles(self) -> tuple[str, ...]:
        """Les feuilles de ce classeur, dans l’ordre."""
        return tuple(nom for nom in FEUILLES if not (self.sans_reponses and nom in DE_REPONSES))


def stratifier(cohorte: Cohorte) -> tuple[Strate, ...]:
    """Les strates et leur portrait, calculés une seule fois."""
    return tuple(
        Strate(nommer_strate(moment, regard), regard, sous_cohorte, portraiturer(sous_cohorte))
        for (moment, regard), sous_cohorte in cohorte.strates().items()
    )


def nommer_strate(moment: str, regard: str) -> str:
    """« Avant ou au début (T0), regard : soi-même » ; un moment inconnu garde son code."""
    quand = nettoyer(MOMENTS.get(moment, moment))
    qui = nettoyer(REGARDS.get(regard, regard))
    return quand[:1].upper() + quand[1:] + typographier(", regard : ") + qui


def grouper(entier: int) -> str:
    """Entier à la française : « 2 500 »."""
    return f"{entier:,}".replace(",", FINE)


def accorder(entier: int, singulier: str, forme_plurielle: str | None = None) -> str:
    """« 1 passation », « 2 500 passations »."""
    return pluriel(entier, singulier, forme_plurielle).replace(str(entier), grouper(entier), 1)


def etendre(feuille: Worksheet, ligne: int, colonnes: tuple[int, int], texte: str | None, style: Format) -> None:
    """Écrit un texte sur des colonnes fusionnées, ou dans une seule cellule."""
    if colonnes[0] < colonnes[1]:
        feuille.merge_range(ligne, colonnes[0], ligne, colonnes[1], "", style)
    ecrire_texte(feuille, ligne, colonnes[0], texte, style)
