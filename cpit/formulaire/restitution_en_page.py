"""Ce qu’il faut à une page pour rendre sans Python la restitution de qui y répond : règles, phrases et mots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cpit.coeur.expressions import derouler_les_regles
from cpit.coeur.incertitude import Incertitude, MotifIncertitude, motif_sans_region
from cpit.coeur.moteur import EGALITE
from cpit.coeur.mots.notice import nommer_echelle
from cpit.coeur.mots.restitution import (
    CODES_CITES,
    NIVEAUX_D_ETENDUE,
    PHRASES_DE_RESTITUTION,
    TITRE_APPUIS,
    TITRE_FRAGILES,
    dire_la_region,
    motif_score,
    portee_de,
)
from cpit.coeur.notation import Score
from cpit.coeur.passation import RETROSPECTIF
from cpit.coeur.referentiel import Axe, Competence, EchelleNotee, Position, Referentiel
from cpit.figures.cadre import Cadre
from cpit.figures.carte import carte_a_completer
from cpit.typographie import typographier


@dataclass(frozen=True, slots=True)
class RestitutionEnPage:
    """Ce qu’une page porte de plus pour rendre une restitution : des données en JSON, et le SVG de la carte vierge."""

    donnees: Mapping[str, Any]
    carte: str


def preparer_la_restitution(referentiel: Referentiel) -> RestitutionEnPage:
    """Tout ce qu’il faut à la page, pour qui répond de soi."""
    figure, cadre = carte_a_completer(referentiel)
    return RestitutionEnPage({**_donnees_de_restitution(referentiel), "carte": _projection(cadre)}, figure.svg)


def _projection(cadre: Cadre) -> dict[str, Any]:
    """De quoi passer d’une position à un point du dessin."""
    return {"origine": cadre.point(Position(0, 0)), "echelle": cadre.echelle, "boite": cadre.boite}


def _donnees_de_restitution(referentiel: Referentiel) -> dict[str, Any]:
    """Les règles déroulées et tous les mots d’une restitution sous son propre regard, en JSON.

    La page choisit les phrases comme cpit les choisit ; elle n’en écrit aucune.
    """
    regles = derouler_les_regles(referentiel)
    return {
        "regles": {
            "items": regles.items,
            "constantes": regles.constantes,
            "operations": regles.operations,
            "sorties": regles.sorties,
        },
        "phrases": _phrases(),
        "titres": {"appuis": typographier(TITRE_APPUIS), "fragiles": typographier(TITRE_FRAGILES)},
        "portees": [list(map(typographier, portee_de("t0" + quand, "soi"))) for quand in ("", RETROSPECTIF)],
        "retrospectif": RETROSPECTIF,
        "un_seul_pole": motif_sans_region(referentiel) == "un-seul-pole",
        "egalite": EGALITE,
        "codes_cites": CODES_CITES,
        "niveaux_d_etendue": NIVEAUX_D_ETENDUE,
        "ingenieries": [typographier(i.libelle) for i in referentiel.ingenieries],
        "echelles": [_echelle(referentiel, echelle) for echelle in referentiel.echelles.values()],
        "competences": [_competence(referentiel, competence) for competence in referentiel.competences],
        "niveaux": [[niveau.valeur, typographier(niveau.libelle)] for niveau in referentiel.echelle.niveaux],
        "codes": [item.code for item in referentiel.items],
        "noms_des_items": {item.code: typographier(item.code) for item in referentiel.items},
        "axes": [_axe(axe) for axe in (referentiel.axes.x, referentiel.axes.y)],
        "jeux": [typographier(jeu.libelle.lower()) for jeu in referentiel.sensibilite],
    }


def _phrases() -> dict[str, str]:
    motifs: tuple[MotifIncertitude, ...] = ("un-seul-pole", "trop-peu-de-competences")
    sans_region: dict[str, str] = {
        motif: f"{dire_la_region(Incertitude(0, motif=motif)).capitalize()}." for motif in motifs
    }
    return {cle: typographier(texte) for cle, texte in {**PHRASES_DE_RESTITUTION, **sans_region}.items()}


def _echelle(referentiel: Referentiel, echelle: EchelleNotee) -> dict[str, Any]:
    """Une échelle ; ``motifs`` : pourquoi son score serait absent, selon le nombre d’items répondus."""
    n, seuil = len(echelle.items), referentiel.regles.seuil.valeur
    absents = [Score(None, 0, n, "aucune-reponse" if n else "aucun-item")]
    absents += [Score(None, repondus, n, "sous-le-seuil") for repondus in range(1, n + 1)]
    return {
        "nom": typographier(nommer_echelle(echelle)),
        "regroupement": echelle.regroupement or "",
        "items": n,
        "motifs": [motif_score(score, seuil) for score in absents],
    }


def _competence(referentiel: Referentiel, competence: Competence) -> dict[str, Any]:
    return {
        "code": competence.identifiant,
        "libelle": typographier(competence.libelle),
        "items": [item.code for item in referentiel.items_de(competence.identifiant)],
        "lectures": [
            [lecture.jusqua, typographier(lecture.constat), typographier(lecture.pas)]
            for lecture in competence.lectures
        ],
    }


def _axe(axe: Axe) -> dict[str, str]:
    return {"libelle": typographier(axe.libelle), "debut": typographier(axe.debut), "fin": typographier(axe.fin)}
