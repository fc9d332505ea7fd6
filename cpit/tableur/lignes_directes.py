"""Écrire les lignes des grandes tables droit dans l’archive du classeur.

Pourquoi : XlsxWriter passe par une dizaine d’appels pour chaque cellule ; une cohorte de 100 000 personnes en a dix
millions, presque toutes déjà vues (un niveau, un libellé, un score parmi quelques centaines). XlsxWriter écrit donc
tout le classeur, sauf ces lignes : à leur place, une seule ligne de cellules vides, le patron, qui porte les formats.
Ici le patron est reconnu dans la feuille finie et remplacé par les vraies lignes, chaque cellule différente n’étant
rédigée qu’une fois par colonne. Rien de privé à XlsxWriter n’est employé ; si une version écrit le patron autrement,
``PatronIntrouvable`` est levée et l’appelant écrit les lignes par XlsxWriter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import isfinite
from xml.sax.saxutils import escape

from xlsxwriter.utility import xl_col_to_name

from cpit.coeur.tableaux import Cellule
from cpit.tableur.cellules import propre

RETENUES = 4096
"""Cellules différentes retenues par colonne ; au-delà (des identifiants), elles se rédigent à chaque fois."""
_LONGUEUR_RETENUE = 256
LIGNES_PAR_PAQUET = 512
_OCTETS_PAR_CELLULE = 60
"""Ce que pèse une cellule, au large : de quoi choisir d’emblée le format d’archive des feuilles de plus de 2 Gio."""

_NUMERO = "\0"
"""Tient la place du numéro de ligne dans une cellule rédigée : aucun texte nettoyé ne le contient."""
_ECHAPPEMENT = re.compile("(_x[0-9a-fA-F]{4}_)")
_CELLULE = re.compile(r'<c r="([A-Z]+)\d+"((?: s="\d+")?)/>')


class PatronIntrouvable(Exception):
    """La feuille n’a pas, à la ligne voulue, le patron attendu."""


@dataclass(frozen=True, slots=True)
class Suite:
    """Des lignes à mettre à la place d’un patron.

    :param premiere: rang du patron dans la feuille, à partir de 0.
    :param nombre: lignes à écrire, au moins une.
    """

    premiere: int
    colonnes: int
    nombre: int
    lignes: Iterable[Sequence[Cellule]]

    @property
    def poids(self) -> int:
        """Octets de la feuille, estimés au large."""
        return self.nombre * self.colonnes * _OCTETS_PAR_CELLULE


@dataclass(frozen=True, slots=True)
class Patron:
    """Une feuille coupée autour de son patron.

    ``ligne`` : attributs de chaque ligne ; ``cellules`` : lettres de la colonne et attribut de format.
    """

    avant: str
    apres: str
    ligne: str
    cellules: tuple[tuple[str, str], ...]


def couper_patron(feuille: str, suite: Suite) -> Patron:
    """Trouve le patron dans le XML d’une feuille ; sa dimension déclarée devient celle de la feuille remplie.

    :raises PatronIntrouvable: si la ligne n’est pas faite d’une cellule vide par colonne, ou n’est pas la dernière.
    """
    numero = suite.premiere + 1
    trouve = re.search(rf'<row r="{numero}"([^>]*)>((?:<c [^>]*/>)*)</row></sheetData>', feuille)
    cellules = _CELLULE.findall(trouve[2]) if trouve else []
    attendues = [xl_col_to_name(rang) for rang in range(suite.colonnes)]
    if trouve is None or [lettres for lettres, _ in cellules] != attendues or trouve[2].count("<c ") != len(cellules):
        raise PatronIntrouvable
    derniere = f"{attendues[-1]}{suite.premiere + suite.nombre}"
    avant, dites = re.subn(r'(<dimension ref="A1):[A-Z]+\d+"', rf'\1:{derniere}"', feuille[: trouve.start()])
    if dites != 1:
        raise PatronIntrouvable
    # « spans » n’est qu’une indication, et facultative.
    attributs = re.sub(r' spans="[^"]*"', "", trouve[1])
    return Patron(avant, feuille[trouve.end() - len("</sheetData>") :], attributs, tuple(cellules))


def remplir_patron(patron: Patron, suite: Suite, avancer: Callable[[int], None]) -> Iterator[bytes]:
    """La feuille remplie, en morceaux d’UTF-8 ; ``avancer`` reçoit le nombre de lignes de chaque morceau."""
    memoires = [_Memoire(lettres, style) for lettres, style in patron.cellules]
    yield patron.avant.encode()
    lignes = enumerate(suite.lignes, suite.premiere + 1)
    while paquet := list(islice(lignes, LIGNES_PAR_PAQUET)):
        morceaux = []
        for numero, cellules in paquet:
            corps = "".join([memoire[cellule] for memoire, cellule in zip(memoires, cellules, strict=True)])
            rang = str(numero)
            morceaux.append(f'<row r="{rang}"{patron.ligne}>{corps.replace(_NUMERO, rang)}</row>')
        yield "".join(morceaux).encode()
        avancer(len(paquet))
    yield patron.apres.encode()


class _Memoire(dict[Cellule, str]):
    """Le XML de chaque cellule déjà vue d’une colonne ; rien pour une cellule absente."""

    def __init__(self, lettres: str, style: str) -> None:
        super().__init__({None: "", "": ""})
        self._debut = f'<c r="{lettres}{_NUMERO}"{style}'

    def __missing__(self, cellule: Cellule) -> str:
        contenu = _contenu(cellule)
        redigee = self._debut + contenu if contenu else ""
        if len(redigee) > _LONGUEUR_RETENUE:
            return redigee
        if len(self) < RETENUES:
            self[cellule] = redigee
        return redigee


def _contenu(cellule: Cellule) -> str:
    """La fin d’une cellule : un nombre en pleine précision, un texte inerte et nettoyé, ou rien."""
    if isinstance(cellule, str):
        net = propre(cellule)
        # Un tableur lit « _x0041_ » comme « A » : le souligné s’échappe.
        texte = escape(_ECHAPPEMENT.sub(r"_x005F\1", net))
        espaces = ' xml:space="preserve"' if net != net.strip() else ""
        return f' t="inlineStr"><is><t{espaces}>{texte}</t></is></c>' if net else ""
    assert cellule is not None
    if not isfinite(cellule):
        raise ValueError(f"{cellule} n’est pas un nombre de tableur")
    # Plus zéro : « -0,0 » n’est jamais écrit, et vaut « 0,0 » pour la mémoire.
    return f"><v>{cellule + 0!r}</v></c>"
