"""Ce qu’il faut à une page pour rendre sans Python la restitution de qui y répond : règles, phrases et mots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cpit.coeur.expressions import derouler_les_regles
from cpit.coeur.incertitude import Incertitude, MotifIncertitude, motif_sans_region
from cpit.coeur.moteur import EGALITE
from cpit.coeur.mots.notice import code_a_montrer, nommer_echelle, regle_de_la_region
from cpit.coeur.mots.restitution import (
    CODES_CITES,
    NIVEAUX_D_ETENDUE,
    PHRASES_DE_RESTITUTION,
    dire_la_region,
    dominante_en_mots,
    motif_score,
    portee_de,
    presenter_l_ingenierie,
)
from cpit.coeur.notation import Score, centre_des_poles
from cpit.coeur.passation import RETROSPECTIF, sans_objet
from cpit.coeur.referentiel import Axe, Competence, EchelleNotee, Item, Position, Referentiel
from cpit.coeur.tableaux import libelle_reponse
from cpit.figures.carte import carte_a_completer
from cpit.pages.page import TIRET
from cpit.pages.page_personne import (
    PHRASES_DU_PLACEMENT,
    PHRASES_DU_POINT,
    SENS_DES_RELIEFS,
    STYLE_DE_PAGE,
    TITRES_DES_RELIEFS,
    rendre_un_corps_a_remplir,
)
from cpit.typographie import nombre, typographier


@dataclass(frozen=True, slots=True)
class RestitutionEnPage:
    """Ce qu’une page porte de plus pour rendre une restitution : des données, et le HTML qu’elles rempliront."""

    donnees: Mapping[str, Any]
    corps: str


def preparer_la_restitution(referentiel: Referentiel) -> RestitutionEnPage:
    """Tout ce qu’il faut à la page, pour qui répond de soi."""
    carte = carte_a_completer(referentiel, STYLE_DE_PAGE)
    donnees = {**_donnees_de_restitution(referentiel), **_donnees_de_page(referentiel), "carte": carte.reperes}
    return RestitutionEnPage(donnees, rendre_un_corps_a_remplir(referentiel, carte.figure))


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
        "portees": [list(map(typographier, portee_de("t0" + quand, "soi"))) for quand in ("", RETROSPECTIF)],
        "retrospectif": RETROSPECTIF,
        "un_seul_pole": motif_sans_region(referentiel) == "un-seul-pole",
        "egalite": EGALITE,
        "codes_cites": CODES_CITES,
        "niveaux_d_etendue": NIVEAUX_D_ETENDUE,
        "ingenieries": [typographier(i.libelle) for i in referentiel.ingenieries],
        "echelles": [_echelle(referentiel, echelle) for echelle in referentiel.echelles.values()],
        "competences": [_competence(referentiel, competence) for competence in referentiel.competences],
        "niveaux": [
            [niveau.valeur, typographier(niveau.libelle), typographier(niveau.description or "")]
            for niveau in referentiel.echelle.niveaux
        ],
        "bornes": [referentiel.echelle.min, referentiel.echelle.max],
        "equilibre": typographier(dominante_en_mots(referentiel, ())),
        "portraits": list(map(presenter_l_ingenierie, referentiel.ingenieries)),
        "codes": [item.code for item in referentiel.items],
        "noms_des_items": {item.code: typographier(item.code) for item in referentiel.items},
        "axes": [_axe(axe) for axe in (referentiel.axes.x, referentiel.axes.y)],
        "centre": _point(centre_des_poles([i.position for i in referentiel.ingenieries])),
        "seuil_equilibre": nombre(referentiel.regles.seuil_equilibre.valeur, 2),
        "noms_des_jeux": [typographier(jeu.libelle) for jeu in referentiel.sensibilite],
        "jeux": [typographier(jeu.libelle.lower()) for jeu in referentiel.sensibilite],
    }


def _point(position: Position) -> dict[str, float]:
    return {"x": position.x, "y": position.y}


def _donnees_de_page(referentiel: Referentiel) -> dict[str, Any]:
    """Ce que la page écrit autour des phrases : titres, réponses en mots, ancres, la règle de la région."""
    return {
        "titres": list(TITRES_DES_RELIEFS["soi"]),
        "sens": list(SENS_DES_RELIEFS),
        "phrases_du_point": PHRASES_DU_POINT,
        "tiret": TIRET,
        "sans_objet": typographier(libelle_reponse(referentiel, sans_objet()) or ""),
        "cases": [[len(b.codes) for b in ligne.values()] for ligne in referentiel.baremes_des_cases.values()],
        "ancres": {item.code: _ancres(referentiel, item) for item in referentiel.items},
        "regle_de_la_region": list(regle_de_la_region()),
    }


def _ancres(referentiel: Referentiel, item: Item) -> dict[int, str]:
    """Ce que veut dire chaque niveau pour une situation, là où le référentiel le dit."""
    return {n.valeur: typographier(ancre) for n in referentiel.echelle.niveaux if (ancre := item.ancre(n.valeur))}


def _phrases() -> dict[str, str]:
    """Toutes les phrases, par clé ; par motif, pourquoi il n’y a pas de région, en phrase et en quelques mots."""
    motifs: tuple[MotifIncertitude, ...] = ("un-seul-pole", "trop-peu-de-competences")
    sans_region = {motif: dire_la_region(Incertitude(0, motif=motif)) for motif in motifs}
    en_phrase = {motif: f"{mots.capitalize()}." for motif, mots in sans_region.items()}
    en_mots = {f"motif-{motif}": mots.partition(" : ")[2] for motif, mots in sans_region.items()}
    tables = (PHRASES_DE_RESTITUTION, PHRASES_DU_PLACEMENT, en_phrase, en_mots)
    return {cle: typographier(texte) for table in tables for cle, texte in table.items()}


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
        "code_montre": code_a_montrer(competence.identifiant, competence.libelle),
        "items": [item.code for item in referentiel.items_de(competence.identifiant)],
        "lectures": [
            [lecture.jusqua, typographier(lecture.constat), typographier(lecture.pas)]
            for lecture in competence.lectures
        ],
    }


def _axe(axe: Axe) -> dict[str, str]:
    return {"libelle": typographier(axe.libelle), "debut": typographier(axe.debut), "fin": typographier(axe.fin)}
