"""Les lignes d’une feuille, rangées pour une table ; celles d’une très grande feuille se reconnaissent d’un coup.

Une ligne limpide (ses cases dans l’ordre, chacune à son adresse, une valeur au plus) est saisie par un motif, et chaque
case différente n’est déchiffrée qu’une fois : plus vite que par une bibliothèque native, qui réserverait toute
l’étendue qu’un fichier prétend avoir, ou prendrait une case pour une autre. Toute autre ligne, et ce qui les entoure,
passe par la machine de ``lecture``. Rien n’est gardé que la ligne en cours.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from typing import IO, NamedTuple

from cpit.tableur.classeur_ouvert import (
    Case,
    Cases,
    ClasseurOuvert,
    FeuilleRefusee,
    Onglet,
    Pieges,
    fautes_de_classeur,
    nommer_colonne,
    porte,
    proteger,
)
from cpit.tableur.lecture import MORCEAU, ClasseurLu, MachineDeFeuille, verifier_encodage_xml

GRANDE = 2_000_000
"""Octets d’une feuille décompressée au-delà desquels le motif fait gagner du temps : 2 000 lignes de 32 colonnes."""
_COLONNES_MAX = 104
_LIGNE_MAX = 500_000
"""Octets d’une ligne, ou de ce qui précède les lignes, où l’on cherche leur fin."""
_RETENUES_MAX = 100_000
_LONGUEUR_RETENUE = 200
"""Cases différentes que l’on retient, et leur longueur."""
_UNE_FOIS = "?+" if sys.version_info >= (3, 11, 5) else "?"
"""« ?+ » ne se reprend pas, donc va plus vite ; Python s’y perd avant 3.11.5 quand un groupe en dépend (gh-101955)."""

_DEBUT, _FIN_DE_LIGNE = b"<sheetData>", b"</row>"
_CACHEE = re.compile(rb' hidden="(?:1|true)"')
_ATTRIBUT = re.compile(rb" ([A-Za-z0-9:]+)=")
_CORPS = re.compile(
    rb'(?: s="([0-9]+)")?(?: t="([a-zA-Z]+)")?'
    rb"(?: ?/>|></c>|>(?:<f>[^<]*</f>)?<v>([^<]*)</v></c>|><is><t[^<>]*>([^<]*)</t></is></c>)"
)
_HORS_XML = re.compile("]]>|[\ufffe\uffff]")
"""Ce qu’aucun XML bien formé ne porte dans un texte, et que le motif laisse passer."""


class Rangee(NamedTuple):
    """Une ligne : son numéro, à partir de 1, et ses cases, rien ou un texte vide si elles le sont.

    ``dehors`` : colonne de la première case remplie au-delà de la largeur demandée, zéro s’il n’y en a pas.
    """

    numero: int
    cellules: list[object]
    dehors: int = 0


def suivre_rangees(classeur: ClasseurOuvert, onglet: Onglet, largeur: int) -> tuple[Pieges, Iterator[Rangee]]:
    """Les lignes d’une feuille au fil de la lecture et ses pièges, comme ``suivre_feuille``.

    :param largeur: colonnes de la table ; une ligne n’en a jamais plus, si loin que le fichier prétende aller.
    :raises FeuilleRefusee: ce qui n’a pas un sens et un seul, à l’ouverture ou en route.
    """
    partie = classeur.archive.NameToInfo.get(onglet.partie) if isinstance(classeur, ClasseurLu) else None
    if not isinstance(classeur, ClasseurLu) or partie is None or partie.file_size < GRANDE:
        pieges, lignes = classeur.suivre_feuille(onglet)
        return pieges, (_ranger(numero, cases, largeur) for numero, cases in lignes)
    with fautes_de_classeur():
        machine = classeur.machine()
        classeur.annoncer(machine.pieges, onglet)
    return machine.pieges, proteger(_suivre_par_motif(classeur, onglet, machine, largeur))


def _ranger(numero: int, cases: Cases, largeur: int) -> Rangee:
    if max(cases) <= largeur:
        rangee: list[object] = [None] * max(cases)
        for colonne, case in cases.items():
            rangee[colonne - 1] = case
        return Rangee(numero, rangee)
    dehors = min((c for c, case in cases.items() if c > largeur and porte(case)), default=0)
    return Rangee(numero, [cases.get(colonne) for colonne in range(1, largeur + 1)], dehors)


def _suivre_par_motif(
    classeur: ClasseurLu, onglet: Onglet, machine: MachineDeFeuille, largeur: int
) -> Iterator[Rangee]:
    with classeur.ouvrir(onglet) as flux:
        yield from _LecteurParMotif(machine, flux, largeur).rangees()


class _Memoire(dict[bytes | None, Case | None]):
    """La valeur de chaque case, d’après ce qui s’écrit entre son adresse et sa fin."""

    def __init__(self, machine: MachineDeFeuille) -> None:
        super().__init__({None: None})
        self._machine = machine

    def __missing__(self, corps: bytes | None) -> Case | None:
        valeur = self._decoder(corps or b"")
        if len(self) < _RETENUES_MAX and len(corps or b"") <= _LONGUEUR_RETENUE:
            self[corps] = valeur
        return valeur

    def _decoder(self, corps: bytes) -> Case | None:
        trouve = _CORPS.fullmatch(corps)
        style, genre, valeur, sur_place = trouve.groups() if trouve else (None, None, None, corps)
        octets = valeur or sur_place
        if not octets:
            return None
        try:
            texte = octets.decode()
        except UnicodeDecodeError:
            raise self._machine.faute("un texte qui n’est pas en UTF-8") from None
        if _HORS_XML.search(texte):
            raise self._machine.faute("un signe interdit en XML")
        return self._machine.dechiffrer((genre or b"n").decode(), (style or b"0").decode(), texte)


class _LecteurParMotif:
    """Saisit les lignes limpides, et donne le reste à la machine, dans l’ordre.

    Une ligne saisie attend la suivante : celle-ci peut la continuer (certains outils ouvrent une ligne par case).
    """

    def __init__(self, machine: MachineDeFeuille, flux: IO[bytes], largeur: int) -> None:
        self._machine, self._flux, self._largeur = machine, flux, largeur
        self._memoire = _Memoire(machine)
        self._attente: tuple[int, tuple[bytes | None, ...]] | None = None
        self._attributs: dict[bytes, bool | None] = {b"": False}
        self._reste = b""
        self._confies = 0
        self._en_utf8 = True
        machine.commencer(avec_fusions=False, declarer=self._declarer)

    def rangees(self) -> Iterator[Rangee]:
        """Les lignes qui ont au moins une case, dans l’ordre."""
        if self._passer_la_tete():
            yield from self._saisir()
        while octets := self._reste or self._flux.read(MORCEAU):
            self._reste = b""
            self._confier(octets)
            yield from self._pretes()
        self._machine.nourrir(b"", fin=True)
        yield from self._liberer()

    def _declarer(self, version: str, encodage: str | None, seul: int) -> None:
        verifier_encodage_xml(version, encodage, seul)
        self._en_utf8 = encodage is None or encodage.lower() == "utf-8"

    def _passer_la_tete(self) -> bool:
        """Confie ce qui précède les lignes ; faux si elles ne se reconnaîtront pas."""
        while (fin := self._reste.find(_DEBUT)) < 0:
            if not self._allonger():
                return False
        self._confier(self._reste[: fin + len(_DEBUT)])
        self._reste = self._reste[fin + len(_DEBUT) :]
        return self._en_utf8 and self._au_bord(_DEBUT)

    def _allonger(self) -> bool:
        """Allonge le reste d’un morceau ; faux à la fin, ou s’il est déjà démesuré."""
        if len(self._reste) > _LIGNE_MAX or not (morceau := self._flux.read(MORCEAU)):
            return False
        self._reste += morceau
        return True

    def _au_bord(self, balise: bytes) -> bool:
        """Vrai si la machine vient de lire, pour de bon, la balise qui finit ce qu’on lui a confié."""
        return self._machine.en_table and self._machine.bord == self._confies - len(balise)

    def _saisir(self) -> Iterator[Rangee]:
        """Les lignes, tant que l’on sait où l’on en est ; ce qui suit la dernière reste à confier."""
        suivante = _motif_de_ligne().match
        debut = 0
        while True:
            trouvee = suivante(self._reste, debut)
            if trouvee is not None and self._est_a_sa_place(trouvee):
                yield from self._liberer()
                groupes = trouvee.groups()
                self._attente = (int(groupes[0]), groupes[2 : trouvee.lastindex])
                debut = trouvee.end()
                continue
            fin = self._reste.find(_FIN_DE_LIGNE, debut)
            if fin < 0:
                self._reste, debut = self._reste[debut:], 0
                if not self._allonger():
                    return
                continue
            fin += len(_FIN_DE_LIGNE)
            self._confier(self._reste[debut:fin])
            yield from self._pretes()
            debut = fin
            if not self._au_bord(_FIN_DE_LIGNE):
                self._reste = self._reste[debut:]
                return

    def _est_a_sa_place(self, trouvee: re.Match[bytes]) -> bool:
        """Vrai pour une ligne qui vient après la précédente, d’attributs ordinaires."""
        attributs = trouvee[2]
        if attributs not in self._attributs:
            noms = _ATTRIBUT.findall(attributs)
            ordinaires = len(set(noms)) == len(noms) and not any(nom.startswith(b"xmlns") for nom in noms)
            cachee = bool(_CACHEE.search(attributs)) if ordinaires else None
            if len(self._attributs) >= _RETENUES_MAX:
                self._attributs.clear()
            self._attributs[attributs] = cachee
        ligne = int(trouvee[1])
        if ligne <= self._derniere or (cachee := self._attributs[attributs]) is None:
            return False
        if cachee:
            self._machine.noter_ligne_cachee(ligne)
        return True

    @property
    def _derniere(self) -> int:
        return self._attente[0] if self._attente else self._machine.ligne

    def _confier(self, octets: bytes) -> None:
        """Donne à la machine la suite des octets, et la ligne en attente, qu’elle peut continuer."""
        if self._attente is not None:
            numero, corps = self._attente
            valeurs = enumerate(self._decoder(numero, corps), 1)
            cases = {colonne: valeur for colonne, valeur in valeurs if valeur is not None}
            vues = {colonne for colonne, un in enumerate(corps, 1) if un is not None}
            self._attente = None
            self._machine.reprendre(numero, cases, vues)
        self._confies += len(octets)
        self._machine.nourrir(octets)

    def _pretes(self) -> Iterator[Rangee]:
        """Les lignes que la machine a finies."""
        yield from (_ranger(numero, cases, self._largeur) for numero, cases in self._machine.pretes)
        self._machine.pretes.clear()

    def _liberer(self) -> Iterator[Rangee]:
        """La ligne en attente, où qu’elle soit : rien ne la continue."""
        if self._attente is None:
            self._machine.finir_ligne()
            yield from self._pretes()
        else:
            numero, corps = self._attente
            cellules: list[object] = [*self._decoder(numero, corps)]
            largeur = self._largeur
            dehors = next((c for c in range(largeur, len(cellules)) if porte(cellules[c])), -1) + 1
            yield Rangee(numero, cellules[:largeur] if len(cellules) > largeur else cellules, dehors)

    def _decoder(self, numero: int, corps: Sequence[bytes | None]) -> list[Case | None]:
        try:
            return list(map(self._memoire.__getitem__, corps))
        except FeuilleRefusee:
            # Une seconde fois, case par case, pour dire où.
            for colonne, un in enumerate(corps, 1):
                self._machine.placer(numero, colonne)
                self._memoire[un]
            raise


@cache
def _motif_de_ligne() -> re.Pattern[bytes]:
    """Une ligne limpide, en groupes : son numéro, ses attributs, et ce qui suit l’adresse de chaque case."""
    # Rien ne se reprend (« ++ », « (?> ») : deux fois plus rapide, et jamais plus d’un passage sur une ligne. Ni renvoi
    # d’entité, ni retour chariot, ni signe de commande : la machine sait ce qu’ils valent.
    texte = r"[^<&\x00-\x08\x0b-\x1f]"
    suite = (
        r'\1"((?: s="[0-9]++")?+(?>'
        rf'(?: t="(?>str|s|n|b)")?+(?>/>| />|></c>|>(?>(?:<v>{texte}*+|<f>{texte}*+</f><v>{texte}++)</v></c>))'
        rf'| t="inlineStr"(?>/>| />|></c>|><is><t(?: xml:space="preserve")?+>{texte}*+</t></is></c>)))'
    )
    cases = "".join(f'(?:<c r="{nommer_colonne(colonne)}{suite}){_UNE_FOIS}' for colonne in range(1, _COLONNES_MAX + 1))
    attributs = r'(?: (?!r=)[A-Za-z0-9:]++="[^"&<>]*+")*+'
    return re.compile(rf'[ \t\r\n]*+<row r="([1-9][0-9]{{0,6}})"({attributs}) ?(?:/>|>{cases}</row>)'.encode())
