"""Les deux feuilles très cachées : les choix des listes déroulantes, et l’identification du formulaire."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from xlsxwriter.worksheet import Worksheet

from cpit import __version__
from cpit.formats.forme_formulaire import (
    FORMAT,
    LISTES,
    VERSION_FORMAT,
    choix_de_moment,
    choix_de_profil,
    choix_de_regard,
    choix_de_reponse,
)
from cpit.formulaires.classeur.plan import Plan
from cpit.tableur.cellules import plage, propre

MORCEAU = 16_000
"""Signes d’un morceau du texte du référentiel : une cellule contient au plus 32 767 unités UTF-16."""
_INTERDITS = re.compile("[\\ud800-\\udfff\\ufffe\\uffff]")


def ecrire_listes(feuille: Worksheet, plan: Plan) -> Mapping[str, str]:
    """Écrit une liste par colonne ; rend, par clé de question et pour « reponse », la plage où puiser.

    Une plage, et non une chaîne : une chaîne s’arrête à 255 signes et coupe les libellés à leurs virgules.
    """
    listes = {
        "reponse": list(choix_de_reponse(plan.referentiel)),
        "moment": list(choix_de_moment(plan.moment)),
        "regard": list(choix_de_regard()),
        **{f"profil.{q.identifiant}": list(choix_de_profil(q)) for q in plan.referentiel.profil},
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


def ecrire_identification(feuille: Worksheet, plan: Plan) -> None:
    """Écrit une ligne par fait : sa nature, puis ce qu’il dit ; le texte du référentiel vient en dernier."""
    for ligne, faits in enumerate(_lignes(plan)):
        for colonne, fait in enumerate(faits):
            if fait:
                feuille.write_string(ligne, colonne, fait)
    feuille.very_hidden()


def _lignes(plan: Plan) -> Iterator[tuple[str, ...]]:
    referentiel = plan.referentiel
    yield "format", FORMAT
    yield "version_format", VERSION_FORMAT
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
    yield "texte", ligne[:MORCEAU]
    for debut in range(MORCEAU, len(ligne), MORCEAU):
        yield "suite", ligne[debut : debut + MORCEAU]
