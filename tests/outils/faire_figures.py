"""Refait la figure du README et les structures de référence des figures.

python tests/outils/faire_figures.py
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from xml.etree import ElementTree as Xml

RACINE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(RACINE / "tests"))

from aide_cohorte import cohorte_au_hasard  # noqa: E402

import cpit  # noqa: E402
from cpit.chargement import charger  # noqa: E402
from cpit.coeur.equipe import critere_d_equipe, lire_les_equipes  # noqa: E402
from cpit.figures.carte import carte_comparaison, carte_groupe, carte_personne  # noqa: E402
from cpit.figures.dessin import Figure  # noqa: E402
from cpit.figures.distribution import distribution_groupe  # noqa: E402
from cpit.figures.halteres import (  # noqa: E402
    evolution_comparaison,
    regards_parcours,
    tension_d_equipe,
    tension_personne,
)
from cpit.figures.matrice import matrice_groupe, matrice_personne  # noqa: E402
from cpit.figures.radar import radar_groupe, radar_personne  # noqa: E402
from cpit.passations.relecture import relire_passation  # noqa: E402

EXEMPLE = RACINE / "exemples" / "passation-r01-t0-soi.json"
APRES, TIERS = (EXEMPLE.with_name(f"passation-r01-{suite}.json") for suite in ("t1-soi", "t0-tiers"))
CARTE = RACINE / "exemples" / "carte.svg"
REFERENCES = RACINE / "tests" / "references" / "figures"
COORDONNEES = ("x", "y", "cx", "cy", "r", "points", "width", "height", "transform", "font-size")


def toutes() -> dict[str, Figure]:
    """Toutes, sur les passations d’exemple d’une personne et sur douze personnes tirées au hasard."""
    restitution = relire_passation(EXEMPLE).restitution
    groupe = cohorte_au_hasard(charger(RACINE / "referentiels" / "innovation-territoriale.yaml"), 12)
    de_personne = (carte_personne, radar_personne, matrice_personne)
    de_groupe = (carte_groupe, radar_groupe, matrice_groupe, distribution_groupe)
    deux, regards = cpit.comparer(EXEMPLE, APRES), cpit.comparer(EXEMPLE, TIERS)
    comparees = [evolution_comparaison(deux.comparaison), carte_comparaison(deux.comparaison)]
    equipes = lire_les_equipes(groupe, critere_d_equipe(groupe.referentiel, "territoire")).equipes
    equipe = next(une for une in equipes if une.effectif is not None)
    comparees += [regards_parcours(regards.parcours), tension_personne(restitution), tension_d_equipe(equipe)]
    rendues = [*(dessiner(restitution) for dessiner in de_personne), *(dessiner(groupe) for dessiner in de_groupe)]
    return {figure.cle: figure for figure in [*rendues, *comparees]}


def structure(svg: str) -> str:
    """Un élément par ligne : sa balise, sa classe, ses coordonnées au pixel près, son texte ; ni couleur ni police."""
    lignes = []

    def descendre(element: Xml.Element, profondeur: int) -> None:
        morceaux = ["  " * profondeur + element.tag.rpartition("}")[2], element.get("class", "")]
        morceaux += [f"{nom}={_au_pixel(element.attrib[nom])}" for nom in COORDONNEES if nom in element.attrib]
        texte = (element.text or "").strip()
        lignes.append(" ".join(m for m in (*morceaux, f"« {texte} »" if texte else "") if m))
        for enfant in element:
            descendre(enfant, profondeur + 1)

    descendre(Xml.fromstring(svg), 0)
    return "\n".join(lignes) + "\n"


def _au_pixel(valeur: str) -> str:
    return re.sub(r"-?\d+(\.\d+)?", lambda nombre: f"{round(float(nombre[0]))}", valeur)


if __name__ == "__main__":
    REFERENCES.mkdir(parents=True, exist_ok=True)
    dessinees = toutes()
    for cle, figure_ in dessinees.items():
        (REFERENCES / f"{cle}.txt").write_text(structure(figure_.svg), encoding="utf-8", newline="\n")
    CARTE.write_text(dessinees["carte-personne"].svg, encoding="utf-8", newline="\n")
