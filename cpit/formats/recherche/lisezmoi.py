"""Le LISEZMOI d’un jeu : quoi, qui, quand, comment c’est noté, quelles limites, comment citer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cpit.coeur.agregats import MOTIFS, phrases_de_diffusion
from cpit.coeur.colonnes_cohorte import borne, nombre_court
from cpit.coeur.passation import MOMENTS, REGARDS
from cpit.coeur.tableaux import ETATS
from cpit.formats.cohorte_csv import DIALECTES
from cpit.formats.recherche.fiche import Fiche
from cpit.formats.recherche.manquants import codes_spss
from cpit.typographie import nettoyer, pluriel, typographier

GABARITS = Path(__file__).parent / "gabarits"


def rediger(fiche: Fiche) -> str:
    """Le document, en Markdown."""
    environnement = Environment(
        loader=FileSystemLoader(GABARITS),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        finalize=_finir,
    )
    environnement.filters |= {"borne": borne, "nombre": nombre_court, "pluriel": pluriel, "clair": nettoyer}
    environnement.globals |= {"typographier": typographier}
    if fiche.agregats is not None:
        donnees = {"phrases": phrases_de_diffusion(fiche.agregats), "motifs": MOTIFS}
        return environnement.get_template("LISEZMOI-agregats.md.j2").render(**_donnees(fiche), **donnees)
    return environnement.get_template("LISEZMOI.md.j2").render(**_donnees(fiche))


def _finir(valeur: object) -> object:
    """Un texte du référentiel sur une ligne, sans rien qui coupe un tableau."""
    return nettoyer(valeur).replace("|", "\\|") if isinstance(valeur, str) else valeur


def _donnees(fiche: Fiche) -> dict[str, Any]:
    jeu = fiche.jeu
    return {
        "fiche": fiche,
        "jeu": jeu,
        "referentiel": jeu.referentiel,
        "echelle": jeu.referentiel.echelle,
        "passations": len(jeu.inscrites),
        "moments": MOMENTS,
        "regards": REGARDS,
        "etats": {ETATS[etat]: nombre for etat, nombre in jeu.etats().items()},
        "codes": codes_spss(jeu.referentiel.echelle),
        "inverses": [item.code for item in jeu.referentiel.items if item.inverse],
        "forme": DIALECTES[fiche.dialecte],
        "periode": " à ".join(dict.fromkeys((*jeu.mois[:1], *jeu.mois[-1:]))) or "dates inconnues",
    }
