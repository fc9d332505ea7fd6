"""Les guides livrés avec cpit : un sujet, un texte en Markdown, et ce que l’écran et la page en lisent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from markdown_it import MarkdownIt
from markdown_it.token import Token

from cpit.emplacements import dossier
from cpit.erreurs import MauvaisEmploi, anomalie
from cpit.ouverture import lire_texte_livre
from cpit.typographie import proche

SUJETS = (
    *("chef-de-projet", "formateur", "chercheur", "referentiel", "changements", "calcul"),
    *("formats", "commandes", "python", "solidite", "contribuer"),
)
"""Dans l’ordre où on les lit ; chacun est un fichier du dossier « guides »."""
_COMMENTAIRE = re.compile(r"<!--.*?-->\n*", re.DOTALL)
"""D’où vient une sortie, où ira une référence : pour les outils, jamais pour le lecteur."""
_VERS_UN_GUIDE = re.compile(r"(?:cpit/guides/)?([a-z-]+)\.md(?:#(.+))?")


class _Analyseur(MarkdownIt):
    """Garde les adresses telles qu’elles sont écrites : une ancre a ses accents."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802
        return url


@dataclass(frozen=True, repr=False)
class Guide:
    """Un guide ; ``texte`` est son Markdown, sans les commentaires."""

    sujet: str
    texte: str

    def __repr__(self) -> str:
        """Lequel, et sa taille ; son texte est dans ``texte``."""
        lignes = self.texte.count("\n")
        return f"Guide({self.sujet} : {lignes} lignes)"

    @cached_property
    def jetons(self) -> Sequence[Token]:
        """Le texte analysé : titres, paragraphes, listes, tableaux, blocs à copier. Le HTML n’y est que du texte."""
        return tuple(_Analyseur("commonmark", {"html": False}).enable("table").parse(self.texte))

    @property
    def corps(self) -> Sequence[Token]:
        """Tout ce qui suit le titre."""
        return self.jetons[3:]

    @property
    def titre(self) -> str:
        """Son titre, la première ligne."""
        return self.jetons[1].content

    @property
    def resume(self) -> str:
        """Sa première phrase, celle de la liste des guides."""
        return self.jetons[4].content


@dataclass(frozen=True)
class Renvoi:
    """Un lien vers un guide ; ``ancre`` est vide s’il mène à son début."""

    sujet: str
    ancre: str


def lire_guide(sujet: str) -> Guide:
    """Un guide, par son sujet.

    :raises MauvaisEmploi: si aucun guide ne porte ce nom, avec le plus proche.
    """
    if sujet not in SUJETS:
        connus = ", ".join(SUJETS)
        raise MauvaisEmploi([anomalie("guide-inconnu", nom=sujet, connus=connus, proche=proche(sujet, SUJETS))])
    texte = lire_texte_livre(dossier("guides") / f"{sujet}.md")
    return Guide(sujet, _COMMENTAIRE.sub("", texte))


def renvoi_de(adresse: str, depuis: str) -> Renvoi | None:
    """Le guide où mène un lien écrit dans le guide ``depuis`` ; rien pour une adresse du Web."""
    if adresse.startswith("#"):
        return Renvoi(depuis, adresse[1:])
    trouve = _VERS_UN_GUIDE.fullmatch(adresse)
    return Renvoi(trouve[1], trouve[2] or "") if trouve else None


def ancre_de(titre: str) -> str:
    """Ce qui, après « # », mène à un titre, comme le font les forges : « Les commandes » devient ``les-commandes``."""
    return re.sub(r"[^\w -]", "", titre.lower()).strip().replace(" ", "-")
