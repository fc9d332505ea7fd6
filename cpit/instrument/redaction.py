"""Les noms qu’un outil accepte, les textes qu’il comprendrait autrement, et le CSV qu’il importe."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from cpit.coeur.referentiel import QuestionProfil
from cpit.lecture.contexte import codes_d_un_choix
from cpit.lecture.dechiffrement import replier_libelle
from cpit.typographie import nettoyer, typographier


def dire_les_noms(sorte: str, noms: Mapping[str, str]) -> list[str]:
    """Une phrase par code que l’outil ne sait pas porter ; les majuscules ne comptent pas, cpit les replie."""
    return [_dire_un_nom(sorte, code, nom) for code, nom in noms.items() if nom.casefold() != code.casefold()]


def dire_les_questions(noms: Mapping[str, str]) -> Iterator[str]:
    """Une phrase par question de profil dont le nom, changé, est celui d’une autre ; tout autre se relit."""
    pris = {code.casefold() for code in noms}
    for code, nom in noms.items():
        if nom.casefold() != code.casefold() and nom.casefold() in pris:
            yield _dire_un_nom("la question de profil", code, nom)


def dire_les_cases(question: QuestionProfil, cases: Mapping[str, str], en_tete: Callable[[str], str]) -> Iterator[str]:
    """Une phrase par choix à cocher dont l’en-tête, en codes, ne se relirait pas : même changé, il se relit souvent.

    :param cases: le nom de chaque code de choix ; ``en_tete`` : ce que l’outil écrit en tête de la colonne d’un nom.
    """
    lus = {choix.code: set(map(replier_libelle, codes_d_un_choix(question, choix))) for choix in question.choix}
    for code, nom in cases.items():
        plie = replier_libelle(en_tete(nom))
        if [autre for autre, noms in lus.items() if plie in noms] != [code]:
            yield _dire_un_nom(f"la réponse de profil {question.identifiant}", code, nom)


def _dire_un_nom(sorte: str, code: str, nom: str) -> str:
    return typographier(f"{sorte} « {code} » y est « {nom} » : à relire par son texte (export en libellés)")


def en_une_ligne(texte: str) -> str:
    """Le même texte sur une ligne : ni tabulation, ni saut, ni signe caché ; les espaces insécables restent."""
    return re.sub(r"[ \t\r\n]+", " ", nettoyer(texte, garder_lignes=True)).strip()


class Redacteur:
    """Rédige des textes à la façon d’un outil, et retient ceux qu’il a fallu y écrire autrement.

    ``regles`` : un motif que l’outil comprendrait comme une commande, et ce qui le remplace.
    """

    def __init__(self, regles: Iterable[tuple[re.Pattern[str], str]], *, pourquoi: str) -> None:
        self._regles = tuple(regles)
        self._pourquoi = pourquoi
        self._changes: dict[str, str] = {}

    def rediger(self, texte: str) -> str:
        """Le texte, où plus rien n’est une commande."""
        net = neuf = nettoyer(texte, garder_lignes=True)
        for motif, par in self._regles:
            neuf = motif.sub(par, neuf)
        if neuf != net:
            self._changes[net] = neuf
        return neuf

    @property
    def remarques(self) -> list[str]:
        """Une phrase par texte changé."""
        return [
            typographier("« ")
            + _court(net)
            + typographier(" » y est écrit « ")
            + _court(neuf)
            + typographier(" » : ")
            + typographier(self._pourquoi)
            for net, neuf in self._changes.items()
        ]


def _court(texte: str, longueur: int = 60) -> str:
    ligne = en_une_ligne(texte)
    return ligne if len(ligne) <= longueur else ligne[:longueur] + "…"


# --- le CSV qu’un outil importe -------------------------------------------------------------------------------------

_DECLENCHEURS = ("=", "+", "-", "@")


def inerte(texte: str) -> str:
    """Le même texte, derrière une espace s’il ouvrait une formule dans un tableur : une apostrophe se lirait."""
    return " " + texte if texte.startswith(_DECLENCHEURS) else texte


def _sans_echappement(texte: str) -> str:
    """Le même, où aucune barre oblique inverse ne précède un guillemet : PHP n’y verrait plus la fin de la cellule."""
    return re.sub(r'\\(?="|\Z)', "\\\\ ", texte)


def en_csv_d_outil(colonnes: Iterable[str], lignes: Iterable[Mapping[str, str]]) -> bytes:
    """Un CSV à importer : virgule, UTF-8 sans marque, l’en-tête exact de l’outil."""
    noms = tuple(colonnes)
    tampon = io.StringIO(newline="")
    ecrivain = csv.writer(tampon, lineterminator="\n")
    ecrivain.writerow(noms)
    ecrivain.writerows([_sans_echappement(inerte(ligne.get(nom, ""))) for nom in noms] for ligne in lignes)
    return tampon.getvalue().encode()
