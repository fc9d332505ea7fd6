"""La feuille en Markdown : à relire, à mettre dans un wiki ou un dépôt, à convertir."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import singledispatch

from cpit.formats.appartenance import MARQUE, sceller_texte
from cpit.instrument.composition import RECUEIL, Instrument, Part, Redaction, en_une_ligne
from cpit.instrument.feuille import (
    PIED,
    Bloc,
    Grille,
    Intitule,
    LigneAEcrire,
    LigneDeGrille,
    TexteSuivi,
    composer_la_feuille,
)

_SPECIAUX = re.compile(r"([\\`*_{}\[\]<>|~#&])")
_EN_TETE_DE_LIGNE = re.compile(r"^([-+=]|\d+[.)])(?=\s|$|-|=)")
_LIGNE = "\\_" * 60


def rediger_markdown(instrument: Instrument) -> Redaction:
    """La feuille, en Markdown à tables (GitHub, Pandoc)."""
    return Redaction(ecrire_en_markdown(composer_la_feuille(instrument)), RECUEIL | {Part.PLUSIEURS})


def ecrire_en_markdown(blocs: Iterable[Bloc], entete: str = "") -> bytes:
    """Des blocs en Markdown scellé.

    :param entete: ce qu’un programme y lit et qui ne se voit pas, déjà inerte.
    """
    corps = "\n\n".join(_dessiner(bloc) for bloc in blocs)
    texte = f"<!-- {MARQUE} -->\n{entete}\n{corps}\n\n---\n\n{_inerte(PIED)}\n"
    return sceller_texte(texte.encode("utf-8", "replace"))


@singledispatch
def _dessiner(bloc: Bloc) -> str:
    raise TypeError(type(bloc).__name__)


@_dessiner.register
def _intitule(bloc: Intitule) -> str:
    return "#" * bloc.rang + " " + _inerte(bloc.texte)


@_dessiner.register
def _texte_suivi(bloc: TexteSuivi) -> str:
    return _inerte(bloc.texte)


@_dessiner.register
def _ligne_a_ecrire(bloc: LigneAEcrire) -> str:
    return "\n\n".join([f"**{_inerte(bloc.libelle)}**", *[_LIGNE] * bloc.lignes])


@_dessiner.register
def _grille(bloc: Grille) -> str:
    centrees = len(bloc.entetes) - 2 if bloc.a_cocher else 0
    cadre = ["---"] * (len(bloc.entetes) - centrees) + [":-:"] * centrees
    lignes = (bloc.entetes, *(ligne for rangee in bloc.rangees for ligne in _lignes(rangee)))
    ecrites = ["| " + " | ".join(map(_inerte, ligne)) + " |" for ligne in lignes]
    return "\n".join([ecrites[0], "| " + " | ".join(cadre) + " |", *ecrites[1:]])


def _lignes(rangee: LigneDeGrille) -> Iterator[tuple[str, ...]]:
    """La ligne, puis une par précision : une cellule de Markdown tient sur une ligne, et « <br> » se perd parfois."""
    yield rangee.cellules
    for precision in rangee.precisions:
        yield ("", precision, *[""] * (len(rangee.cellules) - 2))


def _inerte(texte: str) -> str:
    """Le texte sur une ligne, où rien n’est une commande du Markdown."""
    echappe = _SPECIAUX.sub(r"\\\1", en_une_ligne(texte))
    return _EN_TETE_DE_LIGNE.sub(lambda trouve: trouve[1][:-1] + "\\" + trouve[1][-1], echappe)
