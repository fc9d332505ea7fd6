"""Ce que les feuilles se partagent pendant l’écriture : le classeur, les styles, la cohorte et ses strates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from cpit.coeur.cohorte import Cohorte
from cpit.coeur.groupe import Portrait, portrait_montrable
from cpit.coeur.incertitude import Dispersion, disperser
from cpit.coeur.modele import Referentiel
from cpit.coeur.notice import nommer_strate
from cpit.erreurs import Anomalie
from cpit.tableur.lignes_directes import Suite
from cpit.tableur.styles import Styles

SYNTHESE = "Synthèse"
SCORES = "Scores"
INCERTITUDE = "Incertitude"
MATRICE = "Matrice"
PROFILS = "Profils"
REPONSES = "Réponses"
EN_CLAIR = "Réponses en clair"
ANOMALIES = "Anomalies"
DICTIONNAIRE = "Dictionnaire"
A_PROPOS = "À propos"
DONNEES = "Données des graphiques"
FEUILLES = (
    SYNTHESE,
    SCORES,
    INCERTITUDE,
    MATRICE,
    PROFILS,
    REPONSES,
    EN_CLAIR,
    ANOMALIES,
    DICTIONNAIRE,
    A_PROPOS,
    DONNEES,
)
EN_FLUX = (SCORES, INCERTITUDE, REPONSES, EN_CLAIR, ANOMALIES)
"""Feuilles écrites ligne à ligne sur le disque : leur taille ne compte pas en mémoire."""
DE_REPONSES = (REPONSES, EN_CLAIR)
LIGNES_MAX = 1_048_576
"""Lignes d’une feuille de tableur."""

Source = tuple[str, int, int]
"""Nom du fichier, passations lues, anomalies de gravité refus."""


@dataclass(frozen=True, slots=True)
class Strate:
    """Un moment sous un regard : son nom, sa clé, ce qui se montre d’elle, la dispersion de ses positions."""

    nom: str
    cle: tuple[str, str]
    portrait: Portrait
    dispersion: Dispersion


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
    suites: dict[str, Suite] | None = None
    """Feuille → lignes à écrire droit dans l’archive, au fil des déclarations ; rien : XlsxWriter les écrit."""

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
    """Les strates et ce qui s’en montre, calculé une seule fois."""
    strates = []
    for (moment, regard), sous_cohorte in cohorte.strates().items():
        portrait, nom = portrait_montrable(sous_cohorte), nommer_strate(moment, regard)
        strates.append(Strate(nom, (moment, regard), portrait, disperser(portrait.points)))
    return tuple(strates)
