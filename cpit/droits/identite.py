"""À qui est un code : la comparaison exacte, et ce qui ne fait que ressembler."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from cpit.coeur.passation import MOTIF_MOMENT, REGARDS
from cpit.formats.forme_formulaire import CODE_MAX
from cpit.sauvegarde import nom_sur
from cpit.typographie import nettoyer

SIGNES_CHERCHES = 3
"""En deçà, un code ne se cherche pas dans un texte libre : « 4 » ou « M » y sont partout."""
_SUITES = r"(?:\.[a-z0-9.-]+)*"
"""« .json », « .json.bak », « .json.abime-2 », « .xlsx »…"""


def normaliser(texte: str) -> str:
    """Un code tel qu’on le compare : sans caractère invisible ni espace autour, en Unicode composé, casse gardée."""
    return unicodedata.normalize("NFC", nettoyer(texte)).strip()


@dataclass(frozen=True)
class Identite:
    """Le code d’une personne, et les façons de le reconnaître."""

    code: str
    pseudonymes: frozenset[str] = frozenset()
    """Les siens, sous les clés d’étude que l’on a."""

    @cached_property
    def nom(self) -> str:
        """Ce que les noms de fichiers portent du code ; vide s’il n’a ni lettre latine ni chiffre."""
        return nom_sur(self.code)

    def est(self, texte: str) -> bool:
        """Vrai si un texte est ce code, en entier : « P1 » n’est ni « P10 », ni « p1 »."""
        return normaliser(texte) == self.code

    def est_tronque(self, texte: str) -> bool:
        """``est``, pour un formulaire, qui ne garde que les premiers signes d’un code."""
        return self.est(texte) or normaliser(texte) == self.code[:CODE_MAX].strip()

    def ressemble(self, texte: str) -> bool:
        """Vrai pour un autre code qui ne diffère que par la casse, les accents, les espaces ou la ponctuation."""
        if self.est(texte):
            return False
        autre = normaliser(texte)
        return autre.casefold() == self.code.casefold() or (bool(self.nom) and nom_sur(autre) == self.nom)

    def nomme(self, nom: str) -> bool:
        """Vrai si un nom de fichier est exactement celui que cpit donnerait à ce code : sorte, code, moment, regard."""
        return self._fichier is not None and self._fichier.fullmatch(nom) is not None

    def est_citee_seule(self, cellule: str) -> bool:
        """Vrai si une cellule n’est que ce code, s’il n’est ni un nombre ni un seul signe : « 4 » est une réponse."""
        return len(self.code) > 1 and not self.code.isdecimal() and self.est(cellule)

    def cite(self, texte: str) -> bool:
        """Vrai si un texte libre contient le code, comme un mot entier, ou le nom d’un de ses fichiers."""
        if self._mot is not None and self._mot.search(unicodedata.normalize("NFC", texte)):
            return True
        return self._dans_un_texte is not None and self._dans_un_texte.search(texte) is not None

    @cached_property
    def _mot(self) -> re.Pattern[str] | None:
        if len(self.code) < SIGNES_CHERCHES:
            return None
        return re.compile(rf"(?<![\w-]){re.escape(self.code)}(?![\w-])")

    @cached_property
    def _radical(self) -> str:
        regards = "|".join(REGARDS)
        return rf"(?:passation|formulaire|fiche)-{re.escape(self.nom)}-{MOTIF_MOMENT.pattern}-(?:{regards})"

    @cached_property
    def _fichier(self) -> re.Pattern[str] | None:
        return re.compile(rf"\.?{self._radical}(?:-[0-9]+)?{_SUITES}") if self.nom else None

    @cached_property
    def _dans_un_texte(self) -> re.Pattern[str] | None:
        return re.compile(rf"(?<![\w-]){self._radical}(?![\w])") if self.nom else None
